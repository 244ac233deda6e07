// SPDX-License-Identifier: GPL-3.0-or-later
/* Discussions: who reads and writes, what one may change, hidden groups, reports,
 * posts without a name. */
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { fetchBytes, pdf, upload } from '../support/files.mjs';
import { seedGroup } from '../support/groups.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

let server, dir, secret, team, quiet, thread;
const who = {}, ids = {};
const nothing = '01890000-0000-7000-8000-0000000000ff';
/* Answers by mail are on, but no mail is sent. */
const mail = { COMMONWEAL_MAIL_REPLY_ADDRESS: 'reply@network.example.org', COMMONWEAL_MAIL_AUTHSERV_ID: 'mx.example.org' };
const people = { ana: ['Ana Ruiz', { newark: 'reader' }], ben: ['Ben Cole', { cincinnati: 'reader' }],
	cleo: ['Cleo Marsh', { newark: 'contributor' }], dan: ['Dan Ott', { newark: 'space-admin' }], eve: ['Eve Ito', { newark: 'reader' }],
	nat: ['Nat Brown', { national: 'space-admin' }], net: ['Net Work', {}] };

before(async () => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	for (const [login, [name, roles]] of Object.entries(people))
		ids[login] = person(dir, login, { roles, flags: [`--name=${name}`, `--email=${login}@city.example.org`, ...(login === 'net' ? ['--network-admin'] : [])] });
	const members = (...logins) => Object.fromEntries(logins.map((login, i) => [ids[login],
		{ space: Object.keys(people[login][1])[0], leads: i === 0 }]));
	secret = seedGroup(dir, { space: 'newark', name: 'Zanzibar circle', members: members('ana', 'ben') });
	team = seedGroup(dir, { space: 'newark', name: 'Call-in team', kind: 'team', members: members('cleo', 'ana') });
	quiet = seedGroup(dir, { space: 'newark', name: 'Plain words', members: members('cleo', 'ana', 'ben', 'dan', 'eve'), unattributed: true });
	server = await Server.start({ dir, content: null, env: { ...fast, ...mail }, args: ['--exchange-unattributed-tell=100ms'] });
	for (const login of Object.keys(people))
		who[login] = await enter(server, login);
	who.nobody = new Client(server);
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

const token = async (client) => forms((await client.get('/account')).text).find((form) => form.hidden.csrf).hidden.csrf;
const post = async (client, address, fields) => client.post(address, { csrf: await token(client), ...fields });

/* Begins a discussion and gives its address. */
async function begin(client, base, group, title, text = 'What do you do?', more = {}) {
	const answer = await post(client, `${base}/discussions/new`, { group, title, text, act: 'send', ...more });
	assert.equal(answer.status, 303, answer.text.slice(0, 3000));
	const there = await client.get(answer.location);
	assert.equal(there.status, 303);
	return there.location.split(/[?#]/)[0];
}

/* Answers, and gives the address of the post. */
async function reply(client, address, text, more = {}) {
	const answer = await client.submit(address, `${address}/reply`, { text, act: 'send', ...more });
	assert.equal(answer.status, 303, answer.text.slice(0, 3000));
	return answer.location.split('?')[0];
}

const notices = (login) => sql(dir, `SELECT kind || ' ' || title FROM notification WHERE account_id = '${ids[login]}' ORDER BY at_us`).split('\n').filter(Boolean);

test('the entry in the navigation is for members, and on no page for nobody', async () => {
	for (const login of ['ana', 'net'])
		assert.match((await who[login].get('/')).text, /href="\/exchange"/);
	assert.doesNotMatch((await who.nobody.get('/')).text, /\/exchange/);
	assert.match((await who.ana.get('/s/newark/discussions')).text, /href="\/s\/newark\/exchange" aria-current="true"/);
	assert.equal((await who.nobody.get('/exchange')).status, 303);
	assert.match((await who.ana.get('/exchange')).text, /Discussions/);
});

test('a question to the whole network is answered from another space', async () => {
	thread = await begin(who.ana, '', 'everyone', 'How do you begin a call-in?', 'We **want** to know. Ask @Ben Cole or @Nobody Here.');
	const page = (await who.ben.get(thread)).text;
	assert.match(page, /We <strong>want<\/strong> to know/);
	assert.match(page, /Ana Ruiz<\/strong><span class="post__place">Newark/);
	assert.match(page, /Mentions Ben Cole</);
	assert.deepEqual(notices('ben'), ['mention Ana Ruiz mentioned you in “How do you begin a call-in?”']);
	assert.deepEqual(notices('eve'), ['thread Ana Ruiz began “How do you begin a call-in?”']);
	assert.deepEqual(notices('ana'), [], 'nobody is told of their own');
	const address = await reply(who.ben, thread, 'We begin with the families.');
	assert.match(notices('ana').join(), /reply Ben Cole answered/);
	assert.match((await who.ana.get('/discussions')).text, />New</);
	assert.match((await who.ana.get(thread)).text, /New from here/);
	assert.doesNotMatch((await who.ana.get('/discussions')).text, />New</, 'what was shown is read');
	assert.doesNotMatch((await who.ana.get(thread)).text, /New from here/);
	/* Only who asked, or a lead, says what the answer is. */
	assert.equal((await post(who.ben, `${address}/answer`, { accept: 'yes' })).status, 404);
	assert.equal((await who.ana.submit(thread, `${address}/answer`)).status, 303);
	assert.match((await who.eve.get(thread)).text, /Accepted answer<\/h2>[\s\S]*We begin with the families/);
	assert.match((await who.eve.get('/discussions?state=answered')).text, /How do you begin/);
	assert.match((await who.eve.get('/discussions?state=unanswered')).text, /No discussion is like that/);
	assert.match((await who.eve.get('/search?q=families')).text, /./);
});

test('what is wrong is said, and what was typed is kept', async () => {
	for (const [fields, words] of [[{ group: '' }, /Choose the group/], [{ group: secret }, /Choose the group/], [{ group: 'no-such' }, /Choose the group/],
		[{ title: ' ' }, /Give the discussion a title/], [{ title: 'x'.repeat(161) }, /title is too long/], [{ text: ' ' }, /Type your words/],
		[{ text: 'x'.repeat(20001) }, /too long/], [{ mention: 'Nobody Here' }, /Nobody who reads this group is called/],
		[{ nameless: 'yes' }, /Nobody can post here without their name/]]) {
		const answer = await post(who.eve, '/discussions/new', { group: 'everyone', title: 'Kept <b>title</b>', text: 'Kept & shown', act: 'send', ...fields });
		assert.equal(answer.status, 400, words);
		assert.match(answer.text, words);
		assert.match(answer.text, fields.title ? /Kept &amp; shown/ : /value="Kept &lt;b&gt;title/);
	}
	const preview = await post(who.eve, '/discussions/new', { group: 'everyone', title: 'T', text: '*So* it looks', mention: 'Ben Cole', act: 'preview' });
	assert.equal(preview.status, 200);
	assert.match(preview.text, /<em>So<\/em> it looks/);
	assert.match(preview.text, /@Ben Cole<\/textarea>/);
	assert.equal((await who.nobody.post('/discussions/new', { group: 'everyone', title: 'T', text: 'x' })).status, 403);
	assert.equal((await who.eve.post('/discussions/new', { group: 'everyone', title: 'T', text: 'x' })).status, 403);
});

test('scripts and other markup stay text', async () => {
	const evil = '"><script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)>';
	const address = await begin(who.eve, '', 'everyone', evil, 'Look: `<script>`');
	const page = (await who.ana.get(address)).text;
	assert.doesNotMatch(page, /<script>|<img src=x/);
	assert.match(page, /&lt;script&gt;alert\(1\)/);
	const refused = await post(who.eve, `${address}/reply`, { text: evil, act: 'send' });
	if (refused.status === 303)
		assert.doesNotMatch((await who.ana.get(address)).text, /<script>alert|href="javascript|<img src=x/);
	else
		assert.match(refused.text, /Line 1/);
	assert.doesNotMatch((await who.ana.get('/discussions')).text, /<script>alert/);
});

test('one changes one\'s own, its history is open, and a stale change shows both texts', async () => {
	const address = await reply(who.eve, thread, 'First words.');
	assert.equal((await who.ben.get(`${address}/edit`)).status, 404);
	assert.equal((await who.net.get(`${address}/edit`)).status, 404);
	const [form] = forms((await who.eve.get(`${address}/edit`)).text).filter((f) => f.action === `${address}/edit`);
	assert.equal((await who.eve.post(`${address}/edit`, { ...form.hidden, text: 'Second words.', act: 'send' })).status, 303);
	const stale = await who.eve.post(`${address}/edit`, { ...form.hidden, text: 'Third words.', act: 'send' });
	assert.equal(stale.status, 409);
	assert.match(stale.text, /Second words\.[\s\S]*Third words\./);
	const history = (await who.ben.get(`${address}/history`)).text;
	assert.match(history, /Second words\.[\s\S]*First words\./);
	assert.match((await who.ben.get(thread)).text, /changed \d/);
	/* Removed: the text is gone everywhere, the place stays. */
	assert.equal((await post(who.ben, `${address}/delete`, {})).status, 404);
	assert.equal((await who.eve.submit(`${address}/delete`, `${address}/delete`)).status, 303);
	assert.match((await who.ben.get(thread)).text, /Removed by who wrote it/);
	assert.equal((await who.ben.get(`${address}/history`)).status, 404);
	assert.equal((await post(who.eve, `${address}/edit`, { text: 'x', version: '3' })).status, 404);
	assert.equal(sql(dir, `SELECT (SELECT count(*) FROM post WHERE text LIKE '%Second words%') + (SELECT count(*) FROM post_version WHERE markdown LIKE '%words.%')
		+ (SELECT count(*) FROM search_text WHERE body LIKE '%Second words%') + (SELECT count(*) FROM notification WHERE about = '${address.split('/').at(-1)}')`), '0');
});

test('a private group leaves no trace for others, admins too', async () => {
	const address = await begin(who.ana, '/s/newark', secret, 'Quokka plans', 'Quokka words for @Ben Cole');
	const answer = await reply(who.ben, address, 'A quokka answer.');
	assert.match((await who.ben.get('/s/newark/discussions')).text, /Quokka plans/);
	const id = address.split('/').at(-1), strip = (text) => text.replaceAll(/[0-9a-f]{64}|[0-9a-f]{16}/g, '').replaceAll(id, '').replaceAll(nothing, '')
		.replaceAll(secret, 'SLUG').replaceAll('p-0123456789abcdef', 'SLUG').replaceAll(answer.split('/').at(-1), '');
	for (const login of ['cleo', 'dan', 'eve', 'nat', 'net']) {
		for (const where of [address, `${address}/manage`, `${address}/move`, `${address}/split`, `${answer}`, `${answer}/edit`, `${answer}/history`,
			`${answer}/delete`, `${answer}/report`, `${answer}/files`]) {
			const absent = where.replace(id, nothing).replace(answer.split('/').at(-1), nothing);
			const one = await who[login].get(where), other = await who[login].get(absent);
			assert.equal(one.status, 404, `${login} ${where}`);
			assert.equal(strip(one.text), strip(other.text), where);
		}
		for (const [act, fields] of [['reply', { text: 'x', act: 'send' }], ['follow', { follow: 'yes' }], ['manage', { act: 'close' }],
			['move', { group: 'everyone', sure: 'everyone' }], ['split', { title: 'x', post: nothing }]])
			assert.equal((await post(who[login], `${address}/${act}`, fields)).status, 404, `${login} ${act}`);
		for (const [act, fields] of [['edit', { text: 'x' }], ['delete', {}], ['answer', { accept: 'yes' }], ['report', { reason: 'x' }]])
			assert.equal((await post(who[login], `${answer}/${act}`, fields)).status, 404, `${login} ${act}`);
		assert.equal((await post(who[login], '/s/newark/discussions/draft', { place: id, text: 'x' })).status, 404);
		for (const where of ['/s/newark/discussions', '/discussions', '/s/newark/discussions/new', '/s/newark/exchange', '/s/newark/search?q=quokka',
			'/search?q=quokka', `/s/newark/discussions/new?group=${secret}`, '/s/newark/discussions?state=unread'])
			assert.doesNotMatch((await who[login].get(where)).text.replaceAll('q=quokka', '').replaceAll(/value="quokka"|quokka/g, (m) => (where.includes('search') ? '' : m)),
				/quokka (plans|words|answer)|Zanzibar/i, `${login} ${where}`);
		const a = await who[login].get(`/s/newark/discussions?group=${secret}`), b = await who[login].get('/s/newark/discussions?group=p-0123456789abcdef');
		assert.equal(a.status, 404);
		assert.equal(strip(a.text), strip(b.text));
		assert.doesNotMatch(notices(login).join(), /Quokka/);
	}
	/* Its lead pins and removes, and no log tells. */
	assert.equal((await who.ana.submit(`${address}/manage`, `${address}/manage`, { act: 'pin' })).status, 303);
	assert.equal((await who.ana.submit(`${answer}/delete`, `${answer}/delete`)).status, 303);
	assert.doesNotMatch((await who.net.get('/admin/audit')).text + (await who.dan.get('/s/newark/admin/audit')).text,
		new RegExp(`${id}|${answer.split('/').at(-1)}|discussion\\.pin`));
	/* The same thread under another space is not there, and one of another space neither. */
	assert.equal((await who.ana.get(address.replace('/s/newark', '/s/cincinnati'))).status, 404);
	assert.equal((await who.ana.get(`/s/newark${thread}`)).status, 404);
	/* Who has left is told and shown nothing more. */
	sql(dir, `DELETE FROM space_group_member WHERE account_id = '${ids.ben}' AND group_id = (SELECT id FROM space_group WHERE slug = '${secret}')`);
	assert.equal((await who.ben.get(address)).status, 404);
	assert.doesNotMatch((await who.ben.get('/s/newark/discussions')).text, /Quokka/);
});

test('leads pin, close, rename and split; readers do not', async () => {
	const address = await begin(who.eve, '', 'everyone', 'Two things at once');
	const posts = [];
	for (const text of ['About the first.', 'About the second.', 'Also about the second.'])
		posts.push(await reply(who.ana, address, text));
	assert.equal((await who.ana.get(`${address}/manage`)).status, 404);
	assert.equal((await post(who.eve, `${address}/manage`, { act: 'close' })).status, 404);
	const manage = `${address}/manage`;
	assert.equal((await who.nat.submit(manage, manage, { act: 'pin' })).status, 303);
	assert.match((await who.eve.get('/discussions')).text, /Discussions found<\/h2>[\s\S]*?<h3[^>]*><a[^>]*>Two things/);
	const [old] = forms((await who.nat.get(manage)).text).filter((f) => f.hidden.version);
	assert.equal((await who.nat.post(manage, { ...old.hidden, title: 'One thing', act: 'renamed' })).status, 303);
	const stale = await who.nat.post(manage, { ...old.hidden, title: 'Other thing', act: 'renamed' });
	assert.equal(stale.status, 400);
	assert.match(stale.text, /One thing[\s\S]*value="Other thing"/);
	assert.equal((await who.nat.submit(manage, manage, { act: 'explode' })).status, 400);
	const split = `${address}/split`, chosen = posts.slice(1).map((p) => p.split('/').at(-1));
	for (const [fields, words] of [[{ title: '' }, /title of at most/], [{ title: 'T' }, /Choose the posts/],
		[{ title: 'T', post: nothing }, /cannot be split off/]]) {
		const answer = await who.nat.submit(split, split, fields);
		assert.equal(answer.status, 400);
		assert.match(answer.text, words);
	}
	const csrf = await token(who.nat);
	const done = await who.nat.send('POST', split, `csrf=${csrf}&title=The+second&post=${chosen[0]}&post=${chosen[1]}`);
	assert.equal(done.status, 303, done.text.slice(0, 2000));
	const fresh = (await who.eve.get(done.location.split('?')[0])).text;
	assert.match(fresh, /About the second[\s\S]*Also about/);
	assert.match(fresh, new RegExp(`Split off from <a href="${address}">One thing`));
	const left = (await who.eve.get(address)).text;
	assert.doesNotMatch(left, /About the second/);
	assert.match(left, /Split off from here: <a[^>]*>The second/);
	assert.equal((await who.eve.get(posts[1])).location.split(/[?#]/)[0], done.location.split('?')[0], 'the post is found where it is now');
	assert.equal((await who.nat.submit(manage, manage, { act: 'close' })).status, 303);
	assert.match((await who.eve.get(address)).text, /This discussion is closed/);
	const late = await post(who.ana, `${address}/reply`, { text: 'Too late, and kept.', act: 'send' });
	assert.equal(late.status, 400);
	assert.match(late.text, /closed[\s\S]*Too late, and kept\./);
	assert.equal((await who.ana.get(`${posts[0]}/edit`)).status, 409);
	assert.match((await who.net.get('/admin/audit')).text, /discussion\.close/);
});

test('moving says who will read it, and notices and search follow', async () => {
	const address = await begin(who.cleo, '/s/newark', team, 'Platypus matters', 'A platypus.');
	await reply(who.ana, address, 'Another platypus.');
	assert.equal((await who.eve.get(address)).status, 404);
	assert.equal((await who.ana.get(`${address}/move`)).status, 404, 'not a lead');
	const move = `${address}/move`;
	assert.match((await who.cleo.submit(move, move, { group: '' })).text, /Choose a group/);
	const ask = await who.cleo.submit(move, move, { group: 'everyone' });
	assert.equal(ask.status, 200);
	assert.match(ask.text, /will be read by everyone in “Everyone in Newark”: 4 people/);
	assert.equal((await who.eve.get(address)).status, 404, 'asked is not done');
	assert.equal((await post(who.cleo, move, { group: secret, sure: secret })).status, 400, 'not where one does not read');
	assert.equal((await who.cleo.submit(move, move, { group: 'everyone', sure: 'everyone' })).status, 303);
	assert.match((await who.eve.get(address)).text, /Another platypus/);
	const scopes = sql(dir, `SELECT count(DISTINCT scope) || ' ' || min(scope) FROM search_text WHERE body LIKE '%platypus%'`);
	assert.match(scopes, /^1 s:/);
	assert.match(sql(dir, `SELECT min(scope) || max(scope) FROM notification WHERE title LIKE '%Platypus%'`), /^s:[^g]*$/);
});

test('drafts are one\'s own, kept and shown again', async () => {
	const [, id] = /discussions\/(.*)/.exec(thread);
	assert.equal((await post(who.ana, '/discussions/draft', { place: id, text: 'Half a thought' })).status, 204);
	assert.match((await who.ana.get(thread)).text, /What you typed before[\s\S]*>Half a thought<\/textarea>/);
	assert.match((await who.ana.get('/discussions')).text, /Not sent yet[\s\S]*How do you begin/);
	for (const login of ['ben', 'net', 'nat'])
		assert.doesNotMatch((await who[login].get(thread)).text, /Half a thought/);
	assert.equal((await post(who.ana, '/discussions/draft', { place: id, text: 'x'.repeat(20001) })).status, 400);
	assert.equal((await post(who.ana, '/discussions/draft', { place: 'no id', text: 'x' })).status, 404);
	assert.equal((await who.ana.submit(thread, '/discussions/draft/discard')).status, 303);
	assert.doesNotMatch((await who.ana.get(thread)).text, /Half a thought/);
	/* By the button, and gone when it is sent. */
	assert.equal((await who.ana.submit(thread, `${thread}/reply`, { text: 'Kept by hand', act: 'draft' })).status, 303);
	assert.match((await who.ana.get(thread)).text, />Kept by hand<\/textarea>/);
	await reply(who.ana, thread, 'Sent now.');
	assert.doesNotMatch((await who.ana.get(thread)).text, /Kept by hand/);
});

test('files of a post are read by who reads the discussion', async () => {
	const address = await begin(who.ana, '/s/newark', team, 'With a file');
	const csrf = await token(who.ana), mine = await reply(who.ana, address, 'See the file.');
	assert.equal((await who.cleo.get(`${mine}/files`)).status, 404);
	const sent = await upload(who.ana, `${mine}/files`, [{ field: 'file', name: 'agenda.pdf', bytes: pdf(['a'] ), type: 'application/pdf' }], { csrf: 'field', fields: { csrf } });
	assert.equal(sent.status, 303, sent.text?.slice(0, 1500));
	const page = (await who.cleo.get(address)).text, link = /href="([^"]*\/files\/[^"]*agenda\.pdf)"/.exec(page)[1];
	assert.equal((await fetchBytes(who.cleo, link)).status, 200);
	for (const login of ['eve', 'dan', 'net', 'ben', 'nobody'])
		assert.equal((await fetchBytes(who[login], link)).status, 404, login);
	assert.equal((await who.eve.get(`/s/newark${/\/file-pictures\/[^"]*/.exec(page)?.[0] ?? '/file-pictures/' + nothing}`)).status, 404);
	const [, id] = /files\/([^/]*)/.exec(link);
	assert.equal((await post(who.cleo, `/s/newark/files/${id}/remove`, {})).status, 404);
	const dirty = await upload(who.ana, `${mine}/files`, [{ field: 'file', name: 'x.pdf', bytes: Buffer.from('MZ no pdf\0\x01'), type: 'application/pdf' }], { csrf: 'field', fields: { csrf } });
	assert.equal(dirty.status, 400);
	assert.equal((await who.ana.submit(`${mine}/delete`, `${mine}/delete`)).status, 303);
	assert.equal((await fetchBytes(who.cleo, link)).status, 404, 'gone with the post');
});

test('a reported post is looked at by the leads, and who reported it is told', async () => {
	const bad = await reply(who.eve, thread, 'Something rude.'), fine = await reply(who.eve, thread, 'Something fine.');
	assert.match((await who.ben.submit(`${bad}/report`, `${bad}/report`, { reason: ' ' })).text, /Say in a few words/);
	for (const address of [bad, fine])
		assert.equal((await who.ben.submit(`${address}/report`, `${address}/report`, { reason: 'Rude <b>&' })).status, 303);
	assert.equal((await post(who.eve, `${bad}/report`, { reason: 'x' })).status, 404, 'not one\'s own');
	assert.match(notices('nat').join(), /post-report A post in/);
	for (const login of ['ben', 'eve', 'dan'])
		assert.equal((await who[login].get('/discussions/reports')).status, 404, login);
	const queue = (await who.nat.get('/discussions/reports')).text;
	assert.match(queue, /Something rude[\s\S]*Rude &lt;b&gt;&amp;/);
	assert.doesNotMatch(queue.replace(/<header[\s\S]*<\/header>/, ''), /Ben Cole/, 'who reported it is not shown');
	const act = (text, address) => forms(text).find((f) => f.action.includes('/reports/') && text.indexOf(f.action) > text.indexOf(address));
	const one = act(queue, bad), two = act(queue, fine);
	assert.equal((await post(who.ben, one.action, { act: 'removed' })).status, 404);
	assert.equal((await who.nat.post(one.action, { ...one.hidden, act: 'explode' })).status, 400);
	const asked = await who.nat.post(one.action, { ...one.hidden, act: 'removed' });
	assert.equal(asked.status, 200);
	assert.match(asked.text, /name="sure" value="yes"/);
	assert.match((await who.eve.get(thread)).text, /Something rude/, 'asked is not done');
	assert.equal((await who.nat.post(one.action, { ...one.hidden, act: 'removed', sure: 'yes' })).status, 303);
	assert.equal((await who.nat.post(two.action, { ...two.hidden, act: 'kept' })).status, 303);
	assert.equal((await who.nat.post(two.action, { ...two.hidden, act: 'removed' })).status, 409, 'decided once');
	const page = (await who.eve.get(thread)).text;
	assert.doesNotMatch(page, /Something rude/);
	assert.match(page, /Removed by a lead[\s\S]*Something fine/);
	assert.match(notices('ben').join(), /was looked at: the post is removed[\s\S]*was looked at: the post stays/);
	assert.match(notices('eve').join(), /A lead removed your post/);
});

test('a post without a name: nobody is shown who it was, and the database does not hold it', async () => {
	const address = await begin(who.cleo, '/s/newark', quiet, 'What went wrong', 'Say it plainly.');
	await post(who.eve, `${address}/follow`, { follow: 'yes' });
	const before = sql(dir, `SELECT group_concat(account_id) FROM discussion_reader WHERE follows = 1 AND discussion_id = '${address.split('/').at(-1)}' ORDER BY 1`);
	assert.match((await who.dan.get(address)).text, /Without my name/);
	/* No draft of it is kept, whoever asks. */
	assert.doesNotMatch((await who.dan.get(address)).text, /data-draft="[^"]/);
	assert.equal((await post(who.dan, '/s/newark/discussions/draft', { place: address.split('/').at(-1), text: 'I erred.' })).status, 400);
	assert.equal((await who.dan.submit(address, `${address}/reply`, { text: 'I erred.', nameless: 'yes', act: 'draft' })).status, 400);
	const mine = await reply(who.dan, address, 'I erred, and so did @Ana Ruiz.', { nameless: 'yes', files: 'yes' }), id = mine.split('/').at(-1);
	assert.doesNotMatch(mine, /files/, 'no files are asked for');
	assert.equal(id[14], '4', 'the id tells no time');
	for (const login of ['cleo', 'ana', 'eve']) {
		const page = (await who[login].get(address)).text.replace(/<datalist[\s\S]*<\/datalist>/, '');
		assert.match(page, /A member of this group<\/strong>[\s\S]*I erred/);
		assert.doesNotMatch(page, /Dan Ott/, login);
		assert.match(page, new RegExp(`posts/${id}">\\d+ \\w+ \\d{4}<`), 'the day only');
		assert.equal((await who[login].get(`${mine}/edit`)).status, 404);
	}
	/* The author finds it again by the keyed mark, and nobody else. */
	assert.match((await who.dan.get(address)).text, new RegExp(`${id}/edit`));
	assert.equal((await who.dan.get(`${mine}/files`)).status, 404);
	assert.equal((await who.dan.submit(`${mine}/edit`, `${mine}/edit`, { text: 'We erred, @Ana Ruiz too.', act: 'send' })).status, 303);
	/* No row of any table has the post and the account; no audit row says who; the time is that of the day. */
	const dump = sql(dir, `SELECT json_object('p', json_group_array(json_object('author', author_id, 'place', author_place, 'at', at_us % 86400000000,
		'edited', edited_us % 86400000000))) FROM post WHERE id = '${id}'`);
	assert.deepEqual(JSON.parse(dump), { p: [{ author: null, place: null, at: 0, edited: 0 }] });
	const rows = sql(dir, '.dump').split('\nINSERT INTO ').filter((row) => row.includes(id));
	assert.ok(rows.length >= 3);
	for (const row of rows)
		assert.ok(row.startsWith('notification') || !row.includes(ids.dan), row);
	assert.equal(sql(dir, `SELECT group_concat(account_id) FROM discussion_reader WHERE follows = 1 AND discussion_id = '${address.split('/').at(-1)}' ORDER BY 1`), before,
		'who writes without a name does not follow by that');
	assert.doesNotMatch(server.stderr, new RegExp(`${id}|${ids.dan}`), 'the log neither');
	/* All are told alike, the author if they follow too. */
	while (!notices('ana').some((line) => /A member of the group mentioned you/.test(line)))
		await who.nobody.get('/healthz');
	assert.match(notices('eve').join(), /A member of the group answered in “What went wrong”/);
	/* It cannot be moved elsewhere. */
	assert.match((await who.cleo.submit(`${address}/move`, `${address}/move`, { group: 'everyone', sure: 'everyone' })).text, /cannot be moved/);
	/* Taken back. */
	assert.equal((await who.dan.submit(`${mine}/delete`, `${mine}/delete`)).status, 303);
	assert.match((await who.ana.get(address)).text, /Removed by who wrote it/);
	assert.equal(sql(dir, `SELECT mark IS NULL FROM post WHERE id = '${id}'`), '1');
	assert.equal(fs.statSync(path.join(dir, 'commonweal.files', '.unattributed-key')).mode & 0o777, 0o600);
});

test('an answer by mail stands under the name, where its writer still reads', async () => {
	const sent = [];
	let said = '';
	const answer = (login, about, text) => {
		const code = `abcdefghijklmnopqrstuvwxy${'abcdef'[sent.length]}`;
		sql(dir, `INSERT INTO reply_token (token_hash, account_id, kind, about, expires_us) VALUES ('${crypto.createHash('sha256').update(code).digest('hex')}',
			'${ids[login]}', 'post', '${about}', ${(Date.now() + 3600000) * 1000})`);
		sent.push(code);
		const done = commonweal(dir, ['receive'], { ...fast, ...mail }, ['Authentication-Results: mx.example.org; dmarc=pass header.from=city.example.org',
			`From: <${login}@city.example.org>`, `To: reply+${code}@network.example.org`, `Message-ID: <${code}@city.example.org>`, 'Subject: Re: x', '',
			text, '', 'On Tue, Network wrote:', '> ## Write your answer above this line ##', '> Hello', ''].join('\r\n'));
		assert.equal(done.status, 0, done.stderr);
		said += done.stdout + done.stderr;
	};
	const id = thread.split('/').at(-1);
	const until = async (sought, most = Date.now() + 20000) => {
		while (!sought((await who.eve.get(thread)).text)) {
			assert.ok(Date.now() < most, said + sql(dir, "SELECT kind, state, problem, about FROM job WHERE kind <> 'attachment'"));
			await who.nobody.get('/healthz');
		}
	};
	answer('ben', id, 'Written on the train to @Ana Ruiz, <b>plain</b>.');
	await until((text) => /Written on the train/.test(text));
	const page = (await who.eve.get(thread)).text;
	assert.match(page, /Ben Cole<\/strong><span class="post__place">Cincinnati<\/span>(?:(?!<article)[\s\S])*Written on the train/);
	assert.doesNotMatch(page, /<b>plain|above this line/);
	assert.match(page, /Mentions Ana Ruiz/);
	/* Of a discussion that is hidden from them, or closed, nothing is taken; the next one shows that both were dealt with. */
	const hidden = sql(dir, `SELECT d.id FROM discussion d JOIN space_group g ON g.id = d.group_id WHERE g.slug = '${secret}'`).split('\n')[0];
	const before = sql(dir, `SELECT count(*) FROM post WHERE discussion_id = '${hidden}'`);
	answer('eve', hidden, 'Let me in.');
	answer('eve', nothing, 'Is there anybody?');
	answer('ben', id, 'The last word.');
	await until((text) => /The last word/.test(text));
	assert.equal(sql(dir, `SELECT count(*) FROM post WHERE discussion_id = '${hidden}'`), before);
});

test('a long discussion is shown by pages, from where one was', async () => {
	const address = await begin(who.ana, '', 'everyone', 'A long one', 'Number 1');
	const id = address.split('/').at(-1);
	assert.equal((await who.ben.get(address)).status, 200);
	sql(dir, `BEGIN; INSERT INTO post (id, discussion_id, num, author_id, markdown, html, text, at_us) WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL
		SELECT i + 1 FROM n WHERE i < 180) SELECT printf('01900000-0000-7000-8000-%012x', i), '${id}', i, '${ids.ana}', 'Number ' || i,
		'<p>Number ' || i || '</p>', 'Number ' || i, 1764000000000000 + i FROM n; UPDATE discussion SET posts = 180, last_num = 180 WHERE id = '${id}'; COMMIT;`);
	const here = (await who.ben.get(address)).text;
	assert.match(here, /Number 1<[\s\S]*New from here[\s\S]*Number 2</);
	const last = /href="([^"]*)">Last posts/.exec(here)[1].replaceAll('&amp;', '&');
	const end = (await who.ana.get(last)).text;
	assert.match(end, /Number 131<[\s\S]*Number 180</);
	assert.doesNotMatch(end, /Number 130<|Later posts/);
	assert.match((await who.ana.get(`${address}?from=9999`)).text, /Number 180</);
	assert.equal((await who.ana.get(`${address}?from=0`)).status, 400);
	assert.match((await who.ana.get('/discussions/posts/01900000-0000-7000-8000-000000000064')).location, /from=100#post-/);
	assert.equal((await who.ben.submit('/discussions', '/discussions/seen')).status, 303);
	assert.match((await who.ben.get('/discussions?state=unread')).text, /No discussion is like that/);
});
