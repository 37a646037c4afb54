/* cmd_factor.c - gpu-factors, set-gpu-factor */
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/table.h"
#include "cli/way.h"

static int show(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct sq_factors factors = {.n = 0};
        char text[32];
        size_t i = 0;
        int rc;

        rc = sq_way_to_ask(call, "no GPU factors yet", &desk, err);
        if (rc == SQ_ENOTFOUND) {
                printf("no database yet: the factor of every GPU is 1.000\n");
                return SQ_OK;
        }
        if (rc != SQ_OK || (rc = desk->can->factors(desk, &factors, err)))
                return rc;
        if (!factors.n) {
                printf("no GPU factors configured: the factor of every GPU is 1.000\n");
                return SQ_OK;
        }
        printf("GPU factors\n%s\n", SQ_TITLE_RULE);
        if (strcmp(factors.item[0].type, SQ_FACTOR_DEFAULT) != 0)
                printf("%-20s%s (not configured)\n", SQ_FACTOR_DEFAULT,
                       sq_weight_text(sq_factors_of(&factors, NULL), text, sizeof text));
        for (; i < factors.n; i++)
                printf("%-20s%s%s\n", factors.item[i].type,
                       strlen(factors.item[i].type) < 20 ? "" : " ",
                       sq_weight_text(factors.item[i].millionths, text, sizeof text));
        return SQ_OK;
}

enum option { REASON };

static const struct sq_option options[] = {
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

static int set(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        const char *type = call->argument[0], *reason = call->option[REASON];
        char text[32];
        int64_t millionths;
        int rc;

        if ((rc = sq_name_check(SQ_NAME_GPU_TYPE, type, err)) ||
            (rc = sq_weight_parse(call->argument[1], &millionths, err)) ||
            (rc = sq_reason_check(reason, err)) || (rc = sq_way_to_change(call, &desk, err)) ||
            (rc = desk->can->set_factor(desk, type, millionths, reason, err)))
                return rc;
        printf("GPU type \"%s\": factor set to %s\n", type,
               sq_weight_text(millionths, text, sizeof text));
        return SQ_OK;
}

const struct sq_command sq_cmd_gpu_factors = {
        .name = "gpu-factors",
        .summary = "show what a minute on each type of GPU counts",
        .run = show,
};

const struct sq_command sq_cmd_set_gpu_factor = {
        .name = "set-gpu-factor",
        .arguments = "TYPE FACTOR", .least = 2, .most = 2,
        .rights = SQ_FOR_OPERATORS,
        .summary = "set what a minute on a type of GPU counts",
        .details = "TYPE is the one in gres/gpu:TYPE; \"default\" stands for all that have no\n"
                   "factor.  FACTOR is a decimal above 0, with at most six places.  It counts\n"
                   "for what is submitted and charged from now on.\n",
        .options = options,
        .run = set,
};
