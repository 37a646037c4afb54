#include "cli/columns.h"

#include <string.h>

/* Nearly every cell is; looking at characters takes twice the time of all the rest. */
static bool is_plain(const char *text) {
        for (; *text; text++)
                if (*text < ' ' || *text > '~')
                        return false;
        return true;
}

static void fill_up(FILE *out, int width) {
        for (int i = 0; i < width; i++)
                fputc(' ', out);
}

void sq_columns_print_row(FILE *out, const struct sq_column *columns, size_t n,
                          const char *const *text, const struct sq_style *style) {
        for (size_t i = 0; i < n; i++) {
                const bool plain = is_plain(text[i]);
                const int width = plain ? (int)strlen(text[i])
                                        : sq_table_name_width(text[i], style);

                if (i > 0)
                        fputs("  ", out);
                if (columns[i].is_number)
                        fill_up(out, columns[i].width - width);
                if (plain)
                        fputs(text[i], out);
                else
                        sq_table_print_name(out, text[i], width, style);
                if (!columns[i].is_number && i + 1 < n)
                        fill_up(out, columns[i].width - width);
        }
        fputc('\n', out);
}

void sq_columns_print_header(FILE *out, const struct sq_column *columns, size_t n,
                             const struct sq_style *style) {
        const char *title[16];
        int whole = 2 * ((int)n - 1);

        for (size_t i = 0; i < n && i < sizeof title / sizeof title[0]; i++) {
                title[i] = columns[i].title;
                whole += columns[i].width;
        }
        sq_columns_print_row(out, columns, n, title, style);
        for (int i = 0; i < whole; i++)
                fputc('-', out);
        fputc('\n', out);
}

char *sq_column_change(struct sq_amount change, const struct sq_style *style, char *text,
                       size_t size) {
        const bool less = change.seconds < 0;
        char amount[32];

        if (less) /* -INT64_MIN does not fit */
                change.seconds = change.seconds == INT64_MIN ? INT64_MAX : -change.seconds;
        sq_table_amount(change, style, amount, sizeof amount);
        snprintf(text, size, "%s%s", less ? "-" : change.seconds ? "+" : "", amount);
        return text;
}
