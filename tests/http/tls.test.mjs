// SPDX-License-Identifier: GPL-3.0-or-later
/* TLS: versions, names, renewal, headers, and what plain HTTP does beside it. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import https from 'node:https';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { Authority } from '../support/certificates.mjs';
import { build, environment, Server, temporary } from '../support/server.mjs';
import { get, raw, status } from './helpers.mjs';

const work = temporary();
const folder = path.join(work, 'live');
const challenges = path.join(work, 'acme');
let authority;
let server;

before(async () => {
	authority = new Authority(path.join(work, 'ca'));
	authority.issue(['network.example', '127.0.0.1']);
	authority.issue(['ohio.example', '*.ohio.example'], { dir: path.join(folder, 'ohio.example'), certificate: 'fullchain.pem', key: 'privkey.pem' });
	authority.issue(['boston.example'], { dir: folder, certificate: 'boston.pem', key: 'boston.key', kind: '2048' });
	fs.writeFileSync(path.join(folder, 'README'), 'not a certificate');
	fs.mkdirSync(challenges);
	fs.writeFileSync(path.join(challenges, 'tok-en_1'), 'tok-en_1.thumbprint');
	fs.writeFileSync(path.join(work, 'secret'), 'secret');
	server = await Server.start({ args: [`--tls-certificate=${authority.file('server.pem')}`, `--tls-key=${authority.file('server.key')}`,
		`--tls-folder=${folder}`, '--listen-tls=127.0.0.1:0', '--tls-check-interval=200ms', `--acme-folder=${challenges}`,
		'--listen=127.0.0.1:0,0.0.0.0:0', '--header-timeout=2s'] });
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
	fs.rmSync(work, { recursive: true });
});

function secure(target, { name = 'network.example', headers = {}, method = 'GET', body = null, agent, ...more } = {}) {
	return new Promise((resolve, reject) => {
		const request = https.request({ host: '127.0.0.1', port: server.tlsPort, path: target, method, headers: { Host: name, ...headers },
			servername: name, ca: authority.pem, agent: agent ?? false, ...more }, (answer) => {
			const chunks = [];
			const peer = answer.socket.getPeerCertificate();
			answer.on('data', (d) => chunks.push(d));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text: Buffer.concat(chunks).toString(), peer }));
		});
		request.on('error', reject);
		request.end(body);
	});
}

/* Handshake only: { version, cipher, alpn } or the error's text. */
function shake(options = {}) {
	return new Promise((resolve) => {
		const socket = tls.connect({ host: '127.0.0.1', port: server.tlsPort, servername: 'network.example', ca: authority.pem, ...options }, () => {
			resolve({ version: socket.getProtocol(), cipher: socket.getCipher().name, alpn: socket.alpnProtocol, key: socket.getEphemeralKeyInfo() });
			socket.destroy();
		});
		socket.on('error', (e) => resolve(String(e.code ?? e.message)));
	});
}

test('a page comes over TLS, checked against its authority', async () => {
	const answer = await secure('/guides/the-call-in');
	assert.equal(answer.status, 200);
	assert.match(answer.text, /"https:\/\/network\.example\/guides\/the-call-in/);
	assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
	const curl = spawnSync('curl', ['-sS', '--cacert', authority.file('ca.pem'), '--resolve', `network.example:${server.tlsPort}:127.0.0.1`,
		'-o', '/dev/null', '-w', '%{http_code} %{http_version} %{ssl_verify_result}', `https://network.example:${server.tlsPort}/`], { encoding: 'utf8' });
	assert.equal(curl.stdout, '200 1.1 0', curl.stderr);
	const distrusting = spawnSync('curl', ['-sS', `https://127.0.0.1:${server.tlsPort}/`], { encoding: 'utf8' });
	assert.equal(distrusting.status, 60, 'the test authority is not trusted by default');
});

test('pages of both schemes are kept apart', async () => {
	const plain = await get(server.port, '/guides/the-call-in', { Host: 'network.example' });
	assert.match(plain.text, /"http:\/\/network\.example\/guides\/the-call-in/);
	assert.equal(plain.headers['strict-transport-security'], undefined);
	assert.match((await secure('/guides/the-call-in')).text, /"https:\/\/network\.example\/guides/);
});

test('only TLS 1.2 and 1.3, with forward secrecy', async () => {
	assert.equal((await shake()).version, 'TLSv1.3');
	const older = await shake({ maxVersion: 'TLSv1.2' });
	assert.equal(older.version, 'TLSv1.2');
	assert.match(older.cipher, /^ECDHE-/);
	assert.equal((await shake({ maxVersion: 'TLSv1.2', ecdhCurve: 'X25519:P-256' })).key.name, 'X25519');
	for (const version of ['TLSv1', 'TLSv1.1'])
		assert.equal(typeof await shake({ minVersion: 'TLSv1', maxVersion: version, ciphers: 'DEFAULT@SECLEVEL=0' }), 'string', version);
	for (const ciphers of ['AES128-GCM-SHA256', 'AES128-SHA', 'ECDHE-RSA-AES128-SHA', 'ECDHE-ECDSA-AES128-SHA', 'DHE-RSA-AES128-GCM-SHA256', 'NULL-SHA256', 'aNULL'])
		assert.equal(typeof await shake({ maxVersion: 'TLSv1.2', ciphers: `${ciphers}:@SECLEVEL=0` }), 'string', ciphers);
});

test('ALPN is HTTP/1.1 or nothing', async () => {
	assert.equal((await shake({ ALPNProtocols: ['h2', 'http/1.1'] })).alpn, 'http/1.1');
	assert.equal((await shake()).alpn, false);
	assert.match(await shake({ ALPNProtocols: ['h2'] }), /ALPN|NO_APPLICATION_PROTOCOL/);
});

test('each host name has its certificate', async () => {
	for (const [name, subject] of [['network.example', 'network.example'], ['ohio.example', 'ohio.example'], ['a.ohio.example', 'ohio.example'],
		['OHIO.example', 'ohio.example'], ['boston.example', 'boston.example']]) {
		const answer = await secure('/healthz', { name });
		assert.equal(answer.peer.subject.CN, subject, name);
	}
	await assert.rejects(secure('/healthz', { name: 'unknown.example' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
	await assert.rejects(secure('/healthz', { name: 'a.b.ohio.example' }), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
});

test('no session is resumed', async () => {
	for (const maxVersion of ['TLSv1.2', 'TLSv1.3']) {
		let session;
		const once = (more) => new Promise((resolve, reject) => {
			const socket = tls.connect({ host: '127.0.0.1', port: server.tlsPort, servername: 'network.example', ca: authority.pem, maxVersion, ...more }, () =>
				socket.write('GET /healthz HTTP/1.1\r\nHost: network.example\r\nConnection: close\r\n\r\n'));
			socket.on('session', (s) => { session = s; });
			socket.on('data', () => {});
			socket.on('end', () => resolve(socket.isSessionReused()));
			socket.on('error', reject);
		});
		await once();
		assert.equal(await once({ session }), false, maxVersion);
	}
});

test('every kind of answer over TLS says HSTS and the rest', async () => {
	const asset = /href="(\/assets\/[^"]+)"/.exec((await secure('/')).text)[1];
	const kinds = { page: await secure('/'), again: await secure('/'), missing: await secure('/no/such/page'), asset: await secure(asset),
		health: await secure('/healthz'), api: await secure('/api/v1/no-such'), method: await secure('/', { method: 'DELETE' }),
		parameter: await secure('/library?page=0'), forged: await secure('/theme', { method: 'POST', body: 'theme=dark', headers: { Origin: 'https://evil.example' } }),
		large: await secure('/theme', { method: 'POST', headers: { 'Content-Length': 5000000 } }),
		head: await secure('/', { method: 'HEAD' }), notModified: await secure('/', { headers: { 'If-None-Match': '*' } }),
		badTarget: await secure('//x'), odd: await secure('/', { method: 'PROPFIND' }) };
	for (const [kind, answer] of Object.entries(kinds)) {
		for (const [name, value] of [['strict-transport-security', /^max-age=31536000$/], ['content-security-policy', /default-src 'self'/],
			['x-content-type-options', /^nosniff$/], ['referrer-policy', /./], ['permissions-policy', /camera=\(\)/],
			['cross-origin-opener-policy', /^same-origin$/], ['cross-origin-resource-policy', /^same-origin$/]])
			assert.match(answer.headers[name] ?? '', value, `${kind} (${answer.status}): ${name}`);
		assert.equal(answer.headers.server, undefined, kind);
	}
	assert.deepEqual(Object.fromEntries(Object.entries(kinds).map(([k, a]) => [k, a.status])), { page: 200, again: 200, missing: 404, asset: 200,
		health: 200, api: 404, method: 405, parameter: 400, forged: 403, large: 413, head: 200, notModified: 304, badTarget: 400, odd: 501 });
});

test('forms are accepted from the https origin, and not from the plain one', async () => {
	const post = (origin) => secure('/theme', { method: 'POST', body: 'theme=dark', headers: { Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' } });
	assert.equal((await post('https://network.example')).status, 303);
	assert.equal((await post('http://network.example')).status, 403);
});

test('large pages and keep-alive over TLS', async () => {
	const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
	for (let i = 0; i < 30; i++) {
		const answer = await secure(i % 2 ? '/search?q=call' : '/', { agent, headers: { 'Accept-Encoding': 'identity' } });
		assert.equal(answer.status, 200);
		assert.match(answer.text, /<\/html>/);
	}
	agent.destroy();
	const body = `theme=dark&x=${'a'.repeat(900000)}`;
	const answer = await secure('/theme', { method: 'POST', body, headers: { Origin: 'https://network.example', 'Content-Type': 'application/x-www-form-urlencoded' } });
	assert.equal(answer.status, 303);
});

test('many handshakes at once', async () => {
	const answers = await Promise.all([...Array(60)].map(() => secure('/healthz')));
	assert.ok(answers.every((a) => a.status === 200));
});

test('an answer ends with an alert that says so', async () => {
	const out = spawnSync('openssl', ['s_client', '-connect', `127.0.0.1:${server.tlsPort}`, '-servername', 'network.example', '-CAfile', authority.file('ca.pem'),
		'-quiet', '-ign_eof'], { input: 'GET /healthz HTTP/1.1\r\nHost: network.example\r\nConnection: close\r\n\r\n', encoding: 'utf8', timeout: 10000 });
	assert.match(out.stdout, /^HTTP\/1\.1 200/);
	assert.doesNotMatch(out.stderr, /unexpected eof/);
});

test('smuggling is refused within TLS too', async () => {
	const answer = await new Promise((resolve, reject) => {
		let text = '';
		const socket = tls.connect({ host: '127.0.0.1', port: server.tlsPort, servername: 'network.example', ca: authority.pem }, () =>
			socket.write('POST /theme HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x3\r\nabc\r\n0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n'));
		socket.on('data', (d) => { text += d; });
		socket.on('end', () => resolve(text));
		socket.on('error', reject);
	});
	assert.deepEqual(answer.match(/HTTP\/1\.1 \d{3}/g), ['HTTP/1.1 400']);
});

test('half a handshake is ended, plain HTTP on the TLS port harms nobody', async () => {
	const began = Date.now();
	await new Promise((resolve) => {
		const socket = net.connect(server.tlsPort, '127.0.0.1', () => socket.write('\x16\x03\x01'));
		socket.on('close', resolve);
		socket.on('error', () => {});
	});
	assert.ok(Date.now() - began < 8000);
	assert.doesNotMatch(await raw(server.tlsPort, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'), / 200 /);
	assert.equal((await secure('/healthz')).status, 200);
});

test('plain requests from elsewhere are sent to HTTPS; challenges are answered', async (t) => {
	const loopback = await get(server.port, '/', { Host: 'network.example' });
	assert.equal(loopback.status, 200);
	const challenge = await get(server.port, '/.well-known/acme-challenge/tok-en_1');
	assert.deepEqual([challenge.status, challenge.text], [200, 'tok-en_1.thumbprint']);
	for (const token of ['nothing', '', '..%2fsecret', '../secret', 'tok-en_1%00', '.'])
		assert.notEqual((await get(server.port, `/.well-known/acme-challenge/${token}`)).status, 200, token);
	const outside = Object.values(os.networkInterfaces()).flat().find((i) => i.family === 'IPv4' && !i.internal);
	if (!outside) {
		t.diagnostic('this machine has no address but loopback');
		return;
	}
	const all = await Server.start({ dir: temporary(), args: ['--listen=0.0.0.0:0', `--tls-certificate=${authority.file('server.pem')}`, `--tls-key=${authority.file('server.key')}`,
		'--listen-tls=127.0.0.1:0', `--acme-folder=${challenges}`] });
	t.after(() => all.end());
	const from = (target, method = 'GET') => new Promise((resolve, reject) => {
		const socket = net.connect(all.port, outside.address, () => socket.write(`${method} ${target} HTTP/1.1\r\nHost: Network.Example:80\r\nConnection: close\r\n\r\n`));
		let text = '';
		socket.on('data', (d) => { text += d; });
		socket.on('end', () => resolve(text));
		socket.on('error', reject);
	});
	const moved = await from('/library?page=2');
	assert.equal(status(moved), 308);
	assert.match(moved, new RegExp(`\r\nLocation: https://network\\.example:${all.tlsPort}/library\\?page=2\r\n`));
	assert.equal(status(await from('/theme', 'POST')), 308);
	assert.equal(status(await from('/.well-known/acme-challenge/tok-en_1')), 200);
});

const serial = async () => (await secure('/healthz')).peer.serialNumber;

async function until(what, wanted) {
	for (let i = 0; i < 100; i++) {
		if (await wanted())
			return;
		await new Promise((r) => setTimeout(r, 100));
	}
	assert.fail(what);
}

test('a renewed certificate is served without a restart, and connections live on', async () => {
	const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
	const old = (await secure('/healthz', { agent })).peer.serialNumber;
	authority.issue(['network.example', '127.0.0.1']);
	await until('the new one is served', async () => await serial() !== old);
	assert.equal((await secure('/healthz', { agent })).status, 200);
	agent.destroy();
	assert.match(server.stderr, /info tls\.reload certificates=3/);
});

test('files that do not fit together change nothing', async () => {
	const current = await serial();
	const spare = authority.issue(['network.example', '127.0.0.1'], { certificate: 'spare.pem', key: 'spare.key' });
	fs.copyFileSync(spare.key, authority.file('server.key'));
	await until('it is logged', () => /error tls\.reload kept=old reason=".*server\.key is not the key of the certificate/.test(server.stderr));
	assert.equal(await serial(), current);
	const before_ = server.stderr.match(/tls\.reload kept/g).length;
	await new Promise((r) => setTimeout(r, 700));
	assert.equal(server.stderr.match(/tls\.reload kept/g).length, before_, 'it is said once');
	fs.copyFileSync(spare.certificate, authority.file('server.pem'));
	await until('the pair is whole', async () => await serial() !== current);
	for (const [what, act] of [['garbage', () => fs.writeFileSync(authority.file('server.pem'), 'garbage')], ['nothing', () => fs.rmSync(authority.file('server.pem'))]]) {
		const now = await serial();
		const said = server.stderr.match(/tls\.reload kept/g).length;
		act();
		await until(what, () => server.stderr.match(/tls\.reload kept/g).length > said);
		assert.equal(await serial(), now, what);
	}
	authority.issue(['network.example', '127.0.0.1']);
	const last = server.stderr.match(/tls\.reload certificates/g).length;
	await until('good again', () => server.stderr.match(/tls\.reload certificates/g).length > last);
});

test('SIGHUP reads the files again at once, and new ones in the folder', async () => {
	authority.issue(['new.example'], { dir: path.join(folder, 'new.example'), certificate: 'fullchain.pem', key: 'privkey.pem' });
	server.child.kill('SIGHUP');
	await until('the new name', async () => (await secure('/healthz', { name: 'new.example' }).catch(() => null))?.status === 200);
});

test('reloading under load loses no request', async () => {
	let stop = false;
	let n = 0;
	const load = [...Array(4)].map(async () => {
		while (!stop) {
			assert.equal((await secure('/healthz', { name: n % 2 ? 'ohio.example' : 'network.example' })).status, 200);
			n++;
		}
	});
	const served = async (wanted) => {
		while (n < wanted && !stop)
			await new Promise((r) => setTimeout(r, 5));
	};
	try {
		for (let i = 0; i < 10; i++) {
			server.child.kill('SIGHUP');
			await Promise.race([served(n + 8), Promise.all(load)]); /* the load ends only by failing */
		}
	} finally {
		stop = true;
	}
	await Promise.all(load);
});

test('what cannot be served is told at the start', () => {
	const dir = temporary();
	const start = (...args) => spawnSync(path.join(build, 'commonweald'), ['--listen=127.0.0.1:0', '--listen-tls=127.0.0.1:0', ...args],
		{ env: environment(dir), encoding: 'utf8', timeout: 20000 });
	const pair = (name, more) => authority.issue(['x.example'], { certificate: `${name}.pem`, key: `${name}.key`, ...more });
	const none = start();
	assert.equal(none.status, 1);
	assert.match(none.stderr, /tls-certificate/);
	const open = pair('open', { mode: 0o644 });
	const told = start(`--tls-certificate=${open.certificate}`, `--tls-key=${open.key}`);
	assert.equal(told.status, 1);
	assert.match(told.stderr, /open\.key can be read or changed by everyone.*mode 644.*chmod 640/s);
	const a = pair('a');
	const b = pair('b');
	assert.match(start(`--tls-certificate=${a.certificate}`, `--tls-key=${b.key}`).stderr, /b\.key is not the key of the certificate/);
	assert.match(start(`--tls-certificate=${a.certificate}`, `--tls-key=${authority.file('missing')}`).stderr, /missing: No such file/);
	assert.match(start(`--tls-certificate=${a.key}`, `--tls-key=${a.key}`).stderr, /holds no certificate/);
	authority.run('ec', '-in', a.key, '-aes256', '-passout', 'pass:x', '-out', authority.file('locked.key'));
	fs.chmodSync(authority.file('locked.key'), 0o600);
	assert.match(start(`--tls-certificate=${a.certificate}`, `--tls-key=${authority.file('locked.key')}`).stderr, /without a passphrase/);
	const weak = pair('weak', { kind: '1024' });
	assert.equal(start(`--tls-certificate=${weak.certificate}`, `--tls-key=${weak.key}`).status, 1, 'RSA of 1024 bits');
	assert.match(start('--tls-folder=/dev/null/x').stderr, /There is no certificate/);
	fs.rmSync(dir, { recursive: true });
});

test('TLS alone, with key and certificate in one file', async (t) => {
	const both = authority.issue(['network.example', '127.0.0.1'], { certificate: 'both.pem', key: 'both.key' });
	fs.appendFileSync(both.certificate, fs.readFileSync(both.key));
	fs.chmodSync(both.certificate, 0o600);
	const alone = await Server.start({ args: ['--listen=', `--tls-certificate=${both.certificate}`, '--listen-tls=127.0.0.1:0', '--hsts-max-age=0s'] });
	t.after(() => alone.end());
	assert.match(alone.base, /^https:/);
	const answer = await secure('/healthz', { port: alone.tlsPort });
	assert.equal(answer.status, 200);
	assert.equal(answer.headers['strict-transport-security'], undefined);
});
