/* resource.h - accounts and clusters by the identifiers of the API
 *
 * The API names accounts ("resources") and clusters ("offerings") by UUIDs.  Ours are made
 * of the names (version 8 of RFC 9562, by FNV-1a of 128 bits): the same name has the same
 * UUID on every host and in every database, and nothing has to be kept.
 */
#pragma once

#include "base/uuid.h"
#include "ledger/ledger.h"
#include "slurm/name.h"

/* Of an account of a cluster.  Returns `ret`. */
char *sq_resource_uuid(const char *cluster, const char *account, char ret[SQ_UUID_SIZE]);

/* Of the cluster itself. */
char *sq_scope_uuid(const char *cluster, char ret[SQ_UUID_SIZE]);

/* The account of `cluster` that is meant by a UUID, or by its name in any case.
 * SQ_ENOTFOUND: the ledger knows none; SQ_EINVAL: that can be no name; store failures. */
int sq_resource_find(struct sq_ledger *ledger, const char *cluster, const char *which,
                     char ret[SQ_NAME_SIZE], struct sq_error *err);

/* Calls `each` with the id of every policy that keeps a state of an account. */
typedef void (*sq_resource_policy_fn)(int64_t policy_id, void *payload);
int sq_resource_policies(struct sq_ledger *ledger, const char *account,
                         sq_resource_policy_fn each, void *payload, struct sq_error *err);
