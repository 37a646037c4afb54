#include "slurm/history.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "slurm/ask.h"

/* In this order. */
enum field { JOB_ID_RAW, JOB_ID, SUBMIT, START, END, ELAPSED, STATE, USER, ACCOUNT,
             ALLOC_TRES, ADMIN_COMMENT, FIELDS };
#define FORMAT                                                                              \
        "JobIDRaw,JobID,Submit,Start,End,ElapsedRaw,State,User,Account,AllocTRES,AdminComment"
static const struct sq_row_shape shape = {FIELDS, JOB_ID_RAW, SUBMIT};

/* All that an end can be for slurmdbd. */
#define STATES "BF,CA,CD,DL,F,NF,OOM,PR,RQ,RS,RV,TO"

/* A million jobs. */
#define OUTPUT_MAX (1024u * 1024 * 1024)

/* Slurm reads no moment before (parse_time.c). */
#define FIRST_TIME 1000000

/* --- sizes of a resized job ----------------------------------------------------------- */

/* The size that ended when this row was submitted; NULL when there is none.  Each has
 * only one that follows it. */
static struct sq_history_size *find_size(struct sq_history_reader *r, int64_t job_id,
                                         int64_t submit) {
        for (size_t i = 0; i < r->n_sizes; i++) {
                struct sq_history_size *size = &r->size[i];

                /* slurmctld looks at the clock for each of the two. */
                if (size->job_id == job_id && submit >= size->end_at - 1 &&
                    submit <= size->end_at + 1)
                        return size;
        }
        return NULL;
}

static void note_size(struct sq_history_reader *r, const struct sq_ended *run) {
        r->size[r->next_size] = (struct sq_history_size){
                .job_id = run->job_id,
                .submit_at = run->submit_at,
                .end_at = run->end_at,
                .continues = run->continues,
        };
        r->next_size = (r->next_size + 1) % SQ_HISTORY_SIZES_MAX;
        if (r->n_sizes < SQ_HISTORY_SIZES_MAX)
                r->n_sizes++;
}

/* slurmdbd has the resizing as submit time of a later size, and the job's first start. */
static void place(struct sq_history_reader *r, struct sq_ended *run) {
        const int64_t submit = run->submit_at;
        struct sq_history_size *before = find_size(r, run->job_id, submit);

        run->continues = run->start_at && run->start_at < submit;
        if (before) {
                run->submit_at = before->submit_at;
                run->continues = before->continues;
                before->job_id = 0;
        }
        if (run->start_at && run->start_at < submit) {
                run->elapsed -= submit - run->start_at;
                run->start_at = submit;
        }
        if (run->elapsed < 0)
                run->elapsed = 0;
        if (run->resized)
                note_size(r, run);
}

/* --- one row ---------------------------------------------------------------------------- */

static void read_array(const struct sq_row *row, struct sq_ended *run) {
        const char *tasks;
        size_t length;

        run->array_job = 0;
        run->array_task = -1;
        run->tasks = 1;
        if (!sq_row_array(row, JOB_ID, &run->array_job, &tasks, &length) ||
            sq_row_number_of(tasks, length, &run->array_task))
                return;
        if (length > 2 && tasks[0] == '[' && tasks[length - 1] == ']')
                run->tasks = sq_row_tasks(tasks + 1, length - 2);
}

static void read_state(const struct sq_row *row, struct sq_ended *run) {
        sq_row_copy(row, STATE, run->state, sizeof run->state);
        run->state[strcspn(run->state, " ")] = '\0';
        run->resized = !strcmp(run->state, "RESIZING");
}

static void read_run(struct sq_history_reader *r, const struct sq_row *row) {
        struct sq_ended *run = &r->run;
        const bool started = row->length[ALLOC_TRES] > 0;

        run->submit_at = sq_row_count(row, SUBMIT);
        run->start_at = started ? sq_row_count(row, START) : 0;
        run->end_at = sq_row_count(row, END);
        run->ended = run->end_at > 0;
        run->elapsed = run->start_at ? sq_row_count(row, ELAPSED) : 0;
        read_array(row, run);
        read_state(row, run);
        sq_row_copy(row, USER, run->user, sizeof run->user);
        sq_row_copy(row, ACCOUNT, run->account, sizeof run->account);
        place(r, run);
}

/* sacct sometimes adds a second to the end of the window. */
static bool is_asked_for(const struct sq_history_reader *r) {
        const struct sq_history_question *q = &r->question;

        return q->n_jobs ||
               (r->run.ended && r->run.end_at >= q->since && r->run.end_at <= q->until);
}

static bool is_readable(struct sq_history_reader *r, const struct sq_row *row) {
        struct sq_error why;

        if (!sq_row_tres(row, ALLOC_TRES, "AllocTRES", &r->run.tres, &why))
                return true;
        if (!r->end.unreadable++) {
                r->end.unreadable_job = r->run.job_id;
                r->end.why = why;
        }
        return false;
}

/* --- all of them -------------------------------------------------------------------------- */

void sq_history_reader_start(struct sq_history_reader *reader,
                             const struct sq_history_question *question, sq_ended_fn each,
                             void *payload) {
        memset(reader, 0, sizeof *reader);
        reader->question = *question;
        reader->each = each;
        reader->payload = payload;
}

/* Its comment is complete. */
static int hand_over(struct sq_history_reader *r, struct sq_error *err) {
        if (!r->open)
                return SQ_OK;
        r->open = false;
        r->run.uuid[0] = '\0';
        (void)sq_comment_uuid(r->comment.text, r->run.uuid);
        r->end.runs++;
        r->refused = r->each(&r->run, r->payload, err);
        return r->refused;
}

int sq_history_reader_take(const char *line, void *payload, struct sq_error *err) {
        struct sq_history_reader *r = payload;
        struct sq_row row;
        int64_t id;
        int rc;

        if (!sq_row_read(line, &shape, &row, &id))
                return sq_row_comment_go_on(r->open ? &r->comment : NULL, r->any, line, err);
        rc = hand_over(r, err);
        if (rc)
                return rc;
        r->any = true;
        r->run.job_id = id;
        read_run(r, &row);
        r->open = is_asked_for(r) && is_readable(r, &row);
        sq_row_comment_start(&r->comment, &row, ADMIN_COMMENT);
        return SQ_OK;
}

int sq_history_reader_finish(struct sq_history_reader *reader, struct sq_history_end *ret,
                             struct sq_error *err) {
        const int rc = hand_over(reader, err);

        if (!rc)
                *ret = reader->end;
        return rc;
}

/* --- asking ------------------------------------------------------------------------------- */

/* "--jobs=1,2,3" */
static char *jobs_argument(const int64_t *jobs, size_t n) {
        const size_t size = sizeof "--jobs=" + n * sizeof "18446744073709551615,";
        char *text = malloc(size);
        size_t length = 0;

        for (size_t i = 0; text && i < n; i++)
                length += (size_t)snprintf(text + length, size - length, "%s%" PRId64,
                                           i ? "," : "--jobs=", jobs[i]);
        return text;
}

static int check(const struct sq_history_question *q, struct sq_error *err) {
        if (q->n_jobs > SQ_HISTORY_JOBS_MAX)
                return sq_fail(err, SQ_EINVAL, "more than %d jobs in one question",
                               SQ_HISTORY_JOBS_MAX);
        if (!q->n_jobs && (q->since > q->until || q->until < FIRST_TIME))
                return sq_fail(err, SQ_EINVAL,
                               "there is no time from %" PRId64 " to %" PRId64, q->since,
                               q->until);
        return SQ_OK;
}

static int ask(const char *program, int64_t deadline, struct sq_history_reader *reader,
               struct sq_error *err) {
        const struct sq_history_question *q = &reader->question;
        SQ_CLEANUP(sq_freep) char *jobs = NULL;
        char since[64], until[64];
        const char *argv[] = {program, "--allusers", "--noheader", "--parsable2",
                              "--delimiter=" SQ_ROW_SEPARATOR_TEXT, "--allocations",
                              "--duplicates", "--local", "--format=" FORMAT, since, until,
                              "--state=" STATES, NULL};
        const char *const extra[] = {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=4096", NULL};
        const struct sq_program run = {
                .argv = argv,
                .extra = extra,
                .deadline = deadline,
                .line_max = SQ_ROW_SIZE,
                .output_max = OUTPUT_MAX,
                .take = sq_history_reader_take,
                .payload = reader,
        };

        snprintf(since, sizeof since, "--starttime=uts%" PRId64,
                 q->n_jobs || q->since < FIRST_TIME ? FIRST_TIME : q->since);
        snprintf(until, sizeof until, "--endtime=uts%" PRId64, q->until);
        if (q->n_jobs) {
                /* The end is a bound of submit times here, and clocks differ. */
                snprintf(until, sizeof until, "--endtime=now+1hour");
                jobs = jobs_argument(q->jobs, q->n_jobs);
                if (!jobs)
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                argv[sizeof argv / sizeof argv[0] - 2] = jobs;
        }
        return sq_ask(&run, err);
}

int sq_history_read(const char *program, const struct sq_history_question *question,
                    int64_t deadline, sq_ended_fn each, void *payload,
                    struct sq_history_end *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_history_reader *reader = NULL;
        int rc = check(question, err);

        if (rc)
                return rc;
        reader = malloc(sizeof *reader);
        if (!reader)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_history_reader_start(reader, question, each, payload);
        rc = ask(program, deadline, reader, err);
        if (rc)
                return reader->refused ? reader->refused : rc;
        return sq_history_reader_finish(reader, ret, err);
}
