// SPDX-License-Identifier: GPL-3.0-or-later
/* Citations: every public record of the sample content, and records whose words
 * are hostile to each format, read by the programs that people use: Citation.js,
 * biber, jing. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { pdf, upload } from '../support/files.mjs';
import { build, commonweal, Server, temporary, top } from '../support/server.mjs';
import { checkXml, get } from './helpers.mjs';

const require = createRequire(path.join(build, 'tests/packages/'));
const { Cite } = require('@citation-js/core');
require('@citation-js/plugin-bibtex');
require('@citation-js/plugin-csl');
require('@citation-js/plugin-ris');

const escape = (s) => s.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/* ---- hostile words ---- */

const hostile = [
	{ slug: 'braces', title: 'A { brace } {{ open', creators: ['Brace, {A}', 'The {Open} Group'] },
	{ slug: 'closing', title: '}}, note = {injected}, x = {{', creators: ['Close}, note = {x'] },
	{ slug: 'tex', title: String.raw`\input{/etc/passwd} \\ $x_1^2$ 100 % & #1 ~ done`, creators: [String.raw`O\'Neil, A. B.`] },
	{ slug: 'script', title: '</script><script>alert(1)</script><!-- & "quotes" \'too\'', creators: ['</script>, Ann'] },
	{ slug: 'cdata', title: ']]> <![CDATA[ <b> &amp; &#0; &lt;', creators: ['Department of <Tags> & Co.'] },
	{ slug: 'names', title: 'Names that are hard to divide', creators: ['Braga and Kennedy, A.', 'van der Berg, Ludwig', 'King, Martin Luther, Jr.',
		'Anthony A. Braga', 'Cure Violence', 'Meares, T., and research team', 'Harvard University, Kennedy School', 'Müller, Jörg', 'José A. Núñez', '李明', 'RAND'] },
	{ slug: 'unicode', title: 'Ünïcode “quotes” — 日本語 עברית \u2028 e\u0301 \u{1F600} \ufdd0', creators: ['Ōe, Kenzaburō'] },
	{ slug: 'ris', title: 'ER  - TY  - JOUR AU  - Nobody', creators: ['ER  - , X.'] },
	{ slug: 'entry', title: '@article{x, title = {y}} @comment @string{a = "b"}', creators: ['@preamble{"x"}'] },
	{ slug: 'ligatures', title: "``Quoted'' --- ?`no !`si <<a>> b,,c ''''x", creators: ["O''Neil--Smith, Ann-Marie"] },
	{ slug: 'comma', title: 'Commas, and "and" and others', subjects: ['one, two', 'three'], creators: ['Boston Police Department, Bureau of Investigation, and others'] },
];

const doi = '10.5555/(SICI)1097-0258(19980815)17:15<1661::AID%20x#y>3.0.CO;2-2';
function record(one, extra = '') {
	return `<?xml version="1.0" encoding="UTF-8"?>
<guide xmlns="urn:commonweal:record:1" xmlns:dc="http://purl.org/dc/terms/" space="national" slug="hostile-${one.slug}" audience="${one.audience ?? 'public'}">
<dc:title>${escape(one.title)}</dc:title><dc:abstract>${escape(one.title)}</dc:abstract>
${one.creators.map((name) => `<dc:creator>${escape(name)}</dc:creator>`).join('')}
<dc:publisher>${escape(one.title)}</dc:publisher><dc:issued>2012-02-29</dc:issued><dc:language>en</dc:language>
${(one.subjects ?? []).map((s) => `<dc:subject>${s}</dc:subject>`).join('')}<dc:rights>CC BY, https://creativecommons.org/licenses/by/4.0/. Ask first.</dc:rights>${extra}
<steps><step slug="one"><title>One</title><text><p xmlns="http://www.w3.org/1999/xhtml">x</p></text></step></steps>
<body xmlns="http://www.w3.org/1999/xhtml"><p>x</p></body></guide>\n`;
}

let server, pages, bodies;

before(async () => {
	const dir = temporary(), content = temporary();
	fs.cpSync(path.join(top, 'content/sample'), content, { recursive: true });
	for (const one of hostile)
		fs.writeFileSync(path.join(content, `hostile-${one.slug}.xml`), record(one, `<dc:identifier>${escape(doi)}</dc:identifier>`));
	fs.writeFileSync(path.join(content, 'hidden.xml'), record({ slug: 'hidden', title: 'Hidden', creators: ['A. B. Hider'], audience: 'network' }));
	const done = commonweal(dir, ['import', content]);
	assert.equal(done.status, 0, done.stderr);
	fs.rmSync(content, { recursive: true });
	person(dir, 'member', { roles: { boston: 'reader' } });
	person(dir, 'nora', { roles: { national: 'editor' } });
	server = await Server.start({ dir, content: null, env: fast });
	const map = (await get(server.port, '/sitemap.xml?part=1')).text;
	pages = [...map.matchAll(/<loc>([^<]*)<\/loc>/g)].map((m) => new URL(m[1]).pathname);
	assert.ok(pages.length > 160 + hostile.length, `${pages.length} records`);
	bodies = new Map();
	for (const page of pages) {
		const all = {};
		for (const form of ['bib', 'ris', 'json', 'jsonld']) {
			const answer = await get(server.port, `${page}/cite.${form}`);
			assert.equal(answer.status, 200, `${page}/cite.${form}`);
			all[form] = form.startsWith('json') ? JSON.parse(answer.text) : answer.text;
			all[`${form} type`] = answer.headers['content-type'];
		}
		bodies.set(page, all);
	}
});
after(() => server.end());

const csl = (page) => bodies.get(page).json[0];
/* What biber would refuse the whole file for is replaced. */
const exchangeable = (s) => s.replaceAll('\ufdd0', '\ufffd');
const clean = (s) => s.replaceAll(/\s+/g, ' ').trim();

test('each form has its media type, and CSL-JSON its right type for the kind of record', () => {
	const types = {};
	for (const [page, all] of bodies) {
		assert.equal(all['bib type'], 'application/x-bibtex; charset=utf-8');
		assert.equal(all['ris type'], 'application/x-research-info-systems; charset=utf-8');
		assert.equal(all['json type'], 'application/vnd.citationstyles.csl+json');
		assert.equal(all['jsonld type'], 'application/ld+json');
		assert.equal(all.json.length, 1);
		const kind = page.split('/').at(-2);
		(types[kind] ??= new Set()).add(`${csl(page).type} ${/^@(\w+)/.exec(all.bib)[1]} ${/^TY {2}- (\w+)/.exec(all.ris)[1]} ${all.jsonld['@type']}`);
	}
	assert.deepEqual([...types.guides], ['report report RPRT TechArticle']);
	assert.deepEqual([...types['case-studies']], ['report report RPRT Report']);
	assert.deepEqual([...types.evaluations], ['report report RPRT Report']);
	assert.deepEqual([...types.strategies], ['webpage online ELEC Article']);
	assert.deepEqual([...types.faq], ['webpage online ELEC Article']);
	assert.ok([...types.events].every((t) => /^event misc (CONF|GEN) Event$/.test(t)), [...types.events].join());
	assert.ok(types.publications.has('article-journal article JOUR ScholarlyArticle') && types.publications.has('book book BOOK Book'));
	assert.ok(types.media.has('article-newspaper article NEWS NewsArticle'));
});

test('Citation.js reads the BibTeX and finds what CSL-JSON says', () => {
	for (const [page, all] of bodies) {
		const [read] = new Cite(all.bib).format('data', { format: 'object' }), wanted = csl(page);
		/* Citation.js keeps TeX's accents and hides a title in nocase spans; compare the words. */
		const words = (s) => clean((s ?? '').replaceAll(/<\/?span[^>]*>/g, ''));
		assert.equal(words(read.title), clean(exchangeable(wanted.title)), page);
		/* A name in braces has one part for it, which it calls family. */
		assert.deepEqual((read.author ?? []).map((n) => words(`${n['non-dropping-particle'] ?? ''} ${n.family ?? n.literal}|${n.given ?? ''}|${n.suffix ?? ''}`)),
			(wanted.author ?? []).map((n) => clean(`${n.literal ?? n.family}|${n.given ?? ''}|${n.suffix ?? ''}`)), page);
		assert.deepEqual(read.issued['date-parts'].flat(), wanted.issued['date-parts'].flat(), page);
		assert.equal(read.URL, wanted.URL, page);
		assert.equal(read.DOI, wanted.DOI, page);
		assert.equal(read.id, wanted.id, page);
	}
});

test('Citation.js formats every record from CSL-JSON, in APA', () => {
	for (const [page, all] of bodies) {
		const text = new Cite(all.json).format('bibliography', { format: 'text', template: 'apa' });
		assert.ok(text.length > 20 && text.includes(String(all.json[0].issued['date-parts'][0][0])), `${page}: ${text}`);
	}
	/* And writes the same RIS fields that we do. */
	const page = pages.find((one) => one.includes('braga-2001'));
	const theirs = new Cite(bodies.get(page).json).format('ris');
	for (const line of bodies.get(page).ris.split('\r\n').filter((l) => /^(TY|TI|AU) /.test(l)))
		assert.ok(theirs.replaceAll(/\s/g, '').includes(line.replaceAll(/\s/g, '')), `${line} in ${theirs}`);
});

test('RIS is lines of tag and value, whatever the words', () => {
	for (const [page, all] of bodies) {
		assert.ok(all.ris.endsWith('ER  - \r\n'), page);
		const lines = all.ris.slice(0, -2).split('\r\n');
		for (const [i, line] of lines.entries()) {
			assert.match(line, /^[A-Z][A-Z0-9] {2}- /, page);
			assert.doesNotMatch(line, /[\u0000-\u001f\u007f]/, page);
			assert.equal(line.startsWith('TY'), i === 0, page);
			assert.equal(line.startsWith('ER'), i === lines.length - 1, page);
		}
		const value = (tag) => lines.filter((l) => l.startsWith(`${tag}  - `)).map((l) => l.slice(6));
		assert.deepEqual(value('TI').map(clean), [clean(csl(page).title)], page);
		assert.equal(value('AU').length, (csl(page).author ?? []).length, page);
		assert.match(value('DA')[0], /^\d{4}\/(\d\d)?\/(\d\d)?\/$/, page);
	}
});

test('biber reads all of it without a complaint, and the same names, titles and dates', () => {
	const dir = temporary(), bib = path.join(dir, 'all.bib'), out = path.join(dir, 'out.bltxml');
	fs.writeFileSync(bib, [...bodies.values()].map((all) => all.bib).join('\n'));
	const done = spawnSync('biber', ['--tool', '--validate-datamodel', '--nolog', '--output-format=biblatexml', `--output-file=${out}`, bib],
		{ encoding: 'utf8', env: { ...process.env, PAR_GLOBAL_TEMP: dir, TMPDIR: dir } });
	assert.equal(done.status, 0, done.stdout + done.stderr);
	/* A work whose author nobody knows lacks one. */
	const complaints = done.stdout.split('\n').filter((line) => /^(WARN|ERROR)/.test(line) && !/Missing mandatory field 'author/.test(line));
	assert.deepEqual(complaints, []);
	const xml = fs.readFileSync(out, 'utf8');
	const entries = new Map([...xml.matchAll(/<bltx:entry id="([^"]+)"[^>]*>([\s\S]*?)<\/bltx:entry>/g)].map((m) => [m[1], m[2]]));
	assert.equal(entries.size, bodies.size);
	const text = (s) => clean(s.replaceAll(/<[^>]*>/g, ' ').replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&'));
	const plain = (s) => text(s).replaceAll(/[{}\\]|textbrace(?:left|right)|textbackslash|textascii(?:tilde|circum)/g, '').replaceAll(/[\s~^]/g, '').normalize('NFC');
	for (const page of pages) {
		const wanted = csl(page), entry = entries.get(wanted.id);
		assert.ok(entry, wanted.id);
		assert.equal(plain(/<bltx:title>([\s\S]*?)<\/bltx:title>/.exec(entry)[1]), plain(escape(exchangeable(wanted.title))), page);
		const names = [...(/<bltx:names type="author">([\s\S]*?)<\/bltx:names>/.exec(entry)?.[1] ?? '').matchAll(/<bltx:name>([\s\S]*?)<\/bltx:name>/g)].map((m) => m[1]);
		assert.equal(names.length, (wanted.author ?? []).length, `${page}: ${entry}`);
		for (const [i, name] of names.entries()) {
			const part = (kind) => plain(new RegExp(`<bltx:namepart type="${kind}"[^>]*>([\\s\\S]*?)(?:</bltx:namepart>\\s*</bltx:namepart>|</bltx:namepart>\\s*(?=<bltx:namepart type|$))`).exec(name)?.[1] ?? '');
			const author = wanted.author[i];
			assert.equal(part('prefix') + part('family'), plain(escape(author.literal ?? author.family)), `${page}: ${name}`);
			assert.equal(part('given'), plain(escape(author.given ?? '')), `${page}: ${name}`);
			assert.equal(part('suffix'), plain(author.suffix ?? ''), `${page}: ${name}`);
		}
		assert.doesNotMatch(entry, /injected<|<bltx:note>/, page);
	}
	fs.rmSync(dir, { recursive: true });
});

test('persons and organizations are told apart', () => {
	const names = csl('/guides/hostile-names').author;
	assert.deepEqual(names, [{ literal: 'Braga and Kennedy, A.' }, { family: 'van der Berg', given: 'Ludwig' },
		{ family: 'King', given: 'Martin Luther', suffix: 'Jr.' }, { family: 'Braga', given: 'Anthony A.' }, { literal: 'Cure Violence' },
		{ literal: 'Meares, T., and research team' }, { literal: 'Harvard University, Kennedy School' }, { family: 'Müller', given: 'Jörg' },
		{ family: 'Núñez', given: 'José A.' }, { literal: '李明' }, { literal: 'RAND' }]);
	for (const [page, all] of bodies)
		for (const [i, author] of (all.jsonld.author ?? []).entries())
			assert.equal(author['@type'], csl(page).author[i].family ? 'Person' : 'Organization', page);
});

test('the page: tags, a data block that is the JSON-LD, a citation, links to all files', async () => {
	for (const page of pages) {
		const { text, headers } = await get(server.port, page);
		const blocks = [...text.matchAll(/<script type="application\/ld\+json">([\s\S]*?)<\/script>/g)];
		assert.equal(blocks.length, 1, page);
		assert.doesNotMatch(blocks[0][1], /[<>&]/, page);
		assert.deepEqual(JSON.parse(blocks[0][1]), bodies.get(page).jsonld, page);
		assert.equal((text.match(/<script/g) ?? []).length, 2, `${page}: the block and the site's own script`);
		for (const name of ['citation_title', 'citation_publication_date', 'citation_public_url'])
			assert.match(text, new RegExp(`<meta name="${name}" content="[^"]+">`), page);
		assert.equal((text.match(/<meta name="citation_author"/g) ?? []).length, (csl(page).author ?? []).length, page);
		for (const form of ['bib', 'ris', 'json', 'jsonld'])
			assert.ok(text.includes(`href="${page}/cite.${form}"`), `${page} ${form}`);
		assert.match(headers['content-security-policy'], /default-src 'self'/);
	}
});

test('typed links lead where they say, and the link set says the same', async () => {
	for (const page of pages.filter((_, i) => i % 12 === 0).concat('/guides/hostile-script')) {
		const { headers } = await get(server.port, page);
		const links = [...headers.link.matchAll(/<([^>]*)>; rel="([^"]*)"(?:; type="([^"]*)")?/g)].map(([, href, rel, type]) => ({ href, rel, type }));
		for (const rel of ['cite-as', 'type', 'describedby', 'collection', 'linkset'])
			assert.ok(links.some((link) => link.rel === rel), `${page} ${rel}`);
		for (const link of links.filter((one) => one.href.startsWith(server.base))) {
			const answer = await get(server.port, link.href.slice(server.base.length));
			assert.equal(answer.status, 200, link.href);
			if (link.type)
				assert.equal(answer.headers['content-type'].split(';')[0], link.type, link.href);
		}
		const set = JSON.parse((await get(server.port, `${page}/linkset.json`)).text).linkset;
		const [context, ...reverse] = set;
		assert.equal(context.anchor, server.base + page);
		const flat = Object.entries(context).filter(([rel]) => rel !== 'anchor').flatMap(([rel, list]) => list.map((one) => ({ rel, ...one })));
		assert.deepEqual(new Set(flat.map((l) => `${l.rel} ${l.href} ${l.type}`)), new Set(links.filter((l) => l.rel !== 'linkset').map((l) => `${l.rel} ${l.href} ${l.type}`)));
		assert.ok(reverse.length >= 4 && reverse.every((one) => one.describes[0].href === context.anchor));
	}
});

test('attached files are items of the record, a PDF its full text', async () => {
	const nora = await enter(server, 'nora'), bytes = pdf(['One page']), id = bodies.get('/guides/banked-cases').jsonld.identifier[0].slice(9);
	const sent = await upload(nora, `/records/${id}/files`, [{ name: 'the guide, <whole>.pdf', bytes }]);
	assert.equal(sent.status, 303, sent.text);
	/* It is shown once it has been read. */
	let page;
	do
		page = await get(server.port, '/guides/banked-cases');
	while (!page.text.includes('citation_pdf_url'));
	const address = /<meta name="citation_pdf_url" content="([^"]+)">/.exec(page.text)[1].replaceAll('&amp;', '&');
	assert.ok(page.headers.link.includes(`<${address}>; rel="item"; type="application/pdf"`), page.headers.link);
	const file = await get(server.port, address.slice(server.base.length));
	assert.equal(file.status, 200);
	assert.ok(file.bytes.equals(bytes));
	const { linkset } = JSON.parse((await get(server.port, '/guides/banked-cases/linkset.json')).text);
	assert.deepEqual(linkset[0].item, [{ href: address, type: 'application/pdf' }]);
});

test('a DOI is in every form, and only then there are DataCite metadata', async () => {
	const page = '/guides/hostile-braces', all = bodies.get(page);
	const address = 'https://doi.org/10.5555/(SICI)1097-0258(19980815)17:15%3C1661::AID%2520x%23y%3E3.0.CO;2-2';
	assert.equal(all.json[0].DOI, doi);
	assert.match(all.ris, /\r\nDO {2}- 10\.5555\/\(SICI\)/);
	assert.ok(all.bib.includes(`doi = {${doi}}`), all.bib);
	assert.equal(all.jsonld['@id'], address);
	const { text, headers } = await get(server.port, page);
	assert.ok(text.includes('<meta name="citation_doi"') && headers.link.startsWith(`<${address}>; rel="cite-as"`));
	assert.ok(headers.link.includes('<https://creativecommons.org/licenses/by/4.0/>; rel="license"'));
	assert.equal((await get(server.port, '/strategies/group-violence/cite.datacite.xml')).status, 404);
	const texts = {};
	for (const one of hostile) {
		const answer = await get(server.port, `/guides/hostile-${one.slug}/cite.datacite.xml`);
		assert.equal(answer.status, 200, one.slug);
		assert.match(answer.headers['content-type'], /^application\/vnd\.datacite\.datacite\+xml/);
		texts[one.slug] = answer.text;
	}
	checkXml('datacite.rnc', texts);
});

test('a DOI that is none, and two authors in one element, are refused at import', () => {
	for (const [extra, creators, wanted] of [['<dc:identifier>https://doi.org/10.1/x</dc:identifier>', ['A'], /DOI/], ['<dc:identifier>10.5555/{x}</dc:identifier>', ['A'], /DOI/],
		['', ['Braga, A. A.; Kennedy, D. M.'], /one dc:creator names one author/]]) {
		const dir = temporary();
		fs.writeFileSync(path.join(dir, 'bad.xml'), record({ slug: 'bad', title: 'Bad', creators }, extra));
		const done = commonweal(server.dir, ['import', dir]);
		assert.equal(done.status, 1);
		assert.match(done.stderr, wanted);
		fs.rmSync(dir, { recursive: true });
	}
});

test('the citation of a hidden record is not there for a visitor, and there for a member', async () => {
	const member = await enter(server, 'member');
	for (const form of ['cite.bib', 'cite.ris', 'cite.json', 'cite.jsonld', 'linkset.json']) {
		const hidden = await get(server.port, `/guides/hostile-hidden/${form}`), absent = await get(server.port, `/guides/hostile-absent/${form}`);
		assert.equal(hidden.status, 404);
		assert.equal(hidden.text.replaceAll('hostile-hidden', 'hostile-absent').replaceAll(/[0-9a-f]{16}/g, ''), absent.text.replaceAll(/[0-9a-f]{16}/g, ''));
		assert.equal((await member.get(`/guides/hostile-hidden/${form}`)).status, 200);
	}
	assert.equal((await get(server.port, '/nonsense/hostile-braces/cite.bib')).status, 404);
});
