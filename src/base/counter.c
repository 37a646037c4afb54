#include "base/counter.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "base/clock.h"

/* "SQCOUNT" and the number of this shape, which the machine's byte order is part of. */
#define MAGIC 0x53514354554e4401ULL

/* At the begin of the file; the cells follow. */
struct head {
        uint64_t magic;
        uint64_t layout; /* of the cells: what they are and in which order */
        uint64_t cells;
        int64_t since;
        uint64_t reserved[4];
};

/* Whole pages: what is mapped is all file. */
#define FILE_SIZE 4096
_Static_assert(sizeof(struct head) + SQ_COUNTER_CELLS * sizeof(uint64_t) <= FILE_SIZE,
               "one page is enough");

/* What a file is to us. */
enum fit { FIT, MISSING, UNFIT, OUT_OF_REACH };

static uint64_t hash(uint64_t so_far, const char *text) {
        for (; *text; text++)
                so_far = (so_far ^ (unsigned char)*text) * 0x100000001b3ULL;
        return (so_far ^ 0xff) * 0x100000001b3ULL;
}

static uint64_t layout(void) {
        uint64_t h = 0xcbf29ce484222325ULL;

        for (int i = 0; i < SQ_COUNTERS; i++) {
                const struct sq_counter_about *about = sq_counter_about((enum sq_counter)i);

                h = hash(h, about->name);
                h = hash(h, about->labels ? about->labels : "");
        }
        for (int i = 0; i < SQ_TIMERS; i++)
                h = hash(h, sq_timer_about((enum sq_timer)i)->labels);
        for (int i = 0; i < SQ_TIMER_BOUNDS; i++)
                h = hash(h, sq_timer_bound_text(i));
        return h;
}

/* --- the file --------------------------------------------------------------------------- */

/* A path is a page of the stack, which hooks do not have at hand: only where it is needed. */
#define RARELY __attribute__((noinline))

/* The directory that `path`, which is absolute, is in; false when it cannot be told. */
static bool directory_of(const char *path, char ret[PATH_MAX]) {
        const size_t length = (size_t)(strrchr(path, '/') - path);

        if (length >= PATH_MAX)
                return false;
        memcpy(ret, path, length);
        ret[length] = '\0';
        return length > 0;
}

static RARELY bool owns_directory(uid_t uid, const char *path) {
        char directory[PATH_MAX];
        struct stat st;

        return directory_of(path, directory) && !stat(directory, &st) && st.st_uid == uid;
}

/* Nobody but root, ourselves and whose directory it is could write it, and cut it off. */
static bool is_trusted(const char *path, const struct stat *st) {
        return S_ISREG(st->st_mode) && !(st->st_mode & 022) &&
               (st->st_uid == 0 || st->st_uid == geteuid() ||
                owns_directory(st->st_uid, path));
}

/* No page of it is missing: the file is long enough, and not a hole. */
static bool is_whole(const struct stat *st) {
        return st->st_size >= FILE_SIZE && st->st_blocks * 512LL >= FILE_SIZE;
}

static bool is_ours(const struct head *head) {
        return head->magic == MAGIC && head->layout == layout() &&
               head->cells == SQ_COUNTER_CELLS;
}

/* Pages of tmpfs are memory: they are neither written back nor read again, so that no
 * disk can fail, or be frozen, under a counter. */
static bool is_memory(int fd) {
        struct statfs fs;

        return !fstatfs(fd, &fs) && fs.f_type == TMPFS_MAGIC;
}

static enum fit map(struct sq_counters *counters, const char *path) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        struct head *head;
        struct stat st;

        fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return errno == ENOENT ? MISSING : errno == ELOOP ? UNFIT : OUT_OF_REACH;
        if (fstat(fd, &st) || !is_memory(fd))
                return OUT_OF_REACH;
        if (!is_trusted(path, &st) || !is_whole(&st))
                return UNFIT;
        head = mmap(NULL, FILE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
        if (head == MAP_FAILED)
                return OUT_OF_REACH;
        if (!is_ours(head)) {
                munmap(head, FILE_SIZE);
                return UNFIT;
        }
        counters->mapped = (uint64_t *)(head + 1);
        counters->device = st.st_dev;
        counters->inode = st.st_ino;
        return FIT;
}

/* All of it, so that no page is missing later: here a full file system is only an error. */
static bool fill(int fd) {
        const struct head head = {.magic = MAGIC,
                                  .layout = layout(),
                                  .cells = SQ_COUNTER_CELLS,
                                  .since = sq_now()};
        char page[FILE_SIZE] = {0};

        memcpy(page, &head, sizeof head);
        return !fallocate(fd, 0, 0, FILE_SIZE) &&
               pwrite(fd, page, sizeof page, 0) == (ssize_t)sizeof page && !fchmod(fd, 0640);
}

/* Root's file is for whom the directory belongs to. */
static void give(int fd, int directory) {
        struct stat st;

        if (geteuid() == 0 && !fstat(directory, &st) && fchown(fd, st.st_uid, st.st_gid))
                errno = 0; /* then slurmctld counts for itself */
}

/* Complete before it has its name.  What is in its place is not written to: whoever has
 * mapped it keeps it. */
static RARELY bool make(const char *path, bool replace) {
        SQ_CLEANUP(sq_closep) int directory = -1, fd = -1;
        const char *name = strrchr(path, '/') + 1;
        char text[PATH_MAX];
        bool made;

        if (!directory_of(path, text))
                return false;
        directory = open(text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (directory < 0 || !is_memory(directory) ||
            snprintf(text, NAME_MAX + 1, "%s.%d", name, (int)getpid()) > NAME_MAX)
                return false;
        (void)unlinkat(directory, text, 0); /* of a process that was killed here */
        fd = openat(directory, text, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        if (fd < 0)
                return false;
        give(fd, directory);
        made = fill(fd) && (replace ? !renameat(directory, text, directory, name)
                                    : !linkat(directory, text, directory, name, 0) ||
                                              errno == EEXIST);
        (void)unlinkat(directory, text, 0);
        return made;
}

/* --- counting --------------------------------------------------------------------------- */

/* What was counted without a file. */
static void pour(struct sq_counters *counters) {
        for (size_t i = 0; i < SQ_COUNTER_CELLS; i++) {
                const uint64_t n = __atomic_exchange_n(&counters->own[i], 0, __ATOMIC_RELAXED);

                if (n)
                        __atomic_fetch_add(&counters->mapped[i], n, __ATOMIC_RELAXED);
        }
}

void sq_counters_open(struct sq_counters *counters, const char *path,
                      enum sq_counters_use use) {
        enum fit fit;

        if (counters->mapped || path[0] != '/')
                return;
        fit = map(counters, path);
        if ((fit == MISSING || (fit == UNFIT && use == SQ_COUNTERS_HOOK)) &&
            make(path, fit == UNFIT))
                fit = map(counters, path);
        if (fit == FIT)
                pour(counters);
}

void sq_counters_close(struct sq_counters *counters) {
        if (counters->mapped)
                munmap((struct head *)counters->mapped - 1, FILE_SIZE);
        counters->mapped = NULL;
}

void sq_counters_look(struct sq_counters *counters, const char *path,
                      enum sq_counters_use use) {
        struct stat st;

        if (counters->mapped && (stat(path, &st) || st.st_dev != counters->device ||
                                 st.st_ino != counters->inode || !is_whole(&st)))
                sq_counters_close(counters);
        sq_counters_open(counters, path, use);
}

void sq_count_more(struct sq_counters *counters, enum sq_counter counter, int64_t n) {
        if (n > 0)
                sq_counters_add(counters, counter, (uint64_t)n);
}

static size_t timer_cell(enum sq_timer timer, int cell) {
        return (size_t)SQ_COUNTERS + (size_t)timer * SQ_TIMER_CELLS + (size_t)cell;
}

void sq_count_time(struct sq_counters *counters, enum sq_timer timer, int64_t ns) {
        int bucket = 0;

        if (ns < 0)
                return;
        while (bucket < SQ_TIMER_BOUNDS && ns > sq_timer_bound(bucket))
                bucket++;
        sq_counters_add(counters, timer_cell(timer, bucket), 1);
        sq_counters_add(counters, timer_cell(timer, SQ_TIMER_BOUNDS + 1), (uint64_t)ns);
}

void sq_count_store_failure(struct sq_counters *counters, enum sq_path path, int code) {
        const int kind = code == SQ_EBUSY ? SQ_COUNT_STORE_BUSY : SQ_COUNT_STORE_FAILED;

        sq_count(counters, (enum sq_counter)(kind + (int)path));
}

/* --- reading ------------------------------------------------------------------------------ */

static int read_page(const char *path, char page[FILE_SIZE], struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        struct stat st;
        ssize_t n;

        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        if (fd < 0)
                return sq_fail(err,
                               errno == ENOENT || errno == ENOTDIR ? SQ_ENOTFOUND
                               : errno == EACCES                   ? SQ_EACCESS
                                                                   : SQ_EIO,
                               "could not open \"%s\": %s", path, strerror(errno));
        if (fstat(fd, &st))
                return sq_fail(err, SQ_EIO, "could not look at \"%s\"", path);
        if (!is_trusted(path, &st))
                return sq_fail(err, SQ_EACCESS, "\"%s\" may be somebody else's", path);
        n = pread(fd, page, FILE_SIZE, 0);
        if (n < 0)
                return sq_fail(err, SQ_EIO, "could not read \"%s\": %s", path,
                               strerror(errno));
        return n == FILE_SIZE ? SQ_OK
                              : sq_fail(err, SQ_ECORRUPT, "\"%s\" is cut off", path);
}

int sq_counts_read(const char *path, struct sq_counts *ret, struct sq_error *err) {
        union {
                struct head head;
                char page[FILE_SIZE];
        } file;
        int rc = read_page(path, file.page, err);

        if (rc)
                return rc;
        if (file.head.magic != MAGIC)
                return sq_fail(err, SQ_ECORRUPT, "\"%s\" holds no counters", path);
        if (!is_ours(&file.head))
                return sq_fail(err, SQ_EVERSION, "\"%s\" is another version's", path);
        ret->since = file.head.since;
        memcpy(ret->of, file.page + sizeof file.head, sizeof ret->of);
        return SQ_OK;
}

uint64_t sq_counts_bucket(const struct sq_counts *counts, enum sq_timer timer, int bucket) {
        return counts->of[timer_cell(timer, bucket)];
}

uint64_t sq_counts_sum(const struct sq_counts *counts, enum sq_timer timer) {
        return counts->of[timer_cell(timer, SQ_TIMER_BOUNDS + 1)];
}
