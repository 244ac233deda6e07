// SPDX-License-Identifier: GPL-3.0-or-later
/* Peers: who is alike and why; what was said for nobody changes nothing that
 * others see; lists of one's own. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, forms, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { fixtures, Server, temporary } from '../support/server.mjs';

const who = {};
let server;

const about = (fields) => ({ version: '0', group: '', market: '', stage: '', month: '', offers: '', strategy_for: 'nobody', stage_for: 'nobody',
	call_in_for: 'nobody', offers_for: 'nobody', ...fields });
const version = (text) => forms(text).find((form) => form.action.endsWith('/peers/about-us')).hidden.version;
/* What of a page does not depend on the request. */
const main = (text) => /<main[^>]*>([\s\S]*)<\/main>/.exec(text)[1].replaceAll(/value="[0-9a-f]{64}"/g, '');
const say = async (client, space, fields) => {
	const page = `/s/${space}/peers/about-us`;
	return client.submit(page, page, about({ ...fields, version: version((await client.get(page)).text) }));
};
const monthsAgo = (n) => {
	const d = new Date();
	return new Date(Date.UTC(d.getUTCFullYear(), d.getUTCMonth() - n, 1)).toISOString().slice(0, 7);
};

before(async () => {
	const content = temporary();
	fs.cpSync(fixtures, content, { recursive: true });
	const people = (slug, n) => {
		const file = path.join(content, slug, 'space.xml');
		fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('<location ', `<population year="2020">${n}</population>\n<location `));
	};
	people('cincinnati', 296000);
	people('newark', 310000);
	fs.mkdirSync(path.join(content, 'closed'));
	fs.writeFileSync(path.join(content, 'closed/space.xml'), fs.readFileSync(path.join(content, 'newark/space.xml'), 'utf8')
		.replace('slug="newark"', 'slug="closed"').replace('audience="public"', 'audience="space"')
		.replace(/<host>[^<]*<\/host>/, '').replaceAll('Newark', 'Hidden Place'));
	server = await Server.start({ content, env: fast });
	fs.rmSync(content, { recursive: true });
	for (const [login, roles] of Object.entries({ ana: { cincinnati: 'reader' }, ed: { cincinnati: 'editor' }, nora: { newark: 'editor' },
		nick: { newark: 'reader' }, both: { cincinnati: 'reader', newark: 'reader' }, staff: { national: 'editor' } })) {
		person(server.dir, login, { roles });
		who[login] = await enter(server, login);
	}
	person(server.dir, 'chief', { flags: ['--network-admin'] });
	who.chief = await enter(server, 'chief');
	for (const [place, homicides] of [['cincinnati', 70], ['newark', 40]])
		for (const [year, n, people] of [[2013, homicides, 300000], [2014, homicides, 300000], [2015, homicides, 300000], [2012, 9999, 300000]])
			sql(server.dir, `INSERT INTO figure_public VALUES ('${place}', 'homicides', ${year}, ${n}, 'FBI, for this test'), ('${place}', 'population', ${year}, ${people}, 'FBI')`);
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

test('the list gives reasons in words, and says what is not known', async () => {
	const { status, text } = await who.ana.get('/s/cincinnati/peers');
	assert.equal(status, 200);
	assert.match(text, /Population 310,000, yours 296,000/);
	assert.match(text, /Homicides a year per 100,000 people: 10 to under 20, yours 20 to under 40/);
	assert.match(text, /Not known of (either|them|you): [^.]*Stage of work/);
	assert.doesNotMatch(text, /Hidden Place/);
	const one = (await who.ana.get('/s/cincinnati/peers/newark')).text;
	assert.match(one, /FBI, for this test, 2013 to 2015/);
	assert.match(one, /population of 2020/);
	assert.match(one, /\/s\/cincinnati\/help\/new\?to=newark/);
	const factor = (await who.ana.get('/s/cincinnati/peers?factor=population')).text;
	assert.match(factor, /1 of 2 jurisdictions/);
});

test('only members of a jurisdiction have the page', async () => {
	for (const [login, space] of [['nick', 'cincinnati'], ['staff', 'cincinnati'], ['chief', 'cincinnati'], ['ana', 'newark'], ['ana', 'closed']])
		for (const below of ['', '/list', '/about-us', '/newark'])
			assert.equal((await who[login].get(`/s/${space}/peers${below}`)).status, 404, `${login} ${space}${below}`);
	for (const space of ['leadership-group'])
		assert.equal((await who.ana.get(`/s/${space}/peers`)).status, 404);
	assert.equal((await who.staff.get('/peers')).status, 404);
	for (const slug of ['closed', 'cincinnati', 'national', 'no-such-place'])
		assert.equal((await who.ana.get(`/s/cincinnati/peers/${slug}`)).status, 404, slug);
	assert.equal((await who.ana.get('/s/cincinnati/peers/about-us')).status, 404);
});

test('what is said for nobody changes no byte of what others see; what is shared does', async () => {
	const pages = ['/s/cincinnati/peers', '/s/cincinnati/peers?factor=call-in', '/s/cincinnati/peers?factor=stage', '/s/cincinnati/peers/newark', '/s/cincinnati/profiles/cincinnati'];
	const all = async () => Promise.all(pages.flatMap((page) => ['ana', 'ed', 'both'].map(async (login) => main((await who[login].get(page)).text))));
	assert.equal((await say(who.ed, 'cincinnati', { group: 'yes', stage: 'running', month: monthsAgo(18) })).status, 303);
	const before = await all();
	assert.equal((await say(who.nora, 'newark', { group: 'yes', market: 'yes', stage: 'running', month: monthsAgo(14), offers: 'zanzibar words' })).status, 303);
	assert.deepEqual(await all(), before);
	/* Members of the own space see their own. */
	assert.match((await who.nick.get('/s/newark/peers/cincinnati')).text, /14 months/);

	assert.equal((await say(who.nora, 'newark', { group: 'yes', stage: 'running', month: monthsAgo(14), offers: 'Call-in scripts', strategy_for: 'network',
		stage_for: 'network', call_in_for: 'network', offers_for: 'public' })).status, 303);
	const text = (await who.ana.get('/s/cincinnati/peers')).text;
	assert.match(text, /First call-in 14 months ago, yours 18 months ago/);
	assert.match(text, /Both use the group violence strategy/);
	assert.match(text, /Same stage: Running/);
	assert.match(text, /Ask them about: Call-in scripts/);
	assert.match(text, /5 of 5 things/);
	assert.ok(text.indexOf('peers/newark"') < text.indexOf('peers/ohio"'), 'the one that is more alike comes first');
	/* And back: taking consent away takes all of it away. */
	assert.equal((await say(who.nora, 'newark', { group: 'yes', market: 'yes', stage: 'running', month: monthsAgo(14), offers: 'zanzibar words' })).status, 303);
	assert.deepEqual(await all(), before);
});

test('a profile page shows what is public, at once', async () => {
	const page = '/s/cincinnati/profiles/cincinnati', visitor = async () => (await server.get(page)).text();
	await visitor();
	assert.doesNotMatch(await visitor(), /as it says itself/);
	assert.equal((await say(who.ed, 'cincinnati', { stage: 'sustaining', stage_for: 'public', month: '2007-08', call_in_for: 'network' })).status, 303);
	assert.match(await visitor(), /Sustaining it over years/);
	assert.doesNotMatch(await visitor(), /August 2007/);
	assert.match((await who.nick.get(page)).text, /August 2007/);
});

test('the form keeps what was typed, and shows both texts on a conflict', async () => {
	const page = '/s/cincinnati/peers/about-us';
	for (const [fields, words] of [[{ month: '2999-01' }, /a month that has begun/], [{ month: 'soon' }, /a month that has begun/], [{ stage: 'flying' }, /stage of the list/],
		[{ stage_for: 'all' }, /who may see it/], [{ offers: `<b>${'x'.repeat(1000)}` }, /too long/]]) {
		const answer = await who.ed.submit(page, page, about({ offers: '<script>alert(1)</script>', ...fields }));
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
		assert.match(answer.text, /<title>Error: /);
		assert.doesNotMatch(answer.text, /<script>alert|<b>x/);
	}
	const old = version((await who.ed.get(page)).text);
	assert.equal((await say(who.ed, 'cincinnati', { offers: 'The first of two' })).status, 303);
	const late = await who.ed.submit(page, page, about({ version: old, offers: 'The second of two' }));
	assert.equal(late.status, 409);
	assert.match(late.text, /Ask us about: The first of two/);
	assert.match(late.text, />The second of two<\/textarea>/);
	assert.equal((await who.ed.submit(page, page, about({ version: version(late.text), offers: 'The second of two' }))).status, 303);
	assert.equal((await who.ed.post(page, about({}))).status, 403, 'no token');
});

test('a list is private, or shared with the own space; never with the peer', async () => {
	const list = '/s/cincinnati/peers/list';
	const add = (login, fields) => who[login].submit('/s/cincinnati/peers/newark', list, { note: '', ...fields });
	const saved = await add('ana', { note: 'Met Ms. Quokka <img src=x onerror=alert(1)>' });
	assert.equal(saved.status, 303);
	const mine = (await who.ana.get(list)).text;
	assert.match(mine, /Met Ms\. Quokka &lt;img/);
	for (const [login, page] of [['ed', list], ['ed', '/s/cincinnati/peers/newark'], ['nora', '/s/newark/peers/list'], ['nora', '/s/newark/peers/cincinnati'], ['both', list]])
		assert.doesNotMatch((await who[login].get(page)).text, /Quokka/, `${login} ${page}`);
	const id = /peers\/list\/([0-9a-f-]{36})"/.exec(mine)[1], csrf = forms(mine)[0].hidden.csrf;
	assert.equal((await who.ana.post(list, { csrf, peer: 'newark', note: 'again' })).status, 400);
	for (const peer of ['cincinnati', 'national', 'closed', 'no-such', '../x', ''])
		assert.equal((await who.ana.post(list, { csrf, peer })).status, 400, peer);
	/* A colleague cannot change it; a stale version is told, with both texts. */
	const theirs = forms((await who.ed.get('/s/cincinnati/peers')).text)[0].hidden.csrf ?? forms((await who.ed.get('/s/cincinnati/peers/newark')).text).find((f) => f.hidden.csrf).hidden.csrf;
	for (const act of ['', '/remove'])
		assert.equal((await who.ed.post(`${list}/${id}${act}`, { csrf: theirs, version: 1, note: 'mine now' })).status, 404);
	assert.equal((await who.ana.post(`${list}/${id}`, { csrf, version: 1, note: 'A shared note', shared: 'yes' })).status, 303);
	const stale = await who.ana.post(`${list}/${id}`, { csrf, version: 1, note: 'An older one' });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /A shared note/);
	assert.match(stale.text, />An older one<\/textarea>/);
	assert.match((await who.ed.get(list)).text, /A shared note[\s\S]*Shared by ana/);
	assert.doesNotMatch((await who.nora.get('/s/newark/peers/cincinnati')).text, /A shared note/);
	assert.equal((await who.ana.post(`${list}/${id}`, { csrf, version: 2, note: 'é'.repeat(2001) })).status, 400);
	assert.equal((await who.ana.post(`${list}/${id}`, { csrf, version: 2, note: `A shared note ${'é'.repeat(1986)}`, shared: 'yes' })).status, 303, 'letters are counted');
	assert.equal((await who.ana.post(`${list}/${id}/remove`, { csrf })).status, 303);
	assert.equal((await who.ana.post(`${list}/${id}/remove`, { csrf })).status, 404);
	assert.doesNotMatch((await who.ed.get(list)).text, /A shared note/);
});
