/* test_resource.c - accounts and clusters by the identifiers of the API */
#include "fixture.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "governor/allocation.h"
#include "governor/resource.h"

static struct sq_error error;

static void know(struct fixture *f, const char *account) {
        const struct sq_allocation given = {.tres = "node", .window = SQ_WINDOW_MONTH,
                                            .amount = {3600}, .last_day = 99999999};
        const struct sq_actor actor = {.name = "test"};

        assert_int_equal(sq_allocations_set(f->ledger, account, &given, 1, &actor, &error),
                         SQ_OK);
}

/* What others have kept must mean the same account for ever. */
static void identifiers_never_change(void **state) {
        char uuid[SQ_UUID_SIZE];

        (void)state;
        assert_string_equal(sq_resource_uuid("test", "hpc", uuid),
                            "0391e79f-89ca-8ec0-8bda-1af3c84a0cf3");
        assert_string_equal(sq_scope_uuid("test", uuid),
                            "98d1b659-66e2-8720-9473-d33c11d8f3b1");
        assert_true(sq_uuid_is_valid(uuid));
}

static void each_account_of_each_cluster_has_its_own(void **state) {
        char (*seen)[SQ_UUID_SIZE] = calloc(2000, sizeof *seen);
        size_t n = 0;

        (void)state;
        assert_non_null(seen);
        for (int i = 0; i < 1000; i++) {
                char name[16];

                snprintf(name, sizeof name, "p%d", i);
                sq_resource_uuid("a", name, seen[n++]);
                sq_resource_uuid("ap", name + 1, seen[n++]); /* the same letters together */
        }
        qsort(seen, n, sizeof *seen, (int (*)(const void *, const void *))strcmp);
        for (size_t i = 1; i < n; i++)
                assert_string_not_equal(seen[i - 1], seen[i]);
        free(seen);
}

static void accounts_are_found_by_identifier_and_by_name(void **state) {
        struct fixture *f = *state;
        char uuid[SQ_UUID_SIZE], name[SQ_NAME_SIZE] = "";

        know(f, "hpc");
        know(f, "bio");
        assert_int_equal(sq_resource_find(f->ledger, "test", "BIO", name, &error), SQ_OK);
        assert_string_equal(name, "bio");
        sq_resource_uuid("test", "hpc", uuid);
        assert_int_equal(sq_resource_find(f->ledger, "test", uuid, name, &error), SQ_OK);
        assert_string_equal(name, "hpc");
        /* The same name on another cluster is another account. */
        assert_int_equal(sq_resource_find(f->ledger, "other", uuid, name, &error),
                         SQ_ENOTFOUND);
        assert_int_equal(sq_resource_find(f->ledger, "test", "none", name, &error),
                         SQ_ENOTFOUND);
        assert_int_equal(sq_resource_find(f->ledger, "test", "a b", name, &error), SQ_EINVAL);
        assert_string_equal(name, "hpc");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(identifiers_never_change),
                cmocka_unit_test(each_account_of_each_cluster_has_its_own),
                cmocka_unit_test_setup_teardown(accounts_are_found_by_identifier_and_by_name,
                                                fixture_start, fixture_stop),
        };

        return cmocka_run_group_tests_name("resource", tests, NULL, NULL);
}
