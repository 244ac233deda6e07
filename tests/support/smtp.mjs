// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts the SMTP receiver of smtp.py, and makes certificates for it. */
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { temporary, top } from './server.mjs';

/* { port, messages(), end() }; args as smtp.py has them; the messages go into folder. */
export async function receiver(args = [], folder = temporary()) {
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
		folder,
		messages: () => fs.readdirSync(folder).filter((f) => f.endsWith('.eml')).sort()
			.map((f) => fs.readFileSync(path.join(folder, f), 'utf8')),
		/* keep: the folder stays, for the next receiver. kill: it holds a message and would not end. */
		async end({ keep = false, kill = false } = {}) {
			const ended = new Promise((resolve) => child.once('exit', resolve));
			if (kill)
				child.kill('SIGKILL');
			else
				child.stdin.end();
			await ended;
			if (!keep)
				fs.rmSync(folder, { recursive: true });
		},
		/* Resolves with the messages when there are n of them. */
		async wait(n) {
			for (;;) {
				const there = this.messages();
				if (there.length >= n)
					return there;
				await new Promise((resolve) => {
					const watch = fs.watch(folder, done);
					const poll = setTimeout(done, 1000); /* one that came before the watch */
					function done() {
						clearTimeout(poll);
						watch.close();
						resolve();
					}
				});
			}
		},
	};
}

/* Header fields and the parts of a message: { headers, parts: [{ type, text }] }. */
export function readMail(message) {
	const split = (text) => {
		const at = text.indexOf('\r\n\r\n');
		const headers = {};
		for (const line of text.slice(0, at).replaceAll(/\r\n[ \t]+/g, ' ').split('\r\n')) {
			const colon = line.indexOf(':');
			headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
		}
		return { headers, body: text.slice(at + 4) };
	};
	const decode = ({ headers, body }) => {
		const coding = (headers['content-transfer-encoding'] ?? '').toLowerCase();
		if (coding === 'base64')
			return Buffer.from(body, 'base64').toString('utf8');
		if (coding !== 'quoted-printable')
			return body;
		return Buffer.from(body.replaceAll(/=\r\n/g, '').replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1').toString('utf8');
	};
	const walk = (part, found) => {
		const type = part.headers['content-type'] ?? 'text/plain', boundary = /boundary="?([^";]+)"?/.exec(type)?.[1];
		if (!boundary)
			found.push({ type, text: decode(part).replaceAll('\r\n', '\n').trim() });
		else
			for (const piece of part.body.split(`--${boundary}`).slice(1, -1))
				walk(split(piece.replace(/^\r\n/, '').replace(/\r\n$/, '')), found);
		return found;
	};
	const whole = split(message);
	const subject = (whole.headers.subject ?? '').replaceAll(/=\?UTF-8\?B\?([^?]*)\?=\s*/g, (_, b) => `\u0001${b}\u0001`)
		.split('\u0001').map((piece, i) => (i % 2 ? Buffer.from(piece, 'base64').toString('utf8') : piece)).join('');
	return { headers: whole.headers, subject, type: whole.headers['content-type'], parts: walk(whole, []) };
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
