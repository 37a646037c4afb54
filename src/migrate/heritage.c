#include "migrate/heritage.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/grow.h"
#include "migrate/minutes.h"
#include "slurm/name.h"

/* A line of a note; names are cut off far below it. */
#define NOTE_SIZE 400

/* Notes show this much of a name. */
#define SHOWN 60

/* What a list of names may take in a note. */
#define LIST_SIZE 300

/* A subject on its way; what a merge of several needs to know. */
struct subject {
        struct sq_adopted_subject s;
        bool exact; /* its name was in lower case, or is a user's */
        bool made;  /* not in its table, but named by a reservation */
};

struct reservation {
        struct sq_adopted_reservation r;
        char *user, *account;
};

struct reader {
        struct sq_heritage *h;
        int64_t now;
        enum sq_subject_kind kind; /* of the table at hand */
        struct sq_amounts defaults[2];
        size_t n_subjects, size_subjects, n_reservations, size_reservations, size_notes;
        struct subject *subject;
        struct reservation *reservation;
        struct sq_amounts *reserved; /* of each subject, as far as it was counted */
        char *list;                  /* names of a table, as a text */
};

/* --- memory ---------------------------------------------------------------------- */

static int out_of_memory(struct sq_error *err) {
        return sq_fail(err, SQ_ENOMEM, "out of memory");
}

void sq_heritage_free(struct sq_heritage *h) {
        if (!h)
                return;
        for (size_t i = 0; i < h->adoption.n_subjects; i++)
                free(h->adoption.subject[i].name);
        for (size_t i = 0; i < h->n_notes; i++)
                free(h->note[i]);
        free(h->adoption.subject);
        free(h->adoption.reservation);
        free(h->note);
        free(h);
}

static void reader_clear(struct reader *w) {
        for (size_t i = 0; i < w->n_subjects; i++)
                free(w->subject[i].s.name);
        for (size_t i = 0; i < w->n_reservations; i++) {
                free(w->reservation[i].user);
                free(w->reservation[i].account);
        }
        free(w->subject);
        free(w->reservation);
        free(w->reserved);
        free(w->list);
        sq_heritage_free(w->h);
}

/* --- notes ----------------------------------------------------------------------- */

/* Names may hold anything; a terminal must not obey it. */
static const char *show(const struct sq_value *value, char text[SHOWN + 8]) {
        const char *p = value->type == SQ_VALUE_TEXT ? value->text : NULL;
        size_t n = 0;

        if (!p) {
                snprintf(text, SHOWN + 8, "%s",
                         value->type == SQ_VALUE_NULL ? "NULL" : "(binary)");
                return text;
        }
        text[n++] = '"';
        for (; *p && n <= SHOWN; p++)
                text[n++] = (*p >= ' ' && *p < 0x7f) ? *p : '?';
        memcpy(text + n, *p ? "...\"" : "\"", *p ? 5 : 2);
        return text;
}

__attribute__((format(printf, 3, 4))) static int note(struct reader *w, struct sq_error *err,
                                                      const char *format, ...) {
        char line[NOTE_SIZE];
        va_list args;

        va_start(args, format);
        vsnprintf(line, sizeof line, format, args);
        va_end(args);
        if (!sq_grow(&w->h->note, w->h->n_notes + 1, &w->size_notes, sizeof *w->h->note) ||
            !(w->h->note[w->h->n_notes] = strdup(line)))
                return out_of_memory(err);
        w->h->n_notes++;
        return SQ_OK;
}

/* --- users and accounts ---------------------------------------------------------- */

/* The name as the ledger keeps it.  SQ_EINVAL with the reason. */
static int read_name(enum sq_subject_kind kind, const struct sq_value *value,
                     char ret[SQ_NAME_SIZE], struct sq_error *err) {
        const enum sq_name_kind rule = kind == SQ_USER ? SQ_NAME_USER : SQ_NAME_ACCOUNT;
        int rc;

        if (value->type == SQ_VALUE_NULL)
                return sq_fail(err, SQ_EINVAL, "there is no name");
        if (value->type != SQ_VALUE_TEXT)
                return sq_fail(err, SQ_EINVAL, "the name is no text");
        rc = sq_name_check(rule, value->text, err);
        if (rc)
                return rc;
        if (kind == SQ_USER)
                snprintf(ret, SQ_NAME_SIZE, "%s", value->text);
        else
                sq_name_lower(value->text, ret, SQ_NAME_SIZE);
        return SQ_OK;
}

static struct subject *add_subject(struct reader *w, enum sq_subject_kind kind,
                                   const char *name) {
        struct subject *s;

        if (!sq_grow(&w->subject, w->n_subjects + 1, &w->size_subjects, sizeof *w->subject))
                return NULL;
        s = &w->subject[w->n_subjects];
        *s = (struct subject){.s = {.kind = kind, .name = strdup(name)}};
        if (!s->s.name)
                return NULL;
        w->n_subjects++;
        return s;
}

/* -1 is unlimited; any other negative number blocks, there as here. */
static int read_quota(struct reader *w, const struct sq_value *value, const char *who,
                      const char *what, struct sq_amount *ret, struct sq_error *err) {
        int64_t seconds = 0;
        const enum sq_reading reading = sq_read_minutes(value, &seconds);

        *ret = SQ_UNLIMITED;
        switch (reading) {
        case SQ_READ_AMOUNT:
                *ret = SQ_AMOUNT(seconds);
                return SQ_OK;
        case SQ_READ_MINUS_ONE:
        case SQ_READ_ABSENT:
                return SQ_OK;
        case SQ_READ_NEGATIVE:
                *ret = SQ_AMOUNT(0);
                return note(w, err, "changed: %s: %s is negative, which blocks: now 0", who,
                            what);
        default:
                return note(w, err, "changed: %s: %s %s: now unlimited", who, what,
                            sq_reading_text(reading));
        }
}

/* What cannot be an amount was not consumed, and is not held until the job is seen in the
 * queue. */
static int read_amount(struct reader *w, const struct sq_value *value, const char *who,
                       const char *what, struct sq_amount *ret, struct sq_error *err) {
        const enum sq_reading reading = sq_read_minutes(value, &ret->seconds);

        if (reading == SQ_READ_AMOUNT || reading == SQ_READ_ABSENT)
                return SQ_OK;
        return note(w, err, "changed: %s: %s %s: now 0", who, what, sq_reading_text(reading));
}

static int take_subject(const struct sq_value *column, void *payload, struct sq_error *err) {
        struct reader *w = payload;
        char name[SQ_NAME_SIZE], shown[SHOWN + 8], who[SHOWN + 24];
        struct sq_error why;
        struct subject *s;
        int rc;

        show(&column[SQ_OLD_NAME], shown);
        snprintf(who, sizeof who, "%s %s", sq_subject_kind_name(w->kind), shown);
        if (read_name(w->kind, &column[SQ_OLD_NAME], name, &why)) {
                w->h->left_out++;
                return note(w, err, "left out: %s: %s", who, why.text);
        }
        s = add_subject(w, w->kind, name);
        if (!s)
                return out_of_memory(err);
        s->exact = !strcmp(name, column[SQ_OLD_NAME].text);
        s->s.updated_at = sq_read_time(&column[SQ_OLD_UPDATED], w->now);
        rc = read_amount(w, &column[SQ_OLD_CPU_CONSUMED], who, "total_consumed_cpu_minutes",
                         &s->s.consumed.of[SQ_CPU], err);
        if (!rc)
                rc = read_amount(w, &column[SQ_OLD_GPU_CONSUMED], who,
                                 "total_consumed_gpu_minutes", &s->s.consumed.of[SQ_GPU], err);
        if (!rc)
                rc = read_quota(w, &column[SQ_OLD_CPU_QUOTA], who, "quota_cpu_minutes",
                                &s->s.budget.of[SQ_CPU], err);
        if (!rc)
                rc = read_quota(w, &column[SQ_OLD_GPU_QUOTA], who, "quota_gpu_minutes",
                                &s->s.budget.of[SQ_GPU], err);
        return rc;
}

static int compare_subjects(const void *one, const void *other) {
        const struct subject *a = one, *b = other;
        int order = (int)a->s.kind - (int)b->s.kind;

        if (!order)
                order = strcmp(a->s.name, b->s.name);
        if (!order)
                order = a->made - b->made;
        return order ? order : b->exact - a->exact;
}

static void add_up(struct sq_amount *sum, struct sq_amount term) {
        if (!sq_amount_add(sum, term) || sum->seconds > SQ_MOST_SECONDS)
                sum->seconds = SQ_MOST_SECONDS;
}

static bool is_less(struct sq_amount a, struct sq_amount b) {
        return !sq_amount_is_unlimited(a) &&
               (sq_amount_is_unlimited(b) || a.seconds < b.seconds);
}

/* `from` becomes part of `to`, which comes first in the order above. */
static int merge(struct reader *w, struct subject *to, const struct subject *from,
                 struct sq_error *err) {
        if (from->made)
                return SQ_OK; /* it is there */
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                add_up(&to->s.consumed.of[r], from->s.consumed.of[r]);
                if (!to->exact && is_less(from->s.budget.of[r], to->s.budget.of[r]))
                        to->s.budget.of[r] = from->s.budget.of[r];
        }
        if (from->s.updated_at > to->s.updated_at)
                to->s.updated_at = from->s.updated_at;
        return note(w, err, "changed: %s \"%.60s\": is there more than once, as Slurm reads"
                            " names: what they consumed is added up, the budget is %s",
                    sq_subject_kind_name(to->s.kind), to->s.name,
                    to->exact ? "that of the name in lower case" : "the smallest");
}

/* By kind and name, each once. */
static int sort_subjects(struct reader *w, struct sq_error *err) {
        size_t n = 0;
        int rc = SQ_OK;

        if (w->n_subjects)
                qsort(w->subject, w->n_subjects, sizeof *w->subject, compare_subjects);
        for (size_t i = 0; i < w->n_subjects; i++) {
                struct subject *s = &w->subject[i];

                if (n && s->s.kind == w->subject[n - 1].s.kind &&
                    !strcmp(s->s.name, w->subject[n - 1].s.name)) {
                        if (!rc)
                                rc = merge(w, &w->subject[n - 1], s, err);
                        free(s->s.name);
                } else {
                        w->subject[n++] = *s;
                }
        }
        w->n_subjects = n;
        return rc;
}

static int read_subjects(struct reader *w, struct sq_ancestor *ancestor,
                         enum sq_subject_kind kind, struct sq_error *err) {
        w->kind = kind;
        return sq_ancestor_each(ancestor, kind == SQ_USER ? SQ_ANCESTOR_USERS
                                                          : SQ_ANCESTOR_ACCOUNTS,
                                take_subject, w, err);
}

/* --- reservations ---------------------------------------------------------------- */

/* NULL and 0 were one task to whoever charged it. */
static int64_t read_tasks(const struct sq_value *value) {
        int64_t tasks = 1;

        return sq_read_count(value, &tasks) == SQ_READ_AMOUNT && tasks > 0 ? tasks : 1;
}

static int left_out(struct reader *w, const char *uuid, const char *why, struct sq_error *err) {
        w->h->left_out++;
        return note(w, err, "left out: reservation %s: %s", uuid, why);
}

static int take_reservation(const struct sq_value *column, void *payload,
                            struct sq_error *err) {
        struct reader *w = payload;
        const struct sq_value *uuid = &column[SQ_OLD_UUID];
        char user[SQ_NAME_SIZE], account[SQ_NAME_SIZE], shown[SHOWN + 8];
        char who[sizeof "reservation " + SQ_UUID_SIZE];
        struct reservation *held;
        struct sq_error why;
        int rc;

        show(uuid, shown);
        if (uuid->type != SQ_VALUE_TEXT || strlen(uuid->text) != SQ_UUID_SIZE - 1 ||
            !sq_uuid_is_valid(uuid->text))
                return left_out(w, shown, "is no UUID, so that no job can have it", err);
        if (read_name(SQ_USER, &column[SQ_OLD_USER], user, &why) ||
            read_name(SQ_ACCOUNT, &column[SQ_OLD_ACCOUNT], account, &why))
                return left_out(w, uuid->text, why.text, err);
        if (!sq_grow(&w->reservation, w->n_reservations + 1, &w->size_reservations,
                     sizeof *w->reservation))
                return out_of_memory(err);
        held = &w->reservation[w->n_reservations++];
        *held = (struct reservation){
                .user = strdup(user),
                .account = strdup(account),
                .r = {.tasks = read_tasks(&column[SQ_OLD_TASKS]),
                      .created_at = sq_read_time(&column[SQ_OLD_CREATED], w->now)},
        };
        memcpy(held->r.uuid, uuid->text, sizeof held->r.uuid);
        if (!held->user || !held->account)
                return out_of_memory(err);
        snprintf(who, sizeof who, "reservation %s", uuid->text);
        rc = read_amount(w, &column[SQ_OLD_CPU], who, "preallocated_cpu_minutes",
                         &held->r.per_task.of[SQ_CPU], err);
        if (!rc)
                rc = read_amount(w, &column[SQ_OLD_GPU], who, "preallocated_gpu_minutes",
                                 &held->r.per_task.of[SQ_GPU], err);
        return rc;
}

static struct subject *find_subject(struct reader *w, size_t n, enum sq_subject_kind kind,
                                    char *name) {
        const struct subject key = {.s = {.kind = kind, .name = name}};
        size_t low = 0, high = n;

        while (low < high) {
                const size_t middle = low + (high - low) / 2;
                struct subject *s = &w->subject[middle];
                int order = (int)key.s.kind - (int)s->s.kind;

                if (!order)
                        order = strcmp(name, s->s.name);
                if (!order)
                        return s;
                if (order < 0)
                        high = middle;
                else
                        low = middle + 1;
        }
        return NULL;
}

/* Nothing saw to it in the ancestor that a reservation's user and account were there; at
 * the next submission they would have been made, with the defaults. */
static int make_missing(struct reader *w, struct sq_error *err) {
        const size_t n = w->n_subjects;

        for (size_t i = 0; i < w->n_reservations; i++) {
                char *name[] = {[SQ_USER] = w->reservation[i].user,
                                [SQ_ACCOUNT] = w->reservation[i].account};

                for (int k = SQ_USER; k <= SQ_ACCOUNT; k++) {
                        const enum sq_subject_kind kind = (enum sq_subject_kind)k;
                        struct subject *s;

                        if (find_subject(w, n, kind, name[k]))
                                continue;
                        s = add_subject(w, kind, name[k]);
                        if (!s)
                                return out_of_memory(err);
                        s->made = true;
                        s->s.budget = w->defaults[k];
                        s->s.updated_at = w->now;
                }
        }
        return sort_subjects(w, err);
}

/* Counts it with those of its user and account; false when that is too much. */
static bool count_in(struct reader *w, const struct sq_adopted_reservation *held) {
        struct sq_amounts user = w->reserved[held->user], account = w->reserved[held->account];

        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++) {
                struct sq_amount all;

                if (!sq_amount_scale(held->per_task.of[r], held->tasks, &all) ||
                    !sq_amount_add(&user.of[r], all) || !sq_amount_add(&account.of[r], all) ||
                    user.of[r].seconds > SQ_MOST_SECONDS ||
                    account.of[r].seconds > SQ_MOST_SECONDS)
                        return false;
        }
        w->reserved[held->user] = user;
        w->reserved[held->account] = account;
        w->h->reserved_tasks += held->tasks;
        return true;
}

/* From here on nothing can fail for its content. */
static int settle_reservations(struct reader *w, struct sq_error *err) {
        struct sq_adoption *to = &w->h->adoption;
        int rc = SQ_OK;

        to->reservation = calloc(w->n_reservations + 1, sizeof *to->reservation);
        w->reserved = calloc(w->n_subjects + 1, sizeof *w->reserved);
        if (!to->reservation || !w->reserved)
                return out_of_memory(err);
        for (size_t i = 0; i < w->n_reservations && !rc; i++) {
                struct reservation *held = &w->reservation[i];

                held->r.user = (size_t)(find_subject(w, w->n_subjects, SQ_USER, held->user) -
                                        w->subject);
                held->r.account = (size_t)(find_subject(w, w->n_subjects, SQ_ACCOUNT,
                                                        held->account) -
                                           w->subject);
                if (count_in(w, &held->r))
                        to->reservation[to->n_reservations++] = held->r;
                else
                        rc = left_out(w, held->r.uuid, "too large to be counted", err);
        }
        return rc;
}

static int settle_subjects(struct reader *w, struct sq_error *err) {
        struct sq_adoption *to = &w->h->adoption;

        to->subject = calloc(w->n_subjects + 1, sizeof *to->subject);
        if (!to->subject)
                return out_of_memory(err);
        for (; to->n_subjects < w->n_subjects; to->n_subjects++) {
                to->subject[to->n_subjects] = w->subject[to->n_subjects].s;
                w->subject[to->n_subjects].s.name = NULL;
        }
        return SQ_OK;
}

/* --- defaults and factors -------------------------------------------------------- */

static int take_setting(const struct sq_value *column, void *payload, struct sq_error *err) {
        static const struct {
                const char *key;
                enum sq_subject_kind kind;
                enum sq_resource resource;
        } known[] = {
                {"default_user_quota_cpu_minutes", SQ_USER, SQ_CPU},
                {"default_user_quota_gpu_minutes", SQ_USER, SQ_GPU},
                {"default_account_quota_cpu_minutes", SQ_ACCOUNT, SQ_CPU},
                {"default_account_quota_gpu_minutes", SQ_ACCOUNT, SQ_GPU},
        };
        struct reader *w = payload;
        struct sq_adoption *to = &w->h->adoption;
        char shown[SHOWN + 8];

        for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
                struct sq_amount *limit = &w->defaults[known[i].kind].of[known[i].resource];
                int rc;

                if (column[0].type != SQ_VALUE_TEXT || strcmp(column[0].text, known[i].key))
                        continue;
                rc = read_quota(w, &column[1], "settings", known[i].key, limit, err);
                if (!rc && !sq_amount_is_unlimited(*limit))
                        to->defaults[to->n_defaults++] = (struct sq_default){
                                known[i].kind, known[i].resource, *limit};
                return rc;
        }
        w->h->left_out++;
        return note(w, err, "left out: setting %s: not known", show(&column[0], shown));
}

static int take_factor(const struct sq_value *column, void *payload, struct sq_error *err) {
        struct reader *w = payload;
        struct sq_factors *to = &w->h->adoption.factors;
        struct sq_error why = {.text = "the type is no text"};
        enum sq_reading reading;
        int64_t millionths = 0;
        char shown[SHOWN + 8];

        reading = sq_read_factor(&column[1], &millionths);
        if (column[0].type == SQ_VALUE_TEXT &&
            !sq_name_check(SQ_NAME_GPU_TYPE, column[0].text, &why)) {
                if (reading == SQ_READ_AMOUNT && to->n < SQ_FACTORS_MAX) {
                        struct sq_factor *f = &to->item[to->n++];

                        snprintf(f->type, sizeof f->type, "%s", column[0].text);
                        f->millionths = millionths;
                        return SQ_OK;
                }
                snprintf(why.text, sizeof why.text, "the factor %s",
                         reading == SQ_READ_AMOUNT     ? "is one too many"
                         : reading == SQ_READ_NEGATIVE ? "is not above 0, or rounds to it"
                         : reading == SQ_READ_TOO_LARGE ? "is above 1000000"
                                                        : sq_reading_text(reading));
        }
        w->h->left_out++;
        return note(w, err, "left out: GPU type %s: %s", show(&column[0], shown), why.text);
}

/* --- roles ----------------------------------------------------------------------- */

/* Names one after the other, an account behind its manager. */
static int take_role(const struct sq_value *column, void *payload, struct sq_error *err) {
        struct reader *w = payload;
        char name[SHOWN + 8], account[SHOWN + 8] = "";
        const size_t n = w->list ? strlen(w->list) : 0;
        char *list;

        if (n > LIST_SIZE - 2 * SHOWN) {
                if (!strcmp(w->list + n - 3, "..."))
                        return SQ_OK;
                snprintf(name, sizeof name, "...");
        } else {
                show(&column[0], name);
                if (column[1].type != SQ_VALUE_ABSENT)
                        show(&column[1], account);
        }
        if (asprintf(&list, "%s%s%s%s%s", n ? w->list : "", n ? ", " : "", name,
                     *account ? " for " : "", account) < 0)
                return out_of_memory(err);
        free(w->list);
        w->list = list;
        return SQ_OK;
}

static int read_roles(struct reader *w, struct sq_ancestor *ancestor,
                      enum sq_ancestor_table table, const char *what, struct sq_error *err) {
        int rc = sq_ancestor_each(ancestor, table, take_role, w, err);

        if (!rc && w->list)
                rc = note(w, err, "left out: %s %s: roles come from Slurm now", what, w->list);
        free(w->list);
        w->list = NULL;
        return rc;
}

/* --- all of it ------------------------------------------------------------------- */

static int read_all(struct reader *w, struct sq_ancestor *ancestor, struct sq_error *err) {
        int rc = sq_ancestor_each(ancestor, SQ_ANCESTOR_SETTINGS, take_setting, w, err);

        if (!rc)
                rc = sq_ancestor_each(ancestor, SQ_ANCESTOR_FACTORS, take_factor, w, err);
        if (!rc)
                rc = read_subjects(w, ancestor, SQ_USER, err);
        if (!rc)
                rc = read_subjects(w, ancestor, SQ_ACCOUNT, err);
        if (!rc)
                rc = sort_subjects(w, err);
        if (!rc)
                rc = sq_ancestor_each(ancestor, SQ_ANCESTOR_RESERVATIONS, take_reservation, w,
                                      err);
        if (!rc)
                rc = make_missing(w, err);
        if (!rc)
                rc = settle_reservations(w, err);
        if (!rc)
                rc = settle_subjects(w, err);
        if (!rc)
                rc = read_roles(w, ancestor, SQ_ANCESTOR_OPERATORS, "operators", err);
        if (!rc)
                rc = read_roles(w, ancestor, SQ_ANCESTOR_MANAGERS, "managers", err);
        if (!rc)
                rc = read_roles(w, ancestor, SQ_ANCESTOR_MANAGED, "managers' accounts", err);
        return rc;
}

int sq_heritage_read(struct sq_ancestor *ancestor, struct sq_heritage **ret,
                     struct sq_error *err) {
        SQ_CLEANUP(reader_clear) struct reader w = {
                .now = sq_now(),
                .defaults = {{{SQ_UNLIMITED, SQ_UNLIMITED}}, {{SQ_UNLIMITED, SQ_UNLIMITED}}},
        };
        int rc;

        if (sq_ancestor_kind(ancestor) != SQ_ANCESTOR_RACKSLAB)
                return sq_fail(err, SQ_EVERSION, "that is no database of slurm-quota 1 to 3");
        w.h = calloc(1, sizeof *w.h);
        if (!w.h)
                return out_of_memory(err);
        rc = read_all(&w, ancestor, err);
        if (!rc)
                *ret = SQ_TAKE(w.h);
        return rc;
}
