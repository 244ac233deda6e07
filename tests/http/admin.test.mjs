// SPDX-License-Identifier: GPL-3.0-or-later
/* Administration: people and their roles, spaces, jobs, the audit log. Who may
 * see which of these pages is in matrix.test.mjs. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { receiver } from '../support/smtp.mjs';

let server, ids, network, chief;

before(async () => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	ids = {
		network: person(dir, 'network', { flags: ['--network-admin'] }),
		chief: person(dir, 'chief', { roles: { cincinnati: 'space-admin' } }),
		mary: person(dir, 'mary', { flags: ['--name=Mary Poe', '--email=mary@example.org'], roles: { cincinnati: 'reader', newark: 'editor' } }),
		newark: person(dir, 'newark-chief', { flags: ['--name=Ned'], roles: { newark: 'space-admin' } }),
		lonely: person(dir, 'lonely', { flags: ['--email=lonely@example.org'] }),
	};
	server = await Server.start({ dir, content: null, env: fast, args: ['--sign-in-tries=1000', '--sign-in-address-tries=1000'] });
	network = await enter(server, 'network');
	chief = await enter(server, 'chief');
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const admin = '/s/cincinnati/admin';
const add = (login, options) => person(server.dir, login, options);
const problems = (html) => [...html.matchAll(/id="problems"[\s\S]*?<\/div>/g)].flatMap(([box]) => [...box.matchAll(/<li>([\s\S]*?)<\/li>/g)]
	.map(([, item]) => item.replaceAll(/<[^>]*>/g, '').trim().replaceAll('&#39;', "'")));

function log(match) {
	return commonweal(server.dir, ['audit', 'export'], fast).stdout.trim().split('\n').map((line) => JSON.parse(line))
		.filter((row) => Object.entries(match).every(([name, value]) => row[name] === value));
}

/* Follows the redirect of something done, and gives the page with what it says. */
async function done(client, answer, words) {
	assert.equal(answer.status, 303, `${answer.status} ${problems(answer.text)}`);
	const page = await client.get(answer.location);
	assert.equal(page.status, 200);
	assert.match(/role="status">([^<]*)/.exec(page.text)?.[1] ?? '', words);
	return page.text;
}

async function refused(answer, status, words) {
	assert.equal(answer.status, status, answer.text.slice(0, 1000));
	assert.match(answer.text, /<title>Error: /);
	assert.match(answer.text, /id="problems" tabindex="-1" autofocus/);
	assert.ok(problems(answer.text).some((text) => words.test(text)), `${problems(answer.text)}`);
	/* What the list leads to is on the page. */
	for (const [, id] of answer.text.matchAll(/<li>\s*<a href="#([^"]+)"/g))
		assert.ok(answer.text.includes(`id="${id}"`), id);
}

test('the way to administration is shown to those who may', async () => {
	const link = async (client, where) => /<a href="([^"]*)">Administration<\/a>/.exec((await client.get(where)).text)?.[1];
	assert.equal(await link(await enter(server, 'mary'), '/'), undefined);
	assert.equal(await link(chief, '/'), '/s/cincinnati/admin');
	assert.equal(await link(chief, '/s/newark'), '/s/cincinnati/admin');
	assert.equal(await link(network, '/'), '/admin');
	assert.equal(await link(network, '/s/newark'), '/s/newark/admin');
	assert.equal(await link(new Client(server), '/'), undefined);
});

test('the overview says what there is', async () => {
	const whole = (await network.get('/admin')).text;
	for (const part of [/The whole network/, /No directory is set up/, /Not set up/, /\d+ waiting, 0 failed/, /SQLite 3\./, /What happened last/])
		assert.match(whole, part);
	const own = (await chief.get(admin)).text;
	assert.match(own, /Cincinnati, Ohio/);
	assert.doesNotMatch(own, /SQLite|jobs|newark/i);
});

test('people are found and narrowed; a space admin sees their own only, with their own roles only', async () => {
	const names = async (client, where) => [...(await client.get(where)).text.matchAll(/<th scope="row"><a href="[^"]*\/people\/[^"]*">([^<]*)/g)].map((m) => m[1]);
	assert.deepEqual((await names(network, '/admin/people')).slice(0, 2), ['chief', 'lonely']);
	assert.deepEqual(await names(network, '/admin/people?q=POE'), ['Mary Poe']);
	assert.deepEqual(await names(network, '/admin/people?space=newark'), ['Mary Poe', 'Ned']);
	assert.deepEqual(await names(network, '/admin/people?role=space-admin'), ['chief', 'Ned']);
	assert.deepEqual(await names(network, '/admin/people?space=newark&role=editor'), ['Mary Poe']);
	assert.deepEqual(await names(network, '/admin/people?source=directory'), []);
	assert.deepEqual(await names(network, '/admin/people?state=network-admin'), ['network']);
	assert.deepEqual(await names(network, '/admin/people?space=none'), []);
	assert.deepEqual(await names(network, '/admin/people?role=nonsense'), []);
	assert.deepEqual(await names(chief, `${admin}/people`), ['chief', 'Mary Poe']);
	assert.deepEqual(await names(chief, `${admin}/people?space=newark`), ['chief', 'Mary Poe'], 'the address decides, not a field');
	assert.doesNotMatch((await chief.get(`${admin}/people`)).text, /Newark/);
	const mary = (await chief.get(`${admin}/people/${ids.mary}`)).text;
	assert.match(mary, /Cincinnati/);
	assert.doesNotMatch(mary, /Newark|sessions\/end|Disable the account</);
	assert.equal((await chief.get(`${admin}/people/${ids.newark}`)).status, 404);
	assert.match((await network.get(`/admin/people/${ids.mary}`)).text, /Newark/);
});

test('more people than a page holds', async () => {
	const dir = temporary();
	commonweal(dir, ['import', fixtures], fast);
	person(dir, 'network', { flags: ['--network-admin'] });
	for (let i = 0; i < 52; i++)
		assert.equal(commonweal(dir, ['account', 'add', `p${String(i).padStart(3, '0')}`], fast).status, 0);
	const other = await Server.start({ dir, content: null, env: fast });
	const client = await enter(other, 'network');
	const first = (await client.get('/admin/people')).text, second = (await client.get('/admin/people?page=2')).text;
	assert.match(first, /53 people/);
	assert.match(first, /href="\/admin\/people\?page=2"/);
	assert.match(second, />p051</);
	assert.doesNotMatch(second, />p001</);
	await other.end();
});

test('a role is given, changed, told when it was changed meanwhile, and removed by naming the person', async () => {
	const id = add('rolf', { roles: { cincinnati: 'reader' } }), page = `${admin}/people/${id}`, rolf = await enter(server, 'rolf');
	const secret = '/s/cincinnati/case-studies/secret-zanzibar';
	const form = async (action) => forms((await chief.get(page)).text).find((one) => one.action === `${page}/${action}`).hidden;
	const stale = await form('role');
	assert.equal(stale.was, 'reader');
	await done(chief, await chief.post(`${page}/role`, { ...stale, role: 'editor' }), /role is changed/);
	const conflict = await chief.post(`${page}/role`, { ...stale, role: 'contributor' });
	await refused(conflict, 409, /Meanwhile the role in Cincinnati, Ohio became editor\. You chose: contributor/);
	assert.match(conflict.text, /name="was" value="editor"/, 'the present role is known to the next try');
	assert.match(conflict.text, /value="contributor" selected="selected"/, 'what was chosen is kept');
	const again = forms(conflict.text).find((one) => one.action === `${page}/role` && one.hidden.was).hidden;
	await done(chief, await chief.post(`${page}/role`, { ...again, role: 'contributor' }), /role is changed/);
	await refused(await chief.post(`${page}/role`, { ...await form('role'), role: 'king' }), 400, /Choose a role/);
	/* Another space than one's own is no choice, whatever is sent. */
	await refused(await chief.post(`${page}/role`, { csrf: stale.csrf, was: '', space: 'newark', role: 'editor' }), 400, /Choose a space/);
	assert.equal((await rolf.get(secret)).status, 200);
	for (const confirm of ['', 'Rolf Nobody', 'mary'])
		await refused(await chief.post(`${page}/role/remove`, { ...await form('role/remove'), space: 'cincinnati', confirm }), 400, /Type rolf to confirm/);
	assert.equal((await rolf.get(secret)).status, 200);
	const gone = await chief.post(`${page}/role/remove`, { ...await form('role/remove'), space: 'cincinnati', confirm: ' Rolf ' });
	assert.equal(gone.location, `${admin}/people`, 'the person is not among theirs any more');
	assert.equal((await rolf.get(secret)).status, 404, 'at once');
	assert.equal((await chief.get(page)).status, 404);
	assert.deepEqual(log({ action: 'role.change', object: id, login: 'chief' }).map((row) => [row.space, row.detail]),
		[['cincinnati', 'reader to editor'], ['cincinnati', 'editor to contributor'], ['cincinnati', 'contributor to none']]);
	/* The network admin can give one anywhere, and only once. */
	const whole = `/admin/people/${id}`, csrf = forms((await network.get(whole)).text).find((one) => one.action === `${whole}/role`).hidden.csrf;
	await done(network, await network.post(`${whole}/role`, { csrf, was: '', space: 'ohio', role: 'editor' }), /role is given/);
	await refused(await network.post(`${whole}/role`, { csrf, was: '', space: 'ohio', role: 'reader' }), 409, /became editor/);
	assert.match((await network.get(whole)).text, /<th scope="row">Ohio<\/th>/);
});

test('someone who has an account is added by the exact login or address only', async () => {
	const page = `${admin}/people/add`, where = `${admin}/people/add`;
	add('twin-a', { flags: ['--email=twin@example.org'] });
	add('twin-b', { flags: ['--email=twin@example.org'] });
	for (const [fields, words] of [[{ who: '', role: 'reader' }, /Type a login/], [{ who: 'lone', role: 'reader' }, /Nobody has exactly/],
		[{ who: 'lonely', role: '' }, /Choose a role/], [{ who: 'twin@example.org', role: 'reader' }, /Several accounts/]]) {
		const answer = await chief.submit(page, where, fields);
		await refused(answer, 400, words);
		assert.ok(fields.who === '' || answer.text.includes(`value="${fields.who}"`), 'kept');
	}
	await done(chief, await chief.submit(page, where, { who: 'LONELY@example.org', role: 'contributor' }), /person is added/);
	assert.match(commonweal(server.dir, ['account', 'list'], fast).stdout, /^lonely\t.*\tcincinnati contributor$/m);
	await refused(await chief.submit(page, where, { who: 'lonely', role: 'editor' }), 409, /already contributor/);
	await refused(await network.submit('/admin/people/add', '/admin/people/add', { who: 'lonely', role: 'editor' }), 400, /Choose a space/);
});

test('someone new is invited: the link is shown once, opens the account once, and is no way into another', async () => {
	const page = `${admin}/people/add`, where = `${admin}/people/invite`;
	for (const [fields, words, kept] of [
		[{ name: '', login: 'fine', role: 'reader' }, /Type the person's name/, 'fine'],
		[{ name: 'Nina', login: 'two words', role: 'reader' }, /A login has/, 'Nina'],
		[{ name: 'Nina', login: 'fine', email: 'nobody', role: 'reader' }, /not an e-mail address/, 'nobody'],
		[{ name: 'Nina "<b>', login: 'MARY', role: 'reader' }, /already an account/, 'Nina &quot;&lt;b&gt;']]) {
		const answer = await chief.submit(page, where, fields);
		await refused(answer, words.source.includes('already') ? 409 : 400, words);
		assert.ok(answer.text.includes(`value="${kept}"`), kept);
	}
	const answer = await chief.submit(page, where, { name: 'Nina', login: 'Nina', email: 'nina@example.org', role: 'editor' });
	assert.equal(answer.status, 200, answer.text.slice(0, 1000));
	assert.match(answer.headers['cache-control'], /no-store/);
	const link = /value="(http:\/\/127\.0\.0\.1:\d+(\/invitation\/[0-9a-f]{64}))"/.exec(answer.text)[2];
	const id = /people\/([0-9a-f-]{36})"/.exec(answer.text)[1], own = `${admin}/people/${id}`;
	assert.match((await chief.get(own)).text, /invited, no password yet/);
	const again = await chief.submit(own, `${own}/invite`);
	const newer = /(\/invitation\/[0-9a-f]{64})/.exec(again.text)[1];
	const nina = new Client(server);
	assert.equal((await nina.get(link)).status, 404, 'the older link ended');
	assert.equal((await nina.submit(newer, newer, { new: 'a long enough one', again: 'a long enough one' })).status, 303);
	assert.equal((await nina.signIn('nina', 'a long enough one')).location, '/');
	assert.match((await nina.get('/account')).text, /Cincinnati<\/a><\/th><td data-label="Role">editor/);
	/* From now on a link would open what is not the space's alone. */
	assert.equal(forms((await chief.get(own)).text).some((one) => one.action === `${own}/invite`), false);
	const csrf = forms((await chief.get(own)).text)[0].hidden.csrf ?? forms((await chief.get('/account')).text)[0].hidden.csrf;
	assert.equal((await chief.post(`${own}/invite`, { csrf })).status, 409);
	assert.equal((await network.submit(`/admin/people/${id}`, `/admin/people/${id}/invite`)).status, 200);
	/* Fresh, but also of another space. */
	const shared = add('shared', { password: null, roles: { cincinnati: 'reader', newark: 'reader' } });
	assert.equal((await chief.post(`${admin}/people/${shared}/invite`, { csrf })).status, 409);
	assert.deepEqual(log({ action: 'account.invite', object: id }).map((row) => row.detail),
		['new account, link shown', 'again, link shown', 'again, link shown']);
});

test('name and e-mail are changed, and a change in between is told with both', async () => {
	const id = add('nameless'), page = `/admin/people/${id}`;
	const form = forms((await network.get(page)).text).find((one) => one.action === `${page}/change`).hidden;
	await done(network, await network.post(`${page}/change`, { ...form, name: 'Name One', email: 'one@example.org' }), /changed/);
	const conflict = await network.post(`${page}/change`, { ...form, name: 'Name Two', email: 'two@example.org' });
	await refused(conflict, 409, /name Name One and the e-mail one@example\.org; you typed Name Two and two@example\.org/);
	assert.match(conflict.text, /value="Name Two"/);
	assert.match(conflict.text, /<details class="disclosure" open="open">\s*<summary>Change name/);
	await done(network, await network.post(`${page}/change`, { ...forms(conflict.text).find((one) => one.action === `${page}/change`).hidden,
		name: 'Name Two', email: '' }), /changed/);
	await refused(await network.submit(page, `${page}/change`, { name: '', email: '' }), 400, /Type a name/);
	const bad = await network.submit(page, `${page}/change`, { name: 'x', email: 'no address' });
	await refused(bad, 400, /not an e-mail/);
	assert.match(bad.text, /id="email"[^>]*aria-invalid="true" aria-describedby="email_hint email_problem"/);
});

test('an account is disabled by naming it, and enabled again', async () => {
	const id = add('offline', { roles: { cincinnati: 'reader' } }), page = `/admin/people/${id}`, off = await enter(server, 'offline');
	await refused(await network.submit(page, `${page}/disable`, { confirm: 'off' }), 400, /Type offline to confirm/);
	assert.equal((await off.get('/account')).status, 200);
	assert.match(await done(network, await network.submit(page, `${page}/disable`, { confirm: 'offline' }), /disabled/), /Enable the account again/);
	assert.equal((await off.get('/account')).status, 303);
	assert.equal((await new Client(server).signIn('offline', 'the password of o')).status, 400);
	assert.match((await network.get('/admin/people?state=disabled')).text, />offline</);
	await done(network, await network.submit(page, `${page}/enable`), /enabled/);
	assert.equal((await new Client(server).signIn('offline', 'the password of o')).status, 303);
	assert.equal(log({ action: 'account.disable', object: id, login: 'network' }).length, 1);
	const csrf = forms((await network.get('/account')).text)[0].hidden.csrf;
	assert.equal((await network.post(`/admin/people/${ids.network}/disable`, { csrf, confirm: 'network' })).status, 409, 'not oneself');
});

test('sessions are listed and ended', async () => {
	const id = add('seated'), page = `/admin/people/${id}`, a = await enter(server, 'seated', { headers: { 'User-Agent': 'Mozilla/5.0 (X11; Linux) Firefox/140.0' } }),
		b = await enter(server, 'seated');
	assert.match((await network.get(page)).text, /Firefox on Linux/);
	const list = forms((await network.get(page)).text).filter((one) => one.action === `${page}/sessions/end`);
	assert.equal(list.length, 3, 'each, and all');
	await done(network, await network.post(`${page}/sessions/end`, list[1].hidden), /session is ended/);
	assert.deepEqual([(await a.get('/account')).status, (await b.get('/account')).status], [303, 200], 'the newest stands first');
	await done(network, await network.post(`${page}/sessions/end`, list[2].hidden), /signed out everywhere/);
	assert.equal((await b.get('/account')).status, 303);
	/* A handle of someone else ends nothing there. */
	const mine = forms((await network.get(`/admin/people/${ids.network}`)).text).find((one) => one.hidden.handle).hidden;
	await network.post(`${page}/sessions/end`, mine);
	assert.equal((await network.get('/account')).status, 200);
});

test('a network admin is made and unmade by naming; the right needs the second factor; the last one stays', async () => {
	const id = add('second', { roles: { cincinnati: 'reader' } }), page = `/admin/people/${id}`, second = await enter(server, 'second');
	await refused(await network.submit(page, `${page}/network-admin`, { confirm: '' }), 400, /Type second/);
	await done(network, await network.submit(page, `${page}/network-admin`, { confirm: 'second' }), /network admin/);
	assert.equal((await second.get('/account')).status, 303, 'signed out');
	const half = new Client(server);
	assert.match((await half.signIn('second', 'the password of s')).location, /^\/sign-in\/second-factor/);
	assert.equal((await half.get('/admin')).status, 404);
	const whole = await enter(server, 'second');
	assert.equal((await whole.get('/admin')).status, 200);
	/* The phone is lost. */
	await refused(await network.submit(page, `${page}/second-factor/remove`, { confirm: 'x' }), 400, /Type second/);
	await done(network, await network.submit(page, `${page}/second-factor/remove`, { confirm: 'second' }), /second factor is removed/);
	assert.equal((await whole.get('/admin')).status, 404);
	assert.match((await new Client(server).signIn('second', 'the password of s')).location, /^\/sign-in\/second-factor/);
	await done(network, await network.submit(page, `${page}/network-admin`, { confirm: 'second' }), /no longer/);
	const self = `/admin/people/${ids.network}`;
	await refused(await network.submit(self, `${self}/network-admin`, { confirm: 'network' }), 409, /only network admin/);
	assert.equal((await network.get('/admin')).status, 200);
});

test('a right that comes in the middle of a session waits for the second factor', async () => {
	add('promoted');
	const client = await enter(server, 'promoted');
	assert.equal(commonweal(server.dir, ['account', 'network-admin', 'promoted', 'yes'], fast).status, 0);
	assert.equal((await client.get('/admin')).status, 404);
	assert.equal(commonweal(server.dir, ['account', 'network-admin', 'promoted', 'no'], fast).status, 0);
});

test('what was done is said only where it was done', async () => {
	const id = add('noted'), page = `/admin/people/${id}`;
	const answer = await network.submit(page, `${page}/change`, { name: 'Noted', email: '' });
	const { search } = new URL(answer.location, server.base);
	assert.match(search, /^\?done=changed-[0-9a-f]{16}$/);
	assert.match((await network.get(answer.location)).text, /role="status">Name and e-mail are changed/);
	for (const forged of ['?done=changed', '?done=changed-0123456789abcdef', search.replace('changed', 'disabled')])
		assert.doesNotMatch((await network.get(page + forged)).text, /role="status"/, forged);
	const other = await enter(server, 'chief');
	assert.doesNotMatch((await other.get(`${admin}/people/${ids.chief}${search}`)).text, /role="status"/);
});

test('spaces are shown with their people; closed ones to network admins too', async () => {
	const list = (await network.get('/admin/spaces')).text;
	assert.match(list, /Cincinnati, Ohio<\/a><\/th><td data-label="Kind">City<\/td><td data-label="Who sees it">Everyone<\/td><td data-label="Host name">cincinnati\.example\.org/);
	assert.match(list, /Leadership Group<\/a>[^]*?Members of the network/);
	const one = (await network.get('/admin/spaces/newark')).text;
	assert.match(one, /Space admins[^]*Ned[^]*Editors[^]*Mary Poe/);
	assert.equal((await network.get('/admin/spaces/none')).status, 404);
	assert.match((await chief.get(`${admin}/space`)).text, /chief/);
});

test('the audit log: filters, pages, and no more than one may see', async () => {
	const rows = async (client, where) => [...(await client.get(where)).text.matchAll(/<tr>\s*<th scope="row">([^<]*)<\/th>\s*<td data-label="Who">([^<]*)<\/td>\s*<td data-label="What">(?:<strong>)?([^<]*)/g)]
		.map((m) => ({ when: m[1], who: m[2], what: m[3] }));
	assert.equal((await new Client(server).signIn('=2+5', 'wrong wrong wrong')).status, 400);
	assert.ok((await rows(network, '/admin/audit')).length >= 50);
	const older = /href="(\/admin\/audit\?before=\d+)"/.exec((await network.get('/admin/audit')).text)[1];
	assert.ok((await rows(network, older)).length > 0);
	assert.match((await network.get(older)).text, /Newest rows/);
	assert.ok((await rows(network, '/admin/audit?who=chief&action=sign-in.')).every((row) => row.who === 'chief' && row.what === 'Signed in'));
	assert.ok((await rows(network, '/admin/audit?action=sign-in.failed')).length > 0);
	assert.ok((await rows(network, `/admin/audit?account=${ids.network}`)).every((row) => row.who === 'network'));
	assert.equal((await rows(network, '/admin/audit?from=2031-01-01')).length, 0);
	assert.ok((await rows(network, '/admin/audit?to=2031-01-01')).length > 0);
	assert.equal((await rows(network, '/admin/audit?to=2020-01-01')).length, 0);
	await refused(await network.get('/admin/audit?from=yesterday'), 400, /first day/);
	await refused(await network.get('/admin/audit?from=2026-02-30'), 400, /first day/);
	await refused(await network.get('/admin/audit?from=2026-03-02&to=2026-03-01'), 400, /before the first/);
	/* Theirs only, whatever the address says. */
	for (const where of [`${admin}/audit`, `${admin}/audit?space=newark`, `${admin}/audit?space=national`]) {
		const file = (await chief.get(where.replace('/audit', '/audit/export') + (where.includes('?') ? '&' : '?') + 'format=jsonl')).text;
		const spaces = new Set(file.trim().split('\n').map((line) => JSON.parse(line).space));
		assert.deepEqual([...spaces], ['cincinnati'], where);
	}
	assert.deepEqual([...new Set((await network.get('/admin/audit/export?format=jsonl&space=newark')).text.trim().split('\n').map((line) => JSON.parse(line).space))], ['newark']);
});

test('the audit log as a file: whole, in order, harmless in a spreadsheet', async () => {
	const jsonl = await network.get('/admin/audit/export?format=jsonl&who=chief'), csv = await network.get('/admin/audit/export?format=csv&who=chief');
	assert.match(csv.headers['content-type'], /^text\/csv/);
	assert.match(csv.headers['content-disposition'], /attachment; filename="audit\.csv"/);
	const lines = jsonl.text.trim().split('\n').map((line) => JSON.parse(line));
	assert.ok(lines.length > 5 && lines.every((row, i) => row.login === 'chief' && (i === 0 || row.num > lines[i - 1].num)));
	const cells = csv.text.trim().split('\r\n');
	assert.equal(cells[0], 'num,at,account,login,address,request,space,action,object,detail,hash');
	assert.equal(cells.length - 1, lines.length);
	const failed = (await network.get('/admin/audit/export?action=sign-in.failed')).text;
	assert.ok(failed.includes(`,"'=2+5",`), 'a formula is none any more');
	assert.ok(!/,"=/.test(failed));
	assert.equal((await network.get('/admin/audit/export?format=xml')).status, 400);
	assert.equal((await network.get('/admin/audit/export?from=nonsense')).status, 400);
	assert.ok(log({ action: 'audit.export', login: 'network' }).length >= 1);
});

test('the proof of the audit log', async () => {
	const page = (await network.get('/admin/audit/verify')).text;
	assert.match(page, /The log is whole/);
	const [head, number] = /<code class="long">((\d+):[0-9a-f]{64})</.exec(page);
	const noted = head.replace(/<[^>]*>/g, '').replace('<', '');
	assert.match((await network.get(`/admin/audit/verify?head=${encodeURIComponent(noted)}`)).text, /The log is whole/);
	const wrong = `${number.split(':')[0]}:${'0'.repeat(64)}`;
	assert.match((await network.get(`/admin/audit/verify?head=${encodeURIComponent(wrong)}`)).text, /is wrong/);
	assert.match((await network.get(`/admin/audit/verify?head=99999:${'0'.repeat(64)}`)).text, /Row 99999 is wrong/);
	await refused(await network.get('/admin/audit/verify?head=nonsense'), 400, /A head is/);
});

test('invitations by mail; a letter that is refused is seen among the jobs, and sent again', async (t) => {
	const smtp = await receiver(['--refuse', '554']), dir = temporary();
	t.after(() => smtp.end());
	commonweal(dir, ['import', fixtures], fast);
	person(dir, 'network', { flags: ['--network-admin'] });
	const start = (port) => Server.start({ dir, content: null, env: fast, args: [`--mail-server=smtp://127.0.0.1:${port}`, '--mail-from=network@example.org'] });
	let other = await start(smtp.port), client = await enter(other, 'network');
	const answer = await client.submit('/admin/people/add', '/admin/people/invite', { name: 'Post', login: 'post', email: 'post@example.org' });
	assert.equal(answer.status, 303, 'no link is shown');
	assert.match((await client.get(answer.location)).text, /on its way by mail/);
	const until = async (where, words) => {
		for (const end = Date.now() + 8000; ; await new Promise((r) => setTimeout(r, 50))) {
			const { text } = await client.get(where);
			if (words.test(text) || Date.now() > end) {
				assert.match(text, words);
				return text;
			}
		}
	};
	const page = await until('/admin/jobs?state=failed', /Failed \(1\)/);
	assert.match(page, /post@example\.org[^]*did not take the message[^]*It is not tried again/);
	assert.doesNotMatch(page, /retry/);
	assert.match((await client.get('/admin')).text, /Jobs have failed/);
	await other.stop();
	/* As if the server had not answered for hours: the letter is kept. */
	execFileSync('/usr/bin/python3', ['-c', `import sqlite3; db = sqlite3.connect('${dir}/commonweal.db');
db.execute('UPDATE job SET payload = ?', ('{"to": "post@example.org", "subject": "Again", "text": "Words.\\\\n"}',)); db.commit()`]);
	const good = await receiver();
	t.after(() => good.end());
	other = await start(good.port);
	client.server = other;
	client.host = `127.0.0.1:${other.port}`;
	const retry = forms(await until('/admin/jobs?state=failed', /Try again/)).find((one) => /retry$/.test(one.action));
	assert.equal((await client.post(retry.action, retry.hidden)).status, 303);
	await until('/admin/jobs?state=done', /Done \(1\)/);
	assert.match(good.messages()[0], /^Subject: Again\r$/m);
	assert.equal((await client.post(retry.action, retry.hidden)).status, 409);
	/* Invited again: the letter's link opens the account. */
	const id = /people\/([0-9a-f-]{36})/.exec(answer.location)[1];
	assert.equal((await client.submit(`/admin/people/${id}`, `/admin/people/${id}/invite`)).status, 303);
	await until('/admin/jobs?state=done', /Done \(2\)/);
	const letter = good.messages()[1].replaceAll(/=\r\n/g, '').replaceAll('=3D', '=');
	assert.match(letter, /^Subject: Your account in the network\r$/m);
	assert.match(letter, /within 7 days/);
	const link = /http:\/\/127\.0\.0\.1:\d+(\/invitation\/[0-9a-f]{64})/.exec(letter)[1];
	assert.equal((await new Client(other).get(link)).status, 200);
	await other.stop();
	fs.rmSync(dir, { recursive: true, force: true });
});
