/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a jurisdiction says of itself, and for whom. */
#include "peers.h"
#include "account.h"
#include "audit.h"

struct typed {
	struct request *rq;
	struct peer_about about;
	const char *group, *market, *stage, *month, *offers;
};

static const char *const consent_names[PEER_FIELDS] = { "strategy_for", "stage_for", "call_in_for",
	"offers_for" };

static void put_consent(struct data *page, int f, enum peer_consent chosen)
{
	static const char *const labels[] = { "Nobody outside our space", "Members of the network",
		"Everyone, on our profile page" };

	for (int c = CONSENT_NOBODY; c <= CONSENT_PUBLIC; c++)
		page_option(page, consent_names[f], peer_consent_word((enum peer_consent)c), labels[c],
			peer_consent_word(chosen));
}

static bool has_word(const char *words, const char *word)
{
	return words && strstr(words, word);
}

static void from_stored(struct typed *t)
{
	const struct peer_about *x = &t->about;

	t->group = has_word(x->value[FIELD_STRATEGY], "group-violence") ? "yes" : "";
	t->market = has_word(x->value[FIELD_STRATEGY], "drug-market") ? "yes" : "";
	t->stage = x->value[FIELD_STAGE] ? x->value[FIELD_STAGE] : "";
	t->month = x->value[FIELD_CALL_IN] ? x->value[FIELD_CALL_IN] : "";
	t->offers = x->value[FIELD_OFFERS] ? x->value[FIELD_OFFERS] : "";
}

static void put_stored(struct request *rq, struct data *page, const struct peer_about *now)
{
	struct data *d = data_object(page, "theirs");

	data_text(d, "strategy", has_word(now->value[FIELD_STRATEGY], "group-violence") ?
		has_word(now->value[FIELD_STRATEGY], "drug-market") ? "Group violence and drug market" : "Group violence" :
		now->value[FIELD_STRATEGY] ? "Drug market" : "nothing");
	data_text(d, "stage", now->value[FIELD_STAGE] ?
		peer_stage_label(peer_stage_parse(now->value[FIELD_STAGE])) : "nothing");
	data_text(d, "month", now->value[FIELD_CALL_IN] ? date_human(rq->arena, now->value[FIELD_CALL_IN]) :
		"nothing");
	data_text(d, "offers", now->value[FIELD_OFFERS] ? now->value[FIELD_OFFERS] : "nothing");
	data_text(d, "who", now->account_name);
	data_text(d, "at", moment_human(rq->arena, now->changed_us));
}

/* now: what someone else saved meanwhile, to be shown beside what was typed; or NULL. */
static bool show(struct typed *t, struct response *rs, const char *wrong, const struct peer_about *now,
	struct error *err)
{
	struct request *rq = t->rq;
	struct data *page = peers_page_create(rq, wrong ? "Error: About us" : "About us");

	data_text(page, "heading", "About us");
	data_text(page, "wrong", wrong);
	data_text(page, "group_checked", *t->group ? "checked" : NULL);
	data_text(page, "market_checked", *t->market ? "checked" : NULL);
	page_option(page, "stages", "", "Not said", t->stage);
	for (int s = PEER_EXPLORING; s < PEER_STAGES; s++)
		page_option(page, "stages", peer_stage_word((enum peer_stage)s), peer_stage_label((enum peer_stage)s),
		t->stage);
	data_text(page, "month", t->month);
	data_text(page, "offers", t->offers);
	for (int f = 0; f < PEER_FIELDS; f++)
		put_consent(page, f, t->about.consent[f]);
	data_textf(page, "version", "%lld", (long long)t->about.version);
	if (now)
		put_stored(rq, page, now);
	else if (t->about.account_name)
		data_text(page, "last", arena_printf(rq->arena, "Last changed by %s, %s.", t->about.account_name,
			moment_human(rq->arena, t->about.changed_us)));
	data_url(page, "save_url", url_path(rq->arena, "%b/peers/about-us", rq->base));
	page_crumb(page, "About us", (struct url){ NULL });
	if (wrong)
		rs->status = now ? 409 : 400;
	return page_send_private(rq, rs, "peers-about", page, err);
}

bool about_page(struct request *rq, struct response *rs, struct error *err)
{
	struct typed t = { .rq = rq };

	if (!request_own_jurisdiction(rq, err) || !peer_about_get(rq->db, rq->arena, rq->space->id, &t.about, err))
		return false;
	from_stored(&t);
	return show(&t, rs, NULL, NULL, err);
}

static const char *read_typed(struct typed *t)
{
	struct request *rq = t->rq;
	const char *strategies = arena_printf(rq->arena, "%s%s%s", *t->group ? "group-violence" : "",
		*t->group && *t->market ? " " : "", *t->market ? "drug-market" : "");
	char *end;

	t->about.value[FIELD_STRATEGY] = strategies;
	t->about.value[FIELD_STAGE] = t->stage;
	t->about.value[FIELD_CALL_IN] = t->month;
	t->about.value[FIELD_OFFERS] = t->offers;
	t->about.version = strtoll(request_typed(rq, "version"), &end, 10);
	for (int f = 0; f < PEER_FIELDS; f++)
		if (!peer_consent_parse(request_form(rq, consent_names[f]), &t->about.consent[f]))
			return "Choose for each answer who may see it.";
	if (*t->stage && peer_stage_parse(t->stage) == PEER_STAGE_UNKNOWN)
		return "Choose a stage of the list.";
	if (*t->month && peer_months(t->month, clock_now_us()) < 0)
		return "The month of the first call-in is a month that has begun, as 2024-09.";
	return text_letters(t->offers) > PEER_OFFERS_MAX ? arena_printf(rq->arena,
		"What others may ask you about is too long: at most %d letters.", PEER_OFFERS_MAX) : NULL;
}

static bool write_about(struct db *w, void *arg, struct error *err)
{
	const struct typed *t = arg;
	struct audit_entry entry = audit_entry(t->rq, "peers.about", t->rq->space->slug, NULL);

	return peer_about_save(w, t->rq->space->id, &t->about, t->rq->account->name, err) && audit_write(w,
		&entry, err);
}

bool about_save(struct request *rq, struct response *rs, struct error *err)
{
	struct typed t = { .rq = rq, .group = request_typed(rq, "group"), .market = request_typed(rq, "market"),
		.stage = request_typed(rq, "stage"), .month = request_typed(rq, "month"), .offers = request_typed(rq,
		"offers") };
	struct error failed = { 0 };
	struct peer_about now;
	const char *wrong;

	if (!request_own_jurisdiction(rq, err))
		return false;
	wrong = read_typed(&t);
	if (wrong)
		return show(&t, rs, wrong, NULL, err);
	/* Pages for everyone show what is public: this is content. */
	if (store_write(rq->engine->store, rq->viewer, write_about, &t, &failed))
		return done_redirect(rq, rs, url_path(rq->arena, "%b/peers", rq->base), "about");
	if (failed.kind != ERROR_CONFLICT) {
		*err = failed;
		return false;
	}
	db_end(rq->db);
	if (!db_begin(rq->db, rq->viewer, err) || !peer_about_get(rq->db, rq->arena, rq->space->id, &now, err))
		return false;
	t.about.version = now.version;
	return show(&t, rs, "Someone else has changed this meanwhile. What they saved stands beside what you "
		"typed; saving again "
		"replaces theirs.", &now, err);
}

/* On the page of a jurisdiction's profile, for those whom it was chosen for. */
bool about_facts(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err)
{
	struct peer_about x;
	const char *value;

	(void)details;
	if (strcmp(r->type, "profile") != 0)
		return true;
	if (!peer_about_get(rq->db, rq->arena, r->space_id, &x, err))
		return false;
	if ((value = x.value[FIELD_STRATEGY]))
		record_fact(page, "Strategy, as it says itself", has_word(value, "group-violence") ? has_word(value,
		"drug-market") ?
			"Group violence and drug market" : "Group violence" : "Drug market");
	if ((value = x.value[FIELD_STAGE]))
		record_fact(page, "Stage, as it says itself", peer_stage_label(peer_stage_parse(value)));
	if ((value = x.value[FIELD_CALL_IN]))
		record_fact(page, "First call-in", date_human(rq->arena, value));
	record_fact(page, "Ask us about", x.value[FIELD_OFFERS]);
	return true;
}
