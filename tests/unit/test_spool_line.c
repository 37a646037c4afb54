/* test_spool_line.c - events as lines and back */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/spool_line.h"

/* Everything that means something in a line, and a few bytes that do not. */
#define NASTY "a\tb\nc%d#e=f+g-h!\x01\x7f\r\"'\\ %25\xc3\xa9\xff"

static struct sq_spooled an_event(enum sq_spool_kind kind, const char *text) {
        struct sq_spooled event = {.kind = kind, .array_task = SQ_NO_TASK, .uid = -1};

        if (kind == SQ_SPOOL_RESERVE || kind == SQ_SPOOL_MODIFY) {
                event.claim = (struct sq_claim){.uuid = text,
                                                .user = text,
                                                .account = text,
                                                .seconds = 3600,
                                                .tasks = 7};
                sq_tres_set(&event.claim.tres, "cpu", 4);
                sq_tres_set(&event.claim.tres, text, INT64_MAX);
                event.array_task = 5;
        } else {
                event.run = (struct sq_run){.cluster = text,
                                            .job_id = INT64_MAX,
                                            .submit_at = 1700000000,
                                            .restarts = SQ_RESTARTS_UNKNOWN,
                                            .array_task = 3,
                                            .user = text,
                                            .account = text,
                                            .uuid = text,
                                            .state = text,
                                            .start_at = 0,
                                            .end_at = INT64_MIN,
                                            .tasks = 9,
                                            .goes_on = true,
                                            .resized = false};
                sq_tres_set(&event.run.tres, text, 0);
                sq_tres_set(&event.run.tres, "gres/gpu:h100", 8);
                event.uid = 1000;
        }
        return event;
}

static void write_line(const struct sq_spooled *event, char line[SQ_SPOOL_LINE_MAX]) {
        struct sq_error err;
        size_t n;

        if (sq_spool_line_write(event, line, &err))
                fail_msg("%s", err.text);
        n = strlen(line);
        assert_int_equal(line[0], '+');
        assert_int_equal(line[n - 1], '\n');
        assert_ptr_equal(strchr(line, '\n'), line + n - 1);
        line[n - 1] = '\0';
}

static int read_copy(const char *line, struct sq_spooled *ret) {
        static char copy[SQ_SPOOL_LINE_MAX];

        assert_true(strlen(line) < sizeof copy);
        memcpy(copy, line, strlen(line) + 1);
        return sq_spool_line_read(copy, ret, NULL);
}

static void assert_same_tres(const struct sq_tres *a, const struct sq_tres *b) {
        assert_int_equal(a->n, b->n);
        for (size_t i = 0; i < a->n; i++) {
                assert_string_equal(a->item[i].name, b->item[i].name);
                assert_int_equal(a->item[i].count, b->item[i].count);
        }
}

static void assert_same_claim(const struct sq_claim *a, const struct sq_claim *b) {
        assert_string_equal(a->uuid, b->uuid);
        assert_string_equal(a->user, b->user);
        assert_string_equal(a->account, b->account);
        assert_int_equal(a->seconds, b->seconds);
        assert_int_equal(a->tasks, b->tasks);
        assert_same_tres(&a->tres, &b->tres);
}

static void assert_same_run(const struct sq_run *a, const struct sq_run *b) {
        assert_string_equal(a->cluster, b->cluster);
        assert_int_equal(a->job_id, b->job_id);
        assert_int_equal(a->submit_at, b->submit_at);
        assert_int_equal(a->restarts, b->restarts);
        assert_int_equal(a->array_task, b->array_task);
        assert_string_equal(a->user, b->user);
        assert_string_equal(a->account, b->account);
        assert_string_equal(a->uuid, b->uuid);
        assert_string_equal(a->state, b->state);
        assert_int_equal(a->start_at, b->start_at);
        assert_int_equal(a->end_at, b->end_at);
        assert_int_equal(a->tasks, b->tasks);
        assert_int_equal(a->goes_on, b->goes_on);
        assert_int_equal(a->resized, b->resized);
        assert_same_tres(&a->tres, &b->tres);
}

static void every_field_comes_back_whatever_is_in_it(void **state) {
        static const enum sq_spool_kind kinds[] = {SQ_SPOOL_RESERVE, SQ_SPOOL_MODIFY,
                                                   SQ_SPOOL_CHARGE, SQ_SPOOL_ASK};
        static const char *const texts[] = {"alice", NASTY, "", "#", "=", "%", " "};

        (void)state;
        for (size_t k = 0; k < 4; k++)
                for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) {
                        const struct sq_spooled event = an_event(kinds[k], texts[t]);
                        char line[SQ_SPOOL_LINE_MAX];
                        struct sq_spooled back;

                        write_line(&event, line);
                        assert_int_equal(read_copy(line, &back), SQ_OK);
                        assert_int_equal(back.kind, event.kind);
                        if (k < 2) {
                                assert_same_claim(&back.claim, &event.claim);
                                assert_int_equal(back.array_task, event.array_task);
                        } else {
                                assert_same_run(&back.run, &event.run);
                                assert_int_equal(back.uid, event.uid);
                        }
                }
}

static void the_other_flags_come_back_too(void **state) {
        struct sq_spooled event = an_event(SQ_SPOOL_CHARGE, "x"), back;
        char line[SQ_SPOOL_LINE_MAX];

        (void)state;
        event.run.goes_on = false;
        event.run.resized = true;
        event.run.tres.n = 0;
        write_line(&event, line);
        assert_int_equal(read_copy(line, &back), SQ_OK);
        assert_same_run(&back.run, &event.run);
}

static void texts_that_are_not_known_stay_unknown(void **state) {
        struct sq_spooled event = an_event(SQ_SPOOL_CHARGE, "x"), back;
        char line[SQ_SPOOL_LINE_MAX];

        (void)state;
        event.run.uuid = NULL;
        write_line(&event, line);
        assert_int_equal(read_copy(line, &back), SQ_OK);
        assert_null(back.run.uuid);

        event.kind = SQ_SPOOL_ASK; /* jobcomp/script knows little */
        event.run.user = event.run.account = event.run.state = NULL;
        write_line(&event, line);
        assert_int_equal(read_copy(line, &back), SQ_OK);
        assert_null(back.run.user);
        assert_string_equal(back.run.cluster, "x");
}

static void a_full_list_of_tres_fits(void **state) {
        struct sq_spooled event = an_event(SQ_SPOOL_CHARGE, "x"), back;
        char line[SQ_SPOOL_LINE_MAX], name[SQ_TRES_NAME_MAX];

        (void)state;
        event.run.tres.n = 0;
        for (int i = 0; i < SQ_TRES_MAX; i++) {
                snprintf(name, sizeof name, "gres/gpu:%0*d", SQ_TRES_NAME_MAX - 10, i);
                assert_true(sq_tres_set(&event.run.tres, name, INT64_MAX));
        }
        write_line(&event, line);
        assert_int_equal(read_copy(line, &back), SQ_OK);
        assert_same_tres(&back.run.tres, &event.run.tres);
}

static void what_is_too_long_is_not_written(void **state) {
        static char text[SQ_SPOOL_LINE_MAX + 10];
        struct sq_spooled event = an_event(SQ_SPOOL_CHARGE, "x");
        char line[SQ_SPOOL_LINE_MAX];
        struct sq_error err;

        (void)state;
        /* Each length once: wherever the end falls, nothing is half written. */
        for (size_t n = SQ_SPOOL_LINE_MAX - 400; n < sizeof text - 1; n++) {
                struct sq_spooled back;

                memset(text, 'x', n);
                text[n] = '\0';
                event.run.account = text;
                if (sq_spool_line_write(&event, line, &err) == SQ_OK) {
                        line[strlen(line) - 1] = '\0';
                        assert_int_equal(read_copy(line, &back), SQ_OK);
                        assert_int_equal(strlen(back.run.account), n);
                } else {
                        assert_string_equal(err.text, "an event is too long for the spool");
                }
        }
        assert_int_equal(sq_spool_line_write(&event, line, &err), SQ_ERANGE);
        memset(text, 1, 3000);
        text[3000] = '\0'; /* three bytes for each */
        assert_int_equal(sq_spool_line_write(&event, line, &err), SQ_ERANGE);
}

/* --- lines that were not written by us, or not to the end ------------------ */

static void a_line_that_was_cut_off_is_refused(void **state) {
        static const enum sq_spool_kind kinds[] = {SQ_SPOOL_MODIFY, SQ_SPOOL_CHARGE};

        (void)state;
        for (size_t k = 0; k < 2; k++) {
                const struct sq_spooled event = an_event(kinds[k], NASTY);
                char line[SQ_SPOOL_LINE_MAX];
                struct sq_spooled back;

                write_line(&event, line);
                for (size_t n = strlen(line); n-- > 0;) {
                        line[n] = '\0';
                        assert_int_equal(read_copy(line, &back), SQ_EINVAL);
                }
        }
}

static void a_line_with_any_other_byte_is_refused(void **state) {
        const struct sq_spooled event = an_event(SQ_SPOOL_CHARGE, NASTY);
        char line[SQ_SPOOL_LINE_MAX];
        struct sq_spooled back;

        (void)state;
        write_line(&event, line);
        for (size_t i = 1; line[i]; i++)
                for (int bit = 0; bit < 8; bit++) {
                        line[i] = (char)(line[i] ^ (1 << bit));
                        assert_int_equal(read_copy(line, &back), SQ_EINVAL);
                        line[i] = (char)(line[i] ^ (1 << bit));
                }
        assert_int_equal(read_copy(line, &back), SQ_OK);
        line[0] = '-'; /* the mark alone may change */
        assert_int_equal(read_copy(line, &back), SQ_OK);
}

static void two_lines_that_ran_together_are_refused(void **state) {
        const struct sq_spooled event = an_event(SQ_SPOOL_RESERVE, "x");
        char line[SQ_SPOOL_LINE_MAX], both[2 * SQ_SPOOL_LINE_MAX];
        struct sq_spooled back;

        (void)state;
        write_line(&event, line);
        snprintf(both, sizeof both, "%.40s%s", line, line);
        assert_int_equal(read_copy(both, &back), SQ_EINVAL);
        snprintf(both, sizeof both, "%s%s", line, line);
        assert_int_equal(read_copy(both, &back), SQ_EINVAL);
}

/* Reads `fields` with a checksum that is right. */
static int read_fields(const char *fields) {
        struct sq_spooled back;
        uint32_t sum = 2166136261u;
        char line[SQ_SPOOL_LINE_MAX];

        for (const char *p = fields; *p; p++)
                sum = (sum ^ (unsigned char)*p) * 16777619u;
        snprintf(line, sizeof line, "+%s\t#%08" PRIx32, fields, sum);
        return sq_spool_line_read(line, &back, NULL);
}

#define CHARGE "charge\tcluster=c\tuser=u\taccount=a\tstate=s"

static void whole_lines_that_make_no_sense_are_refused(void **state) {
        static const char *const senseless[] = {
                "",
                "refund\tuser=u",
                "Charge\tcluster=c",
                CHARGE "\tjob",
                CHARGE "\t",
                CHARGE "\tcolour=blue",
                CHARGE "\tcolour=7",
                CHARGE "\tjob=",
                CHARGE "\tjob=7x",
                CHARGE "\tjob=99999999999999999999",
                CHARGE "\tuuid=%",
                CHARGE "\tuuid=%4",
                CHARGE "\tuuid=%4x",
                CHARGE "\tuuid=%G0",
                CHARGE "\tcount=7",
                CHARGE "\ttres=cpu\tcount=-1",
                CHARGE "\ttres=0123456789012345678901234567890123456789012345678901234567890123"
                       "\tcount=1",
                "charge\tcluster=c\tuser=u\tstate=s",
                "charge\tcluster=c\taccount=a\tstate=s",
                "charge\tcluster=c\tuser=u\taccount=a",
                "charge\tuser=u\taccount=a\tstate=s",
                "charge\tcluster=c",
                "reserve\tuser=u\taccount=a",
                "modify\tuuid=x\tuser=u",
                "ask\tjob=7",
        };

        (void)state;
        assert_int_equal(read_fields(CHARGE), SQ_OK);
        assert_int_equal(read_fields(CHARGE "\ttres=cpu\tcount=1\tuuid=%4a"), SQ_OK);
        assert_int_equal(read_fields("ask\tcluster=c"), SQ_OK);
        for (size_t i = 0; i < sizeof senseless / sizeof senseless[0]; i++)
                if (read_fields(senseless[i]) != SQ_EINVAL)
                        fail_msg("\"%s\" was read", senseless[i]);
}

static void other_files_are_no_spool(void **state) {
        static const char *const lines[] = {"", "#", "\t#", "+\t#", "x\t#00000000", "hello",
                                            "+charge", "\t\t\t", "+charge\t#811c9dc5"};
        struct sq_spooled back;

        (void)state;
        for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++)
                assert_int_equal(read_copy(lines[i], &back), SQ_EINVAL);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_field_comes_back_whatever_is_in_it),
                cmocka_unit_test(the_other_flags_come_back_too),
                cmocka_unit_test(texts_that_are_not_known_stay_unknown),
                cmocka_unit_test(a_full_list_of_tres_fits),
                cmocka_unit_test(what_is_too_long_is_not_written),
                cmocka_unit_test(a_line_that_was_cut_off_is_refused),
                cmocka_unit_test(a_line_with_any_other_byte_is_refused),
                cmocka_unit_test(two_lines_that_ran_together_are_refused),
                cmocka_unit_test(whole_lines_that_make_no_sense_are_refused),
                cmocka_unit_test(other_files_are_no_spool),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
