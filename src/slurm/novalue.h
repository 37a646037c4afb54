/* novalue.h - numbers as Slurm gives them, with its words for "not set"
 *
 * Slurm writes "not set" and "no limit" as the largest values of a field's own
 * width (NO_VAL16, NO_VAL, NO_VAL64, INFINITE16, ... in slurm/slurm.h), and its
 * Lua plugins hand everything over as a double.  Ours are int64_t of one kind,
 * whatever the width was.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Nobody said anything: NO_VAL16, NO_VAL, NO_VAL64. */
#define SQ_UNSET ((int64_t)-1)

/* Without limit: INFINITE16, INFINITE. */
#define SQ_INFINITE INT64_MAX

/* How wide the field is in Slurm's own structure. */
enum sq_width { SQ_WIDTH_16 = 16, SQ_WIDTH_32 = 32, SQ_WIDTH_64 = 64 };

/* A number from Lua.  NaN, negative numbers and what no field of that width can
 * hold are SQ_UNSET; fractions are cut off.  As a double NO_VAL64 and INFINITE64
 * are the same number (2^64): both are SQ_UNSET. */
static inline int64_t sq_number_from_slurm(double value, enum sq_width width) {
        const double infinite = width == SQ_WIDTH_16 ? 65535. : 4294967295.;

        if (!(value >= 0))
                return SQ_UNSET;
        if (width == SQ_WIDTH_64)
                return value < 9223372036854775808. ? (int64_t)value : SQ_UNSET;
        if (value == infinite)
                return SQ_INFINITE;
        return value < infinite - 1 ? (int64_t)value : SQ_UNSET;
}

/* True for a number that counts something: not unset, not infinite, not 0.
 * Slurm uses 0 for "not set" too in many fields (max_nodes of a job record,
 * cpus_per_task and ntasks_per_node of a requeued job). */
static inline bool sq_number_counts(int64_t number) {
        return number > 0 && number != SQ_INFINITE;
}
