#!/usr/bin/env bats
# token create, list, revoke

load helper

# create [ARGUMENT]...: the token into $token, what is said of it into $stderr.
create() {
        run --separate-stderr slurm-quota token create "$@"
        token=$output
        echo "$output / $stderr"
}

number() { sqlite3 "$DB" "$1"; }

@test "a token is printed once, alone, and is in no file" {
        create deploy --user alice --expires 90d --reason "ticket 7"
        [ "$status" -eq 0 ]
        [[ $token =~ ^sqt_[A-Za-z0-9_-]{43}$ ]]
        [[ $stderr == 'token 1 "deploy" of alice, with all rights of the user, until '*'; it is shown this once' ]]
        run ! grep -rq "${token#sqt_}" "$SITE"
        run slurm-quota token list --json
        [[ $output != *"${token#sqt_}"* ]]
        [ "$(number "SELECT length(hash) FROM token")" = 64 ]
        [ "$(number "SELECT actor IS NOT NULL AND reason = 'made 1 \"deploy\" of alice: ticket 7' FROM entry WHERE kind = 'token'")" = 1 ]
}

@test "no two tokens are the same" {
        create a --user alice
        first=$token
        create b --user alice
        [ "$first" != "$token" ]
}

@test "without a user it is that of who runs the command" {
        create mine --role user
        [[ $stderr == "token 1 \"mine\" of $(id -un), no more than user, for ever; it is shown this once" ]]
}

@test "the list has all that are not revoked" {
        run -0 slurm-quota token list
        [ "$output" = "no tokens" ]
        create deploy --user alice --role operator
        create read --user bob --expires 1h
        sql "UPDATE token SET created_at = 1767225600, last_used_at = 1767225660 WHERE id = 1"
        run -0 slurm-quota token list
        [[ ${lines[0]} == *"ID"*"NAME"*"USER"*"AT MOST"*"CREATED"*"EXPIRES"*"LAST USED" ]]
        [[ ${lines[2]} == *"1"*"deploy"*"alice"*"operator"*"2026-01-01 00:00:00 UTC"*"never"*"2026-01-01 00:01:00 UTC" ]]
        [[ ${lines[3]} == *"2"*"read"*"bob"*" - "*"never" ]]
        run -0 slurm-quota token revoke 1
        [ "$output" = "token 1 revoked" ]
        run -0 slurm-quota token list --json
        [[ $output == *'"id":2,"name":"read","owner":"bob","role":null,"created_at":'*'"last_used_at":null'* ]]
        [[ $output != *deploy* ]]
        unchanged 1 slurm-quota token revoke 1
        [ "${stderr_lines[0]}" = "slurm-quota: there is no token 1" ]
}

@test "what cannot be meant is refused" {
        create deploy --user alice
        for wrong in "'' --user alice" "'a b'" "-- -x" "t --role nobody" "t --role king" \
                "t --user 'a b'" "t --user ''" "t --expires 90" "t --expires 0d" "t --expires d" \
                "t --expires -1d" "t --expires 101y" "t --expires 99999999999999999999d" \
                "t --expires 5200000w" "t --reason ' '"; do
                eval "unchanged 2 slurm-quota token create $wrong"
        done
        unchanged 1 slurm-quota token create deploy --user alice
        [ "${stderr_lines[0]}" = 'slurm-quota: alice has a token "deploy" already' ]
        for wrong in x -1 1.5 ""; do
                unchanged 2 slurm-quota token revoke "$wrong"
        done
        unchanged 1 slurm-quota token revoke 0
        unchanged 1 slurm-quota token revoke 2
}

@test "ordinary users have nothing to do with them" {
        need_root
        create deploy --user alice
        unchanged 1 as nobody slurm-quota token create mine
        [[ ${stderr_lines[0]} == "slurm-quota: only root and slurm may run token create; and "* ]]
        unchanged 1 as nobody slurm-quota token list
        unchanged 1 as nobody slurm-quota token revoke 1
}

@test "a list that nobody reads to its end is no failure" {
        create deploy --user alice
        slurm-quota token list | head -n 1
}
