# slurm-quota.bash - completion for slurm-quota(1) and migrate-slurm-quota(8)
#
# Commands, their options and what these take come from the program's own help, names from
# the ledger and from Slurm.  What was asked is kept for a minute in this shell, answered or
# not; nothing is waited for longer than two seconds, and nobody hears of errors.
#
# Needs nothing of the package bash-completion, which loads it when it is there.
#
# Words of others (names in the ledger, in Slurm) are compared and never expanded:
# "compgen -W" would run what is in them.

declare -gA _slurm_quota_kept _slurm_quota_until

# _slurm_quota_keep KEY COMMAND...: REPLY is what COMMAND prints, at most a minute old.
_slurm_quota_keep() {
        local key=$1 until=${_slurm_quota_until[$1]:-0}
        shift
        # SECONDS may have been set back by whoever uses it.
        if ((SECONDS >= until || until > SECONDS + 60)); then
                _slurm_quota_kept[$key]=$("$@" 2>/dev/null </dev/null)
                _slurm_quota_until[$key]=$((SECONDS + 60))
        fi
        REPLY=${_slurm_quota_kept[$key]}
}

_slurm_quota_ask() {
        timeout -k 1 2 "$@"
}

# --- what there is -----------------------------------------------------------------------

# _slurm_quota_help [WORD]...: the help of the command that the words name.
_slurm_quota_help() {
        if [[ $_slurm_quota_only ]]; then
                _slurm_quota_keep "help $program" _slurm_quota_ask "$program" --help
        else
                _slurm_quota_keep "help $program $*" _slurm_quota_ask "$program" help "$@"
        fi
}

# Reads a help text: the arrays `common`, `operators` and `administrators` (whose commands) and
# `commands` (all), `options`, `takes` (by option), `arguments` (by their place), and `sbatch`
# where its options can stand too.
_slurm_quota_read_help() {
        local line part='' option='^  (--[a-z-]+)( ([^ ]+))?(  |$)' word
        common=() operators=() administrators=() options=() arguments=()
        takes=()
        while IFS= read -r line; do
                case $line in
                "Usage: "*)
                        line=${line#*"[OPTION]..."}
                        [[ $line != *"[SBATCH OPTION]..."* ]] || sbatch=yes
                        line=${line/"[SBATCH OPTION]..."/}
                        for word in $line; do
                                word=${word//[\[\].]/}
                                arguments+=("$word")
                        done
                        ;;
                "Commands:") part=common ;;
                "Commands of operators:") part=operators ;;
                "Commands "*) part=administrators ;;
                "Options:") part=options ;;
                "") part= ;;
                "  "*)
                        read -r word _ <<<"$line"
                        case $part in
                        common) common+=("$word") ;;
                        operators) operators+=("$word") ;;
                        administrators) administrators+=("$word") ;;
                        options)
                                [[ $line =~ $option ]] || continue
                                options+=("${BASH_REMATCH[1]}")
                                [[ -z ${BASH_REMATCH[3]} ]] ||
                                        takes[${BASH_REMATCH[1]}]=${BASH_REMATCH[3]}
                                ;;
                        esac
                        ;;
                esac
        done <<<"$1"
        commands=("${common[@]}" "${operators[@]}" "${administrators[@]}")
        [[ ! $sbatch ]] || _slurm_quota_read_sbatch
}

# Adds the options of sbatch, as its help has them: "  -A, --account=name    charge ...".
_slurm_quota_read_sbatch() {
        local line option='^ *((-[A-Za-z]), )?(--[a-z-]+)(=)?' takes_what
        _slurm_quota_keep sbatch _slurm_quota_ask sbatch --help
        while IFS= read -r line; do
                [[ $line =~ $option ]] || continue
                options+=("${BASH_REMATCH[3]}")
                [[ ${BASH_REMATCH[4]} ]] || continue
                takes_what=${BASH_REMATCH[3]#--}
                takes[${BASH_REMATCH[3]}]=${takes_what^^}
                [[ ! ${BASH_REMATCH[2]} ]] || takes[${BASH_REMATCH[2]}]=${takes_what^^}
        done <<<"$REPLY"
}

# In a JSON text, the values of a key that is there once in each object.
_slurm_quota_values() {
        grep -o "\"$1\": *\"[^\"\\\\]*\"" | cut -d '"' -f 4
}

# All at once, so that the longest of them is all that is waited for.
_slurm_quota_list_users() {
        {
                _slurm_quota_ask "$program" stats --all --json | _slurm_quota_values username &
                _slurm_quota_ask sacctmgr -nP list user format=user &
                wait
        } | sort -u | grep . || _slurm_quota_ask getent passwd | cut -d : -f 1
}

_slurm_quota_list_accounts() {
        {
                _slurm_quota_ask "$program" stats --all --json | _slurm_quota_values account &
                _slurm_quota_ask sacctmgr -nP list account format=account &
                wait
        } | sort -u
}

_slurm_quota_list_types() {
        {
                echo default
                _slurm_quota_ask "$program" gpu-factors |
                        sed -n 's/^\([A-Za-z0-9_.-]*\)  *[0-9.]*\( .*\)\{0,1\}$/\1/p' &
                _slurm_quota_ask sacctmgr -nP list tres format=type,name |
                        sed -n 's/^gres|gpu://p' &
                wait
        } | sort -u
}

_slurm_quota_list_partitions() {
        _slurm_quota_ask sinfo --noheader --format=%R
}

_slurm_quota_list_tokens() {
        _slurm_quota_ask "$program" token list --json | grep -o '"id": *[0-9]*' | grep -o '[0-9]*'
}

_slurm_quota_list_kinds() {
        _slurm_quota_ask "$program" history --kind '?' 2>&1 |
                sed -n 's/.*Kinds are \(.*\)\.$/\1/p' | sed 's/, \| and /\n/g'
}

_slurm_quota_admin_level() {
        _slurm_quota_ask sacctmgr -nP list user "$(id -un)" format=adminlevel
}

_slurm_quota_slurm_user() {
        _slurm_quota_ask "$program" config show | sed -n 's/^slurm\.user = \([^ ]*\) .*/\1/p'
}

# Whose commands may be offered besides everybody's.  Those of administrators: to root and
# SlurmUser, and behind sudo, whose own completion hides its word from us.
_slurm_quota_is_administrator() {
        local callers=" ${FUNCNAME[*]} " sudo=' (_sudo|_doas|_comp_cmd_sudo|_comp_cmd_doas) '
        [[ $EUID == 0 || $COMP_LINE =~ ^[[:blank:]]*(sudo|doas)[[:blank:]] ||
                $callers =~ $sudo ]] && return
        _slurm_quota_keep slurm-user _slurm_quota_slurm_user
        [[ $REPLY && $REPLY == "$(id -un)" ]]
}

# Those of operators: to whom slurmdbd knows as one, because the service will.
_slurm_quota_is_operator() {
        _slurm_quota_keep admin-level _slurm_quota_admin_level
        [[ $REPLY == Administrator* || $REPLY == Operator* ]]
}

# --- what is offered -----------------------------------------------------------------------

# _slurm_quota_offer WORD...: those that go on where the cursor is.
_slurm_quota_offer() {
        local word
        for word; do
                [[ $word == "$cur"* ]] && COMPREPLY+=("$prefix$word")
        done
}

# Names that a shell would not take apart, one on each line of REPLY.
_slurm_quota_offer_names() {
        local name
        while IFS= read -r name; do
                [[ $name =~ ^[A-Za-z0-9_][A-Za-z0-9_.@-]*$ ]] && _slurm_quota_offer "$name"
        done <<<"$REPLY"
}

# _slurm_quota_value COMMAND OPTION WHAT: what stands in help for the value.  OPTION is empty
# for an argument.
_slurm_quota_value() {
        local file
        case $1:$2:$3 in
        *:*:USERNAME | *:*:USER | *:--user:* | user-*::NAME)
                _slurm_quota_keep users _slurm_quota_list_users
                _slurm_quota_offer_names
                ;;
        *:*:ACCOUNT | *:--account:* | account-*::NAME)
                _slurm_quota_keep accounts _slurm_quota_list_accounts
                _slurm_quota_offer_names
                ;;
        *:*:TYPE)
                _slurm_quota_keep types _slurm_quota_list_types
                _slurm_quota_offer_names
                ;;
        *:*:PARTITION)
                _slurm_quota_keep partitions _slurm_quota_list_partitions
                _slurm_quota_offer_names
                ;;
        *:*:KIND)
                _slurm_quota_keep kinds _slurm_quota_list_kinds
                _slurm_quota_offer_names
                ;;
        "token revoke"::ID)
                _slurm_quota_keep tokens _slurm_quota_list_tokens
                _slurm_quota_offer_names
                ;;
        *:*:ROLE) _slurm_quota_offer user coordinator operator administrator ;;
        *:*:MINUTES) _slurm_quota_offer -1 ;;
        *:*:WINDOW) _slurm_quota_offer month quarter year total ;;
        *:*:TRES) _slurm_quota_offer cpu gpu mem node billing gres/gpu ;;
        *:*:HOST) _slurm_quota_offer 127.0.0.1 0.0.0.0 ::1 :: ;;
        *:*:PORT) _slurm_quota_offer 9911 ;;
        *:*:FILE | *:*:SCRIPT | *:*:ARGUMENT)
                compopt -o filenames 2>/dev/null
                while IFS= read -r file; do
                        COMPREPLY+=("$prefix$file")
                done < <(compgen -f -- "$cur")
                ;;
        esac
}

_slurm_quota() {
        local cur=${COMP_WORDS[COMP_CWORD]} prefix='' option='' word program REPLY
        local -a commands common operators administrators options arguments path=()
        local -A takes
        local i n=0 asks_help='' sbatch='' _slurm_quota_only=''

        COMPREPLY=()
        program=$(type -P -- "${1/#\~\//$HOME/}") || return 0
        [[ ${program##*/} != migrate-slurm-quota ]] || _slurm_quota_only=yes

        # What stands before the cursor: commands, options, arguments.
        _slurm_quota_help
        _slurm_quota_read_help "$REPLY"
        for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ $sbatch && $n -gt 0 ]]; then
                        n=1 # what stands behind the script is the script's
                elif [[ $word == -[!0-9]* ]]; then
                        [[ ${takes[${word%%=*}]-} && $word != *=* ]] || continue
                        # Bash makes three words of --user=alice.
                        [[ ${COMP_WORDS[i + 1]-} != "=" ]] || ((i++))
                        ((++i < COMP_CWORD)) || option=$word
                elif ((${#commands[@]} == 0)); then
                        ((++n))
                elif [[ $word == help && ! $asks_help && ${#path[@]} == 0 ]]; then
                        asks_help=yes
                elif [[ " ${commands[*]} " == *" $word "* ]]; then
                        path+=("$word")
                        _slurm_quota_help "${path[@]}"
                        _slurm_quota_read_help "$REPLY"
                else
                        return 0
                fi
        done
        if [[ $cur == "=" ]]; then
                cur=
        elif [[ $cur == --*=* ]]; then
                option=${cur%%=*} prefix=${cur%%=*}= cur=${cur#*=}
        fi

        if [[ $option ]]; then
                _slurm_quota_value "${path[*]}" "$option" "${takes[$option]-}"
                return 0
        fi
        if ((${#commands[@]})) && [[ $cur != -* ]]; then
                _slurm_quota_offer "${common[@]}"
                if _slurm_quota_is_administrator; then
                        _slurm_quota_offer "${operators[@]}" "${administrators[@]}"
                elif ((${#operators[@]})) && _slurm_quota_is_operator; then
                        _slurm_quota_offer "${operators[@]}"
                fi
                return 0
        fi
        [[ ! $asks_help ]] || return 0
        [[ $cur == -[!0-9-]* ]] || _slurm_quota_value "${path[*]}" "" "${arguments[n]-}"
        [[ ! $sbatch || $n -eq 0 ]] || return 0
        if [[ $cur == -* || (! $cur && ${#COMPREPLY[@]} == 0) ]]; then
                for word in "${options[@]}"; do
                        [[ " ${COMP_WORDS[*]} " == *" $word "* && $word != "$cur" ]] ||
                                _slurm_quota_offer "$word"
                done
        fi
        return 0
} && complete -F _slurm_quota slurm-quota migrate-slurm-quota
