#include "governor/kept_policy.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "base/grow.h"
#include "governor/held_account.h"
#include "ledger/entry.h"
#include "slurm/name.h"
#include "wire/policy_json.h"

#define COLUMNS \
        "SELECT id, uuid, name, document, created_at, created_by, changed_at, has_fired," \
        " coalesce(fired_at, 0), coalesce(evaluated_at, 0)," \
        " (SELECT coalesce(max(c.entry_id), 0) FROM policy_change c"                        \
        " WHERE c.policy_id = policy.id)" \
        " FROM policy WHERE deleted_at IS NULL"

static const char all_sql[] = COLUMNS " ORDER BY name, id";
/* Who asks for a UUID does not mean another one's name. */
static const char find_sql[] = COLUMNS " AND (uuid = ? OR name = ?) ORDER BY uuid = ? DESC";
static const char uuid_sql[] = "SELECT 1 FROM policy WHERE uuid = ?";
static const char insert_sql[] =
        "INSERT INTO policy (uuid, name, cluster, document, created_at, created_by, changed_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)";
static const char update_sql[] =
        "UPDATE policy SET name = ?, cluster = ?, document = ?, changed_at = ? WHERE id = ?";
static const char delete_sql[] = "UPDATE policy SET deleted_at = ? WHERE id = ?";
static const char change_sql[] =
        "INSERT INTO policy_change (entry_id, policy_id, document_before, document_after)"
        " VALUES (?, ?, ?, ?)";

/* --- documents --------------------------------------------------------------------- */

/* *ret is the caller's. */
static int write_document(const struct sq_policy *policy, char **ret, struct sq_error *err) {
        json_t *object = sq_policy_write_json(policy);
        char *text = object ? json_dumps(object, JSON_COMPACT) : NULL;

        json_decref(object);
        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *ret = text;
        return SQ_OK;
}

static int read_document(const char *text, struct sq_policy *ret, struct sq_error *err) {
        json_error_t why;
        json_t *object = json_loads(text, 0, &why);
        int rc;

        sq_policy_init(ret);
        if (object)
                rc = sq_policy_read_json(object, ret, err);
        else
                rc = json_error_code(&why) == json_error_out_of_memory ? SQ_ENOMEM
                                                                       : SQ_ECORRUPT;
        json_decref(object);
        if (rc == SQ_ENOMEM)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        return rc ? sq_fail(err, SQ_ECORRUPT, "a policy in the database cannot be read")
                  : SQ_OK;
}

static int read_row(struct sq_query *query, struct sq_kept_policy **ret,
                    struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = calloc(1, sizeof *kept);
        int rc;

        if (!kept)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = read_document(sq_query_text(query, 3), &kept->policy, err);
        if (rc)
                return rc;
        kept->id = sq_query_int(query, 0);
        snprintf(kept->policy.uuid, sizeof kept->policy.uuid, "%s", sq_query_text(query, 1));
        snprintf(kept->policy.name, sizeof kept->policy.name, "%s", sq_query_text(query, 2));
        kept->created_at = sq_query_int(query, 4);
        snprintf(kept->created_by, sizeof kept->created_by, "%s", sq_query_text(query, 5));
        kept->changed_at = sq_query_int(query, 6);
        kept->has_fired = sq_query_int(query, 7) != 0;
        kept->fired_at = sq_query_int(query, 8);
        kept->evaluated_at = sq_query_int(query, 9);
        kept->revision = sq_query_int(query, 10);
        *ret = SQ_TAKE(kept);
        return SQ_OK;
}

/* --- reading ------------------------------------------------------------------------ */

static int find(struct sq_txn *txn, const char *which, struct sq_kept_policy **ret,
                struct sq_error *err) {
        struct sq_query *query = sq_query(txn, find_sql, "sss", which, which, which);
        int rc = SQ_OK;

        *ret = NULL;
        if (sq_query_next(query))
                rc = read_row(query, ret, err);
        sq_query_done(query);
        if (rc || sq_txn_status(txn))
                return rc ? rc : sq_txn_status(txn);
        if (!*ret) {
                sq_fail(err, SQ_ENOTFOUND, "there is no policy \"%.60s\"", which);
                sq_hint(err, "List them with: slurm-quota policy list");
                return SQ_ENOTFOUND;
        }
        return SQ_OK;
}

struct find_work {
        const char *which;
        struct sq_kept_policy *found;
};

static int find_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct find_work *w = context;

        free(SQ_TAKE(w->found)); /* of a try before */
        return find(txn, w->which, &w->found, err);
}

int sq_kept_policy_find(struct sq_ledger *ledger, const char *which,
                        struct sq_kept_policy **ret, struct sq_error *err) {
        struct find_work w = {.which = which};
        int rc = sq_store_read(sq_ledger_store(ledger), find_work, &w, err);

        if (rc)
                free(w.found);
        else
                *ret = w.found;
        return rc;
}

struct list {
        struct sq_kept_policy **item;
        size_t n, room;
        bool sound;  /* only those */
        int damage;  /* SQ_ECORRUPT: there were others */
        struct sq_error why;
};

void sq_kept_policies_free(struct sq_kept_policy **policies, size_t n) {
        for (size_t i = 0; i < n; i++)
                free(policies[i]);
        free(policies);
}

static void clear(struct list *list) {
        sq_kept_policies_free(list->item, list->n);
        *list = (struct list){.sound = list->sound};
}

/* Whether the list goes on without one that could not be read. */
static bool leave_out(struct list *list, int rc, struct sq_query *query,
                      const struct sq_error *why) {
        if (rc != SQ_ECORRUPT || !list->sound)
                return false;
        if (!list->damage) {
                list->damage = rc;
                list->why = *why;
                sq_context(&list->why, "policy \"%.60s\"", sq_query_text(query, 2));
        }
        return true;
}

static int read_all(struct sq_txn *txn, void *context, struct sq_error *err) {
        struct list *list = context;
        struct sq_query *query = sq_query(txn, all_sql, "");
        struct sq_error why = {.text = ""};
        int rc = SQ_OK;

        clear(list);
        while (!rc && list->n < SQ_POLICIES_MOST && sq_query_next(query)) {
                if (!sq_grow(&list->item, list->n + 1, &list->room, sizeof *list->item))
                        rc = sq_fail(&why, SQ_ENOMEM, "out of memory");
                else
                        rc = read_row(query, &list->item[list->n], &why);
                if (!rc)
                        list->n++;
                else if (leave_out(list, rc, query, &why))
                        rc = SQ_OK;
        }
        sq_query_done(query);
        if (rc && err)
                *err = why;
        return rc;
}

static int read_list(struct sq_ledger *ledger, struct list *list, struct sq_kept_policy ***ret,
                     size_t *ret_n, struct sq_error *err) {
        int rc = sq_store_read(sq_ledger_store(ledger), read_all, list, err);

        if (rc) {
                clear(list);
                return rc;
        }
        *ret = list->item;
        *ret_n = list->n;
        return SQ_OK;
}

int sq_kept_policies_read(struct sq_ledger *ledger, struct sq_kept_policy ***ret,
                          size_t *ret_n, struct sq_error *err) {
        struct list list = {0};

        return read_list(ledger, &list, ret, ret_n, err);
}

int sq_kept_policies_read_sound(struct sq_ledger *ledger, struct sq_kept_policy ***ret,
                                size_t *ret_n, int *ret_damage, struct sq_error *damage,
                                struct sq_error *err) {
        struct list list = {.sound = true};
        int rc = read_list(ledger, &list, ret, ret_n, err);

        if (!rc) {
                *ret_damage = list.damage;
                *damage = list.why;
        }
        return rc;
}

/* --- changing ----------------------------------------------------------------------- */

struct change {
        struct sq_ledger *ledger;
        const char *which;        /* NULL: it is new */
        struct sq_policy *policy; /* NULL: it goes */
        const char *document;
        int64_t revision;         /* that `policy` was made of; 0: any */
        const struct sq_actor *actor;
};

static bool have_common_group(const struct sq_policy *a, const struct sq_policy *b) {
        for (size_t i = 0; i < a->groups.n; i++)
                for (size_t k = 0; k < b->groups.n; k++)
                        if (!strcasecmp(a->groups.name[i], b->groups.name[k]))
                                return true;
        return false;
}

/* Why `other` cannot be there beside `policy`; NULL: it can. */
static const char *conflict(const struct sq_policy *policy, const struct sq_policy *other) {
        if (!strcmp(policy->name, other->name))
                return "a policy of this name is there already";
        if (strcmp(policy->scope, other->scope) != 0)
                return NULL;
        if (policy->apply_to_all || other->apply_to_all || have_common_group(policy, other))
                return "a policy already exists for this offering: these accounts of the"
                       " cluster";
        return NULL;
}

static int check_others(struct sq_txn *txn, const struct change *c, int64_t own_id,
                        struct sq_error *err) {
        struct list others = {0};
        const char *why = NULL;
        int rc = read_all(txn, &others, err);

        for (size_t i = 0; i < others.n && !rc; i++) {
                if (others.item[i]->id == own_id)
                        continue;
                why = conflict(c->policy, &others.item[i]->policy);
                if (why)
                        rc = sq_fail(err, SQ_EEXIST, "%s (policy \"%.60s\")", why,
                                     others.item[i]->policy.name);
        }
        if (!rc && !own_id && others.n >= SQ_POLICIES_MOST)
                rc = sq_fail(err, SQ_ERANGE, "there are %d policies already", SQ_POLICIES_MOST);
        clear(&others);
        return rc;
}

static int check_uuid(struct sq_txn *txn, const char *uuid, struct sq_error *err) {
        struct sq_query *query = sq_query(txn, uuid_sql, "s", uuid);
        const bool taken = sq_query_next(query);

        sq_query_done(query);
        if (!taken)
                return SQ_OK;
        sq_fail(err, SQ_EEXIST, "policy %s was there before", uuid);
        sq_hint(err, "Without \"uuid\", or with \"\", it gets one of its own; what is kept of"
                     " the old one stays with that.");
        return SQ_EEXIST;
}

static int write_change(struct sq_txn *txn, const struct change *c,
                        const struct sq_kept_policy *old, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *before = NULL;
        const int64_t now = sq_now();
        int64_t id = old ? old->id : 0;
        int rc = old ? write_document(&old->policy, &before, err) : SQ_OK;

        if (rc)
                return rc;
        if (!old) {
                sq_run(txn, insert_sql, "ssssisi", c->policy->uuid, c->policy->name,
                       c->policy->scope, c->document, now, c->actor->name, now);
                id = sq_txn_last_id(txn);
        } else if (c->policy) {
                sq_run(txn, update_sql, "sssii", c->policy->name, c->policy->scope, c->document,
                       now, id);
        } else {
                sq_run(txn, delete_sql, "ii", now, id);
        }
        sq_run(txn, change_sql, "iiss", sq_entry_append(txn, "policy", 0, 0, c->actor), id,
               before, c->document);
        return sq_txn_status(txn);
}

static int change_work(struct sq_txn *txn, void *context, struct sq_error *err) {
        const struct change *c = context;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *old = NULL;
        int rc = c->which ? find(txn, c->which, &old, err)
                          : check_uuid(txn, c->policy->uuid, err);

        if (!rc && c->revision && c->revision != old->revision)
                rc = sq_fail(err, SQ_EBUSY, "policy \"%.60s\" has just been changed by somebody"
                                            " else", old->policy.name);
        if (!rc && c->policy)
                rc = check_others(txn, c, old ? old->id : 0, err);
        if (!rc)
                rc = write_change(txn, c, old, err);
        if (!rc && !c->policy)
                rc = sq_held_accounts_free_all(c->ledger, txn, old, sq_now(), err);
        return rc;
}

static int run_change(struct change *c, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *document = NULL;
        int rc = c->policy ? write_document(c->policy, &document, err) : SQ_OK;

        c->document = document;
        return rc ? rc
                  : sq_store_write(sq_ledger_store(c->ledger), SQ_DURABLE_NOW, change_work, c,
                                   err);
}

/* A copy that can be kept. */
static int prepare(const struct sq_policy *policy, struct sq_policy **ret,
                   struct sq_error *err) {
        struct sq_policy *copy;
        int rc;

        if ((rc = sq_policy_check(policy, err)) || (rc = sq_policy_check_complete(policy, err)))
                return rc;
        if (sq_name_check(SQ_NAME_ACCOUNT, policy->scope, err)) {
                sq_context(err, "scope");
                sq_hint(err, "It is the name of a cluster.");
                return SQ_EINVAL;
        }
        copy = malloc(sizeof *copy);
        if (!copy)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        *copy = *policy;
        if (!*copy->name)
                memcpy(copy->name, copy->scope, sizeof copy->name);
        *ret = copy;
        return SQ_OK;
}

int sq_kept_policy_create(struct sq_ledger *ledger, const struct sq_policy *policy,
                          const struct sq_actor *actor, char ret_uuid[SQ_UUID_SIZE],
                          struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *copy = NULL;
        struct change c = {.ledger = ledger, .actor = actor};
        char uuid[SQ_UUID_SIZE];
        int rc = prepare(policy, &copy, err);

        if (rc)
                return rc;
        if (*copy->uuid && !sq_uuid_is_valid(copy->uuid))
                return sq_fail(err, SQ_EINVAL, "\"%.60s\" is not a UUID", copy->uuid);
        if (*copy->uuid)
                memcpy(uuid, copy->uuid, sizeof uuid);
        else if ((rc = sq_uuid_make(uuid, err)))
                return rc;
        snprintf(copy->uuid, sizeof copy->uuid, "%s", uuid);
        c.policy = copy;
        rc = run_change(&c, err);
        if (!rc)
                memcpy(ret_uuid, uuid, sizeof uuid);
        return rc;
}

int sq_kept_policy_replace(struct sq_ledger *ledger, const char *which,
                           const struct sq_policy *policy, int64_t revision,
                           const struct sq_actor *actor, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *copy = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *old = NULL;
        struct change c = {.ledger = ledger, .which = which, .revision = revision,
                           .actor = actor};
        int rc;

        if ((rc = prepare(policy, &copy, err)) ||
            (rc = sq_kept_policy_find(ledger, which, &old, err)))
                return rc;
        memcpy(copy->uuid, old->policy.uuid, sizeof copy->uuid);
        c.which = copy->uuid;
        c.policy = copy;
        return run_change(&c, err);
}

int sq_kept_policy_delete(struct sq_ledger *ledger, const char *which,
                          const struct sq_actor *actor, struct sq_error *err) {
        struct change c = {.ledger = ledger, .which = which, .actor = actor};

        return run_change(&c, err);
}
