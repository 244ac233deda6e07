/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a person has to do and where to be: each module adds its own (mine of
 * struct module), and the page "My page" shows all of it by date. */
#ifndef COMMONWEAL_MINE_H
#define COMMONWEAL_MINE_H
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "url.h"

enum mine_part {
	MINE_TASK, /* to do; at_us: until when */
	MINE_EVENT, /* to be at; at_us: when it begins */
	MINE_DRAFT /* begun by the person; at_us: when it was saved last */
};

struct mine_item {
	enum mine_part part;
	const char *title;
	const char *where; /* the space or group that it is of, for people; or NULL */
	const char *note;  /* "Asked by Ana Ruiz"; or NULL */
	struct url url;
	int64_t at_us;     /* UTC microseconds; 0 = no date */
	const char *when;  /* the same for people, where a day is too little; or NULL */
};

struct mine {
	struct arena *arena;
	struct mine_item *items;
	size_t n, room;
};
/* Copies the struct, not its texts. */
void mine_add(struct mine *m, const struct mine_item *item);
/* By part, then by date; those without one last, in the order they came. */
void mine_sort(struct mine *m);

#endif
