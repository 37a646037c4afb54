#include "hook/refusal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ledger/halt.h"
#include "slurm/duration.h"

/* The rest of the line and five amounts of 13 characters (a million CPU years)
 * leave this much. */
#define NAME_SHOWN 48

#define WINDOW_SIZE 64

static void advice(const struct sq_verdict *verdict, const struct sq_price *price, char *text,
                   size_t size) {
        char limit[SQ_DURATION_SIZE];

        if (verdict->longest < 60)
                snprintf(text, size, "no time limit would fit");
        else
                snprintf(text, size, "%s up to %s would fit",
                         price->open_ended ? "no time limit was given: --time"
                                           : "a time limit",
                         sq_duration_text(verdict->longest, limit, sizeof limit));
}

/* People write CPU and GPU so; TRES have the names that Slurm shows. */
static const char *resource_word(const struct sq_verdict *verdict) {
        if (!strcmp(verdict->tres, sq_resource_name(SQ_CPU)))
                return "CPU";
        return !strcmp(verdict->tres, sq_resource_name(SQ_GPU)) ? "GPU" : verdict->tres;
}

/* " this month (until 2026-12-31)"; of all of time there is nothing to say. */
static const char *window_text(const struct sq_verdict *verdict, char text[WINDOW_SIZE]) {
        text[0] = '\0';
        if (verdict->window != SQ_WINDOW_TOTAL)
                snprintf(text, WINDOW_SIZE, " this %s (until %04d-%02d-%02d)",
                         sq_window_kind_word(verdict->window), (int)(verdict->last_day / 10000),
                         (int)(verdict->last_day / 100 % 100), (int)(verdict->last_day % 100));
        return text;
}

/* "96.3": of the allocation, and rounded so that nobody sees what is not there: what is used
 * and asked up, what may be used down. */
static const char *percent_text(int64_t seconds, const struct sq_verdict *verdict, bool up,
                                char text[32]) {
        const __int128 full = verdict->full > 0 ? verdict->full : 1;
        const __int128 tenths = ((__int128)1000 * (seconds > 0 ? seconds : 0) +
                                 (up ? full - 1 : 0)) / full;

        snprintf(text, 32, "%" PRId64 ".%d",
                 (int64_t)(tenths / 10 > INT64_MAX ? INT64_MAX : tenths / 10),
                 (int)(tenths % 10));
        return text;
}

static void refuse_by_policy(const struct sq_verdict *verdict, const char *account,
                             const char *hint, char *text, size_t size) {
        const struct sq_balance *balance = &verdict->balance;
        char window[WINDOW_SIZE], asked[32], limit[32], consumed[32], reserved[32];

        if (!verdict->full) {
                snprintf(text, size,
                         "slurm-quota: account %.*s has no allocation%s (policy %.*s)",
                         NAME_SHOWN, account, window_text(verdict, window), NAME_SHOWN,
                         verdict->policy);
                return;
        }
        snprintf(text, size,
                 "slurm-quota: policy %.*s lets account %.*s use %s %% of its allocation%s:"
                 " consumed %s %%, reserved %s %%, asked %s %%; ",
                 NAME_SHOWN, verdict->policy, NAME_SHOWN, account,
                 percent_text(balance->budget.seconds, verdict, false, limit),
                 window_text(verdict, window),
                 percent_text(balance->consumed.seconds, verdict, true, consumed),
                 percent_text(balance->reserved.seconds, verdict, true, reserved),
                 percent_text(verdict->asked.seconds, verdict, true, asked));
        snprintf(text + strlen(text), size + strlen(hint) - strlen(text), "%s", hint);
}

void sq_refusal_text(const struct sq_verdict *verdict, const char *user, const char *account,
                     const struct sq_price *price, char text[SQ_ANSWER_MAX + 1]) {
        const struct sq_balance *balance = &verdict->balance;
        const bool is_user = verdict->kind == SQ_USER;
        char window[WINDOW_SIZE], asked[32], available[32], limit[32], consumed[32];
        char reserved[32], hint[96];
        size_t room;

        advice(verdict, price, hint, sizeof hint);
        room = SQ_ANSWER_MAX + 1 - strlen(hint);
        if (verdict->of_policy) {
                refuse_by_policy(verdict, account, hint, text, room);
                return;
        }
        snprintf(text, room,
                 "slurm-quota: not enough %s time left for %s %.*s%s: asked %s, available %s"
                 " (limit %s, consumed %s, reserved %s); ",
                 resource_word(verdict), sq_subject_kind_name(verdict->kind), NAME_SHOWN,
                 is_user ? user : account, window_text(verdict, window),
                 sq_amount_text(verdict->asked, asked, sizeof asked),
                 sq_amount_text_down(sq_balance_available(balance), available,
                                     sizeof available),
                 sq_amount_text_down(balance->budget, limit, sizeof limit),
                 sq_amount_text(balance->consumed, consumed, sizeof consumed),
                 sq_amount_text(balance->reserved, reserved, sizeof reserved));
        /* What to do is said even when names and amounts of absurd length are cut. */
        snprintf(text + strlen(text), SQ_ANSWER_MAX + 1 - strlen(text), "%s", hint);
}

void sq_refusal_explain_halt(struct sq_ledger *ledger, const char *account,
                             char text[SQ_ANSWER_MAX + 1]) {
        struct sq_halt halt;
        char why[SQ_HALT_TEXT_SIZE];

        if (sq_halt_read(ledger, account, &halt, NULL) != SQ_OK)
                halt.by = SQ_HALTED_BY_NOBODY;
        snprintf(text, SQ_ANSWER_MAX + 1, "slurm-quota: account %.*s is paused%s%s", NAME_SHOWN,
                 account, halt.by == SQ_HALTED_BY_NOBODY ? "" : " ",
                 sq_halt_text(&halt, why));
}
