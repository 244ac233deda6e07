// SPDX-License-Identifier: GPL-3.0-or-later
/* Backup and restore, done: while a server writes, with a disk that is full, killed
 * half way, damaged, older and newer. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { fetchBytes, pdf, upload } from '../support/files.mjs';
import { build, commonweal, environment, fixtures, Server, sqlite3, temporary } from '../support/server.mjs';

const program = path.join(build, 'commonweal');
let server, dir, network, guide;
const report = pdf(['The capybara stands here']);

before(async () => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	person(dir, 'network', { flags: ['--network-admin'] });
	server = await Server.start({ dir, content: null, env: fast });
	network = await enter(server, 'network');
	guide = JSON.parse((await network.get('/api/v1/records?type=guide')).text).items.find((r) => r.slug === 'the-call-in').id;
	assert.equal((await upload(network, `/records/${guide}/files`, [{ name: 'report.pdf', bytes: report }])).status, 303);
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

/* Runs the command beside this process, which goes on. */
function run(where, args, more = {}) {
	const child = spawn(program, args, { env: environment(where, { ...fast, ...more }) });
	const done = { stdout: '', stderr: '' };
	child.stdout.setEncoding('utf8').on('data', (text) => { done.stdout += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { done.stderr += text; });
	return new Promise((resolve) => child.once('close', (status, signal) => resolve({ ...done, status, signal })));
}

function sql(file, text) {
	const done = sqlite3(file, text, '-readonly');
	assert.equal(done.status, 0, done.stderr);
	return done.stdout.trim();
}

const good = (done) => assert.equal(done.status, 0, done.stderr);
const manifest = (backup) => JSON.parse(fs.readFileSync(path.join(backup, 'manifest.json'), 'utf8'));

/* Adds people through the administration's form, one after the other, each an
 * account and a row of the audit log in one write; and a file at times. */
function load() {
	const state = { sent: 0, kept: 0, files: 0, stop: false };
	state.ended = (async () => {
		const page = await network.get('/admin/people/add');
		const csrf = /name="csrf" value="([^"]*)"/.exec(page.text)[1];
		while (!state.stop) {
			const login = `load-${state.sent++}`;
			const answer = await network.post('/admin/people/invite', { csrf, name: login, login, email: `${login}@example.org` });
			assert.ok(answer.status === 303 || answer.status === 200, `${answer.status} ${answer.text.slice(0, 1500)}`);
			state.kept++;
			if (state.kept % 8 === 0) {
				const bytes = pdf([`File number ${state.files} of many`]);
				assert.equal((await upload(network, `/records/${guide}/files`, [{ name: `f${state.files}.pdf`, bytes }])).status, 303);
				state.files++;
			}
		}
	})();
	return state;
}

test('while the server writes: the backup is one moment, and nothing that was acknowledged before is missing', async () => {
	const writing = load();
	while (writing.kept < 5)
		await new Promise((r) => setImmediate(r));
	for (let i = 0; i < 3; i++) {
		const to = path.join(dir, `live-${i}`);
		const at = writing.kept;
		const done = await run(dir, ['backup', to]);
		const sent = writing.sent;
		good(done);
		assert.match(done.stdout, /^Saved, restored for a trial and found whole: /);
		assert.match(done.stderr, /copying the database: 100 %[\s\S]*checking the database: 100 %/);
		const file = path.join(to, 'commonweal.db');
		const accounts = Number(sql(file, "SELECT count(*) FROM account WHERE login LIKE 'load-%'"));
		assert.ok(accounts >= at && accounts <= sent, `${at} <= ${accounts} <= ${sent}`);
		assert.equal(sql(file, "SELECT count(*) FROM account a WHERE login LIKE 'load-%' AND NOT EXISTS (SELECT 1 FROM audit WHERE object = a.id)"), '0');
		assert.equal(sql(file, "SELECT group_concat(login) FROM (SELECT login FROM account WHERE login LIKE 'load-%' ORDER BY id)"),
			[...Array(accounts).keys()].map((n) => `load-${n}`).join(), 'no gap');
		const attached = Number(sql(file, 'SELECT count(*) FROM attachment'));
		assert.equal(Number(sql(file, 'SELECT count(*) FROM attachment t JOIN blob b ON b.hash = t.hash')), attached);
		assert.equal(manifest(to).files.count, Number(sql(file, 'SELECT count(*) FROM blob')));
		assert.equal(fs.readdirSync(path.join(to, 'files'), { recursive: true }).filter((name) => name.length === 65).length, manifest(to).files.count);
		assert.equal(manifest(to).rows.account, accounts + 1);
		assert.equal(manifest(to).database.sha256, crypto.createHash('sha256').update(fs.readFileSync(file)).digest('hex'));
	}
	writing.stop = true;
	await writing.ended;
	assert.ok(writing.kept > 20, 'it wrote all the time');
	assert.ok(writing.files > 1, 'files, too');
	/* Restored elsewhere, it is served. */
	const other = temporary(), from = path.join(dir, 'live-2');
	good(commonweal(other, ['restore', from], fast));
	const second = await Server.start({ dir: other, content: null, env: fast });
	assert.match(await second.text('/guides/the-call-in'), /How to hold a call-in/);
	const link = /href="([^"]*\/files\/[^"]*\/report\.pdf)"/.exec(await second.text('/guides/the-call-in'))[1];
	assert.ok((await fetchBytes(new Client(second), link)).bytes.equals(report));
	assert.match(commonweal(other, ['search', 'call-in']).stdout, /national\/guide\/the-call-in/);
	assert.match(commonweal(other, ['audit', 'verify']).stdout, /is whole/);
	assert.equal(sql(path.join(other, 'commonweal.db'), "SELECT totp_secret IS NOT NULL FROM account WHERE login = 'network'"), '1');
	assert.equal((await second.end()).code, 0);
});

test('files are for their owner alone, and no part is left', () => {
	for (const name of ['.', 'files', 'commonweal.db', 'manifest.json'])
		assert.equal(fs.statSync(path.join(dir, 'live-0', name)).mode & 0o777, name.length < 6 ? 0o700 : 0o600, name);
	assert.deepEqual(fs.readdirSync(path.join(dir, 'live-0')).sort(), ['commonweal.db', 'files', 'manifest.json']);
	assert.deepEqual(fs.readdirSync(dir).filter((name) => name.includes('part')), []);
});

test('it overwrites nothing', () => {
	const to = path.join(dir, 'live-0'), bytes = fs.readFileSync(path.join(to, 'manifest.json'));
	const again = commonweal(dir, ['backup', `${to}/`]);
	assert.equal(again.status, 1);
	assert.match(again.stderr, /is there already/);
	assert.ok(bytes.equals(fs.readFileSync(path.join(to, 'manifest.json'))));
	fs.writeFileSync(path.join(dir, 'a-file'), 'mine');
	assert.equal(commonweal(dir, ['backup', path.join(dir, 'a-file')]).status, 1);
	assert.equal(fs.readFileSync(path.join(dir, 'a-file'), 'utf8'), 'mine');
});

test('wrong use, no data, no folder', () => {
	assert.equal(commonweal(dir, ['backup']).status, 2);
	assert.equal(commonweal(dir, ['backup', '--fast', 'x']).status, 2);
	const none = temporary();
	const absent = commonweal(none, ['backup', path.join(none, 'b')]);
	assert.equal(absent.status, 1);
	assert.match(absent.stderr, /There is no data file/);
	assert.deepEqual(fs.readdirSync(none), []);
	const nowhere = commonweal(dir, ['backup', path.join(dir, 'no', 'such', 'b')]);
	assert.equal(nowhere.status, 1);
	assert.match(nowhere.stderr, /No such file/);
	assert.match(commonweal(none, ['restore', path.join(none, 'b')]).stderr, /There is no folder/);
	fs.rmSync(none, { recursive: true });
});

test('--verify-only reads, from a place where nothing can be written too', () => {
	const copy = path.join(dir, 'read-only');
	fs.cpSync(path.join(dir, 'live-1'), copy, { recursive: true });
	fs.chmodSync(path.join(copy, 'commonweal.db'), 0o400);
	fs.chmodSync(copy, 0o500);
	const empty = temporary(), scratch = temporary();
	const done = commonweal(empty, ['backup', '--verify-only', copy], { TMPDIR: scratch });
	good(done);
	assert.match(done.stdout, /^Whole: /);
	assert.deepEqual(fs.readdirSync(empty), [], 'it needs no data file and makes none');
	assert.deepEqual(fs.readdirSync(scratch), [], 'what it tried is gone');
	assert.deepEqual(fs.readdirSync(copy).sort(), ['commonweal.db', 'files', 'manifest.json']);
	fs.chmodSync(copy, 0o700);
});

/* A copy of a backup with something done to it. */
function spoiled(name, change) {
	const copy = path.join(dir, name);
	fs.cpSync(path.join(dir, 'live-1'), copy, { recursive: true });
	change(copy, path.join(copy, 'commonweal.db'));
	return copy;
}
/* The manifest again right for the file. */
function signed(copy, change = () => {}) {
	const bytes = fs.readFileSync(path.join(copy, 'commonweal.db')), told = manifest(copy);
	told.database.sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
	told.database.size = bytes.length;
	change(told);
	fs.writeFileSync(path.join(copy, 'manifest.json'), JSON.stringify(told));
}
function edit(file, text) {
	const done = sqlite3(file, text);
	assert.equal(done.status, 0, done.stderr);
}

const attached = (copy) => fs.readdirSync(path.join(copy, 'files'), { recursive: true }).filter((name) => name.length === 65);

test('a damaged backup is refused, by the check and by restore, which changes nothing', () => {
	const cases = {
		'one-byte': [(copy, file) => {
			const bytes = fs.readFileSync(file);
			bytes[bytes.length >> 1] ^= 1;
			fs.writeFileSync(file, bytes);
		}, /is not the file that was saved/],
		'cut-off': [(copy, file) => fs.truncateSync(file, fs.statSync(file).size - 4096), /is not the file that was saved/],
		'no-database': [(copy, file) => fs.rmSync(file), /is missing/],
		'no-manifest': [(copy) => fs.rmSync(path.join(copy, 'manifest.json')), /manifest\.json is missing or damaged/],
		'bad-manifest': [(copy) => fs.writeFileSync(path.join(copy, 'manifest.json'), '{"format": 1'), /manifest\.json is missing or damaged/],
		'torn-page': [(copy, file) => {
			const bytes = fs.readFileSync(file);
			bytes.fill(0xff, bytes.length - 4096, bytes.length - 2048);
			bytes.fill(0xff, 8192, 8192 + 64);
			fs.writeFileSync(file, bytes);
			signed(copy);
		}, /damaged/],
		'file-changed': [(copy) => {
			const name = path.join(copy, 'files', attached(copy)[0]);
			const bytes = fs.readFileSync(name);
			bytes[3] ^= 1;
			fs.writeFileSync(name, bytes);
		}, /damaged: The file .* is damaged/],
		'file-gone': [(copy) => fs.rmSync(path.join(copy, 'files', attached(copy)[0])), /damaged: .*No such file/],
		'lost-row': [(copy, file) => {
			edit(file, 'PRAGMA foreign_keys = OFF; DELETE FROM record_subject WHERE record_num = 1');
			signed(copy);
		}, /table record_subject has/],
		'orphan': [(copy, file) => {
			edit(file, "PRAGMA foreign_keys = OFF; DELETE FROM account WHERE login = 'network'");
			signed(copy);
		}, /refers to a row of account that is not there/],
		'index': [(copy, file) => {
			edit(file, "DROP TRIGGER record_fts_update; UPDATE record SET body = 'something else altogether' WHERE num = 1");
			signed(copy);
		}, /search index record_fts does not fit/],
		'audit': [(copy, file) => {
			edit(file, "DROP TRIGGER audit_update; UPDATE audit SET login = 'someone else' WHERE num = 2");
			signed(copy);
		}, /row 2 of its audit log is wrong/],
	};
	const target = temporary();
	good(commonweal(target, ['import', path.join(fixtures, 'national/space.xml')]));
	const bytes = fs.readFileSync(path.join(target, 'commonweal.db')), names = fs.readdirSync(target);
	for (const [name, [change, words]] of Object.entries(cases)) {
		const copy = spoiled(name, change);
		for (const args of [['backup', '--verify-only', copy], ['restore', copy]]) {
			const done = commonweal(target, args);
			assert.equal(done.status, 1, `${name}: ${done.stdout}`);
			assert.match(done.stderr, words, name);
		}
		assert.ok(bytes.equals(fs.readFileSync(path.join(target, 'commonweal.db'))), name);
		assert.deepEqual(fs.readdirSync(target), names, name);
	}
	fs.rmSync(target, { recursive: true });
});

test('restore refuses while a program has the data open', async () => {
	const before_ = fs.statSync(path.join(dir, 'commonweal.db')).ino;
	const done = commonweal(dir, ['restore', path.join(dir, 'live-1')]);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /A server or a command is using .*Stop it first; nothing was changed/);
	assert.equal(fs.statSync(path.join(dir, 'commonweal.db')).ino, before_);
	assert.equal((await network.get('/admin')).status, 200);
});

test('restore keeps what was there, brings no session back, and notes it in the audit log', async () => {
	const other = temporary();
	good(commonweal(other, ['import', fixtures]));
	fs.chmodSync(path.join(other, 'commonweal.db'), 0o600);
	good(commonweal(other, ['account', 'add', 'only-here'], fast));
	const from = path.join(dir, 'live-1');
	assert.notEqual(sql(path.join(from, 'commonweal.db'), 'SELECT count(*) FROM session'), '0');
	const done = commonweal(other, ['restore', from], fast);
	good(done);
	const aside = /is kept: (.*)\n/.exec(done.stdout)[1];
	assert.equal(sql(aside, "SELECT count(*) FROM account WHERE login = 'only-here'"), '1');
	assert.equal(fs.statSync(aside).mode & 0o777, 0o600);
	const file = path.join(other, 'commonweal.db');
	assert.equal(sql(file, "SELECT count(*) FROM account WHERE login = 'only-here'"), '0');
	assert.equal(sql(file, 'SELECT count(*) FROM session'), '0');
	assert.equal(sql(file, 'SELECT action FROM audit ORDER BY num DESC LIMIT 1'), 'database.restore');
	assert.equal(fs.statSync(file).mode & 0o777, 0o600);
	assert.match(commonweal(other, ['audit', 'verify']).stdout, /is whole/);
	assert.deepEqual(fs.readdirSync(other).filter((name) => !/^commonweal\.(db|files)/.test(name)), []);
	fs.rmSync(other, { recursive: true });
});

test('after a crash the old write-ahead log stays with the old database', async () => {
	const other = temporary();
	const crashed = await Server.start({ dir: other, env: fast });
	assert.equal((await new Client(crashed).signIn('in-the-log', 'x')).status, 400);
	await crashed.stop('SIGKILL');
	assert.ok(fs.statSync(path.join(other, 'commonweal.db-wal')).size > 0, 'it was killed with a log');
	const done = commonweal(other, ['restore', path.join(dir, 'live-1')], fast);
	good(done);
	const aside = /is kept: (.*)\n/.exec(done.stdout)[1];
	assert.equal(sql(aside, "SELECT count(*) FROM audit WHERE login = 'in-the-log'"), '1');
	assert.equal(sql(path.join(other, 'commonweal.db'), "SELECT count(*) FROM audit WHERE login = 'in-the-log'"), '0');
	fs.rmSync(other, { recursive: true });
});

/* As it was before there were tickets. */
const older = "DROP TABLE ticket; DELETE FROM schema_version WHERE module = 'ticket'";

test('an older schema is brought up to date, a newer one refused with words', () => {
	const old = spoiled('older', (copy, file) => {
		edit(file, older);
		signed(copy, (told) => {
			delete told.schema.ticket;
			delete told.rows.ticket;
			told.rows.schema_version = Number(sql(file, 'SELECT count(*) FROM schema_version'));
		});
	});
	const target = temporary();
	good(commonweal(target, ['restore', old], fast));
	assert.deepEqual(fs.readdirSync(target).sort(), ['commonweal.db', 'commonweal.db-lock', 'commonweal.files']);
	assert.equal(sql(path.join(target, 'commonweal.db'), "SELECT count(*) FROM sqlite_schema WHERE name = 'ticket'"), '1');
	const names = fs.readdirSync(target), bytes = fs.readFileSync(path.join(target, 'commonweal.db'));
	for (const [name, change, told, words] of [
		['newer-step', "INSERT INTO schema_version SELECT module, 99, sha256, applied_us FROM schema_version WHERE module = 'record' AND version = 1",
			(m) => { m.schema.record = 99; }, /comes from a newer Commonweal \(record has step 99\)/],
		['newer-part', "INSERT INTO schema_version SELECT 'oracle', 1, sha256, applied_us FROM schema_version WHERE module = 'record' AND version = 1",
			(m) => { m.schema.oracle = 1; }, /comes from a newer Commonweal .* has no oracle/],
		['newer-format', 'SELECT 1', (m) => { m.format = 2; }, /was made by a newer Commonweal/],
	]) {
		const copy = spoiled(name, (where, file) => {
			edit(file, change);
			signed(where, (m) => {
				m.rows.schema_version = Number(sql(file, 'SELECT count(*) FROM schema_version'));
				told(m);
			});
		});
		const done = commonweal(target, ['restore', copy], fast);
		assert.equal(done.status, 1, name);
		assert.match(done.stderr, words);
		assert.deepEqual(fs.readdirSync(target), names);
		assert.ok(bytes.equals(fs.readFileSync(path.join(target, 'commonweal.db'))));
	}
	fs.rmSync(target, { recursive: true });
});

test('a full disk leaves nothing half, and says so', () => {
	/* A file size limit stands for the disk's: both end a write half way. */
	const limited = (blocks, args, where = dir) => spawnSync('sh', ['-c', `trap '' XFSZ; ulimit -f ${blocks}; exec "$0" "$@"`, program, ...args],
		{ env: environment(where, fast), encoding: 'utf8' });
	const to = path.join(dir, 'too-much'), size = fs.statSync(path.join(dir, 'live-1/commonweal.db')).size;
	for (const blocks of [100, Math.floor(size / 1024), Math.floor(size / 512) - 8]) {
		const done = limited(blocks, ['backup', to]);
		assert.equal(done.status, 1, `${blocks}: ${done.stdout}`);
		assert.match(done.stderr, /The disk is full/, `${blocks}`);
		assert.deepEqual(fs.readdirSync(dir).filter((name) => name.startsWith('too-much')), []);
	}
	const target = temporary();
	good(commonweal(target, ['import', fixtures]));
	const bytes = fs.readFileSync(path.join(target, 'commonweal.db'));
	const done = limited(64, ['restore', path.join(dir, 'live-1')], target);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /The disk is full/);
	assert.ok(bytes.equals(fs.readFileSync(path.join(target, 'commonweal.db'))));
	assert.deepEqual(fs.readdirSync(target).filter((name) => name.includes('restore')), []);
	fs.rmSync(target, { recursive: true });
});

/* Kills the command as soon as it says `words`, or (number) after that many ms. */
function killed(where, args, when) {
	const child = spawn(program, args, { env: environment(where, fast) });
	let stderr = '';
	child.stderr.setEncoding('utf8').on('data', (text) => {
		stderr += text;
		if (typeof when !== 'number' && when.test(stderr))
			child.kill('SIGKILL');
	});
	if (typeof when === 'number')
		setTimeout(() => child.kill('SIGKILL'), when);
	return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, stderr })));
}

test('killed at any moment: either a whole backup, or none; and the next one works', async () => {
	const big = temporary(), many = temporary();
	const text = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');
	good(commonweal(big, ['import', fixtures]));
	for (let i = 0; i < 200; i++)
		fs.writeFileSync(path.join(many, `g${i}.xml`), text.replaceAll('the-call-in', `g${i}`).replace('Bring', `${crypto.randomBytes(24000).toString('hex').replaceAll(/(.{9})/g, '$1 ')} Bring`));
	good(commonweal(big, ['import', many]));
	const to = path.join(big, 'b');
	let half = 0;
	for (const when of [/copying the database: [1-5]0 %/, /checking the database: 0 %/, 5, 20, 40, 80, 120, 180]) {
		const { signal } = await killed(big, ['backup', to], when);
		half += fs.existsSync(`${to}.part`);
		if (fs.existsSync(to)) {
			good(commonweal(big, ['backup', '--verify-only', to]));
			fs.rmSync(to, { recursive: true });
		} else {
			assert.equal(signal, 'SIGKILL');
		}
	}
	assert.ok(half > 0, 'it was killed half way at least once');
	good(commonweal(big, ['backup', to]));
	assert.deepEqual(fs.readdirSync(big).filter((name) => name.includes('part')), []);
	/* Restore: the old data or the new, never less. */
	const target = temporary();
	good(commonweal(target, ['import', path.join(fixtures, 'national/space.xml')]));
	let old = 0;
	for (const when of [/checking the database: 0 %/, /bringing it up to date: 0 %/, 10, 60, 150, 250, 400]) {
		await killed(target, ['restore', to], when);
		const found = commonweal(target, ['search', '"how to hold"']);
		good(found);
		if (/^0 results/.test(found.stdout))
			old++;
		else
			assert.match(found.stdout, /^201 results/);
		assert.match(commonweal(target, ['audit', 'verify']).stdout, /is whole/);
	}
	assert.ok(old > 0);
	good(commonweal(target, ['restore', to]));
	assert.match(commonweal(target, ['search', '"how to hold"']).stdout, /^201 results/);
	assert.deepEqual(fs.readdirSync(target).filter((name) => name.endsWith('restore')), []);
	for (const folder of [big, many, target])
		fs.rmSync(folder, { recursive: true });
});

test('two at once to the same place: one of them', async () => {
	const to = path.join(dir, 'twice');
	const both = await Promise.all([run(dir, ['backup', to]), run(dir, ['backup', to])]);
	assert.deepEqual(both.map((d) => d.status).sort(), [0, 1], `${both.map((d) => d.stderr)}`);
	good(commonweal(dir, ['backup', '--verify-only', to]));
});

test('the server makes backups by itself, keeps as many as it is told, and shows them to administrators', async (t) => {
	const own = temporary(), folder = path.join(own, 'backups');
	good(commonweal(own, ['import', fixtures], fast));
	person(own, 'network', { flags: ['--network-admin'] });
	const busy = await Server.start({ dir: own, content: null, env: fast,
		args: [`--backup-folder=${folder}`, '--backup-interval=1s', '--backup-check-interval=1s', '--backup-keep=2'] });
	t.after(() => busy.end());
	const admin = await enter(busy, 'network');
	const record = JSON.parse((await admin.get('/api/v1/records?type=guide')).text).items[0].id;
	assert.equal((await upload(admin, `/records/${record}/files`, [{ name: 'report.pdf', bytes: report }])).status, 303);
	const made = () => [...busy.stderr.matchAll(/backup\.made name=(\S+)/g)].map((m) => m[1]);
	while (made().length < 6 || !/backup\.drop name=/.test(busy.stderr)) {
		assert.doesNotMatch(busy.stderr, /job\.(again|failed)/);
		await new Promise((resolve) => busy.child.stderr.once('data', resolve));
	}
	const kept = fs.readdirSync(folder).filter((name) => !name.endsWith('.part'));
	assert.ok(kept.length <= 3 && kept.length >= 2, `${kept}`);
	good(commonweal(own, ['backup', '--verify-only', path.join(folder, made().at(-1))]));
	/* A file that did not change is there once. */
	const last = fs.readdirSync(folder).filter((name) => !name.endsWith('.part')).sort().slice(-2);
	const inodes = last.map((name) => fs.statSync(path.join(folder, name, 'files', attached(path.join(folder, name))[0])).ino);
	assert.equal(inodes[0], inodes[1]);
	const page = (await admin.get('/admin/jobs')).text;
	assert.match(page, /<h2[^>]*>Backups<\/h2>/);
	assert.match(page, /commonweal-\d{8}T\d{6}Z/);
	assert.match(page, /<th scope="row">backup<\/th>/);
	assert.match((await admin.get('/admin')).text, /Last backup<\/dt><dd>commonweal-\d{8}T\d{6}Z \(/);
});

test('a backup that cannot be made is told on the jobs page, and tried again', async (t) => {
	const own = temporary(), folder = path.join(own, 'backups');
	good(commonweal(own, ['import', fixtures], fast));
	person(own, 'network', { flags: ['--network-admin'] });
	fs.writeFileSync(folder, 'a file is in the way');
	const busy = await Server.start({ dir: own, content: null, env: fast,
		args: [`--backup-folder=${folder}`, '--backup-check-interval=1s'] });
	t.after(() => busy.end());
	while (!/job\.again .*kind=backup/.test(busy.stderr))
		await new Promise((resolve) => busy.child.stderr.once('data', resolve));
	const admin = await enter(busy, 'network');
	assert.match((await admin.get('/admin/jobs')).text, /cannot be read/);
	fs.rmSync(folder);
	while (!/backup\.made/.test(busy.stderr))
		await new Promise((resolve) => busy.child.stderr.once('data', resolve));
	/* The job's row is written after the backup is. */
	while (/cannot be read/.test((await admin.get('/admin/jobs')).text))
		await new Promise((resolve) => setImmediate(resolve));
	/* Without the option the job is gone from the list. */
	await busy.stop();
	const quiet = await Server.start({ dir: own, content: null, env: fast });
	t.after(() => quiet.end());
	assert.equal(sql(path.join(own, 'commonweal.db'), "SELECT count(*) FROM job WHERE kind = 'backup'"), '0');
});
