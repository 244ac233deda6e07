// SPDX-License-Identifier: GPL-3.0-or-later
/* Nothing of what is not public reaches a visitor: no page, no count, no score,
 * no suggestion tells that it exists. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fixtures, Server, temporary } from '../support/server.mjs';
import { crawl, get } from './helpers.mjs';

const secrets = /zanzibar|quokka|platypus|axolotl/i;
let whole, open, publicOnly;

before(async () => {
	publicOnly = temporary();
	fs.cpSync(fixtures, publicOnly, { recursive: true });
	let removed = 0;
	for (const file of fs.readdirSync(publicOnly, { recursive: true })) {
		const full = path.join(publicOnly, file);
		if (file.endsWith('.xml') && !/audience="public"/.test(fs.readFileSync(full, 'utf8'))) {
			fs.rmSync(full);
			removed++;
		}
	}
	assert.ok(removed >= 5, 'the test network has private records');
	[whole, open] = await Promise.all([Server.start(), Server.start({ content: publicOnly })]);
});
after(async () => {
	await Promise.all([whole.end(), open.end()]);
	fs.rmSync(publicOnly, { recursive: true });
});

test('a crawl from every public page and answer meets no private word', async () => {
	const start = ['/', '/api/v1/records?limit=100', '/api/v1/spaces', '/library', '/search?q=call-in', '/s/cincinnati', '/s/newark',
		'/s/cincinnati/library', '/s/cincinnati/search?q=call', '/events', '/search?q=zanzibar', '/search?q=zanzibat', '/search?q=quoka',
		'/api/v1/search?q=notes', '/api/v1/suggest?q=zan', '/api/v1/suggest?q=quo', '/api/v1/suggest?q=secret', '/search?q=plat*'];
	const pages = await crawl(whole, start);
	assert.ok(pages.size > 60);
	for (const [where, { text }] of pages) {
		/* What was asked is shown again; that is no leak. */
		const shown = /q=/.test(where) ? text.replaceAll(/zanzibar|zanzibat/gi, '') : text;
		assert.doesNotMatch(shown, secrets, where);
	}
});

test('forbidden and absent look alike', async () => {
	const strip = (text) => text.replaceAll(/[0-9a-f]{16}/g, '').replaceAll(/secret-zanzibar|absent-thing-x/g, '')
		.replaceAll(/leadership-group|no-such-spacex/g, '');
	for (const [forbidden, absent] of [
		['/s/cincinnati/case-studies/secret-zanzibar', '/s/cincinnati/case-studies/absent-thing-x'],
		['/s/leadership-group', '/s/no-such-spacex'], ['/r/cincinnati/case-study/secret-zanzibar', '/r/cincinnati/case-study/absent-thing-x'],
		['/api/v1/spaces/leadership-group', '/api/v1/spaces/no-such-spacex'],
		['/s/leadership-group/events/convening', '/s/no-such-spacex/events/convening']]) {
		const one = await get(whole.port, forbidden), other = await get(whole.port, absent);
		assert.equal(one.status, 404, forbidden);
		assert.equal(other.status, 404, absent);
		assert.equal(strip(one.text), strip(other.text), forbidden);
	}
	const host = await get(whole.port, '/', { Host: 'leadership.example.org' });
	const unknown = await get(whole.port, '/', { Host: 'nowhere.example.org' });
	assert.equal(host.status, unknown.status);
});

test('scores, counts, facets and suggestions are the same without the private records', async () => {
	const strip = (text) => JSON.parse(text, (key, value) => (['id', 'api_url', 'url', 'next', 'next_cursor'].includes(key) ? undefined : value));
	for (const q of ['call-in', 'notes', 'cincinnati', 'zanzibar', 'quokka review', 'group violence', 'members', 'call -secret', ''])
		for (const where of [`/api/v1/search?q=${q}`, `/api/v1/suggest?q=${q}`, `/api/v1/search?q=${q}&jurisdiction=cincinnati`,
			`/s/cincinnati/api/v1/search?q=${q}`]) {
			const a = await get(whole.port, encodeURI(where)), b = await get(open.port, encodeURI(where));
			assert.equal(a.status, b.status, where);
			if (a.status === 200)
				assert.deepEqual(strip(a.text), strip(b.text), where);
		}
	for (const where of ['/api/v1/records?limit=100', '/api/v1/spaces'])
		assert.deepEqual(strip((await get(whole.port, where)).text), strip((await get(open.port, where)).text), where);
});

test('pages are byte for byte the same without the private records', async () => {
	/* The two were imported one after the other: perhaps not in the same minute. */
	const strip = (text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replaceAll(/127\.0\.0\.1:\d+/g, '')
		.replaceAll(/[0-9a-f]{16}/g, '').replaceAll(/\d+ \w+ \d{4}, \d\d:\d\d UTC/g, '');
	for (const where of ['/', '/library', '/faq', '/events', '/jurisdictions', '/strategies/group-violence', '/search?q=call-in',
		'/search?q=sixty+notes', '/s/cincinnati', '/s/cincinnati/library', '/s/newark', '/guides/the-call-in', '/search?q=zanzibar'])
		assert.equal(strip((await get(whole.port, where)).text), strip((await get(open.port, where)).text), where);
});

test('the metrics need the loopback address itself', async () => {
	assert.equal((await get(whole.port, '/metrics')).status, 200);
	assert.equal((await get(whole.port, '/metrics', { 'X-Forwarded-For': '203.0.113.9' })).status, 404);
});
