/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the server, its broker and commonweal-extract say to each other. All of
 * one machine and one build, so numbers are as they lie. */
#ifndef COMMONWEAL_EXTRACT_WIRE_H
#define COMMONWEAL_EXTRACT_WIRE_H
#include <stdint.h>

/* Server to broker, with three descriptors: the file, where the answer goes, and
 * where the outcome goes. */
struct wire_task {
	char mode[8];      /* "look": type and size of a picture; "read": everything */
	char type[128];    /* of the content, for "read" */
	uint64_t memory;   /* bytes */
	uint32_t time_ms, pages;
};

/* Broker to server, when the program has ended. */
struct wire_outcome {
	int32_t timed_out, status; /* as waitpid gives it */
};

/* The program's answer: a row of these, each followed by its bytes. */
struct wire_part {
	uint8_t tag;
	uint8_t unused[3];
	uint32_t number, length;
};
enum {
	WIRE_TYPE = 't',    /* bytes: media type */
	WIRE_SIZE = 's',    /* bytes: two uint32_t, width and height */
	WIRE_PAGES = 'p',   /* number */
	WIRE_TEXT = 'x',    /* number: page, from 1; bytes: UTF-8 */
	WIRE_PICTURE = 'i', /* bytes: PNG */
	WIRE_PROBLEM = 'e', /* bytes: a sentence for people */
	WIRE_END = 'z'      /* it is whole */
};

#endif
