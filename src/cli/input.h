/* input.h - JSON from a file, or from standard input */
#pragma once

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

/* NULL and "-" are standard input, which is what it is called in errors. */
const char *sq_input_name(const char *path);

/* Reads all of it, `most` bytes at most; *ret is the caller's, for json_decref().
 * SQ_EINVAL: it is no JSON, with the place, or too long; SQ_ENOTFOUND, SQ_EIO, SQ_ENOMEM. */
int sq_input_read_json(const char *path, size_t most, json_t **ret, struct sq_error *err);
