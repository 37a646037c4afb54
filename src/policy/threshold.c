#include "policy/threshold.h"

#include <string.h>

static const char *const words[] = {
        [SQ_PAUSE] = "pause",
        [SQ_DOWNSCALE] = "downscale",
        [SQ_BLOCK] = "block",
        [SQ_NOTIFY] = "notify",
};

const struct sq_thresholds sq_thresholds_default = {
        .n = 3,
        .item = {
                {.reaction = SQ_NOTIFY, .percent = {80 * SQ_DECIMAL_ONE}},
                {.reaction = SQ_DOWNSCALE, .percent = {100 * SQ_DECIMAL_ONE}},
                {.reaction = SQ_PAUSE, .at_grace = true},
        },
};

const char *sq_reaction_word(enum sq_reaction reaction) {
        return words[reaction];
}

bool sq_reaction_parse(const char *word, enum sq_reaction *ret) {
        for (int i = 0; i < SQ_REACTIONS; i++)
                if (!strcmp(word, words[i])) {
                        *ret = (enum sq_reaction)i;
                        return true;
                }
        return false;
}

struct sq_decimal sq_grace_limit(struct sq_decimal grace) {
        return (struct sq_decimal){100 * (SQ_DECIMAL_ONE + grace.trillionths)};
}

struct sq_decimal sq_threshold_percent(const struct sq_threshold *threshold,
                                       struct sq_decimal grace) {
        return threshold->at_grace ? sq_grace_limit(grace) : threshold->percent;
}

bool sq_threshold_reached(const struct sq_threshold *threshold, struct sq_decimal grace,
                          struct sq_decimal hysteresis, bool held,
                          const struct sq_percentage *percentage) {

        struct sq_decimal percent = sq_threshold_percent(threshold, grace);

        if (held)
                percent.trillionths -= hysteresis.trillionths;
        return sq_percentage_reaches(percentage, percent);
}

static int check_one(const struct sq_thresholds *list, size_t i, struct sq_decimal grace,
                     bool ladder, struct sq_error *err) {

        const struct sq_threshold *t = &list->item[i];
        const int64_t percent = sq_threshold_percent(t, grace).trillionths;
        const bool may_repeat = t->reaction == SQ_NOTIFY ||
                                (t->reaction == SQ_DOWNSCALE && ladder);

        if (percent <= 0)
                return sq_fail(err, SQ_EINVAL, "a threshold must be above 0 percent");
        if (*t->qos && (t->reaction != SQ_DOWNSCALE || !ladder)) {
                sq_fail(err, SQ_EINVAL, "a QoS of its own is for steps of a ladder");
                sq_hint(err, "Set qos_strategy to \"progressive\", and the QoS of downscale"
                             " thresholds only.");
                return SQ_EINVAL;
        }
        for (size_t k = 0; k < i; k++) {
                if (list->item[k].reaction != t->reaction)
                        continue;
                if (sq_threshold_percent(&list->item[k], grace).trillionths == percent)
                        return sq_fail(err, SQ_EINVAL, "the same threshold is there twice");
                if (may_repeat)
                        continue;
                sq_fail(err, SQ_EINVAL, "there is more than one threshold for %s",
                        words[t->reaction]);
                if (t->reaction == SQ_DOWNSCALE)
                        sq_hint(err, "Several steps are for qos_strategy \"progressive\".");
                return SQ_EINVAL;
        }
        return SQ_OK;
}

int sq_thresholds_check(const struct sq_thresholds *list, struct sq_decimal grace, bool ladder,
                        struct sq_error *err) {

        int rc = SQ_OK;

        for (size_t i = 0; i < list->n && rc == SQ_OK; i++)
                rc = check_one(list, i, grace, ladder, err);
        return rc;
}
