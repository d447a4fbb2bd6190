#!/bin/sh
# Records another kernel's answers: record-in-vm.sh KERNEL_IMAGE MODULES_DIRECTORY STATIC_RECORDER
# MODULES_DIRECTORY is what an unpacked kernel package has as lib/modules/RELEASE. Needs qemu (10 or newer
# for 6.12), a static busybox, cpio and xz; QEMU and BUSYBOX name other programs. Nothing needs root.
set -eu

image=$1 modules=$2 recorder=$3
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for directory in bin modules proc dev tmp out; do mkdir -p "$work/root/$directory"; done
cp "${BUSYBOX:-/bin/busybox}" "$work/root/bin/busybox"
cp "$recorder" "$work/root/bin/record"
for module in inet_diag tcp_diag mptcp_diag unix_diag; do
    find "$modules" -name "$module.ko*" -exec cp {} "$work/root/modules/" \;
done
find "$work/root/modules" -name '*.xz' -exec xz -d {} +

# No modprobe inside: a module is there when it was loaded, and missing before.
cat >"$work/root/init" <<'INIT'
#!/bin/busybox sh
# The shell finds its applets through /proc.
/bin/busybox mount -t proc proc /proc
export PATH=/bin
mount -t devtmpfs dev /dev
exec >/dev/ttyS0 2>&1
ip link set lo up
ip route add 198.51.100.0/24 dev lo
record /out missing-inet-diag
insmod /modules/inet_diag.ko
record /out missing-tcp-diag
for module in tcp mptcp unix; do
    [ -e "/modules/${module}_diag.ko" ] && insmod "/modules/${module}_diag.ko"
done
record /out && echo RECORDED
tar -c -C /out . | base64 >/dev/ttyS1
poweroff -f
INIT
chmod +x "$work/root/init"
(cd "$work/root" && find . | cpio -o -H newc --quiet) >"$work/initrd"

# The second serial port carries the recordings, so that no kernel message can cut into them.
timeout 120 "${QEMU:-qemu-system-x86_64}" ${QEMU_OPTIONS:-} -machine pc -cpu max -accel tcg,thread=multi \
    -m 512 -nodefaults -display none -no-reboot -kernel "$image" -initrd "$work/initrd" \
    -append 'console=ttyS0 panic=-1 oops=panic no_timer_check quiet' \
    -serial "file:$work/console" -serial "file:$work/result" || true
grep -q RECORDED "$work/console" || { cat "$work/console" >&2; exit 1; }
tr -d "\r" <"$work/result" | base64 -d | tar -x -C "$here"
