// SPDX-License-Identifier: GPL-3.0-or-later
/* The measurements; run.sh starts it. Server and nginx share one core, wrk has
 * the other; what is compared runs in turn, so that noise meets both. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { build, commonweal, environment, Server, temporary, top } from '../support/server.mjs';

const quick = process.argv.includes('--quick');
const rounds = quick ? 3 : 5;
const seconds = quick ? 1 : 5;
const small = quick ? 2000 : 10000;
const large = quick ? 5000 : 100000;
const connections = 64;
const page = '/case-studies/item-0';
/* Makes a request someone's own, so that no cached answer is given. */
const own = ['-H', 'Cookie: __Host-bench=1'];

/* ---- tidying up ---- */

const folders = [];
const children = new Set();

function folder() {
	const dir = temporary();
	folders.push(dir);
	return dir;
}

process.on('exit', () => {
	for (const child of children)
		child.kill('SIGKILL');
	for (const dir of folders)
		fs.rmSync(dir, { recursive: true, force: true });
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
	process.on(signal, () => process.exit(1));

/* ---- numbers and tables ---- */

function spread(values) {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = (sorted.length - 1) / 2;
	return { min: sorted[0], max: sorted.at(-1),
		median: (sorted[Math.floor(middle)] + sorted[Math.ceil(middle)]) / 2 };
}

function digits(x) {
	return x >= 1000 ? Math.round(x).toLocaleString('en-US') : x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) :
		x.toFixed(2);
}

function three(values) {
	const s = spread(values);
	return [digits(s.min), digits(s.median), digits(s.max)];
}

function table(title, head, rows) {
	const all = [head, ...rows].map((row) => row.map(String));
	const widths = head.map((_, i) => Math.max(...all.map((row) => row[i].length)));

	console.log(`\n${title}`);
	for (const row of all)
		console.log(row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '));
}

/* ---- processes ---- */

/* Cores that we may use: [of the servers, of the load generator]. */
function cores() {
	const list = /:\s*(.*)$/m.exec(execFileSync('taskset', ['-pc', String(process.pid)], { encoding: 'utf8' }))[1];
	const numbers = list.split(',').flatMap((part) => {
		const [from, to = from] = part.split('-').map(Number);
		return Array.from({ length: to - from + 1 }, (_, i) => from + i);
	});
	return numbers.length > 1 ? numbers.slice(0, 2) : null;
}

const pair = cores();
const onServerCore = pair ? ['taskset', '-c', String(pair[0])] : [];
const onLoadCore = pair ? ['taskset', '-c', String(pair[1])] : [];
const ticks = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

function cpuSeconds(pid) {
	const fields = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
	return (Number(fields[11]) + Number(fields[12])) / ticks;
}

/* Mebibytes: { VmRSS, VmHWM, RssAnon }. */
function memory(pid) {
	const text = fs.readFileSync(`/proc/${pid}/status`, 'utf8');
	return Object.fromEntries([...text.matchAll(/^(VmRSS|VmHWM|RssAnon):\s+(\d+) kB/gm)]
		.map((m) => [m[1], Number(m[2]) / 1024]));
}

function tool(name, args, env) {
	const done = spawnSync(path.join(build, 'tests/bench', name), args, { env, encoding: 'utf8', maxBuffer: 1 << 26 });
	if (done.error)
		throw done.error;
	if (done.status !== 0)
		throw new Error(`${name}: ${done.stderr}`);
	return done.stdout;
}

function quiet(dir) {
	return environment(dir, { COMMONWEAL_LOG_LEVEL: 'warn' });
}

/* A database of n records; { dir, seconds }. */
function generate(n) {
	const dir = folder();
	return { dir, seconds: Number(tool('bench_generate', [String(n)], quiet(dir))) };
}

/* The server over the database of a folder, which stays. */
function serve(dir, wrap = []) {
	return Server.start({ content: null, dir, wrap, args: ['--log-level=warn'] });
}

function freePort() {
	return new Promise((resolve) => {
		const server = net.createServer().listen(0, '127.0.0.1', () => {
			const { port } = server.address();
			server.close(() => resolve(port));
		});
	});
}

async function reachable(port, child) {
	const end = Date.now() + 10000;

	while (Date.now() < end && child.exitCode === null) {
		const open = await new Promise((resolve) => {
			const socket = net.connect(port, '127.0.0.1', () => { socket.destroy(); resolve(true); });
			socket.on('error', () => resolve(false));
		});
		if (open)
			return;
		await new Promise((resolve) => { setTimeout(resolve, 20); });
	}
	throw new Error('nginx does not answer');
}

/* nginx with one worker over files: name -> bytes. { base, pid (the worker's), stop }. */
async function nginx(files) {
	const dir = folder();
	const port = await freePort();
	const temporaries = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((name) => `${name}_temp_path ${dir}/${name};`).join('\n\t');

	fs.chmodSync(dir, 0o755); /* started by root, the worker is someone else */
	fs.mkdirSync(path.join(dir, 'www'));
	for (const [name, bytes] of Object.entries(files))
		fs.writeFileSync(path.join(dir, 'www', name), bytes);
	fs.writeFileSync(path.join(dir, 'nginx.conf'), `daemon off;
worker_processes 1;
pid ${dir}/nginx.pid;
error_log ${dir}/error.log;
events { worker_connections 1024; }
http {
	${temporaries}
	access_log off;
	sendfile on;
	tcp_nopush on;
	keepalive_requests 1000000000;
	types { }
	default_type "text/html; charset=utf-8";
	server { listen 127.0.0.1:${port}; root ${dir}/www; }
}
`);
	const command = [...onServerCore, 'nginx', '-p', dir, '-e', `${dir}/error.log`, '-c', `${dir}/nginx.conf`];
	const child = spawn(command[0], command.slice(1),
		{ stdio: 'ignore', env: { PATH: `${process.env.PATH}:/usr/sbin:/sbin` } });
	const exited = new Promise((resolve) => { child.once('exit', resolve); });

	children.add(child);
	await reachable(port, child);
	return {
		base: `http://127.0.0.1:${port}`,
		pid: Number(fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]),
		stop: async () => {
			child.kill('SIGTERM');
			await exited;
			children.delete(child);
		},
	};
}

/* ---- load ---- */

let loads = 0;

/* One run of wrk: { rate, perCpu, p50, p99 (ms) }. */
async function load(url, pid, { headers = [], words = null, time = seconds } = {}) {
	const script = words ? ['-s', path.join(top, 'tests/bench/search.lua')] : [];
	const command = [...onLoadCore, 'wrk', '-t1', `-c${connections}`, `-d${time}s`, '--timeout', '60', '--latency',
		...headers, ...script, url];
	const before = cpuSeconds(pid);
	const child = spawn(command[0], command.slice(1),
		{ env: { PATH: process.env.PATH, WORDS: words ?? '', START: String(loads++) }, stdio: ['ignore', 'pipe', 'inherit'] });
	let text = '';

	children.add(child);
	child.stdout.setEncoding('utf8').on('data', (more) => { text += more; });
	await new Promise((resolve, reject) => {
		child.once('error', reject);
		child.once('close', resolve);
	});
	children.delete(child);
	const cpu = cpuSeconds(pid) - before;
	if (!/requests in/.test(text) || /Non-2xx|Socket errors/.test(text))
		throw new Error(`the load on ${url} went wrong:\n${text}`);
	const milliseconds = (percent) => {
		const [, value, unit] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s|m)`, 'm').exec(text);
		return Number(value) * { us: 0.001, ms: 1, s: 1000, m: 60000 }[unit];
	};
	const requests = Number(/(\d+) requests in/.exec(text)[1]);
	return { rate: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)[1]), perCpu: requests / cpu,
		p50: milliseconds(50), p99: milliseconds(99) };
}

/* ---- a. HTTP ---- */

async function bytesOf(url, headers = {}) {
	const answer = await fetch(url, { headers: { 'accept-encoding': 'identity', ...headers } });
	if (answer.status !== 200)
		throw new Error(`${url}: ${answer.status}`);
	return Buffer.from(await answer.arrayBuffer());
}

async function measureHttp(data, words) {
	const server = await serve(data.dir, onServerCore);
	const search = `/search?q=${words.medium.split(' ')[0]}`;
	const files = { page: await bytesOf(server.base + page), search: await bytesOf(server.base + search) };
	const fresh = await bytesOf(server.base + page, { cookie: '__Host-bench=1' });
	const other = await nginx(files);
	if (!files.page.equals(await bytesOf(`${other.base}/page`)) || !files.page.equals(fresh))
		throw new Error('the pages that are compared differ');
	const ours = server.child.pid;
	const rows = [
		{ name: 'nginx, the record as a file', bytes: files.page, url: `${other.base}/page`, pid: other.pid },
		{ name: 'record page, cached', bytes: files.page, url: server.base + page, pid: ours, to: 0 },
		{ name: 'record page, made anew', bytes: files.page, url: server.base + page, pid: ours, to: 0, headers: own },
		{ name: 'nginx, the results as a file', bytes: files.search, url: `${other.base}/search`, pid: other.pid },
		{ name: 'search, cached', bytes: files.search, url: server.base + search, pid: ours, to: 3 },
		{ name: 'search, rare word, each new', url: server.base, pid: ours, to: 3, words: words.rare },
		{ name: 'search, medium word, each new', url: server.base, pid: ours, to: 3, words: words.medium },
		{ name: 'search, common word, each new', url: server.base, pid: ours, to: 3, words: words.common },
		{ name: 'search, medium word, own page', url: server.base + search, pid: ours, to: 3, headers: own },
	];

	for (const row of rows) {
		row.runs = [];
		await load(row.url, row.pid, { ...row, time: 1 }); /* not counted: it fills caches */
	}
	for (let round = 0; round < rounds; round++)
		for (const row of rows)
			row.runs.push(await load(row.url, row.pid, row));
	await other.stop();
	await server.stop();
	const median = (row, key) => spread(row.runs.map((r) => r[key])).median;
	table(`HTTP over ${small.toLocaleString('en-US')} records: ${connections} connections, ${rounds} runs of ${seconds} s in turn` +
		(pair ? '' : ' (one core only: not pinned)'),
	['', 'bytes', 'requests/s min', 'median', 'max', 'to nginx', 'per CPU second', 'to nginx', 'p50 ms', 'p99 ms'],
	rows.map((row) => {
		const base = rows[row.to ?? rows.indexOf(row)];
		return [row.name, row.bytes?.length ?? '', ...three(row.runs.map((r) => r.rate)),
			(median(row, 'rate') / median(base, 'rate')).toFixed(4),
			digits(median(row, 'perCpu')), (median(row, 'perCpu') / median(base, 'perCpu')).toFixed(4),
			digits(median(row, 'p50')), digits(median(row, 'p99'))];
	}));
}

/* ---- b. search ---- */

function measureSearch(n, data) {
	console.log(`\nSearch inside the process, ${n.toLocaleString('en-US')} records`);
	process.stdout.write(tool('bench_search', [quick ? '3' : '9'], quiet(data.dir)));
}

/* ---- c. start, memory, import ---- */

async function measureStart(states) {
	for (const state of states)
		state.times = [];
	for (let round = 0; round < rounds + 2; round++)
		for (const state of states) {
			const dir = state.dir ?? folder();
			const begun = process.hrtime.bigint();
			const server = await serve(dir);
			state.times.push(Number(process.hrtime.bigint() - begun) / 1e6);
			await server.stop();
		}
	table('Start, from exec to the ready line', ['', 'ms min', 'median', 'max'],
		states.map((state) => [state.name, ...three(state.times)]));
}

async function measureMemory(states, words) {
	const rows = [];
	for (const state of states.filter((s) => s.dir)) {
		const server = await serve(state.dir);
		const idle = memory(server.child.pid);
		if (state.dir !== states[1].dir) { /* an empty database has no pages */
			for (const headers of [[], own])
				await load(`${server.base}/library`, server.child.pid, { headers, time: quick ? 1 : 3 });
			await load(server.base, server.child.pid, { words: words.common, time: quick ? 1 : 3 });
		}
		const after = memory(server.child.pid);
		await server.stop();
		rows.push([state.name, ...[idle, after].flatMap((m) => [m.VmRSS, m.RssAnon]).map((x) => x.toFixed(1)),
			after.VmHWM.toFixed(1)]);
	}
	table('Memory in MiB; resident counts the mapped pages of the database too',
		['', 'idle: resident', 'own', 'after load: resident', 'own', 'most'], rows);
}

/* The administration command over a folder of XML: { seconds, most (MiB) }. */
async function importFolder(xml, dir) {
	const begun = process.hrtime.bigint();
	const child = spawn(path.join(build, 'commonweal'), ['import', xml], { env: quiet(dir), stdio: ['ignore', 'ignore', 'inherit'] });
	let most = 0;

	children.add(child);
	const watch = setInterval(() => {
		try {
			most = Math.max(most, memory(child.pid).VmHWM ?? 0);
		} catch { /* it has ended */ }
	}, 20);
	const code = await new Promise((resolve) => { child.once('exit', resolve); });
	clearInterval(watch);
	children.delete(child);
	if (code !== 0)
		throw new Error(`import ended with ${code}`);
	return { seconds: Number(process.hrtime.bigint() - begun) / 1e9, most };
}

async function measureImport(saved) {
	const home = folder();
	const xml = path.join(home, 'xml');
	const first = [];
	const again = [];

	tool('bench_generate', [String(small), xml], quiet(home));
	for (let round = 0; round < (quick ? 1 : 3); round++) {
		const dir = folder();
		first.push(await importFolder(xml, dir));
		again.push(await importFolder(xml, dir));
		fs.rmSync(dir, { recursive: true, force: true });
	}
	const row = (name, n, runs) => [name, n.toLocaleString('en-US'), ...three(runs.map((r) => n / r.seconds)),
		runs[0].most ? Math.max(...runs.map((r) => r.most)).toFixed(0) : ''];
	table('Import', ['', 'records', 'records/s min', 'median', 'max', 'most MiB'], [
		row('commonweal import, new', small, first),
		row('commonweal import, unchanged', small, again),
		...saved.map(([n, data]) => row('saved in groups of 1,000', n, [data])),
	]);
}

/* ---- */

const commit = spawnSync('git', ['-C', top, 'describe', '--always', '--dirty'], { encoding: 'utf8' }).stdout?.trim();
console.log(`Commonweal ${commit || ''}, ${os.cpus()[0].model}, ${os.cpus().length} cores, load ${os.loadavg()[0].toFixed(1)} at the start`);
const some = generate(small);
const [rare, medium, common] = tool('bench_search', ['0'], quiet(some.dir)).split('\n');
const words = { rare, medium, common };
await measureHttp(some, words);
measureSearch(small, some);
const many = generate(large);
measureSearch(large, many);
const empty = folder();
const sample = folder();
const done = commonweal(sample, ['import', path.join(top, 'content/sample')]);
if (done.status !== 0)
	throw new Error(`the sample content: ${done.stderr}`);
await (await serve(empty)).stop();
const states = [
	{ name: 'no database yet (made)' },
	{ name: 'empty database', dir: empty },
	{ name: 'sample content', dir: sample },
	{ name: `${small.toLocaleString('en-US')} records`, dir: some.dir },
	{ name: `${large.toLocaleString('en-US')} records`, dir: many.dir },
];
await measureStart(states);
await measureMemory(states, words);
await measureImport([[small, some], [large, many]]);
console.log(`\nLoad of the machine at the end: ${os.loadavg()[0].toFixed(1)}`);
