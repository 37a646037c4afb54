/* backup.c - a copy of the database while others go on writing
 *
 * The pages are copied within one read transaction.  SQLite's backup begins again
 * whenever somebody else has written between two of its steps, and on a busy
 * controller would never end; with a picture of its own it does not, and no writer
 * waits for it.  The price is that the log cannot be emptied meanwhile.
 *
 * Not VACUUM INTO: its file is no WAL database, which a hook would not make of it
 * when it is moved into place, and it rewrites what somebody may want to look at as
 * it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "base/clock.h"
#include "store/sqlite/connection.h"

/* Pages between two looks at the deadline: 2 MiB. */
#define PAGES_PER_STEP 1024

/* What must stay free beside the copy.  A full disk stops the hooks, and the log
 * cannot be emptied meanwhile: this is the size at which they would do it. */
#define SPARE_BYTES (16 << 20)

#define BYTES_PER_MIB (1 << 20)

static const char *directory_of(const char *path, char directory[PATH_MAX]) {
        const char *slash = strrchr(path, '/');

        snprintf(directory, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
        return directory;
}

/* Asked before a byte is written, so that the hooks do not run into a full disk
 * because of us.  Ordinary users' room: root alone gets at the rest. */
static int check_room(const char *path, int64_t bytes, struct sq_error *err) {
        char directory[PATH_MAX];
        struct statvfs fs;

        if (statvfs(directory_of(path, directory), &fs))
                return sq_fail(err, errno == EACCES ? SQ_EACCESS : SQ_EIO,
                               "cannot reach \"%s\": %s", directory, strerror(errno));
        if ((int64_t)(fs.f_bavail * fs.f_frsize) >= bytes + SPARE_BYTES)
                return SQ_OK;
        sq_fail(err, SQ_EIO, "could not write \"%s\": there is no room", path);
        sq_hint(err, "Make room: the copy takes %lld MiB, %lld MiB are free, and %d MiB must"
                     " stay free.",
                (long long)(bytes / BYTES_PER_MIB + 1),
                (long long)(fs.f_bavail * fs.f_frsize / BYTES_PER_MIB),
                SPARE_BYTES / BYTES_PER_MIB);
        return SQ_EIO;
}

/* Makes the file, with the database's owner and mode before anything is in it. */
static int create(const struct sq_connection *c, const char *part, int *ret,
                  struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        struct stat st;

        if (stat(c->path, &st))
                return sq_fail(err, SQ_EIO, "cannot reach \"%s\": %s", c->path,
                               strerror(errno));
        fd = open(part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0 && errno == EEXIST) {
                sq_fail(err, SQ_EEXIST, "\"%s\" exists already", part);
                sq_hint(err, "Another backup is under way, or was killed: then remove it.");
                return SQ_EEXIST;
        }
        if (fd < 0)
                return sq_fail(err, errno == EACCES || errno == EROFS ? SQ_EACCESS : SQ_EIO,
                               "cannot create \"%s\": %s", part, strerror(errno));
        if (fchown(fd, st.st_uid, st.st_gid) || fchmod(fd, st.st_mode & 07777)) {
                sq_fail(err, SQ_EACCESS, "cannot give \"%s\" the database's owner and mode: %s",
                        part, strerror(errno));
                unlink(part);
                return SQ_EACCESS;
        }
        *ret = fd;
        fd = -1;
        return SQ_OK;
}

static int step_all(struct sq_connection *c, sqlite3_backup *backup, struct sq_error *err) {
        int rc;

        do {
                if (sq_monotonic_ns() >= c->deadline)
                        return sq_fail(err, SQ_EBUSY, "could not copy \"%s\" in time", c->path);
                rc = sqlite3_backup_step(backup, PAGES_PER_STEP);
        } while (rc == SQLITE_OK);
        return SQ_OK; /* sqlite3_backup_finish() says how it went */
}

/* The file is nobody else's yet: it needs neither locks, which may take long where
 * backups are kept (NFS), nor a journal, nor fsync before the end. */
static int copy(struct sq_connection *c, const char *part, struct sq_error *err) {
        sqlite3_backup *backup = NULL;
        sqlite3 *to = NULL;
        int rc = SQ_OK;

        if (sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                            "unix-none") == SQLITE_OK &&
            sqlite3_exec(to, "PRAGMA synchronous = OFF; PRAGMA journal_mode = OFF", NULL, NULL,
                         NULL) == SQLITE_OK)
                backup = sqlite3_backup_init(to, "main", c->db, "main");
        if (backup) {
                rc = step_all(c, backup, err);
                if (sqlite3_backup_finish(backup) != SQLITE_OK && !rc)
                        rc = sq_sqlite_error(to, part, "could not copy the database to", err);
        } else {
                rc = to ? sq_sqlite_error(to, part, "could not open", err)
                        : sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        sqlite3_close(to);
        return rc;
}

/* Onto the disk, and then under its name: link() does not replace what is there. */
static int publish(int fd, const char *part, const char *path, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int directory_fd = -1;
        char directory[PATH_MAX];

        if (fsync(fd))
                return sq_fail(err, SQ_EIO, "could not write \"%s\": %s", part,
                               strerror(errno));
        if (link(part, path))
                return sq_fail(err, errno == EEXIST ? SQ_EEXIST : SQ_EIO,
                               "cannot create \"%s\": %s", path, strerror(errno));
        unlink(part);
        directory_fd = open(directory_of(path, directory), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory_fd >= 0 && fsync(directory_fd) == 0)
                return SQ_OK;
        sq_fail(err, SQ_EIO, "could not write \"%s\": %s", directory, strerror(errno));
        unlink(path);
        return SQ_EIO;
}

/* Inside the read transaction. */
static int write_file(struct sq_connection *c, const char *path, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        int64_t pages = 0, page_size = 0;
        char part[PATH_MAX];
        int rc;

        if (snprintf(part, sizeof part, "%s.part", path) >= (int)sizeof part)
                return sq_fail(err, SQ_EINVAL, "the path \"%.80s...\" is too long", path);
        if (!access(path, F_OK))
                return sq_fail(err, SQ_EEXIST, "\"%s\" exists already", path);
        /* Here the picture is taken. */
        rc = sq_sqlite_number(c, "PRAGMA page_count", "could not read", &pages, err);
        if (!rc)
                rc = sq_sqlite_number(c, "PRAGMA page_size", "could not read", &page_size, err);
        if (!rc)
                rc = check_room(path, pages * page_size, err);
        if (!rc)
                rc = create(c, part, &fd, err);
        if (rc)
                return rc;
        rc = copy(c, part, err);
        if (!rc)
                rc = publish(fd, part, path, err);
        if (rc)
                unlink(part);
        return rc;
}

int sq_sqlite_backup(struct sq_connection *c, const char *path, struct sq_error *err) {
        int rc;

        if (path[0] != '/')
                return sq_fail(err, SQ_EINVAL, "\"%.80s\" is not an absolute path", path);
        if (sqlite3_exec(c->db, "BEGIN", NULL, NULL, NULL) != SQLITE_OK)
                return sq_sqlite_error(c->db, c->path, "could not read", err);
        rc = write_file(c, path, err);
        c->bracket = true;
        sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL);
        c->bracket = false;
        return rc;
}
