/* counter.h - what has happened, counted where other processes can see it
 *
 * Hooks inside slurmctld, `charge` and `reconcile` count into one small file that all of
 * them map; the service reads it and tells Prometheus.  Counting is one atomic addition:
 * no lock, no system call, nothing that can fail or wait.
 *
 * A mapped page can also be a SIGBUS, which would be the end of slurmctld.  That is why
 * only a file is mapped that lies on tmpfs, whose pages need no disk ever again, that has
 * all its pages, and that nobody but root, its owner and the process itself could cut off
 * (docs/decisions/0012-counters.md).  Where there is none the process counts for itself.
 *
 * The counters and their names are the table in counter_table.c.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cleanup.h"
#include "base/error.h"

/* Why a job was refused; the first four by subject and resource. */
enum sq_reason {
        SQ_REASON_USER_CPU,
        SQ_REASON_USER_GPU,
        SQ_REASON_ACCOUNT_CPU,
        SQ_REASON_ACCOUNT_GPU,
        SQ_REASON_HALTED,  /* the account is paused or blocked */
        SQ_REASON_ALLOCATION, /* a policy does not let it use so much */
        SQ_REASON_NO_ACCOUNT,
        SQ_REASON_REQUEST, /* it cannot be priced, or not be counted */
        SQ_REASON_STORE,   /* the store failed, and the site takes no jobs unchecked */
        SQ_REASONS
};

/* Who tells of the end of a run. */
enum sq_path { SQ_PATH_JOBCOMP_LUA, SQ_PATH_SCRIPT, SQ_PATH_RECONCILE, SQ_PATHS };

/* What becomes of it. */
enum sq_charging {
        SQ_CHARGE_BOOKED,
        SQ_CHARGE_REPEATED, /* it was booked before */
        SQ_CHARGE_SPOOLED,
        SQ_CHARGE_FAILED,   /* it is lost for this path */
        SQ_CHARGINGS
};

/* What becomes of the spool's events. */
enum sq_spooling { SQ_SPOOL_KEPT, SQ_SPOOL_BOOKED, SQ_SPOOL_REJECTED, SQ_SPOOL_LOST,
                   SQ_SPOOLINGS };

/* What a pass of `reconcile` mends. */
enum sq_mending { SQ_MENDED_BOUND, SQ_MENDED_HELD, SQ_MENDED_CORRECTED, SQ_MENDED_RELEASED,
                  SQ_MENDED_CHARGED, SQ_MENDED_AMENDED, SQ_MENDINGS };

/* Those with a list behind them are followed by its further members. */
enum sq_counter {
        SQ_COUNT_ACCEPTED_SUBMIT,
        SQ_COUNT_ACCEPTED_MODIFY,
        SQ_COUNT_REFUSED_SUBMIT, /* enum sq_reason */
        SQ_COUNT_REFUSED_MODIFY = SQ_COUNT_REFUSED_SUBMIT + SQ_REASONS,
        SQ_COUNT_UNCHECKED_SUBMIT = SQ_COUNT_REFUSED_MODIFY + SQ_REASONS,
        SQ_COUNT_UNCHECKED_MODIFY,
        SQ_COUNT_STORE_FAILED, /* enum sq_path */
        SQ_COUNT_STORE_BUSY = SQ_COUNT_STORE_FAILED + SQ_PATHS,
        SQ_COUNT_CHARGE = SQ_COUNT_STORE_BUSY + SQ_PATHS, /* path, then enum sq_charging */
        SQ_COUNT_SPOOL = SQ_COUNT_CHARGE + SQ_PATHS * SQ_CHARGINGS, /* path, sq_spooling */
        SQ_COUNT_PASS_COMPLETE = SQ_COUNT_SPOOL + SQ_PATHS * SQ_SPOOLINGS,
        SQ_COUNT_PASS_FAILED,
        SQ_COUNT_MENDED, /* enum sq_mending */
        SQ_COUNTERS = SQ_COUNT_MENDED + SQ_MENDINGS
};

/* How long slurmctld waited for us. */
enum sq_timer { SQ_TIMER_SUBMIT, SQ_TIMER_MODIFY, SQ_TIMER_COMPLETE, SQ_TIMERS };

/* Calls up to each bound, those above all of them, and the sum of their nanoseconds. */
#define SQ_TIMER_BOUNDS 12
#define SQ_TIMER_CELLS (SQ_TIMER_BOUNDS + 2)
#define SQ_COUNTER_CELLS (SQ_COUNTERS + SQ_TIMERS * SQ_TIMER_CELLS)

/* --- the table ------------------------------------------------------------------------ */

struct sq_counter_about {
        const char *name;   /* of the family; those of one follow each other */
        const char *labels; /* "event=\"submit\""; NULL: never counted, not to be shown */
        const char *help;   /* of the family */
};

const struct sq_counter_about *sq_counter_about(enum sq_counter counter);
const struct sq_counter_about *sq_timer_about(enum sq_timer timer);

/* The upper end of a bucket: in nanoseconds, and as Prometheus has it ("0.00025"). */
int64_t sq_timer_bound(int bucket);
const char *sq_timer_bound_text(int bucket);

/* --- counting --------------------------------------------------------------------------- */

enum sq_counters_use {
        SQ_COUNTERS_HOOK,   /* makes the file, and another in the place of one that is unfit */
        SQ_COUNTERS_COMMAND /* makes it only where there is none */
};

/* Begins zeroed, and can be counted with at once.  Threads may count at the same time;
 * opening, looking and closing is for one alone. */
struct sq_counters {
        uint64_t *mapped; /* NULL: `own` are counted */
        dev_t device;
        ino_t inode;
        uint64_t own[SQ_COUNTER_CELLS];
};

/* Uses the file `path`, which is made when its directory is there.  What was counted
 * before goes into it.  When it cannot be used, for whatever reason, everything goes on
 * as before. */
void sq_counters_open(struct sq_counters *counters, const char *path,
                      enum sq_counters_use use);

/* The same, and before it: a file that is no longer the one under `path`, or no longer
 * whole, is let go.  A system call or three. */
void sq_counters_look(struct sq_counters *counters, const char *path,
                      enum sq_counters_use use);

void sq_counters_close(struct sq_counters *counters);

__attribute__((unused)) static inline void sq_counters_add(struct sq_counters *counters,
                                                           size_t cell, uint64_t n) {
        uint64_t *cells = counters->mapped ? counters->mapped : counters->own;

        __atomic_fetch_add(&cells[cell], n, __ATOMIC_RELAXED);
}

__attribute__((unused)) static inline void sq_count(struct sq_counters *counters,
                                                    enum sq_counter counter) {
        sq_counters_add(counters, counter, 1);
}

/* So many at once; what is not above 0 is nothing. */
void sq_count_more(struct sq_counters *counters, enum sq_counter counter, int64_t n);

/* One call, which took so long. */
void sq_count_time(struct sq_counters *counters, enum sq_timer timer, int64_t ns);

#define SQ_COUNT_CHARGE_OF(path, what) \
        ((enum sq_counter)(SQ_COUNT_CHARGE + (path) * SQ_CHARGINGS + (what)))
#define SQ_COUNT_SPOOL_OF(path, what) \
        ((enum sq_counter)(SQ_COUNT_SPOOL + (path) * SQ_SPOOLINGS + (what)))

/* A store that did not answer: `code` is what it said. */
void sq_count_store_failure(struct sq_counters *counters, enum sq_path path, int code);

/* --- reading ------------------------------------------------------------------------------ */

struct sq_counts {
        int64_t since; /* UTC seconds */
        uint64_t of[SQ_COUNTER_CELLS];
};

/* Reads the file without mapping it.  SQ_ENOTFOUND: there is none; SQ_ECORRUPT: it is not
 * what we wrote; SQ_EVERSION: another version's; SQ_EACCESS: not to be read, or not to be
 * believed; SQ_EIO. */
int sq_counts_read(const char *path, struct sq_counts *ret, struct sq_error *err);

/* Calls in a bucket alone (SQ_TIMER_BOUNDS is the last one), and their nanoseconds. */
uint64_t sq_counts_bucket(const struct sq_counts *counts, enum sq_timer timer, int bucket);
uint64_t sq_counts_sum(const struct sq_counts *counts, enum sq_timer timer);
