/* service_ask.c - one question to a service, or one change */
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "wire/service_internal.h"

void sq_answered_clear(struct sq_answered *answer) {
        free(answer->text);
}

/* --- asking ------------------------------------------------------------------------ */

/* Nobody said that there is a service, and there is none: then what matters is why it was
 * not done here. */
static int fail_as_here(const struct sq_service *service, struct sq_error *err) {
        struct sq_error away = *err;

        sq_fail(err, service->instead_code, "%.250s; and %.250s", service->instead.text,
                away.text);
        sq_hint(err, "%s",
                service->instead.hint[0] && service->instead_code != SQ_ENOTFOUND
                        ? service->instead.hint
                        : away.hint);
        return service->instead_code;
}

int sq_service_ask(struct sq_desk *desk, const char *method, const struct sq_target *target,
                   const char *body, struct sq_answered *ret, struct sq_error *err) {
        struct sq_service *service = sq_service_of(desk);
        struct sq_error trouble = {.text = ""};
        int rc;

        if (target->too_long)
                return sq_fail(err, SQ_ERANGE, "the names are too long for a request");
        rc = sq_client_ask(service->client, method, target->text, body, ret, &trouble);
        if (rc && service->instead_code && !sq_client_has_reached(service->client))
                rc = fail_as_here(service, &trouble);
        if (rc && err)
                *err = trouble;
        return rc;
}

const char *sq_service_url(struct sq_desk *desk) {
        return sq_client_url(sq_service_of(desk)->client);
}

void sq_service_keep(struct sq_desk *desk, struct sq_answered *answer) {
        if (!desk->as_document)
                return;
        free(desk->document);
        desk->document = SQ_TAKE(answer->text);
}

int64_t sq_service_minutes(struct sq_amount amount) {
        return sq_amount_is_unlimited(amount) ? -1 : amount.seconds / 60;
}

/* --- changes -------------------------------------------------------------------------- */

/* `reason` as JSON writes it; *ret is the caller's. */
static int quote(const char *reason, char **ret, struct sq_error *err) {
        json_t *word = json_string(reason);

        if (!word) /* typed at a terminal of another character set */
                return sq_fail(err, SQ_EINVAL, "the reason is not UTF-8");
        *ret = json_dumps(word, JSON_ENCODE_ANY);
        json_decref(word);
        return *ret ? SQ_OK : sq_fail(err, SQ_ENOMEM, "out of memory");
}

int sq_service_change(struct sq_desk *desk, const char *method, const struct sq_target *target,
                      const char *fields, const char *reason, struct sq_answered *ret,
                      struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *quoted = NULL;
        SQ_CLEANUP(sq_freep) char *body = NULL;
        int rc = reason ? quote(reason, &quoted, err) : SQ_OK;

        if (rc)
                return rc;
        if (asprintf(&body, "%s%s%s}", fields, quoted ? ",\"reason\":" : "",
                     quoted ? quoted : "") < 0) {
                body = NULL;
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        return sq_service_ask(desk, method, target, body, ret, err);
}

int sq_service_do(struct sq_desk *desk, const char *method, const struct sq_target *target,
                  const char *fields, const char *reason, struct sq_error *err) {
        SQ_CLEANUP(sq_answered_clear) struct sq_answered answer = {.text = NULL};

        return sq_service_change(desk, method, target, fields, reason, &answer, err);
}
