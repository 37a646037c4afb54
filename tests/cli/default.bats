load helper

@test "without a database everything new is unlimited, and none is made" {
        run --separate-stderr slurm-quota default-quotas
        [ "$status" -eq 0 ]
        [ "$output" = "Default quotas
----------------------------------------
user_cpu_minutes        inf
user_gpu_minutes        inf
account_cpu_minutes     inf
account_gpu_minutes     inf" ]
        [ ! -e "$SITE/state" ]
}

@test "defaults are set together and shown" {
        run slurm-quota set-default-quotas --user-cpu 50000 --account-gpu 0 --account-cpu -1
        [ "$status" -eq 0 ]
        [ "$output" = "default quotas set: user CPU 50000 minutes, account CPU unlimited, account GPU 0 minutes" ]
        run slurm-quota default-quotas
        [ "${lines[2]}" = "user_cpu_minutes        50000" ]
        [ "${lines[3]}" = "user_gpu_minutes        inf" ]
        [ "${lines[4]}" = "account_cpu_minutes     inf" ]
        [ "${lines[5]}" = "account_gpu_minutes     0" ]
        run env LC_ALL=C.UTF-8 slurm-quota default-quotas
        [ "${lines[3]}" = "user_gpu_minutes        ∞" ]
}

@test "those who exist keep what they have" {
        slurm-quota user-quota alice 5
        slurm-quota set-default-quotas --user-cpu 9 --user-gpu 9
        run slurm-quota stats alice --hours
        [[ $output == *" 0.08 "* ]]
        [[ $output != *" 0.15 "* ]]
        slurm-quota user-gpu-quota bob 1
        run slurm-quota stats bob
        [[ $output == *" 9 ["* ]]
}

@test "one bad default and none is set" {
        slurm-quota set-default-quotas --user-cpu 5
        unchanged 2 slurm-quota set-default-quotas --user-cpu 6 --account-gpu -2
        [ "${stderr_lines[0]}" = 'slurm-quota: --account-gpu: "-2" is not a number of minutes' ]
        unchanged 2 slurm-quota set-default-quotas --user-cpu 1e3
        unchanged 2 slurm-quota set-default-quotas --user-cpu 9223372036854775807
        unchanged 2 slurm-quota set-default-quotas
        unchanged 2 slurm-quota set-default-quotas --reason 'nothing at all'
        unchanged 2 slurm-quota set-default-quotas --user-cpu 6 --reason ''
        unchanged 2 slurm-quota set-default-quotas 6
}

@test "a change of defaults is an entry" {
        slurm-quota set-default-quotas --user-cpu 5 --reason 'new year'
        run sql "SELECT kind, reason FROM entry"
        [ "$output" = "default|new year" ]
}
