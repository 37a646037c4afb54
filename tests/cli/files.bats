load helper

assert_files() {
        local group
        group=$(id -g slurm)
        [ "$(stat -c '%U:%g %a' "$SITE/state")" = "slurm:$group $1" ]
        [ "$(stat -c '%U:%g %a' "$DB")" = "slurm:$group $2" ]
        [ "$(stat -c '%U:%g %a' "$SPOOL")" = "slurm:$group 2770" ]
        for file in "$DB"-*; do
                [ ! -e "$file" ] || [ "$(stat -c '%U:%g %a' "$file")" = "slurm:$group $2" ]
        done
}

@test "root can be the first to run, whatever the umask" {
        need_root
        umask 077
        slurm-quota user-quota alice 5
        umask 022
        assert_files 2770 640
        as slurm slurm-quota user-quota alice 6
        slurm-quota user-quota alice 7
        assert_files 2770 640
}

@test "SlurmUser can be the first to run" {
        need_root
        chown slurm "$SITE"
        as slurm bash -c 'umask 077; slurm-quota user-quota alice 5'
        assert_files 2770 640
        slurm-quota user-quota alice 6
        as slurm slurm-quota user-quota alice 7
        assert_files 2770 640
}

@test "SlurmUser who cannot make the directory is told what root has to do" {
        need_root
        unchanged 1 as slurm slurm-quota user-quota alice 5
        [[ ${stderr_lines[1]} == *"install -d -o slurm"* ]]
}

@test "a directory that root left behind is put right" {
        need_root
        mkdir -m 755 "$SITE/state"
        slurm-quota user-quota alice 5
        assert_files 2770 640
        as slurm slurm-quota user-quota alice 6
}

@test "a directory with other things in it is left alone" {
        need_root
        mkdir -m 755 "$SITE/state"
        touch "$SITE/state/slurm.conf"
        run slurm-quota user-quota alice 5
        [ "$status" -eq 1 ]
        [[ $output == *'user "slurm" cannot write in directory'* ]]
        [ "$(stat -c '%U %a' "$SITE/state")" = "root 755" ]
}

@test "a link instead of the directory is refused" {
        mkdir "$SITE/elsewhere"
        ln -s elsewhere "$SITE/state"
        run slurm-quota user-quota alice 5
        [ "$status" -eq 2 ]
        [[ $output == *"symbolic link"* ]]
        [ -z "$(ls "$SITE/elsewhere")" ]
}

@test "an owner that does not exist is an error" {
        need_root
        sed -i 's/^user = .*/user = nosuchuser/' "$SLURM_QUOTA_CONF"
        unchanged 2 slurm-quota user-quota alice 5
        [[ ${stderr_lines[1]} == *SlurmUser* ]]
}

@test "the group may read, others not" {
        need_root
        slurm-quota user-quota alice 5
        run --separate-stderr as nobody slurm-quota stats alice
        [ "$status" -eq 1 ]
        [[ ${stderr_lines[1]} == *"readable_by = everyone"* ]]
        run setpriv --reuid nobody --regid "$(id -g slurm)" --clear-groups slurm-quota stats alice
        [ "$status" -eq 0 ]
        [[ $output == *alice* ]]
}

@test "everyone may read when the site says so, from the next change on" {
        need_root
        slurm-quota user-quota alice 5
        sed -i '/^path/a readable_by = everyone' "$SLURM_QUOTA_CONF"
        run as nobody slurm-quota stats alice
        [ "$status" -eq 1 ]
        [[ $output == *"next change"* ]]
        slurm-quota user-quota alice 6
        assert_files 2775 644
        for command in "stats alice" gpu-factors default-quotas verify; do
                run as nobody slurm-quota $command
                [ "$status" -eq 0 ]
        done
        sed -i '/^readable_by/d' "$SLURM_QUOTA_CONF"
        slurm-quota user-quota alice 7
        assert_files 2770 640
}

@test "a database that is none is an error that leaves it alone" {
        slurm-quota user-quota alice 5
        rm -f "$DB"-*
        printf 'this is not a database, whatever its name says.%.0s' $(seq 100) > "$DB"
        sum=$(cksum < "$DB")
        for command in "stats --all" "user-quota alice 6" verify gpu-factors; do
                run slurm-quota $command
                [ "$status" -eq 1 ]
                [[ ${lines[0]} == "slurm-quota: "*slurm-quota.db* ]]
        done
        [ "$(cksum < "$DB")" = "$sum" ]
}
