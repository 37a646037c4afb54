/* cmd_token.c - token create, list, revoke */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/argument.h"
#include "cli/columns.h"
#include "cli/rows.h"
#include "cli/way.h"

/* The service makes others than administrators see and revoke their own alone. */
#define WHO                                                                                \
        "On the controller for root and SlurmUser.  Through the service everybody has to do\n" \
        "with tokens of his own, and gives neither --user nor --reason.\n"

/* --- create ----------------------------------------------------------------------------- */

enum create_option { USER, ROLE, EXPIRES, CREATE_REASON };

static const struct sq_option create_options[] = {
        [USER] = {"user", "NAME", "it speaks for this user (who runs the command)"},
        [ROLE] = {"role", "ROLE", "it may no more than a user, coordinator, operator, ..."},
        [EXPIRES] = {"expires", "TIME", "for how long it is good: 90d, 12h, 30m (for ever)"},
        [CREATE_REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

/* "90d" as seconds. */
static int read_life(const char *text, int64_t *ret, struct sq_error *err) {
        static const struct {
                char letter;
                int64_t seconds;
        } units[] = {{'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
        int64_t number = 0;
        const char *p = text;

        for (; *p >= '0' && *p <= '9' && number <= SQ_TOKEN_LIFE_MAX; p++)
                number = 10 * number + (*p - '0');
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
                if (p > text && *p == units[i].letter && !p[1] && number > 0 &&
                    number <= SQ_TOKEN_LIFE_MAX / units[i].seconds) {
                        *ret = number * units[i].seconds;
                        return SQ_OK;
                }
        sq_fail(err, SQ_EINVAL, "--expires cannot be \"%.40s\"", text);
        sq_hint(err, "It takes a number with w, d, h, m or s: 90d.  A hundred years are the"
                     " most.");
        return SQ_EINVAL;
}

static int read_role(const char *text, struct sq_token *ret, struct sq_error *err) {
        if (sq_role_parse(text, &ret->role) && ret->role != SQ_ROLE_NOBODY) {
                ret->has_role = true;
                return SQ_OK;
        }
        sq_fail(err, SQ_EINVAL, "--role cannot be \"%.40s\"", text);
        sq_hint(err, "It takes user, coordinator, operator or administrator.");
        return SQ_EINVAL;
}

static int read_token(const struct sq_call *call, struct sq_desk_token *ret,
                      struct sq_error *err) {
        int rc = sq_token_check_name(call->argument[0], err);

        ret->token.name = call->argument[0];
        ret->token.owner = call->option[USER];
        if (!rc && call->option[USER])
                rc = sq_name_check(SQ_NAME_USER, call->option[USER], err);
        if (!rc && call->option[ROLE])
                rc = read_role(call->option[ROLE], &ret->token, err);
        if (!rc && call->option[EXPIRES])
                rc = read_life(call->option[EXPIRES], &ret->life, err);
        return rc ? rc : sq_reason_check(call->option[CREATE_REASON], err);
}

/* The token alone is on standard output, for who keeps it in a file. */
static void print_token(const struct sq_token *token, const char *text) {
        char until[64];

        fprintf(stderr, "token %" PRId64 " \"%s\"%s%s, %s%s, %s%s; it is shown this once\n",
                token->id, token->name, token->owner ? " of " : "",
                token->owner ? token->owner : "",
                token->has_role ? "no more than " : "with all rights of the user",
                token->has_role ? sq_role_name(token->role) : "",
                token->expires_at ? "until " : "for ever",
                token->expires_at ? sq_table_time(token->expires_at, until, sizeof until) : "");
        printf("%s\n", text);
}

static int create(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct sq_desk_token made = {.life = 0};
        int rc = read_token(call, &made, err);

        if (!rc)
                rc = sq_way_to_change(call, &desk, err);
        if (!rc)
                rc = desk->can->create_token(desk, &made, call->option[CREATE_REASON], err);
        if (!rc)
                print_token(&made.token, made.text);
        explicit_bzero(made.text, sizeof made.text);
        return rc;
}

static const struct sq_command cmd_create = {
        .name = "create",
        .arguments = "NAME", .least = 1, .most = 1,
        .summary = "make a token that the service takes, and print it",
        .details =
                "NAME is a label for people.  A token never may more than its user may when\n"
                "it is used, whatever ROLE it was given.\n"
                WHO,
        .options = create_options,
        .run = create,
};

/* --- list ------------------------------------------------------------------------------- */

enum list_option { JSON };

static const struct sq_option list_options[] = {
        [JSON] = {"json", NULL, "print JSON, with times in seconds since 1970"},
        {NULL, NULL, NULL},
};

enum column { ID, NAME, OWNER, LIMIT, MADE, UNTIL, USED, COLUMNS };

static const struct sq_column columns[COLUMNS] = {
        [ID] = {"ID", 6, true},          [NAME] = {"NAME", 20, false},
        [OWNER] = {"USER", 16, false},   [LIMIT] = {"AT MOST", 13, false},
        [MADE] = {"CREATED", 23, false}, [UNTIL] = {"EXPIRES", 23, false},
        [USED] = {"LAST USED", 9, false},
};

struct output {
        struct sq_style style;
        struct sq_rows rows;
};

static void print_row(const struct sq_token *token, struct output *o) {
        char id[32], made[64], until[64], used[64];
        const char *const cell[COLUMNS] = {
                [ID] = id,
                [NAME] = token->name,
                [OWNER] = token->owner,
                [LIMIT] = token->has_role ? sq_role_name(token->role) : "-",
                [MADE] = sq_table_time(token->created_at, made, sizeof made),
                [UNTIL] = token->expires_at
                                  ? sq_table_time(token->expires_at, until, sizeof until)
                                  : "never",
                [USED] = token->last_used_at
                                 ? sq_table_time(token->last_used_at, used, sizeof used)
                                 : "never",
        };

        snprintf(id, sizeof id, "%" PRId64, token->id);
        if (o->rows.n == 1)
                sq_columns_print_header(stdout, columns, COLUMNS, &o->style);
        sq_columns_print_row(stdout, columns, COLUMNS, cell, &o->style);
}

static void add_object(const struct sq_token *token, struct sq_document *doc) {
        sq_document_open_object(doc, NULL);
        sq_document_add_number(doc, "id", token->id);
        sq_document_add_text(doc, "name", token->name);
        sq_document_add_text(doc, "owner", token->owner);
        sq_document_add_text(doc, "role", token->has_role ? sq_role_name(token->role) : NULL);
        sq_document_add_number(doc, "created_at", token->created_at);
        sq_document_add_number_if(doc, "expires_at", token->expires_at != 0,
                                  token->expires_at);
        sq_document_add_number_if(doc, "last_used_at", token->last_used_at != 0,
                                  token->last_used_at);
        sq_document_close_object(doc);
}

static int tell(const struct sq_token *token, void *payload) {
        struct output *o = payload;
        struct sq_document *doc = sq_rows_add(&o->rows);

        if (doc)
                add_object(token, doc);
        else
                print_row(token, o);
        return 0;
}

static int list(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        struct output o = {.style = sq_style_of(stdout, false),
                           .rows = sq_rows_of(call->option[JSON] != NULL)};
        int rc = sq_way_to_change(call, &desk, err); /* they are not for every reader */

        if (!rc)
                rc = desk->can->tokens(desk, tell, &o, err);
        if (!rc && !sq_rows_end(&o.rows) && !o.rows.n)
                printf("no tokens\n");
        return rc;
}

static const struct sq_command cmd_list = {
        .name = "list",
        .summary = "show the tokens, but not their texts",
        .details = WHO,
        .options = list_options,
        .run = list,
};

/* --- revoke ----------------------------------------------------------------------------- */

enum revoke_option { REVOKE_REASON };

static const struct sq_option revoke_options[] = {
        [REVOKE_REASON] = {"reason", "TEXT", "why; kept with the change"},
        {NULL, NULL, NULL},
};

static int take_back(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_desk_closep) struct sq_desk *desk = NULL;
        const char *reason = call->option[REVOKE_REASON];
        int64_t id;
        int rc;

        if ((rc = sq_argument_count(call->argument[0], &id, err)) ||
            (rc = sq_reason_check(reason, err)) || (rc = sq_way_to_change(call, &desk, err)) ||
            (rc = desk->can->revoke_token(desk, id, reason, err))) {
                if (rc == SQ_ENOTFOUND)
                        sq_hint(err, "See: slurm-quota token list");
                return rc;
        }
        printf("token %" PRId64 " revoked\n", id);
        return SQ_OK;
}

static const struct sq_command cmd_revoke = {
        .name = "revoke",
        .arguments = "ID", .least = 1, .most = 1,
        .summary = "make a token good for nothing, from now on",
        .details = WHO,
        .options = revoke_options,
        .run = take_back,
};

const struct sq_command sq_cmd_token = {
        .name = "token",
        .summary = "tokens with which programs ask the service",
        .commands = (const struct sq_command *const[]){&cmd_create, &cmd_list, &cmd_revoke,
                                                       NULL},
};
