#include "wire/listing.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "ledger/reservation.h"
#include "wire/budget_shape.h"

/* Whole numbers that a double keeps: what other JSON programs can carry. */
#define COUNT_MAX (1LL << 53)

/* Reads one element; each list has one. */
typedef void (*read_fn)(struct sq_shape *shape, const json_t *object, void *ret);

/* Reads every element, into the same place: afterwards it is known whether all are well. */
static void check_all(struct sq_shape *shape, const json_t *list, read_fn read, void *element) {
        for (size_t i = 0; i < json_array_size(list) && !shape->wrong; i++)
                read(shape, json_array_get(list, i), element);
}

/* --- standings ------------------------------------------------------------------- */

/* "2026-01-31 18:30:00" in UTC; null: never. */
static int64_t read_updated(struct sq_shape *shape, const json_t *object) {
        const char *text = sq_shape_text_if(shape, object, "last_updated");
        struct tm tm = {.tm_isdst = 0};
        const char *end = text ? strptime(text, "%Y-%m-%d %H:%M:%S", &tm) : NULL;

        if (text && (!end || *end))
                sq_shape_blame(shape, "last_updated", "is not a time");
        return end && !*end ? timegm(&tm) : 0;
}

static void read_standing(struct sq_shape *shape, const json_t *object, void *ret) {
        struct sq_standing *s = ret;
        struct sq_balance *cpu = &s->of[SQ_CPU], *gpu = &s->of[SQ_GPU];

        s->name = sq_shape_text(shape, object, s->kind == SQ_USER ? "username" : "account");
        cpu->consumed = sq_shape_amount(shape, object, "consumed_cpu_seconds", INT64_MIN);
        cpu->reserved = sq_shape_amount(shape, object, "reserved_cpu_seconds", 0);
        cpu->budget = sq_shape_amount(shape, object, "budget_cpu_seconds", -1);
        gpu->consumed = sq_shape_amount(shape, object, "consumed_gpu_seconds", INT64_MIN);
        gpu->reserved = sq_shape_amount(shape, object, "reserved_gpu_seconds", 0);
        gpu->budget = sq_shape_amount(shape, object, "budget_gpu_seconds", -1);
        s->jobs = sq_shape_integer(shape, object, "job_count", 0, COUNT_MAX);
        s->updated_at = read_updated(shape, object);
}

static int tell_standings(struct sq_shape *shape, const json_t *list,
                          enum sq_subject_kind kind, sq_standing_fn each, void *payload) {
        struct sq_standing standing = {.kind = kind};
        int rc = SQ_OK;

        for (size_t i = 0; each && i < json_array_size(list) && !rc; i++) {
                read_standing(shape, json_array_get(list, i), &standing);
                rc = each(&standing, payload);
        }
        return rc;
}

int sq_listing_standings(const char *url, const struct sq_answered *answer,
                         sq_standing_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_standing user = {.kind = SQ_USER}, account = {.kind = SQ_ACCOUNT};
        const json_t *users, *accounts;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        users = sq_shape_list(&shape, shape.root, "users");
        accounts = sq_shape_list(&shape, shape.root, "accounts");
        check_all(&shape, users, read_standing, &user);
        check_all(&shape, accounts, read_standing, &account);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                rc = tell_standings(&shape, users, SQ_USER, each, payload);
        return rc ? rc : tell_standings(&shape, accounts, SQ_ACCOUNT, each, payload);
}

/* --- reservations ------------------------------------------------------------------ */

static enum sq_job_state read_state(struct sq_shape *shape, const json_t *object) {
        const char *text = sq_shape_text(shape, object, "state");

        for (int i = SQ_JOB_SUBMITTED; i <= SQ_JOB_SUSPENDED; i++)
                if (!strcmp(text, sq_job_state_name(i)))
                        return i;
        sq_shape_blame(shape, "state", "is none that jobs have");
        return SQ_JOB_SUBMITTED;
}

/* The ancestor's, which stay as they were, are of any form. */
static void read_uuid(struct sq_shape *shape, const json_t *object, char ret[SQ_UUID_SIZE]) {
        const char *text = sq_shape_text(shape, object, "uuid");

        if (strlen(text) >= SQ_UUID_SIZE)
                sq_shape_blame(shape, "uuid", "is not a UUID");
        else
                memcpy(ret, text, strlen(text) + 1);
}

static void read_reservation(struct sq_shape *shape, const json_t *object, void *ret) {
        struct sq_job_standing *job = ret;

        *job = (struct sq_job_standing){
                .job_id = sq_shape_integer_if(shape, object, "job_id", 0, COUNT_MAX, 0),
                .array_task = sq_shape_integer_if(shape, object, "array_task", 0, COUNT_MAX,
                                                  SQ_NO_TASK),
                .tasks = sq_shape_integer(shape, object, "tasks", 0, COUNT_MAX),
                .user = sq_shape_text(shape, object, "user"),
                .account = sq_shape_text(shape, object, "account"),
                .state = read_state(shape, object),
                .until = sq_shape_integer_if(shape, object, "until", 0, SQ_SHAPE_TIME_MAX, 0),
        };
        job->reserved.of[SQ_CPU] = sq_shape_amount(shape, object, "reserved_cpu_seconds", 0);
        job->reserved.of[SQ_GPU] = sq_shape_amount(shape, object, "reserved_gpu_seconds", 0);
        job->used.of[SQ_CPU] = sq_shape_amount(shape, object, "used_cpu_seconds", 0);
        job->used.of[SQ_GPU] = sq_shape_amount(shape, object, "used_gpu_seconds", 0);
        read_uuid(shape, object, job->uuid);
}

int sq_listing_reservations(const char *url, const struct sq_answered *answer,
                            sq_job_standing_fn each, void *payload, int64_t *ret_compared_at,
                            struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_job_standing job;
        const json_t *jobs;
        int64_t compared_at;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        jobs = sq_shape_list(&shape, shape.root, "jobs");
        compared_at = sq_shape_integer_if(&shape, shape.root, "compared_at", 0,
                                          SQ_SHAPE_TIME_MAX, 0);
        check_all(&shape, jobs, read_reservation, &job);
        rc = sq_shape_end(&shape, err);
        for (size_t i = 0; each && i < json_array_size(jobs) && !rc; i++) {
                read_reservation(&shape, json_array_get(jobs, i), &job);
                rc = each(&job, payload);
        }
        if (!rc)
                *ret_compared_at = compared_at;
        return rc;
}

/* --- what entries and finished jobs have in common ----------------------------------- */

/* Decimal digits up to `end`; false: something else, or more than a job id can be. */
static bool read_digits(const char *text, const char *end, int64_t *ret) {
        int64_t number = 0;

        if (text == end)
                return false;
        for (; text < end; text++) {
                if (*text < '0' || *text > '9' || number > COUNT_MAX / 10 - 1)
                        return false;
                number = 10 * number + (*text - '0');
        }
        *ret = number;
        return true;
}

/* "12" or "12_3". */
static void read_job(struct sq_shape *shape, const json_t *object, int64_t *ret_array_job,
                     int64_t *ret_array_task) {
        const char *text = sq_shape_text(shape, object, "job");
        const char *end = text + strlen(text), *line = strchr(text, '_');
        int64_t job, task = SQ_NO_TASK;

        *ret_array_job = 0;
        *ret_array_task = SQ_NO_TASK;
        if (!read_digits(text, line ? line : end, &job) ||
            (line && !read_digits(line + 1, end, &task))) {
                sq_shape_blame(shape, "job", "is not a job");
        } else if (line) {
                *ret_array_job = job;
                *ret_array_task = task;
        }
}

/* Whether all is there that was wanted. */
static int check_part(const json_t *list, const struct sq_listing_part *part,
                      struct sq_error *err) {
        const size_t n = json_array_size(list);

        if (n < (uint64_t)part->asked || (part->wanted && part->wanted <= part->asked))
                return SQ_OK;
        sq_fail(err, SQ_ERANGE, "there are more than the %" PRId64 " that the service tells at"
                                " once", part->asked);
        sq_hint(err, "Ask for fewer with --limit, or for less with --since.");
        return SQ_ERANGE;
}

/* --- entries --------------------------------------------------------------------------- */

static void read_amounts(struct sq_shape *shape, const json_t *object, struct sq_entry *entry) {
        static const char *const keys[2][SQ_BUDGETED_RESOURCES] = {
                {"cpu_seconds", "gpu_seconds"},
                {"budget_cpu_seconds", "budget_gpu_seconds"},
        };

        entry->is_budget = json_object_get(object, keys[1][SQ_CPU]) != NULL;
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                const char *key = keys[entry->is_budget][r];

                entry->has[r] = sq_shape_has(object, key);
                if (entry->has[r])
                        entry->amounts.of[r] = sq_shape_amount(
                                shape, object, key, entry->is_budget ? -1 : INT64_MIN);
        }
}

/* Of a budget for a window or of another TRES. */
static void read_line(struct sq_shape *shape, const json_t *object, struct sq_entry *entry) {
        static const char *const keys[] = {"budget_seconds", "carried_seconds", "seconds"};
        size_t i = 0;

        entry->resource = sq_shape_text_if(shape, object, "resource");
        if (!entry->resource)
                return;
        while (i < 2 && !sq_shape_has(object, keys[i]))
                i++;
        entry->is_budget = i == 0;
        entry->window = sq_shape_window(shape, object);
        entry->amount = sq_shape_amount(shape, object, keys[i], i == 0 ? -1 : INT64_MIN);
}

static void read_entry(struct sq_shape *shape, const json_t *object, void *ret) {
        struct sq_entry *entry = ret;

        *entry = (struct sq_entry){
                .id = sq_shape_integer(shape, object, "entry", 0, INT64_MAX),
                .at = sq_shape_integer(shape, object, "at", 0, SQ_SHAPE_TIME_MAX),
                .kind = sq_shape_text(shape, object, "kind"),
                .user = sq_shape_text_if(shape, object, "user"),
                .account = sq_shape_text_if(shape, object, "account"),
                .actor = sq_shape_text(shape, object, "actor"),
                .reason = sq_shape_text_if(shape, object, "reason"),
                .state = sq_shape_text_if(shape, object, "state"),
                .array_task = SQ_NO_TASK,
        };
        read_amounts(shape, object, entry);
        read_line(shape, object, entry);
        if (!entry->state)
                return;
        entry->cluster = sq_shape_text_if(shape, object, "cluster");
        entry->job_id = sq_shape_integer(shape, object, "job_id", 0, COUNT_MAX);
        read_job(shape, object, &entry->array_job, &entry->array_task);
}

int sq_listing_entries(const char *url, const struct sq_answered *answer,
                       const struct sq_listing_part *part, sq_entry_fn each, void *payload,
                       bool *ret_older, struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_entry entry;
        const json_t *list;
        size_t n, first;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        list = sq_shape_top_list(&shape);
        check_all(&shape, list, read_entry, &entry);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                rc = check_part(list, part, err);
        n = json_array_size(list);
        first = part->wanted && n > (uint64_t)part->wanted ? n - (size_t)part->wanted : 0;
        for (size_t i = first; each && i < n && !rc; i++) {
                read_entry(&shape, json_array_get(list, i), &entry);
                rc = each(&entry, payload);
        }
        if (!rc)
                *ret_older = first > 0;
        return rc;
}

/* --- finished jobs ------------------------------------------------------------------- */

static void read_finished(struct sq_shape *shape, const json_t *object, void *ret) {
        struct sq_finished *job = ret;

        *job = (struct sq_finished){
                .cluster = sq_shape_text_if(shape, object, "cluster"),
                .user = sq_shape_text_if(shape, object, "user"),
                .account = sq_shape_text_if(shape, object, "account"),
                .state = sq_shape_text(shape, object, "state"),
                .tres = sq_shape_text_if(shape, object, "tres"),
                .job_id = sq_shape_integer(shape, object, "job_id", 0, COUNT_MAX),
                .submit_at = sq_shape_integer(shape, object, "submitted_at", 0,
                                              SQ_SHAPE_TIME_MAX),
                .start_at = sq_shape_integer_if(shape, object, "started_at", 0,
                                                SQ_SHAPE_TIME_MAX, 0),
                .end_at = sq_shape_integer(shape, object, "ended_at", 0, SQ_SHAPE_TIME_MAX),
        };
        read_job(shape, object, &job->array_job, &job->array_task);
        job->charged.of[SQ_CPU] =
                sq_shape_amount(shape, object, "charged_cpu_seconds", INT64_MIN);
        job->charged.of[SQ_GPU] =
                sq_shape_amount(shape, object, "charged_gpu_seconds", INT64_MIN);
        job->refunded.of[SQ_CPU] =
                sq_shape_amount(shape, object, "refunded_cpu_seconds", INT64_MIN);
        job->refunded.of[SQ_GPU] =
                sq_shape_amount(shape, object, "refunded_gpu_seconds", INT64_MIN);
}

int sq_listing_finished(const char *url, const struct sq_answered *answer,
                        const struct sq_listing_part *part, sq_finished_fn each, void *payload,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_finished job;
        const json_t *list;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        list = sq_shape_top_list(&shape);
        check_all(&shape, list, read_finished, &job);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                rc = check_part(list, part, err);
        for (size_t i = 0; each && i < json_array_size(list) && !rc; i++) {
                read_finished(&shape, json_array_get(list, i), &job);
                rc = each(&job, payload);
        }
        return rc;
}

/* --- tokens ------------------------------------------------------------------------------ */

static void read_token(struct sq_shape *shape, const json_t *object, void *ret) {
        struct sq_token *token = ret;
        const char *role = sq_shape_text_if(shape, object, "role");

        *token = (struct sq_token){
                .id = sq_shape_integer(shape, object, "id", 1, INT64_MAX),
                .name = sq_shape_text(shape, object, "name"),
                .owner = sq_shape_text(shape, object, "owner"),
                .has_role = role != NULL,
                .created_at = sq_shape_integer(shape, object, "created_at", 0,
                                               SQ_SHAPE_TIME_MAX),
                .expires_at = sq_shape_integer_if(shape, object, "expires_at", 0,
                                                  SQ_SHAPE_TIME_MAX, 0),
                .last_used_at = sq_shape_integer_if(shape, object, "last_used_at", 0,
                                                    SQ_SHAPE_TIME_MAX, 0),
        };
        if (role && !sq_role_parse(role, &token->role))
                sq_shape_blame(shape, "role", "is none that there is");
}

int sq_listing_tokens(const char *url, const struct sq_answered *answer, sq_token_fn each,
                      void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_token token;
        const json_t *list;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        list = sq_shape_list(&shape, shape.root, "tokens");
        check_all(&shape, list, read_token, &token);
        rc = sq_shape_end(&shape, err);
        for (size_t i = 0; each && i < json_array_size(list) && !rc; i++) {
                read_token(&shape, json_array_get(list, i), &token);
                rc = each(&token, payload);
        }
        return rc;
}
