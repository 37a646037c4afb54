#include "ledger/spool_depth.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"

/* What is read of one file, and how much at a time. */
#define READ_MAX (8 << 20)
#define PIECE (64 << 10)

/* Marks of lines that are done with (spool.c). */
#define DONE '-'
#define REFUSED '!'

struct counting {
        int64_t lines;
        int64_t read;
        bool begins; /* the next byte is the first of a line */
};

static void count(struct counting *c, const char *text, size_t length) {
        const char *end = text + length;

        while (text < end) {
                const char *newline;

                if (c->begins)
                        c->lines += *text != DONE && *text != REFUSED && *text != '\n';
                newline = memchr(text, '\n', (size_t)(end - text));
                c->begins = newline != NULL;
                text = newline ? newline + 1 : end;
        }
        c->read += (int64_t)length;
}

static int fail_on(const char *path, const char *what, struct sq_error *err) {
        return sq_fail(err, errno == EACCES ? SQ_EACCESS : SQ_EIO, "could not %s \"%s\": %s",
                       what, path, strerror(errno));
}

static int measure(const char *directory, const char *name, char *piece,
                   struct sq_spool_file *ret, struct sq_error *err) {
        SQ_CLEANUP(sq_closep) int fd = -1;
        struct counting c = {.begins = true};
        char path[PATH_MAX];
        struct stat st;
        ssize_t n;

        *ret = (struct sq_spool_file){0};
        snprintf(path, sizeof path, "%s/%s", directory, name);
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
                return errno == ENOENT ? SQ_OK : fail_on(path, "open", err);
        if (fstat(fd, &st))
                return fail_on(path, "look at", err);
        do {
                n = read(fd, piece, PIECE);
                if (n < 0)
                        return fail_on(path, "read", err);
                count(&c, piece, (size_t)n);
        } while (n > 0 && c.read < READ_MAX);
        ret->bytes = st.st_size;
        ret->lines = c.lines;
        if (n > 0 && st.st_size > c.read)
                ret->lines = (int64_t)((double)c.lines * (double)st.st_size / (double)c.read);
        return SQ_OK;
}

int sq_spool_measure(const char *directory, struct sq_spool_depth *ret,
                     struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *piece = malloc(PIECE);
        struct sq_spool_depth depth;
        int rc;

        if (!piece)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = measure(directory, "events", piece, &depth.events, err);
        if (!rc)
                rc = measure(directory, "questions", piece, &depth.questions, err);
        if (!rc)
                rc = measure(directory, "rejected", piece, &depth.rejected, err);
        if (!rc)
                *ret = depth;
        return rc;
}
