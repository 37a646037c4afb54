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
