/* cmd_policy.c - policy simulate, policy parameters */
#include <jansson.h>
#include <stdio.h>

#include "cli/policy_call.h"
#include "cli/scenario.h"
#include "cli/steps.h"
#include "policy/parameter.h"

static const struct sq_option simulate_options[] = {
        {"json", NULL, "nothing: it always prints JSON"},
        {NULL, NULL, NULL},
};

static int simulate(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_simulation_freep) struct sq_simulation *simulation = NULL;
        struct sq_policy policy;
        int rc;

        rc = sq_scenario_load(call->n ? call->argument[0] : NULL, &policy, &simulation, err);
        if (rc)
                return rc;
        sq_policy_warn(&policy);
        return sq_steps_print(stdout, &policy, simulation, err);
}

const struct sq_command sq_cmd_policy_simulate = {
        .name = "simulate",
        .arguments = "[FILE]", .least = 0, .most = 1,
        .summary = "replay dated events to see what a policy would do",
        .details =
                "Reads {\"policy\": {...}, \"accounts\": [...], \"events\": [...]} from FILE,\n"
                "or from standard input without one or with \"-\", and prints\n"
                "{\"steps\": [...]}, one for each account at each evaluation.  Nothing else\n"
                "is asked or changed.\n"
                "Accounts are {\"name\": NAME, \"allocation\": {TRES: HOURS}}.  Events have a\n"
                "\"date\" and one of \"usage\": {TRES: HOURS}, \"allocation\": {TRES: HOURS},\n"
                "\"hold\": \"paused\", \"downscaled\" or null, each with an \"account\", and\n"
                "\"evaluate\": true, for all accounts or for one.  They are replayed by date,\n"
                "on one date in their order; the steps are in the order of the events.\n"
                "Limits in the output are minutes, everything else is hours.\n",
        .options = simulate_options, .run = simulate,
};

enum parameters_option { PARAMETERS_JSON };

static const struct sq_option parameters_options[] = {
        [PARAMETERS_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

static json_t *as_json(const struct sq_parameter *p) {
        return json_pack("{s:s, s:o, s:s, s:s}", "name", p->name, "default",
                         json_loads(p->default_value, JSON_DECODE_ANY, NULL), "help", p->help,
                         "accepts", p->accepts);
}

static int print_json(struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *text = NULL;
        json_t *list = json_array();
        struct sq_parameter p;
        bool whole = list != NULL;

        for (size_t i = 0; whole && sq_parameter_at(i, &p); i++)
                whole = !p.default_value || !json_array_append_new(list, as_json(&p));
        if (whole)
                text = json_dumps(list, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        json_decref(list);
        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        printf("%s\n", text);
        return SQ_OK;
}

static int parameters(const struct sq_call *call, struct sq_error *err) {
        struct sq_parameter p;

        if (call->option[PARAMETERS_JSON])
                return print_json(err);
        for (size_t i = 0; sq_parameter_at(i, &p); i++)
                if (p.default_value)
                        printf("%s%s: %s\n    %s\n    Takes %s.\n", i ? "\n" : "", p.name,
                               p.default_value, p.help, p.accepts);
        return SQ_OK;
}

static const struct sq_command cmd_parameters = {
        .name = "parameters",
        .summary = "show what policies can be told, with the defaults",
        .options = parameters_options, .run = parameters,
};

const struct sq_command sq_cmd_policy = {
        .name = "policy",
        .summary = "rules for what accounts may use in a month, quarter or year",
        .commands = (const struct sq_command *const[]){
                &sq_cmd_policy_list,     &sq_cmd_policy_show,    &sq_cmd_policy_status,
                &sq_cmd_policy_dry_run,  &sq_cmd_policy_preview, &sq_cmd_policy_logs,
                &sq_cmd_policy_commands, &sq_cmd_policy_export,   &sq_cmd_policy_diff,
                &cmd_parameters,         &sq_cmd_policy_simulate, &sq_cmd_policy_replay,
                &sq_cmd_policy_create,
                &sq_cmd_policy_update,   &sq_cmd_policy_apply,    &sq_cmd_policy_delete,
                &sq_cmd_policy_evaluate, &sq_cmd_policy_force_period_reset,
                &sq_cmd_policy_cleanup_logs, &sq_cmd_policy_tick, NULL},
};
