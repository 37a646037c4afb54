load helper

@test "a budget for a month is set, shown, listed and removed" {
        run --separate-stderr slurm-quota budget set account:hpc cpu=500h node=20 --window month
        [ "$status" -eq 0 ]
        [ "${lines[0]}" = 'account "hpc": budget of cpu for each month set to 500h00m' ]
        [ "${lines[1]}" = 'account "hpc": budget of node for each month set to 0h20m' ]
        [ -z "$stderr" ]
        run slurm-quota budget show account:hpc
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == SUBJECT*RESOURCE*WINDOW*UNTIL*BUDGET*CARRIED*CONSUMED*AVAILABLE* ]]
        [[ $output == *"account:hpc"*cpu*month*"$(date -d "$(date +%Y-%m-01) +1 month -1 day" +%F)"*30000*30000*none* ]]
        run slurm-quota budget list --window month
        [ "${#lines[@]}" = 4 ]
        run slurm-quota budget remove account:hpc cpu --window month --reason 'over'
        [ "$output" = 'account "hpc": budget of cpu for each month removed' ]
        slurm-quota budget remove account:hpc node --window month
        run slurm-quota budget list
        [ "$output" = "no budgets" ]
        slurm-quota verify
}

@test "the old commands and the window total are the same" {
        slurm-quota user-quota alice 90
        [ "$(slurm-quota budget show user:alice --json |
                jq '.[] | select(.resource == "cpu") | .budget_seconds')" = 5400 ]
        slurm-quota budget set user:alice cpu=2h gpu=unlimited
        [ "$(sql "SELECT quota_cpu_minutes, quota_gpu_minutes FROM users")" = "120|-1" ]
        slurm-quota budget set user:alice cpu=-1
        [ "$(sql "SELECT quota_cpu_minutes FROM users")" = -1 ]
        slurm-quota verify
}

@test "amounts are minutes, hours or days" {
        local given wanted
        while read -r given wanted; do
                slurm-quota budget set user:alice "mem=$given" --window year
                [ "$(slurm-quota budget show user:alice --json |
                        jq '.[] | select(.window == "year") | .budget_seconds')" = "$wanted" ]
        done <<< "7 420
7m 420
7h 25200
7d 604800
0 0
-1 -1
unlimited -1"
}

@test "JSON has amounts in seconds, and null for all of time's last day" {
        slurm-quota budget set account:hpc cpu=1h --window quarter --carryover capped:50
        run slurm-quota budget show account:hpc --json
        [ "$(jq length <<< "$output")" = 3 ]
        [ "$(jq -c '.[] | select(.window == "quarter") |
                [.kind, .name, .resource, .budget_seconds, .carried_seconds, .consumed_seconds,
                 .reserved_seconds, .reserved_is_at_most, .available_seconds, .carryover]' \
                <<< "$output")" = '["account","hpc","cpu",3600,0,0,0,false,3600,"capped:50"]' ]
        [ "$(jq '.[] | select(.window == "total" and .resource == "cpu") | .last_day' \
                <<< "$output")" = null ]
        [ "$(slurm-quota budget list --json | jq length)" = 1 ]
}

@test "a rule stays when the amount is changed" {
        slurm-quota budget set account:hpc cpu=1h --window month --carryover decay:15
        slurm-quota budget set account:hpc cpu=2h --window month
        [ "$(slurm-quota budget list --json | jq -r '.[0].carryover')" = decay:15 ]
}

@test "accounts are kept in lower case, and gpu is the weighted one" {
        slurm-quota budget set account:HPC gpu_hours=1h gres/gpu=1h --window month
        [ "$(slurm-quota budget list --window month --json | jq -r '.[].resource' | paste -sd,)" \
                = gpu,gres/gpu ]
        [ "$(slurm-quota budget list --window month --json | jq -r '.[0].name')" = hpc ]
}

@test "every change is an entry with who and why" {
        slurm-quota budget set account:hpc cpu=1h --window month --reason 'beam time'
        slurm-quota budget remove account:hpc cpu --window month --reason 'is over'
        slurm-quota budget set account:hpc node=1h
        [ "$(sql "SELECT reason FROM entry WHERE kind = 'budget' AND actor <> '' ORDER BY id")" \
                = "cpu for each month is 1h00m: beam time
cpu for each month is removed: is over
node for all of time is 1h00m" ]
        run slurm-quota history --account hpc --kind budget
        [[ $output == *"cpu for each month is 1h00m: beam time"* ]]
}

@test "the time zone and the fiscal year are the site's" {
        printf '%s\n' "[site]" "time_zone = UTC" "fiscal_start = $((10#$(date -u +%m)))" \
                >> "$SLURM_QUOTA_CONF"
        slurm-quota budget set account:hpc cpu=1h --window year
        [ "$(sql "SELECT first_day FROM balance WHERE window_id = 4")" = "$(date -u +%Y%m01)" ]
        sed -i 's/^time_zone.*/time_zone = Nowhere\/Atall/' "$SLURM_QUOTA_CONF"
        run slurm-quota budget list
        [ "$status" -eq 1 ]
        [[ $output == *"site.time_zone"*"Nowhere/Atall"* ]]
}

@test "nonsense changes nothing" {
        slurm-quota budget set user:alice cpu=1h --window month
        unchanged 2 slurm-quota budget set alice cpu=1h
        unchanged 2 slurm-quota budget set group:alice cpu=1h
        unchanged 2 slurm-quota budget set user: cpu=1h
        unchanged 2 slurm-quota budget set user:alice
        unchanged 2 slurm-quota budget set user:alice cpu
        unchanged 2 slurm-quota budget set user:alice nodes=1h
        unchanged 2 slurm-quota budget set user:alice cpu=
        unchanged 2 slurm-quota budget set user:alice cpu=1w
        unchanged 2 slurm-quota budget set user:alice cpu=1.5h
        unchanged 2 slurm-quota budget set user:alice cpu=-2h
        unchanged 2 slurm-quota budget set user:alice cpu=-2
        unchanged 2 slurm-quota budget set user:alice cpu=h
        unchanged 2 slurm-quota budget set user:alice cpu=1h cpu=2h
        unchanged 2 slurm-quota budget set user:alice cpu=99999999999999999h
        unchanged 2 slurm-quota budget set user:alice cpu=1h --window week
        unchanged 2 slurm-quota budget set user:alice cpu=1h --carryover capped:50
        unchanged 2 slurm-quota budget set user:alice cpu=1h --window month --carryover half
        unchanged 2 slurm-quota budget set user:alice cpu=1h --reason ' '
        unchanged 1 slurm-quota budget remove user:alice node --window month
        unchanged 1 slurm-quota budget remove user:bob cpu
        unchanged 1 slurm-quota budget show user:bob
        unchanged 2 slurm-quota budget list --window week
}

@test "everybody who may read may look, and only administrators change" {
        need_root
        slurm-quota budget set user:alice cpu=1h --window month
        chmod -R o+rX "$SITE"
        unchanged 1 as nobody slurm-quota budget set user:alice cpu=2h
        unchanged 1 as nobody slurm-quota budget remove user:alice cpu --window month
}
