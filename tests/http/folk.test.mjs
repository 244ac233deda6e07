// SPDX-License-Identifier: GPL-3.0-or-later
/* The directory of people, field by field and viewer by viewer, and groups: who
 * knows of them, who is in them, who looks after them. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';

const nothing = '01890000-0000-7000-8000-0000000000ff';
const fields = ['name', 'role', 'title', 'organization', 'topics', 'languages', 'phone', 'email', 'zone', 'about'];
const values = { role: 'services', title: 'Reentry lead', organization: 'Hope House', topics: 'honorable exit', languages: 'Tagalog',
	phone: '+1 513 555 0199', email: 'ana@hope.example', zone: 'America/Phoenix', about: 'I **know** the parole board' };
/* How each shows on the person's page. */
const shown = { name: '<h1>ana</h1>', role: '<dd>Services</dd>', title: 'Reentry lead', organization: 'Hope House', topics: 'Honorable exit',
	languages: 'Tagalog', phone: '555 0199', email: 'ana@hope.example', zone: 'Arizona', about: '<strong>know</strong>' };
const everyone = ['ana', 'bo', 'cy', 'dee', 'eli', 'fay', 'nat'];
let server, dir;
const ids = {}, as = {};

before(async () => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	const roles = { ana: { cincinnati: 'contributor' }, bo: { cincinnati: 'contributor' }, cy: { cincinnati: 'reader' }, dee: { newark: 'reader' },
		eli: { newark: 'space-admin' }, fay: { cincinnati: 'space-admin' }, nat: {} };
	for (const name of everyone)
		ids[name] = person(dir, name, { roles: roles[name], flags: name === 'nat' ? ['--network-admin'] : [] });
	server = await Server.start({ dir, content: null, env: fast, args: ['--people-index-interval=1s'] });
	for (const name of everyone)
		as[name] = await enter(server, name);
	as.nobody = new Client(server);
});
after(async () => {
	assert.equal((await server.end()).code, 0);
});

const ok = (answer, status = 200) => (assert.equal(answer.status, status, answer.text.slice(0, 3000)), answer);
const sent = (answer) => ok(answer, 303);

/* Saves ana's entry: every field for `audience`, but those of `more`. */
async function consent(audience, more = {}, changes = {}) {
	const at = '/s/cincinnati/people/me';
	const see = Object.fromEntries(fields.map((f) => [`see_${f}`, more[f] ?? audience]));
	return as.ana.submit(at, at, { ...values, ...see, ...changes });
}
const pageOf = (who, base = '') => as[who].get(`${base}/people/${ids.ana}`);

/* ---- people ---- */

test('by default one\'s own space sees name and role, and others nothing', async () => {
	for (const who of ['nobody', 'dee', 'eli', 'nat'])
		assert.equal((await pageOf(who)).status, 404, who);
	assert.match(ok(await pageOf('bo')).text, /<h1>ana<\/h1>/);
	assert.match(ok(await as.bo.get('/s/cincinnati/people')).text, />ana<\/a>/);
	assert.doesNotMatch(ok(await as.dee.get('/people')).text, />ana<\/a>/);
});

test('each field is seen by just those whom it is for', async () => {
	const allowed = { nobody: [], space: ['bo', 'cy', 'fay'], network: ['bo', 'cy', 'fay', 'dee', 'eli', 'nat'],
		public: ['bo', 'cy', 'fay', 'dee', 'eli', 'nat', 'nobody'] };
	const open = ['name', 'title', 'topics'];
	for (const audience of ['nobody', 'space', 'network', 'public'])
		for (const field of fields) {
			if (audience === 'public' && !open.includes(field))
				continue;
			/* All others for nobody; the name for as many as the field, else there is no page. */
			sent(await consent('nobody', { name: audience, [field]: audience }));
			for (const who of ['nobody', 'bo', 'dee', 'nat']) {
				const answer = await pageOf(who), text = answer.text, seen = allowed[audience].includes(who);
				assert.equal(answer.status, seen ? 200 : 404, `${field} for ${audience}: ${who}`);
				const card = await as[who].get(`/people/${ids.ana}/card.vcf`);
				assert.equal(card.status, answer.status);
				for (const other of fields.filter((f) => f !== 'name')) {
					const there = seen && other === field;
					assert.equal(text.includes(shown[other]), there, `${other} while ${field} is for ${audience}: ${who}`);
					if (!['zone', 'role', 'about'].includes(other))
						assert.equal(card.text.includes(values[other]), there, `card: ${other} while ${field} is for ${audience}: ${who}`);
				}
			}
		}
	/* A wider field does not show past a narrower name. */
	sent(await consent('network', { name: 'space' }));
	assert.equal((await pageOf('dee')).status, 404);
	assert.ok(!(await as.dee.get('/people?q=hope')).text.includes('Hope House'));
	/* What cannot be public is refused, not shown to fewer. */
	ok(await consent('nobody', { phone: 'public' }), 400);
});

test('who is not there and who is hidden are the same', async () => {
	sent(await consent('nobody'));
	for (const who of ['nobody', 'dee', 'eli', 'nat', 'bo']) {
		const [hidden, absent] = [await pageOf(who), await as[who].get(`/people/${nothing}`)];
		const shape = ({ text }, id) => text.replaceAll(id, 'ID').replaceAll(/request [0-9a-f]{16}|[0-9a-f]{16}(?=<)/g, 'R');
		assert.equal(hidden.status, 404);
		assert.equal(shape(hidden, ids.ana), shape(absent, nothing), who);
	}
});

test('the list is searched and narrowed by what the viewer sees alone', async () => {
	sent(await consent('network', { phone: 'space', organization: 'nobody' }));
	const finds = async (who, query, base = '') => (ok(await as[who].get(`${base}/people?${query}`)).text).includes(`/people/${ids.ana}"`);
	assert.ok(await finds('dee', 'q=ANA'));
	assert.ok(await finds('dee', 'q=reentry+ana'));
	assert.ok(await finds('dee', 'topic=honorable+exit'));
	assert.ok(!await finds('dee', 'topic=honorable'));
	assert.ok(await finds('dee', 'role=services'));
	assert.ok(!await finds('dee', 'role=prosecutor'));
	assert.ok(await finds('dee', 'space=cincinnati'));
	assert.ok(!await finds('dee', 'space=newark'));
	assert.ok(!await finds('dee', 'space=no-such-space'));
	assert.ok(!await finds('dee', 'q=0199') && await finds('bo', 'q=0199', '/s/cincinnati'));
	assert.ok(!await finds('bo', 'q=house', '/s/cincinnati'));
	assert.ok(await finds('dee', '', '/s/cincinnati') && !await finds('dee', '', '/s/newark'));
	/* The role, and with it the place, taken back: still found by name, no more by place. */
	sent(await consent('network', { role: 'nobody' }));
	assert.ok(await finds('dee', 'q=ana') && !await finds('dee', 'space=cincinnati') && !await finds('dee', '', '/s/cincinnati'));
	assert.ok(await finds('bo', '', '/s/cincinnati'));
});

test('cards are vCards', async () => {
	sent(await consent('network', {}, { title: 'Chief, "A;B"\\C', organization: 'x'.repeat(150) }));
	const card = ok(await as.dee.get(`/people/${ids.ana}/card.vcf`));
	assert.match(card.headers['content-type'], /^text\/vcard/);
	assert.match(card.headers['content-disposition'], /^attachment; filename="ana\.vcf"$/);
	for (const line of card.text.split('\r\n'))
		assert.ok(Buffer.byteLength(line) <= 75, line);
	const lines = card.text.replaceAll('\r\n ', '').split('\r\n');
	assert.deepEqual(lines.slice(0, 2), ['BEGIN:VCARD', 'VERSION:4.0']);
	assert.deepEqual(lines.slice(-2), ['END:VCARD', '']);
	assert.ok(lines.includes('TITLE:Chief\\, "A\\;B"\\\\C'));
	assert.ok(lines.includes(`ORG:${'x'.repeat(150)}`));
	assert.ok(lines.includes('TEL:+1 513 555 0199'));
});

test('bad input keeps what was typed; a stale form shows both', async () => {
	const hostile = '"><script>alert(1)</script>';
	sent(await consent('network', {}, { title: hostile, languages: '<img src=x onerror=alert(2)>' }));
	ok(await consent('network', {}, { about: 'a <script>alert(1)</script> b' }), 400);
	for (const address of [`/people/${ids.ana}`, '/people?q=ana', `/people?q=${encodeURIComponent(hostile)}`])
		assert.doesNotMatch((await as.dee.get(address)).text, /<script>alert|<img src=x/, address);
	for (const [field, value, message] of [['title', 'x'.repeat(121), /at most 120/], ['email', 'no address', /no e-mail address/],
		['zone', 'Mars/Base', /time zone/], ['role', 'king', /role from the list/], ['see_phone', 'friends', /Choose who sees this/],
		['about', 'x'.repeat(4001), /at most 4000/]]) {
		const wrong = ok(await consent('nobody', {}, { languages: 'Welsh', [field]: value }), 400);
		assert.match(wrong.text, message);
		assert.match(wrong.text, /value="Welsh"/);
	}
	const at = '/s/cincinnati/people/me';
	const old = forms((await as.ana.get(at)).text).find((f) => f.action === at).hidden;
	sent(await consent('space', {}, { title: 'Newer' }));
	const stale = ok(await as.ana.post(at, { ...old, ...values, title: 'Older', ...Object.fromEntries(fields.map((f) => [`see_${f}`, 'network'])) }), 409);
	assert.match(stale.text, /value="Older"/);
	assert.match(stale.text, /Saved now: Newer/);
	assert.equal((await pageOf('dee')).status, 404);
	ok(await as.nobody.get('/people/me'), 303);
	ok(await as.nat.get('/people/me'), 404); /* in no space */
});

test('one takes one\'s data along, and away', async () => {
	sent(await consent('network'));
	const mine = JSON.parse(ok(await as.ana.get('/s/cincinnati/people/me/export.json')).text);
	assert.deepEqual(mine.fields.phone, { value: values.phone, seen_by: 'network' });
	assert.equal(mine.account, ids.ana);
	sent(await as.ana.submit('/s/cincinnati/people/me/remove', '/s/cincinnati/people/me/remove', { hide: 'yes' }));
	for (const who of ['bo', 'dee', 'nat'])
		assert.equal((await pageOf(who)).status, 404);
	assert.equal(JSON.parse((await as.ana.get('/s/cincinnati/people/me/export.json')).text).fields.phone.value, '');
});

test('who leaves or is disabled is gone at once', async () => {
	sent(await consent('network'));
	ok(await pageOf('dee'));
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'none'], fast).status, 0);
	for (const who of ['bo', 'dee', 'nat'])
		assert.equal((await pageOf(who)).status, 404);
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'contributor'], fast).status, 0);
	ok(await pageOf('dee'));
	assert.equal(commonweal(dir, ['account', 'disable', 'ana'], fast).status, 0);
	assert.equal((await pageOf('dee')).status, 404);
	assert.equal(commonweal(dir, ['account', 'enable', 'ana'], fast).status, 0);
	as.ana = await enter(server, 'ana');
	ok(await pageOf('dee'));
});

test('search has of each just what a scope may see', async () => {
	const rows = () => {
		const done = sqlite3(path.join(dir, 'commonweal.db'), `SELECT substr(scope, 1, 2), title, body FROM search_text WHERE kind = 'person' AND path = '/people/${ids.ana}' ORDER BY id`, '-readonly');
		assert.equal(done.status, 0, done.stderr);
		return done.stdout.trim().split('\n').filter(Boolean);
	};
	const settle = async (wanted) => {
		for (;;) {
			if (rows().length === wanted)
				return;
			await as.bo.get('/healthz');
		}
	};
	sent(await consent('network', { phone: 'space', email: 'nobody' }));
	const [network, space, ...rest] = rows();
	assert.deepEqual(rest, []);
	assert.match(network, /^ne\|ana\|Services\. Reentry lead\. Hope House\. honorable exit\. Tagalog\. I know the parole board$/);
	assert.match(space, /^s:\|ana\|.*0199/);
	assert.doesNotMatch(space, /hope\.example/);
	sent(await consent('space'));
	assert.equal(rows().length, 1);
	sent(await consent('nobody'));
	assert.equal(rows().length, 0);
	sent(await consent('network'));
	/* Gone with the membership in the same write; back soon after it. */
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'none'], fast).status, 0);
	assert.equal(rows().length, 0);
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'contributor'], fast).status, 0);
	await settle(2);
});

/* ---- groups ---- */

const at = '/s/cincinnati/groups';
const begin = async (who, more, base = '/s/cincinnati') => {
	const answer = sent(await as[who].submit(`${base}/groups/new`, `${base}/groups/new`, { purpose: 'To plan', ...more }));
	return new URL(answer.location, server.base).pathname;
};
const csrf = async (who) => forms((await as[who].get('/groups')).text).find((f) => f.hidden.csrf).hidden.csrf;
const add = async (who, group, whom) => {
	const form = forms((await as[who].get(`${group}/add?q=${whom}`)).text).find((f) => f.hidden.account === ids[whom]);
	assert.ok(form, `${whom} is not found for ${group}`);
	return as[who].post(`${group}/add`, form.hidden);
};
const act = (who, group, whom, word) => as[who].submit(`${group}/members/${ids[whom]}`, `${group}/members/${ids[whom]}`, { act: word });

test('a group of the team: its space knows of it, its members read it', async () => {
	const group = await begin('ana', { name: 'Call-in planning', kind: 'team' });
	assert.equal(group, `${at}/call-in-planning`);
	for (const who of ['bo', 'cy', 'fay'])
		assert.match(ok(await as[who].get(at)).text, /Call-in planning/, who);
	for (const who of ['dee', 'eli', 'nat']) {
		assert.doesNotMatch(ok(await as[who].get(at)).text, /Call-in planning/, who);
		assert.equal((await as[who].get(group)).status, 404, who);
	}
	assert.doesNotMatch((await as.bo.get(group)).text, />Members/);
	/* Readers make none; nobody makes one of a space that they are not in. */
	ok(await as.cy.post(`${at}/new`, { csrf: await csrf('cy'), name: 'x', kind: 'team' }), 400);
	ok(await as.dee.get(`${at}/new`), 404);
	/* Added at once, and told. */
	sent(await add('ana', group, 'bo'));
	assert.match((await as.bo.get(group)).text, />ana\b[\s\S]*>bo\b/);
	assert.match(ok(await as.ana.post(`${group}/add`, { csrf: await csrf('ana'), account: ids.bo }), 400).text, /in the group already/);
	/* Who is of another space, is hidden or is not there cannot be added, and the answers are the same. */
	const refused = await Promise.all([ids.dee, ids.eli, nothing, 'x'].map(async (account) =>
		ok(await as.ana.post(`${group}/add`, { csrf: await csrf('ana'), account }), 400).text.replaceAll(/[0-9a-f]{16}(?=<)/g, 'R')));
	assert.equal(new Set(refused).size, 1);
	/* Only leads change it; the space's admins too. */
	for (const part of ['edit', 'add', 'names', `members/${ids.ana}`]) {
		assert.equal((await as.bo.get(`${group}/${part}`)).status, 404, part);
		assert.equal((await as.cy.get(`${group}/${part}`)).status, 404, part);
		ok(await as.fay.get(`${group}/${part}`));
	}
	sent(await act('fay', group, 'bo', 'lead'));
	sent(await act('bo', group, 'ana', 'member'));
	ok(await act('bo', group, 'bo', 'member'), 409);
	ok(await as.bo.submit(`${group}/members/${ids.bo}`, `${group}/members/${ids.bo}`, { act: 'remove' }), 409);
	sent(await as.ana.submit(`${group}/leave`, `${group}/leave`));
	assert.doesNotMatch((await as.ana.get(group)).text, />Members/);
	assert.match((await as.bo.get(group)).text, /left the group/);
	/* What is done in it is in the space's audit log. */
	assert.match((await as.fay.get('/s/cincinnati/admin/audit')).text, /Call-in planning/);
});

test('a role in the team brings people into its group, and takes them out', async () => {
	const group = await begin('ana', { name: 'Services', kind: 'team', team: 'services' });
	const at_ = `/s/cincinnati/admin/people/${ids.cy}`;
	const role = async (fieldsOf) => sent(await as.fay.post(`${at_}/role`, { csrf: await csrf('fay'), space: 'cincinnati', was: 'reader', role: 'reader', ...fieldsOf }));
	assert.doesNotMatch((await as.cy.get(group)).text, />Members/);
	await role({ teams: 'yes', team: 'services' });
	assert.match((await as.cy.get(group)).text, />cy<[\s\S]*by role/);
	ok(await as.cy.submit(`${group}/leave`, `${group}/leave`).catch(() => as.cy.get(`${group}/leave`)));
	/* Another form, which has no such field, leaves it. */
	await role({});
	assert.match((await as.cy.get(group)).text, />Members/);
	assert.match((await as.bo.get(`/people/${ids.cy}`)).text, /Services/);
	await role({ teams: 'yes' });
	assert.doesNotMatch((await as.cy.get(group)).text, />Members/);
	assert.equal(commonweal(dir, ['account', 'role', 'cy', 'cincinnati', 'reader', 'research,services'], fast).status, 0);
	assert.match((await as.cy.get(group)).text, />Members/);
	assert.equal(commonweal(dir, ['account', 'role', 'cy', 'cincinnati', 'reader'], fast).status, 0);
	assert.match((await as.cy.get(group)).text, />Members/);
	assert.notEqual(commonweal(dir, ['account', 'role', 'cy', 'cincinnati', 'reader', 'No Slug'], fast).status, 0);
	assert.equal(commonweal(dir, ['account', 'role', 'cy', 'cincinnati', 'reader', 'none'], fast).status, 0);
	assert.doesNotMatch((await as.cy.get(group)).text, />Members/);
});

test('changing a group: errors keep what was typed, a stale form shows both', async () => {
	const group = `${at}/call-in-planning`, edit = `${group}/edit`;
	const old = forms((await as.bo.get(edit)).text).find((f) => f.action === edit).hidden;
	sent(await as.bo.submit(edit, edit, { name: 'Call-in planning <b>2</b>', purpose: '<script>x</script>' }));
	const stale = ok(await as.bo.post(edit, { ...old, name: 'Mine', purpose: 'Typed' }), 409);
	assert.match(stale.text, /value="Mine"/);
	assert.match(stale.text, /Call-in planning &lt;b&gt;2/);
	for (const [fieldsOf, message] of [[{ name: '' }, /give the group a name/], [{ name: 'x'.repeat(121) }, /longer than 120/],
		[{ name: 'x', purpose: 'y'.repeat(2001) }, /longer than 2000/], [{ name: 'x', team: 'kings' }, /role in the team/]])
		assert.match(ok(await as.bo.submit(edit, edit, { purpose: 'Typed', ...fieldsOf }), 400).text, message);
	assert.ok(!(await as.bo.get(group)).text.includes('<script>x'));
	/* Closed: read only, until opened. */
	sent(await as.bo.submit(group, `${group}/close`, { act: 'close' }));
	ok(await as.bo.get(edit), 409);
	assert.match((await as.bo.get(group)).text, /Closed since/);
	sent(await as.bo.submit(group, `${group}/close`, { act: 'open' }));
	/* Names that are pages of their own. */
	assert.equal(await begin('ana', { name: 'New', kind: 'team' }), `${at}/new-2`);
});

test('a private group: invited, accepted, declined, taken back; nobody else knows', async () => {
	sent(await as.dee.submit('/s/newark/people/me', '/s/newark/people/me', Object.fromEntries(fields.map((f) => [`see_${f}`, 'network']))));
	const group = await begin('ana', { name: 'Zebra crossing', kind: 'private', purpose: 'Unseen purpose' });
	assert.match(group, /^\/s\/cincinnati\/groups\/p-[0-9a-f]{16}$/);
	for (const who of ['bo', 'cy', 'dee', 'eli', 'fay', 'nat']) {
		assert.equal((await as[who].get(group)).status, 404);
		assert.doesNotMatch((await as[who].get(at)).text, /Zebra/);
	}
	sent(await add('ana', group, 'dee'));
	/* Before accepting: name, purpose and who asks; not the group. */
	const invited = ok(await as.dee.get('/groups/invitations')).text;
	assert.match(invited, /Zebra crossing[\s\S]*ana invites you[\s\S]*Unseen purpose/);
	assert.equal((await as.dee.get(group)).status, 404);
	const answer = /action="(\/groups\/invitations\/[^"]+)"/.exec(invited)[1];
	ok(await as.bo.post(answer, { csrf: await csrf('bo'), answer: 'accept' }), 404);
	sent(await as.dee.submit('/groups/invitations', answer, { answer: 'decline' }));
	assert.doesNotMatch((await as.dee.get('/groups/invitations')).text, /Zebra/);
	assert.equal((await as.dee.get(group)).status, 404);
	sent(await add('ana', group, 'dee'));
	sent(await act('ana', group, 'dee', 'take-back'));
	ok(await as.dee.post(answer, { csrf: await csrf('dee'), answer: 'accept' }), 404);
	sent(await add('ana', group, 'dee'));
	sent(await as.dee.submit('/groups/invitations', answer, { answer: 'accept' }));
	assert.match(ok(await as.dee.get(group)).text, />ana\b[\s\S]*>dee\b/);
	assert.match(ok(await as.dee.get('/groups')).text, /Zebra crossing/);
	assert.equal((await as.dee.get(`${group}/edit`)).status, 404);
	/* Out again, and at once. */
	sent(await act('ana', group, 'dee', 'remove'));
	assert.equal((await as.dee.get(group)).status, 404);
	assert.doesNotMatch((await as.dee.get('/groups')).text, /Zebra/);
	/* The audit logs that others read say nothing of it. */
	for (const [who, page] of [['fay', '/s/cincinnati/admin/audit'], ['nat', '/admin/audit'], ['nat', '/admin'], ['nat', '/admin/jobs'], ['nat', '/admin/audit/export?format=csv'],
		['nat', `/admin/audit?object=${ids.dee}`]])
		assert.doesNotMatch(ok(await as[who].get(page)).text, /Zebra|p-[0-9a-f]{16}|group\.invite/, page);
	/* The last one closes the door. */
	sent(await as.ana.submit(`${group}/leave`, `${group}/leave`));
	assert.equal((await as.ana.get(group)).status, 404);
});

test('the lead who is gone is followed by who was there longest; membership ends with the space', async () => {
	const group = await begin('bo', { name: 'Heirs', kind: 'private' });
	for (const whom of ['ana', 'cy']) {
		sent(await add('bo', group, whom));
		const page = ok(await as[whom].get('/groups/invitations')).text;
		sent(await as[whom].submit('/groups/invitations', /action="(\/groups\/invitations\/[^"]+)"/.exec(page)[1], { answer: 'accept' }));
	}
	assert.equal((await as.ana.get(`${group}/edit`)).status, 404);
	assert.equal(commonweal(dir, ['account', 'disable', 'bo'], fast).status, 0);
	ok(await as.ana.get(`${group}/edit`));
	assert.equal((await as.cy.get(`${group}/edit`)).status, 404);
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'none'], fast).status, 0);
	assert.equal((await as.ana.get(group)).status, 404);
	ok(await as.cy.get(`${group}/edit`));
	assert.equal(commonweal(dir, ['account', 'role', 'ana', 'cincinnati', 'contributor'], fast).status, 0);
	assert.equal(commonweal(dir, ['account', 'enable', 'bo'], fast).status, 0);
	as.bo = await enter(server, 'bo');
});

test('posts without names need five people whom a lead has confirmed', async () => {
	const group = await begin('fay', { name: 'Frank talk', kind: 'team' }), names = `${group}/names`;
	for (const whom of ['ana', 'bo', 'cy'])
		sent(await add('fay', group, whom));
	const list = async () => [...(await as.fay.get(names)).text.matchAll(/name="member" value="([^"]+)"/g)].map((m) => m[1]);
	const confirm = async (members) => {
		return as.fay.send('POST', names, new URLSearchParams([['csrf', await csrf('fay')], ['act', 'confirm'], ...members.map((id) => ['member', id])]).toString());
	};
	sent(await confirm(await list()));
	assert.match(ok(await as.fay.submit(names, names, { act: 'on' }), 409).text, /at least 5/);
	const before_ = await list();
	ids.gus = person(dir, 'gus', { roles: { cincinnati: 'reader' } });
	sent(await add('fay', group, 'gus'));
	ok(await confirm(before_), 409); /* Gus came meanwhile */
	sent(await confirm(await list()));
	sent(await as.fay.submit(names, names, { act: 'on' }));
	assert.match((await as.cy.get(group)).text, /without a name/);
	sent(await act('fay', group, 'cy', 'remove'));
	assert.match((await as.ana.get(group)).text, /paused/);
	sent(await add('fay', group, 'cy'));
	assert.match((await as.ana.get(group)).text, /paused/); /* Cy is to be confirmed anew */
	sent(await confirm(await list()));
	assert.match((await as.ana.get(group)).text, /without a name/);
	sent(await as.fay.submit(names, names, { act: 'off' }));
});

test('no person begins private groups without end', async () => {
	const limited = await Server.start({ dir, content: null, env: fast, args: ['--private-groups-per-person=1'] });
	const client = await enter(limited, 'cy'), make = () => client.submit(`${at}/new`, `${at}/new`, { name: 'One', kind: 'private' });
	sent(await make());
	assert.match(ok(await make(), 409).text, /more are not possible/);
	assert.equal((await limited.stop()).code, 0);
});
