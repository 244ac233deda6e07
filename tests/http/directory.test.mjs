// SPDX-License-Identifier: GPL-3.0-or-later
/* The directory against real servers: TLS, groups, policies, failover. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { build, commonweal, environment, fixtures, temporary } from '../support/server.mjs';
import { answer, Authority, BlackHole, FakeDirectory, freePort, group, groupDn, person, personDn, service, Slapd, suffix,
	waitFor } from '../support/slapd.mjs';

let ca, certificate, slapd, dir;

const policy = (cn, more) => `dn: cn=${cn},ou=policies,${suffix}\nobjectClass: device\nobjectClass: pwdPolicy\ncn: ${cn}\n` +
	`pwdAttribute: userPassword\n${more}\n\n`;
const follows = (cn) => `pwdPolicySubentry: cn=${cn},ou=policies,${suffix}\n`;

const people = person('anna') + person('bert') + person('cleo', { cn: 'Cleo Ünal', more: follows('must') }) +
	person('expired', { more: follows('expired') }) + person('grace', { more: follows('grace') }) +
	person('soon', { more: follows('soon') }) + person('locked') +
	`dn: cn=Doe\\, John + uid=odd\\+one,ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: odd+one\ncn: Doe, John\nsn: Doe\nuserPassword: odd-secret\n\n` +
	`dn: uid=posix,ou=people,${suffix}\nobjectClass: inetOrgPerson\nobjectClass: posixAccount\nuid: posix\ncn: Posix\nsn: P\nuidNumber: 1000\ngidNumber: 100\nhomeDirectory: /\nuserPassword: posix-secret\nemployeeType: Staff\n\n` +
	/* The same login twice, below different units. */
	`dn: ou=more,ou=people,${suffix}\nobjectClass: organizationalUnit\nou: more\n\n` +
	`dn: uid=twin,ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: twin\ncn: Twin 1\nsn: T\nuserPassword: twin-secret\n\n` +
	`dn: uid=twin,ou=more,ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: twin\ncn: Twin 2\nsn: T\nuserPassword: twin-secret\n\n` +
	/* What points to another server. */
	`dn: ou=elsewhere,ou=people,${suffix}\nobjectClass: referral\nobjectClass: extensibleObject\nou: elsewhere\nref: ldap://192.0.2.1/ou=people,dc=elsewhere\n\n`;
const policies = policy('default', 'pwdLockout: TRUE\npwdMaxFailure: 3\npwdLockoutDuration: 1000') +
	policy('expired', 'pwdMaxAge: 1') + policy('grace', 'pwdMaxAge: 1\npwdGraceAuthNLimit: 3') +
	policy('must', 'pwdMustChange: TRUE') + policy('soon', 'pwdMaxAge: 500000\npwdExpireWarning: 499999');
const groups = group('direct', [personDn('anna')]) + group('outer', [groupDn('direct'), personDn('bert')]) +
	group('outermost', [groupDn('outer')]) +
	/* Round and round. */
	group('ring-1', [personDn('anna'), groupDn('ring-3')]) + group('ring-2', [groupDn('ring-1')]) + group('ring-3', [groupDn('ring-2')]) +
	group('unique', [personDn('cleo')], { kind: 'groupOfUniqueNames', attribute: 'uniqueMember' }) +
	group('unique-outer', [groupDn('unique')], { kind: 'groupOfUniqueNames', attribute: 'uniqueMember' }) +
	group('posix-group', ['posix', 'anna*'], { kind: 'posixGroup', attribute: 'memberUid', more: 'gidNumber: 200\n' });

before(async () => {
	dir = temporary();
	ca = new Authority();
	certificate = ca.issue('127.0.0.1', 'IP:127.0.0.1');
	slapd = await Slapd.start({ authority: ca, certificate, ldif: policies + people + groups, config: 'ppolicy_use_lockout' });
	fs.writeFileSync(path.join(dir, 'password'), `${service.password}\n`, { mode: 0o600 });
	const done = commonweal(dir, ['import', fixtures]);
	assert.equal(done.status, 0, done.stderr);
});

after(async () => {
	await slapd?.end();
	ca?.end();
	fs.rmSync(dir, { recursive: true, force: true });
});

function options(more = {}) {
	const all = { 'ldap-servers': slapd.uri, 'ldap-ca-file': ca.file, 'ldap-bind-dn': service.dn,
		'ldap-bind-password-file': path.join(dir, 'password'), 'ldap-base': suffix, ...more };
	return Object.entries(all).map(([name, value]) => `--${name}=${value}`);
}

/* commonweal ldap test; password undefined tries none. Runs beside the event
 * loop, as some servers live in this process. */
function ask(login, { password, more = {}, env = {}, words = null } = {}) {
	return new Promise((resolve, reject) => {
		const args = [...options(more), 'ldap', ...(words ?? ['test', login, ...(password === undefined ? [] : ['password'])])];
		const began = Date.now();
		const child = spawn(path.join(build, 'commonweal'), args, { env: environment(dir, env) });
		const done = { stdout: '', stderr: '', child };
		child.stdout.setEncoding('utf8').on('data', (text) => { done.stdout += text; });
		child.stderr.setEncoding('utf8').on('data', (text) => { done.stderr += text; });
		child.once('error', reject);
		child.once('close', (status, signal) => resolve({ ...done, status, signal, ms: Date.now() - began, all: done.stdout + done.stderr }));
		child.stdin.on('error', () => {});
		child.stdin.end(password === undefined ? '' : `${password}\n`);
	});
}

async function good(login, rest) {
	const done = await ask(login, rest);
	assert.equal(done.status, 0, done.all);
	return done;
}

async function refused(login, pattern, rest) {
	const done = await ask(login, rest);
	assert.equal(done.status, 1, done.all);
	assert.match(done.all, pattern);
	assert.doesNotMatch(done.stdout, /sign-in is good/);
	return done;
}

test('a person is found and the password tried, over StartTLS and ldaps', async () => {
	for (const uri of [slapd.uri, slapd.tlsUri]) {
		const done = await good('anna', { password: 'anna-secret', more: { 'ldap-servers': uri } });
		assert.match(done.stdout, /TLSv1\.3/);
		assert.match(done.stdout, /Certificate: CN=127\.0\.0\.1, valid until Jan +1 00:00:00 2040 GMT/);
		assert.match(done.stdout, /Bound as cn=service,dc=example,dc=org/);
		assert.match(done.stdout, /Found uid=anna,ou=people,dc=example,dc=org: login anna, name anna Example, mail anna@example\.org/);
		assert.match(done.stdout, /The password is right/);
		assert.match(done.stdout, /the sign-in is good/);
	}
	await refused('anna', /no sign-in \(wrong password\)/, { password: 'wrong' });
	await refused('nobody', /no sign-in \(no entry\)/, { password: 'wrong' });
	await refused('nobody', /no sign-in \(no entry\)/);
	assert.match((await good('cleo')).stdout, /Cleo Ünal/);
});

test('an empty password is refused before any server is asked', async () => {
	const done = await refused('anna', /empty password/, { password: '' });
	assert.doesNotMatch(done.stdout, /Server ldap/);
});

test('a name without a password in the file does not bind as nobody', async () => {
	const file = path.join(dir, 'empty');
	fs.writeFileSync(file, '\n');
	await refused('anna', /is empty/, { more: { 'ldap-bind-password-file': file } });
	fs.writeFileSync(file, 'wrong\n');
	await refused('anna', /does not accept ldap-bind-dn/, { more: { 'ldap-bind-password-file': file } });
});

test('certificates: another name, another authority, expired, not yet: refused, with the reason', async (t) => {
	const other = new Authority('Another authority');
	t.after(() => other.end());
	const cases = [
		[ca.issue('other.example.org', 'DNS:other.example.org'), ca, /for another name: CN=other\.example\.org.*should name 127\.0\.0\.1/],
		[other.issue('127.0.0.1', 'IP:127.0.0.1'), other, /not accepted: unable to get local issuer|not accepted: self.signed/],
		[ca.issue('127.0.0.1', 'IP:127.0.0.1', { from: '20200101000000Z', to: '20210101000000Z' }), ca, /not accepted: certificate has expired/],
		[ca.issue('127.0.0.1', 'IP:127.0.0.1', { from: '20390101000000Z', to: '20400101000000Z' }), ca, /not accepted: certificate is not yet valid/],
	];
	for (const [cert, authority, pattern] of cases) {
		const bad = await Slapd.start({ authority, certificate: cert, data: false });
		t.after(() => bad.end());
		for (const uri of [bad.uri, bad.tlsUri]) {
			/* Nothing around it can weaken the check. */
			fs.writeFileSync(path.join(dir, '.ldaprc'), 'TLS_REQCERT never\n');
			const done = await refused('anna', pattern, { password: 'anna-secret', more: { 'ldap-servers': uri },
				env: { LDAPTLS_REQCERT: 'never', LDAPTLS_CACERT: authority.file, LDAPCONF: path.join(dir, '.ldaprc') } });
			assert.match(done.stdout, /no answer/);
			fs.rmSync(path.join(dir, '.ldaprc'));
		}
		assert.doesNotMatch(bad.log, /BIND/);
	}
});

test('a server without TLS gets no password', async (t) => {
	const plain = await Slapd.start({ data: true, ldif: person('anna') });
	t.after(() => plain.end());
	await refused('anna', /refuses StartTLS/, { password: 'anna-secret', more: { 'ldap-servers': plain.uri } });
	await refused('anna', /TLS/, { password: 'anna-secret', more: { 'ldap-servers': plain.uri.replace('ldap:', 'ldaps:') } });
	assert.doesNotMatch(plain.log, /BIND dn="(cn=service|uid=anna)/);
	/* Plain text takes two options, and works on the loopback address only. */
	assert.match((await refused('anna', /would get passwords in plain text/, { more: { 'ldap-servers': plain.uri, 'ldap-starttls': 'no' } })).stderr, /ldap-starttls is no/);
	await refused('anna', /plain text over the network/, { more: { 'ldap-servers': 'ldap://ldap.example.org', 'ldap-starttls': 'no', 'ldap-allow-plaintext': 'loopback-only' } });
	await refused('anna', /no or loopback-only/, { more: { 'ldap-allow-plaintext': 'yes' } });
	const done = await good('anna', { password: 'anna-secret', more: { 'ldap-servers': plain.uri, 'ldap-starttls': 'no', 'ldap-allow-plaintext': 'loopback-only' } });
	assert.match(done.stdout, /Plain text, as ldap-allow-plaintext allows/);
});

test('no login changes the question', async () => {
	for (const login of ['*', 'ann*', '*)(uid=*', 'anna)(|(uid=*', '\\2a', 'anna\\00', '(uid=anna)', 'anna*'])
		await refused(login, /no entry|spelled otherwise/, { password: 'anna-secret' });
	/* The server takes these for the same, but we ask one spelling of each. */
	await refused('anna ', /not a login/, { password: 'anna-secret' });
	await refused('an  na', /not a login/, { password: 'anna-secret' });
	await refused('ａnna', /no entry|spelled otherwise/, { password: 'anna-secret' });
	await refused('x'.repeat(256), /not a login/, { password: 'anna-secret' });
	await refused('an\tna', /not a login/, { password: 'anna-secret' });
	await good('ANNA', { password: 'anna-secret' });
	await good('odd+one', { password: 'odd-secret' });
	await refused('twin', /More than one entry.*more than one entry/s, { password: 'twin-secret' });
});

test('the name of an entry by a template', async () => {
	const more = { 'ldap-user-dn': `uid={login},ou=people,${suffix}` };
	await good('anna', { password: 'anna-secret', more });
	await refused('anna', /wrong password/, { password: 'wrong', more });
	for (const login of ['anna,ou=people', 'anna+cn=x', '#anna', 'twin,ou=more', 'nobody', '\\61nna'])
		await refused(login, /no entry|spelled otherwise/, { password: 'anna-secret', more });
	/* A filter still counts. */
	await refused('anna', /no entry/, { more: { ...more, 'ldap-user-filter': '(employeeType=Staff)' } });
	await good('posix', { password: 'posix-secret', more: { ...more, 'ldap-user-filter': '(employeeType=Staff)' } });
	await refused('anna', /not a distinguished name with/, { more: { 'ldap-user-dn': 'nonsense' } });
});

test('filters of our own', async () => {
	const more = { 'ldap-user-filter': '(&(objectClass=inetOrgPerson)(|(uid={login})(mail={login})))' };
	await good('anna@example.org', { password: 'anna-secret', more });
	await good('anna', { password: 'anna-secret', more });
	await refused('anna', /has no \{login\}/, { more: { 'ldap-user-filter': '(uid=anna)' } });
	await refused('anna', /parentheses/, { more: { 'ldap-user-filter': '(&(uid={login})' } });
	await refused('anna', /parentheses/, { more: { 'ldap-user-filter': 'uid={login}' } });
	await refused('anna', /'=' alone/, { more: { 'ldap-user-filter': '(uid:={login})' } });
});

function groupsOf(done) {
	return [...done.stdout.matchAll(/^  (cn=[^,]*),ou=groups/gm)].map((m) => m[1].slice(3)).sort();
}

test('groups: by member, uniqueMember, memberUid and memberOf; nested, through a cycle', async () => {
	const nested = ['direct', 'outer', 'outermost', 'ring-1', 'ring-2', 'ring-3'];
	const done = await good('anna');
	assert.deepEqual(groupsOf(done), nested);
	assert.match(done.stdout, /cn=outermost.*\n    through cn=outer,.*\n    through cn=direct,/);
	assert.deepEqual(groupsOf(await good('anna', { more: { 'ldap-groups': 'memberof' } })), nested);
	assert.deepEqual(groupsOf(await good('anna', { more: { 'ldap-groups': 'memberof, member uniqueMember memberUid' } })), nested);
	assert.deepEqual(groupsOf(await good('anna', { more: { 'ldap-nested-groups': 'no' } })), ['direct', 'ring-1']);
	const shallow = await good('anna', { more: { 'ldap-nested-depth': '1' } });
	assert.deepEqual(groupsOf(shallow), ['direct', 'outer', 'ring-1', 'ring-2']);
	assert.match(shallow.stdout, /deeper than 1/);
	assert.deepEqual(groupsOf(await good('cleo', { more: { 'ldap-groups': 'uniquemember' } })), ['unique', 'unique-outer']);
	assert.deepEqual(groupsOf(await good('cleo')), []);
	assert.deepEqual(groupsOf(await good('posix', { more: { 'ldap-groups': 'memberuid' } })), ['posix-group']);
	assert.deepEqual(groupsOf(await good('anna', { more: { 'ldap-groups': 'memberuid' } })), []);
	assert.deepEqual(groupsOf(await good('anna', { more: { 'ldap-group-filter': '(cn=outer*)', 'ldap-nested-groups': 'no' } })), []);
	await refused('anna', /ldap-group-base .* does not exist/, { more: { 'ldap-group-base': `ou=nowhere,${suffix}` } });
	await refused('anna', /ldap-groups: member/, { more: { 'ldap-groups': 'members' } });
});

test("Active Directory's rule is asked of the server", async (t) => {
	const done = await good('anna', { more: { 'ldap-nested-groups': 'rule' } });
	assert.match(done.stdout, /\(member:1\.2\.840\.113556\.1\.4\.1941:=uid=anna,/);
	const fake = await activeDirectory('');
	t.after(() => fake.end());
	await good('anna', { more: { ...ofActiveDirectory, 'ldap-servers': fake.uri } });
	assert.equal(fake.requests.filter((r) => r.op === 'search' && r.text.includes('1.2.840.113556.1.4.1941')).length, 1);
});

test('more groups than a server gives at once come in pages; a group of 1500 is no burden', async (t) => {
	const many = await Slapd.start({ authority: ca, certificate, overlays: false, ldif: person('anna') +
		[...Array(1200)].map((_, i) => group(`g${i}`, [personDn('anna')])).join('') +
		group('crowd', [personDn('anna'), ...[...Array(1500)].map((_, i) => personDn(`p${i}`))]) });
	t.after(() => many.end());
	const done = await good('anna', { more: { 'ldap-servers': many.uri, 'ldap-nested-groups': 'no', 'ldap-total-timeout': '60s' } });
	assert.equal(groupsOf(done).length, 1201);
	/* A server that gives a part only is not believed. */
	fs.writeFileSync(path.join(many.dir, 'slapd.conf'), fs.readFileSync(path.join(many.dir, 'slapd.conf'), 'utf8').replace('size.prtotal=unlimited', 'size.prtotal=disabled'));
	await many.stop();
	await many.run();
	await refused('anna', /the search failed/, { more: { 'ldap-servers': many.uri, 'ldap-nested-groups': 'no' } });
});

test('password policy: what is told, and what is not', async () => {
	await new Promise((r) => setTimeout(r, 2100));
	const expired = await refused('expired', /has expired\. Change it there/, { password: 'expired-secret' });
	assert.match(expired.stdout, /right password, refused by policy/);
	await refused('expired', /no sign-in \(wrong password\)/, { password: 'wrong' });
	assert.match((await good('grace', { password: 'grace-secret' })).stdout, /has expired\. It opens 2 more sign-ins/);
	assert.match((await good('grace', { password: 'grace-secret' })).stdout, /It opens 1 more sign-in;/);
	assert.match((await good('soon', { password: 'soon-secret' })).stdout, /expires in 5 days/);
	/* Locked by wrong passwords: the person is not told, as anyone would be. */
	for (let i = 0; i < 3; i++)
		await refused('locked', /wrong password/, { password: 'wrong' });
	const locked = await refused('locked', /no sign-in \(locked\)/, { password: 'locked-secret' });
	assert.doesNotMatch(locked.stdout, /Shown to the person|is told/);
	/* A lock that anyone can bring about does not end what is open; a lock for good does. */
	assert.match((await ask('locked')).stdout, /found; no password was tried/);
	slapd.modify(`dn: ${personDn('bert')}\nchangetype: modify\nreplace: pwdAccountLockedTime\npwdAccountLockedTime: 000001010000Z\n`);
	await refused('bert', /found, but disabled/);
	slapd.modify(`dn: ${personDn('bert')}\nchangetype: modify\ndelete: pwdAccountLockedTime\n`);
	slapd.modify(`dn: ${personDn('cleo')}\nchangetype: modify\nreplace: pwdReset\npwdReset: TRUE\n`);
	await refused('cleo', /must change your password/, { password: 'cleo-secret' });
	slapd.modify(`dn: ${personDn('cleo')}\nchangetype: modify\ndelete: pwdReset\n`);
});

const ofActiveDirectory = { 'ldap-starttls': 'no', 'ldap-allow-plaintext': 'loopback-only', 'ldap-login-attribute': 'sAMAccountName',
	'ldap-name-attribute': 'displayName', 'ldap-id-attribute': 'objectGUID', 'ldap-nested-groups': 'rule' };

/* A person's entry as Active Directory gives it, and its words for a bind. */
function activeDirectory(code, attributes = {}) {
	return FakeDirectory.start(({ op, text }) => {
		if (op === 'bind')
			return [text.includes('CN=Anna') && code ? answer.bind(49, `80090308: LdapErr: DSID-0C09042F, comment: AcceptSecurityContext error, data ${code}, v4563`) : answer.bind(0)];
		if (op === 'search' && text.includes('sAMAccountName'))
			return [answer.entry('CN=Anna,CN=Users,DC=ad', { sAMAccountName: ['anna'], displayName: ['Anna A.'],
				objectGUID: [Buffer.from('00ff102030405060708090a0b0c0d0e0', 'hex')], userAccountControl: ['512'], ...attributes }),
			answer.reference('ldap://192.0.2.1/CN=Configuration'), answer.done()];
		return op === 'search' ? [answer.done()] : [];
	});
}

test("Active Directory's sub-codes, ids and flags", async (t) => {
	const cases = [['532', /has expired/], ['533', /is closed/], ['701', /is closed/], ['773', /must change/], ['530', /at this time/],
		['531', /from here/], ['52e', /no sign-in \(wrong password\)/], ['775', /no sign-in \(locked\)/], ['525', /no sign-in \(wrong password\)/]];
	const more = ofActiveDirectory;
	for (const [code, pattern] of cases) {
		const fake = await activeDirectory(code);
		t.after(() => fake.end());
		const done = await refused('anna', pattern, { password: 'x', more: { ...more, 'ldap-servers': fake.uri } });
		if (code === '775' || code === '52e' || code === '525')
			assert.doesNotMatch(done.stdout, /is told/);
	}
	const right = await activeDirectory('');
	t.after(() => right.end());
	const done = await good('anna', { password: 'x', more: { ...more, 'ldap-servers': right.uri } });
	assert.match(done.stdout, /id hex:00ff102030405060708090a0b0c0d0e0/);
	for (const [attributes, result] of [[{ userAccountControl: ['514'] }, /disabled/], [{ accountExpires: ['133000000000000000'] }, /disabled/],
		[{ accountExpires: ['9223372036854775807'] }, /the sign-in is good/], [{ accountExpires: ['0'] }, /the sign-in is good/]]) {
		const fake = await activeDirectory('', attributes);
		t.after(() => fake.end());
		assert.match((await ask('anna', { password: 'x', more: { ...more, 'ldap-servers': fake.uri } })).stdout, result);
	}
});

test('referrals are not followed', async (t) => {
	/* The base holds one; the person is found all the same, and nothing goes to 192.0.2.1. */
	const done = await good('anna', { more: { 'ldap-base': `ou=people,${suffix}`, 'ldap-group-base': suffix } });
	assert.ok(done.ms < 3000, `${done.ms} ms`);
	await refused('anna', /refers elsewhere/, { more: { 'ldap-base': `ou=elsewhere,ou=people,${suffix}` } });
	const away = await FakeDirectory.start(({ op }) => [op === 'bind' ? answer.bind(0) : answer.done(10, 'elsewhere')]);
	t.after(() => away.end());
	await refused('anna', /refers elsewhere/, { more: { 'ldap-servers': away.uri, 'ldap-starttls': 'no', 'ldap-allow-plaintext': 'loopback-only' } });
});

test('servers: the next is asked when one does not answer, never when it says no', async (t) => {
	const closed = `ldap://127.0.0.1:${await freePort()}`;
	const hole = await BlackHole.start();
	t.after(() => hole.end());
	const fast = { 'ldap-timeout': '500ms', 'ldap-connect-timeout': '500ms' };
	for (const bad of [closed, `ldap://127.0.0.1:${hole.port}`, `ldaps://127.0.0.1:${hole.port}`, 'ldap://no-such-host.invalid']) {
		const done = await good('anna', { password: 'anna-secret', more: { ...fast, 'ldap-servers': `${bad} ${slapd.uri}` } });
		assert.match(done.stdout, /gives no answer/);
		assert.ok(done.ms < 4000, `${bad}: ${done.ms} ms`);
	}
	const second = await Slapd.start({ authority: ca, certificate, ldif: person('anna') });
	t.after(() => second.end());
	await refused('anna', /wrong password/, { password: 'wrong', more: { 'ldap-servers': `${slapd.uri} ${second.uri}` } });
	assert.doesNotMatch(second.log, /BIND dn="uid=anna/);
	const none = await refused('anna', /gives no answer \(.*Only local accounts/s, { password: 'anna-secret', more: { ...fast, 'ldap-servers': `${closed},ldap://127.0.0.1:${hole.port}` } });
	assert.ok(none.ms < 4000);
	/* The total is the limit, whatever the steps may take. */
	const total = await refused('anna', /gives no answer/, { more: { 'ldap-timeout': '30s', 'ldap-total-timeout': '1s', 'ldap-servers': `ldap://127.0.0.1:${hole.port} ldaps://127.0.0.1:${hole.port}` } });
	assert.ok(total.ms < 4000, `${total.ms} ms`);
});

test('a server that dies or drips in the middle of it', async (t) => {
	const dying = await Slapd.start({ authority: ca, certificate, ldif: person('anna') });
	t.after(() => dying.end());
	dying.signal('SIGSTOP');
	const asked = ask('anna', { password: 'anna-secret', more: { 'ldap-servers': `${dying.uri} ${slapd.uri}`, 'ldap-timeout': '20s', 'ldap-total-timeout': '30s' } });
	await new Promise((r) => setTimeout(r, 700));
	await dying.stop('SIGKILL');
	assert.match((await asked).stdout, /gives no answer[^]*the sign-in is good/);
	/* Ends the connection at the bind; sends half an answer; a byte at a time; nonsense. */
	const plain = { 'ldap-starttls': 'no', 'ldap-allow-plaintext': 'loopback-only', 'ldap-timeout': '700ms', 'ldap-total-timeout': '2s' };
	const drip = (socket, bytes) => {
		let i = 0;
		const timer = setInterval(() => (i < bytes.length ? socket.write(bytes.subarray(i, ++i)) : clearInterval(timer)), 150);
		socket.on('close', () => clearInterval(timer));
	};
	const half = Buffer.from([0x30, 0x0c, 0x02, 0x01, 0x01, 0x61]);
	for (const act of [(s) => s.destroy(), (s) => s.write(half), (s) => drip(s, Buffer.concat([Buffer.from([0x30, 0x7f]), Buffer.alloc(100, 4)])),
		(s) => s.write(Buffer.alloc(1000, 0xff)), (s) => s.write(Buffer.from([0x30, 0x84, 0x7f, 0xff, 0xff, 0xff])), (s) => s.end('HTTP/1.1 400 Bad Request\r\n\r\n')]) {
		const fake = await FakeDirectory.start(({ op, socket }) => { if (op === 'bind') act(socket); return []; });
		t.after(() => fake.end());
		const done = await refused('anna', /gives no answer/, { password: 'x', more: { ...plain, 'ldap-servers': fake.uri } });
		assert.ok(done.ms < 4000, `${done.ms} ms`);
	}
});

test('the map: what it gives, and where it is wrong', async () => {
	const map = path.join(dir, 'map');
	fs.writeFileSync(map, `# who is what\n\ngroup CN=Outermost, OU=groups, dc=example,dc=org -> cincinnati editor team research services\n` +
		`group ${groupDn('direct')} -> cincinnati reader team law-enforcement\nattribute employeetype="staff" -> national contributor\n` +
		`everyone -> leadership-group reader\ngroup ${groupDn('ring-3')} -> network-admin\n`);
	const done = await good('anna', { more: { 'ldap-map': map } });
	assert.match(done.stdout, /map:3: group .* gives editor in space cincinnati, in the team as research services/);
	assert.match(done.stdout, /map:4: .* gives reader in space cincinnati, in the team as law-enforcement/);
	assert.match(done.stdout, /map:6: everyone gives reader in space leadership-group/);
	assert.match(done.stdout, /map:7: .* gives network admin/);
	assert.doesNotMatch(done.stdout, /map:5/);
	assert.match((await good('posix', { more: { 'ldap-map': map } })).stdout, /map:5: attribute employeetype=staff gives contributor in space national/);
	fs.appendFileSync(map, 'everyone -> atlantis reader\n');
	assert.match((await refused('anna', /there is no space/, { more: { 'ldap-map': map } })).stdout, /map:8: there is no space 'atlantis'/);
	assert.match((await refused('', /Something is wrong/, { words: ['check'], more: { 'ldap-map': map } })).stdout, /The search base .* can be read/);
	for (const [line, pattern] of [['group nonsense -> national reader', /map:2: 'nonsense' is not a distinguished name/],
		['group cn=a national reader', /map:2: expected 'group DN -> SPACE ROLE'/], ['everyone -> national boss', /map:2: .*not 'boss'/],
		['everyone -> national', /map:2: after the space comes reader/], ['everyone ->', /map:2: after '->' comes a space/],
		['everyone -> network-admin please', /map:2: nothing may stand after/], ['attribute x -> national reader', /map:2: expected 'attribute/],
		['everyone -> national reader team', /map:2: after 'team'/], ['someone -> national reader', /map:2: a line begins with/]]) {
		fs.writeFileSync(map, `# one\n${line}\n`);
		await refused('anna', pattern, { more: { 'ldap-map': map } });
	}
	await refused('anna', /ldap-map: .*No such file/, { more: { 'ldap-map': path.join(dir, 'absent') } });
});

test('a login that a local account has is told', async () => {
	assert.equal(commonweal(dir, ['account', 'add', 'cleo']).status, 0);
	await refused('cleo', /A local account here has the login cleo already/);
});

test('commonweal ldap check looks at every server', async () => {
	const closed = `ldap://127.0.0.1:${await freePort()}`;
	assert.match((await good('', { words: ['check'] })).stdout, /All is well/);
	const done = await refused('', /Something is wrong/, { words: ['check'], more: { 'ldap-servers': `${closed} ${slapd.tlsUri}` } });
	assert.match(done.stdout, /cannot be reached: Connection refused[^]*TLS \(ldaps\) is on/);
	await refused('', /may not read it|does not exist/, { words: ['check'], more: { 'ldap-base': `ou=nowhere,${suffix}` } });
	await refused('', /may not read it|Insufficient access/, { words: ['check'], more: { 'ldap-bind-dn': '' } });
	assert.equal((await ask('', { words: ['nonsense'] })).status, 2);
	assert.match((await ask('', { words: ['check'], more: { 'ldap-servers': '' } })).stderr, /there is no directory/);
	for (const uri of ['http://x', 'ldap://', 'ldaps://host:port', 'ldaps://host:99999', 'ldaps://host/dc=x', 'ldaps://[::1'])
		assert.match((await ask('', { words: ['check'], more: { 'ldap-servers': uri } })).stderr, /ldap-servers: '/);
});
