#!/usr/bin/env bats
# Where it listens, what it needs, and how it says that it cannot.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
}

has_ipv6() { [ -e /proc/net/if_inet6 ] && grep -q ' lo$' /proc/net/if_inet6; }

@test "it says where it listens, and listens there" {
        serve
        [ "$(cat "$SITE/out")" = "listening on http://127.0.0.1:$PORT" ]
        get /health
        [ "$status" = 200 ]
}

@test "hosts are names or addresses of both kinds" {
        has_ipv6 || skip "no IPv6 here"
        for host in ::1 '[::1]'; do
                serve --host "$host"
                [ "$(cat "$SITE/out")" = "listening on http://[::1]:$PORT" ]
                get /health
                [ "$status" = 200 ]
                stop
        done
        serve --host ::
        curl -sf -m 5 "http://127.0.0.1:$PORT/health"
        curl -sf -m 5 "http://[::1]:$PORT/health"
        stop
        serve --host localhost
        for where in $(sed -n 's/^listening on //p' "$SITE/out"); do
                curl -sf -m 5 "$where/health"
        done
}

# refused STATUS TEXT OPTION...: does not start, and says so in one line and perhaps a hint.
refused() {
        local status_wanted=$1 text=$2
        shift 2
        run --separate-stderr timeout 20 slurm-quota serve "$@" 3>&-
        echo "$* -> $status $output / $stderr"
        [ "$status" -eq "$status_wanted" ]
        [ -z "$output" ]
        # shellcheck disable=SC2053  # it is a pattern
        [[ ${stderr_lines[0]} == "slurm-quota: "$text ]]
        [ "${#stderr_lines[@]}" -le 2 ]
}

@test "what it cannot listen on is said" {
        serve
        refused 1 "cannot listen on 127.0.0.1 port $PORT: Address already in use" --port "$PORT"
        refused 1 'cannot listen on host "no.such.host.invalid": '* --host no.such.host.invalid
        refused 1 'cannot listen on 192.0.2.1 port 0: '* --host 192.0.2.1 --port 0
}

@test "bad options are usage errors" {
        for port in -1 65536 x '' 1.5 99999999999999999999; do
                refused 2 "--port cannot be \"$port\"" --port "$port"
        done
        for idle in -1 x '' 10s; do
                refused 2 "--idle-timeout cannot be \"$idle\"" --idle-timeout "$idle"
        done
        refused 2 "--host is empty" --host ''
        refused 2 "too many arguments for serve" now
}

@test "no database is said, with what to do" {
        rm -r "$SITE/state"
        refused 1 "there is no database at \"$DB\"" --port 0
        [[ ${stderr_lines[1]} == *"account-quota"* ]]
        [ ! -e "$SITE/state" ]
}

@test "a database that may not be read is said" {
        need_root
        refused_nobody() { setpriv --reuid nobody --clear-groups slurm-quota serve --port 0; }
        run refused_nobody
        [ "$status" -eq 1 ]
        [[ $output == *"slurm-quota: "*"ermission denied"* ]]
}

@test "too few descriptors are said" {
        refused_descriptors() { ulimit -n 500; slurm-quota serve --port 0; }
        run refused_descriptors
        [ "$status" -eq 1 ]
        [[ ${lines[0]} == "slurm-quota: 2304 files cannot be open at once, only 500" ]]
        refused_descriptors() { ulimit -Sn 500; exec timeout 2 slurm-quota serve --port 0; }
        run refused_descriptors
        [[ ${lines[0]} == "listening on "* ]]
}

# The database's files with owners, modes and contents.  (Not by sqlite3, which takes the
# log away when it leaves, and then nobody but a writer can make it anew.)
files() { (cd "$SITE/state" && stat -c '%n %U:%G %a' -- * && sha256sum -- slurm-quota.db*[^m]); }

@test "whoever may read may serve, and writes nothing" {
        need_root
        printf '%s\n' "[store]" "path = $DB" "readable_by = everyone" "[slurm]" "user = slurm" \
                >"$SLURM_QUOTA_CONF"
        slurm-quota user-quota alice 1001
        before=$(files)
        AS=(setpriv --reuid nobody --regid nogroup --clear-groups)
        serve
        for path in /stats "/stats?username=alice" /stats; do
                get "$path"
                [[ $status == 200 && $body == *'"quota_cpu_minutes":1001'* ]]
        done
        [ "$(files)" = "$before" ]
        slurm-quota user-quota alice 1002
        get /stats
        [[ $body == *'"quota_cpu_minutes":1002'* ]]
        stop
}

@test "the service manager hears when it is ready and when it stops" {
        "$CLIENTS" "$SITE/notify" manager 2 >"$SITE/heard" 3>&- &
        BACKGROUND+=($!)
        eventually grep -q ready "$SITE/heard"
        NOTIFY_SOCKET=$SITE/notify serve
        eventually grep -q READY=1 "$SITE/heard"
        run ! grep -q STOPPING "$SITE/heard"
        stop
        eventually grep -q STOPPING=1 "$SITE/heard"
}

# activated OPTION...: as a socket unit does it, at the first connection to the Unix socket.
activated() {
        command -v systemd-socket-activate >/dev/null || skip "no systemd-socket-activate"
        sacctmgr ':'
        systemd-socket-activate -E SLURM_QUOTA_CONF -E PATH -E ASAN_OPTIONS "$@" \
                "$(command -v slurm-quota)" serve --host 192.0.2.1 --idle-timeout 60 \
                >"$SITE/out" 2>"$SITE/err" 3>&- &
        SERVER=$!
        eventually test -S "$SITE/unix"
        eventually curl -sf -m 5 --unix-socket "$SITE/unix" http://x/health
        eventually is_listening
}

@test "every socket that systemd hands over is served" {
        has_ipv6 || skip "no IPv6 here"
        # It takes no port 0: one that was free a moment ago.
        serve
        free=$PORT
        stop
        activated -l "127.0.0.1:$free" -l "[::1]:$free" -l "$SITE/unix"
        [ "$(grep -c '^listening on ' "$SITE/out")" = 3 ]
        grep -q "^listening on unix:$SITE/unix$" "$SITE/out"
        grep -q "^listening on http://127.0.0.1:$free$" "$SITE/out"
        grep -q "^listening on http://\[::1\]:$free$" "$SITE/out"
        for where in $(sed -n 's/^listening on \(http.*\)/\1/p' "$SITE/out"); do
                curl -sf -m 5 "$where/stats" | grep -q '"username":"alice"'
        done
        for i in {1..20}; do
                curl -sf -m 5 --unix-socket "$SITE/unix" http://x/stats | grep -q alice
        done
        run curl -s -m 5 --unix-socket "$SITE/unix" http://x/health -o /dev/null \
                -w '%{num_connects}\n' http://x/health -o /dev/null http://x/stats -o /dev/null
        [ "$output" = $'1\n0\n0' ]
}

@test "what was handed over must listen" {
        handed_over() {
                exec 3</dev/null
                exec env LISTEN_FDS=1 sh -c 'LISTEN_PID=$$ exec slurm-quota serve'
        }
        run handed_over
        [ "$status" -eq 1 ]
        [[ ${lines[0]} == "slurm-quota: descriptor 3, which was handed over, does not listen for connections" ]]
}

@test "sockets for another process are not ours" {
        LISTEN_FDS=1 LISTEN_PID=1 serve
        get /health
        [ "$status" = 200 ]
}
