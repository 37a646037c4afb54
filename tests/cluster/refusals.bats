# What people read when a budget refuses their job.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# reason_says TEXT...: each of them stands in the last refusal.
reason_says() {
        local text
        for text; do
                [[ $reason == *"$text"* ]] || fail "\"$text\" is missing in:" "$reason"
        done
        ((${#reason} <= 300)) || fail "${#reason} characters:" "$reason"
}

# The time limit that the last refusal offers.
offered() { grep -oE '([0-9]+-)?[0-9]{2}:[0-9]{2}:[0-9]{2}' <<<"$reason" | tail -n 1; }

minutes_of() {
        awk -F'[-:]' '{ print NF == 4 ? ($1 * 24 + $2) * 60 + $3 : $1 * 60 + $2 }' <<<"$1"
}

@test "the account's budget binds and is named with its figures" {
        budget account physics 725
        submit_as alice --hold -t60 -n2
        refused_as alice -t620
        tell "$reason"
        # asked, available, consumed, reserved, limit
        reason_says account physics 10h20m 10h05m 0h00m 2h00m 12h05m 10:05:00
        [[ $output == *"Access/permission denied"* ]] || fail "$output"
        equal "lines of ours" "$(grep -c slurm-quota: <<<"$output")" 1
        balance_is account physics cpu reserved 7200
}

@test "the user's budget binds and is named" {
        budget user alice 90
        budget account physics 1000
        refused_as alice -t91
        tell "$reason"
        reason_says user alice 1h31m 1h30m
        [[ $reason != *physics* ]] || fail "the account does not bind: $reason"
        # Another user of the account is not concerned.
        submit_as bob --hold -t91
}

@test "the smaller of two budgets limits the time that is offered" {
        budget user alice 90
        budget account physics 30
        refused_as alice -t91
        equal "offered" "$(offered)" 00:30:00
        submit_as alice --hold -t30
}

@test "the GPU budget binds and is named" {
        quota set-gpu-factor h100 2 >/dev/null
        budget account physics 60 gpu
        refused_as alice -t31 --gpus=h100:1
        tell "$reason"
        reason_says account physics 1h02m 1h00m 00:30:00
        [[ ${reason,,} == *gpu* ]] || fail "no word of GPUs: $reason"
        submit_as alice --hold -t30 --gpus=h100:1
        refused_as alice -t1 --gres=gpu
        # CPUs have room.
        submit_as alice --hold -t300
}

@test "the user's GPU budget binds and is named" {
        budget user alice 10 gpu
        budget account physics 1000 gpu
        refused_as alice -t6 --gpus=2
        reason_says user alice 0h12m 0h10m
        [[ ${reason,,} == *gpu* ]] || fail "no word of GPUs: $reason"
        submit_as bob --hold -t6 --gpus=2
}

@test "what fits exactly is accepted" {
        budget user alice 60
        budget account physics 60
        submit_as alice --hold -t30 -n2
        refused_as alice -t1
        reserved_is physics alice 3600
}

@test "a budget of nothing refuses everything" {
        budget user alice 0
        refused_as alice -t1
        reason_says user alice 0h01m 0h00m
        [[ -z $(offered) ]] || fail "offers a limit: $reason"
}

@test "the offered limit is accepted, and a minute more is not" {
        # Neither divides evenly by what is asked for.
        budget account physics 1000
        budget user alice 100 gpu
        quota set-gpu-factor h100 2.333333 >/dev/null
        for request in "-n3" "-n7 -c2" "--array=0-4 -n3" "--exclusive" \
                "--gpus=1" "--gpus=h100:3" "--gres=gpu:a100:2,gpu:h100:1 --array=1-3"; do
                # shellcheck disable=SC2086
                refused_as alice -t1-00:00:00 $request
                limit=$(offered)
                [[ -n $limit ]] || fail "no limit is offered: $reason"
                # shellcheck disable=SC2086
                refused_as alice "-t$(($(minutes_of "$limit") + 1))" $request
                # shellcheck disable=SC2086
                job=$(submit_as alice --hold "-t$limit" $request)
                in_cluster scancel "$job"
                wait_for_end "$job"
        done
        holds_nothing
}

@test "srun shows the reason" {
        budget account physics 5
        run as alice srun -t6 true
        [[ $status != 0 ]] || fail "accepted"
        reason=$(sed -n 's/^srun: error: \(slurm-quota: .*\)/\1/p' <<<"$output")
        reason_says account physics 0h06m 0h05m
        [[ $output == *"Access/permission denied"* ]] || fail "$output"
        equal "lines of ours" "$(grep -c slurm-quota: <<<"$output")" 1
}

@test "salloc shows the reason" {
        budget account physics 5
        run as alice salloc -t6 true
        [[ $status != 0 ]] || fail "accepted"
        reason=$(sed -n 's/^salloc: error: \(slurm-quota: .*\)/\1/p' <<<"$output")
        reason_says account physics 0h06m 0h05m
        [[ $output == *"Access/permission denied"* ]] || fail "$output"
        equal "lines of ours" "$(grep -c slurm-quota: <<<"$output")" 1
}

@test "consumed time is shown as consumed" {
        budget account physics 10
        submit_as alice -t1 -n60 -- 'sleep 1' && false # 60 minutes do not fit
        budget account physics 100
        submit_as alice -t1 -n60 -- 'sleep 2'
        wait_for_end
        consumed=$(balance account physics cpu consumed)
        ((consumed > 60))
        budget account physics 10
        refused_as alice -t11
        text=$(printf '%dh%02dm' $(((consumed + 59) / 3600)) $(((consumed + 59) / 60 % 60)))
        reason_says "$text"
}

@test "names and figures of any size stay below three hundred characters" {
        budget account physics 100000000000
        submit_as alice --hold -t7-00:00:00 -p long -n128 --array=0-9999
        refused_as alice -t7-00:00:00 -p long -n128 --array=0-9999 --comment="$(printf 'x%.0s' {1..200})" ||
                true
        budget account physics 12345678
        refused_as alice -t7-00:00:00 -p long -n64 --array=0-9999
        tell "${#reason} characters: $reason"
        reason_says physics
}

@test "the other account of a user has its own budget" {
        budget account physics 1
        refused_as alice -t2
        submit_as alice --hold -t2 --account=chemistry
        reserved_is chemistry alice 120
}

@test "an account in capitals is the same account" {
        budget account physics 1
        refused_as alice -t2 --account=PHYSICS
        reason_says physics
        job=$(submit_as alice --hold -t1 --account=Physics)
        reserved_is physics alice 60
        in_cluster scancel "$job"
        wait_for_end
        holds_nothing
}
