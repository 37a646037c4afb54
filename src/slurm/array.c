#include "slurm/array.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Every part takes at least one character and a comma. */
#define PARTS_MAX (SQ_ARRAY_TEXT_MAX / 2 + 1)

/* 64 KiB on the stack: slurmctld gives its threads 1 MiB. */
#define BITMAP_IDS (64 * 1024 * 8)

/* Bits set one by one before we settle for a bound: about a millisecond. */
#define BITMAP_WORK 1000000

/* Slurm keeps task ids in 32 bits. */
#define ID_MAX 4294967295LL

struct part {
        int64_t first, last, step; /* `last` is in it */
};

/* What the C library's number parser takes: blanks, a sign, digits; 0 when there
 * are none.  Saturates above every id, so that the caller refuses it. */
static int64_t read_number(const char **at, const char *end) {
        const char *p = *at;
        bool negative = false;
        int64_t value = 0;

        while (p < end && (*p == ' ' || (*p >= '\t' && *p <= '\r')))
                p++;
        if (p < end && (*p == '-' || *p == '+'))
                negative = *p++ == '-';
        if (p == end || *p < '0' || *p > '9')
                return 0; /* nothing read: *at stays */
        for (; p < end && *p >= '0' && *p <= '9'; p++)
                if (value <= ID_MAX)
                        value = value * 10 + (*p - '0');
        *at = p;
        return negative ? -value : value;
}

static void skip_bracket(const char **at, const char *end) {
        if (*at < end && **at == ']')
                ++*at;
}

static int read_part(const char *p, const char *end, struct part *ret, struct sq_error *err) {
        const int length = (int)(end - p);
        const char *const text = p;
        struct part part = {.step = 1};

        if (*p == '[')
                p++;
        part.first = read_number(&p, end);
        skip_bracket(&p, end);
        part.last = part.first;
        if (part.first < 0)
                return sq_fail(err, SQ_EINVAL, "negative task id in array part \"%.*s\"",
                               length, text);
        if (p < end && *p == '-') {
                p++;
                part.last = read_number(&p, end);
                skip_bracket(&p, end);
                if (p < end && *p == ':') {
                        p++;
                        part.step = read_number(&p, end);
                        skip_bracket(&p, end);
                }
        }
        if (p < end && *p != '%')
                return sq_fail(err, SQ_EINVAL, "cannot read array part \"%.*s\"", length, text);
        if (part.step <= 0)
                return sq_fail(err, SQ_EINVAL, "step in array part \"%.*s\" is not above 0",
                               length, text);
        if (part.last < part.first)
                return sq_fail(err, SQ_EINVAL, "array part \"%.*s\" ends before it starts",
                               length, text);
        if (part.last > ID_MAX)
                return sq_fail(err, SQ_ERANGE, "task id in array part \"%.*s\" is too large",
                               length, text);
        part.last -= (part.last - part.first) % part.step;
        if (part.first == part.last)
                part.step = 1;
        *ret = part;
        return SQ_OK;
}

static int64_t size_of(const struct part *part) {
        return (part->last - part->first) / part->step + 1;
}

/* By first id; those without a step before those with one. */
static int compare(const void *left, const void *right) {
        const struct part *a = left, *b = right;

        if (a->first != b->first)
                return a->first < b->first ? -1 : 1;
        return (a->step > b->step) - (a->step < b->step);
}

static void fill(uint64_t *bits, int64_t first, int64_t last) {
        for (int64_t id = first; id <= last;)
                if (id % 64 == 0 && last - id >= 63) {
                        bits[id / 64] = ~0ULL;
                        id += 64;
                } else {
                        bits[id / 64] |= 1ULL << (id % 64);
                        id++;
                }
}

/* Exact count of ranges that overlap within few ids. */
static int64_t count_bits(const struct part *part, size_t n, int64_t first, int64_t width) {
        uint64_t bits[BITMAP_IDS / 64];
        const size_t words = (size_t)(width + 63) / 64;
        int64_t count = 0;

        memset(bits, 0, words * sizeof bits[0]);
        for (size_t i = 0; i < n; i++)
                if (part[i].step == 1)
                        fill(bits, part[i].first - first, part[i].last - first);
                else
                        for (int64_t id = part[i].first; id <= part[i].last; id += part[i].step)
                                bits[(id - first) / 64] |= 1ULL << ((id - first) % 64);
        for (size_t i = 0; i < words; i++)
                count += __builtin_popcountll(bits[i]);
        return count;
}

/* Ranges that form one chain of overlaps from `first` to `last`. */
static int64_t count_chain(const struct part *part, size_t n, int64_t last) {
        const int64_t first = part[0].first, width = last - first + 1;
        int64_t sum = 0, work = 0;
        bool stepped = false;

        for (size_t i = 0; i < n; i++) {
                sum += size_of(&part[i]); /* at most 2049 * 2^32 */
                work += part[i].step == 1 ? size_of(&part[i]) / 64 : size_of(&part[i]);
                stepped = stepped || part[i].step > 1;
        }
        if (n == 1)
                return sum;
        if (!stepped)
                return width;
        if (width <= BITMAP_IDS && work <= BITMAP_WORK)
                return count_bits(part, n, first, width);
        return sum < width ? sum : width;
}

static int64_t count_parts(struct part *part, size_t n) {
        int64_t count = 0, last;
        size_t start = 0;

        qsort(part, n, sizeof part[0], compare);
        last = part[0].last;
        for (size_t i = 1; i < n; i++) {
                if (part[i].first > last) {
                        count += count_chain(part + start, i - start, last);
                        start = i;
                }
                if (part[i].last > last)
                        last = part[i].last;
        }
        return count + count_chain(part + start, n - start, last);
}

int sq_array_count(const char *text, int64_t *ret, struct sq_error *err) {
        struct part part[PARTS_MAX];
        const char *p, *end, *stop;
        size_t n = 0, length;
        int rc;

        length = text ? strnlen(text, SQ_ARRAY_TEXT_MAX + 1) : 0;
        if (!length) {
                *ret = 1;
                return SQ_OK;
        }
        if (length > SQ_ARRAY_TEXT_MAX)
                return sq_fail(err, SQ_EINVAL, "array expression is longer than %d characters",
                               SQ_ARRAY_TEXT_MAX);
        for (p = text, stop = text + length; p < stop; p = end + 1) {
                end = memchr(p, ',', (size_t)(stop - p));
                if (!end)
                        end = stop;
                if (end == p)
                        continue; /* Slurm skips empty parts */
                rc = read_part(p, end, &part[n], err);
                if (rc < 0)
                        return rc;
                n++;
        }
        if (!n)
                return sq_fail(err, SQ_EINVAL, "array expression \"%.32s\" has no task", text);
        *ret = count_parts(part, n);
        return SQ_OK;
}
