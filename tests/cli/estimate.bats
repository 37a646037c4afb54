# estimate: what people are told, with a scontrol and a sacctmgr of our own

load helper

site_setup=$(declare -f setup | tail -n +2)
setup() {
        eval "$site_setup"
        mkdir "$SITE/bin"
        cat > "$SITE/bin/scontrol" <<'SCRIPT'
#!/bin/sh
[ "$*" = "--all --oneliner show partition" ] || exit 9
echo "PartitionName=debug Default=YES DefaultTime=00:30:00 MaxTime=1-00:00:00 MinNodes=0 MaxNodes=UNLIMITED OverSubscribe=NO TotalCPUs=128 TotalNodes=2"
echo "PartitionName=unbounded Default=NO DefaultTime=NONE MaxTime=UNLIMITED OverSubscribe=NO TotalCPUs=128 TotalNodes=2"
SCRIPT
        cat > "$SITE/bin/sacctmgr" <<'SCRIPT'
#!/bin/sh
case "$*" in
*"show user where name=alice format=user,defaultaccount") echo "alice|physics" ;;
*"show user where name="*) ;;
*"show associations where user=nobody format=user,account") echo "nobody|physics" ;;
*) exit 9 ;;
esac
SCRIPT
        chmod 755 "$SITE/bin" "$SITE/bin/"*
        printf '%s\n' "scontrol = $SITE/bin/scontrol" "sacctmgr = $SITE/bin/sacctmgr" \
                >> "$SLURM_QUOTA_CONF"
        export SLURM_CONF=$SITE/slurm.conf
        unset "${!SBATCH_@}" SLURM_HINT SLURM_CLUSTERS
        if [ "$(id -u)" = 0 ]; then
                slurm-quota set-default-quotas --user-cpu -1
        fi
}

estimate() {
        run --separate-stderr slurm-quota estimate --user alice "$@"
        echo "$* -> $status"
        printf '%s\n' "$output" "$stderr"
}

@test "a job that fits is shown with what it would hold and what is left" {
        need_root
        slurm-quota user-quota alice 6000
        estimate -n4 -t1:00:00 --gpus=h100:2 --array=0-9
        [ "$status" -eq 0 ]
        [ -z "$stderr" ]
        [ "${lines[0]}" = "User alice in account physics: gres/gpu:h100=2,gres/gpu=2,cpu=4,node=1 each for 01:00:00, 10 array tasks" ]
        [[ ${lines[2]} =~ ^"CPU "\ *4h00m\ *40h00m\ *100h00m\ of\ 100h00m\ *unlimited$ ]]
        [[ ${lines[3]} =~ ^"GPU "\ *2h00m\ *20h00m\ *unlimited\ *unlimited$ ]]
        [ "${lines[4]}" = "It fits." ]
        [ "${lines[5]}" = "The longest --time that fits: 02:30:00" ]
        [ "$(sql 'SELECT count(*) FROM reservation')" = 0 ]
        [ "$(sql "SELECT count(*) FROM subject WHERE name = 'physics'")" = 0 ]
}

@test "a job that does not is refused in the hook's words, with status 3" {
        need_root
        slurm-quota account-quota physics 60
        estimate -n4 -t1:00:00
        [ "$status" -eq 3 ]
        [ -z "$stderr" ]
        [ "${lines[4]}" = "It would be refused:" ]
        [ "${lines[5]}" = "  slurm-quota: not enough CPU time left for account physics: asked 4h00m, available 1h00m (limit 1h00m, consumed 0h00m, reserved 0h00m); a time limit up to 00:15:00 would fit" ]
        [ "${lines[6]}" = "The longest --time that fits: 00:15:00" ]
        [[ $output == *"Account physics lacks 3h00m of CPU time."* ]]
        [[ $output == *"Never by waiting: "* ]]
        estimate --json -n4 -t1:00:00
        [ "$status" -eq 3 ]
        [ "$(json '$.fits')" = 0 ]
        [ "$(json '$.refused_part')" = 0 ]
        [ "$(json '$.longest_seconds')" = 900 ]
        [ "$(json '$.shortages[0].lacking_seconds')" = 10800 ]
        [ "$(json '$.shortages[0].may_come_free_with')" = never ]
        [ "$(json '$.shortages[0].may_come_free_by')" = "" ]
}

@test "without any bound every time fits" {
        need_root
        estimate -p unbounded
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == *" for a year, since nothing limits its time" ]]
        [ "${lines[5]}" = "Any --time fits." ]
        estimate --json -p unbounded
        [ "$(json '$.longest_seconds')" = "" ]
        [ "$(json '$.parts[0].open_ended')" = 1 ]
        estimate
        [ "${lines[5]}" = "The longest --time that fits: 1-00:00:00, the limit of the partition" ]
        slurm-quota user-quota alice 0
        estimate -t1
        [ "$status" -eq 3 ]
        [[ $output == *"No --time fits, not even a minute."* ]]
}

@test "a script from a file or standard input, options before it, the environment between" {
        need_root
        printf '%s\n' '#!/bin/sh' '#SBATCH -n 2 -t 10' '#SBATCH --account="chemistry"' true \
                '#SBATCH -n 50' > "$SITE/job.sh"
        estimate --json "$SITE/job.sh" -n 30 --json --help
        [ "$status" -eq 0 ]
        [ "$(json '$.held.cpu_seconds')" = 1200 ]
        [ "$(json '$.parts[0].account')" = chemistry ]
        estimate -n3 --json "$SITE/job.sh"
        [ "$(json '$.held.cpu_seconds')" = 1800 ]
        SBATCH_TIMELIMIT=20 estimate --json - < "$SITE/job.sh"
        [ "$(json '$.held.cpu_seconds')" = 2400 ]
        SBATCH_TIMELIMIT=20 estimate -t 5 --json - < "$SITE/job.sh"
        [ "$(json '$.held.cpu_seconds')" = 600 ]
        # By its name alone it is looked for here, then in PATH.
        PATH=$SITE:$PATH estimate --json job.sh
        [ "$(json '$.held.cpu_seconds')" = 1200 ]
        mkdir "$SITE/here"
        printf '%s\n' '#!/bin/sh' '#SBATCH -n 7 -t 1' > "$SITE/here/job.sh"
        cd "$SITE/here"
        PATH=$SITE:$PATH estimate --json job.sh
        [ "$(json '$.held.cpu_seconds')" = 420 ]
        PATH=$SITE:$PATH run slurm-quota estimate ./none.sh
        [ "$status" -eq 1 ]
        estimate --json -n1 -t1 : -n2
        [ "$(json '$.held.cpu_seconds')" = 180 ]
        [ "$(json '$.parts[1].held.cpu_seconds')" = 120 ]
}

@test "what sbatch would not take is not acceptable" {
        need_root
        unchanged 2 slurm-quota estimate --user alice --ntask-per-node=3
        [[ ${stderr_lines[0]} == *'"--ntask-per-node" is none of sbatch'* ]]
        unchanged 2 slurm-quota estimate --user alice -nx
        unchanged 2 slurm-quota estimate --user alice -n
        unchanged 2 slurm-quota estimate --user alice --array=5-1
        unchanged 2 slurm-quota estimate --user alice --gres=gpu:a:b:c
        unchanged 2 slurm-quota estimate --user alice --user ''
        printf 'true\n' > "$SITE/job.sh"
        unchanged 2 slurm-quota estimate --user alice "$SITE/job.sh"
        unchanged 1 slurm-quota estimate --user alice "$SITE/nowhere.sh"
        unchanged 1 slurm-quota estimate --user alice "$SITE"
        unchanged 2 slurm-quota estimate --user alice -p nowhere
        unchanged 2 slurm-quota estimate --user carol
        [[ ${stderr_lines[0]} == *"there is no account to charge this job to"* ]]
        [[ ${stderr_lines[1]} == *"--account"* ]]
}

@test "what is not counted is told" {
        need_root
        printf '%s\n' '#!/bin/sh' '#PBS -l nodes=4' > "$SITE/job.sh"
        estimate -O -M elsewhere --reservation=r -F hosts "$SITE/job.sh"
        [ "$status" -eq 0 ]
        [ "$(grep -c '^Note: ' <<< "$output")" = 5 ]
        estimate --json "$SITE/job.sh"
        [[ "$(json '$.remarks[0]')" == *"#PBS"* ]]
        estimate --ignore-pbs "$SITE/job.sh"
        [[ $output != *"Note: "* ]]
}

@test "others than oneself and one's accounts are for administrators" {
        need_root
        printf '%s\n' "[store]" "readable_by = everyone" >> "$SLURM_QUOTA_CONF"
        slurm-quota user-quota alice 6000
        run --separate-stderr as nobody slurm-quota estimate -t5 -A physics
        [ "$status" -eq 0 ]
        [[ ${lines[0]} == "User nobody in account physics: "* ]]
        run --separate-stderr as nobody slurm-quota estimate -t5 -A chemistry
        [ "$status" -eq 1 ]
        [[ $stderr == *'nobody is not in account "chemistry"'* ]]
        run --separate-stderr as nobody slurm-quota estimate -t5 --user alice
        [ "$status" -eq 1 ]
        [[ $stderr == *"only root and $OWNER may estimate for somebody else"* ]]
        run --separate-stderr as nobody slurm-quota estimate -t5 --uid alice
        [ "$status" -eq 1 ]
}

@test "a Slurm that does not answer is a failure" {
        need_root
        printf '#!/bin/sh\necho "Unable to contact slurm controller" >&2\nexit 1\n' \
                > "$SITE/bin/scontrol"
        unchanged 1 slurm-quota estimate --user alice -t5
        [[ ${stderr_lines[0]} == *"Unable to contact slurm controller"* ]]
        rm "$SITE/bin/sacctmgr"
        printf '#!/bin/sh\necho PartitionName=a Default=YES\n' > "$SITE/bin/scontrol"
        unchanged 1 slurm-quota estimate --user alice -t5
        [[ ${stderr_lines[0]} == *"default account"* ]]
        estimate -t5 -A physics
        [ "$status" -eq 0 ]
}

@test "help names the exit status and what is not seen" {
        run slurm-quota estimate --help
        [ "$status" -eq 0 ]
        [[ $output == *"Usage: slurm-quota estimate [OPTION]... [SBATCH OPTION]... [SCRIPT [ARGUMENT]...]"* ]]
        [[ $output == *"cli_filter"* && $output == *"Exit status 3"* ]]
        run slurm-quota estimate -n4 -h -J --json
        [ "$status" -eq 0 ]
        [[ $output == "Usage: "* ]]
}
