/* window_standing.c - where budgets stand, for who lists them */
#include <stdio.h>

#include "ledger/window_budget.h"

/* --- what is worth a line ------------------------------------------------------------ */

struct limited {
        sq_window_standing_fn each;
        void *payload;
};

static int tell_limited(const struct sq_window_standing *standing, void *payload) {
        const struct limited *limited = payload;

        if (standing->balance.budget < 0 && standing->balance.window == SQ_WINDOW_TOTAL)
                return SQ_OK;
        return limited->each(standing, limited->payload);
}

int sq_window_budget_each_limited(struct sq_ledger *ledger, enum sq_window_kind window,
                                  sq_window_standing_fn each, void *payload,
                                  struct sq_error *err) {
        struct limited limited = {each, payload};
        struct sq_window_filter filter = {.kind = SQ_USER, .window = window};
        int rc = sq_window_budget_each(ledger, &filter, tell_limited, &limited, err);

        filter.kind = SQ_ACCOUNT;
        return rc ? rc : sq_window_budget_each(ledger, &filter, tell_limited, &limited, err);
}

/* --- as JSON -------------------------------------------------------------------------- */

/* The places in the text of the fields. */
enum { LAST_DAY = 0, CARRYOVER = 16 };

/* NULL for all of time. */
static const char *last_day_text(const struct sq_window_balance *balance, char text[16]) {
        const int64_t day = balance->span.last_day;

        if (balance->window == SQ_WINDOW_TOTAL)
                return NULL;
        snprintf(text, 16, "%04d-%02d-%02d", (int)(day / 10000 % 10000),
                 (int)(day / 100 % 100), (int)(day % 100));
        return text;
}

void sq_window_standing_fields(const struct sq_window_standing *standing,
                               struct sq_fields *ret) {
        const struct sq_window_balance *b = &standing->balance;

        ret->n = 0;
        sq_fields_add_text(ret, "kind", sq_subject_kind_name(standing->kind));
        sq_fields_add_text(ret, "name", standing->name);
        sq_fields_add_text(ret, "resource", standing->resource);
        sq_fields_add_text(ret, "window", sq_window_kind_word(b->window));
        sq_fields_add_text(ret, "last_day", last_day_text(b, ret->text + LAST_DAY));
        sq_fields_add_number(ret, "budget_seconds", b->budget);
        sq_fields_add_number(ret, "carried_seconds", b->carried);
        sq_fields_add_number(ret, "consumed_seconds", b->consumed);
        sq_fields_add_number(ret, "reserved_seconds", b->reserved);
        sq_fields_add_truth(ret, "reserved_is_at_most",
                            (b->uncounted & SQ_UNCOUNTED_RESERVED) != 0);
        sq_fields_add_seconds(ret, "available_seconds", sq_window_balance_available(b));
        sq_fields_add_text(ret, "carryover",
                           sq_carryover_text(&b->carryover, ret->text + CARRYOVER,
                                             sizeof ret->text - CARRYOVER));
        sq_fields_add_number_if(ret, "allocation_weight", b->policy.policy_id != 0,
                                b->policy.weight);
        sq_fields_add_number_if(ret, "allocation_seconds", b->policy.policy_id != 0,
                                b->policy.full);
        sq_fields_add_number_if(ret, "allocation_limit_seconds", b->policy.policy_id != 0,
                                b->policy.limit);
}
