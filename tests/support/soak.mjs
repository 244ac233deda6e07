// SPDX-License-Identifier: GPL-3.0-or-later
/* Soak: the real server under mixed traffic, good and hostile, while content is
 * imported again and again. Fails on a wrong status, a death, an error in the
 * log, or memory that keeps growing. Usage: node tests/support/soak.mjs [MINUTES] */
import fs from 'node:fs';
import path from 'node:path';
import { raw } from '../http/helpers.mjs';
import { commonweal, fixtures, Server } from './server.mjs';

const minutes = Number(process.argv[2] ?? 10);
const end = Date.now() + minutes * 60000;
const server = await Server.start({ args: ['--read-timeout=5s', '--log-level=warn'] });
const guide = fs.readFileSync(path.join(fixtures, 'national/guide/the-call-in.xml'), 'utf8');
const counts = new Map();
const problems = [];

function memory() {
	return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))[1]);
}

const words = ['call-in', 'homicide', 'forum', 'gvi', '"call in"', 'xyzzy', 'type:guide notes', '-call', 'homicidd', 'é💥'];
const pick = (list) => list[Math.floor(Math.random() * list.length)];
const good = [() => '/', () => '/library?type=guide', () => '/guides/the-call-in', () => '/jurisdictions', () => '/events',
	() => `/search?q=${encodeURIComponent(pick(words))}&n=${Math.random()}`, () => `/api/v1/search?q=${encodeURIComponent(pick(words))}`,
	() => '/s/cincinnati', () => `/api/v1/suggest?q=${encodeURIComponent(pick(words).slice(0, 3))}`, () => '/api/v1/records?limit=3', () => '/healthz'];
const hostile = ['GET / HTTP/1.1\r\n\r\n', 'GET /../../etc HTTP/1.1\r\nHost: x\r\n\r\n', '\0\0\0\0', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab',
	`GET /${'a'.repeat(20000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 'GET /search?q=%ff HTTP/1.1\r\nHost: x\r\n\r\n', 'GET / HTTP/1.1\r\nHost: x\r\nX: '];

async function reader() {
	while (Date.now() < end && !problems.length) {
		if (Math.random() < 0.05) {
			await raw(server.port, pick(hostile), { wait: 200 });
			continue;
		}
		const where = pick(good)();
		const answer = await server.get(where, { headers: Math.random() < 0.3 ? { cookie: 'theme=dark' } : {} });
		await answer.arrayBuffer();
		counts.set(answer.status, (counts.get(answer.status) ?? 0) + 1);
		if (![200, 303, 304, 503].includes(answer.status))
			problems.push(`${where}: ${answer.status}`);
	}
}

async function writer() {
	for (let i = 0; Date.now() < end && !problems.length; i++) {
		const file = path.join(server.dir, 'again.xml');
		fs.writeFileSync(file, guide.replace('How to hold', `How, for the ${i}th time, to hold`));
		const done = commonweal(server.dir, ['import', file]);
		if (done.status !== 0)
			problems.push(`import: ${done.stderr}`);
		await new Promise((resolve) => setTimeout(resolve, 500));
	}
}

const samples = [];
const watch = setInterval(() => samples.push(memory()), 1000);
await Promise.all([reader(), reader(), reader(), reader(), writer()].map((p) => p.catch((e) => problems.push(String(e)))));
clearInterval(watch);
const { code, signal } = await server.end();
if (code !== 0)
	problems.push(`the server ended with ${signal ?? code}`);
if (/ error /.test(server.stderr))
	problems.push(server.stderr.split('\n').find((l) => / error /.test(l)));
/* After the first third everything is warm: the last third may not be larger by half. */
const third = Math.floor(samples.length / 3);
const mean = (list) => list.reduce((a, b) => a + b, 0) / Math.max(list.length, 1);
const warm = mean(samples.slice(third, 2 * third)), late = mean(samples.slice(2 * third));
if (third > 5 && late > warm * 1.5)
	problems.push(`memory grew from ${Math.round(warm)} to ${Math.round(late)} KiB`);
console.log(`soak: ${JSON.stringify(Object.fromEntries(counts))}, ${Math.round(warm)} then ${Math.round(late)} KiB`);
for (const p of problems)
	console.log(`soak: ${p}`);
console.log(`${problems.length ? 0 : 1} passed, ${problems.length} failed`);
process.exitCode = problems.length ? 1 : 0;
