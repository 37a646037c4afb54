#!/usr/bin/env bats
# Policies over HTTP: the ancestor's paths, members and statuses.

load helper
load policy

@test "a policy is made, shown, changed and deleted" {
        policy '"name":"fair","grace_ratio":0.3,"reason":"ticket 7"'
        [ "$(value 'a["scope"], a["period"], a["period_name"], a["grace_ratio"]')" = \
                "('test', 2, '1 month', 0.3)" ]
        [ "$(value 'a["created_by_username"], a["has_fired"], a["fired_datetime"]')" = \
                "('olga (proxy)', False, None)" ]
        [ "$(value 'a["url"]')" = "$ONE" ]
        ask olga GET "$ONE"
        [ "$status" = 200 ]
        [ "$(value 'a["name"]')" = fair ]
        ask olga PATCH "$ONE" '{"grace_ratio":0.5}'
        [ "$status" = 200 ]
        [ "$(value 'a["grace_ratio"], a["name"]')" = "(0.5, 'fair')" ]
        ask olga PUT "$ONE" '{"scope":"test","actions":"notify_organization_owners","period":3}'
        [ "$status" = 200 ]
        [ "$(value 'a["period"], a["actions"], a["grace_ratio"]')" = \
                "(3, 'notify_organization_owners', 0.5)" ]
        ask olga DELETE "$ONE"
        [ "$status" = 204 ]
        ask olga GET "$ONE"
        [ "$status" = 404 ]
        [ "$(sql "SELECT reason FROM entry WHERE kind = 'policy' AND reason IS NOT NULL")" = \
                "ticket 7" ]
}

@test "what cannot be a policy is refused with the reason" {
        local body_sent
        for body_sent in '{}' '{"scope":"test"}' '[]' 'nonsense' \
                '{"scope":"test","actions":""}' \
                '{"scope":"test","actions":"fly","apply_to_all":true}' \
                '{"scope":"test","actions":"notify_organization_owners"}' \
                '{"scope":"te st","actions":"notify_organization_owners","apply_to_all":true}' \
                '{"scope":"test","actions":"notify_organization_owners","apply_to_all":true,
                  "organization_groups":["a"]}' \
                '{"scope":"test","actions":"notify_organization_owners","apply_to_all":true,
                  "component_limits_set":[{"type":"node","limit":1},
                  {"type":"nodeHours","limit":1}]}' \
                '{"scope":"test","actions":"notify_organization_owners","apply_to_all":true,
                  "nothing":1}' \
                '{"scope":"test","actions":"notify_organization_owners","apply_to_all":true,
                  "reason":7}'; do
                ask olga POST "$POLICIES" "$body_sent"
                [ "$status" = 400 ]
        done
        policy
        ask olga POST "$POLICIES" \
                '{"scope":"test","actions":"notify_organization_owners","apply_to_all":true}'
        [ "$status" = 400 ]
        grep -q "already" <<<"$body"
        ask olga PATCH "$ONE" '{"organization_groups":["a"]}'
        [ "$status" = 400 ]
        ask olga PUT "$ONE" '{"actions":"notify_organization_owners"}'
        [ "$status" = 400 ]
        ask olga POST "$POLICIES" "$(printf '{"name":"%09000d"}' 0)"
        [ "$status" = 413 ]
}

@test "a scope may be the ancestor's URL, and an action a list" {
        ask olga POST "$POLICIES" '{"scope":"https://x/api/marketplace-provider-offerings/test/",
                "actions":["notify_organization_owners"],"apply_to_all":true}'
        [ "$status" = 201 ]
        [ "$(value 'a["scope"]')" = test ]
        ask olga GET "$POLICIES?scope=https://x/api/marketplace-provider-offerings/test/"
        [ "$(value 'len(a)')" = 1 ]
        ask olga GET "$POLICIES?scope=https://x/api/marketplace-provider-offerings/other/"
        [ "$(value 'a')" = "[]" ]
}

@test "a group may be one of the configuration" {
        policy '"name":"labs"' '"labs"'
        [ "$(value 'a["organization_groups"]')" = "['labs']" ]
        ask olga POST "${ONE}dry-run/" '{}'
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['bio', 'hpc']" ]
        # She is in zoo; he in none of them.
        ask dora GET "$ONE"
        [ "$status" = 200 ]
        ask erik GET "$ONE"
        [ "$status" = 404 ]
}

@test "the list comes in pages, and says how many there are" {
        local i uuid
        for i in 1 2 3; do
                ask olga POST "$POLICIES" '{"scope":"c'$i'","name":"p'$i'","apply_to_all":true,
                        "actions":"notify_organization_owners"}'
                [ "$status" = 201 ]
        done
        ask olga GET "$POLICIES?page_size=2"
        [ "$(value '[p["name"] for p in a]')" = "['p1', 'p2']" ]
        grep -qi '^X-Result-Count: 3$' <<<"$headers"
        grep -qi '^Link: .*<?page=2&page_size=2>; rel="next"' <<<"$headers"
        ask olga GET "$POLICIES?page_size=2&page=2"
        [ "$(value '[p["name"] for p in a]')" = "['p3']" ]
        grep -qi 'rel="prev"' <<<"$headers"
        ! grep -qi 'rel="next"' <<<"$headers"
        ask olga GET "$POLICIES?page=2"
        [ "$status" = 404 ]
        ask olga GET "$POLICIES?scope=c2"
        [ "$(value '[p["name"] for p in a]')" = "['p2']" ]
        grep -qi '^Link: .*&scope=c2>; rel="last"' <<<"$headers"
        uuid=$(value 'a[0]["scope_uuid"]')
        ask olga GET "$POLICIES?scope_uuid=$uuid"
        [ "$(value '[p["name"] for p in a]')" = "['p2']" ]
        for i in page=0 page=x page_size=0 page_size=301; do
                ask olga GET "$POLICIES?$i"
                [ "$status" = 400 ]
        done
        ask olga HEAD "$POLICIES"
        [ "$status" = 200 ]
        grep -qi '^X-Result-Count: 3$' <<<"$headers"
}

@test "a policy has the site's fiscal year, unless it says another" {
        stop
        printf '%s\n' "[site]" "fiscal_start = 4" >>"$SLURM_QUOTA_CONF"
        serve
        eventually is_known
        policy '"period":4'
        [ "$(value 'a["fiscal_start"]')" = 4 ]
        ask olga DELETE "$ONE"
        policy '"period":4,"fiscal_start":10'
        [ "$(value 'a["fiscal_start"]')" = 10 ]
}

@test "what may be done is a list of names" {
        ask alice GET "${POLICIES}actions/"
        [ "$(value 'len(a), a[0]')" = "(5, 'notify_organization_owners')" ]
        ask olga PUT "${POLICIES}actions/" '{}'
        [ "$status" = 405 ]
        ask olga GET "${POLICIES}preview_impact/"
        [ "$status" = 405 ]
}

@test "everybody sees the policies that concern him, and operators change them" {
        policy "" '"hpc"'
        for who in alice carl; do
                ask $who GET "$POLICIES"
                [ "$(value 'len(a)')" = 1 ]
                ask $who GET "$ONE"
                [ "$status" = 200 ]
                ask $who PATCH "$ONE" '{"grace_ratio":0}'
                [ "$status" = 403 ]
                ask $who DELETE "$ONE"
                [ "$status" = 403 ]
        done
        ask dora GET "$POLICIES"
        [ "$(value 'a')" = "[]" ]
        grep -qi '^X-Result-Count: 0$' <<<"$headers"
        for what in "GET $ONE" "GET ${ONE}evaluation-logs/" "GET ${ONE}command-history/"; do
                ask dora ${what% *} "${what#* }"
                [ "$status" = 404 ]
        done
        ask dora PATCH "$ONE" '{"grace_ratio":0}'
        [ "$status" = 404 ]
        ask dora POST "$POLICIES" '{}'
        [ "$status" = 400 ]
        grep -q "operators" <<<"$body"
        for what in evaluate dry-run force-period-reset report-command-result; do
                ask carl POST "$ONE$what/" '{}'
                [ "$status" = 403 ]
        done
        ask carl POST "${POLICIES}preview_impact/" '{}'
        [ "$status" = 403 ]
        get "$POLICIES"
        [ "$status" = 401 ]
}

@test "accounts below a parent are seen by their own from the first evaluation on" {
        policy "" '"science"'
        ask alice GET "$POLICIES"
        [ "$(value 'len(a)')" = 0 ]
        ask olga POST "${ONE}evaluate/" '{}'
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['bio', 'hpc']" ]
        ask alice GET "$POLICIES"
        [ "$(value 'len(a)')" = 1 ]
}

@test "a dry run says what an evaluation does, and changes nothing" {
        policy
        used hpc 1250
        ask olga POST "${ONE}dry-run/" '{}'
        [ "$status" = 200 ]
        [ "$(value '[(r["resource_name"], r["usage_percentage"], r["would_trigger"],
                r["paused"]) for r in a["resources"]]')" = \
                "[('bio', 0, [], False), ('hpc', 125, ['pause', 'downscale', 'notify'], False)]" ]
        [ "$(value 'a["grace_limit_percentage"]')" = 120 ]
        [ "$(sql "SELECT count(*) FROM evaluation_log")" = 0 ]
        ask olga GET "$ONE"
        [ "$(value 'a["has_fired"]')" = False ]
}

@test "an evaluation holds accounts back, and says so in logs, commands and events" {
        local resource
        policy
        used hpc 1250
        ask olga POST "${ONE}evaluate/" '{}'
        [ "$status" = 200 ]
        [ "$(value '[(r["resource_name"], r["actions_taken"], r["previous_state"]["paused"],
                r["new_state"]["paused"]) for r in a["resources"]][1]')" = \
                "('hpc', ['pause', 'downscale', 'notify'], False, True)" ]
        resource=$(value 'a["resources"][1]["resource_uuid"]')
        ask olga GET "$ONE"
        [ "$(value 'a["has_fired"], a["affected_resources_count"]')" = "(True, 2)" ]
        ask olga GET "${ONE}evaluation-logs/"
        [ "$(value 'len(a)')" = 2 ]
        for filter in "resource_uuid=$resource" "resource_uuid=hpc" "resource_uuid=HPC"; do
                ask olga GET "${ONE}evaluation-logs/?$filter"
                [ "$(value 'len(a), a[0]["resource_name"], a[0]["usage_percentage"],
                        a[0]["site_agent_confirmed"]')" = "(1, 'hpc', 125, None)" ]
        done
        ask olga GET "${ONE}evaluation-logs/?billing_period=1999-01"
        [ "$(value 'a')" = "[]" ]
        ask olga GET "${ONE}evaluation-logs/?resource_uuid=none"
        [ "$(value 'a')" = "[]" ]
        # Others see what is theirs.
        ask alice GET "${ONE}evaluation-logs/"
        [ "$(value '[r["resource_name"] for r in a]')" = "['hpc']" ]
        ask carl GET "${ONE}command-history/"
        [ "$(value 'set(r["resource_name"] for r in a)')" = "{'hpc'}" ]
        ask olga GET "${ONE}command-history/?resource_uuid=$resource"
        [ "$(value 'a[0]["success"], a[0]["execution_mode"], a[0]["executed_at"]')" = \
                "(None, None, None)" ]
        grep -q "sacctmgr --immediate modify account name=hpc" <<<"$body"
        [ "$(value '[(c["command_type"], c["description"], c["parameters"]) for c in a][:4]')" = \
                "[('reset_usage', 'Reset the raw usage of account hpc', {'account': 'hpc'}),"\
" ('qos', 'Set the QOS of account hpc to stopped', {'account': 'hpc', 'qos': 'stopped'}),"\
" ('limits', 'Set GrpTRESMins of account hpc to node=72000', {'account': 'hpc',"\
" 'limit_type': 'GrpTRESMins', 'limits': {'node': 72000}}),"\
" ('fairshare', 'Set the fairshare of account hpc to 333', {'account': 'hpc', 'fairshare': 333})]" ]
        ask olga GET /api/events/
        [ "$(value '[e["resource_name"] for e in a
                if e["event_type"] == "slurm_policy_evaluation"]')" = "['hpc']" ]
        [ "$(value '[(e["policy_uuid"], e["resource_uuid"]) for e in a
                if e["event_type"] == "slurm_policy_evaluation"]')" = "[('$UUID', '$resource')]" ]
        ask dora GET /api/events/
        [ "$(value 'a')" = "[]" ]
        ask alice GET "/api/events/?policy_uuid=$UUID&limit=1"
        [ "$(value 'len(a)')" = 1 ]
        ask alice GET "/api/events/?limit=0"
        [ "$status" = 400 ]
}

@test "one account is evaluated by its identifier or its name, and none that is not there" {
        policy
        ask olga POST "${ONE}dry-run/" '{"resource_uuid":"hpc"}'
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['hpc']" ]
        ask olga POST "${ONE}evaluate/" \
                "{\"resource_uuid\":\"$(value 'a["resources"][0]["resource_uuid"]')\"}"
        [ "$(value '[r["resource_name"] for r in a["resources"]]')" = "['hpc']" ]
        ask olga POST "${ONE}evaluate/" '{"resource_uuid":"none"}'
        [ "$status" = 400 ]
        ask olga POST "${ONE}evaluate/" '{"resource":"hpc"}'
        [ "$status" = 400 ]
        ask olga POST "${POLICIES}none/evaluate/" '{}'
        [ "$status" = 404 ]
}

@test "a reset of the period touches only accounts that are held back and have room again" {
        policy
        used hpc 1250
        ask olga POST "${ONE}evaluate/" '{}'
        ask olga POST "${ONE}force-period-reset/" '{}'
        [ "$(value 'a["resources"]')" = "[]" ]
        slurm-quota allocation set hpc node=5000 --window month
        ask olga POST "${ONE}force-period-reset/" '{}'
        [ "$(value '[(r["resource_name"], r["new_state"]["paused"]) for r in a["resources"]]')" = \
                "[('hpc', False)]" ]
}

@test "the result of a plan is kept for its commands alone, and a second time changes nothing" {
        policy
        ask olga POST "${ONE}evaluate/" '{}'
        # What agents are told is what the API says.
        [ "$(sql "SELECT count(*) FROM outbox WHERE message LIKE
                '%$(value 'a["resources"][1]["resource_uuid"]')%'")" = 1 ]
        ask olga POST "${ONE}report-command-result/" '{"resource_uuid":"hpc","success":false,
                "error_message":"SLURM down","commands_executed":["x"]}'
        [ "$status" = 200 ]
        [ "$(value 'list(a)')" = "['detail']" ]
        ask olga GET "${ONE}command-history/?resource_uuid=hpc"
        [ "$(value 'set((c["success"], c["error_message"], c["execution_mode"]) for c in a)')" = \
                "{(False, 'SLURM down', 'production')}" ]
        ask olga GET "${ONE}command-history/?resource_uuid=bio"
        [ "$(value 'set(c["success"] for c in a)')" = "{None}" ]
        ask olga GET "${ONE}evaluation-logs/?resource_uuid=hpc"
        [ "$(value 'a[0]["site_agent_confirmed"],
                a[0]["site_agent_response"]["commands_executed"]')" = "(False, ['x'])" ]
        ask olga POST "${ONE}report-command-result/" '{"resource_uuid":"hpc","success":true}'
        [ "$status" = 200 ]
        ask olga GET "${ONE}command-history/?resource_uuid=hpc"
        [ "$(value 'set(c["success"] for c in a)')" = "{False}" ]
        for sent in '{}' '{"resource_uuid":"hpc"}' '{"resource_uuid":"hpc","success":1}' \
                '{"resource_uuid":"none","success":true}' \
                '{"resource_uuid":"hpc","success":true,"mode":"x"}' \
                '{"resource_uuid":"hpc","success":true,"commands_executed":[1]}' \
                '{"resource_uuid":"hpc","success":true,"more":1}'; do
                ask olga POST "${ONE}report-command-result/" "$sent"
                [ "$status" = 400 ]
        done
}

@test "a preview computes as an evaluation does" {
        ask olga POST "${POLICIES}preview_impact/" '{"allocation":1000,"previous_usage":600,
                "current_usage":700,"carryover_factor":15,"daily_usage_rate":50}'
        [ "$status" = 200 ]
        [ "$(value 'a["effective_allocation"], a["carryover"]["carryover"],
                a["usage_percentage"], a["current_qos_status"]')" = "(1150, 150, 60.9, 'normal')" ]
        [ "$(value 'a["thresholds"]["blocked_threshold"] == 1380')" = True ]
        [ "$(value 'a["date_projections"]["slowdown"]["days"],
                a["date_projections"]["slowdown"]["status"]')" = "(9, 'projected')" ]
        grep -q "GrpTRESMins=node=82800" <<<"$body"
        # Its commands are those of what it says of the QoS.
        ask olga POST "${POLICIES}preview_impact/" \
                '{"allocation":1000,"current_usage":1000,"carryover_enabled":false}'
        [ "$(value 'a["current_qos_status"], a["preview_commands"][2]["parameters"]["qos"]')" = \
                "('slowdown', 'slow')" ]
        # A limit type of the request's own, and a carryover where nothing was used.
        ask olga POST "${POLICIES}preview_impact/" '{"limit_type":"MaxTRESMins"}'
        grep -q "MaxTRESMins=" <<<"$body"
        [ "$(value 'a["effective_allocation"] == 1500')" = True ]
        for sent in '{"grace_ratio":2}' '{"carryover_factor":101}' '{"allocation":-1}' \
                '{"nothing":1}' '{"component":"x"}' '{"policy_uuid":"none"}'; do
                ask olga POST "${POLICIES}preview_impact/" "$sent"
                [ "$status" = 400 ]
        done
}

@test "a preview of an account has its numbers, and its commands whatever the window" {
        policy '"period":2'
        used hpc 500
        ask olga POST "${ONE}evaluate/" '{}'
        ask olga POST "${POLICIES}preview_impact/" '{"resource_uuid":"hpc"}'
        [ "$(value '(a["base_allocation"], a["current_usage"], a["usage_percentage"],
                a["resource_name"]) == (1000, 500, 50, "hpc")')" = True ]
        [ "$(value 'len(a["command_history"]) > 0')" = True ]
        ask olga POST "${POLICIES}preview_impact/" '{"resource_uuid":"hpc","policy_uuid":"none"}'
        [ "$status" = 400 ]
        ask olga PATCH "$ONE" '{"grace_ratio":0.7}'
        ask olga POST "${POLICIES}preview_impact/" '{"policy_uuid":"'"$UUID"'"}'
        [ "$(value 'a["grace_ratio"], a["resource_name"]')" = "(0.7, None)" ]
        # Who is not known is made up.
        ask olga POST "${POLICIES}preview_impact/" '{"resource_uuid":"none","allocation":7}'
        [ "$(value 'a["base_allocation"] == 7 and a["resource_name"] is None')" = True ]
}

@test "answers and refusals are as documented" {
        local small='{"scope":"test","actions":"notify_organization_owners","apply_to_all":true}'
        answered 201 olga POST "$POLICIES" "$small"
        answered 400 olga POST "$POLICIES" "$small"
        answered 400 alice POST "$POLICIES" "$small"
        ask olga GET "$POLICIES"
        ONE=$POLICIES$(value 'a[0]["uuid"]')/
        used hpc 1250
        answered 200 olga GET "$POLICIES"
        answered 404 olga GET "$POLICIES?page=9"
        answered 400 olga GET "$POLICIES?page=x"
        answered 200 alice GET "${POLICIES}actions/"
        answered 200 olga GET "$ONE"
        answered 404 dora GET "${POLICIES}none/"
        answered 200 olga PUT "$ONE" "$small"
        answered 200 olga PATCH "$ONE" '{"thresholds":[{"percent":80,"action":"notify"},
                {"percent":"grace","action":"pause"}],"reason":"x"}'
        answered 403 alice PATCH "$ONE" '{}'
        answered 200 olga POST "${ONE}dry-run/" '{}'
        answered 200 olga POST "${ONE}evaluate/" '{"resource_uuid":null}'
        answered 200 olga POST "${ONE}force-period-reset/" '{"resource_uuid":"hpc"}'
        answered 403 alice POST "${ONE}evaluate/" '{}'
        answered 404 olga POST "${POLICIES}none/evaluate/" '{}'
        answered 200 olga POST "${ONE}report-command-result/" \
                '{"resource_uuid":"hpc","success":true,"mode":"emulator"}'
        answered 400 olga POST "${ONE}report-command-result/" '{}'
        answered 200 olga GET "${ONE}evaluation-logs/"
        answered 200 alice GET "${ONE}command-history/"
        answered 200 olga POST "${POLICIES}preview_impact/" '{}'
        answered 200 olga POST "${POLICIES}preview_impact/" '{"resource_uuid":"hpc"}'
        answered 400 olga POST "${POLICIES}preview_impact/" '{"x":1}'
        answered 200 olga GET /api/events/
        answered 400 olga GET "/api/events/?limit=x"
        answered 403 alice DELETE "$ONE"
        answered 204 olga DELETE "$ONE"
}

@test "an evaluation that takes long keeps nobody waiting" {
        policy "" '"science"'
        # slurmdbd takes its time.
        sacctmgr 'case "$*" in
*parentname*) sleep 3; echo "hpc|science" ;;
*adminlevel*) echo "olga|Operator" ;;
esac'
        curl -s -o "$SITE/slow" -w '%{http_code}' -m 20 -X POST -H "X-Remote-User: olga" \
                -H "Content-Type: application/json" -d '{}' "$URL${ONE}evaluate/" \
                >"$SITE/slow.status" 3>&- &
        eventually grep -qs parentname "$SITE/asked"
        still_quick
        wait $!
        [ "$(cat "$SITE/slow.status")" = 200 ]
        grep -q '"hpc"' "$SITE/slow"
}

@test "who waits for an evaluation when the service ends is answered" {
        policy "" '"science"'
        sacctmgr 'case "$*" in
*parentname*) sleep 2; echo "hpc|science" ;;
*adminlevel*) echo "olga|Operator" ;;
esac'
        curl -s -o /dev/null -w '%{http_code}' -m 20 -X POST -H "X-Remote-User: olga" \
                -H "Content-Type: application/json" -d '{}' "$URL${ONE}dry-run/" \
                >"$SITE/slow.status" 3>&- &
        local client=$!
        eventually grep -qs parentname "$SITE/asked"
        stop
        wait "$client"
        [ "$(cat "$SITE/slow.status")" = 200 ]
}
