/* cmd_default.c - default-quotas, set-default-quotas */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/table.h"
#include "cli/way.h"

/* As sentences say them. */
static const char *const words[SQ_DEFAULTS] = {"user CPU", "user GPU", "account CPU",
                                               "account GPU"};

/* The first four in the order of sq_default_names. */
enum option { REASON = SQ_DEFAULTS };

static const struct sq_option options[] = {
        {"user-cpu", "MINUTES", "CPU minutes of a new user"},
        {"user-gpu", "MINUTES", "GPU minutes of a new user"},
        {"account-cpu", "MINUTES", "CPU minutes of a new account"},
        {"account-gpu", "MINUTES", "GPU minutes of a new account"},
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

/* Without a database everything new is unlimited, and that is what it says. */
static int show(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct sq_amounts of[2] = {{{SQ_UNLIMITED, SQ_UNLIMITED}},
                                   {{SQ_UNLIMITED, SQ_UNLIMITED}}};
        int rc = sq_way_to_ask(call, "no default quotas yet", &desk, err);

        if (rc != SQ_OK && rc != SQ_ENOTFOUND)
                return rc;
        if (desk && (rc = desk->can->defaults(desk, of, err)))
                return rc;
        printf("Default quotas\n%s\n", SQ_TITLE_RULE);
        for (int i = 0; i < SQ_DEFAULTS; i++) {
                const struct sq_default_name *name = &sq_default_names[i];
                struct sq_amount limit = of[name->kind].of[name->resource];

                if (sq_amount_is_unlimited(limit))
                        printf("%-24s%s\n", name->key, sq_infinity());
                else
                        printf("%-24s%" PRId64 "\n", name->key,
                               sq_amount_minutes(limit));
        }
        return SQ_OK;
}

static int set(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        const char *reason = call->option[REASON];
        struct sq_default change[SQ_DEFAULTS];
        const char *word[SQ_DEFAULTS];
        char text[32];
        size_t n = 0;
        int rc;

        for (int i = 0; i < SQ_DEFAULTS; i++) {
                if (!call->option[i])
                        continue;
                rc = sq_argument_minutes(call->option[i], &change[n].limit, err);
                if (rc != SQ_OK) {
                        sq_context(err, "--%s", options[i].name);
                        return rc;
                }
                change[n].kind = sq_default_names[i].kind;
                change[n].resource = sq_default_names[i].resource;
                word[n++] = words[i];
        }
        if (!n) {
                sq_fail(err, SQ_EINVAL, "nothing to set");
                sq_hint(err, "Give at least one of --user-cpu, --user-gpu, --account-cpu and"
                             " --account-gpu.");
                return SQ_EINVAL;
        }
        if ((rc = sq_reason_check(reason, err)) || (rc = sq_way_to_change(call, &desk, err)) ||
            (rc = desk->can->set_defaults(desk, change, n, reason, err)))
                return rc;
        for (size_t i = 0; i < n; i++)
                printf("%s%s %s%s", i ? ", " : "default quotas set: ", word[i],
                       sq_minutes_text(change[i].limit, text, sizeof text),
                       i + 1 == n ? "\n" : "");
        return SQ_OK;
}

const struct sq_command sq_cmd_default_quotas = {
        .name = "default-quotas",
        .summary = "show what users and accounts get that are seen for the first time",
        .run = show,
};

const struct sq_command sq_cmd_set_default_quotas = {
        .name = "set-default-quotas",
        .rights = SQ_FOR_OPERATORS,
        .summary = "set what users and accounts get that are seen for the first time",
        .details = "MINUTES is a whole number; 0 blocks, -1 is unlimited.  Users and accounts\n"
                   "that exist keep what they have.\n",
        .options = options,
        .run = set,
};
