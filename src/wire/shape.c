#include "wire/shape.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "wire/reply.h"

void sq_shape_begin(struct sq_shape *shape, const char *url, const char *text, size_t length) {
        json_error_t error;

        *shape = (struct sq_shape){.url = url};
        /* A member that comes twice: who reads it first and who reads it last differ. */
        shape->root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
        if (shape->root)
                return;
        shape->wrong = true;
        snprintf(shape->what, sizeof shape->what, "it is not JSON");
}

void sq_shape_clear(struct sq_shape *shape) {
        json_decref(shape->root);
        shape->root = NULL;
}

int sq_shape_end(const struct sq_shape *shape, struct sq_error *err) {
        if (!shape->wrong)
                return SQ_OK;
        sq_fail(err, SQ_ECORRUPT, "the answer of %.200s is not slurm-quota's: %s", shape->url,
                shape->what);
        sq_hint(err, "Is it the address of a slurm-quota service, and of a version like this"
                     " one, " SQ_VERSION "?");
        return SQ_ECORRUPT;
}

void sq_shape_blame(struct sq_shape *shape, const char *key, const char *why) {
        char clean[64];

        if (shape->wrong)
                return;
        shape->wrong = true;
        sq_reply_clean(key, clean, sizeof clean);
        snprintf(shape->what, sizeof shape->what, "\"%s\" %s", clean, why);
}

static json_t *find(struct sq_shape *shape, const json_t *object, const char *key) {
        json_t *value = json_object_get(object, key);

        if (!value)
                sq_shape_blame(shape, key, "is missing");
        return value;
}

bool sq_shape_has(const json_t *object, const char *key) {
        const json_t *value = json_object_get(object, key);

        return value && !json_is_null(value);
}

int64_t sq_shape_integer(struct sq_shape *shape, const json_t *object, const char *key,
                         int64_t least, int64_t most) {
        const json_t *value = find(shape, object, key);
        const int64_t number = json_integer_value(value);

        if (!value)
                return 0;
        if (!json_is_integer(value))
                sq_shape_blame(shape, key, "is not a whole number");
        else if (number < least || number > most)
                sq_shape_blame(shape, key, "is out of range");
        else
                return number;
        return 0;
}

double sq_shape_number(struct sq_shape *shape, const json_t *object, const char *key) {
        const json_t *value = find(shape, object, key);

        if (value && !json_is_number(value))
                sq_shape_blame(shape, key, "is not a number");
        return json_number_value(value);
}

bool sq_shape_truth(struct sq_shape *shape, const json_t *object, const char *key) {
        const json_t *value = find(shape, object, key);

        if (value && !json_is_boolean(value))
                sq_shape_blame(shape, key, "is neither true nor false");
        return json_is_true(value);
}

const json_t *sq_shape_top_list(struct sq_shape *shape) {
        if (shape->root && !json_is_array(shape->root))
                sq_shape_blame(shape, "[", "is not what it begins with");
        return shape->root;
}

struct sq_amount sq_shape_amount(struct sq_shape *shape, const json_t *object, const char *key,
                                 int64_t least) {
        return SQ_AMOUNT(sq_shape_integer(shape, object, key, least, INT64_MAX));
}

const char *sq_shape_text(struct sq_shape *shape, const json_t *object, const char *key) {
        const json_t *value = find(shape, object, key);

        if (value && !json_is_string(value))
                sq_shape_blame(shape, key, "is not text");
        return json_is_string(value) ? json_string_value(value) : "";
}

json_t *sq_shape_list(struct sq_shape *shape, const json_t *object, const char *key) {
        json_t *value = find(shape, object, key);

        if (value && !json_is_array(value))
                sq_shape_blame(shape, key, "is not a list");
        return value;
}

json_t *sq_shape_object(struct sq_shape *shape, const json_t *object, const char *key) {
        json_t *value = find(shape, object, key);

        if (value && !json_is_object(value))
                sq_shape_blame(shape, key, "is not an object");
        return value;
}

const char *sq_shape_text_if(struct sq_shape *shape, const json_t *object, const char *key) {
        return sq_shape_has(object, key) ? sq_shape_text(shape, object, key) : NULL;
}

int64_t sq_shape_integer_if(struct sq_shape *shape, const json_t *object, const char *key,
                            int64_t least, int64_t most, int64_t otherwise) {
        return sq_shape_has(object, key) ? sq_shape_integer(shape, object, key, least, most)
                                         : otherwise;
}
