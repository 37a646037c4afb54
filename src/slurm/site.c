#include "slurm/site.h"

struct sq_site sq_site_of(const struct sq_config *config, const struct sq_slurm_conf *conf) {
        return (struct sq_site){
                .cpus_per_core = config->pricing.cpus_per_core,
                .exclusive_gres = config->pricing.exclusive_gres,
                .cpus_per_gpu = conf->cpus_per_gpu,
                .max_mem_per_cpu = conf->max_mem_per_cpu,
                .whole_nodes = conf->whole_nodes,
        };
}
