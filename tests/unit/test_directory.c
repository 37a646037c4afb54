#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/cleanup.h"
#include "base/directory.h"

/* An owner that is not root exists on every system; the tests that change
 * owners are skipped for ordinary users. */
#define OWNER "daemon"

static char base[] = "/tmp/test_directory.XXXXXX";
static uid_t owner_uid;
static gid_t owner_gid;

static int make_base(void **state) {
        const struct passwd *owner = getpwnam(OWNER);

        (void)state;
        if (!owner || !mkdtemp(base) || chmod(base, 0755) < 0)
                return -1;
        owner_uid = owner->pw_uid;
        owner_gid = owner->pw_gid;
        return 0;
}

static int remove_base(void **state) {
        pid_t child = fork();
        int status;

        (void)state;
        if (child == 0) {
                execlp("rm", "rm", "-rf", "--", base, NULL);
                _exit(127);
        }
        return waitpid(child, &status, 0) == child && status == 0 ? 0 : -1;
}

static char *under(char path[128], const char *name) {
        snprintf(path, 128, "%s/%s", base, name);
        return path;
}

static void assert_is(const char *path, uid_t uid, gid_t gid, mode_t mode) {
        struct stat st;

        assert_int_equal(lstat(path, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_uid, uid);
        assert_int_equal(st.st_gid, gid);
        assert_int_equal(st.st_mode & 07777, mode);
}

static const char *self(void) {
        return getpwuid(geteuid())->pw_name;
}

/* cmocka's skip() is a failure to Meson's reader of TAP, so these say it. */
static bool is_root(void) {
        if (geteuid() != 0)
                print_message("# skipped: needs root\n");
        return geteuid() == 0;
}

/* Runs the call as the user with `uid`, and gives its code back. */
static int prepared_as(uid_t uid, gid_t gid, const char *path, struct sq_error *err) {
        int ends[2], status;
        pid_t child;

        assert_int_equal(pipe(ends), 0);
        child = fork();
        if (child == 0) {
                struct sq_error mine = {.text = ""};
                int code;

                if (setgroups(0, NULL) < 0 || setgid(gid) < 0 || setuid(uid) < 0)
                        _exit(127);
                umask(0077);
                code = sq_directory_prepare(path, OWNER, 02770, &mine);
                if (write(ends[1], &mine, sizeof mine) != sizeof mine)
                        _exit(127);
                _exit(-code);
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], err, sizeof *err), sizeof *err);
        close(ends[0]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        return -WEXITSTATUS(status);
}

static void a_missing_directory_is_made_with_exactly_the_mode(void **state) {
        char path[128], parent[128];
        mode_t before = umask(0077);

        (void)state;
        assert_int_equal(sq_directory_prepare(under(path, "self/./x//y/"), self(), 02770, NULL),
                         SQ_OK);
        umask(before);
        assert_is(under(path, "self/x/y"), geteuid(), getegid(), 02770);
        assert_is(under(parent, "self/x"), geteuid(), getegid(), 0755);
        assert_is(under(parent, "self"), geteuid(), getegid(), 0755);
}

static void root_gives_a_new_directory_to_the_owner(void **state) {
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "root/x");
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
        assert_is(under(path, "root"), 0, 0, 0755);
}

static void first_runs_at_the_same_time_do_not_hinder_each_other(void **state) {
        char path[128], name[32];
        int status;

        (void)state;
        for (int round = 0; round < 50; round++) {
                pid_t child[4];

                snprintf(name, sizeof name, "race%d/x/y", round);
                under(path, name);
                for (int i = 0; i < 4; i++) {
                        child[i] = fork();
                        if (child[i] == 0)
                                _exit(sq_directory_prepare(path, self(), 02770, NULL) ? 1 : 0);
                }
                for (int i = 0; i < 4; i++) {
                        assert_int_equal(waitpid(child[i], &status, 0), child[i]);
                        assert_int_equal(status, 0);
                }
                assert_is(path, geteuid(), getegid(), 02770);
        }
}

static void a_second_call_changes_nothing(void **state) {
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "again");
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
        /* Nor a call that would have made it otherwise. */
        assert_int_equal(sq_directory_prepare(path, OWNER, 0755, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
}

static void the_rights_of_others_follow_the_mode(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "others");
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02775, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02775);
        assert_int_equal(prepared_as(owner_uid, owner_gid, path, &err), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
        assert_int_equal(chmod(path, 0755), 0);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 0755);
}

static void the_owner_can_be_the_first_to_run(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "first");
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(chown(path, owner_uid, owner_gid), 0);
        under(path, "first/a/b");
        assert_int_equal(prepared_as(owner_uid, owner_gid, path, &err), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
        assert_is(under(path, "first/a"), owner_uid, owner_gid, 0755);
}

static void the_owner_is_told_what_root_has_to_do(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "forbidden");
        assert_int_equal(prepared_as(owner_uid, owner_gid, path, &err), SQ_EACCESS);
        assert_non_null(strstr(err.text, path));
        assert_non_null(strstr(err.hint, "install -d -o " OWNER));
        assert_int_equal(mkdir(path, 0755), 0);
        assert_int_equal(prepared_as(owner_uid, owner_gid, path, &err), SQ_EACCESS);
        assert_is(path, 0, 0, 0755);
}

static void others_make_nothing(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "open");
        assert_int_equal(mkdir(path, 0777), 0);
        assert_int_equal(chmod(path, 0777), 0);
        under(path, "open/a/b");
        assert_int_equal(prepared_as(65534, 65534, path, &err), SQ_EACCESS);
        assert_non_null(strstr(err.text, "does not exist"));
        under(path, "open/a");
        assert_int_equal(access(path, F_OK), -1);
        assert_int_equal(prepared_as(65534, 65534, path, &err), SQ_EACCESS);
        assert_int_equal(access(path, F_OK), -1);
}

static void others_may_find_it_there(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        if (!is_root())
                return;
        under(path, "there");
        assert_int_equal(sq_directory_prepare(path, OWNER, 0755, NULL), SQ_OK);
        assert_int_equal(prepared_as(65534, 65534, path, &err), SQ_OK);
}

/* The ancestor's first-run fault. */
static void what_root_left_behind_is_put_right(void **state) {
        char path[128], file[128];

        (void)state;
        if (!is_root())
                return;
        assert_int_equal(mkdir(under(path, "left"), 0755), 0);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
        assert_int_equal(mkdir(under(path, "left-with-database"), 0755), 0);
        close(creat(under(file, "left-with-database/slurm-quota.db"), 0644));
        close(creat(under(file, "left-with-database/slurm-quota.db-wal"), 0644));
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_OK);
        assert_is(path, owner_uid, owner_gid, 02770);
}

static void directories_of_other_things_are_left_alone(void **state) {
        struct sq_error err = {.text = ""};
        char path[128], file[128];

        (void)state;
        if (!is_root())
                return;
        assert_int_equal(mkdir(under(path, "etc"), 0755), 0);
        close(creat(under(file, "etc/slurm.conf"), 0644));
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, &err), SQ_EACCESS);
        assert_non_null(strstr(err.text, "user \"" OWNER "\" cannot write in directory"));
        assert_true(err.hint[0] != '\0');
        assert_is(path, 0, 0, 0755);
        /* A directory with our name is not a file of ours. */
        assert_int_equal(mkdir(under(path, "lib"), 0755), 0);
        assert_int_equal(mkdir(under(file, "lib/slurm-quota"), 0755), 0);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_EACCESS);
        assert_is(path, 0, 0, 0755);
        /* And what belongs to somebody else is theirs, even when empty. */
        assert_int_equal(mkdir(under(path, "theirs"), 0755), 0);
        assert_int_equal(chown(path, 65534, 65534), 0);
        assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), SQ_EACCESS);
        assert_is(path, 65534, 65534, 0755);
}

static void what_was_prepared_otherwise_is_good_enough(void **state) {
        static const struct {
                const char *name;
                bool owned, grouped;
                mode_t mode;
                int code;
        } table[] = {
                {"own", true, false, 0700, SQ_OK},     {"group", false, true, 0775, SQ_OK},
                {"world", false, false, 0777, SQ_OK},  {"own-r", true, false, 0500, SQ_EACCESS},
                {"group-r", false, true, 0755, SQ_OK}, /* root's and empty: put right */
        };
        char path[128];

        (void)state;
        if (!is_root())
                return;
        for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
                under(path, table[i].name);
                assert_int_equal(mkdir(path, 0700), 0);
                assert_int_equal(chown(path, table[i].owned ? owner_uid : 0,
                                       table[i].grouped ? owner_gid : 0), 0);
                assert_int_equal(chmod(path, table[i].mode), 0);
                assert_int_equal(sq_directory_prepare(path, OWNER, 02770, NULL), table[i].code);
                if (strcmp(table[i].name, "group-r"))
                        assert_is(path, table[i].owned ? owner_uid : 0,
                                  table[i].grouped ? owner_gid : 0, table[i].mode);
                else
                        assert_is(path, owner_uid, owner_gid, 02770);
        }
}

static void the_last_directory_must_not_be_a_link(void **state) {
        struct sq_error err = {.text = ""};
        char path[128], target[128];

        (void)state;
        assert_int_equal(mkdir(under(target, "target"), 0755), 0);
        assert_int_equal(symlink(target, under(path, "link")), 0);
        assert_int_equal(sq_directory_prepare(path, self(), 02770, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "\"link\" is a symbolic link"));
        assert_is(target, geteuid(), getegid(), 0755);
        assert_int_equal(symlink("/nowhere", under(path, "dangling")), 0);
        assert_int_equal(sq_directory_prepare(path, self(), 02770, &err), SQ_EINVAL);
}

static void directories_above_may_be_links(void **state) {
        char path[128];

        (void)state;
        assert_int_equal(mkdir(under(path, "disk"), 0755), 0);
        assert_int_equal(symlink("disk", under(path, "state")), 0);
        assert_int_equal(sq_directory_prepare(under(path, "state/q"), self(), 02770, NULL),
                         SQ_OK);
        assert_is(under(path, "disk/q"), geteuid(), getegid(), 02770);
}

static void files_are_no_directories(void **state) {
        struct sq_error err = {.text = ""};
        char path[128];

        (void)state;
        close(creat(under(path, "file"), 0644));
        assert_int_equal(sq_directory_prepare(path, self(), 02770, &err), SQ_EINVAL);
        assert_non_null(strstr(err.text, "\"file\" is not a directory"));
        assert_int_equal(sq_directory_prepare(under(path, "file/x"), self(), 02770, &err),
                         SQ_EINVAL);
        assert_non_null(strstr(err.text, "\"file\" is not a directory"));
}

static void paths_must_be_plain_and_absolute(void **state) {
        char path[512], name[300];
        struct sq_error err;

        (void)state;
        assert_int_equal(sq_directory_prepare("x", self(), 0755, &err), SQ_EINVAL);
        assert_int_equal(sq_directory_prepare("", self(), 0755, &err), SQ_EINVAL);
        assert_int_equal(sq_directory_prepare("/", self(), 0755, &err), SQ_EINVAL);
        assert_int_equal(sq_directory_prepare("/./.", self(), 0755, &err), SQ_EINVAL);
        assert_int_equal(sq_directory_prepare(under(path, "../x"), self(), 0755, &err),
                         SQ_EINVAL);
        assert_int_equal(sq_directory_prepare(under(path, ".."), self(), 0755, &err),
                         SQ_EINVAL);
        memset(name, 'x', sizeof name);
        name[sizeof name - 1] = '\0';
        snprintf(path, sizeof path, "%s/%s/y", base, name);
        assert_int_equal(sq_directory_prepare(path, self(), 0755, &err), SQ_EINVAL);
}

static void an_owner_that_does_not_exist_is_an_error(void **state) {
        struct sq_error err;
        char path[128];

        (void)state;
        assert_int_equal(sq_directory_prepare(under(path, "q"), "nosuchuser", 0755, &err),
                         SQ_EINVAL);
        assert_string_equal(err.text, "user \"nosuchuser\" does not exist on this host");
        assert_non_null(strstr(err.hint, "SlurmUser"));
        assert_int_equal(access(path, F_OK), -1);
}

static void a_directory_that_cannot_be_made_is_an_error(void **state) {
        struct sq_error err;

        (void)state;
        /* proc lets nobody make directories. */
        assert_int_not_equal(sq_directory_prepare("/proc/x", self(), 0755, &err), SQ_OK);
        assert_non_null(strstr(err.text, "/proc/x"));
}

static void network_file_systems_are_known_by_name(void **state) {
        (void)state;
        assert_string_equal(sq_filesystem_is_network(0x6969), "NFS");
        assert_string_equal(sq_filesystem_is_network(0x0bd00bd0), "Lustre");
        assert_string_equal(sq_filesystem_is_network(0x47504653), "GPFS");
        assert_string_equal(sq_filesystem_is_network(0x19830326), "BeeGFS");
        assert_string_equal(sq_filesystem_is_network(0x00c36400), "CephFS");
        assert_string_equal(sq_filesystem_is_network(0xff534d42), "CIFS");
        assert_null(sq_filesystem_is_network(0xef53));     /* ext4 */
        assert_null(sq_filesystem_is_network(0x58465342)); /* xfs */
        assert_null(sq_filesystem_is_network(0x01021994)); /* tmpfs */
}

static void local_paths_are_local_whether_they_exist_or_not(void **state) {
        char path[5000];

        (void)state;
        assert_null(sq_path_is_network("/proc/self"));
        assert_null(sq_path_is_network("/proc/none/such/file"));
        assert_null(sq_path_is_network("/"));
        assert_null(sq_path_is_network("/nosuch"));
        assert_null(sq_path_is_network("nosuch"));
        assert_null(sq_path_is_network(""));
        memset(path, '/', sizeof path);
        path[sizeof path - 1] = '\0';
        assert_null(sq_path_is_network(path));
}

int main(void) {
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_missing_directory_is_made_with_exactly_the_mode),
                cmocka_unit_test(root_gives_a_new_directory_to_the_owner),
                cmocka_unit_test(first_runs_at_the_same_time_do_not_hinder_each_other),
                cmocka_unit_test(a_second_call_changes_nothing),
                cmocka_unit_test(the_rights_of_others_follow_the_mode),
                cmocka_unit_test(the_owner_can_be_the_first_to_run),
                cmocka_unit_test(the_owner_is_told_what_root_has_to_do),
                cmocka_unit_test(others_make_nothing),
                cmocka_unit_test(others_may_find_it_there),
                cmocka_unit_test(what_root_left_behind_is_put_right),
                cmocka_unit_test(directories_of_other_things_are_left_alone),
                cmocka_unit_test(what_was_prepared_otherwise_is_good_enough),
                cmocka_unit_test(the_last_directory_must_not_be_a_link),
                cmocka_unit_test(directories_above_may_be_links),
                cmocka_unit_test(files_are_no_directories),
                cmocka_unit_test(paths_must_be_plain_and_absolute),
                cmocka_unit_test(an_owner_that_does_not_exist_is_an_error),
                cmocka_unit_test(a_directory_that_cannot_be_made_is_an_error),
                cmocka_unit_test(network_file_systems_are_known_by_name),
                cmocka_unit_test(local_paths_are_local_whether_they_exist_or_not),
        };

        return cmocka_run_group_tests(tests, make_base, remove_base);
}
