# Many submissions at the same moment.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# Ten processes of two users submit ten jobs each; held, so that none ends (and
# gives time back) before the last is submitted.
submit_hundred() {
        local i user
        for i in {1..10}; do
                user=alice
                ((i % 2)) || user=bob
                # shellcheck disable=SC2016
                as "$user" sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do
                        sbatch --hold --account=physics --time=10 --output=/dev/null --wrap "sleep $((i % 3))"
                done' >"$BATS_TEST_TMPDIR/$i" 2>&1 3>&- &
        done
        wait
}

@test "of a hundred jobs at once against a budget for forty, exactly forty are accepted" {
        budget account physics 400
        submit_hundred
        cat "$BATS_TEST_TMPDIR"/* | sort | uniq -c | sort -rn | head -n 20
        equal "accepted jobs" "$(cat "$BATS_TEST_TMPDIR"/* | grep -c '^Submitted')" 40
        equal "refused jobs" "$(cat "$BATS_TEST_TMPDIR"/* | grep -c 'slurm-quota: ')" 60
        equal "jobs in the queue" "$(in_cluster squeue --noheader | wc -l)" 40
        balance_is account physics cpu reserved $((40 * 600))
        balance_is account physics cpu tasks 40

        # Release is asked from the hook too: the budget is full, and it passes.
        in_cluster scontrol release "$(in_cluster squeue --noheader --format=%A | paste -sd,)"
        wait_for_end
        equal "charges" "$(ask 'SELECT count(*) FROM charge')" 40
        books_are_right
        # What was left over can be had again.
        (($(balance account physics cpu consumed) > 0))
        submit_as alice --time=300
}

@test "of a hundred jobs at once against budgets of their users, each user gets his share" {
        budget user alice 150
        budget user bob 70
        submit_hundred
        balance_is user alice cpu reserved $((15 * 600))
        balance_is user bob cpu reserved $((7 * 600))
        balance_is account physics cpu reserved $((22 * 600))
        verify_is_silent
        cancel_all
        books_are_right
}
