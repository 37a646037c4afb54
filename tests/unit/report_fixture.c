#include "report_fixture.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

char told[4000];

static void hear(const struct sq_finding *finding, void *payload) {
        static const char *const words[] = {"ok", "warning", "error"};
        const size_t n = strlen(told);

        (void)payload;
        snprintf(told + n, sizeof told - n, "%s %s: %s\n", words[finding->health],
                 finding->subject, finding->text);
        /* Whoever hears that something is wrong hears what to do. */
        assert_true(finding->health == SQ_HEALTHY || *finding->advice);
}

const struct sq_report report = {hear, NULL};
