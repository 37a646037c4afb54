#include "slurm/gres.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "slurm/name.h"
#include "slurm/suffix.h"

/* A piece of the text, not terminated. */
struct span {
        const char *start, *end;
};

static size_t length_of(struct span s) {
        return (size_t)(s.end - s.start);
}

static const char *find_char(struct span s, char c) {
        const char *p = memchr(s.start, c, length_of(s));

        return p ? p : s.end;
}

static const char *find_last(struct span s, char c) {
        const char *p = memrchr(s.start, c, length_of(s));

        return p ? p : s.end;
}

static int bad_item(struct span item, struct sq_error *err) {
        return sq_fail(err, SQ_EINVAL, "cannot read resource \"%.*s\"",
                       (int)length_of(item), item.start);
}

/* Takes the item before the next comma; what is allocated is printed with lists
 * in parentheses ("gpu:2(IDX:0,3)"), whose commas do not count. */
static struct span take_item(const char **at) {
        struct span item = {*at, *at};
        int depth = 0;

        for (; *item.end && (depth || *item.end != ','); item.end++)
                depth += (*item.end == '(') - (*item.end == ')' && depth);
        *at = *item.end ? item.end + 1 : item.end;
        while (item.start < item.end && *item.start == ' ')
                item.start++;
        if (item.start < item.end && item.end[-1] == ')')
                item.end = find_char(item, '(');
        return item;
}

static bool begins(struct span s, const char *word) {
        const size_t length = strlen(word);

        return length_of(s) >= length && !memcmp(s.start, word, length);
}

/* TRES that are not GRES and may stand in tres_per_task; with their separator
 * and name they are kept whole ("license/x"). */
static bool is_other_tres(struct span item) {
        static const char *const word[] = {"cpu", "mem", "vmem", "node", "billing", "energy",
                                           "pages", "license", "fs", "bb", "ic"};
        const size_t head = strcspn(item.start, ":/=,");

        for (size_t i = 0; i < sizeof word / sizeof word[0]; i++)
                if (strlen(word[i]) == head && begins(item, word[i]))
                        return true;
        return false;
}

static bool copy(struct span from, char *ret, size_t size) {
        if (length_of(from) >= size)
                return false;
        memcpy(ret, from.start, length_of(from));
        ret[length_of(from)] = '\0';
        return true;
}

/* Splits the count off: behind the last `=`, or behind the last `:` if that is a
 * number.  Sets *ret_type when it is none. */
static int take_count(struct span *body, int64_t *ret_count, struct span *ret_type) {
        const char *sep = find_last(*body, '=');
        const bool equals = sep != body->end;
        struct span last;
        int rc;

        *ret_count = 1;
        if (!equals)
                sep = find_last(*body, ':');
        if (sep == body->end)
                return SQ_OK;
        last = (struct span){sep + 1, body->end};
        if (last.start == last.end)
                return SQ_EINVAL;
        rc = sq_suffix_count(last.start, length_of(last), ret_count);
        if (rc == SQ_EINVAL && !equals)
                *ret_type = last;
        else if (rc < 0)
                return rc;
        body->end = sep;
        return SQ_OK;
}

/* GRES names are names of plugins or of GresTypes: no separators in them. */
static bool is_gres_name(const char *name) {
        return *name && !name[strcspn(name, " \t=:/()\"'")];
}

static int read_gres(struct span body, struct sq_gres *gres) {
        struct span type = {NULL, NULL}, name;
        int rc;

        rc = take_count(&body, &gres->count, &type);
        if (rc < 0)
                return rc;
        name = (struct span){body.start, find_char(body, ':')};
        if (name.end != body.end) {
                if (type.start)
                        return SQ_EINVAL; /* gpu:a:b */
                type = (struct span){name.end + 1, body.end};
        }
        if (!copy(name, gres->name, sizeof gres->name) || !is_gres_name(gres->name))
                return SQ_EINVAL;
        if (!type.start)
                return SQ_OK;
        if (!copy(type, gres->type, sizeof gres->type))
                return SQ_EINVAL;
        return sq_name_check(SQ_NAME_GPU_TYPE, gres->type, NULL);
}

static int read_other(struct span body, struct sq_gres *gres) {
        struct span none = {NULL, NULL};
        int rc;

        rc = take_count(&body, &gres->count, &none);
        if (rc < 0)
                return rc;
        /* "license:matlab" is a licence with an implied count, not a type. */
        if (none.start)
                body.end = none.end;
        return copy(body, gres->name, sizeof gres->name) ? SQ_OK : SQ_EINVAL;
}

/* "none", "0" and "" ask for nothing (scontrol update Gres=0 and the like). */
static bool is_nothing(struct span body) {
        int64_t number;

        return body.start == body.end ||
               (length_of(body) == 4 && !strncasecmp(body.start, "none", 4)) ||
               sq_suffix_count(body.start, length_of(body), &number) == SQ_OK;
}

int sq_gres_next(const char **at, struct sq_gres *ret, struct sq_error *err) {
        struct span item, body;
        int rc;

        if (*at && strnlen(*at, SQ_GRES_TEXT_MAX + 1) > SQ_GRES_TEXT_MAX)
                return sq_fail(err, SQ_EINVAL, "resource list is longer than %d characters",
                               SQ_GRES_TEXT_MAX);
        while (*at && **at) {
                item = body = take_item(at);
                *ret = (struct sq_gres){.is_gres = true};
                if (begins(item, "gres:") || begins(item, "gres/"))
                        body.start += 5;
                else
                        ret->is_gres = !is_other_tres(item);
                if (is_nothing(body))
                        continue;
                rc = ret->is_gres ? read_gres(body, ret) : read_other(body, ret);
                if (rc < 0)
                        return bad_item(item, err);
                if (ret->count)
                        return SQ_OK;
        }
        *ret = (struct sq_gres){.count = 0};
        return SQ_OK;
}

int sq_gres_raise_gpus(const char *text, int64_t times, struct sq_tres *raised,
                       struct sq_error *err) {
        char name[sizeof "gres/gpu:" + SQ_TRES_NAME_MAX];
        const char *at = text;
        struct sq_gres gres;
        int64_t count;
        int rc;

        while ((rc = sq_gres_next(&at, &gres, err)) == SQ_OK && *gres.name) {
                if (!gres.is_gres || strcmp(gres.name, "gpu"))
                        continue;
                snprintf(name, sizeof name, "gres/gpu%s%s", *gres.type ? ":" : "", gres.type);
                if (__builtin_mul_overflow(gres.count, times, &count))
                        return sq_fail(err, SQ_ERANGE, "number of GPUs is too large");
                if (count > sq_tres_count(raised, name) && !sq_tres_set(raised, name, count))
                        return sq_fail(err, SQ_ERANGE, "too many types of GPU");
        }
        return rc;
}

bool sq_gres_sum_gpus(struct sq_tres *raised) {
        int64_t sum = 0;

        for (size_t i = 0; i < raised->n; i++)
                if (!strcmp(raised->item[i].name, "gres/gpu") ||
                    sq_tres_gpu_type(raised->item[i].name))
                        if (__builtin_add_overflow(sum, raised->item[i].count, &sum))
                                return false;
        return !sum || sq_tres_set(raised, "gres/gpu", sum);
}

int sq_gres_add_gpus(const char *text, int64_t times, struct sq_tres *tres,
                     struct sq_error *err) {
        struct sq_tres raised = {.n = 0};
        int rc;

        rc = sq_gres_raise_gpus(text, times, &raised, err);
        if (rc < 0)
                return rc;
        if (!sq_gres_sum_gpus(&raised))
                return sq_fail(err, SQ_ERANGE, "number of GPUs is too large");
        for (size_t i = 0; i < raised.n; i++)
                if (!sq_tres_add(tres, raised.item[i].name, raised.item[i].count))
                        return sq_fail(err, SQ_ERANGE, "too many types of GPU");
        return SQ_OK;
}
