/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Citations, feeds, site maps and harvesting: routes and options. */
#include "feeds.h"

static const struct option_def options[] = {
	{ "feed-page-size", OPTION_INT, "50", 1, 500, "Entries in one page of an Atom feed." },
	{ "oai-admin-email", OPTION_STRING, "", 0, 0,
		"Whom operators of library catalogues write to; empty for the first contact of the space." },
	{ "oai-name", OPTION_STRING, "", 0, 0,
		"Name of the repository for library catalogues; empty for the name of the national space." },
	{ "oai-page-size", OPTION_INT, "100", 1, 1000, "Records in one answer to a harvester." },
	{ "sitemap-page-size", OPTION_INT, "50000", 1, 50000, "Addresses in one part of the site map." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/cite.bib", ROLE_ANYONE, 0, NULL, cite_page_bib, "A record's citation for BibTeX" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/cite.ris", ROLE_ANYONE, 0, NULL, cite_page_ris, "The same as RIS" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/cite.json", ROLE_ANYONE, 0, NULL, cite_page_csl, "The same as CSL-JSON" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/cite.jsonld", ROLE_ANYONE, 0, NULL, cite_page_jsonld,
		"The same in the words of schema.org" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/cite.datacite.xml", ROLE_ANYONE, 0, NULL, cite_page_datacite,
		"DataCite metadata of a record that has a DOI" },
	{ HTTP_GET, "/{plural:slug}/{slug:slug}/linkset.json", ROLE_ANYONE, 0, NULL, cite_page_linkset,
		"Typed links of a record" },
	{ HTTP_GET, "/feed.atom", ROLE_ANYONE, 0, atom_params, feed_atom, "What is new and changed" },
	{ HTTP_GET, "/search.atom", ROLE_ANYONE, 0, atom_search_params, feed_search_atom, "A search as a feed" },
	{ HTTP_GET, "/opensearch.xml", ROLE_ANYONE, 0, NULL, feed_opensearch, "How browsers search here" },
	{ HTTP_GET, "/sitemap.xml", ROLE_ANYONE, 0, sitemap_params, sitemap, "Site map for crawlers" },
	{ HTTP_GET, "/oai", ROLE_ANYONE, 0, NULL, oai, "Harvesting by library catalogues" },
	{ HTTP_POST, "/oai", ROLE_ANYONE, ROUTE_NO_CSRF, NULL, oai, "The same by a form; it changes nothing" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module feeds_module = { .name = "feeds", .routes = routes, .options = options };
