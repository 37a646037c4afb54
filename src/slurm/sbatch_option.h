/* sbatch_option.h - sbatch's command line, word by word
 *
 * All options that sbatch has had from 22.05 to 25.11 (common/slurm_opt.c), under their
 * long names, their letters and every unambiguous beginning, as getopt_long() takes them
 * and without its global state.  Those that cannot change what a job is priced at are
 * told from the others, and otherwise passed over.
 *
 * Where versions differ in whether an option takes an argument (--get-user-env,
 * --requeue) it may have one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

/* Words of a command line, or of a script's lines; the kernel's own bound for a command
 * line is near. */
#define SQ_SBATCH_WORDS_MAX 65536

enum sq_sbatch_meaning {
        SQ_SBATCH_UNPRICED, /* an option that has no price */
        SQ_SBATCH_ACCOUNT,
        SQ_SBATCH_ARRAY,
        SQ_SBATCH_CLUSTERS,
        SQ_SBATCH_CORES_PER_SOCKET,
        SQ_SBATCH_CPUS_PER_GPU,
        SQ_SBATCH_CPUS_PER_TASK,
        SQ_SBATCH_DISTRIBUTION,
        SQ_SBATCH_EXCLUSIVE, /* --oversubscribe is --exclusive=oversubscribe */
        SQ_SBATCH_EXTRA_NODE_INFO,
        SQ_SBATCH_GPUS,
        SQ_SBATCH_GPUS_PER_NODE,
        SQ_SBATCH_GPUS_PER_SOCKET,
        SQ_SBATCH_GPUS_PER_TASK,
        SQ_SBATCH_GRES,
        SQ_SBATCH_HINT,
        SQ_SBATCH_IGNORE_PBS,
        SQ_SBATCH_MEM,
        SQ_SBATCH_MEM_PER_CPU,
        SQ_SBATCH_MEM_PER_GPU,
        SQ_SBATCH_MINCPUS,
        SQ_SBATCH_NODEFILE,
        SQ_SBATCH_NODELIST,
        SQ_SBATCH_NODES,
        SQ_SBATCH_NTASKS,
        SQ_SBATCH_NTASKS_PER_CORE,
        SQ_SBATCH_NTASKS_PER_GPU,
        SQ_SBATCH_NTASKS_PER_NODE,
        SQ_SBATCH_NTASKS_PER_SOCKET,
        SQ_SBATCH_NTASKS_PER_TRES,
        SQ_SBATCH_OVERCOMMIT,
        SQ_SBATCH_PARTITION,
        SQ_SBATCH_REBOOT,
        SQ_SBATCH_RESERVATION,
        SQ_SBATCH_SOCKETS_PER_NODE,
        SQ_SBATCH_THREADS_PER_CORE,
        SQ_SBATCH_TIME,
        SQ_SBATCH_TRES_PER_TASK,
        SQ_SBATCH_UID,
        SQ_SBATCH_WRAP,
        SQ_SBATCH_MEANINGS
};

/* The long name of an option with a price: "time". */
const char *sq_sbatch_meaning_name(enum sq_sbatch_meaning meaning);

/* An option of the caller's own among sbatch's, by its whole name only. */
struct sq_sbatch_own {
        const char *name; /* NULL: behind the last one */
        bool takes_argument;
};

struct sq_sbatch_words {
        char *const *word;
        size_t n, at;
        const struct sq_sbatch_own *own; /* NULL: none */
        const char *letters;             /* what is left of "-HQn4"; NULL at first */
};

struct sq_sbatch_option {
        bool end;          /* no option: words->at is the first word that is none */
        bool is_help;
        int own;           /* its place in `own`; -1: it is sbatch's */
        enum sq_sbatch_meaning meaning;
        const char *name;  /* as messages call it: "--time", "-t" */
        const char *argument; /* lent; NULL: none */
};

/* Reads the next option.  SQ_EINVAL: sbatch has no such option, it could be several, it
 * needs an argument or takes none; the text names it. */
int sq_sbatch_next(struct sq_sbatch_words *words, struct sq_sbatch_option *ret,
                   struct sq_error *err);

/* The place of the first word that is neither an option nor `:` between the components of
 * a heterogeneous job: the script; `n` when there is none.  Fails as sq_sbatch_next(). */
int sq_sbatch_script_at(char *const *word, size_t n, size_t *ret, struct sq_error *err);
