/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mail that people answer with: who sent it, and what they wrote. */
#include "arena.h"
#include "reply_mail.h"
#include "unit.h"

static struct arena *a;

static enum reply_dmarc verdict(const char *field)
{
	return reply_mail_verdict(a, field, "mx.example.org", "city.gov");
}

static void test_verdict(void)
{
	a = arena_create();
	CHECK_INT(verdict("mx.example.org; dmarc=pass header.from=city.gov"), REPLY_DMARC_PASS);
	CHECK_INT(verdict(" MX.example.org 1 ;\r\n spf=fail smtp.mailfrom=x;\r\n\tdmarc = pass (p=reject; dis=none) header.from=City.GOV"),
		REPLY_DMARC_PASS);
	CHECK_INT(verdict("\"mx.example.org\"; dmarc/1=pass reason=\"a;b=c \\\" d\" header.from=\"city.gov\""), REPLY_DMARC_PASS);
	CHECK_INT(verdict("mx.example.org; dmarc=none header.from=city.gov"), REPLY_DMARC_NONE);
	CHECK_INT(verdict("mx.example.org; dmarc=fail header.from=city.gov"), REPLY_DMARC_FAIL);
	CHECK_INT(verdict("mx.example.org; dmarc=temperror"), REPLY_DMARC_FAIL);
	/* Others, other domains, other methods, and what only looks like it. */
	CHECK_INT(verdict("mx.evil.org; dmarc=pass header.from=city.gov"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org.evil.org; dmarc=pass header.from=city.gov"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; dmarc=pass header.from=evil.org"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; dmarc=pass"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; spf=pass smtp.mailfrom=\"x; dmarc=pass header.from=city.gov\""), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; spf=pass (; dmarc=pass header.from=city.gov ;)"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; x-dmarc=pass header.from=city.gov"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; dmarcs=pass header.from=city.gov"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("(mx.example.org; dmarc=pass) evil; dmarc=pass header.from=city.gov"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; none"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict(""), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("\"mx.example.org"), REPLY_DMARC_UNSAID);
	CHECK_INT(verdict("mx.example.org; dmarc=pass header.from=city.gov; dmarc=fail header.from=city.gov"), REPLY_DMARC_FAIL);
	CHECK_INT(reply_mail_verdict(a, "; dmarc=pass header.from=city.gov", "", "city.gov"), REPLY_DMARC_UNSAID);
	arena_destroy(a);
}

#define OWN(text, wanted) CHECK_TEXT(reply_mail_own(a, text), wanted)
static void test_own(void)
{
	a = arena_create();
	OWN("Yes.\n\nAna\n", "Yes.\n\nAna");
	OWN("Yes.\n\nOn Tue, Nov 24, 2026 at 8:14 PM Network <n@example.org>\nwrote:\n\n> ## Write your answer above this line ##\n> Hello\n",
		"Yes.");
	OWN("Yes.\n-- \nAna Ruiz\nCity", "Yes.");
	OWN("Yes.\n\nSent from my iPhone\n\n> On Nov 24, 2026, at 8:14 PM, Network <n@example.org> wrote:\n> \n> Hello", "Yes.");
	OWN("Yes.\n\n________________________________\nFrom: Network <n@example.org>\nSent: Tuesday\nTo: Ana\nSubject: S\n\nHello", "Yes.");
	OWN("Yes.\n\n-----Original Message-----\nFrom: Network\n\nHello", "Yes.");
	OWN("Yes.\n\n*From:* Network\n*Date:* Tuesday\n*To:* Ana\n\nHello", "Yes.");
	OWN("> Question one?\n\nFirst.\n\n> Question two?\n\nSecond.\n", "First.\n\n\nSecond.");
	OWN("On Tue, Ana wrote:\n> Question?\n\nBelow it.\n", "Below it.");
	OWN("Ana Ruiz <a@b.org> wrote:\n> Question?\n\nBelow it.\n", "Below it.");
	OWN("We met on Monday.\nFrom: what I saw, it works.\nOn it went:\nthree calls.\n", "We met on Monday.\nFrom: what I saw, it "
		"works.\nOn it went:\nthree calls.");
	OWN("", "");
	OWN("\n \n> only a quote\n", "");
	OWN("Sent from my iPhone", "");
	arena_destroy(a);
}

#define HTML(text, wanted) CHECK_TEXT(reply_mail_own(a, reply_mail_html(a, text, strlen(text))), wanted)
static void test_html(void)
{
	a = arena_create();
	HTML("<html><head><style>p{}</style><title>t</title></head><body><p>One &amp; two</p><p>Three<br>four</p>"
		"<ul><li>a</li><li>b</li></ul></body></html>", "One & two\n\nThree\nfour\n\n- a\n- b");
	HTML("<div dir=ltr>Yes.</div><br><div class=\"gmail_quote\"><div>On Tue X wrote:</div><blockquote>q</blockquote></div>", "Yes.");
	HTML("<p>Yes&nbsp;we can.</p><div id=\"appendonsend\"></div><hr><div id=\"divRplyFwdMsg\"><b>From:</b> N</div><p>quoted</p>",
		"Yes we can.");
	HTML("<p>See <a href=\"https://x.org/a\">this</a> and <a href=\"https://x.org/b\">https://x.org/b</a></p>",
		"See this (https://x.org/a) and https://x.org/b");
	HTML("<script>alert(1)</script><!-- no --><p>&lt;b&gt;</p>", "<b>");
	HTML("", "");
	arena_destroy(a);
}

#define HEAD "Authentication-Results: mx.example.org; dmarc=pass header.from=city.gov\r\nFrom: Ana Ruiz <Ana@City.gov>\r\n" \
	"To: \"N\" <Reply+abc@example.org>\r\nMessage-ID: <1@city.gov>\r\n"

static struct reply_mail parse(const char *message)
{
	struct error err = { 0 };
	struct reply_mail m;

	NEED(reply_mail_parse(a, message, strlen(message), "mx.example.org", &m, &err));
	return m;
}

static void test_message(void)
{
	struct reply_mail m;

	a = arena_create();
	m = parse(HEAD "Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nCaf=E9 at =\r\nnoon.\r\n");
	CHECK_TEXT(m.from, "ana@city.gov");
	CHECK_TEXT(m.message_id, "1@city.gov");
	CHECK_INT(m.dmarc, REPLY_DMARC_PASS);
	NEED(m.n_to == 1);
	CHECK_TEXT(m.to[0], "reply+abc@example.org");
	CHECK_TEXT(m.text, "Café at noon.");
	CHECK(!m.automatic && !m.attached && !m.too_long);
	m = parse(HEAD "Content-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n"
		"--b\r\nContent-Type: text/html\r\n\r\n<p>rich</p>\r\n--b\r\nContent-Type: text/plain\r\n\r\nplain\r\n--b--\r\n"
		"--m\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--m--\r\n");
	CHECK_TEXT(m.text, "plain");
	CHECK(m.attached);
	m = parse(HEAD "Content-Type: text/html\r\n\r\n<p>Only <b>rich</b></p>");
	CHECK_TEXT(m.text, "Only rich");
	m = parse(HEAD "Content-Type: text/plain; format=flowed\r\n\r\nA long line \r\nthat goes on.\r\n-- \r\nAna\r\n");
	CHECK_TEXT(m.text, "A long line that goes on.");
	arena_destroy(a);
}

static void test_doubtful(void)
{
	static const char *const machines[] = { "Auto-Submitted: auto-replied", "auto-submitted: AUTO-GENERATED (x)", "Precedence: bulk",
		"Return-Path: <>", "List-Id: <x.y>", "Content-Type: multipart/report; boundary=x", "X-Autoreply: yes" };
	struct reply_mail m;

	a = arena_create();
	for (size_t i = 0; i < COUNT(machines); i++)
		CHECK(parse(arena_printf(a, HEAD "%s\r\n\r\nI am away.\r\n", machines[i])).automatic);
	CHECK(!parse(HEAD "Auto-Submitted: no\r\nReturn-Path: <a@b.org>\r\n\r\nHello\r\n").automatic);
	/* Two senders, a group, or no sender: nobody's. */
	m = parse("From: ana@city.gov\r\n" HEAD "\r\nHello\r\n");
	CHECK(!m.from && m.dmarc == REPLY_DMARC_UNSAID);
	CHECK(!parse("From: ana@city.gov, eve@evil.org\r\n\r\nHello\r\n").from);
	CHECK(!parse("From: g: ana@city.gov;\r\n\r\nHello\r\n").from);
	CHECK(!parse("To: ana@city.gov\r\n\r\nHello\r\n").from);
	/* The trusted server does not contradict itself. */
	m = parse("Authentication-Results: mx.example.org; dmarc=fail header.from=city.gov\r\n" HEAD "\r\nHello\r\n");
	CHECK_INT(m.dmarc, REPLY_DMARC_UNSAID);
	m = parse("Authentication-Results: mx.evil.org; dmarc=fail header.from=city.gov\r\n" HEAD "\r\nHello\r\n");
	CHECK_INT(m.dmarc, REPLY_DMARC_PASS);
	m = parse(HEAD "Content-Type: text/plain; charset=utf-8\r\n\r\nbroken \xff\xfe bytes\r\n");
	CHECK_HAS(m.text, "broken");
	arena_destroy(a);
}

CU_TestInfo unit_tests[] = {
	{ "the mail system's verdict", test_verdict },
	{ "what was written", test_own },
	{ "HTML", test_html },
	{ "a message", test_message },
	{ "doubtful messages", test_doubtful },
	CU_TEST_INFO_NULL
};
