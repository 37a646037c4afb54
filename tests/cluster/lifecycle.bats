# From submission to the end: every way a job can end is charged once and released.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

consumed_something() {
        (($(balance account physics cpu consumed) > 0)) || fail "nothing was consumed"
}

@test "a job that ends by itself" {
        submit_as alice -t5 -n3 -- 'sleep 2'
        wait_for_end
        books_are_right
        consumed_something
}

@test "a job that fails" {
        job=$(submit_as alice -t5 -n2 -- 'sleep 1; exit 3')
        wait_for_end
        job_is "$job" FAILED
        books_are_right
        consumed_something
}

@test "a running job that is cancelled" {
        job=$(submit_as alice -t5 -n2 -- 'sleep 300')
        wait_for_state "$job" RUNNING
        sleep 1
        as alice scancel "$job"
        wait_for_end
        books_are_right
        consumed_something
}

@test "a pending job that is cancelled" {
        job=$(submit_as alice --hold -t5)
        reserved_is physics alice 300
        as alice scancel "$job"
        wait_for_end
        books_are_right
        balance_is account physics cpu consumed 0
}

@test "a job that is killed by its time limit" {
        job=$(submit_as alice -t1 -- 'sleep 300')
        WAIT=150 wait_for_end
        job_is "$job" TIMEOUT
        books_are_right
        # Slurm looks at limits every half minute only: what ran longer is charged.
        (($(balance account physics cpu consumed) >= 60))
}

@test "a job that is requeued is charged for each run and keeps its reservation" {
        job=$(submit_as alice -t5 -n2 --requeue -- 'sleep $((SLURM_RESTART_COUNT ? 1 : 300))')
        wait_for_state "$job" RUNNING
        uuid=$(job_uuid "$job")
        sleep 2
        in_cluster scontrol requeue "$job"
        wait_for_state "$job" PENDING
        first=$(balance account physics cpu consumed)
        ((first > 0)) || fail "the first run is not charged"
        reserved_is physics alice 600
        equal "the UUID" "$(job_uuid "$job")" "$uuid"

        # Slurm would wait for two minutes.
        wait_until 30 nodes_are_idle
        in_cluster scontrol update JobId="$job" StartTime=now
        wait_for_state "$job" RUNNING 30
        reserved_is physics alice 600
        sleep 1
        in_cluster scancel "$job"
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) > first)) || fail "the second run is not charged"
        equal "charges" "$(ask 'SELECT count(*) FROM charge')" 2
}

@test "a job that is requeued and cancelled before it runs again" {
        job=$(submit_as alice -t5 --requeue -- 'sleep 300')
        wait_for_state "$job" RUNNING
        sleep 1
        in_cluster scontrol requeue "$job"
        wait_for_state "$job" PENDING
        in_cluster scancel "$job"
        wait_for_end
        books_are_right
        consumed_something
}

@test "a job that is requeued and held" {
        job=$(submit_as alice -t5 --requeue -- 'sleep 300')
        wait_for_state "$job" RUNNING
        in_cluster scontrol requeuehold "$job"
        wait_for_state "$job" PENDING
        reserved_is physics alice 300
        in_cluster scancel "$job"
        wait_for_end
        books_are_right
}

@test "an srun job" {
        as alice srun -t5 -n2 sleep 1
        wait_for_end
        books_are_right
        consumed_something
}

@test "an salloc job" {
        as alice salloc -t5 -n2 sleep 1
        wait_for_end
        books_are_right
        consumed_something
}

@test "steps of a job are not charged on their own" {
        job=$(submit_as alice -t5 -n2 -- 'srun -n2 sleep 1; srun -n1 true')
        wait_for_end
        job_is "$job" COMPLETED
        equal "charges" "$(ask 'SELECT count(*) FROM charge')" 1
        books_are_right
}

@test "jobs of several users and accounts are kept apart" {
        submit_as alice -t5 -- 'sleep 1'
        submit_as alice -t5 -A chemistry --gpus=2 -- 'sleep 2'
        submit_as bob -t5 -n2 -- 'sleep 1'
        submit_as carol -t5 -A biology --gres=gpu:a100 -- 'sleep 1'
        wait_for_end
        equal "subjects" "$(ask 'SELECT count(*) FROM subject')" 6
        books_are_right cpu gpu
}

@test "users and accounts that are new get the default budgets" {
        quota set-default-quotas --user-cpu 30 --account-cpu 40 --user-gpu 5 --account-gpu -1
        job=$(submit_as bob --hold -t30)
        balance_is user bob cpu budget 1800
        balance_is account physics cpu budget 2400
        balance_is user bob gpu budget 300
        balance_is account physics gpu budget -1
        refused_as bob -t1
        # Ten minutes of the account are left, thirty of the user.
        refused_as alice -t11
        [[ $reason == *"account"*physics* ]] || fail "$reason"
        submit_as alice --hold -t10
        # A refusal makes nobody known.
        refused_as carol -t31
        equal "carol's rows" "$(ask "SELECT count(*) FROM subject WHERE name = 'carol'")" 0
}

@test "slurmctld accepts jobs of users that the ledger has never seen" {
        submit_as carol --hold -t7
        balance_is user carol cpu reserved 420
        balance_is user carol cpu budget -1
        balance_is account chemistry cpu reserved 420
}

@test "a job that Slurm itself refuses after our yes is never charged" {
        run submit_as alice -t5 --partition=nosuch
        [[ $status != 0 ]] || fail "accepted"
        run submit_as alice -t5 --account=nosuch
        [[ $status != 0 ]] || fail "accepted"
        balance_is user alice cpu consumed 0 || [[ -z $(balance user alice cpu consumed) ]]
        verify_is_silent
}
