#include "policy/simulation.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"

/* slurmdbd keeps account names in tinytext columns. */
#define NAME_MAX_BYTES 255

/* So many of a TRES; `place` is that of its name in the simulation. */
struct part {
        size_t place;
        sq_int128 units;
};

struct event {
        int64_t day;
        size_t order; /* among those that were added */
        enum sq_event_kind kind;
        size_t account;
        enum sq_level hold;
        size_t n;
        struct part *part;
};

struct account {
        char *name;
        size_t n;
        struct part *initial;
        /* While it runs: */
        bool started;
        struct sq_window window;
        struct sq_state state;
        struct sq_notified notified;
        bool reset_done;
};

/* What is kept of an account for each TRES. */
enum series { BASE, USAGE, PREVIOUS_BASE, PREVIOUS_USAGE, SERIES };

struct sq_simulation {
        struct sq_policy policy;
        struct sq_quantities names; /* all TRES, with nothing of each */
        struct account *account;
        size_t accounts, account_room;
        size_t *by_name; /* places of accounts */
        struct event *event;
        size_t events, event_room;
        bool disordered; /* an event was added behind a later one */
        size_t steps;
        sq_int128 *values; /* by account, series and TRES */
};

static int no_memory(struct sq_error *err) {
        return sq_fail(err, SQ_ENOMEM, "out of memory");
}

struct sq_simulation *sq_simulation_new(const struct sq_policy *policy) {
        struct sq_simulation *s = calloc(1, sizeof *s);

        if (s)
                s->policy = *policy;
        return s;
}

void sq_simulation_free(struct sq_simulation *s) {
        if (!s)
                return;
        for (size_t i = 0; i < s->accounts; i++) {
                free(s->account[i].name);
                free(s->account[i].initial);
        }
        for (size_t i = 0; i < s->events; i++)
                free(s->event[i].part);
        free(s->account);
        free(s->by_name);
        free(s->event);
        free(s->values);
        free(s);
}

/* --- building ---------------------------------------------------------------- */

static int place_of(struct sq_simulation *s, const char *name, size_t *ret,
                    struct sq_error *err) {

        for (size_t i = 0; i < s->names.n; i++)
                if (!strcmp(s->names.item[i].name, name)) {
                        *ret = i;
                        return SQ_OK;
                }
        if (!sq_quantities_set(&s->names, name, (struct sq_quantity){0}))
                return sq_fail(err, SQ_ERANGE, "there are more than %d different TRES",
                               SQ_QUANTITIES_MAX);
        *ret = s->names.n - 1;
        return SQ_OK;
}

/* `list` with places for names; *ret is the caller's. */
static int take_parts(struct sq_simulation *s, const struct sq_quantities *list,
                      struct part **ret, struct sq_error *err) {

        SQ_CLEANUP(sq_freep) struct part *part = calloc(list->n ? list->n : 1, sizeof *part);
        int rc = SQ_OK;

        if (!part)
                return no_memory(err);
        for (size_t i = 0; i < list->n && rc == SQ_OK; i++) {
                part[i].units = list->item[i].of.units;
                rc = place_of(s, list->item[i].name, &part[i].place, err);
        }
        if (rc == SQ_OK)
                *ret = SQ_TAKE(part);
        return rc;
}

static bool is_name(const char *name) {
        for (const char *p = name; *p; p++)
                if ((unsigned char)*p < ' ' || *p == 0x7f)
                        return false;
        return *name && strlen(name) <= NAME_MAX_BYTES;
}

int sq_simulation_add_account(struct sq_simulation *s, const char *name,
                              const struct sq_quantities *allocation, struct sq_error *err) {

        SQ_CLEANUP(sq_freep) struct part *initial = NULL;
        char *copy;
        int rc;

        if (!is_name(name))
                return sq_fail(err, SQ_EINVAL, "\"%.40s\" is not the name of an account", name);
        if (s->accounts == SQ_SIMULATION_ACCOUNTS_MAX)
                return sq_fail(err, SQ_ERANGE, "there are more than %d accounts",
                               SQ_SIMULATION_ACCOUNTS_MAX);
        rc = take_parts(s, allocation, &initial, err);
        if (rc != SQ_OK)
                return rc;
        if (!sq_grow(&s->account, s->accounts + 1, &s->account_room, sizeof *s->account) ||
            !(copy = strdup(name)))
                return no_memory(err);
        s->account[s->accounts++] = (struct account){
                .name = copy, .n = allocation->n, .initial = SQ_TAKE(initial)};
        return SQ_OK;
}

static int compare_names(const void *a, const void *b, void *simulation) {
        const struct sq_simulation *s = simulation;

        return strcmp(s->account[*(const size_t *)a].name, s->account[*(const size_t *)b].name);
}

int sq_simulation_close_accounts(struct sq_simulation *s, struct sq_error *err) {
        s->by_name = calloc(s->accounts ? s->accounts : 1, sizeof *s->by_name);
        if (!s->by_name)
                return no_memory(err);
        for (size_t i = 0; i < s->accounts; i++)
                s->by_name[i] = i;
        qsort_r(s->by_name, s->accounts, sizeof *s->by_name, compare_names, s);
        for (size_t i = 1; i < s->accounts; i++)
                if (compare_names(&s->by_name[i - 1], &s->by_name[i], s) == 0)
                        return sq_fail(err, SQ_EEXIST, "account \"%s\" is there twice",
                                       s->account[s->by_name[i]].name);
        return SQ_OK;
}

bool sq_simulation_find(const struct sq_simulation *s, const char *name, size_t *ret) {
        size_t from = 0, to = s->accounts;

        while (from < to) {
                const size_t middle = (from + to) / 2;
                const int order = strcmp(name, s->account[s->by_name[middle]].name);

                if (order == 0) {
                        *ret = s->by_name[middle];
                        return true;
                }
                if (order < 0)
                        to = middle;
                else
                        from = middle + 1;
        }
        return false;
}

const char *sq_simulation_account(const struct sq_simulation *s, size_t place) {
        return place < s->accounts ? s->account[place].name : NULL;
}

bool sq_simulation_has_tres(const struct sq_simulation *s, const char *name) {
        return sq_quantities_has(&s->names, name);
}

int sq_simulation_add_event(struct sq_simulation *s, const struct sq_event *event,
                            struct sq_error *err) {

        SQ_CLEANUP(sq_freep) struct part *part = NULL;
        size_t steps = s->steps;
        int rc = SQ_OK;

        if (s->events == SQ_SIMULATION_EVENTS_MAX)
                return sq_fail(err, SQ_ERANGE, "there are more than %d events",
                               SQ_SIMULATION_EVENTS_MAX);
        if (event->kind == SQ_EVENT_EVALUATE)
                steps += event->account == SQ_EVERY_ACCOUNT ? s->accounts : 1;
        if (steps > SQ_SIMULATION_STEPS_MAX)
                return sq_fail(err, SQ_ERANGE, "there are more than %d steps",
                               SQ_SIMULATION_STEPS_MAX);
        if (event->quantities)
                rc = take_parts(s, event->quantities, &part, err);
        if (rc != SQ_OK)
                return rc;
        if (!sq_grow(&s->event, s->events + 1, &s->event_room, sizeof *s->event))
                return no_memory(err);
        s->steps = steps;
        s->disordered = s->disordered || (s->events && sq_date_days(event->date) <
                                                               s->event[s->events - 1].day);
        s->event[s->events] = (struct event){
                .day = sq_date_days(event->date),
                .order = s->events,
                .kind = event->kind,
                .account = event->account,
                .hold = event->hold,
                .n = event->quantities ? event->quantities->n : 0,
                .part = SQ_TAKE(part),
        };
        s->events++;
        return SQ_OK;
}

/* --- running ----------------------------------------------------------------- */

static sq_int128 *values_of(struct sq_simulation *s, size_t account, enum series series) {
        return s->values + (SERIES * account + series) * s->names.n;
}

/* `list` with what an account has of each TRES; those with nothing are left out. */
static void gather(struct sq_simulation *s, size_t account, enum series series,
                   struct sq_quantities *list) {

        const sq_int128 *values = values_of(s, account, series);

        list->n = 0;
        for (size_t i = 0; i < s->names.n; i++)
                if (values[i] != 0) {
                        memcpy(list->item[list->n].name, s->names.item[i].name,
                               sizeof list->item[0].name);
                        list->item[list->n++].of.units = values[i];
                }
}

/* The account enters the window of the day, if it is another one. */
static void enter(struct sq_simulation *s, size_t place, struct sq_date date) {
        struct account *account = &s->account[place];
        const size_t size = s->names.n * sizeof *s->values;
        const struct sq_window now = sq_window_of((enum sq_window_kind)s->policy.period,
                                                  (int)s->policy.fiscal_start, date);
        struct sq_window next;

        if (account->started && sq_window_equal(&account->window, &now))
                return;
        memcpy(values_of(s, place, PREVIOUS_BASE), values_of(s, place, BASE), size);
        /* Windows in which nothing happened lie between them: nothing was used. */
        if (account->started && sq_window_next(&account->window, &next) &&
            sq_window_equal(&next, &now))
                memcpy(values_of(s, place, PREVIOUS_USAGE), values_of(s, place, USAGE), size);
        else
                memset(values_of(s, place, PREVIOUS_USAGE), 0, size);
        memset(values_of(s, place, USAGE), 0, size);
        account->started = true;
        account->window = now;
        account->notified.n = 0;
        account->reset_done = false;
}

bool sq_simulation_is_in_order(const struct sq_simulation *s) {
        return !s->disordered;
}

struct run {
        struct sq_simulation *simulation;
        size_t event; /* being replayed */
        struct sq_facts facts;
        struct sq_evaluation evaluation;
        sq_step_fn tell;
        void *payload;
};

static int evaluate(struct run *run, size_t place, struct sq_date date, struct sq_error *err) {
        struct sq_simulation *s = run->simulation;
        struct account *account = &s->account[place];
        int rc;

        enter(s, place, date);
        run->facts.window = account->window;
        run->facts.state = account->state;
        run->facts.notified = account->notified;
        run->facts.reset_done = account->reset_done;
        gather(s, place, BASE, &run->facts.base);
        gather(s, place, USAGE, &run->facts.usage);
        gather(s, place, PREVIOUS_BASE, &run->facts.previous_base);
        gather(s, place, PREVIOUS_USAGE, &run->facts.previous_usage);
        rc = sq_evaluate(&s->policy, &run->facts, &run->evaluation, err);
        if (rc != SQ_OK) {
                sq_context(err, "account \"%s\"", account->name);
                return rc;
        }
        account->state = run->evaluation.next;
        for (size_t i = 0; i < run->evaluation.notify.n; i++)
                sq_notified_add(&account->notified, run->evaluation.notify.percent[i]);
        account->reset_done = account->reset_done || run->evaluation.settings.reset_raw_usage;
        if (run->tell)
                run->tell(&(struct sq_step){date, run->event, account->name, &run->facts,
                                            &run->evaluation},
                          run->payload);
        return SQ_OK;
}

static int add_usage(struct sq_simulation *s, const struct event *event,
                     struct sq_error *err) {

        sq_int128 *values = values_of(s, event->account, USAGE);

        for (size_t i = 0; i < event->n; i++) {
                sq_int128 *value = &values[event->part[i].place];

                if (__builtin_add_overflow(*value, event->part[i].units, value))
                        return sq_fail(err, SQ_ERANGE, "the usage is more than can be counted");
        }
        return SQ_OK;
}

static int replay(struct run *run, const struct event *event, struct sq_error *err) {
        struct sq_simulation *s = run->simulation;
        const struct sq_date date = sq_date_from_days(event->day);
        int rc = SQ_OK;

        run->event = event->order;
        if (event->account != SQ_EVERY_ACCOUNT)
                enter(s, event->account, date);
        switch (event->kind) {
        case SQ_EVENT_USAGE:
                rc = add_usage(s, event, err);
                break;
        case SQ_EVENT_ALLOCATION:
                for (size_t i = 0; i < event->n; i++)
                        values_of(s, event->account, BASE)[event->part[i].place] =
                                event->part[i].units;
                break;
        case SQ_EVENT_HOLD:
                s->account[event->account].state.hold = event->hold;
                break;
        case SQ_EVENT_EVALUATE:
                if (event->account != SQ_EVERY_ACCOUNT) {
                        rc = evaluate(run, event->account, date, err);
                        break;
                }
                for (size_t i = 0; i < s->accounts && rc == SQ_OK; i++)
                        rc = evaluate(run, i, date, err);
                break;
        }
        if (rc != SQ_OK)
                sq_context(err, "events[%zu]", event->order);
        return rc;
}

static int compare_events(const void *a, const void *b) {
        const struct event *x = a, *y = b;

        if (x->day != y->day)
                return x->day < y->day ? -1 : 1;
        return x->order < y->order ? -1 : x->order > y->order;
}

/* Everything as it was at the beginning of time. */
static int rewind_accounts(struct sq_simulation *s, struct sq_error *err) {
        const size_t n = SERIES * s->accounts * s->names.n;

        free(s->values);
        s->values = calloc(n ? n : 1, sizeof *s->values);
        if (!s->values)
                return no_memory(err);
        for (size_t i = 0; i < s->accounts; i++) {
                struct account *account = &s->account[i];

                account->started = false;
                account->state = (struct sq_state){.hold = SQ_NORMAL};
                for (size_t k = 0; k < account->n; k++)
                        values_of(s, i, BASE)[account->initial[k].place] =
                                account->initial[k].units;
        }
        return SQ_OK;
}

int sq_simulation_run(struct sq_simulation *s, sq_step_fn tell, void *payload,
                      struct sq_error *err) {

        /* Too large for the stack of a thread. */
        SQ_CLEANUP(sq_freep) struct run *run = calloc(1, sizeof *run);
        int rc;

        if (!run)
                return no_memory(err);
        *run = (struct run){.simulation = s, .tell = tell, .payload = payload};
        rc = rewind_accounts(s, err);
        if (rc != SQ_OK)
                return rc;
        if (s->events)
                qsort(s->event, s->events, sizeof *s->event, compare_events);
        for (size_t i = 0; i < s->events && rc == SQ_OK; i++)
                rc = replay(run, &s->event[i], err);
        return rc;
}
