/* listing.h - the lists of a service's answers, as the ledger's structs
 *
 * The JSON is what `slurm-quota stats --json`, `history --json` and so on print.  All of it
 * is checked before the first call of `each` (NULL: no calls); texts are lent during the
 * call.  They stop with its value when that is not 0; SQ_ECORRUPT, and no call, when the
 * answer is something else.
 */
#pragma once

#include "ledger/balance.h"
#include "ledger/finished.h"
#include "ledger/history.h"
#include "ledger/job.h"
#include "ledger/prospect.h"
#include "ledger/token.h"
#include "ledger/window_budget.h"
#include "wire/client.h"

/* {"users":[...],"accounts":[...]}: users first. */
int sq_listing_standings(const char *url, const struct sq_answered *answer,
                         sq_standing_fn each, void *payload, struct sq_error *err);

/* {"jobs":[...],"compared_at":...} */
int sq_listing_reservations(const char *url, const struct sq_answered *answer,
                            sq_job_standing_fn each, void *payload, int64_t *ret_compared_at,
                            struct sq_error *err);

/* {"today":"...","forecast":[...]}; *ret_today is set before the first call. */
int sq_listing_prospects(const char *url, const struct sq_answered *answer,
                         sq_prospect_fn each, void *payload, struct sq_date *ret_today,
                         struct sq_error *err);

/* [...] */
int sq_listing_budgets(const char *url, const struct sq_answered *answer,
                       sq_window_standing_fn each, void *payload, struct sq_error *err);

/* Of a list whose end alone is wanted. */
struct sq_listing_part {
        int64_t wanted; /* so many, the last; 0: all */
        int64_t asked;  /* how many the service was asked for: not fewer, unless it never
                           tells more */
};

/* [...]; *ret_older: there are more than were wanted.  SQ_ERANGE: there may be more than the
 * service tells, and they were wanted. */
int sq_listing_entries(const char *url, const struct sq_answered *answer,
                       const struct sq_listing_part *part, sq_entry_fn each, void *payload,
                       bool *ret_older, struct sq_error *err);
int sq_listing_finished(const char *url, const struct sq_answered *answer,
                        const struct sq_listing_part *part, sq_finished_fn each, void *payload,
                        struct sq_error *err);

/* {"tokens":[...]} */
int sq_listing_tokens(const char *url, const struct sq_answered *answer, sq_token_fn each,
                      void *payload, struct sq_error *err);
