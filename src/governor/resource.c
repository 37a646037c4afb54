#include "governor/resource.h"

#include <stdio.h>
#include <string.h>

#include "policy/exact.h"

static const char names_sql[] = "SELECT name FROM subject WHERE kind = 'account'";
static const char name_sql[] = "SELECT 1 FROM subject WHERE kind = 'account' AND name = ?";
static const char policies_sql[] =
        "SELECT a.policy_id FROM policy_account a JOIN subject s ON s.id = a.account_id"
        " WHERE s.kind = 'account' AND s.name = ?";

/* --- identifiers ---------------------------------------------------------------------- */

/* FNV-1a; its prime is 2^88 + 2^8 + 0x3b. */
#define PRIME (((sq_uint128)1 << 88) + 0x13b)
#define BASIS ((sq_uint128)0x6c62272e07bb0142 << 64 | 0x62b821756295c58d)

/* With its NUL, which no name has: "ab", "c" is not "a", "bc". */
static sq_uint128 hash(sq_uint128 before, const char *text) {
        do
                before = (before ^ (unsigned char)*text) * PRIME;
        while (*text++);
        return before;
}

static char *write_uuid(sq_uint128 bits, char ret[SQ_UUID_SIZE]) {
        const uint64_t high = (uint64_t)(bits >> 64), low = (uint64_t)bits;

        snprintf(ret, SQ_UUID_SIZE, "%08x-%04x-8%03x-%04x-%012llx", (unsigned)(high >> 32),
                 (unsigned)(high >> 16 & 0xffff), (unsigned)(high & 0xfff),
                 (unsigned)(low >> 48 & 0x3fff) | 0x8000,
                 (unsigned long long)(low & 0xffffffffffffULL));
        return ret;
}

char *sq_resource_uuid(const char *cluster, const char *account, char ret[SQ_UUID_SIZE]) {
        return write_uuid(hash(hash(hash(BASIS, "account"), cluster), account), ret);
}

char *sq_scope_uuid(const char *cluster, char ret[SQ_UUID_SIZE]) {
        return write_uuid(hash(hash(BASIS, "cluster"), cluster), ret);
}

/* --- finding -------------------------------------------------------------------------- */

struct search {
        const char *cluster, *which;
        char name[SQ_NAME_SIZE];
        bool found;
};

static int by_uuid(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        struct sq_query *query = sq_query(txn, names_sql, "");
        char uuid[SQ_UUID_SIZE];

        (void)err;
        s->found = false;
        while (!s->found && sq_query_next(query)) {
                const char *name = sq_query_text(query, 0);

                s->found = !strcmp(sq_resource_uuid(s->cluster, name, uuid), s->which);
                if (s->found)
                        snprintf(s->name, sizeof s->name, "%s", name);
        }
        sq_query_done(query);
        return SQ_OK;
}

static int by_name(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct search *s = context;
        struct sq_query *query = sq_query(txn, name_sql, "s", s->name);

        (void)err;
        s->found = sq_query_next(query);
        sq_query_done(query);
        return SQ_OK;
}

int sq_resource_find(struct sq_ledger *ledger, const char *cluster, const char *which,
                     char ret[SQ_NAME_SIZE], struct sq_error *err) {
        struct search search = {.cluster = cluster, .which = which};
        const bool is_uuid = sq_uuid_is_valid(which);
        int rc = is_uuid ? SQ_OK : sq_name_check(SQ_NAME_ACCOUNT, which, err);

        if (rc)
                return rc;
        if (!is_uuid)
                (void)sq_name_lower(which, search.name, sizeof search.name);
        rc = sq_store_read(sq_ledger_store(ledger), is_uuid ? by_uuid : by_name, &search, err);
        if (rc)
                return rc;
        if (!search.found)
                return sq_fail(err, SQ_ENOTFOUND, "there is no account \"%.60s\"", which);
        memcpy(ret, search.name, sizeof search.name);
        return SQ_OK;
}

struct policies_work {
        const char *account;
        sq_resource_policy_fn each;
        void *payload;
};

static int policies(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct policies_work *w = context;
        struct sq_query *query = sq_query(txn, policies_sql, "s", w->account);

        (void)err;
        while (sq_query_next(query))
                w->each(sq_query_int(query, 0), w->payload);
        sq_query_done(query);
        return SQ_OK;
}

int sq_resource_policies(struct sq_ledger *ledger, const char *account,
                         sq_resource_policy_fn each, void *payload, struct sq_error *err) {
        struct policies_work w = {account, each, payload};

        return sq_store_read(sq_ledger_store(ledger), policies, &w, err);
}
