/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes the pages nicer where scripts run. Every page works without it. */
'use strict';
(() => {
	const LIMIT = 8;
	const WAIT = 120;

	/* Search suggestions: an ARIA 1.2 combobox with a list box. Choosing a record
	 * opens it, choosing a term searches for it, Enter alone searches as typed. */
	class Suggestions {
		constructor(input, number) {
			this.input = input;
			this.url = input.dataset.suggest;
			this.list = document.createElement('ul');
			this.status = document.createElement('div');
			this.items = [];
			this.at = -1;
			this.asked = 0;
			this.list.id = `suggestions-${number}`;
			this.list.className = 'suggestions';
			this.list.setAttribute('role', 'listbox');
			this.list.setAttribute('aria-label', 'Suggestions');
			this.list.hidden = true;
			this.status.className = 'visually-hidden';
			this.status.setAttribute('role', 'status');
			for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'],
				['aria-expanded', 'false'], ['aria-controls', this.list.id], ['autocomplete', 'off']])
				input.setAttribute(name, value);
			(input.closest('[data-suggest-box]') ?? input.form).append(this.list, this.status);
			input.addEventListener('input', () => this.later());
			input.addEventListener('keydown', (event) => this.key(event));
			input.addEventListener('blur', () => this.close());
			/* Keeps the focus in the field, so that blur does not close before the click. */
			this.list.addEventListener('mousedown', (event) => event.preventDefault());
			this.list.addEventListener('click', (event) => {
				const option = event.target.closest('li');
				if (option)
					this.choose([...this.list.children].indexOf(option));
			});
		}

		later() {
			clearTimeout(this.timer);
			this.asked++;
			if (this.input.value.trim().length < 2)
				this.close();
			else
				this.timer = setTimeout(() => this.ask(), WAIT);
		}

		async ask() {
			const number = ++this.asked;
			const url = new URL(this.url, document.baseURI);
			let answer;

			url.searchParams.set('q', this.input.value.trim());
			try {
				const response = await fetch(url, { headers: { Accept: 'application/json' } });
				answer = response.ok ? await response.json() : null;
			} catch {
				answer = null;
			}
			/* An answer that a later letter has overtaken is dropped. */
			if (number === this.asked && document.activeElement === this.input)
				this.show((answer && answer.items) || []);
		}

		show(items) {
			this.items = items.slice(0, LIMIT);
			this.at = -1;
			this.list.replaceChildren(...this.items.map((item, i) => {
				const option = document.createElement('li');
				option.id = `${this.list.id}-${i}`;
				option.setAttribute('role', 'option');
				option.setAttribute('aria-selected', 'false');
				option.append(item.text);
				if (item.label) {
					const kind = document.createElement('span');
					kind.append(item.label);
					option.append(' ', kind);
				}
				return option;
			}));
			this.open(this.items.length > 0);
			this.status.textContent = this.items.length === 0 ? 'No suggestions' :
				this.items.length === 1 ? '1 suggestion' : `${this.items.length} suggestions`;
		}

		open(on) {
			this.list.hidden = !on;
			this.input.setAttribute('aria-expanded', String(on));
			this.mark(-1);
		}

		close() {
			clearTimeout(this.timer);
			this.asked++;
			this.open(false);
			this.status.textContent = '';
		}

		mark(at) {
			const options = [...this.list.children];
			this.at = at;
			options.forEach((option, i) => option.setAttribute('aria-selected', String(i === at)));
			if (at < 0) {
				this.input.removeAttribute('aria-activedescendant');
			} else {
				this.input.setAttribute('aria-activedescendant', options[at].id);
				options[at].scrollIntoView({ block: 'nearest' });
			}
		}

		key(event) {
			const n = this.items.length;
			if (event.isComposing)
				return;
			if (event.key === 'Escape' && !this.list.hidden) {
				event.preventDefault();
				this.close();
			} else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && n > 0) {
				const step = event.key === 'ArrowDown' ? 1 : -1;
				event.preventDefault();
				if (this.list.hidden)
					this.open(true);
				/* One place more than options: the field itself. */
				this.mark((this.at + 1 + step + n + 1) % (n + 1) - 1);
			} else if (event.key === 'Enter' && !this.list.hidden && this.at >= 0) {
				event.preventDefault();
				this.choose(this.at);
			}
		}

		choose(at) {
			const item = this.items[at];
			this.close();
			if (item.value) { /* for a field of a form: no page to go to */
				this.input.value = item.value;
				this.input.dispatchEvent(new Event('input', { bubbles: true }));
				this.close();
			} else if (item.url) {
				const url = new URL(item.url, document.baseURI);
				if (url.origin === location.origin)
					location.assign(url);
			} else {
				this.input.value = item.text;
				this.input.form.requestSubmit();
			}
		}
	}

	/* The theme buttons without a new page; the answer only sets the cookie. */
	function themeSwitch(form) {
		let plain = false;
		form.addEventListener('submit', async (event) => {
			const button = event.submitter;
			if (plain || !button || button.name !== 'theme')
				return;
			event.preventDefault();
			const body = new URLSearchParams(new FormData(form, button));
			try {
				const answer = await fetch(form.action, { method: 'POST', body, redirect: 'manual' });
				if (!answer.ok && answer.type !== 'opaqueredirect')
					throw new Error(String(answer.status));
			} catch {
				plain = true;
				form.requestSubmit(button);
				return;
			}
			if (button.value === 'system')
				delete document.documentElement.dataset.theme;
			else
				document.documentElement.dataset.theme = button.value;
			for (const other of form.elements.theme)
				other.setAttribute('aria-pressed', String(other === button));
		});
	}

	/* Copies a piece of text. Without a script, or without the right to, it can be selected. */
	function copyButton(place) {
		const button = place.querySelector('button');
		const status = place.querySelector('[role=status]');
		if (!navigator.clipboard)
			return;
		place.hidden = false;
		button.addEventListener('click', async () => {
			const text = document.getElementById(place.dataset.copy).textContent.replace(/\s+/g, ' ').trim();
			try {
				await navigator.clipboard.writeText(text);
				status.textContent = 'Copied.';
			} catch {
				status.textContent = 'It could not be copied; please select it instead.';
			}
		});
	}

	/* A form with files: how much has gone, and what came back, without leaving
	 * the page; a file that is too large is not sent at all. */
	function uploadForm(form) {
		const input = form.querySelector('input[type=file]'), button = form.querySelector('button');
		const bar = document.createElement('progress'), status = document.createElement('p');

		bar.max = 1;
		bar.hidden = true;
		bar.setAttribute('aria-label', 'Sent');
		status.setAttribute('role', 'status');
		form.append(bar, status);
		form.addEventListener('submit', (event) => {
			const large = [...input.files].find((file) => file.size > Number(form.dataset.max));
			const request = new XMLHttpRequest();

			event.preventDefault();
			if (large) {
				status.textContent = `${large.name} is too large to be attached.`;
				return;
			}
			const done = (text) => {
				bar.hidden = true;
				button.disabled = false;
				status.textContent = text;
			};
			request.upload.addEventListener('progress', ({ loaded, total }) => {
				bar.value = loaded / total;
				status.textContent = loaded < total ? `${Math.round(100 * loaded / total)} % sent` : 'Sent; the file is being checked.';
			});
			request.addEventListener('load', () => {
				if (request.status < 300) {
					location.assign(request.responseURL);
					return;
				}
				const page = new DOMParser().parseFromString(request.responseText, 'text/html');
				done((page.querySelector('#wrong p') ?? page.querySelector('main h1 ~ p'))?.textContent ||
					'That did not work. Please try again.');
			});
			request.addEventListener('error', () => done('The connection broke. Nothing was attached; please try again.'));
			bar.hidden = false;
			bar.value = 0;
			button.disabled = true;
			request.open('POST', form.action);
			request.send(new FormData(form));
		});
	}

	/* Keeps what is typed into a post while one types, unless it is to be nobody's. */
	function draftForm(form) {
		const status = document.createElement('p');
		let timer, sent = '';
		const fields = () => new URLSearchParams([...new FormData(form)].filter(([name]) =>
			['csrf', 'place', 'group', 'title', 'text'].includes(name)));
		const keep = async () => {
			const body = fields(), now = body.toString();
			if (now === sent || form.elements.nameless?.checked || (form.elements.group && !form.elements.group.value))
				return;
			try {
				const answer = await fetch(form.dataset.draft, { method: 'POST', body });
				status.textContent = answer.ok ? 'Draft kept.' : '';
				sent = answer.ok ? now : sent;
			} catch {
				status.textContent = '';
			}
		};
		if (!form.dataset.draft)
			return;
		status.className = 'usa-hint';
		status.setAttribute('role', 'status');
		form.append(status);
		sent = fields().toString();
		form.addEventListener('input', () => {
			clearTimeout(timer);
			timer = setTimeout(keep, 1500);
		});
		form.addEventListener('submit', () => clearTimeout(timer));
	}

	/* Paper has no disclosures: opens them all to print, then puts them back. */
	function printOpen() {
		let opened = [];
		addEventListener('beforeprint', () => {
			opened = [...document.querySelectorAll('details:not([open])')];
			opened.forEach((details) => { details.open = true; });
		});
		addEventListener('afterprint', () => opened.forEach((details) => { details.open = false; }));
	}

	let suggestions = 0;
	const suggest = (part) => part.querySelectorAll('input[data-suggest]:not([role])').forEach((input) =>
		new Suggestions(input, ++suggestions));
	suggest(document);
	document.addEventListener('commonweal:fields', (event) => suggest(event.target));
	document.querySelectorAll('form[data-theme-switch]').forEach(themeSwitch);
	document.querySelectorAll('[data-copy]').forEach(copyButton);
	document.querySelectorAll('form[data-max]').forEach(uploadForm);
	document.querySelectorAll('form[data-draft]').forEach(draftForm);
	printOpen();
})();
