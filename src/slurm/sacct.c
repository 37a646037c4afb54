#include "slurm/sacct.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "slurm/array.h"
#include "slurm/ask.h"

/* In this order. */
enum field { JOB_ID_RAW, JOB_ID, SUBMIT, START, END, STATE, USER, ACCOUNT, ALLOC_TRES,
             ADMIN_COMMENT, FIELDS };
#define FORMAT "JobIDRaw,JobID,Submit,Start,End,State,User,Account,AllocTRES,AdminComment"
static const struct sq_row_shape shape = {FIELDS, JOB_ID_RAW, SUBMIT};

/* Asked for the rest of an array sacct lists all its tasks: a million lines. */
#define OUTPUT_MAX (256u * 1024 * 1024)

/* --- tasks of an array ------------------------------------------------------------ */

/* Notes the range that has come to its end. */
static void end_range(struct sq_sacct_reader *r) {
        const size_t left = sizeof r->started - r->n_started;
        int n;

        if (r->first < 0)
                return;
        n = snprintf(r->started + r->n_started, left, "%" PRId64 "-%" PRId64 ",", r->first,
                     r->last);
        if (n > 0 && (size_t)n < left)
                r->n_started += (size_t)n;
        else
                r->started[r->n_started] = '\0'; /* no room: counted as pending */
        r->first = -1;
}

static void note_started(struct sq_sacct_reader *r, int64_t task) {
        if (r->first >= 0 && (task == r->last || task == r->last + 1)) {
                r->last = task;
                return;
        }
        end_range(r);
        r->first = r->last = task;
}

/* "[4-9%2]": what was pending.  A list that Slurm has cut off ("...") or that is too
 * long for us is taken up to its last comma. */
static void note_rest(struct sq_sacct_reader *r, const char *text, size_t length) {
        const char *dots;

        if (length < 2 || text[0] != '[')
                return;
        snprintf(r->rest, sizeof r->rest, "%.*s", (int)(length - 2), text + 1);
        dots = strstr(r->rest, "...");
        if (dots || length - 2 >= sizeof r->rest) {
                char *comma = strrchr(r->rest, ',');

                if (comma)
                        *comma = '\0';
        }
}

/* How many of the pending ones have not begun after all. */
static int64_t count_rest(struct sq_sacct_reader *r) {
        char all[2 * SQ_SACCT_TASKS_SIZE];
        int64_t together, started = 0;

        end_range(r);
        snprintf(all, sizeof all, "%s,%s", r->rest, r->started);
        if (sq_array_count(all, &together, NULL) ||
            (r->n_started && sq_array_count(r->started, &started, NULL)))
                return 1;
        return together - started > 1 ? together - started : 1;
}

/* --- the right row ------------------------------------------------------------------ */

/* Whether a row that has ended is the run; *ret_exact is true when its end is the one
 * that was asked for. */
static bool is_it(const struct sq_sacct_question *q, const struct sq_row *row,
                  bool *ret_exact) {
        const int64_t submit = sq_row_count(row, SUBMIT), end = sq_row_count(row, END);

        *ret_exact = end == q->end_at;
        if (sq_row_is(row, STATE, "RESIZING") != q->resized)
                return false;
        /* slurmctld looks at the clock once for jobcomp, and once for slurmdbd. */
        if (q->resized)
                return submit >= q->submit_at && end >= q->end_at - 1 && end <= q->end_at + 1;
        return submit == q->submit_at || submit == q->start_at;
}

static void take_run(struct sq_sacct_reader *r, const struct sq_row *row) {
        const int64_t submit = sq_row_count(row, SUBMIT);

        r->run = (struct sq_sacct_run){.start_at = sq_row_count(row, START),
                                       .end_at = sq_row_count(row, END),
                                       .tasks = 1};
        if (r->run.start_at && r->run.start_at < submit)
                r->run.start_at = submit; /* see sacct.h about resized jobs */
        sq_row_copy(row, USER, r->run.user, sizeof r->run.user);
        sq_row_copy(row, ACCOUNT, r->run.account, sizeof r->run.account);
        r->unreadable.text[0] = '\0';
        (void)sq_row_tres(row, ALLOC_TRES, "AllocTRES", &r->run.tres, &r->unreadable);
        r->rest[0] = '\0';
        sq_row_comment_start(&r->comment, row, ADMIN_COMMENT);
}

void sq_sacct_reader_start(struct sq_sacct_reader *reader,
                           const struct sq_sacct_question *question) {
        memset(reader, 0, sizeof *reader);
        reader->question = *question;
        reader->first = -1;
}

int sq_sacct_reader_take(const char *line, void *payload, struct sq_error *err) {
        struct sq_sacct_reader *r = payload;
        const struct sq_sacct_question *q = &r->question;
        const char *tasks = NULL;
        size_t n_tasks = 0;
        int64_t id, array = 0, task;
        struct sq_row row;
        bool exact;

        if (!sq_row_read(line, &shape, &row, &id))
                return sq_row_comment_go_on(r->open ? &r->comment : NULL, r->any, line, err);
        r->any = true;
        r->open = false;
        if (q->rest && sq_row_array(&row, JOB_ID, &array, &tasks, &n_tasks) &&
            array == q->job_id && sq_row_number_of(tasks, n_tasks, &task))
                note_started(r, task);
        if (id != q->job_id || !sq_row_count(&row, END) || !is_it(q, &row, &exact) ||
            (r->exact && !exact))
                return SQ_OK;
        r->found = r->open = true;
        r->exact = exact;
        take_run(r, &row);
        if (q->rest && array == q->job_id)
                note_rest(r, tasks, n_tasks);
        return SQ_OK;
}

int sq_sacct_reader_finish(struct sq_sacct_reader *reader, struct sq_sacct_run *ret,
                           struct sq_error *err) {
        if (!reader->found)
                return sq_fail(err, SQ_ENOTFOUND,
                               "slurmdbd does not know the end of job %" PRId64 " yet",
                               reader->question.job_id);
        if (reader->unreadable.text[0])
                return sq_fail(err, SQ_ENOTFOUND, "job %" PRId64 ": %.400s",
                               reader->question.job_id, reader->unreadable.text);
        if (reader->question.rest && !reader->rest[0] && !reader->question.settled)
                return sq_fail(err, SQ_ENOTFOUND,
                               "slurmdbd does not know the tasks of array %" PRId64 " yet",
                               reader->question.job_id);
        if (reader->rest[0])
                reader->run.tasks = count_rest(reader);
        (void)sq_comment_uuid(reader->comment.text, reader->run.uuid);
        *ret = reader->run;
        return SQ_OK;
}

/* --- asking --------------------------------------------------------------------------- */

int sq_sacct_ask(const char *program, const struct sq_sacct_question *question,
                 int64_t deadline, struct sq_sacct_run *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_sacct_reader *reader = malloc(sizeof *reader);
        char jobs[64];
        const char *const argv[] = {program, "--noheader", "--parsable2",
                                    "--delimiter=" SQ_ROW_SEPARATOR_TEXT, "--allocations",
                                    "--duplicates", "--local", "--format=" FORMAT, jobs, NULL};
        /* Times as UTC seconds; lists of tasks as long as we can read them. */
        const char *const extra[] = {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=2048", NULL};
        const struct sq_program run = {
                .argv = argv,
                .extra = extra,
                .deadline = deadline,
                .line_max = SQ_ROW_SIZE,
                .output_max = OUTPUT_MAX,
                .take = sq_sacct_reader_take,
                .payload = reader,
        };
        int rc;

        if (!reader)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (question->array_job > 0 && question->array_task >= 0)
                snprintf(jobs, sizeof jobs, "--jobs=%" PRId64 "_%" PRId64, question->array_job,
                         question->array_task);
        else
                snprintf(jobs, sizeof jobs, "--jobs=%" PRId64, question->job_id);
        sq_sacct_reader_start(reader, question);
        rc = sq_ask(&run, err);
        if (rc)
                return rc;
        return sq_sacct_reader_finish(reader, ret, err);
}
