#include "server/form.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* jansson's objects know how many hold them, and are opaque: one is a form. */

static bool is_json(const struct sq_request *request) {
        static const char wanted[] = "application/json";
        const char *type =
                request->header ? request->header(request->connection, "Content-Type", NULL)
                                : NULL;

        return type && !strncasecmp(type, wanted, sizeof wanted - 1) &&
               strchr("; \t", type[sizeof wanted - 1]);
}

static int wrong_type(const struct sq_form_field *field, struct sq_error *err) {
        static const char *const words[] = {
                [SQ_FORM_INTEGER] = "a whole number",
                [SQ_FORM_DECIMAL] = "a number",
                [SQ_FORM_TEXT] = "a string",
                [SQ_FORM_LIST] = "a list",
        };

        return sq_fail(err, SQ_EINVAL, "%s must be %s", field->name, words[field->type]);
}

/* A double has 15 digits that were meant: 0.1 is 0.1 again.  Small ones would get an
 * exponent, which no decimal has. */
static int take_decimal(const json_t *value, struct sq_form_field *field,
                        struct sq_error *err) {
        const double number = json_number_value(value);

        if (!json_is_number(value) || !isfinite(number))
                return wrong_type(field, err);
        snprintf(field->decimal, sizeof field->decimal, "%.15g", number);
        if (fabs(number) < 0.001 && number != 0) {
                snprintf(field->decimal, sizeof field->decimal, "%.15f", number);
                while (field->decimal[strlen(field->decimal) - 1] == '0')
                        field->decimal[strlen(field->decimal) - 1] = '\0';
        }
        return SQ_OK;
}

static int take(const json_t *value, struct sq_form_field *field, struct sq_error *err) {
        if (json_is_null(value))
                return SQ_OK;
        field->given = true;
        switch (field->type) {
        case SQ_FORM_DECIMAL:
                return take_decimal(value, field, err);
        case SQ_FORM_INTEGER:
                if (!json_is_integer(value))
                        return wrong_type(field, err);
                field->integer = json_integer_value(value);
                return SQ_OK;
        case SQ_FORM_LIST:
                if (!json_is_array(value))
                        return wrong_type(field, err);
                field->list = value;
                return SQ_OK;
        case SQ_FORM_TEXT:
        default:
                if (!json_is_string(value))
                        return wrong_type(field, err);
                if (json_string_length(value) > SQ_FORM_TEXT_MAX)
                        return sq_fail(err, SQ_EINVAL, "%s is longer than %d bytes",
                                       field->name, SQ_FORM_TEXT_MAX);
                field->text = json_string_value(value);
                return SQ_OK;
        }
}

int sq_form_take(const json_t *object, struct sq_form_field *field, size_t n,
                 struct sq_error *err) {
        const char *name;
        json_t *value;
        int rc;

        if (!json_is_object(object))
                return sq_fail(err, SQ_EINVAL, "an object is wanted");
        /* The iterator of jansson wants more than it needs to look. */
        json_object_foreach((json_t *)object, name, value) {
                size_t i = 0;

                while (i < n && strcmp(name, field[i].name) != 0)
                        i++;
                if (i == n)
                        return sq_fail(err, SQ_EINVAL, "there is no field \"%.60s\" here",
                                       name);
                rc = take(value, &field[i], err);
                if (rc)
                        return rc;
        }
        for (size_t i = 0; i < n; i++)
                if (field[i].required && !field[i].given)
                        return sq_fail(err, SQ_EINVAL, "%s is missing", field[i].name);
        return SQ_OK;
}

int sq_form_load(const struct sq_request *request, json_t **ret, struct sq_error *err) {
        json_error_t why;
        json_t *json;

        if (!is_json(request))
                return sq_fail(err, SQ_EINVAL,
                               "the body must be JSON, with Content-Type: application/json");
        json = json_loadb(request->body, request->body_length, JSON_REJECT_DUPLICATES, &why);
        if (!json)
                return sq_fail(err, SQ_EINVAL, "the body is not JSON: %.100s", why.text);
        if (!json_is_object(json)) {
                json_decref(json);
                return sq_fail(err, SQ_EINVAL, "the body must be a JSON object");
        }
        *ret = json;
        return SQ_OK;
}

int sq_form_read(const struct sq_request *request, struct sq_form_field *field, size_t n,
                 struct sq_form **ret, struct sq_error *err) {
        json_t *json = NULL;
        int rc = sq_form_load(request, &json, err);

        if (rc)
                return rc;
        rc = sq_form_take(json, field, n, err);
        if (rc)
                json_decref(json);
        else
                *ret = (struct sq_form *)json;
        return rc;
}

int sq_form_limit(const struct sq_form_field *field, struct sq_amount *ret,
                  struct sq_error *err) {
        if (sq_amount_from_minutes(field->integer, ret))
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "%s cannot be %" PRId64, field->name, field->integer);
        sq_hint(err, "Give a whole number of minutes, 0 to block, or -1 for unlimited.");
        return SQ_EINVAL;
}

void sq_form_free(struct sq_form *form) {
        json_decref((json_t *)form);
}
