// SPDX-License-Identifier: GPL-3.0-or-later
/* The HTML of every kind of page, checked by the Nu validator. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { finish, kinds, startSample, validate } from './helpers.mjs';
import { get } from '../http/helpers.mjs';
import { Client } from '../support/client.mjs';

let server;

before(async () => {
	server = await startSample();
});
after(async () => {
	await finish(server);
});

test('the validator finds faults', () => {
	const found = validate({ fine: '<!DOCTYPE html><html lang="en"><head><title>x</title></head><body><p>x</p></body></html>\n',
		faulty: '<!DOCTYPE html><html><head><title>x</title></head><body><ul><p>x</p></ul></body></html>\n' });
	assert.ok(found.length >= 2, 'a wrong child and a missing lang');
	assert.ok(found.every((message) => message.startsWith('faulty')));
});

test('every kind of page, error and hostile search is valid', async () => {
	const files = {};
	for (const [name, place] of Object.entries(await kinds(server))) {
		const answer = await get(server.port, place);
		assert.equal(answer.status, place === '/no/such/page' ? 404 : 200, name);
		files[name] = answer.text;
	}
	for (const q of ['"><script>alert(1)</script>', "'\"<>&", '&amp;&#x;&', '</title></h1></form>', '<!--', '-->', ']]>', '\u202E\u200B', '💥 é ﬀ',
		'x'.repeat(200), 'a\tb', '"unclosed', '- - -', '*'.repeat(50), '{title}', '\uFFFD\u00A0'])
		for (const place of [`/search?q=${encodeURIComponent(q)}`, `/library?q=${encodeURIComponent(q)}`]) {
			const answer = await get(server.port, place);
			assert.ok([200, 400].includes(answer.status), place);
			files[place] = answer.text;
		}
	for (const [name, code, place, headers, method, body] of [
		['400 of a parameter', 400, '/library?page=nought', {}, 'GET', null],
		['400 of control characters', 400, '/search?q=%01', {}, 'GET', null],
		['400 of a theme', 400, '/theme', { Origin: server.base, Host: `127.0.0.1:${server.port}`,
			'Content-Type': 'application/x-www-form-urlencoded' }, 'POST', 'theme=pink&back=/'],
		['403 of another site', 403, '/theme', { Origin: 'https://evil.example',
			'Content-Type': 'application/x-www-form-urlencoded' }, 'POST', 'theme=dark&back=/'],
		['404 in a space', 404, '/s/cincinnati/guides/none', {}, 'GET', null],
		['404 of a space', 404, '/s/none', {}, 'GET', null],
		['404 with markup', 404, '/%3Cscript%3Ealert(1)%3C/script%3E', {}, 'GET', null],
		['405', 405, '/about', { Origin: server.base }, 'DELETE', null]]) {
		const answer = await get(server.port, place, headers, method, body);
		assert.equal(answer.status, code, name);
		assert.match(answer.headers['content-type'], /^text\/html/, name);
		files[name] = answer.text;
	}
	const member = new Client(server);
	files['a wrong password'] = (await member.signIn('nobody', 'not the password of anyone')).text;
	assert.match(files['a wrong password'], /role="alert"/);
	assert.equal((await member.submit('/sign-in', '/sign-in/demo', { login: 'demo-reader' })).status, 303);
	for (const place of ['/', '/account', '/s/cincinnati/case-studies/keeping-the-group-list-current', '/search?q=list']) {
		const answer = await member.get(place);
		assert.equal(answer.status, 200, place);
		files[`${place} of a member`] = answer.text;
	}
	assert.equal((await member.submit('/account', '/account/second-factor/begin')).status, 303);
	files['a second factor'] = (await member.get('/account/second-factor')).text;
	assert.match(files['a second factor'], /<svg/);
	assert.ok(Object.keys(files).length > 60);
	assert.deepEqual(validate(files), []);
});
