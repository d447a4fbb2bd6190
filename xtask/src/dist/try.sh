# sh -eu -c SCRIPT try.sh FOLDER PACKAGE USE: makes a copy-on-write view of this host's root in FOLDER, runs the script USE
# in it, and tells what that left behind. In a mount namespace of its own.
folder=$1 package=$2 use=$3

# Nothing but the program: it needs no library and no /proc.
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder/empty" "$folder/upper" "$folder/work" "$folder/root"
dpkg-deb --fsys-tarfile "$package" | tar -x -C "$folder/empty" ./usr/bin/listenq
chroot "$folder/empty" /usr/bin/listenq --version >/dev/null
echo 'runs in an empty root'

mount -t overlay overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"
for place in dev proc sys; do
    mount --rbind "/$place" "$folder/root/$place"
done
# What the trial itself needs is on a file system of its own, so that it is not taken for a leftover.
mount -t tmpfs -o mode=755 tmpfs "$folder/root/mnt"
mkdir "$folder/root/mnt/host"
cp "$package" "$folder/root/mnt/listenq.deb"

# A root that is only a chroot may not make user namespaces (kernel/user_namespace.c:create_user_ns), a pivoted one may.
unshare --mount sh -eu -c '
    cd "$1"
    pivot_root . mnt/host
    exec chroot . sh -eu -c "cd / && umount -l /mnt/host && $2"
' enter "$folder/root" "$use"

# The upper layer has everything that was written. What is there and was not there before is left behind; a character
# device is a whiteout, which means removed (Documentation/filesystems/overlayfs.rst).
left=$(cd "$folder/upper" && find . -mindepth 1 | sed 's/^\.//' | while read -r path; do
    case $path in
    # The own notes of dpkg and man-db.
    /var/lib/dpkg/lock* | /var/lib/dpkg/*-old | /var/lib/dpkg/triggers/* | /var/log/dpkg.log | /var/cache/man/*) continue ;;
    # What listenq has kept on this host itself; in the copy it was removed.
    /var/lib/listenq | /var/lib/listenq/*) continue ;;
    esac
    if [ -c "$folder/upper$path" ]; then
        echo "removed: $path"
    elif [ ! -e "$path" ] && [ ! -L "$path" ]; then
        echo "left: $path"
    fi
done)
if [ -n "$left" ]; then
    echo "the package was purged, but:"
    echo "$left"
    exit 1
fi
echo 'purged, nothing is left'
