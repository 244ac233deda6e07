// SPDX-License-Identifier: GPL-3.0-or-later
/* One sign-in for all host names: the way there and back, and every way in
 * which someone might try to take it for another. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

const A = 'network.example.org', B = 'cincinnati.example.org', C = 'newark.example.org';
const password = (login) => `the password of ${login[0]}`;
let server;

/* The tests are the proxy that speaks TLS. */
const behind = ['--trusted-proxies=127.0.0.1', `--network-host=${A}`, '--sign-in-tries=1000', '--sign-in-address-tries=1000'];

async function start(args = [], { content = fixtures } = {}) {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', content], fast).status, 0);
	for (const login of ['reader', 'second', 'leaver', 'outer'])
		person(dir, login, { roles: { cincinnati: 'reader', newark: 'reader' } });
	person(dir, 'network', { flags: ['--network-admin'] });
	return Server.start({ dir, content: null, env: fast, args });
}

before(async () => {
	server = await start(behind);
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

/* A browser: cookies by host name; follows redirects and refreshes from host to host. */
class Browser {
	constructor(on = server, { scheme = 'https', port = '' } = {}) {
		this.on = on;
		this.scheme = scheme;
		this.port = port;
		this.clients = new Map();
	}

	at(host) {
		if (!this.clients.has(host)) {
			const headers = this.scheme === 'https' ? { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' } : {};
			this.clients.set(host, new Client(this.on, { host: host + this.port, scheme: this.scheme, headers }));
		}
		return this.clients.get(host);
	}

	/* Goes on from an answer of `host` as long as it leads on; { host, path, answer, way }. */
	async follow(host, answer, stop = () => false) {
		const way = [];
		for (let where = ''; way.length < 12;) {
			const refresh = /^0; url=(.*)$/.exec(answer.headers.refresh ?? '')?.[1];
			const to = answer.status === 303 ? answer.location : refresh;
			if (!to)
				return { host, where, answer, way };
			const url = new URL(to, `${this.scheme}://${host}${this.port}`);
			way.push(url.href);
			if (stop(url))
				return { host, where, answer, way, url };
			assert.equal(url.protocol, `${this.scheme}:`);
			host = url.hostname;
			where = url.pathname + url.search;
			answer = await this.at(host).get(where);
		}
		throw new Error(`round and round: ${way}`);
	}

	async go(host, where, stop) {
		return this.follow(host, await this.at(host).get(where), stop);
	}

	/* Fills in the form that the way ended at. */
	async send(end, fields) {
		const form = forms(end.answer.text).find((one) => one.action === '/sign-in');
		assert.ok(form, end.answer.text.slice(0, 1500));
		return this.at(end.host).post(form.action, { ...form.hidden, ...fields });
	}

	async signInAt(host, login, where = '/sign-in') {
		const end = await this.go(host, where);
		return this.follow(end.host, await this.send(end, { login, password: password(login) }));
	}

	async name(host) {
		const page = await this.at(host).get('/account');
		return page.status === 200 ? /<dt>Signs in as<\/dt><dd>([^<]*)/.exec(page.text)?.[1] : null;
	}
}

const ticketOf = (end) => /^\/hand-over\/[0-9a-f]{64}$/.test(end.url?.pathname ?? '') ? end.url.pathname + end.url.search : null;
const toTicket = (url) => /^\/hand-over\/[0-9a-f]{64}/.test(url.pathname);

test('whoever signs in on a space\'s host name does so on the network\'s, and comes back to the page', async () => {
	const browser = new Browser();
	assert.match((await browser.at(B).get('/')).text, /<a href="\/sign-in">Sign in/);
	const led = await browser.at(B).get('/account');
	assert.equal(led.location, '/sign-in?next=%2Faccount');
	const first = await browser.at(B).get(led.location);
	assert.match(first.location, new RegExp(`^https://${A.replaceAll('.', '\\.')}/hand-over\\?host=${B.replaceAll('.', '\\.')}&state=[0-9a-f]{64}&next=%2Faccount$`));
	assert.match(first.headers['set-cookie'][0], /^__Host-hand-over=[0-9a-f]{64}; Path=\/; Max-Age=\d+; Secure; HttpOnly; SameSite=Lax$/);
	assert.ok(!first.location.includes(browser.at(B).cookies.get('__Host-hand-over')), 'the secret stays in the browser');
	const asked = await browser.follow(B, first);
	assert.equal(asked.host, A);
	assert.match(asked.answer.text, /<h1>Sign in<\/h1>/);
	const sent = await browser.send(asked, { login: 'reader', password: password('reader') });
	const way = await browser.at(A).get(sent.location);
	assert.equal(way.status, 200, 'a page, for a form may not lead to another host name');
	assert.match(way.headers['cache-control'], /no-store/);
	assert.match(way.text, /Go on to Cincinnati, Ohio/);
	const end = await browser.follow(A, way);
	assert.deepEqual([end.host, end.where], [B, '/account']);
	assert.equal(await browser.name(B), 'reader');
	assert.equal(await browser.name(A), 'reader');
	assert.equal(browser.at(B).cookies.has('__Host-hand-over'), false);
	assert.notEqual(browser.at(A).session, browser.at(B).session);
	assert.equal((await browser.at(B).get('/case-studies/secret-zanzibar')).status, 200);
});

test('whoever is signed in already is asked nothing', async () => {
	const browser = new Browser();
	await browser.signInAt(A, 'reader');
	const end = await browser.go(B, '/sign-in?next=/case-studies/secret-zanzibar');
	assert.deepEqual([end.host, end.where, end.answer.status], [B, '/case-studies/secret-zanzibar', 200]);
	assert.ok(end.way.every((url) => !url.includes('/sign-in')), `${end.way}`);
	assert.equal((await browser.go(C, '/sign-in')).host, C);
	assert.deepEqual([await browser.name(B), await browser.name(C)], ['reader', 'reader']);
});

test('signing out everywhere ends all of them; on one host name, that one', async () => {
	const browser = new Browser();
	await browser.signInAt(B, 'outer');
	await browser.go(C, '/sign-in');
	await browser.at(C).submit('/account', '/sign-out');
	assert.deepEqual([await browser.name(A), await browser.name(B), await browser.name(C)], ['outer', 'outer', null]);
	await browser.go(C, '/sign-in');
	assert.equal(await browser.name(C), 'outer');
	await browser.at(B).submit('/account', '/sign-out/everywhere');
	assert.deepEqual([await browser.name(A), await browser.name(B), await browser.name(C)], [null, null, null]);
});

test('a second factor that was given counts on the other host name', async () => {
	const browser = new Browser();
	const admin = await enter(server, 'network', { host: A, scheme: 'https', headers: { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https' } });
	browser.clients.set(A, admin);
	const end = await browser.go(B, '/sign-in?next=/admin');
	assert.deepEqual([end.host, end.where, end.answer.status], [B, '/admin', 200]);
});

test('a ticket is good once', async () => {
	const browser = new Browser();
	await browser.signInAt(A, 'second');
	const stopped = await browser.go(B, '/sign-in', toTicket), ticket = ticketOf(stopped);
	const nonce = browser.at(B).cookies.get('__Host-hand-over');
	assert.equal((await browser.at(B).send('HEAD', ticket)).status, 400, 'only looked at');
	assert.equal((await browser.at(B).get(ticket)).status, 303);
	assert.equal(await browser.name(B), 'second');
	const again = new Browser();
	again.at(B).cookies.set('__Host-hand-over', nonce);
	const answer = await again.at(B).get(ticket);
	assert.equal(answer.status, 400);
	assert.match(answer.text, /took too long, or was begun in another browser/);
	assert.equal(await again.name(B), null);
	/* Only its hash was ever stored. */
	const secret = /[0-9a-f]{64}/.exec(ticket)[0];
	for (const file of fs.readdirSync(server.dir, { recursive: true }).map((name) => path.join(server.dir, name)))
		assert.ok(!fs.statSync(file).isFile() || !fs.readFileSync(file).includes(secret), file);
});

test('a ticket is worth nothing in another browser, and used up by the try', async () => {
	for (const prepare of [() => {}, async (thief) => { await thief.at(B).get('/sign-in'); },
		(thief) => thief.at(B).cookies.set('__Host-hand-over', '0'.repeat(64)), (thief) => thief.at(B).cookies.set('__Host-hand-over', 'x')]) {
		const browser = new Browser(), thief = new Browser();
		await browser.signInAt(A, 'second');
		const ticket = ticketOf(await browser.go(B, '/sign-in', toTicket));
		await prepare(thief);
		assert.equal((await thief.at(B).get(ticket)).status, 400);
		assert.equal(thief.at(B).session, undefined);
		assert.equal((await browser.at(B).get(ticket)).status, 400, 'gone');
	}
	const rows = commonweal(server.dir, ['audit', 'export'], fast).stdout.trim().split('\n').map((line) => JSON.parse(line));
	assert.ok(rows.some((row) => row.action === 'sign-in.failed' && row.detail === 'ticket of another browser'));
});

test('nobody is signed in as someone else by a link', async () => {
	/* The attacker begins on B, and leads the victim to A with the attacker's state. */
	const attacker = new Browser(), victim = new Browser();
	const begun = await attacker.at(B).get('/sign-in');
	await victim.signInAt(A, 'reader');
	const url = new URL(begun.location);
	const led = await victim.at(A).get(url.pathname + url.search);
	const ticket = new URL(/url=(.*)$/.exec(led.headers.refresh)[1]);
	assert.equal((await victim.at(B).get(ticket.pathname)).status, 400, 'the victim\'s browser has not begun it');
	assert.equal(await victim.name(B), null);
	/* The attacker's own ticket, in the victim's browser: the victim would act in the attacker's name. */
	await attacker.signInAt(A, 'second');
	const own = ticketOf(await attacker.go(B, '/sign-in', toTicket));
	await victim.at(B).get('/sign-in');
	assert.equal((await victim.at(B).get(own)).status, 400);
	assert.equal(await victim.name(B), null);
});

test('a ticket is good on its host name only', async () => {
	for (const elsewhere of [C, A]) {
		const browser = new Browser();
		await browser.signInAt(A, 'second');
		const ticket = ticketOf(await browser.go(B, '/sign-in', toTicket));
		const thief = new Browser();
		thief.at(elsewhere).cookies.set('__Host-hand-over', browser.at(B).cookies.get('__Host-hand-over'));
		assert.equal((await thief.at(elsewhere).get(ticket)).status, 400);
		assert.equal(await thief.name(elsewhere), null);
		assert.equal((await browser.at(B).get(ticket)).status, 400);
	}
});

test('no ticket leads elsewhere than to a host name of the network', async () => {
	const browser = new Browser(), state = 'a'.repeat(64);
	await browser.signInAt(A, 'reader');
	for (const host of ['evil.example', `${B}.evil.example`, `evil.example/${B}`, `evil@${B}`, `${B}@evil.example`, `${B}:8443`, `${B}/`, `//${B}`,
		`${B}%0d%0aX: y`, A, '', '127.0.0.1', 'leadership.example.org.', ` ${B}`]) {
		const answer = await browser.at(A).get(`/hand-over?host=${encodeURIComponent(host)}&state=${state}&next=/`);
		assert.equal(answer.status, 400, host);
		assert.equal(answer.location, undefined);
		assert.equal(answer.headers.refresh, undefined);
		assert.ok(!answer.text.includes('hand-over/'), host);
	}
	for (const query of ['', `host=${B}`, `host=${B}&state=short`, `host=${B}&state=${'A'.repeat(64)}`, `state=${state}`])
		assert.equal((await browser.at(A).get(`/hand-over?${query}`)).status, 400, query);
	/* Nor does a page after it. */
	for (const next of ['//evil.example/', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '/sign-out']) {
		const fresh = new Browser();
		fresh.clients.set(A, browser.at(A));
		const end = await fresh.go(B, `/sign-in?next=${encodeURIComponent(next)}`);
		assert.deepEqual([end.host, end.where], [B, '/'], next);
	}
	/* A space's own host name gives no tickets. */
	await browser.go(B, '/sign-in');
	assert.equal((await browser.at(B).get(`/hand-over?host=${C}&state=${state}`)).status, 400);
	/* The Leadership Group's name is one to its members: here all are. */
	assert.match((await browser.at(A).get(`/hand-over?host=leadership.example.org&state=${state}`)).headers.refresh, /^0; url=https:\/\/leadership\.example\.org\/hand-over\//);
});

test('a space that one may not see is no host name to one', async () => {
	const outsider = new Browser();
	person(server.dir, 'alone');
	await outsider.signInAt(A, 'alone');
	assert.equal((await outsider.at(A).get(`/hand-over?host=leadership.example.org&state=${'a'.repeat(64)}`)).status, 400);
});

test('a sign-in that ended meanwhile opens nothing', async () => {
	for (const end of [(browser) => browser.at(A).submit('/account', '/sign-out'),
		() => assert.equal(commonweal(server.dir, ['account', 'disable', 'leaver'], fast).status, 0)]) {
		const browser = new Browser();
		await browser.signInAt(A, 'leaver');
		const ticket = ticketOf(await browser.go(B, '/sign-in', toTicket));
		await end(browser);
		const answer = await browser.at(B).get(ticket);
		assert.equal(answer.status, 400);
		assert.match(answer.text, /has ended meanwhile/);
		assert.equal(browser.at(B).session, undefined);
	}
});

test('a ticket is too old after its time; a session on another host name lasts no longer than the first', async () => {
	const other = await start([...behind, '--ticket-time=1s', '--session-absolute=4s']);
	const browser = new Browser(other);
	await browser.signInAt(A, 'reader');
	const began = Date.now(), ticket = ticketOf(await browser.go(B, '/sign-in', toTicket));
	await new Promise((resolve) => setTimeout(resolve, 1100));
	assert.equal((await browser.at(B).get(ticket)).status, 400);
	assert.equal((await browser.go(B, '/sign-in')).host, B);
	assert.equal(await browser.name(B), 'reader');
	await new Promise((resolve) => setTimeout(resolve, 4100 - (Date.now() - began)));
	assert.deepEqual([await browser.name(A), await browser.name(B)], [null, null]);
	await other.end();
});

test('nothing of this over plain http, but on this computer', async () => {
	const plain = new Browser(server, { scheme: 'http' });
	const page = await plain.at(B).get('/sign-in');
	assert.equal(page.status, 200);
	assert.match(page.text, /needs a secure connection/);
	assert.equal(page.headers['set-cookie']?.some((line) => line.startsWith('__Host-hand-over')) ?? false, false);

	const content = temporary();
	fs.cpSync(fixtures, content, { recursive: true });
	for (const space of fs.readdirSync(content)) {
		const file = path.join(content, space, 'space.xml');
		fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/\.example\.org<\/host>/, space === 'newark' ? '.example.org</host>' : '.localhost</host>'));
	}
	const local = await start(['--network-host=network.localhost'], { content });
	const browser = new Browser(local, { scheme: 'http', port: `:${local.port}` });
	const end = await browser.signInAt('cincinnati.localhost', 'reader');
	assert.deepEqual([end.host, await browser.name('cincinnati.localhost')], ['cincinnati.localhost', 'reader']);
	assert.equal((await browser.at('network.localhost').get(`/hand-over?host=${C}&state=${'a'.repeat(64)}`)).status, 400, 'not to a name elsewhere');
	assert.match((await browser.at(C).get('/sign-in')).text, /needs a secure connection/);
	await local.end();
	fs.rmSync(content, { recursive: true });
});

test('without a host name of the network each host name signs in by itself', async () => {
	const other = await start(['--trusted-proxies=127.0.0.1']);
	const browser = new Browser(other);
	const end = await browser.go(B, '/sign-in');
	assert.equal(end.host, B);
	assert.match(end.answer.text, /name="password"/);
	await other.end();
});
