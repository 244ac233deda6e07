// SPDX-License-Identifier: GPL-3.0-or-later
/* Indicators: entry, files, corrections, own view; and that no figure is seen outside its space. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { enter, fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { upload as sendFile } from '../support/files.mjs';
import { receiver } from '../support/smtp.mjs';
import { get } from './helpers.mjs';

const dir = temporary();
let server;
let writer;
let reader;
let other;
let staff;
let admin;

before(async () => {
	server = await Server.start({ dir, env: fast });
	person(dir, 'writer', { roles: { cincinnati: 'contributor' } });
	person(dir, 'reader', { roles: { cincinnati: 'reader' } });
	person(dir, 'other', { roles: { newark: 'editor' } });
	person(dir, 'staff', { roles: { national: 'editor' } });
	person(dir, 'admin', { flags: ['--network-admin'] });
	writer = await enter(server, 'writer'); /* one after the other: passwords are checked by few at a time */
	reader = await enter(server, 'reader');
	other = await enter(server, 'other');
	staff = await enter(server, 'staff');
	admin = await enter(server, 'admin');
});
after(async () => {
	await server.end();
});

const page = '/s/cincinnati/indicators';
const enterPage = (period) => `${page}/enter?period=${period}`;
const send = (who, period, fields) => who.submit(enterPage(period), `${page}/enter`, fields);
/* Is one of these figures in the page? Ids and tokens are no figures. */
const shows = (text, ...figures) => figures.some((f) => new RegExp(`\\b${f}\\b`).test(text.replaceAll(/[\w-]{16,}/g, '')));
const rows = (text) => [...text.matchAll(/<tr>([\s\S]*?)<\/tr>/g)].map((m) => m[1].replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ').trim());

test('a month is entered, seen by members, and by nobody else', async () => {
	assert.match((await writer.get(page)).text, /No figures yet/);
	const saved = await send(writer, '2026-01', { v_homicides: '7317', v_shootings: ' 1,204 ' });
	assert.equal(saved.status, 400, 'more than a month may have');
	assert.match(saved.text, /7317 is more than the 1000/);
	assert.match(saved.text, /name="v_shootings" type="text" inputmode="numeric" value="1,204"/, 'what was typed is kept');
	const good = await send(writer, '2026-01', { v_homicides: '731', v_shootings: '1204', 'v_group-homicides': '0' });
	assert.equal(good.status, 303);
	assert.match((await writer.get(good.location)).text, /3 figures are saved/);
	for (const who of [writer, reader]) {
		assert.match((await who.get(page)).text, /<strong>731<\/strong> in January 2026/);
		assert.match((await who.get(`${page}/homicides/figures.csv`)).text, /"2026-01","731",/);
		assert.ok(shows((await who.get(page)).text, '731'));
	}
	assert.equal((await reader.get(enterPage('2026-01'))).status, 404);
	const absent = await other.get(`${page}/nothing/there`);
	for (const who of [other, staff, admin])
		for (const address of [page, `${page}/homicides`, `${page}/homicides/figures.csv`, enterPage('2026-01'), `${page}/corrections`,
			`${page}/completeness`, `${page}/upload`, `${page}/form.csv`]) {
			const answer = await who.get(address);
			assert.equal(answer.status, 404, address);
			assert.ok(!shows(answer.text, '731', '1204'), address);
			assert.equal(/<h1>([^<]*)/.exec(answer.text)[1], /<h1>([^<]*)/.exec(absent.text)[1]);
		}
	assert.equal((await get(server.port, page)).status, 404);
	const network = await staff.get('/indicators/completeness');
	assert.equal(network.status, 200);
	assert.match(network.text, /Cincinnati/);
	assert.ok(!shows(network.text, '731', '1204'), 'the office sees that, not what');
});

test('a form of another person is refused in another space', async () => {
	const stolen = await other.submit('/s/newark/indicators/enter?period=2026-01', '/s/newark/indicators/enter', { v_homicides: '1' });
	assert.equal(stolen.status, 303);
	const { text } = await other.get('/s/newark/indicators/enter?period=2026-01');
	const csrf = /name="csrf" value="([^"]*)"/.exec(text)[1];
	const answer = await other.post(`${page}/enter`, { csrf, period: '2026-01', v_homicides: '2', was_homicides: '731', why_homicides: 'x' });
	assert.equal(answer.status, 404);
	assert.match((await reader.get(page)).text, /<strong>731<\/strong> in January 2026/);
});

test('corrections ask why and keep the old figure; arithmetic is checked', async () => {
	const why = await send(writer, '2026-01', { v_homicides: '12' });
	assert.equal(why.status, 422);
	assert.match(why.text, /This corrects 731\. Please say why\./);
	assert.match(why.text, /href="#why_homicides"/);
	const parts = await send(writer, '2026-01', { v_homicides: '12', why_homicides: 'typing', 'v_group-homicides': '13', 'why_group-homicides': 'x' });
	assert.equal(parts.status, 400);
	assert.match(parts.text, /Group-involved homicides cannot be more than Homicides: 13 and 12/);
	assert.equal((await send(writer, '2026-01', { v_homicides: '12', why_homicides: 'a typing <error>' })).status, 303);
	const list = await reader.get(`${page}/corrections`);
	assert.match(list.text, /Homicides, January 2026/);
	assert.match(list.text, /a typing &lt;error&gt;/);
	assert.ok(rows(list.text).some((r) => /731 12 a typing/.test(r)), list.text);
	assert.equal((await send(writer, '2026-01', { v_shootings: '', why_shootings: 'counted twice' })).status, 303, 'a figure can be removed');
	assert.ok(rows((await reader.get(`${page}/corrections`)).text).some((r) => /1204 removed counted twice/.test(r)));
});

test('two people at once: the second is told', async () => {
	const form = (await writer.get(enterPage('2026-02'))).text;
	const csrf = /name="csrf" value="([^"]*)"/.exec(form)[1];
	assert.equal((await send(writer, '2026-02', { v_homicides: '4' })).status, 303);
	const late = await writer.post(`${page}/enter`, { csrf, period: '2026-02', v_homicides: '6', was_homicides: '' });
	assert.equal(late.status, 400);
	assert.match(late.text, /Someone else entered 4 in the meantime/);
	assert.match(late.text, /name="v_homicides"[^>]*value="6"/);
	/* What the other entered and this person did not touch is no conflict. */
	const same = await writer.post(`${page}/enter`, { csrf, period: '2026-02', v_homicides: '4', was_homicides: '', v_shootings: '9' });
	assert.equal(same.status, 303);
});

test('bad periods and what is not over', async () => {
	for (const bad of ['2026-13', 'soon', '1500', '2026-1'])
		assert.equal((await writer.get(enterPage(bad))).status, 400, bad);
	const future = await send(writer, '2099-01', { v_homicides: '1' });
	assert.equal(future.status, 400);
	assert.match(future.text, /January 2099 is not over yet/);
});

const upload = (who, csv, more = {}) => who.submit(`${page}/upload`, `${page}/upload`, { csv, ...more });

test('a file is shown before it is taken, all or nothing', async () => {
	const csv = 'period,homicides,shootings\r\n2025-01,3,11\r\n2025-02,4,9\r\n2026-01,13,\r\n'; /* as browsers send it */
	const shown = await upload(writer, csv);
	assert.equal(shown.status, 200);
	assert.match(shown.text, /<strong>4<\/strong> new/);
	assert.match(shown.text, /<strong>1<\/strong> corrected/);
	assert.ok(!(await reader.get(`${page}/homicides/figures.csv`)).text.includes('2025-01'), 'nothing is saved yet');
	const unsaid = await upload(writer, csv, { confirm: 'yes' });
	assert.equal(unsaid.status, 400);
	assert.match(unsaid.text, /need a reason/);
	const bad = await upload(writer, `${csv}2025-03,x,2\n2025-04,1\n`, { confirm: 'yes', reason: 'r' });
	assert.equal(bad.status, 400);
	assert.match(bad.text, /Line 5, column homicides: Type a whole number/);
	assert.match(bad.text, /Line 6: The row has 2 cells, the head has 3/);
	assert.match(bad.text, /2025-03,x,2/, 'the text is kept');
	assert.ok(!(await reader.get(`${page}/homicides/figures.csv`)).text.includes('2025-01'));
	const saved = await upload(writer, csv, { confirm: 'yes', reason: 'from the year book' });
	assert.equal(saved.status, 303);
	assert.match((await writer.get(saved.location)).text, /5 figures are saved/);
	assert.match((await reader.get(`${page}/corrections`)).text, /from the year book/);
	assert.match((await upload(writer, csv)).text, /Nothing would change/);
	assert.match((await upload(writer, 'space,period,homicides\nnewark,2025-01,3\n')).text, /column space/);
	assert.equal((await upload(writer, '')).status, 400);
	assert.equal((await upload(writer, 'period,homicides\n2025-01,"=cmd()"\n')).status, 400);
});

test('a file is sent as it is, and its text then saved', async () => {
	const send_ = (who, bytes) => sendFile(who, `${page}/upload/file`, [{ name: 'figures.csv', bytes: Buffer.from(bytes) }]);
	const shown = await send_(writer, '\ufeffperiod;drug-arrests\r\n2025-05;31\r\n2025-06;29\r\n');
	assert.equal(shown.status, 200, shown.text);
	assert.match(shown.text, /<strong>2<\/strong> new/);
	const csv = /<textarea[^>]*name="csv"[^>]*>([\s\S]*?)<\/textarea>/.exec(shown.text)[1];
	assert.equal((await upload(writer, csv, { confirm: 'yes' })).status, 303);
	assert.match((await reader.get(`${page}/drug-arrests/figures.csv`)).text, /"2025-06","29"/);
	for (const bytes of ['', 'period,homicides\n2025-01,\0', '\xff\xd8\xff', 'x'.repeat(600 << 10)]) {
		const bad = await send_(writer, Buffer.from(bytes, 'latin1'));
		assert.ok([400, 413].includes(bad.status), `${bytes.slice(0, 20)}: ${bad.status}`);
		assert.match(bad.text, /id="problems"/);
	}
	assert.equal((await send_(other, 'period,homicides\n2025-01,1\n')).status, 404);
	assert.equal((await send_(reader, 'period,homicides\n2025-01,1\n')).status, 404);
});

test('an unusual figure needs a word, also the first time', async () => {
	const csv = `period,complaints\n${[...Array(12)].map((_, i) => `2024-${String(i + 1).padStart(2, '0')},${5 + (i % 3)}`).join('\n')}\n`;
	assert.equal((await upload(writer, csv, { confirm: 'yes' })).status, 303);
	const odd = await send(writer, '2025-01', { v_complaints: '90' });
	assert.equal(odd.status, 422);
	assert.match(odd.text, /Unusual: the middle of the last 12 figures is 6/);
	assert.equal((await send(writer, '2025-01', { v_complaints: '90', why_complaints: 'a new office takes them' })).status, 303);
	assert.ok(rows((await reader.get(`${page}/corrections`)).text).some((r) => /none 90 a new office/.test(r)));
});

test('real figures of forty years, from the console; a chart with table and CSV', async () => {
	const file = path.join(top, 'content/figures/ucr-1975-2015.csv');
	const mine = path.join(dir, 'two.csv');
	const text = fs.readFileSync(file, 'utf8').split('\n').filter((l, i) => i === 0 || /^(cincinnati|newark),/.test(l)).join('\n');
	fs.writeFileSync(mine, `${text}\nnowhere,2001,5,5,5\n`);
	const refused = commonweal(dir, ['figures', mine]);
	assert.equal(refused.status, 1);
	assert.match(refused.stderr, /there is no jurisdiction 'nowhere'/);
	fs.writeFileSync(mine, `${text}\ncincinnati,2001,5,5,x\ncincinnati,2002,5,500,5\n`);
	assert.match(commonweal(dir, ['figures', mine]).stderr, /two\.csv:84: violent-crime: Type a whole number/);
	fs.writeFileSync(mine, `${text}\n`);
	assert.match(commonweal(dir, ['figures', mine, 'check']).stdout, /^Checked 242 figures of 2 jurisdictions: 242 new/);
	assert.match(commonweal(dir, ['figures', mine]).stdout, /^Imported 242 figures of 2 jurisdictions: 242 new/);
	assert.match(commonweal(dir, ['figures', mine]).stdout, /242 unchanged/);
	const one = await reader.get(`${page}/homicides?kind=year&show=rate`);
	assert.match(one.text, /<svg[^>]*>[\s\S]*<title[^>]*>Homicides<\/title>/);
	assert.ok(rows(one.text).includes('2006 90 29.1'), rows(one.text).join('; '));
	assert.ok(rows(one.text).includes('1997 – –'), 'a hole is a hole');
	assert.match((await reader.get(`${page}/homicides/figures.csv?kind=year`)).text, /"2006","90",,"309104","29.116"/);
});

test('an effect is told only with a comparison, and with what it does not say', async () => {
	const address = `${page}/homicides/impact?from=2003`;
	const alone = (await reader.get(address)).text;
	assert.match(alone, /There is nothing to compare with yet, so no effect is stated/);
	assert.ok(!/ lower| higher|<svg/.test(alone.replace(/<nav[\s\S]*?<\/nav>/g, '')), 'no figure that reads like a claim');
	const file = path.join(top, 'content/figures/public/ucr-1975-2015.csv');
	assert.match(commonweal(dir, ['figures', file, 'public']).stderr, /nothing, the word check, or the word public/);
	assert.match(commonweal(dir, ['figures', file, 'public', 'Uniform Crime Reports']).stdout, /^Imported 8267 figures of 68/);
	const told = (await reader.get(address)).text;
	assert.match(told, /over the same time they are \d+% (lower|higher) in \d\d other places/);
	assert.match(told, /Placebo p of a fall/);
	assert.match(told, /Other things changed in the same months too/);
	assert.match(told, /<svg[^>]*>[\s\S]*before and since the start/);
	assert.match((await reader.get(`${page}/homicides/impact?from=1976`)).text, /12/, 'too few years before');
	assert.ok(!(await reader.get(`${page}/homicides/impact?from=1976`)).text.includes('<svg class="chart"'));
	assert.match((await reader.get(`${page}/complaints/impact?from=2024-06`)).text, /periods|months/);
	assert.equal((await reader.get(`${page}/homicides/impact?from=soon`)).status, 400);
	assert.equal((await reader.get(`${page}/population/impact?from=2007`)).status, 404);
	assert.equal((await other.get(address)).status, 404);
});

test('dates of the strategy are kept and drawn', async () => {
	const bad = await writer.submit(page, `${page}/marks`, { date: '2007-02-30', label: 'x' });
	assert.equal(bad.status, 400);
	assert.equal((await writer.submit(page, `${page}/marks`, { date: '2007-04-01', label: 'First call-in' })).status, 303);
	assert.match((await reader.get(`${page}/homicides?kind=year`)).text, /<text[^>]*>First call-in<\/text>/);
	assert.match((await reader.get(page)).text, /April 2007: First call-in/);
	assert.ok(!(await reader.get(page)).text.includes('/remove'));
	const { text } = await writer.get(page);
	const remove = /action="([^"]*\/marks\/[^"]*\/remove)"/.exec(text)[1];
	assert.equal((await other.submit('/s/newark/indicators', '/s/newark/indicators/marks', { date: '2007-04-01', label: 'mine' })).status, 303);
	const csrf = /name="csrf" value="([^"]*)"/.exec((await other.get('/s/newark/indicators')).text)[1];
	assert.equal((await other.post(remove.replace('cincinnati', 'newark'), { csrf })).status, 303, 'removes nothing of another space');
	assert.match((await reader.get(page)).text, /First call-in/);
	assert.equal((await writer.submit(page, remove)).status, 303);
	assert.ok(!(await reader.get(page)).text.includes('First call-in'));
});

test('completeness tells what is missing and what was late', async () => {
	const own = await reader.get(`${page}/completeness?to=2026-02`);
	assert.match(own.text, /February 2026/);
	const homicides = rows(own.text).find((r) => r.startsWith('Homicides'));
	assert.match(homicides, /late late$/, 'entered long after the day');
	assert.match(rows(own.text).find((r) => r.startsWith('Drug arrests')), /missing missing$/);
	const network = await staff.get('/indicators/completeness?to=2026-02');
	assert.match(rows(network.text).find((r) => r.startsWith('Cincinnati')), /\d+ of 14/);
	assert.equal((await other.get('/indicators/completeness')).status, 404);
	assert.equal((await other.get('/s/newark/indicators/completeness')).status, 200);
});

test('the dictionary is for everyone', async () => {
	const answer = await get(server.port, '/indicators/dictionary');
	assert.equal(answer.status, 200);
	assert.match(answer.text, /Group-involved homicides/);
	assert.match(answer.text, /15 days after the period/);
});

test('contributors are reminded of what is due and missing, once', async (t) => {
	const smtp = await receiver();
	const own = temporary();
	const text = fs.readFileSync(path.join(top, 'content/indicators/indicators.xml'), 'utf8');
	fs.writeFileSync(path.join(own, 'indicators.xml'), text.replaceAll(/due="\d+"/g, 'due="0"'));
	const start = () => Server.start({ dir: own, env: fast, args: [`--indicators=${path.join(own, 'indicators.xml')}`, '--public-origin=https://network.example.org',
		`--mail-server=smtp://127.0.0.1:${smtp.port}`, '--mail-from=network@example.org', '--figure-reminder-interval=1s', '--log-level=debug'] });
	t.after(() => smtp.end());
	let run = await start();
	person(own, 'helper', { roles: { cincinnati: 'contributor' }, flags: ['--email=helper@example.org', '--name=Ada Helper'] });
	person(own, 'looker', { roles: { cincinnati: 'reader' }, flags: ['--email=looker@example.org'] });
	person(own, 'neighbor', { roles: { newark: 'contributor' }, flags: ['--email=neighbor@example.org'] });
	fs.writeFileSync(path.join(own, 'f.csv'), 'space,period,homicides,complaints\ncincinnati,2025-01,3,4\n');
	assert.equal(commonweal(own, ['figures', path.join(own, 'f.csv')]).status, 0);
	await run.stop();
	run = await start(); /* a repeating job runs at start */
	t.after(() => run.end());
	for (const end = Date.now() + 10000; smtp.messages().length < 1 && Date.now() < end;)
		await new Promise((r) => setTimeout(r, 50));
	const letter = smtp.messages()[0].replaceAll(/=\r?\n/g, '').replaceAll('=3D', '=');
	assert.match(letter, /^To: <?helper@example\.org>?\r?$/m);
	assert.match(letter, /Dear Ada Helper/);
	assert.match(letter, / {4}Homicides\r?\n {4}Complaints about the police\r?\n\r?\n/, 'what was reported before, and nothing else');
	assert.match(letter, /https:\/\/network\.example\.org\/s\/cincinnati\/indicators\/enter\?period=\d{4}-\d\d/);
	const runs = () => run.stderr.match(/kind=figure-reminders/g)?.length ?? 0;
	const seen = runs();
	for (const end = Date.now() + 10000; runs() < seen + 2 && Date.now() < end;)
		await new Promise((r) => setTimeout(r, 50));
	assert.ok(runs() >= seen + 2, 'it looked again');
	assert.equal(smtp.messages().length, 1, 'nobody else, and not twice');
});
