#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Builds the Debian package from the release tarball, looks it over, and lives
# through its life: install, start, import, upgrade, remove, purge. All of it
# over a copy of this machine's file system that is thrown away (overlay in a
# mount namespace), so that nothing here changes; that needs root. Without it
# the package is built and looked over only.
#   tests/support/package.sh BUILD-FOLDER
set -u
# Mounts of a namespace of its own go with it, whatever happens.
if [ "$(id -u)" = 0 ] && [ "${COMMONWEAL_UNSHARED:-}" != yes ] && unshare --mount true 2>/dev/null; then
	COMMONWEAL_UNSHARED=yes exec unshare --mount --propagation private "$0" "$@"
fi
build=$(cd "${1:-build}" && pwd) || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/commonweal-package-XXXXXX") || exit 1
server=
pid=
boot=
support=$(cd "$(dirname "$0")" && pwd) || exit 1
good=0
bad=0

finish() {
	[ -z "$server" ] || kill "$pid" 2>/dev/null
	shut_down
	umount -l "$work/over/root/proc" "$work/over/root/dev" "$work/over/root" "$work/over" 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' INT TERM

# check WORDS... -- COMMAND...: one test.
check() {
	what=
	while [ "$1" != -- ]; do
		what="$what $1"
		shift
	done
	shift
	if "$@" >"$work/out" 2>&1; then
		good=$((good + 1))
		echo "ok -$what"
	else
		bad=$((bad + 1))
		echo "not ok -$what"
		sed 's/^/    /' "$work/out" | tail -n 30
	fi
}

end() {
	echo "# PASS: $good"
	echo "# FAIL: $bad"
	[ "$bad" = 0 ]
	exit
}

build_package() {
	(cd "$build" && make -s dist) &&
		tar -xf "$build"/commonweal-*.tar.gz -C "$work" &&
		cd "$work"/commonweal-*/ &&
		npm_config_cache=$(npm config get cache) DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" \
			dpkg-buildpackage -b -us -uc
}

# What building needs is said in two places.
needs_all() {
	for package in $(awk '$1 == "run" && $2 ~ /-dev$/ { print $2 }' "$work"/commonweal-*/tests/support/debian-packages.txt); do
		grep -qE "^ $package([ ,]|\$)" "$work"/commonweal-*/debian/control || {
			echo "not in debian/control: $package"
			return 1
		}
	done
}

has_files() {
	dpkg-deb -c "$deb" >"$work/list" || return 1
	for file in usr/bin/commonweald usr/bin/commonweal etc/commonweal/commonweal.conf \
		lib/systemd/system/commonweal.service usr/share/commonweal/static/manifest.txt \
		usr/share/commonweal/templates/site.xhtml usr/share/commonweal/schemas/openapi.json \
		usr/libexec/commonweal-extract usr/share/commonweal/indicators/indicators.xml \
		usr/share/commonweal/schemas/dictionary/indicators.rng \
		usr/share/commonweal/thesaurus/thesaurus.txt usr/share/commonweal/sample/national/space.xml \
		usr/share/doc/commonweal/administrator.md; do
		grep -q " \./$file\$" "$work/list" || {
			echo "missing: $file"
			return 1
		}
	done
}

# Position independent, full RELRO, no executable stack, stack protector, fortified.
is_hardened() {
	dpkg-deb -x "$deb" "$work/files" &&
		readelf -hldW "$work/files/usr/bin/commonweald" >"$work/elf" &&
		grep -q 'DYN' "$work/elf" && grep -q 'GNU_RELRO' "$work/elf" && grep -q 'BIND_NOW' "$work/elf" &&
		! grep -q 'GNU_STACK.*RWE' "$work/elf" &&
		readelf --dyn-syms -W "$work/files/usr/bin/commonweald" >"$work/symbols" &&
		grep -q '__stack_chk_fail' "$work/symbols" && grep -q '_chk@' "$work/symbols"
}

unit_is_tight() {
	systemd-analyze security --offline=true --threshold=20 --no-pager \
		"$work/files/lib/systemd/system/commonweal.service"
}

# ---- in the copy ----

copy() {
	mkdir "$work/over" && mount -t tmpfs commonweal "$work/over" &&
		mkdir "$work/over/changes" "$work/over/work" "$work/over/root" &&
		mount -t overlay -o "lowerdir=/,upperdir=$work/over/changes,workdir=$work/over/work" commonweal \
			"$work/over/root" &&
		mount -t proc proc "$work/over/root/proc" && mount --rbind /dev "$work/over/root/dev" &&
		mkdir -p "$work/over/root/package" && cp "$work"/*.deb "$work/over/root/package/" &&
		rm -rf "$work/over/root/etc/commonweal" "$work/over/root/var/lib/commonweal"
}

inside() {
	env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive \
		chroot "$work/over/root" "$@"
}

as_service() {
	inside setpriv --reuid=commonweal --regid=commonweal --init-groups "$@"
}

mode() {
	[ "$(inside stat -c '%U:%G %a' "$1")" = "$2" ] || {
		inside stat -c '%n %U:%G %a' "$1"
		return 1
	}
}

# start COMMAND...: the server with the shipped configuration, on a free port.
start() {
	"$@" /usr/bin/commonweald --config=/etc/commonweal/commonweal.conf --listen=127.0.0.1:0 \
		>"$work/said" 2>"$work/log" &
	server=$!
	tries=0
	until grep -q '^ready' "$work/said"; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] && kill -0 "$server" 2>/dev/null && sleep 0.1 || {
			cat "$work/log"
			return 1
		}
	done
	base=$(sed -n 's/^ready //p' "$work/said")
	pid=$(service)
}

# $server is a shell that waits for it; the process itself is the one of this
# name whose root is the copy.
service() {
	for process in $(pgrep -x commonweald); do
		[ "$(readlink "/proc/$process/root")" != "$work/over/root" ] || echo "$process"
	done
}

stop() {
	kill "$pid" && wait "$server"
	status=$?
	server=
	[ "$status" = 0 ]
}

# answers PATH STATUS WORDS
answers() {
	status=$(curl -s -o "$work/answer" -w '%{http_code}' "$base$1")
	[ "$status" = "$2" ] && grep -q "$3" "$work/answer" || {
		echo "$1: $status"
		head -c 600 "$work/answer"
		return 1
	}
}

style_is_served() {
	answers / 200 'National Network' &&
		answers "$(grep -o '/assets/css/site\.[0-9a-f]*\.css' "$work/answer" | head -n 1)" 200 'usa-'
}

runs_confined() {
	uid=$(inside id -u commonweal)
	grep -q "^Uid:	$uid	$uid	$uid	$uid\$" "/proc/$pid/status" &&
		grep -q '^NoNewPrivs:	1$' "/proc/$pid/status" || return 1
	if grep -q 'seccomp=yes' "$work/log"; then
		grep -q '^Seccomp:	2$' "/proc/$pid/status"
	else
		echo "# NOT CHECKED: seccomp (this kernel has none)"
	fi
}

# The same package with a higher version: an upgrade as dpkg sees it.
upgrade() {
	dpkg-deb -R "$deb" "$work/next" &&
		sed -i 's/^Version: .*/Version: 99.0/' "$work/next/DEBIAN/control" &&
		dpkg-deb -b "$work/next" "$work/over/root/package/next.deb" &&
		inside dpkg -i /package/next.deb &&
		[ "$(inside dpkg-query -W -f '${Version}' commonweal)" = 99.0 ]
}

# systemd itself over the copy; --kill-child ends it with its parent.
boot() {
	[ -x "$work/over/root/lib/systemd/systemd" ] || {
		echo "there is no systemd"
		return 1
	}
	mkdir "$work/cgroup" && mount -t cgroup2 cgroup2 "$work/cgroup" &&
		mkdir "$work/cgroup/commonweal-$$" || return 1
	umount "$work/over/root/proc" && umount -l "$work/over/root/dev" || return 1
	# shellcheck disable=SC2016
	sh -c 'echo $$ >"$1/cgroup.procs" && exec unshare --mount --pid --fork --kill-child --net --cgroup --ipc \
		--uts "$2" "$3"' sh "$work/cgroup/commonweal-$$" "$support/boot.sh" "$work/over/root" \
		>"$work/boot.log" 2>&1 &
	boot=$!
	tries=0
	until booted systemctl is-system-running --wait; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] && kill -0 "$boot" 2>/dev/null || {
			cat "$work/boot.log"
			return 1
		}
		sleep 0.3
	done >/dev/null 2>&1
}

# A command in the namespaces of that systemd.
booted() {
	init=$(pgrep -P "$boot") && nsenter -t "$init" -m -p -n -C -i -u -r -w env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

shut_down() {
	[ -z "$boot" ] || kill -KILL "$boot" 2>/dev/null
	boot=
	[ ! -d "$work/cgroup/commonweal-$$" ] || {
		sleep 1
		find "$work/cgroup/commonweal-$$" -depth -type d -exec rmdir {} +
		umount "$work/cgroup"
	}
}

is_active() {
	tries=0
	until booted systemctl is-active commonweal; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || {
			booted journalctl --no-pager -u commonweal | tail -n 20
			return 1
		}
		sleep 0.3
	done
}

is_well() {
	[ "$(booted curl -s "http://127.0.0.1:$1/healthz")" = ok ]
}

# Within the unit's own filters there is still room for the server's.
both_confine() {
	booted journalctl --no-pager -u commonweal >"$work/journal"
	grep -q "$(grep -o 'sandbox.on .*' "$work/log")" "$work/journal" &&
		booted systemctl show -p MainPID --value commonweal >"$work/main" &&
		booted cat "/proc/$(cat "$work/main")/status" >"$work/status" &&
		grep -q '^CapBnd:	0000000000000000$' "$work/status" && grep -q '^NoNewPrivs:	1$' "$work/status" || {
		cat "$work/journal" "$work/status"
		return 1
	}
}

starts_again() {
	before=$(booted systemctl show -p MainPID --value commonweal)
	booted kill -SEGV "$before"
	tries=0
	until after=$(booted systemctl show -p MainPID --value commonweal) && [ "$after" != 0 ] &&
		[ "$after" != "$before" ]; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || break
		sleep 0.3
	done
	echo "$before $after"
	[ "$after" != 0 ] && [ "$after" != "$before" ] && is_active
}

# As administrator.md says.
low_port() {
	mkdir -p "$work/over/root/etc/systemd/system/commonweal.service.d"
	sed -n '/^    \[Service\]/,/capset/s/^    //p' "$work"/commonweal-*/docs/administrator.md \
		>"$work/over/root/etc/systemd/system/commonweal.service.d/ports.conf"
	grep -q '^AmbientCapabilities=CAP_NET_BIND_SERVICE' \
		"$work/over/root/etc/systemd/system/commonweal.service.d/ports.conf" &&
		sed -i 's/^listen = .*/listen = 127.0.0.1:80/' "$work/over/root/etc/commonweal/commonweal.conf" &&
		booted systemctl daemon-reload && booted systemctl restart commonweal && is_active && is_well 80 &&
		booted systemctl show -p MainPID --value commonweal >"$work/main" &&
		booted grep -q '^CapEff:	0000000000000000$' "/proc/$(cat "$work/main")/status"
}

ends_well() {
	booted systemctl stop commonweal && booted systemctl show -p Result,ExecMainStatus commonweal >"$work/result" &&
		grep -q '^Result=success' "$work/result" && grep -q '^ExecMainStatus=0' "$work/result"
}

absent() {
	for file; do
		[ ! -e "$work/over/root$file" ] || {
			echo "still there: $file"
			return 1
		}
	done
}

present() {
	for file; do
		[ -e "$work/over/root$file" ] || {
			echo "gone: $file"
			return 1
		}
	done
}

check the package is built from the release tarball -- build_package
deb=$(ls "$work"/commonweal_*.deb 2>/dev/null)
[ -n "$deb" ] || end
check its build dependencies are complete -- needs_all
check it holds what it should -- has_files
check lintian finds nothing -- lintian --fail-on error,warning,info,pedantic --allow-root "$deb"
check the server is built hardened -- is_hardened
if command -v systemd-analyze >/dev/null 2>&1; then
	check the unit is tight: exposure below 2.0 -- unit_is_tight
else
	echo "# NOT CHECKED: the unit (there is no systemd-analyze)"
fi

if ! copy >"$work/out" 2>&1; then
	echo "# NOT CHECKED: installing it (no copy of the file system could be mounted: $(tail -n 1 "$work/out"))"
	end
fi
config='--config=/etc/commonweal/commonweal.conf'
check it installs -- inside dpkg -i "/package/${deb##*/}"
check the state is the service\'s alone -- mode /var/lib/commonweal 'commonweal:commonweal 700'
check the configuration is root\'s, and read by the service -- mode /etc/commonweal/commonweal.conf 'root:commonweal 640'
if command -v systemd-analyze >/dev/null 2>&1; then
	check systemd takes the unit -- inside systemd-analyze verify --man=no commonweal.service
fi
check it starts as its user -- start as_service
check it is well, but empty -- answers /healthz 503 'no content'
check the sample content is imported while it runs -- as_service commonweal $config import /usr/share/commonweal/sample
check then it is well -- answers /healthz 200 ok
check pages and their style are served -- style_is_served
check it is confined -- runs_confined
check it stops in order -- stop
echo '# a change of the administrator' >>"$work/over/root/etc/commonweal/commonweal.conf"
check it is installed over itself -- inside dpkg -i "/package/${deb##*/}"
check it is upgraded -- upgrade
check the upgrade keeps the configuration -- inside grep -q 'a change of the administrator' /etc/commonweal/commonweal.conf
check started as root, it becomes the user of run-as -- start inside env COMMONWEAL_RUN_AS=commonweal
check the upgrade keeps the content -- answers /strategies 200 '/strategies/group-violence'
check it is confined there too -- runs_confined
check it stops in order again -- stop
if boot >"$work/out" 2>&1; then
	check systemd starts it -- is_active
	check it is well under systemd -- is_well 8080
	check the unit and the server both confine it -- both_confine
	check it is reloaded -- booted systemctl reload commonweal
	check it lives on -- is_active
	check it is started again after a crash -- starts_again
	check the documented drop-in opens a low port -- low_port
	check it stops in order under systemd -- ends_well
else
	echo "# NOT CHECKED: the unit under systemd ($(tail -n 1 "$work/out"))"
fi
shut_down
mount -t proc proc "$work/over/root/proc"
mount --rbind /dev "$work/over/root/dev"
check it is removed -- inside dpkg -r commonweal
check removing takes the programs -- absent /usr/bin/commonweald /usr/share/commonweal /lib/systemd/system/commonweal.service
check removing keeps data and configuration -- present /var/lib/commonweal/commonweal.db /etc/commonweal/commonweal.conf
check it is purged -- inside dpkg -P commonweal
check purging takes data and configuration -- absent /var/lib/commonweal /etc/commonweal /var/log/commonweal
end
