#include "lua/fields.h"

#include <string.h>

int64_t sq_field_number(lua_State *L, int index, const char *name, enum sq_width width) {
        int64_t number = SQ_UNSET;

        lua_getfield(L, index, name);
        if (lua_type(L, -1) == LUA_TNUMBER)
                number = sq_number_from_slurm((double)lua_tonumber(L, -1), width);
        else if (lua_type(L, -1) == LUA_TBOOLEAN)
                number = lua_toboolean(L, -1);
        lua_pop(L, 1);
        return number;
}

const char *sq_field_raw_text(lua_State *L, int index, const char *name) {
        lua_getfield(L, index, name);
        if (lua_type(L, -1) == LUA_TSTRING)
                return lua_tostring(L, -1); /* lent by the stack */
        lua_pop(L, 1);
        return NULL;
}

const char *sq_field_text(lua_State *L, int index, const char *name) {
        const char *text = sq_field_raw_text(L, index, name);

        if (text && !*text) {
                lua_pop(L, 1);
                return NULL;
        }
        return text;
}

/* The tables of fields, so that a field is one line. */
struct number_field {
        const char *name;
        enum sq_width width;
        size_t offset;
};

struct text_field {
        const char *name;
        size_t offset;
};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define NUMBER(type, field, width) {#field, width, offsetof(struct type, field)}
#define TEXT(type, field) {#field, offsetof(struct type, field)}

static const struct number_field request_numbers[] = {
        NUMBER(sq_job_request, num_tasks, SQ_WIDTH_32),
        NUMBER(sq_job_request, cpus_per_task, SQ_WIDTH_16),
        NUMBER(sq_job_request, ntasks_per_node, SQ_WIDTH_16),
        NUMBER(sq_job_request, ntasks_per_tres, SQ_WIDTH_16),
        NUMBER(sq_job_request, min_cpus, SQ_WIDTH_32),
        NUMBER(sq_job_request, pn_min_cpus, SQ_WIDTH_16),
        NUMBER(sq_job_request, min_nodes, SQ_WIDTH_32),
        NUMBER(sq_job_request, max_nodes, SQ_WIDTH_32),
        NUMBER(sq_job_request, shared, SQ_WIDTH_16),
        NUMBER(sq_job_request, reboot, SQ_WIDTH_16),
        NUMBER(sq_job_request, time_limit, SQ_WIDTH_32),
};

/* What matters only when something else says so: slurmctld finds a field by
 * comparing its name with a hundred others. */
static const struct number_field core_numbers[] = {
        NUMBER(sq_job_request, ntasks_per_core, SQ_WIDTH_16),
        NUMBER(sq_job_request, threads_per_core, SQ_WIDTH_16),
};

static const struct number_field socket_numbers[] = {
        NUMBER(sq_job_request, ntasks_per_socket, SQ_WIDTH_16),
        NUMBER(sq_job_request, sockets_per_node, SQ_WIDTH_16),
};

static const struct number_field memory_numbers[] = {
        NUMBER(sq_job_request, min_mem_per_cpu, SQ_WIDTH_64),
        NUMBER(sq_job_request, min_mem_per_node, SQ_WIDTH_64),
};

static const struct text_field request_texts[] = {
        TEXT(sq_job_request, partition),
        TEXT(sq_job_request, array_inx),
        TEXT(sq_job_request, tres_per_job),
        TEXT(sq_job_request, tres_per_node),
        TEXT(sq_job_request, tres_per_socket),
        TEXT(sq_job_request, tres_per_task),
        TEXT(sq_job_request, cpus_per_tres),
};

static const struct number_field record_numbers[] = {
        NUMBER(sq_job_record, job_state, SQ_WIDTH_32),
        NUMBER(sq_job_record, time_limit, SQ_WIDTH_32),
        NUMBER(sq_job_record, end_time, SQ_WIDTH_64),
        NUMBER(sq_job_record, min_cpus, SQ_WIDTH_32),
        NUMBER(sq_job_record, pn_min_cpus, SQ_WIDTH_16),
        NUMBER(sq_job_record, min_nodes, SQ_WIDTH_32),
        NUMBER(sq_job_record, max_nodes, SQ_WIDTH_32),
        NUMBER(sq_job_record, min_mem_per_cpu, SQ_WIDTH_64),
        NUMBER(sq_job_record, min_mem_per_node, SQ_WIDTH_64),
        NUMBER(sq_job_record, reboot, SQ_WIDTH_16),
        NUMBER(sq_job_record, array_task_cnt, SQ_WIDTH_32),
};

static const struct text_field record_texts[] = {
        TEXT(sq_job_record, partition),
        TEXT(sq_job_record, tres_per_job),
        TEXT(sq_job_record, tres_per_node),
        TEXT(sq_job_record, tres_per_socket),
        TEXT(sq_job_record, tres_per_task),
        TEXT(sq_job_record, cpus_per_tres),
        TEXT(sq_job_record, tres_fmt_req_str),
        TEXT(sq_job_record, tres_fmt_alloc_str),
};

static const struct number_field partition_numbers[] = {
        NUMBER(sq_partition, default_time, SQ_WIDTH_32),
        NUMBER(sq_partition, max_time, SQ_WIDTH_32),
        NUMBER(sq_partition, total_cpus, SQ_WIDTH_32),
        NUMBER(sq_partition, total_nodes, SQ_WIDTH_32),
        NUMBER(sq_partition, min_nodes, SQ_WIDTH_32),
        NUMBER(sq_partition, max_nodes, SQ_WIDTH_32),
        NUMBER(sq_partition, max_cpus_per_node, SQ_WIDTH_32),
        NUMBER(sq_partition, max_mem_per_cpu, SQ_WIDTH_64),
};

static void read_numbers(lua_State *L, int index, const struct number_field *fields, size_t n,
                         void *ret) {
        for (size_t i = 0; i < n; i++)
                *(int64_t *)((char *)ret + fields[i].offset) =
                        sq_field_number(L, index, fields[i].name, fields[i].width);
}

static void read_texts(lua_State *L, int index, const struct text_field *fields, size_t n,
                       void *ret, const char *(*read)(lua_State *, int, const char *)) {
        for (size_t i = 0; i < n; i++)
                *(const char **)((char *)ret + fields[i].offset) =
                        read(L, index, fields[i].name);
}

void sq_fields_request(lua_State *L, int index, const struct sq_site *site,
                       struct sq_job_request *ret) {
        *ret = SQ_JOB_REQUEST_UNSET;
        read_numbers(L, index, request_numbers, COUNT(request_numbers), ret);
        read_texts(L, index, request_texts, COUNT(request_texts), ret, sq_field_text);
        if (site->cpus_per_core > 1)
                read_numbers(L, index, core_numbers, COUNT(core_numbers), ret);
        if (ret->tres_per_socket)
                read_numbers(L, index, socket_numbers, COUNT(socket_numbers), ret);
}

void sq_fields_memory(lua_State *L, int index, const struct sq_site *site,
                      const struct sq_partition *parts, size_t n, struct sq_job_request *ret) {
        bool limited = site->max_mem_per_cpu > 0;

        for (size_t i = 0; i < n; i++)
                limited = limited || sq_number_counts(parts[i].max_mem_per_cpu);
        if (limited)
                read_numbers(L, index, memory_numbers, COUNT(memory_numbers), ret);
}

void sq_fields_update(lua_State *L, int index, struct sq_job_request *ret) {
        *ret = SQ_JOB_REQUEST_UNSET;
        read_numbers(L, index, request_numbers, COUNT(request_numbers), ret);
        read_numbers(L, index, core_numbers, COUNT(core_numbers), ret);
        read_numbers(L, index, socket_numbers, COUNT(socket_numbers), ret);
        read_numbers(L, index, memory_numbers, COUNT(memory_numbers), ret);
        read_texts(L, index, request_texts, COUNT(request_texts), ret, sq_field_raw_text);
        ret->end_time = sq_field_number(L, index, "end_time", SQ_WIDTH_64);
}

void sq_fields_record(lua_State *L, int index, struct sq_job_record *ret) {
        *ret = SQ_JOB_RECORD_UNSET;
        read_numbers(L, index, record_numbers, COUNT(record_numbers), ret);
        read_texts(L, index, record_texts, COUNT(record_texts), ret, sq_field_text);
}

/* The partition on the top of the stack, which stays there for its name. */
static void read_partition(lua_State *L, const char *name, struct sq_partition *ret) {
        const int index = lua_gettop(L);

        *ret = SQ_PARTITION_UNSET;
        ret->name = name;
        read_numbers(L, index, partition_numbers, COUNT(partition_numbers), ret);
        ret->is_default = sq_field_number(L, index, "flag_default", SQ_WIDTH_16) == 1;
        /* OverSubscribe=EXCLUSIVE; slurmctld keeps it as max_share 0. */
        ret->exclusive = sq_field_number(L, index, "max_share", SQ_WIDTH_16) == 0;
}

static size_t read_default(lua_State *L, int index, struct sq_partition *ret) {
        lua_pushnil(L);
        while (lua_next(L, index)) {
                if (lua_type(L, -1) == LUA_TTABLE && lua_type(L, -2) == LUA_TSTRING &&
                    sq_field_number(L, lua_gettop(L), "flag_default", SQ_WIDTH_16) == 1) {
                        read_partition(L, lua_tostring(L, -2), ret);
                        return 1;
                }
                lua_pop(L, 1);
        }
        return 0;
}

static size_t read_named(lua_State *L, int index, const char *names,
                         struct sq_partition ret[SQ_FIELDS_PARTITIONS]) {
        size_t n = 0;

        while (*names && n < SQ_FIELDS_PARTITIONS) {
                const size_t length = strcspn(names, ",");

                if (length) {
                        lua_pushlstring(L, names, length);
                        lua_pushvalue(L, -1);
                        lua_gettable(L, index);
                        if (lua_type(L, -1) == LUA_TTABLE) {
                                read_partition(L, lua_tostring(L, -2), &ret[n++]);
                                lua_pop(L, 1); /* the name stays */
                        } else {
                                lua_pop(L, 2);
                        }
                }
                names += length + (names[length] == ',');
        }
        return n;
}

size_t sq_fields_partitions(lua_State *L, int index, const char *names,
                            struct sq_partition ret[SQ_FIELDS_PARTITIONS]) {
        if (lua_type(L, index) != LUA_TTABLE)
                return 0;
        return names && *names ? read_named(L, index, names, ret)
                               : read_default(L, index, ret);
}
