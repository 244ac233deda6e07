/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Counters for operators, in the Prometheus text format 0.0.4. No label holds
 * anything a person typed. Lock-free. */
#ifndef COMMONWEAL_METRICS_H
#define COMMONWEAL_METRICS_H
#include <stdint.h>
#include "buf.h"

struct metrics;
enum metric {
	METRIC_REQUESTS_2XX, METRIC_REQUESTS_3XX, METRIC_REQUESTS_4XX, METRIC_REQUESTS_5XX,
	METRIC_CACHE_HITS, METRIC_CACHE_MISSES, METRIC_POOL_REJECTED, METRIC_CONNECTIONS_REFUSED,
	METRIC_WRITES, METRIC_WRITE_GROUPS, METRIC_SEARCHES, METRIC_SEARCHES_EMPTY,
	METRIC_SIGN_INS, METRIC_SIGN_INS_FAILED, METRIC_SIGN_INS_THROTTLED, METRIC_PASSWORD_CHECKS,
	METRIC_CONNECTIONS, METRIC_POOL_WAITING, /* gauges */
	METRIC_COUNT
};

struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *m);
void metrics_add(struct metrics *m, enum metric which, int64_t by); /* m may be NULL */
/* Handler time in seconds, into a histogram. */
void metrics_handler_time(struct metrics *m, double seconds);
void metrics_write(const struct metrics *m, struct buf *out);

#endif
