// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing in and what follows from it, against the real server. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, fast, forms, person, secretOf, totp } from '../support/client.mjs';
import { commonweal, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';
import { receiver } from '../support/smtp.mjs';
import { crawl, get } from './helpers.mjs';

const long = 'the password of ';
/* The files of a data folder; attached files have a folder of their own. */
const dataFiles = (dir) => fs.readdirSync(dir, { withFileTypes: true }).filter((e) => e.isFile()).map((e) => e.name);

let server, ids;

/* Accounts first, because a restricted record names its reader by id. */
async function start(args = [], prepare = () => {}) {
	const dir = temporary(), content = temporary();
	fs.cpSync(fixtures, content, { recursive: true });
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	const made = {
		reader: person(dir, 'reader', { roles: { cincinnati: 'reader' } }),
		named: person(dir, 'named', { roles: { cincinnati: 'reader' } }),
		newark: person(dir, 'newark', { roles: { newark: 'space-admin' } }),
		chief: person(dir, 'chief', { roles: { cincinnati: 'space-admin' } }),
		lonely: person(dir, 'lonely'),
		admin: person(dir, 'admin', { flags: ['--network-admin'] }),
		invited: person(dir, 'invited', { password: null, flags: ['--email=invited@example.org'] }),
	};
	const file = path.join(content, 'cincinnati/case-study/restricted-axolotl.xml');
	const text = fs.readFileSync(file, 'utf8');
	const changed = text.replace(/<reader account="[^"]*"\/>/, `<reader account="${made.named}"/>`);
	assert.notEqual(changed, text);
	fs.writeFileSync(file, changed);
	prepare(dir, made);
	const started = await Server.start({ dir, content, env: fast, args });
	fs.rmSync(content, { recursive: true });
	return [started, made];
}

before(async () => {
	[server, ids] = await start(['--sign-in-tries=1000', '--sign-in-address-tries=1000']);
});
after(() => server.end());

async function signedIn(login, on = server) {
	const client = new Client(on);
	const answer = await client.signIn(login, long + login[0]);
	assert.equal(answer.status, 303, answer.text.slice(0, 3000));
	return client;
}

async function metric(name, on = server) {
	const { text } = await get(on.port, '/metrics');
	return Number(new RegExp(`^${name.replaceAll(/[{}"]/g, '\\$&')} (\\d+)$`, 'm').exec(text)[1]);
}

function log(on = server) {
	const done = commonweal(on.dir, ['audit', 'export'], fast);
	assert.equal(done.status, 0, done.stderr);
	return done.stdout.trim().split('\n').map((line) => JSON.parse(line));
}

/* What is noted rather than written is in the log within a second. */
async function logged(match, on = server) {
	for (const end = Date.now() + 3000; ;) {
		const found = log(on).filter((e) => Object.entries(match).every(([k, v]) => (v instanceof RegExp ? v.test(e[k] ?? '') : e[k] === v)));
		if (found.length || Date.now() > end)
			return found;
		await new Promise((r) => setTimeout(r, 50));
	}
}

test('public pages set no cookie and need none', async () => {
	for (const [where, answer] of await crawl(server, ['/'], { most: 60 }))
		if (!/^\/(sign-in|reset)/.test(where))
			assert.equal(answer.headers['set-cookie'], undefined, where);
	assert.match((await get(server.port, '/')).text, /<a href="\/sign-in">Sign in<\/a>/);
});

test('the session cookie: its attributes, 256 bits, only its hash in the database', async () => {
	const client = await signedIn('reader');
	const line = client.set.find((c) => c.startsWith('__Host-session='));
	assert.match(line, /^__Host-session=[0-9a-f]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax$/);
	for (const file of dataFiles(server.dir)) {
		const bytes = fs.readFileSync(path.join(server.dir, file));
		assert.ok(!bytes.includes(client.session), `the secret is in ${file}`);
	}
	const hash = crypto.createHash('sha256').update(client.session).digest('hex');
	assert.ok(dataFiles(server.dir).some((file) => fs.readFileSync(path.join(server.dir, file)).includes(hash)));
	const page = await client.get('/account');
	assert.equal(page.status, 200);
	assert.match(page.headers['cache-control'], /no-store/);
	assert.equal(page.headers.etag, undefined);
	assert.match(page.text, /Cincinnati<\/a><\/th><td data-label="Role">reader/);
});

test('a sign-in makes a new session and ends the one before', async () => {
	const client = await signedIn('reader'), old = client.session;
	client.cookies.delete('__Host-session');
	const pre = client.cookies.get('__Host-pre');
	client.cookies.set('__Host-session', old);
	const text = (await new Client(server).get('/sign-in')).text;
	assert.ok(forms(text).length);
	/* The form of another tab, opened before. */
	const other = new Client(server);
	const form = forms((await other.get('/sign-in')).text).find((f) => f.action === '/sign-in');
	other.cookies.set('__Host-session', old);
	assert.notEqual(pre, undefined);
	const answer = await other.post('/sign-in', { ...form.hidden, login: 'reader', password: long + 'r' });
	assert.equal(answer.status, 303);
	assert.notEqual(other.session, old);
	assert.equal((await client.get('/account')).status, 303, 'the old cookie is worth nothing');
	assert.equal((await other.get('/account')).status, 200);
});

test('a wrong, absent, disabled or empty account gives one answer, after one hash', async () => {
	const disabled = person(server.dir, 'disabled');
	assert.ok(disabled);
	assert.equal(commonweal(server.dir, ['account', 'disable', 'disabled'], fast).status, 0);
	const texts = new Set();
	for (const [login, password] of [['reader', 'not this one at all'], ['nobody-has-this', 'not this one at all'],
		['disabled', long + 'd'], ['invited', 'not this one at all'], ['bad name with spaces', 'not this one at all'],
		['reader', 'x'.repeat(2000)]]) {
		const checks = await metric('commonweal_password_checks_total');
		const client = new Client(server);
		const answer = await client.signIn(login, password);
		assert.equal(answer.status, 400, login);
		assert.equal(client.session, undefined);
		assert.equal(await metric('commonweal_password_checks_total'), checks + 1, `${login}: one hash`);
		assert.ok(answer.text.includes(`value="${login}"`), 'the name is kept');
		assert.ok(!answer.text.includes(password));
		texts.add(/<div class="usa-alert usa-alert--error"[\s\S]*?<\/div>/.exec(answer.text)[0]);
	}
	assert.equal(texts.size, 1);
	assert.match([...texts][0], /The user name or the password is not right/);
	assert.equal((await logged({ action: 'sign-in.failed', login: 'nobody-has-this' })).length, 1);
});

test('guessing is slowed down, for names that exist and others alike', async () => {
	const [own] = await start(['--sign-in-tries=3', '--sign-in-delay=2min']);
	try {
		const answers = {};
		for (const login of ['reader', 'absent']) {
			for (let i = 0; i < 4; i++)
				assert.equal((await new Client(own).signIn(login, 'wrong wrong wrong')).status, 400);
			const checks = await metric('commonweal_password_checks_total', own);
			const late = await new Client(own).signIn(login, long + login[0]);
			assert.equal(late.status, 429, 'the right password has to wait as well');
			assert.ok(Number(late.headers['retry-after']) > 60);
			assert.equal(await metric('commonweal_password_checks_total', own), checks, 'nothing was hashed');
			answers[login] = /<div class="usa-alert[\s\S]*?<\/div>/.exec(late.text)[0].replaceAll(/\d+ second/g, '');
		}
		assert.equal(answers.reader, answers.absent);
		assert.equal((await new Client(own).signIn('newark', long + 'n')).status, 303, 'others are not held up');
	} finally {
		await own.end();
	}
	const [narrow] = await start(['--sign-in-address-tries=2', '--sign-in-delay=2min']);
	try {
		for (const login of ['a', 'b', 'c'])
			assert.equal((await new Client(narrow).signIn(login, 'wrong wrong wrong')).status, 400);
		assert.equal((await new Client(narrow).signIn('d', 'wrong wrong wrong')).status, 429);
	} finally {
		await narrow.end();
	}
});

test('a flood of sign-ins leaves a handler to everyone else', async () => {
	const [own] = await start(['--handler-threads=2', '--sign-in-tries=1000', '--password-memory=64M', '--password-passes=8']);
	try {
		const clients = Array.from({ length: 12 }, () => new Client(own));
		const sent = await Promise.all(clients.map(async (c) => forms((await c.get('/sign-in')).text).find((f) => f.action === '/sign-in').hidden));
		const waiting = Promise.all(clients.map((c, i) => c.post('/sign-in', { ...sent[i], login: 'absent', password: 'wrong wrong wrong' })));
		assert.equal((await get(own.port, `/search?q=call-in&x=${Date.now()}`)).status, 200);
		const statuses = (await waiting).map((a) => a.status);
		assert.ok(statuses.includes(400), 'some were checked');
		assert.ok(statuses.includes(503), 'some were told to come back');
		assert.ok(statuses.every((s) => s === 400 || s === 503), statuses.join());
		assert.equal((await new Client(own).signIn('reader', long + 'r')).status, 303);
	} finally {
		await own.end();
	}
});

test('forms need the token of their session, and our own origin', async () => {
	const client = await signedIn('reader'), other = await signedIn('named');
	const theme = { theme: 'dark', back: '/' };
	const without = await client.post('/theme', theme);
	assert.equal(without.status, 403);
	assert.match(without.text, /what you typed is still there/);
	const token = (html) => forms(html).find((f) => f.action === '/theme').hidden.csrf;
	const own = token((await client.get('/')).text), foreign = token((await other.get('/')).text);
	assert.notEqual(own, foreign);
	assert.ok(!client.session.includes(own) && own.length === 64);
	assert.equal((await client.post('/theme', { ...theme, csrf: foreign })).status, 403);
	assert.equal((await client.post('/theme', { ...theme, csrf: own.slice(0, 63) })).status, 403);
	assert.equal((await client.post('/theme', { ...theme, csrf: own }, { Origin: 'http://evil.example' })).status, 403);
	assert.equal((await client.post('/theme', { ...theme, csrf: own }, { Origin: undefined })).status, 403);
	assert.equal((await client.post('/theme', { ...theme, csrf: own }, { 'Sec-Fetch-Site': 'cross-site' })).status, 403);
	assert.equal((await client.post('/theme', theme, { 'X-CSRF-Token': own })).status, 303);
	assert.equal((await client.post('/theme', { ...theme, csrf: own })).status, 303);
	for (const action of ['/account/password', '/account/sessions/end', '/account/second-factor/begin', '/sign-out/everywhere', '/sign-out'])
		assert.equal((await client.post(action, { old: long + 'r', password: long + 'r' })).status, 403, action);
	assert.equal((await client.get('/account')).status, 200);
	/* The sign-in form has one of its own, bound to a cookie. */
	const fields = { login: 'reader', password: long + 'r' };
	assert.equal((await new Client(server).post('/sign-in', fields)).status, 403);
	const pre = new Client(server), form = forms((await pre.get('/sign-in')).text).find((f) => f.action === '/sign-in');
	assert.equal((await new Client(server).post('/sign-in', { ...fields, ...form.hidden })).status, 403, 'without its cookie');
	assert.equal((await pre.post('/sign-in', { ...fields, csrf: own })).status, 403, 'with another token');
	assert.equal((await pre.post('/sign-in', { ...fields, ...form.hidden })).status, 303);
});

test('signing out, on this host and everywhere; ending sessions one by one', async () => {
	assert.ok(person(server.dir, 'outer', { roles: { cincinnati: 'reader' } }));
	const a = await signedIn('outer'), b = await signedIn('outer'), c = await signedIn('outer'), d = await signedIn('outer');
	const page = (await a.get('/account')).text;
	assert.equal([...page.matchAll(/<tr>\s*<th scope="row">/g)].length - 1, 4, 'four sessions and one role');
	const handles = forms(page).filter((f) => f.hidden.handle).map((f) => f.hidden.handle);
	assert.equal(handles.length, 3);
	assert.ok(!page.includes(b.session));
	/* A handle of somebody else ends nothing. */
	const foreign = await signedIn('reader');
	const more = await signedIn('reader');
	const theirs = forms((await more.get('/account')).text).filter((f) => f.hidden.handle).map((f) => f.hidden.handle);
	assert.ok(theirs.length > 0);
	for (const handle of theirs)
		await a.submit('/account', '/account/sessions/end', { handle });
	assert.equal((await foreign.get('/account')).status, 200);
	/* The newest first: d, c, b. */
	await a.submit('/account', '/account/sessions/end', { handle: handles[2] });
	assert.deepEqual(await Promise.all([a, b, c, d].map(async (x) => (await x.get('/account')).status)), [200, 303, 200, 200]);
	const out = await c.submit('/', '/sign-out');
	assert.equal(out.status, 303);
	assert.equal(c.session, undefined);
	assert.match(c.set.at(-1), /^__Host-session=; Path=\/; Max-Age=0; Secure; HttpOnly; SameSite=Lax$/);
	assert.deepEqual(await Promise.all([a, c, d].map(async (x) => (await x.get('/account')).status)), [200, 303, 200]);
	const cookie = d.session;
	await d.submit('/account', '/sign-out/everywhere');
	d.cookies.set('__Host-session', cookie);
	assert.equal((await d.get('/account')).status, 303);
	const e = await signedIn('outer');
	const others = forms((await a.get('/account')).text).find((f) => f.action === '/account/sessions/end' && !f.hidden.handle);
	assert.equal((await a.post('/account/sessions/end', others.hidden)).location, '/account?done=sessions');
	assert.equal((await e.get('/account')).status, 303);
	assert.equal((await a.get('/account')).status, 200);
});

test('sessions end when idle, and in any case', async () => {
	const until = async (client, ms) => {
		for (const end = Date.now() + ms; Date.now() < end; await new Promise((r) => setTimeout(r, 100)))
			if ((await client.get('/account')).status !== 200)
				return true;
		return false;
	};
	const [idle] = await start(['--session-idle=1s']);
	try {
		const client = await signedIn('reader', idle);
		assert.equal(await until(client, 2500), false, 'requests keep it');
		await new Promise((r) => setTimeout(r, 1300)); // the time itself is the point
		assert.equal((await client.get('/account')).status, 303);
	} finally {
		await idle.end();
	}
	const [absolute] = await start(['--session-absolute=2s']);
	try {
		assert.equal(await until(await signedIn('reader', absolute), 6000), true);
	} finally {
		await absolute.end();
	}
});

test('the password can be changed, with the present one, and others are out', async () => {
	const id = person(server.dir, 'changer');
	assert.ok(id);
	const a = await signedIn('changer'), b = await signedIn('changer'), before_ = a.session;
	const attempt = async (fields, words) => {
		const answer = await a.submit('/account', '/account/password', fields);
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
	};
	const good = { old: long + 'c', new: 'entirely new words', again: 'entirely new words' };
	await attempt({ ...good, old: 'wrong wrong wrong' }, /present password is not right/);
	await attempt({ ...good, again: 'other' }, /two different ways/);
	await attempt({ ...good, new: 'short', again: 'short' }, /at least 12/);
	await attempt({ ...good, new: 'the changer again', again: 'the changer again' }, /login or the name/);
	assert.equal((await a.submit('/account', '/account/password', good)).location, '/account?done=password');
	assert.notEqual(a.session, before_);
	assert.equal((await a.get('/account')).status, 200);
	assert.equal((await b.get('/account')).status, 303);
	assert.equal((await new Client(server).signIn('changer', long + 'c')).status, 400);
	assert.equal((await new Client(server).signIn('changer', 'entirely new words')).status, 303);
});

test('second factor by choice: set up, asked for, no replay, recovery codes once, removed', async () => {
	assert.ok(person(server.dir, 'factor'));
	const client = await signedIn('factor');
	assert.equal((await client.submit('/account', '/account/second-factor/begin', { password: 'wrong wrong wrong' })).status, 400);
	assert.equal((await client.submit('/account', '/account/second-factor/begin', { password: long + 'f' })).location, '/account/second-factor');
	const page = (await client.get('/account/second-factor')).text, secret = secretOf(page);
	assert.match(page, /<svg[^>]*class="qr"/);
	assert.equal(secret.replaceAll(' ', '').length, 32);
	const wrong = await client.submit('/account/second-factor', '/account/second-factor', { code: '000000' });
	assert.equal(wrong.status, 400);
	assert.equal(secretOf(wrong.text), secret, 'the same key again');
	const old = client.session, step = Math.floor(Date.now() / 30000);
	const set = await client.submit('/account/second-factor', '/account/second-factor', { code: totp(secret, step - 1) });
	assert.equal(set.status, 200, set.text.slice(0, 2000));
	const codes = [...set.text.matchAll(/<li>([A-Z2-7]{4}(?:-[A-Z2-7]{4}){3})<\/li>/g)].map((m) => m[1]);
	assert.equal(new Set(codes).size, 10);
	assert.notEqual(client.session, old);
	for (const file of dataFiles(server.dir))
		for (const code of codes)
			assert.ok(!fs.readFileSync(path.join(server.dir, file)).includes(code));

	const next = new Client(server);
	const half = await next.signIn('factor', long + 'f');
	assert.equal(half.location, '/sign-in/code?next=%2F');
	assert.equal((await next.get('/account')).status, 303, 'the password alone opens nothing');
	assert.equal((await next.get('/s/cincinnati/case-studies/secret-zanzibar')).status, 404);
	const pending = next.session;
	const replay = await next.submit('/sign-in/code', '/sign-in/code', { code: totp(secret, step - 1) });
	assert.equal(replay.status, 400, 'the code of the set-up was used');
	assert.match(replay.text, /not right, or was used before/);
	const used = totp(secret, step);
	assert.equal((await next.submit('/sign-in/code', '/sign-in/code', { code: used })).status, 303);
	assert.notEqual(next.session, pending, 'rotated');
	assert.equal((await next.get('/account')).status, 200);
	const stolen = new Client(server);
	stolen.cookies.set('__Host-session', pending);
	assert.equal((await stolen.get('/account')).status, 303);

	const third = new Client(server);
	await third.signIn('factor', long + 'f');
	assert.equal((await third.submit('/sign-in/code', '/sign-in/code', { code: used })).status, 400, 'replayed');
	assert.equal((await third.submit('/sign-in/code', '/sign-in/code', { code: codes[3].toLowerCase().replaceAll('-', ' ') })).location, '/account?done=recovery-code');
	const fourth = new Client(server);
	await fourth.signIn('factor', long + 'f');
	assert.equal((await fourth.submit('/sign-in/code', '/sign-in/code', { code: codes[3] })).status, 400, 'good once');
	assert.equal((await fourth.submit('/sign-in/code', '/sign-out')).status, 303);

	assert.match((await third.get('/account')).text, /You have 9 recovery codes left/);
	assert.equal((await third.submit('/account', '/account/second-factor/remove', { code: '123456' })).status, 400);
	assert.equal((await third.submit('/account', '/account/second-factor/remove', { code: codes[4] })).location, '/account?done=second-factor-removed');
	assert.equal((await new Client(server).signIn('factor', long + 'f')).location, '/');
});

test('a network admin must set up the second factor before anything else', async () => {
	const client = new Client(server);
	const answer = await client.signIn('admin', long + 'a');
	assert.equal(answer.location, '/sign-in/second-factor?next=%2F');
	assert.equal((await client.get('/account')).location, '/sign-in?next=%2Faccount');
	assert.equal((await client.get('/sign-in?next=/faq')).location, '/sign-in/second-factor?next=%2Ffaq');
	assert.equal((await client.post('/account/password', {})).status, 403);
	const page = (await client.get('/sign-in/second-factor?next=%2Ffaq')).text, secret = secretOf(page), half = client.session;
	assert.equal((await client.post('/sign-in/second-factor', { code: totp(secret) })).status, 403, 'no token');
	const set = await client.submit('/sign-in/second-factor?next=%2Ffaq', '/sign-in/second-factor', { code: totp(secret) });
	assert.equal(set.status, 200, set.text.slice(0, 2000));
	assert.match(set.text, /href="\/faq">I have kept them/);
	assert.notEqual(client.session, half);
	const account = (await client.get('/account')).text;
	assert.match(account, /network admin/);
	assert.doesNotMatch(account, /Remove the second factor/);
	const token = forms(account).find((f) => f.action === '/sign-out').hidden.csrf;
	assert.equal((await client.post('/account/second-factor/remove', { csrf: token, code: totp(secret) })).status, 409);
	assert.equal((await new Client(server).signIn('admin', long + 'a')).location, '/sign-in/code?next=%2F');
});

test('a disabled account is out at once, and a role that is taken is gone at once', async () => {
	assert.ok(person(server.dir, 'leaver', { roles: { cincinnati: 'reader' } }));
	const client = await signedIn('leaver'), secret = '/s/cincinnati/case-studies/secret-zanzibar';
	assert.equal((await client.get(secret)).status, 200);
	commonweal(server.dir, ['account', 'role', 'leaver', 'cincinnati', 'none'], fast);
	assert.equal((await client.get(secret)).status, 404);
	commonweal(server.dir, ['account', 'role', 'leaver', 'cincinnati', 'reader'], fast);
	assert.equal((await client.get(secret)).status, 200);
	assert.equal(commonweal(server.dir, ['account', 'disable', 'leaver'], fast).status, 0);
	assert.equal((await client.get(secret)).status, 404);
	assert.equal((await client.get('/account')).status, 303);
	assert.equal((await new Client(server).signIn('leaver', long + 'l')).status, 400);
	commonweal(server.dir, ['account', 'enable', 'leaver'], fast);
	assert.equal((await client.get('/account')).status, 303, 'the session does not come back');
});

test('each sees what is theirs, on pages, in search, counts and the API', async () => {
	const secret = '/s/cincinnati/case-studies/secret-zanzibar', restricted = '/s/cincinnati/case-studies/restricted-axolotl';
	const network = '/s/newark/case-studies/network-quokka';
	const sees = async (client) => {
		const pages = [];
		for (const page of [secret, restricted, network, '/s/leadership-group'])
			pages.push((await client.get(page)).status);
		const search = JSON.parse((await client.get('/api/v1/search?q=zanzibar+axolotl+quokka')).text);
		const total = JSON.parse((await client.get('/api/v1/records?limit=1')).text).total;
		const text = (await client.get('/search?q=zanzibar')).text;
		return { pages, slugs: search.items.map((i) => i.slug).sort(), total, shown: text.includes('secret-zanzibar'),
			suggested: JSON.parse((await client.get('/api/v1/suggest?q=secret')).text).items.some((i) => /zanzibar/i.test(JSON.stringify(i))) };
	};
	const nobody = await sees(new Client(server)), lonely = await sees(await signedIn('lonely'));
	const reader = await sees(await signedIn('reader')), named = await sees(await signedIn('named'));
	const newark = await sees(await signedIn('newark')), chief = await sees(await signedIn('chief'));
	assert.deepEqual(nobody.pages, [404, 404, 404, 404]);
	assert.deepEqual(nobody.slugs, []);
	assert.deepEqual(lonely, nobody, 'an account without a space sees what visitors see');
	assert.deepEqual(reader.pages, [200, 404, 200, 200]);
	assert.deepEqual(reader.slugs, ['network-quokka', 'secret-zanzibar']);
	assert.equal(reader.shown, true);
	assert.deepEqual(named.pages, [200, 200, 200, 200]);
	assert.deepEqual(named.slugs, ['network-quokka', 'restricted-axolotl', 'secret-zanzibar']);
	assert.deepEqual(newark.pages, [404, 404, 200, 200], 'not even a space admin elsewhere');
	assert.deepEqual(newark.slugs, ['network-quokka']);
	assert.equal(newark.shown, false);
	assert.equal(newark.suggested, false);
	assert.deepEqual(chief.pages, [200, 404, 200, 200], 'a restricted record is not for the space admin');
	assert.equal(reader.total, newark.total + 1);
	assert.equal(named.total, reader.total + 1);
	assert.ok(nobody.total < newark.total);
});

test('who can read this, and why', async () => {
	const reader = await signedIn('reader'), chief = await signedIn('chief'), named = await signedIn('named');
	const words = async (client, page) => /<details class="audience">([\s\S]*?)<\/details>/.exec((await client.get(page)).text)?.[1].replaceAll(/<[^>]*>|\s+/g, ' ').replaceAll(/ +/g, ' ');
	const secret = '/s/cincinnati/case-studies/secret-zanzibar';
	assert.match(await words(reader, secret), /Only members of the space .*Cincinnati.* can read this\. You can read it because you are a reader of this space/);
	assert.doesNotMatch(await words(reader, secret), /At present/);
	assert.match(await words(chief, secret), /At present these are \d+ people\./);
	assert.match(await words(reader, '/s/newark/case-studies/network-quokka'), /Every signed-in member of the network/);
	assert.match(await words(named, '/s/cincinnati/case-studies/restricted-axolotl'), /Only the people named here.* named You can read it because you are one of them/);
	assert.equal(await words(reader, '/guides/the-call-in'), undefined);
});

test('no cache gives a page of one to another', async () => {
	const client = await signedIn('reader');
	for (const page of ['/', '/library', '/search?q=zanzibar', '/s/cincinnati', '/s/cincinnati/library', '/api/v1/records?limit=100', '/api/v1/search?q=zanzibar', '/faq', '/events']) {
		const own = await client.get(page), anonymous = await get(server.port, page), again = await client.get(page);
		assert.match(own.headers['cache-control'], /no-store/, page);
		assert.equal(own.headers.etag, undefined, page);
		assert.match(own.headers.vary, /Cookie/);
		assert.doesNotMatch(anonymous.text, /Sign out|secret-zanzibar|quokka/, page);
		assert.equal(strip(again.text), strip(own.text), page);
		if (anonymous.headers['content-type'].startsWith('text/html'))
			assert.match(again.text, /Sign out/, page);
		/* Nor does a cookie that names no session. */
		const guess = await get(server.port, page, { Cookie: `__Host-session=${'0'.repeat(64)}` });
		assert.equal(strip(guess.text), strip(anonymous.text), page);
		assert.match(guess.headers['cache-control'], /no-cache|no-store/);
		const odd = await get(server.port, page, { Cookie: `theme=x; __Host-session=${client.session}; __Host-session=zz` });
		assert.match(odd.headers['cache-control'], /no-store/);
	}
	const hits = await metric('commonweal_cache_hits_total');
	await get(server.port, '/faq', { Cookie: `__Host-pre=${'0'.repeat(64)}` });
	assert.equal(await metric('commonweal_cache_hits_total'), hits + 1, 'the cookie of the sign-in form does not matter');
});

function strip(text) {
	return text.replaceAll(/[0-9a-f]{16}/g, '').replaceAll(/127\.0\.0\.1:\d+/g, '');
}

test('sign-ins do not empty the page cache', async () => {
	await get(server.port, '/guides/the-call-in');
	await signedIn('reader');
	const hits = await metric('commonweal_cache_hits_total');
	await get(server.port, '/guides/the-call-in');
	assert.equal(await metric('commonweal_cache_hits_total'), hits + 1);
});

test('after signing in one is where one was; never elsewhere', async () => {
	const go = async (next, headers = {}) => {
		const client = new Client(server, { headers });
		const form = forms((await client.get('/sign-in' + (next === null ? '' : `?next=${encodeURIComponent(next)}`))).text).find((f) => f.action === '/sign-in');
		return (await client.post('/sign-in', { ...form.hidden, login: 'reader', password: long + 'r' })).location;
	};
	assert.equal(await go('/faq?group=x'), '/faq?group=x');
	for (const bad of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)', '/sign-in', '/reset/abc', ''])
		assert.equal(await go(bad), '/', bad);
	assert.equal(await go(null, { Referer: `http://127.0.0.1:${server.port}/library` }), '/library');
	assert.equal(await go(null, { Referer: 'http://evil.example/library' }), '/');
	const nobody = new Client(server);
	assert.equal((await nobody.get('/account')).location, '/sign-in?next=%2Faccount');
	assert.equal((await nobody.post('/account/password', {})).status, 403);
	const missing = await nobody.get('/s/cincinnati/case-studies/secret-zanzibar');
	assert.match(missing.text, /href="\/sign-in\?next=%2Fs%2Fcincinnati%2Fcase-studies%2Fsecret-zanzibar"/);
	assert.doesNotMatch((await (await signedIn('reader')).get('/nothing')).text, /members only/);
});

test('no sign-in without a secure connection, but on this computer', async () => {
	const client = new Client(server, { host: 'network.example.org' });
	const page = await client.get('/sign-in');
	assert.equal(page.status, 200);
	assert.match(page.text, /needs a secure connection/);
	assert.doesNotMatch(page.text, /type="password"/);
	const sent = await client.post('/sign-in', { csrf: 'x', login: 'reader', password: long + 'r' });
	assert.equal(sent.status, 403);
	assert.equal(client.session, undefined);
	const [secure] = await start(['--public-origin=https://network.example.org']);
	try {
		const from = new Client(secure, { host: 'network.example.org', headers: { } });
		const form = forms((await from.get('/sign-in')).text).find((f) => f.action === '/sign-in');
		const answer = await from.post('/sign-in', { ...form.hidden, login: 'reader', password: long + 'r' }, { Origin: 'https://network.example.org' });
		assert.equal(answer.status, 303);
		assert.equal((await from.get('/account')).status, 200);
		const elsewhere = new Client(secure, { host: 'other.example.org' });
		elsewhere.cookies.set('__Host-session', from.session);
		assert.equal((await elsewhere.get('/account')).status, 303, 'a session is for its host name');
	} finally {
		await secure.end();
	}
});

test('an invitation sets a password once; its page can be looked at', async () => {
	const invite = commonweal(server.dir, ['account', 'invite', 'invited'], fast);
	assert.equal(invite.status, 0, invite.stderr);
	const link = new URL(invite.stdout.trim()).pathname, token = link.split('/').at(-1);
	assert.match(link, /^\/invitation\/[0-9a-f]{64}$/);
	for (const file of dataFiles(server.dir))
		assert.ok(!fs.readFileSync(path.join(server.dir, file)).includes(token));
	const client = new Client(server);
	const page = await client.get(link);
	assert.equal((await client.get(link)).status, 200, 'looking uses nothing up');
	assert.match(page.headers['cache-control'], /no-store/);
	assert.match(page.text, /autocomplete="new-password"/);
	const short = await client.submit(link, link, { new: 'short', again: 'short' });
	assert.equal(short.status, 400);
	const set = await client.submit(link, link, { new: 'words for the invited', again: 'words for the invited' });
	assert.equal(set.status, 400, 'the login is in it');
	const good = await client.submit(link, link, { new: 'words for our guest', again: 'words for our guest' });
	assert.equal(good.location, '/sign-in?done=invitation');
	assert.match((await client.get('/sign-in?done=invitation')).text, /Your password is set/);
	assert.equal((await client.get(link)).status, 404, 'good once');
	assert.equal((await client.get(link.replace(/.$/, (c) => (c === '0' ? '1' : '0')))).status, 404);
	assert.equal((await client.signIn('invited', 'words for our guest')).status, 303);
	/* A newer link ends the older. */
	const first = new URL(commonweal(server.dir, ['account', 'invite', 'invited'], fast).stdout.trim()).pathname;
	commonweal(server.dir, ['account', 'invite', 'invited'], fast);
	assert.equal((await new Client(server).get(first)).status, 404);
});

test('asking for a new password tells nothing', async () => {
	const ask = async (who) => {
		const answer = await new Client(server).submit('/reset', '/reset', { who });
		assert.equal(answer.status, 200);
		return strip(answer.text).replaceAll(/[0-9a-f]{64}/g, '');
	};
	const known = await ask('invited@example.org');
	assert.match(known, /If there is an account/);
	assert.equal(known, await ask('nobody@example.org'));
	assert.equal(known, await ask('reader'));
	assert.ok((await logged({ action: 'reset.ask', login: 'nobody@example.org' })).length);
});

test('a new password by mail: a link for whoever has the mailbox, good once', async (t) => {
	const smtp = await receiver();
	t.after(() => smtp.end());
	const [own] = await start([`--mail-server=smtp://127.0.0.1:${smtp.port}`, '--mail-from=network@example.org', '--network-host=network.example.org'],
		(dir) => person(dir, 'mailed', { flags: ['--email=mailed@example.org', '--name=Mail Ed'] }));
	t.after(() => own.end());
	const ask = async (client, who) => assert.equal((await client.submit('/reset', '/reset', { who })).status, 200);
	const mails = async (n) => {
		for (const end = Date.now() + 10000; smtp.messages().length < n && Date.now() < end;)
			await new Promise((r) => setTimeout(r, 50));
		return smtp.messages().map((m) => m.replaceAll('=\r\n', '').replaceAll('=3D', '='));
	};
	/* A forged host name gets into no letter: either it is refused or the letter is not sent. */
	const forged = new Client(own, { host: '198.51.100.9' });
	const page = await forged.get('/reset');
	await forged.post('/reset', { ...forms(page.text).find((f) => f.action === '/reset').hidden, who: 'mailed' });
	await ask(new Client(own), 'nobody@example.org');
	await ask(new Client(own), 'reader');
	const client = new Client(own), before_ = await signedIn('mailed', own);
	await ask(client, 'MAILED@example.org');
	const [message, ...more] = await mails(1);
	assert.deepEqual(more, []);
	assert.match(message, /^X-To: mailed@example\.org\r$/m);
	assert.match(message, /Dear Mail Ed/);
	const link = new RegExp(`http://127\\.0\\.0\\.1:${own.port}(/reset/[0-9a-f]{64})`).exec(message)[1];
	const words = { new: 'brand new words here', again: 'brand new words here' };
	assert.equal((await client.submit(link, link, words)).location, '/sign-in?done=password');
	assert.equal((await before_.get('/account')).status, 303, 'all sessions are ended');
	assert.equal((await client.get(link)).status, 404);
	assert.equal((await new Client(own).signIn('mailed', long + 'm')).status, 400);
	assert.equal((await new Client(own).signIn('mailed', 'brand new words here')).status, 303);
});

test('what matters is in the audit log, and nothing that must not be', async () => {
	const client = await signedIn('reader');
	await client.get('/s/cincinnati/case-studies/secret-zanzibar');
	await client.get('/s/newark/case-studies/network-quokka');
	const id = JSON.parse((await client.get('/api/v1/search?q=zanzibar')).text).items[0].id;
	await client.get(`/api/v1/records/${id}`);
	await client.get(`/api/v1/records/${id}/source`);
	const reads = await logged({ action: 'record.read', account: ids.reader, object: id, detail: /XML/ });
	assert.equal(reads.length >= 1, true);
	assert.equal(reads[0].address, '127.0.0.1');
	assert.match(reads[0].request, /^[0-9a-f]{16}$/);
	assert.ok((await logged({ action: 'record.read', detail: 'cincinnati/case-study/secret-zanzibar as page' })).length);
	assert.ok((await logged({ action: 'record.read', detail: /JSON/ })).length);
	assert.equal(log().filter((e) => e.action === 'record.read' && /quokka/.test(e.detail)).length, 0, 'network records are not noted');
	assert.ok((await logged({ action: 'sign-in.good', login: 'reader', detail: 'password' })).length);
	await client.submit('/', '/sign-out');
	assert.ok((await logged({ action: 'sign-out', login: 'reader' })).length);
	assert.ok((await logged({ action: 'role.change', login: 'administrator at the console', space: 'cincinnati' })).length);
	assert.ok((await logged({ action: 'account.disable', login: 'administrator at the console' })).length);
	const all = JSON.stringify(log());
	for (const word of [long, 'entirely new words', 'words for', 'wrong wrong', client.cookies.get('__Host-pre')])
		assert.ok(!all.includes(word), word);
	const verified = commonweal(server.dir, ['audit', 'verify'], fast);
	assert.equal(verified.status, 0);
	assert.match(verified.stdout, /whole: \d+ rows/);
	/* Nor does the program's log hold what people typed. */
	assert.doesNotMatch(server.stderr, /the password of|zanzibar|nobody-has-this|entirely new/);
});

test('the audit log cannot be changed, and a change by force is found', async () => {
	const [own] = await start();
	await signedIn('reader', own);
	await signedIn('named', own);
	const file = path.join(own.dir, 'commonweal.db');
	const sql = (text) => sqlite3(file, text);
	try {
		assert.match(sql("UPDATE audit SET login = 'x' WHERE num = 1").stderr, /append-only/);
		assert.match(sql('DELETE FROM audit WHERE num = 1').stderr, /append-only/);
		assert.match(sql("INSERT OR REPLACE INTO audit SELECT num, 0, account, login, address, request, space, action, object, detail, hash FROM audit WHERE num = 1").stderr, /append-only/);
		assert.equal((await own.stop()).code, 0);
		const whole = commonweal(own.dir, ['audit', 'verify'], fast);
		assert.equal(whole.status, 0);
		const head = /head is (\d+:[0-9a-f]{64})/.exec(whole.stdout)[1];
		assert.equal(commonweal(own.dir, ['audit', 'verify', head], fast).status, 0);
		const copy = fs.readFileSync(file);
		const tamper = (text, expected, args = []) => {
			fs.writeFileSync(file, copy);
			const done = sql(`DROP TRIGGER audit_update; DROP TRIGGER audit_delete; ${text}`);
			assert.equal(done.status, 0, done.stderr);
			const found = commonweal(own.dir, ['audit', 'verify', ...args], fast);
			assert.equal(found.status, 1, text);
			assert.match(found.stdout, expected, text);
		};
		tamper("UPDATE audit SET login = 'somebody else' WHERE num = 3", /Row 3 /);
		tamper("UPDATE audit SET at_us = at_us + 1 WHERE num = 5", /Row 5 /);
		tamper('DELETE FROM audit WHERE num = 4', /Row 5 .*missing/);
		tamper("UPDATE audit SET object = NULL WHERE num = 2", /Row 2 /);
		tamper('DELETE FROM audit WHERE num = (SELECT max(num) FROM audit)', /missing, or not what it was/, [head]);
	} finally {
		await own.end();
	}
});

test('demonstration people: one click on this computer, nowhere else', async () => {
	const [own] = await start([], (dir) => assert.equal(commonweal(dir, ['demo'], fast).status, 0));
	try {
		const again = commonweal(own.dir, ['demo'], fast);
		assert.equal(again.status, 0, again.stderr);
		const client = new Client(own);
		const page = (await client.get('/sign-in?next=%2Ffaq')).text;
		assert.match(page, /Demonstration: sign in as an invented person/);
		assert.equal([...page.matchAll(/name="login" value="demo-/g)].length, 8);
		const answer = await client.submit('/sign-in?next=%2Ffaq', '/sign-in/demo', { login: 'demo-leader' });
		assert.equal(answer.location, '/faq');
		assert.match((await client.get('/faq')).text, /Demonstration: Demo Leadership Group member is an invented person/);
		assert.equal((await client.get('/s/leadership-group')).status, 200);
		const network = new Client(own);
		assert.equal((await network.submit('/sign-in', '/sign-in/demo', { login: 'demo-network' })).location, '/');
		assert.match((await network.get('/account')).text, /network admin/);
		/* Other people need their password; a proxy or another name has no such list. */
		assert.equal((await new Client(own).submit('/sign-in', '/sign-in/demo', { login: 'reader' })).status, 404);
		for (const other of [{ headers: { 'X-Forwarded-For': '203.0.113.7' } }, { headers: { Forwarded: 'for=203.0.113.7' } }, { host: 'network.example.org' }]) {
			const far = new Client(own, other);
			const text = (await far.get('/sign-in')).text;
			assert.doesNotMatch(text, /demo-reader/);
			const pre = forms(text).find((f) => f.action === '/sign-in');
			assert.equal((await far.post('/sign-in/demo', { ...(pre?.hidden ?? { csrf: 'x' }), login: 'demo-reader' })).status >= 400, true);
			assert.equal(far.session, undefined);
		}
		assert.equal((await new Client(own).signIn('demo-reader', 'no password has it')).status, 400);
		await own.stop();
		for (const args of [['--listen=0.0.0.0:0'], ['--listen=127.0.0.1:0,[::]:0'], ['--public-origin=https://network.example.org']])
			await assert.rejects(Server.start({ dir: own.dir, content: null, env: fast, args }), /demonstration people/, args.join());
	} finally {
		await own.end();
	}
});

test('the console says what is wrong', () => {
	const run = (...args) => commonweal(server.dir, args, fast, 'a good long password\n');
	assert.match(run('account', 'add', 'reader').stderr, /already an account/);
	assert.match(run('account', 'add', 'two words').stderr, /cannot be a login/);
	assert.match(run('account', 'add', 'x', '--nam=Y').stderr, /is not --name/);
	assert.match(run('account', 'add', 'x', '--email=nowhere').stderr, /not an e-mail address/);
	assert.match(run('account', 'add', 'x', '--name=two\nlines').stderr, /in one line/);
	assert.match(run('account', 'role', 'reader', 'atlantis', 'reader').stderr, /no space/);
	assert.match(run('account', 'role', 'reader', 'cincinnati', 'king').stderr, /A role is/);
	assert.match(run('account', 'password', 'who').stderr, /no account/);
	assert.match(commonweal(server.dir, ['account', 'password', 'reader'], fast, 'short\n').stderr, /at least 12/);
	assert.equal(run('account', 'fly').status, 2);
	assert.match(run('account', 'list').stdout, /^reader\t[0-9a-f-]{36}\treader\tlocal\tcincinnati reader$/m);
});
