/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The map from the directory to spaces and roles. */
#include "directory_map.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "directory_text.h"
#include "text.h"

#define MAP_BYTES_MAX (1u << 20)
#define LINE_MAX_BYTES 4000
#define RULES_MAX 5000

struct directory_map {
	struct arena *arena;
	const char *path;
	struct directory_rule *rules;
	size_t n, room;
	const char **attributes; /* NULL-ended */
	size_t n_attributes;
};

/* ---- reading ---- */

struct reading {
	struct directory_map *map;
	int line;
	struct error *err;
};

#define bad(rd, ...) bad_line((rd), __VA_ARGS__)
static bool bad_line(struct reading *rd, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static bool bad_line(struct reading *rd, const char *fmt, ...)
{
	char text[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	return error_set(rd->err, ERROR_INVALID, "%s:%d: %s", rd->map->path, rd->line, text);
}

static char *trim(char *s)
{
	size_t n;

	while (*s == ' ' || *s == '\t')
		s++;
	for (n = strlen(s); n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t' || s[n - 1] == '\r');)
		s[--n] = '\0';
	return s;
}

/* Takes quotes off, if it has them at both ends. */
static char *unquote(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || s[0] != '"' || s[n - 1] != '"')
		return s;
	s[n - 1] = '\0';
	return s + 1;
}

/* The next word; *s moves behind it. NULL at the end. */
static char *word(char **s)
{
	char *w;

	*s += strspn(*s, " \t");
	if (!**s)
		return NULL;
	w = *s;
	*s += strcspn(*s, " \t");
	if (**s)
		*(*s)++ = '\0';
	return w;
}

static bool attribute_name(const char *s)
{
	if (!isalpha((unsigned char)*s))
		return false;
	while (isalnum((unsigned char)*s) || *s == '-')
		s++;
	return *s == '\0';
}

static bool read_left(struct reading *rd, char *left, struct directory_rule *rule)
{
	struct arena *a = rd->map->arena;
	char *rest = left, *kind = word(&rest);

	rest = trim(rest);
	if (kind && strcmp(kind, "everyone") == 0) {
		rule->kind = RULE_EVERYONE;
		return !*rest || bad(rd, "nothing may stand between 'everyone' and '->'.");
	}
	if (kind && strcmp(kind, "group") == 0) {
		rule->kind = RULE_GROUP;
		rule->dn = arena_strdup(a, unquote(rest));
		rule->normal = directory_dn_normal(a, rule->dn);
		return rule->normal || bad(rd, "'%.100s' is not a distinguished name, such as "
			"cn=editors,ou=groups,dc=example,dc=org.", rule->dn);
	}
	if (kind && strcmp(kind, "attribute") == 0) {
		char *equals = strchr(rest, '=');

		rule->kind = RULE_ATTRIBUTE;
		if (!equals)
			return bad(rd, "expected 'attribute NAME=VALUE -> ...'.");
		*equals = '\0';
		rule->attribute = arena_strdup(a, trim(rest));
		rule->value = arena_strdup(a, unquote(trim(equals + 1)));
		return (attribute_name(rule->attribute) && *rule->value) ||
			bad(rd, "expected 'attribute NAME=VALUE -> ...'.");
	}
	return bad(rd, "a line begins with group, attribute or everyone, not '%.40s'.", kind ? kind : "");
}

static bool read_team(struct reading *rd, char *rest, struct directory_rule *rule)
{
	struct buf team = BUF_INIT;
	char *w;
	bool good = true;

	while (good && (w = word(&rest))) {
		good = text_is_slug(w) || bad(rd, "'%.40s' is not a role in a team, such as law-enforcement.", w);
		buf_printf(&team, "%s%s", team.len ? " " : "", w);
	}
	if (good && !team.len)
		good = bad(rd, "after 'team' come one or more roles in the team, such as law-enforcement.");
	rule->team = arena_strdup(rd->map->arena, buf_text(&team));
	buf_finish(&team);
	return good;
}

static bool read_right(struct reading *rd, char *right, struct directory_rule *rule)
{
	char *rest = right, *space = word(&rest), *role, *team;

	if (!space)
		return bad(rd, "after '->' comes a space with a role, or network-admin.");
	role = word(&rest);
	if (strcmp(space, "network-admin") == 0)
		return !role || bad(rd, "nothing may stand after network-admin.");
	if (!text_is_slug(space))
		return bad(rd, "'%.80s' is not the short name of a space, such as boston.", space);
	rule->space = arena_strdup(rd->map->arena, space);
	rule->role = role ? role_parse(role) : ROLE_UNDECLARED;
	if (rule->role == ROLE_UNDECLARED)
		return bad(rd, "after the space comes reader, contributor, editor or space-admin%s%.40s%s.",
			role ? ", not '" : "", role ? role : "", role ? "'" : "");
	team = word(&rest);
	if (team && strcmp(team, "team") != 0)
		return bad(rd, "expected 'team' or the end of the line, not '%.40s'.", team);
	return !team || read_team(rd, rest, rule);
}

static void add_attribute(struct directory_map *m, const char *name)
{
	for (size_t i = 0; i < m->n_attributes; i++)
		if (text_equal_nocase(m->attributes[i], name))
			return;
	const char **more = arena_array(m->arena, m->n_attributes + 2, sizeof *more);
	if (m->n_attributes)
		memcpy(more, m->attributes, m->n_attributes * sizeof *more);
	more[m->n_attributes++] = name;
	m->attributes = more;
}

static void add_rule(struct directory_map *m, const struct directory_rule *rule)
{
	if (m->n == m->room) {
		struct directory_rule *more = arena_array(m->arena, m->room * 2 + 16, sizeof *more);

		if (m->n)
			memcpy(more, m->rules, m->n * sizeof *more);
		m->rules = more;
		m->room = m->room * 2 + 16;
	}
	m->rules[m->n++] = *rule;
	if (rule->kind == RULE_ATTRIBUTE)
		add_attribute(m, rule->attribute);
}

/* The last " -> " outside quotes: a name may hold the arrow in quotes. */
static char *find_arrow(char *s)
{
	char *arrow = NULL;
	bool quoted = false;

	for (; *s; s++) {
		if (*s == '\\' && s[1])
			s++;
		else if (*s == '"')
			quoted = !quoted;
		else if (!quoted && s[0] == '-' && s[1] == '>')
			arrow = s;
	}
	return arrow;
}

static bool read_line(struct reading *rd, const char *s, size_t n)
{
	struct directory_rule rule = { .line = rd->line };
	char *line, *arrow;

	if (n > LINE_MAX_BYTES)
		return bad(rd, "the line is longer than %d bytes.", LINE_MAX_BYTES);
	if (!text_is_utf8(s, n))
		return bad(rd, "the line is not UTF-8.");
	line = trim(arena_strndup(rd->map->arena, s, n));
	if (!*line || *line == '#')
		return true;
	if (rd->map->n == RULES_MAX)
		return bad(rd, "there are more than %d lines.", RULES_MAX);
	arrow = find_arrow(line);
	if (!arrow)
		return bad(rd, "expected 'group DN -> SPACE ROLE'.");
	*arrow = '\0';
	if (!read_left(rd, trim(line), &rule) || !read_right(rd, trim(arrow + 2), &rule))
		return false;
	add_rule(rd->map, &rule);
	return true;
}

bool directory_map_parse(const char *text, size_t n, const char *path, struct directory_map **out,
	struct error *err)
{
	static const char *none[] = { NULL };
	struct directory_map *m = calloc(1, sizeof *m);
	struct reading rd = { .map = m, .err = err };
	const char *s = text, *end = text + n;

	if (!m)
		abort();
	m->arena = arena_create();
	m->path = arena_strdup(m->arena, path);
	m->attributes = none;
	while (s < end) {
		const char *stop = memchr(s, '\n', (size_t)(end - s));

		stop = stop ? stop : end;
		rd.line++;
		if (!read_line(&rd, s, (size_t)(stop - s))) {
			directory_map_destroy(m);
			return false;
		}
		s = stop + 1;
	}
	*out = m;
	return true;
}

bool directory_map_load(const char *path, struct directory_map **out, struct error *err)
{
	FILE *f = *path ? fopen(path, "re") : NULL;
	char *text = NULL;
	size_t n = 0;
	bool good;

	if (*path && !f)
		return error_set(err, ERROR_INVALID, "ldap-map: %s: %s.", path, strerror(errno));
	if (f) {
		text = malloc(MAP_BYTES_MAX + 1);
		if (!text)
			abort();
		n = fread(text, 1, MAP_BYTES_MAX + 1, f);
		good = !ferror(f) && n <= MAP_BYTES_MAX;
		fclose(f);
		if (!good) {
			free(text);
			return error_set(err, ERROR_INVALID, "ldap-map: %s cannot be read, or is larger than 1 MB.", path);
		}
	}
	good = directory_map_parse(text ? text : "", n, path, out, err);
	free(text);
	return good;
}

void directory_map_destroy(struct directory_map *m)
{
	if (!m)
		return;
	arena_destroy(m->arena);
	free(m);
}

const struct directory_rule *directory_map_rules(const struct directory_map *m, size_t *n)
{
	*n = m->n;
	return m->rules;
}

const char *directory_map_path(const struct directory_map *m)
{
	return m->path;
}

const char *const *directory_map_attributes(const struct directory_map *m)
{
	return m->attributes;
}

/* ---- applying ---- */

static bool rule_fits(const struct directory_rule *rule, const struct directory_person *p,
	const struct directory_group **group)
{
	*group = NULL;
	switch (rule->kind) {
	case RULE_EVERYONE:
		return true;
	case RULE_GROUP:
		for (size_t i = 0; i < p->n_groups && !*group; i++)
			if (strcmp(p->groups[i]->normal, rule->normal) == 0)
				*group = p->groups[i];
		return *group;
	case RULE_ATTRIBUTE:
		for (size_t i = 0; i < p->n_values; i++)
			if (text_equal_nocase(p->values[i].attribute, rule->attribute) &&
				text_equal_nocase(p->values[i].value, rule->value))
				return true;
		return false;
	}
	return false;
}

static bool has_word(const char *words, const char *w, size_t n)
{
	for (const char *s = words; s && *s; s += strspn(s, " ")) {
		size_t len = strcspn(s, " ");

		if (len == n && strncmp(s, w, n) == 0)
			return true;
		s += len;
	}
	return false;
}

static void add_team(struct arena *a, struct directory_grant *g, const char *team)
{
	for (const char *s = team; s && *s; s += strspn(s, " ")) {
		size_t n = strcspn(s, " ");

		if (!has_word(g->team, s, n))
			g->team = arena_printf(a, "%s%s%.*s", g->team ? g->team : "", g->team ? " " : "", (int)n, s);
		s += n;
	}
}

static void grant(struct arena *a, const struct directory_rule *rule, struct directory_grants *out)
{
	struct directory_grant *g = NULL;

	if (!rule->space) {
		out->network_admin = true;
		return;
	}
	for (size_t i = 0; i < out->n && !g; i++)
		if (strcmp(out->list[i].space, rule->space) == 0)
			g = &out->list[i];
	if (!g) {
		g = &out->list[out->n++];
		*g = (struct directory_grant){ .space = rule->space };
	}
	if (rule->role > g->role)
		g->role = rule->role;
	add_team(a, g, rule->team);
}

void directory_map_apply(const struct directory_map *m, struct arena *a, const struct directory_person *p,
	void (*fits)(const struct directory_rule *rule, const struct directory_group *g, void *arg), void *arg,
	struct directory_grants *out)
{
	const struct directory_group *group;

	*out = (struct directory_grants){ .list = arena_array(a, m->n + 1, sizeof *out->list) };
	for (size_t i = 0; i < m->n; i++) {
		if (!rule_fits(&m->rules[i], p, &group))
			continue;
		if (fits)
			fits(&m->rules[i], group, arg);
		grant(a, &m->rules[i], out);
	}
}
