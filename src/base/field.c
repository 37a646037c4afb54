#include "base/field.h"

static struct sq_field *append(struct sq_fields *fields, const char *name,
                               enum sq_field_kind kind) {
        /* The lists are ours: none is longer, and a test counts them. */
        const size_t i = fields->n < SQ_FIELDS_MAX ? fields->n++ : SQ_FIELDS_MAX - 1;
        struct sq_field *field = &fields->item[i];

        *field = (struct sq_field){.name = name, .kind = kind};
        return field;
}

void sq_fields_add_text(struct sq_fields *fields, const char *name, const char *text) {
        append(fields, name, SQ_FIELD_TEXT)->text = text;
}

void sq_fields_add_number(struct sq_fields *fields, const char *name, int64_t number) {
        append(fields, name, SQ_FIELD_NUMBER)->number = number;
}

void sq_fields_add_seconds(struct sq_fields *fields, const char *name,
                           struct sq_amount amount) {
        sq_fields_add_number(fields, name, amount.seconds);
}

void sq_fields_add_minutes(struct sq_fields *fields, const char *name,
                           struct sq_amount amount) {
        sq_fields_add_number(fields, name, sq_amount_minutes(amount));
}

void sq_fields_add_time(struct sq_fields *fields, const char *name, int64_t at) {
        append(fields, name, SQ_FIELD_TIME)->number = at;
}

void sq_fields_add_truth(struct sq_fields *fields, const char *name, bool truth) {
        append(fields, name, SQ_FIELD_TRUTH)->number = truth;
}

void sq_fields_add_number_if(struct sq_fields *fields, const char *name, bool there,
                             int64_t number) {
        if (there)
                sq_fields_add_number(fields, name, number);
        else
                append(fields, name, SQ_FIELD_NONE);
}
