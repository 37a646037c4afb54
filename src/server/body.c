#include "server/body.h"

#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"

struct sq_body {
        atomic_uint holders;
        size_t length, size; /* of the text: used, and all */
        char text[];
};

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"

static atomic_size_t bytes;

const char *sq_body_text(const struct sq_body *body) {
        return body->text;
}

size_t sq_body_length(const struct sq_body *body) {
        return body->length;
}

struct sq_body *sq_body_hold(struct sq_body *body) {
        atomic_fetch_add(&body->holders, 1);
        return body;
}

void sq_body_release(struct sq_body *body) {
        if (!body || atomic_fetch_sub(&body->holders, 1) > 1)
                return;
        atomic_fetch_sub(&bytes, body->size);
        free(body);
}

void sq_body_release_text(void *text) {
        sq_body_release((struct sq_body *)((char *)text - offsetof(struct sq_body, text)));
}

size_t sq_body_bytes(void) {
        return atomic_load(&bytes);
}

/* --- writing --------------------------------------------------------------------- */

/* Where `more` bytes may be written; NULL: there is no memory for them. */
static char *make_room(struct sq_json *json, size_t more) {
        struct sq_body *body;
        size_t size;

        if (json->failed)
                return NULL;
        if (!json->body || json->n + more > json->size) {
                size = 2 * json->size + more + 256;
                body = realloc(json->body, sizeof *body + size);
                if (!body) {
                        json->failed = true;
                        return NULL;
                }
                json->body = body;
                json->size = size;
        }
        return json->body->text + json->n;
}

void sq_json_add_bytes(struct sq_json *json, const char *text, size_t length) {
        char *to = make_room(json, length);

        if (!to)
                return;
        memcpy(to, text, length);
        json->n += length;
}

void sq_json_add(struct sq_json *json, const char *text) {
        sq_json_add_bytes(json, text, strlen(text));
}

void sq_json_add_name(struct sq_json *json, const char *name) {
        const size_t length = strlen(name);
        char *to = make_room(json, length + sizeof ",\"\":" - 1);
        const char *begin = to;

        if (!to)
                return;
        if (json->n && to[-1] != '{')
                *to++ = ',';
        *to++ = '"';
        to = mempcpy(to, name, length);
        *to++ = '"';
        *to++ = ':';
        json->n += (size_t)(to - begin);
}

void sq_json_add_integer(struct sq_json *json, int64_t number) {
        char digits[24];
        char *p = digits + sizeof digits;
        /* -INT64_MIN does not fit. */
        uint64_t left = number < 0 ? -(uint64_t)number : (uint64_t)number;

        do
                *--p = (char)('0' + left % 10);
        while (left /= 10);
        if (number < 0)
                *--p = '-';
        sq_json_add_bytes(json, p, (size_t)(digits + sizeof digits - p));
}

static void add_escaped(struct sq_json *json, unsigned char c) {
        static const char digit[] = "0123456789abcdef";
        char text[7] = "\\u0000";

        if (c == '"' || c == '\\') {
                text[1] = (char)c;
                text[2] = '\0';
        } else {
                text[4] = digit[c >> 4];
                text[5] = digit[c & 15];
        }
        sq_json_add(json, text);
}

/* What needs nothing done to it. */
static bool is_plain(char c) {
        return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

void sq_json_add_string(struct sq_json *json, const char *text) {
        size_t n;

        sq_json_add(json, "\"");
        for (; *text; text += n) {
                for (n = 0; is_plain(text[n]); n++)
                        ;
                sq_json_add_bytes(json, text, n);
                text += n;
                n = sq_utf8_length(text);
                if (n > 1)
                        sq_json_add_bytes(json, text, n);
                else if (n == 0)
                        sq_json_add(json, REPLACEMENT);
                else if (*text)
                        add_escaped(json, (unsigned char)*text);
                else
                        break;
                n += n == 0;
        }
        sq_json_add(json, "\"");
}

static void add_value(struct sq_json *json, const struct sq_field *field) {
        char utc[SQ_UTC_TEXT_SIZE];

        if (field->kind == SQ_FIELD_NUMBER)
                sq_json_add_integer(json, field->number);
        else if (field->kind == SQ_FIELD_TRUTH)
                sq_json_add(json, field->number ? "true" : "false");
        else if (field->kind == SQ_FIELD_TEXT && field->text)
                sq_json_add_string(json, field->text);
        else if (field->kind == SQ_FIELD_TIME && sq_utc_text(field->number, utc))
                sq_json_add_string(json, utc);
        else
                sq_json_add(json, "null");
}

void sq_json_add_object(struct sq_json *json, const struct sq_fields *fields) {
        sq_json_add(json, "{");
        for (size_t i = 0; i < fields->n; i++) {
                sq_json_add_name(json, fields->item[i].name);
                add_value(json, &fields->item[i]);
        }
        sq_json_add(json, "}");
}

struct sq_body *sq_json_take(struct sq_json *json) {
        struct sq_body *body, *small;

        if (!make_room(json, 0)) {
                sq_json_clear(json);
                return NULL;
        }
        /* It may be kept for long. */
        small = realloc(json->body, sizeof *body + json->n);
        body = small ? small : json->body;
        atomic_init(&body->holders, 1);
        body->length = json->n;
        body->size = small ? json->n : json->size;
        atomic_fetch_add(&bytes, body->size);
        *json = (struct sq_json){.body = NULL};
        return body;
}

void sq_json_clear(struct sq_json *json) {
        free(json->body);
        *json = (struct sq_json){.body = NULL};
}
