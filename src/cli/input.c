#include "cli/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/grow.h"

/* Everything that `fd` has; *ret is the caller's. */
static int read_all(int fd, const char *name, size_t most, char **ret, size_t *ret_length,
                    struct sq_error *err) {

        SQ_CLEANUP(sq_freep) char *text = NULL;
        size_t length = 0, room = 0;
        ssize_t n;

        do {
                if (!sq_grow(&text, length + 65536, &room, 1))
                        return sq_fail(err, SQ_ENOMEM, "out of memory");
                n = read(fd, text + length, room - length);
                if (n < 0 && errno != EINTR)
                        return sq_fail(err, SQ_EIO, "could not read %s: %s", name,
                                       strerror(errno));
                length += n > 0 ? (size_t)n : 0;
                if (length > most)
                        return sq_fail(err, SQ_EINVAL, "%s has more than %zu bytes", name,
                                       most);
        } while (n != 0);
        *ret = SQ_TAKE(text);
        *ret_length = length;
        return SQ_OK;
}

/* *ret_fd is the caller's, unless it is standard input. */
static int open_input(const char *path, int *ret_fd, struct sq_error *err) {
        const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

        if (fd < 0)
                return sq_fail(err, errno == ENOENT ? SQ_ENOTFOUND : SQ_EIO,
                               "could not open %s: %s", path, strerror(errno));
        *ret_fd = fd;
        return SQ_OK;
}

static bool is_input(const char *path) {
        return !path || !strcmp(path, "-");
}

const char *sq_input_name(const char *path) {
        return is_input(path) ? "standard input" : path;
}

int sq_input_read_json(const char *path, size_t most, json_t **ret, struct sq_error *err) {
        const char *name = sq_input_name(path);
        SQ_CLEANUP(sq_freep) char *text = NULL;
        SQ_CLEANUP(sq_closep) int fd = -1;
        json_error_t why;
        size_t length = 0;
        int rc = SQ_OK;

        if (!is_input(path))
                rc = open_input(path, &fd, err);
        if (!rc)
                rc = read_all(is_input(path) ? STDIN_FILENO : fd, name, most, &text, &length,
                              err);
        if (rc)
                return rc;
        *ret = json_loadb(text, length, JSON_REJECT_DUPLICATES, &why);
        return *ret ? SQ_OK
                    : sq_fail(err, SQ_EINVAL, "%s:%d:%d: %s", name, why.line, why.column,
                              why.text);
}
