#include "base/amount.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

bool sq_amount_add(struct sq_amount *sum, struct sq_amount term) {
        int64_t seconds;

        if (__builtin_add_overflow(sum->seconds, term.seconds, &seconds))
                return false;
        sum->seconds = seconds;
        return true;
}

void sq_amount_add_capped(struct sq_amount *sum, struct sq_amount term) {
        if (!sq_amount_add(sum, term))
                *sum = SQ_AMOUNT(INT64_MAX);
}

bool sq_amount_scale(struct sq_amount a, int64_t times, struct sq_amount *ret) {
        int64_t seconds;

        if (times < 0 || __builtin_mul_overflow(a.seconds, times, &seconds))
                return false;
        ret->seconds = seconds;
        return true;
}

bool sq_amount_weigh(int64_t weighted, int64_t seconds, struct sq_amount *ret) {
        __int128 exact;

        if (weighted < 0 || seconds < 0)
                return false;
        exact = ((__int128)weighted * seconds + SQ_WEIGHT_ONE / 2) / SQ_WEIGHT_ONE;
        if (exact > INT64_MAX)
                return false;
        ret->seconds = (int64_t)exact;
        return true;
}

bool sq_amount_from_minutes(int64_t minutes, struct sq_amount *ret) {
        int64_t seconds;

        if (minutes == -1) {
                *ret = SQ_UNLIMITED;
                return true;
        }
        if (minutes < 0 || __builtin_mul_overflow(minutes, 60, &seconds))
                return false;
        ret->seconds = seconds;
        return true;
}

int64_t sq_amount_minutes(struct sq_amount a) {
        if (a.seconds < 0)
                return -1;
        return a.seconds / 60 + (a.seconds % 60 ? 1 : 0);
}

static char *minutes_text(int64_t minutes, char *text, size_t size) {
        if (minutes < 0)
                snprintf(text, size, "unlimited");
        else
                snprintf(text, size, "%" PRId64 "h%02dm", minutes / 60, (int)(minutes % 60));
        return text;
}

char *sq_amount_text(struct sq_amount a, char *text, size_t size) {
        return minutes_text(sq_amount_minutes(a), text, size);
}

char *sq_amount_text_down(struct sq_amount a, char *text, size_t size) {
        return minutes_text(a.seconds < 0 ? -1 : a.seconds / 60, text, size);
}

int sq_weight_parse(const char *text, int64_t *ret_millionths, struct sq_error *err) {
        /* A million is far beyond any price ratio between two GPUs, and keeps
         * count * weight of every possible job inside 64 bits. */
        const int64_t most = 1000000LL * SQ_WEIGHT_ONE;
        int64_t value = 0, place = SQ_WEIGHT_ONE;
        const char *p = text;
        bool digits = false;

        for (; *p >= '0' && *p <= '9' && value <= most; p++, digits = true)
                value = value * 10 + (int64_t)(*p - '0') * SQ_WEIGHT_ONE;
        if (*p == '.') {
                for (p++; *p >= '0' && *p <= '9'; p++, digits = true) {
                        place /= 10; /* 0 from the seventh place on */
                        if (place == 0 && *p != '0')
                                break;
                        value += (*p - '0') * place;
                }
        }
        if (!digits || *p || value <= 0 || value > most) {
                sq_fail(err, SQ_EINVAL, "factor \"%.40s\" is not acceptable", text);
                sq_hint(err, "Give a decimal above 0 and up to 1000000, with at most six"
                             " places, such as 0.5.");
                return SQ_EINVAL;
        }
        *ret_millionths = value;
        return SQ_OK;
}

char *sq_weight_text(int64_t millionths, char *text, size_t size) {
        size_t n;

        snprintf(text, size, "%" PRId64 ".%06d", millionths / SQ_WEIGHT_ONE,
                 (int)(millionths % SQ_WEIGHT_ONE));
        n = strlen(text);
        for (int cut = 0; cut < 3 && n && text[n - 1] == '0'; cut++)
                text[--n] = '\0';
        return text;
}
