# shellcheck shell=bash
# namespace.sh - the namespaces a private Slurm lives in
#
# One tiny process, the holder, is process 1 of its own PID namespace and keeps a
# network, host name and mount namespace too.  The kernel kills whatever is left in
# a PID namespace with its process 1, however it was started: that is what makes
# "stop" reliable.  The host's /etc/passwd is covered by one with the test users.
#
# Where namespaces are not permitted, everything runs in the host's; then processes
# are found by PRIVATE_SLURM_DIR in their environment, test users are created with
# useradd and removed with the last cluster, and ports are free ones.

# shellcheck disable=SC2154  # directory, isolated ... are set by private-slurm

readonly test_users=(alice bob carol)
readonly registry=/run/private-slurm

# Sets environment to what programs need to find this cluster and the build.
cluster_environment() {
        environment=(
                "PRIVATE_SLURM_DIR=$directory"
                "SLURM_CONF=$directory/etc/slurm.conf"
                "SLURM_QUOTA_CONF=$directory/etc/slurm-quota.conf"
                "MYSQL_UNIX_PORT=$directory/mysql/mysql.socket"
                "PATH=$directory/bin:$PATH"
        )
}

# The 22nd field of /proc/PID/stat; the second may contain blanks and parentheses.
process_start_time() {
        local stat fields
        { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
        read -ra fields <<<"${stat##*) }"
        # A zombie holds nothing any more.
        [[ ${fields[0]} != Z && ${fields[0]} != X ]] || return 1
        printf '%s\n' "${fields[19]}"
}

# True when the recorded process is still that process and not a later one with its
# number.  Sets holder.
holder_is_alive() {
        local started
        { read -r holder started <"$directory/run/holder"; } 2>/dev/null || return 1
        [[ $(process_start_time "$holder") == "$started" ]]
}

cluster_is_up() {
        [[ $isolated == 0 ]] || holder_is_alive
}

# Becomes the command, inside the cluster, in a working directory.
enter_cluster() {
        local where=$1
        shift
        cluster_environment
        # Entering a mount namespace leaves the working directory: env goes back.
        if [[ $isolated == 1 ]]; then
                holder_is_alive || die "the private Slurm in $directory is not running" \
                                       "Remove it with: $PROGRAM stop $directory"
                exec nsenter --target "$holder" --net --uts --mount --pid -- \
                        env -C "$where" "${environment[@]}" "$@"
        fi
        exec env -C "$where" "${environment[@]}" "$@"
}

in_cluster() (enter_cluster / "$@")

# Waits inside the cluster until CONDITION (shell code that sees its arguments as
# $1 ...) is true, looking every 0.1 s.
wait_inside() {
        local seconds=$1 condition=$2
        shift 2
        # shellcheck disable=SC2016  # expanded by the inner shell
        in_cluster bash -c 'seconds=$1 condition=$2; shift 2
                for ((i = 0; i < seconds * 10; i++)); do
                        ! eval "$condition" >/dev/null 2>&1 || exit 0
                        sleep 0.1
                done
                exit 1' wait "$seconds" "$condition" "$@"
}

# For what goes into the background: it must not hold the caller's pipes open (bats
# waits for its descriptor 3 to be closed).
close_inherited_files() {
        local fd
        for fd in /proc/self/fd/*; do
                fd=${fd##*/}
                ((fd <= 2)) || eval "exec $fd>&-"
        done
}

# Runs as process 1 of the new PID namespace.
# shellcheck disable=SC2016
readonly holder_script='
        set -e
        mount -t proc proc /proc
        ip link set lo up
        # getaddrinfo() tells daemons "no address" (AI_ADDRCONFIG) in a network that has
        # loopback addresses only.  This one is reserved for documentation (RFC 5737).
        ip address add 192.0.2.1/32 dev lo
        hostname localhost
        for file in passwd group hosts; do
                mount --bind "$1/etc/$file" "/etc/$file"
        done
        # Memory, for what hooks count: /run may be none, and is the host'\''s.
        mkdir -p "$1/memory"
        mount -t tmpfs -o size=64k,mode=0755 tmpfs "$1/memory"
        chown slurm: "$1/memory"
        # A name service cache would go on answering with the host'\''s users.
        [ ! -d /run/nscd ] || mount -t tmpfs tmpfs /run/nscd
        : >"$1/run/holder.ready"
        # Orphans become children of process 1: ignoring SIGCHLD reaps them.
        exec perl -e '\''
                $0 = "private-slurm $ARGV[0]";
                $SIG{CHLD} = "IGNORE";
                sleep while 1'\'' "$1"
'

make_namespace() {
        local pid i
        write_user_files
        if [[ ${PRIVATE_SLURM_HOST_NAMESPACE:-0} == 1 ]] ||
           ! unshare --net --uts --mount --pid true 2>>"$directory/log/holder.log"; then
                isolated=0
                warn "namespaces are not permitted here: using the host's, on 127.0.0.1"
                return
        fi
        say "making namespaces"
        # A holder that is not recorded could not be stopped: no interruption until it is.
        trap : INT TERM
        # The first child of the shell becomes process 1, and $! is its number outside.
        # --propagation slave: what the host unmounts must not stay busy because of us.
        # shellcheck disable=SC2016
        pid=$(close_inherited_files
                setsid unshare --net --uts --mount --propagation slave --pid \
                sh -c 'out=$1; shift; "$@" >>"$out" 2>&1 </dev/null & echo $!' sh \
                "$directory/log/holder.log" sh -c "$holder_script" holder "$directory") ||
                die "cannot make namespaces" "Set PRIVATE_SLURM_HOST_NAMESPACE=1 to do without."
        printf '%s %s\n' "$pid" "$(process_start_time "$pid")" >"$directory/run/holder"
        trap_interruptions
        for ((i = 0; i < 250; i++)); do
                [[ ! -e $directory/run/holder.ready ]] || return 0
                holder_is_alive || break
                sleep 0.02
        done
        failed "the namespaces cannot be set up" holder.log
}

# Ports for the host's namespace.  From below the range the kernel takes for outgoing
# connections, or one of these would have the port when slurmctld is restarted.
ask_for_ports() {
        local ports
        # shellcheck disable=SC2016
        ports=$(perl -MSocket -e '
                my ($needed, @ports) = @ARGV;
                for (1 .. 1000) {
                        last if @ports == $needed;
                        my $port = 10000 + int rand 20000;
                        socket my $s, PF_INET, SOCK_STREAM, 0 or die $!;
                        bind $s, sockaddr_in($port, INADDR_LOOPBACK) or next;
                        push @ports, $port;
                        push @held, $s;         # so that none is given twice
                }
                print "@ports"' 2)
        read -r ctld_port dbd_port <<<"$ports"
        [[ -n $dbd_port ]] || die "no free TCP ports" "Look at them with: ss -ltn"
        # slurmds have ports in a row: the first of a free row.
        # shellcheck disable=SC2016
        slurmd_port=$(perl -MSocket -e '
                TRY: for (1 .. 1000) {
                        my ($first, @held) = 30000 + int rand 2500;
                        for my $port ($first .. $first + $ARGV[0] - 1) {
                                socket my $s, PF_INET, SOCK_STREAM, 0 or die $!;
                                bind $s, sockaddr_in($port, INADDR_LOOPBACK) or next TRY;
                                push @held, $s;
                        }
                        print $first;
                        exit;
                }' "$node_count")
        [[ -n $slurmd_port ]] || die "no free TCP ports" "Look at them with: ss -ltn"
}

# --- users ---------------------------------------------------------------------------

# passwd, group and hosts as they are inside the cluster.
write_user_files() {
        local user id=5001 i
        cp -- /etc/passwd /etc/group "$directory/etc/"
        for user in "${test_users[@]}"; do
                ! grep -q "^$user:" /etc/passwd || continue
                while getent passwd "$id" >/dev/null || getent group "$id" >/dev/null; do
                        id=$((id + 1))
                done
                printf '%s:x:%d:%d::%s:/bin/sh\n' "$user" "$id" "$id" \
                        "$directory/home/$user" >>"$directory/etc/passwd"
                printf '%s:x:%d:\n' "$user" "$id" >>"$directory/etc/group"
                id=$((id + 1))
        done
        {
                printf '127.0.0.1 localhost'
                for ((i = 1; i <= node_count; i++)); do printf ' node%d' "$i"; done
                printf '\n'
        } >"$directory/etc/hosts"
}

# Runs a function while no other private-slurm changes the registry of clusters.
with_registry() {
        mkdir -p "$registry/clusters" "$registry/users"
        (
                flock 9
                "$@"
        ) 9>"$registry/lock"
}

add_host_users() {
        local user
        : >"$registry/clusters/${directory//\//%}"
        for user in "${test_users[@]}"; do
                if ! getent passwd "$user" >/dev/null; then
                        useradd --no-create-home --shell /bin/sh "$user" || return 1
                        : >"$registry/users/$user"
                fi
        done
}

# Removes the users that a start created, when no other cluster is left.
remove_host_users() {
        local entry other user
        rm -f "$registry/clusters/${directory//\//%}"
        for entry in "$registry"/clusters/*; do
                other=$(basename "$entry")
                # An entry without its directory is from a cluster removed by hand.
                [[ ! -e ${other//%//}/state ]] || return 0
        done
        for entry in "$registry"/users/*; do
                [[ -e $entry ]] || continue
                user=$(basename "$entry")
                userdel "$user" 2>/dev/null
        done
        rm -rf "$registry"
}

make_test_users() {
        local user
        if [[ $isolated == 0 ]]; then
                with_registry add_host_users ||
                        die "cannot create the users ${test_users[*]}" \
                            "Create them with useradd."
        fi
        for user in "${test_users[@]}"; do
                mkdir -p "$directory/home/$user"
                in_cluster chown "$user:" "$directory/home/$user"
        done
}

# --- the end of everything -----------------------------------------------------------

# Prints the processes of this cluster in the host's namespace: those that carry its
# mark, slurmstepd (which overwrites its environment with a title, but has slurmd's log
# open), and all their descendants.
host_processes() {
        local pids pid ppid found=' ' more=1
        pids=$(grep -lzx -- "PRIVATE_SLURM_DIR=$directory" /proc/[0-9]*/environ 2>/dev/null;
               find /proc/[0-9]*/fd -lname "$directory/log/slurmd.*" 2>/dev/null)
        for pid in $pids; do
                pid=${pid#/proc/}
                pid=${pid%%/*}
                # This very script may have been called inside the cluster's environment.
                [[ $pid == "$$" || $found == *" $pid "* ]] || found+="$pid "
        done
        while ((more)); do
                more=0
                while read -r pid ppid; do
                        [[ $found == *" $ppid "* && $found != *" $pid "* && $pid != "$$" ]] ||
                                continue
                        found+="$pid "
                        more=1
                done < <(ps -eo pid=,ppid=)
        done
        printf '%s\n' "$found"
}

end_host_processes() {
        local i pids
        for ((i = 0; i < 100; i++)); do
                pids=$(host_processes)
                [[ -n ${pids// /} ]] || return 0
                # shellcheck disable=SC2086  # one word each
                kill -KILL $pids 2>/dev/null
                sleep 0.1
        done
        return 1
}

end_namespace() {
        local i
        holder_is_alive || return 0
        kill -KILL "$holder"
        # The holder is gone only when everything in its PID namespace is.
        for ((i = 0; i < 100; i++)); do
                holder_is_alive || return 0
                sleep 0.1
        done
        return 1
}

stop_everything() {
        # slurmctld may end by itself: sanitizers and coverage write their results then.
        ! cluster_is_up || stop_daemon slurmctld 2>/dev/null
        if [[ $isolated == 1 ]]; then
                end_namespace
        else
                end_host_processes && with_registry remove_host_users
        fi
}

remove_directory() {
        [[ -e $directory/state ]] || return 0
        rm -rf --one-file-system -- "$directory"
}
