#include "server/estimate.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "estimate/estimate_json.h"
#include "server/form.h"
#include "server/surroundings.h"
#include "slurm/request_field.h"
#include "slurm/sbatch_script.h"

/* Far beyond any cluster; what every JSON library keeps exactly. */
#define NUMBER_MAX (1LL << 53)

/* What was asked; texts are lent by the body. */
struct question {
        json_t *body;
        char user[SQ_NAME_SIZE];
        struct sq_estimate_part *part;
        size_t n;
};

static void question_clear(struct question *q) {
        json_decref(q->body);
        free(q->part);
}

/* --- the body ------------------------------------------------------------------------- */

static int read_number(const char *name, const json_t *value, int64_t *ret,
                       struct sq_error *err) {
        const json_int_t number = json_integer_value(value);

        if (!json_is_integer(value) || number < -1 || number > NUMBER_MAX)
                return sq_fail(err, SQ_EINVAL, "%s must be a whole number, or -1 for no limit",
                               name);
        *ret = number < 0 ? SQ_INFINITE : number;
        return SQ_OK;
}

static int read_text(const char *name, const json_t *value, const char **ret,
                     struct sq_error *err) {
        if (!json_is_string(value))
                return sq_fail(err, SQ_EINVAL, "%s must be a string", name);
        *ret = json_string_length(value) ? json_string_value(value) : NULL;
        return SQ_OK;
}

static const struct sq_request_field *find_field(const char *name) {
        const struct sq_request_field *field = sq_request_fields;

        while (field->name && strcmp(field->name, name) != 0)
                field++;
        return field->name ? field : NULL;
}

static int read_part(json_t *object, struct sq_estimate_part *ret, struct sq_error *err) {
        const struct sq_request_field *field;
        const char *name;
        json_t *value;
        int rc = SQ_OK;

        *ret = (struct sq_estimate_part){.request = SQ_JOB_REQUEST_UNSET};
        if (!json_is_object(object))
                return sq_fail(err, SQ_EINVAL, "each of jobs must be an object");
        json_object_foreach(object, name, value) {
                if (json_is_null(value))
                        continue;
                field = find_field(name);
                if (!strcmp(name, "account"))
                        rc = read_text(name, value, &ret->account, err);
                else if (!field)
                        rc = sq_fail(err, SQ_EINVAL, "there is no field \"%.60s\" in a job",
                                     name);
                else if (field->is_text)
                        rc = read_text(name, value, sq_request_text(&ret->request, field), err);
                else
                        rc = read_number(name, value, sq_request_number(&ret->request, field),
                                         err);
                if (rc)
                        return rc;
        }
        return ret->account ? sq_name_check(SQ_NAME_ACCOUNT, ret->account, err) : SQ_OK;
}

static int read_parts(json_t *list, struct question *q, struct sq_error *err) {
        const size_t n = json_array_size(list);
        int rc = SQ_OK;

        if (!n || n > SQ_SBATCH_COMPONENTS_MAX)
                return sq_fail(err, SQ_EINVAL, "jobs must be a list of 1 to %d objects",
                               SQ_SBATCH_COMPONENTS_MAX);
        q->part = calloc(n, sizeof *q->part);
        if (!q->part)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        q->n = n;
        for (size_t i = 0; i < n && !rc; i++)
                rc = read_part(json_array_get(list, i), &q->part[i], err);
        return rc;
}

/* Whoever asks, or whom an operator names. */
static int read_user(const struct sq_request *request, const char *user, struct question *q,
                     struct sq_error *err) {
        int rc;

        if (!user)
                user = request->caller.name;
        rc = sq_name_check(SQ_NAME_USER, user, err);
        if (rc)
                return rc;
        if (strcmp(user, request->caller.name) != 0 &&
            request->caller.role < SQ_ROLE_OPERATOR)
                return sq_fail(err, SQ_EACCESS, "%s may not estimate for somebody else",
                               request->caller.name);
        snprintf(q->user, sizeof q->user, "%s", user);
        return SQ_OK;
}

static int read_question(const struct sq_request *request, struct question *q,
                         struct sq_error *err) {
        const char *name, *user = NULL;
        json_t *value;
        int rc;

        rc = sq_form_load(request, &q->body, err);
        if (rc)
                return rc;
        json_object_foreach(q->body, name, value) {
                if (!strcmp(name, "user"))
                        rc = json_is_null(value) ? SQ_OK : read_text(name, value, &user, err);
                else if (strcmp(name, "jobs") != 0)
                        rc = sq_fail(err, SQ_EINVAL, "there is no field \"%.60s\" here", name);
                if (rc)
                        return rc;
        }
        rc = read_user(request, user, q, err);
        return rc ? rc : read_parts(json_object_get(q->body, "jobs"), q, err);
}

/* --- what Slurm knows ------------------------------------------------------------------- */

/* Fills in the default account, and looks whether the accounts are the caller's business. */
static int settle_accounts(const struct sq_request *request, const struct question *q,
                           const struct sq_associations *defaults, struct sq_error *err) {
        const bool all = request->caller.role >= SQ_ROLE_OPERATOR;
        char lower[SQ_NAME_SIZE];
        size_t first;

        for (size_t i = 0; i < q->n; i++) {
                if (!q->part[i].account) {
                        if (!sq_associations_of(defaults, q->user, &first)) {
                                sq_fail(err, SQ_EINVAL, "there is no account to charge this job"
                                                        " to");
                                sq_hint(err, "Name one with --account.");
                                return SQ_EINVAL;
                        }
                        q->part[i].account = sq_associations_account(defaults, first);
                        continue;
                }
                if (!sq_name_lower(q->part[i].account, lower, sizeof lower))
                        return sq_fail(err, SQ_EINVAL, "the account's name is too long");
                if (!all && !sq_caller_sees_account(&request->caller, lower))
                        return sq_fail(err, SQ_EACCESS, "%s is not in account \"%.80s\"",
                                       q->user, lower);
        }
        return SQ_OK;
}

static int check_partitions(const struct question *q, const struct sq_partitions *partitions,
                            struct sq_error *err) {
        int rc = SQ_OK;

        for (size_t i = 0; i < q->n && !rc; i++)
                rc = sq_partitions_check(partitions, q->part[i].request.partition, err);
        return rc;
}

/* --- the answer ------------------------------------------------------------------------- */

static void answer_estimate(const struct sq_estimate *estimate, struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};
        char *text = NULL;
        size_t length = 0;
        FILE *out = open_memstream(&text, &length);

        if (out) {
                sq_estimate_print_json(out, estimate, NULL, 0);
                json.failed = fclose(out) != 0;
        }
        json.failed = json.failed || !length;
        if (!json.failed) {
                text[length - 1] = '\0'; /* the line's end */
                sq_json_add(&json, text);
        }
        free(text);
        sq_answer_json(&json, 200, ret);
}

/* SQ_OK, or what the caller is to blame for; of a store that fails *ret_trouble is set. */
static int estimate(struct sq_sources *sources, const struct question *q,
                    const struct sq_known_surroundings *known, struct sq_estimate **ret,
                    bool *ret_trouble, struct sq_error *err) {
        struct sq_estimate_question question = {
                .user = q->user,
                .part = q->part,
                .n = q->n,
                .site = known->site,
                .now = sq_now(),
        };
        struct sq_ledger *ledger;
        int rc;

        question.partition = sq_partitions_list(known->partitions, &question.partitions);
        rc = sq_readers_take(sources->readers, &ledger, err);
        *ret_trouble = rc != SQ_OK;
        if (rc)
                return rc;
        rc = sq_estimate_make(ledger, &question, ret, err);
        *ret_trouble = rc && rc != SQ_EINVAL && rc != SQ_ERANGE;
        sq_readers_give(sources->readers, ledger, *ret_trouble);
        return rc;
}

void sq_estimate_answer(struct sq_sources *sources, const struct sq_request *request,
                        struct sq_answer *ret) {
        SQ_CLEANUP(question_clear) struct question q = {.body = NULL};
        SQ_CLEANUP(sq_estimate_freep) struct sq_estimate *result = NULL;
        struct sq_known_surroundings known;
        struct sq_error err = {.text = ""};
        bool trouble = false;
        int rc;

        rc = read_question(request, &q, &err);
        if (rc) {
                sq_answer_refusal(rc, &err, ret);
                return;
        }
        if (sq_surroundings_take(sources->surroundings, &known, &err)) {
                sq_answer_error(503, "unavailable", err.text, ret);
                return;
        }
        if (!(rc = check_partitions(&q, known.partitions, &err)) &&
            !(rc = settle_accounts(request, &q, known.default_accounts, &err)))
                rc = estimate(sources, &q, &known, &result, &trouble, &err);
        sq_surroundings_give(sources->surroundings);
        if (trouble) {
                sq_answer_trouble(sources, &err, ret);
        } else if (rc) {
                sq_answer_refusal(rc, &err, ret);
        } else {
                sq_answer_no_trouble(sources);
                answer_estimate(result, ret);
        }
}
