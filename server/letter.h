/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A letter to one person: the same words as plain text and as HTML, with a list
 * that it belongs to and a link by which that is left without signing in (RFC
 * 8058: programs POST to it; a GET changes nothing). */
#ifndef COMMONWEAL_LETTER_H
#define COMMONWEAL_LETTER_H
#include <stdbool.h>
#include <stddef.h>
#include "account.h"
#include "arena.h"
#include "buf.h"
#include "engine.h"
#include "error.h"
#include "job.h"
#include "store.h"
#include "url.h"

struct json_t;

#define LETTER_PARTS 12
#define LETTER_ITEMS 50

struct letter {
	struct arena *arena;
	struct engine *engine;
	const struct account *account; /* who gets it */
	const char *kind;              /* a kind of notification or mailing, as notification_leave has them */
	const char *subject;
	const char *paragraphs[LETTER_PARTS];
	size_t n_paragraphs;
	struct { const char *label, *value; } facts[LETTER_PARTS];
	size_t n_facts;
	const char *url, *url_label;   /* absolute; url NULL: none */
	struct letter_item {
		const char *title, *when;
		const char *text;          /* plain, of several paragraphs; or NULL */
		const char *url;           /* absolute, or NULL */
	} items[LETTER_ITEMS];
	size_t n_items;
	const char *calendar, *method; /* as struct mail has them; or NULL */
	const char *reply_to, *thread;
};

/* Adds; what is more than there is room for is left out. */
void letter_say(struct letter *l, const char *text);
void letter_fact(struct letter *l, const char *label, const char *value); /* value NULL: nothing */
void letter_item(struct letter *l, const struct letter_item *item);
/* The address for people's mail (option public-origin); NULL without it: then no letter has links. */
const char *letter_absolute(const struct letter *l, struct url u);
/* Of a page of a space, whose path is without the space's base. */
const char *letter_space_url(const struct letter *l, const char *space_slug, const char *path);
/* Sends it; for a job's run, see mail_deliver. Not within a read. */
enum job_result letter_send(const struct letter *l, struct db *db, const char *id, struct error *err);

/* For a job whose payload is JSON: makes a letter, which `write` fills in and sends, with that object (NULL if it
 * cannot be read) and the job's id. */
typedef enum job_result letter_writer(struct letter *l, struct db *db, const struct json_t *o, const char *id,
	struct error *err);
enum job_result letter_run(struct engine *e, struct db *db, const struct job_row *job, letter_writer *write,
	struct error *err);

/* Reads the key of the links, made at first; once, at start. */
bool letter_start(struct engine *e, struct error *err);
/* A token for a link in a letter, which nobody else can make: kind, account and a MAC. */
const char *leave_token(struct arena *a, const char *account_id, const char *kind);
/* The account and kind of a token; false: it is none of ours. Those in letters about events from before
 * there were others are still good. */
bool leave_read(struct arena *a, const char *token, const char **account_id, const char **kind);

#endif
