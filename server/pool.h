/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handler pool: threads with a viewer connection each, and a bounded queue
 * before them. */
#ifndef COMMONWEAL_POOL_H
#define COMMONWEAL_POOL_H
#include <stdbool.h>
#include "engine.h"
#include "error.h"
#include "store.h"

struct pool;

/* A unit of work; the submitter owns it and gets it back in run. */
struct job {
	void (*run)(struct job *job, struct db *db);
	struct job *next;
};

struct pool *pool_create(struct engine *e, int threads, int queue_max, struct error *err);
/* False when the queue is full or the pool is stopping; the job was not taken. */
bool pool_submit(struct pool *p, struct job *job);
/* Runs what is queued, then ends the threads and frees. NULL is fine. */
void pool_destroy(struct pool *p);

#endif
