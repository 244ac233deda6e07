#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# All that ./autogen.sh check runs, over the build in ./build; each part's
# output goes to build/check/PART.log. A part that fails does not stop the
# others. Name parts to run only those: tests/support/check.sh unit http
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$PWD
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
logs=$top/build/check
mkdir -p "$logs"
passed=0
failed=0
wanted=${*:-unit http browser sanitizers threads valgrind static distcheck package}

# part NAME COMMAND...: runs it, counts the tests that its runners reported.
part() {
	name=$1
	shift
	begun=$(date +%s)
	printf '== %s ... ' "$name"
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
	passed=$((passed + good))
	failed=$((failed + bad))
	printf '%s passed, %s failed (%s s)\n' "$good" "$bad" "$(($(date +%s) - begun))"
	[ "$bad" = 0 ] || {
		grep -E '^(not ok|FAIL|ERROR)|✖|error:|AddressSanitizer|ThreadSanitizer|runtime error' "$logs/$name.log" | head -40
		echo "   ... the end of build/check/$name.log:"
		tail -n 60 "$logs/$name.log"
	}
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
	case " $wanted " in *" $1 "*) return 0 ;; esac
	return 1
}

# A second configuration of the same tree, in build-NAME.
configured() {
	(mkdir -p "build-$1" && cd "build-$1" && { [ -f Makefile ] || ../configure -q --enable-werror "--with-sanitizer=$2"; } &&
		make -s -j"$jobs" && make -s -j"$jobs" check TESTS=)
}

in_build() {
	dir=$1
	shift
	(cd "$dir" && "$@")
}

if wants unit; then
	part unit in_build build make -j"$jobs" check
fi
if wants http; then
	part http in_build build make -s check-http
fi
if wants browser; then
	part browser in_build build make -s check-browser
fi
if wants sanitizers; then
	ASAN_OPTIONS=detect_stack_use_after_return=1:strict_string_checks=1
	UBSAN_OPTIONS=print_stacktrace=1
	export ASAN_OPTIONS UBSAN_OPTIONS
	part build-asan configured asan address,undefined
	part unit-asan in_build build-asan make -j"$jobs" check
	# The two longest are make check-long's.
	part http-asan in_build build-asan make -s check-http \
		HTTP_TESTS="$(find tests/http -name '*.test.mjs' | sed 's|.*/||; s|\.test\.mjs$||' | grep -vxE 'oai|testssl' | sort | tr '\n' ' ')"
	unset ASAN_OPTIONS UBSAN_OPTIONS
fi
if wants threads; then
	TSAN_OPTIONS=halt_on_error=1:suppressions=$top/tests/support/tsan.supp
	export TSAN_OPTIONS
	part build-tsan configured tsan thread
	part unit-tsan in_build build-tsan make -j"$jobs" check
	# Where threads meet: connections, the pools, sessions, the writer.
	part http-tsan in_build build-tsan make -s check-http \
		HTTP_TESTS='requests operation isolation identity pages directory smuggling tls proxy slow'
	unset TSAN_OPTIONS
fi
if wants valgrind; then
	part valgrind in_build build make -j"$jobs" check \
		LOG_COMPILER='valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect,possible'
fi
if wants static; then
	part cppcheck cppcheck -q -j"$jobs" --std=c11 --language=c --error-exitcode=1 --inline-suppr \
		--suppress=autoVariables --library=posix \
		'-DTAILQ_FOREACH(var, head, field)=for (;;)' '-Djson_array_foreach(array, index, value)=for (index = 0; index < 9; index++)' \
		'-Djson_object_foreach(object, key, value)=for (;;)' \
		--enable=warning,performance,portability --suppress=missingIncludeSystem --suppress=checkersReport \
		-I server -I build server modules tests/attack tests/unit tests/fuzz
	part clang-tidy tests/support/clang-tidy.sh "$jobs"
fi
if wants distcheck; then
	part distcheck in_build build make -s -j"$jobs" distcheck
fi
if wants package; then
	part package tests/support/package.sh build
fi

echo
echo "$passed passed, $failed failed"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
