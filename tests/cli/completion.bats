load helper

eval "site_$(declare -f setup)"

setup() {
        site_setup
        COMPLETION=$BATS_TEST_DIRNAME/../../completion/slurm-quota.bash
        mkdir "$SITE/bin"
        PATH=$SITE/bin:$PATH
        fake sacctmgr 'exit 1'
        unset SLURM_QUOTA_URL
}

# fake PROGRAM LINE...: what is run in its place; it counts how often.
fake() {
        printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>'$SITE/$1.asked'" "${@:2}" >"$SITE/bin/$1"
        chmod 755 "$SITE/bin/$1"
        : >"$SITE/$1.asked"
        chmod 666 "$SITE/$1.asked"
}

# What Slurm knows.
slurm_knows() {
        fake sacctmgr 'case "$*" in' \
                '*adminlevel*) echo "${LEVEL:-None}" ;;' \
                '*" user "*) printf "%s\n" alice albert zoe ;;' \
                '*" account "*) printf "%s\n" physics chemistry ;;' \
                '*" tres "*) printf "%s\n" "cpu|" "gres|gpu" "gres|gpu:h100"' \
                'echo "gres|gpu:a100" ;;' \
                'esac'
}

# shell SCRIPT [ARGUMENT]...: runs it in a shell that has the completion, as $AS says.
shell() {
        # shellcheck disable=SC2016  # for that shell
        "${AS[@]}" timeout 30 bash --norc -c '. "$0" || exit 3
                # The words of a line, the last one under the cursor.
                complete_words() {
                        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*"
                        COMP_POINT=${#COMP_LINE} COMPREPLY=()
                        _slurm_quota "$1" "${COMP_WORDS[COMP_CWORD]}" \
                                "${COMP_WORDS[COMP_CWORD - 1]-}"
                        [ ${#COMPREPLY[@]} -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"
                }
                '"$1" "$COMPLETION" "${@:2}"
}

# offers WORD...: what is offered for the last word of the line; nothing else is said.
offers() {
        run --separate-stderr shell 'complete_words "$@"' "$@"
        echo "$* -> $status: $output / $stderr"
        [ "$status" -eq 0 ] && [ -z "$stderr" ]
}

# The sorted words under a heading of a help text.
under() {
        awk -v heading="$1" '$0 ~ heading { inside = 1; next } /^$/ { inside = 0 }
                inside { print $1 }' | sort
}

@test "to root all commands are offered, those of groups too" {
        need_root
        offers slurm-quota ""
        [ "$(sort <<<"$output")" = "$(slurm-quota --help | under '^Commands')" ]
        offers slurm-quota set-
        [ "$output" = $'set-default-quotas\nset-gpu-factor' ]
        for group in $(slurm-quota --help | under '^Commands'); do
                [ "$group" != help ] || continue
                inner=$(slurm-quota help "$group" | under '^Commands')
                [ -n "$inner" ] || continue
                offers slurm-quota "$group" ""
                [ "$(sort <<<"$output")" = "$inner" ]
                offers slurm-quota help "$group" ""
                [ "$(sort <<<"$output")" = "$inner" ]
        done
}

@test "of every command exactly its options are offered" {
        fake sbatch 'exit 1'
        while read -r command; do
                inner=$(slurm-quota help "$command" | under '^Commands')
                for words in ${inner:-.}; do
                        words="$command ${words#.}"
                        # shellcheck disable=SC2086  # a group and its command
                        offers slurm-quota $words --
                        # shellcheck disable=SC2086
                        [ "$(sort <<<"$output")" = "$(slurm-quota help $words |
                                under '^Options' | grep -o -e '--.*')" ]
                done
        done < <(slurm-quota --help | under '^Commands' | grep -vx help)
}

@test "commands of administrators are offered to those who may run them" {
        need_root
        slurm_knows
        AS=(as nobody)
        offers slurm-quota ""
        [ "$(sort <<<"$output")" = "$(slurm-quota --help | under '^Commands:')" ]
        offers slurm-quota user-
        [ -z "$output" ]

        AS=(as slurm)
        offers slurm-quota ""
        [ "$(sort <<<"$output")" = "$(slurm-quota --help | under '^Commands')" ]
        # SlurmUser is one without being asked for.
        [ "$(grep -c adminlevel "$SITE/sacctmgr.asked")" -eq 2 ]

        for level in Operator Administrator; do
                AS=(as nobody env LEVEL=$level)
                offers slurm-quota user-
                [ "$output" = $'user-quota\nuser-gpu-quota' ]
                offers slurm-quota migr
                [ -z "$output" ]
        done
}

@test "behind sudo they are offered, also when bash-completion handles sudo" {
        need_root
        AS=(as nobody)
        run shell 'COMP_WORDS=(slurm-quota user-) COMP_CWORD=1
                COMP_LINE="sudo slurm-quota user-"
                _slurm_quota slurm-quota user- slurm-quota; echo "${COMPREPLY[@]}"'
        [ "$output" = "user-quota user-gpu-quota" ]
        package=/usr/share/bash-completion
        [ -e $package/bash_completion ] || skip "no bash-completion"
        mkdir -p "$SITE/share/bash-completion/completions"
        cp "$COMPLETION" "$SITE/share/bash-completion/completions/slurm-quota"
        run as nobody env XDG_DATA_DIRS="$SITE/share:/usr/share" \
                timeout 30 bash --norc -O extglob -c '. '$package'/bash_completion
                . '$package'/completions/sudo
                COMP_LINE="sudo slurm-quota user-" COMP_WORDS=(sudo slurm-quota user-)
                COMP_CWORD=2 COMP_POINT=${#COMP_LINE}
                handler=$(complete -p sudo); handler=${handler#*-F }
                "${handler%% *}" sudo user- slurm-quota 2>/dev/null
                echo "${COMPREPLY[@]}"'
        [ "$output" = "user-quota user-gpu-quota" ]
}

@test "names of users come from the ledger and from Slurm" {
        slurm_knows
        slurm-quota user-quota bob 1
        slurm-quota account-quota biology 1
        offers slurm-quota stats ""
        [ "$output" = $'albert\nalice\nbob\nzoe' ]
        offers slurm-quota stats al
        [ "$output" = $'albert\nalice' ]
        offers slurm-quota stats --user al
        [ "$output" = $'albert\nalice' ]
        # As bash has it apart, and where "=" does not break words.
        offers slurm-quota stats --user = al
        [ "$output" = $'albert\nalice' ]
        offers slurm-quota stats --user =
        [ "$output" = $'albert\nalice\nbob\nzoe' ]
        offers slurm-quota stats --user=al
        [ "$output" = $'--user=albert\n--user=alice' ]
        offers slurm-quota user-gpu-quota b
        [ "$output" = bob ]
        offers slurm-quota account-quota ""
        [ "$output" = $'biology\nchemistry\nphysics' ]
        offers slurm-quota prune --account ph
        [ "$output" = physics ]
}

@test "names still come from Slurm where the ledger cannot be read" {
        slurm_knows
        echo nonsense >>"$SLURM_QUOTA_CONF"
        offers slurm-quota stats al
        [ "$output" = $'albert\nalice' ]
}

@test "without ledger and Slurm names come from the system" {
        offers slurm-quota stats roo
        [ "$output" = root ]
        offers slurm-quota stats --account roo
        [ -z "$output" ]
}

@test "values are offered: unlimited, GPU types, kinds, files, ports" {
        slurm_knows
        slurm-quota set-gpu-factor v100 2
        offers slurm-quota user-quota alice ""
        [ "$output" = -1 ]
        offers slurm-quota user-quota alice -
        [[ $'\n'$output$'\n' == *$'\n-1\n'*--reason* ]]
        offers slurm-quota set-default-quotas --user-cpu ""
        [ "$output" = -1 ]
        offers slurm-quota set-gpu-factor ""
        [ "$output" = $'a100\ndefault\nh100\nv100' ]
        offers slurm-quota history --kind c
        [ "$output" = $'charge\ncorrection\nclose\ncarry' ]
        slurm-quota token create one --user alice
        slurm-quota token create two --user alice
        offers slurm-quota token revoke ""
        [ "$output" = $'1\n2' ]
        offers slurm-quota token create --role o
        [ "$output" = operator ]
        offers slurm-quota budget set user:alice --window m
        [ "$output" = month ]
        offers slurm-quota adjust --user alice --tres n
        [ "$output" = node ]
        offers slurm-quota serve --port ""
        [ "$output" = 9911 ]
        cd "$SITE"
        offers slurm-quota --config slurm-quota.c
        [ "$output" = slurm-quota.conf ]
        offers slurm-quota --config slurm-quota.conf verif
        [ "$output" = verify ]
}

@test "an option is offered once, and options where nothing else can stand" {
        offers slurm-quota stats --json --
        [[ $output != *--json* && $output == *--hours* ]]
        offers slurm-quota gpu-factors ""
        [ "$output" = $'--config\n--help' ]
        offers slurm-quota user-quota --reason ""
        [ -z "$output" ]
        offers slurm-quota frob ""
        [ -z "$output" ]
}

@test "before its script estimate has the options of sbatch, too, behind it files" {
        slurm_knows
        fake sbatch 'cat <<HELP
Usage: sbatch [OPTIONS(0)...] [ : [OPTIONS(N)...]] script(0) [args(0)...]
Parallel run options:
  -A, --account=name          charge job to specified account
      --contiguous            demand a contiguous range of nodes
      --exclusive[=user]      allocate nodes in exclusive mode
  -n, --ntasks=ntasks         number of tasks to run
  -p, --partition=partition   partition requested
HELP'
        fake sinfo 'printf "%s\n" debug gpu debug'
        cd "$SITE"
        offers slurm-quota estimate --
        [ "$(sort <<<"$output")" = "$(printf -- '--%s\n' account config contiguous exclusive \
                help json ntasks partition user)" ]
        offers slurm-quota estimate --account ph
        [ "$output" = physics ]
        offers slurm-quota estimate -A = ph
        [ "$output" = physics ]
        offers slurm-quota estimate -n 4 -p g
        [ "$output" = gpu ]
        offers slurm-quota estimate --exclusive -n 4 slurm-quota.c
        [ "$output" = slurm-quota.conf ]
        offers slurm-quota estimate -n 4 job.sh --
        [ -z "$output" ]
        offers slurm-quota estimate -n 4 job.sh --input slurm-quota.c
        [ "$output" = slurm-quota.conf ]
}

@test "the name of the ancestor's migration has its options" {
        ln -sf slurm-quota "$BATS_FILE_TMPDIR/migrate-slurm-quota"
        offers migrate-slurm-quota --
        [ "$(sort <<<"$output")" = $'--config\n--dry-run\n--from\n--help' ]
        offers migrate-slurm-quota --from "$SITE/slurm-q"
        [ "$output" = "$SITE/slurm-quota.conf" ]
}

@test "names that a shell would run are not offered, and not run" {
        slurm_knows
        printf '%s\n' 'alice' '$(touch '"$SITE"'/run)' '`touch '"$SITE"'/run`' 'al;ice' 'a b' \
                '*' 'al]x' >"$SITE/names"
        fake sacctmgr "cat '$SITE/names'"
        offers slurm-quota stats ""
        [ "$output" = alice ]
        offers slurm-quota stats '$(touch '"$SITE/run)"
        [ ! -e "$SITE/run" ]
        offers slurm-quota 'x[$(touch '"$SITE/run)]" ''
        offers slurm-quota stats '--x[$(touch '"$SITE/run)]" ''
        [ ! -e "$SITE/run" ]
}

@test "a Slurm that does not answer is waited for once a minute, for two seconds" {
        fake sacctmgr 'trap "" TERM' 'sleep 20'
        started=$SECONDS
        run shell 'complete_words slurm-quota stats roo; complete_words slurm-quota stats roo'
        [ "$output" = $'root\nroot' ]
        [ $((SECONDS - started)) -lt 15 ]
        [ "$(wc -l <"$SITE/sacctmgr.asked")" -eq 1 ]
}

@test "what was asked is kept for a minute" {
        slurm_knows
        run shell 'complete_words slurm-quota stats zo; complete_words slurm-quota stats zo
                SECONDS=$((SECONDS + 61)); complete_words slurm-quota stats zo'
        [ "$output" = $'zoe\nzoe\nzoe' ]
        [ "$(wc -l <"$SITE/sacctmgr.asked")" -eq 2 ]
}

@test "a command that is not there is not completed" {
        offers /nonexistent/slurm-quota st
        [ -z "$output" ]
}
