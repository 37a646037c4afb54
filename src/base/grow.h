/* grow.h - arrays that get longer as they are filled */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Makes the array that `array` points to (a T **, NULL at first) long enough for `wanted`
 * items of `size` bytes; *room is for how many it is (0 at first).  It grows to twice its
 * length at least, so that many can be added one by one.  What is new in it holds
 * anything.  False when there is no memory for that many: both are left as they were. */
bool sq_grow(void *array, size_t wanted, size_t *room, size_t size);
