#include "base/file.h"

#include <errno.h>
#include <unistd.h>

bool sq_file_read(int fd, void *ret, size_t most, size_t *ret_length) {
        size_t length = 0;

        while (length < most) {
                const ssize_t n = read(fd, (char *)ret + length, most - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return false;
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        *ret_length = length;
        return true;
}
