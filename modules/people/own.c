/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One's own entry: what it says, who sees each part, taking it along, taking it away. */
#include "person.h"

struct own {
	struct request *rq;
	struct person_entry e, saved; /* typed; and what is saved, to show on a conflict */
	bool conflict, hidden;
	const char *problem, *field;
};

static struct url own_url(struct request *rq, const char *part)
{
	return part ? url_path(rq->arena, "%b/people/me/%s", rq->base, part) : url_path(rq->arena, "%b/people/me", rq->base);
}

/* ---- the form ---- */

static const char *const hints[PERSON_FIELDS] = {
	[FIELD_NAME] = "From your account. Where your name is not shown, nothing else of you is.",
	[FIELD_ROLE] = "Shown together with the jurisdictions that you belong to.",
	[FIELD_TITLE] = "As on your card: “Deputy Chief”.",
	[FIELD_LANGUAGES] = "“English, Spanish”.",
	[FIELD_TOPICS] = "Up to 12. Others find you by them when they look for advice.",
	[FIELD_ABOUT] = "A few sentences. Markdown works: **bold**, lists, links.",
};

static const char *my_spaces(struct request *rq)
{
	const char *text = "", *last = "";

	for (size_t i = 0; i < rq->account->n_memberships; i++) {
		const struct account_membership *m = &rq->account->memberships[i];

		if (strcmp(m->space_id, last) != 0)
			text = arena_printf(rq->arena, "%s%s%s", text, *text ? ", " : "", m->space_name);
		last = m->space_id;
	}
	return text;
}

static void put_consents(struct request *rq, struct data *d, enum person_field field, enum person_consent chosen)
{
	const char *const labels[PERSON_CONSENTS] = { "Nobody", arena_printf(rq->arena, "Members of my spaces (%s)",
		my_spaces(rq)),
		"All members of the network", "Everyone, without signing in too" };

	for (int i = 0; i < PERSON_CONSENTS; i++)
		if (i != CONSENT_PUBLIC || person_may_be_public(field))
			page_option(d, "consents", person_consent_words[i], labels[i], person_consent_words[chosen]);
}

static bool has_line(const char *lines, const char *one)
{
	size_t n = strlen(one);

	for (const char *s = lines; s && *s; s += strcspn(s, "\n"), s += *s == '\n')
		if (strncmp(s, one, n) == 0 && (s[n] == '\n' || s[n] == '\0'))
			return true;
	return false;
}

static void put_topics(struct request *rq, struct data *d, const char *chosen)
{
	size_t n;
	const char *const *list = person_topics(rq, &n);

	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(d, "topics");

		data_textf(item, "id", "topic_%zu", i + 1);
		data_text(item, "value", list[i]);
		data_text(item, "label", person_topic_label(rq->arena, list[i]));
		data_text(item, "checked", has_line(chosen, list[i]) ? "checked" : NULL);
	}
}

static void put_choices(struct request *rq, struct data *d, enum person_field field, const struct person_entry *e)
{
	const char *value = e->fields[field];

	data_flag(d, field == FIELD_NAME ? "fixed" : field == FIELD_ABOUT ? "long" : field == FIELD_TOPICS ? "many" :
		field == FIELD_ROLE || field == FIELD_ZONE ? "choice" : "line", true);
	if (field == FIELD_TOPICS)
		put_topics(rq, d, value);
	if (field == FIELD_ROLE) {
		page_option(d, "options", "", e->team ? arena_printf(rq->arena, "As my jurisdiction has it: %s",
			person_role_names(rq->arena, e->team)) : "None", value);
		for (size_t i = 0; page_role_at(i); i++)
			page_option(d, "options", page_role_at(i), page_role_name(page_role_at(i)), value);
	}
	if (field == FIELD_ZONE) {
		page_option(d, "options", "", "Not said", value);
		for (size_t i = 0; person_zones[i][0]; i++)
			page_option(d, "options", person_zones[i][0], person_zones[i][1], value);
	}
}

static void put_field(struct own *o, struct data *page, enum person_field field)
{
	struct data *d = data_item(page, "fields");
	const char *word = person_field_words[field], *value = o->e.fields[field], *saved = o->saved.fields[field];
	bool wrong = o->problem && o->field && strcmp(o->field, word) == 0;

	data_text(d, "id", word);
	data_text(d, "label", person_field_labels[field]);
	data_text(d, "value", value);
	data_text(d, "hint", hints[field]);
	data_text(d, "wrong", wrong ? o->problem : NULL);
	data_text(d, "invalid", wrong ? "true" : NULL);
	if (hints[field] || wrong)
		data_textf(d, "described", "%s%s%s%s%s", hints[field] ? word : "", hints[field] ? "_hint" : "",
			hints[field] && wrong ? " " : "",
			wrong ? word : "", wrong ? "_problem" : "");
	if (person_field_max[field])
		data_textf(d, "max", "%zu", person_field_max[field]);
	if (o->conflict && (strcmp(value, saved) != 0 || o->e.consent[field] != o->saved.consent[field])) {
		data_flag(d, "differs", true);
		data_text(d, "saved", *saved ? person_lines(o->rq->arena, saved) : "nothing");
		data_text(d, "saved_consent", person_consent_words[o->saved.consent[field]]);
	}
	put_choices(o->rq, d, field, &o->e);
	put_consents(o->rq, d, field, o->e.consent[field]);
}

static bool own_here(struct request *rq, struct error *err)
{
	return rq->account->n_memberships > 0 || error_absent(err);
}

static bool show(struct own *o, struct response *rs, struct error *err)
{
	static const char *const done[][2] = { { "saved",
		"Your entry is saved. What you took back is gone at once." }, { NULL, NULL } };
	struct request *rq = o->rq;
	struct data *page = page_create(rq, o->problem ? "Error: Your entry" : "Your entry");
	struct person *shown;
	struct error none = { 0 };

	for (int i = 0; i < PERSON_FIELDS; i++)
		put_field(o, page, i);
	data_text(page, "wrong", o->problem);
	if (o->field)
		data_url(page, "wrong_url", url_fragment(rq->arena, own_url(rq, NULL), o->field));
	data_text(page, "done", o->problem ? NULL : done_text(rq, done));
	data_textf(page, "version", "%lld", (long long)o->e.version);
	data_flag(page, "there", o->e.version > 0);
	data_url(page, "save_url", own_url(rq, NULL));
	data_url(page, "export_url", own_url(rq, "export.json"));
	data_url(page, "remove_url", own_url(rq, "remove"));
	if (people_get(rq->db, rq->arena, rq->account->id, &shown, &none))
		data_url(page, "shown_url", url_path(rq->arena, "%b/people/%s", rq->base, rq->account->id));
	person_crumbs(rq, page, false);
	page_crumb(page, "Your entry", (struct url){ NULL });
	if (o->problem)
		rs->status = o->conflict ? 409 : 400;
	return page_send_private(rq, rs, "person-own", page, err);
}

bool person_own_page(struct request *rq, struct response *rs, struct error *err)
{
	struct own o = { .rq = rq };

	if (!own_here(rq, err) || !person_own(rq->db, rq->arena, rq->account->id, &o.e, err))
		return false;
	/* The first time, what the account knows is offered; shown to nobody until saved. */
	if (!o.e.version && rq->account->email)
		o.e.fields[FIELD_EMAIL] = rq->account->email;
	return show(&o, rs, err);
}

/* ---- saving ---- */

static void wrong(struct own *o, enum person_field field, const char *text)
{
	if (o->problem)
		return;
	o->problem = text;
	o->field = person_field_words[field];
}

static bool is_topic(struct request *rq, const char *word)
{
	size_t n;
	const char *const *list = person_topics(rq, &n);

	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], word) == 0)
			return true;
	return false;
}

static const char *read_topics(struct own *o)
{
	struct request *rq = o->rq;
	const char *lines = "";
	size_t n = 0;

	for (size_t i = 0; i < rq->n_form; i++) {
		if (strcmp(rq->form[i].name, "topics") != 0 || !is_topic(rq, rq->form[i].value) || has_line(lines,
			rq->form[i].value))
			continue;
		lines = arena_printf(rq->arena, "%s%s%s", lines, *lines ? "\n" : "", rq->form[i].value);
		n++;
	}
	if (n > PERSON_TOPICS_MAX)
		wrong(o, FIELD_TOPICS, arena_printf(rq->arena, "Choose at most %d things that you can help with.",
			PERSON_TOPICS_MAX));
	return lines;
}

static bool is_role(const char *word)
{
	for (size_t i = 0; page_role_at(i); i++)
		if (strcmp(page_role_at(i), word) == 0)
			return true;
	return !*word;
}

static bool is_zone(const char *word)
{
	for (size_t i = 0; person_zones[i][0]; i++)
		if (strcmp(person_zones[i][0], word) == 0)
			return true;
	return !*word;
}

static void read_consent(struct own *o, enum person_field field)
{
	struct request *rq = o->rq;
	const char *word = request_typed(rq, arena_printf(rq->arena, "see_%s", person_field_words[field]));

	o->e.consent[field] = PERSON_CONSENTS;
	for (int i = 0; i < PERSON_CONSENTS; i++)
		if (strcmp(person_consent_words[i], word) == 0 && (i != CONSENT_PUBLIC || person_may_be_public(field)))
			o->e.consent[field] = i;
	if (o->e.consent[field] == PERSON_CONSENTS) {
		o->e.consent[field] = CONSENT_NOBODY;
		wrong(o, field, "Choose who sees this.");
	}
}

static void check(struct own *o)
{
	struct request *rq = o->rq;

	for (int i = FIELD_ROLE; i < PERSON_FIELDS; i++)
		if (person_field_max[i] && strlen(o->e.fields[i]) > person_field_max[i])
			wrong(o, i, arena_printf(rq->arena, "%s: at most %zu letters.", person_field_labels[i], person_field_max[i]));
	if (*o->e.fields[FIELD_EMAIL] && !mail_address_ok(o->e.fields[FIELD_EMAIL]))
		wrong(o, FIELD_EMAIL, "This is no e-mail address, as name@example.org.");
	if (!is_role(o->e.fields[FIELD_ROLE]))
		wrong(o, FIELD_ROLE, "Choose a role from the list.");
	if (!is_zone(o->e.fields[FIELD_ZONE]))
		wrong(o, FIELD_ZONE, "Choose a time zone from the list.");
}

static bool draw_about(struct own *o)
{
	struct request *rq = o->rq;
	struct prose drawn;
	struct error bad = { 0 };

	if (o->problem || !*o->e.fields[FIELD_ABOUT])
		return !o->problem;
	if (!prose_draw(rq->engine->schemas, rq->arena, o->e.fields[FIELD_ABOUT], "about-", &drawn, &bad)) {
		wrong(o, FIELD_ABOUT, arena_strdup(rq->arena, bad.text));
		return false;
	}
	o->e.about_html = drawn.html;
	o->e.about_text = drawn.text;
	return true;
}

static bool write_own(struct db *w, void *arg, struct error *err)
{
	struct own *o = arg;

	return person_save(w, o->rq->account->id, &o->e, err) && person_index(w, o->rq->arena, o->rq->account->id, err);
}

bool person_own_save(struct request *rq, struct response *rs, struct error *err)
{
	struct own o = { .rq = rq, .e = { .about_html = "", .about_text = "" } };
	struct error bad = { 0 };

	if (!own_here(rq, err) || !person_own(rq->db, rq->arena, rq->account->id, &o.saved, err))
		return false;
	o.e.version = strtoll(request_typed(rq, "version"), NULL, 10);
	o.e.team = o.saved.team;
	for (int i = 0; i < PERSON_FIELDS; i++) {
		const char *typed = request_typed(rq, person_field_words[i]);

		o.e.fields[i] = i == FIELD_NAME ? o.saved.fields[i] : i == FIELD_ABOUT ? typed : text_normalise(rq->arena, typed);
		read_consent(&o, i);
	}
	o.e.fields[FIELD_TOPICS] = read_topics(&o);
	check(&o);
	if (draw_about(&o)) {
		if (request_write(rq, write_own, &o, &bad))
			return done_redirect(rq, rs, own_url(rq, NULL), "saved");
		if (bad.kind != ERROR_CONFLICT) {
			*err = bad;
			return false;
		}
		o.problem = arena_strdup(rq->arena, bad.text);
		o.conflict = true;
		o.e.version = o.saved.version;
	}
	return show(&o, rs, err);
}

/* ---- taking it along, taking it away ---- */

bool person_own_export(struct request *rq, struct response *rs, struct error *err)
{
	struct person_entry e;
	json_t *root, *fields;

	if (!own_here(rq, err) || !person_own(rq->db, rq->arena, rq->account->id, &e, err))
		return false;
	root = json_object();
	fields = json_object();
	json_set_text(root, "account", rq->account->id);
	for (int i = 0; i < PERSON_FIELDS; i++) {
		json_t *one = json_object();

		json_set_text(one, "value", e.fields[i]);
		json_set_text(one, "seen_by", person_consent_words[e.consent[i]]);
		json_object_set_new(fields, person_field_words[i], one);
	}
	json_object_set_new(root, "fields", fields);
	json_set_text(root, "roles_given_by_spaces", e.team);
	json_set_text(root, "changed", e.changed_us ? moment_utc(rq->arena, e.changed_us) : NULL);
	response_header(rs, "Content-Disposition", "attachment; filename=\"my-entry.json\"");
	return json_send(rq, rs, root, "application/json", err);
}

bool person_own_remove_page(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = page_create(rq, "Remove your entry");

	if (!own_here(rq, err))
		return false;
	data_url(page, "remove_url", own_url(rq, "remove"));
	data_url(page, "export_url", own_url(rq, "export.json"));
	data_url(page, "back_url", own_url(rq, NULL));
	person_crumbs(rq, page, false);
	page_crumb(page, "Your entry", own_url(rq, NULL));
	page_crumb(page, "Remove", (struct url){ NULL });
	return page_send_private(rq, rs, "person-remove", page, err);
}

static bool write_remove(struct db *w, void *arg, struct error *err)
{
	struct own *o = arg;

	return person_remove(w, o->rq->account->id, o->hidden, err) && person_index(w, o->rq->arena,
		o->rq->account->id, err);
}

bool person_own_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct own o = { .rq = rq, .hidden = *request_typed(rq, "hide") != '\0' };

	return own_here(rq, err) && request_write(rq, write_remove, &o, err) &&
		done_redirect(rq, rs, url_path(rq->arena, "%b/people", rq->base), "removed");
}
