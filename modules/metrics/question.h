/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Questions to peers: asked about a released group by one of its members, put
 * before the others of the group, answered without names. Each side may offer its
 * name; both names are shown to both once both were offered, never one alone.
 * The database knows who asked and who answered (docs/disclosure.md); no page does. */
#ifndef COMMONWEAL_QUESTION_H
#define COMMONWEAL_QUESTION_H
#include "release.h"

#define QUESTION_BYTES_MAX 4000

struct peer_question {
	const char *id, *release_id, *scheme, *name, *text;
	int64_t asked_us, closed_us; /* closed_us 0: open */
	bool own;                    /* asked by this space */
	int64_t answers;             /* that this space sees */
};

struct peer_answer {
	const char *id, *text;
	int64_t answered_us;
	int number;                  /* "Answer 1" ... of the conversation: one for each answering space */
	bool from_asker;             /* a further word of the asker, in that conversation */
	bool own;
};

/* A conversation: the asking space and one that answers. */
struct peer_thread {
	const char *id;
	int number;
	bool own_offer, other_offer; /* of the name; other_offer is told: it is an invitation */
	const char *other_name;      /* of the other space, if both offered; else NULL */
	struct peer_answer *answers;
	size_t n;
};

/* Questions of the space and to it, newest first. */
bool question_list(struct db *db, struct arena *a, const char *space_id, struct peer_question **out, size_t *n,
	struct error *err);
/* One of them with the conversations that the space is in, else ERROR_NOT_FOUND. */
bool question_get(struct db *db, struct arena *a, const char *space_id, const char *id, struct peer_question **out,
	struct peer_thread **threads, size_t *n, struct error *err);

/* Within a write of the system, after the page's own checks that the asker's space is in the group
 * (release_own_groups) and the cell is published. */
bool question_ask(struct db *w, const char *space_id, const char *account_id, const struct release *r,
	const char *scheme, const char *name, const char *text, char id[ID_SIZE], struct error *err);
/* An answer to a question, or with thread a further word in a conversation. ERROR_NOT_FOUND if the space is
 * no part of it. ERROR_CONFLICT if the question is closed. */
bool question_answer(struct db *w, const char *space_id, const char *account_id, const char *question,
	const char *thread, const char *text, struct error *err);
bool question_offer_name(struct db *w, const char *space_id, const char *thread, bool offer, struct error *err);
/* Spaces before which a question was put; and the other side of a conversation (thread NULL: the space's own). For letters. */
bool question_others(struct db *w, struct arena *a, const char *question, const char ***out, size_t *n, struct error *err);
bool question_other(struct db *w, struct arena *a, const char *space_id, const char *question, const char *thread,
	const char **out, struct error *err);
bool question_close(struct db *w, const char *space_id, const char *question, struct error *err);

/* question_page.c */
extern const struct param question_params[];
route_handler questions_page, question_page, question_new, question_new_save, question_answer_save, question_name_save,
	question_close_save;

#endif
