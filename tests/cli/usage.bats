load helper

# What site scripts and people call, whatever else there may be.
promised="stats user-quota account-quota user-gpu-quota account-gpu-quota adjust default-quotas
set-default-quotas gpu-factors set-gpu-factor prune serve charge migrate reconcile verify history
jobs estimate token doctor config help"

# named [GROUP]: what its help lists.
named() {
        slurm-quota help "$@" | awk '
                /^Commands/ { inside = 1; next }
                /^$/ { inside = 0 }
                inside && $1 != "help" { print $1 }'
}

# Every command, one on a line, those of groups behind their group's name.
commands() {
        local command inner
        for command in $(named); do
                echo "$command"
                for inner in $(named "$command"); do echo "$command $inner"; done
        done
}

@test "--version names the program and its version" {
        run slurm-quota --version
        [ "$status" -eq 0 ]
        [[ $output =~ ^"slurm-quota "[0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "--help goes to standard output and names every command" {
        for way in --help -h help; do
                run --separate-stderr slurm-quota $way
                [ "$status" -eq 0 ]
                [ -z "$stderr" ]
                for command in $promised; do
                        [[ $output == *$'\n'"  $command "* ]]
                done
        done
}

@test "every command has help, in three ways that say the same" {
        [ "$(commands | wc -l)" -ge "$(wc -w <<<"$promised")" ]
        while read -r command; do
                run --separate-stderr slurm-quota $command --help
                [ "$status" -eq 0 ]
                [ -z "$stderr" ]
                [[ ${lines[0]} == "Usage: slurm-quota $command [OPTION]..."* ]]
                help=$output
                [ "$(slurm-quota help $command)" = "$help" ]
                [ "$(slurm-quota $command -h)" = "$help" ]
        done < <(commands)
}

@test "help fits into 96 columns" {
        while read -r command; do
                slurm-quota help $command
        done < <(commands) > "$SITE/help"
        slurm-quota --help >> "$SITE/help"
        run awk 'length($0) > 96' "$SITE/help"
        [ -z "$output" ]
}

@test "help needs no rights and no good configuration" {
        echo nonsense > "$SLURM_QUOTA_CONF"
        run slurm-quota user-quota --help
        [ "$status" -eq 0 ]
        run slurm-quota --version
        [ "$status" -eq 0 ]
}

@test "without a command the help is shown and the status is 1" {
        run --separate-stderr slurm-quota
        [ "$status" -eq 1 ]
        [[ $output == "Usage: "* ]]
        [ -z "$stderr" ]
}

@test "unknown commands and options are errors of one line" {
        unchanged 2 slurm-quota frob
        [ "${stderr_lines[0]}" = 'slurm-quota: unknown command "frob"' ]
        unchanged 2 slurm-quota help frob
        unchanged 2 slurm-quota --frob stats
        [ "${stderr_lines[0]}" = 'slurm-quota: unknown option "--frob"' ]
        [ "${stderr_lines[1]}" = 'slurm-quota: hint: See: slurm-quota --help' ]
        unchanged 2 slurm-quota stats --frob
        [ "${stderr_lines[1]}" = 'slurm-quota: hint: See: slurm-quota stats --help' ]
        unchanged 2 slurm-quota stats -x
        unchanged 2 slurm-quota stats --hours=3
        [ "${stderr_lines[0]}" = 'slurm-quota: option "--hours" takes no argument' ]
        unchanged 2 slurm-quota stats --user
        [ "${stderr_lines[0]}" = 'slurm-quota: option "--user" needs an argument' ]
        unchanged 2 slurm-quota stats --version
        unchanged 2 slurm-quota ''
        unchanged 2 slurm-quota -1
}

@test "the number of arguments is checked" {
        for command in user-quota account-quota user-gpu-quota account-gpu-quota; do
                unchanged 2 slurm-quota $command
                [ "${stderr_lines[0]}" = "slurm-quota: too few arguments for $command" ]
                unchanged 2 slurm-quota $command alice
                unchanged 2 slurm-quota $command alice 1 2
                [ "${stderr_lines[0]}" = "slurm-quota: too many arguments for $command" ]
        done
        unchanged 2 slurm-quota set-gpu-factor h100
        unchanged 2 slurm-quota stats alice bob
        unchanged 2 slurm-quota gpu-factors x
        unchanged 2 slurm-quota default-quotas x
        unchanged 2 slurm-quota verify x
        unchanged 2 slurm-quota config
}

@test "terminals do not obey what errors repeat" {
        run --separate-stderr slurm-quota $'x\e[31m'
        [ "$status" -eq 2 ]
        [ "${stderr_lines[0]}" = 'slurm-quota: unknown command "x?[31m"' ]
}

@test "options may stand anywhere and end with two dashes" {
        slurm-quota --config "$SLURM_QUOTA_CONF" user-quota --reason one alice -1
        slurm-quota user-quota alice --reason=two 7
        slurm-quota user-quota alice -1 --reason three
        slurm-quota user-quota --reason four -- alice -1
        run sql "SELECT reason FROM entry WHERE kind = 'budget' ORDER BY id"
        [ "${lines[*]}" = "one two three four" ]
}

@test "--config names the file, before or behind the command" {
        sed "s|$DB|$SITE/other/x.db|" "$SLURM_QUOTA_CONF" > "$SITE/other.conf"
        slurm-quota --config "$SITE/other.conf" user-quota alice 1
        slurm-quota user-quota --config "$SITE/other.conf" bob 1
        [ ! -e "$DB" ]
        run slurm-quota --config="$SITE/other.conf" stats --all
        [[ $output == *alice*bob* ]]
}

@test "output that cannot be written is a failure" {
        slurm-quota user-quota alice 1
        run bash -c 'slurm-quota stats --all > /dev/full'
        [ "$status" -eq 1 ]
        [ "$output" = "slurm-quota: could not write to standard output: No space left on device" ]
        run bash -c 'slurm-quota stats --all >&-'
        [ "$status" -eq 1 ]
        run bash -c 'slurm-quota --help > /dev/full'
        [ "$status" -eq 1 ]
}

@test "a reader who left is a failure without a word" {
        slurm-quota user-quota alice 1
        run bash -c '(sleep 0.3; slurm-quota stats --all; echo "$?" >&2) | true'
        [ "$output" = 1 ]
}

@test "closed descriptors do not end up in the database" {
        run bash -c 'slurm-quota user-quota alice 5 <&- >&- 2>&-'
        [ "$status" -eq 1 ]
        [ "$(sql 'PRAGMA integrity_check')" = ok ]
        [ "$(sql "SELECT budget FROM balance b JOIN subject s ON s.id = b.subject_id
                  WHERE s.name = 'alice' AND resource_id = 1")" = 300 ]
}
