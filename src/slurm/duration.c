#include "slurm/duration.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* Days, hours, minutes and seconds of 64 bits with their separators; longer
 * texts can only be leading zeros. */
#define TEXT_MAX 80

char *sq_duration_text(int64_t seconds, char *text, size_t size) {
        int64_t minutes = seconds < 0 ? 0 : seconds / 60;
        int n = 0;

        if (seconds == SQ_INFINITE) {
                snprintf(text, size, "UNLIMITED");
                return text;
        }
        if (minutes >= 24 * 60)
                n = snprintf(text, size, "%" PRId64 "-", minutes / (24 * 60));
        if (n >= 0 && (size_t)n < size)
                snprintf(text + n, size - (size_t)n, "%02d:%02d:00",
                         (int)(minutes / 60 % 24), (int)(minutes % 60));
        return text;
}

/* Adds the number at *at, times `unit`, to *sum. */
static int add_field(const char **at, int64_t unit, int64_t *sum) {
        int64_t value = 0;
        const char *p = *at;

        if (*p < '0' || *p > '9')
                return SQ_EINVAL;
        for (; *p >= '0' && *p <= '9'; p++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *p - '0', &value))
                        return SQ_ERANGE;
        *at = p;
        if (__builtin_mul_overflow(value, unit, &value) ||
            __builtin_add_overflow(*sum, value, sum))
                return SQ_ERANGE;
        return SQ_OK;
}

/* The unit of the first number: how many colons follow, and is there a dash? */
static int64_t first_unit(const char *p, bool after_days) {
        int colons = 0;

        for (; *p; p++)
                colons += *p == ':';
        if (after_days || colons == 2)
                return 3600;
        return 60;
}

static int read_fields(const char *p, int64_t *ret) {
        const char *dash = strchr(p, '-');
        int64_t sum = 0, unit;
        int rc;

        if (dash) {
                rc = add_field(&p, 86400, &sum);
                if (rc < 0)
                        return rc;
                if (p++ != dash)
                        return SQ_EINVAL;
        }
        for (unit = first_unit(p, dash);; unit /= 60) {
                rc = add_field(&p, unit, &sum);
                if (rc < 0)
                        return rc;
                if (*p != ':' || unit == 1)
                        break;
                p++;
        }
        if (*p)
                return SQ_EINVAL;
        *ret = sum;
        return SQ_OK;
}

int sq_duration_parse(const char *text, int64_t *ret_seconds, struct sq_error *err) {
        int rc = SQ_EINVAL;

        if (text && !strcasecmp(text, "Partition_Limit")) {
                *ret_seconds = SQ_UNSET;
                return SQ_OK;
        }
        if (text && (!strcasecmp(text, "UNLIMITED") || !strcasecmp(text, "INFINITE") ||
                     !strcmp(text, "-1"))) {
                *ret_seconds = SQ_INFINITE;
                return SQ_OK;
        }
        if (text && strnlen(text, TEXT_MAX + 1) <= TEXT_MAX)
                rc = read_fields(text, ret_seconds);
        if (rc == SQ_ERANGE)
                return sq_fail(err, rc, "time \"%s\" is too long", text);
        if (rc < 0)
                return sq_fail(err, rc, "cannot read time \"%.80s\"", text ? text : "");
        return SQ_OK;
}
