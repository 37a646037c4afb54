/* request_field.h - the fields of a job request by their names, for JSON
 *
 * As the service takes them (POST /estimate) and its client sends them: a field that is not
 * set is not there, and -1 is a number without limit.
 */
#pragma once

#include "slurm/request.h"

struct sq_request_field {
        const char *name;
        bool is_text;
        size_t offset; /* of an int64_t or a const char * in struct sq_job_request */
};

/* Ends with a NULL name.  Without end_time, which only updates have. */
extern const struct sq_request_field sq_request_fields[];

static inline int64_t *sq_request_number(struct sq_job_request *request,
                                         const struct sq_request_field *field) {
        return (int64_t *)(void *)((char *)request + field->offset);
}

static inline const char **sq_request_text(struct sq_job_request *request,
                                           const struct sq_request_field *field) {
        return (const char **)(void *)((char *)request + field->offset);
}
