/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The graph of the tables, by columns space_id and about_space and by foreign keys. */
#include "space_links.h"
#include <string.h>
#include "buf.h"

#define TABLES_MAX 256
#define LINKS_MAX 16

struct link {
	const char *from, *to;
	size_t parent;
};

struct table {
	const char *name;
	const char *own[2]; /* columns that hold a space's id */
	struct link links[LINKS_MAX];
	size_t n_links;
	bool belongs, on_path, listed;
};

struct graph {
	sqlite3 *db;
	struct arena *a;
	struct table tables[TABLES_MAX];
	size_t n;
	struct space_table *out;
	size_t n_out;
};

static const char *text(struct graph *g, sqlite3_stmt *row, int column)
{
	const char *s = (const char *)sqlite3_column_text(row, column);

	return s ? arena_strdup(g->a, s) : NULL;
}

static size_t find(const struct graph *g, const char *name)
{
	size_t i = 0;

	while (i < g->n && strcmp(g->tables[i].name, name) != 0)
		i++;
	return i;
}

/* Those that only carry a search index are not among them. */
static int read_tables(struct graph *g)
{
	static const char sql[] =
		"SELECT name FROM main.sqlite_schema t WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%' "
		"AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND NOT EXISTS (SELECT 1 FROM main.sqlite_schema v "
		"WHERE v.sql LIKE 'CREATE VIRTUAL%' AND substr(t.name, 1, length(v.name) + 1) = v.name || '_')";
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(g->db, sql, -1, &stmt, NULL);

	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW && g->n < TABLES_MAX) {
		g->tables[g->n++].name = text(g, stmt, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc == SQLITE_ROW ? SQLITE_TOOBIG : rc;
}

static int read_own(struct graph *g, struct table *t)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(g->db, "SELECT name FROM pragma_table_info(?1) "
		"WHERE name IN ('space_id', 'about_space') OR (?1 = 'space' AND name = 'id')", -1, &stmt, NULL);

	sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
	for (int i = 0; rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW && i < 2; i++) {
		t->own[i] = text(g, stmt, 0);
		rc = SQLITE_OK;
	}
	sqlite3_finalize(stmt);
	t->belongs = t->own[0];
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

/* A key without a named column refers to the primary key of the other. */
static int read_links(struct graph *g, struct table *t)
{
	sqlite3_stmt *stmt;
	int rc = sqlite3_prepare_v2(g->db, "SELECT \"from\", \"table\", coalesce(\"to\", "
		"(SELECT name FROM pragma_table_info(\"table\") WHERE pk = 1)) FROM pragma_foreign_key_list(?1) "
		"WHERE seq = 0", -1, &stmt, NULL);

	sqlite3_bind_text(stmt, 1, t->name, -1, SQLITE_STATIC);
	while (rc == SQLITE_OK && (rc = sqlite3_step(stmt)) == SQLITE_ROW) {
		size_t parent = find(g, (const char *)sqlite3_column_text(stmt, 1));

		rc = parent == g->n || t->n_links == LINKS_MAX ? SQLITE_CORRUPT : SQLITE_OK;
		if (rc == SQLITE_OK)
			t->links[t->n_links++] = (struct link){ text(g, stmt, 0), text(g, stmt, 2), parent };
	}
	sqlite3_finalize(stmt);
	return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static void spread(struct graph *g)
{
	for (bool more = true; more;) {
		more = false;
		for (size_t i = 0; i < g->n; i++)
			for (size_t k = 0; k < g->tables[i].n_links && !g->tables[i].belongs; k++)
				more |= g->tables[i].belongs = g->tables[g->tables[i].links[k].parent].belongs;
	}
}

static void add_condition(struct graph *g, struct table *t, struct buf *out)
{
	const char *or = "";

	t->on_path = true;
	buf_char(out, '(');
	for (int i = 0; i < 2 && t->own[i]; i++, or = " OR ")
		buf_printf(out, "%s\"%s\" = ?1", or, t->own[i]);
	for (size_t i = 0; i < t->n_links; i++) {
		struct table *parent = &g->tables[t->links[i].parent];

		if (!parent->belongs || parent->on_path)
			continue;
		buf_printf(out, "%s\"%s\" IN (SELECT \"%s\" FROM main.\"%s\" WHERE ", or, t->links[i].from,
			t->links[i].to, parent->name);
		add_condition(g, parent, out);
		buf_char(out, ')');
		or = " OR ";
	}
	buf_str(out, *or ? ")" : "0)");
	t->on_path = false;
}

/* Those that refer to it first. */
static void list(struct graph *g, size_t at)
{
	struct buf condition = BUF_INIT;

	if (g->tables[at].listed)
		return;
	g->tables[at].listed = true;
	for (size_t i = 0; i < g->n; i++)
		for (size_t k = 0; k < g->tables[i].n_links; k++)
			if (g->tables[i].links[k].parent == at && g->tables[i].belongs)
				list(g, i);
	add_condition(g, &g->tables[at], &condition);
	g->out[g->n_out++] = (struct space_table){ g->tables[at].name, arena_strdup(g->a, buf_text(&condition)) };
	buf_finish(&condition);
}

bool space_tables(sqlite3 *db, struct arena *a, struct space_table **out, size_t *n, struct error *err)
{
	struct graph *g = arena_alloc(a, sizeof *g);
	int rc;

	g->db = db;
	g->a = a;
	rc = read_tables(g);
	for (size_t i = 0; rc == SQLITE_OK && i < g->n; i++)
		rc = read_own(g, &g->tables[i]);
	for (size_t i = 0; rc == SQLITE_OK && i < g->n; i++)
		rc = read_links(g, &g->tables[i]);
	if (rc != SQLITE_OK) {
		error_set(err, ERROR_INTERNAL, "The database's tables cannot be read.");
		return error_detail(err, "%s", sqlite3_errstr(rc));
	}
	spread(g);
	g->out = arena_array(a, g->n + 1, sizeof *g->out);
	/* All that refer to no table of the space (but by a column) before the space itself. */
	for (size_t i = 0; i < g->n; i++)
		if (g->tables[i].belongs && strcmp(g->tables[i].name, "space") != 0)
			list(g, i);
	if (find(g, "space") < g->n)
		list(g, find(g, "space"));
	*out = g->out;
	*n = g->n_out;
	return true;
}
