/* serve.h - the HTTP service, from its sockets to its end
 *
 * A module of its own (slurm-quota-serve.so) that `slurm-quota serve` loads: with
 * libmicrohttpd come gnutls and nine more libraries, which every other command, the one
 * that charges each job among them, would load for nothing (1.4 ms).
 */
#pragma once

#include <stdint.h>

#include "base/config.h"
#include "governor/record.h"

#define SQ_SERVE_MODULE "slurm-quota-serve.so"

/* The name of sq_serve() in it. */
#define SQ_SERVE_SYMBOL "sq_serve"

struct sq_serve {
        const struct sq_config *config;
        const char *host; /* where to listen when systemd has handed over nothing */
        int port;         /* 0: the kernel chooses */
        int64_t idle_seconds; /* ends after so long without a request; 0: never */
        /* One line, from any thread: where it listens and why it ends; and what fails. */
        void (*tell)(const char *line);
        void (*complain)(const char *line);
        /* What has happened to accounts, from a thread of ours; not 0: it did not come out,
         * and is told again. */
        sq_event_record_fn tell_event;
};

typedef int (*sq_serve_fn)(const struct sq_serve *what, struct sq_error *err);

/* Serves until SIGTERM, SIGINT or nobody has asked for long, and ends what is under way.
 * Fails as sq_listeners_inherit(), sq_listeners_bind() and sq_ledger_open() do; SQ_EIO,
 * SQ_ENOMEM. */
int sq_serve(const struct sq_serve *what, struct sq_error *err);
