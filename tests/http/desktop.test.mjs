// SPDX-License-Identifier: GPL-3.0-or-later
/* Desktop sign-on with a real Kerberos realm and curl --negotiate. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast } from '../support/client.mjs';
import { build, commonweal, environment, fixtures, Server, temporary } from '../support/server.mjs';
import { Kdc } from '../support/kdc.mjs';
import { Authority, group, groupDn, person, personDn, service, Slapd, suffix } from '../support/slapd.mjs';
import { get } from './helpers.mjs';

let ca, slapd, kdc, server, keytab;

before(async () => {
	ca = new Authority();
	slapd = await Slapd.start({ authority: ca, certificate: ca.issue('127.0.0.1', 'IP:127.0.0.1'),
		ldif: person('anna') + person('bert') + group('editors', [personDn('anna')]) });
	kdc = await Kdc.start('TEST.EXAMPLE');
	for (const name of ['anna', 'Bert', 'ghost', 'anna/admin'])
		kdc.add(name, 'ticket-secret');
	keytab = kdc.keytab('HTTP/localhost');
	const dir = temporary();
	fs.writeFileSync(path.join(dir, 'password'), service.password, { mode: 0o600 });
	fs.writeFileSync(path.join(dir, 'map'), `group ${groupDn('editors')} -> cincinnati editor\n`);
	assert.equal(commonweal(dir, ['import', fixtures], fast).status, 0);
	server = await Server.start({ dir, content: null, env: { ...fast, KRB5_CONFIG: kdc.env.KRB5_CONFIG },
		args: [`--ldap-servers=${slapd.uri}`, `--ldap-ca-file=${ca.file}`, `--ldap-bind-dn=${service.dn}`,
			`--ldap-bind-password-file=${path.join(dir, 'password')}`, `--ldap-base=${suffix}`, `--ldap-map=${path.join(dir, 'map')}`,
			`--spnego-keytab=${keytab}`, '--spnego-realm=TEST.EXAMPLE'] });
});

after(async () => {
	await server?.end();
	await kdc?.end();
	await slapd?.end();
	ca?.end();
});

/* curl as the person with that ticket; { status, location, cookie, text, headers } of the last answer. */
function curl(name, target, { args = [], host = 'localhost', port = server.port, password = 'ticket-secret' } = {}) {
	const env = name ? kdc.ticket(name, password) : { ...kdc.env, KRB5CCNAME: path.join(kdc.dir, 'none') };
	return new Promise((resolve, reject) => execFile('curl', ['-sS', '-i', '--max-time', '20', '--negotiate', '-u', ':', '--resolve', `${host}:${port}:127.0.0.1`,
		...args, `http://${host}:${port}${target}`], { env, encoding: 'utf8' }, (error, stdout) => {
		if (error)
			return reject(error);
		const answers = stdout.split(/(?=^HTTP\/1\.1 \d)/m);
		const [head, ...body] = answers.at(-1).split('\r\n\r\n');
		resolve({ status: Number(/ (\d+)/.exec(head)[1]), location: /^location: (.*)$/im.exec(head)?.[1].trim(),
			cookie: /^set-cookie: (__Host-session=[^;]*)/im.exec(head)?.[1], challenge: /^www-authenticate: (.*)$/im.exec(head)?.[1].trim(),
			text: body.join('\r\n\r\n') });
	}));
}

const account = async (cookie) => get(server.port, '/account', { Host: `localhost:${server.port}`, Cookie: cookie });

test('without a ticket the browser is asked for one, and offered the form', async () => {
	const answer = await get(server.port, '/sign-in/desktop');
	assert.equal(answer.status, 401);
	assert.equal(answer.headers['www-authenticate'], 'Negotiate');
	assert.match(answer.text, /name="password"/);
	assert.match(answer.headers['cache-control'], /no-store/);
	assert.match((await get(server.port, '/sign-in')).text, /href="\/sign-in\/desktop/);
	assert.equal((await curl(null, '/sign-in/desktop')).status, 401);
});

test('a ticket signs in, with the rights that the directory gives', async () => {
	const answer = await curl('anna', '/sign-in/desktop?next=/library');
	assert.equal(answer.status, 303, answer.text);
	assert.equal(answer.location, '/library');
	assert.match(answer.challenge, /^Negotiate [A-Za-z0-9+/=]{20,}$/, 'the server proves itself too');
	const page = await account(answer.cookie);
	assert.equal(page.status, 200);
	assert.match(page.text, /anna Example/);
	assert.match(page.text, /Cincinnati<\/a><\/th><td data-label="Role">editor/);
	/* The realm's spelling of the name is not ours. */
	const bert = await curl('Bert', '/sign-in/desktop');
	assert.equal(bert.status, 303);
	assert.match((await account(bert.cookie)).text, /bert Example/);
	assert.match(commonweal(server.dir, ['audit', 'export'], fast).stdout, /"detail":"spnego"/);
});

test('who is not in the directory, or no person of the realm, does not get in', async () => {
	const ghost = await curl('ghost', '/sign-in/desktop');
	assert.equal(ghost.status, 400);
	assert.equal(ghost.cookie, undefined);
	assert.match(ghost.text, /does not let you in/);
	const admin = await curl('anna/admin', '/sign-in/desktop');
	assert.equal(admin.status, 400);
	assert.match(admin.text, /not one of this organi[sz]ation/);
	assert.equal(admin.cookie, undefined);
	slapd.modify(`dn: ${personDn('bert')}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`);
	const bert = await curl('Bert', '/sign-in/desktop');
	assert.equal(bert.status, 400);
	assert.equal(bert.cookie, undefined);
});

test('no other bytes are a ticket, and no ticket is good twice', async (t) => {
	const own = await Kdc.start('OTHER.EXAMPLE');
	t.after(() => own.end());
	for (const value of ['Negotiate', 'Negotiate ', 'Negotiate !!!', 'Negotiate AAAA', `Negotiate ${'A'.repeat(8000)}`,
		'Negotiate TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAKAO5CAAAADw==', 'Basic YW5uYTphbm5hLXNlY3JldA==', 'Bearer x']) {
		const answer = await get(server.port, '/sign-in/desktop', { Authorization: value });
		assert.ok(answer.status === 400 || answer.status === 401, `${value.slice(0, 40)}: ${answer.status}`);
		assert.equal([answer.headers['set-cookie'] ?? []].flat().some((c) => c.startsWith('__Host-session')), false);
	}
	/* What curl would send us, twice. */
	const recorder = http.createServer((request, answer) => answer.end(request.headers.authorization ?? ''));
	await new Promise((r) => recorder.listen(0, '127.0.0.1', r));
	t.after(() => recorder.close());
	const ticket = (await curl('anna', '/', { port: recorder.address().port })).text;
	assert.match(ticket, /^Negotiate .{300,}$/);
	const sent = () => get(server.port, '/sign-in/desktop', { Host: `localhost:${server.port}`, Authorization: ticket });
	assert.equal((await sent()).status, 303);
	assert.equal((await sent()).status, 400);
	/* The line of the log may come after the answer. */
	for (let i = 0; i < 200 && !/spnego\.refused.*used before/.test(server.stderr); i++)
		await new Promise((r) => setTimeout(r, 20));
	assert.match(server.stderr, /spnego\.refused.*used before/);
	/* A realm that is not ours. */
	own.add('anna', 'ticket-secret');
	own.keytab('HTTP/localhost');
	const env = own.ticket('anna', 'ticket-secret');
	const done = spawnSync('curl', ['-sS', '-o', '/dev/null', '-w', '%{http_code}', '--negotiate', '-u', ':', `http://localhost:${server.port}/sign-in/desktop`], { env, encoding: 'utf8' });
	assert.equal(done.stdout, '400');
});

test('options: what desktop sign-on needs', () => {
	const dir = temporary();
	const run = (...args) => spawnSync(path.join(build, 'commonweald'), ['--listen=127.0.0.1:0', ...args], { env: environment(dir), encoding: 'utf8', timeout: 20000 }).stderr;
	const directory = [`--ldap-servers=${slapd.uri}`, `--ldap-base=${suffix}`, `--ldap-ca-file=${ca.file}`];
	assert.match(run(`--spnego-keytab=${keytab}`), /needs spnego-realm/);
	assert.match(run(`--spnego-keytab=${keytab}`, '--spnego-realm=TEST.EXAMPLE'), /needs the directory/);
	assert.match(run('--spnego-keytab=/absent', '--spnego-realm=TEST.EXAMPLE', ...directory), /cannot be read/);
	fs.writeFileSync(path.join(dir, 'nonsense'), 'x');
	assert.match(run(`--spnego-keytab=${path.join(dir, 'nonsense')}`, '--spnego-realm=TEST.EXAMPLE', ...directory), /cannot be used/);
	assert.match(run(`--spnego-keytab=${kdc.keytab('ldap/localhost')}`, '--spnego-realm=TEST.EXAMPLE', ...directory), /cannot be used/);
	fs.rmSync(dir, { recursive: true });
});
