/* scope_warning.h - words of organization_groups that may not mean what was meant */
#pragma once

#include "governor/scope.h"
#include "ledger/ledger.h"

typedef void (*sq_scope_warning_fn)(const char *text, void *payload);

/* Calls `tell` for each word that is no group of the configuration, and neither an account
 * nor a pattern for one that the ledger or Slurm knows; and for groups that hide an account
 * of the same name.  `tree` NULL: Slurm was not asked.  Store failures. */
int sq_scope_warn(struct sq_ledger *ledger, const struct sq_policy *policy,
                  const struct sq_account_groups *groups, const struct sq_associations *tree,
                  sq_scope_warning_fn tell, void *payload, struct sq_error *err);

/* The same for each other policy of the cluster that is for an account of this one's that the
 * ledger or Slurm knows: once, with one such account.  Store failures; SQ_ENOMEM. */
int sq_scope_warn_of_others(struct sq_ledger *ledger, const struct sq_policy *policy,
                            const struct sq_account_groups *groups,
                            const struct sq_associations *tree, sq_scope_warning_fn tell,
                            void *payload, struct sq_error *err);
