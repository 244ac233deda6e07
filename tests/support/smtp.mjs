// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts the SMTP receiver of smtp.py, and makes certificates for it. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporary, top } from './server.mjs';

/* { port, messages(), end() }; args as smtp.py has them. */
export async function receiver(args = []) {
	const folder = temporary();
	/* Debian's own interpreter: aiosmtpd is a Debian package. */
	const child = spawn('/usr/bin/python3', [path.join(top, 'tests/support/smtp.py'), folder, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
	process.on('exit', () => child.kill('SIGKILL'));
	const port = await new Promise((resolve, reject) => {
		let said = '';
		child.stdout.setEncoding('utf8').on('data', (text) => {
			said += text;
			const ready = /ready (\d+)\n/.exec(said);
			if (ready)
				resolve(Number(ready[1]));
		});
		child.once('exit', (code) => reject(new Error(`the mail receiver ended with ${code}`)));
	});
	return {
		port,
		messages: () => fs.readdirSync(folder).filter((f) => f.endsWith('.eml')).sort()
			.map((f) => fs.readFileSync(path.join(folder, f), 'utf8')),
		async end() {
			const ended = new Promise((resolve) => child.once('exit', resolve));
			child.stdin.end();
			await ended;
			fs.rmSync(folder, { recursive: true });
		},
	};
}

/* A certificate for 127.0.0.1 and localhost, signed by its own CA; paths of ca, certificate, key. */
export function certificates(folder) {
	const run = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
	run('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=Test CA');
	run('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'key.pem', '-out', 'request.pem', '-subj', '/CN=localhost');
	fs.writeFileSync(path.join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
	run('x509', '-req', '-in', 'request.pem', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names', '-out', 'certificate.pem');
	return { ca: path.join(folder, 'ca.pem'), certificate: path.join(folder, 'certificate.pem'), key: path.join(folder, 'key.pem') };
}
