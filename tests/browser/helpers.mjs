// SPDX-License-Identifier: GPL-3.0-or-later
/* What the browser tests share: the browser, a page that notes every error, the
 * kinds of page. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fast } from '../support/client.mjs';
import { build, commonweal, Server, temporary, top } from '../support/server.mjs';

export const require = createRequire(path.join(build, 'tests/packages/'));
const { chromium } = require('playwright-core');
const jar = path.join(path.dirname(require.resolve('vnu-jar/package.json')), 'build/dist/vnu.jar');
const axe = fs.readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');

const sample = process.env.COMMONWEAL_CONTENT ?? path.join(top, 'content/sample');
export const PHONE = 360, DESK = 1280;

export function launch() {
	return chromium.launch({
		executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
		args: ['--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
			'--disable-component-update', '--disable-sync', ...(process.getuid() === 0 ? ['--no-sandbox'] : [])],
	});
}

/* A page whose `errors` holds what the console, scripts and the content
 * security policy complained of, except that a page has the status it has. */
export async function open(browser, { width = DESK, height = 800, scheme = 'light', scripts = true, ...more } = {}) {
	const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme,
		javaScriptEnabled: scripts, ...more });
	const page = await context.newPage();
	page.setDefaultTimeout(8000);
	page.errors = [];
	page.on('pageerror', (error) => page.errors.push(`script: ${error.message}`));
	page.on('console', (message) => {
		if (['error', 'warning'].includes(message.type()) && message.location().url !== page.url())
			page.errors.push(`console: ${message.text()} (${message.location().url})`);
	});
	page.on('requestfailed', (request) => {
		const why = request.failure().errorText;
		/* Left behind by going to another page. */
		if (why !== 'net::ERR_ABORTED')
			page.errors.push(`request: ${request.url()} ${why}`);
	});
	page.on('response', (response) => {
		if (response.status() >= 400 && !response.request().isNavigationRequest())
			page.errors.push(`request: ${response.url()} is ${response.status()}`);
	});
	return page;
}

/* A page of a person (person of ../support/client.mjs) who has signed in by keyboard. */
export async function signInAs(browser, server, login, { timeout = 8000, ...options } = {}) {
	const page = await open(browser, options);
	page.setDefaultTimeout(timeout);
	await page.goto(`${server.base}/sign-in`);
	await page.getByLabel('User name', { exact: true }).fill(login);
	await page.getByLabel('Password', { exact: true }).fill(`the password of ${login[0]}`);
	await page.keyboard.press('Enter');
	await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));
	return page;
}

export async function close(page) {
	assert.deepEqual(page.errors, []);
	await page.context().close();
}

/* The sample content and the demonstration people. */
export function startSample() {
	const dir = temporary();
	for (const args of [['import', sample], ['demo']]) {
		const done = commonweal(dir, args, fast);
		assert.equal(done.status, 0, done.stderr);
	}
	return Server.start({ content: null, dir, env: fast });
}

/* Ends the server, which must have come through. */
export async function finish(server) {
	if (server) {
		const { code, signal } = await server.end();
		assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-4000)}`);
	}
}

/* What the Nu validator says about the files { name: html }, as "name: text". */
export function validate(files) {
	const dir = temporary();
	const names = Object.keys(files);
	const paths = names.map((name, i) => path.join(dir, `${i}.html`));
	names.forEach((name, i) => fs.writeFileSync(paths[i], files[name]));
	const done = spawnSync('java', ['-Xss2m', '-jar', jar, '--Werror', '--stdout', '--format', 'json', ...paths],
		{ encoding: 'utf8', maxBuffer: 1 << 26, timeout: 120000 });
	if (done.error)
		throw done.error;
	fs.rmSync(dir, { recursive: true, force: true });
	const { messages } = JSON.parse(done.stdout);
	assert.equal(done.status === 0, messages.length === 0);
	/* Where inputmode is not known the field is a plain one. */
	return messages.filter((m) => !/“inputmode” attribute is not supported in all/.test(m.message)).map((m) => `${names[Number.parseInt(path.basename(m.url), 10)]}: ${m.message} ${m.extract ?? ''}`);
}

/* colours: only the rules that a change of colours can break. */
export async function runAxe(page, what, { colours = false } = {}) {
	if (!await page.evaluate(() => Boolean(globalThis.axe)))
		await page.evaluate(axe);
	const { violations, passes } = await page.evaluate((only) => globalThis.axe.run(document,
		{ resultTypes: ['violations'], runOnly: only }), colours ? { type: 'rule', values: ['color-contrast', 'link-in-text-block'] } :
		['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']);
	const found = violations.flatMap((v) => v.nodes.map((node) =>
		`${what}: ${v.id} at ${node.target.join(' ')}: ${node.failureSummary.split('\n').slice(1).join(';')}`));
	assert.deepEqual(found, []);
	assert.ok(passes.length >= (colours ? 1 : 20), `${what}: axe looked at nothing`);
}

/* How far the page can be scrolled sideways, and by what. */
export async function overflow(page) {
	return page.evaluate(() => {
		const root = document.scrollingElement, wide = [];
		if (root.scrollWidth > root.clientWidth)
			for (const element of document.body.querySelectorAll('*'))
				if (element.getBoundingClientRect().right > root.clientWidth + 0.5)
					wide.push(`${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`);
		return root.scrollWidth > root.clientWidth ? wide.slice(0, 5).join(' ') || 'something' : '';
	});
}

/* Of each type the longest page that anyone may read. */
async function richest(server, type) {
	let best = null, url = `/api/v1/records?type=${type}`;
	while (url) {
		const answer = await (await server.get(url)).json();
		for (const record of answer.items) {
			const place = new URL(record.url);
			const text = await server.text(place.pathname);
			if (!best || text.length > best.text.length)
				best = { path: place.pathname, text };
		}
		url = answer.next ? new URL(answer.next, server.base).pathname + new URL(answer.next, server.base).search : null;
	}
	assert.ok(best, `there is no ${type}`);
	return best;
}

/* One address of every kind of page: name -> path. */
export async function kinds(server) {
	const found = { home: '/', strategies: '/strategies', library: '/library', faq: '/faq', events: '/events',
		jurisdictions: '/jurisdictions', about: '/about', accessibility: '/accessibility' };
	for (const type of ['strategy', 'guide', 'case-study', 'evaluation', 'publication', 'media', 'faq', 'innovation', 'event', 'profile']) {
		const { path: place, text } = await richest(server, type);
		found[`a ${type}`] = place;
		if (type === 'event')
			found.series = /href="([^"]*\/events\/series\/[^"]+)"/.exec(text)?.[1] ??
				/href="([^"]*\/events\/series\/[^"]+)"/.exec(await (async () => {
					for (const [, link] of (await server.text('/events')).matchAll(/href="(\/events\/[^"/]+)"/g)) {
						const event = await server.text(link);
						if (event.includes('/events/series/'))
							return event;
					}
					return '';
				})())?.[1];
	}
	assert.ok(found.series, 'no event belongs to a series');
	found['a jurisdiction'] = /href="(\/s\/[a-z-]+)"/.exec(await server.text('/jurisdictions'))[1];
	Object.assign(found, {
		'the library narrowed': '/library?type=guide&strategy=group-violence',
		'an empty library': '/library?type=guide&year=1805',
		'questions on one strategy': '/faq?strategy=drug-market',
		'a search': '/search?q=call-in',
		'a search in a space': `${found['a jurisdiction']}/search?q=police`,
		'a search not begun': '/search',
		'a misspelled search': '/search?q=homicidd',
		'a search without hits': '/search?q=xyzzyq',
		'a search by an attacker': `/search?q=${encodeURIComponent('"><svg onload=alert(1)> \' & {{7*7}} -->')}`,
		'signing in': '/sign-in',
		'a forgotten password': '/reset',
		'a missing page': '/no/such/page',
		innovations: '/innovations',
		'no innovations': '/innovations?status=ended',
		'how evidence is rated': '/about/evidence',
		'an outcome': /href="([^"]*\/evidence\/[^"]+\/1)"/.exec(await server.text(found['a evaluation']))[1],
	});
	return found;
}

/* Does the work on each item with a page of the browser, two at a time, and
 * gathers what fails. */
export async function each(browser, items, options, work) {
	const queue = [...items];
	const failed = [];
	await Promise.all([0, 1].map(async () => {
		const page = await open(browser, options);
		for (let item = queue.shift(); item !== undefined; item = queue.shift()) {
			await work(page, item).catch((error) => failed.push(`${item}: ${error.message}`));
			failed.push(...page.errors.splice(0).map((error) => `${item}: ${error}`));
		}
		await page.context().close();
	}));
	assert.deepEqual(failed, []);
}

export { Server };

/* A page with everything opened: axe at both widths, light and dark, and nothing sticks out. */
export async function fit(page, what) {
	await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
	for (const width of [PHONE, DESK]) {
		await page.setViewportSize({ width, height: 800 });
		for (const colorScheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme });
			await runAxe(page, `${what} (${width}, ${colorScheme})`);
		}
		assert.equal(await overflow(page), '', `${what} at ${width}`);
	}
}
