/* cmd_adjust.c - adjust */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/way.h"
#include "ledger/budget_name.h"

enum option { USER, ACCOUNT, CPU, GPU, TRES, WINDOW, MINUTES, HOURS, REASON };

static const struct sq_option options[] = {
        [USER] = {"user", "NAME", "what this user has used"},
        [ACCOUNT] = {"account", "NAME", "what this account has used"},
        [CPU] = {"cpu", NULL, "its CPU time"},
        [GPU] = {"gpu", NULL, "its GPU time"},
        [TRES] = {"tres", "TRES", "what it has used of another TRES: node, mem, ..."},
        [WINDOW] = {"window", "WINDOW", "in this month, quarter or year; else total"},
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
        char resource[SQ_TRES_NAME_MAX];
        enum sq_window_kind window;
        const char *number;
        int64_t unit; /* seconds */
        struct sq_amount delta;
};

static int refuse_choice(struct sq_error *err) {
        sq_hint(err, "As in: slurm-quota adjust --user alice --cpu --minutes=-30");
        return SQ_EINVAL;
}

static int check_one_of(const struct sq_call *call, enum option one, enum option other,
                        struct sq_error *err) {
        if (!call->option[one] != !call->option[other])
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "give either --%s or --%s", options[one].name,
                options[other].name);
        return refuse_choice(err);
}

static int read_resource(const struct sq_call *call, struct change *ret,
                         struct sq_error *err) {
        const char *const *given = call->option;

        if (!!given[CPU] + !!given[GPU] + !!given[TRES] != 1) {
                sq_fail(err, SQ_EINVAL, "give one of --cpu, --gpu and --tres");
                return refuse_choice(err);
        }
        return sq_budget_resource_read(given[TRES]  ? given[TRES]
                                       : given[CPU] ? "cpu"
                                                    : "gpu",
                                       ret->resource, err);
}

static int read_change(const struct sq_call *call, struct change *ret, struct sq_error *err) {
        const char *const *given = call->option;
        int rc;

        ret->window = SQ_WINDOW_TOTAL;
        if ((rc = check_one_of(call, USER, ACCOUNT, err)) ||
            (rc = read_resource(call, ret, err)) ||
            (rc = check_one_of(call, MINUTES, HOURS, err)) ||
            (given[WINDOW] && (rc = sq_budget_window_read(given[WINDOW], &ret->window, err))))
                return rc;
        ret->kind = given[USER] ? SQ_USER : SQ_ACCOUNT;
        ret->given = given[USER] ? given[USER] : given[ACCOUNT];
        ret->number = given[MINUTES] ? given[MINUTES] : given[HOURS];
        ret->unit = given[MINUTES] ? 60 : 3600;
        rc = sq_argument_subject(ret->kind, ret->given, ret->name, err);
        if (!rc)
                rc = sq_argument_change(ret->number, ret->unit, &ret->delta, err);
        return rc ? rc : sq_reason_check(given[REASON], err);
}

/* People write the first two in capitals, and Slurm the others as they are. */
static const char *resource_text(const char *resource) {
        return !strcmp(resource, "cpu") ? "CPU" : !strcmp(resource, "gpu") ? "GPU" : resource;
}

static void print(const struct change *c, const struct sq_adjusted *adjusted) {
        const int64_t number = c->delta.seconds / c->unit;
        char left[32];

        printf("%s \"%s\": %s consumption", sq_subject_kind_name(c->kind), c->name,
               resource_text(c->resource));
        if (c->window != SQ_WINDOW_TOTAL)
                printf(" of this %s", sq_window_kind_word(c->window));
        printf(" changed by %s%" PRId64 " %s", number > 0 ? "+" : "", number,
               c->unit == 60 ? "minutes" : "hours");
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
                                    change.window, change.delta, call->option[REASON],
                                    &adjusted, err)))
                return rc;
        print(&change, &adjusted);
        return SQ_OK;
}

const struct sq_command sq_cmd_adjust = {
        .name = "adjust",
        .rights = SQ_FOR_OPERATORS,
        .summary = "add to what somebody has used, or take off from it",
        .details =
                "One of --user and --account, one of --cpu, --gpu and --tres, one of\n"
                "--minutes and --hours.  CHANGE is a whole number with its sign; no more is\n"
                "taken off than was used.  Only what counts for the quota changes, or for\n"
                "the budget of the window: a user's adjustment is not one of his account,\n"
                "one of this month none of all of time, and the records of the jobs stay as\n"
                "they are.\n",
        .options = options,
        .run = adjust,
};
