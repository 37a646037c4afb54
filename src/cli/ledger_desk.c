#include "cli/ledger_desk.h"

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/local_estimate.h"
#include "cli/module.h"
#include "ledger/comparison.h"
#include "server/auth/secret.h"
#include "server/serve.h"

struct ledger_desk {
        struct sq_desk desk; /* first: a desk is its ledger_desk */
        const struct sq_config *config;
        struct sq_ledger *ledger; /* NULL: for changes, and there was none yet */
        char actor_name[SQ_ACTOR_SIZE];
};

static struct ledger_desk *desk_of(struct sq_desk *desk) {
        return (struct ledger_desk *)desk;
}

static struct sq_ledger *ledger_of(struct sq_desk *desk) {
        return desk_of(desk)->ledger;
}

/* --- questions ----------------------------------------------------------------------- */

static int standings(struct sq_desk *desk, const char *user, const char *account,
                     sq_standing_fn each, void *payload, struct sq_error *err) {
        struct sq_ledger *ledger = ledger_of(desk);
        int rc = SQ_OK;

        if (!account)
                rc = sq_balance_each(ledger, SQ_USER, user, each, payload, err);
        if (rc == SQ_OK && user)
                rc = sq_balance_each_account_of(ledger, user, each, payload, err);
        else if (rc == SQ_OK)
                rc = sq_balance_each(ledger, SQ_ACCOUNT, account, each, payload, err);
        return rc;
}

static int reservations(struct sq_desk *desk, const struct sq_job_filter *filter,
                        sq_job_standing_fn each, void *payload, int64_t *ret_compared_at,
                        struct sq_error *err) {
        int rc = sq_job_each(ledger_of(desk), filter, each, payload, err);

        return rc ? rc : sq_comparison_newest(ledger_of(desk), ret_compared_at, err);
}

static int prospects(struct sq_desk *desk, const char *user, const char *account,
                     sq_prospect_fn each, void *payload, struct sq_date *ret_today,
                     struct sq_error *err) {
        struct sq_ledger *ledger = ledger_of(desk);

        *ret_today = sq_prospect_today(ledger);
        return sq_prospect_each_of(ledger, user, account, *ret_today, each, payload, err);
}

static int budgets(struct sq_desk *desk, const struct sq_window_filter *filter,
                   sq_window_standing_fn each, void *payload, struct sq_error *err) {
        struct sq_ledger *ledger = ledger_of(desk);

        return filter->name ? sq_window_budget_each(ledger, filter, each, payload, err)
                            : sq_window_budget_each_limited(ledger, filter->window, each,
                                                            payload, err);
}

/* What takes long reads little at a time: it may take as long as it does. */
static void be_in_nobodys_way(struct sq_ledger *ledger) {
        sq_store_set_deadline(sq_ledger_store(ledger), INT64_MAX);
}

static int entries(struct sq_desk *desk, const struct sq_entry_filter *filter,
                   sq_entry_fn each, void *payload, bool *ret_older, struct sq_error *err) {
        be_in_nobodys_way(ledger_of(desk));
        return sq_entry_each(ledger_of(desk), filter, each, payload, ret_older, err);
}

static int finished(struct sq_desk *desk, const struct sq_finished_filter *filter,
                    sq_finished_fn each, void *payload, struct sq_error *err) {
        be_in_nobodys_way(ledger_of(desk));
        return sq_finished_each(ledger_of(desk), filter, each, payload, err);
}

static int defaults(struct sq_desk *desk, struct sq_amounts ret[2], struct sq_error *err) {
        int rc = sq_budget_defaults(ledger_of(desk), SQ_USER, &ret[SQ_USER], err);

        return rc ? rc : sq_budget_defaults(ledger_of(desk), SQ_ACCOUNT, &ret[SQ_ACCOUNT], err);
}

static int factors(struct sq_desk *desk, struct sq_factors *ret, struct sq_error *err) {
        return sq_factors_load(ledger_of(desk), ret, err);
}

static int estimate(struct sq_desk *desk, const char *user, const struct sq_estimate_part *part,
                    size_t n, struct sq_estimate **ret, struct sq_error *err) {
        return sq_local_estimate(desk_of(desk)->config, ledger_of(desk), user, part, n, ret,
                                 err);
}

/* --- changes -------------------------------------------------------------------------- */

/* Opens the ledger, and says whose change it will be. */
static int begin_change(struct sq_desk *desk, const char *reason, struct sq_actor *ret,
                        struct sq_error *err) {
        struct ledger_desk *d = desk_of(desk);

        *ret = (struct sq_actor){sq_administrator_name(d->actor_name), reason};
        return d->ledger ? SQ_OK : sq_administrator_open(d->config, &d->ledger, err);
}

static int set_budget(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                      enum sq_resource resource, struct sq_amount limit, const char *reason,
                      struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_budget_set(ledger_of(desk), kind, name, resource, limit, &actor,
                                       err);
}

static int set_budgets(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                       const struct sq_window_budget *wanted, size_t n, const char *reason,
                       struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_window_budget_set(ledger_of(desk), kind, name, wanted, n, &actor,
                                              err);
}

static int remove_budget(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                         const char *resource, enum sq_window_kind window,
                         const char *reason, struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_window_budget_remove(ledger_of(desk), kind, name, resource, window,
                                                 &actor, err);
}

static int set_defaults(struct sq_desk *desk, const struct sq_default *wanted, size_t n,
                        const char *reason, struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_budget_set_defaults(ledger_of(desk), wanted, n, &actor, err);
}

static int set_factor(struct sq_desk *desk, const char *type, int64_t millionths,
                      const char *reason, struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_factor_set(ledger_of(desk), type, millionths, &actor, err);
}

/* Who adjusts what nobody has used must not make a database by it. */
static int check_database(const struct sq_config *config, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;

        if (sq_reader_open(config, &ledger, err) != SQ_ENOTFOUND)
                return SQ_OK; /* other failures are for who opens it to change it */
        sq_context(err, "nothing was used yet");
        return SQ_ENOTFOUND;
}

static int adjust(struct sq_desk *desk, enum sq_subject_kind kind, const char *name,
                  const char *resource, enum sq_window_kind window, struct sq_amount delta,
                  const char *reason, struct sq_adjusted *ret, struct sq_error *err) {
        struct sq_actor actor;
        int rc;

        if ((rc = check_database(desk_of(desk)->config, err)) ||
            (rc = begin_change(desk, reason, &actor, err)))
                return rc;
        return sq_adjust_window(ledger_of(desk), kind, name, resource, window, delta, &actor,
                                ret, err);
}

/* --- tokens ---------------------------------------------------------------------------- */

static int tokens(struct sq_desk *desk, sq_token_fn each, void *payload, struct sq_error *err) {
        struct ledger_desk *d = desk_of(desk);
        int rc = d->ledger ? SQ_OK : sq_reader_open(d->config, &d->ledger, err);

        if (rc == SQ_ENOTFOUND) /* no database, and so none */
                return SQ_OK;
        return rc ? rc : sq_token_each(d->ledger, NULL, each, payload, err);
}

/* Nobody else comes here. */
static const char *own_name(const struct sq_config *config) {
        return getuid() == 0 ? "root" : config->slurm.user;
}

static int create_token(struct sq_desk *desk, struct sq_desk_token *token, const char *reason,
                        struct sq_error *err) {
        char hash[SQ_SECRET_HASH_SIZE];
        struct sq_actor actor;
        void *make;
        int rc;

        _Static_assert(sizeof token->text >= SQ_SECRET_SIZE, "the text has room");
        if (!token->token.owner)
                token->token.owner = own_name(desk_of(desk)->config);
        token->token.expires_at = token->life ? sq_now() + token->life : 0;
        token->token.hash = hash;
        if (!(rc = sq_module_load(SQ_SERVE_MODULE, SQ_SECRET_MAKE_SYMBOL, "the service", &make,
                                  err)) &&
            !(rc = ((sq_secret_make_fn)make)(token->text, hash, err)) &&
            !(rc = begin_change(desk, reason, &actor, err)))
                rc = sq_token_create(ledger_of(desk), &token->token, &actor, &token->token.id,
                                     err);
        token->token.hash = NULL;
        return rc;
}

static int revoke_token(struct sq_desk *desk, int64_t id, const char *reason,
                        struct sq_error *err) {
        struct sq_actor actor;
        int rc = begin_change(desk, reason, &actor, err);

        return rc ? rc : sq_token_revoke(ledger_of(desk), id, NULL, &actor, err);
}

/* --- the desk -------------------------------------------------------------------------- */

static void close_desk(struct sq_desk *desk) {
        sq_ledger_close(ledger_of(desk));
        free(desk_of(desk));
}

static const struct sq_desk_operations operations = {
        .close = close_desk,
        .standings = standings,
        .reservations = reservations,
        .prospects = prospects,
        .budgets = budgets,
        .entries = entries,
        .finished = finished,
        .defaults = defaults,
        .factors = factors,
        .estimate = estimate,
        .set_budget = set_budget,
        .set_budgets = set_budgets,
        .remove_budget = remove_budget,
        .set_defaults = set_defaults,
        .set_factor = set_factor,
        .adjust = adjust,
        .tokens = tokens,
        .create_token = create_token,
        .revoke_token = revoke_token,
};

int sq_ledger_desk_open(const struct sq_config *config, struct sq_ledger *ledger,
                        struct sq_desk **ret, struct sq_error *err) {
        struct ledger_desk *d = calloc(1, sizeof *d);

        if (!d) {
                sq_ledger_close(ledger);
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        d->desk.can = &operations;
        d->config = config;
        d->ledger = ledger;
        *ret = &d->desk;
        return SQ_OK;
}
