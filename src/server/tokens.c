#include "server/tokens.h"

#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "ledger/token.h"
#include "server/auth/secret.h"
#include "server/change.h"
#include "server/form.h"

static void add_moment(struct sq_json *json, const char *name, int64_t at) {
        sq_json_add_name(json, name);
        if (at)
                sq_json_add_integer(json, at);
        else
                sq_json_add(json, "null");
}

static void add_text(struct sq_json *json, const char *name, const char *text) {
        sq_json_add_name(json, name);
        if (text)
                sq_json_add_string(json, text);
        else
                sq_json_add(json, "null");
}

/* --- list ------------------------------------------------------------------------------- */

struct list {
        struct sq_json *json;
        bool follows;
};

static int add_token(const struct sq_token *token, void *payload) {
        struct list *list = payload;
        struct sq_json *json = list->json;

        sq_json_add(json, list->follows ? ",{" : "{");
        list->follows = true;
        sq_json_add_name(json, "id");
        sq_json_add_integer(json, token->id);
        add_text(json, "name", token->name);
        add_text(json, "owner", token->owner);
        add_text(json, "role", token->has_role ? sq_role_name(token->role) : NULL);
        add_moment(json, "created_at", token->created_at);
        add_moment(json, "expires_at", token->expires_at);
        add_moment(json, "last_used_at", token->last_used_at);
        sq_json_add(json, "}");
        return 0;
}

/* Whose tokens the caller has to do with; NULL: everybody's. */
static const char *whose(const struct sq_request *request) {
        return request->caller.role >= SQ_ROLE_ADMINISTRATOR ? NULL : request->caller.name;
}

void sq_tokens_show(struct sq_sources *sources, const struct sq_request *request,
                    struct sq_answer *ret) {
        SQ_CLEANUP(sq_json_clear) struct sq_json json = {.body = NULL};
        struct list list = {.json = &json};
        struct sq_error err = {.text = ""};
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, &err);

        if (!rc) {
                sq_json_add(&json, "{");
                sq_json_add_name(&json, "tokens");
                sq_json_add(&json, "[");
                rc = sq_token_each(ledger, whose(request), add_token, &list, &err);
                sq_json_add(&json, "]}");
                sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        }
        if (rc) {
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        sq_answer_no_trouble(sources);
        sq_answer_json(&json, 200, ret);
}

/* --- create ----------------------------------------------------------------------------- */

enum field { NAME, EXPIRES, ROLE, FIELDS };

struct creation {
        struct sq_token token;
        int64_t id;
};

static int read_role(const struct sq_caller *caller, const char *text, struct sq_token *ret,
                     struct sq_error *err) {
        if (!text)
                return SQ_OK;
        if (!sq_role_parse(text, &ret->role) || ret->role == SQ_ROLE_NOBODY) {
                sq_fail(err, SQ_EINVAL, "role cannot be \"%.40s\"", text);
                sq_hint(err, "It is user, coordinator, operator or administrator.");
                return SQ_EINVAL;
        }
        if (ret->role > caller->role)
                return sq_fail(err, SQ_EACCESS, "a token of yours cannot be more than you are:"
                               " %s", sq_role_name(caller->role));
        ret->has_role = true;
        return SQ_OK;
}

static int read_token(const struct sq_request *request, const struct sq_form_field *field,
                      struct sq_token *ret, struct sq_error *err) {
        const int64_t life = field[EXPIRES].integer;
        int rc = sq_token_check_name(field[NAME].text, err);

        if (rc)
                return rc;
        if (field[EXPIRES].given && (life < 1 || life > SQ_TOKEN_LIFE_MAX))
                return sq_fail(err, SQ_EINVAL, "expires_in_seconds is a number from 1 to %lld",
                               SQ_TOKEN_LIFE_MAX);
        ret->name = field[NAME].text;
        ret->owner = request->caller.name;
        ret->expires_at = field[EXPIRES].given ? sq_now() + life : 0;
        return read_role(&request->caller, field[ROLE].text, ret, err);
}

static int create(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                  struct sq_error *err) {
        struct creation *creation = payload;

        return sq_token_create(ledger, &creation->token, actor, &creation->id, err);
}

static void answer_created(const struct creation *creation, const char *text,
                           struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        sq_json_add(&json, "{");
        sq_json_add_name(&json, "id");
        sq_json_add_integer(&json, creation->id);
        add_text(&json, "token", text);
        add_moment(&json, "expires_at", creation->token.expires_at);
        sq_json_add(&json, "}");
        sq_answer_json(&json, 201, ret);
}

/* Who has got hold of a token must not be able to make himself one that outlives it. */
static int check_method(const struct sq_caller *caller, struct sq_error *err) {
        return *caller->token ? sq_fail(err, SQ_EACCESS, "a token cannot make tokens") : SQ_OK;
}

void sq_tokens_create(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[FIELDS] = {
                [NAME] = {.name = "name", .type = SQ_FORM_TEXT, .required = true},
                [EXPIRES] = {.name = "expires_in_seconds", .type = SQ_FORM_INTEGER},
                [ROLE] = {.name = "role", .type = SQ_FORM_TEXT},
        };
        char text[SQ_SECRET_SIZE], hash[SQ_SECRET_HASH_SIZE];
        struct creation creation = {.token = {.hash = hash}};
        struct sq_error err = {.text = ""};
        int rc;

        if ((rc = check_method(&request->caller, &err)) ||
            (rc = sq_form_read(request, field, FIELDS, &form, &err)) ||
            (rc = read_token(request, field, &creation.token, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if ((rc = sq_secret_make(text, hash, &err)))
                sq_answer_trouble(sources, &err, ret);
        else if (sq_change(sources, request, NULL, create, &creation, ret))
                answer_created(&creation, text, ret);
        sodium_memzero(text, sizeof text);
}

/* --- revoke ----------------------------------------------------------------------------- */

struct revocation {
        int64_t id;
        const char *owner;
};

static int take_back(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
                     struct sq_error *err) {
        const struct revocation *revocation = payload;

        return sq_token_revoke(ledger, revocation->id, revocation->owner, actor, err);
}

/* Up to eighteen digits; 0, which is no token's number, for everything else. */
static int64_t read_id(const char *text) {
        int64_t id = 0;

        if (strspn(text, "0123456789") != strlen(text) || strlen(text) > 18)
                return 0;
        for (; *text; text++)
                id = 10 * id + (*text - '0');
        return id;
}

void sq_tokens_revoke(struct sq_sources *sources, const struct sq_request *request,
                      struct sq_answer *ret) {
        struct revocation revocation = {read_id(request->part[0]), whose(request)};

        if (sq_change(sources, request, NULL, take_back, &revocation, ret))
                sq_answer_done(ret);
}
