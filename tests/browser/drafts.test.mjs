// SPDX-License-Identifier: GPL-3.0-or-later
/* The whole life of an evaluation with three people in a real browser: written
 * in Cincinnati, reviewed by two, published, found, corrected, withdrawn. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe, startSample, validate } from './helpers.mjs';

let server, browser, author, reviewer, national, draft;
const path = '/s/cincinnati/evaluations/call-ins-and-calls';
const html = {};

async function signIn(login, more) {
	const page = await open(browser, more);
	await page.goto(`${server.base}/sign-in`);
	await page.click(`button[value="${login}"]`);
	await page.waitForSelector('text=Sign out');
	return page;
}

before(async () => {
	[server, browser] = await Promise.all([startSample(), launch()]);
	author = await signIn('demo-contributor');
	reviewer = await signIn('demo-reviewer', { width: PHONE, scheme: 'dark' });
	national = await signIn('demo-national');
});
after(async () => {
	await browser?.close();
	await finish(server);
});

const go = (page, to) => page.goto(server.base + to);
/* Sends the form with that button, and waits for the page that comes. */
async function press(page, name, { within = 'main', exact = true } = {}) {
	await Promise.all([page.waitForNavigation(), page.locator(within).getByRole('button', { name, exact }).first().click()]);
}
/* Saves in the editor and goes to the draft's page. */
async function keep(page) {
	await page.locator('#editor button[value="finish"]').click();
	await page.waitForURL(/\/drafts\/[0-9a-f-]{36}$/);
}
async function unfold(page, summary) {
	await page.locator('main details > summary', { hasText: summary }).first().click();
}
const text = async (page) => (await page.locator('main').innerText()).replaceAll(/\s+/g, ' ');

/* What a page must be in any case: no fault that axe finds, at both widths, and valid. */
async function sound(page, what) {
	const size = page.viewportSize();
	for (const width of [PHONE, DESK]) {
		await page.setViewportSize({ width, height: 800 });
		assert.equal(await overflow(page), '', `${what} at ${width}`);
		await runAxe(page, `${what} at ${width}`);
	}
	await page.setViewportSize(size);
	html[what] = await (await page.request.get(page.url())).text();
}

async function write(page, values) {
	for (const [name, value] of Object.entries(values))
		await page.locator(`form#editor [name="${name}"]`).first().fill(value);
}

test('written in the editor, begun on the jurisdiction\'s front page', async () => {
	await go(author, '/s/cincinnati');
	await author.getByRole('link', { name: 'Write', exact: true }).click();
	await author.getByRole('link', { name: 'Evaluation' }).click();
	await author.fill('#title', 'Call-ins and calls');
	await author.check('input[name="audience"][value="public"]');
	await press(author, 'Start writing');
	await write(author, { summary: 'Calls for shots fired fell after the call-ins began.', issued: '2026', citations: 'Office of the City Manager. 2026. Call-ins and calls.',
		body: '## What we did\n\nWe compared calls for shots fired before and after the call-ins.\n\n## What we found\n\nThere were 41 calls a month before, and 30 after.\n' });
	await author.check('form#editor input[name="strategy"][value="group-violence"]');
	for (const name of ['design', 'evidence']) {
		const select = author.locator(`form#editor select[name="${name}"]`);
		if (await select.count())
			await select.selectOption({ index: 1 });
	}
	await keep(author);
	draft = new URL(author.url()).pathname;
	assert.match(draft, /^\/(s\/cincinnati\/)?drafts\/[0-9a-f-]{36}$/);
	await sound(author, 'a draft being written');
	/* Nobody else knows of it. */
	await go(national, draft);
	assert.match(await text(national), /Page not found/);
	await unfold(author, 'Submit it for review');
	await author.fill('#submit_words', 'The figures are from the dispatch records.');
	await press(author, 'Submit');
	/* Reviewers get what can be published as it stands. */
	assert.match(await text(author), /The text is not ready\. Outcomes/);
	assert.equal(await author.inputValue('#submit_words'), 'The figures are from the dispatch records.');
	await author.locator('main').getByRole('link', { name: 'Edit', exact: true }).click();
	await author.getByRole('button', { name: 'Add outcome' }).click();
	await write(author, { 'outcomes[0].measure': 'Calls for shots fired', 'outcomes[0].unit': 'percent', 'outcomes[0].effect': '-27',
		'outcomes[0].text': 'Fewer calls a month.' });
	for (const name of ['direction', 'desired']) {
		const select = author.locator(`form#editor select[name="outcomes[0].${name}"]`);
		if (await select.count())
			await select.selectOption('decrease');
	}
	await keep(author);
	await unfold(author, 'Submit it for review');
	await author.fill('#submit_words', 'The figures are from the dispatch records.');
	await press(author, 'Submit');
	assert.match(await text(author), /The draft is submitted/);
});

test('the national editor asks two reviewers', async () => {
	await go(national, '/drafts/queue');
	await sound(national, 'the queue');
	await national.getByRole('link', { name: 'Call-ins and calls' }).click();
	draft = new URL(national.url()).pathname;
	for (const login of ['demo-reviewer', 'demo-national']) {
		await national.fill('#who', login);
		await press(national, 'Ask');
		assert.match(await text(national), /The reviewer is asked/);
	}
	await national.fill('#who', 'demo-contributor');
	await press(national, 'Ask');
	assert.match(await text(national), /author cannot review/);
	assert.equal(await national.inputValue('#who'), 'demo-contributor');
	await sound(national, 'a draft in review');
});

test('a reviewer comments on a line and asks for changes, on a phone', async () => {
	await go(reviewer, '/drafts/review');
	await reviewer.getByRole('link', { name: 'Call-ins and calls' }).click();
	const block = reviewer.locator('.draft-block', { hasText: '41 calls a month' });
	await block.locator('summary').first().click();
	await block.locator('textarea').first().fill('Give the interval.');
	await press(reviewer, 'Add the comment', { within: '.draft-block:has-text("41 calls a month")' });
	assert.match(await text(reviewer), /Give the interval\./);
	await press(reviewer, 'Ask for changes');
	assert.match(await text(reviewer), /Say which changes you ask for/);
	await reviewer.fill('#decide_words', 'An interval, and where the records are kept.');
	await press(reviewer, 'Ask for changes');
	assert.match(await text(reviewer), /Changes asked for/i);
	await sound(reviewer, 'a draft with a comment');
});

test('the author answers and submits again', async () => {
	await go(author, draft);
	assert.match(await text(author), /An interval, and where the records are kept/);
	await author.locator('.comment summary').first().click();
	await author.locator('.comment textarea').first().fill('It is given now.');
	await press(author, 'Add the answer');
	await author.locator('main').getByRole('link', { name: 'Edit', exact: true }).click();
	const body = author.locator('form#editor [name="body"]');
	await body.fill((await body.inputValue()).replace('41 calls a month before, and 30 after.', '41 calls a month before (36 to 46), and 30 after (26 to 34).'));
	await keep(author);
	/* The comment stays, as one on a line that is no longer there. */
	assert.match(await text(author), /Comments on lines that have changed.*There were 41 calls a month before, and 30 after\..*Give the interval\..*It is given now\./);
	await press(author, 'Resolved');
	assert.match(await text(author), /resolved by Demo contributor/);
	/* What is not submitted yet is not seen from the outside. */
	await go(reviewer, draft);
	assert.doesNotMatch(await text(reviewer), /36 to 46/);
	await unfold(author, 'Submit it for review');
	await press(author, 'Submit');
	await author.locator('main').getByRole('button', { name: 'Compare the chosen two' }).click();
	await author.waitForSelector('.difference');
	assert.match(await author.locator('.difference ins').allInnerTexts().then((all) => all.join(' ')), /36 to 46/);
	await sound(author, 'what changed between revisions');
});

test('approved by both, published, and found by everyone', async () => {
	for (const page of [reviewer, national]) {
		await go(page, draft);
		await press(page, 'Approve');
		assert.match(await text(page), /You approved this revision/);
	}
	const visitor = await open(browser);
	await go(visitor, path);
	assert.match(await text(visitor), /Page not found/);
	await go(national, draft);
	await unfold(national, 'Publish it');
	await sound(national, 'an approved draft');
	await press(national, 'Publish now');
	assert.match(await text(national), /It is published/);
	await sound(national, 'a published draft');
	await go(visitor, '/search?q=call-ins+and+calls');
	await visitor.locator('main').getByRole('link', { name: 'Call-ins and calls', exact: true }).first().click();
	assert.equal(new URL(visitor.url()).pathname, path);
	assert.match(await text(visitor), /36 to 46.*Version 1 of/);
	await sound(visitor, 'a published evaluation');
	await close(visitor);
});

test('corrected, with a note and both versions to compare', async () => {
	await go(author, path);
	await author.locator('main').getByRole('link', { name: 'Edit', exact: true }).click();
	await press(author, 'Start a draft of changes');
	const body = author.locator('form#editor [name="body"]');
	await body.fill((await body.inputValue()).replace('30 after', '31 after'));
	await keep(author);
	const correction = new URL(author.url()).pathname;
	await unfold(author, 'Submit it for review');
	await press(author, 'Submit');
	await go(national, correction);
	for (const login of ['demo-reviewer', 'demo-national']) {
		await national.fill('#who', login);
		await press(national, 'Ask');
	}
	for (const page of [reviewer, national]) {
		await go(page, correction);
		await press(page, 'Approve');
	}
	await unfold(national, 'Publish it');
	await national.fill('#note', 'One month was counted twice.');
	await press(national, 'Publish now');
	const visitor = await open(browser);
	await go(visitor, path);
	assert.match(await text(visitor), /One month was counted twice\./);
	assert.match(await text(visitor), /31 after/);
	await visitor.getByRole('link', { name: 'All versions' }).click();
	await sound(visitor, 'the versions');
	await visitor.getByRole('button', { name: 'Compare the chosen two' }).click();
	assert.deepEqual(await visitor.locator('.difference del').allInnerTexts().then((all) => all.map((t) => t.replaceAll(/\[removed:|\]|\s/g, ''))), ['30']);
	await sound(visitor, 'what changed between versions');
	await go(visitor, `${path}/versions/1`);
	assert.match(await text(visitor), /This is version 1 of “Call-ins and calls”, not the current one.*30 after/);
	await sound(visitor, 'an old version');
	await close(visitor);
});

test('withdrawn with a reason, and restored', async () => {
	await go(author, path);
	assert.equal(await author.locator('main').getByRole('link', { name: 'Withdraw' }).count(), 0);
	await go(national, path);
	await national.locator('main').getByRole('link', { name: 'Withdraw' }).click();
	await sound(national, 'withdrawing');
	await national.fill('#reason', 'The records turned out to be incomplete.');
	await press(national, 'Withdraw it');
	assert.match(await text(national), /withdrawn on .*The records turned out to be incomplete\./);
	await sound(national, 'a withdrawn record');
	const visitor = await open(browser);
	const gone = await go(visitor, path);
	assert.equal(gone.status(), 410);
	await press(national, 'Restore it');
	assert.equal((await go(visitor, path)).status(), 200);
	await close(visitor);
});

test('nothing complained, and the pages are valid', async () => {
	for (const page of [author, reviewer, national])
		await close(page);
	assert.ok(Object.keys(html).length >= 13, Object.keys(html).join(', '));
	assert.deepEqual(validate(html), []);
});
