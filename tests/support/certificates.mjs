// SPDX-License-Identifier: GPL-3.0-or-later
/* A certificate authority of a test's own, made by the openssl program. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

export class Authority {
	constructor(dir) {
		this.dir = dir;
		fs.mkdirSync(dir, { recursive: true });
		this.serial = 1;
		this.run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '30', '-sha256',
			'-subj', '/CN=Test authority', '-keyout', this.file('ca.key'), '-out', this.file('ca.pem'));
		this.pem = fs.readFileSync(this.file('ca.pem'));
	}

	file(name) {
		return path.join(this.dir, name);
	}

	run(...args) {
		return execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
	}

	/* Files of a certificate for those names and its key, in that folder. */
	issue(names, { dir = this.dir, certificate = 'server.pem', key = 'server.key', kind = 'ec', days = '30', mode = 0o600 } = {}) {
		const work = fs.mkdtempSync(path.join(this.dir, 'issue-'));
		const at = (name) => path.join(work, name);
		const algorithm = kind === 'ec' ? ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'] : [`rsa:${kind}`];

		this.run('req', '-newkey', ...algorithm, '-nodes', '-subj', `/CN=${names[0]}`, '-keyout', at('key'), '-out', at('request'));
		fs.writeFileSync(at('ext'), `subjectAltName=${names.map((n) => (/^[\d.]+$/.test(n) ? `IP:${n}` : `DNS:${n}`)).join(',')}\nextendedKeyUsage=serverAuth\n`);
		this.run('x509', '-req', '-in', at('request'), '-CA', this.file('ca.pem'), '-CAkey', this.file('ca.key'), '-sha256',
			'-set_serial', String(this.serial++), '-days', days, '-extfile', at('ext'), '-out', at('certificate'));
		fs.mkdirSync(dir, { recursive: true });
		fs.writeFileSync(at('chain'), Buffer.concat([fs.readFileSync(at('certificate')), this.pem]));
		fs.chmodSync(at('key'), mode);
		/* Each is put in place whole, as ACME programs do. */
		fs.renameSync(at('key'), path.join(dir, key));
		fs.renameSync(at('chain'), path.join(dir, certificate));
		fs.rmSync(work, { recursive: true });
		return { certificate: path.join(dir, certificate), key: path.join(dir, key) };
	}
}
