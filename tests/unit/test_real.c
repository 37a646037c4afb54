#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/real.h"

static void the_text_is_the_shortest_that_reads_back(void **state) {
        static const struct {
                double number;
                const char *text;
        } cases[] = {
                {0.1, "0.1"}, {1150, "1150"}, {100.0 / 3, "33.333333333333336"}, {0, "0"},
                {-2.5, "-2.5"}, {0.1 + 0.2, "0.30000000000000004"}, {1e30, "1e+30"},
                {2.0 / 3, "0.6666666666666666"},
        };
        char text[SQ_REAL_SIZE];

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
                assert_string_equal(sq_real_text(cases[i].number, text), cases[i].text);
}

static void any_double_reads_back_as_itself(void **state) {
        uint64_t seed = 88172645463325252ULL;
        char text[SQ_REAL_SIZE];

        (void)state;
        for (int i = 0; i < 100000; i++) {
                double number;

                seed ^= seed << 13;
                seed ^= seed >> 7;
                seed ^= seed << 17;
                memcpy(&number, &seed, sizeof number);
                if (number - number != 0) /* no number, or infinite */
                        continue;
                if (strtod(sq_real_text(number, text), NULL) != number)
                        fail_msg("%s is another number", text);
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_text_is_the_shortest_that_reads_back),
                cmocka_unit_test(any_double_reads_back_as_itself),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
