#include "slurm/sacct.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "slurm/array.h"
#include "slurm/program.h"
#include "slurm/tres_text.h"

/* The unit separator: not in any name that Slurm takes. */
#define SEPARATOR '\x1f'

/* In this order.  The comment is last: whatever is in it, it is the comment. */
enum field { JOB_ID_RAW, JOB_ID, SUBMIT, START, END, STATE, USER, ACCOUNT, ALLOC_TRES,
             ADMIN_COMMENT, FIELDS };
#define FORMAT "JobIDRaw,JobID,Submit,Start,End,State,User,Account,AllocTRES,AdminComment"

/* A comment, the TRES of a full list, and what the other fields may need. */
#define LINE_MAX_BYTES (SQ_COMMENT_MAX + SQ_TRES_TEXT_SIZE + 4096)

/* Asked for the rest of an array sacct lists all its tasks: a million lines. */
#define OUTPUT_MAX (256u * 1024 * 1024)

/* --- one row --------------------------------------------------------------------- */

struct row {
        const char *field[FIELDS];
        size_t length[FIELDS];
};

/* Digits only; false for "Unknown", "None" and everything else. */
static bool read_number(const char *text, size_t length, int64_t *ret) {
        int64_t value = 0;

        for (size_t i = 0; i < length; i++)
                if (text[i] < '0' || text[i] > '9' ||
                    __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, text[i] - '0', &value))
                        return false;
        if (length)
                *ret = value;
        return length > 0;
}

static bool split(const char *line, struct row *ret) {
        for (int i = 0; i < FIELDS; i++) {
                const char *end = i < FIELDS - 1 ? strchr(line, SEPARATOR)
                                                 : line + strlen(line);

                if (!end)
                        return false;
                ret->field[i] = line;
                ret->length[i] = (size_t)(end - line);
                line = end + 1;
        }
        return true;
}

static int64_t number_of(const struct row *row, enum field field) {
        int64_t value = 0;

        (void)read_number(row->field[field], row->length[field], &value);
        return value;
}

static bool is_word(const struct row *row, enum field field, const char *word) {
        return row->length[field] == strlen(word) &&
               !memcmp(row->field[field], word, row->length[field]);
}

/* "" when it does not fit. */
static void copy(const struct row *row, enum field field, char *ret, size_t size) {
        const size_t n = row->length[field] < size ? row->length[field] : 0;

        memcpy(ret, row->field[field], n);
        ret[n] = '\0';
}

/* --- tasks of an array ------------------------------------------------------------ */

/* The array's id in "12_3" and "12_[4-9]"; *ret_rest is what is behind the "_". */
static bool split_job_id(const struct row *row, int64_t *ret_array, const char **ret_rest,
                         size_t *ret_length) {
        const char *text = row->field[JOB_ID];
        const char *line = memchr(text, '_', row->length[JOB_ID]);

        if (!line || !read_number(text, (size_t)(line - text), ret_array))
                return false;
        *ret_rest = line + 1;
        *ret_length = row->length[JOB_ID] - (size_t)(line + 1 - text);
        return true;
}

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
static bool is_it(const struct sq_sacct_question *q, const struct row *row, bool *ret_exact) {
        const int64_t submit = number_of(row, SUBMIT), end = number_of(row, END);

        *ret_exact = end == q->end_at;
        if (is_word(row, STATE, "RESIZING") != q->resized)
                return false;
        /* slurmctld looks at the clock once for jobcomp, and once for slurmdbd. */
        if (q->resized)
                return submit >= q->submit_at && end >= q->end_at - 1 && end <= q->end_at + 1;
        return submit == q->submit_at || submit == q->start_at;
}

static void add_comment(struct sq_sacct_reader *r, const char *text, size_t length) {
        const size_t room = SQ_COMMENT_MAX - r->n_comment;
        const size_t n = length < room ? length : room;

        memcpy(r->comment + r->n_comment, text, n);
        r->n_comment += n;
        r->comment[r->n_comment] = '\0';
}

static void take_run(struct sq_sacct_reader *r, const struct row *row) {
        char tres[SQ_TRES_TEXT_SIZE];
        const int64_t submit = number_of(row, SUBMIT);

        r->run = (struct sq_sacct_run){.start_at = number_of(row, START),
                                       .end_at = number_of(row, END),
                                       .tasks = 1};
        if (r->run.start_at && r->run.start_at < submit)
                r->run.start_at = submit; /* see sacct.h about resized jobs */
        copy(row, USER, r->run.user, sizeof r->run.user);
        copy(row, ACCOUNT, r->run.account, sizeof r->run.account);
        r->unreadable.text[0] = '\0';
        if (row->length[ALLOC_TRES] >= sizeof tres) {
                sq_fail(&r->unreadable, SQ_ERANGE, "AllocTRES is too long");
        } else {
                copy(row, ALLOC_TRES, tres, sizeof tres);
                if (sq_tres_parse(tres, &r->run.tres, &r->unreadable))
                        sq_context(&r->unreadable, "AllocTRES");
        }
        r->rest[0] = '\0';
        r->n_comment = 0;
        add_comment(r, row->field[ADMIN_COMMENT], row->length[ADMIN_COMMENT]);
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
        struct row row;
        bool exact;

        if (!split(line, &row) ||
            !read_number(row.field[JOB_ID_RAW], row.length[JOB_ID_RAW], &id) ||
            !number_of(&row, SUBMIT)) {
                if (!r->any)
                        return sq_fail(err, SQ_EIO, "\"%.60s\" is not what was asked for",
                                       line);
                if (r->open) {
                        add_comment(r, "\n", 1);
                        add_comment(r, line, strlen(line));
                }
                return SQ_OK;
        }
        r->any = true;
        r->open = false;
        if (q->rest && split_job_id(&row, &array, &tasks, &n_tasks) && array == q->job_id &&
            read_number(tasks, n_tasks, &task))
                note_started(r, task);
        if (id != q->job_id || !number_of(&row, END) || !is_it(q, &row, &exact) ||
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
        (void)sq_comment_uuid(reader->comment, reader->run.uuid);
        *ret = reader->run;
        return SQ_OK;
}

/* --- asking --------------------------------------------------------------------------- */

/* Slurm's programs complain from the cause to the effect: the end says what for. */
#define COMPLAINT 250

static int failed(const struct sq_program *program, const struct sq_program_end *end,
                  struct sq_error *err) {
        const size_t n = strlen(end->complaint);

        return sq_fail(err, SQ_EIO, "\"%.200s\" failed with status %d%s%s", program->argv[0],
                       end->status, n ? ": " : "",
                       end->complaint + (n > COMPLAINT ? n - COMPLAINT : 0));
}

int sq_sacct_ask(const char *program, const struct sq_sacct_question *question,
                 int64_t deadline, struct sq_sacct_run *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_sacct_reader *reader = malloc(sizeof *reader);
        char jobs[64];
        const char *const argv[] = {program,         "--noheader",    "--parsable2",
                                    "--delimiter=\x1f", "--allocations", "--duplicates",
                                    "--local",       "--format=" FORMAT, jobs,
                                    NULL};
        /* Times as UTC seconds; lists of tasks as long as we can read them. */
        const char *const extra[] = {"SLURM_TIME_FORMAT=%s", "SLURM_BITSTR_LEN=2048", NULL};
        const struct sq_program run = {
                .argv = argv,
                .extra = extra,
                .deadline = deadline,
                .line_max = LINE_MAX_BYTES,
                .output_max = OUTPUT_MAX,
                .take = sq_sacct_reader_take,
                .payload = reader,
        };
        struct sq_program_end end;
        int rc;

        if (!reader)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (question->array_job > 0 && question->array_task >= 0)
                snprintf(jobs, sizeof jobs, "--jobs=%" PRId64 "_%" PRId64, question->array_job,
                         question->array_task);
        else
                snprintf(jobs, sizeof jobs, "--jobs=%" PRId64, question->job_id);
        sq_sacct_reader_start(reader, question);
        rc = sq_program_run(&run, &end, err);
        if (!rc && end.status)
                return failed(&run, &end, err);
        if (rc == SQ_EBUSY || rc == SQ_ENOMEM)
                return rc;
        if (rc)
                return SQ_EIO; /* a program that is not there is a failure, not an answer */
        return sq_sacct_reader_finish(reader, ret, err);
}
