#include "slurm/queue.h"

#include <string.h>

#include "base/cleanup.h"
#include "slurm/ask.h"
#include "slurm/duration.h"

/* In this order. */
enum field { JOB_ID, ARRAY_JOB, ARRAY_TASK, SUBMIT, START, LIMIT, USED, RESTARTS, STATE, USER,
             ACCOUNT, PARTITION, HET_JOB, TRES, ADMIN_COMMENT, FIELDS };

/* Width 0 is all of a field; what follows it is printed behind the field. */
#define END ":0" SQ_ROW_SEPARATOR_TEXT ","
#define FORMAT                                                                               \
        "JobID" END "ArrayJobID" END "ArrayTaskID" END "SubmitTime" END "StartTime" END      \
        "TimeLimit" END "TimeUsed" END "RestartCnt" END "State" END "UserName" END "Account" \
        END "Partition" END "HetJobID" END "tres-alloc" END "admin_comment:0"
static const struct sq_row_shape shape = {FIELDS, JOB_ID, SUBMIT};

/* slurmctld itself needs some gigabytes for as many jobs as print this. */
#define OUTPUT_MAX (1024u * 1024 * 1024)

/* --- one row ------------------------------------------------------------------------ */

/* What job_state_string() makes of a state and its flags. */
static enum sq_queued_state read_state(const struct sq_row *row) {
        static const struct {
                const char *name;
                enum sq_queued_state state;
        } known[] = {
                {"RUNNING", SQ_QUEUED_RUNNING},       {"PENDING", SQ_QUEUED_PENDING},
                {"COMPLETING", SQ_QUEUED_ENDING},     {"SUSPENDED", SQ_QUEUED_SUSPENDED},
                {"CONFIGURING", SQ_QUEUED_RUNNING},   {"RESIZING", SQ_QUEUED_RUNNING},
                {"STOPPED", SQ_QUEUED_SUSPENDED},     {"REQUEUED", SQ_QUEUED_PENDING},
                {"REQUEUE_HOLD", SQ_QUEUED_PENDING},  {"SPECIAL_EXIT", SQ_QUEUED_PENDING},
                {"RESV_DEL_HOLD", SQ_QUEUED_PENDING}, {"REQUEUE_FED", SQ_QUEUED_PENDING},
        };

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
                if (sq_row_is(row, STATE, known[i].name))
                        return known[i].state;
        return SQ_QUEUED_ENDING;
}

/* Seconds, or `unknown` for NOT_SET, INVALID and whatever else is none. */
static int64_t read_duration(const struct sq_row *row, enum field field, int64_t unlimited,
                             int64_t unknown) {
        char text[SQ_DURATION_SIZE];
        int64_t seconds;

        sq_row_copy(row, field, text, sizeof text);
        if (sq_duration_parse(text, &seconds, NULL) || seconds == SQ_UNSET)
                return unknown;
        return seconds == SQ_INFINITE ? unlimited : seconds;
}

static void read_array(const struct sq_row *row, struct sq_queued *job) {
        job->array_job = 0;
        job->array_task = -1;
        job->tasks = 1;
        if (sq_row_is(row, ARRAY_TASK, "N/A"))
                return;
        job->array_job = sq_row_count(row, ARRAY_JOB);
        if (!sq_row_number(row, ARRAY_TASK, &job->array_task))
                job->tasks = sq_row_tasks(row->field[ARRAY_TASK], row->length[ARRAY_TASK]);
        /* The waiting part may be down to one task; when that has begun once, the record
         * is its own. */
        else if (job->state == SQ_QUEUED_PENDING && job->job_id == job->array_job &&
                 !job->restarts)
                job->array_task = -1;
}

/* `none` is what squeue prints for nothing. */
static void read_name(const struct sq_row *row, enum field field, const char *none,
                      char ret[SQ_NAME_SIZE]) {
        sq_row_copy(row, field, ret, SQ_NAME_SIZE);
        if (!strcmp(ret, none))
                *ret = '\0';
}

static void read_tres(const struct sq_row *row, struct sq_queued *job) {
        job->unreadable = !sq_row_is(row, TRES, "N/A") &&
                          sq_row_tres(row, TRES, "TRES", &job->tres, NULL);
        if (job->unreadable || sq_row_is(row, TRES, "N/A"))
                job->tres.n = 0;
}

static void read_job(const struct sq_row *row, struct sq_queued *job) {
        job->het_job = sq_row_count(row, HET_JOB);
        job->submit_at = sq_row_count(row, SUBMIT);
        job->start_at = sq_row_count(row, START);
        job->limit_seconds = read_duration(row, LIMIT, SQ_QUEUED_UNLIMITED,
                                           SQ_QUEUED_NO_LIMIT_KNOWN);
        job->used_seconds = read_duration(row, USED, -1, -1);
        job->restarts = sq_row_count(row, RESTARTS);
        job->state = read_state(row);
        job->one_partition = !memchr(row->field[PARTITION], ',', row->length[PARTITION]);
        read_array(row, job);
        read_tres(row, job);
        read_name(row, USER, "nobody", job->user);
        read_name(row, ACCOUNT, "(null)", job->account);
}

/* --- all of them ---------------------------------------------------------------------- */

void sq_queue_reader_start(struct sq_queue_reader *reader, sq_queued_fn each, void *payload) {
        memset(reader, 0, sizeof *reader);
        reader->each = each;
        reader->payload = payload;
}

static void note_time(struct sq_queue_end *end, const struct sq_queued *job) {
        int64_t now;

        if (job->state == SQ_QUEUED_RUNNING && job->start_at && job->used_seconds >= 0 &&
            !__builtin_add_overflow(job->start_at, job->used_seconds, &now) &&
            now > end->newest)
                end->newest = now;
}

/* Its comment is complete. */
static int hand_over(struct sq_queue_reader *r, struct sq_error *err) {
        struct sq_queued *job = &r->job;

        if (!r->open)
                return SQ_OK;
        r->open = false;
        job->uuid[0] = '\0';
        (void)sq_comment_uuid(r->comment.text, job->uuid);
        r->end.rows++;
        note_time(&r->end, job);
        r->refused = r->each(job, r->payload, err);
        return r->refused;
}

int sq_queue_reader_take(const char *line, void *payload, struct sq_error *err) {
        struct sq_queue_reader *r = payload;
        struct sq_row row;
        int64_t id;
        int rc;

        if (!sq_row_read(line, &shape, &row, &id))
                return sq_row_comment_go_on(&r->comment, r->open, line, err);
        rc = hand_over(r, err);
        if (rc)
                return rc;
        r->open = true;
        r->job.job_id = id;
        read_job(&row, &r->job);
        sq_row_comment_start(&r->comment, &row, ADMIN_COMMENT);
        return SQ_OK;
}

int sq_queue_reader_finish(struct sq_queue_reader *reader, struct sq_queue_end *ret,
                           struct sq_error *err) {
        const int rc = hand_over(reader, err);

        if (!rc)
                *ret = reader->end;
        return rc;
}

/* --- asking ----------------------------------------------------------------------------- */

int sq_queue_read(const char *program, int64_t deadline, sq_queued_fn each, void *payload,
                  struct sq_queue_end *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_queue_reader *reader = malloc(sizeof *reader);
        /* No order but that of the start, which squeue makes in any case. */
        const char *const argv[] = {program,   "--all",            "--local", "--noheader",
                                    "--sort=", "--Format=" FORMAT, NULL};
        /* Times as UTC seconds, lists of tasks as long as they get. */
        const char *const extra[] = {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=4096",
                                     "SQUEUE_ARRAY_UNIQUE=1", NULL};
        const struct sq_program run = {
                .argv = argv,
                .extra = extra,
                .deadline = deadline,
                .line_max = SQ_ROW_SIZE,
                .output_max = OUTPUT_MAX,
                .take = sq_queue_reader_take,
                .payload = reader,
        };
        int rc;

        if (!reader)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_queue_reader_start(reader, each, payload);
        rc = sq_ask(&run, err);
        if (rc)
                return reader->refused ? reader->refused : rc;
        return sq_queue_reader_finish(reader, ret, err);
}
