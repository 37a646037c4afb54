/* sbatch_setting.h - what a component of a job has been told so far (private to this folder)
 *
 * sbatch_setting.c reads one option after the other, sbatch.c makes a job of them.
 */
#pragma once

#include "slurm/sbatch.h"
#include "slurm/sbatch_option.h"

/* All texts of a job together: the longest command line that a kernel takes by default,
 * and an environment, are shorter. */
#define SQ_SBATCH_TEXT_MAX (16u << 20)

struct sq_sbatch_setting {
        bool set;
        bool by_environment; /* and by nobody since */
        const char *text;    /* lent by the texts of the job; NULL: no argument */
        int64_t number;      /* of the kinds that have one */
        int64_t most;        /* of --nodes; 0: no upper end */
};

struct sq_sbatch_settings {
        struct sq_sbatch_setting of[SQ_SBATCH_MEANINGS];
};

/* Texts, which live as long as the list. */
struct sq_sbatch_texts {
        char **text;
        size_t n, room;
        size_t length; /* of all */
};

/* A copy; NULL: no memory, or too much. */
const char *sq_sbatch_keep(struct sq_sbatch_texts *texts, const char *text);
void sq_sbatch_texts_clear(struct sq_sbatch_texts *texts);

/* Takes one option with a price; `argument` NULL: none.  SQ_EINVAL, with the option's
 * name; SQ_ENOMEM. */
int sq_sbatch_set(struct sq_sbatch_settings *settings, struct sq_sbatch_texts *texts,
                  enum sq_sbatch_meaning meaning, const char *argument, bool by_environment,
                  struct sq_error *err);

/* Takes SBATCH_* and their like. */
int sq_sbatch_set_environment(struct sq_sbatch_settings *settings,
                              struct sq_sbatch_texts *texts, char *const *environment,
                              struct sq_error *err);

/* Forgets what does not stay for the next component. */
void sq_sbatch_settings_next(struct sq_sbatch_settings *settings);
