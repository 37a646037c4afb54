# Jobs that are changed after their submission.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

update() { in_cluster scontrol update "$@"; }

# The update must fail, and leave both the job and its reservation as they are.
refused_update() {
        run "${@:2}"
        [[ $status != 0 ]] || fail "accepted: ${*:2}"
        [[ $output == *"Access/permission denied"* ]] || fail "$output"
        reserved_is physics alice "$1"
}

@test "a longer limit is refused when it does not fit" {
        budget account physics 60
        job=$(submit_as alice --hold -t30)
        refused_update 1800 update JobId="$job" TimeLimit=61
        equal "limit" "$(limit_seconds "$job")" 1800
        refused_update 1800 as alice scontrol update JobId="$job" TimeLimit=61
        equal "limit" "$(limit_seconds "$job")" 1800
}

@test "a longer limit is reserved when it fits, to the last minute" {
        budget account physics 60
        job=$(submit_as alice --hold -t30)
        update JobId="$job" TimeLimit=60
        equal "limit" "$(limit_seconds "$job")" 3600
        reserved_is physics alice 3600
        refused_as alice -t1
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
}

@test "a shorter limit gives time back, whoever sets it" {
        budget account physics 60
        job=$(submit_as alice --hold -t60 -n1)
        update JobId="$job" TimeLimit=40
        reserved_is physics alice 2400
        as alice scontrol update JobId="$job" TimeLimit=10
        reserved_is physics alice 600
        submit_as alice --hold -t50
        refused_as alice -t1
}

@test "a shorter limit is accepted although the budget has become too small" {
        budget account physics 60
        job=$(submit_as alice --hold -t60)
        budget account physics 5
        update JobId="$job" TimeLimit=30
        reserved_is physics alice 1800
}

@test "the limit of a running job: longer is checked, shorter gives back" {
        budget account physics 120
        job=$(submit_as alice -t30 -n2 -- 'sleep 300')
        wait_for_state "$job" RUNNING
        reserved_is physics alice 3600
        update JobId="$job" TimeLimit=60
        reserved_is physics alice 7200
        refused_update 7200 update JobId="$job" TimeLimit=61
        equal "limit" "$(limit_seconds "$job")" 3600
        update JobId="$job" TimeLimit=10
        reserved_is physics alice 1200
        in_cluster scancel "$job"
        wait_for_end
        books_are_right
}

@test "limits given as a difference are added to the job's own" {
        job=$(submit_as alice --hold -t30)
        update JobId="$job" TimeLimit=+10
        equal "limit" "$(limit_seconds "$job")" 2400
        reserved_is physics alice 2400
        update JobId="$job" TimeLimit=-25
        reserved_is physics alice 900
}

@test "a pending job moves to another account with its reservation" {
        budget account chemistry 30
        job=$(submit_as alice --hold -t30)
        update JobId="$job" Account=chemistry
        reserved_is chemistry alice 1800
        balance_is account physics cpu reserved 0
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
        balance_is account physics cpu consumed 0
}

@test "a pending job does not move to an account without room for it" {
        budget account chemistry 29
        job=$(submit_as alice --hold -t30)
        refused_update 1800 update JobId="$job" Account=chemistry
        equal "account" "$(job_field "$job" Account)" physics
        refused_update 1800 as alice scontrol update JobId="$job" Account=chemistry
        equal "account" "$(job_field "$job" Account)" physics
        [[ -z $(balance account chemistry cpu reserved) ]] ||
                balance_is account chemistry cpu reserved 0
        verify_is_silent
}

@test "hold, release, nice and comments pass a full budget" {
        budget account physics 30
        budget user alice 30
        job=$(submit_as alice --hold -t30)
        budget account physics 1
        budget user alice 0
        refused_as alice -t1
        as alice scontrol release "$job"
        wait_for_end "$job" # one CPU of 64: it runs
        budget account physics 60
        budget user alice 60
        job=$(submit_as alice --begin=now+1hour -t30)
        budget account physics 1
        budget user alice 0
        as alice scontrol hold "$job"
        as alice scontrol release "$job"
        as alice scontrol update JobId="$job" Nice=100
        as alice scontrol update JobId="$job" Comment="mine"
        as alice scontrol update JobId="$job" JobName=renamed
        update JobId="$job" Priority=17
        update JobId="$job" AdminComment="note"
        update JobId="$job" Comment="theirs"
        update JobId="$job" QOS=normal
        reserved_is physics alice 1800
        equal "comment" "$(job_field "$job" Comment)" theirs
        as alice scancel "$job"
        wait_for_end
        books_are_right
}

@test "the UUID stands in AdminComment" {
        job=$(submit_as alice --hold)
        uuid=$(job_uuid "$job")
        equal "reservations under \"$uuid\"" \
                "$(ask "SELECT count(*) FROM reservation WHERE uuid = '$uuid'")" 1
        equal "AdminComment" "$(admin_comment "$job")" "$uuid"
}

@test "an administrator's comment keeps the UUID beside it" {
        job=$(submit_as alice --hold -t5 -- 'sleep 1')
        uuid=$(job_uuid "$job")
        update JobId="$job" AdminComment="seen by operator"
        equal "the UUID" "$(job_uuid "$job")" "$uuid"
        equal "AdminComment" "$(admin_comment "$job")" "seen by operator slurm_quota=$uuid"
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) > 0))
}

@test "the comment of a running job may be changed, and it is charged and released" {
        job=$(submit_as alice -t5 -- 'sleep 3')
        wait_for_state "$job" RUNNING
        update JobId="$job" AdminComment="looks odd"
        wait_for_end
        books_are_right
        (($(balance account physics cpu consumed) > 0))
}

@test "one task of an array is changed on its own" {
        budget account physics 60
        job=$(submit_as alice --hold -t5 --array=0-9)
        update JobId="${job}_3" TimeLimit=15
        reserved_is physics alice $((9 * 300 + 900))
        run update JobId="${job}_4" TimeLimit=6
        [[ $status != 0 ]] || fail "accepted"
        update JobId="${job}_4" TimeLimit=4
        reserved_is physics alice $((8 * 300 + 900 + 240))
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
}

@test "the limit of a whole array is changed for every task" {
        budget account physics 100
        job=$(submit_as alice --hold -t5 --array=0-9)
        update JobId="$job" TimeLimit=10
        reserved_is physics alice 6000
        run update JobId="$job" TimeLimit=11
        [[ $status != 0 ]] || fail "accepted"
        reserved_is physics alice 6000
        update JobId="$job" TimeLimit=2
        reserved_is physics alice 1200
        in_cluster scontrol release "$job"
        wait_for_end
        books_are_right
}

@test "another partition without a new limit keeps the job's own limit" {
        job=$(submit_as alice --hold -t30)
        update JobId="$job" Partition=onlymax
        equal "limit" "$(limit_seconds "$job")" 1800
        reserved_is physics alice 1800
}

@test "more CPUs are checked and reserved" {
        budget account physics 60
        job=$(submit_as alice --hold -t10 -n2)
        refused_update 1200 update JobId="$job" NumCPUs=7 NumTasks=7
        update JobId="$job" NumCPUs=6 NumTasks=6
        reserved_is physics alice 3600
        in_cluster scontrol release "$job"
        wait_for_end
        equal "allocated" "$(allocated "$job" cpu)" 6
        books_are_right
}
