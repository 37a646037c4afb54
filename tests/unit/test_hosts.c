/* test_hosts.c - how many hosts a list names */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "slurm/hosts.h"

static int64_t count(const char *text) {
        struct sq_error error;
        int64_t n = -1;
        const int rc = sq_hosts_count(text, &n, &error);

        return rc ? rc : n;
}

static void hosts_are_counted(void **state) {
        (void)state;
        assert_int_equal(count("node1"), 1);
        assert_int_equal(count("a,b,c"), 3);
        assert_int_equal(count("n[1-3,7]"), 4);
        assert_int_equal(count("n[001-100],login[2]"), 101);
        assert_int_equal(count("r[1-2]n[1-16]"), 32);
        assert_int_equal(count("r[1-2]n[1-16]x,m"), 33);
        assert_int_equal(count(""), 0);
        assert_int_equal(count(",a,,b,"), 2);
}

static void a_host_named_twice_counts_once(void **state) {
        (void)state;
        assert_int_equal(count("a,b,a"), 2);
        assert_int_equal(count("n[1-3],a,n[1-3]"), 4);
}

static void what_is_no_list_is_refused(void **state) {
        (void)state;
        assert_int_equal(count("n[1-"), SQ_EINVAL);
        assert_int_equal(count("n[3-1]"), SQ_EINVAL);
        assert_int_equal(count("n[]"), SQ_EINVAL);
        assert_int_equal(count("n[a-b]"), SQ_EINVAL);
        assert_int_equal(count("n[1-99999999999999999999]"), SQ_EINVAL);
        assert_int_equal(count("n[1-4000000000]"), SQ_ERANGE);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hosts_are_counted),
                cmocka_unit_test(a_host_named_twice_counts_once),
                cmocka_unit_test(what_is_no_list_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
