# slurmctld stops, dies and comes back: nothing is lost, nothing counts twice.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# Running jobs (one of which ends soon), queued jobs and an array half of which runs:
# 2 x 300 + 1 x 600 + 2 x 1200 + 10 x 60 seconds.
populate() {
        runs=$(submit_as alice -t5 -- 'sleep 300')
        ends=$(submit_as bob -t5 -- "sleep $1")
        gpu=$(submit_as alice -t10 --gpus=2 -- 'sleep 300')
        held=$(submit_as alice --hold -t20)
        other=$(submit_as bob --hold -t20)
        array=$(submit_as alice -t1 --array=0-9%4 -- 'sleep 300')
        wait_for_state "$runs" RUNNING
        wait_for_state "$ends" RUNNING
        wait_for_state "$gpu" RUNNING
        wait_until 15 array_runs
        balance_is account physics cpu reserved 4200
        balance_is account physics gpu reserved 1200
        balance_is account physics cpu tasks 15
}

array_runs() {
        [[ $(in_cluster squeue --noheader --array --states=RUNNING --jobs="$array" | wc -l) == 4 ]]
}

finish() {
        in_cluster scontrol release "$held,$other"
        wait_for_end "$held" "$other"
        cancel_all
        books_are_right cpu gpu
        equal "charges of \"ends\"" \
                "$(ask "SELECT count(*) FROM charge WHERE job_id = $ends")" 1
}

@test "after a restart the reservations are as they were, and jobs are charged once" {
        populate 300
        restart_ctld
        balance_is account physics cpu reserved 4200
        balance_is account physics cpu tasks 15
        # The budget is still enforced.
        budget account physics 70
        refused_as alice -t1
        budget account physics 71
        in_cluster scancel "$(submit_as alice --hold -t1)"
        budget account physics -1
        in_cluster scancel "$ends"
        wait_for_end "$ends"
        finish
}

@test "jobs that end while slurmctld is stopped are charged when it is back" {
        populate 4
        "$PRIVATE_SLURM" stop-ctld "$CLUSTER" 3>&-
        sleep 4
        balance_is account physics cpu reserved 4200
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        wait_for_end "$ends"
        finish
}

state_is_saved() { [[ -n $(find "$CLUSTER/slurmctld/job_state" -newer "$BATS_TEST_TMPDIR/now") ]]; }

# slurmctld saves what has changed every few seconds, and nothing else.
save_state() {
        touch "$BATS_TEST_TMPDIR/now"
        in_cluster scontrol update JobId="$ends" Comment=saved
        wait_until 20 state_is_saved
}

@test "jobs survive the death of slurmctld" {
        populate 300
        save_state
        "$PRIVATE_SLURM" kill-ctld "$CLUSTER" 3>&-
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        balance_is account physics cpu reserved 4200
        balance_is account physics cpu tasks 15
        in_cluster scancel "$ends"
        wait_for_end "$ends"
        finish
}

@test "a job that ends while slurmctld is dead is charged once" {
        populate 4
        save_state
        "$PRIVATE_SLURM" kill-ctld "$CLUSTER" 3>&-
        sleep 4
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        wait_for_end "$ends"
        finish
}

@test "a reconfiguration changes nothing" {
        populate 300
        in_cluster scontrol reconfigure
        wait_until 10 ctld_is_up
        balance_is account physics cpu reserved 4200
        in_cluster scancel "$ends"
        wait_for_end "$ends"
        finish
}
