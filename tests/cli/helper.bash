# helper.bash - a throw-away site for each test
#
# Runs the program that $SLURM_QUOTA names, or the one in $BUILD_DIR.  Where root
# runs the tests, files belong to the user `slurm`; else to whoever runs them.

bats_require_minimum_version 1.5.0

setup_file() {
        local program=${SLURM_QUOTA:-$BUILD_DIR/src/cli/slurm-quota}

        # Ordinary users must get at the program and the test's folders.
        chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
        cp "$program" "$BATS_FILE_TMPDIR/slurm-quota"
        chmod 755 "$BATS_FILE_TMPDIR/slurm-quota"
}

setup() {
        umask 022
        unset NO_COLOR SUDO_USER SLURM_QUOTA_URL SLURM_QUOTA_TOKEN SLURM_QUOTA_TOKEN_FILE \
                SLURM_QUOTA_CA_CERT
        export LC_ALL=C TZ=UTC0
        SITE=$BATS_TEST_TMPDIR/site
        DB=$SITE/state/slurm-quota.db
        SPOOL=$SITE/spool
        if [ "$(id -u)" = 0 ]; then OWNER=slurm; else OWNER=$(id -un); fi
        mkdir "$SITE"
        chmod 755 "$BATS_TEST_TMPDIR" "$SITE"
        export SLURM_QUOTA_CONF=$SITE/slurm-quota.conf
        printf '%s\n' "[store]" "path = $DB" "[spool]" "directory = $SPOOL" \
                "[metrics]" "counters = $SITE/run/counters" \
                "[slurm]" "user = $OWNER" > "$SLURM_QUOTA_CONF"
        PATH=$BATS_FILE_TMPDIR:$PATH
}

need_root() {
        [ "$(id -u)" = 0 ] || skip "needs root"
}

# as USER COMMAND...: with that user's real and effective ids, and no groups more.
as() {
        local user=$1
        shift
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups "$@"
}

sql() {
        sqlite3 "$DB" "$1"
}

# Everything that a command could have changed.
snapshot() {
        find "$SITE" -printf '%P %U:%G %m\n' | grep -v -e -shm -e -wal | sort
        [ ! -e "$DB" ] || sqlite3 "$DB" .dump
}

# unchanged STATUS COMMAND...: ends with STATUS, says why in one line and perhaps
# a hint, prints nothing, and leaves everything as it was.
unchanged() {
        local status_wanted=$1 before after
        shift
        before=$(snapshot)
        run --separate-stderr "$@"
        after=$(snapshot)
        echo "$* -> $status: $output / $stderr"
        [ "$status" -eq "$status_wanted" ]
        [ -z "$output" ]
        [[ ${stderr_lines[0]} == "slurm-quota: "* ]]
        [ "${#stderr_lines[@]}" -le 2 ]
        [[ ${stderr_lines[1]-slurm-quota: hint: } == "slurm-quota: hint: "* ]]
        [ "$before" = "$after" ]
}

# balance KIND NAME RESOURCE CONSUMED RESERVED TASKS: as if jobs had run.
balance() {
        sql "UPDATE balance SET consumed = $4, reserved = $5, tasks = $6,
                updated_at = 1767225600
             WHERE resource_id = $3 AND subject_id =
                (SELECT id FROM subject WHERE kind = '$1' AND name = '$2')"
}

# json PATH: what $output has there; empty for null.
json() {
        printf '%s' "$output" > "$SITE/json"
        sqlite3 :memory: "SELECT json_extract(CAST(readfile('$SITE/json') AS TEXT), '$1')"
}
