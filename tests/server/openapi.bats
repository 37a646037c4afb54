#!/usr/bin/env bats
# The document of the interface, held against real answers.

load helper

setup() {
        site_setup
        unset TOKEN
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 50
        slurm-quota set-gpu-factor h100 0.5
        serve
}

# asked STATUS METHOD TARGET [BODY]: the answer has that status, and is as documented.  Who asks
# is root where there is a TOKEN.
asked() {
        local got
        got=$("$BATS_TEST_DIRNAME/openapi.py" "$URL" ${TOKEN:+"Authorization: Bearer $TOKEN"} "${@:2}") ||
                { echo "$got"; return 1; }
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
        slurm-quota budget set account:hpc node=20 cpu=5h --window month --carryover capped:50
        slurm-quota budget set user:alice mem=20 --window year --carryover decay:15
        asked 200 GET /budgets
        asked 200 GET "/budgets?username=alice"
        asked 200 GET "/budgets?account=hpc&window=month"
        asked 400 GET "/budgets?window=week"
}

@test "refusals of who has not said who he is are as documented" {
        asked 401 PUT /quotas/defaults '{"user_cpu_minutes":1}'
        asked 401 PUT /quotas/users/alice/cpu '{"quota_minutes":1}'
        asked 401 PUT /quotas/accounts/hpc/gpu '{"quota_minutes":1}'
        asked 401 PATCH /consumption/user/alice/cpu '{"delta_minutes":1}'
        asked 401 PATCH /consumption/account/hpc/cpu '{"delta_minutes":1}'
        asked 401 PUT /factors/gpu/h100 '{"factor":1}'
        asked 401 PUT /budgets/users/alice '{"budgets":[]}'
        asked 401 POST /budgets/accounts/hpc/remove '{}'
        asked 401 PATCH /consumption/user/alice '{}'
}

@test "changes of budgets are as documented" {
        TOKEN=$(slurm-quota token create test --user root)
        asked 204 PUT /budgets/users/alice '{"budgets":[{"resource":"node","budget_minutes":5}]}'
        asked 204 PUT /budgets/accounts/hpc '{"budgets":[
                {"resource":"gres/gpu:h100","window":"month","budget_minutes":-1,"carryover":"capped:0"},
                {"resource":"cpu","window":null,"budget_minutes":0,"carryover":null}],"reason":"why not"}'
        asked 400 PUT /budgets/accounts/hpc '{"budgets":[]}'
        asked 200 PATCH /consumption/user/alice '{"resource":"node","delta_minutes":5,"reason":null}'
        asked 200 PATCH /consumption/account/hpc \
                '{"resource":"gres/gpu:h100","window":"month","delta_minutes":-5,"reason":"lost"}'
        asked 404 PATCH /consumption/account/hpc '{"resource":"mem","delta_minutes":-5}'
        asked 204 POST /budgets/users/alice/remove '{"resource":"node"}'
        asked 404 POST /budgets/users/alice/remove '{"resource":"node"}'
        asked 400 POST /budgets/users/alice/remove '{"resource":"nodes"}'
        asked 204 POST /budgets/accounts/hpc/remove \
                '{"resource":"gres/gpu:h100","window":"month","reason":"over"}'
        asked 200 GET /history?account=hpc
}

@test "a store that is gone is answered as documented" {
        mv "$SITE/state" "$SITE/state.away"
        asked 503 GET /stats
        asked 503 GET /quotas/defaults
        asked 503 GET /factors/gpu
        asked 503 GET /budgets
        get /stats
        kill -0 "$SERVER"
}
