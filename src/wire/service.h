/* service.h - the desk that is a service's
 *
 * A module of its own (slurm-quota-client.so) that commands load when they need it:
 * libcurl, libmunge and jansson bring some thirty libraries, which the command that
 * charges each job would load for nothing.
 */
#pragma once

#include "wire/client.h"
#include "wire/desk.h"

#define SQ_SERVICE_MODULE "slurm-quota-client.so"

/* The name of sq_service_open() in it. */
#define SQ_SERVICE_SYMBOL "sq_service_open"

struct sq_service_options {
        struct sq_client_options client;
        /* Why it is asked at all, when nobody said that it should be: what kept the desk of
         * this host closed.  An error of a service that is not there begins with it. */
        int instead_code; /* SQ_OK: somebody said so */
        struct sq_error instead;
};

typedef int (*sq_service_open_fn)(const struct sq_service_options *options,
                                  struct sq_desk **ret, struct sq_error *err);

/* Copies the options, connects to nobody yet; fails as sq_client_open(). */
int sq_service_open(const struct sq_service_options *options, struct sq_desk **ret,
                    struct sq_error *err);
