load helper

budget() {
        sql "SELECT budget FROM balance b JOIN subject s ON s.id = b.subject_id
             WHERE s.kind = '$1' AND s.name = '$2' AND b.resource_id = $3"
}

@test "each command sets its own budget and says so" {
        run --separate-stderr slurm-quota user-quota alice 50000
        [ "$status" -eq 0 ]
        [ "$output" = 'user "alice": CPU quota set to 50000 minutes' ]
        [ -z "$stderr" ]
        run slurm-quota user-gpu-quota alice 0
        [ "$output" = 'user "alice": GPU quota set to 0 minutes' ]
        run slurm-quota account-quota hpc -1
        [ "$output" = 'account "hpc": CPU quota set to unlimited' ]
        run slurm-quota account-gpu-quota hpc 7
        [ "$output" = 'account "hpc": GPU quota set to 7 minutes' ]
        [ "$(budget user alice 1)" = 3000000 ]
        [ "$(budget user alice 2)" = 0 ]
        [ "$(budget account hpc 1)" = -1 ]
        [ "$(budget account hpc 2)" = 420 ]
}

@test "a new subject has its other budget at the default" {
        slurm-quota set-default-quotas --user-gpu 3
        slurm-quota user-quota alice 10
        [ "$(budget user alice 2)" = 180 ]
}

@test "a user and an account of one name are two" {
        slurm-quota user-quota physics 1
        slurm-quota account-quota physics 2
        [ "$(budget user physics 1)" = 60 ]
        [ "$(budget account physics 1)" = 120 ]
}

@test "accounts are kept in lower case, and it is said" {
        run slurm-quota account-quota HPC-Lab 5
        [ "$output" = 'account "hpc-lab": CPU quota set to 5 minutes (Slurm keeps account names in lower case)' ]
        slurm-quota user-quota Alice 5
        [ "$(sql 'SELECT name FROM subject ORDER BY name')" = $'Alice\nhpc-lab' ]
}

@test "the largest number of minutes is kept and one more refused" {
        slurm-quota user-quota alice 153722867280912930
        [ "$(budget user alice 1)" = 9223372036854775800 ]
        unchanged 2 slurm-quota user-quota alice 153722867280912931
}

@test "every change is an entry with actor and reason" {
        slurm-quota user-quota alice 5 --reason 'grant 2026-7, für Alice'
        slurm-quota user-quota alice 6
        run sql "SELECT actor, reason FROM entry WHERE kind = 'budget' ORDER BY id"
        [[ ${lines[0]} == "$(id -un)"*"|grant 2026-7, für Alice" ]]
        [[ ${lines[1]} == "$(id -un)"*"|" ]]
}

@test "bad numbers change nothing" {
        slurm-quota user-quota alice 5
        for minutes in '' ' ' -2 -5 -0 --1 +5 ' 5' '5 ' 5.0 5,5 1e3 0x10 five -1.0 -1x nan inf \
                9223372036854775807 9223372036854775808 99999999999999999999999 $'5\n'; do
                unchanged 2 slurm-quota user-quota alice "$minutes"
                unchanged 2 slurm-quota account-gpu-quota new -- "$minutes"
        done
}

@test "bad numbers do not even create the database" {
        unchanged 2 slurm-quota user-quota alice -2
        [ ! -e "$SITE/state" ]
        [ ! -e "$SPOOL" ]
}

@test "names that Slurm would not accept change nothing" {
        slurm-quota user-quota alice 5
        for name in '' ' ' 'a b' 'a,b' "a'b" 'a"b' $'a\nb' $'a\e[31m' $'\xff' 'a=b'; do
                unchanged 2 slurm-quota user-quota "$name" 5
                unchanged 2 slurm-quota account-quota "$name" 5
        done
        unchanged 2 slurm-quota user-quota -- -alice 5
        unchanged 2 slurm-quota user-quota "$(printf 'x%.0s' $(seq 256))" 5
}

@test "bad reasons change nothing" {
        slurm-quota user-quota alice 5
        unchanged 2 slurm-quota user-quota alice 6 --reason ''
        unchanged 2 slurm-quota user-quota alice 6 --reason '  '
        unchanged 2 slurm-quota user-quota alice 6 --reason $'two\nlines'
        unchanged 2 slurm-quota user-quota alice 6 --reason "$(printf 'x%.0s' $(seq 501))"
        slurm-quota user-quota alice 6 --reason "$(printf 'x%.0s' $(seq 500))"
}

@test "names are data, not SQL or SQL patterns" {
        slurm-quota user-quota 'o;drop' 5 || [ $? -eq 2 ]
        slurm-quota user-quota a_c 1
        slurm-quota user-quota abc 2
        run slurm-quota stats a_c
        [[ $output == *a_c* ]]
        [[ $output != *abc* ]]
}
