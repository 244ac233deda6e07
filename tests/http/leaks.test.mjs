// SPDX-License-Identifier: GPL-3.0-or-later
/* The leak hunt. One network twice, from one copy: in the second, people make a
 * private group and write in it whatever its pages have forms for. Then every page
 * of every feature is asked as each kind of outsider, in both, and every byte that
 * differs is a leak: pages, feeds, search, suggestions, counts, redirects, errors,
 * administration, and the answers to whatever the group's own forms send. Routes
 * come from the program, examples from the matrix, the hidden addresses and forms
 * from the members' own pages, so that a new feature is hunted without a word here. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { commonweal, fixtures, Server, temporary, top } from '../support/server.mjs';
import { receiver } from '../support/smtp.mjs';

const nothing = '01890000-0000-7000-8000-0000000000ff', secret = 'zanzibar', home = '/s/cincinnati';
const outsiders = { nobody: null, stranger: {}, reader: { cincinnati: 'reader' }, chief: { cincinnati: 'space-admin' },
	newark: { newark: 'space-admin' }, office: { national: 'space-admin' }, network: {} };
const insiders = { inside1: { cincinnati: 'editor' }, inside2: { newark: 'reader' }, former: { cincinnati: 'reader' } };
const worlds = {}; /* without, with: { server, mail, as } */
let routes, hidden, made;

/* ---- the network, twice ---- */

async function world(dir, sessions, port) {
	const mail = await receiver();
	const server = await Server.start({ dir, content: null, env: fast, args: [`--mail-server=smtp://127.0.0.1:${mail.port}`, '--mail-from=net@example.org',
		`--public-origin=http://127.0.0.1:${port}`, '--people-index-interval=1h'] });
	const as = {};
	for (const [name, cookies] of Object.entries(sessions)) {
		/* The host of the first, so that addresses on pages are the same. */
		as[name] = new Client(server, { host: `127.0.0.1:${port}` });
		as[name].cookies = new Map(cookies);
	}
	return { server, mail, as, dir };
}

before(async () => {
	const dir = temporary(), sessions = {};
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	for (const [name, roles] of Object.entries({ ...outsiders, ...insiders })) {
		if (!roles)
			continue;
		const id = person(dir, name, { roles, flags: [`--email=${name}@people.example`, ...(name === 'network' ? ['--network-admin'] : [])] });
		insiders[`id of ${name}`] = id;
	}
	routes = JSON.parse(commonweal(dir, ['routes'], fast).stdout);
	const first = await Server.start({ dir, content: null, env: fast });
	for (const name of Object.keys({ ...outsiders, ...insiders }).filter((one) => !one.startsWith('id of')))
		sessions[name] = name === 'nobody' ? [] : [...(await enter(first, name)).cookies];
	/* One who may be invited from elsewhere shows a name to the network, in both worlds. */
	for (const name of ['inside2', 'former']) {
		const client = new Client(first), at = `/s/${name === 'former' ? 'cincinnati' : 'newark'}/people/me`;
		client.cookies = new Map(sessions[name]);
		const see = Object.fromEntries([...(await client.get(at)).text.matchAll(/name="(see_[a-z]+)"/g)].map((m) => [m[1], 'network']));
		assert.equal((await client.submit(at, at, see)).status, 303);
	}
	assert.equal((await first.stop()).code, 0);
	const copy = temporary();
	fs.cpSync(dir, copy, { recursive: true });
	[worlds.without, worlds.with] = await Promise.all([world(dir, sessions, first.port), world(copy, sessions, first.port)]);
	made = await makeHidden();
});
after(async () => {
	for (const one of Object.values(worlds)) {
		assert.equal((await one.server.end()).code, 0);
		await one.mail.end();
	}
});

/* ---- what members do ---- */

const unescape = (s) => s.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const attribute = (tag, name) => {
	const m = new RegExp(`\\s${name}="([^"]*)"`).exec(tag);
	return m ? unescape(m[1]) : null;
};

/* The forms of a page that are posted: { action, fields: [{ name, kind, value, options }] }. */
function postForms(html) {
	return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].filter(([, head]) => /method="post"/.test(head)).map(([, head, body]) => {
		const fields = [];
		for (const [, tag] of body.matchAll(/<input([^>]*)>/g))
			if (attribute(tag, 'name'))
				fields.push({ name: attribute(tag, 'name'), kind: attribute(tag, 'type') ?? 'text', value: attribute(tag, 'value') ?? '', checked: / checked="/.test(tag), needed: / required="/.test(tag) });
		for (const [, tag, inner] of body.matchAll(/<select([^>]*)>([\s\S]*?)<\/select>/g))
			fields.push({ name: attribute(tag, 'name'), kind: 'select', options: [...inner.matchAll(/<option([^>]*)>/g)].map((m) => ({ value: attribute(m[1], 'value'), selected: / selected="/.test(m[1]) })) });
		for (const [, tag, inner] of body.matchAll(/<textarea([^>]*)>([\s\S]*?)<\/textarea>/g))
			fields.push({ name: attribute(tag, 'name'), kind: 'textarea', value: unescape(inner).trim() });
		for (const [, tag] of body.matchAll(/<button([^>]*)>/g))
			if (attribute(tag, 'name'))
				fields.push({ name: attribute(tag, 'name'), kind: 'button', value: attribute(tag, 'value') ?? '' });
		return { action: attribute(head, 'action'), upload: /multipart/.test(head), fields };
	});
}

const soon = new Date(Date.now() + 20 * 86400000).toISOString().slice(0, 10);
/* A form as someone would fill it in who means the hidden group. */
function filled(form, group, all = false) {
	const pairs = [], radios = new Set();
	for (const f of form.fields) {
		if (f.kind === 'select') {
			const own = f.options.find((o) => [group.slug, group.id].includes(o.value));
			pairs.push([f.name, (own ?? f.options.find((o) => o.selected && o.value) ?? f.options.find((o) => o.value) ?? f.options[0])?.value ?? '']);
		} else if (['radio', 'checkbox'].includes(f.kind)) {
			if (f.kind === 'checkbox' ? f.checked : !radios.has(f.name) && (f.checked || [group.slug, group.id].includes(f.value) || !form.fields.some((o) => o.name === f.name && o.checked)))
				pairs.push([f.name, f.value]);
			radios.add(f.name);
		} else if (f.kind === 'button') {
			if (!pairs.some(([name]) => name === f.name))
				pairs.push([f.name, f.value]);
		} else if (f.kind === 'hidden') {
			pairs.push([f.name, f.value]);
		} else if (f.kind === 'text' && !f.needed && !f.value && !all) {
			pairs.push([f.name, '']);
		} else {
			const late = /end|until|till|close/.test(f.name), days = { date: soon, 'datetime-local': `${soon}T${late ? 12 : 10}:00`, time: late ? '12:00' : '10:00', month: soon.slice(0, 7), number: '5', email: 'zanzibar@people.example', url: 'https://zanzibar.example/' };
			pairs.push([f.name, f.value || (days[f.kind] ?? (/date|day|due/.test(f.name) ? soon : /time|begin|end/.test(f.name) ? '10:00' : /minutes/.test(f.name) ? '5' : `${secret} ${f.name}`))]);
		}
	}
	return pairs;
}

const exchange = /^(\/s\/[a-z0-9-]+)?\/(groups|discussions|sessions|help|plans|peers|exchange|visits|me)\b/;
const quiet = /(sign-out|leave|close|remove|delete|withdraw|decline|revoke|discard|cancel|move|split|archive|undo|theme|members\/|\/edit|\/draft|export|answer$)/;

/* Pages of the exchange that can be reached from there, as that person: path -> text. */
async function reach(client, starts, most = 150) {
	const seen = new Map(), queue = [...starts];
	while (queue.length && seen.size < most) {
		const target = queue.shift();
		if (seen.has(target))
			continue;
		const answer = await client.get(target);
		seen.set(target, answer.text);
		if (answer.status !== 200)
			continue;
		for (const [, link] of answer.text.matchAll(/\shref="([^"#]*)/g)) {
			const url = unescape(link);
			if (exchange.test(url) && !/[?&](page|done|sort)=/.test(url) && !quiet.test(url))
				queue.push(url);
		}
	}
	return seen;
}

const uuids = (text) => text.match(/[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}/g) ?? [];

/* Where everything of a group can be reached from. */
const startsOf = (slug) => [`${home}/groups/${slug}`, ...['discussions', 'sessions', 'help', 'visits', 'plans', 'peers', 'exchange'].flatMap((one) =>
	[`${home}/${one}?group=${slug}`, `${home}/${one}/new?group=${slug}`]), '/me', `${home}/me`, `${home}/groups`, '/groups'];

async function makeHidden() {
	const { as } = worlds.with;
	const begun = await as.inside1.submit(`${home}/groups/new`, `${home}/groups/new`, { name: `${secret} group`, purpose: `${secret} purpose`, kind: 'private' });
	assert.equal(begun.status, 303);
	const slug = /groups\/([a-z0-9-]+)/.exec(begun.location)[1], group = `${home}/groups/${slug}`;
	const inviteTo = async (name) => {
		const form = forms((await as.inside1.get(`${group}/add?q=${name}`)).text).find((f) => f.hidden.account);
		assert.equal((await as.inside1.post(`${group}/add`, form.hidden)).status, 303);
		const action = forms((await as[name].get('/groups/invitations')).text).find((f) => f.action.includes('/invitations/')).action;
		assert.equal((await as[name].submit('/groups/invitations', action, { answer: 'accept' })).status, 303);
		return action;
	};
	const id = uuids(await inviteTo('inside2'))[0];
	/* Was in it, and is an outsider now. */
	await inviteTo('former');
	const member = `${group}/members/${insiders['id of former']}`;
	assert.equal((await as.inside1.submit(member, member, { act: 'remove' })).status, 303);
	/* Whatever forms the members' pages have, of each feature: twice round, so that what was made gets its own. */
	const of = { slug, id }, sent = new Map();
	const starts = startsOf(slug);
	let pages = new Map();
	for (const round of [0, 1]) {
		pages = await reach(as.inside1, starts);
		for (const text of pages.values())
			for (const form of postForms(text)) {
				/* Of the group, or of something made in it: nothing else is there that has an id. */
				const about = form.action.includes(slug) || uuids(form.action).length || form.fields.some((f) => [slug, id].includes(f.value) || f.options?.some((o) => [slug, id].includes(o.value)));
				if (!about || !exchange.test(form.action) || form.upload || sent.has(form.action) || quiet.test(form.action) || form.action.endsWith('/groups/new'))
					continue;
				let answer = await as.inside1.send('POST', form.action, new URLSearchParams(filled(form, of)).toString());
				if (answer.status === 400) /* what may be left out is asked for here */
					answer = await as.inside1.send('POST', form.action, new URLSearchParams(filled(form, of, true)).toString());
				sent.set(form.action, `${round}: ${answer.status} ${/role="alert"[^]*?<\/div>/.exec(answer.text)?.[0] ?? ''}`);
			}
	}
	pages = await reach(as.inside1, starts);
	/* What is there in the other world too is no secret. */
	const plain = await reach(worlds.without.as.inside1, starts), open = new Set([...plain].flatMap(([target, text]) => uuids(target + text)));
	open.delete(id);
	return { slug, id, group, pages, sent, plain, secret: (text) => text.includes(slug) || uuids(text).some((one) => !open.has(one)) };
}

/* ---- the comparison ---- */

/* Of what is about the request or the clock, and of nothing else. */
function shape({ status, headers, text }) {
	const kept = Object.fromEntries(Object.entries(headers).filter(([name]) => !['date', 'x-request-id', 'content-length', 'etag', 'last-modified', 'connection', 'keep-alive'].includes(name)));
	const today = new Date(), month = today.toLocaleString('en-US', { month: 'long', timeZone: 'UTC' });
	return JSON.stringify({ status, kept, text }).replaceAll(headers['x-request-id'] ?? '-', 'REQUEST').replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH').replaceAll(/\b[0-9a-f]{16}\b/g, 'REQUEST')
		.replaceAll(new RegExp(`\\d{1,2} ${month} ${today.getUTCFullYear()}, \\d\\d:\\d\\d UTC`, 'g'), 'NOW')
		.replaceAll(new RegExp(`${today.toISOString().slice(0, 10)}T[0-9:.]+Z`, 'g'), 'NOW');
}

const found = [];
let compared = 0;
async function same(who, what, ask) {
	/* What is noted aside is in the log once this is answered. */
	if (what.includes('/admin'))
		await Promise.all(Object.values(worlds).map((one) => one.as.network.get('/admin/audit')));
	const [a, b] = await Promise.all([ask(worlds.without.as[who]), ask(worlds.with.as[who])]);
	compared++;
	const [x, y] = [shape(a), shape(b)];
	if (x === y)
		return;
	let i = 0;
	while (x[i] === y[i])
		i++;
	found.push(`${who}: ${what}: ${a.status}/${b.status} ...${x.slice(Math.max(0, i - 60), i + 120)}... but ...${y.slice(Math.max(0, i - 60), i + 120)}...`);
}

/* The examples of the matrix, without running it. */
function examples() {
	const text = fs.readFileSync(path.join(top, 'tests/http/matrix.test.mjs'), 'utf8');
	const begin = text.indexOf('const examples = {'), end = text.indexOf('\n};', begin);
	// eslint-disable-next-line no-new-func
	return new Function('nothing', 'draft', 'mayPublish', `${text.slice(begin, end)}\n}; return examples;`)(nothing, { path: { id: nothing } }, () => false);
}

/* A public record of that type: [space, slug]. */
function record(type) {
	for (const space of ['cincinnati', 'national'])
		for (const file of fs.existsSync(path.join(fixtures, space, type)) ? fs.readdirSync(path.join(fixtures, space, type)) : [])
			if (/audience="public"/.test(fs.readFileSync(path.join(fixtures, space, type, file), 'utf8')))
				return { space, slug: path.basename(file, '.xml') };
	return { space: 'national', slug: 'none' };
}

function* everyGet() {
	const known = examples();
	for (const route of routes.filter((one) => one.methods.includes('GET') && one.role !== 'operator')) {
		const example = known[`GET ${route.pattern}`];
		const of = example?.record ? record(example.record) : {};
		const values = { type: example?.record, id: nothing, number: 1, ...of, ...example?.path };
		const target = route.pattern.replaceAll(/\{(\w+):(\w+)\}/g, (_, name, type) =>
			typeof values[name] === 'string' || typeof values[name] === 'number' ? values[name] : type === 'id' ? nothing : 'none');
		for (const query of new Set([example?.query ?? '', ...(route.query ?? []).map(({ name }) => (typeof name === 'string' && ['group', 'q', 'about', 'space'].includes(name) ?
			`${name}=${name === 'group' ? made.slug : name === 'q' ? secret : name === 'about' ? made.id : 'cincinnati'}` : ''))]))
			for (const base of of.space && of.space !== 'national' ? [`/s/${of.space}`] : ['', home])
				yield base + (target === '/' && base ? '' : target) + (query ? `?${query}` : '');
	}
}

/* ---- the tests ---- */

test('the members have what the others are not to see', () => {
	const all = [...made.pages.values()].join('\n');
	assert.match(all, new RegExp(`${secret} group`));
	for (const [route, sign] of [['/discussions/new', `${home}/discussions/new`], ['/sessions/new', `${home}/sessions/new`]])
		if (routes.some((one) => one.pattern === route))
			assert.ok([...made.sent.keys()].some((action) => action.startsWith(sign)), `nothing was sent to ${route}: ${[...made.sent.keys()]}`);
	/* Of each feature there is a page of its own, about what was made. */
	for (const part of ['discussions', 'sessions'].filter((one) => routes.some((route) => route.pattern === `/${one}/new`)))
		assert.ok([...made.pages].some(([target, text]) => target.includes(`/${part}/`) && uuids(target).length && text.includes(secret)),
			`nothing in ${part}: ${[...made.pages.keys()].join(' ')} ${JSON.stringify([...made.sent])}`);
	if (process.env.SHOW)
		console.log([...made.pages.keys()], [...made.sent]);
});

test('who looks is who it should be', async () => {
	for (const [who, target] of [['network', '/admin/audit'], ['chief', `${home}/admin/audit`], ['newark', '/s/newark/admin/audit'], ['office', '/admin'], ['reader', `${home}/groups`], ['former', `${home}/groups`]])
		for (const one of Object.values(worlds))
			assert.equal((await one.as[who].get(target)).status, 200, `${who}: ${target}`);
});

test('every page, as every kind of outsider, is the same byte for byte', { timeout: 120000 }, async () => {
	const targets = [...new Set(everyGet())].filter((target) => !/\/hand-over\/|\/sign-in\/(code|second-factor)/.test(target));
	assert.ok(targets.length > 150, `${targets.length}`);
	/* One of each kind; all of them ask for what is hidden, below. */
	for (const who of ['nobody', 'reader', 'chief', 'newark', 'network', 'former'])
		for (const target of targets)
			await same(who, `GET ${target}`, (client) => client.get(target));
	assert.deepEqual(found.splice(0).slice(0, 15), []);
});

test('the hidden addresses themselves answer as where nothing is', async () => {
	hidden = [...made.pages.keys()].filter(made.secret);
	assert.ok(hidden.length >= 5, `${hidden.length}`);
	for (const who of [...Object.keys(outsiders), 'former'])
		for (const target of hidden)
			await same(who, `GET ${target}`, (client) => client.get(target));
	assert.deepEqual(found.splice(0).slice(0, 15), []);
});

test('what the group\'s forms send is answered alike, from outside', async () => {
	const all = [...made.pages.values()].flatMap(postForms).filter((form) => exchange.test(form.action) && !form.upload &&
		[form.action, ...form.fields.flatMap((f) => [f.value, ...(f.options ?? []).map((o) => o.value)])].some((v) => v && made.secret(v)));
	const once = [...new Map(all.map((form) => [form.action, form])).values()];
	assert.ok(once.length >= 2);
	for (const who of [...Object.keys(outsiders), 'former'].filter((one) => one !== 'nobody')) {
		const token = forms((await worlds.with.as[who].get('/groups')).text).find((f) => f.hidden.csrf).hidden.csrf;
		for (const form of once) {
			const body = new URLSearchParams(filled(form, made).map(([name, v]) => [name, name === 'csrf' ? token : v])).toString();
			await same(who, `POST ${form.action}`, (client) => client.send('POST', form.action, body));
		}
	}
	assert.deepEqual(found.splice(0).slice(0, 15), []);
});

test('after all that: administration, lists and searches are still the same, and nobody outside has mail', async () => {
	for (const who of [...Object.keys(outsiders), 'former'])
		for (const target of ['/admin', '/admin/audit', '/admin/audit?action=group.', '/admin/jobs', '/admin/jobs?state=done', '/admin/people', `${home}/admin`, `${home}/admin/audit`, `${home}/admin/people`, '/groups', `${home}/groups`,
			'/people', `${home}/people`, `/api/v1/suggest?q=${secret}`, `/search?q=${secret}`, `${home}/search?q=${secret}`, `${home}/search/texts?q=${secret}`, `/search/texts?q=${secret}`, `/search.atom?q=${secret}`,
			'/feed.atom', '/sitemap.xml', '/me', `${home}/me`, `${home}/exchange`, `${home}/discussions?group=${made.slug}`, `${home}/sessions?group=${made.slug}`])
			await same(who, `GET ${target}`, (client) => client.get(target));
	assert.deepEqual(found.splice(0).slice(0, 15), []);
	for (const one of Object.values(worlds))
		for (const message of one.mail.messages())
			for (const name of Object.keys(outsiders))
				assert.ok(!message.includes(`${name}@people.example`), message.slice(0, 500));
	assert.ok(compared > 1500, `${compared}`);
});
