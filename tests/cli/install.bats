#!/usr/bin/env bats
# What `meson install` puts where.

load helper

# What setup() of the helper does.
eval "site_$(declare -f setup)"

setup() {
        site_setup
        [ -n "${BUILD_DIR:-}" ] || skip "needs BUILD_DIR"
        meson install -C "$BUILD_DIR" --no-rebuild --destdir "$BATS_TEST_TMPDIR/root" \
                >"$BATS_TEST_TMPDIR/log"
        root=$BATS_TEST_TMPDIR/root
        top=$root/usr/local
        units=$top/lib/systemd/system
}

# needs PROGRAM: skips the test where it is not installed
needs() {
        command -v "$1" >/dev/null || skip "no $1"
}

# users FILE...: gives the root that is installed into the users and groups of the files
users() {
        mkdir -p "$root/etc"
        printf '%s\n' 'root:x:0:0:root:/root:/bin/sh' \
                "${@/%/:x:64030:64030::/nonexistent:/bin/false}" >"$root/etc/passwd"
        printf '%s\n' 'root:x:0:' "${@/%/:x:64030:}" >"$root/etc/group"
}

@test "the command, the scripts and the wrapper are installed and can be run" {
        "$top/bin/slurm-quota" --version
        [ -r "$top/share/slurm-quota/job_submit.lua" ]
        [ -r "$top/share/slurm-quota/jobcomp.lua" ]
        [ -x "$top/libexec/slurm-quota/slurm-quota-charge-wrapper" ]
        grep -qx 'program=/usr/local/bin/slurm-quota' \
                "$top/libexec/slurm-quota/slurm-quota-charge-wrapper"
}

@test "the modules are installed where the command looks for them, and it needs none of theirs" {
        needs readelf
        place=$(readelf -d "$top/bin/slurm-quota" | sed -n 's/.*rpath: \[\(.*\)\]/\1/p')
        for module in serve client; do
                [ -r "$root$place/slurm-quota-$module.so" ]
        done
        ! readelf -d "$top/bin/slurm-quota" | grep -e curl -e munge -e sodium -e microhttpd
}

@test "what Prometheus and Grafana take is installed, with the table of metrics" {
        for file in share/slurm-quota/prometheus/slurm-quota.rules.yml \
                share/slurm-quota/prometheus/scrape.yml share/slurm-quota/grafana/slurm-quota.json \
                share/doc/slurm-quota/metrics.md; do
                [ -r "$top/$file" ]
        done
}

@test "the units that reconcile every minute are installed and name the command" {
        grep -qx 'ExecStart=/usr/local/bin/slurm-quota reconcile' \
                "$units/slurm-quota-reconcile.service"
        grep -q 'OnUnitInactiveSec=1min' "$units/slurm-quota-reconcile.timer"
        [ -r "$top/share/doc/slurm-quota/README.md" ]
}

@test "the units that evaluate policies are installed and name the command" {
        grep -qx 'ExecStart=/usr/local/bin/slurm-quota policy tick' \
                "$units/slurm-quota-policy.service"
        grep -q 'OnUnitInactiveSec=5min' "$units/slurm-quota-policy.timer"
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

@test "no installed file has a placeholder left, and none names the place it was built in" {
        run grep -rIlE '@[A-Z]+@' "$root" --include='*.service' --include='*.conf' \
                --include='slurm-quota-c*' --include='*.lua'
        [ -z "$output" ]
        source=$(readlink -f "$BATS_TEST_DIRNAME/../..")
        # Manual pages write "-" with a backslash.
        sed -i 's/\\-/-/g' "$top"/share/man/man?/*
        run grep -rIlF -e "$(readlink -f "$BUILD_DIR")" -e "$source" "$root"
        [ -z "$output" ]
}

@test "configuration and state are below the root, whatever the prefix" {
        run env -i "$top/bin/slurm-quota" --help
        [[ $output == *" /etc/slurm-quota/slurm-quota.conf "* ]]
        true >"$SITE/empty.conf"
        run env -i "$top/bin/slurm-quota" --config "$SITE/empty.conf" config show
        [[ $output == *"store.path = /var/lib/state/slurm-quota/slurm-quota.db "* ]]
        grep -q '/var/log/slurm/charge/slurm-quota-charge.log' \
                "$top/libexec/slurm-quota/slurm-quota-charge-wrapper"
}

@test "what is set with meson setup is where the program, the units and the files look" {
        source=$(meson introspect "$BUILD_DIR" --buildsystem-files |
                grep -o '"[^"]*/meson_options.txt"' | tr -d '"')
        meson setup --prefix=/opt/quota --sysconfdir=/opt/quota/etc --localstatedir=/srv \
                -Dtests=false "$BATS_TEST_TMPDIR/build" "${source%/*}" >"$BATS_TEST_TMPDIR/log"
        cd "$BATS_TEST_TMPDIR/build"
        grep -qx 'ReadWritePaths=-/srv/lib/state/slurm-quota' systemd/slurm-quota.service
        grep -qx 'EnvironmentFile=-/opt/quota/etc/default/slurm-quota' \
                systemd/slurm-quota.service
        grep -q '^d /srv/spool/slurm-quota ' systemd/tmpfiles.conf
        grep -q '^/srv/log/slurm/charge/slurm-quota-charge.log {' packaging/slurm-quota-charge
        grep -qx 'program=/opt/quota/bin/slurm-quota' src/cli/slurm-quota-charge-wrapper
        grep -q -e '-DSQ_SYSCONFDIR=.*/opt/quota/etc' build.ninja
        grep -q -e '-DSQ_LOCALSTATEDIR=.*/srv' build.ninja
}

@test "systemd finds nothing wrong with the units" {
        needs systemd-analyze
        sed -i "s|/usr/local/bin/slurm-quota|/bin/true|" "$units"/*.service
        for unit in slurm-quota.socket slurm-quota.service slurm-quota-reconcile.service \
                slurm-quota-reconcile.timer slurm-quota-policy.service \
                slurm-quota-policy.timer; do
                run systemd-analyze verify --man=no "$units/$unit"
                echo "$unit: $output"
                run ! grep slurm-quota <(grep -v 'No such file or directory' <<<"$output")
        done
}

@test "what runs in the background is exposed to little" {
        needs systemd-analyze
        for unit in slurm-quota slurm-quota-reconcile slurm-quota-policy; do
                run systemd-analyze security --offline=true --no-pager "$units/$unit.service"
                level=$(grep -o 'exposure level for [^:]*: [0-9.]*' <<<"$output")
                echo "# $unit: ${level##* } (3.0 or less is wanted)" >&3
                awk -v level="${level##* }" 'BEGIN { exit !(level != "" && level + 0 <= 3.0) }'
        done
}

@test "all services run as slurm, may write the ledger and nothing else, and reach Slurm" {
        for unit in "$units"/slurm-quota.service "$units"/slurm-quota-{reconcile,policy}.service; do
                grep -qx 'User=slurm' "$unit"
                grep -qx 'ProtectSystem=strict' "$unit"
                grep -qx 'RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6' "$unit"
                run sed -n 's/^ReadWritePaths=-\?//p' "$unit"
                wanted="/var/lib/state/slurm-quota /var/spool/slurm-quota"
                [[ $unit != *reconcile* ]] || wanted+=" /run/slurm-quota" # it counts
                [ "${lines[*]}" = "$wanted" ]
        done
}

@test "the socket listens on the loopback and on a Unix socket, and an example adds more" {
        run sed -n 's/^ListenStream=//p' "$units/slurm-quota.socket"
        [ "${lines[*]}" = "127.0.0.1:9911 [::1]:9911 /run/slurm-quota/slurm-quota.sock" ]
        needs systemd-analyze
        mkdir "$units/slurm-quota.socket.d"
        cp "$top/share/doc/slurm-quota/examples/slurm-quota.socket.d/cluster-network.conf" \
                "$units/slurm-quota.socket.d"
        sed -i "s|/usr/local/bin/slurm-quota|/bin/true|" "$units"/*.service
        run systemd-analyze verify --man=no "$units/slurm-quota.socket"
        run ! grep 'socket.d' <<<"$output"
}

@test "systemd-tmpfiles makes the directories with their owners, and leaves a site's modes" {
        needs systemd-tmpfiles
        need_root
        users slurm
        systemd-tmpfiles --create --root="$root" "$top/lib/tmpfiles.d/slurm-quota.conf"
        run stat -c '%n %a %u:%g' "$root"/var/lib/state/slurm-quota \
                "$root"/var/spool/slurm-quota "$root"/var/log/slurm/charge \
                "$root"/run/slurm-quota
        echo "$output"
        [ "${output//"$root"/}" = "/var/lib/state/slurm-quota 2770 64030:64030
/var/spool/slurm-quota 2770 64030:64030
/var/log/slurm/charge 750 64030:64030
/run/slurm-quota 755 64030:64030" ]
        chmod 2775 "$root/var/lib/state/slurm-quota"
        systemd-tmpfiles --create --root="$root" "$top/lib/tmpfiles.d/slurm-quota.conf"
        [ "$(stat -c %a "$root/var/lib/state/slurm-quota")" = 2775 ]
}

@test "the example for systemd-sysusers makes the user, and it is not installed as more" {
        [ ! -e "$top/lib/sysusers.d" ]
        needs systemd-sysusers
        users
        systemd-sysusers --root="$root" \
                "$top/share/doc/slurm-quota/examples/sysusers.d/slurm-quota.conf"
        grep -q '^slurm:x:' "$root/etc/passwd"
        grep -q '^slurm:x:' "$root/etc/group"
}

# The rotated log's configuration, for a log in the test's folder and whoever runs the test.
rotation() {
        chmod 755 "$BATS_TEST_TMPDIR"
        log=$BATS_TEST_TMPDIR/charge/slurm-quota-charge.log
        mkdir "${log%/*}"
        sed -e "s|^/var/log/.*{|$log {|" -e "s/slurm slurm/$(id -un) $(id -gn)/" \
                "$root/etc/logrotate.d/slurm-quota-charge" >"$BATS_TEST_TMPDIR/logrotate.conf"
        chmod 644 "$BATS_TEST_TMPDIR/logrotate.conf"
        chmod 750 "${log%/*}"
}

@test "logrotate understands its file" {
        needs logrotate
        need_root
        id slurm >/dev/null || skip "no user slurm"
        chmod 644 "$root/etc/logrotate.d/slurm-quota-charge"
        run logrotate --debug "$root/etc/logrotate.d/slurm-quota-charge"
        echo "$output"
        [ "$status" -eq 0 ]
        [[ $output == *"(14 rotations)"* ]]
        # But for its word on --debug itself.
        [[ ${output,,} != *error* && ${output/warning: logrotate in debug mode} != *warning* ]]
}

@test "the log is rotated under a wrapper that goes on writing" {
        needs logrotate
        rotation
        exec 7>>"$log"
        echo before >&7
        logrotate -f -s "$BATS_TEST_TMPDIR/state" "$BATS_TEST_TMPDIR/logrotate.conf"
        echo after >&7
        exec 7>&-
        [ "$(cat "$log")" = after ]
        [ "$(cat "$log"-*)" = before ]
        [ "$(stat -c %a "$log")" != 666 ]
}

@test "examples for login nodes can be read by their shells" {
        examples=$top/share/doc/slurm-quota/examples/profile.d
        run sh -c '. "$1" && echo "$SLURM_QUOTA_URL"' sh "$examples/slurm-quota.sh"
        [ "$output" = http://controller:9911/ ]
        grep -qx 'setenv SLURM_QUOTA_URL http://controller:9911/' "$examples/slurm-quota.csh"
}

@test "the manual is installed, by all names, and names the places of this installation" {
        man=$top/share/man
        for page in man1/slurm-quota.1 man5/slurm-quota.conf.5 man7/slurm-quota-api.7 \
                man7/slurm-quota-lua.7 man8/migrate-slurm-quota.8 \
                man8/slurm-quota-charge-wrapper.8 man8/slurm-quota.service.8 \
                man8/slurm-quota.socket.8 man8/slurm-quota-reconcile.service.8 \
                man8/slurm-quota-reconcile.timer.8 man8/slurm-quota-policy.service.8 \
                man8/slurm-quota-policy.timer.8; do
                grep -q '^\.SH "NAME"' "$man/$page"
        done
        [[ $(mandoc "$man/man8/slurm-quota-charge-wrapper.8" | col -b) == \
                *JobCompLoc=/usr/local/libexec/slurm-quota/slurm-quota-charge-wrapper* ]]
        # Every page that another one sends to is there, or Slurm's, or systemd's.
        grep -rhoE '\\fB[a-z.\\-]*slurm\\-quota[a-z.\\-]*\\fP\([1578]\)' "$man" |
                sed 's/\\fB//; s/\\fP(\(.\))/.\1/; s/\\//g' | sort -u >"$SITE/named"
        [ -s "$SITE/named" ]
        while read -r page; do
                [ -e "$man/man${page##*.}/$page" ] || { echo "no $page"; return 1; }
        done <"$SITE/named"
}

@test "the example of a configuration is installed, and sets nothing" {
        example=$top/share/doc/slurm-quota/examples/slurm-quota.conf
        run "$top/bin/slurm-quota" --config "$example" config show
        [ "$status" -eq 0 ]
        [[ $output != *"from $example"* ]]
}

@test "the completion is where bash-completion looks for that of both names" {
        for name in slurm-quota migrate-slurm-quota; do
                bash -n "$top/share/bash-completion/completions/$name"
        done
        package=/usr/share/bash-completion/bash_completion
        [ -e $package ] || skip "no bash-completion"
        run env PATH="$top/bin:$PATH" XDG_DATA_DIRS="$top/share" timeout 30 bash --norc -c '
                . '$package'
                _completion_loader migrate-slurm-quota
                complete -p migrate-slurm-quota slurm-quota'
        [[ $output == *"-F _slurm_quota migrate-slurm-quota"*"-F _slurm_quota slurm-quota"* ]]
}
