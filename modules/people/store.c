/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of people: SQL only. Who sees which field of whom is decided
 * here, by the scope tokens of the field's consent. */
#include "person.h"

const struct migration person_migrations[] = {
	{ 1,
	"CREATE TABLE person_entry ("
	"	account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,"
	"	role TEXT NOT NULL, title TEXT NOT NULL, organization TEXT NOT NULL, topics TEXT NOT NULL,"
	"	languages TEXT NOT NULL, phone TEXT NOT NULL, email TEXT NOT NULL, zone TEXT NOT NULL,"
	"	about TEXT NOT NULL, about_html TEXT NOT NULL, about_text TEXT NOT NULL,"
	"	version INTEGER NOT NULL, changed_us INTEGER NOT NULL) STRICT;"
	"CREATE TABLE person_consent ("
	"	account_id TEXT NOT NULL REFERENCES account (id) ON DELETE CASCADE,"
	"	field TEXT NOT NULL, audience TEXT NOT NULL CHECK (audience IN ('nobody', 'space', 'network', 'public')),"
	"	PRIMARY KEY (account_id, field)) STRICT, WITHOUT ROWID;"
	/* Whose texts in search are to be made anew. What is there goes at once, with the membership or account.
	 * (No OR IGNORE in these: within an upsert its own policy would hold.) */
	"CREATE TABLE person_stale (account_id TEXT NOT NULL PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE) STRICT;"
	"INSERT INTO person_stale (account_id) SELECT DISTINCT account_id FROM membership;"
	"CREATE TRIGGER person_joined AFTER INSERT ON membership BEGIN "
	"INSERT INTO person_stale (account_id) SELECT NEW.account_id WHERE NEW.account_id NOT IN "
	"(SELECT account_id FROM person_stale); END;"
	"CREATE TRIGGER person_role AFTER UPDATE OF team ON membership WHEN OLD.team IS NOT NEW.team BEGIN "
	"DELETE FROM search_text WHERE kind = 'person' AND id >= NEW.account_id AND id < NEW.account_id || ';';"
	"INSERT INTO person_stale (account_id) SELECT NEW.account_id WHERE NEW.account_id NOT IN "
	"(SELECT account_id FROM person_stale); END;"
	"CREATE TRIGGER person_left AFTER DELETE ON membership BEGIN "
	"DELETE FROM search_text WHERE kind = 'person' AND id >= OLD.account_id AND id < OLD.account_id || ';';"
	"INSERT INTO person_stale (account_id) SELECT id FROM account WHERE id = OLD.account_id AND id NOT IN "
	"(SELECT account_id FROM person_stale); END;"
	"CREATE TRIGGER person_changed AFTER UPDATE OF disabled_us, name ON account "
	"WHEN OLD.disabled_us <> NEW.disabled_us OR OLD.name <> NEW.name BEGIN "
	"DELETE FROM search_text WHERE kind = 'person' AND id >= NEW.id AND id < NEW.id || ';';"
	"INSERT INTO person_stale (account_id) SELECT NEW.id WHERE NEW.id NOT IN "
	"(SELECT account_id FROM person_stale); END;" },
	{ 0, NULL }
};

#define HOLDS(token) token " IN (SELECT token FROM temp.viewer_scope)"
#define SHARES(account) "EXISTS (SELECT 1 FROM main.membership sm WHERE sm.account_id = " account " AND " \
	HOLDS("'s:' || sm.space_id") ")"
/* Is an audience of that account's field for the viewer? */
#define SEES(audience, account) "CASE " audience " WHEN 'public' THEN " HOLDS("'public'") " WHEN 'network' THEN " \
	HOLDS("'network'") " WHEN 'space' THEN " SHARES(account) " ELSE 0 END"
#define CONSENT(account, field, usual) "coalesce((SELECT k.audience FROM main.person_consent k WHERE k.account_id = " \
	account " AND k.field = " field "), " usual ")"
/* What people chose, else what their spaces gave them. */
#define ROLE "coalesce(nullif(e.role, ''), (SELECT group_concat(DISTINCT replace(m.team, ' ', char(10))) " \
	"FROM main.membership m WHERE m.account_id = p.id AND m.team IS NOT NULL))"

const struct view_def person_views[] = {
	/* Whose name the viewer may see; nobody else is there for them. */
	{ "v_person", "CREATE TEMP VIEW v_person AS SELECT a.id, a.name, a.sort_key FROM main.account a "
		"WHERE a.disabled_us = 0 AND EXISTS (SELECT 1 FROM main.membership m WHERE m.account_id = a.id) "
		"AND " SEES(CONSENT("a.id", "'name'", "'space'"), "a.id") },
	{ "v_person_field", "CREATE TEMP VIEW v_person_field AS SELECT * FROM (SELECT p.id AS account_id, f.column1 AS field, "
		"CASE f.column1 WHEN 'role' THEN " ROLE " WHEN 'title' THEN e.title WHEN 'organization' THEN e.organization "
		"WHEN 'topics' THEN e.topics WHEN 'languages' THEN e.languages WHEN 'phone' THEN e.phone WHEN 'email' THEN e.email "
		"WHEN 'zone' THEN e.zone WHEN 'about' THEN e.about_text END AS value, "
		"CASE f.column1 WHEN 'about' THEN e.about_html END AS html "
		"FROM v_person p JOIN (VALUES ('role'), ('title'), ('organization'), ('topics'), ('languages'), ('phone'), ('email'), "
		"('zone'), ('about')) f LEFT JOIN main.person_entry e ON e.account_id = p.id "
		"WHERE " SEES("CASE WHEN " CONSENT("p.id", "f.column1", "CASE f.column1 WHEN 'role' THEN 'space' ELSE 'nobody' END")
		" = 'public' AND f.column1 NOT IN ('title', 'topics') THEN 'network' ELSE "
		CONSENT("p.id", "f.column1", "CASE f.column1 WHEN 'role' THEN 'space' ELSE 'nobody' END") " END", "p.id") ") "
		"WHERE value <> ''" },
	/* Where they are at home: known to who is there too, or sees the role. Spaces that the viewer does not know of are not told. */
	{ "v_person_space", "CREATE TEMP VIEW v_person_space AS SELECT DISTINCT p.id AS account_id, s.id AS space_id, s.slug, "
		"s.short_name, s.sort_key FROM v_person p JOIN main.membership m ON m.account_id = p.id "
		"JOIN main.space s ON s.id = m.space_id WHERE " HOLDS("s.scope") " AND (" HOLDS("'s:' || s.id") " OR "
		SEES("CASE WHEN " CONSENT("p.id", "'role'", "'space'") " = 'public' THEN 'network' ELSE "
		CONSENT("p.id", "'role'", "'space'") " END", "p.id") ")" },
	{ "v_person_own", "CREATE TEMP VIEW v_person_own AS SELECT a.id AS account_id, a.name, e.role, e.title, e.organization, e.topics, "
		"e.languages, e.phone, e.email, e.zone, e.about, e.about_html, e.about_text, coalesce(e.version, 0) AS version, "
		"coalesce(e.changed_us, 0) AS changed_us, (SELECT group_concat(DISTINCT replace(m.team, ' ', char(10))) "
		"FROM main.membership m WHERE m.account_id = a.id AND m.team IS NOT NULL) AS team "
		"FROM main.account a LEFT JOIN main.person_entry e ON e.account_id = a.id WHERE " HOLDS("'a:' || a.id") },
	{ "v_person_consent", "CREATE TEMP VIEW v_person_consent AS SELECT k.* FROM main.person_consent k WHERE "
		HOLDS("'a:' || k.account_id") },
	{ NULL, NULL }
};

const char *const person_field_words[PERSON_FIELDS] = { "name", "role", "title", "organization", "topics",
	"languages", "phone",
	"email", "zone", "about" };
const char *const person_consent_words[PERSON_CONSENTS] = { "nobody", "space", "network", "public" };

enum person_consent person_consent_usual(enum person_field field)
{
	return field == FIELD_NAME || field == FIELD_ROLE ? CONSENT_SPACE : CONSENT_NOBODY;
}

bool person_may_be_public(enum person_field field)
{
	return field == FIELD_NAME || field == FIELD_TITLE || field == FIELD_TOPICS;
}

static int field_of(const char *word)
{
	for (int i = 0; word && i < PERSON_FIELDS; i++)
		if (strcmp(person_field_words[i], word) == 0)
			return i;
	return PERSON_FIELDS;
}

/* ---- reading ---- */

static bool read_fields(struct db *db, struct arena *a, struct person *p, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT field, value, html FROM v_person_field WHERE account_id = :id");
	q_text(&q, ":id", p->id);
	while (q_row(&q)) {
		int field = field_of(q_col_text(&q, a, 0));

		if (field == PERSON_FIELDS)
			continue;
		p->fields[field] = q_col_text(&q, a, 1);
		if (field == FIELD_ABOUT)
			p->about_html = q_col_text(&q, a, 2);
	}
	/* group_concat puts commas between the rows' words. */
	if (p->fields[FIELD_ROLE])
		for (char *c = arena_strdup(a, p->fields[FIELD_ROLE]), *at = (p->fields[FIELD_ROLE] = c, c); *at; at++)
			*at = *at == ',' ? '\n' : *at;
	return q_done(&q, err);
}

static bool read_spaces(struct db *db, struct arena *a, struct person *p, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT space_id, slug, short_name, count(*) OVER () FROM v_person_space WHERE account_id = :id "
		"ORDER BY sort_key, space_id");
	q_text(&q, ":id", p->id);
	while (q_row(&q)) {
		if (!p->spaces)
			p->spaces = arena_array(a, (size_t)q_col_int(&q, 3), sizeof *p->spaces);
		p->spaces[p->n_spaces++] = (struct person_space){ q_col_text(&q, a, 0), q_col_text(&q, a, 1),
			q_col_text(&q, a, 2) };
	}
	return q_done(&q, err);
}

/* IN, not EXISTS: the views are worked through once, not for each person. */
#define HAS(word) "(" word " IS NULL OR instr(p.sort_key, " word ") > 0 OR p.id IN (SELECT account_id FROM v_person_field " \
	"WHERE instr(lower(value), " word ") > 0))"
#define LINE(field, value_) "(" value_ " IS NULL OR p.id IN (SELECT account_id FROM v_person_field WHERE field = '" field "' " \
	"AND instr(char(10) || replace(value, ',', char(10)) || char(10), char(10) || " value_ " || char(10)) > 0))"

bool person_list(struct db *db, struct arena *a, const struct person_filter *f, struct person **out, size_t *n,
	int64_t *total, struct error *err)
{
	char *words[3] = { NULL }, *save = NULL;
	struct query q;
	size_t k = 0;

	char *typed = f->text ? text_sort_key(a, f->text) : arena_strdup(a, "");
	for (char *w = strtok_r(typed, " ", &save); w && k < 3; w = strtok_r(NULL, " ", &save))
		words[k++] = w;
	*out = arena_array(a, (size_t)f->limit, sizeof **out);
	*n = 0;
	*total = 0;
	db_query(db, &q, "SELECT p.id, p.name, p.sort_key, count(*) OVER () FROM v_person p WHERE " HAS(":w1") " AND " HAS(":w2") " AND "
		HAS(":w3") " AND " LINE("topics", ":topic") " AND " LINE("role", ":role")
		" AND (:space IS NULL OR p.id IN (SELECT account_id FROM v_person_space WHERE space_id = :space)) "
		"ORDER BY p.sort_key, p.id LIMIT :limit OFFSET :offset");
	q_text(&q, ":w1", words[0]);
	q_text(&q, ":w2", words[1]);
	q_text(&q, ":w3", words[2]);
	q_text(&q, ":topic", f->topic);
	q_text(&q, ":role", f->role);
	q_text(&q, ":space", f->space_id);
	q_int(&q, ":limit", f->limit);
	q_int(&q, ":offset", f->offset);
	while (q_row(&q)) {
		struct person *p = &(*out)[(*n)++];

		p->id = q_col_text(&q, a, 0);
		p->fields[FIELD_NAME] = q_col_text(&q, a, 1);
		p->sort_key = q_col_text(&q, a, 2);
		*total = q_col_int(&q, 3);
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!read_fields(db, a, &(*out)[i], err) || !read_spaces(db, a, &(*out)[i], err))
			return false;
	return true;
}

bool people_get(struct db *db, struct arena *a, const char *id, struct person **out, struct error *err)
{
	struct query q;

	*out = NULL;
	db_query(db, &q, "SELECT id, name, sort_key FROM v_person WHERE id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		(*out)->id = q_col_text(&q, a, 0);
		(*out)->fields[FIELD_NAME] = q_col_text(&q, a, 1);
		(*out)->sort_key = q_col_text(&q, a, 2);
	}
	if (!q_done(&q, err))
		return false;
	if (!*out)
		return error_absent(err);
	return read_fields(db, a, *out, err) && read_spaces(db, a, *out, err);
}

const char *person_text(struct query *q, struct arena *a, int column)
{
	const char *s = q_col_text(q, a, column);

	return s ? s : "";
}

bool person_own(struct db *db, struct arena *a, const char *account_id, struct person_entry *out, struct error *err)
{
	struct query q;

	*out = (struct person_entry){ .about_html = "", .about_text = "" };
	for (int i = 0; i < PERSON_FIELDS; i++) {
		out->fields[i] = "";
		out->consent[i] = person_consent_usual(i);
	}
	db_query(db, &q, "SELECT name, role, title, organization, topics, languages, phone, email, zone, about, about_html, about_text, "
		"version, changed_us, team FROM v_person_own WHERE account_id = :id");
	q_text(&q, ":id", account_id);
	while (q_row(&q)) {
		for (int i = 0; i < PERSON_FIELDS; i++)
			out->fields[i] = person_text(&q, a, i);
		out->about_html = person_text(&q, a, PERSON_FIELDS);
		out->about_text = person_text(&q, a, PERSON_FIELDS + 1);
		out->version = q_col_int(&q, PERSON_FIELDS + 2);
		out->changed_us = q_col_int(&q, PERSON_FIELDS + 3);
		out->team = q_col_text(&q, a, PERSON_FIELDS + 4);
	}
	if (!q_done(&q, err))
		return false;
	db_query(db, &q, "SELECT field, audience FROM v_person_consent WHERE account_id = :id");
	q_text(&q, ":id", account_id);
	while (q_row(&q)) {
		int field = field_of(q_col_text(&q, a, 0));
		const char *audience = q_col_text(&q, a, 1);

		for (int i = 0; field < PERSON_FIELDS && i < PERSON_CONSENTS; i++)
			if (strcmp(person_consent_words[i], audience) == 0)
				out->consent[field] = i;
	}
	return q_done(&q, err);
}

/* ---- writing ---- */

static bool save_consent(struct db *w, const char *account_id, int field, enum person_consent consent,
	struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO person_consent (account_id, field, audience) VALUES (:account, :field, :audience) "
		"ON CONFLICT (account_id, field) DO UPDATE SET audience = excluded.audience");
	q_text(&q, ":account", account_id);
	q_text(&q, ":field", person_field_words[field]);
	q_text(&q, ":audience", person_consent_words[consent]);
	return q_run(&q, err);
}

bool person_save(struct db *w, const char *account_id, const struct person_entry *e, struct error *err)
{
	struct query q;
	bool same, ok;

	db_query(w, &q, "INSERT INTO person_entry (account_id, role, title, organization, topics, languages, phone, email, zone, about, "
		"about_html, about_text, version, changed_us) VALUES (:account, :role, :title, :organization, :topics, :languages, "
		":phone, :email, :zone, :about, :html, :text, 1, :now) ON CONFLICT (account_id) DO UPDATE SET role = excluded.role, "
		"title = excluded.title, organization = excluded.organization, topics = excluded.topics, languages = excluded.languages, "
		"phone = excluded.phone, email = excluded.email, zone = excluded.zone, about = excluded.about, "
		"about_html = excluded.about_html, about_text = excluded.about_text, version = person_entry.version + 1, "
		"changed_us = excluded.changed_us WHERE person_entry.version = :version");
	q_text(&q, ":account", account_id);
	q_text(&q, ":role", e->fields[FIELD_ROLE]);
	q_text(&q, ":title", e->fields[FIELD_TITLE]);
	q_text(&q, ":organization", e->fields[FIELD_ORGANIZATION]);
	q_text(&q, ":topics", e->fields[FIELD_TOPICS]);
	q_text(&q, ":languages", e->fields[FIELD_LANGUAGES]);
	q_text(&q, ":phone", e->fields[FIELD_PHONE]);
	q_text(&q, ":email", e->fields[FIELD_EMAIL]);
	q_text(&q, ":zone", e->fields[FIELD_ZONE]);
	q_text(&q, ":about", e->fields[FIELD_ABOUT]);
	q_text(&q, ":html", e->about_html);
	q_text(&q, ":text", e->about_text);
	q_int(&q, ":now", clock_now_us());
	q_int(&q, ":version", e->version);
	ok = q_run_changed(&q, &same, err) && (same || error_set(err, ERROR_CONFLICT,
		"Your entry was changed meanwhile, in another window. What is saved now stands below each field that differs."));
	for (int i = 0; ok && i < PERSON_FIELDS; i++)
		ok = save_consent(w, account_id, i, e->consent[i], err);
	return ok;
}

bool person_remove(struct db *w, const char *account_id, bool hidden, struct error *err)
{
	struct query q;

	db_query(w, &q, "DELETE FROM person_entry WHERE account_id = :account");
	q_text(&q, ":account", account_id);
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "DELETE FROM person_consent WHERE account_id = :account");
	q_text(&q, ":account", account_id);
	return q_run(&q, err) && (!hidden || (save_consent(w, account_id, FIELD_NAME, CONSENT_NOBODY, err) &&
		save_consent(w, account_id, FIELD_ROLE, CONSENT_NOBODY, err)));
}
