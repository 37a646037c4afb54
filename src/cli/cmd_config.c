/* cmd_config.c - config show */
#include <stdio.h>
#include <string.h>

#include "cli/command.h"

static int show(const struct sq_call *call, struct sq_error *err) {
        const char *file = sq_config_file(call->config);
        struct sq_setting s;

        (void)err;
        for (size_t i = 0; sq_config_setting(call->config, i, &s); i++) {
                printf("%s%s%s.%s =%s%s  # ", s.section, s.name ? " " : "",
                       s.name ? s.name : "", s.key, *s.value ? " " : "", s.value);
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

#define COLUMNS 88

/* A comment over as many lines as it takes. */
static void print_comment(const char *text) {
        size_t column = 0;

        while (*text) {
                const size_t blanks = strspn(text, " "), word = strcspn(text + blanks, " ");

                if (!column)
                        column = (size_t)printf("# %.*s", (int)word, text + blanks);
                else if (column + blanks + word > COLUMNS)
                        column = (size_t)printf("\n# %.*s", (int)word, text + blanks) - 1;
                else
                        column += (size_t)printf("%.*s", (int)(blanks + word), text);
                text += blanks + word;
        }
        printf("\n");
}

/* What it prints can be read as it is, and says what is so without it: the manual page of
 * the file is made of it too. */
static int example(const struct sq_call *call, struct sq_error *err) {
        const char *section = "";
        struct sq_setting s;

        (void)err;
        printf("# slurm-quota.conf - see slurm-quota.conf(5)\n"
               "#\n"
               "# Every setting with its default.  To change one, remove its \"#\".\n");
        for (size_t i = 0; sq_config_setting(call->config, i, &s) && s.default_value; i++) {
                if (strcmp(section, s.section) != 0)
                        printf("\n[%s]\n", s.section);
                section = s.section;
                printf("\n");
                print_comment(s.help);
                printf("# It takes %s.\n#%s =%s%s\n", s.accepts, s.key,
                       *s.default_value ? " " : "", s.default_value);
        }
        /* There is no default to begin with: a section that is a comment as a whole. */
        printf("\n# Groups of accounts, as many as there are, each with a name of the site's:\n"
               "#\n");
        print_comment(SQ_CONFIG_GROUP_HELP);
        printf("#\n"
               "#         [group physics]\n"
               "#         accounts = physics, astro_lab, phys_*\n");
        return SQ_OK;
}

static const struct sq_command cmd_example = {
        .name = "example",
        .summary = "print a configuration file with every setting, its default and its use",
        .run = example,
};

const struct sq_command sq_cmd_config = {
        .name = "config",
        .summary = "the settings of this site",
        .commands = (const struct sq_command *const[]){&cmd_show, &cmd_example, NULL},
};
