/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Similar jurisdictions, and one of them beside one's own. */
#include "peers.h"
#include "account.h"

#define PER_PAGE 20

const struct param peers_params[] = {
	{ "factor", PARAM_SLUG, 0, 0, "Only those alike in this" },
	{ "page", PARAM_INT, 1, 1000, "Page of the list" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const char *const done_words[][2] = {
	{ "saved", "It is on your list." },
	{ "about", "Saved. What you share is used from now on." },
	{ "changed", "Your note is saved." },
	{ "removed", "It is removed from your list." },
	{ NULL, NULL }
};

static void nav_entry(struct request *rq, struct data *page, const char *label, const char *path)
{
	struct data *item = data_item(page, "sections");

	data_text(item, "label", label);
	data_url(item, "url", strcmp(path, "/peers") == 0 ? url_path(rq->arena, "%b/peers", rq->base) :
		url_path(rq->arena, "%b/peers/%s", rq->base, path + strlen("/peers/")));
	data_flag(item, "current", strcmp(rq->path, path) == 0);
}

static struct url peers_url(struct request *rq, const char *below)
{
	return *below ? url_path(rq->arena, "%b/peers/%s", rq->base, below) : url_path(rq->arena, "%b/peers",
		rq->base);
}

struct data *peers_page_create(struct request *rq, const char *title)
{
	struct data *page = page_create(rq, title);

	data_text(page, "heading", title);
	data_text(page, "scope", rq->space->name);
	data_text(page, "part", "Peers");
	data_text(page, "done", done_text(rq, done_words));
	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	if (strcmp(rq->path, "/peers") == 0)
		page_crumb(page, "Peers", (struct url){ NULL });
	else
		page_crumb(page, "Peers", peers_url(rq, ""));
	nav_entry(rq, page, "Similar jurisdictions", "/peers");
	nav_entry(rq, page, "Our list", "/peers/list");
	if (viewer_has_role(rq->viewer, rq->space->id, ROLE_EDITOR))
		nav_entry(rq, page, "About us", "/peers/about-us");
	return page;
}

/* ---- the list ---- */

static bool before(const struct peer *x, const struct peer *y, enum peer_factor by)
{
	int order = by == PEER_FACTORS ? 0 : y->match.reasons[by].points - x->match.reasons[by].points;

	order = order ? order : y->match.points - x->match.points;
	order = order ? order : y->match.compared - x->match.compared;
	return (order ? order : strcmp(x->space->slug, y->space->slug)) < 0;
}

/* Merges two halves; the order is total, so it is the same every time. */
static void sort(struct peer *list, struct peer *room, size_t n, enum peer_factor by)
{
	size_t half = n / 2, i = 0, k = half;

	if (n < 2)
		return;
	sort(list, room, half, by);
	sort(list + half, room, n - half, by);
	for (size_t out = 0; out < n; out++)
		room[out] = k == n || (i < half && before(&list[i], &list[k], by)) ? list[i++] : list[k++];
	memcpy(list, room, n * sizeof *list);
}

static bool match_all(struct request *rq, struct peer **own, struct peer **others, size_t *n,
	struct error *err)
{
	struct peer *all;
	size_t k = 0;

	*own = NULL;
	if (!peers_read(rq, rq->space->id, &all, n, err))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (strcmp(all[i].space->id, rq->space->id) == 0) {
			*own = arena_alloc(rq->arena, sizeof **own);
			**own = all[i];
		}
	for (size_t i = 0; *own && i < *n; i++)
		if (strcmp(all[i].space->id, rq->space->id) != 0) {
			all[k] = all[i];
			peer_match(rq->arena, &(*own)->facts, &all[k].facts, &all[k].match);
			k++;
		}
	*others = all;
	*n = k;
	return *own || error_absent(err);
}

/* "Not known of them: stage of work, strategy" */
static void put_unknown(struct arena *a, struct data *item, const struct peer_match *m)
{
	static const char *const of[] = { "Not known of either", "Not known of them", "Not known of you" };
	const char *lists[3] = { "", "", "" };

	for (int f = 0; f < PEER_FACTORS; f++) {
		const struct peer_reason *r = &m->reasons[f];
		int who = r->own_known ? 1 : r->other_known ? 2 : 0;

		if (!r->own_known || !r->other_known)
			lists[who] = arena_printf(a, "%s%s%s", lists[who], *lists[who] ? ", " : "",
			peer_factor_label((enum peer_factor)f));
	}
	for (int i = 0; i < 3; i++)
		if (*lists[i])
			data_textf(data_item(item, "unknown"), "words", "%s: %s.", of[i], lists[i]);
}

static void put_reasons(struct arena *a, struct data *item, const struct peer_match *m)
{
	bool used[PEER_FACTORS] = { false };

	/* What is most alike first; what is not alike at all is no reason. */
	for (int k = 0; k < PEER_FACTORS; k++) {
		int best = -1;

		for (int f = 0; f < PEER_FACTORS; f++)
			if (!used[f] && m->reasons[f].own_known && m->reasons[f].other_known &&
				(best < 0 || m->reasons[f].points > m->reasons[best].points))
				best = f;
		if (best < 0)
			break;
		used[best] = true;
		data_text(data_item(item, m->reasons[best].points ? "reasons" : "unlike"), "words", m->reasons[best].words);
	}
	put_unknown(a, item, m);
}

static void put_peer(struct request *rq, struct data *page, const struct peer *p)
{
	struct data *item = data_item(page, "peers");

	data_text(item, "name", p->space->name);
	data_url(item, "url", peers_url(rq, p->space->slug));
	data_textf(item, "points", "%d", p->match.points);
	data_textf(item, "compared", "%d", p->match.compared);
	data_text(item, "offers", p->offers);
	data_flag(item, "leadership", p->space->leadership);
	put_reasons(rq->arena, item, &p->match);
}

/* What others cannot compare with because we have not said it. */
static void put_own(struct request *rq, struct data *page, const struct peer *own)
{
	struct peer_match m;

	peer_match(rq->arena, &own->facts, &own->facts, &m);
	for (int f = 0; f < PEER_FACTORS; f++)
		if (!m.reasons[f].own_known)
			data_text(data_item(page, "missing"), "label", peer_factor_label((enum peer_factor)f));
	if (viewer_has_role(rq->viewer, rq->space->id, ROLE_EDITOR))
		data_url(page, "about_us_url", peers_url(rq, "about-us"));
}

bool peers_page(struct request *rq, struct response *rs, struct error *err)
{
	enum peer_factor by = peer_factor_parse(request_arg(rq, "factor"));
	int current = (int)request_arg_int(rq, "page", 1);
	struct peer *own, *list;
	size_t n, k = 0;

	if (!request_own_jurisdiction(rq, err) || !match_all(rq, &own, &list, &n, err))
		return false;
	struct data *page = peers_page_create(rq, "Similar jurisdictions");
	for (size_t i = 0; i < n; i++)
		if (by == PEER_FACTORS || 2 * list[i].match.reasons[by].points >= peer_factor_weight(by))
			list[k++] = list[i];
	sort(list, arena_array(rq->arena, k ? k : 1, sizeof *list), k, by);
	for (size_t i = (size_t)(current - 1) * PER_PAGE; i < k && i < (size_t)current * PER_PAGE; i++)
		put_peer(rq, page, &list[i]);
	put_own(rq, page, own);
	page_option(page, "factors", "", "Everything", NULL);
	for (int f = 0; f < PEER_FACTORS; f++)
		page_option(page, "factors", peer_factor_word((enum peer_factor)f), peer_factor_label((enum peer_factor)f),
			by == PEER_FACTORS ? NULL : peer_factor_word(by));
	data_text(page, "factor", by == PEER_FACTORS ? NULL : peer_factor_label(by));
	data_textf(page, "total", "%zu", k);
	data_textf(page, "of", "%zu", n);
	data_url(page, "filter_url", peers_url(rq, ""));
	page_pagination(page, url_query(rq->arena, peers_url(rq, ""), "factor", by == PEER_FACTORS ? NULL :
		peer_factor_word(by)),
		(int64_t)k, PER_PAGE, current);
	return page_send_private(rq, rs, "peers", page, err);
}

/* ---- one of them ---- */

static const char *fact_text(struct request *rq, enum peer_factor f, const struct peer_facts *x)
{
	switch (f) {
	case PEER_POPULATION:
		return x->people > 0 ? peer_number(rq->arena, x->people) : NULL;
	case PEER_PROBLEM:
		return x->band >= 0 ? arena_printf(rq->arena, "%s homicides a year per 100,000 people",
			peer_band_label(x->band)) : NULL;
	case PEER_STRATEGY:
		return x->strategies == 0 ? NULL : x->strategies == PEER_GROUP_VIOLENCE ?
			page_strategy_name("group-violence") :
			x->strategies == PEER_DRUG_MARKET ? page_strategy_name("drug-market") : "Group violence and drug market";
	case PEER_STAGE:
		return x->stage ? peer_stage_label(x->stage) : NULL;
	case PEER_CALL_IN:
		return x->months < 0 ? NULL : x->months == 0 ? "This month" : x->months == 1 ? "1 month" :
			arena_printf(rq->arena, "%d months", x->months);
	case PEER_FACTORS:
		break;
	}
	return NULL;
}

static void put_factor(struct request *rq, struct data *page, enum peer_factor f, const struct peer *own,
	const struct peer *p)
{
	struct data *row = data_item(page, "factors");

	data_text(row, "label", peer_factor_label(f));
	data_text(row, "theirs", fact_text(rq, f, &p->facts));
	data_text(row, "theirs_from", p->from[f]);
	data_text(row, "ours", fact_text(rq, f, &own->facts));
	data_text(row, "ours_from", own->from[f]);
	data_textf(row, "points", "%d", p->match.reasons[f].points);
	data_textf(row, "weight", "%d", peer_factor_weight(f));
}

static bool put_list_state(struct request *rq, struct data *page, const struct peer *p, struct error *err)
{
	struct peer_saved *saved;
	size_t n;

	if (!peer_saved_list(rq->db, rq->arena, rq->space->id, p->space->id, &saved, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "notes");

		data_text(item, "who", saved[i].mine ? "You" : saved[i].account_name);
		data_text(item, "note", saved[i].note);
		data_flag(item, "shared", saved[i].shared);
		if (saved[i].mine)
			data_flag(page, "on_list", true);
	}
	return true;
}

static void put_contact(struct request *rq, struct data *page, const struct peer *p)
{
	data_url(page, "space_url", page_space_url(rq, p->space->slug));
	if (p->profile)
		data_url(page, "profile_url", url_path(rq->arena, "/s/%s/profiles/%s", p->space->slug, p->profile));
	data_url(page, "people_url", url_query(rq->arena, url_path(rq->arena, "%b/people", rq->base), "space",
		p->space->slug));
	data_url(page, "ask_url", url_query(rq->arena, url_path(rq->arena, "%b/help/new", rq->base), "to",
		p->space->slug));
	data_url(page, "visit_url", url_query(rq->arena, url_path(rq->arena, "%b/help/visits/new", rq->base),
		"host", p->space->slug));
	data_url(page, "discuss_url", url_path(rq->arena, "%b/discussions", rq->base));
	data_url(page, "list_url", peers_url(rq, "list"));
}

bool peer_show(struct request *rq, struct response *rs, const char *slug, const char *note, bool shared,
	const char *wrong,
	struct error *err)
{
	struct peer *own, *list, *p = NULL;
	size_t n;

	if (!match_all(rq, &own, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].space->slug, slug) == 0)
			p = &list[i];
	if (!p)
		return error_absent(err);
	struct data *page = peers_page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s and you",
		p->space->short_name) :
		arena_printf(rq->arena, "%s and you", p->space->short_name));
	data_text(page, "heading", arena_printf(rq->arena, "%s and you", p->space->short_name));
	data_text(page, "name", p->space->short_name);
	data_text(page, "slug", p->space->slug);
	data_text(page, "own_name", rq->space->short_name);
	data_textf(page, "points", "%d", p->match.points);
	data_textf(page, "compared", "%d", p->match.compared);
	data_text(page, "offers", p->offers);
	data_text(page, "typed_note", note);
	data_text(page, "shared_checked", shared ? "checked" : NULL);
	data_text(page, "wrong", wrong);
	for (int f = 0; f < PEER_FACTORS; f++)
		put_factor(rq, page, (enum peer_factor)f, own, p);
	put_contact(rq, page, p);
	if (wrong)
		rs->status = 400;
	page_crumb(page, p->space->short_name, (struct url){ NULL });
	return put_list_state(rq, page, p, err) && page_send_private(rq, rs, "peer", page, err);
}

bool peer_page(struct request *rq, struct response *rs, struct error *err)
{
	return request_own_jurisdiction(rq, err) && peer_show(rq, rs, request_arg(rq, "slug"), NULL, false, NULL, err);
}
