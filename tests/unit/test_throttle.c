/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "throttle.h"
#include <pthread.h>
#include "unit.h"

#define SECOND 1000000LL

static struct throttle_limits limits = { .name_tries = 3, .address_tries = 10, .delay_us = 2 * SECOND,
	.delay_max_us = 60 * SECOND };

static void doubles_to_the_longest(void)
{
	static const int waits[] = { 2, 4, 8, 16, 32, 60, 60 };
	struct throttle *t = throttle_create(&limits);
	int64_t now = 1000 * SECOND;

	for (int i = 0; i < 4; i++)
		CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 0);
	for (size_t i = 0; i < COUNT(waits); i++) {
		CHECK_INT(throttle_try(t, "password", "ada", "198.51.100.7", now), waits[i]);
		CHECK_INT(throttle_try(t, "password", "ada", "198.51.100.7", now + 1), waits[i]);
		CHECK_INT(throttle_try(t, "password", "ada", "198.51.100.7", now + waits[i] * SECOND - 1), 1);
		now += waits[i] * SECOND;
		CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 0);
	}
	throttle_destroy(t);
}

static void others_are_free(void)
{
	struct throttle *t = throttle_create(&limits);
	int64_t now = 1000 * SECOND;

	for (int i = 0; i < 4; i++)
		throttle_try(t, "password", "ada", "192.0.2.1", now);
	CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 2);
	CHECK_INT(throttle_try(t, "password", "bob", "192.0.2.1", now), 0);
	CHECK_INT(throttle_try(t, "code", "ada", "192.0.2.1", now), 0);
	throttle_destroy(t);
}

static void addresses(void)
{
	struct throttle *t = throttle_create(&limits);
	int64_t now = 1000 * SECOND;
	char name[16];

	for (int i = 0; i < 11; i++) {
		snprintf(name, sizeof name, "n%d", i);
		CHECK_INT(throttle_try(t, "password", name, i % 2 ? "2001:db8::1" : "2001:db8::ffff:2", now), 0);
	}
	CHECK_INT(throttle_try(t, "password", "new", "2001:db8:0:0:9::9", now), 2);
	CHECK_INT(throttle_try(t, "password", "new", "2001:db8:0:1::1", now), 0);
	CHECK_INT(throttle_try(t, "password", "new", "192.0.2.1", now), 0);
	CHECK_INT(throttle_try(t, "password", "new2", NULL, now), 0);
	CHECK_INT(throttle_try(t, "password", "new3", "not an address", now), 0);
	throttle_destroy(t);
}

static void success_and_forgetting(void)
{
	struct throttle *t = throttle_create(&limits);
	int64_t now = 1000 * SECOND;

	for (int i = 0; i < 100; i++) {
		CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 0);
		throttle_good(t, "password", "ada", "192.0.2.1");
	}
	for (int i = 0; i < 4; i++)
		throttle_try(t, "password", "ada", "192.0.2.1", now);
	CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 2);
	now += 61 * SECOND;
	for (int i = 0; i < 4; i++)
		CHECK_INT(throttle_try(t, "password", "ada", "192.0.2.1", now), 0);
	throttle_good(t, "password", "unknown", "203.0.113.1"); /* nothing to take back */
	throttle_destroy(t);
	throttle_destroy(NULL);
}

static void bounded(void)
{
	struct throttle_limits small = limits;
	struct throttle *t;
	char name[24], address[24];

	small.slots = 16;
	t = throttle_create(&small);
	for (int i = 0; i < 10000; i++) {
		snprintf(name, sizeof name, "name%d", i);
		snprintf(address, sizeof address, "10.%d.%d.1", i / 250, i % 250);
		CHECK_INT(throttle_try(t, "password", name, address, 1000 * SECOND + i), 0);
	}
	throttle_destroy(t);
}

struct guesser {
	struct throttle *throttle;
	int good;
};

static void *guess(void *arg)
{
	struct guesser *g = arg;

	for (int i = 0; i < 500; i++)
		g->good += throttle_try(g->throttle, "password", "ada", "192.0.2.1", 1000 * SECOND) == 0;
	return NULL;
}

static void in_parallel(void)
{
	struct throttle *t = throttle_create(&limits);
	struct guesser guessers[4];
	pthread_t threads[4];
	int sum = 0;

	for (size_t i = 0; i < COUNT(threads); i++) {
		guessers[i] = (struct guesser){ .throttle = t };
		NEED(pthread_create(&threads[i], NULL, guess, &guessers[i]) == 0);
	}
	for (size_t i = 0; i < COUNT(threads); i++) {
		pthread_join(threads[i], NULL);
		sum += guessers[i].good;
	}
	CHECK_INT(sum, 4); /* three free, and the one that sets the wait */
	throttle_destroy(t);
}

CU_TestInfo unit_tests[] = {
	{ "waits double up to the longest", doubles_to_the_longest },
	{ "other names and kinds are free", others_are_free },
	{ "addresses, IPv6 by /64", addresses },
	{ "success and forgetting", success_and_forgetting },
	{ "memory is bounded", bounded },
	{ "attempts in parallel gain nothing", in_parallel },
	CU_TEST_INFO_NULL
};
