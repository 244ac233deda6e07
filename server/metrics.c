/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters for operators. */
#include "metrics.h"
#include <stdatomic.h>
#include <stdlib.h>

static const double bounds[] = { 0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5 };
#define BOUNDS (sizeof bounds / sizeof *bounds)

struct metrics {
	_Atomic int64_t counts[METRIC_COUNT];
	_Atomic int64_t buckets[BOUNDS + 1];
	_Atomic int64_t handled, microseconds;
};

static const struct {
	const char *name, *label, *help, *type;
} rows[METRIC_COUNT] = {
	[METRIC_REQUESTS_2XX] = { "commonweal_requests_total", "{status=\"2xx\"}", "Answers by status class.", "counter" },
	[METRIC_REQUESTS_3XX] = { "commonweal_requests_total", "{status=\"3xx\"}", NULL, NULL },
	[METRIC_REQUESTS_4XX] = { "commonweal_requests_total", "{status=\"4xx\"}", NULL, NULL },
	[METRIC_REQUESTS_5XX] = { "commonweal_requests_total", "{status=\"5xx\"}", NULL, NULL },
	[METRIC_CACHE_HITS] = { "commonweal_cache_hits_total", "", "Pages answered from the cache.", "counter" },
	[METRIC_CACHE_MISSES] = { "commonweal_cache_misses_total", "", "Pages that had to be made.", "counter" },
	[METRIC_POOL_REJECTED] = { "commonweal_pool_rejected_total", "", "Requests refused because the queue was full.", "counter" },
	[METRIC_CONNECTIONS_REFUSED] = { "commonweal_connections_refused_total", "", "Connections over a limit, or ended to make room for them.", "counter" },
	[METRIC_WRITES] = { "commonweal_writes_total", "", "Write operations.", "counter" },
	[METRIC_WRITE_GROUPS] = { "commonweal_write_groups_total", "", "Commits; each holds one or more writes.", "counter" },
	[METRIC_SEARCHES] = { "commonweal_searches_total", "", "Searches.", "counter" },
	[METRIC_SEARCHES_EMPTY] = { "commonweal_searches_empty_total", "", "Searches that found nothing.", "counter" },
	[METRIC_SIGN_INS] = { "commonweal_sign_ins_total", "{result=\"good\"}", "Sign-ins.", "counter" },
	[METRIC_SIGN_INS_FAILED] = { "commonweal_sign_ins_total", "{result=\"failed\"}", NULL, NULL },
	[METRIC_SIGN_INS_THROTTLED] = { "commonweal_sign_ins_total", "{result=\"throttled\"}", NULL, NULL },
	[METRIC_PASSWORD_CHECKS] = { "commonweal_password_checks_total", "", "Password hashes made to check one.", "counter" },
	[METRIC_CONNECTIONS] = { "commonweal_connections", "", "Open connections.", "gauge" },
	[METRIC_POOL_WAITING] = { "commonweal_pool_waiting", "", "Requests waiting for a handler.", "gauge" },
};

struct metrics *metrics_create(void)
{
	struct metrics *m = calloc(1, sizeof *m);

	if (!m)
		abort();
	return m;
}

void metrics_destroy(struct metrics *m)
{
	free(m);
}

void metrics_add(struct metrics *m, enum metric which, int64_t by)
{
	if (m)
		atomic_fetch_add_explicit(&m->counts[which], by, memory_order_relaxed);
}

void metrics_handler_time(struct metrics *m, double seconds)
{
	size_t i = 0;

	while (i < BOUNDS && seconds > bounds[i])
		i++;
	atomic_fetch_add_explicit(&m->buckets[i], 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->handled, 1, memory_order_relaxed);
	atomic_fetch_add_explicit(&m->microseconds, (int64_t)(seconds * 1e6), memory_order_relaxed);
}

void metrics_write(const struct metrics *m, struct buf *out)
{
	int64_t below = 0;

	for (int i = 0; i < METRIC_COUNT; i++) {
		if (rows[i].help)
			buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", rows[i].name, rows[i].help, rows[i].name,
				rows[i].type);
		buf_printf(out, "%s%s %lld\n", rows[i].name, rows[i].label, (long long)m->counts[i]);
	}
	buf_str(out, "# HELP commonweal_handler_seconds Time a handler took.\n"
		"# TYPE commonweal_handler_seconds histogram\n");
	for (size_t i = 0; i < BOUNDS; i++) {
		below += m->buckets[i];
		buf_printf(out, "commonweal_handler_seconds_bucket{le=\"%g\"} %lld\n", bounds[i], (long long)below);
	}
	buf_printf(out, "commonweal_handler_seconds_bucket{le=\"+Inf\"} %lld\n"
		"commonweal_handler_seconds_sum %.6f\ncommonweal_handler_seconds_count %lld\n",
		(long long)m->handled, (double)m->microseconds / 1e6, (long long)m->handled);
}
