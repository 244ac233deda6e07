// SPDX-License-Identifier: GPL-3.0-or-later
/* My page in a browser: an answer comes, is seen; wishes by keyboard; a saved search;
 * every page of it in both widths, light and dark. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { close, DESK, fit, launch, open, PHONE } from './helpers.mjs';

let browser, server;
const pages = ['/me', '/me/new', '/me/notifications', '/me/searches', '/me/searches/new?where=search&q=call-in', '/search/texts?q=open', '/search?q=call-in'];

before(async () => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	for (const [login, name] of [['ana', 'Ana Ruiz'], ['ben', 'Ben Cole']])
		person(dir, login, { roles: { newark: 'contributor' }, flags: [`--name=${name}`, `--email=${login}@example.org`] });
	server = await Server.start({ dir, content: null, env: fast });
	browser = await launch();
});
after(async () => {
	await browser.close();
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

async function signIn(login, options = {}) {
	const page = await open(browser, options);
	await page.goto(`${server.base}/sign-in`);
	await page.fill('#login', login);
	await page.fill('#password', `the password of ${login[0]}`);
	await page.click('main button[type=submit]');
	await page.waitForURL((url) => url.pathname !== '/sign-in');
	return page;
}

test('from an answer to My page and back; wishes by keyboard; a search that is kept', async () => {
	const ana = await signIn('ana'), ben = await signIn('ben');
	await ana.goto(`${server.base}/s/newark/discussions/new`);
	await ana.selectOption('#group', { index: (await ana.locator('#group option').count()) - 1 });
	await ana.fill('#title', 'How do you open a call-in?');
	await ana.fill('textarea[name=text]', 'We open with the commander.');
	await ana.click('button[value=send]');
	await ana.waitForURL(/discussions\/0/);
	await ben.goto(ana.url());
	await ben.fill('textarea[name=text]', 'We open with a mother.');
	await ben.click('main button[value=send]');
	await ben.waitForLoadState();
	await ana.goto(`${server.base}/me`);
	assert.match(await ana.locator('.account-bar').innerText(), /My page\s*1/);
	await ana.click('#new ~ ul a');
	await ana.getByText('We open with a mother.').waitFor();
	await ana.click('.account-bar a');
	await ana.getByText('Nothing new').waitFor();
	/* Wishes: the arrow keys move within a row. */
	await ana.click('nav[aria-label="My page"] >> text=What I am told of');
	await ana.waitForURL(/me\/notifications/);
	const row = ana.locator('input[name=way-mention]');
	await row.nth(3).focus();
	await ana.keyboard.press('ArrowLeft');
	await ana.click('main form button');
	await ana.getByText('Your choice is saved').waitFor();
	assert.equal(await row.nth(2).isChecked(), true);
	/* A search. */
	await ana.fill('#site-search', 'call-in');
	await ana.keyboard.press('Enter');
	await ana.click('text=Save this search');
	await ana.fill('#name', 'Call-ins');
	await ana.click('main form button');
	await ana.click('main a[href$="/change"]');
	await ana.click('summary');
	await ana.click('text=Delete “Call-ins”');
	await ana.getByText('is deleted').waitFor();
	await ana.goto(`${server.base}/me/searches/new?where=search&q=call-in`);
	await ana.click('main form button');
	await ana.getByText('is saved').waitFor();
	await close(ana);
	await close(ben);
});

test('every page of My page fits and is accessible, on a phone and a desk, light and dark', async () => {
	const page = await signIn('ana');
	for (const path of pages) {
		await page.goto(server.base + path);
		await fit(page, path);
		for (const [width, colorScheme] of process.env.SHOTS ? [[PHONE, 'light'], [DESK, 'light'], [DESK, 'dark']] : []) {
			await page.setViewportSize({ width, height: 800 });
			await page.emulateMedia({ colorScheme });
			await page.screenshot({ path: `${process.env.SHOTS}/${path.replaceAll(/\W+/g, '-')}-${width}-${colorScheme}.png`, fullPage: true });
		}
	}
	await close(page);
});
