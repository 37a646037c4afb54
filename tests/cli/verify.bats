load helper

@test "verify is silent when all is right" {
        slurm-quota user-quota alice 5
        slurm-quota account-gpu-quota hpc -1
        slurm-quota set-default-quotas --user-cpu 7
        slurm-quota set-gpu-factor h100 0.5
        run slurm-quota verify
        [ "$status" -eq 0 ]
        [ -z "$output" ]
}

@test "verify names each difference and fails" {
        slurm-quota user-quota alice 5
        slurm-quota user-quota bob 5
        balance user alice 1 60 0 0
        balance user bob 2 0 120 0
        run --separate-stderr slurm-quota verify
        [ "$status" -eq 1 ]
        [ "${#lines[@]}" -eq 2 ]
        [[ $output == *alice* ]]
        [[ $output == *bob* ]]
        [ "$stderr" = "slurm-quota: 2 differences found" ]
}

@test "verify without a database fails" {
        unchanged 1 slurm-quota verify
}

@test "verify changes nothing" {
        slurm-quota user-quota alice 5
        balance user alice 1 60 0 0
        before=$(snapshot)
        run slurm-quota verify
        [ "$(snapshot)" = "$before" ]
}
