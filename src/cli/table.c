#include "cli/table.h"

#include <inttypes.h>
#include <langinfo.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include "base/grow.h"

/* Widths that the ancestor's users and their scripts know.  A resource takes
 * 11 + 15 + 8 + 29 and three blanks. */
#define NAME_MAX_WIDTH 30
#define GROUP_WIDTH 66
#define STATUS_WIDTH 29
#define UPDATED_WIDTH 25
#define BAR_CELLS 20
#define RULE_WIDTH 153 /* besides the first column */

#define RED "\033[31m"
#define ORANGE "\033[38;5;208m"
#define GREEN "\033[32m"
#define RESET "\033[0m"

static bool has_utf8(void) {
        return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

struct sq_style sq_style_of(FILE *out, bool hours) {
        return (struct sq_style){
                .colour = isatty(fileno(out)) && !getenv("NO_COLOR"),
                .utf8 = has_utf8(),
                .hours = hours,
        };
}

static const char *infinity_of(const struct sq_style *style) {
        return style->utf8 ? "∞" : "inf";
}

const char *sq_infinity(void) {
        const struct sq_style style = {.utf8 = has_utf8()};

        return infinity_of(&style);
}

int sq_standings_add(struct sq_standings *list, const struct sq_standing *standing) {
        char *name = strdup(standing->name);

        if (!name || !sq_grow(&list->item, list->n + 1, &list->room, sizeof *list->item)) {
                free(name);
                return SQ_ENOMEM;
        }
        list->item[list->n] = *standing;
        list->item[list->n++].name = name;
        return SQ_OK;
}

void sq_standings_clear(struct sq_standings *list) {
        for (size_t i = 0; i < list->n; i++)
                free((char *)list->item[i].name);
        free(list->item);
        *list = (struct sq_standings){.n = 0};
}

/* --- names ------------------------------------------------------------------- */

/* Reads one character of *at and moves behind it; returns the columns it takes.
 * What cannot be shown counts, and is printed, as one `?`. */
static int next_character(const char **at, bool *shown, size_t *length,
                          const struct sq_style *style) {

        mbstate_t state;
        wchar_t c;
        size_t n;
        int width = -1;

        memset(&state, 0, sizeof state);
        n = style->utf8 ? mbrtowc(&c, *at, MB_CUR_MAX, &state) : 1;
        if (!style->utf8)
                width = **at >= ' ' && **at < 0x7f ? 1 : -1;
        else if (n == 0 || n > MB_CUR_MAX)
                n = 1;
        else
                width = wcwidth(c);
        *at += n;
        *length = n;
        *shown = width >= 0;
        return width >= 0 ? width : 1;
}

int sq_table_name_width(const char *name, const struct sq_style *style) {
        size_t length;
        bool shown;
        int width = 0;

        while (*name)
                width += next_character(&name, &shown, &length, style);
        return width;
}

void sq_table_print_name(FILE *out, const char *name, int width,
                         const struct sq_style *style) {

        const bool cut = sq_table_name_width(name, style) > width;
        const int room = cut ? width - 1 : width;
        int used = 0;

        while (*name) {
                const char *start = name;
                size_t length;
                bool shown;
                int n = next_character(&name, &shown, &length, style);

                if (used + n > room)
                        break;
                if (shown)
                        fwrite(start, 1, length, out);
                else
                        fputc('?', out);
                used += n;
        }
        if (cut) {
                fputs(style->utf8 ? "…" : "~", out);
                used++;
        }
        fprintf(out, "%*s", width - used, "");
}

int sq_table_width(const struct sq_standings *users, const struct sq_standings *accounts,
                   const struct sq_style *style) {

        int width = (int)strlen("ACCOUNT");

        for (int l = 0; l < 2; l++) {
                const struct sq_standings *list = l ? accounts : users;

                for (size_t i = 0; i < list->n; i++) {
                        int n = sq_table_name_width(list->item[i].name, style);

                        if (n > width)
                                width = n;
                }
        }
        return width > NAME_MAX_WIDTH ? NAME_MAX_WIDTH : width;
}

/* --- cells ------------------------------------------------------------------- */

char *sq_table_amount(struct sq_amount a, const struct sq_style *style, char *text,
                      size_t size) {

        int64_t hundredths;

        if (!style->hours) {
                snprintf(text, size, "%" PRId64, sq_amount_minutes(a));
                return text;
        }
        hundredths = a.seconds / 36 + (a.seconds % 36 >= 18);
        if (!hundredths && a.seconds)
                hundredths = 1;
        snprintf(text, size, "%" PRId64 ".%02d", hundredths / 100, (int)(hundredths % 100));
        return text;
}

char *sq_table_time(int64_t at, char *text, size_t size) {
        time_t when = (time_t)at;
        struct tm local;

        if (at <= 0 || !localtime_r(&when, &local) ||
            !strftime(text, size, "%Y-%m-%d %H:%M:%S %Z", &local))
                snprintf(text, size, "N/A");
        return text;
}

/* `used` of `whole` in `parts`, cut off at `parts`; what is left over of a whole
 * of nothing is full. */
static int share(__int128 used, int64_t whole, int parts, bool round) {
        __int128 n;

        if (used >= whole)
                return parts;
        n = used * parts;
        return (int)((round ? n + whole / 2 : n) / whole);
}

static void print_status(FILE *out, const struct sq_balance *balance,
                         const struct sq_style *style) {

        __int128 used = (__int128)balance->consumed.seconds + balance->reserved.seconds;
        int64_t whole = balance->budget.seconds;
        int filled, permille;
        const char *colour;

        if (sq_amount_is_unlimited(balance->budget)) {
                fprintf(out, "%*s", STATUS_WIDTH, "");
                return;
        }
        if (used < 0)
                used = 0;
        filled = share(used, whole, BAR_CELLS, false);
        permille = share(used, whole, 1000, true);
        colour = used * 100 > (__int128)whole * 95 || used >= whole ? RED
                 : used * 100 > (__int128)whole * 80                ? ORANGE
                                                                    : GREEN;
        fprintf(out, "[%s", style->colour ? colour : "");
        for (int i = 0; i < BAR_CELLS; i++)
                fputs(i < filled ? (style->utf8 ? "█" : "#") : (style->utf8 ? "░" : "."), out);
        fprintf(out, "%s] %3d.%d%%", style->colour ? RESET : "", permille / 10,
                permille % 10);
}

static void print_balance(FILE *out, const struct sq_balance *balance, int64_t jobs,
                          const struct sq_style *style) {

        char consumed[32], amount[32], reserved[64], budget[32];

        sq_table_amount(balance->consumed, style, consumed, sizeof consumed);
        sq_table_amount(balance->reserved, style, amount, sizeof amount);
        snprintf(reserved, sizeof reserved, "%s(%" PRId64 ")", amount, jobs);
        sq_table_amount(balance->budget, style, budget, sizeof budget);
        fprintf(out, " | %11s %15s ", consumed, reserved);
        if (sq_amount_is_unlimited(balance->budget))
                fprintf(out, "%*s%s ", style->utf8 ? 7 : 5, "", infinity_of(style));
        else
                fprintf(out, "%8s ", budget);
        print_status(out, balance, style);
}

static void print_updated(FILE *out, int64_t at) {
        char text[64];

        fprintf(out, " | %-*s\n", UPDATED_WIDTH, sq_table_time(at, text, sizeof text));
}

static void print_header(FILE *out, const char *label, int width) {
        const int left = (GROUP_WIDTH - 3) / 2, right = GROUP_WIDTH - 3 - left;

        fprintf(out, "%*s", width, "");
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                fprintf(out, " | %*s%s%*s", left, "", r == SQ_CPU ? "CPU" : "GPU", right, "");
        fprintf(out, " |\n%-*s", width, label);
        for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                fprintf(out, " | %11s %15s %8s %-*s", "CONSUMED", "PREALLOC(JOBS)", "QUOTA",
                        STATUS_WIDTH, "STATUS");
        fprintf(out, " | %-*s\n", UPDATED_WIDTH, "LAST UPDATED");
        for (int i = 0; i < width + RULE_WIDTH; i++)
                fputc('-', out);
        fputc('\n', out);
}

void sq_table_print(FILE *out, const char *label, int width,
                    const struct sq_standings *list, const struct sq_style *style) {

        print_header(out, label, width);
        for (size_t i = 0; i < list->n; i++) {
                const struct sq_standing *standing = &list->item[i];

                sq_table_print_name(out, standing->name, width, style);
                for (int r = 0; r < SQ_BUDGETED_RESOURCES; r++)
                        print_balance(out, &standing->of[r], standing->jobs, style);
                print_updated(out, standing->updated_at);
        }
}
