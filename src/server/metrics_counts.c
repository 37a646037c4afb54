/* metrics_counts.c - what was counted inside slurmctld, by `charge` and by `reconcile` */
#include <string.h>

#include "base/counter.h"
#include "server/exposition.h"
#include "server/metrics_part.h"

static const struct sq_family since = {
        "slurm_quota_counting_since_timestamp_seconds", "gauge",
        "Since when hooks, charge and reconcile have been counting."};

static void begin_family(struct sq_json *out, const struct sq_counter_about *about,
                         const char *type) {
        const struct sq_family family = {about->name, type, about->help};

        sq_exposition_family(out, &family);
}

static void write_counters(const struct sq_counts *counts, struct sq_json *out) {
        const char *name = "";

        for (int i = 0; i < SQ_COUNTERS; i++) {
                const struct sq_counter_about *about = sq_counter_about((enum sq_counter)i);

                if (strcmp(name, about->name) != 0)
                        begin_family(out, about, "counter");
                name = about->name;
                if (!counts || !about->labels)
                        continue;
                sq_exposition_begin(out, name, "", about->labels, NULL);
                sq_exposition_count(out, counts->of[i]);
        }
}

/* The count is that of the buckets, whatever happens meanwhile: +Inf and it are one. */
static void write_timer(const struct sq_counts *counts, enum sq_timer timer,
                        struct sq_json *out) {
        const struct sq_counter_about *about = sq_timer_about(timer);
        uint64_t n = 0;

        for (int i = 0; i <= SQ_TIMER_BOUNDS; i++) {
                n += sq_counts_bucket(counts, timer, i);
                sq_exposition_begin(out, about->name, "_bucket", about->labels, "le",
                                    i < SQ_TIMER_BOUNDS ? sq_timer_bound_text(i) : "+Inf",
                                    NULL);
                sq_exposition_count(out, n);
        }
        sq_exposition_begin(out, about->name, "_sum", about->labels, NULL);
        sq_exposition_nanoseconds(out, sq_counts_sum(counts, timer));
        sq_exposition_begin(out, about->name, "_count", about->labels, NULL);
        sq_exposition_count(out, n);
}

bool sq_metrics_write_counts(const char *path, struct sq_json *out) {
        struct sq_counts counts;
        const bool is_read = !sq_counts_read(path, &counts, NULL);

        write_counters(is_read ? &counts : NULL, out);
        begin_family(out, sq_timer_about(SQ_TIMER_SUBMIT), "histogram");
        for (int i = 0; is_read && i < SQ_TIMERS; i++)
                write_timer(&counts, (enum sq_timer)i, out);
        sq_exposition_family(out, &since);
        if (is_read) {
                sq_exposition_begin(out, since.name, "", NULL, NULL);
                sq_exposition_integer(out, counts.since);
        }
        return is_read;
}
