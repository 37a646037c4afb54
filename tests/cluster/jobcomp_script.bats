# The second path: jobcomp/script, slurm-quota-charge-wrapper and slurm-quota charge.

load helper

setup_file() {
        printf '%s\n' JobCompType=jobcomp/script "JobCompLoc=$BATS_FILE_TMPDIR/charge" \
                >"$BATS_FILE_TMPDIR/conf"
        # slurmctld gives the script no environment: what a site has in /etc and /usr/bin
        # is elsewhere here.
        chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
        : >"$BATS_FILE_TMPDIR/charge"
        chmod 755 "$BATS_FILE_TMPDIR/charge"
        start_cluster --nodes 2 --conf-extra "$BATS_FILE_TMPDIR/conf"
        {
                printf '#!/bin/sh\n'
                "$PRIVATE_SLURM" env "$CLUSTER"
                printf 'export SLURM_QUOTA_CHARGE_LOG=%s\n' "$CLUSTER/log/charge.log"
                printf 'unset LD_PRELOAD\nexec /bin/dash "%s" "$@"\n' \
                        "$CLUSTER/bin/slurm-quota-charge-wrapper"
        } >"$BATS_FILE_TMPDIR/charge"
}
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# What the log of the wrapper says, should a test fail.
teardown() {
        [[ -n ${BATS_TEST_COMPLETED-} ]] || tail -n 20 "$CLUSTER/log/charge.log"
}

questions_wait() {
        (($(in_cluster cat "$CLUSTER/spool/questions" 2>/dev/null | grep -c '^+') >= $1))
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

@test "an array of which some are cancelled is released and charged" {
        job=$(submit_as alice -t5 --array=0-9%2 -- 'sleep 3')
        sleep 2
        in_cluster scancel "${job}_[4-5]"
        sleep 3
        in_cluster scancel --state=PENDING "$job"
        wait_for_end
        wait_until 30 holds_nothing
        books_are_right
}

@test "an array that is cancelled before it starts holds nothing" {
        job=$(submit_as alice --hold -t5 --array=0-9 -- 'sleep 3')
        reserved_is physics alice 3000
        in_cluster scancel "$job"
        wait_until 30 holds_nothing
        books_are_right
}

@test "a job that is requeued is charged for each run" {
        job=$(submit_as alice -t5 -n2 --requeue -- 'sleep 300')
        wait_for_state "$job" RUNNING
        sleep 2
        in_cluster scontrol requeue "$job"
        wait_for_state "$job" PENDING
        wait_until 15 charges_are 1
        reserved_is physics alice 600
        wait_until 30 nodes_are_idle
        in_cluster scontrol update JobId="$job" StartTime=now
        wait_for_state "$job" RUNNING 30
        sleep 1
        in_cluster scancel "$job"
        wait_for_end
        wait_until 15 charges_are 2
        books_are_right
}

@test "components of a het job are charged each by itself" {
        as alice sbatch --parsable --output=/dev/null -t5 -n1 --gpus=h100:1 : -n4 \
                --wrap 'sleep 2'
        wait_for_end
        wait_until 15 charges_are 2
        books_are_right cpu gpu
}

@test "what ends while slurmdbd is away is charged when it is back" {
        submit_as alice -t5 -- 'sleep 1'
        "$PRIVATE_SLURM" stop-dbd "$CLUSTER"
        for i in 1 2 3 4 5; do submit_as alice -t5 -n2 -- 'sleep 1'; done
        wait_for_end
        # slurmctld's thread for scripts is sometimes asleep until the next job ends.
        wait_until 10 questions_wait 5 || true
        "$PRIVATE_SLURM" start-dbd "$CLUSTER"
        wait_until 60 slurmdbd_is_done
        submit_as alice -t5 -n2 -- 'sleep 1'
        wait_for_end
        wait_until 60 charges_are 7
        books_are_right
}
