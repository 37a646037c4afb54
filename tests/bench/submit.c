/* submit.c - submits held jobs one after the other over one program's life, as
 * fast as slurmctld answers: submit COUNT (needs libslurm; tests/bench/submit-rpc
 * compiles it) */
#include <inttypes.h>
#include <slurm/slurm.h>
#include <slurm/slurm_errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
        char *environment[] = {"PATH=/usr/bin:/bin", NULL};
        const intmax_t count = argc > 1 ? strtoimax(argv[1], NULL, 10) : 0;

        slurm_init(NULL);
        for (intmax_t i = 0; i < count; i++) {
                submit_response_msg_t *answer = NULL;
                job_desc_msg_t job;

                slurm_init_job_desc_msg(&job);
                job.name = "bench";
                job.script = "#!/bin/sh\ntrue\n";
                job.environment = environment;
                job.env_size = 1;
                job.num_tasks = 2;
                job.min_cpus = 2;
                job.time_limit = 10;
                job.priority = 0; /* held */
                job.user_id = getuid();
                job.group_id = getgid();
                job.work_dir = "/tmp";
                job.std_out = job.std_err = "/dev/null";
                if (slurm_submit_batch_job(&job, &answer)) {
                        slurm_perror("submit");
                        return 1;
                }
                slurm_free_submit_response_response_msg(answer);
        }
        return 0;
}
