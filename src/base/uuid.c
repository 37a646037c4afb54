#include "base/uuid.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

int sq_uuid_make(char ret[SQ_UUID_SIZE], struct sq_error *err) {
        static const char digits[] = "0123456789abcdef";
        unsigned char bytes[16];
        struct timespec now;
        uint64_t ms;
        char *out = ret;

        /* 16 bytes: the kernel gives up to 256 at once without interruption. */
        if (getrandom(bytes, sizeof bytes, GRND_NONBLOCK) != (ssize_t)sizeof bytes)
                return sq_fail(err, SQ_EIO, "could not get random bytes: %s",
                               strerror(errno));
        clock_gettime(CLOCK_REALTIME, &now);
        ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
        for (int i = 0; i < 6; i++)
                bytes[i] = (unsigned char)(ms >> (40 - 8 * i));
        bytes[6] = (unsigned char)(0x70 | (bytes[6] & 0x0f)); /* version 7 */
        bytes[8] = (unsigned char)(0x80 | (bytes[8] & 0x3f)); /* variant of the RFC */
        for (int i = 0; i < 16; i++) {
                if (i == 4 || i == 6 || i == 8 || i == 10)
                        *out++ = '-';
                *out++ = digits[bytes[i] >> 4];
                *out++ = digits[bytes[i] & 15];
        }
        *out = '\0';
        return SQ_OK;
}

bool sq_uuid_is_valid(const char *text) {
        for (int i = 0; i < SQ_UUID_SIZE - 1; i++) {
                bool dash = i == 8 || i == 13 || i == 18 || i == 23;

                if (dash ? text[i] != '-'
                         : !((text[i] >= '0' && text[i] <= '9') ||
                             (text[i] >= 'a' && text[i] <= 'f')))
                        return false; /* also at an early NUL */
        }
        return text[SQ_UUID_SIZE - 1] == '\0';
}
