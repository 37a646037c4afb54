#include "cli/forecast_table.h"

#include <string.h>

#include "cli/columns.h"

enum column {
        NAME, RESOURCE, WINDOW, USED, BUDGET, WEEK, MONTH, EARLY, FULL, BETWEEN, COLUMNS
};

static const struct sq_column columns[COLUMNS] = {
        [NAME] = {"NAME", 16, false},        [RESOURCE] = {"RESOURCE", 8, false},
        [WINDOW] = {"UNTIL", 10, false},     [USED] = {"CONSUMED", 10, true},
        [BUDGET] = {"BUDGET", 10, true},     [WEEK] = {"A DAY (7)", 10, true},
        [MONTH] = {"A DAY (30)", 10, true},  [EARLY] = {"80 %", 10, false},
        [FULL] = {"100 %", 10, false},       [BETWEEN] = {"BETWEEN", 7, false},
};

static struct sq_date later(struct sq_date today, int64_t days) {
        return sq_date_from_days(sq_date_days(today) + days);
}

static const char *date_text(const struct sq_projection *p, struct sq_date today,
                             char text[SQ_DATE_SIZE]) {
        if (p->outlook == SQ_PROJECTED_PAST)
                return "reached";
        return p->days < 0 ? "-" : sq_date_text(later(today, p->days), text);
}

static const char *between_text(const struct sq_projection *p, struct sq_date today, char *text,
                                size_t size) {
        char earliest[SQ_DATE_SIZE], latest[SQ_DATE_SIZE];

        if (p->outlook != SQ_PROJECTED_AHEAD)
                return "-";
        snprintf(text, size, "%s and %s", sq_date_text(later(today, p->earliest), earliest),
                 p->latest < 0 ? "never" : sq_date_text(later(today, p->latest), latest));
        return text;
}

static struct sq_amount a_day(const struct sq_speed *speed) {
        return SQ_AMOUNT(sq_speed_per_day(speed));
}

static bool is_of_interest(const struct sq_prospect *p) {
        return !sq_amount_is_unlimited(p->budget) || p->consumed.seconds || p->burn.month.used;
}

void sq_forecast_table_print(FILE *out, const struct sq_prospect *p, struct sq_date today,
                             const struct sq_style *style, size_t *rows) {
        char name[300], until[SQ_DATE_SIZE], used[40], budget[40], week[40], month[40];
        char early[SQ_DATE_SIZE], full[SQ_DATE_SIZE], between[100];
        const char *const cell[COLUMNS] = {
                [NAME] = name,
                [RESOURCE] = p->resource,
                [WINDOW] = p->last_day.year ? sq_date_text(p->last_day, until) : "-",
                [USED] = sq_column_change(p->consumed, style, used, sizeof used) +
                         (p->consumed.seconds > 0),
                [BUDGET] = sq_amount_is_unlimited(p->budget)
                                   ? sq_infinity()
                                   : sq_table_amount(p->budget, style, budget, sizeof budget),
                [WEEK] = sq_table_amount(a_day(&p->burn.week), style, week, sizeof week),
                [MONTH] = sq_table_amount(a_day(&p->burn.month), style, month, sizeof month),
                [EARLY] = date_text(&p->early, today, early),
                [FULL] = date_text(&p->full, today, full),
                [BETWEEN] = between_text(&p->full, today, between, sizeof between),
        };

        if (!is_of_interest(p))
                return;
        snprintf(name, sizeof name, "%s %s", sq_subject_kind_name(p->kind), p->name);
        if ((*rows)++ == 0)
                sq_columns_print_header(out, columns, COLUMNS, style);
        sq_columns_print_row(out, columns, COLUMNS, cell, style);
}
