/* utf8.h - what is a character */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Bytes of the character at `text`; 0 when it is none (RFC 3629: shortest form, no
 * surrogates, up to U+10FFFF).  A NUL is one. */
size_t sq_utf8_length(const char *text);

/* Whether it is nothing but characters. */
bool sq_utf8_is_text(const char *text);
