/* module.h - what is loaded only by the commands that need it
 *
 * Libraries of the service and of its client bring dozens more, which the command that
 * charges each job would load for nothing: those parts are modules of their own.
 */
#pragma once

#include "base/error.h"

/* The function `symbol` of the module `file`, which stays loaded.  `what` is what it is, in
 * words: "the service".  SQ_EIO: it is not there, or cannot be used. */
int sq_module_load(const char *file, const char *symbol, const char *what, void **ret,
                   struct sq_error *err);
