#include "cli/steps.h"

#include <stdlib.h>

#include "base/grow.h"
#include "wire/evaluation_json.h"

/* A step that has to wait. */
struct kept {
        size_t event, number; /* in the order in which they came */
        char *text;
};

struct printing {
        struct sq_document document;
        const struct sq_policy *policy;
        size_t n, room;
        struct kept *item;
        bool failed; /* no memory */
};

static void printing_clear(struct printing *p) {
        for (size_t i = 0; i < p->n; i++)
                free(p->item[i].text);
        free(p->item);
}

static void print(const struct sq_step *step, void *payload) {
        struct printing *p = payload;

        sq_step_print(&p->document, p->policy, step);
}

static void keep(const struct sq_step *step, void *payload) {
        struct printing *p = payload;
        char *text = NULL;
        size_t length = 0;
        struct sq_document document = {.out = open_memstream(&text, &length)};

        if (document.out) {
                sq_step_print(&document, p->policy, step);
                p->failed = fclose(document.out) || p->failed;
        }
        p->failed = p->failed || !text ||
                    !sq_grow(&p->item, p->n + 1, &p->room, sizeof *p->item);
        if (p->failed) {
                free(text);
                return;
        }
        p->item[p->n] = (struct kept){step->event, p->n, text};
        p->n++;
}

static int compare(const void *a, const void *b) {
        const struct kept *x = a, *y = b;

        if (x->event != y->event)
                return x->event < y->event ? -1 : 1;
        return x->number < y->number ? -1 : 1;
}

static void print_kept(struct printing *p) {
        if (p->n)
                qsort(p->item, p->n, sizeof *p->item, compare);
        for (size_t i = 0; i < p->n; i++)
                sq_document_add_ready(&p->document, p->item[i].text);
}

int sq_steps_print(FILE *out, const struct sq_policy *policy, struct sq_simulation *simulation,
                   struct sq_error *err) {
        SQ_CLEANUP(printing_clear)
        struct printing p = {.document.out = out, .policy = policy};
        const bool in_order = sq_simulation_is_in_order(simulation);
        /* Once to see whether it can be done: half of an answer is none. */
        int rc = sq_simulation_run(simulation, in_order ? NULL : keep, &p, err);

        if (!rc && p.failed)
                rc = sq_fail(err, SQ_ENOMEM, "out of memory");
        if (rc)
                return rc;
        sq_document_open_object(&p.document, NULL);
        sq_document_open_list(&p.document, "steps");
        if (in_order)
                rc = sq_simulation_run(simulation, print, &p, err);
        else
                print_kept(&p);
        sq_document_close_list(&p.document);
        sq_document_close_object(&p.document);
        sq_document_end(&p.document);
        return rc;
}
