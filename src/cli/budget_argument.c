#include "cli/budget_argument.h"

#include <stdio.h>
#include <string.h>

#include "cli/argument.h"

int sq_budget_subject_read(const char *text, struct sq_budget_subject *ret,
                           struct sq_error *err) {
        const char *const colon = strchr(text, ':');
        const size_t length = colon ? (size_t)(colon - text) : 0;

        for (int kind = SQ_USER; kind <= SQ_ACCOUNT; kind++) {
                const char *word = sq_subject_kind_name((enum sq_subject_kind)kind);

                if (length != strlen(word) || strncmp(text, word, length) != 0)
                        continue;
                ret->kind = (enum sq_subject_kind)kind;
                return sq_argument_subject(ret->kind, colon + 1, ret->name, err);
        }
        sq_fail(err, SQ_EINVAL, "\"%.60s\" is neither a user nor an account", text);
        sq_hint(err, "Write user:NAME or account:NAME.");
        return SQ_EINVAL;
}

int sq_budget_amount_read(const char *text, struct sq_amount *ret, struct sq_error *err) {
        static const struct {
                char letter;
                int64_t minutes;
        } units[] = {{'m', 1}, {'h', 60}, {'d', 24 * 60}};
        const size_t length = strlen(text);
        int64_t minutes = 1;
        char number[24];

        if (!strcmp(text, "unlimited")) {
                *ret = SQ_UNLIMITED;
                return SQ_OK;
        }
        /* Only behind a number, which -1 is none of. */
        if (length < 2 || length >= sizeof number || *text == '-')
                return sq_argument_minutes(text, ret, err);
        snprintf(number, sizeof number, "%s", text);
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
                if (text[length - 1] == units[i].letter) {
                        minutes = units[i].minutes;
                        number[length - 1] = '\0';
                }
        if (sq_argument_minutes(number, ret, err))
                return sq_argument_minutes(text, ret, err); /* with all that was typed */
        if (!sq_amount_scale(*ret, minutes, ret))
                return sq_fail(err, SQ_ERANGE, "%.40s is more than can be counted", text);
        return SQ_OK;
}

int sq_budget_limit_read(const char *text, char ret_resource[SQ_TRES_NAME_MAX],
                         struct sq_amount *ret, struct sq_error *err) {
        const char *const equals = strchr(text, '=');
        char name[2 * SQ_TRES_NAME_MAX];
        int rc;

        if (!equals) {
                sq_fail(err, SQ_EINVAL, "\"%.60s\" is not RESOURCE=AMOUNT", text);
                sq_hint(err, "As in: slurm-quota budget set account:physics cpu=500h");
                return SQ_EINVAL;
        }
        snprintf(name, sizeof name, "%.*s", (int)(equals - text), text);
        rc = sq_budget_resource_read(name, ret_resource, err);
        return rc ? rc : sq_budget_amount_read(equals + 1, ret, err);
}
