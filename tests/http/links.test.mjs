// SPDX-License-Identifier: GPL-3.0-or-later
/* The link check against real servers: what is broken, what only says wait, and
 * that nothing inside is asked, whatever leads there; and adding by address. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Authority } from '../support/certificates.mjs';
import { Client, enter, fast, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

let server, web, inside, secure, dir;
const asked = [], who = {};
let atOnce = 0, mostAtOnce = 0, recovered = false;

/* A web server that misbehaves by path. */
function answer(request, response) {
	asked.push(`${request.method} ${request.url}`);
	atOnce++;
	mostAtOnce = Math.max(mostAtOnce, atOnce);
	response.once('close', () => { atOnce--; });
	const [, what, more] = request.url.split('?')[0].split('/');
	const send = (status, headers = {}, body = 'x') => response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
	switch (what) {
	case 'status': return send(Number(more));
	case 'headless': return send(request.method === 'HEAD' ? 405 : 200);
	case 'headfails': return request.method === 'HEAD' ? request.socket.destroy() : send(200);
	case 'wait': return send(Number(more), { 'Retry-After': '3600' });
	case 'loop': return send(302, { Location: '/loop' });
	case 'twice': return send(301, { Location: '/status/200' });
	case 'to': return send(302, { Location: decodeURIComponent(more) });
	case 'slow': return undefined;
	case 'drip': {
		const timer = setInterval(() => response.write('x'), 50);
		response.once('close', () => clearInterval(timer));
		return response.writeHead(200);
	}
	case 'huge': {
		response.writeHead(request.method === 'HEAD' ? 404 : 200);
		if (request.method === 'HEAD')
			return response.end();
		const chunk = Buffer.alloc(65536);
		response.sent = 0;
		const more_ = () => {
			while (!response.destroyed && response.sent < 1 << 28 && response.write(chunk))
				response.sent += chunk.length;
		};
		response.on('drain', more_);
		response.once('close', () => { web.huge = response.sent; });
		return more_();
	}
	case 'heads': return send(200, Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`X-Filler-${i}`, 'y'.repeat(2000)])));
	case 'garbage': return request.socket.end('SSH-2.0-nothing\r\n\r\n');
	case 'again': return send(recovered ? 200 : 410);
	default: return send(200);
	}
}

const listen = (one, address = '127.0.0.1') => new Promise((resolve) => { one.listen(0, address, () => resolve(one.address().port)); });

const record = (slug, link, { space = 'national', audience = 'public', more = '' } = {}) => `<?xml version="1.0" encoding="UTF-8"?>
<media xmlns="urn:commonweal:record:1" xmlns:dc="http://purl.org/dc/terms/" space="${space}" slug="${slug}" audience="${audience}">
  <dc:title>Piece ${slug}</dc:title><dc:abstract>Some words.</dc:abstract><dc:issued>2009</dc:issued><dc:language>en</dc:language>
  <outlet>Paper</outlet><link>${link.replaceAll('&', '&amp;')}</link><kind>article</kind>${more}
  <body xmlns="http://www.w3.org/1999/xhtml"><p>Text.</p></body>
</media>
`;

const links = {};
async function report(client = who.network, where = '/links.csv?state=failing') {
	const text = (await client.get(where)).text;
	return new Map(text.trimEnd().split('\r\n').slice(1).map((line) => {
		const cells = [...line.matchAll(/"((?:[^"]|"")*)"|([^,]+)|(?<=,)(?=,)/g)].map((m) => m[1] ?? m[2] ?? '');
		return [cells[4], { link: cells[0], state: cells[5], failures: Number(cells[7]), answer: cells[8] }];
	}));
}

async function until(what, happens) {
	const end = Date.now() + 60000;
	for (;;) {
		const value = await happens();
		if (value)
			return value;
		assert.ok(Date.now() < end, `${what}; ${server.stderr.slice(-1500)}`);
		await new Promise((resolve) => { setTimeout(resolve, 100); });
	}
}

before(async () => {
	dir = temporary();
	web = http.createServer(answer);
	inside = http.createServer((request, response) => { inside.asked = (inside.asked ?? 0) + 1; response.end('secret'); });
	const port = await listen(web);
	/* Another address of this machine, which is not among the networks that are let. */
	const insidePort = await listen(inside, '127.0.0.2');
	const ca = new Authority(path.join(dir, 'ca'));
	ca.issue(['localhost']);
	secure = https.createServer({ cert: fs.readFileSync(ca.file('server.pem')), key: fs.readFileSync(ca.file('server.key')) },
		(request, response) => response.end('x'));
	const securePort = await listen(secure);
	const at = `http://127.0.0.1:${port}`, private_ = `http://127.0.0.2:${insidePort}/`;
	Object.assign(links, { good: `${at}/status/200`, gone: `${at}/status/404`, removed: `${at}/status/410`, broken: `${at}/status/500`, closed: `${at}/status/403`,
		headless: `${at}/headless`, headfails: `${at}/headfails`, busy: `${at}/wait/429`, pause: `${at}/wait/503`, loop: `${at}/loop`, twice: `${at}/twice`, slow: `${at}/slow`,
		drip: `${at}/drip`, huge: `${at}/huge`, heads: `${at}/heads`, garbage: `${at}/garbage`, again: `${at}/again`,
		private: private_, metadata: `http://169.254.169.254/latest/`, lead: `${at}/to/${encodeURIComponent(private_)}`, localname: `http://localhost:${insidePort}/`,
		decimal: `http://2130706434:${insidePort}/`, mapped: `http://[::ffff:127.0.0.2]:${insidePort}/`, file: `${at}/to/${encodeURIComponent('file:///etc/passwd')}`,
		gopher: `${at}/to/${encodeURIComponent('gopher://127.0.0.1:70/x')}`, port: 'http://127.0.0.1:1/', tls: `https://localhost:${securePort}/`,
		nowhere: `http://no-such-host.invalid:${port}/` });
	const content = path.join(dir, 'content');
	fs.cpSync(fixtures, content, { recursive: true });
	for (const [slug, link] of Object.entries(links))
		fs.writeFileSync(path.join(content, `national/media/${slug}.xml`), record(slug, link, { more: slug === 'gone' ? '<excerpt>A passage that is kept.</excerpt>' : '' }));
	fs.mkdirSync(path.join(content, 'cincinnati/media'));
	fs.writeFileSync(path.join(content, 'cincinnati/media/own.xml'), record('own', `${at}/status/404?own`, { space: 'cincinnati', audience: 'space' }));
	assert.equal(commonweal(dir, ['import', content], fast).status, 0);
	person(dir, 'network', { flags: ['--network-admin'] });
	person(dir, 'local', { roles: { cincinnati: 'editor' } });
	person(dir, 'office', { roles: { national: 'editor' } });
	person(dir, 'reader', { roles: { cincinnati: 'reader' } });
	server = await Server.start({ dir, content: null, env: fast, args: [`--link-check-ports=80,${port},${insidePort},${securePort}`, '--link-check-allow=127.0.0.1/32',
		'--link-check-interval=200ms', '--link-check-every=1d', '--link-check-retry=100ms', '--link-check-failures=2', '--link-check-rot-after=0ms',
		'--link-check-timeout=1500ms'] });
	for (const name of ['network', 'local', 'office', 'reader'])
		who[name] = await enter(server, name);
	who.nobody = new Client(server);
});
after(async () => {
	for (const one of [web, inside, secure]) {
		one?.closeAllConnections();
		one?.close();
	}
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const bad = ['gone', 'removed', 'broken', 'loop', 'slow', 'garbage', 'heads', 'private', 'metadata', 'lead', 'localname', 'decimal', 'mapped', 'file', 'gopher', 'port', 'tls',
	'nowhere', 'again'];

test('what does not answer is found broken after several failures', { timeout: 120000 }, async () => {
	const found = await until('all bad ones are broken', async () => {
		const now = await report();
		return bad.every((slug) => now.get(slug)?.state === 'broken') && now;
	});
	for (const [slug, words] of [['gone', /HTTP status 404/], ['removed', /410/], ['broken', /500/], ['loop', /on and on/], ['slow', /too long/], ['private', /private or special network/],
		['metadata', /private or special/], ['lead', /private or special/], ['localname', /private or special|could not be reached/], ['decimal', /private or special/], ['mapped', /private or special/],
		['file', /no plain web address/], ['gopher', /no plain web address/], ['port', /port is none/], ['tls', /certificate/], ['nowhere', /name of the server|too long/]])
		assert.match(found.get(slug).answer, words, `${slug}: ${found.get(slug).answer}`);
	assert.equal(inside.asked, undefined, 'nothing inside was asked');
});

test('what answers, or says wait, is not', async () => {
	const now = await report();
	for (const slug of ['good', 'closed', 'headless', 'headfails', 'busy', 'pause', 'twice', 'huge', 'drip'])
		assert.equal(now.has(slug), false, `${slug}: ${JSON.stringify(now.get(slug))}`);
	assert.ok(asked.includes('GET /headless') && asked.includes('GET /headfails'));
	assert.ok(!asked.includes('GET /wait/429') && !asked.includes('GET /wait/503'), 'who says wait is not asked once more at once');
	assert.equal(asked.filter((line) => line === 'HEAD /wait/429').length, 1, 'nor before the hour is over');
	assert.equal(asked.filter((line) => line === 'HEAD /status/200' ).length, 2, 'once, and once by the redirect');
	assert.ok(web.huge < 1 << 24, `${web.huge} bytes of a huge page were taken`);
	assert.equal(mostAtOnce, 1, 'one request at a time to a host');
});

test('readers are told, with what was kept; and told no more when it is back', { timeout: 120000 }, async () => {
	const page = (await who.nobody.get('/media/gone')).text;
	assert.match(page, /did not answer on \d+ \w+ \d{4}; the excerpt below was kept/);
	assert.match(page, /A passage that is kept\./);
	assert.match((await who.nobody.get('/media/again')).text, /did not answer on/);
	assert.doesNotMatch((await who.nobody.get('/media/good')).text, /did not answer/);
	recovered = true;
	await until('it is back', async () => !(await who.nobody.get('/media/again')).text.includes('did not answer'));
	assert.equal((await report()).has('again'), false);
});

test('editors see the report of their space, the office that of the network; nobody else any', async () => {
	assert.equal((await who.nobody.get('/links')).status, 404);
	assert.equal((await who.reader.get('/s/cincinnati/links')).status, 404);
	assert.equal((await who.local.get('/links')).status, 404);
	const own = (await who.local.get('/s/cincinnati/links?state=failing')).text;
	assert.match(own, /Piece own/);
	assert.doesNotMatch(own, /Piece gone/);
	const office = (await who.office.get('/links?state=failing')).text;
	assert.match(office, /Piece gone/);
	assert.doesNotMatch(office, /Piece own/, 'not what is only for another space');
	assert.match((await who.network.get('/links?state=failing')).text, /Piece gone/);
});

test('a piece is added by its address, without asking it', async () => {
	const page = '/media/add';
	const fields = { link: 'http://127.0.0.2:1/x', title: 'A <new> piece & more', outlet: 'The Paper', date: '2026-11-03', author: '', kind: 'article', strategy: '', summary: 'About it.',
		excerpt: 'Kept "words" </excerpt>', archive: '', audience: 'public' };
	for (const [change, words] of [[{ link: '' }, /Type the address/], [{ link: 'javascript:alert(1)' }, /begins with https/], [{ link: 'https://me:pw@x.example/' }, /begins with https/],
		[{ title: ' ' }, /Type the title/], [{ date: '2026-02-30' }, /there is such a day/], [{ date: 'yesterday' }, /there is such a day/], [{ archive: 'ftp://x' }, /archived copy/],
		[{ kind: 'song' }, /cannot be kept/], [{ strategy: 'x"><y' }, /cannot be kept/], [{ audience: 'restricted' }, /Choose who/], [{ audience: '' }, /Choose who/],
		[{ excerpt: 'x'.repeat(2001) }, /short passage/]]) {
		const answer_ = await who.office.submit(page, page, { ...fields, ...change });
		assert.equal(answer_.status, 400, JSON.stringify(change));
		assert.match(answer_.text, words);
		assert.match(answer_.text, /value="The Paper"/, 'kept');
	}
	const before_ = asked.length;
	const done = await who.office.submit(page, page, fields);
	assert.equal(done.status, 303, done.text);
	assert.match(done.location, /\/media\/a-new-piece-more-2026$/);
	const shown = (await who.nobody.get('/media/a-new-piece-more-2026')).text;
	for (const part of [/A &lt;new&gt; piece &amp; more/, /Kept &quot;words&quot; &lt;\/excerpt&gt;/, /href="http:\/\/127\.0\.0\.2:1\/x"/])
		assert.match(shown, part);
	assert.equal(asked.length, before_);
	assert.equal((await who.office.submit(page, page, fields)).status, 409, 'not twice');
	/* An editor of a space publishes for the space. */
	const own = '/s/cincinnati/media/add', csrf = /name="csrf" value="([^"]*)"/.exec((await who.local.get(own)).text)[1];
	assert.doesNotMatch((await who.local.get(own)).text, /<option value="public"/);
	assert.equal((await who.local.post(own, { ...fields, csrf })).status, 400);
	assert.equal((await who.local.post(own, { ...fields, csrf, audience: 'space' })).status, 303);
	assert.equal((await who.nobody.get('/s/cincinnati/media/a-new-piece-more-2026')).status, 404);
	assert.equal((await who.reader.get('/s/cincinnati/media/a-new-piece-more-2026')).status, 200);
	assert.equal((await who.reader.get(own)).status, 404);
});

test('with a space its links go, those that others name stay', async () => {
	const has = (word) => ['commonweal.db', 'commonweal.db-wal'].some((file) => fs.existsSync(path.join(dir, file)) &&
		fs.readFileSync(path.join(dir, file)).includes(word));
	assert.ok(has('status/404?own'));
	const done = commonweal(dir, ['purge', '--space', 'cincinnati', '--yes'], fast);
	assert.equal(done.status, 0, done.stdout + done.stderr);
	assert.match(done.stdout, /1 links that were checked/);
	assert.ok(!has('status/404?own'));
	assert.ok((await report()).has('gone'));
});

test('without the option nothing is asked', async () => {
	const off = await Server.start({ env: fast });
	const client = new Client(off);
	assert.equal((await client.get('/')).status, 200);
	assert.equal((await off.end()).code, 0);
	assert.doesNotMatch(off.stderr, /links/);
});
