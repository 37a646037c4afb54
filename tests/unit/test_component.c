#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "policy/component.h"

static void names_of_slurm_and_of_people_are_known(void **state) {
        static const char *const known[][2] = {
                {"cpu", "cpu"}, {"CPU", "cpu"}, {"Mem", "mem"}, {"node", "node"},
                {"node_hours", "node"}, {"nodeHours", "node"}, {"node-hours", "node"},
                {"cpu_hours", "cpu"}, {"gpuHours", "gres/gpu"}, {"gpu", "gres/gpu"},
                {"GRES/gpu", "gres/gpu"}, {"gres/gpu:h100", "gres/gpu:h100"},
                {"gpu:h100", "gres/gpu:h100"}, {"license/matlab", "license/matlab"},
                {"bb/cray", "bb/cray"}, {"billing", "billing"}, {"energy", "energy"},
        };
        char tres[SQ_TRES_NAME_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                assert_true(sq_component_tres(known[i][0], tres));
                assert_string_equal(tres, known[i][1]);
        }
}

static void what_slurmdbd_would_refuse_is_refused(void **state) {
        static const char *const bad[] = {
                "", "nodes", "foo", "k-hours", "_hours", "gres/", "gpu:", "gres", "gres/a,b",
                "gres/a=1", "license/a b", "energy_hours",
                "gres/gpu:a_name_that_is_longer_than_any_tres_may_be_at_all",
        };
        char tres[SQ_TRES_NAME_MAX];

        (void)state;
        for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
                if (sq_component_tres(bad[i], tres))
                        fail_msg("\"%s\" is %s", bad[i], tres);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(names_of_slurm_and_of_people_are_known),
                cmocka_unit_test(what_slurmdbd_would_refuse_is_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
