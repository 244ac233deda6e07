// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing in with a real directory, and what happens here when something
 * changes there, or when it does not answer. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person as localPerson } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { Authority, BlackHole, group, groupDn, person, personDn, service, Slapd, suffix, waitFor } from '../support/slapd.mjs';
import { get } from './helpers.mjs';

const secret = '/case-studies/secret-zanzibar';
const many = ['--sign-in-tries=1000', '--sign-in-address-tries=1000'];
let ca, slapd, server;

const policy = (cn, more) => `dn: cn=${cn},ou=policies,${suffix}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: ${cn}\npwdAttribute: userPassword\n${more}\n\n`;
const follows = (cn) => `pwdPolicySubentry: cn=${cn},ou=policies,${suffix}\n`;

before(async () => {
	ca = new Authority();
	slapd = await Slapd.start({ authority: ca, certificate: ca.issue('127.0.0.1', 'IP:127.0.0.1'), config: 'ppolicy_use_lockout',
		ldif: policy('default', 'pwdLockout: TRUE\npwdMaxFailure: 5') + policy('grace', 'pwdMaxAge: 1\npwdGraceAuthNLimit: 3') +
			policy('expired', 'pwdMaxAge: 1') +
			['anna', 'bert', 'cleo', 'dora', 'emil', 'flora', 'gus', 'chief', 'twin'].map((uid) => person(uid)).join('') +
			person('grace', { more: follows('grace') }) + person('expired', { more: follows('expired') }) +
			`dn: uid=odd,ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: odd/one\nuid: odd\ncn: Odd\nsn: O\nuserPassword: odd-secret\n\n` +
			group('inner', ['anna', 'bert', 'cleo', 'dora', 'emil', 'flora', 'grace'].map(personDn)) + group('editors', [groupDn('inner')]) +
			group('admins', [personDn('chief')]) });
	server = await start();
});

after(async () => {
	await server?.end();
	await slapd?.end();
	ca?.end();
});

/* A server with the directory; args: more of its options. */
async function start({ servers = slapd.uri, args = [], prepare = () => {} } = {}) {
	const dir = temporary();
	fs.writeFileSync(path.join(dir, 'password'), service.password, { mode: 0o600 });
	fs.writeFileSync(path.join(dir, 'map'), `group ${groupDn('editors')} -> cincinnati editor team research\n` +
		`group ${groupDn('admins')} -> network-admin\neveryone -> leadership-group reader\neveryone -> atlantis reader\n`);
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	prepare(dir);
	return Server.start({ dir, content: null, env: fast, args: [`--ldap-servers=${servers}`, `--ldap-ca-file=${ca.file}`,
		`--ldap-bind-dn=${service.dn}`, `--ldap-bind-password-file=${path.join(dir, 'password')}`, `--ldap-base=${suffix}`,
		`--ldap-map=${path.join(dir, 'map')}`, '--directory-sync=300ms', ...many, ...args] });
}

function audit(on = server) {
	const done = commonweal(on.dir, ['audit', 'export'], fast);
	assert.equal(done.status, 0, done.stderr);
	return done.stdout.trim().split('\n').map((line) => JSON.parse(line));
}

const enterDirectory = (login, on = server) => enter(on, login, { password: `${login}-secret` });
const signedIn = async (client) => (await client.get('/account')).status === 200;
const sees = async (client) => (await client.get('/s/cincinnati' + secret)).status === 200;
const wrongText = (answer) => /<div class="usa-alert usa-alert--error"[\s\S]*?<\/div>/.exec(answer.text)?.[0] ?? answer.text;

async function waitUntil(what, fn) {
	await waitFor(what, fn, 8000);
}

test('the first sign-in makes the account, with what the map gives', async () => {
	const client = await enterDirectory('anna');
	assert.ok(await sees(client));
	const page = (await client.get('/account')).text;
	assert.match(page, /anna Example/);
	assert.match(page, /anna@example\.org/);
	assert.match(page, /Cincinnati<\/a><\/th><td data-label="Role">editor/);
	assert.match(page, /Leadership Group/);
	const rows = audit().filter((e) => e.login === 'anna');
	assert.ok(rows.some((e) => e.action === 'account.directory' && /editor in cincinnati, reader in leadership-group/.test(e.detail)));
	assert.ok(rows.some((e) => e.action === 'sign-in.good'));
	assert.match(server.stderr, /warn directory\.map .*line=4 .*no such space/);
	/* Again: the same account, and nothing new to write of it. */
	const before = audit().filter((e) => e.action === 'account.directory').length;
	await enterDirectory('anna');
	assert.equal(audit().filter((e) => e.action === 'account.directory').length, before);
	assert.match(commonweal(server.dir, ['account', 'list'], fast).stdout, /anna/);
	/* The map makes network admins, who need the second factor. */
	const chief = await enterDirectory('chief');
	assert.equal((await chief.get('/account')).status, 200);
	assert.ok(chief.totp);
});

test('what is wrong looks the same, whoever it is', async () => {
	const texts = new Set();
	for (const [login, password] of [['anna', 'wrong'], ['nobody', 'wrong'], ['nobody', 'anna-secret'], ['expired', 'wrong'], ['anna*', 'anna-secret'],
		['*)(uid=anna', 'anna-secret']]) {
		const answer = await new Client(server).signIn(login, password);
		assert.equal(answer.status, 400);
		texts.add(wrongText(answer));
	}
	assert.equal(texts.size, 1);
	const empty = await new Client(server).signIn('anna', '');
	assert.match(empty.text, /Type your password/);
	assert.equal(slapd.log.match(/BIND dn="uid=anna[^"]*" method=128[\s\S]{0,400}?err=0.*text=\n/g)?.length > 0, true);
});

test('an expired password is told to whom it belongs; sign-ins left and days left are shown', async () => {
	await new Promise((r) => setTimeout(r, 2100));
	const expired = await new Client(server).signIn('expired', 'expired-secret');
	assert.equal(expired.status, 400);
	assert.match(expired.text, /has expired\. Change it there/);
	const client = new Client(server);
	const answer = await client.submit('/sign-in?next=/library', '/sign-in', { login: 'grace', password: 'grace-secret' });
	assert.equal(answer.status, 303);
	assert.match(answer.location, /^\/account\/directory-password\?notice=grace-2&next=/);
	const page = await client.get(answer.location);
	assert.match(page.text, /opens 2 more sign-ins/);
	assert.match(page.text, /href="\/library"/);
	assert.match((await client.get('/account/directory-password?notice=days-1')).text, /expires in one day/);
	assert.equal((await client.get('/account/directory-password?notice=days-nonsense&next=//evil.example')).location, '/');
});

test('a lost group, a disabled and a removed person: known here at the next look', async () => {
	const bert = await enterDirectory('bert'), cleo = await enterDirectory('cleo'), dora = await enterDirectory('dora');
	/* What was given here is not the directory's. */
	assert.equal(commonweal(server.dir, ['account', 'role', 'bert', 'newark', 'contributor'], fast).status, 0);
	assert.ok(await sees(bert) && await sees(cleo) && await sees(dora));
	slapd.modify(`dn: ${groupDn('inner')}\nchangetype: modify\ndelete: member\nmember: ${personDn('bert')}\n`);
	await waitUntil('the lost group', async () => !await sees(bert));
	assert.ok(await signedIn(bert));
	const page = (await bert.get('/account')).text;
	assert.match(page, /Newark<\/a><\/th><td data-label="Role">contributor/);
	assert.match(page, /Leadership Group/);
	assert.doesNotMatch(page, /Cincinnati<\/a><\/th>/);
	slapd.modify(`dn: ${personDn('cleo')}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`);
	await waitUntil('the disabled person', async () => !await signedIn(cleo));
	slapd.delete(personDn('dora'));
	await waitUntil('the removed person', async () => !await signedIn(dora));
	const rows = audit();
	assert.ok(rows.some((e) => e.action === 'directory.removed' && /no longer in/.test(e.detail)));
	assert.ok(rows.some((e) => e.action === 'directory.removed' && /disabled in/.test(e.detail)));
	assert.ok(await signedIn(bert));
	assert.equal((await new Client(server).signIn('dora', 'dora-secret')).status, 400);
	/* Enabled there again: the same account, as before. */
	slapd.modify(`dn: ${personDn('cleo')}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
	assert.ok(await sees(await enterDirectory('cleo')));
	/* Someone else with the login of the one who left is someone else. */
	slapd.add(person('dora'));
	const other = await new Client(server).signIn('dora', 'dora-secret');
	assert.equal(other.status, 400);
	assert.match(other.text, /Another account here already has the login/);
});

test('wrong passwords by anyone lock nobody out of an open session', async () => {
	const flora = await enterDirectory('flora');
	for (let i = 0; i < 6; i++)
		assert.equal((await new Client(server).signIn('flora', 'wrong')).status, 400);
	const locked = await new Client(server).signIn('flora', 'flora-secret');
	assert.match(wrongText(locked), /is not right/);
	await new Promise((r) => setTimeout(r, 900));
	assert.ok(await signedIn(flora));
});

test('a person who is renamed stays the same', async () => {
	const emil = await enterDirectory('emil');
	slapd.modify(`dn: ${personDn('emil')}\nchangetype: modrdn\nnewrdn: uid=emilio\ndeleteoldrdn: 1\n\ndn: ${personDn('emilio')}\nchangetype: modify\nreplace: cn\ncn: Emilio Renamed\n`);
	await waitUntil('the new name', async () => /Emilio Renamed/.test((await emil.get('/account')).text));
	const client = await enter(server, 'emilio', { password: 'emil-secret' });
	assert.match((await client.get('/account')).text, /Emilio Renamed/);
	assert.doesNotMatch(commonweal(server.dir, ['account', 'list'], fast).stdout, /\bemil\b/);
});

test('a login that a local account has is refused; that account works', async (t) => {
	const own = await start({ args: ['--sign-in-order=directory local'], prepare: (dir) => localPerson(dir, 'twin', { password: 'the local password' }) });
	t.after(() => own.end());
	const answer = await new Client(own).signIn('twin', 'twin-secret');
	assert.equal(answer.status, 400);
	assert.match(answer.text, /Another account here already has the login/);
	const odd = await new Client(own).signIn('odd', 'odd-secret');
	assert.ok(odd.status === 303 || /characters that cannot be used/.test(odd.text), odd.text.slice(0, 500));
	const first = await start({ prepare: (dir) => localPerson(dir, 'twin', { password: 'the local password' }) });
	t.after(() => first.end());
	assert.ok(await signedIn(await enter(first, 'twin', { password: 'the local password' })));
	assert.equal((await new Client(first).signIn('twin', 'twin-secret')).status, 400);
});

test('a directory that does not answer changes nothing until the grace is over; local accounts work', async (t) => {
	const own = await Slapd.start({ authority: ca, certificate: slapd.certificate, ldif: person('anna') + group('inner', [personDn('anna')]) + group('editors', [groupDn('inner')]) });
	t.after(() => own.end());
	const calm = await start({ servers: own.uri, prepare: (dir) => localPerson(dir, 'glass') });
	t.after(() => calm.end());
	const strict = await start({ servers: own.uri, args: ['--directory-grace=2s'] });
	t.after(() => strict.end());
	const anna = await enterDirectory('anna', calm), short = await enterDirectory('anna', strict);
	await own.stop('SIGKILL');
	const answer = await new Client(calm).signIn('anna', 'anna-secret');
	assert.equal(answer.status, 503);
	assert.match(answer.text, /directory does not answer/);
	assert.ok(await signedIn(await enter(calm, 'glass')), 'break-glass');
	await waitUntil('the end of the grace', async () => !await signedIn(short));
	assert.ok(audit(strict).some((e) => e.action === 'directory.grace'));
	assert.ok(await signedIn(anna) && await sees(anna));
	assert.match(calm.stderr, /error directory\.silent/);
	await own.run();
	await waitUntil('the sign-in after it is back', async () => (await new Client(calm).signIn('anna', 'anna-secret')).status === 303);
	await waitUntil('the note that it is back', () => /info directory\.answers/.test(calm.stderr));
	/* A search base that cannot be read says nothing of anybody. */
	fs.writeFileSync(path.join(own.dir, 'slapd.conf'), fs.readFileSync(path.join(own.dir, 'slapd.conf'), 'utf8').replace(`by dn.exact="${service.dn}" read by anonymous auth`, 'by anonymous auth'));
	await own.stop();
	await own.run();
	await new Promise((r) => setTimeout(r, 1200));
	assert.ok(await signedIn(anna) && await sees(anna));
});

test('a directory that hangs delays no other page', async (t) => {
	const hole = await BlackHole.start();
	t.after(() => hole.end());
	for (const uri of [`ldap://127.0.0.1:${hole.port}`, `ldaps://127.0.0.1:${hole.port}`]) {
		const own = await start({ servers: uri, args: ['--handler-threads=2', '--ldap-timeout=3s', '--directory-queue=20'], prepare: (dir) => localPerson(dir, 'glass') });
		t.after(() => own.end());
		const clients = await Promise.all([...Array(30)].map(async (_, i) => {
			const client = new Client(own);
			return { client, form: forms((await client.get('/sign-in')).text).find((f) => f.action === '/sign-in'), i };
		}));
		const glass = new Client(own);
		const glassForm = forms((await glass.get('/sign-in')).text).find((f) => f.action === '/sign-in');
		const began = Date.now();
		/* One spelling of the address or another: none gets to the pages' threads. */
		const under = clients.map(({ client, form, i }) => client.post(i % 2 ? '/sign-in' : i % 4 ? '/sign%2Din' : '/s/national/sign-in',
			{ ...form.hidden, login: `hung${i}`, password: 'x' }));
		await waitFor('a connection to the hole', () => hole.sockets.size > 0);
		for (let i = 0; i < 20; i++) {
			const at = Date.now();
			assert.equal((await get(own.port, `/search?q=delay${i}`)).status, 200);
			assert.ok(Date.now() - at < 1500, `${Date.now() - at} ms`);
		}
		assert.ok(Date.now() - began < 2900, 'while they wait');
		const statuses = (await Promise.all(under)).map((a) => a.status);
		assert.ok(statuses.every((s) => s === 503), statuses.join());
		assert.ok(Date.now() - began < 9000, `${Date.now() - began} ms for all`);
		/* Who can sign in without the directory waits for one step of it at most. */
		const at = Date.now();
		assert.equal((await glass.post('/sign-in', { ...glassForm.hidden, login: 'glass', password: 'the password of g' })).status, 303);
		assert.ok(Date.now() - at < 4000);
		const stopping = Date.now();
		assert.equal((await own.stop()).code, 0);
		assert.ok(Date.now() - stopping < 8000);
	}
});
