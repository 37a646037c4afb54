#include "policy/quantity.h"

#include <string.h>

bool sq_quantity_parse_hours(const char *text, struct sq_quantity *ret) {
        const sq_int128 most = SQ_HOURS_MOST * (sq_int128)SQ_DECIMAL_ONE;
        sq_int128 hours;

        if (!sq_decimal_scan(text, &hours) || hours > most || hours < -most)
                return false;
        ret->units = hours * (SQ_UNITS_PER_HOUR / SQ_DECIMAL_ONE);
        return true;
}

double sq_quantity_hours(struct sq_quantity quantity) {
        return sq_exact_double(quantity.units, 1, SQ_UNITS_PER_HOUR);
}

int64_t sq_quantity_minutes(struct sq_quantity quantity) {
        const sq_int128 minutes = quantity.units / SQ_UNITS_PER_MINUTE;

        if (minutes < 0)
                return 0;
        return minutes > INT64_MAX ? INT64_MAX : (int64_t)minutes;
}

bool sq_quantity_share(struct sq_quantity quantity, struct sq_decimal share,
                       struct sq_quantity *ret) {
        sq_uint128 units;

        if (quantity.units < 0 || share.trillionths < 0 ||
            !sq_exact_round((sq_uint128)quantity.units, (uint64_t)share.trillionths,
                            SQ_DECIMAL_ONE, &units) ||
            units >> 127)
                return false;
        ret->units = (sq_int128)units;
        return true;
}

static struct sq_quantity_item *find(struct sq_quantities *list, const char *name) {
        for (size_t i = 0; i < list->n; i++)
                if (!strcmp(list->item[i].name, name))
                        return &list->item[i];
        return NULL;
}

struct sq_quantity sq_quantities_get(const struct sq_quantities *list, const char *name) {
        const struct sq_quantity_item *item = find((struct sq_quantities *)list, name);

        return item ? item->of : (struct sq_quantity){0};
}

bool sq_quantities_has(const struct sq_quantities *list, const char *name) {
        return find((struct sq_quantities *)list, name) != NULL;
}

bool sq_quantities_set(struct sq_quantities *list, const char *name,
                       struct sq_quantity value) {

        struct sq_quantity_item *item = find(list, name);
        const size_t length = strlen(name);

        if (!item) {
                if (list->n == SQ_QUANTITIES_MAX || length >= SQ_TRES_NAME_MAX)
                        return false;
                item = &list->item[list->n++];
                memcpy(item->name, name, length + 1);
        }
        item->of = value;
        return true;
}

bool sq_quantities_add(struct sq_quantities *list, const char *name, struct sq_quantity more) {
        struct sq_quantity sum = sq_quantities_get(list, name);

        return !__builtin_add_overflow(sum.units, more.units, &sum.units) &&
               sq_quantities_set(list, name, sum);
}
