#include "slurm/name.h"

#include <string.h>

#include "base/utf8.h"

int sq_name_check(enum sq_name_kind kind, const char *name, struct sq_error *err) {
        static const struct {
                const char *what, *forbidden;
                size_t max;
        } rule[] = {
                [SQ_NAME_USER] = {"user name", ",\"'`=*%/:", SQ_NAME_MAX},
                [SQ_NAME_ACCOUNT] = {"account name", ",\"'`=*%\\", SQ_NAME_MAX},
                [SQ_NAME_GPU_TYPE] = {"GPU type", ",\"'`=*%\\/:()", SQ_GPU_TYPE_MAX},
        };
        const char *what = rule[kind].what;
        size_t step;

        if (!name || !*name)
                return sq_fail(err, SQ_EINVAL, "%s is empty", what);
        if (strnlen(name, rule[kind].max + 1) > rule[kind].max)
                return sq_fail(err, SQ_EINVAL, "%s is longer than %zu bytes", what,
                               rule[kind].max);
        if (*name == '-')
                return sq_fail(err, SQ_EINVAL, "%s starts with \"-\"", what);
        for (const char *p = name; *p; p += step) {
                const unsigned char c = (unsigned char)*p;

                step = sq_utf8_length(p);
                if (!step)
                        return sq_fail(err, SQ_EINVAL, "%s is not valid UTF-8", what);
                if (c <= ' ' || c == 0x7f || (c == 0xc2 && (unsigned char)p[1] < 0xa1))
                        return sq_fail(err, SQ_EINVAL,
                                       "%s contains a blank or control character", what);
                if (strchr(rule[kind].forbidden, c))
                        return sq_fail(err, SQ_EINVAL, "%s contains \"%c\"", what, c);
        }
        return SQ_OK;
}

bool sq_name_lower(const char *name, char *ret, size_t size) {
        const size_t length = strlen(name);

        if (length >= size)
                return false;
        memmove(ret, name, length + 1);
        for (char *p = ret; *p; p++)
                if (*p >= 'A' && *p <= 'Z')
                        *p = (char)(*p - 'A' + 'a');
        return true;
}
