#include "base/tres.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static struct sq_tres_item *find(struct sq_tres *tres, const char *name) {
        for (size_t i = 0; i < tres->n; i++)
                if (!strcmp(tres->item[i].name, name))
                        return &tres->item[i];
        return NULL;
}

static struct sq_tres_item *find_or_append(struct sq_tres *tres, const char *name) {
        struct sq_tres_item *item = find(tres, name);
        size_t length = strlen(name);

        if (item)
                return item;
        if (tres->n == SQ_TRES_MAX || length >= SQ_TRES_NAME_MAX)
                return NULL;
        item = &tres->item[tres->n++];
        memcpy(item->name, name, length + 1);
        item->count = 0;
        return item;
}

int64_t sq_tres_count(const struct sq_tres *tres, const char *name) {
        const struct sq_tres_item *item = find((struct sq_tres *)tres, name);

        return item ? item->count : 0;
}

bool sq_tres_add(struct sq_tres *tres, const char *name, int64_t count) {
        struct sq_tres_item *item;
        int64_t sum;

        if (count < 0 ||
            __builtin_add_overflow(sq_tres_count(tres, name), count, &sum))
                return false;
        item = find_or_append(tres, name);
        if (!item)
                return false;
        item->count = sum;
        return true;
}

bool sq_tres_set(struct sq_tres *tres, const char *name, int64_t count) {
        struct sq_tres_item *item;

        if (count < 0)
                return false;
        item = find_or_append(tres, name);
        if (!item)
                return false;
        item->count = count;
        return true;
}

const char *sq_tres_gpu_type(const char *name) {
        static const char prefix[] = "gres/gpu:";

        return strncmp(name, prefix, sizeof prefix - 1) ? NULL : name + sizeof prefix - 1;
}

char *sq_tres_text(const struct sq_tres *tres, char *text, size_t size) {
        size_t used = 0;

        text[0] = '\0';
        for (size_t i = 0; i < tres->n; i++) {
                const int n = snprintf(text + used, size - used, "%s%s=%" PRId64,
                                       i ? "," : "", tres->item[i].name, tres->item[i].count);

                if (n < 0 || (size_t)n >= size - used) {
                        text[used] = '\0';
                        break;
                }
                used += (size_t)n;
        }
        return text;
}

/* "name=count" up to a comma or the end; *ret_next is what follows. */
static bool read_item(const char *text, struct sq_tres *ret, const char **ret_next) {
        const char *equals = strchr(text, '=');
        char name[SQ_TRES_NAME_MAX];
        char *end;
        int64_t count;

        if (!equals || equals == text || (size_t)(equals - text) >= sizeof name)
                return false;
        memcpy(name, text, (size_t)(equals - text));
        name[equals - text] = '\0';
        errno = 0;
        count = strtoimax(equals + 1, &end, 10);
        if (errno || end == equals + 1 || (*end && *end != ',') ||
            !sq_tres_set(ret, name, count))
                return false;
        *ret_next = *end ? end + 1 : end;
        return true;
}

bool sq_tres_read(const char *text, struct sq_tres *ret) {
        ret->n = 0;
        while (*text)
                if (!read_item(text, ret, &text))
                        return false;
        return true;
}
