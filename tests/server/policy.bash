# shellcheck shell=bash disable=SC2034,SC2154
# policy.bash - a service with policies, operators and accounts
#
# olga is operator, carl coordinates hpc, alice is in hpc, dora in none of the policies'
# accounts; hpc and bio are below science.

POLICIES=/api/marketplace-slurm-periodic-usage-policies/

setup() {
        site_setup
        sacctmgr 'case "$*" in
*adminlevel*) echo "olga|Operator"; echo "carl|None"; echo "alice|None" ;;
*coord*) echo "hpc|carl" ;;
*parentname*) printf "%s\n" "hpc|science" "bio|science" "science|root" ;;
*) printf "%s\n" "alice|hpc" "carl|other" "dora|zoo" ;;
esac'
        printf '%s\n' "[auth]" "proxy_addresses = 127.0.0.1" "[policy]" "qos_downscaled = slow" \
                "qos_paused = stopped" "tick_seconds = 0" "[group labs]" "accounts = science, zoo" \
                >>"$SLURM_QUOTA_CONF"
        slurm-quota user-quota alice 1000
        slurm-quota allocation set hpc node=1000 --window month
        slurm-quota allocation set bio node=1000 --window month
        serve
        eventually is_known
}

is_known() {
        ask olga GET "/roles"
        [ "$status" = 200 ] && grep -q '"carl"' <<<"$body"
}

# ask USER METHOD TARGET [BODY]: asks as that user, by a proxy's word.
ask() {
        local more=()
        [ $# -lt 4 ] || more=(-H "Content-Type: application/json" -d "$4")
        [ "$2" != HEAD ] || more+=(-I)
        get "$3" -X "$2" -H "X-Remote-User: $1" "${more[@]}"
}

# answered STATUS USER METHOD TARGET [BODY]: and the answer is as openapi.json has it.
answered() {
        local got
        got=$("$BATS_TEST_DIRNAME/openapi.py" "$URL" "X-Remote-User: $2" "${@:3}") ||
                { echo "$got"; return 1; }
        echo "$*: $got"
        [ "$got" = "$1" ] || return 1
}

# value EXPRESSION: of the last answer, `a`.
value() {
        python3 -c 'import json, sys
a = json.loads(sys.argv[1])
print(eval("(" + sys.argv[2] + ")"))' "$body" "$1"
}

# policy [MEMBERS [GROUPS]]: makes one of cluster test, for all accounts or those of the groups;
# ONE is its path, UUID its identifier.
policy() {
        local whom='"apply_to_all":true'
        [ $# -lt 2 ] || whom='"organization_groups":['$2']'
        ask olga POST "$POLICIES" '{"scope":"test","actions":"notify_organization_owners,'\
'request_slurm_resource_downscaling,request_slurm_resource_pausing",'"$whom"','\
'"component_limits_set":[],"tres_billing_enabled":false'"${1:+,$1}"'}'
        [ "$status" = 201 ]
        UUID=$(value 'a["uuid"]')
        ONE=$POLICIES$UUID/
}
