/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Calling a session, changing it, calling it off; and its calendar file. */
#include "meeting.h"
#include "audit.h"
#include "zone.h"
#include "../events/event.h"

const struct param session_new_params[] = {
	{ "group", PARAM_SLUG, 0, 0, "The group that is to meet" },
	{ NULL, 0, 0, 0, NULL }
};

struct editing {
	struct request *rq;
	struct meeting m;      /* as typed */
	const struct meeting *now; /* as it is saved; NULL: a new one */
	const char *group;     /* id that was chosen */
	const char **told;
	size_t n_told;
	struct note *notes;    /* to be found under a new title */
	struct entry *lines;
	size_t n_notes, n_lines;
	bool cancel;
	char id[ID_SIZE];
};

/* ---- the form ---- */

static bool put_groups(struct editing *x, struct data *page, bool *any, struct error *err)
{
	struct request *rq = x->rq;
	struct meeting_group *groups;
	size_t n;

	*any = false;
	if (!meeting_groups(rq->db, rq->arena, &groups, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *words = meeting_group_words(rq->arena, groups[i].kind, groups[i].name, groups[i].space_name);
		const char *label = groups[i].kind < GROUP_TEAM ? words : arena_printf(rq->arena, "%s (%s%s)", words,
			groups[i].space_name,
			groups[i].kind == GROUP_PRIVATE ? ", private" : "");
		bool here = strcmp(groups[i].space_id, rq->space->id) == 0;

		/* At the network's own address, of all spaces. */
		if (!here && strcmp(rq->space->slug, SPACE_NATIONAL) != 0)
			continue;
		*any = true;
		page_option(page, "groups", groups[i].id, label, x->group);
	}
	return true;
}

/* Events to choose from: those that the person may see, the latest first. */
static bool put_events(struct editing *x, struct data *page, struct error *err)
{
	struct record_filter f = { .type = "event", .order = RECORD_BY_START, .limit = 200,
		.starts_from = clock_now_us() - 180 * 86400 * 1000000LL };
	struct record *list, *own;
	bool listed = !x->m.record_id;
	size_t n;

	if (!record_list(x->rq->db, x->rq->arena, &f, &list, &n, NULL, err))
		return false;
	page_option(page, "events", "", "None", x->m.record_id ? x->m.record_id : "");
	for (size_t i = 0; i < n; i++) {
		listed = listed || strcmp(list[i].id, x->m.record_id) == 0;
		page_option(page, "events", list[i].id, arena_printf(x->rq->arena, "%s, %s", list[i].title,
			date_human(x->rq->arena, arena_strndup(x->rq->arena, list[i].starts, 10))), x->m.record_id);
	}
	/* One that is long past, or not for this person to see, stays unless another is chosen. */
	if (!listed && x->now && x->now->record_id && strcmp(x->now->record_id, x->m.record_id) == 0)
		page_option(page, "events", x->m.record_id, record_by_id(x->rq->db, x->rq->arena, x->m.record_id, &own,
			&(struct error){ 0 }) ?
			own->title : "The event that was chosen before", x->m.record_id);
	return true;
}

static void put_typed(struct data *page, const struct meeting *m)
{
	data_text(page, "title_typed", m->title);
	data_text(page, "about", m->about);
	data_text(page, "starts", m->starts);
	data_text(page, "ends", m->ends);
	data_text(page, "place", m->place);
	data_text(page, "join_url", m->join_url);
	data_textf(page, "version", "%lld", (long long)m->version);
	for (size_t i = 0; event_zones[i][0]; i++)
		page_option(page, "zones", event_zones[i][0], event_zones[i][1], m->zone);
}

/* What someone else saved meanwhile, beside what was typed. */
static void put_theirs(struct editing *x, struct data *page)
{
	struct data *d = data_object(page, "theirs");

	data_text(d, "title", x->now->title);
	data_text(d, "when", when_text(x->rq->arena, x->now->zone, x->now->starts_us, x->now->ends_us));
	data_text(d, "place", x->now->place);
	data_text(d, "join", x->now->join_url);
	data_markup(d, "about", html_stored(x->now->about_html));
}

static bool show(struct editing *x, struct response *rs, const struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	struct data *page = meeting_page(rq, rs, x->now, x->now ? "Change the session" : "Call a working session", wrong);
	bool any = true;

	if (!x->now && !put_groups(x, page, &any, err))
		return false;
	if (!x->now && !any)
		return error_set(err, ERROR_NOT_FOUND, "There is no group here in which you can call a session.");
	data_flag(page, "new", !x->now);
	if (wrong && wrong->kind == ERROR_CONFLICT && x->now) {
		put_theirs(x, page);
		x->m.version = x->now->version;
	}
	put_typed(page, &x->m);
	data_url(page, "save_url", x->now ? meeting_url(rq, x->now, "edit") : url_path(rq->arena, "%b/sessions/new", rq->base));
	return put_events(x, page, err) && page_send_private(rq, rs, "session-edit", page, err);
}

bool session_new(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_arg(rq, "group"), *reader = reader_zone(rq);
	struct editing x = { .rq = rq, .m = { .title = "", .about = "", .starts = "", .ends = "", .zone = reader ? reader :
		"America/New_York", .place = "" } };
	struct error none = { 0 };
	struct group *g;

	if (slug && group_get(rq->db, rq->arena, rq->space->id, slug, &g, &none))
		x.group = g->id;
	return show(&x, rs, NULL, err);
}

bool session_edit(struct request *rq, struct response *rs, struct error *err)
{
	struct editing x = { .rq = rq };
	struct meeting *m;

	if (!meeting_led(rq, &m, err))
		return false;
	x.now = m;
	x.m = *m;
	return show(&x, rs, NULL, err);
}

/* ---- what was typed ---- */

static bool read_times(struct meeting *m, struct error *wrong)
{
	if (!zone_known(m->zone))
		return error_set(wrong, ERROR_INVALID, "Choose a time zone of the list.");
	if (strlen(m->starts) != 16 || !zone_to_utc(m->zone, m->starts, &m->starts_us, NULL))
		return error_set(wrong, ERROR_INVALID, "Say when it begins, as 2026-12-09T14:00; it must be a time that the "
			"clocks have.");
	if (strlen(m->ends) != 16 || !zone_to_utc(m->zone, m->ends, &m->ends_us, NULL))
		return error_set(wrong, ERROR_INVALID, "Say when it ends, as 2026-12-09T15:30; it must be a time that the clocks have.");
	if (m->ends_us <= m->starts_us)
		return error_set(wrong, ERROR_INVALID, "It must end after it begins.");
	return m->ends_us - m->starts_us <= 14 * 86400 * 1000000LL ||
		error_set(wrong, ERROR_INVALID, "A session lasts at most 14 days. Call several for a longer time.");
}

static bool read_typed(struct editing *x, struct error *wrong)
{
	struct request *rq = x->rq;
	struct meeting *m = &x->m;
	const char *event = request_typed(rq, "event"), *join = request_typed(rq, "join_url");
	struct prose drawn;
	struct record *r;
	struct url url;

	m->title = text_normalise(rq->arena, request_typed(rq, "title"));
	m->about = merge_normalise(rq->arena, request_typed(rq, "about"));
	m->starts = request_typed(rq, "starts");
	m->ends = request_typed(rq, "ends");
	m->zone = request_typed(rq, "zone");
	m->place = text_normalise(rq->arena, request_typed(rq, "place"));
	m->join_url = *join ? join : NULL;
	m->record_id = *event ? event : NULL;
	m->version = strtoll(request_typed(rq, "version"), NULL, 10);
	if (x->now && m->version < 1)
		m->version = INT64_MAX; /* no version that there was */
	if (!*m->title)
		return error_set(wrong, ERROR_INVALID, "Give the session a title.");
	if (strlen(m->title) > MEETING_LINE_MAX || strlen(m->place) > MEETING_LINE_MAX)
		return error_set(wrong, ERROR_INVALID, "Use at most %d letters for title and place.", MEETING_LINE_MAX);
	if (strlen(m->about) > MEETING_ABOUT_MAX)
		return error_set(wrong, ERROR_INVALID, "Use at most %d letters to say what it is about.", MEETING_ABOUT_MAX);
	if (m->join_url && (strlen(m->join_url) > 2000 || !url_external(rq->arena, m->join_url, &url)))
		return error_set(wrong, ERROR_INVALID, "The link to join must be a web address that begins with https://.");
	bool kept = m->record_id && x->now && x->now->record_id && strcmp(m->record_id, x->now->record_id) == 0;
	if (m->record_id && !kept && (!id_valid(m->record_id) || !record_by_id(rq->db, rq->arena, m->record_id, &r,
		&(struct error){ 0 }) ||
		strcmp(r->type, "event") != 0))
		return error_set(wrong, ERROR_INVALID, "Choose an event of the list.");
	if (!read_times(m, wrong))
		return false;
	if (!prose_draw(rq->engine->schemas, rq->arena, m->about, "about-", &drawn, wrong))
		return false;
	m->about_html = drawn.html;
	return true;
}

/* The group that was chosen, if the person may call sessions in it. */
static bool read_group(struct editing *x, struct error *wrong)
{
	struct request *rq = x->rq;
	struct meeting_group *groups;
	size_t n;

	x->group = request_typed(rq, "group");
	if (!meeting_groups(rq->db, rq->arena, &groups, &n, wrong))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(groups[i].id, x->group) == 0) {
			x->m.group_id = groups[i].id;
			x->m.kind = groups[i].kind;
			x->m.group_name = groups[i].name;
			x->m.space_id = groups[i].space_id;
			x->m.space_slug = groups[i].space_slug;
			return true;
		}
	return error_set(wrong, ERROR_INVALID, "Choose the group that is to meet.");
}

/* ---- saving ---- */

static const char *path_of(struct request *rq, const struct meeting *m)
{
	return arena_printf(rq->arena, "/sessions/%s", m->id);
}

/* Who is told: those on the list, and in a team or private group everyone. Not the whole network, or a whole space. */
static bool read_told(struct db *w, struct editing *x, struct error *err)
{
	if (x->m.kind == GROUP_TEAM || x->m.kind == GROUP_PRIVATE)
		return group_readers(w, x->rq->arena, x->m.group_id, &x->told, &x->n_told, err);
	return attendee_accounts(w, x->rq->arena, x->m.id, &x->told, &x->n_told, err);
}

static bool tell(struct db *w, struct editing *x, const char *what, int64_t sequence, struct error *err)
{
	struct request *rq = x->rq;

	if (!read_told(w, x, err))
		return false;
	for (size_t i = 0; i < x->n_told; i++) {
		const char *key = arena_printf(rq->arena, "session %s %s %lld", x->m.id, what, (long long)sequence);

		if (!meeting_tell(w, rq, &x->m, x->told[i], "session", key, arena_printf(rq->arena, "%s: %s", what, x->m.title),
			path_of(rq, &x->m), x->m.id, err))
			return false;
	}
	return true;
}

/* What a private group does among itself is in no log that others read. */
static bool audited(struct db *w, struct editing *x, const char *action, struct error *err)
{
	struct audit_entry e = audit_entry(x->rq, action, x->m.id, NULL);

	return x->m.kind == GROUP_PRIVATE || audit_write(w, &e, err);
}

static const struct entry *line_of(const struct editing *x, const char *id)
{
	for (size_t i = 0; i < x->n_lines; i++)
		if (strcmp(x->lines[i].id, id) == 0)
			return &x->lines[i];
	return NULL;
}

static bool reindex(struct db *w, struct editing *x, struct error *err)
{
	if (!meeting_index(w, x->rq, &x->m, err))
		return false;
	/* Titles of what hangs on it hold its own. What is removed is not found. */
	for (size_t i = 0; i < x->n_lines; i++)
		if (!x->lines[i].removed_us && !entry_index(w, &x->m, &x->lines[i], err))
			return false;
	for (size_t i = 0; i < x->n_notes; i++) {
		const struct note *n = &x->notes[i];
		const struct entry *e = n->entry_id ? line_of(x, n->entry_id) : NULL;

		if ((!n->entry_id || (e && !e->removed_us)) && !note_index(w, x->rq, &x->m, n, e ? e->text : NULL, err))
			return false;
	}
	return true;
}

static bool write_meeting(struct db *w, void *arg, struct error *err)
{
	struct editing *x = arg;
	struct meeting *m = &x->m;
	bool moved = x->now && (m->starts_us != x->now->starts_us || m->ends_us != x->now->ends_us ||
		strcmp(m->place, x->now->place) != 0);

	if (!meeting_save(w, m, x->rq->account, err) || !reindex(w, x, err))
		return false;
	if (!x->now)
		return attendee_set(w, m->id, x->rq->account->id, x->m.kind == GROUP_NETWORK ? NULL : x->m.space_id, false, err) &&
			tell(w, x, "Session called", 0, err) && audited(w, x, "meeting.call", err);
	return (!moved || tell(w, x, "Session moved", x->now->sequence + 1, err)) && audited(w, x, "meeting.change", err);
}

bool session_begin(struct request *rq, struct response *rs, struct error *err)
{
	struct editing x = { .rq = rq };
	struct error wrong = { 0 };

	bool typed = read_typed(&x, &wrong);
	struct error other = { 0 };
	bool group = read_group(&x, typed ? &wrong : &other);
	if (typed && group) {
		struct group *g;

		if (!group_by_id(rq->db, rq->arena, x.m.group_id, &g, err))
			return false;
		x.m.scope = g->scope;
		x.m.version = 0;
		id_new(x.id);
		x.m.id = x.id;
		if (request_write_wake(rq, write_meeting, &x, &wrong))
			return done_redirect(rq, rs, meeting_url(rq, &x.m, NULL), "called");
	}
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	return show(&x, rs, &wrong, err);
}

bool session_save(struct request *rq, struct response *rs, struct error *err)
{
	struct editing x = { .rq = rq };
	struct error wrong = { 0 };
	struct meeting *m;

	if (!meeting_led(rq, &m, err))
		return false;
	x.now = m;
	x.m = *m;
	if (!note_list(rq->db, rq->arena, m->id, &x.notes, &x.n_notes, err) ||
		!entry_list(rq->db, rq->arena, m->id, 0, &x.lines, &x.n_lines, err))
		return false;
	if (read_typed(&x, &wrong) && request_write_wake(rq, write_meeting, &x, &wrong))
		return done_redirect(rq, rs, meeting_url(rq, m, NULL), "saved");
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	/* What is saved now, not what this request saw when it began. */
	if (wrong.kind == ERROR_CONFLICT) {
		db_end(rq->db);
		if (!db_begin(rq->db, rq->viewer, err) || !meeting_led(rq, &m, err))
			return false;
		x.now = m;
	}
	return show(&x, rs, &wrong, err);
}

static bool write_cancel(struct db *w, void *arg, struct error *err)
{
	struct editing *x = arg;

	return meeting_cancel(w, x->m.id, x->cancel, err) &&
		tell(w, x, x->cancel ? "Session called off" : "Session takes place after all", x->now->sequence + 1, err) &&
		audited(w, x, x->cancel ? "meeting.call-off" : "meeting.again", err);
}

bool session_cancel(struct request *rq, struct response *rs, struct error *err)
{
	struct editing x = { .rq = rq, .cancel = strcmp(request_typed(rq, "act"), "again") != 0 };
	struct meeting *m;

	if (!meeting_led(rq, &m, err))
		return false;
	x.now = m;
	x.m = *m;
	return request_write_wake(rq, write_cancel, &x, err) &&
		done_redirect(rq, rs, meeting_url(rq, m, NULL), x.cancel ? "cancelled" : "again");
}

/* ---- the calendar file ---- */

/* As an event: the calendar of events says all that a session needs. */
bool session_ics(struct request *rq, struct response *rs, struct error *err)
{
	struct meeting *m;

	if (!meeting_here(rq, &m, err))
		return false;
	json_t *details = json_owned(rq->arena, json_object());
	if (m->cancelled_us)
		json_set_text(details, "state", "cancelled");
	json_set_text(details, "venue", *m->place ? m->place : NULL);
	struct record r = { .id = m->id, .type = "event", .title = m->title, .summary = arena_printf(rq->arena, "Working session: %s",
		meeting_group_words(rq->arena, m->kind, m->group_name, m->space_name)), .group = "working-session",
			.starts = m->starts, .ends = m->ends, .zone = m->zone, .starts_us = m->starts_us };
	struct event e = { .r = &r, .details = details, .sequence = m->sequence, .changed_us = m->changed_us };
	struct ics_event one = { .event = &e, .url = page_absolute(rq, meeting_url(rq, m, NULL)), .join = m->join_url };
	if (!ics_write(rq->arena, NULL, &one, 1, &rs->body, err))
		return false;
	rs->type = "text/calendar; charset=utf-8";
	response_header(rs, "Content-Disposition", "attachment; filename=\"session.ics\"");
	return true;
}
