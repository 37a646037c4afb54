/* component.h - what an allocation is of: TRES by Slurm's names, and names people use */
#pragma once

#include <stdbool.h>

#include "base/tres.h"

/* Slurm's name for `name`: "cpu", "mem", "node", "energy", "billing", "vmem", "pages" in
 * letters of either case; gres/, license/, fs/, bb/ and ic/ with what follows them; "gpu"
 * and "gpu:TYPE" for gres/gpu; each of cpu, mem, node and gpu with "_hours", "-hours" or
 * "Hours" behind it (node_hours).  False for anything else: slurmdbd would refuse it. */
bool sq_component_tres(const char *name, char ret[SQ_TRES_NAME_MAX]);
