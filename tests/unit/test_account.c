/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "account.h"
#include "engine.h"
#include "network.h"
#include "session.h"
#include "totp.h"
#include "unit.h"

static struct network n;
static struct db *db;
static const char *ohio, *iowa;
static char ada[ID_SIZE];

/* Runs one function within a write: the statement sees w and err. */
struct call {
	bool (*run)(struct db *w, struct error *err);
};

static bool run_call(struct db *w, void *arg, struct error *err)
{
	return ((struct call *)arg)->run(w, err);
}

static struct error err;

static bool within(bool (*run)(struct db *w, struct error *err))
{
	struct call c = { run };

	error_clear(&err);
	return store_write_aside(n.store, &viewer_system, run_call, &c, &err);
}

static bool add_ada(struct db *w, struct error *e)
{
	struct account_new a = { .login = " Ada.L ", .name = "Ada Lovelace", .email = "Ada@Example.org" };

	return account_add(w, &a, ada, e);
}

static void begin(const char *name)
{
	error_clear(&err);
	network_open(&n, name, NULL);
	network_space(&n, "national", "public");
	ohio = network_space(&n, "ohio", "public");
	iowa = network_space(&n, "iowa", "public");
	db = store_reader(n.store, &err);
	NEED(db != NULL);
	NEED(within(add_ada));
}

static void end(void)
{
	db_close(db);
	network_close(&n);
}

static struct account *get(const char *id)
{
	struct account *a = NULL;

	CHECK(account_get(db, n.arena, id, &a, &err));
	NEED(a != NULL);
	return a;
}

static void logins(void)
{
	static const char *const good[][2] = { { "ada", "ada" }, { "  Ada.L\t", "ada.l" }, { "A+b@C-d_e.9", "a+b@c-d_e.9" } };
	static const char *const bad[] = { "", "  ", "a b", "a/b", "a\"b", "ä", "a\x7f", "a:b", "a,b", "(a)", "*" };
	char out[LOGIN_SIZE], longest[70];

	for (size_t i = 0; i < COUNT(good); i++) {
		CHECK(login_normalise(good[i][0], out));
		CHECK_TEXT(out, good[i][1]);
	}
	for (size_t i = 0; i < COUNT(bad); i++)
		CHECK(!login_normalise(bad[i], out));
	CHECK(!login_normalise(NULL, out));
	memset(longest, 'x', sizeof longest);
	longest[64] = '\0';
	CHECK(login_normalise(longest, out));
	longest[64] = 'x', longest[65] = '\0';
	CHECK(!login_normalise(longest, out));
}

static bool add_again(struct db *w, struct error *e)
{
	struct account_new a = { .login = "ADA.L" };
	char id[ID_SIZE];

	return account_add(w, &a, id, e);
}

static bool change(struct db *w, struct error *e)
{
	return account_change(w, ada, "Ada King", "", 1, e);
}

static bool change_badly(struct db *w, struct error *e)
{
	return account_change(w, ada, "Ada", "no address", 0, e);
}

static void adding_and_finding(void)
{
	struct account *a, *list;
	size_t found;
	int64_t total;

	begin("add.db");
	a = get(ada);
	CHECK_TEXT(a->login, "ada.l");
	CHECK_TEXT(a->source, SOURCE_LOCAL);
	CHECK(!a->has_password && !a->second_factor && !a->network_admin && !a->demo && !a->disabled_us);
	CHECK(!within(add_again));
	CHECK_ERROR(&err, ERROR_CONFLICT, "already an account");
	error_clear(&err);
	CHECK(account_by_login(db, n.arena, "aDa.L", &a, &err) && a);
	CHECK(account_by_login(db, n.arena, "nobody", &a, &err) && !a);
	CHECK(account_by_login(db, n.arena, "no body", &a, &err) && !a);
	CHECK(!account_get(db, n.arena, "x", &a, &err));
	CHECK_ERROR(&err, ERROR_NOT_FOUND, "no such person");
	error_clear(&err);
	CHECK(account_by_login_or_email(db, n.arena, " ada@EXAMPLE.org ", &list, &found, &err));
	CHECK_INT(found, 1);
	CHECK(account_by_login_or_email(db, n.arena, "ada.l", &list, &found, &err));
	CHECK_INT(found, 1);
	CHECK(account_by_login_or_email(db, n.arena, "", &list, &found, &err));
	CHECK_INT(found, 0);
	struct account_filter f = { .text = "LOVE" };
	CHECK(account_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(total, 1);
	f.text = "%";
	CHECK(account_list(db, n.arena, &f, &list, &found, &total, &err));
	CHECK_INT(total, 0);
	CHECK(within(change));
	CHECK_TEXT(get(ada)->name, "Ada King");
	CHECK_TEXT(get(ada)->email, NULL);
	CHECK(!within(change)); /* the version is another now */
	CHECK_ERROR(&err, ERROR_CONFLICT, "changed in the meantime");
	CHECK(!within(change_badly));
	CHECK_ERROR(&err, ERROR_INVALID, "not an e-mail address");
	end();
}

static bool give_roles(struct db *w, struct error *e)
{
	return account_set_role(w, ada, ohio, ROLE_EDITOR, "law-enforcement", e) &&
		account_set_role(w, ada, iowa, ROLE_READER, NULL, e);
}

static bool take_role(struct db *w, struct error *e)
{
	return account_set_role(w, ada, ohio, ROLE_UNDECLARED, NULL, e);
}

static bool bad_role(struct db *w, struct error *e)
{
	return account_set_role(w, ada, ohio, ROLE_NETWORK_ADMIN, NULL, e);
}

static bool promote(struct db *w, struct error *e)
{
	return account_set_network_admin(w, ada, true, e);
}

static void roles(void)
{
	const struct viewer *v;
	struct account *list;
	size_t found;
	int64_t count;

	begin("roles.db");
	CHECK(account_viewer(n.arena, get(ada))->n_memberships == 0);
	CHECK(within(give_roles));
	v = account_viewer(n.arena, get(ada));
	CHECK_INT(v->kind, VIEWER_ACCOUNT);
	CHECK_INT(v->n_memberships, 2);
	CHECK(viewer_has_role(v, ohio, ROLE_EDITOR) && !viewer_has_role(v, ohio, ROLE_SPACE_ADMIN));
	CHECK(viewer_has_role(v, iowa, ROLE_READER) && !viewer_has_role(v, iowa, ROLE_CONTRIBUTOR));
	CHECK(!account_may_manage(v, ohio, &err));
	CHECK_ERROR(&err, ERROR_DENIED, "no page");
	error_clear(&err);
	CHECK(account_members(db, n.arena, ohio, &list, &found, &err));
	NEED(found == 1 && list[0].n_memberships == 1);
	CHECK_TEXT(list[0].memberships[0].team, "law-enforcement");
	struct account_filter f = { .space_id = ohio, .role = ROLE_EDITOR };
	CHECK(account_list(db, n.arena, &f, &list, &found, &count, &err) && count == 1);
	f.role = ROLE_READER;
	CHECK(account_list(db, n.arena, &f, &list, &found, &count, &err) && count == 0);
	CHECK(account_count(db, ohio, &count, &err) && count == 1);
	CHECK(account_count(db, NULL, &count, &err) && count == 1);
	CHECK(!within(bad_role));
	CHECK_ERROR(&err, ERROR_INVALID, "A role in a space");
	CHECK(within(take_role));
	CHECK(!viewer_has_role(account_viewer(n.arena, get(ada)), ohio, ROLE_READER));
	CHECK(within(promote));
	v = account_viewer(n.arena, get(ada));
	CHECK(account_may_manage(v, ohio, &err));
	CHECK(account_may_manage(&viewer_system, ohio, &err));
	end();
}

static char bea[ID_SIZE];
static struct account_membership given[2];
static struct account_directory entry;
static bool changed;

static bool save_entry(struct db *w, struct error *e)
{
	return account_save_directory(w, n.arena, &entry, bea, &changed, e);
}

static bool local_row(struct db *w, struct error *e)
{
	return account_set_role(w, bea, iowa, ROLE_SPACE_ADMIN, NULL, e);
}

static bool remove_bea(struct db *w, struct error *e)
{
	return account_remove_directory(w, bea, e);
}

static bool disable_bea(struct db *w, struct error *e)
{
	return account_disable(w, bea, SOURCE_LOCAL, e);
}

static bool change_bea(struct db *w, struct error *e)
{
	return account_change(w, bea, "Other", NULL, 0, e);
}

static void from_the_directory(void)
{
	const struct viewer *v;
	struct account *a;

	begin("directory.db");
	given[0] = (struct account_membership){ .space_id = ohio, .role = ROLE_READER };
	given[1] = (struct account_membership){ .space_id = iowa, .role = ROLE_CONTRIBUTOR, .team = "researcher" };
	entry = (struct account_directory){ .login = "Bea", .name = "Bea B", .email = "bea@example.org",
		.dn = "uid=bea,dc=x", .entry_id = "e-1", .n_memberships = 2, .memberships = given };
	CHECK(within(save_entry));
	CHECK(changed);
	CHECK(within(local_row));
	a = get(bea);
	CHECK_TEXT(a->source, SOURCE_DIRECTORY);
	CHECK(a->checked_us > 0);
	CHECK_INT(a->n_memberships, 3);
	v = account_viewer(n.arena, a);
	CHECK_INT(v->n_memberships, 2); /* merged: the higher role counts */
	CHECK(viewer_has_role(v, iowa, ROLE_SPACE_ADMIN));
	/* The same again changes nothing. */
	int64_t version = a->version;
	CHECK(within(save_entry));
	CHECK(!changed);
	CHECK_INT(get(bea)->version, version);
	/* A group fewer: its row goes, the local one stays. */
	entry.n_memberships = 1;
	entry.network_admin = true;
	entry.dn = "uid=bea,ou=moved,dc=x";
	CHECK(within(save_entry));
	CHECK(changed);
	a = get(bea);
	CHECK_INT(a->n_memberships, 2);
	CHECK(a->network_admin);
	CHECK_TEXT(a->directory_dn, "uid=bea,ou=moved,dc=x");
	CHECK(!within(change_bea));
	CHECK_ERROR(&err, ERROR_CONFLICT, "belongs to the directory");
	/* Removed there: out, without the directory's rights. */
	CHECK(within(remove_bea));
	a = get(bea);
	CHECK(a->disabled_us > 0);
	CHECK_TEXT(a->disabled_by, SOURCE_DIRECTORY);
	CHECK(!a->network_admin);
	CHECK_INT(a->n_memberships, 1);
	CHECK(account_viewer(n.arena, a) == &viewer_nobody);
	/* Back again. */
	CHECK(within(save_entry));
	CHECK(changed);
	CHECK_INT(get(bea)->disabled_us, 0);
	/* What an administrator disabled, the directory does not enable. */
	CHECK(within(disable_bea));
	CHECK(within(save_entry));
	CHECK(get(bea)->disabled_us > 0);
	CHECK(within(remove_bea));
	CHECK_TEXT(get(bea)->disabled_by, SOURCE_LOCAL);
	entry.login = "ada.l";
	CHECK(!within(save_entry));
	CHECK_ERROR(&err, ERROR_CONFLICT, "already an account");
	end();
}

static char token[TOKEN_SIZE], older[TOKEN_SIZE], used[ID_SIZE];
static int64_t until;

static bool make_token(struct db *w, struct error *e)
{
	return account_make_token(w, ada, TOKEN_RESET, until, token, e);
}

static bool use_token(struct db *w, struct error *e)
{
	return account_use_token(w, TOKEN_RESET, token, used, e);
}

static bool disable_ada(struct db *w, struct error *e)
{
	return account_disable(w, ada, SOURCE_LOCAL, e);
}

static void links(void)
{
	struct account *a;

	begin("links.db");
	until = clock_now_us() + 1000000000;
	CHECK(within(make_token));
	CHECK_INT(strlen(token), 64);
	CHECK(account_by_token(db, n.arena, TOKEN_RESET, token, &a, &err) && a);
	CHECK(account_by_token(db, n.arena, TOKEN_INVITATION, token, &a, &err) && !a);
	CHECK(account_by_token(db, n.arena, TOKEN_RESET, "", &a, &err) && !a);
	snprintf(older, sizeof older, "%s", token);
	CHECK(within(make_token));
	CHECK(account_by_token(db, n.arena, TOKEN_RESET, older, &a, &err) && !a);
	CHECK(within(use_token));
	CHECK_TEXT(used, ada);
	CHECK(within(use_token));
	CHECK_TEXT(used, "");
	until = clock_now_us() - 1;
	CHECK(within(make_token));
	CHECK(account_by_token(db, n.arena, TOKEN_RESET, token, &a, &err) && !a);
	until += 1000000000;
	CHECK(within(make_token));
	CHECK(within(disable_ada));
	CHECK(account_by_token(db, n.arena, TOKEN_RESET, token, &a, &err) && !a);
	end();
}

static char secret[TOTP_SECRET_SIZE], codes[RECOVERY_CODES][RECOVERY_CODE_SIZE];
static const char *code;
static enum code_kind kind;
static int64_t now_us;

static bool set_factor(struct db *w, struct error *e)
{
	return account_set_totp(w, ada, secret, 0, e) && account_make_recovery_codes(w, ada, codes, e);
}

static bool use_code(struct db *w, struct error *e)
{
	return account_use_code(w, ada, code, now_us, &kind, e);
}

static bool remove_factor(struct db *w, struct error *e)
{
	return account_remove_totp(w, ada, e);
}

static void second_factor(void)
{
	char digits[16];
	unsigned char key[20];
	size_t size;
	int64_t left;

	begin("factor.db");
	code = "123456";
	CHECK(within(use_code));
	CHECK_INT(kind, CODE_WRONG);
	totp_secret_new(secret);
	CHECK(within(set_factor));
	CHECK(get(ada)->second_factor);
	now_us = 1000000000LL * 30 * 1000000;
	CHECK(base32_decode(secret, key, sizeof key, &size));
	snprintf(digits, sizeof digits, "%06u", hotp(key, size, 1000000000, 6));
	code = digits;
	CHECK(within(use_code));
	CHECK_INT(kind, CODE_TOTP);
	CHECK(within(use_code));
	CHECK_INT(kind, CODE_WRONG);
	for (int i = 0; i < RECOVERY_CODES; i++) {
		CHECK_INT(strlen(codes[i]), 19);
		code = codes[i];
		CHECK(within(use_code));
		CHECK_INT(kind, CODE_RECOVERY);
		CHECK(within(use_code));
		CHECK_INT(kind, CODE_WRONG);
		CHECK(account_recovery_codes_left(db, ada, &left, &err));
		CHECK_INT(left, RECOVERY_CODES - 1 - i);
	}
	CHECK(within(set_factor));
	CHECK(within(remove_factor));
	CHECK(!get(ada)->second_factor);
	CHECK(account_recovery_codes_left(db, ada, &left, &err) && left == 0);
	end();
}

static char hash[PASSWORD_HASH_SIZE];

static bool set_hash(struct db *w, struct error *e)
{
	return account_set_password(w, ada, hash, e);
}

static void passwords(void)
{
	struct engine e = { 0 };
	char nobody[PASSWORD_HASH_SIZE];
	bool stale;

	CHECK(password_problem(NULL, NULL, NULL) != NULL);
	CHECK_HAS(password_problem("elevenchars", NULL, NULL), "at least 12");
	CHECK_HAS(password_problem("äöüäöüäöüäö", NULL, NULL), "at least 12");
	CHECK_TEXT(password_problem("äöüäöüäöüäöü", NULL, NULL), NULL);
	CHECK_HAS(password_problem("aaaaaaaaaaaaaaaa", NULL, NULL), "over and over");
	CHECK_HAS(password_problem("Password1234", NULL, NULL), "attackers");
	CHECK_HAS(password_problem("my ADALOVE words", "adalove", NULL), "login or the name");
	CHECK_TEXT(password_problem("four plain ada words", "ada", "Ada"), NULL);
	begin("password.db");
	e.options = engine_options_create();
	e.nobody_hash = nobody;
	CHECK(options_set(e.options, "password-memory", "1M", "test", &err));
	CHECK(options_set(e.options, "password-passes", "1", "test", &err));
	CHECK(password_hash(&e, "four plain words", hash, &err));
	CHECK(strncmp(hash, "$argon2id$v=19$m=1024,t=1,p=1$", 30) == 0);
	CHECK(password_hash(&e, "nobody's", nobody, &err));
	CHECK(within(set_hash));
	CHECK(get(ada)->has_password);
	CHECK(account_check_password(&e, db, get(ada), "four plain words", &stale, &err));
	CHECK(!stale);
	CHECK(!account_check_password(&e, db, get(ada), "four plain word", &stale, &err));
	CHECK(!account_check_password(&e, db, get(ada), "", &stale, &err));
	CHECK(!account_check_password(&e, db, NULL, "nobody's", &stale, &err));
	CHECK(options_set(e.options, "password-passes", "2", "test", &err));
	CHECK(account_check_password(&e, db, get(ada), "four plain words", &stale, &err));
	CHECK(stale);
	CHECK(within(disable_ada));
	CHECK(!account_check_password(&e, db, get(ada), "four plain words", &stale, &err));
	CHECK(!account_check_password(&e, db, get(ada), "nobody's", &stale, &err));
	options_destroy(e.options);
	end();
}

static void readers_of_a_record(void)
{
	const char **names;
	size_t count;
	int64_t unknown;

	begin("readers.db");
	int64_t num = network_add(&n, .space = "ohio", .slug = "named", .title = "Named", .audience = "restricted", .reader = ada);
	CHECK(account_readers(db, n.arena, num, &names, &count, &unknown, &err));
	NEED(count == 1);
	CHECK_TEXT(names[0], "Ada Lovelace");
	CHECK_INT(unknown, 0);
	num = network_add(&n, .space = "ohio", .slug = "lost", .title = "Lost", .audience = "restricted",
		.reader = "01890000-0000-7000-8000-00000000000f");
	CHECK(account_readers(db, n.arena, num, &names, &count, &unknown, &err));
	CHECK_INT(count, 0);
	CHECK_INT(unknown, 1);
	end();
}

/* A viewer's own statements cannot reach these tables. */
static void views_do_not_show_them(void)
{
	static const char *const refused[] = { "SELECT * FROM account", "SELECT * FROM session",
		"SELECT * FROM membership", "SELECT * FROM recovery_code", "SELECT * FROM account_token",
		"SELECT * FROM audit" };

	begin("views.db");
	NEED(db_begin(db, account_viewer(n.arena, get(ada)), &err));
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct query q;

		error_clear(&err);
		db_query_literal(db, &q, refused[i]);
		CHECK(!q_row(&q));
		CHECK(!q_done(&q, &err));
		CHECK_ERROR(&err, ERROR_INTERNAL, "");
	}
	db_end(db);
	end();
}

CU_TestInfo unit_tests[] = {
	{ "logins", logins },
	{ "adding and finding", adding_and_finding },
	{ "roles", roles },
	{ "from the directory", from_the_directory },
	{ "links", links },
	{ "second factor", second_factor },
	{ "passwords", passwords },
	{ "readers of a record", readers_of_a_record },
	{ "views do not show them", views_do_not_show_them },
	CU_TEST_INFO_NULL
};
