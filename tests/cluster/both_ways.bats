# jobcomp/lua and jobcomp/script about the same jobs, and jobs that change their size.

load helper

setup_file() { start_cluster --nodes 2; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# Every charge that the Lua module booked, once more as jobcomp/script would tell it.
tell_again() {
        ask 'SELECT job_id, submit_at, array_task, start_at, end_at, state FROM charge' |
                while IFS='|' read -r id submit task start end state; do
                        array=$1
                        [[ $task != -1 ]] || { task=4294967294 array=0; }
                        in_cluster env JOBID="$id" ARRAYJOBID="$array" ARRAYTASKID="$task" \
                                UID="$(in_cluster id -u alice)" USERNAME=alice \
                                ACCOUNT=physics SUBMIT="$submit" START="$start" END="$end" \
                                JOBSTATE="$state" PROCS=1 CLUSTER=private \
                                slurm-quota charge </dev/null
                done
}

@test "what jobcomp/lua has booked, jobcomp/script does not book again" {
        submit_as alice -t5 -n3 -- 'sleep 2'
        array=$(submit_as alice -t5 --array=0-3 -- 'sleep 1')
        # shellcheck disable=SC2016
        job=$(submit_as alice -t5 -n2 --requeue -- \
                'sleep $((SLURM_RESTART_COUNT ? 1 : 300))')
        wait_for_state "$job" RUNNING
        sleep 1
        in_cluster scontrol requeue "$job"
        wait_for_state "$job" PENDING 30
        wait_until 30 nodes_are_idle
        in_cluster scontrol update JobId="$job" StartTime=now
        wait_for_end
        books_are_right
        equal charges "$(ask 'SELECT count(*) FROM charge')" 7
        before=$(ask .dump)
        run tell_again "$array"
        equal "status ($output)" "$status" 0
        equal lines "$(grep -c 'was charged before; nothing changed' <<<"$output")" 7
        [[ $(ask .dump) == "$before" ]]
        books_are_right
}

@test "a job that gives a node back is charged for each of its sizes" {
        job=$(submit_as alice -t5 -N2 -n6 -- 'sleep 300')
        wait_for_state "$job" RUNNING
        sleep 3
        in_cluster scontrol update JobId="$job" NumNodes=1
        sleep 3
        in_cluster scancel "$job"
        wait_for_end
        wait_until 60 slurmdbd_is_done
        # slurmdbd has a row for each size; that of the second is submitted when the first
        # ends, but still starts (and elapses) from the job's own start.
        slurm=$(in_cluster env SLURM_TIME_FORMAT=%s sacct -X -D -P -n -j "$job" \
                --format=Submit,Start,End,AllocCPUS |
                awk -F'|' '{ sum += ($3 - ($1 > $2 ? $1 : $2)) * $4 } END { print sum }')
        ours=$(balance account physics cpu consumed)
        tell "slurmdbd: $slurm CPU-seconds, ledger: $ours"
        # The two look at the clock one after the other: a second of six CPUs at most.
        ((ours >= slurm - 6 && ours <= slurm + 6))
        holds_nothing
        verify_is_silent
}
