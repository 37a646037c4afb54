/* cmd_policy_run.c - policy evaluate, dry-run, preview, force-period-reset and tick */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/course_line.h"
#include "cli/event_line.h"
#include "cli/policy_call.h"
#include "governor/command_json.h"
#include "governor/course_json.h"
#include "governor/record_json.h"
#include "governor/tick.h"

enum option { ACCOUNT, AT, JSON };

static const struct sq_option options[] = {
        [ACCOUNT] = {"account", "NAME", "only this account"},
        [AT] = {"at", "DAY", "as if it were noon of this day (2026-01-31)"},
        [JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

/* Accounts of other policies that are named; more would hide the rest. */
#define LEFT_SHOWN 5

/* One run of one policy, and what is printed of it. */
struct output {
        const struct sq_call *call;
        const struct sq_kept_policy *kept;
        const struct sq_governing *how;
        struct sq_document doc;
        char window[SQ_WINDOW_SIZE];
        size_t n;
        size_t left; /* accounts, to other policies of the cluster */
        char first[LEFT_SHOWN * (SQ_NAME_SIZE + SQ_POLICY_TEXT_SIZE + 5)]; /* their names */
        bool as_json, commands, begun;
};

static void print_account(const struct sq_governed *g, const struct output *o) {
        const struct sq_evaluation *e = g->evaluation;
        const bool dry = o->how->mode == SQ_RUN_DRY;
        const double percentage = sq_percentage_double(&e->percentage);
        char words[64];

        sq_taken_text(e->taken, words);
        printf("%s: usage=%.1f%%, paused=%s, downscaled=%s, %s: %s%s\n", g->account->name,
               percentage, sq_state_is_paused(dry ? &e->previous : &e->next) ? "true" : "false",
               sq_state_is_downscaled(dry ? &e->previous : &e->next) ? "true" : "false",
               dry ? "would trigger" : "triggered",
               *words               ? words
               : percentage >= 80.0 ? "near threshold"
                                    : "OK",
               !dry && e->changed ? " (changed)" : "");
}

static void print_commands(const struct sq_governed *g, const struct output *o) {
        char command[SQ_COMMAND_SIZE];

        for (size_t i = 0; i < g->evaluation->plan.n; i++)
                if (sq_plan_command(g->evaluation, i, &o->how->qos, o->kept->policy.scope,
                                    g->account->name, command))
                        printf("  %s\n", command);
}

static void add_commands(struct sq_document *doc, const struct sq_governed *g,
                         const struct output *o) {
        char command[SQ_COMMAND_SIZE];

        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "resource_name", g->account->name);
        sq_document_add_real(doc, "usage_percentage",
                             sq_percentage_double(&g->evaluation->percentage));
        sq_document_open_list(doc, "preview_commands");
        for (size_t i = 0; i < g->evaluation->plan.n; i++) {
                if (!sq_plan_command(g->evaluation, i, &o->how->qos, o->kept->policy.scope,
                                     g->account->name, command))
                        continue;
                sq_document_open_object(doc, NULL);
                sq_command_print(doc, g->account->name,
                                 sq_plan_word(g->evaluation->plan.step[i]), command);
                sq_document_close_object(doc);
        }
        sq_document_close_list(doc);
        sq_governed_print_course(doc, o->kept, g);
        sq_document_close_object(doc);
}

/* Not before something is known: an error has nothing in front of it. */
static void begin(struct output *o) {
        char actions[SQ_ACTIONS_SIZE], grace[SQ_DECIMAL_SIZE];
        const struct sq_policy *p = &o->kept->policy;

        o->begun = true;
        if (!o->as_json) {
                printf("policy %s (%s), cluster %s, actions %s, grace ratio %s,"
                       " has fired: %s\n",
                       p->name, p->uuid, p->scope, sq_actions_text(p->actions, actions),
                       sq_decimal_text(p->grace_ratio, grace),
                       o->kept->has_fired ? "yes" : "no");
                return;
        }
        sq_document_open_object(&o->doc, NULL);
        sq_governing_print(&o->doc, o->kept, o->window, o->how->mode == SQ_RUN_DRY);
        sq_document_open_list(&o->doc, "resources");
}

static void tell(const struct sq_governed *governed, void *payload) {
        struct output *o = payload;

        if (!o->begun)
                begin(o);
        o->n++;
        if (o->as_json && o->commands)
                add_commands(&o->doc, governed, o);
        else if (o->as_json)
                sq_governed_print(&o->doc, o->kept, governed,
                                  o->how->mode == SQ_RUN_DRY);
        else
                print_account(governed, o);
        if (!o->as_json && o->commands) {
                print_commands(governed, o);
                sq_course_line_print(stdout, o->kept, governed);
        }
}

static void leave(const char *account, const char *policy, void *payload) {
        struct output *o = payload;
        const size_t length = strlen(o->first);

        if (o->left++ < LEFT_SHOWN)
                snprintf(o->first + length, sizeof o->first - length, "%s%s (%s)",
                         length ? ", " : "", account, policy);
}

static void print_left(const struct output *o) {
        const bool one = o->left == 1;

        if (o->left)
                fprintf(stderr,
                        "slurm-quota: %zu account%s left to %s of this cluster, which had %s"
                        " first: %s%s\n", o->left, one ? " is" : "s are",
                        one ? "another policy" : "other policies", one ? "it" : "them",
                        o->first, o->left > LEFT_SHOWN ? ", ..." : "");
}

static void finish(struct output *o) {
        char grace[SQ_DECIMAL_SIZE];

        if (o->as_json) {
                sq_document_close_list(&o->doc);
                sq_document_add_number(&o->doc, "left_to_other_policies", (int64_t)o->left);
                sq_document_close_object(&o->doc);
                sq_document_end(&o->doc);
                return;
        }
        printf("%zu account%s in %s, grace limit %s%%\n", o->n, o->n == 1 ? "" : "s", o->window,
               sq_decimal_text(sq_grace_limit(o->kept->policy.grace_ratio), grace));
}

/* One policy that was asked for by name. */
struct request {
        const char *policy, *account, *day;
        enum sq_run_mode mode;
        bool only_held, as_json, commands;
};

static int run_one(const struct sq_call *call, const struct request *request,
                   struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *tree = NULL;
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct sq_governing how;
        struct sq_moment moment;
        struct output o = {.call = call, .how = &how, .doc = {.out = stdout},
                           .as_json = request->as_json, .commands = request->commands};
        char account[SQ_NAME_SIZE];
        int rc = SQ_OK;

        if (request->account)
                rc = sq_argument_subject(SQ_ACCOUNT, request->account, account, err);
        if (!rc)
                rc = request->mode == SQ_RUN_DRY
                             ? sq_reader_open(call->config, &ledger, err)
                             : sq_administrator_open(call->config, &ledger, err);
        if (rc || (rc = sq_kept_policy_find(ledger, request->policy, &kept, err)) ||
            (rc = sq_policy_call_prepare(call, kept, request->day, &tree, &how, err)))
                return rc;
        how.mode = request->mode;
        how.only_held = request->only_held;
        how.left = leave;
        how.looks_back = request->commands;
        how.account = request->account ? account : NULL;
        o.kept = kept;
        sq_moment_of(sq_ledger_calendar(ledger), &kept->policy, how.now, &moment);
        sq_window_text(&moment.window, o.window);
        rc = sq_govern(ledger, kept, &how, tell, &o, err);
        if (!rc && !o.begun)
                begin(&o);
        if (o.begun)
                finish(&o);
        print_left(&o);
        return rc;
}

static int run_call(const struct sq_call *call, enum sq_run_mode mode, bool only_held,
                    bool commands, struct sq_error *err) {
        const struct request request = {
                .policy = call->argument[0],
                .account = call->option[ACCOUNT],
                .day = call->option[AT],
                .mode = mode,
                .only_held = only_held,
                .as_json = call->option[JSON] != NULL,
                .commands = commands,
        };

        return run_one(call, &request, err);
}

static int evaluate(const struct sq_call *call, struct sq_error *err) {
        return run_call(call, SQ_RUN_LOGGED, false, false, err);
}

static int dry_run(const struct sq_call *call, struct sq_error *err) {
        return run_call(call, SQ_RUN_DRY, false, false, err);
}

static int preview(const struct sq_call *call, struct sq_error *err) {
        return run_call(call, SQ_RUN_DRY, false, true, err);
}

static int force_period_reset(const struct sq_call *call, struct sq_error *err) {
        return run_call(call, SQ_RUN_LOGGED, true, false, err);
}

/* --- the timer ------------------------------------------------------------------------ */

static int tick(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        const struct sq_tick how = {.config = call->config, .tell = sq_event_line_print};
        int rc = sq_administrator_open(call->config, &ledger, err);

        return rc ? rc : sq_tick(ledger, &how, err);
}

/* --- the commands --------------------------------------------------------------------- */

const struct sq_command sq_cmd_policy_evaluate = {
        .name = "evaluate", .arguments = "POLICY", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "evaluate a policy's accounts now, and act on it",
        .details = "Every account that is evaluated is logged.  What is to be done in Slurm\n"
                   "goes into the outbox.\n",
        .options = options, .run = evaluate,
};

const struct sq_command sq_cmd_policy_dry_run = {
        .name = "dry-run", .arguments = "POLICY", .least = 1, .most = 1,
        .summary = "show what evaluate would do; changes nothing",
        .options = options, .run = dry_run,
};

const struct sq_command sq_cmd_policy_preview = {
        .name = "preview", .arguments = "POLICY", .least = 1, .most = 1,
        .summary = "the same with the commands for Slurm; changes nothing",
        .details = "And when each account reaches its thresholds, as policy status says it.\n",
        .options = options, .run = preview,
};

const struct sq_command sq_cmd_policy_force_period_reset = {
        .name = "force-period-reset", .arguments = "POLICY", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "evaluate those that are held back and below 100 percent",
        .details = "For after the beginning of a window, without waiting for the timer.\n",
        .options = options, .run = force_period_reset,
};

const struct sq_command sq_cmd_policy_tick = {
        .name = "tick", .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "what the timer does: evaluate all policies, clean the logs",
        .details = "Catches up by itself after a time in which it did not run.  Accounts for\n"
                   "which nothing changes are not logged.  Prints what has happened since the\n"
                   "last time, an event a line as JSON: the timer's go to the journal.\n"
                   "A running \"serve\" does the same, and both at once do no harm.\n",
        .run = tick,
};

/* --- the seed's name ------------------------------------------------------------------ */

enum seed_option { SEED_POLICY, SEED_RESOURCE, SEED_SYNC, SEED_DRY_RUN, SEED_JSON };

static const struct sq_option seed_options[] = {
        [SEED_POLICY] = {"policy", "POLICY", "this policy (also -p)"},
        [SEED_RESOURCE] = {"resource", "NAME", "only this account (also -r)"},
        [SEED_SYNC] = {"sync", NULL, "nothing: it always waits"},
        [SEED_DRY_RUN] = {"dry-run", NULL, "change nothing"},
        [SEED_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int seed_evaluate(const struct sq_call *call, struct sq_error *err) {
        const struct request request = {
                .policy = call->option[SEED_POLICY],
                .account = call->option[SEED_RESOURCE],
                .mode = call->option[SEED_DRY_RUN] ? SQ_RUN_DRY : SQ_RUN_LOGGED,
                .as_json = call->option[SEED_JSON] != NULL,
        };

        if (!request.policy)
                return sq_fail(err, SQ_EINVAL, "give --policy");
        return run_one(call, &request, err);
}

const struct sq_command sq_cmd_evaluate_slurm_policy = {
        .name = "evaluate_slurm_policy", .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "the older name of policy evaluate and dry-run",
        .options = seed_options, .letters = "pr", .run = seed_evaluate,
};
