#!/usr/bin/env bats
# How it ends.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
}

# within SECONDS: the service ends by itself, and well.
within() {
        local i
        for ((i = 0; i < $1 * 20; i++)); do
                has_ended "$SERVER" && break
                sleep 0.05
        done
        has_ended "$SERVER" || { echo "it goes on"; return 1; }
        stop
}

# ask_slowly: the first half of a request, over a connection that stays open in $SLOW.
ask_slowly() {
        exec {SLOW}<>"/dev/tcp/127.0.0.1/$PORT"
        printf 'GET /stats HTTP/1.1\r\nHost: x\r\n' >&"$SLOW"
        sleep 0.3
}

@test "it ends when nobody asks" {
        serve --idle-timeout 1
        within 4
        grep -q '^stopping: nobody has asked for long$' "$SITE/out"
}

@test "it goes on while somebody asks, whatever the answer is" {
        serve --idle-timeout 2
        for path in /nowhere "/stats?username=%" /health "/stats?username=nobody" /nowhere /stats; do
                sleep 0.7
                get "$path"
                [ -n "$status" ]
        done
        get /health -X POST
        [ "$status" = 405 ]
        within 5
}

@test "with 0 it never ends by itself" {
        serve --idle-timeout 0
        sleep 2
        get /health
        [ "$status" = 200 ]
}

@test "a request that is under way keeps it going, a silent connection does not" {
        serve --idle-timeout 1
        ask_slowly
        sleep 2.5
        printf '\r\n' >&"$SLOW"
        read -r -t 5 line <&"$SLOW"
        [[ $line == "HTTP/1.1 200 OK"* ]]
        # It stays open, and silent.
        within 4
}

@test "SIGTERM and SIGINT end it well, at once when nothing is under way" {
        for signal in TERM INT; do
                serve
                get /stats
                clients idle 20
                began=$EPOCHREALTIME
                stop "$signal"
                echo "took from $began to $EPOCHREALTIME"
                [ $((${EPOCHREALTIME/./} - ${began/./})) -lt 2000000 ]
                grep -q '^stopping: told to$' "$SITE/out"
                run curl -s -m 5 "$URL/health"
                [ "$status" -eq 7 ]
        done
}

@test "a request that is under way is answered before the end" {
        serve
        ask_slowly
        kill -TERM "$SERVER"
        sleep 0.5
        run curl -s -m 5 "$URL/health"
        [ "$status" -eq 7 ]
        printf '\r\n' >&"$SLOW"
        answer=$(timeout 10 cat <&"$SLOW" | tr -d '\r')
        [[ $answer == "HTTP/1.1 200 OK"*"Connection: close"*'"username":"alice"'* ]]
        within 3
}

@test "who is too slow is not waited for" {
        setting "stop_seconds = 1"
        serve
        ask_slowly
        began=$EPOCHREALTIME
        kill -TERM "$SERVER"
        within 4
        [ $((${EPOCHREALTIME/./} - ${began/./})) -ge 900000 ]
}

@test "a second signal is obeyed at once" {
        setting "stop_seconds = 60"
        serve
        ask_slowly
        kill -TERM "$SERVER"
        sleep 0.5
        run ! has_ended "$SERVER"
        kill -TERM "$SERVER"
        within 3
}

@test "it ends well while sacctmgr hangs" {
        sacctmgr 'exec sleep 2'
        serve
        within_reach() { grep -q show "$SITE/asked"; }
        eventually within_reach
        kill -TERM "$SERVER"
        within 6
        run ! pgrep -f "$SITE/sacctmgr"
}
