/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log: filters, pages, files, and the proof of its chain. */
#include "pages.h"
#include <time.h>

#define ROWS_SHOWN 50
#define ROWS_NEWEST 8
#define ROWS_FILE 50000 /* of a file; about 16 MB */

/* ---- filters ---- */

struct filters {
	struct audit_filter f;
	struct problems problems;
};

/* The first microsecond of a day (UTC). */
static bool day_us(const char *day, int64_t *out)
{
	struct tm tm = { 0 };

	if (strlen(day) != 10 || !date_valid(day))
		return false;
	tm.tm_year = atoi(day) - 1900;
	tm.tm_mon = atoi(day + 5) - 1;
	tm.tm_mday = atoi(day + 8);
	*out = (int64_t)timegm(&tm) * 1000000;
	return true;
}

static void read_filters(struct request *rq, struct filters *out)
{
	const char *from = request_arg(rq, "from"), *to = request_arg(rq, "to");
	struct audit_filter *f = &out->f;

	*out = (struct filters){ .f = { .account = request_arg(rq, "account"), .object = request_arg(rq, "object"),
		.login = request_arg(rq, "who"), .action = request_arg(rq, "action"),
		.before_num = request_arg_int(rq, "before", 0), .limit = ROWS_SHOWN } };
	/* Whose log this is comes from the address, not from a field. */
	f->space = admin_whole(rq) ? request_arg(rq, "space") : rq->space->slug;
	if (from && !day_us(from, &f->from_us))
		problem_add(&out->problems, "from", "Type the first day as 2026-11-24.");
	if (to && !day_us(to, &f->before_us))
		problem_add(&out->problems, "to", "Type the last day as 2026-11-30.");
	else if (to)
		f->before_us += (int64_t)86400 * 1000000;
	if (f->from_us && f->before_us && f->from_us >= f->before_us)
		problem_add(&out->problems, "to", "The last day is before the first.");
}

/* The page's address with its filters. */
static struct url with_filters(struct request *rq, struct url u)
{
	static const char *const names[] = { "who", "account", "object", "space", "action", "from", "to" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		u = url_query(rq->arena, u, names[i], request_arg(rq, names[i]));
	return u;
}

/* ---- rows ---- */

static const char *action_words(const char *action)
{
	static const char *const words[][2] = {
		{ "sign-in.good", "Signed in" }, { "sign-in.first-factor", "Gave the password, not yet the second factor" },
		{ "sign-in.failed", "Sign-in failed" }, { "sign-out", "Signed out" },
		{ "account.add", "Added an account" }, { "account.invite", "Invited" },
		{ "account.change", "Changed an account" },
		{ "account.disable", "Disabled an account" }, { "account.enable", "Enabled an account" },
		{ "role.change", "Changed a role" }, { "password.change", "Changed a password" },
		{ "password.reset", "Set a new password by link" }, { "reset.ask", "Asked for a new password" },
		{ "invitation.accept", "Accepted an invitation" }, { "second-factor.set", "Set up a second factor" },
		{ "second-factor.remove", "Removed a second factor" }, { "recovery-codes.new", "Made new recovery codes" },
		{ "session.end", "Ended sessions" }, { "access.denied", "Was refused a page" },
		{ "account.directory", "Was changed by the directory" }, { "directory.removed", "Left the directory" },
		{ "directory.grace", "Was signed out: the directory was silent" },
		{ "record.read", "Read a record that is not public" }, { "audit.export", "Took the audit log as a file" },
		{ "audit.verify", "Checked the audit log" }, { "job.retry", "Tried a job again" },
	};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(words[i][0], action) == 0)
			return words[i][1];
	return action;
}

/* Ids of people become their names. */
static void put_object(struct request *rq, struct data *item, const char *object)
{
	struct error none = { 0 };
	struct account *account;

	if (object && id_valid(object) && account_get(rq->db, rq->arena, object, &account, &none)) {
		data_text(item, "object", account->name);
		data_url(item, "object_url", person_url(rq, object));
	} else {
		data_text(item, "object", object);
	}
}

static void put_row(struct request *rq, struct data *item, const struct audit_entry *e)
{
	data_int(item, "num", e->num);
	data_text(item, "when", moment_human(rq->arena, e->at_us));
	data_text(item, "login", e->login);
	data_text(item, "address", e->address);
	data_text(item, "action", e->action);
	data_text(item, "words", action_words(e->action));
	data_text(item, "space", e->space);
	data_text(item, "detail", e->detail);
	data_flag(item, "alarm",
		strcmp(e->action, "sign-in.failed") == 0 || strcmp(e->action, "access.denied") == 0);
	/* Signing in and out is done to oneself. */
	if (!e->object || !e->account || strcmp(e->object, e->account) != 0)
		put_object(rq, item, e->object);
}

bool put_newest(struct request *rq, struct data *page, struct error *err)
{
	struct audit_filter f = { .space = admin_whole(rq) ? NULL : rq->space->slug, .limit = ROWS_NEWEST };
	struct audit_entry *rows;
	size_t n;

	audit_flush(rq->engine->audit);
	if (!audit_list(rq->db, rq->arena, &f, &rows, &n, NULL, err))
		return false;
	for (size_t i = 0; i < n; i++)
		put_row(rq, data_item(page, "rows"), &rows[i]);
	return true;
}

static bool put_filters(struct request *rq, struct data *page, struct error *err)
{
	static const char *const names[] = { "who", "account", "object", "action", "from", "to" };
	static const char *const actions[] = { "sign-in.", "sign-in.failed", "sign-out", "account.", "role.change",
		"password.", "second-factor.", "session.end", "access.denied", "record.read", "audit." };
	struct data *typed = data_object(page, "typed");
	struct error none = { 0 };
	struct account *about;
	struct space *spaces;
	int64_t unused;
	size_t n;
	bool any = false;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *value = request_arg(rq, names[i]);
		bool day = strcmp(names[i], "from") == 0 || strcmp(names[i], "to") == 0;

		/* A field for dates holds nothing else. */
		data_text(typed, names[i], day && value && !day_us(value, &unused) ? NULL : value);
		any = any || value;
	}
	for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
		data_text(data_item(page, "actions"), "word", actions[i]);
	data_flag(page, "narrowed", any || request_arg(rq, "space"));
	const char *id = request_arg(rq, "account") ? request_arg(rq, "account") : request_arg(rq, "object");
	if (id && id_valid(id) && person_get(rq, rq->db, id, &about, &none))
		data_textf(page, "about", request_arg(rq, "account") ? "Only what %s did" : "Only what was done to %s",
			about->name);
	if (!admin_whole(rq))
		return true;
	if (!space_list_all(rq->db, rq->arena, &spaces, &n, err))
		return false;
	put_spaces(page, "spaces", spaces, n, "Any space", request_arg(rq, "space"));
	return true;
}

bool audit_page(struct request *rq, struct response *rs, struct error *err)
{
	struct url here = url_path(rq->arena, "%b/admin/audit", rq->base);
	struct url file = with_filters(rq, url_path(rq->arena, "%b/admin/audit/export", rq->base));
	struct filters given;
	struct audit_entry *rows = NULL;
	int64_t total = 0;
	size_t n = 0;

	read_filters(rq, &given);
	struct data *page = admin_page(rq, rs, "Audit log", &given.problems);
	given.f.limit = ROWS_SHOWN + 1; /* one more tells whether there are older ones */
	audit_flush(rq->engine->audit);
	if (!given.problems.n && !audit_list(rq->db, rq->arena, &given.f, &rows, &n, &total, err))
		return false;
	for (size_t i = 0; i < n && i < ROWS_SHOWN; i++)
		put_row(rq, data_item(page, "rows"), &rows[i]);
	if (n > ROWS_SHOWN)
		data_url(page, "older_url", url_query_int(rq->arena, with_filters(rq, here), "before",
			rows[ROWS_SHOWN - 1].num));
	if (given.f.before_num)
		data_url(page, "newest_url", with_filters(rq, here));
	else
		data_textf(page, "count", "%lld %s", (long long)total, total == 1 ? "row" : "rows");
	if (n) {
		data_url(page, "csv_url", url_query(rq->arena, file, "format", "csv"));
		data_url(page, "jsonl_url", url_query(rq->arena, file, "format", "jsonl"));
	}
	data_url(page, "here_url", here);
	if (rq->viewer->network_admin)
		data_url(page, "verify_url", url_path(rq->arena, "%b/admin/audit/verify", rq->base));
	page_crumb(page, "Audit log", (struct url){ NULL });
	return put_filters(rq, page, err) && page_send_private(rq, rs, "admin-audit", page, err);
}

/* ---- files ---- */

static void csv_row(struct buf *b, const struct audit_entry *e)
{
	time_t seconds = (time_t)(e->at_us / 1000000);
	struct tm tm;
	char at[32];

	gmtime_r(&seconds, &tm);
	strftime(at, sizeof at, "%Y-%m-%dT%H:%M:%SZ", &tm);
	buf_printf(b, "%lld,%s,", (long long)e->num, at);
	csv_cell(b, e->account, ',');
	csv_cell(b, e->login, ',');
	csv_cell(b, e->address, ',');
	csv_cell(b, e->request, ',');
	csv_cell(b, e->space, ',');
	csv_cell(b, e->action, ',');
	csv_cell(b, e->object, ',');
	csv_cell(b, e->detail, ',');
	csv_cell(b, e->hash, '\n');
}

static bool write_file(struct request *rq, struct response *rs, struct audit_filter f, bool csv,
	struct error *err)
{
	struct arena *a = arena_create();
	struct audit_entry *rows;
	size_t n;
	bool ok;

	f.oldest_first = true;
	f.limit = 1000;
	f.before_num = 0;
	if (csv)
		buf_str(&rs->body, "num,at,account,login,address,request,space,action,object,detail,hash\r\n");
	do {
		n = 0;
		ok = audit_list(rq->db, a, &f, &rows, &n, NULL, err);
		for (size_t i = 0; ok && i < n; i++) {
			if (csv)
				csv_row(&rs->body, &rows[i]);
			else
				audit_json(&rows[i], &rs->body);
			if (!csv)
				buf_char(&rs->body, '\n');
			f.after_num = rows[i].num;
		}
		arena_reset(a);
	} while (ok && n == 1000);
	arena_destroy(a);
	return ok;
}

bool audit_file(struct request *rq, struct response *rs, struct error *err)
{
	const char *format = request_arg(rq, "format");
	bool csv = !format || strcmp(format, "csv") == 0;
	struct filters given;
	struct audit_filter counting;
	struct audit_entry *rows;
	int64_t total = 0;
	size_t n;

	read_filters(rq, &given);
	if (given.problems.n)
		return error_set(err, ERROR_INVALID, "%s", given.problems.list[0].text);
	if (!csv && strcmp(format, "jsonl") != 0)
		return error_set(err, ERROR_INVALID, "The format is csv or jsonl.");
	audit_flush(rq->engine->audit);
	counting = given.f;
	counting.limit = 1;
	counting.before_num = 0;
	if (!audit_list(rq->db, rq->arena, &counting, &rows, &n, &total, err))
		return false;
	if (total > ROWS_FILE)
		return error_set(err, ERROR_TOO_LARGE, "These are %lld rows; a file holds at most %d. Choose fewer days, "
			"or use 'commonweal audit export' on the server.", (long long)total, ROWS_FILE);
	if (!write_file(rq, rs, given.f, csv, err))
		return false;
	rs->type = csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl; charset=utf-8";
	response_header(rs, "Content-Disposition", csv ? "attachment; filename=\"audit.csv\"" :
		"attachment; filename=\"audit.jsonl\"");
	audit_note(rq, "audit.export", NULL, arena_printf(rq->arena, "%lld rows, %s", (long long)total, csv ? "CSV" :
		"JSON lines"));
	return true;
}

/* ---- proof ---- */

bool audit_proof(struct request *rq, struct response *rs, struct error *err)
{
	const char *head = request_arg(rq, "head"), *colon = head ? strchr(head, ':') : NULL;
	struct problems problems = { 0 };
	struct audit_verdict v = { 0 };

	if (head && (!colon || strlen(colon + 1) != 64))
		problem_add(&problems, "head", "A head is a number, a colon and 64 hexadecimal digits, as this page "
			"showed it.");
	struct data *page = admin_page(rq, rs, "Proof of the audit log", &problems);
	page_crumb(page, "Audit log", url_path(rq->arena, "%b/admin/audit", rq->base));
	page_crumb(page, "Proof", (struct url){ NULL });
	audit_flush(rq->engine->audit);
	if (!problems.n && !audit_verify(rq->db, colon ? atoll(head) : 0, colon ? colon + 1 : NULL, &v, err))
		return false;
	data_flag(page, "checked", problems.n == 0);
	data_flag(page, "good", problems.n == 0 && !v.bad);
	data_textf(page, "rows", "%lld", (long long)v.rows);
	data_textf(page, "bad", "%lld", (long long)v.bad);
	data_text(page, "words", v.words);
	if (!v.bad && v.rows)
		data_textf(page, "head", "%lld:%s", (long long)v.rows, v.head);
	data_text(page, "typed_head", head);
	data_url(page, "here_url", url_path(rq->arena, "%b/admin/audit/verify", rq->base));
	audit_note(rq, "audit.verify", NULL, v.bad ? "failed" : "good");
	return page_send_private(rq, rs, "admin-proof", page, err);
}
