// SPDX-License-Identifier: GPL-3.0-or-later
/* Requests that two servers could read in two ways (RFC 9112): each is refused,
 * the connection ends with the refusal, and nothing after it is read as a
 * request. Bytes go over a raw socket, whole and byte by byte. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import net from 'node:net';
import { Server } from '../support/server.mjs';
import { get, raw, status } from './helpers.mjs';

let server;

before(async () => {
	server = await Server.start({ args: ['--max-body-size=64K', '--max-headers=50', '--header-timeout=3s'] });
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
});

/* If any of this is answered, something was smuggled. */
const smuggled = 'GET /healthz HTTP/1.1\r\nHost: smuggled\r\n\r\n';
const head = (line, ...headers) => [line, 'Host: x', ...headers, '', ''].join('\r\n');
const post = (...headers) => head('POST /theme HTTP/1.1', ...headers);
const chunked = (body) => post('Transfer-Encoding: chunked') + body;

/* name, bytes, status */
const refused = [
	['both lengths', post('Content-Length: 5', 'Transfer-Encoding: chunked') + '0\r\n\r\n', 400],
	['both lengths, other order', post('Transfer-Encoding: chunked', 'Content-Length: 5') + '0\r\n\r\n', 400],
	['two lengths', post('Content-Length: 3', 'Content-Length: 4') + 'abc', 400],
	['the same length twice', post('Content-Length: 3', 'Content-Length: 3') + 'abc', 400],
	['list of lengths', post('Content-Length: 3, 3') + 'abc', 400],
	['length with a sign', post('Content-Length: +3') + 'abc', 400],
	['negative length', post('Content-Length: -1'), 400],
	['hexadecimal length', post('Content-Length: 0x3') + 'abc', 400],
	['length with an inner space', post('Content-Length: 1 0') + 'abc', 400],
	['empty length', post('Content-Length:') + 'abc', 400],
	['length past 64 bits', post('Content-Length: 18446744073709551617') + 'a', 413],
	['length past the limit', post('Content-Length: 70000') + 'a', 413],
	['space before the colon of a length', post('Content-Length : 3') + 'abc', 400],
	['space before the colon of a coding', post('Transfer-Encoding : chunked') + '0\r\n\r\n', 400],
	['tab before a colon', post('Transfer-Encoding\t: chunked') + '0\r\n\r\n', 400],
	['space before a name', 'GET / HTTP/1.1\r\n Host: x\r\n\r\n', 400],
	['no name', post(': x'), 400],
	['no colon', post('Content-Length'), 400],
	['odd coding', post('Transfer-Encoding: xchunked') + '0\r\n\r\n', 501],
	['coding in quotes', post('Transfer-Encoding: "chunked"') + '0\r\n\r\n', 501],
	['identity coding', post('Transfer-Encoding: identity', 'Content-Length: 3') + 'abc', 501],
	['gzip before chunked', post('Transfer-Encoding: gzip, chunked') + '0\r\n\r\n', 501],
	['chunked twice', post('Transfer-Encoding: chunked, chunked') + '0\r\n\r\n', 501],
	['chunked not last', post('Transfer-Encoding: chunked, identity') + '0\r\n\r\n', 501],
	['chunked with a parameter', post('Transfer-Encoding: chunked;x=y') + '0\r\n\r\n', 501],
	['two codings', post('Transfer-Encoding: chunked', 'Transfer-Encoding: identity') + '0\r\n\r\n', 400],
	['empty coding', post('Transfer-Encoding:') + '0\r\n\r\n', 501],
	['vertical tab in a coding', post('Transfer-Encoding: \x0bchunked') + '0\r\n\r\n', 400],
	['coding hidden by a bare line feed', post('X: y\nTransfer-Encoding: chunked') + '0\r\n\r\n', 400],
	['coding hidden by a bare carriage return', post('X: y\rTransfer-Encoding: chunked') + '0\r\n\r\n', 400],
	['coding in HTTP/1.0', head('POST /theme HTTP/1.0', 'Transfer-Encoding: chunked') + '0\r\n\r\n', 400],
	['folded header', post('X-A: b', ' c: d'), 400],
	['folded header with a tab', post('X-A: b', '\tc: d'), 400],
	['folded coding', post('Transfer-Encoding:', ' chunked') + '0\r\n\r\n', 400],
	['bare line feeds only', 'GET / HTTP/1.1\nHost: x\n\n', 400],
	['bare line feed at the end of the head', 'GET / HTTP/1.1\r\nHost: x\r\n\n', 400],
	['bare carriage return', 'GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n', 400],
	['carriage return twice', 'GET / HTTP/1.1\r\r\nHost: x\r\n\r\n', 400],
	['NUL in a value', post('X: a\0b'), 400],
	['NUL in a name', post('X\0: a'), 400],
	['control character in a value', post('X: a\x01b'), 400],
	['DEL in a value', post('X: a\x7fb'), 400],
	['byte over 127 in a name', post('X\xe4: a'), 400],
	['parenthesis in a name', post('X(a): b'), 400],
	['no Host', 'GET / HTTP/1.1\r\n\r\n', 400],
	['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
	['the same Host twice', 'GET / HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n', 400],
	['Host with user', 'GET / HTTP/1.1\r\nHost: user@a\r\n\r\n', 400],
	['Host with path', 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n', 400],
	['Host with two ports', 'GET / HTTP/1.1\r\nHost: a:80:81\r\n\r\n', 400],
	['Host with a comma', 'GET / HTTP/1.1\r\nHost: a, b\r\n\r\n', 400],
	['empty Host', 'GET / HTTP/1.1\r\nHost:\r\n\r\n', 400],
	['absolute form', head('GET http://x/ HTTP/1.1'), 400],
	['absolute form of another scheme', head('GET gopher://x/ HTTP/1.1'), 400],
	['authority form', head('GET x:80 HTTP/1.1'), 400],
	['asterisk form', head('GET * HTTP/1.1'), 400],
	['two slashes', head('GET //evil.example/x HTTP/1.1'), 400],
	['backslash first', head('GET \\x HTTP/1.1'), 400],
	['fragment', head('GET /#x HTTP/1.1'), 400],
	['empty target', head('GET  HTTP/1.1'), 400],
	['space in the target', head('GET /a b HTTP/1.1'), 400],
	['tab in the request line', head('GET\t/ HTTP/1.1'), 400],
	['space after the version', head('GET / HTTP/1.1 '), 400],
	['bytes over 127 in the target', head('GET /\xe4 HTTP/1.1'), 400],
	['HTTP/0.9', 'GET /\r\n', 400],
	['HTTP/0.9 with headers', 'GET /\r\nHost: x\r\n\r\n', 400],
	['HTTP/1.2', head('GET / HTTP/1.2'), 505],
	['HTTP/2.0', head('GET / HTTP/2.0'), 505],
	['HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 505],
	['version in lower case', head('GET / http/1.1'), 400],
	['version of two digits', head('GET / HTTP/1.10'), 400],
	['method in lower case', head('get / HTTP/1.1'), 501],
	['unknown method', head('FROB / HTTP/1.1'), 501],
	['TRACE', head('TRACE / HTTP/1.1'), 501],
	['CONNECT', head('CONNECT x:1 HTTP/1.1'), 501],
	['bytes of TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 400],
	['HEAD with a length', head('HEAD / HTTP/1.1', `Content-Length: ${smuggled.length}`), 400],
	['HEAD with chunks', head('HEAD / HTTP/1.1', 'Transfer-Encoding: chunked') + '0\r\n\r\n', 400],
	['unknown expectation', post('Expect: 200-ok', 'Content-Length: 1') + 'a', 417],
	['too many headers', post(...[...Array(60)].map((_, i) => `X-${i}: y`)), 431],
	['too long a head', post(`X: ${'y'.repeat(20000)}`), 431],
	['too long a request line', head(`GET /${'y'.repeat(20000)} HTTP/1.1`), 414],
	['too long a target', head(`GET /${'y'.repeat(9000)} HTTP/1.1`), 414],
	['chunk size with a sign', chunked('+3\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size below zero', chunked('-1\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size with 0x', chunked('0x3\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size with a space before', chunked(' 3\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size with a space after', chunked('3 \r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size that is no number', chunked('g\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size past 64 bits', chunked('10000000000000003\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size past the limit', chunked('20000\r\nabc\r\n0\r\n\r\n'), 413],
	['chunks past the limit', chunked(`8000\r\n${'a'.repeat(0x8000)}\r\n8001\r\n`), 413],
	['empty chunk size', chunked('\r\nabc\r\n0\r\n\r\n'), 400],
	['chunk size after a bare line feed', chunked('3\nabc\r\n0\r\n\r\n'), 400],
	['chunk size after a bare carriage return', chunked('3\rabc\r\n0\r\n\r\n'), 400],
	['bare line feed in an extension', chunked('3;a\nb\r\nabc\r\n0\r\n\r\n'), 400],
	['bare carriage return in an extension', chunked('3;a\rb\r\nabc\r\n0\r\n\r\n'), 400],
	['NUL in an extension', chunked('3;a\0b\r\nabc\r\n0\r\n\r\n'), 400],
	['endless extensions', chunked(`3;${'a'.repeat(3000)}\r\nabc\r\n0\r\n\r\n`), 400],
	['no CR LF after a chunk', chunked('3\r\nabc0\r\n\r\n'), 400],
	['line feed alone after a chunk', chunked('3\r\nabc\n0\r\n\r\n'), 400],
	['chunk longer than its size', chunked('3\r\nabcdef\r\n0\r\n\r\n'), 400],
	['trailer that is no header', chunked('3\r\nabc\r\n0\r\nabc\r\n\r\n'), 400],
	['folded trailer', chunked('3\r\nabc\r\n0\r\nX: y\r\n z\r\n\r\n'), 400],
	['bare line feed in a trailer', chunked('3\r\nabc\r\n0\r\nX: y\nZ: z\r\n\r\n'), 400],
	['bare line feed at the end of trailers', chunked('3\r\nabc\r\n0\r\n\n'), 400],
	['endless trailers', chunked(`3\r\nabc\r\n0\r\nX: ${'y'.repeat(20000)}\r\n\r\n`), 431],
];

/* Sends in pieces of n bytes; what came back until the server ended it, and whether it did. */
function pieces(bytes, n) {
	return new Promise((resolve) => {
		const got = [];
		const socket = net.connect(server.port, '127.0.0.1');
		let at = 0;
		let ended = false;
		const done = () => resolve({ answer: Buffer.concat(got).toString('latin1'), ended });
		const next = () => {
			if (at < bytes.length && !socket.destroyed) {
				socket.write(Buffer.from(bytes.slice(at, at + n), 'latin1'), () => setImmediate(next));
				at += n;
			}
		};
		socket.setNoDelay(true);
		socket.setTimeout(6000, () => socket.destroy());
		socket.on('connect', next);
		socket.on('data', (data) => got.push(data));
		socket.on('end', () => { ended = true; socket.destroy(); });
		socket.on('error', () => { ended = true; });
		socket.on('close', done);
	});
}

function check(name, { answer, ended }, wanted) {
	assert.equal(status(answer), wanted, `${name}: ${answer.slice(0, 200)}`);
	assert.equal(answer.match(/HTTP\/1\.[01] \d{3} /g).length, 1, `${name}: only one answer: ${answer}`);
	assert.ok(ended, `${name}: the connection stays open`);
	assert.match(answer, /\r\nConnection: close *\r\n/, name);
	for (const header of ['Content-Security-Policy', 'X-Content-Type-Options: nosniff', 'Referrer-Policy', 'Permissions-Policy',
		'Cross-Origin-Opener-Policy', 'Cross-Origin-Resource-Policy', 'Cache-Control: no-store'])
		assert.ok(answer.includes(`\r\n${header}`), `${name}: ${header}`);
}

for (const [name, bytes, wanted] of refused)
	test(`refused: ${name}`, async () => {
		check(name, await pieces(bytes + smuggled, 1 << 20), wanted);
		if (bytes.length < 1000)
			check(`${name}, byte by byte`, await pieces(bytes + smuggled, 1), wanted);
	});

test('a refusal after good requests ends the connection there', async () => {
	const good = 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n';
	for (const size of [1 << 20, 7]) {
		const { answer, ended } = await pieces(good + good + 'GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n' + smuggled, size);
		assert.deepEqual(answer.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 200', 'HTTP/1.1 200', 'HTTP/1.1 400']);
		assert.ok(ended);
	}
});

const origin = () => `Origin: http://127.0.0.1:${server.port}`;
const form = (...headers) => ['POST /theme HTTP/1.1', `Host: 127.0.0.1:${server.port}`, origin(),
	'Content-Type: application/x-www-form-urlencoded', ...headers, '', ''].join('\r\n');
const last = 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n';

/* Good forms pass, whole and in pieces, and what follows is the next request. */
for (const [name, bytes] of [
	['a length', () => form('Content-Length: 10') + 'theme=dark'],
	['leading zeros', () => form('Content-Length: 0010') + 'theme=dark'],
	['chunks', () => form('Transfer-Encoding: chunked') + '6\r\ntheme=\r\n4\r\ndark\r\n0\r\n\r\n'],
	['chunks, any case', () => form('transfer-encoding: ChUnKeD') + 'A\r\ntheme=dark\r\n000\r\n\r\n'],
	['extensions and trailers', () => form('Transfer-Encoding: chunked') + '6;a=b;c="d"\r\ntheme=\r\n4;x\r\ndark\r\n0;y\r\nX-Sum: 1\r\nContent-Length: 7\r\n\r\n'],
	['many small chunks', () => form('Transfer-Encoding: chunked') + [...'theme=dark'].map((c) => `1\r\n${c}\r\n`).join('') + '0\r\n\r\n'],
	['an empty line before', () => '\r\n' + form('Content-Length: 10') + 'theme=dark'],
])
	test(`passes: ${name}`, async () => {
		for (const size of [1 << 20, 100, 5, 1]) {
			const { answer } = await pieces(bytes() + last, size);
			assert.deepEqual(answer.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 303', 'HTTP/1.1 200'], `${size}: ${answer}`);
			assert.match(answer, /Set-Cookie: theme=dark/i);
		}
	});

test('a body of the largest size passes', async () => {
	const body = `theme=dark&x=${'a'.repeat(65536 - 13)}`;
	for (const bytes of [form(`Content-Length: ${body.length}`) + body,
		form('Transfer-Encoding: chunked') + `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`]) {
		const { answer } = await pieces(bytes + last, 1 << 20);
		assert.doesNotMatch(answer, /^HTTP\/1\.1 413/);
		assert.match(answer, /HTTP\/1\.1 200 OK/);
	}
});

test('many pipelined requests are answered in order', async () => {
	const n = 200;
	const { answer } = await pieces([...Array(n)].map((_, i) => `GET /search?q=p${i} HTTP/1.1\r\nHost: h${i}.example\r\n\r\n`).join('') + last, 1 << 20);
	const codes = answer.match(/HTTP\/1\.1 \d{3}/g);
	assert.equal(codes.length, n + 1);
	assert.deepEqual([...answer.matchAll(/value="p(\d+)"/g)].map((m) => Number(m[1])).filter((v, i, all) => v !== all[i - 1]), [...Array(n).keys()]);
});

test('a client that has said all still gets its answer', async () => {
	const answer = await new Promise((resolve, reject) => {
		const got = [];
		const socket = net.connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true }, () =>
			socket.end('GET /search?q=half HTTP/1.1\r\nHost: x\r\n\r\n'));
		socket.on('data', (d) => got.push(d));
		socket.on('end', () => resolve(Buffer.concat(got).toString()));
		socket.on('error', reject);
	});
	assert.match(answer, /^HTTP\/1\.1 200/);
	assert.match(answer, /<\/html>/);
});

test('an expectation is met', async () => {
	const answer = await new Promise((resolve, reject) => {
		let got = '';
		const socket = net.connect(server.port, '127.0.0.1', () => socket.write(form('Content-Length: 10', 'Expect: 100-continue', 'Connection: close')));
		socket.on('data', (d) => {
			got += d;
			if (got === 'HTTP/1.1 100 Continue\r\n\r\n')
				socket.write('theme=dark');
		});
		socket.on('end', () => resolve(got));
		socket.on('error', reject);
	});
	assert.match(answer, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 303/);
	const refusedAtOnce = await pieces(form('Content-Length: 100000', 'Expect: 100-continue'), 1 << 20);
	assert.equal(status(refusedAtOnce.answer), 413);
});

test('a large body that is refused does not lose the refusal', async () => {
	const { answer } = await pieces(form('Content-Length: 3000000') + 'a'.repeat(3000000), 1 << 22);
	assert.equal(status(answer), 413);
});

test('"close" within a list is heard', async () => {
	const { answer, ended } = await pieces('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Close\r\n\r\n' + smuggled, 1 << 20);
	assert.equal(answer.match(/HTTP\/1\.1 \d{3}/g).length, 1);
	assert.ok(ended);
});

test('the server is as well as before', async () => {
	assert.equal((await get(server.port, '/healthz')).status, 200);
	assert.equal(status(await raw(server.port, last)), 200);
});
