/* tres.h - how many of what: a counted list of Slurm's trackable resources
 *
 * Names are Slurm's own: "cpu", "mem" (in MiB), "node", "billing", "gres/gpu"
 * (all GPUs, typed or not), "gres/gpu:h100" (those of one type).
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* slurmdbd keeps TRES names in tinytext columns, but the longest that vendors'
 * tools make, "gres/gpu:nvidia_h100_80gb_hbm3_1g.10gb", has 38 characters. */
#define SQ_TRES_NAME_MAX 48

/* A job holds the eight that Slurm always tracks and one for each GRES and type
 * that it was given.  32 leaves room for 24 of those and keeps the list below half
 * a page: in slurmctld's short-lived threads each page of stack is a page fault. */
#define SQ_TRES_MAX 32

struct sq_tres_item {
        char name[SQ_TRES_NAME_MAX];
        int64_t count;
};

struct sq_tres {
        size_t n;
        struct sq_tres_item item[SQ_TRES_MAX];
};

/* What is there of `name`; 0 when it is not in the list. */
int64_t sq_tres_count(const struct sq_tres *tres, const char *name);

/* Adds `count` to `name`, appending it when new.  False (list unchanged) when
 * the list is full, the name too long, the count negative or the sum too big. */
bool sq_tres_add(struct sq_tres *tres, const char *name, int64_t count);

/* As sq_tres_add, but replaces what was there. */
bool sq_tres_set(struct sq_tres *tres, const char *name, int64_t count);

/* The type in "gres/gpu:<type>", lent from `name`; NULL for any other name. */
const char *sq_tres_gpu_type(const char *name);

/* A full list with names of full length and counts of 20 digits. */
#define SQ_TRES_TEXT_SIZE (SQ_TRES_MAX * (SQ_TRES_NAME_MAX + 22))

/* "cpu=4,mem=2000,gres/gpu=1"; what does not fit is cut off at an item.  Returns
 * `text`. */
char *sq_tres_text(const struct sq_tres *tres, char *text, size_t size);

/* Reads what sq_tres_text() wrote; false when it is something else. */
bool sq_tres_read(const char *text, struct sq_tres *ret);
