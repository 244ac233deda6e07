#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Measures a build of the server, on loopback and free ports, and prints tables.
# tests/bench/run.sh [--quick]   (COMMONWEAL_BUILD: the build, else build/)
set -eu
cd "$(dirname "$0")/../.."

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "run.sh: please run as root: $*" >&2
		exit 1
	fi
}

missing=
for package in wrk nginx-light; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
if [ "$missing" = ' nginx-light' ] && [ -x /usr/sbin/nginx ]; then
	missing= # another of Debian's nginx packages
fi
if [ -n "$missing" ]; then
	echo "== installing:$missing"
	as_root apt-get -qq update
	# Debian starts nginx on port 80 when it is installed; policy-rc.d cannot be
	# assumed, so that RUNLEVEL tells invoke-rc.d to leave it.
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get -qq install -y --no-install-recommends \
		$missing >/dev/null
fi
build=${COMMONWEAL_BUILD:-build}
make -s -C "$build" bench-programs
exec node tests/bench/run.mjs "$@"
