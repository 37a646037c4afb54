/* json_value.h - what every reader of JSON here needs */
#pragma once

#include <jansson.h>
#include <stdbool.h>

#include "base/error.h"
#include "base/real.h"
#include "policy/quantity.h"

/* The text of a number, as short as it can be; false when it is none. */
bool sq_json_number_text(const json_t *value, char text[SQ_REAL_SIZE]);

/* A value as people recognise it in an error: short, on one line. */
#define SQ_JSON_SHOWN_SIZE 64
const char *sq_json_shown(const json_t *value, char text[SQ_JSON_SHOWN_SIZE]);

/* An object of hours by TRES, {"node": 1000, "gres/gpu": 2.5}, into `ret` by Slurm's names.
 * SQ_EINVAL, naming the TRES: no object, none that is a TRES, one that is there twice under
 * two names, no number, below 0 unless `signed_too`, or too much. */
int sq_json_hours(const json_t *object, bool signed_too, struct sq_quantities *ret,
                  struct sq_error *err);
