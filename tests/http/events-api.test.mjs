// SPDX-License-Identifier: GPL-3.0-or-later
/* Events in the API, against its description. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { event } from '../support/events.mjs';
import { build, fixtures, Server, temporary, top } from '../support/server.mjs';

const require = createRequire(path.join(build, 'tests/packages/'));
const Ajv = require('ajv/dist/2020').default;
const description = JSON.parse(fs.readFileSync(path.join(top, 'schemas/openapi.json'), 'utf8'));
const ajv = new Ajv({ strict: false, allErrors: true });
require('ajv-formats').default(ajv);
ajv.addSchema(description, 'api');
const content = temporary();
let server, chief, ana, bo, nobody;

before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	const far = { start: '2040-05-05T09:00', end: '2040-05-05T10:00', zone: 'America/New_York' };
	const soon = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 16);
	for (const one of [{ slug: 'one', title: 'The one' }, { slug: 'members', title: 'Members', audience: 'network' },
		{ slug: 'now', start: soon(-1), end: soon(1), zone: 'Etc/UTC' },
		{ slug: 'series', kind: 'training', more: '<repeat rule="FREQ=WEEKLY" count="3"><changes><change date="2040-05-12T09:00" state="cancelled"/></changes></repeat>' }])
		fs.writeFileSync(path.join(content, `national/event/${one.slug}.xml`), event({ ...far, ...one }));
	server = await Server.start({ content, env: fast });
	person(server.dir, 'chief', { roles: { national: 'editor' } });
	person(server.dir, 'ana', { flags: ['--email=ana@example.org'] });
	person(server.dir, 'bo', { roles: { newark: 'reader' } });
	[chief, ana, bo] = [await enter(server, 'chief'), await enter(server, 'ana'), await enter(server, 'bo')];
	for (const who of [chief, ana, bo])
		who.csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await who.get('/account')).text)[1];
	nobody = new Client(server);
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr.slice(-2000));
	fs.rmSync(content, { recursive: true });
});

/* One request; the answer and what was sent fit the description of `template`. */
async function ask(who, method, template, values = {}, body = null, status = 200) {
	const [bare, query] = template.split('?');
	const target = bare.replaceAll(/\{(\w+)\}/g, (_, name) => values[name]) + (query ? `?${query}` : '');
	const answer = await who.send(method, target, body === null ? null : JSON.stringify(body),
		{ ...(method === 'GET' ? {} : { Origin: `http://127.0.0.1:${server.port}`, 'X-CSRF-Token': who.csrf ?? '' }), ...(body === null ? {} : { 'Content-Type': 'application/json' }) });
	assert.equal(answer.status, status, `${method} ${target}: ${answer.text}`);
	const value = JSON.parse(answer.text);
	const at = `api#/paths/${bare.replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D')}/${method.toLowerCase()}`;
	const fits = (where, what) => {
		const validate = ajv.compile({ $ref: where });
		assert.ok(validate(what), `${method} ${target}: ${ajv.errorsText(validate.errors)}`);
	};
	assert.ok(description.paths[bare][method.toLowerCase()]);
	fits(status === 200 ? `${at}/responses/200/content/application~1json/schema` : 'api#/components/schemas/Problem', value);
	if (body !== null && status === 200)
		fits(`${at}/requestBody/content/application~1json/schema`, body);
	return value;
}

const E = '/api/v1/events/{id}';
async function idOf(slug, who = chief) {
	const all = await ask(who, 'GET', '/api/v1/events?from=2000-01-01&limit=500');
	return all.items.find((one) => one.url.endsWith(`/events/${slug}`))?.event;
}

test('dates of all events, by filter and time', async () => {
	const all = await ask(nobody, 'GET', '/api/v1/events');
	assert.ok(!all.items.some((one) => one.title === 'Members'));
	assert.deepEqual((await ask(nobody, 'GET', '/api/v1/events?kind=training')).items.map((one) => [one.starts_utc, one.state]),
		[['2040-05-05T13:00:00Z', 'confirmed'], ['2040-05-12T13:00:00Z', 'cancelled'], ['2040-05-19T13:00:00Z', 'confirmed']]);
	assert.equal((await ask(nobody, 'GET', '/api/v1/events?from=2040-05-06&before=2040-05-13')).total, 1);
	assert.equal((await ask(nobody, 'GET', '/api/v1/events?limit=1&from=2000-01-01')).items.length, 1);
	await ask(nobody, 'GET', '/api/v1/events?from=yesterday', {}, null, 400);
	assert.equal(await idOf('members', ana), undefined);
	await ask(ana, 'GET', E, { id: await idOf('members') }, null, 404);
});

test('organizing, registering and attending without a page', async () => {
	const id = await idOf('one'), setup = await ask(chief, 'GET', `${E}/setup`, { id });
	assert.equal(setup.registration, 'none');
	const wanted = { ...setup, registration: 'open', capacity: 1, waiting_list: true, reminders: '1440 60', join_url: 'https://meet.example.org/x',
		questions: [{ label: 'Meal', kind: 'choice', required: true, choices: ['None', 'Soup'] }] };
	const saved = await ask(chief, 'PUT', `${E}/setup`, { id }, wanted);
	assert.deepEqual(saved, { ...wanted, version: 1 });
	assert.deepEqual(await ask(chief, 'GET', `${E}/setup`, { id }), saved);
	await ask(chief, 'PUT', `${E}/setup`, { id }, wanted, 409);
	await ask(chief, 'PUT', `${E}/setup`, { id }, { ...saved, join_url: 'http://x' }, 400);
	for (const who of [ana, bo]) {
		await ask(who, 'GET', `${E}/setup`, { id }, null, 404);
		await ask(who, 'PUT', `${E}/setup`, { id }, saved, 404);
		await ask(who, 'POST', `${E}/invitations`, { id }, { who: ['bo'] }, 404);
	}
	assert.match((await ask(ana, 'POST', `${E}/registration`, { id }, {}, 400)).detail, /'Meal' needs an answer/);
	assert.deepEqual(await ask(ana, 'POST', `${E}/registration`, { id }, { answers: { Meal: 'Soup' }, may_be_named: true }), { state: 'registered' });
	assert.deepEqual(await ask(bo, 'POST', `${E}/registration`, { id }, { answers: { Meal: 'None' } }), { state: 'waiting' });
	await ask(bo, 'POST', `${E}/registration`, { id }, { answers: { Meal: 'None' } }, 409);
	const [mine, others, open] = [await ask(ana, 'GET', E, { id }), await ask(bo, 'GET', E, { id }), await ask(nobody, 'GET', E, { id })];
	assert.equal(mine.join_url, 'https://meet.example.org/x');
	assert.deepEqual([others.join_url, others.mine.state, others.registration.waiting], [undefined, 'waiting', 1]);
	assert.deepEqual([open.join_url, open.mine, open.registration.registered], [undefined, undefined, undefined]);
	const own = await ask(bo, 'GET', `${E}/attendees`, { id });
	assert.deepEqual([own.total, own.items[0].name, own.items[0].email], [1, 'bo', undefined]);
	const all = await ask(chief, 'GET', `${E}/attendees`, { id });
	assert.deepEqual(all.items.map((one) => [one.name, one.state, one.answers[0].value]), [['ana', 'registered', 'Soup'], ['bo', 'waiting', 'None']]);
	assert.equal(all.items[0].email, 'ana@example.org');
	await ask(bo, 'POST', `${E}/attendees/{seat}`, { id, seat: all.items[0].id }, { act: 'cancel' }, 404);
	await ask(chief, 'POST', `${E}/attendees/{seat}`, { id, seat: all.items[1].id }, { act: 'check-in' }, 409);
	await ask(chief, 'POST', `${E}/attendees/{seat}`, { id, seat: all.items[0].id }, { act: 'check-in' });
	await ask(ana, 'DELETE', `${E}/registration`, { id });
	assert.equal((await ask(bo, 'GET', E, { id })).mine.state, 'registered');
	await ask(ana, 'DELETE', `${E}/registration`, { id }, null, 409);
	/* A seat of one event cannot be reached through another. */
	await ask(chief, 'POST', `${E}/attendees/{seat}`, { id: await idOf('now'), seat: all.items[0].id }, { act: 'cancel' }, 404);
});

test('invitations and feedback', async () => {
	const id = await idOf('now'), setup = await ask(chief, 'GET', `${E}/setup`, { id });
	await ask(chief, 'PUT', `${E}/setup`, { id }, { ...setup, registration: 'invitation' });
	await ask(ana, 'POST', `${E}/registration`, { id }, {}, 409);
	await ask(chief, 'POST', `${E}/invitations`, { id }, { who: ['ana', 'nobody'] }, 400);
	await ask(chief, 'POST', `${E}/invitations`, { id }, { who: ['ana@example.org'] });
	await ask(ana, 'POST', `${E}/feedback`, { id }, { rating: 5 }, 409);
	await ask(ana, 'POST', `${E}/registration`, { id }, {});
	await ask(ana, 'POST', `${E}/feedback`, { id }, { rating: 6 }, 400);
	await ask(ana, 'POST', `${E}/feedback`, { id }, { rating: 5, text: 'Good' });
	await ask(ana, 'POST', `${E}/feedback`, { id }, { rating: 5 }, 409);
});

test('calendar addresses and mail', async () => {
	const { url } = await ask(bo, 'POST', '/api/v1/calendars', {}, { space: 'national', mine: true });
	assert.equal((await nobody.get(new URL(url).pathname)).status, 200);
	const [key] = (await ask(bo, 'GET', '/api/v1/calendars')).items;
	assert.deepEqual([key.space, key.mine], ['national', true]);
	await ask(ana, 'DELETE', '/api/v1/calendars/{id}', { id: key.id }, null, 404);
	await ask(bo, 'DELETE', '/api/v1/calendars/{id}', { id: key.id });
	assert.equal((await nobody.get(new URL(url).pathname)).status, 404);
	await ask(bo, 'POST', '/api/v1/calendars', {}, { kind: 'party' }, 400);
	assert.deepEqual(await ask(bo, 'PUT', '/api/v1/notices', {}, { registrations: true, reminders: false, materials: true, digest: 'weekly' }),
		await ask(bo, 'GET', '/api/v1/notices'));
	await ask(bo, 'PUT', '/api/v1/notices', {}, { registrations: true, reminders: false, materials: true, digest: 'hourly' }, 400);
});

test('what changes something needs the session\'s token, and JSON', async () => {
	const id = await idOf('series'), token = ana.csrf;
	ana.csrf = 'f'.repeat(64);
	await ask(ana, 'POST', `${E}/registration`, { id }, {}, 403);
	ana.csrf = token;
	for (const body of ['[]', '{', '{"a":1,"a":2}', '"x"']) {
		const answer = await ana.send('POST', `/api/v1/events/${id}/registration`, body, { 'X-CSRF-Token': token, 'Content-Type': 'application/json' });
		assert.equal(answer.status, 400, body);
	}
	assert.ok([401, 403].includes((await nobody.send('POST', `/api/v1/events/${id}/registration`, '{}', { 'Content-Type': 'application/json' })).status));
});

test('a token reads as its owner, and changes nothing', async () => {
	const page = (await ana.get('/account/tokens')).text;
	const answer = await ana.send('POST', '/account/tokens', new URLSearchParams([['csrf', /name="csrf" value="([^"]*)"/.exec(page)[1]], ['name', 'reads'], ['days', '30'],
		...['read', 'draft', 'submit', 'publish', 'import'].map((s) => ['scope', s]), ['password', 'the password of a']]).toString());
	const Authorization = `Bearer ${/<code>(cwt_[0-9a-f]{64})<\/code>/.exec(answer.text)[1]}`;
	const id = await idOf('series'), setup = await ask(chief, 'GET', `${E}/setup`, { id });
	await ask(chief, 'PUT', `${E}/setup`, { id }, { ...setup, registration: 'open' });
	assert.equal((await nobody.get(`/api/v1/notices`, { Authorization })).status, 200);
	for (const [method, target, body] of [['POST', `/api/v1/events/${id}/registration`, '{}'], ['POST', '/api/v1/calendars', '{}'], ['DELETE', `/api/v1/events/${id}/registration`, null],
		['PUT', '/api/v1/notices', '{"registrations":false,"reminders":false,"materials":false,"digest":"none"}']]) {
		const refused = await nobody.send(method, target, body, { Authorization, Origin: undefined, 'Content-Type': body === null ? undefined : 'application/json' });
		assert.equal(refused.status, 403, `${method} ${target}: ${refused.text}`);
	}
	assert.equal((await ask(ana, 'GET', E, { id })).mine, undefined);
});
