/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The page of a session, and its lines: agenda, papers, decisions, actions. */
#include "meeting.h"
#include "audit.h"
#include "zone.h"
#include "../events/event.h"
#include "../files/files.h"

/* A line as it was typed in one of the page's forms. */
struct line_form {
	struct request *rq;
	struct meeting *m;
	struct entry e;
	const char *minutes;  /* as typed */
	bool tell;            /* its owner is new */
	const char *act;
	struct note *note;    /* of an item that is removed or brought back; or NULL */
	char id[ID_SIZE];
};

/* ---- the form of a line ---- */

static const char *const headings[][2] = { [ENTRY_AGENDA] = { "Item", "Add an item" }, [ENTRY_PAPER] = { "Paper", "Add a paper" },
	[ENTRY_DECISION] = { "Decision", "Add a decision" }, [ENTRY_ACTION] = { "Action", "Add an action" } };

static bool put_people(struct line_form *f, struct data *d, struct error *err)
{
	struct candidate *list;
	size_t n;

	if (f->e.kind != ENTRY_ACTION)
		return true;
	if (!meeting_candidates(f->rq, f->m, false, &list, &n, err))
		return false;
	page_option(d, "people", "", "Nobody yet", f->e.account_id ? f->e.account_id : "");
	for (size_t i = 0; i < n; i++)
		page_option(d, "people", list[i].account_id, list[i].space_name ? arena_printf(f->rq->arena, "%s, %s", list[i].name,
			list[i].space_name) : list[i].name, f->e.account_id);
	return true;
}

static bool put_form(struct line_form *f, struct data *d, const char *wrong, struct error *err)
{
	const char *kind = entry_kind_word(f->e.kind);

	data_text(d, "kind", kind);
	data_text(d, "label", headings[f->e.kind][0]);
	data_text(d, "add", headings[f->e.kind][1]);
	data_flag(d, kind, true);
	data_text(d, "text", f->e.text);
	data_text(d, "minutes", f->minutes);
	data_text(d, "lead", f->e.lead);
	data_text(d, "link", f->e.url);
	data_text(d, "day", f->e.day);
	data_text(d, "wrong_here", wrong);
	data_text(d, "opened", wrong ? "open" : NULL);
	data_textf(d, "version", "%lld", (long long)f->e.version);
	data_url(d, "save_url", meeting_url(f->rq, f->m, f->e.version ? arena_printf(f->rq->arena, "lines/%s", f->e.id) : "lines"));
	return put_people(f, d, err);
}

/* ---- parts of the page ---- */

static void put_head(struct request *rq, struct data *page, const struct meeting *m)
{
	const char *reader = reader_zone(rq);
	struct record *r;
	struct url url;

	data_text(page, "when", when_text(rq->arena, m->zone, m->starts_us, m->ends_us));
	if (reader && strcmp(reader, m->zone) != 0)
		data_text(page, "when_reader", when_text(rq->arena, reader, m->starts_us, m->ends_us));
	data_text(page, "place", m->place);
	if (m->join_url && url_external(rq->arena, m->join_url, &url))
		data_url(page, "join_url", url);
	data_text(page, "organizer", m->organizer);
	data_markup(page, "about", html_stored(m->about_html));
	data_flag(page, "about_any", *m->about_html != '\0');
	data_flag(page, "cancelled", m->cancelled_us != 0);
	data_flag(page, "private", m->kind == GROUP_PRIVATE);
	data_flag(page, "leads", m->leads);
	data_flag(page, "writes", m->writes);
	data_url(page, "ics_url", meeting_url(rq, m, "session.ics"));
	data_url(page, "edit_url", meeting_url(rq, m, "edit"));
	data_url(page, "cancel_url", meeting_url(rq, m, "cancel"));
	data_url(page, "people_url", meeting_url(rq, m, "people"));
	data_url(page, "minutes_edit_url", meeting_url(rq, m, "minutes/edit"));
	data_url(page, "statement_new_url", meeting_url(rq, m, "statements/new"));
	/* An event that this person may not see is not there. */
	if (m->record_id && record_by_id(rq->db, rq->arena, m->record_id, &r, &(struct error){ 0 }) && strcmp(r->type,
		"event") == 0) {
		data_text(page, "event_title", r->title);
		data_url(page, "event_url", page_record_url(rq, r));
	}
}

static bool put_attendance(struct request *rq, struct data *page, const struct meeting *m, struct error *err)
{
	struct attendee *list;
	int come = 0, spaces = 0;
	const char *last = "";
	bool declined = false;
	size_t n;

	if (!attendee_list(rq->db, rq->arena, m->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		declined = declined || (list[i].mine && list[i].declined);
		if (list[i].declined)
			continue;
		come++;
		if (list[i].space_name && strcmp(list[i].space_name, last) != 0) {
			spaces++;
			last = list[i].space_name;
		}
	}
	data_textf(page, "attendance", come == 1 ? "1 person is on the list" : "%d people are on the list", come);
	if (spaces > 1)
		data_textf(page, "attendance_spaces", ", for %d jurisdictions", spaces);
	data_flag(page, "attends", m->attends);
	data_flag(page, "declined", declined);
	return true;
}

static void put_entry(struct request *rq, struct data *page, const struct meeting *m, const struct entry *e, const char *today)
{
	struct data *d = data_item(page, e->removed_us ? "removed" : entry_kind_word(e->kind));
	struct url url;

	data_text(d, "id", e->id);
	data_text(d, "text", e->text);
	data_text(d, "kind_label", headings[e->kind][0]);
	data_text(d, "lead", e->lead);
	if (e->minutes)
		data_textf(d, "minutes", "%lld minutes", (long long)e->minutes);
	data_text(d, "person", e->person);
	data_text(d, "day", *e->day ? date_human(rq->arena, e->day) : NULL);
	data_flag(d, "done", e->done_us != 0);
	data_flag(d, "late", e->kind == ENTRY_ACTION && !e->done_us && *e->day && strcmp(e->day, today) < 0);
	if (e->url && (url_external(rq->arena, e->url, &url) || url_local(rq->arena, e->url, &url)))
		data_url(d, "url", url);
	if (e->kind >= ENTRY_DECISION ? m->writes : m->leads) {
		data_url(d, "line_url", meeting_url(rq, m, arena_printf(rq->arena, "lines/%s", e->id)));
		data_url(d, "act_url", meeting_url(rq, m, arena_printf(rq->arena, "lines/%s/act", e->id)));
	}
	if (e->kind == ENTRY_ACTION && (m->writes || e->mine))
		data_url(d, "done_url", meeting_url(rq, m, arena_printf(rq->arena, "lines/%s/act", e->id)));
}

static void put_note(struct request *rq, struct data *d, const struct meeting *m, const char *id, const struct note *n)
{
	if (n) {
		data_markup(d, "note", html_stored(n->html));
		data_flag(d, "note_any", *n->html != '\0');
		data_text(d, "note_by", n->by ? arena_printf(rq->arena, "Last saved by %s, %s", n->by,
			moment_human(rq->arena, n->at_us)) :
			arena_printf(rq->arena, "Last saved without a name, %s", moment_day_human(rq->arena, n->at_us)));
		data_url(d, "note_versions_url", meeting_url(rq, m, arena_printf(rq->arena, "notes/%s/versions", id)));
	}
	if (m->writes)
		data_url(d, "note_url", meeting_url(rq, m, arena_printf(rq->arena, "notes/%s", id)));
}

const struct note *note_of(const struct note *notes, size_t n, const char *id)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(notes[i].id, id) == 0)
			return &notes[i];
	return NULL;
}

/* The agenda with its hours, as far as every item before says how long it takes; and notes of each. */
static void put_agenda(struct request *rq, struct data *page, const struct meeting *m, const struct entry *e,
	const struct note *note,
	int64_t *at_us)
{
	struct data *d = data_item(page, "agenda");
	char local[17];

	data_text(d, "id", e->id);
	data_text(d, "text", e->text);
	data_text(d, "lead", e->lead);
	if (e->minutes)
		data_textf(d, "minutes", "%lld minutes", (long long)e->minutes);
	if (*at_us && zone_local(m->zone, *at_us, local)) {
		data_text(d, "time", clock_text(rq->arena, local));
		data_text(d, "time_at", local);
	}
	*at_us = *at_us && e->minutes ? *at_us + e->minutes * 60 * 1000000 : 0;
	if (m->leads) {
		data_url(d, "line_url", meeting_url(rq, m, arena_printf(rq->arena, "lines/%s", e->id)));
		data_url(d, "act_url", meeting_url(rq, m, arena_printf(rq->arena, "lines/%s/act", e->id)));
	}
	put_note(rq, d, m, e->id, note);
}

static bool put_lines(struct request *rq, struct data *page, const struct meeting *m, struct error *err)
{
	const char *today = day_today(rq->arena, m->zone);
	int64_t at_us = m->starts_us;
	struct entry *list;
	struct note *notes;
	size_t n, n_notes;

	if (!entry_list(rq->db, rq->arena, m->id, 0, &list, &n, err) || !note_list(rq->db, rq->arena, m->id, &notes, &n_notes, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (list[i].kind == ENTRY_AGENDA && !list[i].removed_us)
			put_agenda(rq, page, m, &list[i], note_of(notes, n_notes, list[i].id), &at_us);
		else
			put_entry(rq, page, m, &list[i], today);
	put_note(rq, data_object(page, "session_note"), m, m->id, note_of(notes, n_notes, m->id));
	return true;
}

static bool put_files(struct request *rq, struct data *page, const struct meeting *m, struct error *err)
{
	struct attachment *list;
	size_t n;

	if (!post_files(rq->db, rq->arena, m->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!list[i].removed_us && list[i].state == ATTACHMENT_READY)
			put_file(rq, data_item(page, "files"), &list[i]);
	if (m->leads)
		data_url(page, "files_url", meeting_url(rq, m, "files"));
	return true;
}

static const char *standing(struct request *rq, const struct meeting *m, const struct statement *s)
{
	if (s->ended_us)
		return "Taken back";
	if (s->published)
		return "Published as a practice record";
	if (s->consented)
		return "Everyone needed has consented";
	if (s->object)
		return "There are objections";
	if (strcmp(s->until, day_today(rq->arena, m->zone)) < 0)
		return "Time is up, and not everyone has answered";
	return arena_printf(rq->arena, "Answers until %s", date_human(rq->arena, s->until));
}

static bool put_statements(struct request *rq, struct data *page, const struct meeting *m, struct error *err)
{
	struct statement *list;
	struct minutes *minutes;
	struct error none = { 0 };
	size_t n;

	if (!statement_list(rq->db, rq->arena, m->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "statements");

		data_text(d, "title", list[i].title);
		data_url(d, "url", meeting_url(rq, m, arena_printf(rq->arena, "statements/%s", list[i].id)));
		data_text(d, "state", standing(rq, m, &list[i]));
		int64_t answered = list[i].consent + list[i].object + list[i].abstain;

		data_textf(d, "count", "%lld of %lld have answered", (long long)answered, (long long)list[i].asked);
	}
	if (minutes_get(rq->db, rq->arena, m->id, &minutes, &none)) {
		data_url(page, "minutes_url", meeting_url(rq, m, "minutes"));
		data_text(page, "minutes_at", moment_human(rq->arena, minutes->published_us));
		data_flag(page, "minutes_withdrawn", minutes->withdrawn_us != 0);
	}
	return none.kind == ERROR_NONE || none.kind == ERROR_NOT_FOUND || error_set(err, none.kind, "%s", none.text);
}

/* form: what was typed and is wrong, or NULL. */
static bool put_forms(struct request *rq, struct data *page, struct meeting *m, const struct line_form *typed,
	const struct error *wrong, struct error *err)
{
	static const char *const names[] = { [ENTRY_AGENDA] = "add_agenda", [ENTRY_PAPER] = "add_paper",
		[ENTRY_DECISION] = "add_decision", [ENTRY_ACTION] = "add_action" };

	for (int k = ENTRY_AGENDA; k <= ENTRY_ACTION; k++) {
		struct line_form f = { .rq = rq, .m = m, .e = { .kind = (enum entry_kind)k, .text = "", .lead = "",
			.day = k == ENTRY_DECISION ? day_today(rq->arena, m->zone) : "" }, .minutes = "" };
		bool this = wrong && typed && typed->e.kind == f.e.kind;

		if (k >= ENTRY_DECISION ? !m->writes : !m->leads)
			continue;
		if (this)
			f = *typed;
		if (!put_form(&f, data_object(page, names[k]), this ? wrong->text : NULL, err))
			return false;
	}
	return true;
}

static bool show(struct request *rq, struct response *rs, struct meeting *m, const struct line_form *typed,
	const struct error *wrong, struct error *err)
{
	struct data *page = meeting_page(rq, rs, NULL, m->title, wrong);

	bool part = m->kind == GROUP_TEAM || m->kind == GROUP_PRIVATE;

	data_text(page, "group", meeting_group_words(rq->arena, m->kind, m->group_name, m->space_name));
	data_text(page, "space_name", part ? m->space_name : NULL);
	data_flag(page, "part", part);
	put_head(rq, page, m);
	return put_attendance(rq, page, m, err) && put_lines(rq, page, m, err) && put_files(rq, page, m, err) &&
		put_statements(rq, page, m, err) &&
		put_forms(rq, page, m, typed, wrong, err) && page_send_private(rq, rs, "session", page, err);
}

bool session_page(struct request *rq, struct response *rs, struct error *err)
{
	struct meeting *m;

	if (!meeting_here(rq, &m, err) || !show(rq, rs, m, NULL, NULL, err))
		return false;
	notification_page_seen(rq);
	return true;
}

/* ---- what was typed ---- */

static bool read_owner(struct line_form *f, struct error *wrong)
{
	const char *who = request_typed(f->rq, "person");
	struct candidate *list;
	size_t n;

	f->e.account_id = NULL;
	if (!*who)
		return true;
	if (!meeting_candidates(f->rq, f->m, false, &list, &n, wrong))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].account_id, who) == 0)
			f->e.account_id = list[i].account_id;
	return f->e.account_id || error_set(wrong, ERROR_INVALID, "Choose one of the people who can be given an action here.");
}

static bool read_line(struct line_form *f, struct error *wrong)
{
	struct request *rq = f->rq;
	struct entry *e = &f->e;
	const char *label = headings[e->kind][0];
	struct url url;
	char *end;

	e->text = text_normalise(rq->arena, request_typed(rq, "text"));
	f->minutes = request_typed(rq, "minutes");
	e->lead = text_normalise(rq->arena, request_typed(rq, "lead"));
	e->url = e->kind == ENTRY_PAPER ? request_typed(rq, "link") : NULL;
	e->day = request_typed(rq, "day");
	e->minutes = strtoll(f->minutes, &end, 10);
	if (e->kind == ENTRY_ACTION && !read_owner(f, wrong))
		return false;
	if (!*e->text)
		return error_set(wrong, ERROR_INVALID, "%s: type a text.", label);
	if (strlen(e->text) > (e->kind == ENTRY_DECISION ? 2000 : MEETING_LINE_MAX) || strlen(e->lead) > MEETING_LINE_MAX)
		return error_set(wrong, ERROR_INVALID, "%s: use at most %d letters.", label, e->kind == ENTRY_DECISION ?
			2000 : MEETING_LINE_MAX);
	if (*end || e->minutes < 0 || e->minutes > 1440)
		return error_set(wrong, ERROR_INVALID, "%s: minutes must be a number from 0 to 1440, or empty.", label);
	if (*e->day && !day_valid(e->day))
		return error_set(wrong, ERROR_INVALID, "%s: the date must be one of the calendar, as 2026-12-09.", label);
	if (e->url && (strlen(e->url) > 2000 || !(url_external(rq->arena, e->url, &url) || url_local(rq->arena, e->url, &url))))
		return error_set(wrong, ERROR_INVALID, "%s: the link must be a web address that begins with https://, or a "
			"page here that "
			"begins with /.", label);
	return true;
}

static bool may_line(const struct meeting *m, enum entry_kind kind)
{
	return kind >= ENTRY_DECISION ? m->writes : m->leads;
}

/* ---- saving ---- */

static bool audited(struct db *w, struct line_form *f, const char *verb, struct error *err)
{
	struct audit_entry e = audit_entry(f->rq, arena_printf(f->rq->arena, "%s.%s", entry_kind_word(f->e.kind), verb),
		f->e.id, f->m->id);

	return f->e.kind < ENTRY_DECISION || f->m->kind == GROUP_PRIVATE || audit_write(w, &e, err);
}

static bool write_line(struct db *w, void *arg, struct error *err)
{
	struct line_form *f = arg;
	struct request *rq = f->rq;

	if (!entry_save(w, &f->e, err) || !entry_index(w, f->m, &f->e, err) ||
		(f->note && !f->e.removed_us && !note_index(w, rq, f->m, f->note, f->e.text, err)) || !audited(w, f,
			f->e.version ? "change" : "add", err))
		return false;
	return !f->tell || meeting_tell(w, rq, f->m, f->e.account_id, "action", NULL, arena_printf(rq->arena, "%s: %s%s%s",
		rq->account->name, f->e.text, *f->e.day ? ", due " : "", *f->e.day ? date_human(rq->arena, f->e.day) : ""),
		arena_printf(rq->arena, "/sessions/%s", f->m->id), f->e.id, err);
}

bool entry_add(struct request *rq, struct response *rs, struct error *err)
{
	struct line_form f = { .rq = rq, .e = { .kind = entry_kind_parse(request_form(rq, "kind")) } };
	struct error wrong = { 0 };

	if (!meeting_here(rq, &f.m, err))
		return false;
	if (!f.e.kind)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	if (!may_line(f.m, f.e.kind))
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	id_new(f.id);
	f.e.id = f.id;
	f.e.meeting_id = f.m->id;
	if (read_line(&f, &wrong)) {
		f.tell = f.e.account_id;
		if (request_write_wake(rq, write_line, &f, &wrong))
			return done_redirect(rq, rs, meeting_url(rq, f.m, NULL), "added");
	}
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	return show(rq, rs, f.m, &f, &wrong, err);
}

static bool item_note(struct line_form *f, struct error *err)
{
	struct note *notes;
	size_t n;

	if (!note_list(f->rq->db, f->rq->arena, f->m->id, &notes, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(notes[i].id, f->e.id) == 0)
			f->note = &notes[i];
	return true;
}

static bool line_here(struct line_form *f, struct entry **e, struct error *err)
{
	struct request *rq = f->rq;

	return meeting_here(rq, &f->m, err) && entry_get(rq->db, rq->arena, f->m->id, request_arg(rq, "line"), e, err) &&
		(may_line(f->m, (*e)->kind) || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

static bool show_line(struct line_form *f, struct response *rs, const struct entry *theirs, const struct error *wrong,
	struct error *err)
{
	struct data *page = meeting_page(f->rq, rs, f->m, arena_printf(f->rq->arena, "Change: %s", headings[f->e.kind][0]), wrong);

	if (theirs) {
		struct data *d = data_object(page, "theirs");

		data_text(d, "text", theirs->text);
		data_text(d, "person", theirs->person);
		data_text(d, "day", *theirs->day ? date_human(f->rq->arena, theirs->day) : NULL);
		data_text(d, "lead", theirs->lead);
		data_text(d, "link", theirs->url);
	}
	return put_form(f, data_object(page, "line"), NULL, err) && page_send_private(f->rq, rs, "session-line", page, err);
}

bool entry_page(struct request *rq, struct response *rs, struct error *err)
{
	struct line_form f = { .rq = rq };
	struct entry *e;

	if (!line_here(&f, &e, err))
		return false;
	f.e = *e;
	f.minutes = e->minutes ? arena_printf(rq->arena, "%lld", (long long)e->minutes) : "";
	return show_line(&f, rs, NULL, NULL, err);
}

bool entry_change(struct request *rq, struct response *rs, struct error *err)
{
	struct line_form f = { .rq = rq };
	struct error wrong = { 0 };
	struct entry *now;

	if (!line_here(&f, &now, err))
		return false;
	f.e = *now;
	f.e.version = strtoll(request_typed(rq, "version"), NULL, 10);
	if (f.e.version < 1)
		f.e.version = now->version;
	if (f.e.kind == ENTRY_AGENDA && !item_note(&f, err))
		return false;
	bool typed = read_line(&f, &wrong);
	f.tell = f.e.account_id && (!now->account_id || strcmp(now->account_id, f.e.account_id) != 0);
	if (typed && request_write_wake(rq, write_line, &f, &wrong))
		return done_redirect(rq, rs, meeting_url(rq, f.m, NULL), "saved");
	if (!is_wrong(&wrong)) {
		*err = wrong;
		return false;
	}
	if (wrong.kind != ERROR_CONFLICT)
		return show_line(&f, rs, NULL, &wrong, err);
	/* What is saved now, not what this request saw when it began. */
	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !line_here(&f, &now, err))
		return false;
	f.e.version = now->version;
	return show_line(&f, rs, now, &wrong, err);
}

static bool write_act(struct db *w, void *arg, struct error *err)
{
	struct line_form *f = arg;

	if (strcmp(f->act, "up") == 0 || strcmp(f->act, "down") == 0)
		return entry_move(w, f->e.id, strcmp(f->act, "up") == 0, err);
	if (strcmp(f->act, "done") == 0 || strcmp(f->act, "open") == 0)
		return entry_done(w, f->e.id, strcmp(f->act, "done") == 0, err) && audited(w, f, f->act, err);
	f->e.removed_us = strcmp(f->act, "remove") == 0;
	/* Its notes are shown no more, so they are not found. */
	if (f->note && !(f->e.removed_us ? search_text_remove(w, "session-note", f->e.id, err) :
		note_index(w, f->rq, f->m, f->note, f->e.text, err)))
		return false;
	return entry_remove(w, f->e.id, f->e.removed_us != 0, err) && entry_index(w, f->m, &f->e, err) && audited(w, f, f->act, err);
}

bool entry_act(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const acts[][2] = { { "up", "saved" }, { "down", "saved" }, { "done", "done" }, { "open", "open" },
		{ "remove", "removed" }, { "restore", "restored" } };
	struct line_form f = { .rq = rq, .act = request_typed(rq, "act") };
	const char *word = NULL, *back = request_form(rq, "back");
	struct entry *e;

	if (!meeting_here(rq, &f.m, err) || !entry_get(rq->db, rq->arena, f.m->id, request_arg(rq, "line"), &e, err))
		return false;
	for (size_t i = 0; i < sizeof acts / sizeof *acts; i++)
		if (strcmp(acts[i][0], f.act) == 0)
			word = acts[i][1];
	bool ends = strcmp(f.act, "done") == 0 || strcmp(f.act, "open") == 0;
	if (!may_line(f.m, e->kind) && !(ends && e->kind == ENTRY_ACTION && e->mine))
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	if (!word || (ends && e->kind != ENTRY_ACTION))
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	f.e = *e;
	if (e->kind == ENTRY_AGENDA && !item_note(&f, err))
		return false;
	if (!request_write_wake(rq, write_act, &f, err))
		return false;
	return done_redirect(rq, rs, back && strcmp(back, "actions") == 0 ? url_path(rq->arena, "%b/sessions/actions", rq->base) :
		meeting_url(rq, f.m, NULL), word);
}
