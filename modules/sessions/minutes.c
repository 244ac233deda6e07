/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Minutes: a text made of what the session has, which whoever looks after it can
 * change, looks at as others will see it, and publishes to the group, its space or
 * the network. To more than the group only by the rules of publishing. They say
 * nothing of the group but what is in their text. */
#include "meeting.h"
#include "audit.h"
#include "../events/event.h"

#define NAMES_SHOWN 100

/* What the form has. */
struct making {
	struct request *rq;
	struct meeting *m;
	struct minutes *now;  /* published or withdrawn before, or NULL */
	const char *title, *text, *audience;
	int64_t version;
	bool names;           /* people by name */
	bool preview;
	struct prose drawn;
	struct minutes out;
};

/* ---- the text ---- */

/* What was typed as plain text, so that Markdown shows it so. */
static const char *plain(struct arena *a, const char *s)
{
	struct buf b = BUF_INIT;
	size_t digits = strspn(s, "0123456789");

	if (*s && strchr("#+-=", *s))
		buf_char(&b, '\\');
	for (const char *p = s; *p; p++) {
		if (strchr("\\`*_{}[]<>|~&", *p) || ((*p == '.' || *p == ')') && digits && p == s + digits))
			buf_char(&b, '\\');
		buf_char(&b, *p == '\n' ? ' ' : *p);
	}
	const char *out = arena_strdup(a, buf_text(&b));
	buf_finish(&b);
	return out;
}

static bool add_people(struct making *x, struct buf *b, struct error *err)
{
	struct arena *a = x->rq->arena;
	struct attendee *list;
	const char *spaces = "", *names = "", *last = "";
	size_t n, come = 0;
	bool any_came = false;

	if (!attendee_list(x->rq->db, a, x->m->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		any_came = any_came || list[i].came;
	for (size_t i = 0; i < n; i++) {
		/* Before anyone has said who came, those who said that they would. */
		if (list[i].declined || (any_came && !list[i].came))
			continue;
		if (++come <= NAMES_SHOWN)
			names = arena_printf(a, "%s- %s%s%s\n", names, plain(a, list[i].name), list[i].space_name ? ", " : "",
				list[i].space_name ? plain(a, list[i].space_name) : "");
		if (list[i].space_name && strcmp(list[i].space_name, last) != 0) {
			spaces = arena_printf(a, "%s%s%s", spaces, *spaces ? ", " : "", plain(a, list[i].space_name));
			last = list[i].space_name;
		}
	}
	if (come == 0)
		return true;
	buf_printf(b, "## Who attended\n\n%zu %s%s%s.\n\n%s%s", come, come == 1 ? "person" : "people", *spaces ?
		", for " : "", spaces,
		x->names ? names : "", x->names ? "\n" : "");
	return true;
}

static void add_notes(struct making *x, struct buf *b, const struct entry *list, size_t n, const struct note *notes,
	size_t n_notes)
{
	const struct note *note = note_of(notes, n_notes, x->m->id);
	struct arena *a = x->rq->arena;
	bool any = note && *note->text;

	for (size_t i = 0; i < n; i++)
		any = any || (list[i].kind == ENTRY_AGENDA && !list[i].removed_us);
	if (!any)
		return;
	buf_str(b, "## What was discussed\n\n");
	if (note && *note->text)
		buf_printf(b, "%s\n\n", note->text);
	for (size_t i = 0; i < n; i++) {
		if (list[i].kind != ENTRY_AGENDA || list[i].removed_us)
			continue;
		note = note_of(notes, n_notes, list[i].id);
		buf_printf(b, "### %s\n\n", plain(a, list[i].text));
		if (note && *note->text)
			buf_printf(b, "%s\n\n", note->text);
	}
}

static void add_lines(struct making *x, struct buf *b, const struct entry *list, size_t n, enum entry_kind kind,
	const char *heading)
{
	struct arena *a = x->rq->arena;
	bool any = false;

	for (size_t i = 0; i < n; i++) {
		const struct entry *e = &list[i];

		if (e->kind != kind || e->removed_us)
			continue;
		if (!any)
			buf_printf(b, "## %s\n\n", heading);
		any = true;
		buf_printf(b, "- %s", plain(a, e->text));
		if (kind == ENTRY_ACTION && x->names && e->person)
			buf_printf(b, " — %s", plain(a, e->person));
		if (*e->day)
			buf_printf(b, " (%s%s)", kind == ENTRY_ACTION ? "due " : "", date_human(a, e->day));
		if (e->done_us)
			buf_str(b, ", done");
		buf_char(b, '\n');
	}
	if (any)
		buf_char(b, '\n');
}

static bool compose(struct making *x, struct error *err)
{
	struct request *rq = x->rq;
	struct buf b = BUF_INIT;
	struct entry *list;
	struct note *notes;
	size_t n, n_notes;

	if (!entry_list(rq->db, rq->arena, x->m->id, 0, &list, &n, err) || !note_list(rq->db, rq->arena, x->m->id,
		&notes, &n_notes, err))
		return false;
	bool ok = add_people(x, &b, err);
	add_notes(x, &b, list, n, notes, n_notes);
	add_lines(x, &b, list, n, ENTRY_DECISION, "Decisions");
	add_lines(x, &b, list, n, ENTRY_ACTION, "Actions");
	x->text = merge_normalise(rq->arena, buf_text(&b));
	buf_finish(&b);
	return ok;
}

/* ---- for whom ---- */

/* "s:<space>" or "network", or the group's own; NULL: not for this person to publish. */
static const char *scope_for(struct making *x, const char *audience, const char *national)
{
	struct request *rq = x->rq;
	const struct meeting *m = x->m;
	bool part = m->kind == GROUP_TEAM || m->kind == GROUP_PRIVATE;
	char token[SCOPE_SIZE];

	if (strcmp(audience, "group") == 0)
		return part || viewer_may_publish(rq->viewer, m->space_id, m->kind == GROUP_NETWORK ? AUDIENCE_NETWORK : AUDIENCE_SPACE,
			national) ? m->scope : NULL;
	if (strcmp(audience, "space") == 0 && part && viewer_may_publish(rq->viewer, m->space_id, AUDIENCE_SPACE, national)) {
		scope_token(AUDIENCE_SPACE, m->space_id, NULL, token);
		return arena_strdup(rq->arena, token);
	}
	/* A space that others do not know of has no page for them. */
	if (strcmp(audience, "network") == 0 && m->kind != GROUP_NETWORK && rq->space->audience <= AUDIENCE_NETWORK &&
		viewer_may_publish(rq->viewer, m->space_id, AUDIENCE_NETWORK, national))
		return "network";
	return NULL;
}

static const char *audience_words(struct making *x, const char *audience)
{
	const struct meeting *m = x->m;

	bool part = m->kind == GROUP_TEAM || m->kind == GROUP_PRIVATE;

	if (strcmp(audience, "group") == 0 && part)
		return arena_printf(x->rq->arena, "Only the members of %s", m->group_name);
	return meeting_group_words(x->rq->arena, strcmp(audience, "space") == 0 ? GROUP_SPACE : strcmp(audience, "network") == 0 ?
		GROUP_NETWORK : m->kind, m->group_name, m->space_name);
}

static bool national(struct request *rq, const char **id, struct error *err)
{
	struct space *s;

	if (!space_by_slug(rq->db, rq->arena, SPACE_NATIONAL, &s, err))
		return false;
	*id = s->id;
	return true;
}

/* ---- the form ---- */

static bool put_audiences(struct making *x, struct data *page, struct error *err)
{
	static const char *const words[] = { "group", "space", "network" };
	const char *office;
	bool any = false;

	if (!national(x->rq, &office, err))
		return false;
	for (size_t i = 0; i < 3; i++)
		if (scope_for(x, words[i], office)) {
			struct data *d = data_item(page, "audiences");

			any = true;
			data_text(d, "value", words[i]);
			data_text(d, "label", audience_words(x, words[i]));
			data_text(d, "checked", strcmp(x->audience, words[i]) == 0 ? "checked" : NULL);
		}
	data_flag(page, "may_publish", any);
	return true;
}

/* What was looked at: the text, and for whom. */
static const char *fingerprint(struct making *x)
{
	const char *all = arena_printf(x->rq->arena, "%s\n%s\n%s", x->audience, x->title, x->text);
	char *hex = arena_alloc(x->rq->arena, 65);

	sha256_hex(all, strlen(all), hex);
	return hex;
}

static bool show(struct making *x, struct response *rs, const struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	struct data *page = meeting_page(rq, rs, x->m, "Minutes", wrong);

	data_text(page, "title_typed", x->title);
	data_text(page, "text", x->text);
	data_text(page, "names", x->names ? "checked" : NULL);
	data_textf(page, "version", "%lld", (long long)x->version);
	data_url(page, "save_url", meeting_url(rq, x->m, "minutes/edit"));
	if (x->now && !x->now->withdrawn_us)
		data_text(page, "published", arena_printf(rq->arena, "%s, %s", moment_human(rq->arena, x->now->published_us),
			audience_words(x, x->now->audience)));
	data_url(page, "published_url", meeting_url(rq, x->m, "minutes"));
	if (x->preview) {
		struct data *d = data_object(page, "preview");

		data_text(d, "title", x->title);
		data_text(d, "whenever", when_text(rq->arena, x->m->zone, x->m->starts_us, x->m->ends_us));
		data_markup(d, "body", html_stored(x->drawn.html));
		data_text(d, "who", *x->audience ? audience_words(x, x->audience) : "Not chosen yet");
		data_text(page, "seen", fingerprint(x));
	}
	return put_audiences(x, page, err) && page_send_private(rq, rs, "session-minutes-edit", page, err);
}

static bool begin(struct making *x, struct request *rq, struct error *err)
{
	struct error none = { 0 };

	*x = (struct making){ .rq = rq };
	if (!meeting_led(rq, &x->m, err))
		return false;
	if (!minutes_get(rq->db, rq->arena, x->m->id, &x->now, &none)) {
		x->now = NULL;
		return none.kind == ERROR_NOT_FOUND || error_set(err, none.kind, "%s", none.text);
	}
	return true;
}

bool minutes_form(struct request *rq, struct response *rs, struct error *err)
{
	struct making x;

	if (!begin(&x, rq, err))
		return false;
	x.title = x.now ? x.now->title : arena_printf(rq->arena, "Minutes: %s", x.m->title);
	x.audience = x.now ? x.now->audience : "group";
	x.version = x.now ? x.now->version : 0;
	if (x.now)
		x.text = x.now->text;
	else if (!compose(&x, err))
		return false;
	return show(&x, rs, NULL, err);
}

/* ---- publishing ---- */

static bool write_minutes(struct db *w, void *arg, struct error *err)
{
	struct making *x = arg;
	struct request *rq = x->rq;
	struct search_text t = { .kind = "session-minutes", .id = x->m->id, .space_id = x->m->space_id, .scope = x->out.scope,
		.path = arena_printf(rq->arena, "/sessions/%s/minutes", x->m->id), .title = x->title, .body = x->drawn.text,
		.at_us = x->m->starts_us };
	struct audit_entry e = audit_entry(rq, "minutes.publish", x->m->id, x->audience);
	const char **who;
	size_t n;

	if (!minutes_save(w, &x->out, rq->account, err) || !search_text_put(w, &t, err) ||
		!attendee_accounts(w, rq->arena, x->m->id, &who, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!meeting_tell(w, rq, x->m, who[i], "session", arena_printf(rq->arena, "minutes %s %lld", x->m->id,
			(long long)x->version),
			arena_printf(rq->arena, "Published: %s", x->title), t.path, x->m->id, err))
			return false;
	/* What a private group does among itself is in no log that others read. */
	return (x->m->kind == GROUP_PRIVATE && strcmp(x->audience, "group") == 0) || audit_write(w, &e, err);
}

static bool check(struct making *x, struct error *wrong)
{
	if (!*x->title || strlen(x->title) > MEETING_LINE_MAX)
		return error_set(wrong, ERROR_INVALID, *x->title ? "Use at most %d letters for the title." : "Give the minutes a title.",
			MEETING_LINE_MAX);
	if (!*x->text)
		return error_set(wrong, ERROR_INVALID, "The minutes have no text. Write some, or have them made from the session.");
	if (strlen(x->text) > 2 * MEETING_NOTE_MAX)
		return error_set(wrong, ERROR_INVALID, "The minutes are too long: at most %d letters.", 2 * MEETING_NOTE_MAX);
	return prose_draw(x->rq->engine->schemas, x->rq->arena, x->text, "minutes-", &x->drawn, wrong);
}

static bool publish(struct making *x, struct response *rs, struct error *wrong, struct error *err)
{
	struct request *rq = x->rq;
	const char *office, *scope;

	if (!national(rq, &office, err))
		return false;
	scope = scope_for(x, x->audience, office);
	if (!scope)
		return error_set(wrong, ERROR_INVALID, "Choose who is to see the minutes.");
	if (strcmp(request_typed(rq, "seen"), fingerprint(x)) != 0)
		return error_set(wrong, ERROR_INVALID, "Look first at what will be seen, and by whom: it stands below. Then publish.");
	x->out = (struct minutes){ .meeting_id = x->m->id, .title = x->title, .text = x->text, .html = x->drawn.html,
		.when = when_text(rq->arena, x->m->zone, x->m->starts_us, x->m->ends_us), .audience = x->audience, .scope = scope,
		.version = x->version };
	return request_write_wake(rq, write_minutes, x, wrong) && done_redirect(rq, rs, meeting_url(rq, x->m, "minutes"), "published");
}

bool minutes_act(struct request *rq, struct response *rs, struct error *err)
{
	const char *act = request_typed(rq, "do");
	struct error wrong = { 0 };
	struct making x;

	if (!begin(&x, rq, err))
		return false;
	x.title = text_normalise(rq->arena, request_typed(rq, "title"));
	x.text = merge_normalise(rq->arena, request_typed(rq, "text"));
	x.audience = request_typed(rq, "audience");
	x.names = strcmp(request_typed(rq, "names"), "yes") == 0;
	x.version = strtoll(request_typed(rq, "version"), NULL, 10);
	if (strcmp(act, "compose") == 0)
		return compose(&x, err) && show(&x, rs, NULL, err);
	x.preview = check(&x, &wrong);
	if (strcmp(act, "publish") == 0 && x.preview && publish(&x, rs, &wrong, err))
		return true;
	if (wrong.kind && !is_wrong(&wrong))
		*err = wrong;
	if (err->kind)
		return false;
	if (wrong.kind == ERROR_CONFLICT) {
		db_end(rq->db);
		if (!db_begin(rq->db, rq->viewer, err) || !minutes_get(rq->db, rq->arena, x.m->id, &x.now, err))
			return false;
		x.version = x.now->version;
	}
	return show(&x, rs, wrong.kind ? &wrong : NULL, err);
}

/* ---- reading ---- */

bool minutes_page(struct request *rq, struct response *rs, struct error *err)
{
	struct error none = { 0 };
	struct minutes *x;
	struct meeting *m;

	if (!minutes_get(rq->db, rq->arena, request_arg(rq, "id"), &x, err))
		return false;
	if (strcmp(x->space_slug, rq->space->slug) != 0)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	/* Who may not see the session sees nothing of it here. */
	if (!meeting_get(rq->db, rq->arena, x->meeting_id, &m, &none))
		m = NULL;
	struct data *page = meeting_page(rq, rs, NULL, x->title, NULL);
	data_text(page, "whenever", x->when);
	data_text(page, "space_name", rq->space->name);
	data_markup(page, "body", html_stored(x->html));
	data_text(page, "published", moment_day_human(rq->arena, x->published_us));
	data_flag(page, "withdrawn", x->withdrawn_us != 0);
	if (m) {
		struct making mine = { .rq = rq, .m = m };

		data_url(page, "session_url", meeting_url(rq, m, NULL));
		data_text(page, "session_title", m->title);
		data_text(page, "who", audience_words(&mine, x->audience));
	}
	if (x->leads && m) {
		data_url(page, "edit_url", meeting_url(rq, m, "minutes/edit"));
		data_url(page, "withdraw_url", meeting_url(rq, m, "minutes/withdraw"));
	}
	if (!page_send_private(rq, rs, "session-minutes", page, err))
		return false;
	notification_page_seen(rq);
	return true;
}

static bool write_withdraw(struct db *w, void *arg, struct error *err)
{
	struct making *x = arg;
	struct audit_entry e = audit_entry(x->rq, "minutes.withdraw", x->m->id, x->now->audience);

	return minutes_withdraw(w, x->m->id, err) && search_text_remove(w, "session-minutes", x->m->id, err) &&
		((x->m->kind == GROUP_PRIVATE && strcmp(x->now->audience, "group") == 0) || audit_write(w, &e, err));
}

bool minutes_take_back(struct request *rq, struct response *rs, struct error *err)
{
	struct making x;

	if (!begin(&x, rq, err))
		return false;
	if (!x.now)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	return request_write_wake(rq, write_withdraw, &x, err) && done_redirect(rq, rs, meeting_url(rq, x.m, "minutes"), "withdrawn");
}
