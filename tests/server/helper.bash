# shellcheck shell=bash disable=SC2034,SC2154
# helper.bash - a service on a throw-away site, and clients for it
#
# The site is that of tests/cli.  Ports come from the kernel, on the loopback only.

load ../cli/helper

CLIENTS=${BUILD_DIR:-}/tests/clients

# sacctmgr SCRIPT...: what is run in its place; it also counts how often.
sacctmgr() {
        printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$SITE/asked'" "$@" >"$SITE/sacctmgr.new"
        chmod 755 "$SITE/sacctmgr.new"
        mv "$SITE/sacctmgr.new" "$SITE/sacctmgr"
}

# setting KEY=VALUE...: of section [server]
setting() {
        printf '%s\n' "[server]" "$@" >>"$SLURM_QUOTA_CONF"
}

# eventually COMMAND...: it is true within ten seconds.
eventually() {
        local i
        for i in {1..200}; do
                "$@" && return
                sleep 0.05
        done
        echo "never: $*"
        return 1
}

is_listening() { grep -qs '^listening on ' "$SITE/out" || ! kill -0 "$SERVER" 2>/dev/null; }
has_ended() { ! kill -0 "$1" 2>/dev/null; }

# serve [OPTION]...: starts the service; URL and PORT are where it listens first.
serve() {
        [ -e "$SITE/sacctmgr" ] || sacctmgr ':'
        grep -q '^sacctmgr' "$SLURM_QUOTA_CONF" ||
                sed -i "s|^\[slurm\]|&\nsacctmgr = $SITE/sacctmgr|" "$SLURM_QUOTA_CONF"
        rm -f "$SITE/out" # of a service before it
        "${AS[@]}" slurm-quota serve --port 0 "$@" >"$SITE/out" 2>"$SITE/err" 3>&- &
        SERVER=$!
        eventually is_listening
        find_it
}

find_it() {
        URL=$(sed -n 's/^listening on \(http.*\)/\1/p' "$SITE/out" | head -n 1)
        PORT=${URL##*:}
        [ -n "$PORT" ] || { cat "$SITE/out" "$SITE/err"; return 1; }
}

# Ends it with a signal; fails unless it says that it was well.
stop() {
        local status=0
        kill -"${1:-TERM}" "$SERVER" 2>/dev/null || :
        wait "$SERVER" || status=$?
        SERVER=
        echo "ended with $status; $(cat "$SITE/err")"
        [ "$status" -eq 0 ] && ! grep -q -e Sanitizer -e 'runtime error' "$SITE/err"
}

# What setup() of tests/cli does, for files that begin with more.
eval "site_$(declare -f setup)"

teardown() {
        local pid
        for pid in "${BACKGROUND[@]}"; do
                kill "$pid" 2>/dev/null || :
                wait "$pid" 2>/dev/null || :
        done
        [ -z "${SERVER:-}" ] || stop
}

# clients WHAT N...: those that stay do so in the background, once they are connected.
clients() {
        local said=$SITE/clients.${#BACKGROUND[@]}
        "$CLIENTS" "$PORT" "$@" >"$said" 3>&- &
        BACKGROUND+=($!)
        eventually grep -q ready "$said"
}

# get PATH: status into $status, body into $body, header lines into $headers.
get() {
        body=$(curl -s -m 20 -D "$SITE/headers" "${@:2}" "$URL$1")
        headers=$(tr -d '\r' <"$SITE/headers")
        status=$(awk 'NR == 1 { print $2 }' "$SITE/headers")
        echo "$1 -> $status $body"
}

# raw TEXT...: sends it (printf's escapes), says nothing more, and prints what comes.
raw() {
        local fd
        exec {fd}<>"/dev/tcp/127.0.0.1/$PORT"
        # shellcheck disable=SC2059  # escapes are meant
        printf "$1" >&"$fd"
        timeout 10 cat <&"$fd" | tr -d '\r'
        exec {fd}>&-
}

# still_quick [N]: /health is answered; the times are shown, the bound is generous.
still_quick() {
        local times
        times=$("$CLIENTS" "$PORT" probe "${1:-50}")
        echo "# $BATS_TEST_DESCRIPTION: $times" >&3
        awk -v longest="${times##*longest }" 'BEGIN { exit longest + 0 > 1000 }'
}

# A port of the kernel's choice that nobody listens on any more: FREE.
free_port() {
        [ -e "$DB" ] || slurm-quota user-quota bob 10 >/dev/null
        "$BATS_FILE_TMPDIR/slurm-quota" serve --port 0 >"$SITE/free" 2>&1 3>&- &
        local pid=$!
        eventually grep -q '^listening on ' "$SITE/free"
        kill "$pid"
        wait "$pid" || :
        FREE=$(sed -n 's/^listening on http:.*://p' "$SITE/free")
}

# proxy LINE...: nginx with these lines in its server; PROXY is its address.
proxy() {
        command -v nginx >/dev/null || skip "needs nginx"
        free_port
        mkdir -p "$SITE/nginx"
        printf '%s\n' "daemon off; pid $SITE/nginx/pid; error_log $SITE/nginx/error;" \
                "events { worker_connections 64; }" \
                "http { ${LOG:-access_log off;} client_body_temp_path $SITE/nginx/b;" \
                "proxy_temp_path $SITE/nginx/p; fastcgi_temp_path $SITE/nginx/f;" \
                "uwsgi_temp_path $SITE/nginx/u; scgi_temp_path $SITE/nginx/s;" \
                "server { listen 127.0.0.1:$FREE $LISTEN; $*" "} }" >"$SITE/nginx/conf"
        nginx -c "$SITE/nginx/conf" -e "$SITE/nginx/error" >"$SITE/nginx/out" 2>&1 3>&- &
        BACKGROUND+=($!)
        PROXY=127.0.0.1:$FREE
        eventually curl -sk -o /dev/null "http://$PROXY/"
}

# A job of alice in hpc, whom budgets must name.
a_job_has_ended() {
        sql "INSERT INTO cluster (id, name) VALUES (1, 'test');
             INSERT INTO entry (id, at, kind, user_id, account_id, actor)
             SELECT 900, strftime('%s'), 'charge', u.id, a.id, 'slurmctld'
             FROM subject u, subject a WHERE u.name = 'alice' AND a.name = 'hpc';
             INSERT INTO entry_line VALUES (900, 1, 1, 240);
             INSERT INTO charge (cluster_id, job_id, submit_at, array_task, restarts, part,
                entry_id, start_at, end_at, state, resized, tres)
             VALUES (1, 12, strftime('%s') - 200, -1, 0, 0, 900, strftime('%s') - 100,
                strftime('%s') - 40, 'COMPLETED', 0, 'cpu=4')"
}

# Two tasks of hers.
a_job_waits() {
        sql "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                seconds, created_at)
             SELECT 'a', -1, u.id, a.id, 2, 'cpu=1', 60, 1767225600
             FROM subject u, subject a WHERE u.name = 'alice' AND a.name = 'hpc';
             INSERT INTO reservation_amount VALUES ('a', -1, 1, 60)"
}

# used ACCOUNT HOURS: node hours of today, by alice.
used() {
        sql "INSERT OR IGNORE INTO resource (name) VALUES ('node');
             INSERT OR IGNORE INTO membership (user_id, account_id)
             SELECT u.id, a.id FROM subject u, subject a
             WHERE u.name = 'alice' AND u.kind = 'user' AND a.name = '$1' AND a.kind = 'account';
             INSERT INTO usage_day (user_id, account_id, resource_id, day, amount)
             SELECT u.id, a.id, r.id, strftime('%Y%m%d', 'now', 'localtime'), 3600 * $2
             FROM subject u, subject a, resource r WHERE u.name = 'alice' AND u.kind = 'user'
             AND a.name = '$1' AND a.kind = 'account' AND r.name = 'node'"
}
