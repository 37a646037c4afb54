#include "base/clock.h"

#include <time.h>

int64_t sq_monotonic_ns(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * SQ_NS_PER_SECOND + now.tv_nsec;
}

int64_t sq_now(void) {
        return (int64_t)time(NULL);
}
