// SPDX-License-Identifier: GPL-3.0-or-later
/* People who find each other and meet in groups: one's own entry, a search, a
 * private group with an invitation, posts without names; by keyboard and without
 * the script. SHOTS=DIR keeps pictures of the pages. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, DESK, fit, launch, PHONE, signInAs } from './helpers.mjs';

let server, browser;
const here = '/s/cincinnati';

before(async () => {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', path.join(top, 'content/sample')], fast).status, 0);
	for (const [name, space, role] of [['ana', 'cincinnati', 'contributor'], ['ben', 'cincinnati', 'reader'], ['cleo', 'oakland', 'reader'], ['dora', 'cincinnati', 'space-admin']])
		person(dir, name, { roles: { [space]: role } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
});
after(async () => {
	await browser?.close();
	assert.equal((await server.end()).code, 0);
});

const signedIn = (login, options) => signInAs(browser, server, login, options);

async function look(page, what) {
	await fit(page, what);
	if (process.env.SHOTS)
		for (const [width, colorScheme] of [[PHONE, 'light'], [DESK, 'light'], [DESK, 'dark']]) {
			await page.setViewportSize({ width, height: 800 });
			await page.emulateMedia({ colorScheme });
			await page.screenshot({ path: path.join(process.env.SHOTS, `${what.replaceAll(' ', '-')}-${width}-${colorScheme}.png`), fullPage: true });
		}
}

test('someone says what they can help with, and is found by another jurisdiction', async () => {
	let page = await signedIn('cleo');
	await page.goto(`${server.base}/s/oakland/people`);
	await page.getByRole('link', { name: 'Your entry' }).click();
	await look(page, 'own entry');
	for (const [label, value] of [['Title', 'Outreach director'], ['Organization', 'Oakland Unite'], ['Phone', '510 555 0123'],
		['E-mail', 'not an address'], ['About', 'I ran **twelve** call-ins.']])
		await page.getByLabel(label, { exact: true }).fill(value);
	await page.getByRole('combobox', { name: 'Role in the team', exact: true }).selectOption('community');
	await page.getByLabel('custom notification').check();
	for (const field of ['Name', 'Title', 'Role in the team', 'Can help with', 'About'])
		await page.getByLabel(`Who sees this: ${field}`).selectOption('network');
	await page.getByRole('button', { name: 'Save' }).press('Enter');
	await page.getByRole('alert').getByText('This is no e-mail address').waitFor();
	assert.equal(await page.getByLabel('Organization', { exact: true }).inputValue(), 'Oakland Unite');
	await page.getByRole('alert').getByRole('link').click();
	assert.equal(await page.getByLabel('E-mail', { exact: true }).getAttribute('aria-invalid'), 'true');
	await page.getByLabel('E-mail', { exact: true }).fill('cleo@unite.example');
	await page.getByRole('button', { name: 'Save' }).click();
	await page.getByRole('status').getByText('Your entry is saved').waitFor();
	await page.getByRole('link', { name: 'See your page' }).click();
	await page.getByText('Outreach director').waitFor();
	await close(page);
	page = await signedIn('ana');
	await page.goto(`${server.base}/people`);
	await page.getByLabel('Can help with').selectOption('custom notification');
	await page.getByRole('button', { name: 'Filter' }).press('Enter');
	await page.getByText('1 person').waitFor();
	await look(page, 'people');
	await page.getByRole('link', { name: 'cleo' }).click();
	await page.getByText('twelve').waitFor();
	assert.equal(await page.getByText('510 555 0123').count(), 0);
	assert.equal(await page.getByText('Oakland Unite').count(), 0);
	await look(page, 'a person');
	await page.emulateMedia({ media: 'print' });
	await page.getByText('Outreach director').waitFor();
	await close(page);
});

test('a private group across two jurisdictions; a third person sees nothing of it', async () => {
	const page = await signedIn('ana');
	await page.goto(`${server.base}${here}/groups`);
	await page.getByRole('link', { name: 'A new group' }).click();
	await look(page, 'new group');
	await page.getByLabel('Name', { exact: true }).fill('After the shooting');
	await page.getByLabel('What it is for').fill('What we do in the first two days.');
	await page.getByLabel('Private: only').check();
	await page.getByRole('button', { name: 'Make the group' }).press('Enter');
	await page.getByRole('status').getByText('The group is made').waitFor();
	const address = new URL(page.url()).pathname;
	await page.getByRole('link', { name: 'Invite people' }).click();
	await page.getByLabel('Name', { exact: true }).fill('cleo');
	await page.getByRole('button', { name: 'Find' }).press('Enter');
	await look(page, 'invite people');
	await page.getByRole('button', { name: 'Invite cleo' }).press('Enter');
	await page.getByRole('status').getByText('The invitation is sent').waitFor();
	await look(page, 'private group');
	const cleo = await signedIn('cleo', { scripts: false });
	await cleo.goto(`${server.base}/groups`);
	await cleo.getByRole('link', { name: 'An invitation waits' }).click();
	await cleo.getByText('What we do in the first two days.').waitFor();
	await cleo.getByRole('button', { name: 'Accept' }).click();
	await cleo.getByRole('status').getByText('You are in the group now').waitFor();
	await cleo.getByRole('link', { name: 'After the shooting' }).click();
	await cleo.getByRole('rowheader', { name: 'ana' }).waitFor();
	await close(cleo);
	const ben = await signedIn('ben');
	await ben.goto(`${server.base}${here}/groups`);
	await look(ben, 'groups');
	assert.equal(await ben.getByText('After the shooting').count(), 0);
	assert.equal((await ben.goto(`${server.base}${address}`)).status(), 404);
	await close(ben);
	await page.goto(`${server.base}${address}`);
	await page.getByRole('link', { name: 'Change cleo' }).click();
	await look(page, 'a member');
	await page.getByRole('button', { name: 'Name as lead' }).press('Enter');
	await page.getByRole('status').getByText('looks after the group now').waitFor();
	await page.getByRole('link', { name: 'Posts without names' }).click();
	await look(page, 'posts without names');
	await page.getByRole('button', { name: 'Confirm these people' }).press('Enter');
	await page.getByRole('status').getByText('The list of members is confirmed').waitFor();
	await page.getByRole('link', { name: 'Back to the group' }).click();
	await page.getByRole('link', { name: 'Leave the group' }).click();
	await page.getByRole('button', { name: 'Leave the group' }).press('Enter');
	await page.getByRole('status').getByText('You have left').waitFor();
	await close(page);
});

test('an administrator gives a role in the team, and the person is in its group', async () => {
	const page = await signedIn('dora');
	await page.goto(`${server.base}${here}/admin/people`);
	await page.getByRole('link', { name: 'ben', exact: true }).click();
	await page.locator('summary', { hasText: 'Roles in the team' }).click();
	await page.getByLabel('Services').check();
	await page.getByRole('button', { name: 'Save the role' }).press('Enter');
	await page.getByRole('status').getByText('The role is changed').waitFor();
	await page.getByRole('cell', { name: 'Services', exact: true }).waitFor();
	await look(page, 'a role in the team');
	await close(page);
});
