// SPDX-License-Identifier: GPL-3.0-or-later
/* One jurisdiction's everything taken along, and removed for good: while a server
 * writes, with a word looked for in the bytes of the files. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { pdf, upload } from '../support/files.mjs';
import { build, commonweal, environment, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';

let server, dir, network, ids;
/* Each in one place only: texts, titles, names, figures' notes, typed drafts. */
const marks = ['Xylozoic', 'Quinquevirate', 'Zwitterfisch', 'Plumbeous', 'Ombrophobe', 'Gallimaufry', 'Borborygmus'];
const [inBody, inTitle, inOldVersion, inPerson, inMemberNote, inWithdrawn, inFile] = marks;

const ownFile = pdf([`Here ${inFile} stands`]), sharedFile = pdf(['Both have this']);
const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const stored = (bytes) => path.join(dir, 'commonweal.files', sha(bytes).slice(0, 2), sha(bytes).slice(2));
const good = (done) => assert.equal(done.status, 0, `${done.stdout}${done.stderr}`);
const file = () => path.join(dir, 'commonweal.db');

function sql(text, from = file()) {
	const done = sqlite3(from, text, '-readonly');
	assert.equal(done.status, 0, done.stderr);
	return done.stdout.trim();
}

function write(to, text) {
	fs.mkdirSync(path.dirname(to), { recursive: true });
	fs.writeFileSync(to, text);
}

/* A space of its own with records of every audience, two versions of one of them. */
function content(to, version) {
	const text = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8')
		.replace('space="national"', 'space="tarshish"');
	const space = fs.readFileSync(path.join(fixtures, 'newark/space.xml'), 'utf8');
	write(path.join(to, 'tarshish/space.xml'), space.replaceAll('newark', 'tarshish').replaceAll('Newark', 'Tarshish')
		.replace(/<host>.*<\/host>/, ''));
	write(path.join(to, 'tarshish/guide/open.xml'), text.replaceAll('the-call-in', 'open').replace('Bring', `${inBody} ${version === 1 ? inOldVersion : ''} Bring`));
	write(path.join(to, 'tarshish/guide/closed.xml'), text.replaceAll('the-call-in', 'closed').replace('audience="public"', 'audience="space"')
		.replace('<dc:title>The call-in', `<dc:title>${inTitle}`));
	write(path.join(to, 'tarshish/guide/gone.xml'), text.replaceAll('the-call-in', 'gone').replace('Bring', `${inWithdrawn} Bring`));
	write(path.join(to, 'newark/guide/pointing.xml'), text.replaceAll('the-call-in', 'pointing').replace('space="tarshish"', 'space="newark"')
		.replace('<relation type="about" ref="national/strategy/group-violence"/>',
			'<relation type="about" ref="national/strategy/group-violence"/><relation type="about" ref="tarshish/guide/open"/>'));
	return to;
}

before(async () => {
	dir = temporary();
	good(commonweal(dir, ['import', fixtures], fast));
	for (const version of [1, 2]) {
		const folder = temporary();
		good(commonweal(dir, ['import', content(folder, version)], fast));
		fs.rmSync(folder, { recursive: true });
	}
	ids = {
		network: person(dir, 'network', { flags: ['--network-admin'] }),
		own: person(dir, 'own', { flags: [`--name=${inPerson}`, '--email=own@example.org'], roles: { tarshish: 'editor' } }),
		both: person(dir, 'both', { roles: { tarshish: 'reader', newark: 'editor' } }),
	};
	ids.space = sql("SELECT id FROM space WHERE slug = 'tarshish'");
	/* Withdrawn as record_withdraw does it. */
	const done = sqlite3(file(), `INSERT INTO tombstone (record_num, scope, reason, withdrawn_us)
		SELECT num, scope, '${inMemberNote}', 1 FROM record WHERE slug = 'gone'; UPDATE record SET scope = 'withdrawn' WHERE slug = 'gone';
		DELETE FROM search_word WHERE word LIKE 'gallimaufr%'`);
	assert.equal(done.status, 0, done.stderr);
	server = await Server.start({ dir, content: null, env: fast });
	network = await enter(server, 'network');
	const idOf = (slug) => sql(`SELECT id FROM record WHERE slug = '${slug}'`);
	for (const [slug, name, bytes] of [['open', 'own.pdf', ownFile], ['open', 'shared.pdf', sharedFile], ['the-call-in', 'shared.pdf', sharedFile]])
		assert.equal((await upload(network, `/records/${idOf(slug)}/files`, [{ name, bytes }])).status, 303, name);
	while (sql(`SELECT count(*) FROM attachment WHERE is_read = 0`) !== '0')
		await new Promise((r) => setTimeout(r, 50));
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

function run(args) {
	const child = spawn(path.join(build, 'commonweal'), args, { env: environment(dir, fast) });
	const done = { stdout: '', stderr: '' };
	child.stdout.setEncoding('utf8').on('data', (text) => { done.stdout += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { done.stderr += text; });
	return new Promise((resolve) => child.once('close', (status) => resolve({ ...done, status })));
}

/* People are added through the form, one after the other. */
function load(name) {
	const state = { sent: 0, kept: 0, stop: false };
	state.ended = (async () => {
		const page = await network.get('/admin/people/add');
		const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
		while (!state.stop) {
			const login = `${name}-${state.sent++}`;
			const answer = await network.post('/admin/people/invite', { csrf, name: login, login, email: `${login}@example.org` });
			assert.ok(answer.status === 303 || answer.status === 200, `${answer.status} ${answer.text.slice(0, 1500)}`);
			state.kept++;
		}
	})();
	return state;
}

const has = (word, ...files) => files.filter((name) => fs.existsSync(name) &&
	fs.readFileSync(name).toString('latin1').toLowerCase().includes(word.toLowerCase()));
const database = () => [file(), `${file()}-wal`, `${file()}-shm`];
const files = (folder) => fs.readdirSync(folder, { recursive: true }).filter((name) => fs.statSync(path.join(folder, name)).isFile()).sort();

test('export takes everything of the space, while the server writes', async () => {
	const to = path.join(dir, 'leaving'), writing = load('export');
	good(await run(['export', '--space', 'tarshish', to]));
	writing.stop = true;
	await writing.ended;
	assert.ok(writing.kept > 0);
	const list = files(to);
	for (const name of ['manifest.json', 'audit.jsonl', 'data/people.json', 'data/membership.json', 'data/record.json', 'data/relation.json',
		'records/tarshish/space.xml', 'records/tarshish/guide/open.xml', 'records/tarshish/guide/closed.xml', 'withdrawn/guide/gone.xml',
		'versions/guide/open/1.xml', 'versions/guide/open/2.xml'])
		assert.ok(list.includes(name), name);
	for (const word of marks)
		assert.ok(list.some((name) => has(word, path.join(to, name)).length), `${word} is in none of the files`);
	const told = JSON.parse(fs.readFileSync(path.join(to, 'manifest.json'), 'utf8'));
	assert.deepEqual(told.files.map((f) => f.path).sort(), list.filter((name) => name !== 'manifest.json'));
	for (const f of told.files)
		assert.equal(crypto.createHash('sha256').update(fs.readFileSync(path.join(to, f.path))).digest('hex'), f.sha256, f.path);
	assert.ok(fs.readFileSync(path.join(to, 'files/guide/open/own.pdf')).equals(ownFile));
	assert.ok(fs.readFileSync(path.join(to, 'files/guide/open/shared.pdf')).equals(sharedFile));
	/* Nothing of others, and no secret. */
	const people = JSON.parse(fs.readFileSync(path.join(to, 'data/people.json'), 'utf8'));
	assert.deepEqual(people.map((p) => p.login).sort(), ['both', 'own']);
	const records = JSON.parse(fs.readFileSync(path.join(to, 'data/record.json'), 'utf8'));
	assert.deepEqual(records.map((r) => r.slug).sort(), ['closed', 'gone', 'open']);
	assert.deepEqual(list.filter((name) => has('argon2', path.join(to, name)).length), []);
	assert.equal(fs.statSync(to).mode & 0o777, 0o700);
	assert.equal(fs.statSync(path.join(to, 'data/people.json')).mode & 0o777, 0o600);
	/* It can be imported elsewhere. */
	const other = temporary();
	good(commonweal(other, ['import', fixtures], fast));
	const back = commonweal(other, ['import', path.join(to, 'records')], fast);
	good(back);
	assert.match(back.stdout, /3 added/);
	fs.rmSync(other, { recursive: true });
	const again = commonweal(dir, ['export', '--space', 'tarshish', to], fast);
	assert.equal(again.status, 1);
	assert.match(again.stderr, /is not empty/);
	assert.equal(commonweal(dir, ['export', '--space', 'nowhere', path.join(dir, 'none')], fast).status, 1);
	assert.deepEqual(fs.readdirSync(dir).filter((name) => name.startsWith('none') || name.endsWith('.part')), []);
	fs.rmSync(to, { recursive: true });
});

test('purge asks, and the wrong word changes nothing', () => {
	const before_ = sql('SELECT count(*) FROM record');
	const no = commonweal(dir, ['purge', '--space', 'tarshish'], fast, 'tarshisch\n');
	assert.equal(no.status, 1);
	assert.match(no.stderr, /Nothing was changed/);
	assert.match(no.stdout, /3 rows of record\n/);
	assert.match(no.stdout, /newark\/guide\/pointing/);
	assert.equal(commonweal(dir, ['purge', '--space', 'tarshish'], fast).status, 1);
	assert.equal(commonweal(dir, ['purge'], fast).status, 2);
	const whole = commonweal(dir, ['purge', '--space', 'national', '--yes'], fast);
	assert.equal(whole.status, 1);
	assert.match(whole.stderr, /own space cannot be removed/);
	assert.equal(commonweal(dir, ['purge', '--space', 'nowhere', '--yes'], fast).status, 1);
	assert.equal(sql('SELECT count(*) FROM record'), before_);
});

test('purge removes it for good while the server writes, and nothing else', async () => {
	const rest = () => sql("SELECT group_concat(sha256) FROM (SELECT r.sha256 FROM record r JOIN space s ON s.id = r.space_id WHERE s.slug <> 'tarshish' ORDER BY r.num)");
	const kept = rest();
	const own = await enter(server, 'own'), both = await enter(server, 'both');
	assert.equal((await own.get('/s/tarshish/guides/closed')).status, 200);
	assert.equal((await new Client(server).get('/s/tarshish/guides/open')).status, 200);
	assert.equal(sql("SELECT count(*) FROM search_word WHERE word LIKE 'xylozo%'"), '1', 'did-you-mean knows it');
	assert.match(await server.text('/api/v1/search?q=xylozoic'), /"total": 1/);
	for (const word of marks)
		assert.ok(has(word, ...database()).length, `${word} was there`);
	const writing = load('purge');
	const done = await run(['purge', '--space', 'tarshish', '--yes']);
	writing.stop = true;
	await writing.ended;
	good(done);
	assert.ok(writing.kept > 0);
	assert.match(done.stdout, /Removed:[\s\S]*3 rows of record\n[\s\S]*2 memberships\n {2}1 people who were nowhere else/);
	assert.equal(sql("SELECT count(*) FROM account WHERE login LIKE 'purge-%'"), String(writing.kept));
	assert.match(done.stdout, / 1 attached files that nobody else has\n/);
	assert.ok(!fs.existsSync(stored(ownFile)));
	assert.ok(fs.existsSync(stored(sharedFile)), 'another space has it, too');
	/* The bytes. */
	for (const word of marks)
		assert.deepEqual(has(word, ...database()), [], word);
	/* The rows: only the audit log knows that it was there. */
	const tables = sql(`SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'audit' AND sql NOT LIKE 'CREATE VIRTUAL%'
		AND name NOT LIKE '%fts%'`).split('\n');
	for (const table of tables)
		assert.ok(!sql(`SELECT * FROM "${table}"`).includes(ids.space), table);
	assert.equal(sql("SELECT count(*) FROM account WHERE login = 'own'"), '0');
	assert.equal(sql("SELECT count(*) FROM membership m JOIN account a ON a.id = m.account_id WHERE a.login = 'both'"), '1');
	assert.equal(sql("SELECT count(*) FROM audit WHERE action = 'space.purge' AND space = 'tarshish' AND detail LIKE '%3 rows of record%'"), '1');
	assert.match(commonweal(dir, ['audit', 'verify'], fast).stdout, /is whole/);
	assert.equal(rest(), kept);
	/* What the running server says. */
	assert.equal((await new Client(server).get('/s/tarshish/guides/open')).status, 404);
	assert.equal((await new Client(server).get('/s/tarshish')).status, 404);
	assert.equal(sql("SELECT count(*) FROM search_word WHERE word LIKE 'xylozo%'"), '0');
	assert.match(await server.text('/api/v1/search?q=xylozoic'), /"total": 0/);
	assert.equal((await own.get('/account')).status, 303, 'signed out');
	assert.equal((await both.get('/account')).status, 303, 'signed out, too');
	assert.equal((await new Client(server).get('/s/newark/guides/pointing')).status, 200);
	/* Structure, references, search index: as a backup is checked. */
	good(commonweal(dir, ['backup', path.join(dir, 'after')], fast));
	for (const word of marks)
		assert.deepEqual(has(word, path.join(dir, 'after/commonweal.db')), [], word);
});
