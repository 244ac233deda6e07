/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is asking, and the one place where access is decided. */
#include "viewer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct viewer viewer_nobody = { .kind = VIEWER_NOBODY };
const struct viewer viewer_system = { .kind = VIEWER_SYSTEM };

static const char *const audience_names[] = {
	[AUDIENCE_PUBLIC] = "public",
	[AUDIENCE_NETWORK] = "network",
	[AUDIENCE_SPACE] = "space",
	[AUDIENCE_RESTRICTED] = "restricted",
};

static const char *const role_words[][2] = {
	[ROLE_READER] = { "reader", "reader" },
	[ROLE_CONTRIBUTOR] = { "contributor", "contributor" },
	[ROLE_EDITOR] = { "editor", "editor" },
	[ROLE_SPACE_ADMIN] = { "space-admin", "space admin" },
};

const char *role_word(enum role role)
{
	return role >= ROLE_READER && role <= ROLE_SPACE_ADMIN ? role_words[role][0] : "";
}

const char *role_label(enum role role)
{
	return role >= ROLE_READER && role <= ROLE_SPACE_ADMIN ? role_words[role][1] : "";
}

enum role role_parse(const char *word)
{
	for (enum role r = ROLE_READER; word && r <= ROLE_SPACE_ADMIN; r++)
		if (strcmp(word, role_words[r][0]) == 0)
			return r;
	return ROLE_UNDECLARED;
}

enum audience audience_parse(const char *name)
{
	if (name)
		for (int i = AUDIENCE_PUBLIC; i <= AUDIENCE_RESTRICTED; i++)
			if (strcmp(name, audience_names[i]) == 0)
				return i;
	return AUDIENCE_NONE;
}

const char *audience_name(enum audience a)
{
	return a >= AUDIENCE_PUBLIC && a <= AUDIENCE_RESTRICTED ? audience_names[a] : "";
}

void scope_token(enum audience audience, const char *space_id, const char *record_id,
	char out[SCOPE_SIZE])
{
	switch (audience) {
	case AUDIENCE_PUBLIC:
		snprintf(out, SCOPE_SIZE, "public");
		return;
	case AUDIENCE_NETWORK:
		snprintf(out, SCOPE_SIZE, "network");
		return;
	case AUDIENCE_SPACE:
		snprintf(out, SCOPE_SIZE, "s:%s", space_id);
		return;
	case AUDIENCE_RESTRICTED:
		snprintf(out, SCOPE_SIZE, "r:%s", record_id);
		return;
	case AUDIENCE_NONE:
		break;
	}
	abort(); /* a record without an audience must not exist */
}

void viewer_scopes(const struct viewer *v, void (*fn)(const char *token, void *arg), void *arg)
{
	static const struct {
		enum role role;
		char letter;
	} by_role[] = { { ROLE_READER, 's' }, { ROLE_CONTRIBUTOR, 'c' }, { ROLE_EDITOR, 'e' }, { ROLE_SPACE_ADMIN, 'm' } };
	char token[SCOPE_SIZE];

	if (v->kind == VIEWER_SYSTEM)
		return;
	fn("public", arg);
	if (v->kind != VIEWER_ACCOUNT)
		return;
	/* Network: any member of any space, not just anyone with an account. */
	if (v->n_memberships > 0 || v->network_admin)
		fn("network", arg);
	if (v->network_admin)
		fn("admin", arg);
	snprintf(token, sizeof token, "a:%s", v->account_id);
	fn(token, arg);
	for (size_t i = 0; i < v->n_memberships; i++) {
		const struct membership *m = &v->memberships[i];

		for (size_t k = 0; k < sizeof by_role / sizeof *by_role; k++) {
			if (m->role < by_role[k].role)
				continue;
			snprintf(token, sizeof token, "%c:%s", by_role[k].letter, m->space_id);
			fn(token, arg);
		}
	}
}

bool viewer_has_role(const struct viewer *v, const char *space_id, enum role role)
{
	if (role == ROLE_UNDECLARED)
		return false;
	if (role == ROLE_ANYONE)
		return true;
	if (v->kind != VIEWER_ACCOUNT || role == ROLE_OPERATOR)
		return false;
	if (v->network_admin || role == ROLE_SIGNED_IN)
		return true;
	if (role == ROLE_NETWORK_ADMIN || !space_id)
		return false;
	for (size_t i = 0; i < v->n_memberships; i++)
		if (strcmp(v->memberships[i].space_id, space_id) == 0)
			return v->memberships[i].role >= role;
	return false;
}

bool viewer_is_member(const struct viewer *v, const char *space_id)
{
	for (size_t i = 0; i < v->n_memberships; i++)
		if (strcmp(v->memberships[i].space_id, space_id) == 0)
			return true;
	return false;
}

bool viewer_has_role_anywhere(const struct viewer *v, enum role role)
{
	for (size_t i = 0; i < v->n_memberships; i++)
		if (v->memberships[i].role >= role)
			return true;
	return false;
}

bool viewer_may_write(const struct viewer *v, const char *space_id)
{
	return v->kind == VIEWER_SYSTEM || viewer_has_role(v, space_id, ROLE_CONTRIBUTOR);
}

bool viewer_may_publish(const struct viewer *v, const char *space_id, enum audience audience,
	const char *national_id)
{
	bool wide = audience == AUDIENCE_PUBLIC || audience == AUDIENCE_NETWORK;

	if (audience == AUDIENCE_NONE)
		return false;
	return v->kind == VIEWER_SYSTEM || viewer_has_role(v, wide ? national_id : space_id, ROLE_EDITOR);
}
