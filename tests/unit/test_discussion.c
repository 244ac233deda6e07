/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who is mentioned; ids and marks of posts without a name. */
#include "../../modules/exchange/discussion.h"
#include <unistd.h>
#include "unit.h"

static const struct reader readers[] = { { "1", "Ana Ruiz", "Newark" }, { "2", "Ana", "Newark" }, { "3", "Ben Cole", "Newark" },
	{ "4", "Ben Cole", "Oakland" }, { "5", "Zoë Ödön", "Chicago" }, { "6", "", NULL }, { "7", "Dr. Lee-Hart", NULL } };

static void mentions(void)
{
	static const struct {
		const char *text, *found; /* ids in order */
	} cases[] = {
		{ "", "" }, { "Ana Ruiz", "" }, { "@Ana Ruiz", "1" }, { "@ana  RUIZ, please", "1" }, { "@Ana", "2" }, { "@Ana R", "2" },
		{ "@Ana Ruizo", "2" }, { "@Anatol", "" }, { "(@Ana Ruiz)", "1" }, { "write to me@Ana Ruiz", "" }, { "@@Ana", "2" },
		{ "@Ana Ruiz and @Ana and @Ana Ruiz", "12" }, { "@Ben Cole", "" }, { "@Zoë Ödön!", "5" }, { "@Zoë", "" }, { "@", "" },
		{ "@Ana\nRuiz", "1" }, { "@Dr. Lee-Hart", "7" }, { "@ Ana", "" }, { "é@Ana", "" },
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct reader *found[MENTIONS_MAX];
		char ids[MENTIONS_MAX + 1] = "";
		size_t n = mention_find(cases[i].text, readers, COUNT(readers), found);

		for (size_t k = 0; k < n; k++)
			strcat(ids, found[k]->account_id);
		CHECK_TEXT(ids, cases[i].found);
	}
}

static void many(void)
{
	const struct reader *found[MENTIONS_MAX];
	static struct reader crowd[100];
	static char names[100][16];
	static char text[2000];

	for (size_t i = 0; i < COUNT(crowd); i++) {
		snprintf(names[i], sizeof names[i], "P%zu", i);
		crowd[i] = (struct reader){ names[i], names[i], NULL };
		snprintf(text + strlen(text), sizeof text - strlen(text), "@%s ", names[i]);
	}
	CHECK_INT(mention_find(text, crowd, COUNT(crowd), found), MENTIONS_MAX);
}

static void chosen(void)
{
	CHECK_TEXT(mention_choose("ana ruiz", readers, COUNT(readers))->account_id, "1");
	CHECK(!mention_choose("Ben Cole", readers, COUNT(readers)));
	CHECK_TEXT(mention_choose("Ben Cole (Oakland)", readers, COUNT(readers))->account_id, "4");
	CHECK(!mention_choose("Ben Cole (Boston)", readers, COUNT(readers)));
	CHECK(!mention_choose("Ben Cole (Oakland) ", readers, COUNT(readers)));
	CHECK(!mention_choose("", readers, COUNT(readers)));
	CHECK(!mention_choose("Nobody", readers, COUNT(readers)));

	CHECK_INT(text_letters("Zoë\r\n€"), 5);

	struct arena *a = arena_create();
	const struct reader *two[] = { &readers[0], &readers[4] };
	CHECK_TEXT(mention_names(a, two, 2), "Ana Ruiz, Zoë Ödön");
	CHECK(!mention_names(a, two, 0));
	arena_destroy(a);
}

static void days(void)
{
	const int64_t day = (int64_t)86400 * 1000000;

	CHECK_INT(day_of(0), 0);
	CHECK_INT(day_of(day - 1), 0);
	CHECK_INT(day_of(day), day);
	CHECK_INT(day_of(-1), -day);
	CHECK_INT(day_of(1795577145000000) % day, 0);
}

static void ids(void)
{
	char one[ID_SIZE], two[ID_SIZE];

	post_id_new(one);
	post_id_new(two);
	CHECK(id_valid(one));
	CHECK(strcmp(one, two) != 0);
	CHECK_INT(one[14], '4');
	CHECK(strchr("89ab", one[19]));
}

static void marks(void)
{
	struct error err = { 0 };
	struct engine e = { .blobs = blobs_open_folder(unit_path("files"), &err) };
	char one[MARK_SIZE], same[MARK_SIZE], other[MARK_SIZE];

	NEED(e.blobs);
	CHECK(post_mark(&e, "account", "post", one, &err));
	CHECK(post_mark(&e, "account", "post", same, &err));
	CHECK_TEXT(one, same);
	CHECK(post_mark(&e, "account", "tsop", other, &err));
	CHECK(strcmp(one, other) != 0);
	/* Where one ends and the other begins matters. */
	CHECK(post_mark(&e, "accountp", "ost", other, &err));
	CHECK(strcmp(one, other) != 0);
	/* With another key they are others, and half a key is none. */
	const char *key = unit_path("files/.unattributed-key");
	CHECK_INT(unlink(key), 0);
	CHECK(post_mark(&e, "account", "post", other, &err));
	CHECK(strcmp(one, other) != 0);
	CHECK_ERROR(&err, ERROR_NONE, "");
	CHECK_INT(truncate(key, 5), 0);
	CHECK(!post_mark(&e, "account", "post", other, &err));
	CHECK_ERROR(&err, ERROR_UNAVAILABLE, "without a name");
	blobs_close(e.blobs);
}

CU_TestInfo unit_tests[] = {
	{ "who is mentioned", mentions }, { "no more than some", many }, { "who is chosen from the list", chosen }, { "the day of a moment", days },
	{ "ids without a time", ids }, { "marks by account, post and key", marks }, CU_TEST_INFO_NULL
};
