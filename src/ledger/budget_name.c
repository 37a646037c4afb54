#include "ledger/budget_name.h"

#include <stdio.h>
#include <string.h>

#include "policy/component.h"

int sq_budget_resource_read(const char *text, char ret[SQ_TRES_NAME_MAX],
                            struct sq_error *err) {
        static const char *const gpu[] = {"gpu", "gpu_hours", "gpu-hours", "gpuHours"};

        for (size_t i = 0; i < sizeof gpu / sizeof gpu[0]; i++)
                if (!strcmp(text, gpu[i])) {
                        snprintf(ret, SQ_TRES_NAME_MAX, "gpu");
                        return SQ_OK;
                }
        if (sq_component_tres(text, ret))
                return SQ_OK;
        sq_fail(err, SQ_EINVAL, "\"%.60s\" is not a resource", text);
        sq_hint(err, "It is cpu, gpu (weighted by type), or Slurm's name of a TRES: mem,"
                     " node, billing, gres/gpu:h100, license/matlab.");
        return SQ_EINVAL;
}

int sq_budget_window_read(const char *text, enum sq_window_kind *ret, struct sq_error *err) {
        for (int w = SQ_WINDOW_TOTAL; w <= SQ_WINDOW_YEAR; w++)
                if (!strcmp(text, sq_window_kind_word((enum sq_window_kind)w))) {
                        *ret = (enum sq_window_kind)w;
                        return SQ_OK;
                }
        sq_fail(err, SQ_EINVAL, "\"%.40s\" is not a window", text);
        sq_hint(err, "It is total, month, quarter or year.");
        return SQ_EINVAL;
}
