# shellcheck shell=bash
# daemons.sh - starts and stops the daemons of a private Slurm
#
# Each daemon writes its own pid file; the pids are those of the cluster's PID namespace.

# shellcheck disable=SC2154  # directory, node_count ... are set by private-slurm

# Ends with the lines of a log that tell why.
failed() {
        local message=$1 log
        shift
        warn "error: $message"
        for log; do
                [[ -s $directory/log/$log ]] || continue
                printf '  the end of %s:\n' "$log" >&2
                tail -n 12 -- "$directory/log/$log" | sed 's/^/    /' >&2
        done
        exit 1
}

# Sets daemons to all there are, in the order of their start.
daemon_names() {
        local i
        daemons=(munged mariadbd slurmdbd slurmctld)
        for ((i = 1; i <= node_count; i++)); do daemons+=("slurmd.node$i"); done
}

pid_file() {
        case $1 in
        munged) printf '%s\n' "$directory/munge/munged.pid" ;;
        mariadbd) printf '%s\n' "$directory/mysql/mariadbd.pid" ;;
        slurmd.*) printf '%s\n' "$directory/run/$1.pid" ;;
        *) printf '%s\n' "$directory/slurm/$1.pid" ;;
        esac
}

# Prints a daemon's pid inside the cluster; fails if it does not run.
daemon_pid() {
        local pid executable
        { read -r pid <"$(pid_file "$1")"; } 2>/dev/null || return 1
        # A pid file outlives a killed daemon: is it still that program?
        executable=$(in_cluster readlink "/proc/$pid/exe") || return 1
        executable=${executable##*/}
        executable=${executable%% *}
        # Debian's real names are slurmctld-wlm and slurmd-wlm.
        [[ ${executable%-wlm} == "${1%%.*}" ]] || return 1
        printf '%s\n' "$pid"
}

# Prints a daemon's pid as the host sees it, and inside the cluster if different.
daemon_pids() {
        local pid status
        pid=$(daemon_pid "$1") || return 1
        if [[ $isolated == 1 ]]; then
                # Several clusters may have that inner pid: the holder tells which is ours.
                while read -r status; do
                        [[ ${status%/status}/ns/pid -ef /proc/$holder/ns/pid ]] || continue
                        status=${status%/status}
                        pid="${status#/proc/} ($pid inside)"
                        break
                done < <(grep -ls "^NSpid:.*[[:space:]]$pid\$" /proc/[0-9]*/status)
        fi
        printf '%s\n' "$pid"
}

# Starts a daemon that goes into the background by itself, as a user.
launch() {
        local name=$1 user=$2
        shift 2
        rm -f -- "$(pid_file "$name")"
        (
                close_inherited_files
                enter_cluster / setpriv --reuid="$user" --regid="$user" --init-groups -- "$@"
        ) </dev/null >>"$directory/log/$name.out" 2>&1
}

# Waits until the daemon has its pid file and listens on a port, not longer than it lives.
wait_for_port() {
        local name=$1 port=$2 seconds=$3
        # shellcheck disable=SC2016
        wait_inside "$seconds" '
                [[ ! -s $1 ]] || read -r pid <"$1"
                [[ -z ${pid-} || -e /proc/$pid ]] || exit 1
                [[ -n ${pid-} ]] && (exec 3<>"/dev/tcp/127.0.0.1/$2")' \
                "$(pid_file "$name")" "$port" ||
                failed "$name does not answer (waited up to $seconds s)" "$name.out" "$name.log"
}

refuse_if_running() {
        ! daemon_pid "$1" >/dev/null || die "$1 is running already" \
                "Stop it with: $PROGRAM stop-${2} $directory"
}

start_munged() {
        say "starting munged"
        launch munged munge munged \
                --key-file="$directory/munge/munge.key" \
                --socket="$directory/munge/munge.socket" \
                --pid-file="$directory/munge/munged.pid" \
                --seed-file="$directory/munge/munged.seed" \
                --log-file="$directory/munge/munged.log" ||
                failed "munged does not start" munged.out ../munge/munged.log
}

start_mariadbd() {
        local data=$directory/mysql/data sql
        # Small, and careless about power cuts: the data lives as long as the test.
        # No grant tables: only slurmdbd can reach the socket.
        # In /tmp, two clusters would take the same names: their processes have the same ids.
        local options=(--no-defaults --datadir="$data" --tmpdir="$directory/mysql/tmp" --user=mysql
                --pid-file="$directory/mysql/mariadbd.pid"
                --socket="$directory/mysql/mysql.socket"
                --skip-networking --skip-grant-tables --skip-log-bin --skip-performance-schema
                --innodb-buffer-pool-size=32M --innodb-log-file-size=16M
                --innodb-flush-log-at-trx-commit=0 --innodb-doublewrite=0
                --innodb-lock-wait-timeout=900)

        say "making a MariaDB database"
        # What mariadb-install-db does, without its help texts and time zones.
        for sql in /usr/share/{mysql,mariadb}/{mariadb,mysql}_system_tables.sql; do
                [[ ! -r $sql ]] || break
        done
        install -d -o mysql -g mysql -m 0700 "$data" "$data/mysql" "$directory/mysql/tmp"
        { printf 'use mysql;\n' && cat -- "$sql"; } |
                in_cluster mariadbd "${options[@]}" --bootstrap \
                        >"$directory/log/mariadbd.log" 2>&1 ||
                failed "mariadbd cannot make a database" mariadbd.log

        say "starting MariaDB"
        # It does not go into the background by itself.
        # shellcheck disable=SC2016
        launch mariadbd root sh -c 'log=$1; shift; setsid "$@" >>"$log" 2>&1 &' sh \
                "$directory/log/mariadbd.log" mariadbd "${options[@]}"
        wait_inside 30 'mariadb-admin --no-defaults --socket="$1" ping' \
                "$directory/mysql/mysql.socket" ||
                failed "MariaDB does not answer after 30 s" mariadbd.log
}

start_slurmdbd() {
        refuse_if_running slurmdbd dbd
        say "starting slurmdbd"
        # It reads slurmdbd.conf beside SLURM_CONF.
        launch slurmdbd slurm slurmdbd ||
                failed "slurmdbd does not start" slurmdbd.out slurmdbd.log
        wait_for_port slurmdbd "$dbd_port" 30
}

load_accounts() {
        say "loading accounts and users"
        in_cluster sacctmgr -i load file="$directory/etc/accounts" \
                >"$directory/log/sacctmgr.out" 2>&1 ||
                failed "sacctmgr cannot load the accounts" sacctmgr.out slurmdbd.log
}

start_slurmctld() {
        local settings=() sanitizer
        refuse_if_running slurmctld ctld
        if [[ -n $lua_version ]]; then
                # The two semicolons stand for Lua's own path.
                settings+=("LUA_CPATH=$directory/lib/?.so;;")
        fi
        if [[ -n $preload ]]; then
                # The last of two settings counts; what the caller has set otherwise stays.
                sanitizer=log_path=$directory/log
                settings+=("LD_PRELOAD=$preload"
                        "ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0:verify_asan_link_order=0:$sanitizer/asan"
                        "UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}$sanitizer/ubsan")
        fi
        say "starting slurmctld"
        launch slurmctld slurm env "${settings[@]}" slurmctld ||
                failed "slurmctld does not start" slurmctld.out slurmctld.log
        wait_for_port slurmctld "$ctld_port" 30
}

start_slurmds() {
        local i
        say "starting slurmd"
        for ((i = 1; i <= node_count; i++)); do
                launch "slurmd.node$i" root slurmd -N "node$i" ||
                        failed "slurmd does not start" "slurmd.node$i.out" "slurmd.node$i.log"
        done
}

# A slurmctld that starts again asks slurmds to register after about 4 s; a SIGHUP makes
# them register at once.  Running jobs do not notice.
reregister_nodes() {
        local i pid
        for ((i = 1; i <= node_count; i++)); do
                ! pid=$(daemon_pid "slurmd.node$i") || in_cluster kill -HUP "$pid"
        done
        wait_inside 10 '[[ -z $(sinfo --noheader --Node --states=unknown) ]]' ||
                warn "some nodes are unknown to slurmctld after 10 s"
}

wait_for_nodes() {
        say "waiting for the nodes"
        # shellcheck disable=SC2016
        wait_inside 30 '
                nodes=$(sinfo --noheader --Node --partition=debug --states=idle)
                [[ $(wc -l <<<"$nodes") == "$1" && -n $nodes ]]' "$node_count" ||
                failed "the nodes do not become idle" slurmctld.log slurmd.node1.log
}

# Sends SIGTERM and waits; SIGKILL after 20 s.
stop_daemon() {
        local pid
        pid=$(daemon_pid "$1") || {
                warn "$1 is not running"
                return 0
        }
        in_cluster kill -TERM "$pid"
        # shellcheck disable=SC2016
        wait_inside 20 '! [[ -e /proc/$1 ]]' "$pid" || {
                warn "$1 does not end by SIGTERM: killing it"
                in_cluster kill -KILL "$pid"
        }
}

kill_daemon() {
        local pid
        pid=$(daemon_pid "$1") || {
                warn "$1 is not running"
                return 0
        }
        in_cluster kill -KILL "$pid"
        # shellcheck disable=SC2016
        wait_inside 5 '! [[ -e /proc/$1 ]]' "$pid" ||
                failed "$1 does not end" "$1.log"
}
