#include "wire/reply.h"

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

static int code_of(long status) {
        switch (status) {
        case 400:
        case 413:
        case 422:
                return SQ_EINVAL;
        case 401:
        case 403:
                return SQ_EACCESS;
        case 404:
                return SQ_ENOTFOUND;
        case 409:
                return SQ_EEXIST;
        case 503:
                return SQ_EBUSY;
        default:
                return SQ_EIO;
        }
}

void sq_reply_clean(const char *from, char *to, size_t size) {
        size_t n = 0;

        for (; *from && n + 1 < size; from++) {
                const unsigned char c = (unsigned char)*from, next = (unsigned char)from[1];

                if (c < ' ' || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0)) {
                        to[n++] = '?';
                        from += c == 0xc2;
                } else {
                        to[n++] = *from;
                }
        }
        to[n] = '\0';
}

static void hint_at(const char *url, long status, struct sq_error *err) {
        if (status == 401)
                sq_hint(err, "munged must run here and there with the same key, and the clocks"
                             " must agree; or give a token in SLURM_QUOTA_TOKEN.");
        else if (status == 403)
                sq_hint(err, "The service at %.150s decides by what you are in Slurm.", url);
}

/* False: it is not what the service says. */
static bool take_words(const char *url, long status, const char *body, size_t length,
                       struct sq_error *err) {
        json_t *reply = json_loadb(body, length, 0, NULL);
        const char *message = json_string_value(json_object_get(reply, "message"));
        const char *hint = json_string_value(json_object_get(reply, "hint"));
        const bool ours = message && json_is_string(json_object_get(reply, "error"));
        char text[sizeof err->text], more[sizeof err->hint];

        if (ours) {
                sq_reply_clean(message, text, sizeof text);
                sq_reply_clean(hint ? hint : "", more, sizeof more);
                sq_fail(err, code_of(status), "%s", text);
                if (*more)
                        sq_hint(err, "%s", more);
                else
                        hint_at(url, status, err);
        }
        json_decref(reply);
        return ours;
}

int sq_reply_error(const char *url, long status, const char *body, size_t length,
                   struct sq_error *err) {
        struct sq_error nowhere;
        const bool is_elsewhere = status >= 300 && status < 400;

        if (!err)
                err = &nowhere;
        if (take_words(url, status, body, length, err))
                return code_of(status);
        if (is_elsewhere)
                sq_fail(err, SQ_EIO, "%.200s sends us elsewhere (status %ld), where we do not"
                                     " go", url, status);
        else
                sq_fail(err, SQ_EIO, "%.200s answers with status %ld, and not as slurm-quota"
                                     " does", url, status);
        sq_hint(err, "Is it the address of a slurm-quota service, or of a proxy before it?");
        return SQ_EIO;
}
