#include "hook/trouble.h"

#include <inttypes.h>
#include <stdio.h>

void sq_trouble_add(struct sq_trouble *trouble, const struct sq_error *err) {
        trouble->failures++;
        trouble->failing = true;
        snprintf(trouble->cause, sizeof trouble->cause, "%s", err->text);
}

void sq_trouble_lose(struct sq_trouble *trouble, const struct sq_error *err) {
        trouble->lost++;
        snprintf(trouble->loss, sizeof trouble->loss, "; spool: %s", err->text);
}

void sq_trouble_over(struct sq_trouble *trouble, int64_t healed) {
        trouble->failing = false;
        trouble->healed += healed;
}

static void reset(struct sq_trouble *trouble, int64_t now) {
        trouble->failures = trouble->allowed = trouble->refused = 0;
        trouble->spooled = trouble->lost = trouble->healed = 0;
        trouble->last_line_at = now;
}

bool sq_trouble_is_due(const struct sq_trouble *trouble, int64_t now, int64_t interval) {
        if (!trouble->failures && !trouble->healed && !trouble->lost)
                return false;
        return !trouble->last_line_at || now - trouble->last_line_at >= interval;
}

void sq_trouble_tell(struct sq_trouble *trouble, int64_t now) {
        if (trouble->failures || trouble->lost)
                snprintf(trouble->line, sizeof trouble->line,
                         "slurm-quota: the store failed %" PRId64 " times (%" PRId64
                         " jobs allowed unchecked, %" PRId64 " refused, %" PRId64
                         " events spooled, %" PRId64 " lost, %" PRId64 " healed), %s: %s%s",
                         trouble->failures, trouble->allowed, trouble->refused,
                         trouble->spooled, trouble->lost, trouble->healed,
                         trouble->failing ? "last" : "works again; last", trouble->cause,
                         trouble->lost ? trouble->loss : "");
        else
                snprintf(trouble->line, sizeof trouble->line,
                         "slurm-quota: booked %" PRId64 " spooled events", trouble->healed);
        trouble->is_error = trouble->failures > 0 || trouble->lost > 0;
        reset(trouble, now);
}
