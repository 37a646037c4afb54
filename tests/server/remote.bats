#!/usr/bin/env bats
# Users and operators on a login node: who they are is MUNGE's word, what they may is the
# service's.

load helper
load munge
load node

setup() {
        site_setup
        BACKGROUND=()
        login_node
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 50000
        balance user alice 1 48601 6000 3
        a_job_has_ended
        a_job_waits
        serve
        eventually grep -q coord "$SITE/asked"
        eventually is operator
}

budget() {
        sql "SELECT budget FROM balance WHERE resource_id = $3 AND subject_id =
             (SELECT id FROM subject WHERE kind = '$1' AND name = '$2')"
}

@test "an operator sets budgets, and what is said is what is said on the controller" {
        run -0 --separate-stderr on_node $OPERATOR user-quota alice 1234 --reason 'more science'
        [ "$output" = 'user "alice": CPU quota set to 1234 minutes' ]
        [ -z "$stderr" ]
        [ "$(budget user alice 1)" = $((1234 * 60)) ]
        [ "$(newest)" = "budget|$OPERATOR (munge)|more science" ]
        run -0 on_node $OPERATOR account-quota HPC 77
        [ "$output" = 'account "hpc": CPU quota set to 77 minutes (Slurm keeps account names in lower case)' ]
        [ "$(newest)" = "budget|$OPERATOR (munge)|" ]
        run -0 on_node $OPERATOR user-gpu-quota alice -1
        [ "$output" = 'user "alice": GPU quota set to unlimited' ]
        run -0 on_node $OPERATOR account-gpu-quota hpc 0
        [ "$(budget account hpc 2)" = 0 ]
        run -0 on_node $OPERATOR user-quota 'DOM\jörg@site' 5
        [ "$(budget user 'DOM\jörg@site' 1)" = 300 ]
}

@test "an operator sets defaults and factors" {
        run -0 on_node $OPERATOR set-default-quotas --user-cpu 5 --account-gpu -1 --reason new
        [ "$output" = "default quotas set: user CPU 5 minutes, account GPU unlimited" ]
        [[ $(newest) == *"|$OPERATOR (munge)|new" ]]
        same_text "$(slurm-quota default-quotas)" "$(on_node $ORDINARY default-quotas)"
        for factor in 0.5 0.1 0.333333 999999.999999 1000000 0.000001 3; do
                run -0 on_node $OPERATOR set-gpu-factor h100 "$factor"
                run -0 slurm-quota gpu-factors
                same_text "$output" "$(on_node $ORDINARY gpu-factors)"
        done
        [[ $output == *$'\nh100                3.000' ]]
        run -0 on_node $OPERATOR set-gpu-factor default 2
        same_text "$(slurm-quota gpu-factors)" "$(on_node $ORDINARY gpu-factors)"
}

@test "an operator adjusts what was used" {
        run -0 on_node $OPERATOR adjust --user alice --cpu --hours=+2 --reason lost
        [ "$output" = 'user "alice": CPU consumption changed by +2 hours to 931 minutes' ]
        [ "$(newest)" = "adjustment|$OPERATOR (munge)|lost" ]
        run -0 on_node $OPERATOR adjust --user alice --cpu --minutes=-5000
        [ "$output" = 'user "alice": CPU consumption changed by -5000 minutes to 0 minutes (there were no more than 931 minutes to take off)' ]
        fails 1 'there is no user "bob"' on_node $OPERATOR adjust --user bob --cpu --minutes=5 ||
                [[ ${stderr_lines[0]} == *bob* ]]
        [ "$status" -eq 1 ]
}

@test "an operator sees entries, jobs and reservations as on the controller" {
        for i in {1..5}; do on_node $OPERATOR user-quota alice "$i" --reason "step $i" >/dev/null; done
        for command in "history alice" "history --account HPC" "history alice --kind budget" \
                       "history alice --limit 3" "history alice --limit 6" "history alice --limit 7" \
                       "history alice --limit 0" "history alice --since 2020-01-01" \
                       "history alice --since 2020-01-01T00:00:00 --limit 2" \
                       "history nobody" "history alice --hours" \
                       "jobs --all" "jobs alice" "jobs --account hpc --hours" "jobs nobody --since 2020-01-01" \
                       "jobs alice --since 2020-01-01 --limit 1" "jobs --all --limit 10000" \
                       "stats --jobs --all" "stats --jobs alice" "stats --jobs --account hpc --hours" \
                       "stats --jobs nobody" "stats --forecast alice" \
                       "stats --forecast --all" "stats --forecast --account hpc --hours"; do
                # shellcheck disable=SC2086  # a command and its arguments
                same $command
                # shellcheck disable=SC2086
                [[ $command == *--hours* ]] || same_json $command
        done
        run -0 on_node $OPERATOR history alice --limit 3
        [ "${lines[-1]}" = "the newest 3; older ones with --limit or --since" ]
        run -0 on_node $OPERATOR jobs alice
        [[ $output == *COMPLETED* ]]
        run -0 on_node $OPERATOR stats --jobs alice
        [[ $output == *"(2 tasks)"* ]]
}

@test "an ordinary user sees what concerns him" {
        run -0 on_node $ORDINARY history
        [ "$output" = "no entries of user $ORDINARY" ]
        run -0 on_node $ORDINARY jobs
        run -0 on_node $ORDINARY stats --jobs
        fails 1 "$ORDINARY may not see what concerns user alice" on_node $ORDINARY history alice
        fails 1 "$ORDINARY may not see what concerns user alice" on_node $ORDINARY jobs alice --json
        fails 1 "$ORDINARY may not see what concerns user alice" on_node $ORDINARY stats --jobs alice
        same_text "$(slurm-quota history --account hpc)" "$(on_node $ORDINARY history --account hpc)"
        node nowhere
        fails 1 "could not get a credential from munged" on_node $ORDINARY history
}

@test "kinds and times are checked as on the controller" {
        for command in "history alice --kind dance" "history alice --since yesterday" \
                       "jobs alice --since 2999-01-01" "history alice --limit x" \
                       "history alice --account hpc"; do
                # shellcheck disable=SC2086
                fails 2 "" on_node $OPERATOR $command
                there=$stderr
                # shellcheck disable=SC2086
                fails 2 "" slurm-quota $command
                [ "$stderr" = "$there" ]
        done
}

@test "an ordinary user changes nothing, and is told why" {
        local before
        before=$(sql "SELECT count(*) FROM entry")
        for command in "user-quota alice 5" "account-quota hpc 5" "user-gpu-quota alice 5" \
                       "account-gpu-quota hpc 5" "set-default-quotas --user-cpu 5" \
                       "set-gpu-factor h100 0.5" "adjust --user alice --cpu --minutes=5"; do
                # shellcheck disable=SC2086  # a command and its arguments
                fails 1 "this is for those with the role operator; $ORDINARY has the role user" \
                        on_node $ORDINARY $command
                [[ ${stderr_lines[1]} == "slurm-quota: hint: The service at $URL/ decides"* ]]
        done
        [ "$(sql "SELECT count(*) FROM entry")" = "$before" ]
}

@test "root of the login node is administrator, as everywhere that MUNGE's key is" {
        run -0 env SLURM_QUOTA_CONF="$AWAY/slurm-quota.conf" SLURM_QUOTA_URL="$URL" \
                slurm-quota user-quota alice 5
        [ "$(newest)" = "budget|root (munge)|" ]
}

@test "a munged with another key is nobody's word" {
        munge_key "$SITE/other"
        start_munged away "$SITE/other"
        node away
        run --separate-stderr on_node $OPERATOR user-quota alice 5
        echo "$stderr"
        [ "$status" -eq 1 ]
        [[ ${stderr_lines[1]} == "slurm-quota: hint: "*munged* ]]
        run --separate-stderr on_node $OPERATOR stats alice
        echo "$stderr"
        [ "$status" -eq 1 ]
}

@test "without munged on the node changes fail here; what everybody may see is seen" {
        node nowhere
        fails 1 "could not get a credential from munged: " on_node $OPERATOR user-quota alice 5
        [[ ${stderr_lines[1]} == *SLURM_QUOTA_TOKEN* ]]
        same_text "$(slurm-quota stats alice)" "$(on_node $ORDINARY stats alice)"
}

@test "a munged of the service that hangs is told, and nothing waits for long" {
        start_munged away "$SITE/key"
        node away
        kill -STOP "$HERE"
        SECONDS=0
        run --separate-stderr on_node $OPERATOR user-quota alice 5
        echo "$SECONDS seconds: $stderr"
        kill -CONT "$HERE"
        [ "$status" -eq 1 ]
        [ "$SECONDS" -lt 20 ]
        run -0 on_node $OPERATOR user-quota alice 6
        [ "$(budget user alice 1)" = 360 ]
}

@test "when the answer is lost, it is said that nobody knows" {
        kill -STOP "$SERVER"
        fails 1 "it is not known whether anything was changed: the service at $URL/ did not answer within 5 seconds" \
                on_node $OPERATOR user-quota alice 7
        [[ ${stderr_lines[1]} == *"slurm-quota history"* ]]
        # An estimate changes nothing.
        fails 1 "the service at $URL/ did not answer within 5 seconds" on_node $OPERATOR estimate -t5
        kill -CONT "$SERVER"
}

@test "a credential is for one request, and is made anew once when it is refused" {
        command -v nginx >/dev/null || skip "needs nginx"
        mkdir "$SITE/nginx"
        LOG="log_format a '\$http_authorization'; access_log $SITE/nginx/seen a;" \
                proxy "location / { return 401 '{\"error\":\"unauthorized\",\"message\":\"replayed\"}'; }"
        : >"$SITE/nginx/seen"
        export WHERE=http://$PROXY/quota/
        fails 1 "replayed" on_node $OPERATOR user-quota alice 5 --reason 'a "b"'
        # nginx writes a line when the answer is out: that of who looked whether it runs (-),
        # too, may come late.
        credentials() { grep '^MUNGE ' "$SITE/nginx/seen"; }
        seen() { [ "$(credentials | wc -l)" -eq 2 ]; }
        eventually seen
        credentials | sort -u >"$SITE/credentials"
        [ "$(wc -l <"$SITE/credentials")" -eq 2 ]
        printf 'slurm-quota 1\nPUT /quotas/users/alice/cpu\n%s' \
                "$(printf '{"quota_minutes":5,"reason":"a \\"b\\""}' | sha256sum | cut -d' ' -f1)" >"$SITE/wanted"
        while read -r scheme credential; do
                [ "$scheme" = MUNGE ]
                unmunge --socket="$SITE/here/socket" --metadata=/dev/null --output="$SITE/payload" \
                        <<<"$credential"
                cmp "$SITE/payload" "$SITE/wanted"
        done <"$SITE/credentials"
        : >"$SITE/nginx/seen"
        fails 1 "replayed" on_node $ORDINARY stats --user 'a&b'
        eventually seen
        credentials | head -n 1 | cut -d' ' -f2 |
                unmunge --socket="$SITE/here/socket" --keys=TTL,UID --output="$SITE/payload" >"$SITE/keys"
        grep -q 'TTL:.*60' "$SITE/keys"
        grep -q "UID:.*($(id -u $ORDINARY))" "$SITE/keys"
        cmp "$SITE/payload" <(printf 'slurm-quota 1\nGET /stats?username=a%%26b\n%s' \
                "$(printf '' | sha256sum | cut -d' ' -f1)")
}

@test "everybody makes tokens of his own, which speak for him until they are revoked" {
        run -0 --separate-stderr on_node $OPERATOR token create deploy --expires 1h --role operator
        token=$output
        [[ $token =~ ^sqt_[A-Za-z0-9_-]{43}$ ]]
        [[ $stderr == 'token 1 "deploy", no more than operator, until '*'; it is shown this once' ]]
        run -0 --separate-stderr on_node $ORDINARY token create own
        own=$output
        [ "$stderr" = 'token 2 "own", with all rights of the user, for ever; it is shown this once' ]
        run -0 on_node $OPERATOR token list
        [[ $output == *deploy*$OPERATOR*operator* && $output != *own* ]]
        run -0 on_node $ORDINARY token list --json
        [[ $output == *'"id":2,"name":"own","owner":"'$ORDINARY'","role":null'* && $output != *deploy* ]]
        node nowhere # a token needs no munged
        SLURM_QUOTA_TOKEN=$token run -0 on_node $ORDINARY user-quota alice 11
        [ "$(newest)" = "budget|$OPERATOR (token deploy)|" ]
        SLURM_QUOTA_TOKEN=$own fails 1 "this is for those with the role operator" \
                on_node $OPERATOR user-quota alice 12
        SLURM_QUOTA_TOKEN=$token fails 1 "a token cannot make tokens" on_node $ORDINARY token create more
        SLURM_QUOTA_TOKEN=$token fails 1 "there is no token 2" on_node $ORDINARY token revoke 2
        node here
        run -0 on_node $OPERATOR token revoke 1
        [ "$output" = "token 1 revoked" ]
        run -1 --separate-stderr env SLURM_QUOTA_TOKEN="$token" SLURM_QUOTA_CONF="$AWAY/slurm-quota.conf" \
                SLURM_QUOTA_URL="$URL" slurm-quota user-quota alice 13
        echo "$stderr"
        [[ ${stderr_lines[1]} == "slurm-quota: hint: The token that the environment gives"* ]]
        [ "$(budget user alice 1)" = $((11 * 60)) ]
        fails 2 "through the service everybody makes tokens of his own" \
                on_node $OPERATOR token create x --user alice
        fails 2 "the service keeps no reasons with tokens" on_node $OPERATOR token create x --reason y
        fails 2 "the service keeps no reasons with tokens" on_node $OPERATOR token revoke 1 --reason y
        run -0 on_node $OPERATOR token list
        [ "$output" = "no tokens" ]
}

@test "the values are checked before anybody is asked" {
        WHERE=http://127.0.0.1:1/
        fails 2 '"5x" is not a number of minutes' on_node $OPERATOR user-quota alice 5x
        fails 2 'the reason is blank' on_node $OPERATOR user-quota alice 5 --reason ' '
        fails 1 "could not reach the service at $WHERE" on_node $OPERATOR user-quota alice 5
}

@test "behind a proxy under a path the credential is for the path behind it" {
        command -v nginx >/dev/null || skip "needs nginx"
        proxy "location /quota/ { proxy_pass $URL/; }"
        for WHERE in "http://$PROXY/quota" "http://$PROXY/quota/"; do
                run -0 on_node $OPERATOR user-quota 'DOM\jörg@site' 5
                run -0 on_node $OPERATOR user-quota 'a!b$c@site.org' 5
        done
        run -0 on_node $OPERATOR set-gpu-factor h100 2
        [ "$(newest)" = "factor|$OPERATOR (munge)|h100 = 2.000" ]
}

@test "what stays on the controller does not go through the service" {
        for command in "verify --repair" reconcile prune migrate charge; do
                # shellcheck disable=SC2086  # a command and its option
                run --separate-stderr on_node $OPERATOR $command
                [ "$status" -eq 1 ] && [ -z "$output" ]
                [[ ${stderr_lines[0]} == *"only root and slurm may run ${command%% *}" ]]
        done
}

# --- estimates --------------------------------------------------------------------------

# An scontrol on the controller; there is none on the login node.
partitions() {
        printf '%s\n' '#!/bin/sh' 'echo "PartitionName=debug Default=YES DefaultTime=00:30:00 MaxTime=1-00:00:00 OverSubscribe=NO TotalCPUs=128 TotalNodes=2"' \
                >"$SITE/scontrol"
        chmod 755 "$SITE/scontrol"
        sed -i "s|^\[slurm\]|&\nscontrol = $SITE/scontrol|" "$SLURM_QUOTA_CONF"
        stop
        serve
        eventually is operator
}

@test "an estimate is the same there" {
        local words
        partitions
        for words in "-n4 -t10" "-n400 -t10:00:00" "--gpus=h100:2 --array=0-9" "-t UNLIMITED" \
                "-n2 -t5 : -n3" "-n1 -t1 -A bio --overcommit" "-t1-00:00:00 -n100"; do
                for json in "" --json; do
                        # shellcheck disable=SC2086
                        run slurm-quota estimate --user $ORDINARY $json $words
                        echo "$output"
                        here=$status:$output
                        # shellcheck disable=SC2086
                        run on_node $OPERATOR estimate --user $ORDINARY $json $words
                        same_text "$here" "$status:$output"
                        [[ $status == [03] ]]
                done
        done
        printf '%s\n' '#!/bin/sh' '#SBATCH -n3 -t7' >"$SITE/job.sh"
        run -0 on_node $ORDINARY estimate "$SITE/job.sh"
        [[ ${lines[0]} == "User $ORDINARY in account hpc: "*" for 00:07:00" ]]
        fails 1 "$ORDINARY may not estimate for somebody else" on_node $ORDINARY estimate --user alice
        fails 1 "$ORDINARY is not in account \"bio\"" on_node $ORDINARY estimate -A bio
        fails 2 "array part \"5-1\" ends before it starts" on_node $ORDINARY estimate --array=5-1
        fails 2 "there is no partition \"nowhere\"" on_node $ORDINARY estimate -p nowhere
}
