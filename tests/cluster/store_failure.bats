# The database fails inside slurmctld: users are answered at once, as the site has
# decided, the log stays short, and no charge is lost.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }

# Each test with a slurmctld that has logged nothing of us yet.
setup() {
        restart_ctld
        fresh_ledger
        broken=
        mkdir -p "$CLUSTER/away"
}

# Whatever the test has left broken.
teardown() {
        keep_disk=
        [[ -z $broken ]] || "mend_$broken"
        policy allow
        sed -i "s|^directory = .*|directory = $CLUSTER/spool|" "$CLUSTER/etc/slurm-quota.conf"
        [[ ! -L $CLUSTER/spool ]] || rm "$CLUSTER/spool"
}

# policy allow|refuse [SECONDS BETWEEN LINES OF THE LOG]
policy() {
        local conf=$CLUSTER/etc/slurm-quota.conf
        sed -i '/^\[hook\]/,$d' "$conf"
        printf '[hook]\non_store_failure = %s\nlog_interval_seconds = %s\n' "$1" "${2:-60}" >>"$conf"
}

# --- the ways to fail, each with its end ---

break_missing() { in_cluster mv "$CLUSTER/quota" "$CLUSTER/away/"; }
mend_missing() { in_cluster sh -c 'rm -rf "$1/quota"; mv "$1/away/quota" "$1/"' sh "$CLUSTER"; }

# In the background, until mended.
hold() {
        in_cluster "$@" >"$BATS_TEST_TMPDIR/holder" 2>&1 3>&- &
        holder=$!
}

is_held() { [[ -e $BATS_TEST_TMPDIR/held ]]; }

# Another program has a transaction open.
break_transaction() {
        hold sqlite3 "$CLUSTER/quota/slurm-quota.db" 'BEGIN EXCLUSIVE' \
                ".shell touch $BATS_TEST_TMPDIR/held; sleep 60"
        wait_until 5 is_held
}

mend_transaction() {
        # The child of the shell that sqlite3 has started.
        in_cluster pkill -x -f 'sleep 60'
        wait "$holder" || true
}

# Another slurm-quota has the lock of the writers.
break_lock() {
        hold flock "$CLUSTER/quota/slurm-quota.db.lock" \
                sh -c "touch $BATS_TEST_TMPDIR/held; sleep 60"
        wait_until 5 is_held
}
mend_lock() { mend_transaction; }

break_garbage() {
        break_missing
        # shellcheck disable=SC2016
        in_cluster sh -c 'cp -a "$1/away/quota" "$1/quota"
                rm -f "$1"/quota/*-wal "$1"/quota/*-shm
                head -c 100000 /dev/urandom >"$1/quota/slurm-quota.db"' sh "$CLUSTER"
}
mend_garbage() { mend_missing; }

# The half of a database that a crash of the machine might leave.
break_truncated() {
        break_missing
        # shellcheck disable=SC2016
        in_cluster sh -c 'cp -a "$1/away/quota" "$1/quota"
                rm -f "$1"/quota/*-wal "$1"/quota/*-shm
                truncate --size=10000 "$1/quota/slurm-quota.db"' sh "$CLUSTER"
}
mend_truncated() { mend_missing; }

# The database lies on a small disk (mounted by the test), which gets full.
mount_small_disk() {
        # shellcheck disable=SC2016
        in_cluster sh -c 'rm -rf "$1/quota" && mkdir "$1/quota" &&
                mount -t tmpfs -o size=2m,mode=755 tmpfs "$1/quota"' sh "$CLUSTER"
        broken=full
        quota set-default-quotas --user-cpu -1 >/dev/null
}
break_full() { in_cluster dd if=/dev/zero of="$CLUSTER/quota/ballast" bs=4k status=none 2>&1 || true; }
mend_full() {
        in_cluster rm -f "$CLUSTER/quota/ballast"
        [[ -n ${keep_disk-} ]] ||
                in_cluster umount --lazy "$CLUSTER/quota"
}

# Slurmctld opens the database anew: what it has open would stay writable.
break_readonly() {
        # shellcheck disable=SC2016
        in_cluster sh -c 'mount --bind "$1/quota" "$1/quota" &&
                mount -o remount,bind,ro "$1/quota"' sh "$CLUSTER"
        restart_ctld
}
mend_readonly() {
        in_cluster umount --lazy "$CLUSTER/quota"
        restart_ctld
}

break_forbidden() {
        in_cluster sh -c 'chown -R root: "$1/quota"; chmod -R go-rwx "$1/quota"' sh "$CLUSTER"
        restart_ctld
}
mend_forbidden() {
        # shellcheck disable=SC2016
        in_cluster sh -c 'chown -R slurm: "$1/quota"
                chmod 2770 "$1/quota"; chmod 640 "$1"/quota/*' sh "$CLUSTER"
        restart_ctld
}

# --- what is seen of it ---

# Lines about us in slurmctld's log since `mark`.
mark() {
        in_cluster rm -f "$CLUSTER/spool/told" # as if nothing had been said for a minute
        log_start=$(wc -l <"$CLUSTER/log/slurmctld.log")
}
log_lines() { tail -n "+$((log_start + 1))" "$CLUSTER/log/slurmctld.log" | grep 'error:.*slurm-quota'; }

spool_is_empty() { ! in_cluster test -s "$CLUSTER/spool/events"; }

# Calls that succeed book what waits, some events each.
submit_until_spool_is_empty() {
        local i
        for ((i = 0; i < 20; i++)); do
                submit_as alice -t1 >/dev/null
                sleep 0.3
                ! spool_is_empty || return 0
        done
        fail "the spool is not empty after $i submissions"
}

# The hook gives up after 50 ms; what the rest takes is the machine's affair.  SQLite's own
# patience, or a lock that is waited for, would be many seconds.
quickly() {
        ((took < 5000)) || fail "sbatch took $took ms"
}

# survives FAILURE [MINUTES]: jobs are accepted and end while the database fails; then
# all of them are in the books.
survives() {
        local i times='' before during
        # A job that the ledger knows, and that ends when it cannot be asked.
        before=$(submit_as alice -t5 -n2 -- 'sleep 3')
        held=$(submit_as bob --hold -t5)
        wait_for_state "$before" RUNNING
        broken=$1
        "break_$1"
        mark
        during=()
        for i in 1 2 3 4 5; do
                milliseconds submit_as alice -t5 -- "sleep 1"
                equal "status ($output)" "$status" 0
                quickly
                times+=" $took"
                during+=("$output")
        done
        # The other hooks answer at once too.
        milliseconds in_cluster scontrol update JobId="$held" TimeLimit=4
        equal "status ($output)" "$status" 0
        quickly
        times+=", update: $took"
        wait_for_end "$before" "${during[@]}"
        tell "$1: sbatch took$times ms; the log: $(log_lines | wc -l) lines"
        log_lines | sed 's/^/log: /'
        # job_submit.lua and jobcomp.lua speak with one voice, but where the spool fails.
        (($(log_lines | wc -l) <= 2)) || fail "too many lines in the log"
        (($(log_lines | wc -l) >= 1)) || fail "nothing in the log"
        spool_is_empty && fail "the spool is empty"

        "mend_$1"
        broken=
        submit_until_spool_is_empty
        in_cluster scancel "$held"
        wait_for_end
        books_are_right
        equal "charges" "$(ask 'SELECT count(*) FROM charge WHERE start_at > 0 AND end_at > start_at')" \
                "$(in_cluster sacct -aXnP --duplicates --starttime=now-2hours --format=JobIDRaw,ElapsedRaw |
                        awk -F'|' -v first="$FIRST_JOB" '$1 >= first && $2 > 0' | wc -l)"
        (($(balance account physics cpu consumed) >= 10))
}

# refuses FAILURE: the same with the other policy.
refuses() {
        local i times=''
        policy refuse
        sleep 0.3 # the hooks look four times a second whether it has changed
        before=$(submit_as alice -t5 -n2 -- 'sleep 3')
        wait_for_state "$before" RUNNING
        broken=$1
        "break_$1"
        mark
        for i in 1 2 3; do
                milliseconds submit_as alice -t5
                [[ $status != 0 ]] || fail "accepted"
                [[ $output == *"slurm-quota: "* ]] || fail "without our reason: $output"
                quickly
                times+=" $took"
        done
        wait_for_end
        tell "$1, refused: sbatch took$times ms; ${output%%$'\n'*}"
        # job_submit.lua and jobcomp.lua speak with one voice, but where the spool fails.
        (($(log_lines | wc -l) <= 2)) || fail "too many lines in the log"
        "mend_$1"
        broken=
        submit_until_spool_is_empty
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) >= 6))
}

# --- allow, the default ---

@test "the database is missing" { survives missing; }

@test "another program holds a transaction" { survives transaction; }

@test "another writer holds the lock" { survives lock; }

@test "the database is garbage" { survives garbage; }

@test "the database is cut short" { survives truncated; }

@test "the database is on a read-only file system" { survives readonly; }

@test "the database belongs to somebody else" { survives forbidden; }

@test "the disk is full" {
        mount_small_disk
        keep_disk=yes
        before=$(submit_as alice -t5 -n2 -- 'sleep 3')
        wait_for_state "$before" RUNNING
        break_full
        mark
        times=
        # What is in the write-ahead log already has its room: more than that.
        for i in {1..30}; do
                milliseconds submit_as alice -t5
                equal "status ($output)" "$status" 0
                quickly
                times+=" $took"
        done
        wait_for_end
        tell "full: sbatch took$times ms; the log: $(log_lines | wc -l) lines"
        # job_submit.lua and jobcomp.lua speak with one voice, but where the spool fails.
        (($(log_lines | wc -l) <= 2)) || fail "too many lines in the log"
        (($(log_lines | wc -l) >= 1)) || fail "nothing in the log"
        mend_full
        submit_until_spool_is_empty
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) >= 6))
}

@test "the disk is full, and the spool lies on it too" {
        in_cluster rm -rf "$CLUSTER/spool"
        mount_small_disk
        in_cluster ln -s quota/spool "$CLUSTER/spool"
        sed -i "s|^directory = .*|directory = $CLUSTER/quota/spool|" "$CLUSTER/etc/slurm-quota.conf"
        quota set-default-quotas --user-cpu -1 >/dev/null
        sleep 0.3
        keep_disk=yes
        before=$(submit_as alice -t5 -n2 -- 'sleep 3')
        wait_for_state "$before" RUNNING
        break_full
        for i in {1..30}; do
                milliseconds submit_as alice -t5
                equal "status ($output)" "$status" 0
                quickly
        done
        wait_for_end
        mend_full
        submit_until_spool_is_empty
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) >= 6))
}

@test "charges that wait are booked by slurm-quota charge --replay too" {
        before=$(submit_as alice -t5 -n2 -- 'sleep 2')
        wait_for_state "$before" RUNNING
        broken=missing
        break_missing
        wait_for_end
        mend_missing
        broken=
        balance_is account physics cpu consumed 0
        quota charge --replay
        spool_is_empty
        books_are_right
        (($(balance account physics cpu consumed) >= 4))
        quota charge --replay
        books_are_right
}

@test "the log counts what it leaves out" {
        policy allow 2
        sleep 0.3
        broken=missing
        break_missing
        mark
        for i in 1 2 3 4 5 6; do submit_as alice --hold -t5; done
        first=$(log_lines | wc -l)
        sleep 2.5
        submit_as alice --hold -t5
        log_lines
        equal "lines at first" "$first" 1
        equal "lines two seconds later" "$(log_lines | wc -l)" 2
        [[ $(log_lines | tail -n 1) =~ [^0-9][56][^0-9] ]] || fail "without a count"
        mend_missing
        broken=
        cancel_all
        submit_until_spool_is_empty
        wait_for_end
        books_are_right
}

# --- refuse ---

@test "refusing: the database is missing" { refuses missing; }

@test "refusing: another writer holds the lock" { refuses lock; }

@test "refusing: the database is garbage" { refuses garbage; }
