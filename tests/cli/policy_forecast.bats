#!/usr/bin/env bats
# When accounts under a policy reach its thresholds, if things go on so.

load helper

# policy PERIOD [THRESHOLDS]: 100 node-hours for every account; 80 notify, 100 slow down,
# 120 pause.
policy() {
        local actions=notify_organization_owners
        actions+=,request_slurm_resource_downscaling,request_slurm_resource_pausing
        printf '%s' '{"name": "p", "scope": "c1", "apply_to_all": true,' \
                "\"period\": \"$1\", \"tres_billing_enabled\": false," \
                '"carryover_enabled": false,' ${2:+"\"thresholds\": $2,"} \
                '"component_limits_set": [{"type": "node", "limit": 100}],' \
                "\"actions\": \"$actions\"}" | slurm-quota policy create - 2>/dev/null
        slurm-quota account-quota hpc -1
        slurm-quota user-quota alice -1
        sql "INSERT OR IGNORE INTO resource (name) VALUES ('node');
             INSERT INTO membership SELECT u.id, a.id FROM subject u, subject a
                WHERE u.name = 'alice' AND a.name = 'hpc';
             UPDATE subject SET created_at = created_at - 100 * 86400"
}

# used DAYS_AGO HOURS: node-hours of that day, by alice in hpc.
used() {
        sql "INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)
             SELECT u.id, a.id, CAST(strftime('%Y%m%d', 'now', '-$1 days') AS INTEGER), r.id,
                3600 * $2
             FROM subject u, subject a, resource r
             WHERE u.name = 'alice' AND a.name = 'hpc' AND r.name = 'node'"
}

day() { date -u -d "$1 days" +%Y-%m-%d; }

# 50 of 100 used, 44 of them in 30 days and 14 in 7; 1.47 and 2 a day.
site() {
        policy total
        used 1 14
        used 8 15
        used 30 15
        used 31 6
}

@test "status says in a line when each threshold is reached" {
        site
        run --separate-stderr slurm-quota policy status
        echo "$output"
        [[ $output == *$'\n  hpc: usage=50.0% | normal\n    a day: 2.00% (7 days), 1.47% (30 days)'* ]]
        [[ $output == *" | notify 80% $(day 20) ($(day 15) .. $(day 20))"* ]]
        [[ $output == *" | downscale 100% $(day 34) ($(day 25) .. $(day 34))"* ]]
        [[ $output == *" | pause 120% $(day 47) ($(day 35) .. $(day 47))"$'\n'* ]]
        used 0 45
        run --separate-stderr slurm-quota policy status --account HPC
        [[ $output == *" | notify 80% reached | downscale 100% $(day 3) ($(day 2) .. $(day 3)) |"* ]]
}

@test "status has all of it as JSON" {
        site
        run --separate-stderr slurm-quota policy status --json
        [ "$(json '$[0].resources[0].burn_rates.week.days')" = 7 ]
        [ "$(json '$[0].resources[0].burn_rates.week.percent_per_day')" = 2 ]
        [ "$(json '$[0].resources[0].burn_rates.week.hours_per_day.node')" = 2 ]
        [ "$(json '$[0].resources[0].burn_rates.month.days')" = 30 ]
        [[ $(json '$[0].resources[0].burn_rates.month.percent_per_day') == 1.4666666666666* ]]
        local one='$[0].resources[0].threshold_projections'
        [ "$(json "$one[0].percent")" = 80 ]
        [ "$(json "$one[0].action")" = notify ]
        [ "$(json "$one[0].enabled")" = 1 ]
        [ "$(json "$one[0].status")" = projected ]
        [ "$(json "$one[1].days")" = 34 ]
        [ "$(json "$one[1].date")" = "$(day 34)" ]
        [ "$(json "$one[1].earliest")" = "$(day 25)" ]
        [ "$(json "$one[1].latest")" = "$(day 34)" ]
        [ "$(json "$one[1].earliest_days")" = 25 ]
        [ "$(json "$one[2].action")" = pause ]
        [ "$(json "$one[2].percent")" = 120 ]
        [ "$(json "$one[3]")" = '' ]
}

@test "status knows every threshold of the policy's own list" {
        policy total '[{"percent": 25, "action": "notify"}, {"percent": 50, "action": "notify"},
                {"percent": 99.5, "action": "block"}]'
        used 1 30
        run --separate-stderr slurm-quota policy status
        # It may not block, which its actions say.
        [[ $output == *" | notify 25% reached | notify 50% $(day 20) ($(day 4) .. $(day 20))"* ]]
        [[ $output != *block* ]]
        run --separate-stderr slurm-quota policy status --json
        [ "$(json '$[0].resources[0].threshold_projections[0].status')" = exceeded ]
        [ "$(json '$[0].resources[0].threshold_projections[0].days')" = 0 ]
        [ "$(json '$[0].resources[0].threshold_projections[0].date')" = "$(day 0)" ]
        [ "$(json '$[0].resources[0].threshold_projections[2].percent')" = 99.5 ]
        [ "$(json '$[0].resources[0].threshold_projections[2].enabled')" = 0 ]
}

@test "what lies beyond the window is never reached" {
        policy month
        used 1 1
        # Nothing is 100 days from now in any month.
        run --separate-stderr slurm-quota policy status
        [[ $output == *" | notify 80% never | downscale 100% never | pause 120% never"$'\n'* ]]
        run --separate-stderr slurm-quota policy status --json
        [ "$(json '$[0].resources[0].threshold_projections[0].status')" = never ]
        [ "$(json '$[0].resources[0].threshold_projections[0].days')" = '' ]
        [ "$(json '$[0].resources[0].threshold_projections[0].date')" = '' ]
}

@test "of an account of today nothing is known, and a young one has one speed" {
        policy total
        sql "UPDATE subject SET created_at = created_at + 100 * 86400"
        used 0 10
        run --separate-stderr slurm-quota policy status
        [[ $output == *$'\n    a day: not known yet | notify 80% never | '* ]]
        used 1 10
        run --separate-stderr slurm-quota policy status
        [[ $output == *$'\n    a day: 10.00% (1 day) | notify 80% '"$(day 6) | "* ]]
}

@test "preview has the same, and may do so for another day" {
        policy total
        used 1 14
        used 8 15
        run --separate-stderr slurm-quota policy preview p
        [[ $output == *$'\n    a day: 2.00% (7 days), 0.97% (30 days) | notify 80% '* ]]
        run --separate-stderr slurm-quota policy preview p --json --at "$(day 8)"
        [ "$(json '$.resources[0].preview_commands[0].command_type')" = fairshare ]
        [ "$(json '$.resources[0].burn_rates.week.percent_per_day')" = 0 ]
        [ "$(json '$.resources[0].threshold_projections[0].date')" = "$(day $((8 + 52)))" ]
        [ "$(json '$.resources[0].threshold_projections[0].latest')" = '' ]
}

@test "a dry run, an evaluation and the seed's status are as they were" {
        site
        for command in 'dry-run p' 'evaluate p'; do
                run --separate-stderr slurm-quota policy $command --json
                [ "$status" -eq 0 ]
                [[ $output != *threshold_projections* ]]
        done
        run --separate-stderr slurm-quota slurm_policy_status -p p
        [[ $output == *"hpc: usage=50.0%"* ]]
        [[ $output != *"a day"* ]]
}

@test "without an allocation there is no line, and JSON says never" {
        site
        sql "UPDATE usage_day SET amount = 0"
        slurm-quota allocation set hpc node=0 --window total
        run --separate-stderr slurm-quota policy status
        [[ $output == *"hpc: usage=0.0% | normal"* ]]
        [[ $output != *"a day"* ]]
        run --separate-stderr slurm-quota policy status --json
        [ "$(json '$[0].resources[0].threshold_projections[0].status')" = never ]
}
