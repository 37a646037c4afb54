/* fields.h - what slurmctld's Lua tables say, as plain C
 *
 * Texts stay on the Lua stack, where they live as long as the call: the
 * functions leave the stack higher than they found it, and the caller sees to
 * the room (SQ_FIELDS_STACK).  Reading a field can raise a Lua error (longjmp):
 * nothing that needs cleaning up may be held meanwhile.
 */
#pragma once

#include <lua.h>
#include <stdbool.h>
#include <stdint.h>

#include "ledger/charge.h"
#include "slurm/request.h"

/* Values that a call may leave on the stack: the texts of a request, a record, a
 * few names, and as many partitions as are looked at. */
#define SQ_FIELDS_STACK 120

/* sbatch takes lists of partitions; sites have some dozens, and a job names a
 * few of them. */
#define SQ_FIELDS_PARTITIONS 32

/* A number field of the table at `index`; SQ_UNSET when it is nil. */
int64_t sq_field_number(lua_State *L, int index, const char *name, enum sq_width width);

/* A text field, which stays on the stack; NULL when it is nil or empty... */
const char *sq_field_text(lua_State *L, int index, const char *name);

/* ...and "" kept apart from nil, for updates that take something away. */
const char *sq_field_raw_text(lua_State *L, int index, const char *name);

/* job_desc in slurm_job_submit, without what cannot matter on this site and for
 * this job; the memory, which matters where a limit per CPU exists, by itself once
 * the partitions are known. */
void sq_fields_request(lua_State *L, int index, const struct sq_site *site,
                       struct sq_job_request *ret);
void sq_fields_memory(lua_State *L, int index, const struct sq_site *site,
                      const struct sq_partition *parts, size_t n, struct sq_job_request *ret);

/* job_desc in slurm_job_modify: all of it. */
void sq_fields_update(lua_State *L, int index, struct sq_job_request *ret);

/* job_rec in slurm_job_modify. */
void sq_fields_record(lua_State *L, int index, struct sq_job_record *ret);

/* The partitions of part_list that the list `names` names, or the default one
 * when it is empty.  Returns how many. */
size_t sq_fields_partitions(lua_State *L, int index, const char *names,
                            struct sq_partition ret[SQ_FIELDS_PARTITIONS]);
