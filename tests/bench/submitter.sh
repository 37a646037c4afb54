# shellcheck shell=bash
# submitter.sh - what the benchmarks of a private Slurm share

# make_submitter DIR: DIR/submit, which submits jobs as fast as slurmctld takes them.
make_submitter() {
        dpkg-query -W libslurm-dev >/dev/null 2>&1 ||
                DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends \
                        libslurm-dev >/dev/null
        cc -O2 -o "$1/submit" "$here/submit.c" -lslurm
}

# make_stopwatch DIR: DIR/lua, scripts with a stopwatch around the hook, which leaves
# nanoseconds in DIR/times when slurmctld reads them again.
make_stopwatch() {
        local lua
        mkdir "$1/lua"
        lua=$(sed -n 's/^.*liblua\([0-9.]*\)\.so.*$/\1/p' \
                <(ldd "$(find /usr/lib -name job_submit_lua.so | head -n 1)") |
                sed 's/\.$//' | head -n 1)
        cp "$SLURM_QUOTA_BUILD/tests/bench/${lua:-5.1}/bench_clock.so" "$1/lua/"
        sed -e "s#@BENCH@#$1/lua#" -e "s#@TIMES@#$1/times#" \
                "$here/lua/job_submit.lua" >"$1/lua/job_submit.lua"
        cp "$repository/lua/jobcomp.lua" "$1/lua/"
        : >"$1/times"
        chmod 666 "$1/times"
}
