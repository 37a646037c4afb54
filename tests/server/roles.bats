#!/usr/bin/env bats
# Nobody gets more than his role allows: every route, every role, every way to say who one is,
# and every way to say so falsely.

load helper
load munge

setup() {
        site_setup
        BACKGROUND=()
        with_munge
        # A user, a coordinator, an operator, an administrator, and somebody else.
        people 'games|Operator\nmail|Administrator\nbin|None\ndaemon|None'
        munge_key "$SITE/key.other"
        start_munged other "$SITE/key.other"
        (umask 077; head -c 32 /dev/urandom >"$SITE/jwt.key")
        for name in bin lp; do slurm-quota user-quota $name 1000; done
        for name in physics zoo; do slurm-quota account-quota $name 1000; done
        tokens
}

# One for each of the people, and less of each for the administrator; bad ones, too.
tokens() {
        local name role
        for name in bin daemon games mail root; do
                token "of-$name" --user "$name"
        done
        for role in user coordinator operator administrator; do
                token "capped-$role" --user mail --role "$role"
        done
        token expired --user mail --expires 1s
        token revoked --user mail
        slurm-quota token revoke "$(sql "SELECT id FROM token WHERE name = 'revoked'")"
        # It is nobody's of those below whom DELETE /tokens/1 must not find.
        sql "UPDATE token SET id = 1000 WHERE id = 1"
        sql "UPDATE token SET id = 1, revoked_at = 1 WHERE name = 'revoked'"
}

token() {
        printf '%s %s\n' "$1" "$(slurm-quota token create "$@")" >>"$SITE/tokens"
}

# A second one, for a Unix socket.
serve_unix() {
        command -v systemd-socket-activate >/dev/null || return 0
        systemd-socket-activate -E SLURM_QUOTA_CONF -E PATH -E ASAN_OPTIONS -l "$SITE/unix" \
                "$(command -v slurm-quota)" serve --idle-timeout 300 \
                >"$SITE/out.unix" 2>"$SITE/err.unix" 3>&- &
        BACKGROUND+=($!)
        eventually test -S "$SITE/unix"
        chmod 666 "$SITE/unix"
}

role_is_known() {
        [ "$(curl -s -H "X-Remote-User: games" "$@" | grep -c '"role":"operator"')" = 1 ]
}

unix_role_is_known() {
        setpriv --euid games curl -s --unix-socket "$SITE/unix" http://x/me |
                grep -q '"role":"operator"'
}

everybody() {
        printf '%s\n' "[auth]" "munge_socket = $SITE/here/socket" "jwt_key = $SITE/jwt.key" \
                "proxy_addresses = 127.0.0.1" "$@" >>"$SLURM_QUOTA_CONF"
        serve
        eventually role_is_known "$URL/me"
        serve_unix
        [ ! -e "$SITE/unix" ] || eventually unix_role_is_known
}

@test "where everybody may read where all stand" {
        everybody "anonymous_stats = yes"
        run "$BATS_TEST_DIRNAME/roles.py" "$SITE" "$URL" open
        echo "$output"
        echo "# ${lines[-1]}" >&3
        [ "$status" -eq 0 ]
}

@test "where everybody may read what is his" {
        everybody "anonymous_stats = no" "metrics = operator"
        run "$BATS_TEST_DIRNAME/roles.py" "$SITE" "$URL" closed
        echo "$output"
        echo "# ${lines[-1]}" >&3
        [ "$status" -eq 0 ]
}
