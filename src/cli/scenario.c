#include "cli/scenario.h"

#include "cli/input.h"
#include "wire/scenario_json.h"

/* A million events of some 100 bytes; as much as jansson makes of it fits into memory. */
#define SCENARIO_MAX (128 << 20)

int sq_scenario_load(const char *path, struct sq_policy *ret_policy,
                     struct sq_simulation **ret, struct sq_error *err) {

        json_t *root;
        int rc = sq_input_read_json(path, SCENARIO_MAX, &root, err);

        if (rc)
                return rc;
        rc = sq_scenario_read_json(root, ret_policy, ret, err);
        json_decref(root);
        if (rc)
                sq_context(err, "%s", sq_input_name(path));
        return rc;
}
