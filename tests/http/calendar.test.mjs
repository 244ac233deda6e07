// SPDX-License-Identifier: GPL-3.0-or-later
/* Calendars as ical.js and python3-icalendar read them; libical reads them again in
 * tests/unit/test_ics.c. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { event } from '../support/events.mjs';
import { Client, enter, fast, person } from '../support/client.mjs';
import { build, commonweal, fixtures, Server, temporary, top } from '../support/server.mjs';

const { default: ICAL } = await import(createRequire(path.join(build, 'tests/packages/')).resolve('ical.js'));

const long = `Réunion à Nîmes; deux, trois \\ "quatre" — ${'日本語のとても長い題 '.repeat(12)}fin`;
const events = [
	{ slug: 'phoenix', start: '2026-03-08T02:30', end: '2026-03-08T03:30', zone: 'America/Phoenix' },
	{ slug: 'honolulu', start: '2026-11-01T01:30', end: '2026-11-01T02:30', zone: 'Pacific/Honolulu' },
	{ slug: 'before-spring', start: '2026-03-08T01:30', end: '2026-03-08T03:30', zone: 'America/New_York' },
	{ slug: 'after-spring', start: '2026-03-08T03:00', end: '2026-03-08T04:00', zone: 'America/New_York' },
	{ slug: 'before-autumn', start: '2026-11-01T00:30', end: '2026-11-01T03:00', zone: 'America/New_York' },
	{ slug: 'after-autumn', start: '2026-11-01T02:00', end: '2026-11-01T04:00', zone: 'America/New_York' },
	{ slug: 'old-rule', start: '2005-04-02T12:00', end: '2005-04-02T13:00', zone: 'America/New_York' },
	{ slug: 'long', title: long.replaceAll('&', '&amp;'), start: '2027-05-05T09:00', end: '2027-05-05T10:00', zone: 'Europe/London',
		more: '<venue>Nîmes, hall 1; floor 2</venue>' },
	{ slug: 'called-off', start: '2027-05-05T09:00', end: '2027-05-05T10:00', zone: 'America/Chicago', more: '<state>cancelled</state>' },
	{ slug: 'monthly', kind: 'training', start: '2026-01-14T14:00', end: '2026-01-14T15:00', zone: 'America/New_York',
		more: `<repeat rule="FREQ=MONTHLY;BYDAY=2WE" until="2026-12-31"><skips><skip date="2026-03-11T14:00"/></skips>
<changes><change date="2026-04-08T14:00"><start>2026-04-09T10:00</start><end>2026-04-09T11:00</end><venue>Elsewhere</venue></change>
<change date="2026-11-11T14:00" state="cancelled"/></changes></repeat>` },
	{ slug: 'closed', space: 'newark', audience: 'space', title: 'Closed meeting', start: '2027-02-02T09:00', end: '2027-02-02T10:00', zone: 'America/New_York' },
];

const content = temporary();
function write(one) {
	const folder = path.join(content, one.space ?? 'national', 'event');
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, `${one.slug}.xml`), event(one));
}

let server, member;
before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	events.forEach(write);
	server = await Server.start({ content, env: fast });
	person(server.dir, 'member', { roles: { newark: 'reader' } });
	member = await enter(server, 'member');
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr.slice(-2000));
	fs.rmSync(content, { recursive: true });
});

const again = () => {
	const done = commonweal(server.dir, ['import', content]);
	assert.equal(done.status, 0, done.stderr);
};

/* Both readers must understand it, and agree. */
function read(text) {
	for (const line of text.split('\r\n')) {
		assert.ok(Buffer.byteLength(line) <= 75, line);
		assert.ok(!line.includes('\n') && !line.includes('\ufffd'), line);
	}
	const calendar = new ICAL.Component(ICAL.parse(text));
	const zones = new Map(calendar.getAllSubcomponents('vtimezone').map((z) => [z.getFirstPropertyValue('tzid'), new ICAL.Timezone(z)]));
	/* By the VTIMEZONE in the file: ical.js knows no others. */
	const moment = (p) => {
		const time = p.getFirstValue().clone();
		time.zone = zones.get(p.getParameter('tzid'));
		assert.ok(time.zone, `no VTIMEZONE ${p.getParameter('tzid')}`);
		return `${new Date(time.toUnixTime() * 1000).toISOString().slice(0, 16)}Z`;
	};
	const found = calendar.getAllSubcomponents('vevent').map((e) => {
		const replaces = e.getFirstProperty('recurrence-id');
		const dates = [];
		if (e.getFirstProperty('rrule'))
			for (let it = new ICAL.RecurExpansion({ component: e, dtstart: e.getFirstPropertyValue('dtstart') }), d; (d = it.next());)
				dates.push(d.toString().slice(0, 16));
		return { uid: e.getFirstPropertyValue('uid'), summary: e.getFirstPropertyValue('summary'), sequence: e.getFirstPropertyValue('sequence'),
			status: e.getFirstPropertyValue('status'), location: e.getFirstPropertyValue('location') ?? '',
			start: moment(e.getFirstProperty('dtstart')), end: moment(e.getFirstProperty('dtend')),
			replaces: replaces ? moment(replaces) : null, dates: dates.length ? dates : null };
	});
	const python = spawnSync('/usr/bin/python3', [path.join(top, 'tests/support/read-ics.py')], { input: text, encoding: 'utf8' });
	assert.equal(python.status, 0, python.stderr);
	assert.deepEqual(JSON.parse(python.stdout), found);
	return found;
}

async function one(slug, client = new Client(server)) {
	const answer = await client.get(`/events/${slug}/event.ics`);
	assert.equal(answer.status, 200);
	assert.equal(answer.headers['content-type'], 'text/calendar; charset=utf-8');
	assert.equal(answer.headers['content-disposition'], `attachment; filename="${slug}.ics"`);
	return read(answer.text);
}

test('hours are right in zones with and without daylight saving, on both its edges', async () => {
	for (const [slug, start, end] of [
		['phoenix', '2026-03-08T09:30Z', '2026-03-08T10:30Z'], ['honolulu', '2026-11-01T11:30Z', '2026-11-01T12:30Z'],
		['before-spring', '2026-03-08T06:30Z', '2026-03-08T07:30Z'], ['after-spring', '2026-03-08T07:00Z', '2026-03-08T08:00Z'],
		['before-autumn', '2026-11-01T04:30Z', '2026-11-01T08:00Z'], ['after-autumn', '2026-11-01T07:00Z', '2026-11-01T09:00Z'],
		['old-rule', '2005-04-02T17:00Z', '2005-04-02T18:00Z'],
	]) {
		const [found] = await one(slug);
		assert.deepEqual([found.start, found.end], [start, end], slug);
	}
});

test('long text that is not ASCII is folded and escaped, and comes back whole', async () => {
	const [found] = await one('long');
	assert.equal(found.summary, long.replaceAll(/\s+/g, ' '));
	assert.equal(found.location, 'Nîmes, hall 1; floor 2');
	assert.equal(found.status, 'CONFIRMED');
	assert.equal((await one('called-off'))[0].status, 'CANCELLED');
});

test('a series has its rule, what is skipped, what is moved and what is called off', async () => {
	const [whole, moved, off, ...more] = await one('monthly');
	assert.deepEqual(whole.dates, ['2026-01-14', '2026-02-11', '2026-04-08', '2026-05-13', '2026-06-10', '2026-07-08', '2026-08-12',
		'2026-09-09', '2026-10-14', '2026-11-11', '2026-12-09'].map((d) => `${d}T14:00`));
	assert.deepEqual([moved.replaces, moved.start, moved.end, moved.location, moved.status],
		['2026-04-08T18:00Z', '2026-04-09T14:00Z', '2026-04-09T15:00Z', 'Elsewhere', 'CONFIRMED']);
	assert.deepEqual([off.replaces, off.start, off.status], ['2026-11-11T19:00Z', '2026-11-11T19:00Z', 'CANCELLED']);
	assert.deepEqual(more, []);
	assert.ok([moved, off].every((d) => d.uid === whole.uid && d.sequence === whole.sequence));
});

test('the sequence counts changes of time, place and state, and nothing else; the UID stays', async () => {
	const phoenix = events[0], [first] = await one('phoenix');
	const saved = async (changes) => {
		write({ ...phoenix, ...changes });
		again();
		return (await one('phoenix'))[0];
	};
	assert.equal(first.sequence, 0);
	assert.equal((await saved({ title: 'A better title', abstract: 'More of it.' })).sequence, 0);
	assert.equal((await saved({ end: '2026-03-08T04:00' })).sequence, 1);
	assert.equal((await saved({ end: '2026-03-08T04:00', more: '<venue>Room 1</venue>' })).sequence, 2);
	assert.equal((await saved({ end: '2026-03-08T04:00', more: '<venue>Room 1</venue><state>cancelled</state>' })).sequence, 3);
	const last = await saved({ end: '2026-03-08T04:00', more: '<venue>Room 1</venue>' });
	assert.equal(last.sequence, 4);
	assert.equal(last.uid, first.uid);
	assert.match(last.uid, /^[0-9a-f-]{36}$/);
});

test('public feeds: all, of a space, of a kind', async () => {
	const feed = async (address) => {
		const answer = await new Client(server).get(address);
		assert.equal(answer.status, 200, address);
		return { text: answer.text, found: read(answer.text).filter((e) => !e.replaces) };
	};
	const all = await feed('/events/calendar.ics');
	assert.equal(all.found.length, events.length - 1 + 2); /* the fixtures have two public ones, and one is closed */
	assert.doesNotMatch(all.text, /Closed meeting|platypus/);
	assert.match(all.text, /^X-WR-CALNAME:Events of the National network\r$/m);
	assert.match(all.text, /^REFRESH-INTERVAL;VALUE=DURATION:PT6H\r$/m);
	assert.equal((all.text.match(/BEGIN:VTIMEZONE/g)).length, 5, 'each zone once');
	assert.deepEqual((await feed('/events/calendar.ics?kind=training')).found.length, 1);
	assert.equal((await feed('/s/newark/events/calendar.ics')).found.length, 0);
	assert.equal((await feed('/events/calendar.ics?space=newark')).found.length, 0);
});

test('a secret address shows what its owner may see now, until it is revoked', async () => {
	const anyone = new Client(server);
	assert.equal((await anyone.get('/calendars')).location, '/sign-in?next=%2Fcalendars');
	const made = await member.submit('/calendars', '/calendars', { space: 'newark' });
	assert.equal(made.status, 200);
	const address = new URL(/value="([^"]*\/calendars\/[0-9a-f]{64}\/events\.ics)"/.exec(made.text)[1]).pathname;
	assert.doesNotMatch((await member.get('/calendars')).text, /[0-9a-f]{64}\/events/, 'it is shown once');
	const answer = await anyone.get(address);
	assert.deepEqual(read(answer.text).map((e) => e.summary), ['Closed meeting']);
	assert.doesNotMatch(answer.headers['cache-control'] ?? '', /public/);
	/* The database has its hash only. */
	const secret = address.split('/')[2];
	for (const file of fs.readdirSync(server.dir).filter((f) => f.startsWith('commonweal.db')))
		assert.ok(!fs.readFileSync(path.join(server.dir, file)).includes(secret), file);
	assert.doesNotMatch(server.stderr, new RegExp(secret));
	/* Rights are those of the moment. */
	const run = (...args) => assert.equal(commonweal(server.dir, args, fast).status, 0, args.join(' '));
	run('account', 'role', 'member', 'newark', 'none');
	assert.deepEqual(read((await anyone.get(address)).text), []);
	run('account', 'role', 'member', 'newark', 'reader');
	assert.equal(read((await anyone.get(address)).text).length, 1);
	const revoke = /action="(\/calendars\/[0-9a-f-]{36}\/revoke)"/.exec((await member.get('/calendars')).text)[1];
	assert.equal((await member.submit('/calendars', revoke)).status, 303);
	assert.equal((await anyone.get(address)).status, 404);
	assert.equal((await anyone.get(`/calendars/${'a'.repeat(64)}/events.ics`)).status, 404);
});

test('another person cannot revoke an address; twenty are enough', async () => {
	await member.submit('/calendars', '/calendars', {});
	const page = (await member.get('/calendars')).text, revoke = /action="(\/calendars\/[0-9a-f-]{36}\/revoke)"/.exec(page)[1];
	person(server.dir, 'other', { roles: { newark: 'reader' } });
	const other = await enter(server, 'other');
	const csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await other.get('/calendars')).text)[1];
	assert.equal((await other.post(revoke, { csrf })).status, 303);
	assert.match((await member.get('/calendars')).text, new RegExp(revoke));
	for (let i = 1; i < 20; i++)
		assert.equal((await member.submit('/calendars', '/calendars', { kind: 'webinar' })).status, 200);
	const full = await member.submit('/calendars', '/calendars', { kind: 'training' });
	assert.equal(full.status, 409);
	assert.match(full.text, /Revoke one/);
	assert.match(full.text, /value="training" selected/, 'what was chosen stays');
});

test('a disabled account\'s address shows nothing', async () => {
	person(server.dir, 'leaver', { roles: { newark: 'reader' } });
	const leaver = await enter(server, 'leaver');
	const made = await leaver.submit('/calendars', '/calendars', {});
	const address = new URL(/value="([^"]*\/events\.ics)"/.exec(made.text)[1]).pathname;
	assert.equal((await leaver.get(address)).status, 200);
	assert.equal(commonweal(server.dir, ['account', 'disable', 'leaver'], fast).status, 0);
	assert.equal((await new Client(server).get(address)).status, 404);
});

test('rules that cannot be are told with their line', () => {
	const wrong = (more, words) => {
		const dir = temporary(), folder = path.join(dir, 'in/national/event');
		fs.cpSync(fixtures, path.join(dir, 'in'), { recursive: true });
		fs.writeFileSync(path.join(folder, 'bad.xml'), event({ slug: 'bad', start: '2026-01-14T14:00', end: '2026-01-14T15:00', zone: 'America/New_York', more }));
		const done = commonweal(dir, ['import', path.join(dir, 'in')]);
		assert.equal(done.status, 1);
		assert.match(done.stderr + done.stdout, words);
		fs.rmSync(dir, { recursive: true });
	};
	wrong('<repeat rule="FREQ=WEEKLY;BYDAY=MO" count="3"/>', /does not begin at/);
	wrong('<repeat rule="FREQ=DAILY" until="2036-01-01"/>', /more than 400 dates/);
	wrong('<repeat rule="FREQ=SECONDLY" count="3"/>', /a rule as FREQ=/);
	wrong('<repeat rule="FREQ=WEEKLY"/>', /count|until/);
	wrong('<repeat rule="FREQ=WEEKLY" count="3"><skips><skip date="2026-01-15T14:00"/></skips></repeat>', /no date 2026-01-15T14:00/);
	wrong('<repeat rule="FREQ=WEEKLY" count="3"><skips><skip date="2026-01-21T14:00"/></skips><changes><change date="2026-01-21T14:00" state="cancelled"/></changes></repeat>', /stands here twice/);
});
