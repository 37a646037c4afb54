#!/usr/bin/env bats
# What /metrics says, and what is made of it.

load helper

top=$BATS_TEST_DIRNAME/../..

setup() {
        site_setup
        # Counters want memory under them, which the site need not be on.
        SHARED=$(mktemp -d /dev/shm/sq-metrics-XXXXXX)
        COUNTERS=$SHARED/counters
        sed -i "s|^counters = .*|counters = $COUNTERS|" "$SLURM_QUOTA_CONF"
        slurm-quota account-quota physics 10
        slurm-quota user-quota root -1
}

eval "server_$(declare -f teardown)"
teardown() {
        server_teardown
        rm -rf -- "$SHARED"
}

# hook SUBMISSIONS REFUSALS CHANGES ENDS [FAULTS]: so many calls inside a Lua interpreter.
hook() {
        local module version
        module=$(printf '%s\n' "$BUILD_DIR"/src/lua/5.*/slurm_quota.so | head -n 1)
        version=$(basename "$(dirname "$module")")
        (
                if ldd "$module" | grep -q libasan; then
                        LD_PRELOAD=$(gcc -print-file-name=libasan.so)
                        ASAN_OPTIONS=detect_leaks=0
                        export LD_PRELOAD ASAN_OPTIONS
                fi
                LUA_CPATH="${module%/*}/?.so" "lua$version" "$BATS_TEST_DIRNAME/hook.lua" "$@"
        )
}

# scrape: the answer into $body, and that it is what Prometheus takes.
scrape() {
        get /metrics >/dev/null
        [ "$status" = 200 ] || { echo "$status: $body"; return 1; }
        promtool check metrics <<<"$body" || return 1
}

# says LINE: it is in the last answer.
says() {
        grep -qxF -- "$1" <<<"$body" || { echo "not there: $1"; grep -F "${1%%[\{ ]*}" <<<"$body"; return 1; }
}

# compared: as if a pass had been complete, just now, and found so many differences.
compared() {
        sql "INSERT INTO cluster (name) VALUES ('c');
             INSERT INTO reconciliation SELECT id, strftime('%s', 'now') - ${2:-0},
                strftime('%s', 'now'), $1, 10 * $1 FROM cluster WHERE name = 'c'"
}

# families: "NAME TYPE HELP" of each, sorted.
families() {
        awk '/^# HELP / { help[$3] = substr($0, index($0, $4)) }
             /^# TYPE / { print $3, $4, help[$3] }' <<<"$body" | sort
}

@test "the answer is Prometheus' text format" {
        serve
        scrape
        grep -qx 'Content-Type: text/plain; version=0.0.4; charset=utf-8' <<<"$headers"
        [ "$(tail -c 1 <(curl -s "$URL/metrics") | od -An -c | tr -d ' ')" = '\n' ]
        get /metrics -I
        [ "$status" = 200 ]
        [ -z "$(grep -v ^HTTP <<<"$body" | grep slurm_quota)" ]
}

@test "each family is told once, and its samples stand together" {
        hook 1 1 0 1
        compared 1
        serve
        scrape
        [ -z "$(families | cut -d ' ' -f 1 | uniq -d)" ]
        names=$(grep -v '^#' <<<"$body" | sed 's/[{ ].*//; s/_bucket$//; s/_sum$//; s/_count$//' | uniq)
        [ -z "$(sort <<<"$names" | uniq -d)" ]
        [ -z "$(grep -v '^#' <<<"$body" | sed 's/ [^ ]*$//' | sort | uniq -d)" ]
}

@test "accounts are told where they stand, users only where the site wants it" {
        slurm-quota account-gpu-quota physics 0
        balance account physics 1 300 120 3
        serve
        scrape
        says 'slurm_quota_budget_seconds{kind="account",name="physics",resource="cpu"} 600'
        says 'slurm_quota_budget_seconds{kind="account",name="physics",resource="gpu"} 0'
        says 'slurm_quota_consumed_seconds{kind="account",name="physics",resource="cpu"} 300'
        says 'slurm_quota_reserved_seconds{kind="account",name="physics",resource="cpu"} 120'
        says 'slurm_quota_unfinished_jobs{kind="account",name="physics"} 3'
        says 'slurm_quota_subjects{kind="account"} 1'
        says 'slurm_quota_subjects{kind="user"} 1'
        [[ $body != *'kind="user",name'* ]]
        stop
        printf '%s\n' '[metrics]' 'users = yes' 'accounts = no' >"$SITE/more"
        sed -i -e "/^\[metrics\]/r $SITE/more" "$SLURM_QUOTA_CONF"
        sed -i '0,/^\[metrics\]/{//d}' "$SLURM_QUOTA_CONF"
        serve
        scrape
        says 'slurm_quota_budget_seconds{kind="user",name="root",resource="cpu"} +Inf'
        [[ $body != *'kind="account",name'* ]]
}

@test "what is behind the bound is counted and not told" {
        for i in 1 2 3 4; do slurm-quota account-quota "acc$i" 1; done
        sed -i '/^\[metrics\]/a subjects_max = 2' "$SLURM_QUOTA_CONF"
        serve
        scrape
        [ "$(grep -c '^slurm_quota_budget_seconds.*resource="cpu"' <<<"$body")" = 2 ]
        says 'slurm_quota_subjects{kind="account"} 5'
        says 'slurm_quota_subjects_left_out{kind="account"} 3'
        says 'slurm_quota_subjects_left_out{kind="user"} 0'
}

@test "names are escaped as Prometheus wants, and UTF-8" {
        sql "UPDATE subject SET name = 'a\"b\\c' || char(10) || 'é' || CAST(x'ff' AS TEXT) WHERE name = 'physics'"
        serve
        scrape
        says 'slurm_quota_budget_seconds{kind="account",name="a\"b\\c\né�",resource="cpu"} 600'
}

@test "what the hooks have done is told: decisions, times, charges" {
        serve
        scrape
        says 'slurm_quota_source_up{source="counters"} 0'
        [[ $body != *'slurm_quota_hook_accepted_total{'* ]]
        hook 3 2 1 4 1
        scrape
        says 'slurm_quota_source_up{source="counters"} 1'
        says 'slurm_quota_hook_accepted_total{event="submit"} 3'
        says 'slurm_quota_hook_accepted_total{event="modify"} 1'
        says 'slurm_quota_hook_refusals_total{event="submit",reason="account_cpu"} 2'
        says 'slurm_quota_hook_refusals_total{event="submit",reason="user_cpu"} 0'
        says 'slurm_quota_hook_refusals_total{event="submit",reason="no_account"} 1'
        says 'slurm_quota_hook_refusals_total{event="submit",reason="request"} 1'
        says 'slurm_quota_charges_total{path="jobcomp_lua",result="booked"} 4'
        says 'slurm_quota_hook_duration_seconds_count{event="submit"} 7'
        says 'slurm_quota_hook_duration_seconds_bucket{event="submit",le="+Inf"} 7'
        says 'slurm_quota_hook_duration_seconds_count{event="modify"} 1'
        says 'slurm_quota_hook_duration_seconds_count{event="complete"} 4'
        # Cumulative, with a sum that is neither nothing nor a day.
        grep '^slurm_quota_hook_duration_seconds_bucket{event="submit"' <<<"$body" |
                awk '{ if ($2 < last) exit 1; last = $2 }'
        awk '/^slurm_quota_hook_duration_seconds_sum{event="submit"}/ { sum = $2 }
             END { exit !(sum > 0 && sum < 86400) }' <<<"$body"
        hook 1 0 0 0
        scrape
        says 'slurm_quota_hook_accepted_total{event="submit"} 4'
}

@test "a store that fails is told: failures, what was decided, what waits" {
        mv "$SITE/state" "$SITE/away"
        hook 2 0 0 1
        mv "$SITE/away" "$SITE/state"
        serve
        scrape
        says 'slurm_quota_store_failures_total{path="hook",cause="broken"} 3'
        says 'slurm_quota_hook_unchecked_total{event="submit"} 2'
        says 'slurm_quota_charges_total{path="jobcomp_lua",result="spooled"} 1'
        says 'slurm_quota_spool_events_total{path="hook",result="kept"} 3'
        says 'slurm_quota_spool_waiting{file="events"} 3'
        says 'slurm_quota_spool_waiting{file="questions"} 0'
        says 'slurm_quota_spool_rejected 0'
        echo '+nonsense' >>"$SPOOL/events"
        run -1 slurm-quota charge --replay
        scrape
        says 'slurm_quota_spool_waiting{file="events"} 0'
        says 'slurm_quota_spool_rejected 1'
        says 'slurm_quota_spool_events_total{path="charge",result="booked"} 3'
        says 'slurm_quota_spool_events_total{path="charge",result="rejected"} 1'
        says 'slurm_quota_reservations{state="provisional"} 2'
        says 'slurm_quota_reservations{state="bound"} 0'
}

@test "jobcomp/script's charges are told apart" {
        printf '%s\n' '#!/bin/sh' 'exit 1' >"$SITE/sacct"
        chmod 755 "$SITE/sacct"
        sed -i "s|^\[slurm\]|&\nsacct = $SITE/sacct\nsacct_wait_seconds = 0\ncluster = c|" "$SLURM_QUOTA_CONF"
        env JOBID=9 SUBMIT=1700000000 START=1700000000 END=1700000010 UID=0 USERNAME=root \
                ACCOUNT=physics JOBSTATE=COMPLETED slurm-quota charge 2>"$SITE/said" ||
                { cat "$SITE/said"; false; }
        serve
        scrape
        says 'slurm_quota_charges_total{path="script",result="spooled"} 1'
        says 'slurm_quota_spool_events_total{path="charge",result="kept"} 1'
        says 'slurm_quota_spool_waiting{file="questions"} 1'
}

@test "the reconciler is told: its age, what it found, passes that failed" {
        run -1 slurm-quota reconcile
        compared 3 100
        serve
        scrape
        says 'slurm_quota_reconcile_passes_total{result="failed"} 1'
        says 'slurm_quota_reconcile_passes_total{result="complete"} 0'
        says 'slurm_quota_reconcile_drift{cluster="c"} 3'
        says 'slurm_quota_reconcile_drift_total{cluster="c"} 30'
        awk '/^slurm_quota_reconcile_age_seconds{/ { age = $2 }
             END { exit !(age >= 100 && age < 200) }' <<<"$body"
        awk -v now="$(date +%s)" '/^slurm_quota_reconcile_last_complete_timestamp_seconds{/ { at = $2 }
             END { exit !(at > now - 200 && at <= now - 100) }' <<<"$body"
}

@test "a store that is gone is told, with everything else" {
        hook 1 0 0 0
        serve
        mv "$SITE/state" "$SITE/away"
        scrape
        says 'slurm_quota_source_up{source="store"} 0'
        says 'slurm_quota_source_up{source="spool"} 1'
        says 'slurm_quota_hook_accepted_total{event="submit"} 1'
        [[ $body != *'slurm_quota_budget_seconds{'* ]]
        mv "$SITE/away" "$SITE/state"
        scrape
        says 'slurm_quota_source_up{source="store"} 1'
        says 'slurm_quota_schema_version '"$(sql 'SELECT max(number) FROM schema_migration')"
        says "slurm_quota_store_size_bytes{file=\"database\"} $(stat -c %s "$DB")"
        [ "$(grep -c 'could not read the ledger' "$SITE/err")" = 1 ]
}

@test "a spool that cannot be read is told" {
        need_root
        rm -rf "$SPOOL"
        mkdir -p "$SPOOL/events"
        serve
        scrape
        says 'slurm_quota_source_up{source="spool"} 0'
        [[ $body != *'slurm_quota_spool_waiting{'* ]]
}

@test "damaged counters are told, and nothing is made up" {
        head -c 4096 /dev/urandom >"$COUNTERS"
        serve
        scrape
        says 'slurm_quota_source_up{source="counters"} 0'
        [[ $body != *'slurm_quota_hook_refusals_total{'* ]]
}

@test "the service counts its own answers" {
        serve
        get /stats
        get /stats
        get /nowhere
        get /health -X POST
        get /quotas/defaults -X PUT -d '{}'
        scrape
        says 'slurm_quota_http_requests_total{method="GET",route="/stats",status="200"} 2'
        says 'slurm_quota_http_requests_total{method="other",route="other",status="404"} 1'
        says 'slurm_quota_http_requests_total{method="other",route="other",status="405"} 1'
        says 'slurm_quota_http_requests_total{method="PUT",route="/quotas/defaults",status="401"} 1'
        scrape
        says 'slurm_quota_http_requests_total{method="GET",route="/metrics",status="200"} 1'
}

@test "who may ask is the site's decision" {
        sed -i '/^\[metrics\]/i [auth]\nmetrics = operator' "$SLURM_QUOTA_CONF"
        serve
        get /metrics
        [ "$status" = 401 ]
        [[ $body != *slurm_quota_* ]]
        get /health
        [ "$status" = 200 ]
}

@test "where /stats is not for everybody, nobody learns it from metrics" {
        printf '%s\n' '[auth]' 'anonymous_stats = no' >>"$SLURM_QUOTA_CONF"
        serve
        scrape
        says 'slurm_quota_subjects{kind="account"} 1'
        says 'slurm_quota_source_up{source="store"} 1'
        [[ $body != *physics* ]]
}

@test "docs/metrics.md has every metric, with its type, labels and meaning" {
        hook 1 0 0 0
        compared 1
        serve
        get /health
        scrape
        while read -r name type help; do
                labels=$(grep -E "^$name(_bucket|_sum|_count)?{" <<<"$body" | grep -o '[a-z]*="' | tr -d '="' | sort -u |
                        grep -vx le | tr '\n' ' ' | sed 's/ $//; s/ /, /g') || :
                printf '| `%s` | %s | %s | %s |\n' "$name" "$type" "$labels" "$help"
        done < <(families) | sed 's/  */ /g' >"$SITE/is"
        grep '^| `slurm_quota_' "$top/docs/metrics.md" | sed 's/  */ /g' | sort >"$SITE/wanted"
        sort "$SITE/is" | diff -u "$SITE/wanted" -
}

@test "the rules are Prometheus', and each alert is tested" {
        promtool check rules "$top/contrib/prometheus/slurm-quota.rules.yml"
        promtool check config --syntax-only "$top/contrib/prometheus/scrape.yml"
        promtool test rules "$BATS_TEST_DIRNAME/rules.test.yml"
        for alert in $(sed -n 's/.*- alert: //p' "$top/contrib/prometheus/slurm-quota.rules.yml"); do
                grep -q "$alert" "$BATS_TEST_DIRNAME/rules.test.yml" || { echo "$alert"; false; }
        done
}

@test "rules and dashboard ask for nothing but what there is" {
        serve
        scrape
        for file in "$top/contrib/grafana/slurm-quota.json" "$top/contrib/prometheus/slurm-quota.rules.yml"; do
                asked=$(grep -o 'slurm_quota_[a-z_]*' "$file" | sort -u)
                [ -n "$asked" ]
                for name in $asked; do
                        families | cut -d ' ' -f 1 |
                                grep -qx -e "$name" -e "${name%_bucket}" -e "${name%_sum}" -e "${name%_count}" ||
                                { echo "$file: $name is not exposed"; false; }
                done
        done
        # And every metric is on the dashboard.
        for name in $(families | cut -d ' ' -f 1); do
                grep -q "$name" "$top/contrib/grafana/slurm-quota.json" || { echo "$name is not shown"; false; }
        done
}

@test "every question of the dashboard is one that Prometheus understands" {
        python3 - "$top/contrib/grafana/slurm-quota.json" >"$SITE/asked.yml" <<'PYTHON'
import json, sys
board = json.load(open(sys.argv[1]))
asked = [target["expr"] for panel in board["panels"] for target in panel.get("targets", [])]
known = {variable["name"] for variable in board["templating"]["list"]}
assert {"datasource", "account"} <= known
rules = []
for expr in asked:
    expr = expr.replace("$__rate_interval", "5m")
    for name in known:
        expr = expr.replace("$" + name, ".*" if name != "resource" else "cpu")
    assert "$" not in expr, expr
    rules.append({"record": "asked", "expr": expr, "labels": {"n": str(len(rules))}})
assert len(rules) > 40
print(json.dumps({"groups": [{"name": "asked", "rules": rules}]}))
PYTHON
        promtool check rules "$SITE/asked.yml"
}
