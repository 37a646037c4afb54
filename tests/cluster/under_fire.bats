# Exactly once, whoever dies: slurmctld, charge and reconcile are killed while jobs run.
#
# Each round submits its share of the jobs, kills slurmctld while it takes them, lets it
# come back without jobcomp (charge and reconcile alone have to charge then), kills it
# again, and lets it come back with jobcomp.  All the time charge and reconcile run
# and are killed at random moments.
#
#       SQ_FIRE_JOBS=2000 SQ_FIRE_ROUNDS=5 SQ_FIRE_SEED=1 bats tests/cluster/under_fire.bats

load helper

JOBS=${SQ_FIRE_JOBS:-300}
ROUNDS=${SQ_FIRE_ROUNDS:-1}
SEED=${SQ_FIRE_SEED:-$((RANDOM * 32768 + RANDOM))}

setup_file() {
        local quick=batch_sched_delay=0,sched_interval=1,default_queue_depth=1000,bf_interval=5
        printf '%s\n' "SchedulerParameters=$quick" DebugFlags=NO_CONF_HASH BatchStartTimeout=1 \
                >"$BATS_FILE_TMPDIR/conf"
        start_cluster --nodes 2 --conf-extra "$BATS_FILE_TMPDIR/conf"
        printf '\n[reconcile]\ngrace_seconds = 1\n' >>"$CLUSTER/etc/slurm-quota.conf"
        F=$CLUSTER/fire
        mkdir -m 777 "$F"
        for script in submit reconcile charge; do
                { write_burning && declare -f told_of_ends && "write_$script"; } >"$F/$script"
        done
}

teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        F=$CLUSTER/fire
        RANDOM=$((SEED % 32768))
        keep_burning
}
teardown() { rm -f "$F/burns"; }

# --- what runs in the background --------------------------------------------------------

# The test says every now and then that it is still there: nothing outlives it for long.
keep_burning() { touch "$F/burns"; }
write_burning() {
        cat <<'SCRIPT'
burning() { ((EPOCHSECONDS - $(stat -c %Y "$F/burns" 2>/dev/null || echo 0) < 60)); }
SCRIPT
}

# submit SEED ACCOUNT JOBS: half of them tasks of arrays.  A submission that slurmctld did
# not answer is made again.
write_submit() {
        cat <<'SCRIPT'
RANDOM=$1 account=$2 left=$3
while ((left > 0)) && burning; do
        options=(--parsable --output=/dev/null --time=5 --account="$account"
                --ntasks=$((RANDOM % 4 + 1)))
        tasks=1
        if ((RANDOM % 8 == 0)); then
                tasks=$((left < 7 ? left : 7))
                options+=(--array="0-$((tasks - 1))")
        fi
        seconds=$((RANDOM % 2)).$((RANDOM % 10))
        id=$(timeout 30 sbatch "${options[@]}" --wrap "sleep $seconds") || {
                sleep 0.5
                continue
        }
        printf '%s %s\n' "$id" "$tasks"
        left=$((left - tasks))
        sleep "0.$((RANDOM % 3))"
done
SCRIPT
}

# reconcile SEED: a pass after the other; of three one is left to finish, the others are
# killed somewhere in the time that such a one takes.
write_reconcile() {
        cat <<'SCRIPT'
RANDOM=$1 longest=300
while burning; do
        began=$(date +%s%N)
        if ((RANDOM % 3 == 0)); then
                slurm-quota reconcile
                echo "left $?"
                longest=$((($(date +%s%N) - began) / 1000000 + 50))
        else
                ms=$((RANDOM % (longest > 3000 ? 3000 : longest)))
                seconds=$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))
                timeout --foreground --signal=KILL "$seconds" slurm-quota reconcile
                echo "shot $?"
        fi
        sleep "0.$((RANDOM % 5))"
done
SCRIPT
}

# charge SEED: what jobcomp/script would tell of jobs that have ended, of half of them once
# and of some twice; a half of these is killed.
write_charge() {
        cat <<'SCRIPT'
RANDOM=$1
declare -A told
while burning; do
        while read -r id array task submit start end state user uid account cpus; do
                burning || break
                ((RANDOM % 2)) || told[$id.$submit]=yes
                [[ -z ${told[$id.$submit]-} ]] || continue
                ((RANDOM % 8 == 0)) || told[$id.$submit]=yes
                how=left shot=()
                ((RANDOM % 2)) || how=shot shot=(timeout --foreground --signal=KILL
                        "$(printf 0.%03d $((RANDOM % 150)))")
                "${shot[@]}" env JOBID="$id" ARRAYJOBID="$array" ARRAYTASKID="$task" \
                        SUBMIT="$submit" START="$start" END="$end" JOBSTATE="$state" \
                        USERNAME="$user" UID="$uid" ACCOUNT="$account" PROCS="$cpus" \
                        CLUSTER=private slurm-quota charge </dev/null
                echo "$how $?"
        done < <(SLURM_TIME_FORMAT=%s scontrol --oneliner show jobs | told_of_ends)
        sleep 0.3
done
SCRIPT
}

# burn NAME USER ARGUMENT...: one of these, in the background.
burn() {
        local name=$1 user=$2
        shift 2
        as "$user" env F="$F" timeout 900 bash "$F/$name" "$@" \
                >>"$F/$name.log" 2>>"$F/$name.err" 3>&- &
}

# --- killing ------------------------------------------------------------------------------

# kill_ctld JOBCOMP: and start it again, with that plugin.
kill_ctld() {
        keep_burning
        "$PRIVATE_SLURM" kill-ctld "$CLUSTER" 3>&-
        sed -i "s|^JobCompType=.*|JobCompType=$1|" "$CLUSTER/etc/slurm.conf"
        sleep "0.$((RANDOM % 10))"
        "$PRIVATE_SLURM" start-ctld "$CLUSTER" 3>&-
        kills=$((kills + 1))
}

# What an operator does afterwards.  Jobs that slurmctld believes to run are missed only when
# their nodes register; what it wants to run again then would wait for two minutes; and a
# node on which the id of a job that it runs is used again takes no more jobs.
hurry() {
        local node
        keep_burning
        for node in node1 node2; do
                in_cluster kill -HUP "$(cat "$CLUSTER/run/slurmd.$node.pid")"
        done
        [[ -z $(in_cluster sinfo --noheader --states=drain) ]] ||
                in_cluster scontrol update NodeName=node1,node2 State=RESUME || true
        # Tasks by their numbers: their own ids are invalid while they wait.
        in_cluster squeue --noheader --states=PENDING --format='%i %r' |
                awk '$2 == "BeginTime" || $2 == "launch" { print $1 }' |
                in_cluster xargs --no-run-if-empty scancel
        queue_is_empty || {
                in_cluster squeue
                return 1
        }
}

# --- what came of it ------------------------------------------------------------------------

# A line for each run: job, submit time, user, account, CPU-seconds; "-": it has no end.
runs_of_slurmdbd() {
        ask_slurmdbd "SELECT j.id_job, j.time_submit, a.user, a.acct,
                IF(j.time_end = 0, '-', IF(j.time_start = 0 OR j.tres_alloc = '', 0,
                   (CAST(j.time_end AS SIGNED) - j.time_start - j.time_suspended) *
                   SUBSTRING_INDEX(REGEXP_SUBSTR(j.tres_alloc, '(^|,)1=[0-9]+'), '=', -1)))
                FROM private_job_table j JOIN private_assoc_table a USING (id_assoc)
                ORDER BY 1, 2" | tr '\t' ' '
}

# The same of the ledger, and behind it how often it was charged: once for each task, when
# slurmctld gave the id of a task that it had lost to another one in the same second; and
# to how many tasks.
runs_of_ledger() {
        ask "SELECT c.job_id, c.submit_at, u.name, a.name, coalesce(sum(l.amount), 0),
                1 + count(DISTINCT CASE e.kind WHEN 'charge' THEN e.id END)
                - count(DISTINCT CASE e.kind WHEN 'charge' THEN c.array_task END),
                count(DISTINCT c.array_task)
             FROM charge c JOIN entry e ON e.id = c.entry_id
             JOIN subject u ON u.id = e.user_id JOIN subject a ON a.id = e.account_id
             LEFT JOIN entry_line l ON l.entry_id = e.id AND l.resource_id = 1
             GROUP BY c.job_id, c.submit_at, u.name, a.name ORDER BY 1, 2" | tr '|' ' '
}

# It knows the end of every run that slurmctld knows.
slurmdbd_has_heard() {
        keep_burning
        [[ -z $(comm -23 \
                <(in_cluster env SLURM_TIME_FORMAT=%s scontrol --oneliner show jobs |
                        sed -nE 's/^JobId=([0-9]+) .* SubmitTime=([0-9]+) .*/\1 \2/p' | sort) \
                <(runs_of_slurmdbd | awk '$5 != "-" { print $1, $2 }' | sort)) ]]
}

# Compares the two run by run.  A job that slurmctld has lost has no end in slurmdbd: what
# it is known to have used is in the ledger all the same, or it is not.  Of two tasks that
# were given one id in one second slurmdbd has one row, in which the times of both come and
# go: what the ledger has of them cannot be compared.
compare_runs() {
        runs_of_slurmdbd >"$F/slurmdbd"
        runs_of_ledger >"$F/ledger"
        awk '
                function sum(kind, seconds) {
                        of["user " $3, kind] += seconds
                        of["account " $4, kind] += seconds
                }
                FNR == NR {
                        runs++
                        if ($5 == "-") { open[$1, $2]; endless++; next }
                        told[$1, $2]
                        slurmdbd[$1, $2] = $3 " " $4 " " $5
                        total += $5
                        sum("slurmdbd", $5)
                        next
                }
                {
                        names["user " $3]; names["account " $4]
                        if ($6 != 1)
                                print "charged " $6 " times: " $0
                        known[$1, $2]
                        if ($7 != 1) {
                                twice++
                                sum("alone", $5)
                                if (split(slurmdbd[$1, $2], row, " ") == 3) {
                                        of["user " row[1], "slurmdbd"] -= row[3]
                                        of["account " row[2], "slurmdbd"] -= row[3]
                                }
                                delete slurmdbd[$1, $2]
                        } else if (slurmdbd[$1, $2] ~ "^" $3 " " $4 " ") {
                                if (slurmdbd[$1, $2] != $3 " " $4 " " $5)
                                        print "slurmdbd: " slurmdbd[$1, $2] ", ledger: " $0
                                delete slurmdbd[$1, $2]
                        } else if ($5 != 0 || !(($1, $2) in told)) {
                                # (Of somebody whose job is forgotten for another one with
                                # its id and second everything is taken back.)
                                alone++
                                alone_seconds += $5
                                sum("alone", $5)
                                if (!(($1, $2) in open))
                                        unheard++
                        }
                        booked += $5
                }
                END {
                        for (run in slurmdbd)
                                # (Nothing, under the id and second of somebody else.)
                                if (slurmdbd[run] != "" &&
                                    !(run in known && slurmdbd[run] ~ / 0$/))
                                        print "not charged: " run " " slurmdbd[run]
                        for (name in names)
                                print "sum", name, of[name, "slurmdbd"] + of[name, "alone"]
                        printf "told %d runs in slurmdbd, %d of them without an end;", runs, endless
                        printf " CPU seconds: slurmdbd %d, ledger %d,", total, booked
                        printf " of which %d in %d runs", alone_seconds, alone
                        printf " whose end slurmdbd never heard of (%d not even their start);", unheard
                        printf " %d ids were given twice in a second\n", twice
                }' "$F/slurmdbd" "$F/ledger" >"$F/comparison"
}

# slurmdbd may hear of a last end after a pass that found nothing.
books_agree() {
        quota reconcile
        compare_runs
        sort "$F/comparison" | uniq -c | sort -rn | head -n 40
        ! grep -v '^sum \|^told ' "$F/comparison"
}

# shot NAME: how many of these were killed.
shot() {
        echo "$(grep -c '^shot 137' "$F/$1.log") of $(grep -c '^shot \|^left ' "$F/$1.log") $1"
}

@test "jobs are charged once to the second though slurmctld, charge and reconcile are killed" {
        local round kills=0 share=$((JOBS / ROUNDS)) who submitters kind name sum accepted known
        local began=$SECONDS
        tell "seed $SEED"
        for round in 1 2 3; do burn reconcile root $((SEED + round)); done
        for round in 4 5; do burn charge root $((SEED + round)); done
        for ((round = 0; round < ROUNDS; round++)); do
                submitters=()
                for who in alice:physics alice:chemistry bob:physics carol:biology; do
                        burn submit "${who%:*}" $((RANDOM)) "${who#*:}" $((share / 4))
                        submitters+=($!)
                done
                # Young jobs are lost: slurmctld saves its state every few seconds.
                sleep "$((RANDOM % 4 + 4)).$((RANDOM % 10))"
                kill_ctld jobcomp/none
                wait "${submitters[@]}"
                sleep "$((RANDOM % 4 + 2)).$((RANDOM % 10))"
                kill_ctld jobcomp/lua
        done
        wait_until 300 hurry
        wait_until 60 slurmdbd_has_heard
        tell "the queue is empty after $((SECONDS - began)) s"
        rm "$F/burns"
        wait
        # What slurmctld has lost is given back after a minute.
        reconcile_until_idle 90

        wait_until 60 books_agree
        while read -r _ kind name sum; do
                balance_is "$kind" "$name" cpu consumed "$sum"
        done < <(grep '^sum ' "$F/comparison")
        holds_nothing
        verify_is_silent
        accepted=$(awk '{ n += $2 } END { print n }' "$F/submit.log")
        known=$(in_cluster scontrol --oneliner show jobs | grep -c '^JobId=')
        tell "$accepted jobs accepted in $ROUNDS rounds," \
                "$((accepted - known)) of them lost by slurmctld;" \
                "killed: slurmctld $kills times, $(shot charge), $(shot reconcile)"
        tell "$(sed -n 's/^told //p' "$F/comparison")"
        tell "entries: $(ask 'SELECT kind, count(*) FROM entry GROUP BY kind' | tr '|\n' '  ')"
}
