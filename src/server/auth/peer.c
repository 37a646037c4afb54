#include "server/auth/peer.h"

#include <errno.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* A line of passwd; comments of some directories are long. */
#define LINE_SIZE 16384

bool sq_peer_uid(int fd, uid_t *ret) {
        struct sockaddr_storage own;
        socklen_t own_size = sizeof own, size = sizeof(struct ucred);
        struct ucred peer;

        /* A TCP socket answers too: with nobody's. */
        if (fd < 0 || getsockname(fd, (struct sockaddr *)&own, &own_size) ||
            own.ss_family != AF_UNIX ||
            getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) || size != sizeof peer ||
            peer.uid == (uid_t)-1)
                return false;
        *ret = peer.uid;
        return true;
}

int sq_peer_name(uid_t uid, char ret[SQ_NAME_SIZE], struct sq_error *err) {
        char line[LINE_SIZE];
        struct passwd entry, *found = NULL;
        int failed;

        /* Whatever else passwd calls it. */
        if (uid == 0) {
                snprintf(ret, SQ_NAME_SIZE, "root");
                return SQ_OK;
        }
        failed = getpwuid_r(uid, &entry, line, sizeof line, &found);
        if (found && !sq_name_check(SQ_NAME_USER, found->pw_name, NULL) &&
            strcmp(found->pw_name, "root") != 0) {
                snprintf(ret, SQ_NAME_SIZE, "%s", found->pw_name);
                return SQ_OK;
        }
        if (failed && failed != ENOENT && failed != ESRCH && failed != EBADF &&
            failed != EPERM && failed != ERANGE)
                return sq_fail(err, SQ_EBUSY, "could not find out who user %lu is: %s",
                               (unsigned long)uid, strerror(failed));
        return sq_fail(err, SQ_EACCESS, "user %lu has no name here", (unsigned long)uid);
}
