/* cmd_account.c - account pause, downscale, resume and holds */
#include <stdio.h>

#include "cli/administrator.h"
#include "cli/argument.h"
#include "cli/rows.h"
#include "governor/hold.h"
#include "ledger/balance.h"
#include "governor/record_json.h"
#include "ledger/halt.h"

enum option { REASON };

static const struct sq_option options[] = {
        [REASON] = {"reason", "TEXT", "why; users see it when a job is refused"},
        {NULL, NULL, NULL},
};

static int say_what_remains(struct sq_ledger *ledger, const char *account,
                            struct sq_error *err) {
        struct sq_halt halt;
        char why[SQ_HALT_TEXT_SIZE];
        int rc = sq_halt_read(ledger, account, &halt, err);

        if (!rc && halt.by != SQ_HALTED_BY_NOBODY)
                printf("account \"%s\" is still paused %s\n", account,
                       sq_halt_text(&halt, why));
        return rc;
}

static int note_known(const struct sq_standing *standing, void *payload) {
        (void)standing;
        *(bool *)payload = true;
        return 0;
}

static void warn(const struct sq_call *call, const char *account, enum sq_level level,
                 bool known) {
        if (!known)
                fprintf(stderr, "slurm-quota: warning: account \"%s\" had neither jobs nor"
                                " budgets until now: is that its name?\n", account);
        if (level == SQ_DOWNSCALED && !*call->config->policy.qos_downscaled)
                fprintf(stderr, "slurm-quota: warning: it keeps its QoS, so nothing is slower:"
                                " policy.qos_downscaled is empty\n");
}

static int set(const struct sq_call *call, enum sq_level level, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        char account[SQ_NAME_SIZE], name[SQ_ACTOR_SIZE];
        const struct sq_actor actor = {sq_administrator_name(name), call->option[REASON]};
        bool known = false;
        int rc;

        if ((rc = sq_argument_subject(SQ_ACCOUNT, call->argument[0], account, err)) ||
            (rc = sq_reason_check(call->option[REASON], err)) ||
            (rc = sq_administrator_open(call->config, &ledger, err)) ||
            (rc = sq_balance_each(ledger, SQ_ACCOUNT, account, note_known, &known, err)) ||
            (rc = sq_hold_set(ledger, account, level, &actor, err)))
                return rc;
        printf("account \"%s\" %s\n", account,
               level == SQ_NORMAL ? "resumed" : sq_level_word(level));
        warn(call, account, level, known);
        return level == SQ_NORMAL ? say_what_remains(ledger, account, err) : SQ_OK;
}

static int pause_account(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_PAUSED, err);
}

static int downscale(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_DOWNSCALED, err);
}

static int resume(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_NORMAL, err);
}

enum list_option { JSON };

static const struct sq_option list_options[] = {
        [JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static int tell(const struct sq_hold *hold, void *payload) {
        struct sq_document *doc = sq_rows_add(payload);

        if (!doc) {
                printf("%s: %s by %s%s%s\n", hold->account, sq_level_word(hold->level),
                       hold->actor, hold->reason ? ": " : "", hold->reason ? hold->reason : "");
                return 0;
        }
        sq_document_open_object(doc, NULL);
        sq_document_add_text(doc, "account", hold->account);
        sq_document_add_text(doc, "hold", sq_level_word(hold->level));
        sq_document_add_text(doc, "actor", hold->actor);
        sq_document_add_text(doc, "reason", hold->reason);
        sq_document_add_moment(doc, "since", hold->since);
        sq_document_close_object(doc);
        return 0;
}

static int holds(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_rows rows = sq_rows_of(call->option[JSON] != NULL);
        int rc = sq_reader_open(call->config, &ledger, err);

        if (!rc)
                rc = sq_hold_each(ledger, tell, &rows, err);
        if (!rc && !sq_rows_end(&rows) && !rows.n)
                printf("no operator holds an account\n");
        return rc;
}

static const struct sq_command cmd_pause = {
        .name = "pause", .arguments = "NAME", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "refuse jobs of an account until it is resumed",
        .details = "Jobs that are there already stay.  No policy takes it back.\n",
        .options = options, .run = pause_account,
};

static const struct sq_command cmd_downscale = {
        .name = "downscale", .arguments = "NAME", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "slow an account down by its QOS until it is resumed",
        .options = options, .run = downscale,
};

static const struct sq_command cmd_resume = {
        .name = "resume", .arguments = "NAME", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "take back what an operator holds an account by",
        .details = "What a policy holds it by stays, and is said.\n",
        .options = options, .run = resume,
};

static const struct sq_command cmd_holds = {
        .name = "holds", .summary = "list the accounts that operators hold back",
        .options = list_options, .run = holds,
};

const struct sq_command sq_cmd_account = {
        .name = "account",
        .summary = "what operators hold accounts back by",
        .commands = (const struct sq_command *const[]){&cmd_holds, &cmd_pause, &cmd_downscale,
                                                       &cmd_resume, NULL},
};
