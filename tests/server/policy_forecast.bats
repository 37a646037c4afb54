#!/usr/bin/env bats
# When accounts under a policy reach its thresholds, over HTTP.

load helper
load policy

# used_then DAYS_AGO HOURS: node hours of alice in hpc on that day.
used_then() {
        sql "INSERT INTO usage_day (user_id, account_id, resource_id, day, amount)
             SELECT u.id, a.id, r.id, strftime('%Y%m%d', 'now', 'localtime', '-$1 days'),
                3600 * $2
             FROM subject u, subject a, resource r WHERE u.name = 'alice' AND u.kind = 'user'
             AND a.name = 'hpc' AND a.kind = 'account' AND r.name = 'node'"
}

# 500 of 1000 hours, 20 and 10 a day in the week and in the month before today.
used_lately() {
        slurm-quota allocation set hpc node=1000 --window total
        policy '"period":1'
        sql "UPDATE subject SET created_at = created_at - 100 * 86400"
        used hpc 60
        used_then 1 140
        used_then 20 160
        used_then 40 140
}

@test "a preview projects dates from what an account has used lately" {
        local question='{"resource_uuid":"hpc","policy_uuid":"test"}'
        used_lately
        ask olga POST "${POLICIES}preview_impact/" "$question"
        [ "$status" = 200 ]
        [ "$(value 'a["current_usage"], a["daily_usage_rate"]')" = "(500, 10)" ]
        [ "$(value '[(p["days"], p["earliest_days"], p["latest_days"], p["status"])
                for p in (a["date_projections"][n]
                for n in ("notification", "slowdown", "blocked"))]')" = \
                "[(30, 15, 30, 'projected'), (50, 25, 50, 'projected'), (70, 35, 70, 'projected')]" ]
        [ "$(value 'a["date_projections"]["slowdown"]["date"],
                a["date_projections"]["slowdown"]["earliest"]')" = \
                "('$(date -d '50 days' +%Y-%m-%d)', '$(date -d '25 days' +%Y-%m-%d)')" ]
        [ "$(value 'a["burn_rates"]["week"]')" = \
                "{'days': 7, 'percent_per_day': 2, 'hours_per_day': {'node': 20}}" ]
        [ "$(value 'a["burn_rates"]["month"]["percent_per_day"]')" = 1 ]
        [ "$(value '[(t["percent"], t["action"], t["enabled"], t["days"])
                for t in a["threshold_projections"]]')" = \
                "[(80, 'notify', True, 30), (100, 'downscale', True, 50), (120, 'pause', True, 70)]" ]
        # With another grace, as an answer to the question what would be then.
        ask olga POST "${POLICIES}preview_impact/" "${question%\}},\"grace_ratio\":0.5}"
        [ "$(value 'a["date_projections"]["blocked"]["days"]')" = 100 ]
        answered 200 olga POST "${POLICIES}preview_impact/" "$question"
}

@test "a preview goes by the rate that was sent, as the ancestor did" {
        used_lately
        ask olga POST "${POLICIES}preview_impact/" \
                '{"resource_uuid":"hpc","policy_uuid":"test","daily_usage_rate":50}'
        [ "$(value 'a["daily_usage_rate"], a["date_projections"]["slowdown"]["days"],
                a["burn_rates"], a["threshold_projections"]')" = "(50, 10, None, None)" ]
        [ "$(value 'a["date_projections"]["slowdown"]["latest_days"]')" = 10 ]
        ask olga POST "${POLICIES}preview_impact/" \
                '{"current_usage":1100,"carryover_enabled":false}'
        [ "$(value '[a["date_projections"][n]["status"]
                for n in ("notification", "slowdown", "blocked")]')" = \
                "['exceeded', 'exceeded', 'never']" ]
}

@test "the status of a policy's accounts says where each of them leads" {
        used_lately
        ask olga GET "${ONE}status/"
        [ "$status" = 200 ]
        [ "$(value 'a["policy_uuid"], a["billing_period"], [(r["resource_name"],
                r["usage_percentage"], r["paused"], r["operator_hold"])
                for r in a["resources"]]')" = "('$UUID', 'total', [('hpc', 50, False, None)])" ]
        [ "$(value '[t["days"] for t in a["resources"][0]["threshold_projections"]],
                a["resources"][0]["burn_rates"]["week"]["percent_per_day"]')" = "([30, 50, 70], 2)" ]
        ask olga GET "${ONE}status/?resource_uuid=$(value 'a["resources"][0]["resource_uuid"]')"
        [ "$(value 'len(a["resources"])')" = 1 ]
        # As the command has it.
        [ "$(value 'a["resources"]')" = \
                "$(body=$(slurm-quota policy status "$UUID" --json); value 'a[0]["resources"]')" ]
        [ "$(sql "SELECT count(*) FROM evaluation_log")" = 0 ]
        answered 200 olga GET "${ONE}status/"
        answered 200 olga GET "${ONE}status/?resource_uuid=nobody"
        answered 400 olga GET "${ONE}status/?resource_uuid=a%2Cb"
        answered 404 olga GET "${POLICIES}none/status/"
}

@test "everybody sees the status of his own accounts" {
        policy
        ask olga GET "${ONE}status/"
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['bio', 'hpc']" ]
        # carl coordinates hpc; alice is in it; dora is not.
        for who in alice carl; do
                ask $who GET "${ONE}status/"
                [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['hpc']" ]
                ask $who GET "${ONE}status/?resource_uuid=bio"
                [ "$status" = 200 ]
                [ "$(value 'a["resources"]')" = "[]" ]
        done
        ask dora GET "${ONE}status/"
        [ "$(value 'a["resources"]')" = "[]" ]
        answered 200 dora GET "${ONE}status/"
}

@test "accounts below a parent have a status from the first evaluation on" {
        policy "" '"science"'
        ask olga GET "${ONE}status/"
        [ "$(value 'a["resources"]')" = "[]" ]
        ask olga POST "${ONE}evaluate/" '{}'
        ask olga GET "${ONE}status/"
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['bio', 'hpc']" ]
        ask alice GET "${ONE}status/"
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['hpc']" ]
}

@test "a preview projects nothing into the next window" {
        policy '"period":2'
        used hpc 1
        sql "UPDATE subject SET created_at = created_at - 100 * 86400"
        used_then 1 1
        ask olga POST "${POLICIES}preview_impact/" '{"resource_uuid":"hpc","policy_uuid":"test"}'
        [ "$(value 'a["date_projections"]["notification"]["status"],
                a["date_projections"]["notification"]["date"]')" = "('never', None)" ]
        [ "$(value 'a["burn_rates"]["week"]["days"]')" = 7 ]
}
