#!/bin/sh
# Read the accept queue of a listener from the shell: sh queue.sh PORT
#
# With listenq if it is installed, else with ss (iproute2): in the lines of `ss -l`, Recv-Q is the length and Send-Q
# the limit. Several listeners on one port (addresses, SO_REUSEPORT) give several lines.
set -eu
port=${1:?usage: queue.sh PORT}

if command -v listenq >/dev/null; then
    for field in accept_queue.length accept_queue.limit; do
        listenq --netns self --port "$port" --no-syn --get "$field" | sed "s/^/${field#*.} /"
    done
else
    ss -Hltn "sport = :$port" | awk '{ print "length", $2; print "limit", $3 }'
fi
