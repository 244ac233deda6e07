// SPDX-License-Identifier: GPL-3.0-or-later
/* Attached files: up, on the record's page, in the search, and down again. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { docx, fetchBytes, odt, pdf, png, upload } from '../support/files.mjs';
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
