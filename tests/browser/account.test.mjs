// SPDX-License-Identifier: GPL-3.0-or-later
/* Signing in and out as a person does it, and the pages that only members see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe, startSample } from './helpers.mjs';

const restricted = '/s/cincinnati/case-studies/keeping-the-group-list-current';
let server, browser;

before(async () => {
	[server, browser] = await Promise.all([startSample(), launch()]);
});
after(async () => {
	await browser?.close();
	await finish(server);
});

async function signIn(page, name = 'Demo reader', at = '/about') {
	await page.goto(server.base + at);
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
	await page.waitForURL('**/sign-in*');
	await page.getByRole('button', { name, exact: true }).click();
	await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
}

for (const scripts of [true, false]) {
	const how = scripts ? '' : ', without scripts';

	test(`a member signs in, comes back, reads what is shared, and signs out${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(server.base + restricted);
		await page.getByRole('heading', { name: 'Page not found' }).waitFor();
		await signIn(page);
		assert.equal(new URL(page.url()).pathname, '/about', 'back where it began');
		assert.match(await page.getByText('Demonstration:').textContent(), /invented person/);
		await page.goto(server.base + restricted);
		await page.getByText('Who can read this, and why').click();
		assert.ok(await page.locator('.audience p').first().isVisible());
		await page.goto(server.base);
		await page.getByRole('search', { name: 'Site' }).locator('input[name=q]').fill('keeping the group list current');
		await page.getByRole('search', { name: 'Site' }).getByRole('button').click();
		await page.getByRole('main').getByRole('link', { name: /Keeping the group list current/ }).first().waitFor();
		await page.getByRole('button', { name: 'Sign out', exact: true }).click();
		await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
		await page.goto(server.base + restricted);
		await page.getByRole('heading', { name: 'Page not found' }).waitFor();
		await close(page);
	});

	test(`the theme is kept while signed in${how}`, async () => {
		const page = await open(browser, { scripts });
		await signIn(page);
		await page.getByRole('button', { name: 'Dark' }).click();
		await page.locator('html[data-theme="dark"]').waitFor();
		await page.goto(`${server.base}/account`);
		await page.locator('html[data-theme="dark"]').waitFor();
		await close(page);
	});

	test(`a wrong password is said, with the name kept and the message focused${how}`, async () => {
		const page = await open(browser, { scripts });
		await page.goto(`${server.base}/sign-in`);
		await page.getByLabel('User name', { exact: true }).fill('nobody-here');
		await page.getByLabel('Password', { exact: true }).fill('not the password of anyone');
		await page.getByLabel('Password', { exact: true }).press('Enter');
		const wrong = page.getByRole('alert');
		await wrong.waitFor();
		assert.equal(await page.getByLabel('User name', { exact: true }).inputValue(), 'nobody-here');
		assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
		if (scripts) /* without them nobody can ask where the focus is */
			await page.waitForFunction(() => document.activeElement?.id === 'wrong');
		await close(page);
	});
}

for (const width of [PHONE, DESK]) {
	test(`the pages of members are fit for all at ${width} pixels`, async () => {
		const page = await open(browser, { width, reducedMotion: 'reduce' });
		const look = async (what) => {
			await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await runAxe(page, `${what} (${width}, ${colorScheme})`, { colours: colorScheme === 'dark' });
			}
			assert.equal(await overflow(page), '', what);
		};
		await page.goto(`${server.base}/sign-in`);
		await page.getByLabel('User name', { exact: true }).fill('nobody-here');
		await page.getByLabel('Password', { exact: true }).fill('not the password of anyone');
		await page.getByLabel('Password', { exact: true }).press('Enter');
		await page.getByRole('alert').waitFor();
		await look('a wrong password');
		await signIn(page);
		await page.goto(`${server.base}/account`);
		await look('an account');
		await page.getByRole('button', { name: 'Set it up' }).click();
		await page.getByLabel('Code', { exact: true }).waitFor();
		await look('setting up a second factor');
		await page.goto(server.base + restricted);
		await look('a record that is not public');
		await close(page);
	});
}
