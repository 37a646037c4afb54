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

bool sq_utc_text(int64_t at, char ret[SQ_UTC_TEXT_SIZE]) {
        const time_t seconds = at;
        struct tm tm;

        if (at <= 0 || !gmtime_r(&seconds, &tm) || tm.tm_year > 9999 - 1900)
                return false;
        return strftime(ret, SQ_UTC_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm) != 0;
}
