# shellcheck shell=bash disable=SC2034,SC2119,SC2120,SC2154
# helper.bash - a private Slurm for each test file, and words to speak about it
#
#       setup_file() { start_cluster; }
#       teardown_file() { stop_cluster; }
#       setup() { fresh_ledger; }
#
# Tests of a file share a cluster; each begins with an empty queue and an empty
# ledger.  Amounts are seconds (of CPUs, of weighted GPUs), limits minutes.

bats_require_minimum_version 1.5.0

TESTS=$(dirname -- "$(readlink -f -- "${BASH_SOURCE[0]}")")
REPOSITORY=$(readlink -f -- "$TESTS/../..")
PRIVATE_SLURM=$REPOSITORY/tools/private-slurm
export SLURM_QUOTA_BUILD=${SLURM_QUOTA_BUILD:-$REPOSITORY/build-test}

# --- the cluster ------------------------------------------------------------------

# Arguments are those of "private-slurm start".  A sanitized module needs the
# sanitizers' libraries in slurmctld before all others, and before these what keeps
# a fork apart from their allocator (fork_guard.c).
start_cluster() {
        local library libraries=''
        CLUSTER=$(mktemp -d "${SLURM_QUOTA_TEST_ROOT:-/tmp}/sq.XXXXXX")
        export CLUSTER
        if [[ -e $SLURM_QUOTA_BUILD/src/lua/5.1/slurm_quota.so ]]; then
                for library in libasan libubsan; do
                        [[ $(ldd "$SLURM_QUOTA_BUILD/src/lua/5.1/slurm_quota.so") == *"$library"* ]] &&
                                libraries+=${libraries:+ }$(gcc -print-file-name=$library.so)
                done
        fi
        [[ $libraries != *libasan* ]] ||
                libraries="$SLURM_QUOTA_BUILD/tests/fork_guard.so $libraries"
        export PRIVATE_SLURM_PRELOAD=$libraries
        "$PRIVATE_SLURM" start "$CLUSTER" --quiet "$@" 3>&- || {
                rmdir "$CLUSTER" 2>/dev/null
                return 1
        }
}

# Slurm gives exclusive jobs the GPUs of their nodes, and does not tell how many: the
# configuration does.
start_cluster_with_exclusive_gpus() {
        start_cluster --nodes 2
        printf '%s\n' '[pricing]' 'exclusive_gres = debug=gpu:h100:4,gpu:a100:4' \
                >>"$CLUSTER/etc/slurm-quota.conf"
}

# Stops it, and fails when slurmctld has not lived through the tests unharmed.
stop_cluster() {
        local harm='' report
        [[ -n ${CLUSTER-} && -e $CLUSTER/state ]] || return 0
        if ! ctld_is_up; then
                harm="slurmctld is not running any more"
                tail -n 20 "$CLUSTER/log/slurmctld.log" "$CLUSTER/log/slurmctld.out"
        fi
        "$PRIVATE_SLURM" stop "$CLUSTER" --keep-files 3>&- || harm+=" could not be stopped"
        for report in "$CLUSTER"/log/asan* "$CLUSTER"/log/ubsan*; do
                [[ -s $report ]] || continue
                harm+=" ${report##*/}"
                head -n 40 "$report"
        done
        "$PRIVATE_SLURM" stop "$CLUSTER" 3>&- || harm+=" could not be removed"
        [[ -z $harm ]] || {
                echo "slurmctld: $harm"
                return 1
        }
}

ctld_is_up() { "$PRIVATE_SLURM" status "$CLUSTER" | grep -q '^slurmctld  *running'; }

# restart-ctld would also start one that has crashed.
restart_ctld() {
        ctld_is_up || fail "slurmctld is not running any more"
        "$PRIVATE_SLURM" restart-ctld "$CLUSTER" 3>&-
}

in_cluster() { "$PRIVATE_SLURM" exec "$CLUSTER" "$@"; }

# as USER COMMAND...
as() {
        local user=$1
        shift
        "$PRIVATE_SLURM" exec-as "$CLUSTER" "$user" "$@"
}

quota() { in_cluster slurm-quota "$@"; }

# --- small words -------------------------------------------------------------------

fail() {
        printf '%s\n' "$@"
        return 1
}

# A line for the log of the tests.
tell() { printf '# %s\n' "$*" >&3; }

# equal WHAT VALUE EXPECTED
equal() { [[ $2 == "$3" ]] || fail "$1 is \"$2\", expected \"$3\""; }

# wait_until SECONDS COMMAND...: looks ten times a second.
# Until no job is being ended: a rerun that starts earlier is told the exit of the run
# before it.
nodes_are_idle() {
        sleep 1 # the end of the batch script comes by itself, a moment after the requeue
        ! in_cluster sinfo -h -o %T | grep -qv '^idle$'
}

wait_until() {
        local end=$((SECONDS + $1 + 1))
        shift
        until "$@" >/dev/null; do
                ((SECONDS < end)) || {
                        echo "waited in vain for: $*"
                        "$@"
                        return
                }
                sleep 0.1
        done
}

# milliseconds COMMAND...: sets took, output and status.
milliseconds() {
        local start end
        start=$(date +%s%N)
        run "$@"
        end=$(date +%s%N)
        took=$(((end - start) / 1000000))
}

# --- jobs --------------------------------------------------------------------------

# submit_as USER [OPTION]... [-- SCRIPT]: prints the id of the job, which runs
# SCRIPT (default: true).
submit_as() {
        local user=$1 options=()
        shift
        while (($#)) && [[ $1 != -- ]]; do
                options+=("$1")
                shift
        done
        as "$user" sbatch --parsable --output=/dev/null "${options[@]}" --wrap "${2:-true}"
}

# The same, to be refused by a budget: sets output to all that sbatch said and
# reason to our line of it, without what sbatch puts in front.
refused_as() {
        run submit_as "$@"
        [[ $status != 0 ]] || fail "accepted as job $output: $*"
        reason=$(sed -n 's/^[a-z]*: error: \(slurm-quota: .*\)/\1/p' <<<"$output")
        [[ -n $reason ]] || fail "refused without our reason: $output"
}

# The values of FIELD=VALUE in what scontrol knows of a job, one line per record.
job_field() {
        in_cluster scontrol --oneliner show job "$1" | sed -n "s/.*[[:space:]]$2=\([^ ]*\).*/\1/p"
}

job_is() { [[ $(job_field "$1" JobState) == "$2" ]]; }

wait_for_state() {
        wait_until "${3:-15}" job_is "$1" "$2" ||
                fail "job $1 is $(job_field "$1" JobState), because of $(job_field "$1" Reason)"
}

queue_is_empty() { [[ -z $(in_cluster squeue --noheader "$@") ]]; }

# wait_for_end [JOBID...]: all jobs when none is given.
wait_for_end() {
        local IFS=,
        wait_until "${WAIT:-40}" queue_is_empty ${1:+--jobs="$*"} || {
                in_cluster squeue
                return 1
        }
}

admin_comment() {
        in_cluster scontrol show job "$1" | sed -n 's/^ *AdminComment=\(.*[^ ]\) *$/\1/p' | head -n 1
}

# The 36 characters in the job's AdminComment.
job_uuid() { admin_comment "$1" | grep -oE '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}'; }

# What is being started cannot be cancelled yet: more than once.
cancel_all() {
        local i
        for i in 1 2 3 4 5 6; do
                ! queue_is_empty || return 0
                # One word each.
                # shellcheck disable=SC2046
                in_cluster scancel $(in_cluster squeue --noheader --format=%A | sort -u)
                ! WAIT=5 wait_for_end >/dev/null || return 0
        done
        wait_for_end
}

# How many of a TRES were allocated to a job, and for how many seconds it might have
# had them.
allocated() {
        job_field "$1" TRES | tr , '\n' | awk -F= -v name="$2" '
                $1 == name { n = $2 } END { print n + 0 }'
}

limit_seconds() {
        job_field "$1" TimeLimit | awk -F'[-:]' '
                NF == 4 { print (($1 * 24 + $2) * 60 + $3) * 60 + $4 }
                NF == 3 { print ($1 * 60 + $2) * 60 + $3 }'
}

# Of scontrol's lines about all jobs, with times in seconds: what jobcomp/script would be
# told of those that have ended (job, array, task, submission, start, end, state, user, uid,
# account, CPUs).
told_of_ends() {
        awk '/ JobState=(COMPLETED|FAILED|CANCELLED|TIMEOUT|NODE_FAIL) / && / EndTime=[0-9]/ {
                split("", f)
                for (i = 1; i <= NF; i++)
                        if (match($i, /=/) && !(substr($i, 1, RSTART - 1) in f))
                                f[substr($i, 1, RSTART - 1)] = substr($i, RSTART + 1)
                split(f["UserId"], user, /[()]/)
                one_task = f["ArrayTaskId"] ~ /^[0-9]+$/
                print f["JobId"], f["ArrayJobId"] + 0, one_task ? f["ArrayTaskId"] : 4294967294,
                        f["SubmitTime"], f["StartTime"], f["EndTime"], f["JobState"], user[1],
                        user[2], f["Account"], f["NumCPUs"]
        }'
}

# --- the ledger --------------------------------------------------------------------

ask() {
        in_cluster sqlite3 -batch -noheader -cmd '.timeout 5000' \
                "$CLUSTER/quota/slurm-quota.db" "$1"
}

# balance KIND NAME RESOURCE COLUMN, e.g. balance account physics cpu reserved.
balance() {
        ask "SELECT b.$4 FROM balance b JOIN subject s ON s.id = b.subject_id
             JOIN resource r ON r.id = b.resource_id
             WHERE s.kind = '$1' AND s.name = '$2' AND r.name = '$3' AND b.window_id = 1"
}

# balance_is KIND NAME RESOURCE COLUMN VALUE
balance_is() { equal "$4 of $1 $2 in $3" "$(balance "$1" "$2" "$3" "$4")" "$5"; }

# reserved_is ACCOUNT USER CPU-SECONDS [GPU-SECONDS]
reserved_is() {
        balance_is account "$1" cpu reserved "$3" && balance_is user "$2" cpu reserved "$3" || return
        [[ -n ${4-} ]] || return 0
        balance_is account "$1" gpu reserved "$4" && balance_is user "$2" gpu reserved "$4"
}

holds_nothing() {
        equal "all that is reserved" "$(ask 'SELECT coalesce(sum(reserved), 0) FROM balance')" 0 &&
                equal "tasks of unfinished jobs" "$(ask 'SELECT coalesce(sum(tasks), 0) FROM balance')" 0 &&
                equal "reservations" "$(ask 'SELECT count(*) FROM reservation')" 0
}

verify_is_silent() {
        run quota verify
        [[ $status == 0 && -z $output ]] || fail "verify says:" "$output"
}

# What slurmdbd says that the jobs of this test used, in seconds: elapsed_sum
# user|account NAME [cpu|gpu].  GPUs count by the factors of the ledger.
elapsed_sum() {
        local factors
        factors=$(ask "SELECT type || '=' || millionths FROM gpu_factor" | tr '\n' ' ')
        in_cluster sacct --allusers --allocations --duplicates --noheader --parsable2 \
                --starttime=now-2hours "$([[ $1 == user ]] && echo --user || echo --accounts)=$2" \
                --format=JobIDRaw,ElapsedRaw,AllocCPUS,AllocTRES |
                awk -F'|' -v first="$FIRST_JOB" -v resource="${3:-cpu}" -v factors="$factors" '
                BEGIN {
                        n = split(factors, list, " ")
                        weight["default"] = 1000000
                        for (i = 1; i <= n; i++) {
                                split(list[i], pair, "=")
                                weight[pair[1]] = pair[2]
                        }
                }
                $1 < first { next }
                resource == "cpu" { sum += $2 * $3; next }
                {
                        n = split($4, tres, ",")
                        weighted = 0
                        for (i = 1; i <= n; i++) {
                                split(tres[i], pair, "=")
                                if (pair[1] !~ /^gres\/gpu:/)
                                        continue
                                type = substr(pair[1], 10)
                                weighted += pair[2] * (type in weight ? weight[type] : weight["default"])
                        }
                        sum += int(weighted * $2 / 1000000 + 0.5)
                }
                END { printf "%d\n", sum }'
}

# True when slurmdbd knows the end of every run of every job of this test.  (sacct
# leaves out what was held until it was cancelled.)
slurmdbd_is_done() {
        local runs ended
        # A line with the job's id for each of its runs.
        runs=$(in_cluster scontrol --oneliner show jobs | awk -v first="$FIRST_JOB" '
                {
                        match($0, /JobId=[0-9]+/)
                        job = substr($0, RSTART + 6, RLENGTH - 6) + 0
                        match($0, / Restarts=[0-9]+/)
                        runs = substr($0, RSTART + 10, RLENGTH - 10) + ($0 ~ / NodeList=[^( ]/)
                        for (i = 0; i < runs && job >= first; i++)
                                print job
                }' | sort)
        ended=$(in_cluster sacct --allusers --allocations --duplicates --noheader --parsable2 \
                --starttime=now-2hours --format=JobIDRaw,End |
                awk -F'|' -v first="$FIRST_JOB" '
                        $1 >= first && $2 == "Unknown" { print "unfinished" }
                        $1 >= first { print $1 }' | sort)
        [[ $ended != *unfinished* && -z $(comm -23 <(echo "$runs") <(echo "$ended")) ]]
}

# books_are_right [RESOURCE...]: after the end of all jobs, users and accounts have
# consumed to the second what slurmdbd says, nothing is reserved, verify is silent.
books_are_right() {
        local kind name resource
        wait_until 30 slurmdbd_is_done || return
        while IFS='|' read -r kind name; do
                for resource in "${@:-cpu}"; do
                        balance_is "$kind" "$name" "$resource" consumed \
                                "$(elapsed_sum "$kind" "$name" "$resource")" || return
                done
        done < <(ask "SELECT kind, name FROM subject")
        holds_nothing && verify_is_silent
}

# What slurmdbd has in its own tables, without sacct; columns with tabs between.
ask_slurmdbd() {
        in_cluster mariadb --no-defaults --batch --skip-column-names \
                --socket="$CLUSTER/mysql/mysql.socket" slurm_acct_db --execute="$1"
}

# --- what a pass of the reconciler does ------------------------------------------------

# settings [LINE]...: the cluster's configuration, with these lines in it; those of [slurm]
# come first.  Without a line about it the grace period is one second.
settings() {
        local conf=$CLUSTER/etc/slurm-quota.conf lines=("$@")
        [[ -e $conf.first ]] || cp "$conf" "$conf.first"
        [[ "$*" == *'[reconcile]'* ]] || lines+=('[reconcile]' 'grace_seconds = 1')
        { cat "$conf.first" && printf '%s\n' "${lines[@]}"; } >"$conf"
        sleep 0.3 # the hooks look four times a second whether it has changed
}

# A pass leaves alone what changed in its own second.
next_second() {
        local now=$EPOCHSECONDS
        until ((EPOCHSECONDS > now)); do sleep 0.05; done
}

# reconcile_finds [WORD=COUNT]...: a pass finds and mends so much, and nothing else.
# How many jobs it saw for the first time ("bound") matters only when it is named.
reconcile_finds() {
        local word count expected
        next_second
        run quota reconcile --verbose
        [[ $status == 0 ]] || fail "reconcile: $output"
        for word in bound held corrected released charged amended replayed missing; do
                expected=0
                for count; do [[ $count != "$word="* ]] || expected=${count#*=}; done
                [[ $word != bound || "$*" == *bound=* ]] || continue
                [[ ${output##*$'\n'} =~ [,\;]\ $word\ ([0-9]+) ]] || BASH_REMATCH=(0 0)
                [[ ${BASH_REMATCH[1]} == "$expected" ]] ||
                        fail "$word is ${BASH_REMATCH[1]}, expected $expected, in: $output"
        done
}

# What a pass says that found nothing to mend, and nothing that it could not.
NOTHING="; bound 0, held 0, corrected 0, released 0, charged 0, amended 0, replayed 0; took "

pass_is_idle() {
        local said
        said=$(quota reconcile) && [[ $said == *"$NOTHING"* ]] || {
                echo "$said"
                return 1
        }
}

# Passes until one has nothing to do.
reconcile_until_idle() { wait_until "${1:-30}" pass_is_idle; }

# held_for JOB waiting|running...: the reservations that are bound to a job, one word for
# each of their rows.
held_for() {
        local job=$1
        shift
        equal "what is held for job $job" "$(ask "SELECT CASE WHEN r.running_since IS NULL
                THEN 'waiting' ELSE 'running' END FROM binding b
                JOIN reservation r ON r.uuid = b.uuid WHERE b.job_id = $job
                ORDER BY r.array_task" | paste -s -d ' ')" "$*"
}

# --- before each test ----------------------------------------------------------------

# No jobs, no balances, every budget unlimited, no factors.
fresh_ledger() {
        cancel_all
        # shellcheck disable=SC2016
        in_cluster sh -c 'rm -rf "$1/quota" "$1/spool"' sh "$CLUSTER"
        quota set-default-quotas --user-cpu -1 >/dev/null
        # Hooks look four times a second whether the database is still the same.
        sleep 0.2
        FIRST_JOB=$(in_cluster scontrol show config | awk '$1 == "NEXT_JOB_ID" { print $3 }')
}

# budget account physics 60: CPU minutes; budget account physics 60 gpu.
budget() {
        case ${4:-cpu} in
        cpu) quota "$1-quota" "$2" "$3" >/dev/null ;;
        gpu) quota "$1-gpu-quota" "$2" "$3" >/dev/null ;;
        esac
}
