#include "slurm/suffix.h"

#include <string.h>
#include <strings.h>

int64_t sq_suffix_unit(const char *suffix, size_t length) {
        static const char letters[] = "kmgtpe";
        const char *letter;
        int64_t unit = 1, base = 1024;

        if (!length)
                return 1;
        letter = memchr(letters, *suffix | 0x20, sizeof letters - 1);
        if (!letter)
                return 0;
        if (length == 2 && !strncasecmp(suffix + 1, "b", 1))
                base = 1000;
        else if (length != 1 && (length != 3 || strncasecmp(suffix + 1, "ib", 2)))
                return 0;
        for (const char *p = letters; p <= letter; p++)
                unit *= base; /* at most 2^60 */
        return unit;
}

int sq_suffix_count(const char *text, size_t length, int64_t *ret) {
        int64_t value = 0, unit;
        size_t i;

        for (i = 0; i < length && text[i] >= '0' && text[i] <= '9'; i++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, text[i] - '0', &value))
                        return SQ_ERANGE;
        if (!i)
                return SQ_EINVAL;
        unit = sq_suffix_unit(text + i, length - i);
        if (!unit)
                return SQ_EINVAL;
        if (__builtin_mul_overflow(value, unit, ret))
                return SQ_ERANGE;
        return SQ_OK;
}
