// SPDX-License-Identifier: GPL-3.0-or-later
/* Peer help: from asking to what came of it, who sees what on the way, and site
 * visits with their plan, report and story. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, forms, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

const who = {}, ids = {}, nothing = '01890000-0000-7000-8000-0000000000ff';
let server;

before(async () => {
	const content = temporary();
	fs.cpSync(fixtures, content, { recursive: true });
	fs.mkdirSync(path.join(content, 'troy'));
	fs.writeFileSync(path.join(content, 'troy/space.xml'), fs.readFileSync(path.join(content, 'newark/space.xml'), 'utf8')
		.replace('slug="newark"', 'slug="troy"').replace(/<host>[^<]*<\/host>/, '').replaceAll('Newark', 'Troy'));
	server = await Server.start({ content, env: fast });
	fs.rmSync(content, { recursive: true });
	for (const [login, roles] of Object.entries({ ana: { cincinnati: 'reader' }, carl: { cincinnati: 'contributor' }, cora: { cincinnati: 'reader' },
		nora: { newark: 'contributor' }, nick: { newark: 'reader' }, tina: { troy: 'contributor' }, staff: { national: 'editor' },
		guest: { national: 'reader' }, lead: { 'leadership-group': 'editor' } })) {
		ids[login] = person(server.dir, login, { roles });
		who[login] = await enter(server, login);
	}
	for (const login of ['chief', 'stranger']) {
		person(server.dir, login, { flags: login === 'chief' ? ['--network-admin'] : [] });
		who[login] = await enter(server, login);
	}
	for (const client of Object.values(who))
		client.csrf = forms((await client.get('/')).text).find((form) => form.action === '/theme').hidden.csrf;
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const request = (more = {}) => ({ title: 'Someone to read our script', topic: 'call-in', text: 'Our **first** call-in is in May.', needed: 'month',
	by_date: '', audience: 'network', ...more });
const post = (login, target, fields) => who[login].post(target, { csrf: who[login].csrf, ...fields });
async function ask(login, space, more) {
	const answer = await post(login, `/s/${space}/help`, request(more));
	assert.equal(answer.status, 303, answer.text);
	return /\/help\/([0-9a-f-]{36})/.exec(answer.location)[1];
}
const see = async (login, id, space = 'cincinnati') => (await who[login].get(`/s/${space}/help/${id}`));
const act = (login, id, name, fields, space = 'cincinnati') => post(login, `/s/${space}/help/${id}/${name}`, fields);
const state = (id) => sql(server.dir, `SELECT state FROM help_request WHERE id = '${id}'`);
const offer = (id, space) => sql(server.dir, `SELECT o.id FROM help_offer o JOIN space s ON s.id = o.offer_space WHERE request_id = '${id}' AND s.slug = '${space}' ORDER BY at_us DESC LIMIT 1`);
const told = (login, about) => sql(server.dir, `SELECT group_concat(kind || ': ' || title, '; ') FROM notification WHERE account_id = '${ids[login]}' AND about = '${about}'`);
const plain = (text, id) => text.replaceAll(id, 'ID').replaceAll(nothing, 'ID').replaceAll(/value="[0-9a-f]{64}"/g, '').replaceAll(/[0-9a-f]{16}/g, '');

test('asked, offered, accepted, noted, closed, opened again; each step with its trail', async () => {
	const id = await ask('ana', 'cincinnati');
	assert.match((await see('ana', id)).text, /<strong>first<\/strong>/);
	assert.match((await who.nora.get('/s/newark/help?which=others')).text, /Someone to read our script/);
	assert.match(told('nora', id), /help-request: ana asks for help: Someone to read/);
	assert.match(told('staff', id), /help-request/);
	assert.equal(told('nick', id), '', 'readers are not told of every request');
	assert.equal((await act('nick', id, 'offer', { space: 'newark', text: 'We can read it.' }, 'newark')).status, 303);
	assert.equal(state(id), 'offered');
	assert.match(told('ana', id), /nick offers help with/);
	assert.equal((await act('nora', id, 'offer', { space: 'newark', text: 'Again' }, 'newark')).status, 409, 'one offer of a space at a time');
	assert.equal((await act('tina', id, 'offer', { space: 'troy', text: 'Quokka: we can, too.' }, 'troy')).status, 303);
	assert.match((await who.ana.get('/me')).text, /Answer the offer of help: Someone to read our script/);
	assert.doesNotMatch((await who.cora.get('/me')).text, /Answer the offer/);
	/* An offer is between the two, and the office. */
	assert.match((await see('ana', id)).text, /Quokka/);
	assert.match((await see('staff', id)).text, /Quokka/);
	for (const [login, space] of [['nick', 'newark'], ['nora', 'newark'], ['guest', 'cincinnati'], ['lead', 'cincinnati']])
		assert.doesNotMatch((await see(login, id, space)).text, /Quokka|Troy/, login);
	/* Only the asker answers: who asked, and the space's contributors. */
	for (const login of ['cora', 'nick', 'tina', 'staff'])
		assert.equal((await act(login, id, 'answer', { offer: offer(id, 'newark'), answer: 'accept' })).status, 404, login);
	const bare = await act('ana', id, 'answer', { offer: offer(id, 'troy'), answer: 'decline', text: '' });
	assert.equal(bare.status, 400);
	assert.match(bare.text, /Say in a word why you decline/);
	assert.equal((await act('ana', id, 'answer', { offer: offer(id, 'troy'), answer: 'decline', text: 'Too far.' })).status, 303);
	assert.equal(state(id), 'offered');
	assert.match(told('tina', id), /declined an offer of help/);
	assert.equal((await act('carl', id, 'answer', { offer: offer(id, 'newark'), answer: 'accept', text: '' })).status, 303);
	assert.equal(state(id), 'accepted');
	assert.equal((await act('ana', id, 'answer', { offer: offer(id, 'newark'), answer: 'accept' })).status, 409, 'once');
	assert.equal((await act('tina', id, 'offer', { space: 'troy', text: 'Still here' }, 'troy')).status, 409);
	/* The log. */
	assert.equal((await act('nick', id, 'log', { kind: 'call', date: '2026-11-20', text: 'Went through the script, *line by line*.' }, 'newark')).status, 303);
	assert.equal((await act('nick', id, 'next', { date: '2027-01-15', text: 'Second call' }, 'newark')).status, 303);
	assert.match((await who.nick.get('/me')).text, /Next step of your help: Someone to read[\s\S]*Second call/);
	for (const [login, code] of [['tina', 404], ['cora', 404], ['guest', 404]])
		assert.equal((await act(login, id, 'log', { kind: 'note', text: 'x' })).status, code, login);
	assert.match((await see('staff', id)).text, /<em>line by line<\/em>/);
	assert.doesNotMatch((await see('tina', id, 'troy')).text, /line by line|Second call/);
	/* What came of it. */
	assert.equal((await act('ana', id, 'close', { text: '', useful: 'very' })).status, 400);
	assert.equal((await act('nick', id, 'close', { text: 'done' }, 'newark')).status, 404);
	assert.equal((await act('ana', id, 'close', { text: 'The call-in went well. Platypus.', useful: 'very' })).status, 303);
	assert.doesNotMatch((await see('tina', id, 'troy')).text, /Platypus/);
	assert.match((await see('nick', id, 'newark')).text, /Platypus[\s\S]*Very useful/);
	assert.equal((await act('ana', id, 'log', { kind: 'note', text: 'x' })).status, 409, 'closed');
	assert.equal((await act('ana', id, 'reopen', {})).status, 303);
	assert.equal(state(id), 'accepted');
	assert.equal((await act('ana', id, 'close', { text: 'Told to all: axolotl.', useful: 'some', story: 'yes' })).status, 303);
	assert.match((await see('tina', id, 'troy')).text, /axolotl[\s\S]*It may be told/);
	/* And it can be taken back. */
	await act('ana', id, 'reopen', {});
	assert.equal((await act('ana', id, 'close', { text: 'Not to be told.' })).status, 303);
	assert.doesNotMatch((await see('tina', id, 'troy')).text, /axolotl|Not to be told/);
	assert.match((await see('nick', id, 'newark')).text, /axolotl[\s\S]*Not to be told/);
	const trail = (await see('ana', id)).text;
	for (const words of ['asked for help', 'offered help', 'declined the offer', 'accepted the help', 'Call, 20 November 2026', 'set the next step', 'closed the request', 'opened the request again'])
		assert.match(trail, new RegExp(words));
	assert.equal(sql(server.dir, `SELECT count(*) > 8 FROM audit WHERE object = '${id}' AND action LIKE 'help.%'`), '1');
});

test('a request is there for those whom it is for, and for nobody else: same page as for what is not there', async () => {
	const cases = [['space', {}, ['ana', 'cora', 'staff'], ['nora', 'tina', 'guest', 'lead', 'chief', 'stranger']],
		['named', { to_newark: 'yes' }, ['ana', 'nick', 'staff'], ['tina', 'guest', 'lead', 'chief', 'stranger']]];
	for (const [audience, more, yes, no] of cases) {
		const id = await ask('ana', 'cincinnati', { audience, title: 'Zanzibar question', ...more });
		for (const login of yes)
			assert.equal((await see(login, id)).status, 200, `${audience} ${login}`);
		for (const login of no) {
			const here = await see(login, id), absent = await see(login, nothing);
			assert.equal(here.status, 404, `${audience} ${login}`);
			assert.equal(plain(here.text, id), plain(absent.text, id));
			for (const name of ['offer', 'answer', 'log', 'close', 'reopen', 'assign', 'next', 'take-back', 'step-down', 'change']) {
				const real = await act(login, id, name, { space: 'troy', text: 'x', kind: 'note', offer: nothing, helper: 'troy' });
				assert.equal(real.status, 404, `${login} ${name}`);
				assert.equal(plain(real.text, id), plain((await act(login, nothing, name, { text: 'x' })).text, id));
			}
		}
		for (const [login, list] of [['tina', '/s/troy/help?which=others&state=all'], ['guest', '/help?state=all'], ['lead', '/s/leadership-group/help'], ['chief', '/help?state=all'], ['chief', '/s/cincinnati/help?state=all']])
			assert.doesNotMatch((await who[login].get(list)).text, /Zanzibar/, `${login} ${list}`);
		assert.equal(told('tina', id), '');
		assert.equal(told('guest', id), '');
		assert.equal(told('nora', id) !== '', audience === 'named');
	}
	assert.equal((await who.stranger.get('/s/cincinnati/help')).status, 404);
	assert.equal((await server.get(`/s/cincinnati/help/${nothing}`)).status, 303, 'nobody is sent to sign in');
});

test('search finds a request for those who may see it, once', async () => {
	const rows = (id) => sql(server.dir, `SELECT scope FROM search_text WHERE kind = 'help' AND substr(id, 1, 36) = '${id}' ORDER BY id`).split('\n');
	const id = await ask('ana', 'cincinnati', { audience: 'named', to_newark: 'yes', title: 'Wombat' });
	assert.deepEqual(rows(id).map((s) => s.slice(0, 2)), ['s:', 'e:', 's:']);
	for (const [login, found] of [['nora', true], ['staff', true], ['tina', false], ['chief', false], ['guest', false]]) {
		const { text } = await who[login].get('/search?q=wombat');
		assert.equal(text.includes(`/help/${id}`), found, login);
	}
	const page = `/s/cincinnati/help/${id}/change`;
	const version = forms((await who.ana.get(page)).text).find((f) => f.action === page).hidden.version;
	assert.equal((await post('ana', page, { ...request({ audience: 'space', title: 'Wombat' }), version })).status, 303);
	assert.deepEqual(rows(id).map((s) => s.slice(0, 2)), ['s:', 'e:']);
	assert.equal((await see('nora', id)).status, 404, 'whom it is not for any more does not see it');
	assert.equal(told('nora', id), '', 'and is not told of it, old news included');
	assert.match(told('staff', id), /Wombat/);
	assert.equal((await post('ana', page, { ...request({ audience: 'network', title: 'Wombat' }), version: Number(version) + 1 })).status, 303);
	assert.deepEqual(rows(id), ['network']);
});

test('the form keeps what was typed; a stale version shows both texts', async () => {
	const target = '/s/cincinnati/help';
	for (const [more, words] of [[{ title: '' }, /in a line/], [{ title: 'x'.repeat(201) }, /too long/], [{ topic: 'nonsense' }, /Choose a topic/], [{ text: '' }, /what it is for/],
		[{ text: 'x'.repeat(8001) }, /too long/], [{ needed: 'now' }, /how soon/], [{ by_date: '2026-02-30' }, /date is a day/], [{ audience: 'all' }, /who may see/],
		[{ audience: 'named' }, /Choose the jurisdictions/], [{ audience: 'named', to_nowhere: 'yes', 'to_leadership-group': 'yes', to_cincinnati: 'yes' }, /Choose the jurisdictions/]]) {
		const answer = await post('ana', target, request({ text: '<script>alert(1)</script>', ...more }));
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
		assert.match(answer.text, /<title>Error: /);
		assert.doesNotMatch(answer.text, /<script>alert/);
	}
	const id = await ask('ana', 'cincinnati', { text: 'Hello <script>alert(1)</script> [x](javascript:alert(1)) <b onclick="x()">b</b>' }).catch(() => null);
	if (id)
		assert.doesNotMatch((await see('ana', id)).text, /<script>alert|href="javascript|<b onclick/);
	const other = await ask('ana', 'cincinnati'), page = `/s/cincinnati/help/${other}/change`;
	assert.equal((await post('carl', page, { ...request({ title: 'Changed by Carl' }), version: 1 })).status, 303);
	const late = await post('ana', page, { ...request({ title: 'Changed by Ana' }), version: 1 });
	assert.equal(late.status, 409);
	assert.match(late.text, /Changed by Carl/);
	assert.match(late.text, /value="Changed by Ana"/);
	assert.equal((await post('cora', page, { ...request(), version: 2 })).status, 404, 'a reader who did not ask');
	assert.equal((await who.ana.post(target, request())).status, 403, 'no token');
});

test('the office assigns, only those who may see the request; a helper can stop', async () => {
	const id = await ask('carl', 'cincinnati', { audience: 'space' });
	for (const helper of ['newark', 'troy', 'leadership-group', 'no-such', '', 'cincinnati'])
		assert.equal((await act('staff', id, 'assign', { helper }, 'cincinnati')).status, 400, helper);
	assert.equal((await act('carl', id, 'assign', { helper: 'national' })).status, 404);
	assert.equal((await act('staff', id, 'assign', { helper: 'national', text: 'I call you.' })).status, 303);
	assert.equal(state(id), 'assigned');
	assert.equal((await act('carl', id, 'answer', { offer: offer(id, 'national'), answer: 'accept' })).status, 303);
	assert.equal((await act('guest', id, 'step-down', { text: 'x' })).status, 404, 'a reader of the national space is no staff');
	assert.equal((await act('staff', id, 'step-down', { text: 'No time.' })).status, 303);
	assert.equal(state(id), 'requested');
	const wide = await ask('carl', 'cincinnati', { audience: 'named', to_newark: 'yes' });
	assert.equal((await act('staff', wide, 'assign', { helper: 'troy' })).status, 400);
	assert.equal((await act('staff', wide, 'assign', { helper: 'newark' })).status, 303);
	assert.match(told('nora', wide), /help-change: staff assigned a helper to/, 'those who act for the helper are told');
	assert.equal(told('nick', wide), '');
	assert.equal((await act('nick', wide, 'take-back', { offer: offer(wide, 'newark') })).status, 404, 'a reader does not speak for the space');
	assert.equal((await act('nora', wide, 'take-back', { offer: offer(wide, 'newark') })).status, 303);
	assert.equal(state(wide), 'requested');
	for (const bad of [nothing, 'x', ''])
		assert.equal((await act('carl', wide, 'answer', { offer: bad, answer: 'accept' })).status, 404);
});

test('the queue shows age, state and what is overdue', async () => {
	const id = await ask('ana', 'cincinnati', { title: 'An old one', audience: 'space', topic: 'sustaining' });
	sql(server.dir, `UPDATE help_request SET asked_us = asked_us - 20 * 86400000000, state_us = state_us - 20 * 86400000000 WHERE id = '${id}'`);
	const queue = (await who.staff.get('/help?overdue=yes&topic=sustaining')).text;
	assert.match(queue, /An old one[\s\S]*Overdue[\s\S]*20 days ago/);
	assert.doesNotMatch((await who.staff.get('/help?overdue=yes&topic=services')).text, /An old one/);
	assert.match((await who.staff.get('/help?state=requested')).text, /An old one/);
	assert.doesNotMatch((await who.staff.get('/help?state=closed')).text, /An old one/);
});

const plan = (more = {}) => ({ from_day: '2027-03-14', from_time: '09:00', to_day: '2027-03-15', to_time: '12:00', zone: 'America/New_York', host_person: 'Nora',
	agenda: '- The *working group*', logistics: 'Hotel', ...more });

test('a site visit: asked, planned, agreed by both, in a calendar, reported, told', async () => {
	const made = await post('ana', '/s/cincinnati/help/visits', { other: 'newark', way: 'we', purpose: 'See their call-in', people: 'Three of us', date1: '2027-03-14', date2: '', date3: '' });
	assert.equal(made.status, 303, made.text);
	const id = /visits\/([0-9a-f-]{36})/.exec(made.location)[1];
	const visit = (login, name = '', fields = null, space = 'newark') => (fields ? post(login, `/s/${space}/help/visits/${id}/${name}`, fields) :
		who[login].get(`/s/${space}/help/visits/${id}${name ? `/${name}` : ''}`));
	const version = () => sql(server.dir, `SELECT version FROM help_visit WHERE id = '${id}'`), where = () => sql(server.dir, `SELECT state FROM help_visit WHERE id = '${id}'`);
	assert.match(told('nora', id), /asks for a site visit/);
	for (const login of ['tina', 'guest', 'lead', 'chief', 'stranger']) {
		assert.equal((await visit(login)).status, 404, login);
		for (const name of ['plan', 'agree', 'report', 'story', 'draft', 'cancel'])
			assert.equal((await visit(login, name, { version: '1', words: 'x', seen: 'x' })).status, 404, `${login} ${name}`);
	}
	for (const login of ['nick', 'staff', 'cora']) {
		assert.equal((await visit(login)).status, 200, login);
		assert.equal((await visit(login, 'plan', { ...plan(), version: version() })).status, 404, `${login} acts for nobody`);
	}
	assert.equal((await visit('nora', 'agree', { version: version() })).status, 409, 'there is no plan');
	for (const [more, words] of [[{ from_day: '' }, /Say when/], [{ from_time: '25:00' }, /Say when/], [{ to_day: '2027-03-13' }, /ends before/], [{ zone: 'Mars/Base' }, /time zone/],
		[{ from_time: '02:30' }, /clock|time/i], [{ agenda: 'x'.repeat(8001) }, /at most/]]) {
		const answer = await visit('nora', 'plan', { ...plan({ logistics: 'A <b>hotel</b>', ...more }), version: version() });
		assert.equal(answer.status, 400, JSON.stringify(more));
		assert.match(answer.text, words);
		assert.match(answer.text, />A &lt;b&gt;hotel/);
	}
	assert.equal((await visit('nora', 'plan', { ...plan(), version: version() })).status, 303);
	const stale = await visit('ana', 'plan', { ...plan({ host_person: 'Stale' }), version: '1' });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /value="Stale"/);
	assert.match(stale.text, /<dd>Nora<\/dd>/);
	assert.equal((await visit('nora', 'visit.ics')).status, 404);
	assert.equal((await visit('nora', 'agree', { version: version() })).status, 303);
	assert.equal(where(), 'planned');
	assert.equal((await visit('ana', 'agree', { version: '2' })).status, 409, 'another version than what is there');
	assert.equal((await visit('ana', 'agree', { version: version() })).status, 303);
	assert.equal(where(), 'agreed');
	const ics = await visit('nick', 'visit.ics');
	assert.equal(ics.status, 200);
	assert.match(ics.text, /SUMMARY:Cincinnati visits Newark/);
	assert.match(ics.text, /DTSTART;TZID=America\/New_York:20270314T090000/);
	/* A new plan has to be agreed to again. */
	assert.equal((await visit('ana', 'plan', { ...plan({ to_time: '13:00' }), version: version() })).status, 303);
	assert.equal(where(), 'planned');
	for (const login of ['ana', 'nora'])
		assert.equal((await visit(login, 'agree', { version: version() })).status, 303);
	assert.equal((await visit('ana', 'report', { seen: '', version: version() })).status, 400);
	assert.equal((await visit('ana', 'report', { seen: 'A call-in with *forty* people', advice: 'Begin small', actions: '- Ana writes', version: version() })).status, 303);
	assert.equal((await visit('nora', 'draft', {})).status, 409);
	assert.equal((await visit('ana', 'story', { story: 'yes', version: version() })).status, 303);
	assert.equal((await visit('nora', 'draft', {})).status, 409);
	assert.equal((await visit('nora', 'story', { story: 'yes', version: version() })).status, 303);
	/* Changing the report asks both again. */
	assert.equal((await visit('nora', 'report', { seen: 'A call-in with fifty people', advice: '', actions: '', version: version() })).status, 303);
	assert.equal((await visit('nora', 'draft', {})).status, 409);
	for (const login of ['ana', 'nora'])
		assert.equal((await visit(login, 'story', { story: 'yes', version: version() })).status, 303);
	assert.equal((await visit('ana', 'draft', {})).status, 404, 'a reader writes no drafts');
	const draft = await visit('nora', 'draft', {});
	assert.equal(draft.status, 303);
	assert.match((await who.nora.get(draft.location)).text, /fifty people/);
	assert.equal((await visit('ana', 'cancel', { words: 'late' })).status, 409);
});

test('a visit within a request is of its two sides', async () => {
	const id = await ask('ana', 'cincinnati');
	const fields = { other: 'newark', way: 'they', purpose: 'Look at our script', people: '', date1: '', date2: '', date3: '', request: id };
	assert.equal((await post('ana', '/s/cincinnati/help/visits', fields)).status, 404, 'nobody helps yet');
	await act('nora', id, 'offer', { space: 'newark', text: 'Yes' }, 'newark');
	await act('ana', id, 'answer', { offer: offer(id, 'newark'), answer: 'accept' });
	assert.equal((await post('tina', '/s/troy/help/visits', { ...fields, other: 'cincinnati' })).status, 404);
	const made = await post('nora', '/s/newark/help/visits', { ...fields, other: 'cincinnati', way: 'we' });
	assert.equal(made.status, 303);
	assert.match((await see('ana', id)).text, /Newark visits Cincinnati/);
	assert.doesNotMatch((await see('tina', id, 'troy')).text, /Newark visits/);
	for (const [other, code] of [['cincinnati', 400], ['national', 400], ['no-such', 400], ['', 400]])
		assert.equal((await post('ana', '/s/cincinnati/help/visits', { ...fields, request: '', other })).status, code, other);
	assert.equal((await post('ana', '/s/cincinnati/help/visits', { ...fields, request: 'x' })).status, 404);
	for (const [login, space] of [['staff', 'cincinnati'], ['chief', 'cincinnati'], ['lead', 'leadership-group']])
		assert.equal((await post(login, `/s/${space}/help/visits`, { ...fields, request: '' })).status, 404, login);
});

test('an export holds what is a space\'s own; a purge lets requests wait again', async () => {
	const everything = (space) => {
		const to = path.join(server.dir, `export-${space}`), done = commonweal(server.dir, ['export', '--space', space, to], fast);
		assert.equal(done.status, 0, done.stderr);
		return fs.readdirSync(to, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
			.map((entry) => fs.readFileSync(path.join(entry.parentPath ?? entry.path, entry.name), 'utf8')).join('\n');
	};
	assert.equal((await post('ana', '/s/cincinnati/peers/list', { peer: 'newark', note: 'Quetzal: what we think of them' })).status, 303);
	const named = await ask('ana', 'cincinnati', { audience: 'named', to_newark: 'yes', title: 'Only asked of them', text: 'Our words: ocelot' });
	await act('nora', named, 'offer', { space: 'newark', text: 'Own words of Newark: ibex' }, 'newark');
	await act('ana', named, 'answer', { offer: offer(named, 'newark'), answer: 'accept' });
	const newark = everything('newark'), cincinnati = everything('cincinnati');
	assert.match(newark, /ibex/);
	assert.doesNotMatch(newark, /Quetzal|ocelot/);
	assert.match(cincinnati, /Quetzal/);
	assert.match(cincinnati, /ocelot/);
	assert.equal(commonweal(server.dir, ['purge', '--space', 'newark', '--yes'], fast).status, 0);
	assert.equal(state(named), 'requested');
	assert.equal(sql(server.dir, `SELECT count(*) FROM peer_saved WHERE note LIKE 'Quetzal%'`), '0');
	assert.equal(sql(server.dir, `SELECT count(*) FROM search_text WHERE kind = 'visit'`), '0');
	const page = await see('ana', named);
	assert.equal(page.status, 200);
	assert.match(page.text, /Waiting for a helper/);
	assert.doesNotMatch(page.text, /ibex/);
});
