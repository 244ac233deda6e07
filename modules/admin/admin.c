/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Administration: the routes, the overview, spaces, and what the pages share. */
#include "pages.h"
#include <glob.h>
#include <sys/stat.h>
#include "backup.h"
#include "directory_here.h"
#include "job.h"
#include "mail.h"

bool admin_whole(const struct request *rq)
{
	return rq->viewer->network_admin && strcmp(rq->space->slug, SPACE_NATIONAL) == 0;
}

const char *admin_space_id(const struct request *rq)
{
	return admin_whole(rq) ? NULL : rq->space->id;
}

/* ---- forms ---- */

void problem_add(struct problems *p, const char *field, const char *text)
{
	if (p->n < PROBLEMS_MAX) {
		p->list[p->n].field = field;
		p->list[p->n++].text = text;
	}
}

bool problem_error(struct problems *p, const char *field, const struct error *err, struct response *rs)
{
	if (err->kind != ERROR_INVALID && err->kind != ERROR_CONFLICT)
		return false;
	rs->status = error_status(err->kind);
	problem_add(p, field, arena_strdup(rs->request->arena, err->text));
	return true;
}

/* ---- what was done ---- */

static const char *const done_words[][2] = {
	{ "role-given", "The role is given." },
	{ "role-changed", "The role is changed." },
	{ "role-removed", "The role is removed." },
	{ "changed", "Name and e-mail are changed." },
	{ "disabled", "The account is disabled and signed out everywhere." },
	{ "enabled", "The account is enabled again." },
	{ "factor-removed", "The second factor is removed and the person is signed out everywhere." },
	{ "admin-made", "This person is now a network admin, and was signed out: the next sign-in asks for a "
		"second factor." },
	{ "admin-unmade", "This person is no longer a network admin." },
	{ "session-ended", "The session is ended." },
	{ "sessions-ended", "The person is signed out everywhere." },
	{ "added", "The person is added." },
	{ "invited", "The invitation is on its way by mail." },
	{ "job-again", "The job waits for its next try, which is due now." },
	{ NULL, NULL }
};

/* ---- the page ---- */

static void nav_entry(struct request *rq, struct data *page, const char *label, const char *path)
{
	struct data *item = data_item(page, "admin_nav");
	size_t n = strlen(path);
	bool overview = strcmp(path, "/admin") == 0;
	struct url to;

	data_text(item, "label", label);
	url_local(rq->arena, arena_printf(rq->arena, "%s%s", rq->base, path), &to);
	data_url(item, "url", to);
	data_flag(item, "current", strncmp(rq->path, path, n) == 0 &&
		(rq->path[n] == '\0' || (!overview && rq->path[n] == '/')));
}

struct data *admin_page(struct request *rq, struct response *rs, const char *title, const struct problems *p)
{
	bool wrong = p && p->n;
	struct data *page = page_create(rq, wrong ? arena_printf(rq->arena, "Error: %s", title) : title);
	struct data *texts = data_object(page, "wrong"), *bad = data_object(page, "bad");
	struct data *ids = data_object(page, "problem");

	if (strcmp(rq->path, "/admin") != 0)
		page_crumb(page, "Administration", url_path(rq->arena, "%b/admin", rq->base));
	data_text(page, "heading", title);
	data_text(page, "scope", admin_whole(rq) ? "The whole network" : rq->space->name);
	data_flag(page, "whole", admin_whole(rq));
	data_flag(page, "network_admin", rq->viewer->network_admin);
	if (rq->viewer->network_admin && !admin_whole(rq))
		data_url(page, "whole_url", url_path(rq->arena, "/s/%s/admin", SPACE_NATIONAL));
	nav_entry(rq, page, "Overview", "/admin");
	nav_entry(rq, page, "People", "/admin/people");
	if (admin_whole(rq)) {
		nav_entry(rq, page, "Spaces", "/admin/spaces");
		nav_entry(rq, page, "Jobs", "/admin/jobs");
	} else {
		nav_entry(rq, page, "Space", "/admin/space");
	}
	nav_entry(rq, page, "Audit log", "/admin/audit");
	data_text(page, "done", done_text(rq, done_words));
	for (size_t i = 0; p && i < p->n; i++) {
		struct data *item = data_item(page, "problems");

		data_text(item, "text", p->list[i].text);
		if (*p->list[i].field) {
			data_url(item, "url", url_fragment(rq->arena, (struct url){ NULL }, p->list[i].field));
			data_text(texts, p->list[i].field, p->list[i].text);
			data_text(bad, p->list[i].field, "true");
			data_text(ids, p->list[i].field, arena_printf(rq->arena, "%s_problem", p->list[i].field));
		}
	}
	if (wrong && rs->status < 400)
		rs->status = 400;
	return page;
}

void put_roles(struct data *d, const char *list, const char *none, const char *chosen)
{
	if (none)
		page_option(d, list, "", none, chosen);
	for (enum role r = ROLE_READER; r <= ROLE_SPACE_ADMIN; r++)
		page_option(d, list, role_word(r), role_label(r), chosen);
}

void put_spaces(struct data *d, const char *list, const struct space *spaces, size_t n, const char *none,
	const char *chosen)
{
	if (none)
		page_option(d, list, "", none, chosen);
	for (size_t i = 0; i < n; i++)
		page_option(d, list, spaces[i].slug, spaces[i].name, chosen);
}

/* ---- overview ---- */

static void put_count(struct data *page, int64_t n, const char *one, const char *many)
{
	struct data *item = data_item(page, "counts");

	data_textf(item, "number", "%lld", (long long)n);
	data_text(item, "label", n == 1 ? one : many);
}

static bool put_counts(struct request *rq, struct data *page, struct error *err)
{
	struct account_filter all = { .space_id = admin_space_id(rq), .limit = 1 };
	struct account_filter off = { .space_id = admin_space_id(rq), .disabled = true, .limit = 1 };
	struct account_filter admins = { .network_admins = true, .limit = 1 };
	struct account *none;
	struct space *spaces;
	int64_t people = 0, disabled = 0, network = 0;
	size_t n, n_spaces;

	if (!account_list(rq->db, rq->arena, &all, &none, &n, &people, err) ||
		!account_list(rq->db, rq->arena, &off, &none, &n, &disabled, err))
		return false;
	put_count(page, people, "person", "people");
	put_count(page, disabled, "disabled account", "disabled accounts");
	if (!admin_whole(rq))
		return true;
	if (!account_list(rq->db, rq->arena, &admins, &none, &n, &network, err) ||
		!space_list_all(rq->db, rq->arena, &spaces, &n_spaces, err))
		return false;
	put_count(page, network, "network admin", "network admins");
	put_count(page, (int64_t)n_spaces, "space", "spaces");
	return true;
}

/* The newest that the server made by itself; else the newest beside the data
 * file, as migrate.c names them. */
static void put_backup(struct request *rq, struct data *page)
{
	struct backup_row *rows;
	size_t n;
	const char *data = options_string(rq->engine->options, "data");
	glob_t found = { 0 };
	const char *newest = NULL;
	struct stat st;
	time_t at = 0;

	if (backup_list(rq->engine->options, rq->arena, &rows, &n, NULL) && n) {
		data_textf(page, "backup", "%s (%s)", rows[0].name, moment_human(rq->arena, rows[0].created_us));
		return;
	}
	if (glob(arena_printf(rq->arena, "%s*.bak", data), 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			if (stat(found.gl_pathv[i], &st) == 0 && st.st_mtime >= at) {
				newest = arena_strdup(rq->arena, found.gl_pathv[i]);
				at = st.st_mtime;
			}
	globfree(&found);
	if (newest)
		data_textf(page, "backup", "%s (%s)", strrchr(newest, '/') ? strrchr(newest, '/') + 1 : newest,
			moment_human(rq->arena, (int64_t)at * 1000000));
}

static bool put_work(struct request *rq, struct data *page, struct error *err)
{
	struct job_row *rows;
	int64_t waiting = 0, failed = 0;
	size_t n;

	if (!job_list(rq->db, rq->arena, JOB_WAITING, 1, &rows, &n, &waiting, err) ||
		!job_list(rq->db, rq->arena, JOB_FAILED, 1, &rows, &n, &failed, err))
		return false;
	data_textf(page, "jobs_waiting", "%lld", (long long)waiting);
	data_textf(page, "jobs_failed", "%lld", (long long)failed);
	data_flag(page, "any_failed", failed > 0);
	data_url(page, "jobs_url", url_path(rq->arena, "%b/admin/jobs", rq->base));
	return true;
}

static void put_directory(struct request *rq, struct data *page)
{
	int64_t asked_us = 0;
	bool answered = false;

	if (!rq->engine->directory) {
		data_text(page, "directory", "No directory is set up");
		return;
	}
	if (rq->engine->directory_sync)
		directory_sync_state(rq->engine->directory_sync, &asked_us, &answered);
	data_flag(page, "directory_silent", asked_us && !answered);
	if (!asked_us)
		data_text(page, "directory", "Set up; nobody had to be looked up yet");
	else
		data_textf(page, "directory", answered ? "Answered on %s" : "Does not answer, last asked on %s",
			moment_human(rq->arena, asked_us));
}

static bool put_server(struct request *rq, struct data *page, struct error *err)
{
	put_directory(rq, page);
	data_text(page, "mail", mail_configured(rq->engine) ? "Set up" :
		"Not set up: links are shown to you instead of mailed");
	data_text(page, "version", PACKAGE_VERSION);
	data_text(page, "libraries", engine_libraries(rq->arena));
	put_backup(rq, page);
	return put_work(rq, page, err);
}

bool admin_overview(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = admin_page(rq, rs, "Administration", NULL);

	page_crumb(page, "Administration", (struct url){ NULL });
	if (!put_counts(rq, page, err) || !put_newest(rq, page, err))
		return false;
	if (admin_whole(rq) && !put_server(rq, page, err))
		return false;
	data_url(page, "people_url", url_path(rq->arena, "%b/admin/people", rq->base));
	data_url(page, "add_url", url_path(rq->arena, "%b/admin/people/add", rq->base));
	data_url(page, "audit_url", url_path(rq->arena, "%b/admin/audit", rq->base));
	return page_send_private(rq, rs, "admin", page, err);
}

/* ---- spaces ---- */

static const char *kind_label(const char *kind)
{
	static const char *const names[][2] = { { "national", "National office" },
		{ "leadership", "Leadership Group" }, { "city", "City" }, { "county", "County" }, { "state", "State" },
		{ "multi", "Several localities" } };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i][0], kind) == 0)
			return names[i][1];
	return kind;
}

static const char *audience_words(enum audience a)
{
	return a == AUDIENCE_PUBLIC ? "Everyone" : a == AUDIENCE_NETWORK ? "Members of the network" : "Its members";
}

bool admin_spaces(struct request *rq, struct response *rs, struct error *err)
{
	struct data *page = admin_page(rq, rs, "Spaces", NULL);
	struct space *list;
	size_t n;

	if (!space_list_all(rq->db, rq->arena, &list, &n, err))
		return false;
	page_crumb(page, "Spaces", (struct url){ NULL });
	for (size_t i = 0; i < n; i++) {
		struct data *item = data_item(page, "spaces");
		int64_t people = 0;

		if (!account_count(rq->db, list[i].id, &people, err))
			return false;
		data_text(item, "name", list[i].name);
		data_url(item, "url", url_path(rq->arena, "%b/admin/spaces/%s", rq->base, list[i].slug));
		data_text(item, "kind", kind_label(list[i].kind));
		data_text(item, "audience", audience_words(list[i].audience));
		data_text(item, "host", list[i].host);
		data_textf(item, "people", "%lld", (long long)people);
	}
	return page_send_private(rq, rs, "admin-spaces", page, err);
}

static bool put_members(struct request *rq, struct data *page, const struct space *s, struct error *err)
{
	struct account *list;
	size_t n;

	if (!account_members(rq->db, rq->arena, s->id, &list, &n, err))
		return false;
	for (enum role r = ROLE_SPACE_ADMIN; r >= ROLE_READER; r--) {
		struct data *group = NULL;

		for (size_t i = 0; i < n; i++) {
			if (account_highest(&list[i]) != r)
				continue;
			if (!group) {
				group = data_item(page, "groups");
				data_text(group, "label", r == ROLE_SPACE_ADMIN ? "Space admins" : r == ROLE_EDITOR ? "Editors" :
					r == ROLE_CONTRIBUTOR ? "Contributors" : "Readers");
			}
			struct data *item = data_item(group, "people");
			data_text(item, "name", list[i].name);
			data_text(item, "login", list[i].login);
			data_url(item, "url", person_url(rq, list[i].id));
		}
	}
	return true;
}

static bool show_space(struct request *rq, struct response *rs, const struct space *s, bool listed,
	struct error *err)
{
	/* One's own is named above the heading already. */
	const char *title = listed ? s->name : "Space";
	struct data *page = admin_page(rq, rs, title, NULL);

	if (listed)
		page_crumb(page, "Spaces", url_path(rq->arena, "%b/admin/spaces", rq->base));
	page_crumb(page, title, (struct url){ NULL });
	data_text(page, "kind", kind_label(s->kind));
	data_text(page, "slug", s->slug);
	data_text(page, "audience", audience_words(s->audience));
	data_text(page, "host", s->host);
	data_flag(page, "leadership", s->leadership);
	data_url(page, "visit_url", page_space_url(rq, s->slug));
	data_url(page, "list_url", url_query(rq->arena, url_path(rq->arena, "%b/admin/people", rq->base), "space",
		listed ? s->slug : NULL));
	return put_members(rq, page, s, err) && page_send_private(rq, rs, "admin-space", page, err);
}

bool admin_space(struct request *rq, struct response *rs, struct error *err)
{
	return show_space(rq, rs, rq->space, false, err);
}

bool admin_one_space(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_arg(rq, "slug");
	struct space *list;
	size_t n;

	if (!space_list_all(rq->db, rq->arena, &list, &n, err))
		return false;
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].slug, slug) == 0)
			return show_space(rq, rs, &list[i], true, err);
	return error_absent(err);
}

/* ---- routes ---- */

static const struct param people_params[] = {
	{ "q", PARAM_TEXT, 0, 0, "In login, name or e-mail" },
	{ "space", PARAM_SLUG, 0, 0, "Members of this space" },
	{ "role", PARAM_SLUG, 0, 0, "With this role" },
	{ "source", PARAM_SLUG, 0, 0, "local or directory" },
	{ "state", PARAM_SLUG, 0, 0, "disabled or network-admin" },
	{ "page", PARAM_INT, 1, 100000, "Page" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param audit_params[] = {
	{ "who", PARAM_TEXT, 0, 0, "Login" },
	{ "account", PARAM_ID, 0, 0, "Who did it" },
	{ "object", PARAM_TEXT, 0, 0, "What it was done to" },
	{ "space", PARAM_SLUG, 0, 0, "Space" },
	{ "action", PARAM_TEXT, 0, 0, "Action, or the beginning of some that ends with a dot" },
	{ "from", PARAM_TEXT, 0, 0, "First day" },
	{ "to", PARAM_TEXT, 0, 0, "Last day" },
	{ "before", PARAM_INT, 1, INT64_MAX, "Rows before this number" },
	{ "format", PARAM_SLUG, 0, 0, "csv or jsonl" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param proof_params[] = {
	{ "head", PARAM_TEXT, 0, 0, "A head noted earlier, NUMBER:HASH" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct param jobs_params[] = {
	{ "state", PARAM_SLUG, 0, 0, "waiting, failed or done" },
	{ "done", PARAM_SLUG, 0, 0, "What was just done, sealed" },
	{ NULL, 0, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/admin", ROLE_SPACE_ADMIN, 0, NULL, admin_overview, "Administration" },
	{ HTTP_GET, "/admin/people", ROLE_SPACE_ADMIN, 0, people_params, admin_people, "People" },
	{ HTTP_GET, "/admin/people/add", ROLE_SPACE_ADMIN, 0, NULL, add_page, "Add a person" },
	{ HTTP_POST, "/admin/people/add", ROLE_SPACE_ADMIN, 0, NULL, add_member,
		"Give a role to someone who has an account" },
	{ HTTP_POST, "/admin/people/invite", ROLE_SPACE_ADMIN, 0, NULL, invite_new, "Invite someone new" },
	{ HTTP_GET, "/admin/people/{id:id}", ROLE_SPACE_ADMIN, 0, done_params, admin_person, "A person" },
	{ HTTP_POST, "/admin/people/{id:id}/role", ROLE_SPACE_ADMIN, 0, NULL, person_role, "Give or change a role" },
	{ HTTP_POST, "/admin/people/{id:id}/role/remove", ROLE_SPACE_ADMIN, 0, NULL, person_role_remove,
		"Remove a role" },
	{ HTTP_POST, "/admin/people/{id:id}/invite", ROLE_SPACE_ADMIN, 0, NULL, invite_again, "Invite again" },
	{ HTTP_POST, "/admin/people/{id:id}/change", ROLE_NETWORK_ADMIN, 0, NULL, person_change,
		"Change name and e-mail" },
	{ HTTP_POST, "/admin/people/{id:id}/disable", ROLE_NETWORK_ADMIN, 0, NULL, person_disable,
		"Disable an account" },
	{ HTTP_POST, "/admin/people/{id:id}/enable", ROLE_NETWORK_ADMIN, 0, NULL, person_enable,
		"Enable an account" },
	{ HTTP_POST, "/admin/people/{id:id}/second-factor/remove", ROLE_NETWORK_ADMIN, 0, NULL, person_factor_remove,
		"Remove someone's second factor" },
	{ HTTP_POST, "/admin/people/{id:id}/network-admin", ROLE_NETWORK_ADMIN, 0, NULL, person_network_admin,
		"Make someone a network admin, or no longer" },
	{ HTTP_POST, "/admin/people/{id:id}/sessions/end", ROLE_NETWORK_ADMIN, 0, NULL, person_sessions_end,
		"End someone's sessions" },
	{ HTTP_GET, "/admin/space", ROLE_SPACE_ADMIN, 0, NULL, admin_space, "This space" },
	{ HTTP_GET, "/admin/spaces", ROLE_NETWORK_ADMIN, 0, NULL, admin_spaces, "Spaces" },
	{ HTTP_GET, "/admin/spaces/{slug:slug}", ROLE_NETWORK_ADMIN, 0, NULL, admin_one_space, "A space" },
	{ HTTP_GET, "/admin/jobs", ROLE_NETWORK_ADMIN, 0, jobs_params, jobs_page, "Jobs" },
	{ HTTP_POST, "/admin/jobs/{id:id}/retry", ROLE_NETWORK_ADMIN, 0, NULL, job_again, "Try a job again" },
	{ HTTP_GET, "/admin/audit", ROLE_SPACE_ADMIN, 0, audit_params, audit_page, "Audit log" },
	{ HTTP_GET, "/admin/audit/export", ROLE_SPACE_ADMIN, 0, audit_params, audit_file, "Audit log as a file" },
	{ HTTP_GET, "/admin/audit/verify", ROLE_NETWORK_ADMIN, 0, proof_params, audit_proof,
		"Check the audit log's chain" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module admin_module = { .name = "admin", .routes = routes };
