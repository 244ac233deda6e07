/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One sign-in for all host names of the network. Whoever wants to sign in on a
 * space's own host name is led to the network's (option network-host), signs in
 * there if need be, and comes back with a ticket that this browser alone can
 * change for a session. Goes nowhere but to host names of spaces, and over
 * https (or on this computer) only. */
#include "pages.h"
#include "ticket.h"

#define COOKIE "__Host-hand-over"
#define COOKIE_SECONDS 1800 /* for typing a password, a code, setting up a second factor */

/* ---- addresses ---- */

/* Scheme and port of this request, with another host name; NULL if that may not
 * have a session over plain http. */
static const char *origin_of(struct request *rq, const char *host)
{
	const char *authority = strstr(rq->origin, "://"), *port;

	if (!authority || (strncmp(rq->origin, "https://", 8) != 0 && !host_is_loopback(host)))
		return NULL;
	port = strrchr(authority + 3, ':');
	if (port && strchr(port, ']'))
		port = NULL; /* within an IPv6 address */
	return arena_printf(rq->arena, "%.*s://%s%s", (int)(authority - rq->origin), rq->origin, host, port ? port :
		"");
}

static bool is_hex(const char *s)
{
	return s && strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

/* With where to go then, unless that makes it too long to be kept through a
 * sign-in: the reader then comes to the front page. */
static struct url with_next(struct request *rq, struct url to, struct url next)
{
	struct url whole = url_query(rq->arena, to, "next", next.text);

	return strlen(whole.text) < 450 ? whole : to;
}

/* ---- on the space's host name ---- */

bool handover_wanted(struct request *rq, const char **origin, struct error *err)
{
	const char *network = options_string(rq->engine->options, "network-host");
	struct space *space;

	*origin = NULL;
	if (!*network || text_equal_nocase(rq->host, network) || !session_allowed(rq))
		return true;
	if (!space_by_host(rq->db, rq->arena, rq->host, &space, err))
		return false;
	*origin = space ? origin_of(rq, network) : NULL;
	return true;
}

/* The browser keeps a secret; the address has its hash only. */
bool handover_begin(struct request *rq, struct response *rs, const char *origin, struct url next,
	struct error *err)
{
	const char *secret = request_cookie(rq, COOKIE);
	char made[SECRET_SIZE], state[65];
	struct url to;

	(void)err;
	if (!is_hex(secret)) { /* else another tab is on its way as well */
		secret_new(made);
		secret = made;
	}
	sha256_hex(secret, 64, state);
	cookie_set(rs, COOKIE, secret, COOKIE_SECONDS);
	if (!url_external(rq->arena, arena_printf(rq->arena, "%s/hand-over", origin), &to))
		return error_set(err, ERROR_INTERNAL, "The network's host name cannot be used.");
	to = url_query(rq->arena, to, "host", rq->host);
	to = url_query(rq->arena, to, "state", state);
	return response_redirect(rs, with_next(rq, to, next));
}

/* ---- on the network's host name ---- */

struct making {
	struct request *rq;
	struct ticket ticket;
	char secret[TICKET_SIZE];
};

static bool write_ticket(struct db *w, void *arg, struct error *err)
{
	struct making *m = arg;
	int64_t lasts = options_int(m->rq->engine->options, "ticket-time") * 1000;

	return ticket_make(w, &m->ticket, clock_now_us() + lasts, m->secret, err);
}

/* Not a redirect: a form's answer may only lead to this host name (form-action of
 * the content security policy), and the form of the sign-in may be behind us. */
static bool show_way(struct request *rq, struct response *rs, const struct space *space, struct url to,
	struct error *err)
{
	struct data *page = form_page(rq, rs, "You are signed in", NULL);

	data_text(page, "place", space->name);
	data_url(page, "to", to);
	response_header(rs, "Refresh", arena_printf(rq->arena, "0; url=%s", to.text));
	return page_send_private(rq, rs, "hand-over", page, err);
}

bool handover_make(struct request *rq, struct response *rs, struct error *err)
{
	const char *host = request_arg(rq, "host"), *state = request_arg(rq, "state"), *origin = NULL;
	struct making m = { .rq = rq };
	struct space *space = NULL;
	struct url to, next = signin_next(rq, request_arg(rq, "next"));

	if (host && !space_by_host(rq->db, rq->arena, host, &space, err))
		return false;
	if (space && text_equal_nocase(rq->host, options_string(rq->engine->options, "network-host")) &&
		!text_equal_nocase(host, rq->host))
		origin = origin_of(rq, space->host);
	if (!origin || !is_hex(state) || rq->method == HTTP_HEAD)
		return error_set(err, ERROR_INVALID, "This address does not lead to a host name of the network. Begin "
			"again "
			"where you wanted to sign in.");
	m.ticket = (struct ticket){ rq->account->id, rq->session->family, rq->session->second_factor, space->host,
		state };
	if (!request_write(rq, write_ticket, &m, err))
		return false;
	if (!url_external(rq->arena, arena_printf(rq->arena, "%s/hand-over/%s", origin, m.secret), &to))
		return error_set(err, ERROR_INTERNAL, "The host name of this space cannot be used.");
	return show_way(rq, rs, space, with_next(rq, to, next), err);
}

/* ---- back again ---- */

struct taking {
	struct request *rq;
	const char *state;
	struct ticket ticket;
	enum ticket_verdict verdict;
};

static const char *verdict_words(enum ticket_verdict v)
{
	return v == TICKET_EXPIRED ? "ticket too old" : v == TICKET_WRONG_HOST ? "ticket of another host name" :
		"ticket of another browser";
}

static bool write_taking(struct db *w, void *arg, struct error *err)
{
	struct taking *t = arg;
	struct audit_entry e;

	if (!ticket_use(w, t->rq->arena, request_arg(t->rq, "ticket"), t->rq->host, t->state, &t->ticket,
		&t->verdict,
		err))
		return false;
	if (t->verdict == TICKET_GOOD || t->verdict == TICKET_UNKNOWN)
		return true;
	e = audit_entry(t->rq, "sign-in.failed", t->ticket.account_id, verdict_words(t->verdict));
	e.account = NULL;
	e.login = NULL;
	return audit_write(w, &e, err);
}

bool handover_take(struct request *rq, struct response *rs, struct error *err)
{
	const char *secret = request_cookie(rq, COOKIE);
	struct taking t = { .rq = rq };
	struct account *account;
	char state[65];

	if (rq->account) /* the address of before, gone back to */
		return response_redirect(rs, signin_next(rq, request_arg(rq, "next")));
	if (is_hex(secret)) {
		sha256_hex(secret, 64, state);
		t.state = state;
	}
	/* Asking with HEAD uses nothing up. */
	if (rq->method != HTTP_HEAD && !request_write(rq, write_taking, &t, err))
		return false;
	if (t.verdict != TICKET_GOOD || rq->method == HTTP_HEAD)
		return error_set(err, ERROR_INVALID, "This sign-in took too long, or was begun in another browser. "
			"Please sign in "
			"again.");
	if (!account_get(rq->db, rq->arena, t.ticket.account_id, &account, err))
		return false;
	if (account->disabled_us)
		return error_set(err, ERROR_INVALID, "This sign-in has ended meanwhile. Please sign in again.");
	cookie_set(rs, COOKIE, "", 0);
	return signin_open(rq, rs, account, "ticket", t.ticket.family, t.ticket.second_factor, request_arg(rq,
		"next"), err);
}
