/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of member jurisdictions: map, list by state, profiles. */
#include "jurisdictions.h"
#include "assets.h"
#include "map.h"

static struct map *map; static const char *kind_label(const char *kind)
{
	static const char *const names[][2] = { { "city", "City" }, { "county", "County" },
		{ "state", "State" }, { "multi", "Several localities" } };

	for (size_t i = 0; i < 4; i++)
		if (strcmp(names[i][0], kind) == 0)
			return names[i][1];
	return kind;
}

static int by_state_then_name(const void *x, const void *y)
{
	const struct space *a = *(const struct space *const *)x, *b = *(const struct space *const *)y;
	const char *s = map_state_name(a->region), *t = map_state_name(b->region);
	int order = strcmp(s ? s : "~", t ? t : "~");

	if (order != 0)
		return order;
	/* The state itself first, then its cities and counties. */
	order = (strcmp(b->kind, "state") == 0) - (strcmp(a->kind, "state") == 0);
	return order != 0 ? order : strcmp(a->short_name, b->short_name);
}

static void put_place(struct request *rq, struct data *group, const struct space *s)
{
	struct data *item = data_item(group, "places");

	data_text(item, "name", s->short_name);
	data_text(item, "kind", kind_label(s->kind));
	data_text(item, "tagline", s->tagline);
	data_flag(item, "leadership", s->leadership);
	data_url(item, "url", page_space_url(rq, s->slug));
}

static void put_list(struct request *rq, struct data *page, const struct space **list, size_t n)
{
	struct data *group = NULL;
	const char *current = NULL;

	for (size_t i = 0; i < n; i++) {
		const char *state = map_state_name(list[i]->region);

		state = state ? state : "Elsewhere";
		if (!current || strcmp(state, current) != 0) {
			group = data_item(page, "states");
			data_text(group, "label", state);
			current = state;
		}
		put_place(rq, group, list[i]);
	}
}

struct markup jurisdictions_map(struct request *rq, const char *label, bool links, const struct space *spaces,
	size_t n, size_t *unplaced)
{
	struct map_place *places = arena_array(rq->arena, n, sizeof *places);
	size_t located = 0, members = 0;

	for (size_t i = 0; i < n; i++) {
		const struct space *s = &spaces[i];

		if (!space_is_jurisdiction(s))
			continue;
		members++;
		if (s->located)
			places[located++] = (struct map_place){ .name = s->name, .region = s->region, .lat = s->lat,
				.lon = s->lon, .state = strcmp(s->kind, "state") == 0,
				.url = links ? page_space_url(rq, s->slug) : (struct url){ NULL } };
	}
	if (unplaced)
		*unplaced = members - located;
	return map_draw(map, rq->arena, label, places, located);
}

static bool jurisdictions(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Jurisdictions");
	const struct space **list;
	struct space *spaces;
	size_t n, members = 0, leaders = 0, unplaced;

	if (!space_list(rq->db, rq->arena, &spaces, &n, err))
		return false;
	list = arena_array(rq->arena, n, sizeof *list);
	for (size_t i = 0; i < n; i++)
		if (space_is_jurisdiction(&spaces[i])) {
			list[members++] = &spaces[i];
			leaders += spaces[i].leadership;
		}
	if (members)
		qsort(list, members, sizeof *list, by_state_then_name);
	put_list(rq, page, list, members);
	data_markup(page, "map", jurisdictions_map(rq,
		"Map of the member jurisdictions; the list below has the same links", true, spaces, n, &unplaced));
	if (unplaced)
		data_textf(page, "unplaced", "%zu", unplaced);
	data_textf(page, "count", "%zu", members);
	data_textf(page, "leaders", "%zu", leaders);
	data_flag(page, "any", members > 0);
	if (!members) {
		struct data *empty = data_object(page, "empty");

		data_text(empty, "heading", "No jurisdiction has a page yet");
		data_text(empty, "message", "They appear here and on the map as they join.");
	}
	page_crumb(page, "Jurisdictions", (struct url){ NULL });
	data_text(page, "description", "The member jurisdictions of the network, on a map and as a list by state.");
	return page_send(rq, rs, "jurisdictions", page, err);
}

static void fill_profile(struct request *rq, struct data *page, const struct record *r,
	const json_t *details)
{
	static const char *const stages[][2] = { { "planned", "planned" }, { "implemented", "carried out" },
		{ "sustained", "sustained" }, { "ended", "ended" }, { "restarted", "restarted" } };
	const char *joined = details_text(details, "joined");
	const json_t *entry;
	size_t i;

	(void)r;
	record_fact_url(page, "Jurisdiction", r->space_name, page_space_url(rq, r->space_slug));
	if (joined)
		record_fact(page, "Member since", date_human(rq->arena, joined));
	json_array_foreach(json_object_get(details, "strategies"), i, entry) {
		const char *since = details_text(entry, "since"), *stage = details_text(entry, "stage");

		for (size_t k = 0; stage && k < 5; k++)
			if (strcmp(stages[k][0], stage) == 0)
				stage = stages[k][1];
		record_fact_url(page, "Strategy", arena_printf(rq->arena, "%s%s%s%s%s",
			page_strategy_name(details_text(entry, "strategy")), stage ? ": " : "", stage ? stage : "",
			since ? ", since " : "", since ? date_human(rq->arena, since) : ""),
			url_query(rq->arena, url_path(rq->arena, "%b/library", rq->base), "strategy",
			details_text(entry, "strategy")));
	}
	json_array_foreach(json_object_get(details, "team"), i, entry) {
		struct data *item = data_item(page, "team");

		data_text(item, "role", page_role_name(details_text(entry, "role")));
		data_text(item, "name", details_text(entry, "text"));
	}
	if (json_object_get(details, "team"))
		record_section(rq, page, false, "team", "Team");
}

static bool start(struct engine *e, struct error *err)
{
	const struct asset *outlines = assets_by_name(e->assets, "data/us-states.json");

	if (!outlines)
		return error_set(err, ERROR_INTERNAL, "The static files lack data/us-states.json.");
	map = map_load(outlines->identity, outlines->identity_len, err);
	return map;
}

static void stop(struct engine *e)
{
	(void)e;
	map_destroy(map);
	map = NULL;
}

static const struct record_type profile_type = { "profile", "profiles", "Jurisdiction profile",
	"Jurisdiction profiles", false, "/jurisdictions", "Jurisdictions", fill_profile };
static const struct record_type *const types[] = { &profile_type, NULL };

static const struct route routes[] = {
	{ HTTP_GET, "/jurisdictions", ROLE_ANYONE, 0, NULL, jurisdictions, "Member jurisdictions" },
	{ HTTP_GET, "/profiles/{slug:slug}", ROLE_ANYONE, 0, NULL, record_page, "Profile of a jurisdiction" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module jurisdictions_module = {
	.name = "jurisdictions", .types = types, .routes = routes, .start = start, .stop = stop };
