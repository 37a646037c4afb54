#include "base/account_group.h"

#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "base/utf8.h"

/* slurmdbd keeps names in tinytext. */
#define ACCOUNT_MAX 255

/* Some hundreds of accounts, one by one; a site with more has patterns or a tree. */
#define TEXT_MAX 4096

const struct sq_account_group *sq_account_group_find(const struct sq_account_groups *groups,
                                                     const char *name) {
        for (size_t i = 0; groups && i < groups->n; i++)
                if (!strcmp(groups->item[i].name, name))
                        return &groups->item[i];
        return NULL;
}

/* It stands between brackets, in JSON, and where accounts and patterns could. */
static bool is_group_name(const char *name) {
        static const char letters[] =
                "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
        const size_t length = strlen(name);

        return length && length <= SQ_ACCOUNT_GROUP_NAME_MAX && !strchr("-.", *name) &&
               strspn(name, letters) == length;
}

int sq_account_groups_add(struct sq_account_groups *groups, const char *name, int line,
                          struct sq_error *err) {
        const struct sq_account_group *before = sq_account_group_find(groups, name);
        SQ_CLEANUP(sq_freep) char *copy = NULL;

        if (!is_group_name(name)) {
                sq_fail(err, SQ_EINVAL, "a group cannot be called \"%.60s\"", name);
                sq_hint(err, "Names have letters, digits, \"_\", \"-\" and \".\", %d at most.",
                        SQ_ACCOUNT_GROUP_NAME_MAX);
                return SQ_EINVAL;
        }
        if (before) {
                sq_fail(err, SQ_EEXIST, "the group \"%s\" was there before, on line %d", name,
                        before->line);
                sq_hint(err, "Write all of its accounts there.");
                return SQ_EEXIST;
        }
        copy = strdup(name);
        if (!copy ||
            !sq_grow(&groups->item, groups->n + 1, &groups->room, sizeof *groups->item))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        groups->item[groups->n++] = (struct sq_account_group){.name = SQ_TAKE(copy),
                                                              .line = line};
        return SQ_OK;
}

/* What an account's name can be made of (slurm/name.h), and what patterns have besides. */
static bool is_account(const char *text) {
        size_t step;

        if (strlen(text) > ACCOUNT_MAX || *text == '-' || !sq_utf8_is_text(text))
                return false;
        for (; *text; text += step) {
                const unsigned char c = (unsigned char)*text;

                step = sq_utf8_length(text);
                if (c <= ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)text[1] < 0xa1) ||
                    strchr("\"'`=%\\;", c))
                        return false;
        }
        return true;
}

/* One more in the text that people see. */
static bool add_text(struct sq_account_group *group, const char *account) {
        char *text = NULL;

        if (asprintf(&text, "%s%s%s", group->text ? group->text : "", group->text ? ", " : "",
                     account) < 0)
                return false;
        free(group->text);
        group->text = text;
        return true;
}

static int add_account(struct sq_account_group *group, const char *start, size_t length,
                       struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *account = strndup(start, length);

        if (!account)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (!length || !is_account(account)) {
                sq_fail(err, SQ_EINVAL, "\"%.60s\" is neither an account nor a pattern",
                        account);
                sq_hint(err, "Write names, or patterns such as phys_*, with commas between"
                             " them.");
                return SQ_EINVAL;
        }
        for (size_t i = 0; i < group->n; i++)
                if (!strcmp(group->account[i], account))
                        return sq_fail(err, SQ_EINVAL, "\"%.60s\" is in the group twice",
                                       account);
        if ((group->text ? strlen(group->text) : 0) + length + 2 > TEXT_MAX)
                return sq_fail(err, SQ_ERANGE, "the list is longer than %d bytes", TEXT_MAX);
        if (!sq_grow(&group->account, group->n + 1, &group->room, sizeof *group->account) ||
            !add_text(group, account))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        group->account[group->n++] = SQ_TAKE(account);
        return SQ_OK;
}

int sq_account_groups_extend(struct sq_account_groups *groups, const char *text,
                             struct sq_error *err) {
        static const char blanks[] = " \t";
        struct sq_account_group *group = &groups->item[groups->n - 1];
        int rc = SQ_OK;

        for (text += strspn(text, blanks); *text && !rc; text += strspn(text, blanks)) {
                const size_t item = strcspn(text, ",");
                size_t length = item;

                while (length && strchr(blanks, text[length - 1]))
                        length--;
                rc = add_account(group, text, length, err);
                text += item + (text[item] == ',');
        }
        return rc;
}

void sq_account_groups_clear(struct sq_account_groups *groups) {
        for (size_t i = 0; i < groups->n; i++) {
                struct sq_account_group *group = &groups->item[i];

                for (size_t k = 0; k < group->n; k++)
                        free(group->account[k]);
                free(group->account);
                free(group->name);
                free(group->text);
        }
        free(groups->item);
        *groups = (struct sq_account_groups){.n = 0};
}
