// SPDX-License-Identifier: GPL-3.0-or-later
/* Starts the real server on a free port, over a database of its own, and stops
 * it by its process id. Used by the HTTP and browser tests and the benchmarks. */
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const top = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
export const build = path.resolve(process.env.COMMONWEAL_BUILD ?? path.join(top, 'build'));
export const fixtures = path.join(top, 'tests/fixtures/network');
const servers = new Set();

export function temporary() {
	return fs.mkdtempSync(path.join(os.tmpdir(), 'commonweal-'));
}

/* The environment of every program of ours: options, and no others. */
export function environment(dir, more = {}) {
	return {
		PATH: process.env.PATH,
		HOME: dir,
		ASAN_OPTIONS: process.env.ASAN_OPTIONS ?? '',
		UBSAN_OPTIONS: process.env.UBSAN_OPTIONS ?? 'print_stacktrace=1',
		TSAN_OPTIONS: process.env.TSAN_OPTIONS ?? '',
		COMMONWEAL_TEMPLATES: path.join(top, 'content/templates'),
		COMMONWEAL_STATIC: path.join(build, 'content/static'),
		COMMONWEAL_SCHEMAS: path.join(top, 'schemas'),
		COMMONWEAL_THESAURUS: path.join(top, 'content/thesaurus/thesaurus.txt'),
		COMMONWEAL_INDICATORS: path.join(top, 'content/indicators/indicators.xml'),
		COMMONWEAL_DATA: path.join(dir, 'commonweal.db'),
		COMMONWEAL_EXTRACT_PROGRAM: path.join(build, 'commonweal-extract'),
		...(process.getuid() === 0 ? { COMMONWEAL_RUN_AS: 'root' } : {}),
		...more,
	};
}

/* Runs SQL in a database by sqlite3's own program, beside a server: it waits while that writes. */
export function sqlite3(file, text, ...options) {
	return spawnSync('sqlite3', [...options, '-cmd', '.timeout 20000', file, text], { encoding: 'utf8' });
}

/* Runs the administration command; { status, stdout, stderr }. */
export function commonweal(dir, args, more = {}, input = '') {
	const done = spawnSync(path.join(build, 'commonweal'), args,
		{ env: environment(dir, more), input, encoding: 'utf8', maxBuffer: 1 << 26 });
	if (done.error)
		throw done.error;
	return done;
}

export class Server {
	constructor(child, dir) {
		this.child = child;
		this.dir = dir;
		this.stderr = '';
		this.stdout = '';
	}

	/* content: folder to import first, or null. Resolves when it says that it is ready. */
	static async start({ content = fixtures, args = [], env = {}, dir = temporary(), wrap = [] } = {}) {
		if (content) {
			const done = commonweal(dir, ['import', content]);
			if (done.status !== 0)
				throw new Error(`import failed: ${done.stderr}`);
		}
		const command = [...wrap, path.join(build, 'commonweald'), '--listen=127.0.0.1:0', ...args];
		const child = spawn(command[0], command.slice(1), { env: environment(dir, env) });
		const server = new Server(child, dir);
		servers.add(server);
		child.stderr.setEncoding('utf8').on('data', (text) => { server.stderr += text; });
		child.stdout.setEncoding('utf8');
		server.exited = new Promise((resolve) => child.once('exit', (code, signal) => {
			servers.delete(server);
			resolve({ code, signal });
		}));
		await new Promise((resolve, reject) => {
			child.stdout.on('data', (text) => {
				server.stdout += text;
				const ready = /ready (https?:\/\/127\.0\.0\.1:(\d+))/.exec(server.stdout);
				if (ready) {
					server.base = ready[1];
					server.port = Number(ready[2]);
					server.tlsPort = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(server.stdout)?.[1]);
					resolve();
				}
			});
			child.once('error', reject);
			server.exited.then(({ code }) => reject(new Error(`the server ended with ${code}: ${server.stderr}`)));
		});
		return server;
	}

	get(path_, options = {}) {
		return fetch(this.base + path_, { redirect: 'manual', ...options });
	}

	async text(path_, options = {}) {
		const answer = await this.get(path_, options);
		return answer.text();
	}

	/* Orderly stop; { code, signal }. */
	async stop(signal = 'SIGTERM') {
		this.child.kill(signal);
		return this.exited;
	}

	/* Stops it if it still runs, and removes its folder. */
	async end() {
		const result = this.child.exitCode === null && this.child.signalCode === null ? await this.stop() :
			await this.exited;
		fs.rmSync(this.dir, { recursive: true, force: true });
		return result;
	}
}

process.on('exit', () => {
	for (const server of servers)
		server.child.kill('SIGKILL');
});
