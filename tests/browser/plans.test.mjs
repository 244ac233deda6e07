// SPDX-License-Identifier: GPL-3.0-or-later
/* A guide becomes a plan in real browsers: a project manager on a desk, a colleague on a phone, and axe on every page. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, DESK, fit, launch, overflow, PHONE, runAxe, signInAs } from './helpers.mjs';

let server, browser, plan;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')], fast);
	assert.equal(done.status, 0, done.stderr);
	person(dir, 'manager', { roles: { cincinnati: 'editor' } });
	person(dir, 'colleague', { roles: { cincinnati: 'reader' } });
	person(dir, 'staff', { roles: { national: 'editor' } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
});
after(async () => {
	await browser?.close();
	assert.equal((await server.end()).code, 0);
});

/* axe keeps the machine busy */
const signedIn = (login, options) => signInAs(browser, server, login, { timeout: 30000, ...options });

/* What is made of parts that are looked at in full elsewhere: once each. */
async function glance(page, what) {
	await page.emulateMedia({ colorScheme: 'light' });
	for (const width of [DESK, PHONE]) {
		await page.setViewportSize({ width, height: 800 });
		assert.equal(await overflow(page), '', `${what} at ${width}`);
	}
	await runAxe(page, what);
}

test('a project manager makes a guide the plan, and gives out its steps', async () => {
	const page = await signedIn('manager');
	await page.goto(`${server.base}/s/cincinnati/plans`);
	await page.getByText('No plan yet').waitFor();
	await glance(page, 'no plans yet');
	await page.goto(`${server.base}/guides/governance-and-sustainability`);
	await page.getByRole('link', { name: 'Make this our plan' }).click();
	await page.getByLabel('We begin on').fill('2031-01-06');
	await page.getByLabel('Weeks for step 1,').fill('four');
	await page.getByRole('button', { name: 'Make it our plan' }).click();
	const alert = page.getByRole('alert');
	await alert.getByText('Step 1: give whole weeks').waitFor();
	assert.ok(await alert.evaluate((e) => e === document.activeElement), 'the problem has the focus');
	await glance(page, 'the form with a problem');
	await page.getByLabel('Weeks for step 1,').fill('4');
	await page.getByRole('button', { name: 'Show the dates anew' }).click();
	await page.getByRole('cell', { name: '3 February 2031' }).waitFor();
	await page.getByRole('button', { name: 'Make it our plan' }).click();
	await page.getByRole('status').getByText('This is your plan now').waitFor();
	plan = page.url().split('?')[0];
	await page.getByRole('link', { name: 'Make a clear public commitment' }).click();
	await page.getByLabel('Status', { exact: true }).selectOption({ label: 'Blocked' });
	await page.getByLabel('Notes', { exact: true }).fill('The **mayor** wants to speak first.\n\n- Call her office');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('alert').getByText('Say what blocks it').waitFor();
	await fit(page, 'a step with a problem');
	await page.getByLabel('Reason').fill('The council votes in January');
	await page.getByLabel('Due').fill('2031-02-10');
	await page.getByLabel('Move all later dates along').press('Space');
	await page.getByLabel('Person who sees to it').selectOption({ label: 'colleague' });
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('status').getByText('later dates have moved along').waitFor();
	await page.getByText('Call her office').first().waitFor();
	await page.goto(plan);
	await page.getByRole('link', { name: 'Add a step of our own' }).click();
	await page.getByLabel('What is to do').fill('Ask the library for a room');
	await glance(page, 'the form for a step');
	await page.getByRole('button', { name: 'Add the step' }).click();
	await page.getByRole('status').getByText('The step is added').waitFor();
	await glance(page, 'an own step');
	await page.goto(plan);
	await page.getByRole('button', { name: 'Down with step 1', exact: true }).click();
	await page.getByRole('status').getByText('The order is changed').waitFor();
	await fit(page, 'the plan');
	for (const address of ['/history', '/settings', '/print', '/guide']) {
		await page.goto(plan + address);
		await glance(page, address);
	}
	await page.goto(`${plan}/settings`);
	await page.getByLabel('We agree that').press('Space');
	await page.getByRole('button', { name: 'Share the counts' }).click();
	await page.getByRole('status').getByText('national office now sees').waitFor();
	await close(page);
});

test('a colleague on a phone reads it and puts it into the calendar, without scripts', async () => {
	const page = await signedIn('colleague', { width: PHONE, scripts: false });
	await page.goto(plan);
	await page.getByText('The council votes in January').waitFor();
	assert.equal(await page.getByRole('button', { name: /^Down/ }).count(), 0);
	await page.goto(`${plan}/calendar`);
	await page.getByRole('button', { name: 'Make an address' }).press('Enter');
	const address = await page.getByLabel('Address').inputValue();
	assert.match(await (await server.get(new URL(address).pathname)).text(), /SUMMARY:Blocked: Make a clear public commitment/);
	await close(page);
});

test('the national office sees counts', async () => {
	const page = await signedIn('staff');
	await page.goto(`${server.base}/plans`);
	await page.getByRole('row', { name: /Cincinnati/ }).getByText('0 of 10 steps done').waitFor();
	await glance(page, 'what is shared');
	await close(page);
});
