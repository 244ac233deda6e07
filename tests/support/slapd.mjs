// SPDX-License-Identifier: GPL-3.0-or-later
/* Real directory servers (OpenLDAP's slapd) on free loopback ports, each with a
 * folder of its own, stopped by process id; and a certificate authority. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { temporary } from './server.mjs';

const running = new Set();
const sbin = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };

export const suffix = 'dc=example,dc=org';
export const admin = { dn: `cn=admin,${suffix}`, password: 'admin-secret' };
export const service = { dn: `cn=service,${suffix}`, password: 'service-secret' };

export function freePort() {
	return new Promise((resolve, reject) => {
		const server = net.createServer().once('error', reject).listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

export async function waitFor(what, test, ms = 15000) {
	const end = Date.now() + ms;

	while (!await test()) {
		if (Date.now() > end)
			throw new Error(`waited too long: ${what}`);
		await new Promise((r) => setTimeout(r, 20));
	}
}

function answers(port) {
	return new Promise((resolve) => {
		const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
		socket.on('error', () => resolve(false));
	});
}

/* An authority with certificates for names and times of our choice. */
export class Authority {
	constructor(name = 'Test authority') {
		this.dir = temporary();
		this.file = path.join(this.dir, 'ca.pem');
		this.openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`,
			'-days', '30', '-keyout', 'ca.key', '-out', 'ca.pem');
		fs.writeFileSync(path.join(this.dir, 'index.txt'), '');
		fs.writeFileSync(path.join(this.dir, 'ca.conf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n' +
			'default_md=sha256\npolicy=p\nunique_subject=no\ncopy_extensions=copy\n[p]\ncommonName=supplied\n');
	}

	openssl(...args) {
		return execFileSync('openssl', args, { cwd: this.dir, stdio: ['ignore', 'pipe', 'pipe'] });
	}

	/* { cert, key } files; from, to: YYYYMMDDHHMMSSZ. */
	issue(name, alternative, { from = '20200101000000Z', to = '20400101000000Z' } = {}) {
		const base = `s${fs.readdirSync(this.dir).length}`;
		this.openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', `/CN=${name}`,
			'-addext', `subjectAltName=${alternative}`, '-keyout', `${base}.key`, '-out', `${base}.csr`);
		this.openssl('ca', '-batch', '-config', 'ca.conf', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-in', `${base}.csr`,
			'-out', `${base}.pem`, '-notext', '-startdate', from, '-enddate', to);
		return { cert: path.join(this.dir, `${base}.pem`), key: path.join(this.dir, `${base}.key`) };
	}

	end() {
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

const basis = `dn: ${suffix}
objectClass: dcObject
objectClass: organization
dc: example
o: Example

dn: ${service.dn}
objectClass: simpleSecurityObject
objectClass: organizationalRole
cn: service
userPassword: ${service.password}

dn: ou=people,${suffix}
objectClass: organizationalUnit
ou: people

dn: ou=groups,${suffix}
objectClass: organizationalUnit
ou: groups

dn: ou=policies,${suffix}
objectClass: organizationalUnit
ou: policies

`;

/* LDIF of a person; the password is the login with "-secret". */
export function person(uid, { cn = `${uid} Example`, more = '' } = {}) {
	return `dn: uid=${uid},ou=people,${suffix}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: ${cn}\nsn: Example\n` +
		`mail: ${uid}@example.org\nuserPassword: ${uid}-secret\n${more}\n`;
}

export function group(cn, members, { kind = 'groupOfNames', attribute = 'member', more = '' } = {}) {
	return `dn: cn=${cn},ou=groups,${suffix}\nobjectClass: ${kind}\ncn: ${cn}\n${more}` +
		members.map((m) => `${attribute}: ${m}\n`).join('') + '\n';
}

export const personDn = (uid) => `uid=${uid},ou=people,${suffix}`;
export const groupDn = (cn) => `cn=${cn},ou=groups,${suffix}`;

export class Slapd {
	/* certificate: { cert, key } and authority for TLS; config: more lines of slapd.conf. */
	static async start({ authority = null, certificate = null, ldif = '', config = '', overlays = true, data = true } = {}) {
		const server = new Slapd();
		server.dir = temporary();
		server.port = await freePort();
		server.tlsPort = await freePort();
		server.authority = authority;
		server.certificate = certificate;
		fs.mkdirSync(path.join(server.dir, 'db'));
		fs.writeFileSync(path.join(server.dir, 'slapd.conf'), `modulepath /usr/lib/ldap
moduleload back_mdb
moduleload memberof
moduleload ppolicy
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/nis.schema
include /etc/ldap/schema/inetorgperson.schema
pidfile ${server.dir}/slapd.pid
argsfile ${server.dir}/slapd.args
${certificate ? `TLSCACertificateFile ${authority.file}\nTLSCertificateFile ${certificate.cert}\nTLSCertificateKeyFile ${certificate.key}\n` : ''}
sizelimit 500
database mdb
suffix ${suffix}
rootdn ${admin.dn}
rootpw ${admin.password}
directory ${server.dir}/db
maxsize 104857600
dbnosync
index objectClass,uid,member,uniqueMember,memberUid,entryUUID eq
limits dn.exact="${service.dn}" size.soft=500 size.hard=500 size.prtotal=unlimited
access to attrs=userPassword by anonymous auth by * none
access to * by dn.exact="${service.dn}" read by anonymous auth by * none
${overlays ? `overlay memberof
memberof-refint true
overlay ppolicy
ppolicy_default cn=default,ou=policies,${suffix}` : ''}
${config}
`);
		try {
			await server.run();
			if (data)
				server.add(basis + ldif);
		} catch (e) {
			await server.end();
			throw e;
		}
		return server;
	}

	get log() {
		return fs.readFileSync(path.join(this.dir, 'log'), 'latin1');
	}

	get uri() {
		return `ldap://127.0.0.1:${this.port}`;
	}

	get tlsUri() {
		return `ldaps://127.0.0.1:${this.tlsPort}`;
	}

	async run() {
		const uris = this.certificate ? `${this.uri}/ ${this.tlsUri}/` : `${this.uri}/`;
		/* Into a file: a pipe would fill while this process waits for ldapadd. */
		const log = fs.openSync(path.join(this.dir, 'log'), 'a');
		this.child = spawn('slapd', ['-d', '256', '-h', uris, '-f', path.join(this.dir, 'slapd.conf')],
			{ env: sbin, stdio: ['ignore', log, log] });
		fs.closeSync(log);
		running.add(this.child);
		this.exited = new Promise((resolve) => {
			this.child.once('exit', resolve);
			this.child.once('error', resolve);
		});
		await waitFor('slapd', () => {
			if (this.child.exitCode !== null)
				throw new Error(`slapd ended: ${this.log}`);
			return answers(this.port);
		});
	}

	tool(name, args, input) {
		return execFileSync(name, ['-x', '-H', this.uri, '-D', admin.dn, '-w', admin.password, ...args],
			{ input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], maxBuffer: 1 << 26, env: { ...process.env, LDAPNOINIT: '1' } });
	}

	add(ldif) {
		return this.tool('ldapadd', [], ldif);
	}

	modify(ldif, args = []) {
		return this.tool('ldapmodify', args, ldif);
	}

	delete(...dns) {
		return this.tool('ldapdelete', dns, '');
	}

	signal(name) {
		this.child.kill(name);
	}

	async stop(signal = 'SIGTERM') {
		if (this.child.exitCode === null && this.child.signalCode === null) {
			this.child.kill(signal);
			await this.exited;
		}
		running.delete(this.child);
	}

	async end() {
		this.child.kill('SIGCONT');
		await this.stop();
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

/* A server that takes connections and bytes, and never says a word. */
export class BlackHole {
	static async start() {
		const hole = new BlackHole();
		hole.sockets = new Set();
		hole.server = net.createServer((socket) => {
			hole.sockets.add(socket);
			socket.resume();
			socket.on('error', () => {});
			socket.on('close', () => hole.sockets.delete(socket));
		});
		await new Promise((resolve) => hole.server.listen(0, '127.0.0.1', resolve));
		hole.port = hole.server.address().port;
		return hole;
	}

	async end() {
		for (const socket of this.sockets)
			socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}
}

process.on('exit', () => {
	for (const child of running)
		child.kill('SIGKILL');
});

/* ---- a server made of what a test wants, for what slapd does not do ---- */

function ber(tag, ...parts) {
	const body = Buffer.concat(parts.map((p) => (typeof p === 'string' ? Buffer.from(p) : p)));
	const length = body.length < 128 ? Buffer.from([body.length]) : Buffer.from([0x82, body.length >> 8, body.length & 255]);
	return Buffer.concat([Buffer.from([tag]), length, body]);
}

const octets = (text) => ber(4, text);
const result = (tag, code, text) => ber(tag, ber(10, Buffer.from([code])), octets(''), octets(text));

export const answer = {
	bind: (code, text = '') => result(0x61, code, text),
	done: (code = 0, text = '') => result(0x65, code, text),
	reference: (uri) => ber(0x73, octets(uri)),
	entry: (dn, attributes) => ber(0x64, octets(dn), ber(0x30, ...Object.entries(attributes).map(([name, values]) =>
		ber(0x30, octets(name), ber(0x31, ...values.map(octets)))))),
};

/* handle({ op, text, socket }) returns answers for a request: op is "bind",
 * "search" or a tag; text its bytes as latin1. */
export class FakeDirectory {
	static async start(handle) {
		const fake = new FakeDirectory();
		fake.requests = [];
		fake.sockets = new Set();
		fake.server = net.createServer((socket) => {
			let waiting = Buffer.alloc(0);
			fake.sockets.add(socket);
			socket.on('error', () => {}).on('close', () => fake.sockets.delete(socket));
			socket.on('data', (data) => {
				waiting = Buffer.concat([waiting, data]);
				for (;;) {
					const long = waiting.length > 1 && waiting[1] & 0x80 ? waiting[1] & 0x7f : 0;
					if (waiting.length < 2 + long)
						return;
					const n = long ? waiting.readUIntBE(2, long) : waiting[1];
					if (waiting.length < 2 + long + n)
						return;
					const message = waiting.subarray(2 + long, 2 + long + n);
					waiting = waiting.subarray(2 + long + n);
					const id = message.subarray(0, 2 + message[1]), tag = message[id.length];
					const request = { op: { 0x60: 'bind', 0x63: 'search', 0x42: 'unbind' }[tag] ?? tag, text: message.toString('latin1'), socket };
					fake.requests.push(request);
					for (const one of handle(request) ?? [])
						socket.write(ber(0x30, id, one));
				}
			});
		});
		await new Promise((resolve) => fake.server.listen(0, '127.0.0.1', resolve));
		fake.uri = `ldap://127.0.0.1:${fake.server.address().port}`;
		return fake;
	}

	async end() {
		for (const socket of this.sockets)
			socket.destroy();
		await new Promise((resolve) => this.server.close(resolve));
	}
}
