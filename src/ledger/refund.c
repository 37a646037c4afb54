#include "ledger/refund.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

static const char *const words[SQ_REFUND_STATES] = {
        "CANCELLED", "FAILED", "TIMEOUT", "NODE_FAIL", "PREEMPTED",
        "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY", "COMPLETED", "REQUEUED",
};

/* A piece of a text. */
struct piece {
        const char *at;
        size_t length;
};

static bool is_blank(char c) {
        return c == ' ' || c == '\t';
}

static struct piece trimmed(const char *from, const char *to) {
        while (from < to && is_blank(*from))
                from++;
        while (to > from && is_blank(to[-1]))
                to--;
        return (struct piece){from, (size_t)(to - from)};
}

/* Its place in `words`; -1 for other words. */
static int place_of(struct piece word) {
        for (int i = 0; i < SQ_REFUND_STATES; i++)
                if (strlen(words[i]) == word.length &&
                    !strncasecmp(words[i], word.at, word.length))
                        return i;
        return -1;
}

/* Digits with a `%` behind them: without it 1 could be meant as all. */
static bool read_percent(struct piece text, int *ret) {
        int value = 0;
        size_t i;

        for (i = 0; i < text.length && text.at[i] >= '0' && text.at[i] <= '9'; i++)
                if ((value = value * 10 + (text.at[i] - '0')) > 100)
                        return false;
        if (i == 0)
                return false;
        text = trimmed(text.at + i, text.at + text.length);
        if (text.length != 1 || *text.at != '%')
                return false;
        *ret = value;
        return true;
}

static int refuse(struct piece item, const char *why, struct sq_error *err) {
        sq_fail(err, SQ_EINVAL, "refund rule \"%.*s\" %s",
                item.length > 60 ? 60 : (int)item.length, item.at, why);
        sq_hint(err, "Write STATE:PERCENT%% items with commas between them, such as"
                     " node_fail:100%%, preempted:50%%.");
        return SQ_EINVAL;
}

static int read_rule(struct piece item, struct sq_refunds *rules,
                     bool seen[SQ_REFUND_STATES], struct sq_error *err) {
        const char *end = item.at + item.length;
        const char *colon = memchr(item.at, ':', item.length);
        int place, percent;

        if (!colon)
                return refuse(item, "is not STATE:PERCENT%", err);
        place = place_of(trimmed(item.at, colon));
        if (place < 0)
                return refuse(item, "names no state that a job ends with", err);
        if (!read_percent(trimmed(colon + 1, end), &percent))
                return refuse(item, "does not end with a whole percentage from 0% to 100%",
                              err);
        if (seen[place])
                return refuse(item, "is the second one for its state", err);
        seen[place] = true;
        rules->percent[place] = percent;
        return SQ_OK;
}

int sq_refunds_parse(const char *text, struct sq_refunds *ret, struct sq_error *err) {
        struct sq_refunds rules = {0};
        bool seen[SQ_REFUND_STATES] = {false};

        while (is_blank(*text))
                text++;
        while (*text) {
                const char *end = strchr(text, ',');
                const char *stop = end ? end : text + strlen(text);
                int rc = read_rule(trimmed(text, stop), &rules, seen, err);

                if (rc)
                        return rc;
                if (end && !end[1]) /* the item behind it is missing */
                        return refuse(trimmed(stop, stop), "is not STATE:PERCENT%", err);
                text = end ? end + 1 : stop;
        }
        *ret = rules;
        return SQ_OK;
}

int sq_refunds_percent(const struct sq_refunds *refunds, const char *state) {
        int place;

        if (!state)
                return 0;
        place = place_of((struct piece){state, strcspn(state, " \t")});
        return place < 0 ? 0 : refunds->percent[place];
}

/* Hundreds and the rest apart: amount * percent need not fit. */
struct sq_amount sq_refund_of(struct sq_amount amount, int percent) {
        const int64_t hundreds = amount.seconds / 100, rest = amount.seconds % 100;
        const int64_t half = amount.seconds < 0 ? -50 : 50;

        return SQ_AMOUNT(hundreds * percent + (rest * percent + half) / 100);
}
