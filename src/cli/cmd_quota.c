/* cmd_quota.c - user-quota, account-quota, user-gpu-quota, account-gpu-quota */
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/way.h"
#include "ledger/budget.h"

enum option { REASON };

static const struct sq_option options[] = {
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

static int set(const struct sq_call *call, enum sq_subject_kind kind,
               enum sq_resource resource, struct sq_error *err) {

        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        const char *reason = call->option[REASON];
        char name[SQ_NAME_SIZE], text[32];
        struct sq_amount limit;
        int rc;

        if ((rc = sq_argument_subject(kind, call->argument[0], name, err)) ||
            (rc = sq_argument_minutes(call->argument[1], &limit, err)) ||
            (rc = sq_reason_check(reason, err)) || (rc = sq_way_to_change(call, &desk, err)) ||
            (rc = desk->can->set_budget(desk, kind, name, resource, limit, reason, err)))
                return rc;
        printf("%s \"%s\": %s quota set to %s%s\n", sq_subject_kind_name(kind), name,
               resource == SQ_CPU ? "CPU" : "GPU", sq_minutes_text(limit, text, sizeof text),
               strcmp(name, call->argument[0]) ? " (Slurm keeps account names in lower case)"
                                               : "");
        return SQ_OK;
}

static int user_cpu(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_USER, SQ_CPU, err);
}

static int account_cpu(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_ACCOUNT, SQ_CPU, err);
}

static int user_gpu(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_USER, SQ_GPU, err);
}

static int account_gpu(const struct sq_call *call, struct sq_error *err) {
        return set(call, SQ_ACCOUNT, SQ_GPU, err);
}

#define QUOTA                                                                             \
        .arguments = "NAME MINUTES", .least = 2, .most = 2, .rights = SQ_FOR_OPERATORS, \
        .options = options,                                                               \
        .details = "MINUTES is a whole number; 0 blocks, -1 is unlimited.  Nothing else of\n" \
                   "what NAME has changes.  Whether Slurm knows NAME is not asked.\n"

const struct sq_command sq_cmd_user_quota = {
        .name = "user-quota", .summary = "set the CPU minutes of a user", .run = user_cpu,
        QUOTA,
};

const struct sq_command sq_cmd_account_quota = {
        .name = "account-quota", .summary = "set the CPU minutes of an account",
        .run = account_cpu, QUOTA,
};

const struct sq_command sq_cmd_user_gpu_quota = {
        .name = "user-gpu-quota", .summary = "set the GPU minutes of a user", .run = user_gpu,
        QUOTA,
};

const struct sq_command sq_cmd_account_gpu_quota = {
        .name = "account-gpu-quota", .summary = "set the GPU minutes of an account",
        .run = account_gpu, QUOTA,
};
