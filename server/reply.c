/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tokens of answers by mail, what is accepted, and the job that takes it in. */
#include "reply.h"
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"
#include "log.h"
#include "mail.h"
#include "module.h"
#include "store_system.h"
#include "text.h"

#define TOKEN_LETTERS 26 /* five bits each */
#define LOCAL_MAX 64     /* RFC 5321, 4.5.3.1.1 */
#define DAY_US (24LL * 3600 * 1000000)
#define KEPT_US (90 * DAY_US) /* a message that comes again after that is a new one */

const struct option_def reply_options[] = {
	{ "mail-reply-address", OPTION_STRING, "", 0, 0,
		"Address that answers by mail come to, as reply@network.example.org; empty takes none." },
	{ "mail-authserv-id", OPTION_STRING, "", 0, 0,
		"Name by which the mail system signs its Authentication-Results; needed for answers by mail." },
	{ "mail-reply-lifetime", OPTION_DURATION, "60d", 60000, 366LL * 86400000, "How long a mail can be answered." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

const struct migration reply_migrations[] = {
	{ 1,
	"CREATE TABLE reply_token ("
	"	token_hash TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	kind TEXT NOT NULL, about TEXT NOT NULL, expires_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX reply_token_by_time ON reply_token (expires_us);"
	"CREATE TABLE reply_taken ("
	"	message_hash TEXT NOT NULL PRIMARY KEY,"
	"	begun INTEGER NOT NULL DEFAULT 0," /* its module was given it */
	"	at_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;" },
	{ 0, NULL }
};

bool reply_check(const struct engine *e, struct error *err)
{
	const char *address = options_string(e->options, "mail-reply-address");

	if (!*address)
		return true;
	if (!mail_address_ok(address) || strchr(address, '+') || strcspn(address, "@") + 1 + TOKEN_LETTERS > LOCAL_MAX)
		return error_set(err, ERROR_INVALID, "mail-reply-address must be an address without '+', of at most %d letters "
			"before the '@'.", LOCAL_MAX - TOKEN_LETTERS - 1);
	if (!*options_string(e->options, "mail-authserv-id"))
		return error_set(err, ERROR_INVALID, "mail-authserv-id must be set for answers by mail (mail-reply-address): "
			"without it nobody knows who sent one.");
	return true;
}

/* ---- tokens ---- */

struct making {
	struct arena *arena;
	const char *account_id, *kind, *about, *token;
	int64_t lifetime_us;
};

static bool write_token(struct db *w, void *arg, struct error *err)
{
	const struct making *m = arg;
	int64_t now = clock_now_us();
	struct query q;
	char hash[65];

	sha256_hex(m->token, TOKEN_LETTERS, hash);
	db_query_system(w, &q, "INSERT INTO reply_token (token_hash, account_id, kind, about, expires_us) "
		"VALUES (:hash, :account, :kind, :about, :expires)");
	q_text(&q, ":hash", hash);
	q_text(&q, ":account", m->account_id);
	q_text(&q, ":kind", m->kind);
	q_text(&q, ":about", m->about);
	q_int(&q, ":expires", now + m->lifetime_us);
	if (!q_run(&q, err))
		return false;
	/* An answer to one that has ended is told so for as long again. */
	db_query_system(w, &q, "DELETE FROM reply_token WHERE expires_us < :long_ago");
	q_int(&q, ":long_ago", now - m->lifetime_us);
	return q_run(&q, err);
}

static const char *token_new(struct arena *a)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
	char *token = arena_alloc(a, TOKEN_LETTERS + 1);
	unsigned char bytes[TOKEN_LETTERS];

	randombytes_buf(bytes, sizeof bytes);
	for (size_t i = 0; i < TOKEN_LETTERS; i++)
		token[i] = letters[bytes[i] & 31];
	return token;
}

bool reply_address(struct engine *e, struct arena *a, const char *account_id, const char *kind, const char *about,
	const char **address, struct error *err)
{
	const char *base = options_string(e->options, "mail-reply-address");
	size_t local = strcspn(base, "@");
	struct making m = { a, account_id, kind, about, token_new(a), options_int(e->options, "mail-reply-lifetime") * 1000 };

	*address = NULL;
	if (!*base)
		return true;
	if (!store_write_aside(e->store, &viewer_system, write_token, &m, err))
		return false;
	*address = arena_printf(a, "%.*s+%s%s", (int)local, base, m.token, base + local);
	return true;
}

struct token {
	const char *account_id, *kind, *about;
	int64_t expires_us;
};

/* The token in an address of ours, or NULL. */
static const char *token_in(struct arena *a, const struct engine *e, const char *address)
{
	const char *base = options_string(e->options, "mail-reply-address");
	size_t local = strcspn(base, "@");

	if (!*base || !address || strncasecmp(address, base, local) != 0 || address[local] != '+' ||
		strlen(address) != strlen(base) + 1 + TOKEN_LETTERS ||
		!text_equal_nocase(address + local + 1 + TOKEN_LETTERS, base + local))
		return NULL;
	char *token = arena_strndup(a, address + local + 1, TOKEN_LETTERS);
	for (char *c = token; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a'); /* some mail systems do not keep the case */
	return token;
}

static bool token_find(struct db *db, struct arena *a, const char *token, struct token **out, struct error *err)
{
	struct query q;
	char hash[65];

	*out = NULL;
	if (!token)
		return true;
	sha256_hex(token, strlen(token), hash);
	db_query_system(db, &q, "SELECT account_id, kind, about, expires_us FROM main.reply_token WHERE token_hash = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		**out = (struct token){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_text(&q, a, 2), q_col_int(&q, 3) };
	}
	return q_done(&q, err);
}

/* ---- what came ---- */

struct receiving {
	const struct engine *engine;
	struct arena *arena;
	const struct reply_mail *mail;
	const struct token *token;
	const struct account *account;
	char hash[65];           /* of the message, for this account */
	enum reply_verdict verdict;
	const char *why;
};

static void say(struct receiving *r, enum reply_verdict verdict, const char *why)
{
	r->verdict = verdict;
	r->why = why;
}

/* A short letter to the account's own address. key: at most one with it. */
static bool tell(struct db *w, const struct engine *e, struct arena *a, const struct account *account, const char *key,
	const char *subject, const char *why, struct error *err)
{
	const char *origin = options_string(e->options, "public-origin");
	struct mail m = { .to = account->email, .subject = subject, .key = key,
		.text = arena_printf(a, "Dear %s,\n\n%s\n%s%s%s", account->name, why, *origin ? "\nOn the network's pages: " : "",
			origin, *origin ? "/me\n" : "") };

	return mail_queue(w, &m, err);
}

static bool refuse(struct db *w, struct receiving *r, const char *why, struct error *err)
{
	say(r, REPLY_REFUSED, why);
	return tell(w, r->engine, r->arena, r->account, arena_printf(r->arena, "reply-refused %s", r->hash),
		"Your answer was not added", why, err);
}

static void hash_message(struct receiving *r)
{
	const struct reply_mail *m = r->mail;
	const char *what = m->message_id ? m->message_id : m->text;
	const char *all = arena_printf(r->arena, "%s\n%s\n%s", r->account->id, r->token->about, what);

	sha256_hex(all, strlen(all), r->hash);
}

/* *fresh false: it came before. */
static bool note_message(struct db *w, const struct receiving *r, bool *fresh, struct error *err)
{
	struct query q;

	db_query_system(w, &q, "INSERT INTO reply_taken (message_hash, at_us) VALUES (:hash, :now) ON CONFLICT DO NOTHING");
	q_text(&q, ":hash", r->hash);
	q_int(&q, ":now", clock_now_us());
	if (!q_run_changed(&q, fresh, err))
		return false;
	db_query_system(w, &q, "DELETE FROM reply_taken WHERE at_us < :long_ago");
	q_int(&q, ":long_ago", clock_now_us() - KEPT_US);
	return q_run(&q, err);
}

static bool queue(struct db *w, struct receiving *r, struct error *err)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:b, s:s}", "account", r->account->id, "kind", r->token->kind, "about",
		r->token->about, "text", r->mail->text, "attached", r->mail->attached, "hash", r->hash);
	char *payload = o ? json_dumps(o, JSON_COMPACT) : NULL;
	bool ok;

	json_decref(o);
	if (!payload)
		return error_set(err, ERROR_INTERNAL, "The answer is not UTF-8 text.");
	say(r, REPLY_QUEUED, "it is taken in");
	ok = job_add(w, "reply", NULL, r->account->email, payload, 0, err);
	sodium_memzero(payload, strlen(payload));
	free(payload);
	return ok;
}

/* From the account's own address, of its own domain. */
static bool decide_proven(struct db *w, struct receiving *r, bool cut, struct error *err)
{
	const struct reply_mail *m = r->mail;

	if (r->token->expires_us < clock_now_us())
		return refuse(w, r, "The mail that you answered is too old to be answered by mail. Please write on the page itself.",
			err);
	if (cut || m->too_long)
		return refuse(w, r, "Your mail is too long, or its attachments are too large. Please write it on the page itself.", err);
	if (!m->text[strspn(m->text, " \t\n")])
		return refuse(w, r, "Nothing that you wrote was found in your mail. Please write above the quoted text, as plain "
			"text, without encryption.", err);
	return queue(w, r, err);
}

static bool decide(struct db *w, struct receiving *r, bool cut, struct error *err)
{
	const struct reply_mail *m = r->mail;
	bool own = m->from && text_equal_nocase(m->from, r->account->email), fresh;

	if (m->dmarc != REPLY_DMARC_PASS && m->dmarc != REPLY_DMARC_NONE) {
		say(r, REPLY_UNPROVEN, "the mail system did not find that it is of the From address's domain");
		return true;
	}
	if (m->dmarc == REPLY_DMARC_NONE && !own) {
		say(r, REPLY_UNPROVEN, "its domain proves nothing, and it is not from the account's address");
		return true;
	}
	hash_message(r);
	if (!note_message(w, r, &fresh, err))
		return false;
	if (!fresh) {
		say(r, REPLY_AGAIN, "this message came before");
		return true;
	}
	if (m->dmarc == REPLY_DMARC_NONE) {
		/* Someone else may have sent it: at most one such letter a day. */
		snprintf(r->hash, sizeof r->hash, "%lld %.40s", (long long)(clock_now_us() / DAY_US), r->account->id);
		return refuse(w, r, "An answer came in your name, but your mail system does not prove that it is yours (its domain has "
			"no DMARC record), so it was not added. Please write on the page itself.", err);
	}
	if (!own)
		return refuse(w, r, "An answer with your reply address came from another mail address. Answers are taken only from "
			"the address that the network knows, which is the one of this mail.", err);
	return decide_proven(w, r, cut, err);
}

bool reply_receive(struct db *w, const struct engine *e, struct arena *a, const struct reply_mail *m,
	const char *recipient, bool cut, enum reply_verdict *verdict, const char **why, struct error *err)
{
	struct receiving r = { .engine = e, .arena = a, .mail = m };
	const char *token = token_in(a, e, recipient);
	struct account *account = NULL;
	struct token *found;
	bool ok = true;

	for (size_t i = 0; !recipient && !token && i < m->n_to; i++)
		token = token_in(a, e, m->to[i]);
	if (!token_find(w, a, token, &found, err))
		return false;
	if (found && !account_get(w, a, found->account_id, &account, err) && err->kind != ERROR_NOT_FOUND)
		return false;
	r.token = found;
	r.account = account;
	if (!account || account->disabled_us || !account->email || !mail_address_ok(account->email))
		say(&r, REPLY_UNKNOWN, "it is to no address that can be answered to");
	else if (m->automatic)
		say(&r, REPLY_AUTOMATIC, "a program sent it");
	else
		ok = decide(w, &r, cut, err);
	*verdict = r.verdict;
	*why = r.why;
	return ok;
}

/* ---- taking it in ---- */

struct taking {
	struct engine *engine;
	struct arena *arena;
	const char *hash, *subject, *words;
	const struct account *account;
	bool begun; /* out: it was begun before */
};

/* Before the module has it: a crash after that must not make it say the same twice. */
static bool write_begun(struct db *w, void *arg, struct error *err)
{
	struct taking *t = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE reply_taken SET begun = 1 WHERE message_hash = :hash AND begun = 0");
	q_text(&q, ":hash", t->hash);
	while (q_row(&q))
		;
	t->begun = q.rc == 0 && q_changes(&q) == 0;
	return q_done(&q, err);
}

static bool write_not_begun(struct db *w, void *arg, struct error *err)
{
	const struct taking *t = arg;
	struct query q;

	db_query_system(w, &q, "UPDATE reply_taken SET begun = 0 WHERE message_hash = :hash");
	q_text(&q, ":hash", t->hash);
	return q_run(&q, err);
}

static bool write_told(struct db *w, void *arg, struct error *err)
{
	const struct taking *t = arg;

	return tell(w, t->engine, t->arena, t->account, arena_printf(t->arena, "reply-told %s", t->hash), t->subject, t->words, err);
}

static enum job_result told(struct taking *t, const char *subject, const char *words, struct error *err)
{
	t->subject = subject;
	t->words = words;
	return store_write_aside(t->engine->store, &viewer_system, write_told, t, err) ? JOB_GOOD : JOB_AGAIN;
}

static bool is_final(enum error_kind kind)
{
	return kind == ERROR_INVALID || kind == ERROR_DENIED || kind == ERROR_NOT_FOUND || kind == ERROR_CONFLICT ||
		kind == ERROR_TOO_LARGE;
}

static const struct reply_kind *kind_named(const struct engine *e, const char *name)
{
	for (const struct module *const *m = e->modules; *m; m++)
		for (const struct reply_kind *k = (*m)->replies; k && k->name; k++)
			if (strcmp(k->name, name) == 0)
				return k;
	return NULL;
}

static enum job_result take(struct taking *t, struct db *db, const struct reply_kind *kind, const char *about,
	const char *text, bool attached, struct error *err)
{
	struct error why = { 0 };
	bool ok;

	if (!store_write_aside(t->engine->store, &viewer_system, write_begun, t, err))
		return JOB_AGAIN;
	if (t->begun)
		return told(t, "Was your answer added?", "The server stopped while it added your answer, and cannot say whether it is "
			"there. Please look on the page, and write it again if it is missing.", err);
	ok = db_begin(db, account_viewer(t->arena, t->account), &why);
	if (ok) {
		ok = kind->take(t->engine, db, t->arena, t->account, about, text, &why);
		db_end(db);
	}
	if (ok)
		return !attached ? JOB_GOOD : told(t, "Your answer was added, without its files", "Your answer was added. Files and "
			"pictures that come by mail are not kept: please add them on the page itself.", err);
	if (is_final(why.kind))
		return told(t, "Your answer was not added", why.text, err);
	*err = why;
	if (!store_write_aside(t->engine->store, &viewer_system, write_not_begun, t, NULL))
		log_error("reply", "an answer that failed will be said to be unsure");
	return JOB_AGAIN;
}

static enum job_result run_payload(struct taking *t, struct db *db, const json_t *o, struct error *err)
{
	const char *account_id, *kind_name, *about, *text;
	const struct reply_kind *kind;
	struct account *account;
	int attached;

	if (!o || json_unpack((json_t *)o, "{s:s, s:s, s:s, s:s, s:b, s:s}", "account", &account_id, "kind", &kind_name, "about",
		&about, "text", &text, "attached", &attached, "hash", &t->hash) != 0) {
		error_set(err, ERROR_INTERNAL, "The answer of this job cannot be read.");
		return JOB_HOPELESS;
	}
	if (!account_get(db, t->arena, account_id, &account, err))
		return err->kind == ERROR_NOT_FOUND ? JOB_HOPELESS : JOB_AGAIN;
	if (account->disabled_us || !account->email)
		return JOB_GOOD;
	kind = kind_named(t->engine, kind_name);
	if (!kind) {
		error_set(err, ERROR_INTERNAL, "Nothing here takes answers of the kind %.60s.", kind_name);
		return JOB_HOPELESS;
	}
	t->account = account;
	return take(t, db, kind, about, text, attached, err);
}

static enum job_result run_reply(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	json_t *o = job->payload ? json_loads(job->payload, 0, NULL) : NULL;
	struct taking t = { .engine = e, .arena = arena_create() };
	enum job_result result = run_payload(&t, db, o, err);

	jobs_wake(e->jobs);
	arena_destroy(t.arena);
	json_decref(o);
	return result;
}

const struct job_kind reply_jobs[] = {
	{ "reply", 0, NULL, run_reply },
	{ NULL, 0, NULL, NULL }
};
