# What Slurm refuses after our yes, what leaves no event, and answers that are none.
#
# shellcheck disable=SC2016,SC2030,SC2031

load helper

# Backfill looks every second; components of a job start together.
setup_file() {
        local scheduler=batch_sched_delay=0,sched_interval=2,bf_interval=1
        printf '%s\n' ScronParameters=enable \
                SchedulerParameters=$scheduler,bf_hetjob_immediate=max >"$BATS_FILE_TMPDIR/conf"
        start_cluster --nodes 2 --conf-extra "$BATS_FILE_TMPDIR/conf"
}
teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        settings
}

update() { in_cluster scontrol update "$@"; }

# Slurm's own refusal, not one of ours.
slurm_refuses() {
        run "$@"
        [[ $status != 0 && $output != *slurm-quota:* ]] || fail "status $status: $output"
}

# --- without the hook -----------------------------------------------------------------

# slurmctld loads a script anew when its time, in seconds, is later than before.
replace_script() {
        local age
        age=$(stat --format=%Y "$CLUSTER/etc/$2")
        cp "$1" "$CLUSTER/etc/$2.new"
        touch -d "@$((age + 1))" "$CLUSTER/etc/$2.new"
        mv "$CLUSTER/etc/$2.new" "$CLUSTER/etc/$2"
}

# As it was before slurm-quota came.
unplug() {
        printf '%s\n' 'function slurm_job_submit() return 0 end' \
                'function slurm_job_modify() return 0 end' \
                'function slurm_jobcomp_log_record() return 0 end' 'return 0' \
                >"$BATS_TEST_TMPDIR/script"
        replace_script "$BATS_TEST_TMPDIR/script" "$1"
}

plug() { replace_script "$REPOSITORY/lua/$1" "$1"; }

teardown() {
        local script
        for script in job_submit.lua jobcomp.lua; do
                cmp -s "$REPOSITORY/lua/$script" "$CLUSTER/etc/$script" || plug "$script"
        done
}

# --- what never becomes a job -----------------------------------------------------------

@test "what Slurm refuses after our yes is given back" {
        as alice sbatch --test-only -t5 -n1 --wrap true
        slurm_refuses submit_as alice -t5 -n2 --partition=nosuch
        slurm_refuses submit_as alice -t5 -n4 --qos=nosuch
        in_cluster sacctmgr --immediate --quiet modify user alice \
                where account=physics set MaxSubmitJobs=0
        run submit_as alice -t5 -n8
        in_cluster sacctmgr --immediate --quiet modify user alice \
                where account=physics set MaxSubmitJobs=-1
        [[ $status != 0 && $output == *AssocMaxSubmitJobLimit* ]] || fail "$output"
        reserved_is physics alice $((15 * 300))
        reconcile_finds released=4
        holds_nothing
        verify_is_silent
}

@test "an srun --immediate that finds no room holds nothing" {
        job=$(submit_as bob -t5 -N2 --exclusive -- 'sleep 300')
        wait_for_state "$job" RUNNING
        slurm_refuses as alice srun --immediate=1 -t5 -n2 true
        next_second
        quota reconcile
        balance_is user alice cpu reserved 0
        balance_is user alice cpu consumed 0
        balance_is user bob cpu reserved $((128 * 300))
        reconcile_finds
}

age() {
        ask "UPDATE reservation
             SET created_at = created_at - $1, changed_at = changed_at - $1"
}

@test "a reservation waits for its job for the grace period, and not longer" {
        settings '[reconcile]' 'grace_seconds = 30'
        as alice sbatch --test-only -t5 --wrap true
        age 25
        reconcile_finds
        reserved_is physics alice 300
        age 6
        reconcile_finds released=1
        holds_nothing

        submit_as alice --hold -t5
        age 3600
        reconcile_finds bound=1
        reserved_is physics alice 300
}

@test "components of a job of which Slurm refuses one hold nothing" {
        slurm_refuses submit_as alice -t5 -n2 : -n3 --qos=nosuch
        slurm_refuses submit_as alice -t5 -n4 : -n5 --partition=nosuch
        next_second
        quota reconcile
        holds_nothing
        reconcile_finds
        books_are_right
}

components_run() { [[ $(job_field "$1" JobState) == $'RUNNING\nRUNNING' ]]; }

@test "each component of a job is held, charged and given back for itself" {
        job=$(submit_as alice -t5 -n2 : -n3 -- 'sleep 3')
        reserved_is physics alice 1500
        wait_until 15 components_run "$job"
        reconcile_finds bound=2
        held_for "$job" running
        held_for $((job + 1)) running
        reserved_is physics alice 1500
        wait_for_end
        equal charges "$(ask 'SELECT count(*) FROM charge')" 2
        books_are_right
        reconcile_finds
}

# --- arrays -----------------------------------------------------------------------------

@test "waiting tasks of an array that are cancelled one by one are given back" {
        job=$(submit_as alice --hold -t5 --array=0-9)
        in_cluster scancel "${job}_[0-3]"
        reconcile_finds released=4 bound=1
        reserved_is physics alice $((6 * 300))
        balance_is account physics cpu tasks 6
        in_cluster scancel "${job}_7"
        reconcile_finds released=1
        # Of the rest Slurm tells at once.
        in_cluster scancel "$job"
        wait_for_end
        holds_nothing
        reconcile_finds
        books_are_right
}

@test "tasks of an array that run, fail, are requeued and cancelled are each held and charged" {
        job=$(submit_as alice -t5 --array=0-4%3 --requeue -- 'case $SLURM_ARRAY_TASK_ID in
                0) sleep 2 ;;
                1) sleep 1; exit 3 ;;
                *) sleep $((SLURM_RESTART_COUNT ? 1 : 300)) ;;
                esac')
        wait_for_state "${job}_2" RUNNING
        wait_for_end "${job}_0" "${job}_1"
        wait_for_state "${job}_4" RUNNING
        reserved_is physics alice $((3 * 300))
        reconcile_finds
        held_for "$job" running running running
        in_cluster scontrol requeue "${job}_2"
        wait_for_state "${job}_2" PENDING
        reserved_is physics alice $((3 * 300))
        in_cluster scancel "${job}_3" "${job}_4"
        wait_for_end "${job}_3" "${job}_4"
        reserved_is physics alice 300
        reconcile_finds
        held_for "$job" waiting
        wait_until 30 nodes_are_idle
        update JobId="${job}_2" StartTime=now
        wait_for_end
        equal charges "$(ask 'SELECT count(*) FROM charge')" 6
        books_are_right
        reconcile_finds
}

# --- scrontab -----------------------------------------------------------------------------

entry_runs() { [[ -n $(in_cluster squeue --noheader --user=alice --states=RUNNING) ]]; }
entry_waits() { [[ -n $(in_cluster squeue --noheader --user=alice --states=PENDING) ]]; }

@test "an entry of a scrontab is held while it stands there, and charged for each run" {
        [[ -n $(type -P scrontab) ]] || skip "this Slurm has no scrontab"
        printf '%s\n' '#SCRON --time=5 --ntasks=2' '* * * * * sleep 1' \
                >"$CLUSTER/home/alice/table"
        as alice scrontab table
        reserved_is physics alice 600
        reconcile_finds bound=1
        wait_until 65 entry_runs
        reserved_is physics alice 600
        wait_until 15 entry_waits
        # To jobcomp it looks like a job that has ended: a pass sees that it waits again.
        wait_until 30 slurmdbd_is_done
        reconcile_finds held=1
        reserved_is physics alice 600
        (($(balance account physics cpu consumed) > 0)) || fail "the run is not charged"
        as alice scrontab -r
        wait_for_end
        books_are_right
        reconcile_finds
}

# --- updates ------------------------------------------------------------------------------

@test "an update that Slurm refuses after our yes leaves what the job really has" {
        runs=$(submit_as alice -t5 -n2 -- 'sleep 300')
        waits=$(submit_as alice --hold -t7)
        wait_for_state "$runs" RUNNING
        # Users may not make a running job longer, and not use accounts of others.
        slurm_refuses as alice scontrol update JobId="$runs" TimeLimit=10
        slurm_refuses as alice scontrol update JobId="$waits" Account=biology
        equal "limit" "$(limit_seconds "$runs")" 300
        equal "account" "$(job_field "$waits" Account)" physics
        reconcile_finds corrected=2
        reserved_is physics alice $((600 + 420))
        balance_is account biology cpu reserved 0
        held_for "$runs" running
        # What is accepted stays.
        as alice scontrol update JobId="$runs" TimeLimit=4
        update JobId="$waits" TimeLimit=9
        reconcile_finds
        reserved_is physics alice $((480 + 540))
}

@test "a job moves to the account that it has, whether or not we were asked" {
        asked=$(submit_as alice --hold -t5)
        unasked=$(submit_as alice --hold -t7)
        as alice scontrol update JobId="$asked" Account=chemistry
        balance_is account chemistry cpu reserved 300
        unplug job_submit.lua
        as alice scontrol update JobId="$unasked" Account=chemistry
        plug job_submit.lua
        reconcile_finds corrected=1
        reserved_is chemistry alice 720
        balance_is account physics cpu reserved 0
        in_cluster scontrol release "$asked,$unasked"
        wait_for_end
        books_are_right
        balance_is account physics cpu consumed 0
}

@test "a job whose limit backfill lowers holds no more than that" {
        first=$(submit_as bob -t3 -n64 -N1 -- 'sleep 300')
        wait_for_state "$first" RUNNING
        submit_as bob -t5 -N2 --exclusive
        job=$(submit_as alice -t30 --time-min=1 -- 'sleep 300')
        balance_is user alice cpu reserved 1800
        wait_for_state "$job" RUNNING
        seconds=$(limit_seconds "$job")
        ((seconds < 1800)) || fail "its limit is $seconds seconds"
        reconcile_finds corrected=1
        balance_is user alice cpu reserved "$seconds"
}

# --- comments --------------------------------------------------------------------------------

@test "a bound job is charged and given back without its AdminComment, and with another's" {
        wiped=$(submit_as alice --hold -t5 -- 'sleep 1')
        stolen=$(submit_as alice --hold -t7 -- 'sleep 1')
        other=$(submit_as alice --hold -t9)
        kept=$(submit_as alice --hold -t11)
        uuid=$(job_uuid "$kept")
        reconcile_finds bound=4
        update JobId="$kept" AdminComment="seen by operator"
        equal "the UUID" "$(job_uuid "$kept")" "$uuid"
        update JobId="$kept" AdminComment="$(admin_comment "$other")"
        equal "the UUID" "$(job_uuid "$kept")" "$uuid"
        # With the hook the UUID stays: for good it goes only without.
        unplug job_submit.lua
        update JobId="$wiped" AdminComment=gone
        update JobId="$stolen" AdminComment="$(admin_comment "$other")"
        plug job_submit.lua
        equal "AdminComment" "$(admin_comment "$wiped")" gone
        equal "AdminComment" "$(admin_comment "$stolen")" "$(admin_comment "$other")"
        reconcile_finds bound=0
        update JobId="$wiped" TimeLimit=4
        equal "the UUID" "$(job_uuid "$wiped")" ""
        in_cluster scontrol release "$wiped,$stolen"
        wait_for_end "$wiped" "$stolen"
        reserved_is physics alice $((540 + 660))
        held_for "$other" waiting
        equal charges "$(ask 'SELECT count(*) FROM charge')" 2
        in_cluster scancel "$other" "$kept"
        wait_for_end
        books_are_right
        reconcile_finds
}

@test "a job whose AdminComment is another's before it was ever seen is held all the same" {
        job=$(submit_as alice --hold -t5 -- 'sleep 1')
        other=$(submit_as alice --hold -t9)
        unplug job_submit.lua # with the hook its own would stay
        update JobId="$job" AdminComment="$(admin_comment "$other")"
        plug job_submit.lua
        quota reconcile
        next_second
        quota reconcile
        reserved_is physics alice $((300 + 540))
        held_for "$job" waiting
        held_for "$other" waiting
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        reserved_is physics alice 540
        in_cluster scancel "$other"
        wait_for_end
        books_are_right
        reconcile_finds
}

# --- from before -----------------------------------------------------------------------------

@test "jobs from before slurm-quota came are held, and charged when they end" {
        unplug job_submit.lua
        runs=$(submit_as alice -t5 -n2 -- 'sleep 4')
        waits=$(submit_as bob --hold -t7)
        array=$(submit_as alice --hold -t2 --array=0-9)
        wait_for_state "$runs" RUNNING
        plug job_submit.lua
        for job in "$runs" "$waits" "$array"; do
                equal "AdminComment of $job" "$(admin_comment "$job")" ""
        done
        equal "subjects" "$(ask 'SELECT count(*) FROM subject')" 0
        reconcile_finds held=3
        balance_is user bob cpu reserved 420
        balance_is user alice cpu reserved $((600 + 1200))
        balance_is account physics cpu tasks 12
        held_for "$runs" running
        reconcile_finds
        in_cluster scancel "$waits" "${array}_[2-9]"
        in_cluster scontrol release "$array"
        wait_for_end
        next_second
        quota reconcile
        books_are_right
        reconcile_finds
}

# --- answers that are none ---------------------------------------------------------------

# pretend PROGRAM SCRIPT [SETTING]...: what the reconciler asks instead of it.
pretend() {
        printf '#!/bin/bash\n%s\n' "$2" >"$CLUSTER/etc/$1"
        chmod 755 "$CLUSTER/etc/$1"
        settings "$1 = $CLUSTER/etc/$1" "${@:3}"
}

everything_held() {
        ask 'SELECT uuid, array_task, tasks, tres, seconds, account_id FROM reservation
             ORDER BY uuid, array_task; SELECT * FROM balance'
}

# fails_with TEXT: the pass says so, and gives nothing back.
fails_with() {
        local before after
        next_second
        before=$(everything_held)
        run quota reconcile
        equal "status ($output)" "$status" 1
        [[ $output == *"$1"* ]] || fail "not a word of \"$1\" in: $output"
        after=$(everything_held)
        equal "what is held" "$after" "$before"
}

# A running job, one that waits, an array, and a reservation that nobody needs.
populate() {
        runs=$(submit_as alice -t5 -n2 -- 'sleep 300')
        waits=$(submit_as bob --hold -t7)
        array=$(submit_as alice --hold -t2 --array=0-9)
        as alice sbatch --test-only -t9 --wrap true
        wait_for_state "$runs" RUNNING
}

half='printf %s "${answer:0:$((${#answer} / 2))}"'

@test "nothing is given back after an answer of squeue that is none" {
        populate
        pretend squeue "answer=\$(squeue \"\$@\"); $half; exit 1"
        fails_with "failed with status 1"
        [[ $output == *squeue* ]] || fail "$output"
        pretend squeue "answer=\$(squeue \"\$@\"); printf %s \"\${answer:0:60}\""
        fails_with "is not what was asked for"
        pretend squeue 'echo slurm_load_jobs: garbage; squeue "$@"'
        fails_with garbage
        pretend squeue 'exit 0'
        fails_with "squeue says that there are no jobs, but slurmctld knows of 3"
        # As it was a minute ago, when a job had run for less.
        pretend squeue 'squeue "$@" | awk -F "\037" -v OFS="\037" "{ \$5 -= 60; print }"'
        fails_with "seconds old"
        settings
        reconcile_finds released=1 bound=3
        balance_is user alice cpu reserved $((600 + 1200))
        balance_is user bob cpu reserved 420
}

@test "nothing is given back after an answer of sdiag or sacct that is none" {
        populate
        pretend sdiag "answer=\$(sdiag); $half; exit 1"
        fails_with "failed with status 1"
        pretend sdiag 'exit 0'
        fails_with sdiag
        pretend sacct "answer=\$(sacct \"\$@\"); $half; exit 1"
        fails_with "failed with status 1"
        pretend sacct 'echo garbage; sacct "$@"'
        fails_with garbage
        settings "sacct = $CLUSTER/etc/nosuch"
        fails_with nosuch
}

@test "a job that ended unseen is waited for as long as slurmdbd says nothing of it" {
        populate
        reconcile_finds bound=3 released=1
        unplug jobcomp.lua
        in_cluster scancel "$runs"
        wait_for_end "$runs"
        plug jobcomp.lua
        pretend sacct 'exit 0' '[reconcile]' 'grace_seconds = 30'
        reconcile_finds missing=1
        held_for "$runs" running
        reconcile_finds missing=1
        held_for "$runs" running
        settings
        wait_until 30 slurmdbd_is_done
        reconcile_finds charged=1
        balance_is user alice cpu reserved 1200
        balance_is user bob cpu reserved 420
        reconcile_finds
        cancel_all
        books_are_right
}
