/* peer.h - who is at the other end of a Unix socket, says the kernel */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "slurm/name.h"

/* The uid of the process that connected; false: `fd` is no Unix socket. */
bool sq_peer_uid(int fd, uid_t *ret);

/* The login name of `uid`; root's is "root".  SQ_EACCESS: it has none, or one that Slurm
 * could not have; SQ_EBUSY: the directory of users does not answer. */
int sq_peer_name(uid_t uid, char ret[SQ_NAME_SIZE], struct sq_error *err);
