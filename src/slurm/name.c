#include "slurm/name.h"

#include <string.h>

/* Bytes of the UTF-8 character at `p`; 0 when it is none (RFC 3629: shortest
 * form, no surrogates, up to U+10FFFF). */
static size_t utf8_length(const unsigned char *p) {
        static const struct {
                unsigned char first, last;  /* of the first byte */
                unsigned char low, high;    /* of the second byte */
                size_t length;
        } form[] = {
                {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
                {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
                {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
        };

        if (*p < 0x80)
                return 1;
        for (size_t i = 0; i < sizeof form / sizeof form[0]; i++) {
                if (*p < form[i].first || *p > form[i].last)
                        continue;
                if (p[1] < form[i].low || p[1] > form[i].high)
                        return 0;
                for (size_t k = 2; k < form[i].length; k++)
                        if (p[k] < 0x80 || p[k] > 0xbf)
                                return 0;
                return form[i].length;
        }
        return 0;
}

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

                step = utf8_length((const unsigned char *)p);
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
