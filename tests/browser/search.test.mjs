// SPDX-License-Identifier: GPL-3.0-or-later
/* Search: suggestions by mouse and keyboard, results, spelling, emptiness. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, finish, launch, open, Server } from './helpers.mjs';

let server, browser;

before(async () => {
	[server, browser] = await Promise.all([Server.start(), launch()]);
});
after(async () => {
	await browser?.close();
	await finish(server);
});

/* The field in the masthead, with the list that typing `text` opens. */
async function suggest(page, text, path = '/about') {
	await page.goto(server.base + path);
	const field = page.getByRole('search', { name: 'Site' }).getByRole('combobox');
	await field.fill('');
	await field.pressSequentially(text);
	const list = page.getByRole('listbox', { name: 'Suggestions' });
	await list.waitFor();
	return { field, list, options: list.getByRole('option') };
}

/* The option that the field says is the active one. */
async function active(page, field) {
	const id = await field.getAttribute('aria-activedescendant');
	return id ? page.locator(`[id="${id}"]`).textContent() : null;
}

test('typing opens suggestions, and says how many', async () => {
	const page = await open(browser);
	const { field, options } = await suggest(page, 'call');
	assert.equal(await field.getAttribute('aria-expanded'), 'true');
	assert.equal(await field.getAttribute('aria-autocomplete'), 'list');
	const n = await options.count();
	assert.ok(n >= 2 && n <= 8, `${n} suggestions`);
	await page.getByRole('search', { name: 'Site' }).getByRole('status').filter({ hasText: `${n} suggestions` }).waitFor();
	assert.match((await options.allTextContents()).join('|'), /The call-in/);
	await close(page);
});

test('arrows walk through the suggestions and back into the field', async () => {
	const page = await open(browser);
	const { field, options } = await suggest(page, 'call');
	const texts = await options.allTextContents();
	assert.equal(await active(page, field), null);
	for (const text of texts) {
		await field.press('ArrowDown');
		assert.equal(await active(page, field), text);
		assert.equal(await page.locator('[role=option][aria-selected=true]').count(), 1);
		assert.ok(await page.locator('[role=option][aria-selected=true]').isVisible());
	}
	await field.press('ArrowDown');
	assert.equal(await active(page, field), null);
	await field.press('ArrowUp');
	assert.equal(await active(page, field), texts.at(-1));
	assert.equal(await field.inputValue(), 'call');
	assert.ok(await field.evaluate((element) => element === document.activeElement), 'the focus stays in the field');
	await close(page);
});

test('Enter opens the chosen record', async () => {
	const page = await open(browser);
	const { field, options } = await suggest(page, 'call');
	const at = (await options.allTextContents()).findIndex((text) => text.startsWith('The call-in'));
	assert.ok(at >= 0);
	for (let i = 0; i <= at; i++)
		await field.press('ArrowDown');
	await field.press('Enter');
	await page.waitForURL('**/guides/the-call-in');
	await close(page);
});

test('Enter searches for the chosen term', async () => {
	const page = await open(browser);
	const { field, options } = await suggest(page, 'call');
	const at = (await options.allTextContents()).findIndex((text) => text.includes('Search for this'));
	assert.ok(at >= 0);
	const term = (await options.nth(at).textContent()).replace('Search for this', '').trim();
	for (let i = 0; i <= at; i++)
		await field.press('ArrowDown');
	await field.press('Enter');
	await page.waitForURL('**/search?q=*');
	assert.equal(new URL(page.url()).searchParams.get('q'), term);
	await close(page);
});

test('Enter alone searches for what was typed', async () => {
	const page = await open(browser);
	const { field } = await suggest(page, 'call');
	await field.press('Enter');
	await page.waitForURL('**/search?q=call');
	await close(page);
});

test('Escape closes the suggestions and keeps the text; an arrow opens them again', async () => {
	const page = await open(browser);
	const { field, list } = await suggest(page, 'call');
	await field.press('Escape');
	await list.waitFor({ state: 'hidden' });
	assert.equal(await field.inputValue(), 'call');
	assert.equal(await field.getAttribute('aria-expanded'), 'false');
	await field.press('ArrowDown');
	await list.waitFor();
	assert.notEqual(await active(page, field), null);
	await page.keyboard.press('Tab');
	await list.waitFor({ state: 'hidden' });
	await close(page);
});

test('a click chooses too', async () => {
	const page = await open(browser);
	const { options } = await suggest(page, 'call');
	await options.filter({ hasText: 'The call-in' }).first().click();
	await page.waitForURL('**/guides/the-call-in');
	await close(page);
});

test('suggestions are text, whatever was typed or answered', async () => {
	const page = await open(browser);
	await page.route('**/api/v1/suggest*', (route) => route.fulfill({ json: { items: [
		{ text: '<img src=x onerror=alert(1)>', label: '<b>', url: '/about' },
		{ text: 'elsewhere', label: 'Guide', url: 'https://evil.example/' }] } }));
	const asked = [];
	page.on('request', (request) => asked.push(request.url()));
	const { options, field } = await suggest(page, 'call');
	assert.match(await options.first().textContent(), /<img src=x/);
	assert.equal(await options.locator('img, b').count(), 0);
	await field.press('ArrowDown');
	await field.press('ArrowDown');
	await field.press('Enter');
	await page.reload(); /* whatever Enter began has begun by now */
	assert.deepEqual(asked.filter((url) => url.includes('evil')), [], 'another site is not opened');
	await close(page);
});

test('a server that does not suggest leaves a plain field', async () => {
	const page = await open(browser);
	await page.route('**/api/v1/suggest*', (route) => route.fulfill({ status: 503, body: '' }));
	await page.goto(`${server.base}/about`);
	const field = page.getByRole('search', { name: 'Site' }).getByRole('combobox');
	await field.pressSequentially('call');
	await page.waitForResponse('**/api/v1/suggest*');
	await page.getByRole('search', { name: 'Site' }).getByRole('status').filter({ hasText: 'No suggestions' }).waitFor();
	assert.equal(await page.getByRole('listbox').count(), 0);
	await field.press('Enter');
	await page.waitForURL('**/search?q=call');
	page.errors = page.errors.filter((error) => !/suggest/.test(error));
	await close(page);
});

for (const scripts of [true, false]) {
	const how = scripts ? '' : ', without scripts';
	const field = (page, name) => page.getByRole('search', { name }).locator('input[name=q]');

	test(`results mark the words and keep what was typed${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(server.base);
		await field(page, 'Site').fill('  call-in "the question" ');
		await page.getByRole('search', { name: 'Site' }).getByRole('button', { name: 'Search' }).click();
		await page.waitForURL('**/search?q=*');
		assert.match(await field(page, 'Site').inputValue(), /call-in "the question"/);
		assert.match(await field(page, 'Search again').inputValue(), /call-in "the question"/);
		assert.match(await page.getByRole('heading', { level: 1 }).textContent(), /call-in "the question"/);
		const marks = page.getByRole('main').locator('.usa-collection mark');
		assert.ok(await marks.count() > 0);
		for (const text of await marks.allTextContents())
			assert.match(text, /call|question|forum/i);
		await field(page, 'Search again').fill('homicide');
		await field(page, 'Search again').press('Enter');
		await page.waitForURL('**/search?q=homicide');
		await page.getByRole('main').getByRole('link', { name: 'Homicide in Cincinnati' }).click();
		await page.waitForURL('**/evaluations/cincinnati-study');
		await close(page);
	});

	test(`a misspelling is met with the right word${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/search?q=homicidd`);
		await page.getByText('Did you mean').getByRole('link', { name: 'homicide' }).click();
		await page.waitForURL('**/search?q=homicide');
		assert.equal(await page.getByText('Did you mean').count(), 0);
		assert.ok(await page.getByRole('main').locator('.usa-collection__item').count() > 0);
		await close(page);
	});

	test(`finding nothing leads on${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/search?q=xyzzyq`);
		await page.getByRole('heading', { name: 'Nothing was found' }).waitFor();
		assert.equal(await field(page, 'Search again').inputValue(), 'xyzzyq');
		for (const name of ['Frequently asked questions', 'Jurisdictions and whom to ask there', 'The whole library'])
			await page.getByRole('main').getByRole('link', { name }).waitFor();
		await page.getByRole('link', { name: 'The whole library' }).click();
		await page.waitForURL('**/library');
		await page.goto(`${server.base}/search`);
		await page.getByRole('heading', { name: 'What are you looking for?' }).waitFor();
		await close(page);
	});

	test(`results are narrowed, and a space can look beyond itself${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/search?q=call-in`);
		await page.getByRole('navigation', { name: 'Narrow the list' }).getByRole('link', { name: /^Guides/ }).click();
		await page.waitForURL('**/search?q=call-in&type=guide');
		const kinds = await page.getByRole('main').locator('.usa-collection .kind').allTextContents();
		assert.ok(kinds.length > 0 && kinds.every((kind) => kind === 'Guide'));
		await page.goto(`${server.base}/s/newark/search?q=call-in`);
		await page.getByRole('link', { name: 'Search the whole network' }).click();
		await page.waitForURL('**/s/newark/search?q=call-in&scope=network');
		await page.getByRole('main').getByRole('link', { name: 'The call-in' }).waitFor();
		await close(page);
	});

	test(`hostile text is only text${how}`, async () => {
		const page = await open(browser, { scripts });
		let dialog = null;
		page.on('dialog', async (box) => {
			dialog = box.message();
			await box.dismiss();
		});
		for (const text of ['"><script>alert(1)</script>', "'><img src=x onerror=alert(1)>", '</title><svg onload=alert(1)>',
			'{{constructor.constructor("alert(1)")()}}', 'javascript:alert(1)', '\u202Eevil', '<mark>call-in</mark>']) {
			await page.goto(`${server.base}/search?q=${encodeURIComponent(text)}`);
			assert.equal(await field(page, 'Search again').inputValue(), text);
			assert.ok((await page.getByRole('heading', { level: 1 }).textContent()).includes(text));
		}
		assert.equal(dialog, null);
		await close(page);
	});
}
