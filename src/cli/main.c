/* main.c - slurm-quota: finds the command, reads its options, reports how it went
 *
 * Exit status: 0 done, 1 failed, 2 the input is not acceptable, 3 an estimate says no.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "cli/administrator.h"
#include "cli/command.h"
#include "slurm/sbatch_option.h"
#include "cli/way.h"

#define PROGRAM "slurm-quota"

/* The ancestor's program for it, which site scripts call; a link to this one. */
#define MIGRATE_PROGRAM "migrate-slurm-quota"

static const struct sq_command *const commands[] = {
        &sq_cmd_stats,
        &sq_cmd_jobs,
        &sq_cmd_history,
        &sq_cmd_estimate,
        &sq_cmd_user_quota,
        &sq_cmd_account_quota,
        &sq_cmd_user_gpu_quota,
        &sq_cmd_account_gpu_quota,
        &sq_cmd_budget,
        &sq_cmd_adjust,
        &sq_cmd_default_quotas,
        &sq_cmd_set_default_quotas,
        &sq_cmd_gpu_factors,
        &sq_cmd_set_gpu_factor,
        &sq_cmd_verify,
        &sq_cmd_charge,
        &sq_cmd_reconcile,
        &sq_cmd_prune,
        &sq_cmd_serve,
        &sq_cmd_token,
        &sq_cmd_migrate,
        &sq_cmd_doctor,
        &sq_cmd_policy,
        &sq_cmd_allocation,
        &sq_cmd_account,
        &sq_cmd_evaluate_slurm_policy,
        &sq_cmd_slurm_policy_status,
        &sq_cmd_cleanup_slurm_logs,
        &sq_cmd_config,
        NULL,
};

/* What was typed so far: the program alone, a group ("config"), or a command with the
 * groups before it ("config show"). */
struct place {
        const struct sq_command *command;
        char name[64];
};

static const struct place whole_program = {
        .command = &(const struct sq_command){
                .name = "",
                .summary = "budgets of CPU and GPU time for the users and accounts of a Slurm"
                           " cluster",
                .commands = commands,
        },
};

static bool is_program(const struct place *place) {
        return place->command == whole_program.command;
}

/* Options of every command; --version stands before the command only. */
enum common { CONFIG, HELP, VERSION, COMMON };

static const struct sq_option common[] = {
        [CONFIG] = {"config", "FILE", "read the configuration from FILE"},
        [HELP] = {"help", NULL, "show this help (also -h)"},
        [VERSION] = {"version", NULL, "show the version"},
        {NULL, NULL, NULL},
};

/* --- help -------------------------------------------------------------------- */

static void print_options(const struct sq_option *options) {
        char left[64];

        for (; options && options->name; options++) {
                snprintf(left, sizeof left, "--%s%s%s", options->name,
                         options->argument ? " " : "",
                         options->argument ? options->argument : "");
                printf("  %-22s  %s\n", left, options->help);
        }
}

static void print_usage(const struct place *place) {
        const struct sq_command *command = place->command;
        const char *arguments = command->commands ? "COMMAND [ARGUMENT]..."
                                                  : command->arguments;

        printf("Usage: " PROGRAM "%s%s [OPTION]...%s%s\n", *place->name ? " " : "",
               place->name, arguments ? " " : "", arguments ? arguments : "");
}

/* Those of some rights, under a heading when there are any: the completion reads it. */
static void print_commands(const struct place *place, enum sq_rights rights) {
        static const char *const whose[] = {
                [SQ_FOR_ANYONE] = "",
                [SQ_FOR_OPERATORS] = " of operators",
                [SQ_FOR_ADMINISTRATORS] = " of administrators",
        };
        const struct sq_command *const *command = place->command->commands;
        bool begun = false;

        for (; *command; command++) {
                if ((*command)->rights != rights)
                        continue;
                if (!begun)
                        printf("\nCommands%s:\n", whose[rights]);
                printf("  %-20s  %s\n", (*command)->name, (*command)->summary);
                begun = true;
        }
        if (is_program(place) && rights == SQ_FOR_ANYONE)
                printf("  %-20s  %s\n", "help [COMMAND]", "show help");
}

static void print_help(const struct place *place) {
        const struct sq_command *command = place->command;

        print_usage(place);
        printf("\n%c%s.\n", command->summary[0] - 'a' + 'A', command->summary + 1);
        if (command->details)
                printf("%s", command->details);
        if (command->rights == SQ_FOR_ADMINISTRATORS)
                printf("For root and SlurmUser only.\n");
        if (command->rights == SQ_FOR_OPERATORS)
                printf("For root and SlurmUser; through the service, for Slurm's operators.\n");
        if (command->commands) {
                print_commands(place, SQ_FOR_ANYONE);
                print_commands(place, SQ_FOR_OPERATORS);
                print_commands(place, SQ_FOR_ADMINISTRATORS);
        }
        printf("\nOptions:\n");
        print_options(command->options);
        if (!is_program(place)) {
                print_options((const struct sq_option[]){common[CONFIG], common[HELP],
                                                         {NULL, NULL, NULL}});
                return;
        }
        print_options(common);
        printf("\n"
               "Exit status: 0 done, 1 failed, 2 the input is not acceptable, 3 an estimate\n"
               "says that the job would be refused.\n"
               "Files: " SQ_CONFIG_FILE " (or the one that\n"
               SQ_CONFIG_ENVIRONMENT " names).  NO_COLOR, when set, keeps bars plain.\n"
               SQ_URL_ENVIRONMENT " names a service (\"slurm-quota serve\") to ask in the\n"
               "database's place: http://HOST:PORT/, https://... or unix:PATH.  Without it,\n"
               "who cannot use the database of this host asks the service that client.url of\n"
               "the configuration names.  MUNGE says to it who you are; or an API token in\n"
               SQ_TOKEN_ENVIRONMENT " or in the file that " SQ_TOKEN_FILE_ENVIRONMENT "\n"
               "names.  " SQ_CA_ENVIRONMENT " names a file of certificates to trust.\n");
}

/* --- options ----------------------------------------------------------------- */

/* What getopt_long() returns for the option at a place; above every letter. */
#define LONG_OPTION 256

#define LONG_MAX_OPTIONS (COMMON + SQ_OPTIONS_MAX)

/* Where options go when they are read. */
struct parser {
        const struct place *place;
        const struct sq_option *own;          /* may be NULL */
        int n_common;                         /* how many of `common` are known here */
        const char **own_values;              /* by place in `own` */
        const char *common_values[COMMON];
        char letters[3 + 2 * SQ_OPTIONS_MAX + 1];
        struct option known[LONG_MAX_OPTIONS + 1];
};

static void build_known(struct parser *p) {
        const char *own_letters = p->place->command->letters;
        struct option *next = p->known;
        size_t n = 3;

        memcpy(p->letters, p->place->command->commands ? "+:h" : "-:h", n + 1);

        for (int i = 0; i < p->n_common; i++)
                *next++ = (struct option){common[i].name,
                                          common[i].argument ? required_argument : no_argument,
                                          NULL, LONG_OPTION + i};
        for (int i = 0; p->own && i < SQ_OPTIONS_MAX && p->own[i].name; i++)
                *next++ = (struct option){p->own[i].name,
                                          p->own[i].argument ? required_argument : no_argument,
                                          NULL, LONG_OPTION + COMMON + i};
        for (int i = 0; own_letters && own_letters[i]; i++) {
                p->letters[n++] = own_letters[i];
                if (p->own[i].argument)
                        p->letters[n++] = ':';
        }
        p->letters[n] = '\0';
        *next = (struct option){NULL, 0, NULL, 0};
}

/* Of an option that has this letter. */
static int place_of_letter(const struct parser *p, int letter) {
        return (int)(strchr(p->place->command->letters, letter) - p->place->command->letters);
}

static const char *option_name(const struct parser *p, int value) {
        if (value < LONG_OPTION)
                value = LONG_OPTION + COMMON + place_of_letter(p, value);
        return value >= LONG_OPTION + COMMON ? p->own[value - LONG_OPTION - COMMON].name
                                             : common[value - LONG_OPTION].name;
}

static void hint_at_help(const struct place *place, struct sq_error *err) {
        sq_hint(err, "See: " PROGRAM "%s%s --help", *place->name ? " " : "", place->name);
}

static int bad_option(const struct parser *p, int answer, const char *word,
                      struct sq_error *err) {

        if (answer == ':')
                sq_fail(err, SQ_EINVAL, "option \"--%s\" needs an argument",
                        option_name(p, optopt));
        else if (optopt >= LONG_OPTION)
                sq_fail(err, SQ_EINVAL, "option \"--%s\" takes no argument",
                        option_name(p, optopt));
        else
                sq_fail(err, SQ_EINVAL, "unknown option \"%.60s\"", word);
        hint_at_help(p->place, err);
        return SQ_EINVAL;
}

/* Negative numbers are arguments, not options: `user-quota alice -1`. */
static bool is_number(const char *word) {
        return word[0] == '-' && word[1] >= '0' && word[1] <= '9';
}

/* Reads options from argv[1] on.  Other words are gathered at the front of
 * argv; before a command the reading ends with the first of them.  *ret is how
 * many there are. */
static int parse_options(struct parser *p, int argc, char **argv, int *ret,
                         struct sq_error *err) {

        int n = 0, answer;

        build_known(p);
        opterr = 0;
        optind = 0; /* glibc: start anew, which this call of no words does */
        getopt_long(1, argv, p->letters, p->known, NULL);
        for (;;) {
                const char *word = optind < argc ? argv[optind] : "";

                if (is_number(word)) {
                        argv[n++] = argv[optind++];
                        continue;
                }
                answer = getopt_long(argc, argv, p->letters, p->known, NULL);
                if (answer == -1)
                        break;
                if (answer == 1)
                        argv[n++] = optarg;
                else if (answer == '?' || answer == ':')
                        return bad_option(p, answer, word, err);
                else if (answer == 'h')
                        p->common_values[HELP] = "";
                else if (answer < LONG_OPTION)
                        p->own_values[place_of_letter(p, answer)] = optarg ? optarg : "";
                else if (answer >= LONG_OPTION + COMMON)
                        p->own_values[answer - LONG_OPTION - COMMON] = optarg ? optarg : "";
                else
                        p->common_values[answer - LONG_OPTION] = optarg ? optarg : "";
        }
        while (optind < argc) /* behind "--", or from the command on */
                argv[n++] = argv[optind++];
        *ret = n;
        return SQ_OK;
}

static int check_number(const struct place *place, int n, struct sq_error *err) {
        const struct sq_command *command = place->command;

        if (n >= command->least && n <= command->most)
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "too %s arguments for %s", n < command->least ? "few" : "many",
                place->name);
        sq_hint(err, "Usage: " PROGRAM " %s [OPTION]...%s%s", place->name,
                command->arguments ? " " : "", command->arguments ? command->arguments : "");
        return SQ_EINVAL;
}

/* One word further: `place` becomes the command `word` of the group that it is. */
static int enter(struct place *place, const char *word, struct sq_error *err) {
        const struct sq_command *const *command = place->command->commands;
        const size_t length = strlen(place->name);

        for (; *command; command++)
                if (!strcmp(word, (*command)->name)) {
                        place->command = *command;
                        snprintf(place->name + length, sizeof place->name - length, "%s%s",
                                 length ? " " : "", word);
                        return SQ_OK;
                }
        sq_fail(err, SQ_EINVAL, "unknown command \"%s%s%.60s\"", place->name,
                length ? " " : "", word);
        hint_at_help(place, err);
        return SQ_EINVAL;
}

/* Takes the options of `p` out of sbatch's, which stay in front in argv.  The script and what
 * stands behind it is not looked at. */
static int take_options(struct parser *p, int argc, char **argv, int *ret,
                        struct sq_error *err) {

        struct sq_sbatch_own own[COMMON + SQ_OPTIONS_MAX + 1] = {{NULL, false}};
        struct sq_sbatch_words words = {.word = argv + 1, .n = (size_t)argc - 1, .own = own};
        struct sq_sbatch_option option;
        int n = 0, rc;

        for (int i = 0; i < p->n_common; i++)
                own[i] = (struct sq_sbatch_own){common[i].name, common[i].argument != NULL};
        for (int i = 0; p->own && i < SQ_OPTIONS_MAX && p->own[i].name; i++)
                own[p->n_common + i] = (struct sq_sbatch_own){p->own[i].name,
                                                              p->own[i].argument != NULL};
        for (;;) {
                const size_t from = words.at;

                rc = sq_sbatch_next(&words, &option, err);
                if (rc) {
                        if (!err->hint[0])
                                hint_at_help(p->place, err);
                        return rc;
                }
                if (option.own >= p->n_common)
                        p->own_values[option.own - p->n_common] =
                                option.argument ? option.argument : "";
                else if (option.own >= 0)
                        p->common_values[option.own] = option.argument ? option.argument : "";
                else if (option.is_help)
                        p->common_values[HELP] = "";
                for (size_t i = from; option.own < 0 && i < words.at; i++)
                        argv[n++] = argv[1 + i];
                if (!option.end)
                        continue;
                if (words.at == words.n || strcmp(words.word[words.at], ":") != 0)
                        break;
                argv[n++] = argv[1 + words.at++];
        }
        for (size_t i = words.at; i < words.n; i++)
                argv[n++] = argv[1 + i];
        *ret = n;
        return SQ_OK;
}

/* --- running ----------------------------------------------------------------- */

static int run_command(const struct place *place, const char *config_file, int argc,
                       char **argv, int *ret_status, struct sq_error *err) {

        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        const struct sq_command *command = place->command;
        struct sq_call call = {.name = place->name, .argument = argv, .status = ret_status};
        struct parser p = {
                .place = place,
                .own = command->options,
                .own_values = call.option,
                .n_common = VERSION, /* which is the last, and not for commands */
        };
        int rc;

        rc = command->takes_sbatch_options ? take_options(&p, argc, argv, &call.n, err)
                                           : parse_options(&p, argc, argv, &call.n, err);
        if (rc != SQ_OK)
                return rc;
        if (p.common_values[HELP]) {
                print_help(place);
                return SQ_OK;
        }
        if (p.common_values[CONFIG])
                config_file = p.common_values[CONFIG];
        if ((rc = check_number(place, call.n, err)) ||
            (rc = sq_config_load(config_file, &config, err)))
                return rc;
        call.config = config;
        if (command->rights == SQ_FOR_ADMINISTRATORS &&
            (rc = sq_administrator_check(&call, err)))
                return rc;
        return command->run(&call, err);
}

/* What follows `help`: words up to an option. */
static int help(int n, char **argv, struct sq_error *err) {
        struct place place = whole_program;
        int rc = SQ_OK;

        for (int i = 0; i < n && argv[i][0] != '-' && place.command->commands && !rc; i++)
                rc = enter(&place, argv[i], err);
        if (rc == SQ_OK)
                print_help(&place);
        return rc;
}

/* The options before the first command or before one of a group, then the command.
 * *ret_status is set where it does not follow from the code. */
static int run(struct place *place, const char *config_file, int argc, char **argv,
               int *ret_status, struct sq_error *err) {

        struct parser p = {.place = place, .n_common = is_program(place) ? COMMON : VERSION};
        int n, rc;

        rc = parse_options(&p, argc, argv, &n, err);
        if (rc != SQ_OK)
                return rc;
        if (p.common_values[CONFIG])
                config_file = p.common_values[CONFIG];
        if (p.common_values[VERSION]) {
                printf(PROGRAM " " SQ_VERSION "\n");
        } else if (p.common_values[HELP]) {
                print_help(place);
        } else if (n == 0 && is_program(place)) {
                /* As ever: somebody who wants help gets it, a script an error. */
                print_help(place);
                *ret_status = 1;
        } else if (n == 0) {
                rc = sq_fail(err, SQ_EINVAL, "%s needs a command", place->name);
                hint_at_help(place, err);
        } else if (is_program(place) && !strcmp(argv[0], "help")) {
                rc = help(n - 1, argv + 1, err);
        } else {
                rc = enter(place, argv[0], err);
                if (rc == SQ_OK && place->command->commands)
                        rc = run(place, config_file, n, argv, ret_status, err);
                else if (rc == SQ_OK)
                        rc = run_command(place, config_file, n, argv, ret_status, err);
        }
        return rc;
}

static int status_of(int code) {
        switch (code) {
        case SQ_OK:
                return 0;
        case SQ_EINVAL:
        case SQ_ERANGE:
                return 2;
        default:
                return 1;
        }
}

/* Names that people typed may hold anything; a terminal must not obey it. */
static void print_line(const char *prefix, const char *text) {
        char line[sizeof ((struct sq_error *)NULL)->text];
        size_t n = 0;

        for (; *text && n < sizeof line - 1; text++)
                line[n++] = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
        line[n] = '\0';
        fprintf(stderr, PROGRAM ": %s%s\n", prefix, line);
}

/* A descriptor 0, 1 or 2 that the caller closed would be given to the database,
 * and our messages written into it.  Opened the wrong way round, so that using
 * it fails. */
static bool hold_standard_descriptors(void) {
        for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
                if (fcntl(fd, F_GETFD) < 0 &&
                    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
                        return false;
        return true;
}

/* What was printed is done when it is written: the disk may be full.  A reader
 * who left (`| head`) knows. */
static int finish_output(int status) {
        bool failed = ferror(stdout) != 0;

        errno = 0;
        if (fclose(stdout) != 0)
                failed = true;
        if (!failed)
                return status;
        if (errno != EPIPE)
                fprintf(stderr, PROGRAM ": could not write to standard output%s%s\n",
                        errno ? ": " : "", errno ? strerror(errno) : "");
        return status ? status : 1;
}

static bool is_called(const char *program, const char *name) {
        const char *slash = strrchr(name, '/');

        return !strcmp(slash ? slash + 1 : name, program);
}

/* What was typed, with a command before it; NULL without memory. */
static char **with_command(char *command, int argc, char **argv) {
        char **longer = calloc((size_t)argc + 2, sizeof *longer);

        if (!longer)
                return NULL;
        longer[0] = argv[0];
        longer[1] = command;
        memcpy(longer + 2, argv + 1, (size_t)(argc - 1) * sizeof *longer);
        return longer;
}

int main(int argc, char **argv) {
        SQ_CLEANUP(sq_freep) char **longer = NULL;
        char migrate[] = "migrate";
        struct place place = whole_program;
        struct sq_error err = {.text = ""};
        int status = 0, code;

        if (!hold_standard_descriptors())
                return 1;
        /* A reader who leaves must not stop a change half way. */
        signal(SIGPIPE, SIG_IGN);
        setlocale(LC_CTYPE, "");
        if (argc > 0 && is_called(MIGRATE_PROGRAM, argv[0])) {
                longer = with_command(migrate, argc, argv);
                if (!longer)
                        return 1;
                argv = longer;
                argc++;
        }
        code = run(&place, NULL, argc, argv, &status, &err);
        if (code != SQ_OK) {
                status = status_of(code);
                fflush(stdout);
                print_line("", err.text);
                if (err.hint[0])
                        print_line("hint: ", err.hint);
        }
        return finish_output(status);
}
