/* test_server_openapi.c - openapi.json has what the service has, and nothing else */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <cmocka.h>
#include <jansson.h>

#include "server/openapi.h"
#include "server/route.h"

static json_t *document;

static int load(void **state) {
        json_error_t why;

        (void)state;
        document = json_loads(sq_openapi_text, JSON_REJECT_DUPLICATES, &why);
        if (!document)
                fail_msg("line %d: %s", why.line, why.text);
        return 0;
}

static int unload(void **state) {
        (void)state;
        json_decref(document);
        return 0;
}

/* What the document has of a route; fails the test when it has nothing. */
static json_t *operation_of(const struct sq_route *route) {
        json_t *path = json_object_get(json_object_get(document, "paths"), route->path);
        char method[8];
        size_t n = 0;

        for (; route->method[n] && n < sizeof method - 1; n++)
                method[n] = (char)(route->method[n] | 0x20);
        method[n] = '\0';
        if (!json_object_get(path, method))
                fail_msg("openapi.json does not have %s %s", route->method, route->path);
        return json_object_get(path, method);
}

static bool is_route(const char *method, const char *path) {
        const struct sq_route *route;

        for (size_t i = 0; (route = sq_route_at(i)); i++)
                if (!strcasecmp(route->method, method) && !strcmp(route->path, path))
                        return true;
        return false;
}

static void every_route_is_in_the_document(void **state) {
        const struct sq_route *route;

        (void)state;
        for (size_t i = 0; (route = sq_route_at(i)); i++)
                assert_non_null(operation_of(route));
}

static void every_operation_of_the_document_is_a_route(void **state) {
        json_t *path, *operation;
        const char *name, *method;

        (void)state;
        json_object_foreach(json_object_get(document, "paths"), name, path)
                json_object_foreach(path, method, operation)
                        if (!is_route(method, name))
                                fail_msg("there is no %s %s", method, name);
}

static size_t count_parameters(json_t *operation, const char *in) {
        size_t i, n = 0;
        json_t *parameter;

        json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
                if (!strcmp(json_string_value(json_object_get(parameter, "in")), in))
                        n++;
        return n;
}

static bool has_parameter(json_t *operation, const char *in, const char *name) {
        json_t *parameter;
        size_t i;

        json_array_foreach(json_object_get(operation, "parameters"), i, parameter)
                if (!strcmp(json_string_value(json_object_get(parameter, "in")), in) &&
                    !strcmp(json_string_value(json_object_get(parameter, "name")), name))
                        return true;
        return false;
}

static void parameters_are_those_that_the_route_reads(void **state) {
        const struct sq_route *route;

        (void)state;
        for (size_t i = 0; (route = sq_route_at(i)); i++) {
                json_t *operation = operation_of(route);
                size_t n = 0;

                for (size_t k = 0; k < SQ_REQUEST_PARAMETERS; k++) {
                        if (!route->parameter[k])
                                continue;
                        n++;
                        if (!has_parameter(operation, "query", route->parameter[k]))
                                fail_msg("%s %s: no %s", route->method, route->path,
                                         route->parameter[k]);
                }
                assert_int_equal(count_parameters(operation, "query"), n);
        }
}

static void variables_in_paths_are_parameters(void **state) {
        const struct sq_route *route;

        (void)state;
        for (size_t i = 0; (route = sq_route_at(i)); i++) {
                json_t *operation = operation_of(route);
                const char *open = route->path;
                size_t n = 0;

                while ((open = strchr(open, '{'))) {
                        const size_t length = strcspn(++open, "}");
                        char name[64];

                        assert_true(length < sizeof name);
                        memcpy(name, open, length);
                        name[length] = '\0';
                        if (!has_parameter(operation, "path", name))
                                fail_msg("%s: no {%s}", route->path, name);
                        n++;
                }
                assert_int_equal(count_parameters(operation, "path"), n);
        }
}

/* An empty alternative in `security` is nobody. */
static void who_may_ask_without_a_credential_is_said(void **state) {
        const struct sq_route *route;

        (void)state;
        for (size_t i = 0; (route = sq_route_at(i)); i++) {
                json_t *security = json_object_get(operation_of(route), "security");
                const bool nobody = route->least == SQ_ROLE_NOBODY || route->open;

                assert_true(json_array_size(security) > 0);
                assert_int_equal(json_object_size(json_array_get(security, 0)) == 0, nobody);
        }
}

static void operations_have_names_of_their_own(void **state) {
        json_t *path, *operation, *seen = json_object();
        const char *name, *method;

        (void)state;
        json_object_foreach(json_object_get(document, "paths"), name, path)
                json_object_foreach(path, method, operation) {
                        const char *id =
                                json_string_value(json_object_get(operation, "operationId"));

                        assert_non_null(id);
                        if (json_object_get(seen, id))
                                fail_msg("twice: %s", id);
                        json_object_set_new(seen, id, json_true());
                }
        json_decref(seen);
}

/* Every "$ref" leads somewhere. */
static void check_references(json_t *value) {
        const char *key;
        json_t *member;
        size_t i;

        json_array_foreach(value, i, member)
                check_references(member);
        json_object_foreach(value, key, member) {
                const char *target = strcmp(key, "$ref") ? NULL : json_string_value(member);
                char where[100];
                char *name;

                check_references(member);
                if (!target)
                        continue;
                assert_memory_equal(target, "#/components/", strlen("#/components/"));
                assert_true(strlen(target) < sizeof where);
                snprintf(where, sizeof where, "%s", target + strlen("#/components/"));
                name = strchr(where, '/');
                assert_non_null(name);
                *name++ = '\0';
                if (!json_object_get(json_object_get(json_object_get(document, "components"),
                                                     where), name))
                        fail_msg("nothing at %s", target);
        }
}

static void references_lead_somewhere(void **state) {
        (void)state;
        check_references(document);
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_route_is_in_the_document),
                cmocka_unit_test(every_operation_of_the_document_is_a_route),
                cmocka_unit_test(parameters_are_those_that_the_route_reads),
                cmocka_unit_test(variables_in_paths_are_parameters),
                cmocka_unit_test(who_may_ask_without_a_credential_is_said),
                cmocka_unit_test(operations_have_names_of_their_own),
                cmocka_unit_test(references_lead_somewhere),
        };

        return cmocka_run_group_tests_name("server_openapi", tests, load, unload);
}
