# shellcheck disable=SC2154
# An estimate says what the hook then does: holds the same, refuses in the same words.

load helper

setup_file() { start_cluster_with_exclusive_gpus; }
teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        quota set-gpu-factor h100 2.333333 >/dev/null
}

# estimate [WORD]...: root's, for alice.
estimate() { in_cluster slurm-quota estimate --user alice --json "$@"; }

# of JSON PATH
of() { sqlite3 :memory: "SELECT json_extract('${1//\'/\'\'}', '$2')"; }

# is_what_is_held [OPTION]...: what the estimate says is what the ledger holds after a
# submission with the same options, and the estimate itself holds nothing.
is_what_is_held() {
        local json cpu gpu job tres
        json=$(estimate "$@") || fail "estimate $*: $json" || return
        holds_nothing || return
        cpu=$(of "$json" '$.held.cpu_seconds')
        gpu=$(of "$json" '$.held.gpu_seconds')
        job=$(submit_as alice --hold "$@") || fail "sbatch $*: $job" || return
        equal "CPU seconds of $*" "$cpu" "$(balance user alice cpu reserved)" || return
        equal "GPU seconds of $*" "$gpu" "$(balance user alice gpu reserved)" || return
        tres=$(ask 'SELECT group_concat(tres) FROM reservation')
        equal "time of $*" "$(of "$json" '$.parts[0].seconds')" \
                "$(ask 'SELECT seconds FROM reservation LIMIT 1')" || return
        equal "array tasks of $*" "$(of "$json" '$.parts[0].array_tasks')" \
                "$(ask 'SELECT tasks FROM reservation LIMIT 1')" || return
        echo "ok: $* holds $cpu and $gpu: $tres"
        in_cluster scancel "$job"
        wait_for_end "$job"
        holds_nothing
}

@test "time limits" {
        is_what_is_held -t7
        is_what_is_held
        is_what_is_held --time=1-02:03:04 --partition=long
        is_what_is_held --time 3:30
        is_what_is_held -p onlymax
        is_what_is_held --partition=long,debug
        is_what_is_held -t UNLIMITED -p unbounded
        is_what_is_held -t 0 -punbounded
        is_what_is_held --time=20 --time-min=5
}

@test "CPUs, tasks and nodes" {
        is_what_is_held -t7 -n5
        is_what_is_held -t7 -n3 -c4
        is_what_is_held -t7 -n100
        is_what_is_held -t7 -N2
        is_what_is_held -t7 -N2 -n1
        is_what_is_held -t7 -N1-2 -n2
        is_what_is_held -t7 -N1-2
        is_what_is_held -t7 --exclusive
        is_what_is_held -t7 -N2 --exclusive
        is_what_is_held -t7 -n2 --exclusive=user
        is_what_is_held -t7 --ntasks-per-node=6
        is_what_is_held -t7 -N2 --ntasks-per-node=3 -c2
        is_what_is_held -t7 -N1-2 --ntasks-per-node=3
        is_what_is_held -t7 -N2 --mincpus=8
        is_what_is_held -t7 -n3 --overcommit
        is_what_is_held -t7 -N2 -B 2:4
        is_what_is_held -t7 -N2 --hint=nomultithread
        is_what_is_held -t7 -w 'node[1-2]'
        is_what_is_held -t7 --mem=2000M -n2
        is_what_is_held -t7 --mem-per-cpu=100 -n2
        is_what_is_held -t7 -s -n2
}

@test "GPUs" {
        is_what_is_held -t7 --gpus=2
        is_what_is_held -t7 -G h100:2,a100:1
        is_what_is_held -t7 -N2 --gpus-per-node=a100:4
        is_what_is_held -t7 --gres=gpu
        is_what_is_held -t7 -N2 --gres=gpu:h100:3
        is_what_is_held -t7 --gres=gpu:h100:1,gpu:a100:2
        is_what_is_held -t7 --gres=none
        is_what_is_held -t7 -n3 --gpus-per-task=2
        is_what_is_held -t7 --gpus=4 --gpus-per-task=2
        is_what_is_held -t7 -n2 -c3 --gpus-per-task=a100:1
        is_what_is_held -t7 -n2 --sockets-per-node=2 --gpus-per-socket=1
        is_what_is_held -t7 --gpus=2 --cpus-per-gpu=3
        is_what_is_held -t7 --gpus=2 --ntasks-per-gpu=3
        is_what_is_held -t7 -N2 --gpus-per-node=2 --cpus-per-gpu=4
}

@test "arrays" {
        is_what_is_held -t7 --array=0-9
        is_what_is_held -t7 -a 1-9:2,20%3 -n2
        is_what_is_held -t7 --array=3 --gpus=1
}

@test "accounts and partitions by option and by default" {
        is_what_is_held -t7 -A chemistry
        is_what_is_held -t7 --account=PHYSICS
        equal "the default account" "$(of "$(estimate -t1)" '$.parts[0].account')" physics
}

# --- scripts and the environment ----------------------------------------------------------

# write_script LINE...: a batch script that alice can read, in $script.
write_script() {
        script=$CLUSTER/job.sh
        printf '%s\n' '#!/bin/sh' "$@" true >"$script"
        chmod 755 "$script"
}

# script_is_what_is_held [VARIABLE=VALUE]... -- [OPTION]...: with $script and that environment.
script_is_what_is_held() {
        local json job variables=()
        while [[ $1 != -- ]]; do
                variables+=("$1")
                shift
        done
        shift
        json=$(in_cluster env "${variables[@]}" slurm-quota estimate --user alice --json "$@" "$script") ||
                fail "estimate: $json" || return
        job=$(as alice env "${variables[@]}" sbatch --parsable --hold --output=/dev/null "$@" "$script") ||
                fail "sbatch: $job" || return
        equal "CPU seconds" "$(of "$json" '$.held.cpu_seconds')" \
                "$(ask "SELECT reserved FROM balance WHERE resource_id = 1 AND subject_id =
                        (SELECT id FROM subject WHERE name = 'alice')")" || return
        equal "GPU seconds" "$(of "$json" '$.held.gpu_seconds')" \
                "$(balance user alice gpu reserved)" || return
        equal "account" "$(of "$json" '$.parts[0].account')" \
                "$(ask 'SELECT a.name FROM reservation r JOIN subject a ON a.id = r.account_id
                        LIMIT 1')" || return
        echo "ok: $(of "$json" '$.held')"
        in_cluster scancel "$job"
        wait_for_end "$job"
        holds_nothing
}

@test "the lines of a script, the environment and the command line, in sbatch's order" {
        write_script '#SBATCH -t 5 -n 3 # a comment' '' '   # another' \
                '#SBATCH --account="chemistry" --job-name="a b"' "#SBATCH --gres='gpu:h100:1'"
        script_is_what_is_held --
        script_is_what_is_held SBATCH_TIMELIMIT=6 SBATCH_ACCOUNT=physics --
        script_is_what_is_held SBATCH_TIMELIMIT=6 SBATCH_GPUS=a100:2 -- --time=7
        script_is_what_is_held SBATCH_EXCLUSIVE= SBATCH_PARTITION=long -- -n2
        write_script '#SBATCH --ntasks=2' 'echo a command' '#SBATCH --ntasks=50'
        script_is_what_is_held -- -t3
        write_script '#SBATCH -J a\#b --nodes 2 -c2' '#SBATCH --comment x "" -n 60' '#SLURM -t 9'
        script_is_what_is_held --
}

@test "heterogeneous jobs" {
        write_script '#SBATCH -t 5 -n 3' '#SBATCH hetjob' '#SBATCH -N1 -n 4 --gpus-per-node=1'
        script_is_what_is_held --
        write_script
        script_is_what_is_held -- -t5 -n2 : -n3 --gres=gpu:a100:1
}

# --- refusals -----------------------------------------------------------------------------

# says_what_sbatch_says [OPTION]...: sbatch's refusal word for word, and exit status 3.
says_what_sbatch_says() {
        run estimate "$@"
        equal "the exit status of estimate $*" "$status" 3 || return
        local json=$output
        refused_as alice "$@"
        equal "the refusal of $*" "$(of "$json" '$.refusal')" "$reason" || return
        holds_nothing
}

@test "a refusal is told in its own words" {
        budget user alice 100
        budget account physics 60
        budget user alice 30 gpu
        says_what_sbatch_says -t61
        says_what_sbatch_says -t30 -n4
        says_what_sbatch_says -t30 --gpus=h100:1
        says_what_sbatch_says -t10 --array=0-99
        says_what_sbatch_says -t101 -A chemistry
        says_what_sbatch_says -p unbounded
        says_what_sbatch_says -t1 --exclusive
        budget user alice 0
        says_what_sbatch_says -t1
}

@test "the longest time that fits is accepted, and a minute more is not" {
        local request longest
        budget account physics 1000
        budget user alice 100 gpu
        for request in -n3 "-n7 -c2" "--array=0-4 -n3" --gpus=h100:1 \
                "--gres=gpu:a100:2,gpu:h100:1 --array=1-3"; do
                # shellcheck disable=SC2086
                run estimate -t1-00:00:00 $request
                longest=$(of "$output" '$.longest_seconds')
                # shellcheck disable=SC2086
                run estimate "-t$((longest / 60 + 1))" $request
                equal "status for a minute more" "$status" 3
                # shellcheck disable=SC2086
                refused_as alice "-t$((longest / 60 + 1))" $request
                # shellcheck disable=SC2086
                job=$(submit_as alice --hold "-t$((longest / 60))" $request)
                in_cluster scancel "$job"
                wait_for_end "$job"
        done
        holds_nothing
}

# A pass leaves what changed while squeue answered to the next one.
runs_in_the_ledger() {
        quota reconcile
        [[ -n $(ask 'SELECT running_since FROM reservation') ]]
}

@test "running jobs may give back, and their limits say by when" {
        local job start
        budget user alice 100
        job=$(submit_as alice -t30 -n3 -- 'sleep 60')
        wait_for_state "$job" RUNNING
        wait_until 30 runs_in_the_ledger
        run estimate -t20
        equal "status" "$status" 3
        start=$(ask 'SELECT running_since FROM reservation')
        equal "with whom" "$(of "$output" '$.shortages[0].may_come_free_with')" running_jobs
        equal "by when" "$(of "$output" '$.shortages[0].may_come_free_by')" $((start + 1800))
        run estimate -t101
        equal "with whom" "$(of "$output" '$.shortages[0].may_come_free_with')" never
        submit_as alice --hold -t10 >/dev/null
        run estimate -t99
        equal "with whom" "$(of "$output" '$.shortages[0].may_come_free_with')" all_jobs
}

@test "a user estimates for himself and where he is a member" {
        printf '%s\n' '[store]' 'readable_by = everyone' >>"$CLUSTER/etc/slurm-quota.conf"
        budget user alice 100
        run as alice slurm-quota estimate -t10
        [[ $status == 0 && $output == *"User alice in account physics"*"It fits."* ]] || fail "$output"
        run as alice slurm-quota estimate -t101
        [[ $status == 3 && $output == *"slurm-quota: not enough CPU time left for user alice"* ]] || fail "$output"
        run as alice slurm-quota estimate -t10 --account=biology
        [[ $status == 1 && $output == *"alice is not in account \"biology\""* ]] || fail "$output"
        run as alice slurm-quota estimate -t10 --user bob
        [[ $status == 1 && $output == *"somebody else"* ]] || fail "$output"
        run as alice slurm-quota estimate -t10 -p nowhere
        [[ $status == 2 && $output == *"no partition \"nowhere\""* ]] || fail "$output"
}
