// SPDX-License-Identifier: GPL-3.0-or-later
/* My page, wishes, saved searches, notifications by mail, and answers by mail. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { event } from '../support/events.mjs';
import { seedGroup } from '../support/groups.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { readMail, receiver } from '../support/smtp.mjs';

const here = { host: 'network.example.org', scheme: 'https' };
const people = { ana: ['Ana Ruiz', { newark: 'reader' }], ben: ['Ben Cole', { newark: 'reader' }], cleo: ['Cleo Marsh', { cincinnati: 'editor' }],
	nat: ['Nat Brown', { national: 'editor' }] };
const mailing = ['--mail-from=network@example.org', '--public-origin=https://network.example.org', '--mail-reply-address=reply@network.example.org',
	'--mail-authserv-id=mx.example.org'];
let server, dir, smtp, secret;
const who = {}, ids = {};

before(async () => {
	dir = temporary();
	smtp = await receiver();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	for (const [login, [name, roles]] of Object.entries(people))
		ids[login] = person(dir, login, { roles, flags: [`--name=${name}`, `--email=${login}@city.gov`] });
	secret = seedGroup(dir, { space: 'newark', name: 'Zanzibar circle', members: { [ids.ben]: { space: 'newark', leads: true } } });
	server = await Server.start({ dir, content: null, env: fast, args: [`--mail-server=smtp://127.0.0.1:${smtp.port}`, ...mailing,
		'--notification-look=1s', '--notification-settle=0s', '--saved-search-look=1s', '--sign-in-address-tries=100000'] });
	for (const login of Object.keys(people))
		who[login] = await enter(server, login, here);
	who.nobody = new Client(server, here);
});
after(async () => {
	const { code, signal } = await server.end();
	await smtp.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const mails = async (n) => (await smtp.wait(n)).map((one) => ({ ...readMail(one), to: /^X-To: (.*)\r$/m.exec(one)[1], raw: one }));

async function discuss(client, base, fields) {
	const form = await client.get(`${base}/discussions/new`);
	const csrf = /name="csrf" value="([^"]*)"/.exec(form.text)[1];
	const answer = await client.post(`${base}/discussions/new`, { csrf, act: 'send', ...fields });
	assert.equal(answer.status, 303, answer.text.slice(0, 3000));
	return (await client.get(answer.location)).location.replace(/[?#].*/, '');
}

function receive(message, recipient) {
	const done = commonweal(dir, [...mailing, 'receive', ...(recipient ? [recipient] : [])], fast, message);
	assert.equal(done.status, 0, done.stderr);
	return done.stdout;
}

const reply = (to, { from = 'Ana Ruiz <ana@city.gov>', id = '<1@city.gov>', verdict = 'dmarc=pass header.from=city.gov', server: by = 'mx.example.org', more = '', text = 'By mail: we do it on Mondays.\r\n' }) =>
	`Authentication-Results: ${by}; ${verdict}\r\nFrom: ${from}\r\nTo: ${to}\r\nMessage-ID: ${id}\r\n${more}Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`;

test('My page is for who is signed in, and begins empty with words of help', async () => {
	assert.equal((await who.nobody.get('/me')).status, 303);
	const page = (await who.cleo.get('/me')).text;
	for (const words of ['Nothing new', 'You have nothing to do', 'You are registered for nothing', 'You have no drafts', 'None yet', 'Everyone in Cincinnati'])
		assert.match(page, new RegExp(words));
	assert.doesNotMatch(page, /Zanzibar|newark/i);
	assert.match(page, /<a href="\/me">My page<\/a>/, 'no number when nothing is new');
	for (const part of ['/me/new', '/me/searches', '/me/notifications'])
		for (const base of ['', '/s/newark'])
			assert.match((await who.cleo.get(`${base}/me`)).text, new RegExp(`href="${base}${part}"`));
});

test('wishes are one matrix; what makes no sense changes nothing', async () => {
	const chosen = async (kind) => new RegExp(`name="way-${kind}" value="(\\w+)" checked`).exec((await who.ana.get('/me/notifications')).text)?.[1];
	assert.equal(await chosen('mention'), 'mail');
	for (const [value, then] of [['digest', 'digest'], ['weekly', 'digest'], ['<b>', 'digest'], ['', 'digest'], ['mail', 'mail']]) {
		assert.equal((await who.ana.submit('/me/notifications', '/me/notifications', { 'way-mention': value })).status, 303);
		assert.equal(await chosen('mention'), then, value);
	}
	assert.equal((await who.ana.submit('/me/notifications', '/me/notifications', { 'way-reply': 'mail' })).status, 303);
	assert.equal((await who.ana.post('/me/notifications', { 'way-mention': 'never' })).status, 403, 'no token');
	assert.equal((await who.ana.get('/events/notices')).location, '/me/notifications');
});

let thread;
test('someone answers: mailed at once with an address to answer to; opening the page marks it seen', async () => {
	thread = await discuss(who.ana, '/s/newark', { group: 'everyone', title: 'Call-in scripts', text: 'How do you open?' });
	const answer = await who.ben.submit(thread, `${thread}/reply`, { text: 'With a victim’s mother.', act: 'send' });
	assert.equal(answer.status, 303, answer.text.slice(0, 2000));
	const [mail] = await mails(1);
	assert.equal(mail.to, 'ana@city.gov');
	assert.match(mail.headers.from, /network@example\.org/);
	assert.match(mail.headers['reply-to'], /^<reply\+[a-z2-7]{26}@network\.example\.org>$/);
	assert.match(mail.headers['list-unsubscribe'], /\/mail\/leave\/reply\./);
	assert.equal(mail.headers['auto-submitted'], 'auto-generated');
	for (const part of mail.parts)
		assert.match(part.text, /Write your answer above this line[\s\S]*Ben Cole[\s\S]*With a victim’s mother/);
	const page = (await who.ana.get('/me')).text;
	assert.match(page, /My page <span class="count">1</);
	assert.match(page, /Mark as seen/);
	assert.equal((await who.ana.get(thread)).status, 200);
	assert.doesNotMatch((await who.ana.get('/me')).text, /class="count"/);
	assert.match((await who.ana.get('/me/new')).text, /Ben Cole|Call-in scripts/);
	assert.doesNotMatch((await who.cleo.get('/me/new')).text, /Call-in scripts/);
});

test('an answer by mail is taken in once, and only from who it is proven to be', async () => {
	const [mail] = await mails(1), to = mail.headers['reply-to'].slice(1, -1);
	const quote = 'By mail: we do it on Mondays.\r\n\r\nOn Tue, Network <network@example.org> wrote:\r\n> ## Write your answer above this line ##\r\n> secret quote\r\n';
	/* Forged, unchecked, automatic, unknown: nothing is said to anybody. */
	for (const wrong of [{ verdict: 'dmarc=fail header.from=city.gov' }, { verdict: 'spf=pass' }, { server: 'mx.evil.org' },
		{ verdict: 'dmarc=pass header.from=evil.org', from: 'ana@evil.org', server: 'mx.evil.org' }, { more: 'Auto-Submitted: auto-replied\r\n' },
		{ more: 'From: eve@evil.org\r\n' }])
		assert.match(receive(reply(to, { id: '<w@x>', ...wrong })), /^Left alone/, JSON.stringify(wrong));
	assert.match(receive(reply(to.replace(/\+.{4}/, '+aaaa'), {})), /^Left alone/);
	assert.match(receive(''), /^Left alone/);
	assert.match(receive(reply(to, { text: quote })), /^Accepted/);
	assert.match(receive(reply(to, { text: quote })), /^Left alone: this message came before/);
	/* Another address of one's own, and nothing written: told, at the address that the network knows. */
	assert.match(receive(reply(to, { id: '<2@x>', from: 'ana@home.example', verdict: 'dmarc=pass header.from=home.example' })), /^Refused/);
	assert.match(receive(reply(to, { id: '<3@x>', text: '> only a quote\r\n' })), /^Refused/);
	assert.match(receive(reply(to, { id: '<4@x>', verdict: 'dmarc=none header.from=city.gov' })), /^Refused/);
	assert.match(receive(reply(to, { id: '<5@x>', verdict: 'dmarc=none header.from=city.gov' })), /^Refused/);
	/* The jobs of another process are seen at the next look; the order of receivers does not matter. */
	const told = (await mails(4)).slice(1, 4);
	assert.deepEqual(told.map((m) => [m.to, m.subject]), Array(3).fill(['ana@city.gov', 'Your answer was not added']));
	const page = (await who.ben.get(thread)).text;
	assert.equal(page.split('we do it on Mondays').length, 2, 'once');
	assert.doesNotMatch(page, /secret quote/);
	assert.equal((await smtp.messages()).length, 4, 'one letter a day for what is not proven, none for forgers');
});

test('a search is saved, tells what is new, is renamed and deleted; others do not see it', async () => {
	assert.match((await who.ana.get('/search?q=quokka')).text, /href="\/me\/searches\/new\?where=search&amp;q=quokka"/);
	assert.doesNotMatch((await who.nobody.get('/search?q=call-in')).text, /me\/searches/);
	const form = '/me/searches/new?where=search&q=quokka';
	for (const [fields, words] of [[{ name: '', alert: 'mail' }, /Give it a name/], [{ name: 'x'.repeat(121), alert: 'mail' }, /too long/],
		[{ name: 'a', alert: 'page' }, /Choose whether/], [{ name: 'a', alert: 'mail', q: '' }, /nothing to search/], [{ name: 'a', alert: 'mail', type: '<b>' }, /choices is wrong/]]) {
		const answer = await who.ana.submit(form, '/me/searches', fields);
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
	}
	assert.equal((await who.ana.submit(form, '/me/searches', { name: '<script>alert(1)</script>', alert: 'mail' })).status, 303);
	const list = (await who.ana.get('/me/searches')).text;
	assert.match(list, /&lt;script&gt;alert\(1\)/);
	const [, address] = /href="(\/me\/searches\/[0-9a-f-]{36})"/.exec(list);
	for (const login of ['ben', 'cleo']) {
		for (const path of [address, `${address}/change`])
			assert.equal((await who[login].get(path)).status, 404);
		assert.doesNotMatch((await who[login].get('/me/searches')).text, /quokka/);
	}
	const content = `${dir}/content`, file = (audience, slug) => fs.writeFileSync(`${content}/newark/event/${slug}.xml`,
		event({ space: 'newark', slug, audience, title: `Quokka ${slug}`, start: '2040-05-05T09:00', end: '2040-05-05T10:00', zone: 'America/New_York' }));
	fs.cpSync(fixtures, content, { recursive: true });
	fs.mkdirSync(`${content}/newark/event`, { recursive: true });
	file('space', 'inside');
	assert.equal(commonweal(dir, ['import', content], fast).status, 0);
	await discuss(who.ben, '/s/newark', { group: secret, title: 'Quokka hidden', text: 'Quokka hidden words' });
	const mail = (await mails(5))[4];
	assert.equal(mail.to, 'ana@city.gov');
	assert.match(mail.subject, /^1 new for your search/);
	assert.match(mail.parts[0].text, /- Quokka inside/);
	assert.doesNotMatch(mail.raw, /hidden|Zanzibar/);
	assert.match((await who.ana.get('/me')).text, /1 new for your search/);
	assert.match((await who.ana.get(address)).location, /^\/search\?q=quokka&sort=newest$/);
	assert.doesNotMatch((await who.ana.get('/me')).text, /class="count"/, 'opening it marks it seen');
	const renamed = await who.ana.submit(`${address}/change`, address, { name: 'Quokkas', alert: 'never' });
	assert.equal(renamed.status, 303);
	const csrf = /name="csrf" value="([^"]*)"/.exec((await who.ana.get(`${address}/change`)).text)[1];
	const stale = await who.ana.post(address, { csrf, version: '1', name: 'Mine', alert: 'mail' });
	assert.equal(stale.status, 400);
	assert.match(stale.text, /It stands now as: <strong>Quokkas/);
	assert.match(stale.text, /value="Mine"/);
	assert.equal((await who.ben.post(`${address}/delete`, { csrf })).status, 403);
	assert.equal((await who.ana.submit(`${address}/change`, `${address}/delete`)).status, 303);
	assert.equal((await who.ana.get(`${address}/change`)).status, 404);
});

test('what members wrote is found beside the records, by who may read it', async () => {
	assert.match((await who.ben.get('/s/newark/search?q=quokka')).text, /In discussions and working papers[\s\S]*hidden/);
	for (const login of ['ana', 'cleo', 'nobody'])
		for (const path of ['/search?q=quokka', '/s/newark/search?q=quokka', '/search/texts?q=quokka'])
			assert.doesNotMatch((await who[login].get(path)).text, /hidden words|<\/mark> hidden|id="texts"/, `${login} ${path}`);
	assert.match((await who.ben.get('/search/texts?q=quokka')).text, /1 text\b/);
	assert.match((await who.ben.get('/s/cincinnati/search/texts?q=quokka')).text, /Nothing was found here/);
	assert.match((await who.cleo.get('/search/texts?q=%22%3Cscript%3E')).text, /&quot;&lt;script&gt;/);
	assert.equal((await who.cleo.get('/search/texts?q=a&kind=BAD')).status, 400);
});

test('who may not read any more is told of nothing, by page or mail, old rows included', async () => {
	const n = smtp.messages().length;
	assert.match((await who.ana.get('/me/new')).text, /Call-in scripts/);
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'newark', 'none'], fast).status, 0);
	await who.ben.submit(thread, `${thread}/reply`, { text: 'After she left', act: 'send' });
	assert.doesNotMatch((await who.ana.get('/me/new')).text, /Call-in scripts/);
	assert.doesNotMatch((await who.ana.get('/me')).text, /Newark/);
	/* A mail to someone else comes after the look that would have mailed it. */
	await who.cleo.submit('/me/searches/new?where=search&q=wombat', '/me/searches', { name: 'W', alert: 'mail' });
	fs.writeFileSync(`${dir}/content/newark/event/wombat.xml`, event({ space: 'newark', slug: 'wombat', audience: 'public', title: 'Wombat', start: '2040-05-05T09:00',
		end: '2040-05-05T10:00', zone: 'America/New_York' }));
	assert.equal(commonweal(dir, ['import', `${dir}/content`], fast).status, 0);
	const all = await mails(n + 1);
	assert.deepEqual(all.slice(n).map((m) => m.to), ['cleo@city.gov']);
	assert.equal(sql(dir, "SELECT count(*) FROM job WHERE state = 3").trim(), '0');
});

test('one-click leaving by the link of a letter; a forged one does nothing', async () => {
	const mail = (await mails(1))[0], leave = new URL(/<(.*)>/.exec(mail.headers['list-unsubscribe'])[1]).pathname;
	for (const wrong of [leave.replace('reply.', 'mention.'), leave.slice(0, -1), `/mail/leave/${'r'.repeat(70)}`, '/mail/leave/x'])
		assert.equal((await who.nobody.post(wrong, {})).status, 404);
	assert.equal((await who.nobody.send('POST', leave, 'List-Unsubscribe=One-Click', { Origin: undefined })).status, 200);
	assert.match((await who.ana.get('/me/notifications')).text, /name="way-reply" value="page" checked/);
});
