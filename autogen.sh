#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# ./autogen.sh        makes configure
# ./autogen.sh run    installs what is missing, builds, imports the sample
#                     content and serves it at http://127.0.0.1:8080
# ./autogen.sh check  installs what is missing, builds, and runs all tests
set -eu
cd "$(dirname "$0")"
top=$PWD
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
updated=

say() {
	printf '%s\n' "== $*"
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "autogen.sh: please run as root: $*" >&2
		exit 1
	fi
}

# Packages of the kinds named ("run", "check"), and node from Debian if there is none.
install_packages() {
	missing=
	for package in $(grep "^$1 " tests/support/debian-packages.txt | awk '{ print $2 }'); do
		dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
	done
	command -v node >/dev/null 2>&1 || missing="$missing nodejs"
	command -v npm >/dev/null 2>&1 || missing="$missing npm"
	[ -n "$missing" ] || return 0
	say "installing:$missing"
	[ -n "$updated" ] || as_root apt-get -qq update
	updated=yes
	# shellcheck disable=SC2086
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

build() {
	[ -x configure ] || autoreconf -i >/dev/null
	mkdir -p build
	cd build
	[ -f Makefile ] || ../configure -q "$@"
	say "building"
	make -s -j"$jobs"
	cd ..
}

case "${1:-}" in
'')
	autoreconf -i
	echo "Next: ./configure && make, or: ./autogen.sh run"
	;;
run)
	install_packages 'run'
	build
	COMMONWEAL_TEMPLATES=$top/content/templates
	COMMONWEAL_STATIC=$top/build/content/static
	COMMONWEAL_EXTRACT_PROGRAM=$top/build/commonweal-extract
	COMMONWEAL_SCHEMAS=$top/schemas
	COMMONWEAL_THESAURUS=$top/content/thesaurus/thesaurus.txt
	COMMONWEAL_INDICATORS=$top/content/indicators/indicators.xml
	COMMONWEAL_DATA=${COMMONWEAL_DATA:-$top/build/demo.db}
	export COMMONWEAL_INDICATORS COMMONWEAL_TEMPLATES COMMONWEAL_STATIC COMMONWEAL_EXTRACT_PROGRAM COMMONWEAL_SCHEMAS COMMONWEAL_THESAURUS COMMONWEAL_DATA
	if [ "$(id -u)" = 0 ]; then # a trial in a container; the server refuses root otherwise
		COMMONWEAL_RUN_AS=${COMMONWEAL_RUN_AS:-root}
		export COMMONWEAL_RUN_AS
	fi
	say "importing the sample content"
	build/commonweal import --keep content/sample
	say "adding people to sign in as"
	build/commonweal demo
	say "importing figures, real ones by year and invented ones by month"
	for figures in content/figures/*.csv; do
		build/commonweal figures "$figures"
	done
	build/commonweal figures content/figures/public/ucr-1975-2015.csv public "Marshall Project, from the FBI's UCR"
	say "serving; Ctrl-C stops"
	shift
	exec build/commonweald "$@"
	;;
check)
	install_packages 'run'
	install_packages 'check' & # building does without them
	installing=$!
	build --enable-werror
	wait "$installing"
	exec tests/support/check.sh
	;;
*)
	echo "usage: ./autogen.sh [run [--option=value ...] | check]" >&2
	exit 2
	;;
esac
