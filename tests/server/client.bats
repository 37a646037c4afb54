#!/usr/bin/env bats
# The command on a host without the database: through the service.

load helper

setup() {
        site_setup
        BACKGROUND=()
        AWAY=$SITE/away
        mkdir "$AWAY"
        # A login node: no database, and nobody on the port that is asked when nothing is said.
        printf '%s\n' "[store]" "path = $AWAY/none.db" "[spool]" "directory = $AWAY/spool" \
                "[slurm]" "user = $OWNER" "[client]" "timeout_seconds = 2" \
                "[auth]" "munge_socket = $AWAY/no-munge" >"$AWAY/slurm-quota.conf"
}

# away COMMAND...: as it runs on the login node.
away() {
        SLURM_QUOTA_URL=${WHERE-$URL} slurm-quota "${@:1:1}" --config "$AWAY/slurm-quota.conf" "${@:2}"
}

# same COMMAND...: says there what it says here.
same() {
        local here there
        here=$(slurm-quota "$@")
        there=$(away "$@")
        diff -u <(printf '%s\n' "$here") <(printf '%s\n' "$there")
}

# fails TEXT COMMAND...: with 1, one line that begins so and a hint, and nothing printed.
fails() {
        local text=$1
        shift
        run --separate-stderr "$@"
        echo "$* -> $status: $output / $stderr"
        [ "$status" -eq 1 ] && [ -z "$output" ]
        [[ ${stderr_lines[0]} == "slurm-quota: $text"* ]]
        [[ ${stderr_lines[1]} == "slurm-quota: hint: "* ]]
        [ "${#stderr_lines[@]}" -eq 2 ]
}

site() {
        slurm-quota user-quota bob 10
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 50000
        balance user alice 1 48601 6000 3
        balance account hpc 1 48601 6000 3
        sql "INSERT INTO membership (user_id, account_id) SELECT u.id, a.id FROM subject u, subject a
             WHERE u.kind = 'user' AND u.name = 'alice' AND a.kind = 'account' AND a.name = 'hpc'"
}

@test "stats is the same table as on the controller" {
        site
        serve
        same stats --all
        same stats alice
        same stats --user bob --hours
        same stats --account HPC
        same stats nobody
        same stats --account zoo
        NO_COLOR=1 LC_ALL=C.UTF-8 same stats --all
}

@test "stats --json is what the service says" {
        site
        serve
        get "/stats?username=alice"
        [ "$(away stats alice --json)" = "$body" ]
}

@test "defaults and factors are the same lists" {
        site
        serve
        same default-quotas
        same gpu-factors
        slurm-quota set-default-quotas --user-cpu 7 --account-gpu 0
        slurm-quota set-gpu-factor h100 0.333333
        slurm-quota set-gpu-factor a100 2
        same default-quotas
        same gpu-factors
        slurm-quota set-gpu-factor default 1000000
        same gpu-factors
}

@test "without SLURM_QUOTA_URL the configured service is asked, where there is no database" {
        site
        serve
        sed -i "s|^\[client\]|&\nurl = $URL/|" "$AWAY/slurm-quota.conf"
        unset SLURM_QUOTA_URL
        run -0 slurm-quota stats --config "$AWAY/slurm-quota.conf" --all
        [ "$output" = "$(slurm-quota stats --all)" ]
        # Where there is one, and it can be read, nobody is asked.
        stop
        run -0 slurm-quota stats --all
}

@test "a base path may end with a slash or not" {
        site
        serve
        proxy "location /quota/ { proxy_pass $URL/; }"
        for WHERE in "http://$PROXY/quota" "http://$PROXY/quota/" "http://$PROXY/quota//"; do
                same stats alice
        done
        WHERE="http://$PROXY/" fails "http://$PROXY/ answers with status 404" away stats
}

@test "over a Unix socket" {
        site
        sacctmgr ':'
        slurm-quota config show >/dev/null
        sed -i "s|^\[slurm\]|&\nsacctmgr = $SITE/sacctmgr|" "$SLURM_QUOTA_CONF"
        systemd-socket-activate -l "$SITE/q.sock" -E SLURM_QUOTA_CONF -E BATS_TEST_TMPDIR \
                -E LC_ALL -E TZ "$BATS_FILE_TMPDIR/slurm-quota" serve >"$SITE/log" 2>&1 3>&- &
        BACKGROUND+=($!)
        eventually test -S "$SITE/q.sock"
        WHERE=unix:$SITE/q.sock same stats --all
        WHERE=unix:$SITE/none fails "could not reach the service at unix:$SITE/none: No such file" \
                away stats
}

@test "nobody there is an error that names the address and says what to do" {
        free_port
        WHERE=http://127.0.0.1:$FREE/ fails \
                "could not reach the service at http://127.0.0.1:$FREE/: Connection refused" \
                away stats --all
        [[ ${stderr_lines[1]} == *"SLURM_QUOTA_URL"* ]]
        WHERE=http://no-such-host.invalid/ fails "could not reach the service at http://no-such-host.invalid/" \
                away stats --all
}

@test "what is no address is refused" {
        for WHERE in ftp://host/ host:9911 file:///etc/passwd http:// 'http://u:p@host/' \
                     'http://host/?x' unix:q.sock; do
                run --separate-stderr away stats --all
                echo "$WHERE -> $status $stderr"
                [ "$status" -eq 2 ]
                [[ ${stderr_lines[0]} == "slurm-quota: \"$WHERE\" is not the address of a service: "* ]]
                [[ ${stderr_lines[1]} == *"SLURM_QUOTA_URL=http://controller:9911/"* ]]
        done
}

@test "who does not answer is not waited for" {
        site
        serve
        kill -STOP "$SERVER"
        SECONDS=0
        fails "the service at $URL did not answer within 2 seconds" away stats --all
        [ "$SECONDS" -lt 10 ]
        kill -CONT "$SERVER"
}

@test "other programs at the address are told from the service" {
        proxy "location /html/ { return 200 '<html>It works!</html>'; }" \
              "location /shape/ { return 200 '{\"users\":{},\"accounts\":[]}'; }" \
              "location /empty/ { return 204; }" \
              "location /moved/ { return 301 http://127.0.0.1:1/; }" \
              "location /bad/ { return 502; }" \
              "location /sick/ { return 503 '{\"error\":\"store\",\"message\":\"the disk is full\"}'; }"
        WHERE=http://$PROXY/html fails "the answer of http://$PROXY/html is not slurm-quota's: it is not JSON" \
                away stats --all
        WHERE=http://$PROXY/shape fails "the answer of http://$PROXY/shape is not slurm-quota's: \"users\" is not a list" \
                away stats --all --json
        WHERE=http://$PROXY/empty fails "the answer of http://$PROXY/empty is not slurm-quota's" away stats --all
        WHERE=http://$PROXY/moved fails "http://$PROXY/moved sends us elsewhere (status 301)" away stats --all
        WHERE=http://$PROXY/bad fails "http://$PROXY/bad answers with status 502" away stats --all
        WHERE=http://$PROXY/sick run --separate-stderr away stats --all
        [ "$status" -eq 1 ]
        [ "$stderr" = "slurm-quota: the disk is full" ]
}

@test "what is cut short, slow or no HTTP at all is told in time" {
        free_port
        WHERE=http://127.0.0.1:$FREE
        # Reads a request, then does what stands in `say`.
        printf '%s\n' '#!/bin/sh' 'end=$(printf "\r")' \
                'while IFS= read -r line && [ "$line" != "$end" ]; do :; done' \
                ". '$SITE/say'" >"$SITE/answer"
        : >"$SITE/say"
        chmod 755 "$SITE/answer"
        systemd-socket-activate --accept --inetd -l "127.0.0.1:$FREE" "$SITE/answer" \
                >"$SITE/log" 2>&1 3>&- &
        BACKGROUND+=($!)
        eventually bash -c ": </dev/tcp/127.0.0.1/$FREE" 2>/dev/null
        echo "printf 'SSH-2.0-OpenSSH_9.2\\r\\n'" >"$SITE/say"
        fails "what answers at $WHERE does not speak HTTP" away stats --all
        echo "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 99\\r\\n\\r\\n{'" >"$SITE/say"
        fails "could not hear the service at $WHERE: transfer closed with" away stats --all
        echo "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: -5\\r\\n\\r\\n{'" >"$SITE/say"
        fails "" away stats --all
        echo "printf 'HTTP/1.1 200 OK\\r\\nX: %0500000d\\r\\n\\r\\n{}' 7" >"$SITE/say"
        fails "could not hear the service at $WHERE: " away stats --all
        echo "exit" >"$SITE/say"
        fails "" away stats --all
        echo "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 9\\r\\n\\r\\n{'; sleep 4" >"$SITE/say"
        SECONDS=0
        fails "the service at $WHERE did not answer within 2 seconds" away stats --all
        [ "$SECONDS" -lt 10 ]
}

@test "an answer without end is cut off" {
        mkdir "$SITE/www"
        truncate -s 70M "$SITE/www/stats"
        proxy "root $SITE/www;"
        chmod -R a+rX "$SITE"
        WHERE=http://$PROXY/ fails "the answer of http://$PROXY/ is longer than 64 MiB" away stats --all
}

@test "a name of the service does not reach the terminal as a command" {
        local amounts='"consumed_cpu_seconds":0,"reserved_cpu_seconds":0,"budget_cpu_seconds":0,"consumed_gpu_seconds":0,"reserved_gpu_seconds":0,"budget_gpu_seconds":0,"job_count":0,"last_updated":null'
        mkdir "$SITE/www"
        printf '{"users":[{"username":"a\\u001b[2Jb\\u009bc\xc2\x9bd\x7f",%s}],"accounts":[]}' "$amounts" \
                >"$SITE/www/stats"
        printf '{"default_factor":1,"factors":{"a\\u001b[2Jb":2}}' >"$SITE/www/gpu"
        proxy "root $SITE/www; location /factors/ { alias $SITE/www/; }" \
              "location /quotas { return 403 '{\"error\":\"x\",\"message\":\"a\\\\u001b[2Jb\"}'; }"
        chmod -R a+rX "$SITE"
        for locale in C C.UTF-8; do
                for option in --hours --json; do
                        LC_ALL=$locale WHERE=http://$PROXY/ run -0 away stats --all "$option"
                        echo "$output"
                        ! LC_ALL=C grep -q -e $'\033' -e $'\x7f' -e $'\xc2\x9b' <<<"$output"
                done
        done
        WHERE=http://$PROXY/ fails "the answer of http://$PROXY/ is not slurm-quota's: \"a?[2Jb\" is not a GPU type" \
                away gpu-factors
        WHERE=http://$PROXY/ fails "could not get a credential" away default-quotas
        [[ ${stderr_lines[0]} == *"a?[2Jb" ]]
}

@test "https with a certificate of the site's own" {
        site
        serve
        openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost \
                -addext subjectAltName=IP:127.0.0.1 -keyout "$SITE/key" -out "$SITE/cert" 2>/dev/null
        LISTEN=ssl proxy "ssl_certificate $SITE/cert; ssl_certificate_key $SITE/key;" \
                "location / { proxy_pass $URL/; }"
        WHERE=https://$PROXY/ SLURM_QUOTA_CA_CERT=$SITE/cert same stats --all
        WHERE=https://$PROXY/ fails "could not reach the service at https://$PROXY/: SSL certificate problem" \
                away stats --all
        [[ ${stderr_lines[1]} == *"SLURM_QUOTA_CA_CERT"* ]]
}

@test "a token says who it is, in the environment or in a file" {
        # What came last; nginx writes the line when the answer is out.
        came() { [ "$(tail -n 1 "$SITE/nginx/seen")" = "$1" ]; }
        mkdir "$SITE/nginx"
        LOG="log_format a '\$http_authorization'; access_log $SITE/nginx/seen a;" proxy "return 404;"
        export WHERE=http://$PROXY/
        run away stats --all
        eventually came -
        SLURM_QUOTA_TOKEN=sqt_abc run away stats --all
        eventually came "Bearer sqt_abc"
        printf 'sqt_def\nnot read\n' >"$SITE/token"
        SLURM_QUOTA_TOKEN_FILE=$SITE/token run away stats --all
        eventually came "Bearer sqt_def"
        SLURM_QUOTA_TOKEN=sqt_ghi SLURM_QUOTA_TOKEN_FILE=$SITE/token run away user-quota alice 5
        eventually came "Bearer sqt_ghi"
        SLURM_QUOTA_TOKEN_FILE=$SITE/none run -1 away stats --all
        [[ $output == "slurm-quota: could not read the token in \"$SITE/none\": No such file"* ]]
        SLURM_QUOTA_TOKEN_FILE=/dev/null run -2 away stats --all
        [ "$output" = "slurm-quota: the token is not one word of plain text" ]
        SLURM_QUOTA_TOKEN=$'a\r\nX-Remote-User: root' run -2 away stats --all
}

@test "an environment's proxy for the web is not asked" {
        site
        serve
        free_port
        http_proxy=http://127.0.0.1:$FREE/ ALL_PROXY=http://127.0.0.1:$FREE/ same stats --all
}
