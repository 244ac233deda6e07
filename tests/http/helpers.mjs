// SPDX-License-Identifier: GPL-3.0-or-later
/* What the HTTP tests share: raw requests, links of a page. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import http from 'node:http';
import path from 'node:path';
import { temporary, top } from '../support/server.mjs';

/* Sends bytes as they are; resolves with everything that came back. */
export function raw(port, bytes, { wait = 4000 } = {}) {
	return new Promise((resolve, reject) => {
		const chunks = [];
		const socket = net.connect(port, '127.0.0.1', () => socket.write(bytes));
		const done = () => {
			socket.destroy();
			resolve(Buffer.concat(chunks).toString('latin1'));
		};
		socket.setTimeout(wait, done);
		socket.on('data', (data) => chunks.push(data));
		socket.on('end', done);
		socket.on('error', (e) => (chunks.length || e.code === 'ECONNRESET' || e.code === 'EPIPE' ? done() : reject(e)));
	});
}

export function status(answer) {
	const line = /^HTTP\/1\.[01] (\d{3})/.exec(answer);
	return line ? Number(line[1]) : 0;
}

/* GET with any header, Host too (fetch does not allow it). */
export function get(port, path, headers = {}, method = 'GET', body = null) {
	return new Promise((resolve, reject) => {
		const request = http.request({ host: '127.0.0.1', port, path, method, headers }, (answer) => {
			const chunks = [];
			answer.on('data', (data) => chunks.push(data));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers,
				bytes: Buffer.concat(chunks), text: Buffer.concat(chunks).toString('utf8') }));
		});
		request.on('error', reject);
		request.end(body);
	});
}

/* What a reader can follow: links, and forms that ask. */
export function links(html) {
	return [...html.replaceAll(/<form[^>]*method="post"[^>]*>/g, '').matchAll(/\s(?:href|src|action)="([^"]*)"/g)]
		.map((m) => m[1].replaceAll('&amp;', '&').replaceAll('&#39;', "'"));
}

/* Every local page that can be reached from `start`: path -> answer. */
export async function crawl(server, start = ['/'], { most = 3000, headers = {} } = {}) {
	const seen = new Map();
	const queue = [...start];

	while (queue.length && seen.size < most) {
		const path = queue.shift();
		if (seen.has(path))
			continue;
		const answer = await get(server.port, path, headers);
		seen.set(path, answer);
		if (answer.headers.location)
			queue.push(new URL(answer.headers.location, server.base).pathname +
				new URL(answer.headers.location, server.base).search);
		if (!/text\/html/.test(answer.headers['content-type'] ?? ''))
			continue;
		for (const link of links(answer.text)) {
			const url = new URL(link, server.base + path);
			if (url.origin === server.base)
				queue.push(url.pathname + url.search);
		}
	}
	return seen;
}

/* Checks XML texts ({ name: text }) with jing against a grammar of tests/fixtures/schemas. */
export function checkXml(grammar, texts) {
	const dir = temporary(), names = Object.keys(texts).map((name) => path.join(dir, `${name.replaceAll(/[^a-z0-9]+/gi, '-').slice(-150)}.xml`));
	for (const [i, text] of Object.values(texts).entries())
		fs.writeFileSync(names[i], text);
	const done = spawnSync('jing', ['-c', path.join(top, 'tests/fixtures/schemas', grammar), ...names], { encoding: 'utf8' });
	if (done.error)
		throw done.error;
	fs.rmSync(dir, { recursive: true });
	if (done.status !== 0)
		throw new Error(`not as ${grammar} wants it: ${done.stdout}${done.stderr}`);
}
