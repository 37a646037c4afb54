#include "wire/json_value.h"

#include <stdio.h>
#include <string.h>

#include "policy/component.h"

bool sq_json_number_text(const json_t *value, char text[SQ_REAL_SIZE]) {
        if (json_is_integer(value))
                snprintf(text, SQ_REAL_SIZE, "%" JSON_INTEGER_FORMAT,
                         json_integer_value(value));
        else if (json_is_real(value))
                sq_real_text(json_real_value(value), text);
        else
                return false;
        return true;
}

const char *sq_json_shown(const json_t *value, char text[SQ_JSON_SHOWN_SIZE]) {
        switch (json_typeof(value)) {
        case JSON_OBJECT:
                return "an object";
        case JSON_ARRAY:
                return "a list";
        case JSON_STRING:
                snprintf(text, SQ_JSON_SHOWN_SIZE, "\"%.40s\"", json_string_value(value));
                return text;
        case JSON_TRUE:
                return "true";
        case JSON_FALSE:
                return "false";
        case JSON_NULL:
                return "null";
        default:
                sq_json_number_text(value, text);
                return text;
        }
}

static int take_hours(const char *name, const json_t *value, bool signed_too,
                      struct sq_quantities *list, struct sq_error *err) {

        char tres[SQ_TRES_NAME_MAX], number[SQ_REAL_SIZE], shown[SQ_JSON_SHOWN_SIZE];
        struct sq_quantity hours;

        if (!sq_component_tres(name, tres)) {
                sq_fail(err, SQ_EINVAL, "\"%.60s\" is not a TRES", name);
                sq_hint(err, "TRES are cpu, mem, node, energy, billing, gres/NAME,"
                             " gres/gpu:TYPE, license/NAME, and node_hours for node.");
                return SQ_EINVAL;
        }
        if (sq_quantities_has(list, tres))
                return sq_fail(err, SQ_EINVAL, "%s is there twice", tres);
        if (!sq_json_number_text(value, number) || !sq_quantity_parse_hours(number, &hours) ||
            (hours.units < 0 && !signed_too)) {
                sq_fail(err, SQ_EINVAL, "%.60s cannot be %s", name,
                        sq_json_shown(value, shown));
                sq_hint(err, "It takes a number of hours%s.", signed_too ? "" : " from 0 on");
                return SQ_EINVAL;
        }
        if (!sq_quantities_set(list, tres, hours))
                return sq_fail(err, SQ_EINVAL, "there are more than %d TRES",
                               SQ_QUANTITIES_MAX);
        return SQ_OK;
}

int sq_json_hours(const json_t *object, bool signed_too, struct sq_quantities *ret,
                  struct sq_error *err) {

        char shown[SQ_JSON_SHOWN_SIZE];
        struct sq_quantities list;
        const char *name;
        json_t *value;
        int rc;

        list.n = 0;
        if (!json_is_object(object))
                return sq_fail(err, SQ_EINVAL, "must be an object of hours by TRES, not %s",
                               object ? sq_json_shown(object, shown) : "missing");
        json_object_foreach((json_t *)object, name, value) {
                rc = take_hours(name, value, signed_too, &list, err);
                if (rc != SQ_OK)
                        return rc;
        }
        *ret = list;
        return SQ_OK;
}
