/* cmd_policy_keep.c - policy create, list, show, update, apply, delete, export and diff */
#include <stdio.h>
#include <string.h>

#include "cli/administrator.h"
#include "cli/input.h"
#include "cli/policy_call.h"
#include "cli/rows.h"
#include "governor/record_json.h"
#include "wire/policy_json.h"

/* A policy of all its parameters has some 20 kB. */
#define POLICY_MAX (1 << 20)

/* Numbers with as many digits as people write. */
#define SHORT (JSON_ENCODE_ANY | JSON_REAL_PRECISION(15))

enum option { REASON, JSON };

static const struct sq_option change_options[] = {
        [REASON] = {"reason", "TEXT", "why; kept with the change"},
        [JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

enum look_option { LOOK_JSON };

static const struct sq_option look_options[] = {
        [LOOK_JSON] = {"json", NULL, "print JSON"},
        {NULL, NULL, NULL},
};

/* Sets in `policy` what the file has; *ret_object is the caller's. */
static int read_policy(const char *path, struct sq_policy *policy, struct sq_error *err) {
        json_t *object;
        int rc = sq_input_read_json(path, POLICY_MAX, &object, err);

        if (rc)
                return rc;
        rc = sq_policy_read_json(object, policy, err);
        json_decref(object);
        if (rc)
                sq_context(err, "%s", sq_input_name(path));
        return rc;
}

/* The cluster of this site, where the policy does not say it. */
static int complete(const struct sq_call *call, struct sq_policy *policy,
                    struct sq_error *err) {
        return *policy->scope ? SQ_OK
                              : sq_site_cluster(call->config, policy->scope,
                                                sizeof policy->scope, err);
}

/* Who changes it and why, and where. */
struct desk {
        struct sq_ledger *ledger;
        struct sq_actor actor;
        char name[SQ_ACTOR_SIZE];
};

static int open_desk(const struct sq_call *call, struct desk *desk, struct sq_error *err) {
        int rc = sq_reason_check(call->option[REASON], err);

        desk->actor = (struct sq_actor){sq_administrator_name(desk->name),
                                        call->option[REASON]};
        return rc ? rc : sq_administrator_open(call->config, &desk->ledger, err);
}

static void close_desk(struct desk *desk) {
        sq_ledger_close(desk->ledger);
}

/* Says what became of it, as the policy is now. */
static int tell(const struct sq_call *call, struct desk *desk, const char *uuid,
                const char *word, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct sq_document doc = {.out = stdout};
        int rc = sq_kept_policy_find(desk->ledger, uuid, &kept, err);

        if (rc)
                return rc;
        if (call->option[JSON]) {
                rc = sq_kept_policy_print(desk->ledger, &doc, kept, err);
                sq_document_end(&doc);
        } else {
                printf("policy \"%s\" %s (%s)\n", kept->policy.name, word, kept->policy.uuid);
        }
        sq_policy_warn(&kept->policy);
        sq_policy_warn_of_groups(call->config, desk->ledger, &kept->policy);
        sq_policy_warn_of_slurm(call->config, &kept->policy);
        return rc;
}

static int create(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *policy = malloc(sizeof *policy);
        SQ_CLEANUP(close_desk) struct desk desk = {0};
        char uuid[SQ_UUID_SIZE];
        int rc;

        if (!policy)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        sq_policy_init(policy);
        policy->fiscal_start = call->config->site.fiscal_start;
        if ((rc = read_policy(call->n ? call->argument[0] : NULL, policy, err)) ||
            (rc = complete(call, policy, err)) || (rc = open_desk(call, &desk, err)) ||
            (rc = sq_kept_policy_create(desk.ledger, policy, &desk.actor, uuid, err)))
                return rc;
        return tell(call, &desk, uuid, "created", err);
}

static int update(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        SQ_CLEANUP(close_desk) struct desk desk = {0};
        char uuid[SQ_POLICY_TEXT_SIZE];
        int rc;

        if ((rc = open_desk(call, &desk, err)) ||
            (rc = sq_kept_policy_find(desk.ledger, call->argument[0], &kept, err)))
                return rc;
        memcpy(uuid, kept->policy.uuid, sizeof uuid); /* the file may have another one's */
        if ((rc = read_policy(call->n > 1 ? call->argument[1] : NULL, &kept->policy, err)) ||
            (rc = sq_kept_policy_replace(desk.ledger, uuid, &kept->policy, kept->revision,
                                         &desk.actor, err)))
                return rc;
        return tell(call, &desk, uuid, "changed", err);
}

static int delete(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        SQ_CLEANUP(close_desk) struct desk desk = {0};
        struct sq_document doc = {.out = stdout};
        int rc;

        if ((rc = open_desk(call, &desk, err)) ||
            (rc = sq_kept_policy_find(desk.ledger, call->argument[0], &kept, err)) ||
            (rc = sq_kept_policy_delete(desk.ledger, kept->policy.uuid, &desk.actor, err)))
                return rc;
        if (!call->option[JSON]) {
                printf("policy \"%s\" deleted; its accounts are free\n", kept->policy.name);
                return SQ_OK;
        }
        sq_document_open_object(&doc, NULL);
        sq_document_add_text(&doc, "uuid", kept->policy.uuid);
        sq_document_add_text(&doc, "name", kept->policy.name);
        sq_document_add_truth(&doc, "deleted", true);
        sq_document_close_object(&doc);
        sq_document_end(&doc);
        return SQ_OK;
}

/* --- comparing ------------------------------------------------------------------------ */

/* The one that the file is about: by its UUID, else by its name.  *ret NULL: it is new. */
static int find_other(struct sq_ledger *ledger, const struct sq_policy *policy,
                      struct sq_kept_policy **ret, struct sq_error *err) {
        const char *which = *policy->uuid   ? policy->uuid
                            : *policy->name ? policy->name
                                            : policy->scope;
        int rc = sq_kept_policy_find(ledger, which, ret, err);

        if (rc != SQ_ENOTFOUND)
                return rc;
        *ret = NULL;
        return SQ_OK;
}

/* The parameters that differ, as [{"parameter": NAME, "before": VALUE, "after": VALUE}];
 * `old` NULL: there was none, and before is null.  NULL: no memory. */
static json_t *compare(const struct sq_policy *old, const struct sq_policy *new) {
        json_t *before = old ? sq_policy_write_json(old) : json_object();
        json_t *after = sq_policy_write_json(new);
        json_t *list = before && after ? json_array() : NULL;
        const char *name;
        json_t *value;

        json_object_foreach(after, name, value) {
                json_t *was = json_object_get(before, name);

                if (!json_equal(was, value) &&
                    json_array_append_new(list, json_pack("{s:s, s:O?, s:O}", "parameter", name,
                                                          "before", was, "after", value))) {
                        json_decref(list);
                        list = NULL;
                        break;
                }
        }
        json_decref(before);
        json_decref(after);
        return list;
}

static void print_differences(const json_t *list) {
        json_t *item;
        size_t i;

        json_array_foreach(list, i, item) {
                SQ_CLEANUP(sq_freep) char *was =
                        json_dumps(json_object_get(item, "before"), SHORT);
                SQ_CLEANUP(sq_freep) char *is =
                        json_dumps(json_object_get(item, "after"), SHORT);
                const char *name = json_string_value(json_object_get(item, "parameter"));

                if (was && is)
                        printf("-%s: %s\n+%s: %s\n", name, was, name, is);
        }
}

static int print_json(const json_t *list, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *text = json_dumps(list, SHORT | JSON_INDENT(2));

        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        printf("%s\n", text);
        return SQ_OK;
}

/* What the file would make of it: what it does not name has its default, and the same
 * UUID and name. */
static int read_whole(const struct sq_call *call, struct sq_ledger *ledger,
                      struct sq_policy *policy, struct sq_kept_policy **ret_old,
                      struct sq_error *err) {
        int rc;

        sq_policy_init(policy);
        policy->fiscal_start = call->config->site.fiscal_start;
        if ((rc = read_policy(call->n ? call->argument[0] : NULL, policy, err)) ||
            (rc = complete(call, policy, err)) ||
            (rc = find_other(ledger, policy, ret_old, err)) || !*ret_old)
                return rc;
        memcpy(policy->uuid, (*ret_old)->policy.uuid, sizeof policy->uuid);
        if (!*policy->name)
                memcpy(policy->name, (*ret_old)->policy.name, sizeof policy->name);
        return SQ_OK;
}

static int diff(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *policy = malloc(sizeof *policy);
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *old = NULL;
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        const bool as_json = call->option[LOOK_JSON] != NULL;
        json_t *list;
        int rc;

        if (!policy)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if ((rc = sq_reader_open(call->config, &ledger, err)) ||
            (rc = read_whole(call, ledger, policy, &old, err)) ||
            (rc = sq_policy_check(policy, err)) || (rc = sq_policy_check_complete(policy, err)))
                return rc;
        sq_policy_warn_of_groups(call->config, ledger, policy);
        list = compare(old ? &old->policy : NULL, policy);
        if (!list)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (as_json)
                rc = print_json(list, err);
        else if (old)
                print_differences(list);
        else
                printf("there is no such policy yet\n");
        if (!rc && json_array_size(list))
                *call->status = 1;
        json_decref(list);
        return rc;
}

static int apply(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct sq_policy *policy = malloc(sizeof *policy);
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *old = NULL;
        SQ_CLEANUP(close_desk) struct desk desk = {0};
        char uuid[SQ_UUID_SIZE];
        bool differs;
        json_t *list;
        int rc;

        if (!policy)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if ((rc = open_desk(call, &desk, err)) ||
            (rc = read_whole(call, desk.ledger, policy, &old, err)))
                return rc;
        if (!old) {
                rc = sq_kept_policy_create(desk.ledger, policy, &desk.actor, uuid, err);
                return rc ? rc : tell(call, &desk, uuid, "created", err);
        }
        list = compare(&old->policy, policy);
        if (!list)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        differs = json_array_size(list) > 0;
        json_decref(list);
        if (differs)
                rc = sq_kept_policy_replace(desk.ledger, policy->uuid, policy, old->revision,
                                            &desk.actor, err);
        return rc ? rc
                  : tell(call, &desk, policy->uuid, differs ? "changed" : "unchanged", err);
}

/* --- looking -------------------------------------------------------------------------- */

static int list(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        struct sq_rows rows = sq_rows_of(call->option[LOOK_JSON] != NULL);
        struct sq_kept_policy **policies = NULL;
        char actions[SQ_ACTIONS_SIZE];
        size_t n = 0;
        int rc;

        if ((rc = sq_reader_open(call->config, &ledger, err)) ||
            (rc = sq_kept_policies_read(ledger, &policies, &n, err)))
                return rc;
        for (size_t i = 0; i < n && !rc; i++) {
                const struct sq_policy *p = &policies[i]->policy;
                struct sq_document *doc = sq_rows_add(&rows);

                if (doc)
                        rc = sq_kept_policy_print(ledger, doc, policies[i], err);
                else
                        printf("%s  %s  cluster %s, %s, %s%s\n", p->uuid, p->name, p->scope,
                               sq_window_kind_word((enum sq_window_kind)p->period),
                               sq_actions_text(p->actions, actions),
                               policies[i]->has_fired ? ", has fired" : "");
        }
        if (!rc && !sq_rows_end(&rows) && !n)
                printf("No SLURM policies found.\n");
        sq_kept_policies_free(policies, n);
        return rc;
}

static int show(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        struct sq_document doc = {.out = stdout};
        const char *name;
        json_t *object, *value;
        int rc;

        if ((rc = sq_reader_open(call->config, &ledger, err)) ||
            (rc = sq_kept_policy_find(ledger, call->argument[0], &kept, err)))
                return rc;
        if (call->option[LOOK_JSON]) {
                rc = sq_kept_policy_print(ledger, &doc, kept, err);
                sq_document_end(&doc);
                return rc;
        }
        object = sq_policy_write_json(&kept->policy);
        if (!object)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        json_object_foreach(object, name, value) {
                SQ_CLEANUP(sq_freep) char *text = json_dumps(value, SHORT);

                printf("%-26s %s\n", name,
                       json_is_string(value) ? json_string_value(value) : text ? text : "");
        }
        json_decref(object);
        printf("%-26s %s\n%-26s %s\n", "created_by", kept->created_by, "has_fired",
               kept->has_fired ? "true" : "false");
        return SQ_OK;
}

static int export(const struct sq_call *call, struct sq_error *err) {
        SQ_CLEANUP(sq_ledger_closep) struct sq_ledger *ledger = NULL;
        SQ_CLEANUP(sq_freep) struct sq_kept_policy *kept = NULL;
        SQ_CLEANUP(sq_freep) char *text = NULL;
        json_t *object;
        int rc;

        if ((rc = sq_reader_open(call->config, &ledger, err)) ||
            (rc = sq_kept_policy_find(ledger, call->argument[0], &kept, err)))
                return rc;
        object = sq_policy_write_json(&kept->policy);
        text = object ? json_dumps(object, SHORT | JSON_INDENT(2)) : NULL;
        json_decref(object);
        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        printf("%s\n", text);
        return SQ_OK;
}

/* --- the commands --------------------------------------------------------------------- */

const struct sq_command sq_cmd_policy_create = {
        .name = "create", .arguments = "[FILE]", .least = 0, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "keep a new policy",
        .details = "Reads it as JSON from FILE, or from standard input without one or with\n"
                   "\"-\".  What it does not say has its default; without a scope it is for\n"
                   "the cluster of this site.  Each account has one policy.\n",
        .options = change_options, .run = create,
};

const struct sq_command sq_cmd_policy_update = {
        .name = "update", .arguments = "POLICY [FILE]", .least = 1, .most = 2,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "change parameters of a policy",
        .details = "POLICY is a name or a UUID.  What FILE does not say stays as it is.\n",
        .options = change_options, .run = update,
};

const struct sq_command sq_cmd_policy_apply = {
        .name = "apply", .arguments = "[FILE]", .least = 0, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "make a policy what a file says, whether it is there or not",
        .details = "The policy is that of the file's uuid, else of its name.  What the file\n"
                   "does not say has its default.\n",
        .options = change_options, .run = apply,
};

const struct sq_command sq_cmd_policy_delete = {
        .name = "delete", .arguments = "POLICY", .least = 1, .most = 1,
        .rights = SQ_FOR_ADMINISTRATORS,
        .summary = "delete a policy and let go of its accounts",
        .options = change_options, .run = delete,
};

const struct sq_command sq_cmd_policy_list = {
        .name = "list", .summary = "list the policies", .options = look_options, .run = list,
};

const struct sq_command sq_cmd_policy_show = {
        .name = "show", .arguments = "POLICY", .least = 1, .most = 1,
        .summary = "show a policy's parameters", .options = look_options, .run = show,
};

const struct sq_command sq_cmd_policy_export = {
        .name = "export", .arguments = "POLICY", .least = 1, .most = 1,
        .summary = "print a policy as JSON that create and apply take",
        .options = (const struct sq_option[]){{"json", NULL, "nothing: it always prints JSON"},
                                              {NULL, NULL, NULL}},
        .run = export,
};

const struct sq_command sq_cmd_policy_diff = {
        .name = "diff", .arguments = "[FILE]", .least = 0, .most = 1,
        .summary = "show what apply would change",
        .details = "Exit status 1: there are differences, or there is no such policy yet.\n",
        .options = look_options, .run = diff,
};
