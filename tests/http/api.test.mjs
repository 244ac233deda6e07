// SPDX-License-Identifier: GPL-3.0-or-later
/* The API's answers against its own description. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build, commonweal, Server, top } from '../support/server.mjs';
import { get } from './helpers.mjs';

const require = createRequire(path.join(build, 'tests/packages/'));
const Ajv = require('ajv/dist/2020').default;
const formats = require('ajv-formats').default;
const description = JSON.parse(fs.readFileSync(path.join(top, 'schemas/openapi.json'), 'utf8'));
let server, ajv;

before(async () => {
	server = await Server.start();
	ajv = new Ajv({ strict: false, allErrors: true });
	formats(ajv);
	ajv.addSchema(description, 'api');
});
after(() => server.end());

/* Asks, and checks the answer against the operation's schema. */
async function ask(template, url, code = 200) {
	const answer = await get(server.port, url);
	assert.equal(answer.status, code, url);
	const operation = description.paths[template].get;
	const response = code === 200 ? operation.responses[200] : description.components.responses.Problem;
	const type = answer.headers['content-type'].split('; ')[0];
	const media = response.content[type] ?? response.content[answer.headers['content-type']];
	assert.ok(media, `${url} answers ${answer.headers['content-type']}`);
	if (!/json/.test(type))
		return answer.text;
	const where = code === 200 ? `api#/paths/${template.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/get/responses/200/content/${type.replaceAll('/', '~1').replaceAll(';', '%3B').replaceAll('=', '%3D')}/schema` :
		'api#/components/schemas/Problem';
	const validate = ajv.compile({ $ref: where });
	const value = JSON.parse(answer.text);
	assert.ok(validate(value), `${url}: ${ajv.errorsText(validate.errors)}`);
	return value;
}

test('every route of the API is described, and every description has a route', async () => {
	const routes = JSON.parse(commonweal(server.dir, ['routes']).stdout).filter((route) => route.flags.includes('api'));
	const operations = routes.flatMap((route) => route.methods.map((m) => `${m.toLowerCase()} ${route.pattern.replaceAll(/\{(\w+):\w+\}/g, '{$1}')}`));
	assert.deepEqual(operations.sort(), Object.entries(description.paths).flatMap(([p, methods]) => Object.keys(methods).map((m) => `${m} ${p}`)).sort());
	assert.equal(description.openapi, '3.1.0');
});

test('overview, spaces, suggestions, description', async () => {
	const overview = await ask('/api/v1', '/api/v1');
	for (const link of Object.values(overview.links))
		assert.equal((await get(server.port, new URL(link).pathname)).status, 200, link);
	const spaces = await ask('/api/v1/spaces', '/api/v1/spaces');
	assert.deepEqual(spaces.items.map((s) => s.slug).sort(), ['cincinnati', 'national', 'newark', 'ohio']);
	const one = await ask('/api/v1/spaces/{slug}', '/api/v1/spaces/cincinnati');
	assert.equal(one.contacts[0].email, 'office@cincinnati.example.org');
	const suggestions = await ask('/api/v1/suggest', '/api/v1/suggest?q=call');
	assert.ok(suggestions.items.some((i) => i.url === '/guides/the-call-in'));
	assert.deepEqual((await ask('/api/v1/suggest', '/api/v1/suggest')).items, []);
	const served = JSON.parse((await get(server.port, '/api/v1/openapi.json')).text);
	assert.deepEqual(served, description);
});

test('cursors lead through all records once', async () => {
	const all = await ask('/api/v1/records', '/api/v1/records?limit=100');
	assert.equal(all.items.length, all.total);
	assert.equal(all.next, undefined);
	for (const limit of [1, 3, 7]) {
		const seen = [];
		let url = `/api/v1/records?limit=${limit}`;
		while (url) {
			const page = await ask('/api/v1/records', url);
			assert.ok(page.items.length <= limit);
			seen.push(...page.items.map((i) => i.id));
			url = page.next ? new URL(page.next).pathname + new URL(page.next).search : null;
		}
		assert.deepEqual(seen, all.items.map((i) => i.id));
	}
	const guides = await ask('/api/v1/records', '/api/v1/records?type=guide&strategy=drug-market');
	assert.deepEqual(guides.items.map((i) => i.slug), ['organizing-services']);
	const about = await ask('/api/v1/records', '/api/v1/records?about=cincinnati');
	assert.ok(about.items.some((i) => i.slug === 'cincinnati-study'));
});

test('each record answers whole, with its XML', async () => {
	const all = await ask('/api/v1/records', '/api/v1/records?limit=100');
	for (const item of all.items) {
		const record = await ask('/api/v1/records/{id}', `/api/v1/records/${item.id}`);
		assert.equal(record.title, item.title);
		const xml = await ask('/api/v1/records/{id}/source', `/api/v1/records/${item.id}/source`);
		assert.equal(xml, fs.readFileSync(path.join(top, `tests/fixtures/network/${item.space}/${item.type}/${item.slug}.xml`), 'utf8'));
		assert.equal((await get(server.port, new URL(record.url).pathname)).status, 200, record.url);
	}
});

test('search has hits, facets and a respelling', async () => {
	const found = await ask('/api/v1/search', '/api/v1/search?q=call-in&limit=5');
	assert.equal(found.items[0].slug, 'the-call-in');
	assert.match(found.items[0].title_html, /<mark>/);
	assert.ok(found.facets.type.some((f) => f.value === 'guide' && f.count >= 1));
	for (let i = 1; i < found.items.length; i++)
		assert.ok(found.items[i - 1].score >= found.items[i].score);
	assert.equal((await ask('/api/v1/search', '/api/v1/search?q=homicidd')).suggestion, 'homicide');
	const type = await ask('/api/v1/search', '/api/v1/search?q=call-in%20type:faq');
	assert.deepEqual([...new Set(type.items.map((i) => i.type))], ['faq']);
	const without = await ask('/api/v1/search', '/api/v1/search?q=cincinnati%20-homicide');
	assert.ok(without.items.length > 0 && without.items.every((i) => i.slug !== 'cincinnati-study'));
	const phrase = await ask('/api/v1/search', '/api/v1/search?q=%22social%20services%22');
	assert.deepEqual(phrase.items.map((i) => i.slug), ['organizing-services']);
});

test('problems are problem details', async () => {
	const id = '01890000-0000-7000-8000-000000000000';
	const absent = await ask('/api/v1/records/{id}', `/api/v1/records/${id}`, 404);
	assert.equal(absent.status, 404);
	assert.match(absent.instance, /^urn:commonweal:request:[0-9a-f]{16}$/);
	await ask('/api/v1/records', '/api/v1/records?limit=0', 400);
	await ask('/api/v1/records', '/api/v1/records?limit=101', 400);
	await ask('/api/v1/records', '/api/v1/records?cursor=nonsense!', 400);
	await ask('/api/v1/records', '/api/v1/records?cursor=bm9uc2Vuc2U', 400);
	await ask('/api/v1/search', '/api/v1/search?q=%ff', 400);
	const none = await get(server.port, '/api/v1/nothing');
	assert.equal(none.status, 404);
	assert.equal(none.headers['content-type'], 'application/problem+json');
	const method = await get(server.port, '/api/v1/records', { Origin: server.base }, 'POST', '{}');
	assert.equal(method.status, 405);
	assert.equal(method.headers['content-type'], 'application/problem+json');
});
