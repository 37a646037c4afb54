#!/usr/bin/env bats
# A policy, replayed over what was really used.

load helper

# used DAY HOURS [TRES]: by alice in hpc; cpu, unless it is another TRES.
used() {
        sql "INSERT OR IGNORE INTO resource (name) VALUES ('${3:-cpu}');
             INSERT INTO usage_day (user_id, account_id, day, resource_id, amount)
             SELECT u.id, a.id, $1, r.id, 3600 * $2 FROM subject u, subject a, resource r
             WHERE u.name = 'alice' AND a.name = 'hpc' AND r.name = '${3:-cpu}'"
}

setup_ledger() {
        export TZ=UTC0
        slurm-quota user-quota alice -1
        slurm-quota account-quota hpc -1
        slurm-quota account-quota idle -1
        sql "INSERT INTO membership SELECT u.id, a.id FROM subject u, subject a
             WHERE u.name = 'alice' AND a.name = 'hpc'"
        used 20260105 60
        used 20260110 25
        used 20260112 20
        used 20260120 20
        used 20260120 1000 node
        used 20260201 10
        used 20251220 100
}

scenario() {
        cat >"$SITE/scenario" <<END
{"policy": {"period": 2, "tres_billing_enabled": false, "carryover_enabled": false,
            "actions": "notify_organization_owners,request_slurm_resource_downscaling,request_slurm_resource_pausing"},
 "accounts": [{"name": "hpc", "allocation": {"cpu": 100}},
              {"name": "idle", "allocation": {"cpu": 100}}],
 "events": [${1:-}]}
END
}

@test "who would have been slowed down, paused and let go, and when" {
        setup_ledger
        scenario
        run --separate-stderr slurm-quota policy replay "$SITE/scenario" --from 2026-01-01 --to 2026-02-03
        echo "$output"
        [ "$status" -eq 0 ]
        [[ ${lines[2]} =~ ^2026-01-10\ +hpc\ +2026-01\ +85.0\ %\ +normal\ +normal\ +80\ %$ ]]
        [[ ${lines[3]} =~ ^2026-01-12\ +hpc\ +2026-01\ +105.0\ %\ +normal\ +downscaled ]]
        [[ ${lines[4]} =~ ^2026-01-20\ +hpc\ +2026-01\ +125.0\ %\ +downscaled\ +paused ]]
        [[ ${lines[5]} =~ ^2026-02-01\ +hpc\ +2026-02\ +10.0\ %\ +paused\ +normal ]]
        [ "${#lines[@]}" -eq 6 ]
}

@test "it is what simulate says of the same usage" {
        setup_ledger
        scenario
        slurm-quota policy replay "$SITE/scenario" --from 2026-01-20 --to 2026-01-20 --json >"$SITE/replayed"
        scenario '{"date":"2026-01-05","account":"hpc","usage":{"cpu":60}},
                  {"date":"2026-01-10","account":"hpc","usage":{"cpu":45}},
                  {"date":"2026-01-20","account":"hpc","usage":{"cpu":20}},
                  {"date":"2026-01-20","evaluate":true}'
        slurm-quota policy simulate "$SITE/scenario" >"$SITE/simulated"
        cmp "$SITE/replayed" "$SITE/simulated"
}

@test "usage of the window before counts for what is carried over" {
        setup_ledger
        scenario
        sed -i 's/"carryover_enabled": false/"carryover_mode": "capped", "carryover_factor": 50/' "$SITE/scenario"
        slurm-quota policy replay "$SITE/scenario" --from 2026-02-01 --to 2026-02-01 --json >"$SITE/out"
        # In January 125 of 100 were used, and nothing in idle.
        grep -q '"account":"hpc".*"carryover":{"cpu":0},"total_allocation":{"cpu":100}' "$SITE/out"
        grep -q '"account":"idle".*"carryover":{"cpu":50},"total_allocation":{"cpu":150}' "$SITE/out"
}

@test "events of the file count with their dates" {
        setup_ledger
        scenario '{"date":"2026-01-12","account":"hpc","allocation":{"cpu":1000}}'
        run slurm-quota policy replay "$SITE/scenario" --from 2026-01-01 --to 2026-01-31
        [[ ${lines[2]} =~ ^2026-01-10 ]]
        [ "${#lines[@]}" -eq 3 ]
        scenario
        run slurm-quota policy replay "$SITE/scenario" --from 2026-03-01 --to 2026-03-02
        [ "$output" = "nobody would have been slowed down, paused or notified" ]
}

@test "what cannot be replayed is refused" {
        setup_ledger
        scenario
        unchanged 2 slurm-quota policy replay "$SITE/scenario"
        [[ $stderr == *"--from is missing"* ]]
        unchanged 2 slurm-quota policy replay "$SITE/scenario" --from 2026-02-30
        unchanged 2 slurm-quota policy replay "$SITE/scenario" --from 2026-02-02 --to 2026-02-01
        unchanged 2 slurm-quota policy replay "$SITE/scenario" --from 1990-01-01 --to 2026-02-01
        unchanged 1 slurm-quota policy replay "$SITE/none" --from 2026-02-01
        scenario '{"date":"2026-01-12","account":"other","usage":{"cpu":1}}'
        unchanged 2 slurm-quota policy replay "$SITE/scenario" --from 2026-02-01
        [[ $stderr == *"events[0]"* ]]
}
