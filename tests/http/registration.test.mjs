// SPDX-License-Identifier: GPL-3.0-or-later
/* Registration: who gets a seat, in which order, who sees what. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { event } from '../support/events.mjs';
import { fixtures, Server, temporary } from '../support/server.mjs';

const content = temporary();
const write = (one) => {
	const folder = path.join(content, one.space ?? 'national', 'event');
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, `${one.slug}.xml`), event(one));
};
const soon = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 16);
const crowd = 200;
const ids = {};
let server, chief, ana, bo;

before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	for (const slug of ['open', 'questions', 'approval', 'invited', 'team', 'race', 'closing', 'soon-closed', 'link', 'feed'])
		write({ slug, title: `The ${slug} one`, start: '2040-05-05T09:00', end: '2040-05-05T10:00', zone: 'America/New_York' });
	write({ slug: 'now', title: 'Going on — Ελληνικά', start: soon(-1), end: soon(1), zone: 'Etc/UTC' });
	write({ slug: 'members', title: 'For members', audience: 'network', start: '2040-05-05T09:00', end: '2040-05-05T10:00', zone: 'America/New_York' });
	server = await Server.start({ content, env: fast, args: ['--sign-in-tries=100000', '--sign-in-address-tries=100000'] });
	person(server.dir, 'chief', { roles: { national: 'editor' } });
	person(server.dir, 'ana', { roles: { newark: 'reader' } });
	ids.bo = person(server.dir, 'bo', { roles: { cincinnati: 'reader' } });
	[chief, ana, bo] = [await enter(server, 'chief'), await enter(server, 'ana'), await enter(server, 'bo')];
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr.slice(-2000));
	fs.rmSync(content, { recursive: true });
});

async function setup(slug, fields) {
	const answer = await chief.submit(`/events/${slug}/organise`, `/events/${slug}/organise`, { registration: 'open', waiting: 'yes', ...fields });
	assert.equal(answer.status, 303, /<p>([^<]*)<\/p>/.exec(answer.text.split('That did not work')[1] ?? '')?.[1]);
}
const register = (who, slug, fields = {}) => who.submit(`/events/${slug}/register`, `/events/${slug}/register`, fields);
const cancel = (who, slug) => who.submit(`/events/${slug}`, `/events/${slug}/register/cancel`);
const state = async (who, slug) => /<strong>([^<]*)<\/strong>/.exec((await who.get(`/events/${slug}`)).text.split('id="registration"')[1] ?? '')?.[1];
const wrong = (answer) => /That did not work<\/h2>\s*<p>([^<]*)</.exec(answer.text)?.[1].replaceAll('&#39;', "'");

/* The list as the organizers download it: [{ name, state, ... }] in the order of asking. */
async function list(slug) {
	const rows = (await chief.get(`/events/${slug}/attendees.csv`)).text.trim().split('\r\n').map((line) => [...`${line},`.matchAll(/("(?:[^"]|"")*"|[^,]*),/g)].map((m) => m[1].replace(/^"([\s\S]*)"$/, '$1').replaceAll('""', '"')));
	return rows.slice(1).map((row) => Object.fromEntries(rows[0].map((name, i) => [name, row[i]])));
}

test('open registration: one seat each, given up and taken again', async () => {
	assert.match((await new Client(server).get('/events/open')).text, /Dates|Cite/);
	assert.doesNotMatch((await new Client(server).get('/events/open')).text, /id="registration"/);
	await setup('open', { capacity: '1' });
	assert.match((await new Client(server).get('/events/open')).text, /href="\/sign-in\?next=%2Fevents%2Fopen">Sign in to register/);
	assert.match((await ana.get('/events/open')).text, /1 of 1 places are free/);
	const answer = await register(ana, 'open');
	assert.equal(answer.status, 303);
	assert.match((await ana.get(answer.location)).text, /role="status">You are registered\./);
	assert.doesNotMatch((await ana.get('/events/open?done=registered')).text, /role="status">You are/, 'nobody\'s link says so');
	assert.match(wrong(await register(ana, 'open')), /registration already/);
	await register(bo, 'open');
	assert.equal(await state(bo, 'open'), 'You are number 1 on the waiting list.');
	await cancel(ana, 'open');
	assert.equal(await state(bo, 'open'), 'You are registered.', 'the seat went to who waited');
	await register(ana, 'open');
	assert.equal(await state(ana, 'open'), 'You are number 1 on the waiting list.', 'who gave up stands at the end');
	await setup('open', { capacity: '2' });
	assert.equal(await state(ana, 'open'), 'You are registered.', 'more seats go to who waits');
	assert.equal((await list('open')).map((one) => `${one.name} ${one.state}`).join(), 'bo registered,ana registered');
});

test('when registration closes, the page for everyone says so, though nobody changed anything', async () => {
	const nobody = new Client(server);
	await setup('soon-closed', { closes: '2039-01-01T09:00' });
	sql(server.dir, `UPDATE event_setup SET closes_us = ${(Date.now() + 5000) * 1000} WHERE event_num = (SELECT num FROM record WHERE type = 'event' AND slug = 'soon-closed')`);
	assert.match((await nobody.get('/events/soon-closed')).text, /Sign in to register/);
	for (let i = 0; ; i++) {
		const { text } = await nobody.get('/events/soon-closed');
		if (/Registration is closed/.test(text))
			break;
		assert.ok(i < 300, 'it still says that one can register');
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	assert.doesNotMatch((await nobody.get('/events/soon-closed')).text, /Sign in to register/);
});

test('without a waiting list a full event says so; a closed one too', async () => {
	await setup('closing', { capacity: '1', waiting: '' });
	await register(ana, 'closing');
	assert.match(wrong(await register(bo, 'closing')), /no place left/);
	await setup('closing', { capacity: '5', closes: '2020-01-01T09:00' });
	assert.match(wrong(await bo.submit('/account', '/sign-out') && await bo.signIn('bo', 'the password of b') && await bo.post('/events/closing/register',
		{ csrf: /name="csrf" value="([0-9a-f]+)"/.exec((await bo.get('/account')).text)[1] })), /Registration is closed/);
	assert.match((await bo.get('/events/closing')).text, /Registration is closed/);
	const bad = await chief.submit('/events/closing/organise', '/events/closing/organise', { registration: 'open', closes: '2040-03-11T02:30', capacity: '7', join_url: 'http://x' });
	assert.equal(bad.status, 400);
	assert.match(wrong(bad), /clocks are put forward/);
	assert.match(bad.text, /name="capacity"[^>]*value="7"/, 'what was typed stays');
});

test('questions of the organizers: checked, kept when wrong, listed', async () => {
	await setup('questions', { label_0: 'Diet', kind_0: 'choice', choices_0: 'none\n vegetarian \n', required_0: 'yes', label_2: 'Remarks', kind_2: 'text', label_3: 'First time', kind_3: 'check' });
	assert.match(wrong(await register(ana, 'questions', { field_2: '=1+1' })), /'Diet' needs an answer/);
	const odd = await register(ana, 'questions', { field_0: 'stones', field_2: '<b>' });
	assert.match(wrong(odd), /Choose one of the answers/);
	assert.match(odd.text, /value="&lt;b&gt;"/);
	assert.match(wrong(await register(ana, 'questions', { field_0: 'none', field_2: 'x'.repeat(501) })), /too long/);
	assert.equal((await register(ana, 'questions', { field_0: 'vegetarian', field_2: '=HYPERLINK("http://x")', field_3: 'yes' })).status, 303);
	const csv = (await chief.get('/events/questions/attendees.csv')).text;
	assert.match(csv, /^"name","email","state","place","role","asked","checked in","Diet","Remarks","First time","may be named"\r\n/);
	assert.match(csv, /"vegetarian","'=HYPERLINK\(""http:\/\/x""\)","yes","no"\r\n$/);
	assert.match((await chief.get('/events/questions/attendees')).text, /Remarks: =HYPERLINK/);
	const stale = await chief.submit('/events/questions/organise', '/events/questions/organise', { registration: 'open', version: '0', capacity: '9' });
	assert.equal(stale.status, 409);
	assert.match(wrong(stale), /Someone else saved/);
});

test('approval, and invitations', async () => {
	await setup('approval', { registration: 'approval', capacity: '1' });
	await register(ana, 'approval');
	await register(bo, 'approval');
	assert.equal(await state(ana, 'approval'), 'Your registration is with the organizers.');
	const act = async (slug, label, who) => {
		const html = (await chief.get(`/events/${slug}/attendees`)).text;
		const row = html.split('<tr>').find((one) => one.includes(`<th scope="row">${who}`));
		const action = [...row.matchAll(/action="([^"]*)"[\s\S]*?name="act" value="([^"]*)"/g)].find((m) => m[2] === label)[1];
		return chief.post(action, { csrf: /name="csrf" value="([0-9a-f]+)"/.exec(html)[1], act: label, from: 'attendees' });
	};
	assert.equal((await act('approval', 'approve', 'bo')).status, 303);
	await act('approval', 'approve', 'ana');
	assert.equal(await state(bo, 'approval'), 'You are registered.');
	assert.equal(await state(ana, 'approval'), 'You are number 1 on the waiting list.', 'approval makes no seat');
	await act('approval', 'cancel', 'bo');
	assert.equal(await state(ana, 'approval'), 'You are registered.');
	await setup('invited', { registration: 'invitation' });
	assert.match(wrong(await register(ana, 'invited')), /by invitation/);
	const invite = (who) => chief.submit('/events/invited/attendees', '/events/invited/invite', { who });
	assert.match(wrong(await invite('ana\nnobody-of-that-name')), /'nobody-of-that-name' is neither/);
	assert.equal(await state(ana, 'invited'), undefined, 'all or none');
	assert.equal((await invite('ana')).status, 303);
	assert.equal(await state(ana, 'invited'), 'You are invited.');
	await register(ana, 'invited');
	assert.equal(await state(ana, 'invited'), 'You are registered.');
	assert.equal(await state(bo, 'invited'), undefined);
});

test('delegations: places by role, registered by the editors of their space', async () => {
	await setup('team', { delegations: 'yes', 'places_law-enforcement': '1', places_community: '1' });
	person(server.dir, 'lead', { roles: { newark: 'editor' } });
	person(server.dir, 'carl', { roles: { newark: 'reader' } });
	const lead = await enter(server, 'lead'), page = '/events/team/delegation';
	const html = (await lead.get(page)).text;
	assert.match(html, /0 of 1/);
	const id = (name) => new RegExp(`<th scope="row">${name}</th>[\\s\\S]*?name="who" value="([^"]*)"`).exec(html)[1];
	const csrf = /name="csrf" value="([0-9a-f]+)"/.exec(html)[1];
	const send = (fields) => lead.post(page, { csrf, space: 'newark', ...fields });
	assert.equal((await send({ who: id('ana'), role: 'community' })).status, 303);
	assert.equal((await send({ who: id('carl'), role: 'community' })).status, 303);
	assert.equal(await state(ana, 'team'), 'You are registered.');
	assert.equal((await list('team')).map((one) => `${one.name} ${one.state} ${one.role}`).join(), 'ana registered community,carl waiting community');
	await cancel(ana, 'team');
	assert.deepEqual((await list('team')).filter((one) => one.state === 'registered').map((one) => one.name), ['carl']);
	/* Not for a space of others, nor someone of another space. */
	assert.equal((await send({ space: 'cincinnati', who: id('ana'), role: 'community' })).status, 404);
	assert.equal((await send({ who: ids.bo, role: 'community' })).status, 400);
	assert.equal((await bo.get(page)).status, 404);
	/* By oneself: the space must be one's own. */
	assert.match(wrong(await register(bo, 'team', { space: 'newark', role: 'community' })), /Choose the place/);
	await register(bo, 'team', { space: 'cincinnati', role: 'law-enforcement' });
	assert.equal(await state(bo, 'team'), 'You are registered.');
});

test('the link to join is for who is registered, and nobody else', async () => {
	const link = 'https://meet.example.org/j/12345?pwd=secret';
	await setup('link', { join_url: link, join_note: 'Bring coffee.', capacity: '1' });
	await register(ana, 'link');
	await register(bo, 'link');
	const sees = async (who, address) => (await who.get(address)).text.replaceAll(/\r\n /g, '').replaceAll('&amp;', '&').includes('meet.example.org/j/12345');
	for (const address of ['/events/link', '/events/link/event.ics']) {
		assert.ok(await sees(ana, address), address);
		assert.ok(!await sees(bo, address), `${address}, waiting`);
		assert.ok(!await sees(new Client(server), address), `${address}, nobody`);
	}
	assert.ok(await sees(chief, '/events/link') && await sees(chief, '/events/link/organise'));
	for (const address of ['/events/calendar.ics', '/api/v1/records?type=event', '/search?q=meet.example.org'])
		assert.ok(!await sees(ana, address), address);
	const feed = async (who, fields) => new URL(/value="([^"]*\/events\.ics)"/.exec((await who.submit('/calendars', '/calendars', fields)).text)[1]).pathname;
	const mine = await feed(ana, { mine: 'yes' }), all = await feed(ana, {}), others = await feed(bo, {});
	assert.ok(await sees(new Client(server), mine) && await sees(new Client(server), all));
	assert.ok(!await sees(new Client(server), others));
	assert.doesNotMatch((await new Client(server).get(mine)).text, /First webinar/, 'only events that ana is registered for');
	await cancel(ana, 'link');
	assert.ok(!await sees(ana, '/events/link'), 'gone with the seat');
	assert.ok(!await sees(new Client(server), all));
	assert.ok(await sees(bo, '/events/link'));
	/* The sequence counts: the link is the place. */
	const sequence = async () => Number(/SEQUENCE:(\d+)/.exec((await bo.get('/events/link/event.ics')).text)[1]);
	const first = await sequence();
	await setup('link', { join_url: `${link}4`, capacity: '1' });
	assert.equal(await sequence(), first + 1);
});

test('names are shown to those who come, of those who agreed', async () => {
	await setup('feed', { show_names: 'yes' });
	await register(ana, 'feed', { consent: 'yes' });
	assert.doesNotMatch((await bo.get('/events/feed')).text, /Others who come/);
	await register(bo, 'feed');
	assert.match((await bo.get('/events/feed')).text, /Others who come[\s\S]*<li>ana<\/li>/);
	assert.doesNotMatch((await ana.get('/events/feed')).text, /<li>bo<\/li>/);
	assert.equal((await bo.get('/events/feed/attendees')).status, 404);
	assert.equal((await bo.get('/events/feed/attendees.csv')).status, 404);
});

test('who cannot see an event cannot register for it', async () => {
	person(server.dir, 'stranger');
	const stranger = await enter(server, 'stranger');
	await setup('members', {});
	assert.equal((await stranger.get('/events/members/register')).status, 404);
	const csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await stranger.get('/account')).text)[1];
	assert.equal((await stranger.post('/events/members/register', { csrf })).status, 404);
	assert.equal((await register(ana, 'members')).status, 303);
});

test('check-in, certificate, feedback', async () => {
	await setup('now', {});
	await register(ana, 'now');
	assert.equal((await ana.get('/events/now/certificate.pdf')).status, 409);
	const html = (await chief.get('/events/now/check-in?q=an')).text;
	assert.match(html, /Check in<span class="visually-hidden">: ana/);
	const action = /action="([^"]*attendees\/[0-9a-f-]{36})"/.exec(html)[1];
	assert.equal((await chief.submit('/events/now/check-in', action, { act: 'check-in' })).location.split('?')[0], '/events/now/check-in');
	assert.match((await chief.get('/events/now/check-in')).text, /1 checked in\.[\s\S]*Undo check-in/);
	const pdf = path.join(temporary(), 'certificate.pdf');
	const answer = await fetch(`${server.base}/events/now/certificate.pdf`, { headers: { Cookie: [...ana.cookies].map(([n, v]) => `${n}=${v}`).join('; ') } });
	assert.equal(answer.headers.get('content-type'), 'application/pdf');
	fs.writeFileSync(pdf, Buffer.from(await answer.arrayBuffer()));
	const run = (program) => spawnSync(program, [pdf, ...(program === 'pdftotext' ? ['-'] : [])], { encoding: 'utf8' }).stdout;
	assert.match(run('pdfinfo'), /Title:\s+Certificate of attendance[\s\S]*Tagged:\s+yes/);
	assert.match(run('pdftotext'), /This certifies that\s+ana\s+took part in\s+Going on — Ελληνικά/);
	fs.rmSync(path.dirname(pdf), { recursive: true });
	assert.match(wrong(await ana.submit('/events/now/feedback', '/events/now/feedback', { text: 'Good' })), /Choose how useful/);
	assert.equal((await ana.submit('/events/now/feedback', '/events/now/feedback', { rating: '4', text: 'More of it' })).status, 303);
	const again = await ana.submit('/events/now/feedback', '/events/now/feedback', { rating: '1' });
	assert.match(wrong(again), /already/);
	assert.match((await chief.get('/events/now/attendees')).text, /4\.0 of 5 from 1 person\.[\s\S]*More of it/);
	assert.equal((await bo.get('/events/now/feedback')).status, 409);
});

test(`${crowd} people at once for the last seats: none too many, and the order stays`, { timeout: 300000 }, async () => {
	const seats = 37, people = [];
	await setup('race', { capacity: String(seats) });
	for (let i = 0; i < crowd; i++) {
		const login = `r${String(i).padStart(3, '0')}`;
		person(server.dir, login);
		people.push(login);
	}
	const clients = [];
	for (const login of people)
		clients.push(await enter(server, login, { agent: false }));
	const csrf = await Promise.all(clients.map(async (c) => /name="csrf" value="([0-9a-f]+)"/.exec((await c.get('/events/race/register')).text)[1]));
	const given = await Promise.all(clients.map((c, i) => c.post('/events/race/register', { csrf: csrf[i] })));
	assert.deepEqual([...new Set(given.map((one) => one.status))], [303]);
	const check = async (there) => {
		const rows = (await list('race')).filter((one) => one.state !== 'cancelled');
		assert.equal(rows.length, there);
		assert.equal(new Set(rows.map((one) => one.place)).size, there, 'no place twice');
		assert.deepEqual(rows.map((one) => one.state), rows.map((_, i) => (i < seats ? 'registered' : 'waiting')), 'the first have the seats');
		return rows;
	};
	const rows = await check(crowd);
	/* What each was told is what is stored. */
	assert.equal(given.filter((one) => /done=registered-/.test(one.location)).length, seats);
	/* Twenty give up and twenty who wait leave, at once: the next move up, in order. */
	const leaving = new Set([...rows.slice(5, 25), ...rows.slice(40, 60)].map((one) => one.name));
	const left = await Promise.all(clients.map((c, i) => (leaving.has(people[i]) ? c.post('/events/race/register/cancel', { csrf: csrf[i] }) : null)));
	assert.ok(left.every((one) => !one || one.status === 303));
	const after_ = await check(crowd - 40);
	assert.deepEqual(after_.map((one) => one.name), rows.filter((one) => !leaving.has(one.name)).map((one) => one.name));
	/* All at once: half of them leave while the others ask again. */
	await Promise.all(clients.map((c, i) => (leaving.has(people[i]) ? c.post('/events/race/register', { csrf: csrf[i] }) :
		i % 2 ? c.post('/events/race/register/cancel', { csrf: csrf[i] }) : null)));
	const last = (await list('race')).filter((one) => one.state !== 'cancelled');
	await check(last.length);
});
