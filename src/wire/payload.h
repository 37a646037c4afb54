/* payload.h - what a MUNGE credential for a request of ours says
 *
 * "slurm-quota 1", "METHOD TARGET" and the SHA-256 of the body (of nothing, when there is
 * none) in lower-case hexadecimal, with a newline between them: who gets hold of the
 * credential cannot ask for something else with it.
 */
#pragma once

#include <stddef.h>

/* `target` is path and query behind the base path, without "http://HOST".  The caller's to
 * free; NULL: out of memory. */
char *sq_payload_make(const char *method, const char *target, const char *body,
                      size_t length);
