# What is reserved equals what Slurm then allocates, for every way to ask for it.

load helper

setup_file() { start_cluster_with_exclusive_gpus; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# holds_what_slurm_allocates OPTION...: submits the job held, then lets it run and
# compares the reservation with its allocation and its time limit.  Sets job, seconds,
# cpus, gpus, reserved_cpu, reserved_gpu.
holds_what_slurm_allocates() {
        job=$(submit_as alice --hold "$@")
        reserved_cpu=$(balance account physics cpu reserved)
        reserved_gpu=$(balance account physics gpu reserved)
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        job_is "$job" COMPLETED || fail "the job is $(job_field "$job" JobState)"
        seconds=$(limit_seconds "$job")
        cpus=$(allocated "$job" cpu)
        gpus=$(allocated "$job" gres/gpu)
        echo "allocated: $cpus CPUs and $gpus GPUs for $seconds s"
        equal "reserved CPU time (Slurm's: $cpus x $seconds s)" "$reserved_cpu" $((cpus * seconds))
        equal "reserved GPU time (Slurm's: $gpus x $seconds s)" "$reserved_gpu" $((gpus * seconds))
        holds_nothing
}

# --- time limits ---

@test "without --time the DefaultTime of the partition is reserved" {
        holds_what_slurm_allocates
        equal "reserved" "$reserved_cpu" 1800
}

@test "without --time and DefaultTime the MaxTime of the partition is reserved" {
        holds_what_slurm_allocates --partition=onlymax
        equal "reserved" "$reserved_cpu" 7200
}

@test "without --time in several partitions Slurm's choice is reserved" {
        holds_what_slurm_allocates --partition=long,debug
}

@test "without any limit a finite budget refuses and names --time" {
        # Slurm ends every job after a year: that is what would be reserved.
        budget account physics $((365 * 24 * 60 - 1))
        refused_as alice --partition=unbounded
        tell "$reason"
        [[ $reason == *--time* ]] || fail "$reason"
        budget account physics -1
        budget user alice 100000
        refused_as alice --partition=unbounded
        [[ $reason == *--time* ]] || fail "$reason"
        holds_nothing
}

@test "without any limit unlimited budgets accept" {
        job=$(submit_as alice --partition=unbounded --hold)
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        books_are_right
}

@test "a time limit of days is reserved" { holds_what_slurm_allocates --time=1-00:00:00 --partition=long; }

@test "a limit with seconds is reserved as Slurm rounds it" { holds_what_slurm_allocates --time=3:30; }

@test "with --time-min the whole limit is reserved" {
        # Slurm may lower it down to the minimum when the job starts, without a word.
        submit_as alice --hold --time=20 --time-min=5
        reserved_is physics alice 1200
}

# --- CPUs ---

@test "tasks" { holds_what_slurm_allocates -t7 -n5; }

@test "-c32" { holds_what_slurm_allocates -t7 -c32; }

@test "tasks with several CPUs" { holds_what_slurm_allocates -t7 -n3 -c4; }

@test "more CPUs than a node has" { holds_what_slurm_allocates -t7 -n100; }

@test "nodes alone" { holds_what_slurm_allocates -t7 -N2; }

@test "fewer tasks than nodes" { holds_what_slurm_allocates -t7 -N2 -n1; }

@test "a range of nodes" { holds_what_slurm_allocates -t7 -N1-2 -n2; }

@test "--exclusive on one node" { holds_what_slurm_allocates -t7 --exclusive; }

@test "--exclusive on two nodes" { holds_what_slurm_allocates -t7 -N2 --exclusive; }

@test "--exclusive with more tasks than a node has CPUs" { holds_what_slurm_allocates -t7 -n65 --exclusive; }

@test "--exclusive=user takes no more than asked for" { holds_what_slurm_allocates -t7 -n2 --exclusive=user; }

@test "--ntasks-per-node" { holds_what_slurm_allocates -t7 --ntasks-per-node=6; }

@test "--ntasks-per-node on two nodes" { holds_what_slurm_allocates -t7 -N2 --ntasks-per-node=3; }

@test "--ntasks-per-node with several CPUs" { holds_what_slurm_allocates -t7 -N2 --ntasks-per-node=3 -c2; }

@test "--mincpus" { holds_what_slurm_allocates -t7 -N2 --mincpus=8; }

# --- GPUs ---

@test "--gpus" { holds_what_slurm_allocates -t7 --gpus=2; }

@test "--gpus typed" { holds_what_slurm_allocates -t7 --gpus=h100:2; }

@test "--gpus of two types" { holds_what_slurm_allocates -t7 --gpus=h100:2,a100:1; }

@test "--gpus-per-node" { holds_what_slurm_allocates -t7 --gpus-per-node=2; }

@test "--gpus-per-node on two nodes" { holds_what_slurm_allocates -t7 -N2 --gpus-per-node=3; }

@test "--gpus-per-node typed on two nodes" { holds_what_slurm_allocates -t7 -N2 --gpus-per-node=a100:4; }

@test "--gpus-per-node with tasks that need two nodes" {
        holds_what_slurm_allocates -t7 -n65 --gpus-per-node=1
}

@test "--gres=gpu counts one" {
        holds_what_slurm_allocates -t7 --gres=gpu
        equal "GPUs" "$gpus" 1
}

@test "--gres=gpu:3" { holds_what_slurm_allocates -t7 --gres=gpu:3; }

@test "--gres=gpu:h100 counts one" {
        holds_what_slurm_allocates -t7 --gres=gpu:h100
        equal "GPUs" "$gpus" 1
}

@test "--gres=gpu:h100:3 on two nodes" { holds_what_slurm_allocates -t7 -N2 --gres=gpu:h100:3; }

@test "--gres of two types" { holds_what_slurm_allocates -t7 --gres=gpu:h100:1,gpu:a100:2; }

@test "--gpus-per-task" { holds_what_slurm_allocates -t7 -n3 --gpus-per-task=2; }

@test "--gpus-per-task typed with CPUs" { holds_what_slurm_allocates -t7 -n2 -c3 --gpus-per-task=a100:1; }

@test "--gpus-per-socket" {
        holds_what_slurm_allocates -t7 -n2 --sockets-per-node=2 --gpus-per-socket=1
}

@test "--cpus-per-gpu" { holds_what_slurm_allocates -t7 --gpus=2 --cpus-per-gpu=3; }

@test "--cpus-per-gpu per node" { holds_what_slurm_allocates -t7 -N2 --gpus-per-node=2 --cpus-per-gpu=4; }

@test "--ntasks-per-gpu" { holds_what_slurm_allocates -t7 --gpus=2 --ntasks-per-gpu=3; }

# --- factors ---

set_factors() {
        quota set-gpu-factor h100 2 >/dev/null
        quota set-gpu-factor a100 0.5 >/dev/null
        quota set-gpu-factor default 1 >/dev/null
}

@test "typed GPUs are reserved with their factors" {
        set_factors
        submit_as alice --hold -t10 --gpus=h100:1,a100:3
        balance_is account physics gpu reserved $(((2000 + 3 * 500) * 600 / 1000))
        balance_is user alice gpu reserved $(((2000 + 3 * 500) * 600 / 1000))
}

@test "untyped GPUs are reserved with the default factor and charged with their types" {
        set_factors
        # All of a node: four of each type.
        job=$(submit_as alice --hold -t10 --gres=gpu:8 -- 'sleep 2')
        balance_is account physics gpu reserved $((8 * 600))
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        equal "h100" "$(allocated "$job" gres/gpu:h100)" 4
        books_are_right cpu gpu
        (($(balance account physics gpu consumed) > 0))
}

@test "each of the factors is charged" {
        set_factors
        submit_as alice -t10 --gpus=h100:1 -- 'sleep 1'
        submit_as alice -t10 --gpus=a100:1 -- 'sleep 1'
        submit_as alice -t10 --gres=gpu:1 -- 'sleep 1'
        wait_for_end
        books_are_right cpu gpu
}
