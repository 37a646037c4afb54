#include "wire/budget_shape.h"

#include <string.h>

#include "ledger/budget_name.h"

enum sq_subject_kind sq_shape_subject_kind(struct sq_shape *shape, const json_t *object) {
        const char *text = sq_shape_text(shape, object, "kind");

        if (!strcmp(text, sq_subject_kind_name(SQ_USER)))
                return SQ_USER;
        if (strcmp(text, sq_subject_kind_name(SQ_ACCOUNT)) != 0)
                sq_shape_blame(shape, "kind", "is neither user nor account");
        return SQ_ACCOUNT;
}

enum sq_window_kind sq_shape_window(struct sq_shape *shape, const json_t *object) {
        enum sq_window_kind kind = SQ_WINDOW_TOTAL;

        if (sq_budget_window_read(sq_shape_text(shape, object, "window"), &kind, NULL))
                sq_shape_blame(shape, "window", "is none that budgets have");
        return kind;
}

struct sq_date sq_shape_date_if(struct sq_shape *shape, const json_t *object, const char *key) {
        const char *text = sq_shape_text_if(shape, object, key);
        struct sq_date date = {0, 0, 0};

        if (text && !sq_date_parse(text, &date))
                sq_shape_blame(shape, key, "is not a day");
        return date;
}
