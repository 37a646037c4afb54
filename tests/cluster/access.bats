# shellcheck disable=SC2154
# Who asks the service, with a real Slurm: its tokens, its MUNGE, and whom slurmdbd says he is.

load helper

setup_file() {
        chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
        JWT_KEY=$BATS_FILE_TMPDIR/jwt.key
        head -c 32 /dev/urandom >"$JWT_KEY"
        chown slurm "$JWT_KEY"
        chmod 600 "$JWT_KEY"
        printf '%s\n' "AuthAltTypes=auth/jwt" "AuthAltParameters=jwt_key=$JWT_KEY" \
                >"$BATS_FILE_TMPDIR/slurm.conf"
        start_cluster --conf-extra "$BATS_FILE_TMPDIR/slurm.conf"
        printf '%s\n' "[auth]" "anonymous_stats = no" "jwt_key = $JWT_KEY" \
                "munge_socket = $CLUSTER/munge/munge.socket" >>"$CLUSTER/etc/slurm-quota.conf"
}
teardown_file() { stop_cluster; }

setup() {
        fresh_ledger
        in_cluster sh -c '
                sacctmgr -i add account parent && sacctmgr -i add account child parent=parent &&
                sacctmgr -i add user carol account=child &&
                sacctmgr -i add coordinator account=parent names=alice &&
                sacctmgr -i modify user bob set adminlevel=operator' >/dev/null || true
}

# inside SCRIPT: with a service at $URL, and the words below; its own output only.
inside() {
        in_cluster sh -c '
                slurm-quota serve --port 0 >"$0/out" 2>"$0/err" &
                service=$!
                trap "kill $service; wait $service" EXIT
                for i in $(seq 200); do
                        URL=$(sed -n "s/^listening on \(http.*\)/\1/p" "$0/out")
                        [ -z "$URL" ] || break
                        sleep 0.05
                done
                token() { scontrol token username="$1" lifespan=600 | sed s/SLURM_JWT=//; }
                ask() { curl -s -m 20 -H "X-SLURM-USER-TOKEN: $(token "$1")" "$URL$2"; }
                for i in $(seq 200); do
                        case $(ask bob /me) in *operator*) break ;; esac
                        sleep 0.05
                done
                export SLURM_QUOTA_URL=$URL
                '"$1" "$BATS_TEST_TMPDIR"
}

@test "a token of scontrol says who asks, and slurmdbd what he may" {
        run -0 inside 'for user in root slurm bob alice carol; do ask $user /me; echo; done'
        echo "$output"
        [[ ${lines[0]} == *'"username":"root","role":"administrator","method":"jwt"'* ]]
        [[ ${lines[1]} == *'"username":"slurm","role":"administrator"'* ]]
        [[ ${lines[2]} == *'"username":"bob","role":"operator"'*'"accounts":["physics"]'* ]]
        # Who coordinates the parent coordinates its children.
        [[ ${lines[3]} == *'"role":"coordinator"'*'"coordinator_of":["child","parent"]'* ]]
        [[ ${lines[4]} == *'"role":"user"'*'"coordinator_of":[]'* ]]
}

@test "a coordinator sees the members of the accounts below his, others are refused" {
        quota user-quota carol 10
        quota user-quota bob 10
        run -0 inside 'ask alice "/stats?username=carol"; echo
                ask alice "/stats?username=bob"; echo; ask carol "/stats?username=alice"'
        echo "$output"
        [[ ${lines[0]} == *'"username":"carol"'* ]]
        [[ ${lines[1]} == *'"forbidden"'* ]]
        [[ ${lines[2]} == *'"forbidden"'* ]]
}

@test "an operator changes budgets with MUNGE, a user does not" {
        quota user-quota carol 10
        chmod 755 "$BATS_TEST_TMPDIR"
        run -0 inside 'for user in bob carol; do
                setpriv --reuid $user --regid $user --clear-groups slurm-quota user-quota carol 77 2>&1
                echo "$user: $?"
        done'
        echo "$output"
        [[ $output == *"bob: 0"* && $output == *"carol: 1"* ]]
        [[ $(ask "SELECT actor FROM entry ORDER BY id DESC LIMIT 1") == "bob (munge)" ]]
}

@test "a token that has expired is refused by slurmctld's clock and ours" {
        run -0 inside 'T=$(scontrol token username=bob lifespan=1 | sed s/SLURM_JWT=//); sleep 2
                curl -s -H "X-SLURM-USER-TOKEN: $T" "$URL/stats"'
        [[ $output == *"the token has expired"* ]]
}
