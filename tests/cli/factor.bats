load helper

@test "without a database the factor is 1, and none is made" {
        run --separate-stderr slurm-quota gpu-factors
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *1.000* ]]
        [ -z "$stderr" ]
        [ ! -e "$SITE/state" ]
}

@test "without factors it is one line" {
        slurm-quota user-quota alice 1
        run slurm-quota gpu-factors
        [ "$status" -eq 0 ]
        [ "${#lines[@]}" -eq 1 ]
        [[ $output == *1.000* ]]
}

@test "factors are set exactly and shown with default first" {
        run slurm-quota set-gpu-factor h100 0.5
        [ "$status" -eq 0 ]
        [ "$output" = 'GPU type "h100": factor set to 0.500' ]
        slurm-quota set-gpu-factor a100 0.333333
        run slurm-quota gpu-factors
        [ "$output" = "GPU factors
----------------------------------------
default             1.000 (not configured)
a100                0.333333
h100                0.500" ]
        slurm-quota set-gpu-factor default 2
        slurm-quota set-gpu-factor h100 0.25
        run slurm-quota gpu-factors
        [ "$output" = "GPU factors
----------------------------------------
default             2.000
a100                0.333333
h100                0.250" ]
}

@test "bad factors change nothing" {
        slurm-quota set-gpu-factor h100 0.5
        for factor in '' 0 0.0 -1 -0.5 +1 nan NaN inf -inf 1e3 0x1 1,5 ' 1' '1 ' . 0.0000001 \
                1000000.1 1000001 99999999999999999999 one; do
                unchanged 2 slurm-quota set-gpu-factor h100 "$factor"
        done
}

@test "bad types change nothing" {
        slurm-quota set-gpu-factor h100 0.5
        for type in '' ' ' 'a b' 'gpu:h100' 'gres/gpu:h100' 'a,b' 'a=b' 'a(b)' $'a\nb'; do
                unchanged 2 slurm-quota set-gpu-factor "$type" 0.5
        done
        unchanged 2 slurm-quota set-gpu-factor h100 0.6 --reason ''
}

@test "a change of a factor is an entry" {
        slurm-quota set-gpu-factor h100 0.5 --reason 'price list 3'
        run sql "SELECT kind, reason FROM entry"
        [ "$status" -eq 0 ]
        [[ $output == *"price list 3"* ]]
}
