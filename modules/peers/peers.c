/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Peers: jurisdictions like one's own. */
#include "peers.h"

static const struct route routes[] = {
	{ HTTP_GET, "/peers", ROLE_READER, 0, peers_params, peers_page, "Similar jurisdictions, with reasons" },
	{ HTTP_GET, "/peers/about-us", ROLE_EDITOR, 0, NULL, about_page, "Form for what a jurisdiction says of "
	"itself" },
	{ HTTP_POST, "/peers/about-us", ROLE_EDITOR, ROUTE_KEEPS_FORM, NULL, about_save,
	"Save what a jurisdiction says of itself" },
	{ HTTP_GET, "/peers/list", ROLE_READER, 0, done_params, saved_page, "One's list of peers" },
	{ HTTP_POST, "/peers/list", ROLE_READER, ROUTE_KEEPS_FORM, NULL, saved_add,
	"Add a jurisdiction to one's list" },
	{ HTTP_POST, "/peers/list/{id:id}", ROLE_READER, ROUTE_KEEPS_FORM, NULL, saved_change,
	"Change a note on one's list" },
	{ HTTP_POST, "/peers/list/{id:id}/remove", ROLE_READER, 0, NULL, saved_remove,
	"Remove a jurisdiction from one's list" },
	{ HTTP_GET, "/peers/{slug:slug}", ROLE_READER, 0, NULL, peer_page, "One jurisdiction beside one's own" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module peers_module = { .name = "peers", .migrations = peers_migrations, .views = peers_views,
	.routes = routes,
	.record = about_facts, .purge_space = peers_purge };
