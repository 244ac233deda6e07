// SPDX-License-Identifier: GPL-3.0-or-later
/* Running it: options, start, stop, disks that are full, read-only or broken. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { build, commonweal, environment, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';
import { get } from './helpers.mjs';

const nobody = 65534;

function serverOnce(dir, args, more = {}) {
	return spawnSync(path.join(build, 'commonweald'), args, { env: environment(dir, more), encoding: 'utf8', timeout: 20000 });
}

test('an unknown option names the nearest', () => {
	const dir = temporary();
	const done = serverOnce(dir, ['--lisen=127.0.0.1:0']);
	assert.equal(done.status, 2);
	assert.match(done.stderr, /lisen.*listen/s);
	const value = serverOnce(dir, ['--io-threads=many']);
	assert.equal(value.status, 2);
	assert.match(value.stderr, /io-threads/);
	const range = serverOnce(dir, ['--io-threads=1000']);
	assert.match(range.stderr, /64/);
	fs.writeFileSync(path.join(dir, 'bad.conf'), '# comment\nio-threads = 2\nhandlr-threads = 3\n');
	const file = serverOnce(dir, [`--config=${path.join(dir, 'bad.conf')}`]);
	assert.equal(file.status, 2);
	assert.match(file.stderr, /bad\.conf:3.*handler-threads/s);
	const environment_ = serverOnce(dir, [], { COMMONWEAL_LISTN: 'x' });
	assert.equal(environment_.status, 2);
	fs.rmSync(dir, { recursive: true });
});

test('help lists every option with its default', () => {
	const dir = temporary();
	const done = serverOnce(dir, ['--help']);
	assert.equal(done.status, 0);
	for (const name of ['listen', 'data', 'templates', 'static', 'schemas', 'thesaurus', 'io-threads', 'handler-threads', 'max-body-size', 'drain-time', 'cache-size'])
		assert.match(done.stdout, new RegExp(`--${name}`));
	assert.match(done.stdout, /127\.0\.0\.1:8080/);
	fs.rmSync(dir, { recursive: true });
});

test('later sources win', async (t) => {
	const dir = temporary();
	fs.writeFileSync(path.join(dir, 'a.conf'), 'log-level = error\nmetrics-token = from-file\n');
	const server = await Server.start({ dir, args: [], env: { COMMONWEAL_CONFIG: path.join(dir, 'a.conf'), COMMONWEAL_LOG_LEVEL: 'info' } });
	t.after(() => server.end());
	assert.equal((await get(server.port, '/metrics', { 'X-Forwarded-For': '203.0.113.9', Authorization: 'Bearer from-file' })).status, 200);
	assert.match(server.stderr, /info server\.start/);
});

test('a port in use is told plainly', async () => {
	const taken = net.createServer().listen(0, '127.0.0.1');
	await new Promise((r) => taken.once('listening', r));
	const dir = temporary();
	const done = serverOnce(dir, [`--listen=127.0.0.1:${taken.address().port}`]);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /in use/);
	taken.close();
	fs.rmSync(dir, { recursive: true });
});

test('SIGTERM lets requests finish and ends with 0', async (t) => {
	const server = await Server.start();
	t.after(() => server.end());
	const many = [...Array(40)].map((_, i) => get(server.port, `/search?q=call${i}`).then((a) => a.status, (e) => e.code));
	await get(server.port, '/healthz');
	const { code, signal } = await server.stop();
	assert.equal(code, 0, `${signal} ${server.stderr}`);
	const statuses = await Promise.all(many);
	assert.ok(statuses.every((s) => s === 200 || s === 503 || s === 'ECONNRESET' || s === 'ECONNREFUSED'), statuses.join());
	assert.ok(statuses.some((s) => s === 200));
	assert.match(server.stderr, /server\.stop/);
});

test('the log names request, space, route and status, one line each', async (t) => {
	const server = await Server.start();
	t.after(() => server.end());
	await get(server.port, '/s/cincinnati/profiles/cincinnati');
	await get(server.port, '/search?q=%0aforged%20line');
	await server.end();
	assert.match(server.stderr, /info request\.done request=[0-9a-f]{16} space=cincinnati status=200 ms=[\d.]+ bytes=\d+ route=\/profiles\/\{slug:slug\}/);
	for (const line of server.stderr.trim().split('\n'))
		assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warn|error) [a-z.]+/, line);
});

test('metrics count', async (t) => {
	const server = await Server.start();
	t.after(() => server.end());
	await get(server.port, '/about');
	await get(server.port, '/about');
	await get(server.port, '/search?q=call-in');
	await get(server.port, '/search?q=xyzzyplugh');
	const text = await server.text('/metrics');
	assert.match(text, /^# TYPE commonweal_/m);
	assert.match(text, /commonweal_[a-z_]*requests_total\{status="2xx"\} [1-9]/);
	assert.match(text, /cache_hits_total [1-9]/);
	assert.match(text, /^commonweal_searches_total 2$/m);
	assert.match(text, /^commonweal_searches_empty_total 1$/m);
	const writes = (t_) => [...t_.matchAll(/^commonweal_write(?:s|_groups)_total (\d+)$/gm)].map((m) => Number(m[1]));
	const [all, groups] = writes(text);
	assert.ok(groups >= 1 && groups <= all, text);
});

test('a changed record is seen at once, though pages are cached', async (t) => {
	const server = await Server.start();
	t.after(() => server.end());
	assert.match(await server.text('/guides/the-call-in'), /How to hold a call-in/);
	const copy = path.join(server.dir, 'changed.xml');
	fs.writeFileSync(copy, fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8').replace('How to hold', 'The way to hold'));
	assert.equal(commonweal(server.dir, ['import', copy]).status, 0);
	assert.match(await server.text('/guides/the-call-in'), /The way to hold a call-in/);
	assert.match(await server.text('/search?q=call-in'), /The way to hold/);
});

/* The data file in a folder of its own that nobody may enter or not write. */
function asNobody(dir, program, args, more) {
	if (process.getuid() !== 0)
		return spawnSync(program, args, { env: environment(dir, more), encoding: 'utf8', timeout: 20000 });
	return spawnSync(program, args, { env: environment(dir, more), encoding: 'utf8', timeout: 20000, uid: nobody, gid: nobody });
}

test('a read-only database refuses an import and keeps its content', () => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	const copy = path.join(dir, 'changed.xml');
	fs.writeFileSync(copy, fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8').replace('How to hold', 'Changed'));
	const bytes = fs.readFileSync(path.join(dir, 'commonweal.db'));
	for (const file of fs.readdirSync(dir).filter((name) => name.startsWith('commonweal.db')))
		fs.chmodSync(path.join(dir, file), 0o444);
	fs.chmodSync(dir, 0o555);
	const done = asNobody(dir, path.join(build, 'commonweal'), ['import', copy]);
	assert.equal(done.status, 1, done.stdout);
	assert.match(done.stderr, /cannot be (written|opened)/);
	fs.chmodSync(dir, 0o755);
	assert.ok(bytes.equals(fs.readFileSync(path.join(dir, 'commonweal.db'))));
	fs.rmSync(dir, { recursive: true });
});

test('a full disk keeps the old content', () => {
	const dir = temporary(), many = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	const good = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');
	for (let i = 0; i < 300; i++)
		fs.writeFileSync(path.join(many, `g${i}.xml`), good.replaceAll('the-call-in', `g${i}`).replace('Bring', 'Bring '.repeat(300)));
	/* A file size limit stands for the disk's: both end a write half way. */
	const done = spawnSync('sh', ['-c', `trap '' XFSZ; ulimit -f 600; exec "$0" import "$1"`, path.join(build, 'commonweal'), many],
		{ env: environment(dir), encoding: 'utf8' });
	assert.equal(done.status, 1, done.stdout);
	assert.match(done.stderr, /Nothing was saved|disk/);
	const found = commonweal(dir, ['search', '"how to hold"']);
	assert.equal(found.status, 0, found.stderr);
	assert.match(found.stdout, /^1 result/);
	assert.equal(commonweal(dir, ['import', many]).status, 0, 'with room it works');
	fs.rmSync(dir, { recursive: true });
	fs.rmSync(many, { recursive: true });
});

test('a corrupt database is refused untouched', () => {
	const dir = temporary(), file = path.join(dir, 'commonweal.db');
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	const bytes = fs.readFileSync(file);
	const garbage = Buffer.alloc(bytes.length, 0x5a);
	fs.writeFileSync(file, garbage);
	const done = serverOnce(dir, ['--listen=127.0.0.1:0']);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /damaged|not a database|Restore/i);
	assert.ok(garbage.equals(fs.readFileSync(file)));
	fs.writeFileSync(file, 'not a database at all');
	assert.match(serverOnce(dir, ['--listen=127.0.0.1:0']).stderr, /damaged|database/i);
	fs.rmSync(dir, { recursive: true });
});

test('a database of another program is refused untouched', () => {
	const dir = temporary(), file = path.join(dir, 'commonweal.db');
	assert.equal(sqlite3(file, 'CREATE TABLE other (x); PRAGMA user_version = 7; PRAGMA application_id = 99').status, 0);
	const bytes = fs.readFileSync(file);
	const done = serverOnce(dir, ['--listen=127.0.0.1:0']);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /another program|not a Commonweal/i);
	assert.ok(bytes.equals(fs.readFileSync(file)));
	fs.rmSync(dir, { recursive: true });
});

test('changed or newer migrations are refused untouched', () => {
	for (const change of ["UPDATE schema_version SET sha256 = 'x' WHERE module = 'record'",
		"INSERT INTO schema_version SELECT module, 99, sha256, applied_us FROM schema_version WHERE module = 'record' AND version = 1"]) {
		const dir = temporary(), file = path.join(dir, 'commonweal.db');
		assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
		const changed = sqlite3(file, change);
		assert.equal(changed.status, 0, changed.stderr);
		const done = serverOnce(dir, ['--listen=127.0.0.1:0']);
		assert.equal(done.status, 1, change);
		assert.match(done.stderr, /newer|changed/i);
		fs.rmSync(dir, { recursive: true });
	}
});

test('a missing folder of templates or a wrong schema stops the start with its name', () => {
	const dir = temporary();
	assert.match(serverOnce(dir, ['--listen=127.0.0.1:0', '--templates=/no/such']).stderr, /\/no\/such/);
	assert.match(serverOnce(dir, ['--listen=127.0.0.1:0', '--static=/no/such']).stderr, /\/no\/such/);
	fs.writeFileSync(path.join(dir, 'thesaurus.txt'), '# words\nalone\n');
	assert.match(serverOnce(dir, ['--listen=127.0.0.1:0', `--thesaurus=${path.join(dir, 'thesaurus.txt')}`]).stderr, /thesaurus\.txt:2/);
	fs.mkdirSync(path.join(dir, 'templates'));
	fs.writeFileSync(path.join(dir, 'templates/site.xhtml'), '<c:template xmlns="http://www.w3.org/1999/xhtml" xmlns:c="urn:commonweal:template:1">\n<script>{x}</script></c:template>');
	assert.match(serverOnce(dir, ['--listen=127.0.0.1:0', `--templates=${path.join(dir, 'templates')}`]).stderr, /site\.xhtml:2/);
	fs.rmSync(dir, { recursive: true });
});
