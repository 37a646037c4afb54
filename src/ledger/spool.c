#include "ledger/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "base/clock.h"
#include "ledger/spool_line.h"

/* Space that is set aside: a line takes some 300 bytes, so this is 3000 events
 * for a disk that is full. */
#define SET_ASIDE (1 << 20)

/* The lock on the file is held for one write or one read of a few lines. */
#define LOCK_WAIT_NS (20 * SQ_NS_PER_MS)

/* How many events are read at a time between two looks at the lock. */
#define BATCH 32

#define EVENTS "events"
#define QUESTIONS "questions"
#define REJECTED "rejected"
#define REPLAY_LOCK "replay.lock"

enum line_state { UNTRIED, WAITING = '+', DONE = '-', REFUSED = '!' };

/* The size that the last complete replay leaves is 0, so an empty spool is known
 * by its size alone. */
static bool is_empty(const char *directory, const char *name) {
        char path[PATH_MAX];
        struct stat st;

        snprintf(path, sizeof path, "%s/%s", directory, name);
        return stat(path, &st) || st.st_size == 0;
}

bool sq_spool_is_empty(const char *directory) {
        return is_empty(directory, EVENTS);
}

static int fail_on(const char *directory, const char *name, const char *what,
                   struct sq_error *err) {
        const int why = errno;

        sq_fail(err, why == EACCES || why == EROFS ? SQ_EACCESS : SQ_EIO,
                "could not %s \"%s/%s\": %s", what, directory, name, strerror(why));
        return why == EACCES || why == EROFS ? SQ_EACCESS : SQ_EIO;
}

static int open_file(const char *directory, const char *name, int flags, int *ret,
                     struct sq_error *err) {
        char path[PATH_MAX];
        struct stat dir;
        int fd;

        if (snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
                return sq_fail(err, SQ_EINVAL, "the path of the spool is too long");
        fd = open(path, flags | O_CLOEXEC | O_NOFOLLOW, 0660);
        if (fd < 0 && errno == ENOENT && !(flags & O_CREAT))
                return sq_fail(err, SQ_ENOTFOUND, "there is no spool");
        if (fd < 0)
                return fail_on(directory, name, "open", err);
        /* Made by root for slurm: it goes to the owner of the directory. */
        if ((flags & O_CREAT) && geteuid() == 0 && !stat(directory, &dir) &&
            fchown(fd, dir.st_uid, dir.st_gid))
                errno = 0; /* slurm would say so when it cannot write */
        *ret = fd;
        return SQ_OK;
}

static int lock(int fd, struct sq_error *err) {
        const int64_t until = sq_monotonic_ns() + LOCK_WAIT_NS;
        const struct timespec nap = {.tv_nsec = 100000};

        while (flock(fd, LOCK_EX | LOCK_NB)) {
                if (sq_monotonic_ns() > until)
                        return sq_fail(err, SQ_EBUSY, "the spool is locked");
                nanosleep(&nap, NULL);
        }
        return SQ_OK;
}

static int write_line(int fd, const char *directory, const char *name, const char *line,
                      struct sq_error *err) {
        const size_t length = strlen(line);
        const off_t before = lseek(fd, 0, SEEK_END);
        const ssize_t n = write(fd, line, length);

        if (n == (ssize_t)length)
                return SQ_OK;
        if (n >= 0) {
                errno = ENOSPC;
                if (before >= 0 && ftruncate(fd, before)) /* no half line stays */
                        return fail_on(directory, name, "repair", err);
        }
        return fail_on(directory, name, "write to", err);
}

/* Has the space for the next events set aside.  Asking again for space that is
 * there costs little; where it cannot be had, the write itself will tell. */
static void set_aside(int fd) {
        struct stat st;

        if (!fstat(fd, &st) && st.st_blocks * 512LL < st.st_size + SQ_SPOOL_LINE_MAX)
                (void)!fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, st.st_size + SET_ASIDE);
}

/* A line that a crash cut off must not swallow the next one. */
static bool ends_in_newline(int fd) {
        const off_t size = lseek(fd, 0, SEEK_END);
        char last;

        return size <= 0 || pread(fd, &last, 1, size - 1) != 1 || last == '\n';
}

int sq_spool_prepare(const char *directory, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        int rc = open_file(directory, EVENTS, O_RDWR | O_CREAT | O_APPEND, &fd, err);

        if (!rc)
                set_aside(fd);
        return rc;
}

int sq_spool_append(const char *directory, const struct sq_spooled *event,
                    struct sq_error *err) {
        const char *name = event->kind == SQ_SPOOL_ASK ? QUESTIONS : EVENTS;
        SQ_CLEANUP(sq_closep) int fd = -1;
        char line[SQ_SPOOL_LINE_MAX];
        int rc;

        rc = sq_spool_line_write(event, line, err);
        if (!rc)
                rc = open_file(directory, name, O_RDWR | O_CREAT | O_APPEND, &fd, err);
        if (!rc)
                rc = lock(fd, err);
        if (rc)
                return rc;
        set_aside(fd);
        if (!ends_in_newline(fd)) {
                rc = write_line(fd, directory, name, "\n", err);
                if (rc)
                        return rc;
        }
        return write_line(fd, directory, name, line, err);
}

/* --- replay --------------------------------------------------------------- */

struct replay {
        const char *directory;
        const char *name; /* of the file */
        struct sq_ledger *ledger;
        sq_spool_complete_fn complete;
        void *payload;
        struct sq_spool_report report;
        int fd;
        int64_t left;   /* how many more may be booked */
        bool kept;      /* a line stays: the file must not be emptied */
};

struct pending {
        off_t at;
        enum line_state state;
        char text[SQ_SPOOL_LINE_MAX];
};

/* *ret_stop: whatever the code says, the line stays and the replay ends. */
static int book(struct replay *r, struct sq_spooled *event, bool *ret_stop,
                struct sq_error *err) {
        struct sq_charged charged;
        int rc = SQ_OK;

        switch (event->kind) {
        case SQ_SPOOL_RESERVE:
                return sq_reserve_anyway(r->ledger, &event->claim, err);
        case SQ_SPOOL_MODIFY:
                return sq_reserve_modified(r->ledger, &event->claim, event->array_task, true,
                                           NULL, err);
        case SQ_SPOOL_ASK:
                rc = r->complete ? r->complete(event, r->payload, err) : SQ_ENOTFOUND;
                *ret_stop = rc && rc != SQ_ENOTFOUND;
                break;
        case SQ_SPOOL_CHARGE:
                break;
        }
        return rc ? rc : sq_charge(r->ledger, &event->run, &charged, err);
}

/* Books one line; *ret says what becomes of it.  Anything but SQ_OK ends the
 * replay. */
static int book_line(struct replay *r, const char *text, enum line_state *ret,
                     struct sq_error *err) {
        struct sq_spooled event;
        char line[SQ_SPOOL_LINE_MAX];
        bool stop = false;
        int rc;

        snprintf(line, sizeof line, "%s", text);
        rc = sq_spool_line_read(line, &event, err);
        if (!rc)
                rc = book(r, &event, &stop, err);
        if (stop)
                return rc;
        switch (rc) {
        case SQ_OK:
                *ret = DONE;
                r->report.booked++;
                return SQ_OK;
        case SQ_EINVAL: /* it will never be bookable */
        case SQ_ERANGE:
        case SQ_EEXIST:
                *ret = REFUSED;
                r->report.rejected++;
                return SQ_OK;
        case SQ_ENOTFOUND:
                *ret = WAITING;
                return SQ_OK;
        default:
                return rc;
        }
}

/* Reads the waiting lines from *at on, up to BATCH; *at moves behind what was
 * read. */
static int read_batch(struct replay *r, FILE *file, off_t *at, struct pending *batch,
                      size_t *ret_n, struct sq_error *err) {
        size_t n = 0;

        if (fseeko(file, *at, SEEK_SET))
                return fail_on(r->directory, r->name, "read", err);
        while (n < BATCH && fgets(batch[n].text, sizeof batch[n].text, file)) {
                const off_t start = *at;
                char *end = strchr(batch[n].text, '\n');

                *at = ftello(file);
                if (end)
                        *end = '\0';
                if (batch[n].text[0] == DONE || batch[n].text[0] == REFUSED)
                        continue;
                if (end == batch[n].text)
                        continue; /* an empty line: there is no room for a mark */
                batch[n].at = start;
                batch[n++].state = UNTRIED;
        }
        if (ferror(file))
                return fail_on(r->directory, r->name, "read", err);
        *ret_n = n;
        return SQ_OK;
}

/* A line that can never be booked goes to a file for a person to look at. */
static int reject(struct replay *r, const char *text, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        char line[SQ_SPOOL_LINE_MAX + 2];
        int rc = open_file(r->directory, REJECTED, O_WRONLY | O_CREAT | O_APPEND, &fd, err);

        if (rc)
                return rc;
        snprintf(line, sizeof line, "%s\n", text);
        return write_line(fd, r->directory, REJECTED, line, err);
}

/* Marks a line at once when it is booked: a crash must not have a reservation
 * made again after the charge behind it has released it. */
static int settle(struct replay *r, const struct pending *line, struct sq_error *err) {
        const char mark = (char)line->state;
        int rc = SQ_OK;

        switch (line->state) {
        case WAITING:
                r->report.waiting++;
                __attribute__((fallthrough));
        case UNTRIED:
                r->kept = true;
                return SQ_OK;
        case REFUSED:
                rc = reject(r, line->text, err);
                break;
        case DONE:
                break;
        }
        r->left--;
        if (!rc && pwrite(r->fd, &mark, 1, line->at) != 1)
                rc = fail_on(r->directory, r->name, "write to", err);
        return rc;
}

static int replay_all(struct replay *r, FILE *file, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) struct pending *batch = calloc(BATCH, sizeof *batch);
        off_t at = 0;
        size_t n;
        int rc, stopped = SQ_OK;

        if (!batch)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        do {
                rc = lock(r->fd, err);
                if (rc)
                        return rc;
                rc = read_batch(r, file, &at, batch, &n, err);
                if (!rc && n == 0 && !r->kept) {
                        if (ftruncate(r->fd, 0))
                                rc = fail_on(r->directory, r->name, "empty", err);
                        set_aside(r->fd);
                }
                flock(r->fd, LOCK_UN);
                if (rc)
                        return rc;
                for (size_t i = 0; i < n; i++) {
                        if (!stopped && r->left > 0)
                                stopped = book_line(r, batch[i].text, &batch[i].state, err);
                        rc = settle(r, &batch[i], err);
                        if (rc)
                                return rc;
                }
        } while (n > 0 && !stopped && r->left > 0);
        r->report.unfinished = n > 0;
        return stopped;
}

/* Books what waits in one of the two files. */
static int replay_file(struct replay *r, const char *name, struct sq_error *err) {
        FILE *file;
        int rc;

        if (is_empty(r->directory, name))
                return SQ_OK;
        r->name = name;
        r->kept = false;
        rc = open_file(r->directory, name, O_RDWR, &r->fd, err);
        if (rc)
                return rc == SQ_ENOTFOUND ? SQ_OK : rc;
        file = fdopen(r->fd, "r+");
        if (!file) {
                close(r->fd);
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        rc = replay_all(r, file, err);
        fclose(file);
        return rc;
}

int sq_spool_replay(const char *directory, struct sq_ledger *ledger, int64_t most,
                    sq_spool_complete_fn complete, void *payload,
                    struct sq_spool_report *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int guard = -1;
        struct replay r = {.directory = directory,
                           .ledger = ledger,
                           .complete = complete,
                           .payload = payload,
                           .left = most};
        int rc;

        *ret = (struct sq_spool_report){0};
        if (is_empty(directory, EVENTS) && (!complete || is_empty(directory, QUESTIONS)))
                return SQ_OK;
        rc = open_file(directory, REPLAY_LOCK, O_RDWR | O_CREAT, &guard, err);
        if (rc)
                return rc;
        if (flock(guard, LOCK_EX | LOCK_NB)) {
                ret->unfinished = true; /* somebody is at it: order matters, so only one is */
                return SQ_OK;
        }
        rc = replay_file(&r, EVENTS, err);
        if (!rc && complete && !r.report.unfinished)
                rc = replay_file(&r, QUESTIONS, err);
        *ret = r.report;
        return rc;
}
