/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links of records, and the job that asks them from time to time. */
#include "media.h"
#include <ctype.h>
#include <pthread.h>
#include <stdatomic.h>

#define DAY_US (86400 * 1000000LL)
#define AT_ONCE 8
#define SCANNED_AT_ONCE 200
#define WAIT_MOST_US (30 * DAY_US)

const struct option_def media_options[] = {
	{ "link-check-ports", OPTION_LIST, "", 0, 0,
		"TCP ports on which the links of records are checked, as '80 443'; empty: links are not checked." },
	{ "link-check-interval", OPTION_DURATION, "1min", 200, 86400000,
		"How often up to eight links that are due are asked, each on a host of its own." },
	{ "link-check-every", OPTION_DURATION, "7d", 1000, 366LL * 86400000,
		"How long a link that answers is left alone." },
	{ "link-check-retry", OPTION_DURATION, "6h", 100, 30LL * 86400000,
		"How long after its first failure a link is asked again; doubled after each, at most 30 days." },
	{ "link-check-failures", OPTION_INT, "4", 1, 100, "After how many failures in a row a link is called broken." },
	{ "link-check-rot-after", OPTION_DURATION, "7d", 0, 366LL * 86400000,
		"How long a link must have failed besides, to be called broken." },
	{ "link-check-timeout", OPTION_DURATION, "20s", 100, 120000, "How long one link may take, redirects included." },
	{ "link-check-allow", OPTION_LIST, "", 0, 0,
		"Private networks that links may lead to all the same, as 192.0.2.0/24; none is the safe choice." },
	{ "link-check-skip", OPTION_LIST, "", 0, 0, "Hosts that are never asked, as example.org; hosts below them neither." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* ---- extracting ---- */

/* xmlns="http..." and xmlns:dc="http..." name a name space, not a page. */
static bool is_name_space(const char *start, const char *at)
{
	if (at - start < 2 || (at[-1] != '"' && at[-1] != '\'') || at[-2] != '=')
		return false;
	const char *p = at - 2;
	while (p > start && (isalnum((unsigned char)p[-1]) || strchr(":-_.", p[-1])))
		p--;
	return strncmp(p, "xmlns", 5) == 0;
}

/* The five entities of XML, of which an address has at most &amp;. */
static char *decoded(struct arena *a, const char *s, size_t n)
{
	char *out = arena_alloc(a, n + 1), *to = out;

	for (size_t i = 0; i < n;) {
		if (n - i >= 5 && strncmp(s + i, "&amp;", 5) == 0) {
			*to++ = '&';
			i += 5;
		} else {
			*to++ = s[i++];
		}
	}
	*to = '\0';
	return out;
}

static size_t address_length(const char *s, size_t room)
{
	size_t n = 0, open = 0, shut = 0;

	while (n < room && !isspace((unsigned char)s[n]) && !strchr("\"'<>", s[n]))
		n++;
	for (size_t i = 0; i < n; i++) {
		open += s[i] == '(';
		shut += s[i] == ')';
	}
	/* What ends a sentence, or the bracket that it stands in, is not the address's. */
	while (n > 0 && (strchr(".,;:!?", s[n - 1]) || (s[n - 1] == ')' && shut > open))) {
		if (s[n - 1] == ';' && n >= 5 && strncmp(s + n - 5, "&amp;", 5) == 0)
			break;
		shut -= s[n - 1] == ')';
		n--;
	}
	return n;
}

static size_t add_url(const char *urls[LINKS_MOST], size_t n, struct arena *a, const char *url)
{
	char *text = arena_strdup(a, url), *hash = strchr(text, '#');
	struct url u;

	if (hash) /* a place in a page is asked as the page */
		*hash = '\0';
	if (n == LINKS_MOST || strlen(text) > 2000 || !url_external(a, text, &u))
		return n;
	for (size_t i = 0; i < n; i++)
		if (strcmp(urls[i], text) == 0)
			return n;
	urls[n] = text;
	return n + 1;
}

size_t links_extract(struct arena *a, const char *xml, size_t n, const char *urls[LINKS_MOST])
{
	const char *end = xml + n;
	size_t found = 0;

	for (const char *p = xml; p < end; p++) {
		size_t left = (size_t)(end - p), length;

		if (*p == 'h' && left > 8 && (strncmp(p, "http://", 7) == 0 || strncmp(p, "https://", 8) == 0)) {
			length = address_length(p, left);
			if (!is_name_space(xml, p))
				found = add_url(urls, found, a, decoded(a, p, length));
			p += length - 1;
		} else if (*p == '<' && left > 5 && strncmp(p, "<doi>", 5) == 0) {
			p += 5;
			while (p < end && isspace((unsigned char)*p))
				p++;
			length = address_length(p, (size_t)(end - p));
			found = add_url(urls, found, a, arena_printf(a, "https://doi.org/%s", decoded(a, p, length)));
			p += length ? length - 1 : 0;
		}
	}
	return found;
}

const char *link_host(struct arena *a, const char *url)
{
	const char *start = strstr(url, "://");
	char *host;

	if (!start)
		return "";
	host = arena_strndup(a, start + 3, strcspn(start + 3, "/?#"));
	if (*host == '[')
		host[strcspn(host, "]") + (strchr(host, ']') ? 1 : 0)] = '\0';
	else
		host[strcspn(host, ":")] = '\0';
	for (char *c = host; *c; c++)
		*c = (char)tolower((unsigned char)*c);
	return host;
}

/* ---- judging ---- */

/* Says that something is there, be it only for others. */
static bool is_answer(const struct fetch_answer *a)
{
	return (a->status >= 200 && a->status < 400) || a->status == 401 || a->status == 402 || a->status == 403 ||
		a->status == 405 || a->status == 406 || a->status == 451;
}

void link_judge(const struct link_rule *rule, const struct fetch_answer *a, int64_t now_us, struct link_status *s)
{
	int64_t wait = rule->retry_us;

	if (is_answer(a)) {
		*s = (struct link_status){ LINK_GOOD, 0, 0, now_us + rule->every_us };
		return;
	}
	/* Come back later: says nothing of the page. */
	if (a->status == 429 || (a->status == 503 && a->retry_after_s)) {
		int64_t asked = a->retry_after_s < WAIT_MOST_US / 1000000 ? a->retry_after_s * 1000000 : WAIT_MOST_US;

		s->due_us = now_us + (asked > wait ? asked : wait);
		return;
	}
	s->failures++;
	if (!s->failing_since_us)
		s->failing_since_us = now_us;
	for (int i = 1; i < s->failures && wait < WAIT_MOST_US; i++)
		wait *= 2;
	s->due_us = now_us + (wait < WAIT_MOST_US ? wait : WAIT_MOST_US);
	s->state = s->failures >= rule->failures && now_us - s->failing_since_us >= rule->rot_after_us ? LINK_ROTTEN :
		s->state == LINK_ROTTEN ? LINK_ROTTEN : LINK_FAILING;
}

/* ---- the job ---- */

/* The content generation of which every record was looked at for links. */
static atomic_llong scanned;

struct work {
	struct engine *engine;
	struct arena *arena;
	struct fetch_policy policy;
	struct network_range *allowed;
	unsigned short *ports;
	size_t n_allowed, n_ports;
	const char *bad;           /* a word of an option that is no network or port */
	const char **skip;
	size_t n_skip;
	struct link_row *due;
	size_t n_due, n_scanned;
	bool scan;                 /* content changed since the last look */
	struct ask {
		const struct fetch_policy *policy;
		struct link_row *row;
		struct fetch_answer answer;
		pthread_t thread;
		bool started, skipped;
	} asks[AT_ONCE];
	size_t n_asks;
};

#define WORDS_MOST 64

static void add_network(const char *word, void *arg)
{
	struct work *w = arg;

	if (w->n_allowed < WORDS_MOST && network_parse(word, &w->allowed[w->n_allowed]))
		w->n_allowed++;
	else
		w->bad = word;
}

static void add_port(const char *word, void *arg)
{
	struct work *w = arg;
	long port = strtol(word, NULL, 10);

	if (w->n_ports < WORDS_MOST && port > 0 && port < 65536)
		w->ports[w->n_ports++] = (unsigned short)port;
	else
		w->bad = word;
}

static void add_skip(const char *word, void *arg)
{
	struct work *w = arg;

	if (w->n_skip < WORDS_MOST)
		w->skip[w->n_skip++] = arena_strdup(w->arena, word);
}

static bool is_stopping(void *arg)
{
	struct engine *e = arg;

	return atomic_load(&e->stopping);
}

static void read_options(struct work *w)
{
	const struct options *o = w->engine->options;
	const char *origin = options_string(o, "public-origin");

	w->allowed = arena_array(w->arena, WORDS_MOST, sizeof *w->allowed);
	w->ports = arena_array(w->arena, WORDS_MOST, sizeof *w->ports);
	w->skip = arena_array(w->arena, WORDS_MOST, sizeof *w->skip);
	options_each(o, "link-check-allow", add_network, w);
	options_each(o, "link-check-ports", add_port, w);
	options_each(o, "link-check-skip", add_skip, w);
	w->policy = (struct fetch_policy){ w->allowed, w->n_allowed, w->ports, w->n_ports,
		arena_printf(w->arena, "Commonweal/%s (link check%s%s)", PACKAGE_VERSION, *origin ? "; +" : "", origin),
		options_int(o, "link-check-timeout"), is_stopping, w->engine };
}

static bool read_due(struct db *db, void *arg, struct error *err)
{
	struct work *w = arg;

	return (!w->scan || links_scan(db, w->arena, SCANNED_AT_ONCE, &w->n_scanned, err)) &&
		links_due(db, w->arena, AT_ONCE * 8, &w->due, &w->n_due, err);
}

static bool is_skipped(const struct work *w, const char *host)
{
	size_t n = strlen(host);

	for (size_t i = 0; i < w->n_skip; i++) {
		size_t m = strlen(w->skip[i]);

		if (m <= n && text_equal_nocase(host + n - m, w->skip[i]) && (m == n || host[n - m - 1] == '.'))
			return true;
	}
	return false;
}

/* One request at a time to a host: its other links wait for the next round. */
static void choose(struct work *w)
{
	const char *hosts[AT_ONCE];
	size_t n = 0;

	for (size_t i = 0; i < w->n_due && n < AT_ONCE; i++) {
		const char *host = link_host(w->arena, w->due[i].url);
		bool taken = false;

		for (size_t k = 0; k < n; k++)
			taken = taken || strcmp(hosts[k], host) == 0;
		if (taken)
			continue;
		w->asks[n].policy = &w->policy;
		w->asks[n].row = &w->due[i];
		hosts[n++] = host;
	}
	w->n_asks = n;
}

static void *ask_main(void *arg)
{
	struct ask *ask = arg;

	link_fetch(ask->policy, ask->row->url, &ask->answer);
	return NULL;
}

static bool ask_all(struct work *w)
{
	bool visible = false;
	struct options *o = w->engine->options;
	struct link_rule rule = { options_int(o, "link-check-every") * 1000, options_int(o, "link-check-retry") * 1000,
		options_int(o, "link-check-rot-after") * 1000, (int)options_int(o, "link-check-failures") };

	for (size_t i = 0; i < w->n_asks; i++) {
		struct ask *ask = &w->asks[i];

		ask->skipped = is_skipped(w, link_host(w->arena, ask->row->url));
		ask->started = !ask->skipped && pthread_create(&ask->thread, NULL, ask_main, ask) == 0;
		if (!ask->skipped && !ask->started)
			ask_main(ask);
	}
	for (size_t i = 0; i < w->n_asks; i++) {
		struct ask *ask = &w->asks[i];
		struct link_row *row = ask->row;
		struct link_status s = { row->state, row->failures, row->failing_since_us, 0 };
		int64_t now;

		if (ask->started)
			pthread_join(ask->thread, NULL);
		now = clock_now_us();
		if (ask->skipped) {
			row->due_us = now + rule.every_us;
			continue;
		}
		link_judge(&rule, &ask->answer, now, &s);
		visible = visible || (s.state == LINK_ROTTEN) != (row->state == LINK_ROTTEN) || s.state == LINK_ROTTEN;
		row->state = s.state;
		row->failures = s.failures;
		row->failing_since_us = s.failing_since_us;
		row->due_us = s.due_us;
		row->checked_us = now;
		row->good_us = s.state == LINK_GOOD ? now : row->good_us;
		row->status = ask->answer.status;
		row->words = ask->answer.words[0] ? ask->answer.words : NULL;
	}
	return visible;
}

static bool save_all(struct db *db, void *arg, struct error *err)
{
	struct work *w = arg;

	for (size_t i = 0; i < w->n_asks; i++)
		if (!link_save(db, w->asks[i].row, err))
			return false;
	return true;
}

/* Records are looked at again only after a change of content. */
static bool look_for_changes(struct work *w, struct db *db, int64_t *generation, struct error *err)
{
	if (!db_begin(db, &viewer_system, err))
		return false;
	*generation = db_generation(db, err);
	db_end(db);
	w->scan = *generation != atomic_load(&scanned);
	return *generation > 0;
}

static enum job_result run_links(struct engine *e, struct db *db, const struct job_row *job, struct error *err)
{
	struct work w = { .engine = e, .arena = arena_create() };
	int64_t generation = 0;
	bool ok = true;

	(void)job;
	read_options(&w);
	if (w.bad)
		ok = error_set(err, ERROR_INVALID, "link-check-ports or link-check-allow has the word '%.60s', which is no port or "
			"network.", w.bad);
	else if (w.n_ports)
		ok = look_for_changes(&w, db, &generation, err) &&
			store_write_aside(e->store, &viewer_system, read_due, &w, err);
	if (ok && w.scan && w.n_scanned < SCANNED_AT_ONCE)
		atomic_store(&scanned, generation);
	if (ok && w.n_due) {
		choose(&w);
		bool visible = ask_all(&w);

		/* What a stop interrupted says nothing of the links. */
		if (!is_stopping(e))
			ok = visible ? store_write(e->store, &viewer_system, save_all, &w, err) :
				store_write_aside(e->store, &viewer_system, save_all, &w, err);
	}
	arena_destroy(w.arena);
	return ok ? JOB_GOOD : JOB_AGAIN;
}

const struct job_kind media_jobs[] = {
	{ "links", 0, "link-check-interval", run_links },
	{ NULL, 0, NULL, NULL }
};
