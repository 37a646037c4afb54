load helper
load ancestor

# As large as it takes for the work to have a middle.
large() {
        old "$SECOND
        WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${1:-1000})
        INSERT INTO users (username, total_consumed_cpu_minutes) SELECT 'user' || i, i FROM c;
        WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < ${2:-4000})
        INSERT INTO jobs_preallocations (job_uuid, username, account, preallocated_cpu_minutes)
        SELECT printf('0a1b2c3d-4e5f-4a6b-8c7e-%012x', i), 'user' || (1 + i % ${1:-1000}),
               'hpc', i FROM c;" "${3:-delete}"
}

# One complete database is under the path: the old one or the new one, with all in it.
assert_one_of_both() {
        [ "$(sql "PRAGMA integrity_check")" = ok ]
        [ "$(sql "SELECT sum(total_consumed_cpu_minutes) FROM users;
                SELECT count(*), sum(preallocated_cpu_minutes * array_size)
                FROM jobs_preallocations")" = "$all" ]
        if sql "SELECT 1 FROM schema_migration" >/dev/null 2>&1; then
                slurm-quota verify
        fi
}

sums() {
        all=$(sql "SELECT sum(total_consumed_cpu_minutes) FROM users;
                SELECT count(*), sum(preallocated_cpu_minutes * array_size)
                FROM jobs_preallocations")
}

@test "killed at any moment, one complete database is there, and the next run ends it" {
        large 500 1500
        sums
        killed=0
        cp -p "$DB" "$SITE/fresh"
        start=$(date +%s%N)
        slurm-quota migrate >/dev/null
        took=$((($(date +%s%N) - start) / 1000000))
        for i in $(seq 30); do
                rm -f "$DB"*
                cp -p "$SITE/fresh" "$DB"
                [ $((i % 2)) = 0 ] || sql "PRAGMA journal_mode = wal" >/dev/null
                moment=$((RANDOM % took))
                timeout --foreground -s KILL "$((moment / 1000)).$(printf %03d $((moment % 1000)))" \
                        slurm-quota migrate >/dev/null 2>&1 || killed=$((killed + 1))
                assert_one_of_both
                slurm-quota migrate >/dev/null
                assert_one_of_both
                assert_tidy
        done
        echo "# $took ms long, killed $killed of 30 times" >&3
        [ "$killed" -gt 5 ]
        [ "$(sql "SELECT count(*) > 0 FROM schema_migration")" = 1 ]
}

@test "killed where a file grows, one complete database is there" {
        large 300 600
        sums
        cp -p "$DB" "$SITE/fresh"
        slurm-quota migrate >/dev/null # and the spool is there, which is large
        blocks=8 killed=0
        while
                rm -f "$DB"*
                cp -p "$SITE/fresh" "$DB"
                ! (ulimit -f "$blocks" && exec slurm-quota migrate) > "$SITE/log" 2>&1
        do
                assert_one_of_both
                killed=$((killed + 1))
                blocks=$((blocks * 6 / 5))
                [ "$blocks" -lt 100000 ]
        done
        assert_one_of_both
        echo "# killed $killed times" >&3
        [ "$killed" -gt 5 ]
        grep -q "^migrated: " "$SITE/log"
}

# strace: the process dies at its Nth call.  (The sanitizers' leak check would have to
# trace, too.)  Every other removal, and every third write of SQLite's, is enough.
@test "killed around the last steps, one complete database is there" {
        command -v strace >/dev/null || skip "needs strace"
        export ASAN_OPTIONS=detect_leaks=0
        for what in "wal unlink 2" "wal fsync 1" "wal fdatasync 3" "wal rename 1" "wal link 1" \
                "delete fsync 1" "delete unlink 4" "delete rename 1"; do
                read -r mode call step <<< "$what"
                for n in $(seq 1 "$step" 40); do
                        rm -rf "$SITE"/state/*
                        old "$SECOND" "$mode"
                        sums
                        strace -f -qq -o "$SITE/trace" -e "trace=$call" \
                                -e "inject=$call:signal=KILL:when=$n" \
                                slurm-quota migrate > "$SITE/log" 2>&1 && break
                        assert_one_of_both
                        slurm-quota migrate > "$SITE/log"
                        assert_one_of_both
                        assert_tidy
                done
                grep -q "^migrated: " "$SITE/log"
                [ "$n" -gt 1 ]
        done
}

@test "on a full disk nothing is changed and nothing is left" {
        need_root
        large
        sums
        cat > "$SITE/on-a-small-disk" <<'SCRIPT'
mount -t tmpfs -o "size=$2,mode=755" none "$1.small" && cp -a "$1/." "$1.small/" &&
        chown slurm:slurm "$1.small" && mount --bind "$1.small" "$1" || exit 77
slurm-quota migrate
status=$?
ls "$1" | grep -e migrating -e part && exit 99
cp -a "$1/." "$1.after/"
exit $status
SCRIPT
        mkdir "$SITE/state.small" "$SITE/state.after"
        run --separate-stderr unshare -m sh "$SITE/on-a-small-disk" "$SITE/state" 2m
        echo "$output / $stderr"
        [ "$status" -ne 77 ] || skip "cannot mount a small file system"
        [ "$status" -eq 1 ]
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "slurm-quota: not migrated: for want of a backup: could not write"* ]]
        DB=$SITE/state.after/slurm-quota.db assert_one_of_both
        # Room for the backup, and not for the rest.
        rm -rf "$SITE"/state.after/*
        run --separate-stderr unshare -m sh -c '
                mount -t tmpfs -o size=40m,mode=755 none "$1.small" && cp -a "$1/." "$1.small/" &&
                chown slurm:slurm "$1.small" && mount --bind "$1.small" "$1" || exit 77
                (sleep 0.1; dd if=/dev/zero of="$1/slurm-quota.ballast" bs=64k) 2>/dev/null &
                slurm-quota migrate; status=$?; wait
                ls "$1" | grep -e migrating -e part && exit 99
                rm "$1/slurm-quota.ballast"; cp -a "$1/." "$1.after/"; exit $status' \
                sh "$SITE/state"
        echo "$output / $stderr"
        [ "$status" -le 1 ]
        DB=$SITE/state.after/slurm-quota.db assert_one_of_both
}

@test "5000 users and 20000 reservations do not take long" {
        large 5000 20000
        sums
        start=$(date +%s%N)
        slurm-quota migrate >/dev/null
        echo "# took $((($(date +%s%N) - start) / 1000000)) ms" >&3
        assert_one_of_both
}
