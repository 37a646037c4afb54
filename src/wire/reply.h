/* reply.h - what the service's answer means, when it is not what was asked for
 *
 * The service says {"error":"WORD","message":"...","hint":"..."}; whatever else answers at
 * its address (a proxy, another program) says anything.
 */
#pragma once

#include <stddef.h>

#include "base/error.h"

/* Makes an error of an answer with a status other than 2xx.  `url` is where it came from,
 * as the site writes it.  Texts of the service are cut to size and freed of what a
 * terminal would obey.
 *
 *   400, 413, 422  SQ_EINVAL     401, 403  SQ_EACCESS    404  SQ_ENOTFOUND
 *   409            SQ_EEXIST     503       SQ_EBUSY      all others  SQ_EIO
 *
 * Without the service's word for it also 404 is SQ_EIO: something else answers there. */
int sq_reply_error(const char *url, long status, const char *body, size_t length,
                   struct sq_error *err);

/* Copies `from` into `to`, with `?` for control characters, also those of ISO 8859-1 in
 * UTF-8. */
void sq_reply_clean(const char *from, char *to, size_t size);
