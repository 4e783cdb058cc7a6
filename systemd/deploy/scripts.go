package main

// The scripts that run on the kiosk, in POSIX sh. KEEP_ROOT is for tests, as in the keeper.

// identifyScript runs first, as the login user: it prints who that is, and what the kiosk is.
const identifyScript = `
echo "uid=$(id -u)"
if command -v dpkg > /dev/null; then echo "arch=$(dpkg --print-architecture)"; fi
if [ "$(id -u)" != 0 ]; then
	if ! command -v sudo > /dev/null; then echo sudo=none; elif sudo -n true 2> /dev/null; then echo sudo=yes; else echo sudo=password; fi
fi
`

// stateScript prints the kiosk's state. outcome is there only after the job with this id has ended.
const stateScript = `
R=${KEEP_ROOT:-} id=%[1]s
marks=$R/var/lib/kiosk-keep
say() { printf '%%s=%%s\n' "$1" "$(printf %%s "$2" | tr '\n' ' ')"; }
current=$(readlink "$R/usr/lib/kiosk/current" 2> /dev/null)
[ ! -x "$R/usr/lib/kiosk/current/kiosk" ] || say current "${current#versions/}"
say try "$(systemctl is-active kiosk-try.service 2> /dev/null)"
say active "$(systemctl is-active kiosk.service 2> /dev/null)"
say holder "$(systemctl show --property=Description --value kiosk-try.service 2> /dev/null)"
say boot "$(cat "$R/proc/sys/kernel/random/boot_id")"
for m in trial result deb; do say "$m" "$(cat "$marks/$m" 2> /dev/null)"; done
say outcome "$(cat "$R/run/kiosk-deploy/outcome-$id" 2> /dev/null)"
say package "$(dpkg-query -W -f '${db:Status-Status} ${Version}' kiosk 2> /dev/null)"
mkdir -p "$R/usr/lib" && say free "$(df -Pk "$R/usr/lib" | awk 'NR == 2 { print $4 }')"
if cmp -s "$R/etc/kiosk/kiosk.toml" "$R/usr/share/kiosk/kiosk.toml"; then say bare yes; fi
if [ -f "$R/etc/systemd/system/kiosk.service" ]; then say hand yes; fi
`

// receiveScript writes the package to disk and prints its SHA-256. It deletes the halves that broken connections have left
// for two hours.
const receiveScript = `R=${KEEP_ROOT:-}; umask 077; d=$R/var/lib/kiosk-keep; mkdir -p -m 755 "$d" && ` +
	`find "$d" -name "incoming-*" -mmin +120 -delete && cat > "$d/incoming-%[1]s" && sha256sum < "$d/incoming-%[1]s"`

// startScript saves the job and gives it to systemd: from here on the connection may break. The unit's fixed name lets
// only one deploy run at a time.
const startScript = `
R=${KEEP_ROOT:-}
mkdir -p -m 700 "$R/run/kiosk-deploy" && cat > "$R/run/kiosk-deploy/job-%[1]s" << 'END' || exit
%[2]s
END
systemd-run --quiet --collect --unit=kiosk-try --description='deploy %[1]s' --property=RuntimeMaxSec=2400 \
	/bin/sh "$R/run/kiosk-deploy/job-%[1]s"
`

// jobScript is one deploy. Its outcome is one line: same, accepted, installed, bare, or failed and why. The keeper tries
// the new version before dpkg takes the package: a bad version is gone again before dpkg has heard of it.
const jobScript = `R=${KEEP_ROOT:-} id=%[1]s sum=%[2]s version=%[3]s
keep=$R/usr/lib/kiosk/keep marks=$R/var/lib/kiosk-keep run=$R/run/kiosk-deploy
deb=$marks/incoming-$id
export DEBIAN_FRONTEND=noninteractive KIOSK_SWITCH=no
trap 'rm -f "$deb"' EXIT

outcome() { echo "$*" | tr '\n' ' ' > "$run/.$id" && mv -f "$run/.$id" "$run/outcome-$id"; exit; }
why() { tail -n 4 "$run/said-$id" | sed 's/^keep: //' | tr '\n' ' ' | cut -c 1-600; }
current() { readlink "$R/usr/lib/kiosk/current" | sed 's,^versions/,,'; }

# The package, as dpkg knows it. A config that is there stays. Another hand on dpkg is waited for.
put() {
	for turn in 1 2 3 4 5 6 7 8 9 10 11 12; do
		: > "$run/said-$id"
		if command -v apt-get > /dev/null && apt-get install -q -y --no-install-recommends --reinstall --allow-downgrades \
			-o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold \
			"$deb" > "$run/said-$id" 2>&1 < /dev/null; then return 0; fi
		dpkg --force-confdef --force-confold -i "$deb" >> "$run/said-$id" 2>&1 < /dev/null && return 0
		if grep -q 'dpkg --configure -a' "$run/said-$id"; then
			dpkg --force-confdef --force-confold --configure -a > /dev/null 2>&1 < /dev/null
		elif ! grep -q 'lock' "$run/said-$id"; then
			return 1
		fi
		sleep 5
	done
	return 1
}
record() { echo "$sum $(current)" > "$marks/.deb" && sync "$marks/.deb" && mv -f "$marks/.deb" "$marks/deb"; }
known() { [ "$(dpkg-query -W -f '${db:Status-Status} ${Version}' kiosk 2> /dev/null)" = "installed $version" ]; }

if [ ! -x "$keep" ] || [ ! -x "$R/usr/lib/kiosk/current/kiosk" ]; then
	put || outcome "failed cannot install: $(why)"
	record
	if cmp -s "$R/etc/kiosk/kiosk.toml" "$R/usr/share/kiosk/kiosk.toml"; then outcome "bare $(current)"; fi
	"$R/usr/lib/kiosk/current/kiosk" health -wait 90s -hold 20s > "$run/said-$id" 2>&1 && outcome "installed $(current)"
	outcome "failed $(current) is installed and does not sell: $(grep '^fail' "$run/said-$id" | tr -s ' \n' ' ' | grep . || why)"
fi
name=$("$keep" stage "$deb" 2> "$run/said-$id") || outcome "failed $(why)"
word=accepted
if [ "$name" = "$(current)" ]; then
	word=same
else
	"$keep" try "$name" 2> "$run/said-$id"
	tried=$?
	cat "$run/said-$id" >&2
	[ $tried = 0 ] || case $(cat "$marks/result") in
	"back $name:"* | "failed $name:"* | "stays $name:"*) outcome "failed $(cat "$marks/result")" ;;
	*) outcome "failed $(why)" ;;
	esac
fi
warned=
[ "$word" = same ] || warned=$(sed -n 's/^accepted [^;]*; //p' "$marks/result")
known && [ "$word" = same ] && [ "$(cut -d ' ' -f 1 "$marks/deb" 2> /dev/null)" = "$sum" ] || put || outcome "failed $name sells, but dpkg could not take its package, deploy again: $(why)"
record
outcome "$word $name $warned"
`
