#!/usr/bin/env bats
# The units of the service, as they are installed.

load helper

setup() {
        site_setup
        [ -n "${BUILD_DIR:-}" ] || skip "needs BUILD_DIR"
        meson install -C "$BUILD_DIR" --no-rebuild --destdir "$BATS_TEST_TMPDIR/root" \
                >"$BATS_TEST_TMPDIR/log"
        top=$BATS_TEST_TMPDIR/root/usr/local
        units=$top/lib/systemd/system
}

@test "the installed command looks for its module where it will be" {
        module=$(find "$BATS_TEST_TMPDIR/root" -name slurm-quota-serve.so)
        [ -n "$module" ]
        folder=${module#"$BATS_TEST_TMPDIR/root"}
        run readelf -d "$top/bin/slurm-quota"
        [[ $output == *"(RPATH)"*"[${folder%/*}]"* ]]
}

@test "the units name the command and each other" {
        grep -qx 'ExecStart=/usr/local/bin/slurm-quota serve --idle-timeout 600' \
                "$units/slurm-quota.service"
        grep -qx 'Requires=slurm-quota.socket' "$units/slurm-quota.service"
        grep -qx 'ListenStream=127.0.0.1:9911' "$units/slurm-quota.socket"
        run ! grep -q '@[A-Z]*@' "$units/slurm-quota.service"
}

@test "systemd finds nothing wrong with the units" {
        command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
        sed -i "s|/usr/local/bin/slurm-quota|/bin/true|" "$units"/slurm-quota*.service
        run systemd-analyze verify --man=no "$units/slurm-quota.service" \
                "$units/slurm-quota.socket"
        grep -v -e '^$' -e 'No such file or directory' <<<"$output" | grep slurm-quota && false
        [ "$status" -eq 0 ]
}

@test "the service is exposed to little" {
        command -v systemd-analyze >/dev/null || skip "no systemd-analyze"
        run systemd-analyze security --offline=yes --no-pager "$units/slurm-quota.service"
        level=$(grep -o 'exposure level for [^:]*: [0-9.]*' <<<"$output")
        echo "# ${level##* } (3.0 or less is wanted)" >&3
        awk -v level="${level##* }" 'BEGIN { exit !(level != "" && level + 0 <= 3.0) }'
}
