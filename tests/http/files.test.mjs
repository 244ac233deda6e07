// SPDX-License-Identifier: GPL-3.0-or-later
/* Attached files: up, on the record's page, in the search, and down again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { seedDraft, sql } from '../support/drafts.mjs';
import { launch } from '../browser/helpers.mjs';
import { docx, fetchBytes, odt, pdf, png, upload, zip } from '../support/files.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

const sha = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const files = (dir) => path.join(dir, 'commonweal.files');
const stored = (dir) => fs.readdirSync(files(dir), { recursive: true }).filter((f) => /^[0-9a-f]{2}\/[0-9a-f]{62}$/.test(f))
	.map((f) => f.replace('/', ''));
const incoming = (dir) => fs.readdirSync(path.join(files(dir), 'incoming'));
let server, dir, editor, national, nobody, ids;

/* id of a record by its address */
async function idOf(client, type, slug) {
	for (const record of JSON.parse((await client.get(`/api/v1/records?type=${type}&limit=100`)).text).items)
		if (record.slug === slug)
			return record.id;
	throw new Error(`no ${type} ${slug}`);
}

async function until(what, done) {
	for (let i = 0; i < 400; i++) {
		const value = await done();
		if (value)
			return value;
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	throw new Error(`waited too long for ${what}\n${server.stderr.slice(-3000)}`);
}

const linkOf = (html, name) => new RegExp(`href="([^"]*/files/[^"]*/${name.replaceAll('.', '\\.')})"`).exec(html)?.[1];

before(async () => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	person(dir, 'nora', { roles: { national: 'editor' } });
	person(dir, 'emil', { roles: { cincinnati: 'editor' } });
	person(dir, 'carla', { roles: { cincinnati: 'contributor' } });
	person(dir, 'ned', { roles: { newark: 'editor' } });
	server = await Server.start({ dir, content: null, env: { ...fast, COMMONWEAL_FILES_MAX_SIZE: '4M', COMMONWEAL_FILES_MAX_RECORD: '9M' } });
	[national, editor] = await Promise.all([enter(server, 'nora'), enter(server, 'emil')]);
	nobody = new Client(server);
	ids = { guide: await idOf(nobody, 'guide', JSON.parse((await nobody.get('/api/v1/records?type=guide')).text).items[0].slug) };
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr.slice(-2000));
});

test('a file is attached, shown on the page, found by its words on their page, and comes back unchanged', async () => {
	const bytes = pdf(['About the first thing', 'Here the word capybara stands', 'The end']);
	const to = `/records/${ids.guide}/files`;
	const page = await national.get(to);
	assert.equal(page.status, 200);
	assert.match(page.text, /No file is attached yet/);
	const answer = await upload(national, to, [{ name: 'report.pdf', bytes }]);
	assert.equal(answer.status, 303, answer.text.slice(0, 3000));
	assert.match((await national.get(answer.location)).text, /The files are attached/);
	assert.deepEqual(stored(dir), [sha(bytes)]);
	assert.deepEqual(incoming(dir), []);
	const guide = JSON.parse((await nobody.get(`/api/v1/records/${ids.guide}`)).text);
	const address = new URL(guide.url).pathname;
	const shown = await until('the number of pages', async () => {
		const { text } = await nobody.get(address);
		return /report\.pdf/.test(text) && /3 pages/.test(text) && text;
	});
	const link = linkOf(shown, 'report.pdf');
	const picture = await fetchBytes(nobody, /\/file-pictures\/[0-9a-f-]+/.exec(shown)[0]);
	assert.equal(picture.status, 200);
	assert.equal(picture.bytes.subarray(1, 4).toString(), 'PNG');
	const got = await fetchBytes(nobody, link);
	assert.equal(got.status, 200);
	assert.ok(got.bytes.equals(bytes));
	assert.equal(got.headers.etag, `"${sha(bytes)}"`);
	assert.equal(got.headers['x-content-type-options'], 'nosniff');
	assert.equal(got.headers['content-type'], 'application/pdf');
	assert.match(got.headers['content-disposition'], /^inline; filename="report.pdf"$/);
	const found = (await nobody.get('/search?q=capybara')).text;
	assert.match(found, /report\.pdf, page 2/);
	assert.match(found, new RegExp(`${link}#page=2`));
	assert.match(found, /<mark>capybara<\/mark>/);
	/* Words of files are no words to suggest. */
	assert.doesNotMatch((await nobody.get('/search?q=capibara')).text, /capybara/);
	assert.doesNotMatch((await nobody.get('/api/v1/suggest?q=capyb')).text, /capybara/);
});

test('pictures of the other kinds, made by a browser, are taken, measured and drawn small', async () => {
	const browser = await launch();
	const page = await browser.newPage();
	for (const [type, suffix] of [['image/jpeg', 'jpg'], ['image/webp', 'webp']]) {
		const base64 = await page.evaluate((kind) => {
			const canvas = document.createElement('canvas');
			canvas.width = 320;
			canvas.height = 200;
			const pen = canvas.getContext('2d');
			pen.fillStyle = 'teal';
			pen.fillRect(20, 20, 200, 100);
			return canvas.toDataURL(kind).split(',');
		}, type);
		assert.match(base64[0], new RegExp(type), 'the browser can make it');
		const bytes = Buffer.from(base64[1], 'base64');
		assert.equal((await upload(national, `/records/${ids.guide}/files`, [{ name: `map.${suffix}`, bytes }])).status, 303);
		const shown = await until(`the size of map.${suffix}`, async () => {
			const { text } = await nobody.get(await recordPath(ids.guide));
			return new RegExp(`map\\.${suffix}[\\s\\S]{0,300}320 [^<]{1,12} 200`).test(text) && text;
		});
		const got = await fetchBytes(nobody, linkOf(shown, `map.${suffix}`));
		assert.equal(got.headers['content-type'], type);
		assert.ok(got.bytes.equals(bytes));
		assert.equal((await upload(national, `/records/${ids.guide}/files`, [{ name: `cut.${suffix}`, bytes: bytes.subarray(0, 12) }])).status >= 300, true);
	}
	await browser.close();
});

const recordPath = async (id) => new URL(JSON.parse((await nobody.get(`/api/v1/records/${id}`)).text).url).pathname;
const filesOf = async (client, id) => JSON.parse((await client.get(`/api/v1/records/${id}`)).text).files;

/* Attaches one file, and gives its entry in the API. */
async function attach(client, id, name, bytes, options) {
	const answer = await upload(client, `/records/${id}/files`, [{ name, bytes }], options);
	assert.equal(answer.status, 303, `${name}: ${answer.text.slice(0, 3000)}`);
	return (await filesOf(client, id)).find((f) => f.name === name);
}

test('ranges: part of a file, resumed only of the same file, and what cannot be had', async () => {
	const bytes = pdf(['capybara '.repeat(20)]), etag = `"${sha(bytes)}"`;
	const file = await attach(national, ids.guide, 'range.pdf', bytes);
	const where = new URL(file.url).pathname;
	const ask = (headers, method) => fetchBytes(nobody, where, headers, method);
	for (const [range, from, to] of [['bytes=0-9', 0, 10], ['bytes=100-', 100, bytes.length], ['bytes=-7', bytes.length - 7, bytes.length],
		['bytes=5-99999999', 5, bytes.length]]) {
		const got = await ask({ Range: range });
		assert.equal(got.status, 206, range);
		assert.ok(got.bytes.equals(bytes.subarray(from, to)), range);
		assert.equal(got.headers['content-range'], `bytes ${from}-${to - 1}/${bytes.length}`);
	}
	const beyond = await ask({ Range: `bytes=${bytes.length}-` });
	assert.equal(beyond.status, 416);
	assert.equal(beyond.headers['content-range'], `bytes */${bytes.length}`);
	for (const headers of [{ Range: 'bytes=0-1,4-5' }, { Range: 'lines=1-2' }, { Range: 'bytes=9-1' },
		{ Range: 'bytes=0-1', 'If-Range': '"other"' }, { Range: 'bytes=0-1', 'If-Range': `W/${etag}` },
		{ Range: 'bytes=0-1', 'If-Range': 'Tue, 24 Nov 2026 00:00:00 GMT' }]) {
		const got = await ask(headers);
		assert.equal(got.status, 200, JSON.stringify(headers));
		assert.equal(got.bytes.length, bytes.length);
	}
	assert.equal((await ask({ Range: 'bytes=0-1', 'If-Range': etag })).status, 206);
	const same = await ask({ 'If-None-Match': etag });
	assert.equal(same.status, 304);
	assert.equal(same.bytes.length, 0);
	const head = await ask({ Range: 'bytes=0-1' }, 'HEAD');
	assert.equal(head.status, 200);
	assert.equal(Number(head.headers['content-length']), bytes.length);
	assert.equal(head.headers['accept-ranges'], 'bytes');
	/* A download that was cut off, taken up again by curl. */
	const part = path.join(dir, 'part.pdf');
	fs.writeFileSync(part, bytes.subarray(0, 123));
	const curl = spawnSync('curl', ['-sS', '-C', '-', '-o', part, server.base + where]);
	assert.equal(curl.status, 0, String(curl.stderr));
	assert.ok(fs.readFileSync(part).equals(bytes));
});

test('each type that is taken is what its content is, and is sent so that nothing in it runs', async () => {
	const gif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
	const rows = [
		['b.pdf', pdf(['x']), 'application/pdf', 'inline'], ['b.png', png(8, 6), 'image/png', 'inline'],
		['b.gif', gif, 'image/gif', 'inline'], ['b.docx', docx(['Words about an okapi']), /wordprocessingml/, 'attachment'],
		['b.odt', odt(['Words about a wombat']), /opendocument\.text/, 'attachment'],
		['b.csv', Buffer.from('place,figure\nQuito,2\nnumbat,3\n'), 'text/csv; charset=utf-8', 'attachment'],
		/* A PDF that is a page as well; a picture that is a script as well. They are what they begin as. */
		['c.pdf', Buffer.concat([pdf(['x']), Buffer.from('<html><script>alert(1)</script>')]), 'application/pdf', 'inline'],
		['c.gif', Buffer.concat([gif.subarray(0, gif.length - 1), Buffer.from('*/=1;alert(1);/*;')]), 'image/gif', 'inline'],
	];
	for (const [name, bytes, type, how] of rows) {
		const file = await attach(national, ids.guide, name, bytes);
		const got = await fetchBytes(nobody, new URL(file.url).pathname);
		assert.equal(got.status, 200, name);
		assert.ok(got.bytes.equals(bytes), name);
		assert.match(got.headers['content-type'], type instanceof RegExp ? type : new RegExp(`^${type.replaceAll('.', '\\.')}$`));
		assert.equal(got.headers['x-content-type-options'], 'nosniff');
		assert.match(got.headers['content-disposition'], new RegExp(`^${how}; filename="${name}"$`));
		assert.match(got.headers['content-security-policy'], /default-src 'none'/);
		assert.equal(/sandbox/.test(got.headers['content-security-policy']), !name.endsWith('.pdf'), name);
		assert.doesNotMatch(got.headers['content-type'], /^text\/html|\+xml|\/xml|javascript/);
	}
	for (const word of ['okapi', 'wombat', 'numbat'])
		await until(word, async () => /<mark>/.test((await nobody.get(`/search?q=${word}`)).text));
	assert.doesNotMatch((await nobody.get('/search?q=okapi')).text, /b\.docx, page/);
});

test('what is of another type, damaged, or a bomb is refused, and leaves nothing behind', async () => {
	const before = stored(dir), bomb = Buffer.alloc(60 << 20, 'a'.charCodeAt(0));
	const svg = '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>';
	const evil = docx(['x']);
	for (const [name, bytes, words] of [
		['a.html', Buffer.from('<!DOCTYPE html><script>alert(1)</script>'), /none of the types/],
		['a.csv', Buffer.from('<html><body onload=alert(1)>'), /none of the types/],
		['a.csv', Buffer.from(`\ufeff  ${svg}`), /none of the types/],
		['a.svg', Buffer.from(svg), /none of the types/], ['a.png', Buffer.from(svg), /none of the types/],
		['a.pdf', Buffer.from(`<html>\n${pdf(['x']).toString('latin1')}`, 'latin1'), /none of the types/],
		['a.pdf', png(4, 4), /is PNG by its content/], ['a.png', pdf(['x']), /is PDF by its content/],
		['a.pdf.exe', pdf(['x']), /does not end so/], ['a', pdf(['x']), /does not end so/],
		['a.exe', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(300)]), /none of the types/],
		['a.zip', evil, /does not end so/], ['a.png', png(4, 4).subarray(0, 20), /none of the types|damaged/],
		['a.docx', docx([bomb.toString()]), /unpacks to far more/],
		['a.pdf', Buffer.alloc(0), /is empty/],
	]) {
		const answer = await upload(national, `/records/${ids.guide}/files`, [{ name, bytes }]);
		assert.equal(answer.status, 400, `${name}: ${answer.status}`);
		assert.match(/role="alert"[\s\S]*?<p>([^<]*)/.exec(answer.text)?.[1] ?? '', words, name);
		assert.match(answer.text, /role="alert"/);
	}
	/* One bad file of several: none is kept. */
	const several = await upload(national, `/records/${ids.guide}/files`, [{ name: 'good.pdf', bytes: pdf(['good']) },
		{ name: 'a.html', bytes: Buffer.from('<html>') }]);
	assert.equal(several.status, 400);
	assert.deepEqual(stored(dir), before);
	await until('the rest to go', () => incoming(dir).length === 0);
	/* Entities in a document: it is taken, but not read. */
	const entities = zip({ '[Content_Types].xml': '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
		'_rels/.rels': '<?xml version="1.0"?><Relationships/>',
		'word/document.xml': '<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document xmlns:w="x"><w:p>&a;</w:p></w:document>' });
	await attach(national, ids.guide, 'entities.docx', entities);
	await until('the problem', async () => /not one that a word processor writes/.test((await national.get(`/records/${ids.guide}/files`)).text));
});

test('names: paths, tricks of writing direction, and the same name again', async () => {
	for (const [sent, kept] of [['../../../etc/cron.d/x.pdf', 'x.pdf'], ['%2e%2e%2fy.pdf', '-2e-2e-2fy.pdf'], ['a\u202efdp.pdf', 'afdp.pdf'],
		['Bericht über.pdf', 'Bericht über.pdf'], ['x.pdf', 'x-2.pdf'], ['.pdf', null]]) {
		const answer = await upload(national, `/records/${ids.guide}/files`, [{ name: sent, bytes: pdf([`name ${sent.length}`]) }]);
		assert.equal(answer.status, kept ? 303 : 400, sent);
		if (kept)
			assert.ok((await filesOf(nobody, ids.guide)).some((f) => f.name === kept), `${sent}: ${kept}`);
	}
	const file = (await filesOf(nobody, ids.guide)).find((f) => f.name === 'Bericht über.pdf');
	const got = await fetchBytes(nobody, new URL(file.url).pathname);
	assert.equal(got.headers['content-disposition'], "inline; filename=\"Bericht __ber.pdf\"; filename*=UTF-8''Bericht%20%C3%BCber.pdf");
	assert.equal((await fetchBytes(nobody, new URL(file.url).pathname.replace(/[^/]*$/, 'other.pdf'))).status, 404);
});

test('the token may stand in the query, a header or the first field; without it nothing is taken', async () => {
	const to = `/records/${ids.guide}/files`;
	for (const csrf of ['field', 'query', 'header'])
		for (const chunked of [false, true])
			assert.equal((await upload(national, to, [{ name: `${csrf}-${chunked}.pdf`, bytes: pdf([csrf]) }], { csrf, chunked })).status, 303);
	const count = stored(dir).length;
	for (const options of [{ csrf: null }, { csrf: null, fields: { csrf: '0'.repeat(64) } }, { csrf: null, headers: { 'X-CSRF-Token': 'x' } }]) {
		const answer = await upload(national, to, [{ name: 'z.pdf', bytes: pdf(['never']) }], options);
		assert.ok([400, 403].includes(answer.status), String(answer.status));
	}
	assert.equal((await upload(national, to, [{ name: 'z.pdf', bytes: pdf(['never']) }], { headers: { Origin: 'http://evil.example' } })).status, 403);
	assert.equal((await national.post(to, { csrf: 'x' })).status, 400);
	assert.equal(stored(dir).length, count);
	assert.deepEqual(incoming(dir), []);
});

test('who may attach to what, and who may open it', async () => {
	const study = await idOf(await enter(server, 'carla'), 'case-study', 'secret-zanzibar').catch(() => null) ?? await (async () => {
		const list = JSON.parse((await editor.get('/s/cincinnati/api/v1/records?limit=100')).text).items;
		return list.find((r) => r.audience === 'space').id;
	})();
	const bytes = pdf(['quokkafile']);
	const file = await attach(editor, study, 'inner.pdf', bytes);
	const where = new URL(file.url).pathname, carla = await enter(server, 'carla'), ned = await enter(server, 'ned');
	for (const [who, open] of [[editor, 200], [carla, 200], [ned, 404], [nobody, 404], [national, 404]])
		assert.equal((await fetchBytes(who, where)).status, open);
	/* What is not there and what is not for one look alike. */
	const absent = where.replace(/[0-9a-f-]{36}/, '01890000-0000-7000-8000-0000000000ff');
	const plain = (text) => text.replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16}/g, '');
	assert.equal(plain((await nobody.get(where)).text), plain((await nobody.get(absent)).text));
	const got = await fetchBytes(editor, where);
	assert.equal(got.headers['cache-control'], 'private, no-cache');
	/* To publish for everyone is the national office's. */
	for (const [who, id, status] of [[editor, ids.guide, 404], [carla, study, 404], [ned, study, 404], [national, study, 404]]) {
		assert.equal((await who.get(`/records/${id}/files`)).status, status);
		assert.equal((await upload(who, `/records/${id}/files`, [{ name: 'no.pdf', bytes: pdf(['no']) }])).status, status);
	}
	const anonymous = await upload(nobody, `/records/${ids.guide}/files`, [{ name: 'no.pdf', bytes: pdf(['no']) }]);
	assert.equal(anonymous.status, 403);
	/* Its words are found by those who see the record, and by nobody else, not even as a guess. */
	await until('the words', async () => /inner\.pdf/.test((await editor.get('/s/cincinnati/search?q=quokkafile')).text));
	for (const who of [nobody, ned]) {
		assert.doesNotMatch((await who.get('/search?q=quokkafile')).text, /inner\.pdf/);
		assert.doesNotMatch((await who.get('/search?q=quokkafil')).text.replaceAll('quokkafil"', ''), /quokkafile/);
		assert.doesNotMatch((await who.get('/api/v1/suggest?q=quokkaf')).text, /quokkafile/);
	}
	/* The same bytes at a public record: nobody learns that there are others. */
	const again = await attach(national, ids.guide, 'inner.pdf', bytes);
	assert.equal(stored(dir).filter((h) => h === sha(bytes)).length, 1);
	const answers = await national.get(`/records/${ids.guide}/files`);
	assert.doesNotMatch(answers.text, /already|elsewhere|another space/i);
	assert.equal((await fetchBytes(nobody, new URL(again.url).pathname)).status, 200);
	assert.equal((await fetchBytes(nobody, where)).status, 404);
});

test('order, titles, removal and undo', async () => {
	const guide = (await idOf(nobody, 'publication', JSON.parse((await nobody.get('/api/v1/records?type=publication')).text).items[0].slug));
	const to = `/records/${guide}/files`;
	assert.equal((await upload(national, to, [1, 2, 3].map((i) => ({ name: `${i}.pdf`, bytes: pdf([`number ${i}`]) })))).status, 303);
	const names = async () => (await filesOf(nobody, guide)).map((f) => f.name).join(' ');
	assert.equal(await names(), '1.pdf 2.pdf 3.pdf');
	const id = async (name) => /files\/([0-9a-f-]{36})\//.exec((await filesOf(nobody, guide)).find((f) => f.name === name).url)[1];
	await national.submit(to, `/files/${await id('3.pdf')}/move`, { by: 'up' });
	assert.equal(await names(), '1.pdf 3.pdf 2.pdf');
	const one = await id('1.pdf');
	await national.submit(to, `/files/${one}/describe`, { title: 'The <first> file' });
	assert.match((await nobody.get(await recordPath(guide))).text, /The &lt;first&gt; file/);
	const removed = await national.submit(to, `/files/${one}/remove`);
	assert.match((await national.get(removed.location)).text, /You can take it back/);
	assert.equal(await names(), '3.pdf 2.pdf');
	assert.equal((await nobody.get(`/files/${one}/1.pdf`)).status, 404);
	await national.submit(to, `/files/${one}/restore`);
	assert.equal(await names(), '1.pdf 3.pdf 2.pdf');
});

const study = (slug, body) => `<?xml version="1.0" encoding="UTF-8"?>
<case-study xmlns="urn:commonweal:record:1" xmlns:dc="http://purl.org/dc/terms/"
  space="cincinnati" slug="${slug}" audience="public">
  <dc:title>With pictures: ${slug}</dc:title><dc:abstract>Seen.</dc:abstract><dc:creator>Test Office</dc:creator>
  <dc:issued>2010</dc:issued><dc:language>en</dc:language><dc:subject>call-in</dc:subject>
  <strategy>group-violence</strategy><stage>implemented</stage><evidence>descriptive</evidence>
  <body xmlns="http://www.w3.org/1999/xhtml">${body}</body>
</case-study>
`;

test('images of a body: imported with their files, drawn with their size, exported byte for byte', async () => {
	const from = temporary(), to = temporary(), picture = png(30, 20), paper = pdf(['A paper about an echidna']);
	fs.mkdirSync(path.join(from, 'pictured.files'));
	fs.writeFileSync(path.join(from, 'pictured.xml'), study('pictured',
		'<figure><img src="attachment:map of &amp;.png" alt="A map &quot;of&quot; &lt;it&gt;"/><figcaption>Where</figcaption></figure>' +
		'<p>In text <img src="attachment:map of &amp;.png" alt="again"/></p>'));
	const files_ = { 'paper.pdf': paper, 'map of -.png': picture };
	for (const [name, bytes] of Object.entries(files_))
		fs.writeFileSync(path.join(from, 'pictured.files', name), bytes);
	const facts = `${JSON.stringify({ 'paper.pdf': { title: 'The paper' } }, null, 1)}`;
	fs.writeFileSync(path.join(from, 'pictured.files', 'attached.json'), facts);
	/* An image that is not there is a problem with its place. */
	const missing = commonweal(dir, ['import', from]);
	assert.notEqual(missing.status, 0);
	assert.match(missing.stderr, /pictured\.xml:\d+:\d+: no image 'map of &\.png' is attached to this record/);
	fs.writeFileSync(path.join(from, 'pictured.xml'), fs.readFileSync(path.join(from, 'pictured.xml'), 'utf8').replaceAll('map of &amp;', 'map of -'));
	const dry = commonweal(dir, ['check', from]), count = stored(dir).length;
	assert.equal(dry.status, 0, dry.stderr);
	assert.equal(stored(dir).length, count);
	for (let i = 0; i < 2; i++) {
		const done = commonweal(dir, ['import', from]);
		assert.equal(done.status, 0, done.stderr);
	}
	const page = await until('the page', async () => {
		const answer = await nobody.get('/s/cincinnati/case-studies/pictured');
		return answer.status === 200 && answer.text;
	});
	const [, src, alt, size] = /<figure><img src="([^"]*)" alt="([^"]*)"( width="30" height="20" loading="lazy")>/.exec(page);
	assert.equal(alt, 'A map &quot;of&quot; &lt;it&gt;');
	assert.ok(size);
	assert.ok((await fetchBytes(nobody, src)).bytes.equals(picture));
	assert.doesNotMatch(page, /attachment:/);
	const id = await idOf(nobody, 'case-study', 'pictured');
	assert.equal((await filesOf(nobody, id)).length, 2);
	assert.doesNotMatch(JSON.parse((await nobody.get(`/api/v1/records/${id}`)).text).body_html, /attachment:/);
	await attach(national, ids.guide, 'wakes.pdf', pdf(['this wakes the jobs']));
	await until('words of what was imported', async () => /paper\.pdf, page 1/.test((await nobody.get('/search?q=echidna')).text));
	const out = commonweal(dir, ['export', path.join(to, 'x')]);
	assert.equal(out.status, 0, out.stderr);
	const exported = path.join(to, 'x/cincinnati/case-study');
	assert.ok(fs.readFileSync(path.join(exported, 'pictured.xml')).equals(fs.readFileSync(path.join(from, 'pictured.xml'))));
	assert.deepEqual(fs.readdirSync(path.join(exported, 'pictured.files')).sort(), ['attached.json', 'map of -.png', 'paper.pdf']);
	for (const [name, bytes] of Object.entries(files_))
		assert.ok(fs.readFileSync(path.join(exported, 'pictured.files', name)).equals(bytes), name);
	assert.equal(fs.readFileSync(path.join(exported, 'pictured.files/attached.json'), 'utf8'), facts);
	/* And into an empty database, and out again: the same. */
	const other = temporary();
	assert.equal(commonweal(other, ['import', path.join(to, 'x')]).status, 0);
	assert.equal(commonweal(other, ['export', path.join(to, 'y')]).status, 0);
	const diff = spawnSync('diff', ['-r', path.join(to, 'x'), path.join(to, 'y')], { encoding: 'utf8' });
	assert.equal(diff.stdout, '');
	/* When the file goes, its words stand in its place. */
	const removed = (await filesOf(nobody, id)).find((f) => f.name === 'map of -.png');
	await national.submit(`/records/${id}/files`, `/files/${/files\/([^/]+)/.exec(removed.url)[1]}/remove`);
	assert.match((await nobody.get('/s/cincinnati/case-studies/pictured')).text, /<figure><em class="missing-image">A map &quot;of&quot; &lt;it&gt;<\/em>/);
	for (const folder of [from, to, other])
		fs.rmSync(folder, { recursive: true, force: true });
});

test('where images may not stand, and what is no image', () => {
	for (const [body, words] of [['<p><em><img src="attachment:a.png" alt="a"/></em></p>', /img/], ['<p><img src="attachment:a.png"/></p>', /alt/],
		['<p><img src="https://example.org/a.png" alt="a"/></p>', /attachment/], ['<p><img src="attachment:a/b.png" alt="a"/></p>', /attachment/],
		['<p><img src="attachment:a.png" alt=""/></p>', /alt/], ['<p><img src="attachment:a.png" alt="a" onerror="x"/></p>', /onerror/]]) {
		const from = temporary();
		fs.writeFileSync(path.join(from, 'x.xml'), study('x', body));
		const done = commonweal(dir, ['check', from]);
		assert.notEqual(done.status, 0, body);
		assert.match(done.stderr, words, body);
		fs.rmSync(from, { recursive: true });
	}
});

test('files of a draft are for those who see the draft, and become the record\'s when it is published', async () => {
	const people = Object.fromEntries(['emil', 'ned', 'carla', 'nora'].map((login) => [login, sql(dir, `SELECT id FROM account WHERE login = '${login}'`)]));
	const id = seedDraft(dir, people, { author: 'emil', state: 'approved', audience: 'space', slug: 'drafted', reviewers: ['carla', 'nora'], approvals: ['carla', 'nora'] });
	/* What is approved is not changed any more: so the files come before. */
	assert.equal((await upload(editor, `/drafts/${id}/files`, [{ name: 'plan.pdf', bytes: pdf(['late']) }])).status, 409);
	sql(dir, `UPDATE draft SET state = 1 WHERE id = '${id}'`);
	const to = `/drafts/${id}/files`;
	assert.equal((await upload(editor, to, [{ name: 'plan.pdf', bytes: pdf(['draftword']) }])).status, 303);
	const ned = await enter(server, 'ned'), carla = await enter(server, 'carla');
	const page = (await editor.get(to)).text, link = linkOf(page, 'plan.pdf');
	for (const [who, status] of [[editor, 200], [carla, 200], [ned, 404], [nobody, 404]]) {
		assert.equal((await fetchBytes(who, link)).status, status);
		assert.equal((await upload(who, to, [{ name: 'z.pdf', bytes: pdf(['z']) }])).status, who === nobody ? 403 : status === 200 ? 303 : 404);
	}
	assert.doesNotMatch((await editor.get('/s/cincinnati/search?q=draftword')).text, /plan\.pdf/);
	sql(dir, `UPDATE draft SET state = 4 WHERE id = '${id}'`);
	const token = /name="csrf" value="([0-9a-f]+)"/.exec((await editor.get('/account')).text)[1];
	const done = await editor.post(`/drafts/${id}/publish`, { csrf: token, revision: '1', when: 'now', note: 'First' });
	assert.equal(done.status, 303, /role="alert"[\s\S]*?<p>([^<]*)/.exec(done.text)?.[1]);
	const record = await until('the record', async () => sql(dir, 'SELECT id FROM record WHERE slug = \'drafted\''));
	assert.ok((await filesOf(editor, record)).some((f) => f.name === 'plan.pdf'));
	assert.equal((await fetchBytes(editor, link)).status, 200);
	assert.equal((await fetchBytes(nobody, link)).status, 404);
});

test('from the outside a draft has the files that were submitted with it, and no later ones', async () => {
	const people = Object.fromEntries(['emil', 'ned', 'nora'].map((login) => [login, sql(dir, `SELECT id FROM account WHERE login = '${login}'`)]));
	const id = seedDraft(dir, people, { author: 'emil', state: 'writing', audience: 'public', slug: 'outside' }), to = `/drafts/${id}/files`;
	const ned = await enter(server, 'ned'), outside = [ned, national];
	const step = async (name, fields) => {
		const csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await editor.get('/account')).text)[1];
		const answer = await editor.post(`/drafts/${id}/${name}`, { csrf, revision: '1', ...fields });
		assert.equal(answer.status, 303, answer.text);
	};
	assert.equal((await upload(editor, to, [{ name: 'first.png', bytes: png(20, 20) }])).status, 303);
	await step('submit', {});
	await step('invite', { who: 'ned' });
	const first = linkOf((await editor.get(to)).text, 'first.png') ?? sql(dir, `SELECT '/files/' || id || '/' || name FROM attachment WHERE draft_id = '${id}'`);
	for (const who of [editor, ...outside])
		assert.equal((await fetchBytes(who, first)).status, 200);
	await step('take-back', {});
	assert.equal((await upload(editor, to, [{ name: 'later.png', bytes: png(21, 21) }])).status, 303);
	const later = linkOf((await editor.get(to)).text, 'later.png');
	await until('its picture', async () => (await fetchBytes(editor, later.replace(/files\/([^/]+).*/, 'file-pictures/$1'))).status === 200);
	for (const who of outside) {
		assert.equal((await fetchBytes(who, first)).status, 200);
		assert.equal((await fetchBytes(who, later)).status, 404);
		assert.equal((await fetchBytes(who, later.replace(/files\/([^/]+).*/, 'file-pictures/$1'))).status, 404);
	}
	await step('submit', {});
	for (const who of outside)
		assert.equal((await fetchBytes(who, later)).status, 200);
});

test('at the same time: no file comes into a draft that is submitted, none beyond the room of its record', async () => {
	const people = Object.fromEntries(['emil', 'ned'].map((login) => [login, sql(dir, `SELECT id FROM account WHERE login = '${login}'`)]));
	const csrf = /name="csrf" value="([0-9a-f]+)"/.exec((await editor.get('/account')).text)[1];
	for (let round = 0; round < 8; round++) {
		const id = seedDraft(dir, people, { author: 'emil', state: 'writing', audience: 'public', slug: `race-${round}` });
		const send = Array.from({ length: 4 }, (_, k) => upload(editor, `/drafts/${id}/files`, [{ name: `${k}.pdf`, bytes: pdf([`race ${round} ${k}`]) }], { csrf: null, fields: { csrf } }));
		const [submitted, ...sent] = await Promise.all([editor.get('/account').then(() => editor.post(`/drafts/${id}/submit`, { csrf, revision: '1' })), ...send]);
		assert.equal(submitted.status, 303);
		for (const answer of sent)
			assert.ok([303, 409, 503].includes(answer.status), String(answer.status));
		assert.equal(sql(dir, `SELECT count(*) FROM attachment a JOIN draft d ON d.id = a.draft_id WHERE d.id = '${id}' AND a.added_us > d.submitted_us`), '0');
	}
	const id = seedDraft(dir, people, { author: 'emil', state: 'writing', audience: 'space', slug: 'room' });
	const big = (k) => Buffer.concat([pdf([`room ${k}`]), Buffer.alloc(3_500_000, ' ')]);
	const answers = await Promise.all(Array.from({ length: 6 }, (_, k) => upload(editor, `/drafts/${id}/files`, [{ name: `${k}.pdf`, bytes: big(k) }], { csrf: null, fields: { csrf } })));
	assert.ok(answers.some((a) => a.status === 303) && answers.every((a) => [303, 413, 503].includes(a.status)), answers.map((a) => a.status).join());
	assert.ok(Number(sql(dir, `SELECT sum(size) FROM attachment WHERE draft_id = '${id}'`)) <= 9 << 20);
});

test('files that come in more than one segment do not disturb the server', async () => {
	for (const n of [1000, 20000, 300000, 3000000]) {
		const bytes = Buffer.concat([pdf(['x']), crypto.randomBytes(n)]);
		const answer = await upload(national, `/records/${ids.guide}/files`, [{ name: `long-${n}.pdf`, bytes }]);
		assert.equal(answer.status, 303, `${n}: ${answer.text.slice(0, 500)}`);
	}
	assert.equal((await nobody.get('/healthz')).status, 200);
});

test('a long file full of a word does not lift its record above those that are about it', async () => {
	const order = async () => JSON.parse((await nobody.get('/api/v1/search?q=call-in&limit=20')).text).items.map((r) => r.slug);
	const before_ = await order(), paper = await idOf(nobody, 'publication', JSON.parse((await nobody.get('/api/v1/records?type=publication')).text).items[0].slug);
	const slug = JSON.parse((await nobody.get(`/api/v1/records/${paper}`)).text).slug;
	await attach(national, paper, 'words.csv', Buffer.from('call-in,call-in call-in\n'.repeat(40000)));
	await until('its words', async () => (await order()).includes(slug));
	assert.deepEqual((await order()).filter((s) => s !== slug).slice(0, 5), before_.filter((s) => s !== slug).slice(0, 5));
	assert.ok((await order()).indexOf(slug) >= 5, (await order()).join());
	console.log(`# ${slug} with a million bytes of the word: place ${(await order()).indexOf(slug) + 1} of ${(await order()).length}`);
});
