#include "slurm/tres_text.h"

#include <stdbool.h>
#include <string.h>

#include "slurm/suffix.h"

/* Slurm prints two decimals; more than six cannot change a count of MiB. */
#define DECIMALS_MAX 6

/* NO_VAL64: this and everything above means "not set". */
#define NO_VAL64 18446744073709551614ULL

static bool is_in_mebibytes(const char *name) {
        return !strcmp(name, "mem") || !strcmp(name, "vmem") || !strcmp(name, "gres/gpumem") ||
               !strncmp(name, "bb/", 3);
}

/* digits[.digits][unit], in units of `base`, rounded up.  *ret_unset for NO_VAL64
 * and above. */
static int read_count(const char *p, const char *end, int64_t base, int64_t *ret,
                      bool *ret_unset) {
        unsigned __int128 value = 0, divisor = 1;
        const char *digits = p;
        int64_t unit;

        *ret_unset = false;
        for (; p < end && *p >= '0' && *p <= '9'; p++) {
                if (value > NO_VAL64)
                        return SQ_ERANGE;
                value = value * 10 + (unsigned)(*p - '0');
        }
        if (p == digits)
                return SQ_EINVAL;
        if (p == end && value >= NO_VAL64) {
                *ret_unset = true;
                return SQ_OK;
        }
        if (value > INT64_MAX)
                return SQ_ERANGE;
        if (p < end && *p == '.') {
                for (digits = ++p; p < end && *p >= '0' && *p <= '9'; p++) {
                        if (p - digits >= DECIMALS_MAX)
                                return SQ_EINVAL;
                        value = value * 10 + (unsigned)(*p - '0');
                        divisor *= 10;
                }
                if (p == digits)
                        return SQ_EINVAL;
        }
        unit = p < end ? sq_suffix_unit(p, (size_t)(end - p)) : base;
        if (!unit)
                return SQ_EINVAL;
        divisor *= (unsigned)base; /* at most 10^6 * 2^20 */
        /* value below 2^63 * 10^6, unit at most 2^60: 2^143 would not fit */
        if (value > ~(unsigned __int128)0 / (uint64_t)unit - divisor)
                return SQ_ERANGE;
        value = (value * (uint64_t)unit + divisor - 1) / divisor;
        if (value > INT64_MAX)
                return SQ_ERANGE;
        *ret = (int64_t)value;
        return SQ_OK;
}

static int read_item(const char *p, const char *end, struct sq_tres *tres,
                     struct sq_error *err) {
        const char *equals = memchr(p, '=', (size_t)(end - p));
        const int length = (int)(end - p);
        char name[SQ_TRES_NAME_MAX];
        int64_t count = 0;
        bool unset;
        int rc;

        if (!equals || equals == p)
                return sq_fail(err, SQ_EINVAL, "cannot read TRES \"%.*s\"", length, p);
        if ((size_t)(equals - p) >= sizeof name)
                return sq_fail(err, SQ_ERANGE, "TRES name in \"%.*s\" is too long", length, p);
        memcpy(name, p, (size_t)(equals - p));
        name[equals - p] = '\0';
        rc = read_count(equals + 1, end, is_in_mebibytes(name) ? 1024 * 1024 : 1, &count,
                        &unset);
        if (rc == SQ_EINVAL)
                return sq_fail(err, rc, "cannot read TRES \"%.*s\"", length, p);
        if (rc == SQ_OK && !unset && !sq_tres_add(tres, name, count))
                rc = SQ_ERANGE;
        if (rc == SQ_ERANGE)
                return sq_fail(err, rc, "too much or too many TRES at \"%.*s\"", length, p);
        return rc;
}

/* Sum of the typed GPUs; false when it does not fit. */
static bool sum_typed(const struct sq_tres *tres, int64_t *ret) {
        *ret = 0;
        for (size_t i = 0; i < tres->n; i++)
                if (sq_tres_gpu_type(tres->item[i].name) &&
                    __builtin_add_overflow(*ret, tres->item[i].count, ret))
                        return false;
        return true;
}

int sq_tres_parse(const char *text, struct sq_tres *ret, struct sq_error *err) {
        struct sq_tres tres = {.n = 0};
        const char *p, *end;
        int64_t typed;
        int rc;

        if (text && strnlen(text, SQ_TRES_TEXT_SIZE + 1) > SQ_TRES_TEXT_SIZE)
                return sq_fail(err, SQ_ERANGE, "TRES list is longer than %d characters",
                               SQ_TRES_TEXT_SIZE);
        for (p = text; p && *p; p = *end ? end + 1 : end) {
                end = strchrnul(p, ',');
                if (end == p)
                        continue;
                rc = read_item(p, end, &tres, err);
                if (rc < 0)
                        return rc;
        }
        if (!sum_typed(&tres, &typed) ||
            (typed > sq_tres_count(&tres, "gres/gpu") &&
             !sq_tres_set(&tres, "gres/gpu", typed)))
                return sq_fail(err, SQ_ERANGE, "too many GPUs in a TRES list");
        *ret = tres;
        return SQ_OK;
}

int64_t sq_tres_untyped_gpus(const struct sq_tres *tres) {
        const int64_t total = sq_tres_count(tres, "gres/gpu");
        int64_t typed;

        return sum_typed(tres, &typed) && total > typed ? total - typed : 0;
}
