// SPDX-License-Identifier: GPL-3.0-or-later
/* A network admin's first day, with the keyboard on a phone; the pages of
 * administration; one sign-in for several host names. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { close, DESK, finish, launch, open, overflow, PHONE, runAxe, Server, validate } from './helpers.mjs';
import { enter, fast, person, totp } from '../support/client.mjs';
import { commonweal, fixtures, temporary } from '../support/server.mjs';

let server, browser, ids;

async function start(content, args = []) {
	const dir = temporary();
	assert.equal(commonweal(dir, ['import', content], fast).status, 0);
	ids = { network: person(dir, 'network', { flags: ['--network-admin', '--name=Nadia Network'] }) };
	for (const login of ['boss', 'typist'])
		person(dir, login, { flags: ['--network-admin', `--name=${login}`] });
	ids.chief = person(dir, 'chief', { flags: ['--name=Carl Chief'], roles: { cincinnati: 'space-admin' } });
	ids.mary = person(dir, 'mary', { flags: ['--name=Mary Poe-Featherstonehaugh', '--email=mary.poe@a-long-host-name.example.org'],
		roles: { cincinnati: 'reader', newark: 'editor' } });
	ids.fresh = person(dir, 'fresh', { password: null, roles: { cincinnati: 'contributor' } });
	return Server.start({ dir, content: null, env: fast, args: ['--sign-in-tries=1000', '--sign-in-address-tries=1000', ...args] });
}

before(async () => {
	[server, browser] = await Promise.all([start(fixtures), launch()]);
});
after(async () => {
	await browser?.close();
	await finish(server);
});

/* Presses Tab until the focus is on what matches. */
async function tabTo(page, what, most = 80) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press('Tab');
		const name = await page.evaluate(() => {
			const element = document.activeElement;
			const label = element.labels?.[0]?.textContent ?? '';
			return `${element.tagName.toLowerCase()} ${(label || element.getAttribute('aria-label') || element.textContent || '').trim()}`;
		});
		if (what.test(name))
			return name;
	}
	throw new Error(`the keyboard does not reach ${what} on ${page.url()}`);
}

/* Enter, and the page that follows. */
async function enterKey(page, heading) {
	await page.keyboard.press('Enter');
	await page.getByRole('heading', { level: 1, name: heading }).waitFor();
}

const focusedId = (page, id) => page.waitForFunction((wanted) => document.activeElement?.id === wanted, id);

test('with the keyboard on a phone: sign in, set up the second factor, find a person, sign out', async () => {
	const page = await open(browser, { width: PHONE });
	await page.goto(`${server.base}/faq`);
	await tabTo(page, /^a Sign in$/);
	await enterKey(page, 'Sign in');
	await tabTo(page, /^input User name/);
	await page.keyboard.type('network');
	await tabTo(page, /^input Password/, 3);
	await page.keyboard.type('not this password');
	await enterKey(page, 'Sign in');
	await focusedId(page, 'wrong');
	assert.match(await page.title(), /^Error: /);
	assert.equal(await page.locator('#login').inputValue(), 'network');
	await tabTo(page, /^input Password/, 10);
	await page.keyboard.type('the password of n');
	await enterKey(page, 'Set up the second factor');
	const key = await page.locator('dd code').first().textContent();
	await tabTo(page, /^input Code/);
	await page.keyboard.type('000000');
	await enterKey(page, 'Set up the second factor');
	await focusedId(page, 'wrong');
	assert.equal(await page.locator('dd code').first().textContent(), key, 'the same key');
	await tabTo(page, /^input Code/, 10);
	await page.keyboard.type(totp(key));
	await enterKey(page, 'Recovery codes');
	assert.equal(await page.locator('.codes li').count(), 10);
	await tabTo(page, /^a I have kept them/);
	await page.keyboard.press('Enter');
	await page.waitForURL('**/faq');
	await tabTo(page, /^a .*Nadia Network$/);
	await enterKey(page, 'Your account');
	await tabTo(page, /^a Administration$/);
	await enterKey(page, 'Administration');
	await tabTo(page, /^a People$/);
	await enterKey(page, 'People');
	await tabTo(page, /^input Name, login or e-mail/);
	await page.keyboard.type('poe');
	await enterKey(page, 'People');
	await page.getByText('1 person').waitFor();
	await tabTo(page, /^a Mary Poe/);
	await enterKey(page, /Mary Poe/);
	/* Disabling asks for the login, and says so where the focus is. */
	await tabTo(page, /^summary Disable the account/);
	await page.keyboard.press('Enter');
	await tabTo(page, /^input To confirm, type .?mary/, 3);
	await page.keyboard.type('marry');
	await enterKey(page, /Mary Poe/);
	await focusedId(page, 'problems');
	await tabTo(page, /^a Type mary to confirm/, 2);
	await page.keyboard.press('Enter');
	await focusedId(page, 'confirm_disable');
	assert.equal(await page.locator('#confirm_disable').inputValue(), 'marry', 'kept');
	await page.keyboard.press('Control+A');
	await page.keyboard.type('mary');
	await page.keyboard.press('Enter');
	await page.getByText('The account is disabled').waitFor();
	await tabTo(page, /^button Enable the account again/);
	await page.keyboard.press('Enter');
	await page.getByText('The account is enabled again').waitFor();
	await tabTo(page, /^button Sign out$/);
	await page.keyboard.press('Enter');
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
	await page.goto(`${server.base}/admin`);
	await page.getByRole('heading', { name: 'Page not found' }).waitFor();
	await close(page);
});

const places = () => ({ overview: '/admin', people: '/admin/people', nobody: '/admin/people?q=nobody-like-this', 'adding a person': '/admin/people/add',
	'a person': `/admin/people/${ids.mary}`, oneself: `/admin/people/${ids.network}`, spaces: '/admin/spaces', 'a space': '/admin/spaces/cincinnati',
	jobs: '/admin/jobs', 'the audit log': '/admin/audit', 'no rows': '/admin/audit?from=2031-01-01', 'a wrong day': '/admin/audit?from=soon',
	'the proof': '/admin/audit/verify', 'a wrong head': '/admin/audit/verify?head=x', 'the overview of a space': '/s/cincinnati/admin',
	'people of a space': '/s/cincinnati/admin/people', 'a person of a space': `/s/cincinnati/admin/people/${ids.fresh}`, account: '/account' });

/* Pages that come in answer to a form: [name, page, button, fields]. */
const answers = () => [
	['a refused invitation', '/admin/people/add', 'Invite', { name: 'Nina', login: 'mary', email: 'nina@example.org' }],
	['a refused addition', '/admin/people/add', 'Give the role', { who: 'nobody-like-this' }],
	['a refused removal', `/admin/people/${ids.mary}`, 'Remove the role', { confirm_remove: 'wrong' }],
];

test('the pages of administration are fit for all: axe, light and dark, phone and desk', async () => {
	const boss = await enter(server, 'boss');
	for (const width of [PHONE, DESK]) {
		const page = await open(browser, { width, reducedMotion: 'reduce' });
		await page.context().addCookies([{ name: '__Host-session', value: boss.session, url: server.base.replace('http:', 'https:'), secure: true }]);
		const look = async (what) => {
			await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await runAxe(page, `${what} (${width}, ${colorScheme})`, { colours: colorScheme === 'dark' });
			}
			assert.equal(await overflow(page), '', `${what} (${width})`);
		};
		for (const [name, where] of Object.entries(places())) {
			const answer = await page.goto(server.base + where);
			assert.equal(answer.status(), name.startsWith('a wrong') ? 400 : 200, name);
			await look(name);
		}
		for (const [name, where, button, fields] of answers()) {
			await page.goto(server.base + where);
			await page.evaluate(() => {
				document.querySelectorAll('details').forEach((details) => { details.open = true; });
				document.querySelectorAll('form').forEach((form) => { form.noValidate = true; });
			});
			for (const [id, value] of Object.entries(fields))
				await page.locator(`#${id}`).fill(value);
			await page.getByRole('button', { name: button, exact: true }).click();
			await focusedId(page, 'problems');
			assert.match(await page.title(), /^Error: /, name);
			await look(name);
		}
		await close(page);
	}
});

test('the pages of administration are valid HTML', async () => {
	const typist = await enter(server, 'typist');
	const files = {};
	for (const [name, where] of Object.entries(places()))
		files[name] = (await typist.get(where)).text;
	const add = async (name, where, action, fields) => { files[name] = (await typist.submit(where, action, fields)).text; };
	await add('a refused invitation', '/admin/people/add', '/admin/people/invite', { name: '"><b>&', login: 'two words', email: '"@<' });
	await add('a refused addition', '/admin/people/add', '/admin/people/add', { who: '<script>' });
	await add('a refused change', `/admin/people/${ids.mary}`, `/admin/people/${ids.mary}/change`, { name: '', email: 'x' });
	await add('a refused role', `/admin/people/${ids.mary}`, `/admin/people/${ids.mary}/role`, { role: 'king' });
	await add('an invitation', '/admin/people/add', '/admin/people/invite', { name: 'Nina', login: `nina${Date.now()}` });
	assert.match(files['an invitation'], /\/invitation\/[0-9a-f]{64}/);
	assert.ok(Object.values(files).every((text) => /<h1>/.test(text)));
	assert.deepEqual(validate(files), []);
});

for (const scripts of [true, false])
	test(`a space admin invites someone and gives a role${scripts ? '' : ', without scripts'}`, async () => {
		const page = await open(browser, { scripts }), login = `new-${scripts}`;
		await page.goto(`${server.base}/sign-in`);
		await page.getByLabel('User name', { exact: true }).fill('chief');
		await page.getByLabel('Password', { exact: true }).fill('the password of c');
		await page.getByLabel('Password', { exact: true }).press('Enter');
		await page.getByRole('link', { name: 'Administration' }).click();
		await page.getByRole('link', { name: 'Add a person' }).click();
		await page.getByLabel('Name', { exact: true }).fill('New Person');
		await page.getByLabel('Login', { exact: true }).fill(login);
		await page.locator('#role_invite').selectOption('reader');
		await page.getByRole('button', { name: 'Invite' }).click();
		assert.match(await page.getByLabel('Link').inputValue(), /\/invitation\/[0-9a-f]{64}$/);
		await page.getByRole('link', { name: "To the person's page" }).click();
		await page.getByText('invited, no password yet').waitFor();
		await page.getByLabel('Role in Cincinnati').selectOption('editor');
		await page.getByRole('button', { name: /^Save/ }).click();
		await page.getByText('The role is changed').waitFor();
		await close(page);
	});

test('one sign-in for two host names, in a real browser', async () => {
	const content = temporary();
	fs.cpSync(fixtures, content, { recursive: true });
	for (const space of fs.readdirSync(content)) {
		const file = path.join(content, space, 'space.xml');
		fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('.example.org</host>', '.localhost</host>'));
	}
	const kept = ids, local = await start(content, ['--network-host=network.localhost']);
	ids = kept;
	const page = await open(browser), at = (host) => `http://${host}:${local.port}`;
	await page.goto(`${at('cincinnati.localhost')}/events`);
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
	await page.waitForURL(`${at('network.localhost')}/sign-in*`);
	await page.getByLabel('User name', { exact: true }).fill('mary');
	await page.getByLabel('Password', { exact: true }).fill('the password of m');
	await page.getByLabel('Password', { exact: true }).press('Enter');
	await page.waitForURL(`${at('cincinnati.localhost')}/events`);
	await page.getByRole('banner').getByText('Mary Poe').waitFor();
	await page.goto(at('newark.localhost'));
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).click();
	await page.getByRole('banner').getByText('Mary Poe').waitFor();
	assert.equal(new URL(page.url()).hostname, 'newark.localhost');
	await page.goto(`${at('newark.localhost')}/account`);
	await page.getByRole('button', { name: 'Sign out on all sites of the network' }).click();
	await page.goto(`${at('cincinnati.localhost')}/events`);
	await page.getByRole('banner').getByRole('link', { name: 'Sign in' }).waitFor();
	await close(page);
	await finish(local);
	fs.rmSync(content, { recursive: true });
});
