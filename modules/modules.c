/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every feature of the server. Order is the order of start. */
#include "module.h"

extern const struct module home_module;
extern const struct module library_module;
extern const struct module events_module;
extern const struct module evidence_module;
extern const struct module exchange_module;
extern const struct module feeds_module;
extern const struct module files_module;
extern const struct module groups_module;
extern const struct module jurisdictions_module;
extern const struct module media_module;
extern const struct module metrics_module;
extern const struct module people_module;
extern const struct module peers_module;
extern const struct module help_module;
extern const struct module plans_module;
extern const struct module mine_module;
extern const struct module api_module;
extern const struct module account_module;
extern const struct module admin_module;
extern const struct module publishing_module;
extern const struct module editor_module;
extern const struct module sessions_module;

const struct module *const modules[] = {
	&home_module,
	&library_module,
	&events_module,
	&evidence_module,
	&exchange_module,
	&feeds_module,
	&files_module,
	&groups_module,
	&jurisdictions_module,
	&media_module,
	&metrics_module,
	&people_module,
	&peers_module,
	&help_module,
	&plans_module,
	&mine_module,
	&api_module,
	&account_module,
	&admin_module,
	&publishing_module,
	&editor_module,
	&sessions_module,
	NULL
};
