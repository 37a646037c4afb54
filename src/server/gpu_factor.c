#include "server/gpu_factor.h"

#include <string.h>

#include "ledger/factor.h"
#include "server/change.h"
#include "server/form.h"

static int load(struct sq_sources *sources, struct sq_factors *ret, struct sq_error *err) {
        struct sq_ledger *ledger;
        int rc = sq_readers_take(sources->readers, &ledger, err);

        if (rc)
                return rc;
        rc = sq_factors_load(ledger, ret, err);
        sq_readers_give(sources->readers, ledger, rc != SQ_OK);
        return rc;
}

static void add_weight(struct sq_json *json, int64_t millionths) {
        char text[32];

        sq_json_add(json, sq_weight_text(millionths, text, sizeof text));
}

void sq_gpu_factors_show(struct sq_sources *sources, const struct sq_request *request,
                         struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};
        struct sq_error err = {.text = ""};
        struct sq_factors factors = {.n = 0};
        bool follows = false;

        (void)request;
        if (load(sources, &factors, &err)) {
                sq_answer_trouble(sources, &err, ret);
                return;
        }
        sq_json_add(&json, "{\"default_factor\":");
        add_weight(&json, sq_factors_of(&factors, NULL));
        sq_json_add(&json, ",\"factors\":{");
        for (size_t i = 0; i < factors.n; i++) {
                if (!strcmp(factors.item[i].type, SQ_FACTOR_DEFAULT))
                        continue;
                sq_json_add(&json, follows ? "," : "");
                sq_json_add_string(&json, factors.item[i].type);
                sq_json_add(&json, ":");
                add_weight(&json, factors.item[i].millionths);
                follows = true;
        }
        sq_json_add(&json, "}}");
        sq_answer_json(&json, 200, ret);
}

struct change {
        const char *type;
        int64_t millionths;
};

static int set(struct sq_ledger *ledger, const struct sq_actor *actor, void *payload,
               struct sq_error *err) {
        const struct change *change = payload;

        return sq_factor_set(ledger, change->type, change->millionths, actor, err);
}

void sq_gpu_factor_set(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        SQ_CLEANUP(sq_form_freep) struct sq_form *form = NULL;
        struct sq_form_field field[] = {
                {.name = "factor", .type = SQ_FORM_DECIMAL, .required = true},
                {.name = "reason", .type = SQ_FORM_TEXT},
        };
        struct change change = {.type = request->part[0]};
        struct sq_error err = {.text = ""};
        int rc;

        if ((rc = sq_name_check(SQ_NAME_GPU_TYPE, change.type, &err)) ||
            (rc = sq_form_read(request, field, 2, &form, &err)) ||
            (rc = sq_weight_parse(field[0].decimal, &change.millionths, &err)))
                sq_answer_refusal(rc, &err, ret);
        else if (sq_change(sources, request, field[1].text, set, &change, ret))
                sq_answer_done(ret);
}
