/* ancestor_fixture.h - the database of an earlier program, where a ledger's is to be */
#pragma once

#include "fixture.h"

#include "store/ancestor.h"

/* The first version, and what each later one added. */
#define FIRST                                                                              \
        "CREATE TABLE users (username TEXT PRIMARY KEY,"                                   \
        " total_consumed_cpu_minutes INTEGER DEFAULT 0,"                                   \
        " quota_cpu_minutes INTEGER DEFAULT -1,"                                           \
        " last_updated TIMESTAMP DEFAULT CURRENT_TIMESTAMP);"                              \
        "CREATE TABLE accounts (account TEXT PRIMARY KEY,"                                 \
        " total_consumed_cpu_minutes INTEGER DEFAULT 0,"                                   \
        " quota_cpu_minutes INTEGER DEFAULT -1,"                                           \
        " last_updated TIMESTAMP DEFAULT CURRENT_TIMESTAMP);"                              \
        "CREATE TABLE jobs_preallocations (job_uuid TEXT PRIMARY KEY,"                     \
        " username TEXT NOT NULL, account TEXT NOT NULL,"                                  \
        " preallocated_cpu_minutes INTEGER NOT NULL,"                                      \
        " created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,"                                 \
        " FOREIGN KEY (username) REFERENCES users (username),"                             \
        " FOREIGN KEY (account) REFERENCES accounts (account));"
#define ARRAYS "ALTER TABLE jobs_preallocations ADD COLUMN array_size INTEGER DEFAULT 1;"
#define GPUS                                                                               \
        "ALTER TABLE users ADD COLUMN total_consumed_gpu_minutes INTEGER DEFAULT 0;"       \
        "ALTER TABLE users ADD COLUMN quota_gpu_minutes INTEGER DEFAULT -1;"               \
        "ALTER TABLE accounts ADD COLUMN total_consumed_gpu_minutes INTEGER DEFAULT 0;"    \
        "ALTER TABLE accounts ADD COLUMN quota_gpu_minutes INTEGER DEFAULT -1;"            \
        "ALTER TABLE jobs_preallocations ADD COLUMN preallocated_gpu_minutes INTEGER"      \
        " DEFAULT 0;"
#define FACTORS "CREATE TABLE gpu_factors (gpu_type TEXT PRIMARY KEY, factor REAL NOT NULL);"
#define SETTINGS "CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);"
#define ROLES                                                                              \
        "CREATE TABLE operators (username TEXT PRIMARY KEY);"                              \
        "CREATE TABLE managers (username TEXT PRIMARY KEY);"                               \
        "CREATE TABLE manager_accounts (manager_username TEXT NOT NULL,"                   \
        " account TEXT NOT NULL, PRIMARY KEY (manager_username, account));"
#define SECOND FIRST ARRAYS GPUS FACTORS SETTINGS

#define ALICE "INSERT INTO users (username, total_consumed_cpu_minutes) VALUES ('alice', 7);"

/* cmocka's setup: a fixture whose database is what the test puts there. */
int start_without(void **state);

/* The path of what has the database's name and `suffix` behind it; of the next call, too. */
const char *beside(const struct fixture *f, const char *suffix);
bool exists(const char *path);

/* Opens it, to look or to `change` it; waits for others for a fifth of a second.  open_old()
 * fails the test where that fails. */
int try_open(struct fixture *f, bool change, struct sq_ancestor **ret, struct sq_error *err);
struct sq_ancestor *open_old(struct fixture *f, bool change);

/* Leaves in its write-ahead log what is not in the file, and dies; for fixture_fork(). */
int leave_a_log(void *payload);
