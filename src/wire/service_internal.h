/* service_internal.h - what the parts of the desk of a service share */
#pragma once

#include "wire/service.h"
#include "wire/url.h"

struct sq_service {
        struct sq_desk desk; /* first: a desk is its service */
        struct sq_client *client;
        int instead_code;
        struct sq_error instead;
};

static inline struct sq_service *sq_service_of(struct sq_desk *desk) {
        return (struct sq_service *)desk;
}

/* --- service_ask.c -------------------------------------------------------------------- */

/* For SQ_CLEANUP. */
void sq_answered_clear(struct sq_answered *answer);

/* As sq_client_ask(); SQ_ERANGE: the target is too long. */
int sq_service_ask(struct sq_desk *desk, const char *method, const struct sq_target *target,
                   const char *body, struct sq_answered *ret, struct sq_error *err);

/* The same with a body: `fields`, an object without its end, and `reason` (or NULL) behind
 * them.  SQ_EINVAL: the reason is not UTF-8. */
int sq_service_change(struct sq_desk *desk, const char *method, const struct sq_target *target,
                      const char *fields, const char *reason, struct sq_answered *ret,
                      struct sq_error *err);

/* The same where nothing is answered. */
int sq_service_do(struct sq_desk *desk, const char *method, const struct sq_target *target,
                  const char *fields, const char *reason, struct sq_error *err);

/* As it was given, for messages. */
const char *sq_service_url(struct sq_desk *desk);

/* An answer that was found to be right stays, as the document that is wanted. */
void sq_service_keep(struct sq_desk *desk, struct sq_answered *answer);

/* What the ledger keeps as seconds goes over the wire in minutes. */
int64_t sq_service_minutes(struct sq_amount amount);

/* --- service_budget.c: operations of the desk ------------------------------------------- */

int sq_service_budgets(struct sq_desk *desk, const struct sq_window_filter *filter,
                       sq_window_standing_fn each, void *payload, struct sq_error *err);
int sq_service_set_budget(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                          enum sq_resource resource, struct sq_amount limit,
                          const char *reason, struct sq_error *err);
int sq_service_set_budgets(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                           const struct sq_window_budget *budgets, size_t n,
                           const char *reason, struct sq_error *err);
int sq_service_remove_budget(struct sq_desk *desk, enum sq_subject_kind kind,
                             const char *name, const char *resource,
                             enum sq_window_kind window, const char *reason,
                             struct sq_error *err);
int sq_service_adjust(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                      const char *resource, enum sq_window_kind window,
                      struct sq_amount delta, const char *reason, struct sq_adjusted *ret,
                      struct sq_error *err);
