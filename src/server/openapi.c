#include "server/openapi.h"

/* Made of openapi.json by meson.build: a string literal for each line. */
const char sq_openapi_text[] =
#include "server/openapi.inc"
        ;

void sq_openapi_answer(struct sq_sources *sources, const struct sq_request *request,
                       struct sq_answer *ret) {
        struct sq_json json = {.body = NULL};

        (void)sources;
        (void)request;
        sq_json_add(&json, sq_openapi_text);
        sq_answer_json(&json, 200, ret);
}
