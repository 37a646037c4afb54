# shellcheck shell=bash disable=SC2034,SC2154
# munge.bash - munged daemons of a test's own, each with its key and its socket

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
