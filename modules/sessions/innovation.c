/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A statement that everyone needed consented to becomes the draft of an
 * innovation: untested, for there is no evaluation of it. Its trail says how it
 * came about: counts, and names of those who agreed to be named. From then on the
 * rules of drafts hold; if someone withdraws, it cannot be published. */
#include "meeting.h"
#include "../events/event.h"
#include "../publishing/draft.h"

#define WITHDRAWN "Someone who was asked has withdrawn their consent to this text, or has objected. It cannot be published unless " \
	"everyone needed consents again."

/* Of a private group nothing but that it was a session. */
static const char *source_words(struct request *rq, const struct meeting *m)
{
	const char *day = date_human(rq->arena, arena_strndup(rq->arena, m->starts, 10));

	return m->kind == GROUP_PRIVATE ? arena_printf(rq->arena, "A working session in %s", m->space_name) :
		arena_printf(rq->arena, "Working session “%s”, %s, %s", m->title,
		meeting_group_words(rq->arena, m->kind, m->group_name, m->space_name), day);
}

static const char *trail(struct request *rq, const struct meeting *m, const struct statement *s, int64_t spaces, int64_t last_us,
	const char *names)
{
	struct arena *a = rq->arena;
	const char *people = arena_printf(a, "%lld %s", (long long)s->asked, s->asked == 1 ? "person" : "people");
	const char *from = spaces > 1 ? arena_printf(a, " from %lld jurisdictions", (long long)spaces) : "";

	return arena_printf(a, "## How this came about\n\nNobody has tested this practice. It is a statement that was "
		"put to the %s%s of a "
		"session on %s; %lld consented, %lld abstained, nobody objected. The last answer was given on "
			"%s.\n\n%s%s%sSource: %s.\n", people,
		from, moment_day_human(a, s->asked_us), (long long)s->consent, (long long)s->abstain, moment_day_human(a, last_us), *names ?
			"Named at their own wish: " : "",
		names, *names ? ".\n\n" : "", source_words(rq, m));
}

static json_t *form_of(struct request *rq, const struct meeting *m, const struct statement *s, const char *words,
	const struct record *event)
{
	char today[11];
	struct prose drawn;
	const char *plain = prose_draw(rq->engine->schemas, rq->arena, s->text, "s-", &drawn, NULL) ? drawn.text : s->text;

	snprintf(today, sizeof today, "%.10s", moment_utc(rq->arena, clock_now_us()));
	json_t *form = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:[s], s:s}", "title", s->title, "issued", today, "language", "en",
		"status", "idea", "evidence", "none", "body", words, "creators", m->space_name, "source", source_words(rq, m));
	if (!form)
		abort();
	json_set_text(form, "summary", text_normalise(rq->arena, text_excerpt(rq->arena, plain, 300)));
	if (event && m->kind != GROUP_PRIVATE && event->audience <= AUDIENCE_NETWORK)
		json_object_set_new(form, "relations", json_pack("[{s:s, s:s}]", "type", "related", "ref",
			arena_printf(rq->arena, "%s/event/%s", event->space_slug, event->slug)));
	return json_owned(rq->arena, form);
}

static bool free_slug(struct db *w, struct request *rq, const struct meeting *m, const char *title,
	const char **out, struct error *err)
{
	const char *base = text_slug(rq->arena, title, 56);
	int64_t num = 1;

	if (!*base)
		base = "practice";
	*out = base;
	for (int i = 2; i < 100; i++) {
		if (!record_find(w, m->space_slug, "innovation", *out, &num, err))
			return false;
		if (!num)
			return true;
		*out = arena_printf(rq->arena, "%s-%d", base, i);
	}
	return error_set(err, ERROR_CONFLICT, "There are many records of this name already.");
}

bool statement_to_draft(struct db *w, struct request *rq, const struct meeting *m, struct statement *s,
	const struct account *author, const struct record *event, struct error *err)
{
	const struct viewer *v = account_viewer(rq->arena, author);
	struct draft_start start = { .space_id = m->space_id, .type = "innovation", .title = s->title,
		.audience = m->kind == GROUP_NETWORK ? AUDIENCE_NETWORK : AUDIENCE_SPACE };
	int64_t spaces, last_us;
	const char *names;
	char id[ID_SIZE];

	if (!viewer_may_write(v, m->space_id))
		return error_set(err, ERROR_DENIED, NO_SESSION);
	if (!statement_trail(w, rq->arena, s->id, &spaces, &last_us, &names, err) ||
		!free_slug(w, rq, m, s->title, &start.slug, err))
		return false;
	const char *words = arena_printf(rq->arena, "%s\n\n%s", s->text, trail(rq, m, s, spaces, last_us, names));
	char *json = json_dumps(form_of(rq, m, s, words, event), JSON_COMPACT);
	if (!json)
		abort();
	start.form_json = arena_strdup(rq->arena, json);
	free(json);
	if (!draft_create(w, &start, author, id, err) || !statement_set_draft(w, s->id, id, err))
		return false;
	s->draft_id = arena_strdup(rq->arena, id);
	return true;
}

bool statement_keep_draft(struct db *w, struct request *rq, const struct statement *s, struct error *err)
{
	(void)rq;
	return !s->draft_id || s->published || draft_hold(w, s->draft_id, s->consented ? NULL : WITHDRAWN, err);
}
