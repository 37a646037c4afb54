#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "slurm/name.h"
#include "wire/estimate.h"
#include "wire/listing.h"
#include "wire/service_internal.h"
#include "wire/shape.h"

/* --- questions ----------------------------------------------------------------------- */

static int standings(struct sq_desk *desk, const char *user, const char *account,
                     sq_standing_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/stats");
        sq_target_add_parameter(&target, "username", user);
        sq_target_add_parameter(&target, "account", account);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_standings(sq_service_url(desk), &answer,
                                          desk->as_document ? NULL : each, payload, err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

static int reservations(struct sq_desk *desk, const struct sq_job_filter *filter,
                        sq_job_standing_fn each, void *payload, int64_t *ret_compared_at,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/reservations");
        sq_target_add_parameter(&target, "username", filter->user);
        sq_target_add_parameter(&target, "account", filter->account);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_reservations(sq_service_url(desk), &answer,
                                             desk->as_document ? NULL : each, payload,
                                             ret_compared_at, err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

static int prospects(struct sq_desk *desk, const char *user, const char *account,
                     sq_prospect_fn each, void *payload, struct sq_date *ret_today,
                     struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/forecast");
        sq_target_add_parameter(&target, "username", user);
        sq_target_add_parameter(&target, "account", account);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_prospects(sq_service_url(desk), &answer,
                                          desk->as_document ? NULL : each, payload, ret_today,
                                          err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

/* The service tells no more of a list at once (openapi.json). */
#define LIST_MAX 10000

/* `more`: one more than will be shown, which tells whether there are older ones. */
static struct sq_listing_part part_of(int64_t limit, bool more) {
        return (struct sq_listing_part){
                .wanted = limit,
                .asked = limit > 0 && limit < LIST_MAX ? limit + more : LIST_MAX,
        };
}

static int entries(struct sq_desk *desk, const struct sq_entry_filter *filter,
                   sq_entry_fn each, void *payload, bool *ret_older, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        const struct sq_listing_part part = part_of(filter->limit, !desk->as_document);
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/history");
        sq_target_add_parameter(&target, filter->kind == SQ_USER ? "username" : "account",
                                filter->name);
        sq_target_add_parameter(&target, "kind", filter->entry_kind);
        if (filter->since)
                sq_target_add_number(&target, "since", filter->since);
        sq_target_add_number(&target, "limit", part.asked);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_entries(sq_service_url(desk), &answer, &part,
                                        desk->as_document ? NULL : each, payload, ret_older,
                                        err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

static int finished(struct sq_desk *desk, const struct sq_finished_filter *filter,
                    sq_finished_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        const struct sq_listing_part part = part_of(filter->limit, false);
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/jobs");
        sq_target_add_parameter(&target, "username", filter->user);
        sq_target_add_parameter(&target, "account", filter->account);
        sq_target_add_number(&target, "since", filter->since);
        sq_target_add_number(&target, "limit", part.asked);
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (!rc)
                rc = sq_listing_finished(sq_service_url(desk), &answer, &part,
                                         desk->as_document ? NULL : each, payload, err);
        if (!rc)
                sq_service_keep(desk, &answer);
        return rc;
}

static void read_default(struct sq_shape *shape, size_t i, struct sq_amounts ret[2]) {
        const struct sq_default_name *name = &sq_default_names[i];
        const int64_t minutes = sq_shape_integer(shape, shape->root, name->key, -1, INT64_MAX);

        if (!sq_amount_from_minutes(minutes, &ret[name->kind].of[name->resource]))
                sq_shape_blame(shape, name->key, "is out of range");
}

static int defaults(struct sq_desk *desk, struct sq_amounts ret[2], struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape = {.root = NULL};
        struct sq_amounts read[2] = {{{{0}}}};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/quotas/defaults");
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (rc)
                return rc;
        sq_shape_begin(&shape, sq_service_url(desk), answer.text, answer.length);
        for (size_t i = 0; i < SQ_DEFAULTS; i++)
                read_default(&shape, i, read);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                memcpy(ret, read, sizeof read);
        return rc;
}

/* --- GPU factors ---------------------------------------------------------------------- */

/* Decimals with six places come as doubles, and are integers again. */
static int64_t read_millionths(struct sq_shape *shape, const json_t *object, const char *key) {
        const double exact = sq_shape_number(shape, object, key) * SQ_WEIGHT_ONE;
        const double whole = round(exact);

        if (whole >= 1 && whole <= 1e12 && fabs(exact - whole) < 1e-3)
                return (int64_t)whole;
        sq_shape_blame(shape, key, "is not a factor");
        return SQ_WEIGHT_ONE;
}

static void add_factor(struct sq_shape *shape, const char *type, int64_t millionths,
                       struct sq_factors *factors) {
        struct sq_factor *item = &factors->item[factors->n];

        if (factors->n == SQ_FACTORS_MAX ||
            sq_name_check(SQ_NAME_GPU_TYPE, type, NULL) != SQ_OK) {
                sq_shape_blame(shape, type, "is not a GPU type");
                return;
        }
        snprintf(item->type, sizeof item->type, "%s", type);
        item->millionths = millionths;
        factors->n++;
}

static int compare_types(const void *a, const void *b) {
        return strcmp(((const struct sq_factor *)a)->type, ((const struct sq_factor *)b)->type);
}

/* As sq_factors_load() has them.  The service always tells a default; where nobody set it,
 * it is 1. */
static void read_factors(struct sq_shape *shape, struct sq_factors *ret) {
        json_t *types = sq_shape_object(shape, shape->root, "factors"), *value;
        const int64_t others = read_millionths(shape, shape->root, "default_factor");
        size_t first;
        const char *type;

        if (others != SQ_WEIGHT_ONE || sq_shape_has(types, SQ_FACTOR_DEFAULT))
                add_factor(shape, SQ_FACTOR_DEFAULT, others, ret);
        first = ret->n;
        json_object_foreach(types, type, value)
                if (strcmp(type, SQ_FACTOR_DEFAULT) != 0 && !shape->wrong)
                        add_factor(shape, type, read_millionths(shape, types, type), ret);
        qsort(ret->item + first, ret->n - first, sizeof *ret->item, compare_types);
}

static int factors(struct sq_desk *desk, struct sq_factors *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape = {.root = NULL};
        struct sq_factors read = {.n = 0};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/factors/gpu");
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        if (rc)
                return rc;
        sq_shape_begin(&shape, sq_service_url(desk), answer.text, answer.length);
        read_factors(&shape, &read);
        rc = sq_shape_end(&shape, err);
        if (!rc)
                *ret = read;
        return rc;
}

static int estimate(struct sq_desk *desk, const char *user, const struct sq_estimate_part *part,
                    size_t n, struct sq_estimate **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        SQ_CLEANUP(sq_freep) char *body = NULL;
        struct sq_target target;
        int rc = sq_estimate_question_write(user, part, n, &body, err);

        if (rc)
                return rc;
        sq_target_begin(&target, "/estimate");
        rc = sq_service_ask(desk, "POST", &target, body, &answer, err);
        return rc ? rc : sq_estimate_read(sq_service_url(desk), &answer, ret, err);
}

/* --- changes -------------------------------------------------------------------------- */

static const char *default_key(const struct sq_default *wanted) {
        size_t i = 0;

        while (i + 1 < SQ_DEFAULTS && (sq_default_names[i].kind != wanted->kind ||
                                       sq_default_names[i].resource != wanted->resource))
                i++;
        return sq_default_names[i].key;
}

/* `n` is SQ_DEFAULTS at most. */
static int set_defaults(struct sq_desk *desk, const struct sq_default *wanted, size_t n,
                        const char *reason, struct sq_error *err) {
        struct sq_target target;
        char fields[SQ_DEFAULTS * 48];
        size_t at = 0;

        for (size_t i = 0; i < n; i++)
                at += (size_t)snprintf(fields + at, sizeof fields - at, "%s\"%s\":%" PRId64,
                                       i ? "," : "{", default_key(&wanted[i]),
                                       sq_service_minutes(wanted[i].limit));
        sq_target_begin(&target, "/quotas/defaults");
        return sq_service_do(desk, "PUT", &target, fields, reason, err);
}

static int set_factor(struct sq_desk *desk, const char *type, int64_t millionths,
                      const char *reason, struct sq_error *err) {
        struct sq_target target;
        char number[32], fields[64];

        sq_target_begin(&target, "/factors/gpu");
        sq_target_add_segment(&target, type);
        /* A decimal with its six places, which no double would keep. */
        snprintf(fields, sizeof fields, "{\"factor\":%s",
                 sq_weight_text(millionths, number, sizeof number));
        return sq_service_do(desk, "PUT", &target, fields, reason, err);
}

/* --- tokens ---------------------------------------------------------------------------- */

static int tokens(struct sq_desk *desk, sq_token_fn each, void *payload, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        int rc;

        sq_target_begin(&target, "/tokens");
        rc = sq_service_ask(desk, "GET", &target, NULL, &answer, err);
        return rc ? rc : sq_listing_tokens(sq_service_url(desk), &answer, each, payload, err);
}

static int no_reason(const char *reason, struct sq_error *err) {
        if (!reason)
                return SQ_OK;
        return sq_fail(err, SQ_EINVAL, "the service keeps no reasons with tokens");
}

/* What is printed, and what it is of.  A token is one word of base64. */
static int read_made(struct sq_desk *desk, const struct sq_answered *answer,
                     struct sq_desk_token *token, struct sq_error *err) {
        SQ_CLEANUP(sq_shape_clear) struct sq_shape shape = {.root = NULL};
        const char *text;

        sq_shape_begin(&shape, sq_service_url(desk), answer->text, answer->length);
        token->token.id = sq_shape_integer(&shape, shape.root, "id", 1, INT64_MAX);
        token->token.expires_at = sq_shape_integer_if(&shape, shape.root, "expires_at", 0,
                                                      SQ_SHAPE_TIME_MAX, 0);
        text = sq_shape_text(&shape, shape.root, "token");
        if (!*text || strlen(text) >= sizeof token->text ||
            text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-")])
                sq_shape_blame(&shape, "token", "is not a token");
        else
                memcpy(token->text, text, strlen(text) + 1);
        return sq_shape_end(&shape, err);
}

static int create_token(struct sq_desk *desk, struct sq_desk_token *token, const char *reason,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        /* The name and the role are letters, digits, and ._- */
        char fields[SQ_TOKEN_NAME_SIZE + 128], life[64] = "", role[64] = "";
        int rc = no_reason(reason, err);

        if (!rc && token->token.owner)
                rc = sq_fail(err, SQ_EINVAL, "through the service everybody makes tokens of"
                                             " his own: give no --user");
        if (rc)
                return rc;
        if (token->life)
                snprintf(life, sizeof life, ",\"expires_in_seconds\":%" PRId64, token->life);
        if (token->token.has_role)
                snprintf(role, sizeof role, ",\"role\":\"%s\"",
                         sq_role_name(token->token.role));
        snprintf(fields, sizeof fields, "{\"name\":\"%s\"%s%s", token->token.name, life, role);
        sq_target_begin(&target, "/tokens");
        rc = sq_service_change(desk, "POST", &target, fields, NULL, &answer, err);
        if (!rc)
                rc = read_made(desk, &answer, token, err);
        if (answer.text)
                explicit_bzero(answer.text, answer.length);
        return rc;
}

static int revoke_token(struct sq_desk *desk, int64_t id, const char *reason,
                        struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};
        struct sq_target target;
        char number[24];
        int rc = no_reason(reason, err);

        if (rc)
                return rc;
        snprintf(number, sizeof number, "%" PRId64, id);
        sq_target_begin(&target, "/tokens");
        sq_target_add_segment(&target, number);
        return sq_service_ask(desk, "DELETE", &target, NULL, &answer, err);
}

/* --- the desk -------------------------------------------------------------------------- */

static void close_service(struct sq_desk *desk) {
        struct sq_service *service = sq_service_of(desk);

        sq_client_close(service->client);
        free(desk->document);
        free(service);
}

static const struct sq_desk_operations operations = {
        .close = close_service,
        .standings = standings,
        .reservations = reservations,
        .prospects = prospects,
        .budgets = sq_service_budgets,
        .entries = entries,
        .finished = finished,
        .defaults = defaults,
        .factors = factors,
        .estimate = estimate,
        .set_budget = sq_service_set_budget,
        .set_budgets = sq_service_set_budgets,
        .remove_budget = sq_service_remove_budget,
        .set_defaults = set_defaults,
        .set_factor = set_factor,
        .adjust = sq_service_adjust,
        .tokens = tokens,
        .create_token = create_token,
        .revoke_token = revoke_token,
};

int sq_service_open(const struct sq_service_options *options, struct sq_desk **ret,
                    struct sq_error *err) {
        struct sq_service *service = calloc(1, sizeof *service);
        int rc;

        if (!service)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        service->desk.can = &operations;
        service->instead_code = options->instead_code;
        service->instead = options->instead;
        rc = sq_client_open(&options->client, &service->client, err);
        if (rc) {
                free(service);
                return rc;
        }
        *ret = &service->desk;
        return SQ_OK;
}
