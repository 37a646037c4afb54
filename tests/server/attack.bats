#!/usr/bin/env bats
# Clients that mean no good, or very many that do.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
}

# A table of 1.6 megabytes: more than fits into sockets' buffers.
large_site() {
        sql "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
             INSERT INTO subject (kind, name, created_at)
                SELECT 'account', printf('account-with-a-long-name-%05d', i), 0 FROM n;
             INSERT INTO balance (subject_id, resource_id, window_id, budget, updated_at)
                SELECT s.id, r.id, 1, -1, 0 FROM subject s, resource r
                WHERE s.kind = 'account' AND r.id <= 2"
}

# How many connections it has, from the kernel.
connections() {
        ss -Htn state established "( sport = :$PORT )" | wc -l
}

has_at_most() { [ "$(connections)" -le "$1" ]; }

@test "two hundred clients at once are all answered" {
        serve
        run "$CLIENTS" "$PORT" at-once 200
        [ "$status" -eq 0 ]
        still_quick
}

@test "a silent connection hurts nobody" {
        serve
        clients idle 1
        still_quick
}

@test "a thousand idle clients hurt nobody" {
        serve
        clients idle 1000
        [ "$(connections)" -ge 1000 ]
        still_quick
}

@test "those that send a byte now and then hurt nobody, and have to go" {
        setting "timeout_seconds = 1"
        serve
        clients trickle 200
        clients header 200
        still_quick
        eventually has_at_most 0
}

@test "silent clients have to go after the time limit" {
        setting "timeout_seconds = 1"
        serve
        clients idle 50
        [ "$(connections)" -ge 50 ]
        eventually has_at_most 0
}

@test "those that do not take their answers hurt nobody, and have to go" {
        large_site
        setting "timeout_seconds = 2"
        serve
        clients greedy 100
        still_quick
        eventually has_at_most 0
        get /stats
        [ "${#body}" -gt 1500000 ]
}

@test "old answers that nobody takes do not fill the memory" {
        large_site
        setting "answer_bytes = 5000000"
        serve
        for i in {1..4}; do
                slurm-quota user-quota alice "$i"
                clients greedy 10
                sleep 0.3 # until they have been answered
        done
        sleep 1.1
        get "/stats?username=alice"
        [[ $body == *'"quota_cpu_minutes":4,'* ]]
        # Those who hold the first ones have gone.
        eventually has_at_most 30
        still_quick
}

@test "when all places are taken the one who has been silent longest has to go" {
        setting "connections = 64"
        serve
        clients idle 64
        sleep 1
        still_quick 20
        [ "$(connections)" -le 70 ]
}

@test "one address has no more connections than it may" {
        setting "connections_per_address = 10"
        serve
        clients idle 10
        run curl -s -m 5 "$URL/health"
        [ "$status" -ne 0 ]
        [ "$(connections)" -le 10 ]
        kill "${BACKGROUND[@]}"
        health_is_well() { curl -sf -m 5 "$URL/health"; }
        eventually health_is_well
}

@test "thousands of damaged requests hurt nobody" {
        setting "timeout_seconds = 2"
        serve
        for seed in 1 2 3; do
                "$CLIENTS" "$PORT" fuzz 700 "$seed" 3>&- &
                BACKGROUND+=($!)
        done
        still_quick
        for pid in "${BACKGROUND[@]}"; do wait "$pid"; done
        BACKGROUND=()
        still_quick
        get /stats
        [[ $status == 200 && $body == *alice* ]]
        eventually has_at_most 0
}
