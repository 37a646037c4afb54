# Failure drills: the store is locked, full, gone or restored from an old copy, the spool
# cannot be written.  What happened to submissions is what the configuration says, the log
# of slurmctld counts it, and one pass after the end of it the ledger agrees with Slurm.
#
#       SQ_DRILL_SECONDS=60 bats tests/cluster/drills.bats      locks for a minute

# shellcheck disable=SC2154

load helper

LOCKED=${SQ_DRILL_SECONDS:-10}

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

setup() {
        fresh_ledger
        mkdir -p "$CLUSTER/away"
        broken=
}

teardown() {
        [[ -z $broken ]] || "mend_$broken"
        ! in_cluster mountpoint -q "$CLUSTER/quota" || in_cluster umount --lazy "$CLUSTER/quota"
}

policy() { settings '[hook]' "on_store_failure = $1" 'log_interval_seconds = 1'; }

# --- the ways to fail, each with its end ---------------------------------------------

is_held() { [[ -e $BATS_TEST_TMPDIR/held ]]; }

# locked_by COMMAND: what it reads comes to an end when the test says so, or in any case
# two minutes after the time it is to take.
locked_by() {
        local i
        touch "$BATS_TEST_TMPDIR/keep"
        {
                cat
                for ((i = 0; i < (LOCKED + 120) * 10; i++)); do
                        [[ -e $BATS_TEST_TMPDIR/keep ]] || break
                        sleep 0.1
                done
        } | in_cluster "$@" >"$BATS_TEST_TMPDIR/holder" 2>&1 3>&- &
        holder=$! locked_until=$((EPOCHSECONDS + LOCKED))
        wait_until 5 is_held
}
unlock() {
        until ((EPOCHSECONDS > locked_until)); do sleep 0.1; done
        rm "$BATS_TEST_TMPDIR/keep"
        wait "$holder"
}

# Another program has a transaction open.
break_transaction() {
        locked_by sqlite3 "$CLUSTER/quota/slurm-quota.db" <<<"BEGIN EXCLUSIVE;
.shell touch $BATS_TEST_TMPDIR/held"
}
mend_transaction() { unlock; }

# Another slurm-quota has the lock of the writers.
break_lock() {
        # shellcheck disable=SC2016
        locked_by flock "$CLUSTER/quota/slurm-quota.db.lock" sh -c 'touch "$1"; exec cat' \
                sh "$BATS_TEST_TMPDIR/held" </dev/null
}
mend_lock() { unlock; }

# The database lies on a small disk, and something else fills it.
mount_small_disk() {
        # shellcheck disable=SC2016
        in_cluster sh -c 'rm -rf "$1/quota" && mkdir "$1/quota" &&
                mount -t tmpfs -o size=2m,mode=755 tmpfs "$1/quota"' sh "$CLUSTER"
        quota set-default-quotas --user-cpu -1 >/dev/null
        sleep 0.3
}
break_full() {
        in_cluster dd if=/dev/zero of="$CLUSTER/quota/ballast" bs=4k status=none 2>&1 || true
        # The write-ahead log has room that it had before: empty, it has none.
        in_cluster sqlite3 "$CLUSTER/quota/slurm-quota.db" 'PRAGMA wal_checkpoint(TRUNCATE)' \
                >/dev/null 2>&1 || true
        in_cluster dd if=/dev/zero of="$CLUSTER/quota/ballast2" bs=4k status=none 2>&1 || true
}
mend_full() { in_cluster rm -f "$CLUSTER/quota/ballast" "$CLUSTER/quota/ballast2"; }

# Somebody deletes the database, and restores a copy of some time before.
make_copy() {
        in_cluster sqlite3 "$CLUSTER/quota/slurm-quota.db" ".backup '$CLUSTER/away/copy'"
}
break_deleted() { in_cluster rm -f "$CLUSTER"/quota/slurm-quota.db{,-wal,-shm,.lock}; }
mend_deleted() {
        in_cluster install -o slurm -g slurm -m 640 "$CLUSTER/away/copy" \
                "$CLUSTER/quota/slurm-quota.db"
}

# The store is locked, and the spool is not ours.
break_spool() {
        # shellcheck disable=SC2016
        in_cluster sh -c 'chown root: "$1/spool"; chmod 700 "$1/spool"' sh "$CLUSTER"
        break_lock
}
mend_spool() {
        mend_lock
        # shellcheck disable=SC2016
        in_cluster sh -c 'chown slurm: "$1/spool"; chmod 2770 "$1/spool"' sh "$CLUSTER"
}

# --- what the log says ------------------------------------------------------------------

mark() { log_start=$(wc -l <"$CLUSTER/log/slurmctld.log"); }

# Both hooks say what they have not said yet: this job's submission is a call of the one, its
# end one of the other, and they speak in turns, a second apart.
let_hooks_speak() {
        local job
        sleep 1.1
        job=$(submit_as carol -t1 -- 'sleep 1.5')
        wait_for_end "$job"
}

# logged WORD: the sum of that count in all lines since the mark.
logged() {
        tail -n "+$((log_start + 1))" "$CLUSTER/log/slurmctld.log" | awk -v word="$1" '
                /slurm-quota: the store failed/ {
                        sub(/.*\(/, "")
                        sub(/\).*/, "")
                        n = split($0, part, ", ")
                        for (i = 1; i <= n; i++)
                                if (part[i] ~ word) { split(part[i], w, " "); sum += w[1] }
                }
                END { print sum + 0 }'
}

# --- a drill --------------------------------------------------------------------------------

# Jobs that the ledger knows when the drill begins: one ends in it, one waits.
before() {
        policy allow
        ends=$(submit_as alice -t5 -n2 -- 'sleep 2')
        waits=$(submit_as bob --hold -t5 -n3)
        wait_for_state "$ends" RUNNING
        mark
}

# Four submissions and an update, each answered at once.
ask_five_times() {
        local i
        accepted=()
        for i in 1 2 3 4; do
                milliseconds submit_as alice -t5
                ((took < 1000)) || fail "sbatch took $took ms"
                "$1"
        done
        run in_cluster scontrol update JobId="$waits" TimeLimit="$2"
        "$1"
}
is_accepted() {
        equal "status ($output)" "$status" 0
        accepted+=("$output")
}
# Of an update 22.05 shows only its own words.
is_refused() {
        [[ $status != 0 ]] || fail "accepted: $output"
        [[ $output == *"slurm-quota: budgets cannot be checked at the moment"* ||
                $output == "Access/permission denied for job $waits" ]] || fail "$output"
}

# While it is broken: what the policies say.  Ten events have no place in the ledger: four
# submissions, an update, five ends.
during() {
        ask_five_times is_accepted 4
        policy refuse
        ask_five_times is_refused 3
        wait_for_end "$ends" "${accepted[@]:0:4}"
}

# heals REPLAYED: the next pass books so many events, and the ledger agrees with Slurm.
heals() {
        wait_until 30 slurmdbd_is_done
        next_second
        run quota reconcile
        equal "status ($output)" "$status" 0
        [[ $output =~ replayed\ ([0-9]+) ]]
        equal "events that were replayed" "${BASH_REMATCH[1]}" "$1"
        tell "${output%%; took*}"
        reconcile_until_idle
        balance_is user bob cpu tasks 1
        reserved_is physics bob $((3 * 4 * 60))
}

# logged_are SPOOLED LOST
logged_are() {
        let_hooks_speak
        tail -n "+$((log_start + 1))" "$CLUSTER/log/slurmctld.log" |
                grep 'slurm-quota: ' || true
        equal "requests that were allowed unchecked" "$(logged allowed)" 5
        equal "requests that were refused" "$(logged refused)" 5
        equal "events spooled" "$(logged spooled)" "$1"
        equal "events lost" "$(logged lost)" "$2"
}

ends_well() {
        in_cluster scancel "$waits"
        wait_for_end
        reconcile_until_idle
        books_are_right
        (($(balance account physics cpu consumed) >= 4))
        equal "runs that were charged twice" "$(ask "SELECT count(*) FROM (
                SELECT 1 FROM charge c JOIN entry e ON e.id = c.entry_id AND e.kind = 'charge'
                GROUP BY c.job_id, c.submit_at HAVING count(*) > 1)")" 0
}

survives() {
        before
        broken=$1
        "break_$1"
        during
        "mend_$1"
        broken=
        heals 10
        logged_are 10 0
        ends_well
}

@test "while another program has a transaction open" { survives transaction; }

@test "while another writer has the lock" { survives lock; }

@test "while the disk is full" {
        mount_small_disk
        survives full
}

# The copy knows neither that a job has ended nor that another one was submitted.
@test "from the loss of the database until an older copy is restored" {
        first=$(submit_as alice -t5 -n2 -- 'sleep 1')
        wait_for_state "$first" RUNNING
        make_copy
        wait_for_end "$first"
        before
        broken=deleted
        break_deleted
        run quota reconcile
        [[ $status == 1 ]] || fail "a pass without a ledger: $output"
        during
        mend_deleted
        broken=
        heals 10
        logged_are 10 0
        ends_well
}

# What the spool did not take, Slurm still knows.
@test "while another writer has the lock and the spool cannot be written" {
        LOCKED=0
        before
        broken=spool
        break_spool
        during
        mend_spool
        broken=
        heals 0
        logged_are 0 10
        ends_well
}
