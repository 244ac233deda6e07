// SPDX-License-Identifier: GPL-3.0-or-later
/* Atom feeds, OpenSearch, site maps: valid, complete, and only of what the
 * asker may see. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { checkXml, get } from './helpers.mjs';

let server, member;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', fixtures]);
	assert.equal(done.status, 0, done.stderr);
	person(dir, 'member', { roles: { cincinnati: 'reader' } });
	server = await Server.start({ dir, content: null, env: fast, args: ['--feed-page-size=3', '--sitemap-page-size=4'] });
	member = await enter(server, 'member');
});
after(() => server.end());

const ids = (text) => [...text.matchAll(/<entry><id>([^<]+)/g)].map((m) => m[1]);
const link = (text, rel) => new RegExp(`<link rel="${rel}"[^>]* href="([^"]*)"/>`).exec(text.split('<entry>')[0])?.[1].replaceAll('&amp;', '&');
const total = (text) => Number(/totalResults>(\d+)/.exec(text)[1]);
const local = (url) => url.replace(server.base, '');

/* Every page of a feed by its "next" links: [path, text]. */
async function follow(start, ask = (where) => get(server.port, where)) {
	const list = [];
	for (let where = start; where; where = link(list.at(-1)[1], 'next') && local(link(list.at(-1)[1], 'next'))) {
		const answer = await ask(where);
		assert.equal(answer.status, 200, where);
		list.push([where, answer.text]);
	}
	return list;
}

const feeds = ['/feed.atom', '/feed.atom?type=guide', '/feed.atom?strategy=group-violence', '/feed.atom?type=faq&strategy=drug-market', '/feed.atom?type=no-such-type',
	'/s/cincinnati/feed.atom', '/s/newark/feed.atom', '/search.atom?q=call-in', '/search.atom?q=call-in&type=guide&year=2010', '/s/cincinnati/search.atom?q=call-in',
	'/s/cincinnati/search.atom?q=call-in&scope=network', '/search.atom?q=nothinglikethis', '/search.atom', '/search.atom?evidence=controlled&only=library'];

test('every feed is valid Atom, and its pages together hold each record once', async () => {
	const texts = {};
	for (const feed of feeds) {
		const pages = await follow(feed);
		const all = pages.flatMap(([, text]) => ids(text));
		for (const [where, text] of pages)
			texts[where] = text;
		assert.equal(new Set(all).size, all.length, feed);
		assert.equal(all.length, total(pages[0][1]), feed);
		assert.equal(new Set(pages.map(([, text]) => /<feed[^>]*><id>([^<]+)/.exec(text)[1])).size, 1, `${feed}: one id`);
		for (const [i, [where, text]] of pages.entries()) {
			assert.equal(local(link(text, 'self')), where);
			assert.equal(local(link(text, 'first')), pages[0][0]);
			assert.equal(local(link(text, 'last')), pages.at(-1)[0]);
			assert.equal(link(text, 'previous') && local(link(text, 'previous')), i ? pages[i - 1][0] : undefined);
			assert.ok(ids(text).length <= 3);
		}
	}
	checkXml('atom.rnc', texts);
	assert.ok((await follow('/feed.atom')).length > 3);
	const beyond = await get(server.port, '/feed.atom?page=999');
	assert.equal(ids(beyond.text).length, 0);
	assert.equal(local(link(beyond.text, 'previous')), local(link(beyond.text, 'last')));
	checkXml('atom.rnc', { beyond: beyond.text });
});

test('a feed has the last changes first, and the content type and links of one', async () => {
	const answer = await get(server.port, '/feed.atom');
	assert.equal(answer.headers['content-type'], 'application/atom+xml; charset=utf-8');
	const stamps = (await follow('/feed.atom')).flatMap(([, text]) => [...text.matchAll(/<entry>[\s\S]*?<updated>([^<]+)/g)].map((m) => m[1]));
	assert.deepEqual(stamps, [...stamps].sort().reverse());
	for (const [, href] of answer.text.matchAll(/<link rel="alternate" type="text\/html" href="([^"]*)"/g))
		assert.equal((await get(server.port, local(href))).status, 200, href);
	/* The same records at the same ids under every address of the feed. */
	const api = JSON.parse((await get(server.port, '/api/v1/records?limit=100')).text).items.map((item) => `urn:uuid:${item.id}`);
	assert.deepEqual((await follow('/feed.atom')).flatMap(([, text]) => ids(text)).sort(), api.sort());
});

test('an id of a feed says what is asked, not where', async () => {
	const id = async (where, headers) => /<feed[^>]*><id>([^<]+)/.exec((await get(server.port, where, headers)).text)[1];
	assert.equal(await id('/feed.atom'), await id('/feed.atom?page=2'));
	assert.equal(await id('/s/newark/feed.atom'), await id('/feed.atom', { Host: 'newark.example.org' }));
	assert.equal(new Set(await Promise.all(feeds.map((one) => id(one)))).size, feeds.length);
	assert.match(await id('/feed.atom'), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('visitors and members: each sees their own', async () => {
	const open = (await follow('/feed.atom')).map(([, text]) => text).join(''), own = (await follow('/feed.atom', (where) => member.get(where))).map(([, text]) => text).join('');
	assert.doesNotMatch(open, /zanzibar|quokka|platypus|axolotl/i);
	assert.match(own, /zanzibar/i);
	assert.match(own, /quokka/i);
	assert.doesNotMatch(own, /axolotl/i);
	const answer = await member.get('/feed.atom');
	assert.match(answer.headers['cache-control'], /private, no-store/);
	assert.equal(answer.headers['last-modified'], undefined);
	checkXml('atom.rnc', { own: answer.text });
	for (const where of ['/s/leadership-group/feed.atom', '/s/leadership-group/search.atom?q=x', '/s/leadership-group/sitemap.xml', '/s/leadership-group/opensearch.xml', '/s/leadership-group/oai?verb=Identify']) {
		const hidden = await get(server.port, where), absent = await get(server.port, where.replace('leadership-group', 'no-such-spacexxx'));
		const strip = (text) => text.replaceAll(/leadership-group|no-such-spacexxx/g, '').replaceAll(/[0-9a-f]{16}/g, '');
		assert.equal(hidden.status, 404, where);
		assert.equal(strip(hidden.text), strip(absent.text), where);
		assert.equal((await member.get(where)).status, 200, where);
	}
});

test('conditional requests: by entity tag, by date, and after a change', async () => {
	/* What changed in this very second has no date to ask by yet; it is asked again until it has. */
	let first;
	do
		first = await get(server.port, '/feed.atom');
	while (!first.headers['last-modified']);
	const { etag, 'last-modified': modified } = first.headers;
	const ask = (headers) => get(server.port, '/feed.atom', headers);
	assert.equal((await ask({ 'If-None-Match': etag })).status, 304);
	assert.equal((await ask({ 'If-Modified-Since': modified })).status, 304);
	assert.equal((await ask({ 'If-Modified-Since': new Date(Date.parse(modified) + 5000).toUTCString() })).status, 304);
	assert.equal((await ask({ 'If-Modified-Since': new Date(Date.parse(modified) - 1000).toUTCString() })).status, 200);
	assert.equal((await ask({ 'If-Modified-Since': 'yesterday' })).status, 200);
	assert.equal((await ask({ 'If-Modified-Since': modified, 'If-None-Match': '"other"' })).status, 200, 'the tag is asked first');
	const dir = temporary(), file = path.join(fixtures, 'national/guide/the-call-in.xml');
	fs.writeFileSync(path.join(dir, 'changed.xml'), fs.readFileSync(file, 'utf8').replace('<dc:title>The call-in', '<dc:title>The call-in, &lt;b&gt; &amp; revised'));
	assert.equal(commonweal(server.dir, ['import', dir]).status, 0);
	fs.rmSync(dir, { recursive: true });
	const changed = await ask({ 'If-Modified-Since': modified });
	assert.equal(changed.status, 200);
	assert.match(changed.text, /<entry><id>[^<]+<\/id>\s*<title>The call-in, &lt;b&gt; &amp; revised<\/title>/, 'it stands first');
	assert.equal((await ask({ 'If-None-Match': etag })).status, 200);
	const packed = await get(server.port, '/feed.atom', { 'Accept-Encoding': 'gzip' });
	assert.equal(packed.headers['content-encoding'], 'gzip');
});

test('hostile searches stay well-formed, or are refused', async () => {
	const texts = {};
	for (const q of ['</title><script>alert(1)</script>', '"]]>&amp;<!--', 'a\ufffeb\uffffc\ufdd0', '\u202egnirts', "'\"><x y='", '&#0;', 'x'.repeat(490), 'é'.repeat(200), '{searchTerms}', '%00', '../../etc']) {
		const answer = await get(server.port, `/search.atom?q=${encodeURIComponent(q)}`);
		assert.equal(answer.status, 200, q);
		texts[q] = answer.text;
	}
	checkXml('atom.rnc', texts);
	for (const bad of ['/search.atom?q=%01', '/search.atom?q=%ff', '/search.atom?page=0', '/feed.atom?page=10001', '/feed.atom?type=A', `/search.atom?q=${'x'.repeat(501)}`])
		assert.equal((await get(server.port, bad)).status, 400, bad);
});

test('pages say where their feed is, and how to search here', async () => {
	for (const [page, feed] of [['/', '/feed.atom'], ['/s/newark', '/s/newark/feed.atom'], ['/library?type=guide', '/feed.atom?type=guide'],
		['/faq?strategy=drug-market', '/feed.atom?type=faq&amp;strategy=drug-market'], ['/strategies/group-violence', '/feed.atom?strategy=group-violence'], ['/guides/the-call-in', '/feed.atom'], ['/events', '/feed.atom?type=event'],
		['/library?type=guide&q=call', '/search.atom?q=call&amp;type=guide&amp;only=library'], ['/search?q=call-in&page=1&sort=title', '/search.atom?q=call-in'],
		['/s/newark/search?q=x&scope=network', '/s/newark/search.atom?q=x&amp;scope=network']]) {
		const { text } = await get(server.port, page);
		const found = /<link rel="alternate" type="application\/atom\+xml" title="[^"]+" href="([^"]*)">/.exec(text)?.[1];
		assert.equal(found, feed, page);
		assert.equal((await get(server.port, feed.replaceAll('&amp;', '&'))).status, 200);
		assert.match(text, /<link rel="search" type="application\/opensearchdescription\+xml" title="[^"]+" href="[^"]*\/opensearch\.xml">/);
	}
	const texts = {};
	for (const base of ['', '/s/cincinnati']) {
		const answer = await get(server.port, `${base}/opensearch.xml`);
		assert.match(answer.headers['content-type'], /^application\/opensearchdescription\+xml/);
		for (const [, template] of answer.text.matchAll(/template="([^"]*)"/g)) {
			const url = template.replaceAll('&amp;', '&').replace('{searchTerms}', 'call-in').replace('{startPage?}', '1');
			assert.ok(url.startsWith(`${server.base}${base}/search`), url);
			assert.equal((await get(server.port, local(url))).status, 200, url);
		}
		texts[base] = answer.text;
	}
	checkXml('opensearch.rnc', texts);
});

/* ---- site maps ---- */

async function map(base, headers = {}, ask = (where) => get(server.port, where, headers)) {
	const index = (await ask(`${base}/sitemap.xml`)).text, parts = [...index.matchAll(/<loc>([^<]*)/g)].map((m) => m[1].replaceAll('&amp;', '&'));
	const texts = { index };
	for (const part of parts)
		texts[part] = (await ask(new URL(part).pathname + new URL(part).search)).text;
	checkXml('sitemap.rnc', texts);
	return { parts, urls: Object.entries(texts).slice(1).flatMap(([, text]) => [...text.matchAll(/<loc>([^<]*)/g)].map((m) => m[1])), texts };
}

test('the site map lists every public page of a host, and nothing else', async () => {
	const { urls, parts, texts } = await map('');
	assert.ok(parts.length > 3);
	for (const text of Object.values(texts).slice(2))
		assert.ok((text.match(/<url>/g) ?? []).length <= 4);
	assert.equal(new Set(urls).size, urls.length);
	for (const url of urls)
		assert.equal((await get(server.port, local(url))).status, 200, url);
	const records = JSON.parse((await get(server.port, '/api/v1/records?limit=100')).text).items.map((item) => item.url);
	assert.deepEqual(records.filter((url) => !urls.includes(url)), []);
	assert.equal(urls.filter((url) => /\/[^/]+\/[^/]+$/.test(local(url)) && !/^\/s\/[^/]+$/.test(local(url))).length, records.length);
	assert.doesNotMatch(JSON.stringify(texts), /zanzibar|quokka|leadership/);
	assert.deepEqual((await map('', {}, (where) => member.get(where))).urls, urls, 'a member gets the same');
	assert.equal((await get(server.port, `/sitemap.xml?part=${parts.length}`)).status, 404);
	assert.match((await get(server.port, '/robots.txt')).text, new RegExp(`^Sitemap: ${server.base}/sitemap.xml$`, 'm'));
});

test('a space has its own map, at its own host too', async () => {
	const here = await map('/s/cincinnati');
	assert.ok(here.urls.length > 5 && here.urls.every((url) => url.startsWith(`${server.base}/s/cincinnati`)), here.urls.join());
	const host = { Host: 'newark.example.org' };
	const { urls } = await map('', host);
	assert.ok(urls.length >= 8 && urls.every((url) => url.startsWith('http://newark.example.org/') && !url.includes('/s/')), urls.join());
	assert.match((await get(server.port, '/robots.txt', host)).text, /^Sitemap: http:\/\/newark\.example\.org\/sitemap\.xml$/m);
});
