#include "base/config_table.h"

#define FIELD(name) .offset = offsetof(struct sq_config, name)

const struct sq_config_row sq_config_table[] = {
        {"store", "path", SQ_IS_PATH, FIELD(store.path),
         .value = SQ_LOCALSTATEDIR "/lib/state/slurm-quota/slurm-quota.db",
         .help = "The database.  On a local disk: network file systems are refused."},
        {"store", "readable_by", SQ_IS_WORD, FIELD(store.readable_by),
         .words = {"group", "everyone"}, .value = "group",
         .help = "Who may read the database, and so run `stats` on this host: the group of"
                 " slurm.user, or every user."},
        {"spool", "directory", SQ_IS_PATH, FIELD(spool.directory),
         .value = SQ_LOCALSTATEDIR "/spool/slurm-quota",
         .help = "Where charges wait that could not be booked."},
        {"slurm", "user", SQ_IS_USER, FIELD(slurm.user), .value = "slurm",
         .help = "SlurmUser of slurm.conf: owns the database and may change budgets, as root"
                 " may."},
        {"slurm", "cluster", SQ_IS_CLUSTER, FIELD(slurm.cluster), .value = "",
         .help = "ClusterName of slurm.conf, part of the key of each charge.  Empty: taken"
                 " from slurm.conf."},
        {"slurm", "sacct", SQ_IS_PROGRAM, FIELD(slurm.sacct), .value = "sacct",
         .help = "The program that `charge` asks about finished jobs: its path, or its name."},
        {"slurm", "sacct_wait_seconds", SQ_IS_INTEGER, FIELD(slurm.sacct_wait_seconds),
         .least = 0, .most = 60, .value = "5",
         .help = "For how many seconds `charge` asks sacct again about a job that slurmdbd"
                 " does not know yet."},
        {"slurm", "squeue", SQ_IS_PROGRAM, FIELD(slurm.squeue), .value = "squeue",
         .help = "The program that tells which jobs are in the queue: its path, or its name."},
        {"slurm", "sdiag", SQ_IS_PROGRAM, FIELD(slurm.sdiag), .value = "sdiag",
         .help = "The program that tells how many jobs slurmctld counts: its path, or its"
                 " name."},
        {"slurm", "scontrol", SQ_IS_PROGRAM, FIELD(slurm.scontrol), .value = "scontrol",
         .help = "The program that tells whether an empty queue is really empty: its path, or"
                 " its name."},
        {"slurm", "sacctmgr", SQ_IS_PROGRAM, FIELD(slurm.sacctmgr), .value = "sacctmgr",
         .help = "The program that tells which users are in which accounts: its path, or its"
                 " name."},
        {"hook", "deadline_ms", SQ_IS_INTEGER, FIELD(hook.deadline_ms),
         .least = 1, .most = 10000, .value = "50",
         .help = "After how many milliseconds a call inside slurmctld gives up waiting for"
                 " the database."},
        {"hook", "on_store_failure", SQ_IS_WORD, FIELD(hook.on_store_failure),
         .words = {"allow", "refuse"}, .value = "allow",
         .help = "What happens to a submission when the database cannot be asked."},
        {"hook", "log_interval_seconds", SQ_IS_INTEGER, FIELD(hook.log_interval_seconds),
         .least = 1, .most = 86400, .value = "60",
         .help = "The same failure is logged once in so many seconds, with a count."},
        {"pricing", "cpus_per_core", SQ_IS_INTEGER, FIELD(pricing.cpus_per_core),
         .least = 1, .most = 16, .value = "1",
         .help = "CPUs that Slurm allocates together: the threads of a core when it selects"
                 " whole cores (CR_Core) on nodes with hyper-threading."},
        {"pricing", "exclusive_gres", SQ_IS_LIST, FIELD(pricing.exclusive_gres), .value = "",
         .help = "The GPUs of a whole node, for exclusive jobs: PARTITION=gpu:TYPE:COUNT"
                 " items with `;` between them.  Indented lines go on with the list."},
        {"pricing", "refund", SQ_IS_TEXT, FIELD(pricing.refund), .value = "",
         .help = "How much of a charge is given back by how the job ended: STATE:PERCENT%"
                 " items with commas between them, such as node_fail:100%, preempted:50%."},
        {"site", "time_zone", SQ_IS_TEXT, FIELD(site.time_zone), .value = "",
         .help = "The time zone in which days, months and years begin, such as Europe/Zurich."
                 "  Empty: the one of this host."},
        {"site", "fiscal_start", SQ_IS_INTEGER, FIELD(site.fiscal_start),
         .least = 1, .most = 12, .value = "1",
         .help = "The month with which years and quarters begin: 10 is October."},
        {"reconcile", "grace_seconds", SQ_IS_INTEGER, FIELD(reconcile.grace_seconds),
         .least = 1, .most = 3600, .value = "30",
         .help = "For how many seconds a reservation may wait for its job to appear in the"
                 " queue."},
        {"reconcile", "overlap_seconds", SQ_IS_INTEGER, FIELD(reconcile.overlap_seconds),
         .least = 0, .most = 604800, .value = "3600",
         .help = "How many seconds behind the last end that was read from slurmdbd the next"
                 " reading begins."},
        {"server", "threads", SQ_IS_INTEGER, FIELD(server.threads),
         .least = 1, .most = 64, .value = "4",
         .help = "How many requests `serve` works on at once."},
        {"server", "connections", SQ_IS_INTEGER, FIELD(server.connections),
         .least = 16, .most = 65536, .value = "2048",
         .help = "How many clients may be connected at once.  When there are more, the one that"
                 " has been silent longest has to go."},
        {"server", "connections_per_address", SQ_IS_INTEGER,
         FIELD(server.connections_per_address),
         .least = 0, .most = 65536, .value = "0",
         .help = "How many of them may come from one address; 0: all.  A login node and a proxy"
                 " are one address."},
        {"server", "memory_per_connection", SQ_IS_INTEGER, FIELD(server.memory_per_connection),
         .least = 4096, .most = 1048576, .value = "16384",
         .help = "Bytes for what a client sends before the body: a request with longer headers"
                 " is refused."},
        {"server", "request_bytes", SQ_IS_INTEGER, FIELD(server.request_bytes),
         .least = 1024, .most = 1048576, .value = "8192",
         .help = "Bytes of a request's address, and of its body, at most."},
        {"server", "answer_bytes", SQ_IS_INTEGER, FIELD(server.answer_bytes),
         .least = 1048576, .most = 1099511627776, .value = "67108864",
         .help = "Bytes of answers that clients have not taken yet.  When there are more, those"
                 " that take longer than a second have to go."},
        {"server", "timeout_seconds", SQ_IS_INTEGER, FIELD(server.timeout_seconds),
         .least = 1, .most = 3600, .value = "30",
         .help = "How long a client may take to send a request, and how long to take the"
                 " answer."},
        {"server", "stop_seconds", SQ_IS_INTEGER, FIELD(server.stop_seconds),
         .least = 0, .most = 300, .value = "5",
         .help = "How long requests that are under way may take to finish when `serve` is"
                 " stopped."},
        {"server", "associations_seconds", SQ_IS_INTEGER, FIELD(server.associations_seconds),
         .least = 1, .most = 86400, .value = "300",
         .help = "How often `serve` asks sacctmgr which users are in which accounts, and who"
                 " has which role."},
        {"auth", "anonymous_stats", SQ_IS_WORD, FIELD(auth.anonymous_stats),
         .words = {"no", "yes"}, .value = "yes",
         .help = "Whether everybody may read where everybody stands, without saying who he is."
                 "  With no, users see themselves and their accounts."},
        {"auth", "munge", SQ_IS_WORD, FIELD(auth.munge), .words = {"no", "yes"}, .value = "yes",
         .help = "Whether `serve` takes credentials of MUNGE."},
        {"auth", "munge_socket", SQ_IS_MAYBE, FIELD(auth.munge_socket), .value = "",
         .help = "The socket of munged: that of AuthInfo in slurm.conf.  Empty: MUNGE's own."},
        {"auth", "jwt_key", SQ_IS_MAYBE, FIELD(auth.jwt_key), .value = "",
         .help = "The key file of Slurm's auth/jwt (jwt_key in AuthAltParameters), which only"
                 " slurm.user and root may read.  Empty: no tokens of Slurm are taken."},
        {"auth", "tokens", SQ_IS_WORD, FIELD(auth.tokens), .words = {"no", "yes"},
         .value = "yes",
         .help = "Whether `serve` takes tokens that `slurm-quota token create` made."},
        {"auth", "proxy_header", SQ_IS_TEXT, FIELD(auth.proxy_header), .value = "X-Remote-User",
         .help = "The header in which a proxy says whose request it is."},
        {"auth", "proxy_addresses", SQ_IS_LIST, FIELD(auth.proxy_addresses), .value = "",
         .help = "Proxies that are believed: addresses and networks, such as 10.0.0.7;"
                 "fd00::/64, with `;` between them, and unix:USER for one that comes to the"
                 " Unix socket as USER.  Who else connects from such an address is believed,"
                 " too: from 127.0.0.1 that is every user of the host."},
        {"auth", "metrics", SQ_IS_WORD, FIELD(auth.metrics),
         .words = {"nobody", "user", "operator"},
         .value = "nobody",
         .help = "The least who may read /metrics; nobody: everybody, without saying who he"
                 " is."},
        {"metrics", "counters", SQ_IS_PATH, FIELD(metrics.counters),
         .value = "/run/slurm-quota/counters",
         .help = "Where the hooks count what GET /metrics tells of them: a file on tmpfs."},
        {"metrics", "accounts", SQ_IS_WORD, FIELD(metrics.accounts), .words = {"no", "yes"},
         .value = "yes",
         .help = "Whether GET /metrics tells where each account stands."},
        {"metrics", "users", SQ_IS_WORD, FIELD(metrics.users), .words = {"no", "yes"},
         .value = "no",
         .help = "Whether it tells where each user stands."},
        {"metrics", "subjects_max", SQ_IS_INTEGER, FIELD(metrics.subjects_max),
         .least = 0, .most = 10000, .value = "2000",
         .help = "So many accounts, and so many users, at most."},
        {"policy", "qos_default", SQ_IS_TEXT, FIELD(policy.qos_default), .value = "normal",
         .help = "The QOS of accounts that no policy holds back."},
        {"policy", "qos_downscaled", SQ_IS_TEXT, FIELD(policy.qos_downscaled), .value = "",
         .help = "The QOS of accounts that are slowed down.  Empty: policies do not change the"
                 " QOS for that."},
        {"policy", "qos_paused", SQ_IS_TEXT, FIELD(policy.qos_paused), .value = "",
         .help = "The QOS of accounts that are paused.  Empty: policies do not change the QOS"
                 " for that; submissions are refused all the same."},
        {"policy", "log_retention_days", SQ_IS_INTEGER, FIELD(policy.log_retention_days),
         .least = 1, .most = 36500, .value = "90",
         .help = "For how many days evaluations, commands and events are kept; those of the"
                 " window of now always are."},
        {"policy", "tick_seconds", SQ_IS_INTEGER, FIELD(policy.tick_seconds),
         .least = 0, .most = 86400, .value = "300",
         .help = "How often `serve`, while it runs, does what `policy tick` does: evaluate all"
                 " policies, tell what has happened.  0: never; then a timer has to."},
        {"client", "url", SQ_IS_TEXT, FIELD(client.url), .value = SQ_CLIENT_URL,
         .help = "The service that commands ask on hosts without the database, when the"
                 " environment does not name one."},
        {"client", "timeout_seconds", SQ_IS_INTEGER, FIELD(client.timeout_seconds),
         .least = 1, .most = 3600, .value = "10",
         .help = "How long a command waits for the service's answer."},
};

const size_t sq_config_rows = sizeof sq_config_table / sizeof sq_config_table[0];

_Static_assert(sizeof sq_config_table / sizeof sq_config_table[0] <= SQ_CONFIG_ROWS_MAX,
               "more settings than there is room for");
