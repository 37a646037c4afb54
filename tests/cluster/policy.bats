# Accounts that an operator or a policy pauses, on a real Slurm.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# The first day of the month after this one.
next_month() { date -u -d "$(date -u +%Y-%m-15) +1 month" +%Y-%m-01; }

# Every account may use a CPU-minute a month: 100 % slows down, 120 % pauses.
policy() {
        quota policy create - >/dev/null 2>&1 <<'END'
{"name": "monthly", "apply_to_all": true, "period": "month",
 "tres_billing_enabled": false, "carryover_enabled": false,
 "actions": "request_slurm_resource_downscaling,request_slurm_resource_pausing"}
END
        quota allocation set physics cpu=1m --window month >/dev/null
}

@test "an operator's hold refuses sbatch with his reason, and resuming accepts" {
        local job
        quota account pause physics --reason 'security, ticket 7'
        refused_as alice -t10
        equal reason "$reason" \
                "slurm-quota: account physics is paused by an operator: security, ticket 7"
        quota account resume physics
        job=$(submit_as alice --hold -t10)
        balance_is account physics cpu reserved 600
}

@test "what waits in a paused account stays, and may be changed to less" {
        local job
        job=$(submit_as alice --hold -t10)
        quota account pause physics
        as alice scontrol update JobId="$job" TimeLimit=5
        balance_is account physics cpu reserved 300
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        verify_is_silent
}

@test "jobs drive an account over its grace limit; the next window sets it free" {
        local job
        policy
        # Submitted before the policy was evaluated for the first time: nothing holds it.
        job=$(submit_as alice -t5 -n32 -- 'sleep 3')
        quota policy evaluate monthly
        wait_for_end "$job"
        run quota policy evaluate monthly
        [[ $output == *"paused=true, downscaled=true, triggered: pause,downscale (changed)"* ]] ||
                fail "$output"
        refused_as alice -t1
        tell "$reason"
        [[ $reason == "slurm-quota: account physics is paused by policy monthly at "* ]] ||
                fail "$reason"
        [[ $reason == *" % of its allocation; a new window begins $(next_month)" ]] ||
                fail "$reason"
        # Nothing else is refused.
        quota policy tick
        refused_as alice -t1
        quota policy evaluate monthly --at "$(next_month)"
        job=$(submit_as alice -t1)
        wait_for_end "$job"
        run quota policy logs monthly
        tell "${lines[0]}"
        verify_is_silent
}

@test "jobs are accepted as far as the policy lets the account go, with what is promised" {
        local job until expected
        until=$(date -u -d "$(next_month) -1 day" +%Y-%m-%d)
        policy
        quota allocation set physics cpu=100m --window month
        quota policy tick
        job=$(submit_as alice --hold -t100)
        refused_as bob -t30
        expected="slurm-quota: policy monthly lets account physics use 120.0 % of its"
        expected+=" allocation this month (until $until): consumed 0.0 %, reserved 100.0 %,"
        expected+=" asked 30.0 %; a time limit up to 00:20:00 would fit"
        equal reason "$reason" "$expected"
        submit_as bob --hold -t20 >/dev/null
        refused_as alice -t1
        # A job that is away gives back what it was promised; another account is free.
        in_cluster scancel "$job"
        wait_for_end "$job"
        submit_as alice -A chemistry --hold -t1000 >/dev/null
        submit_as alice --hold -t100 >/dev/null
        verify_is_silent
}

@test "an allocation that is raised sets the account free at the next evaluation" {
        local job
        policy
        job=$(submit_as alice -t5 -n32 -- 'sleep 3')
        wait_for_end "$job"
        quota policy tick
        refused_as alice -t1
        quota allocation set physics cpu=1000 --window month
        refused_as alice -t1
        quota policy tick
        job=$(submit_as alice -t1)
        wait_for_end "$job"
}

@test "a group is an account and all below it, as slurmdbd has them" {
        quota allocation set physics cpu=1m --window month
        quota policy create - >/dev/null 2>&1 <<'END'
{"name": "tree", "organization_groups": ["root"], "period": "month",
 "actions": "request_slurm_resource_pausing"}
END
        run quota policy dry-run tree
        [[ $output == *"physics: usage=0.0%"* ]] || fail "$output"
        echo '{"organization_groups": ["nobody"]}' | quota policy update tree >/dev/null 2>&1
        run quota policy dry-run tree
        [[ $output == *"0 accounts in "* ]] || fail "$output"
}

@test "a group of the configuration has what is below its accounts; who is unknown is warned of" {
        local warnings
        settings '[group everybody]' 'accounts = root'
        quota allocation set physics cpu=1m --window month
        warnings=$(quota policy create - 2>&1 >/dev/null <<'END_POLICY'
{"name": "grouped", "organization_groups": ["everybody", "physics", "nobody"],
 "period": "month", "actions": "request_slurm_resource_pausing"}
END_POLICY
        )
        [[ $warnings == *'"nobody" is no group of the configuration'* ]] || fail "$warnings"
        [[ $warnings != *'"everybody" is '* && $warnings != *'"physics" is '* ]] ||
                fail "$warnings"
        echo '{"organization_groups": ["everybody"]}' | quota policy update grouped >/dev/null 2>&1
        run quota policy dry-run grouped
        settings
        [[ $output == *"physics: usage=0.0%"* ]] || fail "$output"
}
