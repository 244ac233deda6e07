// SPDX-License-Identifier: GPL-3.0-or-later
/* Ratings of outcomes: certificates, two blind reviews, disagreement, a new
 * version, appeal; who may do what, and who sees what when. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

let server, record, card, content, dir;
const who = {}, ids = {};
const study = 'national/evaluation/cincinnati-study.xml';
const inTwoYears = `${new Date().getUTCFullYear() + 2}-01-31`;

const levels = { effect: '3', mechanism: '2', moderators: '1', implementation: '2', economics: '0', independent: 'yes' };

async function rate(client, level, reason, more = {}) {
	return client.submit(card, `${card}/review`, { ...levels, level, reason, ...more });
}

function importAgain(change) {
	const file = path.join(content, study);
	fs.writeFileSync(file, change(fs.readFileSync(file, 'utf8')));
	const done = commonweal(dir, ['import', content], fast);
	assert.equal(done.status, 0, done.stderr);
}

before(async () => {
	dir = temporary();
	content = path.join(dir, 'content');
	fs.cpSync(fixtures, content, { recursive: true });
	assert.equal(commonweal(dir, ['import', content], fast).status, 0);
	for (const name of ['anna', 'bert', 'cleo', 'dora', 'outsider'])
		ids[name] = person(dir, name, { roles: { newark: 'reader' } });
	person(dir, 'network', { flags: ['--network-admin'] });
	person(dir, 'second', { flags: ['--network-admin'] });
	person(dir, 'local', { roles: { cincinnati: 'editor' } });
	person(dir, 'reader', { roles: { cincinnati: 'reader' } });
	person(dir, 'adam', { roles: { cincinnati: 'space-admin' } });
	person(dir, 'office', { roles: { national: 'editor' } });
	person(dir, 'author', { roles: { newark: 'reader' }, flags: ['--name=Test Office'] });
	server = await Server.start({ dir, content: null, env: fast });
	for (const name of ['anna', 'bert', 'cleo', 'dora', 'outsider', 'network', 'second', 'local', 'reader', 'adam', 'office', 'author'])
		who[name] = await enter(server, name);
	who.nobody = new Client(server);
	record = JSON.parse((await who.nobody.get('/api/v1/records?type=evaluation')).text).items[0].id;
	card = `/evidence/${record}/1`;
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

test('nothing is rated yet, and that is said', async () => {
	const page = (await who.nobody.get('/evaluations/cincinnati-study')).text;
	assert.match(page, /<span class="rating rating--unrated">Not rated<\/span>/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--unrated">Evaluated, not rated yet/);
	assert.match((await who.nobody.get('/innovations/invited')).text, /rating--untested">Untested/);
	assert.match((await who.nobody.get('/innovations')).text, /Invited, not ordered[\s\S]*rating--untested">Untested/);
	assert.equal((await who.nobody.get(`/evidence/${record}/2`)).status, 404);
	assert.equal((await who.nobody.get(`/evidence/${record}/4294967297`)).status, 404);
	assert.equal((await who.nobody.get('/evidence/01890000-0000-7000-8000-0000000000ff/1')).status, 404);
});

test('network admins certify, for a time, others than themselves', async () => {
	const page = '/evidence/reviewers';
	for (const [fields, words] of [[{ login: 'nobody-here', until: inTwoYears }, /Nobody has exactly/], [{ login: 'network', until: inTwoYears }, /Nobody certifies themselves/],
		[{ login: 'anna', until: '' }, /Choose the last day/], [{ login: 'anna', until: '2001-01-01' }, /Choose the last day/],
		[{ login: 'anna', until: '2999-01-01' }, /Choose the last day/], [{ login: 'anna', until: '2027-02-30' }, /Choose the last day/]]) {
		const answer = await who.network.submit(page, page, { note: 'Kept & shown', ...fields });
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
		assert.match(answer.text, /value="Kept &amp; shown"/);
	}
	for (const login of ['anna', 'bert', 'cleo', 'local', 'dora', 'author'])
		assert.equal((await who.network.submit(page, page, { login, until: inTwoYears })).status, 303, login);
	assert.match((await who.network.submit(page, page, { login: 'anna', until: inTwoYears })).text, /has a certificate that holds/);
	assert.equal((await who.anna.get(page)).status, 404);
	assert.match((await who.anna.get('/evidence')).text, /You are a certified reviewer/);
	assert.match((await who.outsider.get('/evidence')).text, /you are not one at present/);
	assert.match((await who.anna.get('/evidence')).text, /No review yet/);
});

test('who has a part in the program does not rate it; nor who has no certificate', async () => {
	assert.match((await who.local.get(card)).text, /You cannot rate this: you belong to Cincinnati/);
	assert.match((await who.author.get(card)).text, /You cannot rate this: you are named as its author/);
	assert.doesNotMatch((await who.author.get(card)).text, /\/review"/);
	const csrf = forms((await who.local.get('/account')).text)[0].hidden.csrf;
	const refused = await who.local.post(`${card}/review`, { ...levels, csrf, level: 'effective', reason: 'Ours is best' });
	assert.equal(refused.status, 409);
	const other = forms((await who.outsider.get('/account')).text)[0].hidden.csrf;
	assert.equal((await who.outsider.post(`${card}/review`, { ...levels, csrf: other, level: 'effective', reason: 'x' })).status, 409);
	assert.equal((await who.nobody.post(`${card}/review`, { ...levels, level: 'effective', reason: 'x' })).status, 403);
	assert.doesNotMatch((await who.nobody.get(card)).text, /<form[^>]*review/);
});

test('what is missing is asked for, and what was typed is kept', async () => {
	for (const [fields, words] of [[{ level: '' }, /Choose a level/], [{ level: 'superb' }, /Choose a level/], [{ mechanism: '5' }, /Choose a score for Mechanism/],
		[{ independent: '' }, /Say that you have no part/], [{ reason: '  ' }, /Say why/], [{ reason: 'x'.repeat(4001) }, /longer than/]]) {
		const answer = await rate(who.anna, 'promising', 'A <b>good</b> reason', fields);
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
		assert.match(answer.text, /<option value="3" selected="selected">/);
	}
	assert.match((await rate(who.anna, 'promising', 'A <b>good</b> reason', { effect: '' })).text, />A &lt;b&gt;good&lt;\/b&gt; reason<\/textarea>/);
});

test('the first review is seen by nobody else until the second is in', async () => {
	/* On the program's own pages: its space's audit log does not tell who rates. */
	const there = `/s/cincinnati${card}`;
	assert.equal((await who.anna.submit(there, `${there}/review`, { ...levels, level: 'promising', reason: 'ANNAS REASON' })).status, 303);
	const log = await who.adam.get('/s/cincinnati/admin/audit');
	assert.equal(log.status, 200);
	assert.doesNotMatch(log.text, /evidence\.review|>anna</);
	for (const name of ['nobody', 'bert', 'local', 'network', 'office'])
		assert.doesNotMatch((await who[name].get(card)).text, /ANNAS REASON|Promising<\/span>|>anna/, name);
	assert.match((await who.anna.get(card)).text, /ANNAS REASON/);
	assert.match((await who.nobody.get(card)).text, /One review is in\. It is shown when the second is in too/);
	assert.equal((await rate(who.anna, 'effective', 'ANNAS SECOND THOUGHT')).status, 303, 'until then it can be changed');
	assert.match((await who.nobody.get(card)).text, /changed their review, before the other was in/);
});

test('two that differ are seen by those two only; a third settles it', async () => {
	assert.equal((await rate(who.bert, 'promising', 'BERTS REASON')).status, 303);
	for (const name of ['nobody', 'cleo', 'network', 'local'])
		assert.doesNotMatch((await who[name].get(card)).text, /ANNAS|BERTS/, name);
	assert.match((await who.anna.get(card)).text, /BERTS REASON/);
	assert.match((await who.bert.get(card)).text, /ANNAS SECOND/);
	const stale = forms((await who.cleo.get(card)).text).find((f) => f.action === `${card}/review`).hidden;
	assert.match((await rate(who.anna, 'promising', 'I give in').catch((e) => ({ text: e.message }))).text, /no form/, 'no change of mind now');
	assert.equal((await who.anna.post(`${card}/review`, { ...levels, csrf: forms((await who.anna.get('/account')).text)[0].hidden.csrf,
		level: 'promising', reason: 'I give in' })).status, 409);
	/* A consensus of one is none. */
	assert.equal((await who.anna.submit(card, `${card}/consensus`, { consensus: 'promising', consensus_reason: 'Let us agree' })).status, 303);
	assert.match((await who.nobody.get(card)).text, /The reviewers do not agree\./);
	assert.equal((await who.cleo.post(`${card}/review`, { ...stale, ...levels, level: 'promising', reason: 'CLEOS REASON' })).status, 303);
	const page = (await who.nobody.get(card)).text;
	assert.match(page, /two of three reviewers agreed/);
	for (const part of [/ANNAS SECOND/, /BERTS REASON/, /CLEOS REASON/, /Reviewer 1/, /3 of 4/])
		assert.match(page, part);
	assert.doesNotMatch(page, />anna|>bert|>cleo/, 'without their names');
	assert.match((await who.network.get(card)).text, /<h3>anna/, 'network admins know who it was');
	assert.match((await who.nobody.get('/evaluations/cincinnati-study')).text, /rating--promising">Promising/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--promising">Promising/);
	assert.match((await who.anna.get('/evidence')).text, /Rated <span class="rating rating--promising">/);
});

test('a new version takes the rating out of force until it is confirmed', async () => {
	importAgain((xml) => xml.replace('Some text.', 'Some other text.'));
	assert.match((await who.nobody.get('/evaluations/cincinnati-study')).text, /To be confirmed[\s\S]*Given for version 1; the evaluation has changed since/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /Evaluated, not rated yet/);
	assert.match((await who.nobody.get(card)).text, /The evaluation is now at version 2/);
	assert.equal((await who.anna.submit(card, `${card}/confirm`)).status, 303);
	assert.match((await who.nobody.get(card)).text, /Confirmed on/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--promising">Promising/);
	assert.equal((await who.anna.post(`${card}/confirm`, { csrf: forms((await who.anna.get('/account')).text)[0].hidden.csrf })).status, 409, 'once');
});

test('the space appeals; who rated or appealed does not decide; all is shown with dates', async () => {
	assert.doesNotMatch((await who.reader.get(card)).text, /\/appeal"/, 'readers do not');
	assert.doesNotMatch((await who.office.get(card)).text, /\/appeal"/, 'nor another space');
	assert.match((await who.local.submit(card, `${card}/appeal`, { appeal_reason: ' ' })).text, /Say why/);
	assert.equal((await who.local.submit(card, `${card}/appeal`, { appeal_reason: 'THE CONTROLS WERE GOOD' })).status, 303);
	assert.match((await who.nobody.get(card)).text, /THE CONTROLS WERE GOOD[\s\S]*Not decided yet/);
	for (const name of ['anna', 'bert', 'cleo', 'local', 'outsider', 'office']) {
		assert.doesNotMatch((await who[name].get(card)).text, /\/decide"/, name);
		const csrf = forms((await who[name].get('/account')).text)[0].hidden.csrf;
		assert.equal((await who[name].post(`${card}/decide`, { csrf, decision: 'effective', decision_reason: 'x' })).status, 409, name);
	}
	assert.match((await who.dora.submit(card, `${card}/decide`, { decision: 'perhaps', decision_reason: 'x' })).text, /Choose what the decision is/);
	assert.equal((await who.dora.submit(card, `${card}/decide`, { decision: 'effective', decision_reason: 'THEY WERE' })).status, 303);
	const page = (await who.nobody.get(card)).text;
	assert.match(page, /The rating was changed<\/strong> \(Effective\), \d+ \w+ \d{4}, [\d:]+ UTC: THEY WERE/);
	assert.match(page, /changed on appeal/);
	assert.match((await who.nobody.get('/evaluations/cincinnati-study')).text, /rating--effective">Effective/);
	/* One effective outcome of one evaluation makes no effective strategy. */
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--promising">Promising/);
	assert.equal((await who.local.submit(card, `${card}/appeal`, { appeal_reason: 'ONE MORE' })).status, 303);
	assert.equal((await who.second.submit(card, `${card}/decide`, { decision: 'anew', decision_reason: 'LOOK AGAIN' })).status, 303, 'a network admin may');
	assert.match((await who.nobody.get(card)).text, /Earlier ratings[\s\S]*rating--effective/);
	assert.match((await who.nobody.get('/evaluations/cincinnati-study')).text, /rating--unrated/);
});

test('two that agree settle it; a certificate that ended does not count', async () => {
	assert.equal((await rate(who.anna, 'no-effect', 'ANNA AGAIN')).status, 303);
	const form = forms((await who.network.get('/evidence/reviewers')).text).filter((f) => f.action === '/evidence/reviewers/end');
	const rows = (await who.network.get('/evidence/reviewers')).text.split('<tr>');
	const bert = /name="id" value="([^"]*)"/.exec(rows.find((row) => />bert/.test(row)))[1];
	const late = forms((await who.bert.get(card)).text).find((f) => f.action === `${card}/review`).hidden;
	assert.equal((await who.network.post('/evidence/reviewers/end', { ...form[0].hidden, id: bert })).status, 303);
	assert.equal((await who.bert.post(`${card}/review`, { ...late, ...levels, level: 'no-effect', reason: 'Too late' })).status, 409);
	assert.equal((await rate(who.cleo, 'no-effect', 'CLEO AGAIN')).status, 303);
	assert.match((await who.nobody.get(card)).text, /two reviewers agreed/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--no-effect">Did not work/);
	const log = commonweal(dir, ['audit', 'export'], fast).stdout;
	for (const action of ['reviewer.certify', 'reviewer.end', 'evidence.review', 'evidence.consensus', 'evidence.confirm', 'evidence.appeal', 'evidence.decide'])
		assert.ok(log.includes(`"${action}"`), action);
	assert.doesNotMatch(log, /ANNA|CLEO|CONTROLS/, 'not what was written');
});

test('two that differ find a consensus; a change of the evaluation in between begins it anew', async () => {
	importAgain((xml) => xml.replace('All districts', 'All of them'));
	assert.equal((await who.dora.submit(card, `${card}/anew`)).status, 303);
	assert.equal((await rate(who.anna, 'effective', 'OF THE OLD VERSION')).status, 303);
	importAgain((xml) => xml.replace('All of them', 'Every district'));
	/* The first review was of another text; the next one is the first again. */
	assert.equal((await rate(who.cleo, 'effective', 'CLEO FIRST')).status, 303);
	assert.match((await who.nobody.get(card)).text, /One review is in\.[\s\S]*The evaluation changed before the reviews were in/);
	assert.equal((await rate(who.dora, 'harmful', 'DORA SECOND')).status, 303);
	const page = (await who.dora.get(card)).text;
	assert.match(page, /CLEO FIRST/);
	assert.doesNotMatch(page, /OF THE OLD VERSION/);
	assert.match((await who.cleo.submit(card, `${card}/consensus`, { consensus: 'mixed', consensus_reason: 'x' })).text, /Choose a level/);
	assert.equal((await who.cleo.submit(card, `${card}/consensus`, { consensus: 'promising', consensus_reason: 'CLEO PROPOSES' })).status, 303);
	assert.equal((await who.dora.submit(card, `${card}/consensus`, { consensus: 'inconclusive', consensus_reason: 'DORA PROPOSES' })).status, 303);
	assert.match((await who.nobody.get(card)).text, /The reviewers do not agree\./);
	assert.doesNotMatch((await who.nobody.get(card)).text, /PROPOSES/);
	assert.equal((await who.cleo.submit(card, `${card}/consensus`, { consensus: 'inconclusive', consensus_reason: 'CLEO AGREES' })).status, 303);
	const settled = (await who.nobody.get(card)).text;
	assert.match(settled, /the reviewers reached a consensus/);
	assert.match(settled, /Proposed as a consensus on [^<]*<strong>Inconclusive<\/strong>\. CLEO AGREES/);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--inconclusive">Inconclusive/);
});

test('an outcome that is gone keeps its rating as one of an earlier version; a hidden evaluation hides its ratings', async () => {
	importAgain((xml) => xml.replace('measure="Monthly homicide rate"', 'measure="Homicides a month"'));
	const page = (await who.nobody.get('/evaluations/cincinnati-study')).text;
	assert.match(page, /Of earlier versions[\s\S]*Monthly homicide rate: <span class="rating rating--inconclusive">Inconclusive<\/span>, for version 4/);
	assert.match(page, /rating--unrated">Not rated/);
	importAgain((xml) => xml.replace('audience="public"', 'audience="network"'));
	assert.equal((await who.nobody.get(card)).status, 404);
	assert.equal((await who.anna.get(card)).status, 200);
	assert.match((await who.nobody.get('/strategies/group-violence')).text, /rating--untested">Untested/, 'a visitor knows of no evaluation');
});
