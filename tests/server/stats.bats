#!/usr/bin/env bats
# What /stats says.

load helper

# site: two users, two accounts, with something of everything.
site() {
        slurm-quota user-quota bob 10
        slurm-quota user-quota alice 1000
        slurm-quota user-gpu-quota alice 0
        slurm-quota account-quota hpc 50000
        slurm-quota account-quota bio 1
        balance user alice 1 48601 6000 3
        balance user alice 2 0 0 0
        balance user bob 1 600 0 0
        balance user bob 2 1 0 0
        balance account hpc 1 48601 6000 3
        balance account hpc 2 0 59 0
        sql "UPDATE balance SET updated_at = 0 WHERE subject_id =
             (SELECT id FROM subject WHERE name = 'bio')"
}

# member USER ACCOUNT: as if a job had run there.
member() {
        sql "INSERT INTO membership (user_id, account_id) SELECT u.id, a.id FROM subject u, subject a
             WHERE u.kind = 'user' AND u.name = '$1' AND a.kind = 'account' AND a.name = '$2'"
}

# names LIST: of the last answer, "alice bob".
names() {
        sqlite3 :memory: "SELECT coalesce(group_concat(coalesce(json_extract(value, '\$.username'),
                json_extract(value, '\$.account')), ' '), '')
                FROM json_each('${body//\'/\'\'}', '\$.$1')"
}

# shows USERS / ACCOUNTS: the names of the last answer.
shows() {
        echo "users: $(names users) / accounts: $(names accounts)"
        [ "$status" = 200 ] && [ "$(names users) / $(names accounts)" = "$1" ]
}

@test "the fields are those of the seed in its order, then seconds" {
        site
        serve
        get /stats
        [ "$status" = 200 ]
        sed 's/},{/},\n{/g; s/\[{/[\n{/g' <<<"$body" >"$SITE/is"
        cat >"$SITE/wanted" <<'JSON'
{"users":[
{"username":"alice","total_consumed_cpu_minutes":811,"total_preallocated_cpu_minutes":100,"quota_cpu_minutes":1000,"total_consumed_gpu_minutes":0,"total_preallocated_gpu_minutes":0,"quota_gpu_minutes":0,"last_updated":"2026-01-01 00:00:00","job_count":3,"consumed_cpu_seconds":48601,"reserved_cpu_seconds":6000,"budget_cpu_seconds":60000,"consumed_gpu_seconds":0,"reserved_gpu_seconds":0,"budget_gpu_seconds":0},
{"username":"bob","total_consumed_cpu_minutes":10,"total_preallocated_cpu_minutes":0,"quota_cpu_minutes":10,"total_consumed_gpu_minutes":1,"total_preallocated_gpu_minutes":0,"quota_gpu_minutes":-1,"last_updated":"2026-01-01 00:00:00","job_count":0,"consumed_cpu_seconds":600,"reserved_cpu_seconds":0,"budget_cpu_seconds":600,"consumed_gpu_seconds":1,"reserved_gpu_seconds":0,"budget_gpu_seconds":-1}],"accounts":[
{"account":"bio","total_consumed_cpu_minutes":0,"total_preallocated_cpu_minutes":0,"quota_cpu_minutes":1,"total_consumed_gpu_minutes":0,"total_preallocated_gpu_minutes":0,"quota_gpu_minutes":-1,"last_updated":null,"job_count":0,"consumed_cpu_seconds":0,"reserved_cpu_seconds":0,"budget_cpu_seconds":60,"consumed_gpu_seconds":0,"reserved_gpu_seconds":0,"budget_gpu_seconds":-1},
{"account":"hpc","total_consumed_cpu_minutes":811,"total_preallocated_cpu_minutes":100,"quota_cpu_minutes":50000,"total_consumed_gpu_minutes":0,"total_preallocated_gpu_minutes":1,"quota_gpu_minutes":-1,"last_updated":"2026-01-01 00:00:00","job_count":3,"consumed_cpu_seconds":48601,"reserved_cpu_seconds":6000,"budget_cpu_seconds":3000000,"consumed_gpu_seconds":0,"reserved_gpu_seconds":59,"budget_gpu_seconds":-1}]}
JSON
        diff -u "$SITE/wanted" "$SITE/is"
}

@test "everybody, one user, or one account" {
        site
        member alice hpc
        serve
        get /stats
        shows "alice bob / bio hpc"
        get "/stats?username=&account=%20"
        shows "alice bob / bio hpc"
        get "/stats?username=alice"
        shows "alice / hpc"
        get "/stats?username=bob"
        shows "bob / "
        get "/stats?account=bio"
        shows " / bio"
        get "/stats?account=BIO"
        shows " / bio"
}

@test "nobody of that name is an empty list" {
        site
        serve
        for query in username=carol account=zoo username=hpc account=alice 'username=a+b'; do
                get "/stats?$query"
                [ "$status" = 200 ]
                [ "$body" = '{"users":[],"accounts":[]}' ]
        done
}

@test "an empty ledger is two empty lists" {
        slurm-quota set-gpu-factor h100 1
        serve
        get /stats
        [ "$body" = '{"users":[],"accounts":[]}' ]
}

@test "the accounts of a user are those that Slurm names, asked once for all" {
        site
        member alice hpc
        sacctmgr "printf '%s\n' '|root' 'alice|hpc' 'alice|bio' 'alice|bio' 'bob|bio' 'alice|new'"
        serve
        alice_has_both() { get "/stats?username=alice" && shows "alice / bio hpc"; }
        eventually alice_has_both
        get "/stats?username=bob"
        shows "bob / bio"
        asked_for_all() { diff "$SITE/asked" - <<'END'
-nP show associations format=user,account
-nP show user format=user,adminlevel
-nP show account withcoord format=account,coord
END
        }
        eventually asked_for_all
}

@test "who is not in Slurm's answer has the accounts of the ledger" {
        site
        member alice hpc
        sacctmgr "echo 'bob|bio'"
        serve
        bob_has_bio() { get "/stats?username=bob" && shows "bob / bio"; }
        eventually bob_has_bio
        get "/stats?username=alice"
        shows "alice / hpc"
}

@test "requests do not wait for Slurm" {
        site
        member alice hpc
        sacctmgr 'exec sleep 3'
        serve
        get "/stats?username=alice"
        shows "alice / hpc"
        [ "$(curl -s -o /dev/null -w '%{time_total}' "$URL/stats?username=alice" |
                tr -d .)" -lt 1000000 ]
}

@test "Slurm is asked again now and then, and its last answer stays when it fails" {
        site
        setting "associations_seconds = 1"
        sacctmgr "echo 'alice|hpc'"
        serve
        alice_has() { get "/stats?username=alice" && shows "alice / $1"; }
        eventually alice_has hpc
        sacctmgr "echo 'alice|bio'"
        eventually alice_has bio
        sacctmgr "echo 'sacctmgr: error: slurmdbd is down' >&2; exit 1"
        eventually grep -q 'could not ask Slurm for associations: .*slurmdbd is down' "$SITE/err"
        alice_has bio
        sacctmgr "echo 'alice|hpc'"
        eventually alice_has hpc
        [ "$(grep -c 'could not ask' "$SITE/err")" = 1 ]
        eventually grep -q 'tells associations and roles again' "$SITE/err"
}

@test "what has been committed is in the next answer" {
        slurm-quota user-quota alice 1
        serve
        for n in {2..20}; do
                slurm-quota user-quota alice "$n"
                get /stats
                [[ $body == *'"quota_cpu_minutes":'$n,* ]]
                get "/stats?username=alice"
                [[ $body == *'"quota_cpu_minutes":'$n,* ]]
        done
}

@test "names are UTF-8 as they stand, and JSON whatever they are" {
        slurm-quota user-quota müller 1
        sql "UPDATE subject SET name = name || '\"\\' || char(1) WHERE name = 'müller'"
        serve
        get /stats
        [[ $body == *'"username":"müller\"\\\u0001"'* ]]
        [ "$(sqlite3 :memory: "SELECT json_valid('$body')")" = 1 ]
}

@test "a database that is gone is said to be, and found again" {
        site
        serve
        get /stats
        mv "$SITE/state" "$SITE/away"
        for path in /stats "/stats?username=alice" "/stats?account=hpc"; do
                get "$path"
                [ "$status" = 503 ]
                [[ $body == '{"error":"store","message":"there is no database at \"'*'slurm-quota account-quota NAME MINUTES"}' ]]
        done
        get /health
        [ "$status" = 200 ]
        mv "$SITE/away" "$SITE/state"
        get /stats
        shows "alice bob / bio hpc"
        [ "$(grep -c 'could not read the ledger: there is no database' "$SITE/err")" = 1 ]
        [ "$(grep -c 'can be read again' "$SITE/err")" = 1 ]
}

@test "a database that was replaced is read, not the old one" {
        site
        serve
        get /stats
        sql ".backup '$SITE/other.db'"
        sqlite3 "$SITE/other.db" "UPDATE subject SET name = 'carol' WHERE name = 'alice'"
        rm -f "$DB"-wal "$DB"-shm
        mv "$SITE/other.db" "$DB"
        for path in /stats "/stats?username=carol"; do
                get "$path"
                [[ $body == *carol* ]]
                [[ $body != *alice* ]]
        done
}

@test "a damaged database is 503 and not the end" {
        site
        serve
        get /stats
        rm -f "$DB"-wal "$DB"-shm
        head -c 20000 /dev/urandom >"$SITE/new"
        mv "$SITE/new" "$DB"
        get /stats
        [ "$status" = 503 ]
        [[ $body == '{"error":"store",'* ]]
        get /health
        [ "$status" = 200 ]
}
