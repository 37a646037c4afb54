/* reader.h - open ledgers, for the threads that answer requests to take and give back */
#pragma once

#include "base/config.h"
#include "ledger/ledger.h"

struct sq_readers;

/* Keeps up to `most` of them.  Opens the first, so that what is wrong with the store is
 * found at once: fails as sq_ledger_open() does. */
int sq_readers_open(const struct sq_config *config, size_t most, struct sq_readers **ret,
                    struct sq_error *err);
void sq_readers_close(struct sq_readers *readers);
SQ_DEFINE_CLEANUP(struct sq_readers *, sq_readers_close)

/* A ledger that is the one under the path now, with a deadline that begins now; for
 * sq_readers_give(). */
int sq_readers_take(struct sq_readers *readers, struct sq_ledger **ret, struct sq_error *err);

/* The deadline begins anew, for who keeps one. */
void sq_readers_be_patient(struct sq_ledger *ledger);

/* Back, or away when it has `failed`. */
void sq_readers_give(struct sq_readers *readers, struct sq_ledger *ledger, bool failed);
