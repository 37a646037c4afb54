/* cmd_policy_log.c - policy status, logs, commands and cleanup-logs */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/course_line.h"
#include "cli/policy_call.h"
#include "governor/record_json.h"

/* Nobody reads more on a terminal; --limit asks for others. */
#define LOGS 10
#define COMMANDS 5
#define LIMIT_DEFAULT 100

static const char *time_text(int64_t at, char text[SQ_UTC_TEXT_SIZE]) {
        return sq_utc_text(at, text) ? text : "never";
}

static const char *agent_text(const struct sq_evaluation_record *r) {
        return !r->planned                 ? "none"
               : r->confirmed == SQ_PENDING ? "pending"
               : r->confirmed              ? "confirmed"
                                           : "failed";
}

static int print_evaluation(const struct sq_evaluation_record *r, void *payload) {
        char at[SQ_UTC_TEXT_SIZE];
        int *n = payload;

        ++*n;
        printf("  [%s] resource=%s usage=%.1f%% actions=%s stomp=%s agent=%s\n",
               time_text(r->evaluated_at, at), r->account, strtod(r->percentage, NULL),
               *r->actions ? r->actions : "none", r->sent ? "yes" : "no", agent_text(r));
        return 0;
}

static int print_command(const struct sq_command_record *r, void *payload) {
        char at[SQ_UTC_TEXT_SIZE];
        int *n = payload;

        ++*n;
        printf("  [%s] %s | %s | %s ", time_text(r->planned_at, at), r->kind,
               r->mode ? r->mode : "planned", r->command);
        if (r->success == SQ_PENDING)
                printf("[PENDING]\n");
        else if (r->success)
                printf("[OK]\n");
        else
                printf("[FAIL: %s]\n", r->error_message ? r->error_message : "");
        return 0;
}

static int add_evaluation(const struct sq_evaluation_record *record, void *payload) {
        sq_evaluation_record_print(payload, record);
        return 0;
}

static int add_command(const struct sq_command_record *record, void *payload) {
        sq_command_record_print(payload, record);
        return 0;
}

/* --- status --------------------------------------------------------------------------- */

struct status {
        struct sq_ledger *ledger;
        const char *account; /* NULL: all */
        int64_t logs, commands;
        const struct sq_call *call;
        bool as_json, forecasts;
        bool any; /* something of a policy is printed */
        struct sq_document doc;
        const struct sq_kept_policy *kept; /* the one being shown */
        struct sq_policy_count count;
        size_t n; /* accounts of it that are printed */
};

/* Not before it is known that the policy has what was asked for: an error has nothing in
 * front of it. */
static void print_head(struct status *s) {
        const struct sq_kept_policy *kept = s->kept;
        const struct sq_policy_count *count = &s->count;
        const struct sq_policy *p = &kept->policy;
        char actions[SQ_ACTIONS_SIZE], grace[SQ_DECIMAL_SIZE], at[SQ_UTC_TEXT_SIZE];
        struct sq_document *doc = &s->doc;

        if (s->as_json) {
                if (!s->any)
                        sq_document_open_list(doc, NULL);
                s->any = true;
                sq_document_open_object(doc, NULL);
                sq_document_add_text(doc, "policy_uuid", p->uuid);
                sq_document_add_text(doc, "name", p->name);
                sq_document_add_truth(doc, "has_fired", kept->has_fired);
                sq_document_add_moment(doc, "fired_datetime", kept->fired_at);
                sq_document_add_moment(doc, "evaluated_at", kept->evaluated_at);
                sq_document_add_number(doc, "paused_count", count->paused);
                sq_document_add_number(doc, "downscaled_count", count->downscaled);
                sq_document_add_number(doc, "plans_waiting", count->waiting);
                sq_document_open_list(doc, "resources");
                return;
        }
        s->any = true;
        printf("policy %s (%s)\n", p->name, p->uuid);
        printf("  cluster %s, actions %s, grace ratio %s, carryover %s\n", p->scope,
               sq_actions_text(p->actions, actions), sq_decimal_text(p->grace_ratio, grace),
               p->carryover_enabled ? "on" : "off");
        printf("  has fired: %s, fired at: %s", kept->has_fired ? "yes" : "no",
               time_text(kept->fired_at, at));
        printf(", evaluated at: %s\n", time_text(kept->evaluated_at, at));
        printf("  paused: %" PRId64 ", downscaled: %" PRId64 ", plans that wait: %" PRId64 "\n",
               count->paused, count->downscaled, count->waiting);
        printf("Active resources:\n");
}

static void print_standing(const struct sq_governed *g, void *payload) {
        const struct sq_evaluation *e = g->evaluation;
        struct status *s = payload;
        const bool paused = sq_state_is_paused(&e->previous);
        const bool downscaled = sq_state_is_downscaled(&e->previous);

        if (!s->n++)
                print_head(s);
        if (!s->as_json) {
                printf("  %s: usage=%.1f%% | %s\n", g->account->name,
                       sq_percentage_double(&e->percentage),
                       paused && downscaled ? "PAUSED DOWNSCALED"
                       : paused             ? "PAUSED"
                       : downscaled         ? "DOWNSCALED"
                                            : "normal");
                sq_course_line_print(stdout, s->kept, g);
                return;
        }
        sq_governed_print_standing(&s->doc, s->kept, g);
}

static int print_tail(struct status *s, const struct sq_kept_policy *kept,
                      struct sq_error *err) {
        struct sq_record_filter filter = {.policy_id = kept->id, .account = s->account,
                                          .limit = s->logs};
        int n = 0, rc;

        if (s->as_json) {
                sq_document_close_list(&s->doc);
                sq_document_open_list(&s->doc, "evaluation_logs");
        } else {
                printf("Last evaluations:\n");
        }
        rc = sq_evaluation_record_each(s->ledger, &filter,
                                       s->as_json ? add_evaluation : print_evaluation,
                                       s->as_json ? (void *)&s->doc : &n, err);
        if (!s->as_json && !rc && !n)
                printf("  (none)\n");
        if (s->as_json) {
                sq_document_close_list(&s->doc);
                sq_document_open_list(&s->doc, "command_history");
        } else {
                printf("Last commands:\n");
        }
        filter.limit = s->commands;
        n = 0;
        if (!rc)
                rc = sq_command_record_each(s->ledger, &filter,
                                            s->as_json ? add_command : print_command,
                                            s->as_json ? (void *)&s->doc : &n, err);
        if (!s->as_json && !rc && !n)
                printf("  (none)\n");
        if (s->as_json) {
                sq_document_close_list(&s->doc);
                sq_document_close_object(&s->doc);
        }
        return rc;
}

static int status_of(struct status *s, const struct sq_kept_policy *kept,
                     struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *tree = NULL;
        struct sq_governing how;
        int rc;

        s->kept = kept;
        s->n = 0;
        if ((rc = sq_policy_count(s->ledger, kept->id, &s->count, err)) ||
            (rc = sq_policy_call_prepare(s->call, kept, NULL, &tree, &how, err)))
                return rc;
        how.mode = SQ_RUN_DRY;
        how.account = s->account;
        how.looks_back = s->forecasts;
        rc = sq_govern(s->ledger, kept, &how, print_standing, s, err);
        if (!rc && !s->n) {
                print_head(s);
                if (!s->as_json)
                        printf("  (none)\n");
        }
        return rc ? rc : print_tail(s, kept, err);
}

static int status(struct status *s, int n, char **which, const char *account,
                  struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_kept_policy **policies = NULL;
        char name[SQ_NAME_SIZE];
        size_t found = 0;
        int rc = account ? sq_argument_subject(SQ_ACCOUNT, account, name, err) : SQ_OK;

        s->doc = (struct sq_document){.out = stdout};
        s->account = account ? name : NULL;
        if (rc || (rc = sq_reader_open(s->call->config, &ledger, err)) ||
            (rc = sq_policy_call_find(ledger, n, which, &policies, &found, err)))
                return rc;
        s->ledger = ledger;
        for (size_t i = 0; i < found && !rc; i++) {
                rc = status_of(s, policies[i], err);
                /* Where all policies are asked, most do not have the account. */
                if (rc == SQ_ENOTFOUND && account && found > 1)
                        rc = SQ_OK;
        }
        if (!rc && account && !s->any)
                rc = sq_fail(err, SQ_ENOTFOUND,
                             "no policy has an account \"%.60s\" with an allocation", name);
        if (!rc && s->as_json) {
                if (!s->any)
                        sq_document_open_list(&s->doc, NULL);
                sq_document_close_list(&s->doc);
                sq_document_end(&s->doc);
        } else if (!rc && !found) {
                printf("No SLURM policies found.\n");
        }
        sq_kept_policies_free(policies, found);
        return rc;
}

static int read_count(const char *text, int64_t standard, int64_t *ret, struct sq_error *err) {
        *ret = standard;
        return text ? sq_argument_count(text, ret, err) : SQ_OK;
}

enum status_option { STATUS_ACCOUNT, STATUS_LOGS, STATUS_COMMANDS, STATUS_JSON };

static const struct sq_option status_options[] = {
        [STATUS_ACCOUNT] = {"account", "NAME", "only this account"},
        [STATUS_LOGS] = {"logs", "N", "so many evaluations (10)"},
        [STATUS_COMMANDS] = {"commands", "N", "so many commands (5)"},
        [STATUS_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int policy_status(const struct sq_call *call, struct sq_error *err) {
        struct status s = {.call = call, .forecasts = true,
                           .as_json = call->option[STATUS_JSON] != NULL};
        int rc;

        if ((rc = read_count(call->option[STATUS_LOGS], LOGS, &s.logs, err)) ||
            (rc = read_count(call->option[STATUS_COMMANDS], COMMANDS, &s.commands, err)))
                return rc;
        return status(&s, call->n, call->argument, call->option[STATUS_ACCOUNT], err);
}

/* --- logs and commands ------------------------------------------------------------------ */

enum list_option { LIST_ACCOUNT, LIST_LIMIT, LIST_JSON, LIST_WINDOW };

static const struct sq_option log_options[] = {
        [LIST_ACCOUNT] = {"account", "NAME", "only of this account"},
        [LIST_LIMIT] = {"limit", "N", "so many, the newest (100)"},
        [LIST_JSON] = {"json", NULL, "print JSON"},
        [LIST_WINDOW] = {"window", "NAME", "only of this window (2026-Q1)"},
        {NULL, NULL, NULL},
};

static const struct sq_option command_options[] = {
        [LIST_ACCOUNT] = {"account", "NAME", "only of this account"},
        [LIST_LIMIT] = {"limit", "N", "so many, the newest (100)"},
        [LIST_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int list(const struct sq_call *call, bool of_commands, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct sq_document doc = {.out = stdout};
        struct sq_record_filter filter = {.account = call->option[LIST_ACCOUNT]};
        const bool as_json = call->option[LIST_JSON] != NULL;
        char name[SQ_NAME_SIZE];
        int n = 0, rc;

        rc = read_count(call->option[LIST_LIMIT], LIMIT_DEFAULT, &filter.limit, err);
        if (!rc && filter.account) {
                rc = sq_argument_subject(SQ_ACCOUNT, filter.account, name, err);
                filter.account = name;
        }
        if (!rc)
                rc = sq_reader_open(call->config, &ledger, err);
        if (!rc && call->n)
                rc = sq_kept_policy_find(ledger, call->argument[0], &kept, err);
        if (rc)
                return rc;
        filter.policy_id = kept ? kept->id : 0;
        if (as_json)
                sq_document_open_list(&doc, NULL);
        if (of_commands) {
                rc = sq_command_record_each(ledger, &filter,
                                            as_json ? add_command : print_command,
                                            as_json ? (void *)&doc : &n, err);
        } else {
                filter.window = call->option[LIST_WINDOW];
                rc = sq_evaluation_record_each(ledger, &filter,
                                               as_json ? add_evaluation : print_evaluation,
                                               as_json ? (void *)&doc : &n, err);
        }
        if (as_json) {
                sq_document_close_list(&doc);
                sq_document_end(&doc);
        } else if (!rc && !n) {
                printf("(none)\n");
        }
        return rc;
}

static int logs(const struct sq_call *call, struct sq_error *err) {
        return list(call, false, err);
}

static int commands(const struct sq_call *call, struct sq_error *err) {
        return list(call, true, err);
}

enum cleanup_option { CLEANUP_JSON };

static const struct sq_option cleanup_options[] = {
        [CLEANUP_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int cleanup_logs(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        const int64_t days = call->config->policy.log_retention_days;
        struct sq_document doc = {.out = stdout};
        int64_t dropped;
        int rc;

        if ((rc = sq_administrator_open(call->config, &ledger, err)) ||
            (rc = sq_records_clean(ledger, sq_now(), days, &dropped, err)))
                return rc;
        if (call->option[CLEANUP_JSON]) {
                sq_document_open_object(&doc, NULL);
                sq_document_add_number(&doc, "deleted_count", dropped);
                sq_document_add_number(&doc, "retention_days", days);
                sq_document_close_object(&doc);
                sq_document_end(&doc);
                return SQ_OK;
        }
        printf("Deleted %" PRId64 " log entries older than %" PRId64 " days.\n", dropped, days);
        return SQ_OK;
}

/* --- the commands ----------------------------------------------------------------------- */

const struct sq_command sq_cmd_policy_status = {
        .name = "status", .arguments = "[POLICY]...", .least = 0, .most = 16,
        .summary = "show where the accounts of policies stand, and what was done last",
        .details = "Below each account: how much of its allocation was used in a day of the\n"
                   "last 7 and 30, and when its thresholds are reached if that goes on, until\n"
                   "the window ends; the dates in brackets are those of the faster and of the\n"
                   "slower of the two.\n",
        .options = status_options, .run = policy_status,
};

const struct sq_command sq_cmd_policy_logs = {
        .name = "logs", .arguments = "[POLICY]", .least = 0, .most = 1,
        .summary = "show evaluations, the newest first", .options = log_options, .run = logs,
};

const struct sq_command sq_cmd_policy_commands = {
        .name = "commands", .arguments = "[POLICY]", .least = 0, .most = 1,
        .summary = "show the commands for Slurm that came of them, the newest first",
        .options = command_options, .run = commands,
};

const struct sq_command sq_cmd_policy_cleanup_logs = {
        .name = "cleanup-logs", .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "delete logs that are older than policy.log_retention_days",
        .details = "Those of the window of now are kept whatever their age.\n",
        .options = cleanup_options, .run = cleanup_logs,
};

/* --- the seed's names ------------------------------------------------------------------- */

enum seed_option { SEED_POLICY, SEED_RESOURCE, SEED_LOGS, SEED_COMMANDS, SEED_JSON };

static const struct sq_option seed_options[] = {
        [SEED_POLICY] = {"policy", "POLICY", "only this policy (also -p)"},
        [SEED_RESOURCE] = {"resource", "NAME", "only this account (also -r)"},
        [SEED_LOGS] = {"logs", "N", "so many evaluations (10)"},
        [SEED_COMMANDS] = {"commands", "N", "so many commands (5)"},
        [SEED_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int seed_status(const struct sq_call *call, struct sq_error *err) {
        const bool as_json = call->option[SEED_JSON] != NULL;
        /* Its text is the seed's; JSON is that of policy status. */
        struct status s = {.call = call, .as_json = as_json, .forecasts = as_json};
        char *which = (char *)call->option[SEED_POLICY];
        int rc;

        if ((rc = read_count(call->option[SEED_LOGS], LOGS, &s.logs, err)) ||
            (rc = read_count(call->option[SEED_COMMANDS], COMMANDS, &s.commands, err)))
                return rc;
        return status(&s, which != NULL, &which, call->option[SEED_RESOURCE], err);
}

const struct sq_command sq_cmd_slurm_policy_status = {
        .name = "slurm_policy_status", .summary = "the older name of policy status",
        .options = seed_options, .letters = "pr", .run = seed_status,
};

const struct sq_command sq_cmd_cleanup_slurm_logs = {
        .name = "cleanup_slurm_logs", .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "the older name of policy cleanup-logs",
        .options = cleanup_options, .run = cleanup_logs,
};
