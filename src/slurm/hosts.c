#include "slurm/hosts.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

/* A piece of the text. */
struct span {
        const char *at, *end;
};

/* Takes what stands before the next comma outside of brackets. */
static struct span take_item(const char **at) {
        struct span item = {*at, *at};
        int depth = 0;

        for (; *item.end && (depth || *item.end != ','); item.end++)
                depth += (*item.end == '[') - (*item.end == ']' && depth);
        *at = *item.end ? item.end + 1 : item.end;
        return item;
}

static bool read_number(struct span *text, int64_t *ret) {
        const char *const start = text->at;
        int64_t value = 0;

        for (; text->at < text->end && *text->at >= '0' && *text->at <= '9'; text->at++)
                if (__builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *text->at - '0', &value))
                        return false;
        *ret = value;
        return text->at > start;
}

/* "1-3,7" between brackets; what is no number ("[a,b]") is one host. */
static bool count_ranges(struct span ranges, int64_t *ret) {
        int64_t first, last, sum = 0;

        for (; ranges.at < ranges.end; ranges.at++) {
                if (!read_number(&ranges, &first))
                        return false;
                last = first;
                if (ranges.at < ranges.end && *ranges.at == '-') {
                        ranges.at++;
                        if (!read_number(&ranges, &last) || last < first)
                                return false;
                }
                if (__builtin_add_overflow(sum, last - first, &sum) ||
                    __builtin_add_overflow(sum, 1, &sum) ||
                    (ranges.at < ranges.end && *ranges.at != ','))
                        return false;
        }
        *ret = sum;
        return sum > 0;
}

static bool count_item(struct span item, int64_t *ret) {
        int64_t product = 1, count;
        const char *open, *close;

        while ((open = memchr(item.at, '[', (size_t)(item.end - item.at)))) {
                close = memchr(open, ']', (size_t)(item.end - open));
                if (!close || !count_ranges((struct span){open + 1, close}, &count) ||
                    __builtin_mul_overflow(product, count, &product))
                        return false;
                item.at = close + 1;
        }
        *ret = product;
        return true;
}

static bool came_before(const char *text, struct span item) {
        const size_t length = (size_t)(item.end - item.at);

        while (text < item.at) {
                const struct span other = take_item(&text);

                if (other.at < item.at && (size_t)(other.end - other.at) == length &&
                    !memcmp(other.at, item.at, length))
                        return true;
        }
        return false;
}

int sq_hosts_count(const char *text, int64_t *ret, struct sq_error *err) {
        const char *at = text;
        int64_t sum = 0, count;

        if (strnlen(text, SQ_HOSTS_TEXT_MAX + 1) > SQ_HOSTS_TEXT_MAX)
                return sq_fail(err, SQ_EINVAL, "list of nodes is longer than %d characters",
                               SQ_HOSTS_TEXT_MAX);
        while (*at) {
                const struct span item = take_item(&at);

                if (item.at == item.end || came_before(text, item))
                        continue;
                if (!count_item(item, &count))
                        return sq_fail(err, SQ_EINVAL, "cannot read nodes \"%.*s\"",
                                       item.end - item.at > 60 ? 60
                                                               : (int)(item.end - item.at),
                                       item.at);
                if (__builtin_add_overflow(sum, count, &sum) || sum > INT32_MAX)
                        return sq_fail(err, SQ_ERANGE, "list of nodes has too many");
        }
        *ret = sum;
        return SQ_OK;
}
