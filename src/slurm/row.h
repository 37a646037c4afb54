/* row.h - rows that squeue and sacct print
 *
 * Fields between unit separators, which are in no name that Slurm takes, and as the last
 * one the admin comment: whatever is in it, it is the comment.  A comment may have lines;
 * a line that is no row goes on with the comment of the row before.
 *
 * Names that a user chooses freely (of jobs, of files) must not be asked for: nobody may
 * be able to write a row.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"
#include "base/uuid.h"
#include "slurm/comment.h"

/* As a character and in the middle of a text. */
#define SQ_ROW_SEPARATOR '\x1f'
#define SQ_ROW_SEPARATOR_TEXT "\x1f"

/* More than anybody asks for. */
#define SQ_ROW_FIELDS_MAX 16

/* A comment, the TRES of a full list, a list of tasks, and what the other fields may
 * need. */
#define SQ_ROW_SIZE (SQ_COMMENT_MAX + SQ_TRES_TEXT_SIZE + 4096 + 4096)

/* Lent from the line. */
struct sq_row {
        const char *field[SQ_ROW_FIELDS_MAX];
        size_t length[SQ_ROW_FIELDS_MAX];
};

/* Where the fields of a row are, the last of which may hold anything. */
struct sq_row_shape {
        size_t fields, id, submit;
};

/* Takes `line` apart.  False when it is no row: it has fewer fields, or no job id or no
 * submit time where they should be. */
bool sq_row_read(const char *line, const struct sq_row_shape *shape, struct sq_row *ret,
                 int64_t *ret_id);

/* Digits only; false, and *ret as it was, for "Unknown", "None", "N/A", what does not fit
 * and everything else. */
bool sq_row_number(const struct sq_row *row, size_t field, int64_t *ret);

/* The same; 0 for everything else. */
int64_t sq_row_count(const struct sq_row *row, size_t field);

/* Whether the field is `word`. */
bool sq_row_is(const struct sq_row *row, size_t field, const char *word);

/* "" when it does not fit. */
void sq_row_copy(const struct sq_row *row, size_t field, char *ret, size_t size);

/* A list of TRES (tres_text.h); SQ_ERANGE and SQ_EINVAL as there, with `name` in the
 * text. */
int sq_row_tres(const struct sq_row *row, size_t field, const char *name, struct sq_tres *ret,
                struct sq_error *err);

/* sacct's JobID of an array: its id in "12_3" and "12_[4-9]", and what is behind the
 * "_".  False when it is of no array. */
bool sq_row_array(const struct sq_row *row, size_t field, int64_t *ret_array,
                  const char **ret_tasks, size_t *ret_length);

/* How many tasks are in a list as slurmctld's clients print it, "2-9%2"; -1 when they have
 * cut it off or it is none.  They have room for 4095 characters, whatever
 * SLURM_BITSTR_LEN says. */
int64_t sq_row_tasks(const char *text, size_t length);

/* As sq_row_number(), of any text. */
bool sq_row_number_of(const char *text, size_t length, int64_t *ret);

/* A comment that comes in lines; what is longer than SQ_COMMENT_MAX is cut off. */
struct sq_row_comment {
        size_t n;
        char text[SQ_COMMENT_MAX + 1];
};

void sq_row_comment_start(struct sq_row_comment *comment, const struct sq_row *row,
                          size_t field);

/* Takes a line that is no row.  `comment` is that of the row before; NULL: nobody wants to
 * know it.  Before the first row (`any` is false) it is an answer to something else:
 * SQ_EIO. */
int sq_row_comment_go_on(struct sq_row_comment *comment, bool any, const char *line,
                         struct sq_error *err);
