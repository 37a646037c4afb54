/* test_spool.c - events that wait until they can be booked */
#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/spool_line.h"

#define ALL INT64_MAX

static char *path_of(struct fixture *f, const char *name, char path[128]) {
        snprintf(path, 128, "%s/%s", f->directory, name);
        return path;
}

static int64_t size_of(struct fixture *f, const char *name) {
        char path[128];
        struct stat st;

        return stat(path_of(f, name, path), &st) ? -1 : (int64_t)st.st_size;
}

/* Appends bytes that are none of our making. */
static void scribble(struct fixture *f, const char *name, const char *text, size_t n) {
        char path[128];
        int fd = open(path_of(f, name, path), O_WRONLY | O_CREAT | O_APPEND, 0660);

        assert_true(fd >= 0);
        assert_int_equal(write(fd, text, n), n);
        close(fd);
}

static bool holds(struct fixture *f, const char *name, const char *text) {
        char path[128], content[4096];
        FILE *file = fopen(path_of(f, name, path), "r");
        size_t n;

        if (!file)
                return false;
        n = fread(content, 1, sizeof content - 1, file);
        fclose(file);
        content[n] = '\0';
        return strstr(content, text);
}

static struct sq_spooled charge_event(int64_t job) {
        return (struct sq_spooled){.kind = SQ_SPOOL_CHARGE,
                                   .run = fixture_run(job, UUID(1), 1, 60)};
}

static struct sq_spooled question(int64_t job) {
        return (struct sq_spooled){
                .kind = SQ_SPOOL_ASK,
                .run = {.cluster = "test", .job_id = job, .restarts = SQ_RESTARTS_UNKNOWN},
                .uid = 1000};
}

static struct sq_spooled claim_event(enum sq_spool_kind kind, int64_t seconds) {
        return (struct sq_spooled){.kind = kind,
                                   .claim = fixture_claim(UUID(1), 4, seconds),
                                   .array_task = SQ_NO_TASK};
}

static void append(struct fixture *f, const struct sq_spooled *event) {
        struct sq_error err;

        if (sq_spool_append(f->directory, event, &err))
                fail_msg("%s", err.text);
}

static void append_charges(struct fixture *f, int64_t from, int64_t to) {
        for (int64_t job = from; job <= to; job++) {
                const struct sq_spooled event = charge_event(job);

                append(f, &event);
        }
}

static struct sq_spool_report replay(struct fixture *f, int64_t most,
                                     sq_spool_complete_fn complete, int expected) {
        struct sq_spool_report report = {.booked = -1};

        assert_int_equal(
                sq_spool_replay(f->directory, f->ledger, most, complete, NULL, &report, NULL),
                expected);
        return report;
}

static void assert_report(const struct sq_spool_report *report, int64_t booked,
                          int64_t rejected, int64_t waiting, bool unfinished) {
        assert_int_equal(report->booked, booked);
        assert_int_equal(report->rejected, rejected);
        assert_int_equal(report->waiting, waiting);
        assert_int_equal(report->unfinished, unfinished);
}

static int64_t charges(struct fixture *f) {
        return fixture_number(f, "SELECT count(*) FROM charge");
}

static void no_spool_is_an_empty_spool(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report = replay(f, ALL, NULL, SQ_OK);

        assert_report(&report, 0, 0, 0, false);
        assert_true(sq_spool_is_empty(f->directory));
        assert_true(sq_spool_is_empty("/nonexistent"));
        assert_int_equal(sq_spool_prepare(f->directory, NULL), SQ_OK);
        assert_int_equal(size_of(f, "events"), 0);
        assert_true(sq_spool_is_empty(f->directory));
}

static void events_are_booked_in_their_order(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled life[] = {claim_event(SQ_SPOOL_RESERVE, 600),
                                          claim_event(SQ_SPOOL_MODIFY, 1200),
                                          charge_event(1)};
        struct sq_spool_report report;

        append(f, &life[0]);
        append(f, &life[1]);
        assert_false(sq_spool_is_empty(f->directory));
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 2, 0, 0, false);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, 4800);
        append(f, &life[2]);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 1, 0, 0, false);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).reserved.seconds, 0);
        assert_int_equal(fixture_balance(f, SQ_USER, "alice", SQ_CPU).consumed.seconds, 60);
        assert_true(sq_spool_is_empty(f->directory));
        fixture_verify(f);
}

static void events_twice_in_the_spool_are_booked_once(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled held = claim_event(SQ_SPOOL_RESERVE, 600);
        struct sq_spool_report report;

        append(f, &held);
        append(f, &held);
        append_charges(f, 1, 3);
        append_charges(f, 1, 3);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 8, 0, 0, false);
        assert_int_equal(charges(f), 3);
        append_charges(f, 1, 3);
        replay(f, ALL, NULL, SQ_OK);
        assert_int_equal(charges(f), 3);
        fixture_verify(f);
}

static void more_events_than_are_read_at_once_are_booked(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        append_charges(f, 1, 100);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 100, 0, 0, false);
        assert_int_equal(charges(f), 100);
        assert_int_equal(size_of(f, "events"), 0);
}

static void no_more_is_booked_than_was_asked_for(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        append_charges(f, 1, 40);
        report = replay(f, 3, NULL, SQ_OK);
        assert_report(&report, 3, 0, 0, true);
        report = replay(f, 0, NULL, SQ_OK);
        assert_report(&report, 0, 0, 0, true);
        report = replay(f, 32, NULL, SQ_OK);
        assert_report(&report, 32, 0, 0, true);
        assert_int_equal(charges(f), 35);
        report = replay(f, 32, NULL, SQ_OK);
        assert_report(&report, 5, 0, 0, false);
        assert_true(sq_spool_is_empty(f->directory));
}

static void what_can_never_be_booked_goes_to_a_file_of_its_own(void **state) {
        struct fixture *f = *state;
        struct sq_spooled backwards = charge_event(77), endless = charge_event(78),
                          stolen = claim_event(SQ_SPOOL_MODIFY, 60);
        struct sq_claim claim = fixture_claim(UUID(1), 4, 600);
        struct sq_spool_report report;

        assert_true(fixture_reserve(f, &claim).accepted);
        backwards.run.end_at = 1;
        sq_tres_set(&endless.run.tres, "cpu", INT64_MAX);
        stolen.claim.user = "mallory";
        append(f, &backwards);
        append_charges(f, 1, 1);
        append(f, &endless);
        fixture_sql(f, "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks,"
                       " tres, seconds, created_at) SELECT '" UUID(2) "', array_task, user_id,"
                       " account_id, tasks, tres, seconds, created_at FROM reservation");
        stolen.claim.uuid = UUID(2);
        append(f, &stolen);
        scribble(f, "events", "+charge\tjob=79\t#00000000\n", 25);
        append_charges(f, 2, 2);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 2, 4, 0, false);
        assert_int_equal(charges(f), 2);
        assert_true(holds(f, "rejected", "job=77"));
        assert_true(holds(f, "rejected", "job=78"));
        assert_true(holds(f, "rejected", "mallory"));
        assert_true(holds(f, "rejected", "\n+charge\tjob=79\t#00000000\n"));
        assert_false(holds(f, "rejected", "job=2"));
        assert_true(sq_spool_is_empty(f->directory));
}

static void what_cannot_be_moved_aside_stays(void **state) {
        struct fixture *f = *state;
        char path[128];

        scribble(f, "events", "nonsense\n", 9);
        append_charges(f, 1, 1);
        assert_int_equal(mkdir(path_of(f, "rejected", path), 0700), 0);
        replay(f, ALL, NULL, SQ_EIO);
        assert_true(holds(f, "events", "nonsense\n"));
        assert_int_equal(rmdir(path), 0);
        replay(f, ALL, NULL, SQ_OK);
        assert_true(holds(f, "rejected", "nonsense\n"));
        assert_int_equal(charges(f), 1);
}

/* --- a file that others have damaged --------------------------------------- */

static void a_torn_line_does_not_take_the_next_one_along(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        append_charges(f, 1, 1);
        scribble(f, "events", "+charge\tclus", 12);
        append_charges(f, 2, 2);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 2, 1, 0, false);
        assert_int_equal(charges(f), 2);
}

static void empty_lines_do_no_harm(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        scribble(f, "events", "\n\n", 2);
        append_charges(f, 1, 1);
        scribble(f, "events", "\n", 1);
        append_charges(f, 2, 2);
        report = replay(f, 1, NULL, SQ_OK);
        assert_report(&report, 1, 0, 0, true);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 1, 0, 0, false);
        assert_int_equal(charges(f), 2);
        assert_true(sq_spool_is_empty(f->directory));
}

static void zeros_and_endless_lines_do_no_harm(void **state) {
        struct fixture *f = *state;
        static char zeros[3 * SQ_SPOOL_LINE_MAX], junk[3 * SQ_SPOOL_LINE_MAX];

        memset(junk, 'x', sizeof junk);
        append_charges(f, 1, 1);
        scribble(f, "events", zeros, sizeof zeros); /* what a power cut leaves */
        append_charges(f, 2, 2);
        scribble(f, "events", junk, sizeof junk);
        append_charges(f, 3, 3);
        assert_int_equal(replay(f, ALL, NULL, SQ_OK).booked, 3);
        assert_int_equal(charges(f), 3);
        assert_true(sq_spool_is_empty(f->directory));
}

/* --- questions ------------------------------------------------------------- */

static int64_t known_from, asked;

/* slurmdbd knows the jobs from `known_from` on. */
static int complete(struct sq_spooled *event, void *payload, struct sq_error *err) {
        const int64_t job = event->run.job_id;

        (void)payload;
        assert_int_equal(event->uid, 1000);
        asked++;
        if (job < known_from)
                return sq_fail(err, SQ_ENOTFOUND, "no such job");
        event->run = fixture_run(job, NULL, 1, 60);
        return SQ_OK;
}

static int cannot_ask(struct sq_spooled *event, void *payload, struct sq_error *err) {
        (void)event;
        (void)payload;
        return sq_fail(err, SQ_EINVAL, "sacct talks nonsense");
}

static int dies(struct sq_spooled *event, void *payload, struct sq_error *err) {
        if (event->run.job_id == 2)
                raise(SIGKILL);
        return complete(event, payload, err);
}

static void questions_wait_for_somebody_who_can_answer_them(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled first = question(1), second = question(2);
        struct sq_spool_report report;

        append(f, &first);
        append(f, &second);
        append_charges(f, 3, 3);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 1, 0, 0, false);
        assert_true(sq_spool_is_empty(f->directory)); /* hooks need not look again */
        known_from = 2;
        report = replay(f, ALL, complete, SQ_OK);
        assert_report(&report, 1, 0, 1, false);
        known_from = 1;
        report = replay(f, ALL, complete, SQ_OK);
        assert_report(&report, 1, 0, 0, false);
        assert_int_equal(size_of(f, "questions"), 0);
        assert_int_equal(charges(f), 3);
}

static void questions_without_answer_do_not_use_up_the_limit(void **state) {
        struct fixture *f = *state;
        struct sq_spool_report report;

        for (int64_t job = 1; job <= 50; job++) {
                const struct sq_spooled event = question(job);

                append(f, &event);
        }
        known_from = 50;
        report = replay(f, 5, complete, SQ_OK);
        assert_report(&report, 1, 0, 49, false);
}

static void questions_are_asked_when_no_event_is_left(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled event = question(1);
        struct sq_spool_report report;

        append(f, &event);
        append_charges(f, 2, 3);
        known_from = 1;
        asked = 0;
        report = replay(f, 1, complete, SQ_OK);
        assert_report(&report, 1, 0, 0, true);
        assert_int_equal(asked, 0);
        report = replay(f, 3, complete, SQ_OK);
        assert_report(&report, 2, 0, 0, false);
        assert_int_equal(asked, 1);
}

static void a_failure_to_ask_stops_and_keeps_the_question(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled event = question(1);
        struct sq_spool_report report;

        append(f, &event);
        append_charges(f, 2, 2);
        report = replay(f, ALL, cannot_ask, SQ_EINVAL);
        assert_report(&report, 1, 0, 0, true);
        known_from = 1;
        report = replay(f, ALL, complete, SQ_OK);
        assert_report(&report, 1, 0, 0, false);
        assert_int_equal(size_of(f, "rejected"), -1);
}

static void a_question_among_the_events_waits_there(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled event = question(1);
        char line[SQ_SPOOL_LINE_MAX];
        struct sq_spool_report report;

        assert_int_equal(sq_spool_line_write(&event, line, NULL), SQ_OK);
        scribble(f, "events", line, strlen(line));
        append_charges(f, 2, 2);
        report = replay(f, ALL, NULL, SQ_OK);
        assert_report(&report, 1, 0, 1, false);
        known_from = 1;
        assert_int_equal(replay(f, ALL, complete, SQ_OK).booked, 1);
        assert_true(sq_spool_is_empty(f->directory));
}

static int replay_and_die(void *payload) {
        struct fixture *f = payload;
        struct sq_spool_report report;

        if (sq_ledger_open(&f->options, fixture_patience(), &f->ledger, NULL))
                return 1;
        sq_spool_replay(f->directory, f->ledger, ALL, dies, NULL, &report, NULL);
        return 2;
}

static void what_was_booked_before_a_crash_is_marked(void **state) {
        struct fixture *f = *state;
        const struct sq_spooled first = question(1), second = question(2);

        append(f, &first);
        append(f, &second);
        fixture_close(f);
        known_from = 1;
        assert_int_equal(fixture_wait(fixture_fork(replay_and_die, f)), 128 + SIGKILL);
        assert_true(holds(f, "questions", "-ask"));
        assert_true(holds(f, "questions", "\n+ask"));
        fixture_open(f, SQ_STORE_PERSON);
        asked = 0;
        assert_int_equal(replay(f, ALL, complete, SQ_OK).booked, 1);
        assert_int_equal(asked, 1);
        assert_int_equal(charges(f), 2);
}

#define A_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_start, fixture_stop)

int main(void) {
        const struct CMUnitTest tests[] = {
                A_TEST(no_spool_is_an_empty_spool),
                A_TEST(events_are_booked_in_their_order),
                A_TEST(events_twice_in_the_spool_are_booked_once),
                A_TEST(more_events_than_are_read_at_once_are_booked),
                A_TEST(no_more_is_booked_than_was_asked_for),
                A_TEST(what_can_never_be_booked_goes_to_a_file_of_its_own),
                A_TEST(what_cannot_be_moved_aside_stays),
                A_TEST(a_torn_line_does_not_take_the_next_one_along),
                A_TEST(empty_lines_do_no_harm),
                A_TEST(zeros_and_endless_lines_do_no_harm),
                A_TEST(questions_wait_for_somebody_who_can_answer_them),
                A_TEST(questions_without_answer_do_not_use_up_the_limit),
                A_TEST(questions_are_asked_when_no_event_is_left),
                A_TEST(a_failure_to_ask_stops_and_keeps_the_question),
                A_TEST(a_question_among_the_events_waits_there),
                A_TEST(what_was_booked_before_a_crash_is_marked),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
