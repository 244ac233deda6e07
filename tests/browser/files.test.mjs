// SPDX-License-Identifier: GPL-3.0-or-later
/* Attaching files as an editor does it, with scripts (progress, no lost page) and without. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Client, fast, person } from '../support/client.mjs';
import { pdf, png } from '../support/files.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe } from './helpers.mjs';

let server, browser, guide, address;

before(async () => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	person(dir, 'nora', { roles: { national: 'editor' } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
	const nobody = new Client(server), [first] = JSON.parse((await nobody.get('/api/v1/records?type=guide')).text).items;
	guide = `/records/${first.id}/files`;
	address = new URL(first.url).pathname;
});
after(async () => {
	await browser?.close();
	await finish(server);
});

async function signedIn(options) {
	const page = await open(browser, options);
	await page.goto(`${server.base}/sign-in?next=${encodeURIComponent(guide)}`);
	await page.locator('main input[name=login]').fill('nora');
	await page.locator('main input[name=password]').fill('the password of n');
	await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('heading', { name: 'Files', level: 1 }).waitFor();
	return page;
}

for (const scripts of [true, false])
	test(`a file is attached, described, moved, removed and taken back${scripts ? '' : ', without scripts'}`, async () => {
		let page = await signedIn({ scripts });
		const name = scripts ? 'with.pdf' : 'without.pdf';
		const choose = (file, bytes) => page.getByLabel('Files', { exact: true }).setInputFiles({ name: file, mimeType: 'application/pdf', buffer: bytes });
		const attach = () => page.getByRole('button', { name: 'Attach', exact: true }).click();
		await choose('bad.pdf', Buffer.from('no pdf'));
		await attach();
		await page.getByText('bad.pdf is CSV by its content').first().waitFor();
		/* The refusal was answered with 400, which `close` would take for a fault. */
		await page.context().close();
		page = await signedIn({ scripts });
		await choose(name, pdf(['one', 'two']));
		await attach();
		await page.getByText('The files are attached').waitFor();
		await page.getByRole('link', { name, exact: true }).waitFor();
		await page.getByText(`Title and description of ${name}`).click();
		await page.locator(`li:has(a:text-is("${name}"))`).getByLabel('Title').fill(`The title of ${name}`);
		await page.locator(`li:has(a:text-is("${name}"))`).getByRole('button', { name: 'Save' }).click();
		await page.getByText('The description is saved').waitFor();
		await page.getByRole('button', { name: new RegExp(`^Remove *: ${name}$`) }).click();
		await page.getByText('You can take it back').waitFor();
		await page.getByRole('button', { name: new RegExp(`^Take back *: ${name}$`) }).click();
		await page.getByText('The file is back').waitFor();
		await page.goto(server.base + address);
		await page.getByRole('link', { name: `The title of ${name}` }).waitFor();
		await close(page);
	});

test('the pages fit a phone and a desk, in light and dark, and are accessible', async () => {
	for (const [width, scheme] of [[PHONE, 'light'], [DESK, 'dark']]) {
		const page = await signedIn({ width, scheme });
		await page.getByLabel('Files', { exact: true }).setInputFiles([{ name: `${'a-long-name-'.repeat(8)}.png`, mimeType: 'image/png', buffer: png(60, 40) }]);
		await page.getByLabel('Text in place of a picture').first().fill('A red square');
		await page.getByRole('button', { name: 'Attach', exact: true }).click();
		await page.getByText('The files are attached').waitFor();
		for (const path of [guide, address]) {
			await page.goto(server.base + path);
			assert.equal(await overflow(page), '', `${path} at ${width}`);
			await runAxe(page, `${path} ${scheme}`);
			await runAxe(page, `${path} ${scheme}`, { colours: true });
		}
		await close(page);
	}
});
