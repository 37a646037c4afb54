/* test_wire_estimate.c - the question and the answer of POST /estimate */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "estimate/estimate_json.h"
#include "wire/estimate.h"

static struct sq_error error;

static void only_what_is_set_is_asked(void **state) {
        struct sq_estimate_part part[2] = {{.request = SQ_JOB_REQUEST_UNSET},
                                           {.request = SQ_JOB_REQUEST_UNSET}};
        char *body = NULL;

        (void)state;
        part[0].request.num_tasks = 4;
        part[0].request.time_limit = SQ_INFINITE;
        part[0].request.shared = SQ_SHARED_NONE;
        part[0].request.tres_per_node = "gres/gpu:h100:2";
        part[1].account = "bio";
        assert_int_equal(sq_estimate_question_write(NULL, part, 2, &body, &error), SQ_OK);
        assert_string_equal(body, "{\"jobs\":[{\"num_tasks\":4,\"shared\":0,\"time_limit\":-1,"
                                  "\"tres_per_node\":\"gres/gpu:h100:2\"},"
                                  "{\"account\":\"bio\"}]}");
        free(body);
        assert_int_equal(sq_estimate_question_write("alice", part, 1, &body, &error), SQ_OK);
        assert_non_null(strstr(body, "\"user\":\"alice\""));
        free(body);
        part[0].request.partition = "caf\xe9";
        assert_int_equal(sq_estimate_question_write(NULL, part, 1, &body, &error), SQ_EINVAL);
        assert_non_null(strstr(error.text, "UTF-8"));
}

/* As a service would print it. */
static char *print(const struct sq_estimate *estimate) {
        char *text = NULL;
        size_t length;
        FILE *out = open_memstream(&text, &length);

        assert_non_null(out);
        sq_estimate_print_json(out, estimate, NULL, 0);
        fclose(out);
        return text;
}

static struct sq_estimate *read_text(const char *text) {
        const struct sq_answered answer = {(char *)text, strlen(text)};
        struct sq_estimate *estimate = NULL;

        error.text[0] = '\0';
        if (sq_estimate_read("http://here/", &answer, &estimate, &error))
                assert_non_null(strstr(error.text, "the answer of http://here/ is not"));
        return estimate;
}

static char *example(bool limited, int64_t longest) {
        struct sq_estimated_part part[2] = {{.account = "hpc"}, {.account = "bio"}};
        struct sq_estimate e = {.user = "alice", .n = 2, .part = part, .refused = true,
                                .refused_part = 1, .refusal = "slurm-quota: not enough",
                                .shortages = 1, .longest_minutes = longest,
                                .most_minutes = limited ? longest
                                                        : SQ_OPEN_ENDED_SECONDS / 60,
                                .limited = limited};
        char partition[] = "debug,long";

        part[0].partition = partition;
        for (int i = 0; i < 2; i++) {
                part[i].price.tasks = 3 + i;
                part[i].price.seconds = 600;
                part[i].price.open_ended = i;
                sq_tres_set(&part[i].price.tres, "cpu", 4);
                sq_tres_set(&part[i].price.tres, "gres/gpu:h100", 2);
                part[i].outlook.per_task.of[SQ_CPU] = SQ_AMOUNT(2400);
                part[i].outlook.total.of[SQ_GPU] = SQ_AMOUNT(3600);
                part[i].outlook.user[SQ_CPU].budget = SQ_UNLIMITED;
                part[i].outlook.account[SQ_GPU].consumed = SQ_AMOUNT(7);
        }
        e.shortage[0] = (struct sq_shortage){
                .kind = SQ_ACCOUNT, .resource = SQ_GPU, .asked = SQ_AMOUNT(10),
                .lacking = SQ_AMOUNT(5),
                .relief = {.running = SQ_AMOUNT(6), .jobs_running = 1, .by = 1800000000}};
        return print(&e);
}

static void an_answer_is_what_was_printed(void **state) {
        (void)state;
        for (int i = 0; i < 3; i++) {
                SQ_CLEANUP(sq_freep) char *text =
                        example(i == 1, i == 2 ? SQ_OPEN_ENDED_SECONDS / 60 : 15);
                SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *estimate = read_text(text);
                SQ_CLEANUP(sq_freep) char *again = NULL;

                assert_non_null(estimate);
                again = print(estimate);
                assert_string_equal(again, text);
        }
}

static void what_is_no_answer_is_told(void **state) {
        static const char *const texts[] = {"", "[]", "{}", "null", "{\"parts\":[]}",
                                            "{\"parts\":[{}],\"shortages\":[]}"};

        (void)state;
        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
                assert_null(read_text(texts[i]));
}

/* Any byte of it another: an answer, or none. */
static void a_damaged_answer_does_no_harm(void **state) {
        SQ_CLEANUP(sq_freep) char *text = example(true, 15);
        const size_t length = strlen(text);
        static const char bytes[] = "\"{}[]:,09-n\\x\xff";

        (void)state;
        for (size_t i = 0; i < length; i++)
                for (size_t b = 0; b < sizeof bytes - 1; b++) {
                        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *estimate = NULL;
                        const char before = text[i];

                        text[i] = bytes[b];
                        estimate = read_text(text);
                        text[i] = before;
                }
        for (size_t i = 0; i < length - 2; i++) {
                SQ_CLEANUP(sq_freep) char *cut = strndup(text, i);

                assert_null(read_text(cut));
        }
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(only_what_is_set_is_asked),
                cmocka_unit_test(an_answer_is_what_was_printed),
                cmocka_unit_test(what_is_no_answer_is_told),
                cmocka_unit_test(a_damaged_answer_does_no_harm),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
