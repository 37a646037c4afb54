#include "base/grow.h"

#include <stdlib.h>

/* What most lists never exceed. */
#define LEAST 64

bool sq_grow(void *array, size_t wanted, size_t *room, size_t size) {
        size_t more = wanted > LEAST ? wanted : LEAST;
        size_t doubled, bytes;
        void *larger;

        if (wanted <= *room)
                return true;
        if (!__builtin_mul_overflow(*room, 2, &doubled) && doubled > more)
                more = doubled;
        if (__builtin_mul_overflow(more, size, &bytes))
                return false;
        larger = realloc(*(void **)array, bytes);
        if (!larger)
                return false;
        *(void **)array = larger;
        *room = more;
        return true;
}
