#include "estimate/estimate.h"

#include <stdio.h>
#include <string.h>

#include "hook/refusal.h"

_Static_assert(SQ_REFUSAL_SIZE == SQ_ANSWER_MAX + 1, "a refusal is what the hook answers");

/* --- prices -------------------------------------------------------------------------- */

static int price_parts(const struct sq_estimate_question *question, struct sq_estimate *e,
                       struct sq_error *err) {
        int rc = SQ_OK;

        for (size_t i = 0; i < e->n && !rc; i++) {
                const struct sq_estimate_part *from = &question->part[i];
                struct sq_estimated_part *part = &e->part[i];

                if (!sq_name_lower(from->account, part->account, sizeof part->account))
                        return sq_fail(err, SQ_EINVAL, "the account's name is too long");
                if (from->request.partition &&
                    !(part->partition = strdup(from->request.partition)))
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                rc = sq_request_price(&from->request, question->partition,
                                      question->partitions, question->site, &part->price, err);
        }
        return rc;
}

/* True when `name` is one of a list between commas. */
static bool is_listed(const char *list, const char *name) {
        const size_t length = strlen(name);

        for (const char *p = list; *p; p += strcspn(p, ","), p += *p == ',')
                if (!strncmp(p, name, length) && (p[length] == ',' || !p[length]))
                        return true;
        return false;
}

/* The longest MaxTime of the partitions of a part; SQ_INFINITE: one has none. */
static int64_t most_minutes_of(const struct sq_estimate_question *question,
                               const char *partitions) {
        int64_t most = 0;

        for (size_t i = 0; i < question->partitions; i++) {
                const struct sq_partition *p = &question->partition[i];
                const bool is_named = partitions && *partitions
                                              ? is_listed(partitions, p->name)
                                              : p->is_default;

                if (is_named && !sq_number_counts(p->max_time))
                        return SQ_INFINITE;
                if (is_named && p->max_time > most)
                        most = p->max_time;
        }
        return most ? most : SQ_INFINITE;
}

static void set_bounds(const struct sq_estimate_question *question, struct sq_estimate *e) {
        e->most_minutes = SQ_OPEN_ENDED_SECONDS / 60;
        for (size_t i = 0; i < e->n; i++) {
                const int64_t most = most_minutes_of(question, e->part[i].partition);

                if (most == SQ_INFINITE || (e->limited && most >= e->most_minutes))
                        continue;
                e->most_minutes = most;
                e->limited = true;
        }
}

/* --- the decision -------------------------------------------------------------------- */

static int ask(struct sq_ledger *ledger, struct sq_estimate *e, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_claim *claims = calloc(e->n, sizeof *claims);
        SQ_CLEANUP(sq_freep) struct sq_outlook *outlooks = calloc(e->n, sizeof *outlooks);
        int rc;

        if (!claims || !outlooks)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < e->n; i++)
                claims[i] = (struct sq_claim){
                        .user = e->user,
                        .account = e->part[i].account,
                        .tres = e->part[i].price.tres,
                        .seconds = e->part[i].price.seconds,
                        .tasks = e->part[i].price.tasks,
                };
        rc = sq_outlook_read(ledger, claims, e->n, e->most_minutes, outlooks,
                             &e->longest_minutes, err);
        for (size_t i = 0; i < e->n && !rc; i++) {
                e->part[i].outlook = outlooks[i];
                if (!e->refused && !outlooks[i].verdict.accepted) {
                        e->refused = true;
                        e->refused_part = i;
                }
        }
        return rc;
}

/* Each budget that does not have enough for the part that is refused. */
static void find_shortages(struct sq_estimate *e) {
        const struct sq_estimated_part *part = &e->part[e->refused_part];

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                for (int kind = SQ_USER; kind <= SQ_ACCOUNT; kind++) {
                        const struct sq_balance *balance = kind == SQ_USER
                                                                   ? &part->outlook.user[r]
                                                                   : &part->outlook.account[r];
                        const struct sq_amount asked = part->outlook.total.of[r];
                        const struct sq_amount left = sq_balance_available(balance);

                        if (!asked.seconds || sq_amount_is_unlimited(left) ||
                            asked.seconds <= left.seconds)
                                continue;
                        e->shortage[e->shortages++] = (struct sq_shortage){
                                .kind = (enum sq_subject_kind)kind,
                                .resource = (enum sq_resource)r,
                                .asked = asked,
                                .balance = *balance,
                                .lacking = SQ_AMOUNT(asked.seconds - left.seconds),
                        };
                }
}

static int explain(struct sq_ledger *ledger, int64_t now, struct sq_estimate *e,
                   struct sq_error *err) {
        const struct sq_estimated_part *part = &e->part[e->refused_part];
        int rc = SQ_OK;

        if (part->outlook.verdict.halted)
                sq_refusal_explain_halt(ledger, part->account, e->refusal);
        else
                sq_refusal_text(&part->outlook.verdict, e->user, part->account, &part->price,
                                e->refusal);
        find_shortages(e);
        for (size_t i = 0; i < e->shortages && !rc; i++) {
                struct sq_shortage *s = &e->shortage[i];

                rc = sq_relief_read(ledger, s->kind, sq_shortage_name(e, s), s->resource,
                                    s->lacking, now, &s->relief, err);
        }
        return rc;
}

int sq_estimate_make(struct sq_ledger *ledger, const struct sq_estimate_question *question,
                     struct sq_estimate **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *e = calloc(1, sizeof *e);
        int rc;

        if (!e || !(e->part = calloc(question->n, sizeof *e->part)))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        e->n = question->n;
        snprintf(e->user, sizeof e->user, "%s", question->user);
        rc = price_parts(question, e, err);
        if (rc)
                return rc;
        set_bounds(question, e);
        rc = ask(ledger, e, err);
        if (!rc && e->refused)
                rc = explain(ledger, question->now, e, err);
        if (!rc)
                *ret = SQ_TAKE(e);
        return rc;
}
