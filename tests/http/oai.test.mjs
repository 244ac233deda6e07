// SPDX-License-Identifier: GPL-3.0-or-later
/* OAI-PMH 2.0: each verb, each error, deletions; and 10,000 records taken by
 * HTTP::OAI, the Perl harvester that catalogues use. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { build, commonweal, environment, fixtures, Server, temporary, top } from '../support/server.mjs';
import { checkXml, get } from './helpers.mjs';

let server;
const texts = {};

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', fixtures]);
	assert.equal(done.status, 0, done.stderr);
	person(dir, 'member', { roles: { cincinnati: 'reader' } });
	server = await Server.start({ dir, content: null, env: fast, args: ['--oai-page-size=3', '--oai-admin-email=catalogue@example.org', '--oai-name=Safe & <sound>'] });
});
after(async () => {
	await server.end();
	checkXml('oai.rnc', texts);
});

/* The text of an answer, kept to be checked against the grammar. */
async function oai(query, { base = '', method = 'GET', headers = {} } = {}) {
	const answer = method === 'POST' ? await get(server.port, `${base}/oai`, { 'Content-Type': 'application/x-www-form-urlencoded', ...headers }, 'POST', query) :
		await get(server.port, `${base}/oai?${query}`, headers);
	assert.equal(answer.status, 200, query);
	assert.equal(answer.headers['content-type'], 'text/xml; charset=utf-8');
	texts[`${method} ${base} ${Object.keys(texts).length} ${query.slice(0, 60)}`] = answer.text;
	return answer.text;
}

const codes = (text) => [...text.matchAll(/<error code="(\w+)"/g)].map((m) => m[1]);
const identifiers = (text) => [...text.matchAll(/<identifier>([^<]+)/g)].map((m) => m[1]);
const token = (text) => /<resumptionToken[^>]*[^/>]>([^<]+)</.exec(text)?.[1];

/* All identifiers of a list, by its tokens. */
async function harvest(query, options) {
	const list = [];
	const verb = /verb=\w+/.exec(query)[0];
	for (let ask = query; ask;) {
		const text = await oai(ask, options);
		assert.deepEqual(codes(text), [], ask);
		const [size, cursor] = [/completeListSize="(\d+)"/.exec(text)?.[1], /cursor="(\d+)"/.exec(text)?.[1]];
		if (cursor !== undefined) {
			assert.equal(Number(cursor), list.length);
			assert.ok(Number(size) > 3);
		}
		list.push(...identifiers(text));
		ask = token(text) && `${verb}&resumptionToken=${token(text)}`;
	}
	return list;
}

const open = async () => JSON.parse((await get(server.port, '/api/v1/records?limit=100')).text).items;

test('Identify, formats and sets', async () => {
	const text = await oai('verb=Identify');
	assert.match(text, /<repositoryName>Safe &amp; &lt;sound&gt;</);
	assert.match(text, /<adminEmail>catalogue@example\.org</);
	assert.match(text, new RegExp(`<baseURL>${server.base}/oai<`));
	assert.match(text, /<request verb="Identify">/);
	const earliest = /<earliestDatestamp>([^<]+)/.exec(text)[1];
	assert.deepEqual(codes(await oai(`verb=ListIdentifiers&metadataPrefix=oai_dc&until=${new Date(Date.parse(earliest) - 1000).toISOString().slice(0, 19)}Z`)), ['noRecordsMatch']);
	assert.match(await oai('verb=ListMetadataFormats'), /<metadataPrefix>oai_dc</);
	const sets = [...(await oai('verb=ListSets')).matchAll(/<setSpec>([^<]+)/g)].map((m) => m[1]);
	assert.ok(['type.guide', 'strategy.group-violence', 'space.newark'].every((set) => sets.includes(set)), sets.join());
	assert.ok(!sets.includes('space.leadership-group'));
	assert.match(await oai('verb=Identify', { method: 'POST' }), /<Identify>/);
	const packed = await get(server.port, '/oai?verb=ListSets', { 'Accept-Encoding': 'gzip' });
	assert.equal(packed.headers['content-encoding'], 'gzip');
});

test('lists by tokens hold each public record once, by each verb and method', async () => {
	const wanted = (await open()).map((item) => `urn:uuid:${item.id}`).sort();
	assert.ok(wanted.length > 6);
	for (const verb of ['ListIdentifiers', 'ListRecords'])
		for (const method of ['GET', 'POST'])
			assert.deepEqual((await harvest(`verb=${verb}&metadataPrefix=oai_dc`, { method })).sort(), wanted);
});

test('sets and dates choose', async () => {
	const all = await open();
	const of = (fit) => all.filter(fit).map((item) => `urn:uuid:${item.id}`).sort();
	const ask = async (more, options) => (await harvest(`verb=ListIdentifiers&metadataPrefix=oai_dc&${more}`, options)).sort();
	assert.deepEqual(await ask('set=type.guide'), of((item) => item.type === 'guide'));
	assert.deepEqual(await ask('set=space.cincinnati'), of((item) => item.space === 'cincinnati'));
	assert.deepEqual(await ask('set=strategy.drug-market'), of((item) => item.strategies.includes('drug-market')));
	assert.deepEqual(await ask('from=2020-01-01&until=2190-01-01'), of(() => true));
	assert.deepEqual(await ask('from=2020-01-01T00:00:00Z'), of(() => true));
	assert.deepEqual(await ask('', { base: '/s/cincinnati' }), of((item) => item.space === 'cincinnati'));
	for (const more of ['set=space.leadership-group', 'set=space.no-such-space', 'set=type.nothing', 'from=2190-01-01', 'until=2001-01-01'])
		assert.deepEqual(codes(await oai(`verb=ListRecords&metadataPrefix=oai_dc&${more}`)), ['noRecordsMatch'], more);
	assert.deepEqual(codes(await oai('verb=ListRecords&metadataPrefix=oai_dc&set=space.newark', { base: '/s/cincinnati' })), ['noRecordsMatch']);
});

test('a record as Dublin Core', async () => {
	const { id } = (await open()).find((item) => item.slug === 'tester-2007');
	const text = await oai(`verb=GetRecord&metadataPrefix=oai_dc&identifier=urn:uuid:${id}`);
	for (const part of ['<dc:title>A study of tests</dc:title>', '<dc:creator>Test Office</dc:creator>', '<dc:subject>call-in</dc:subject>', '<dc:date>2007</dc:date>',
		'<dc:type>Text</dc:type>', '<dc:type>Journal article</dc:type>', '<dc:format>text/html</dc:format>', `<dc:identifier>${server.base}/publications/tester-2007</dc:identifier>`,
		'<dc:identifier>https://doi.org/10.1000/182</dc:identifier>', '<dc:language>en</dc:language>', '<setSpec>type.publication</setSpec>'])
		assert.ok(text.includes(part), `${part} in ${text}`);
	assert.match(await oai(`verb=ListMetadataFormats&identifier=urn:uuid:${id}`), /oai_dc/);
});

test('errors are those of the protocol', async () => {
	const { id } = (await open())[0], list = 'verb=ListRecords&metadataPrefix=oai_dc';
	const good = token(await oai(list));
	for (const [query, code] of [['', 'badVerb'], ['verb=', 'badVerb'], ['verb=Nothing', 'badVerb'], ['verb=identify', 'badVerb'], ['verb=Identify&verb=Identify', 'badVerb'], ['verb=Identify&verb=ListSets', 'badVerb'],
		['verb=Identify&x=1', 'badArgument'], ['verb=Identify&identifier=x', 'badArgument'], ['verb=ListRecords', 'badArgument'], ['verb=GetRecord', 'badArgument'],
		['verb=GetRecord&metadataPrefix=oai_dc', 'badArgument'], [`verb=GetRecord&identifier=urn:uuid:${id}`, 'badArgument'], [`${list}&metadataPrefix=oai_dc`, 'badArgument'],
		[`${list}&from=2020`, 'badArgument'], [`${list}&from=2020-02-30`, 'badArgument'], [`${list}&until=2020-01-01T00:00Z`, 'badArgument'], [`${list}&from=2020-01-01&until=2020-01-01T00:00:00Z`, 'badArgument'],
		[`${list}&from=2021-01-01&until=2020-01-01`, 'badArgument'], [`${list}&set=nonsense`, 'badArgument'], [`${list}&set=type:guide`, 'badArgument'], [`${list}&resumptionToken=${good}`, 'badArgument'],
		['verb=ListRecords&metadataPrefix=marc21', 'cannotDisseminateFormat'], [`verb=GetRecord&metadataPrefix=x&identifier=urn:uuid:${id}`, 'cannotDisseminateFormat'],
		['verb=GetRecord&metadataPrefix=oai_dc&identifier=urn:uuid:01890000-0000-7000-8000-0000000000ff', 'idDoesNotExist'], ['verb=GetRecord&metadataPrefix=oai_dc&identifier=%27%3B--', 'idDoesNotExist'],
		['verb=ListMetadataFormats&identifier=x', 'idDoesNotExist'], ['verb=ListRecords&resumptionToken=x', 'badResumptionToken'], ['verb=ListRecords&resumptionToken=', 'badResumptionToken'],
		[`verb=ListRecords&resumptionToken=${good.slice(0, -1)}`, 'badResumptionToken'], [`verb=ListRecords&resumptionToken=${good}A`, 'badResumptionToken'], [`verb=ListRecords&resumptionToken=${'A'.repeat(3000)}`, 'badResumptionToken'],
		['verb=ListSets&resumptionToken=x', 'badResumptionToken'], ['verb=%EF%BF%BE%01%3C&x=%22', 'badVerb'],
		['verb=GetRecord&metadataPrefix=oai_dc&identifier=%EF%BF%BF%0B%3C%22%26', 'idDoesNotExist']])
		for (const method of ['GET', 'POST']) {
			const text = await oai(query, { method });
			assert.deepEqual(codes(text), [code], `${method} ${query}`);
			if (code === 'badVerb' || code === 'badArgument')
				assert.match(text, /<request>/, 'what was not understood is not told again');
		}
	assert.match(await oai(`verb=ListIdentifiers&resumptionToken=${good}`), /<ListIdentifiers>/);
	assert.equal((await get(server.port, '/oai?verb=%FF')).status, 400, 'no UTF-8 is no request');
	/* A body that is no form has no verb; a form from another site changes nothing here. */
	assert.deepEqual(codes((await get(server.port, '/oai?verb=Identify', { 'Content-Type': 'text/plain' }, 'POST', 'verb=Identify')).text), ['badVerb']);
	assert.match(await oai('verb=Identify', { method: 'POST', headers: { Origin: 'https://elsewhere.example', 'Sec-Fetch-Site': 'cross-site' } }), /<Identify>/);
});

test('a member gets what everyone gets', async () => {
	const member = await enter(server, 'member');
	const strip = (text) => text.replaceAll(/<responseDate>[^<]*/g, '');
	for (const query of ['verb=ListRecords&metadataPrefix=oai_dc', 'verb=ListSets', 'verb=Identify', 'verb=ListIdentifiers&metadataPrefix=oai_dc&set=space.leadership-group'])
		assert.equal(strip((await member.get(`/oai?${query}`)).text), strip(await oai(query)), query);
});

test('no answer tells of what is hidden: the same without it', async () => {
	const copy = temporary();
	fs.cpSync(fixtures, copy, { recursive: true });
	for (const file of fs.readdirSync(copy, { recursive: true }))
		if (file.endsWith('.xml') && !/audience="public"/.test(fs.readFileSync(path.join(copy, file), 'utf8')))
			fs.rmSync(path.join(copy, file));
	const other = await Server.start({ content: copy });
	fs.rmSync(copy, { recursive: true });
	const whole = await Server.start();
	const strip = (text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '').replaceAll(/127\.0\.0\.1:\d+/g, '').replaceAll(/\d{4}-\d\d-\d\dT[\d:]+Z/g, '');
	for (const where of ['/oai?verb=ListRecords&metadataPrefix=oai_dc', '/oai?verb=ListSets', '/oai?verb=Identify', '/feed.atom', '/sitemap.xml', '/sitemap.xml?part=1', '/sitemap.xml?part=0',
		'/search.atom?q=notes', '/feed.atom?type=case-study', '/s/cincinnati/feed.atom', '/oai?verb=ListRecords&metadataPrefix=oai_dc&set=space.leadership-group', '/robots.txt', '/opensearch.xml',
		'/s/cincinnati/oai?verb=ListIdentifiers&metadataPrefix=oai_dc'])
		assert.equal(strip((await get(whole.port, where)).text), strip((await get(other.port, where)).text), where);
	await Promise.all([whole.end(), other.end()]);
});

/* ---- the real harvester ---- */

function perl(base, ...rest) {
	return new Promise((resolve, reject) => {
		const child = spawn('perl', [path.join(top, 'tests/support/harvest.pl'), base, ...rest]);
		let out = '', err = '';
		child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
		child.stderr.setEncoding('utf8').on('data', (text) => { err += text; });
		child.on('error', reject);
		child.on('close', (code) => (code === 0 ? resolve(out.trim().split('\n').map((line) => JSON.parse(line))) : reject(new Error(err))));
	});
}

/* A build with sanitizers looks for other faults, and is slow: fewer there. */
const many = process.env.ASAN_OPTIONS || process.env.TSAN_OPTIONS ? 1000 : 10000;

test(`HTTP::OAI takes ${many} records, then only what changed, and learns what is gone`, { timeout: 900000 }, async () => {
	const dir = temporary(), folder = path.join(dir, 'xml'), generate = path.join(build, 'tests/bench/bench_generate');
	const run = (args) => {
		const done = spawnSync(generate, args, { env: environment(dir), encoding: 'utf8' });
		assert.equal(done.status, 0, `${generate}: ${done.error ?? done.stderr}`);
	};
	run([`${many * 1.27}`]); /* eight in ten are public */
	run(['60', folder]);
	const big = await Server.start({ dir, content: null });
	try {
		const first = await perl(`${big.base}/oai`), end = first.pop();
		assert.ok(end.count >= many, `${end.count}`);
		assert.equal(new Set(first.map((one) => one.id)).size, end.count);
		assert.ok(first.every((one) => !one.deleted && one.title && one.sets.length >= 2));
		assert.deepEqual([end.deleted, end.granularity, end.formats], ['persistent', 'YYYY-MM-DDThh:mm:ssZ', ['oai_dc']]);
		const set = await perl(`${big.base}/oai`, 'set=space.place-3'), size = set.pop().count;
		assert.equal(size, first.filter((one) => one.sets.includes('space.place-3')).length);
		/* Ten become narrower, five get other words, two come back. */
		const since = /<responseDate>([^<]+)/.exec((await get(big.port, '/oai?verb=Identify')).text)[1];
		const files = fs.readdirSync(folder).map((file) => path.join(folder, file)).filter((file) => /slug="item-/.test(fs.readFileSync(file, 'utf8')) && /audience="public"/.test(fs.readFileSync(file, 'utf8'))).sort();
		const apply = (list, change) => {
			const to = temporary();
			for (const file of list)
				fs.writeFileSync(path.join(to, path.basename(file)), change(fs.readFileSync(file, 'utf8')));
			const done = commonweal(dir, ['import', to]);
			assert.equal(done.status, 0, done.stderr);
			fs.rmSync(to, { recursive: true });
		};
		apply(files.slice(0, 10), (text) => text.replace('audience="public"', 'audience="network"'));
		apply(files.slice(10, 15), (text) => text.replace('<dc:title>', '<dc:title>Changed '));
		const second = await perl(`${big.base}/oai`, `from=${since}`), known = new Set(first.map((one) => one.id));
		assert.equal(second.pop().count, 15);
		assert.equal(second.filter((one) => one.deleted).length, 10);
		assert.equal(second.filter((one) => /^Changed /.test(one.title)).length, 5);
		assert.ok(second.every((one) => known.has(one.id)));
		apply(files.slice(0, 2), (text) => text);
		const third = await perl(`${big.base}/oai`, `from=${since}`);
		assert.equal(third.pop().count, 15);
		assert.equal(third.filter((one) => one.deleted).length, 8);
		/* A deleted one is told for ever, by each way to ask. */
		const gone = third.find((one) => one.deleted);
		assert.match((await get(big.port, `/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=${gone.id}`)).text, /<header status="deleted">/);
		assert.equal((await perl(`${big.base}/oai`)).pop().count, end.count);
		assert.equal((await perl(`${big.base}/oai`, 'from=2190-01-01')).pop().error, 'noRecordsMatch');
	} finally {
		await big.end();
		fs.rmSync(dir, { recursive: true, force: true });
	}
});
