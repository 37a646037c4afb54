# A site that has a job_submit.lua of its own, and edits it while users work.

load helper

setup_file() {
        mkdir "$BATS_FILE_TMPDIR/lua"
        cp "$TESTS/site_job_submit.lua" "$BATS_FILE_TMPDIR/lua/job_submit.lua"
        cp "$REPOSITORY/lua/jobcomp.lua" "$BATS_FILE_TMPDIR/lua/"
        export PRIVATE_SLURM_LUA=$BATS_FILE_TMPDIR/lua
        start_cluster
        touch "$CLUSTER/etc/newest"
}
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# slurmctld loads a script again when its modification time, in seconds, is later.
make_newer() {
        local age
        age=$(stat --format=%Y "$CLUSTER/etc/job_submit.lua" "$CLUSTER/etc/jobcomp.lua" "$CLUSTER/etc/newest" |
                sort -n | tail -n 1)
        touch -d "@$((age + 1))" "$CLUSTER/etc/job_submit.lua" "$CLUSTER/etc/jobcomp.lua" "$CLUSTER/etc/newest"
}

@test "the site's own rules and ours both hold" {
        budget account physics 10
        run submit_as alice -t5 --job-name=forbidden
        [[ $status != 0 && $output == *"site: this name is not allowed"* ]] || fail "$output"
        holds_nothing
        job=$(submit_as alice --hold -t10)
        equal "comment" "$(job_field "$job" Comment)" site
        [[ -n $(job_uuid "$job") ]]
        reserved_is physics alice 600
        refused_as alice -t1
        run in_cluster scontrol update JobId="$job" TimeLimit=11
        [[ $status != 0 ]] || fail "accepted"
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
}

@test "what the site writes into AdminComment stays, with the UUID behind it" {
        job=$(submit_as alice -t5 --job-name=audited -- 'sleep 1')
        equal "AdminComment" "$(admin_comment "$job")" "for the audit slurm_quota=$(job_uuid "$job")"
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) > 0))
}

@test "a script that is loaded anew twenty times while users submit loses nothing" {
        # shellcheck disable=SC2016
        as alice sh -c 'for i in $(seq 60); do
                sbatch -t5 --output=/dev/null --wrap "sleep 1"; done' \
                >"$BATS_TEST_TMPDIR/alice" 2>&1 3>&- &
        for i in {1..20}; do
                make_newer
                submit_as bob -t5 -- "sleep 1"
        done
        wait
        loaded=$(grep -c 'site: loaded' "$CLUSTER/log/slurmctld.log")
        tell "job_submit.lua was loaded $loaded times"
        ((loaded >= 20))
        equal "jobs of alice" "$(grep -c ^Submitted "$BATS_TEST_TMPDIR/alice")" 60
        wait_for_end
        equal "charges" "$(ask 'SELECT count(*) FROM charge')" 80
        books_are_right
}

@test "a script with an error stays away, and the old one goes on" {
        job=$(submit_as alice --hold -t5)
        echo 'this is no Lua' >>"$CLUSTER/etc/job_submit.lua"
        make_newer
        other=$(submit_as alice --hold -t5)
        reserved_is physics alice 600
        grep -q 'job_submit.lua.*using previous script' "$CLUSTER/log/slurmctld.log"
        cp "$TESTS/site_job_submit.lua" "$CLUSTER/etc/job_submit.lua"
        make_newer
        submit_as alice --hold -t5
        reserved_is physics alice 900
}

@test "a database that is made anew is found" {
        job=$(submit_as alice --hold -t5)
        reserved_is physics alice 300
        in_cluster scancel "$job"
        wait_for_end
        in_cluster rm -rf "$CLUSTER/quota"
        quota account-quota physics 5
        sleep 0.3 # the hooks look four times a second
        submit_as alice --hold -t5
        reserved_is physics alice 300
        refused_as alice -t1
}
