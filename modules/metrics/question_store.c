/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to peers: SQL only. The views show a space what it asked and what
 * was put before it, without saying who the other side is. */
#include "question.h"

static void read_question(struct query *q, struct arena *a, struct peer_question *out)
{
	out->id = q_col_text(q, a, 0);
	out->release_id = q_col_text(q, a, 1);
	out->scheme = q_col_text(q, a, 2);
	out->name = q_col_text(q, a, 3);
	out->text = q_col_text(q, a, 4);
	out->asked_us = q_col_int(q, 5);
	out->closed_us = q_col_int(q, 6);
	out->own = q_col_int(q, 7) != 0;
	out->answers = q_col_int(q, 8);
}

bool question_list(struct db *db, struct arena *a, const char *space_id, struct peer_question **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, release_id, scheme, name, text, asked_us, closed_us, own, "
		"(SELECT count(*) FROM v_peer_answer x JOIN v_peer_thread t ON t.id = x.thread_id AND t.for_space = x.for_space "
		"WHERE t.question_id = v.id AND t.for_space = :space), count(*) OVER () FROM v_peer_question v "
		"WHERE for_space = :space ORDER BY asked_us DESC, id");
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 9), sizeof **out);
		read_question(&q, a, &(*out)[(*n)++]);
	}
	return q_done(&q, err);
}

static bool read_answers(struct db *db, struct arena *a, const char *space_id, struct peer_thread *t, struct error *err)
{
	struct query q;

	db_query(db, &q, "SELECT id, text, answered_us, from_asker, own, count(*) OVER () FROM v_peer_answer "
		"WHERE thread_id = :thread AND for_space = :space ORDER BY answered_us, id");
	q_text(&q, ":thread", t->id);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		if (!t->answers)
			t->answers = arena_array(a, (size_t)q_col_int(&q, 5), sizeof *t->answers);
		t->answers[t->n++] = (struct peer_answer){ .id = q_col_text(&q, a, 0), .text = q_col_text(&q, a, 1),
			.answered_us = q_col_int(&q, 2), .from_asker = q_col_int(&q, 3) != 0, .own = q_col_int(&q, 4) != 0,
			.number = t->number };
	}
	return q_done(&q, err);
}

bool question_get(struct db *db, struct arena *a, const char *space_id, const char *id, struct peer_question **out,
	struct peer_thread **threads, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*threads = NULL;
	*n = 0;
	db_query(db, &q, "SELECT id, release_id, scheme, name, text, asked_us, closed_us, own, 0 FROM v_peer_question "
		"WHERE id = :id AND for_space = :space");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		*out = arena_alloc(a, sizeof **out);
		read_question(&q, a, *out);
	}
	if (!q_done(&q, err))
		return false;
	if (!*out)
		return error_set(err, ERROR_NOT_FOUND, "There is no such question, or it is not open to you.");
	db_query(db, &q, "SELECT id, number, own_offer, other_offer, other_name, count(*) OVER () FROM v_peer_thread "
		"WHERE question_id = :id AND for_space = :space ORDER BY number");
	q_text(&q, ":id", id);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		if (!*threads)
			*threads = arena_array(a, (size_t)q_col_int(&q, 5), sizeof **threads);
		(*threads)[(*n)++] = (struct peer_thread){ .id = q_col_text(&q, a, 0), .number = (int)q_col_int(&q, 1),
			.own_offer = q_col_int(&q, 2) != 0, .other_offer = q_col_int(&q, 3) != 0, .other_name = q_col_text(&q, a, 4) };
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < *n; i++)
		if (!read_answers(db, a, space_id, &(*threads)[i], err))
			return false;
	return true;
}

/* ---- writing ---- */

bool question_ask(struct db *w, const char *space_id, const char *account_id, const struct release *r,
	const char *scheme, const char *name, const char *text, char id[ID_SIZE], struct error *err)
{
	struct query q;

	id_new(id);
	db_query(w, &q, "INSERT INTO peer_question (id, release_id, year, scheme, name, asker_space, account_id, text, asked_us, "
		"closed_us) VALUES (:id, :release, :year, :scheme, :name, :space, :account, :text, :now, 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":release", r->id);
	q_int(&q, ":year", r->year);
	q_text(&q, ":scheme", scheme);
	q_text(&q, ":name", name);
	q_text(&q, ":space", space_id);
	q_text(&q, ":account", account_id);
	q_text(&q, ":text", text);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

/* Is the question open, and is the space its asker or a member of its group? */
static bool takes_part(struct db *w, const char *space_id, const char *question, bool *asker, struct error *err)
{
	bool found = false, open = false;
	struct query q;

	*asker = false;
	db_query(w, &q, "SELECT x.asker_space = :space, x.closed_us = 0 FROM peer_question x WHERE x.id = :id AND "
		"(x.asker_space = :space OR EXISTS (SELECT 1 FROM peer_group g JOIN peer_member m ON m.number = g.number "
		"WHERE g.year = x.year AND g.scheme = x.scheme AND g.name = x.name AND m.member_space = :space))");
	q_text(&q, ":id", question);
	q_text(&q, ":space", space_id);
	while (q_row(&q)) {
		found = true;
		*asker = q_col_int(&q, 0) != 0;
		open = q_col_int(&q, 1) != 0;
	}
	if (!q_done(&q, err))
		return false;
	if (!found)
		return error_set(err, ERROR_NOT_FOUND, "There is no such question, or it is not open to you.");
	return open || error_set(err, ERROR_CONFLICT, "This question is closed.");
}

/* The space's own conversation, made when it answers first. */
static bool own_thread(struct db *w, const char *space_id, const char *question, char id[ID_SIZE], struct error *err)
{
	bool found = false;
	struct query q;

	db_query(w, &q, "SELECT id FROM peer_thread WHERE question_id = :question AND answerer_space = :space");
	q_text(&q, ":question", question);
	q_text(&q, ":space", space_id);
	struct arena *a = arena_create();
	while (q_row(&q)) {
		found = true;
		snprintf(id, ID_SIZE, "%s", q_col_text(&q, a, 0));
	}
	arena_destroy(a);
	if (!q_done(&q, err) || found)
		return found;
	id_new(id);
	db_query(w, &q, "INSERT INTO peer_thread (id, question_id, number, answerer_space, asker_offer, answerer_offer) "
		"VALUES (:id, :question, (SELECT count(*) + 1 FROM peer_thread WHERE question_id = :question), :space, 0, 0)");
	q_text(&q, ":id", id);
	q_text(&q, ":question", question);
	q_text(&q, ":space", space_id);
	return q_run(&q, err);
}

static bool thread_of(struct db *w, const char *question, const char *thread, struct error *err)
{
	bool found = false;
	struct query q;

	db_query(w, &q, "SELECT 1 FROM peer_thread WHERE id = :id AND question_id = :question");
	q_text(&q, ":id", thread);
	q_text(&q, ":question", question);
	while (q_row(&q))
		found = true;
	if (!q_done(&q, err))
		return false;
	return found || error_set(err, ERROR_NOT_FOUND, "There is no such question, or it is not open to you.");
}

bool question_answer(struct db *w, const char *space_id, const char *account_id, const char *question,
	const char *thread, const char *text, struct error *err)
{
	char id[ID_SIZE], own[ID_SIZE];
	struct query q;
	bool asker;

	if (!takes_part(w, space_id, question, &asker, err))
		return false;
	/* The asker speaks in a conversation that there is; the others have one each. */
	if (asker ? !thread || !thread_of(w, question, thread, err) : !own_thread(w, space_id, question, own, err))
		return error_set(err, ERROR_NOT_FOUND, "There is no such question, or it is not open to you.");
	id_new(id);
	db_query(w, &q, "INSERT INTO peer_answer (id, thread_id, from_asker, account_id, text, answered_us) "
		"VALUES (:id, :thread, :asker, :account, :text, :now)");
	q_text(&q, ":id", id);
	q_text(&q, ":thread", asker ? thread : own);
	q_int(&q, ":asker", asker);
	q_text(&q, ":account", account_id);
	q_text(&q, ":text", text);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

bool question_others(struct db *w, struct arena *a, const char *question, const char ***out, size_t *n, struct error *err)
{
	struct query q;

	*out = NULL;
	*n = 0;
	db_query(w, &q, "SELECT m.member_space, count(*) OVER () FROM peer_question x JOIN peer_group g ON g.year = x.year "
		"AND g.scheme = x.scheme AND g.name = x.name JOIN peer_member m ON m.number = g.number "
		"WHERE x.id = :id AND m.member_space <> x.asker_space ORDER BY m.member_space");
	q_text(&q, ":id", question);
	while (q_row(&q)) {
		if (!*out)
			*out = arena_array(a, (size_t)q_col_int(&q, 1), sizeof **out);
		(*out)[(*n)++] = q_col_text(&q, a, 0);
	}
	return q_done(&q, err);
}

bool question_other(struct db *w, struct arena *a, const char *space_id, const char *question, const char *thread,
	const char **out, struct error *err)
{
	struct query q;

	*out = "";
	db_query(w, &q, "SELECT CASE WHEN x.asker_space = :space THEN t.answerer_space ELSE x.asker_space END "
		"FROM peer_question x JOIN peer_thread t ON t.question_id = x.id WHERE x.id = :question "
		"AND (t.answerer_space = :space OR (x.asker_space = :space AND t.id = :thread))");
	q_text(&q, ":space", space_id);
	q_text(&q, ":question", question);
	q_text(&q, ":thread", thread);
	while (q_row(&q))
		*out = q_col_text(&q, a, 0);
	return q_done(&q, err);
}

bool question_offer_name(struct db *w, const char *space_id, const char *thread, bool offer, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE peer_thread SET "
		"answerer_offer = CASE WHEN answerer_space = :space THEN :offer ELSE answerer_offer END, "
		"asker_offer = CASE WHEN answerer_space = :space THEN asker_offer ELSE :offer END "
		"WHERE id = :id AND NOT (asker_offer AND answerer_offer) AND (answerer_space = :space OR question_id IN "
		"(SELECT id FROM peer_question WHERE asker_space = :space))");
	q_text(&q, ":id", thread);
	q_text(&q, ":space", space_id);
	q_int(&q, ":offer", offer);
	return q_run(&q, err);
}

bool question_close(struct db *w, const char *space_id, const char *question, struct error *err)
{
	struct query q;

	db_query(w, &q, "UPDATE peer_question SET closed_us = :now WHERE id = :id AND asker_space = :space AND closed_us = 0");
	q_text(&q, ":id", question);
	q_text(&q, ":space", space_id);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}
