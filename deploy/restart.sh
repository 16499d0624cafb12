#!/bin/sh
# A new version without an interruption: one replica after the other, each only when the one before it answers.
# Browsers of a replica that stops come back by themselves, through the proxy on another one, with the settings of their link.
#
#     deploy/restart.sh 8901 8902
#
# RESTART says how one is restarted (its port is added), systemctl by default.
set -eu
RESTART=${RESTART:-systemctl restart simulator@}
PATIENCE=${PATIENCE:-60}

[ "$#" -gt 0 ] || { echo "usage: $0 PORT ..." >&2; exit 2; }

healthy() {
    python3 -c 'import sys, urllib.request; urllib.request.urlopen(sys.argv[1], timeout=2)' \
        "http://127.0.0.1:$1/healthz" >/dev/null 2>&1
}

for port in "$@"; do
    $RESTART"$port"
    waited=0
    until healthy "$port"; do
        waited=$((waited + 1))
        [ "$waited" -le "$PATIENCE" ] || { echo "port $port does not answer; the others were left alone" >&2; exit 1; }
        sleep 1
    done
    echo "port $port answers"
done
