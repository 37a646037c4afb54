#include "wire/estimate.h"

#include <stdio.h>
#include <string.h>

#include "slurm/request_field.h"
#include "slurm/sbatch_script.h"
#include "wire/reply.h"
#include "wire/shape.h"

/* --- the question ---------------------------------------------------------------------- */

/* NULL when it is not UTF-8, or for want of memory. */
static json_t *write_part(const struct sq_estimate_part *part) {
        struct sq_job_request request = part->request;
        json_t *object = json_object();
        int rc = object ? 0 : -1;

        if (part->account)
                rc |= json_object_set_new(object, "account", json_string(part->account));
        for (const struct sq_request_field *f = sq_request_fields; f->name; f++) {
                const char *text = f->is_text ? *sq_request_text(&request, f) : NULL;
                const int64_t number = f->is_text ? SQ_UNSET : *sq_request_number(&request, f);

                if (text)
                        rc |= json_object_set_new(object, f->name, json_string(text));
                else if (number != SQ_UNSET)
                        rc |= json_object_set_new(object, f->name,
                                                  json_integer(number == SQ_INFINITE ? -1
                                                                                     : number));
        }
        if (!rc)
                return object;
        json_decref(object);
        return NULL;
}

int sq_estimate_question_write(const char *user, const struct sq_estimate_part *part, size_t n,
                               char **ret, struct sq_error *err) {
        json_t *root = json_object(), *jobs = json_array();
        int rc = root && jobs ? 0 : -1;

        for (size_t i = 0; i < n && !rc; i++)
                rc = json_array_append_new(jobs, write_part(&part[i]));
        rc |= json_object_set_new(root, "jobs", jobs);
        if (user)
                rc |= json_object_set_new(root, "user", json_string(user));
        *ret = rc ? NULL : json_dumps(root, JSON_COMPACT);
        json_decref(root);
        return *ret ? SQ_OK
                    : sq_fail(err, SQ_EINVAL, "the job cannot be written as JSON: is all of it"
                                              " UTF-8?");
}

/* --- the answer ------------------------------------------------------------------------ */

static void read_amounts(struct sq_shape *shape, const json_t *object, const char *key,
                         struct sq_amounts *ret) {
        const json_t *amounts = sq_shape_object(shape, object, key);

        ret->of[SQ_CPU] = sq_shape_amount(shape, amounts, "cpu_seconds", 0);
        ret->of[SQ_GPU] = sq_shape_amount(shape, amounts, "gpu_seconds", 0);
}

static void read_balance(struct sq_shape *shape, const json_t *object,
                         struct sq_balance *ret) {
        ret->budget = sq_shape_amount(shape, object, "budget_seconds", -1);
        ret->consumed = sq_shape_amount(shape, object, "consumed_seconds", INT64_MIN);
        ret->reserved = sq_shape_amount(shape, object, "reserved_seconds", 0);
}

static void read_left(struct sq_shape *shape, const json_t *left, const char *key,
                      struct sq_balance ret[SQ_BUDGETED_RESOURCES]) {
        const json_t *standing = sq_shape_object(shape, left, key);

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                read_balance(shape,
                             sq_shape_object(shape, standing,
                                             sq_resource_name((enum sq_resource)r)), &ret[r]);
}

static void read_tres(struct sq_shape *shape, const json_t *object, struct sq_tres *ret) {
        json_t *tres = sq_shape_object(shape, object, "tres"), *value;
        const char *name;
        char clean[SQ_TRES_NAME_MAX];

        json_object_foreach(tres, name, value) {
                sq_reply_clean(name, clean, sizeof clean);
                if (shape->wrong ||
                    !sq_tres_set(ret, clean,
                                 sq_shape_integer(shape, tres, name, 0, INT64_MAX)))
                        sq_shape_blame(shape, "tres", "is no list of resources");
        }
}

/* A copy without what a terminal would obey, since names are printed. */
static void read_name(struct sq_shape *shape, const json_t *object, const char *key,
                      char ret[SQ_NAME_SIZE]) {
        sq_reply_clean(sq_shape_text(shape, object, key), ret, SQ_NAME_SIZE);
}

static void read_part(struct sq_shape *shape, const json_t *object,
                      struct sq_estimated_part *ret) {
        const char *partition = sq_shape_text_if(shape, object, "partition");
        const json_t *left = sq_shape_object(shape, object, "left");

        read_name(shape, object, "account", ret->account);
        if (partition && (ret->partition = strdup(partition)))
                sq_reply_clean(partition, ret->partition, strlen(partition) + 1);
        ret->price.tasks = sq_shape_integer(shape, object, "array_tasks", 1, INT64_MAX);
        ret->price.seconds = sq_shape_integer(shape, object, "seconds", 0, INT64_MAX);
        ret->price.open_ended = sq_shape_truth(shape, object, "open_ended");
        read_tres(shape, object, &ret->price.tres);
        read_amounts(shape, object, "held_per_task", &ret->outlook.per_task);
        read_amounts(shape, object, "held", &ret->outlook.total);
        read_left(shape, left, "user", ret->outlook.user);
        read_left(shape, left, "account", ret->outlook.account);
}

static void read_shortage(struct sq_shape *shape, const json_t *object,
                          struct sq_shortage *ret) {
        const char *kind = sq_shape_text(shape, object, "kind");
        const char *resource = sq_shape_text(shape, object, "resource");

        ret->kind = strcmp(kind, "account") ? SQ_USER : SQ_ACCOUNT;
        ret->resource = strcmp(resource, "gpu") ? SQ_CPU : SQ_GPU;
        ret->asked = sq_shape_amount(shape, object, "asked_seconds", 0);
        read_balance(shape, object, &ret->balance);
        ret->lacking = sq_shape_amount(shape, object, "lacking_seconds", 0);
        ret->relief.by = sq_shape_integer_if(shape, object, "may_come_free_by", 0,
                                             SQ_SHAPE_TIME_MAX, 0);
        ret->relief.jobs_running = sq_shape_integer(shape, object, "running_jobs", 0,
                                                    INT64_MAX);
        ret->relief.running = sq_shape_amount(shape, object, "running_jobs_seconds", 0);
        ret->relief.jobs_waiting = sq_shape_integer(shape, object, "waiting_jobs", 0,
                                                    INT64_MAX);
        ret->relief.waiting = sq_shape_amount(shape, object, "waiting_jobs_seconds", 0);
}

/* As estimate_json.c writes it: null is any time. */
static void read_longest(struct sq_shape *shape, struct sq_estimate *e) {
        const int64_t seconds = sq_shape_integer_if(shape, shape->root, "longest_seconds", 0,
                                                    INT64_MAX, SQ_OPEN_ENDED_SECONDS);

        e->longest_minutes = seconds / 60;
        e->limited = sq_shape_truth(shape, shape->root, "longest_is_partitions");
        e->most_minutes = e->limited ? e->longest_minutes : SQ_OPEN_ENDED_SECONDS / 60;
}

static void read_refusal(struct sq_shape *shape, struct sq_estimate *e) {
        const char *text = sq_shape_text_if(shape, shape->root, "refusal");

        e->refused = !sq_shape_truth(shape, shape->root, "fits");
        if (e->refused && text)
                sq_reply_clean(text, e->refusal, sizeof e->refusal);
        e->refused_part = (size_t)sq_shape_integer_if(shape, shape->root, "refused_part", 0,
                                                      (int64_t)e->n - 1, 0);
}

static int read_all(struct sq_shape *shape, struct sq_estimate *e, struct sq_error *err) {
        const json_t *parts = sq_shape_list(shape, shape->root, "parts");
        const json_t *shortages = sq_shape_list(shape, shape->root, "shortages");

        e->n = json_array_size(parts);
        if (!e->n || e->n > SQ_SBATCH_COMPONENTS_MAX ||
            json_array_size(shortages) > SQ_SHORTAGES_MAX) {
                e->n = 0;
                sq_shape_blame(shape, "parts", "are too many or too few");
                return sq_shape_end(shape, err);
        }
        e->part = calloc(e->n, sizeof *e->part);
        if (!e->part)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        read_name(shape, shape->root, "user", e->user);
        for (size_t i = 0; i < e->n; i++)
                read_part(shape, json_array_get(parts, i), &e->part[i]);
        read_refusal(shape, e);
        read_longest(shape, e);
        e->shortages = json_array_size(shortages);
        for (size_t i = 0; i < e->shortages; i++)
                read_shortage(shape, json_array_get(shortages, i), &e->shortage[i]);
        return sq_shape_end(shape, err);
}

int sq_estimate_read(const char *url, const struct sq_answered *answer,
                     struct sq_estimate **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *e = calloc(1, sizeof *e);
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape = {.root = NULL};
        int rc;

        if (!e)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_shape_begin(&shape, url, answer->text ? answer->text : "", answer->length);
        rc = read_all(&shape, e, err);
        if (!rc)
                *ret = SQ_TAKE(e);
        return rc;
}
