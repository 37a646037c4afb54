#include "reconcile/seen.h"

#include <stdint.h>
#include <string.h>

/* Filled to three quarters at most; empty places have the kind 0. */
#define FIRST_SIZE 1024

enum kind { EMPTY, ROW, JOB };

struct place {
        uint64_t high, low; /* of the UUID; a job's id */
        int64_t task;       /* of a row; a job's submit time is in tasks */
        int64_t tasks;
        uint8_t kind;
        bool moving;
};

struct sq_seen {
        struct place *place;
        size_t size, n;
};

struct sq_seen *sq_seen_new(void) {
        struct sq_seen *seen = calloc(1, sizeof *seen);

        if (!seen)
                return NULL;
        seen->size = FIRST_SIZE;
        seen->place = calloc(seen->size, sizeof *seen->place);
        if (!seen->place) {
                free(seen);
                return NULL;
        }
        return seen;
}

void sq_seen_free(struct sq_seen *seen) {
        if (!seen)
                return;
        free(seen->place);
        free(seen);
}

static uint64_t half_of(const char *uuid, size_t from, size_t to) {
        uint64_t value = 0;

        for (size_t i = from; i < to; i++)
                if (uuid[i] != '-')
                        value = value << 4 |
                                (uint64_t)(uuid[i] <= '9' ? uuid[i] - '0' : uuid[i] - 'a' + 10);
        return value;
}

static struct place key_of_row(const char *uuid, int64_t array_task) {
        const size_t length = strnlen(uuid, SQ_UUID_SIZE - 1);
        const size_t middle = length < 18 ? length : 18;

        return (struct place){.high = half_of(uuid, 0, middle),
                              .low = half_of(uuid, middle, length),
                              .task = array_task,
                              .kind = ROW};
}

static bool is_same(const struct place *a, const struct place *b) {
        return a->kind == b->kind && a->high == b->high && a->low == b->low &&
               a->task == b->task;
}

/* Ids follow each other: multiplied, so that they spread (Knuth's golden ratio). */
static size_t hash(const struct place *key) {
        uint64_t h = (key->high ^ (key->low * 3) ^ ((uint64_t)key->task * 7)) *
                     UINT64_C(0x9e3779b97f4a7c15);

        return (size_t)(h >> 20);
}

/* Its place, or the empty one where it belongs. */
static struct place *find(struct place *place, size_t size, const struct place *key) {
        size_t at = hash(key) & (size - 1);

        while (place[at].kind && !is_same(&place[at], key))
                at = (at + 1) & (size - 1);
        return &place[at];
}

static bool grow(struct sq_seen *seen) {
        const size_t size = seen->size * 2;
        struct place *place = calloc(size, sizeof *place);

        if (!place)
                return false;
        for (size_t i = 0; i < seen->size; i++)
                if (seen->place[i].kind)
                        *find(place, size, &seen->place[i]) = seen->place[i];
        free(seen->place);
        seen->place = place;
        seen->size = size;
        return true;
}

static struct place *find_or_make(struct sq_seen *seen, const struct place *key) {
        struct place *place;

        if (seen->n >= seen->size / 4 * 3 && !grow(seen))
                return NULL;
        place = find(seen->place, seen->size, key);
        if (!place->kind) {
                *place = *key;
                seen->n++;
        }
        return place;
}

bool sq_seen_add(struct sq_seen *seen, const char *uuid, int64_t array_task, int64_t tasks,
                 bool moving) {
        const struct place key = key_of_row(uuid, array_task);
        struct place *place = find_or_make(seen, &key);

        if (!place)
                return false;
        place->tasks += tasks;
        place->moving = place->moving || moving;
        return true;
}

bool sq_seen_find(const struct sq_seen *seen, const char *uuid, int64_t array_task,
                  struct sq_seen_row *ret) {
        const struct place key = key_of_row(uuid, array_task);
        const struct place *place = find(seen->place, seen->size, &key);

        if (!place->kind)
                return false;
        *ret = (struct sq_seen_row){.tasks = place->tasks, .moving = place->moving};
        return true;
}

bool sq_seen_add_job(struct sq_seen *seen, int64_t job_id, int64_t submit_at) {
        const struct place key = {.low = (uint64_t)job_id, .kind = JOB};
        struct place *place = find_or_make(seen, &key);

        if (place)
                place->tasks = submit_at;
        return place != NULL;
}

bool sq_seen_find_job(const struct sq_seen *seen, int64_t job_id, int64_t *ret_submit_at) {
        const struct place key = {.low = (uint64_t)job_id, .kind = JOB};
        const struct place *place = find(seen->place, seen->size, &key);

        if (place->kind)
                *ret_submit_at = place->tasks;
        return place->kind != EMPTY;
}
