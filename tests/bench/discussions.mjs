// SPDX-License-Identifier: GPL-3.0-or-later
/* Is a discussion of ten thousand posts as quick as one of a hundred? Pages of both
 * are asked in turn in one run, so that noise meets both; what counts is the ratio.
 *   node tests/bench/discussions.mjs [--quick] */
import { enter, fast, forms, person } from '../support/client.mjs';
import { sql } from '../support/drafts.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

const rounds = process.argv.includes('--quick') ? 30 : 200;
const sizes = { small: 100, large: 10000 };
const dir = temporary();
const median = (list) => list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)];

commonweal(dir, ['import', fixtures], fast);
const ana = person(dir, 'ana', { roles: { newark: 'reader' }, flags: ['--name=Ana Ruiz'] });
person(dir, 'ben', { roles: { cincinnati: 'reader' }, flags: ['--name=Ben Cole'] });
const server = await Server.start({ dir, content: null, env: fast });
const writer = await enter(server, 'ana'), reader = await enter(server, 'ben');
const csrf = async (client) => forms((await client.get('/account')).text).find((f) => f.hidden.csrf).hidden.csrf;
const tokens = { writer: await csrf(writer), reader: await csrf(reader) };

async function begin(title, posts) {
	const answer = await writer.post('/discussions/new', { csrf: tokens.writer, group: 'everyone', title, text: 'The first.', act: 'send' });
	const id = /discussions\/([0-9a-f-]{36})\?/.exec((await writer.get(answer.location)).location)[1];
	sql(dir, `BEGIN; INSERT INTO post (id, discussion_id, num, author_id, author_place, markdown, html, text, at_us) WITH RECURSIVE n (i) AS
		(SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ${posts}) SELECT substr('${id}', 1, 24) || printf('%012x', i), '${id}', i, '${ana}', 'Newark',
		'Post ' || i || ' says what we did.', '<p>Post ' || i || ' says what we did.</p>', 'Post ' || i || ' says what we did.', 1764000000000000 + i
		FROM n; UPDATE discussion SET posts = ${posts}, last_num = ${posts} WHERE id = '${id}'; COMMIT;`);
	return { address: `/discussions/${id}`, posts };
}

async function time(work) {
	const began = process.hrtime.bigint();
	const answer = await work();
	if (answer.status >= 400)
		throw new Error(`${answer.status}: ${answer.text.slice(0, 1000)}`);
	return Number(process.hrtime.bigint() - began) / 1e6;
}

const threads = Object.fromEntries(await Promise.all(Object.entries(sizes).map(async ([name, posts]) => [name, await begin(`A ${name} one`, posts)])));
const asks = {
	'the first page': ({ address }) => reader.get(`${address}?from=1`),
	'a page in the middle': ({ address, posts }) => reader.get(`${address}?from=${Math.floor(posts / 2) - 25}`),
	'the last page': ({ address, posts }) => reader.get(`${address}?from=${posts - 49}`),
	'an answer': ({ address }) => writer.post(`${address}/reply`, { csrf: tokens.writer, text: 'One more.', act: 'send' }),
};
console.log(`milliseconds, median of ${rounds}            ${Object.values(sizes).map((n) => `${n} posts`).join('  ')}  ratio`);
for (const [name, ask] of Object.entries(asks)) {
	const taken = { small: [], large: [] };
	for (let i = 0; i < rounds + 3; i++)
		for (const size of Object.keys(sizes)) {
			const ms = await time(() => ask(threads[size]));
			if (i >= 3) /* the first ones warm up */
				taken[size].push(ms);
		}
	const [small, large] = [median(taken.small), median(taken.large)];
	console.log(`${name.padEnd(40)} ${small.toFixed(2).padStart(9)} ${large.toFixed(2).padStart(12)}  ${(large / small).toFixed(2)}`);
}
/* Ten thousand discussions: the list that everyone begins with. */
sql(dir, `INSERT INTO discussion (id, group_id, title, opener_id, opened_us, last_us, posts, last_num) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL
	SELECT i + 1 FROM n WHERE i < 10000) SELECT printf('01900000-0000-7000-9000-%012x', i), (SELECT id FROM space WHERE slug = 'national'),
	'Discussion ' || i, '${ana}', i, i, 1, 1 FROM n`);
const list = [];
for (let i = 0; i < rounds; i++)
	list.push(await time(() => reader.get('/discussions')));
console.log(`the list of 10,000 discussions           ${median(list).toFixed(2).padStart(9)}`);
await server.end();
