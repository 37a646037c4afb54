load helper

@test "verify is silent when all is right" {
        slurm-quota user-quota alice 5
        slurm-quota account-gpu-quota hpc -1
        slurm-quota set-default-quotas --user-cpu 7
        slurm-quota set-gpu-factor h100 0.5
        run slurm-quota verify
        [ "$status" -eq 0 ]
        [ -z "$output" ]
}

@test "verify names each difference and fails" {
        slurm-quota user-quota alice 5
        slurm-quota user-quota bob 5
        balance user alice 1 60 0 0
        balance user bob 2 0 120 0
        run --separate-stderr slurm-quota verify
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 2 ]
        [[ $output == *alice* ]]
        [[ $output == *bob* ]]
        [ "$stderr" = "slurm-quota: 2 differences found" ]
}

@test "verify without a database fails" {
        unchanged 1 slurm-quota verify
}

@test "verify changes nothing" {
        slurm-quota user-quota alice 5
        balance user alice 1 60 0 0
        before=$(snapshot)
        run slurm-quota verify
        [ "$(snapshot)" = "$before" ]
}

# --- repair ---------------------------------------------------------------------

ALICE="(SELECT id FROM subject WHERE kind = 'user' AND name = 'alice')"
HPC="(SELECT id FROM subject WHERE kind = 'account' AND name = 'hpc')"

# alice has used 600 CPU seconds in hpc on 2 January 2026, and holds 50 of 2 tasks.
used() {
        slurm-quota user-quota alice 5
        slurm-quota account-quota hpc 1000
        sql "INSERT INTO cluster (id, name) VALUES (1, 'c');
             INSERT INTO entry (id, at, kind, user_id, account_id, actor)
                VALUES (100, 1767355200, 'charge', $ALICE, $HPC, 'slurmctld');
             INSERT INTO entry_line VALUES (100, 1, 1, 600);
             INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,
                entry_id, start_at, end_at, state, resized)
                VALUES (1, 7, 0, -1, 0, 0, 100, 1767354600, 1767355200, 'COMPLETED', 0);
             INSERT INTO usage_day VALUES ($ALICE, $HPC, 20260102, 1, 600, 0);
             INSERT INTO membership VALUES ($ALICE, $HPC);
             INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                seconds, created_at) VALUES ('u', -1, $ALICE, $HPC, 2, 'cpu=1', 25, 0);
             INSERT INTO reservation_amount VALUES ('u', -1, 1, 25)"
        balance user alice 1 600 50 2
        balance account hpc 1 600 50 2
        slurm-quota verify
}

backups() {
        find "$SITE/state" -name 'slurm-quota.db.before-repair-*'
}

# What is wrong, and how the line begins that says it was repaired.
repairs() {
        used
        sql "$1"
        run ! slurm-quota verify
        run --separate-stderr slurm-quota verify --repair
        echo "$output / $stderr"
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [[ ${lines[0]} == "backup: $DB.before-repair-"* ]]
        [[ $'\n'$output == *$'\n'"$2"* ]]
        run slurm-quota verify
        [ "$status" -eq 0 ]
        [ -z "$output" ]
}

@test "repair sets a budget to its last entry" {
        repairs "UPDATE balance SET budget = 7 WHERE resource_id = 1 AND subject_id = $ALICE" \
                "user alice: budget of cpu is 7, the entries say 300: repaired"
        [ "$(sql "SELECT budget FROM balance WHERE resource_id = 1 AND subject_id = $ALICE")" = 300 ]
}

@test "repair makes consumed what the entries say" {
        repairs "UPDATE balance SET consumed = 1" \
                "account hpc: consumed of gpu is 1, the entries say 0: repaired"
}

@test "repair makes reserved and the tasks what the reservations say" {
        repairs "UPDATE balance SET reserved = reserved + 3, tasks = 0" \
                "user alice: number of unfinished tasks of cpu is 0, the reservations say 2: repaired"
}

@test "repair makes the roll-up what the charges say, and says on which day" {
        repairs "UPDATE usage_day SET amount = 100" \
                "user alice in hpc: roll-up of cpu is 100, the charges say 600: repaired: added to 2026-01-02, the day of their last charge"
}

@test "repair makes balances that are missing" {
        repairs "DELETE FROM balance WHERE subject_id = $ALICE" \
                "user alice: there is no balance of gpu: repaired"
        [ "$(sql "SELECT budget, consumed, reserved, tasks FROM balance
                WHERE resource_id = 1 AND subject_id = $ALICE")" = "300|600|50|2" ]
}

@test "repair keeps a budget that no entry knows" {
        repairs "DELETE FROM entry_line WHERE entry_id IN (SELECT id FROM entry
                    WHERE user_id = $ALICE AND kind IN ('open', 'budget'))" \
                "user alice: budget of cpu is 300, no entry says so: repaired"
        [ "$(sql "SELECT budget FROM balance WHERE resource_id = 1 AND subject_id = $ALICE")" = 300 ]
}

@test "repair removes what points to nothing" {
        repairs "INSERT INTO entry_line VALUES (4711, 1, 1, 5);
                 INSERT INTO reservation_amount VALUES ('x', -1, 1, 5);
                 INSERT INTO membership VALUES (4711, $HPC);
                 INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)
                    VALUES (4711, 1, 1, -1, 0)" \
                "membership: 1 rows point to nothing: repaired"
}

@test "repair gives back what a reservation of nobody holds" {
        repairs "DELETE FROM balance WHERE subject_id = $ALICE; DELETE FROM subject WHERE name = 'alice'" \
                "reservation: 1 rows point to nothing: repaired"
        [ "$(sql "SELECT reserved, tasks FROM balance WHERE resource_id = 1")" = "0|0" ]
}

@test "repair says what cannot be known, and makes no backup for it" {
        used
        sql "UPDATE charge SET entry_id = 4711"
        before=$(snapshot)
        run --separate-stderr slurm-quota verify --repair
        [ "$status" -eq 1 ]
        [ "$output" = "charge: 1 rows point to nothing: not repaired: what was charged cannot be known
charge entry: 1 rows point to nothing: not repaired: which job was charged cannot be known" ]
        [ "$stderr" = "slurm-quota: 2 differences left" ]
        [ "$(snapshot)" = "$before" ]
}

@test "repair puts right what it can beside what it cannot" {
        used
        sql "UPDATE charge SET entry_id = 4711"
        balance user alice 1 0 50 2
        run --separate-stderr slurm-quota verify --repair
        [ "$status" -eq 1 ]
        [[ $output == *"user alice: consumed of cpu is 0, the entries say 600: repaired"* ]]
        [ "$stderr" = "slurm-quota: 2 differences left" ]
        [ "$(backups | wc -l)" -eq 1 ]
}

@test "repair does nothing and says nothing when all is right" {
        used
        before=$(snapshot)
        run slurm-quota verify --repair --reason "to be sure"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        [ "$(snapshot)" = "$before" ]
}

@test "the backup is the database as it was, and can take its place" {
        used
        balance user alice 1 0 50 2
        slurm-quota verify --repair
        backup=$(backups)
        [[ $backup =~ before-repair-[0-9]{8}T[0-9]{6}Z$ ]]
        [ "$(stat -c '%U:%G %a' "$backup")" = "$(stat -c '%U:%G %a' "$DB")" ]
        [ "$(stat -c '%U %a' "$backup")" = "$OWNER 640" ]
        mv "$backup" "$DB"
        rm -f "$DB-wal" "$DB-shm"
        run slurm-quota verify
        [ "$status" -eq 1 ]
        [ "${lines[0]}" = "user alice: consumed of cpu is 0, the entries say 600" ]
}

@test "a repair is an entry with who and why" {
        used
        balance user alice 1 0 50 2
        slurm-quota verify --repair --reason "ticket 42"
        run sql "SELECT e.actor, e.reason, e.user_id = $ALICE, l.resource_id, l.amount
                FROM entry e JOIN entry_line l ON l.entry_id = e.id WHERE e.kind = 'repair'"
        [ "$output" = "$(id -un)|consumed: ticket 42|1|1|600" ]
}

@test "only administrators may repair, and everybody who can read may look" {
        need_root
        used
        balance user alice 1 0 50 2
        echo "readable_by = everyone" > "$SITE/line"
        sed -i "/^\[store\]/r $SITE/line" "$SLURM_QUOTA_CONF"
        unchanged 1 as nobody slurm-quota verify --repair
        [ "${stderr_lines[0]}" = "slurm-quota: --repair: only root and slurm may run verify" ]
        [ "${stderr_lines[1]}" = "slurm-quota: hint: Without --repair it only looks." ]
        slurm-quota user-quota bob 5 # sqlite3 took the log away
        run as nobody slurm-quota verify
        [ "$status" -eq 1 ]
        [[ $output == *"user alice: consumed of cpu is 0, the entries say 600"* ]]
        run as slurm slurm-quota verify --repair
        [ "$status" -eq 0 ]
        [ "$(stat -c %U "$(backups)")" = slurm ]
}

@test "a reason needs a repair, and words" {
        used
        balance user alice 1 0 50 2
        unchanged 2 slurm-quota verify --reason because
        [ "${stderr_lines[0]}" = "slurm-quota: --reason goes with --repair" ]
        unchanged 2 slurm-quota verify --repair --reason " "
        unchanged 2 slurm-quota verify --repair now
}

@test "repair without a database fails and makes none" {
        unchanged 1 slurm-quota verify --repair
        [ ! -e "$DB" ]
}

@test "without room for a backup nothing is repaired" {
        need_root
        used
        balance user alice 1 0 50 2
        cat > "$SITE/on-a-small-disk" <<'EOF'
mount -t tmpfs -o size=8m,mode=2770 none "$1.small" && cp -a "$1/." "$1.small/" &&
        chown slurm:slurm "$1.small" && mount --bind "$1.small" "$1" || exit 77
slurm-quota verify --repair
status=$?
ls "$1" | grep -e before -e part && exit 99
exit $status
EOF
        mkdir "$SITE/state.small"
        run --separate-stderr unshare -m sh "$SITE/on-a-small-disk" "$SITE/state"
        [ "$status" -ne 77 ] || skip "cannot mount a small file system"
        [ "$status" -eq 1 ]
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "slurm-quota: nothing was repaired, for want of a backup: could not write \"$DB.before-repair-"*"\": there is no room" ]]
        [[ ${stderr_lines[1]} == "slurm-quota: hint: Make room: the copy takes "* ]]
}

@test "changes that people make while it repairs are kept" {
        used
        for i in {1..40}; do echo "INSERT INTO subject (kind, name, created_at) VALUES ('user', 'u$i', 0);"; done > "$SITE/users.sql"
        sqlite3 "$DB" < "$SITE/users.sql"
        sql "UPDATE balance SET consumed = consumed + 11, reserved = reserved - 12, budget = 9;
             DELETE FROM usage_day"
        (for i in {1..30}; do slurm-quota user-quota alice "$i" && slurm-quota account-gpu-quota "new$i" 5; done > "$SITE/log" 2>&1; echo "$?" >> "$SITE/log") &
        run slurm-quota verify --repair
        echo "$output"
        [ "$status" -eq 0 ]
        wait
        [ "$(tail -1 "$SITE/log")" = 0 ]
        [ "$(sql "SELECT budget FROM balance WHERE resource_id = 1 AND subject_id = $ALICE")" = 1800 ]
        run slurm-quota verify
        [ "$status" -eq 0 ]
        [ -z "$output" ]
}
