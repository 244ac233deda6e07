/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The audit log: an append-only table (triggers refuse UPDATE and DELETE)
 * whose rows form a chain: hash = SHA-256 of the row before's hash and the
 * row's own fields. Never passwords, tokens or content. */
#ifndef COMMONWEAL_AUDIT_H
#define COMMONWEAL_AUDIT_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include "arena.h"
#include "error.h"
#include "migrate.h"
#include "request.h"
#include "store.h"

struct audit;
struct engine;

extern const struct migration audit_migrations[];
#define AUDIT_CONSOLE "administrator at the console"

struct audit_entry {
	int64_t num;         /* by audit_list only: 1, 2, 3 ... without a gap */
	int64_t at_us;       /* 0 takes the clock's time */
	const char *account; /* id of who did it, or NULL */
	const char *login;   /* as it was then; or AUDIT_CONSOLE; or what was typed at a failed sign-in */
	const char *address; /* and by which token, if it was one; or NULL */
	const char *request; /* request id, or NULL */
	const char *space;   /* slug, or NULL */
	const char *action;  /* "noun.verb": sign-in.good, role.change, record.read ... */
	const char *object;  /* id or name of what it was done to, or NULL */
	const char *detail;  /* in few words, or NULL */
	const char *hash;    /* by audit_list only */
};

/* Adds a row, within the write that it is about, so that one is not without the
 * other. Text is cut to 500 bytes. */
bool audit_write(struct db *w, const struct audit_entry *e, struct error *err);
/* The entry of a request: who, from where, request id and space are filled in.
 * For audit_write in a handler's own write. */
struct audit_entry audit_entry(const struct request *rq, const char *action, const char *object,
	const char *detail);
/* Adds a row soon (durable within a second, drained at stop), for what is read
 * or refused rather than written. Copies everything. When thousands wait, it
 * waits for the disk itself. */
void audit_note(struct request *rq, const char *action, const char *object, const char *detail);

/* The thread behind audit_note. */
struct audit *audit_start(struct engine *e, struct error *err);
/* Writes what waits, ends the thread, frees. NULL is fine. */
void audit_stop(struct audit *a);
/* Waits until all noted so far is on the disk; for tests and exports. */
void audit_flush(struct audit *a);

struct audit_filter {
	const char *account, *space, *object; /* exactly; NULL = any */
	const char *login;                    /* exactly; NULL = any */
	const char *action;                   /* exactly, or all that begin with it if it ends with '.' */
	int64_t from_us, before_us;           /* 0 = no bound */
	int64_t before_num, after_num;        /* 0 = no bound; for paging */
	bool oldest_first;
	int limit;                            /* 0 = 100 */
};
/* Newest first unless told otherwise. The caller has checked the right to see it:
 * network admins all, space admins with space set to theirs. *total may be NULL. */
bool audit_list(struct db *db, struct arena *a, const struct audit_filter *f, struct audit_entry **out,
	size_t *n, int64_t *total, struct error *err);
/* One JSON object a line, oldest first. */
bool audit_export(struct db *db, const struct audit_filter *f, FILE *out, int64_t *n, struct error *err);
/* The same for one entry, without the newline; appended. */
void audit_json(const struct audit_entry *e, struct buf *out);

struct audit_verdict {
	int64_t rows, bad;  /* bad: number of the first row that is wrong; 0 = none */
	const char *words;  /* what is wrong with it */
	char head[65];      /* hash of the last row: keep it elsewhere to prove that none was cut off */
};
/* Walks the whole chain. expect_num with expect_hash (or 0, NULL): a head noted
 * earlier, that must still be there. */
bool audit_verify(struct db *db, int64_t expect_num, const char *expect_hash, struct audit_verdict *v,
	struct error *err);

#endif
