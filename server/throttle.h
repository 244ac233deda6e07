/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Slows down guessing: per account name and per address (IPv6: per /64), in
 * memory, bounded. The first few failures are free, then each doubles the time
 * to wait. Names are counted whether or not an account has them. Thread-safe. */
#ifndef COMMONWEAL_THROTTLE_H
#define COMMONWEAL_THROTTLE_H
#include <stddef.h>
#include <stdint.h>

struct throttle;

struct throttle_limits {
	int name_tries, address_tries; /* failures that cost nothing */
	int64_t delay_us, delay_max_us; /* first wait; longest wait, and how long failures are remembered */
	size_t slots;                   /* 0 = 16384 */
};

struct throttle *throttle_create(const struct throttle_limits *limits);
void throttle_destroy(struct throttle *t); /* NULL is fine */
/* May this attempt be made? 0: yes, and it is counted as a failure until
 * throttle_good takes it back (so attempts in parallel gain nothing). Else the
 * seconds to wait; nothing is counted. what: "password", "code", "reset". */
int throttle_try(struct throttle *t, const char *what, const char *name, const char *address,
	int64_t now_us);
/* It succeeded: the name starts afresh, the address gets this attempt back. */
void throttle_good(struct throttle *t, const char *what, const char *name, const char *address);

#endif
