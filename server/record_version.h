/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is kept of a record beside its present state: each version as it was
 * published, and why a withdrawn one is gone. record_save keeps the versions. */
#ifndef COMMONWEAL_RECORD_VERSION_H
#define COMMONWEAL_RECORD_VERSION_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "error.h"
#include "space.h"
#include "store.h"

struct account;
struct content_doc;
struct engine;

struct record_version {
	int64_t record_num, version; /* as record.version */
	const char *title;
	int64_t saved_us;            /* UTC microseconds */
	const char *account_name;    /* who saved it; NULL: an import */
	const char *note;            /* what changed and why, or NULL */
};

/* The versions of a visible record that were themselves for the viewer, newest
 * first. A version that was for fewer than the record is today stays with them. */
bool record_versions(struct db *db, struct arena *a, int64_t num, struct record_version **out, size_t *n,
	struct error *err);
/* The XML of one of them, else ERROR_NOT_FOUND. content_parse draws it. */
bool record_version_source(struct db *db, struct arena *a, int64_t num, int64_t version,
	struct record_version *out, const char **xml, size_t *n, struct error *err);

/* Saves a document as record_save does, with its relations, and signs the
 * version. who NULL: an import. A reference to a record that does not exist is
 * ERROR_INVALID and says which. expected: the version that the writer knew, else
 * ERROR_CONFLICT; 0 = the record must be new, -1 = whatever it is. Within a write. */
bool record_publish(struct db *writer, struct arena *a, const struct content_doc *doc,
	const struct account *who, const char *note, int64_t expected, int64_t *num, enum saved *how,
	struct error *err);

/* *words: NULL, or, when the record's present text is not the one of that SHA-256,
 * and someone saved or withdrew it on the server, who did and when: "was changed
 * by Ann on 24 November 2026, 20:14 UTC". For an import, which is nobody's; within a write. */
bool record_changed_here(struct db *writer, struct arena *a, int64_t num, const char *sha256, const char **words,
	struct error *err);

struct tombstone {
	int64_t num;
	const char *id, *space_id, *space_slug, *type, *slug, *title, *reason;
	enum audience audience;
	int64_t withdrawn_us; /* UTC microseconds */
};

/* Takes a record out of every page, list, feed and search; its address then
 * tells the reason to whoever saw the record. Within a write. ERROR_CONFLICT if
 * it is withdrawn already. */
bool record_withdraw(struct db *writer, struct arena *a, int64_t num, const struct account *who,
	const char *reason, struct error *err);
/* Undoes that. ERROR_CONFLICT if it is not withdrawn. Within a write. */
bool record_restore(struct db *writer, struct arena *a, int64_t num, struct error *err);
/* The tombstone at an address, or NULL in *out. */
bool record_tombstone(struct db *db, struct arena *a, const char *space_slug, const char *type,
	const char *slug, struct tombstone **out, struct error *err);
/* Who withdrew it is in the audit log, not here. All that the viewer may know of
 * are in the view v_tombstone (num, id, space_id, space_slug, audience, type, slug, title, reason,
 * strategies, withdrawn_us), for feeds and harvesting. */

#endif
