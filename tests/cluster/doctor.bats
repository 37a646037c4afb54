# What `doctor` says of a real Slurm, and of what can be wrong with one.

load helper

setup_file() { start_cluster; }
teardown_file() { stop_cluster; }
setup() { fresh_ledger; }

# Where slurmctld finds the module here.
doctor() { in_cluster env "LUA_CPATH=$CLUSTER/lib/?.so;;" slurm-quota doctor "$@"; }

# says WORD TEXT: a line begins with WORD and has TEXT.
says() {
        grep -E "^$1 " <<<"$output" | grep -qF -- "$2" || fail "no \"$1 ... $2\" in: $output"
}

@test "a cluster as the manual has it is well, but for what it has no systemd for" {
        quota reconcile
        run doctor
        says ok "slurmctld"
        says ok "JobSubmitPlugins has lua"
        says ok "JobCompType is jobcomp/lua"
        says ok "/etc/job_submit.lua calls slurm-quota"
        says ok "/etc/jobcomp.lua calls slurm-quota"
        says ok "loads in liblua"
        says ok "jobs are recorded by slurmdbd"
        says ok "slurmdbd records GPUs and their types"
        says ok "limits and QoS are enforced"
        says ok "Slurm keeps usage until it is reset"
        says ok "is whole, on a local disk"
        says ok "the ledger was compared with Slurm's queue"
        says ok "the hooks count in $CLUSTER/memory/counters"
        says warning "systemd does not run here"
        ! grep -q '^error' <<<"$output" || fail "$output"
        [[ $status == 0 ]]
}

@test "a script that does not call us, and a queue never compared, are errors" {
        cp "$CLUSTER/etc/job_submit.lua" "$BATS_TEST_TMPDIR/"
        printf '%s\n' 'function slurm_job_submit() return slurm.SUCCESS end' \
                'function slurm_job_modify() return slurm.SUCCESS end' 'return slurm.SUCCESS' \
                >"$CLUSTER/etc/job_submit.lua"
        run doctor
        cp "$BATS_TEST_TMPDIR/job_submit.lua" "$CLUSTER/etc/"
        [[ $status == 1 ]]
        says error "/etc/job_submit.lua does not call slurm-quota"
        says error "the ledger has never been compared"
}

@test "counters that cannot be read are a warning, and say what to do" {
        # The module that doctor loads mends what can be mended.
        in_cluster sh -c "rm -f $CLUSTER/memory/counters; mkdir $CLUSTER/memory/counters"
        run doctor
        in_cluster rmdir "$CLUSTER/memory/counters"
        says warning "GET /metrics knows nothing of the hooks"
        [[ $output == *"systemd-tmpfiles --create"* ]] || fail "$output"
}

@test "what it says as JSON is the same" {
        run --separate-stderr doctor --json
        python3 -c 'import json, sys
findings = json.loads(sys.argv[1])
assert len(findings) > 10
assert {f["health"] for f in findings} <= {"ok", "warning", "error"}
assert all(f["advice"] for f in findings if f["health"] == "error")' "$output"
}

@test "QoS that are not there and TRES that are not recorded are told, at a policy's making too" {
        local warnings
        settings '[policy]' 'qos_downscaled = slow' 'qos_paused = stopped'
        in_cluster sacctmgr -i add qos slow >/dev/null
        warnings=$(quota policy create - 2>&1 >/dev/null <<'END_POLICY'
{"name": "monthly", "apply_to_all": true, "period": "month",
 "component_limits_set": [{"type": "license/abaqus", "limit": 1}],
 "actions": "request_slurm_resource_downscaling,request_slurm_resource_pausing"}
END_POLICY
        )
        [[ $warnings == *'Slurm has no QoS "stopped", which policy.qos_paused names: '* ]] ||
                fail "$warnings"
        [[ $warnings == *'does not record license/abaqus, which policy "monthly" limits'* ]] ||
                fail "$warnings"
        [[ $warnings != *'"slow"'* ]] || fail "$warnings"
        quota allocation set physics gres/gpu:h100=1 --window month >/dev/null
        quota allocation set physics energy=1 --window month >/dev/null
        run doctor
        [[ $status == 1 ]]
        says error 'Slurm has no QoS "stopped"'
        says error 'does not record license/abaqus'
        ! grep -E 'record (gres|energy)' <<<"$output" || fail "$output"
        says ok "no policy waits for its evaluation"
        in_cluster sacctmgr -i add qos Stopped >/dev/null
        run doctor
        in_cluster sacctmgr -i delete qos stopped >/dev/null
        in_cluster sacctmgr -i delete qos slow >/dev/null
        settings
        says ok "Slurm has every QoS that policies name"
}
