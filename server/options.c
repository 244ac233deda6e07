/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Options from a file, the environment and the command line. */
#include "options.h"
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "text.h"

extern char **environ;

struct value {
	const struct option_def *def;
	char *text;
	int64_t number;
};

struct options {
	struct value *values;
	size_t n;
};

static struct value *find(const struct options *o, const char *name)
{
	for (size_t i = 0; i < o->n; i++)
		if (strcmp(o->values[i].def->name, name) == 0)
			return &o->values[i];
	return NULL;
}

/* ---- values ---- */

static bool parse_bool(const char *s, int64_t *out)
{
	static const char *const words[] = { "no", "yes", "false", "true", "off", "on", "0", "1" };

	for (int i = 0; i < 8; i++)
		if (strcasecmp(s, words[i]) == 0) {
			*out = i & 1;
			return true;
		}
	return false;
}

struct unit {
	const char *name;
	int64_t factor;
};

static const struct unit size_units[] = { { "", 1 }, { "K", 1 << 10 }, { "M", 1 << 20 },
	{ "G", 1 << 30 }, { NULL, 0 } };
static const struct unit duration_units[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 },
	{ "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
static const struct unit plain_units[] = { { "", 1 }, { NULL, 0 } };

static bool parse_number(const char *s, const struct unit *units, int64_t *out)
{
	char *end;

	errno = 0;
	long long number = strtoll(s, &end, 10);
	if (end == s || errno == ERANGE)
		return false;
	while (*end == ' ')
		end++;
	for (; units->name; units++)
		if (strcasecmp(end, units->name) == 0)
			return !__builtin_mul_overflow((int64_t)number, units->factor, out);
	return false;
}

static const char *expected(enum option_type t)
{
	switch (t) {
	case OPTION_BOOL: return "yes or no";
	case OPTION_INT: return "a whole number";
	case OPTION_SIZE: return "a size such as 512K, 16M or 1G";
	case OPTION_DURATION: return "a time such as 500ms, 30s, 5min, 2h or 1d";
	default: return "text";
	}
}

static bool parse_value(const struct option_def *d, const char *s, int64_t *number)
{
	bool bounded = d->min || d->max, ok = true;

	*number = 0;
	switch (d->type) {
	case OPTION_BOOL: return parse_bool(s, number);
	case OPTION_INT: ok = parse_number(s, plain_units, number); break;
	case OPTION_SIZE: ok = parse_number(s, size_units, number); break;
	case OPTION_DURATION: ok = parse_number(s, duration_units, number); break;
	default: return true;
	}
	return ok && (!bounded || (*number >= d->min && *number <= d->max));
}

static void assign(struct value *v, const char *text, int64_t number)
{
	free(v->text);
	v->text = strdup(text);
	if (!v->text)
		abort();
	v->number = number;
}

struct options *options_create(const struct option_def *const *tables)
{
	struct options *o = calloc(1, sizeof *o);

	if (!o)
		abort();
	for (; *tables; tables++)
		for (const struct option_def *d = *tables; d->name; d++) {
			int64_t number;

			if (find(o, d->name) || !parse_value(d, d->value, &number))
				abort(); /* defined twice, or a default out of its own bounds */
			o->values = realloc(o->values, (o->n + 1) * sizeof *o->values);
			if (!o->values)
				abort();
			o->values[o->n] = (struct value){ .def = d };
			assign(&o->values[o->n++], d->value, number);
		}
	return o;
}

void options_destroy(struct options *o)
{
	if (!o)
		return;
	for (size_t i = 0; i < o->n; i++)
		free(o->values[i].text);
	free(o->values);
	free(o);
}

/* ---- sources ---- */

static bool unknown(const struct options *o, const char *name, const char *where, struct error *err)
{
	const char *nearest = NULL;
	size_t best = 4;

	for (size_t i = 0; i < o->n; i++) {
		size_t d = text_distance(name, o->values[i].def->name);

		if (d < best) {
			best = d;
			nearest = o->values[i].def->name;
		}
	}
	return error_set(err, ERROR_INVALID, "%s: there is no option '%.60s'%s%s%s", where, name,
		nearest ? "; did you mean '" : "", nearest ? nearest : "", nearest ? "'?" : ".");
}

bool options_set(struct options *o, const char *name, const char *text, const char *where,
	struct error *err)
{
	struct value *v = find(o, name);
	int64_t number;

	if (!v)
		return unknown(o, name, where, err);
	if (parse_value(v->def, text, &number)) {
		assign(v, text, number);
		return true;
	}
	if (v->def->min || v->def->max)
		return error_set(err, ERROR_INVALID, "%s: %s must be %s, from %lld to %lld, not '%.60s'.",
			where, name, expected(v->def->type), (long long)v->def->min, (long long)v->def->max, text);
	return error_set(err, ERROR_INVALID, "%s: %s must be %s, not '%.60s'.", where, name,
		expected(v->def->type), text);
}

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	for (n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]);)
		s[--n] = '\0';
	return s;
}

bool options_load_file(struct options *o, const char *path, struct error *err)
{
	FILE *f = fopen(path, "re");
	char *line = NULL, where[512];
	size_t room = 0;
	bool ok = true;

	if (!f)
		return error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	for (int number = 1; ok && getline(&line, &room, f) >= 0; number++) {
		char *name = trim(line), *equals;

		snprintf(where, sizeof where, "%s:%d", path, number);
		if (*name == '\0' || *name == '#')
			continue;
		equals = strchr(name, '=');
		if (!equals) {
			ok = error_set(err, ERROR_INVALID, "%s: expected 'name = value'.", where);
			break;
		}
		*equals = '\0';
		ok = options_set(o, trim(name), trim(equals + 1), where, err);
	}
	if (ok && ferror(f))
		ok = error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	free(line);
	fclose(f);
	return ok;
}

bool options_load_environment(struct options *o, struct error *err)
{
	static const char prefix[] = "COMMONWEAL_";

	for (char **e = environ; *e; e++) {
		char name[64];
		const char *equals = strchr(*e, '=');
		size_t n = 0;

		if (strncmp(*e, prefix, sizeof prefix - 1) != 0 || !equals)
			continue;
		for (const char *s = *e + sizeof prefix - 1; s < equals && n < sizeof name - 1; s++)
			name[n++] = *s == '_' ? '-' : (char)tolower((unsigned char)*s);
		name[n] = '\0';
		if (strcmp(name, "config") != 0 && !options_set(o, name, equals + 1, "environment", err))
			return false;
	}
	return true;
}

bool options_load_arguments(struct options *o, int argc, char **argv, int first, int *rest,
	struct error *err)
{
	int i = first;

	for (; i < argc && strncmp(argv[i], "--", 2) == 0; i++) {
		char name[64];
		const char *equals = strchr(argv[i], '='), *text;

		if (argv[i][2] == '\0') {
			i++;
			break;
		}
		snprintf(name, sizeof name, "%.*s",
			(int)strcspn(argv[i] + 2, "="), argv[i] + 2);
		if (equals)
			text = equals + 1;
		else if (!find(o, name))
			return unknown(o, name, "command line", err);
		else if (i + 1 < argc)
			text = argv[++i];
		else
			return error_set(err, ERROR_INVALID, "command line: --%s needs a value.", name);
		if (!options_set(o, name, text, "command line", err))
			return false;
	}
	*rest = i;
	return true;
}

/* ---- questions ---- */

static const struct value *known(const struct options *o, const char *name, bool number)
{
	const struct value *v = find(o, name);
	bool is_number = v && (v->def->type == OPTION_BOOL || v->def->type == OPTION_INT ||
		v->def->type == OPTION_SIZE || v->def->type == OPTION_DURATION);

	if (!v || is_number != number)
		abort();
	return v;
}

const char *options_string(const struct options *o, const char *name)
{
	return known(o, name, false)->text;
}

int64_t options_int(const struct options *o, const char *name)
{
	return known(o, name, true)->number;
}

bool options_bool(const struct options *o, const char *name)
{
	return known(o, name, true)->number != 0;
}

void options_each(const struct options *o, const char *name, void (*fn)(const char *, void *),
	void *arg)
{
	char *copy = strdup(known(o, name, false)->text), *save = NULL;

	if (!copy)
		abort();
	for (char *w = strtok_r(copy, ", \t", &save); w; w = strtok_r(NULL, ", \t", &save))
		fn(w, arg);
	free(copy);
}

void options_all(const struct options *o, void (*fn)(const struct option_def *, const char *, void *), void *arg)
{
	for (size_t i = 0; i < o->n; i++)
		fn(o->values[i].def, o->values[i].text, arg);
}

void options_help(const struct options *o, FILE *out)
{
	for (size_t i = 0; i < o->n; i++) {
		const struct option_def *d = o->values[i].def;

		fprintf(out, "  --%s=%s\n      %s\n", d->name, *d->value ? d->value : "\"\"", d->help);
	}
}
