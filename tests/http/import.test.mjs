// SPDX-License-Identifier: GPL-3.0-or-later
/* Import and export: what is wrong is said with file, line and column; nothing
 * is ever half done. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build, commonweal, environment, fixtures, sqlite3, temporary } from '../support/server.mjs';

let dir, before_;
const good = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');

before(() => {
	dir = temporary();
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	before_ = exported();
});
after(() => fs.rmSync(dir, { recursive: true }));

/* All records as path -> text, through export. */
function exported() {
	const to = path.join(temporary(), 'out');
	const done = commonweal(dir, ['export', to]);
	assert.equal(done.status, 0, done.stderr);
	const files = {};
	for (const file of fs.readdirSync(to, { recursive: true }).sort())
		if (fs.statSync(path.join(to, file)).isFile())
			files[file] = fs.readFileSync(path.join(to, file), 'utf8');
	fs.rmSync(path.dirname(to), { recursive: true });
	return files;
}

/* Imports one text; it must fail with `expected`, and change nothing. */
function refused(text, expected, name = 'bad.xml') {
	const folder = temporary(), file = path.join(folder, name);
	fs.writeFileSync(file, text);
	const done = commonweal(dir, ['import', folder]);
	fs.rmSync(folder, { recursive: true });
	assert.equal(done.status, 1, `accepted, but expected ${expected}`);
	assert.match(done.stderr, expected);
	assert.match(done.stderr, new RegExp(`${name}:\\d+:\\d+: `), 'says where');
	assert.deepEqual(exported(), before_);
}

test('export writes the same bytes that were imported', () => {
	for (const [file, text] of Object.entries(before_))
		assert.equal(text, fs.readFileSync(path.join(fixtures, file), 'utf8'), file);
	assert.equal(Object.keys(before_).length, fs.readdirSync(fixtures, { recursive: true }).filter((f) => f.endsWith('.xml')).length);
});

test('importing again changes nothing', () => {
	const again = commonweal(dir, ['import', fixtures]);
	assert.match(again.stdout, /0 added, 0 changed, \d+ unchanged/);
	assert.deepEqual(exported(), before_);
});

test('one changed file changes one record, and back', () => {
	const copy = temporary();
	fs.cpSync(fixtures, copy, { recursive: true });
	const file = path.join(copy, 'national/guide/the-call-in.xml');
	fs.writeFileSync(file, good.replace('How to hold', 'How we hold'));
	assert.match(commonweal(dir, ['import', file]).stdout, /0 added, 1 changed, 0 unchanged/);
	assert.match(exported()['national/guide/the-call-in.xml'], /How we hold/);
	assert.match(commonweal(dir, ['search', '"How we hold"']).stdout, /1 result/);
	assert.equal(commonweal(dir, ['import', fixtures]).status, 0);
	assert.deepEqual(exported(), before_);
	assert.match(commonweal(dir, ['search', '"How we hold"']).stdout, /0 results/);
	fs.rmSync(copy, { recursive: true });
});

test('check changes nothing', () => {
	const fresh = temporary();
	assert.equal(commonweal(fresh, ['import', path.join(fixtures, 'national/space.xml')]).status, 0);
	const done = commonweal(fresh, ['check', fixtures]);
	assert.equal(done.status, 0, done.stderr);
	assert.match(done.stdout, /Checked/);
	assert.match(commonweal(fresh, ['search', 'call']).stdout, /^0 results/);
	fs.rmSync(fresh, { recursive: true });
});

test('XML that is not well-formed', () => {
	refused(good.replace('</guide>', '</gude>'), /does not close|mismatch|not well-formed/);
	refused(good.slice(0, 400), /not well-formed|ends|Premature|does not close/);
	refused('', /empty/);
	refused('hello', /not XML|not well-formed/);
	refused(good.replace('&amp;', '&'), /&amp;|name is missing/);
	refused(good.replace('&amp;', '&nbsp;'), /unknown entity &nbsp;/);
	refused(good + '<more/>', /after the end/);
});

test('entities, outside files and expansion bombs', () => {
	const doctype = (inner, use) => good.replace('?>\n', `?>\n<!DOCTYPE guide [${inner}]>\n`).replace('How to hold', use);
	refused(doctype('<!ENTITY x SYSTEM "file:///etc/passwd">', '&x;'), /DOCTYPE is not allowed/);
	refused(doctype('<!ENTITY x SYSTEM "http://127.0.0.1:9/">', '&x;'), /DOCTYPE is not allowed/);
	refused(doctype('<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">', '&c;'), /DOCTYPE is not allowed/);
	refused('<!DOCTYPE a SYSTEM "x.dtd">\n<a/>', /DOCTYPE is not allowed/);
	refused(good.replace('<body', '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/><body'), /include|expect/i);
});

test('size and depth have limits', () => {
	refused(good.replace('Bring', '<em>'.repeat(300) + 'Bring' + '</em>'.repeat(300)), /nested more than \d+ deep/);
	refused(good.replace('Bring', 'Bring ' + 'x'.repeat(5 << 20)), /longer than 4 MiB/);
});

test('other encodings and bytes', () => {
	refused(good.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"'), /only UTF-8/);
	refused(Buffer.concat([Buffer.from(good.replace('How to hold', 'How \u0001')), Buffer.from([])]), /not well-formed|Char|character/i);
	refused(Buffer.from(good.replace('How', 'H\xf6w'), 'latin1'), /0xf6 is not UTF-8/);
});

test('what the schema refuses', () => {
	refused(good.replaceAll('guide', 'gyde'), /unknown type of record/);
	refused(good.replace('audience="public"', 'audience="everyone"'),
		/bad\.xml:3:39: audience is "everyone"; it must be public, network, space or restricted\n/);
	refused(good.replace('<dc:issued>2010</dc:issued>', ''), /bad\.xml:8:3: dc:issued is missing before dc:language\n/);
	refused(good.replace('<steps>', '<stops>').replace('</steps>', '</stops>'),
		/bad\.xml:11:3: stops is not known here; expected is steps\n/);
	refused(good.replace('<h2>Before', '<script>alert(1)</script><h2>Before'),
		/bad\.xml:19:5: script may not stand in body; it may hold p, h2, h3, h4, ul, ol, dl, blockquote, table, figure and hr\n/);
	refused(good.replace('<p>Bring', '<p style="color:red" onclick="x()">Bring'),
		/bad\.xml:20:8: p may not have the attribute style; it may have id and lang\n.*bad\.xml:20:26: p may not have the attribute onclick;/);
	refused(good.replace('record:national/faq/what-is-a-call-in', 'javascript:alert(1)'),
		/bad\.xml:20:61: href is "javascript:alert\(1\)"; it must be http:\/\/, https:\/\/ or mailto: with an address, #id, or record:space\/type\/slug\n/);
	refused(good.replace('urn:commonweal:record:1', 'urn:other'), /namespace of records/);
});

test('what only the whole tells', () => {
	refused(good.replace('2010<', '2010-02-31<'), /there is no date 2010-02-31/);
	refused(good.replace('ref="national/strategy/group-violence"', 'ref="national/strategy/nothing"'), /nothing/);
	refused(good.replace('record:national/faq/what-is-a-call-in', 'record:national/faq/nothing'), /nothing/);
	refused(good.replace('space="national"', 'space="atlantis"'), /atlantis/);
	refused(good.replace('id="own-id"', 'id="find-a-place"'), /find-a-place.*twice/);
	refused(good.replace('slug="find-a-place"', 'slug="main"'), /main/);
	refused(good.replace('</relations>', '<relation type="about" ref="national/guide/the-call-in"/></relations>').replace('type="about" ref="national/strategy/group-violence"/>\n', 'type="about" ref="national/strategy/group-violence"/>\n'), /itself/);
	const event = fs.readFileSync(path.join(fixtures, 'national/event/first-webinar.xml'), 'utf8');
	refused(event.replace('2030-12-09T15:30', '2030-12-09T13:30'), /ends before/);
	refused(event.replace('America/New_York', 'America/Atlantis'), /time zone/);
	refused(event.replaceAll('2030-12-09T14:00', '2030-03-10T02:30').replace('2030-12-09T15', '2030-03-10T15'), /clocks/);
	const evaluation = fs.readFileSync(path.join(fixtures, 'national/evaluation/cincinnati-study.xml'), 'utf8');
	refused(evaluation.replace('low="-52"', 'low="-12"'), /low is more than high|outside/);
	const leaders = fs.readFileSync(path.join(fixtures, 'leadership-group/event/convening.xml'), 'utf8');
	refused(leaders.replace('audience="network"', 'audience="public"'), /not public/);
	const space = fs.readFileSync(path.join(fixtures, 'cincinnati/space.xml'), 'utf8');
	refused(space.replace('#7a2e1d', '#eeeeee'), /too light/);
});

test('the same record twice in one import', () => {
	const folder = temporary();
	fs.writeFileSync(path.join(folder, 'a.xml'), good);
	fs.writeFileSync(path.join(folder, 'b.xml'), good);
	const done = commonweal(dir, ['import', folder]);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /b\.xml:\d+:\d+: .*a\.xml|twice/);
	fs.rmSync(folder, { recursive: true });
	assert.deepEqual(exported(), before_);
});

test('one bad file of many keeps all out', () => {
	const copy = temporary();
	fs.cpSync(fixtures, copy, { recursive: true });
	for (const file of ['national/guide/the-call-in.xml', 'national/faq/what-is-a-call-in.xml']) {
		const full = path.join(copy, file);
		fs.writeFileSync(full, fs.readFileSync(full, 'utf8').replace('<dc:abstract>', '<dc:abstract>Changed '));
	}
	fs.writeFileSync(path.join(copy, 'national/event/broken.xml'), '<event>');
	const done = commonweal(dir, ['import', copy]);
	assert.equal(done.status, 1);
	assert.match(done.stderr, /Nothing was/);
	assert.deepEqual(exported(), before_);
	fs.rmSync(copy, { recursive: true });
});

test('a command that only asks makes no data file', () => {
	const own = temporary();
	for (const command of [['search', 'call'], ['export', path.join(own, 'out')]]) {
		const done = commonweal(own, command);
		assert.equal(done.status, 1);
		assert.match(done.stderr, /no data file .*commonweal\.db/);
	}
	const checked = commonweal(own, ['check', fixtures]);
	assert.equal(checked.status, 0, checked.stderr);
	assert.deepEqual(fs.readdirSync(own), []);
	assert.equal(commonweal(own, ['import', fixtures]).status, 0);
	assert.equal(fs.statSync(path.join(own, 'commonweal.db')).mode & 0o077, 0, 'others may not read it');
	fs.rmSync(own, { recursive: true });
});

test('a missing folder, an empty one, a full target', () => {
	assert.match(commonweal(dir, ['import', '/no/such/folder']).stderr, /no\/such\/folder/);
	const empty = temporary();
	assert.notEqual(commonweal(dir, ['import', empty]).status, 0);
	fs.writeFileSync(path.join(empty, 'mine.txt'), 'mine');
	const full = commonweal(dir, ['export', empty]);
	assert.notEqual(full.status, 0);
	assert.match(full.stderr, /empty/);
	assert.equal(fs.readFileSync(path.join(empty, 'mine.txt'), 'utf8'), 'mine');
	fs.rmSync(empty, { recursive: true });
});

test('kill -9 during an import leaves the old state whole', async () => {
	const many = temporary(), own = temporary();
	fs.cpSync(path.join(fixtures, 'national/space.xml'), path.join(many, 'national/space.xml'));
	fs.cpSync(path.join(fixtures, 'national/strategy'), path.join(many, 'national/strategy'), { recursive: true });
	fs.mkdirSync(path.join(many, 'national/guide'));
	for (let i = 0; i < 1500; i++)
		fs.writeFileSync(path.join(many, `national/guide/guide-${i}.xml`),
			good.replaceAll('the-call-in', `guide-${i}`).replace(/<a href="record:[^>]*>the question<\/a>/, 'the question'));
	assert.equal(commonweal(own, ['import', path.join(fixtures, 'national/space.xml')]).status, 0);
	let killed = 0;
	for (const ms of [60, 120, 200, 300, 450, 700]) {
		const child = spawn(path.join(build, 'commonweal'), ['import', many], { env: environment(own), stdio: 'ignore' });
		const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal)));
		await new Promise((r) => setTimeout(r, ms)); // the moment is the point of the test
		child.kill('SIGKILL');
		if (await ended !== 'SIGKILL')
			break;
		killed++;
		const found = commonweal(own, ['search', 'call']);
		assert.equal(found.status, 0, found.stderr);
		/* All or nothing: nothing before the commit, all after it. */
		assert.match(found.stdout, /^(0|1501) results/, `after ${ms} ms`);
		if (found.stdout.startsWith('1501'))
			break;
	}
	assert.ok(killed > 0, 'it was never killed in time');
	const whole = commonweal(own, ['import', many]);
	assert.equal(whole.status, 0, whole.stderr);
	assert.match(commonweal(own, ['search', 'call']).stdout, /^150[01] results/);
	fs.rmSync(many, { recursive: true });
	fs.rmSync(own, { recursive: true });
});

/* As if Ann had published the record through the editor. */
function changedByAnn(where, slug) {
	const done = sqlite3(path.join(where, 'commonweal.db'), `UPDATE record_version SET account_id = 'ann', account_name = 'Ann'
		WHERE (record_num, version) = (SELECT num, version FROM record WHERE slug = '${slug}')`);
	assert.equal(done.status, 0, done.stderr);
}

test('what someone changed on the server is not overwritten unasked', () => {
	const own = temporary(), copy = temporary(), file = path.join(copy, 'national/guide/the-call-in.xml');
	fs.cpSync(fixtures, copy, { recursive: true });
	assert.equal(commonweal(own, ['import', fixtures]).status, 0);
	fs.writeFileSync(file, good.replace('How to hold', 'As Ann holds'));
	assert.equal(commonweal(own, ['import', file]).status, 0);
	changedByAnn(own, 'the-call-in');
	const found = (words) => /^1 result/.test(commonweal(own, ['search', `"${words}"`]).stdout);
	/* The same text is no conflict. */
	assert.match(commonweal(own, ['import', file]).stdout, /1 unchanged/);
	for (const args of [['import'], ['import', '--dry-run']]) {
		const refused_ = commonweal(own, [...args, fixtures]);
		assert.equal(refused_.status, 1);
		assert.match(refused_.stderr, /the-call-in\.xml:1:1: was changed by Ann on .* on the server; --overwrite replaces that, --keep leaves it alone\n/);
		assert.match(refused_.stderr, /1 problem\. Nothing was imported/);
		assert.ok(found('As Ann holds'));
	}
	/* Kept, and the others come in all the same. */
	const other = path.join(copy, 'national/guide/organizing-services.xml');
	fs.writeFileSync(file, good);
	fs.writeFileSync(other, fs.readFileSync(other, 'utf8').replace('</dc:abstract>', ' Moreover.</dc:abstract>'));
	const kept = commonweal(own, ['import', '--keep', copy]);
	assert.equal(kept.status, 0, kept.stderr);
	assert.match(kept.stdout, /0 added, 1 changed, \d+ unchanged \(spaces among them: \d+\); 1 left as they were changed on the server\./);
	assert.ok(found('As Ann holds'));
	assert.equal(commonweal(own, ['import', '--keep', '--overwrite', copy]).status, 2);
	const dry = commonweal(own, ['import', '--overwrite', '--dry-run', copy]);
	assert.match(dry.stdout, /^Checked .* 1 changed/);
	assert.ok(found('As Ann holds'), 'a dry run keeps nothing');
	assert.match(commonweal(own, ['import', '--overwrite', copy]).stdout, /1 changed/);
	assert.ok(!found('As Ann holds') && found('How to hold'));
	fs.rmSync(own, { recursive: true });
	fs.rmSync(copy, { recursive: true });
});

test('a dry run makes no data file; progress is for terminals', () => {
	const own = temporary();
	const done = commonweal(own, ['import', '--dry-run', fixtures]);
	assert.equal(done.status, 0, done.stderr);
	assert.match(done.stdout, /^Checked \d+ files/);
	assert.deepEqual(fs.readdirSync(own).filter((name) => name.startsWith('commonweal.db')), []);
	assert.doesNotMatch(done.stderr, /saving records/);
	const seen = spawnSync('script', ['-qec', `'${path.join(build, 'commonweal')}' import '${fixtures}'`, '/dev/null'], { env: { ...environment(own), TERM: 'xterm' }, encoding: 'utf8' });
	assert.equal(seen.status, 0, seen.stdout);
	assert.match(seen.stdout, /saving records: 100 %/);
	fs.rmSync(own, { recursive: true });
});
