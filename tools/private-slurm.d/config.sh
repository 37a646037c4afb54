# shellcheck shell=bash
# config.sh - directories and configuration files of a private Slurm

# shellcheck disable=SC2154  # directory, node_count ... are set by private-slurm

readonly cluster_name=private

# Sets slurm_version to e.g. 2205.
find_slurm_version() {
        local text
        text=$(slurmctld -V) && [[ $text =~ ([0-9]+)\.([0-9]+)\. ]] ||
                die "slurmctld -V says \"$text\"" "Is Slurm installed properly?"
        slurm_version=${BASH_REMATCH[1]}${BASH_REMATCH[2]}
}

# Sets lua_version to that of Slurm's own Lua plugins: two versions in one process crash.
find_lua() {
        local plugin lua module
        for plugin in /usr/lib/*/slurm-wlm /usr/lib/*/slurm /usr/lib64/slurm /usr/lib/slurm; do
                [[ -e $plugin/job_submit_lua.so ]] && break
        done
        plugin+=/job_submit_lua.so
        [[ -e $plugin ]] || die "Slurm's plugin job_submit_lua.so is missing" \
                "Install slurm-wlm-basic-plugins, or start with --no-plugin."
        [[ $(ldd "$plugin") =~ liblua[-.a-z]*(5\.[1-4]) ]] ||
                die "cannot tell which Lua $plugin needs" "Look at: ldd $plugin"
        lua_version=${BASH_REMATCH[1]}
        for lua in job_submit.lua jobcomp.lua; do
                [[ -r ${PRIVATE_SLURM_LUA:-$REPOSITORY/lua}/$lua ]] ||
                        die "${PRIVATE_SLURM_LUA:-$REPOSITORY/lua}/$lua is missing" \
                            "Set PRIVATE_SLURM_LUA, or start with --no-plugin."
        done
        module=$build/src/lua/$lua_version/slurm_quota.so
        [[ -n ${PRIVATE_SLURM_LUA:-} || -e $module ]] || die "$module is missing" \
                "Build it with: meson compile -C $build; or start with --no-plugin."
}

make_directories() {
        umask 022
        # slurm-quota makes its own directories in DIR, as user slurm.  The sticky bit
        # is for munged, which trusts no directory that a group may change.
        mkdir -p "$directory"
        chown root:slurm "$directory"
        chmod 1775 "$directory"
        mkdir "$directory"/{dev,etc,home,run,log,munge,mysql,slurm,slurmctld,slurmd}
        chown munge: "$directory/munge"
        chown slurm: "$directory"/{slurm,slurmctld}
        # Only slurmdbd may reach the database, which asks for no password.
        chown mysql:slurm "$directory/mysql"
        chmod 0710 "$directory/mysql"
        chown root:slurm "$directory/log"
        chmod 1775 "$directory/log"
}

write_configuration() {
        find_slurm_version
        write_munge_key
        write_slurmdbd_conf
        write_slurm_conf "$@"
        write_gres_conf
        write_accounts
        write_plugin_files
}

write_munge_key() {
        head -c 128 /dev/urandom >"$directory/munge/munge.key"
        chown munge: "$directory/munge/munge.key"
        chmod 0400 "$directory/munge/munge.key"
}

write_slurmdbd_conf() {
        cat >"$directory/etc/slurmdbd.conf" <<CONF
AuthType=auth/munge
AuthInfo=socket=$directory/munge/munge.socket
DbdHost=localhost
DbdAddr=127.0.0.1
DbdPort=$dbd_port
SlurmUser=slurm
PidFile=$directory/slurm/slurmdbd.pid
LogFile=$directory/log/slurmdbd.log
DebugLevel=info
StorageType=accounting_storage/mysql
# By the socket in MYSQL_UNIX_PORT, which the client library reads.
StorageHost=localhost
StorageUser=slurm
StorageLoc=slurm_acct_db
CONF
        if [[ $isolated == 0 ]]; then
                printf 'CommunicationParameters=NoInAddrAny\n' >>"$directory/etc/slurmdbd.conf"
        fi
        # slurmdbd refuses any other owner or mode.
        chown slurm: "$directory/etc/slurmdbd.conf"
        chmod 0600 "$directory/etc/slurmdbd.conf"
}

# The files of --conf-extra are the arguments.
write_slurm_conf() {
        local plugins='' communication='' i
        for ((i = 1; i <= node_count; i++)); do mkdir "$directory/slurmd/node$i"; done
        if [[ $with_plugin == 1 ]]; then
                plugins=$'JobSubmitPlugins=lua\nJobCompType=jobcomp/lua'
        fi
        if [[ $isolated == 0 ]]; then
                communication=CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
        fi
        {
                cat <<CONF
ClusterName=$cluster_name
SlurmctldHost=localhost(127.0.0.1)
SlurmUser=slurm
SlurmdUser=root
SlurmctldPort=$ctld_port
SlurmctldPidFile=$directory/slurm/slurmctld.pid
SlurmdPidFile=$directory/run/slurmd.%n.pid
SlurmctldLogFile=$directory/log/slurmctld.log
SlurmdLogFile=$directory/log/slurmd.%n.log
SlurmctldDebug=info
SlurmdDebug=info
StateSaveLocation=$directory/slurmctld
SlurmdSpoolDir=$directory/slurmd/%n
AuthType=auth/munge
AuthInfo=socket=$directory/munge/munge.socket
$communication
$plugins

# Nothing of the machine is limited or measured: it pretends to be larger than it is.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
PropagateResourceLimits=NONE
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
SlurmdParameters=config_overrides
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
GresTypes=gpu

# Jobs of tests start and end at once.
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=5
KillWait=2
InactiveLimit=0
CompleteWait=0
# squeue and scontrol go on knowing what a test did.
MinJobAge=600
MaxJobCount=200000
MaxArraySize=10001
JobRequeue=1

AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=127.0.0.1
AccountingStoragePort=$dbd_port
# Without it, connections to slurmdbd use the machine's munged.
AccountingStoragePass=$directory/munge/munge.socket
AccountingStorageEnforce=associations,limits,qos,safe
AccountingStorageTRES=gres/gpu,gres/gpu:h100,gres/gpu:a100
PriorityType=priority/multifactor
PriorityDecayHalfLife=0
PriorityUsageResetPeriod=NONE

CONF
                for ((i = 1; i <= node_count; i++)); do
                        printf 'NodeName=node%d NodeHostname=localhost ' "$i"
                        printf 'NodeAddr=127.0.0.1 Port=%d ' $((slurmd_port + i - 1))
                        printf 'CPUs=64 Sockets=2 CoresPerSocket=32 ThreadsPerCore=1 '
                        printf 'RealMemory=20000 Gres=gpu:h100:4,gpu:a100:4 State=UNKNOWN\n'
                done
                cat <<CONF

PartitionName=debug Nodes=ALL Default=YES DefaultTime=30 MaxTime=1-00:00:00
PartitionName=onlymax Nodes=ALL MaxTime=120
PartitionName=unbounded Nodes=ALL MaxTime=INFINITE
PartitionName=long Nodes=ALL DefaultTime=04:00:00 MaxTime=7-00:00:00
CONF
        } >"$directory/etc/slurm.conf"
        (($# == 0)) || append_to_slurm_conf "$@"

        if ((slurm_version >= 2302)); then
                printf 'CgroupPlugin=disabled\n' >"$directory/etc/cgroup.conf"
        else
                printf 'CgroupAutomount=no\n' >"$directory/etc/cgroup.conf"
        fi
}

# Appends files to slurm.conf and takes out what they set anew: every Slurm command
# would complain about a parameter that is specified twice.
append_to_slurm_conf() {
        # The key of a line is the parameter's name, with the value for nodes and partitions.
        awk '
                function key(line) {
                        line = tolower(line)
                        sub(/^[ \t]+/, "", line)
                        if (line !~ /^(nodename|partitionname)=/)
                                sub(/=.*/, "", line)
                        sub(/[ \t].*/, "", line)
                        return line
                }
                { lines[NR] = $0; from[NR] = FILENAME }
                FILENAME != ARGV[1] && /^[^#]*=/ { anew[key($0)] = 1 }
                END {
                        for (i = 1; i <= NR; i++)
                                if (from[i] != ARGV[1] || !(key(lines[i]) in anew))
                                        print lines[i]
                }' "$directory/etc/slurm.conf" "$@" >"$directory/etc/slurm.conf.new" ||
                die "cannot append to slurm.conf" "Look at the files: $*"
        mv -- "$directory/etc/slurm.conf.new" "$directory/etc/slurm.conf"
}

# GPUs that are not there.  A bare Count= makes a node INVALID: each needs a file.  Newer
# versions insist on a device; 22.05 takes ordinary files, but gives jobs no
# CUDA_VISIBLE_DEVICES then.
write_gres_conf() {
        local type i
        for type in h100 a100; do
                for i in 0 1 2 3; do
                        if ! mknod -m 0666 "$directory/dev/$type-$i" c 1 3 2>/dev/null; then
                                ((slurm_version < 2302)) ||
                                        die "cannot make a device in $directory" \
                                            "Slurm needs devices for GPUs: CAP_MKNOD."
                                : >"$directory/dev/$type-$i"
                        fi
                done
                printf 'Name=gpu Type=%s File=%s\n' "$type" "$directory/dev/$type-[0-3]"
        done >"$directory/etc/gres.conf"
}

# For "sacctmgr load": everything in one call.
write_accounts() {
        local account
        {
                printf "Cluster - '%s':Fairshare=1:QOS='normal'\n" "$cluster_name"
                printf "Parent - 'root'\n"
                printf "User - 'root':DefaultAccount='root':AdminLevel='Administrator'\n"
                for account in physics chemistry biology; do
                        printf "Account - '%s':Description='%s':Organization='%s'\n" \
                                "$account" "$account" "$account"
                done
                cat <<ACCOUNTS
Parent - 'physics'
User - 'alice':DefaultAccount='physics':Fairshare=1
User - 'bob':DefaultAccount='physics':Fairshare=1
Parent - 'chemistry'
User - 'alice':Fairshare=1
User - 'carol':DefaultAccount='chemistry':Fairshare=1
Parent - 'biology'
User - 'carol':Fairshare=1
ACCOUNTS
        } >"$directory/etc/accounts"
}

# The build may lie where only root can go (a clone in /root): slurmctld and the users
# get copies of it.
copy_build() {
        local file
        mkdir "$directory"/{bin,lib}
        for file in slurm-quota slurm-quota-charge-wrapper; do
                [[ ! -e $build/src/cli/$file ]] || cp -- "$build/src/cli/$file" "$directory/bin/"
        done
        [[ -z $lua_version || ! -e $build/src/lua/$lua_version/slurm_quota.so ]] ||
                cp -- "$build/src/lua/$lua_version/slurm_quota.so" "$directory/lib/"
}

write_plugin_files() {
        local lua
        copy_build
        if [[ $with_plugin == 1 ]]; then
                for lua in job_submit.lua jobcomp.lua; do
                        cp -- "${PRIVATE_SLURM_LUA:-$REPOSITORY/lua}/$lua" "$directory/etc/"
                done
        fi
        cat >"$directory/etc/slurm-quota.conf" <<CONF
[store]
path = $directory/quota/slurm-quota.db

[spool]
directory = $directory/spool

[metrics]
counters = $directory/memory/counters

[slurm]
cluster = $cluster_name
CONF
}
