// SPDX-License-Identifier: GPL-3.0-or-later
/* Every route x every role x every space. The routes come from the program
 * itself (`commonweal routes`), what is expected from the role each declares and
 * from the audience of what it shows. A route without an example here fails the
 * test, and so does a refusal that differs from an address where nothing is. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, forms, person } from '../support/client.mjs';
import { seedDraft } from '../support/drafts.mjs';
import { commonweal, fixtures, Server, temporary } from '../support/server.mjs';

/* ---- examples: one for each route ----
 * path: what stands in place of the parameters, { name: value }.
 * record: the parameters are those of a record of that type; each of its audiences is tried.
 * query: added to the address. fields: of the form that is sent, besides its token.
 * status: the only answers that an allowed person may get; without it any but 403, 404 and 5xx.
 * ends: the request ends or replaces the session, so the person signs in again afterwards.
 * may: (who, space, audience), of those who see the space or record, whom it is for; absent: path of what is not there.
 * A value may be a function of what before() made. */
const nothing = '01890000-0000-7000-8000-0000000000ff';
const draft = { path: { id: (m) => m.draft }, absent: { id: nothing },
	may: (who) => ['contributor', 'editor', 'chief', 'national-chief', 'network'].includes(who.name) };
/* viewer_may_publish in other words. */
const mayPublish = (who, space, audience) => Boolean(who.networkAdmin) || ['editor', 'space-admin'].includes(
	who.roles?.[['public', 'network'].includes(audience) ? 'national' : space.slug]);
const examples = {
	/* Whose draft one may see and change is tested in editor.test.mjs. */
	'GET /drafts/help': { status: [200] },
	'GET /drafts/new': { query: 'type=faq', status: [200] },
	'POST /drafts/new': { fields: { type: 'faq', title: '', space: 'national', audience: 'space' }, status: [400] },
	'GET /drafts/records': { query: 'q=call-in', status: [200] },
	'GET /drafts/{id:id}/edit': { path: { id: nothing }, status: [404] },
	'POST /drafts/{id:id}/edit': { path: { id: nothing }, status: [404] },
	'GET /drafts/{id:id}/preview': { path: { id: nothing }, status: [404] },
	'POST /drafts/{id:id}/preview': { path: { id: nothing }, status: [404] },
	'GET /drafts/{id:id}/state': { path: { id: nothing }, status: [404] },
	/* Who reads and writes what is tested in discussions.test.mjs. */
	'GET /exchange': { status: [200] },
	'GET /discussions': { query: 'state=unread&page=1', status: [200] },
	'POST /discussions/seen': { status: [303] },
	'GET /discussions/new': { query: 'group=everyone', status: [200] },
	'POST /discussions/new': { fields: { group: 'everyone', title: '', text: '' }, status: [400] },
	'POST /discussions/draft': { fields: { place: 'new', text: 'x' }, status: [204, 400] },
	'POST /discussions/draft/discard': { fields: { place: 'new' }, status: [303] },
	'GET /discussions/reports': { status: [200, 404] },
	'POST /discussions/reports/{id:id}': { path: { id: nothing }, status: [404] },
	...Object.fromEntries(['', '/manage', '/move', '/split'].map((act) => [`GET /discussions/{id:id}${act}`, { path: { id: nothing }, status: [404] }])),
	...Object.fromEntries(['reply', 'follow', 'manage', 'move', 'split'].map((act) =>
		[`POST /discussions/{id:id}/${act}`, { path: { id: nothing }, status: [404] }])),
	...Object.fromEntries(['', '/history', '/edit', '/delete', '/report', '/files'].map((act) =>
		[`GET /discussions/posts/{id:id}${act}`, { path: { id: nothing }, status: [404] }])),
	...Object.fromEntries(['edit', 'delete', 'answer', 'report', 'files'].map((act) =>
		[`POST /discussions/posts/{id:id}/${act}`, { path: { id: nothing }, status: act === 'files' ? [400, 404] : [404] }])),
	'GET /healthz': {},
	'GET /metrics': {},
	/* Of each space the group of everyone, which those who are in it know of. What leads may do: folk.test.mjs. */
	'GET /groups': { status: [200] },
	'GET /groups/new': { status: [200, 404] }, /* members; at the root those of any space */
	'POST /groups/new': { status: [400, 404] },
	'GET /groups/invitations': { status: [200] },
	'POST /groups/invitations/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /groups/{slug:slug}': { path: { slug: 'everyone' }, absent: { slug: 'no-such-group' }, status: [200],
		may: (who, space) => who.roles?.[space.slug] !== undefined || (space.slug === 'national' && (Object.keys(who.roles ?? {}).length > 0 || who.networkAdmin)) },
	...Object.fromEntries(['GET edit', 'POST edit', 'GET add', 'POST add', 'GET names', 'POST names', 'GET leave', 'POST leave', 'POST close'].map((one) =>
		[one.replace(' ', ' /groups/{slug:slug}/'), { path: { slug: 'everyone' }, status: [404] }])),
	'GET /groups/{slug:slug}/members/{id:id}': { path: { slug: 'everyone', id: nothing }, status: [404] },
	'POST /groups/{slug:slug}/members/{id:id}': { path: { slug: 'everyone', id: nothing }, status: [404] },
	'GET /people': { query: 'q=a&role=services&page=1', status: [200] },
	'GET /people/me': { status: [200, 404] }, /* who is in no space has no entry */
	'POST /people/me': { status: [400, 404] },
	'GET /people/me/export.json': { status: [200, 404] },
	'GET /people/me/remove': { status: [200, 404] },
	'POST /people/me/remove': { status: [303, 404] },
	/* Who sees whom: folk.test.mjs. */
	'GET /people/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /people/{id:id}/card.vcf': { path: { id: nothing }, status: [404] },
	'GET /': {},
	'GET /about': {},
	'GET /accessibility': {},
	'POST /theme': { fields: { theme: 'dark', back: '/' }, status: [303] },
	'GET /space.css': {},
	'GET /robots.txt': {},
	'GET /r/{space:slug}/{type:slug}/{slug:slug}': { record: 'guide', status: [303] },
	'GET /strategies': {},
	'GET /library': { query: 'q=call-in&type=guide&page=1' },
	'GET /search': { query: 'q=call-in' },
	'GET /faq': {},
	'GET /media/add': { status: [200] },
	'POST /media/add': { status: [400] },
	'GET /links': { query: 'state=failing&page=1', status: [200] },
	'GET /links.csv': { status: [200] },
	'GET /innovations': { query: 'status=trial' },
	'GET /about/evidence': {},
	'GET /evidence/{id:id}/outcomes.csv': { record: 'evaluation' },
	'GET /evidence': { query: 'page=1', status: [200] },
	'GET /evidence/reviewers': { status: [200] },
	'POST /evidence/reviewers': { status: [400] },
	'POST /evidence/reviewers/end': { status: [400] },
	'GET /evidence/{id:id}/{number:int}': { record: 'evaluation', path: { number: 1 }, status: [200] },
	/* Nobody here is a reviewer; who may do what then is tested in ratings.test.mjs. */
	...Object.fromEntries(['review', 'consensus', 'confirm', 'anew', 'appeal', 'decide'].map((act) =>
		[`POST /evidence/{id:id}/{number:int}/${act}`, { record: 'evaluation', path: { number: 1 }, status: [409] }])),
	'GET /guides': { status: [303] },
	'GET /case-studies': { status: [303] },
	'GET /evaluations': { status: [303] },
	'GET /publications': { status: [303] },
	'GET /media': { status: [303] },
	'GET /strategies/{slug:slug}': { record: 'strategy' },
	'GET /guides/{slug:slug}': { record: 'guide' },
	'GET /faq/{slug:slug}': { record: 'faq' },
	'GET /innovations/{slug:slug}': { record: 'innovation' },
	'GET /case-studies/{slug:slug}': { record: 'case-study' },
	'GET /evaluations/{slug:slug}': { record: 'evaluation' },
	'GET /publications/{slug:slug}': { record: 'publication' },
	'GET /media/{slug:slug}': { record: 'media' },
	'GET /events': {},
	'GET /events/month': { query: 'month=2030-12' },
	'GET /events/past': { query: 'recorded=yes' },
	'POST /events/zone': { fields: { zone: 'America/Phoenix', back: '/events' }, status: [303] },
	'GET /events/series/{slug:slug}': { path: { slug: 'starting' } },
	'GET /events/{slug:slug}': { record: 'event' },
	/* What registration opens is tested in registration.test.mjs; here none is open. */
	'GET /events/{slug:slug}/register': { record: 'event', status: [200] },
	'POST /events/{slug:slug}/register': { record: 'event', status: [409] },
	'POST /events/{slug:slug}/register/cancel': { record: 'event', status: [409] },
	'GET /events/{slug:slug}/feedback': { record: 'event', status: [409] },
	'POST /events/{slug:slug}/feedback': { record: 'event', status: [409] },
	'GET /events/{slug:slug}/certificate.pdf': { record: 'event', status: [409] },
	'GET /events/{slug:slug}/delegation': { record: 'event', status: [404] },
	'POST /events/{slug:slug}/delegation': { record: 'event', status: [404] },
	'GET /events/{slug:slug}/organise': { record: 'event', status: [200] },
	'POST /events/{slug:slug}/organise': { record: 'event', status: [303, 409] },
	'GET /events/{slug:slug}/attendees': { record: 'event', status: [200] },
	'GET /events/{slug:slug}/attendees.csv': { record: 'event', status: [200] },
	'POST /events/{slug:slug}/attendees/{id:id}': { record: 'event', path: { id: nothing }, status: [404] },
	'GET /events/{slug:slug}/check-in': { record: 'event', query: 'q=a', status: [200] },
	'POST /events/{slug:slug}/invite': { record: 'event', status: [400] },
	'GET /events/notices': { status: [303] },
	/* What a valid one does is tested in notices.test.mjs. */
	'GET /mail/leave/{token:text}': { path: { token: 'a'.repeat(70) }, status: [404] },
	'POST /mail/leave/{token:text}': { path: { token: 'a'.repeat(70) }, status: [404] },
	'GET /me': { status: [200] },
	'GET /me/new': { status: [200] },
	'POST /me/seen': { status: [303] },
	'GET /me/notifications': { status: [200] },
	'POST /me/notifications': { fields: { 'way-event-digest': 'weekly' }, status: [303] },
	'GET /me/searches': { status: [200] },
	'GET /me/searches/new': { query: 'where=search&q=call-in', status: [200] },
	'POST /me/searches': { fields: { where: 'search', q: 'call-in', name: 'Call-ins', alert: 'digest' }, status: [303, 400] },
	'GET /me/searches/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /me/searches/{id:id}/change': { path: { id: nothing }, status: [404] },
	'POST /me/searches/{id:id}': { path: { id: nothing }, status: [404] },
	'POST /me/searches/{id:id}/delete': { path: { id: nothing }, status: [404] },
	'GET /search/texts': { query: 'q=call-in', status: [200] },
	'GET /events/calendar.ics': { query: 'kind=webinar&space=newark' },
	'GET /events/{slug:slug}/event.ics': { record: 'event' },
	'GET /calendars': { status: [200] },
	'POST /calendars': { status: [200, 409] },
	'POST /calendars/{id:id}/revoke': { path: { id: nothing }, status: [303] },
	/* What a valid one opens is tested in calendar.test.mjs. */
	'GET /calendars/{key:slug}/events.ics': { path: { key: 'a'.repeat(64) }, status: [404] },
	'GET /jurisdictions': {},
	/* A jurisdiction's figures are for its members: metrics.test.mjs. Elsewhere, and to network admins, they are absent. */
	'GET /indicators': { status: [200, 404] },
	'GET /indicators/dictionary': { status: [200] },
	'GET /indicators/enter': { query: 'period=2026-01', status: [200, 404] },
	'POST /indicators/enter': { fields: { period: '2026-01', v_homicides: 'x' }, status: [400, 404] },
	'GET /indicators/upload': { status: [200, 404] },
	'POST /indicators/upload': { fields: { csv: 'x' }, status: [400, 404] },
	'POST /indicators/upload/file': { status: [400, 404] },
	'GET /indicators/form.csv': { status: [200, 404] },
	'GET /indicators/completeness': { status: [200, 404] },
	'GET /indicators/corrections': { status: [200, 404] },
	'POST /indicators/marks': { fields: { date: '2026-13-01', label: 'x' }, status: [400, 404] },
	'POST /indicators/marks/{id:id}/remove': { path: { id: nothing }, status: [303, 404] },
	'GET /indicators/{slug:slug}': { path: { slug: 'homicides' }, status: [200, 404] },
	'GET /indicators/peers': { status: [200, 404] },
	'GET /indicators/questions': { status: [200, 404] },
	'GET /indicators/questions/new': { status: [404] },
	'POST /indicators/questions': { status: [404] },
	'GET /indicators/questions/{id:id}': { path: { id: nothing }, status: [404] },
	'POST /indicators/questions/{id:id}/answer': { path: { id: nothing }, fields: { text: 'x' }, status: [404] },
	'POST /indicators/questions/{id:id}/name': { path: { id: nothing }, fields: { thread: nothing }, status: [303, 404] },
	'POST /indicators/questions/{id:id}/close': { path: { id: nothing }, status: [303, 404] },
	'GET /indicators/releases': { status: [200] },
	/* What is in one is tested in releases.test.mjs. */
	'GET /indicators/releases/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /indicators/releases/{id:id}/figures.csv': { path: { id: nothing }, status: [404] },
	'GET /indicators/releases/{id:id}/publish': { path: { id: nothing }, status: [404] },
	'POST /indicators/releases/{id:id}/publish': { path: { id: nothing }, status: [404] },
	'GET /indicators/{slug:slug}/publish': { path: { slug: 'homicides' }, status: [409, 404] },
	'POST /indicators/{slug:slug}/publish': { path: { slug: 'homicides' }, status: [409, 404] },
	'GET /charts': { status: [200] },
	'GET /charts/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /charts/{id:id}/chart.svg': { path: { id: nothing }, status: [404] },
	'GET /charts/{id:id}/figures.csv': { path: { id: nothing }, status: [404] },
	'POST /charts/{id:id}/withdraw': { path: { id: nothing }, status: [404] },
	'GET /api/v1/releases': { status: [200] },
	'GET /api/v1/releases/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /indicators/{slug:slug}/impact': { path: { slug: 'homicides' }, query: 'from=2007', status: [200, 404] },
	'GET /indicators/{slug:slug}/figures.csv': { path: { slug: 'homicides' }, status: [200, 404] },
	/* Peers are for members of a jurisdiction: peers.test.mjs. */
	'GET /peers': { query: 'factor=population', status: [200, 404] },
	'GET /peers/about-us': { status: [200, 404] },
	'POST /peers/about-us': { fields: { version: '0' }, status: [400, 404] },
	'GET /peers/list': { status: [200, 404] },
	'POST /peers/list': { fields: { peer: 'no-such-space' }, status: [400, 404] },
	'POST /peers/list/{id:id}': { path: { id: nothing }, status: [404] },
	'POST /peers/list/{id:id}/remove': { path: { id: nothing }, status: [404] },
	'GET /peers/{slug:slug}': { path: { slug: 'no-such-space' }, status: [404] },
	/* Help: the lists are for members; who sees which request is tested in help.test.mjs. */
	'GET /help': { query: 'state=all&topic=call-in&overdue=yes', status: [200] },
	'GET /help/new': { status: [200, 404] },
	'POST /help': { fields: { title: '' }, status: [400, 404] },
	'GET /help/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /help/{id:id}/change': { path: { id: nothing }, status: [404] },
	...Object.fromEntries(['change', 'offer', 'assign', 'answer', 'take-back', 'step-down', 'log', 'next', 'close', 'reopen'].map((act) =>
		[`POST /help/{id:id}/${act}`, { path: { id: nothing }, status: [404] }])),
	'GET /help/visits': { status: [200] },
	'GET /help/visits/new': { query: 'host=newark', status: [200, 404] },
	'POST /help/visits': { fields: { other: 'newark', purpose: '' }, status: [400, 404] },
	'GET /help/visits/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /help/visits/{id:id}/visit.ics': { path: { id: nothing }, status: [404] },
	...Object.fromEntries(['plan', 'agree', 'report', 'story', 'draft', 'cancel'].map((act) =>
		[`POST /help/visits/{id:id}/${act}`, { path: { id: nothing }, status: [404] }])),
	/* Who may open which file, and who may attach to what, is tested in files.test.mjs. */
	'GET /files/{id:id}/{name:text}': { path: { id: nothing, name: 'x.pdf' }, status: [404] },
	'GET /file-pictures/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /records/{id:id}/files': { path: { id: nothing }, status: [404] },
	'POST /records/{id:id}/files': { path: { id: nothing }, status: [400, 404] },
	'GET /drafts/{id:id}/files': { path: { id: nothing }, status: [404] },
	'POST /drafts/{id:id}/files': { path: { id: nothing }, status: [400, 404] },
	'POST /files/{id:id}/remove': { path: { id: nothing }, status: [404] },
	'POST /files/{id:id}/restore': { path: { id: nothing }, status: [404] },
	'POST /files/{id:id}/describe': { path: { id: nothing }, status: [404] },
	'POST /files/{id:id}/move': { path: { id: nothing }, status: [404] },
	'GET /profiles/{slug:slug}': { record: 'profile' },
	'GET /api/v1': {},
	'GET /api/v1/records': { query: 'type=guide' },
	'GET /api/v1/records/{id:id}': { record: 'guide' },
	'GET /api/v1/records/{id:id}/source': { record: 'guide' },
	/* With a session alone a change needs its token in a header; who may do what is tested in write-api.test.mjs. */
	'GET /api/v1/drafts': { query: 'which=mine', status: [200] },
	'POST /api/v1/drafts': { status: [415] },
	'GET /api/v1/drafts/{id:id}': { path: { id: nothing }, status: [404] },
	'PUT /api/v1/drafts/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /api/v1/drafts/{id:id}/source': { path: { id: nothing }, status: [404] },
	'POST /api/v1/drafts/{id:id}/submit': { path: { id: nothing }, status: [400, 404] },
	'POST /api/v1/drafts/{id:id}/publish': { path: { id: nothing }, status: [400, 404] },
	'POST /api/v1/records/{id:id}/withdraw': { path: { id: nothing }, status: [404] },
	'GET /api/v1/events': { query: 'from=2026-01-01&kind=webinar' },
	/* These find their event by its id, and ask themselves who organizes: events-api.test.mjs. */
	'GET /api/v1/events/{id:id}': { path: { id: nothing }, status: [404] },
	'POST /api/v1/events/{id:id}/registration': { path: { id: nothing }, status: [404] },
	'DELETE /api/v1/events/{id:id}/registration': { path: { id: nothing }, status: [404] },
	'POST /api/v1/events/{id:id}/feedback': { path: { id: nothing }, status: [404] },
	'GET /api/v1/events/{id:id}/attendees': { path: { id: nothing }, status: [404] },
	'POST /api/v1/events/{id:id}/attendees/{seat:id}': { path: { id: nothing, seat: nothing }, status: [404] },
	'POST /api/v1/events/{id:id}/invitations': { path: { id: nothing }, status: [404] },
	'GET /api/v1/events/{id:id}/setup': { path: { id: nothing }, status: [404] },
	'PUT /api/v1/events/{id:id}/setup': { path: { id: nothing }, status: [404] },
	'GET /api/v1/calendars': { status: [200] },
	'POST /api/v1/calendars': { status: [400] }, /* the body is no JSON */
	'DELETE /api/v1/calendars/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /api/v1/notices': { status: [200] },
	'PUT /api/v1/notices': { status: [400] },
	'POST /api/v1/imports': { status: [400, 403] }, /* no archive; or who may publish nowhere */
	'GET /api/v1/imports/{id:id}': { path: { id: nothing }, status: [404] },
	'GET /api/v1/spaces': {},
	'GET /api/v1/spaces/{slug:slug}': { path: { slug: 'newark' } },
	'GET /api/v1/search': { query: 'q=call-in' },
	'GET /api/v1/suggest': { query: 'q=call' },
	'GET /api/v1/openapi.json': {},
	'GET /sign-in': { status: [200, 303] },
	'POST /sign-in': { status: [400] },
	'GET /sign-in/desktop': { status: [404] },
	'POST /sign-in/demo': { fields: { login: 'demo-reader' }, status: [303], ends: true },
	'GET /sign-in/code': { status: [303] },
	'POST /sign-in/code': { status: [303] },
	'GET /sign-in/second-factor': { status: [303] },
	'POST /sign-in/second-factor': { status: [303] },
	/* What a valid one opens is tested in tickets.test.mjs. */
	'GET /hand-over': { query: `host=newark.example.org&state=${'a'.repeat(64)}`, status: [400] },
	'GET /hand-over/{ticket:slug}': { path: { ticket: 'a'.repeat(64) }, status: [303, 400] },
	'POST /sign-out': { status: [303], ends: true },
	'POST /sign-out/everywhere': { status: [303], ends: true },
	'GET /account': { status: [200] },
	'POST /account/password': { status: [400] },
	'GET /account/directory-password': { query: 'notice=days-3', status: [200] },
	'POST /account/sessions/end': { status: [303] },
	'GET /account/second-factor': { status: [200, 303] },
	'POST /account/second-factor/begin': { status: [400, 409] },
	'POST /account/second-factor': { status: [303] },
	'POST /account/second-factor/remove': { status: [409] },
	'POST /account/recovery-codes': { status: [400, 409] },
	'GET /account/tokens': { status: [200] },
	'POST /account/tokens': { status: [400] },
	'POST /account/tokens/revoke': { status: [400] },
	'GET /reset': { status: [200] },
	'POST /reset': { status: [400] },
	/* These two are mailed; what a valid one opens is tested in identity.test.mjs. */
	/* A jurisdiction's plans are for its members: plans.test.mjs. Elsewhere, and to network admins, they are absent. */
	'GET /plans': { status: [200, 404] },
	'GET /plans/new': { query: `guide=${nothing}`, status: [404] },
	'POST /plans': { fields: { guide: nothing }, status: [404] },
	...Object.fromEntries(['', '/print', '/history', '/settings', '/guide', '/steps/new', '/plan.ics', '/plan.csv', '/calendar'].map((page) =>
		[`GET /plans/{id:id}${page}`, { path: { id: nothing }, status: [404] }])),
	...Object.fromEntries(['undo', 'settings', 'archive', 'share', 'guide', 'steps', 'calendar'].map((act) =>
		[`POST /plans/{id:id}/${act}`, { path: { id: nothing }, status: [404] }])),
	'POST /plans/{id:id}/calendar/{key:id}/revoke': { path: { id: nothing, key: nothing }, status: [404] },
	'GET /plans/{id:id}/steps/{step:id}': { path: { id: nothing, step: nothing }, status: [404] },
	...Object.fromEntries(['', '/done', '/move', '/remove'].map((act) =>
		[`POST /plans/{id:id}/steps/{step:id}${act}`, { path: { id: nothing, step: nothing }, status: [404] }])),
	'GET /calendars/{key:slug}/plan.ics': { path: { key: 'a'.repeat(64) }, status: [404] },
	'GET /reset/{token:slug}': { path: { token: 'a'.repeat(64) }, status: [404] },
	'POST /reset/{token:slug}': { path: { token: 'a'.repeat(64) }, status: [404] },
	'GET /invitation/{token:slug}': { path: { token: (made) => made.token }, status: [200] },
	'POST /invitation/{token:slug}': { path: { token: (made) => made.token }, status: [400] },
	'GET /admin': {},
	'GET /admin/people': { query: 'q=a&role=reader&source=local&page=1' },
	'GET /admin/people/add': {},
	'POST /admin/people/add': { status: [400] },
	'POST /admin/people/invite': { status: [400] },
	'GET /admin/people/{id:id}': { path: { id: (made) => made.ids.target } },
	'POST /admin/people/{id:id}/role': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/role/remove': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/invite': { path: { id: (made) => made.ids.target }, status: [200, 409] },
	'POST /admin/people/{id:id}/change': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/disable': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/enable': { path: { id: (made) => made.ids.target }, status: [303] },
	'POST /admin/people/{id:id}/second-factor/remove': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/network-admin': { path: { id: (made) => made.ids.target }, status: [400] },
	'POST /admin/people/{id:id}/sessions/end': { path: { id: (made) => made.ids.target }, status: [303] },
	'GET /admin/space': {},
	'GET /admin/spaces': {},
	'GET /admin/spaces/{slug:slug}': { path: { slug: 'closed' } },
	'GET /admin/jobs': { query: 'state=failed' },
	'POST /admin/jobs/{id:id}/retry': { path: { id: nothing }, status: [409] },
	'GET /admin/audit': { query: 'action=sign-in.&from=2026-01-01' },
	'GET /admin/audit/export': { query: 'format=csv' },
	'GET /admin/audit/verify': {},
	'GET /{plural:slug}/{slug:slug}/cite.bib': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/cite.ris': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/cite.json': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/cite.jsonld': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/cite.datacite.xml': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/linkset.json': { record: 'guide', path: { plural: 'guides' } },
	'GET /drafts': { status: [200] },
	'GET /drafts/review': { status: [200] },
	'GET /drafts/space': { status: [200] },
	'GET /drafts/queue': { query: 'state=review&age=7', status: [200] },
	/* A published draft of Cincinnati: those who see it are told that every step comes too late. */
	'GET /drafts/{id:id}': { ...draft, status: [200] },
	'GET /drafts/{id:id}/compare': { ...draft, query: 'left=1&right=1', status: [200] },
	'POST /drafts/{id:id}/submit': { ...draft, status: [409] },
	'POST /drafts/{id:id}/take-back': { ...draft, status: [409] },
	'POST /drafts/{id:id}/discard': { ...draft, status: [409] },
	'POST /drafts/{id:id}/reopen': { ...draft, status: [409] },
	'POST /drafts/{id:id}/invite': { ...draft, status: [409] },
	'POST /drafts/{id:id}/dismiss': { ...draft, status: [409] },
	'POST /drafts/{id:id}/decide': { ...draft, status: [409] },
	'POST /drafts/{id:id}/comment': { ...draft, status: [409] },
	'POST /drafts/{id:id}/resolve': { ...draft, status: [409] },
	'POST /drafts/{id:id}/publish': { ...draft, status: [409] },
	'POST /drafts/{id:id}/unschedule': { ...draft, status: [409] },
	'GET /{plural:slug}/{slug:slug}/versions': { record: 'guide', path: { plural: 'guides' } },
	'GET /{plural:slug}/{slug:slug}/versions/{number:int}': { record: 'guide', path: { plural: 'guides', number: '1' } },
	'GET /{plural:slug}/{slug:slug}/versions/compare': { record: 'guide', path: { plural: 'guides' }, query: 'left=1&right=1' },
	'GET /{plural:slug}/{slug:slug}/withdraw': { record: 'guide', path: { plural: 'guides' }, may: mayPublish, status: [200] },
	'POST /{plural:slug}/{slug:slug}/withdraw': { record: 'guide', path: { plural: 'guides' }, may: mayPublish, status: [400] },
	/* None is withdrawn: what a real one answers is tested in drafts.test.mjs. */
	'POST /{plural:slug}/{slug:slug}/restore': { record: 'guide', path: { plural: 'guides' }, status: [404] },
	/* Working sessions find theirs by its id, for who is in its group: sessions.test.mjs. */
	'GET /sessions': { query: 'past=yes&page=1', status: [200] },
	'GET /sessions/actions': { status: [200] },
	'GET /sessions/new': { status: [200, 404] },
	'POST /sessions/new': { fields: { title: '' }, status: [400, 404] },
	...Object.fromEntries(['GET /sessions/{id:id}', 'GET /sessions/{id:id}/session.ics', 'GET /sessions/{id:id}/edit', 'POST /sessions/{id:id}/edit',
		'POST /sessions/{id:id}/cancel', 'POST /sessions/{id:id}/lines', 'GET /sessions/{id:id}/files', 'GET /sessions/{id:id}/people', 'POST /sessions/{id:id}/people',
		'GET /sessions/{id:id}/minutes', 'GET /sessions/{id:id}/minutes/edit', 'POST /sessions/{id:id}/minutes/edit',
		'POST /sessions/{id:id}/minutes/withdraw', 'GET /sessions/{id:id}/statements/new', 'POST /sessions/{id:id}/statements/new',
	].map((route) => [route, { path: { id: nothing }, status: [404] }])),
	'POST /sessions/{id:id}/files': { path: { id: nothing }, status: [400, 404] },
	...Object.fromEntries(['GET /sessions/{id:id}/lines/{line:id}', 'POST /sessions/{id:id}/lines/{line:id}', 'POST /sessions/{id:id}/lines/{line:id}/act',
		'GET /sessions/{id:id}/notes/{note:id}', 'POST /sessions/{id:id}/notes/{note:id}', 'GET /sessions/{id:id}/notes/{note:id}/state',
		'GET /sessions/{id:id}/notes/{note:id}/versions', 'GET /sessions/{id:id}/statements/{statement:id}',
		'POST /sessions/{id:id}/statements/{statement:id}/answer', 'POST /sessions/{id:id}/statements/{statement:id}/act',
	].map((route) => [route, { path: { id: nothing, line: nothing, note: nothing, statement: nothing }, status: [404] }])),
	'GET /feed.atom': { query: 'type=guide&page=1', status: [200] },
	'GET /search.atom': { query: 'q=call-in', status: [200] },
	'GET /opensearch.xml': { status: [200] },
	'GET /sitemap.xml': { status: [200] },
	'GET /oai': { query: 'verb=ListIdentifiers&metadataPrefix=oai_dc', status: [200] },
	'POST /oai': { fields: { verb: 'Identify' }, status: [200] },
};

/* ---- who, and where ---- */

/* The home of the roles; another jurisdiction; the Leadership Group, which all
 * members see; a space of its members only; and the network at the root. */
const spaces = [
	{ slug: 'cincinnati', audience: 'public' }, { slug: 'newark', audience: 'public' },
	{ slug: 'leadership-group', audience: 'network' }, { slug: 'closed', audience: 'space' },
	{ slug: 'national', audience: 'public', base: '' },
].map((space) => ({ base: `/s/${space.slug}`, ...space }));

const everyone = [
	{ name: 'nobody', roles: null },
	{ name: 'stranger', roles: {} },
	{ name: 'reader', roles: { cincinnati: 'reader' } },
	{ name: 'contributor', roles: { cincinnati: 'contributor' } },
	{ name: 'editor', roles: { cincinnati: 'editor' } },
	{ name: 'chief', roles: { cincinnati: 'space-admin' } },
	{ name: 'closed-chief', roles: { closed: 'space-admin' } },
	{ name: 'national-chief', roles: { national: 'space-admin' } },
	{ name: 'outsider', roles: { newark: 'reader' } },
	{ name: 'network', roles: {}, networkAdmin: true },
];
const ladder = ['reader', 'contributor', 'editor', 'space-admin'];
const named = ['contributor', 'outsider', 'closed-chief']; /* who restricted records name */
const types = { strategy: 'national', guide: 'national', faq: 'national', 'case-study': 'cincinnati', evaluation: 'national', innovation: 'national',
	publication: 'national', media: 'national', event: 'national', profile: 'cincinnati' };

/* What a viewer's scopes give: server/viewer.c in other words. */
function sees(who, audience, space) {
	return audience === 'public' || (audience === 'restricted' ? named.includes(who.name) : Boolean(who.roles) &&
		(audience === 'network' ? Object.keys(who.roles).length > 0 || who.networkAdmin : who.roles[space.slug] !== undefined));
}

function mayRoute(who, role, space) {
	switch (role) {
	case 'anyone': case 'operator': return true; /* the tests come from the loopback address */
	case 'signed-in': return who.roles !== null;
	case 'network-admin': return Boolean(who.networkAdmin);
	default:
		assert.ok(ladder.includes(role), role);
		return Boolean(who.networkAdmin) || ladder.indexOf(who.roles?.[space.slug]) >= ladder.indexOf(role);
	}
}

/* ---- content: in every space a record of every type for every audience it may have ---- */

const audiencesOf = (space, type) => {
	const all = ['public', 'network', 'space', 'restricted'].slice(['public', 'network', 'space'].indexOf(space.audience));
	return type === 'profile' ? all.slice(0, 1) : all; /* a space has one profile */
};
const slugOf = (type, audience, space) => (type === 'profile' ? space.slug : `matrix-${audience}`);

function makeContent(dir, ids) {
	fs.cpSync(fixtures, dir, { recursive: true });
	for (const space of spaces) {
		const folder = path.join(dir, space.slug);
		if (space.slug === 'closed') {
			fs.mkdirSync(folder, { recursive: true });
			fs.writeFileSync(path.join(folder, 'space.xml'), fs.readFileSync(path.join(dir, 'newark/space.xml'), 'utf8')
				.replace('slug="newark"', 'slug="closed"').replace('audience="public"', 'audience="space"')
				.replace('newark.example.org</host>', 'closed.example.org</host>').replaceAll('Newark', 'Closed'));
		}
		for (const [type, home] of Object.entries(types)) {
			const source = fs.readdirSync(path.join(fixtures, home, type)).find((file) =>
				/audience="public"/.test(fs.readFileSync(path.join(fixtures, home, type, file), 'utf8')));
			const text = fs.readFileSync(path.join(fixtures, home, type, source), 'utf8');
			fs.mkdirSync(path.join(folder, type), { recursive: true });
			for (const audience of audiencesOf(space, type)) {
				const slug = slugOf(type, audience, space);
				const readers = audience === 'restricted' ? `<readers>${named.map((name) => `<reader account="${ids[name]}"/>`).join('')}</readers>` : '';
				fs.writeFileSync(path.join(folder, type, `${slug}.xml`), text
					.replace(/space="[^"]*" slug="[^"]*" audience="[^"]*"/, `space="${space.slug}" slug="${slug}" audience="${audience}"`)
					.replace(/<relations>[\s\S]*<\/relations>/, '').replace(/<a href="record:[^"]*">([^<]*)<\/a>/g, '$1')
					.replace(new RegExp(`</${type}>\\s*$`), `${readers}</${type}>\n`));
			}
		}
	}
}

let server, made, routes;

before(async () => {
	const dir = temporary(), content = temporary(), env = { ...fast };
	const run = (args) => {
		const done = commonweal(dir, args, fast);
		assert.equal(done.status, 0, `${args.join(' ')}: ${done.stderr}`);
		return done.stdout;
	};
	made = { ids: {}, records: {} };
	makeContent(content, Object.fromEntries(named.map((name) => [name, nothing])));
	run(['import', content]);
	for (const who of everyone.filter((one) => one.roles))
		made.ids[who.name] = person(dir, who.name, { roles: who.roles, flags: who.networkAdmin ? ['--network-admin'] : [] });
	/* Known to the admins of every space that has one of ours. */
	made.ids.target = person(dir, 'target', { roles: { cincinnati: 'reader', closed: 'reader', national: 'reader' } });
	person(dir, 'guest', { password: null });
	makeContent(content, made.ids);
	run(['import', content]);
	run(['demo']);
	made.draft = seedDraft(dir, made.ids, { author: 'contributor', state: 'published' });
	made.token = /\/invitation\/([0-9a-f]+)/.exec(run(['account', 'invite', 'guest']))[1];
	routes = JSON.parse(run(['routes']));
	server = await Server.start({ dir, content: null, env, args: ['--sign-in-tries=100000', '--sign-in-address-tries=100000'] });
	fs.rmSync(content, { recursive: true });
	for (const who of everyone)
		await signIn(who);
	/* Ids of the records, asked of someone who sees each. */
	for (const space of spaces) {
		const member = `member-of-${space.slug}`;
		person(dir, member, { roles: { [space.slug]: 'reader' } });
		const clients = [await enter(server, member), ...everyone.filter((one) => named.includes(one.name)).map((one) => one.client)];
		for (const client of clients)
			for (const type of ['guide', 'evaluation'])
				for (let url = `/api/v1/records?space=${space.slug}&type=${type}`; url;) {
					const { items, next } = JSON.parse((await client.get(url)).text);
					for (const item of items)
						made.records[`${space.slug}/${type}/${item.slug}`] = item.id;
					url = next ? new URL(next).pathname + new URL(next).search : null;
				}
	}
});
after(async () => {
	const { code, signal } = await server.end();
	assert.equal(code, 0, `the server ended with ${code ?? signal}: ${server.stderr.slice(-2000)}`);
});

async function signIn(who) {
	if (who.networkAdmin)
		assert.equal(commonweal(server.dir, ['account', 'reset-second-factor', who.name], fast).status, 0);
	who.client = who.roles ? await enter(server, who.name) : new Client(server);
	const text = (await who.client.get('/')).text;
	who.csrf = forms(text).find((form) => form.action === '/theme').hidden.csrf;
}

/* ---- one request ---- */

/* A form; what is no POST has the token in a header, and a DELETE no body. */
function send({ client, csrf }, method, target, fields) {
	if (method === 'POST')
		return client.post(target, fields);
	return client.send(method, target, method === 'DELETE' ? null : new URLSearchParams(fields).toString(),
		{ Origin: `${client.scheme}://${client.host}`, ...(csrf ? { 'X-CSRF-Token': csrf } : {}) });
}

async function ask(who, method, target, route, example) {
	const { client } = who;
	if (method === 'GET')
		return client.get(target);
	const fields = { ...example.fields };
	if (route.flags.includes('pre-csrf')) {
		fields.csrf = forms((await client.get('/reset')).text).find((one) => one.action === '/reset').hidden.csrf;
	} else if (who.csrf) {
		fields.csrf = who.csrf;
	}
	return send(who, method, target, fields);
}

/* What is left of an answer when what names the request is taken out. */
function shape(answer, target) {
	const spellings = [target, target.replaceAll('&', '&amp;'), encodeURIComponent(target)];
	let { text } = answer;
	for (const one of spellings)
		text = text.replaceAll(`"${one}"`, '"TARGET"').replaceAll(`=${one}"`, '=TARGET"');
	/* A refused upload ends its connection, in every space and for everyone: that depends on the address alone. */
	const headers = Object.fromEntries(Object.entries(answer.headers).filter(([name]) => !['connection', 'date', 'x-request-id', 'content-length'].includes(name)));
	return { status: answer.status, headers, text: text.replaceAll(answer.headers['x-request-id'] ?? '-', 'REQUEST') };
}

const value = (v) => (typeof v === 'function' ? v(made) : v);

/* The addresses to try for a route in a space: { target, absent, visible(who), status }. */
function cases(route, example, space) {
	const names = [...route.pattern.matchAll(/\{(\w+):\w+\}/g)].map((m) => m[1]);
	const address = (values) => space.base + route.pattern.replaceAll(/\{(\w+):\w+\}/g, (_, name) => {
		assert.ok(values[name] !== undefined, `${route.pattern}: the example has no ${name}`);
		return values[name];
	}).replace(/^\/$/, space.base ? '' : '/') + (example.query ? `?${example.query}` : '');
	if (!example.record)
		return [{ target: address(Object.fromEntries(names.map((name) => [name, value(example.path?.[name])]))),
			absent: example.absent && address(example.absent), visible: (who) => !example.may || example.may(who, space) }];
	return audiencesOf(space, example.record).map((audience) => {
		const slug = slugOf(example.record, audience, space), type = example.record;
		const id = made.records[`${space.slug}/${type}/${slug}`];
		assert.ok(id || !['guide', 'evaluation'].includes(type), `the record ${space.slug}/${slug} was not found`);
		return { target: address({ space: space.slug, type, slug, id, ...example.path }),
			absent: address({ space: space.slug, type, slug: 'no-such-record', id: nothing, ...example.path }),
			visible: (who) => sees(who, audience, space) && (!example.may || example.may(who, space, audience)) };
	});
}

/* ---- the tests ---- */

test('every route has an example, and every example a route', () => {
	const known = routes.flatMap((route) => route.methods.map((method) => `${method} ${route.pattern}`));
	assert.ok(known.length > 50);
	assert.deepEqual(known.filter((key) => !examples[key]), [], 'add an example for each to tests/http/matrix.test.mjs');
	assert.deepEqual(Object.keys(examples).filter((key) => !known.includes(key)), [], 'these are no routes any more');
});

test('the matrix of people is what it says', async () => {
	for (const who of everyone) {
		const page = await who.client.get('/account');
		assert.equal(page.status, who.roles ? 200 : 303, who.name);
		for (const [space, role] of Object.entries(who.roles ?? {}))
			assert.match(page.text, new RegExp(`/s/${space}"|href="/"`), `${who.name} is ${role} in ${space}`);
	}
});

async function walk(route, method, space) {
	const key = `${method} ${route.pattern}`, example = examples[key], wrong = [];
	let asked = 0, refused = 0;

	for (const who of everyone)
		for (const one of cases(route, example, space)) {
			const seen = sees(who, space.audience, space);
			const allowed = seen && mayRoute(who, route.role, space) && one.visible(who);
			const answer = await ask(who, method, one.target, route, example);
			const what = `${who.name}: ${method} ${one.target} is ${answer.status}`;
			asked++;
			if (allowed) {
				const fine = example.status ? example.status.includes(answer.status) : answer.status < 500 && ![403, 404].includes(answer.status);
				if (!fine)
					wrong.push(`${what}, but ${route.role} may`);
			} else if (seen && route.role === 'signed-in' && !mayRoute(who, route.role, space)) {
				/* A page for anyone with an account is no secret. */
				const led = route.flags.includes('api') ? answer.status === 401 && answer.headers['www-authenticate'] === 'Bearer realm="api"' : method === 'GET' ? answer.status === 303 && answer.location.startsWith('/sign-in?next=') : answer.status === 403;
				if (!led)
					wrong.push(`${what}, but nobody is sent to sign in`);
			} else {
				const there = seen ? one.absent && mayRoute(who, route.role, space) ? one.absent : `${space.base}/no-such-page` :
					one.target.replace(space.base, '/s/no-such-space');
				const absent = method === 'GET' ? await who.client.get(there) : await send(who, method, there, who.csrf ? { csrf: who.csrf } : {});
				refused++;
				/* An address below /api/ is answered as JSON, whatever the route. */
				try {
					assert.equal(answer.status, 404, what);
					assert.deepEqual(shape(answer, one.target), shape(absent, there), `${what}, unlike the absent ${there}`);
				} catch (error) {
					wrong.push(error.message);
				}
			}
			if (example.ends && allowed)
				await signIn(who);
		}
	return { wrong, asked, refused };
}

test('every route, every role, every space', { timeout: 600000 }, async () => {
	const wrong = [], total = { asked: 0, refused: 0 };
	for (const route of routes)
		for (const method of route.methods.filter((m) => examples[`${m} ${route.pattern}`]))
			for (const space of spaces) {
				const done = await walk(route, method, space);
				wrong.push(...done.wrong);
				total.asked += done.asked;
				total.refused += done.refused;
			}
	assert.deepEqual(wrong.slice(0, 40), [], `${wrong.length} of ${total.asked}`);
	assert.ok(total.asked > 3000 && total.refused > 300, JSON.stringify(total));
});

test('the operator\'s pages are not for those who come through a proxy', async () => {
	for (const route of routes.filter((one) => one.role === 'operator'))
		for (const who of everyone) {
			const far = await who.client.get(route.pattern, { 'X-Forwarded-For': '203.0.113.9' });
			const absent = await who.client.get('/no-such-page', { 'X-Forwarded-For': '203.0.113.9' });
			assert.equal(far.status, 404);
			assert.deepEqual(shape(far, route.pattern), shape(absent, '/no-such-page'));
		}
});
