#!/usr/bin/env bats
# What the service does by itself: policies are evaluated while it runs.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
        slurm-quota allocation set hpc node=1000 --window month
        slurm-quota allocation set bio node=1000 --window month
}

# every SECONDS [LINE]...: how often it does it, and more of section [policy].
every() {
        printf '%s\n' "[policy]" "tick_seconds = $1" "${@:2}" >>"$SLURM_QUOTA_CONF"
}

# policy NAME [GROUP]: one for all accounts of cluster c1, or for those below an account of c2.
policy() {
        local whom='"apply_to_all":true,"scope":"c1"'
        [ $# -lt 2 ] || whom='"organization_groups":["'$2'"],"scope":"c2"'
        slurm-quota policy create - <<<'{"name":"'"$1"'",'"$whom"',"period":2,"actions":
"notify_organization_owners,request_slurm_resource_downscaling,request_slurm_resource_pausing",
"component_limits_set":[],"tres_billing_enabled":false,"carryover_enabled":false}'
}

# accounts N: so many more, a1, a2, ..., with an hour each.
accounts() {
        sql "WITH RECURSIVE c (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM c WHERE i < $1)
             INSERT INTO subject (kind, name, created_at) SELECT 'account', 'a' || i, 1 FROM c;
             INSERT INTO allocation (account_id, resource, window_id, amount, first_day, last_day,
                entry_id)
             SELECT s.id, 'node', a.window_id, 3600, 0, 99999999, a.entry_id FROM subject s,
                (SELECT * FROM allocation LIMIT 1) a WHERE s.name LIKE 'a%' AND s.kind = 'account'"
}

is_paused() { [ "$(sql "SELECT halted FROM subject WHERE name = '$1'")" = 1 ]; }
is_evaluated() { [ "$(sql "SELECT evaluated_at IS NOT NULL FROM policy WHERE name = '$1'")" = 1 ]; }

has_begun() { [ "$(sql 'SELECT count(*) FROM policy_account')" -gt 32 ]; }

# events KIND: how many lines of them have come out.
events() { grep -c "^{.*\"event_type\":\"$1\"" "$SITE/out"; }
are_told() { [ "$(events slurm_policy_evaluation)" = "$1" ]; }

# runs RESULT: how many runs have ended so.
runs() {
        curl -s -m 20 "$URL/metrics" |
                sed -n "s/^slurm_quota_policy_runs_total{result=\"$1\"} //p"
}
have_run() { [ "$(runs "$1")" -ge "$2" ]; }

# more RESULT: one more run, from its begin on, ends so.
more() {
        local before
        before=$(runs "$1")
        eventually have_run "$1" $((before + 2))
}

@test "accounts are paused, and free again, without anybody calling the command" {
        every 1
        policy monthly
        used hpc 1300
        serve
        eventually is_paused hpc
        eventually are_told 1
        run ! is_paused bio
        slurm-quota allocation set hpc node=9000 --window month
        is_free() { ! is_paused hpc; }
        eventually is_free
        eventually are_told 2
        stop
        [ ! -s "$SITE/err" ]
}

@test "what has happened comes out once, each a line of JSON" {
        every 1
        policy monthly
        used hpc 1300
        slurm-quota account pause bio --reason 'ticket 7'
        serve
        eventually are_told 1
        more complete
        stop
        [ "$(events slurm_policy_evaluation)" = 1 ]
        [ "$(events slurm_account_hold)" = 1 ]
        [ "$(events slurm_policy_fired)" = 1 ]
        grep '^{' "$SITE/out" | while read -r line; do
                python3 -c 'import json, sys; json.loads(sys.argv[1])' "$line"
        done
        run --separate-stderr slurm-quota policy tick
        [ -z "$output" ]
}

@test "with 0 it leaves everything as it is" {
        every 0
        policy monthly
        used hpc 1300
        serve
        sleep 2.5
        run ! is_evaluated monthly
        run ! grep -q '^{' "$SITE/out"
        get /metrics >/dev/null
        [[ $body == *'# TYPE slurm_quota_policy_runs_total counter'* ]]
        [[ $body != *'slurm_quota_policy_runs_total{'* ]]
        slurm-quota policy tick >/dev/null
        is_paused hpc
}

@test "by default it does it soon after its start" {
        policy monthly
        used hpc 1300
        serve
        eventually is_paused hpc
        eventually have_run complete 1
        get /metrics >/dev/null
        awk '/^slurm_quota_policy_evaluation_age_seconds / { age = $2; n++ }
             END { exit !(n == 1 && age < 60) }' <<<"$body"
        awk -v now="$(date +%s)" '/^slurm_quota_policy_last_complete_timestamp_seconds / { at = $2 }
             END { exit !(at > now - 60 && at <= now) }' <<<"$body"
}

@test "where there is nothing to do it does not even need the right to write" {
        need_root
        every 1
        sed -i 's|^path = .*|&\nreadable_by = everyone|' "$SLURM_QUOTA_CONF"
        slurm-quota user-quota bob 1
        AS=(setpriv --reuid nobody --regid nogroup --clear-groups)
        serve
        eventually have_run complete 2
        [ "$(runs failed)" = 0 ]
        # With a policy there is, and it says that it cannot.
        policy monthly
        eventually have_run failed 2
        [ "$(grep -c 'policies could not be looked after' "$SITE/err")" = 1 ]
        get /health
        [ "$status" = 200 ]
}

@test "a policy that cannot be evaluated keeps no other waiting, and is said to be once" {
        every 1
        sacctmgr 'case "$*" in *parentname*) echo "slurmdbd is away" >&2; exit 1 ;; esac'
        policy broken science
        policy monthly
        sql "INSERT INTO policy (uuid, name, cluster, document, created_at, created_by, changed_at)
             VALUES ('01900000-0000-7000-8000-000000000001', 'damaged', 'c3', 'nonsense', 1, 'x', 1)"
        used hpc 1300
        serve
        eventually is_paused hpc
        eventually have_run failed 3
        run ! is_evaluated broken
        [ "$(runs complete)" = 0 ]
        [ "$(grep -c 'policies could not be looked after' "$SITE/err")" = 1 ]
        grep -q 'policy "damaged"' "$SITE/err"
        sql "DELETE FROM policy WHERE name = 'damaged'"
        second_is_said() { grep -q 'policy "broken"' "$SITE/err"; }
        eventually second_is_said
        sacctmgr ':'
        eventually is_evaluated broken
        is_over() { grep -q 'policies are looked after again' "$SITE/err"; }
        eventually is_over
        eventually have_run complete 1
}

@test "a store that is gone is survived, and no other one is made in its place" {
        every 1
        policy monthly
        serve
        eventually is_evaluated monthly
        mv "$SITE/state" "$SITE/away"
        eventually have_run failed 2
        [ ! -e "$SITE/state" ]
        mv "$SITE/away" "$SITE/state"
        used hpc 1300
        eventually is_paused hpc
        get /stats
        [ "$status" = 200 ]
}

@test "a store that somebody keeps locked only delays it, and requests not at all" {
        every 1
        policy monthly
        serve
        exec {LOCK}<>"$DB.lock" # after the service, which would have it, too
        flock "$LOCK"
        used hpc 1300
        sleep 2.5
        get /stats
        [ "$status" = 200 ]
        still_quick
        run ! is_paused hpc
        exec {LOCK}>&-
        eventually is_paused hpc
        [ ! -s "$SITE/err" ]
}

@test "it is stopped at once, also while the store is locked" {
        every 1
        policy monthly
        serve
        exec {LOCK}<>"$DB.lock"
        flock "$LOCK"
        sleep 2
        began=$EPOCHREALTIME
        stop
        [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 3000000 ]
        exec {LOCK}>&-
}

@test "it is stopped in the middle of many accounts, and goes on with them the next time" {
        every 1
        policy monthly
        accounts 20000
        serve
        eventually has_begun
        began=$EPOCHREALTIME
        stop
        [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 3000000 ]
        run ! is_evaluated monthly
        done=$(sql 'SELECT count(*) FROM policy_account')
        [ "$done" -lt 20000 ]
        slurm-quota policy tick >/dev/null
        is_evaluated monthly
        [ "$(sql 'SELECT count(*) FROM policy_account')" = 20002 ]
}

@test "it keeps nobody waiting" {
        every 1
        policy monthly
        accounts 20000
        serve
        eventually has_begun
        still_quick
        run ! is_evaluated monthly
}

@test "a timer at the same time does no harm" {
        every 1
        policy monthly
        accounts 300
        sql "INSERT OR IGNORE INTO resource (name) VALUES ('node');
             INSERT INTO membership (user_id, account_id) SELECT u.id, a.id
             FROM subject u, subject a WHERE u.name = 'alice' AND a.name LIKE 'a%'
             AND u.kind = 'user' AND a.kind = 'account';
             INSERT INTO usage_day (user_id, account_id, resource_id, day, amount)
             SELECT u.id, a.id, r.id, strftime('%Y%m%d', 'now', 'localtime'), 36000
             FROM subject u, subject a, resource r WHERE u.name = 'alice' AND u.kind = 'user'
             AND a.name LIKE 'a%' AND a.kind = 'account' AND r.name = 'node'"
        serve
        for i in 1 2 3 4 5; do
                slurm-quota policy tick >>"$SITE/ticked"
                sleep 0.3
        done
        more complete
        stop
        # Each account once, whoever did it: decided, planned, logged, told.
        [ "$(sql "SELECT count(*) FROM subject WHERE halted = 1")" = 300 ]
        [ "$(sql "SELECT count(*) FROM outbox")" = 302 ] # hpc and bio get their limits
        [ "$(sql "SELECT count(*) FROM evaluation_log")" = 300 ]
        [ "$(cat "$SITE/out" "$SITE/ticked" | grep -c '"event_type":"slurm_policy_evaluation"')" = 300 ]
        [ "$(cat "$SITE/out" "$SITE/ticked" | grep -c '"event_type":"slurm_policy_fired"')" = 1 ]
        [ ! -s "$SITE/err" ]
}

@test "what cannot be said is said later" {
        every 1
        policy monthly
        serve
        eventually is_evaluated monthly
        stop
        used hpc 1300
        # Nobody can write there.
        slurm-quota serve --port 0 >/dev/full 2>"$SITE/err" 3>&- &
        SERVER=$!
        fails() { grep -q 'could not tell what has happened' "$SITE/err"; }
        eventually fails
        is_paused hpc
        kill "$SERVER"
        wait "$SERVER" || :
        serve
        eventually are_told 1
}

# doctor_says HEALTH [WORDS]: of how long policies wait.
doctor_says() {
        slurm-quota doctor 2>&1 | grep -E "^$1 +policies +.*${2:-}"
}

@test "doctor is content whoever evaluates the policies, and not when nobody does" {
        every 1
        policy monthly
        doctor_says ok 'no policy waits for its evaluation'
        sql "UPDATE policy SET created_at = 1, changed_at = 1"
        doctor_says error 'policy "monthly" has never been evaluated'
        slurm-quota policy tick
        doctor_says ok 'no policy waits for its evaluation'
        sql "UPDATE policy SET evaluated_at = evaluated_at - 3600"
        doctor_says error 'policy "monthly" was evaluated 60 minutes ago'
        run ! doctor_says warning timer
        serve
        eventually doctor_says ok 'no policy waits for its evaluation'
}
