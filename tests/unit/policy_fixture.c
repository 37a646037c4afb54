#include "policy_fixture.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

const struct sq_actor actor = {"root", "because"};

struct sq_policy *policy_new(void) {
        struct sq_policy *p = malloc(sizeof *p);

        assert_non_null(p);
        sq_policy_init(p);
        snprintf(p->name, sizeof p->name, "monthly");
        snprintf(p->scope, sizeof p->scope, "c1");
        p->actions = SQ_ACTION_NOTIFY_OWNERS | SQ_ACTION_DOWNSCALE | SQ_ACTION_PAUSE;
        p->apply_to_all = true;
        p->billing_enabled = false;
        p->carryover_enabled = false;
        return p;
}

void create(struct fixture *f, struct sq_policy *p) {
        char uuid[SQ_UUID_SIZE];
        struct sq_error err = {0};

        if (sq_kept_policy_create(f->ledger, p, &actor, uuid, &err))
                fail_msg("%s", err.text);
        free(p);
}

void use(struct fixture *f, const char *account, int64_t day, int hours) {
        char sql[600];

        fixture_budget(f, SQ_USER, "alice", SQ_CPU, -1);
        fixture_budget(f, SQ_ACCOUNT, account, SQ_CPU, -1);
        snprintf(sql, sizeof sql,
                 "INSERT OR IGNORE INTO resource (name) VALUES ('node');"
                 "INSERT OR IGNORE INTO membership SELECT u.id, a.id FROM subject u, subject a"
                 " WHERE u.name = 'alice' AND a.name = '%s';"
                 "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)"
                 " SELECT u.id, a.id, %" PRId64 ", r.id, %d * 3600"
                 " FROM subject u, subject a, resource r"
                 " WHERE u.name = 'alice' AND a.name = '%s' AND r.name = 'node'"
                 " ON CONFLICT DO UPDATE SET amount = amount + excluded.amount",
                 account, day, hours, account);
        fixture_sql(f, sql);
}
