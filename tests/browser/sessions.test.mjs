// SPDX-License-Identifier: GPL-3.0-or-later
/* A working session from the call to its minutes, by people in browsers: two write
 * the notes of it at once, one with script and one without. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { fast, person } from '../support/client.mjs';
import { commonweal, Server, temporary, top } from '../support/server.mjs';
import { close, fit, launch, overflow, signInAs } from './helpers.mjs';

let server, browser;

before(async () => {
	const dir = temporary();
	const done = commonweal(dir, ['import', path.join(top, 'content/sample')], fast);
	assert.equal(done.status, 0, done.stderr);
	person(dir, 'erin', { roles: { oakland: 'editor' } });
	person(dir, 'carl', { roles: { oakland: 'contributor' } });
	[server, browser] = await Promise.all([Server.start({ dir, content: null, env: fast }), launch()]);
});
after(async () => {
	await browser?.close();
	assert.equal((await server.end()).code, 0);
});

const signedIn = (login, options) => signInAs(browser, server, login, options);

const status = (page, words) => page.getByRole('status').getByText(words).waitFor();

test('a session is called, held, noted by two at once, and has minutes and a statement', async () => {
	const erin = await signedIn('erin'), carl = await signedIn('carl', { scripts: false });

	/* Called by keyboard. */
	await erin.goto(`${server.base}/s/oakland/sessions`);
	await erin.getByRole('heading', { name: 'No sessions to come' }).waitFor();
	await erin.getByRole('link', { name: 'Call a session' }).press('Enter');
	await erin.getByLabel('Title').fill('Review of the first call-in');
	await erin.getByLabel('Begins').fill('2040-05-05T10:00');
	await erin.getByLabel('Ends').fill('2040-05-05T12:00');
	await erin.getByLabel('Where (optional)').fill('City Hall, room 4');
	await erin.getByLabel('What it is about').fill('What *worked*, and what did not.');
	await erin.getByRole('button', { name: 'Call the session' }).press('Enter');
	await status(erin, 'The session is called.');
	const at = new URL(erin.url()).pathname;

	/* The agenda; a wrong line says so where it stands. */
	await erin.getByText('Add an item').click();
	await erin.getByRole('textbox', { name: 'Item', exact: true }).fill('Who came');
	await erin.getByLabel('Minutes (optional)').fill('soon');
	await erin.locator('form:has(#agenda_text) button').click();
	await erin.getByRole('alert').getByText('minutes must be a number').waitFor();
	assert.equal(await erin.getByRole('textbox', { name: 'Item', exact: true }).inputValue(), 'Who came');
	await erin.getByLabel('Minutes (optional)').fill('30');
	await erin.locator('form:has(#agenda_text) button').click();
	await status(erin, 'Added.');

	/* Carl attends; both write notes. */
	await carl.goto(server.base + at);
	await carl.getByRole('button', { name: 'I will attend' }).click();
	await status(carl, 'You are on the list.');
	await erin.getByRole('link', { name: 'Write notes of Who came' }).click();
	await erin.getByLabel('Notes', { exact: true }).fill('Twenty people came.\n\nFood was late.');
	await erin.getByRole('button', { name: 'Save and go on' }).click();
	await status(erin, 'Your notes are saved.');
	await carl.getByRole('link', { name: 'Write notes of the session' }).waitFor();
	await carl.reload();
	await carl.getByRole('link', { name: 'Write notes of Who came' }).click();
	await carl.getByLabel('Notes', { exact: true }).fill('Thirty people came.\n\nFood was late.');
	await carl.getByRole('button', { name: 'Save', exact: true }).click();
	await status(carl, 'Your notes are saved.');
	await erin.getByLabel('Notes', { exact: true }).fill('Twenty-five people came.\n\nFood was late.\n\nThe pastor spoke.');
	await erin.evaluate(() => window.dispatchEvent(new Event('focus')));
	await erin.getByText('carl has saved these notes meanwhile.').waitFor();
	await fit(erin, 'writing notes');
	await erin.getByRole('button', { name: 'Save', exact: true }).click();
	await erin.getByRole('alert').getByText('is not saved yet').waitFor();
	await fit(erin, 'a conflict');
	await erin.getByLabel('This text:').check();
	await erin.getByLabel('Text for place 1').fill('Between twenty-five and thirty people came.');
	await erin.getByRole('button', { name: 'Save' }).click();
	await status(erin, 'Your notes are saved');
	await erin.getByText('Between twenty-five and thirty people came.').waitFor();
	await erin.getByText('The pastor spoke.').waitFor();
	await erin.getByRole('link', { name: 'versions of the notes of Who came' }).click();
	await erin.getByRole('link', { name: 'Version 3' }).click();
	await fit(erin, 'versions of notes');
	await erin.getByRole('link', { name: 'Back to the session' }).click();

	/* A decision, and an action for Carl. */
	await erin.getByText('Add a decision').click();
	await erin.getByLabel('What was decided').fill('The next call-in is in June.');
	await erin.locator('form:has(#decision_text) button').click();
	await erin.getByText('Add an action').click();
	await erin.getByLabel('What is to be done').fill('Book the hall');
	await erin.getByLabel('Owner').selectOption({ index: 1 });
	await erin.locator('form:has(#action_text) button').click();
	await status(erin, 'Added.');
	await fit(erin, 'a session');
	await erin.goto(`${server.base}/s/oakland/sessions/actions`);
	await erin.getByRole('rowheader', { name: 'Book the hall' }).waitFor();
	assert.equal(await overflow(erin), '');
	await erin.goto(`${server.base}${at}/people`);
	await fit(erin, 'who attends');

	/* Minutes: seen before they are published. */
	await erin.goto(`${server.base}${at}/minutes/edit`);
	await erin.getByLabel('Everyone in').check();
	await erin.getByRole('button', { name: 'Preview' }).click();
	await erin.getByRole('heading', { name: 'What will be seen' }).waitFor();
	await fit(erin, 'making minutes');
	await erin.getByRole('button', { name: 'Publish' }).click();
	await status(erin, 'The minutes are published.');

	/* A statement, which Carl answers without script. */
	await erin.goto(`${server.base}${at}/statements/new`);
	await erin.getByLabel('Title').fill('Food comes before speeches');
	await erin.getByRole('textbox', { name: 'Statement' }).fill('We serve food first. People stay longer.');
	await erin.getByLabel('Answers until').fill(new Date(Date.now() + 7 * 86400000).toISOString().slice(0, 10));
	await erin.getByRole('button', { name: 'Put it to them' }).click();
	await status(erin, 'The statement is put');
	await carl.goto(erin.url().split('?')[0]);
	await carl.getByLabel('I object').check();
	await carl.getByRole('button', { name: 'Answer' }).click();
	await carl.getByRole('alert').getByText('Say why you object').waitFor();
	await carl.getByLabel('I consent', { exact: true }).check();
	await carl.getByRole('button', { name: 'Answer' }).click();
	await status(carl, 'Your answer is kept.');
	await erin.reload();
	await fit(erin, 'a statement');
	await erin.getByLabel('I consent', { exact: true }).check();
	await erin.getByRole('button', { name: 'Answer' }).click();
	await status(erin, 'A draft of a practice record was made');
	await erin.getByRole('link', { name: 'the draft' }).click();
	await erin.getByRole('heading', { name: 'Food comes before speeches' }).waitFor();
	await close(carl);
	await close(erin);
});
