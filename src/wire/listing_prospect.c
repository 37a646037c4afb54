/* listing_prospect.c - forecasts in a service's answers */
#include <string.h>

#include "wire/budget_shape.h"
#include "wire/listing.h"

#define DAYS_MAX SQ_FORECAST_DAYS_MOST

/* The names of its members. */
struct keys {
        const char *status, *days, *earliest, *latest;
};

static struct sq_projection read_projection(struct sq_shape *shape, const json_t *object,
                                            const struct keys *keys) {
        const char *status = sq_shape_text(shape, object, keys->status);
        struct sq_projection p = {
                .outlook = SQ_PROJECTED_NEVER,
                .days = sq_shape_integer_if(shape, object, keys->days, 0, DAYS_MAX, -1),
                .earliest = sq_shape_integer_if(shape, object, keys->earliest, 0, DAYS_MAX, -1),
                .latest = sq_shape_integer_if(shape, object, keys->latest, 0, DAYS_MAX, -1),
        };

        while (strcmp(status, sq_projected_word(p.outlook)) != 0) {
                if (p.outlook == SQ_PROJECTED_PAST) {
                        sq_shape_blame(shape, keys->status, "is none that forecasts have");
                        break;
                }
                p.outlook++;
        }
        return p;
}

static struct sq_speed read_speed(struct sq_shape *shape, const json_t *object,
                                  const char *seconds, const char *days) {
        return (struct sq_speed){
                sq_shape_integer(shape, object, seconds, INT64_MIN, INT64_MAX),
                sq_shape_integer(shape, object, days, 0, SQ_BURN_MONTH)};
}

static void read_prospect(struct sq_shape *shape, const json_t *object,
                          struct sq_prospect *ret) {
        static const struct keys early = {"early_status", "early_days", "early_earliest_days",
                                          "early_latest_days"};
        static const struct keys full = {"full_status", "full_days", "full_earliest_days",
                                         "full_latest_days"};

        ret->kind = sq_shape_subject_kind(shape, object);
        ret->name = sq_shape_text(shape, object, "name");
        ret->resource = sq_shape_text(shape, object, "resource");
        ret->window = sq_shape_window(shape, object);
        ret->last_day = sq_shape_date_if(shape, object, "last_day");
        ret->budget = sq_shape_amount(shape, object, "budget_seconds", -1);
        ret->consumed = sq_shape_amount(shape, object, "consumed_seconds", INT64_MIN);
        ret->reserved = sq_shape_amount(shape, object, "reserved_seconds", INT64_MIN);
        ret->burn.week = read_speed(shape, object, "week_seconds", "week_days");
        ret->burn.month = read_speed(shape, object, "month_seconds", "month_days");
        ret->early = read_projection(shape, object, &early);
        ret->full = read_projection(shape, object, &full);
}

int sq_listing_prospects(const char *url, const struct sq_answered *answer,
                         sq_prospect_fn each, void *payload, struct sq_date *ret_today,
                         struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_prospect prospect;
        struct sq_date today;
        const json_t *list;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        today = sq_shape_date_if(&shape, shape.root, "today");
        if (!today.year)
                sq_shape_blame(&shape, "today", "is missing");
        list = sq_shape_list(&shape, shape.root, "forecast");
        for (size_t i = 0; i < json_array_size(list); i++)
                read_prospect(&shape, json_array_get(list, i), &prospect);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                *ret_today = today;
        for (size_t i = 0; each && i < json_array_size(list) && !rc; i++) {
                read_prospect(&shape, json_array_get(list, i), &prospect);
                rc = each(&prospect, payload);
        }
        return rc;
}
