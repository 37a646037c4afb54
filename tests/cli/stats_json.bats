load helper

@test "stats as JSON has the fields of GET /stats, and seconds" {
        slurm-quota user-quota alice 1000
        slurm-quota user-gpu-quota alice 0
        slurm-quota account-quota hpc -1
        balance user alice 1 61 119 3
        run --separate-stderr slurm-quota stats --all --json
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [ "${lines[1]}" = '{"username":"alice","total_consumed_cpu_minutes":2,"total_preallocated_cpu_minutes":2,"quota_cpu_minutes":1000,"total_consumed_gpu_minutes":0,"total_preallocated_gpu_minutes":0,"quota_gpu_minutes":0,"last_updated":"'"$(json '$.users[0].last_updated')"'","job_count":3,"consumed_cpu_seconds":61,"reserved_cpu_seconds":119,"budget_cpu_seconds":60000,"consumed_gpu_seconds":0,"reserved_gpu_seconds":0,"budget_gpu_seconds":0}' ]
        [ "$(json '$.accounts[0].account')" = hpc ]
        [ "$(json '$.accounts[0].quota_cpu_minutes')" = -1 ]
        [ "$(json '$.accounts[0].budget_cpu_seconds')" = -1 ]
        [[ $(json '$.users[0].last_updated') =~ ^20..-..-..\ ..:..:..$ ]]
}

@test "times in it are UTC as the seed has them, and null when there is none" {
        slurm-quota user-quota alice 1000
        balance user alice 1 0 0 0
        balance user alice 2 0 0 0
        TZ=CET-1 run slurm-quota stats alice --json
        [ "$(json '$.users[0].last_updated')" = "2026-01-01 00:00:00" ]
        sql "UPDATE balance SET updated_at = 0"
        run slurm-quota stats alice --json
        [[ $output == *'"last_updated":null,'* ]]
}

@test "who is not known is in empty lists" {
        slurm-quota gpu-factors
        slurm-quota set-gpu-factor h100 1
        for way in alice "--account hpc" --all ""; do
                run slurm-quota stats --json $way
                [ "$status" -eq 0 ]
                [ "$output" = '{"users":[],"accounts":[]}' ]
        done
}

@test "unfinished jobs as JSON" {
        slurm-quota user-quota alice 1000
        slurm-quota account-quota hpc 1000
        run slurm-quota stats --jobs --all --json
        [ "$output" = '{"jobs":[],"compared_at":null}' ]
        sql "INSERT INTO reservation (uuid, array_task, user_id, account_id, tasks, tres,
                seconds, created_at, running_since, paused_at)
             VALUES ('u', 3, 1, 2, 2, 'cpu=1', 600, 0, 1767225600, 1767225610);
             INSERT INTO reservation_amount VALUES ('u', 3, 1, 600);
             INSERT INTO cluster (id, name) VALUES (1, 'test');
             INSERT INTO binding (uuid, cluster_id, job_id, submit_at, bound_at)
             VALUES ('u', 1, 12, 0, 0);
             INSERT INTO reconciliation VALUES (1, 1767229200, 0, 0, 0)"
        run slurm-quota stats --jobs --json alice
        [ "${lines[1]}" = '{"job_id":12,"array_task":3,"tasks":2,"user":"alice","account":"hpc","state":"SUSPENDED","reserved_cpu_seconds":1200,"used_cpu_seconds":10,"reserved_gpu_seconds":0,"used_gpu_seconds":0,"until":null,"uuid":"u"}' ]
        [ "$(json '$.compared_at')" = 1767229200 ]
}
