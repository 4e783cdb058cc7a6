#!/usr/bin/env bash
# Makes the kernel half of the rig in CACHE_DIR: vmlinuz, base.cpio.gz, rig.dtb.
#   build.sh [-selftest] CACHE_DIR
# Downloads come from this machine's own apt sources, through lists kept in the cache: the host learns no
# new architecture. `rm -r CACHE_DIR/work` fetches Debian's newest kernel at the next run.
set -euo pipefail
export LC_ALL=C

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
selftest=
if [ "${1:-}" = -selftest ]; then selftest=1 && shift; fi
[ $# = 1 ] || { echo "usage: build.sh [-selftest] CACHE_DIR" >&2 && exit 2; }
mkdir -p "$1"
cache=$(cd "$1" && pwd)
work=$cache/work
root=$work/root
log=$cache/build.log

sources=(build.sh Kbuild kiosk_spi.c gpio-sim.patch init mdev.conf rig.dtsi)
machine=(-M virt -cpu cortex-a53 -smp 2 -m 512)
# A command or a file, and the package it is in. The ROM is QEMU's for its own network card, and only recommended by it.
tools=(qemu-system-aarch64:qemu-system-arm /usr/lib/ipxe/qemu/efi-virtio.rom:ipxe-qemu dtc:device-tree-compiler cpio:cpio make:make patch:patch xz:xz-utils
	aarch64-linux-gnu-gcc:gcc-aarch64-linux-gnu mkfs.ext4:e2fsprogs)
# Modules by list, each list in an order that satisfies what they depend on.
declare -A modules=(
	[virtio]="virtio_pci_modern_dev virtio_pci_legacy_dev virtio_pci virtio_blk virtio_console failover net_failover virtio_net"
	[disk]="crc32c_generic crc16 mbcache jbd2 ext4"
	[usb]="usb-common usbcore xhci-hcd xhci-pci usbserial ftdi_sio"
	[pins]="configfs gpio-sim kiosk-spi"
)
ours="gpio-sim kiosk-spi"

die() { echo "rig: $*" >&2 && exit 1; }

# step WORDS -- COMMAND...: one line with its seconds; the command's own words go to the log.
step() {
	local words=() begun=$EPOCHREALTIME
	while [ "$1" != -- ]; do words+=("$1") && shift; done
	shift
	printf 'rig: %s ... ' "${words[*]}"
	# Not in a condition: there, bash would go on after a failed line inside of the function.
	set +e
	(set -e && "$@") >>"$log" 2>&1
	local code=$?
	set -e
	if [ $code != 0 ]; then
		echo failed
		die "$(tail -n 1 "$log") (all of it: $log)"
	fi
	printf '%s s\n' "$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.1f", b - a }')"
}

# say fails a step with one line: what it wants done is the last line of the log.
say() { echo "$*" && return 1; }

stamp_now() {
	[ ! -f "$work/versions" ] || cat "$work/versions"
	qemu-system-aarch64 --version | head -n 1
	echo "${machine[*]}"
	(cd "$here" && sha256sum "${sources[@]}")
}

missing_tools() {
	local t
	for t in "${tools[@]}"; do
		PATH=$PATH:/usr/sbin:/sbin command -v "${t%%:*}" >/dev/null || [ -e "${t%%:*}" ] || printf '%s ' "${t##*:}"
	done
}

install_tools() {
	export DEBIAN_FRONTEND=noninteractive
	# shellcheck disable=SC2086
	apt-get install -y --no-install-recommends $missing ||
		{ apt-get update && apt-get install -y --no-install-recommends $missing; } ||
		say "could not install: apt-get install $missing"
}

# A package list of our own, for arm64 beside the host's architecture.
apt_private() {
	mkdir -p "$work"/apt/{state/lists/partial,cache/archives/partial} "$work/debs"
	: >"$work/apt/status"
	cat >"$work/apt.conf" <<-EOF
		APT::Architecture "arm64";
		APT::Architectures { "arm64"; "$(dpkg --print-architecture)"; };
		APT::Sandbox::User "";
		Acquire::Languages "none";
		Dir::State "$work/apt/state";
		Dir::State::status "$work/apt/status";
		Dir::Cache "$work/apt/cache";
	EOF
	export APT_CONFIG=$work/apt.conf
}

update_lists() {
	apt_private
	apt-get -q update || echo "some sources did not answer"
	apt-cache show linux-image-arm64 >/dev/null ||
		say "no linux-image-arm64 in the apt sources: check the network and that Debian bookworm main is among them"
}

choose_kernel() {
	apt_private
	apt-cache depends linux-image-arm64 | sed -n 's/.*Depends: linux-image-\(6\.1\.[^ ]*-arm64\)$/\1/p' >"$work/abi"
	[ -s "$work/abi" ] || say "linux-image-arm64 is not 6.1: the apt sources need Debian bookworm (12)"
}

# fetch PACKAGE...: into debs, each only once.
fetch() {
	apt_private
	cd "$work/debs"
	apt-get -q download "$@" || say "download of $* did not end well: check the network and run again"
}

unpack() {
	local abi=$1 deb=$work/debs list m
	rm -rf "$root" && mkdir -p "$root"
	for m in "$deb"/linux-headers-* "$deb"/linux-kbuild-*; do dpkg -x "$m" "$root"; done
	dpkg-deb --fsys-tarfile "$deb"/busybox-static_* | tar -x -C "$root" --wildcards './bin/busybox'
	list=()
	for m in ${modules[*]}; do
		[[ " $ours " = *" $m "* ]] || list+=("./lib/modules/$abi/*/$m.ko")
	done
	dpkg-deb --fsys-tarfile "$deb"/linux-image-* | tar -x -C "$root" --wildcards "./boot/vmlinuz-$abi" "${list[@]}"
}

# Four files of 1.4 GB: tar stops at the last of them.
unpack_source() {
	rm -rf "$work/source" && mkdir -p "$work/source"
	dpkg-deb --fsys-tarfile "$work"/debs/linux-source-6.1_* | tar -xO ./usr/src/linux-source-6.1.tar.xz | xz -dc -T0 |
		{ tar -x -C "$work/source" --strip-components=1 --occurrence=1 \
			linux-source-6.1/drivers/gpio/{gpio-sim.c,gpiolib.h,gpiolib-of.h} linux-source-6.1/kernel/irq/irq_sim.c
		cat >/dev/null; }
	rm "$work"/debs/linux-source-6.1_*
}

compile() {
	local abi=$1 build=$work/modules
	rm -rf "$build" && mkdir -p "$build"
	cp "$work"/source/drivers/gpio/gpiolib{,-of}.h "$work/source/kernel/irq/irq_sim.c" "$here"/{Kbuild,kiosk_spi.c} "$build"
	cp "$work/source/drivers/gpio/gpio-sim.c" "$build/gpio_sim.c"
	patch -d "$build" -p1 <"$here/gpio-sim.patch"
	# Debian's headers name their place by an absolute path.
	echo "include $root/usr/src/linux-headers-${abi%-arm64}-common/Makefile" >"$root/usr/src/linux-headers-$abi/Makefile"
	make -C "$root/usr/src/linux-headers-$abi" M="$build" ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- modules
	aarch64-linux-gnu-strip --strip-debug "$build"/*.ko
}

initramfs() {
	local abi=$1 base=$work/base list m from
	rm -rf "$base" && mkdir -p "$base"/{bin,dev,etc,lib/modules}
	cp "$root/bin/busybox" "$base/bin"
	install -m 755 "$here/init" "$base/init"
	cp "$here/mdev.conf" "$base/etc"
	printf '%s:x:%s:\n' root 0 tty 5 dialout 20 video 44 input 105 gpio 997 i2c 998 spi 999 kiosk 990 >"$base/etc/group"
	printf '%s\n' root:x:0:0:root:/root:/bin/sh kiosk:x:990:990:kiosk:/var/lib/kiosk:/bin/false >"$base/etc/passwd"
	printf '127.0.0.1 localhost kiosk\n10.0.2.2 host\n' >"$base/etc/hosts"
	printf 'nameserver 10.0.2.3\n' >"$base/etc/resolv.conf"
	for list in "${!modules[@]}"; do
		for m in ${modules[$list]}; do
			from=$work/modules/$m.ko
			[ -f "$from" ] || from=$(find "$root/lib/modules/$abi" -name "$m.ko")
			[ -n "$from" ] || say "Debian's kernel $abi has no module $m"
			cp "$from" "$base/lib/modules/"
			echo "$m" >>"$base/lib/modules/$list.list"
		done
	done
	(cd "$base" && find . -exec touch -h -d @0 {} + && find . | sort | cpio -o -H newc --quiet --reproducible -R 0:0) |
		gzip -n -6 >"$cache/base.cpio.gz.new"
	# A second archive that is put behind this one must begin at a multiple of four.
	truncate -s %512 "$cache/base.cpio.gz.new"
	mv "$cache/base.cpio.gz.new" "$cache/base.cpio.gz"
	cp "$root/boot/vmlinuz-$abi" "$cache/vmlinuz.new" && mv "$cache/vmlinuz.new" "$cache/vmlinuz"
}

device_tree() {
	local names='"ID_SDA", "ID_SCL"' n
	for n in {2..53}; do names+=", \"GPIO$n\""; done
	qemu-system-aarch64 "${machine[@]}" -display none -nic none -M dumpdtb="$work/virt.dtb"
	dtc -q -I dtb -O dts -o "$work/virt.dts" "$work/virt.dtb"
	{ cat "$work/virt.dts" && sed "s/LINE_NAMES/$names/" "$here/rig.dtsi"; } >"$work/rig.dts"
	dtc -q -I dts -O dtb -o "$cache/rig.dtb.new" "$work/rig.dts"
	mv "$cache/rig.dtb.new" "$cache/rig.dtb"
}

build() {
	local abi
	: >"$log"
	mkdir -p "$work"
	if [ ! -f "$work/versions" ]; then
		rm -rf "$work"/{debs,root,source}
		step read the package lists -- update_lists
		step choose the kernel -- choose_kernel
		abi=$(cat "$work/abi")
		step fetch "linux-image-$abi", its headers and busybox -- fetch "linux-image-$abi" "linux-headers-$abi" \
			"linux-headers-${abi%-arm64}-common" "linux-kbuild-6.1:$(dpkg --print-architecture)" busybox-static
		step fetch linux-source-6.1 -- fetch linux-source-6.1
		step unpack the kernel -- unpack "$abi"
		step unpack gpio-sim from the source -- unpack_source
		(cd "$work/debs" && ls) >"$work/versions.new" && mv "$work/versions.new" "$work/versions"
	fi
	abi=$(cat "$work/abi")
	step compile gpio-sim and kiosk-spi -- compile "$abi"
	step make the initramfs -- initramfs "$abi"
	step make the device tree -- device_tree
	stamp_now >"$cache/stamp.new" && mv "$cache/stamp.new" "$cache/stamp"
}

missing=$(missing_tools)
missing=${missing% }
if [ -n "$missing" ]; then
	[ "$(id -u)" = 0 ] || die "tools are missing, install them with: sudo apt-get install $missing"
	: >"$log"
	step install "$missing" -- install_tools
fi
# Two runs at once: the second waits and then finds all done.
exec 9>"$cache/lock"
flock 9
if [ -f "$cache/stamp" ] && [ -f "$cache/vmlinuz" ] && [ -f "$cache/base.cpio.gz" ] && [ -f "$cache/rig.dtb" ] &&
	[ "$(stamp_now)" = "$(cat "$cache/stamp")" ]; then
	echo "rig: kernel $(cat "$work/abi") is ready in $1"
else
	build
fi

selftest() {
	local dir
	command -v go >/dev/null || die "go is missing, and the self-test is a Go program: see go.mod for the version"
	dir=$(mktemp -d)
	trap 'rm -rf "'"$dir"'"' EXIT
	: >"$log"
	step compile the self-test -- compile_probe "$dir"
	"$dir/probe" "$cache" "$dir"
}

compile_probe() {
	cd "$here"
	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$1/agent" ./probe
	go build -o "$1/probe" ./probe
	{ cat "$cache/base.cpio.gz" && cd "$1" && echo agent | cpio -o -H newc --quiet; } >"$1/initrd"
	truncate -s 64M "$1/disk.raw"
	PATH=$PATH:/usr/sbin:/sbin mkfs.ext4 -q -L kiosk "$1/disk.raw"
}

[ -z "$selftest" ] || selftest
