#include "server/viewer.h"

const struct sq_caller *sq_viewer_of(const struct sq_sources *sources,
                                     const struct sq_request *request) {
        return sources->config->auth.anonymous_stats ||
                               request->caller.role >= SQ_ROLE_OPERATOR
                       ? NULL
                       : &request->caller;
}

bool sq_viewer_sees(const struct sq_caller *viewer, enum sq_subject_kind kind,
                    const char *name) {
        if (!viewer)
                return true;
        return kind == SQ_USER ? sq_caller_sees_user(viewer, name)
                               : sq_caller_sees_account(viewer, name);
}

int sq_viewer_check(const struct sq_caller *viewer, enum sq_subject_kind kind,
                    const char *name, struct sq_error *err) {
        if (sq_viewer_sees(viewer, kind, name))
                return SQ_OK;
        return sq_fail(err, SQ_EACCESS, "where %s%s stands is not for %s",
                       kind == SQ_USER ? "" : "account ", name, viewer->name);
}
