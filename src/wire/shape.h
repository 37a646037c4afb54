/* shape.h - takes the values of a service's answer out of its JSON
 *
 * The first thing that is not as it should be is kept and named; what is taken after that
 * is empty, and sq_shape_end() fails.  So whoever reads an object asks once, at its end.
 */
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/amount.h"
#include "base/error.h"

/* The end of the year 9999, which calendars and tables can show. */
#define SQ_SHAPE_TIME_MAX 253402300799LL

struct sq_shape {
        const char *url; /* whose answer it is, lent */
        json_t *root;    /* NULL: it is not JSON */
        bool wrong;
        char what[160];
};

/* Reads `text`; for sq_shape_clear(). */
void sq_shape_begin(struct sq_shape *shape, const char *url, const char *text, size_t length);
void sq_shape_clear(struct sq_shape *shape);

/* SQ_ECORRUPT, "the answer of URL is not slurm-quota's: ...", when anything was wrong. */
int sq_shape_end(const struct sq_shape *shape, struct sq_error *err);

/* Where all of it is a list: that, lent; of no size when it is something else. */
const json_t *sq_shape_top_list(struct sq_shape *shape);

/* Says that `key` is not as it should be; the first one is kept. */
void sq_shape_blame(struct sq_shape *shape, const char *key, const char *why);

/* --- members, which must be there -------------------------------------------------- */

/* 0 in the place of what is wrong. */
int64_t sq_shape_integer(struct sq_shape *shape, const json_t *object, const char *key,
                         int64_t least, int64_t most);

/* 0.0 in the place of what is wrong. */
double sq_shape_number(struct sq_shape *shape, const json_t *object, const char *key);

bool sq_shape_truth(struct sq_shape *shape, const json_t *object, const char *key);

/* Seconds from `least` on. */
struct sq_amount sq_shape_amount(struct sq_shape *shape, const json_t *object, const char *key,
                                 int64_t least);

/* Lent, as long as the shape; "" in the place of what is wrong. */
const char *sq_shape_text(struct sq_shape *shape, const json_t *object, const char *key);

/* Lent; of no size in the place of what is wrong. */
json_t *sq_shape_list(struct sq_shape *shape, const json_t *object, const char *key);
json_t *sq_shape_object(struct sq_shape *shape, const json_t *object, const char *key);

/* --- members that may be null or not there ------------------------------------------ */

/* False: it is not there. */
bool sq_shape_has(const json_t *object, const char *key);

/* NULL: it is not there. */
const char *sq_shape_text_if(struct sq_shape *shape, const json_t *object, const char *key);

/* `otherwise`: it is not there. */
int64_t sq_shape_integer_if(struct sq_shape *shape, const json_t *object, const char *key,
                            int64_t least, int64_t most, int64_t otherwise);
