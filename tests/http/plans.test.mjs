// SPDX-License-Identifier: GPL-3.0-or-later
/* Plans: a guide becomes a jurisdiction's own; and nobody outside it sees a trace, but for the counts that it shares. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';

const dir = temporary(), content = temporary(), here = '/s/cincinnati/plans';
let server, writer, editor, reader, other, staff, admin, ids, plan, guide, steps;

const step = (slug, title, text, role) => `<step slug="${slug}"${role ? ` role="${role}"` : ''}><title>${title}</title>
	<text><p xmlns="http://www.w3.org/1999/xhtml">${text}</p></text><resources><resource>A room</resource></resources></step>`;
const guideXml = (list, { audience = 'public', space = 'national', slug = 'governance' } = {}) => `<?xml version="1.0" encoding="UTF-8"?>
<guide xmlns="urn:commonweal:record:1" xmlns:dc="http://purl.org/dc/terms/" space="${space}" slug="${slug}" audience="${audience}">
	<dc:title>Guide ${slug}</dc:title><dc:abstract>How it goes.</dc:abstract><dc:creator>Test Office</dc:creator><dc:issued>2012</dc:issued>
	<dc:language>en</dc:language><dc:subject>call-in</dc:subject><strategy>group-violence</strategy><steps>${list.join('')}</steps>
	<body xmlns="http://www.w3.org/1999/xhtml"><p>Some text.</p></body></guide>`;
const first = [step('commit', 'Commit in public', 'The mayor says so.', 'governing-board project-manager'),
	step('manager', 'Name a manager', 'One person.', 'project-manager'), step('meet', 'Meet', 'Every second month.', 'working-group research')];
function put(text, name, space = 'national') {
	fs.mkdirSync(path.join(content, space, 'guide'), { recursive: true });
	fs.writeFileSync(path.join(content, space, 'guide', name), text);
}
function load() {
	const done = commonweal(dir, ['import', content], fast);
	assert.equal(done.status, 0, done.stderr);
}
const sql = (text) => {
	const done = sqlite3(path.join(dir, 'commonweal.db'), text, '-readonly');
	assert.equal(done.status, 0, done.stderr);
	return done.stdout.trim();
};
const day = (days) => new Date(Date.now() - 10 * 3600e3 + days * 86400e3).toISOString().slice(0, 10);
/* What outsiders see before there is a plan, to be the same when there is one. */
const looks = ['/s/cincinnati', '/s/cincinnati/search?q=commit', '/search?q=commit', '/search/texts?q=commit', '/guides/governance', '/library?q=commit', '/exchange', '/s/cincinnati/exchange',
	here, '/plans', '/s/newark/plans', '/s/cincinnati/people', '/s/cincinnati/groups', '/me', '/feed.atom', '/sitemap.xml', '/api/v1/suggest?q=comm', '/api/v1/records?q=commit',
	'/s/cincinnati/indicators/completeness', '/calendars', '/s/cincinnati/events', '/account'];
const look = async (who) => {
	const seen = {};
	for (const target of looks) {
		const { status, text, location } = await who.get(target);
		seen[target] = `${status} ${location ?? ''} ${text}`.replaceAll(/\b[0-9a-f]{64}\b|\b[0-9a-f]{16}\b/g, 'HASH')
			.replaceAll(/\d{1,2} \w+ \d{4}, \d\d:\d\d UTC/g, 'NOW').replaceAll(/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, 'NOW');
	}
	return seen;
};
const outsiders = new Map();
const plain = (html) => html.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ');
const readSteps = async () => [...(await writer.get(plan)).text.matchAll(/<tr id="s-([0-9a-f-]+)">[\s\S]*?<a href="[^"]*">([^<]*)<\/a>/g)]
	.map(([, id, title]) => ({ id, title, url: `${plan}/steps/${id}` }));
const save = (who, url, fields) => who.submit(url, url, { status: 'not-started', reason: '', due: '', owner: '', body: '', notes: '', ...fields });

before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	put(guideXml(first), 'governance.xml');
	put(guideXml(first, { audience: 'space', space: 'newark', slug: 'theirs' }), 'theirs.xml', 'newark');
	load();
	ids = { writer: person(dir, 'writer', { roles: { cincinnati: 'contributor', newark: 'reader' } }),
		editor: person(dir, 'editor', { roles: { cincinnati: 'editor' } }), reader: person(dir, 'reader', { roles: { cincinnati: 'reader' } }),
		other: person(dir, 'other', { roles: { newark: 'space-admin' } }), staff: person(dir, 'staff', { roles: { national: 'editor' } }) };
	person(dir, 'admin', { flags: ['--network-admin'] });
	server = await Server.start({ dir, content: null, env: { ...fast, COMMONWEAL_PLAN_REMINDER_INTERVAL: '1s' } });
	writer = await enter(server, 'writer');
	editor = await enter(server, 'editor');
	reader = await enter(server, 'reader');
	other = await enter(server, 'other');
	staff = await enter(server, 'staff');
	admin = await enter(server, 'admin');
	for (const who of [other, staff, admin, new Client(server)])
		outsiders.set(who, await look(who));
	const page = await writer.get('/guides/governance');
	guide = /plans\/new\?guide=([0-9a-f-]+)/.exec(page.text)[1];
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
	fs.rmSync(content, { recursive: true });
});

test('a guide offers itself to those who may adopt it, and to nobody else', async () => {
	assert.match((await writer.get('/guides/governance')).text, /Make this our plan/);
	for (const who of [reader, staff, admin])
		assert.doesNotMatch((await who.get('/guides/governance')).text, /Make this our plan/);
	assert.doesNotMatch(await server.text('/guides/governance'), /Make this our plan/);
	assert.match((await writer.get(here)).text, /No plan yet/);
	assert.match((await writer.get(here)).text, /Guide governance/);
	/* What is for Newark alone does not become Cincinnati's. */
	const theirs = /plans\/new\?guide=([0-9a-f-]+)/.exec((await other.get('/s/newark/guides/theirs')).text)[1];
	assert.doesNotMatch((await writer.get('/s/newark/guides/theirs')).text, /Make this our plan/);
	assert.equal((await writer.get(`${here}/new?guide=${theirs}`)).status, 404);
	assert.doesNotMatch((await writer.get(here)).text, /theirs/);
});

test('adopting: what is wrong is told and kept, dates follow, and it can be undone until something is done', async () => {
	const form = `${here}/new?guide=${guide}`;
	const wrong = await writer.submit(form, here, { title: 'Our <b>plan</b>', start: '2026-02-30', w_commit: '1', w_manager: 'x', w_meet: '3', act: 'adopt' });
	assert.equal(wrong.status, 400);
	assert.match(wrong.text, /value="Our &lt;b&gt;plan&lt;\/b&gt;"/);
	assert.match(wrong.text, /value="x"/);
	assert.match((await writer.submit(form, here, { title: '', start: day(0), w_commit: '1', w_manager: '1', w_meet: '1', act: 'adopt' })).text, /Give the plan a name/);
	assert.match((await writer.submit(form, here, { title: 'x'.repeat(201), start: day(0), w_commit: '1', w_manager: '1', w_meet: '1', act: 'adopt' })).text, /too long/);
	assert.match((await writer.submit(form, here, { title: 'x', start: day(0), w_commit: '105', w_manager: '1', w_meet: '1', act: 'adopt' })).text, /Step 1: give whole weeks/);
	assert.match((await writer.submit(form, here, { title: 'x', start: day(0), w_commit: '1', w_manager: '1', w_meet: '1', act: 'adopt', guide_version: '7' })).text, /revised in the meantime/);
	const fields = { title: 'Our <b>plan</b>', start: '2031-01-06', w_commit: '1', w_manager: '0', w_meet: '2' };
	const shown = await writer.submit(form, here, { ...fields, act: 'dates' });
	assert.match(plain(shown.text), /13 January 2031.*13 January 2031.*27 January 2031/);
	assert.match((await writer.get(here)).text, /No plan yet/);
	const gone = await writer.submit(form, here, { ...fields, act: 'adopt' });
	assert.equal(gone.status, 303);
	const mistaken = gone.location.split('?')[0];
	assert.match((await writer.get(gone.location)).text, /This is your plan now/);
	assert.equal((await reader.get(mistaken)).status, 200);
	assert.match((await reader.get('/guides/governance')).text, /Your plan from this guide/);
	assert.match((await writer.get(form)).text, /You have a plan from this guide already/);
	assert.doesNotMatch((await other.get('/guides/governance')).text, /Your plan from this guide/);
	assert.doesNotMatch((await admin.get('/guides/governance')).text, /Your plan from this guide/);
	await writer.submit(`${mistaken}/calendar`, `${mistaken}/calendar`);
	assert.equal((await writer.submit(mistaken, `${mistaken}/undo`)).status, 303);
	assert.equal((await writer.get(mistaken)).status, 404);
	assert.equal(sql('SELECT count(*) FROM calendar_key'), '0');
	assert.equal(sql("SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM plan_step), (SELECT count(*) FROM search_text WHERE kind LIKE 'plan%')"), '0|0|0');
	const made = await writer.submit(form, here, { ...fields, act: 'adopt' });
	plan = made.location.split('?')[0];
	steps = await readSteps();
	assert.deepEqual(steps.map((s) => s.title), ['Commit in public', 'Name a manager', 'Meet']);
	const page = (await reader.get(plan)).text;
	assert.match(page, /<h1>Our &lt;b&gt;plan&lt;\/b&gt;<\/h1>/);
	assert.match(plain(page), /0 of 3 steps done/);
	assert.match(plain(page), /1\. Commit in public.*Governing board.*13 January 2031.*Not started/);
	/* Which figures are due, by the dictionary. */
	assert.match(plain(page), /Homicides/);
	assert.match(plain(page), /Custom notifications/);
	assert.doesNotMatch(page, /name="csrf" value="[^"]*"\/><button[^>]*>Done/, 'a reader changes nothing');
});

test('a step is changed, with its history; what is wrong is told', async () => {
	const [commit] = steps;
	for (const [fields, words] of [[{ status: 'blocked' }, /Say what blocks it/], [{ status: 'not-for-us', reason: '' }, /Say why it is not for you/],
		[{ status: 'nonsense' }, /Choose where the step stands/], [{ due: '2031-13-01' }, /year-month-day/], [{ owner: ids.other }, /Choose a person of the list/],
		[{ body: 'mayor' }, /Choose a body/], [{ notes: 'n'.repeat(10001) }, /notes are too long/], [{ status: 'blocked', reason: 'r'.repeat(501) }, /reason is too long/]]) {
		const wrong = await save(writer, commit.url, { notes: 'typed <i>', ...fields });
		assert.equal(wrong.status, 400, JSON.stringify(fields).slice(0, 80));
		assert.match(wrong.text, words);
		if (!fields.notes)
			assert.match(wrong.text, /typed &lt;i&gt;<\/textarea>/);
	}
	const good = await save(writer, commit.url, { status: 'under-way', due: '2031-01-20', move_later: 'yes', owner: ids.reader, body: 'working-group',
		notes: '**Mayor** agreed.\n\n<script>alert(1)</script> [x](javascript:alert(1))' });
	if (good.status !== 303) /* what Markdown has no place for is said, by line */
		assert.match(good.text, /notes: Line/i);
	const saved = good.status === 303 ? good : await save(writer, commit.url, { status: 'under-way', due: '2031-01-20', move_later: 'yes', owner: ids.reader,
		body: 'working-group', notes: '**Mayor** agreed & "quoted" a < b.' });
	assert.equal(saved.status, 303, saved.text);
	assert.match((await writer.get(saved.location)).text, /later dates have moved along/);
	const page = (await reader.get(plan)).text;
	assert.match(plain(page), /Commit in public.*20 January 2031.*reader, Working group.*Under way.*20 January 2031.*3 February 2031/);
	const shown = (await reader.get(commit.url)).text;
	assert.match(shown, /<strong>Mayor<\/strong> agreed/);
	assert.doesNotMatch(shown, /<script>alert|javascript:/);
	assert.doesNotMatch(shown, /action="[^"]*\/steps\//, 'a reader has no form');
	assert.match(plain((await reader.get(`${plan}/history`)).text), /Status of “Commit in public” writer.*Not started.*Under way/);
	/* The owner is told, and by the scope of the space. */
	assert.equal(sql(`SELECT kind, scope LIKE 's:%' FROM notification WHERE account_id = '${ids.reader}'`), 'plan-assigned|1');
	assert.match(sql(`SELECT title FROM notification WHERE account_id = '${ids.reader}'`), /^writer gave you “Commit in public”/);
	/* It has done its work once the step is seen; the reader saw it above, before or after. */
	await reader.get(commit.url);
	assert.equal(sql(`SELECT count(*) FROM notification WHERE account_id = '${ids.reader}' AND seen_us = 0`), '0');
	/* It stands on their own page, and members find its words; others do not. */
	assert.match(plain((await reader.get('/me')).text), /Commit in public 20 January 2031/);
	assert.match((await reader.get('/search/texts?q=mayor')).text, new RegExp(commit.url));
	for (const who of [other, staff, admin])
		for (const page of ['/me', '/search/texts?q=mayor'])
			assert.doesNotMatch((await who.get(page)).text, /Commit in public|plans\/[0-9a-f]/);
	/* Given to another: the first is asked no longer. */
	await save(writer, commit.url, { due: '2031-01-20', owner: ids.editor });
	assert.equal(sql(`SELECT count(*) FROM notification WHERE account_id = '${ids.reader}'`), '0');
	assert.equal(sql(`SELECT count(*) FROM notification WHERE account_id = '${ids.editor}'`), '1');
});

test('two who write at once: both texts are shown, and none is lost', async () => {
	const { url } = steps[1];
	const old = forms((await writer.get(url)).text).find((f) => f.action === url).hidden;
	assert.equal((await save(editor, url, { notes: 'What the editor wrote' })).status, 303);
	const stale = await writer.post(url, { ...old, status: 'under-way', due: '', owner: '', body: '', reason: '', notes: 'What the writer wrote' });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /What the editor wrote/);
	assert.match(stale.text, /What the writer wrote<\/textarea>/);
	const again = forms(stale.text).find((f) => f.action === url).hidden;
	assert.equal((await writer.post(url, { ...again, status: 'under-way', due: '', owner: '', body: '', reason: '', notes: 'Both' })).status, 303);
	assert.match((await reader.get(`${plan}/history`)).text, /What the editor wrote/);
	const settings = `${plan}/settings`, oldSettings = forms((await writer.get(settings)).text).find((f) => f.action === settings).hidden;
	assert.equal((await editor.submit(settings, settings, { title: 'Newer', start: '2031-01-06', watch_homicides: 'yes' })).status, 303);
	assert.equal((await writer.post(settings, { ...oldSettings, title: 'Older', start: '2031-01-06' })).status, 409);
	assert.match((await writer.get(plan)).text, /<h1>Newer<\/h1>/);
});

test('own steps, order, done, and the start moves all that is to do', async () => {
	const bad = await writer.submit(`${plan}/steps/new`, `${plan}/steps`, { title: '', text: 'kept', due: '', after: steps[0].id });
	assert.equal(bad.status, 400);
	assert.match(bad.text, />kept<\/textarea>/);
	const added = await writer.submit(`${plan}/steps/new`, `${plan}/steps`, { title: 'Rent a hall', text: 'Near a *bus*.', due: '2031-01-22', after: steps[0].id });
	assert.equal(added.status, 303);
	const own = added.location.split('?')[0];
	assert.deepEqual((await readSteps()).map((s) => s.title), ['Commit in public', 'Rent a hall', 'Name a manager', 'Meet']);
	await writer.submit(plan, `${own}/move`, { to: 'down' });
	await writer.submit(plan, `${own}/move`, { to: 'down' });
	assert.deepEqual((await readSteps()).map((s) => s.title), ['Commit in public', 'Name a manager', 'Meet', 'Rent a hall']);
	const csrf = forms((await writer.get(plan)).text)[0].hidden.csrf;
	assert.equal((await writer.post(`${own}/move`, { csrf, to: 'down' })).status, 400, 'it is the last');
	await writer.submit(plan, `${steps[1].url}/done`);
	assert.match(plain((await writer.get(plan)).text), /1 of 4 steps done/);
	const settings = `${plan}/settings`;
	assert.equal((await writer.submit(settings, settings, { title: 'Our plan', start: '2031-01-13', watch_homicides: 'yes' })).status, 303);
	assert.match(plain((await writer.get(plan)).text), /Commit in public.*27 January 2031.*Rent a hall.*29 January 2031/);
	/* A guide's step stays; an own one goes when that is meant. */
	assert.equal((await writer.post(`${steps[0].url}/remove`, { csrf, sure: 'yes' })).status, 409);
	assert.equal((await writer.post(`${own}/remove`, { csrf })).status, 400);
	assert.equal((await writer.submit(own, `${own}/remove`, { sure: 'yes' })).status, 303);
	assert.equal((await writer.get(own)).status, 404);
	assert.match((await writer.get(`${plan}/history`)).text, /Near a \*bus\*/);
	assert.equal((await writer.post(`${plan}/undo`, { csrf })).status, 409, 'something was done');
});

test('owners are told once when a step is due soon, and once when it is late', async () => {
	const told = async (kind, n) => {
		for (const end = Date.now() + 8000; Date.now() < end;) {
			await writer.get(plan);
			if (sql(`SELECT count(*) FROM notification WHERE kind = 'plan-due' AND key LIKE '%:${kind}'`) === String(n))
				return;
		}
		assert.fail(`nobody was told of a step that is ${kind}: ${sql('SELECT key, title FROM notification')}`);
	};
	await save(writer, steps[0].url, { due: day(7), owner: ids.editor });
	await save(writer, steps[2].url, { due: day(9), owner: ids.editor });
	await told('soon', 1);
	await save(writer, steps[2].url, { due: day(-1), owner: ids.editor });
	await told('late', 1);
	assert.match(plain((await writer.get(plan)).text), /1 late.*and still to do/);
	/* Once each, however often it is looked. */
	const next = () => Number(sql("SELECT max(due_us) FROM job WHERE kind = 'plan-reminders'"));
	for (const begun = next(), end = Date.now() + 8000; next() === begun && Date.now() < end;)
		await writer.get(plan);
	assert.equal(sql("SELECT count(*) FROM notification WHERE kind = 'plan-due'"), '2');
	await save(writer, steps[2].url, { status: 'done', due: day(-1), owner: ids.editor });
	assert.equal(sql("SELECT count(*) FROM notification WHERE kind = 'plan-due'"), '1');
});

test('what outsiders see is the same, byte for byte, with a plan and without', async () => {
	for (const [who, before_] of outsiders) {
		const now = await look(who);
		for (const target of looks)
			assert.ok(now[target] === before_[target], `${target} differs: ${now[target].slice([...now[target]].findIndex((c, i) => c !== before_[target][i]) - 100).slice(0, 300)}`);
	}
	/* The members see it. */
	assert.match((await reader.get('/guides/governance')).text, /Your plan from this guide/);
});

test('a revised guide: what changed is shown, and taken step by step', async () => {
	assert.match((await reader.get(`${plan}/guide`)).text, /has all that/);
	put(guideXml([first[0].replace('The mayor says so.', 'The mayor and the chief say so.'), step('open-letter', 'Write an open letter', 'To all.'),
		first[1].replace('Name a manager', 'Appoint a manager')]), 'governance.xml');
	load();
	assert.match(plain((await writer.get(plan)).text), /The guide was revised: 4 changes/);
	const page = (await writer.get(`${plan}/guide`)).text;
	assert.match(page, /and the chief/);
	const decide = async (slug, act) => {
		const text = (await writer.get(`${plan}/guide`)).text;
		const form = forms(text).find((f) => f.hidden.slug === slug);
		return writer.post(`${plan}/guide`, { ...form.hidden, act });
	};
	assert.equal((await decide('commit', 'take')).status, 303);
	assert.equal((await decide('open-letter', 'take')).status, 303);
	assert.equal((await decide('manager', 'decline')).status, 303);
	const csrf = forms(page)[0].hidden.csrf;
	assert.equal((await writer.post(`${plan}/guide`, { csrf, slug: 'commit', hash: 'x', act: 'take' })).status, 409);
	assert.equal((await writer.post(`${plan}/guide`, { csrf, slug: 'meet', act: 'steal' })).status, 400);
	assert.equal((await decide('meet', 'decline')).status, 303);
	assert.deepEqual((await readSteps()).map((s) => s.title), ['Commit in public', 'Write an open letter', 'Name a manager', 'Meet']);
	assert.match((await reader.get(steps[0].url)).text, /and the chief/);
	assert.match((await writer.get(steps[2].url)).text, /name="title" value="Meet"/, 'an own step now');
	assert.doesNotMatch((await writer.get(plan)).text, /guide was revised/);
});

test('calendar, table and paper', async () => {
	await save(writer, steps[0].url, { due: '2031-02-03', owner: ids.editor, notes: 'secret note, =1+1' });
	const file = await reader.get(`${plan}/plan.ics`);
	assert.match(file.headers['content-type'], /^text\/calendar/);
	assert.match(file.text, /BEGIN:VEVENT[\s\S]*DTSTART;VALUE=DATE:20310203/);
	assert.match(file.text, /SUMMARY:Due: Commit in public/);
	assert.doesNotMatch(file.text, /secret note/);
	const read = spawnSync('/usr/bin/python3', ['-c', `import sys, icalendar
c = icalendar.Calendar.from_ical(sys.stdin.buffer.read())
print([(str(e['SUMMARY']), str(e['DTSTART'].dt), str(e['DTEND'].dt), str(e['TRANSP'])) for e in c.walk('VEVENT')][0])`], { input: file.text, encoding: 'utf8' });
	assert.match(read.stdout, /'Due: Commit in public', '2031-02-03', '2031-02-04', 'TRANSPARENT'/, read.stderr);
	const csv = (await reader.get(`${plan}/plan.csv`)).text;
	assert.match(csv, /^"Number","Step","Due"/);
	assert.match(csv, /"1","Commit in public","2031-02-03","Not started",,"editor",/);
	assert.match((await reader.get(`${plan}/print`)).text, /secret note/);
	const made = await reader.submit(`${plan}/calendar`, `${plan}/calendar`);
	assert.equal(made.status, 200);
	const address = /value="http[^"]*(\/calendars\/[0-9a-f]{64}\/plan\.ics)"/.exec(made.text)[1];
	assert.match(await server.text(address), /SUMMARY:Due: Commit in public/);
	/* It opens the plan, and no events; nor does another key open a plan. */
	assert.equal((await server.get(address.replace('plan.ics', 'events.ics'))).status, 404);
	const key = /calendars\/([0-9a-f]{64})\/events/.exec((await reader.submit('/calendars', '/calendars', { space: '', kind: '' })).text)[1];
	assert.equal((await server.get(`/calendars/${key}/plan.ics`)).status, 404);
	assert.match((await reader.get('/calendars')).text, /Dates of a plan \(Cincinnati\)/);
	/* Who leaves the space sees its plan no longer, by the address either. */
	assert.equal(commonweal(dir, ['account', 'role', 'reader', 'cincinnati', 'none'], fast).status, 0);
	assert.equal((await server.get(address)).status, 404);
	assert.equal((await reader.get(plan)).status, 404);
	assert.equal(commonweal(dir, ['account', 'role', 'reader', 'cincinnati', 'reader'], fast).status, 0);
	assert.equal((await server.get(address)).status, 200);
	const revoke = forms((await reader.get(`${plan}/calendar`)).text).find((f) => f.action.endsWith('/revoke')).action;
	assert.equal((await other.post(revoke, { csrf: 'x' })).status >= 400, true);
	assert.equal((await reader.submit(`${plan}/calendar`, revoke)).status, 303);
	assert.equal((await server.get(address)).status, 404);
});

test('nobody else sees a trace: neither pages, nor lists, nor search', async () => {
	const found = async (who, base) => plain((await who.get(`${base}/search?q=${encodeURIComponent('secret note')}`)).text);
	for (const who of [other, staff, admin]) {
		for (const page of ['', '/print', '/history', '/guide', '/plan.ics', '/plan.csv', '/calendar', `/steps/${steps[0].id}`]) {
			const answer = await who.get(plan + page), absent = await who.get(`${here}/01890000-0000-7000-8000-0000000000ff${page.replace(steps[0].id, steps[0].id.replace(/^./, 'f'))}`);
			assert.equal(answer.status, 404, page);
			assert.equal(plain(answer.text).replaceAll(/[0-9a-f]{8,}/g, ''), plain(absent.text).replaceAll(/[0-9a-f]{8,}/g, ''));
		}
		assert.equal((await who.get(here)).status, 404);
		assert.doesNotMatch(await found(who, '/s/cincinnati'), /Commit in public/);
	}
	/* Under another space's address it is not there either. */
	assert.equal((await writer.get(plan.replace('cincinnati', 'newark'))).status, 404);
	const csrf = forms((await other.get('/s/newark')).text)[0].hidden.csrf;
	for (const act of ['undo', 'settings', 'archive', 'share', 'guide', 'steps', 'calendar'])
		assert.equal((await other.post(`/s/newark/plans/${plan.split('/').pop()}/${act}`, { csrf, archived: 'yes', shared: 'yes', sure: 'yes' })).status, 404, act);
	for (const who of [reader]) {
		const own = forms((await who.get('/s/cincinnati')).text)[0].hidden.csrf;
		for (const act of ['undo', 'settings', 'archive', 'share', 'guide', 'steps', `steps/${steps[0].id}`, `steps/${steps[0].id}/done`])
			assert.equal((await who.post(`${plan}/${act}`, { csrf: own, archived: 'yes', status: 'done' })).status, 404, act);
	}
});

test('counts are shared by an editor alone, and no longer when that ends', async () => {
	assert.match(plain((await staff.get('/plans')).text), /Nothing is shared/);
	const own = (await writer.get('/plans')).text;
	assert.match(own, /href="\/s\/cincinnati\/plans">Plans of Cincinnati/);
	assert.doesNotMatch(own, /Shared|shared/);
	const csrf = forms((await writer.get(plan)).text)[0].hidden.csrf;
	assert.equal((await writer.post(`${plan}/share`, { csrf, shared: 'yes', sure: 'yes' })).status, 404, 'a contributor does not decide that');
	const settings = `${plan}/settings`;
	assert.equal((await editor.submit(settings, `${plan}/share`, {})).status, 400);
	assert.equal((await editor.submit(settings, `${plan}/share`, { sure: 'yes' })).status, 303);
	for (const who of [staff, admin]) {
		const { text } = await who.get('/plans');
		assert.match(plain(text), /Cincinnati Guide governance 13 January 2031 2 of 4 steps done/);
		for (const word of ['Commit', 'secret', 'Our plan', 'writer', plan.split('/').pop(), '3 February'])
			assert.ok(!text.includes(word), word);
		assert.equal((await who.get(plan)).status, 404);
	}
	for (const place of ['/plans', '/s/leadership-group/plans', '/s/newark/plans'])
		assert.doesNotMatch(plain((await other.get(place)).text), /Cincinnati|steps done/);
	assert.doesNotMatch(plain((await staff.get('/s/leadership-group/plans')).text), /Cincinnati|steps done/);
	assert.equal((await editor.submit(settings, `${plan}/share`)).status, 303);
	assert.match(plain((await staff.get('/plans')).text), /Nothing is shared/);
	assert.equal((await editor.submit(settings, `${plan}/share`, { sure: 'yes' })).status, 303);
	/* What is archived is not shared, not changed, and comes back. */
	assert.equal((await writer.submit(settings, `${plan}/archive`)).status, 303);
	assert.match(plain((await staff.get('/plans')).text), /Nothing is shared/);
	assert.equal((await writer.post(steps[0].url, { csrf, status: 'done' })).status, 409);
	assert.match(plain((await writer.get(here)).text), /Archived Our plan/);
	assert.equal((await writer.submit(settings, `${plan}/archive`)).status, 303);
	assert.equal((await save(writer, steps[0].url, { status: 'done' })).status, 303);
	const audit = commonweal(dir, ['audit', 'export'], fast).stdout;
	for (const action of ['plan.adopt', 'plan.undo', 'plan.share', 'plan.unshare', 'plan.archive', 'plan.unarchive', 'plan.calendar'])
		assert.ok(audit.includes(`"${action}"`), action);
});

test('a space takes its plans along, and they go with it', () => {
	const out = path.join(temporary(), 'out');
	const done = commonweal(dir, ['export', '--space', 'cincinnati', out], fast);
	assert.equal(done.status, 0, done.stderr);
	const files = fs.readdirSync(out, { recursive: true }).filter((f) => /plan/.test(f));
	assert.ok(files.length >= 3, `the export has ${files}`);
	assert.match(fs.readFileSync(path.join(out, files.find((f) => /plan_step/.test(f))), 'utf8'), /Commit in public/);
	fs.rmSync(out, { recursive: true });
	const gone = commonweal(dir, ['purge', '--space', 'cincinnati', '--yes'], fast);
	assert.equal(gone.status, 0, gone.stderr);
	assert.equal(sql("SELECT (SELECT count(*) FROM plan), (SELECT count(*) FROM plan_step), (SELECT count(*) FROM plan_change), (SELECT count(*) FROM search_text WHERE kind LIKE 'plan%')"), '0|0|0|0');
});
