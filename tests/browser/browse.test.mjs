// SPDX-License-Identifier: GPL-3.0-or-later
/* Finding one's way: by links alone, from the front page to a jurisdiction. */
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

for (const scripts of [true, false]) {
	const how = scripts ? '' : ', without scripts';

	test(`from the front page to a strategy, its evaluation, the jurisdiction, and back${how}`, async () => {
		const page = await open(browser, { scripts });
		const main = page.getByRole('main');
		await page.goto(server.base);
		await main.getByRole('link', { name: 'The group violence strategy' }).click();
		await page.waitForURL('**/strategies/group-violence');
		assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'The group violence strategy');
		await main.getByRole('link', { name: 'Homicide in Cincinnati' }).click();
		await page.waitForURL('**/evaluations/cincinnati-study');
		await page.getByRole('complementary').getByRole('link', { name: 'Cincinnati, Ohio' }).click();
		await page.waitForURL('**/s/cincinnati');
		await page.getByRole('heading', { level: 1, name: 'Cincinnati, Ohio' }).waitFor();
		await page.goBack();
		await page.waitForURL('**/evaluations/cincinnati-study');
		const crumbs = page.getByRole('navigation', { name: 'Breadcrumb' });
		assert.deepEqual((await crumbs.getByRole('listitem').allTextContents()).map((text) => text.trim()),
			['Home', 'Library', 'Evaluations', 'Homicide in Cincinnati']);
		assert.equal(await crumbs.getByText('Homicide in Cincinnati').getAttribute('aria-current'), 'page');
		await crumbs.getByRole('link', { name: 'Evaluations' }).click();
		await page.waitForURL('**/library?type=evaluation');
		await page.getByRole('navigation', { name: 'Breadcrumb' }).getByRole('link', { name: 'Home' }).click();
		await page.waitForURL(`${server.base}/`);
		await close(page);
	});

	test(`the library is narrowed, combined and widened again${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/library`);
		const facets = page.getByRole('navigation', { name: 'Narrow the list' });
		const count = async () => Number.parseInt(/(\d+)\s+records?/.exec(await page.getByRole('main').getByRole('status').textContent())[1], 10);
		const guides = facets.getByRole('link', { name: /^Guides/ });
		const said = Number.parseInt((await guides.locator('.count').textContent()), 10);
		await guides.click();
		await page.waitForURL('**/library?type=guide');
		assert.equal(await count(), said, 'the count beside the choice is the count of the list');
		assert.equal(await page.getByRole('main').locator('.usa-collection h3').count(), said);
		await facets.getByRole('link', { name: /^Drug market/ }).click();
		await page.waitForURL('**/library?type=guide&strategy=drug-market');
		assert.equal(await count(), 1);
		const chips = page.getByRole('list', { name: 'Chosen' });
		assert.equal(await chips.getByRole('link', { name: /^Remove/ }).count(), 2);
		await chips.getByRole('link', { name: 'Remove Type: Guides' }).click();
		await page.waitForURL('**/library?strategy=drug-market');
		assert.equal(await chips.getByRole('link', { name: /^Remove/ }).count(), 1);
		await page.getByRole('link', { name: 'Newest' }).click();
		await page.waitForURL('**/library?strategy=drug-market&sort=newest');
		await page.getByRole('link', { name: 'Clear all' }).click();
		await page.waitForURL('**/library');
		assert.equal(await chips.count(), 0);
		await close(page);
	});

	test(`a question opens to its short answer and leads to the whole one${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/faq`);
		const answer = page.getByText('A meeting of partners and group members.');
		assert.equal(await answer.isVisible(), false);
		await page.getByText('What is a call-in?').first().click();
		await answer.waitFor({ state: 'visible' });
		await page.getByRole('link', { name: 'Full answer' }).click();
		await page.waitForURL('**/faq/what-is-a-call-in');
		await page.getByText('A forum where the message is given.').waitFor();
		await page.goto(`${server.base}/faq`);
		await page.getByRole('main').getByRole('link', { name: 'Drug market' }).click();
		await page.waitForURL('**/faq?strategy=drug-market');
		await page.getByRole('heading', { name: 'No questions here yet' }).waitFor();
		await close(page);
	});

	test(`events stand by their time, and a series gathers its own${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/events`);
		const main = page.getByRole('main');
		const regions = main.getByRole('region');
		assert.deepEqual(await regions.getByRole('heading', { level: 2 }).allTextContents(),
			['Coming', 'Past', 'Times and calendars']);
		assert.match(await regions.nth(0).textContent(), /First webinar/);
		assert.doesNotMatch(await regions.nth(0).textContent(), /Old webinar/);
		assert.match(await regions.nth(1).textContent(), /Old webinar/);
		await main.getByRole('link', { name: 'First webinar' }).click();
		await page.getByRole('link', { name: 'Starting' }).click();
		await page.waitForURL('**/events/series/starting');
		assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Starting');
		await main.getByRole('link', { name: 'First webinar' }).waitFor();
		await close(page);
	});

	test(`a dot of the map leads to a jurisdiction, like the list${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/jurisdictions`);
		const main = page.getByRole('main');
		const dots = await main.locator('svg a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
		const list = await main.locator('.directory a').evaluateAll((all) => all.map((a) => a.getAttribute('href')));
		assert.ok(dots.length > 1);
		assert.deepEqual(dots.toSorted(), list.toSorted());
		await main.locator('svg a[href="/s/cincinnati"] .dot').click();
		await page.waitForURL('**/s/cincinnati');
		assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'Cincinnati, Ohio');
		await page.getByRole('main').getByRole('link', { name: 'office@cincinnati.example.org' }).waitFor();
		await page.getByRole('link', { name: 'National network' }).click();
		await page.waitForURL(`${server.base}/`);
		await close(page);
	});

	test(`dark and light are chosen at the foot and stay${how}`, async () => {
		const page = await open(browser, { scripts });
		const ground = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
		const choose = (name) => page.getByRole('group', { name: 'Colors' }).getByRole('button', { name }).click();
		const reads = (colour) => page.waitForFunction((c) =>
			getComputedStyle(document.documentElement).backgroundColor === c, colour);
		await page.goto(`${server.base}/about`);
		const light = await ground();
		await choose('Dark');
		await page.locator('html[data-theme="dark"]').waitFor();
		assert.equal(new URL(page.url()).pathname, '/about');
		const dark = await ground();
		assert.notEqual(dark, light);
		assert.equal(await page.getByRole('button', { name: 'Dark' }).getAttribute('aria-pressed'), 'true');
		await page.goto(`${server.base}/library`);
		assert.equal(await ground(), dark);
		await choose('Light');
		await page.locator('html[data-theme="light"]').waitFor();
		await page.emulateMedia({ colorScheme: 'dark' });
		assert.equal(await ground(), light);
		await choose('System');
		await page.locator('html:not([data-theme])').waitFor({ state: 'attached' });
		await reads(dark);
		await close(page);
	});
}

test('a space has its own colour, and its dark form', async () => {
	const page = await open(browser);
	const line = () => page.locator('.usa-header').evaluate((header) => getComputedStyle(header).borderTopColor);
	await page.goto(`${server.base}/s/cincinnati`);
	assert.equal(await line(), 'rgb(122, 46, 29)');
	await page.emulateMedia({ colorScheme: 'dark' });
	assert.notEqual(await line(), 'rgb(122, 46, 29)');
	await close(page);
});
