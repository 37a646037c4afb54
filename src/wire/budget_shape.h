/* budget_shape.h - members of answers that say whose budget it is, of which window */
#pragma once

#include "base/date.h"
#include "ledger/ledger.h"
#include "policy/window.h"
#include "wire/shape.h"

/* "kind": user or account. */
enum sq_subject_kind sq_shape_subject_kind(struct sq_shape *shape, const json_t *object);

/* "window": total, month, quarter or year. */
enum sq_window_kind sq_shape_window(struct sq_shape *shape, const json_t *object);

/* "2026-01-31"; of the year 0 where it is null or not there. */
struct sq_date sq_shape_date_if(struct sq_shape *shape, const json_t *object, const char *key);
