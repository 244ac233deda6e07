// SPDX-License-Identifier: GPL-3.0-or-later
/* The running server, confined: everything it does works, its process has what
 * the kernel shows of a confined one, and root is given up. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { build, commonweal, environment, fixtures, Server, sqlite3, temporary, top } from '../support/server.mjs';
import { crawl } from './helpers.mjs';

const root = process.getuid() === 0;
const nobody = 65534;

/* Of every thread: /proc/PID/task/TID/status as { Seccomp: '2', ... }. */
function threads(server) {
	const dir = `/proc/${server.child.pid}/task`;
	return fs.readdirSync(dir).map((tid) => Object.fromEntries(fs.readFileSync(path.join(dir, tid, 'status'), 'utf8')
		.trim().split('\n').map((line) => line.split(/:\s*/))));
}

/* What the server says that it did; null in a build with sanitizers. */
function confined(server) {
	if (/sandbox\.off reason=sanitizer/.test(server.stderr))
		return null;
	const said = /sandbox\.on mode=(\w+) landlock=(\d+) seccomp=(yes|no)/.exec(server.stderr);
	assert.ok(said, server.stderr);
	return { mode: said[1], landlock: Number(said[2]), seccomp: said[3] === 'yes' };
}

function once(dir, args) {
	return spawnSync(path.join(build, 'commonweald'), ['--listen=127.0.0.1:0', ...args],
		{ env: environment(dir), encoding: 'utf8', timeout: 20000 });
}

function checkProcess(t, server) {
	const state = confined(server);
	for (const thread of threads(server))
		assert.equal(thread.NoNewPrivs, '1', thread.Name);
	if (!state) {
		t.diagnostic('NOT CHECKED: seccomp, Landlock (a build with sanitizers)');
		return;
	}
	if (!state.landlock)
		t.diagnostic('NOT CHECKED: Landlock (this kernel has none)');
	if (!state.seccomp) {
		t.diagnostic('NOT CHECKED: seccomp (this kernel has none)');
		return;
	}
	assert.ok(threads(server).length >= 6);
	for (const thread of threads(server)) {
		assert.equal(thread.Seccomp, '2', thread.Name);
		assert.equal(thread.Seccomp_filters, '2', thread.Name);
	}
	assert.match(fs.readFileSync(`/proc/${server.child.pid}/limits`, 'utf8'), /Max core file size +0 /);
}

test('every page, an import beside it, logs turned, an orderly end', async (t) => {
	const dir = temporary();
	const log = temporary();
	const server = await Server.start({ dir, args: [`--log-file=${path.join(log, 'server.log')}`] });
	t.after(async () => {
		await server.end();
		fs.rmSync(log, { recursive: true });
	});
	server.stderr = fs.readFileSync(path.join(log, 'server.log'), 'utf8');
	checkProcess(t, server);
	const pages = await crawl(server);
	assert.ok(pages.size > 50, `${pages.size} pages`);
	for (const [address, answer] of pages)
		assert.ok(answer.status < 500, `${address}: ${answer.status}`);
	/* Enough to make the write-ahead log grow and be folded in. */
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')]);
	assert.equal(done.status, 0, done.stderr);
	const more = await crawl(server, ['/', '/search?q=forum', '/library', '/api/v1/records'], { most: 400 });
	for (const [address, answer] of more)
		assert.ok(answer.status < 500, `${address}: ${answer.status}`);
	fs.renameSync(path.join(log, 'server.log'), path.join(log, 'server.log.1'));
	server.child.kill('SIGHUP');
	for (let i = 0; i < 100 && !fs.existsSync(path.join(log, 'server.log')); i++)
		await new Promise((resolve) => setTimeout(resolve, 20));
	assert.ok((await server.text('/about?again')).length > 0);
	assert.match(fs.readFileSync(path.join(log, 'server.log'), 'utf8'), /request\.done/);
	assert.deepEqual(await server.stop(), { code: 0, signal: null });
	assert.ok(!fs.existsSync(path.join(dir, 'commonweal.db-wal')), 'the log of the database was folded in');
});

test('an upgrade runs confined, with its backup', () => {
	const dir = temporary();
	const file = path.join(dir, 'commonweal.db');
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	/* As if its steps were new. */
	const undone = sqlite3(file, "DELETE FROM schema_version WHERE module = 'search'");
	assert.equal(undone.status, 0, undone.stderr);
	const started = once(dir, []);
	/* They fail, as the tables are there; the backup before them was made. */
	assert.equal(started.status, 1, started.stderr);
	assert.ok(fs.readdirSync(dir).some((name) => /-before-.*\.bak$/.test(name)), fs.readdirSync(dir).join());
	fs.rmSync(dir, { recursive: true });
});

test('started as root it becomes the user of run-as', { skip: !root && 'not root' }, async (t) => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	const give = () => {
		for (const file of [dir, ...fs.readdirSync(dir, { recursive: true }).map((name) => path.join(dir, name))])
			fs.chownSync(file, nobody, nobody);
	};
	give();
	fs.chownSync(path.join(dir, 'commonweal.files'), 0, 0);
	await assert.rejects(Server.start({ dir, content: null, args: ['--run-as=nobody'] }),
		/folder of the files, .*commonweal\.files, cannot be used.*chown -R/s);
	give();
	const server = await Server.start({ dir, content: null, args: ['--run-as=nobody'] });
	t.after(() => server.end());
	for (const thread of threads(server)) {
		assert.equal(thread.Uid, '65534\t65534\t65534\t65534');
		assert.equal(thread.Gid, '65534\t65534\t65534\t65534');
		assert.equal(thread.Groups.trim(), '65534');
		for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb'])
			assert.match(thread[set], /^0+$/, set);
	}
	checkProcess(t, server);
	for (const [address, answer] of await crawl(server))
		assert.ok(answer.status < 500, `${address}: ${answer.status}`);
	assert.equal((await server.end()).code, 0);
});

test('a privileged port is bound before root is given up', { skip: !root && 'not root' }, async (t) => {
	const free = await new Promise((resolve) => {
		const probe = net.createServer().once('error', () => resolve(false));
		probe.listen(983, '127.0.0.1', () => probe.close(() => resolve(true)));
	});
	if (!free || Number(fs.readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')) <= 983) {
		t.skip('port 983 is taken or needs no right here');
		return;
	}
	const dir = temporary();
	fs.chownSync(dir, nobody, nobody);
	const server = await Server.start({ dir, content: null, args: ['--listen=127.0.0.1:983', '--run-as=nobody'] });
	t.after(() => server.end());
	assert.equal(server.port, 983);
	assert.equal((await server.get('/healthz')).status, 503);
	for (const thread of threads(server))
		assert.match(thread.Uid, /^65534/);
});

test('root is refused unless run-as says so, and a data file of another user', { skip: !root && 'not root' }, () => {
	const dir = temporary();
	const refused = once(dir, ['--run-as=']);
	assert.equal(refused.status, 1);
	assert.match(refused.stderr, /does not run as root.*run-as/s);
	assert.match(once(dir, ['--run-as=nosuch']).stderr, /there is no user 'nosuch'/);
	fs.chmodSync(dir, 0o755);
	assert.match(once(dir, ['--run-as=nobody']).stderr, /folder .* cannot be written by nobody.*chown/s);
	fs.chownSync(dir, nobody, nobody);
	fs.writeFileSync(path.join(dir, 'commonweal.db'), '', { mode: 0o600 });
	assert.match(once(dir, ['--run-as=nobody']).stderr, /commonweal\.db cannot be used by nobody.*chown/s);
	fs.rmSync(dir, { recursive: true });
});

test('log and off', async (t) => {
	const bad = once(temporary(), ['--sandbox=perhaps']);
	assert.equal(bad.status, 1);
	assert.match(bad.stderr, /sandbox must be on, log or off, not 'perhaps'/);
	const log = await Server.start({ args: ['--sandbox=log', '--core-dumps=yes'] });
	t.after(() => log.end());
	const state = confined(log);
	if (state) {
		assert.equal(state.mode, 'log');
		assert.equal(state.landlock, 0);
		assert.equal(threads(log)[0].Seccomp, state.seccomp ? '2' : '0');
	}
	assert.equal((await log.get('/')).status, 200);
	const off = await Server.start({ args: ['--sandbox=off'] });
	t.after(() => off.end());
	assert.match(off.stderr, /sandbox\.off/);
	assert.equal(threads(off)[0].Seccomp, '0');
	assert.equal(threads(off)[0].NoNewPrivs, '1');
});
