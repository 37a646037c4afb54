/* cmd_policy.c - policy simulate, policy parameters */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/grow.h"
#include "cli/command.h"
#include "policy/parameter.h"
#include "wire/evaluation_json.h"
#include "wire/scenario_json.h"

/* A million events of some 100 bytes; as much as jansson makes of it fits into memory. */
#define SCENARIO_MAX (128 << 20)

/* Everything that `fd` has; *ret is the caller's. */
static int read_all(int fd, const char *name, char **ret, size_t *ret_length,
                    struct sq_error *err) {

        SQ_CLEANUP(sq_freep) char *text = NULL;
        size_t length = 0, room = 0;
        ssize_t n;

        do {
                if (!sq_grow(&text, length + 65536, &room, 1))
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                n = read(fd, text + length, room - length);
                if (n < 0 && errno != EINTR)
                        return sq_fail(err, SQ_EIO, "could not read %s: %s", name,
                                       strerror(errno));
                length += n > 0 ? (size_t)n : 0;
                if (length > SCENARIO_MAX)
                        return sq_fail(err, SQ_EINVAL, "%s has more than %d bytes", name,
                                       SCENARIO_MAX);
        } while (n != 0);
        *ret = SQ_TAKE(text);
        *ret_length = length;
        return SQ_OK;
}

/* *ret_fd is the caller's, unless it is standard input. */
static int open_input(const char *path, int *ret_fd, struct sq_error *err) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return sq_fail(err, errno == ENOENT ? SQ_ENOTFOUND : SQ_EIO,
                               "could not open %s: %s", path, strerror(errno));
        *ret_fd = fd;
        return SQ_OK;
}

static int read_scenario(const char *path, struct sq_policy *ret_policy,
                         struct sq_simulation **ret, struct sq_error *err) {

        const bool is_input = !path || !strcmp(path, "-");
        const char *name = is_input ? "standard input" : path;
        SQ_CLEANUP(sq_freep) char *text = NULL;
        SQ_CLEANUP(sq_closep) int fd = -1;
        json_error_t why;
        size_t length = 0;
        json_t *root;
        int rc = SQ_OK;

        if (!is_input)
                rc = open_input(path, &fd, err);
        if (!rc)
                rc = read_all(is_input ? STDIN_FILENO : fd, name, &text, &length, err);
        if (rc)
                return rc;
        root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
        if (!root)
                return sq_fail(err, SQ_EINVAL, "%s:%d:%d: %s", name, why.line, why.column,
                               why.text);
        rc = sq_scenario_read_json(root, ret_policy, ret, err);
        json_decref(root);
        if (rc)
                sq_context(err, "%s", name);
        return rc;
}

struct printing {
        struct sq_document document;
        const struct sq_policy *policy;
};

static void print(const struct sq_step *step, void *payload) {
        struct printing *printing = payload;

        sq_step_print(&printing->document, printing->policy, step);
}

static int simulate(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_simulation_freep) struct sq_simulation *simulation = NULL;
        struct sq_policy policy;
        struct printing printing = {.document.out = stdout, .policy = &policy};
        const char *warning;
        int rc;

        rc = read_scenario(call->n ? call->argument[0] : NULL, &policy, &simulation, err);
        /* Once to see whether it can be done: half of an answer is none. */
        if (!rc)
                rc = sq_simulation_run(simulation, NULL, NULL, err);
        if (rc)
                return rc;
        for (size_t i = 0; (warning = sq_policy_warning(&policy, i)); i++)
                fprintf(stderr, "slurm-quota: warning: %s\n", warning);
        sq_document_open_object(&printing.document, NULL);
        sq_document_open_list(&printing.document, "steps");
        rc = sq_simulation_run(simulation, print, &printing, err);
        sq_document_close_list(&printing.document);
        sq_document_close_object(&printing.document);
        sq_document_end(&printing.document);
        return rc;
}

static const struct sq_command cmd_simulate = {
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
                "on one date in their order.\n"
                "Limits in the output are minutes, everything else is hours.\n",
        .run = simulate,
};

static int parameters(const struct sq_call *call, struct sq_error *err) {
        struct sq_parameter p;

        (void)call;
        (void)err;
        for (size_t i = 0; sq_parameter_at(i, &p); i++)
                if (p.default_value)
                        printf("%s%s: %s\n    %s\n    Takes %s.\n", i ? "\n" : "", p.name,
                               p.default_value, p.help, p.accepts);
        return SQ_OK;
}

static const struct sq_command cmd_parameters = {
        .name = "parameters",
        .summary = "show what policies can be told, with the defaults",
        .run = parameters,
};

const struct sq_command sq_cmd_policy = {
        .name = "policy",
        .summary = "rules for what accounts may use in a month, quarter or year",
        .commands = (const struct sq_command *const[]){&cmd_parameters, &cmd_simulate, NULL},
};
