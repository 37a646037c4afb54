# Budgets for a month, from the refusal to the charge.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() {
        # The end of a month, in which only a part of a job is asked of it, is for unit tests.
        [[ $(date +%m) == "$(date -d '+3 hours' +%m)" ]] || skip "the month ends"
        fresh_ledger
}

last_day() { date -d "$(date +%Y-%m-01) +1 month -1 day" +%F; }

# of_month WHAT: a number of physics' month, in seconds.
of_month() {
        quota budget show account:physics --json |
                jq ".[] | select(.window == \"month\" and .resource == \"${2:-cpu}\") | .$1"
}

month_is() { equal "$1 of the month" "$(of_month "$1" "${3-}")" "$2"; }

@test "the month's budget of the account refuses a job until it is raised" {
        quota budget set account:physics cpu=60 --window month >/dev/null
        refused_as alice -t61
        tell "$reason"
        [[ $reason == *"account physics this month (until $(last_day))"* ]] || fail "$reason"
        [[ $reason == *1h01m*1h00m*01:00:00* ]] || fail "$reason"
        quota budget set account:physics cpu=61 --window month >/dev/null
        submit_as alice --hold -t61
        month_is reserved_seconds 3660
        month_is available_seconds 0
        refused_as bob -t1
        verify_is_silent
}

@test "what a job has used is consumed of the month, and of each TRES" {
        quota budget set account:physics cpu=5h node=5h --window month >/dev/null
        submit_as alice -t5 -n2 -- 'sleep 2'
        month_is reserved_seconds 600
        wait_for_end
        wait_until 20 month_is reserved_seconds 0
        equal "consumed of the month" "$(of_month consumed_seconds)" \
                "$(balance account physics cpu consumed)"
        (($(of_month consumed_seconds) > 0)) || fail "nothing was consumed"
        (($(of_month consumed_seconds node) > 0)) || fail "no node was consumed"
        verify_is_silent
}

@test "a longer time limit is asked of the month too" {
        quota budget set user:alice cpu=10 --window month >/dev/null
        job=$(submit_as alice --hold -t10)
        run as alice scontrol update jobid="$job" timelimit=11
        [[ $status -ne 0 ]] || fail "$output"
        job_field "$job" TimeLimit | grep -q 00:10:00
        as alice scontrol update jobid="$job" timelimit=9
        equal "reserved" "$(quota budget show user:alice --json |
                jq '.[] | select(.window == "month") | .reserved_seconds')" 540
        verify_is_silent
}

@test "a month that is over begins anew at the next submission, and reconcile counts it" {
        quota budget set account:physics cpu=60 --window month --carryover capped:50 >/dev/null
        submit_as alice --hold -t20
        # As if the budget were of a month long ago, in which the job was submitted.
        ask "UPDATE balance SET first_day = 20200101, last_day = 20200131,
                since_at = 1577836800, until_at = 1580515200 WHERE window_id = 2" >/dev/null
        ask "UPDATE reservation SET created_at = 1580000000" >/dev/null
        verify_is_silent
        # Nobody has counted what was left: nothing is carried over yet.
        refused_as bob -t41
        submit_as bob --hold -t40
        equal "months that are over, one by one" \
                "$(ask "SELECT count(*) > 50 FROM window_close")" 1
        reconcile_until_idle
        month_is carried_seconds 1800
        month_is reserved_is_at_most false
        month_is reserved_seconds 3600
        submit_as bob --hold -t30
        refused_as bob -t1
        verify_is_silent
}

@test "what slurmctld gave of other TRES is held where a budget counts them, and only there" {
        local job
        # Its weights are known to slurmctld alone.
        job=$(submit_as alice -t5 -n3 -- 'sleep 60')
        wait_for_state "$job" RUNNING
        reconcile_finds
        quota budget set account:physics billing=1000h --window month >/dev/null
        month_is reserved_seconds 0 billing
        reconcile_finds corrected=1
        month_is reserved_seconds $(($(allocated "$job" billing) * 300)) billing
        (($(of_month reserved_seconds billing) > 0)) || fail "nothing is held"
        month_is consumed_seconds 0 billing
        reconcile_finds
        verify_is_silent
        cancel_all
}
