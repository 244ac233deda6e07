// SPDX-License-Identifier: GPL-3.0-or-later
/* Hostile and unlucky uploads: too large, cut off, slow, many at once, a full
 * disk, a killed server, a virus; and how much memory they take. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Authority } from '../support/certificates.mjs';
import { enter, fast, person } from '../support/client.mjs';
import { fetchBytes, multipart, pdf, png, upload } from '../support/files.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const folder = (dir) => path.join(dir, 'commonweal.files');
const stored = (dir) => fs.readdirSync(folder(dir), { recursive: true }).filter((f) => /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(f));
const incoming = (dir) => fs.readdirSync(path.join(folder(dir), 'incoming'));
const guideOf = async (client) => JSON.parse((await client.get('/api/v1/records?type=guide')).text).items[0].id;

async function until(what, done, server) {
	for (let i = 0; i < 600; i++) {
		const value = await done();
		if (value)
			return value;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error(`waited too long for ${what}\n${server?.stderr.slice(-3000)}`);
}

/* A server with an editor who may publish for everyone. */
async function started(env = {}, options = {}) {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	for (const login of ['nora', 'otto'])
		person(dir, login, { roles: { national: 'editor' } });
	const server = await Server.start({ dir, content: null, env: { ...fast, ...env }, ...options });
	const client = await enter(server, 'nora');
	return { dir, server, client, guide: await guideOf(client) };
}

const tokenOf = async (client) => /name="csrf" value="([0-9a-f]+)"/.exec((await client.get('/account')).text)[1];

/* Begins an upload by hand: { socket, answer }, with the head and the part's head sent. */
async function begin(s, { length, name = 'big.pdf', client = s.client, token = null, expect = false } = {}) {
	const csrf = token ?? await tokenOf(client);
	const head = `--B\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n${csrf}\r\n--B\r\n` +
		`Content-Disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
	/* Goes on sending when the server has said all, as a browser does. */
	const socket = net.connect({ port: s.server.port, host: '127.0.0.1', allowHalfOpen: true });
	const chunks = [];
	socket.on('data', (data) => { chunks.push(data); socket.answered = true; });
	socket.on('end', () => socket.end());
	const answer = new Promise((resolve) => {
		const done = () => resolve(Buffer.concat(chunks).toString('latin1'));
		socket.on('close', done);
		socket.on('error', () => {});
	});
	socket.write(`POST /records/${s.guide}/files HTTP/1.1\r\nHost: ${client.host}\r\nOrigin: http://${client.host}\r\n` +
		`Cookie: ${[...client.cookies].map(([n, v]) => `${n}=${v}`).join('; ')}\r\nContent-Length: ${length + head.length}\r\n` +
		`${expect ? 'Expect: 100-continue\r\n' : ''}Connection: close\r\nContent-Type: multipart/form-data; boundary=B\r\n\r\n`);
	return { socket, answer, head, so: () => Buffer.concat(chunks).toString('latin1') };
}

const status = (text) => Number(/HTTP\/1\.1 (\d+)(?![\s\S]*HTTP\/1\.1 \d)/.exec(text)?.[1] ?? 0);
/* The sanitizers keep what was freed. */
const sanitized = (server) => /sandbox\.off reason=sanitizer/.test(server.stderr);
const memory = (pid, field) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;

/* Sends n bytes that begin as a PDF, as fast as they are taken. */
function pour(socket, n, { seed = 1, asked = false } = {}) {
	const piece = crypto.createHash('sha512').update(String(seed)).digest();
	const block = Buffer.concat(Array(1024).fill(piece)); /* 64 K */
	const start = pdf(['a large one']);
	let sent = start.length;
	const hash = crypto.createHash('sha256').update(start);
	return new Promise((resolve) => {
		socket.write(start);
		const more = () => {
			while (sent < n && !socket.destroyed && !(socket.answered && !asked)) {
				const part = block.subarray(0, Math.min(block.length, n - sent));
				sent += part.length;
				hash.update(part);
				if (!socket.write(part)) {
					socket.once('drain', more);
					return;
				}
			}
			resolve({ sent, hash: hash.digest('hex') });
		};
		socket.once('close', () => resolve({ sent, hash: null }));
		more();
	});
}

test('1 GB: against the limit it is refused before it is sent; under a raised one the server stays small', async () => {
	/* Builds with sanitizers are slow, and their memory is not measured. */
	const GB = process.env.ASAN_OPTIONS || process.env.TSAN_OPTIONS ? 1 << 28 : 1 << 30;
	const s = await started();
	const refused = await begin(s, { length: GB, expect: true });
	const text = await refused.answer;
	assert.equal(status(text), 413);
	assert.doesNotMatch(text, /100 Continue/);
	/* One that does not wait to be asked: it hears of it, and is not kept. */
	const rude = await begin(s, { length: 200 << 20 });
	rude.socket.write(rude.head);
	const poured = pour(rude.socket, 200 << 20);
	assert.equal(status(await rude.answer), 413);
	await poured;
	assert.deepEqual(stored(s.dir), []);
	await until('the temporary file to go', () => incoming(s.dir).length === 0, s.server);
	await s.server.end();

	const big = await started({ COMMONWEAL_MAX_UPLOAD_SIZE: '2G', COMMONWEAL_FILES_MAX_SIZE: '2G', COMMONWEAL_FILES_MAX_RECORD: '4G' });
	try {
		const before = memory(big.server.child.pid, 'VmRSS');
		const tail = '\r\n--B--\r\n';
		const up = await begin(big, { length: GB + tail.length, expect: true });
		await until('100 Continue', () => /^HTTP\/1\.1 100 Continue\r\n\r\n/.test(up.so()), big.server);
		up.socket.write(up.head);
		const { sent, hash } = await pour(up.socket, GB, { asked: true }); /* 100 Continue was an answer */
		assert.equal(sent, GB);
		up.socket.write(tail);
		const answer = await up.answer;
		assert.equal(status(answer), 303, answer.slice(0, 2000));
		const after_ = memory(big.server.child.pid, 'VmHWM');
		assert.ok(sanitized(big.server) || after_ - before < 48 << 20, `grew by ${(after_ - before) >> 20} MB`);
		console.log(`# memory: ${before >> 20} MB before, at most ${after_ >> 20} MB while 1 GB came in`);
		assert.deepEqual(stored(big.dir).map((f) => f.replace('/', '')), [hash]);
		/* And down again, to a reader that digests it. */
		const file = JSON.parse((await big.client.get(`/api/v1/records/${big.guide}`)).text).files[0];
		const digest = crypto.createHash('sha256');
		let n = 0;
		await new Promise((resolve, reject) => http.get({ host: '127.0.0.1', port: big.server.port, path: new URL(file.url).pathname }, (answer_) => {
			answer_.on('data', (data) => { digest.update(data); n += data.length; });
			answer_.on('end', resolve);
		}).on('error', reject));
		assert.equal(n, GB);
		assert.equal(digest.digest('hex'), hash);
		const later = memory(big.server.child.pid, 'VmHWM');
		console.log(`# memory: at most ${later >> 20} MB while 1 GB went out`);
		assert.ok(sanitized(big.server) || later - before < 64 << 20, `grew by ${(later - before) >> 20} MB`);
	} finally {
		await big.server.end();
	}
});

test('cut off, slow, and out of time: nothing is kept, and the place is free again', async () => {
	const s = await started({ COMMONWEAL_UPLOAD_TIME: '2s', COMMONWEAL_MAX_UPLOADS_PER_PERSON: '1', COMMONWEAL_TRANSFER_GRACE: '1s', COMMONWEAL_MIN_RATE: '1K' });
	try {
		for (let i = 0; i < 3; i++) {
			const cut = await begin(s, { length: 5 << 20 });
			cut.socket.write(cut.head);
			cut.socket.write(pdf(['cut']));
			await until('the file to begin', () => incoming(s.dir).length === 1, s.server);
			cut.socket.destroy();
			await until('it to go', () => incoming(s.dir).length === 0, s.server);
		}
		/* A client that stops sending; and one that drips, but for too long. */
		const silent = await begin(s, { length: 5 << 20 });
		silent.socket.write(silent.head);
		await silent.answer;
		const drips = await begin(s, { length: 5 << 20 });
		drips.socket.write(drips.head);
		const drip = setInterval(() => drips.socket.write(Buffer.alloc(4096)), 100);
		await drips.answer;
		clearInterval(drip);
		await until('the files to go', () => incoming(s.dir).length === 0, s.server);
		assert.deepEqual(stored(s.dir), []);
		assert.equal((await upload(s.client, `/records/${s.guide}/files`, [{ name: 'a.pdf', bytes: pdf(['a']) }])).status, 303);
	} finally {
		const { code } = await s.server.end();
		assert.equal(code, 0);
	}
});

test('nobody without the right fills the disk: not a byte is written before the token is proven', async () => {
	const s = await started();
	try {
		for (const token of ['0'.repeat(64), '']) {
			const up = await begin(s, { length: 50 << 20, token });
			up.socket.write(up.head);
			const poured = pour(up.socket, 50 << 20);
			const answer = await up.answer;
			assert.equal(status(answer), 400, answer.slice(0, 300));
			assert.deepEqual(incoming(s.dir), []);
			await poured;
		}
		/* Of nobody, not even the form's beginning is read. */
		const up = await begin(s, { length: 50 << 20, client: { host: s.client.host, cookies: new Map() }, token: 'x', expect: true });
		assert.equal(status(await up.answer), 403);
		assert.doesNotMatch(up.so(), /100 Continue/);
	} finally {
		await s.server.end();
	}
});

test('many at once: so many and no more, of one person too; the same bytes by several are one file', async () => {
	const s = await started({ COMMONWEAL_MAX_UPLOADS: '3', COMMONWEAL_MAX_UPLOADS_PER_PERSON: '2' });
	try {
		const otto = await enter(s.server, 'otto');
		const open = [];
		for (const client of [s.client, s.client, otto]) {
			const up = await begin(s, { length: 1 << 20, client });
			up.socket.write(up.head);
			up.socket.write(pdf(['x']));
			open.push(up);
			await until('it to begin', () => incoming(s.dir).length === open.length, s.server);
		}
		for (const client of [s.client, otto])
			assert.equal((await upload(client, `/records/${s.guide}/files`, [{ name: 'z.pdf', bytes: pdf(['z']) }])).status, 503);
		open.forEach((up) => up.socket.destroy());
		await until('the places to be free', () => incoming(s.dir).length === 0, s.server);
	} finally {
		await s.server.end();
	}
	const t = await started({ COMMONWEAL_MAX_UPLOADS_PER_PERSON: '16' });
	try {
		const bytes = pdf(['the same']);
		const answers = await Promise.all(Array.from({ length: 10 }, () =>
			upload(t.client, `/records/${t.guide}/files`, [{ name: 'same.pdf', bytes }])));
		assert.deepEqual(answers.map((a) => a.status), Array(10).fill(303));
		assert.deepEqual(stored(t.dir).map((f) => f.replace('/', '')), [sha(bytes)]);
		const files = JSON.parse((await t.client.get(`/api/v1/records/${t.guide}`)).text).files;
		assert.equal(new Set(files.map((f) => f.name)).size, 10);
	} finally {
		await t.server.end();
	}
});

test('a full disk says so, keeps nothing, and the server goes on', async () => {
	/* Room that is kept free stands for a small disk; and the limit of a file's size for one that is full in the middle. */
	const s = await started({ COMMONWEAL_FILES_RESERVE: '1024G' });
	try {
		const answer = await upload(s.client, `/records/${s.guide}/files`, [{ name: 'a.pdf', bytes: pdf(['a']) }]);
		assert.equal(answer.status, 503);
		assert.match(answer.text, /disk of the server is full/);
		assert.deepEqual(stored(s.dir), []);
	} finally {
		await s.server.end();
	}
	const t = await started({ COMMONWEAL_FILES_MAX_SIZE: '200M', COMMONWEAL_FILES_MAX_RECORD: '200M' },
		{ wrap: ['/bin/sh', '-c', 'trap "" XFSZ; ulimit -f 40960; exec "$0" "$@"'] }); /* 20 or 40 MB, as the shell counts */
	try {
		const up = await begin(t, { length: 60 << 20 });
		up.socket.write(up.head);
		const poured = pour(up.socket, 60 << 20);
		const answer = await up.answer;
		assert.equal(status(answer), 503, answer.slice(0, 300));
		assert.match(answer, /disk of the server is full/);
		await poured;
		assert.deepEqual(stored(t.dir), []);
		await until('it to go', () => incoming(t.dir).length === 0, t.server);
		assert.equal((await upload(t.client, `/records/${t.guide}/files`, [{ name: 'a.pdf', bytes: pdf(['a']) }])).status, 303);
	} finally {
		await t.server.end();
	}
});

test('a killed server: what was half sent is gone at the next start, what had no row is collected, what had one is there', async () => {
	const s = await started();
	const bytes = pdf(['kept']);
	assert.equal((await upload(s.client, `/records/${s.guide}/files`, [{ name: 'kept.pdf', bytes }])).status, 303);
	const up = await begin(s, { length: 5 << 20 });
	up.socket.write(up.head);
	up.socket.write(pdf(['half']));
	await until('it to begin', () => incoming(s.dir).length === 1, s.server);
	await s.server.stop('SIGKILL');
	/* As after a death between the renaming and the row. */
	const stray = sha('a stray');
	fs.mkdirSync(path.join(folder(s.dir), stray.slice(0, 2)), { recursive: true });
	const strayPath = path.join(folder(s.dir), stray.slice(0, 2), stray.slice(2));
	fs.writeFileSync(strayPath, 'a stray');
	fs.utimesSync(strayPath, new Date(0), new Date(0));
	const again = await Server.start({ dir: s.dir, content: null, env: fast });
	try {
		assert.deepEqual(incoming(s.dir), []);
		await until('the stray to go', () => !fs.existsSync(strayPath), again);
		const file = JSON.parse((await (await again.get(`/api/v1/records/${s.guide}`)).text())).files[0];
		const got = Buffer.from(await (await again.get(new URL(file.url).pathname)).arrayBuffer());
		assert.ok(got.equals(bytes));
	} finally {
		await again.end();
	}
});

test('the last reference takes the bytes along, after the time of grace', async () => {
	const s = await started({ COMMONWEAL_FILES_KEEP_REMOVED: '1s', COMMONWEAL_FILES_COLLECT: '1s' });
	try {
		const to = `/records/${s.guide}/files`, bytes = pdf(['gone soon']);
		for (let i = 0; i < 2; i++)
			assert.equal((await upload(s.client, to, [{ name: 'g.pdf', bytes }])).status, 303);
		const ids = JSON.parse((await s.client.get(`/api/v1/records/${s.guide}`)).text).files.map((f) => /files\/([^/]+)/.exec(f.url)[1]);
		await s.client.submit(to, `/files/${ids[0]}/remove`);
		await until('its row to go', async () => !/Removed lately/.test((await s.client.get(to)).text), s.server);
		assert.equal(stored(s.dir).length, 1);
		await s.client.submit(to, `/files/${ids[1]}/remove`);
		await until('the bytes to go', () => stored(s.dir).length === 0, s.server);
	} finally {
		await s.server.end();
	}
});

/* A scanner with one signature: EICAR's test string. Debian has clamd, but no signatures. */
async function clamd(dir) {
	const signatures = path.join(dir, 'signatures');
	fs.mkdirSync(signatures);
	const eicar = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('');
	fs.writeFileSync(path.join(signatures, 'test.ndb'), `Eicar-Test:0:*:${Buffer.from(eicar).toString('hex')}\n`);
	const socket = path.join(dir, 'clamd.socket'), config = path.join(dir, 'clamd.conf');
	fs.writeFileSync(config, `LocalSocket ${socket}\nDatabaseDirectory ${signatures}\nForeground yes\nLogSyslog no\nUser root\nTemporaryDirectory ${dir}\n`);
	fs.chmodSync(dir, 0o755);
	const child = spawn('/usr/sbin/clamd', ['-c', config], { stdio: 'ignore' });
	await until('clamd', () => fs.existsSync(socket));
	return { socket, eicar, stop: () => new Promise((resolve) => { child.once('exit', resolve); child.kill('SIGKILL'); }) };
}

test('with clamd: clean files appear, infected ones do not, and without it they wait',
	{ skip: !fs.existsSync('/usr/sbin/clamd') || process.getuid() !== 0 ? 'no clamd here' : false }, async () => {
		const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'clamd-'));
		const scanner = await clamd(dir);
		const s = await started({ COMMONWEAL_CLAMD: scanner.socket });
		const to = `/records/${s.guide}/files`;
		const names = async () => JSON.parse((await s.client.get(`/api/v1/records/${s.guide}`)).text).files.map((f) => f.name);
		try {
			const sent = await upload(s.client, to, [{ name: 'clean.pdf', bytes: pdf(['clean']) }]);
			assert.match((await s.client.get(sent.location)).text, /when the virus scanner has checked/);
			await until('the clean one', async () => (await names()).includes('clean.pdf'), s.server);
			assert.equal((await upload(s.client, to, [{ name: 'bad.csv', bytes: Buffer.from(`a,b\n${scanner.eicar}\n`) }])).status, 303);
			await until('the bad one', async () => /Eicar-Test/.test((await s.client.get(to)).text), s.server);
			assert.deepEqual(await names(), ['clean.pdf']);
			assert.match((await s.client.get(to)).text, /Refused; nobody can open it/);
			await scanner.stop();
			assert.equal((await upload(s.client, to, [{ name: 'later.pdf', bytes: pdf(['later']) }])).status, 303);
			await until('it to wait', async () => /scanner cannot be reached; the file waits/.test((await s.client.get(to)).text), s.server);
			assert.deepEqual(await names(), ['clean.pdf']);
		} finally {
			await scanner.stop;
			await s.server.end();
			fs.rmSync(dir, { recursive: true, force: true });
		}
	});

test('slow readers of a large file hold no memory, and one that stops is ended', async () => {
	const s = await started({ COMMONWEAL_TRANSFER_GRACE: '1s', COMMONWEAL_MIN_RATE: '8M', COMMONWEAL_FILES_MAX_SIZE: '64M' });
	try {
		const noise = crypto.randomBytes(30 << 20), bytes = Buffer.concat([pdf(['large']), noise]);
		assert.equal((await upload(s.client, `/records/${s.guide}/files`, [{ name: 'large.pdf', bytes }])).status, 303);
		const file = JSON.parse((await s.client.get(`/api/v1/records/${s.guide}`)).text).files[0];
		const before = memory(s.server.child.pid, 'VmRSS');
		const sockets = Array.from({ length: 20 }, () => {
			const socket = net.connect(s.server.port, '127.0.0.1');
			socket.write(`GET ${new URL(file.url).pathname} HTTP/1.1\r\nHost: ${s.client.host}\r\n\r\n`);
			socket.on('error', () => {});
			socket.once('data', () => socket.pause());
			return socket;
		});
		await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('data', resolve))));
		assert.ok(sanitized(s.server) || memory(s.server.child.pid, 'VmRSS') - before < 32 << 20);
		/* They do not read on: each is ended, and the rest of the server does not mind. */
		assert.equal((await fetchBytes(s.client, '/about')).status, 200);
		await Promise.all(sockets.map((socket) => new Promise((resolve) => {
			socket.once('close', resolve);
			setTimeout(() => socket.resume(), 3000);
		})));
		const got = await fetchBytes(s.client, new URL(file.url).pathname);
		assert.ok(got.bytes.equals(bytes));
	} finally {
		await s.server.end();
	}
});

test('over TLS: up and down, in parts and as a whole, and as small in memory', async () => {
	const keys = temporary(), authority = new Authority(path.join(keys, 'ca'));
	authority.issue(['localhost', '127.0.0.1']);
	const s = await started({ COMMONWEAL_FILES_MAX_SIZE: '512M', COMMONWEAL_FILES_MAX_RECORD: '512M', COMMONWEAL_MAX_UPLOAD_SIZE: '512M' },
		{ args: ['--listen-tls=127.0.0.1:0', `--tls-certificate=${authority.file('server.pem')}`, `--tls-key=${authority.file('server.key')}`] });
	try {
		const bytes = Buffer.concat([pdf(['large']), crypto.randomBytes(200 << 20)]), big = path.join(keys, 'big.pdf');
		fs.writeFileSync(big, bytes);
		const base = `https://127.0.0.1:${s.server.tlsPort}`;
		const before = memory(s.server.child.pid, 'VmRSS');
		const curl = (...args) => new Promise((resolve) => {
			const child = spawn('curl', ['-sS', '--cacert', authority.file('ca.pem'), '-H', `Cookie: ${[...s.client.cookies].map(([n, v]) => `${n}=${v}`).join('; ')}`, ...args]);
			let out = '';
			child.stdout.on('data', (data) => { out += data; });
			child.stderr.on('data', (data) => { out += data; });
			child.once('exit', (code) => resolve({ code, out }));
		});
		const token = await tokenOf(s.client);
		const up = await curl('-o', '/dev/null', '-w', '%{http_code}', '-H', `Origin: ${base}`, '-F', `csrf=${token}`, '-F', `file=@${big}`, `${base}/records/${s.guide}/files`);
		assert.equal(up.out, '303');
		const file = JSON.parse((await s.client.get(`/api/v1/records/${s.guide}`)).text).files[0];
		const url = base + new URL(file.url).pathname, down = path.join(keys, 'down.pdf');
		assert.equal((await curl('-o', down, url)).code, 0);
		assert.equal(sha(fs.readFileSync(down)), sha(bytes));
		const top = memory(s.server.child.pid, 'VmHWM');
		console.log(`# memory: ${before >> 20} MB before, at most ${top >> 20} MB while 200 MB came and went over TLS`);
		assert.ok(sanitized(s.server) || top - before < 64 << 20, `grew by ${(top - before) >> 20} MB`);
		fs.truncateSync(down, 123456789);
		assert.equal((await curl('-C', '-', '-o', down, url)).code, 0);
		assert.equal(sha(fs.readFileSync(down)), sha(bytes));
	} finally {
		const { code } = await s.server.end();
		assert.equal(code, 0);
		fs.rmSync(keys, { recursive: true });
	}
});
