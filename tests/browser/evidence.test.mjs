// SPDX-License-Identifier: GPL-3.0-or-later
/* Rating an outcome in a browser, by keyboard, with two people; charts on a
 * phone, a desk and paper; the editors' pages of links. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person, totp } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, DESK, fit, launch, open, PHONE, signInAs } from './helpers.mjs';

let server, browser, admin;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')], fast);
	assert.equal(done.status, 0, done.stderr);
	for (const name of ['anna', 'bert'])
		person(dir, name, { roles: { oakland: 'reader' } });
	person(dir, 'network', { flags: ['--network-admin'] });
	person(dir, 'office', { roles: { national: 'editor' } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
	admin = await enter(server, 'network');
	for (const login of ['anna', 'bert'])
		assert.equal((await admin.submit('/evidence/reviewers', '/evidence/reviewers', { login, until: `${new Date().getUTCFullYear() + 1}-12-31` })).status, 303);
});
after(async () => {
	await browser?.close();
	assert.equal((await server.end()).code, 0);
});

async function signedIn(login, options) {
	const page = await signInAs(browser, server, login, options);
	if (page.url().includes('second-factor')) {
		await page.getByLabel('Code').fill(totp(admin.totp, Math.floor(Date.now() / 30000) + 1));
		await page.keyboard.press('Enter');
		await page.waitForURL(`${server.base}/`);
	}
	return page;
}

test('two reviewers rate by keyboard, and the strategy says what follows', async () => {
	for (const [login, reason] of [['anna', 'There were controls.'], ['bert', 'Neighborhoods as controls.']]) {
		const page = await signedIn(login);
		await page.goto(`${server.base}/evidence`);
		await fit(page, 'the desk');
		await page.getByRole('link', { name: /^Monthly homicide rate.*Chicago/ }).click();
		await fit(page, 'the form of a review');
		/* An error keeps what was typed. */
		await page.getByLabel('Why this level').fill(reason);
		await page.getByRole('button', { name: 'Keep the review' }).click();
		await page.getByRole('alert').getByText('Choose a level.').waitFor();
		assert.equal(await page.getByLabel('Why this level').inputValue(), reason);
		await page.locator('#level_effective').focus();
		await page.keyboard.press('ArrowDown');
		assert.ok(await page.locator('#level_promising').isChecked());
		for (const label of ['Effect', 'Mechanism', 'Moderators', 'Implementation', 'Economics'])
			await page.getByLabel(label, { exact: true }).selectOption('2');
		await page.getByLabel('I have no part').press('Space');
		await page.getByRole('button', { name: 'Keep the review' }).press('Enter');
		await page.getByRole('status').getByText('Your review is kept.').waitFor();
		await close(page);
	}
	const page = await open(browser);
	await page.goto(`${server.base}/strategies/group-violence`);
	await page.locator('#ratings ~ p .rating--promising').getByText('Promising').waitFor();
	await fit(page, 'a rated strategy');
	await page.goto(`${server.base}/evaluations/chicago-psn`);
	await page.getByRole('link', { name: /^How this is rated.*Monthly homicide rate/ }).click();
	await page.getByText('two reviewers agreed').waitFor();
	await page.getByText('There were controls.').waitFor();
	await fit(page, 'a settled rating');
	await close(page);
});

test('a chart is drawn for the phone, the desk and paper; its lines and marks stand apart without colors', async () => {
	const page = await open(browser);
	await page.goto(`${server.base}/strategies/drug-market`);
	const shown = () => page.evaluate(() => ['narrow', 'wide'].filter((size) => document.querySelector(`.chart--${size}`).checkVisibility()));
	assert.deepEqual(await shown(), ['wide']);
	await page.emulateMedia({ media: 'print' });
	assert.deepEqual(await shown(), ['wide']);
	await page.emulateMedia({ media: 'screen' });
	await page.setViewportSize({ width: PHONE, height: 800 });
	assert.deepEqual(await shown(), ['narrow']);
	/* Every text of a chart lies within it. */
	for (const [width, size] of [[PHONE, 'narrow'], [DESK, 'wide']]) {
		await page.setViewportSize({ width, height: 800 });
		const out = await page.evaluate((name) => {
			const svg = document.querySelector(`.chart--${name} svg`), box = svg.getBoundingClientRect();
			return [...svg.querySelectorAll('text')].filter((text) => {
				const one = text.getBoundingClientRect();
				return one.left < box.left - 1 || one.right > box.right + 1 || one.bottom > box.bottom + 1;
			}).map((text) => text.textContent);
		}, size);
		assert.deepEqual(out, [], size);
	}
	await page.emulateMedia({ forcedColors: 'active' });
	await page.locator('.chart--wide .chart-mark--open').first().waitFor();
	await close(page);
});

test('editors add media coverage and see the links; network admins certify', async () => {
	let page = await signedIn('office');
	await page.goto(`${server.base}/media/add`);
	await fit(page, 'adding media coverage');
	for (const [label, value] of [['Address of the page', 'https://paper.example/1'], ['Title', 'A piece'], ['Outlet', 'Paper'], ['Date', '2026-11'], ['What it is about', 'Calls.'],
		['Excerpt to keep', 'A passage.']])
		await page.getByLabel(label, { exact: true }).fill(value);
	await page.getByRole('button', { name: 'Publish' }).press('Enter');
	await page.getByRole('heading', { level: 1, name: 'A piece' }).waitFor();
	await fit(page, 'media coverage with an excerpt');
	await page.goto(`${server.base}/links`);
	await page.getByText('The link check is off').waitFor();
	await fit(page, 'the report of links');
	await close(page);
	page = await signedIn('network');
	await page.goto(`${server.base}/evidence/reviewers`);
	await fit(page, 'reviewers');
	await close(page);
});
