// SPDX-License-Identifier: GPL-3.0-or-later
/* A real Kerberos realm (MIT's KDC) in a folder of its own on a free loopback port. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporary } from './server.mjs';
import { freePort, waitFor } from './slapd.mjs';

const running = new Set();

export class Kdc {
	static async start(realm) {
		const kdc = new Kdc();
		const port = await freePort();
		kdc.realm = realm;
		kdc.dir = temporary();
		kdc.env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin`, HOME: kdc.dir, KRB5_CONFIG: path.join(kdc.dir, 'krb5.conf'),
			KRB5_KDC_PROFILE: path.join(kdc.dir, 'kdc.conf') };
		fs.writeFileSync(kdc.env.KRB5_CONFIG, `[libdefaults]
default_realm = ${realm}
dns_lookup_kdc = false
dns_lookup_realm = false
dns_canonicalize_hostname = false
rdns = false
[realms]
${realm} = {
	kdc = 127.0.0.1:${port}
}
[domain_realm]
localhost = ${realm}
`);
		fs.writeFileSync(kdc.env.KRB5_KDC_PROFILE, `[kdcdefaults]
kdc_listen = 127.0.0.1:${port}
kdc_tcp_listen = 127.0.0.1:${port}
[realms]
${realm} = {
	database_name = ${kdc.dir}/principal
	key_stash_file = ${kdc.dir}/stash
	acl_file = ${kdc.dir}/acl
}
[logging]
kdc = FILE:${kdc.dir}/log
`);
		kdc.run('kdb5_util', ['-r', realm, 'create', '-s', '-P', 'master']);
		kdc.child = spawn('krb5kdc', ['-n', '-r', realm], { env: kdc.env, stdio: 'ignore' });
		running.add(kdc.child);
		kdc.exited = new Promise((resolve) => {
			kdc.child.once('exit', resolve);
			kdc.child.once('error', resolve);
		});
		kdc.add('probe', 'probe-secret');
		await waitFor('the KDC', () => {
			if (kdc.child.exitCode !== null)
				throw new Error(`krb5kdc ended: ${fs.readFileSync(path.join(kdc.dir, 'log'), 'utf8')}`);
			try {
				return kdc.ticket('probe', 'probe-secret');
			} catch {
				return false;
			}
		});
		return kdc;
	}

	run(name, args, input = '') {
		return execFileSync(name, args, { env: this.env, input, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] });
	}

	admin(query) {
		return this.run('kadmin.local', ['-r', this.realm, '-q', query]);
	}

	add(name, password) {
		this.admin(`addprinc ${password ? `-pw ${password}` : '-randkey'} ${name}`);
	}

	/* The file with the service's keys. */
	keytab(service) {
		const file = path.join(this.dir, `${service.replaceAll('/', '-')}.keytab`);
		this.add(service);
		this.admin(`ktadd -k ${file} ${service}`);
		return file;
	}

	/* Environment of a program of the person who has that ticket. */
	ticket(name, password) {
		const env = { ...this.env, KRB5CCNAME: path.join(this.dir, `ticket-${name.replaceAll('/', '-')}`) };
		execFileSync('kinit', [name], { env, input: `${password}\n`, stdio: ['pipe', 'pipe', 'pipe'] });
		return env;
	}

	async end() {
		if (this.child.exitCode === null && this.child.signalCode === null) {
			this.child.kill('SIGTERM');
			await this.exited;
		}
		running.delete(this.child);
		fs.rmSync(this.dir, { recursive: true, force: true });
	}
}

process.on('exit', () => {
	for (const child of running)
		child.kill('SIGKILL');
});
