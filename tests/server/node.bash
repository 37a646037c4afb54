# shellcheck shell=bash disable=SC2034,SC2154
# node.bash - the command on a login node: the database is elsewhere, and who asks is MUNGE's
# word

# Users that every system has, and none of whom may do anything on the controller.
OPERATOR=games
ORDINARY=nobody

# Who is whom in Slurm, munged, and the node's configuration.
login_node() {
        with_munge
        HERE=$MUNGED
        # Who is whom in Slurm.
        sacctmgr 'case "$*" in
*adminlevel*) echo "'$OPERATOR'|Operator"; echo "'$ORDINARY'|None" ;;
*coord*) echo "hpc|" ;;
*) echo "'$ORDINARY'|hpc" ;;
esac'
        printf '%s\n' "[auth]" "munge_socket = $SITE/here/socket" >>"$SLURM_QUOTA_CONF"
        AWAY=$SITE/away
        mkdir "$AWAY"
        node here
}

# node MUNGE: the login node's configuration; no database there.
node() {
        printf '%s\n' "[store]" "path = $AWAY/none.db" "[spool]" "directory = $AWAY/spool" \
                "[slurm]" "user = $OWNER" "[auth]" "munge_socket = $SITE/$1/socket" "[client]" \
                "timeout_seconds = 5" >"$AWAY/slurm-quota.conf"
}

# on_node USER COMMAND...: as USER runs it there.
on_node() {
        SLURM_QUOTA_CONF=$AWAY/slurm-quota.conf SLURM_QUOTA_URL=${WHERE-$URL/} \
                as "$1" slurm-quota "${@:2}"
}

# Whether the service has heard from Slurm who is operator.
is() {
        on_node "$OPERATOR" user-quota zoe 1 >/dev/null 2>&1
}

# fails STATUS TEXT COMMAND...: one line that begins so, perhaps a hint, and nothing printed.
fails() {
        local wanted=$1 text=$2
        shift 2
        run --separate-stderr "$@"
        echo "$* -> $status: $output / $stderr"
        [ "$status" -eq "$wanted" ] && [ -z "$output" ]
        [[ ${stderr_lines[0]} == "slurm-quota: $text"* ]]
        [ "${#stderr_lines[@]}" -le 2 ]
}

# The newest entry: "budget|games (munge)|why".
newest() {
        sql "SELECT kind, actor, reason FROM entry ORDER BY id DESC LIMIT 1"
}

# same_text HERE THERE
same_text() {
        diff -u <(printf '%s\n' "$1") <(printf '%s\n' "$2")
}

# same COMMAND...: the operator sees there what root sees here.
same() {
        local here there
        here=$(slurm-quota "$@")
        there=$(on_node "$OPERATOR" "$@")
        same_text "$here" "$there"
}

# same_json COMMAND...: the same with --json, whatever its layout.
same_json() {
        python3 -c 'import json, sys
assert json.loads(sys.argv[1]) == json.loads(sys.argv[2]), sys.argv' \
                "$(slurm-quota "$@" --json)" "$(on_node "$OPERATOR" "$@" --json)"
}
