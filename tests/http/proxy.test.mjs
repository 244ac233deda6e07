// SPDX-License-Identifier: GPL-3.0-or-later
/* Behind a proxy: who is believed, and what follows from it. */
import assert from 'node:assert/strict';
import http from 'node:http';
import { after, before, test } from 'node:test';
import { Server } from '../support/server.mjs';
import { get } from './helpers.mjs';

let plain;
let behind;
let rfc;

before(async () => {
	plain = await Server.start();
	behind = await Server.start({ args: ['--trusted-proxies=127.0.0.2 10.0.0.0/8', '--max-connections-per-address=5'] });
	rfc = await Server.start({ args: ['--trusted-proxies=127.0.0.0/8', '--proxy-headers=forwarded'] });
});
after(async () => {
	for (const server of [plain, behind, rfc]) {
		const { code } = await server.end();
		assert.equal(code, 0, server.stderr);
	}
});

/* From that loopback address, 127.0.0.2 being the proxy's. */
function from(server, localAddress, path, headers = {}, { method = 'GET', body = null, agent = false } = {}) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port: server.port, localAddress, path, method, headers: { Host: 'inner.example', ...headers }, agent }, (answer) => {
			let text = '';
			answer.on('data', (d) => { text += d; });
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, text }));
		});
		request.on('error', reject);
		request.end(body);
	});
}

const origin = async (...args) => /<link rel="canonical" href="(https?:\/\/[^/"]+)/.exec((await from(...args)).text)?.[1] ??
	/"(https?:\/\/[^/"]+)\/guides\/the-call-in/.exec((await from(...args)).text)?.[1];
const page = '/guides/the-call-in';
const claims = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': 'outer.example:8443' };

test('nobody is believed by default', async () => {
	const answer = await from(plain, '127.0.0.1', page, claims);
	assert.match(answer.text, /http:\/\/inner\.example\/guides/);
	assert.doesNotMatch(answer.text, /outer\.example/);
	assert.equal(answer.headers['strict-transport-security'], undefined);
	assert.equal(await origin(plain, '127.0.0.1', page, { Forwarded: 'for=1.2.3.4;proto=https;host=outer.example' }), 'http://inner.example');
});

test('a trusted proxy is believed', async () => {
	const answer = await from(behind, '127.0.0.2', page, claims);
	assert.match(answer.text, /https:\/\/outer\.example:8443\/guides/);
	assert.doesNotMatch(answer.text, /inner\.example/);
	assert.equal(answer.headers['strict-transport-security'], 'max-age=31536000');
	assert.equal(await origin(behind, '127.0.0.2', page), 'http://inner.example');
	assert.equal(await origin(behind, '127.0.0.2', page, { ...claims, 'X-Forwarded-Proto': 'http' }), 'http://outer.example:8443');
});

test('another address is not, though it says the same', async () => {
	for (const address of ['127.0.0.1', '127.0.0.3']) {
		const answer = await from(behind, address, page, claims);
		assert.match(answer.text, /http:\/\/inner\.example\/guides/, address);
		assert.equal(answer.headers['strict-transport-security'], undefined);
	}
});

test('what the client put first is not the proxy\'s word', async () => {
	assert.equal(await origin(behind, '127.0.0.2', page, { 'X-Forwarded-Proto': 'https, http', 'X-Forwarded-Host': 'evil.example, outer.example' }), 'http://outer.example');
	assert.equal(await origin(behind, '127.0.0.2', page, { Forwarded: 'for=1.2.3.4;proto=https;host=evil.example' }), 'http://inner.example');
	for (const host of ['evil.example/x', 'user@evil', '<script>', 'a b', ''])
		assert.equal(await origin(behind, '127.0.0.2', page, { ...claims, 'X-Forwarded-Host': host }), 'https://inner.example', host);
});

test('pages of one scheme and host are not served to another', async () => {
	for (let i = 0; i < 2; i++)
		for (const proto of ['http', 'https'])
			for (const host of ['one.example', 'two.example'])
				assert.equal(await origin(behind, '127.0.0.2', page, { 'X-Forwarded-Proto': proto, 'X-Forwarded-Host': host }), `${proto}://${host}`);
});

test('forms are accepted from the outer origin only', async () => {
	const send = (origin_) => from(behind, '127.0.0.2', '/theme', { ...claims, Origin: origin_, 'Content-Type': 'application/x-www-form-urlencoded' }, { method: 'POST', body: 'theme=dark' });
	assert.equal((await send('https://outer.example:8443')).status, 303);
	for (const other of ['http://outer.example:8443', 'https://inner.example', 'http://inner.example', 'https://outer.example'])
		assert.equal((await send(other)).status, 403, other);
});

test('a request through a proxy is never the machine itself', async () => {
	const status = async (...args) => (await from(...args)).status;
	assert.equal(await status(behind, '127.0.0.1', '/metrics'), 200);
	assert.equal(await status(behind, '127.0.0.2', '/metrics'), 404, 'the proxy, whatever it says');
	for (const headers of [claims, { 'X-Forwarded-For': '127.0.0.1' }, { 'X-Forwarded-For': '127.0.0.1, 127.0.0.1' }])
		assert.equal(await status(behind, '127.0.0.2', '/metrics', headers), 404);
	for (const headers of [{ 'X-Forwarded-For': '1.2.3.4' }, { Forwarded: 'for=1.2.3.4' }, { 'X-Real-IP': '1.2.3.4' }, { Via: '1.1 x' }, { 'X-Forwarded-Proto': 'https' }])
		assert.equal(await status(plain, '127.0.0.1', '/metrics', headers), 404, Object.keys(headers)[0]);
});

test('RFC 7239 where it is chosen, and nothing else then', async () => {
	assert.equal(await origin(rfc, '127.0.0.1', page, { Forwarded: 'for="[2001:db8::1]:99";proto=https;host="outer.example:8443"' }), 'https://outer.example:8443');
	assert.equal(await origin(rfc, '127.0.0.1', page, { Forwarded: 'for=6.6.6.6;proto=https;host=evil.example, for=1.2.3.4;proto=http' }), 'http://inner.example');
	assert.equal(await origin(rfc, '127.0.0.1', page, { Forwarded: ['for="6.6.6.6;proto=https', 'for=1.2.3.4;host=outer.example'] }), 'http://outer.example');
	assert.equal(await origin(rfc, '127.0.0.1', page, claims), 'http://inner.example');
});

test('the limit of one address does not count for a proxy', async () => {
	const hold = (address, n) => {
		const agent = new http.Agent({ keepAlive: true, maxSockets: n });
		return Promise.all([...Array(n)].map(() => from(behind, address, '/healthz', {}, { agent }))).then((answers) => ({ agent, answers }));
	};
	const proxy = await hold('127.0.0.2', 20);
	assert.ok(proxy.answers.every((a) => a.status === 200));
	assert.equal((await from(behind, '127.0.0.2', '/healthz')).status, 200);
	proxy.agent.destroy();
});

test('public-origin is the network\'s; a space\'s own host name stands for itself', async (t) => {
	const server = await Server.start({ args: ['--public-origin=https://network.example.org', '--network-host=network.example.org'] });
	t.after(() => server.end());
	const canonical = async (host, path) => /<link rel="canonical" href="([^"]+)"/.exec((await get(server.port, path, { Host: host })).text)[1];
	assert.equal(await canonical('network.example.org', '/guides/the-call-in'), 'https://network.example.org/guides/the-call-in');
	assert.equal(await canonical('127.0.0.1', '/guides/the-call-in'), 'https://network.example.org/guides/the-call-in');
	assert.equal(await canonical('cincinnati.example.org', '/profiles/cincinnati'), 'https://cincinnati.example.org/profiles/cincinnati');
	for (const [host, origin, status] of [['cincinnati.example.org', 'https://cincinnati.example.org', 303],
		['cincinnati.example.org', 'https://network.example.org', 403], ['network.example.org', 'https://network.example.org', 303],
		['network.example.org', 'https://cincinnati.example.org', 403]]) {
		const answer = await get(server.port, '/theme', { Host: host, Origin: origin, 'Content-Type': 'application/x-www-form-urlencoded' },
			'POST', 'theme=dark&back=%2F');
		assert.equal(answer.status, status, `${host} from ${origin}`);
	}
});
