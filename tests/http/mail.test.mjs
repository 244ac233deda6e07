// SPDX-License-Identifier: GPL-3.0-or-later
/* Mail to a real SMTP receiver. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { commonweal, temporary } from '../support/server.mjs';
import { certificates, receiver } from '../support/smtp.mjs';

const from = '--mail-from=network@example.org';

function send(port, more = [], to = 'chief@example.org') {
	const dir = temporary();
	const done = commonweal(dir, [`--mail-server=smtp://127.0.0.1:${port}`, from, ...more, 'mail', to]);
	fs.rmSync(dir, { recursive: true });
	return done;
}

test('a message arrives whole', async (t) => {
	const smtp = await receiver();
	t.after(() => smtp.end());
	const done = send(smtp.port, ['--mail-from-name=Réseau national, "Nord"']);
	assert.equal(done.status, 0, done.stderr);
	const [message] = smtp.messages();
	assert.match(message, /^X-From: network@example\.org\r$/m);
	assert.match(message, /^X-To: chief@example\.org\r$/m);
	assert.match(message, /^From: =\?UTF-8\?B\?[A-Za-z0-9+/=]+\?=.* <network@example\.org>\r$/m);
	assert.match(message, /^Subject: A test of the network's mail\r$/m);
	assert.match(message, /^Date: [A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000\r$/m);
	assert.match(message, /^Message-ID: <[0-9a-f-]{36}@example\.org>\r$/m);
	assert.match(message, /^Auto-Submitted: auto-generated\r$/m);
	assert.match(message, /^Content-Type: text\/plain; charset=utf-8\r$/m);
	assert.match(message, /This message was sent by 'commonweal mail'/);
	for (const line of message.split('\r\n'))
		assert.ok(Buffer.byteLength(line) <= 998);
});

test('TLS is checked when a certificate file is set', async (t) => {
	const folder = temporary(), other = temporary();
	const own = certificates(folder), foreign = certificates(other);
	const smtp = await receiver(['--tls', own.certificate, own.key]);
	t.after(async () => {
		await smtp.end();
		fs.rmSync(folder, { recursive: true });
		fs.rmSync(other, { recursive: true });
	});
	const good = send(smtp.port, [`--mail-ca-file=${own.ca}`]);
	assert.equal(good.status, 0, good.stderr);
	assert.match(smtp.messages()[0], /^X-Secure: yes/);
	const bad = send(smtp.port, [`--mail-ca-file=${foreign.ca}`]);
	assert.equal(bad.status, 1);
	assert.match(bad.stderr, /certificate was not accepted/);
	const plain = await receiver();
	const never = send(plain.port, [`--mail-ca-file=${own.ca}`]);
	assert.equal(never.status, 1, 'a server without STARTTLS gets nothing');
	assert.equal(plain.messages().length, 0);
	await plain.end();
	assert.equal(smtp.messages().length, 1);
});

test('what the server says is told', async (t) => {
	const smtp = await receiver(['--refuse', '554']);
	t.after(() => smtp.end());
	const refused = send(smtp.port);
	assert.equal(refused.status, 1);
	assert.match(refused.stderr, /554/);
	const nobody = send(1);
	assert.equal(nobody.status, 1);
	assert.match(nobody.stderr, /did not take the message/);
	for (const to of ['no address', 'a@b c', 'x@y\r\nRCPT TO:<z@y>', '<a@b>', 'a@-b', '@b', 'a@', 'a..b@c'])
		assert.match(send(smtp.port, [], to).stderr, /is not an e-mail address/, to);
});

test('options that do not fit stop the start', () => {
	const dir = temporary();
	const run = (...args) => commonweal(dir, [...args, 'mail', 'a@example.org']).stderr;
	assert.match(run(), /No mail server is set/);
	assert.match(run('--mail-server=http://x', from), /smtp:\/\/host/);
	assert.match(run('--mail-server=smtp://x'), /mail-from/);
	assert.match(run('--mail-server=smtp://user:pw@x', from), /smtp:\/\/host/);
	fs.rmSync(dir, { recursive: true });
});
