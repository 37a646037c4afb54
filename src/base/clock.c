#include "base/clock.h"

#include <time.h>

int64_t sq_monotonic_ns(void) {
        struct timespec now;

        clock_gettime(CLOCK_MONOTONIC, &now);
        return (int64_t)now.tv_sec * SQ_NS_PER_SECOND + now.tv_nsec;
}

/* What tests say that it is; 0: nothing. */
static int64_t said;

int64_t sq_now(void) {
        return said ? said : (int64_t)time(NULL);
}

void sq_clock_set(int64_t at) {
        said = at;
}

static bool in_utc(int64_t at, struct tm *ret) {
        const time_t seconds = at;

        return at > 0 && gmtime_r(&seconds, ret) && ret->tm_year <= 9999 - 1900;
}

bool sq_utc_text(int64_t at, char ret[SQ_UTC_TEXT_SIZE]) {
        struct tm tm;

        return in_utc(at, &tm) && strftime(ret, SQ_UTC_TEXT_SIZE, "%Y-%m-%d %H:%M:%S", &tm);
}

bool sq_utc_name(int64_t at, char ret[SQ_UTC_NAME_SIZE]) {
        struct tm tm;

        return in_utc(at, &tm) && strftime(ret, SQ_UTC_NAME_SIZE, "%Y%m%dT%H%M%SZ", &tm);
}
