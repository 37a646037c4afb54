load helper

changes=("user-quota alice 5" "account-quota hpc 5" "user-gpu-quota alice 5"
         "account-gpu-quota hpc 5" "set-default-quotas --user-cpu 5" "set-gpu-factor h100 0.5")

@test "ordinary users change nothing" {
        need_root
        slurm-quota user-quota alice 1
        for command in "${changes[@]}"; do
                unchanged 1 as nobody slurm-quota $command
                # And nobody else is there to ask.
                [[ ${stderr_lines[0]} == "slurm-quota: only root and slurm may run ${command%% *}; and "* ]]
        done
}

@test "ordinary users do not create anything either" {
        need_root
        chmod 777 "$SITE"
        for command in "${changes[@]}"; do
                unchanged 1 as nobody slurm-quota $command
        done
        unchanged 1 as nobody slurm-quota stats
        unchanged 1 as nobody slurm-quota verify
        # On a login node "unlimited" would be wrong.
        unchanged 1 as nobody slurm-quota default-quotas
        [[ ${stderr_lines[0]} == "slurm-quota: no default quotas yet: there is no database at "* ]]
        [[ ${stderr_lines[1]} == *SLURM_QUOTA_URL* ]]
        unchanged 1 as nobody slurm-quota gpu-factors
        [ "$(ls "$SITE")" = slurm-quota.conf ]
}

@test "usage comes before the rights; so do the values, where a service may give the rights" {
        need_root
        unchanged 2 as nobody slurm-quota user-quota alice
        unchanged 2 as nobody slurm-quota user-quota alice -2
        unchanged 2 as nobody slurm-quota charge x
        unchanged 1 as nobody slurm-quota charge
}

@test "it is the real uid that counts" {
        need_root
        unchanged 1 setpriv --ruid nobody slurm-quota user-quota alice 5
}

@test "SlurmUser may do what root may" {
        need_root
        chown slurm "$SITE"
        for command in "${changes[@]}"; do
                run as slurm slurm-quota $command
                [ "$status" -eq 0 ]
        done
}

@test "a file of one's own gives rights to one's own files only" {
        need_root
        slurm-quota user-quota alice 1
        mkdir -m 755 "$SITE/own"
        chown nobody "$SITE/own"
        sed 's/^user = .*/user = nobody/' "$SLURM_QUOTA_CONF" > "$SITE/own.conf"
        unchanged 1 as nobody slurm-quota --config "$SITE/own.conf" user-quota alice 5
}

@test "entries name who did it, and who became root by sudo" {
        need_root
        [ "$(cat /proc/self/loginuid)" = 4294967295 ] || skip "there is a login session"
        slurm-quota user-quota alice 1
        SUDO_USER=carol slurm-quota user-quota alice 2
        SUDO_USER=root slurm-quota user-quota alice 3
        SUDO_USER=$'carol)\nroot' slurm-quota user-quota alice 4
        as slurm slurm-quota user-quota alice 5
        run sql "SELECT actor FROM entry WHERE kind = 'budget' ORDER BY id"
        [ "$output" = "root
root (sudo carol)
root
root
slurm" ]
}
