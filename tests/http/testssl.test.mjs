// SPDX-License-Identifier: GPL-3.0-or-later
/* What testssl.sh (Debian package) finds in our TLS: nothing. Certificates are
 * left out, the test's own authority being none of the world's. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { Authority } from '../support/certificates.mjs';
import { Server, temporary } from '../support/server.mjs';

const found = spawnSync('testssl', ['--version']).error === undefined;
const sanitized = process.env.ASAN_OPTIONS || process.env.TSAN_OPTIONS;
const harmless = new Set([
	'scanTime', 'engine_problem',
	/* Pages are compressed; see docs/security.md. */
	'BREACH',
]);

test('testssl.sh finds no fault', { skip: !found ? 'testssl.sh is not installed' : sanitized ? 'once is enough' : false }, async (t) => {
	const dir = temporary();
	const authority = new Authority(path.join(dir, 'ca'));
	authority.issue(['localhost', '127.0.0.1'], { certificate: 'ec.pem', key: 'ec.key' });
	authority.issue(['localhost', '127.0.0.1'], { certificate: 'rsa.pem', key: 'rsa.key', kind: '2048' });
	t.after(() => fs.rmSync(dir, { recursive: true }));
	await Promise.all(['ec', 'rsa'].map(async (kind) => {
		const server = await Server.start({ args: [`--tls-certificate=${authority.file(`${kind}.pem`)}`, `--tls-key=${authority.file(`${kind}.key`)}`, '--listen-tls=127.0.0.1:0'] });
		t.after(() => server.end());
		const report = path.join(dir, `${kind}.json`);
		const run = spawn('testssl', ['--quiet', '--warnings', 'batch', '--color', '0', '--ip', '127.0.0.1', '--add-ca', authority.file('ca.pem'),
			'-p', '-s', '-f', '-P', '-U', '-h', '--jsonfile', report, `https://localhost:${server.tlsPort}`], { cwd: dir, stdio: ['ignore', 'ignore', 'ignore'] });
		await new Promise((resolve) => run.once('exit', resolve));
		const findings = JSON.parse(fs.readFileSync(report, 'utf8'));
		const of = (id) => findings.find((f) => f.id === id)?.finding ?? '';
		assert.deepEqual(findings.filter((f) => !['OK', 'INFO'].includes(f.severity) && !harmless.has(f.id))
			.map((f) => `${kind}: ${f.severity} ${f.id}: ${f.finding}`), []);
		for (const version of ['SSLv2', 'SSLv3', 'TLS1', 'TLS1_1'])
			assert.match(of(version), /not offered/, `${kind}: ${version}`);
		for (const version of ['TLS1_2', 'TLS1_3'])
			assert.match(of(version), /offered/, `${kind}: ${version}`);
		assert.match(of('HSTS_time'), /365 days/);
		assert.ok(findings.length > 50, `${findings.length} findings`);
	}));
});
