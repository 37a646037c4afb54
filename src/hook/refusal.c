#include "hook/refusal.h"

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

void sq_refusal_text(const struct sq_verdict *verdict, const char *user, const char *account,
                     const struct sq_price *price, char text[SQ_ANSWER_MAX + 1]) {
        const struct sq_balance *balance = &verdict->balance;
        const bool is_user = verdict->kind == SQ_USER;
        char window[WINDOW_SIZE], asked[32], available[32], limit[32], consumed[32];
        char reserved[32], hint[96];
        size_t room;

        advice(verdict, price, hint, sizeof hint);
        room = SQ_ANSWER_MAX + 1 - strlen(hint);
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
