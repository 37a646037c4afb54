load helper
load ancestor

# minutes: what site scripts ask, with the columns that every version has.
minutes() {
        sql "SELECT username, total_consumed_cpu_minutes, quota_cpu_minutes, last_updated
                FROM users ORDER BY username;
             SELECT account, total_consumed_cpu_minutes, quota_cpu_minutes, last_updated
                FROM accounts ORDER BY account;
             SELECT job_uuid, username, account, preallocated_cpu_minutes, created_at
                FROM jobs_preallocations ORDER BY job_uuid"
}

# The same with all columns.
all_minutes() {
        minutes
        sql "SELECT username, total_consumed_gpu_minutes, quota_gpu_minutes FROM users
                ORDER BY username;
             SELECT account, total_consumed_gpu_minutes, quota_gpu_minutes FROM accounts;
             SELECT job_uuid, preallocated_gpu_minutes, array_size FROM jobs_preallocations
                ORDER BY job_uuid;
             SELECT username, SUM(preallocated_cpu_minutes * array_size),
                SUM(array_size) FROM jobs_preallocations GROUP BY username ORDER BY username;
             SELECT gpu_type, factor FROM gpu_factors ORDER BY gpu_type;
             SELECT key, value FROM settings ORDER BY key"
}

assert_verified() {
        run slurm-quota verify
        echo "$output"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
}

# migrates SQL MODE QUERY: the views answer QUERY as the tables did.
migrates() {
        rm -rf "$SITE"/state/*
        old "$1" "$2"
        before=$($3)
        run --separate-stderr slurm-quota migrate
        echo "$output / $stderr"
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ ${lines[0]} == "backup: $DB.before-migrate-"*Z ]]
        [ "${lines[-1]}" = "migrated: $DB" ]
        assert_verified
        [ "$($3)" = "$before" ]
        assert_tidy
        [ "$(DB=$(backups) $3)" = "$before" ]
}

# --- what is migrated -----------------------------------------------------------------

@test "every version of the ancestor is migrated, and the views answer as its tables did" {
        for mode in delete wal; do
                migrates "$FIRST" $mode minutes
                migrates "$FIRST$ARRAYS" $mode minutes
                migrates "$FIRST$ARRAYS$GPUS" $mode minutes
                migrates "$FIRST$ARRAYS$GPUS$HELD_GPUS" $mode minutes
                migrates "$FIRST$ARRAYS$GPUS$HELD_GPUS$FACTORS" $mode minutes
                migrates "$SECOND" $mode all_minutes
                migrates "$SECOND$ROLES" $mode all_minutes
        done
}

@test "it says what it takes over, and what not" {
        old "$SECOND$ROLES INSERT INTO users (username) VALUES ('x y');"
        run slurm-quota migrate
        [ "$status" -eq 0 ]
        [ "${lines[1]}" = "from slurm-quota 3: $DB" ]
        [ "${lines[2]}" = "users: 2" ]
        [ "${lines[3]}" = "accounts: 1" ]
        [ "${lines[4]}" = "reservations: 2, of 11 tasks" ]
        [ "${lines[5]}" = "GPU factors: default 1.000, h100 0.500" ]
        [ "${lines[6]}" = "default quotas: user CPU 50000 minutes, account GPU 10000 minutes" ] ||
                [ "${lines[6]}" = "default quotas: account GPU 10000 minutes, user CPU 50000 minutes" ]
        [ "${lines[7]}" = 'left out: user "x y": user name contains a blank or control character' ]
        [ "${lines[8]}" = 'left out: operators "olga": roles come from Slurm now' ]
        [ "${lines[9]}" = 'left out: managers "carol": roles come from Slurm now' ]
        [[ ${lines[10]} == *'managers'"'"' accounts "carol" for "hpc": roles'* ]]
}

@test "stats, defaults and factors show what they showed before" {
        old "$SECOND"
        slurm-quota migrate
        NO_COLOR=1 run slurm-quota stats --all
        [[ $output =~ alice" "*"|"" "*120" "*60\(1\)" "*1000 ]]
        [[ $output =~ bob" "*"|"" "*0" "*300\(10\) ]]
        [[ $output =~ hpc" "*"|"" "*120" "*360\(11\)" "*5000 ]]
        run slurm-quota default-quotas
        [[ $output == *"user_cpu_minutes        50000"* ]]
        run slurm-quota gpu-factors
        [[ $output == *"h100                0.500"* ]]
}

@test "the entries name who, and where it comes from" {
        old "$SECOND"
        slurm-quota migrate
        run sql "SELECT actor, reason FROM entry WHERE kind = 'adjustment' LIMIT 1"
        [ "$output" = "migrate ($(id -un))|from slurm-quota 2, $DB" ]
}

@test "a job that was queued under the old plugin is charged and released" {
        old "$SECOND"
        slurm-quota migrate
        printf '#!/bin/sh\ncat "%s"\n' "$SITE/row" > "$SITE/sacct"
        chmod 755 "$SITE/sacct"
        echo "sacct = $SITE/sacct" >> "$SLURM_QUOTA_CONF"
        now=$(date +%s)
        export JOBID=7 ARRAYJOBID=0 ARRAYTASKID=4294967294 SUBMIT=$((now - 700)) \
                START=$((now - 600)) END=$now USERNAME=alice ACCOUNT=hpc CLUSTER=private \
                JOBSTATE=COMPLETED PROCS=4 BATCH=yes NODECNT=1 LIMIT=00:15:00 PARTITION=debug \
                QOS=normal
        printf '%s\037' 7 7 "$SUBMIT" "$START" "$END" COMPLETED alice hpc cpu=4,node=1 > "$SITE/row"
        echo 0a1b2c3d-4e5f-4a6b-8c7d-000000000001 >> "$SITE/row"
        run slurm-quota charge
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(sql "SELECT total_consumed_cpu_minutes FROM users WHERE username = 'alice'")" = 160 ]
        [ "$(sql "SELECT count(*) FROM jobs_preallocations WHERE username = 'alice'")" = 0 ]
        assert_verified
}

@test "by the ancestor's name it migrates, too" {
        old "$SECOND"
        ln -sf slurm-quota "$BATS_FILE_TMPDIR/migrate-slurm-quota"
        run migrate-slurm-quota --dry-run
        [ "$status" -eq 0 ]
        [ "${lines[0]}" = "from slurm-quota 2: $DB" ]
        run migrate-slurm-quota
        [ "$status" -eq 0 ]
        [ "${lines[-1]}" = "migrated: $DB" ]
        run "$BATS_FILE_TMPDIR/migrate-slurm-quota" --help
        [[ ${lines[0]} == "Usage: slurm-quota migrate "* ]]
}

@test "it is installed by that name, too" {
        [ -n "${BUILD_DIR:-}" ] || skip "needs BUILD_DIR"
        meson install -C "$BUILD_DIR" --no-rebuild --destdir "$SITE/root" > "$SITE/log"
        top=$SITE/root/usr/local
        for name in bin libexec/slurm-quota; do
                [ "$(readlink -f "$top/$name/migrate-slurm-quota")" = "$top/bin/slurm-quota" ]
        done
}

# --- where, and whose ---------------------------------------------------------------------

@test "the new database is as one that was made here, the backup as the old one" {
        need_root
        for mode in delete wal; do
                rm -rf "$SITE"/state/*
                old "$SECOND" $mode
                slurm-quota migrate
                for file in "$DB" "$DB-wal" "$DB-shm"; do
                        [ "$(stat -c '%U:%G %a' "$file")" = "slurm:slurm 640" ]
                done
                [ "$(stat -c '%U:%G %a' "$(backups)")" = "slurm:slurm 644" ]
                [ "$(stat -c '%U:%G %a' "$DB.lock")" = "slurm:slurm 660" ]
                as slurm slurm-quota user-quota alice 6
        done
}

@test "SlurmUser can migrate, and a site's readers may read it afterwards" {
        need_root
        old "$SECOND"
        sed -i '/^path/a readable_by = everyone' "$SLURM_QUOTA_CONF"
        mkdir "$SPOOL"
        chown slurm: "$SPOOL"
        as slurm slurm-quota migrate
        [ "$(stat -c '%U %a' "$DB")" = "slurm 644" ]
        run as nobody slurm-quota stats alice
        [ "$status" -eq 0 ]
        [[ $output == *alice* ]]
}

@test "only administrators may, even look" {
        need_root
        old "$SECOND"
        unchanged 1 as nobody slurm-quota migrate
        [ "${stderr_lines[0]}" = "slurm-quota: only root and slurm may run migrate" ]
        unchanged 1 as nobody slurm-quota migrate --dry-run
}

@test "a file that SlurmUser may not write is an error that says who can" {
        need_root
        old "$SECOND"
        chown root: "$DB"
        mkdir "$SPOOL"
        chown slurm: "$SPOOL"
        before=$(sql .dump)
        run as slurm slurm-quota migrate
        echo "$output"
        [ "$status" -eq 1 ]
        [[ ${lines[1]} == "slurm-quota: hint: Run it as root"* ]]
        [ "$(sql .dump)" = "$before" ]
        run slurm-quota migrate
        [ "$status" -eq 0 ]
        [ "$(stat -c %U "$DB")" = slurm ]
}

@test "one from elsewhere becomes the store and stays as it is" {
        old "$SECOND"
        before=$(all_minutes)
        mv "$DB" "$SITE/old.db"
        sum=$(cksum < "$SITE/old.db")
        cd "$SITE"
        run slurm-quota migrate --from old.db
        echo "$output"
        [ "$status" -eq 0 ]
        [ "${lines[0]}" = "from slurm-quota 2: $SITE/old.db" ]
        [ "${lines[-1]}" = "migrated: $DB (the old one stays as it is)" ]
        [ "$(all_minutes)" = "$before" ]
        [ "$(cksum < "$SITE/old.db")" = "$sum" ]
        [ -z "$(backups)" ]
        assert_verified
        assert_tidy
        unchanged 1 slurm-quota migrate --from old.db
        [ "${stderr_lines[0]}" = "slurm-quota: there is a database at \"$DB\" already" ]
}

@test "--from may name the place of the store, by any way" {
        old "$SECOND"
        ln -s state "$SITE/way"
        ln -s state/slurm-quota.db "$SITE/link"
        run slurm-quota migrate --from "$SITE/way/slurm-quota.db" --dry-run
        [ "${lines[0]}" = "from slurm-quota 2: $DB" ]
        run slurm-quota migrate --from "$SITE/link"
        [ "$status" -eq 0 ]
        [ "${lines[-1]}" = "migrated: $DB" ]
}

@test "a store that is a link is refused" {
        old "$SECOND"
        mv "$DB" "$SITE/state/slurm-quota.real"
        ln -s slurm-quota.real "$DB"
        unchanged 2 slurm-quota migrate
        [[ ${stderr_lines[0]} == *"is a symbolic link" ]]
}

@test "a database without a directory of its own is told apart from none" {
        unchanged 1 slurm-quota migrate
        [ "${stderr_lines[0]}" = "slurm-quota: there is no database at \"$DB\"" ]
        [[ ${stderr_lines[1]} == *"--from FILE"* ]]
        unchanged 1 slurm-quota migrate --from "$SITE/none.db"
        unchanged 1 slurm-quota migrate --from ""
}

@test "what is not the ancestor's is refused untouched" {
        old "CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES ('x')"
        unchanged 1 slurm-quota migrate
        [[ ${stderr_lines[0]} == *"is a database of another program" ]]
        unchanged 1 slurm-quota migrate --dry-run
        rm "$DB"
        printf 'this is not a database, whatever its name says.%.0s' $(seq 100) > "$DB"
        sum=$(cksum < "$DB")
        for options in "" --dry-run; do
                run slurm-quota migrate $options
                [ "$status" -eq 1 ]
                [ "$(cksum < "$DB")" = "$sum" ]
        done
}

@test "every other command says what to do with the ancestor's database" {
        old "$SECOND"
        for command in "stats --all" "user-quota alice 5" verify; do
                run slurm-quota $command
                [ "$status" -eq 1 ]
                [[ ${lines[0]} == *"was written by slurm-quota 1 or 2"* ]]
                [[ ${lines[1]} == *"slurm-quota migrate" ]]
        done
}

# --- not, or again -------------------------------------------------------------------------

@test "--dry-run says the same and changes nothing" {
        for mode in delete wal; do
                rm -rf "$SITE"/state/*
                old "$SECOND$ROLES" $mode
                before=$(find "$SITE" -type f -exec cksum {} + | sort)
                run slurm-quota migrate --dry-run
                [ "$status" -eq 0 ]
                [ "${lines[-1]}" = "nothing was changed (--dry-run)" ]
                said=$(printf '%s\n' "${lines[@]:0:${#lines[@]}-1}")
                [ "$(find "$SITE" -type f -exec cksum {} + | sort)" = "$before" ]
                run slurm-quota migrate
                [ "$(printf '%s\n' "${lines[@]:1:${#lines[@]}-2}")" = "$said" ]
                rm -rf "$SPOOL"
        done
}

@test "the second time there is nothing to do" {
        old "$SECOND"
        slurm-quota migrate
        before=$(sql .dump)
        for options in "" --dry-run; do
                run slurm-quota migrate $options
                [ "$status" -eq 0 ]
                [[ $output == "nothing to migrate: $DB has schema version "* ]]
        done
        [ "$(sql .dump)" = "$before" ]
        [ "$(backups | wc -l)" -eq 1 ]
}

@test "one of ours of an earlier version is brought up, after a backup" {
        slurm-quota user-quota alice 5
        newest=$(sql "SELECT max(number) FROM schema_migration")
        rm -f "$DB"*
        sqlite3 "$DB" < "$BATS_TEST_DIRNAME/../../src/store/migrations/001-ledger.sqlite.sql"
        sql "CREATE TABLE schema_migration (number INTEGER PRIMARY KEY, name TEXT NOT NULL,
                applied_at INTEGER NOT NULL);
             INSERT INTO schema_migration VALUES (1, '001-ledger', 0);"
        [ "$(id -u)" != 0 ] || chown slurm: "$DB"
        run slurm-quota stats --all
        [[ $output == *"has schema version 1, $newest is needed"*"slurm-quota migrate"* ]]
        run slurm-quota migrate --dry-run
        [ "$status" -eq 0 ]
        [[ $output == "$DB has schema version 1, and would be brought"* ]]
        run slurm-quota migrate
        echo "$output"
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == "backup: $DB.before-migrate-"* ]]
        [ "${lines[1]}" = "from schema version 1: $DB" ]
        [ "${lines[2]}" = "migrated: $DB" ]
        [ "$(sql "SELECT max(number) FROM schema_migration")" = "$newest" ]
        [ "$(sqlite3 "$(backups)" "SELECT max(number) FROM schema_migration")" = 1 ]
        assert_verified
}

@test "one of ours elsewhere is not taken for the ancestor's" {
        slurm-quota user-quota alice 5
        mv "$DB" "$SITE/ours.db"
        unchanged 2 slurm-quota migrate --from "$SITE/ours.db"
        [ "${stderr_lines[0]}" = "slurm-quota: \"$SITE/ours.db\" is one of ours already" ]
}

@test "options that make no sense are usage errors" {
        old "$SECOND"
        unchanged 2 slurm-quota migrate now
        unchanged 2 slurm-quota migrate --to there
}

# --- beside others -----------------------------------------------------------------------------

# hold SQL: somebody runs SQL and stays, until release.
hold() {
        rm -f "$SITE/hold"
        mkfifo "$SITE/hold"
        sqlite3 -cmd ".timeout 5000" "$DB" < "$SITE/hold" > "$SITE/held" &
        holder=$!
        exec 9> "$SITE/hold"
        echo "$1; SELECT 'ready';" >&9
        until grep -q ready "$SITE/held"; do sleep 0.05; done
}

release() {
        exec 9>&-
        wait "$holder"
}

# busy MODE SQL: who runs SQL and stays keeps it out, and it touches nothing.
busy() {
        old "$SECOND" "$1"
        hold "$2"
        run --separate-stderr slurm-quota migrate 9>&-
        echo "$output / $stderr"
        release
        [ "$status" -eq 1 ]
        [[ ${stderr_lines[0]} == *"\"$DB\": database is locked" ]]
        [[ ${stderr_lines[1]} == *"stop slurmctld"* ]]
        [ -z "$(backups)" ]
        assert_tidy
        [ "$(sql "SELECT count(*) FROM users")" = 2 ]
}

@test "a database that somebody writes to is left alone" {
        busy delete "BEGIN IMMEDIATE"
}

@test "a database that nobody else may even read is left alone" {
        busy delete "BEGIN EXCLUSIVE"
}

@test "a WAL database that somebody has open is left alone" {
        busy wal "SELECT * FROM users"
}

@test "whoever is done in time is waited for" {
        old "$SECOND"
        hold "BEGIN IMMEDIATE; UPDATE users SET quota_cpu_minutes = 77"
        slurm-quota migrate > "$SITE/log" 2>&1 9>&- & migrating=$!
        sleep 1
        [ -z "$(backups)" ]
        echo "COMMIT;" >&9
        release
        wait "$migrating"
        [ "$(sql "SELECT quota_cpu_minutes FROM users WHERE username = 'bob'")" = 77 ]
        assert_verified
}

@test "two at once: one migrates, the other has nothing to do" {
        old "$SECOND"
        slurm-quota migrate > "$SITE/one" & first=$!
        slurm-quota migrate > "$SITE/two" & second=$!
        wait "$first"
        wait "$second"
        cat "$SITE/one" "$SITE/two"
        [ "$(cat "$SITE/one" "$SITE/two" | grep -c '^migrated: ')" -eq 1 ]
        [ "$(cat "$SITE/one" "$SITE/two" | grep -c '^nothing to migrate: ')" -eq 1 ]
        [ "$(backups | wc -l)" -eq 1 ]
        assert_verified
}
