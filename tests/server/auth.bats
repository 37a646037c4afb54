#!/usr/bin/env bats
# Who is asking, and what he is told then.  Which route is for whom: roles.bats.

load helper
load munge

# games is an operator and mail an administrator.
setup() {
        site_setup
        BACKGROUND=()
        ROLES='games|Operator\nmail|Administrator'
        people "$ROLES"
        for name in bin daemon lp; do slurm-quota user-quota $name 1000; done
        for name in physics zoo; do slurm-quota account-quota $name 1000; done
        (umask 077; head -c 32 /dev/urandom >"$SITE/jwt.key")
        printf '%s\n' "[auth]" "jwt_key = $SITE/jwt.key" "munge_socket = $SITE/here/socket" \
                >>"$SLURM_QUOTA_CONF"
}

# auth KEY=VALUE...: of section [auth], which is the last one.
auth() {
        printf '%s\n' "$@" >>"$SLURM_QUOTA_CONF"
}

b64() { base64 -w 0 | tr '+/' '-_' | tr -d '='; }

# slurm_token USER [SECONDS]: as scontrol makes it.
slurm_token() {
        local now text
        now=$(date +%s)
        text=$(printf '{"alg":"HS256","typ":"JWT"}' | b64).$(printf \
                '{"exp":%d,"iat":%d,"sun":"%s"}' $((now + ${2:-600})) "$now" "$1" | b64)
        printf '%s.%s' "$text" "$(printf %s "$text" | openssl dgst -sha256 -mac HMAC -macopt \
                "hexkey:$(od -An -tx1 "$SITE/jwt.key" | tr -d ' \n')" -binary | b64)"
}

# get_as USER PATH [CURL-OPTION]...
get_as() {
        get "$2" -H "X-SLURM-USER-TOKEN: $(slurm_token "$1")" "${@:3}"
}

# role_of USER: as the service sees him.
role_of() {
        get_as "$1" /me >/dev/null
        sqlite3 :memory: "SELECT json_extract('$body', '\$.role')"
}

is_operator() { [ "$(role_of games)" = operator ]; }

# credential USER METHOD TARGET [BODY [OPTION]...]
credential() {
        printf 'slurm-quota 1\n%s %s\n%s' "$2" "$3" \
                "$(printf %s "${4-}" | sha256sum | cut -d ' ' -f 1)" |
                setpriv --reuid "$1" --clear-groups munge --socket="$SITE/here/socket" "${@:5}"
}

# names LIST: of the last answer of /stats.
names() {
        sqlite3 :memory: "SELECT coalesce(group_concat(coalesce(json_extract(value,
                '\$.username'), json_extract(value, '\$.account')), ' '), '')
                FROM json_each('$body', '\$.$1')"
}

shows() {
        echo "users: $(names users) / accounts: $(names accounts)"
        [ "$status" = 200 ] && [ "$(names users) / $(names accounts)" = "$1" ]
}

@test "everybody sees what is his, where not everybody may see everything" {
        auth "anonymous_stats = no"
        serve
        eventually is_operator
        get /stats
        [ "$status" = 401 ]
        grep -qx 'WWW-Authenticate: MUNGE, Bearer' <<<"$headers"
        grep -qx 'Cache-Control: no-store' <<<"$headers"
        get_as bin /stats
        shows "bin / physics"
        get_as daemon /stats
        shows "bin daemon / physics"
        get_as lp /stats
        shows "lp / zoo"
        get_as games /stats
        shows "bin daemon lp / physics zoo"
        get_as daemon "/stats?username=bin"
        shows "bin / physics"
        get_as bin "/stats?username=lp"
        [ "$status" = 403 ]
        [ "$body" = '{"error":"forbidden","message":"where lp stands is not for bin"}' ]
        get_as stranger /stats
        shows " / "
}

@test "a member's other accounts are not his coordinator's business" {
        auth "anonymous_stats = no"
        sacctmgr 'case "$*" in
*adminlevel*) printf "games|Operator\n" ;;
*coord*) printf "physics|daemon\n" ;;
*) printf "bin|physics\nbin|zoo\n" ;;
esac'
        serve
        eventually is_operator
        get_as daemon "/stats?username=bin"
        shows "bin / physics"
        get_as bin "/stats?username=bin"
        shows "bin / physics zoo"
}

@test "who may not see where others stand does not learn it from the metrics" {
        auth "anonymous_stats = no"
        serve
        eventually is_operator
        get /metrics
        [[ $status == 200 && $body != *zoo* ]]
        get_as bin /metrics
        [[ $status == 200 && $body != *zoo* ]]
        get_as games /metrics
        [[ $status == 200 && $body == *zoo* ]]
}

@test "/me and /roles say what Slurm says" {
        serve
        eventually is_operator
        get_as daemon /me
        [ "$body" = '{"username":"daemon","role":"coordinator","method":"jwt","accounts":["physics"],"coordinator_of":["physics"]}' ]
        get_as games /roles
        [ "$body" = '{"administrators":["root","'"$OWNER"'","mail"],"operators":["games"],"coordinators":[{"username":"daemon","accounts":["physics"]}]}' ] ||
                [ "$OWNER" = root ]
}

@test "roles follow Slurm, and stay as they were while it does not answer" {
        setting "associations_seconds = 1"
        sed -i -e '/^\[auth\]/,/^munge_socket/d' "$SLURM_QUOTA_CONF"
        printf '%s\n' "[auth]" "jwt_key = $SITE/jwt.key" >>"$SLURM_QUOTA_CONF"
        serve
        eventually is_operator
        sacctmgr "echo 'slurmdbd is down' >&2; exit 1"
        eventually grep -q 'could not ask Slurm' "$SITE/err"
        [ "$(role_of games)" = operator ]
        people 'mail|Operator'
        is_nothing_any_more() { [ "$(role_of games)" = user ]; }
        eventually is_nothing_any_more
        [ "$(role_of mail)" = operator ]
        [ "$(grep -c 'could not ask Slurm' "$SITE/err")" = 1 ]
}

@test "while Slurm has said nothing nobody is more than a user but root and SlurmUser" {
        sacctmgr "exit 1"
        serve
        eventually grep -q 'could not ask Slurm' "$SITE/err"
        [ "$(role_of games)" = user ]
        [ "$(role_of mail)" = user ]
        [ "$(role_of root)" = administrator ]
        [ "$(role_of "$OWNER")" = administrator ]
}

@test "a change is in the name of who made it, and how he proved who he is" {
        serve
        eventually is_operator
        get_as games /quotas/users/bin/cpu -X PUT -H 'Content-Type: application/json' \
                -d '{"quota_minutes":7,"reason":"ticket 7"}'
        [ "$status" = 204 ]
        token=$(slurm-quota token create deploy --user games)
        get /quotas/users/bin/cpu -X PUT -H "Authorization: Bearer $token" \
                -H 'Content-Type: application/json' -d '{"quota_minutes":8}'
        [ "$status" = 204 ]
        [ "$(sql "SELECT group_concat(actor || '/' || coalesce(reason, ''), ' ') FROM
                (SELECT * FROM entry WHERE kind = 'budget' ORDER BY id DESC LIMIT 2)")" = \
                "games (token deploy)/ games (jwt)/ticket 7" ]
}

@test "tokens are made, listed and revoked by their owners" {
        json=(-H 'Content-Type: application/json')
        serve
        eventually is_operator
        get_as bin /tokens -X POST "${json[@]}" -d '{"name":"ci","expires_in_seconds":60}'
        [ "$status" = 201 ]
        token=$(sqlite3 :memory: "SELECT json_extract('$body', '\$.token')")
        get /me -H "Authorization: Bearer $token"
        [[ $body == '{"username":"bin","role":"user","method":"token",'* ]]
        [ "$(sql "SELECT last_used_at > 0 FROM token")" = 1 ]
        get_as bin /tokens
        [[ $body == '{"tokens":[{"id":1,"name":"ci","owner":"bin","role":null,'*']}' ]]
        [[ $body != *"$token"* ]]
        get_as lp /tokens
        [ "$body" = '{"tokens":[]}' ]
        get_as mail /tokens
        [[ $body == *'"owner":"bin"'* ]]
        get_as lp /tokens/1 -X DELETE
        [ "$status" = 404 ]
        get_as games /tokens/1 -X DELETE
        [ "$status" = 404 ]
        get /tokens -X POST -H "Authorization: Bearer $token" "${json[@]}" -d '{"name":"x"}'
        [ "$status" = 403 ]
        get_as bin /tokens -X POST "${json[@]}" -d '{"name":"more","role":"operator"}'
        [ "$status" = 403 ]
        for wrong in '{}' '{"name":"a b"}' '{"name":"x","role":"king"}' \
                '{"name":"x","expires_in_seconds":0}' '{"name":"x","expires_in_seconds":-1}' \
                '{"name":"x","owner":"root"}' '{"name":7}' '[]' ''; do
                get_as bin /tokens -X POST "${json[@]}" -d "$wrong"
                [ "$status" = 400 ]
        done
        get_as bin /tokens -X POST "${json[@]}" -d '{"name":"ci"}'
        [ "$status" = 409 ]
        get_as bin /tokens/1 -X DELETE
        [ "$status" = 204 ]
        get /me -H "Authorization: Bearer $token"
        [ "$status" = 401 ]
        [ "$body" = '{"error":"unauthorized","message":"the token was revoked"}' ]
        [ "$(sql "SELECT group_concat(actor, ' ') FROM entry WHERE kind = 'token'")" = \
                "bin (jwt) bin (jwt)" ]
}

@test "an administrator revokes anybody's" {
        serve
        eventually is_operator
        token=$(slurm-quota token create ci --user bin)
        get_as mail /tokens/1 -X DELETE
        [ "$status" = 204 ]
        get /me -H "Authorization: Bearer $token"
        [ "$status" = 401 ]
}

@test "a proxy's word counts from its addresses only, and from nobody else it is not heard" {
        auth "proxy_addresses = 127.0.0.2; ::1"
        serve
        eventually is_operator
        get /me -H "X-Remote-User: games" --interface 127.0.0.2
        [[ $body == '{"username":"games","role":"operator","method":"proxy",'* ]]
        get /me -H "X-Remote-User: games" --interface 127.0.0.1
        [ "$status" = 401 ]
        [[ $body == *"say who you are"* ]]
        get /stats -H "X-Remote-User: root" --interface 127.0.0.1
        [ "$status" = 200 ]
        get /stats -H "X-Remote-User: root" --interface 127.0.0.2
        [ "$status" = 401 ]
}

@test "settings that nobody can mean keep the service from starting" {
        auth "proxy_addresses = 0.0.0.0/0"
        run -1 slurm-quota serve --port 0
        [ "${lines[0]}" = 'slurm-quota: auth.proxy_addresses: "0.0.0.0/0" is everybody' ]
}

@test "a credential of MUNGE is for one request, once" {
        with_munge
        serve
        eventually is_operator
        header="Authorization: MUNGE $(credential games PUT /quotas/users/bin/cpu '{"quota_minutes":9}')"
        change=(-X PUT -H "$header" -H 'Content-Type: application/json')
        get /quotas/users/bin/cpu "${change[@]}" -d '{"quota_minutes":9000}'
        [[ $status == 401 && $body == *"for another request"* ]]
        # It is used up even so.
        get /quotas/users/bin/cpu "${change[@]}" -d '{"quota_minutes":9}'
        [[ $status == 401 && $body == *"used before"* ]]
        header="Authorization: MUNGE $(credential games PUT /quotas/users/bin/cpu '{"quota_minutes":9}')"
        change=(-X PUT -H "$header" -H 'Content-Type: application/json')
        get /quotas/users/bin/cpu "${change[@]}" -d '{"quota_minutes":9}'
        [ "$status" = 204 ]
        [ "$(sql "SELECT actor FROM entry ORDER BY id DESC LIMIT 1")" = "games (munge)" ]
        # The whole address, as a proxy is asked, is the same target.
        run raw "GET http://example.org/me HTTP/1.1\r\nHost: x\r\nAuthorization: MUNGE $(
                credential bin GET /me)\r\nConnection: close\r\n\r\n"
        [[ $output == *'"username":"bin"'* ]]
}

@test "a munged that is gone, or hangs, holds nobody else up" {
        with_munge
        serve
        eventually is_operator
        header="Authorization: MUNGE $(credential bin GET /me)"
        kill -STOP "$MUNGED"
        SECONDS=0
        get /me -H "$header"
        [[ $status == 503 && $SECONDS -lt 8 ]]
        [ "$body" = '{"error":"unavailable","message":"MUNGE credentials cannot be checked now"}' ]
        for _ in {1..8}; do get /me -H "$header"; [ "$status" = 503 ]; done
        still_quick 10
        [ "$(role_of games)" = operator ]
        [ "$SECONDS" -lt 20 ]
        kill -CONT "$MUNGED"
        works_again() {
                get /me -H "Authorization: MUNGE $(credential bin GET /me)" && [ "$status" = 200 ]
        }
        eventually works_again
        kill "$MUNGED"
        has_stopped() { ! kill -0 "$MUNGED" 2>/dev/null; }
        eventually has_stopped
        get /me -H "$header"
        [ "$status" = 503 ]
        get /stats
        [ "$status" = 200 ]
        [ "$(grep -c 'could not check MUNGE' "$SITE/err")" = 2 ]
        [ "$(grep -c 'MUNGE credentials can be checked again' "$SITE/err")" = 1 ]
}

@test "the key of Slurm's tokens is read again when it has changed" {
        serve
        eventually is_operator
        before=$(slurm_token bin)
        (umask 077; head -c 32 /dev/urandom >"$SITE/jwt.new")
        mv "$SITE/jwt.new" "$SITE/jwt.key"
        get /me -H "X-SLURM-USER-TOKEN: $before"
        [ "$status" = 401 ]
        get_as bin /me
        [ "$status" = 200 ]
        chmod 644 "$SITE/jwt.key"
        get_as bin /me
        [ "$status" = 503 ]
        [[ $body != *"$SITE"* ]]
        grep -q "could not check Slurm's tokens: the key \"$SITE/jwt.key\" is open to everybody" \
                "$SITE/err"
}
