/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Letters as text and HTML, and the links by which they are left. */
#include "letter.h"
#include <jansson.h>
#include <sodium.h>
#include <string.h>
#include "mail.h"
#include "notification.h"
#include "reply_mail.h"
#include "space.h"
#include "store_system.h"
#include "template.h"
#include "text.h"

#define MAC_BYTES 16

/* ---- what it says ---- */

void letter_say(struct letter *l, const char *text)
{
	if (l->n_paragraphs < LETTER_PARTS)
		l->paragraphs[l->n_paragraphs++] = text;
}

void letter_fact(struct letter *l, const char *label, const char *value)
{
	if (value && l->n_facts < LETTER_PARTS) {
		l->facts[l->n_facts].label = label;
		l->facts[l->n_facts++].value = value;
	}
}

void letter_item(struct letter *l, const struct letter_item *item)
{
	if (l->n_items < LETTER_ITEMS)
		l->items[l->n_items++] = *item;
}

static const char *origin(const struct letter *l)
{
	const char *text = options_string(l->engine->options, "public-origin");

	return *text ? text : NULL;
}

const char *letter_absolute(const struct letter *l, struct url u)
{
	return origin(l) ? arena_printf(l->arena, "%s%s", origin(l), u.text) : NULL;
}

const char *letter_space_url(const struct letter *l, const char *space_slug, const char *path)
{
	bool national = strcmp(space_slug, SPACE_NATIONAL) == 0;

	return origin(l) ? arena_printf(l->arena, "%s%s%s%s", origin(l), national ? "" : "/s/", national ? "" : space_slug,
		path) : NULL;
}

static const char *leave_address(const struct letter *l)
{
	return letter_absolute(l, url_path(l->arena, "/mail/leave/%s", leave_token(l->arena, l->account->id, l->kind)));
}

static const char *wishes_address(const struct letter *l)
{
	return letter_absolute(l, url_path(l->arena, "/me/notifications"));
}

/* ---- as text ---- */

static void plain_items(const struct letter *l, struct buf *b)
{
	for (size_t i = 0; i < l->n_items; i++) {
		const struct letter_item *item = &l->items[i];

		buf_printf(b, "%s%s\n", i ? "\n" : "", item->title);
		if (item->when)
			buf_printf(b, "%s\n", item->when);
		if (item->text)
			buf_printf(b, "\n%s\n\n", item->text);
		if (item->url)
			buf_printf(b, "%s\n", item->url);
	}
}

static const char *plain(const struct letter *l)
{
	struct buf b = BUF_INIT;

	if (l->reply_to)
		buf_printf(&b, "%s\n\n", REPLY_LINE);
	buf_printf(&b, "Dear %s,\n\n", l->account->name);
	for (size_t i = 0; i < l->n_paragraphs; i++)
		buf_printf(&b, "%s\n\n", l->paragraphs[i]);
	for (size_t i = 0; i < l->n_facts; i++)
		buf_printf(&b, "%s: %s\n", l->facts[i].label, l->facts[i].value);
	plain_items(l, &b);
	if (l->url)
		buf_printf(&b, "\n%s:\n%s\n", l->url_label, l->url);
	if (origin(l))
		buf_printf(&b, "\n-- \nWhat you get mail about: %s\nNo more of this kind: %s\n", wishes_address(l), leave_address(l));
	const char *text = arena_strdup(l->arena, buf_text(&b));
	buf_finish(&b);
	return text;
}

/* ---- as HTML ---- */

static void put_address(const struct letter *l, struct data *d, const char *name, const char *address)
{
	struct url u;

	if (address && url_external(l->arena, address, &u))
		data_url(d, name, u);
}

/* Empty lines part paragraphs. */
static void put_paragraphs(const struct letter *l, struct data *d, const char *name, const char *text)
{
	for (const char *s = text; s && *s;) {
		const char *end = strstr(s, "\n\n");
		size_t n = end ? (size_t)(end - s) : strlen(s);

		if (n)
			data_text(data_item(d, name), "text", arena_strndup(l->arena, s, n));
		s += n + (end ? 2 : 0);
	}
}

static void put_items(const struct letter *l, struct data *page)
{
	for (size_t i = 0; i < l->n_items; i++) {
		struct data *d = data_item(page, "items");

		data_text(d, "title", l->items[i].title);
		data_text(d, "when", l->items[i].when);
		put_paragraphs(l, d, "texts", l->items[i].text);
		put_address(l, d, "url", l->items[i].url);
	}
}

static const char *html(const struct letter *l, struct error *err)
{
	struct data *page = data_create(l->arena);
	struct buf b = BUF_INIT;

	data_text(page, "subject", l->subject);
	data_text(page, "name", l->account->name);
	data_text(page, "answer", l->reply_to ? REPLY_LINE : NULL);
	for (size_t i = 0; i < l->n_paragraphs; i++)
		data_text(data_item(page, "paragraphs"), "text", l->paragraphs[i]);
	for (size_t i = 0; i < l->n_facts; i++) {
		struct data *d = data_item(page, "facts");

		data_text(d, "label", l->facts[i].label);
		data_text(d, "value", l->facts[i].value);
		if (strncmp(l->facts[i].value, "https://", 8) == 0)
			put_address(l, d, "url", l->facts[i].value);
	}
	put_items(l, page);
	data_text(page, "url_label", l->url_label);
	put_address(l, page, "url", l->url);
	if (origin(l)) {
		put_address(l, page, "notices_url", wishes_address(l));
		put_address(l, page, "leave_url", leave_address(l));
	}
	bool ok = template_render(l->engine->templates, "mail-letter", page, &b, err);
	const char *text = ok ? arena_strdup(l->arena, buf_text(&b)) : NULL;
	buf_finish(&b);
	return text;
}

enum job_result letter_send(const struct letter *l, struct db *db, const char *id, struct error *err)
{
	const char *label = notification_label(l->engine, l->kind);
	struct mail m = { .to = l->account->email, .subject = l->subject, .text = plain(l), .html = html(l, err),
		.calendar = l->calendar, .method = l->method, .reply_to = l->reply_to, .thread = l->thread,
		.list_id = l->kind, .list_name = label ? label : l->kind, .unsubscribe = origin(l) ? leave_address(l) : NULL };

	return m.html ? mail_deliver(l->engine, db, l->arena, id, &m, err) : JOB_HOPELESS;
}

enum job_result letter_run(struct engine *e, struct db *db, const struct job_row *job, letter_writer *write,
	struct error *err)
{
	json_t *o = job->payload ? json_loads(job->payload, 0, NULL) : NULL;
	struct letter l = { .arena = arena_create(), .engine = e };
	enum job_result result = write(&l, db, o, job->id, err);

	arena_destroy(l.arena);
	json_decref(o);
	return result;
}

/* ---- leaving ---- */

static char key[SECRET_SIZE]; /* read-only once started */

static bool write_key(struct db *w, void *arg, struct error *err)
{
	struct arena *a = arena_create();
	char fresh[SECRET_SIZE];
	struct query q;
	bool ok;

	(void)arg;
	secret_new(fresh);
	db_query_system(w, &q, "INSERT INTO letter_key (one, secret) VALUES (1, :secret) ON CONFLICT (one) DO NOTHING");
	q_text(&q, ":secret", fresh);
	ok = q_run(&q, err);
	if (ok) {
		db_query_system(w, &q, "SELECT secret FROM letter_key");
		while (q_row(&q))
			snprintf(key, sizeof key, "%s", q_col_text(&q, a, 0));
		ok = q_done(&q, err);
	}
	arena_destroy(a);
	return ok;
}

bool letter_start(struct engine *e, struct error *err)
{
	return store_write_aside(e->store, &viewer_system, write_key, NULL, err);
}

/* 32 hex digits over kind and account. */
static const char *mac(struct arena *a, const char *plain_text)
{
	unsigned char bytes[MAC_BYTES];
	char *out = arena_alloc(a, MAC_BYTES * 2 + 1);

	crypto_generichash(bytes, sizeof bytes, (const unsigned char *)plain_text, strlen(plain_text),
		(const unsigned char *)key, SECRET_SIZE - 1);
	return sodium_bin2hex(out, MAC_BYTES * 2 + 1, bytes, sizeof bytes);
}

const char *leave_token(struct arena *a, const char *account_id, const char *kind)
{
	const char *plain_text = arena_printf(a, "%s.%s", kind, account_id);

	return arena_printf(a, "%s.%s", plain_text, mac(a, plain_text));
}

/* "r<account>-<MAC>", a letter a list. */
static bool leave_read_early(struct arena *a, const char *token, const char **account_id, const char **kind)
{
	static const char *const kinds[] = { "event-registration", "event-reminder", "event-materials", "event-digest" };
	static const char letters[] = "rmpd";
	const char *at = *token ? strchr(letters, *token) : NULL;

	if (!at || strlen(token) != 1 + 36 + 1 + MAC_BYTES * 2)
		return false;
	*kind = kinds[at - letters];
	*account_id = arena_strndup(a, token + 1, 36);
	return sodium_memcmp(mac(a, arena_strndup(a, token, 37)), token + 38, MAC_BYTES * 2) == 0;
}

bool leave_read(struct arena *a, const char *token, const char **account_id, const char **kind)
{
	size_t n = strcspn(token, "."), whole = n + 1 + 36;

	if (token[n] != '.')
		return leave_read_early(a, token, account_id, kind);
	if (strlen(token) != whole + 1 + MAC_BYTES * 2 || token[whole] != '.')
		return false;
	*kind = arena_strndup(a, token, n);
	*account_id = arena_strndup(a, token + n + 1, 36);
	return sodium_memcmp(mac(a, arena_strndup(a, token, whole)), token + whole + 1, MAC_BYTES * 2) == 0;
}
