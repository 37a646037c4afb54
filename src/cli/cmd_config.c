/* cmd_config.c - config show */
#include <stdio.h>

#include "cli/command.h"

static int show(const struct sq_call *call, struct sq_error *err) {
        const char *file = sq_config_file(call->config);
        struct sq_setting s;

        (void)err;
        for (size_t i = 0; sq_config_setting(call->config, i, &s); i++) {
                printf("%s.%s =%s%s  # ", s.section, s.key, *s.value ? " " : "", s.value);
                if (s.line)
                        printf("from %s:%d\n", file, s.line);
                else
                        printf("default\n");
        }
        return SQ_OK;
}

static const struct sq_command cmd_show = {
        .name = "show",
        .summary = "show every setting and where it comes from",
        .run = show,
};

const struct sq_command sq_cmd_config = {
        .name = "config",
        .summary = "the settings of this site",
        .commands = (const struct sq_command *const[]){&cmd_show, NULL},
};
