// SPDX-License-Identifier: GPL-3.0-or-later
/* Hostile and broken requests: each gets a clear answer, and the server goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import net from 'node:net';
import { Server } from '../support/server.mjs';
import { get, raw, status } from './helpers.mjs';

let server;

before(async () => {
	server = await Server.start({ args: ['--read-timeout=2s', '--max-connections-per-address=40'] });
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
});

const alive = async () => assert.equal((await get(server.port, '/healthz')).status, 200);
const request = (line, headers = '', body = '') => `${line}\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n${headers}\r\n${body}`;

test('an over-long query is refused with words', async () => {
	const answer = await get(server.port, `/search?q=${'a'.repeat(600)}`);
	assert.equal(answer.status, 400);
	assert.match(answer.text, /<h1>/);
	const target = await get(server.port, `/search?q=${'a'.repeat(9000)}`);
	assert.equal(target.status, 414);
	await alive();
});

test('text that is not UTF-8 is refused', async () => {
	for (const path of ['/search?q=%ff%fe', '/search?q=%c0%af', '/search?q=%ed%a0%80', '/search?q=%00', '/%ff', '/search?q=%zz', '/search?q=%'])
		assert.equal(status(await raw(server.port, request(`GET ${path} HTTP/1.1`))), 400, path);
	await alive();
});

test('no path leaves the server', async () => {
	for (const path of ['/../etc/passwd', '/assets/../../etc/passwd', '/assets/%2e%2e/%2e%2e/etc/passwd', '/..%2f..%2fetc%2fpasswd',
		'/assets/..%5c..%5cetc/passwd', '//etc/passwd', '/./././etc/passwd', '/assets//etc/passwd', '/s/../etc', '/s/%2e%2e/x']) {
		const answer = await raw(server.port, request(`GET ${path} HTTP/1.1`));
		assert.ok([400, 404, 301].includes(status(answer)), `${path}: ${status(answer)}`);
		assert.doesNotMatch(answer, /root:/);
		assert.doesNotMatch(answer, /location: \/\//i);
	}
	await alive();
});

test('a bad Host is refused', async () => {
	for (const host of ['a b', 'a/b', '<script>', 'x:99999', 'a,b', '..', 'user@host', '[::1', 'ex\u00e4mple.org'])
		assert.equal(status(await raw(server.port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`)), 400, host);
	assert.equal(status(await raw(server.port, 'GET / HTTP/1.1\r\nConnection: close\r\n\r\n')), 400, 'none');
	assert.equal(status(await raw(server.port, 'GET / HTTP/1.1\r\nHost: a.example\r\nHost: b.example\r\nConnection: close\r\n\r\n')), 400, 'two');
	await alive();
});

test('oversized header and body are refused', async () => {
	const header = await raw(server.port, request('GET / HTTP/1.1', `X-Big: ${'a'.repeat(40000)}\r\n`));
	assert.ok([400, 413, 431].includes(status(header)), `${status(header)}`);
	const body = await raw(server.port, request('POST /theme HTTP/1.1',
		`Origin: http://127.0.0.1:${server.port}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9000000\r\n`, 'theme=dark&'.repeat(10)));
	assert.equal(status(body), 413);
	await alive();
});

test('ambiguous framing is refused', async () => {
	const origin = `Origin: http://127.0.0.1:${server.port}\r\n`;
	for (const [name, headers, body] of [
		['both lengths', 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n', '0\r\n\r\n'],
		['two lengths', 'Content-Length: 3\r\nContent-Length: 4\r\n', 'abc'],
		['length with a sign', 'Content-Length: +3\r\n', 'abc'],
		['length that is no number', 'Content-Length: 3x\r\n', 'abc'],
		['odd coding', 'Transfer-Encoding: xchunked\r\n', '0\r\n\r\n'],
		['space before colon', 'Content-Length : 3\r\n', 'abc'],
		['folded header', 'X-A: b\r\n c: d\r\n', '']]) {
		const answer = await raw(server.port, request('POST /theme HTTP/1.1', origin + headers, body));
		assert.ok(status(answer) >= 400 || status(answer) === 0, `${name}: ${status(answer)}`);
		assert.doesNotMatch(answer, /HTTP\/1\.1 2\d\d|HTTP\/1\.1 3\d\d/, name);
	}
	await alive();
});

test('a body that was not understood is not read as the next request', async () => {
	const next = `GET /healthz HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nConnection: close\r\n\r\n`;
	for (const header of [`Content-Length : ${next.length}`, 'Transfer-Encoding: xchunked', 'Transfer-Encoding : chunked']) {
		const answer = await raw(server.port, `POST /theme HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\n${header}\r\n\r\n${next}`);
		assert.ok([400, 501].includes(status(answer)), `${header}: ${status(answer)}`);
		assert.equal(answer.match(/HTTP\/1\.1 \d/g).length, 1, header);
	}
	await alive();
});

test('one reader\'s Host or cookie does not shape the page of another', async () => {
	const page = async (headers) => (await get(server.port, '/guides/the-call-in', headers)).text;
	assert.match(await page({ Host: 'a.example:666' }), /"http:\/\/a\.example:666\/guides/);
	assert.match(await page({ Host: 'a.example' }), /"http:\/\/a\.example\/guides/);
	assert.doesNotMatch(await page({ Host: 'b.example', Cookie: 'mytheme=dark' }), /data-theme="/);
	assert.match(await page({ Host: 'b.example', Cookie: 'x=y; theme=dark' }), /data-theme="dark"/);
});

test('odd request lines are refused', async () => {
	for (const line of ['GET', 'GET /', 'GET / HTTP/9.9', 'FROB / HTTP/1.1', 'GET  / HTTP/1.1', 'get / HTTP/1.1', 'GET * HTTP/1.1', 'CONNECT x:1 HTTP/1.1', 'GET http://other.example/ HTTP/1.1']) {
		const answer = await raw(server.port, request(line), { wait: 2500 });
		assert.doesNotMatch(answer, /HTTP\/1\.1 200/, line);
	}
	await alive();
});

test('a silent connection is closed', async () => {
	const began = Date.now();
	const answer = await raw(server.port, 'GET / HTTP/1.1\r\nHost: x', { wait: 10000 });
	assert.ok(Date.now() - began < 9000);
	assert.doesNotMatch(answer, / 200 /);
});

test('one address cannot hold all connections', async () => {
	const sockets = await Promise.all([...Array(60)].map(() => new Promise((resolve) => {
		const s = net.connect(server.port, '127.0.0.1', () => resolve(s));
		s.on('error', () => resolve(s));
	})));
	const answers = await Promise.all(sockets.map((s) => new Promise((resolve) => {
		let text = '';
		s.on('data', (d) => { text += d; if (/\r\n\r\n/.test(text)) resolve(text); });
		s.on('close', () => resolve(text));
		s.on('error', () => resolve(text));
		s.write('GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n');
	})));
	/* One that was answered and is silent may give way to the next, so a few more than 40 may be served in turn. */
	const good = answers.filter((a) => /^HTTP\/1\.1 200/.test(a)).length;
	assert.ok(good >= 1 && good < 60, `${good} were served`);
	assert.ok(answers.some((a) => /^HTTP\/1\.1 (429|503)/.test(a) || a === ''));
	for (const s of sockets)
		s.destroy();
	for (let i = 0; i < 50; i++) {
		try {
			await alive();
			return;
		} catch {
			await new Promise((r) => setTimeout(r, 100));
		}
	}
	await alive();
});

test('many at once are all answered', async () => {
	const answers = await Promise.all([...Array(30)].map((_, i) => get(server.port, `/search?q=call${i % 7}`)));
	assert.ok(answers.every((a) => a.status === 200 || a.status === 503));
	assert.ok(answers.filter((a) => a.status === 200).length > 20);
});

test('bad parameters get a page that names them', async () => {
	for (const path of ['/library?page=0', '/library?page=x', '/library?year=99', '/library?type=Bad%20Type', '/library?page=99999999999999999999']) {
		const answer = await get(server.port, path);
		assert.equal(answer.status, 400, path);
		assert.match(answer.text, /page|year|type/);
	}
	assert.equal((await get(server.port, '/library?page=9000')).status, 200, 'past the end is an empty list');
});
