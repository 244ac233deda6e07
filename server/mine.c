/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "mine.h"
#include <stdbool.h>
#include <string.h>

void mine_add(struct mine *m, const struct mine_item *item)
{
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 16;
		struct mine_item *more = arena_array(m->arena, room, sizeof *more);

		if (m->n)
			memcpy(more, m->items, m->n * sizeof *more);
		m->items = more;
		m->room = room;
	}
	m->items[m->n++] = *item;
}

static bool after(const struct mine_item *x, const struct mine_item *y)
{
	if (x->part != y->part)
		return x->part > y->part;
	return y->at_us && (!x->at_us || x->at_us > y->at_us);
}

/* Insertion: stable, and such lists are short. */
void mine_sort(struct mine *m)
{
	for (size_t i = 1; i < m->n; i++) {
		struct mine_item item = m->items[i];
		size_t k = i;

		for (; k > 0 && after(&m->items[k - 1], &item); k--)
			m->items[k] = m->items[k - 1];
		m->items[k] = item;
	}
}
