#include "cli/administrator.h"

#include <fcntl.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/directory.h"
#include "ledger/site.h"
#include "ledger/spool.h"
#include "slurm/name.h"

/* How long a person may wait for the database.  Its writers take milliseconds;
 * a backup or a repair takes seconds. */
#define PATIENCE_NS (10 * SQ_NS_PER_SECOND)

/* (uid_t)-1, which the kernel shows for "no audit session". */
#define NO_LOGIN UINT32_MAX

int sq_administrator_check(const struct sq_call *call, struct sq_error *err) {
        const char *slurm_user = call->config->slurm.user;
        const struct passwd *entry;

        if (getuid() == 0)
                return SQ_OK;
        entry = getpwnam(slurm_user);
        if (entry && entry->pw_uid == getuid())
                return SQ_OK;
        return sq_fail(err, SQ_EACCESS, "only root and %s may run %s", slurm_user,
                       call->name);
}

/* Copies the login name of `uid`; its number when it has none. */
static void login_name(uid_t uid, char *name, size_t size) {
        const struct passwd *entry = getpwuid(uid);

        if (entry && sq_name_check(SQ_NAME_USER, entry->pw_name, NULL) == SQ_OK)
                snprintf(name, size, "%s", entry->pw_name);
        else
                snprintf(name, size, "uid %lu", (unsigned long)uid);
}

static uint32_t login_uid(void) {
        SQ_CLEANUP(sq_closep) int fd = open("/proc/self/loginuid", O_RDONLY | O_CLOEXEC);
        char text[16];
        uint32_t uid = 0;
        ssize_t n;

        n = fd < 0 ? -1 : read(fd, text, sizeof text);
        if (n <= 0 || n > 10) /* digits of 4294967295 */
                return NO_LOGIN;
        for (ssize_t i = 0; i < n; i++)
                if (text[i] < '0' || text[i] > '9' ||
                    __builtin_mul_overflow(uid, 10, &uid) ||
                    __builtin_add_overflow(uid, (uint32_t)(text[i] - '0'), &uid))
                        return NO_LOGIN;
        return uid;
}

const char *sq_administrator_name(char name[SQ_ACTOR_SIZE]) {
        const char *sudo = getenv("SUDO_USER");
        const uint32_t login = login_uid();
        char who[SQ_NAME_SIZE], person[SQ_NAME_SIZE];

        login_name(getuid(), who, sizeof who);
        if (login != NO_LOGIN && login != getuid()) {
                login_name(login, person, sizeof person);
                snprintf(name, SQ_ACTOR_SIZE, "%s (login %s)", who, person);
        } else if (login == NO_LOGIN && sudo && strcmp(sudo, who) != 0 &&
                   sq_name_check(SQ_NAME_USER, sudo, NULL) == SQ_OK) {
                snprintf(name, SQ_ACTOR_SIZE, "%s (sudo %s)", who, sudo);
        } else {
                snprintf(name, SQ_ACTOR_SIZE, "%s", who);
        }
        return name;
}

static int64_t be_patient(void) {
        return sq_monotonic_ns() + PATIENCE_NS;
}

int sq_booker_open(const struct sq_config *config, int64_t deadline, struct sq_ledger **ret,
                   struct sq_error *err) {
        /* The spool is for others too: an event that cannot be booked must find a place. */
        (void)sq_directory_prepare(config->spool.directory, config->slurm.user, 02770, NULL);
        return sq_ledger_open_site(config, SQ_STORE_HOOK, deadline, ret, err);
}

int sq_administrator_open(const struct sq_config *config, struct sq_ledger **ret,
                          struct sq_error *err) {

        /* The group may look at what waits; nobody else has business there. */
        int rc = sq_directory_prepare(config->spool.directory, config->slurm.user, 02770, err);

        if (!rc)
                rc = sq_spool_prepare(config->spool.directory, err);
        if (!rc)
                rc = sq_ledger_open_site(config, SQ_STORE_PERSON, be_patient(), ret, err);
        /* What the hooks left in the log: they leave it to commands. */
        if (!rc)
                (void)!sq_store_checkpoint(sq_ledger_store(*ret), SQ_CHECKPOINT_EMPTY, NULL);
        return rc;
}

int sq_reader_open(const struct sq_config *config, struct sq_ledger **ret,
                   struct sq_error *err) {

        int rc = sq_ledger_open_site(config, SQ_STORE_READER, be_patient(), ret, err);

        if (rc == SQ_EACCESS && config->store.readable_by == SQ_READABLE_BY_EVERYONE)
                sq_hint(err, "\"readable_by = everyone\" takes effect with the next change that"
                             " an administrator makes.");
        else if (rc == SQ_EACCESS)
                sq_hint(err, "Ask an administrator: with \"readable_by = everyone\" in section"
                             " [store] of %.100s everybody may read.",
                        sq_config_file(config) ? sq_config_file(config) : SQ_CONFIG_FILE);
        return rc;
}
