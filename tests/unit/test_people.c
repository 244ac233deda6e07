/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory of people: cards. */
#include "../../modules/people/person.h"
#include "unit.h"

static struct arena *arena;

static const char *card(const struct person *p, const char *url)
{
	struct buf out = BUF_INIT;
	const char *text;

	vcard_write(&out, p, url);
	text = arena_strdup(arena, buf_text(&out));
	buf_finish(&out);
	return text;
}

static void smallest(void)
{
	arena = arena_create();
	struct person p = { .id = "01890000-0000-7000-8000-000000000001", .fields = { [FIELD_NAME] = "Cher" } };

	CHECK_TEXT(card(&p, NULL), "BEGIN:VCARD\r\nVERSION:4.0\r\nKIND:individual\r\n"
		"UID:urn:uuid:01890000-0000-7000-8000-000000000001\r\nFN:Cher\r\nN:Cher;;;;\r\nEND:VCARD\r\n");
	arena_destroy(arena);
}

static void escaped(void)
{
	arena = arena_create();
	struct person p = { .id = "x", .fields = { [FIELD_NAME] = "Ana María Ruiz", [FIELD_ROLE] = "services\nresearch",
		[FIELD_TITLE] = "Chief; \"A, B\"\\C", [FIELD_TOPICS] = "call-in\nus, attorney", [FIELD_LANGUAGES] = "English",
		[FIELD_ABOUT] = "One\r\nTwo\x01" } };
	const char *text = card(&p, "http://x/people/x");

	CHECK_HAS(text, "\r\nN:Ruiz;Ana María;;;\r\n");
	CHECK_HAS(text, "\r\nTITLE:Chief\\; \"A\\, B\"\\\\C\r\n");
	CHECK_HAS(text, "\r\nROLE:Services\\, Research\r\n");
	CHECK_HAS(text, "\r\nCATEGORIES:call-in,us\\, attorney\r\n");
	CHECK_HAS(text, "\r\nNOTE:Languages: English\\nOne\\nTwo\r\n");
	CHECK_HAS(text, "\r\nURL:http://x/people/x\r\n");
	CHECK_LACKS(text, "TEL");
	CHECK_LACKS(text, "EMAIL");
	arena_destroy(arena);
}

/* Lines of at most 75 bytes, folded between characters; unfolded they are what they were. */
static void folded(void)
{
	arena = arena_create();
	char name[400] = "";

	for (int i = 0; i < 120; i++)
		strcat(name, i % 7 ? "é" : "中");
	struct person p = { .id = "x", .fields = { [FIELD_NAME] = name } };
	const char *text = card(&p, NULL);
	struct buf whole = BUF_INIT;
	size_t line = 0;

	for (const char *s = text; *s; s++) {
		if (strncmp(s, "\r\n ", 3) == 0) {
			CHECK(((unsigned char)s[3] & 0xc0) != 0x80);
			line = 1;
			s += 2;
			continue;
		}
		line = strncmp(s, "\r\n", 2) == 0 ? 0 : *s == '\n' ? 0 : line + 1;
		CHECK(line <= 75);
		buf_char(&whole, *s);
	}
	CHECK_HAS(buf_text(&whole), arena_printf(arena, "\r\nFN:%s\r\n", name));
	buf_finish(&whole);
	arena_destroy(arena);
}

CU_TestInfo unit_tests[] = {
	{ "a card of a name alone", smallest },
	{ "what has a meaning in a card is escaped", escaped },
	{ "long lines are folded between characters", folded },
	CU_TEST_INFO_NULL
};
