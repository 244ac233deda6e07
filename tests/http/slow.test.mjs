// SPDX-License-Identifier: GPL-3.0-or-later
/* Slow and greedy clients: each is ended in its time, and others do not notice.
 * The second half lets slowhttptest (Debian package) attack in its four modes
 * beside a client that just reads. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server, temporary } from '../support/server.mjs';
import { get } from './helpers.mjs';

let server;
const big = temporary();

before(async () => {
	server = await Server.start({ args: ['--header-timeout=2s', '--read-timeout=3s', '--transfer-grace=1500ms', '--min-rate=2000',
		'--max-connections=200', '--max-connections-per-address=60', '--max-requests-per-connection=25'] });
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
	fs.rmSync(big, { recursive: true });
});

/* Sends `first`, then a byte of `rest` every `pause` ms; { text, ms } when it ends. */
function drip(first, rest, pause, { most = 12000, localAddress = '127.0.0.1' } = {}) {
	return new Promise((resolve) => {
		const began = Date.now();
		let text = '';
		let at = 0;
		let timer;
		const socket = net.connect({ port: server.port, host: '127.0.0.1', localAddress }, () => {
			socket.write(first);
			timer = setInterval(() => {
				if (at < rest.length)
					socket.write(rest[at++]);
			}, pause);
		});
		const limit = setTimeout(() => socket.destroy(), most);
		socket.on('data', (d) => { text += d; });
		socket.on('error', () => {});
		socket.on('close', () => {
			clearInterval(timer);
			clearTimeout(limit);
			resolve({ text, ms: Date.now() - began });
		});
	});
}

const form = (...headers) => ['POST /theme HTTP/1.1', `Host: 127.0.0.1:${server.port}`, `Origin: http://127.0.0.1:${server.port}`,
	'Content-Type: application/x-www-form-urlencoded', ...headers, '', ''].join('\r\n');

test('a connection that says nothing is ended', async () => {
	const { text, ms } = await drip('', '', 1000);
	assert.equal(text, '');
	assert.ok(ms > 1800 && ms < 4000, `${ms}`);
});

test('headers that never end get 408', async () => {
	const { text, ms } = await drip('GET / HTTP/1.1\r\nHost: x\r\nX: ', 'a'.repeat(1000), 100);
	assert.match(text, /^HTTP\/1\.1 408 /);
	assert.match(text, /Connection: close/);
	assert.ok(ms > 1800 && ms < 5000, `${ms}`);
});

test('idle connections are ended, those in use are not', async () => {
	const { text, ms } = await drip('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n', '', 1000);
	assert.match(text, /^HTTP\/1\.1 200/);
	assert.ok(ms > 2800 && ms < 5500, `${ms}`);
	const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
	const ask = () => new Promise((resolve, reject) => http.get({ port: server.port, host: '127.0.0.1', path: '/healthz', agent }, (a) => {
		a.resume();
		a.on('end', () => resolve(a.req.reusedSocket));
	}).on('error', reject));
	assert.equal(await ask(), false);
	for (let i = 0; i < 4; i++) {
		await new Promise((r) => setTimeout(r, 1000));
		assert.equal(await ask(), true);
	}
	agent.destroy();
});

test('a body that only drips is ended; a slow but steady one is not', async () => {
	const { text, ms } = await drip(form('Content-Length: 5000'), 'a'.repeat(5000), 50);
	assert.equal(text, '');
	assert.ok(ms > 1400 && ms < 5000, `${ms}`);
	const chunked = await drip(form('Transfer-Encoding: chunked'), '1\r\na\r\n'.repeat(500), 50);
	assert.equal(chunked.text, '');
	assert.ok(chunked.ms < 5000, `${chunked.ms}`);
	const piece = 'a'.repeat(1000);
	const steady = await drip(form(`Content-Length: ${10 + 3 + 15 * 1000}`, 'Connection: close') + 'theme=dark&x=', Array(15).fill(piece), 200);
	assert.match(steady.text, /^HTTP\/1\.1 303/);
});

test('a reader that does not read is ended', async () => {
	/* Requests for far more than the socket buffers hold. */
	const ended = await new Promise((resolve) => {
		const began = Date.now();
		const socket = net.connect(server.port, '127.0.0.1');
		socket.on('error', () => {});
		socket.pause();
		socket.on('connect', () => socket.write('GET /search?q=call HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(24)));
		const look = setInterval(async () => {
			const metrics = (await get(server.port, '/metrics')).text;
			const open = Number(/^commonweal_connections (\d+)/m.exec(metrics)[1]);
			if (open <= 1 || Date.now() - began > 15000) {
				clearInterval(look);
				socket.destroy();
				resolve(Date.now() - began);
			}
		}, 250);
	});
	assert.ok(ended < 12000, `${ended}`);
});

test('a connection serves so many requests and no more', async () => {
	const { text } = await drip('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(40), '', 1000);
	assert.equal(text.match(/HTTP\/1\.1 200/g).length, 25);
	assert.equal(text.match(/Connection: close/g).length, 1);
});

test('whoever keeps the server waiting gives way to who comes', async () => {
	const idle = await Promise.all([...Array(150)].map(() => new Promise((resolve) => {
		const s = net.connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.4' }, () => {
			s.write('GET / HTTP/1.1\r\nHo');
			resolve(s);
		});
		s.on('error', () => resolve(s));
	})));
	for (const localAddress of ['127.0.0.1', '127.0.0.4'])
		for (let i = 0; i < 10; i++)
			assert.equal(await new Promise((resolve, reject) => http.get({ port: server.port, host: '127.0.0.1', localAddress, path: '/healthz', agent: false },
				(a) => { a.resume(); resolve(a.statusCode); }).on('error', reject)), 200, localAddress);
	const metrics = (await get(server.port, '/metrics')).text;
	assert.ok(Number(/^commonweal_connections (\d+)/m.exec(metrics)[1]) <= 70);
	assert.ok(Number(/^commonweal_connections_refused_total (\d+)/m.exec(metrics)[1]) >= 80);
	for (const s of idle)
		s.destroy();
});

const found = spawnSync('slowhttptest', ['-h']).error === undefined;
const seconds = Number(process.env.COMMONWEAL_SLOW_SECONDS ?? 6);

/* Reads pages one after the other from that address until told to stop. */
function reader(target, localAddress) {
	const times = [];
	const failures = [];
	let stop = false;
	const one = () => new Promise((resolve) => {
		const began = performance.now();
		http.get({ port: target.port, host: '127.0.0.1', localAddress, path: '/guides/the-call-in', agent: false }, (answer) => {
			let n = 0;
			answer.on('data', (d) => { n += d.length; });
			answer.on('end', () => {
				times.push(performance.now() - began);
				if (answer.statusCode !== 200 || n < 1000)
					failures.push(answer.statusCode);
				resolve();
			});
			answer.on('error', (e) => { failures.push(e.code); resolve(); });
		}).on('error', (e) => { failures.push(e.code); resolve(); });
	});
	const done = (async () => {
		while (!stop) {
			await one();
			await new Promise((r) => setTimeout(r, 20));
		}
	})();
	return { times, failures, stop: () => { stop = true; return done; } };
}

/* -p: how long its probe waits; -r: connections a second. */
for (const [name, args] of [
	['slow headers', ['-H', '-i', '1', '-t', 'GET', '-x', '24']],
	['slow bodies', ['-B', '-i', '1', '-s', '8192', '-t', 'POST', '-x', '10']],
	['ranges', ['-R', '-a', '5', '-b', '3000', '-t', 'HEAD']],
	['slow reading', ['-X', '-k', '3', '-w', '10', '-y', '20', '-n', '1', '-z', '5']],
])
	test(`slowhttptest: ${name}`, { skip: found ? false : 'slowhttptest is not installed' }, async (t) => {
		const target = await Server.start();
		t.after(() => target.end());
		const attack = spawn('slowhttptest', ['-c', '800', '-r', '300', '-l', String(seconds), '-p', '3', '-u', `http://127.0.0.1:${target.port}/guides/the-call-in`, ...args],
			{ stdio: ['ignore', 'pipe', 'pipe'], cwd: big });
		let report = '';
		attack.stdout.on('data', (d) => { report += d; });
		const other = reader(target, '127.0.0.5');
		const neighbour = reader(target, '127.0.0.1'); /* the attacker's own address */
		await new Promise((resolve) => attack.once('exit', resolve));
		await Promise.all([other.stop(), neighbour.stop()]);
		for (const [who, r] of [['another address', other], ['the same address', neighbour]]) {
			r.times.sort((a, b) => a - b);
			t.diagnostic(`${who}: ${r.times.length} requests, median ${r.times[r.times.length >> 1].toFixed(1)} ms, longest ${r.times.at(-1).toFixed(1)} ms`);
			assert.deepEqual(r.failures, [], who);
			assert.ok(r.times.length > seconds * 5, `${who}: only ${r.times.length} requests`);
			assert.ok(r.times.at(-1) < 3000, `${who}: ${r.times.at(-1)} ms`);
		}
		assert.match(report, /test duration|Exit status|service available/s);
		const { code } = await target.stop();
		assert.equal(code, 0, target.stderr);
	});
