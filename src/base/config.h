/* config.h - the settings of a site
 *
 * One table (config.c) has a row per key: section, key, type, bounds, default
 * and help.  Parsing, checking, `slurm-quota config show` and the man page come
 * from it.  Without a file every key has its default.
 *
 * Nothing here prints, exits or keeps state: the Lua module reads the same
 * file inside slurmctld.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/account_group.h"
#include "base/cleanup.h"
#include "base/error.h"

#define SQ_CONFIG_FILE SQ_SYSCONFDIR "/slurm-quota/slurm-quota.conf"
#define SQ_CONFIG_ENVIRONMENT "SLURM_QUOTA_CONF"

/* The service of this host. */
#define SQ_CLIENT_URL "http://127.0.0.1:9911/"

/* What [group NAME] is for. */
#define SQ_CONFIG_GROUP_HELP                                                            \
        "Accounts, each with all that are below it, and patterns for accounts' names,"   \
        " such as phys_*, with commas between them.  Policies name the group in"          \
        " organization_groups.  Indented lines go on with the list."

enum sq_readable_by { SQ_READABLE_BY_GROUP, SQ_READABLE_BY_EVERYONE };
enum sq_choice { SQ_NO, SQ_YES };
enum sq_store_failure { SQ_FAILURE_ALLOWS, SQ_FAILURE_REFUSES };
enum sq_metrics_for { SQ_METRICS_FOR_NOBODY, SQ_METRICS_FOR_USERS, SQ_METRICS_FOR_OPERATORS };

struct sq_config_origin;

/* Texts are lent, valid as long as the configuration, and never NULL. */
struct sq_config {
        struct {
                const char *path; /* absolute */
                int readable_by;  /* enum sq_readable_by */
        } store;
        struct {
                const char *directory; /* absolute */
        } spool;
        struct {
                const char *user;    /* SlurmUser */
                const char *cluster; /* empty: ask slurm.conf */
                const char *sacct;   /* absolute, or a plain name to look for */
                int64_t sacct_wait_seconds;
                const char *squeue; /* as sacct */
                const char *sdiag;
                const char *scontrol;
                const char *sacctmgr;
        } slurm;
        struct {
                int64_t deadline_ms;
                int on_store_failure; /* enum sq_store_failure */
                int64_t log_interval_seconds;
        } hook;
        struct {
                int64_t cpus_per_core;
                const char *exclusive_gres; /* PARTITION=gpu:h100:4;... or empty */
                const char *refund; /* node_fail:100%,... or empty (ledger/refund.h) */
        } pricing;
        struct {
                const char *time_zone; /* base/zone.h; empty: the host's */
                int64_t fiscal_start;  /* a month, 1 to 12 */
        } site;
        struct {
                int64_t grace_seconds;
                int64_t overlap_seconds;
        } reconcile;
        struct {
                int64_t threads;
                int64_t connections;
                int64_t connections_per_address; /* 0: as many as there are */
                int64_t memory_per_connection;
                int64_t request_bytes;
                int64_t answer_bytes;
                int64_t timeout_seconds;
                int64_t stop_seconds;
                int64_t associations_seconds;
        } server;
        struct {
                int anonymous_stats, munge, tokens; /* enum sq_choice */
                const char *munge_socket; /* absolute; empty: libmunge's own */
                const char *jwt_key;      /* absolute; empty: no tokens of Slurm */
                const char *proxy_header;
                const char *proxy_addresses; /* server/auth/proxy.h */
                int metrics; /* enum sq_metrics_for: the least who may */
        } auth;
        struct {
                const char *counters; /* absolute */
                int accounts, users;  /* enum sq_choice */
                int64_t subjects_max;
        } metrics;
        struct {
                const char *qos_default, *qos_downscaled, *qos_paused; /* empty: not set */
                int64_t log_retention_days;
                int64_t tick_seconds; /* 0: the service leaves it to the timer */
        } policy;
        struct {
                const char *url; /* of the service, where the ledger is not here */
                int64_t timeout_seconds;
        } client;
        const struct sq_account_groups *groups; /* the sections [group NAME]; never NULL */
        struct sq_config_origin *origin; /* where the values came from */
};

/* Reads the file `path`; when NULL the one that the environment variable
 * SLURM_QUOTA_CONF names; when that is unset or empty SQ_CONFIG_FILE, which
 * alone may be missing.  *ret is the caller's, for sq_config_free().
 * SQ_EINVAL: something in it is not acceptable ("FILE:LINE: ..."); SQ_ENOTFOUND:
 * no such file; SQ_EACCESS, SQ_EIO, SQ_ENOMEM. */
int sq_config_load(const char *path, struct sq_config **ret, struct sq_error *err);

/* The same for a text in memory; `name` stands for the file in errors (NULL: there
 * is no file, and `text` is empty). */
int sq_config_parse(const char *text, size_t length, const char *name,
                    struct sq_config **ret, struct sq_error *err);

void sq_config_free(struct sq_config *config);
SQ_DEFINE_CLEANUP(struct sq_config *, sq_config_free)

/* The file that was read, lent; NULL when there was none. */
const char *sq_config_file(const struct sq_config *config);

struct sq_setting {
        const char *section;
        const char *name;          /* of a section [group NAME]; NULL: it has none */
        const char *key;
        const char *value;         /* as text */
        const char *default_value; /* NULL: none, the site has made it up */
        int line;                  /* where the file sets it; 0: it does not */
        char accepts[96];          /* "a whole number from 0 to 60", ... */
        const char *help;
};

/* Describes the key number `i`, counted from 0; false past the last one.  Those of groups
 * come behind all others, in the order of the file. */
bool sq_config_setting(const struct sq_config *config, size_t i, struct sq_setting *ret);
