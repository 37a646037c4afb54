/* comment.h - our UUID inside a job's admin_comment
 *
 * The UUID ties a job to its reservation and to its charge.  An empty comment
 * becomes the bare UUID, as the ancestor has it, so that both can work on one
 * queue; text of an administrator is kept and `slurm_quota=<uuid>` put behind it.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/uuid.h"

/* slurmctld sets no bound for admin_comment, but slurmdbd keeps it in a column
 * of type text: what is longer would not come back from there. */
#define SQ_COMMENT_MAX 65535

/* Copies the UUID of `comment` (NULL: empty) to `ret`.  It is found as
 * - a word `slurm_quota=<uuid>`, words being what blanks and commas separate,
 * - else the first word, bare (the comment of the ancestor, to which
 *   `scontrol update AdminComment+=...` has perhaps appended ",text").
 * Only the canonical lower-case form counts.  False, and `ret` as it was, when
 * there is none. */
bool sq_comment_uuid(const char *comment, char ret[SQ_UUID_SIZE]);

/* Writes `comment` with `uuid` in it to `buffer`, which must not overlap it: in
 * the place of the UUID that sq_comment_uuid() finds or of the first word that
 * begins with `slurm_quota=`; behind the text when there is none; alone when the
 * comment is empty or blank.
 * SQ_EINVAL: `uuid` is not one.  SQ_ERANGE: comment longer than SQ_COMMENT_MAX,
 * or `size` too small (the buffer is left as it was). */
int sq_comment_set(const char *comment, const char *uuid, char *buffer, size_t size,
                   struct sq_error *err);
