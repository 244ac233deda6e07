#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# clang-tidy over every C file of ours, with the checks of .clang-tidy.
# Usage: tests/support/clang-tidy.sh [JOBS]
set -eu
if [ "${1:-}" = --files ]; then
	shift
	# shellcheck disable=SC2046
	exec clang-tidy --quiet "$@" -- -std=gnu11 -D_GNU_SOURCE -I server -I tests/unit \
		'-DPKGDATADIR="/usr/share/commonweal"' '-DLIBEXECDIR="/usr/libexec"' '-DTOP_SRCDIR="."' '-DPACKAGE_VERSION="0"' \
		$(pkg-config --cflags gsl libevent libxml-2.0 sqlite3 libsodium jansson zlib libbrotlienc libcmark-gfm poppler-glib cairo gmime-3.0)
fi
cd "$(dirname "$0")/../.."
# The largest first, one at a time: no processor waits for the other at the end.
find server modules tests/attack tests/unit tests/fuzz -name '*.c' -printf '%s %p\n' | sort -rn | cut -d ' ' -f 2 |
	xargs -P "${1:-2}" -n 1 tests/support/clang-tidy.sh --files
