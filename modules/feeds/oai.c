/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OAI-PMH 2.0: library catalogues take the metadata of what is public, and learn
 * what is public no more. At the network's own host all of it, in a space its own. */
#include "oai_args.h"

#define NS_OAI "http://www.openarchives.org/OAI/2.0/"
#define NS_OAI_DC "http://www.openarchives.org/OAI/2.0/oai_dc/"
#define NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define SCHEMA_OAI "http://www.openarchives.org/OAI/2.0/OAI-PMH.xsd"
#define SCHEMA_OAI_DC "http://www.openarchives.org/OAI/2.0/oai_dc.xsd"

enum argument { VERB, IDENTIFIER, PREFIX, FROM, UNTIL, SET, TOKEN, ARGUMENTS };
static const char *const argument_names[ARGUMENTS] = { "verb", "identifier", "metadataPrefix", "from", "until", "set",
	"resumptionToken" };

struct harvesting {
	struct request *rq;
	struct xml x;
	const char *given[ARGUMENTS];
	const char *space;     /* the request's, or NULL: the network */
	const struct verb *verb;
};

struct verb {
	const char *name;
	unsigned may, must;    /* bits of arguments, besides VERB; a token stands alone */
	bool (*run)(struct harvesting *o, struct error *err);
};

/* ---- errors: part of the protocol, so HTTP's status stays 200 ---- */

static bool problem(struct harvesting *o, const char *code, const char *text)
{
	xml_open(&o->x, "error");
	xml_attr(&o->x, "code", code);
	xml_put(&o->x, text);
	xml_close(&o->x);
	return true;
}

static const char *base_url(const struct harvesting *o)
{
	return page_absolute(o->rq, url_path(o->rq->arena, "%b/oai", o->rq->base));
}

/* What was asked is told again, unless it could not be understood. */
static void put_request(struct harvesting *o, bool understood)
{
	xml_open(&o->x, "request");
	for (int i = 0; i < ARGUMENTS && understood; i++)
		xml_attr(&o->x, argument_names[i], o->given[i]);
	xml_put(&o->x, base_url(o));
	xml_close(&o->x);
}

/* ---- Identify ---- */

static const char *admin_email(struct request *rq)
{
	const char *email = options_string(rq->engine->options, "oai-admin-email");
	json_t *details = rq->space->details_json && !*email ? json_loads(rq->space->details_json, 0, NULL) : NULL;
	const json_t *contact;
	size_t i;

	if (!*email)
		email = NULL;
	json_array_foreach(json_object_get(details, "contacts"), i, contact)
		if (!email)
			email = json_string_value(json_object_get(contact, "email"));
	email = arena_strdup(rq->arena, email);
	json_decref(details);
	return email ? email : arena_printf(rq->arena, "postmaster@%s", *rq->host ? rq->host : "localhost");
}

static bool identify(struct harvesting *o, struct error *err)
{
	struct request *rq = o->rq;
	const char *name = options_string(rq->engine->options, "oai-name");
	int64_t earliest;

	if (!harvest_earliest(rq->db, &earliest, err))
		return false;
	put_request(o, true);
	xml_open(&o->x, "Identify");
	xml_leaf(&o->x, "repositoryName", *name && !o->space ? name : rq->space->name);
	xml_leaf(&o->x, "baseURL", base_url(o));
	xml_leaf(&o->x, "protocolVersion", "2.0");
	xml_leaf(&o->x, "adminEmail", admin_email(rq));
	xml_leaf(&o->x, "earliestDatestamp", moment_utc(rq->arena, earliest ? earliest : clock_now_us()));
	xml_leaf(&o->x, "deletedRecord", "persistent");
	xml_leaf(&o->x, "granularity", "YYYY-MM-DDThh:mm:ssZ");
	xml_leaf(&o->x, "compression", "gzip");
	xml_close(&o->x);
	return true;
}

/* ---- items ---- */

/* The UUID of "urn:uuid:...", or NULL. */
static const char *id_of(const char *identifier)
{
	const char *id = strncmp(identifier, "urn:uuid:", 9) == 0 ? identifier + 9 : NULL;

	return id && id_valid(id) ? id : NULL;
}

static void put_header(struct harvesting *o, const struct harvest_item *item)
{
	struct arena *a = o->rq->arena;
	char *words = arena_strdup(a, item->strategies), *save = NULL;

	xml_open(&o->x, "header");
	xml_attr(&o->x, "status", item->deleted ? "deleted" : NULL);
	xml_leaf(&o->x, "identifier", arena_printf(a, "urn:uuid:%s", item->id));
	xml_leaf(&o->x, "datestamp", moment_utc(a, item->stamp_us));
	xml_leaf(&o->x, "setSpec", arena_printf(a, "type.%s", item->type));
	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w; w = strtok_r(NULL, " ", &save))
		xml_leaf(&o->x, "setSpec", arena_printf(a, "strategy.%s", w));
	if (item->space)
		xml_leaf(&o->x, "setSpec", arena_printf(a, "space.%s", item->space));
	xml_close(&o->x);
}

/* Dublin Core 1.1; docs/api.md has the table. */
static void put_dublin_core(struct harvesting *o, const struct cite *c)
{
	const struct record *r = c->record;
	struct xml *x = &o->x;

	xml_open(x, "oai_dc:dc");
	xml_attr(x, "xmlns:oai_dc", NS_OAI_DC);
	xml_attr(x, "xmlns:dc", "http://purl.org/dc/elements/1.1/");
	xml_attr(x, "xmlns:xsi", NS_XSI);
	xml_attr(x, "xsi:schemaLocation", NS_OAI_DC " " SCHEMA_OAI_DC);
	xml_leaf(x, "dc:title", r->title);
	for (size_t i = 0; i < c->n_authors; i++)
		xml_leaf(x, "dc:creator", c->authors[i].literal);
	for (size_t i = 0; i < r->n_subjects; i++)
		xml_leaf(x, "dc:subject", r->subjects[i]);
	xml_leaf(x, "dc:description", r->summary);
	xml_leaf(x, "dc:publisher", c->publisher);
	xml_leaf(x, "dc:date", c->date);
	xml_leaf(x, "dc:type", strcmp(c->type->datacite, "Event") == 0 ? "Event" : "Text");
	xml_leaf(x, "dc:type", c->genre);
	xml_leaf(x, "dc:format", "text/html");
	xml_leaf(x, "dc:identifier", c->page);
	xml_leaf(x, "dc:identifier", cite_doi_url(o->rq->arena, r).text);
	xml_leaf(x, "dc:source", c->container ? c->container : r->source_note);
	xml_leaf(x, "dc:language", r->language);
	if (!c->type->ours && strcmp(c->address, c->page) != 0)
		xml_leaf(x, "dc:relation", c->address);
	for (size_t i = 0; i < r->n_places; i++)
		xml_leaf(x, "dc:coverage", r->places[i].label);
	xml_leaf(x, "dc:rights", r->rights);
	xml_close(x);
}

static bool put_record(struct harvesting *o, const struct harvest_item *item, struct error *err)
{
	struct record *r = NULL;

	if (!item->deleted && !record_by_id(o->rq->db, o->rq->arena, item->id, &r, err))
		return false;
	xml_open(&o->x, "record");
	put_header(o, item);
	if (r) {
		xml_open(&o->x, "metadata");
		put_dublin_core(o, cite_make(o->rq, r));
		xml_close(&o->x);
	}
	xml_close(&o->x);
	return true;
}

static bool known_prefix(const struct harvesting *o)
{
	return strcmp(o->given[PREFIX], "oai_dc") == 0;
}

static bool no_prefix(struct harvesting *o)
{
	put_request(o, true);
	return problem(o, "cannotDisseminateFormat", "The only metadata format is oai_dc.");
}

static bool no_id(struct harvesting *o)
{
	put_request(o, true);
	return problem(o, "idDoesNotExist", "There is no such item.");
}

static bool get_record(struct harvesting *o, struct error *err)
{
	struct harvest_item *item = NULL;
	const char *id = id_of(o->given[IDENTIFIER]);

	if (!known_prefix(o))
		return no_prefix(o);
	if (id && !harvest_find(o->rq->db, o->rq->arena, id, o->space, &item, err))
		return false;
	if (!item)
		return no_id(o);
	put_request(o, true);
	xml_open(&o->x, "GetRecord");
	if (!put_record(o, item, err))
		return false;
	xml_close(&o->x);
	return true;
}

static bool list_formats(struct harvesting *o, struct error *err)
{
	struct harvest_item *item = NULL;
	const char *id = o->given[IDENTIFIER] ? id_of(o->given[IDENTIFIER]) : NULL;

	if (id && !harvest_find(o->rq->db, o->rq->arena, id, o->space, &item, err))
		return false;
	if (o->given[IDENTIFIER] && !item)
		return no_id(o);
	put_request(o, true);
	xml_open(&o->x, "ListMetadataFormats");
	xml_open(&o->x, "metadataFormat");
	xml_leaf(&o->x, "metadataPrefix", "oai_dc");
	xml_leaf(&o->x, "schema", SCHEMA_OAI_DC);
	xml_leaf(&o->x, "metadataNamespace", NS_OAI_DC);
	xml_close(&o->x);
	xml_close(&o->x);
	return true;
}

/* ---- sets ---- */

static void put_set(struct harvesting *o, const char *spec, const char *name)
{
	xml_open(&o->x, "set");
	xml_leaf(&o->x, "setSpec", spec);
	xml_leaf(&o->x, "setName", name);
	xml_close(&o->x);
}

static bool list_sets(struct harvesting *o, struct error *err)
{
	struct request *rq = o->rq;
	const char **strategies;
	struct space *spaces;
	size_t n_strategies, n_spaces;

	if (o->given[TOKEN]) { /* the list is never cut */
		put_request(o, true);
		return problem(o, "badResumptionToken", "This token was not given here.");
	}
	if (!harvest_strategies(rq->db, rq->arena, &strategies, &n_strategies, err) ||
		!space_list(rq->db, rq->arena, &spaces, &n_spaces, err))
		return false;
	put_request(o, true);
	xml_open(&o->x, "ListSets");
	for (const struct record_type *const *t = rq->engine->types; *t; t++)
		put_set(o, arena_printf(rq->arena, "type.%s", (*t)->name), arena_printf(rq->arena, "Type: %s", (*t)->label_plural));
	for (size_t i = 0; i < n_strategies; i++)
		put_set(o, arena_printf(rq->arena, "strategy.%s", strategies[i]), arena_printf(rq->arena, "Strategy: %s",
			page_strategy_name(strategies[i])));
	for (size_t i = 0; i < n_spaces; i++)
		if (spaces[i].audience == AUDIENCE_PUBLIC && (!o->space || strcmp(o->space, spaces[i].slug) == 0))
			put_set(o, arena_printf(rq->arena, "space.%s", spaces[i].slug), arena_printf(rq->arena, "Space: %s",
				spaces[i].name));
	xml_close(&o->x);
	return true;
}

/* ---- lists ---- */

static bool bad_argument(struct harvesting *o, const char *text)
{
	put_request(o, false);
	return problem(o, "badArgument", text);
}

static bool read_bound(const char *text, bool end, int64_t *us, int *granularity)
{
	bool day;

	if (!text)
		return true;
	if (!oai_date_read(text, end, us, &day) || (*granularity && *granularity != 1 + day))
		return false;
	*granularity = 1 + day;
	return true;
}

/* Fills t from the arguments, or tells what is wrong with them; *told then. */
static void read_list(struct harvesting *o, struct oai_token *t, bool *told)
{
	struct harvest *h = &t->harvest;
	int granularity = 0;

	*told = true;
	memset(t, 0, sizeof *t);
	if (o->given[TOKEN]) {
		*told = !oai_token_read(o->rq->arena, o->given[TOKEN], t);
		if (*told) {
			put_request(o, true);
			problem(o, "badResumptionToken", "This token was not given here, or it was damaged on the way.");
		}
	} else if (!known_prefix(o)) {
		no_prefix(o);
	} else if (!read_bound(o->given[FROM], false, &h->from_us, &granularity) ||
		!read_bound(o->given[UNTIL], true, &h->until_us, &granularity)) {
		bad_argument(o, "from and until are both YYYY-MM-DD, or both YYYY-MM-DDThh:mm:ssZ.");
	} else if (o->given[FROM] && o->given[UNTIL] && h->from_us > h->until_us) {
		bad_argument(o, "from is later than until.");
	} else if (o->given[SET] && !oai_set_read(o->rq->arena, o->given[SET], h)) {
		bad_argument(o, "A set is type.NAME, strategy.NAME or space.NAME; ListSets lists them.");
	} else {
		*told = false;
	}
}

static void put_token(struct harvesting *o, const struct oai_token *t, const struct harvest_item *last, size_t n)
{
	struct oai_token next = *t;

	if (!last && t->cursor == 0)
		return; /* all in one answer */
	xml_open(&o->x, "resumptionToken");
	xml_attr(&o->x, "completeListSize", arena_printf(o->rq->arena, "%lld", (long long)t->total));
	xml_attr(&o->x, "cursor", arena_printf(o->rq->arena, "%lld", (long long)t->cursor));
	if (last) {
		next.cursor += (int64_t)n;
		next.harvest.after_us = last->stamp_us;
		next.harvest.after_id = last->id;
		xml_put(&o->x, oai_token_make(o->rq->arena, &next));
	}
	xml_close(&o->x);
}

static bool list(struct harvesting *o, bool whole, struct error *err)
{
	struct request *rq = o->rq;
	struct harvest_item *items = NULL;
	struct oai_token t;
	size_t n = 0, page = (size_t)options_int(rq->engine->options, "oai-page-size");
	bool told;

	read_list(o, &t, &told);
	if (told)
		return true;
	struct harvest h = t.harvest;
	bool elsewhere = o->space && h.space && strcmp(o->space, h.space) != 0;
	h.limit = (int)page + 1;
	if (o->space)
		h.space = o->space;
	if (!elsewhere && (!harvest_list(rq->db, rq->arena, &h, &items, &n, err) ||
		(!o->given[TOKEN] && !harvest_count(rq->db, &h, &t.total, err))))
		return false;
	put_request(o, true);
	if (n == 0)
		return problem(o, "noRecordsMatch", "Nothing fits what was asked.");
	bool more = n > page;
	n = more ? page : n;
	xml_open(&o->x, whole ? "ListRecords" : "ListIdentifiers");
	for (size_t i = 0; i < n; i++) {
		if (!whole)
			put_header(o, &items[i]);
		else if (!put_record(o, &items[i], err))
			return false;
	}
	put_token(o, &t, more ? &items[n - 1] : NULL, n);
	xml_close(&o->x);
	return true;
}

static bool list_records(struct harvesting *o, struct error *err)
{
	return list(o, true, err);
}

static bool list_identifiers(struct harvesting *o, struct error *err)
{
	return list(o, false, err);
}

/* ---- the request ---- */

#define BIT(argument) (1u << (argument))

static const struct verb verbs[] = {
	{ "Identify", 0, 0, identify },
	{ "ListMetadataFormats", BIT(IDENTIFIER), 0, list_formats },
	{ "ListSets", BIT(TOKEN), 0, list_sets },
	{ "ListIdentifiers", BIT(PREFIX) | BIT(FROM) | BIT(UNTIL) | BIT(SET) | BIT(TOKEN), BIT(PREFIX), list_identifiers },
	{ "ListRecords", BIT(PREFIX) | BIT(FROM) | BIT(UNTIL) | BIT(SET) | BIT(TOKEN), BIT(PREFIX), list_records },
	{ "GetRecord", BIT(IDENTIFIER) | BIT(PREFIX), BIT(IDENTIFIER) | BIT(PREFIX), get_record },
};

/* False if one is unknown or stands twice. */
static bool read_arguments(struct harvesting *o, const struct pair *list, size_t n, unsigned *given)
{
	bool good = true;

	*given = 0;
	for (size_t i = 0; i < n; i++) {
		int k = 0;

		while (k < ARGUMENTS && strcmp(argument_names[k], list[i].name) != 0)
			k++;
		if (k == ARGUMENTS || (*given & BIT(k))) {
			if (k == VERB)
				o->given[VERB] = NULL; /* which of them is not ours to say */
			good = false;
			continue;
		}
		*given |= BIT(k);
		o->given[k] = list[i].value;
	}
	return good;
}

static bool answer(struct harvesting *o, struct error *err)
{
	struct request *rq = o->rq;
	bool posted = rq->method == HTTP_POST;
	unsigned given;
	bool good = read_arguments(o, posted ? rq->form : rq->query, posted ? rq->n_form : rq->n_query, &given);

	for (size_t i = 0; i < sizeof verbs / sizeof *verbs && o->given[VERB]; i++)
		if (strcmp(verbs[i].name, o->given[VERB]) == 0)
			o->verb = &verbs[i];
	if (!o->verb) {
		put_request(o, false);
		return problem(o, "badVerb", "The verb is missing, unknown or there twice.");
	}
	given &= ~BIT(VERB);
	if (!good || (given & ~o->verb->may))
		return bad_argument(o, "An argument is unknown, there twice or not one of this verb.");
	if ((given & BIT(TOKEN)) && given != BIT(TOKEN))
		return bad_argument(o, "A resumptionToken stands alone.");
	if (!(given & BIT(TOKEN)) && (o->verb->must & ~given))
		return bad_argument(o, "An argument that this verb needs is missing.");
	return o->verb->run(o, err);
}

bool oai(struct request *rq, struct response *rs, struct error *err)
{
	struct harvesting o = { .rq = rq };
	int64_t now = clock_now_us();

	if (!space_is_national(rq->space))
		o.space = rq->space->slug;
	rs->type = "text/xml; charset=utf-8";
	/* The answer tells its second. Within it, it may serve others too. */
	rs->cacheable = rq->method != HTTP_POST && rq->viewer->kind == VIEWER_NOBODY;
	rs->fresh_until_us = now + 1000000;
	xml_begin(&o.x, &rs->body);
	xml_open(&o.x, "OAI-PMH");
	xml_attr(&o.x, "xmlns", NS_OAI);
	xml_attr(&o.x, "xmlns:xsi", NS_XSI);
	xml_attr(&o.x, "xsi:schemaLocation", NS_OAI " " SCHEMA_OAI);
	xml_leaf(&o.x, "responseDate", moment_utc(rq->arena, now));
	if (!answer(&o, err))
		return false;
	xml_close(&o.x);
	xml_end(&o.x);
	return true;
}
