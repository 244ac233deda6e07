/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Handler pool. */
#include "pool.h"
#include <pthread.h>
#include <stdlib.h>
#include "metrics.h"
#include "store_system.h"

struct worker {
	struct pool *pool;
	struct db *db;
	pthread_t thread;
};

struct pool {
	struct engine *engine;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct job *first, *last;
	int waiting, queue_max;
	bool stopping;
	int n_workers;
	struct worker workers[];
};

static void *worker_main(void *arg)
{
	struct worker *w = arg;
	struct pool *p = w->pool;

	pthread_mutex_lock(&p->mutex);
	for (;;) {
		while (!p->first && !p->stopping)
			pthread_cond_wait(&p->wake, &p->mutex);
		struct job *job = p->first;
		if (!job)
			break;
		p->first = job->next;
		p->waiting--;
		pthread_mutex_unlock(&p->mutex);
		metrics_add(p->engine->metrics, METRIC_POOL_WAITING, -1);
		job->run(job, w->db);
		pthread_mutex_lock(&p->mutex);
	}
	pthread_mutex_unlock(&p->mutex);
	return NULL;
}

struct pool *pool_create(struct engine *e, int threads, int queue_max, struct error *err)
{
	struct pool *p = calloc(1, sizeof *p + (size_t)threads * sizeof *p->workers);

	if (!p)
		abort();
	p->engine = e;
	p->queue_max = queue_max;
	pthread_mutex_init(&p->mutex, NULL);
	pthread_cond_init(&p->wake, NULL);
	for (int i = 0; i < threads; i++) {
		struct worker *w = &p->workers[i];

		w->pool = p;
		w->db = store_reader(e->store, err);
		if (!w->db || pthread_create(&w->thread, NULL, worker_main, w) != 0) {
			error_set(err, ERROR_INTERNAL, "The handler threads could not be started.");
			db_close(w->db);
			pool_destroy(p);
			return NULL;
		}
		p->n_workers++;
	}
	return p;
}

bool pool_submit(struct pool *p, struct job *job)
{
	bool taken;

	pthread_mutex_lock(&p->mutex);
	taken = p->waiting < p->queue_max && !p->stopping;
	if (taken) {
		job->next = NULL;
		if (p->first)
			p->last->next = job;
		else
			p->first = job;
		p->last = job;
		p->waiting++;
		pthread_cond_signal(&p->wake);
	}
	pthread_mutex_unlock(&p->mutex);
	metrics_add(p->engine->metrics, taken ? METRIC_POOL_WAITING : METRIC_POOL_REJECTED, 1);
	return taken;
}

void pool_destroy(struct pool *p)
{
	if (!p)
		return;
	pthread_mutex_lock(&p->mutex);
	p->stopping = true;
	pthread_cond_broadcast(&p->wake);
	pthread_mutex_unlock(&p->mutex);
	for (int i = 0; i < p->n_workers; i++) {
		pthread_join(p->workers[i].thread, NULL);
		db_close(p->workers[i].db);
	}
	pthread_cond_destroy(&p->wake);
	pthread_mutex_destroy(&p->mutex);
	free(p);
}
