#include "wire/credential.h"

#include <munge.h>
#include <string.h>

#include "base/cleanup.h"
#include "wire/payload.h"

SQ_DEFINE_CLEANUP(munge_ctx_t, munge_ctx_destroy)

static int no_answer(munge_ctx_t context, munge_err_t code, struct sq_error *err) {
        const char *why = context ? munge_ctx_strerror(context) : NULL;

        sq_fail(err, SQ_EIO, "could not get a credential from munged: %.300s",
                why ? why : munge_strerror(code));
        sq_hint(err, "Start munged on this host; or give a token in SLURM_QUOTA_TOKEN.");
        return SQ_EIO;
}

int sq_credential_make(const char *socket, const char *method, const char *target,
                       const char *body, char **ret, struct sq_error *err) {
        SQ_CLEANUP(munge_ctx_destroyp) munge_ctx_t context = munge_ctx_create();
        SQ_CLEANUP(sq_freep) char *payload = sq_payload_make(method, target, body ? body : "",
                                                              body ? strlen(body) : 0);
        char *credential = NULL;
        munge_err_t code = EMUNGE_SUCCESS;

        if (!context || !payload)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        if (*socket)
                code = munge_ctx_set(context, MUNGE_OPT_SOCKET, socket);
        if (code == EMUNGE_SUCCESS)
                code = munge_ctx_set(context, MUNGE_OPT_TTL, SQ_CREDENTIAL_TTL);
        if (code == EMUNGE_SUCCESS)
                code = munge_encode(&credential, context, payload, (int)strlen(payload));
        if (code != EMUNGE_SUCCESS) {
                free(credential);
                return no_answer(context, code, err);
        }
        *ret = credential;
        return SQ_OK;
}
