/* site.h - what only the site knows, from our configuration and slurm.conf */
#pragma once

#include "base/config.h"
#include "slurm/conf.h"
#include "slurm/request.h"

/* Texts stay the configuration's. */
struct sq_site sq_site_of(const struct sq_config *config, const struct sq_slurm_conf *conf);
