// SPDX-License-Identifier: GPL-3.0-or-later
/* A browser as far as sign-in needs one: cookies, forms with their hidden
 * fields, Origin; and the codes that an authenticator app would show. */
import crypto from 'node:crypto';
import http from 'node:http';
import { commonweal } from './server.mjs';

const unescape = (s) => s.replaceAll('&quot;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<')
	.replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/* Hashing that takes no time, for servers and commands of tests. */
export const fast = { COMMONWEAL_PASSWORD_MEMORY: '1M', COMMONWEAL_PASSWORD_PASSES: '1' };

export class Client {
	constructor(server, { host = `127.0.0.1:${server.port}`, scheme = 'http', headers = {}, agent } = {}) {
		this.server = server;
		this.host = host;
		this.scheme = scheme;
		this.headers = headers;
		this.agent = agent; /* false: a connection for each request, none that the server may be closing */
		this.cookies = new Map();
		this.set = []; /* every Set-Cookie so far */
	}

	send(method, path, body = null, headers = {}) {
		const all = { Host: this.host, ...this.headers };
		if (this.cookies.size)
			all.Cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
		if (body !== null) {
			all.Origin = `${this.scheme}://${this.host}`;
			all['Content-Type'] = 'application/x-www-form-urlencoded';
		}
		Object.assign(all, headers);
		for (const name of Object.keys(all))
			if (all[name] === undefined)
				delete all[name];
		return new Promise((resolve, reject) => {
			const request = http.request({ host: '127.0.0.1', port: this.server.port, path, method, headers: all, agent: this.agent }, (answer) => {
				const chunks = [];
				answer.on('data', (data) => chunks.push(data));
				answer.on('end', () => {
					for (const line of answer.headers['set-cookie'] ?? []) {
						const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
						this.set.push(line);
						if (/Max-Age=0/.test(line))
							this.cookies.delete(name);
						else
							this.cookies.set(name, value);
					}
					resolve({ status: answer.statusCode, headers: answer.headers, location: answer.headers.location,
						text: Buffer.concat(chunks).toString('utf8') });
				});
			});
			request.on('error', reject);
			request.end(body);
		});
	}

	get(path, headers = {}) {
		return this.send('GET', path, null, headers);
	}

	/* Posts fields as they are. */
	post(path, fields, headers = {}) {
		return this.send('POST', path, new URLSearchParams(fields).toString(), headers);
	}

	/* Sends the form of a page whose action is `action`, with its hidden fields. */
	async submit(page, action, fields = {}, headers = {}) {
		const text = (await this.get(page)).text;
		const form = forms(text).find((f) => f.action === action);
		if (!form)
			throw new Error(`no form ${action} on ${page}: ${text.slice(0, 2000)}`);
		return this.post(action, { ...form.hidden, ...fields }, headers);
	}

	signIn(login, password) {
		return this.submit('/sign-in', '/sign-in', { login, password });
	}

	get session() {
		return this.cookies.get('__Host-session');
	}
}

/* Signs a person() in; a network admin sets up the second factor on the way. */
export async function enter(server, login, { password = `the password of ${login[0]}`, ...options } = {}) {
	const client = new Client(server, options);
	const answer = await client.signIn(login, password);
	if (answer.status !== 303)
		throw new Error(`${login} cannot sign in: ${answer.status} ${answer.text.slice(0, 2000)}`);
	if (answer.location.startsWith('/sign-in/second-factor')) {
		client.totp = secretOf((await client.get(answer.location)).text);
		const set = await client.submit(answer.location, '/sign-in/second-factor', { code: totp(client.totp) });
		if (set.status !== 200)
			throw new Error(`${login} cannot set up a second factor: ${set.text.slice(0, 2000)}`);
	}
	return client;
}

/* The key that a page for setting up the second factor shows. */
export function secretOf(html) {
	return /<dt>Key<\/dt><dd><code>([^<]*)<\/code>/.exec(html)[1];
}

export function forms(html) {
	return [...html.matchAll(/<form([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes, inner]) => ({
		action: unescape(/action="([^"]*)"/.exec(attributes)?.[1] ?? ''),
		hidden: Object.fromEntries([...inner.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)]
			.map((m) => [m[1], unescape(m[2])])),
	}));
}

/* Adds an account with a password and roles { space: role }; gives its id. */
export function person(dir, login, { password = `the password of ${login[0]}`, roles = {}, flags = [] } = {}) {
	const run = (args, input) => {
		const done = commonweal(dir, args, fast, input);
		if (done.status !== 0)
			throw new Error(`${args.join(' ')}: ${done.stderr}`);
		return done.stdout.trim();
	};
	const id = run(['account', 'add', login, ...flags]);
	if (password)
		run(['account', 'password', login], `${password}\n`);
	for (const [space, role] of Object.entries(roles))
		run(['account', 'role', login, space, role]);
	return id;
}

export function decode32(text) {
	const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
	let bits = '';
	for (const c of text.replaceAll(/[\s=-]/g, ''))
		bits += alphabet.indexOf(c).toString(2).padStart(5, '0');
	return Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)));
}

export function totp(secret, step = Math.floor(Date.now() / 30000)) {
	const message = Buffer.alloc(8);
	message.writeBigUInt64BE(BigInt(step));
	const mac = crypto.createHmac('sha1', decode32(secret)).update(message).digest();
	const code = (mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1000000;
	return String(code).padStart(6, '0');
}
