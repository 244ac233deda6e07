/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One's own tokens for programs: make, list, revoke. */
#include "pages.h"
#include "api_token.h"

#define NAME_MAX_BYTES 80
#define DAY_MS ((int64_t)86400000)

static const char *const scope_labels[SCOPE_COUNT] = { "Read what I may read", "Write drafts", "Submit drafts for review",
	"Publish, schedule and withdraw", "Import records" };
static const int days_offered[] = { 7, 30, 90, 366 };

static int64_t days_most(const struct request *rq)
{
	return options_int(rq->engine->options, "api-token-max-time") / DAY_MS;
}

static bool has_scope(const struct request *rq, const char *word)
{
	for (size_t i = 0; i < rq->n_form; i++)
		if (strcmp(rq->form[i].name, "scope") == 0 && strcmp(rq->form[i].value, word) == 0)
			return true;
	return false;
}

static void put_token(struct request *rq, struct data *item, const struct api_token *t)
{
	const char *scopes = "";

	for (int i = 0; i < SCOPE_COUNT; i++)
		if (t->scopes & 1u << i)
			scopes = arena_printf(rq->arena, "%s%s%s", scopes, *scopes ? ", " : "", api_scope_words[i]);
	data_text(item, "id", t->id);
	data_text(item, "name", t->name);
	data_text(item, "scopes", scopes);
	data_text(item, "created", moment_human(rq->arena, t->created_us));
	data_text(item, "expires", moment_human(rq->arena, t->expires_us));
	data_flag(item, "expired", t->expires_us <= clock_now_us());
	if (t->used_us)
		data_textf(item, "used", "%s, from %s", moment_human(rq->arena, t->used_us),
			t->used_address ? t->used_address : "an unknown address");
}

/* What was typed stays. */
static void put_form(struct request *rq, struct data *page, bool typed)
{
	int chosen = typed ? atoi(form_text(rq, "days")) : 90;

	data_text(page, "token_name", typed ? form_text(rq, "name") : "");
	for (int i = 0; i < SCOPE_COUNT; i++) {
		struct data *item = data_item(page, "scopes");

		data_text(item, "word", api_scope_words[i]);
		data_text(item, "label", scope_labels[i]);
		data_flag(item, "chosen", typed ? has_scope(rq, api_scope_words[i]) : i == 0);
	}
	for (size_t i = 0; i < sizeof days_offered / sizeof *days_offered; i++) {
		struct data *item;

		if (days_offered[i] > days_most(rq))
			continue;
		item = data_item(page, "days");
		data_textf(item, "value", "%d", days_offered[i]);
		data_textf(item, "label", "%d days", days_offered[i]);
		data_text(item, "selected", days_offered[i] == chosen ? "selected" : NULL);
	}
	data_flag(page, "ask_code", rq->account->second_factor);
	data_flag(page, "ask_password", !rq->account->second_factor && rq->account->has_password);
}

/* made: shown this once. */
static bool show(struct request *rq, struct response *rs, const struct error *wrong, const char *made, struct error *err)
{
	struct data *page = form_page(rq, rs, "Tokens for programs", wrong);
	const char *done = rq->method == HTTP_POST ? NULL : request_arg(rq, "done");
	struct api_token *list;
	size_t n;

	if (!api_token_list(rq->db, rq->arena, rq->account->id, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_token(rq, data_item(page, "tokens"), &list[i]);
	data_text(page, "done", done && strcmp(done, "revoked") == 0 ? "The token is revoked: it is refused from now on." : NULL);
	data_text(page, "made", made);
	data_flag(page, "allowed", options_bool(rq->engine->options, "api-tokens"));
	put_form(rq, page, wrong);
	return page_send_private(rq, rs, "account-tokens", page, err);
}

bool tokens_page(struct request *rq, struct response *rs, struct error *err)
{
	return show(rq, rs, NULL, NULL, err);
}

/* ---- making ---- */

struct making {
	struct request *rq;
	const char *name;
	unsigned scopes;
	int64_t days;
	enum code_kind kind;
	bool coded;
	char token[API_TOKEN_SIZE], id[ID_SIZE];
};

static bool write_token(struct db *w, void *arg, struct error *err)
{
	struct making *m = arg;
	struct request *rq = m->rq;
	const char *scopes = "";

	if (m->coded && !account_use_code(w, rq->account->id, form_text(rq, "code"), clock_now_us(), &m->kind, err))
		return false;
	if (m->coded && m->kind == CODE_WRONG)
		return true;
	if (!api_token_create(w, rq->account->id, m->name, m->scopes, clock_now_us() + m->days * DAY_MS * 1000, m->token,
		m->id, err))
		return false;
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (m->scopes & 1u << i)
			scopes = arena_printf(rq->arena, "%s %s", scopes, api_scope_words[i]);
	struct audit_entry e = audit_entry(rq, "token.create", m->id, arena_printf(rq->arena, "%s, %lld days:%s", m->name,
		(long long)m->days, scopes));
	return audit_write(w, &e, err);
}

static bool check_form(struct request *rq, struct making *m, struct error *wrong)
{
	const char *name = form_text(rq, "name");

	while (*name == ' ')
		name++;
	m->name = name;
	m->days = atoi(form_text(rq, "days"));
	for (int i = 0; i < SCOPE_COUNT; i++)
		if (has_scope(rq, api_scope_words[i]))
			m->scopes |= 1u << i;
	if (!*name || strlen(name) > NAME_MAX_BYTES)
		return error_set(wrong, ERROR_INVALID, "Give the token a name of at most %d letters, to know it again.",
			NAME_MAX_BYTES);
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c < 0x20)
			return error_set(wrong, ERROR_INVALID, "The name is one line.");
	if (!m->scopes)
		return error_set(wrong, ERROR_INVALID, "Choose what the token may do.");
	if (m->days < 1 || m->days > days_most(rq))
		return error_set(wrong, ERROR_INVALID, "A token is good for 1 to %lld days.", (long long)days_most(rq));
	return true;
}

/* A session that was left open is not enough for something that outlasts it. */
static bool prove(struct request *rq, struct response *rs, struct making *m, struct error *wrong)
{
	const struct account *account = rq->account;
	bool stale;

	m->coded = account->second_factor;
	if (m->coded)
		return !signin_throttled(rq, rs, "code", account->login, wrong);
	if (!account->has_password)
		return true;
	if (signin_throttled(rq, rs, "password", account->login, wrong))
		return false;
	if (!account_check_password(rq->engine, rq->db, account, form_text(rq, "password"), &stale, wrong))
		return error_set(wrong, ERROR_INVALID, "The password is not right.");
	throttle_good(rq->engine->throttle, "password", account->login, rq->peer);
	return true;
}

bool token_new(struct request *rq, struct response *rs, struct error *err)
{
	struct making m = { .rq = rq };
	struct error wrong = { 0 };

	if (!options_bool(rq->engine->options, "api-tokens"))
		return error_set(err, ERROR_CONFLICT, "There are no tokens on this server.");
	if (!check_form(rq, &m, &wrong) || !prove(rq, rs, &m, &wrong))
		return show(rq, rs, &wrong, NULL, err);
	if (!request_write(rq, write_token, &m, &wrong)) {
		if (form_error(rs, &wrong))
			return show(rq, rs, &wrong, NULL, err);
		*err = wrong;
		return false;
	}
	if (m.coded && m.kind == CODE_WRONG) {
		error_set(&wrong, ERROR_INVALID, "This code is not right, or was used before. Wait for the next one.");
		return show(rq, rs, &wrong, NULL, err);
	}
	if (m.coded)
		throttle_good(rq->engine->throttle, "code", rq->account->login, rq->peer);
	/* The snapshot that this request reads is from before: the new one is seen in the next. */
	return show(rq, rs, NULL, arena_strdup(rq->arena, m.token), err);
}

/* ---- ending ---- */

struct ending {
	struct request *rq;
	bool found;
};

static bool write_revoke(struct db *w, void *arg, struct error *err)
{
	struct ending *d = arg;
	const char *id = form_text(d->rq, "id");
	struct audit_entry e = audit_entry(d->rq, "token.revoke", id, NULL);

	return api_token_revoke(w, d->rq->account->id, id, &d->found, err) && (!d->found || audit_write(w, &e, err));
}

bool token_revoke(struct request *rq, struct response *rs, struct error *err)
{
	struct ending d = { .rq = rq };

	if (!id_valid(form_text(rq, "id")))
		return error_set(err, ERROR_INVALID, "There is no such token.");
	return request_write(rq, write_revoke, &d, err) &&
		response_redirect(rs, url_query(rq->arena, url_path(rq->arena, "/account/tokens"), "done", "revoked"));
}
