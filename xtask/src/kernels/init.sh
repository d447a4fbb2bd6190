#!/bin/busybox sh
# The first process of the machine: loads modules, runs the jobs, tells their results on the second serial port.
# The shell finds its applets through /proc.
/bin/busybox mount -t proc proc /proc
export PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp LC_ALL=C.UTF-8 LISTENQ_PRINT_ANSWERS=1
# Made-up input has nothing to do with the kernel, and emulation is slow.
export PROPTEST_CASES=8
# A resize under load takes a fifth of a second here. There is no compiler.
export LISTENQ_TEST_RESIZES=50 LISTENQ_TEST_PROGRAMS=/listenq/programs
mount -t devtmpfs dev /dev
# The port of the results stays open: at its last close what is still on its way is lost.
exec </dev/null >/dev/ttyS0 2>&1 3>/dev/ttyS1
mkdir -p /dev/pts /dev/shm
mount -t devpts -o mode=620,ptmxmode=666 devpts /dev/pts
mount -t tmpfs -o mode=1777 tmpfs /dev/shm
# Not a mount: what we run may be below it outside.
chmod 1777 /tmp
mount -t tmpfs -o mode=755 tmpfs /run
mount -t sysfs sysfs /sys
mount -t cgroup2 cgroup2 /sys/fs/cgroup
# The freezer of version 1 can be mounted beside version 2, which has its own in every group.
mkdir -p /run/freezer
mount -t cgroup -o freezer freezer /run/freezer
hostname matrix
ip link set lo up
ulimit -n 20000

release=$(uname -r)
modules=/listenq/modules/$release
uptime() { cut -d ' ' -f 1 /proc/uptime; }
say() { printf '%s\n' "$*" >&3; }

# load PATTERN [BUT_PATTERN]: modules that are not loaded yet, in their order.
# shellcheck disable=SC2254
load() {
    while read -r module; do
        case $module in ${2:-none}) continue ;; esac
        case $module in $1) grep -q "^${module%.ko} " /proc/modules || insmod "$modules/$module" ;; esac
    done <"$modules/order"
}

# job LABEL USER SECONDS FOLDER COMMAND…
job() {
    label=$1 user=$2 seconds=$3 folder=$4
    shift 4
    say "#begin $label $user $(uptime)"
    if [ "$user" = root ]; then
        # The ordinary user has a run of its own; this one need not start it.
        set -- env LISTENQ_REQUIRE_ROOT=1 LISTENQ_LAB_TEST_AS_NOBODY=1 "$@"
    else
        # By its path: this shell has an applet of that name.
        set -- /bin/setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
    fi
    (cd "$folder" && exec timeout -s KILL "$seconds" "$@") >/run/out 2>/run/err </dev/null 3>&-
    code=$?
    sed 's/^/o /' /run/out >&3
    # What a program writes last may lack its newline.
    [ -z "$(tail -c 1 /run/out)" ] || say
    sed 's/^/e /' /run/err >&3
    [ -z "$(tail -c 1 /run/err)" ] || say
    say "#end $code $(uptime)"
}

say "#up $release $(uptime)"
. /listenq/jobs.sh
if grep -qw listenq.shell /proc/cmdline; then
    load '*'
    echo "listenq and the tests are where they are outside; 'poweroff -f' ends this."
    setsid sh -c 'exec sh -i </dev/ttyS0 >/dev/ttyS0 2>&1'
else
    load '*' '*_diag.ko'
    without_diag
    load inet_diag.ko
    without_tcp_diag
    load '*'
    with_all
    say "#done $(uptime)"
    # Whoever reads this ends the machine; to power off at once would cut the line.
    sleep 10
fi
poweroff -f
