// SPDX-License-Identifier: GPL-3.0-or-later
/* The editor without its script: every step is a form. Hostile texts, rights,
 * conflicts, and a session that ends while someone types. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { Server, top } from '../support/server.mjs';

let server;
let writer;
let editor;
let stranger;
let reader;

const unescape = (s) => s.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>')
	.replaceAll('&amp;', '&');

/* Every field of the editor's form, as a browser would send it: [name, value] in order. */
function fieldsOf(html) {
	const form = /<form id="editor"[\s\S]*?<\/form>/.exec(html)?.[0];
	assert.ok(form, `there is an editor: ${html.slice(0, 3000)}`);
	const fields = [];
	const attribute = (tag, name) => unescape(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? '');
	for (const [whole, tag, inner] of form.matchAll(/<(?:input|textarea|select)\b[^>]*>|<(textarea|select)\b[^>]*>/g)) {
		void tag, inner;
		const name = attribute(whole, 'name');
		if (!name)
			continue;
		if (whole.startsWith('<textarea')) {
			const at = form.indexOf(whole) + whole.length;
			fields.push([name, unescape(form.slice(at, form.indexOf('</textarea>', at)))]);
		} else if (whole.startsWith('<select')) {
			const at = form.indexOf(whole) + whole.length;
			const options = form.slice(at, form.indexOf('</select>', at));
			const chosen = /<option value="([^"]*)" selected/.exec(options) ?? /<option value="([^"]*)"/.exec(options);
			fields.push([name, unescape(chosen[1])]);
		} else if (/type="(checkbox|radio)"/.test(whole)) {
			if (/\schecked=/.test(whole))
				fields.push([name, attribute(whole, 'value')]);
		} else {
			fields.push([name, attribute(whole, 'value')]);
		}
	}
	return fields;
}

function set(fields, values) {
	const done = new Set();
	const out = fields.filter(([name]) => !(name in values) || (!done.has(name) && done.add(name)))
		.map(([name, value]) => [name, name in values && !Array.isArray(values[name]) ? values[name] : value])
		.filter(([name]) => !Array.isArray(values[name]));
	for (const [name, value] of Object.entries(values))
		for (const one of Array.isArray(value) ? value : done.has(name) ? [] : [value])
			out.splice(out.findIndex(([n]) => n === 'all-sent'), 0, [name, one]);
	return out;
}

const send = (client, url, fields, act, headers = {}) => client.post(url, [...fields, ['do', act]], headers);

async function begin(client, { type = 'faq', title = 'What is new?', space = 'cincinnati', audience = 'space' } = {}) {
	const answer = await client.submit(`/drafts/new?type=${type}`, '/drafts/new', { type, title, space, audience });
	assert.equal(answer.status, 303, answer.text.slice(0, 2000));
	return answer.location;
}

before(async () => {
	server = await Server.start({ env: fast });
	person(server.dir, 'writer', { roles: { cincinnati: 'contributor' } });
	person(server.dir, 'editor', { roles: { cincinnati: 'editor' } });
	person(server.dir, 'stranger', { roles: { national: 'contributor' } });
	person(server.dir, 'reader', { roles: { cincinnati: 'reader' } });
	[writer, editor, stranger, reader] = await Promise.all(['writer', 'editor', 'stranger', 'reader'].map((n) => enter(server, n)));
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr);
});

test('a new draft: type, space, title, and a short name that is free', async () => {
	const types = await writer.get('/drafts/new');
	assert.match(types.text, /A question and its answer/);
	assert.match(types.text, /type=innovation/);
	assert.match((await reader.get('/drafts/new')).text, /cannot write in any space yet/);
	const empty = await writer.submit('/drafts/new?type=faq', '/drafts/new', { type: 'faq', title: ' ', space: 'cincinnati', audience: 'network' });
	assert.equal(empty.status, 400);
	assert.match(empty.text, /Type the question/);
	assert.match(empty.text, /value="network" checked/);
	const foreign = await writer.submit('/drafts/new?type=faq', '/drafts/new', { type: 'faq', title: 'X', space: 'national', audience: 'public' });
	assert.equal(foreign.status, 400);
	assert.match(foreign.text, /Choose the space/);
	const url = await begin(writer, { title: 'Who speaks at a call-in?' });
	const page = await writer.get(url);
	assert.equal(page.status, 200);
	const fields = Object.fromEntries(fieldsOf(page.text));
	assert.equal(fields.title, 'Who speaks at a call-in?');
	assert.match(fields.slug, /^who-speaks-at-a-call-in(-2)?$/);
	assert.equal(fields.audience, 'space');
	assert.match(page.text, /Members of Cincinnati/);
});

test('typing, saving, and what is wrong by field and line', async () => {
	const url = await begin(writer);
	let page = await writer.get(url);
	let fields = set(fieldsOf(page.text), { body: 'One\r\n\r\ntwo <b>x</b>\r\n', summary: 'Short.', creators: 'A\r\n\r\n B \r\n', strategy: ['group-violence'] });
	const saved = await send(writer, url, fields, 'save');
	assert.equal(saved.status, 303);
	page = await writer.get(saved.location);
	assert.match(page.text, /href="#f-body" data-line="3">Answer, line 3<\/a>: &lt;b&gt; is not one/);
	assert.match(page.text, /href="#f-group">Group<\/a>: choose one/);
	assert.match(page.text, /<textarea[^>]*id="f-body"[^>]*aria-invalid="true"/);
	fields = Object.fromEntries(fieldsOf(page.text));
	assert.equal(fields.body, 'One\n\ntwo <b>x</b>\n');
	assert.equal(fields.creators, 'A\nB\n');
	assert.equal(fields.strategy, 'group-violence');
	assert.equal(fields.revision, '2');
	const good = set(fieldsOf(page.text), { body: 'One\n\ntwo **x** [l](record:cincinnati/faq/nothing)', group: 'basics', position: '1' });
	page = await writer.get((await send(writer, url, good, 'save')).location);
	assert.match(page.text, /there is no record cincinnati\/faq\/nothing that you can see/);
	const fine = set(fieldsOf(page.text), { body: 'One\n\ntwo **x**' });
	page = await writer.get((await send(writer, url, fine, 'save')).location);
	assert.doesNotMatch(page.text, /To set right/);
	assert.equal((await send(writer, url, fieldsOf(page.text), 'finish')).location, url.replace('/edit', ''));
});

test('rows are added, moved and removed, and keep what is typed', async () => {
	const url = await begin(writer, { type: 'guide', title: 'How to' });
	let page = (await writer.get(url)).text;
	const act = async (what, values = {}) => {
		const answer = await send(writer, url, set(fieldsOf(page), values), what);
		assert.equal(answer.status, 200, answer.text.slice(0, 500));
		page = answer.text;
		return Object.fromEntries(fieldsOf(page));
	};
	let fields = await act('add steps', { summary: 'typed' });
	assert.equal(fields['steps.rows'], '1');
	assert.equal(fields.summary, 'typed');
	fields = await act('add steps', { 'steps[0].title': 'First', 'steps[0].text': 'a\nb', 'steps[0].role': ['community', 'services'] });
	fields = await act('add steps', { 'steps[1].title': 'Second', 'steps[1].resources': 'money\ntime' });
	assert.equal(fields['steps.rows'], '3');
	fields = await act('up steps[1]');
	assert.equal(fields['steps[0].title'], 'Second');
	assert.equal(fields['steps[0].resources'], 'money\ntime\n');
	assert.equal(fields['steps[1].text'], 'a\nb');
	assert.deepEqual(fieldsOf(page).filter(([n]) => n === 'steps[1].role').map(([, v]) => v), ['community', 'services']);
	fields = await act('remove steps[0]');
	assert.equal(fields['steps[0].title'], 'First');
	assert.equal(fields['steps.rows'], '2');
	/* A second level, and paths that lead nowhere. */
	for (const wrong of ['remove steps[9]', 'up steps[0]', 'add title', 'add steps[0].nothing', 'remove steps', 'add steps[', 'down [0]', 'add ..', 'x'])
		assert.equal((await act(wrong))['steps.rows'], '2', wrong);
	const event = await begin(writer, { type: 'event', title: 'Call' });
	page = (await writer.get(event)).text;
	const nested = await send(writer, event, fieldsOf(page), 'add repeat.changes');
	assert.match(nested.text, /name="repeat\.changes\[0\]\.date"/);
	const times = { start: '2030-05-01T10:00', end: '2030-05-01T11:30', zone: 'America/New_York' };
	const saved = await send(writer, event, set(fieldsOf(nested.text), times), 'save');
	assert.equal(saved.status, 303);
	const again = Object.fromEntries(fieldsOf((await writer.get(event)).text));
	assert.deepEqual([again.start, again.end, again.zone], Object.values(times));
});

test('preview without a script, and a page to print', async () => {
	const url = await begin(writer);
	const page = await writer.get(url);
	const fields = set(fieldsOf(page.text), { body: '## H\n\n| a | b |\n|---|---|\n| c | d |\n\n<script>alert(1)</script>' });
	const answer = await send(writer, url, fields, 'preview');
	assert.equal(answer.status, 200);
	assert.match(answer.text, /<h2 id="h">H<\/h2>/);
	assert.match(answer.text, /<td>c<\/td>/);
	assert.doesNotMatch(answer.text, /<script>alert/);
	assert.equal(Object.fromEntries(fieldsOf(answer.text)).body.length, fields.find(([n]) => n === 'body')[1].length);
	assert.doesNotMatch((await writer.get(url)).text, /\|---\|---\|/, 'a preview saves nothing');
	await send(writer, url, fields, 'save');
	const print = await writer.get(url.replace('/edit', '/preview'));
	assert.match(print.text, /<td>c<\/td>/);
	const json = await send(writer, url.replace('/edit', '/preview'), fields, 'x', { Accept: 'application/json' });
	assert.equal(json.headers['content-type'], 'application/json');
	const drawn = JSON.parse(json.text);
	assert.match(drawn.html, /<h2 id="h">H<\/h2>/);
	assert.ok(drawn.problems.some((p) => p.id === 'f-body' && p.line === 7), json.text);
});

/* No element and attribute of the drawn text is outside of the vocabulary. */
function checkDrawn(html, name) {
	const elements = new Set(['article', 'p', 'h2', 'h3', 'h4', 'ul', 'ol', 'li', 'dl', 'dt', 'dd', 'blockquote', 'table', 'caption', 'thead',
		'tbody', 'tr', 'th', 'td', 'figure', 'figcaption', 'hr', 'br', 'a', 'em', 'strong', 'cite', 'q', 'abbr', 'code', 'sub', 'sup', 'span', 'div', 'img']);
	const attributes = new Set(['id', 'lang', 'href', 'title', 'scope', 'colspan', 'rowspan', 'class', 'tabindex', 'role', 'aria-label', 'src', 'alt', 'width', 'height', 'loading']);
	for (const [, element, rest] of html.matchAll(/<([a-zA-Z][^\s>/]*)((?:"[^"]*"|[^>"])*)>/g)) {
		assert.ok(elements.has(element), `${name}: <${element}>`);
		for (const [, attribute, value] of rest.matchAll(/\s([^\s=]+)="([^"]*)"/g)) {
			assert.ok(attributes.has(attribute), `${name}: ${attribute}`);
			if (attribute === 'src')
				assert.ok(element === 'img' && /^(\/|attachment:)/.test(value), name);
			if (attribute === 'href')
				assert.match(value, /^(https?:\/\/|mailto:|#|\/r\/)/, name);
		}
	}
}

test('hostile texts are drawn without what is no part of the vocabulary', async () => {
	const url = await begin(writer);
	const fields = fieldsOf((await writer.get(url)).text);
	const dir = path.join(top, 'tests/fuzz/corpus/markdown');
	for (const name of fs.readdirSync(dir)) {
		const bytes = fs.readFileSync(path.join(dir, name));
		const body = bytes.toString('latin1').replace(/\r\n?/g, '\n');
		const encoded = (s) => [...Buffer.from(s, 'latin1')].map((b) => `%${b.toString(16).padStart(2, '0')}`).join('');
		const text = fields.map(([n, v]) => `${encodeURIComponent(n)}=${n === 'body' ? encoded(body) : encodeURIComponent(v)}`).join('&');
		const json = await writer.send('POST', url.replace('/edit', '/preview'), text, { Accept: 'application/json' });
		let utf8 = true;
		try {
			new TextDecoder('utf-8', { fatal: true }).decode(bytes);
		} catch {
			utf8 = false;
		}
		if (!utf8 || bytes.includes(0)) {
			assert.equal(json.status, 400, name);
			continue;
		}
		assert.equal(json.status, 200, `${name}: ${json.text.slice(0, 300)}`);
		checkDrawn(JSON.parse(json.text).html, name);
		const saved = await writer.send('POST', url, `${text.replace(/(^|&)revision=\d+/, `$1revision=${fields.find(([n]) => n === 'revision')[1]}`)}&do=save`);
		assert.ok([303, 409].includes(saved.status), `${name}: ${saved.status}`);
		const page = await writer.get(url);
		assert.equal(page.status, 200);
		assert.doesNotMatch(page.text.replaceAll(/<textarea[\s\S]*?<\/textarea>/g, ''), /<script>|onerror=|<img src=x/, name);
		fields.find(([n]) => n === 'revision')[1] = Object.fromEntries(fieldsOf(page.text)).revision;
	}
});

test('limits: fields, size, a form that was cut off', async () => {
	const url = await begin(writer);
	const fields = fieldsOf((await writer.get(url)).text);
	assert.equal((await send(writer, url, fields.filter(([n]) => n !== 'all-sent'), 'save')).status, 400);
	assert.equal((await send(writer, url, [...fields, ...Array(2100).fill(['x', 'y'])], 'save')).status, 400);
	assert.equal((await send(writer, url, set(fields, { body: 'x'.repeat(1 << 20) }), 'save')).status, 413);
	const rows = await send(writer, url, [...fields, ['places.rows', '999999999']], 'preview');
	assert.equal(rows.status, 200);
	const many = await send(writer, url, set(fields, { 'places.rows': '100' }), 'add places');
	assert.equal(Object.fromEntries(fieldsOf(many.text))['places.rows'], '100');
	const long = await send(writer, url, set(fields, { title: 'T'.repeat(20000), slug: '../../x', audience: 'everyone' }), 'save');
	assert.equal(long.status, 303);
	const after_ = Object.fromEntries(fieldsOf((await writer.get(url)).text));
	assert.equal(after_.slug, 'x');
	assert.equal(after_.audience, 'space');
	assert.equal(after_.title.length, 20000);
});

test('who may: only those who write in its space', async () => {
	const url = await begin(writer);
	const id = url.split('/')[2];
	const fields = fieldsOf((await writer.get(url)).text);
	for (const [who, expected] of [[stranger, 404], [reader, 404]]) {
		assert.equal((await who.get(url)).status, expected);
		assert.equal((await who.get(url.replace('/edit', '/preview'))).status, expected);
		assert.equal((await who.get(url.replace('/edit', '/state'))).status, expected);
		const own = [...fields.filter(([n]) => n !== 'csrf'), ['csrf', /name="csrf" value="([^"]*)"/.exec((await who.get('/account')).text)[1]]];
		for (const act of ['save', 'autosave', 'preview', 'add places'])
			assert.equal((await send(who, url, own, act)).status, expected, act);
		assert.equal((await send(who, url.replace('/edit', '/preview'), own, 'x')).status, expected);
	}
	assert.equal((await editor.get(url)).status, 200, 'an editor of the space writes too');
	const nobody = new Client(server);
	assert.match((await nobody.get(url)).location, /^\/sign-in\?next=/);
	const forged = await send(writer, url, fields, 'save', { Origin: 'https://evil.example' });
	assert.equal(forged.status, 403);
	assert.doesNotMatch(forged.text, /Send it again/, 'what another site sends is not shown');
	assert.equal((await writer.get(`/drafts/${id.replace(/.$/, (c) => (c === '0' ? '1' : '0'))}/edit`)).status, 404);
	assert.equal((await stranger.get('/drafts/records?q=call')).status, 200);
	assert.ok(JSON.parse((await writer.get('/drafts/records?q=cincinnati')).text).items.every((i) => /^[a-z-]+\/[a-z-]+\/[a-z0-9-]+$/.test(i.value)));
});

test('two people save: what only one changed is put together, what both changed is shown', async () => {
	const url = await begin(writer);
	const mine = fieldsOf((await writer.get(url)).text);
	const theirs = fieldsOf((await editor.get(url)).text);
	assert.equal((await send(editor, url, set(theirs, { body: 'Their text', rights: 'Theirs' }), 'save')).status, 303);
	const json = await send(writer, url, set(mine, { body: 'My text' }), 'autosave', { Accept: 'application/json' });
	assert.equal(json.status, 409);
	assert.deepEqual(JSON.parse(json.text), { problem: 'conflict', by: 'editor', revision: 2 });
	const answer = await send(writer, url, set(mine, { body: 'My text', summary: 'My summary' }), 'save');
	assert.equal(answer.status, 409);
	assert.match(answer.text, /editor saved this draft/);
	assert.match(answer.text, /Taken over from them: Rights\./);
	assert.match(answer.text, /Theirs \(editor\)/);
	assert.match(answer.text, /<del>[^<]*(<span[^>]*>[^<]*<\/span>)?Their/);
	let fields = Object.fromEntries(fieldsOf(answer.text));
	assert.equal(fields.body, 'My text');
	assert.equal(fields.summary, 'My summary');
	assert.equal(fields.rights, 'Theirs');
	assert.equal(fields.revision, '2');
	/* Theirs after all; then mine again, saved. */
	const took = await send(writer, url, fieldsOf(answer.text), 'theirs body');
	assert.equal(Object.fromEntries(fieldsOf(took.text)).body, 'Their text');
	assert.match(took.text, /Taken over from them: .*Answer/);
	const done = await send(writer, url, set(fieldsOf(took.text), { body: 'Our text' }), 'save');
	assert.equal(done.status, 303);
	fields = Object.fromEntries(fieldsOf((await editor.get(url)).text));
	assert.deepEqual([fields.body, fields.summary, fields.rights], ['Our text', 'My summary', 'Theirs']);
});

test('a session that ended keeps the form; signing in again sends it', async () => {
	const guest = await enter(server, 'writer');
	const url = await begin(guest);
	const fields = set(fieldsOf((await guest.get(url)).text), { body: 'A long text\nof "two" lines & <more>' });
	const left = await guest.submit(url, '/sign-out');
	assert.equal(left.headers['clear-site-data'], '"storage"', 'what the browser kept goes');
	const answer = await send(guest, url, fields, 'save');
	assert.equal(answer.status, 403);
	assert.match(answer.headers['cache-control'], /no-store/);
	assert.match(answer.text, /What you typed is still here/);
	assert.match(answer.text, /A long text\nof &quot;two&quot; lines &amp; &lt;more&gt;/);
	assert.doesNotMatch(answer.text, new RegExp(fields.find(([n]) => n === 'csrf')[1]), 'the old token is not repeated');
	assert.equal((await send(guest, url, fields, 'autosave', { Accept: 'application/json' })).status, 403);
	/* The form of that page. */
	const kept = (html) => {
		const form = [...html.matchAll(/<form class="form"[\s\S]*?<\/form>/g)].map((m) => m[0]).find((f) => f.includes('Send it again'));
		return [...form.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"|<textarea[^>]* name="([^"]*)"[^>]*>([\s\S]*?)<\/textarea>/g)]
			.map((m) => [m[1] ?? m[3], unescape(m[2] ?? m[4])]);
	};
	await guest.signIn('writer', 'the password of w');
	const again = await guest.post(url, kept(answer.text));
	assert.equal(again.status, 403);
	assert.match(again.text, /You are <strong>writer<\/strong> now/);
	const done = await guest.post(url, kept(again.text));
	assert.equal(done.status, 303);
	assert.equal(Object.fromEntries(fieldsOf((await writer.get(url)).text)).body, 'A long text\nof "two" lines & <more>');
	/* Another person at the same browser gets no further than their own rights. */
	const other = await enter(server, 'reader');
	const tried = await other.post(url, kept(answer.text));
	assert.match(tried.text, /You are <strong>reader<\/strong> now/);
	assert.equal((await other.post(url, kept(tried.text))).status, 404);
});

test('a change of a published record starts from what it says', async () => {
	const address = 'cincinnati/case-study/group-analysis';
	const source = fs.readFileSync(path.join(top, `tests/fixtures/network/${address}.xml`), 'utf8');
	const page = await writer.get(`/drafts/new?record=${encodeURIComponent(address)}`);
	assert.match(page.text, /Start a draft of changes/);
	assert.equal((await stranger.get(`/drafts/new?record=${encodeURIComponent(address)}`)).status, 404);
	const started = await writer.submit(`/drafts/new?record=${encodeURIComponent(address)}`, '/drafts/new', { record: address });
	assert.equal(started.status, 303);
	const draft = await writer.get(started.location);
	const fields = Object.fromEntries(fieldsOf(draft.text));
	assert.equal(fields.title, /<dc:title>([^<]*)</.exec(source)[1].trim());
	assert.equal(fields.slug, undefined, 'its address stays');
	assert.doesNotMatch(draft.text, /To set right/);
	assert.match((await writer.get(`/drafts/new?record=${encodeURIComponent(address)}`)).text, /Someone is at it already/);
});
