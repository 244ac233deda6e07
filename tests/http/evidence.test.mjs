// SPDX-License-Identifier: GPL-3.0-or-later
/* What evaluations found: drawn, as a table, as a file; and the page that explains it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Server, top } from '../support/server.mjs';

let server;

before(async () => {
	server = await Server.start({ content: path.join(top, 'content/sample') });
});
after(() => server.end());

test('a strategy shows the figures of its evaluations, and no average', async () => {
	const page = await server.text('/strategies/drug-market');
	assert.match(page, /<svg class="chart" role="img"[^>]* aria-labelledby="forest_percent-change_wide-title forest_percent-change_wide-desc"/);
	assert.match(page, /Percent change of 8 outcomes: 8 below and 0 above the line of no change\. 0 have an interval reported/);
	assert.match(page, /no interval reported/);
	assert.match(page, /5 outcomes have no figure on a common scale/);
	assert.match(page, /No average is drawn\./);
	assert.doesNotMatch(page, /<svg[^>]*style=|<svg[\s\S]*?<script/);
});

test('the figures are a file too', async () => {
	const csv = /href="([^"]*outcomes\.csv)"/.exec(await server.text('/strategies/drug-market'))[1];
	const answer = await server.get(csv);
	assert.equal(answer.headers.get('content-type'), 'text/csv; charset=utf-8');
	const lines = (await answer.text()).trimEnd().split('\r\n');
	assert.equal(lines[0], 'evaluation,place,design,measure,scale,unit,effect,low,high,interval,direction,desired,note');
	assert.equal(lines.length, 14);
	assert.ok(lines.some((line) => /"Nashville, Tennessee","pre-post","Drug and narcotics offenses","percent-change","percent","-55.5",,,,"decrease","decrease"/.test(line)), lines.join('\n'));
	assert.equal((await server.get('/evidence/01890000-0000-7000-8000-0000000000ff/outcomes.csv')).status, 404);
});

test('an evaluation says what it was paid by, or that it does not say', async () => {
	const page = await server.text('/evaluations/chicago-psn');
	assert.match(page, /<dt>Paid by<\/dt><dd>Not reported<\/dd>/);
	assert.match(page, /<dt>Conflicts of interest<\/dt><dd>Not reported<\/dd>/);
});

test('innovations have a list, narrowed by status, and a facet', async () => {
	const page = await server.text('/innovations');
	for (const title of ['Call-ins that people attend by invitation', 'Starting area by area in a very large city', 'The strategy for people on parole, one by one'])
		assert.ok(page.includes(title), title);
	const trial = await server.text('/innovations?status=trial');
	assert.ok(trial.includes('Call-ins that people attend by invitation') && !trial.includes('Starting area by area'));
	assert.match(await server.text('/innovations?status=ended'), /Nobody has written down yet/);
	assert.match(await server.text('/s/chicago/innovations'), /one by one/);
	assert.equal(JSON.parse(await server.text('/api/v1/search?limit=1&type=innovation')).total, 3);
	assert.match(await server.text('/library'), /type=innovation/);
	const one = await server.text('/innovations/voluntary-call-ins');
	assert.match(one, /<dt>Status<\/dt><dd>Being tried<\/dd>/);
	assert.match(one, /What was learned so far/);
});

test('readers are told what the levels mean', async () => {
	const page = await server.text('/about/evidence');
	for (const word of ['Effective', 'Promising', 'Did not work', 'Did harm', 'Inconclusive', 'Untested', 'Mixed', 'How to appeal', 'Why there is no average'])
		assert.ok(page.includes(word), word);
});
