#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/document.h"

static char *text;
static size_t size;
static struct sq_document doc;

static int start(void **state) {
        (void)state;
        doc = (struct sq_document){.out = open_memstream(&text, &size)};
        return doc.out ? 0 : -1;
}

static void expect(const char *wanted) {
        assert_int_equal(fclose(doc.out), 0);
        assert_string_equal(text, wanted);
        free(text);
}

static void an_object_has_members_of_all_kinds(void **state) {
        static const char *const words[] = {"pause", "say \"no\"\n"};

        (void)state;
        sq_document_open_object(&doc, NULL);
        sq_document_add_text(&doc, "text", "a\\b");
        sq_document_add_text(&doc, "none", NULL);
        sq_document_add_number(&doc, "number", -5);
        sq_document_add_number_if(&doc, "perhaps", false, 5);
        sq_document_add_real(&doc, "real", 0.1);
        sq_document_add_real(&doc, "whole", 1150);
        sq_document_add_truth(&doc, "truth", false);
        sq_document_add_texts(&doc, "words", words, 2);
        sq_document_add_texts(&doc, "no words", words, 0);
        sq_document_close_object(&doc);
        expect("{\"text\":\"a\\\\b\",\"none\":null,\"number\":-5,\"perhaps\":null,\"real\":0.1,"
               "\"whole\":1150,\"truth\":false,\"words\":[\"pause\",\"say \\\"no\\\"\\u000a\"],"
               "\"no words\":[]}");
}

static void what_json_has_no_number_for_is_null(void **state) {
        (void)state;
        sq_document_open_object(&doc, NULL);
        sq_document_add_real(&doc, "a", NAN);
        sq_document_add_real(&doc, "b", -INFINITY);
        sq_document_close_object(&doc);
        expect("{\"a\":null,\"b\":null}");
}

static void each_object_of_a_list_has_its_line(void **state) {
        (void)state;
        sq_document_open_object(&doc, NULL);
        sq_document_open_list(&doc, "steps");
        for (int i = 0; i < 2; i++) {
                sq_document_open_object(&doc, NULL);
                sq_document_open_object(&doc, "inner");
                sq_document_close_object(&doc);
                sq_document_close_object(&doc);
        }
        sq_document_close_list(&doc);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
        expect("{\"steps\":[\n{\"inner\":{}},\n{\"inner\":{}}\n]}\n");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_setup(an_object_has_members_of_all_kinds, start),
                cmocka_unit_test_setup(what_json_has_no_number_for_is_null, start),
                cmocka_unit_test_setup(each_object_of_a_list_has_its_line, start),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
