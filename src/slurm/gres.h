/* gres.h - lists of requested resources: tres_per_job, _node, _socket, _task
 *
 * Every spelling that a job descriptor has had since 22.05 is read:
 *
 *      gres:gpu:h100:2                 22.05, 23.02
 *      gres/gpu:h100:2  gres/gpu:h100=2  cpu=4  license/x=1    from 23.11 on
 *      gpu  gpu:2  gpu=2  gpu:h100  gpu:h100:2                 older, and people
 *
 * The rules are those of slurm_get_next_tres() (slurm_protocol_defs.c, 25.11)
 * and _get_next_gres() (gres.c, 22.05): the last part is the count when it
 * begins with a digit and ends in nothing or a unit, else it is the type and the
 * count is 1.  So "gpu:1080" is 1080 GPUs of any type, and "gpu:1080:2" and
 * "gpu:1080ti" are of a type.  Items that count 0, and `none`, are no items.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "base/tres.h"

/* slurmctld refuses longer ones, but only after the hook
 * (_test_job_desc_fields). */
#define SQ_GRES_TEXT_MAX 1024

struct sq_gres {
        char name[SQ_TRES_NAME_MAX]; /* "gpu", "shard"; "cpu", "license/x" when not a GRES */
        char type[SQ_TRES_NAME_MAX]; /* "" when none was given */
        int64_t count;               /* > 0 */
        bool is_gres;
};

/* Reads the next item at *at and moves *at behind it.  At the end of the list
 * ret->name is empty.  *at NULL is an empty list.
 * SQ_EINVAL: an item that Slurm would not read either, a type that is no name
 * (sq_name_check), or a list that is too long; the text names the item. */
int sq_gres_next(const char **at, struct sq_gres *ret, struct sq_error *err);

/* Adds `times` of the GPUs in `text` to `tres`: to "gres/gpu" all of them, to
 * "gres/gpu:<type>" those with a type.  Of the same type named twice the larger
 * count is taken (as Slurm does).  Everything that is not a GPU is left out.
 * Fails as sq_gres_next(); SQ_ERANGE: does not fit; `tres` is then undefined. */
int sq_gres_add_gpus(const char *text, int64_t times, struct sq_tres *tres,
                     struct sq_error *err);

/* The same list, not yet added up: in `raised` stand the GPUs of each type under
 * "gres/gpu:<type>" and those without a type under "gres/gpu"; what `text` asks
 * for raises them, where larger.  For requests which say one thing in several
 * ways (per job and per node): Slurm takes the largest of them, type by type. */
int sq_gres_raise_gpus(const char *text, int64_t times, struct sq_tres *raised,
                       struct sq_error *err);

/* Turns such a list into counts: "gres/gpu" becomes the sum of all.  False when
 * that does not fit. */
bool sq_gres_sum_gpus(struct sq_tres *raised);
