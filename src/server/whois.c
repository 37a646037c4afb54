#include "server/whois.h"

#include <string.h>

struct names {
        struct sq_json *json;
        bool follows;
};

static void add_name(struct names *names, const char *name) {
        sq_json_add(names->json, names->follows ? "," : "");
        sq_json_add_string(names->json, name);
        names->follows = true;
}

/* --- me --------------------------------------------------------------------------------- */

static int add_account(const char *account, void *payload, struct sq_error *err) {
        (void)err;
        add_name(payload, account);
        return SQ_OK;
}

static void add_member(struct sq_json *json, const char *name, const char *text) {
        sq_json_add_name(json, name);
        sq_json_add_string(json, text);
}

void sq_me_answer(struct sq_sources *sources, const struct sq_request *request,
                  struct sq_answer *ret) {
        const struct sq_caller *caller = &request->caller;
        struct sq_json json = {.body = NULL};
        struct names accounts = {.json = &json}, coordinated = {.json = &json};
        bool known;

        sq_json_add(&json, "{");
        add_member(&json, "username", caller->name);
        add_member(&json, "role", sq_role_name(caller->role));
        add_member(&json, "method", caller->how ? caller->how : "");
        sq_json_add_name(&json, "accounts");
        sq_json_add(&json, "[");
        (void)!sq_membership_each(sources->membership, caller->name, add_account, &accounts,
                                  &known, NULL);
        sq_json_add(&json, "]");
        sq_json_add_name(&json, "coordinator_of");
        sq_json_add(&json, "[");
        if (caller->role >= SQ_ROLE_COORDINATOR) /* a token may be less than its owner */
                (void)!sq_membership_each_coordinated(sources->membership, caller->name,
                                                      add_account, &coordinated, NULL);
        sq_json_add(&json, "]}");
        sq_answer_json(&json, 200, ret);
}

/* --- roles ------------------------------------------------------------------------------ */

struct list {
        const struct sq_config *config;
        struct names names;
        enum sq_role role;
        char coordinator[SQ_NAME_SIZE]; /* whose accounts are being written; "": nobody's */
};

static bool is_always(const struct list *list, const char *user) {
        return !strcmp(user, "root") || !strcmp(user, list->config->slurm.user);
}

static int add_level(enum sq_role role, const char *user, const char *account, void *payload) {
        struct list *list = payload;

        (void)account;
        if (role == list->role && !is_always(list, user))
                add_name(&list->names, user);
        return 0;
}

static int add_coordinator(enum sq_role role, const char *user, const char *account,
                           void *payload) {
        struct list *list = payload;
        struct sq_json *json = list->names.json;

        if (role != SQ_ROLE_COORDINATOR)
                return 0;
        if (strcmp(user, list->coordinator) != 0) {
                sq_json_add(json, *list->coordinator ? "]},{" : "{");
                add_member(json, "username", user);
                sq_json_add_name(json, "accounts");
                sq_json_add(json, "[");
                list->names.follows = false;
                memcpy(list->coordinator, user, strlen(user) + 1);
        }
        add_name(&list->names, account);
        return 0;
}

static void add_levels(struct sq_sources *sources, struct sq_json *json, enum sq_role role) {
        struct list list = {.config = sources->config, .names = {.json = json}, .role = role};
        const char *slurm_user = sources->config->slurm.user;

        sq_json_add(json, "[");
        if (role == SQ_ROLE_ADMINISTRATOR) {
                add_name(&list.names, "root");
                if (strcmp(slurm_user, "root") != 0)
                        add_name(&list.names, slurm_user);
        }
        (void)!sq_membership_each_role(sources->membership, add_level, &list);
        sq_json_add(json, "]");
}

void sq_roles_answer(struct sq_sources *sources, const struct sq_request *request,
                     struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};
        struct list list = {.config = sources->config, .names = {.json = &json}};

        (void)request;
        sq_json_add(&json, "{");
        sq_json_add_name(&json, "administrators");
        add_levels(sources, &json, SQ_ROLE_ADMINISTRATOR);
        sq_json_add_name(&json, "operators");
        add_levels(sources, &json, SQ_ROLE_OPERATOR);
        sq_json_add_name(&json, "coordinators");
        sq_json_add(&json, "[");
        (void)!sq_membership_each_role(sources->membership, add_coordinator, &list);
        sq_json_add(&json, *list.coordinator ? "]}]}" : "]}");
        sq_answer_json(&json, 200, ret);
}
