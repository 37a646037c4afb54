# ancestor.bash - databases as Rackslab's slurm-quota left them, in each of its versions

# The site of every test, with the data directory of the ancestor.
eval "$(declare -f setup | sed '1s/setup/make_site/')"

setup() {
        make_site
        mkdir -m 755 "$SITE/state"
        [ "$(id -u)" != 0 ] || chown slurm: "$SITE/state"
}



FIRST="CREATE TABLE users (username TEXT PRIMARY KEY,
        total_consumed_cpu_minutes INTEGER DEFAULT 0, quota_cpu_minutes INTEGER DEFAULT -1,
        last_updated TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE accounts (account TEXT PRIMARY KEY,
        total_consumed_cpu_minutes INTEGER DEFAULT 0, quota_cpu_minutes INTEGER DEFAULT -1,
        last_updated TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
CREATE TABLE jobs_preallocations (job_uuid TEXT PRIMARY KEY, username TEXT NOT NULL,
        account TEXT NOT NULL, preallocated_cpu_minutes INTEGER NOT NULL,
        created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
        FOREIGN KEY (username) REFERENCES users (username),
        FOREIGN KEY (account) REFERENCES accounts (account));
INSERT INTO users VALUES ('alice', 120, 1000, '2026-01-02 03:04:05'),
        ('bob', 0, -1, '2026-01-02 03:04:06');
INSERT INTO accounts VALUES ('hpc', 120, 5000, '2026-01-02 03:04:05');
INSERT INTO jobs_preallocations VALUES
        ('0a1b2c3d-4e5f-4a6b-8c7d-000000000001', 'alice', 'hpc', 60, '2026-01-02 03:04:05'),
        ('0a1b2c3d-4e5f-4a6b-8c7d-000000000002', 'bob', 'hpc', 30, '2026-01-02 03:04:07');"
ARRAYS="ALTER TABLE jobs_preallocations ADD COLUMN array_size INTEGER DEFAULT 1;
UPDATE jobs_preallocations SET array_size = 10 WHERE username = 'bob';"
GPUS="ALTER TABLE users ADD COLUMN total_consumed_gpu_minutes INTEGER DEFAULT 0;
ALTER TABLE users ADD COLUMN quota_gpu_minutes INTEGER DEFAULT -1;
ALTER TABLE accounts ADD COLUMN total_consumed_gpu_minutes INTEGER DEFAULT 0;
ALTER TABLE accounts ADD COLUMN quota_gpu_minutes INTEGER DEFAULT -1;
UPDATE users SET total_consumed_gpu_minutes = 7, quota_gpu_minutes = 500
        WHERE username = 'alice';"
HELD_GPUS="ALTER TABLE jobs_preallocations ADD COLUMN preallocated_gpu_minutes INTEGER DEFAULT 0;
UPDATE jobs_preallocations SET preallocated_gpu_minutes = 5 WHERE username = 'bob';"
FACTORS="CREATE TABLE gpu_factors (gpu_type TEXT PRIMARY KEY, factor REAL NOT NULL);
INSERT INTO gpu_factors VALUES ('default', 1.0), ('h100', 0.5);"
SETTINGS="CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL);
INSERT INTO settings VALUES ('default_user_quota_cpu_minutes', '50000'),
        ('default_user_quota_gpu_minutes', '-1'), ('default_account_quota_cpu_minutes', '-1'),
        ('default_account_quota_gpu_minutes', '10000');"
ROLES="CREATE TABLE operators (username TEXT PRIMARY KEY);
CREATE TABLE managers (username TEXT PRIMARY KEY);
CREATE TABLE manager_accounts (manager_username TEXT NOT NULL, account TEXT NOT NULL,
        PRIMARY KEY (manager_username, account),
        FOREIGN KEY (manager_username) REFERENCES managers (username) ON DELETE CASCADE);
INSERT INTO operators VALUES ('olga');
INSERT INTO managers VALUES ('carol');
INSERT INTO manager_accounts VALUES ('carol', 'hpc');"
SECOND=$FIRST$ARRAYS$GPUS$HELD_GPUS$FACTORS$SETTINGS

# old SQL [MODE]: a database of the ancestor, as it would be left.
old() {
        sql "PRAGMA journal_mode = ${2:-delete}" >/dev/null
        sql "$1"
        chmod 644 "$DB"
        [ "$(id -u)" != 0 ] || chown slurm: "$DB"
}

backups() {
        find "$SITE/state" -name 'slurm-quota.db.before-migrate-*'
}

# Nothing but the database, what belongs to it, and backups.
assert_tidy() {
        run find "$SITE/state" -name '*.migrating*' -o -name '*.part' -o -name '*-journal'
        [ -z "$output" ]
}
