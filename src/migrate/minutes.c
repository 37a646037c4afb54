#include "migrate/minutes.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <time.h>

#include "base/amount.h"

/* As for factors that people type (base/amount.h). */
#define MOST_FACTOR 1000000

/* Decimal digits with a sign perhaps, and nothing else: what a column with the affinity
 * of integers leaves as text is no number, but a column may have none. */
static bool read_text(const char *text, int64_t *ret) {
        const char *digits = text + (*text == '-' || *text == '+');
        intmax_t value;

        if (!*digits || strspn(digits, "0123456789") != strlen(digits))
                return false;
        errno = 0;
        value = strtoimax(text, NULL, 10);
        if (errno) /* beyond everything that can be counted */
                value = *text == '-' ? INT64_MIN : INT64_MAX;
        *ret = value;
        return true;
}

/* `number` units of `scale`, at most `most`. */
static enum sq_reading scale_real(double number, int64_t scale, int64_t most, int64_t *ret) {
        const double scaled = round(number * (double)scale);

        if (isnan(number))
                return SQ_READ_NO_NUMBER;
        if (number == -1)
                return SQ_READ_MINUS_ONE;
        if (number < 0)
                return SQ_READ_NEGATIVE;
        if (scaled > (double)most)
                return SQ_READ_TOO_LARGE;
        *ret = (int64_t)scaled;
        return SQ_READ_AMOUNT;
}

static enum sq_reading scale_integer(int64_t number, int64_t scale, int64_t most,
                                     int64_t *ret) {
        if (number == -1)
                return SQ_READ_MINUS_ONE;
        if (number < 0)
                return SQ_READ_NEGATIVE;
        if (number > most / scale)
                return SQ_READ_TOO_LARGE;
        *ret = number * scale;
        return SQ_READ_AMOUNT;
}

static enum sq_reading read_scaled(const struct sq_value *value, int64_t scale, int64_t most,
                                   int64_t *ret) {
        int64_t number;

        switch (value->type) {
        case SQ_VALUE_ABSENT:
                return SQ_READ_ABSENT;
        case SQ_VALUE_NULL:
                return SQ_READ_NOTHING;
        case SQ_VALUE_INTEGER:
                return scale_integer(value->integer, scale, most, ret);
        case SQ_VALUE_REAL:
                return scale_real(value->real, scale, most, ret);
        case SQ_VALUE_TEXT:
                if (read_text(value->text, &number))
                        return scale_integer(number, scale, most, ret);
                break;
        case SQ_VALUE_BYTES:
                break;
        }
        return SQ_READ_NO_NUMBER;
}

enum sq_reading sq_read_minutes(const struct sq_value *value, int64_t *ret) {
        return read_scaled(value, 60, SQ_MOST_SECONDS, ret);
}

enum sq_reading sq_read_count(const struct sq_value *value, int64_t *ret) {
        struct sq_value whole = *value;

        if (value->type == SQ_VALUE_REAL)
                whole.real = trunc(value->real);
        return read_scaled(&whole, 1, SQ_MOST_SECONDS, ret);
}

enum sq_reading sq_read_factor(const struct sq_value *value, int64_t *ret) {
        int64_t millionths = 0;
        enum sq_reading reading =
                read_scaled(value, SQ_WEIGHT_ONE, MOST_FACTOR * (int64_t)SQ_WEIGHT_ONE,
                            &millionths);

        if (reading == SQ_READ_MINUS_ONE || (reading == SQ_READ_AMOUNT && !millionths))
                return SQ_READ_NEGATIVE;
        if (reading == SQ_READ_AMOUNT)
                *ret = millionths;
        return reading;
}

int64_t sq_read_time(const struct sq_value *value, int64_t now) {
        struct tm tm = {0};
        const char *end = NULL;
        int64_t at;

        if (value->type == SQ_VALUE_TEXT)
                end = strptime(value->text, "%Y-%m-%d %H:%M:%S", &tm);
        if (!end || (*end && *end != '.')) /* Python writes fractions */
                return now;
        at = timegm(&tm);
        return at > 0 && at <= now ? at : now;
}

const char *sq_reading_text(enum sq_reading reading) {
        switch (reading) {
        case SQ_READ_MINUS_ONE:
        case SQ_READ_NEGATIVE:
                return "is negative";
        case SQ_READ_NOTHING:
                return "is NULL";
        case SQ_READ_TOO_LARGE:
                return "is too large to be counted";
        case SQ_READ_NO_NUMBER:
                return "is no number";
        case SQ_READ_AMOUNT:
        case SQ_READ_ABSENT:
                break;
        }
        return "is not there";
}
