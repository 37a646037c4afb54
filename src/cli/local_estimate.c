#include "cli/local_estimate.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/administrator.h"
#include "cli/argument.h"
#include "slurm/association.h"
#include "slurm/partition.h"
#include "slurm/site.h"

/* How long a person may wait for slurmctld and slurmdbd, each time one is asked. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* A question on its way, with what Slurm tells that a job descriptor does not. */
struct work {
        const struct sq_config *config;
        char user[SQ_NAME_SIZE];
        bool is_administrator; /* whoever asks */
        struct sq_estimate_part *part; /* with an account each */
        size_t n;
        char default_account[SQ_NAME_SIZE];
        struct sq_partitions *partitions;
        struct sq_slurm_conf conf;
        struct sq_site site;
};

static void work_clear(struct work *w) {
        free(w->part);
        sq_partitions_free(w->partitions);
}

static int64_t patience(void) {
        return sq_monotonic_ns() + PATIENCE_NS;
}

/* --- who ------------------------------------------------------------------------------ */

static int find_user(struct work *w, const char *user, struct sq_error *err) {
        const struct sq_call call = {.name = "estimate", .config = w->config};
        const struct passwd *self = getpwuid(getuid());

        w->is_administrator = sq_administrator_check(&call, NULL) == SQ_OK;
        if (!user && !self)
                return sq_fail(err, SQ_ENOTFOUND, "uid %lu has no name on this host",
                               (unsigned long)getuid());
        if (user && !w->is_administrator && (!self || strcmp(self->pw_name, user) != 0))
                return sq_fail(err, SQ_EACCESS, "only root and %s may estimate for somebody"
                                                " else", w->config->slurm.user);
        return sq_argument_subject(SQ_USER, user ? user : self->pw_name, w->user, err);
}

/* --- accounts ------------------------------------------------------------------------- */

static int find_default_account(struct work *w, struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *defaults = NULL;
        size_t first;
        int rc;

        rc = sq_default_accounts_ask(w->config->slurm.sacctmgr, w->user, patience(), &defaults,
                                     err);
        if (rc) {
                sq_context(err, "could not find out the default account of %s", w->user);
        } else if (!sq_associations_of(defaults, w->user, &first)) {
                /* The hook's own words, without its program's name. */
                rc = sq_fail(err, SQ_EINVAL, "there is no account to charge this job to");
        } else {
                snprintf(w->default_account, sizeof w->default_account, "%s",
                         sq_associations_account(defaults, first));
                return SQ_OK;
        }
        sq_hint(err, "Name one with --account.");
        return rc;
}

/* Nobody looks into accounts that he is not in.  Administrators may; Slurm would refuse
 * such a job all the same. */
static int check_account(struct work *w, const char *account,
                         struct sq_associations **associations, struct sq_error *err) {
        char name[SQ_NAME_SIZE];
        int rc = SQ_OK;

        if (w->is_administrator)
                return SQ_OK;
        if (!*associations)
                rc = sq_associations_ask_of(w->config->slurm.sacctmgr, w->user, patience(),
                                            associations, err);
        if (rc) {
                sq_context(err, "could not find out the accounts of %s", w->user);
                return rc;
        }
        if (sq_name_lower(account, name, sizeof name) &&
            sq_associations_has(*associations, w->user, name))
                return SQ_OK;
        return sq_fail(err, SQ_EACCESS, "%s is not in account \"%.80s\"", w->user, account);
}

static int settle_accounts(struct work *w, struct sq_error *err) {
        SQ_CLEANUP(sq_associations_freep) struct sq_associations *associations = NULL;
        int rc = SQ_OK;

        for (size_t i = 0; i < w->n && !rc; i++) {
                if (w->part[i].account) {
                        rc = check_account(w, w->part[i].account, &associations, err);
                        continue;
                }
                if (!w->default_account[0])
                        rc = find_default_account(w, err);
                w->part[i].account = w->default_account;
        }
        return rc;
}

/* --- the question --------------------------------------------------------------------- */

static int look_around(struct work *w, struct sq_error *err) {
        int rc;

        (void)!sq_slurm_conf_read(NULL, &w->conf, NULL); /* as the hook, without it */
        w->site = sq_site_of(w->config, &w->conf);
        rc = sq_site_check(&w->site, err);
        if (!rc)
                rc = sq_partitions_ask(w->config->slurm.scontrol, patience(), &w->partitions,
                                       err);
        for (size_t i = 0; i < w->n && !rc; i++)
                rc = sq_partitions_check(w->partitions, w->part[i].request.partition, err);
        return rc ? rc : settle_accounts(w, err);
}

int sq_local_estimate(const struct sq_config *config, struct sq_ledger *ledger,
                      const char *user, const struct sq_estimate_part *part, size_t n,
                      struct sq_estimate **ret, struct sq_error *err) {
        SQ_CLEANUP(work_clear) struct work w = {.config = config, .n = n};
        struct sq_estimate_question question = {
                .user = w.user, .n = n, .site = &w.site, .now = sq_now()};
        int rc = find_user(&w, user, err);

        if (rc)
                return rc;
        w.part = calloc(n, sizeof *w.part);
        if (!w.part)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        memcpy(w.part, part, n * sizeof *w.part);
        rc = look_around(&w, err);
        if (rc)
                return rc;
        question.part = w.part;
        question.partition = sq_partitions_list(w.partitions, &question.partitions);
        return sq_estimate_make(ledger, &question, ret, err);
}
