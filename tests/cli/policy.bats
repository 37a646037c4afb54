load helper

# A month of 100 node-hours for every account; 80 notify, 100 slow down, 120 pause.
policy() {
        local actions=notify_organization_owners
        actions+=,request_slurm_resource_downscaling,request_slurm_resource_pausing
        printf '%s' '{"name": "monthly", "scope": "c1", "apply_to_all": true,' \
                '"period": "month", "tres_billing_enabled": false, "carryover_enabled": false,' \
                '"component_limits_set": [{"type": "node", "limit": 100}],' \
                "\"actions\": \"$actions\"}" > "$SITE/monthly.json"
        printf '%s\n' '[policy]' 'qos_downscaled = slow' 'qos_paused = paused' >> "$SLURM_QUOTA_CONF"
        slurm-quota policy create "$SITE/monthly.json" --reason 'board of May' 2> /dev/null
}

# uses ACCOUNT HOURS: node-hours, today.
uses() {
        slurm-quota account-quota "$1" -1
        slurm-quota user-quota alice -1
        sql "INSERT OR IGNORE INTO resource (name) VALUES ('node');
             INSERT OR IGNORE INTO membership SELECT u.id, a.id FROM subject u, subject a
                WHERE u.name = 'alice' AND a.name = '$1';
             INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)
                SELECT u.id, a.id, strftime('%Y%m%d', 'now'), r.id, $2 * 3600
                FROM subject u, subject a, resource r
                WHERE u.name = 'alice' AND a.name = '$1' AND r.name = 'node'"
}

@test "a policy is created, listed, shown and deleted" {
        policy
        run --separate-stderr slurm-quota policy list
        [[ $output == *"monthly  cluster c1, month, "* ]]
        run --separate-stderr slurm-quota policy show monthly
        [[ $output == *$'\ngrace_ratio                0.2\n'* ]]
        run --separate-stderr slurm-quota policy show monthly --json
        [ "$(json '$.scope')" = c1 ]
        [ "$(json '$.period_name')" = "1 month" ]
        [ "$(json '$.has_fired')" = 0 ]
        [ "$(json '$.affected_resources_count')" = 0 ]
        run --separate-stderr slurm-quota policy delete monthly --reason 'no longer' --json
        [ "$(json '$.name') $(json '$.deleted')" = "monthly 1" ]
        run slurm-quota policy list
        [ "$output" = "No SLURM policies found." ]
        [ "$(sql "SELECT group_concat(reason) FROM entry WHERE kind = 'policy'")" = "board of May,no longer" ]
}

@test "the policy may come through standard input, and its cluster from the configuration" {
        sed -i 's/^\[slurm\]$/[slurm]\ncluster = c7/' "$SLURM_QUOTA_CONF"
        echo '{"apply_to_all": true, "actions": "request_slurm_resource_pausing"}' | slurm-quota policy create -
        run slurm-quota policy show c7 --json
        [ "$(json '$.scope')" = c7 ]
}

@test "what is no policy is refused and named" {
        policy
        echo '{"scope": "c2", "apply_to_all": true, "actions": "explode"}' > "$SITE/p.json"
        unchanged 2 slurm-quota policy create "$SITE/p.json"
        [[ ${stderr_lines[0]} == *explode* ]]
        echo '{"scope": "c2", "actions": "request_slurm_resource_pausing"}' > "$SITE/p.json"
        unchanged 2 slurm-quota policy create "$SITE/p.json"
        echo '{"scope": "c 2", "apply_to_all": true, "actions": "request_slurm_resource_pausing"}' \
                > "$SITE/p.json"
        unchanged 2 slurm-quota policy create "$SITE/p.json"
        echo '{"scope": ' > "$SITE/p.json"
        unchanged 2 slurm-quota policy create "$SITE/p.json"
        [[ ${stderr_lines[0]} == *"p.json:"* ]]
        unchanged 1 slurm-quota policy create "$SITE/monthly.json"
        [[ ${stderr_lines[0]} == *"already"* ]]
        unchanged 1 slurm-quota policy show quarterly
        unchanged 1 slurm-quota policy evaluate quarterly
}

@test "update changes what it names; apply makes all of it as the file says" {
        policy
        echo '{"grace_ratio": 0.5}' | slurm-quota policy update monthly
        run slurm-quota policy diff "$SITE/monthly.json"
        [ "$status" -eq 1 ]
        [ "$output" = $'-grace_ratio: 0.5\n+grace_ratio: 0.2' ]
        run --separate-stderr slurm-quota policy apply "$SITE/monthly.json"
        [[ $output == 'policy "monthly" changed ('* ]]
        run slurm-quota policy diff "$SITE/monthly.json"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        run --separate-stderr slurm-quota policy apply "$SITE/monthly.json"
        [[ $output == 'policy "monthly" unchanged ('* ]]
        [ "$(sql "SELECT count(*) FROM entry WHERE kind = 'policy'")" = 3 ]
}

@test "differences come as JSON too, and what apply refuses has none" {
        policy
        run --separate-stderr slurm-quota policy diff --json "$SITE/monthly.json"
        [ "$status" -eq 0 ]
        [ "$output" = "[]" ]
        echo '{"grace_ratio": 0.5}' | slurm-quota policy update monthly
        run --separate-stderr slurm-quota policy diff --json "$SITE/monthly.json"
        [ "$status" -eq 1 ]
        [ "$(json '$[0].parameter') $(json '$[0].before') $(json '$[0].after')" = "grace_ratio 0.5 0.2" ]
        [ "$(json '$[1]')" = '' ]
        sed 's/monthly/other/' "$SITE/monthly.json" > "$SITE/other.json"
        run --separate-stderr slurm-quota policy diff --json "$SITE/other.json"
        [ "$status" -eq 1 ]
        [ "$(json '$[0].before')" = '' ]
        unchanged 2 slurm-quota policy diff - <<< '{"name": "monthly", "scope": "c1",
                "actions": "request_slurm_resource_pausing"}'
}

@test "update never makes a policy another one, whatever the file says" {
        policy
        local uuid
        uuid=$(sql "SELECT uuid FROM policy")
        echo '{"uuid": "11111111-2222-4333-8444-555555555555", "grace_ratio": 0.5}' > "$SITE/other.json"
        run --separate-stderr slurm-quota policy update monthly "$SITE/other.json"
        echo "$status: $output $stderr"
        [ "$status" -eq 0 ]
        [ "$output" = "policy \"monthly\" changed ($uuid)" ]
        [ "$(sql "SELECT group_concat(uuid) FROM policy")" = "$uuid" ]
}

@test "what export prints can be applied" {
        policy
        slurm-quota policy export monthly > "$SITE/copy.json"
        run slurm-quota policy diff "$SITE/copy.json"
        [ "$status" -eq 0 ]
        slurm-quota policy delete monthly
        unchanged 1 slurm-quota policy apply "$SITE/copy.json"
        [[ ${stderr_lines[1]} == *'Without "uuid"'* ]]
        sed -i 's/"uuid": "[^"]*"/"uuid": ""/' "$SITE/copy.json"
        slurm-quota policy apply "$SITE/copy.json"
        slurm-quota policy show monthly
}

@test "a dry run says what would be, and changes nothing" {
        policy
        uses hpc 105
        uses web 10
        before=$(snapshot)
        run --separate-stderr slurm-quota policy dry-run monthly
        [ "${lines[1]}" = "hpc: usage=105.0%, paused=false, downscaled=false, would trigger: downscale,notify" ]
        [ "${lines[2]}" = "web: usage=10.0%, paused=false, downscaled=false, would trigger: OK" ]
        [[ ${lines[3]} == "2 accounts in "*", grace limit 120%" ]]
        [ "$before" = "$(snapshot)" ]
        run --separate-stderr slurm-quota policy dry-run monthly --json --account HPC
        [ "$(json '$.grace_limit_percentage')" = 120 ]
        [ "$(json '$.resources[0].usage_percentage')" = 105 ]
        [ "$(json '$.resources[0].would_trigger')" = '["downscale","notify"]' ]
        [ "$(json '$.resources[1]')" = '' ]
}

@test "evaluate acts, logs and plans, and does it once" {
        policy
        uses hpc 125
        run --separate-stderr slurm-quota policy evaluate monthly --json
        [ "$(json '$.resources[0].actions_taken')" = '["pause","downscale","notify"]' ]
        [ "$(json '$.resources[0].previous_state.paused')" = 0 ]
        [ "$(json '$.resources[0].new_state.paused')" = 1 ]
        slurm-quota policy evaluate monthly
        slurm-quota policy tick
        run --separate-stderr slurm-quota policy logs monthly --json
        [ "$(json '$[0].actions_taken')" = '["pause","downscale"]' ]
        [ "$(json '$[1].site_agent_confirmed')" = '' ]
        [ "$(json '$[2]')" = '' ]
        run slurm-quota policy commands monthly --account hpc
        [ "${#lines[@]}" -eq 4 ]
        [[ ${lines[1]} == *"qos | planned | sacctmgr --immediate modify account name=hpc cluster=c1 set qos=paused [PENDING]" ]]
        [ "$(sql 'SELECT count(*) FROM outbox')" = 1 ]
        run slurm-quota policy status
        [[ $output == *"hpc: usage=125.0% | PAUSED DOWNSCALED"* ]]
        run slurm-quota policy status monthly --json
        [ "$(json '$[0].paused_count')" = 1 ]
}

@test "a policy fires at thresholds that its actions have, and at no other" {
        policy
        echo '{"actions": "request_slurm_resource_pausing"}' | slurm-quota policy update monthly
        uses hpc 119
        slurm-quota policy evaluate monthly
        run --separate-stderr slurm-quota policy show monthly --json
        [ "$(json '$.has_fired')" = 0 ]
        sql 'UPDATE usage_day SET amount = 120 * 3600'
        slurm-quota policy evaluate monthly
        run --separate-stderr slurm-quota policy show monthly --json
        [ "$(json '$.has_fired')" = 1 ]
}

@test "the timer tells each event once, a line as JSON" {
        policy
        uses hpc 125
        slurm-quota policy evaluate monthly
        slurm-quota account pause web --reason 'ticket 7'
        run --separate-stderr slurm-quota policy tick
        [ "$status" -eq 0 ]
        echo "$output"
        [ "${#lines[@]}" -ge 2 ]
        [ "$(grep -c '"event_type":"slurm_policy_evaluation".*"resource_name":"hpc"' <<<"$output")" = 1 ]
        [ "$(grep -c '"event_type":"slurm_account_hold".*"resource_name":"web"' <<<"$output")" = 1 ]
        run --separate-stderr slurm-quota policy tick
        [ -z "$output" ]
        # Who cannot be told is told the next time.
        slurm-quota account resume web
        slurm-quota policy tick >/dev/full 2>&1 && return 1
        run --separate-stderr slurm-quota policy tick
        grep -q '"resource_name":"web"' <<<"$output"
}

@test "another day may be tried" {
        policy
        uses hpc 125
        run --separate-stderr slurm-quota policy dry-run monthly --at 2031-05-31
        [[ ${lines[2]} == *"in 2031-05"* ]]
        [[ ${lines[1]} == "hpc: usage=0.0%"* ]]
        unchanged 2 slurm-quota policy dry-run monthly --at 2031-02-31
        # A day of the site, which may be fourteen hours from the caller's.
        printf '%s\n' "[site]" "time_zone = Pacific/Kiritimati" >>"$SLURM_QUOTA_CONF"
        run --separate-stderr env TZ=UTC slurm-quota policy dry-run monthly --at 2031-05-31
        [[ ${lines[2]} == *"in 2031-05"* ]]
}

@test "preview shows the commands for Slurm" {
        policy
        uses hpc 125
        run slurm-quota policy preview monthly
        [ "${lines[2]}" = "  sacctmgr --immediate modify account name=hpc cluster=c1 set fairshare=33" ]
        [ "${lines[3]}" = "  sacctmgr --immediate modify account name=hpc cluster=c1 set GrpTRESMins=node=7200" ]
        run slurm-quota policy preview monthly --json
        [ "$(json '$.resources[0].preview_commands[3].command_type')" = reset_usage ]
}

@test "the status of one account is that of the policies that have it" {
        policy
        uses hpc 125
        echo '{"name": "late", "scope": "c2", "apply_to_all": true, "period": "year",
                "actions": "request_slurm_resource_pausing"}' | slurm-quota policy create -
        run --separate-stderr slurm-quota policy status --account hpc
        [ "$status" -eq 0 ]
        [ "$(grep -c '^policy ' <<<"$output")" = 1 ]
        [[ $output == *"hpc: usage=125.0% | normal"* ]]
        run --separate-stderr slurm-quota policy status --account hpc --json
        [ "$status" -eq 0 ]
        [ "$(json '$[0].name')" = monthly ]
        [ -n "$(json '$[0].resources[0].resource_uuid')" ]
        [ "$(json '$[1]')" = '' ]
        unchanged 1 slurm-quota policy status --account nobody
        unchanged 1 slurm-quota policy status --account nobody --json
        unchanged 1 slurm-quota policy status late --account hpc --json
        run slurm-quota policy status late
        [[ $output == *$'Active resources:\n  (none)\n'* ]]
}

@test "the seed's commands are known, with their options" {
        policy
        uses hpc 125
        run slurm-quota evaluate_slurm_policy -p monthly -r hpc --dry-run
        [[ $output == *"hpc: usage=125.0%"* ]]
        [ "$(sql 'SELECT count(*) FROM evaluation_log')" = 0 ]
        slurm-quota evaluate_slurm_policy --policy monthly --sync
        run slurm-quota slurm_policy_status -p monthly --resource hpc --logs 1 --commands 1
        [[ $output == *"agent=pending"* ]]
        run slurm-quota cleanup_slurm_logs
        [ "$output" = "Deleted 0 log entries older than 90 days." ]
        run slurm-quota cleanup_slurm_logs --json
        [ "$output" = '{"deleted_count":0,"retention_days":90}' ]
        run --separate-stderr slurm-quota slurm_policy_status --json
        [ "$(json '$[0].paused_count')" = 1 ]
        run --separate-stderr slurm-quota evaluate_slurm_policy -p monthly --dry-run --json
        [ "$(json '$.resources[0].usage_percentage')" = 125 ]
        unchanged 2 slurm-quota evaluate_slurm_policy
        unchanged 2 slurm-quota evaluate_slurm_policy -p
        unchanged 1 slurm-quota evaluate_slurm_policy -p monthly -r nobody
}

@test "an operator's hold survives every evaluation and is his alone" {
        policy
        uses hpc 1
        slurm-quota account pause HPC --reason 'ticket 7'
        slurm-quota policy evaluate monthly
        run slurm-quota account holds
        [[ $output == "hpc: paused by "*": ticket 7" ]]
        run slurm-quota policy status
        [[ $output == *"hpc: usage=1.0% | PAUSED"* ]]
        run slurm-quota account resume hpc
        [ "$output" = 'account "hpc" resumed' ]
        unchanged 1 slurm-quota account resume hpc
}

@test "who holds an account that nobody knows is asked whether that is its name" {
        slurm-quota account-quota hpc -1
        run --separate-stderr slurm-quota account pause hcp
        [ "$status" -eq 0 ]
        [[ $stderr == *'"hcp" had neither jobs nor budgets until now: is that its name?' ]]
        run --separate-stderr slurm-quota account pause hpc
        [ -z "$stderr" ]
        run --separate-stderr slurm-quota account resume hcp
        [ -z "$stderr" ]
}

@test "who slows an account down hears that there is no QoS for it" {
        slurm-quota account-quota hpc -1
        slurm-quota account-quota web -1
        run --separate-stderr slurm-quota account downscale hpc
        [ "$status" -eq 0 ]
        [[ $stderr == *"policy.qos_downscaled is empty" ]]
        printf '%s\n' '[policy]' 'qos_downscaled = slow' >> "$SLURM_QUOTA_CONF"
        run --separate-stderr slurm-quota account downscale web
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
}

@test "resuming says what a policy still holds" {
        policy
        uses hpc 125
        slurm-quota policy evaluate monthly
        slurm-quota account pause hpc
        run slurm-quota account resume hpc
        [[ ${lines[1]} == 'account "hpc" is still paused by policy monthly at 125 % of its allocation; a new window begins '* ]]
}

@test "allocations are set, listed, counted and taken back" {
        policy
        uses hpc 125
        run slurm-quota allocation set HPC node_hours=250 cpu=90m --window month --note 'grant 5'
        [ "${lines[0]}" = "account \"hpc\": 250h00m of node per month from $(date +%F)" ]
        [ "${lines[1]}" = "account \"hpc\": 1h30m of cpu per month from $(date +%F)" ]
        run slurm-quota policy dry-run monthly
        [[ $output == *"hpc: usage=49.7%"* ]]
        run slurm-quota allocation list hpc --json
        [ "$(json '$[1].amount_seconds')" = 900000 ]
        [ "$(json '$[1].note')" = 'grant 5' ]
        slurm-quota allocation remove "$(json '$[0].id')"
        run slurm-quota policy dry-run monthly
        [[ $output == *"hpc: usage=50.0%"* ]]
        unchanged 1 slurm-quota allocation remove 4711
        run slurm-quota allocation set web node=1.5 cpu=0.5m --window total --from 2026-01-01 --to 2026-06-30
        [ "${lines[0]}" = 'account "web": 1h30m of node in total from 2026-01-01 to 2026-06-30' ]
        run slurm-quota allocation list web --json
        [ "$(json '$[0].amount_seconds') $(json '$[1].amount_seconds')" = "30 5400" ]
        unchanged 2 slurm-quota allocation set hpc node=5 node_hours=6 --window month
        unchanged 2 slurm-quota allocation set hpc node=0.00001 --window month
        unchanged 2 slurm-quota allocation set hpc node= --window month
        unchanged 2 slurm-quota allocation set hpc node=5
        unchanged 2 slurm-quota allocation set hpc node=-5 --window month
        unchanged 2 slurm-quota allocation set hpc apples=5 --window month
        unchanged 2 slurm-quota allocation set hpc node=5 --window week
        unchanged 2 slurm-quota allocation set hpc node=5 --window month --from 2026-02-02 --to 2026-02-01
}

# grouped WORD...: a policy for these words of organization_groups, on standard output.
grouped() {
        local words
        printf -v words '"%s",' "$@"
        printf '{"name": "grouped", "scope": "c1", "organization_groups": [%s], %s, %s}' \
                "${words%,}" '"actions": "request_slurm_resource_pausing"' \
                '"component_limits_set": [{"type": "node", "limit": 100}]'
}

# slurm_has LINE...: what sacctmgr says, of accounts and their parents.
slurm_has() {
        printf '%s\n' '#!/bin/sh' "cat <<'END'" "$@" END > "$SITE/sacctmgr"
        chmod 755 "$SITE/sacctmgr"
        grep -q ^sacctmgr "$SLURM_QUOTA_CONF" ||
                sed -i "s|^\[slurm\]$|[slurm]\nsacctmgr = $SITE/sacctmgr|" "$SLURM_QUOTA_CONF"
}

@test "a group of the configuration is its accounts and all below them" {
        slurm_has 'root|' 'astro|root' 'hpc|astro' 'web|root'
        printf '%s\n' '[group physics]' 'accounts = astro,' '        chem_*' >> "$SLURM_QUOTA_CONF"
        for account in hpc web chem_1 astro; do uses $account 10; done
        grouped physics | slurm-quota policy create - 2> "$SITE/warnings"
        run ! grep organization_groups "$SITE/warnings"
        run --separate-stderr slurm-quota policy dry-run grouped
        [[ ${lines[1]} == "astro: "* ]]
        [[ ${lines[2]} == "chem_1: "* ]]
        [[ ${lines[3]} == "hpc: "* ]]
        [[ ${lines[4]} == "3 accounts in "* ]]
}

@test "an account that is no longer in the group is let go of" {
        slurm_has 'astro|root' 'web|root'
        printf '%s\n' '[group physics]' 'accounts = astro, web' >> "$SLURM_QUOTA_CONF"
        uses astro 150
        uses web 150
        grouped physics | slurm-quota policy create - 2> /dev/null
        slurm-quota policy evaluate grouped
        [ "$(sql "SELECT group_concat(name) FROM subject WHERE kind = 'account' AND halted <> 0")" = astro,web ]
        sed -i 's/^accounts = .*/accounts = web/' "$SLURM_QUOTA_CONF"
        slurm-quota policy evaluate grouped
        [ "$(sql "SELECT group_concat(name) FROM subject WHERE kind = 'account' AND halted <> 0")" = web ]
}

@test "an account below another one belongs to the policy that had it first" {
        slurm_has 'root|' 'science|root' 'hpc|science' 'web|science'
        uses hpc 150
        uses web 150
        grouped science | sed 's/grouped/first/' | slurm-quota policy create - 2> /dev/null
        grouped hpc | sed 's/grouped/second/; s/"limit": 100/"limit": 1000/' \
                | sed 's/"actions"/"period": "quarter", "actions"/' | slurm-quota policy create - 2> /dev/null
        slurm-quota policy tick > /dev/null
        slurm-quota policy tick > /dev/null
        [ "$(sql "SELECT group_concat(plan.n) FROM (SELECT count(*) AS n FROM outbox
                WHERE superseded = 0 GROUP BY account_id) plan")" = 1,1 ]
        [ "$(sql "SELECT sum(superseded) FROM outbox")" = 0 ]
        [ "$(sql "SELECT group_concat(name) FROM subject WHERE kind = 'account' AND halted <> 0")" = hpc,web ]
        for command in dry-run preview evaluate force-period-reset; do
                run --separate-stderr slurm-quota policy $command second
                [ "$status" -eq 0 ]
                [[ ${lines[1]} == "0 accounts in "* ]]
                [ "$stderr" = "slurm-quota: 1 account is left to another policy of this cluster, which had it first: hpc (first)" ]
        done
        run --separate-stderr slurm-quota policy evaluate second --json
        [ "$(json '$.left_to_other_policies') $(json '$.resources')" = "1 []" ]
        unchanged 1 slurm-quota policy evaluate second --account hpc
        [ "${stderr_lines[0]}" = 'slurm-quota: account "hpc" belongs to policy "first" of this cluster, which had it first' ]
        slurm-quota policy delete first
        run --separate-stderr slurm-quota policy evaluate second
        [[ ${lines[1]} == "hpc: usage=15.0%, "* ]]
        [ -z "$stderr" ]
        [ "$(sql "SELECT count(*) FROM subject WHERE halted <> 0")" = 0 ]
}

@test "a policy whose accounts another one is for is warned of" {
        local warning='slurm-quota: warning: organization_groups: '
        slurm_has 'root|' 'science|root' 'hpc|science' 'web|science' 'arts|root'
        grouped science > "$SITE/first.json"
        sed -i 's/grouped/first/' "$SITE/first.json"
        grouped arts | sed 's/grouped/arts/' | slurm-quota policy create - 2> "$SITE/warnings"
        slurm-quota policy create "$SITE/first.json" 2>> "$SITE/warnings"
        # Nor is one warned of what it was itself, or of another cluster.
        slurm-quota policy apply "$SITE/first.json" 2>> "$SITE/warnings"
        slurm-quota policy diff "$SITE/first.json" 2>> "$SITE/warnings"
        grouped hpc | sed 's/"c1"/"c2"/' | slurm-quota policy create - 2>> "$SITE/warnings"
        run ! grep organization_groups "$SITE/warnings"
        grouped hpc web | sed 's/grouped/second/' | slurm-quota policy create - 2> "$SITE/warnings"
        run grep organization_groups "$SITE/warnings"
        [ "$output" = "${warning}policy \"first\" is for account \"hpc\" too; what both are for belongs to the one that evaluates it first" ]
        # Of what the ledger knows without Slurm, by patterns.
        printf '%s\n' '#!/bin/sh' 'exit 1' > "$SITE/sacctmgr"
        uses artsy 1
        grouped 'artsy*' | sed 's/grouped/third/' | slurm-quota policy create - 2> "$SITE/warnings"
        run ! grep 'is for account' "$SITE/warnings"
        grouped '*sy' | sed 's/grouped/fourth/' | slurm-quota policy create - 2> "$SITE/warnings"
        grep -F "${warning}policy \"third\" is for account \"artsy\" too" "$SITE/warnings"
}

@test "words of organization_groups that nobody knows are warned of, and accepted" {
        local warning='slurm-quota: warning: organization_groups: '
        slurm_has 'root|' 'astro|root'
        printf '%s\n' '[group physics]' 'accounts = later' >> "$SLURM_QUOTA_CONF"
        uses hpc 1
        grouped physics ASTRO root hpc 'hp*' > "$SITE/good.json"
        grouped nobody 'x_*' physics > "$SITE/bad.json"
        # Both have something to say of slurmctld, which is not there.
        slurm-quota policy create "$SITE/bad.json" 2> "$SITE/warnings"
        run grep organization_groups "$SITE/warnings"
        [ "${lines[0]}" = "$warning\"nobody\" is no group of the configuration and no account that the ledger or Slurm knows" ]
        [ "${lines[1]}" = "$warning\"x_*\" matches no account that the ledger or Slurm knows" ]
        [ "${#lines[@]}" -eq 2 ]
        slurm-quota policy apply "$SITE/good.json" 2> "$SITE/warnings"
        run ! grep organization_groups "$SITE/warnings"
        run --separate-stderr slurm-quota policy diff "$SITE/bad.json"
        [ "$status" -eq 1 ]
        [[ $stderr == "$warning\"nobody\" "*"$warning\"x_*\" "* ]]
        slurm-quota policy apply "$SITE/bad.json" 2> "$SITE/warnings"
        [ "$(grep -c organization_groups "$SITE/warnings")" -eq 2 ]
        # Slurm does not answer.
        printf '%s\n' '#!/bin/sh' 'exit 1' > "$SITE/sacctmgr"
        run --separate-stderr slurm-quota policy diff "$SITE/good.json"
        [[ ${stderr_lines[0]} == "$warning\"ASTRO\" is no group "*"; Slurm could not be asked" ]]
}

@test "a group that hides an account of its name is warned of, unless the account is in it" {
        slurm_has 'physics|root' 'arts|root'
        printf '%s\n' '[group physics]' 'accounts = x' '[group arts]' 'accounts = art*' >> "$SLURM_QUOTA_CONF"
        grouped physics arts | slurm-quota policy create - 2> "$SITE/warnings"
        run grep organization_groups "$SITE/warnings"
        [ "$output" = 'slurm-quota: warning: organization_groups: "physics" is the group of the configuration, not the account of that name' ]
}

@test "budget list shows what a policy holds an account to" {
        policy
        uses hpc 30
        slurm-quota policy evaluate monthly > /dev/null
        run slurm-quota budget list --window month
        [[ "${lines[2]}" =~ ^account:hpc\ +node\ +month\ +[0-9-]+\ +policy\ +0\ +1800\ +0\ +policy\ +none ]]
        run slurm-quota budget list --window month --json
        [ "$(json '$[0].allocation_weight')" = 1 ]
        [ "$(json '$[0].allocation_seconds')" = 360000 ]
        [ "$(json '$[0].allocation_limit_seconds')" = 432000 ]
        # A budget of somebody is shown as one.
        slurm-quota budget set account:hpc node=50h --window month
        run slurm-quota budget list --window month
        [[ "${lines[2]}" == *" 3000 "*" 1200 "* ]]
        slurm-quota policy delete monthly
        run slurm-quota budget list --window month --json
        [ "$(json '$[0].allocation_weight')" = "" ]
}

@test "changes are for administrators" {
        need_root
        policy
        unchanged 1 as nobody slurm-quota account pause hpc
        unchanged 1 as nobody slurm-quota policy delete monthly
        unchanged 1 as nobody slurm-quota allocation set hpc node=5 --window month
        unchanged 1 as nobody slurm-quota policy evaluate monthly
}
