/* counter_table.c - the names of what is counted */
#include <stddef.h>

#include "base/counter.h"

#define ACCEPTED "slurm_quota_hook_accepted_total", \
                 "Jobs and changes of jobs that had enough budget."
#define REFUSED "slurm_quota_hook_refusals_total", \
                "Jobs and changes of jobs that were refused, by reason."
#define UNCHECKED "slurm_quota_hook_unchecked_total", \
                  "Jobs and changes of jobs that were allowed because the store failed."
#define FAILED "slurm_quota_store_failures_total", \
               "Times that the store did not answer: busy past the deadline, or broken."
#define CHARGES "slurm_quota_charges_total", \
                "Ends of runs by who told of them: booked, repeated (booked before)," \
                " spooled, failed."
#define SPOOLED "slurm_quota_spool_events_total", \
                "Events of the spool: kept, booked, rejected (never bookable), lost (not" \
                " even the spool took them)."
#define PASSES "slurm_quota_reconcile_passes_total", "Passes of reconcile by how they ended."
#define MENDED "slurm_quota_reconcile_mended_total", "What reconcile has put right."

/* ROW(FAMILY, LABELS) takes the two texts of a family apart. */
#define ROW_(name_, help_, labels_) {.name = (name_), .labels = (labels_), .help = (help_)}
#define ROW(...) ROW_(__VA_ARGS__)

#define REFUSALS(first, event)                                                           \
        [first + SQ_REASON_USER_CPU] =                                                   \
                ROW(REFUSED, "event=\"" event "\",reason=\"user_cpu\""),                 \
        [first + SQ_REASON_USER_GPU] =                                                   \
                ROW(REFUSED, "event=\"" event "\",reason=\"user_gpu\""),                 \
        [first + SQ_REASON_ACCOUNT_CPU] =                                                \
                ROW(REFUSED, "event=\"" event "\",reason=\"account_cpu\""),              \
        [first + SQ_REASON_ACCOUNT_GPU] =                                                \
                ROW(REFUSED, "event=\"" event "\",reason=\"account_gpu\""),              \
        [first + SQ_REASON_HALTED] =                                                     \
                ROW(REFUSED, "event=\"" event "\",reason=\"account_paused\""),           \
        [first + SQ_REASON_ALLOCATION] =                                                 \
                ROW(REFUSED, "event=\"" event "\",reason=\"allocation\""),               \
        [first + SQ_REASON_NO_ACCOUNT] =                                                 \
                ROW(REFUSED, "event=\"" event "\",reason=\"no_account\""),               \
        [first + SQ_REASON_REQUEST] =                                                    \
                ROW(REFUSED, "event=\"" event "\",reason=\"request\""),                  \
        [first + SQ_REASON_STORE] = ROW(REFUSED, "event=\"" event "\",reason=\"store\"")

#define FAILURES(path, name)                                                             \
        [SQ_COUNT_STORE_FAILED + path] = ROW(FAILED, "path=\"" name "\",cause=\"broken\""), \
        [SQ_COUNT_STORE_BUSY + path] = ROW(FAILED, "path=\"" name "\",cause=\"busy\"")

#define CHARGE(path, name, what, word) \
        [SQ_COUNT_CHARGE + path * SQ_CHARGINGS + what] = \
                ROW(CHARGES, "path=\"" name "\",result=\"" word "\"")
#define CHARGE_UNUSED(path, what) \
        [SQ_COUNT_CHARGE + path * SQ_CHARGINGS + what] = ROW(CHARGES, NULL)

#define SPOOL(path, name, what, word) \
        [SQ_COUNT_SPOOL + path * SQ_SPOOLINGS + what] = \
                ROW(SPOOLED, "path=\"" name "\",result=\"" word "\"")
#define SPOOL_UNUSED(path, what) \
        [SQ_COUNT_SPOOL + path * SQ_SPOOLINGS + what] = ROW(SPOOLED, NULL)

#define MENDING(what, word) [SQ_COUNT_MENDED + what] = ROW(MENDED, "kind=\"" word "\"")

static const struct sq_counter_about counters[SQ_COUNTERS] = {
        [SQ_COUNT_ACCEPTED_SUBMIT] = ROW(ACCEPTED, "event=\"submit\""),
        [SQ_COUNT_ACCEPTED_MODIFY] = ROW(ACCEPTED, "event=\"modify\""),
        REFUSALS(SQ_COUNT_REFUSED_SUBMIT, "submit"),
        REFUSALS(SQ_COUNT_REFUSED_MODIFY, "modify"),
        [SQ_COUNT_UNCHECKED_SUBMIT] = ROW(UNCHECKED, "event=\"submit\""),
        [SQ_COUNT_UNCHECKED_MODIFY] = ROW(UNCHECKED, "event=\"modify\""),
        FAILURES(SQ_PATH_JOBCOMP_LUA, "hook"),
        FAILURES(SQ_PATH_SCRIPT, "charge"),
        FAILURES(SQ_PATH_RECONCILE, "reconcile"),
        CHARGE(SQ_PATH_JOBCOMP_LUA, "jobcomp_lua", SQ_CHARGE_BOOKED, "booked"),
        CHARGE(SQ_PATH_JOBCOMP_LUA, "jobcomp_lua", SQ_CHARGE_REPEATED, "repeated"),
        CHARGE(SQ_PATH_JOBCOMP_LUA, "jobcomp_lua", SQ_CHARGE_SPOOLED, "spooled"),
        CHARGE(SQ_PATH_JOBCOMP_LUA, "jobcomp_lua", SQ_CHARGE_FAILED, "failed"),
        CHARGE(SQ_PATH_SCRIPT, "script", SQ_CHARGE_BOOKED, "booked"),
        CHARGE(SQ_PATH_SCRIPT, "script", SQ_CHARGE_REPEATED, "repeated"),
        CHARGE(SQ_PATH_SCRIPT, "script", SQ_CHARGE_SPOOLED, "spooled"),
        CHARGE(SQ_PATH_SCRIPT, "script", SQ_CHARGE_FAILED, "failed"),
        CHARGE(SQ_PATH_RECONCILE, "reconcile", SQ_CHARGE_BOOKED, "booked"),
        CHARGE_UNUSED(SQ_PATH_RECONCILE, SQ_CHARGE_REPEATED),
        CHARGE_UNUSED(SQ_PATH_RECONCILE, SQ_CHARGE_SPOOLED),
        CHARGE_UNUSED(SQ_PATH_RECONCILE, SQ_CHARGE_FAILED),
        SPOOL(SQ_PATH_JOBCOMP_LUA, "hook", SQ_SPOOL_KEPT, "kept"),
        SPOOL(SQ_PATH_JOBCOMP_LUA, "hook", SQ_SPOOL_BOOKED, "booked"),
        SPOOL(SQ_PATH_JOBCOMP_LUA, "hook", SQ_SPOOL_REJECTED, "rejected"),
        SPOOL(SQ_PATH_JOBCOMP_LUA, "hook", SQ_SPOOL_LOST, "lost"),
        SPOOL(SQ_PATH_SCRIPT, "charge", SQ_SPOOL_KEPT, "kept"),
        SPOOL(SQ_PATH_SCRIPT, "charge", SQ_SPOOL_BOOKED, "booked"),
        SPOOL(SQ_PATH_SCRIPT, "charge", SQ_SPOOL_REJECTED, "rejected"),
        SPOOL(SQ_PATH_SCRIPT, "charge", SQ_SPOOL_LOST, "lost"),
        SPOOL_UNUSED(SQ_PATH_RECONCILE, SQ_SPOOL_KEPT),
        SPOOL(SQ_PATH_RECONCILE, "reconcile", SQ_SPOOL_BOOKED, "booked"),
        SPOOL(SQ_PATH_RECONCILE, "reconcile", SQ_SPOOL_REJECTED, "rejected"),
        SPOOL_UNUSED(SQ_PATH_RECONCILE, SQ_SPOOL_LOST),
        [SQ_COUNT_PASS_COMPLETE] = ROW(PASSES, "result=\"complete\""),
        [SQ_COUNT_PASS_FAILED] = ROW(PASSES, "result=\"failed\""),
        MENDING(SQ_MENDED_BOUND, "bound"),
        MENDING(SQ_MENDED_HELD, "held"),
        MENDING(SQ_MENDED_CORRECTED, "corrected"),
        MENDING(SQ_MENDED_RELEASED, "released"),
        MENDING(SQ_MENDED_CHARGED, "charged"),
        MENDING(SQ_MENDED_AMENDED, "amended"),
};

#define DURATION "slurm_quota_hook_duration_seconds", \
                 "How long slurmctld waited for the hook."

static const struct sq_counter_about timers[SQ_TIMERS] = {
        [SQ_TIMER_SUBMIT] = ROW(DURATION, "event=\"submit\""),
        [SQ_TIMER_MODIFY] = ROW(DURATION, "event=\"modify\""),
        [SQ_TIMER_COMPLETE] = ROW(DURATION, "event=\"complete\""),
};

static const struct {
        int64_t ns;
        const char *text;
} bounds[SQ_TIMER_BOUNDS] = {
        {25000, "0.000025"}, {50000, "0.00005"},  {100000, "0.0001"},  {250000, "0.00025"},
        {500000, "0.0005"},  {1000000, "0.001"},  {2500000, "0.0025"}, {5000000, "0.005"},
        {10000000, "0.01"},  {25000000, "0.025"}, {50000000, "0.05"},  {100000000, "0.1"},
};

const struct sq_counter_about *sq_counter_about(enum sq_counter counter) {
        return &counters[counter];
}

const struct sq_counter_about *sq_timer_about(enum sq_timer timer) {
        return &timers[timer];
}

int64_t sq_timer_bound(int bucket) {
        return bounds[bucket].ns;
}

const char *sq_timer_bound_text(int bucket) {
        return bounds[bucket].text;
}
