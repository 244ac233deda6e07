/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every feature of the server. Order is the order of start. */
#include "module.h"

extern const struct module home_module, library_module, events_module, jurisdictions_module, api_module,
	account_module, admin_module, publishing_module;

const struct module *const modules[] = {
	&home_module, &library_module, &events_module, &jurisdictions_module, &api_module, &account_module, &admin_module,
	&publishing_module,
	NULL
};
