// SPDX-License-Identifier: GPL-3.0-or-later
/* With the keyboard alone: everything is reached, in order, seen, and left again. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, DESK, each, finish, kinds, launch, open, PHONE, startSample } from './helpers.mjs';

let server, browser, pages;

before(async () => {
	[server, browser] = await Promise.all([startSample(), launch()]);
	pages = await kinds(server);
});
after(async () => {
	await browser?.close();
	await finish(server);
});

/* What has the focus: where it is, whether it is in view, what shows it. */
function focused() {
	const element = document.activeElement;
	if (!element || element === document.body)
		return null;
	element.dataset.reached = '1';
	const box = element.getBoundingClientRect(), style = getComputedStyle(element);
	const shape = element instanceof SVGElement && element.querySelector('.hit');
	const middle = [box.x + box.width / 2, box.y + box.height / 2];
	const on = document.elementFromPoint(Math.min(Math.max(middle[0], 0), innerWidth - 1),
		Math.min(Math.max(middle[1], 0), innerHeight - 1));
	return {
		name: `${element.tagName.toLowerCase()} ${(element.textContent || element.getAttribute('aria-label') || element.name || '').trim().slice(0, 40)}`,
		seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth && box.width > 0,
		/* A drawing's dots may lie over each other; anything else may not be covered. */
		covered: !element.closest('svg') && !(on && (element.contains(on) || on.contains(element) || on.tagName === 'LABEL')),
		ring: shape ? Number.parseFloat(getComputedStyle(shape).strokeWidth) >= 2 && getComputedStyle(shape).stroke !== 'none' :
			style.outlineStyle !== 'none' && Number.parseFloat(style.outlineWidth) >= 2 &&
				style.outlineColor !== getComputedStyle(document.documentElement).backgroundColor,
	};
}

/* What can be used with a mouse, and was not marked by focused(). */
function missed() {
	const shown = (element) => element.checkVisibility({ visibilityProperty: true }) && element.getClientRects().length > 0;
	return [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')]
		.filter((element) => shown(element) && !element.dataset.reached).map((element) => element.outerHTML.slice(0, 120));
}

async function walk(page, what) {
	const all = [];
	for (;;) {
		await page.keyboard.press('Tab');
		const at = await page.evaluate(focused);
		if (!at)
			break;
		all.push(at);
		assert.ok(at.seen, `${what}: ${at.name} has the focus out of view`);
		assert.ok(!at.covered, `${what}: ${at.name} has the focus under something`);
		assert.ok(at.ring, `${what}: ${at.name} does not show that it has the focus`);
		assert.ok(all.length < 600, `${what}: the focus never leaves the page`);
	}
	return all;
}

for (const [width, scheme] of [[DESK, 'light'], [PHONE, 'dark']]) {
	test(`every control of every page is reached, seen and left, at ${width} pixels, ${scheme}`, async () => {
		await each(browser, Object.entries(pages), { width, scheme, reducedMotion: 'reduce' }, async (page, [name, path]) => {
			await page.goto(server.base + path);
			const all = await walk(page, name);
			assert.equal(all[0].name, 'a Skip to main content', name);
			assert.ok(all.length > 10, name);
			assert.deepEqual(await page.evaluate(missed), [], name);
		});
	});
}

test('the skip link leads past the navigation', async () => {
	const page = await open(browser);
	await page.goto(server.base + pages.library);
	await page.keyboard.press('Tab');
	assert.ok(await page.getByRole('link', { name: 'Skip to main content' }).evaluate((link) => link.getBoundingClientRect().top >= 0));
	await page.keyboard.press('Enter');
	await page.waitForFunction(() => location.hash === '#main');
	await page.keyboard.press('Tab');
	assert.ok(await page.evaluate(() => document.activeElement.closest('main') !== null));
	await close(page);
});

test('Tab and Shift+Tab go the same way', async () => {
	const page = await open(browser);
	await page.goto(server.base + pages.strategies);
	const order = [];
	const here = () => page.evaluate(() => [...document.querySelectorAll('*')].indexOf(document.activeElement));
	for (let i = 0; i < 12; i++) {
		await page.keyboard.press('Tab');
		order.push(await here());
	}
	for (let i = 10; i >= 0; i--) {
		await page.keyboard.press('Shift+Tab');
		assert.equal(await here(), order[i]);
	}
	assert.deepEqual(order, order.toSorted((a, b) => a - b), 'the order of the focus is the order of the page');
	await close(page);
});

test('from the front page to a guide with Tab and Enter', async () => {
	const page = await open(browser);
	await page.goto(server.base);
	const follow = async (text) => {
		for (let i = 0; i < 200; i++) {
			await page.keyboard.press('Tab');
			if (await page.evaluate((t) => document.activeElement.textContent.trim().startsWith(t), text))
				return page.keyboard.press('Enter');
		}
		throw new Error(`${text} was not reached`);
	};
	await follow('Library');
	await page.waitForURL('**/library');
	await follow('Guides');
	await page.waitForURL('**/library?type=guide');
	const title = await page.getByRole('main').locator('.usa-collection__heading a').first().textContent();
	await follow(title);
	await page.waitForURL('**/guides/*');
	assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), title);
	await close(page);
});

test('disclosures open with the keyboard', async () => {
	const page = await open(browser, { width: PHONE });
	await page.goto(server.base + pages.faq);
	const question = page.locator('summary').filter({ hasNotText: 'On this page' }).first();
	await question.focus();
	await page.keyboard.press('Enter');
	await page.getByRole('link', { name: 'Full answer' }).first().waitFor();
	await page.keyboard.press('Space');
	await page.getByRole('link', { name: 'Full answer' }).first().waitFor({ state: 'hidden' });
	await page.goto(server.base + pages.library);
	await page.getByText('Narrow the list').last().focus();
	await page.keyboard.press('Enter');
	await page.getByRole('navigation', { name: 'Narrow the list' }).getByRole('link').first().waitFor();
	await close(page);
});
