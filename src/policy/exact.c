#include "policy/exact.h"

#include <math.h>

/* 192 bits. */
struct wide {
        uint64_t high;
        sq_uint128 low;
};

static struct wide multiply(sq_uint128 a, uint64_t b) {
        const sq_uint128 low = (sq_uint128)(uint64_t)a * b;
        const sq_uint128 high = (a >> 64) * b + (low >> 64);

        return (struct wide){(uint64_t)(high >> 64), high << 64 | (uint64_t)low};
}

static int compare(struct wide a, struct wide b) {
        if (a.high != b.high)
                return a.high < b.high ? -1 : 1;
        return a.low < b.low ? -1 : a.low > b.low;
}

static sq_uint128 absolute(sq_int128 a) {
        return a < 0 ? -(sq_uint128)a : (sq_uint128)a;
}

int sq_exact_compare(sq_int128 a, uint64_t b, sq_int128 c, uint64_t d) {
        const struct wide left = multiply(absolute(a), b), right = multiply(absolute(c), d);
        const bool left_below = a < 0 && b, right_below = c < 0 && d;

        if (left_below != right_below)
                return left_below ? -1 : 1;
        return left_below ? compare(right, left) : compare(left, right);
}

/* By hand, bit by bit, as 192 bits are more than the compiler divides.  *ret_high is what
 * does not fit into 128. */
static sq_uint128 divide(struct wide a, sq_uint128 c, uint64_t *ret_high,
                         sq_uint128 *ret_rest) {

        sq_uint128 quotient = 0, rest = 0;
        uint64_t high = 0;

        if (!a.high) {
                *ret_high = 0;
                *ret_rest = a.low % c;
                return a.low / c;
        }
        for (int bit = 191; bit >= 0; bit--) {
                const uint64_t next = bit >= 128 ? a.high >> (bit - 128) & 1
                                                 : (uint64_t)(a.low >> bit) & 1;

                rest = rest << 1 | next;
                high = high << 1 | (uint64_t)(quotient >> 127);
                quotient <<= 1;
                if (rest >= c) {
                        rest -= c;
                        quotient |= 1;
                }
        }
        *ret_high = high;
        *ret_rest = rest;
        return quotient;
}

bool sq_exact_floor(sq_uint128 a, uint64_t b, sq_uint128 c, sq_uint128 *ret) {
        sq_uint128 rest, quotient;
        uint64_t high;

        quotient = divide(multiply(a, b), c, &high, &rest);
        if (high)
                return false;
        *ret = quotient;
        return true;
}

bool sq_exact_round(sq_uint128 a, uint64_t b, sq_uint128 c, sq_uint128 *ret) {
        sq_uint128 rest, quotient;
        uint64_t high;

        quotient = divide(multiply(a, b), c, &high, &rest);
        if (high || __builtin_add_overflow(quotient, rest >= c - rest, &quotient))
                return false;
        *ret = quotient;
        return true;
}

double sq_exact_double(sq_int128 a, uint64_t b, sq_uint128 c) {
        uint64_t high;
        sq_uint128 rest, bits = divide(multiply(absolute(a), b), c, &high, &rest);
        int exponent = 0;
        double number;

        if (!high && !rest && !(bits >> 53)) /* most of all: whole numbers */
                return a < 0 ? -(double)bits : (double)bits;
        /* 64 significant bits, of which a double keeps 53; what is left beyond them only
         * decides a tie, so that it may go into the last one. */
        for (; high; high >>= 1, exponent++)
                bits = (sq_uint128)(high & 1) << 127 | bits >> 1 | (bits & 1);
        for (; bits >> 64; exponent++)
                bits = bits >> 1 | (bits & 1);
        for (; !(bits >> 63); exponent--) {
                rest <<= 1;
                bits <<= 1;
                if (rest >= c) {
                        rest -= c;
                        bits |= 1;
                }
        }
        number = ldexp((double)((uint64_t)bits | (rest != 0)), exponent);
        return a < 0 ? -number : number;
}

uint64_t sq_exact_divisor(uint64_t a, uint64_t b) {
        while (a) {
                const uint64_t rest = b % a;

                b = a;
                a = rest;
        }
        return b;
}
