#include "server/manager.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/cleanup.h"

void sq_manager_tell(const char *state) {
        const char *path = getenv("NOTIFY_SOCKET");
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        const size_t n = path ? strlen(path) : 0;
        SQ_CLEANUP(sq_closep) int fd = -1;

        if (n < 2 || n >= sizeof to.sun_path || (*path != '/' && *path != '@'))
                return;
        memcpy(to.sun_path, path, n);
        if (*path == '@') /* without a file: the name begins with a NUL */
                to.sun_path[0] = '\0';
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (fd >= 0)
                (void)sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&to,
                             (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n));
}
