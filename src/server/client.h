/* client.h - who is connected, and since when he keeps us waiting
 *
 * libmicrohttpd's own time limit begins anew with every byte: who sends one now and then
 * stays for ever.  So the time for a whole request, and for a whole answer, is kept here,
 * and who exceeds it is disconnected.
 *
 * Every call may come from any thread.  A client is his socket's descriptor, which is his
 * until sq_clients_remove().
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct sq_clients;

/* Descriptors must be below `most`.  NULL: out of memory. */
struct sq_clients *sq_clients_new(int most);
void sq_clients_free(struct sq_clients *clients);
SQ_DEFINE_CLEANUP(struct sq_clients *, sq_clients_free)

/* He has connected, and is gone.  False: his descriptor is too large. */
bool sq_clients_add(struct sq_clients *clients, int fd);
void sq_clients_remove(struct sq_clients *clients, int fd);

/* The first line of a request has come; its answer is ready; it has been taken, or will
 * never be. */
void sq_clients_begin(struct sq_clients *clients, int fd);
void sq_clients_answer(struct sq_clients *clients, int fd);
/* From now on, until his answer is ready, it is we who keep him waiting. */
void sq_clients_wait(struct sq_clients *clients, int fd);
void sq_clients_end(struct sq_clients *clients, int fd);

struct sq_clients_state {
        size_t connected;
        size_t requests;   /* that are under way */
        int64_t active_at; /* begin or end of the last request; sq_monotonic_ns() */
};

struct sq_clients_state sq_clients_state(struct sq_clients *clients);

/* Disconnects all who have kept us waiting for longer, or only those of them whose request
 * is under way; how many. */
size_t sq_clients_close_slow(struct sq_clients *clients, int64_t longer_than_ns,
                             bool requesting_only);

/* Disconnects the one who has kept us waiting longest, if that is longer than this. */
bool sq_clients_close_slowest(struct sq_clients *clients, int64_t longer_than_ns);
