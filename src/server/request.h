/* request.h - what is asked for, as it stands in the first line of a request
 *
 * Read by ourselves and not by libmicrohttpd, which decodes what cannot be decoded and
 * cuts a name off at %00.
 */
#pragma once

#include "base/error.h"
#include "slurm/name.h"

enum sq_route { SQ_ROUTE_NONE, SQ_ROUTE_HEALTH, SQ_ROUTE_STATS };

struct sq_request {
        enum sq_route route;
        char user[SQ_NAME_SIZE];    /* "": not given, or blank */
        char account[SQ_NAME_SIZE]; /* in lower case, as the ledger keeps it */
};

/* Reads "/stats?username=alice", with or without "http://HOST" before it.  The path is
 * compared as it stands; of a parameter that comes more than once the first that is not
 * blank counts; others than the known ones are passed over.  SQ_EINVAL: the query of a
 * known path is not acceptable.  *ret is set in every case. */
int sq_request_parse(const char *target, struct sq_request *ret, struct sq_error *err);
