// SPDX-License-Identifier: GPL-3.0-or-later
/* Every kind of page, on a phone and a desk, light and dark, on paper, and as
 * a screen reader gets it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { close, DESK, each, finish, kinds, launch, open, overflow, PHONE, runAxe, startSample } from './helpers.mjs';

let server, browser, pages;

before(async () => {
	[server, browser] = await Promise.all([startSample(), launch()]);
	pages = Object.entries(await kinds(server));
});
after(async () => {
	await browser?.close();
	await finish(server);
});

for (const width of [PHONE, DESK]) {
	test(`at ${width} pixels, light and dark: axe finds nothing, nothing sticks out, nothing complains`, async () => {
		await each(browser, pages, { width, reducedMotion: 'reduce' }, async (page, [name, path]) => {
			await page.goto(server.base + path);
			/* What is closed must be fit to be read as well. */
			await page.evaluate(() => document.querySelectorAll('details').forEach((details) => { details.open = true; }));
			for (const colorScheme of ['light', 'dark']) {
				await page.emulateMedia({ colorScheme });
				await runAxe(page, `${name} (${width}, ${colorScheme})`, { colours: colorScheme === 'dark' });
			}
			assert.equal(await overflow(page), '', `${name} at ${width}`);
		});
	});
}

test('the theme of the form is as fit as the theme of the system', async () => {
	const page = await open(browser, { scheme: 'dark' });
	await page.goto(server.base);
	for (const [name, scheme] of [['Light', 'light'], ['Dark', 'dark']]) {
		await page.getByRole('button', { name, exact: true }).click();
		await page.locator(`html[data-theme="${scheme}"]`).waitFor();
		await page.emulateMedia({ colorScheme: scheme === 'light' ? 'dark' : 'light' });
		await runAxe(page, `home (${scheme} by the form)`);
	}
	await close(page);
});

test('every space is legible in its own colours', async () => {
	const spaces = [...new Set([...(await server.text('/jurisdictions')).matchAll(/href="(\/s\/[a-z0-9-]+)"/g)].map((m) => m[1]))];
	assert.ok(spaces.length > 1);
	await each(browser, spaces, {}, async (page, path) => {
		await page.goto(server.base + path);
		for (const scheme of ['light', 'dark']) {
			await page.emulateMedia({ colorScheme: scheme });
			const bad = await page.evaluate(() => {
				const shine = (text) => {
					const [r, g, b] = text.match(/[\d.]+/g).map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
					return 0.2126 * r + 0.7152 * g + 0.0722 * b;
				};
				const ground = shine(getComputedStyle(document.documentElement).backgroundColor);
				const mark = shine(getComputedStyle(document.querySelector('.eyebrow')).color);
				const contrast = (Math.max(ground, mark) + 0.05) / (Math.min(ground, mark) + 0.05);
				return contrast < 4.5 ? contrast : 0;
			});
			assert.equal(bad, 0, `${path}, ${scheme}`);
		}
	});
});

test('text can be twice as large on a phone without loss', async () => {
	await each(browser, pages, { width: PHONE }, async (page, [name, path]) => {
		await page.goto(server.base + path);
		const cut = await page.evaluate(() => {
			/* As the setting of the browser does it: the root's size. */
			const sheet = new CSSStyleSheet();
			sheet.replaceSync('html { font-size: 200% !important; }');
			document.adoptedStyleSheets = [sheet];
			const clipped = [];
			for (const element of document.body.querySelectorAll('*')) {
				const style = getComputedStyle(element);
				if (element.tagName !== 'INPUT' && ['hidden', 'clip'].includes(style.overflowX) && element.scrollWidth > element.clientWidth + 1 &&
					style.clipPath === 'none')
					clipped.push(element.outerHTML.slice(0, 80));
			}
			return clipped;
		});
		assert.deepEqual(cut, [], name);
		assert.equal(await overflow(page), '', `${name} with large text`);
	});
});

test('on paper: no controls, addresses in full, nothing closed', async () => {
	await each(browser, pages, { width: 720, scheme: 'dark' }, async (page, [name, path]) => {
		await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
		await page.goto(server.base + path);
		for (const part of ['.usa-nav', '.usa-skipnav', '.usa-footer form', 'form[role=search]', '.facets', '.usa-breadcrumb'])
			for (const element of await page.locator(part).all())
				assert.equal(await element.isVisible(), false, `${name} prints ${part}`);
		assert.ok(await page.getByRole('heading', { level: 1 }).isVisible(), name);
		const wrong = await page.evaluate(() => {
			const out = [];
			const root = getComputedStyle(document.documentElement);
			if (root.backgroundColor !== 'rgb(255, 255, 255)' || root.color !== 'rgb(0, 0, 0)')
				out.push(`prints ${root.color} on ${root.backgroundColor}`);
			for (const link of document.querySelectorAll('.usa-prose a[href^="http"], .cite a[href^="http"]'))
				if (!getComputedStyle(link, '::after').content.includes(link.getAttribute('href')) &&
					!link.textContent.includes(link.getAttribute('href')))
					out.push(`no address after ${link.textContent}`);
			for (const details of document.querySelectorAll('details:not(.panel, .no-print)'))
				if (![...details.children].slice(1).every((child) => child.checkVisibility({ contentVisibilityAuto: true })))
					out.push(`closed: ${details.textContent.trim().slice(0, 40)}`);
			return out;
		});
		assert.deepEqual(wrong, [], name);
		assert.equal(await overflow(page), '', `${name} on paper`);
	});
});

test('printing opens what is closed and closes it again', async () => {
	const page = await open(browser);
	await page.goto(`${server.base}/faq`);
	const closed = () => page.locator('details:not([open])').count();
	const before_ = await closed();
	assert.ok(before_ > 0);
	await page.evaluate(() => dispatchEvent(new Event('beforeprint')));
	assert.equal(await closed(), 0);
	await page.evaluate(() => dispatchEvent(new Event('afterprint')));
	assert.equal(await closed(), before_);
	await close(page);
});

test('nothing moves for those who do not want it', async () => {
	const page = await open(browser, { reducedMotion: 'reduce' });
	for (const [, path] of pages.slice(0, 10)) {
		await page.goto(server.base + path);
		assert.deepEqual(await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('*')].filter((element) => {
			const style = getComputedStyle(element);
			return style.scrollBehavior === 'smooth' || Number.parseFloat(style.transitionDuration) > 0 || style.animationName !== 'none';
		}).map((element) => element.tagName)), [], path);
	}
	await close(page);
});

/* The accessibility tree, as the browser hands it to a screen reader. */
async function tree(page) {
	const session = await page.context().newCDPSession(page);
	const { nodes } = await session.send('Accessibility.getFullAXTree');
	await session.detach();
	return nodes.filter((node) => !node.ignored).map((node) => ({ role: node.role?.value, name: (node.name?.value ?? '').trim(),
		level: node.properties?.find((p) => p.name === 'level')?.value.value }));
}

test('a screen reader meets one main heading, landmarks and named controls', async () => {
	await each(browser, pages, {}, async (page, [name, path]) => {
		await page.goto(server.base + path);
		const nodes = await tree(page);
		const named = (role) => nodes.filter((node) => node.role === role).map((node) => node.name);
		const headings = nodes.filter((node) => node.role === 'heading');
		assert.equal(headings.filter((heading) => heading.level === 1).length, 1, `${name}: main headings`);
		assert.equal(headings[0].level, 1, `${name} begins with another heading`);
		headings.reduce((above, heading) => {
			assert.ok(heading.level <= above + 1, `${name}: "${heading.name}" skips a level`);
			return heading.level;
		}, 0);
		assert.ok(headings.every((heading) => heading.name), `${name} has an empty heading`);
		for (const role of ['banner', 'main', 'contentinfo'])
			assert.equal(named(role).length, 1, `${name}: ${role}`);
		assert.ok(named('search').length >= 1, name);
		for (const role of ['navigation', 'region', 'complementary', 'search']) {
			const names = named(role);
			assert.ok(names.every(Boolean), `${name}: a ${role} without a name`);
			assert.equal(new Set(names).size, names.length, `${name}: two of ${role} ${names.join(', ')}`);
		}
		assert.ok(named('navigation').includes('Main'), name);
		for (const role of ['link', 'button', 'searchbox', 'combobox', 'textbox', 'DisclosureTriangle', 'image', 'img', 'table', 'group'])
			assert.ok(named(role).every((text) => text || role === 'group'), `${name}: a ${role} without a name`);
		assert.ok(nodes.find((node) => node.role === 'RootWebArea').name.length > 5, `${name} has no title`);
		assert.equal(await page.locator('html').getAttribute('lang'), 'en');
	});
});

test('pages differ in their titles', async () => {
	const titles = await Promise.all(pages.map(async ([, path]) => /<title>([^<]*)/.exec(await server.text(path))[1]));
	const twice = titles.filter((title, i) => titles.indexOf(title) !== i);
	/* The same list, narrowed, keeps its title. */
	assert.ok(twice.every((title) => /^(Library|Frequently asked questions|“|Search)/.test(title)), twice.join('; '));
});

test('a page weighs little', async () => {
	const seen = new Map();
	const page = await open(browser);
	page.on('response', async (response) => seen.set(response.url(), response));
	await page.goto(server.base, { waitUntil: 'networkidle' });
	const sizes = { css: 0, js: 0, html: 0 };
	for (const [url, response] of seen) {
		const { responseBodySize } = await response.request().sizes();
		const kind = /css$/.test(url) ? 'css' : /\.js$/.test(url) ? 'js' : url === `${server.base}/` ? 'html' : null;
		assert.ok(url.startsWith(server.base), `${url} is another site`);
		if (kind)
			sizes[kind] += responseBodySize;
	}
	assert.ok(sizes.css > 1000 && sizes.css < 30 * 1024, `CSS: ${sizes.css}`);
	assert.ok(sizes.js > 500 && sizes.js < 25 * 1024, `JS: ${sizes.js}`);
	assert.ok(sizes.html > 1000 && sizes.html < 40 * 1024, `HTML: ${sizes.html}`);
	await close(page);
});
