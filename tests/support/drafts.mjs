// SPDX-License-Identifier: GPL-3.0-or-later
/* Puts drafts into a server's database as they would stand there in a given
 * state, so that a test of one step does not walk through all steps before. */
import crypto from 'node:crypto';
import path from 'node:path';
import { sqlite3 } from './server.mjs';

const states = { writing: 1, review: 2, changes: 3, approved: 4, scheduled: 5, published: 6, discarded: 7 };

export function sql(dir, text) {
	const done = sqlite3(path.join(dir, 'commonweal.db'), text);
	if (done.status !== 0)
		throw new Error(`${text}: ${done.stderr}`);
	return done.stdout.trim();
}

const quoted = (s) => (s === null ? 'NULL' : typeof s === 'number' ? String(s) : `'${String(s).replaceAll('\'', '\'\'')}'`);

/* What is typed for a case study that can be published. */
export const caseStudy = (more = {}) => ({ title: 'A call-in that failed', summary: 'What we did, and what did not work.',
	creators: ['Test Office'], issued: '2026', language: 'en', subjects: ['call-in'], strategy: ['group-violence'],
	stage: 'implemented', evidence: 'none', body: 'We held a call-in.\n\nNobody came to the second one.', ...more });

/* people: { login: id }. author, reviewers, approvals (logins); form may be a list of revisions. Gives the id. */
export function seedDraft(dir, people, { state = 'writing', author, reviewers = [], approvals = [], space = 'cincinnati',
	audience = 'network', slug = `draft-${crypto.randomBytes(4).toString('hex')}`, form = caseStudy(), type = 'case-study',
	record = null, base = 0 } = {}) {
	const id = `0190${crypto.randomBytes(2).toString('hex')}-0000-7000-8000-${crypto.randomBytes(6).toString('hex')}`;
	const submitted = !['writing', 'discarded'].includes(state), wide = ['public', 'network'].includes(audience);
	const forms = Array.isArray(form) ? form : [form], now = Date.now() * 1000, last = forms.length;
	const insert = (table, row) => `INSERT INTO ${table} (${Object.keys(row).join(', ')}) VALUES (${Object.values(row).map(quoted).join(', ')});`;
	const spaceId = sql(dir, `SELECT id FROM space WHERE slug = ${quoted(space)}`);
	const lines = ['PRAGMA foreign_keys = ON; BEGIN;', insert('draft', { id, space_id: spaceId, type, record_num: record,
		base_version: base, published_version: 0, state: states[state], revision: last, submitted_revision: submitted ? last : 0,
		wide: Number(submitted && wide), author_id: people[author], author_name: author, created_us: now,
		submitted_us: submitted ? now : 0, publish_us: 0 })];
	forms.forEach((one, i) => lines.push(insert('draft_revision', { draft_id: id, revision: i + 1, title: one.title, slug, audience,
		form_json: JSON.stringify(one), account_id: people[author], account_name: author, automatic: 0,
		submitted: Number(submitted && i + 1 === last), saved_us: now })));
	for (const login of reviewers)
		lines.push(insert('draft_reviewer', { draft_id: id, account_id: people[login], invited_by: 'staff', invited_us: now }));
	for (const login of approvals)
		lines.push(insert('draft_decision', { draft_id: id, revision: last, account_id: people[login], approve: 1, at_us: now }));
	sql(dir, `${lines.join('\n')}\nCOMMIT;`);
	return id;
}
