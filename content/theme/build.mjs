// SPDX-License-Identifier: GPL-3.0-or-later
// Makes the static files of the site from this folder and the npm packages that
// package-lock.json names: site.css (USWDS parts and our own Sass), site.js,
// fonts, pictures, the map of the states, licences. Every file gets a name with
// a piece of its hash, so that it can be cached for a year; manifest.txt tells
// the server which name is which.
//
//   node build.mjs --node-modules DIR --out DIR
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));

// What the colours of USWDS become. A colour that is missing here stops the
// build: it would not follow the dark palette.
const USWDS_COLOURS = {
	'#fff': 'var(--paper)',
	'#f0f0f0': 'var(--tint)',
	'#dfe1e2': 'var(--rule)',
	'#c9c9c9': 'var(--tint)',
	'#919191': 'var(--field)',
	'#71767a': 'var(--muted)',
	'#565c65': 'var(--field)',
	'#454545': 'var(--muted)',
	'#1b1b1b': 'var(--ink)',
	'#005ea2': 'var(--link)',
	'#1a4480': 'var(--link-strong)',
	'#162e51': 'var(--link-strong)',
	'#54278f': 'var(--visited)',
	'#2491ff': 'var(--link)',
	'#00a91c': 'var(--good)',
	'#b50909': 'var(--bad)',
	'#c05600': 'var(--mark)',
	'rgba(27,27,27,.2)': 'var(--rule)',
	'rgba(0,0,0,0)': 'transparent',
};

function fail(message) {
	console.error(`build.mjs: ${message}`);
	process.exit(1);
}

function options() {
	try {
		const { values } = parseArgs({
			options: { 'node-modules': { type: 'string' }, out: { type: 'string' } },
		});
		if (values['node-modules'] && values.out)
			return { modules: path.resolve(values['node-modules']), out: path.resolve(values.out) };
	} catch (e) {
		fail(e.message);
	}
	return fail('usage: node build.mjs --node-modules DIR --out DIR');
}

const { modules, out } = options();
const manifest = [];

function from(...parts) {
	const file = path.join(modules, ...parts);
	try {
		return fs.readFileSync(file);
	} catch (e) {
		return fail(`${file}: ${e.code}; run npm ci with the package-lock.json of ${here}`);
	}
}

// Writes one file under its hashed name and returns that name.
function put(logical, bytes) {
	const hash = createHash('sha256').update(bytes).digest('hex').slice(0, 10);
	const { dir, name, ext } = path.posix.parse(logical);
	const hashed = path.posix.join(dir, `${name}.${hash}${ext}`);
	const file = path.join(out, hashed);

	fs.mkdirSync(path.dirname(file), { recursive: true });
	fs.writeFileSync(file, bytes);
	manifest.push(`${logical}\t${hashed}`);
	return hashed;
}

async function compiler() {
	// By path, because node looks for packages beside this file only. For the
	// pure JavaScript compiler package.json names the entry for require().
	const require = createRequire(pathToFileURL(path.join(modules, 'x.js')));
	try {
		return require('sass');
	} catch (e) {
		return fail(`${modules}: sass cannot be loaded (${e.code ?? e.message})`);
	}
}

function compile(sass, name) {
	try {
		return sass.compile(path.join(here, name), {
			style: 'compressed',
			charset: false,
			loadPaths: [path.join(modules, '@uswds', 'uswds', 'packages')],
			quietDeps: true,
			logger: { warn: (text, { deprecation }) => deprecation || console.error(text) },
		}).css.trim();
	} catch (e) {
		return fail(String(e.message ?? e));
	}
}

function themed(css) {
	const done = css
		.replace(/font-family:Public Sans Web,[^;}]*/g, 'font-family:inherit')
		.replace(/#[0-9a-f]{3,8}\b|rgba?\([^)]*\)/g, (colour) => USWDS_COLOURS[colour] ??
			fail(`uswds.scss brings the colour ${colour}, which USWDS_COLOURS does not have`));
	const stray = done.match(/url\([^)]*\)|:(white|black)\b|@import[^;]*/);
	if (stray)
		fail(`uswds.scss brings ${stray[0]}, which the pages cannot show`);
	return done;
}

// url(font/x.woff2) in site.scss is a logical name; the sheet itself is in css/.
function linked(css, names) {
	return css.replace(/url\(["']?([^"')]+)["']?\)/g, (whole, logical) => names[logical] ?
		`url(../${names[logical]})` : fail(`site.scss: ${whole}: no such file in the theme`));
}

// Comments at the start of a line and indentation go; nothing cleverer, so that
// an error in a browser still names a readable line.
function lean(js) {
	return js.replace(/^\s*\/\*[\s\S]*?\*\/\n/gm, '').replace(/^\s*\/\/.*\n/gm, '')
		.replace(/^[\t ]+/gm, '').replace(/\n{2,}/g, '\n').trimStart();
}

function licences() {
	const parts = [
		['U.S. Web Design System (parts of the style sheet)', '@uswds/uswds', 'LICENSE.md'],
		['Public Sans (the typeface)', '@fontsource-variable/public-sans', 'LICENSE'],
		['us-atlas (outlines of the states, from the U.S. Census Bureau)', 'us-atlas', 'LICENSE'],
	];
	return parts.map(([what, name, file]) => {
		const { version } = JSON.parse(from(name, 'package.json'));
		const title = `${what}: npm package ${name} ${version}`;
		return `${title}\n${'='.repeat(title.length)}\n\n${String(from(name, file)).trim()}\n`;
	}).join('\n\n');
}

// What an earlier build left goes, but only what its manifest names.
function clean() {
	const file = path.join(out, 'manifest.txt');
	if (!fs.existsSync(file))
		return;
	for (const line of fs.readFileSync(file, 'utf8').split('\n')) {
		const hashed = line.split('\t')[1];
		if (hashed && !path.posix.normalize(hashed).startsWith('..') && !path.isAbsolute(hashed))
			fs.rmSync(path.join(out, hashed), { force: true });
	}
	fs.rmSync(file);
}

const fonts = ['@fontsource-variable', 'public-sans', 'files'];
const sass = await compiler();
fs.mkdirSync(out, { recursive: true });
clean();
const names = {};
for (const [logical, bytes] of [
	['font/public-sans.woff2', from(...fonts, 'public-sans-latin-wght-normal.woff2')],
	['font/public-sans-italic.woff2', from(...fonts, 'public-sans-latin-wght-italic.woff2')],
	['font/public-sans-ext.woff2', from(...fonts, 'public-sans-latin-ext-wght-normal.woff2')],
	['img/favicon.svg', fs.readFileSync(path.join(here, 'favicon.svg'))],
])
	names[logical] = put(logical, bytes);
const css = `@layer uswds{${themed(compile(sass, 'uswds.scss'))}}${linked(compile(sass, 'site.scss'), names)}\n`;
const js = lean(fs.readFileSync(path.join(here, 'site.js'), 'utf8'));
const editor = lean(fs.readFileSync(path.join(here, 'editor.js'), 'utf8'));
const notes = lean(fs.readFileSync(path.join(here, 'notes.js'), 'utf8'));
put('css/site.css', css);
put('js/site.js', js);
put('js/editor.js', editor);
put('js/notes.js', notes);
put('data/us-states.json', from('us-atlas', 'states-albers-10m.json'));
put('licenses.txt', licences());
fs.writeFileSync(path.join(out, 'manifest.txt'), `${manifest.sort().join('\n')}\n`);
for (const [name, text] of [['css/site.css', css], ['js/site.js', js], ['js/editor.js', editor], ['js/notes.js', notes]])
	console.log(`${name} ${text.length} bytes, ${gzipSync(text, { level: 9 }).length} gzipped`);
