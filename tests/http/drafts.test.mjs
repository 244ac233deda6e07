// SPDX-License-Identifier: GPL-3.0-or-later
/* Drafts from review to publication and after it: who may take which step,
 * what others learn (nothing), letters, schedules, a server that dies between
 * two steps, versions, withdrawing and restoring. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { caseStudy, seedDraft, sql } from '../support/drafts.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { receiver } from '../support/smtp.mjs';

const absent = '01900000-0000-7000-8000-00000000dead';
const everyone = { author: { cincinnati: 'contributor' }, colleague: { cincinnati: 'contributor' }, editor: { cincinnati: 'editor' },
	reader: { cincinnati: 'reader' }, staff: { national: 'editor' }, first: { newark: 'reader' }, second: { national: 'reader' },
	outsider: { newark: 'space-admin' }, network: {} };
let server, smtp, dir, ids, clients;

const start = () => Server.start({ dir, content: null, env: fast, args: [`--mail-server=smtp://127.0.0.1:${smtp.port}`,
	'--mail-from=network@example.org', '--sign-in-tries=100000', '--sign-in-address-tries=100000'] });

async function enterAll() {
	clients = { nobody: new Client(server) };
	for (const name of Object.keys(everyone)) {
		if (name === 'network')
			assert.equal(commonweal(dir, ['account', 'reset-second-factor', name], fast).status, 0);
		clients[name] = await enter(server, name);
	}
}

before(async () => {
	dir = temporary();
	smtp = await receiver();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	ids = {};
	for (const [name, roles] of Object.entries(everyone))
		ids[name] = person(dir, name, { roles, flags: [`--email=${name}@example.org`, ...(name === 'network' ? ['--network-admin'] : [])] });
	server = await start();
	await enterAll();
});
after(async () => {
	await smtp?.end();
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const seed = (more) => seedDraft(dir, ids, { author: 'author', ...more });
const stateOf = (id) => Number(sql(dir, `SELECT state FROM draft WHERE id = '${id}'`));
const [WRITING, REVIEW, CHANGES, APPROVED, SCHEDULED, PUBLISHED, DISCARDED] = [1, 2, 3, 4, 5, 6, 7];

async function csrf(name) {
	const text = (await clients[name].get('/')).text;
	return forms(text).find((form) => form.action === '/theme').hidden.csrf;
}
/* Takes a step with a form of one's own making, as an attacker would. */
async function step(name, id, what, fields = {}) {
	return clients[name].post(`/drafts/${id}/${what}`, { ...(name === 'nobody' ? {} : { csrf: await csrf(name) }), revision: '1', ...fields });
}
async function settled(what, until, ms = 20000) {
	for (const end = Date.now() + ms; ;) {
		const value = await until();
		if (value)
			return value;
		if (Date.now() > end)
			throw new Error(`still waiting: ${what}; ${server.stderr.slice(-1500)}`);
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
const letters = (to, subject, id) => smtp.messages().filter((m) => m.includes(`To: ${to}@example.org`) && m.includes(`Subject: ${subject}`) &&
	m.includes(`/drafts/${id}`));
/* What a page says, without what names the request. */
const shape = (answer, target) => answer.text.replaceAll(target, 'TARGET').replaceAll(encodeURIComponent(target), 'TARGET')
	.replaceAll(answer.headers['x-request-id'], 'REQUEST');

/* ---- who may do what ---- */

const steps = {
	/* step: [seed, fields, who may, the state afterwards] */
	submit: [{ state: 'writing' }, {}, ['author', 'colleague', 'editor', 'network'], REVIEW],
	'take-back': [{ state: 'review' }, {}, ['author', 'colleague', 'editor', 'network'], WRITING],
	discard: [{ state: 'review' }, {}, ['author', 'editor', 'network'], DISCARDED],
	reopen: [{ state: 'discarded' }, {}, ['author', 'editor', 'network'], WRITING],
	invite: [{ state: 'review' }, { who: 'first' }, ['editor', 'staff', 'network'], REVIEW],
	dismiss: [{ state: 'review', reviewers: ['first', 'second'] }, { account: () => ids.second }, ['editor', 'staff', 'network'], REVIEW],
	decide: [{ state: 'review', reviewers: ['first', 'second'], approvals: ['second'] }, { verdict: 'approve' }, ['first', 'second'], null],
	comment: [{ state: 'review', reviewers: ['first'] }, { words: 'Why?' },
		['author', 'colleague', 'editor', 'staff', 'first', 'network'], REVIEW],
	publish: [{ state: 'approved', reviewers: ['first', 'second'], approvals: ['first', 'second'] }, { when: 'now' }, ['staff', 'network'], PUBLISHED],
};
/* Who sees the seeded draft, besides those who may. */
const sees = (name, what, given) => ['author', 'colleague', 'editor', 'network'].includes(name) ||
	(!['writing', 'discarded'].includes(given.state) && (name === 'staff' || (given.reviewers ?? []).includes(name)));

test('every step, every person', async () => {
	const wrong = [];
	let taken = 0, refused = 0;
	for (const [what, [given, fields, may, after_]] of Object.entries(steps))
		for (const name of ['nobody', ...Object.keys(everyone)]) {
			const id = seed(given), before_ = stateOf(id);
			const values = Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, typeof v === 'function' ? v() : v]));
			const answer = await step(name, id, what, values);
			if (may.includes(name)) {
				taken++;
				if (answer.status !== 303 || (after_ !== null && stateOf(id) !== after_))
					wrong.push(`${name} may ${what}: ${answer.status}, state ${stateOf(id)}`);
				continue;
			}
			refused++;
			const nothing = await step(name, absent, what, values);
			const expected = name === 'nobody' ? 403 : 404;
			if (answer.status !== expected || stateOf(id) !== before_)
				wrong.push(`${name} must not ${what}: ${answer.status}, state ${stateOf(id)}`);
			if (!sees(name, what, given) && shape(answer, id) !== shape(nothing, absent))
				wrong.push(`${name}: ${what} tells of the draft`);
		}
	assert.deepEqual(wrong, []);
	assert.ok(taken >= 30 && refused >= 60, `${taken} ${refused}`);
	sql(dir, 'PRAGMA foreign_keys = ON; DELETE FROM draft'); /* so that the lists are short */
});

test('a draft for its space alone is nobody else\'s business', async () => {
	const own = seed({ state: 'review', audience: 'space', reviewers: ['reader'] });
	for (const [name, status] of Object.entries({ author: 200, colleague: 200, editor: 200, reader: 200, network: 200, staff: 404,
		first: 404, second: 404, outsider: 404, nobody: 303 })) {
		const answer = await clients[name].get(`/drafts/${own}`), nothing = await clients[name].get(`/drafts/${absent}`);
		assert.equal(answer.status, status, name);
		if (status !== 200)
			assert.equal(shape(answer, own), shape(nothing, absent), name);
	}
	assert.doesNotMatch((await clients.staff.get('/drafts/queue')).text, new RegExp(own));
	assert.match((await clients.editor.get('/drafts/queue')).text, new RegExp(own));
	/* Its editor publishes it, with the one approval that it needs; the national office could not. */
	assert.equal((await step('reader', own, 'decide', { verdict: 'approve' })).status, 303);
	assert.equal(stateOf(own), APPROVED);
	assert.equal((await step('staff', own, 'publish', { when: 'now' })).status, 404);
	assert.equal((await step('editor', own, 'publish', { when: 'now' })).status, 303);
	assert.equal(stateOf(own), PUBLISHED);
});

test('from the outside only what was submitted is there', async () => {
	const id = seed({ state: 'review', reviewers: ['first'], form: [caseStudy({ body: 'An earlier secret.' }), caseStudy()] });
	for (const name of ['staff', 'first']) {
		const text = (await clients[name].get(`/drafts/${id}`)).text;
		assert.match(text, /Nobody came to the second one/);
		assert.doesNotMatch(text, /earlier secret/);
		assert.equal((await clients[name].get(`/drafts/${id}/compare?left=1&right=2`)).status, 404);
	}
	const difference = await clients.author.get(`/drafts/${id}/compare?left=1&right=2`);
	assert.equal(difference.status, 200);
	assert.match(difference.text, /earlier secret/);
	/* A line of an unsubmitted revision cannot be quoted by guessing. */
	const guess = await step('first', id, 'comment', { revision: '1', field: 'body', line: '1', words: 'x' });
	assert.equal(guess.status, 400);
	assert.doesNotMatch(guess.text, /earlier secret/);
});

/* ---- a whole life, by its letters ---- */

test('submitted, reviewed, published, corrected', async () => {
	const id = seed({ slug: 'whole-life' }), base = `http://127.0.0.1:${server.port}`;
	assert.equal((await clients.author.submit(`/drafts/${id}`, `/drafts/${id}/submit`, { words: 'Please be strict.' })).status, 303);
	const told = await settled('letter to the national editors', () => letters('staff', 'A draft was submitted', id)[0]);
	assert.ok(told.includes(`${base}/drafts/${id}`), told);
	assert.doesNotMatch(told, /call-in|strict/); /* a link, and nothing of the content */
	assert.equal((await clients.staff.submit(`/drafts/${id}`, `/drafts/${id}/invite`, { who: 'FIRST@example.org' })).status, 303);
	assert.equal((await clients.staff.submit(`/drafts/${id}`, `/drafts/${id}/invite`, { who: 'second' })).status, 303);
	await settled('letters to the reviewers', () => letters('first', 'A draft waits for your review', id).length === 1 &&
		letters('second', 'A draft waits for your review', id).length === 1);
	assert.match((await clients.first.get('/drafts/review')).text, new RegExp(id));
	const nobody = await clients.staff.submit(`/drafts/${id}`, `/drafts/${id}/invite`, { who: 'no-such-person' });
	assert.equal(nobody.status, 400);
	assert.match(nobody.text, /value="no-such-person"/); /* what was typed stays */
	/* A line is commented on, answered and resolved. */
	assert.equal((await step('first', id, 'comment', { field: 'body', line: '3', words: 'Say how many.' })).status, 303);
	const page = (await clients.author.get(`/drafts/${id}`)).text;
	const comment = /id="c-([0-9a-f-]{36})"/.exec(page)[1];
	assert.match(page, /Say how many\./);
	assert.equal((await step('author', id, 'comment', { parent: comment, words: 'Three did.' })).status, 303);
	assert.equal((await step('author', id, 'resolve', { comment, on: 'yes' })).status, 303);
	assert.match((await clients.first.get(`/drafts/${id}`)).text, /Three did\.[\s\S]*|resolved by author/);
	/* Changes are asked for, and words are needed. */
	const wordless = await step('first', id, 'decide', { verdict: 'changes' });
	assert.equal(wordless.status, 400);
	assert.match(wordless.text, /Say which changes/);
	assert.equal((await step('first', id, 'decide', { verdict: 'changes', words: 'Give the figures.' })).status, 303);
	assert.equal(stateOf(id), CHANGES);
	await settled('letter to the author', () => letters('author', 'Changes are asked for', id)[0]);
	assert.equal((await step('author', id, 'submit')).status, 303);
	for (const name of ['first', 'second'])
		assert.equal((await step(name, id, 'decide', { verdict: 'approve', words: 'Good.' })).status, 303);
	assert.equal(stateOf(id), APPROVED);
	await settled('letter of approval', () => letters('author', 'Your draft is approved', id)[0]);
	assert.equal((await clients.nobody.get('/s/cincinnati/case-studies/whole-life')).status, 404);
	assert.equal((await step('staff', id, 'publish', { when: 'now' })).status, 303);
	await settled('letter of publication', () => letters('author', 'Your draft is published', id)[0]);
	const read = await clients.reader.get('/s/cincinnati/case-studies/whole-life');
	assert.equal(read.status, 200);
	assert.match(read.text, /Version 1 of/);
	/* A correction, with its note. */
	const num = Number(sql(dir, 'SELECT num FROM record WHERE slug = \'whole-life\''));
	const second = seed({ slug: 'whole-life', state: 'approved', reviewers: ['first', 'second'], approvals: ['first', 'second'], record: num,
		base: 1, form: caseStudy({ body: 'We held a call-in.\n\nThree came to the second one.' }) });
	assert.equal((await step('staff', second, 'publish', { when: 'now', note: 'The number was wrong.' })).status, 303);
	const corrected = await clients.reader.get('/s/cincinnati/case-studies/whole-life');
	assert.match(corrected.text, /Three came/);
	assert.match(corrected.text, /The number was wrong\./);
	assert.match(corrected.text, /Version 2 of/);
	const old = await clients.reader.get('/s/cincinnati/case-studies/whole-life/versions/1');
	assert.match(old.text, /Nobody came/);
	assert.match(old.text, /This is version 1 of[^<]*not the current one/);
	assert.match(old.text, /noindex/);
	assert.match(old.text, new RegExp(`rel="canonical" href="${base}/s/cincinnati/case-studies/whole-life"`));
	const difference = (await clients.reader.get('/s/cincinnati/case-studies/whole-life/versions/compare?left=1&right=2')).text;
	assert.match(difference, /<del>[\s\S]*Nobody[\s\S]*<\/del>/);
	assert.match(difference, /<ins>[\s\S]*Three[\s\S]*<\/ins>/);
	assert.equal((await clients.nobody.get('/s/cincinnati/case-studies/whole-life/versions')).status, 404);
	/* The trail says who did what; the audit log knows it too. */
	const trail = (await clients.author.get(`/drafts/${id}`)).text.replaceAll(/<[^>]*>/g, '');
	for (const said of ['author submitted it', 'staff asked a reviewer', 'first asked for changes', 'Give the figures.', 'staff published it'])
		assert.ok(trail.replaceAll(/\s+/g, ' ').includes(said), said);
	assert.equal(sql(dir, `SELECT count(*) FROM audit WHERE action = 'draft.publish' AND object IN ('${id}', '${second}')`), '2');
});

/* ---- two at once ---- */

test('what was read is what is approved and published', async () => {
	const form = [caseStudy(), caseStudy({ title: 'Another title' })];
	const id = seed({ state: 'review', reviewers: ['first', 'second'], form });
	const old = await step('first', id, 'decide', { verdict: 'approve', revision: '1', words: 'Fine with me.' });
	assert.equal(old.status, 409);
	assert.match(old.text, /revision 1, it is now revision 2/);
	assert.match(old.text, /Fine with me\./);
	assert.equal((await step('first', id, 'decide', { verdict: 'approve', revision: '2' })).status, 303);
	assert.equal((await step('second', id, 'decide', { verdict: 'approve', revision: '2' })).status, 303);
	assert.equal((await step('staff', id, 'publish', { when: 'now', revision: '1' })).status, 409);
	const [a, b] = await Promise.all([step('staff', id, 'publish', { when: 'now', revision: '2' }),
		step('network', id, 'publish', { when: 'now', revision: '2' })]);
	assert.deepEqual([a.status, b.status].sort(), [303, 409]);
	/* A record that someone else changed meanwhile is not overwritten. */
	const num = Number(sql(dir, `SELECT record_num FROM draft WHERE id = '${id}'`));
	const slug = sql(dir, `SELECT slug FROM record WHERE num = ${num}`);
	const given = { slug, state: 'approved', reviewers: ['first', 'second'], approvals: ['first', 'second'], record: num, base: 1 };
	const one = seed({ ...given, form: caseStudy({ title: 'One' }) }), two = seed({ ...given, form: caseStudy({ title: 'Two' }) });
	assert.equal((await step('staff', one, 'publish', { when: 'now' })).status, 303);
	const late = await step('staff', two, 'publish', { when: 'now' });
	assert.equal(late.status, 409);
	assert.match(late.text, /Someone else saved this record/);
	assert.equal(sql(dir, `SELECT title FROM record WHERE num = ${num}`), 'One');
});

/* ---- at a set time ---- */

const approved = (slug) => seed({ slug, state: 'approved', reviewers: ['first', 'second'], approvals: ['first', 'second'] });
async function schedule(id) {
	const answer = await step('staff', id, 'publish', { when: 'later', date: '2099-03-01', time: '09:30', zone: 'America/New_York' });
	assert.equal(answer.status, 303);
	assert.equal(stateOf(id), SCHEDULED);
}
/* The time comes: with the server down, all its times move to a second ago. */
async function comes(id) {
	await server.stop('SIGKILL');
	const now = (Date.now() - 1000) * 1000;
	sql(dir, `UPDATE job SET due_us = ${now}, payload = '${id} ${now}' WHERE kind = 'publish' AND state = 1 AND payload LIKE '${id} %';
		UPDATE draft SET publish_us = ${now} WHERE id = '${id}'`);
	server = await start();
	await enterAll();
	return now;
}

test('at its time, once, though the server died before it', async () => {
	const id = approved('at-its-time');
	await schedule(id);
	assert.match((await clients.author.get(`/drafts/${id}`)).text, /1 March 2099, 09:30 EST/);
	const at = await comes(id);
	await settled('publication', () => stateOf(id) === PUBLISHED);
	assert.equal((await clients.reader.get('/s/cincinnati/case-studies/at-its-time')).status, 200);
	/* The job runs again, as after a crash between its effect and the note of it. */
	const versions = () => sql(dir, 'SELECT count(*) FROM record_version v JOIN record r ON r.num = v.record_num WHERE r.slug = \'at-its-time\'');
	assert.equal(versions(), '1');
	await server.stop('SIGKILL');
	sql(dir, `UPDATE job SET state = 1, attempts = 0, ended_us = 0, due_us = ${at}, payload = '${id} ${at}' WHERE kind = 'publish' AND key LIKE 'publish ${id} %';
		UPDATE draft SET publish_us = ${at} WHERE id = '${id}'`);
	server = await start();
	await enterAll();
	await settled('the second run', () => sql(dir, `SELECT state FROM job WHERE kind = 'publish' AND key LIKE 'publish ${id} %'`) === '2');
	assert.equal(versions(), '1');
	assert.equal(letters('author', 'Your draft is published', id).length, 1);
});

test('what no longer holds at that time is not published, and all are told', async () => {
	const cases = [
		['reviewer-gone', (id) => sql(dir, `UPDATE account SET disabled_us = 1, disabled_by = 'local' WHERE id = '${ids.second}'`),
			() => sql(dir, `UPDATE account SET disabled_us = 0, disabled_by = NULL WHERE id = '${ids.second}'`), /no longer has the approvals/, REVIEW],
		['editor-gone', () => sql(dir, `UPDATE membership SET role = 'reader' WHERE account_id = '${ids.staff}'`),
			() => sql(dir, `UPDATE membership SET role = 'editor' WHERE account_id = '${ids.staff}'`), /staff, who set the time, may no longer publish/, APPROVED],
		['author-gone', () => sql(dir, `UPDATE account SET disabled_us = 1, disabled_by = 'local' WHERE id = '${ids.author}'`),
			() => sql(dir, `UPDATE account SET disabled_us = 0, disabled_by = NULL WHERE id = '${ids.author}'`), /author&#39;s account is disabled/, APPROVED],
	];
	for (const [slug, spoil, mend, reason, state] of cases) {
		const id = approved(slug);
		await schedule(id);
		const told = letters('staff', 'A draft was not published', id).length;
		await server.stop('SIGKILL');
		const now = (Date.now() - 1000) * 1000;
		sql(dir, `UPDATE job SET due_us = ${now}, payload = '${id} ${now}' WHERE kind = 'publish' AND state = 1 AND payload LIKE '${id} %';
			UPDATE draft SET publish_us = ${now} WHERE id = '${id}'`);
		spoil(id);
		server = await start();
		await settled(`${slug} given up`, () => stateOf(id) !== SCHEDULED);
		assert.equal(stateOf(id), state, slug);
		await settled(`${slug}: letter`, () => letters('staff', 'A draft was not published', id).length > told);
		mend();
		await enterAll();
		assert.match((await clients.editor.get(`/drafts/${id}`)).text, reason, slug);
		assert.equal((await clients.reader.get(`/s/cincinnati/case-studies/${slug}`)).status, 404, slug);
	}
});

test('a schedule can be wrong, changed, and taken off', async () => {
	const id = approved('changed-mind');
	for (const [fields, said] of [[{ date: '2020-01-01', time: '09:00' }, /past/], [{ date: '', time: '' }, /YYYY-MM-DD/],
		[{ date: '2099-02-30', time: '09:00' }, /YYYY-MM-DD/], [{ date: '2099-03-08', time: '02:30' }, /02:30|skip|exist/],
		[{ date: '2099-03-01', time: '09:00', zone: 'Mars/Base' }, /time zone/]]) {
		const answer = await step('staff', id, 'publish', { when: 'later', zone: 'America/New_York', ...fields });
		assert.equal(answer.status, 400, JSON.stringify(fields));
		assert.match(answer.text.replaceAll(/<[^>]*>/g, ''), said);
	}
	await schedule(id);
	assert.equal((await step('author', id, 'unschedule')).status, 303);
	assert.equal(stateOf(id), APPROVED);
	await schedule(id);
	/* A reviewer's second thoughts stop it. */
	assert.equal((await step('first', id, 'decide', { verdict: 'changes', words: 'Wait.' })).status, 303);
	assert.equal(stateOf(id), CHANGES);
	await comes(id);
	assert.equal((await clients.reader.get('/s/cincinnati/case-studies/changed-mind')).status, 404);
	assert.equal(stateOf(id), CHANGES);
});

test('every step outlives the server', async () => {
	const id = seed({ slug: 'survivor' });
	const walk = [['author', 'submit', {}, REVIEW], ['staff', 'invite', { who: 'first' }, REVIEW], ['editor', 'invite', { who: 'second' }, REVIEW],
		['first', 'decide', { verdict: 'approve' }, REVIEW], ['second', 'decide', { verdict: 'approve' }, APPROVED],
		['staff', 'publish', { when: 'now' }, PUBLISHED]];
	for (const [name, what, fields, state] of walk) {
		assert.equal((await step(name, id, what, fields)).status, 303, what);
		await server.stop('SIGKILL');
		server = await start();
		await enterAll();
		assert.equal(stateOf(id), state, what);
	}
	assert.equal((await clients.reader.get('/s/cincinnati/case-studies/survivor')).status, 200);
});

/* ---- afterwards ---- */

test('withdrawn with its reason at the same address, and restored', async () => {
	const page = '/s/cincinnati/case-studies/group-analysis';
	assert.equal((await clients.nobody.get(page)).status, 200);
	for (const name of ['author', 'editor', 'reader', 'outsider', 'first'])
		assert.equal((await clients[name].get(`${page}/withdraw`)).status, 404, name);
	const empty = await clients.staff.submit(`${page}/withdraw`, `${page}/withdraw`, { reason: ' ' });
	assert.equal(empty.status, 400);
	assert.match(empty.text, /Say why/);
	const stale = await clients.staff.post(`${page}/withdraw`, { csrf: await csrf('staff'), version: '7', reason: 'Old.' });
	assert.equal(stale.status, 409);
	assert.equal((await clients.editor.post(`${page}/withdraw`, { csrf: await csrf('editor'), version: '1', reason: 'x' })).status, 404);
	assert.equal((await clients.staff.submit(`${page}/withdraw`, `${page}/withdraw`, { reason: 'It named a witness.' })).status, 303);
	for (const below of ['', '/versions', '/versions/1', '/versions/compare']) {
		const gone = await clients.nobody.get(page + below);
		assert.equal(gone.status, 410, below);
		assert.match(gone.text, /It named a witness\./);
		assert.match(gone.text, /Sixty groups/);
		assert.doesNotMatch(gone.text, /Some text\.|Restore/);
	}
	assert.doesNotMatch((await clients.nobody.get('/library?q=sixty')).text, /group-analysis"/);
	assert.equal((await clients.editor.post(`${page}/restore`, { csrf: await csrf('editor') })).status, 404);
	assert.equal((await clients.staff.submit(page, `${page}/restore`)).status, 303);
	assert.equal((await clients.nobody.get(page)).status, 200);
	assert.equal((await clients.staff.post(`${page}/restore`, { csrf: await csrf('staff') })).status, 404);
	assert.equal(sql(dir, 'SELECT group_concat(action, \' \') FROM (SELECT action FROM audit WHERE action LIKE \'record.%\' AND action NOT LIKE \'%.read\' ORDER BY num)'),
		'record.withdraw record.restore');
	/* Whoever did not see a record does not learn that it was withdrawn. */
	const secret = '/s/cincinnati/case-studies/secret-zanzibar';
	assert.equal((await clients.editor.submit(`${secret}/withdraw`, `${secret}/withdraw`, { reason: 'Hush.' })).status, 303);
	const there = await clients.nobody.get(secret), nothing = await clients.nobody.get('/s/cincinnati/case-studies/no-such-record');
	assert.equal(there.status, 404);
	assert.equal(shape(there, 'secret-zanzibar'), shape(nothing, 'no-such-record'));
	assert.equal((await clients.reader.get(secret)).status, 410);
});

test('lists: mine, to review, my spaces, the queue', async () => {
	const mine = seed({ audience: 'public' }), theirs = seed({ author: 'colleague', state: 'review', audience: 'public', reviewers: ['first'] });
	const has = async (name, list) => {
		const text = (await clients[name].get(list)).text;
		return [text.includes(mine), text.includes(theirs)];
	};
	assert.deepEqual(await has('author', '/drafts'), [true, false]);
	assert.deepEqual(await has('author', '/drafts/space'), [false, true]);
	assert.deepEqual(await has('first', '/drafts/review'), [false, true]);
	assert.deepEqual(await has('second', '/drafts/review'), [false, false]);
	assert.deepEqual(await has('staff', '/drafts/queue?space=cincinnati&type=case-study&state=review'), [false, true]);
	assert.deepEqual(await has('staff', '/drafts/queue?type=guide'), [false, false]);
	assert.deepEqual(await has('staff', '/drafts/queue?age=7'), [false, false]);
	assert.deepEqual(await has('outsider', '/drafts/queue'), [false, false]);
	assert.equal((await clients.nobody.get('/drafts')).status, 303);
	assert.match((await clients.reader.get('/drafts')).text, /You have no drafts/);
	/* A new one is begun from the network's list too, by those who may write somewhere. */
	assert.match((await clients.author.get('/drafts')).text, /href="\/drafts\/new">New draft<\/a>/);
	assert.match((await clients.author.get('/s/cincinnati/drafts')).text, /href="\/s\/cincinnati\/drafts\/new">New draft for Cincinnati<\/a>/);
	assert.doesNotMatch((await clients.reader.get('/drafts')).text, /drafts\/new/);
});
