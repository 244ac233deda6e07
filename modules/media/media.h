/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Media coverage added by its address, and the check whether the links of all
 * records still answer. */
#ifndef COMMONWEAL_MEDIA_H
#define COMMONWEAL_MEDIA_H
#include "module.h"

/* ---- asking an address (fetch.c) ---- */

/* A network that is allowed although its addresses are private. */
struct network_range {
	unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
	int bits;                  /* of the 128 */
};

struct fetch_policy {
	const struct network_range *allowed;
	size_t n_allowed;
	const unsigned short *ports;
	size_t n_ports;
	const char *agent;           /* User-Agent */
	int64_t timeout_ms;          /* for everything, redirects too */
	bool (*stopping)(void *arg); /* or NULL: asked now and then; true gives up */
	void *arg;
};

struct fetch_answer {
	int status;           /* HTTP status of the last answer; 0 = none */
	char words[200];      /* what happened, for people; "" if status says it */
	bool refused;         /* by the policy: nothing was sent there */
	int64_t retry_after_s; /* 0 = none */
	int redirects;
};

/* "192.0.2.0/24", "2001:db8::/32" or an address. */
bool network_parse(const char *text, struct network_range *out);
/* May a connection go to this address (AF_INET or AF_INET6)? Global unicast
 * addresses (RFC 6890) and what is allowed besides; no others. */
struct sockaddr;
bool address_allowed(const struct sockaddr *address, const struct network_range *allowed, size_t n);

/* HEAD, and GET where that did not answer well, following redirects by itself;
 * each connection is judged by the address that is being connected to, so that
 * neither a redirect nor a name that changes its address leads inside. Reads
 * little of the body and keeps none of it. http and https only. May be called on
 * several threads at once. */
void link_fetch(const struct fetch_policy *p, const char *url, struct fetch_answer *out);

/* ---- links of records (links.c) ---- */

/* The addresses in a record's XML, each once, in the arena: attributes and text,
 * not name spaces; DOIs as https://doi.org/... At most LINKS_MOST. */
#define LINKS_MOST 500
size_t links_extract(struct arena *a, const char *xml, size_t n, const char *urls[LINKS_MOST]);
/* Host of an address in lower case, without port; "" if there is none. */
const char *link_host(struct arena *a, const char *url);

enum link_state { LINK_NEW = 1, LINK_GOOD, LINK_FAILING, LINK_ROTTEN };

/* What an answer makes of a link. */
struct link_rule {
	int64_t every_us, retry_us, rot_after_us;
	int failures;
};
struct link_status {
	enum link_state state;
	int failures;
	int64_t failing_since_us, due_us;
};
void link_judge(const struct link_rule *rule, const struct fetch_answer *answer, int64_t now_us,
	struct link_status *s);

extern const struct option_def media_options[];
extern const struct job_kind media_jobs[];

/* ---- store.c ---- */

extern const struct migration media_migrations[];
extern const struct view_def media_views[];

struct link_row {
	const char *url;
	enum link_state state;
	int status, failures;
	const char *words;             /* or NULL */
	int64_t checked_us, due_us, failing_since_us, good_us; /* 0 = not */
	/* Of link_report only: */
	const char *record_title, *record_type, *record_slug, *space_slug;
};

/* Within a write: records that are new or changed are read for their links, at
 * most `most` of them; *n: how many were. */
bool links_scan(struct db *w, struct arena *a, int most, size_t *n, struct error *err);
/* Within a write: at most `most` links that are due, the longest first. */
bool links_due(struct db *w, struct arena *a, int most, struct link_row **out, size_t *n, struct error *err);
bool link_save(struct db *w, const struct link_row *row, struct error *err);
/* Links of a visible record that are rotten. */
bool links_of_record(struct db *db, struct arena *a, int64_t record_num, struct link_row **out, size_t *n,
	struct error *err);
/* Links that fail, of records of a space (NULL: any) that the viewer sees; rotten: only those. */
bool link_report(struct db *db, struct arena *a, const char *space_id, bool rotten, int limit, int offset,
	struct link_row **out, size_t *n, int64_t *total, struct error *err);

/* module.purge_space of this module. */
bool links_purge(struct db *w, struct space_purge *p, struct error *err);

/* ---- pages ---- */

extern const struct param report_params[];
route_handler media_add_page, media_add, link_report_page, link_report_csv;
bool media_record(struct request *rq, struct data *page, const struct record *r, const json_t *details,
	struct error *err);

#endif
