#include "server/exposition.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/utf8.h"

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"

void sq_exposition_family(struct sq_json *out, const struct sq_family *family) {
        sq_json_add(out, "# HELP ");
        sq_json_add(out, family->name);
        sq_json_add(out, " ");
        sq_json_add(out, family->help);
        sq_json_add(out, "\n# TYPE ");
        sq_json_add(out, family->name);
        sq_json_add(out, " ");
        sq_json_add(out, family->type);
        sq_json_add(out, "\n");
}

/* Backslash, quote and line feed are escaped; everything else stands for itself. */
static void add_value(struct sq_json *out, const char *text) {
        while (*text) {
                const size_t plain = strcspn(text, "\\\"\n");
                size_t n = 0, length;

                while (n < plain && (length = sq_utf8_length(text + n)) > 0)
                        n += length;
                sq_json_add_bytes(out, text, n);
                text += n;
                if (n < plain)
                        sq_json_add(out, REPLACEMENT);
                else if (*text == '\n')
                        sq_json_add(out, "\\n");
                else if (*text)
                        sq_json_add(out, *text == '"' ? "\\\"" : "\\\\");
                text += *text != '\0';
        }
}

void sq_exposition_begin(struct sq_json *out, const char *name, const char *suffix,
                         const char *more, ...) {
        const char *separator = "{", *label;
        va_list labels;

        sq_json_add(out, name);
        sq_json_add(out, suffix);
        if (more) {
                sq_json_add(out, separator);
                sq_json_add(out, more);
                separator = ",";
        }
        va_start(labels, more);
        while ((label = va_arg(labels, const char *))) {
                sq_json_add(out, separator);
                sq_json_add(out, label);
                sq_json_add(out, "=\"");
                add_value(out, va_arg(labels, const char *));
                sq_json_add(out, "\"");
                separator = ",";
        }
        va_end(labels);
        sq_json_add(out, *separator == ',' ? "} " : " ");
}

void sq_exposition_integer(struct sq_json *out, int64_t value) {
        sq_json_add_integer(out, value);
        sq_json_add(out, "\n");
}

void sq_exposition_text(struct sq_json *out, const char *value) {
        sq_json_add(out, value);
        sq_json_add(out, "\n");
}

void sq_exposition_count(struct sq_json *out, uint64_t value) {
        char text[24];

        snprintf(text, sizeof text, "%" PRIu64, value);
        sq_exposition_text(out, text);
}

void sq_exposition_nanoseconds(struct sq_json *out, uint64_t ns) {
        char text[40];

        snprintf(text, sizeof text, "%" PRIu64 ".%09" PRIu64, ns / 1000000000,
                 ns % 1000000000);
        sq_exposition_text(out, text);
}
