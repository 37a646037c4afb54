#include "slurm/program.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "base/cleanup.h"
#include "base/clock.h"

/* PATH of the program, and where we look after our own. */
#define USUAL_PATH "/usr/bin:/bin:/usr/local/bin:/opt/slurm/bin"

/* Ours, those of the caller, and NULL. */
#define ENVIRONMENT_MAX 16

/* How long a killed program may take to be gone: one that hangs in the kernel (a
 * dead file server) does not die, and must not keep us. */
#define GONE_NS SQ_NS_PER_SECOND

struct run {
        const struct sq_program *program;
        pid_t pid;
        int out, complaint; /* our ends of the pipes; -1 when the other side closed it */
        char *line;         /* of line_max + 1 bytes */
        size_t n;           /* bytes in it */
        size_t total;
        struct sq_program_end *end;
        size_t n_complaint;
};

/* --- finding and starting ---------------------------------------------------- */

static bool is_program(const char *path, int *error) {
        struct stat st;

        if (!stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK))
                return true;
        if (errno == EACCES)
                *error = EACCES;
        return false;
}

/* Folders of `list` that are absolute: others depend on where we are. */
static bool find_in(const char *list, const char *name, char *path, size_t size, int *error) {
        while (list && *list) {
                const size_t n = strcspn(list, ":");

                if (*list == '/' &&
                    snprintf(path, size, "%.*s/%s", (int)n, list, name) < (int)size &&
                    is_program(path, error))
                        return true;
                list += n + (list[n] == ':');
        }
        return false;
}

static int find_program(const char *name, char path[PATH_MAX], struct sq_error *err) {
        int error = ENOENT;
        bool found;

        if (*name == '/')
                found = snprintf(path, PATH_MAX, "%s", name) < PATH_MAX &&
                        is_program(path, &error);
        else
                found = find_in(getenv("PATH"), name, path, PATH_MAX, &error) ||
                        find_in(USUAL_PATH, name, path, PATH_MAX, &error);
        if (found)
                return SQ_OK;
        if (error == EACCES)
                return sq_fail(err, SQ_EACCESS, "\"%.200s\" may not be run", name);
        sq_fail(err, SQ_ENOTFOUND, "there is no program \"%.200s\"", name);
        if (*name != '/')
                sq_hint(err, "It was looked for in PATH and in " USUAL_PATH ".");
        return SQ_ENOTFOUND;
}

/* False when there are too many. */
static bool make_environment(const struct sq_program *program, char slurm_conf[PATH_MAX + 16],
                             const char *ret[ENVIRONMENT_MAX]) {
        const char *conf = getenv("SLURM_CONF");
        size_t n = 0;

        ret[n++] = "PATH=" USUAL_PATH;
        ret[n++] = "LC_ALL=C";
        ret[n++] = "TZ=UTC0";
        if (conf && *conf && snprintf(slurm_conf, PATH_MAX + 16, "SLURM_CONF=%s", conf) <
                                     PATH_MAX + 16)
                ret[n++] = slurm_conf;
        for (size_t i = 0; program->extra && program->extra[i]; i++) {
                if (n == ENVIRONMENT_MAX - 1)
                        return false;
                ret[n++] = program->extra[i];
        }
        ret[n] = NULL;
        return true;
}

static int set_up_descriptors(posix_spawn_file_actions_t *actions, int out, int complaint) {
        int rc = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY,
                                                  0);

        if (!rc)
                rc = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
        if (!rc)
                rc = posix_spawn_file_actions_adddup2(actions, complaint, STDERR_FILENO);
#if __GLIBC_PREREQ(2, 34)
        /* Ours are all close-on-exec; those that we were given may not be. */
        if (!rc)
                rc = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
        return rc;
}

static int set_up_process(posix_spawnattr_t *attributes) {
        sigset_t none, all;
        int rc;

        sigemptyset(&none);
        sigfillset(&all);
        rc = posix_spawnattr_setpgroup(attributes, 0);
        if (!rc)
                rc = posix_spawnattr_setsigmask(attributes, &none);
        if (!rc)
                rc = posix_spawnattr_setsigdefault(attributes, &all);
        if (!rc)
                rc = posix_spawnattr_setflags(attributes,
                                              POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
                                                      POSIX_SPAWN_SETSIGDEF);
        return rc;
}

static int spawn(const struct sq_program *program, const char *path, int out, int complaint,
                 pid_t *ret) {
        char slurm_conf[PATH_MAX + 16];
        const char *environment[ENVIRONMENT_MAX];
        posix_spawn_file_actions_t actions;
        posix_spawnattr_t attributes;
        int rc;

        if (!make_environment(program, slurm_conf, environment))
                return E2BIG;
        rc = posix_spawn_file_actions_init(&actions);
        if (rc)
                return rc;
        rc = posix_spawnattr_init(&attributes);
        if (!rc) {
                rc = set_up_descriptors(&actions, out, complaint);
                if (!rc)
                        rc = set_up_process(&attributes);
                /* The vectors are const for us: spawn does not change them either. */
                if (!rc)
                        rc = posix_spawn(ret, path, &actions, &attributes,
                                         (char *const *)program->argv,
                                         (char *const *)environment);
                posix_spawnattr_destroy(&attributes);
        }
        posix_spawn_file_actions_destroy(&actions);
        return rc;
}

/* A pipe whose ends stand above the three that the program will have. */
static int make_pipe(int ret[2]) {
        int ends[2];

        if (pipe2(ends, O_CLOEXEC))
                return errno;
        for (int i = 0; i < 2; i++) {
                ret[i] = ends[i] > STDERR_FILENO
                                 ? ends[i]
                                 : fcntl(ends[i], F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
                if (ret[i] != ends[i])
                        close(ends[i]);
        }
        return ret[0] < 0 || ret[1] < 0 ? EMFILE : 0;
}

static int start(struct run *r, const char *path, struct sq_error *err) {
        int out[2] = {-1, -1}, complaint[2] = {-1, -1};
        int rc = make_pipe(out);

        if (!rc)
                rc = make_pipe(complaint);
        if (!rc) {
                fcntl(out[0], F_SETFL, O_NONBLOCK);
                fcntl(complaint[0], F_SETFL, O_NONBLOCK);
                rc = spawn(r->program, path, out[1], complaint[1], &r->pid);
        }
        for (int i = 0; i < 2; i++) {
                const int end = i ? complaint[1] : out[1];

                if (end >= 0)
                        close(end);
        }
        r->out = out[0];
        r->complaint = complaint[0];
        return rc ? sq_fail(err, rc == ENOMEM ? SQ_ENOMEM : SQ_EIO, "could not run \"%s\": %s",
                            path, strerror(rc))
                  : SQ_OK;
}

/* --- reading ------------------------------------------------------------------ */

static int hand_over(struct run *r, struct sq_error *err) {
        r->line[r->n] = '\0';
        r->n = 0;
        return r->program->take(r->line, r->program->payload, err);
}

static int take_output(struct run *r, const char *text, size_t length, struct sq_error *err) {
        int rc = SQ_OK;

        r->total += length;
        if (r->total > r->program->output_max)
                return sq_fail(err, SQ_ERANGE, "\"%s\" printed more than %zu bytes",
                               r->program->argv[0], r->program->output_max);
        while (length && !rc) {
                const char *end = memchr(text, '\n', length);
                const size_t n = end ? (size_t)(end - text) : length;

                if (r->n + n > r->program->line_max)
                        return sq_fail(err, SQ_ERANGE,
                                       "\"%s\" printed a line of more than %zu bytes",
                                       r->program->argv[0], r->program->line_max);
                memcpy(r->line + r->n, text, n);
                r->n += n;
                if (end)
                        rc = hand_over(r, err);
                text += n + (end != NULL);
                length -= n + (end != NULL);
        }
        return rc;
}

/* Keeps the end of it. */
static void take_complaint(struct run *r, const char *text, size_t length) {
        char *kept = r->end->complaint;

        if (length > SQ_COMPLAINT_MAX) {
                text += length - SQ_COMPLAINT_MAX;
                length = SQ_COMPLAINT_MAX;
        }
        if (r->n_complaint + length > SQ_COMPLAINT_MAX) {
                const size_t away = r->n_complaint + length - SQ_COMPLAINT_MAX;

                memmove(kept, kept + away, r->n_complaint - away);
                r->n_complaint -= away;
        }
        memcpy(kept + r->n_complaint, text, length);
        r->n_complaint += length;
}

/* One read; *fd becomes -1 at the end of it. */
static int read_some(struct run *r, int *fd, struct sq_error *err) {
        char text[16384];
        const ssize_t n = read(*fd, text, sizeof text);

        if (n < 0 && (errno == EINTR || errno == EAGAIN))
                return SQ_OK;
        if (n < 0)
                return sq_fail(err, SQ_EIO, "could not read what \"%s\" prints: %s",
                               r->program->argv[0], strerror(errno));
        if (n > 0 && fd == &r->out)
                return take_output(r, text, (size_t)n, err);
        if (n > 0) {
                take_complaint(r, text, (size_t)n);
                return SQ_OK;
        }
        close(*fd);
        *fd = -1;
        /* A last line without its newline. */
        return fd == &r->out && r->n ? hand_over(r, err) : SQ_OK;
}

static int too_late(const struct run *r, struct sq_error *err) {
        return sq_fail(err, SQ_EBUSY, "\"%s\" did not answer in time", r->program->argv[0]);
}

static int read_all(struct run *r, struct sq_error *err) {
        int rc = SQ_OK;

        while (!rc && (r->out >= 0 || r->complaint >= 0)) {
                struct pollfd wait[2] = {{.fd = r->out, .events = POLLIN},
                                         {.fd = r->complaint, .events = POLLIN}};
                const int64_t left = r->program->deadline - sq_monotonic_ns();
                const int64_t ms = left / SQ_NS_PER_MS + 1;

                if (left <= 0)
                        return too_late(r, err);
                if (poll(wait, 2, ms < INT_MAX ? (int)ms : INT_MAX) < 0 && errno != EINTR)
                        return sq_fail(err, SQ_EIO, "could not wait for \"%s\": %s",
                                       r->program->argv[0], strerror(errno));
                if (wait[0].revents)
                        rc = read_some(r, &r->out, err);
                if (!rc && wait[1].revents)
                        rc = read_some(r, &r->complaint, err);
        }
        return rc;
}

/* --- ending --------------------------------------------------------------------- */

/* Waits for the process: SQ_EBUSY when it is still there at the deadline.  Programs
 * end at once after their output, so it is looked for often at first. */
static int reap(struct run *r, int64_t deadline, struct sq_error *err) {
        struct timespec nap = {.tv_nsec = 50000};
        int status;

        for (;;) {
                const pid_t pid = waitpid(r->pid, &status, WNOHANG);

                if (pid == r->pid)
                        break;
                if (pid < 0 && errno != EINTR) { /* SIGCHLD is ignored: nothing is kept */
                        r->pid = 0;
                        return sq_fail(err, SQ_EIO, "the exit status of \"%s\" is lost: %s",
                                       r->program->argv[0], strerror(errno));
                }
                if (sq_monotonic_ns() >= deadline)
                        return too_late(r, err);
                nanosleep(&nap, NULL);
                if (nap.tv_nsec < 5 * SQ_NS_PER_MS)
                        nap.tv_nsec *= 2;
        }
        r->pid = 0;
        r->end->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
        return SQ_OK;
}

/* Ends the whole group.  Its leader is not reaped yet, so that the number is still its
 * own. */
static void kill_group(struct run *r) {
        if (r->pid <= 0)
                return;
        kill(-r->pid, SIGKILL);
        (void)!reap(r, sq_monotonic_ns() + GONE_NS, NULL);
}

/* Makes one line of what it complained. */
static void settle_complaint(struct run *r) {
        char *text = r->end->complaint;

        while (r->n_complaint && (unsigned char)text[r->n_complaint - 1] <= ' ')
                r->n_complaint--;
        text[r->n_complaint] = '\0';
        for (size_t i = 0; i < r->n_complaint; i++)
                if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
                        text[i] = ' ';
}

int sq_program_run(const struct sq_program *program, struct sq_program_end *ret,
                   struct sq_error *err) {
        SQ_CLEANUP(sq_freep) char *line = malloc(program->line_max + 1);
        struct run r = {.program = program, .out = -1, .complaint = -1, .line = line,
                        .end = ret};
        char path[PATH_MAX];
        int rc;

        *ret = (struct sq_program_end){.status = -1};
        if (!line)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        rc = find_program(program->argv[0], path, err);
        if (!rc)
                rc = start(&r, path, err);
        if (!rc)
                rc = read_all(&r, err);
        if (!rc)
                rc = reap(&r, program->deadline, err);
        if (rc)
                kill_group(&r);
        sq_closep(&r.out);
        sq_closep(&r.complaint);
        settle_complaint(&r);
        return rc;
}
