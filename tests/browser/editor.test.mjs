// SPDX-License-Identifier: GPL-3.0-or-later
/* The editor as people use it: typing, preview, saving by itself; and what must
 * not lose a word: a killed server, two people, a session that ends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { commonweal } from '../support/server.mjs';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe, Server, validate } from './helpers.mjs';

let server, browser;

before(async () => {
	[server, browser] = await Promise.all([Server.start({ env: fast }), launch()]);
	person(server.dir, 'writer', { roles: { cincinnati: 'contributor' } });
	person(server.dir, 'editor', { roles: { cincinnati: 'editor' } });
});
after(async () => {
	await browser?.close();
	await finish(server);
});

async function signIn(page, login, next = '/drafts/new') {
	await page.goto(`${server.base}/sign-in?next=${encodeURIComponent(next)}`);
	await page.getByLabel('Login', { exact: true }).or(page.locator('input[name=login]')).first().fill(login);
	await page.locator('input[name=password]').fill(`the password of ${login[0]}`);
	await page.locator('form[action="/sign-in"] button[type=submit]').first().click();
	await page.getByRole('button', { name: 'Sign out', exact: true }).waitFor();
}

async function begin(page, title, type = 'Question') {
	await page.goto(`${server.base}/drafts/new`);
	await page.getByRole('main').getByRole('link', { name: type === 'Question' ? /^FAQ|^Question/ : type }).first().click();
	await page.locator('#title').fill(title);
	await page.locator('#audience-space').check();
	await page.getByRole('button', { name: 'Start writing' }).click();
	await page.waitForURL('**/drafts/*/edit');
	return page.url();
}

const state = (page) => page.locator('[data-save-state]');
const savedText = (page) => state(page).filter({ hasText: /^Saved / }).waitFor();

test('typing shows a preview, and saves by itself', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	const url = await begin(page, 'What is new?');
	await page.locator('#f-body').fill('## A heading\n\nSome **strong** words.');
	await page.getByRole('region', { name: 'Text as it will look' }).locator('strong').waitFor();
	await state(page).filter({ hasText: 'Not saved yet' }).waitFor();
	await savedText(page);
	await page.goto(url);
	assert.equal(await page.locator('#f-body').inputValue(), '## A heading\n\nSome **strong** words.');
	assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0, 'what is saved is not kept in the browser');
	/* A problem leads to its line. */
	await page.locator('#f-body').fill('one\n\n<b>two</b>');
	await page.getByText(/^\d+ to set right/).click();
	const link = page.getByRole('link', { name: 'Answer, line 3' });
	await link.click();
	assert.equal(await page.evaluate(() => document.activeElement.id), 'f-body');
	assert.equal(await page.evaluate(() => getSelection().toString() || document.activeElement.value.slice(document.activeElement.selectionStart,
		document.activeElement.selectionEnd)), '<b>two</b>');
	await savedText(page);
	await close(page);
});

test('the buttons for Markdown, the keyboard, and pasting from a word processor', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	await begin(page, 'Buttons');
	const body = page.locator('#f-body');
	await body.fill('words');
	await body.selectText();
	await page.keyboard.press('Control+b');
	assert.equal(await body.inputValue(), '**words**');
	await page.getByRole('toolbar', { name: 'Signs' }).first().getByRole('button', { name: 'Heading' }).click();
	assert.equal(await body.inputValue(), '## **words**');
	await page.keyboard.press('Control+z');
	assert.equal(await body.inputValue(), '**words**', 'undo works');
	await body.fill('');
	await page.getByRole('button', { name: 'Table' }).first().click();
	await page.getByRole('region', { name: 'Text as it will look' }).locator('table').waitFor();
	/* The toolbar is one stop of the Tab key; arrows move in it. */
	await page.getByRole('button', { name: 'Bold' }).first().focus();
	await page.keyboard.press('ArrowRight');
	assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Emphasis');
	await body.fill('');
	await body.evaluate((area) => {
		const data = new DataTransfer();
		data.setData('text/html', `<html><body><!--StartFragment--><h1>Title</h1><p class="MsoNormal">A <b>bold</b> and <i>soft</i> word,
			<a href="https://example.org/">a link</a><script>alert(1)<` + `/script></p><ul><li>one</li><li>two</li></ul>
			<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table><p>2 * 3 &lt;b&gt;</p></body></html>`);
		data.setData('text/plain', 'plain');
		area.focus();
		area.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
	});
	assert.equal(await body.inputValue(), '## Title\n\nA **bold** and *soft* word, [a link](https://example.org/)\n\n- one\n- two\n\n' +
		'| a | b |\n| --- | --- |\n| c | d |\n\n2 \\* 3 \\<b>');
	await savedText(page);
	await close(page);
});

test('rows are added, moved and removed in place, by keyboard', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	const url = await begin(page, 'Steps', /^Guide/);
	await page.getByRole('button', { name: 'Add step' }).press('Enter');
	await page.locator('#f-steps-0-slug').first().waitFor();
	await page.locator('[name="steps[0].title"]').fill('First');
	await page.getByRole('button', { name: 'Add step' }).click();
	await page.locator('[name="steps[1].title"]').fill('Second');
	await page.getByRole('button', { name: 'Move up Step 2' }).click();
	await page.waitForFunction(() => document.querySelector('[name="steps[0].title"]').value === 'Second');
	assert.equal(await page.locator('[name="steps[1].title"]').inputValue(), 'First');
	await page.getByRole('button', { name: 'Remove Step 1' }).click();
	await page.waitForFunction(() => document.querySelector('[name="steps.rows"]').value === '1');
	assert.equal(await page.locator('[name="steps[0].title"]').inputValue(), 'First');
	/* A related record is picked from suggestions. */
	await page.getByRole('button', { name: 'Add relation' }).click();
	await page.locator('[name="relations[0].ref"]').pressSequentially('call-in');
	await page.locator('.suggestions [role=option]').first().click();
	assert.match(await page.locator('[name="relations[0].ref"]').inputValue(), /^[a-z-]+\/[a-z-]+\/[a-z0-9-]+$/);
	await savedText(page);
	await page.goto(url);
	assert.equal(await page.locator('[name="steps[0].title"]').inputValue(), 'First');
	await close(page);
});

test('what the server puts in order is not taken for another text', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	await begin(page, 'Order');
	await page.getByRole('button', { name: 'Add place' }).click();
	await page.locator('[name="places[0].space"]').selectOption('newark');
	await page.locator('[name="creators"]').fill('One\n\n  Two  ');
	await page.getByRole('button', { name: 'Save draft' }).last().click();
	await page.waitForURL('**/edit?check=1');
	await savedText(page);
	assert.match(await page.locator('[name="places[0].text"]').inputValue(), /Newark/);
	assert.equal(await page.locator('[name="creators"]').inputValue(), 'One\nTwo\n');
	assert.equal(await page.evaluate(() => Object.keys(localStorage).length), 0);
	await close(page);
});

test('a picture is sent from the editor, and stands in the text with its words to write', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	await begin(page, 'Picture');
	const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Picture' }).first().click()]);
	await chooser.setFiles({ name: 'my map.png', mimeType: 'image/png', buffer: Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9Q' +
		'DwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64') });
	await page.waitForFunction(() => document.querySelector('#f-body').value === '![what it shows](<attachment:my map.png>)');
	await page.keyboard.type('A map of the city');
	const picture = page.getByRole('region', { name: 'Text as it will look' }).getByRole('img', { name: 'A map of the city' });
	await picture.waitFor();
	await page.waitForFunction(() => document.querySelector('.editor__shown img')?.naturalWidth === 1);
	await savedText(page);
	/* What is no picture is said, and nothing is put in. */
	const [again] = await Promise.all([page.waitForEvent('filechooser'), page.getByRole('button', { name: 'Picture' }).first().click()]);
	await again.setFiles({ name: 'evil.png', mimeType: 'image/png', buffer: Buffer.from('<script>alert(1)</script>') });
	await state(page).filter({ hasText: 'The picture was not taken' }).waitFor();
	page.errors.splice(0); /* 400 is an error to the console */
	await close(page);
});

test('a server that is killed loses nothing: the text is kept, and saved when it is back', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	const url = await begin(page, 'Kill');
	await page.locator('#f-body').fill('Saved before.');
	await savedText(page);
	await server.stop('SIGKILL');
	await page.locator('#f-body').fill('Saved before. Typed after.');
	await state(page).filter({ hasText: 'Not saved: no connection; your text is kept in this browser.' }).waitFor();
	const { port, dir } = server;
	server = await Server.start({ content: null, dir, env: fast, args: [`--listen=127.0.0.1:${port}`] });
	await state(page).filter({ hasText: /^Saved / }).waitFor({ timeout: 70000 });
	page.errors.splice(0); /* of the time without a server */
	await page.goto(url);
	assert.equal(await page.locator('#f-body').inputValue(), 'Saved before. Typed after.');
	/* Killed again, and the browser closed before it is back: the text comes back with the page. */
	await page.locator('#f-body').fill('Typed, and the browser closed.');
	await page.waitForFunction(() => Object.values(localStorage).some((text) => text.includes('the browser closed')));
	await server.stop('SIGKILL');
	const context = page.context();
	await page.close({ runBeforeUnload: false });
	server = await Server.start({ content: null, dir, env: fast, args: [`--listen=127.0.0.1:${port}`] });
	const later = await context.newPage();
	await later.goto(url);
	await later.locator('#f-body').waitFor();
	await later.waitForFunction(() => document.querySelector('#f-body')?.value === 'Typed, and the browser closed.');
	await later.locator('[data-save-state]').filter({ hasText: /^Saved / }).waitFor();
	await context.close();
});

test('two people: the second sees both texts, and nothing is lost', async () => {
	const one = await open(browser), two = await open(browser);
	await signIn(one, 'writer');
	await signIn(two, 'editor');
	const url = await begin(one, 'Two');
	await one.locator('#f-body').fill('A common line.\n\nMine.');
	await savedText(one);
	await two.goto(url);
	await two.locator('#f-body').fill('A common line.\n\nTheirs.');
	await savedText(two);
	await one.locator('#f-body').fill('A common line.\n\nMine, longer.');
	await one.getByText('editor saved in the meantime').waitFor();
	await one.getByRole('button', { name: 'See both texts' }).click();
	await one.getByRole('heading', { name: 'Someone saved in the meantime' }).waitFor();
	assert.equal(await one.locator('#f-body').inputValue(), 'A common line.\n\nMine, longer.');
	assert.match(await one.locator('#merge').textContent(), /Theirs/);
	await runAxe(one, 'conflict');
	await one.locator('#f-body').fill('A common line.\n\nMine, longer. Theirs.');
	await one.getByRole('button', { name: 'Save draft' }).last().click();
	await one.waitForURL('**/edit?check=1');
	await two.goto(url);
	assert.equal(await two.locator('#f-body').inputValue(), 'A common line.\n\nMine, longer. Theirs.');
	one.errors.splice(0); /* 409 is an error to the console */
	await close(one);
	await close(two);
});

test('a session that is revoked while someone types: signing in again goes on', async () => {
	const page = await open(browser);
	await signIn(page, 'writer');
	const url = await begin(page, 'Revoked');
	/* A new password ends every session of the account. */
	const ended = commonweal(server.dir, ['account', 'password', 'writer'], fast, 'the password of w\n');
	assert.equal(ended.status, 0, ended.stderr);
	await page.locator('#f-body').fill('Typed after the end.');
	const link = page.getByRole('link', { name: 'Sign in (opens a new tab)' });
	await link.waitFor();
	const [tab] = await Promise.all([page.context().waitForEvent('page'), link.click()]);
	await tab.locator('input[name=login]').fill('writer');
	await tab.locator('input[name=password]').fill('the password of w');
	await tab.locator('form[action="/sign-in"] button[type=submit]').first().click();
	await tab.waitForURL(url);
	/* The new tab itself has what was kept in the browser; the old one goes on by itself. */
	await tab.waitForFunction(() => document.querySelector('#f-body')?.value === 'Typed after the end.');
	await Promise.race([savedText(page), tab.locator('[data-save-state]').filter({ hasText: /^Saved / }).waitFor({ timeout: 15000 })]);
	const third = await page.context().newPage();
	await third.goto(url);
	assert.equal(await third.locator('#f-body').inputValue(), 'Typed after the end.');
	await page.context().close();
});

test('on a phone the preview is behind a button; pages are accessible in every width and light', async () => {
	for (const [width, scheme] of [[PHONE, 'light'], [PHONE, 'dark'], [DESK, 'light'], [DESK, 'dark']]) {
		const page = await open(browser, { width, scheme });
		await signIn(page, 'writer');
		await runAxe(page, `new ${width}`, { colours: true });
		await begin(page, 'Phone', /^Evaluation/);
		await page.getByRole('button', { name: 'Add outcome' }).click();
		await page.locator('[name="outcomes[0].measure"]').fill('Shootings');
		await page.locator('#f-body').fill('Some *text*\n\n<b>x</b>');
		if (width === PHONE) {
			assert.equal(await page.getByRole('region', { name: 'Text as it will look' }).isVisible(), false);
			await page.getByRole('button', { name: 'Preview', exact: true }).click();
			await page.getByRole('region', { name: 'Text as it will look' }).locator('em').waitFor();
			await runAxe(page, `preview ${width} ${scheme}`, { colours: true });
			assert.equal(await overflow(page), '');
			await page.getByRole('button', { name: 'Write', exact: true }).click();
		}
		await page.getByText(/^\d+ to set right/).waitFor({ state: 'attached' });
		await runAxe(page, `editor ${width} ${scheme}`, { colours: true });
		await savedText(page);
		await page.getByRole('button', { name: 'Save draft' }).last().click();
		await page.waitForURL('**/edit?check=1');
		await runAxe(page, `editor with problems ${width} ${scheme}`, { colours: true });
		await page.goto(page.url().replace(/edit.*/, 'preview'));
		await runAxe(page, `preview page ${width}`);
		await page.goto(`${server.base}/drafts/help`);
		await runAxe(page, `help ${width}`);
		await close(page);
	}
});

test('the pages are valid HTML', async () => {
	const client = await enter(server, 'writer');
	const pages = { types: (await client.get('/drafts/new')).text, begin: (await client.get('/drafts/new?type=faq')).text,
		help: (await client.get('/drafts/help')).text };
	for (const [type, act] of [['guide', 'add steps'], ['event', 'add repeat.changes'], ['evaluation', 'add outcomes']]) {
		const at = (await client.submit(`/drafts/new?type=${type}`, '/drafts/new', { type, title: 'X', space: 'cincinnati', audience: 'space' })).location;
		pages[type] = (await client.get(`${at}?check=1`)).text;
		pages[`${type}, print`] = (await client.get(at.replace('edit', 'preview'))).text;
		const csrf = /name="csrf" value="([^"]*)"/.exec(pages[type])[1];
		for (const [name, fields] of [['rows', { do: act }], ['preview', { do: 'preview' }], ['conflict', { revision: 0, do: 'save' }], ['kept', { csrf: 'x', do: 'save' }]])
			pages[`${type}, ${name}`] = (await client.post(at, { csrf, revision: 1, 'all-sent': 1, title: 'Y', body: '## a\n\n<b>x</b>', ...fields })).text;
	}
	assert.deepEqual(validate(pages), []);
});

test('without scripts: preview, rows and saving by buttons', async () => {
	const page = await open(browser, { scripts: false });
	await signIn(page, 'writer');
	const url = await begin(page, 'Plain', /^Guide/);
	await page.locator('#f-body').fill('Some **strong** words');
	await page.getByRole('button', { name: 'Add step' }).press('Enter');
	await page.locator('[name="steps[0].title"]').fill('First');
	assert.equal(await page.locator('#f-body').inputValue(), 'Some **strong** words');
	await page.getByRole('button', { name: 'Preview', exact: true }).press('Enter');
	await page.locator('#preview strong').waitFor();
	await page.getByRole('button', { name: 'Save draft' }).last().press('Enter');
	await page.getByRole('heading', { name: /To set right before it can be published/ }).waitFor();
	await page.goto(url);
	assert.equal(await page.locator('[name="steps[0].title"]').inputValue(), 'First');
	await close(page);
});
