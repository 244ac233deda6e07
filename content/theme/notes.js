/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Says on the page of notes when someone else has saved them meanwhile. Nothing
 * is taken over here: that happens when the form is saved, with script or without. */
'use strict';
(() => {
	const EVERY = 20000;
	const form = document.querySelector('[data-notes-state]');
	const news = document.querySelector('[data-notes-news]');
	let told = Number(form.elements.version.value);
	let timer;

	async function look() {
		clearTimeout(timer);
		try {
			const answer = await fetch(form.dataset.notesState, { headers: { Accept: 'application/json' }, redirect: 'manual' });
			const now = answer.ok ? await answer.json() : null;

			if (now && now.version > told) {
				told = now.version;
				news.textContent = `${now.by ?? 'Someone, without a name,'} has saved these notes meanwhile. Go on writing: ` +
					'when you save, both texts are put together.';
				news.hidden = false;
			}
		} catch { /* no network: the next look may be luckier */ }
		timer = setTimeout(look, EVERY);
	}

	timer = setTimeout(look, EVERY);
	window.addEventListener('focus', look);
})();
