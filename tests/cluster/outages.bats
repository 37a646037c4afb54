# A part of Slurm is away, or a part of us: one pass of the reconciler later the ledger
# agrees with Slurm, and another pass changes nothing.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        settings
}
teardown() {
        "$PRIVATE_SLURM" status "$CLUSTER" | grep -q '^slurmctld  *not' &&
                "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        "$PRIVATE_SLURM" status "$CLUSTER" | grep -q '^slurmdbd  *not' &&
                "$PRIVATE_SLURM" start-dbd "$CLUSTER" 3>&-
        rm -f "$CLUSTER/passes"
}

# jobcomp none: nobody tells us of ends from now on.  slurmctld asks only when it starts.
jobcomp() {
        ! grep -q "^JobCompType=jobcomp/$1$" "$CLUSTER/etc/slurm.conf" || return 0
        sed -i "s|^JobCompType=.*|JobCompType=jobcomp/$1|" "$CLUSTER/etc/slurm.conf"
        restart_ctld
}

# All tables, but for the row that notes when the last pass was.
ledger() { ask .dump | grep -v '^INSERT INTO reconciliation '; }

# nothing_changes COMMAND...: sets output and status as run does.
nothing_changes() {
        local before
        before=$(ledger)
        run "$@"
        diff <(echo "$before") <(ledger) || fail "changed by: $*"
}

# The next pass finds nothing, and changes nothing.
next_pass_is_idle() {
        next_second
        nothing_changes quota reconcile
        [[ $status == 0 && $output == *"$NOTHING"* ]] || fail "status $status: $output"
}

# The pass could not compare, says why, and has not touched a thing.
cannot_compare() {
        next_second
        nothing_changes quota reconcile
        [[ $status == 1 && $output == *"could not compare the ledger with Slurm: "* ]] ||
                fail "status $status: $output"
        equal "lines" "$(wc -l <<<"$output")" 1
}

# counted WORD [COUNT]: what the last pass said of it; true when it is COUNT.
counted() {
        [[ $output =~ [,\;]\ $1\ ([0-9]+) ]] || BASH_REMATCH=(0 0)
        [[ ${BASH_REMATCH[1]} == "$2" ]] ||
                fail "$1 is ${BASH_REMATCH[1]}, expected $2, in: $output"
}

charges_are() {
        equal charges "$(ask "SELECT count(*) FROM entry WHERE kind = 'charge'")" "$1"
}

# Every way to end, of jobs of three users in four accounts; sets runs to how many of them
# slurmdbd will have, and array, waits to two that are unfinished.
jobs_of_all_kinds() {
        local gone
        submit_as alice -t5 -n3 -- 'sleep 1'
        submit_as bob -t5 --gpus=h100:1 -- 'sleep 1; exit 1'
        submit_as carol -A biology -t5 --array=0-3 -- 'sleep 1'
        array=$(submit_as alice -A chemistry -t5 --array=0-9%2 -- 'sleep 300')
        waits=$(submit_as bob -t5 -n2 -- 'sleep 300')
        gone=$(submit_as carol --hold -t5)
        wait_for_state "$waits" RUNNING
        wait_until 15 test -n "$(job_field "${array}_1" JobState)"
        in_cluster scancel "$gone"
        in_cluster scancel "${array}_[4-6]"
}

cancel_the_rest() {
        in_cluster scancel "$waits" "$array"
        wait_for_end
        wait_until 30 slurmdbd_is_done
}

# --- slurmctld and slurmdbd ---------------------------------------------------------

@test "jobs that end while slurmctld is down, by their limit, by scancel are charged once" {
        ends=$(submit_as alice -t5 -n2 -- 'sleep 3')
        limit=$(submit_as alice -t5 -n2 -- 'sleep 300')
        cancelled=$(submit_as bob -t5 -n3 -- 'sleep 300')
        wait_for_state "$ends" RUNNING
        wait_for_state "$limit" RUNNING
        wait_for_state "$cancelled" RUNNING
        quota reconcile
        in_cluster scontrol update JobId="$limit" EndTime=now
        "$PRIVATE_SLURM" stop-ctld "$CLUSTER" 3>&-
        cannot_compare
        sleep 2
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        in_cluster scancel "$cancelled"
        # The first job's own process asks for slurmctld every 15 seconds, and slurmctld
        # looks at limits every 30.
        WAIT=70 wait_for_end
        job_is "$limit" TIMEOUT
        job_is "$cancelled" CANCELLED
        wait_until 30 slurmdbd_is_done
        holds_nothing
        charges_are 3
        next_pass_is_idle
        books_are_right
}

@test "without slurmdbd jobs are charged, nothing is released, and later all agrees" {
        # That no job comes of this one only a pass can say.
        as alice sbatch --test-only -t7 --wrap true
        "$PRIVATE_SLURM" stop-dbd "$CLUSTER"
        jobs_of_all_kinds
        in_cluster scancel "$waits" "$array"
        wait_for_end
        run quota reconcile # what the queue says is brought in all the same
        cannot_compare
        # One of the four cancelled parts ended without an event, and the first had no job.
        (($(ask 'SELECT count(*) FROM reservation') >= 1))
        charged=$(ask 'SELECT count(*) FROM charge')
        ((charged >= 9)) || fail "jobcomp charged $charged"
        "$PRIVATE_SLURM" start-dbd "$CLUSTER"
        wait_until 60 slurmdbd_is_done
        reconcile_until_idle
        next_pass_is_idle
        books_are_right cpu gpu
        (($(balance account physics cpu consumed) > 0))
}

# --- jobcomp and charge -----------------------------------------------------------------

# What slurm-quota charge would be told by jobcomp/script, of all jobs of this test that have
# ended.
charge_all() {
        local id array task submit start end state user uid account cpus
        while read -r id array task submit start end state user uid account cpus; do
                ((id >= FIRST_JOB)) || continue
                in_cluster env JOBID="$id" ARRAYJOBID="$array" ARRAYTASKID="$task" \
                        SUBMIT="$submit" START="$start" END="$end" JOBSTATE="$state" \
                        USERNAME="$user" UID="$uid" ACCOUNT="$account" PROCS="$cpus" \
                        CLUSTER=private slurm-quota charge --quiet </dev/null
        done < <(in_cluster env SLURM_TIME_FORMAT=%s scontrol --oneliner show jobs |
                told_of_ends)
}

# Passes, one after the other, as long as the file is there; a minute at most.
passes() {
        local i
        for ((i = 0; i < 60; i++)); do
                [[ -e $CLUSTER/passes ]] || return 0
                quota reconcile || true
                sleep 0.1
        done
}

@test "jobcomp, charge and passes together charge each run once" {
        touch "$CLUSTER/passes"
        passes >"$BATS_TEST_TMPDIR/passes" 2>&1 3>&- &
        jobs_of_all_kinds
        charge_all
        for i in {0..9}; do submit_as alice -t5 -n2 -- "sleep 0.$i"; done
        in_cluster scancel "$waits" "$array"
        charge_all
        wait_for_end
        charge_all
        wait_until 30 slurmdbd_is_done
        rm "$CLUSTER/passes"
        wait
        (($(grep -c '^reconciled: ' "$BATS_TEST_TMPDIR/passes") >= 3))
        reconcile_until_idle
        next_pass_is_idle
        equal "runs that were charged twice" "$(ask "SELECT count(*) FROM (
                SELECT 1 FROM charge c JOIN entry e ON e.id = c.entry_id AND e.kind = 'charge'
                GROUP BY c.job_id, c.submit_at HAVING count(*) > 1)")" 0
        books_are_right cpu gpu
}

@test "without jobcomp a pass charges and releases, and --dry-run tells it before" {
        jobcomp none
        jobs_of_all_kinds
        cancel_the_rest
        charges_are 0
        held=$(balance account physics cpu reserved)
        ((held > 0))

        nothing_changes quota reconcile --dry-run
        equal status "$status" 0
        would=$(sed -n 's/^would be: .*; \(bound.*\); took.*/\1/p' <<<"$output")
        [[ $would =~ released\ [1-9].*charged\ [1-9] ]] || fail "$output"
        for job in "$waits" "$array"; do
                [[ $output == *"job $job of "*" has ended and was not charged: charging"* ]] ||
                        fail "nothing about job $job: $output"
        done

        run quota reconcile
        equal status "$status" 0
        counted amended 0
        tell "without jobcomp, one pass: ${output%%; took*}"
        reconcile_until_idle
        next_pass_is_idle
        books_are_right cpu gpu
        (($(balance account physics cpu consumed) > 0))
}

@test "two passes at once charge each run once" {
        jobcomp none
        jobs_of_all_kinds
        cancel_the_rest
        quota reconcile >"$BATS_TEST_TMPDIR/one" 3>&- &
        one=$!
        run quota reconcile
        equal "status of the second ($output)" "$status" 0
        wait "$one"
        tell "two at once: $({ cat "$BATS_TEST_TMPDIR/one" && echo "$output"; } |
                sed -n 's/.*\(charged [0-9]*\).*/\1/p' | paste -s -d ' ')"
        reconcile_until_idle
        next_pass_is_idle
        books_are_right cpu gpu
        (($(balance account physics cpu consumed) > 0))
}

# --- history ------------------------------------------------------------------------

@test "all that slurmdbd knows is charged into a new ledger, once" {
        jobs_of_all_kinds
        cancel_the_rest
        reconcile_until_idle
        before=$(ask 'SELECT kind, name FROM subject ORDER BY 1, 2')
        in_cluster rm -rf "$CLUSTER/quota"
        quota set-default-quotas --user-cpu -1 >/dev/null
        # What ended before there was a ledger is not charged unasked.
        next_second
        quota reconcile
        charges_are 0

        FIRST_JOB=1
        today=$(date --date='1 hour ago' +%F)
        run quota reconcile --since="$today"
        equal "status ($output)" "$status" 0
        tell "import since $today: ${output%%; took*}"
        [[ $output =~ charged\ [1-9] ]] || fail "$output"
        nothing_changes quota reconcile --since="$today"
        equal "status ($output)" "$status" 0
        counted charged 0
        next_pass_is_idle
        books_are_right cpu gpu
        [[ $(ask 'SELECT kind, name FROM subject') == *user* ]]
        diff <(echo "$before") <(ask 'SELECT kind, name FROM subject ORDER BY 1, 2')
}

# --- what slurmctld forgets ------------------------------------------------------------

# Those of its arguments that slurmctld does not know.
vanished() {
        local job
        for job; do
                in_cluster scontrol show job "$job" >/dev/null 2>&1 || printf '%s\n' "$job"
        done
}

# The last test: slurmdbd waits for ever for the end of these jobs.
@test "jobs that vanish when slurmctld is killed are given back by the second pass" {
        local bound=() unseen=() gone_bound gone_unseen i
        for i in 1 2 3 4 5; do bound+=("$(submit_as alice --hold -t5)"); done
        bound+=("$(submit_as bob --hold -t5 --array=0-3)")
        quota reconcile
        equal bound "$(ask 'SELECT count(*) FROM binding')" 6
        for i in 1 2 3; do unseen+=("$(submit_as alice --hold -t5)"); done
        "$PRIVATE_SLURM" kill-ctld "$CLUSTER" 3>&-
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        gone_bound=$(vanished "${bound[@]}" | wc -l)
        gone_unseen=$(vanished "${unseen[@]}" | wc -l)
        tell "$gone_bound of ${#bound[@]} jobs that were bound are gone, and" \
                "$gone_unseen of ${#unseen[@]} others"
        ((gone_bound >= 1)) || fail "too few"
        next_second
        run quota reconcile
        counted missing "$gone_bound"
        next_second
        run quota reconcile
        equal bindings "$(ask 'SELECT count(*) FROM binding')" $((9 - gone_bound - gone_unseen))
        next_pass_is_idle
        cancel_all
        reconcile_until_idle
        holds_nothing
        verify_is_silent
        balance_is account physics cpu consumed 0
}
