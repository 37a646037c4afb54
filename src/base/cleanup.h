/* cleanup.h - locals that give back what they hold when they leave scope
 *
 * Never hold such a variable across a Lua call that can raise: lua_error()
 * leaves by longjmp, which skips the cleanup.
 */
#pragma once

#include <stdlib.h>
#include <unistd.h>

/* Runs fn(&variable) at the end of the variable's scope. */
#define SQ_CLEANUP(fn) __attribute__((cleanup(fn)))

/* Hands a pointer over: the value of `p`, which is NULL afterwards. */
#define SQ_TAKE(p)                             \
        ({                                     \
                __typeof__(p) taken_ = (p);    \
                (p) = NULL;                    \
                taken_;                        \
        })

/* Defines `fn`p, the form of the destructor `fn` that SQ_CLEANUP wants. */
#define SQ_DEFINE_CLEANUP(type, fn)                                \
        __attribute__((unused)) static inline void fn##p(type *p) { \
                if (*p)                                            \
                        fn(*p);                                    \
        }

__attribute__((unused)) static inline void sq_freep(void *p) {
        free(*(void **)p);
}

__attribute__((unused)) static inline void sq_closep(const int *fd) {
        if (*fd >= 0)
                close(*fd);
}
