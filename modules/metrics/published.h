/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Charts that were published: frozen with their data, with an address of their
 * own, to be cited and embedded. Of a release by the national office's editors; of
 * its own figures by a jurisdiction's editors, who thereby make these known. */
#ifndef COMMONWEAL_PUBLISHED_H
#define COMMONWEAL_PUBLISHED_H
#include "release.h"

struct published {
	const char *id, *title, *caption;
	enum audience audience;    /* public or network */
	const char *source;        /* "Boston, Massachusetts", or of which release */
	const char *account_name;
	int64_t published_us, withdrawn_us; /* withdrawn_us 0: not */
	const char *reason;        /* of a withdrawn one */
	const char *owner;         /* space id whose editors may withdraw it */
	const char *csv, *narrow, *wide; /* the data; the SVG; by published_get only, none if withdrawn */
};

bool published_list(struct db *db, struct arena *a, struct published **out, size_t *n, struct error *err);
bool published_get(struct db *db, struct arena *a, const char *id, struct published **out, struct error *err);
/* Within a write of the system, after the page's checks. id gets its id. */
bool published_add(struct db *w, const struct published *p, char id[ID_SIZE], struct error *err);
bool published_withdraw(struct db *w, const char *id, const char *reason, struct error *err);
/* Notes that a jurisdiction made figures known: later releases take them as known to everyone. Within a write of the system. */
bool published_name(struct db *w, const char *space_id, const char *indicator, struct period p, struct error *err);
/* Has the jurisdiction made this month known? For the system. */
struct published_figure {
	const char *space_id, *indicator;
	struct period period;
};
bool published_named(struct db *w, struct arena *a, struct published_figure **out, size_t *n, struct error *err);

/* published_page.c */
extern const struct param published_params[];
route_handler published_page, published_list_page, published_svg, published_csv, published_release,
	published_own, published_withdraw_save;

#endif
