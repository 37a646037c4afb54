/* desk.h - where people ask and change things: the ledger on this host, or a service
 *
 * The same questions and changes for both: cli/ledger_desk.h opens the store of this host,
 * service.h asks over HTTP.  Who asks need not know which it is.  Here are shapes only:
 * nothing of what is behind a desk.
 *
 * Whose name a change is in is the desk's business: the one who runs the command, as this
 * host or the service knows him.  `reason` may be NULL everywhere.
 */
#pragma once

#include <stdbool.h>

#include "base/cleanup.h"
#include "estimate/estimate.h"
#include "ledger/adjustment.h"
#include "ledger/balance.h"
#include "ledger/factor.h"
#include "ledger/finished.h"
#include "ledger/history.h"
#include "ledger/job.h"
#include "ledger/prospect.h"
#include "ledger/token.h"
#include "ledger/window_budget.h"

struct sq_desk;

/* What a token is to be, and what became of it. */
struct sq_desk_token {
        struct sq_token token; /* name, role, and owner or NULL: whose change it is; then id,
                                  expires_at, and owner or NULL: not told */
        int64_t life;          /* seconds; 0: for ever */
        char text[64];         /* the token itself, shown once: wipe it */
};

/* All fail as the functions of the ledger that they stand for, and as sq_client_ask(). */
struct sq_desk_operations {
        void (*close)(struct sq_desk *desk);

        /* Where `user` (or, NULL, each user) stands, and the user's accounts (or each); or
         * the one `account`, and no user. */
        int (*standings)(struct sq_desk *desk, const char *user, const char *account,
                         sq_standing_fn each, void *payload, struct sq_error *err);
        /* *ret_compared_at as sq_comparison_newest() has it. */
        int (*reservations)(struct sq_desk *desk, const struct sq_job_filter *filter,
                            sq_job_standing_fn each, void *payload, int64_t *ret_compared_at,
                            struct sq_error *err);
        /* Of whom as in standings; *ret_today is the day from which days are counted, and set
         * before the first call. */
        int (*prospects)(struct sq_desk *desk, const char *user, const char *account,
                         sq_prospect_fn each, void *payload, struct sq_date *ret_today,
                         struct sq_error *err);
        int (*entries)(struct sq_desk *desk, const struct sq_entry_filter *filter,
                       sq_entry_fn each, void *payload, bool *ret_older,
                       struct sq_error *err);
        int (*finished)(struct sq_desk *desk, const struct sq_finished_filter *filter,
                        sq_finished_fn each, void *payload, struct sq_error *err);
        /* As sq_window_budget_each(); without a name (whatever its kind) as
         * sq_window_budget_each_limited(). */
        int (*budgets)(struct sq_desk *desk, const struct sq_window_filter *filter,
                       sq_window_standing_fn each, void *payload, struct sq_error *err);
        /* By enum sq_subject_kind. */
        int (*defaults)(struct sq_desk *desk, struct sq_amounts ret[2], struct sq_error *err);
        int (*factors)(struct sq_desk *desk, struct sq_factors *ret, struct sq_error *err);
        /* What would become of a job of `user` (NULL: the caller), whose parts name an account
         * or NULL for the default one.  *ret is the caller's.  As sq_estimate_make(), and
         * SQ_EACCESS: somebody else, or an account that is not the caller's business. */
        int (*estimate)(struct sq_desk *desk, const char *user,
                        const struct sq_estimate_part *part, size_t n,
                        struct sq_estimate **ret, struct sq_error *err);

        int (*set_budget)(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                          enum sq_resource resource, struct sq_amount limit,
                          const char *reason, struct sq_error *err);
        /* All or nothing; amounts are whole minutes. */
        int (*set_budgets)(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                           const struct sq_window_budget *budgets, size_t n,
                           const char *reason, struct sq_error *err);
        int (*remove_budget)(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                             const char *resource, enum sq_window_kind window,
                             const char *reason, struct sq_error *err);
        int (*set_defaults)(struct sq_desk *desk, const struct sq_default *defaults, size_t n,
                            const char *reason, struct sq_error *err);
        int (*set_factor)(struct sq_desk *desk, const char *type, int64_t millionths,
                          const char *reason, struct sq_error *err);
        /* As sq_adjust_window(); whole minutes. */
        int (*adjust)(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                      const char *resource, enum sq_window_kind window,
                      struct sq_amount delta, const char *reason, struct sq_adjusted *ret,
                      struct sq_error *err);

        /* Those that the caller may see and are not revoked.  A service makes tokens of
         * who asks alone and keeps no reason: SQ_EINVAL when another owner or a reason is
         * given. */
        int (*tokens)(struct sq_desk *desk, sq_token_fn each, void *payload,
                      struct sq_error *err);
        int (*create_token)(struct sq_desk *desk, struct sq_desk_token *token,
                            const char *reason, struct sq_error *err);
        int (*revoke_token)(struct sq_desk *desk, int64_t id, const char *reason,
                            struct sq_error *err);
};

struct sq_desk {
        const struct sq_desk_operations *can;
        /* Set by who wants lists as JSON.  A service has them so: then `document` is its
         * answer, checked, the desk's, and there is no call of `each`. */
        bool as_document;
        char *document;
};

static inline void sq_desk_close(struct sq_desk *desk) {
        if (desk)
                desk->can->close(desk);
}
SQ_DEFINE_CLEANUP(struct sq_desk *, sq_desk_close)
