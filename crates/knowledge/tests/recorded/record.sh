#!/bin/sh
# Records which names `nstat -az` and which sentences `netstat -s` have for TCP counters, on the running kernel:
#   nstat.txt    one name per line (Tcp*, TcpExt*, MPTcpExt*)
#   netstat.txt  Group.Name, a tab, the sentence that net-tools prints for it, with its number left out
# A sentence is found by showing netstat a /proc/net of our own in which only that counter is not 0.
# Needs iproute2, net-tools, and root or a user namespace: unshare -Urm ./record.sh
set -eu
cd "$(dirname "$0")"
if [ -z "${LISTENQ_RECORDING:-}" ]; then
    LISTENQ_RECORDING=1 exec unshare -m "$0"
fi

{
    echo "# nstat -az: $(nstat --version 2>&1 | head -n 1), Linux $(uname -r)"
    nstat -azs | awk '$1 ~ /^(Tcp|TcpExt|MPTcpExt)[A-Z]/ || $1 ~ /^TcpExtTcp/ { print $1 }' | LC_ALL=C sort -u
} >nstat.txt

# Every word in the program that could be the name of a counter, also of kernels before this one; and the names of this
# kernel, since the linker keeps a word that ends another one only once.
netstat=$(command -v netstat)
words=$(
    {
        strings -n 2 "$netstat" | grep -xE '[A-Z][A-Za-z0-9]{1,40}'
        sed -nE 's/^(TcpExt|Tcp): ([A-Za-z].*)/\2/p' /proc/net/snmp /proc/net/netstat | tr ' ' '\n'
    } | LC_ALL=C sort -u
)
version=$(netstat --version | head -n 1)

fake=$(mktemp -d)
trap 'rm -rf "$fake"' EXIT
mkdir "$fake/net" "$fake/none"
sentence_of() { # group, name
    case $1 in
        Tcp) printf 'Tcp: %s\nTcp: 7\n' "$2" >"$fake/net/snmp"; printf 'TcpExt: None\nTcpExt: 0\n' >"$fake/net/netstat" ;;
        *) printf 'Tcp: None\nTcp: 0\n' >"$fake/net/snmp"; printf '%s: %s\n%s: 7\n' "$1" "$2" "$1" >"$fake/net/netstat" ;;
    esac
    unshare -m sh -c 'mount --bind "$1" /proc && exec netstat -s --tcp' sh "$fake" 2>/dev/null |
        grep -w 7 | sed -e 's/\<7\>//' -e 's/  */ /g' -e 's/^ *//' -e 's/ *$//'
}
{
    echo "# netstat -s: $version"
    for group in Tcp TcpExt; do
        for name in $words; do
            sentence=$(sentence_of "$group" "$name")
            case $sentence in
                "" | "$name:" | "$name: ") ;;
                *) printf '%s.%s\t%s\n' "$group" "$name" "$sentence" ;;
            esac
        done
    done
} >netstat.txt
