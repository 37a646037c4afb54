#include "slurm/request_field.h"

#include <stddef.h>

#define NUMBER(field) {#field, false, offsetof(struct sq_job_request, field)}
#define TEXT(field) {#field, true, offsetof(struct sq_job_request, field)}

const struct sq_request_field sq_request_fields[] = {
        NUMBER(num_tasks),
        NUMBER(cpus_per_task),
        NUMBER(ntasks_per_node),
        NUMBER(ntasks_per_socket),
        NUMBER(ntasks_per_core),
        NUMBER(ntasks_per_tres),
        NUMBER(sockets_per_node),
        NUMBER(threads_per_core),
        NUMBER(min_cpus),
        NUMBER(pn_min_cpus),
        NUMBER(min_nodes),
        NUMBER(max_nodes),
        NUMBER(min_mem_per_cpu),
        NUMBER(min_mem_per_node),
        NUMBER(shared),
        NUMBER(reboot),
        NUMBER(time_limit),
        TEXT(partition),
        TEXT(array_inx),
        TEXT(tres_per_job),
        TEXT(tres_per_node),
        TEXT(tres_per_socket),
        TEXT(tres_per_task),
        TEXT(cpus_per_tres),
        {NULL, false, 0},
};
