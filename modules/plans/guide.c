/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A guide's steps, and what a later version of it has changed for a plan. */
#include "plans.h"

static const char *member(struct arena *a, const json_t *o, const char *name)
{
	const char *s = json_string_value(json_object_get(o, name));

	return s ? arena_strdup(a, s) : "";
}

static void read_step(struct arena *a, const json_t *o, struct guide_step *s)
{
	const json_t *text = json_object_get(o, "text"), *title = json_object_get(o, "title"), *entry;
	size_t i;

	s->slug = member(a, o, "slug");
	s->title = json_is_object(title) ? member(a, title, "text") : member(a, o, "title");
	s->html = member(a, text, "html");
	s->text = member(a, text, "text");
	s->roles = text_normalise(a, member(a, o, "role"));
	s->resources = "";
	json_array_foreach(json_object_get(o, "resources"), i, entry) {
		const char *line = json_string_value(entry);

		if (line)
			s->resources = *s->resources ? arena_printf(a, "%s\n%s", s->resources, line) : arena_strdup(a, line);
	}
	/* 0x1f stands in none of them. The markup: so that a link that changed counts. */
	const char *all = arena_printf(a, "%s\x1f%s\x1f%s\x1f%s", s->title, s->html, s->roles, s->resources);
	sha256_hex(all, strlen(all), s->hash);
}

bool guide_steps(struct arena *a, const char *details_json, struct guide_step **out, size_t *n, struct error *err)
{
	json_t *details = json_owned(a, json_loads(details_json ? details_json : "{}", 0, NULL));
	const json_t *list = json_object_get(details, "steps"), *entry;
	size_t i;

	*n = json_array_size(list);
	*out = arena_array(a, *n ? *n : 1, sizeof **out);
	if (!details)
		return error_set(err, ERROR_INTERNAL, "The guide cannot be read.");
	json_array_foreach(list, i, entry)
		read_step(a, entry, &(*out)[i]);
	return true;
}

/* ---- comparing ---- */

static bool is_declined(const struct guide_declined *list, size_t n, const char *slug, const char *hash)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].slug, slug) == 0 && strcmp(list[i].hash, hash) == 0)
			return true;
	return false;
}

static const struct plan_step *mine_of(const struct plan_step *mine, size_t n, const char *slug)
{
	for (size_t i = 0; i < n; i++)
		if (mine[i].guide_slug && strcmp(mine[i].guide_slug, slug) == 0)
			return &mine[i];
	return NULL;
}

static bool in_guide(const struct guide_step *now, size_t n, const char *slug)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(now[i].slug, slug) == 0)
			return true;
	return false;
}

void guide_compare(struct arena *a, const struct guide_step *now, size_t n_now, const struct plan_step *mine,
	size_t n_mine, const struct guide_declined *declined, size_t n_declined, struct guide_change **out, size_t *n)
{
	*out = arena_array(a, n_now + n_mine + 1, sizeof **out);
	*n = 0;
	for (size_t i = 0; i < n_now; i++) {
		const struct plan_step *own = mine_of(mine, n_mine, now[i].slug);

		if ((own && strcmp(own->guide_hash, now[i].hash) == 0) || is_declined(declined, n_declined, now[i].slug, now[i].hash))
			continue;
		(*out)[(*n)++] = (struct guide_change){ own ? GUIDE_CHANGED : GUIDE_NEW, &now[i], own, i ? now[i - 1].slug : NULL };
	}
	/* A step that is not for this jurisdiction anyway needs no word. */
	for (size_t i = 0; i < n_mine; i++)
		if (mine[i].guide_slug && mine[i].status != STEP_NOT_FOR_US && !in_guide(now, n_now, mine[i].guide_slug))
			(*out)[(*n)++] = (struct guide_change){ GUIDE_GONE, NULL, &mine[i], NULL };
}

const char *guide_indicators(struct arena *a, const char *strategies)
{
	static const char *const fit[][2] = {
		{ "group-violence", "homicides group-homicides shootings call-ins custom-notifications services-offered services-accepted" },
		{ "drug-market", "violent-crime drug-crime calls-for-service complaints call-ins services-offered services-accepted" } };
	const char *all = "";

	for (size_t i = 0; i < sizeof fit / sizeof *fit; i++) {
		char *words = arena_strdup(a, fit[i][1]), *save = NULL;

		if (!strategies || !plan_has_word(strategies, fit[i][0]))
			continue;
		for (char *w = strtok_r(words, " ", &save); w; w = strtok_r(NULL, " ", &save))
			if (!plan_has_word(all, w))
				all = *all ? arena_printf(a, "%s %s", all, w) : arena_strdup(a, w);
	}
	return all;
}

const char *guide_lines(struct arena *a, const char *title, const char *text, const char *roles, const char *resources)
{
	const char *out = arena_printf(a, "%s\n%s", title, text);

	if (*roles)
		out = arena_printf(a, "%s\nWho: %s", out, roles_text(a, roles));
	return *resources ? arena_printf(a, "%s\nYou need:\n%s", out, resources) : out;
}
