/* directory.h - directories that come out right whoever runs first */
#pragma once

#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* Sees to it that the directory `path` (absolute) exists and that the user
 * `owner` can write in it.
 *
 * Missing directories are made: the last one with exactly `mode`, belonging to
 * `owner` and the owner's primary group; those above it 0755, belonging to the
 * caller.  A directory that exists is left as it is, with two exceptions:
 * - when root calls, and it belongs to root, and `owner` cannot write in it, and
 *   it is empty or holds nothing but slurm-quota's own files (which begin with
 *   "slurm-quota"), it is given owner, group and mode as a new one;
 * - when it differs from a new one in nothing but the rights of others, these
 *   become those of `mode` (the site has changed its mind).
 *
 * The last directory must not be a symbolic link.  Other callers than root and
 * `owner` get SQ_EACCESS when something would have to be done.
 * SQ_EINVAL: the path or the owner is not acceptable, or something on the path
 * is no directory; SQ_EACCESS: `owner` cannot write there; SQ_EIO. */
int sq_directory_prepare(const char *path, const char *owner, mode_t mode,
                         struct sq_error *err);

/* The name of the network file system that `path` is on, "NFS" for example, as
 * a constant; NULL when it is on a local one or cannot be told.  What does not
 * exist is looked for in the nearest directory above it that does.  FUSE counts
 * as local: what is behind it cannot be told. */
const char *sq_path_is_network(const char *path);

/* The same for the f_type of statfs(2). */
const char *sq_filesystem_is_network(uint32_t magic);
