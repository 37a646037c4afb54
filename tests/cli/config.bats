load helper

@test "config show names every key, its value and where it comes from" {
        run --separate-stderr slurm-quota config show
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [ "$output" = "store.path = $DB  # from $SLURM_QUOTA_CONF:2
store.readable_by = group  # default
spool.directory = $SPOOL  # from $SLURM_QUOTA_CONF:4
slurm.user = $OWNER  # from $SLURM_QUOTA_CONF:8
slurm.cluster =  # default
slurm.sacct = sacct  # default
slurm.sacct_wait_seconds = 5  # default
slurm.squeue = squeue  # default
slurm.sdiag = sdiag  # default
slurm.scontrol = scontrol  # default
slurm.sacctmgr = sacctmgr  # default
hook.deadline_ms = 50  # default
hook.on_store_failure = allow  # default
hook.log_interval_seconds = 60  # default
pricing.cpus_per_core = 1  # default
pricing.exclusive_gres =  # default
pricing.refund =  # default
site.time_zone =  # default
site.fiscal_start = 1  # default
reconcile.grace_seconds = 30  # default
reconcile.overlap_seconds = 3600  # default
server.threads = 4  # default
server.connections = 2048  # default
server.connections_per_address = 0  # default
server.memory_per_connection = 16384  # default
server.request_bytes = 8192  # default
server.answer_bytes = 67108864  # default
server.timeout_seconds = 30  # default
server.stop_seconds = 5  # default
server.associations_seconds = 300  # default
auth.anonymous_stats = yes  # default
auth.munge = yes  # default
auth.munge_socket =  # default
auth.jwt_key =  # default
auth.tokens = yes  # default
auth.proxy_header = X-Remote-User  # default
auth.proxy_addresses =  # default
auth.metrics = nobody  # default
metrics.counters = $SITE/run/counters  # from $SLURM_QUOTA_CONF:6
metrics.accounts = yes  # default
metrics.users = no  # default
metrics.subjects_max = 2000  # default
policy.qos_default = normal  # default
policy.qos_downscaled =  # default
policy.qos_paused =  # default
policy.log_retention_days = 90  # default
policy.tick_seconds = 300  # default
client.url = http://127.0.0.1:9911/  # default
client.timeout_seconds = 10  # default" ]
}

@test "a group wants one of its commands, and says which there are" {
        unchanged 2 slurm-quota config
        [ "${stderr_lines[0]}" = "slurm-quota: config needs a command" ]
        [ "${stderr_lines[1]}" = "slurm-quota: hint: See: slurm-quota config --help" ]
        unchanged 2 slurm-quota config list
        [ "${stderr_lines[0]}" = 'slurm-quota: unknown command "config list"' ]
        unchanged 2 slurm-quota config show more
        [ "${stderr_lines[0]}" = "slurm-quota: too many arguments for config show" ]
        unchanged 2 slurm-quota config --frob show
        [ "${stderr_lines[1]}" = "slurm-quota: hint: See: slurm-quota config --help" ]
        unchanged 2 slurm-quota config --version
        unchanged 2 slurm-quota help config list
        for way in "config --help" "config -h" "help config"; do
                run -0 --separate-stderr slurm-quota $way
                [ "${lines[0]}" = "Usage: slurm-quota config [OPTION]... COMMAND [ARGUMENT]..." ]
                [[ $output == *$'\nCommands:\n  show  '* ]]
                [ -z "$stderr" ]
        done
        for way in "config show --help" "help config show" "config show -h"; do
                run -0 slurm-quota $way
                [ "${lines[0]}" = "Usage: slurm-quota config show [OPTION]..." ]
        done
}

@test "--config may stand in front of a group, within it and behind the command" {
        sed "s|$DB|$SITE/other.db|" "$SLURM_QUOTA_CONF" > "$SITE/other.conf"
        for way in "--config $SITE/other.conf config show" \
                   "config --config $SITE/other.conf show" \
                   "config show --config $SITE/other.conf"; do
                run -0 slurm-quota $way
                [[ ${lines[0]} == "store.path = $SITE/other.db "* ]]
        done
}

@test "a file that was named must exist" {
        rm "$SLURM_QUOTA_CONF"
        unchanged 1 slurm-quota stats --all
        [[ ${stderr_lines[0]} == *"$SLURM_QUOTA_CONF"* ]]
        unchanged 1 slurm-quota --config /nonexistent/x.conf config show
}

@test "errors name file and line, and keep every command from running" {
        printf '[hook]\n\ndeadline = 5\n' >> "$SLURM_QUOTA_CONF"
        for command in "config show" "stats --all" "user-quota alice 5" verify gpu-factors; do
                unchanged 2 slurm-quota $command
                [ "${stderr_lines[0]}" = "slurm-quota: $SLURM_QUOTA_CONF:11: unknown key \"deadline\" in section [hook]" ]
                [ "${stderr_lines[1]}" = "slurm-quota: hint: Keys of [hook]: deadline_ms, on_store_failure, log_interval_seconds." ]
        done
}

@test "bad values name what would be good" {
        printf '[hook]\ndeadline_ms = 50ms\n' >> "$SLURM_QUOTA_CONF"
        unchanged 2 slurm-quota config show
        [ "${stderr_lines[0]}" = "slurm-quota: $SLURM_QUOTA_CONF:10: hook.deadline_ms cannot be \"50ms\"" ]
        [ "${stderr_lines[1]}" = "slurm-quota: hint: It takes a whole number from 1 to 10000." ]
}

@test "the store must not be a relative path" {
        sed -i 's|^path = .*|path = slurm-quota.db|' "$SLURM_QUOTA_CONF"
        unchanged 2 slurm-quota user-quota alice 5
}

@test "config example prints a file that sets nothing, and all defaults without its signs" {
        slurm-quota config example > "$SITE/example.conf"
        true > "$SITE/empty.conf"
        defaults=$(slurm-quota --config "$SITE/empty.conf" config show)
        [ "$(slurm-quota --config "$SITE/example.conf" config show)" = "$defaults" ]
        sed -i 's/^#\([a-z]\)/\1/' "$SITE/example.conf"
        run slurm-quota --config "$SITE/example.conf" config show
        [[ $output != *"# default"* ]]
        [ "$(sed 's/  # .*//' <<<"$output")" = "$(sed 's/  # .*//' <<<"$defaults")" ]
}

@test "config example says of every setting what it is for and what it takes" {
        slurm-quota config example > "$SITE/example.conf"
        [ "$(grep -c '^# It takes ' "$SITE/example.conf")" -eq \
                "$(slurm-quota config show | wc -l)" ]
        run awk 'length($0) > 96' "$SITE/example.conf"
        [ -z "$output" ]
        # The site's own values are not in it.
        run ! grep -F "$SITE" "$SITE/example.conf"
}

@test "config show has the groups behind the settings; errors of groups name file and line" {
        printf '%s\n' '[group physics]' 'accounts = astro,' '        phys_*' >> "$SLURM_QUOTA_CONF"
        run --separate-stderr slurm-quota config show
        [ "${lines[-1]}" = "group physics.accounts = astro, phys_*  # from $SLURM_QUOTA_CONF:10" ]
        [ -z "$stderr" ]
        run slurm-quota config example
        run ! grep astro,.phys <<<"$output"
        printf '%s\n' '[group physics]' >> "$SLURM_QUOTA_CONF"
        unchanged 2 slurm-quota config show
        [ "${stderr_lines[0]}" = "slurm-quota: $SLURM_QUOTA_CONF:12: the group \"physics\" was there before, on line 9" ]
}

@test "the group in config example is one when its comment signs are taken away" {
        slurm-quota config example | sed -n 's/^#  *\(\[group .*\|accounts = .*\)/\1/p' > "$SITE/example.conf"
        run -0 slurm-quota --config "$SITE/example.conf" config show
        [[ ${lines[-1]} == "group physics.accounts = physics, "*"# from $SITE/example.conf:2" ]]
}
