/* client.h - asks a service over HTTP, in the caller's name
 *
 * In whose name: with an API token (or Slurm's own) when there is one; on a Unix socket the
 * kernel says it; else with a MUNGE credential.  No proxy of the environment is used, and
 * nobody is followed elsewhere: the credential is for the one that was named.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/error.h"

/* An answer beyond this is none of ours: /stats of 100 000 subjects has 50 MiB. */
#define SQ_ANSWER_MAX (64 * 1024 * 1024)

struct sq_client_options {
        const char *url;          /* as url.h has it */
        int64_t timeout_seconds;  /* for a connection, and for all of a request */
        const char *munge_socket; /* empty: munged's own */
        const char *token;        /* NULL: none */
        const char *ca_file;      /* certificates to trust; NULL: the system's */
};

struct sq_client;

/* Copies the options; connects to nobody yet.  SQ_EINVAL: the URL (url.h) or the token
 * cannot be one; SQ_ENOMEM. */
int sq_client_open(const struct sq_client_options *options, struct sq_client **ret,
                   struct sq_error *err);
void sq_client_close(struct sq_client *client);
SQ_DEFINE_CLEANUP(struct sq_client *, sq_client_close)

/* The URL as it was given, for messages. */
const char *sq_client_url(const struct sq_client *client);

struct sq_answered {
        char *text; /* ends with a NUL; NULL: nothing was said */
        size_t length;
};

/* Sends `method` for `target` ("/stats?username=alice"), with `body` as JSON unless it is
 * NULL; *ret is the body of a 2xx answer, its text the caller's for free().
 *
 * Other answers fail as reply.h says.  Who reads, and gets no credential from munged here,
 * asks without: the service may be open for that.  A credential that is refused is made
 * once more.  SQ_EIO: no answer in time, a connection that cannot be made or ends early, an
 * answer that is too long; what became of a change is then not known, and the text says so
 * unless it was never sent.  SQ_ENOMEM. */
int sq_client_ask(struct sq_client *client, const char *method, const char *target,
                  const char *body, struct sq_answered *ret, struct sq_error *err);

/* Whether a connection to the service was ever made. */
bool sq_client_has_reached(const struct sq_client *client);
