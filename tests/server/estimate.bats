#!/usr/bin/env bats
# POST /estimate: for whom, of what, and how Slurm is asked for it.

load helper

setup() {
        site_setup
        sacctmgr 'case "$*" in
*defaultaccount*) echo "alice|hpc"; echo "bob|hpc" ;;
*adminlevel*) echo "olga|Operator"; echo "alice|None" ;;
*coord*) echo "hpc|carl" ;;
*) printf "%s\n" "alice|hpc" "alice|bio" "bob|hpc" "carl|other" ;;
esac'
        scontrol 'echo "PartitionName=debug Default=YES DefaultTime=00:30:00 MaxTime=1-00:00:00 OverSubscribe=NO TotalCPUs=128 TotalNodes=2"'
        printf '%s\n' "[auth]" "proxy_addresses = 127.0.0.1" >>"$SLURM_QUOTA_CONF"
        export SLURM_CONF=$SITE/slurm.conf
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 60
}

# scontrol SCRIPT...: as sacctmgr of the helper.
scontrol() {
        printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$SITE/asked.scontrol'" "$@" >"$SITE/scontrol.new"
        chmod 755 "$SITE/scontrol.new"
        mv "$SITE/scontrol.new" "$SITE/scontrol"
        grep -q '^scontrol' "$SLURM_QUOTA_CONF" ||
                sed -i "s|^\[slurm\]|&\nscontrol = $SITE/scontrol|" "$SLURM_QUOTA_CONF"
}

# estimate STATUS USER BODY: the answer has that status and is as documented; it is in $got.
estimate() {
        local got_status
        got_status=$("$BATS_TEST_DIRNAME/openapi.py" "$URL" "X-Remote-User: $2" POST /estimate "$3") ||
                { echo "$got_status"; return 1; }
        got=$(curl -s -m 20 -H "X-Remote-User: $2" -H 'Content-Type: application/json' -d "$3" "$URL/estimate")
        echo "$2: $3 -> $got_status $got"
        [ "$got_status" = "$1" ]
}

of() { sqlite3 :memory: "SELECT json_extract('${got//\'/\'\'}', '$1')"; }

# Slurm's word for who is in which account has come.
knows_accounts() { estimate 200 alice '{"jobs":[{"account":"bio","time_limit":1}]}' >/dev/null; }

@test "a job is priced and decided for who asks, in his default account" {
        serve
        eventually knows_accounts
        estimate 200 alice '{"jobs":[{"num_tasks":4,"min_cpus":4,"time_limit":10}]}'
        [ "$(of '$.user')" = alice ]
        [ "$(of '$.fits')" = 1 ]
        [ "$(of '$.parts[0].account')" = hpc ]
        [ "$(of '$.held.cpu_seconds')" = 2400 ]
        [ "$(of '$.longest_seconds')" = 900 ]
        estimate 200 alice '{"jobs":[{"num_tasks":4,"min_cpus":4,"time_limit":16,"partition":null}]}'
        [ "$(of '$.fits')" = 0 ]
        [[ "$(of '$.refusal')" == "slurm-quota: not enough CPU time left for account hpc: asked 1h04m, available 1h00m "* ]]
        [ "$(of '$.shortages[0].may_come_free_with')" = never ]
        estimate 200 alice '{"jobs":[{"min_cpus":2,"time_limit":1},{"min_cpus":3,"time_limit":1,"account":"BIO"}]}'
        [ "$(of '$.held.cpu_seconds')" = 300 ]
        [ "$(of '$.parts[1].account')" = bio ]
        estimate 200 alice '{"jobs":[{"tres_per_node":"gres/gpu:h100:2","array_inx":"0-9","time_limit":-1}]}'
        [ "$(of '$.parts[0].open_ended')" = 1 ]
        [ "$(sql 'SELECT count(*) FROM reservation')" = 0 ]
}

@test "others, and accounts that are not one's own, are for operators" {
        serve
        eventually knows_accounts
        estimate 403 alice '{"user":"bob","jobs":[{}]}'
        estimate 403 alice '{"jobs":[{"account":"other"}]}'
        estimate 200 olga '{"user":"bob","jobs":[{"time_limit":1}]}'
        [ "$(of '$.user')" = bob ]
        estimate 200 olga '{"user":"bob","jobs":[{"time_limit":1,"account":"other"}]}'
        estimate 400 olga '{"jobs":[{}]}'
        [[ "$(of '$.message')" == *"no account to charge"* ]]
        got=$(curl -s -o "$SITE/body" -w '%{http_code}' -H 'Content-Type: application/json' -d '{"jobs":[{}]}' "$URL/estimate")
        [ "$got" = 401 ]
}

@test "what is no job is refused by name" {
        local body
        serve
        eventually knows_accounts
        for body in '{"jobs":[{"time_limit":-2}]}' '{"jobs":[{"array_inx":"5-1"}]}' \
                '{"jobs":[{"partition":"nowhere"}]}' '{"jobs":[{"account":"a b"}]}' \
                '{"jobs":[{"tres_per_node":"gpu:a:b:c"}]}' \
                '{"jobs":[{"min_cpus":9223372036854775807}]}' \
                '{"jobs":[{"min_cpus":9007199254740992,"time_limit":9007199254740992}]}'; do
                got=$(curl -s -w ' %{http_code}' -H "X-Remote-User: alice" -H 'Content-Type: application/json' -d "$body" "$URL/estimate")
                echo "$body -> $got"
                [[ $got == *' 400' ]]
        done
        for body in '' '[]' '{}' '{"jobs":[]}' '{"jobs":{}}' '{"jobs":[1]}' '{"jobs":[{}],"more":1}' \
                '{"jobs":[{"nice":1}]}' '{"jobs":[{"num_tasks":"4"}]}' '{"jobs":[{"num_tasks":1.5}]}' \
                '{"jobs":[{"partition":1}]}' '{"user":1,"jobs":[{}]}' '{"user":"a/b","jobs":[{}]}' \
                "{\"jobs\":[$(printf '{},%.0s' {1..128}){}]}"; do
                got=$(curl -s -w ' %{http_code}' -H "X-Remote-User: alice" -H 'Content-Type: application/json' -d "$body" "$URL/estimate")
                echo "${body:0:80} -> $got"
                [[ $got == *' 400' ]]
        done
        estimate 400 alice '{"jobs":[{"partition":"nowhere"}]}'
        [[ "$(of '$.message')" == *'"nowhere"'* ]]
}

@test "Slurm is asked for the first estimate, and not for each" {
        local i
        serve
        sleep 0.5
        [ ! -e "$SITE/asked.scontrol" ]
        eventually knows_accounts
        for i in 1 2 3 4 5; do
                estimate 200 alice '{"jobs":[{"time_limit":1}]}'
        done
        [ "$(wc -l <"$SITE/asked.scontrol")" -eq 1 ]
        [ "$(grep -c defaultaccount "$SITE/asked")" -eq 1 ]
}

@test "a Slurm that does not answer is told, and asked again" {
        scontrol 'echo "Unable to contact slurm controller" >&2; exit 1'
        setting "associations_seconds = 1"
        serve
        estimate 503 alice '{"jobs":[{"time_limit":1}]}'
        [ "$(of '$.error')" = unavailable ]
        grep -q 'could not ask Slurm for partitions.*Unable to contact' "$SITE/err"
        scontrol 'echo "PartitionName=debug Default=YES"'
        eventually knows_accounts
        grep -q 'tells partitions and default accounts again' "$SITE/err"
        # What was told last counts when it is silent again.
        scontrol 'exit 1'
        sleep 1.5
        estimate 200 alice '{"jobs":[{"time_limit":1}]}'
}

@test "it ends well while scontrol hangs" {
        scontrol 'exec sleep 2'
        serve
        curl -s -m 20 -o /dev/null -H "X-Remote-User: alice" -H 'Content-Type: application/json' \
                -d '{"jobs":[{}]}' "$URL/estimate" 3>&- &
        BACKGROUND+=($!)
        eventually test -e "$SITE/asked.scontrol"
        stop
        run ! pgrep -f "$SITE/scontrol"
}
