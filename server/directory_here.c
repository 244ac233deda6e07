/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signing in with the directory: who it says someone is becomes an account. */
#include "directory_here.h"
#include <string.h>
#include "audit.h"
#include "directory_map.h"
#include "log.h"
#include "metrics.h"
#include "store_system.h"

/* ---- spaces ---- */

/* *id is NULL if there is no such space. */
static bool space_id(struct db *db, struct arena *a, const char *slug, const char **id, struct error *err)
{
	struct query q;

	*id = NULL;
	db_query_system(db, &q, "SELECT id FROM main.space WHERE slug = :slug");
	q_text(&q, ":slug", slug);
	while (q_row(&q))
		*id = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool directory_unknown_spaces(struct engine *e,
	void (*fn)(const struct directory_rule *rule, const char *path, void *arg), void *arg, size_t *n,
	struct error *err)
{
	const struct directory_map *map = directory_rules(e->directory);
	size_t count;
	const struct directory_rule *rules = directory_map_rules(map, &count);
	struct arena *a = arena_create();
	struct db *db = store_reader(e->store, err);
	bool begun = db && db_begin(db, &viewer_nobody, err), good = begun;

	*n = 0;
	for (size_t i = 0; good && i < count; i++) {
		const char *id;

		if (!rules[i].space)
			continue;
		good = space_id(db, a, rules[i].space, &id, err);
		if (good && !id) {
			++*n;
			fn(&rules[i], directory_map_path(map), arg);
		}
	}
	if (begun)
		db_end(db);
	db_close(db);
	arena_destroy(a);
	return good;
}

/* ---- saving ---- */

/* "editor in boston, reader in ohio, network admin", for the audit log. */
static const char *rights_words(struct arena *a, const struct directory_grants *g)
{
	const char *words = "";

	for (size_t i = 0; i < g->n; i++)
		words = arena_printf(a, "%s%s%s in %s", words, *words ? ", " : "", role_label(g->list[i].role),
			g->list[i].space);
	if (g->network_admin)
		words = arena_printf(a, "%s%snetwork admin", words, *words ? ", " : "");
	return *words ? words : "no rights";
}

bool directory_save(struct db *w, void *arg, struct error *err)
{
	struct directory_saving *s = arg;
	const struct directory_person *p = s->person;
	struct account_membership *memberships;
	struct directory_grants grants;
	bool changed;
	size_t n = 0;

	directory_map_apply(directory_rules(s->engine->directory), s->arena, p, NULL, NULL, &grants);
	memberships = arena_array(s->arena, grants.n + 1, sizeof *memberships);
	for (size_t i = 0; i < grants.n; i++) {
		const char *id;

		if (!space_id(w, s->arena, grants.list[i].space, &id, err))
			return false;
		if (id) /* a space that does not exist was warned of at start */
			memberships[n++] = (struct account_membership){ .space_id = id, .role = grants.list[i].role,
				.team = grants.list[i].team };
	}
	struct account_directory d = { .login = p->login, .name = p->name, .email = p->mail, .dn = p->dn,
		.entry_id = p->id, .network_admin = grants.network_admin, .n_memberships = n, .memberships = memberships };
	if (!account_save_directory(w, s->arena, &d, s->id, &changed, err))
		return false;
	if (!changed)
		return true;
	s->who->object = s->id;
	s->who->detail = rights_words(s->arena, &grants);
	return audit_write(w, s->who, err);
}

/* ---- signing in ---- */

static enum auth_result save(struct request *rq, const struct directory_answer *answer, const char **account_id,
	const char **words)
{
	struct audit_entry who = audit_entry(rq, "account.directory", NULL, NULL);
	struct directory_saving s = { .engine = rq->engine, .arena = rq->arena, .person = &answer->person, .who = &who };
	char login[LOGIN_SIZE];
	struct error err = { 0 };

	if (!login_normalise(answer->person.login, login)) {
		log_warn("directory.login", "reason=%s", log_quote("it has characters that a login here cannot have"));
		*words = "Your login in your organisation's directory has characters that cannot be used here. "
			"Please ask an administrator.";
		return AUTH_REFUSED;
	}
	who.account = NULL;
	who.login = login;
	if (store_write_aside(rq->engine->store, &viewer_system, directory_save, &s, &err)) {
		*account_id = arena_strdup(rq->arena, s.id);
		*words = answer->notice;
		return AUTH_GOOD;
	}
	log_warn("directory.save", "reason=%s detail=%s", log_quote(err.text), log_quote(err.detail));
	if (err.kind != ERROR_CONFLICT)
		return AUTH_UNAVAILABLE;
	*words = "Another account here already has the login that your organisation's directory gives you. "
		"Please ask an administrator.";
	return AUTH_REFUSED;
}

static enum auth_result judge(struct request *rq, const struct directory_answer *answer, const char **account_id,
	const char **words)
{
	switch (answer->result) {
	case DIRECTORY_YES:
		if (answer->person.disabled) /* a ticket; a password would have said so */
			break;
		return save(rq, answer, account_id, words);
	case DIRECTORY_NOT_NOW:
		*words = answer->words;
		return AUTH_REFUSED;
	case DIRECTORY_UNREACHABLE:
		return AUTH_UNAVAILABLE;
	case DIRECTORY_NO:
		break;
	}
	return answer->absent ? AUTH_UNKNOWN : AUTH_WRONG;
}

static enum auth_result ask(struct request *rq, const char *login, const char *password,
	const char **account_id, const char **words)
{
	struct directory_answer answer = { .result = DIRECTORY_NO };
	enum auth_result result;
	struct error err = { 0 };

	if (!rq->engine->directory)
		return AUTH_UNKNOWN;
	/* No snapshot is held while the directory is waited for, and the account that
	 * is saved then is seen afterwards. */
	db_end(rq->db);
	directory_ask(rq->engine->directory, rq->arena, login, password, NULL, NULL, &answer);
	if (answer.result != DIRECTORY_YES)
		log_info("directory.answer", "reason=%s", log_quote(answer.reason));
	result = judge(rq, &answer, account_id, words);
	if (!db_begin(rq->db, rq->viewer, &err)) {
		log_error("directory.read", "reason=%s", log_quote(err.detail));
		return AUTH_UNAVAILABLE;
	}
	return result;
}

enum auth_result directory_known(struct request *rq, const char *login, const char **account_id,
	const char **words)
{
	return ask(rq, login, NULL, account_id, words);
}

const struct authenticator directory_authenticator = { "directory", ask };
