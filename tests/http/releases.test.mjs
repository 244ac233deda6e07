// SPDX-License-Identifier: GPL-3.0-or-later
/* Releases among invented jurisdictions of the sizes and the violent crime of real ones (FBI's Uniform Crime Reports,
 * as compiled by The Marshall Project): made when due, frozen, the same for every member, without
 * names or points of others; questions to peers; published charts. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { build, commonweal, fixtures, Server, temporary, top } from '../support/server.mjs';
import { get } from './helpers.mjs';

const dir = temporary();
let server;
let people = {};

/* Figures that anyone can make again: a small generator with a fixed seed. */
let seed = 7;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
const name = (i) => `place-${String(i + 1).padStart(2, '0')}`;
/* Eight years of each department without a hole; a year stands for a quarter. */
const YEARS = [2007, 2008, 2009, 2010, 2011, 2012, 2013, 2014];
const departments = new Map();
for (const line of fs.readFileSync(path.join(top, 'content/figures/public/ucr-1975-2015.csv'), 'utf8').trim().split('\n').slice(1)) {
	const [place, year, people_, , violent] = line.split(',');
	if (YEARS.includes(Number(year)) && people_ && violent)
		departments.set(place, [...(departments.get(place) ?? []), { people: Number(people_), violent: Number(violent) }]);
}
const real = [...departments.values()].filter((d) => d.length === YEARS.length);
const COUNT = real.length;
const sizes = real.map((d) => d.at(-1).people);

function world(folder) {
	fs.cpSync(fixtures, folder, { recursive: true });
	for (let i = 0; i < COUNT; i++) {
		fs.mkdirSync(path.join(folder, name(i)), { recursive: true });
		fs.writeFileSync(path.join(folder, name(i), 'space.xml'), `<?xml version="1.0" encoding="UTF-8"?>
<space xmlns="urn:commonweal:record:1" slug="${name(i)}" kind="city" audience="public">
  <name>Place ${i + 1}, Ohio</name>
  <short-name>Place ${i + 1}</short-name>
  <region>OH</region>
  <population year="2020">${sizes[i]}</population>
  <location lat="40.1" lon="-82.9"/>
  <tagline>An invented place</tagline>
  <contacts><contact role="research"><organization>University</organization></contact></contacts>
  <welcome><p xmlns="http://www.w3.org/1999/xhtml">Welcome.</p></welcome>
</space>
`);
	}
}

/* Months of two years, of a year that is long over. */
function figures(file) {
	const lines = ['space,period,complaints,violent-crime'];
	for (let i = 0; i < COUNT; i++)
		for (let m = 0; m < 24; m++) {
			const rate = sizes[i] / 100000;
			lines.push(`${name(i)},${2023 + Math.floor(m / 12)}-${String((m % 12) + 1).padStart(2, '0')},` +
				`${Math.round(rate * (3 + 4 * random()))},${Math.round(real[i][Math.floor(m / 3)].violent / 12)}`);
		}
	fs.writeFileSync(file, `${lines.join('\n')}\n`);
}

const ids = async (client, query = '') => JSON.parse((await client.get(`/api/v1/releases${query}`)).text).items;

before(async () => {
	const folder = path.join(dir, 'world');
	world(folder);
	const done = commonweal(dir, ['import', folder]);
	assert.equal(done.status, 0, done.stderr);
	figures(path.join(dir, 'figures.csv'));
	const taken = commonweal(dir, ['figures', path.join(dir, 'figures.csv')]);
	assert.equal(taken.status, 0, taken.stderr);
	server = await Server.start({ dir, content: null, env: fast, args: ['--release-interval=1h'] });
	const roles = { first: { 'place-10': 'contributor' }, second: { 'place-11': 'contributor' }, third: { 'place-12': 'editor' }, small: { 'place-01': 'reader' },
		staff: { national: 'editor' } };
	for (const [login, role] of Object.entries(roles)) {
		person(dir, login, { roles: role });
		people[login] = await enter(server, login);
	}
	person(dir, 'stranger');
	people.stranger = await enter(server, 'stranger');
	for (const end = Date.now() + 120000; Date.now() < end;) {
		const list = await ids(people.first);
		if (['complaints', 'violent-crime'].every((i) => list.filter((r) => r.indicator === i).length === 10))
			break;
		await new Promise((r) => setTimeout(r, 200));
	}
});
after(async () => {
	await server.end();
});

test('every quarter and year that is over is released, for each indicator, once', async () => {
	const list = await ids(people.first, '?indicator=complaints');
	assert.deepEqual(list.map((r) => r.period).sort(), ['2023', '2023-Q1', '2023-Q2', '2023-Q3', '2023-Q4', '2024', '2024-Q1', '2024-Q2', '2024-Q3', '2024-Q4']);
	assert.ok(list.some((r) => r.published), 'something is shown');
	const page = (await people.first.get('/indicators/releases')).text;
	assert.match(page, /Complaints about the police/);
	assert.match(page, /How members are protected/);
	const one = (await people.first.get(`/indicators/releases/${list.find((r) => r.published).id}`)).text;
	assert.match(one, /All jurisdictions/);
	assert.match(one, /15 or more/);
	assert.match(one, /<svg/);
});

test('the API is as its description says', async () => {
	const require = createRequire(path.join(build, 'tests/packages/'));
	const ajv = new (require('ajv/dist/2020').default)({ strict: false });
	require('ajv-formats').default(ajv);
	ajv.addSchema(JSON.parse(fs.readFileSync(path.join(top, 'schemas/openapi.json'), 'utf8')), 'api');
	const check = (name, value) => assert.ok(ajv.validate({ $ref: `api#/components/schemas/${name}` }, value), JSON.stringify(ajv.errors));
	const list = JSON.parse((await people.first.get('/api/v1/releases')).text);
	check('ReleaseList', list);
	for (const { id } of list.items)
		check('Release', JSON.parse((await people.first.get(`/api/v1/releases/${id}`)).text));
});

test('the bytes are the same for every member, and none for others', async () => {
	const list = await ids(people.first);
	for (const release of list.filter((r) => r.published).slice(0, 6))
		for (const address of [`/api/v1/releases/${release.id}`, `/indicators/releases/${release.id}/figures.csv`]) {
			const answers = [];
			for (const who of ['first', 'second', 'third', 'small', 'staff'])
				answers.push(await people[who].get(address));
			assert.equal(new Set(answers.map((a) => a.text)).size, 1, address);
			assert.equal(new Set(answers.map((a) => a.headers.etag ?? '')).size, 1, address);
			assert.equal(answers[0].status, 200);
			assert.equal((await people.stranger.get(address)).status, 404, 'an account alone is no member');
			const nobody = await get(server.port, address);
			assert.ok([303, 401, 403, 404].includes(nobody.status), `${nobody.status}`);
			assert.ok(!nobody.text.includes('rate'), 'nobody');
		}
	assert.deepEqual(await ids(people.stranger), []);
});

test('no name, no figure and no number of another jurisdiction is in a release', async () => {
	for (const release of (await ids(people.first)).filter((r) => r.published)) {
		const json = (await people.first.get(`/api/v1/releases/${release.id}`)).text;
		const page = (await people.first.get(`/indicators/releases/${release.id}`)).text;
		assert.ok(!/Place \d|place-\d/.test(json + page), 'a name');
		assert.ok(!/"(bases|members|counts|exposures|log|steps)"/.test(json), json.slice(0, 300));
		for (const cell of JSON.parse(json).cells)
			assert.ok(!('at_least' in cell) || [7, 10, 15].includes(cell.at_least), JSON.stringify(cell));
	}
	/* The ledger is in the file alone. */
	assert.equal((await people.staff.get('/indicators/completeness')).text.includes('ledger'), false);
});

/* ---- the attack, through what the server sends ---- */

/* Ranges of a release as each of its forms tells them: [scheme, group, rate, edges]. */
const fromJson = (text) => JSON.parse(text).cells.filter((c) => c.published).map((c) => [c.scheme, c.group, c.rate, c.edges]);
const fromCsv = (text) => text.trim().split('\r\n').slice(1).map((l) => l.split(',').map((c) => c.replaceAll('"', '')))
	.filter((c) => c[4]).map((c) => [c[2], c[3], [Number(c[5]), Number(c[6])], [[c[7], c[8]], [c[9], c[10]]].filter(([, b]) => b !== '')
		.map(([a, b]) => [Number(a), Number(b)])]);
/* Where the bars and lines of a drawing begin and end, in the axis's own numbers. */
function fromSvg(html) {
	const svg = /<div class="chart--wide">(<svg[\s\S]*?<\/svg>)/.exec(html)[1];
	const number = (tag, name) => Number(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)[1]);
	const ticks = [...svg.matchAll(/<text([^>]*class="chart-tick"[^>]*)>([\d.,]+)<\/text>/g)].map((m) => [number(m[1], 'x'), Number(m[2].replace(',', ''))]);
	const [a, b] = [ticks[0], ticks.at(-1)];
	const value = (x) => a[1] + (x - a[0]) * (b[1] - a[1]) / (b[0] - a[0]);
	const bars = [...svg.matchAll(/<rect([^>]*class="chart-mark"[^>]*)>/g)].map((m) => [value(number(m[1], 'x')), value(number(m[1], 'x') + number(m[1], 'width'))]);
	const edges = [...svg.matchAll(/<line([^>]*class="chart-interval"[^>]*)>/g)].map((m) => [value(number(m[1], 'x1')), value(number(m[1], 'x2'))]);
	return { bars, edges };
}

function truth(column) {
	const sums = new Map();
	for (const line of fs.readFileSync(path.join(dir, 'figures.csv'), 'utf8').trim().split('\n').slice(1)) {
		const cells = line.split(','), [space, period] = cells;
		const quarter = Number(period.slice(0, 4)) * 4 + Math.floor((Number(period.slice(5)) - 1) / 3);
		const key = `${Number(space.slice(6)) - 1} ${quarter}`;
		sums.set(key, (sums.get(key) ?? 0) + Number(cells[column]));
	}
	return [...sums].map(([key, count]) => {
		const [member, quarter] = key.split(' ').map(Number);
		return { member, period: quarter - 2023 * 4, count, exposure: sizes[member] / 4, public: false };
	});
}

const band = (people) => (people < 100000 ? 'under-100000' : people < 250000 ? '100000-249999' : people < 500000 ? '250000-499999' : '500000-up');
const everyone = [...Array(COUNT).keys()];
const groupOf = (scheme, group) => (scheme === 'population' ? everyone.filter((i) => band(sizes[i]) === group) : everyone);

/* What an attacker writes down of all releases: sums and orders over known groups. */
function statements(releases) {
	const list = [];
	for (const { periods, cells } of releases)
		for (const [scheme, group, rate, edges] of cells) {
			const members = groupOf(scheme, group);
			const own = periods.map((p) => p - 2023 * 4);
			list.push({ kind: 'sum', members, periods: own, scale: 100000, low: rate[0], high: rate[1] });
			edges.forEach(([low, high], i) => list.push({ kind: 'order', members, periods: own, scale: 100000,
				below: edges.length === 1 ? Math.floor(members.length / 2) : Math.floor(members.length * (i + 1) / 3), low, high }));
		}
	return list;
}

function attack(list, column, pairs) {
	const input = JSON.stringify({ members: COUNT, periods: 8, prior: 0.5, prior_counts: 10, figures: truth(column), statements: list, counts: [] });
	const done = spawnSync(path.join(build, 'tests/attack/attack'), [String(pairs)], { input, encoding: 'utf8', maxBuffer: 1 << 26 });
	assert.ok(done.status === 0 || done.status === 1, `${done.status} ${done.stderr} ${done.error}`);
	return JSON.parse(done.stdout);
}

async function collect(indicator) {
	const releases = [];
	for (const release of (await ids(people.first, `?indicator=${indicator}`)).filter((r) => r.published)) {
		const json = (await people.first.get(`/api/v1/releases/${release.id}`)).text;
		const csv = (await people.first.get(`/indicators/releases/${release.id}/figures.csv`)).text;
		const page = (await people.first.get(`/indicators/releases/${release.id}`)).text;
		const cells = fromJson(json);
		assert.deepEqual(fromCsv(csv), cells, release.period);
		const near = (x, y) => Math.abs(x - y) <= 0.004 * Math.max(...cells.map((c) => c[2][1]));
		const drawn = fromSvg(page);
		assert.equal(drawn.bars.length, cells.length);
		drawn.bars.forEach(([from, to], i) => assert.ok(near(from, cells[i][2][0]) && near(to, cells[i][2][1]), `${release.period}: ${from} to ${to}, not ${cells[i][2]}`));
		const edges = cells.flatMap((c) => c[3]);
		assert.equal(drawn.edges.length, edges.length);
		drawn.edges.forEach(([from, to], i) => assert.ok(near(from, edges[i][0]) && near(to, edges[i][1]), `${release.period}: edge`));
		releases.push({ periods: JSON.parse(json).periods, cells });
	}
	return releases;
}

test('page, CSV, JSON and drawing tell the same ranges, and an attacker learns no figure from two years of them', async () => {
	for (const [indicator, column] of [['complaints', 2], ['violent-crime', 3]]) {
		const releases = await collect(indicator);
		assert.ok(releases.length >= 6, `${indicator}: ${releases.length}`);
		const learned = attack(statements(releases), column, 1);
		assert.ok(learned.tests > 500, JSON.stringify(learned));
		assert.equal(learned.breaches + learned.exact + learned.learned, 0, `${indicator}: ${JSON.stringify(learned)}`);
	}
	/* The same attacker does learn figures where a filter of one's own gives exact means: of all, and of all but one. */
	const quarter = truth(2).filter((f) => f.period === 0);
	const exact = (members) => {
		const own = quarter.filter((f) => members.includes(f.member));
		const mean = 100000 * own.reduce((n, f) => n + f.count, 0) / own.reduce((n, f) => n + f.exposure, 0);
		return { kind: 'sum', members, periods: [0], scale: 100000, low: mean, high: mean };
	};
	const broken = attack([exact(everyone), exact(everyone.filter((i) => i !== 20))], 2, 1);
	assert.ok(broken.breaches > 0, `the attacker must be able to: ${JSON.stringify(broken)}`);
});

test('a correction afterwards changes nothing that is out', async () => {
	const before_ = await ids(people.first);
	const bytes = new Map();
	for (const release of before_)
		bytes.set(release.id, (await people.first.get(`/api/v1/releases/${release.id}`)).text);
	const done = await people.first.submit('/s/place-10/indicators/enter?period=2023-02', '/s/place-10/indicators/enter', { v_complaints: '90', why_complaints: 'found more' });
	assert.equal(done.status, 303);
	await server.stop();
	server = await Server.start({ dir, content: null, env: fast, args: ['--release-interval=1s', '--log-level=debug'] });
	for (const client of Object.values(people))
		client.server = server;
	for (const client of Object.values(people))
		client.host = `127.0.0.1:${server.port}`;
	for (const end = Date.now() + 30000; (server.stderr.match(/kind=releases/g)?.length ?? 0) < 2 && Date.now() < end;)
		await new Promise((r) => setTimeout(r, 50));
	assert.ok(server.stderr.match(/kind=releases/g)?.length >= 2, 'it looked again');
	const now = await ids(people.first);
	assert.deepEqual(now.map((r) => r.id).sort(), before_.map((r) => r.id).sort());
	for (const release of now)
		assert.equal((await people.first.get(`/api/v1/releases/${release.id}`)).text, bytes.get(release.id));
});

test('a member sees its own place, and no other point', async () => {
	const page = (await people.second.get('/s/place-11/indicators/peers')).text;
	assert.match(page, /your own <strong>[\d.]+<\/strong> a year, per 100,000 people/);
	assert.match(page, /(below|about at|above) the peers&#39; rate|(below|about at|above) the peers' rate/);
	assert.ok(!/Place (?!11\b)\d/.test(page));
	for (const svg of page.match(/<svg class="chart"[\s\S]*?<\/svg>/g) ?? [])
		assert.equal((svg.match(/class="chart-mark"/g) ?? []).length, 1, 'one point');
	assert.equal((await people.first.get('/s/place-11/indicators/peers')).status, 404);
});

test('a question to peers is relayed without names; names need both', async () => {
	const { text } = await people.first.get('/s/place-10/indicators/peers');
	const ask = /href="([^"]*\/questions\/new\?[^"]*scheme=all[^"]*)"/.exec(text)[1].replaceAll('&amp;', '&');
	const empty = await people.first.submit(ask, '/s/place-10/indicators/questions', { text: ' ' });
	assert.equal(empty.status, 400);
	assert.match(empty.text, /Type your words/);
	const csrf = /name="csrf" value="([^"]*)"/.exec((await people.first.get(ask)).text)[1];
	const fields = Object.fromEntries(new URL(ask, 'http://x').searchParams);
	const posted = await people.first.post('/s/place-10/indicators/questions', { csrf, ...fields, text: 'How do you <count> complaints?' });
	assert.equal(posted.status, 303);
	const id = posted.location.split('/').at(-1);
	const wrong = await people.first.post('/s/place-10/indicators/questions', { csrf, ...fields, group: 'under-100000', text: 'x' });
	assert.equal(wrong.status, 404, 'only a group of one\'s own that is shown');
	const seen = await people.second.get(`/s/place-11/indicators/questions/${id}`);
	assert.equal(seen.status, 200);
	assert.match(seen.text, /How do you &lt;count&gt; complaints\?/);
	assert.ok(!/Place 10|place-10|first/.test(seen.text.replace(/First quarter|First/g, '')), 'who asks stays unknown');
	assert.match((await people.second.get('/s/place-11/indicators/questions')).text, /Put to you/);
	assert.equal((await people.small.get(`/s/place-01/indicators/questions/${id}`)).status, 404, 'readers do not take part');
	assert.equal((await people.staff.get(`/s/place-10/indicators/questions/${id}`)).status, 404);
	const answered = await people.second.submit(`/s/place-11/indicators/questions/${id}`, `/s/place-11/indicators/questions/${id}/answer`, { text: 'One each.' });
	assert.equal(answered.status, 303);
	await people.third.submit(`/s/place-12/indicators/questions/${id}`, `/s/place-12/indicators/questions/${id}/answer`, { text: 'By person.' });
	const back = await people.first.get(`/s/place-10/indicators/questions/${id}`);
	assert.match(back.text, /One each\./);
	assert.match(back.text, /By person\./);
	assert.ok(!/Place 1[12]|place-1[12]/.test(back.text));
	const other = await people.third.get(`/s/place-12/indicators/questions/${id}`);
	assert.ok(!other.text.includes('One each.'), 'each conversation is between two');
	/* Names: one offer shows none. */
	const thread = /name="thread" value="([^"]*)"/.exec((await people.second.get(`/s/place-11/indicators/questions/${id}`)).text)[1];
	const token = async (who, address) => /name="csrf" value="([^"]*)"/.exec((await people[who].get(address)).text)[1];
	const offer = async (who, place, value = 'yes', t = thread) => people[who].post(`/s/${place}/indicators/questions/${id}/name`,
		{ csrf: await token(who, `/s/${place}/indicators/questions/${id}`), thread: t, offer: value });
	assert.equal((await offer('second', 'place-11')).status, 303);
	assert.ok(!/Place 11/.test((await people.first.get(`/s/place-10/indicators/questions/${id}`)).text));
	assert.match((await people.first.get(`/s/place-10/indicators/questions/${id}`)).text, /The other side offers its name/);
	await offer('second', 'place-11', 'no');
	await offer('first', 'place-10');
	assert.ok(!/Place 10/.test((await people.second.get(`/s/place-11/indicators/questions/${id}`)).text), 'an offer taken back counts no more');
	await offer('third', 'place-12', 'yes', thread);
	assert.ok(!/Place 1\d/.test((await people.third.get(`/s/place-12/indicators/questions/${id}`)).text.replaceAll(/Place 12/g, '')), 'another\'s conversation cannot be opened');
	await offer('second', 'place-11');
	assert.match((await people.first.get(`/s/place-10/indicators/questions/${id}`)).text, /Place 11, Ohio/);
	assert.match((await people.second.get(`/s/place-11/indicators/questions/${id}`)).text, /Place 10, Ohio/);
	assert.ok(!/Place 1[01],/.test((await people.third.get(`/s/place-12/indicators/questions/${id}`)).text));
	assert.equal((await people.first.submit(`/s/place-10/indicators/questions/${id}`, `/s/place-10/indicators/questions/${id}/close`)).status, 303);
	const late = await people.third.post(`/s/place-12/indicators/questions/${id}/answer`, { csrf: await token('third', '/s/place-12/indicators/questions'), text: 'more' });
	assert.equal(late.status, 409);
});

test('a chart is published, frozen, cited, and withdrawn', async () => {
	const release = (await ids(people.first)).find((r) => r.published && r.indicator === 'complaints');
	const form = `/indicators/releases/${release.id}/publish`;
	assert.equal((await people.first.get(form)).status, 404);
	const bad = await people.staff.submit(form, form, { title: '', audience: 'public' });
	assert.equal(bad.status, 400);
	const posted = await people.staff.submit(form, form, { title: 'Complaints <all>', caption: 'A note', audience: 'public' });
	assert.equal(posted.status, 303);
	const open = await get(server.port, posted.location);
	assert.equal(open.status, 200);
	assert.match(open.text, /Complaints &lt;all&gt;/);
	assert.match(open.text, /Cite as/);
	const svg = await get(server.port, `${posted.location}/chart.svg`);
	assert.equal(svg.headers['content-type'], 'image/svg+xml');
	assert.match(svg.text, /^<\?xml[^>]*>\n<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/);
	assert.match(svg.headers['content-security-policy'], /sandbox/);
	assert.match((await get(server.port, `${posted.location}/figures.csv`)).text, /^indicator,period,scheme,group/);
	assert.match((await get(server.port, '/charts')).text, /Complaints &lt;all&gt;/);
	assert.equal((await people.third.post(`${posted.location}/withdraw`, { csrf: /name="csrf" value="([^"]*)"/.exec((await people.third.get('/charts')).text)[1], reason: 'x' })).status, 404);
	const gone = await people.staff.submit(posted.location, `${posted.location}/withdraw`, { reason: 'A mistake in the title' });
	assert.equal(gone.status, 303);
	const tomb = await get(server.port, posted.location);
	assert.equal(tomb.status, 410);
	assert.match(tomb.text, /A mistake in the title/);
	assert.ok(!tomb.text.includes('<svg class="chart"'));
	assert.equal((await get(server.port, `${posted.location}/chart.svg`)).status, 404);
});

test('own figures are published by an editor who confirms it, for the network alone if so chosen', async () => {
	const form = '/s/place-12/indicators/complaints/publish?kind=month';
	assert.equal((await people.first.get('/s/place-10/indicators/complaints/publish')).status, 404, 'contributors do not');
	const unsure = await people.third.submit(form, form, { title: 'Ours', audience: 'network' });
	assert.equal(unsure.status, 400);
	assert.match(unsure.text, /Confirm that these figures become known/);
	const posted = await people.third.submit(form, form, { title: 'Ours', audience: 'network', consent: 'yes' });
	assert.equal(posted.status, 303);
	assert.equal((await get(server.port, posted.location)).status, 404);
	assert.equal((await people.stranger.get(posted.location)).status, 404);
	assert.match((await people.small.get(posted.location)).text, /Place 12, Ohio/);
});
