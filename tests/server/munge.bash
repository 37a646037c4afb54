# shellcheck shell=bash disable=SC2034,SC2154
# munge.bash - munged daemons of a test's own, each with its key and its socket, and people
# to ask in the names of

# munge_key FILE
munge_key() {
        head -c 128 /dev/urandom >"$1"
        chown munge "$1"
        chmod 400 "$1"
}

# start_munged NAME KEY: its socket is $SITE/NAME/socket, its pid is MUNGED.
start_munged() {
        install -d -o munge -m 755 "$SITE/$1"
        setpriv --reuid munge --regid munge --clear-groups munged --foreground --num-threads=2 \
                --key-file="$2" --socket="$SITE/$1/socket" --pid-file="$SITE/$1/pid" \
                --seed-file="$SITE/$1/seed" --log-file="$SITE/$1/log" \
                >"$SITE/$1.out" 2>&1 3>&- &
        MUNGED=$!
        BACKGROUND+=("$MUNGED")
        eventually test -S "$SITE/$1/socket"
}

# The daemon of this host: `here`, with $SITE/key.  Skips where there can be none.
with_munge() {
        need_root
        command -v munged >/dev/null || skip "needs munged"
        munge_key "$SITE/key"
        start_munged here "$SITE/key"
}

# people LEVELS: what sacctmgr says from now on.  All are users that every system has: bin is
# in physics, which daemon coordinates; lp is in zoo; LEVELS say who is more.
people() {
        sacctmgr 'case "$*" in
*adminlevel*) printf "'"$1"'\n" ;;
*coord*) printf "physics|daemon\nzoo|\n" ;;
*) printf "bin|physics\ndaemon|physics\nlp|zoo\n" ;;
esac'
}
