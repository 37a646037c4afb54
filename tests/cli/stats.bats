load helper

# site: what the tables below show.
site() {
        slurm-quota user-quota alice 1000
        slurm-quota user-gpu-quota alice 0
        slurm-quota user-quota bob 10
        slurm-quota account-quota hpc 50000
        balance user alice 1 48601 6000 3
        balance user alice 2 0 0 0
        balance user bob 1 600 0 0
        balance user bob 2 1 0 0
        balance account hpc 1 48601 6000 3
        balance account hpc 2 0 0 0
}

@test "the table is laid out as people know it" {
        site
        run --separate-stderr slurm-quota stats --all
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        printf '%s\n' "$output" > "$SITE/is"
        cat > "$SITE/wanted" <<'EOF'
        |                                CPU                                 |                                GPU                                 |$
USER    |    CONSUMED  PREALLOC(JOBS)    QUOTA STATUS                        |    CONSUMED  PREALLOC(JOBS)    QUOTA STATUS                        | LAST UPDATED             $
----------------------------------------------------------------------------------------------------------------------------------------------------------------$
alice   |         811          100(3)     1000 [##################..]  91.0% |           0            0(3)        0 [####################] 100.0% | 2026-01-01 00:00:00 UTC  $
bob     |          10            0(0)       10 [####################] 100.0% |           1            0(0)      inf                               | 2026-01-01 00:00:00 UTC  $
$
        |                                CPU                                 |                                GPU                                 |$
ACCOUNT |    CONSUMED  PREALLOC(JOBS)    QUOTA STATUS                        |    CONSUMED  PREALLOC(JOBS)    QUOTA STATUS                        | LAST UPDATED             $
----------------------------------------------------------------------------------------------------------------------------------------------------------------$
hpc     |         811          100(3)    50000 [....................]   1.8% |           0            0(3)      inf                               | 2026-01-01 00:00:00 UTC  $
EOF
        sed -i 's/\$$//' "$SITE/wanted"
        diff -u "$SITE/wanted" "$SITE/is"
}

@test "a UTF-8 locale has blocks and the sign of infinity" {
        site
        run env LC_ALL=C.UTF-8 slurm-quota stats --all
        [ "${lines[3]}" = "alice   |         811          100(3)     1000 [██████████████████░░]  91.0% |           0            0(3)        0 [████████████████████] 100.0% | 2026-01-01 00:00:00 UTC  " ]
        [ "${lines[4]}" = "bob     |          10            0(0)       10 [████████████████████] 100.0% |           1            0(0)        ∞                               | 2026-01-01 00:00:00 UTC  " ]
}

@test "hours have two decimals and something is never nothing" {
        site
        run slurm-quota stats --all --hours
        [[ ${lines[3]} == "alice   |       13.50         1.67(3)    16.67 [##################..]  91.0% |        0.00         0.00(3)     0.00 ["* ]]
        [[ ${lines[4]} == "bob     |        0.17         0.00(0)     0.17 [####################] 100.0% |        0.01 "* ]]
}

@test "rows are chosen by user, by account, or all" {
        site
        sql "INSERT INTO membership (user_id, account_id)
             SELECT u.id, a.id FROM subject u, subject a WHERE u.name = 'alice' AND a.name = 'hpc'"
        for way in alice "--user alice" "--user=alice"; do
                run slurm-quota stats $way
                [ "$status" -eq 0 ]
                [[ $output == *$'\nalice '*$'\nhpc '* ]]
                [[ $output != *bob* ]]
        done
        run slurm-quota stats bob
        [[ $output == *$'\nbob '*$'\nACCOUNT'* ]]
        [[ $output != *hpc* ]]
        run slurm-quota stats --account hpc
        [[ $output == *ACCOUNT*hpc* ]]
        [[ $output != *USER* ]]
        run slurm-quota stats --account HPC
        [[ $output == *hpc* ]]
        run slurm-quota stats --all alice
        [[ $output == *bob* ]]
}

@test "without a name it is about the caller" {
        slurm-quota user-quota "$(id -un)" 77
        slurm-quota user-quota somebody-else 78
        run slurm-quota stats
        [[ $output == *"$(id -un) "*" 77 "* ]]
        [[ $output != *78* ]]
}

@test "contradictions are usage errors" {
        site
        unchanged 2 slurm-quota stats alice --user alice
        unchanged 2 slurm-quota stats alice --account hpc
        unchanged 2 slurm-quota stats --user alice --account hpc
        unchanged 2 slurm-quota stats 'a b'
        unchanged 2 slurm-quota stats --account ''
}

@test "no data is one line and no failure" {
        slurm-quota gpu-factors
        slurm-quota set-gpu-factor h100 1
        run --separate-stderr slurm-quota stats alice
        [ "$status" -eq 0 ]
        [ "$output" = "no data for user alice" ]
        run slurm-quota stats --account hpc
        [ "$status" -eq 0 ]
        [ "$output" = "no data for account hpc" ]
        for way in "" --all; do
                run slurm-quota stats $way
                [ "$status" -eq 0 ]
                [ "$output" = "no users found" ]
        done
}

@test "no database yet is a failure that says so, and none is made" {
        unchanged 1 slurm-quota stats --all
        [[ ${stderr_lines[0]} == "slurm-quota: no budgets yet: "*"$DB"* ]]
        [ ! -e "$SITE/state" ]
}

@test "the first column is as wide as the longest name, up to 30" {
        slurm-quota user-quota twenty-characters-xy 1
        run slurm-quota stats --all
        [[ ${lines[1]} == "USER                 | "* ]]
        [[ ${lines[3]} == "twenty-characters-xy | "* ]]
        [ "${#lines[2]}" -eq $((20 + 153)) ]
        slurm-quota user-quota abcdefghijklmnopqrstuvwxyz0123 1
        slurm-quota account-quota abcdefghijklmnopqrstuvwxyz01234 1
        run slurm-quota stats --all
        [[ $output == *$'\nabcdefghijklmnopqrstuvwxyz0123 | '* ]]
        [[ $output == *$'\nabcdefghijklmnopqrstuvwxyz012~ | '* ]]
        run env LC_ALL=C.UTF-8 slurm-quota stats --all
        [[ $output == *$'\nabcdefghijklmnopqrstuvwxyz012… | '* ]]
}

@test "names are cut between characters, and measured in columns" {
        slurm-quota account-quota äöüäöüäöüäöüäöüäöüäöüäöüäöüäöüäöü 1
        slurm-quota account-quota 名前名前名前名前名前名前名前名前 1
        slurm-quota account-quota short 1
        export LC_ALL=C.UTF-8
        run slurm-quota stats --all
        [[ $output == *$'\näöüäöüäöüäöüäöüäöüäöüäöüäöüäö… | '* ]]
        [[ $output == *$'\n名前名前名前名前名前名前名前…  | '* ]]
        [[ $output == *$'\nshort                          | '* ]]
        LC_ALL=C run slurm-quota stats --all
        [[ $output == *$'\n?????????????????????????????~ | '* ]]
        ! printf '%s' "$output" | LC_ALL=C grep -q '[^ -~]'
}

# on_terminal COMMAND: what it prints on one.
on_terminal() {
        script -qec "$1" /dev/null < /dev/null | tr -d '\r'
}

@test "colour is for terminals" {
        site
        run slurm-quota stats --all
        [[ $output != *$'\e'* ]]
        run on_terminal "slurm-quota stats --all"
        [[ $output == *$'\e[38;5;208m##################..\e[0m]  91.0%'* ]]
        [[ $output == *$'[\e[31m####################\e[0m] 100.0%'* ]]
        [[ $output == *$'[\e[32m....................\e[0m]   1.8%'* ]]
}

@test "NO_COLOR keeps bars plain, set to anything or nothing" {
        site
        for value in 1 0 ""; do
                NO_COLOR=$value run on_terminal "slurm-quota stats --all"
                [[ $output == *"[##################..]  91.0%"* ]]
                [[ $output != *$'\e'* ]]
        done
}

@test "the colour changes above 80 and above 95 percent, exactly" {
        slurm-quota user-quota alice 100
        for row in "4800 32" "4801 38;5;208" "5700 38;5;208" "5701 31" "6000 31" "9000 31"; do
                set -- $row
                balance user alice 1 "$1" 0 0
                run on_terminal "slurm-quota stats alice"
                [[ $output == *"["$'\e'"[$2m"* ]]
        done
}

@test "the bar counts what is reserved and ends at 100 percent" {
        slurm-quota user-quota alice 100
        balance user alice 1 3000 3000 1
        run slurm-quota stats alice
        [[ $output == *"[####################] 100.0%"* ]]
        balance user alice 1 9223372036854775807 9223372036854775807 1
        run slurm-quota stats alice
        [ "$status" -eq 0 ]
        [[ $output == *"[####################] 100.0%"* ]]
        balance user alice 1 5999 0 1
        run slurm-quota stats alice
        [[ $output == *"[###################.] 100.0%"* ]]
        balance user alice 1 299 0 1
        run slurm-quota stats alice
        [[ $output == *"[....................]   5.0%"* ]]
}

@test "times are local and name their zone" {
        site
        run env TZ=CET-1 slurm-quota stats alice
        [[ $output == *"| 2026-01-01 01:00:00 CET"* ]]
        sql "UPDATE balance SET updated_at = 0"
        run slurm-quota stats alice
        [[ $output == *"| N/A"* ]]
}
