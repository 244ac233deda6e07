// SPDX-License-Identifier: GPL-3.0-or-later
/* Puts groups into a server's database, for tests that are about what is in them. */
import crypto from 'node:crypto';
import { sql } from './drafts.mjs';

/* members: { account id: { space: slug, leads } }. confirmed: as a lead does before posts without names. Gives the slug. */
export function seedGroup(dir, { space, name, kind = 'private', members, unattributed = false }) {
	const id = `0190${crypto.randomBytes(2).toString('hex')}-0000-7000-8000-${crypto.randomBytes(6).toString('hex')}`;
	const slug = kind === 'private' ? `p-${crypto.randomBytes(8).toString('hex')}` : name.toLowerCase().replaceAll(/[^a-z]+/g, '-');
	const spaceId = sql(dir, `SELECT id FROM space WHERE slug = '${space}'`), now = Date.now() * 1000;
	const lines = [`INSERT INTO space_group (id, space_id, slug, name, sort_key, purpose, kind, unattributed, scope, seen_scope, created_us)
		VALUES ('${id}', '${spaceId}', '${slug}', '${name}', '${name.toLowerCase()}', '', '${kind}', ${Number(unattributed)}, 'g:${id}',
		'${kind === 'private' ? `g:${id}` : `s:${spaceId}`}', ${now});`];
	for (const [account, { space: via, leads = false }] of Object.entries(members)) {
		lines.push(`INSERT INTO space_group_member (group_id, account_id, via_space, leads, since_us) SELECT '${id}', '${account}', id,
			${Number(leads)}, ${now} FROM space WHERE slug = '${via}';`);
		if (unattributed)
			lines.push(`INSERT INTO group_confirmed (group_id, account_id, by_account, at_us) VALUES ('${id}', '${account}', '${account}', ${now});`);
	}
	sql(dir, `BEGIN; ${lines.join(' ')} COMMIT;`);
	return slug;
}
