#include "cli/json.h"

#include <inttypes.h>
#include <stddef.h>

/* U+FFFD */
#define REPLACEMENT "\xef\xbf\xbd"

/* Bytes of the character at `text`; 0 when it is none (RFC 3629: shortest form, no
 * surrogates, up to U+10FFFF). */
static size_t length_of(const char *text) {
        static const uint32_t least[] = {[2] = 0x80, [3] = 0x800, [4] = 0x10000};
        const unsigned char *p = (const unsigned char *)text;
        const size_t n = *p >= 0xf0 ? 4 : *p >= 0xe0 ? 3 : 2;
        uint32_t c = *p & (0x7fu >> n);

        if (*p < 0x80)
                return 1;
        if (*p < 0xc2 || *p > 0xf4)
                return 0;
        for (size_t i = 1; i < n; i++) {
                if ((p[i] & 0xc0) != 0x80)
                        return 0;
                c = c << 6 | (p[i] & 0x3f);
        }
        return c < least[n] || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff) ? 0 : n;
}

static void print_string(FILE *out, const char *text) {
        fputc('"', out);
        while (*text) {
                const size_t n = length_of(text);

                if (n > 1)
                        fwrite(text, 1, n, out);
                else if (n == 0)
                        fputs(REPLACEMENT, out);
                else if (*text == '"' || *text == '\\')
                        fprintf(out, "\\%c", *text);
                else if (*text < ' ' || *text == 0x7f)
                        fprintf(out, "\\u%04x", (unsigned int)*text);
                else
                        fputc(*text, out);
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

void sq_document_add_number_if(struct sq_document *doc, const char *name, bool there,
                               int64_t number) {
        if (there)
                sq_document_add_number(doc, name, number);
        else
                sq_document_add_text(doc, name, NULL);
}
