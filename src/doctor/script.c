/* script.c - what slurmctld loads: its scripts, and through them our module */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor/slurm.h"

/* A script has some kilobytes, a plugin some hundreds. */
#define FILE_MAX (4u * 1024 * 1024)

/* What is in a file, up to FILE_MAX, with a NUL behind it; NULL with errno. */
static char *read_file(const char *path, size_t *ret_length) {
        SQ_CLEANUP(sq_closep) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        SQ_CLEANUP(sq_freep) char *text = NULL;
        size_t n = 0;
        struct stat st;

        if (fd < 0 || fstat(fd, &st))
                return NULL;
        if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size > FILE_MAX) {
                errno = EFBIG;
                return NULL;
        }
        text = malloc((size_t)st.st_size + 1);
        while (text && n < (size_t)st.st_size) {
                const ssize_t more = read(fd, text + n, (size_t)st.st_size - n);

                if (more <= 0)
                        break;
                n += (size_t)more;
        }
        if (text)
                text[n] = '\0';
        *ret_length = n;
        return SQ_TAKE(text);
}

/* --- scripts ------------------------------------------------------------------------------ */

static void check_script(const char *path, const char *subject, const char *wanted,
                         const struct sq_report *report) {
        SQ_CLEANUP(sq_freep) char *text = NULL;
        size_t n = 0;

        text = read_file(path, &n);
        if (!text)
                sq_report(report, SQ_ILL, subject,
                          "Copy it from the directory share/slurm-quota of the installation.",
                          "could not read %s: %s", path, strerror(errno));
        else if (!memmem(text, n, wanted, strlen(wanted)))
                sq_report(report, SQ_ILL, subject,
                          "README.md says what two lines a site's own script needs.",
                          "%s does not call slurm-quota", path);
        else
                sq_report(report, SQ_HEALTHY, subject, "", "%s calls slurm-quota", path);
}

/* The script `name` beside slurm.conf. */
static void check_beside(const struct sq_settings *settings, const char *name,
                         const char *subject, const struct sq_report *report) {
        const char *conf = sq_settings_of(settings, "SLURM_CONF");
        const char *slash = strrchr(conf, '/');
        char path[PATH_MAX];

        if (!slash)
                return;
        snprintf(path, sizeof path, "%.*s/%s", (int)(slash - conf), conf, name);
        check_script(path, subject, "slurm_quota", report);
}

void sq_doctor_scripts(const struct sq_settings *settings, const struct sq_report *report) {
        const char *completion = sq_settings_of(settings, "JobCompType");

        if (sq_settings_has(settings, "JobSubmitPlugins", "lua") ||
            sq_settings_has(settings, "JobSubmitPlugins", "job_submit/lua"))
                check_beside(settings, "job_submit.lua", "submission", report);
        if (!strcmp(completion, "jobcomp/lua"))
                check_beside(settings, "jobcomp.lua", "completion", report);
        else if (!strcmp(completion, "jobcomp/script"))
                check_script(sq_settings_of(settings, "JobCompLoc"), "completion",
                             "slurm-quota", report);
}

/* --- the module --------------------------------------------------------------------------- */

/* "liblua5.1.so.0" as a plugin of Slurm names it; false: there is none. */
static bool find_library(const struct sq_settings *settings, char ret[64]) {
        SQ_CLEANUP(sq_freep) char *plugin = NULL;
        const char *name, *last;
        char path[PATH_MAX];
        size_t n = 0, length;

        snprintf(path, sizeof path, "%s/job_submit_lua.so",
                 sq_settings_of(settings, "PluginDir"));
        plugin = read_file(path, &n);
        if (!plugin)
                return false;
        name = memmem(plugin, n, "\0liblua", 7);
        if (!name)
                return false;
        name++;
        last = memchr(name, '\0', n - (size_t)(name - plugin));
        length = last ? (size_t)(last - name) : 64;
        if (length >= 64)
                return false;
        memcpy(ret, name, length + 1);
        return true;
}

/* The few functions of Lua's C interface that this takes (lua.h, 5.1 to 5.4); none is
 * linked, because which Lua it is turns out now. */
struct lua {
        void *(*new_state)(void);
        void (*open_libraries)(void *);
        int (*load)(void *, const char *);
        int (*call)(void *, int, int, int);                       /* 5.1 */
        int (*call_k)(void *, int, int, int, intptr_t, void *);   /* from 5.2 on */
        const char *(*text)(void *, int, size_t *);
        void (*close)(void *);
};

static bool load_lua(void *library, struct lua *ret) {
        *(void **)&ret->new_state = dlsym(library, "luaL_newstate");
        *(void **)&ret->open_libraries = dlsym(library, "luaL_openlibs");
        *(void **)&ret->load = dlsym(library, "luaL_loadstring");
        *(void **)&ret->call = dlsym(library, "lua_pcall");
        *(void **)&ret->call_k = dlsym(library, "lua_pcallk");
        *(void **)&ret->text = dlsym(library, "lua_tolstring");
        *(void **)&ret->close = dlsym(library, "lua_close");
        return ret->new_state && ret->open_libraries && ret->load && ret->text && ret->close &&
               (ret->call || ret->call_k);
}

/* Runs what slurmctld's scripts begin with. */
static void require_module(const struct lua *lua, const char *library,
                           const struct sq_report *report) {
        void *state = lua->new_state();
        const char *text;
        int rc;

        if (!state)
                return;
        lua->open_libraries(state);
        rc = lua->load(state, "return require(\"slurm_quota\").version");
        if (!rc)
                rc = lua->call ? lua->call(state, 0, 1, 0)
                               : lua->call_k(state, 0, 1, 0, 0, NULL);
        text = lua->text(state, -1, NULL);
        if (rc || !text)
                sq_report(report, SQ_ILL, "module",
                          "Install slurm_quota.so where this Lua's require() looks;"
                          " slurmctld's own"
                          " environment (LUA_CPATH) may differ from this one.",
                          "%s of slurmctld cannot load slurm_quota: %.*s", library,
                          (int)strcspn(text ? text : "", "\n"), text ? text : "");
        else
                sq_report(report, SQ_HEALTHY, "module", "",
                          "slurm_quota %s loads in %s, which slurmctld's plugin uses", text,
                          library);
        lua->close(state);
}

void sq_doctor_module(const struct sq_settings *settings, const struct sq_report *report) {
        char name[64];
        struct lua lua;
        void *library;

        if (!find_library(settings, name)) {
                sq_report(report, SQ_DOUBTFUL, "module",
                          "Install Slurm's Lua plugins here, or ask slurmctld's log.",
                          "could not tell which Lua slurmctld uses: no job_submit_lua.so in"
                          " \"%s\"", sq_settings_of(settings, "PluginDir"));
                return;
        }
        /* Its names are what the module is linked against. */
        library = dlopen(name, RTLD_NOW | RTLD_GLOBAL);
        if (library && load_lua(library, &lua))
                require_module(&lua, name, report);
        else
                sq_report(report, SQ_ILL, "module", "Install it: Slurm's plugin needs it, too.",
                          "could not load %s: %s", name, library ? "it is no Lua" : dlerror());
        if (library)
                dlclose(library);
}
