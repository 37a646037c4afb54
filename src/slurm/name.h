/* name.h - names of users, accounts and GPU types
 *
 * Names reach sacctmgr's argument list, SQL (bound), JSON and terminals.  Slurm
 * itself refuses little, so this refuses only what its own parsers would take
 * apart and what cannot be shown: control characters, blanks, commas, quotes,
 * `=`, `*`, `%`, broken UTF-8, a leading `-`.  Dots, `@`, `+`, `$`, upper case and
 * letters of every alphabet pass; a user's name may hold the `\` of a Windows
 * domain, but neither `/` nor `:` (which passwd cannot hold).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "base/tres.h"

/* slurmdbd keeps names of users and accounts in tinytext columns: 255 bytes. */
#define SQ_NAME_MAX 255
#define SQ_NAME_SIZE (SQ_NAME_MAX + 1)

/* What is left of a TRES name behind "gres/gpu:". */
#define SQ_GPU_TYPE_MAX (SQ_TRES_NAME_MAX - 1 - (sizeof "gres/gpu:" - 1))

enum sq_name_kind { SQ_NAME_USER, SQ_NAME_ACCOUNT, SQ_NAME_GPU_TYPE };

/* SQ_EINVAL with the reason when `name` (NULL: empty) is not acceptable.  Says
 * nothing about whether it exists.  A GPU type in addition holds no `:`, `/`,
 * `(` or `)`, which separate the parts of a GRES. */
int sq_name_check(enum sq_name_kind kind, const char *name, struct sq_error *err);

/* `name` as Slurm keeps accounts: A-Z as a-z, everything else untouched.
 * slurmctld does this to a job's account only *after* the submit hook
 * (job_mgr.c, validate_job_create_req, 22.05 to 25.11), so hooks have to do it
 * themselves; users keep their case (slurmdbd's PreserveCaseUser).  `ret` may be
 * `name`.  False, and `ret` as it was, when `size` is too small. */
bool sq_name_lower(const char *name, char *ret, size_t size);
