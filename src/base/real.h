/* real.h - doubles as text */
#pragma once

/* A double's 17 digits with sign, point and exponent, and the NUL. */
#define SQ_REAL_SIZE 32

/* The shortest decimal that reads back as `number`, which must be finite: "0.1", "1150",
 * "1e+30".  Returns `text`. */
char *sq_real_text(double number, char text[SQ_REAL_SIZE]);
