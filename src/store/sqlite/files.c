#include "store/sqlite/files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/directory.h"

/* Writers are slurm and root.  The group may read the data: an administrator
 * can be put into it.  Everybody else only when the site says so, because who
 * can open the -shm file can also hold a lock on it (see the decision page). */
static mode_t file_mode(const struct sq_store_options *options) {
        return options->world_readable ? 0644 : 0640;
}

static mode_t directory_mode(const struct sq_store_options *options) {
        return options->world_readable ? 02775 : 02770;
}

int sq_sqlite_files_missing(const struct sq_store_options *options, int why,
                            struct sq_error *err) {
        if (why == ENOENT || why == ENOTDIR) {
                sq_fail(err, SQ_ENOTFOUND, "there is no database at \"%s\"", options->path);
                sq_hint(err, "As root, set a first budget, such as:"
                             " slurm-quota account-quota NAME MINUTES");
                return SQ_ENOTFOUND;
        }
        return sq_fail(err, why == EACCES ? SQ_EACCESS : SQ_EIO, "cannot reach \"%s\": %s",
                       options->path, strerror(why));
}

/* The user and group whom the files should belong to; false when that cannot be
 * said or done (not root, no such user). */
static bool find_owner(const struct sq_store_options *options, uid_t *uid, gid_t *gid) {
        struct passwd pw, *found = NULL;
        char buffer[4096]; /* one passwd line; longer ones are "not found" */

        if (geteuid() != 0 || !options->owner ||
            getpwnam_r(options->owner, &pw, buffer, sizeof buffer, &found) || !found)
                return false;
        *uid = pw.pw_uid;
        *gid = pw.pw_gid;
        return true;
}

static int settle(const struct sq_store_options *options, int fd, mode_t mode,
                  const char *path, struct sq_error *err) {
        uid_t uid;
        gid_t gid;

        if (find_owner(options, &uid, &gid) && fchown(fd, uid, gid))
                return sq_fail(err, SQ_EIO, "could not give \"%s\" to %s: %s", path,
                               options->owner, strerror(errno));
        if (fchmod(fd, mode))
                return sq_fail(err, SQ_EIO, "could not set the mode of \"%s\": %s", path,
                               strerror(errno));
        return SQ_OK;
}

static int open_lock(const struct sq_store_options *options, int *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        char path[PATH_MAX];
        struct stat st;
        uid_t uid;
        gid_t gid;
        int rc;

        if (snprintf(path, sizeof path, "%s.lock", options->path) >= (int)sizeof path)
                return sq_fail(err, SQ_EINVAL, "the path \"%.80s...\" is too long",
                               options->path);
        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        /* Made by root before the owner was known: not the database, so that its
         * descriptor may come and go. */
        if (fd >= 0 && options->use == SQ_STORE_PERSON && find_owner(options, &uid, &gid) &&
            !fstat(fd, &st) && (st.st_uid != uid || st.st_gid != gid)) {
                rc = settle(options, fd, 0660, path, err);
                if (rc)
                        return rc;
        }
        if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
                /* A hook does not begin a store; it only completes one that lost
                 * its lock file (restored from a backup). */
                if (options->use == SQ_STORE_HOOK && stat(options->path, &st))
                        return sq_sqlite_files_missing(options, errno, err);
                fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0660);
                if (fd >= 0) {
                        rc = settle(options, fd, 0660, path, err);
                        if (rc)
                                return rc;
                }
        }
        if (fd < 0) {
                sq_fail(err, errno == EACCES || errno == EROFS ? SQ_EACCESS : SQ_EIO,
                        "cannot open \"%s\": %s", path, strerror(errno));
                if (options->owner)
                        sq_hint(err, "The files should belong to %s; run a changing command"
                                     " as root to set them right.", options->owner);
                return errno == EACCES || errno == EROFS ? SQ_EACCESS : SQ_EIO;
        }
        *ret = fd;
        fd = -1;
        return SQ_OK;
}

int sq_sqlite_files_prepare(const struct sq_store_options *options, int *ret_lock,
                            struct sq_error *err) {
        char directory[PATH_MAX];
        const char *network, *slash;
        int rc;

        if (options->path[0] != '/' || strlen(options->path) >= sizeof directory - 8) {
                sq_fail(err, SQ_EINVAL, "\"%.80s\" is not an absolute path of a database",
                        options->path);
                return SQ_EINVAL;
        }
        slash = strrchr(options->path, '/');
        snprintf(directory, sizeof directory, "%.*s", (int)(slash - options->path),
                 options->path);
        network = sq_path_is_network(directory[0] ? directory : "/");
        if (network) {
                sq_fail(err, SQ_EINVAL, "\"%s\" is on a network file system (%s)",
                        options->path, network);
                sq_hint(err, "SQLite's locks do not hold there. Set store.path to a local disk"
                             " of the controller.");
                return SQ_EINVAL;
        }
        if (options->use == SQ_STORE_PERSON) {
                rc = sq_directory_prepare(directory[0] ? directory : "/", options->owner,
                                          directory_mode(options), err);
                if (rc)
                        return rc;
        }
        return options->use == SQ_STORE_READER ? SQ_OK : open_lock(options, ret_lock, err);
}

/* Sets mode and owner of a file that is there; never opens it, because closing
 * a descriptor of the database drops SQLite's locks in this process. */
static void settle_by_path(const struct sq_store_options *options, const char *suffix) {
        char path[PATH_MAX];
        struct stat st;
        uid_t uid;
        gid_t gid;

        snprintf(path, sizeof path, "%s%s", options->path, suffix);
        if (lstat(path, &st) || !S_ISREG(st.st_mode))
                return;
        if (find_owner(options, &uid, &gid) && (st.st_uid != uid || st.st_gid != gid) &&
            lchown(path, uid, gid))
                return;
        if ((st.st_mode & 07777) != file_mode(options) &&
            (geteuid() == 0 || geteuid() == st.st_uid) && chmod(path, file_mode(options)))
                return;
}

int sq_sqlite_files_create(const struct sq_store_options *options, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;

        if (options->use != SQ_STORE_PERSON)
                return SQ_OK;
        fd = open(options->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode(options));
        if (fd >= 0)
                return settle(options, fd, file_mode(options), options->path, err);
        if (errno != EEXIST)
                return sq_fail(err, errno == EACCES ? SQ_EACCESS : SQ_EIO,
                               "cannot create \"%s\": %s", options->path, strerror(errno));
        return SQ_OK;
}

void sq_sqlite_files_settle(const struct sq_store_options *options) {
        settle_by_path(options, "");
        settle_by_path(options, "-wal");
        settle_by_path(options, "-shm");
}
