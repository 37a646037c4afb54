load helper

# The site of every test, and more.
eval "$(declare -f setup | sed '1s/setup/make_site/')"

# A job of alice in physics with 4 CPUs and an H100, which ran for 100 seconds.
job() {
        export JOBID=7 ARRAYJOBID=0 ARRAYTASKID=4294967294
        export SUBMIT=1790000000 START=1790000010 END=1790000110
        export USERNAME=alice ACCOUNT=physics CLUSTER=private JOBSTATE=COMPLETED PROCS=4
        export BATCH=yes NODECNT=1 LIMIT=00:05:00 PARTITION=debug QOS=normal
}

UUID=0190a1b2-c3d4-7e5f-8a6b-0123456789ab
TRES=billing=4,cpu=4,gres/gpu:h100=1,gres/gpu=1,mem=2G,node=1

# row JOBIDRAW JOBID SUBMIT START END STATE TRES [COMMENT]: a line of sacct.
row() {
        printf '%s\037%s\037%s\037%s\037%s\037%s\037alice\037physics\037%s\037%s\n' \
                "$1" "$2" "$3" "$4" "$5" "$6" "$7" "${8-$UUID}"
}

# The job, as slurmdbd knows it after its end.
known() { row 7 7 "$SUBMIT" "$START" "$END" COMPLETED "$TRES" "$@"; }

# says [N]: what comes on standard input is what sacct prints, from the Nth time on.
says() { cat > "$SITE/sacct.d/answer.${1:-1}"; }

# How often sacct was asked.
asked() { cat "$SITE/sacct.d/calls" 2>/dev/null || echo 0; }

# sacct answers with the file of the largest number that is not above that of the
# call; "fail" and "hang" beside it do what they say.
fake_sacct() {
        mkdir -m 777 "$SITE/sacct.d"
        cat > "$SITE/sacct" <<SCRIPT
#!/bin/sh
cd "$SITE/sacct.d" || exit 9
n=0
[ ! -e calls ] || read -r n < calls
n=\$((n + 1))
echo "\$n" > calls
echo "\$*" > arguments
[ ! -e hang ] || exec sleep 100
[ ! -e fail ] || { cat fail >&2; exit 1; }
while [ "\$n" -gt 0 ]; do
        [ ! -e answer.\$n ] || exec cat answer.\$n
        n=\$((n - 1))
done
SCRIPT
        chmod 755 "$SITE/sacct"
}

# Configuration that every test has; more lines of [slurm] come as arguments.
configure() {
        printf '%s\n' "[store]" "path = $DB" "[spool]" "directory = $SPOOL" \
                "[metrics]" "counters = $SITE/run/counters" \
                "[slurm]" "user = $OWNER" "sacct = $SITE/sacct" "$@" > "$SLURM_QUOTA_CONF"
}

setup() {
        make_site
        configure "sacct_wait_seconds = 1"
        fake_sacct
        slurm-quota user-quota alice 1000 > /dev/null
        job
}

consumed() { sql "SELECT consumed FROM balance b JOIN subject s ON s.id = subject_id
                  WHERE kind = '${2:-user}' AND name = '${3:-alice}' AND resource_id = $1"; }
charges() { sql "SELECT count(*) FROM charge"; }
in_order() { run slurm-quota verify; echo "$output"; [ "$status" -eq 0 ]; [ -z "$output" ]; }

# reserve TASKS [UUID]: as if the job had been submitted, with 4 CPUs for 600 seconds a
# task.
reserve() {
        slurm-quota account-quota physics -1 > /dev/null
        sql "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                                      seconds, created_at)
                SELECT '${2:-$UUID}', -1, u.id, a.id, $1, 'cpu=4', 600, 0 FROM subject u, subject a
                WHERE u.name = 'alice' AND a.name = 'physics';
             INSERT INTO reservation_amount VALUES ('${2:-$UUID}', -1, 1, 2400);
             UPDATE balance SET reserved = reserved + $1 * 2400, tasks = tasks + $1
                WHERE resource_id = 1"
}
tasks() { sql "SELECT coalesce(sum(tasks), 0) FROM reservation"; }

# --- one job ---------------------------------------------------------------------

@test "a job that slurmdbd knows is charged at once" {
        known | says
        reserve 1
        run --separate-stderr slurm-quota charge
        echo "$output $stderr"
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        [[ $stderr == *" slurm-quota: job 7 of user alice, account physics is charged: cpu 400 s, gpu 100 s; its reservation is released" ]]
        [ "$(asked)" = 1 ]
        [ "$(consumed 1)" = 400 ]
        [ "$(consumed 2)" = 100 ]
        [ "$(consumed 1 account physics)" = 400 ]
        [ "$(tasks)" = 0 ]
        [ "$(sql "SELECT c.name, job_id, submit_at, array_task, restarts, start_at, end_at, uuid, state
                  FROM charge JOIN cluster c ON c.id = cluster_id")" = \
          "private|7|1790000000|-1|-1|1790000010|1790000110|$UUID|COMPLETED" ]
        in_order
}

@test "a job that slurmdbd knows a little later is charged then" {
        says 1 < /dev/null
        row 7 7 "$SUBMIT" "$START" Unknown RUNNING "$TRES" "" | says 2
        known | says 3
        reserve 1
        slurm-quota charge
        [ "$(asked)" = 3 ]
        [ "$(consumed 1)" = 400 ]
        [ "$(tasks)" = 0 ]
        [ ! -s "$SPOOL/questions" ]
}

@test "a job that slurmdbd does not know waits, and is charged with the next one" {
        run --separate-stderr slurm-quota charge
        echo "$output $stderr"
        [ "$status" -eq 0 ]
        [[ $stderr == *" slurm-quota: job 7 is not charged yet, it waits in $SPOOL: slurmdbd does not know the end of job 7 yet" ]]
        [ "$(asked)" -ge 4 ]
        [ "$(charges)" = 0 ]
        [ "$(wc -l < "$SPOOL/questions")" = 1 ]
        { known; row 8 8 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 ""; } | says
        JOBID=8 slurm-quota charge
        [ "$(charges)" = 2 ]
        [ "$(consumed 1)" = 500 ]
        [ ! -s "$SPOOL/questions" ]
        in_order
}

@test "waiting is bounded, and shorter while slurmdbd is late" {
        start=$(date +%s%N)
        slurm-quota charge
        took=$((($(date +%s%N) - start) / 1000000))
        [ "$took" -ge 700 ]
        [ "$took" -lt 4000 ]
        rm "$SITE/sacct.d/calls"
        JOBID=8 slurm-quota charge
        [ "$(asked)" -le 5 ]
        # It has caught up: the next one is given all the time again.
        known | says
        slurm-quota charge
        [ "$(charges)" = 1 ]
        [ ! -e "$SPOOL/slurmdbd-is-late" ]
}

@test "without waiting sacct is asked once" {
        configure "sacct_wait_seconds = 0"
        slurm-quota charge
        [ "$(asked)" = 1 ]
        [ -s "$SPOOL/questions" ]
}

@test "what sacct says that is no answer is kept as a question" {
        echo "slurm_load_jobs error: huch" | says
        run --separate-stderr slurm-quota charge
        [ "$status" -eq 0 ]
        [[ $stderr == *'"slurm_load_jobs error: huch" is not what was asked for' ]]
        [ "$(wc -l < "$SPOOL/questions")" = 1 ]
        [ "$(charges)" = 0 ]
}

@test "a sacct that fails is told with its own words" {
        echo "sacct: error: Problem talking to the database: Connection refused" > "$SITE/sacct.d/fail"
        run --separate-stderr slurm-quota charge
        [ "$status" -eq 0 ]
        [[ $stderr == *'failed with status 1: sacct: error: Problem talking to the database: Connection refused' ]]
        [ "$(wc -l < "$SPOOL/questions")" = 1 ]
        # While it is so, nobody waits for it.
        rm "$SITE/sacct.d/calls"
        JOBID=8 slurm-quota charge
        [ "$(asked)" = 1 ]
        [ "$(wc -l < "$SPOOL/questions")" = 2 ]
}

@test "a sacct that is not there loses nothing" {
        sed -i "s,^sacct = .*,sacct = /nowhere/sacct," "$SLURM_QUOTA_CONF"
        run --separate-stderr slurm-quota charge
        [ "$status" -eq 0 ]
        [[ $stderr == *'there is no program "/nowhere/sacct"' ]]
        [ "$(wc -l < "$SPOOL/questions")" = 1 ]
}

@test "sacct is found in the PATH" {
        known | says
        sed -i "s,^sacct = .*,sacct = sacct," "$SLURM_QUOTA_CONF"
        PATH=$SITE:$PATH slurm-quota charge
        [ "$(charges)" = 1 ]
}

@test "the same event twice is booked once" {
        known | says
        reserve 2
        slurm-quota charge
        before=$(snapshot)
        run --separate-stderr slurm-quota charge
        [ "$status" -eq 0 ]
        [[ $stderr == *" slurm-quota: job 7 was charged before; nothing changed" ]]
        [ "$(asked)" = 1 ]
        rm "$SITE/sacct.d/calls"
        echo 1 > "$SITE/sacct.d/calls"
        [ "$(snapshot)" = "$before" ]
        [ "$(tasks)" = 1 ]
}

@test "a job that jobcomp/lua has booked is not charged again" {
        known | says
        slurm-quota charge
        # It tells the restart count, and has a state of its own.
        sql "UPDATE charge SET restarts = 0, state = 'COMPLETED'"
        before=$(snapshot)
        slurm-quota charge
        [ "$(asked)" = 1 ]
        [ "$(snapshot)" = "$before" ]
        # Nor after the restart of a job, whose submit time is another.
        SUBMIT=1790000110 START=1790000120 END=1790000130
        known | says
        slurm-quota charge
        [ "$(charges)" = 2 ]
        [ "$(consumed 1)" = 440 ]
}

@test "of a requeued job each run is charged, and the reservation stays until the last" {
        reserve 1
        {
                row 7 7 1790000000 1790000010 1790000110 REQUEUED cpu=4
                row 7 7 1790000110 1790000200 1790000300 COMPLETED cpu=8
        } | says
        JOBSTATE=PENDING
        run slurm-quota charge
        [[ $output == *"it goes on" ]]
        [ "$(consumed 1)" = 400 ]
        [ "$(tasks)" = 1 ]
        JOBSTATE=COMPLETED SUBMIT=1790000110 START=1790000200 END=1790000300
        slurm-quota charge
        [ "$(consumed 1)" = 1200 ]
        [ "$(tasks)" = 0 ]
        in_order
}

@test "of a resized job each size is charged for its time" {
        reserve 1
        row 7 7 1790000000 1790000010 1790000110 RESIZING cpu=4 | says
        # jobcomp/script says that it began at its end.
        JOBSTATE=RESIZING START=1790000110
        slurm-quota charge
        [ "$(consumed 1)" = 400 ]
        [ "$(tasks)" = 1 ]
        row 7 7 1790000110 1790000010 1790000210 COMPLETED cpu=2 | says 2
        JOBSTATE=COMPLETED END=1790000210
        slurm-quota charge
        [ "$(consumed 1)" = 600 ]
        [ "$(tasks)" = 0 ]
        slurm-quota charge
        JOBSTATE=RESIZING END=1790000110 slurm-quota charge
        [ "$(consumed 1)" = 600 ]
        in_order
}

@test "a component of a heterogeneous job is charged alone" {
        {
                row 7 7+0 "$SUBMIT" "$START" "$END" COMPLETED cpu=1,gres/gpu:h100=1,gres/gpu=1
                row 8 7+1 "$SUBMIT" "$START" "$END" COMPLETED cpu=16 ""
        } | says
        export HETJOBID=7 HETJOBOFFSET=0
        slurm-quota charge
        [ "$(consumed 1)" = 100 ]
        [ "$(consumed 2)" = 100 ]
        JOBID=8 HETJOBOFFSET=1 slurm-quota charge
        [ "$(consumed 1)" = 1700 ]
        [ "$(consumed 2)" = 100 ]
        [ "$(charges)" = 2 ]
}

@test "an array task is asked for by its array, and gives back one task" {
        reserve 10
        row 12 5_3 "$SUBMIT" "$START" "$END" COMPLETED cpu=4 | says
        JOBID=12 ARRAYJOBID=5 ARRAYTASKID=3 slurm-quota charge
        [[ $(cat "$SITE/sacct.d/arguments") == *" --jobs=5_3" ]]
        [ "$(tasks)" = 9 ]
        [ "$(sql 'SELECT job_id, array_task FROM charge')" = "12|3" ]
        in_order
}

@test "what is left of an array that is cancelled while pending is counted by slurmdbd" {
        reserve 10
        {
                row 12 7_0 "$SUBMIT" "$START" Unknown RUNNING cpu=4 ""
                row 13 7_1 "$SUBMIT" "$START" Unknown RUNNING cpu=4 ""
                row 7 "7_[1-9%2]" "$SUBMIT" None "$END" "CANCELLED by 5001" ""
        } | says
        ARRAYJOBID=7 START=$END JOBSTATE=CANCELLED slurm-quota charge
        [[ $(cat "$SITE/sacct.d/arguments") == *" --jobs=7" ]]
        [ "$(tasks)" = 2 ]
        [ "$(consumed 1)" = 0 ]
        in_order
}

@test "the tasks of an array that lived for a moment are waited for" {
        reserve 10
        END=$(date +%s) START=$END SUBMIT=$((END - 2)) JOBSTATE=CANCELLED ARRAYJOBID=7
        row 7 7 "$SUBMIT" "$END" "$END" "CANCELLED by 5001" "" | says
        row 7 "7_[0-9]" "$SUBMIT" None "$END" "CANCELLED by 5001" "" | says 3
        slurm-quota charge
        [ "$(asked)" = 3 ]
        [ "$(tasks)" = 0 ]
        in_order
}

@test "a job that never started costs nothing and gives its reservation back" {
        reserve 1
        row 7 7 "$SUBMIT" None "$END" "CANCELLED by 5001" "" | says
        START=0 JOBSTATE=CANCELLED slurm-quota charge
        [ "$(consumed 1)" = 0 ]
        [ "$(charges)" = 1 ]
        [ "$(tasks)" = 0 ]
        in_order
}

@test "the UUID is found in whatever an administrator wrote" {
        reserve 1
        known "$(printf 'a|b\037c "quoted" %%s \n\nslurm_quota=%s' "$UUID")" | says
        slurm-quota charge
        [ "$(tasks)" = 0 ]
}

@test "a reservation that is another user's is not given back" {
        reserve 1
        known | sed 's/alice/mallory/' | says
        run slurm-quota charge
        [ "$(tasks)" = 0 ]
        reserve 1
        USERNAME=mallory JOBID=8
        row 8 8 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 | says
        run slurm-quota charge
        [[ $output == *"its reservation was gone" ]]
        [ "$(tasks)" = 1 ]
}

@test "the account is kept in lower case, and the cluster too" {
        known | says
        ACCOUNT=Physics CLUSTER=Private slurm-quota charge
        [ "$(consumed 1 account physics)" = 400 ]
        [ "$(sql 'SELECT name FROM cluster')" = private ]
}

@test "the configured cluster is the one that counts" {
        configure "cluster = one"
        known | says
        slurm-quota charge
        [ "$(sql 'SELECT name FROM cluster')" = one ]
}

@test "a user that slurmctld does not know is taken from slurmdbd, then from the uid" {
        known | says
        run env UID=5001 USERNAME=nobody slurm-quota charge
        [ "$status" -eq 0 ]
        [ "$(consumed 1)" = 400 ]
        row 8 8 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 | sed 's/alice//' | says
        run env UID=4000000 USERNAME= JOBID=8 slurm-quota charge
        [ "$status" -eq 0 ]
        [ "$(consumed 1 user 4000000)" = 100 ]
}

@test "an account that slurmctld does not tell is taken from slurmdbd" {
        known | says
        ACCOUNT= slurm-quota charge
        [ "$(consumed 1 account physics)" = 400 ]
}

@test "--quiet tells only what went wrong" {
        known | says
        run slurm-quota charge --quiet
        [ "$status" -eq 0 ]
        [ -z "$output" ]
        run slurm-quota charge --quiet
        [ -z "$output" ]
        echo x > "$SITE/sacct.d/fail"
        JOBID=8 run slurm-quota charge --quiet
        [[ $output == *"job 8 is not charged yet"* ]]
}

# --- what is not acceptable --------------------------------------------------------

@test "without a job there is nothing to charge" {
        for name in JOBID SUBMIT START END; do
                unchanged 2 env -u "$name" slurm-quota charge
                [ "${stderr_lines[0]}" = "slurm-quota: $name is not in the environment" ]
                unchanged 2 env "$name=" slurm-quota charge
        done
        [ "$(asked)" = 0 ]
}

@test "an environment that Slurm does not write changes nothing" {
        for pair in JOBID=x JOBID=-1 JOBID=0 JOBID=7.5 "JOBID= 7" JOBID=4294967294 \
                    JOBID=99999999999999999999 ARRAYJOBID=x ARRAYTASKID=-1 \
                    ARRAYTASKID=4294967296 SUBMIT=0 SUBMIT=-5 SUBMIT=yesterday START=x END=x \
                    END=1790000009 END=0 END=999999999999 UID=x UID=-1 UID=4294967296 \
                    USERNAME=a,b USERNAME=-x ACCOUNT=a=b "ACCOUNT=a b"; do
                unchanged 2 env "$pair" slurm-quota charge
        done
        [ "$(asked)" = 0 ]
        unchanged 2 slurm-quota charge 7
        unchanged 2 slurm-quota charge --job 7
}

@test "a job without any account is an error" {
        row 7 7 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 | sed 's/physics//' | says
        mkdir -p "$SPOOL"
        run --separate-stderr env ACCOUNT= slurm-quota charge
        [ "$status" -eq 2 ]
        [ "$stderr" = "slurm-quota: job 7 has no account" ]
        [ "$(charges)" = 0 ]
}

@test "only root and SlurmUser may charge" {
        need_root
        unchanged 1 as nobody slurm-quota charge
        [ "${stderr_lines[0]}" = "slurm-quota: only root and slurm may run charge" ]
        known | says
        run as slurm slurm-quota charge
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(charges)" = 1 ]
}

@test "SlurmUser and root take turns without getting in each other's way" {
        need_root
        slurm-quota charge
        JOBID=8 as slurm slurm-quota charge
        { known; row 8 8 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 ""; } | says
        run as slurm slurm-quota charge --replay
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(charges)" = 2 ]
        rm "$SITE/sacct.d/"answer*
        JOBID=9 as slurm slurm-quota charge
        JOBID=10 slurm-quota charge
        [ "$(wc -l < "$SPOOL/questions")" = 2 ]
}

# --- the spool ---------------------------------------------------------------------

# busy COMMAND...: while somebody else holds the database for too long.
busy() {
        flock "$DB.lock" "$@"
}

@test "a charge waits in the spool when the database is locked" {
        known | says
        # Something waits already: it is not waited for long then.
        echo "-nothing" > "$SPOOL/events"
        run --separate-stderr busy slurm-quota charge
        echo "$stderr"
        [ "$status" -eq 0 ]
        [[ $stderr == *"job 7 is not charged yet, it waits in $SPOOL: "* ]]
        [ "$(charges)" = 0 ]
        grep -q '^+charge' "$SPOOL/events"
        # Booked by the next one, whichever that is.
        JOBID=8
        row 8 8 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 "" | says
        slurm-quota charge
        [ "$(charges)" = 2 ]
        [ "$(consumed 1)" = 500 ]
        [ ! -s "$SPOOL/events" ]
        in_order
}

@test "a charge waits in the spool when there is no database" {
        known | says
        rm -r "$SITE/state"
        run --separate-stderr slurm-quota charge
        [ "$status" -eq 0 ]
        [[ $stderr == *"there is no database at"* ]]
        [ ! -e "$DB" ]
        slurm-quota user-quota alice 1000
        run slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$output" = "booked 1, rejected 0, waiting 0" ]
        [ "$(consumed 1)" = 400 ]
}

@test "the spool is made when it is missing" {
        known | says
        rm -r "$SITE/state" "$SPOOL"
        slurm-quota charge
        [ "$(wc -l < "$SPOOL/events")" = 1 ]
        [ "$(stat -c '%U %a' "$SPOOL")" = "$OWNER 2770" ]
}

@test "not even spooled is a failure" {
        known | says
        rm -r "$SITE/state" "$SPOOL"
        echo > "$SPOOL"
        run --separate-stderr slurm-quota charge
        echo "$stderr"
        [ "$status" -eq 1 ]
        [[ $stderr == "slurm-quota: job 7 is NOT charged (there is no database at"* ]]
}

@test "--replay books all that waits, and tells what still does" {
        for id in 21 22 23; do
                JOBID=$id slurm-quota charge 2> /dev/null
        done
        {
                row 21 21 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 ""
                row 23 23 "$SUBMIT" "$START" "$END" COMPLETED cpu=2 ""
        } | says
        run --separate-stderr slurm-quota charge --replay
        echo "$output $stderr"
        [ "$status" -eq 1 ]
        [ "$output" = "booked 2, rejected 0, waiting 1" ]
        [ "$stderr" = "slurm-quota: slurmdbd does not know all of the jobs yet" ]
        [ "$(consumed 1)" = 300 ]
        row 22 22 "$SUBMIT" "$START" "$END" COMPLETED cpu=4 "" | says
        run --separate-stderr slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$output" = "booked 1, rejected 0, waiting 0" ]
        [ "$(consumed 1)" = 700 ]
        run slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$output" = "booked 0, rejected 0, waiting 0" ]
        [ "$(charges)" = 3 ]
        in_order
}

@test "--replay needs no job in the environment" {
        run env -u JOBID -u SUBMIT slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$output" = "booked 0, rejected 0, waiting 0" ]
}

@test "--replay stops when sacct fails" {
        slurm-quota charge
        echo "sacct: error: down" > "$SITE/sacct.d/fail"
        run --separate-stderr slurm-quota charge --replay
        echo "$output $stderr"
        [ "$status" -eq 1 ]
        [ "$output" = "booked 0, rejected 0, more is waiting" ]
        [[ $stderr == "slurm-quota: not all could be booked: "*"sacct: error: down" ]]
        [ "$(wc -l < "$SPOOL/questions")" = 1 ]
}

@test "--replay without a database fails" {
        rm -r "$SITE/state"
        run --separate-stderr slurm-quota charge --replay
        [ "$status" -eq 1 ]
        [[ $stderr == *"there is no database"* ]]
}

@test "what can never be booked is put aside and told" {
        printf '+charge\tnonsense=1\t#00000000\n' > "$SPOOL/events"
        run --separate-stderr slurm-quota charge --replay
        [ "$status" -eq 1 ]
        [ "$output" = "booked 0, rejected 1, waiting 0" ]
        [ "$stderr" = "slurm-quota: some cannot be booked; they are in $SPOOL/rejected" ]
        [ -s "$SPOOL/rejected" ]
        run slurm-quota charge --replay
        [ "$status" -eq 0 ]
}

@test "a question keeps all that is needed for its answer" {
        reserve 10
        # The rest of an array, of a user whom only slurmdbd knows.
        run env ARRAYJOBID=7 START="$END" JOBSTATE=CANCELLED USERNAME= ACCOUNT= slurm-quota charge
        row 7 "7_[2-9]" "$SUBMIT" None "$END" "CANCELLED by 0" "" | says
        run slurm-quota charge --replay
        echo "$output"
        [ "$status" -eq 0 ]
        [ "$(tasks)" = 2 ]
        # A size that a job gave up.
        rm "$SITE/sacct.d/"answer*
        JOBID=8 JOBSTATE=RESIZING START=$END slurm-quota charge
        row 8 8 "$SUBMIT" "$START" "$END" RESIZING cpu=4 | says
        run slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$(consumed 1)" = 400 ]
        [ "$(tasks)" = 2 ]
        in_order
}

@test "many events that wait are booked in the order they came" {
        rm -r "$SITE/state"
        for id in $(seq 101 180); do
                row "$id" "$id" "$SUBMIT" "$START" "$END" COMPLETED cpu=1 "" | says
                JOBID=$id slurm-quota charge --quiet 2> /dev/null
        done
        [ "$(wc -l < "$SPOOL/events")" = 80 ]
        slurm-quota user-quota alice 1000
        # 64 with each job; the job itself has to wait for the others.
        row 181 181 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 "" | says
        run env JOBID=181 slurm-quota charge
        [[ $output == *"64 events that waited are booked"* ]]
        [[ $output == *"job 181 is not charged yet"*"events of before it wait too" ]]
        row 182 182 "$SUBMIT" "$START" "$END" COMPLETED cpu=1 "" | says
        JOBID=182 slurm-quota charge
        [ "$(charges)" = 82 ]
        [ "$(sql "SELECT group_concat(job_id, ' ') FROM (SELECT job_id FROM charge ORDER BY entry_id)")" = \
          "$(seq -s ' ' 101 182)" ]
        [ "$(consumed 1)" = 8200 ]
        in_order
}

@test "charges of several processes at once are all booked" {
        for id in $(seq 31 42); do
                row "$id" "$id" "$SUBMIT" "$START" "$END" COMPLETED cpu=1 ""
        done | says
        for id in $(seq 31 42); do
                JOBID=$id slurm-quota charge --quiet &
                JOBID=$id slurm-quota charge --quiet &
        done
        wait
        run slurm-quota charge --replay
        [ "$status" -eq 0 ]
        [ "$(charges)" = 12 ]
        [ "$(consumed 1)" = 1200 ]
        in_order
}

# --- the wrapper ---------------------------------------------------------------------

WRAPPER=$BATS_TEST_DIRNAME/../../src/cli/slurm-quota-charge-wrapper

@test "the wrapper appends what charge tells to its log, also under dash" {
        known | says
        export SLURM_QUOTA_CHARGE_LOG=$SITE/log/charge/slurm-quota-charge.log
        for shell in dash bash "busybox sh"; do
                command -v "${shell%% *}" > /dev/null || continue
                run $shell "$WRAPPER"
                [ "$status" -eq 0 ]
                [ -z "$output" ]
        done
        [ "$(charges)" = 1 ]
        [[ $(head -n 1 "$SLURM_QUOTA_CHARGE_LOG") == *"job 7 of user alice"*"is charged"* ]]
        [[ $(sed -n 2p "$SLURM_QUOTA_CHARGE_LOG") == *"was charged before"* ]]
        [ "$(stat -c %a "$SLURM_QUOTA_CHARGE_LOG")" = 640 ]
}

@test "the wrapper hands its arguments and the exit status on" {
        export SLURM_QUOTA_CHARGE_LOG=$SITE/log
        run dash "$WRAPPER" --replay
        [ "$status" -eq 0 ]
        [ "$(cat "$SITE/log")" = "booked 0, rejected 0, waiting 0" ]
        run dash "$WRAPPER" --nonsense
        [ "$status" -eq 2 ]
        grep -q 'unknown option "--nonsense"' "$SITE/log"
}

@test "the wrapper charges even when the log cannot be written" {
        known | says
        for log in "$SITE" /proc/no/log /dev/full "$SITE/slurm-quota.conf/log"; do
                rm -rf "$SITE/state"
                slurm-quota user-quota alice 1000 > /dev/null
                SLURM_QUOTA_CHARGE_LOG=$log run dash "$WRAPPER"
                echo "$log: $status $output"
                [ "$status" -eq 0 ]
                [ "$(charges)" = 1 ]
        done
}

@test "the wrapper does with the environment that slurmctld gives" {
        known | says
        ln -s "$BATS_FILE_TMPDIR/slurm-quota" "$SITE/slurm-quota"
        run env -i -C /tmp PATH=/usr/bin:/bin:"$SITE" SLURM_QUOTA_CONF="$SLURM_QUOTA_CONF" \
                SLURM_QUOTA_CHARGE_LOG="$SITE/log" JOBID="$JOBID" ARRAYJOBID=0 \
                ARRAYTASKID=4294967294 SUBMIT="$SUBMIT" START="$START" END="$END" UID=5001 \
                USERNAME=alice ACCOUNT=physics CLUSTER=private JOBSTATE=COMPLETED \
                sh "$WRAPPER" < /dev/null > /dev/null 2>&1
        [ "$status" -eq 0 ]
        [ "$(charges)" = 1 ]
}

@test "the wrapper that is installed names the program that is installed" {
        installed=$BUILD_DIR/src/cli/slurm-quota-charge-wrapper
        [ -x "$installed" ]
        grep -q '^program=/.*/slurm-quota$' "$installed"
}
