/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Site visits: SQL only. The guests' space, the hosts' and the national office's editors see one. */
#include "help.h"
#include "audit.h"
#include "zone.h"

#define VISIT "id, request_id, guest_space, guest_slug, guest_name, host_space, host_slug, host_name, account_id, " \
	"coalesce(account_name, 'someone'), purpose, people, date1, date2, date3, agenda, agenda_html, host_person, logistics, logistics_html, " \
	"starts, ends, zone, seen, seen_html, advice, advice_html, actions, actions_html, state, guest_agreed, host_agreed, guest_story, " \
	"host_story, version, changed_us, plans, guest, host "

static void read_visit(struct query *q, struct arena *a, struct visit *v)
{
	int i = 0;

	v->id = q_col_text(q, a, i++);
	v->request_id = q_col_text(q, a, i++);
	v->guest_id = q_col_text(q, a, i++);
	v->guest_slug = q_col_text(q, a, i++);
	v->guest_name = q_col_text(q, a, i++);
	v->host_id = q_col_text(q, a, i++);
	v->host_slug = q_col_text(q, a, i++);
	v->host_name = q_col_text(q, a, i++);
	v->account_id = q_col_text(q, a, i++);
	v->account_name = q_col_text(q, a, i++);
	v->purpose = q_col_text(q, a, i++);
	v->people = q_col_text(q, a, i++);
	for (int k = 0; k < 3; k++)
		v->dates[k] = q_col_text(q, a, i++);
	v->agenda = q_col_text(q, a, i++);
	v->agenda_html = q_col_text(q, a, i++);
	v->host_person = q_col_text(q, a, i++);
	v->logistics = q_col_text(q, a, i++);
	v->logistics_html = q_col_text(q, a, i++);
	v->starts = q_col_text(q, a, i++);
	v->ends = q_col_text(q, a, i++);
	v->zone = q_col_text(q, a, i++);
	v->seen = q_col_text(q, a, i++);
	v->seen_html = q_col_text(q, a, i++);
	v->advice = q_col_text(q, a, i++);
	v->advice_html = q_col_text(q, a, i++);
	v->actions = q_col_text(q, a, i++);
	v->actions_html = q_col_text(q, a, i++);
	v->state = visit_state_parse(q_col_text(q, a, i++));
	v->guest_agreed = q_col_int(q, i++) != 0;
	v->host_agreed = q_col_int(q, i++) != 0;
	v->guest_story = q_col_int(q, i++) != 0;
	v->host_story = q_col_int(q, i++) != 0;
	v->version = q_col_int(q, i++);
	v->changed_us = q_col_int(q, i++);
	v->plans = q_col_int(q, i++);
	v->guest = q_col_int(q, i++) != 0;
	v->host = q_col_int(q, i++) != 0;
}

bool visit_list(struct db *db, struct arena *a, const char *space_id, const char *request_id,
	struct visit **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " VISIT ", count(*) OVER () FROM (SELECT * FROM v_help_visit WHERE "
		"(:space IS NULL OR guest_space = :space OR host_space = :space) AND (:request IS NULL OR request_id = "
		":request) "
		"ORDER BY state IN ('reported', 'cancelled'), starts_us, changed_us DESC, id LIMIT 200) "
		"ORDER BY state IN ('reported', 'cancelled'), starts_us, changed_us DESC, id");
	q_text(&q, ":space", space_id);
	q_text(&q, ":request", request_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 39), sizeof **out);
		read_visit(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

bool visit_get(struct db *db, struct arena *a, const char *id, struct visit **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT " VISIT "FROM v_help_visit WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_visit(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	return *out || error_absent(err);
}

bool visit_entries(struct db *db, struct arena *a, const char *id, struct help_entry **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, act, coalesce(account_name, 'someone'), space_name, words, at_us, count(*) "
		"OVER () "
		"FROM v_help_visit_entry WHERE visit_id = :id ORDER BY at_us, id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 6), sizeof **out);
		(*out)[(*n)++] = (struct help_entry){ .id = q_col_text(&q, a, 0), .act = q_col_text(&q, a, 1),
			.account_name = q_col_text(&q, a, 2),
			.space_name = q_col_text(&q, a, 3), .html = q_col_text(&q, a, 4), .at_us = q_col_int(&q, 5) };
	}
	return q_done(&q, err);
}

/* Agreed visits of those who asked for one or took a step in it. */
bool visit_mine(struct request *rq, struct mine *m, struct error *err)
{
	struct query q;

	db_query(rq->db, &q, "SELECT v.id, v.guest_slug, v.guest_name, v.host_slug, v.host_name, v.starts_us, "
		"v.guest FROM v_help_visit v "
		"WHERE v.state = 'agreed' AND v.starts_us > :from AND (v.guest OR v.host) AND EXISTS (SELECT 1 FROM "
		"v_help_visit_entry x "
		"WHERE x.visit_id = v.id AND x.account_id = :me) ORDER BY v.starts_us LIMIT 50");
	q_int(&q, ":from", clock_now_us() - 86400LL * 1000000);
	q_text(&q, ":me", rq->account->id);
	while (q_row(&q)) {
		const char *guests = q_col_text(&q, rq->arena, 2), *hosts = q_col_text(&q, rq->arena, 4);
		const char *slug = q_col_text(&q, rq->arena, q_col_int(&q, 6) ? 1 : 3);

		mine_add(m, &(struct mine_item){ .part = MINE_EVENT, .at_us = q_col_int(&q, 5), .where = hosts,
			.title = arena_printf(rq->arena, "Site visit: %s visits %s", guests, hosts),
			.url = url_path(rq->arena, "/s/%s/help/visits/%s", slug, q_col_text(&q, rq->arena, 0)) });
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

static bool add_entry(struct db *w, const struct help_by *by, const char *visit, enum visit_act act,
	const char *words, struct error *err)
{
	struct audit_entry entry = audit_entry(by->rq, arena_printf(by->rq->arena, "visit.%s",
		visit_act_word(act)), visit, NULL);
	char id[ID_SIZE];
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO help_visit_entry (id, visit_id, act, account_id, for_space, words, at_us) "
		"VALUES (:id, :visit, :act, :account, :space, :words, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":visit", visit);
	q_text(&q, ":act", visit_act_word(act));
	q_text(&q, ":account", by->rq->account->id);
	q_text(&q, ":space", by->space_id);
	q_text(&q, ":words", words);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && audit_write(w, &entry, err);
}

struct stored {
	const char *guest, *host, *guest_name, *host_name, *guest_slug, *host_slug, *account, *purpose, *seen,
		*advice, *actions;
	enum visit_state state;
	bool guest_agreed, host_agreed;
	int64_t version;
};

static bool read_stored(struct db *w, struct arena *a, const char *id, struct stored *v, struct error *err)
{
	struct query q;

	*v = (struct stored){ .guest = NULL };
	db_query(w, &q, "SELECT v.guest_space, v.host_space, g.short_name, h.short_name, v.account_id, v.purpose, "
		"v.seen, v.advice, v.actions, "
		"v.state, v.guest_agreed, v.host_agreed, v.version FROM help_visit v JOIN space g ON g.id = v.guest_space "
		"JOIN space h ON h.id = v.host_space WHERE v.id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*v = (struct stored){ .guest = q_col_text(&q, a, 0), .host = q_col_text(&q, a, 1), .guest_name = q_col_text(&q, a, 2),
			.host_name = q_col_text(&q, a, 3), .account = q_col_text(&q, a, 4), .purpose = q_col_text(&q, a, 5),
			.seen = q_col_text(&q, a, 6), .advice = q_col_text(&q, a, 7), .actions = q_col_text(&q, a, 8),
			.state = visit_state_parse(q_col_text(&q, a, 9)), .guest_agreed = q_col_int(&q, 10) != 0,
			.host_agreed = q_col_int(&q, 11) != 0, .version = q_col_int(&q, 12) };
	return q_done(&q, err) && (v->guest || error_absent(err));
}

/* Found by the two spaces and the national office. */
static bool index_visit(struct db *w, struct arena *a, const char *id, struct error *err)
{
	const char *national = "";
	struct stored v;
	struct query q;

	db_query(w, &q, "SELECT id FROM space WHERE slug = '" SPACE_NATIONAL "'");
	while (q_row(&q))
		national = q_col_text(&q, a, 0);
	if (!q_done(&q, err) || !read_stored(w, a, id, &v, err))
		return false;
	struct search_text t = { .kind = "visit", .path = arena_printf(a, "/help/visits/%s", id),
		.at_us = clock_now_us(),
		.title = arena_printf(a, "%s visits %s", v.guest_name, v.host_name),
		.body = arena_printf(a, "%s\n%s\n%s\n%s", v.purpose, v.seen, v.advice, v.actions) };
	const char *scopes[3] = { arena_printf(a, "s:%s", v.guest), arena_printf(a, "s:%s", v.host),
		arena_printf(a, "e:%s", national) };
	const char *spaces[3] = { v.guest, v.host, national };
	for (int i = 0; i < 3; i++) {
		t.id = i ? arena_printf(a, "%s:%d", id, i) : id;
		t.scope = scopes[i];
		t.space_id = spaces[i];
		if (!search_text_put(w, &t, err))
			return false;
	}
	return true;
}

/* Those who took part so far, on both sides; of the other side its contributors when nobody has yet. */
static bool tell_sides(struct db *w, const struct help_by *by, const char *id, const char *title,
	struct error *err)
{
	struct arena *a = by->rq->arena;
	const char *to[100][2];
	struct query q;
	size_t n = 0;

	db_query(w, &q, "SELECT m.account_id, m.space_id FROM help_visit v JOIN membership m ON m.space_id IN "
		"(v.guest_space, v.host_space) "
		"JOIN account p ON p.id = m.account_id WHERE v.id = :id AND p.disabled_us = 0 AND (EXISTS (SELECT 1 FROM "
		"help_visit_entry x "
		"WHERE x.visit_id = v.id AND x.account_id = m.account_id AND x.for_space = m.space_id) OR (m.role <> "
		"'reader' AND NOT EXISTS "
		"(SELECT 1 FROM help_visit_entry x WHERE x.visit_id = v.id AND x.for_space = m.space_id))) GROUP BY "
		"m.account_id LIMIT 100");
	q_text(&q, ":id", id);
	while (q_row(&q) && n < 100) {
		to[n][0] = q_col_text(&q, a, 0);
		to[n++][1] = q_col_text(&q, a, 1);
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!help_tell(w, by, to[i][0], to[i][1], title, arena_printf(a, "/help/visits/%s", id), id, err))
			return false;
	return true;
}

bool visit_add(struct db *w, const struct help_by *by, const struct visit_new *v, char id[ID_SIZE],
	struct error *err)
{
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO help_visit (id, request_id, guest_space, host_space, account_id, purpose, "
		"people, date1, date2, date3, "
		"state, version, changed_us) VALUES (:id, :request, :guest, :host, :account, :purpose, :people, :one, "
		":two, :three, 'proposed', 1, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":request", v->request_id);
	q_text(&q, ":guest", v->guest_id);
	q_text(&q, ":host", v->host_id);
	q_text(&q, ":account", by->rq->account->id);
	q_text(&q, ":purpose", v->purpose);
	q_text(&q, ":people", v->people);
	q_text(&q, ":one", v->dates[0]);
	q_text(&q, ":two", v->dates[1]);
	q_text(&q, ":three", v->dates[2]);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err) && add_entry(w, by, id, VISIT_PROPOSE, "", err) && index_visit(w, by->rq->arena, id,
		err) &&
		tell_sides(w, by, id, arena_printf(by->rq->arena, "%s asks for a site visit", by->rq->account->name), err);
}

static bool save_plan(struct db *w, const struct visit_step *s, struct error *err)
{
	const struct visit_plan *p = s->plan;
	int64_t us;
	struct query q;

	if (!zone_to_utc(p->zone, p->starts, &us, err))
		return false;
	db_query(w, &q, "UPDATE help_visit SET agenda = :agenda, agenda_html = :agenda_html, host_person = "
		":person, logistics = :logistics, "
		"logistics_html = :logistics_html, starts = :starts, ends = :ends, zone = :zone, starts_us = :us, plans = "
		"plans + 1, "
		"guest_agreed = 0, host_agreed = 0 WHERE id = :id");
	q_text(&q, ":agenda", p->agenda);
	q_text(&q, ":agenda_html", p->agenda_prose.html);
	q_text(&q, ":person", p->host_person);
	q_text(&q, ":logistics", p->logistics);
	q_text(&q, ":logistics_html", p->logistics_prose.html);
	q_text(&q, ":starts", p->starts);
	q_text(&q, ":ends", p->ends);
	q_text(&q, ":zone", p->zone);
	q_int(&q, ":us", us);
	q_text(&q, ":id", s->id);
	return q_run(&q, err);
}

static bool save_report(struct db *w, const struct visit_step *s, struct error *err)
{
	const struct visit_report *r = s->report;
	struct query q;

	/* Who agreed to a story agreed to what was written then. */
	db_query(w, &q, "UPDATE help_visit SET seen = :seen, seen_html = :seen_html, advice = :advice, advice_html "
		"= :advice_html, "
		"actions = :actions, actions_html = :actions_html, guest_story = 0, host_story = 0 WHERE id = :id");
	q_text(&q, ":seen", r->seen);
	q_text(&q, ":seen_html", r->seen_prose.html);
	q_text(&q, ":advice", r->advice);
	q_text(&q, ":advice_html", r->advice_prose.html);
	q_text(&q, ":actions", r->actions);
	q_text(&q, ":actions_html", r->actions_prose.html);
	q_text(&q, ":id", s->id);
	return q_run(&q, err);
}

static bool set_flag(struct db *w, const struct visit_step *s, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_visit SET guest_agreed = CASE WHEN :agree AND :guest THEN 1 ELSE guest_agreed "
		"END, "
		"host_agreed = CASE WHEN :agree AND NOT :guest THEN 1 ELSE host_agreed END, "
		"guest_story = CASE WHEN NOT :agree AND :guest THEN :story ELSE guest_story END, "
		"host_story = CASE WHEN NOT :agree AND NOT :guest THEN :story ELSE host_story END WHERE id = :id");
	q_int(&q, ":agree", s->act == VISIT_AGREE);
	q_int(&q, ":guest", s->guest);
	q_int(&q, ":story", s->story);
	q_text(&q, ":id", s->id);
	return q_run(&q, err);
}

static bool act_on(struct db *w, const struct visit_step *s, struct error *err)
{
	switch (s->act) {
	case VISIT_PLAN:
		return save_plan(w, s, err);
	case VISIT_REPORT:
		return save_report(w, s, err);
	case VISIT_AGREE:
	case VISIT_STORY:
		return set_flag(w, s, err);
	default:
		return true;
	}
}

static bool set_state(struct db *w, const char *id, enum visit_state state, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE help_visit SET state = :state, version = version + 1, changed_us = :now WHERE id = "
		":id");
	q_text(&q, ":state", visit_state_word(state));
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool visit_do(struct db *w, const struct help_by *by, const struct visit_step *s, struct error *err)
{
	static const char *const words[VISIT_ACTS] = { [VISIT_PLAN] = "planned",
		[VISIT_AGREE] = "agreed to the plan of", [VISIT_REPORT] = "reported on",
		[VISIT_STORY] = "said whether others may read of", [VISIT_CANCEL] = "called off" };
	struct arena *a = by->rq->arena;
	enum visit_state next;
	struct stored v;

	if (!read_stored(w, a, s->id, &v, err))
		return false;
	next = visit_next(v.state, s->act, s->guest ? v.host_agreed : v.guest_agreed);
	if (!next || (s->version && s->version != v.version))
		return error_set(err, ERROR_CONFLICT, "The visit has changed meanwhile. What is saved stands on the page; "
		"look at it, then save again.");
	return act_on(w, s, err) && set_state(w, s->id, next, err) && add_entry(w, by, s->id, s->act, s->words,
		err) &&
		index_visit(w, a, s->id, err) && tell_sides(w, by, s->id, arena_printf(a, "%s %s the visit of %s to %s",
		by->rq->account->name,
		words[s->act], v.guest_name, v.host_name), err);
}
