load helper

# A scenario of this name, replayed.
simulate() {
        run --separate-stderr slurm-quota policy simulate "$BATS_TEST_DIRNAME/scenarios/$1.json"
        [ "$status" -eq 0 ]
}

# column FIELD...: of each step, in one line.
column() {
        for ((i = 0; i < $(json_length); i++)); do
                json "\$.steps[$i].$1"
        done | tr '\n' ' '
}

json_length() {
        printf '%s' "$output" > "$SITE/json"
        sqlite3 :memory: \
                "SELECT json_array_length(CAST(readfile('$SITE/json') AS TEXT), '$.steps')"
}

@test "a quarterly policy of an academic site" {
        simulate quarterly_academic
        [ -z "$stderr" ]
        [ "$(column account)" = "physics chemistry physics chemistry physics chemistry physics chemistry " ]
        [ "$(column period)" = "2026-Q1 2026-Q1 2026-Q1 2026-Q1 2026-Q1 2026-Q1 2026-Q2 2026-Q2 " ]
        # physics has 1150, as 150 of 400 came over; chemistry has 1000.
        [ "$(column total_allocation.node)" = "1150 1000 1150 1000 1150 1000 1000 1150 " ]
        [ "$(column usage_percentage)" = "60.8695652173913 79.999 100 80 120 80 0 0 " ]
        [ "$(column qos)" = "normal normal downscaled normal paused normal normal normal " ]
        [ "$(column actions_taken)" = '[] [] ["downscale","notify"] ["notify"] ["pause","downscale"] [] [] [] ' ]
        [ "$(column settings.reset_raw_usage)" = "1 1 0 0 0 0 1 1 " ]
        [ "$(column previous_state.paused)" = "0 0 0 0 0 0 1 0 " ]
        [ "$(column new_state.paused)" = "0 0 0 0 1 0 0 0 " ]
        [ "$(column new_state.downscaled)" = "0 0 1 0 1 0 0 0 " ]
}

@test "a step has the members of the API, and settings those of its messages" {
        simulate quarterly_academic
        [ "${lines[0]}" = '{"steps":[' ]
        [ "${lines[1]}" = '{"date":"2026-01-31","account":"physics","period":"2026-Q1","usage_percentage":60.869565217391305,"base_allocation":{"node":1000},"carryover":{"node":150},"total_allocation":{"node":1150},"actions_taken":[],"previous_state":{"paused":false,"downscaled":false},"new_state":{"paused":false,"downscaled":false},"qos":"normal","settings":{"fairshare":383,"limit_type":"GrpTRESMins","grp_tres_mins":{"node":82800},"qos_threshold":{"node":69000},"grace_limit":{"node":82800},"reset_raw_usage":true,"carryover_details":{"carryover_applied":true,"previous_period":"2025-Q4","carryover_factor":15,"per_component":{"node":{"base":1000,"previous_usage":600,"unused":400,"carryover_cap":150,"carryover":150,"total":1150}}}}},' ]
        [ "${lines[9]}" = ']}' ]
}

@test "a strict policy pauses at the last millionth of an hour" {
        simulate monthly_strict
        [ "$(column qos)" = "normal paused normal " ]
        [ "$(json '$.steps[1].usage_percentage')" = 100 ]
        [ "$(column actions_taken)" = '[] ["pause"] [] ' ]
        # 100 units of cpus and 100 of GPUs.
        [ "$(json '$.steps[0].settings.grp_tres_mins')" = '{"cpu":384000,"gres/gpu":24000,"billing":12000}' ]
        [ "$(json '$.steps[0].settings.carryover_details')" = '{"carryover_applied":false,"reason":"carryover_disabled"}' ]
}

@test "a grant for a year that begins in October" {
        simulate annual_grant
        [ "$(column period)" = "2025 2026 " ]
        # 760 of the year before came over.
        [ "$(column total_allocation.node)" = "9520 8760 " ]
        [ "$(json '$.steps[0].usage_percentage')" = 94.5378151260504 ]
        [ "$(json '$.steps[1].carryover.node')" = 0 ] # what came over is not carried on
        [ "$(column settings.reset_raw_usage)" = "0 0 " ]
        [ "$(json '$.steps[1].settings.carryover_details.previous_period')" = 2025 ]
        # No weight for nodes: no billing=0, which would hold every job.
        [ "$(json '$.steps[0].settings.grp_tres_mins')" = '{"node":742560}' ]
}

@test "no evaluation lifts what an operator set" {
        simulate operator_hold
        [ "$(column qos)" = "paused downscaled paused paused normal " ]
        [ "$(column usage_percentage)" = "130 0 0 0 0 " ]
        [ "$(column new_state.downscaled)" = "1 1 0 0 0 " ]
        [ "$(column new_state.paused)" = "1 0 1 1 0 " ]
        [ "$(column previous_state.paused)" = "0 1 1 1 0 " ]
}

@test "corrections bring an account back, and notify nobody twice" {
        simulate correction_downwards
        [ "$(column qos)" = "paused downscaled normal " ]
        [ "$(column actions_taken)" = '["pause","downscale","notify"] ["downscale"] [] ' ]
        [ "$(column usage_percentage)" = "114 113.999 83.999 " ]
}

@test "a new account carries nothing over, and a raised allocation no more" {
        simulate new_account
        [ "$(column carryover.node)" = "500 0 500 500 500 500 " ]
        [ "$(column total_allocation.node)" = "1500 1000 1500 1500 4500 1500 " ]
        [ "$(json '$.steps[4].settings.carryover_details.per_component.node.previous_base')" = 1000 ]
}

@test "decay has the numbers of the seed document" {
        simulate decay_of_the_seed
        [ "$(column total_allocation.node)" = "2000 1992.1875 1984.375 1973.4375 1000 " ]
        [ "$(json '$.steps[2].settings.carryover_details.decay_factor')" = 0.015625 ]
        [ "$(json '$.steps[2].settings.carryover_details.days_elapsed')" = 90 ]
        [ "$(json '$.steps[2].settings.carryover_details.effective_previous_usage')" = 15.625 ]
        [ "$(json '$.steps[2].settings.carryover_details.unused_allocation')" = 984.375 ]
        [[ $stderr == "slurm-quota: warning: carryover_mode decay "* ]]
}

@test "a ladder of QoS, and no end of a total" {
        simulate ladder
        [ "$(column qos)" = "downscaled downscaled paused downscaled " ]
        [ "$(column qos_name)" = "slow slower  slower " ]
        [ "$(column period)" = "total total total total " ]
        [ "$(column settings.reset_raw_usage)" = "0 0 0 0 " ]
        [ "$(json '$.steps[0].settings.carryover_details.reason')" = no_previous_period ]
}

@test "a scenario comes from standard input too" {
        simulate ladder
        expected=$output
        run -0 --separate-stderr slurm-quota policy simulate < "$BATS_TEST_DIRNAME/scenarios/ladder.json"
        [ "$output" = "$expected" ]
        run -0 --separate-stderr slurm-quota policy simulate --json - < "$BATS_TEST_DIRNAME/scenarios/ladder.json"
        [ "$output" = "$expected" ]
}

@test "the issue's own example" {
        cat > "$SITE/example.json" <<'EOF'
{"policy": {"period": 2, "actions": "request_slurm_resource_pausing"},
 "accounts": [{"name": "proj1", "allocation": {"node": 1000}}],
 "events": [{"date": "2026-01-15", "account": "proj1", "usage": {"node": 500}},
            {"date": "2026-02-01", "account": "proj1", "allocation": {"node": 1250}},
            {"date": "2026-02-02", "account": "proj1", "hold": "paused"},
            {"date": "2026-02-03", "evaluate": true}]}
EOF
        run -0 --separate-stderr slurm-quota policy simulate "$SITE/example.json"
        [ "$(column base_allocation.node)" = "1250 " ]
        [ "$(column carryover.node)" = "500 " ]
        [ "$(column qos)" = "paused " ]
}

@test "accounts without an allocation of their own have the policy's" {
        run -0 slurm-quota policy simulate <<< '{"policy": {"carryover_enabled": false,
                "component_limits_set": [{"type": "node_hours", "limit": 10}]},
                "accounts": [{"name": "a"}], "events": [
                {"date": "2026-01-01", "account": "a", "usage": {"node": 5}},
                {"date": "2026-01-01", "evaluate": true}]}'
        [ "$(column usage_percentage)" = "50 " ]
}

@test "limits that make no sense are accepted with a warning" {
        for type in GrpTRES MaxTRESMins; do
                run -0 --separate-stderr slurm-quota policy simulate <<< \
                        '{"policy": {"limit_type": "'$type'"}, "accounts": [], "events": []}'
                [ "$output" = '{"steps":[]}' ]
                [[ $stderr == "slurm-quota: warning: limit_type $type "* ]]
        done
}

@test "bad input names the event and the field, and nothing is printed" {
        scenario() {
                printf '{"policy": {%s}, "accounts": [{"name": "a"}], "events": [
                        {"date": "2026-01-01", "evaluate": true}, %s]}' "$1" "$2" > "$SITE/bad.json"
                unchanged 2 slurm-quota policy simulate "$SITE/bad.json"
        }
        scenario '' '{"date": "2026-02-30", "evaluate": true}'
        [ "${stderr_lines[0]}" = "slurm-quota: $SITE/bad.json: events[1]: date cannot be \"2026-02-30\"" ]
        scenario '' '{"date": "2026-02-03", "account": "a", "usage": {"node": "many"}}'
        [ "${stderr_lines[0]}" = "slurm-quota: $SITE/bad.json: events[1]: usage: node cannot be \"many\"" ]
        scenario '"period": 7' '{"date": "2026-02-03", "evaluate": true}'
        [ "${stderr_lines[0]}" = "slurm-quota: $SITE/bad.json: policy: period cannot be 7" ]
        scenario '"grace_ratio": 1000' '{"date": "2026-02-03", "account": "a", "allocation": {"mem": 1e15}},
                {"date": "2026-02-04", "evaluate": true}'
        [[ ${stderr_lines[0]} == *'events[2]: account "a": the limits are more minutes than Slurm can count' ]]
}

@test "what is no JSON is told with its line, what is no file with its name" {
        printf '{"policy": {},\n "accounts": [}' > "$SITE/bad.json"
        unchanged 2 slurm-quota policy simulate "$SITE/bad.json"
        [[ ${stderr_lines[0]} == "slurm-quota: $SITE/bad.json:2:"* ]]
        printf '{"policy": {}, "policy": {}}' > "$SITE/bad.json"
        unchanged 2 slurm-quota policy simulate "$SITE/bad.json"
        [[ ${stderr_lines[0]} == *"duplicate"* ]]
        unchanged 2 slurm-quota policy simulate < /dev/null
        unchanged 1 slurm-quota policy simulate "$SITE/missing.json"
        unchanged 1 slurm-quota policy simulate "$SITE"
        unchanged 2 slurm-quota policy simulate a b
}

@test "nothing of the site is needed" {
        rm "$SLURM_QUOTA_CONF"
        unset SLURM_QUOTA_CONF
        chmod 000 "$SITE"
        run -0 --separate-stderr slurm-quota policy simulate "$BATS_TEST_DIRNAME/scenarios/ladder.json"
        chmod 755 "$SITE"
        [ "${#lines[@]}" -eq 6 ]
}

@test "the parameters and their defaults, each of which is taken" {
        run -0 --separate-stderr slurm-quota policy parameters
        [[ $output == *$'\ngrace_ratio: 0.2\n    How much more'*$'\n    Takes a number from 0 to 1000.\n'* ]]
        [[ $output != *has_fired* ]]
        n=$(grep -c '^    Takes ' <<<"$output")
        run -0 --separate-stderr slurm-quota policy parameters --json
        [ "$(sqlite3 :memory: "SELECT json_array_length('${output//\'/\'\'}')")" = "$n" ]
        [ "$(json '$[0].name') $(json '$[0].default')" = "uuid " ]
        [[ $output == *'"name": "grace_ratio",'*$'\n''    "default": 0.2,'* ]]
        run -0 --separate-stderr slurm-quota policy parameters
        defaults=$(printf '%s\n' "$output" | sed -n 's/^\([a-z_]*\): \(.*\)/"\1": \2,/p')
        [ "$(printf '%s\n' "$defaults" | wc -l)" -ge 20 ]
        run -0 --separate-stderr slurm-quota policy simulate \
                <<< "{\"policy\": {${defaults%,}}, \"accounts\": [], \"events\": []}"
        [ "$output" = '{"steps":[]}' ]
        [ -z "$stderr" ]
}

@test "steps are in the order of the events, whatever their dates" {
        local policy='"policy":{"tres_billing_enabled":false,"carryover_enabled":false}'
        local accounts='"accounts":[{"name":"a","allocation":{"node":100}},{"name":"b","allocation":{"node":100}}]'
        run --separate-stderr slurm-quota policy simulate - <<END
{$policy,$accounts,"events":[{"date":"2026-02-20","evaluate":true},
 {"date":"2026-01-10","account":"a","usage":{"node":50}},
 {"date":"2026-02-10","account":"a","usage":{"node":20}},
 {"date":"2026-01-20","evaluate":true}]}
END
        [ "$status" -eq 0 ]
        [ "$(json '$.steps[0].date') $(json '$.steps[0].account') $(json '$.steps[0].usage_percentage')" = "2026-02-20 a 20" ]
        [ "$(json '$.steps[1].date') $(json '$.steps[1].account')" = "2026-02-20 b" ]
        [ "$(json '$.steps[2].date') $(json '$.steps[2].account') $(json '$.steps[2].usage_percentage')" = "2026-01-20 a 50" ]
        [ "$(json '$.steps[3].date') $(json '$.steps[3].account')" = "2026-01-20 b" ]
        [ "$(json '$.steps[4]')" = "" ]
}
