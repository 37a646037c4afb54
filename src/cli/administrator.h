/* administrator.h - who may change things, in whose name, and where */
#pragma once

#include "cli/command.h"
#include "ledger/ledger.h"

/* SQ_OK when the real uid is 0 or that of the configured slurm.user; otherwise
 * SQ_EACCESS.  This is for a clear answer: what keeps people out is the
 * ownership of the files. */
int sq_administrator_check(const struct sq_call *call, struct sq_error *err);

/* Enough for two names. */
#define SQ_ACTOR_SIZE 600

/* The name that goes into entries: the login name of the real uid, and in
 * brackets the person behind it when that is somebody else:
 *   "root (login alice)"  alice opened the session, says the kernel's audit login
 *                         uid, which people cannot change;
 *   "root (sudo alice)"   without one, sudo's word for it, which whoever is root
 *                         already could have made up. */
const char *sq_administrator_name(char name[SQ_ACTOR_SIZE]);

/* Opens the ledger for changes, creating what is missing; sees to it that the
 * spool directory is there for the hooks. */
int sq_administrator_open(const struct sq_config *config, struct sq_ledger **ret,
                          struct sq_error *err);

/* Opens the ledger as the hooks do, to book what Slurm tells: makes nothing and migrates
 * nothing. */
int sq_booker_open(const struct sq_config *config, int64_t deadline, struct sq_ledger **ret,
                   struct sq_error *err);

/* Opens the ledger for looking. */
int sq_reader_open(const struct sq_config *config, struct sq_ledger **ret,
                   struct sq_error *err);
