#!/usr/bin/env bats
# The document of the interface, held against real answers.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 50
        slurm-quota set-gpu-factor h100 0.5
        serve
}

# asked STATUS METHOD TARGET [BODY]: the answer has that status, and is as documented.
asked() {
        local got
        got=$("$BATS_TEST_DIRNAME/openapi.py" "$URL" "${@:2}") || { echo "$got"; return 1; }
        echo "${*:2}: $got"
        [ "$got" = "$1" ]
}

@test "the document is OpenAPI 3.1, and the service gives it itself" {
        get /openapi.json
        [ "$status" = 200 ]
        grep -q '"openapi": "3.1.0"' <<<"$body"
        cmp <(printf '%s\n' "$body") "$BATS_TEST_DIRNAME/../../src/server/openapi.json"
}

@test "answers to everybody are as documented" {
        asked 200 GET /health
        asked 200 GET /openapi.json
        asked 200 GET /metrics
        asked 200 GET /stats
        asked 200 GET "/stats?username=alice"
        asked 200 GET "/stats?account=hpc"
        asked 200 GET "/stats?username=nobody"
        asked 400 GET "/stats?username=a&account=b"
        asked 200 GET /quotas/defaults
        asked 200 GET /factors/gpu
}

@test "refusals of who has not said who he is are as documented" {
        asked 401 PUT /quotas/defaults '{"user_cpu_minutes":1}'
        asked 401 PUT /quotas/users/alice/cpu '{"quota_minutes":1}'
        asked 401 PUT /quotas/accounts/hpc/gpu '{"quota_minutes":1}'
        asked 401 PATCH /consumption/user/alice/cpu '{"delta_minutes":1}'
        asked 401 PATCH /consumption/account/hpc/cpu '{"delta_minutes":1}'
        asked 401 PUT /factors/gpu/h100 '{"factor":1}'
}

@test "a store that is gone is answered as documented" {
        mv "$SITE/state" "$SITE/state.away"
        asked 503 GET /stats
        asked 503 GET /quotas/defaults
        asked 503 GET /factors/gpu
        get /stats
        kill -0 "$SERVER"
}
