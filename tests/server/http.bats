#!/usr/bin/env bats
# The protocol around the answers.

load helper

setup() {
        site_setup
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 50
}

has_header() { grep -qx "$1" <<<"$headers"; }

@test "/health is exactly that path" {
        serve
        get /health
        [ "$status" = 200 ]
        [ "$body" = '{"status":"ok"}' ]
        get "/health?x=1"
        [ "$status" = 200 ]
        for path in /healthz /health/ /Health /health%00 // / "/%68ealth"; do
                get "$path" --path-as-is
                [ "$status" = 404 ]
                [ "$body" = '{"error":"not_found","message":"there is nothing here; /openapi.json says what there is"}' ]
        done
}

@test "answers are JSON in UTF-8 and say how long they are" {
        serve
        for path in /health /stats "/stats?username=alice" /nowhere "/stats?username=%"; do
                get "$path"
                has_header 'Content-Type: application/json; charset=utf-8'
                has_header "Content-Length: $(printf '%s' "$body" | wc -c)"
        done
}

@test "HEAD is GET without the body" {
        serve
        for path in /health /stats /nowhere "/stats?username=a&account=b"; do
                get "$path"
                wanted=$(grep -v '^Date' <<<"$headers")
                curl -s -m 5 -I "$URL$path" | tr -d '\r' | grep -v '^Date' >"$SITE/head"
                diff <(printf '%s\n\n' "$wanted") "$SITE/head"
        done
}

@test "other methods are refused and told which there are" {
        serve
        for method in POST PUT PATCH DELETE OPTIONS TRACE PROPFIND get; do
                for path in /health /stats "/stats?username=%"; do
                        get "$path" -X "$method"
                        [ "$status" = 405 ]
                        has_header 'Allow: GET, HEAD'
                        [ "$body" = '{"error":"method_not_allowed","message":"what can be done here: GET, HEAD"}' ]
                done
        done
        get /nowhere -X POST
        [ "$status" = 404 ]
}

@test "a bad query is 400 and says why" {
        serve
        while IFS='|' read -r query message; do
                get "/stats?$query"
                [ "$status" = 400 ]
                [ "$body" = "{\"error\":\"bad_request\",\"message\":\"$message\"}" ]
        done <<'END'
username=alice&account=hpc|username and account are mutually exclusive
username=%zz|the query cannot be decoded
username=alice%00|the query holds a NUL byte
account=%ff|account is not valid UTF-8
END
        get "/stats?username=$(printf 'a%.0s' {1..256})"
        [ "$body" = '{"error":"bad_request","message":"username is longer than 255 bytes"}' ]
        get "/stats?username=alice&username=bob"
        [[ $status == 200 && $body == *alice* ]]
}

@test "connections are kept, by HTTP/1.0 too when it asks for it" {
        serve
        run curl -s -m 5 -o /dev/null -o /dev/null -w '%{num_connects}\n' "$URL/health" "$URL/stats"
        [ "$output" = $'1\n0' ]
        run raw 'GET /health HTTP/1.0\r\n\r\n'
        [[ ${lines[0]} == "HTTP/1."*" 200 OK" ]]
        [ "${lines[-1]}" = '{"status":"ok"}' ]
}

@test "requests that come together are answered one after the other" {
        serve
        run raw 'GET /health HTTP/1.1\r\nHost: x\r\n\r\nHEAD /stats HTTP/1.1\r\nHost: x\r\n\r\nGET /no HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
        [ "$(grep -o 'HTTP/1.1 ' <<<"$output" | wc -l)" -eq 3 ]
        [[ $output == *'{"status":"ok"}HTTP/1.1 200 OK'*'HTTP/1.1 404 Not Found'*'"not_found"'* ]]
}

@test "a client that has half closed gets its answer" {
        serve
        answer=$(printf 'GET /stats HTTP/1.1\r\nHost: x\r\n\r\n' |
                timeout 10 curl -s -m 10 --no-buffer "telnet://127.0.0.1:$PORT" | tr -d '\r')
        [[ $answer == "HTTP/1.1 200 OK"*'"username":"alice"'* ]]
}

@test "the whole address of a resource is understood" {
        serve
        run raw "GET http://quota.example.org/stats?account=hpc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        [[ $output == "HTTP/1.1 200 OK"*'"account":"hpc"'* ]]
}

@test "bodies are read and mean nothing" {
        serve
        get /stats -X POST -d "$(printf 'x%.0s' {1..8000})"
        [ "$status" = 405 ]
        get /health -X GET -H 'Transfer-Encoding: chunked' -d hello
        [ "$status" = 200 ]
        run raw 'POST /stats HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhelloGET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'
        [[ $output == "HTTP/1.1 405 "*"HTTP/1.1 200 OK"* ]]
}

@test "what is too large is refused" {
        serve
        get "/stats?x=$(printf 'x%.0s' {1..9000})"
        [ "$status" = 414 ]
        [ "$body" = '{"error":"too_large","message":"the address is too long"}' ]
        get /stats -X POST -d "$(printf 'x%.0s' {1..9000})"
        [ "$status" = 413 ]
        [ "$body" = '{"error":"too_large","message":"the body is too long"}' ]
        get /stats -H "X: $(printf 'x%.0s' {1..30000})"
        [ "$status" = 431 ]
        get /health
        [ "$status" = 200 ]
}

@test "requests that are none are refused" {
        serve
        for text in 'nonsense\r\n\r\n' 'GET\r\n\r\n' 'GET /health HTTP/1.1\r\n\r\n' \
                'GET /health HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n'; do
                run raw "$text"
                echo "$text -> $output"
                [[ $output == "" || $output == "HTTP/1."?" 4"* ]]
        done
        get /health
        [ "$status" = 200 ]
}
