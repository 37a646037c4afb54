#include "server/stats.h"

#include "ledger/balance.h"
#include "server/viewer.h"

struct list {
        struct sq_json *json;
        const struct sq_caller *viewer; /* NULL: whoever may see all */
        bool begun;
};

static int add_standing(const struct sq_standing *standing, void *payload) {
        struct list *list = payload;
        struct sq_fields fields;

        if (!sq_viewer_sees(list->viewer, standing->kind, standing->name))
                return SQ_OK;
        sq_standing_fields(standing, &fields);
        if (list->begun)
                sq_json_add(list->json, ",");
        list->begun = true;
        sq_json_add_object(list->json, &fields);
        return SQ_OK;
}

struct accounts {
        struct sq_ledger *ledger;
        struct list *list;
};

static int add_account(const char *name, void *payload, struct sq_error *err) {
        const struct accounts *a = payload;

        return sq_balance_each(a->ledger, SQ_ACCOUNT, name, add_standing, a->list, err);
}

/* Slurm's word first; who is not in it (a new user, or nobody has asked Slurm yet) has
 * the accounts that the ledger has seen him in. */
static int add_accounts_of(struct sq_ledger *ledger, struct sq_membership *membership,
                           const char *user, struct list *list, struct sq_error *err) {
        struct accounts accounts = {ledger, list};
        bool known = false;
        int rc = sq_membership_each(membership, user, add_account, &accounts, &known, err);

        if (rc || known)
                return rc;
        return sq_balance_each_account_of(ledger, user, add_standing, list, err);
}

static int write_all(struct sq_ledger *ledger, struct sq_membership *membership,
                     const struct sq_caller *viewer, const char *user, const char *account,
                     struct sq_json *json, struct sq_error *err) {
        struct list users = {.json = json, .viewer = viewer};
        struct list accounts = {.json = json, .viewer = viewer};
        int rc = SQ_OK;

        sq_json_add(json, "{\"users\":[");
        if (!*account)
                rc = sq_balance_each(ledger, SQ_USER, *user ? user : NULL, add_standing, &users,
                                     err);
        sq_json_add(json, "],\"accounts\":[");
        if (!rc && *user)
                rc = add_accounts_of(ledger, membership, user, &accounts, err);
        else if (!rc)
                rc = sq_balance_each(ledger, SQ_ACCOUNT, *account ? account : NULL,
                                     add_standing, &accounts, err);
        sq_json_add(json, "]}");
        return rc;
}

int sq_stats_write(struct sq_ledger *ledger, struct sq_membership *membership,
                   const struct sq_caller *viewer, const char *user, const char *account,
                   struct sq_body **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_json_clear) struct sq_json json = {.body = NULL};
        int rc = write_all(ledger, membership, viewer, user, account, &json, err);

        if (rc)
                return rc;
        *ret = sq_json_take(&json);
        return *ret ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

static int read_some(struct sq_sources *sources, const struct sq_caller *viewer,
                     const char *user, const char *account, struct sq_body **ret,
                     struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_stats_write(ledger, sources->membership, viewer, user, account, ret, err);
        sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        return rc;
}

void sq_stats_answer(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret) {
        const char *user = request->parameter[SQ_STATS_USER];
        const struct sq_caller *viewer = sq_viewer_of(sources, request);
        char account[SQ_NAME_SIZE];
        struct sq_error err = {.text = ""};
        struct sq_body *body = NULL;
        int rc = SQ_OK;

        sq_name_lower(request->parameter[SQ_STATS_ACCOUNT], account, sizeof account);
        if (*user && *account) {
                sq_answer_error(400, "bad_request", "username and account are mutually"
                                " exclusive", ret);
                return;
        }
        if (*user || *account)
                rc = sq_viewer_check(viewer, *user ? SQ_USER : SQ_ACCOUNT,
                                     *user ? user : account, &err);
        if (rc) {
                sq_answer_refusal(rc, &err, ret);
                return;
        }
        rc = *user || *account || viewer
                     ? read_some(sources, viewer, user, account, &body, &err)
                     : sq_everyone_get(sources->everyone, &body, &err);
        if (rc) {
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        sq_answer_no_trouble(sources);
        *ret = (struct sq_answer){.status = 200, .body = body};
}
