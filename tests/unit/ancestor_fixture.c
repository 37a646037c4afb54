#include "ancestor_fixture.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"

int start_without(void **state) {
        static const char *const suffix[] = {"", "-wal", "-shm", ".lock"};
        struct fixture *f;
        char path[128];

        fixture_start(state);
        f = *state;
        fixture_close(f);
        for (int i = 0; i < 4; i++) {
                snprintf(path, sizeof path, "%s%s", f->path, suffix[i]);
                remove(path);
        }
        return 0;
}

const char *beside(const struct fixture *f, const char *suffix) {
        static char path[160];

        snprintf(path, sizeof path, "%s%s", f->path, suffix);
        return path;
}

bool exists(const char *path) {
        return access(path, F_OK) == 0;
}

int try_open(struct fixture *f, bool change, struct sq_ancestor **ret, struct sq_error *err) {
        const struct sq_ancestor_options options = {.path = f->path,
                                                    .store = change ? &f->options : NULL};

        f->options.use = SQ_STORE_PERSON;
        return sq_ancestor_open(&options, sq_monotonic_ns() + SQ_NS_PER_SECOND / 5, ret, err);
}

struct sq_ancestor *open_old(struct fixture *f, bool change) {
        struct sq_ancestor *old = NULL;
        struct sq_error err = {.text = ""};

        if (try_open(f, change, &old, &err))
                fail_msg("%s", err.text);
        return old;
}

int leave_a_log(void *payload) {
        struct fixture *f = payload;
        sqlite3 *db = NULL;

        sqlite3_open(f->path, &db);
        sqlite3_exec(db, "UPDATE users SET last_updated = 'in the log'", NULL, NULL, NULL);
        raise(SIGKILL);
        return 0;
}
