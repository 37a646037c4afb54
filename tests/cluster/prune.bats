# prune: away with what is of no use any more, as Slurm sees it.

load helper

setup_file() {
        start_cluster
        printf '[reconcile]\ngrace_seconds = 1\n' >>"$CLUSTER/etc/slurm-quota.conf"
}
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

subjects() { ask "SELECT kind || ' ' || name FROM subject ORDER BY kind, name" | paste -sd ,; }

# A reservation whose job never came to be, older than the grace.
hold_for_nothing() {
        as alice sbatch --test-only -t5 --wrap true 2>/dev/null
        reserved_is physics alice 300
        sleep 2.1
}

@test "what is held for no job is removed, and what is held for one stays" {
        submit_as alice --hold -t10
        as alice sbatch --test-only -t5 --wrap true 2>/dev/null
        reserved_is physics alice 900
        sleep 2.1
        run -0 quota prune --preallocs --dry-run
        [[ ${lines[-1]} == "dry-run: would remove 1 preallocations, 0 users, 0 accounts" ]]
        reserved_is physics alice 900
        run -0 quota prune --preallocs
        equal output "$output" "removed 1 preallocations, 0 users, 0 accounts"
        reserved_is physics alice 600
        run -0 quota prune --preallocs
        equal output "$output" "nothing to prune"
        verify_is_silent
}

@test "users and accounts without budget, use or jobs are removed, and no others" {
        quota user-quota dave 0 >/dev/null
        submit_as bob --hold -t10
        job=$(submit_as carol --hold -t5)
        as carol scancel "$job"
        submit_as alice -t5 -- 'sleep 1'
        wait_until 20 consumed_by_alice
        equal subjects "$(subjects)" \
                "account chemistry,account physics,user alice,user bob,user carol,user dave"
        run -0 quota prune --users --accounts --dry-run
        [[ $output == *"user carol would be removed"* ]]
        [[ $output == *"account chemistry would be removed"* ]]
        run -0 quota prune
        [[ ${lines[-1]} == "removed 0 preallocations, 1 users, 1 accounts" ]]
        equal subjects "$(subjects)" "account physics,user alice,user bob,user dave"
        verify_is_silent
        # Seen again, they begin anew.
        submit_as carol -t5 -- 'sleep 1'
        cancel_all
        books_are_right
}

consumed_by_alice() { [[ $(balance user alice cpu consumed) -gt 0 ]]; }

@test "a name narrows it to one" {
        for user in alice carol; do
                job=$(submit_as "$user" --hold -t5)
                as "$user" scancel "$job"
        done
        run -0 quota prune --users --user carol
        [[ ${lines[-1]} == "removed 0 preallocations, 1 users, 0 accounts" ]]
        equal subjects "$(subjects)" "account chemistry,account physics,user alice"
}

@test "without Slurm's answer nothing is removed" {
        hold_for_nothing
        for program in squeue sacct sdiag; do
                cp "$CLUSTER/etc/slurm-quota.conf" "$BATS_TEST_TMPDIR/conf"
                printf '[slurm]\n%s = /bin/false\n' "$program" >>"$CLUSTER/etc/slurm-quota.conf"
                run quota prune
                cat "$BATS_TEST_TMPDIR/conf" >"$CLUSTER/etc/slurm-quota.conf"
                [[ $status == 1 && $output == *"nothing was pruned"*"/bin/false"* ]] ||
                        fail "$program: $output"
        done
        reserved_is physics alice 300
        run -0 quota prune
        [[ ${lines[-1]} == "removed 1 preallocations, "* ]]
        holds_nothing
}

@test "only root and SlurmUser may" {
        run as alice slurm-quota prune
        [[ $status == 1 && $output == *"root"* ]]
}
