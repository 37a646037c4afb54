#include "policy/decimal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define PLACES 12

/* 10^24 with twelve places more. */
#define DIGITS_MAX 36

/* Exponents beyond these make nothing, or more than can be kept. */
#define EXPONENT_MAX 400

/* The digits of a number without its point, and the power of ten that they stand for. */
struct digits {
        char digit[DIGITS_MAX + 2];
        int n;
        int power;
        bool more; /* digits other than 0 that found no room behind them */
};

static void take_digit(struct digits *d, char digit, bool behind_point) {
        if (d->n == 0 && digit == '0') {
                d->power -= behind_point;
        } else if (d->n == DIGITS_MAX) {
                d->more = d->more || digit != '0';
                d->power += !behind_point;
        } else {
                d->digit[d->n++] = digit;
                d->power -= behind_point;
        }
}

static bool scan_exponent(const char *text, int *ret) {
        const bool below = *text == '-';
        const char *p = text + (*text == '-' || *text == '+');
        int number = 0;

        if (!*p)
                return false;
        for (; *p >= '0' && *p <= '9'; p++)
                if (number <= EXPONENT_MAX)
                        number = 10 * number + (*p - '0');
        if (*p)
                return false;
        *ret = below ? -number : number;
        return true;
}

static bool scan_digits(const char *text, struct digits *d) {
        const char *p = text;
        bool any = false;
        int exponent = 0;

        for (; *p >= '0' && *p <= '9'; p++, any = true)
                take_digit(d, *p, false);
        if (*p == '.')
                for (p++; *p >= '0' && *p <= '9'; p++, any = true)
                        take_digit(d, *p, true);
        if (!any || ((*p == 'e' || *p == 'E') ? !scan_exponent(p + 1, &exponent) : *p != '\0'))
                return false;
        d->power += exponent;
        return true;
}

bool sq_decimal_scan(const char *text, sq_int128 *ret) {
        struct digits d = {.n = 0};
        const bool below = *text == '-';
        sq_int128 number = 0;
        int wanted;

        if (!scan_digits(text + below, &d))
                return false;
        wanted = d.n + d.power + PLACES; /* how many digits the result has */
        if (d.n && wanted > DIGITS_MAX)
                return false;
        for (int i = 0; d.n && i < wanted; i++)
                number = 10 * number + (i < d.n ? d.digit[i] - '0' : 0);
        if (wanted >= 0 && wanted < d.n && d.digit[wanted] >= '5')
                number++;
        *ret = below ? -number : number;
        return true;
}

bool sq_decimal_parse(const char *text, struct sq_decimal *ret) {
        const sq_int128 most = SQ_DECIMAL_MOST * (sq_int128)SQ_DECIMAL_ONE;
        sq_int128 number;

        if (!sq_decimal_scan(text, &number) || number > most || number < -most)
                return false;
        ret->trillionths = (int64_t)number;
        return true;
}

double sq_decimal_double(struct sq_decimal decimal) {
        return sq_exact_double(decimal.trillionths, 1, SQ_DECIMAL_ONE);
}

char *sq_decimal_text(struct sq_decimal decimal, char text[SQ_DECIMAL_SIZE]) {
        const bool below = decimal.trillionths < 0;
        const uint64_t n = below ? -(uint64_t)decimal.trillionths
                                 : (uint64_t)decimal.trillionths;
        size_t length;

        snprintf(text, SQ_DECIMAL_SIZE, "%s%" PRIu64 ".%012" PRIu64, below ? "-" : "",
                 n / SQ_DECIMAL_ONE, n % SQ_DECIMAL_ONE);
        length = strlen(text);
        while (text[length - 1] == '0')
                text[--length] = '\0';
        if (text[length - 1] == '.')
                text[length - 1] = '\0';
        return text;
}
