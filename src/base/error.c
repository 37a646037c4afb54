#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int sq_fail(struct sq_error *err, int code, const char *format, ...) {
        va_list args;

        if (!err)
                return code;
        va_start(args, format);
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        err->hint[0] = '\0';
        return code;
}

void sq_context(struct sq_error *err, const char *format, ...) {
        struct sq_error outer;
        va_list args;
        int n;

        if (!err)
                return;
        va_start(args, format);
        n = vsnprintf(outer.text, sizeof outer.text, format, args);
        va_end(args);
        if (n >= 0 && (size_t)n < sizeof outer.text)
                snprintf(outer.text + n, sizeof outer.text - (size_t)n, ": %s", err->text);
        __builtin_memcpy(err->text, outer.text, sizeof err->text);
}

void sq_hint(struct sq_error *err, const char *format, ...) {
        va_list args;

        if (!err)
                return;
        va_start(args, format);
        vsnprintf(err->hint, sizeof err->hint, format, args);
        va_end(args);
}
