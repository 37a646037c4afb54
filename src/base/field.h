/* field.h - what is told of a row, field by field: once for all who write it as JSON
 *
 * Names and order are those of the command's --json and of the service.
 */
#pragma once

#include "base/amount.h"

enum sq_field_kind {
        SQ_FIELD_NONE, /* null */
        SQ_FIELD_TEXT, /* NULL: null */
        SQ_FIELD_NUMBER,
        SQ_FIELD_TRUTH, /* number is 0 or 1 */
        SQ_FIELD_TIME /* as slurm-quota 2 wrote it (sq_utc_text()); null where it cannot */
};

struct sq_field {
        const char *name; /* static */
        enum sq_field_kind kind;
        const char *text; /* lent as those of the row */
        int64_t number;   /* or UTC seconds */
};

/* Of prospects there are most. */
#define SQ_FIELDS_MAX 24

/* For a text that is made of numbers, such as the name of a job. */
#define SQ_FIELD_TEXT_SIZE 48

struct sq_fields {
        size_t n;
        struct sq_field item[SQ_FIELDS_MAX];
        char text[SQ_FIELD_TEXT_SIZE]; /* what one field's text may be */
};

/* --- for those who list them: each appends one ------------------------------------------- */

void sq_fields_add_text(struct sq_fields *fields, const char *name, const char *text);
void sq_fields_add_number(struct sq_fields *fields, const char *name, int64_t number);
void sq_fields_add_seconds(struct sq_fields *fields, const char *name,
                           struct sq_amount amount);

/* In minutes, rounded up. */
void sq_fields_add_minutes(struct sq_fields *fields, const char *name,
                           struct sq_amount amount);

void sq_fields_add_time(struct sq_fields *fields, const char *name, int64_t at);

void sq_fields_add_truth(struct sq_fields *fields, const char *name, bool truth);

/* null where `there` is false. */
void sq_fields_add_number_if(struct sq_fields *fields, const char *name, bool there,
                             int64_t number);
