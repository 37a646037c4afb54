#include "cli/argument.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/date.h"

/* Digits and nothing else.  False when it is not that; *fits is false when it is too
 * much. */
static bool read_digits(const char *text, int64_t *ret, bool *fits) {
        const char *p = text;

        *ret = 0;
        *fits = true;
        for (; *p >= '0' && *p <= '9'; p++)
                *fits = *fits && !__builtin_mul_overflow(*ret, 10, ret) &&
                        !__builtin_add_overflow(*ret, *p - '0', ret);
        return !*p && p > text;
}

int sq_argument_minutes(const char *text, struct sq_amount *ret, struct sq_error *err) {
        int64_t minutes;
        bool fits;

        if (!strcmp(text, "-1")) {
                *ret = SQ_UNLIMITED;
                return SQ_OK;
        }
        if (!read_digits(text, &minutes, &fits)) {
                sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a number of minutes", text);
                sq_hint(err, "Give a whole number of minutes, 0 to block, or -1 for"
                             " unlimited.");
                return SQ_EINVAL;
        }
        if (!fits || !sq_amount_from_minutes(minutes, ret))
                return sq_fail(err, SQ_ERANGE, "%.40s minutes are more than the %" PRId64
                               " that can be kept", text, INT64_MAX / 60);
        return SQ_OK;
}

int sq_argument_change(const char *text, int64_t unit, struct sq_amount *ret,
                       struct sq_error *err) {

        const bool less = *text == '-';
        int64_t number;
        bool fits;

        if (!read_digits(text + (less || *text == '+'), &number, &fits)) {
                sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a change", text);
                sq_hint(err, "Give a whole number with its sign: +90 adds, -90 takes off.");
                return SQ_EINVAL;
        }
        if (!fits || __builtin_mul_overflow(number, unit, &number))
                return sq_fail(err, SQ_ERANGE, "%.40s is more than can be counted", text);
        *ret = SQ_AMOUNT(less ? -number : number);
        return SQ_OK;
}

int sq_argument_count(const char *text, int64_t *ret, struct sq_error *err) {
        int64_t number;
        bool fits;

        if (!read_digits(text, &number, &fits)) {
                sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a number", text);
                sq_hint(err, "Give a whole number, or 0 for all.");
                return SQ_EINVAL;
        }
        if (!fits)
                return sq_fail(err, SQ_ERANGE, "%.40s is more than can be counted", text);
        *ret = number;
        return SQ_OK;
}

int sq_argument_subject(enum sq_subject_kind kind, const char *text,
                        char ret[SQ_NAME_SIZE], struct sq_error *err) {

        int rc = sq_name_check(kind == SQ_USER ? SQ_NAME_USER : SQ_NAME_ACCOUNT, text, err);

        if (rc != SQ_OK)
                return rc;
        if (kind == SQ_ACCOUNT)
                sq_name_lower(text, ret, SQ_NAME_SIZE);
        else
                snprintf(ret, SQ_NAME_SIZE, "%s", text);
        return SQ_OK;
}

const char *sq_minutes_text(struct sq_amount limit, char *text, size_t size) {
        if (sq_amount_is_unlimited(limit))
                snprintf(text, size, "unlimited");
        else
                snprintf(text, size, "%" PRId64 " minutes", sq_amount_minutes(limit));
        return text;
}

int sq_argument_time(const char *text, int64_t *ret, struct sq_error *err) {
        static const char *const forms[] = {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"};
        const char *end = NULL;
        struct tm tm;
        time_t at;

        for (size_t i = 0; i < sizeof forms / sizeof forms[0] && (!end || *end); i++) {
                tm = (struct tm){.tm_isdst = -1};
                end = strptime(text, forms[i], &tm);
        }
        /* mktime() would take February 31 for March 3. */
        if (!end || *end ||
            tm.tm_mday > sq_date_month_length(tm.tm_year + 1900, tm.tm_mon + 1)) {
                sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a time", text);
                sq_hint(err, "Give a day or a second, as 2026-01-31 or 2026-01-31T18:30:00.");
                return SQ_EINVAL;
        }
        at = mktime(&tm);
        if (at < 0 || at > time(NULL))
                return sq_fail(err, SQ_EINVAL, "\"%.40s\" is not in the past", text);
        *ret = at;
        return SQ_OK;
}
