/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Statements that are put to the people of a session, and their answers: SQL only. */
#include "meeting.h"

static const char *const answers[] = { [ANSWER_NONE] = "", [ANSWER_CONSENT] = "consent", [ANSWER_OBJECT] = "object",
	[ANSWER_ABSTAIN] = "abstain", [ANSWER_WITHDRAWN] = "withdraw" };

enum answer answer_parse(const char *word)
{
	for (int i = ANSWER_CONSENT; word && i <= ANSWER_WITHDRAWN; i++)
		if (strcmp(answers[i], word) == 0)
			return (enum answer)i;
	return ANSWER_NONE;
}

#define COLUMNS "id, meeting_id, title, text, html, until_day, account_id, account_name, asked_us, ended_us, draft_id, record_id, " \
	"published, asked, consent, object, abstain, missing, version"
enum { COLUMN_COUNT = 19 };

static void read_statement(struct query *q, struct arena *a, struct statement *s)
{
	int i = 0;

	s->id = q_col_text(q, a, i++);
	s->meeting_id = q_col_text(q, a, i++);
	s->title = q_col_text(q, a, i++);
	s->text = q_col_text(q, a, i++);
	s->html = q_col_text(q, a, i++);
	s->until = q_col_text(q, a, i++);
	s->by_id = q_col_text(q, a, i++);
	s->by = q_col_text(q, a, i++);
	s->asked_us = q_col_int(q, i++);
	s->ended_us = q_col_int(q, i++);
	s->draft_id = q_col_text(q, a, i++);
	s->record_id = q_col_text(q, a, i++);
	s->published = q_col_int(q, i++) != 0;
	s->asked = q_col_int(q, i++);
	s->consent = q_col_int(q, i++);
	s->object = q_col_int(q, i++);
	s->abstain = q_col_int(q, i++);
	s->missing = q_col_int(q, i++);
	s->version = q_col_int(q, i++);
	s->consented = !s->ended_us && s->consent > 0 && s->object == 0 && s->missing == 0;
}

bool statement_list(struct db *db, struct arena *a, const char *meeting_id, struct statement **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT " COLUMNS ", count(*) OVER () FROM v_meeting_statement WHERE meeting_id = :meeting ORDER BY id");
	q_text(&q, ":meeting", meeting_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, COLUMN_COUNT), sizeof **out);
		read_statement(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

static bool one(struct query *q, struct arena *a, struct statement **out, struct error *err)
{
	*out = NULL;
	while (q_row(q)) {
		*out = arena_alloc(a, sizeof **out);
		read_statement(q, a, *out);
	}
	if (!q_done(q, err))
		return false;
	return *out || error_set(err, ERROR_NOT_FOUND, NO_SESSION);
}

bool statement_get(struct db *db, struct arena *a, const char *meeting_id, const char *id, struct statement **out,
	struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT " COLUMNS " FROM v_meeting_statement WHERE meeting_id = :meeting AND id = :id");
	q_text(&q, ":meeting", meeting_id);
	q_text(&q, ":id", id);
	return one(&q, a, out, err);
}

bool statement_answers(struct db *db, struct arena *a, const char *id, struct statement_answer **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT account_id, name, space_name, answer, reason, may_name, mine, at_us, count(*) OVER () "
		"FROM v_meeting_answer WHERE statement_id = :id ORDER BY name IS NULL, name, account_id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 8), sizeof **out);
		(*out)[(*n)++] = (struct statement_answer){ .account_id = q_col_text(&q, a, 0), .name = q_col_text(&q, a, 1),
			.space_name = q_col_text(&q, a, 2), .answer = (enum answer)q_col_int(&q, 3), .reason = q_col_text(&q, a, 4),
			.may_name = q_col_int(&q, 5) != 0, .mine = q_col_int(&q, 6) != 0, .at_us = q_col_int(&q, 7) };
	}
	return q_done(&q, err);
}

bool statement_waits(struct db *db, struct arena *a, const char *today, struct statement_waiting **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT t.id, t.meeting_id, t.title, t.until_day, m.group_name, m.space_slug, m.space_name, "
		"count(*) OVER (), m.kind "
		"FROM v_meeting_answer x JOIN v_meeting_statement t ON t.id = x.statement_id JOIN v_meeting m ON m.id = t.meeting_id "
		"WHERE x.mine AND x.answer = 0 AND t.ended_us = 0 AND t.draft_id IS NULL AND t.until_day >= :today ORDER BY "
			"t.until_day, t.id");
	q_text(&q, ":today", today);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 7), sizeof **out);
		(*out)[(*n)++] = (struct statement_waiting){ .id = q_col_text(&q, a, 0), .meeting_id = q_col_text(&q, a, 1),
			.title = q_col_text(&q, a, 2), .until = q_col_text(&q, a, 3), .group_name = q_col_text(&q, a, 4),
			.space_slug = q_col_text(&q, a, 5), .space_name = q_col_text(&q, a, 6), .group_kind =
				group_kind_parse(q_col_text(&q, a, 8)) };
	}
	return q_done(&q, err);
}

/* ---- within a write ---- */

bool statement_add(struct db *w, struct statement *s, const struct account *who, struct error *err)
{
	struct query q;

	db_query(w, &q, "INSERT INTO meeting_statement (id, meeting_id, title, text, html, until_day, account_id, "
		"account_name, asked_us, "
		"ended_us, version) VALUES (:id, :meeting, :title, :text, :html, :until, :who, :name, :now, 0, 1)");
	q_text(&q, ":id", s->id);
	q_text(&q, ":meeting", s->meeting_id);
	q_text(&q, ":title", s->title);
	q_text(&q, ":text", s->text);
	q_text(&q, ":html", s->html);
	q_text(&q, ":until", s->until);
	q_text(&q, ":who", who->id);
	q_text(&q, ":name", who->name);
	q_int(&q, ":now", clock_now_us());
	if (!q_run(&q, err))
		return false;
	db_query(w, &q, "INSERT INTO meeting_answer (statement_id, account_id, for_space, answer, reason, may_name, at_us) "
		"SELECT :id, p.account_id, p.for_space, 0, '', 0, 0 FROM meeting_person p JOIN account a ON a.id = p.account_id "
		"WHERE p.meeting_id = :meeting AND p.declined = 0 AND a.disabled_us = 0");
	q_text(&q, ":id", s->id);
	q_text(&q, ":meeting", s->meeting_id);
	bool any;

	return q_run_changed(&q, &any, err) && (any || error_set(err, ERROR_INVALID,
		"Nobody is on the list of this session, so there is nobody to "
		"ask. Name who attends first."));
}

bool statement_accounts(struct db *w, struct arena *a, const char *id, const char ***accounts, size_t *n, struct error *err)
{
	struct query q;

	*accounts = NULL;
	*n = 0;
	db_query(w, &q, "SELECT account_id, count(*) OVER () FROM meeting_answer WHERE statement_id = :id ORDER BY account_id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		if (!*accounts)
			*accounts = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **accounts);
		(*accounts)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

bool statement_answer(struct db *w, const char *id, const char *account_id, enum answer answer, const char *reason,
	bool may_name, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_answer SET answer = :answer, reason = :reason, may_name = :may, at_us = :now "
		"WHERE statement_id = :id AND account_id = :account");
	q_int(&q, ":answer", answer);
	q_text(&q, ":reason", reason);
	q_int(&q, ":may", may_name);
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	q_text(&q, ":account", account_id);
	bool asked;

	return q_run_changed(&q, &asked, err) && (asked || error_set(err, ERROR_NOT_FOUND, NO_SESSION));
}

bool statement_end(struct db *w, const char *id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_statement SET ended_us = :now, version = version + 1 WHERE id = :id AND ended_us = 0");
	q_int(&q, ":now", clock_now_us());
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool statement_extend(struct db *w, const char *id, const char *until, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_statement SET until_day = :until, version = version + 1 WHERE id = :id AND ended_us = 0");
	q_text(&q, ":until", until);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

/* As the view v_meeting_statement counts, for the writer, who has no views. */
bool statement_read(struct db *w, struct arena *a, const char *id, struct statement **out, struct error *err)
{
	struct query q;

	db_query(w, &q, "SELECT t.id, t.meeting_id, t.title, t.text, t.html, t.until_day, t.account_id, t.account_name, t.asked_us, "
		"t.ended_us, t.draft_id, NULL, d.state = 6, "
		"(SELECT count(*) FROM meeting_answer x WHERE x.statement_id = t.id), "
		"(SELECT count(*) FROM meeting_answer x WHERE x.statement_id = t.id AND x.answer = 1), "
		"(SELECT count(*) FROM meeting_answer x WHERE x.statement_id = t.id AND x.answer IN (2, 4)), "
		"(SELECT count(*) FROM meeting_answer x WHERE x.statement_id = t.id AND x.answer = 3), "
		"(SELECT count(*) FROM meeting_answer x JOIN account a ON a.id = x.account_id WHERE x.statement_id = t.id "
			"AND x.answer = 0 "
		"AND a.disabled_us = 0 AND " GROUP_READ_BY("g", "x.account_id") "), t.version "
		"FROM meeting_statement t JOIN meeting m ON m.id = t.meeting_id JOIN space_group g ON g.id = m.group_id "
		"LEFT JOIN draft d ON d.id = t.draft_id WHERE t.id = :id");
	q_text(&q, ":id", id);
	return one(&q, a, out, err);
}

bool statement_set_draft(struct db *w, const char *id, const char *draft_id, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE meeting_statement SET draft_id = :draft, version = version + 1 WHERE id = :id");
	q_text(&q, ":draft", draft_id);
	q_text(&q, ":id", id);
	return q_run(&q, err);
}

bool statement_trail(struct db *w, struct arena *a, const char *id, int64_t *spaces, int64_t *last_us, const char **names,
	struct error *err)
{
	struct query q;

	*spaces = *last_us = 0;
	*names = "";
	db_query(w, &q, "SELECT count(DISTINCT for_space), max(at_us) FROM meeting_answer WHERE statement_id = :id");
	q_text(&q, ":id", id);
	while (q_row(&q)) {
		*spaces = q_col_int(&q, 0);
		*last_us = q_col_int(&q, 1);
	}
	if (!q_done(&q, err))
		return false;
	db_query(w, &q, "SELECT a.name FROM meeting_answer x JOIN account a ON a.id = x.account_id WHERE x.statement_id = :id "
		"AND x.answer = 1 AND x.may_name = 1 ORDER BY a.sort_key, a.id");
	q_text(&q, ":id", id);
	while (q_row(&q))
		*names = arena_printf(a, "%s%s%s", *names, **names ? ", " : "", q_col_text(&q, a, 0));
	return q_done(&q, err);
}
