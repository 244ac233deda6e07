/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Notes that several people write. Who saves says which version they began with.
 * If others saved meanwhile, both changes are put together; where both changed
 * the same lines, the two texts are shown side by side, and what was typed stays
 * in the form until one was chosen. Every version is kept. */
#include "meeting.h"
#include "../publishing/readable.h"

#define TRIES 4 /* saves of others that a merge without conflicts runs after */

const struct param note_params[] = { { "done", PARAM_SLUG, 0, 0, "What was just done, sealed" }, { NULL, 0, 0, 0, NULL } };
const struct param history_params[] = {
	{ "left", PARAM_INT, 0, 1000000, "Compare this version" },
	{ "right", PARAM_INT, 1, 1000000, "with this" },
	{ NULL, 0, 0, 0, NULL }
};

struct writing {
	struct request *rq;
	struct meeting *m;
	struct note *note;     /* as it is saved */
	const char *item;      /* the item of the agenda, or NULL */
	const char *text;      /* as typed */
	int64_t base;          /* the version that it was made from */
	bool unattributed;
	const char *html;      /* of text */
	/* If both changed the same lines: */
	struct merge_part *parts;
	size_t n, conflicts;
	int64_t theirs;        /* the version on the other side */
};

static bool load(struct writing *x, struct request *rq, struct error *err)
{
	const char *id = request_arg(rq, "note");
	struct entry *e;

	x->rq = rq;
	if (!meeting_here(rq, &x->m, err) || !note_get(rq->db, rq->arena, x->m, id, 0, &x->note, err))
		return false;
	if (!x->note->entry_id)
		return true;
	if (!entry_get(rq->db, rq->arena, x->m->id, id, &e, err))
		return false;
	x->item = e->text;
	return true;
}

static struct url note_url(struct writing *x, const char *below)
{
	return meeting_url(x->rq, x->m, arena_printf(x->rq->arena, "notes/%s%s%s", x->note->id, below ? "/" : "",
		below ? below : ""));
}

static const char *heading(struct writing *x)
{
	return x->item ? arena_printf(x->rq->arena, "Notes: %s", x->item) : "Notes of the session";
}

static const char *saved_words(struct arena *a, const struct note *n)
{
	return n->by ? arena_printf(a, "%s by %s", moment_human(a, n->at_us), n->by) : arena_printf(a, "%s, without a name",
		moment_day_human(a, n->at_us));
}

/* ---- the form ---- */

static void put_common(struct writing *x, struct data *page)
{
	struct request *rq = x->rq;

	data_text(page, "saved", x->note->version ? saved_words(rq->arena, x->note) : NULL);
	data_flag(page, "may_unattributed", x->m->unattributed);
	data_text(page, "unattributed", x->unattributed ? "checked" : NULL);
	data_url(page, "save_url", note_url(x, NULL));
	data_text(page, "state_url", note_url(x, "state").text);
	data_text(page, "note_page", note_url(x, NULL).text);
	data_url(page, "versions_url", note_url(x, "versions"));
}

static bool show(struct writing *x, struct response *rs, const struct error *wrong, struct error *err)
{
	struct data *page = meeting_page(x->rq, rs, x->m, heading(x), wrong);

	put_common(x, page);
	data_text(page, "text", x->text);
	/* What is not saved yet was made from that version. */
	data_textf(page, "version", "%lld", (long long)x->base);
	return page_send_private(x->rq, rs, "session-note", page, err);
}

/* Side by side what both changed, with a choice for each; same: those of the form that was sent, so its choices stay. */
static bool show_conflicts(struct writing *x, struct response *rs, const char *words, bool same, struct error *err)
{
	struct request *rq = x->rq;
	struct error wrong = { 0 };
	size_t number = 0;

	error_set(&wrong, ERROR_CONFLICT, "%s", words);
	struct data *page = meeting_page(rq, rs, x->m, heading(x), &wrong);
	put_common(x, page);
	data_text(page, "by", x->note->by ? x->note->by : "Someone, without a name,");
	data_text(page, "text", x->text);
	data_textf(page, "version", "%lld", (long long)x->theirs);
	data_textf(page, "base", "%lld", (long long)x->base);
	data_text(page, "left_label", "Theirs, saved");
	data_text(page, "right_label", "Yours, not saved yet");
	for (size_t i = 0; i < x->n; i++) {
		const struct merge_part *p = &x->parts[i];
		struct data *d;

		if (p->kind != MERGE_CONFLICT)
			continue;
		d = data_item(page, "conflicts");
		data_textf(d, "number", "%zu", ++number);
		data_text(d, "theirs", p->theirs.text);
		data_text(d, "yours", p->yours.text);
		data_flag(d, "cut", readable_rows(rq->arena, d, p->theirs.text, p->yours.text));
		const char *take = same ? request_typed(rq, arena_printf(rq->arena, "take_%zu", number)) : "";
		data_text(d, "take_theirs", strcmp(take, "theirs") == 0 ? "checked" : NULL);
		data_text(d, "take_yours", strcmp(take, "yours") == 0 ? "checked" : NULL);
		data_text(d, "take_both", strcmp(take, "both") == 0 ? "checked" : NULL);
		data_text(d, "take_own", strcmp(take, "own") == 0 ? "checked" : NULL);
		/* Two who add at one place seldom mean that the other's should go. */
		const char *typed = same ? request_form(rq, arena_printf(rq->arena, "own_%zu", number)) : NULL;
		data_text(d, "own", typed ? typed : arena_printf(rq->arena, "%s%s%s", p->theirs.text, p->theirs.n &&
			p->yours.n ? "\n" : "",
			p->yours.text));
	}
	return page_send_private(rq, rs, "session-note-merge", page, err);
}

bool note_page(struct request *rq, struct response *rs, struct error *err)
{
	struct writing x = { 0 };

	if (!load(&x, rq, err))
		return false;
	if (!x.m->writes)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	x.text = x.note->text;
	x.base = x.note->version;
	return show(&x, rs, NULL, err);
}

/* ---- saving ---- */

static bool write_note(struct db *w, void *arg, struct error *err)
{
	struct writing *x = arg;
	struct note n = *x->note;

	n.text = x->text;
	n.html = x->html;
	return note_save(w, &n, x->unattributed ? NULL : x->rq->account, err) && note_index(w, x->rq, x->m, &n, x->item, err);
}

static bool draw(struct writing *x, struct error *wrong)
{
	struct prose drawn;

	if (strlen(x->text) > MEETING_NOTE_MAX)
		return error_set(wrong, ERROR_INVALID, "These notes are too long: at most %d letters. Shorten them, or put a "
			"part into the notes "
			"of another item.", MEETING_NOTE_MAX);
	if (!prose_draw(x->rq->engine->schemas, x->rq->arena, x->text, arena_printf(x->rq->arena, "n-%s-", x->note->id),
		&drawn, wrong))
		return false;
	x->html = drawn.html;
	return true;
}

/* What was chosen for each conflict; false if something is missing. */
static bool read_choices(struct writing *x, const char **chosen)
{
	struct request *rq = x->rq;
	size_t k = 0;

	for (size_t i = 0; i < x->n; i++) {
		const struct merge_part *p = &x->parts[i];
		const char *word, *own;

		if (p->kind != MERGE_CONFLICT)
			continue;
		k++;
		word = request_typed(rq, arena_printf(rq->arena, "take_%zu", k));
		own = request_form(rq, arena_printf(rq->arena, "own_%zu", k));
		if (strcmp(word, "theirs") == 0)
			chosen[k - 1] = p->theirs.text;
		else if (strcmp(word, "yours") == 0)
			chosen[k - 1] = p->yours.text;
		else if (strcmp(word, "both") == 0)
			chosen[k - 1] = arena_printf(rq->arena, "%s%s%s", p->theirs.text, p->theirs.n && p->yours.n ? "\n" : "",
				p->yours.text);
		else if (strcmp(word, "own") == 0 && own)
			chosen[k - 1] = merge_normalise(rq->arena, own);
		else
			return false;
	}
	return true;
}

/* Puts base, theirs and what was typed together; *merged NULL: there are conflicts, in x. */
static bool merge(struct writing *x, int64_t theirs_version, const char **merged, struct error *err)
{
	struct request *rq = x->rq;
	struct note *base, *theirs;

	*merged = NULL;
	x->theirs = theirs_version;
	if (x->base > theirs_version)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	if (x->base ? !note_get(rq->db, rq->arena, x->m, x->note->id, x->base, &base, err) : false)
		return false;
	if (!note_get(rq->db, rq->arena, x->m, x->note->id, theirs_version, &theirs, err))
		return false;
	merge_texts(rq->arena, x->base ? base->text : "", theirs->text, x->text, &x->parts, &x->n, &x->conflicts);
	if (!x->conflicts)
		*merged = merge_result(rq->arena, x->parts, x->n, NULL);
	return true;
}

/* The form in which conflicts were resolved: the choices make one text, made from the version that was shown. */
static bool resolve(struct writing *x, struct response *rs, bool *answered, struct error *err)
{
	int64_t shown = strtoll(request_typed(x->rq, "version"), NULL, 10);
	const char *merged, **chosen;

	*answered = false;
	if (shown < 1 || shown > x->note->version)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	if (!merge(x, shown, &merged, err))
		return false;
	chosen = arena_array(x->rq->arena, x->conflicts + 1, sizeof *chosen);
	if (!read_choices(x, chosen)) {
		*answered = true;
		return show_conflicts(x, rs, "Choose for each place what is to stand there. Nothing is saved yet.", true, err);
	}
	x->text = merge_normalise(x->rq->arena, merge_result(x->rq->arena, x->parts, x->n, chosen));
	x->base = shown;
	return true;
}

static bool again(struct writing *x, struct error *err)
{
	struct request *rq = x->rq;

	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err) && load(x, rq, err) && (x->m->writes || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

static bool keep(struct writing *x, struct response *rs, struct error *err)
{
	bool together = false;

	for (int i = 0; i < TRIES; i++) {
		struct error wrong = { 0 };

		if (x->base != x->note->version) {
			const char *merged;

			if (!merge(x, x->note->version, &merged, err))
				return false;
			if (!merged)
				return show_conflicts(x, rs, "Others saved these notes while you wrote, and changed the same lines. "
					"What you typed is "
					"below and is not saved yet.", false, err);
			x->text = merged;
			x->base = x->note->version;
			together = true;
		}
		if (strcmp(x->text, x->note->text) == 0)
			return done_redirect(x->rq, rs, meeting_url(x->rq, x->m, NULL), "unchanged");
		if (!draw(x, &wrong))
			return wrong.kind == ERROR_INVALID ? show(x, rs, &wrong, err) : error_set(err, wrong.kind, "%s", wrong.text);
		if (request_write_wake(x->rq, write_note, x, &wrong))
			return done_redirect(x->rq, rs, strcmp(request_typed(x->rq, "do"), "go-on") == 0 ? note_url(x, NULL) :
				meeting_url(x->rq, x->m, NULL), together ? "merged" : "noted");
		if (wrong.kind != ERROR_CONFLICT) {
			*err = wrong;
			return false;
		}
		if (!again(x, err))
			return false;
	}
	struct error busy = { 0 };
	error_set(&busy, ERROR_CONFLICT, "Many people save these notes right now. Nothing you typed is lost: save again "
		"in a moment.");
	return show(x, rs, &busy, err);
}

bool note_keep(struct request *rq, struct response *rs, struct error *err)
{
	struct writing x = { 0 };
	const char *text = request_form(rq, "text");
	bool answered = false;

	if (!load(&x, rq, err))
		return false;
	if (!x.m->writes)
		return error_set(err, ERROR_NOT_FOUND, NO_SESSION);
	if (!text)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	x.text = merge_normalise(rq->arena, text);
	x.unattributed = x.m->unattributed && strcmp(request_typed(rq, "unattributed"), "yes") == 0;
	bool resolves = request_form(rq, "base") != NULL;
	x.base = strtoll(request_typed(rq, resolves ? "base" : "version"), NULL, 10);
	if (x.base < 0 || x.base > x.note->version)
		return error_set(err, ERROR_INVALID, "The form that was sent is not well made.");
	if (resolves && !resolve(&x, rs, &answered, err))
		return false;
	return answered || keep(&x, rs, err);
}

/* ---- for the script ---- */

bool note_state(struct request *rq, struct response *rs, struct error *err)
{
	struct writing x = { 0 };

	if (!load(&x, rq, err))
		return false;
	json_t *o = json_pack("{s:I}", "version", (json_int_t)x.note->version);
	json_set_text(o, "by", x.note->by);
	return json_send(rq, rs, o, "application/json", err);
}

/* ---- history ---- */

static bool put_difference(struct writing *x, struct data *page, int64_t left, int64_t right, struct error *err)
{
	struct request *rq = x->rq;
	struct note *l = NULL, *r;

	if (left && !note_get(rq->db, rq->arena, x->m, x->note->id, left, &l, err))
		return false;
	if (!note_get(rq->db, rq->arena, x->m, x->note->id, right, &r, err))
		return false;
	struct data *d = data_object(page, "difference");
	data_text(page, "left_label", left ? arena_printf(rq->arena, "Version %lld", (long long)left) : "Nothing");
	data_textf(page, "right_label", "Version %lld", (long long)right);
	data_text(d, "right_saved", saved_words(rq->arena, r));
	data_flag(d, "same", l && strcmp(l->text, r->text) == 0);
	data_flag(d, "cut", readable_rows(rq->arena, d, l ? l->text : "", r->text));
	return true;
}

bool note_history(struct request *rq, struct response *rs, struct error *err)
{
	int64_t left = request_arg_int(rq, "left", -1), right = request_arg_int(rq, "right", 0);
	struct writing x = { 0 };
	struct note *list;
	size_t n;

	if (!load(&x, rq, err) || !note_versions(rq->db, rq->arena, x.note->id, &list, &n, err))
		return false;
	struct data *page = meeting_page(rq, rs, x.m, arena_printf(rq->arena, "Versions of %s", x.item ? x.item : "the notes"), NULL);
	for (size_t i = 0; i < n; i++) {
		struct data *d = data_item(page, "versions");
		struct url u = note_url(&x, "versions");

		data_textf(d, "number", "%lld", (long long)list[i].version);
		data_text(d, "saved", saved_words(rq->arena, &list[i]));
		u = url_query_int(rq->arena, u, "left", list[i].version - 1);
		data_url(d, "url", url_query_int(rq->arena, u, "right", list[i].version));
	}
	if (right && !put_difference(&x, page, left < 0 ? right - 1 : left, right, err))
		return false;
	if (x.m->writes)
		data_url(page, "edit_url", note_url(&x, NULL));
	return page_send_private(rq, rs, "session-note-versions", page, err);
}
