/* record.h - GET /history, /jobs, /reservations and /forecast: lines of the ledger, as
 * the command's --json has them
 */
#pragma once

#include "server/answer.h"

/* Their parameters, by their places in the routes.  Without a name: the caller's own. */
enum sq_record_parameter {
        SQ_RECORD_USER,
        SQ_RECORD_ACCOUNT,
        SQ_RECORD_SINCE, /* UTC seconds */
        SQ_RECORD_LIMIT,
        SQ_RECORD_KIND /* /history alone */
};

/* sq_handler_fn: entries of one subject, the newest last; 100 at most, or `limit`. */
void sq_record_history(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret);

/* What has ended, the last to end last; since seven days, or `since`. */
void sq_record_jobs(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret);

/* What unfinished jobs hold and have used. */
void sq_record_reservations(struct sq_sources *sources, const struct sq_request *request,
                            struct sq_answer *ret);

/* Whether budgets will last. */
void sq_record_forecast(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret);
