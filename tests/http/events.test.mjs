// SPDX-License-Identifier: GPL-3.0-or-later
/* Pages of events: lists, months, zones, what is there afterwards. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Client, enter, fast, person } from '../support/client.mjs';
import { event } from '../support/events.mjs';
import { fixtures, Server, temporary } from '../support/server.mjs';

const monthly = { slug: 'monthly', title: 'Monthly call', kind: 'training', start: '2040-01-11T14:00', end: '2040-01-11T15:00', zone: 'America/New_York',
	more: `<venue>Room 2</venue><repeat rule="FREQ=MONTHLY;BYDAY=2WE" count="6"><skips><skip date="2040-02-08T14:00"/></skips>
<changes><change date="2040-03-14T14:00"><start>2040-03-15T10:00</start><end>2040-03-15T11:00</end><venue>Elsewhere</venue></change>
<change date="2040-04-11T14:00" state="cancelled"/></changes></repeat>
<agenda><item time="14:00">Welcome</item><item>Questions</item></agenda>
<speakers><speaker organization="Test Office">Ana Example</speaker><speaker>Bo Sample</speaker></speakers>` };
const over = { slug: 'recorded', title: 'A recorded webinar', start: '2024-05-05T09:00', end: '2024-05-05T10:00', zone: 'America/Chicago',
	more: `<materials><material link="https://example.org/slides.pdf">Slides</material></materials><recording link="https://example.org/video"/>
<transcript><p xmlns="http://www.w3.org/1999/xhtml">Hello, all of you.</p></transcript><minutes><p xmlns="http://www.w3.org/1999/xhtml">We met.</p></minutes>` };

let server;
const content = temporary();
const write = (one) => {
	const folder = path.join(content, one.space ?? 'national', 'event');
	fs.mkdirSync(folder, { recursive: true });
	fs.writeFileSync(path.join(folder, `${one.slug}.xml`), event(one));
};
before(async () => {
	fs.cpSync(fixtures, content, { recursive: true });
	[monthly, over, { space: 'newark', slug: 'closed', title: 'Closed meeting', audience: 'space', start: '2040-01-12T09:00', end: '2040-01-12T10:00', zone: 'America/New_York' },
		{ slug: 'late', title: 'Late in Hawaii', start: '2040-01-31T21:00', end: '2040-01-31T22:00', zone: 'Pacific/Honolulu' },
		{ slug: 'off', title: 'Called off', start: '2040-01-20T21:00', end: '2040-01-20T22:00', zone: 'America/Denver', more: '<state>cancelled</state>' }].forEach(write);
	for (let i = 10; i < 40; i++)
		write({ slug: `past-${i}`, title: `Past number ${i}`, start: `20${i > 25 ? 10 : i}-01-05T09:00`, end: `20${i > 25 ? 10 : i}-01-05T10:00`, zone: 'America/Chicago' });
	server = await Server.start({ content, env: fast });
});
after(async () => {
	const { code } = await server.end();
	assert.equal(code, 0, server.stderr.slice(-2000));
	fs.rmSync(content, { recursive: true });
});

const items = (html) => [...html.matchAll(/<h3 class="usa-collection__heading"><a href="[^"]*">([^<]*)<\/a>([\s\S]*?)<\/li>\s*(?=<li class="usa-collection__item|<\/ul>)/g)]
	.map((m) => ({ title: m[1], text: m[2] }));

test('the agenda has each date of a series, by start', async () => {
	const text = await server.text('/events?kind=training');
	const coming = items(text.split('id="past"')[0]);
	assert.deepEqual(coming.map((one) => /<li>([^<]*20\d\d[^<]*)<\/li>/.exec(one.text)[1]), [
		'Wednesday 11 January 2040, 2:00 pm to 3:00 pm EST', 'Thursday 15 March 2040, 10:00 am to 11:00 am EDT',
		'Wednesday 11 April 2040, 2:00 pm to 3:00 pm EDT', 'Wednesday 9 May 2040, 2:00 pm to 3:00 pm EDT', 'Wednesday 13 June 2040, 2:00 pm to 3:00 pm EDT']);
	assert.match(coming[2].text, /Cancelled/);
	assert.match(coming[1].text, /<li>Elsewhere<\/li>/);
	assert.doesNotMatch(await server.text('/events'), /Closed meeting/);
	assert.match(await server.text('/events?kind=conference'), /No events are planned/);
});

test('an event has its next date, all dates, agenda and speakers', async () => {
	const text = await server.text('/events/monthly');
	assert.match(text, /<p class="when">Wednesday 11 January 2040, 2:00 pm to 3:00 pm EST<span>Room 2<\/span>/);
	assert.match(text, /Thursday 15 March 2040, 10:00 am to 11:00 am EDT, Elsewhere/);
	assert.match(text, /11 April 2040, 2:00 pm to 3:00 pm EDT, Room 2\s*<span class="usa-tag">Cancelled/);
	assert.doesNotMatch(text, /February 2040/);
	assert.match(text, /<time>14:00<\/time> Welcome/);
	assert.match(text, /Ana Example, Test Office/);
	assert.doesNotMatch(text, /This event is over/);
	assert.match(await server.text('/events/off'), /This event is cancelled/);
});

test('afterwards: materials, recording, transcript, minutes, and the list of past ones', async () => {
	const text = await server.text('/events/recorded');
	for (const part of [/This event is over/, /href="https:\/\/example\.org\/slides\.pdf">Slides/, /href="https:\/\/example\.org\/video"/, /Hello, all of you/, /We met/])
		assert.match(text, part);
	assert.match(await server.text('/search?q=%22hello+all+of+you%22'), /A recorded webinar/, 'a transcript can be found');
	const recorded = items(await server.text('/events/past?recorded=yes'));
	assert.deepEqual(recorded.map((one) => one.title), ['A recorded webinar']);
	assert.match(recorded[0].text, /Recording[\s\S]*Materials[\s\S]*Minutes/);
	const first = items(await server.text('/events/past')), second = items(await server.text('/events/past?page=2'));
	assert.equal(first.length, 25);
	assert.equal(second.length, 30 + 2 - 25); /* one more is the fixtures' */
	assert.equal(new Set([...first, ...second].map((one) => one.title)).size, 32);
	const agenda = await server.text('/events');
	assert.equal(items(agenda.split('id="past"')[1]).length, 5);
	assert.match(agenda, /href="\/events\/past">All past events/);
});

test('a month is a table, with its days by the reader\'s clock', async () => {
	const cell = (html, title) => new RegExp(`<time datetime="([^"]*)">(?:(?!</td>)[\\s\\S])*>${title}</a>`).exec(html)?.[1];
	const january = await server.text('/events/month?month=2040-01');
	assert.match(january, /<caption>January 2040<\/caption>/);
	assert.equal((january.match(/<th scope="col">/g)).length, 7);
	assert.equal(cell(january, 'Monthly call'), '2040-01-11');
	assert.equal(cell(january, 'Late in Hawaii'), '2040-01-31');
	assert.match(january, /month=2039-12"[^>]*>December 2039[\s\S]*month=2040-02"[^>]*>February 2040/);
	const reader = new Client(server);
	const set = await reader.submit('/events/month?month=2040-01', '/events/zone', { zone: 'America/New_York' });
	assert.equal(set.location, '/events/month?month=2040-01');
	assert.equal(cell((await reader.get('/events/month?month=2040-01')).text, 'Late in Hawaii'), undefined);
	assert.equal(cell((await reader.get('/events/month?month=2040-02')).text, 'Late in Hawaii'), '2040-02-01');
	assert.equal(cell(await server.text('/events/month?month=2040-01'), 'Late in Hawaii'), '2040-01-31', 'nobody else gets it');
	for (const wrong of ['2040', '2040-13', '2040-01-01', 'x'])
		assert.equal((await server.get(`/events/month?month=${wrong}`)).status, 400);
	assert.equal((await server.get('/events/month')).status, 200);
});

test('the reader\'s zone is printed beside the event\'s, kept by cookie or account', async () => {
	const visitor = new Client(server);
	assert.doesNotMatch((await visitor.get('/events/monthly')).text, /Your time/);
	await visitor.submit('/events/monthly', '/events/zone', { zone: 'America/Phoenix' });
	assert.match((await visitor.get('/events/monthly')).text, /2:00 pm to 3:00 pm EST<span>Your time: Wednesday 11 January 2040, 12:00 pm to 1:00 pm MST/);
	assert.match((await visitor.get('/events')).text, /Your time: Thursday 15 March 2040, 7:00 am to 8:00 am MST/);
	await visitor.submit('/events/monthly', '/events/zone', { zone: '' });
	assert.doesNotMatch((await visitor.get('/events/monthly')).text, /Your time/);
	assert.equal((await visitor.post('/events/zone', { zone: 'Nowhere/Land', back: '/events' })).status, 400);
	person(server.dir, 'traveller');
	const here = await enter(server, 'traveller');
	await here.submit('/events', '/events/zone', { zone: 'Pacific/Honolulu' });
	const elsewhere = await enter(server, 'traveller');
	assert.match((await elsewhere.get('/events/monthly')).text, /Your time: Wednesday 11 January 2040, 9:00 am to 10:00 am HST/);
	assert.doesNotMatch(await server.text('/events/monthly'), /Your time/);
});

test('the front page has the next dates, series among them', async () => {
	const next = items((await server.text('/')).split('id="events"').pop());
	assert.ok(next.length >= 2);
});
