/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A table of failures by keyed hash: eight places for each, of which the least
 * recent goes first. */
#include "throttle.h"
#include <arpa/inet.h>
#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAYS 8

struct slot {
	uint64_t key; /* 0 = free */
	int failures;
	int64_t last_us, until_us;
};

struct throttle {
	struct throttle_limits limits;
	unsigned char secret[crypto_shorthash_KEYBYTES]; /* nobody can aim at a place */
	pthread_mutex_t mutex;
	size_t n_slots;
	struct slot slots[];
};

struct throttle *throttle_create(const struct throttle_limits *limits)
{
	size_t n = limits->slots ? limits->slots : 16384;

	n = n < WAYS ? WAYS : n / WAYS * WAYS;
	struct throttle *t = calloc(1, sizeof *t + n * sizeof *t->slots);
	if (!t)
		abort();
	t->limits = *limits;
	t->n_slots = n;
	crypto_shorthash_keygen(t->secret);
	pthread_mutex_init(&t->mutex, NULL);
	return t;
}

void throttle_destroy(struct throttle *t)
{
	if (!t)
		return;
	pthread_mutex_destroy(&t->mutex);
	free(t);
}

static uint64_t key_of(const struct throttle *t, char kind, const char *what, const char *text)
{
	unsigned char out[crypto_shorthash_BYTES];
	char all[300];
	uint64_t key;

	int n = snprintf(all, sizeof all, "%c%.30s/%.250s", kind, what, text);
	crypto_shorthash(out, (unsigned char *)all, (unsigned long long)n, t->secret);
	memcpy(&key, out, sizeof key);
	return key ? key : 1;
}

/* One person has a whole /64 of IPv6 addresses. */
static uint64_t address_key(const struct throttle *t, const char *what, const char *address)
{
	struct in6_addr in;
	char prefix[32];

	if (!address || inet_pton(AF_INET6, address, &in) != 1 || IN6_IS_ADDR_V4MAPPED(&in))
		return key_of(t, 'a', what, address ? address : "");
	sodium_bin2hex(prefix, sizeof prefix, in.s6_addr, 8);
	return key_of(t, 'a', what, prefix);
}

/* The key's slot; what was remembered too long ago is forgotten. */
static struct slot *slot_of(struct throttle *t, uint64_t key, int64_t now_us)
{
	struct slot *way = &t->slots[key % (t->n_slots / WAYS) * WAYS], *oldest = way;

	for (int i = 0; i < WAYS; i++) {
		if (way[i].key == key) {
			if (now_us - way[i].last_us > t->limits.delay_max_us && now_us >= way[i].until_us)
				way[i].failures = 0;
			return &way[i];
		}
		if (way[i].last_us < oldest->last_us)
			oldest = &way[i];
	}
	*oldest = (struct slot){ .key = key };
	return oldest;
}

static void count(const struct throttle *t, struct slot *s, int tries, int64_t now_us)
{
	int64_t wait = 0;

	if (s->failures < 1000000)
		s->failures++;
	if (s->failures > tries) {
		wait = t->limits.delay_us;
		for (int i = s->failures - tries; i > 1 && wait < t->limits.delay_max_us; i--)
			wait *= 2;
		if (wait > t->limits.delay_max_us)
			wait = t->limits.delay_max_us;
	}
	s->last_us = now_us;
	s->until_us = now_us + wait;
}

int throttle_try(struct throttle *t, const char *what, const char *name, const char *address, int64_t now_us)
{
	uint64_t name_key = key_of(t, 'n', what, name), from_key = address_key(t, what, address);
	int64_t until;

	pthread_mutex_lock(&t->mutex);
	struct slot *by_name = slot_of(t, name_key, now_us);
	until = by_name->until_us;
	struct slot *by_address = slot_of(t, from_key, now_us);
	if (by_address->until_us > until)
		until = by_address->until_us;
	if (until <= now_us) {
		count(t, by_address, t->limits.address_tries, now_us);
		/* Looked up again: the address may have taken its place. */
		count(t, slot_of(t, name_key, now_us), t->limits.name_tries, now_us);
	}
	pthread_mutex_unlock(&t->mutex);
	return until <= now_us ? 0 : (int)((until - now_us + 999999) / 1000000);
}

void throttle_good(struct throttle *t, const char *what, const char *name, const char *address)
{
	uint64_t keys[2] = { key_of(t, 'n', what, name), address_key(t, what, address) };

	pthread_mutex_lock(&t->mutex);
	for (int k = 0; k < 2; k++) {
		struct slot *way = &t->slots[keys[k] % (t->n_slots / WAYS) * WAYS];

		for (int i = 0; i < WAYS; i++) {
			if (way[i].key != keys[k])
				continue;
			way[i].failures = k == 0 || way[i].failures < 1 ? 0 : way[i].failures - 1;
			way[i].until_us = 0;
		}
	}
	pthread_mutex_unlock(&t->mutex);
}
