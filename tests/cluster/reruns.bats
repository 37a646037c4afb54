# Jobs that run again, change their size, or stop for a while.
#
# shellcheck disable=SC2016

load helper

# Nodes that do not answer are soon down; one partition takes nodes from two others, whose
# jobs are requeued or cancelled.
setup_file() {
        cat >"$BATS_FILE_TMPDIR/conf" <<'CONF'
SlurmdTimeout=3
MessageTimeout=4
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
PartitionName=debug Nodes=ALL Default=YES DefaultTime=30 MaxTime=60 PreemptMode=OFF
PartitionName=again Nodes=ALL MaxTime=60 PriorityTier=1 PreemptMode=REQUEUE
PartitionName=gone Nodes=ALL MaxTime=60 PriorityTier=1 PreemptMode=CANCEL
PartitionName=urgent Nodes=ALL MaxTime=60 PriorityTier=10 PreemptMode=OFF
CONF
        start_cluster --nodes 2 --conf-extra "$BATS_FILE_TMPDIR/conf"
}
teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        settings
}

charges_are() { equal "charges" "$(ask 'SELECT count(*) FROM charge')" "$1"; }

# charged_once JOB: it has ended once.
charged_once() {
        equal "charges of job $1" "$(ask "SELECT count(*) FROM charge WHERE job_id = $1")" 1
}

# kept_for_rerun JOB SECONDS UUID: at once, and as well after a pass.
kept_for_rerun() {
        reserved_is physics alice "$2"
        held_for "$1" waiting
        equal "the reservation" "$(ask "SELECT uuid FROM binding WHERE job_id = $1")" "$3"
        charged_once "$1"
        reconcile_finds
        reserved_is physics alice "$2"
        held_for "$1" waiting
        equal "the UUID" "$(job_uuid "$1")" "$3"
}

# runs_again JOB SECONDS: held as any job that runs, until it ends.
runs_again() {
        wait_until 30 nodes_are_idle
        # Slurm would wait for two minutes.
        in_cluster scontrol update JobId="$1" StartTime=now
        wait_for_state "$1" RUNNING 30
        reconcile_finds
        held_for "$1" running
        reserved_is physics alice "$2"
        in_cluster scancel "$1"
        wait_for_end
        holds_nothing
}

@test "a running job that is requeued keeps its reservation for the next run" {
        job=$(submit_as alice -t5 -n2 --requeue -- 'sleep 300')
        uuid=$(job_uuid "$job")
        wait_for_state "$job" RUNNING
        sleep 1
        in_cluster scontrol requeue "$job"
        wait_for_state "$job" PENDING
        kept_for_rerun "$job" 600 "$uuid"
        runs_again "$job" 600
        charges_are 2
        books_are_right
        reconcile_finds
}

# --- nodes ----------------------------------------------------------------------------

slurmd_pid=run/slurmd.node2.pid

slurmd_is_up() {
        in_cluster sh -c 'kill -0 "$(cat "$1")"' sh "$CLUSTER/$slurmd_pid" 2>/dev/null
}
start_slurmd() { slurmd_is_up || in_cluster slurmd -N node2 3>&-; }

# The node that a test took away.
teardown() {
        start_slurmd
        [[ $(in_cluster sinfo --noheader --nodes=node2 --format=%T) != down* ]] ||
                in_cluster scontrol update NodeName=node2 State=RESUME
}

@test "a job whose node fails keeps its reservation for the next run, if there will be one" {
        job=$(submit_as alice -t5 -n2 --nodelist=node2 --requeue -- 'sleep 300')
        last=$(submit_as alice -t5 -n3 --nodelist=node2 --no-requeue -- 'sleep 300')
        uuid=$(job_uuid "$job")
        wait_for_state "$job" RUNNING
        wait_for_state "$last" RUNNING
        in_cluster sh -c 'kill -KILL "$(cat "$1")"' sh "$CLUSTER/$slurmd_pid"
        wait_for_state "$job" PENDING 60
        wait_for_state "$last" NODE_FAIL
        charged_once "$last"
        kept_for_rerun "$job" 600 "$uuid"
        start_slurmd
        runs_again "$job" 600
        charges_are 3
        books_are_right
        reconcile_finds
}

# --- preemption -----------------------------------------------------------------------

# Fills a node each: the job in "again" and the one in "gone" of those that give way.
preempt() {
        job=$(submit_as alice -t5 --partition=again -N1 -n64 --requeue -- 'sleep 300')
        gone=$(submit_as alice -t5 --partition=gone -N1 -n64 -- 'sleep 300')
        uuid=$(job_uuid "$job")
        wait_for_state "$job" RUNNING
        wait_for_state "$gone" RUNNING
        sleep 1
        urgent=$(submit_as alice -t1 --partition=urgent -N2 -n128)
        wait_for_state "$gone" PREEMPTED
        wait_for_end "$urgent"
}

@test "a job that is preempted keeps its reservation if it is requeued, and loses it if not" {
        preempt
        charged_once "$gone"
        kept_for_rerun "$job" $((64 * 300)) "$uuid"
        runs_again "$job" $((64 * 300))
        charges_are 4
        books_are_right
        reconcile_finds
}

# --- refunds --------------------------------------------------------------------------

# What a job has cost so far, without refunds.
charge_of() {
        ask "SELECT coalesce(sum(l.amount), 0) FROM charge c JOIN entry_line l
             ON l.entry_id = c.entry_id JOIN resource r ON r.id = l.resource_id
             WHERE r.name = 'cpu' AND c.job_id = $1"
}
refunds_are() {
        equal "refunds" "$(ask "SELECT -sum(l.amount) FROM entry e JOIN entry_line l
                ON l.entry_id = e.id JOIN resource r ON r.id = l.resource_id
                WHERE e.kind = 'refund' AND r.name = 'cpu'")" "$1"
}

@test "what nodes and preemption took from jobs is given back as the site says" {
        settings '[pricing]' 'refund = node_fail:100%, preempted:50%'
        preempt
        failed=$(submit_as bob -t5 -n3 --nodelist=node2 --no-requeue -- 'sleep 300')
        wait_for_state "$failed" RUNNING
        sleep 1
        in_cluster scontrol update NodeName=node2 State=DOWN Reason=test
        wait_for_state "$failed" NODE_FAIL
        in_cluster scancel "$job"
        wait_for_end
        (($(charge_of "$failed") >= 3)) || fail "the failed node's job is not charged"
        (($(charge_of "$job") >= 64 && $(charge_of "$gone") >= 64)) ||
                fail "a preempted job is not charged"
        back=$((($(charge_of "$job") + $(charge_of "$gone")) / 2))
        refunds_are $((back + $(charge_of "$failed")))
        balance_is user alice cpu consumed $((back + $(charge_of "$urgent")))
        balance_is user bob cpu consumed 0
        balance_is account physics cpu consumed $((back + $(charge_of "$urgent")))
        holds_nothing
        verify_is_silent
        wait_until 30 slurmdbd_is_done
        reconcile_finds
        verify_is_silent
}

# --- after the end ------------------------------------------------------------------------

@test "a job that has ended and is requeued is held again, and pays for its runs only" {
        job=$(submit_as alice -t5 -n2 --requeue -- 'sleep 2')
        wait_for_end
        holds_nothing
        sleep 3
        first=$(balance account physics cpu consumed)
        in_cluster scontrol requeuehold "$job"
        wait_until 30 slurmdbd_is_done
        reconcile_finds held=1
        reserved_is physics alice 600
        held_for "$job" waiting
        balance_is account physics cpu consumed "$first"
        in_cluster scontrol release "$job"
        in_cluster scontrol update JobId="$job" StartTime=now
        wait_for_state "$job" RUNNING 30
        reconcile_finds
        held_for "$job" running
        wait_for_end
        holds_nothing
        charges_are 2
        wait_until 30 slurmdbd_is_done
        reconcile_finds
        second=$(($(balance account physics cpu consumed) - first))
        ((second >= 4 && second <= 8)) || fail "the second run costs $second CPU seconds"
        verify_is_silent
}

# --- size and time ------------------------------------------------------------------------

@test "a job that gives a node back is held and charged for what it had at each time" {
        job=$(submit_as alice -t5 -N2 -n6 -- 'sleep 300')
        wait_for_state "$job" RUNNING
        sleep 2
        in_cluster scontrol update JobId="$job" NumNodes=1
        cpus=$(allocated "$job" cpu)
        reconcile_finds corrected=1
        reserved_is physics alice $((cpus * 300))
        held_for "$job" running
        in_cluster scancel "$job"
        wait_for_end
        charges_are 2
        wait_until 30 slurmdbd_is_done
        reconcile_finds
        equal "consumed" "$(balance account physics cpu consumed)" \
                "$(ask "SELECT sum((end_at - start_at) *
                        CASE resized WHEN 1 THEN 6 ELSE $cpus END) FROM charge")"
        equal "gaps" "$(ask 'SELECT count(*) FROM charge a JOIN charge b
                ON b.part = a.part + 1 WHERE b.start_at <> a.end_at')" 0
        holds_nothing
        verify_is_silent
}

@test "the time for which a job is suspended is charged at its end, and taken off by a pass" {
        job=$(submit_as alice -t5 -n2 -- 'sleep 5')
        wait_for_state "$job" RUNNING
        in_cluster scontrol suspend "$job"
        wait_for_state "$job" SUSPENDED
        reconcile_finds bound=1
        reserved_is physics alice 600
        equal "suspended reservations" \
                "$(ask 'SELECT count(*) FROM reservation WHERE paused_at IS NOT NULL')" 1
        sleep 1
        in_cluster scontrol resume "$job"
        wait_for_end
        holds_nothing
        wait_until 30 slurmdbd_is_done
        (($(balance account physics cpu consumed) > $(elapsed_sum account physics))) ||
                fail "slurmdbd counts as much as jobcomp"
        reconcile_finds amended=1
        equal "corrections" "$(ask "SELECT count(*) FROM entry WHERE kind = 'correction'")" 1
        books_are_right
        equal "usage by day" "$(ask "SELECT sum(amount) FROM usage_day d JOIN resource r
                ON r.id = d.resource_id WHERE r.name = 'cpu'")" \
                "$(balance account physics cpu consumed)"
        reconcile_finds
}
