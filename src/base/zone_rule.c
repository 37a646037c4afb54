#include "base/zone_rule.h"

#include <stddef.h>
#include <string.h>

#include "base/date.h"

#define DAY 86400

/* --- reading ----------------------------------------------------------------- */

static bool is_letter(char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* A name: letters, or anything between < and >.  NULL when there is none. */
static const char *skip_name(const char *p) {
        const char *from = p;

        if (*p == '<') {
                p = strchr(p, '>');
                return p ? p + 1 : NULL;
        }
        while (is_letter(*p))
                p++;
        return p - from >= 3 ? p : NULL;
}

/* A number of at most `most`; NULL when there is none. */
static const char *read_number(const char *p, int most, int *ret) {
        int number = 0;

        if (!p || *p < '0' || *p > '9')
                return NULL;
        for (; *p >= '0' && *p <= '9' && number <= most; p++)
                number = 10 * number + (*p - '0');
        *ret = number;
        return number <= most ? p : NULL;
}

/* [+-]hh[:mm[:ss]] */
static const char *read_time(const char *p, int64_t *ret) {
        int part[3] = {0, 0, 0};
        int sign = 1;

        if (p && (*p == '-' || *p == '+'))
                sign = *p++ == '-' ? -1 : 1;
        p = read_number(p, 167, &part[0]);
        for (int i = 1; p && *p == ':' && i < 3; i++)
                p = read_number(p + 1, 59, &part[i]);
        *ret = sign * (3600 * (int64_t)part[0] + 60 * part[1] + part[2]);
        return p;
}

/* M3.5.0/2, J60, 59 */
static const char *read_change(const char *p, struct sq_zone_change *ret) {
        *ret = (struct sq_zone_change){.kind = SQ_ZONE_ORDINAL, .time = 2 * 3600};
        if (p && *p == 'M') {
                ret->kind = SQ_ZONE_WEEKDAY;
                p = read_number(p + 1, 12, &ret->month);
                p = p && *p == '.' ? read_number(p + 1, 5, &ret->week) : NULL;
                p = p && *p == '.' ? read_number(p + 1, 6, &ret->day) : NULL;
                if (p && (ret->month == 0 || ret->week == 0))
                        return NULL;
        } else if (p && *p == 'J') {
                ret->kind = SQ_ZONE_JULIAN;
                p = read_number(p + 1, 365, &ret->day);
                if (p && ret->day == 0)
                        return NULL;
        } else {
                p = read_number(p, 365, &ret->day);
        }
        return p && *p == '/' ? read_time(p + 1, &ret->time) : p;
}

bool sq_zone_rule_parse(const char *text, struct sq_zone_rule *ret) {
        struct sq_zone_rule rule = {.has_summer = false};
        const char *p = skip_name(text);

        p = read_time(p, &rule.standard);
        rule.standard = -rule.standard; /* POSIX counts west */
        if (!p)
                return false;
        if (*p) {
                rule.has_summer = true;
                rule.summer = rule.standard + 3600;
                p = skip_name(p);
                if (p && *p && *p != ',') {
                        p = read_time(p, &rule.summer);
                        rule.summer = -rule.summer;
                }
                p = p && *p == ',' ? read_change(p + 1, &rule.start) : NULL;
                p = p && *p == ',' ? read_change(p + 1, &rule.end) : NULL;
        }
        if (!p || *p)
                return false;
        *ret = rule;
        return true;
}

/* --- asking ------------------------------------------------------------------ */

/* The day of a change in a year, counted from 1970. */
static int64_t day_of(const struct sq_zone_change *change, int year) {
        const int64_t first = sq_date_days((struct sq_date){year, 1, 1});
        struct sq_date date = {year, change->month, 1};
        int64_t day;
        int weekday;

        switch (change->kind) {
        case SQ_ZONE_ORDINAL:
                return first + change->day;
        case SQ_ZONE_JULIAN:
                /* In leap years what comes behind February is a day later. */
                return first + change->day - 1 +
                       (change->day > 59 && sq_date_month_length(year, 2) == 29);
        case SQ_ZONE_WEEKDAY:
        default:
                day = sq_date_days(date);
                weekday = (int)(((day + 4) % 7 + 7) % 7); /* 1970 began on a Thursday */
                date.day += (change->day - weekday + 7) % 7 + 7 * (change->week - 1);
                while (date.day > sq_date_month_length(year, date.month))
                        date.day -= 7;
                return day + date.day - 1;
        }
}

int64_t sq_zone_rule_offset(const struct sq_zone_rule *rule, int64_t at) {
        const int64_t local = at + rule->standard;
        int64_t start, end;
        int year;

        if (!rule->has_summer)
                return rule->standard;
        year = sq_date_from_days(local / DAY - (local % DAY < 0)).year;
        start = day_of(&rule->start, year) * DAY + rule->start.time - rule->standard;
        end = day_of(&rule->end, year) * DAY + rule->end.time - rule->summer;
        /* In the south summer goes over the new year. */
        if (start <= end)
                return at >= start && at < end ? rule->summer : rule->standard;
        return at >= end && at < start ? rule->standard : rule->summer;
}
