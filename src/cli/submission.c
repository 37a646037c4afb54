#include "cli/submission.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "cli/argument.h"
#include "slurm/sbatch_option.h"

/* --- the script ---------------------------------------------------------------------- */

struct text {
        char *bytes;
        size_t length;
};

static void text_clear(struct text *text) {
        free(text->bytes);
}

static int cannot_read(const char *path, struct sq_error *err) {
        return sq_fail(err,
                       errno == ENOENT   ? SQ_ENOTFOUND
                       : errno == EACCES ? SQ_EACCESS
                                         : SQ_EIO,
                       "cannot read script \"%.200s\": %s", path, strerror(errno));
}

static int read_all(int fd, const char *path, struct text *ret, struct sq_error *err) {
        /* A byte more, to see that there is more. */
        const size_t size = SQ_SBATCH_SCRIPT_MAX + 1;

        ret->bytes = malloc(size);
        if (!ret->bytes)
                return sq_fail(err, SQ_ENOMEM, "out of memory");
        return sq_file_read(fd, ret->bytes, size, &ret->length) ? SQ_OK
                                                                 : cannot_read(path, err);
}

static int open_file(const char *path) {
        return open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

/* As sbatch finds a script: from here on, and what begins with neither `.` nor `/` in the
 * folders of PATH after that (proc_args.c, search_path). */
static int open_script(const char *name) {
        const char *folders = getenv("PATH");
        char path[PATH_MAX];
        int file = open_file(name);

        if (file >= 0 || errno != ENOENT || name[0] == '.' || name[0] == '/')
                return file;
        for (const char *p = folders ? folders : ""; *p && file < 0;) {
                const size_t length = strcspn(p, ":");

                if (length && snprintf(path, sizeof path, "%.*s/%s", (int)length, p, name) <
                                      (int)sizeof path)
                        file = open_file(path);
                p += length + (p[length] == ':');
        }
        if (file < 0)
                errno = ENOENT; /* where it was to be */
        return file;
}

static int read_script(const char *path, struct sq_sbatch_script **ret, struct sq_error *err) {
        SQ_CLEANUP(text_clear) struct text text = {NULL, 0};
        SQ_CLEANUP(sq_closep) int file = -1;
        int rc;

        if (strcmp(path, "-") != 0) {
                file = open_script(path);
                if (file < 0)
                        return cannot_read(path, err);
        }
        rc = read_all(file < 0 ? STDIN_FILENO : file, path, &text, err);
        if (!rc)
                rc = sq_sbatch_script_read(text.bytes, text.length, ret, err);
        return rc;
}

static int read_sbatch(const struct sq_call *call, struct sq_sbatch **ret,
                       struct sq_error *err) {
        SQ_CLEANUP(sq_sbatch_script_freep) struct sq_sbatch_script *script = NULL;
        struct sq_sbatch_input input = {.word = call->argument, .environment = environ};
        int rc;

        rc = sq_sbatch_script_at(call->argument, (size_t)call->n, &input.n, err);
        if (!rc && input.n < (size_t)call->n)
                rc = read_script(call->argument[input.n], &script, err);
        input.script = script;
        if (!rc)
                rc = sq_sbatch_read(&input, ret, err);
        if (!rc && script && sq_sbatch_is_wrapped(*ret)) {
                sq_sbatch_free(SQ_TAKE(*ret));
                return sq_fail(err, SQ_EINVAL, "--wrap and a script exclude each other");
        }
        return rc;
}

/* --- who ----------------------------------------------------------------------------- */

/* The login name of --uid, which is one already or a number. */
static int name_of_uid(const char *text, char ret[SQ_NAME_SIZE], struct sq_error *err) {
        const struct passwd *entry = getpwnam(text);
        int64_t uid;

        if (!entry && !sq_argument_count(text, &uid, NULL) && uid < UINT32_MAX)
                entry = getpwuid((uid_t)uid);
        if (!entry)
                return sq_fail(err, SQ_ENOTFOUND, "there is no user \"%.80s\" on this host",
                               text);
        return sq_argument_subject(SQ_USER, entry->pw_name, ret, err);
}

static int find_user(const char *user, struct sq_submission_text *s, struct sq_error *err) {
        const char *uid = sq_sbatch_job(s->sbatch, 0)->uid;

        if (user)
                return sq_argument_subject(SQ_USER, user, s->user, err);
        return uid ? name_of_uid(uid, s->user, err) : SQ_OK;
}

int sq_submission_read(const struct sq_call *call, const char *user,
                       struct sq_submission_text *ret, struct sq_error *err) {
        int rc;

        *ret = (struct sq_submission_text){.sbatch = NULL};
        rc = read_sbatch(call, &ret->sbatch, err);
        if (!rc)
                rc = find_user(user, ret, err);
        if (rc)
                sq_submission_clear(ret);
        return rc;
}

void sq_submission_clear(struct sq_submission_text *submission) {
        sq_sbatch_free(SQ_TAKE(submission->sbatch));
}

size_t sq_submission_remarks(const struct sq_submission_text *submission,
                             const char *remarks[SQ_REMARKS_MAX]) {
        bool clusters = false, overcommit = false, reservation = false, node_file = false;
        size_t n = 0;

        for (size_t i = 0; i < sq_sbatch_jobs(submission->sbatch); i++) {
                const struct sq_sbatch_job *job = sq_sbatch_job(submission->sbatch, i);

                clusters = clusters || job->clusters;
                overcommit = overcommit || job->overcommit;
                reservation = reservation || job->reservation;
                node_file = node_file || job->node_file;
        }
        if (sq_sbatch_has_pbs(submission->sbatch))
                remarks[n++] = "sbatch also reads the #PBS and #BSUB lines of the script; they"
                               " are not counted here";
        if (clusters)
                remarks[n++] = "--clusters: partitions and budgets are those of this cluster";
        if (overcommit)
                remarks[n++] = "--overcommit: a CPU for every task is held all the same";
        if (reservation)
                remarks[n++] = "--reservation: without --partition, the default partition is"
                               " taken for it";
        if (node_file)
                remarks[n++] = "hosts that are named in a file are not counted";
        return n;
}
