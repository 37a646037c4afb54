# The second path: jobcomp/script, slurm-quota-charge-wrapper and slurm-quota charge.

load helper

setup_file() {
        local wrapper=${SLURM_QUOTA_BUILD:-$REPOSITORY/build-test}/src/cli/slurm-quota-charge-wrapper
        printf '%s\n' JobCompType=jobcomp/script "JobCompLoc=$BATS_FILE_TMPDIR/charge" \
                >"$BATS_FILE_TMPDIR/conf"
        # slurmctld gives the script no environment: what a site has in /etc and /usr/bin
        # is elsewhere here.
        chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
        : >"$BATS_FILE_TMPDIR/charge"
        chmod 755 "$BATS_FILE_TMPDIR/charge"
        start_cluster --conf-extra "$BATS_FILE_TMPDIR/conf"
        {
                printf '#!/bin/sh\n'
                "$PRIVATE_SLURM" env "$CLUSTER"
                printf 'export SLURM_QUOTA_CHARGE_LOG=%s\n' "$CLUSTER/log/charge.log"
                printf 'unset LD_PRELOAD\nexec /bin/dash "%s" "$@"\n' "$wrapper"
        } >"$BATS_FILE_TMPDIR/charge"
}
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# What the log of the wrapper says, should a test fail.
teardown() {
        [[ -n ${BATS_TEST_COMPLETED-} ]] || tail -n 20 "$CLUSTER/log/charge.log"
}

charges_are() { [[ $(ask 'SELECT count(*) FROM charge') == "$1" ]]; }

@test "jobs are charged as the Lua module charges them" {
        quota set-gpu-factor h100 2 >/dev/null
        submit_as alice -t5 -n3 -- 'sleep 2'
        submit_as bob -t5 --gpus=h100:1 -- 'sleep 1'
        submit_as alice -t5 -A chemistry --gres=gpu:2 -- 'sleep 1; exit 1'
        wait_for_end
        wait_until 15 charges_are 3
        books_are_right cpu gpu
        (($(balance account physics cpu consumed) >= 6))
}

@test "arrays are charged task by task" {
        submit_as alice -t5 --array=0-3 -- 'sleep 1'
        wait_for_end
        wait_until 20 charges_are 4
        books_are_right
}

@test "a pending job that is cancelled is released" {
        job=$(submit_as alice --hold -t5)
        reserved_is physics alice 300
        in_cluster scancel "$job"
        wait_for_end
        wait_until 15 holds_nothing
        books_are_right
}

@test "an event that comes twice is booked once" {
        job=$(submit_as alice -t5 -n2 -- 'sleep 2')
        wait_for_end
        wait_until 15 charges_are 1
        books_are_right
        before=$(balance account physics cpu consumed)
        in_cluster env JOBID="$job" ARRAYJOBID=0 ARRAYTASKID=4294967294 \
                UID="$(in_cluster id -u alice)" USERNAME=alice ACCOUNT=physics \
                SUBMIT="$(ask 'SELECT submit_at FROM charge')" \
                START="$(ask 'SELECT start_at FROM charge')" \
                END="$(ask 'SELECT end_at FROM charge')" \
                JOBSTATE=COMPLETED PROCS=2 CLUSTER=private slurm-quota charge
        balance_is account physics cpu consumed "$before"
        charges_are 1
        books_are_right
}
