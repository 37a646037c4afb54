#include "slurm/ask.h"

#include <string.h>

/* Slurm's programs complain from the cause to the effect: the end says what for. */
#define COMPLAINT 250

static int failed(const struct sq_program *program, const struct sq_program_end *end,
                  struct sq_error *err) {
        const size_t n = strlen(end->complaint);

        return sq_fail(err, SQ_EIO, "\"%.200s\" failed with status %d%s%s", program->argv[0],
                       end->status, n ? ": " : "",
                       end->complaint + (n > COMPLAINT ? n - COMPLAINT : 0));
}

int sq_ask(const struct sq_program *program, struct sq_error *err) {
        struct sq_program_end end;
        const int rc = sq_program_run(program, &end, err);

        if (!rc && end.status)
                return failed(program, &end, err);
        if (!rc || rc == SQ_EBUSY || rc == SQ_ENOMEM)
                return rc;
        return SQ_EIO;
}
