#include "policy/state.h"

#include <string.h>

static const char *const words[] = {
        [SQ_NORMAL] = "normal",
        [SQ_DOWNSCALED] = "downscaled",
        [SQ_PAUSED] = "paused",
};

bool sq_state_is_paused(const struct sq_state *state) {
        return state->paused_at.trillionths > 0 || state->hold == SQ_PAUSED;
}

bool sq_state_is_downscaled(const struct sq_state *state) {
        return state->downscaled_at.trillionths > 0 || state->hold == SQ_DOWNSCALED;
}

bool sq_state_refuses(const struct sq_state *state) {
        return sq_state_is_paused(state) || state->blocked_at.trillionths > 0;
}

enum sq_level sq_state_level(const struct sq_state *state) {
        return sq_state_is_paused(state)       ? SQ_PAUSED
               : sq_state_is_downscaled(state) ? SQ_DOWNSCALED
                                               : SQ_NORMAL;
}

bool sq_state_equal(const struct sq_state *a, const struct sq_state *b) {
        return a->paused_at.trillionths == b->paused_at.trillionths &&
               a->downscaled_at.trillionths == b->downscaled_at.trillionths &&
               a->blocked_at.trillionths == b->blocked_at.trillionths && a->hold == b->hold;
}

const char *sq_level_word(enum sq_level level) {
        return words[level];
}

bool sq_level_parse(const char *word, enum sq_level *ret) {
        for (int i = SQ_NORMAL; i <= SQ_PAUSED; i++)
                if (!strcmp(word, words[i])) {
                        *ret = (enum sq_level)i;
                        return true;
                }
        return false;
}

bool sq_notified_has(const struct sq_notified *notified, struct sq_decimal percent) {
        for (size_t i = 0; i < notified->n; i++)
                if (notified->percent[i].trillionths == percent.trillionths)
                        return true;
        return false;
}

void sq_notified_add(struct sq_notified *notified, struct sq_decimal percent) {
        size_t place = 0;

        if (notified->n < SQ_THRESHOLDS_MAX) {
                notified->percent[notified->n++] = percent;
                return;
        }
        for (size_t i = 1; i < notified->n; i++)
                if (notified->percent[i].trillionths < notified->percent[place].trillionths)
                        place = i;
        notified->percent[place] = percent;
}
