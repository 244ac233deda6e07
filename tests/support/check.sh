#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# All that ./autogen.sh check runs, over the build in ./build; each part's
# output goes to build/check/PART.log. A part that fails does not stop the
# others. Name parts to run only those: tests/support/check.sh unit http
#
# Two lanes run side by side: tests that wait for a server or a browser leave a
# processor idle for half of their time, and what only computes fills that.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
logs=$top/build/check
mkdir -p "$logs"
rm -f "$logs"/*.result "$logs/lane.over"
lane=
wanted=${*:-unit http browser sanitizers threads valgrind static distcheck package}

# part NAME COMMAND...: runs it, counts the tests that its runners reported.
part() {
	name=$1
	shift
	begun=$(date +%s)
	"$@" >"$logs/$name.log" 2>&1
	status=$?
	good=$(sum "$name" '^# PASS: *\([0-9]*\)$' '^# pass \([0-9]*\)$' 'ℹ pass \([0-9]*\)$')
	bad=$(sum "$name" '^# \(FAIL\|ERROR\): *\([0-9]*\)$' '^# fail \([0-9]*\)$' 'ℹ fail \([0-9]*\)$')
	[ "$status" = 0 ] || [ "$bad" != 0 ] || bad=1
	if [ "$status" = 0 ] && [ "$good" = 0 ]; then
		case $name in
		cppcheck | clang-tidy | build-*) good=1 ;;
		*)
			echo "no test ran" >>"$logs/$name.log"
			bad=1
			;;
		esac
	fi
	# In one piece: the other lane has its own to say.
	{
		printf '== %s ... %s passed, %s failed (%s s)\n' "$name" "$good" "$bad" "$(($(date +%s) - begun))"
		[ "$bad" = 0 ] || {
			grep -E '^(not ok|FAIL|ERROR)|✖|error:|AddressSanitizer|ThreadSanitizer|runtime error' "$logs/$name.log" | head -40
			echo "   ... the end of build/check/$name.log:"
			tail -n 60 "$logs/$name.log"
		}
	} >"$logs/$name.said"
	cat "$logs/$name.said"
	echo "$good $bad" >"$logs/$name.result"
}

# sum NAME PATTERN...: adds up the last group of each pattern in the log.
sum() {
	log=$logs/$1.log
	shift
	for pattern; do
		case $pattern in
		*FAIL*) sed -n "s/$pattern/\\2/p" "$log" ;;
		*) sed -n "s/$pattern/\\1/p" "$log" ;;
		esac
	done | awk '{ n += $1 } END { print n + 0 }'
}

wants() {
	for one; do
		case " $wanted " in *" $one "*) return 0 ;; esac
	done
	return 1
}

in_build() {
	dir=$1
	shift
	(cd "$dir" && "$@")
}

# What the lanes share is made before they begin.
complete() {
	in_build build make -s -j"$jobs" all tests/packages.stamp tests/bench/bench_generate &&
		in_build build make -s -j"$jobs" check TESTS=
}

# A second configuration of the same tree, in build-NAME. At -O1 it takes two
# thirds of the time to compile and none more to run: the checks themselves do.
configured() {
	mkdir -p "build-$1/content" "build-$1/tests" || return 1
	# npm's packages and the theme are those of the first build.
	for made in content/theme-packages content/theme-packages.stamp content/static tests/packages tests/packages.stamp; do
		rm -rf "build-$1/$made" && cp -al "build/$made" "build-$1/$made" || return 1
	done
	(cd "build-$1" && { [ -f Makefile ] || ../configure -q --enable-werror "--with-sanitizer=$2" CFLAGS='-O1 -g1'; } &&
		make -s -j"$jobs" all tests/bench/bench_generate && make -s -j"$jobs" check TESTS=)
}

for_asan() {
	(
		export ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1 UBSAN_OPTIONS=print_stacktrace=1
		"$@"
	)
}

for_tsan() {
	(
		export TSAN_OPTIONS="halt_on_error=1:suppressions=$top/tests/support/tsan.supp"
		"$@"
	)
}

# (readdir is as good as readdir_r, which is on its way out, for a folder of one thread.)
run_cppcheck() {
	cppcheck -q -j"$jobs" --std=c11 --language=c --error-exitcode=1 --inline-suppr \
		--suppress=autoVariables --library=posix --include=tests/support/cppcheck.h \
		--suppress=readdirCalled --enable=warning,performance,portability --suppress=missingIncludeSystem --suppress=checkersReport \
		-I server -I build server modules tests/attack tests/unit tests/fuzz
}

# The lane of what only computes.
compute() {
	if wants sanitizers; then
		part build-asan configured asan address,undefined
	fi
	if wants threads; then
		part build-tsan configured tsan thread
	fi
	if wants sanitizers; then
		part unit-asan for_asan in_build build-asan make -j"$jobs" check
	fi
	if wants threads; then
		part unit-tsan for_tsan in_build build-tsan make -j"$jobs" check
	fi
	if wants valgrind; then
		part valgrind in_build build make -j"$jobs" check \
			LOG_COMPILER='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible'
	fi
	if wants static; then
		part cppcheck run_cppcheck
		part clang-tidy tests/support/clang-tidy.sh "$jobs"
	fi
}

# until_done PART: waits for one of the other lane.
until_done() {
	until [ -e "$logs/$1.result" ] || [ -e "$logs/lane.over" ]; do
		sleep 1
	done
}

end_tree() {
	for child in $(pgrep -P "$1"); do
		end_tree "$child"
	done
	kill "$1" 2>/dev/null
}
trap '[ -z "$lane" ] || end_tree "$lane"; exit 1' INT TERM

if wants unit http browser sanitizers threads valgrind; then
	part build-rest complete
fi
if wants unit; then
	part unit in_build build make -j"$jobs" check
fi
# As nice as can be: tests that measure time are in the other lane.
(
	renice -n 19 -p "$(exec sh -c 'echo $PPID')" >/dev/null
	compute
	: >"$logs/lane.over"
) &
lane=$!
if wants http; then
	part http in_build build make -s check-http
fi
if wants browser; then
	part browser in_build build make -s check-browser
fi
if wants sanitizers; then
	until_done build-asan
	# The two longest are make check-long's.
	part http-asan for_asan in_build build-asan make -s check-http \
		HTTP_TESTS="$(find tests/http -name '*.test.mjs' | sed 's|.*/||; s|\.test\.mjs$||' | grep -vxE 'oai|testssl' | sort | tr '\n' ' ')"
fi
if wants threads; then
	until_done build-tsan
	# Where threads meet: connections, the pools, sessions, the writer.
	part http-tsan for_tsan in_build build-tsan make -s check-http \
		HTTP_TESTS='requests operation isolation identity pages directory smuggling tls proxy slow'
fi
if wants distcheck; then
	part distcheck in_build build make -s -j"$jobs" distcheck
fi
if wants package; then
	part package tests/support/package.sh build
fi
wait "$lane"
lane=
[ -e "$logs/lane.over" ] || echo "0 1" >"$logs/lane.result" # it was ended

echo
cat "$logs"/*.result | awk '{ good += $1; bad += $2 } END {
	printf "%d passed, %d failed\n", good, bad
	exit !(bad == 0 && good != 0)
}'
