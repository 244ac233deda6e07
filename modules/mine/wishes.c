/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The matrix of wishes: each kind of notification, and how one is told. */
#include "own.h"
#include "zone.h"

static const char *const way_labels[] = { "Never", "My page", "Daily mail", "Mail at once" };
static const char *const period_labels[][2] = { { "never", "No" }, { "digest", "Every day" }, { "weekly", "Every week" } };

static bool put_kind(struct request *rq, struct data *page, const struct notification_kind *kind, struct error *err)
{
	struct data *row = data_item(page, "kinds");
	enum notification_way way;

	if (!notification_wish(rq->db, rq->account->id, kind, &way, err))
		return false;
	data_text(row, "label", kind->label);
	data_text(row, "field", arena_printf(rq->arena, "way-%s", kind->name));
	for (int i = NOTIFICATION_NEVER; i <= NOTIFICATION_MAIL; i++) {
		struct data *choice = data_item(row, "ways");

		data_text(choice, "value", notification_way_word((enum notification_way)i));
		data_text(choice, "label", way_labels[i]);
		data_text(choice, "checked", i == (int)way ? "checked" : NULL);
	}
	return true;
}

static bool put_choice(struct request *rq, struct data *page, const struct notification_choice *c, struct error *err)
{
	struct notification_kind mailing = { .name = c->name, .usual = NOTIFICATION_NEVER };
	enum notification_way way;

	if (c->path) {
		struct data *row = data_item(page, "elsewhere");

		data_text(row, "label", c->label);
		data_url(row, "url", page_path_url(rq, rq->space->slug, c->path));
		return true;
	}
	if (!notification_wish(rq->db, rq->account->id, &mailing, &way, err))
		return false;
	struct data *row = data_item(page, "mailings");
	data_text(row, "label", c->label);
	data_text(row, "field", arena_printf(rq->arena, "way-%s", c->name));
	for (size_t i = 0; i < sizeof period_labels / sizeof *period_labels; i++)
		page_option(row, "options", period_labels[i][0], period_labels[i][1], notification_way_word(way));
	return true;
}

bool wishes_page(struct request *rq, struct response *rs, struct error *err)
{
	static const char *const done_texts[][2] = { { "saved", "Your choice is saved." }, { NULL, NULL } };
	const struct options *o = rq->engine->options;
	struct data *page = own_page(rq, rs, "What I am told of", "notifications", NULL);

	for (const struct module *const *m = rq->engine->modules; *m; m++) {
		for (const struct notification_kind *k = (*m)->notifications; k && k->name; k++)
			if (!notification_choice(rq->engine, k->name) && !put_kind(rq, page, k, err))
				return false;
		for (const struct notification_choice *c = (*m)->choices; c && c->name; c++)
			if (!put_choice(rq, page, c, err))
				return false;
	}
	data_text(page, "email", rq->account->email);
	data_text(page, "done", done_text(rq, done_texts));
	data_textf(page, "hour", "%02d:00 (%s)", (int)options_int(o, "notification-digest-hour"),
		options_string(o, "notification-zone"));
	data_textf(page, "settle", "%d", (int)((options_int(o, "notification-settle") + 59999) / 60000));
	data_url(page, "save_url", url_path(rq->arena, "%b/me/notifications", rq->base));
	page_crumb(page, "What I am told of", (struct url){ NULL });
	return page_send_private(rq, rs, "mine-notifications", page, err);
}

/* ---- saving ---- */

struct wishing {
	struct request *rq;
};

/* What was not sent, or makes no sense, stays as it is. */
static bool save_one(struct db *w, struct request *rq, const char *name, bool periodical, struct error *err)
{
	const char *word = request_form(rq, arena_printf(rq->arena, "way-%s", name));
	enum notification_way way;

	if (!word || !notification_way_parse(word, &way) || (way == NOTIFICATION_WEEKLY && !periodical) ||
		(periodical && (way == NOTIFICATION_PAGE || way == NOTIFICATION_MAIL)))
		return true;
	return notification_set_wish(w, rq->account->id, name, way, err);
}

static bool write_wishes(struct db *w, void *arg, struct error *err)
{
	const struct wishing *s = arg;

	for (const struct module *const *m = s->rq->engine->modules; *m; m++) {
		for (const struct notification_kind *k = (*m)->notifications; k && k->name; k++)
			if (!notification_choice(s->rq->engine, k->name) && !save_one(w, s->rq, k->name, false, err))
				return false;
		for (const struct notification_choice *c = (*m)->choices; c && c->name; c++)
			if (!c->path && !save_one(w, s->rq, c->name, true, err))
				return false;
	}
	return true;
}

bool wishes_given(struct request *rq, struct response *rs, struct error *err)
{
	struct wishing s = { rq };

	return request_write(rq, write_wishes, &s, err) &&
		done_redirect(rq, rs, url_path(rq->arena, "%b/me/notifications", rq->base), "saved");
}
