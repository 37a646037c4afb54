load helper

# site: what happened to alice and her account; times are those of 1 January 2026.
site() {
        slurm-quota user-quota alice 1000 --reason 'grant "7", für Alice'
        slurm-quota account-gpu-quota hpc 10
        slurm-quota adjust --user alice --cpu --minutes=-1
        slurm-quota adjust --user alice --cpu --minutes=+90 --reason migrated
        sql "UPDATE entry SET at = 1767225600 + id, actor = 'root';
             INSERT INTO cluster (id, name) VALUES (1, 'test')"
        run_of 100 12 12 -1 COMPLETED 6060 1800
        run_of 101 15 12 3 'CANCELLED by 1000' 61 0
        sql "INSERT INTO entry (id, at, kind, user_id, account_id, actor, reason)
             SELECT 102, 1767312001, 'refund', user_id, account_id, 'refund rules',
                '50% of job 15, which ended with CANCELLED' FROM entry WHERE id = 101;
             INSERT INTO entry_line VALUES (102, 1, 1, -31)"
}

# run_of ENTRY JOB ARRAY TASK STATE CPU GPU: a charge of alice in hpc on 2 January.
run_of() {
        sql "INSERT INTO entry (id, at, kind, user_id, account_id, actor)
             SELECT $1, 1767312000, 'charge', u.id, a.id, 'slurmctld' FROM subject u, subject a
             WHERE u.name = 'alice' AND a.name = 'hpc';
             INSERT INTO entry_line VALUES ($1, 1, 1, $6);
             INSERT INTO entry_line SELECT $1, 2, 1, $7 WHERE $7 > 0;
             INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,
                entry_id, start_at, end_at, state, resized, array_job_id)
             VALUES (1, $2, 1767300000, $4, 0, 0, $1, 1767311000, 1767312000, '$5', 0, $3)"
}

@test "the table says what was when, of whom, how much and why" {
        site
        run --separate-stderr slurm-quota history alice
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        printf '%s\n' "$output" > "$SITE/is"
        cat > "$SITE/wanted" <<'END'
WHEN                     KIND               CPU         GPU  JOB         ACCOUNT       STATE       WHO           WHY
--------------------------------------------------------------------------------------------------------------------
2026-01-01 00:00:01 UTC  open               inf         inf  -           -             -           root          seen for the first time
2026-01-01 00:00:02 UTC  budget            1000           -  -           -             -           root          grant "7", f??r Alice
2026-01-01 00:00:05 UTC  adjustment           0           -  -           -             -           root          -
2026-01-01 00:00:06 UTC  adjustment         +90           -  -           -             -           root          migrated
2026-01-02 00:00:00 UTC  charge            +101         +30  12          hpc           COMPLETED   slurmctld     -
2026-01-02 00:00:00 UTC  charge              +2           -  12_3        hpc           CANCELLED by 1000  slurmctld     -
2026-01-02 00:00:01 UTC  refund              -1           -  -           hpc           -           refund rules  50% of job 15, which ended with CANCELLED
END
        diff -u "$SITE/wanted" "$SITE/is"
}

@test "an account's history names the users" {
        site
        for way in "--account hpc" "--account=HPC"; do
                run slurm-quota history $way
                [[ ${lines[0]} == *" USER "* ]]
                [[ ${lines[0]} != *" ACCOUNT "* ]]
                [ "${#lines[@]}" -eq 7 ]
                [[ ${lines[3]} == *" budget "*" -  "*" 10  -  "* ]]
                [[ ${lines[4]} =~ \ charge\ .*\ 12\ +alice\ +COMPLETED\ +slurmctld ]]
        done
}

@test "times are local, and hours have two decimals" {
        site
        run env TZ=CET-1 slurm-quota history alice --hours
        [[ ${lines[3]} =~ ^"2026-01-01 01:00:02 CET  budget "\ +16\.67\ +-\  ]]
        [[ ${lines[6]} =~ \ \+1\.68\ +\+0\.50\ +12\  ]]
        [[ ${lines[8]} =~ \ -0\.01\  ]]
}

@test "without a name it is about the caller" {
        slurm-quota user-quota "$(id -un)" 77
        slurm-quota user-quota somebody-else 78
        run slurm-quota history
        [[ $output == *" 77 "* ]]
        [[ $output != *" 78 "* ]]
}

@test "kinds can be chosen" {
        site
        run slurm-quota history alice --kind charge
        [ "${#lines[@]}" -eq 4 ]
        run slurm-quota history alice --kind adjustment
        [ "${#lines[@]}" -eq 4 ]
        run slurm-quota history alice --kind correction
        [ "$output" = "no entries of user alice" ]
        unchanged 2 slurm-quota history alice --kind charges
        [[ ${stderr_lines[1]} == *"charge, correction, refund"* ]]
}

@test "the newest are chosen by number and by time" {
        site
        run slurm-quota history alice --limit 2
        [ "${#lines[@]}" -eq 5 ]
        [[ ${lines[2]} == *" 12_3 "* ]]
        [ "${lines[4]}" = "the newest 2; older ones with --limit or --since" ]
        run slurm-quota history alice --limit 7
        [ "${#lines[@]}" -eq 9 ]
        run slurm-quota history alice --limit 0
        [ "${#lines[@]}" -eq 9 ]
        run slurm-quota history alice --since 2026-01-02
        [ "${#lines[@]}" -eq 5 ]
        run slurm-quota history alice --since 2026-01-02T00:00:01
        [ "${#lines[@]}" -eq 3 ]
        run slurm-quota history alice --since 2026-01-02 --limit 1
        [[ ${lines[2]} == *refund* ]]
        [ "${#lines[@]}" -eq 4 ]
        for number in '' -1 x 1.5 99999999999999999999; do
                unchanged 2 slurm-quota history alice --limit "$number"
        done
        unchanged 2 slurm-quota history alice --since yesterday
        unchanged 2 slurm-quota history alice --since 2025-02-31
        unchanged 2 slurm-quota history alice --since 2025-02-29T12:00
        unchanged 2 slurm-quota history alice --since 2999-01-01
}

@test "a hundred are enough for who does not say how many" {
        site
        sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
             INSERT INTO entry (id, at, kind, user_id, actor, reason)
             SELECT 1000 + i, 1767400000 + i, 'adjustment', 1, 'root', 'number ' || i FROM n"
        run slurm-quota history alice
        [ "${#lines[@]}" -eq 103 ]
        [[ ${lines[2]} == *"number 901" ]]
        [[ ${lines[101]} == *"number 1000" ]]
        [[ ${lines[102]} == "the newest 100;"* ]]
        run slurm-quota history alice --since 2026-01-01
        [ "${#lines[@]}" -eq 1009 ]
}

@test "JSON has all of it, with amounts in seconds" {
        site
        run --separate-stderr slurm-quota history alice --json
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 9 ]
        [ "$(json '$[1].reason')" = 'grant "7", für Alice' ]
        [ "$(json '$[1].budget_cpu_seconds')" = 60000 ]
        [ -z "$(json '$[1].budget_gpu_seconds')" ]
        [ "$(json '$[0].budget_gpu_seconds')" = -1 ]
        [ -z "$(json '$[1].account')" ]
        [ "$(json '$[3].cpu_seconds')" = 5400 ]
        [ "$(json '$[5].job')" = 12_3 ]
        [ "${lines[6]}" = '{"entry":101,"at":1767312000,"kind":"charge","user":"alice","account":"hpc","cpu_seconds":61,"gpu_seconds":null,"actor":"slurmctld","reason":null,"cluster":"test","job":"12_3","job_id":15,"state":"CANCELLED by 1000"},' ]
        run slurm-quota history nobody-known --json
        [ "$output" = "[]" ]
}

@test "of budgets for windows and of other TRES it says which, and how much" {
        site
        slurm-quota budget set user:alice cpu=5h node=20 --window month --reason beam
        slurm-quota adjust --user alice --tres node --window month --minutes=-5 --reason 'not used'
        slurm-quota adjust --user alice --cpu --window month --hours=+2
        slurm-quota budget remove user:alice node --window month
        sql "INSERT INTO entry (id, at, kind, user_id, actor, reason) VALUES
                (200, 1767312002, 'close', 1, 'calendar', 'month 20260101 to 20260131: ...'),
                (201, 1767312003, 'carry', 1, 'calendar', 'month ...'),
                (202, 1767312003, 'repair', 1, 'root', 'consumed: it did not agree');
             INSERT INTO entry_line VALUES (200, 1, 2, 7), (201, 1, 2, -2), (202, 1, 4, 120)"
        run --separate-stderr slurm-quota history alice --json --limit 0
        [ "$(jq -c '.[] | select(.resource) | [.kind, .resource, .window, .budget_seconds,
                .seconds, .carried_seconds]' <<<"$output")" = '["budget","cpu","month",18000,null,null]
["budget","node","month",1200,null,null]
["adjustment","node","month",null,0,null]
["adjustment","cpu","month",null,7200,null]
["budget","node","month",-1,null,null]
["close","cpu","month",null,null,7]
["carry","cpu","month",null,null,-2]
["repair","cpu","year",null,120,null]' ]
        # Others have no such members.
        [ "$(jq -c '[.[] | select(.resource | not) | has("window") or has("seconds")] | any' <<<"$output")" = false ]
        run -0 slurm-quota history alice --limit 0
        [[ $output == *" adjustment "*"  node for a month 0: not used"* ]]
        [[ $output == *" adjustment "*"  cpu for a month +120"* ]]
        [[ $output == *" budget "*"  node for each month is removed"* ]]
        [[ $output == *" repair "*"  cpu for a year +2: consumed: it did not agree"* ]]
}

@test "JSON is valid whatever the texts are" {
        site
        sql "UPDATE entry SET reason = CAST(x'415cC3A422FFe282C0E282AC09F09F98807fEDA080' AS TEXT)
             WHERE kind = 'budget'"
        run slurm-quota history alice --json --kind budget
        [ "$(json '$[0].reason')" = $'A\\ä"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd€\t😀\x7f\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd' ]
        [[ $output == *'"reason":"A\\ä\"'*'€\u0009😀\u007f'* ]]
}

@test "a terminal is not given what it would obey" {
        site
        sql "UPDATE entry SET reason = 'a' || char(27) || '[31mb' WHERE kind = 'budget'"
        for locale in C C.UTF-8; do
                LC_ALL=$locale run slurm-quota history alice --kind budget
                [[ ${lines[2]} == *"  a?[31mb" ]]
        done
}

@test "contradictions, unknown names and a missing database" {
        unchanged 1 slurm-quota history alice
        [[ ${stderr_lines[0]} == "slurm-quota: no entries yet: "*"$DB"* ]]
        site
        unchanged 2 slurm-quota history alice --user alice
        unchanged 2 slurm-quota history alice --account hpc
        unchanged 2 slurm-quota history --account ''
        run --separate-stderr slurm-quota history nobody-known
        [ "$status" -eq 0 ]
        [ "$output" = "no entries of user nobody-known" ]
        run slurm-quota history --account nobody-known
        [ "$output" = "no entries of account nobody-known" ]
}

@test "a reader who leaves, and a full disk" {
        site
        run bash -c 'slurm-quota history alice --limit 0 | head -n 1'
        [ "$status" -eq 0 ]
        run --separate-stderr bash -c 'slurm-quota history alice > /dev/full'
        [ "$status" -eq 1 ]
        [[ $stderr == *"could not write to standard output"* ]]
}

@test "looking changes nothing" {
        site
        before=$(snapshot)
        run slurm-quota history alice
        [ "$(snapshot)" = "$before" ]
}
