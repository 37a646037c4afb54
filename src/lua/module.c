/* module.c - slurm_quota.so, for job_submit.lua and jobcomp.lua
 *
 *     local quota = require("slurm_quota")
 *     return quota.job_submit(job_desc, part_list, submit_uid)
 *     return quota.job_modify(job_desc, job_rec, part_list, modify_uid)
 *     return quota.job_complete(job_rec)
 *
 * One source for Lua 5.1 to 5.4.  Every call first reads what it needs from the
 * tables, then works in plain C, then tells slurmctld; nothing that needs
 * cleaning up is held while Lua could raise an error.  The hook lives in a
 * userdata whose __gc closes it before slurmctld unloads this module.
 */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>
#include <strings.h>

#include "base/clock.h"
#include "hook/hook.h"
#include "lua/fields.h"
#include "slurm/comment.h"

/* ESLURM_ACCESS_DENIED is this on every version (slurm_errno.h); the constants in
 * the Lua table `slurm` come and go, and a nil would mean "accepted". */
#define SLURM_SUCCESS 0
#define SLURM_ACCESS_DENIED 2002

/* job_state: the base state and the flags that matter (slurm.h). */
#define STATE_BASE 0x000000ff
#define STATE_PENDING 0
#define STATE_NODE_FAIL 7
#define STATE_PREEMPTED 8
#define STATE_COMPLETING 0x00008000
#define STATE_REQUEUE 0x00000400
#define STATE_REQUEUE_HOLD 0x00000800
#define STATE_SPECIAL_EXIT 0x00100000

/* enum job_states of slurm.h: stable since 20.02, when DEADLINE and OOM came. */
static const char *const state_words[] = {
        "PENDING", "RUNNING", "SUSPENDED", "COMPLETED", "CANCELLED", "FAILED",
        "TIMEOUT", "NODE_FAIL", "PREEMPTED", "BOOT_FAIL", "DEADLINE", "OUT_OF_MEMORY",
};

struct holder {
        struct sq_hook *hook;
};

static struct sq_hook *hook_of(lua_State *L) {
        struct holder *holder = lua_touserdata(L, lua_upvalueindex(1));

        return holder->hook;
}

static int collect(lua_State *L) {
        struct holder *holder = lua_touserdata(L, 1);

        sq_hook_free(holder->hook);
        holder->hook = NULL;
        return 0;
}

/* slurm.NAME("%s", text), if there is such a function. */
static void say(lua_State *L, const char *name, const char *text) {
        lua_getglobal(L, "slurm");
        if (lua_type(L, -1) == LUA_TTABLE) {
                lua_getfield(L, -1, name);
                if (lua_type(L, -1) == LUA_TFUNCTION) {
                        lua_pushliteral(L, "%s");
                        lua_pushstring(L, text);
                        if (lua_pcall(L, 2, 0, 0))
                                lua_pop(L, 1); /* a log line is not worth an error */
                } else {
                        lua_pop(L, 1);
                }
        }
        lua_pop(L, 1);
}

static int finish(lua_State *L, struct sq_hook *hook, enum sq_timer event, int code) {
        const char *line;
        bool is_error;

        sq_hook_end(hook, event);
        if (sq_hook_take_log(hook, &line, &is_error))
                say(L, is_error ? "log_error" : "log_info", line);
        lua_pushnumber(L, code);
        return 1;
}

static int refuse(lua_State *L, struct sq_hook *hook, enum sq_timer event,
                  const struct sq_answer *answer) {
        say(L, "log_user", answer->text);
        return finish(L, hook, event, SLURM_ACCESS_DENIED);
}

/* The user by user_id, not user_name: that one is not always there (jobcomp), and
 * slurmctld reads the password database for it each time (job_submit). */
static const char *user_of(lua_State *L, struct sq_hook *hook, int table) {
        return sq_hook_user_name(hook, sq_field_number(L, table, "user_id", SQ_WIDTH_32));
}

/* Who submits and where: job_desc. */
static void read_owner(lua_State *L, struct sq_hook *hook, int desc,
                       struct sq_submission *ret) {
        ret->user = user_of(L, hook, desc);
        ret->account = sq_field_text(L, desc, "account");
        if (!ret->account)
                ret->account = sq_field_text(L, desc, "default_account");
}

static void set_comment(lua_State *L, int desc, const char *comment) {
        lua_pushstring(L, comment);
        lua_setfield(L, desc, "admin_comment");
}

/* --- submit --------------------------------------------------------------- */

static int job_submit(lua_State *L) {
        struct sq_hook *hook = hook_of(L);
        struct sq_partition parts[SQ_FIELDS_PARTITIONS];
        struct sq_job_request request;
        struct sq_submission job;
        struct sq_price price;
        struct sq_answer answer = {0};
        struct sq_error err;
        char uuid[SQ_UUID_SIZE], comment[1024];
        const char *old;
        size_t n;

        luaL_checktype(L, 1, LUA_TTABLE);
        luaL_checkstack(L, SQ_FIELDS_STACK, "slurm_quota");
        sq_hook_begin(hook);
        sq_fields_request(L, 1, sq_hook_site(hook), &request);
        read_owner(L, hook, 1, &job);
        old = sq_field_text(L, 1, "admin_comment");
        n = sq_fields_partitions(L, 2, request.partition, parts);
        sq_fields_memory(L, 1, sq_hook_site(hook), parts, n, &request);

        if (!job.account) {
                sq_fail(&err, SQ_EINVAL, "there is no account to charge this job to");
                sq_hint(&err, "Name one with --account.");
                sq_hook_refuse(hook, SQ_TIMER_SUBMIT, SQ_REASON_NO_ACCOUNT, &err, &answer);
                return refuse(L, hook, SQ_TIMER_SUBMIT, &answer);
        }
        if (sq_request_price(&request, parts, n, sq_hook_site(hook), &price, &err)) {
                sq_hook_refuse(hook, SQ_TIMER_SUBMIT, SQ_REASON_REQUEST, &err, &answer);
                return refuse(L, hook, SQ_TIMER_SUBMIT, &answer);
        }
        job.price = &price;
        sq_hook_submit(hook, &job, uuid, &answer);
        if (answer.refused)
                return refuse(L, hook, SQ_TIMER_SUBMIT, &answer);
        /* A comment too long for us to keep gives way to the UUID: without it the
         * reservation would be nobody's. */
        if (uuid[0])
                set_comment(L, 1,
                            sq_comment_set(old, uuid, comment, sizeof comment, NULL) ? uuid
                                                                                    : comment);
        return finish(L, hook, SQ_TIMER_SUBMIT, SLURM_SUCCESS);
}

/* --- modify --------------------------------------------------------------- */

/* An administrator writes a new admin_comment, or pastes another job's: our UUID stays in
 * it, and nobody else's gets there. */
static void keep_uuid(lua_State *L, const char *uuid) {
        const char *comment = sq_field_raw_text(L, 1, "admin_comment");
        char buffer[4096], found[SQ_UUID_SIZE];

        /* "+=text" is appended by slurmctld itself (23.11 and later). */
        if (!comment || !strncmp(comment, "+=", 2) ||
            (sq_comment_uuid(comment, found) && !strcmp(found, uuid)))
                return;
        if (!sq_comment_set(comment, uuid, buffer, sizeof buffer, NULL))
                set_comment(L, 1, buffer);
}

static int64_t task_of(lua_State *L, int record) {
        const int64_t task = sq_field_number(L, record, "array_task_id", SQ_WIDTH_32);

        return task == SQ_UNSET ? SQ_NO_TASK : task;
}

/* The job that is to be changed; its UUID goes to `uuid`. */
static void read_key(lua_State *L, struct sq_hook *hook, char uuid[SQ_UUID_SIZE],
                     struct sq_job_key *ret) {
        const int64_t array = sq_field_number(L, 2, "array_job_id", SQ_WIDTH_32);

        *ret = (struct sq_job_key){
                .cluster = sq_hook_cluster(hook),
                .job_id = array > 0 ? array : sq_field_number(L, 2, "job_id", SQ_WIDTH_32),
                .submit_at = sq_field_number(L, 2, "submit_time", SQ_WIDTH_64),
                .array_task = task_of(L, 2),
                .comment = sq_comment_uuid(sq_field_text(L, 2, "admin_comment"), uuid) ? uuid
                                                                                       : NULL,
        };
}

static int job_modify(lua_State *L) {
        struct sq_hook *hook = hook_of(L);
        struct sq_partition parts[SQ_FIELDS_PARTITIONS];
        struct sq_job_request update;
        struct sq_job_record record;
        struct sq_submission job;
        struct sq_holding held;
        struct sq_job_key key;
        struct sq_price price;
        struct sq_answer answer = {0};
        struct sq_error err;
        char uuid[SQ_UUID_SIZE];
        const char *account, *partition;
        bool changed = false, moves;
        size_t n;
        int rc;

        luaL_checktype(L, 1, LUA_TTABLE);
        luaL_checktype(L, 2, LUA_TTABLE);
        luaL_checkstack(L, SQ_FIELDS_STACK, "slurm_quota");
        sq_hook_begin(hook);
        sq_fields_update(L, 1, &update);
        sq_fields_record(L, 2, &record);
        read_key(L, hook, uuid, &key);
        job.user = user_of(L, hook, 2);
        job.account = sq_field_text(L, 2, "account");
        account = sq_field_text(L, 1, "account");
        moves = account && (!job.account || strcasecmp(account, job.account) != 0);
        if (moves)
                job.account = account;
        partition = update.partition && *update.partition ? update.partition : record.partition;
        n = sq_fields_partitions(L, 3, partition, parts);

        /* Not a job of ours: submitted before we were here, and not to be held up. */
        if (!job.account || !sq_hook_find(hook, &key, &held))
                return finish(L, hook, SQ_TIMER_MODIFY, SLURM_SUCCESS);
        keep_uuid(L, held.uuid);
        if (held.known)
                record.held = &held.tres;
        rc = sq_request_modified(&record, &update, parts, n, sq_hook_site(hook), &price,
                                 &changed, &err);
        if (!rc && !changed && moves)
                rc = sq_request_recorded(&record, parts, n, sq_hook_site(hook), &price, &err);
        if (rc) {
                sq_hook_refuse(hook, SQ_TIMER_MODIFY, SQ_REASON_REQUEST, &err, &answer);
                return refuse(L, hook, SQ_TIMER_MODIFY, &answer);
        }
        if (!changed && !moves)
                return finish(L, hook, SQ_TIMER_MODIFY, SLURM_SUCCESS);
        job.price = &price;
        sq_hook_modify(hook, &job, held.uuid, &key, &answer);
        return answer.refused ? refuse(L, hook, SQ_TIMER_MODIFY, &answer)
                              : finish(L, hook, SQ_TIMER_MODIFY, SLURM_SUCCESS);
}

/* --- complete ------------------------------------------------------------- */

/* The times and tasks of the run, as docs/slurm.md describes jobcomp's records. */
static void read_run(lua_State *L, struct sq_run *run) {
        const int64_t state = sq_field_number(L, 1, "job_state", SQ_WIDTH_32);
        const int64_t array = sq_field_number(L, 1, "array_job_id", SQ_WIDTH_32);
        const int64_t base = state & STATE_BASE;
        int64_t left;

        run->job_id = sq_field_number(L, 1, "job_id", SQ_WIDTH_32);
        run->submit_at = sq_field_number(L, 1, "submit_time", SQ_WIDTH_64);
        run->restarts = sq_field_number(L, 1, "restart_cnt", SQ_WIDTH_16);
        run->array_task = task_of(L, 1);
        run->start_at = sq_field_number(L, 1, "start_time", SQ_WIDTH_64);
        run->end_at = sq_field_number(L, 1, "end_time", SQ_WIDTH_64);
        run->resized = sq_field_number(L, 1, "resizing", SQ_WIDTH_16) == 1;
        if (run->resized) /* the job goes on: its end is its limit, the size's is now */
                run->end_at = sq_now();
        /* At a final end slurmctld sets the completing flag before it calls jobcomp; when a
         * node failed or the job was preempted and it will run again, afterwards
         * (job_mgr.c).  If it does not, the reconciler finds out. */
        run->goes_on = run->resized || base == STATE_PENDING ||
                       (state & (STATE_REQUEUE | STATE_REQUEUE_HOLD | STATE_SPECIAL_EXIT)) ||
                       ((base == STATE_NODE_FAIL || base == STATE_PREEMPTED) &&
                        !(state & STATE_COMPLETING));
        run->state = base == STATE_PENDING ? "REQUEUED"
                     : (size_t)base < sizeof state_words / sizeof state_words[0]
                             ? state_words[base]
                             : "UNKNOWN";
        run->array_job = array > 0 ? array : 0;
        run->tasks = 1;
        /* What is left of an array that is cancelled while pending comes as one. */
        if (array > 0 && run->array_task == SQ_NO_TASK) {
                left = sq_field_number(L, 1, "array_task_cnt", SQ_WIDTH_32);
                run->tasks = left > 0 ? left : 1;
        }
}

static int job_complete(lua_State *L) {
        struct sq_hook *hook = hook_of(L);
        struct sq_run run = {0};
        char uuid[SQ_UUID_SIZE];
        const char *allocated;

        luaL_checktype(L, 1, LUA_TTABLE);
        luaL_checkstack(L, SQ_FIELDS_STACK, "slurm_quota");
        sq_hook_begin(hook);
        read_run(L, &run);
        run.cluster = sq_hook_cluster(hook);
        run.account = sq_field_text(L, 1, "account");
        run.user = user_of(L, hook, 1);
        allocated = sq_field_text(L, 1, "tres_fmt_alloc_str");
        if (sq_comment_uuid(sq_field_text(L, 1, "admin_comment"), uuid))
                run.uuid = uuid;

        sq_hook_complete(hook, &run, allocated);
        return finish(L, hook, SQ_TIMER_COMPLETE, SLURM_SUCCESS);
}

/* --- loading -------------------------------------------------------------- */

static const luaL_Reg functions[] = {
        {"job_submit", job_submit},
        {"job_modify", job_modify},
        {"job_complete", job_complete},
};

__attribute__((visibility("default"))) int luaopen_slurm_quota(lua_State *L);

int luaopen_slurm_quota(lua_State *L) {
        struct holder *holder;

        lua_newtable(L);
        holder = lua_newuserdata(L, sizeof *holder);
        holder->hook = NULL;
        lua_newtable(L);
        lua_pushcfunction(L, collect);
        lua_setfield(L, -2, "__gc");
        lua_setmetatable(L, -2);
        if (sq_hook_new(NULL, &holder->hook, NULL))
                return luaL_error(L, "slurm_quota: out of memory");
        for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
                lua_pushvalue(L, -1);
                lua_pushcclosure(L, functions[i].func, 1);
                lua_setfield(L, -3, functions[i].name);
        }
        lua_pop(L, 1);
        lua_pushliteral(L, SQ_VERSION);
        lua_setfield(L, -2, "version");
        return 1;
}
