#include "ledger/spool_line.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const kind_word[] = {
        [SQ_SPOOL_RESERVE] = "reserve",
        [SQ_SPOOL_MODIFY] = "modify",
        [SQ_SPOOL_CHARGE] = "charge",
        [SQ_SPOOL_ASK] = "ask",
};

#define KINDS (sizeof kind_word / sizeof kind_word[0])

/* FNV-1a: finds torn and garbled lines; nobody attacks this file who could not
 * write to the database itself. */
static uint32_t checksum(const char *text, size_t length) {
        uint32_t sum = 2166136261u;

        for (size_t i = 0; i < length; i++)
                sum = (sum ^ (unsigned char)text[i]) * 16777619u;
        return sum;
}

/* --- writing -------------------------------------------------------------- */

struct writer {
        char *line;
        size_t n;
        bool full;
};

__attribute__((format(printf, 2, 3)))
static void put(struct writer *w, const char *format, ...) {
        va_list args;
        int n;

        va_start(args, format);
        n = vsnprintf(w->line + w->n, SQ_SPOOL_LINE_MAX - w->n, format, args);
        va_end(args);
        if (n < 0 || (size_t)n >= SQ_SPOOL_LINE_MAX - w->n)
                w->full = true;
        else
                w->n += (size_t)n;
}

static void put_int(struct writer *w, const char *key, int64_t value) {
        put(w, "\t%s=%" PRId64, key, value);
}

static void put_text(struct writer *w, const char *key, const char *value) {
        if (!value)
                return;
        put(w, "\t%s=", key);
        for (const unsigned char *p = (const unsigned char *)value; *p && !w->full; p++) {
                if (*p < ' ' || *p == '%' || *p == 127)
                        put(w, "%%%02x", *p);
                else
                        put(w, "%c", *p);
        }
}

static void put_tres(struct writer *w, const struct sq_tres *tres) {
        for (size_t i = 0; i < tres->n; i++) {
                put_text(w, "tres", tres->item[i].name);
                put_int(w, "count", tres->item[i].count);
        }
}

static void put_claim(struct writer *w, const struct sq_claim *claim) {
        put_text(w, "uuid", claim->uuid);
        put_text(w, "user", claim->user);
        put_text(w, "account", claim->account);
        put_int(w, "seconds", claim->seconds);
        put_int(w, "tasks", claim->tasks);
        put_text(w, "cluster", claim->cluster);
        if (claim->cluster) {
                put_int(w, "job", claim->job_id);
                put_int(w, "submit", claim->submit_at);
        }
        put_tres(w, &claim->tres);
}

static void put_run(struct writer *w, const struct sq_run *run) {
        put_text(w, "cluster", run->cluster);
        put_int(w, "job", run->job_id);
        put_int(w, "array", run->array_job);
        put_int(w, "submit", run->submit_at);
        put_int(w, "restarts", run->restarts);
        put_int(w, "task", run->array_task);
        put_text(w, "user", run->user);
        put_text(w, "account", run->account);
        put_text(w, "uuid", run->uuid);
        put_text(w, "state", run->state);
        put_int(w, "start", run->start_at);
        put_int(w, "end", run->end_at);
        put_int(w, "tasks", run->tasks);
        put_int(w, "goes_on", run->goes_on);
        put_int(w, "resized", run->resized);
        put_tres(w, &run->tres);
}

int sq_spool_line_write(const struct sq_spooled *event, char line[SQ_SPOOL_LINE_MAX],
                        struct sq_error *err) {
        struct writer w = {.line = line};

        put(&w, "+%s", kind_word[event->kind]);
        if (event->kind == SQ_SPOOL_RESERVE || event->kind == SQ_SPOOL_MODIFY) {
                put_claim(&w, &event->claim);
                put_int(&w, "task", event->array_task);
        } else {
                put_run(&w, &event->run);
                put_int(&w, "uid", event->uid);
        }
        /* The first character is the line's state and changes: not summed. */
        if (!w.full)
                put(&w, "\t#%08" PRIx32 "\n", checksum(line + 1, w.n - 1));
        if (w.full)
                return sq_fail(err, SQ_ERANGE, "an event is too long for the spool");
        return SQ_OK;
}

/* --- reading -------------------------------------------------------------- */

static int hex(char c) {
        if (c >= '0' && c <= '9')
                return c - '0';
        return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool decode(char *text) {
        char *out = text;

        for (char *p = text; *p; p++) {
                if (*p == '%') {
                        int high = hex(p[1]), low = high < 0 ? -1 : hex(p[2]);

                        if (low < 0)
                                return false;
                        *out++ = (char)(high * 16 + low);
                        p += 2;
                } else {
                        *out++ = *p;
                }
        }
        *out = '\0';
        return true;
}

static bool read_int(const char *text, int64_t *ret) {
        char *end;
        intmax_t value;

        errno = 0;
        value = strtoimax(text, &end, 10);
        if (errno || end == text || *end)
                return false;
        *ret = value;
        return true;
}

/* What a line may say, and where it goes. */
struct reader {
        struct sq_spooled *event;
        const char *tres; /* a name that waits for its count */
};

static bool take_text(struct sq_spooled *e, const char *key, const char *value) {
        const struct {
                const char *key;
                const char **claim, **run;
        } texts[] = {
                {"uuid", &e->claim.uuid, &e->run.uuid},
                {"user", &e->claim.user, &e->run.user},
                {"account", &e->claim.account, &e->run.account},
                {"cluster", &e->claim.cluster, &e->run.cluster},
                {"state", NULL, &e->run.state},
        };

        for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
                if (strcmp(key, texts[i].key))
                        continue;
                if (texts[i].claim)
                        *texts[i].claim = value;
                *texts[i].run = value;
                return true;
        }
        return false;
}

static bool take_int(struct sq_spooled *e, const char *key, int64_t value) {
        const struct {
                const char *key;
                int64_t *claim, *run;
        } ints[] = {
                {"job", &e->claim.job_id, &e->run.job_id},
                {"array", NULL, &e->run.array_job},
                {"submit", &e->claim.submit_at, &e->run.submit_at},
                {"restarts", NULL, &e->run.restarts},
                {"task", &e->array_task, &e->run.array_task},
                {"start", NULL, &e->run.start_at},
                {"end", NULL, &e->run.end_at},
                {"seconds", &e->claim.seconds, NULL},
                {"tasks", &e->claim.tasks, &e->run.tasks},
                {"uid", NULL, &e->uid},
        };

        if (!strcmp(key, "goes_on"))
                e->run.goes_on = value != 0;
        else if (!strcmp(key, "resized"))
                e->run.resized = value != 0;
        else
                for (size_t i = 0;; i++) {
                        if (i == sizeof ints / sizeof ints[0])
                                return false;
                        if (strcmp(key, ints[i].key))
                                continue;
                        if (ints[i].claim)
                                *ints[i].claim = value;
                        if (ints[i].run)
                                *ints[i].run = value;
                        break;
                }
        return true;
}

static bool take(struct reader *r, const char *key, char *value) {
        struct sq_spooled *e = r->event;
        int64_t number;

        if (!decode(value))
                return false;
        if (!strcmp(key, "tres")) {
                r->tres = value;
                return true;
        }
        if (take_text(e, key, value))
                return true;
        if (!read_int(value, &number))
                return false;
        if (!strcmp(key, "count"))
                return r->tres && sq_tres_set(&e->claim.tres, r->tres, number) &&
                       sq_tres_set(&e->run.tres, r->tres, number);
        return take_int(e, key, number);
}

static bool is_whole(const struct sq_spooled *e) {
        if (!e->run.user || !e->run.account)
                return e->kind == SQ_SPOOL_ASK && e->run.cluster;
        if (e->kind == SQ_SPOOL_RESERVE || e->kind == SQ_SPOOL_MODIFY)
                return e->claim.uuid;
        return e->run.cluster && e->run.state;
}

static bool read_kind(const char *word, struct sq_spooled *ret) {
        for (size_t i = 0; i < KINDS; i++)
                if (!strcmp(word, kind_word[i])) {
                        ret->kind = (enum sq_spool_kind)i;
                        return true;
                }
        return false;
}

int sq_spool_line_read(char *line, struct sq_spooled *ret, struct sq_error *err) {
        struct sq_spooled event = {.array_task = SQ_NO_TASK, .uid = -1};
        struct reader r = {.event = &event};
        char *sum = strrchr(line, '#'), *rest = line, *field;
        char expected[16];

        if (!sum || sum - line < 2 || sum[-1] != '\t')
                return sq_fail(err, SQ_EINVAL, "a line of the spool is cut off");
        snprintf(expected, sizeof expected, "%08" PRIx32,
                 checksum(line + 1, (size_t)(sum - line) - 2));
        if (strcmp(expected, sum + 1))
                return sq_fail(err, SQ_EINVAL, "a line of the spool is damaged");
        sum[-1] = '\0';
        field = strsep(&rest, "\t");
        if (!read_kind(field + 1, &event))
                return sq_fail(err, SQ_EINVAL, "a line of the spool is of an unknown kind");
        while ((field = strsep(&rest, "\t"))) {
                char *value = strchr(field, '=');

                if (value)
                        *value++ = '\0';
                if (!value || !take(&r, field, value))
                        return sq_fail(err, SQ_EINVAL,
                                       "a line of the spool has an unknown field");
        }
        if (!is_whole(&event))
                return sq_fail(err, SQ_EINVAL, "a line of the spool lacks a field");
        *ret = event;
        return SQ_OK;
}
