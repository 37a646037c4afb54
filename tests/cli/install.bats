#!/usr/bin/env bats
# What `meson install` puts where.

load helper

setup() {
        [ -n "${BUILD_DIR:-}" ] || skip "needs BUILD_DIR"
        meson install -C "$BUILD_DIR" --no-rebuild --destdir "$BATS_TEST_TMPDIR/root" \
                >"$BATS_TEST_TMPDIR/log"
        top=$BATS_TEST_TMPDIR/root/usr/local
}

@test "the command, the scripts and the wrapper are installed and can be run" {
        "$top/bin/slurm-quota" --version
        [ -r "$top/share/slurm-quota/job_submit.lua" ]
        [ -r "$top/share/slurm-quota/jobcomp.lua" ]
        [ -x "$top/libexec/slurm-quota/slurm-quota-charge-wrapper" ]
        grep -qx 'program=/usr/local/bin/slurm-quota' \
                "$top/libexec/slurm-quota/slurm-quota-charge-wrapper"
}

@test "the units that reconcile every minute are installed and name the command" {
        units=$top/lib/systemd/system
        grep -qx 'ExecStart=/usr/local/bin/slurm-quota reconcile' \
                "$units/slurm-quota-reconcile.service"
        grep -q 'OnUnitInactiveSec=1min' "$units/slurm-quota-reconcile.timer"
        [ -r "$top/share/doc/slurm-quota/README.md" ]
}

@test "each Lua that is installed looks for the module where it is installed" {
        local found=0
        for version in 5.1 5.2 5.3 5.4; do
                command -v "lua$version" >/dev/null || continue
                [ -e "$BUILD_DIR/src/lua/$version/slurm_quota.so" ] || continue
                place=$("lua$version" - "$BATS_TEST_TMPDIR/root" <<'LUA'
for path in package.cpath:gmatch("[^;]+") do
        local place = path:gsub("%?", "slurm_quota")
        local file = io.open(arg[1] .. place)
        if file then print(place) break end
end
LUA
                )
                echo "lua$version: $place"
                [ -n "$place" ]
                found=$((found + 1))
        done
        [ "$found" -gt 0 ]
}
