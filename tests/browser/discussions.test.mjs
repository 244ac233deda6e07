// SPDX-License-Identifier: GPL-3.0-or-later
/* Four people of two spaces talk: a question to the whole network, an answer with a
 * file, a mention, the accepted answer, a report that is looked at, and a private
 * group that the fourth never hears of. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { pdf } from '../support/files.mjs';
import { seedGroup } from '../support/groups.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';
import { close, finish, fit, launch, open } from './helpers.mjs';

let server, browser, thread, secret;
const pages = {};
const people = { ana: ['Ana Ruiz', { newark: 'reader' }], ben: ['Ben Cole', { cincinnati: 'reader' }],
	eve: ['Eve Ito', { newark: 'reader' }], nat: ['Nat Brown', { cincinnati: 'reader', national: 'space-admin' }] };
/* COMMONWEAL_PICTURES=folder keeps pictures of the pages, to look at. */
const pictures = process.env.COMMONWEAL_PICTURES;

async function signIn(page, login) {
	await page.goto(`${server.base}/sign-in?next=/exchange`);
	await page.locator('main input[name=login]').fill(login);
	await page.locator('main input[name=password]').fill(`the password of ${login[0]}`);
	await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
	await page.getByRole('heading', { name: 'Exchange', level: 1 }).waitFor();
}

before(async () => {
	const dir = temporary(), ids = {};
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	for (const [login, [name, roles]] of Object.entries(people))
		ids[login] = person(dir, login, { roles, flags: [`--name=${name}`] });
	secret = seedGroup(dir, { space: 'newark', name: 'Quiet circle', members: { [ids.ana]: { space: 'newark', leads: true }, [ids.ben]: { space: 'cincinnati' } } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
	await Promise.all(Object.keys(people).map(async (login) => {
		const page = pages[login] = await open(browser);
		await signIn(page, login);
	}));
});
after(async () => {
	await browser?.close();
	await finish(server);
});

/* Chromium draws only the page that is before the others, and a click waits for it to be drawn. */
const turn = async (page) => { await page.bringToFront(); return page; };
const button = (page, name) => page.getByRole('main').getByRole('button', { name });

async function look(page, name) {
	await page.evaluate(() => document.activeElement?.blur());
	await fit(page, name);
	if (!pictures)
		return;
	fs.mkdirSync(pictures, { recursive: true });
	for (const width of [360, 1280])
		for (const colorScheme of ['light', 'dark']) {
			await page.setViewportSize({ width, height: 800 });
			await page.emulateMedia({ colorScheme });
			await page.screenshot({ path: `${pictures}/${name.replaceAll(' ', '-')}-${width}-${colorScheme}.png`, fullPage: true });
		}
}

test('a question is asked, with preview and a draft that keeps itself', async () => {
	const { ana } = pages;
	await ana.getByRole('link', { name: 'Discussions', exact: true }).click();
	await ana.getByRole('link', { name: 'Begin a discussion' }).first().click();
	await ana.getByLabel('Title').fill('How do you begin a call-in?');
	await ana.getByLabel('Your words').pressSequentially('We want to **know**.');
	await ana.getByText('Draft kept.').waitFor();
	await ana.goto(`${server.base}/discussions`);
	await ana.getByRole('link', { name: 'How do you begin a call-in?' }).click();
	assert.equal(await ana.getByLabel('Your words').inputValue(), 'We want to **know**.');
	await button(ana, 'Preview').click();
	await ana.locator('.post-preview strong', { hasText: 'know' }).waitFor();
	await look(ana, 'a new discussion');
	await button(ana, 'Begin the discussion').click();
	await ana.getByText('The discussion is open.').waitFor();
	thread = new URL(ana.url()).pathname;
	assert.equal(await ana.getByLabel('Your words').inputValue(), '', 'the draft is gone');
});

test('it is answered from another space, with a mention and a file', async () => {
	const { ben, ana, eve } = pages;
	await turn(ben);
	await ben.getByRole('link', { name: 'Discussions', exact: true }).click();
	await ben.getByRole('link', { name: 'How do you begin a call-in?' }).click();
	await ben.getByLabel('Your words').fill('We begin with the families:\n\n- listen first\n- then ask');
	await ben.getByLabel('Tell someone').fill('Eve Ito');
	await ben.getByLabel('Attach files next').check();
	await button(ben, 'Post the answer').click();
	await ben.getByLabel('Files', { exact: true }).setInputFiles({ name: 'agenda.pdf', mimeType: 'application/pdf', buffer: pdf(['one', 'two']) });
	await button(ben, 'Attach').click();
	await ben.getByText('The files are attached').waitFor();
	await ben.getByRole('link', { name: 'How do you begin a call-in?' }).first().click();
	await ben.getByRole('link', { name: 'agenda.pdf' }).waitFor();
	/* Eve is told, and writes too. */
	await turn(eve);
	await eve.goto(server.base + thread);
	await eve.getByText('Mentions Eve Ito').waitFor();
	await eve.getByLabel('Your words').fill('Families, yes. And the pastors.');
	await button(eve, 'Post the answer').click();
	await eve.getByText('Your post is in.').waitFor();
	/* Ana finds what is new, and accepts. */
	await turn(ana);
	await ana.goto(`${server.base}/discussions`);
	await ana.locator('.threads').getByText('New', { exact: true }).waitFor();
	await look(ana, 'discussions');
	await ana.getByRole('link', { name: 'How do you begin a call-in?', exact: true }).click();
	await ana.getByText('New from here').waitFor();
	await button(ana, /Accept as the answer\s*: post 2/).click();
	await ana.getByRole('heading', { name: 'Accepted answer' }).waitFor();
	await look(ana, 'a discussion');
});

test('a post is reported, looked at, and who reported it is told', async () => {
	const { ben, nat } = pages;
	await turn(ben);
	await ben.goto(server.base + thread);
	await ben.getByRole('link', { name: /Report\s*post 3/ }).click();
	await ben.getByLabel('What is wrong with it').fill('It names people who did not agree.');
	await button(ben, 'Report it').click();
	await ben.getByText('Thank you. The leads').waitFor();
	await turn(nat);
	await nat.getByRole('link', { name: 'Discussions', exact: true }).click();
	await nat.getByRole('link', { name: 'Reported posts: 1 to look at' }).click();
	await nat.getByText('It names people who did not agree.').waitFor();
	await look(nat, 'reports');
	await button(nat, 'Remove the post').click();
	await button(nat, 'Remove it for good').click();
	await nat.getByText('The post is removed. Who reported it is told.').waitFor();
	await nat.goto(`${server.base}${thread}/manage`);
	await button(nat, 'Pin it').click();
	await nat.getByText('The discussion is pinned.').waitFor();
	await nat.getByText('Removed by a lead of the group.').waitFor();
	await nat.goto(`${server.base}${thread}/manage`);
	await look(nat, 'looking after it');
});

test('a private group is there for its two, and not for the others', async () => {
	const { ana, ben, eve, nat } = pages;
	await turn(ana);
	await ana.goto(`${server.base}/s/newark/discussions/new?group=${secret}`);
	await ana.getByLabel('Title').fill('Quokka plans');
	await ana.getByLabel('Your words').fill('Only for us.');
	await button(ana, 'Begin the discussion').click();
	await ana.getByText('Private group').waitFor();
	const hidden = new URL(ana.url()).pathname;
	await ben.goto(server.base + hidden);
	await ben.getByRole('heading', { name: 'Quokka plans', level: 1 }).waitFor();
	for (const page of [eve, nat]) {
		await page.goto(server.base + hidden);
		await page.getByRole('heading', { name: 'Page not found' }).waitFor();
		await page.goto(`${server.base}/s/newark/discussions`);
		assert.doesNotMatch(await page.content(), /Quokka|Quiet circle/);
	}
	for (const page of Object.values(pages)) {
		page.errors = page.errors.filter((text) => !/404/.test(text));
		await close(page);
	}
});

test('without scripts one answers, previews, keeps a draft and tells someone', async () => {
	/* By keyboard: without scripts Chromium says of what stands still that it moves. */
	const page = await open(browser, { scripts: false });
	await signIn(page, 'ben');
	await page.goto(server.base + thread);
	await page.getByLabel('Your words').fill('A *draft*.');
	await button(page, 'Keep as a draft').press('Enter');
	await page.getByText('The draft is kept').waitFor();
	assert.equal(await page.getByLabel('Your words').inputValue(), 'A *draft*.');
	await page.getByLabel('Tell someone').fill('Ana Ruiz');
	await button(page, 'Preview').press('Enter');
	await page.locator('.post-preview em', { hasText: 'draft' }).waitFor();
	await button(page, 'Post the answer').press('Enter');
	await page.getByText('Mentions Ana Ruiz').waitFor();
	await close(page);
});
