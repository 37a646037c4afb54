#include "world_fixture.h"

#include <stdio.h>
#include <stdlib.h>

void write_config(struct world *w, const char *more) {
        FILE *file = fopen(w->config, "we");

        assert_non_null(file);
        fprintf(file, "[store]\npath = %s\n[spool]\ndirectory = %s\n", w->f->path, w->spool);
        fprintf(file, "[metrics]\ncounters = %s\n", w->counters);
        fprintf(file, "[slurm]\ncluster = test\n%s", more);
        fclose(file);
}

void new_hook(struct world *w) {
        sq_hook_free(w->hook);
        w->hook = NULL;
        assert_int_equal(sq_hook_new(w->config, &w->hook, NULL), SQ_OK);
}

int world_start(void **state) {
        struct world *w = calloc(1, sizeof *w);

        assert_non_null(w);
        fixture_start((void **)&w->f);
        snprintf(w->config, sizeof w->config, "%s/slurm-quota.conf", w->f->directory);
        snprintf(w->spool, sizeof w->spool, "%s", w->f->directory);
        snprintf(w->counters, sizeof w->counters, "%s/counters", w->f->directory);
        write_config(w, "");
        new_hook(w);
        sq_tres_set(&w->price.tres, "cpu", 4);
        w->price.seconds = 600;
        w->price.tasks = 1;
        *state = w;
        return 0;
}

int world_stop(void **state) {
        struct world *w = *state;

        sq_hook_free(w->hook);
        fixture_stop((void **)&w->f);
        free(w);
        return 0;
}
