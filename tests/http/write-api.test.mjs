// SPDX-License-Identifier: GPL-3.0-or-later
/* Tokens for programs, and writing with them: what they open, what they do not,
 * and the whole way of a draft through the API, checked against its description. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import zlib from 'node:zlib';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person, totp } from '../support/client.mjs';
import { multipart } from '../support/files.mjs';
import { build, commonweal, fixtures, Server, sqlite3, temporary, top } from '../support/server.mjs';
import { get } from './helpers.mjs';

const require = createRequire(path.join(build, 'tests/packages/'));
const Ajv = require('ajv/dist/2020').default;
const formats = require('ajv-formats').default;
const description = JSON.parse(fs.readFileSync(path.join(top, 'schemas/openapi.json'), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema(description, 'api');
let server, dir, people, tokens;
const all = ['read', 'draft', 'submit', 'publish', 'import'];

/* Makes a token on the page; gives it, and the page. */
async function make(client, { name = 'a program', scopes = all, days = 30, ...more } = {}) {
	const page = await client.get('/account/tokens');
	const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
	const body = new URLSearchParams([['csrf', csrf], ['name', name], ['days', String(days)], ...scopes.map((s) => ['scope', s]), ...Object.entries(more)]);
	const answer = await client.send('POST', '/account/tokens', body.toString());
	return { token: /<code>(cwt_[0-9a-f]{64})<\/code>/.exec(answer.text)?.[1], answer };
}

before(async () => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	person(dir, 'wendy', { roles: { cincinnati: 'contributor' } });
	person(dir, 'edith', { roles: { cincinnati: 'editor' } });
	person(dir, 'ned', { roles: { newark: 'editor' } });
	person(dir, 'nora', { roles: { national: 'editor' } });
	person(dir, 'chief', { flags: ['--network-admin'] });
	server = await Server.start({ dir, content: null, env: fast, args: ['--sign-in-tries=1000', '--sign-in-address-tries=6', '--sign-in-delay=60s', '--review-approvals-space=0'] });
	people = {};
	tokens = {};
	for (const login of ['wendy', 'edith', 'ned', 'nora']) {
		people[login] = await enter(server, login);
		tokens[login] = (await make(people[login], { password: `the password of ${login[0]}` })).token;
	}
	people.chief = await enter(server, 'chief');
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

/* Asks the API; the answer is checked against the description. */
async function ask(token, method, path_, { body, template = path_.split('?')[0], headers = {}, type = 'application/json' } = {}) {
	const sent = body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body);
	const answer = await get(server.port, path_, { ...(token ? { Authorization: `Bearer ${token}` } : {}),
		...(sent === null ? {} : { 'Content-Type': type, 'Content-Length': Buffer.byteLength(sent) }), ...headers }, method, sent);
	const operation = description.paths[template][method.toLowerCase()];
	let response = operation.responses[answer.status] ?? operation.responses.default;
	if (response.$ref)
		response = description.components.responses.Problem;
	if (answer.status !== 204) {
		const content = answer.headers['content-type'];
		const media = response.content[content] ?? response.content[content.split('; ')[0]];
		assert.ok(media, `${method} ${path_} answers ${answer.status} ${content}: ${answer.text.slice(0, 500)}`);
		if (/json/.test(content)) {
			answer.json = JSON.parse(answer.text);
			const validate = ajv.compile({ $ref: `api${media.schema.$ref}` });
			assert.ok(validate(answer.json), `${method} ${path_}: ${ajv.errorsText(validate.errors)} ${answer.text.slice(0, 800)}`);
		}
	}
	if (answer.status < 400)
		assert.match(answer.headers['cache-control'] ?? '', /no-store/, 'never kept');
	return answer;
}
const draft = (id) => ({ template: `/api/v1/drafts/{id}${id ?? ''}` });

test('a token is shown once, and only its hash is stored', async () => {
	const { token, answer } = await make(people.wendy, { name: 'nightly', scopes: ['read'], password: 'the password of w' });
	assert.equal(answer.status, 200);
	assert.match(answer.headers['cache-control'], /no-store/);
	assert.match(token, /^cwt_[0-9a-f]{64}$/);
	const page = (await people.wendy.get('/account/tokens')).text;
	assert.ok(!page.includes(token) && !page.includes(token.slice(4)));
	assert.match(page, /nightly/);
	for (const name of ['commonweal.db', 'commonweal.db-wal'])
		assert.ok(!fs.readFileSync(path.join(dir, name)).includes(token.slice(4)), name);
	assert.ok(!server.stderr.includes(token.slice(4)));
	/* Used: the list says when and from where. */
	assert.match(page, /nightly[\s\S]*?never/);
	assert.equal((await ask(token, 'GET', '/api/v1/drafts')).status, 200);
	assert.match((await people.wendy.get('/account/tokens')).text, /nightly[\s\S]*?from 127\.0\.0\.1/);
});

test('making one needs the password, or a code of the second factor', async () => {
	const wrong = await make(people.wendy, { password: 'not it', name: 'kept <name>' });
	assert.equal(wrong.answer.status, 400);
	assert.equal(wrong.token, undefined);
	assert.match(wrong.answer.text, /value="kept &lt;name&gt;"/, 'what was typed is still there');
	assert.equal((await make(people.chief, { code: '000000' })).token, undefined);
	const none = await make(people.wendy, { scopes: [], password: 'the password of w' });
	assert.match(none.answer.text, /Choose what the token may do/);
	assert.match((await make(people.wendy, { days: 4000, password: 'the password of w' })).answer.text, /1 to 366 days/);
	assert.match((await make(people.wendy, { name: ' ', password: 'the password of w' })).answer.text, /Give the token a name/);
	const good = await make(people.chief, { code: totp(people.chief.totp, Math.floor(Date.now() / 30000) + 1) });
	assert.match(good.token, /^cwt_/);
	/* Not with the rights of a network admin. */
	const seen = await get(server.port, '/api/v1/records?type=case-study&limit=100', { Authorization: `Bearer ${good.token}` });
	assert.deepEqual(JSON.parse(seen.text).items.filter((r) => r.audience === 'space'), []);
});

test('it opens what the person may read, on the API alone', async () => {
	const list = async (token) => JSON.parse((await get(server.port, '/api/v1/records?limit=100', token ? { Authorization: `Bearer ${token}` } : {})).text)
		.items.map((r) => r.slug);
	/* Before and after an anonymous answer is in the cache. */
	for (let i = 0; i < 2; i++) {
		assert.ok((await list(tokens.wendy)).includes('secret-zanzibar'));
		assert.ok(!(await list()).includes('secret-zanzibar'));
		assert.ok(!(await list(tokens.ned)).includes('secret-zanzibar'));
	}
	const page = await get(server.port, '/s/cincinnati/case-studies/secret-zanzibar', { Authorization: `Bearer ${tokens.wendy}` });
	assert.equal(page.status, 404, 'a page takes no token');
	assert.equal((await get(server.port, '/account', { Authorization: `Bearer ${tokens.wendy}` })).status, 303);
	assert.equal((await get(server.port, '/s/cincinnati/api/v1/drafts', { Authorization: `Bearer ${tokens.wendy}` })).status, 200);
});

test('scopes: each step needs its own', async () => {
	const { token } = await make(people.edith, { scopes: ['read'], password: 'the password of e' });
	for (const [scope, method, path_, template] of [['draft', 'POST', '/api/v1/drafts'], ['draft', 'PUT', '/api/v1/drafts/01890000-0000-7000-8000-0000000000ff', '/api/v1/drafts/{id}'],
		['submit', 'POST', '/api/v1/drafts/01890000-0000-7000-8000-0000000000ff/submit', '/api/v1/drafts/{id}/submit'],
		['publish', 'POST', '/api/v1/drafts/01890000-0000-7000-8000-0000000000ff/publish', '/api/v1/drafts/{id}/publish'],
		['publish', 'POST', '/api/v1/records/01890000-0000-7000-8000-0000000000ff/withdraw', '/api/v1/records/{id}/withdraw']]) {
		const answer = await ask(token, method, path_, { body: {}, ...(template ? { template } : {}) });
		assert.equal(answer.status, 403, path_);
		assert.equal(answer.headers['www-authenticate'], `Bearer realm="api", error="insufficient_scope", scope="${scope}"`);
	}
	const writes = (await make(people.edith, { scopes: ['draft'], password: 'the password of e' })).token;
	assert.equal((await ask(writes, 'GET', '/api/v1/drafts')).status, 403, 'not even read');
});

test('without a token, or with cookies alone, nothing is changed', async () => {
	const none = await ask(null, 'POST', '/api/v1/drafts', { body: {} });
	assert.equal(none.status, 401);
	assert.equal(none.headers['www-authenticate'], 'Bearer realm="api"');
	const body = JSON.stringify({ space: 'cincinnati', type: 'guide', slug: 'forged', audience: 'space', fields: { title: 'Forged' } });
	const json = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
	const foreign = await people.wendy.send('POST', '/api/v1/drafts', body, { ...json, Origin: 'https://evil.example' });
	assert.equal(foreign.status, 403);
	const bare = await people.wendy.send('POST', '/api/v1/drafts', body, json);
	assert.equal(bare.status, 403, 'no X-CSRF-Token');
	const csrf = /name="csrf" value="([^"]*)"/.exec((await people.wendy.get('/account')).text)[1];
	const right = await people.wendy.send('POST', '/api/v1/drafts', body, { ...json, 'X-CSRF-Token': csrf });
	assert.equal(right.status, 201, right.text);
	/* A bad token beside a good session is a bad token. */
	const mixed = await people.wendy.get('/api/v1/drafts', { Authorization: `Bearer ${'cwt_'.padEnd(68, '0')}` });
	assert.equal(mixed.status, 401);
	assert.match(mixed.headers['www-authenticate'], /error="invalid_token"/);
});

const fields = { title: 'How to write by program', summary: 'In short.', issued: '2026-11-24', language: 'en', creators: ['A program'],
	body: 'It **works**.' };

test('a draft is made, saved, submitted, published, changed and withdrawn', async () => {
	const made = await ask(tokens.edith, 'POST', '/api/v1/drafts', { body: { space: 'cincinnati', type: 'publication', slug: 'by-program', audience: 'space', fields: { title: 'Not yet' } } });
	assert.equal(made.status, 201, made.text);
	const { id } = made.json;
	assert.equal(new URL(made.headers.location).pathname, `/api/v1/drafts/${id}`);
	assert.equal(made.headers.etag, '"1"');
	assert.ok(made.json.problems.length > 0, 'it says what is missing');
	const at = `/api/v1/drafts/${id}`;
	/* Save: If-Match. */
	const unconditional = await ask(tokens.edith, 'PUT', at, { ...draft(), body: { fields } });
	assert.equal(unconditional.status, 428);
	assert.equal((await ask(tokens.edith, 'PUT', at, { ...draft(), body: { fields }, headers: { 'If-Match': 'W/"1"' } })).status, 400);
	/* The XML of a record that is there, as the text of this one. */
	const sample = fs.readFileSync(path.join(fixtures, 'national/publication/tester-2007.xml'), 'utf8')
		.replace('space="national"', 'space="cincinnati"').replace(/slug="[^"]*"/, 'slug="by-program"').replace('audience="public"', 'audience="space"');
	const saved = await ask(tokens.edith, 'PUT', at, { ...draft(), body: sample, type: 'application/xml', headers: { 'If-Match': '"1"' } });
	assert.equal(saved.status, 200, saved.text);
	assert.deepEqual(saved.json.problems, []);
	assert.equal(saved.headers.etag, '"2"');
	const stale = await ask(tokens.wendy, 'PUT', at, { ...draft(), body: { fields }, headers: { 'If-Match': '"1"' } });
	assert.equal(stale.status, 412);
	assert.equal(stale.json.present.revision, 2);
	assert.equal(stale.headers.etag, '"2"');
	assert.equal((await ask(tokens.edith, 'GET', at, draft())).json.title, saved.json.title, 'nothing was overwritten');
	const xml = await ask(tokens.edith, 'GET', `${at}/source`, draft('/source'));
	assert.match(xml.text, /slug="by-program"/);
	/* Whoever does not see it gets the answer for what is not there. */
	for (const [method, below, body] of [['GET', ''], ['PUT', '', { fields }], ['POST', '/submit', {}], ['POST', '/publish', {}]])
		assert.equal((await ask(tokens.ned, method, at + below, { ...draft(below), body, headers: { 'If-Match': '"2"' } })).status, 404, method + below);
	const submitted = await ask(tokens.edith, 'POST', `${at}/submit`, { ...draft('/submit'), body: { words: 'please look' }, headers: { 'If-Match': '"2"' } });
	assert.equal(submitted.status, 200, submitted.text);
	const early = await ask(tokens.wendy, 'POST', `${at}/publish`, { ...draft('/publish'), body: {}, headers: { 'If-Match': '"2"' } });
	assert.equal(early.status, 403, 'a contributor does not publish');
	const done = await ask(tokens.edith, 'POST', `${at}/publish`, { ...draft('/publish'), body: {}, headers: { 'If-Match': '"2"' } });
	assert.equal(done.status, 200, done.text);
	assert.equal(done.json.state, 'published');
	const records = JSON.parse((await get(server.port, '/api/v1/records?type=publication&limit=100', { Authorization: `Bearer ${tokens.edith}` })).text).items;
	const record = records.find((r) => r.slug === 'by-program');
	assert.equal(record.version, 1);
	/* A change begins with its present text. */
	const change = await ask(tokens.edith, 'POST', '/api/v1/drafts', { body: { record: record.id } });
	assert.equal(change.status, 201, change.text);
	assert.equal(change.json.base_version, 1);
	assert.deepEqual(change.json.fields, saved.json.fields);
	/* Withdrawn. */
	const to = `/api/v1/records/${record.id}/withdraw`, template = '/api/v1/records/{id}/withdraw';
	assert.equal((await ask(tokens.edith, 'POST', to, { template, body: { reason: 'x' } })).status, 428);
	assert.equal((await ask(tokens.edith, 'POST', to, { template, body: { reason: 'x' }, headers: { 'If-Match': '"7"' } })).status, 412);
	assert.equal((await ask(tokens.wendy, 'POST', to, { template, body: { reason: 'x' }, headers: { 'If-Match': '"1"' } })).status, 403);
	assert.equal((await ask(tokens.edith, 'POST', to, { template, body: {}, headers: { 'If-Match': '"1"' } })).status, 400);
	assert.equal((await ask(tokens.edith, 'POST', to, { template, body: { reason: 'It was a test.' }, headers: { 'If-Match': '"1"' } })).status, 204);
	assert.equal((await get(server.port, `/api/v1/records/${record.id}`, { Authorization: `Bearer ${tokens.edith}` })).status, 404);
	/* Who did it, and with which token. */
	const log = commonweal(dir, ['audit', 'export'], fast).stdout.trim().split('\n').map((l) => JSON.parse(l));
	assert.ok(log.some((row) => row.login === 'edith' && / by token a program$/.test(row.address ?? '')));
	for (const action of ['token.create'])
		assert.ok(log.some((row) => row.action === action && row.login === 'edith'), action);
});

test('what is sent wrongly is told', async () => {
	const post = (options) => ask(tokens.edith, 'POST', '/api/v1/drafts', options);
	assert.equal((await post({ body: 'x=1', type: 'application/x-www-form-urlencoded' })).status, 415);
	assert.match((await post({ body: '{"a": }' })).json.detail, /line 1, column/);
	assert.equal((await post({ body: '[]' })).status, 400);
	assert.match((await post({ body: '<guide xmlns="urn:commonweal:record:1"/>', type: 'application/xml' })).json.detail, /Line 1, column/);
	assert.equal((await post({ body: '', type: 'application/xml' })).status, 400);
	const whole = { space: 'cincinnati', type: 'guide', slug: 'x', audience: 'space', fields: {} };
	for (const [change, words] of [[{ space: undefined }, /needs/], [{ type: 'poem' }, /no type/], [{ slug: 'A b' }, /slug/], [{ space: 'atlantis' }, /no such space/],
		[{ audience: 'all' }, /audience/], [{ fields: [] }, /fields/], [{ record: 'x' }, /no such record/]]) {
		const answer = await post({ body: { ...whole, ...change } });
		assert.ok(answer.status >= 400 && answer.status < 500, `${JSON.stringify(change)} ${answer.status}`);
		assert.match(answer.json.detail, words, JSON.stringify(change));
	}
	assert.equal((await post({ body: { ...whole, space: 'newark' } })).status, 403, 'another space');
	const past = await ask(tokens.edith, 'POST', '/api/v1/drafts/01890000-0000-7000-8000-0000000000ff/publish', { ...draft('/publish'), body: { at: '2001-01-01T00:00:00Z' }, headers: { 'If-Match': '"1"' } });
	assert.match(past.json.detail, /time to come/);
});

test('its rights are those of the account at that moment', async () => {
	const body = { space: 'newark', type: 'guide', slug: 'later', audience: 'space', fields: { title: 'Later' } };
	const made = await ask(tokens.ned, 'POST', '/api/v1/drafts', { body });
	assert.equal(made.status, 201, made.text);
	assert.equal(commonweal(dir, ['account', 'role', 'ned', 'newark', 'reader'], fast).status, 0);
	assert.equal((await ask(tokens.ned, 'POST', '/api/v1/drafts', { body: { ...body, slug: 'later-still' } })).status, 403);
	assert.equal(commonweal(dir, ['account', 'disable', 'ned'], fast).status, 0);
	assert.equal((await ask(tokens.ned, 'GET', '/api/v1/drafts')).status, 401);
	assert.equal(commonweal(dir, ['account', 'enable', 'ned'], fast).status, 0);
	assert.equal((await ask(tokens.ned, 'GET', '/api/v1/drafts')).status, 200);
});

test('revoked and expired ones are refused', async () => {
	const { token } = await make(people.nora, { name: 'to revoke', password: 'the password of n' });
	assert.equal((await ask(token, 'GET', '/api/v1/drafts')).status, 200);
	const page = (await people.nora.get('/account/tokens')).text;
	const id = new RegExp(`to revoke[\\s\\S]*?name="id" value="([^"]*)"`).exec(page)[1];
	const csrf = /name="csrf" value="([^"]*)"/.exec(page)[1];
	/* Not by another person. */
	await people.wendy.submit('/account/tokens', '/account/tokens/revoke', { id });
	assert.equal((await ask(token, 'GET', '/api/v1/drafts')).status, 200);
	assert.equal((await people.nora.post('/account/tokens/revoke', { csrf, id })).status, 303);
	assert.equal((await ask(token, 'GET', '/api/v1/drafts')).status, 401);
	const short = (await make(people.nora, { name: 'short', password: 'the password of n' })).token;
	const done = sqlite3(path.join(dir, 'commonweal.db'), "UPDATE api_token SET expires_us = 1000000 * (strftime('%s', 'now') - 10) WHERE name = 'short'");
	assert.equal(done.status, 0, done.stderr);
	const expired = await ask(short, 'GET', '/api/v1/drafts');
	assert.equal(expired.status, 401);
	assert.match(expired.json.detail, /expired/);
});

test('many wrong tokens have to wait, right ones go on', async () => {
	let waited;
	for (let i = 0; i < 20 && !waited; i++) {
		const answer = await ask(`cwt_${String(i).padStart(64, '0')}`, 'GET', '/api/v1/drafts');
		assert.ok([401, 429].includes(answer.status));
		waited = answer.status === 429 && answer.headers['retry-after'];
	}
	assert.ok(Number(waited) > 0);
	assert.equal((await ask(tokens.edith, 'GET', '/api/v1/drafts')).status, 200);
});

test('api-tokens = no takes none', async (t) => {
	const own = temporary();
	assert.equal(commonweal(own, ['import', fixtures], fast).status, 0);
	person(own, 'wendy', { roles: { cincinnati: 'contributor' } });
	const other = await Server.start({ dir: own, content: null, env: fast, args: ['--api-tokens=no'] });
	t.after(() => other.end());
	const client = await enter(other, 'wendy');
	assert.match((await client.get('/account/tokens')).text, /no new tokens are made/);
	assert.equal((await get(other.port, '/api/v1/records', { Authorization: `Bearer cwt_${'0'.repeat(64)}` })).status, 401);
});

/* Packs a folder; sends it; waits for the end. */
function pack(files, args = ['-cz']) {
	const folder = temporary();
	for (const [name, text] of Object.entries(files)) {
		fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
		fs.writeFileSync(path.join(folder, name), text);
	}
	const done = spawnSync('tar', [...args, '-C', folder, '.'], { maxBuffer: 1 << 28 });
	assert.equal(done.status, 0, `${done.stderr}`);
	fs.rmSync(folder, { recursive: true });
	return done.stdout;
}
async function importing(token, bytes, fields = {}) {
	const form = multipart(fields, [{ field: 'archive', name: 'records.tar.gz', bytes }]);
	const begun = await get(server.port, '/api/v1/imports', { Authorization: `Bearer ${token}`, 'Content-Type': form.type, 'Content-Length': form.bytes.length }, 'POST', form.bytes);
	if (begun.status !== 202)
		return { begun };
	const at = new URL(begun.headers.location).pathname;
	for (let i = 0; i < 600; i++) {
		const { json } = await ask(token, 'GET', at, { template: '/api/v1/imports/{id}' });
		if (['done', 'failed'].includes(json.state))
			return { begun, at, end: json };
		await new Promise((r) => setTimeout(r, 50));
	}
	throw new Error(`the import did not end: ${server.stderr.slice(-1500)}`);
}

test('who may publish nowhere sends no archives, for none of their records could be taken', async () => {
	const { begun } = await importing(tokens.wendy, pack({ 'readme.txt': 'no record' }));
	assert.equal(begun.status, 403);
	assert.equal((await importing(tokens.edith, pack({ 'readme.txt': 'no record' }))).begun.status, 202);
});

test('an archive of records is imported, all or nothing, with the rights of the person', async () => {
	const guide = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');
	const one = (space, slug, audience, words = 'Bring') => guide.replace('space="national"', `space="${space}"`).replaceAll('the-call-in', slug)
		.replace('audience="public"', `audience="${audience}"`).replace('Bring', words);
	const files = { 'cincinnati/guide/one.xml': one('cincinnati', 'imported-one', 'space'), 'cincinnati/guide/two.xml': one('cincinnati', 'imported-two', 'space'),
		'.hidden.xml': '<', 'readme.txt': 'no record', [`${'long/'.repeat(30)}three.xml`]: one('cincinnati', 'imported-three', 'space') };
	const slugs = async () => JSON.parse((await get(server.port, '/api/v1/records?type=guide&limit=100', { Authorization: `Bearer ${tokens.edith}` })).text).items.map((r) => r.slug);
	const dry = await importing(tokens.edith, pack(files), { dry_run: 'yes' });
	assert.deepEqual([dry.end.state, dry.end.added, dry.end.files, dry.end.problems], ['done', 3, 3, []]);
	assert.ok(!(await slugs()).includes('imported-one'));
	const real = await importing(tokens.edith, pack(files, ['-c', '--format=gnu']));
	assert.deepEqual([real.end.state, real.end.added], ['done', 3], JSON.stringify(real.end));
	assert.ok((await slugs()).includes('imported-three'));
	assert.equal((await importing(tokens.edith, pack(files, ['-cz', '--format=pax']))).end.unchanged, 3);
	/* One bad file, and nothing comes in; each problem has its place. */
	const bad = await importing(tokens.edith, pack({ ...files, 'four.xml': one('cincinnati', 'imported-four', 'space'), 'five.xml': files['cincinnati/guide/one.xml'].replace('</guide>', '</gude>') }));
	assert.equal(bad.end.state, 'failed');
	assert.match(bad.end.detail, /problems? in 5 files/);
	assert.ok(bad.end.problems.some((p) => p.file === './five.xml' && p.line > 1));
	assert.ok(!(await slugs()).includes('imported-four'));
	/* Rights: not the public's, not another space's, no spaces. */
	for (const [token, text, words] of [[tokens.edith, one('cincinnati', 'x', 'public'), /may not publish in the space 'cincinnati' for the audience 'public'/],
		[tokens.edith, one('newark', 'x', 'space'), /may not publish in the space 'newark'/], [tokens.edith, one('atlantis', 'x', 'space'), /may not publish in the space 'atlantis'/],
		[tokens.edith, guide, /may not publish in the space 'national'/],
		[tokens.nora, fs.readFileSync(path.join(fixtures, 'ohio/space.xml'), 'utf8').replace('Ohio in', 'O in'), /administrator alone/]]) {
		const { end } = await importing(token, pack({ 'x.xml': text }));
		assert.equal(end.state, 'failed');
		assert.match(end.problems[0].cause, words);
	}
	const national = await importing(tokens.nora, pack({ 'x.xml': guide.replace('Bring', 'Take') }));
	assert.deepEqual([national.end.state, national.end.changed], ['done', 1]);
	/* Nobody else's business. */
	assert.equal((await ask(tokens.wendy, 'GET', real.at, { template: '/api/v1/imports/{id}' })).status, 404);
	const { token } = await make(people.edith, { scopes: ['read', 'draft'], password: 'the password of e' });
	assert.equal((await importing(token, pack(files))).begun.status, 403);
	const log = commonweal(dir, ['audit', 'export'], fast).stdout;
	assert.match(log, /"action":"import.begin"/);
});

test('what was changed on the server is a problem, kept, or overwritten', async () => {
	const guide = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');
	const file = (words) => ({ 'x.xml': guide.replace('space="national"', 'space="cincinnati"').replaceAll('the-call-in', 'contested').replace('audience="public"', 'audience="space"').replace('Bring', words) });
	assert.equal((await importing(tokens.edith, pack(file('First')))).end.added, 1);
	const made = await ask(tokens.edith, 'POST', '/api/v1/drafts', { body: file('Second')['x.xml'], type: 'application/xml' });
	assert.equal(made.status, 201, made.text);
	const at = `/api/v1/drafts/${made.json.id}`, match = { 'If-Match': '"1"' };
	assert.equal((await ask(tokens.edith, 'POST', `${at}/submit`, { ...draft('/submit'), headers: match })).status, 200);
	const published = await ask(tokens.edith, 'POST', `${at}/publish`, { ...draft('/publish'), headers: match });
	assert.equal(published.status, 200, published.text);
	const asked = await importing(tokens.edith, pack(file('Third')));
	assert.equal(asked.end.state, 'failed');
	assert.match(asked.end.problems[0].cause, /was changed by edith on .* on the server/);
	assert.equal((await importing(tokens.edith, pack(file('Third')), { existing: 'keep' })).end.kept, 1);
	assert.equal((await importing(tokens.edith, pack(file('Third')), { existing: 'overwrite' })).end.changed, 1);
	assert.equal((await importing(tokens.edith, pack(file('Third')), { existing: 'maybe' })).begun.status, 400);
});

test('archives that are none, cut off, or bombs', async () => {
	const whole = pack({ 'x.xml': '<guide/>' }, ['-c']);
	for (const [bytes, words] of [[Buffer.from('hello'), /no tar archive/], [whole.subarray(0, 700), /cut off/], [zlib.gzipSync(whole).subarray(0, 90), /no tar archive/],
		[pack({ 'readme.txt': 'x' }), /holds no \.xml file/], [zlib.gzipSync(whole.fill(0x39, 124, 135)), /no tar archive/]]) {
		const { begun, end } = await importing(tokens.edith, bytes);
		assert.equal(begun.status, 202, begun.text);
		assert.equal(end.state, 'failed');
		assert.match(end.detail, words);
	}
	assert.equal((await importing(tokens.edith, Buffer.alloc(0))).begun.status, 400);
	const bomb = await importing(tokens.edith, pack({ 'x.xml': 'x'.repeat(5 << 20) }));
	assert.match(bomb.end.detail, /is longer than/);
	const many = pack({ 'a.bin': Buffer.alloc(300 << 20), 'b.bin': Buffer.alloc(3 << 20) });
	assert.match((await importing(tokens.edith, many)).end.detail, /is longer than|holds more than/);
});

test('the examples of docs/api.md do what it says', () => {
	const text = fs.readFileSync(path.join(top, 'docs/api.md'), 'utf8');
	const examples = [...text.matchAll(/```sh\n([\s\S]*?)```/g)].map((m) => m[1]);
	assert.ok(examples.length >= 4);
	const folder = temporary();
	const done = spawnSync('bash', ['-eu', '-c', examples.join('\n')], { cwd: folder, encoding: 'utf8',
		env: { PATH: process.env.PATH, BASE: server.base, TOKEN: tokens.edith } });
	assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
	const read = (name) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'));
	assert.equal(read('made.json').revision, 1);
	assert.equal(read('saved.json').revision, 2);
	assert.equal(read('saved.json').title, 'A better note');
	assert.equal(read('conflict.json').status, 412);
	assert.deepEqual([read('import.json').state, read('import.json').files], ['done', 1]);
	assert.equal(read('submitted.json').status, 400, 'what cannot be published is not submitted');
	fs.rmSync(folder, { recursive: true });
});
