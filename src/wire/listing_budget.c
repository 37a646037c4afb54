/* listing_budget.c - budgets in a service's answers */
#include "wire/budget_shape.h"
#include "wire/listing.h"

/* The window's last day, where it has one. */
static int64_t read_last_day(struct sq_shape *shape, const json_t *object,
                             enum sq_window_kind window) {
        const struct sq_date day = sq_shape_date_if(shape, object, "last_day");

        if (!day.year == (window != SQ_WINDOW_TOTAL))
                sq_shape_blame(shape, "last_day", "is not that of such a window");
        return day.year ? sq_date_number(day) : 0;
}

static struct sq_carryover_choice read_carryover(struct sq_shape *shape,
                                                 const json_t *object) {
        struct sq_carryover_choice choice = {SQ_CARRYOVER_NONE, 0};

        if (sq_carryover_parse(sq_shape_text(shape, object, "carryover"), &choice, NULL))
                sq_shape_blame(shape, "carryover", "is no rule for it");
        return choice;
}

/* 0 for null. */
static int64_t read_if_allocated(struct sq_shape *shape, const json_t *object,
                                 const char *name) {
        if (json_is_null(json_object_get(object, name)))
                return 0;
        return sq_shape_integer(shape, object, name, 0, INT64_MAX);
}

/* What it says is available follows from the rest. */
static void read_budget(struct sq_shape *shape, const json_t *object,
                        struct sq_window_standing *ret) {
        struct sq_window_balance *b = &ret->balance;

        *ret = (struct sq_window_standing){
                .kind = sq_shape_subject_kind(shape, object),
                .name = sq_shape_text(shape, object, "name"),
                .resource = sq_shape_text(shape, object, "resource"),
        };
        b->window = sq_shape_window(shape, object);
        b->span.last_day = read_last_day(shape, object, b->window);
        b->budget = sq_shape_integer(shape, object, "budget_seconds", -1, INT64_MAX);
        b->carried = sq_shape_integer(shape, object, "carried_seconds", INT64_MIN, INT64_MAX);
        b->consumed = sq_shape_integer(shape, object, "consumed_seconds", INT64_MIN,
                                       INT64_MAX);
        b->reserved = sq_shape_integer(shape, object, "reserved_seconds", INT64_MIN,
                                       INT64_MAX);
        if (sq_shape_truth(shape, object, "reserved_is_at_most"))
                b->uncounted |= SQ_UNCOUNTED_RESERVED;
        b->carryover = read_carryover(shape, object);
        b->policy.weight = read_if_allocated(shape, object, "allocation_weight");
        b->policy.full = read_if_allocated(shape, object, "allocation_seconds");
        b->policy.limit = read_if_allocated(shape, object, "allocation_limit_seconds");
        /* Which policy it is stays the service's. */
        b->policy.policy_id = !json_is_null(json_object_get(object, "allocation_weight"));
}

int sq_listing_budgets(const char *url, const struct sq_answered *answer,
                       sq_window_standing_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape;
        struct sq_window_standing standing;
        const json_t *list;
        int rc;

        sq_shape_begin(&shape, url, answer->text, answer->length);
        list = sq_shape_top_list(&shape);
        for (size_t i = 0; i < json_array_size(list); i++)
                read_budget(&shape, json_array_get(list, i), &standing);
        rc = sq_shape_end(&shape, err);
        for (size_t i = 0; each && i < json_array_size(list) && !rc; i++) {
                read_budget(&shape, json_array_get(list, i), &standing);
                rc = each(&standing, payload);
        }
        return rc;
}
