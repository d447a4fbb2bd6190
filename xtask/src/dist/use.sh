# Installs /mnt/listenq.deb, uses what it brings, and purges it.

fail() {
    echo "failed: $1"
    cat /mnt/said
    exit 1
}

# try WHAT COMMAND…: says what works, or what did not and what was said.
try() {
    what=$1
    shift
    "$@" >/mnt/said 2>&1 || fail "$what: $*"
    echo "$what"
}

said() {
    grep -q -- "$1" /mnt/said || fail "nothing was said of $1"
}

# What this host's own listenq has kept is no part of the trial.
rm -rf /var/lib/listenq

# Images of containers are often set to leave manual pages and documentation out.
try 'installed' dpkg --path-include='/usr/share/*' --install /mnt/listenq.deb
try 'its files are as packed' dpkg --verify listenq
try 'listenq --version' listenq --version
said '^listenq [0-9]'
[ "$(command -v listenq)" = /usr/bin/listenq ] || fail "listenq is $(command -v listenq)"
try 'listenq' listenq
try 'a full listener of the lab' listenq lab never-accept -- listenq --port 8080
said '^full '
try 'its document' listenq lab never-accept -- listenq --netns self -o json
said '"state":"full"'
try 'what is learnt about the kernel is kept' listenq capabilities --probe
[ -f /var/lib/listenq/behaviours.json ] || fail 'there is no /var/lib/listenq/behaviours.json'
try 'a resize and its undo' listenq lab never-accept -- \
    sh -c 'listenq resize 64 --port 8080 --yes && listenq --port 8080 && listenq undo --yes'
said '/64 '
[ -f /var/lib/listenq/journal ] || fail 'there is no /var/lib/listenq/journal'
try 'a program under run' listenq run --backlog 77 -- listenq lab idle -- true
said ', got 77'

if command -v man >/dev/null; then
    for page in $(dpkg --listfiles listenq | grep '/man1/.*\.gz$'); do
        name=$(basename "$page" .1.gz)
        try "man $name" man "$name"
        said '^NAME'
    done
else
    echo 'skipped: manual pages: man is not on this host'
fi

try 'completion in bash' bash --norc -c '
    . /usr/share/bash-completion/completions/listenq
    COMP_WORDS=(listenq coun) COMP_CWORD=1
    _listenq listenq coun listenq
    printf "%s\n" "${COMPREPLY[@]}"
'
said '^counters$'

try 'purged' dpkg --purge listenq
[ ! -e /var/lib/listenq ] || fail 'there still is /var/lib/listenq'
[ ! -e /usr/bin/listenq ] || fail 'there still is /usr/bin/listenq'
