/* clock.c - bench_clock.so: nanoseconds for the benchmark's job_submit.lua
 *
 * Lua itself has only os.clock(), which counts the CPU time of all of
 * slurmctld's threads.
 */
#include <lauxlib.h>
#include <lua.h>
#include <time.h>

__attribute__((visibility("default"))) int luaopen_bench_clock(lua_State *L);

static int now(lua_State *L) {
        struct timespec ts;

        clock_gettime(CLOCK_MONOTONIC, &ts);
        lua_pushnumber(L, (lua_Number)ts.tv_sec * 1e9 + (lua_Number)ts.tv_nsec);
        return 1;
}

int luaopen_bench_clock(lua_State *L) {
        lua_newtable(L);
        lua_pushcfunction(L, now);
        lua_setfield(L, -2, "now");
        return 1;
}
