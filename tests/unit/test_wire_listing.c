/* test_wire_listing.c - lists of a service: what is taken, and what is none of its answers */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "ledger/reservation.h"
#include "wire/listing.h"

#define URL "http://host:9911/"

static const struct sq_listing_part all = {.wanted = 0, .asked = 10000};

/* Each call leaves a line. */
struct seen {
        char text[1024];
        size_t n;
};

static void note(struct seen *seen, const char *line) {
        seen->n += (size_t)snprintf(seen->text + seen->n, sizeof seen->text - seen->n, "%s\n",
                                    line);
}

static struct sq_answered said(const char *text) {
        return (struct sq_answered){.text = (char *)text, .length = strlen(text)};
}

/* --- standings ------------------------------------------------------------------- */

static int see_standing(const struct sq_standing *s, void *payload) {
        char line[256];

        snprintf(line, sizeof line, "%s %s %ld/%ld/%ld %ld/%ld/%ld %ld %ld",
                 sq_subject_kind_name(s->kind), s->name, s->of[SQ_CPU].consumed.seconds,
                 s->of[SQ_CPU].reserved.seconds, s->of[SQ_CPU].budget.seconds,
                 s->of[SQ_GPU].consumed.seconds, s->of[SQ_GPU].reserved.seconds,
                 s->of[SQ_GPU].budget.seconds, s->jobs, s->updated_at);
        note(payload, line);
        return SQ_OK;
}

#define AMOUNTS                                                                             \
        "\"consumed_cpu_seconds\":61,\"reserved_cpu_seconds\":2,\"budget_cpu_seconds\":-1," \
        "\"consumed_gpu_seconds\":4,\"reserved_gpu_seconds\":5,\"budget_gpu_seconds\":6,"
#define ALICE                                                          \
        "{\"username\":\"alice\"," AMOUNTS "\"job_count\":3,"          \
        "\"last_updated\":\"2026-01-01 00:00:00\",\"newer\":[\"than us\"]}"
#define HPC "{\"account\":\"hpc\"," AMOUNTS "\"job_count\":0,\"last_updated\":null}"

static void users_and_accounts_come_with_all_that_tables_show(void **state) {
        const struct sq_answered answer =
                said("{\"users\":[" ALICE "],\"accounts\":[" HPC "]}");
        struct seen seen = {.n = 0};

        (void)state;
        assert_int_equal(sq_listing_standings(URL, &answer, see_standing, &seen, NULL), 0);
        assert_string_equal(seen.text, "user alice 61/2/-1 4/5/6 3 1767225600\n"
                                       "account hpc 61/2/-1 4/5/6 0 0\n");
        assert_int_equal(sq_listing_standings(URL, &answer, NULL, NULL, NULL), 0);
}

static void what_is_not_slurm_quotas_is_named_before_anything_is_told(void **state) {
        static const struct {
                const char *body, *why;
        } cases[] = {
                {"", "it is not JSON"},
                {"<html><body>It works!</body></html>", "it is not JSON"},
                {"{\"users\":[" ALICE "]", "it is not JSON"},
                {"{\"users\":[],\"users\":[],\"accounts\":[]}", "it is not JSON"},
                {"{\"users\":[1e999],\"accounts\":[]}", "it is not JSON"},
                {"[]", "\"users\" is missing"},
                {"3", "it is not JSON"},
                {"{\"accounts\":[]}", "\"users\" is missing"},
                {"{\"users\":{},\"accounts\":[]}", "\"users\" is not a list"},
                {"{\"users\":[" ALICE ",7],\"accounts\":[]}", "\"username\" is missing"},
                {"{\"users\":[" HPC "],\"accounts\":[]}", "\"username\" is missing"},
                {"{\"users\":[" ALICE "],\"accounts\":[{\"account\":null}]}",
                 "\"account\" is not text"},
                {"{\"users\":[],\"accounts\":[{\"account\":\"a\","
                 "\"consumed_cpu_seconds\":1.5}]}",
                 "\"consumed_cpu_seconds\" is not a whole number"},
                {"{\"users\":[],\"accounts\":[{\"account\":\"a\",\"consumed_cpu_seconds\":1,"
                 "\"reserved_cpu_seconds\":-1}]}",
                 "\"reserved_cpu_seconds\" is out of range"},
                {"{\"users\":[],\"accounts\":[{\"account\":\"a\",\"consumed_cpu_seconds\":1,"
                 "\"reserved_cpu_seconds\":0,\"budget_cpu_seconds\":-2}]}",
                 "\"budget_cpu_seconds\" is out of range"},
                {"{\"users\":[],\"accounts\":[{\"account\":\"a\"," AMOUNTS
                 "\"job_count\":3,\"last_updated\":\"yesterday\"}]}",
                 "\"last_updated\" is not a time"},
        };
        struct sq_answered answer;
        struct seen seen = {.n = 0};
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                answer = said(cases[i].body);
                assert_int_equal(sq_listing_standings(URL, &answer, see_standing, &seen, &err),
                                 SQ_ECORRUPT);
                assert_non_null(strstr(err.text, "the answer of " URL " is not slurm-quota's"));
                if (!strstr(err.text, cases[i].why))
                        fail_msg("%s -> %s", cases[i].body, err.text);
                assert_int_equal(seen.n, 0);
        }
        answer = (struct sq_answered){.text = NULL}; /* 204 */
        assert_int_equal(sq_listing_standings(URL, &answer, see_standing, &seen, &err),
                         SQ_ECORRUPT);
}

/* --- budgets --------------------------------------------------------------------- */

static int see_budget(const struct sq_window_standing *s, void *payload) {
        const struct sq_window_balance *b = &s->balance;
        char line[256], rule[32];

        snprintf(line, sizeof line,
                 "%s %s %s %s %ld: %ld %ld %ld %ld %d -> %ld %s, %ld/%ld*%ld",
                 sq_subject_kind_name(s->kind), s->name, s->resource,
                 sq_window_kind_word(b->window), b->span.last_day, b->budget, b->carried,
                 b->consumed, b->reserved, (b->uncounted & SQ_UNCOUNTED_RESERVED) != 0,
                 sq_window_balance_available(b).seconds,
                 sq_carryover_text(&b->carryover, rule, sizeof rule), b->policy.limit,
                 b->policy.full, b->policy.weight);
        note(payload, line);
        return SQ_OK;
}

#define NO_POLICY                                                              \
        "\"allocation_weight\":null,\"allocation_seconds\":null,"              \
        "\"allocation_limit_seconds\":null"
#define A_POLICY                                                               \
        "\"allocation_weight\":3,\"allocation_seconds\":100,"                  \
        "\"allocation_limit_seconds\":120"
#define LIMIT_OF(window, day, amounts, rule, policy)                           \
        "{\"kind\":\"account\",\"name\":\"hpc\",\"resource\":\"gres/gpu\","    \
        "\"window\":\"" window "\",\"last_day\":" day "," amounts ","          \
        "\"carryover\":\"" rule "\"," policy "}"
#define LIMIT(window, day, amounts, rule) LIMIT_OF(window, day, amounts, rule, NO_POLICY)
#define COUNTED                                                                         \
        "\"budget_seconds\":600,\"carried_seconds\":60,\"consumed_seconds\":-5,"          \
        "\"reserved_seconds\":120,\"reserved_is_at_most\":true,\"available_seconds\":545"
#define TOO_SMALL "\"budget_seconds\":-2"

static void budgets_come_with_their_window_and_rule(void **state) {
        const struct sq_answered answer =
                said("[" LIMIT("month", "\"2026-02-28\"", COUNTED, "decay:15") ","
                     LIMIT("total", "null", COUNTED, "none") ","
                     LIMIT_OF("year", "\"2026-12-31\"", COUNTED, "none", A_POLICY) "]"),
                                 none = said("[]\n");
        struct seen seen = {.n = 0};

        (void)state;
        assert_int_equal(sq_listing_budgets(URL, &answer, see_budget, &seen, NULL), 0);
        assert_string_equal(seen.text,
                            "account hpc gres/gpu month 20260228: 600 60 -5 120 1 -> 545"
                            " decay:15, 0/0*0\n"
                            "account hpc gres/gpu total 0: 600 60 -5 120 1 -> 545 none, 0/0*0\n"
                            "account hpc gres/gpu year 20261231: 600 60 -5 120 1 -> 545 none,"
                            " 120/100*3\n");
        assert_int_equal(sq_listing_budgets(URL, &answer, NULL, NULL, NULL), 0);
        assert_int_equal(sq_listing_budgets(URL, &none, see_budget, &seen, NULL), 0);
}

static void budgets_that_cannot_be_are_named_before_anything_is_told(void **state) {
        static const struct {
                const char *body, *why;
        } cases[] = {
                {"{}", "\"[\" is not what it begins with"},
                {"[7]", "\"kind\" is missing"},
                {"[" LIMIT("week", "null", COUNTED, "none") "]",
                 "\"window\" is none that budgets have"},
                {"[" LIMIT("month", "null", COUNTED, "none") "]",
                 "\"last_day\" is not that of such a window"},
                {"[" LIMIT("total", "\"2026-02-28\"", COUNTED, "none") "]",
                 "\"last_day\" is not that of such a window"},
                {"[" LIMIT("month", "\"2026-02-30\"", COUNTED, "none") "]",
                 "\"last_day\" is not a day"},
                {"[" LIMIT("total", "null", TOO_SMALL, "none") "]",
                 "\"budget_seconds\" is out of range"},
                {"[" LIMIT("total", "null", COUNTED, "none") ","
                 LIMIT("total", "null", COUNTED, "half") "]",
                 "\"carryover\" is no rule for it"},
        };
        struct seen seen = {.n = 0};
        struct sq_error err;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                const struct sq_answered answer = said(cases[i].body);

                assert_int_equal(sq_listing_budgets(URL, &answer, see_budget, &seen, &err),
                                 SQ_ECORRUPT);
                if (!strstr(err.text, cases[i].why))
                        fail_msg("%s -> %s", cases[i].body, err.text);
                assert_int_equal(seen.n, 0);
        }
}

/* --- reservations -------------------------------------------------------------------- */

static int see_reservation(const struct sq_job_standing *job, void *payload) {
        char line[256];

        snprintf(line, sizeof line, "%ld_%ld x%ld %s %s %s %ld %ld %ld %ld %ld %.8s",
                 job->job_id, job->array_task, job->tasks, job->user, job->account,
                 sq_job_state_name(job->state), job->reserved.of[SQ_CPU].seconds,
                 job->used.of[SQ_CPU].seconds, job->reserved.of[SQ_GPU].seconds,
                 job->used.of[SQ_GPU].seconds, job->until, job->uuid);
        note(payload, line);
        return SQ_OK;
}

#define HELD                                                                           \
        "\"user\":\"alice\",\"account\":\"hpc\",\"reserved_cpu_seconds\":1,"           \
        "\"used_cpu_seconds\":2,\"reserved_gpu_seconds\":3,\"used_gpu_seconds\":4,"    \
        "\"uuid\":\"0199a0b0-1111-7222-8333-444455556666\","

static void jobs_that_hold_something_come_with_their_task_and_state(void **state) {
        const struct sq_answered answer =
                said("{\"jobs\":[{\"job_id\":12,\"array_task\":3,\"tasks\":1," HELD
                     "\"state\":\"RUNNING\",\"until\":1767225600},"
                     "{\"job_id\":null,\"array_task\":null,\"tasks\":9," HELD
                     "\"state\":\"SUBMITTED\",\"until\":null}],\"compared_at\":7}");
        struct seen seen = {.n = 0};
        int64_t compared_at = 0;

        (void)state;
        assert_int_equal(sq_listing_reservations(URL, &answer, see_reservation, &seen,
                                                 &compared_at, NULL),
                         0);
        assert_string_equal(seen.text, "12_3 x1 alice hpc RUNNING 1 2 3 4 1767225600 0199a0b0\n"
                                       "0_-1 x9 alice hpc SUBMITTED 1 2 3 4 0 0199a0b0\n");
        assert_int_equal(compared_at, 7);
}

static void states_that_no_job_has_are_refused(void **state) {
        const struct sq_answered answer = said("{\"jobs\":[{\"tasks\":9," HELD
                                               "\"state\":\"DANCING\"}],\"compared_at\":null}");
        struct sq_error err;
        int64_t at;

        (void)state;
        assert_int_equal(sq_listing_reservations(URL, &answer, NULL, NULL, &at, &err),
                         SQ_ECORRUPT);
        assert_non_null(strstr(err.text, "\"state\" is none that jobs have"));
}

/* --- entries ---------------------------------------------------------------------------- */

static int see_entry(const struct sq_entry *e, void *payload) {
        char line[256];

        snprintf(line, sizeof line, "%ld %ld %s %s/%s %s %s %s%ld %s%ld%s %s %ld=%ld_%ld",
                 e->id, e->at, e->kind, e->user ? e->user : "-", e->account ? e->account : "-",
                 e->actor, e->reason ? e->reason : "-", e->has[SQ_CPU] ? "" : "no ",
                 e->amounts.of[SQ_CPU].seconds, e->has[SQ_GPU] ? "" : "no ",
                 e->amounts.of[SQ_GPU].seconds, e->is_budget ? " budget" : "",
                 e->state ? e->state : "-", e->job_id, e->array_job, e->array_task);
        note(payload, line);
        return SQ_OK;
}

#define BUDGET                                                                               \
        "{\"entry\":1,\"at\":5,\"kind\":\"budget\",\"user\":\"alice\",\"account\":null,"     \
        "\"budget_cpu_seconds\":-1,\"budget_gpu_seconds\":null,\"actor\":\"root\","          \
        "\"reason\":\"why not\"}"
#define CHARGE                                                                               \
        "{\"entry\":2,\"at\":6,\"kind\":\"charge\",\"user\":\"alice\",\"account\":\"hpc\","  \
        "\"cpu_seconds\":60,\"gpu_seconds\":-7,\"actor\":\"slurm\",\"reason\":null,"         \
        "\"cluster\":\"c\",\"job\":\"12_3\",\"job_id\":15,\"state\":\"COMPLETED\"}"

static void entries_are_budgets_or_amounts(void **state) {
        const struct sq_answered answer = said("[" BUDGET "," CHARGE "]");
        struct seen seen = {.n = 0};
        bool older;

        (void)state;
        assert_int_equal(sq_listing_entries(URL, &answer, &all, see_entry, &seen, &older, NULL),
                         0);
        assert_string_equal(seen.text,
                            "1 5 budget alice/- root why not -1 no 0 budget - 0=0_-1\n"
                            "2 6 charge alice/hpc slurm - 60 -7 COMPLETED 15=12_3\n");
        assert_false(older);
}

static int see_line(const struct sq_entry *e, void *payload) {
        char line[128];

        snprintf(line, sizeof line, "%s%s %s %s %ld", e->kind, e->is_budget ? "!" : "",
                 e->resource ? e->resource : "-", sq_window_kind_word(e->window),
                 e->amount.seconds);
        note(payload, line);
        return SQ_OK;
}

#define LINE(kind, window, amount)                                                           \
        "{\"entry\":1,\"at\":5,\"kind\":\"" kind "\",\"user\":\"alice\",\"account\":null,"     \
        "\"cpu_seconds\":null,\"gpu_seconds\":null,\"resource\":\"node\","                   \
        "\"window\":\"" window "\"," amount ",\"actor\":\"root\",\"reason\":null}"

static void entries_of_windows_come_with_their_amount(void **state) {
        const struct sq_answered answer =
                said("[" LINE("budget", "month", "\"budget_seconds\":-1") ","
                     LINE("adjustment", "total", "\"seconds\":-7") ","
                     LINE("close", "year", "\"carried_seconds\":8") "]");
        static const char *const wrong[] = {
                "[" LINE("budget", "month", "\"budget_seconds\":-2") "]",
                "[" LINE("budget", "week", "\"budget_seconds\":2") "]",
                "[" LINE("adjustment", "month", "\"x\":2") "]",
        };
        struct seen seen = {.n = 0};
        bool older;

        (void)state;
        assert_int_equal(sq_listing_entries(URL, &answer, &all, see_line, &seen, &older, NULL),
                         0);
        assert_string_equal(seen.text, "budget! node month -1\nadjustment node total -7\n"
                                       "close node year 8\n");
        for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
                const struct sq_answered bad = said(wrong[i]);

                assert_int_equal(sq_listing_entries(URL, &bad, &all, see_line, &seen, &older,
                                                    NULL),
                                 SQ_ECORRUPT);
        }
}

static void one_more_than_wanted_says_that_there_are_older_ones(void **state) {
        const struct sq_answered answer = said("[" BUDGET "," CHARGE "]");
        const struct sq_listing_part one = {.wanted = 1, .asked = 2};
        const struct sq_listing_part two = {.wanted = 2, .asked = 2};
        struct seen seen = {.n = 0};
        bool older;

        (void)state;
        assert_int_equal(sq_listing_entries(URL, &answer, &one, see_entry, &seen, &older, NULL),
                         0);
        assert_true(older);
        assert_int_equal(strncmp(seen.text, "2 ", 2), 0);
        assert_int_equal(sq_listing_entries(URL, &answer, &two, NULL, NULL, &older, NULL), 0);
        assert_false(older);
}

static void jobs_are_numbers_with_or_without_a_task(void **state) {
        static const char *const jobs[] = {"", "_", "12_", "_3", "1 2", "-1", "12_x",
                                           "99999999999999999999", "0x1"};
        char text[512];
        struct sq_answered answer;
        struct sq_error err;
        bool older;

        (void)state;
        for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
                snprintf(text, sizeof text,
                         "[{\"entry\":2,\"at\":6,\"kind\":\"charge\",\"actor\":\"a\","
                         "\"cluster\":\"c\",\"job\":\"%s\",\"job_id\":15,\"state\":\"X\"}]",
                         jobs[i]);
                answer = said(text);
                assert_int_equal(
                        sq_listing_entries(URL, &answer, &all, NULL, NULL, &older, &err),
                        SQ_ECORRUPT);
                assert_non_null(strstr(err.text, "\"job\" is not a job"));
        }
        answer = said("{}");
        assert_int_equal(sq_listing_entries(URL, &answer, &all, NULL, NULL, &older, &err),
                         SQ_ECORRUPT);
}

/* --- finished jobs --------------------------------------------------------------------- */

static int see_finished(const struct sq_finished *job, void *payload) {
        char line[256];

        snprintf(line, sizeof line, "%s %ld=%ld_%ld %s/%s %s %s %ld-%ld-%ld %ld %ld %ld %ld",
                 job->cluster, job->job_id, job->array_job, job->array_task,
                 job->user ? job->user : "-", job->account ? job->account : "-", job->state,
                 job->tres ? job->tres : "-", job->submit_at, job->start_at, job->end_at,
                 job->charged.of[SQ_CPU].seconds, job->charged.of[SQ_GPU].seconds,
                 job->refunded.of[SQ_CPU].seconds, job->refunded.of[SQ_GPU].seconds);
        note(payload, line);
        return SQ_OK;
}

#define FINISHED                                                                            \
        "{\"cluster\":\"c\",\"job\":\"12\",\"job_id\":12,\"user\":\"alice\","               \
        "\"account\":null,\"state\":\"COMPLETED\",\"submitted_at\":1,\"started_at\":null,"  \
        "\"ended_at\":3,\"elapsed_seconds\":0,\"tres\":\"cpu=4\",\"cpus\":4,\"gpus\":0,"    \
        "\"charged_cpu_seconds\":-9,\"charged_gpu_seconds\":8,\"refunded_cpu_seconds\":7,"  \
        "\"refunded_gpu_seconds\":6}"

static void finished_jobs_come_with_their_cost(void **state) {
        const struct sq_answered answer = said("[" FINISHED "]"), none = said("[]");
        struct seen seen = {.n = 0};

        (void)state;
        assert_int_equal(sq_listing_finished(URL, &none, &all, see_finished, &seen, NULL), 0);
        assert_int_equal(seen.n, 0);
        assert_int_equal(sq_listing_finished(URL, &answer, &all, see_finished, &seen, NULL), 0);
        assert_string_equal(seen.text,
                            "c 12=0_-1 alice/- COMPLETED cpu=4 1-0-3 -9 8 7 6\n");
}

static int stop(const struct sq_finished *job, void *payload) {
        (void)job;
        ++*(int *)payload;
        return SQ_EIO;
}

static void who_has_seen_enough_is_called_no_more(void **state) {
        const struct sq_answered answer = said("[" FINISHED "," FINISHED "]");
        int calls = 0;

        (void)state;
        assert_int_equal(sq_listing_finished(URL, &answer, &all, stop, &calls, NULL), SQ_EIO);
        assert_int_equal(calls, 1);
}

static int see_token(const struct sq_token *token, void *payload) {
        char line[256];

        snprintf(line, sizeof line, "%ld %s %s %s %ld %ld %ld", token->id, token->name,
                 token->owner, token->has_role ? sq_role_name(token->role) : "-",
                 token->created_at, token->expires_at, token->last_used_at);
        note(payload, line);
        return SQ_OK;
}

static void tokens_come_with_their_role_and_times(void **state) {
        struct sq_answered answer =
                said("{\"tokens\":[{\"id\":1,\"name\":\"a\",\"owner\":\"alice\","
                     "\"role\":\"operator\",\"created_at\":5,\"expires_at\":6,"
                     "\"last_used_at\":7},{\"id\":2,\"name\":\"b\",\"owner\":\"bob\","
                     "\"role\":null,\"created_at\":5,\"expires_at\":null,"
                     "\"last_used_at\":null}]}");
        struct seen seen = {.n = 0};
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_listing_tokens(URL, &answer, see_token, &seen, NULL), 0);
        assert_string_equal(seen.text, "1 a alice operator 5 6 7\n2 b bob - 5 0 0\n");
        answer = said("{\"tokens\":[{\"id\":1,\"name\":\"a\",\"owner\":\"alice\","
                      "\"role\":\"king\",\"created_at\":5}]}");
        assert_int_equal(sq_listing_tokens(URL, &answer, NULL, NULL, &err), SQ_ECORRUPT);
        assert_non_null(strstr(err.text, "\"role\" is none that there is"));
}

static void a_list_that_may_not_be_all_of_it_is_an_error(void **state) {
        const struct sq_answered entries = said("[" BUDGET "," CHARGE "]");
        const struct sq_answered jobs = said("[" FINISHED "," FINISHED "]");
        static const struct {
                struct sq_listing_part part;
                int code;
        } cases[] = {
                {{.wanted = 0, .asked = 2}, SQ_ERANGE}, {{.wanted = 3, .asked = 2}, SQ_ERANGE},
                {{.wanted = 2, .asked = 2}, SQ_OK},     {{.wanted = 1, .asked = 2}, SQ_OK},
                {{.wanted = 0, .asked = 3}, SQ_OK},     {{.wanted = 9, .asked = 3}, SQ_OK},
        };
        struct sq_error err;
        bool older;

        (void)state;
        for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
                assert_int_equal(sq_listing_entries(URL, &entries, &cases[i].part, NULL, NULL,
                                                    &older, &err),
                                 cases[i].code);
                assert_int_equal(sq_listing_finished(URL, &jobs, &cases[i].part, NULL, NULL,
                                                     &err),
                                 cases[i].code);
        }
        assert_int_equal(sq_listing_finished(URL, &jobs, &cases[0].part, NULL, NULL, &err),
                         SQ_ERANGE);
        assert_string_equal(err.text,
                            "there are more than the 2 that the service tells at once");
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(users_and_accounts_come_with_all_that_tables_show),
                cmocka_unit_test(what_is_not_slurm_quotas_is_named_before_anything_is_told),
                cmocka_unit_test(budgets_come_with_their_window_and_rule),
                cmocka_unit_test(budgets_that_cannot_be_are_named_before_anything_is_told),
                cmocka_unit_test(jobs_that_hold_something_come_with_their_task_and_state),
                cmocka_unit_test(states_that_no_job_has_are_refused),
                cmocka_unit_test(entries_are_budgets_or_amounts),
                cmocka_unit_test(entries_of_windows_come_with_their_amount),
                cmocka_unit_test(one_more_than_wanted_says_that_there_are_older_ones),
                cmocka_unit_test(jobs_are_numbers_with_or_without_a_task),
                cmocka_unit_test(finished_jobs_come_with_their_cost),
                cmocka_unit_test(tokens_come_with_their_role_and_times),
                cmocka_unit_test(a_list_that_may_not_be_all_of_it_is_an_error),
                cmocka_unit_test(who_has_seen_enough_is_called_no_more),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
