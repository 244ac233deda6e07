// SPDX-License-Identifier: GPL-3.0-or-later
/* Events as people use them: an organizer sets one up, a member registers on a
 * phone; months, calendars and forms in every size and color. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { event } from '../support/events.mjs';
import { fixtures, Server, temporary } from '../support/server.mjs';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe, validate } from './helpers.mjs';

const content = temporary();
let server, browser;

before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	const write = (one) => fs.writeFileSync(path.join(content, `national/event/${one.slug}.xml`), event(one));
	const soon = (days) => new Date(Date.now() + days * 86400000).toISOString().slice(0, 16);
	write({ slug: 'call', title: 'Monthly call', start: '2040-01-11T14:00', end: '2040-01-11T15:00', zone: 'America/New_York',
		more: `<venue>Room 2</venue><repeat rule="FREQ=MONTHLY;BYDAY=2WE" count="6"><changes><change date="2040-04-11T14:00" state="cancelled"/></changes></repeat>
<agenda><item time="14:00">Welcome</item></agenda><speakers><speaker organization="Test Office">Ana Example</speaker></speakers>` });
	write({ slug: 'now', title: 'Going on', start: soon(-1), end: soon(1), zone: 'Etc/UTC',
		more: '<recording link="https://example.org/video"/><transcript><p xmlns="http://www.w3.org/1999/xhtml">Hello.</p></transcript>' });
	server = await Server.start({ content, env: fast });
	person(server.dir, 'organizer', { roles: { national: 'editor', newark: 'editor' } });
	person(server.dir, 'member', { roles: { newark: 'reader' } });
	browser = await launch();
});
after(async () => {
	await browser?.close();
	await finish(server);
	fs.rmSync(content, { recursive: true });
});

async function signIn(page, login) {
	await page.goto(`${server.base}/sign-in?next=%2Fevents%2Fcall`);
	await page.locator('#login').fill(login);
	await page.getByLabel('Password').fill(`the password of ${login[0]}`);
	await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
	await page.waitForURL('**/events/call');
}

async function organize() {
	const page = await open(browser, { width: DESK });
	await signIn(page, 'organizer');
	for (const slug of ['call', 'now']) {
		await page.goto(`${server.base}/events/${slug}/organise`);
		await page.getByLabel('Registration', { exact: true }).selectOption('Everyone who sees the event');
		await page.getByLabel('Places', { exact: true }).fill('20');
		await page.getByLabel('Link to join').fill('https://meet.example.org/call');
		await page.getByRole('group', { name: 'Question 1' }).getByLabel('Text').fill('What do you bring?');
		await page.getByRole('group', { name: 'Question 2' }).getByLabel('Text').fill('Meal');
		await page.getByRole('group', { name: 'Question 2' }).getByLabel('Answer', { exact: true }).selectOption('One of several');
		await page.getByRole('group', { name: 'Question 2' }).getByLabel('Answers to choose from').fill('None\nSoup');
		await page.getByRole('group', { name: 'Question 2' }).getByLabel('Must be answered').check();
		await page.getByLabel('Show the names').check();
		await page.getByRole('button', { name: 'Save' }).click();
		await page.getByText('The settings are saved.').waitFor();
	}
	return page;
}

for (const scripts of [true, false])
	test(`a member registers on a phone, and cancels${scripts ? '' : ', without scripts'}`, async () => {
		if (scripts)
			await close(await organize());
		const page = await open(browser, { width: PHONE, scripts });
		await page.goto(`${server.base}/events/call`);
		await page.getByRole('link', { name: 'Sign in to register' }).click();
		await page.locator('#login').fill('member');
		await page.getByLabel('Password').fill('the password of m');
		await page.getByRole('main').getByRole('button', { name: 'Sign in', exact: true }).click();
		await page.getByRole('link', { name: 'Register', exact: true }).click();
		await page.getByLabel('What do you bring? (optional)').fill('A cake <b>');
		assert.equal(await overflow(page), '');
		await page.getByLabel('Meal').selectOption('Soup');
		await page.getByRole('button', { name: 'Register' }).click();
		await page.getByRole('status').filter({ hasText: 'You are registered.' }).waitFor();
		assert.equal(await page.getByRole('link', { name: 'https://meet.example.org/call' }).count(), 1);
		assert.equal(await overflow(page), '');
		await page.getByRole('button', { name: 'Cancel my registration' }).click();
		await page.getByRole('status').filter({ hasText: 'cancelled' }).waitFor();
		assert.equal(await page.getByRole('link', { name: 'https://meet.example.org/call' }).count(), 0);
		await close(page);
	});

test('what is wrong is told first, and what was typed stays', async () => {
	const page = await open(browser, { width: PHONE });
	await signIn(page, 'member');
	await page.goto(`${server.base}/events/call/register`);
	await page.getByLabel('What do you bring? (optional)').fill('A cake');
	await page.locator('form').evaluateAll((all) => all.forEach((form) => { form.noValidate = true; }));
	await page.getByRole('button', { name: 'Register' }).click();
	await page.getByRole('alert').filter({ hasText: "'Meal' needs an answer" }).waitFor();
	assert.equal(await page.getByLabel('What do you bring? (optional)').inputValue(), 'A cake');
	await close(page);
});

test('every page of events, in two sizes and both colors', { timeout: 180000 }, async () => {
	const files = {};
	const paths = { organizer: ['/events/call', '/events/call/organise', '/events/now/attendees', '/events/now/check-in', '/calendars', '/events/month?month=2040-01', '/events/now'],
		member: ['/me/notifications', '/events/call/register', '/events/now/feedback', '/events', '/events/past'] };
	for (const [login, list] of Object.entries(paths)) {
		const seat = await open(browser, { width: PHONE });
		await signIn(seat, login);
		await seat.goto(`${server.base}/events/now`);
		await seat.getByRole('link', { name: 'Register', exact: true }).click();
		await seat.getByLabel('Meal').selectOption('Soup');
		await seat.getByRole('button', { name: 'Register' }).click();
		await seat.getByRole('status').filter({ hasText: 'You are registered.' }).waitFor();
		const cookies = await seat.context().cookies();
		await close(seat);
		for (const [width, scheme] of [[PHONE, 'light'], [DESK, 'dark']]) {
			const page = await open(browser, { width, scheme });
			await page.context().addCookies(cookies);
			for (const one of list) {
				const answer = await page.goto(server.base + one);
				assert.equal(answer.status(), 200, one);
				assert.equal(await overflow(page), '', `${one} at ${width}`);
				await runAxe(page, `${one} at ${width}`);
				await runAxe(page, `${one} in ${scheme}`, { colours: true });
				files[`${login} ${one}`] = await answer.text();
			}
			await close(page);
		}
	}
	assert.deepEqual(validate(files), []);
});
