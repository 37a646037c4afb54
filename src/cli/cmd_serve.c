/* cmd_serve.c - serve */
#include <signal.h>
#include <stdio.h>

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/event_line.h"
#include "cli/module.h"
#include "server/serve.h"

enum option { HOST, PORT, IDLE_TIMEOUT };

static const struct sq_option options[] = {
        [HOST] = {"host", "HOST", "listen on this name or address (127.0.0.1)"},
        [PORT] = {"port", "PORT", "listen on this port (9911); 0: any that is free"},
        [IDLE_TIMEOUT] = {"idle-timeout", "SECONDS",
                          "end when nobody has asked for so long (600); 0: never"},
        {NULL, NULL, NULL},
};

/* A hundred years: what is added to the time must fit. */
#define IDLE_MOST (100LL * 365 * 86400)

static int whole_number(const char *option, const char *text, int64_t most, int64_t *ret,
                        struct sq_error *err) {
        int64_t number = 0;
        const char *p = text;

        for (; *p >= '0' && *p <= '9' && number <= most; p++)
                number = 10 * number + (*p - '0');
        if (*p || p == text || number > most) {
                sq_fail(err, SQ_EINVAL, "--%s cannot be \"%.40s\"", option, text);
                sq_hint(err, "It takes a whole number from 0 to %lld.", (long long)most);
                return SQ_EINVAL;
        }
        *ret = number;
        return SQ_OK;
}

static void tell(const char *line) {
        printf("%s\n", line);
        fflush(stdout); /* a journal or a script waits for it */
}

static void complain(const char *line) {
        fprintf(stderr, "slurm-quota: %s\n", line);
}

static int serve(const struct sq_call *call, struct sq_error *err) {
        struct sq_serve what = {
                .config = call->config,
                .host = call->option[HOST] ? call->option[HOST] : "127.0.0.1",
                .idle_seconds = 600,
                .tell = tell,
                .complain = complain,
                .tell_event = sq_event_line_print,
        };
        const char *port = call->option[PORT], *idle = call->option[IDLE_TIMEOUT];
        int64_t number = 9911;
        sq_serve_fn run;
        void *function;
        int rc = SQ_OK;

        if (!*what.host)
                return sq_fail(err, SQ_EINVAL, "--host is empty");
        if (port)
                rc = whole_number("port", port, 65535, &number, err);
        if (!rc && idle)
                rc = whole_number("idle-timeout", idle, IDLE_MOST, &what.idle_seconds, err);
        if (!rc)
                rc = sq_module_load(SQ_SERVE_MODULE, SQ_SERVE_SYMBOL, "the service", &function,
                                    err);
        if (rc)
                return rc;
        run = (sq_serve_fn)function;
        what.port = (int)number;
        /* Who started us may ignore it, and then sacctmgr's exit status would be lost. */
        signal(SIGCHLD, SIG_DFL);
        rc = run(&what, err);
        /* Not what was typed: what was handed over, or the site's path of the store. */
        return rc == SQ_EINVAL || rc == SQ_ERANGE ? SQ_EIO : rc;
}

const struct sq_command sq_cmd_serve = {
        .name = "serve",
        .summary = "answer over HTTP where users and accounts stand",
        .details =
                "GET /stats, /stats?username=NAME, /stats?account=NAME and GET /health, as\n"
                "JSON and without asking who it is.  Listens on all sockets that systemd\n"
                "hands over, else on HOST and PORT.  SIGTERM and SIGINT end it when the\n"
                "requests that are under way have been answered.  While it runs it does what\n"
                "\"policy tick\" does, every policy.tick_seconds, and prints what happened.\n",
        .options = options,
        .run = serve,
};
