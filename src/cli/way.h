/* way.h - which desk a command goes to: that of this host, or a service's
 *
 * Where SLURM_QUOTA_URL is set: to that service, and nowhere else.  Where it is not, to the
 * ledger of this host, when there is one that the caller may use: may read, or, for
 * changes, when he is root or SlurmUser.  All others go to the service that client.url
 * names (of this host, when the site has not set it).
 */
#pragma once

#include "cli/command.h"
#include "wire/desk.h"

#define SQ_URL_ENVIRONMENT "SLURM_QUOTA_URL"
#define SQ_TOKEN_ENVIRONMENT "SLURM_QUOTA_TOKEN"
#define SQ_TOKEN_FILE_ENVIRONMENT "SLURM_QUOTA_TOKEN_FILE"
#define SQ_CA_ENVIRONMENT "SLURM_QUOTA_CA_CERT"

/* Opens a desk for questions.  `nothing_yet` is what a missing database means, in words:
 * "no budgets yet".  SQ_ENOTFOUND with it when the caller is root or SlurmUser of a host
 * that has no database yet and was told of no service; fails as sq_reader_open() and
 * sq_service_open() do. */
int sq_way_to_ask(const struct sq_call *call, const char *nothing_yet, struct sq_desk **ret,
                  struct sq_error *err);

/* Opens a desk for changes.  Who may make them is decided there. */
int sq_way_to_change(const struct sq_call *call, struct sq_desk **ret, struct sq_error *err);
