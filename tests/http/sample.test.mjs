// SPDX-License-Identifier: GPL-3.0-or-later
/* The content that ships: whole, linked, and what the README's tour says of it. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { crawl, get } from './helpers.mjs';

const sample = path.join(top, 'content/sample');
let server;

before(async () => {
	server = await Server.start({ content: sample });
});
after(() => server.end());

const total = async (query) => JSON.parse(await server.text(`/api/v1/search?limit=1&${query}`)).total;

test('it holds what the founding FAQ was turned into', async () => {
	assert.equal(await total('type=strategy'), 2);
	assert.ok(await total('type=faq') >= 60);
	assert.ok(await total('type=guide') >= 8);
	assert.ok(await total('type=evaluation') >= 11);
	assert.ok(await total('type=publication') >= 15);
	const spaces = fs.readdirSync(sample);
	for (const member of ['boston', 'chicago', 'cincinnati', 'high-point', 'los-angeles', 'milwaukee', 'newark', 'providence', 'oakland',
		'california', 'north-carolina']) {
		assert.ok(spaces.includes(member), member);
		assert.match(fs.readFileSync(path.join(sample, member, 'space.xml'), 'utf8'), /<leadership>yes<\/leadership>/, member);
		assert.equal((await get(server.port, `/s/${member}/profiles/${member}`)).status, 200, member);
	}
	for (const place of ['boston', 'chicago', 'high-point', 'providence', 'hempstead', 'rockford', 'nashville', 'indianapolis', 'lowell',
		'stockton', 'los-angeles', 'cincinnati'])
		assert.ok(await total(`type=evaluation&jurisdiction=${place}`) + await total(`type=case-study&jurisdiction=${place}`) > 0, place);
});

test('two convenings a year, for the Leadership Group alone', async () => {
	const years = fs.readdirSync(path.join(sample, 'leadership-group/event')).filter((f) => f.startsWith('convening'))
		.map((f) => /<start>(\d{4})/.exec(fs.readFileSync(path.join(sample, 'leadership-group/event', f), 'utf8'))[1]);
	assert.ok(years.length >= 4);
	for (const year of new Set(years))
		assert.equal(years.filter((y) => y === year).length, 2, year);
	assert.equal((await get(server.port, '/s/leadership-group')).status, 404);
});

test('every page answers and no link is broken', async () => {
	const pages = await crawl(server, ['/']);
	assert.ok(pages.size > 250, `${pages.size} pages`);
	for (const [where, answer] of pages)
		assert.ok([200, 301, 303].includes(answer.status), `${where} is ${answer.status}`);
});

test('export gives the same bytes back', () => {
	const to = path.join(temporary(), 'out');
	const done = commonweal(server.dir, ['export', to]);
	assert.equal(done.status, 0, done.stderr);
	const files = fs.readdirSync(sample, { recursive: true }).filter((f) => f.endsWith('.xml'));
	for (const file of files)
		assert.ok(fs.readFileSync(path.join(sample, file)).equals(fs.readFileSync(path.join(to, file))), file);
	assert.equal(fs.readdirSync(to, { recursive: true }).filter((f) => f.endsWith('.xml')).length, files.length);
	fs.rmSync(path.dirname(to), { recursive: true });
});

test('the words of the field find each other', async () => {
	const first = async (q) => JSON.parse(await server.text(`/api/v1/search?limit=5&q=${encodeURIComponent(q)}`)).items.map((i) => i.slug);
	for (const q of ['gvi', 'group violence intervention', 'ceasefire'])
		assert.ok((await first(q)).some((s) => /group-violence|ceasefire/.test(s)), q);
	assert.ok((await first('dmi')).some((s) => /drug-market/.test(s)));
	for (const q of ['forum', 'offender notification', 'call-in'])
		assert.ok((await first(q)).some((s) => /call-in/.test(s)), q);
	assert.equal((await first('The call-in'))[0], 'the-call-in');
	/* What has a synonym for its title is the thing itself. */
	assert.equal((await first('gvi'))[0], 'group-violence');
	assert.equal((await first('dmi'))[0], 'drug-market');
	assert.equal((await first('forum'))[0], 'the-call-in');
	assert.doesNotMatch(await server.text('/search?q=forum'), /Did you mean/, 'a word of the thesaurus is not respelled');
});

test('a question is searched by the words that say something', async () => {
	const page = await server.text(`/search?q=${encodeURIComponent('what is the role of judges')}`);
	assert.match(page, /<mark>judges<\/mark>/i);
	assert.doesNotMatch(page, /<mark>(what|is|the|of)<\/mark>/i);
	assert.ok(await total('q=what+is+the') > 0, 'unless there are no others');
});
