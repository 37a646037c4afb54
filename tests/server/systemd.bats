#!/usr/bin/env bats
# The units under a real systemd, in a machine made of namespaces: nothing of it is left.

setup_file() {
        [ -n "${BUILD_DIR:-}" ] || skip "needs BUILD_DIR"
        [ "$(id -u)" = 0 ] || skip "needs root"
        [ -x /usr/lib/systemd/systemd ] || skip "no systemd"
        id slurm >/dev/null || skip "no user slurm"
        export ROOT=$BATS_FILE_TMPDIR/root
        mkdir -p "$ROOT/etc/slurm-quota" "$ROOT/etc/default"
        meson install -C "$BUILD_DIR" --no-rebuild --destdir "$ROOT/installed" \
                >"$BATS_FILE_TMPDIR/log"
        fake_slurm
        # A sanitizer looks for leaks by ptrace(), which the units forbid.
        echo ASAN_OPTIONS=detect_leaks=0 >"$ROOT/etc/default/slurm-quota"
        boot || skip "no machine can be made here: $(tail -n 1 "$ROOT/log" "$ROOT/why")"
}

# Slurm's programs, as far as they are asked here.
fake_slurm() {
        local bin=$ROOT/installed/usr/local/bin program
        printf '%s\n' '[slurm]' 'cluster = test' >"$ROOT/etc/slurm-quota/slurm-quota.conf"
        for program in squeue sacct sacctmgr scontrol sdiag; do
                printf '#!/bin/sh\n' >"$bin/fake-$program"
                chmod 755 "$bin/fake-$program"
                echo "$program = /usr/local/bin/fake-$program" \
                        >>"$ROOT/etc/slurm-quota/slurm-quota.conf"
        done
        printf '%s\n' 'echo "Jobs pending: 0"' 'echo "Jobs running: 0"' >>"$bin/fake-sdiag"
        # What a service of these units must not be able to do is done by one of its children.
        printf '%s\n' 'id -un >/var/lib/state/slurm-quota/who' \
                'true 2>/dev/null >/var/log/slurm/charge/elsewhere && echo wrote' \
                'ls /home 2>/dev/null' 'exit 0' \
                >>"$bin/fake-scontrol"
}

# The machine, in a control group that is removed behind it.
boot() {
        local top group
        top=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
        [ -n "$top" ] || return 1
        group=$top$(sed -n 's/^0:://p' /proc/self/cgroup)/slurm-quota-test.$$
        mkdir "$group" || return 1
        script >"$BATS_FILE_TMPDIR/script"
        (
                echo "$BASHPID" >"$group/cgroup.procs" &&
                        exec timeout -s KILL 60 unshare --mount --pid --fork --uts --ipc --net \
                                --cgroup --kill-child "$BATS_TEST_DIRNAME/machine" "$ROOT" \
                                "$BATS_FILE_TMPDIR/script"
        ) >"$ROOT/why" 2>&1 3>&- || :
        find "$group" -depth -type d -exec rmdir {} +
        [ -s "$ROOT/said" ]
}

# What happens in the machine; a line "== NAME" before each part.
script() {
        cat <<'SCRIPT'
PATH=/usr/local/bin:/usr/bin:/usr/sbin:/bin
part() { echo "== $*"; }
state=/var/lib/state/slurm-quota
part directories
stat -c '%n %U:%G %a' $state /var/spool/slurm-quota /run/slurm-quota \
        /run/slurm-quota/slurm-quota.sock
part health
slurm-quota user-quota alice 100
for address in 127.0.0.1 '[::1]'; do curl -s -m 20 "http://$address:9911/health"; echo; done
part change
curl -s -m 20 -w '%{http_code}\n' --unix-socket /run/slurm-quota/slurm-quota.sock -X PUT \
        -H 'Content-Type: application/json' \
        -d '{"quota_minutes":77,"reason":"test"}' http://localhost/quotas/users/alice/cpu
slurm-quota stats alice --json | grep -o '"quota_cpu_minutes":[0-9-]*'
part forbidden
runuser -u nobody -- curl -s -m 20 -o /dev/null -w '%{http_code}\n' \
        --unix-socket /run/slurm-quota/slurm-quota.sock -X PUT \
        -H 'Content-Type: application/json' -d '{"quota_minutes":78}' \
        http://localhost/quotas/users/alice/cpu
part munge
mkdir -p -m 755 /run/munge
mkdir -p -m 700 /etc/munge /var/lib/munge /var/log/munge
head -c 128 /dev/urandom >/etc/munge/munge.key
chmod 400 /etc/munge/munge.key
chown -R munge: /etc/munge /run/munge /var/lib/munge /var/log/munge
runuser -u munge -- munged 2>/dev/null
export SLURM_QUOTA_URL=http://127.0.0.1:9911/
slurm-quota user-quota alice 55
runuser -u nobody -- /usr/local/bin/slurm-quota user-quota alice 56 2>&1
unset SLURM_QUOTA_URL
slurm-quota stats alice --json | grep -o '"quota_cpu_minutes":[0-9-]*'
part service
systemctl show -p ActiveState,User slurm-quota.service
part reconcile
systemctl start slurm-quota-reconcile.service
systemctl show -p Result slurm-quota-reconcile.service
journalctl --no-pager -q -o cat -u slurm-quota-reconcile.service
stat -c '%n %U:%G' /run/slurm-quota/counters
part sandbox
mkdir /home/somebody
sed 's|^ExecStart=.*|ExecStart=/usr/local/bin/fake-scontrol|' \
        /usr/local/lib/systemd/system/slurm-quota.service |
        sed '/^Requires=/d; s/^Type=.*/Type=oneshot\nStandardOutput=file:\/run\/sandbox/' \
        >/run/systemd/system/sandbox.service
systemctl daemon-reload
systemctl start sandbox.service
systemctl show -p Result sandbox.service
cat /run/sandbox
stat -c '%U:%G %a' $state/who
part stop
systemctl stop slurm-quota.service 2>&1 | grep -v -e '^Warning' -e '^  slurm'
systemctl show -p Result,ActiveState slurm-quota.service
curl -s -m 20 http://127.0.0.1:9911/health
SCRIPT
}

# said NAME: what was said in that part.
said() {
        run awk -v part="== $1" '/^== / { inside = $0 == part; next } inside' "$ROOT/said"
        echo "$output"
}

@test "the directories and the socket are there before anything has run" {
        said directories
        [ "$output" = "/var/lib/state/slurm-quota slurm:slurm 2770
/var/spool/slurm-quota slurm:slurm 2770
/run/slurm-quota slurm:slurm 755
/run/slurm-quota/slurm-quota.sock slurm:slurm 666" ]
}

@test "systemd starts the service for who asks, on IPv4 and IPv6" {
        said health
        [ "${lines[1]}" = '{"status":"ok"}' ]
        [ "${lines[2]}" = '{"status":"ok"}' ]
        said service
        [[ $output == *"ActiveState=active"* && $output == *"User=slurm"* ]]
}

@test "from its sandbox the service changes the ledger for root, and for nobody else" {
        said change
        [ "${lines[0]}" = 204 ]
        [ "${lines[1]}" = '"quota_cpu_minutes":77' ]
        said forbidden
        [ "$output" = 403 ]
}

@test "from its sandbox the service asks munged who calls" {
        command -v munged >/dev/null || skip "no munged"
        said munge
        [ "${lines[0]}" = 'user "alice": CPU quota set to 55 minutes' ]
        [[ ${lines[1]} == "slurm-quota: "* ]]
        [ "${lines[-1]}" = '"quota_cpu_minutes":55' ]
}

@test "from its sandbox the reconciler asks Slurm and writes the ledger" {
        said reconcile
        [ "${lines[0]}" = Result=success ]
        [ "${lines[-1]}" = "/run/slurm-quota/counters slurm:slurm" ]
}

@test "what the service starts is slurm, and can write the ledger's directory only" {
        said sandbox
        [ "$output" = "Result=success
slurm:slurm 640" ]
}

@test "stopped, it ends well, and the socket starts it again" {
        said stop
        [ "${lines[0]}" = Result=success ]
        [ "${lines[1]}" = ActiveState=inactive ]
        [ "${lines[2]}" = '{"status":"ok"}' ]
}
