load helper

used() {
        sql "SELECT consumed FROM balance b JOIN subject s ON s.id = b.subject_id
             WHERE s.kind = '$1' AND s.name = '$2' AND b.resource_id = $3"
}

site() {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc -1
}

@test "minutes and hours are added and taken off, and it is said" {
        site
        run --separate-stderr slurm-quota adjust --user alice --cpu --minutes=+90
        [ "$status" -eq 0 ]
        [ "$output" = 'user "alice": CPU consumption changed by +90 minutes to 90 minutes' ]
        [ -z "$stderr" ]
        run slurm-quota adjust --user alice --cpu --minutes=-30
        [ "$output" = 'user "alice": CPU consumption changed by -30 minutes to 60 minutes' ]
        run slurm-quota adjust --account hpc --gpu --hours=+2
        [ "$output" = 'account "hpc": GPU consumption changed by +2 hours to 120 minutes' ]
        run slurm-quota adjust --account hpc --gpu --hours=-1
        [ "$output" = 'account "hpc": GPU consumption changed by -1 hours to 60 minutes' ]
        [ "$(used user alice 1)" = 3600 ]
        [ "$(used user alice 2)" = 0 ]
        [ "$(used account hpc 1)" = 0 ]
        [ "$(used account hpc 2)" = 3600 ]
        slurm-quota verify
}

@test "the sign may be missing, and the number be a word of its own" {
        site
        slurm-quota adjust --user alice --cpu --minutes 90
        slurm-quota adjust --user alice --cpu --minutes -30
        slurm-quota adjust --cpu --minutes=1 --user=alice
        run slurm-quota adjust --user alice --cpu --minutes 0
        [ "$output" = 'user "alice": CPU consumption changed by 0 minutes to 61 minutes' ]
        [ "$(used user alice 1)" = 3660 ]
}

@test "no more is taken off than was used, and it is said" {
        site
        balance user alice 1 3601 0 0
        sql "INSERT INTO entry (id, at, kind, user_id, actor) VALUES (90, 0, 'adjustment', 1, 'x');
             INSERT INTO entry_line VALUES (90, 1, 1, 3601)"
        run slurm-quota adjust --user alice --cpu --hours=-5
        [ "$status" -eq 0 ]
        [ "$output" = 'user "alice": CPU consumption changed by -5 hours to 0 minutes (there were no more than 61 minutes to take off)' ]
        [ "$(used user alice 1)" = 0 ]
        [ "$(sql "SELECT amount FROM entry_line ORDER BY entry_id DESC LIMIT 1")" = -3601 ]
        slurm-quota verify
}

@test "every adjustment is an entry with actor and reason" {
        site
        slurm-quota adjust --user alice --gpu --minutes=5 --reason 'ticket 9, für Alice'
        run sql "SELECT kind, user_id, account_id, reason FROM entry ORDER BY id DESC LIMIT 1"
        [ "$output" = "adjustment|1||ticket 9, für Alice" ]
        [[ $(sql "SELECT actor FROM entry ORDER BY id DESC LIMIT 1") == "$(id -un)"* ]]
}

@test "accounts are known in any case, and it is said" {
        site
        run slurm-quota adjust --account HPC --cpu --minutes=5
        [ "$output" = 'account "hpc": CPU consumption changed by +5 minutes to 5 minutes (Slurm keeps account names in lower case)' ]
}

@test "who is not known is not made, and what to do is said" {
        site
        unchanged 1 slurm-quota adjust --user bob --cpu --minutes=5
        [ "${stderr_lines[0]}" = 'slurm-quota: there is no user "bob"' ]
        [[ ${stderr_lines[1]} == *"slurm-quota user-quota bob MINUTES" ]]
        unchanged 1 slurm-quota adjust --account alice --cpu --minutes=5
        [[ ${stderr_lines[1]} == *"slurm-quota account-quota alice MINUTES" ]]
}

@test "without a database there is nothing to adjust, and none is made" {
        unchanged 1 slurm-quota adjust --user alice --cpu --minutes=5
        [[ ${stderr_lines[0]} == "slurm-quota: nothing was used yet: "*"$DB"* ]]
        [ ! -e "$SITE/state" ]
        [ ! -e "$SPOOL" ]
}

@test "each choice is made exactly once" {
        site
        unchanged 2 slurm-quota adjust
        unchanged 2 slurm-quota adjust --cpu --minutes=5
        unchanged 2 slurm-quota adjust --user alice --minutes=5
        unchanged 2 slurm-quota adjust --user alice --cpu
        unchanged 2 slurm-quota adjust --user alice --account hpc --cpu --minutes=5
        unchanged 2 slurm-quota adjust --user alice --cpu --gpu --minutes=5
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes=5 --hours=5
        [ "${stderr_lines[0]}" = "slurm-quota: give either --minutes or --hours" ]
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes=5 alice
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes
}

@test "bad numbers, names and reasons change nothing" {
        site
        for number in '' ' ' + - ++5 +-5 --5 ' 5' '5 ' 5.5 5,5 1e3 0x10 five +5x nan \
                9223372036854775808 99999999999999999999999 -99999999999999999999999; do
                unchanged 2 slurm-quota adjust --user alice --cpu --minutes="$number"
                unchanged 2 slurm-quota adjust --account hpc --gpu --hours="$number"
        done
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes=153722867280912931
        unchanged 2 slurm-quota adjust --user alice --cpu --hours=-2562047788015216
        unchanged 2 slurm-quota adjust --user 'a b' --cpu --minutes=5
        unchanged 2 slurm-quota adjust --user '' --cpu --minutes=5
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes=5 --reason ' '
}

@test "what does not fit any more changes nothing" {
        site
        slurm-quota adjust --user alice --cpu --minutes=153722867280912930
        unchanged 2 slurm-quota adjust --user alice --cpu --minutes=1
        [[ ${stderr_lines[0]} == *"too large"* ]]
        slurm-quota adjust --user alice --cpu --minutes=-153722867280912930
        [ "$(used user alice 1)" = 0 ]
}

@test "adjusting is for administrators" {
        need_root
        site
        unchanged 1 as nobody slurm-quota adjust --user alice --cpu --minutes=5
        [[ ${stderr_lines[0]} == "slurm-quota: only root and slurm may run adjust; and "* ]]
}

@test "what counts in a window is added to it alone" {
        site
        slurm-quota budget set account:hpc cpu=5h node=7 --window month
        run -0 --separate-stderr slurm-quota adjust --account hpc --cpu --window month --minutes=90 --reason 'lost'
        [ "$output" = 'account "hpc": CPU consumption of this month changed by +90 minutes to 90 minutes' ]
        run -0 slurm-quota adjust --account hpc --tres node_hours --hours=+2 --window month
        [ "$output" = 'account "hpc": node consumption of this month changed by +2 hours to 120 minutes' ]
        run -0 slurm-quota adjust --account hpc --tres node --hours=-3 --window month
        [ "$output" = 'account "hpc": node consumption of this month changed by -3 hours to 0 minutes (there were no more than 120 minutes to take off)' ]
        run -0 slurm-quota adjust --account hpc --tres gpu --window total --minutes=4
        [ "$output" = 'account "hpc": GPU consumption changed by +4 minutes to 4 minutes' ]
        run -0 slurm-quota adjust --account hpc --tres node --minutes=5
        [ "$output" = 'account "hpc": node consumption changed by +5 minutes to 5 minutes' ]
        [ "$(slurm-quota budget show account:hpc --json |
                jq -c '[.[] | [.resource, .window, .consumed_seconds]]')" \
                = '[["cpu","total",0],["cpu","month",5400],["gpu","total",240],["node","total",300],["node","month",0]]' ]
        slurm-quota verify
}

@test "a budget that is not there is not made by adjusting it" {
        site
        slurm-quota budget set user:alice node=7 --window month
        unchanged 1 slurm-quota adjust --user alice --tres node --window year --minutes=5
        [ "${stderr_lines[0]}" = 'slurm-quota: user "alice" has no budget of node for the window year' ]
        unchanged 1 slurm-quota adjust --user alice --cpu --window month --minutes=5
        unchanged 1 slurm-quota adjust --user alice --tres mem --minutes=5
        unchanged 1 slurm-quota adjust --user bob --tres node --window month --minutes=5
        unchanged 2 slurm-quota adjust --user alice --tres nodes --window month --minutes=5
        unchanged 2 slurm-quota adjust --user alice --tres node --window week --minutes=5
        unchanged 2 slurm-quota adjust --user alice --tres node --cpu --window month --minutes=5
        [ "${stderr_lines[0]}" = "slurm-quota: give one of --cpu, --gpu and --tres" ]
        unchanged 2 slurm-quota adjust --user alice --window month --minutes=5
}

@test "the roll-up of what jobs have used stays as it is" {
        site
        slurm-quota adjust --user alice --cpu --minutes=5
        [ "$(sql 'SELECT count(*) FROM usage_day')" = 0 ]
        slurm-quota verify
}
