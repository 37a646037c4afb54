#include "base/config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <ini.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* A site's file has some dozens of lines; 64 KiB leaves room for long comments
 * and keeps a wrong path (a log, a core file) from being read into slurmctld. */
#define FILE_MAX (64 * 1024)

/* inih's smallest line buffer is 200 bytes with line end and NUL, and it cuts
 * what is longer into two lines without a word.  Lists go over several lines. */
#define LINE_LENGTH_MAX 190

/* A list of exclusive_gres for a hundred partitions. */
#define VALUE_MAX 4096

/* useradd's own limit for names, and that of utmp. */
#define USER_MAX 32

/* slurmdbd keeps cluster names in tinytext; no site comes near this. */
#define CLUSTER_MAX 64

enum type {
        PATH,    /* const char *: absolute */
        MAYBE,   /* const char *: absolute, or empty */
        PROGRAM, /* const char *: absolute, or a plain name */
        USER,    /* const char *: a login name */
        CLUSTER, /* const char *: a cluster name as Slurm keeps it, or empty */
        LIST,    /* const char *: items between `;`, on one or several lines */
        TEXT,    /* const char *: read, and checked, where it is used */
        INTEGER, /* int64_t from `least` to `most` */
        WORD     /* int: the place of the value in `words` */
};

struct row {
        const char *section, *key;
        enum type type;
        size_t offset; /* of the field in struct sq_config */
        int64_t least, most;
        const char *words[4];
        const char *value; /* the default */
        const char *help;
};

#define FIELD(name) .offset = offsetof(struct sq_config, name)

static const struct row table[] = {
        {"store", "path", PATH, FIELD(store.path),
         .value = SQ_LOCALSTATEDIR "/lib/state/slurm-quota/slurm-quota.db",
         .help = "The database.  On a local disk: network file systems are refused."},
        {"store", "readable_by", WORD, FIELD(store.readable_by),
         .words = {"group", "everyone"}, .value = "group",
         .help = "Who may read the database, and so run `stats` on this host: the group of"
                 " slurm.user, or every user."},
        {"spool", "directory", PATH, FIELD(spool.directory),
         .value = SQ_LOCALSTATEDIR "/spool/slurm-quota",
         .help = "Where charges wait that could not be booked."},
        {"slurm", "user", USER, FIELD(slurm.user), .value = "slurm",
         .help = "SlurmUser of slurm.conf: owns the database and may change budgets, as root"
                 " may."},
        {"slurm", "cluster", CLUSTER, FIELD(slurm.cluster), .value = "",
         .help = "ClusterName of slurm.conf, part of the key of each charge.  Empty: taken"
                 " from slurm.conf."},
        {"slurm", "sacct", PROGRAM, FIELD(slurm.sacct), .value = "sacct",
         .help = "The program that `charge` asks about finished jobs: its path, or its name."},
        {"slurm", "sacct_wait_seconds", INTEGER, FIELD(slurm.sacct_wait_seconds),
         .least = 0, .most = 60, .value = "5",
         .help = "For how many seconds `charge` asks sacct again about a job that slurmdbd"
                 " does not know yet."},
        {"slurm", "squeue", PROGRAM, FIELD(slurm.squeue), .value = "squeue",
         .help = "The program that tells which jobs are in the queue: its path, or its name."},
        {"slurm", "sdiag", PROGRAM, FIELD(slurm.sdiag), .value = "sdiag",
         .help = "The program that tells how many jobs slurmctld counts: its path, or its"
                 " name."},
        {"slurm", "scontrol", PROGRAM, FIELD(slurm.scontrol), .value = "scontrol",
         .help = "The program that tells whether an empty queue is really empty: its path, or"
                 " its name."},
        {"slurm", "sacctmgr", PROGRAM, FIELD(slurm.sacctmgr), .value = "sacctmgr",
         .help = "The program that tells which users are in which accounts: its path, or its"
                 " name."},
        {"hook", "deadline_ms", INTEGER, FIELD(hook.deadline_ms),
         .least = 1, .most = 10000, .value = "50",
         .help = "After how many milliseconds a call inside slurmctld gives up waiting for"
                 " the database."},
        {"hook", "on_store_failure", WORD, FIELD(hook.on_store_failure),
         .words = {"allow", "refuse"}, .value = "allow",
         .help = "What happens to a submission when the database cannot be asked."},
        {"hook", "log_interval_seconds", INTEGER, FIELD(hook.log_interval_seconds),
         .least = 1, .most = 86400, .value = "60",
         .help = "The same failure is logged once in so many seconds, with a count."},
        {"pricing", "cpus_per_core", INTEGER, FIELD(pricing.cpus_per_core),
         .least = 1, .most = 16, .value = "1",
         .help = "CPUs that Slurm allocates together: the threads of a core when it selects"
                 " whole cores (CR_Core) on nodes with hyper-threading."},
        {"pricing", "exclusive_gres", LIST, FIELD(pricing.exclusive_gres), .value = "",
         .help = "The GPUs of a whole node, for exclusive jobs: PARTITION=gpu:TYPE:COUNT"
                 " items with `;` between them.  Indented lines go on with the list."},
        {"pricing", "refund", TEXT, FIELD(pricing.refund), .value = "",
         .help = "How much of a charge is given back by how the job ended: STATE:PERCENT%"
                 " items with commas between them, such as node_fail:100%, preempted:50%."},
        {"reconcile", "grace_seconds", INTEGER, FIELD(reconcile.grace_seconds),
         .least = 1, .most = 3600, .value = "30",
         .help = "For how many seconds a reservation may wait for its job to appear in the"
                 " queue."},
        {"reconcile", "overlap_seconds", INTEGER, FIELD(reconcile.overlap_seconds),
         .least = 0, .most = 604800, .value = "3600",
         .help = "How many seconds behind the last end that was read from slurmdbd the next"
                 " reading begins."},
        {"server", "threads", INTEGER, FIELD(server.threads),
         .least = 1, .most = 64, .value = "4",
         .help = "How many requests `serve` works on at once."},
        {"server", "connections", INTEGER, FIELD(server.connections),
         .least = 16, .most = 65536, .value = "2048",
         .help = "How many clients may be connected at once.  When there are more, the one that"
                 " has been silent longest has to go."},
        {"server", "connections_per_address", INTEGER, FIELD(server.connections_per_address),
         .least = 0, .most = 65536, .value = "0",
         .help = "How many of them may come from one address; 0: all.  A login node and a proxy"
                 " are one address."},
        {"server", "memory_per_connection", INTEGER, FIELD(server.memory_per_connection),
         .least = 4096, .most = 1048576, .value = "16384",
         .help = "Bytes for what a client sends before the body: a request with longer headers"
                 " is refused."},
        {"server", "request_bytes", INTEGER, FIELD(server.request_bytes),
         .least = 1024, .most = 1048576, .value = "8192",
         .help = "Bytes of a request's address, and of its body, at most."},
        {"server", "answer_bytes", INTEGER, FIELD(server.answer_bytes),
         .least = 1048576, .most = 1099511627776, .value = "67108864",
         .help = "Bytes of answers that clients have not taken yet.  When there are more, those"
                 " that take longer than a second have to go."},
        {"server", "timeout_seconds", INTEGER, FIELD(server.timeout_seconds),
         .least = 1, .most = 3600, .value = "30",
         .help = "How long a client may take to send a request, and how long to take the"
                 " answer."},
        {"server", "stop_seconds", INTEGER, FIELD(server.stop_seconds),
         .least = 0, .most = 300, .value = "5",
         .help = "How long requests that are under way may take to finish when `serve` is"
                 " stopped."},
        {"server", "associations_seconds", INTEGER, FIELD(server.associations_seconds),
         .least = 1, .most = 86400, .value = "300",
         .help = "How often `serve` asks sacctmgr which users are in which accounts, and who"
                 " has which role."},
        {"auth", "anonymous_stats", WORD, FIELD(auth.anonymous_stats),
         .words = {"no", "yes"}, .value = "yes",
         .help = "Whether everybody may read where everybody stands, without saying who he is."
                 "  With no, users see themselves and their accounts."},
        {"auth", "munge", WORD, FIELD(auth.munge), .words = {"no", "yes"}, .value = "yes",
         .help = "Whether `serve` takes credentials of MUNGE."},
        {"auth", "munge_socket", MAYBE, FIELD(auth.munge_socket), .value = "",
         .help = "The socket of munged: that of AuthInfo in slurm.conf.  Empty: MUNGE's own."},
        {"auth", "jwt_key", MAYBE, FIELD(auth.jwt_key), .value = "",
         .help = "The key file of Slurm's auth/jwt (jwt_key in AuthAltParameters), which only"
                 " slurm.user and root may read.  Empty: no tokens of Slurm are taken."},
        {"auth", "tokens", WORD, FIELD(auth.tokens), .words = {"no", "yes"}, .value = "yes",
         .help = "Whether `serve` takes tokens that `slurm-quota token create` made."},
        {"auth", "proxy_header", TEXT, FIELD(auth.proxy_header), .value = "X-Remote-User",
         .help = "The header in which a proxy says whose request it is."},
        {"auth", "proxy_addresses", LIST, FIELD(auth.proxy_addresses), .value = "",
         .help = "Proxies that are believed: addresses and networks, such as 10.0.0.7;"
                 "fd00::/64, with `;` between them.  Who else connects from there is believed,"
                 " too: from 127.0.0.1 that is every user of the host."},
        {"auth", "metrics", WORD, FIELD(auth.metrics), .words = {"nobody", "user", "operator"},
         .value = "nobody",
         .help = "The least who may read /metrics; nobody: everybody, without saying who he"
                 " is."},
        {"metrics", "counters", PATH, FIELD(metrics.counters),
         .value = "/run/slurm-quota/counters",
         .help = "Where the hooks count what GET /metrics tells of them: a file on tmpfs."},
        {"metrics", "accounts", WORD, FIELD(metrics.accounts), .words = {"no", "yes"},
         .value = "yes",
         .help = "Whether GET /metrics tells where each account stands."},
        {"metrics", "users", WORD, FIELD(metrics.users), .words = {"no", "yes"},
         .value = "no",
         .help = "Whether it tells where each user stands."},
        {"metrics", "subjects_max", INTEGER, FIELD(metrics.subjects_max),
         .least = 0, .most = 20000, .value = "2000",
         .help = "So many accounts, and so many users, at most."},
        {"client", "url", TEXT, FIELD(client.url), .value = SQ_CLIENT_URL,
         .help = "The service that commands ask on hosts without the database, when the"
                 " environment does not name one."},
        {"client", "munge_socket", TEXT, FIELD(client.munge_socket), .value = "",
         .help = "Where munged listens that says to the service who asks.  Empty: where it"
                 " does by default."},
        {"client", "timeout_seconds", INTEGER, FIELD(client.timeout_seconds),
         .least = 1, .most = 3600, .value = "10",
         .help = "How long a command waits for the service's answer."},
};

#define ROWS (sizeof table / sizeof table[0])

struct sq_config_origin {
        char *file;
        struct {
                char *text; /* NULL: the default */
                int line;
        } value[ROWS];
};

/* --- values ------------------------------------------------------------------ */

static void describe(const struct row *row, char *text, size_t size) {
        switch (row->type) {
        case PATH:
                snprintf(text, size, "an absolute path");
                break;
        case MAYBE:
                snprintf(text, size, "an absolute path, or nothing");
                break;
        case PROGRAM:
                snprintf(text, size, "an absolute path or the name of a program");
                break;
        case USER:
                snprintf(text, size, "a login name");
                break;
        case CLUSTER:
                snprintf(text, size, "a cluster name in lower case, or nothing");
                break;
        case LIST:
                snprintf(text, size, "items with \";\" between them, or nothing");
                break;
        case TEXT:
                snprintf(text, size, "text, or nothing");
                break;
        case INTEGER:
                snprintf(text, size, "a whole number from %" PRId64 " to %" PRId64,
                         row->least, row->most);
                break;
        case WORD: {
                size_t n = 0;

                for (size_t i = 0; i < 4 && row->words[i] && n < size; i++)
                        n += (size_t)snprintf(text + n, size - n, "%s\"%s\"",
                                              i ? " or " : "", row->words[i]);
                break;
        }
        }
}

static bool is_name(const char *text, size_t most, const char *more) {
        size_t n = strlen(text);

        if (n == 0 || n > most || text[0] == '-' || text[0] == '.')
                return false;
        for (; *text; text++)
                if (!(*text >= 'a' && *text <= 'z') && !(*text >= '0' && *text <= '9') &&
                    !strchr("_-.", *text) &&
                    !(*more && *text >= 'A' && *text <= 'Z'))
                        return false;
        return true;
}

/* Decimal digits only: no sign, blank, base or unit. */
static bool read_integer(const char *text, int64_t *ret) {
        int64_t value = 0;

        if (!*text)
                return false;
        for (; *text; text++)
                if (*text < '0' || *text > '9' ||
                    __builtin_mul_overflow(value, 10, &value) ||
                    __builtin_add_overflow(value, *text - '0', &value))
                        return false;
        *ret = value;
        return true;
}

/* Puts `text`, which must stay, into the field of `row`.  False, and nothing
 * done, when the row does not accept it. */
static bool put(struct sq_config *config, const struct row *row, const char *text) {
        void *field = (char *)config + row->offset;
        int64_t number;

        switch (row->type) {
        case PATH:
                if (text[0] != '/')
                        return false;
                break;
        case MAYBE:
                if (*text && text[0] != '/')
                        return false;
                break;
        case PROGRAM:
                if (text[0] != '/' && (!*text || strchr(text, '/')))
                        return false;
                break;
        case USER:
                if (!is_name(text, USER_MAX, "upper case"))
                        return false;
                break;
        case CLUSTER:
                /* Slurm itself lowers the name; a second spelling would be a second
                 * key for the same charge. */
                if (*text && !is_name(text, CLUSTER_MAX, ""))
                        return false;
                break;
        case LIST:
        case TEXT:
                break;
        case INTEGER:
                if (!read_integer(text, &number) || number < row->least ||
                    number > row->most)
                        return false;
                *(int64_t *)field = number;
                return true;
        case WORD:
                for (int i = 0; i < 4 && row->words[i]; i++)
                        if (!strcmp(text, row->words[i])) {
                                *(int *)field = i;
                                return true;
                        }
                return false;
        }
        *(const char **)field = text;
        return true;
}

/* --- parsing ----------------------------------------------------------------- */

struct parser {
        const char *text, *end; /* what is still to be read */
        const char *name;
        int line;               /* number of the line read last */
        bool indented;          /* it begins with a blank */
        const struct row *last; /* the row set last */
        struct sq_config *config;
        struct sq_error *err;
        int code;               /* the first failure, */
        int failed_line;        /* and where it was */
};

__attribute__((format(printf, 3, 4)))
static void fail(struct parser *p, const char *hint, const char *format, ...) {
        va_list args;
        char what[256];

        if (p->code)
                return;
        va_start(args, format);
        vsnprintf(what, sizeof what, format, args);
        va_end(args);
        p->failed_line = p->line;
        p->code = sq_fail(p->err, SQ_EINVAL, "%s:%d: %s", p->name, p->line, what);
        if (hint)
                sq_hint(p->err, "%s", hint);
}

/* "Sections: store, hook." or, with a section, "Keys of [hook]: ...". */
static void list_names(const char *section, char *text, size_t size) {
        const char *before = NULL;
        size_t n;

        n = section ? (size_t)snprintf(text, size, "Keys of [%s]: ", section)
                    : (size_t)snprintf(text, size, "Sections: ");
        for (size_t i = 0; i < ROWS && n < size; i++) {
                const struct row *row = &table[i];

                if (section ? strcmp(section, row->section) != 0
                            : before && !strcmp(before, row->section))
                        continue;
                n += (size_t)snprintf(text + n, size - n, "%s%s", before ? ", " : "",
                                      section ? row->key : row->section);
                before = row->section;
        }
        if (n < size)
                snprintf(text + n, size - n, ".");
}

static const struct row *find(const char *section, const char *key) {
        for (size_t i = 0; i < ROWS; i++)
                if (!strcmp(section, table[i].section) &&
                    (!key || !strcmp(key, table[i].key)))
                        return &table[i];
        return NULL;
}

static bool is_blank(char c) {
        return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

/* What inih would pass over in silence: sections that hold no key, and text
 * behind the bracket. */
static void check_section(struct parser *p, const char *line, const char *end) {
        char section[64], hint[256];
        const char *close = memchr(line, ']', (size_t)(end - line));
        const char *rest;

        if (!close)
                return fail(p, "Write [SECTION] on a line of its own.",
                            "the section's \"]\" is missing");
        snprintf(section, sizeof section, "%.*s", (int)(close - line - 1), line + 1);
        if (!find(section, NULL)) {
                list_names(NULL, hint, sizeof hint);
                return fail(p, hint, "unknown section [%.40s]", section);
        }
        for (rest = close + 1; rest < end && is_blank(*rest); rest++)
                ;
        if (rest < end && *rest != ';' && *rest != '#')
                fail(p, "Write [SECTION] on a line of its own.",
                     "text behind the section's name");
}

/* Hands inih the next line; stops the reading at the first failure. */
static char *next_line(char *buffer, int size, void *stream) {
        struct parser *p = stream;
        const char *end, *start;
        size_t length;

        if (p->code || p->text == p->end)
                return NULL;
        end = memchr(p->text, '\n', (size_t)(p->end - p->text));
        end = end ? end + 1 : p->end;
        length = (size_t)(end - p->text);
        p->line++;
        if (memchr(p->text, '\0', length)) {
                fail(p, NULL, "the line holds a NUL byte");
                return NULL;
        }
        if (length > LINE_LENGTH_MAX || length >= (size_t)size) {
                fail(p, "Lists may go on in the next line when it is indented.",
                     "the line is longer than %d bytes", LINE_LENGTH_MAX);
                return NULL;
        }
        for (start = p->text; start < end && is_blank(*start); start++)
                ;
        p->indented = start > p->text;
        if (start < end && *start == '[' && !(p->indented && p->last)) {
                check_section(p, start, end);
                p->last = NULL;
        }
        if (p->code)
                return NULL;
        memcpy(buffer, p->text, length);
        buffer[length] = '\0';
        p->text = end;
        return buffer;
}

/* Text that a comment sign seems to belong to: only lines of their own are
 * comments for sure, `;` behind a blank is taken by inih. */
static bool has_comment(const char *value) {
        return strstr(value, " #") || strstr(value, "\t#");
}

static bool is_printable(const char *value) {
        for (; *value; value++)
                if ((unsigned char)*value < ' ' || *value == 0x7f)
                        return false;
        return true;
}

static void set(struct parser *p, const struct row *row, const char *value) {
        struct sq_config_origin *origin = p->config->origin;
        size_t place = (size_t)(row - table);
        char accepts[96], hint[256];
        char *text = NULL, *before = origin->value[place].text;

        if (before && p->indented && p->last == row) {
                if (row->type != LIST)
                        return fail(p, "Begin keys and sections in the first column.",
                                    "an indented line goes on with the one above");
                if (strlen(before) + strlen(value) + 2 > VALUE_MAX)
                        return fail(p, NULL, "the list is longer than %d bytes", VALUE_MAX);
                if (asprintf(&text, "%s%s%s", before,
                             *before && before[strlen(before) - 1] != ';' ? ";" : "",
                             value) < 0)
                        text = NULL;
        } else if (before) {
                return fail(p, "Keep one of them.", "%s.%s was set before, on line %d",
                            row->section, row->key, origin->value[place].line);
        } else {
                text = strdup(value);
                origin->value[place].line = p->line;
        }
        if (!text) {
                p->code = sq_fail(p->err, SQ_ENOMEM, "out of memory");
                return;
        }
        free(before);
        origin->value[place].text = text;
        p->last = row;
        describe(row, accepts, sizeof accepts);
        snprintf(hint, sizeof hint, "It takes %s.", accepts);
        if (has_comment(text))
                fail(p, "Put comments on lines of their own.",
                     "a comment behind the value of %s.%s", row->section, row->key);
        else if (!is_printable(text) || !put(p->config, row, text))
                fail(p, hint, "%s.%s cannot be \"%.60s\"", row->section, row->key, text);
}

/* inih's callback: non-zero is success. */
static int take_key(void *payload, const char *section, const char *key,
                    const char *value) {

        struct parser *p = payload;
        const struct row *row;
        char hint[256];

        if (!*section) {
                fail(p, "Write the [SECTION] that it belongs to above it.",
                     "the key \"%.40s\" belongs to no section", key);
                return 0;
        }
        row = find(section, key);
        if (!row) {
                list_names(section, hint, sizeof hint);
                fail(p, hint, "unknown key \"%.40s\" in section [%s]", key, section);
                return 0;
        }
        set(p, row, value);
        return p->code == SQ_OK;
}

int sq_config_parse(const char *text, size_t length, const char *name,
                    struct sq_config **ret, struct sq_error *err) {

        SQ_CLEANUP(sq_config_freep) struct sq_config *config = NULL;
        struct parser p = {.text = text, .end = text + length, .name = name, .err = err};
        int rc;

        config = calloc(1, sizeof *config);
        if (!config)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        config->origin = calloc(1, sizeof *config->origin);
        if (!config->origin || (name && !(config->origin->file = strdup(name))))
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        for (size_t i = 0; i < ROWS; i++)
                put(config, &table[i], table[i].value);
        p.config = config;
        rc = ini_parse_stream(next_line, &p, take_key, &p);
        if (rc > 0 && (!p.code || rc < p.failed_line)) {
                /* inih saw a line that is neither section nor key. */
                p.code = SQ_OK;
                p.line = rc;
                fail(&p, "Write: KEY = VALUE", "not a setting");
        } else if (rc < 0 && !p.code) {
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        }
        if (p.code)
                return p.code;
        *ret = SQ_TAKE(config);
        return SQ_OK;
}

/* --- files ------------------------------------------------------------------- */

static int cannot_read(const char *path, int error, struct sq_error *err) {
        int code = error == ENOENT || error == ENOTDIR ? SQ_ENOTFOUND
                 : error == EACCES || error == EPERM   ? SQ_EACCESS
                                                       : SQ_EIO;

        return sq_fail(err, code, "could not read configuration file \"%s\": %s", path,
                       strerror(error));
}

int sq_config_load(const char *path, struct sq_config **ret, struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *text = NULL;
        SQ_CLEANUP(sq_closep) int fd = -1;
        size_t length = 0;
        bool must_exist = true;
        struct stat st;

        if (!path)
                path = getenv(SQ_CONFIG_ENVIRONMENT);
        if (!path || !*path) {
                path = SQ_CONFIG_FILE;
                must_exist = false;
        }
        /* O_NONBLOCK: opening a FIFO must not wait for its writer. */
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
        if (fd < 0 && errno == ENOENT && !must_exist)
                return sq_config_parse("", 0, NULL, ret, err);
        if (fd < 0 || fstat(fd, &st) < 0)
                return cannot_read(path, errno, err);
        if (!S_ISREG(st.st_mode))
                return sq_fail(err, SQ_EINVAL, "configuration file \"%s\" is not a file",
                               path);
        if (st.st_size > FILE_MAX)
                return sq_fail(err, SQ_EINVAL,
                               "configuration file \"%s\" is larger than %d bytes", path,
                               FILE_MAX);
        text = malloc(FILE_MAX);
        if (!text)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        while (length < FILE_MAX) {
                ssize_t n = read(fd, text + length, FILE_MAX - length);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0)
                        return cannot_read(path, errno, err);
                if (n == 0)
                        break;
                length += (size_t)n;
        }
        return sq_config_parse(text, length, path, ret, err);
}

void sq_config_free(struct sq_config *config) {
        if (!config)
                return;
        if (config->origin) {
                for (size_t i = 0; i < ROWS; i++)
                        free(config->origin->value[i].text);
                free(config->origin->file);
                free(config->origin);
        }
        free(config);
}

const char *sq_config_file(const struct sq_config *config) {
        return config->origin->file;
}

bool sq_config_setting(const struct sq_config *config, size_t i, struct sq_setting *ret) {
        const struct row *row;

        if (i >= ROWS)
                return false;
        row = &table[i];
        *ret = (struct sq_setting){
                .section = row->section,
                .key = row->key,
                .value = config->origin->value[i].text ? config->origin->value[i].text
                                                       : row->value,
                .default_value = row->value,
                .line = config->origin->value[i].line,
                .help = row->help,
        };
        describe(row, ret->accepts, sizeof ret->accepts);
        return true;
}
