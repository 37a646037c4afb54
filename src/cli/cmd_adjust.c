/* cmd_adjust.c - adjust */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/way.h"

enum option { USER, ACCOUNT, CPU, GPU, MINUTES, HOURS, REASON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "what this user has used"},
        [ACCOUNT] = {"account", "NAME", "what this account has used"},
        [CPU] = {"cpu", NULL, "its CPU time"},
        [GPU] = {"gpu", NULL, "its GPU time"},
        [MINUTES] = {"minutes", "CHANGE", "so many more (+90) or fewer (-90) minutes"},
        [HOURS] = {"hours", "CHANGE", "the same in hours"},
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

/* What was asked for. */
struct change {
        enum sq_subject_kind kind;
        const char *given;
        char name[SQ_NAME_SIZE];
        enum sq_resource resource;
        const char *number;
        int64_t unit; /* seconds */
        struct sq_amount delta;
};

static int check_one_of(const struct sq_call *call, enum option one, enum option other,
                        struct sq_error *err) {
        if (!call->option[one] == !call->option[other]) {
                sq_fail(err, SQ_EINVAL, "give either --%s or --%s", options[one].name,
                        options[other].name);
                sq_hint(err, "As in: slurm-quota adjust --user alice --cpu --minutes=-30");
                return SQ_EINVAL;
        }
        return SQ_OK;
}

static int read_change(const struct sq_call *call, struct change *ret, struct sq_error *err) {
        const char *const *given = call->option;
        int rc;

        if ((rc = check_one_of(call, USER, ACCOUNT, err)) ||
            (rc = check_one_of(call, CPU, GPU, err)) ||
            (rc = check_one_of(call, MINUTES, HOURS, err)))
                return rc;
        ret->kind = given[USER] ? SQ_USER : SQ_ACCOUNT;
        ret->given = given[USER] ? given[USER] : given[ACCOUNT];
        ret->resource = given[CPU] ? SQ_CPU : SQ_GPU;
        ret->number = given[MINUTES] ? given[MINUTES] : given[HOURS];
        ret->unit = given[MINUTES] ? 60 : 3600;
        rc = sq_argument_subject(ret->kind, ret->given, ret->name, err);
        if (!rc)
                rc = sq_argument_change(ret->number, ret->unit, &ret->delta, err);
        return rc ? rc : sq_reason_check(given[REASON], err);
}

static void print(const struct change *c, const struct sq_adjusted *adjusted) {
        const int64_t number = c->delta.seconds / c->unit;
        char left[32];

        printf("%s \"%s\": %s consumption changed by %s%" PRId64 " %s",
               sq_subject_kind_name(c->kind), c->name, c->resource == SQ_CPU ? "CPU" : "GPU",
               number > 0 ? "+" : "", number, c->unit == 60 ? "minutes" : "hours");
        printf(" to %s", sq_minutes_text(adjusted->consumed, left, sizeof left));
        if (adjusted->applied.seconds != c->delta.seconds)
                printf(" (there were no more than %s to take off)",
                       sq_minutes_text(SQ_AMOUNT(-adjusted->applied.seconds), left,
                                       sizeof left));
        printf("%s\n", strcmp(c->name, c->given)
                               ? " (Slurm keeps account names in lower case)"
                               : "");
}

static int adjust(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct sq_adjusted adjusted;
        struct change change;
        int rc;

        if ((rc = read_change(call, &change, err)) ||
            (rc = sq_way_to_change(call, &desk, err)) ||
            (rc = desk->can->adjust(desk, change.kind, change.name, change.resource,
                                    change.delta, call->option[REASON], &adjusted, err)))
                return rc;
        print(&change, &adjusted);
        return SQ_OK;
}

const struct sq_command sq_cmd_adjust = {
        .name = "adjust",
        .rights = SQ_FOR_OPERATORS,
        .summary = "add to what somebody has used, or take off from it",
        .details =
                "One of --user and --account, one of --cpu and --gpu, one of --minutes and\n"
                "--hours.  CHANGE is a whole number with its sign; no more is taken off than\n"
                "was used.  Only what counts for the quota changes: a user's adjustment is\n"
                "not one of his account, and the records of the jobs stay as they are.\n",
        .options = options,
        .run = adjust,
};
