load helper

NOW=$(date +%s)

# job ENTRY JOB ARRAY TASK USER ACCOUNT STATE START END TRES CPU GPU PERCENT: as if it had
# been charged.
job() {
        sql "INSERT INTO entry (id, at, kind, user_id, account_id, actor)
             SELECT $1, $9, 'charge', u.id, a.id, 'slurmctld' FROM subject u, subject a
             WHERE u.kind = 'user' AND u.name = '$5' AND a.kind = 'account' AND a.name = '$6';
             INSERT INTO entry_line SELECT $1, 1, 1, ${11} WHERE ${11} > 0;
             INSERT INTO entry_line SELECT $1, 2, 1, ${12} WHERE ${12} > 0;
             INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,
                entry_id, start_at, end_at, state, resized, array_job_id, tres, refund_percent)
             VALUES (1, $2, 1767200000, $4, 0, 0, $1, $8, $9, '$7', 0, nullif($3, 0), ${10}, ${13})"
}

# site: jobs of 1 January 2026 and one of this day.
site() {
        for user in alice bob; do slurm-quota user-quota $user 1000; done
        for account in hpc bio; do slurm-quota account-quota $account 1000; done
        sql "INSERT INTO cluster (id, name) VALUES (1, 'test')"
        job 200 12 0 -1 alice hpc COMPLETED 1767225600 1767229200 "'cpu=4,mem=100,gres/gpu=1,gres/gpu:h100=1'" 14400 3600 0
        job 201 7 0 -1 alice bio NODE_FAIL 1767225600 1767225661 "'cpu=1'" 61 0 50
        job 202 15 14 3 bob hpc TIMEOUT 1767139200 1767312001 "'cpu=2,gres/gpu:h100=1,gres/gpu:a100=2'" 345602 518403 0
        job 203 16 0 -1 bob hpc CANCELLED 0 1767400000 NULL 0 0 0
        job 204 17 0 -1 alice hpc COMPLETED $((NOW - 100)) $((NOW - 40)) "'cpu=1'" 60 0 0
}

@test "the table says what each job did cost, ordered by end" {
        site
        sql "DELETE FROM charge WHERE entry_id = 204"
        run --separate-stderr slurm-quota jobs --all --since 2026-01-01
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        printf '%s\n' "$output" > "$SITE/is"
        cat > "$SITE/wanted" <<'END'
JOB         USER        ACCOUNT     STATE       STARTED                  ENDED                        ELAPSED   CPUS  GPUS        CPU        GPU   REFUNDED   REFUNDED
----------------------------------------------------------------------------------------------------------------------------------------------------------------------
7           alice       bio         NODE_FAIL   2026-01-01 00:00:00 UTC  2026-01-01 00:01:01 UTC     00:01:01      1     0          2          0          1          0
12          alice       hpc         COMPLETED   2026-01-01 00:00:00 UTC  2026-01-01 01:00:00 UTC     01:00:00      4     1        240         60          0          0
14_3        bob         hpc         TIMEOUT     2025-12-31 00:00:00 UTC  2026-01-02 00:00:01 UTC   2-00:00:01      2     3       5761       8641          0          0
16          bob         hpc         CANCELLED   -                        2026-01-03 00:26:40 UTC     00:00:00      -     -          0          0          0          0
total of 4 jobs, in minutes: CPU 6002 (refunded 1), GPU 8701 (refunded 0)
END
        diff -u "$SITE/wanted" "$SITE/is"
}

@test "jobs are chosen by user, by account, or all" {
        site
        for way in bob "--user bob" "--user=bob"; do
                run slurm-quota jobs $way --since 2026-01-01
                [ "${#lines[@]}" -eq 5 ]
                [[ $output != *alice* ]]
        done
        for account in bio BIO; do
                run slurm-quota jobs --account $account --since 2026-01-01
                [ "${#lines[@]}" -eq 4 ]
                [[ ${lines[2]} == "7 "* ]]
        done
        run slurm-quota jobs --all --since 2026-01-01
        [ "${#lines[@]}" -eq 8 ]
}

@test "without a name they are the caller's, without a time of the last seven days" {
        site
        run slurm-quota jobs alice
        [ "${#lines[@]}" -eq 4 ]
        [[ ${lines[2]} == "17 "* ]]
        [ "${lines[3]}" = "total of 1 job, in minutes: CPU 1 (refunded 0), GPU 0 (refunded 0)" ]
        slurm-quota user-quota "$(id -un)" 1
        job 300 18 0 -1 "$(id -un)" hpc COMPLETED $((NOW - 100)) $((NOW - 40)) "'cpu=1'" 60 0 0
        run slurm-quota jobs
        [ "${#lines[@]}" -eq 4 ]
        [[ ${lines[2]} == "18 "* ]]
}

@test "the last ones are chosen by number and by time" {
        site
        run slurm-quota jobs --all --since 2026-01-01 --limit 2
        [[ ${lines[2]} == "16 "* ]]
        [[ ${lines[3]} == "17 "* ]]
        [[ ${lines[4]} == "total of 2 jobs, "* ]]
        run slurm-quota jobs --all --since 2026-01-01T01:00:00 --limit 0
        [ "${#lines[@]}" -eq 7 ]
        run slurm-quota jobs --all --since 2026-01-01T01:00:01
        [ "${#lines[@]}" -eq 6 ]
        unchanged 2 slurm-quota jobs --limit -1
        unchanged 2 slurm-quota jobs --limit x
        unchanged 2 slurm-quota jobs --since 2999-01-01
}

@test "times are local, and hours have two decimals" {
        site
        run env TZ=CET-1 slurm-quota jobs alice --since 2026-01-01 --hours
        [[ ${lines[3]} =~ "2026-01-01 02:00:00 CET  "\ +01:00:00\ +4\ +1\ +4\.00\ +1\.00\ +0\.00\ +0\.00$ ]]
        [[ ${lines[5]} == "total of 3 jobs, in hours: CPU 4.03 (refunded 0.01), "* ]]
}

@test "a correction counts with its job, and may be of more than was charged" {
        site
        sql "INSERT INTO entry (id, at, kind, user_id, account_id, actor)
             SELECT 110, at, 'correction', user_id, account_id, 'slurmdbd' FROM entry
             WHERE id = 201;
             INSERT INTO entry_line VALUES (110, 1, 1, -121);
             INSERT INTO charge SELECT cluster_id, job_id, submit_at, array_task, restarts, 1,
                110, uuid, start_at, end_at - 60, 'FAILED', 0, array_job_id, tres, 0
             FROM charge WHERE entry_id = 201"
        run slurm-quota jobs alice --since 2026-01-01
        [[ ${lines[2]} =~ ^7\ +alice\ +bio\ +FAILED\ .*\ 00:00:01\ +1\ +0\ +-1\ +0\ +1\ +0$ ]]
}

@test "JSON has all of it, with amounts in seconds" {
        site
        run --separate-stderr slurm-quota jobs --all --since 2026-01-01 --json
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 7 ]
        [ "${lines[1]}" = '{"cluster":"test","job":"7","job_id":7,"user":"alice","account":"bio","state":"NODE_FAIL","submitted_at":1767200000,"started_at":1767225600,"ended_at":1767225661,"elapsed_seconds":61,"tres":"cpu=1","cpus":1,"gpus":0,"charged_cpu_seconds":61,"charged_gpu_seconds":0,"refunded_cpu_seconds":31,"refunded_gpu_seconds":0},' ]
        [ "$(json '$[2].job')" = 14_3 ]
        [ "$(json '$[2].gpus')" = 3 ]
        [ -z "$(json '$[3].started_at')" ]
        [ -z "$(json '$[3].cpus')" ]
        run slurm-quota jobs --json nobody-known
        [ "$output" = "[]" ]
}

@test "no jobs is one line and no failure; no database is one" {
        unchanged 1 slurm-quota jobs alice
        [[ ${stderr_lines[0]} == "slurm-quota: no jobs yet: "*"$DB"* ]]
        site
        run slurm-quota jobs nobody-known --since 2026-01-01
        [ "$status" -eq 0 ]
        [ "$output" = "no jobs have ended since 2026-01-01 00:00:00 UTC" ]
        unchanged 2 slurm-quota jobs alice --user alice
        unchanged 2 slurm-quota jobs alice --account hpc
}

@test "looking changes nothing" {
        site
        before=$(snapshot)
        run slurm-quota jobs --all
        [ "$(snapshot)" = "$before" ]
}
