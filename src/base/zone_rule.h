/* zone_rule.h - the rule behind the last known change of a time zone
 *
 * The TZ text of POSIX, as time zone files end with it: "CET-1CEST,M3.5.0,M10.5.0/3".
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum sq_zone_day_kind {
        SQ_ZONE_JULIAN,   /* Jn: 1 to 365, without 29 February */
        SQ_ZONE_ORDINAL,  /* n: 0 to 365 */
        SQ_ZONE_WEEKDAY   /* Mm.w.d: the w-th weekday of a month, 5 being the last */
};

struct sq_zone_change {
        enum sq_zone_day_kind kind;
        int month, week, day;
        int64_t time; /* seconds of local time from the day's beginning; may be below 0 */
};

struct sq_zone_rule {
        int64_t standard, summer; /* seconds east of Greenwich */
        bool has_summer;
        struct sq_zone_change start, end; /* of summer time */
};

/* False when it is no such text.  Times may be -167 to 167 hours (RFC 8536). */
bool sq_zone_rule_parse(const char *text, struct sq_zone_rule *ret);

/* Seconds east of Greenwich at a UTC second. */
int64_t sq_zone_rule_offset(const struct sq_zone_rule *rule, int64_t at);
