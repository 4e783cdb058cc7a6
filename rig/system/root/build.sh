#!/usr/bin/env bash
# Makes the disk of the systemd rig in CACHE_DIR: root.ext4, Debian's bookworm for arm64 with systemd and sshd and no kiosk,
# and system.cpio.gz, the first file system that leads to it.
#   build.sh CACHE_DIR
# rig/kernel/build.sh has been there before: kernel, modules and device tree are its own.
set -euo pipefail
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
[ $# = 1 ] || { echo "usage: build.sh CACHE_DIR" >&2 && exit 2; }
cache=$(cd "$1" && pwd)
work=$cache/system
log=$work/build.log
mkdir -p "$work"

suite=bookworm
packages=systemd,systemd-sysv,dbus,openssh-server,kmod,udev,iproute2,busybox-static,adduser
size=1G # its file is sparse
# In an order that satisfies what they depend on.
modules="autofs4 softdog"
sources=(build.sh init agent.service sshd.conf trigger.conf hold)
tools=(mmdebstrap:mmdebstrap arch-test:arch-test qemu-aarch64-static:qemu-user-static mke2fs:e2fsprogs cpio:cpio
	ssh:openssh-client qemu-img:qemu-utils)

die() { echo "rig: $*" >&2 && exit 1; }

step() { # WORDS -- COMMAND...: one line with its seconds; the command's own words go to the log
	local words=() begun=$EPOCHREALTIME code
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	printf 'rig: %s ... ' "${words[*]}"
	set +e # not in a condition: there, bash would go on after a failed line inside of the function
	(set -e && "$@") >>"$log" 2>&1
	code=$?
	set -e
	if [ $code != 0 ]; then
		echo failed
		die "$(tail -n 1 "$log") (all of it: $log)"
	fi
	printf '%s s\n' "$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')"
}

missing_tools() {
	local t
	for t in "${tools[@]}"; do
		command -v "${t%%:*}" >/dev/null || printf '%s ' "${t##*:}"
	done
	[ -f /usr/share/keyrings/debian-archive-keyring.gpg ] || printf 'debian-archive-keyring '
}

install_tools() {
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	apt-get install -y --no-install-recommends $missing ||
		{ apt-get update && apt-get install -y --no-install-recommends $missing; }
}

# The host runs arm64 programs through qemu-user while the root is made.
emulate() {
	local binfmt=/proc/sys/fs/binfmt_misc
	[ -e $binfmt/register ] || mount -t binfmt_misc binfmt_misc $binfmt
	[ -e $binfmt/qemu-aarch64 ] || cat /usr/lib/binfmt.d/qemu-aarch64.conf >$binfmt/register
	arch-test arm64
}

bootstrap() {
	rm -rf "$work/root"
	mmdebstrap --architectures=arm64 --variant=minbase --include=$packages \
		--dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
		--dpkgopt='path-exclude=/usr/share/man/*' \
		$suite "$work/root"
	chroot "$work/root" dpkg-query -W >"$work/packages"
}

# furnish makes the root one of the rig: who logs in, the hand, and nothing that works by itself at night.
furnish() {
	local root=$work/root
	install -m 644 "$here/agent.service" "$root/etc/systemd/system/rig-agent.service"
	install -m 644 "$here/sshd.conf" "$root/etc/ssh/sshd_config.d/rig.conf"
	mkdir -p "$root/etc/systemd/system/multi-user.target.wants" "$root/var/log/journal"
	ln -sf ../rig-agent.service "$root/etc/systemd/system/multi-user.target.wants/rig-agent.service"
	local unit tool
	install -D -m 755 "$here/hold" "$root/usr/local/lib/rig-hold"
	for tool in mv systemctl apt-get dpkg; do ln -sf ../lib/rig-hold "$root/usr/local/bin/$tool"; done
	# Nothing of this has to do with a kiosk, and every process costs a tenth of a second here.
	for unit in apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer e2scrub_reap.service fstrim.timer \
		getty@tty1.service serial-getty@ttyAMA0.service systemd-networkd.service systemd-resolved.service \
		systemd-logind.service systemd-pstore.service systemd-update-utmp.service systemd-update-utmp-runlevel.service \
		modprobe@{configfs,dm_mod,drm,efi_pstore,fuse,loop}.service dev-hugepages.mount dev-mqueue.mount sys-kernel-debug.mount \
		sys-fs-fuse-connections.mount proc-sys-fs-binfmt_misc.automount; do
		ln -sf /dev/null "$root/etc/systemd/system/$unit"
	done
	mkdir -p "$root"/etc/systemd/{system-generators,system.conf.d}
	for unit in "$root"/usr/lib/systemd/system-generators/*; do
		ln -sf /dev/null "$root/etc/systemd/system-generators/${unit##*/}"
	done
	# The package asks for 10 s; here, where every instruction is emulated, a daemon-reload alone may take as long.
	printf '[Manager]\nRuntimeWatchdogSec=60s\n' >"$root/etc/systemd/system.conf.d/rig.conf"
	mkdir -p "$root/etc/systemd/system/systemd-udev-trigger.service.d"
	install -m 644 "$here/trigger.conf" "$root/etc/systemd/system/systemd-udev-trigger.service.d/rig.conf"
	echo kiosk >"$root/etc/hostname"
	printf '127.0.0.1 localhost kiosk\n10.0.2.2 host\n' >"$root/etc/hosts"
	: >"$root/etc/fstab" # the root is mounted already, to be written
	printf '0123456789abcdef0123456789abcdef\n' >"$root/etc/machine-id" # a first boot presets units, which takes long here
	rm -f "$root"/var/cache/apt/*.bin "$root"/var/lib/apt/lists/*_*
}

image() {
	rm -f "$work/root.ext4.new"
	mke2fs -q -t ext4 -L root -d "$work/root" -r 1 -N 60000 "$work/root.ext4.new" $size
	mv "$work/root.ext4.new" "$work/root.ext4"
}

initramfs() {
	local base=$work/base abi m from
	abi=$(cat "$cache/work/abi")
	rm -rf "$base" && mkdir -p "$base/lib/modules"
	install -m 755 "$here/init" "$base/init"
	mkdir -p "$work/modules"
	dpkg-deb --fsys-tarfile "$cache"/work/debs/linux-image-* >"$work/linux.tar"
	for m in $modules; do
		from=$(tar -tf "$work/linux.tar" | grep "/$m\.ko$") || { echo "Debian's kernel $abi has no module $m" && return 1; }
		tar -xOf "$work/linux.tar" "$from" >"$base/lib/modules/$m.ko"
		echo "$m" >>"$base/lib/modules/board.list"
	done
	rm "$work/linux.tar"
	# Behind the base, at a multiple of four, it replaces the other rig's init.
	{ cat "$cache/base.cpio.gz"
		cd "$base" && find . -exec touch -h -d @0 {} + && find . | sort | cpio -o -H newc --quiet --reproducible -R 0:0 | gzip -n -6
	} >"$work/system.cpio.gz.new"
	truncate -s %512 "$work/system.cpio.gz.new"
	mv "$work/system.cpio.gz.new" "$work/system.cpio.gz"
}

stamp_now() {
	cat "$cache/stamp"
	echo "$suite $packages $size $modules"
	(cd "$here" && sha256sum "${sources[@]}")
}

missing=$(missing_tools)
if [ -n "$missing" ]; then
	[ "$(id -u)" = 0 ] || die "tools are missing, install them with: sudo apt-get install $missing"
	: >"$log"
	step install "$missing" -- install_tools
fi
exec 9>"$work/lock" # two runs at once: the second waits and then finds all done
flock 9
if [ -f "$work/root.ext4" ] && [ -f "$work/system.cpio.gz" ] && [ -f "$work/stamp" ] && [ "$(stamp_now)" = "$(cat "$work/stamp")" ]; then
	echo "rig: a Debian root is ready in $1/system"
	exit
fi
[ "$(id -u)" = 0 ] || die "the root is made by root, its files being root's: run sudo $0 $1 once"
: >"$log"
if [ ! -f "$work/packages" ] || [ "$(cat "$work/made" 2>/dev/null)" != "$suite $packages" ]; then
	step let this machine run arm64 programs -- emulate
	step "bootstrap Debian $suite for arm64" -- bootstrap
	echo "$suite $packages" >"$work/made"
fi
step furnish the root -- furnish
step "make its disk, root.ext4" -- image
step make the initramfs -- initramfs
stamp_now >"$work/stamp.new" && mv "$work/stamp.new" "$work/stamp"
