/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory's side towards accounts and spaces here. */
#include "directory_here.h"
#include "directory_map.h"
#include "store_system.h"

bool directory_unknown_spaces(struct engine *e,
	void (*fn)(const struct directory_rule *rule, const char *path, void *arg), void *arg, size_t *n,
	struct error *err)
{
	const struct directory_map *map = directory_rules(e->directory);
	size_t count;
	const struct directory_rule *rules = directory_map_rules(map, &count);
	struct db *db = store_reader(e->store, err);
	bool begun = db && db_begin(db, &viewer_nobody, err), good = begun;

	*n = 0;
	for (size_t i = 0; good && i < count; i++) {
		struct query q;
		bool known;

		if (!rules[i].space)
			continue;
		db_query_system(db, &q, "SELECT 1 FROM space WHERE slug = :slug");
		q_text(&q, ":slug", rules[i].space);
		known = q_row(&q);
		good = q_done(&q, err);
		if (good && !known) {
			++*n;
			fn(&rules[i], directory_map_path(map), arg);
		}
	}
	if (begun)
		db_end(db);
	db_close(db);
	return good;
}
