#!/usr/bin/env bats
# Entries, finished jobs, reservations and forecasts over HTTP, each for whom they concern.

load helper

setup() {
        site_setup
        sacctmgr 'case "$*" in
*adminlevel*) echo "olga|Operator"; echo "carl|None"; echo "alice|None" ;;
*coord*) echo "hpc|carl" ;;
*) printf "%s\n" "alice|hpc" "bob|hpc" "carl|other" "dora|bio" ;;
esac'
        printf '%s\n' "[auth]" "proxy_addresses = 127.0.0.1" >>"$SLURM_QUOTA_CONF"
        slurm-quota user-quota alice 1000 --reason "as agreed"
        slurm-quota user-quota bob 500
        slurm-quota user-quota dora 5
        slurm-quota account-quota hpc 50
        a_job_has_ended
        a_job_waits
        serve
        eventually is_known
}

# user GET...: asks as that user, by a proxy's word.
user() { get "$2" -H "X-Remote-User: $1"; }

is_known() {
        user olga "/history?username=alice"
        [ "$status" = 200 ] && user carl "/history?username=alice" && [ "$status" = 200 ]
}

# documented STATUS USER METHOD TARGET [BODY]: the answer is as openapi.json has it.
documented() {
        local got
        got=$("$BATS_TEST_DIRNAME/openapi.py" "$URL" "X-Remote-User: $2" "${@:3}") ||
                { echo "$got"; return 1; }
        echo "$*: $got"
        [ "$got" = "$1" ]
}

# same COMMAND...: the last answer has what the command prints as JSON.
same() {
        python3 -c 'import json, sys
assert json.loads(sys.argv[1]) == json.loads(sys.argv[2]), sys.argv' "$body" "$("$@")"
}

@test "the history is what the command prints as JSON" {
        user alice /history
        [ "$status" = 200 ]
        same slurm-quota history alice --json
        grep -q '"reason":"as agreed"' <<<"$body"
        user olga "/history?account=HPC"
        same slurm-quota history --account hpc --json
        user olga "/history?username=alice&kind=budget&limit=1&since=0"
        same slurm-quota history alice --kind budget --limit 1 --json
}

@test "finished jobs and reservations are what the commands print as JSON" {
        user olga /jobs
        same slurm-quota jobs --all --json
        grep -q '"job":"12"' <<<"$body"
        user alice "/jobs?since=0&limit=5"
        same slurm-quota jobs alice --json
        user olga /reservations
        same slurm-quota stats --all --jobs --json
        grep -q '"tasks":2' <<<"$body"
        user alice /reservations
        same slurm-quota stats alice --jobs --json
}

@test "forecasts are what the command prints as JSON" {
        user olga /forecast
        same slurm-quota stats --all --forecast --json
        grep -q '"budget_seconds":60000' <<<"$body"
        user alice /forecast
        same slurm-quota stats alice --forecast --json
        user olga "/forecast?account=hpc"
        same slurm-quota stats --account hpc --forecast --json
}

@test "everybody sees what concerns him, and nobody more" {
        local path who
        for path in history jobs reservations forecast; do
                get "/$path"
                [ "$status" = 401 ]
                for who in "alice /$path" "alice /$path?username=alice" \
                        "alice /$path?account=hpc" "carl /$path?account=hpc" \
                        "carl /$path?username=alice" "carl /$path?username=bob" \
                        "olga /$path?username=dora" "olga /$path?account=bio"; do
                        user ${who% *} "${who#* }"
                        [ "$status" = 200 ]
                done
                for who in "alice /$path?username=bob" "alice /$path?account=bio" \
                        "carl /$path?username=dora" "carl /$path?account=bio" \
                        "dora /$path?username=alice" "dora /$path?account=hpc"; do
                        user ${who% *} "${who#* }"
                        [ "$status" = 403 ]
                        grep -q '"error":"forbidden"' <<<"$body"
                done
        done
        # Without a name an operator sees everybody's jobs, others their own.
        user olga /reservations
        [ "$status" = 200 ]
}

@test "what cannot be asked is refused with the reason" {
        local query
        for query in "since=-1" "since=x" "since=99999999999999999999" "limit=0" "limit=10001" \
                "limit=1e3" "kind=nothing" "username=a&account=b" "username=-a"; do
                user olga "/history?$query"
                [ "$status" = 400 ]
                grep -q '"error":"bad_request"' <<<"$body"
        done
}

@test "answers and refusals are as documented" {
        documented 200 alice GET /history
        documented 200 olga GET "/history?account=hpc"
        documented 403 alice GET "/history?username=bob"
        documented 400 alice GET "/history?limit=x"
        documented 200 alice GET /jobs
        documented 200 alice GET /reservations
        documented 200 alice GET /forecast
        documented 200 olga GET /forecast
        documented 403 alice GET "/forecast?username=bob"
        documented 204 olga PUT /quotas/users/alice/cpu '{"quota_minutes":7,"reason":"x"}'
        documented 403 alice PUT /quotas/users/alice/cpu '{"quota_minutes":7}'
        documented 400 olga PUT /quotas/users/alice/cpu '{"quota_minutes":-7}'
        documented 204 olga PUT /quotas/accounts/hpc/gpu '{"quota_minutes":-1}'
        documented 200 olga PATCH /consumption/user/alice/cpu '{"delta_minutes":-7}'
        documented 404 olga PATCH /consumption/account/none/cpu '{"delta_minutes":-7}'
        documented 204 olga PUT /quotas/defaults '{"user_cpu_minutes":7}'
        documented 204 olga PUT /factors/gpu/h100 '{"factor":0.25}'
        user olga "/history?username=alice&kind=budget&limit=1"
        grep -q '"actor":"olga (proxy)","reason":"x"' <<<"$body"
}
