#include "slurm/association.h"

#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "slurm/ask.h"
#include "slurm/name.h"

/* Hundreds of thousands of users; also what a mad sacctmgr could make us keep. */
#define OUTPUT_MAX (16u * 1024 * 1024)

/* A coordinator comes with each of his accounts' names. */
#define TEXT_MAX (64u * 1024 * 1024)

/* Two names and what is between them. */
#define LINE_MAX_BYTES (2 * SQ_NAME_SIZE + 8)

/* Where the names begin in the text. */
struct pair {
        uint32_t user, account;
};

struct sq_associations {
        char *text; /* names, each with its NUL */
        size_t length, size;
        struct pair *pair;
        size_t n, room;
};

struct sq_associations *sq_associations_new(void) {
        return calloc(1, sizeof(struct sq_associations));
}

void sq_associations_free(struct sq_associations *a) {
        if (!a)
                return;
        free(a->text);
        free(a->pair);
        free(a);
}

/* Makes room for `more` bytes of text and one pair. */
static bool make_room(struct sq_associations *a, size_t more) {
        return sq_grow(&a->text, a->length + more, &a->size, 1) &&
               sq_grow(&a->pair, a->n + 1, &a->room, sizeof *a->pair);
}

static uint32_t keep(struct sq_associations *a, const char *name) {
        const size_t size = strlen(name) + 1;
        const size_t at = a->length;

        memcpy(a->text + at, name, size);
        a->length += size;
        return (uint32_t)at;
}

int sq_associations_add(struct sq_associations *a, const char *user, const char *account,
                        struct sq_error *err) {
        if (a->length > TEXT_MAX)
                return sq_fail(err, SQ_ERANGE, "more names than can be kept");
        if (!make_room(a, strlen(user) + strlen(account) + 2))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        a->pair[a->n].user = keep(a, user);
        a->pair[a->n].account = keep(a, account);
        a->n++;
        return SQ_OK;
}

int sq_associations_take(const char *line, void *associations, struct sq_error *err) {
        struct sq_associations *a = associations;
        const char *bar = strchr(line, '|');
        char user[SQ_NAME_SIZE];

        /* A name may hold a bar: which one it would be cannot be known. */
        if (!bar || bar == line || strchr(bar + 1, '|') || bar - line > SQ_NAME_MAX)
                return SQ_OK;
        memcpy(user, line, (size_t)(bar - line));
        user[bar - line] = '\0';
        if (sq_name_check(SQ_NAME_USER, user, NULL) ||
            sq_name_check(SQ_NAME_ACCOUNT, bar + 1, NULL))
                return SQ_OK;
        return sq_associations_add(a, user, bar + 1, err);
}

static int compare(const void *one, const void *other, void *text) {
        const struct pair *x = one, *y = other;
        const int by_user = strcmp((char *)text + x->user, (char *)text + y->user);

        return by_user ? by_user
                       : strcmp((char *)text + x->account, (char *)text + y->account);
}

void sq_associations_settle(struct sq_associations *a) {
        size_t kept = 0;

        if (!a->n)
                return;
        qsort_r(a->pair, a->n, sizeof a->pair[0], compare, a->text);
        for (size_t i = 1; i < a->n; i++)
                if (compare(&a->pair[kept], &a->pair[i], a->text))
                        a->pair[++kept] = a->pair[i];
        a->n = kept + 1;
}

/* The first place whose user is not before `user`; with `behind`, is behind it. */
static size_t find(const struct sq_associations *a, const char *user, bool behind) {
        size_t low = 0, high = a->n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;
                const int order = strcmp(a->text + a->pair[middle].user, user);

                if (order < 0 || (behind && !order))
                        low = middle + 1;
                else
                        high = middle;
        }
        return low;
}

size_t sq_associations_of(const struct sq_associations *a, const char *user,
                          size_t *ret_first) {
        *ret_first = find(a, user, false);
        return find(a, user, true) - *ret_first;
}

const char *sq_associations_account(const struct sq_associations *a, size_t place) {
        return a->text + a->pair[place].account;
}

const char *sq_associations_user(const struct sq_associations *a, size_t place) {
        return a->text + a->pair[place].user;
}

size_t sq_associations_count(const struct sq_associations *a) {
        return a->n;
}

bool sq_associations_has(const struct sq_associations *a, const char *user,
                         const char *account) {
        size_t first, n = sq_associations_of(a, user, &first);

        for (size_t i = first; i < first + n; i++)
                if (!strcmp(sq_associations_account(a, i), account))
                        return true;
        return false;
}

/* Asks with `argv` for pairs of names. */
static int ask(const char *const *argv, int64_t deadline, struct sq_associations **ret,
               struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *a = sq_associations_new();
        const struct sq_program run = {
                .argv = argv,
                .deadline = deadline,
                .line_max = LINE_MAX_BYTES,
                .output_max = OUTPUT_MAX,
                .take = sq_associations_take,
                .payload = a,
        };
        int rc = a ? sq_ask(&run, err) : sq_fail(err, SQ_ENOMEM, "out of memory");

        if (rc)
                return rc;
        sq_associations_settle(a);
        *ret = SQ_TAKE(a);
        return SQ_OK;
}

int sq_associations_ask(const char *program, int64_t deadline, struct sq_associations **ret,
                        struct sq_error *err) {
        const char *const argv[] = {program, "-nP", "show", "associations",
                                    "format=user,account", NULL};

        return ask(argv, deadline, ret, err);
}

/* What sacctmgr takes as a condition on names: lists, and quotes around them. */
static int write_condition(const char *word, const char *user, char *ret, size_t size,
                           struct sq_error *err) {
        const int rc = sq_name_check(SQ_NAME_USER, user, err);

        if (!rc)
                snprintf(ret, size, "%s=%s", word, user);
        return rc;
}

int sq_associations_ask_of(const char *program, const char *user, int64_t deadline,
                           struct sq_associations **ret, struct sq_error *err) {
        char condition[SQ_NAME_SIZE + 8];
        const char *const argv[] = {program, "-nP", "show", "associations", "where", condition,
                                    "format=user,account", NULL};
        int rc = write_condition("user", user, condition, sizeof condition, err);

        return rc ? rc : ask(argv, deadline, ret, err);
}

int sq_default_accounts_ask(const char *program, const char *user, int64_t deadline,
                            struct sq_associations **ret, struct sq_error *err) {
        char condition[SQ_NAME_SIZE + 8];
        const char *const all[] = {program, "-nP", "show", "user",
                                   "format=user,defaultaccount", NULL};
        const char *const one[] = {program, "-nP", "show", "user", "where", condition,
                                   "format=user,defaultaccount", NULL};
        int rc = user ? write_condition("name", user, condition, sizeof condition, err) : SQ_OK;

        return rc ? rc : ask(user ? one : all, deadline, ret, err);
}

int sq_account_parents_ask(const char *program, const char *cluster, int64_t deadline,
                           struct sq_associations **ret, struct sq_error *err) {
        char condition[SQ_NAME_SIZE + 8];
        const char *const all[] = {program, "-nP", "show", "associations",
                                   "format=account,parentname", NULL};
        const char *const one[] = {program, "-nP", "show", "associations", "where", condition,
                                   "format=account,parentname", NULL};
        int rc = SQ_OK;

        if (*cluster)
                rc = write_condition("cluster", cluster, condition, sizeof condition, err);
        return rc ? rc : ask(*cluster ? one : all, deadline, ret, err);
}
