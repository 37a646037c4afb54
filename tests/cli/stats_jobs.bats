load helper

# hold UUID USER ACCOUNT TASK TASKS CPU GPU SECONDS: as if the job had been accepted; the
# amounts are of one task.
hold() {
        sql "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                seconds, created_at)
             SELECT '$1', $4, u.id, a.id, $5, 'cpu=1', $8, 1767225600 FROM subject u, subject a
             WHERE u.kind = 'user' AND u.name = '$2' AND a.kind = 'account' AND a.name = '$3';
             INSERT INTO reservation_amount VALUES ('$1', $4, 1, $6);
             INSERT INTO reservation_amount SELECT '$1', $4, 2, $7 WHERE $7 > 0"
}

# bind UUID JOB: as if it had been seen in the queue.
bind() {
        sql "INSERT OR IGNORE INTO cluster (id, name) VALUES (1, 'test');
             INSERT INTO binding (uuid, cluster_id, job_id, submit_at, bound_at)
             VALUES ('$1', 1, $2, 1767225600, 1767225600)"
}

# progress UUID TASK SINCE PAUSED: as if it ran; times are SQL.
progress() {
        sql "UPDATE reservation SET running_since = $3, paused_at = $4
             WHERE uuid = '$1' AND array_task = $2"
}

compared() {
        sql "INSERT OR IGNORE INTO cluster (id, name) VALUES (1, 'test');
             INSERT INTO reconciliation VALUES (1, $1, 0, 0, 0)"
}

# site: jobs of each kind; those that use something are suspended, so that what they have
# used stays as it is.
site() {
        slurm-quota user-quota alice 1000
        slurm-quota user-quota bob 1000
        slurm-quota account-quota hpc 1000
        slurm-quota account-quota bio 1000
        hold a alice hpc -1 1 14400 3600 3600
        hold b alice hpc -1 8 601 0 600
        hold b alice hpc 3 1 2400 0 600
        hold c alice bio -1 1 60 0 60
        hold d bob bio -1 3 7200 0 3600
        bind a 12
        bind b 34
        bind c 5
        progress a -1 1767225600 1767225900
        progress b 3 1767225600 1767225615
        compared 1767229200
}

@test "the table says which jobs hold what" {
        site
        run --separate-stderr slurm-quota stats --jobs --all
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        printf '%s\n' "$output" > "$SITE/is"
        cat > "$SITE/wanted" <<'END'
JOB           USER   ACCOUNT  STATE      CPU  USED  GPU  USED  UNTIL
--------------------------------------------------------------------
5             alice  bio      PENDING      1     0    0     0  -
12            alice  hpc      SUSPENDED  240    20   60     5  -
34 (8 tasks)  alice  hpc      PENDING     81     0    0     0  -
34_3          alice  hpc      SUSPENDED   40     1    0     0  -
- (3 tasks)   bob    bio      SUBMITTED  360     0    0     0  -
total of 14 tasks, in minutes: CPU 722 (used 21), GPU 60 (used 5); queue compared at 2026-01-01 01:00:00 UTC
END
        diff -u "$SITE/wanted" "$SITE/is"
}

@test "a running job has used something, and has a time until which it may" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 1000
        hold a alice hpc -1 1 8640000 0 864000
        bind a 12
        progress a -1 "strftime('%s', 'now') - 3600" NULL
        run slurm-quota stats --jobs alice
        [[ ${lines[0]} == *"UNTIL" ]]
        # Ten CPUs for an hour and some seconds.
        [[ ${lines[2]} =~ ^12\ +alice\ +hpc\ +RUNNING\ +144000\ +60[0-9]\ +0\ +0\ +(20..-.*)$ ]]
        until=$(date -u -d "${BASH_REMATCH[1]}" +%s)
        [ "$until" -ge $(($(date +%s) + 864000 - 3600 - 60)) ]
        [ "$until" -le $(($(date +%s) + 864000 - 3600)) ]
        [[ ${lines[1]} =~ ^-+$ ]]
        [ "${#lines[1]}" -eq "${#lines[2]}" ]
}

@test "times are local" {
        site
        run env TZ=CET-1 slurm-quota stats --jobs --all
        [[ $output == *"queue compared at 2026-01-01 02:00:00 CET" ]]
}

@test "jobs are chosen by user, by account, or all" {
        site
        for way in alice "--user alice" "--user=alice"; do
                run slurm-quota stats --jobs $way
                [ "$status" -eq 0 ]
                [ "${#lines[@]}" -eq 7 ]
                [[ $output != *bob* ]]
                [[ ${lines[6]} == "total of 11 tasks, in minutes: CPU 362 (used 21), "* ]]
        done
        run slurm-quota stats bob --jobs
        [ "${#lines[@]}" -eq 4 ]
        [[ $output == *bob* ]]
        for account in bio BIO; do
                run slurm-quota stats --jobs --account "$account"
                [ "${#lines[@]}" -eq 5 ]
                [[ $output == *$'\n5 '*alice*bio*bob*bio*$'\n'* ]]
                [[ $output != *hpc* ]]
        done
        run slurm-quota stats --jobs --all alice
        [[ $output == *bob* ]]
}

@test "without a name it is about the caller" {
        slurm-quota user-quota "$(id -un)" 1000
        slurm-quota user-quota somebody-else 1000
        slurm-quota account-quota hpc 1000
        hold a "$(id -un)" hpc -1 1 60 0 60
        hold b somebody-else hpc -1 1 60 0 60
        run slurm-quota stats --jobs
        [ "${#lines[@]}" -eq 4 ]
        [[ $output == *"$(id -un)"* ]]
        [[ $output != *somebody-else* ]]
}

@test "one task is no tasks" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 1000
        hold a alice hpc -1 1 60 0 60
        run slurm-quota stats --jobs alice
        [[ ${lines[2]} == "-  "*" SUBMITTED "* ]]
        [[ ${lines[3]} == "total of 1 task, in minutes: CPU 1 (used 0), GPU 0 (used 0); "* ]]
}

@test "hours have two decimals" {
        site
        run slurm-quota stats --jobs --hours alice
        [[ ${lines[3]} =~ ^12\ +alice\ +hpc\ +SUSPENDED\ +4\.00\ +0\.33\ +1\.00\ +0\.08\ +-$ ]]
        [[ ${lines[6]} == "total of 11 tasks, in hours: CPU 6.02 (used 0.35), GPU 1.00 (used 0.08); "* ]]
}

@test "it says when the queue was never compared" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 1000
        hold a alice hpc -1 1 60 0 60
        run slurm-quota stats --jobs alice
        [ "$status" -eq 0 ]
        [[ ${lines[3]} == *"; queue never compared: slurm-quota reconcile has not run" ]]
}

@test "no unfinished jobs is one line and no failure" {
        slurm-quota user-quota alice 1000
        compared 1767229200
        for way in "" alice nobody-known "--account hpc" --all; do
                run --separate-stderr slurm-quota stats --jobs $way
                [ "$status" -eq 0 ]
                [ "$output" = "no unfinished jobs" ]
                [ -z "$stderr" ]
        done
}

@test "contradictions and a missing database are what they are without --jobs" {
        unchanged 1 slurm-quota stats --jobs --all
        [[ ${stderr_lines[0]} == "slurm-quota: no budgets yet: "*"$DB"* ]]
        site
        unchanged 2 slurm-quota stats --jobs alice --user alice
        unchanged 2 slurm-quota stats --jobs alice --account hpc
        unchanged 2 slurm-quota stats --jobs=yes
}

@test "names are measured in columns, and shown as far as the locale can" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota äöü 1000
        slurm-quota account-quota 名前 1000
        slurm-quota account-quota a-very-long-name-of-an-account-indeed 1000
        hold a alice äöü -1 1 60 0 60
        hold b alice 名前 -1 1 60 0 60
        export LC_ALL=C.UTF-8
        run slurm-quota stats --jobs alice
        [ "${lines[2]}" = "-    alice  äöü      SUBMITTED    1     0    0     0  -" ]
        [ "${lines[3]}" = "-    alice  名前     SUBMITTED    1     0    0     0  -" ]
        LC_ALL=C run slurm-quota stats --jobs alice
        [ "${lines[2]}" = "-    alice  ??????   SUBMITTED    1     0    0     0  -" ]
        ! printf '%s' "$output" | LC_ALL=C grep -q '[^ -~]'
        hold c alice a-very-long-name-of-an-account-indeed -1 1 60 0 60
        run slurm-quota stats --jobs alice
        [[ $output == *"  a-very-long-name-of-an-account-indeed  SUBMITTED  "* ]]
}

@test "many jobs are shown, with large ids and amounts" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 1000
        sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
             INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                seconds, created_at)
             SELECT printf('%05d', i), -1, u.id, a.id, 1, 'cpu=1', 60, 0
             FROM n, subject u, subject a WHERE u.name = 'alice' AND a.name = 'hpc';
             INSERT INTO reservation_amount
             SELECT uuid, array_task, 1, 9223372036854775807 FROM reservation"
        bind 00007 4294967295
        run slurm-quota stats --jobs alice
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 2003 ]
        [[ ${lines[2]} == "4294967295  alice  hpc      PENDING    153722867280912931     0  "* ]]
        [[ ${lines[2002]} == "total of 2000 tasks, in minutes: CPU 153722867280912931 "* ]]
}

@test "looking changes nothing" {
        site
        before=$(snapshot)
        run slurm-quota stats --jobs --all
        [ "$(snapshot)" = "$before" ]
}

@test "the help tells of it" {
        run slurm-quota stats --help
        [[ $output == *"--jobs"*"--hours"* ]]
        [[ $output == *SUBMITTED* ]]
}
