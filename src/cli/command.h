/* command.h - what a command of slurm-quota is
 *
 * Each cmd_<noun>.c defines its commands; the table in main.c names them.  Commands about
 * one noun may be a group (`slurm-quota config show`): a command that has commands.
 * Parsing, help, usage errors and the check of rights come from these rows.
 */
#pragma once

#include <stdbool.h>

#include "base/config.h"
#include "base/error.h"

/* The widest command (adjust) has nine. */
#define SQ_OPTIONS_MAX 10

struct sq_option {
        const char *name;     /* "user": given as --user */
        const char *argument; /* "NAME"; NULL: it takes none */
        const char *help;
};

enum sq_rights {
        SQ_FOR_ANYONE,
        SQ_FOR_OPERATORS,     /* checked where it is done (way.h) */
        SQ_FOR_ADMINISTRATORS /* root and SlurmUser, by the real uid */
};

/* One call of a command. */
struct sq_call {
        const char *name; /* of the command, with its group: "config show" */
        const struct sq_config *config;
        /* By the place in the command's option table: its argument, "" for an
         * option that takes none, NULL when it was not given. */
        const char *option[SQ_OPTIONS_MAX];
        int n;           /* arguments, */
        char **argument; /* their number within the command's bounds */
        int *status;     /* the exit status when it was done; 0 unless set */
};

struct sq_command {
        const char *name;
        const char *arguments; /* "NAME MINUTES"; NULL: it takes none */
        int least, most;       /* how many */
        enum sq_rights rights;
        const char *summary;   /* one line, without full stop */
        const char *details;   /* lines with their ends; NULL: none */
        const struct sq_option *options; /* ends with a NULL name; NULL: none */
        const char *letters; /* of the first options: "pr" for -p and -r; NULL: none */
        bool takes_sbatch_options; /* beside its own, which are taken out of them */
        /* Of a group: its commands, ending with NULL.  A group has no arguments, options,
         * rights and `run` of its own. */
        const struct sq_command *const *commands;
        /* Does it; what it has to say goes to stdout, an error into `err`. */
        int (*run)(const struct sq_call *call, struct sq_error *err);
};

extern const struct sq_command sq_cmd_stats;
extern const struct sq_command sq_cmd_user_quota, sq_cmd_account_quota;
extern const struct sq_command sq_cmd_user_gpu_quota, sq_cmd_account_gpu_quota;
extern const struct sq_command sq_cmd_budget;
extern const struct sq_command sq_cmd_adjust;
extern const struct sq_command sq_cmd_history;
extern const struct sq_command sq_cmd_jobs;
extern const struct sq_command sq_cmd_estimate;
extern const struct sq_command sq_cmd_default_quotas, sq_cmd_set_default_quotas;
extern const struct sq_command sq_cmd_gpu_factors, sq_cmd_set_gpu_factor;
extern const struct sq_command sq_cmd_verify;
extern const struct sq_command sq_cmd_charge;
extern const struct sq_command sq_cmd_reconcile;
extern const struct sq_command sq_cmd_prune;
extern const struct sq_command sq_cmd_serve;
extern const struct sq_command sq_cmd_token;
extern const struct sq_command sq_cmd_migrate;
extern const struct sq_command sq_cmd_doctor;
extern const struct sq_command sq_cmd_policy;
extern const struct sq_command sq_cmd_allocation, sq_cmd_account;
extern const struct sq_command sq_cmd_evaluate_slurm_policy, sq_cmd_slurm_policy_status;
extern const struct sq_command sq_cmd_cleanup_slurm_logs;
extern const struct sq_command sq_cmd_config;
