// SPDX-License-Identifier: GPL-3.0-or-later
/* Indicators in a browser: a month entered on a phone by keyboard, a file, the
 * charts, and axe on every page. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, fit, launch, open, PHONE } from './helpers.mjs';

let server, browser;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')], fast);
	assert.equal(done.status, 0, done.stderr);
	for (const file of ['ucr-1975-2015.csv', 'invented-months.csv'])
		assert.equal(commonweal(dir, ['figures', path.join(top, 'content/figures', file)]).status, 0);
	assert.equal(commonweal(dir, ['figures', path.join(top, 'content/figures/public/ucr-1975-2015.csv'), 'public', 'UCR']).status, 0);
	person(dir, 'writer', { roles: { cincinnati: 'editor', boston: 'contributor' } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
});
after(async () => {
	await browser?.close();
	assert.equal((await server.end()).code, 0);
});

async function signedIn(options = {}) {
	const page = await open(browser, options);
	page.setDefaultTimeout(30000); /* axe keeps the machine busy */
	await page.goto(`${server.base}/sign-in`);
	await page.getByLabel('User name', { exact: true }).fill('writer');
	await page.getByLabel('Password', { exact: true }).fill('the password of w');
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
	return page;
}

const here = () => `${server.base}/s/cincinnati/indicators`;

test('a month is entered on a phone, by keyboard alone', async () => {
	const page = await signedIn({ width: PHONE });
	await page.goto(`${here()}/enter?period=2021-11`);
	await page.getByLabel('Homicides (victims)', { exact: true }).focus();
	await page.keyboard.type('6');
	await page.keyboard.press('Tab');
	await page.keyboard.type('7');
	await page.keyboard.press('Enter');
	const alert = page.getByRole('alert');
	await alert.getByText('cannot be more than Homicides').waitFor();
	assert.ok(await alert.evaluate((e) => e === document.activeElement), 'the problem has the focus');
	await fit(page, 'the form with a problem');
	await alert.getByRole('link').first().press('Enter');
	assert.equal(await page.evaluate(() => document.activeElement.id), 'v_group-homicides');
	await page.keyboard.press('Control+a');
	await page.keyboard.type('4');
	await page.keyboard.press('Enter');
	await page.getByRole('status').getByText('2 figures are saved').waitFor();
	/* A correction asks why, on the same page. */
	await page.getByLabel('Homicides (victims)', { exact: true }).fill('5');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('alert').getByText('This corrects 6').waitFor();
	await fit(page, 'the form that asks why');
	await page.getByLabel('Why? Homicides').fill('One was a traffic death');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('status').getByText('One figure is saved').waitFor();
	await close(page);
});

test('a file is looked at and then saved; without scripts as well', async () => {
	/* By keyboard: Playwright waits in vain for a page without scripts to stand still. */
	for (const scripts of [true, false]) {
		const page = await signedIn({ scripts });
		await page.goto(`${here()}/upload`);
		if (scripts)
			await fit(page, 'the form for a file');
		await page.getByLabel("The file's text").fill(`period,complaints\n2021-0${scripts ? 1 : 2},x\n`);
		await page.getByRole('button', { name: 'Check', exact: true }).press('Enter');
		await page.getByText('Line 2, column complaints').waitFor();
		await page.getByLabel("The file's text").fill(`period,complaints\n2021-0${scripts ? 1 : 2},9\n`);
		await page.getByRole('button', { name: 'Check', exact: true }).press('Enter');
		await page.getByRole('heading', { name: 'This would change' }).waitFor();
		if (scripts)
			await fit(page, 'the preview of a file');
		await page.getByRole('button', { name: 'Save all of it' }).press('Enter');
		await page.getByRole('status').getByText('1 figure is saved').waitFor();
		await close(page);
	}
});

test('every page fits and is accessible', { timeout: 300000 }, async () => {
	const page = await signedIn();
	for (const address of ['', '/homicides', '/homicides?kind=year&show=rate', '/corrections', '/completeness', '/peers', '/questions', '/releases', '/dictionary',
		'/homicides/publish']) {
		await page.goto(here() + address);
		await fit(page, address);
	}
	await page.goto(`${server.base}/s/boston/indicators/homicides/impact?from=1996`);
	await page.getByText('Placebo p of a fall').waitFor();
	await page.getByText('after 1995; sup-F 67.06').waitFor();
	await fit(page, 'what changed in Boston');
	/* The drawing and the table tell the same. */
	await page.goto(`${here()}/homicides?kind=year`);
	assert.equal(await page.locator('svg.chart title', { hasText: '2006: 90' }).count(), 2);
	await page.emulateMedia({ media: 'print' });
	assert.ok(await page.locator('.chart--wide svg').isVisible(), 'on paper');
	await close(page);
});

test('a chart of own figures is published and seen without an account', async () => {
	const page = await signedIn();
	await page.goto(`${here()}/homicides/publish?kind=year`);
	await page.getByRole('radio', { name: 'Everyone' }).check({ force: true });
	await page.getByRole('button', { name: 'Publish' }).click();
	await page.getByText('Confirm that these figures become known').waitFor();
	await page.getByLabel('These figures become known').check({ force: true });
	await page.getByRole('button', { name: 'Publish' }).click();
	await page.waitForURL(/\/charts\//);
	const address = page.url();
	await close(page);
	const stranger = await open(browser);
	await stranger.goto(address);
	await fit(stranger, 'a published chart');
	await stranger.goto(address);
	const drawing = await stranger.goto(`${address}/chart.svg`);
	assert.equal(drawing.headers()['content-type'], 'image/svg+xml');
	await close(stranger);
});
