/* world_fixture.h - a ledger and a hook on it, with a configuration of their own */
#pragma once

#include "fixture.h"
#include "hook/hook.h"

struct world {
        struct fixture *f;
        char config[128]; /* the file */
        char spool[128], counters[128];
        struct sq_hook *hook;
        struct sq_price price; /* of the jobs: 4 CPUs for ten minutes */
};

/* cmocka's setup and teardown.  Spool and counters are in the ledger's directory. */
int world_start(void **state);
int world_stop(void **state);

/* Writes the configuration anew, with `more` at its end; the hook has it from its next look,
 * or from new_hook() on. */
void write_config(struct world *w, const char *more);

/* As when slurmctld reads its script again. */
void new_hook(struct world *w);
