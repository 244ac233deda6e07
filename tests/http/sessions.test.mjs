// SPDX-License-Identifier: GPL-3.0-or-later
/* Working sessions: who sees and changes what, notes of several people, actions,
 * minutes for an audience, statements and what becomes of them; private groups. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, forms, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { event } from '../support/events.mjs';
import { fetchBytes, pdf, upload } from '../support/files.mjs';
import { fixtures, Server, temporary } from '../support/server.mjs';

const nothing = '01890000-0000-7000-8000-0000000000ff';
const logins = { ed: { newark: 'editor' }, con: { newark: 'contributor' }, ray: { newark: 'reader' }, chief: { newark: 'space-admin' },
	out: { cincinnati: 'editor' }, far: { cincinnati: 'reader' }, nat: { national: 'editor' } };
const ids = {}, who = {}, spaces = {}, groups = {};
const content = temporary();
let server, open, hidden;

function makeGroup(space, slug, kind, members, unattributed = false) {
	const id = `0191${crypto.randomBytes(2).toString('hex')}-0000-7000-8000-${crypto.randomBytes(6).toString('hex')}`;
	const scope = `g:${id}`, seen = kind === 'private' ? scope : `s:${spaces[space]}`;
	sql(server.dir, `PRAGMA foreign_keys = ON; BEGIN; INSERT INTO space_group (id, space_id, slug, name, sort_key, purpose, kind, unattributed, scope, seen_scope, created_us)
		VALUES ('${id}', '${spaces[space]}', '${slug}', '${slug} group', '${slug}', '', '${kind}', ${Number(unattributed)}, '${scope}', '${seen}', 1);
		${members.map(([login, home], i) => `INSERT INTO space_group_member (group_id, account_id, via_space, leads, since_us) VALUES ('${id}', '${ids[login]}', '${spaces[home]}', ${Number(i === 0)}, 1);
		INSERT INTO group_confirmed (group_id, account_id, by_account, at_us) VALUES ('${id}', '${ids[login]}', 'x', 1);`).join('\n')} COMMIT;`);
	return id;
}

before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	const write = (options) => fs.writeFileSync(path.join(content, 'national/event', `${options.slug}.xml`), event(options));
	write({ slug: 'convening-2040', title: 'The convening', audience: 'network', kind: 'convening', start: '2040-05-05T09:00', end: '2040-05-05T17:00', zone: 'America/New_York' });
	server = await Server.start({ content, env: fast, args: ['--sign-in-tries=100000', '--sign-in-address-tries=100000', '--review-approvals=0', '--review-approvals-space=0'] });
	for (const [login, roles] of Object.entries(logins))
		ids[login] = person(server.dir, login, { roles });
	ids.net = person(server.dir, 'net', { flags: ['--network-admin'] });
	for (const slug of ['newark', 'cincinnati', 'national'])
		spaces[slug] = sql(server.dir, `SELECT id FROM space WHERE slug = '${slug}'`);
	groups.team = makeGroup('newark', 'team', 'team', [['con', 'newark'], ['ray', 'newark']]);
	groups.secret = makeGroup('newark', 'p-zebra', 'private', [['con', 'newark'], ['ray', 'newark'], ['out', 'cincinnati'], ['far', 'cincinnati'], ['ed', 'newark']], true);
	for (const login of Object.keys(ids))
		who[login] = await enter(server, login);
	open = await call(who.ed, { group: spaces.newark, title: 'Newark meets', about: 'About **this**.' });
	hidden = await call(who.con, { group: groups.secret, title: 'Zebra meets' });
});
after(async () => {
	assert.equal((await server.end()).code, 0, server.stderr.slice(-2000));
	fs.rmSync(content, { recursive: true });
});

const when = { starts: '2040-05-05T10:00', ends: '2040-05-05T12:00', zone: 'America/New_York' };
async function call(client, fields, base = '/s/newark') {
	const answer = await client.submit(`${base}/sessions/new`, `${base}/sessions/new`, { ...when, ...fields });
	assert.equal(answer.status, 303, wrong(answer));
	return answer.location.split('?')[0];
}
const unescape = (s) => s?.replaceAll('&#39;', "'").replaceAll('&quot;', '"').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const wrong = (answer) => unescape(/That did not work<\/h2>\s*<p>([^<]*)</.exec(answer.text)?.[1]);
const done = (answer) => /role="status">([^<]*)</.exec(answer.text)?.[1];
const csrf = async (client) => forms((await client.get('/')).text).find((form) => form.action === '/theme').hidden.csrf;
const post = async (client, target, fields) => client.post(target, { csrf: await csrf(client), ...fields });
const add = (client, at, fields) => post(client, `${at}/lines`, fields);
/* The address of the line with that text, from the session's page. */
const line = async (client, at, text) => new RegExp(`href="(${at}/lines/[0-9a-f-]{36})">Change<span class="visually-hidden"> [^<]*${text}`).exec((await client.get(at)).text)?.[1];
const main = (answer) => /<main[\s\S]*<\/main>/.exec(answer.text)[0];

test('calling a session: who may, what is wrong, and what was typed stays', async () => {
	assert.equal((await who.ray.get('/s/newark/sessions/new')).text.includes('team group'), true, 'a member of a team calls for it');
	assert.equal((await who.far.get('/s/cincinnati/sessions/new')).status, 404, 'a reader in no group of the space does not');
	const form = (await who.ed.get('/s/newark/sessions/new')).text;
	assert.ok(!form.includes('team group'), 'a group that one is not in is not offered');
	for (const [fields, words] of [[{ title: '' }, /title/], [{ title: 'x'.repeat(301) }, /at most 300/], [{ ends: when.starts }, /end after/], [{ starts: '2040-03-11T02:30' }, /clocks/],
		[{ zone: 'Mars/Base' }, /time zone/], [{ join_url: 'javascript:alert(1)' }, /web address/], [{ event: nothing }, /event/], [{ group: groups.team }, /group/], [{ about: '# <script>' }, /Line 1/]]) {
		const answer = await who.ed.submit('/s/newark/sessions/new', '/s/newark/sessions/new', { group: spaces.newark, title: 'Typed <b>title</b>', ...when, ...fields });
		assert.equal(answer.status, 400, JSON.stringify(fields));
		assert.match(wrong(answer), words);
		if (!('title' in fields))
			assert.match(answer.text, /value="Typed &lt;b&gt;title/);
	}
	const page = (await who.ray.get(open)).text;
	assert.match(page, /About <strong>this/);
	assert.match(page, /Saturday 5 May 2040, 10:00 am to 12:00 pm EDT/);
	for (const login of ['out', 'far', 'nat'])
		assert.equal((await who[login].get(open)).status, 404, login);
	assert.equal((await who.ed.get(open.replace('newark', 'cincinnati'))).status, 404, 'another space has no such page');
	assert.equal((await who.ray.get(`${open}/edit`)).status, 404, 'who does not look after it does not change it');
});

test('changing it: a stale version shows both texts; calling off is told and can be undone', async () => {
	const at = await call(who.ed, { group: groups.secret, title: 'Moves' });
	await who.con.get(at);
	const version = forms((await who.ed.get(`${at}/edit`)).text).find((one) => one.action === `${at}/edit`).hidden.version;
	const change = (fields) => post(who.ed, `${at}/edit`, { ...when, title: 'Moves', version, ...fields });
	const event = sql(server.dir, "SELECT id FROM record WHERE slug = 'convening-2040'");
	const moved = await change({ place: 'Hall A', event });
	assert.equal(moved.status, 303, wrong(moved) ?? moved.text);
	assert.match((await who.ed.get(at)).text, /href="\/events\/convening-2040">The convening/);
	const stale = await change({ title: 'Moves again', place: 'Hall B' });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /Hall A[\s\S]*value="Moves again"[\s\S]*value="Hall B"/);
	assert.equal((await change({ title: 'Moves again', event, version: String(Number(version) + 1) })).status, 303);
	/* An event that is not in the list any more stays. */
	sql(server.dir, "UPDATE record SET starts_us = 1 WHERE slug = 'convening-2040'");
	assert.match((await who.ed.get(`${at}/edit`)).text, new RegExp(`value="${event}" selected="selected">The convening<`));
	await post(who.ed, `${at}/cancel`, { act: 'cancel' });
	assert.match((await who.con.get(at)).text, /Called off\./);
	assert.match((await who.con.get(`${at}/session.ics`)).text, /STATUS:CANCELLED/);
	await post(who.ed, `${at}/cancel`, { act: 'again' });
	const ics = await who.con.get(`${at}/session.ics`);
	assert.match(ics.headers['content-type'], /text\/calendar/);
	assert.match(ics.text, /DTSTART;TZID=America\/New_York:20400505T100000[\s\S]*STATUS:CONFIRMED/);
	assert.equal((await who.chief.get(`${at}/session.ics`)).status, 404);
	const told = sql(server.dir, `SELECT title FROM notification WHERE account_id = '${ids.con}' AND kind = 'session' ORDER BY id`);
	assert.match(told, /Session called: Moves[\s\S]*Session moved[\s\S]*called off[\s\S]*after all/);
	assert.equal(sql(server.dir, `SELECT count(*) FROM notification WHERE account_id IN ('${ids.ed}', '${ids.chief}', '${ids.net}') AND about = '${at.split('/').pop()}'`), '0');
});

test('lines: added, moved, changed, removed and brought back; hostile text is text', async () => {
	for (const [fields, words] of [[{ kind: 'agenda', text: '' }, /type a text/], [{ kind: 'agenda', text: 'x', minutes: '12x' }, /minutes/], [{ kind: 'agenda', text: 'x'.repeat(301) }, /300/],
		[{ kind: 'paper', text: 'Evil', link: 'javascript:alert(1)' }, /link/], [{ kind: 'paper', text: 'Evil', link: '//evil.example' }, /link/],
		[{ kind: 'action', text: 'x', person: ids.out }, /given an action/], [{ kind: 'action', text: 'x', day: '2040-02-30' }, /date/]]) {
		const answer = await add(who.ed, open, fields);
		assert.equal(answer.status, 400, JSON.stringify(fields));
		assert.match(wrong(answer), words);
	}
	assert.equal((await add(who.ed, open, { kind: 'nothing', text: 'x' })).status, 400);
	for (const text of ['First item', 'Second <img src=x onerror=alert(1)>'])
		assert.equal((await add(who.ed, open, { kind: 'agenda', text, minutes: '30', lead: 'Ana & Bo' })).status, 303);
	assert.equal((await add(who.ed, open, { kind: 'paper', text: 'The guide', link: '/guides/the-call-in' })).status, 303);
	const page = (await who.ray.get(open)).text;
	assert.match(page, /<time datetime="2040-05-05T10:00">10:00 am<\/time> First item[\s\S]*<time datetime="2040-05-05T10:30">10:30 am<\/time> Second &lt;img src=x/);
	assert.ok(!page.includes('<img src=x'));
	assert.ok(!page.includes('name="kind" value="agenda"'), 'a reader who does not attend has no forms');
	assert.equal((await add(who.ray, open, { kind: 'decision', text: 'x' })).status, 404);
	await post(who.ray, `${open}/people`, { act: 'attend', space: 'newark' });
	assert.equal((await add(who.ray, open, { kind: 'agenda', text: 'x' })).status, 404, 'who attends does not make the agenda');
	assert.equal((await add(who.ray, open, { kind: 'decision', text: 'We do **it**', day: '2040-05-05' })).status, 303);
	const second = await line(who.ed, open, 'Second');
	await post(who.ed, `${second}/act`, { act: 'up' });
	assert.match((await who.ed.get(open)).text, /Second &lt;img[\s\S]*First item/);
	const { version } = forms((await who.ed.get(second)).text).find((one) => one.action === second).hidden;
	assert.equal((await post(who.ed, second, { text: 'Second, shorter', version })).status, 303);
	const stale = await post(who.ed, second, { text: 'Second, mine', version });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /Second, shorter[\s\S]*value="Second, mine"/);
	await post(who.ed, `${second}/act`, { act: 'remove' });
	assert.match((await who.ed.get(open)).text, /Removed[\s\S]*Second, shorter[\s\S]*Bring back/);
	assert.equal(done(await who.ed.get((await post(who.ed, `${second}/act`, { act: 'restore' })).location)), 'It is back.');
	assert.equal((await post(who.ed, `${second}/act`, { act: 'explode' })).status, 400);
	assert.equal((await post(who.out, `${second}/act`, { act: 'remove' })).status, 404);
	assert.equal((await post(who.con, `${hidden}/lines/${second.split('/').pop()}/act`, { act: 'remove' })).status, 404, 'a line of another session');
});

test('files of a session are attached by who looks after it, and opened by its group alone', async () => {
	const token = { csrf: 'field', fields: { csrf: await csrf(who.con) } };
	const send = (client, bytes, fields = token) => upload(client, `${hidden}/files`, [{ field: 'file', name: 'plan.pdf', bytes, type: 'application/pdf' }], fields);
	const sent = await send(who.con, pdf(['a']));
	assert.equal(sent.status, 303, sent.text);
	const link = /href="([^"]*\/files\/[^"]*plan\.pdf)"/.exec((await who.far.get(hidden)).text)[1];
	assert.equal((await fetchBytes(who.far, link)).status, 200);
	for (const login of ['chief', 'net', 'nat'])
		assert.equal((await who[login].get(link)).status, 404, login);
	const id = /files\/([^/]*)/.exec(link)[1];
	for (const login of ['far', 'chief']) {
		assert.equal((await who[login].get(`${hidden}/files`)).status, 404, login);
		assert.equal((await post(who[login], `/s/newark/files/${id}/remove`, {})).status, 404, login);
	}
	assert.equal((await send(who.con, Buffer.from('MZ no pdf\0\x01'))).status, 400);
	assert.equal((await post(who.con, `/s/newark/files/${id}/remove`, {})).status, 303);
	assert.equal((await who.far.get(link)).status, 404);
	assert.match((await who.con.get(`${hidden}/files`)).text, /plan\.pdf/);
	assert.equal(sql(server.dir, `SELECT count(*) FROM audit WHERE object = '${id}'`), '0', 'no log tells of a private group');
});

test('notes: both changes are put together; conflicts are shown, and nothing typed is lost', async () => {
	const id = open.split('/').pop(), at = `${open}/notes/${id}`;
	const write = (client, text, version, more = {}) => post(client, at, { text, version, ...more });
	const saved = async () => JSON.parse((await who.ed.get(`${at}/state`)).text);
	const last = () => sql(server.dir, `SELECT text FROM meeting_note_version WHERE note_id = '${id}' ORDER BY version DESC LIMIT 1`);
	assert.deepEqual(await saved(), { version: 0 });
	assert.equal((await write(who.ed, 'one\ntwo\nthree', '0')).status, 303);
	assert.deepEqual(await saved(), { version: 1, by: 'ed' });
	assert.match((await write(who.ray, 'one\ntwo\nTHREE', '1')).location, /done=noted/);
	assert.match((await write(who.ed, 'ONE\ntwo\nthree\n', '1')).location, /done=merged/);
	assert.equal(last(), 'ONE\ntwo\nTHREE');
	assert.match((await write(who.ed, 'ONE\ntwo\nTHREE', '3')).location, /done=unchanged/);
	/* Two change one line. */
	await write(who.ray, 'ONE\nray & co\nTHREE', '3');
	const conflict = await write(who.ed, 'ONE\ned\nTHREE\nfour', '3');
	assert.equal(conflict.status, 409);
	assert.match(wrong(conflict), /not saved yet/);
	assert.match(conflict.text, /ray[\s\S]*saved a version/);
	assert.match(conflict.text, /name="text"[^>]*>ONE\ned\nTHREE\nfour</);
	assert.ok(!conflict.text.includes('ray & co'));
	const { hidden: fields } = forms(conflict.text).find((one) => one.action === at);
	assert.equal(fields.base, '3');
	assert.equal(fields.version, '4');
	const choose = (more) => post(who.ed, at, { ...fields, text: 'ONE\ned\nTHREE\nfour', ...more });
	const none = await choose({ own_1: 'my own words' });
	assert.equal(none.status, 409);
	assert.match(none.text, /name="own_1"[^>]*>my own words</, 'what was typed there stays too');
	/* Meanwhile a third save; the resolution is put together with it. */
	await write(who.ray, 'ONE\nray & co\nTHREE\n\nlast', '4');
	const again = await choose({ take_1: 'both' });
	assert.equal(again.status, 409, 'both added at the end');
	const second = forms(again.text).find((one) => one.action === at).hidden;
	const text = unescape(/<textarea[^>]*name="text"[^>]*>([^<]*)</.exec(again.text)[1]);
	assert.equal(text, 'ONE\nray & co\ned\nTHREE\nfour');
	const odd = await post(who.ed, at, { ...second, text, take_1: 'own', own_1: 'four <script>' });
	assert.equal(odd.status, 400, 'a tag that is no Markdown is told');
	assert.match(odd.text, />ONE\nray &amp; co\ned\nTHREE\nfour &lt;script&gt;</, 'and not lost');
	assert.equal((await post(who.ed, at, { ...second, text, take_1: 'own', own_1: 'four\n\nlast' })).status, 303);
	assert.equal(last(), 'ONE\nray & co\ned\nTHREE\nfour\n\nlast');
});

test('notes: hostile versions and lengths, and the history', async () => {
	const id = open.split('/').pop(), at = `${open}/notes/${id}`;
	const now = JSON.parse((await who.ed.get(`${at}/state`)).text).version;
	for (const version of ['-1', String(now + 1), '99999999999999999999'])
		assert.equal((await post(who.ed, at, { text: 'x', version })).status, 400, version);
	assert.equal((await post(who.ed, at, { text: 'x', base: '1', version: '0' })).status, 400);
	assert.equal((await post(who.ed, at, { version: '1' })).status, 400);
	const long = await post(who.ed, at, { text: 'long '.repeat(12001), version: String(now) });
	assert.equal(long.status, 400);
	assert.match(long.text, /long long/);
	assert.match(wrong(await post(who.ed, at, { text: '<script>alert(1)</script>', version: String(now) })), /Line 1/);
	assert.equal((await post(who.con, at, { text: 'x', version: String(now) })).status, 404, 'who is not on the list does not write');
	assert.equal((await who.out.get(`${at}/state`)).status, 404);
	assert.equal((await who.ed.get(`${open}/notes/${nothing}`)).status, 404);
	assert.equal((await who.ed.get(`${open}/notes/${hidden.split('/').pop()}`)).status, 404);
	const history = await who.con.get(`${at}/versions?left=1&right=2`);
	assert.match(history.text, /Version 2 changed[\s\S]*<del>[\s\S]*?three[\s\S]*<ins>[\s\S]*?THREE/);
	assert.match(history.text, /by ray/);
	assert.equal((await who.con.get(`${at}/versions?right=${now + 1}`)).status, 404);
});

test('notes of an item: found by its name, not while it is removed; a session\'s new title is that of its notes', async () => {
	const at = await call(who.ed, { group: spaces.newark, title: 'Named once' });
	await add(who.ed, at, { kind: 'agenda', text: 'Budget' });
	const item = await line(who.ed, at, 'Budget'), id = item.split('/').pop();
	const found = () => sql(server.dir, `SELECT title FROM search_text WHERE kind = 'session-note' AND id = '${id}'`);
	assert.equal((await post(who.ed, `${at}/notes/${id}`, { text: 'We have none.', version: '0' })).status, 303);
	assert.equal(found(), 'Notes: Named once, Budget');
	await post(who.ed, item, { text: 'Money', version: '1' });
	assert.equal(found(), 'Notes: Named once, Money');
	await post(who.ed, `${item}/act`, { act: 'remove' });
	assert.equal(found(), '');
	assert.equal((await who.ed.get(`${at}/notes/${id}`)).status, 404);
	await post(who.ed, `${at}/edit`, { ...when, title: 'Named twice', version: '1' });
	assert.equal(found(), '');
	await post(who.ed, `${item}/act`, { act: 'restore' });
	assert.equal(found(), 'Notes: Named twice, Money');
});

test('notes without a name: the database has neither name nor hour', async () => {
	const id = hidden.split('/').pop(), at = `${hidden}/notes/${id}`;
	assert.match((await who.far.get(at)).text, /Save without my name/);
	assert.equal((await post(who.far, at, { text: 'Said by someone', version: '0', unattributed: 'yes' })).status, 303);
	assert.equal(sql(server.dir, `SELECT account_id IS NULL, account_name IS NULL, at_us % 86400000000 FROM meeting_note_version WHERE note_id = '${id}'`), '1|1|0');
	assert.match((await who.con.get(hidden)).text, /Last saved without a name, \d+ \w+ \d{4}</);
	assert.deepEqual(JSON.parse((await who.con.get(`${at}/state`)).text), { version: 1 });
	assert.equal(sql(server.dir, `SELECT count(*) FROM audit WHERE object LIKE '%${id}%' OR detail LIKE '%${id}%'`), '0', 'no log tells of a private group');
	/* A group without the switch offers and takes no such thing. */
	const other = `${open}/notes/${open.split('/').pop()}`;
	assert.doesNotMatch((await who.ray.get(other)).text, /Save without my name/);
	const version = String(JSON.parse((await who.ray.get(`${other}/state`)).text).version);
	await post(who.ray, other, { text: 'by ray', version, unattributed: 'yes' });
	assert.equal(JSON.parse((await who.ray.get(`${other}/state`)).text).by, 'ray');
});

test('actions: owners are told, mark them as done, and see what is overdue', async () => {
	assert.equal((await add(who.ed, open, { kind: 'action', text: 'Write to the chief', person: ids.con, day: '2020-01-31' })).status, 303);
	assert.match(sql(server.dir, `SELECT title FROM notification WHERE account_id = '${ids.con}' AND kind = 'action'`), /ed: Write to the chief, due 31 January 2020/);
	assert.match(main(await who.con.get('/me')), /Zebra meets/, 'a session of one\'s private group is among one\'s events');
	assert.match(main(await who.con.get('/me')), /Write to the chief[\s\S]*Overdue/);
	assert.doesNotMatch(main(await who.net.get('/me')), /Write to the chief|Zebra/);
	const mine = await who.con.get('/s/newark/sessions/actions');
	assert.match(mine.text, /Write to the chief[\s\S]*Overdue: <\/strong>31 January 2020/);
	const act = /action="([^"]*\/act)"/.exec(mine.text)[1];
	assert.equal((await post(who.chief, act, { act: 'explode' })).status, 400);
	assert.equal((await post(who.out, act, { act: 'done' })).status, 404);
	assert.match((await post(who.con, act, { act: 'done', back: 'actions' })).location, /^\/s\/newark\/sessions\/actions/);
	assert.match(main(await who.ed.get('/s/newark/sessions/actions')), /Nothing is open[\s\S]*Done[\s\S]*Write to the chief/);
	assert.doesNotMatch(main(await who.out.get('/sessions/actions')), /chief/);
	assert.equal((await who.out.get('/s/newark/sessions/actions?group=team')).status, 404);
	assert.equal((await who.con.get('/s/newark/sessions?group=team')).status, 200);
});

test('who attends: oneself, for a jurisdiction of one\'s own; others by those who may', async () => {
	const at = await call(who.nat, { group: spaces.national, title: 'All meet' }, '');
	assert.match(wrong(await post(who.out, `${at}/people`, { act: 'attend', space: 'newark' })), /your own/);
	assert.equal((await post(who.out, `${at}/people`, { act: 'attend', space: 'cincinnati' })).status, 303);
	/* An editor names a delegation of their own jurisdiction, and nobody else's. */
	assert.equal((await post(who.out, `${at}/people`, { act: 'name', who: ids.far })).status, 303);
	for (const other of [ids.con, nothing, 'x'])
		assert.match(wrong(await post(who.out, `${at}/people`, { act: 'name', who: other })), /people of the list/);
	const page = await who.ray.get(`${at}/people`);
	assert.match(page.text, /far<\/th>[\s\S]*?Cincinnati/);
	assert.doesNotMatch(page.text, /name="who"/, 'a reader names nobody');
	assert.equal((await post(who.ray, `${at}/people`, { act: 'remove', who: ids.far })).status, 400);
	assert.equal((await post(who.ray, `${at}/people`, { act: 'came', who: ids.far })).status, 400);
	assert.equal((await post(who.nat, `${at}/people`, { act: 'came', who: ids.far })).status, 303);
	await post(who.far, `${at}/people`, { act: 'decline' });
	assert.match((await who.nat.get(`${at}/people`)).text, /Cannot attend: far/);
	assert.doesNotMatch(main(await who.ray.get(`${at}/people`)), /Cannot attend/, 'who declines is not shown to everyone for it');
	assert.equal((await post(who.nat, `${at}/people`, { act: 'dance' })).status, 400);
});

test('minutes: seen first, published by who may, to no more than was chosen', async () => {
	const at = hidden, form = `${at}/minutes/edit`;
	await add(who.con, at, { kind: 'decision', text: 'We *never* tell', day: '' });
	const begun = await who.con.get(form);
	assert.match(begun.text, /Said by someone[\s\S]*We \\\*never\\\* tell/);
	assert.match(begun.text, /id="audience_group"/);
	assert.doesNotMatch(begun.text, /id="audience_space"|id="audience_network"/, 'a contributor publishes to no more than the group');
	const base = { title: 'Of the session', version: '0', text: 'Good **talk**.' };
	assert.match(wrong(await post(who.con, form, { ...base, do: 'publish', audience: 'network' })), /Choose who/);
	const first = await post(who.con, form, { ...base, do: 'publish', audience: 'group' });
	assert.match(wrong(first), /Look first/);
	assert.match(first.text, /Only the members of p-zebra group[\s\S]*Good <strong>talk/);
	const { seen } = forms(first.text).find((one) => one.action === form).hidden;
	assert.match(wrong(await post(who.con, form, { ...base, text: 'Other text', do: 'publish', audience: 'group', seen })), /Look first/, 'another text than was looked at');
	assert.equal((await post(who.con, form, { ...base, do: 'publish', audience: 'group', seen })).status, 303);
	assert.equal((await post(who.con, form, { ...base, do: 'publish', audience: 'group', seen })).status, 409, 'a version that is not the last');
	assert.match((await who.far.get(`${at}/minutes`)).text, /Good <strong>talk/);
	for (const login of ['chief', 'nat', 'net'])
		assert.equal((await who[login].get(`${at}/minutes`)).status, 404, login);
	assert.equal((await who.far.get(form)).status, 404);
	/* The editor of the space, a member, publishes to the space; nothing there leads to the group. */
	await sql(server.dir, `UPDATE space_group_member SET leads = 1 WHERE group_id = '${groups.secret}' AND account_id = '${ids.ed}'`);
	const wide = { ...base, version: '1', audience: 'space' };
	const look = await post(who.ed, form, { ...wide, do: 'preview' });
	assert.match(look.text, /By: Everyone in Newark/);
	assert.equal((await post(who.ed, form, { ...wide, do: 'publish', seen: forms(look.text).find((one) => one.action === form).hidden.seen })).status, 303);
	const seenByChief = await who.chief.get(`${at}/minutes`);
	assert.match(seenByChief.text, /Good <strong>talk/);
	assert.doesNotMatch(seenByChief.text, /zebra/i);
	assert.equal((await who.chief.get(at)).status, 404);
	assert.equal((await who.nat.get(`${at}/minutes`)).status, 404);
	assert.equal((await post(who.chief, `${at}/minutes/withdraw`, {})).status, 404);
	assert.equal((await post(who.ed, `${at}/minutes/withdraw`, {})).status, 303);
	assert.equal((await who.chief.get(`${at}/minutes`)).status, 404);
	assert.match((await who.ed.get(`${at}/minutes`)).text, /are withdrawn/);
});

test('a statement: silence is no consent; objections stop it; consent of all makes a draft; withdrawal holds it', async () => {
	const at = await call(who.con, { group: groups.team, title: 'Practice talk' });
	const put = (fields) => post(who.con, `${at}/statements/new`, { title: 'Custom notifications by phone', text: 'We call *first*.', until: '2040-01-01', ...fields });
	for (const [fields, words] of [[{ title: '' }, /title/], [{ text: '' }, /Type the/], [{ until: '2020-01-01' }, /today or later/], [{ until: 'soon' }, /today or later/], [{ until: '2099-01-01' }, /within a year/]])
		assert.match(wrong(await put({ until: new Date(Date.now() + 5 * 86400000).toISOString().slice(0, 10), ...fields })), words);
	const until = new Date(Date.now() + 5 * 86400000).toISOString().slice(0, 10);
	await post(who.con, `${at}/people`, { act: 'name', who: ids.ray });
	assert.equal((await post(who.ray, `${at}/statements/new`, { title: 'x', text: 'x', until })).status, 404);
	const { location } = await put({ until });
	const statement = location.split('?')[0];
	assert.match(sql(server.dir, `SELECT title FROM notification WHERE account_id = '${ids.ray}' AND kind = 'statement'`), /For your consent/);
	const answer = (client, fields) => post(client, `${statement}/answer`, fields);
	assert.match(wrong(await answer(who.con, {})), /Choose/);
	assert.match(wrong(await answer(who.con, { answer: 'object' })), /why you object/);
	assert.match(wrong(await answer(who.con, { answer: 'withdraw' })), /no consent of yours/);
	assert.equal((await answer(who.ed, { answer: 'consent' })).status, 404, 'not asked, and not in the group');
	assert.equal((await answer(who.con, { answer: 'consent', may_name: 'yes' })).status, 303);
	assert.match((await who.con.get(statement)).text, /Have not answered yet: ray/);
	assert.equal((await answer(who.ray, { answer: 'object', reason: 'Too <b>soon</b>' })).status, 303);
	assert.match((await who.con.get(statement)).text, /Objections[\s\S]*ray[\s\S]*Too &lt;b&gt;soon/);
	assert.equal(sql(server.dir, "SELECT count(*) FROM draft WHERE type = 'innovation'"), '0');
	const last = await answer(who.ray, { answer: 'consent' });
	assert.match(last.location, /done=became/);
	const page = await who.ray.get(statement);
	assert.doesNotMatch(page.text.split('id="main"')[1], />con</, 'nobody is told who consented');
	const draft = sql(server.dir, `SELECT draft_id FROM meeting_statement WHERE id = '${statement.split('/').pop()}'`);
	const typed = JSON.parse(sql(server.dir, `SELECT form_json FROM draft_revision WHERE draft_id = '${draft}'`));
	assert.equal(typed.evidence, 'none');
	assert.match(typed.body, /We call \*first\*\.[\s\S]*put to the 2 people[\s\S]*2 consented, 0 abstained[\s\S]*Named at their own wish: con\.\n[\s\S]*“Practice talk”, team group/);
	assert.match((await who.ed.get(`/drafts/${draft}`)).text, /Custom notifications by phone/);
	/* Withdrawn: it cannot be published, by page or by schedule. */
	assert.equal((await post(who.con, `/drafts/${draft}/submit`, { revision: '1', words: '' })).status, 303);
	assert.equal((await answer(who.ray, { answer: 'withdraw' })).status, 303);
	assert.match((await who.ed.get(`/drafts/${draft}`)).text, /has withdrawn their consent/);
	const publish = () => post(who.ed, `/drafts/${draft}/publish`, { revision: '1' });
	const refused = await publish();
	assert.equal(refused.status, 409);
	assert.match(refused.text, /has withdrawn their consent/);
	assert.equal((await answer(who.ray, { answer: 'consent' })).status, 303);
	const published = await publish();
	assert.equal(published.status, 303, wrong(published));
	assert.match((await who.ray.get(statement)).text, /published as a practice record: <a href="([^"]*innovations[^"]*)"/);
	const record = /href="([^"]*\/innovations\/[^"]*)"/.exec((await who.ray.get(statement)).text)[1];
	assert.match((await who.ray.get(record)).text, /Untested[\s\S]*Nobody has tested this practice/);
	assert.equal((await answer(who.ray, { answer: 'withdraw' })).status, 409, 'published is published');
});

test('a private group leaves no trace: the same bytes as for what is not there', async () => {
	const same = (a, b) => assert.deepEqual([a.status, a.text.replaceAll(a.headers['x-request-id'], '')], [b.status, b.text.replaceAll(b.headers['x-request-id'], '').replaceAll(nothing, hidden.split('/').pop())]);
	const absent = hidden.replace(/[0-9a-f-]{36}$/, nothing);
	for (const login of ['net', 'chief', 'nat'])
		for (const below of ['', '/edit', '/people', '/session.ics', `/notes/${hidden.split('/').pop()}`, '/minutes/edit', '/statements/new'])
			same(await who[login].get(hidden + below), await who[login].get(absent + below.replace(hidden.split('/').pop(), nothing)));
	for (const target of ['/sessions', '/sessions?past=yes', '/sessions/actions', '/s/newark/sessions', '/s/newark/sessions/actions', '/search?q=zebra', '/search?q=someone'])
		for (const login of ['net', 'chief', 'nat'])
			assert.doesNotMatch(main(await who[login].get(target)).replace(/value="[^"]*"|q=(zebra|someone)/g, '').replace(/<h1>.*<\/h1>|“[^”]*”/g, ''), /zebra|Said by/i, `${login} ${target}`);
	assert.equal((await who.net.get('/s/newark/sessions?group=p-zebra')).text.includes('no such group'), true);
	assert.match(main(await who.far.get('/s/newark/sessions')), /Zebra meets/);
	/* Who leaves the group sees nothing more of it, old actions included. */
	await add(who.con, hidden, { kind: 'action', text: 'Zebra task', person: ids.far });
	assert.match(main(await who.far.get('/sessions/actions')), /Zebra task/);
	sql(server.dir, `DELETE FROM space_group_member WHERE group_id = '${groups.secret}' AND account_id = '${ids.far}'`);
	assert.doesNotMatch(main(await who.far.get('/sessions/actions')), /Zebra/);
	assert.equal((await who.far.get(hidden)).status, 404);
});

test('notes and decisions are found by the group, and by nobody else', async () => {
	const find = async (login, q) => sql(server.dir, `SELECT count(*) FROM search_text WHERE kind LIKE 'session%'`) && (await who[login].get(`/search?q=${q}`)).status;
	assert.equal(await find('ray', 'session'), 200);
	const kinds = sql(server.dir, "SELECT DISTINCT kind FROM search_text WHERE kind LIKE 'session%' ORDER BY kind").split('\n');
	assert.deepEqual(kinds, ['session', 'session-decision', 'session-note', 'session-statement']);
	assert.equal(sql(server.dir, `SELECT count(*) FROM search_text WHERE scope = 'g:${groups.secret}' AND kind = 'session-note'`), '1');
	assert.equal(sql(server.dir, "SELECT count(*) FROM search_text WHERE kind = 'session-minutes'"), '0', 'withdrawn minutes are not found');
});
