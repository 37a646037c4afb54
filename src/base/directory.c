#include "base/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/cleanup.h"

/* Everything getpwnam_r() tells about one user; nss_ldap entries stay far below. */
#define PASSWD_SIZE 16384

struct owner {
        const char *name;
        uid_t uid;
        gid_t gid;
};

/* What is being prepared, for every function below. */
struct job {
        const char *path;
        struct owner owner;
        mode_t mode;
        struct sq_error *err;
};

static int find_owner(const char *name, struct owner *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *buffer = malloc(PASSWD_SIZE);
        struct passwd entry, *found = NULL;
        int error;

        if (!buffer)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        error = getpwnam_r(name, &entry, buffer, PASSWD_SIZE, &found);
        if (!found && error && error != ENOENT)
                return sq_fail(err, SQ_EIO, "could not look up user \"%s\": %s", name,
                               strerror(error));
        if (!found) {
                sq_fail(err, SQ_EINVAL, "user \"%s\" does not exist on this host", name);
                sq_hint(err, "Set \"user\" in section [slurm] of the configuration to"
                             " SlurmUser of slurm.conf.");
                return SQ_EINVAL;
        }
        *ret = (struct owner){.name = name, .uid = entry.pw_uid, .gid = entry.pw_gid};
        return SQ_OK;
}

static int advise(const struct job *job, int code) {
        sq_hint(job->err, "Run the command once as root, or make it:"
                          " install -d -o %s -g %lu -m %04o %.120s",
                job->owner.name, (unsigned long)job->owner.gid, (unsigned)job->mode,
                job->path);
        return code;
}

static int failed(const struct job *job, const char *what, int error) {
        switch (error) {
        case EACCES:
        case EPERM:
                sq_fail(job->err, SQ_EACCESS, "could not %s \"%s\": %s", what, job->path,
                        strerror(error));
                return advise(job, SQ_EACCESS);
        case ENAMETOOLONG:
                return sq_fail(job->err, SQ_EINVAL, "cannot %s \"%s\": %s", what,
                               job->path, strerror(error));
        default:
                return sq_fail(job->err, SQ_EIO, "could not %s \"%s\": %s", what,
                               job->path, strerror(error));
        }
}

static int does_not_exist(const struct job *job) {
        sq_fail(job->err, SQ_EACCESS, "directory \"%s\" does not exist", job->path);
        return advise(job, SQ_EACCESS);
}

static int not_a_directory(const struct job *job, int parent, const char *name) {
        struct stat st;

        if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(st.st_mode)) {
                sq_fail(job->err, SQ_EINVAL, "cannot use \"%s\": \"%s\" is a symbolic link",
                        job->path, name);
                sq_hint(job->err, "Write the path that it points to into the"
                                  " configuration.");
                return SQ_EINVAL;
        }
        return sq_fail(job->err, SQ_EINVAL, "cannot use \"%s\": \"%s\" is not a directory",
                       job->path, name);
}

/* Copies the next component of *at into `name` and moves *at behind it.  False
 * at the end. */
static bool next_component(const char **at, char name[NAME_MAX + 1], bool *too_long) {
        const char *start;
        size_t length;

        do {
                start = *at + strspn(*at, "/");
                length = strcspn(start, "/");
                *at = start + length;
        } while (length == 1 && *start == '.');
        *too_long = length > NAME_MAX;
        if (*too_long)
                length = NAME_MAX;
        memcpy(name, start, length);
        name[length] = '\0';
        return length > 0;
}

static bool is_last(const char *at) {
        char name[NAME_MAX + 1];
        bool too_long;

        return !next_component(&at, name, &too_long);
}

static bool may_make(const struct job *job) {
        return geteuid() == 0 || geteuid() == job->owner.uid;
}

/* Opens the directory `name` in `parent`, making it when it is missing.  Links
 * are followed here: /var/lib may well be one. */
static int enter(const struct job *job, int parent, const char *name, int *ret) {
        SQ_CLEANUP(sq_closep) int fd = -1;

        fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (fd < 0 && errno == ENOENT && may_make(job)) {
                /* EEXIST: another first run was quicker, and makes the same. */
                if (mkdirat(parent, name, 0755) < 0 && errno != EEXIST)
                        return failed(job, "make directory", errno);
                fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
                /* Whatever the umask: the owner must get through. */
                if (fd >= 0 && fchmod(fd, 0755) < 0)
                        return failed(job, "set the mode of a directory above", errno);
        }
        if (fd < 0 && errno == ENOENT)
                return does_not_exist(job);
        if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
                return not_a_directory(job, parent, name);
        if (fd < 0)
                return failed(job, "open directory", errno);
        *ret = fd;
        fd = -1;
        return SQ_OK;
}

/* Opens the directory above the last one. */
static int enter_parents(const struct job *job, char last[NAME_MAX + 1], int *ret) {
        SQ_CLEANUP(sq_closep) int dir = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
        const char *at = job->path;
        bool too_long;
        int next = -1, rc;

        if (dir < 0)
                return failed(job, "open directory", errno);
        while (next_component(&at, last, &too_long)) {
                if (too_long)
                        return failed(job, "make directory", ENAMETOOLONG);
                if (!strcmp(last, ".."))
                        return sq_fail(job->err, SQ_EINVAL, "\"%s\" must not hold \"..\"",
                                       job->path);
                if (is_last(at)) {
                        *ret = dir;
                        dir = -1;
                        return SQ_OK;
                }
                rc = enter(job, dir, last, &next);
                if (rc != SQ_OK)
                        return rc;
                close(dir);
                dir = next;
        }
        return sq_fail(job->err, SQ_EINVAL, "\"%s\" is not a directory to work in",
                       job->path);
}

static int give(const struct job *job, int fd) {
        if (geteuid() == 0 && fchown(fd, job->owner.uid, job->owner.gid) < 0)
                return failed(job, "change the owner of directory", errno);
        /* Another primary group than that of the process; not allowed to
         * non-members, and then the group of the process has to do. */
        if (geteuid() != 0 && fchown(fd, (uid_t)-1, job->owner.gid) < 0 && errno != EPERM)
                return failed(job, "change the group of directory", errno);
        /* After fchown(), which may clear the set-group-ID bit. */
        if (fchmod(fd, job->mode) < 0)
                return failed(job, "set the mode of directory", errno);
        return SQ_OK;
}

static int make(const struct job *job, int parent, const char *name) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        int rc;

        if (!may_make(job))
                return does_not_exist(job);
        if (mkdirat(parent, name, 0700) < 0 && errno != EEXIST)
                return failed(job, "make directory", errno);
        fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return failed(job, "open directory", errno);
        rc = give(job, fd);
        if (rc != SQ_OK)
                unlinkat(parent, name, AT_REMOVEDIR);
        return rc;
}

static bool is_member(const struct owner *owner, gid_t gid) {
        gid_t groups[128]; /* SlurmUser is in a handful */
        int n = (int)(sizeof groups / sizeof groups[0]);

        if (gid == owner->gid)
                return true;
        if (getgrouplist(owner->name, owner->gid, groups, &n) < 0)
                return false;
        for (int i = 0; i < n; i++)
                if (groups[i] == gid)
                        return true;
        return false;
}

/* What root can tell without becoming the owner.  Access control lists are not
 * read: where there is one, somebody prepared the directory on purpose. */
static bool can_write(const struct owner *owner, int fd, const struct stat *st) {
        if (owner->uid == 0 || fgetxattr(fd, "system.posix_acl_access", NULL, 0) > 0)
                return true;
        if (st->st_uid == owner->uid)
                return (st->st_mode & 0300) == 0300;
        if (is_member(owner, st->st_gid))
                return (st->st_mode & 0030) == 0030;
        return (st->st_mode & 0003) == 0003;
}

/* 1: nothing in it but files of ours, 0: other things too, -1: errno. */
static int holds_only_ours(int fd) {
        static const char ours[] = "slurm-quota";
        const struct dirent *entry;
        struct stat st;
        DIR *dir;
        int copy, answer = 1;

        copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (copy < 0)
                return -1;
        dir = fdopendir(copy);
        if (!dir) {
                close(copy);
                return -1;
        }
        while (answer && (entry = readdir(dir))) {
                if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
                        continue;
                if (strncmp(entry->d_name, ours, sizeof ours - 1) ||
                    fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
                    !S_ISREG(st.st_mode))
                        answer = 0;
        }
        closedir(dir);
        return answer;
}

static int check(const struct job *job, int parent, const char *name) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        struct stat st;

        fd = openat(parent, name,
                    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
        if (fd < 0 && (errno == ENOTDIR || errno == ELOOP))
                return not_a_directory(job, parent, name);
        if (fd < 0 || fstat(fd, &st) < 0)
                return failed(job, "open directory", errno);
        /* A directory of ours, made when others had other rights. */
        if (may_make(job) && st.st_uid == job->owner.uid && st.st_gid == job->owner.gid &&
            ((st.st_mode ^ job->mode) & 07770) == 0) {
                if ((st.st_mode ^ job->mode) & 0007 && fchmod(fd, job->mode) < 0)
                        return failed(job, "set the mode of directory", errno);
                return SQ_OK;
        }
        if (geteuid() != 0) {
                if (geteuid() == job->owner.uid &&
                    faccessat(fd, ".", W_OK | X_OK, AT_EACCESS) < 0)
                        return failed(job, "write in directory", errno);
                return SQ_OK;
        }
        if (can_write(&job->owner, fd, &st))
                return SQ_OK;
        if (st.st_uid == 0) {
                switch (holds_only_ours(fd)) {
                case 1:
                        return give(job, fd);
                case -1:
                        return failed(job, "read directory", errno);
                }
        }
        sq_fail(job->err, SQ_EACCESS, "user \"%s\" cannot write in directory \"%s\"",
                job->owner.name, job->path);
        sq_hint(job->err, "It was left alone, because it holds other files or belongs to"
                          " somebody else.  Choose another directory, or let %s write there.",
                job->owner.name);
        return SQ_EACCESS;
}

int sq_directory_prepare(const char *path, const char *owner, mode_t mode,
                         struct sq_error *err) {

        struct job job = {.path = path, .mode = mode, .err = err};
        SQ_CLEANUP(sq_closep) int parent = -1;
        char last[NAME_MAX + 1];
        struct stat st;
        int rc;

        if (path[0] != '/')
                return sq_fail(err, SQ_EINVAL, "path \"%s\" is not absolute", path);
        rc = find_owner(owner, &job.owner, err);
        if (rc != SQ_OK)
                return rc;
        rc = enter_parents(&job, last, &parent);
        if (rc != SQ_OK)
                return rc;
        if (fstatat(parent, last, &st, AT_SYMLINK_NOFOLLOW) == 0)
                return check(&job, parent, last);
        if (errno != ENOENT)
                return failed(&job, "look at directory", errno);
        return make(&job, parent, last);
}

const char *sq_filesystem_is_network(uint32_t magic) {
        static const struct {
                uint32_t magic;
                const char *name;
        } table[] = {
                {0x00006969, "NFS"},      {0x0bd00bd0, "Lustre"},    {0x47504653, "GPFS"},
                {0x19830326, "BeeGFS"},   {0x00c36400, "CephFS"},    {0x0000517b, "SMB"},
                {0xff534d42, "CIFS"},     {0xfe534d42, "SMB2"},      {0x5346414f, "AFS"},
                {0x6b414653, "AFS"},      {0x73757245, "Coda"},      {0xaad7aaea, "PanFS"},
                {0x20030528, "OrangeFS"},
        };

        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
                if (table[i].magic == magic)
                        return table[i].name;
        return NULL;
}

const char *sq_path_is_network(const char *path) {
        char at[PATH_MAX];
        struct statfs fs;
        char *slash;

        if (strlen(path) >= sizeof at)
                return NULL;
        memcpy(at, path, strlen(path) + 1);
        while (statfs(at, &fs) < 0) {
                slash = strrchr(at, '/');
                if (!slash || (errno != ENOENT && errno != ENOTDIR))
                        return NULL;
                if (slash == at)
                        slash++;
                if (!*slash)
                        return NULL; /* "/" itself */
                *slash = '\0';
        }
        return sq_filesystem_is_network((uint32_t)fs.f_type);
}
