#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# What takes longer than ./autogen.sh check: each fuzzer with ASan and UBSan, and
# a soak of the server under ASan; and every coalition of two against two years of
# releases. Called by make check-long. May be set: FUZZ_SECONDS for each target
# (600), SOAK_MINUTES (20), DISCLOSURE_WORLDS (20 made-up networks).
set -eu
cd "$(dirname "$0")/../.."
top=$PWD
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)

mkdir -p build-fuzz build-asan
(cd build-fuzz && { [ -f Makefile ] || ../configure -q CC=clang --enable-fuzzing --with-sanitizer=address,undefined; } &&
	make -s -j"$jobs" && make -s fuzz FUZZ_SECONDS="${FUZZ_SECONDS:-600}")
(cd build-asan && { [ -f Makefile ] || ../configure -q --enable-werror --with-sanitizer=address,undefined; } &&
	make -s -j"$jobs" && make -s check-http HTTP_TESTS='oai testssl')
mkdir -p build-long
(cd build-long && { [ -f Makefile ] || ../configure -q --enable-werror; } && make -s -j"$jobs" tests/unit/test_disclosure_long &&
	tests/unit/test_disclosure_long)
COMMONWEAL_BUILD=$top/build-asan node tests/support/soak.mjs "${SOAK_MINUTES:-20}"
