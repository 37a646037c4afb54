# What happens inside slurmctld is seen outside, and seeing it never hurts slurmctld.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() {
        fresh_ledger
        COUNTERS=$CLUSTER/memory/counters
        in_cluster test -d "$CLUSTER/memory" || skip "there is no file system of our own here"
}

# scrape: what a service in the cluster tells, into $metrics.
scrape() {
        # shellcheck disable=SC2016
        metrics=$(in_cluster bash -c '
                rm -f "$1" # of a service before it
                slurm-quota serve --port 0 >"$1" 2>/dev/null &
                for i in {1..200}; do
                        url=$(sed -n "s/^listening on //p" "$1" 2>/dev/null)
                        [ -z "$url" ] || break
                        sleep 0.05
                done
                curl -s -m 10 "$url/metrics"
                kill $!
                wait' bash "$CLUSTER/serve.out")
        [[ $metrics == *slurm_quota_build_info* ]] || fail "no answer: $metrics"
}

# value NAME{LABELS}: of the last scrape.
value() {
        awk -v name="$1" 'index($0, name " ") == 1 { print $2; found = 1 }
                END { if (!found) print "nothing" }' <<<"$metrics"
}

accepted() {
        scrape
        value 'slurm_quota_hook_accepted_total{event="submit"}'
}

@test "jobs, refusals, changes and ends are counted where they happen" {
        budget account physics 60
        scrape
        before=$(value 'slurm_quota_hook_accepted_total{event="submit"}')
        [[ $before != nothing ]] || before=0
        job=$(submit_as alice --hold -t10)
        refused_as alice -t120
        in_cluster scontrol update jobid="$job" timelimit=5
        in_cluster scontrol release "$job"
        wait_for_end "$job"
        scrape
        equal "accepted" "$(value 'slurm_quota_hook_accepted_total{event="submit"}')" $((before + 1))
        equal "refused" "$(value 'slurm_quota_hook_refusals_total{event="submit",reason="account_cpu"}')" 1
        equal "changed" "$(value 'slurm_quota_hook_accepted_total{event="modify"}')" 1
        equal "charged" "$(value 'slurm_quota_charges_total{path="jobcomp_lua",result="booked"}')" 1
        equal "timed" "$(value 'slurm_quota_hook_duration_seconds_count{event="submit"}')" $((before + 2))
        tell "$(grep 'duration_seconds_sum' <<<"$metrics" | tr '\n' ' ')"
        equal "whose it is" "$(in_cluster stat -c %U:%a "$COUNTERS")" slurm:640
}

@test "counts go on when slurmctld reads its script again, and after a restart" {
        submit_as alice --hold -t1
        before=$(accepted)
        in_cluster touch "$CLUSTER/etc/job_submit.lua"
        sleep 1.1
        submit_as alice --hold -t1
        equal "after the script" "$(accepted)" $((before + 1))
        restart_ctld
        submit_as alice --hold -t1
        equal "after the restart" "$(accepted)" $((before + 2))
        cancel_all
}

@test "counters that are cut off, damaged, taken away or full do not hurt slurmctld" {
        submit_as alice --hold -t1
        for harm in "truncate -s 0 $COUNTERS" "truncate -s 100 $COUNTERS" \
                "cp /bin/true $COUNTERS.new && mv $COUNTERS.new $COUNTERS" "rm $COUNTERS" \
                "rm $COUNTERS; mkdir $COUNTERS" "rmdir $COUNTERS; mkfifo $COUNTERS" \
                "rm $COUNTERS; chmod 0 $CLUSTER/memory; chown root $CLUSTER/memory"; do
                sleep 0.5
                in_cluster sh -c "$harm"
                submit_as alice --hold -t1
                ctld_is_up || fail "slurmctld did not live through: $harm"
        done
        in_cluster sh -c "chmod 755 $CLUSTER/memory; chown slurm $CLUSTER/memory"
        sleep 0.5
        submit_as alice --hold -t1
        [[ $(accepted) -ge 1 ]]
        cancel_all
        ctld_is_up
}
