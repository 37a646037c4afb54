# Job arrays: counted by arithmetic, given back task by task.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

running_tasks_are() {
        [[ $(in_cluster squeue --noheader --array --states=RUNNING --jobs="$1" | wc -l) == "$2" ]]
}

@test "an array whose tasks all run is charged task by task" {
        job=$(submit_as alice --hold -t5 -n2 --array=0-9 -- 'sleep 1')
        reserved_is physics alice $((10 * 2 * 300))
        balance_is account physics cpu tasks 10
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        equal "charges" "$(ask 'SELECT count(*) FROM charge')" 10
        books_are_right
}

@test "an array of ten of which four run gives the other six back" {
        job=$(submit_as alice -t5 --array=0-9%4 -- 'sleep 300')
        wait_until 15 running_tasks_are "$job" 4
        reserved_is physics alice $((10 * 300))
        in_cluster scancel --state=PENDING "$job"
        wait_until 10 queue_is_empty --jobs="$job" --states=PENDING
        reserved_is physics alice $((4 * 300))
        balance_is account physics cpu tasks 4
        sleep 1 # so that there is something to charge
        in_cluster scancel "$job"
        wait_for_end "$job"
        books_are_right
        (($(balance account physics cpu consumed) > 0))
}

@test "an array of ten of which four run, cancelled as a whole, holds nothing" {
        job=$(submit_as alice -t5 --array=1-10%4 -- 'sleep 300')
        wait_until 15 running_tasks_are "$job" 4
        in_cluster scancel "$job"
        wait_for_end "$job"
        books_are_right
}

@test "an array cancelled before it starts holds nothing" {
        job=$(submit_as alice --hold -t5 --array=0-9)
        in_cluster scancel "$job"
        wait_for_end "$job"
        books_are_right
        balance_is account physics cpu consumed 0
}

@test "an array with a step and a throttle counts its tasks" {
        job=$(submit_as alice --hold -t5 --array=1-19:2%3)
        reserved_is physics alice $((10 * 300))
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        books_are_right
}

@test "an array given as a list counts its tasks" {
        submit_as alice --hold -t5 --array=1,3,5-8,20-30:5
        reserved_is physics alice $((9 * 300))
}

@test "an array fits exactly or is refused as a whole" {
        budget account physics 50
        submit_as alice --hold -t5 --array=0-9
        refused_as alice -t1
        in_cluster scancel --user=alice
        wait_for_end
        refused_as alice -t5 --array=0-10
        holds_nothing
}

# slurmctld's resident memory in kB.
resident() {
        in_cluster sh -c 'awk "/^VmRSS/ { print \$2 }" "/proc/$(cat "$1/slurm/slurmctld.pid")/status"' \
                sh "$CLUSTER"
}

@test "an array of ninety million tasks is refused at once and costs no memory" {
        budget account physics 1000
        submit_as bob --hold -t1 # so that everything is loaded
        before=$(resident)
        milliseconds submit_as alice -t1 --array=0-90000000
        after=$(resident)
        tell "--array=0-90000000: refused after $took ms; slurmctld grew by $((after - before)) kB"
        [[ $status != 0 ]] || fail "accepted: $output"
        ((took < 2000))
        ((after - before < 50000))
        milliseconds submit_as bob --hold -t1
        tell "another user's submission after it: $took ms"
        equal "status" "$status" 0
        ((took < 1000))
        verify_is_silent
}

@test "an array of ninety million tasks is no quicker way around unlimited budgets" {
        before=$(resident)
        milliseconds submit_as alice -t1 --array=0-90000000
        after=$(resident)
        tell "with unlimited budgets: refused after $took ms; slurmctld grew by $((after - before)) kB"
        [[ $status != 0 ]] || fail "accepted: $output"
        ((took < 2000 && after - before < 50000))
        verify_is_silent
}
