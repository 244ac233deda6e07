/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tickets: the only file with SQL on their table. */
#include "ticket.h"
#include <sodium.h>
#include <string.h>
#include "store_system.h"

const struct migration ticket_migrations[] = {
	{ 1,
	"CREATE TABLE ticket ("
	"	hash TEXT NOT NULL PRIMARY KEY,"
	"	account_id TEXT NOT NULL REFERENCES account (id),"
	"	family TEXT NOT NULL, second_factor INTEGER NOT NULL,"
	"	host TEXT NOT NULL, state TEXT NOT NULL, expires_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
	"CREATE INDEX ticket_by_expiry ON ticket (expires_us);"
	"CREATE INDEX ticket_by_account ON ticket (account_id);" },
	{ 0, NULL }
};

bool ticket_make(struct db *w, const struct ticket *t, int64_t expires_us, char secret[TICKET_SIZE],
	struct error *err)
{
	char hash[65];
	struct query q;

	/* Those that are long over; a while later, so that one that came late is told from none. */
	db_query_system(w, &q, "DELETE FROM ticket WHERE expires_us < :old");
	q_int(&q, ":old", clock_now_us() - 3600 * (int64_t)1000000);
	if (!q_run(&q, err))
		return false;
	secret_new(secret);
	sha256_hex(secret, TICKET_SIZE - 1, hash);
	db_query_system(w, &q, "INSERT INTO ticket (hash, account_id, family, second_factor, host, state, expires_us) "
		"VALUES (:hash, :account, :family, :factor, :host, :state, :expires)");
	q_text(&q, ":hash", hash);
	q_text(&q, ":account", t->account_id);
	q_text(&q, ":family", t->family);
	q_int(&q, ":factor", t->second_factor);
	q_text(&q, ":host", t->host);
	q_text(&q, ":state", t->state);
	q_int(&q, ":expires", expires_us);
	return q_run(&q, err);
}

bool ticket_use(struct db *w, struct arena *a, const char *secret, const char *host, const char *state,
	struct ticket *out, enum ticket_verdict *verdict, struct error *err)
{
	int64_t expires_us = 0;
	struct query q;
	char hash[65];

	*verdict = TICKET_UNKNOWN;
	sha256_hex(secret, strlen(secret), hash);
	db_query_system(w, &q, "SELECT account_id, family, second_factor, host, state, expires_us FROM ticket "
		"WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q)) {
		*out = (struct ticket){ q_col_text(&q, a, 0), q_col_text(&q, a, 1), q_col_int(&q, 2), q_col_text(&q, a, 3),
			q_col_text(&q, a, 4) };
		expires_us = q_col_int(&q, 5);
		*verdict = TICKET_GOOD;
	}
	if (!q_done(&q, err))
		return false;
	if (*verdict == TICKET_UNKNOWN)
		return true;
	db_query_system(w, &q, "DELETE FROM ticket WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	if (!q_run(&q, err))
		return false;
	if (expires_us <= clock_now_us())
		*verdict = TICKET_EXPIRED;
	else if (strcmp(out->host, host) != 0)
		*verdict = TICKET_WRONG_HOST;
	else if (!state || strlen(state) != strlen(out->state) || sodium_memcmp(state, out->state, strlen(state)) != 0)
		*verdict = TICKET_WRONG_BROWSER;
	return true;
}
