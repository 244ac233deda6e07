// SPDX-License-Identifier: GPL-3.0-or-later
/* Every public page, as a browser without scripts gets it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import zlib from 'node:zlib';
import { Server } from '../support/server.mjs';
import { crawl, get, links, raw, status } from './helpers.mjs';

let server, pages;

before(async () => {
	server = await Server.start();
	pages = await crawl(server);
});
after(() => server.end());

test('the crawl found every kind of page', () => {
	for (const path of ['/', '/strategies', '/library', '/faq', '/events', '/jurisdictions', '/about', '/accessibility',
		'/guides/the-call-in', '/strategies/group-violence', '/evaluations/cincinnati-study', '/publications/tester-2007',
		'/media/a-report', '/faq/what-is-a-call-in', '/events/first-webinar', '/events/series/starting', '/s/cincinnati',
		'/s/cincinnati/profiles/cincinnati', '/s/cincinnati/case-studies/group-analysis', '/s/ohio'])
		assert.ok(pages.has(path), `${path} is linked from nowhere`);
	assert.ok(pages.size > 60);
});

test('no link is broken', () => {
	for (const [path, answer] of pages)
		assert.ok([200, 301, 303].includes(answer.status), `${path} is ${answer.status}`);
});

test('each page has one h1, a title, a main landmark, a skip link and no inline script or style', () => {
	for (const [path, { text, headers, status: code }] of pages) {
		if (code !== 200 || !/text\/html/.test(headers['content-type']))
			continue;
		assert.equal((text.match(/<h1[\s>]/g) ?? []).length, 1, path);
		assert.match(text, /^<!DOCTYPE html>/, path);
		assert.match(text, /<title>[^<]+<\/title>/, path);
		assert.match(text, /<main [^>]*id="main"/, path);
		assert.match(text, /href="#main"/, path);
		/* A data block is no script: nothing runs it (HTML, "the script element"). */
		assert.doesNotMatch(text.replaceAll(/<script type="application\/ld\+json">[^<>&]*<\/script>/g, ''),
			/<style|style="|<script(?![^>]*src=)|\son[a-z]+="/, path);
		assert.doesNotMatch(text, /\{[a-z_.?]+\}/, `${path} shows a hole of its template`);
	}
});

test('fragments point to an id of their page', () => {
	for (const [path, { text, headers, status: code }] of pages) {
		if (code !== 200 || !/text\/html/.test(headers['content-type']))
			continue;
		const ids = [...text.matchAll(/\sid="([^"]+)"/g)].map((m) => m[1]);
		assert.equal(new Set(ids).size, ids.length, `${path} has an id twice`);
		for (const link of links(text).filter((l) => l.startsWith('#')))
			assert.ok(ids.includes(link.slice(1)), `${path} has no ${link}`);
	}
});

test('security headers stand on pages, errors and assets', async () => {
	const asset = links(pages.get('/').text).find((l) => l.startsWith('/assets/'));
	for (const path of ['/', '/nope', asset, '/api/v1']) {
		const { headers } = await get(server.port, path);
		assert.match(headers['content-security-policy'], /default-src 'self'/, path);
		assert.doesNotMatch(headers['content-security-policy'], /unsafe/, path);
		assert.equal(headers['x-content-type-options'], 'nosniff', path);
		assert.ok(headers['referrer-policy'], path);
		assert.match(headers['content-security-policy'], /frame-ancestors 'none'/, path);
	}
});

test('a record page shows all that its XML holds', () => {
	const guide = pages.get('/guides/the-call-in').text;
	assert.match(guide, /<strong>everyone<\/strong> &amp; listen/);
	assert.match(guide, /<a href="\/r\/national\/faq\/what-is-a-call-in">the question<\/a>/);
	assert.match(guide, /id="find-a-place"/);
	assert.match(guide, /<p>A calm one\.<\/p>/);
	assert.match(guide, /Project manager/);
	assert.match(guide, /A hall/);
	assert.match(guide, /href="#before-you-begin"/);
	assert.match(guide, /href="#own-id"/);
	assert.match(guide, /Read next/);
	const evaluation = pages.get('/evaluations/cincinnati-study').text;
	assert.match(evaluation, /−37 %/);
	assert.match(evaluation, /95 % interval −52 to −17/);
	assert.match(evaluation, /Journal of Tests/);
	assert.match(evaluation, /2004 to June 2006/);
	assert.match(evaluation, /Evaluates/);
	const strategy = pages.get('/strategies/group-violence').text;
	assert.match(strategy, /Evaluated by/);
	assert.match(strategy, /<p>Together\.<\/p>/);
	const event = pages.get('/events/first-webinar').text;
	assert.match(event, /Monday 9 December 2030, 2:00 pm to 3:30 pm EST/);
	assert.match(pages.get('/events/old-webinar').text, /Thursday 9 July 2020, 2:00 pm to 3:30 pm EDT/);
	assert.match(pages.get('/s/cincinnati').text, /Cincinnati Police/);
});

test('the library counts and narrows', async () => {
	const all = pages.get('/library').text;
	assert.match(all, /8 records|9 records|10 records/);
	const guides = await server.text('/library?type=guide');
	assert.match(guides, /2\s+records/);
	assert.match(guides, /Remove <\/span>Type: Guides/);
	assert.match(guides, /aria-current="true"/);
	const both = await server.text('/library?type=guide&strategy=drug-market');
	assert.match(both, /1\s+record\b/);
	assert.match(both, /Organizing social services/);
	assert.doesNotMatch(both, />The call-in</);
	const place = await server.text('/library?jurisdiction=cincinnati');
	assert.match(place, /Homicide in Cincinnati/, 'a record about a place counts for it');
	const none = await server.text('/library?type=guide&year=1999');
	assert.match(none, /Nothing in the library fits/);
	assert.match(none, /Clear all/);
	const evidence = await server.text('/library?evidence=controlled');
	assert.match(evidence, /1\s+record\b/);
});

test('search marks words, forgives spelling and explains emptiness', async () => {
	const hits = await server.text('/search?q=call-in');
	assert.match(hits, /<mark>call-in<\/mark>/);
	assert.ok(hits.indexOf('/guides/the-call-in"') < hits.indexOf('/faq/what-is-a-call-in"'), 'exact title first');
	const typo = await server.text('/search?q=homicidd');
	assert.match(typo, /Did you mean <a href="\/search\?q=homicide">homicide<\/a>/);
	const none = await server.text('/search?q=xyzzyq');
	assert.match(none, /Nothing was found/);
	assert.match(none, /The whole library/);
	assert.match(await server.text('/search'), /What are you looking for/);
	const synonym = await server.text('/search?q=forum');
	assert.match(synonym, /href="\/guides\/the-call-in"/);
	assert.match(synonym, /Also searched|also searched|synonym/i);
});

test('search escapes what was typed', async () => {
	const page = await server.text(`/search?q=${encodeURIComponent('"><script>alert(1)</script>')}`);
	assert.doesNotMatch(page, /<script>alert/);
	assert.match(page, /&quot;&gt;&lt;script&gt;/);
	assert.match(await server.text(`/search?q=${encodeURIComponent("' OR 1=1 --")}`), /<h1>/);
});

test('no typed text breaks the query', async () => {
	for (const q of ['"', '""', '"a', 'AND', 'a AND', 'NEAR(', '*', '-', '--', '-a', 'title:', '^x', '(', ')', '{', 'a*b', 'a"b"c',
		'type:', 'type:guide', "'", ';', '\\', '%', '_', '💥', 'é', 'ﬀ', '…', 'a'.repeat(200), 'x '.repeat(100), '+', ':', '""""', '"*"',
		'NOT x', 'x NOT', 'col : x', '\u0007', 'call OR', 'rank', '{title}: x', 'a + b', '“call in”']) {
		const answer = await server.get(`/search?q=${encodeURIComponent(q)}`);
		assert.ok([200, 400].includes(answer.status), `${q} is ${answer.status}`);
		const api = await server.get(`/api/v1/search?q=${encodeURIComponent(q)}`);
		assert.ok([200, 400].includes(api.status), `${q} is ${api.status}`);
		assert.ok([200, 400].includes((await server.get(`/api/v1/suggest?q=${encodeURIComponent(q)}`)).status), q);
	}
	assert.doesNotMatch(server.stderr, /level=error| error /);
});

test('the map and the list have the same links', () => {
	const text = pages.get('/jurisdictions').text;
	const svg = /<svg[\s\S]*<\/svg>/.exec(text)[0];
	const dots = links(svg).sort();
	const list = links(/<div class="directory">[\s\S]*?<\/main>/.exec(text)[0]).sort();
	assert.deepEqual(dots, list);
	assert.equal(dots.length, 3);
});

test('a space is reached by its host name as well', async () => {
	const byHost = await get(server.port, '/', { Host: 'cincinnati.example.org' });
	assert.equal(byHost.status, 200);
	assert.match(byHost.text, /<h1>Cincinnati, Ohio<\/h1>/);
	const byPath = await get(server.port, '/s/cincinnati');
	assert.match(byPath.text, /<h1>Cincinnati, Ohio<\/h1>/);
	const profile = await get(server.port, '/profiles/cincinnati', { Host: 'cincinnati.example.org' });
	assert.equal(profile.status, 200);
	assert.equal((await get(server.port, '/profiles/cincinnati')).status, 404);
	assert.match(byPath.text, /href="\/s\/cincinnati\/space\.css"/);
	const css = await get(server.port, '/s/cincinnati/space.css');
	assert.match(css.text, /^:root\{--accent:#7a2e1d;--accent-dark:#[0-9a-f]{6}\}/);
	assert.match(css.headers['content-type'], /text\/css/);
});

test('pages are kept by their ETag and compressed', async () => {
	const first = await get(server.port, '/about');
	assert.ok(first.headers.etag);
	const again = await get(server.port, '/about', { 'If-None-Match': first.headers.etag });
	assert.equal(again.status, 304);
	assert.equal(again.bytes.length, 0);
	const packed = await get(server.port, '/about', { 'Accept-Encoding': 'gzip' });
	assert.equal(packed.headers['content-encoding'], 'gzip');
	assert.equal(zlib.gunzipSync(packed.bytes).toString(), first.text);
	assert.match(packed.headers.vary, /accept-encoding/i);
	const brotli = await get(server.port, '/about', { 'Accept-Encoding': 'br;q=1, gzip;q=0.5' });
	assert.equal(brotli.headers['content-encoding'], 'br');
	assert.equal(zlib.brotliDecompressSync(brotli.bytes).toString(), first.text);
	const refused = await get(server.port, '/about', { 'Accept-Encoding': 'br;q=0, gzip;q=0, identity' });
	assert.equal(refused.headers['content-encoding'], undefined);
});

test('assets live long and have hashed names', async () => {
	for (const path of links(pages.get('/').text).filter((l) => l.startsWith('/assets/'))) {
		const answer = await get(server.port, path);
		assert.equal(answer.status, 200, path);
		assert.match(answer.headers['cache-control'], /max-age=31536000.*immutable/, path);
	}
	assert.equal((await get(server.port, '/assets/css/site.css')).status, 404);
});

test('HEAD has the headers of GET and no body', async () => {
	const answer = await get(server.port, '/about', {}, 'HEAD');
	const whole = await get(server.port, '/about');
	assert.equal(answer.status, 200);
	assert.equal(answer.bytes.length, 0);
	assert.equal(answer.headers['content-length'], whole.headers['content-length']);
});

test('another method is 405 and says which it knows', async () => {
	const answer = await get(server.port, '/about', { Origin: server.base }, 'DELETE');
	assert.equal(answer.status, 405);
	assert.match(answer.headers.allow, /GET/);
	const options = await get(server.port, '/about', {}, 'OPTIONS');
	assert.equal(options.status, 204);
	assert.match(options.headers.allow, /GET/);
});

test('the theme is chosen by a form and kept by a cookie', async () => {
	const form = { 'Content-Type': 'application/x-www-form-urlencoded', Origin: server.base, Host: `127.0.0.1:${server.port}` };
	const chosen = await get(server.port, '/theme', form, 'POST', 'theme=dark&back=%2Fabout');
	assert.equal(chosen.status, 303);
	assert.equal(chosen.headers.location, '/about');
	assert.match(chosen.headers['set-cookie'][0], /^theme=dark; .*HttpOnly/);
	const dark = await get(server.port, '/about', { Cookie: 'theme=dark' });
	assert.match(dark.text, /data-theme="dark"/);
	assert.doesNotMatch((await get(server.port, '/about')).text, /data-theme="/);
	const outside = await get(server.port, '/theme', form, 'POST', 'theme=dark&back=%2F%2Fevil.example');
	assert.equal(outside.headers.location, '/');
	const foreign = await get(server.port, '/theme', { ...form, Origin: 'https://evil.example' }, 'POST', 'theme=dark&back=%2F');
	assert.equal(foreign.status, 403);
	const none = { 'Content-Type': form['Content-Type'] };
	assert.equal((await get(server.port, '/theme', none, 'POST', 'theme=dark&back=%2F')).status, 403);
	assert.equal((await get(server.port, '/theme', form, 'POST', 'theme=pink&back=%2F')).status, 400);
	/* As curl -F sends it. */
	const parts = '--x\r\nContent-Disposition: form-data; name="theme"\r\n\r\nlight\r\n--x--\r\n';
	const many = await get(server.port, '/theme', { ...form, 'Content-Type': 'multipart/form-data; boundary=x' }, 'POST', parts);
	assert.match(many.headers['set-cookie'][0], /^theme=light/);
	const cut = await get(server.port, '/theme', { ...form, 'Content-Type': 'multipart/form-data; boundary=x' }, 'POST', parts.slice(0, 60));
	assert.equal(cut.status, 400);
	assert.match(cut.text, /not well made/);
});

test('a missing page helps on', async () => {
	const answer = await get(server.port, '/guides/no-such-guide');
	assert.equal(answer.status, 404);
	assert.match(answer.text, /<h1>Page not found<\/h1>/);
	assert.match(answer.text, /role="search"/);
	assert.match(answer.text, /<code>[0-9a-f]{16}<\/code>/);
	assert.equal(answer.headers['x-request-id'].length, 16);
});

test('a trailing slash leads to the page', async () => {
	const answer = await get(server.port, '/library/?type=guide');
	assert.equal(answer.status, 301);
	assert.equal(answer.headers.location, '/library?type=guide');
});

test('two requests on one connection are both answered', async () => {
	const answer = await raw(server.port, `GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
	assert.equal(answer.match(/HTTP\/1\.1 200/g).length, 2);
	assert.equal(status(answer), 200);
});
