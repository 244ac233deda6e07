/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A fuzz target: one function that takes any bytes and must come back. A
 * broken promise of the code under test aborts. libFuzzer calls it, or
 * replay.c with the files of corpus/<fuzz_target>/. */
#ifndef COMMONWEAL_FUZZ_H
#define COMMONWEAL_FUZZ_H
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

extern const char *const fuzz_target;
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROMISE(x) \
	do { \
		if (!(x)) { \
			fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #x); \
			abort(); \
		} \
	} while (0)

#endif
