#include "base/document.h"

#include <inttypes.h>
#include <math.h>

#include "base/clock.h"
#include "base/real.h"
#include "base/utf8.h"

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"

/* What needs nothing done to it. */
static bool is_plain(char c) {
        return c >= ' ' && c < 0x7f && c != '"' && c != '\\';
}

/* A call for each byte takes a lock for each, where there are threads. */
static size_t plain_length(const char *text) {
        size_t n = 0;

        while (is_plain(text[n]))
                n++;
        return n;
}

static void print_string(FILE *out, const char *text) {
        fputc('"', out);
        for (;;) {
                const size_t plain = plain_length(text);
                size_t n;

                fwrite(text, 1, plain, out);
                text += plain;
                if (!*text)
                        break;
                n = sq_utf8_length(text);
                if (n > 1)
                        fwrite(text, 1, n, out);
                else if (n == 0)
                        fputs(REPLACEMENT, out);
                else if (*text == '"' || *text == '\\')
                        fprintf(out, "\\%c", *text);
                else
                        fprintf(out, "\\u%04x", (unsigned int)*text);
                text += n ? n : 1;
        }
        fputc('"', out);
}

/* What comes before a value. */
static void begin(struct sq_document *doc, const char *name) {
        if (doc->follows)
                fputc(',', doc->out);
        doc->follows = true;
        if (!name)
                return;
        print_string(doc->out, name);
        fputc(':', doc->out);
}

void sq_document_open_list(struct sq_document *doc, const char *name) {
        begin(doc, name);
        fputc('[', doc->out);
        doc->follows = false;
        doc->lists++;
}

void sq_document_close_list(struct sq_document *doc) {
        fputs(doc->follows ? "\n]" : "]", doc->out);
        doc->follows = true;
        doc->lists--;
}

void sq_document_open_object(struct sq_document *doc, const char *name) {
        begin(doc, name);
        fputs(doc->lists && !name ? "\n{" : "{", doc->out);
        doc->follows = false;
}

void sq_document_add_ready(struct sq_document *doc, const char *object) {
        begin(doc, NULL);
        fputc('\n', doc->out);
        fputs(object, doc->out);
}

void sq_document_close_object(struct sq_document *doc) {
        fputc('}', doc->out);
        doc->follows = true;
}

void sq_document_end(struct sq_document *doc) {
        fputc('\n', doc->out);
}

void sq_document_add_text(struct sq_document *doc, const char *name, const char *text) {
        begin(doc, name);
        if (text)
                print_string(doc->out, text);
        else
                fputs("null", doc->out);
}

void sq_document_add_number(struct sq_document *doc, const char *name, int64_t number) {
        begin(doc, name);
        fprintf(doc->out, "%" PRId64, number);
}

void sq_document_add_truth(struct sq_document *doc, const char *name, bool truth) {
        begin(doc, name);
        fputs(truth ? "true" : "false", doc->out);
}

/* JSON has neither infinity nor what is no number. */
void sq_document_add_real(struct sq_document *doc, const char *name, double number) {
        char text[SQ_REAL_SIZE];

        begin(doc, name);
        fputs(isfinite(number) ? sq_real_text(number, text) : "null", doc->out);
}

void sq_document_add_texts(struct sq_document *doc, const char *name, const char *const *text,
                           size_t n) {
        begin(doc, name);
        fputc('[', doc->out);
        for (size_t i = 0; i < n; i++) {
                if (i)
                        fputc(',', doc->out);
                print_string(doc->out, text[i]);
        }
        fputc(']', doc->out);
}

void sq_document_add_number_if(struct sq_document *doc, const char *name, bool there,
                               int64_t number) {
        if (there)
                sq_document_add_number(doc, name, number);
        else
                sq_document_add_text(doc, name, NULL);
}

static void add_field(struct sq_document *doc, const struct sq_field *field) {
        char utc[SQ_UTC_TEXT_SIZE];

        switch (field->kind) {
        case SQ_FIELD_NONE:
                sq_document_add_text(doc, field->name, NULL);
                break;
        case SQ_FIELD_TEXT:
                sq_document_add_text(doc, field->name, field->text);
                break;
        case SQ_FIELD_NUMBER:
                sq_document_add_number(doc, field->name, field->number);
                break;
        case SQ_FIELD_TRUTH:
                sq_document_add_truth(doc, field->name, field->number != 0);
                break;
        case SQ_FIELD_TIME:
                sq_document_add_text(doc, field->name,
                                     sq_utc_text(field->number, utc) ? utc : NULL);
        }
}

void sq_document_add_object(struct sq_document *doc, const struct sq_fields *fields) {
        sq_document_open_object(doc, NULL);
        for (size_t i = 0; i < fields->n; i++)
                add_field(doc, &fields->item[i]);
        sq_document_close_object(doc);
}

/* They can stand in strings only, where the escape means the same. */
void sq_document_print(FILE *out, const char *document) {
        char last = '\0';

        for (const char *p = document; *p; p++) {
                const unsigned char next = (unsigned char)p[1];

                last = *p;
                if (*p == 0x7f) {
                        fputs("\\u007f", out);
                } else if (*p == '\xc2' && next >= 0x80 && next < 0xa0) {
                        fprintf(out, "\\u%04x", (unsigned int)next);
                        p++;
                } else {
                        fputc(*p, out);
                }
        }
        if (last != '\n')
                fputc('\n', out);
}
