/* file.h - what a file has, as bytes */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Reads from `fd` until it ends or `most` bytes are in `ret`; *ret_length is how many.  A
 * caller for whom more than N is too much asks for N + 1.
 * False: errno says why, and what is in `ret` means nothing. */
bool sq_file_read(int fd, void *ret, size_t most, size_t *ret_length);
