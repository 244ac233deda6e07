/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "viewer.h"
#include "unit.h"

#define OHIO "01890000-0000-7000-8000-00000000000a"
#define IOWA "01890000-0000-7000-8000-00000000000b"
#define RECORD "01890000-0000-7000-8000-00000000000c"

static const struct membership reader[] = { { OHIO, ROLE_READER } };
static const struct membership mixed[] = { { OHIO, ROLE_EDITOR }, { IOWA, ROLE_READER } };
static const struct viewer stranger = { .kind = VIEWER_ACCOUNT, .account_id = "x" };
static const struct viewer member = { .kind = VIEWER_ACCOUNT, .account_id = "x", .memberships = reader,
	.n_memberships = 1 };
static const struct viewer editor = { .kind = VIEWER_ACCOUNT, .account_id = "x", .memberships = mixed,
	.n_memberships = 2 };
static const struct viewer admin = { .kind = VIEWER_ACCOUNT, .account_id = "x", .network_admin = true };

static void join(const char *token, void *arg)
{
	strcat(strcat(arg, token), " ");
}

static const char *scopes(const struct viewer *v)
{
	static char text[500];

	text[0] = '\0';
	viewer_scopes(v, join, text);
	return text;
}

static void scopes_of_viewers(void)
{
	CHECK_TEXT(scopes(&viewer_nobody), "public ");
	CHECK_TEXT(scopes(&viewer_system), ""); /* reads nothing through views */
	CHECK_TEXT(scopes(&stranger), "public a:x "); /* an account alone is no member of the network */
	CHECK_TEXT(scopes(&member), "public network a:x s:" OHIO " ");
	CHECK_TEXT(scopes(&editor), "public network a:x s:" OHIO " c:" OHIO " e:" OHIO " s:" IOWA " ");
	CHECK_TEXT(scopes(&admin), "public network admin a:x ");
	/* A nobody's memberships do not count. */
	struct viewer odd = member;
	odd.kind = VIEWER_NOBODY;
	CHECK_TEXT(scopes(&odd), "public ");
	static const struct membership none[] = { { OHIO, ROLE_ANYONE } };
	odd = member;
	odd.memberships = none;
	CHECK_LACKS(scopes(&odd), "s:");
}

static void tokens(void)
{
	char token[SCOPE_SIZE];

	scope_token(AUDIENCE_PUBLIC, OHIO, RECORD, token);
	CHECK_TEXT(token, "public");
	scope_token(AUDIENCE_NETWORK, OHIO, RECORD, token);
	CHECK_TEXT(token, "network");
	scope_token(AUDIENCE_SPACE, OHIO, RECORD, token);
	CHECK_TEXT(token, "s:" OHIO);
	scope_token(AUDIENCE_RESTRICTED, OHIO, RECORD, token);
	CHECK_TEXT(token, "r:" RECORD);
}

static void publishing(void)
{
	static const struct membership national[] = { { IOWA, ROLE_EDITOR } };
	struct viewer staff = { .kind = VIEWER_ACCOUNT, .account_id = "y", .memberships = national, .n_memberships = 1 };

	CHECK(viewer_may_publish(&editor, OHIO, AUDIENCE_SPACE, IOWA));
	CHECK(viewer_may_publish(&editor, OHIO, AUDIENCE_RESTRICTED, IOWA));
	CHECK(!viewer_may_publish(&editor, OHIO, AUDIENCE_PUBLIC, IOWA));
	CHECK(!viewer_may_publish(&editor, OHIO, AUDIENCE_NETWORK, IOWA));
	CHECK(viewer_may_publish(&staff, OHIO, AUDIENCE_PUBLIC, IOWA));
	CHECK(!viewer_may_publish(&staff, OHIO, AUDIENCE_SPACE, IOWA));
	CHECK(!viewer_may_publish(&member, OHIO, AUDIENCE_SPACE, IOWA));
	CHECK(!viewer_may_publish(&viewer_nobody, OHIO, AUDIENCE_PUBLIC, IOWA));
	CHECK(!viewer_may_publish(&viewer_system, OHIO, AUDIENCE_NONE, IOWA));
	CHECK(viewer_may_publish(&viewer_system, OHIO, AUDIENCE_PUBLIC, IOWA));
}

static void membership(void)
{
	CHECK(viewer_is_member(&member, OHIO) && viewer_is_member(&editor, IOWA));
	CHECK(!viewer_is_member(&member, IOWA) && !viewer_is_member(&stranger, OHIO));
	CHECK(!viewer_is_member(&admin, OHIO)); /* has every right, but belongs nowhere */
	CHECK(viewer_has_role_anywhere(&editor, ROLE_EDITOR) && !viewer_has_role_anywhere(&member, ROLE_EDITOR));
	CHECK(!viewer_has_role_anywhere(&admin, ROLE_READER) && !viewer_has_role_anywhere(&viewer_nobody, ROLE_READER));
}

static void no_audience(void *arg)
{
	scope_token(AUDIENCE_NONE, OHIO, RECORD, arg);
}

static void audiences(void)
{
	static const char *const names[] = { "public", "network", "space", "restricted" };
	char token[SCOPE_SIZE];

	for (int i = 0; i < 4; i++) {
		CHECK_INT(audience_parse(names[i]), AUDIENCE_PUBLIC + i);
		CHECK_TEXT(audience_name(AUDIENCE_PUBLIC + i), names[i]);
	}
	CHECK_INT(audience_parse("Public"), AUDIENCE_NONE);
	CHECK_INT(audience_parse(""), AUDIENCE_NONE);
	CHECK_INT(audience_parse(NULL), AUDIENCE_NONE);
	CHECK_TEXT(audience_name(AUDIENCE_NONE), "");
	CHECK_TEXT(audience_name((enum audience)99), "");
	CHECK(unit_aborts(no_audience, token));
}

static void roles(void)
{
	static const struct viewer *const all[] = { &viewer_nobody, &viewer_system, &stranger, &member, &editor, &admin };

	for (size_t i = 0; i < COUNT(all); i++) {
		CHECK(viewer_has_role(all[i], OHIO, ROLE_ANYONE));
		CHECK(!viewer_has_role(all[i], OHIO, ROLE_UNDECLARED));
		CHECK(!viewer_has_role(all[i], OHIO, ROLE_OPERATOR)); /* of an address, not of a person */
	}
	CHECK(!viewer_has_role(&viewer_nobody, OHIO, ROLE_READER));
	CHECK(!viewer_has_role(&viewer_system, OHIO, ROLE_READER));
	CHECK(!viewer_has_role(&stranger, OHIO, ROLE_READER));
	CHECK(viewer_has_role(&member, OHIO, ROLE_READER));
	CHECK(!viewer_has_role(&member, OHIO, ROLE_CONTRIBUTOR));
	CHECK(!viewer_has_role(&member, IOWA, ROLE_READER));
	CHECK(!viewer_has_role(&member, NULL, ROLE_READER));
	CHECK(viewer_has_role(&editor, OHIO, ROLE_EDITOR));
	CHECK(viewer_has_role(&editor, OHIO, ROLE_CONTRIBUTOR));
	CHECK(!viewer_has_role(&editor, OHIO, ROLE_SPACE_ADMIN));
	CHECK(!viewer_has_role(&editor, IOWA, ROLE_CONTRIBUTOR)); /* an editor only at home */
	CHECK(!viewer_has_role(&editor, OHIO, ROLE_NETWORK_ADMIN));
	CHECK(viewer_has_role(&admin, IOWA, ROLE_SPACE_ADMIN));
	CHECK(viewer_has_role(&admin, NULL, ROLE_NETWORK_ADMIN));
}

static void writing(void)
{
	CHECK(!viewer_may_write(&viewer_nobody, OHIO));
	CHECK(viewer_may_write(&viewer_system, OHIO));
	CHECK(!viewer_may_write(&stranger, OHIO));
	CHECK(!viewer_may_write(&member, OHIO));
	CHECK(viewer_may_write(&editor, OHIO));
	CHECK(!viewer_may_write(&editor, IOWA));
	CHECK(viewer_may_write(&admin, IOWA));
}

CU_TestInfo unit_tests[] = {
	{ "scopes of viewers", scopes_of_viewers },
	{ "tokens", tokens },
	{ "audiences", audiences },
	{ "roles", roles },
	{ "writing", writing },
	{ "publishing", publishing },
	{ "membership", membership },
	CU_TEST_INFO_NULL,
};
