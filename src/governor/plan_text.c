#include "governor/plan_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sq_qos_names sq_qos_names_of(const struct sq_config *config) {
        return (struct sq_qos_names){config->policy.qos_default, config->policy.qos_downscaled,
                                     config->policy.qos_paused};
}

const char *sq_qos_of_level(const struct sq_qos_names *names, enum sq_level level) {
        return level == SQ_PAUSED       ? names->paused
               : level == SQ_DOWNSCALED ? names->downscaled
                                        : names->normal;
}

const char *sq_qos_of(const struct sq_qos_names *names,
                      const struct sq_evaluation *evaluation) {
        return *evaluation->qos_name ? evaluation->qos_name
                                     : sq_qos_of_level(names, evaluation->qos);
}

/* "GrpTRESMins=cpu=600,node=-1 MaxTRESMins=node=-1" */
static void add_limits(const struct sq_settings *settings, char *text, size_t size) {
        char limits[SQ_TRES_TEXT_SIZE];
        struct sq_tres values;
        size_t length = 0;

        for (int t = 0; t < SQ_LIMIT_TYPES; t++) {
                sq_limited_values(&settings->lifted, (enum sq_limit_type)t,
                                  settings->limit_type, &settings->limits, &values);
                if (!values.n)
                        continue;
                snprintf(text + length, size - length, "%s%s=%s", length ? " " : "",
                         sq_limit_type_word((enum sq_limit_type)t),
                         sq_tres_text(&values, limits, sizeof limits));
                length = strlen(text);
        }
}

bool sq_plan_command(const struct sq_evaluation *evaluation, size_t i,
                     const struct sq_qos_names *names, const char *cluster,
                     const char *account, char ret[SQ_COMMAND_SIZE]) {
        const struct sq_settings *settings = &evaluation->settings;
        int length;

        if (i >= evaluation->plan.n)
                return false;
        length = snprintf(ret, SQ_COMMAND_SIZE,
                          "sacctmgr --immediate modify account name=%.255s cluster=%.255s set ",
                          account, cluster);
        ret += length;
        switch (evaluation->plan.step[i]) {
        case SQ_PLAN_FAIRSHARE:
                snprintf(ret, SQ_COMMAND_SIZE - (size_t)length, "fairshare=%" PRId64,
                         settings->fairshare);
                return true;
        case SQ_PLAN_LIMITS:
                add_limits(settings, ret, SQ_COMMAND_SIZE - (size_t)length);
                return true;
        case SQ_PLAN_QOS:
                snprintf(ret, SQ_COMMAND_SIZE - (size_t)length, "qos=%s",
                         sq_qos_of(names, evaluation));
                return *sq_qos_of(names, evaluation) != '\0';
        case SQ_PLAN_RESET_USAGE:
                snprintf(ret, SQ_COMMAND_SIZE - (size_t)length, "RawUsage=0");
                return true;
        }
        return false;
}
