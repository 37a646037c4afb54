/* conf.h - the few lines of slurm.conf that matter to us
 *
 * Keys are read as slurmctld reads them: without regard to case, `#` begins a
 * comment.  Files named by Include are not followed; what such a file sets can be
 * set in slurm-quota.conf.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Where slurm.conf is when SLURM_CONF (which slurmctld sets for itself) is not
 * in the environment. */
#define SQ_SLURM_CONF "/etc/slurm/slurm.conf"

/* slurmdbd keeps cluster names in a tinytext column. */
#define SQ_CLUSTER_SIZE 256

struct sq_slurm_conf {
        char cluster[SQ_CLUSTER_SIZE]; /* lower case, as Slurm keeps it; "" if not set */
        bool whole_nodes;              /* SelectType=select/linear */
        int64_t max_mem_per_cpu;       /* MiB; 0: not set */
        int64_t cpus_per_gpu;          /* JobDefaults=DefCpuPerGPU=n; 0: not set */
};

/* Reads `path`; NULL: SLURM_CONF or SQ_SLURM_CONF.  SQ_ENOTFOUND, SQ_EACCESS,
 * SQ_EIO; *ret is set only on success. */
int sq_slurm_conf_read(const char *path, struct sq_slurm_conf *ret, struct sq_error *err);

/* One line of it; what is not known is passed over. */
void sq_slurm_conf_line(const char *line, struct sq_slurm_conf *conf);
