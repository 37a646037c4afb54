/* cmd_config.c - config show */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static int config(const struct sq_call *call, struct sq_error *err) {
        const char *file = sq_config_file(call->config);
        struct sq_setting s;

        if (strcmp(call->argument[0], "show") != 0) {
                sq_fail(err, SQ_EINVAL, "unknown argument \"%.40s\"", call->argument[0]);
                sq_hint(err, "The only one is: slurm-quota config show");
                return SQ_EINVAL;
        }
        for (size_t i = 0; sq_config_setting(call->config, i, &s); i++) {
                printf("%s.%s =%s%s  # ", s.section, s.key, *s.value ? " " : "", s.value);
                if (s.line)
                        printf("from %s:%d\n", file, s.line);
                else
                        printf("default\n");
        }
        return SQ_OK;
}

const struct sq_command sq_cmd_config = {
        .name = "config",
        .arguments = "show", .least = 1, .most = 1,
        .summary = "show every setting and where it comes from",
        .run = config,
};
