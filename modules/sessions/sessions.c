/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Working sessions: the module, and what its pages share. */
#include "meeting.h"
#include "audit.h"
#include "blob.h"
#include "zone.h"

/* ---- addresses ---- */

struct url meeting_url_of(struct request *rq, const char *space_slug, const char *meeting_id, const char *below)
{
	const char *base = page_space_url(rq, space_slug).text;
	size_t n = strlen(base);

	if (n && base[n - 1] == '/')
		base = arena_strndup(rq->arena, base, n - 1);
	/* All parts are the base, ids and literals. */
	return url_path(rq->arena, "%b", arena_printf(rq->arena, "%s/sessions/%s%s%s", base, meeting_id, below ? "/" : "",
		below ? below : ""));
}

struct url meeting_url(struct request *rq, const struct meeting *m, const char *below)
{
	return meeting_url_of(rq, m->space_slug, m->id, below);
}

const char *meeting_group_words(struct arena *a, enum group_kind kind, const char *group_name, const char *space_name)
{
	return kind == GROUP_NETWORK ? "Everyone in the network" : kind == GROUP_SPACE ? arena_printf(a,
		"Everyone in %s", space_name) :
		group_name;
}

/* ---- finding ---- */

bool meeting_here(struct request *rq, struct meeting **out, struct error *err)
{
	return meeting_get(rq->db, rq->arena, request_arg(rq, "id"), out, err) &&
		(strcmp((*out)->space_id, rq->space->id) == 0 || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

bool meeting_led(struct request *rq, struct meeting **out, struct error *err)
{
	return meeting_here(rq, out, err) && ((*out)->leads || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

bool meeting_written(struct request *rq, struct meeting **out, struct error *err)
{
	return meeting_here(rq, out, err) && ((*out)->writes || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

static bool add_candidate(struct request *rq, struct candidate **out, size_t *n, size_t *room, struct candidate one)
{
	for (size_t i = 0; i < *n; i++)
		if (strcmp((*out)[i].account_id, one.account_id) == 0)
			return false;
	if (*n == *room) {
		size_t more = *room ? *room * 2 : 32;
		struct candidate *list = arena_array(rq->arena, more, sizeof *list);

		if (*n)
			memcpy(list, *out, *n * sizeof *list);
		*out = list;
		*room = more;
	}
	(*out)[(*n)++] = one;
	return true;
}

/* Members of those spaces of the session that the viewer may speak for. */
static bool of_spaces(struct request *rq, const struct meeting *m, struct candidate **out, size_t *n, size_t *room,
	struct error *err)
{
	for (size_t i = 0; i < rq->account->n_memberships; i++) {
		const struct account_membership *s = &rq->account->memberships[i];
		struct account *people;
		size_t n_people;

		if (m->kind == GROUP_NETWORK ? !viewer_may_write(rq->viewer, s->space_id) : strcmp(s->space_id, m->space_id) != 0)
			continue;
		if (!account_members(rq->db, rq->arena, s->space_id, &people, &n_people, err))
			return false;
		for (size_t k = 0; k < n_people; k++)
			add_candidate(rq, out, n, room, (struct candidate){ people[k].id, people[k].name, s->space_id, s->space_name });
	}
	return true;
}

bool meeting_candidates(struct request *rq, const struct meeting *m, bool naming, struct candidate **out, size_t *n,
	struct error *err)
{
	struct group_member *members;
	struct attendee *list;
	size_t n_list, room = 0;

	*out = NULL;
	*n = 0;
	if (m->kind == GROUP_TEAM || m->kind == GROUP_PRIVATE) {
		if (!group_members(rq->db, rq->arena, m->group_id, &members, &n_list, err))
			return false;
		for (size_t i = 0; i < n_list; i++)
			add_candidate(rq, out, n, &room, (struct candidate){ members[i].account_id, members[i].name, members[i].space_id,
				members[i].space_name });
	} else if ((m->kind == GROUP_SPACE || naming) && !of_spaces(rq, m, out, n, &room, err)) {
		return false;
	}
	if (naming)
		return true;
	/* Whoever attends can be given an action. */
	if (!attendee_list(rq->db, rq->arena, m->id, &list, &n_list, err))
		return false;
	for (size_t i = 0; i < n_list; i++)
		if (!list[i].declined)
			add_candidate(rq, out, n, &room, (struct candidate){ list[i].account_id, list[i].name, list[i].space_id,
				list[i].space_name });
	return true;
}

/* ---- pages ---- */

bool is_wrong(const struct error *wrong)
{
	return wrong->kind == ERROR_INVALID || wrong->kind == ERROR_CONFLICT;
}

static const char *const done_words[][2] = {
	{ "called", "The session is called. Now add its agenda, and name who attends." },
	{ "saved", "Saved." },
	{ "cancelled", "The session is called off. Whoever was expected is told." },
	{ "again", "The session takes place after all." },
	{ "added", "Added." },
	{ "removed", "Removed. It can be brought back below, under Removed." },
	{ "restored", "It is back." },
	{ "done", "Marked as done." },
	{ "open", "Open again." },
	{ "attends", "You are on the list." },
	{ "declines", "It is noted that you do not attend." },
	{ "named", "The list is changed." },
	{ "noted", "Your notes are saved." },
	{ "merged", "Your notes are saved, together with what others saved while you wrote." },
	{ "unchanged", "Nothing was different, so no new version was made." },
	{ "published", "The minutes are published." },
	{ "withdrawn", "The minutes are withdrawn; nobody but those who look after the session sees them." },
	{ "asked", "The statement is put to everyone on the list." },
	{ "answered", "Your answer is kept." },
	{ "became", "Everyone needed has consented. A draft of a practice record was made from the statement." },
	{ "ended", "The statement is taken back." },
	{ "extended", "There is more time to answer." },
	{ NULL, NULL }
};

struct data *meeting_page(struct request *rq, struct response *rs, const struct meeting *m, const char *title,
	const struct error *wrong)
{
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) :
		m ? arena_printf(rq->arena, "%s: %s", m->title, title) : title);

	page_crumb(page, "Exchange", url_path(rq->arena, "%b/exchange", rq->base));
	if (strcmp(rq->path, "/sessions") != 0)
		page_crumb(page, "Working sessions", url_path(rq->arena, "%b/sessions", rq->base));
	if (m) {
		page_crumb(page, m->title, meeting_url(rq, m, NULL));
		data_text(page, "session_title", m->title);
		data_url(page, "session_url", meeting_url(rq, m, NULL));
		data_text(page, "group", meeting_group_words(rq->arena, m->kind, m->group_name, m->space_name));
		data_text(page, "space_name", m->space_name);
	}
	page_crumb(page, title, (struct url){ NULL });
	data_text(page, "heading", title);
	data_text(page, "done", done_text(rq, done_words));
	if (wrong) {
		data_text(page, "wrong", wrong->text);
		rs->status = error_status(wrong->kind);
	}
	return page;
}

const char *day_today(struct arena *a, const char *zone)
{
	char local[17];

	if (!zone_local(zone, clock_now_us(), local))
		return arena_strndup(a, moment_utc(a, clock_now_us()), 10);
	return arena_strndup(a, local, 10);
}

bool day_valid(const char *day)
{
	return strlen(day) == 10 && date_valid(day);
}

/* ---- writing ---- */

bool meeting_tell(struct db *w, struct request *rq, const struct meeting *m, const char *account_id, const char *kind,
	const char *key, const char *title, const char *path, const char *about, struct error *err)
{
	struct notification_new n = { .account_id = account_id, .kind = kind, .space_id = m->space_id, .scope = m->scope, .key = key,
		.title = title, .path = path, .about = about };

	return strcmp(account_id, rq->account->id) == 0 || notification_add(w, rq->engine, &n, err);
}

/* ---- search ---- */

bool note_index(struct db *w, struct request *rq, const struct meeting *m, const struct note *n, const char *about,
	struct error *err)
{
	struct prose drawn;
	struct error none = { 0 };
	struct search_text t = { .kind = "session-note", .id = n->id, .space_id = m->space_id, .scope = m->scope,
		.path = arena_printf(rq->arena, "/sessions/%s", m->id), .title = arena_printf(rq->arena, "Notes: %s%s%s", m->title,
		about ? ", " : "", about ? about : ""), .at_us = m->starts_us };

	if (!*n->text)
		return search_text_remove(w, t.kind, t.id, err);
	t.body = prose_draw(rq->engine->schemas, rq->arena, n->text, "x-", &drawn, &none) ? drawn.text : n->text;
	return search_text_put(w, &t, err);
}

bool entry_index(struct db *w, const struct meeting *m, const struct entry *e, struct error *err)
{
	struct search_text t = { .kind = "session-decision", .id = e->id, .space_id = m->space_id, .scope = m->scope,
		.title = m->title, .body = e->text, .at_us = m->starts_us };
	char path[64];

	if (e->kind != ENTRY_DECISION)
		return true;
	if (e->removed_us)
		return search_text_remove(w, t.kind, t.id, err);
	snprintf(path, sizeof path, "/sessions/%s", m->id);
	t.path = path;
	return search_text_put(w, &t, err);
}

bool meeting_index(struct db *w, struct request *rq, const struct meeting *m, struct error *err)
{
	struct search_text t = { .kind = "session", .id = m->id, .space_id = m->space_id, .scope = m->scope,
		.path = arena_printf(rq->arena, "/sessions/%s", m->id), .title = m->title, .body = m->about, .at_us = m->starts_us };

	return search_text_put(w, &t, err);
}

/* ---- My page ---- */

static bool mine_actions(struct request *rq, struct mine *m, struct error *err)
{
	struct action *list;
	size_t n;

	/* What is late, the page says by its date. */
	if (!action_list(rq->db, rq->arena, NULL, true, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &list[i].entry;
		struct mine_item item = { .part = MINE_TASK, .title = e->text, .url = meeting_url_of(rq, list[i].space_slug,
			e->meeting_id, NULL),
			.where = meeting_group_words(rq->arena, list[i].group_kind, list[i].group_name, list[i].space_name) };

		item.note = arena_printf(rq->arena, "Action from %s", list[i].meeting_title);
		if (*e->day)
			zone_to_utc("Etc/UTC", arena_printf(rq->arena, "%sT12:00", e->day), &item.at_us, NULL);
		mine_add(m, &item);
	}
	return true;
}

static bool mine_statements(struct request *rq, struct mine *m, struct error *err)
{
	struct statement_waiting *list;
	size_t n;

	if (!statement_waits(rq->db, rq->arena, day_today(rq->arena, "Etc/UTC"), &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct mine_item item = { .part = MINE_TASK, .title = arena_printf(rq->arena, "Answer: %s", list[i].title),
			.where = meeting_group_words(rq->arena, list[i].group_kind, list[i].group_name, list[i].space_name),
				.note = "A statement for your consent",
			.url = meeting_url_of(rq, list[i].space_slug, list[i].meeting_id, arena_printf(rq->arena,
				"statements/%s", list[i].id)) };

		zone_to_utc("Etc/UTC", arena_printf(rq->arena, "%sT12:00", list[i].until), &item.at_us, NULL);
		mine_add(m, &item);
	}
	return true;
}

static bool mine_sessions(struct request *rq, struct mine *m, struct error *err)
{
	struct meeting_filter f = { .ends_after_us = clock_now_us(), .mine = true, .limit = 50 };
	struct meeting *list;
	size_t n;

	if (!meeting_list(rq->db, rq->arena, &f, &list, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		mine_add(m, &(struct mine_item){ .part = MINE_EVENT, .title = list[i].title, .note = "Working session",
			.where = meeting_group_words(rq->arena, list[i].kind, list[i].group_name, list[i].space_name),
			.url = meeting_url(rq, &list[i], NULL), .at_us = list[i].starts_us });
	return true;
}

static bool mine(struct request *rq, struct mine *m, struct error *err)
{
	return mine_actions(rq, m, err) && mine_statements(rq, m, err) && mine_sessions(rq, m, err);
}

/* ---- export ---- */

/* Attached files; what was written comes as rows by itself. */
static bool export_files(struct space_export *x, struct error *err)
{
	struct query q;

	meeting_export(x, &q);
	return export_blobs(x, &q, err);
}

/* ---- the module ---- */

static const struct notification_kind notifications[] = {
	{ "action", "Actions given to me in working sessions", NOTIFICATION_MAIL, NULL },
	{ "session", "Working sessions of my groups: called, moved, called off, minutes", NOTIFICATION_DIGEST, NULL },
	{ "statement", "Statements that are put to me for consent", NOTIFICATION_MAIL, NULL },
	{ NULL, NULL, 0, NULL }
};

static const char *const search_kinds[][2] = { { "session", "Working session" }, { "session-note", "Notes of a session" },
	{ "session-decision", "Decision" }, { "session-minutes", "Minutes" }, { "session-statement", "Statement" }, { NULL, NULL } };

static const struct route routes[] = {
	{ HTTP_GET, "/sessions", ROLE_SIGNED_IN, 0, sessions_params, sessions_page, "Working sessions of one's groups" },
	{ HTTP_GET, "/sessions/actions", ROLE_SIGNED_IN, 0, actions_params, actions_page, "Actions from working sessions" },
	{ HTTP_GET, "/sessions/new", ROLE_SIGNED_IN, 0, session_new_params, session_new, "Form to call a session" },
	{ HTTP_POST, "/sessions/new", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, session_begin, "Call a session" },
	{ HTTP_GET, "/sessions/{id:id}", ROLE_SIGNED_IN, 0, done_params, session_page, "A working session" },
	{ HTTP_GET, "/sessions/{id:id}/session.ics", ROLE_SIGNED_IN, 0, NULL, session_ics, "A session for the calendar" },
	{ HTTP_GET, "/sessions/{id:id}/edit", ROLE_SIGNED_IN, 0, NULL, session_edit, "Form to change a session" },
	{ HTTP_POST, "/sessions/{id:id}/edit", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, session_save, "Change a session" },
	{ HTTP_POST, "/sessions/{id:id}/cancel", ROLE_SIGNED_IN, 0, NULL, session_cancel,
		"Call a session off, or hold it after all" },
	{ HTTP_POST, "/sessions/{id:id}/lines", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, entry_add,
		"Add an item, a paper, a decision or an action" },
	{ HTTP_GET, "/sessions/{id:id}/lines/{line:id}", ROLE_SIGNED_IN, 0, NULL, entry_page, "Form to change such a line" },
	{ HTTP_POST, "/sessions/{id:id}/lines/{line:id}", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, entry_change,
		"Change such a line" },
	{ HTTP_POST, "/sessions/{id:id}/lines/{line:id}/act", ROLE_SIGNED_IN, 0, NULL, entry_act,
		"Move, remove or bring back such a line; mark an action as done" },
	{ HTTP_GET, "/sessions/{id:id}/people", ROLE_SIGNED_IN, 0, done_params, attendance_page, "Who attends a session" },
	{ HTTP_POST, "/sessions/{id:id}/people", ROLE_SIGNED_IN, 0, NULL, attendance_act, "Attend or decline; name who attends" },
	{ HTTP_GET, "/sessions/{id:id}/notes/{note:id}", ROLE_SIGNED_IN, 0, note_params, note_page, "Form to write notes" },
	{ HTTP_POST, "/sessions/{id:id}/notes/{note:id}", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, note_keep, "Save notes" },
	{ HTTP_GET, "/sessions/{id:id}/notes/{note:id}/state", ROLE_SIGNED_IN, 0, NULL, note_state,
		"The last version of notes, for the script" },
	{ HTTP_GET, "/sessions/{id:id}/notes/{note:id}/versions", ROLE_SIGNED_IN, 0, history_params, note_history,
		"Versions of notes" },
	{ HTTP_GET, "/sessions/{id:id}/minutes", ROLE_SIGNED_IN, 0, done_params, minutes_page, "Published minutes" },
	{ HTTP_GET, "/sessions/{id:id}/minutes/edit", ROLE_SIGNED_IN, 0, NULL, minutes_form, "Form to make minutes" },
	{ HTTP_POST, "/sessions/{id:id}/minutes/edit", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, minutes_act,
		"Preview or publish minutes" },
	{ HTTP_POST, "/sessions/{id:id}/minutes/withdraw", ROLE_SIGNED_IN, 0, NULL, minutes_take_back, "Withdraw minutes" },
	{ HTTP_GET, "/sessions/{id:id}/statements/new", ROLE_SIGNED_IN, 0, NULL, statement_form, "Form to put a statement" },
	{ HTTP_POST, "/sessions/{id:id}/statements/new", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, statement_put,
		"Put a statement to the people of a session" },
	{ HTTP_GET, "/sessions/{id:id}/statements/{statement:id}", ROLE_SIGNED_IN, 0, done_params, statement_page,
		"A statement and its answers" },
	{ HTTP_POST, "/sessions/{id:id}/statements/{statement:id}/answer", ROLE_SIGNED_IN, ROUTE_KEEPS_FORM, NULL, statement_given,
		"Consent, object, abstain, or withdraw one's consent" },
	{ HTTP_POST, "/sessions/{id:id}/statements/{statement:id}/act", ROLE_SIGNED_IN, 0, NULL, statement_act,
		"Take a statement back, give more time, or make its draft" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module sessions_module = {
	.name = "sessions",
	.migrations = meeting_migrations,
	.views = meeting_views,
	.routes = routes,
	.notifications = notifications,
	.search_kinds = search_kinds,
	.mine = mine,
	.export_space = export_files,
};
