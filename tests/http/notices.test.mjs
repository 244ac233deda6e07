// SPDX-License-Identifier: GPL-3.0-or-later
/* Mail about events, to a real SMTP receiver: what is sent, to whom, how often,
 * when servers fail or die. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { event } from '../support/events.mjs';
import { build, commonweal, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';
import { readMail, receiver } from '../support/smtp.mjs';

const { default: ICAL } = await import(createRequire(path.join(build, 'tests/packages/')).resolve('ical.js'));
const here = { host: 'network.example.org', scheme: 'https' };
const soon = (minutes) => new Date(Date.now() + minutes * 60000).toISOString().slice(0, 16);
const far = { start: '2040-05-05T09:00', end: '2040-05-05T10:00', zone: 'America/New_York' };

/* A server with its content and mail receiver. */
class World {
	static async start(events, { smtp = [], args = [], wrap = [] } = {}) {
		const w = new World();
		w.dir = temporary();
		w.content = path.join(w.dir, 'content');
		w.args = args;
		fs.cpSync(fixtures, w.content, { recursive: true });
		events.forEach((one) => w.write(one));
		w.import();
		w.smtp = await receiver(smtp);
		await w.run({ wrap });
		person(w.dir, 'chief', { roles: { national: 'editor' } });
		w.chief = await enter(w.server, 'chief', here);
		return w;
	}

	async run({ wrap = [], args = [] } = {}) {
		this.server = await Server.start({ dir: this.dir, content: null, env: fast, wrap, args: [`--mail-server=smtp://127.0.0.1:${this.smtp.port}`,
			'--mail-from=network@example.org', '--mail-from-name=The network', '--public-origin=https://network.example.org', '--sign-in-address-tries=100000',
			'--event-look=1s', '--event-settle=0s', ...this.args, ...args] });
	}

	write(one) {
		fs.writeFileSync(path.join(this.content, `national/event/${one.slug}.xml`), event({ ...far, ...one }));
	}

	import() {
		const done = commonweal(this.dir, ['import', this.content]);
		assert.equal(done.status, 0, done.stderr);
	}

	async member(login, roles = {}) {
		person(this.dir, login, { roles, flags: [`--email=${login}@example.org`] });
		return enter(this.server, login, here);
	}

	async setup(slug, fields = {}) {
		const answer = await this.chief.submit(`/events/${slug}/organise`, `/events/${slug}/organise`, { registration: 'open', waiting: 'yes', ...fields });
		assert.equal(answer.status, 303, answer.text.split('That did not work')[1]?.slice(0, 200));
	}

	/* Only while the server is stopped. */
	sql(text) {
		const done = sqlite3(path.join(this.dir, 'commonweal.db'), text);
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim();
	}

	/* A look while the server runs: SQLite's readers hinder nobody. */
	sqlLive(text) {
		const done = sqlite3(path.join(this.dir, 'commonweal.db'), text, '-readonly');
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim();
	}

	async mail(n) {
		return (await this.smtp.wait(n)).map((one) => ({ ...readMail(one), to: /^X-To: (.*)\r$/m.exec(one)[1], raw: one }));
	}

	async end(options) {
		const { code } = await this.server.end();
		await this.smtp.end(options);
		assert.equal(code, 0, this.server.stderr.slice(-2000));
	}
}
const register = (who, slug) => who.submit(`/events/${slug}/register`, `/events/${slug}/register`);
const cancel = (who, slug) => who.submit(`/events/${slug}`, `/events/${slug}/register/cancel`);

/* The iTIP part, as ical.js reads it. */
function itip(mail) {
	const part = mail.parts.find((one) => one.type.startsWith('text/calendar'));
	if (!part)
		return null;
	const calendar = new ICAL.Component(ICAL.parse(part.text)), e = calendar.getFirstSubcomponent('vevent');
	const method = calendar.getFirstPropertyValue('method');
	assert.ok(part.type.includes(`method=${method}`));
	return { method, uid: e.getFirstPropertyValue('uid'), sequence: e.getFirstPropertyValue('sequence'), status: e.getFirstPropertyValue('status'),
		organizer: e.getFirstPropertyValue('organizer'), attendee: e.getFirstPropertyValue('attendee'), name: e.getFirstProperty('attendee').getParameter('cn'),
		start: e.getFirstPropertyValue('dtstart').toString() };
}

test('registering, waiting, moving up, giving up: each is told, with iTIP', async () => {
	const w = await World.start([{ slug: 'one', title: 'Réunion “une”, 日本', more: '<venue>Room 2</venue>' }]);
	person(w.dir, 'ana', { flags: ['--email=ana@example.org', '--name=Ana "the; first", Exâmple'] });
	const ana = await enter(w.server, 'ana', here), bo = await w.member('bo');
	await w.setup('one', { capacity: '1', join_url: 'https://meet.example.org/j' });
	await register(ana, 'one');
	await register(bo, 'one');
	await w.mail(2);
	await cancel(ana, 'one');
	const [first, waiting, ...rest] = await w.mail(4);
	assert.equal(first.subject, 'Registered: Réunion “une”, 日本');
	assert.deepEqual(first.parts.map((p) => p.type.split(';')[0]), ['text/plain', 'text/html', 'text/calendar']);
	for (const part of first.parts.slice(0, 2))
		assert.match(part.text, /Saturday 5 May 2040, 9:00 am to 10:00 am EDT[\s\S]*Room 2[\s\S]*https:\/\/meet\.example\.org\/j[\s\S]*https:\/\/network\.example\.org\/events\/one/);
	const request = itip(first);
	assert.deepEqual([request.method, request.status, request.organizer, request.attendee, request.start, request.name],
		['REQUEST', 'CONFIRMED', 'mailto:network@example.org', 'mailto:ana@example.org', '2040-05-05T09:00:00', "Ana 'the; first', Exâmple"]);
	assert.equal(first.headers['list-id'], '"My registrations: confirmations, changes and cancellations" <event-registration.example.org>');
	assert.equal(first.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click');
	assert.equal(waiting.subject, 'Waiting list: Réunion “une”, 日本');
	assert.equal(itip(waiting), null);
	assert.doesNotMatch(waiting.raw, /meet\.example/, 'no link for who waits');
	const cancelled = rest.find((m) => m.to === 'ana@example.org'), promoted = rest.find((m) => m.to === 'bo@example.org');
	assert.match(promoted.subject, /^Registered/);
	assert.equal(itip(promoted).method, 'REQUEST');
	const off = itip(cancelled);
	assert.deepEqual([off.method, off.status, off.uid], ['CANCEL', 'CANCELLED', request.uid]);
	assert.ok(off.sequence > request.sequence);
	await w.end();
});

test('changes, calling off, materials: once each, to those who are registered', async () => {
	const w = await World.start([{ slug: 'one' }, { slug: 'other' }, { slug: 'over', start: soon(-60), end: soon(60), zone: 'Etc/UTC' }]);
	const ana = await w.member('ana'), bo = await w.member('bo');
	for (const slug of ['one', 'other', 'over'])
		await w.setup(slug);
	await register(ana, 'one');
	await register(bo, 'other');
	await register(ana, 'over');
	await w.mail(3);
	w.write({ slug: 'one', title: 'Only a title' });
	w.import();
	w.write({ slug: 'one', title: 'Only a title', start: '2040-05-05T11:00', end: '2040-05-05T12:00' });
	w.import();
	const changed = (await w.mail(4))[3];
	assert.equal(changed.subject, 'Changed: Only a title');
	assert.match(changed.parts[0].text, /11:00 am to 12:00 pm EDT/);
	assert.deepEqual([itip(changed).method, itip(changed).sequence, itip(changed).start], ['REQUEST', 1, '2040-05-05T11:00:00']);
	w.write({ slug: 'one', title: 'Only a title', start: '2040-05-05T11:00', end: '2040-05-05T12:00', more: '<state>cancelled</state>' });
	w.import();
	const off = (await w.mail(5))[4];
	assert.equal(off.subject, 'Called off: Only a title');
	assert.deepEqual([itip(off).method, itip(off).sequence], ['CANCEL', 2]);
	w.write({ slug: 'over', start: soon(-60), end: soon(-30), zone: 'Etc/UTC', more: '<recording link="https://example.org/video"/>' });
	w.import();
	const materials = (await w.mail(6))[5];
	assert.match(materials.subject, /^Materials of/);
	assert.equal(materials.headers['list-id'], '"Recordings, slides and minutes of events that I was registered for" <event-materials.example.org>');
	/* A last message after at least one more look: nothing came between. */
	w.write({ slug: 'other', start: '2040-06-05T09:00', end: '2040-06-05T10:00' });
	w.import();
	const last = await w.mail(7);
	assert.deepEqual(last.map((m) => m.to.split('@')[0]), ['ana', 'bo', 'ana', 'ana', 'ana', 'ana', 'bo']);
	await w.end();
});

test('reminders come once, for who wants them; a link in the mail ends them', async () => {
	const w = await World.start([{ slug: 'soon', start: soon(30), end: soon(90), zone: 'Etc/UTC' }, { slug: 'later', start: soon(3000), end: soon(3060), zone: 'Etc/UTC' }]);
	const ana = await w.member('ana'), bo = await w.member('bo');
	await bo.submit('/me/notifications', '/me/notifications', { 'way-event-reminder': 'page' });
	for (const who of [ana, bo])
		for (const slug of ['soon', 'later']) {
			await w.setup(slug);
			await register(who, slug);
		}
	await w.mail(4);
	await w.setup('soon', { reminders: '1d 1h' });
	const [reminder] = (await w.mail(5)).slice(4);
	assert.deepEqual([reminder.to, reminder.subject], ['ana@example.org', 'Soon: An event']);
	const leave = new URL(/<(.*)>/.exec(reminder.headers['list-unsubscribe'])[1]).pathname, anyone = new Client(w.server, here);
	assert.match((await anyone.get(leave)).text, /Do you want to get no more/);
	const chosen = async (kind) => new RegExp(`name="way-event-${kind}" value="(\\w+)" checked`).exec((await ana.get('/me/notifications')).text)[1];
	assert.equal(await chosen('reminder'), 'mail', 'looking changes nothing');
	const forged = leave.replace(/.$/, (c) => (c === '0' ? '1' : '0'));
	for (const wrong of [forged, leave.replace('event-reminder', 'event-registration'), leave.replace('event-', '')])
		assert.equal((await anyone.post(wrong, { 'List-Unsubscribe': 'One-Click' })).status, 404);
	/* As a mail program does it: no cookie, no Origin. */
	const done = await anyone.send('POST', leave, 'List-Unsubscribe=One-Click', { Origin: undefined });
	assert.equal(done.status, 200);
	assert.equal(await chosen('reminder'), 'page');
	assert.equal(await chosen('registration'), 'mail');
	await w.setup('later', { reminders: '7d' });
	const cy = await w.member('cy');
	await register(cy, 'later');
	const all = await w.mail(6);
	assert.equal(all.length, 6);
	assert.equal(all[5].to, 'cy@example.org', 'nobody was reminded any more');
	await w.end();
});

test('rights, seat and wishes are those of the moment of sending', async () => {
	const w = await World.start([{ slug: 'members', audience: 'network' }, { slug: 'open' }], { smtp: ['--greylist', '4'] });
	const people = {};
	for (const login of ['ana', 'bo', 'cy', 'di'])
		people[login] = await w.member(login, { newark: 'reader' });
	await w.setup('members');
	for (const who of Object.values(people))
		await register(who, 'members');
	/* All four were put off. */
	while (Number(w.sqlLive('SELECT count(*) FROM job WHERE kind = \'event-mail\' AND problem IS NOT NULL')) < 4)
		await new Promise((resolve) => { setTimeout(resolve, 100); });
	const run = (...args) => assert.equal(commonweal(w.dir, args, fast).status, 0, args.join(' '));
	run('account', 'role', 'ana', 'newark', 'none');
	run('account', 'disable', 'bo');
	await cancel(people.cy, 'members');
	await w.server.stop();
	w.sql('UPDATE job SET due_us = 0 WHERE state = 1');
	await w.run();
	const all = await w.mail(2);
	assert.deepEqual(all.map((m) => `${m.to} ${m.subject.split(':')[0]}`).sort(), ['cy@example.org Cancelled', 'di@example.org Registered']);
	await w.server.stop();
	assert.equal(w.sql('SELECT count(*) FROM job WHERE kind = \'event-mail\' AND state = 1'), '0');
	await w.run();
	await w.end();
});

test('servers that refuse, put off, close and are slow', async () => {
	const refused = await World.start([{ slug: 'one' }], { smtp: ['--refuse', '554'] });
	await refused.setup('one');
	await register(await refused.member('ana'), 'one');
	while (refused.sqlLive("SELECT state FROM job WHERE kind = 'event-mail'") !== '3')
		await new Promise((resolve) => { setTimeout(resolve, 100); });
	assert.match(refused.sqlLive("SELECT problem FROM job WHERE kind = 'event-mail'"), /did not take the message/);
	assert.equal(refused.smtp.messages().length, 0);
	await refused.end();
	for (const smtp of [['--greylist', '1'], ['--close', '1'], ['--slow', '2']]) {
		const w = await World.start([{ slug: 'one' }], { smtp });
		await w.setup('one');
		await register(await w.member('ana'), 'one');
		if (smtp[0] !== '--slow') {
			while (!w.sqlLive("SELECT problem FROM job WHERE kind = 'event-mail' AND problem IS NOT NULL"))
				await new Promise((resolve) => { setTimeout(resolve, 100); });
			await w.server.stop();
			w.sql('UPDATE job SET due_us = 0 WHERE state = 1');
			await w.run();
		}
		assert.equal((await w.mail(1)).length, 1, smtp.join(' '));
		await w.end();
	}
});

test('killed between sending and noting: none is lost, and one person gets one twice', async () => {
	const w = await World.start([{ slug: 'one' }], { smtp: ['--hold', '3'] });
	const people = [];
	for (let i = 0; i < 6; i++)
		people.push(await w.member(`p${i}`));
	await w.setup('one');
	for (const who of people)
		await register(who, 'one');
	await w.mail(3); /* the third is on the receiver's disk, and the server waits for the answer */
	await w.server.stop('SIGKILL');
	const folder = w.smtp.folder;
	await w.smtp.end({ keep: true, kill: true });
	w.smtp = await receiver(['--first', '3'], folder);
	w.sql('UPDATE job SET due_us = 0 WHERE state = 1');
	await w.run();
	const all = await w.mail(7);
	assert.deepEqual(all.map((m) => m.to).sort(), ['p0', 'p1', 'p2', 'p2', 'p3', 'p4', 'p5'].map((p) => `${p}@example.org`));
	const twice = all.filter((m) => m.to === 'p2@example.org');
	assert.equal(twice[0].headers['message-id'], twice[1].headers['message-id'], 'programs can tell that it is one');
	await w.end();
});

const report = (to, id, { action = 'failed', status = '5.1.1' } = {}) => `From: MAILER-DAEMON@mx.example.net\r
To: network@example.org\r
Subject: Undelivered Mail\r
Content-Type: multipart/report; report-type=delivery-status;\r
\tboundary="=_b"\r
\r
--=_b\r
Content-Type: text/plain\r
\r
Sorry.\r
--=_b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example.net\r
\r
Original-Recipient: rfc822;${to}\r
Final-Recipient: rfc822; ${to}\r
Action: ${action}\r
Status: ${status}\r
\r
--=_b\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: ${id}\r
Subject: x\r
\r
--=_b--\r
`;

test('mail that came back: counted for our own messages only, then the address gets no more', async () => {
	const w = await World.start(['a', 'b', 'c', 'd', 'e'].map((slug) => ({ slug })));
	const ana = await w.member('ana');
	const bounce = (message) => {
		const done = commonweal(w.dir, ['bounce'], {}, message);
		assert.equal(done.status, 0, done.stderr);
		return done.stdout;
	};
	const ids = [];
	for (const slug of ['a', 'b', 'c']) {
		await w.setup(slug);
		await register(ana, slug);
		ids.push((await w.mail(ids.length + 1)).at(-1).headers['message-id']);
	}
	assert.match(bounce('Subject: hello\r\n\r\nNot a report\r\n'), /Left alone/);
	assert.match(bounce(report('ana@example.org', '<forged@example.org>')), /Left alone/);
	assert.match(bounce(report('bo@example.org', ids[0])), /Left alone/);
	assert.match(bounce(report('ana@example.org', ids[0], { action: 'delayed', status: '4.4.1' })), /Left alone/);
	assert.match(bounce(report('Ana@Example.org', ids[0])), /Counted: ana@example\.org \(5\.1\.1\)/);
	assert.match(bounce(report('ana@example.org', ids[0])), /Left alone/, 'each message once');
	assert.match(bounce(report('ana@example.org', ids[1])), /Counted/);
	await w.setup('d');
	await register(ana, 'd');
	await w.mail(4);
	assert.match(bounce(report('ana@example.org', ids[2])), /Counted/);
	await w.setup('e');
	await register(ana, 'e');
	await register(await w.member('bo'), 'e');
	assert.equal((await w.mail(5))[4].to, 'bo@example.org', 'nothing more to ana');
	assert.match(w.sqlLive("SELECT problem FROM job WHERE state = 3"), /came back too often/);
	assert.equal(commonweal(w.dir, ['bounce', '--clear', 'ana@example.org']).status, 0);
	await cancel(ana, 'e');
	assert.equal((await w.mail(6))[5].to, 'ana@example.org');
	await w.end();
});

test('a digest comes after its period, with what its reader may see', async () => {
	const w = await World.start([{ slug: 'soon', title: 'Soon one', start: soon(3000), end: soon(3060), zone: 'Etc/UTC' },
		{ slug: 'members', title: 'Members only', audience: 'network', start: soon(3000), end: soon(3060), zone: 'Etc/UTC' }]);
	const ana = await w.member('ana'), bo = await w.member('bo', { newark: 'reader' });
	for (const who of [ana, bo])
		await who.submit('/me/notifications', '/me/notifications', { 'way-event-digest': 'weekly' });
	await w.server.stop();
	w.sql("INSERT INTO event_person (account_id, digest_us) SELECT account_id, 1 FROM notification_wish WHERE way = 'weekly' ON CONFLICT (account_id) DO UPDATE SET digest_us = 1");
	await w.run();
	const all = await w.mail(2);
	const of = (who) => all.find((m) => m.to === `${who}@example.org`).parts[0].text;
	assert.match(of('ana'), /Soon one/);
	assert.doesNotMatch(of('ana'), /Members only/);
	assert.match(of('bo'), /Soon one[\s\S]*Members only|Members only[\s\S]*Soon one/);
	await w.end();
});

/* Preloaded, not by its command: that would take the signal which stops the server. */
const faketime = fs.globSync?.('/usr/lib/*/faketime/libfaketime.so.1')[0] ?? fs.readdirSync('/usr/lib').map((one) => `/usr/lib/${one}/faketime/libfaketime.so.1`)
	.find((one) => fs.existsSync(one));

/* The server's clock stands at these moments, in UTC; the reminder is due 24 hours
 * before 9 in the morning of the day on which the clocks change. */
for (const [name, day, before_, after_] of [['forward', '2040-03-11', '2040-03-10 12:58:00', '2040-03-10 13:01:00'],
	['back', '2040-11-04', '2040-11-03 13:58:00', '2040-11-03 14:01:00']])
	test(`clocks go ${name}: the reminder comes 24 hours before, not 23 or 25`, async () => {
		const w = await World.start([{ slug: 'one', title: 'On the day', start: `${day}T09:00`, end: `${day}T10:00` },
			{ slug: 'other', title: 'Elsewhere', start: `${day}T05:30`, end: `${day}T06:30`, zone: 'America/Phoenix' }]);
		const ana = await w.member('ana');
		for (const slug of ['one', 'other']) {
			await w.setup(slug, { reminders: '1d' });
			await register(ana, slug);
		}
		await w.mail(2);
		for (const [clock, subjects] of [[before_, ['Soon: Elsewhere']], [after_, ['Soon: On the day']]]) {
			await w.server.stop();
			const there = w.smtp.messages().length;
			w.sql('UPDATE job SET due_us = 0 WHERE state = 1');
			await w.run({ wrap: ['env', 'TZ=UTC', `LD_PRELOAD=${faketime}`, `FAKETIME=@${clock}`, 'ASAN_OPTIONS=verify_asan_link_order=0'] });
			const all = await w.mail(there + 1);
			assert.deepEqual(all.slice(there).map((m) => m.subject), subjects, clock);
		}
		assert.match((await w.mail(4))[3].parts[0].text, name === 'forward' ? /9:00 am to 10:00 am EDT/ : /9:00 am to 10:00 am EST/);
		await w.end();
	});
