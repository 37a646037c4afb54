#!/usr/bin/env bats
# Budgets of every TRES and window for those who cannot open the database: on a login node, and
# over HTTP as it is.

load helper
load munge
load node

setup() {
        site_setup
        BACKGROUND=()
        login_node
        # Before it there would be no user nobody.
        for name in alice $ORDINARY; do slurm-quota user-quota "$name" 1000; done
        slurm-quota account-quota hpc 50000
        TOKEN=$(slurm-quota token create test --user $OPERATOR 2>/dev/null)
        serve
        eventually is operator
}

# as_operator METHOD TARGET [BODY]: $status and $body.
as_operator() {
        get "$2" -X "$1" -H "Authorization: Bearer $TOKEN" ${3:+-H "Content-Type: application/json" -d "$3"}
}

# refuses STATUS WORDS METHOD TARGET [BODY]: and nothing has changed.
refuses() {
        local before wanted=$1 words=$2
        before=$(tables)
        as_operator "${@:3}"
        [ "$status" = "$wanted" ]
        [[ $body == *"$words"* ]]
        [ "$before" = "$(tables)" ]
}

# What a refusal must leave alone.
tables() {
        sqlite3 "$DB" ".dump subject" ".dump balance" ".dump entry" ".dump entry_line" ".dump resource"
}

# set_of [SUBJECT]: its budgets, a line for each that is limited.
set_of() {
        slurm-quota budget show "${1:-account:hpc}" --json |
                jq -r '.[] | select(.budget_seconds >= 0) | "\(.resource) \(.window) \(.budget_seconds) \(.carryover)"'
}

# --- on a login node --------------------------------------------------------------------

@test "an operator sets and removes budgets, and what is said is what is said on the controller" {
        run -0 --separate-stderr on_node $OPERATOR budget set account:HPC cpu=500h node=20 gres/gpu:h100=2d \
                --window month --carryover capped:50 --reason 'beam "time"'
        there=$output
        [ -z "$stderr" ]
        [ "$(newest)" = "budget|$OPERATOR (munge)|gres/gpu:h100 for each month is 48h00m: beam \"time\"" ]
        [ "$(set_of)" = "cpu total 3000000 none
cpu month 1800000 capped:50
node month 1200 capped:50
gres/gpu:h100 month 172800 capped:50" ]
        same_text "$(slurm-quota budget set account:HPC cpu=500h node=20 gres/gpu:h100=2d --window month)" "$there"
        # The rule stays when none is given.
        run -0 on_node $OPERATOR budget set account:hpc cpu=unlimited --window month
        [ "$(slurm-quota budget list --window month --json | jq -r '.[0].carryover')" = capped:50 ]
        run -0 on_node $OPERATOR budget remove account:hpc node --window month --reason over
        [ "$output" = 'account "hpc": budget of node for each month removed' ]
        [ "$(newest)" = "budget|$OPERATOR (munge)|node for each month is removed: over" ]
        run -0 on_node $OPERATOR budget set 'user:DOM\jörg@site' cpu=2h gpu=0
        [ "$(set_of 'user:DOM\jörg@site')" = "cpu total 7200 none
gpu total 0 none" ]
        run -0 on_node $OPERATOR budget remove 'user:DOM\jörg@site' cpu
        [ "$(set_of 'user:DOM\jörg@site')" = "gpu total 0 none" ]
        slurm-quota verify
}

# same_bytes COMMAND...: also in its JSON.
same_bytes() {
        slurm-quota "$@" >"$SITE/said.here"
        on_node "$OPERATOR" "$@" >"$SITE/said.there"
        cat "$SITE/said.there"
        cmp "$SITE/said.here" "$SITE/said.there"
}

@test "where budgets stand is the same there, to the byte" {
        same_bytes budget list
        same_bytes budget list --window year --json
        slurm-quota budget set account:hpc cpu=500h node=20 --window quarter --carryover decay:15
        slurm-quota budget set user:alice mem=7 gpu=3h --window month
        slurm-quota budget set user:alice billing=7
        slurm-quota adjust --user alice --gpu --window month --minutes 11
        sql "UPDATE balance SET reserved = 120, tasks = 1 WHERE resource_id = 1 AND subject_id =
                (SELECT id FROM subject WHERE kind = 'account'); UPDATE balance SET uncounted = 1
             WHERE resource_id = 1 AND window_id = 3;
             UPDATE balance SET budget = -1, policy_id = 1, policy_weight = 2, policy_full = 7,
                policy_limit = 9 WHERE window_id = 3 AND resource_id > 2"
        for command in "list" "list --window month" "list --window total" "show user:alice" \
                       "show account:HPC" "show user:nobody"; do
                # shellcheck disable=SC2086  # a command and its arguments
                same_bytes budget $command
                # shellcheck disable=SC2086
                same_bytes budget $command --hours
                # shellcheck disable=SC2086
                same_bytes budget $command --json
                # shellcheck disable=SC2086
                LC_ALL=C.UTF-8 same_bytes budget $command
        done
        run -0 on_node $OPERATOR budget show account:hpc
        [[ $output == *"<=2 "* ]]
        [ "$(on_node $OPERATOR budget show user:zoe-is-not-there --json)" = "[]" ]
        fails 1 'there is no user "zoe-is-not-there"' on_node $OPERATOR budget show user:zoe-is-not-there
}

@test "consumption is adjusted in a window as on the controller" {
        slurm-quota budget set account:hpc cpu=500h node=20 --window month
        run -0 on_node $OPERATOR adjust --account HPC --cpu --window month --hours=+2 --reason lost
        [ "$output" = 'account "hpc": CPU consumption of this month changed by +2 hours to 120 minutes (Slurm keeps account names in lower case)' ]
        [ "$(newest)" = "adjustment|$OPERATOR (munge)|lost" ]
        run -0 on_node $OPERATOR adjust --account hpc --tres node --window month --minutes=5
        [ "$output" = 'account "hpc": node consumption of this month changed by +5 minutes to 5 minutes' ]
        run -0 on_node $OPERATOR adjust --account hpc --tres node --window month --minutes=-9
        [ "$output" = 'account "hpc": node consumption of this month changed by -9 minutes to 0 minutes (there were no more than 5 minutes to take off)' ]
        run -0 on_node $OPERATOR adjust --account hpc --tres cpu --minutes 3
        [ "$output" = 'account "hpc": CPU consumption changed by +3 minutes to 3 minutes' ]
        [ "$(slurm-quota budget show account:hpc --json | jq -c '[.[] | select(.resource == "cpu") | .consumed_seconds]')" \
                = "[180,7200]" ]
        slurm-quota verify
        # Words as there.
        for command in "adjust --account hpc --tres mem --window month --minutes=5" \
                       "adjust --account hpc --cpu --window year --minutes=5" \
                       "adjust --account zoo --cpu --window month --minutes=5" \
                       "budget remove account:hpc mem --window month" \
                       "budget remove account:zoo cpu" \
                       "budget set account:hpc cpu=5 --carryover capped:50"; do
                # shellcheck disable=SC2086
                run --separate-stderr slurm-quota $command
                here="$status $stderr"
                # shellcheck disable=SC2086
                run --separate-stderr on_node $OPERATOR $command
                same_text "$here" "$status $stderr"
                [[ $status == [12] && -z $output ]]
        done
}

@test "what became of such budgets is told there as here" {
        slurm-quota budget set account:hpc cpu=500h node=20 --window month --reason beam
        slurm-quota adjust --account hpc --cpu --window month --minutes=5 --reason lost
        slurm-quota adjust --account hpc --tres node --minutes=5
        slurm-quota budget remove account:hpc node --window month
        same history --account hpc
        same history --account hpc --hours
        same_json history --account hpc
        run -0 on_node $OPERATOR history --account hpc --json --kind adjustment
        [ "$(jq -c '.[0] | [.resource, .window, .seconds]' <<<"$output")" = '["cpu","month",300]' ]
}

@test "changes are for operators, whatever the way" {
        before=$(tables)
        for command in "budget set account:hpc cpu=5 --window month" "budget set user:nobody cpu=5" \
                       "budget remove account:hpc cpu" \
                       "adjust --account hpc --cpu --window month --minutes=-5"; do
                # shellcheck disable=SC2086
                fails 1 "this is for those with the role operator; $ORDINARY has the role user" \
                        on_node $ORDINARY $command
        done
        get /budgets/accounts/hpc -X PUT -H 'Content-Type: application/json' \
                -d '{"budgets":[{"resource":"cpu","budget_minutes":1}]}'
        [ "$status" = 401 ]
        [ "$before" = "$(tables)" ]
}

@test "where only one's own may be seen, a list has one's own" {
        stop
        printf '%s\n' "anonymous_stats = no" >>"$SLURM_QUOTA_CONF"
        slurm-quota budget set account:hpc cpu=500h --window month
        slurm-quota budget set account:zoo cpu=500h --window month
        serve
        eventually is operator
        sees_account() { on_node $ORDINARY budget show account:hpc >/dev/null 2>&1; }
        eventually sees_account
        run -0 on_node $ORDINARY budget list --json
        [ "$(jq -r '.[].name' <<<"$output" | sort -u | paste -sd,)" = "hpc,$ORDINARY" ]
        run -0 on_node $ORDINARY budget show user:$ORDINARY
        fails 1 "where account zoo stands is not for $ORDINARY" on_node $ORDINARY budget show account:ZOO
        fails 1 "where alice stands is not for $ORDINARY" on_node $ORDINARY budget show user:alice --json
        run -0 on_node $OPERATOR budget list
        [[ $output == *account:zoo* ]]
        get /budgets
        [ "$status" = 401 ]
}

@test "the values are checked before anybody is asked" {
        WHERE=http://127.0.0.1:1/
        fails 2 '"week" is not a window' on_node $OPERATOR budget set account:hpc cpu=5 --window week
        fails 2 '"nodes" is not a resource' on_node $OPERATOR adjust --account hpc --tres nodes --minutes 5
        fails 2 'the reason is blank' on_node $OPERATOR budget remove account:hpc cpu --reason ' '
        fails 1 "could not reach the service at $WHERE" on_node $OPERATOR budget set account:hpc cpu=5
        fails 1 "could not reach the service at $WHERE" on_node $OPERATOR budget list --json
}

# --- over HTTP ---------------------------------------------------------------------------

@test "several budgets are set at once, with the caller and the reason" {
        as_operator PUT /budgets/accounts/HPC '{"budgets":[
                {"resource":"cpu","window":"month","budget_minutes":600,"carryover":"decay:15"},
                {"resource":"nodeHours","window":"year","budget_minutes":0},
                {"resource":"gpu","budget_minutes":-1}],"reason":"ticket 7"}'
        [ "$status" = 204 ]
        [ "$(set_of)" = "cpu total 3000000 none
cpu month 36000 decay:15
node year 0 none" ]
        [ "$(sql "SELECT count(*) FROM entry WHERE actor = '$OPERATOR (token test)' AND reason LIKE '%ticket 7'")" = 3 ]
        get "/budgets?account=Hpc&window=month"
        [ "$(jq -c '[.[0].name, .[0].budget_seconds, length]' <<<"$body")" = '["hpc",36000,1]' ]
        as_operator POST /budgets/accounts/hpc/remove '{"resource":"cpu","window":"month","reason":"over"}'
        [ "$status" = 204 ]
        refuses 404 'has no budget of cpu for the window month' \
                POST /budgets/accounts/hpc/remove '{"resource":"cpu","window":"month"}'
        slurm-quota verify
}

@test "when one is not acceptable, none is set, and it is named" {
        good='{"resource":"cpu","window":"month","budget_minutes":600}'
        while IFS='|' read -r words bad; do
                refuses 400 "budgets[1]: $words" PUT /budgets/accounts/hpc "{\"budgets\":[$good,$bad]}"
        done <<'END'
\"nodes\" is not a resource|{"resource":"nodes","budget_minutes":1}
\"\" is not a resource|{"resource":"","budget_minutes":1}
\"gres/\" is not a resource|{"resource":"gres/","budget_minutes":1}
\"week\" is not a window|{"resource":"cpu","window":"week","budget_minutes":1}
budget_minutes cannot be -2|{"resource":"node","budget_minutes":-2}
budget_minutes cannot be 153722867280912931|{"resource":"node","budget_minutes":153722867280912931}
budget_minutes must be a whole number|{"resource":"node","budget_minutes":1.5}
budget_minutes must be a whole number|{"resource":"node","budget_minutes":"1"}
budget_minutes is missing|{"resource":"node"}
budget_minutes is missing|{"resource":"node","budget_minutes":null}
resource is missing|{"budget_minutes":1}
\"half\" is no carryover|{"resource":"node","window":"month","budget_minutes":1,"carryover":"half"}
there is no field \"minutes\" here|{"resource":"node","minutes":1}
cpu is there twice|{"resource":"cpu","window":"month","budget_minutes":1}
an object is wanted|7
END
        refuses 400 'nothing is carried over from all of time' PUT /budgets/accounts/hpc \
                '{"budgets":[{"resource":"node","budget_minutes":1,"carryover":"capped:50"}]}'
        refuses 400 'budgets must be 1 to 32' PUT /budgets/accounts/hpc '{"budgets":[]}'
        refuses 400 'budgets must be 1 to 32' PUT /budgets/accounts/hpc \
                "{\"budgets\":[$good$(printf ',%.0s{}' {1..32})]}"
        refuses 400 'budgets must be a list' PUT /budgets/accounts/hpc "{\"budgets\":$good}"
        refuses 400 'budgets is missing' PUT /budgets/accounts/hpc '{}'
        refuses 400 'the reason is blank' PUT /budgets/accounts/hpc "{\"budgets\":[$good],\"reason\":\" \"}"
        refuses 400 'the body is not JSON' PUT /budgets/accounts/hpc nonsense
        refuses 400 '' PUT /budgets/accounts/a%20b "{\"budgets\":[$good]}"
        refuses 405 'PUT' POST /budgets/accounts/hpc "{\"budgets\":[$good]}"
        refuses 404 '' PUT /budgets/groups/hpc "{\"budgets\":[$good]}"
        # More than a subject may have: none of them.
        refuses 400 'budgets for windows and other TRES already' PUT /budgets/accounts/hpc \
                "{\"budgets\":[$(for i in {1..31}; do printf '{"resource":"gres/x%s","window":"month","budget_minutes":1},' "$i"; done)$good]}"
}

@test "what is removed or adjusted must be there, and be said properly" {
        slurm-quota budget set user:alice node=20 --window month
        for words in '\"week\" is not a window|{"resource":"node","window":"week"' \
                     '\"nodes\" is not a resource|{"resource":"nodes"' \
                     'resource is missing|{"window":"month"' \
                     'there is no field \"x\" here|{"x":1,"resource":"node"'; do
                refuses 400 "${words%%|*}" POST /budgets/users/alice/remove "${words#*|}}"
                refuses 400 "${words%%|*}" PATCH /consumption/user/alice "${words#*|},\"delta_minutes\":1}"
        done
        refuses 404 'has no budget of node for the window year' \
                POST /budgets/users/alice/remove '{"resource":"node","window":"year"}'
        refuses 404 'has no budget of cpu' POST /budgets/users/zoo/remove '{"resource":"cpu"}'
        refuses 404 'has no budget of node for the window year' \
                PATCH /consumption/user/alice '{"resource":"node","window":"year","delta_minutes":1}'
        refuses 404 'there is no user' \
                PATCH /consumption/user/zoo '{"resource":"node","window":"year","delta_minutes":1}'
        refuses 400 'delta_minutes is missing' PATCH /consumption/user/alice '{"resource":"node"}'
        refuses 400 'more than can be counted' \
                PATCH /consumption/user/alice '{"resource":"node","delta_minutes":153722867280912931}'
        as_operator PATCH /consumption/user/alice '{"resource":"node","window":"month","delta_minutes":7,"reason":"x"}'
        [ "$status" = 200 ]
        [ "$body" = '{"total_consumed_minutes":7,"consumed_seconds":420,"applied_seconds":420}' ]
}

@test "what a list is asked for is checked" {
        refuses 400 'mutually exclusive' GET '/budgets?username=a&account=b'
        refuses 400 '\"week\" is not a window' GET '/budgets?window=week'
        refuses 400 'cannot be decoded' GET '/budgets?username=%zz'
        as_operator GET '/budgets?username=zoo-is-not-there'
        [ "$status $body" = "200 []" ]
}

@test "the database that is gone is trouble, and no list" {
        mv "$SITE/state" "$SITE/state.away"
        get /budgets
        [ "$status" = 503 ]
        as_operator PUT /budgets/accounts/hpc '{"budgets":[{"resource":"cpu","budget_minutes":1}]}'
        [ "$status" = 503 ]
        mv "$SITE/state.away" "$SITE/state"
        get /budgets
        [ "$status" = 200 ]
}
