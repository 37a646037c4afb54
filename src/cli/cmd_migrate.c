/* cmd_migrate.c - migrate */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/directory.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "ledger/spool.h"
#include "ledger/verify.h"
#include "migrate/heritage.h"

enum option { FROM, DRY_RUN };

static const struct sq_option options[] = {
        [FROM] = {"from", "FILE", "the old database, if it is not where the new one will be"},
        [DRY_RUN] = {"dry-run", NULL, "change nothing, and tell what would be done"},
        {NULL, NULL, NULL},
};

/* How long whoever uses the old database may take to finish.  The old plugin gives up
 * after 5 s: it must not do so because of us. */
#define PATIENCE_NS (4 * SQ_NS_PER_SECOND)

struct migration {
        const struct sq_call *call;
        bool dry_run;
        struct sq_store_options store;
        char path[PATH_MAX]; /* of the old database */
};

static bool in_place(const struct migration *m) {
        return !strcmp(m->path, m->store.path);
}

/* --- what is where --------------------------------------------------------------- */

/* One file has one name here: SQLite keeps its log beside the name by which it was
 * opened. */
static int find_old(struct migration *m, struct sq_error *err) {
        const char *from = m->call->option[FROM];
        char store[PATH_MAX];

        snprintf(m->path, sizeof m->path, "%s", m->store.path);
        if (!from)
                return SQ_OK;
        if (!realpath(from, m->path))
                return sq_fail(err, errno == ENOENT ? SQ_ENOTFOUND : SQ_EACCESS,
                               "cannot reach \"%.200s\": %s", from, strerror(errno));
        if (realpath(m->store.path, store) && !strcmp(store, m->path))
                snprintf(m->path, sizeof m->path, "%s", m->store.path);
        return SQ_OK;
}

static int open_old(const struct migration *m, bool change, struct sq_ancestor **ret,
                    struct sq_error *err) {
        const struct sq_ancestor_options old = {.path = m->path,
                                                .store = change ? &m->store : NULL};
        int rc = sq_ancestor_open(&old, sq_monotonic_ns() + PATIENCE_NS, ret, err);

        if (rc == SQ_ENOTFOUND && !err->hint[0])
                sq_hint(err, "Name the old database by --from FILE.");
        return rc;
}

/* --- telling --------------------------------------------------------------------- */

static size_t count_of(const struct sq_adoption *a, enum sq_subject_kind kind) {
        size_t n = 0;

        for (size_t i = 0; i < a->n_subjects; i++)
                n += a->subject[i].kind == kind;
        return n;
}

static void print_settings(const struct sq_adoption *a) {
        char text[32];

        printf("GPU factors: %s", a->factors.n ? "" : "none");
        for (size_t i = 0; i < a->factors.n; i++)
                printf("%s%s %s", i ? ", " : "", a->factors.item[i].type,
                       sq_weight_text(a->factors.item[i].millionths, text, sizeof text));
        printf("\ndefault quotas: %s", a->n_defaults ? "" : "unlimited");
        for (size_t i = 0; i < a->n_defaults; i++)
                printf("%s%s %s %s", i ? ", " : "",
                       sq_subject_kind_name(a->defaults[i].kind),
                       a->defaults[i].resource == SQ_CPU ? "CPU" : "GPU",
                       sq_minutes_text(a->defaults[i].limit, text, sizeof text));
        printf("\n");
}

static void print_heritage(const struct migration *m, const char *name,
                           const struct sq_heritage *h) {
        printf("from %s: %s\n", name, m->path);
        printf("users: %zu\naccounts: %zu\n", count_of(&h->adoption, SQ_USER),
               count_of(&h->adoption, SQ_ACCOUNT));
        printf("reservations: %zu, of %" PRId64 " tasks\n", h->adoption.n_reservations,
               h->reserved_tasks);
        print_settings(&h->adoption);
        for (size_t i = 0; i < h->n_notes; i++)
                printf("%s\n", h->note[i]);
}

/* --- changing -------------------------------------------------------------------- */

/* A name of the second: one second later there is another. */
static int back_up(const struct migration *m, struct sq_ancestor *old, struct sq_error *err) {
        const struct timespec second = {.tv_sec = 1};
        char path[PATH_MAX], when[SQ_UTC_NAME_SIZE] = "";
        int rc;

        for (int attempt = 0;; attempt++) {
                sq_utc_name(sq_now(), when);
                snprintf(path, sizeof path, "%s.before-migrate-%s", m->path, when);
                rc = sq_ancestor_backup(old, path, err);
                if (rc != SQ_EEXIST || attempt == 2)
                        break;
                nanosleep(&second, NULL);
        }
        if (rc)
                sq_context(err, "for want of a backup");
        else
                printf("backup: %s\n", path);
        return rc;
}

static void ignore(const char *line, void *payload) {
        (void)line;
        (void)payload;
}

/* Takes it over, and lets nothing into the place of the old database that verify would
 * complain about, or a part of which is still in the log. */
static int fill(struct sq_ledger *ledger, const struct sq_heritage *heritage,
                const struct sq_actor *actor, struct sq_error *err) {
        struct sq_store *store = sq_ledger_store(ledger);
        int64_t differences = 0;
        int rc;

        sq_store_set_deadline(store, INT64_MAX);
        rc = sq_adopt(ledger, &heritage->adoption, actor, err);
        if (!rc)
                rc = sq_verify(ledger, ignore, NULL, &differences, err);
        if (!rc && differences)
                rc = sq_fail(err, SQ_ECORRUPT, "the new database has %" PRId64 " differences",
                             differences);
        if (!rc)
                rc = sq_store_checkpoint(store, SQ_CHECKPOINT_EMPTY, err);
        if (!rc && sq_store_backlog(store))
                rc = sq_fail(err, SQ_EIO, "could not empty the log of the new database");
        return rc;
}

static int make_successor(const struct migration *m, struct sq_ancestor *old,
                          const struct sq_heritage *heritage, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_store_options successor = m->store;
        char path[PATH_MAX], who[SQ_ACTOR_SIZE], actor_name[SQ_ACTOR_SIZE + 16], reason[600];
        const struct sq_actor actor = {.name = actor_name, .reason = reason};
        int rc;

        snprintf(actor_name, sizeof actor_name, "migrate (%s)", sq_administrator_name(who));
        snprintf(reason, sizeof reason, "from %s, %.500s", sq_ancestor_name(old), m->path);
        sq_ancestor_successor(m->store.path, path, sizeof path);
        successor.path = path;
        rc = sq_ledger_open(&successor, sq_monotonic_ns() + PATIENCE_NS, &ledger, err);
        return rc ? rc : fill(ledger, heritage, &actor, err);
}

/* What is under the store's path until the last step is the old database, complete. */
static int convert(const struct migration *m, struct sq_ancestor *old, struct sq_error *err) {
        SQ_CLEANUP(sq_heritage_freep) struct sq_heritage *heritage = NULL;
        int rc = SQ_OK;

        if (in_place(m))
                rc = back_up(m, old, err);
        if (!rc)
                rc = sq_heritage_read(old, &heritage, err);
        if (!rc)
                rc = make_successor(m, old, heritage, err);
        if (rc)
                sq_context(err, "not migrated");
        else
                rc = sq_ancestor_succeed(old, err);
        if (rc)
                sq_ancestor_discard(m->store.path);
        else
                print_heritage(m, sq_ancestor_name(old), heritage);
        return rc;
}

/* What an administrator's next command would make: found missing here, it is told before
 * anything is changed. */
static int prepare_spool(const struct sq_config *config, struct sq_error *err) {
        int rc = sq_directory_prepare(config->spool.directory, config->slurm.user, 02770, err);

        return rc ? rc : sq_spool_prepare(config->spool.directory, err);
}

static int current(const struct migration *m, const char *name) {
        printf("nothing to migrate: %s has %s, as it should\n", m->path, name);
        return SQ_OK;
}

/* Opening is what brings tables of our own to this version; and the log of a new database,
 * which readers need, is made. */
static int open_new(const struct migration *m, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;

        return sq_administrator_open(m->call->config, &ledger, err);
}

static int change(const struct migration *m, struct sq_error *err) {
        SQ_CLEANUP(sq_ancestor_closep) struct sq_ancestor *old = NULL;
        int rc = prepare_spool(m->call->config, err);

        if (!rc)
                rc = open_old(m, true, &old, err);
        if (rc)
                return rc;
        switch (sq_ancestor_kind(old)) {
        case SQ_ANCESTOR_CURRENT: /* since we looked */
                return current(m, sq_ancestor_name(old));
        case SQ_ANCESTOR_RACKSLAB:
                rc = convert(m, old, err);
                break;
        case SQ_ANCESTOR_OLDER:
                rc = back_up(m, old, err);
                if (rc)
                        sq_context(err, "not migrated");
                else
                        printf("from %s: %s\n", sq_ancestor_name(old), m->path);
        }
        sq_ancestor_close(SQ_TAKE(old)); /* gives back the locks, which opening needs */
        if (!rc)
                rc = open_new(m, err);
        if (!rc)
                printf("migrated: %s%s\n", m->store.path,
                       in_place(m) ? "" : " (the old one stays as it is)");
        return rc;
}

/* --- the command ----------------------------------------------------------------- */

static int tell(const struct migration *m, struct sq_ancestor *old, struct sq_error *err) {
        SQ_CLEANUP(sq_heritage_freep) struct sq_heritage *heritage = NULL;
        int rc;

        if (sq_ancestor_kind(old) == SQ_ANCESTOR_OLDER) {
                printf("%s has %s, and would be brought to that of this program\n", m->path,
                       sq_ancestor_name(old));
                return SQ_OK;
        }
        rc = sq_heritage_read(old, &heritage, err);
        if (rc)
                return rc;
        print_heritage(m, sq_ancestor_name(old), heritage);
        printf("nothing was changed (--dry-run)\n");
        return SQ_OK;
}

static int migrate(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ancestor_closep) struct sq_ancestor *old = NULL;
        const struct sq_config *config = call->config;
        struct migration m = {
                .call = call,
                .dry_run = call->option[DRY_RUN] != NULL,
                .store = {.path = config->store.path,
                          .use = SQ_STORE_PERSON,
                          .owner = config->slurm.user,
                          .world_readable =
                                  config->store.readable_by == SQ_READABLE_BY_EVERYONE},
        };
        int rc = find_old(&m, err);

        if (!rc)
                rc = open_old(&m, false, &old, err);
        if (rc)
                return rc;
        if (!in_place(&m) && sq_ancestor_kind(old) != SQ_ANCESTOR_RACKSLAB) {
                sq_fail(err, SQ_EINVAL, "\"%s\" is one of ours already", m.path);
                sq_hint(err, "Move it to %.200s, or set store.path to it.", m.store.path);
                return SQ_EINVAL;
        }
        if (sq_ancestor_kind(old) == SQ_ANCESTOR_CURRENT)
                return current(&m, sq_ancestor_name(old));
        if (m.dry_run)
                return tell(&m, old, err);
        sq_ancestor_close(SQ_TAKE(old));
        return change(&m, err);
}

const struct sq_command sq_cmd_migrate = {
        .name = "migrate",
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "bring the database of an earlier version to this one",
        .details =
                "Takes over the database of Rackslab's slurm-quota, 1.0 to 3, with what jobs\n"
                "in the queue hold; and one of ours of an earlier version.  A backup is made\n"
                "first, beside it; interrupted, the old database is as it was.  Stop\n"
                "slurmctld, or take the old plugin out of slurm.conf, and stop the old\n"
                "service: what they wrote later would be lost.\n",
        .options = options,
        .run = migrate,
};
