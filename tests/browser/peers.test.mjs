// SPDX-License-Identifier: GPL-3.0-or-later
/* Peers and help as people use them: two jurisdictions find each other, one asks,
 * the other helps and is visited; on a phone, without scripts where it is said. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, DESK, finish, launch, overflow, PHONE, runAxe, validate, signInAs } from './helpers.mjs';

let server, browser;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')], fast);
	assert.equal(done.status, 0, done.stderr);
	assert.equal(commonweal(dir, ['figures', path.join(top, 'content/figures/public/ucr-1975-2015.csv'), 'public', 'UCR']).status, 0);
	for (const [login, roles] of [['ana', { cincinnati: 'editor' }], ['nora', { newark: 'contributor' }], ['staff', { national: 'editor' }]])
		person(dir, login, { roles });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
});
after(async () => {
	await browser?.close();
	await finish(server);
});

/* axe keeps the machine busy */
const enter = (login, options) => signInAs(browser, server, login, { timeout: 30000, ...options });

const shots = process.env.SHOTS;
async function look(page, name) {
	for (const width of shots ? [PHONE, DESK] : [])
		for (const colorScheme of ['light', 'dark']) {
			await page.setViewportSize({ width, height: 900 });
			await page.emulateMedia({ colorScheme });
			await page.screenshot({ path: `${shots}/${name}-${width}-${colorScheme}.png`, fullPage: true });
		}
}

/* By keyboard: without scripts a click waits for frames that may not come. */
const press = (locator) => locator.press('Enter');
/* Everything opened: all rules on a phone in the light, colors at the desk in the dark, and nothing sticks out. */
async function fit(page, what) {
	await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
	for (const [width, colorScheme] of [[PHONE, 'light'], [DESK, 'dark']]) {
		await page.setViewportSize({ width, height: 800 });
		await page.emulateMedia({ colorScheme });
		assert.equal(await overflow(page), '', `${what} at ${width}`);
		await runAxe(page, `${what} (${width}, ${colorScheme})`, { colours: width === DESK });
	}
}

const files = {};
const keep = async (page, name) => { files[name] = await (await page.goto(page.url())).text(); };

test('a jurisdiction says what it is, finds its peers, and keeps one', async () => {
	const page = await enter('ana', { width: PHONE, scripts: false });
	await page.goto(`${server.base}/s/cincinnati/peers`);
	await press(page.getByRole('link', { name: 'Say it on “About us”' }));
	await page.getByLabel('Stage of your work').selectOption('Running');
	await page.getByLabel('Month of your first call-in').fill('2999-01');
	await press(page.getByRole('button', { name: 'Save' }));
	await page.getByRole('alert').getByText('a month that has begun').waitFor();
	assert.equal(await page.getByLabel('Stage of your work').inputValue(), 'running');
	await page.getByLabel('Month of your first call-in').fill('2024-09');
	await page.getByLabel('Who may see the month').selectOption('Members of the network');
	await press(page.getByRole('button', { name: 'Save' }));
	await page.getByRole('status').getByText('Saved.').waitFor();
	assert.equal(await overflow(page), '');
	await page.getByLabel('Alike in').selectOption('Population');
	await press(page.getByRole('button', { name: 'Show' }));
	await press(page.getByRole('link', { name: 'Newark, New Jersey' }));
	await page.getByLabel('Note (optional)').fill('Met them in Detroit <b>');
	await page.getByLabel(/Share it/).press('Space');
	await press(page.getByRole('button', { name: 'Keep Newark on your list' }));
	await page.getByRole('status').getByText('on your list').waitFor();
	await page.getByText('Met them in Detroit <b>').first().waitFor();
	assert.equal(await overflow(page), '');
	await close(page);
});

test('Newark is asked, offers, and helps; Cincinnati says what came of it', async () => {
	const [ana, nora] = await Promise.all([enter('ana'), enter('nora', { width: PHONE, scripts: false })]);
	await ana.goto(`${server.base}/s/cincinnati/peers/newark`);
	await ana.getByRole('link', { name: 'Ask them for help' }).click();
	assert.ok(await ana.getByLabel('Newark, New Jersey').isChecked());
	await ana.getByLabel('What you need, in a line').fill('Someone to read our call-in script');
	await ana.getByLabel('What it is for').fill('Our **first** one is in May.');
	await ana.getByRole('button', { name: 'Send the request' }).click();
	await ana.getByRole('alert').getByText('Choose a topic').waitFor();
	assert.equal(await ana.getByLabel('What it is for').inputValue(), 'Our **first** one is in May.');
	await ana.getByLabel('Topic').selectOption('Call-ins');
	await ana.getByRole('button', { name: 'Send the request' }).click();
	await ana.getByRole('status').getByText('Your request is sent').waitFor();
	const address = new URL(ana.url()).pathname;

	await nora.goto(`${server.base}/s/newark/help?which=others`);
	await press(nora.getByRole('link', { name: 'Someone to read our call-in script' }));
	await press(nora.getByText('Offer help', { exact: true }));
	await nora.getByLabel('What you can offer, and when').fill('We read it this week.');
	await press(nora.getByRole('button', { name: 'Send the offer' }));
	await nora.getByRole('status').getByText('Your offer is sent').waitFor();
	assert.equal(await overflow(nora), '');

	await ana.goto(server.base + address);
	await keep(ana, 'a request with an offer');
	await look(ana, 'request');
	await fit(ana, 'a request with an offer');
	await ana.getByRole('button', { name: 'Accept the help of Newark' }).click();
	await ana.getByRole('status').getByText('The help is accepted').waitFor();

	await nora.reload();
	await press(nora.getByText('Note a call, a visit, a document'));
	await nora.getByLabel('What was said or done').fill('Read it; see *page 2*.');
	await press(nora.getByRole('button', { name: 'Note it' }));
	await nora.getByRole('status').getByText('It is noted').waitFor();
	await press(nora.getByRole('link', { name: 'Ask for a site visit' }));
	await nora.getByLabel('They visit us in Newark').press('Space');
	await nora.getByLabel('What for').fill('See ours');
	await press(nora.getByRole('button', { name: 'Ask for the visit' }));
	await nora.getByRole('status').getByText('The visit is asked for').waitFor();
	await nora.getByLabel('Begins on').fill('2040-05-02');
	await nora.getByLabel('at', { exact: true }).first().fill('09:00');
	await nora.getByLabel('Ends on').fill('2040-05-02');
	await nora.getByLabel('at', { exact: true }).last().fill('16:00');
	await nora.getByLabel('Agenda').fill('1. The working group\n2. The call-in');
	await press(nora.getByRole('button', { name: 'Save the plan' }));
	await press(nora.getByRole('button', { name: 'Agree to this plan' }));
	await nora.getByRole('status').getByText('You have agreed').waitFor();
	assert.equal(await overflow(nora), '');

	await ana.goto(`${server.base}/s/cincinnati/help/visits`);
	await ana.getByRole('link', { name: 'Cincinnati visits Newark' }).click();
	await ana.getByRole('button', { name: 'Agree to this plan' }).click();
	await ana.getByRole('link', { name: 'Put it into your calendar' }).waitFor();
	await keep(ana, 'a visit');
	await look(ana, 'visit');
	await fit(ana, 'a visit');

	await ana.goto(server.base + address);
	await ana.setViewportSize({ width: DESK, height: 800 });
	await ana.getByText('Close the request', { exact: true }).click();
	await ana.getByLabel('What came of it').fill('Sixty people came.');
	await ana.getByLabel('Was it useful').selectOption('Very useful');
	await ana.getByRole('button', { name: 'Close it' }).click();
	await ana.getByRole('status').getByText('The request is closed').waitFor();
	await keep(ana, 'a closed request');
	await close(ana);
	await close(nora);
});

test('pages fit, in both sizes and colors', async () => {
	const page = await enter('ana');
	for (const [name, where] of [['peers', '/peers'], ['one peer', '/peers/newark'], ['about us', '/peers/about-us'], ['list', '/peers/list'],
		['asking', '/help/new?to=newark'], ['help', '/help?state=all'], ['asking for a visit', '/help/visits/new']]) {
		const answer = await page.goto(`${server.base}/s/cincinnati${where}`);
		assert.equal(answer.status(), 200, where);
		files[name] = await answer.text();
		await look(page, name.replaceAll(' ', '-'));
		await fit(page, name);
	}
	await close(page);
	const staff = await enter('staff', { width: PHONE });
	files.queue = await (await staff.goto(`${server.base}/help?state=all`)).text();
	await staff.getByRole('link', { name: 'Someone to read our call-in script' }).waitFor();
	await look(staff, 'queue');
	assert.equal(await overflow(staff), '');
	await close(staff);
	assert.deepEqual(validate(files), []);
});
