/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "unit.h"

static void first_is_kept(void)
{
	struct error err = { 0 };

	CHECK(!error_set(&err, ERROR_INVALID, "line %d", 3));
	CHECK(!error_set(&err, ERROR_INTERNAL, "later"));
	CHECK_INT(err.kind, ERROR_INVALID);
	CHECK_TEXT(err.text, "line 3");
	CHECK(!error_detail(&err, "private %s", "a"));
	CHECK(!error_detail(&err, "private b"));
	CHECK_TEXT(err.detail, "private a");
	error_clear(&err);
	CHECK_INT(err.kind, ERROR_NONE);
	CHECK_TEXT(err.text, "");
	CHECK_TEXT(err.detail, "");
	error_set(&err, ERROR_CONFLICT, "second");
	CHECK_TEXT(err.text, "second");
}

static void null_is_fine(void)
{
	CHECK(!error_set(NULL, ERROR_INVALID, "nobody hears it"));
	CHECK(!error_detail(NULL, "nor this"));
	error_clear(NULL);
}

static void long_text_is_cut(void)
{
	struct error err = { 0 };

	error_set(&err, ERROR_INVALID, "%01000d", 1);
	error_detail(&err, "%01000d", 1);
	CHECK_INT(strlen(err.text), sizeof err.text - 1);
	CHECK_INT(strlen(err.detail), sizeof err.detail - 1);
}

static void status_of_kinds(void)
{
	static const struct {
		enum error_kind kind;
		int status;
	} rows[] = { { ERROR_NONE, 200 }, { ERROR_INVALID, 400 }, { ERROR_SIGN_IN, 401 },
		{ ERROR_NOT_FOUND, 404 }, { ERROR_METHOD, 405 }, { ERROR_CONFLICT, 409 },
		{ ERROR_TOO_LARGE, 413 }, { ERROR_UNAVAILABLE, 503 }, { ERROR_INTERNAL, 500 },
		{ (enum error_kind)77, 500 } };

	for (size_t i = 0; i < COUNT(rows); i++)
		CHECK_INT(error_status(rows[i].kind), rows[i].status);
	/* What is forbidden looks as what is absent. */
	CHECK_INT(error_status(ERROR_DENIED), error_status(ERROR_NOT_FOUND));
}

CU_TestInfo unit_tests[] = {
	{ "the first error is kept", first_is_kept },
	{ "NULL is fine", null_is_fine },
	{ "long text is cut", long_text_is_cut },
	{ "status of each kind", status_of_kinds },
	CU_TEST_INFO_NULL,
};
