/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The editor's script: autosave, a copy in this browser until the server has
 * what was typed, live preview, buttons for Markdown, rows without a new page.
 * The form works without it. */
'use strict';
(() => {
	const form = document.getElementById('editor');
	if (!form)
		return;
	const box = form.parentElement;
	const state = form.querySelector('[data-save-state]');
	const { account, draft } = form.dataset;
	const PREFIX = 'commonweal.draft.';
	const KEY = `${PREFIX}${account}.${draft}`;
	const SAVE_AFTER = 3000;
	const PREVIEW_AFTER = 700;
	const KEEP_DAYS = 30;

	const fields = () => [...new FormData(form)].filter(([name]) => name !== 'csrf');
	/* What two forms have to share to say the same; the server ends lists of lines with a line break. */
	const said = (list) => JSON.stringify(list.filter(([name]) => name !== 'revision' && name !== 'base').map(([name, value]) => [name, value.trimEnd()]));
	const typed = () => said(fields());
	const clock = (time) => time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
	const element = (tag, attributes = {}, ...content) => {
		const e = document.createElement(tag);
		for (const [name, value] of Object.entries(attributes))
			e.setAttribute(name, value);
		e.append(...content);
		return e;
	};

	/* ---- the copy in this browser ---- */

	/* Storage may be full, or refused: then the text is in the form alone, and the words say so. */
	const copy = {
		/* sent: it is on its way to the server with the form. */
		put(sent = false) {
			try {
				localStorage.setItem(KEY, JSON.stringify({ at: Date.now(), sent, fields: fields() }));
				return true;
			} catch {
				return false;
			}
		},
		get() {
			try {
				return JSON.parse(localStorage.getItem(KEY));
			} catch {
				return null;
			}
		},
		drop() {
			try {
				localStorage.removeItem(KEY);
			} catch { /* nothing is there then */ }
		},
		/* What nobody came back for. */
		sweep() {
			try {
				for (const key of Object.keys(localStorage).filter((k) => k.startsWith(PREFIX))) {
					const { at } = JSON.parse(localStorage.getItem(key)) ?? {};
					if (!(Date.now() - at < KEEP_DAYS * 86400000))
						localStorage.removeItem(key);
				}
			} catch { /* as above */ }
		},
	};

	/* ---- saving ---- */

	let saved = form.dataset.typed ? null : typed();
	let last = new Date(form.dataset.saved);
	let kept = true;
	let busy = false;
	let stopped = false;
	let leaving = false;
	let waiting = null; /* the button that was pressed during a save */
	let tries = 0;
	let timer;

	const dirty = () => saved !== typed();

	function say(words, kind = '') {
		state.className = `save-bar__state ${kind}`;
		state.replaceChildren(...[words].flat());
	}

	const keptWords = () => (kept ? 'your text is kept in this browser.' : 'your text is in this page only; do not close it.');

	function sayDirty() {
		if (!stopped && tries === 0)
			say(dirty() ? 'Not saved yet' : `Saved ${clock(last)}`);
	}

	function later(ms) {
		clearTimeout(timer);
		timer = setTimeout(save, ms);
	}

	function failed(words) {
		tries++;
		const wait = Math.min(2 ** tries, 60) * 1000;
		say(`Not saved: ${words}; ${keptWords()}`, 'bad');
		later(wait);
	}

	function stop(...words) {
		stopped = true;
		say(words, 'bad');
	}

	/* Signed in again in another tab: the same person goes on with the new token. */
	async function signedInAgain() {
		const answer = await fetch(form.dataset.state, { headers: { Accept: 'application/json' }, redirect: 'manual' });
		const now = answer.ok ? await answer.json() : null;
		if (now && now.account === account && now.csrf !== form.elements.csrf.value) {
			form.elements.csrf.value = now.csrf;
			return true;
		}
		if (now && now.account !== account)
			say(`Not saved: someone else is signed in now; ${keptWords()}`, 'bad');
		else
			say(['Not saved: your sign-in has ended; ', keptWords(), ' ', element('a', { href: `/sign-in?next=${encodeURIComponent(location.pathname)}`,
				target: '_blank' }, 'Sign in (opens a new tab)')], 'bad');
		return false;
	}

	async function refused(answer) {
		if (answer.status === 403 || answer.type === 'opaqueredirect') {
			tries = Math.min(tries + 1, 4);
			later(await signedInAgain() ? 0 : 5000);
		} else if (answer.status === 409) {
			const why = await answer.json();
			if (why.problem === 'conflict') {
				const button = element('button', { type: 'button', class: 'usa-button usa-button--unstyled' }, 'See both texts');
				button.addEventListener('click', () => send('save'));
				stop(`Not saved: ${why.by} saved in the meantime. `, button);
			} else {
				stop(`Not saved: ${why.detail} Your text is kept in this browser.`);
			}
		} else if (answer.status === 404) {
			stop('Not saved: you may not change this draft any more. Your text is kept in this browser.');
		} else if (answer.status === 413) {
			stop('Not saved: the text is too long. Your text is kept in this browser.');
		} else if (answer.status < 500) {
			stop('Not saved: the server does not take it. Your text is kept in this browser.');
		} else {
			failed('the server cannot save at the moment');
		}
	}

	async function save() {
		clearTimeout(timer);
		if (busy || stopped || !dirty())
			return;
		busy = true;
		const now = typed();
		const body = new URLSearchParams([...new FormData(form), ['do', 'autosave']]);
		say('Saving');
		try {
			const answer = await fetch(form.action, { method: 'POST', body, headers: { Accept: 'application/json' }, redirect: 'manual' });
			if (answer.ok) {
				const done = await answer.json();
				form.elements.revision.value = done.revision;
				form.elements.base?.remove();
				last = new Date(done.saved);
				saved = now;
				tries = 0;
				if (dirty())
					later(SAVE_AFTER);
				else
					copy.drop();
				sayDirty();
			} else {
				await refused(answer);
			}
		} catch {
			failed('no connection');
		}
		busy = false;
		if (waiting)
			form.requestSubmit(waiting);
		waiting = null;
	}

	function send(act) {
		leaving = true;
		form.append(element('input', { type: 'hidden', name: 'do', value: act }));
		form.submit();
	}

	let noted;
	function changed() {
		clearTimeout(noted);
		noted = setTimeout(() => {
			if (dirty())
				kept = copy.put();
			else
				copy.drop();
			sayDirty();
		}, 250);
		if (tries === 0)
			later(SAVE_AFTER);
		preview.later();
	}

	form.addEventListener('input', changed);
	/* Not while a save is under way, or its answer's revision would be missing: then after it. */
	form.addEventListener('submit', (event) => {
		leaving = !busy;
		if (busy) {
			event.preventDefault();
			waiting = event.submitter;
			return;
		}
		/* What is sent is what the copy says: an older one would come back as if someone else had saved. */
		clearTimeout(noted);
		if (dirty())
			copy.put(true);
	});
	addEventListener('online', () => later(0));
	addEventListener('visibilitychange', () => document.hidden && !leaving && dirty() && (copy.put(), save()));
	addEventListener('beforeunload', (event) => {
		if (!leaving && dirty()) {
			copy.put();
			event.preventDefault();
		}
	});
	document.querySelector('form[action="/sign-out"]')?.addEventListener('submit', () => {
		for (const key of Object.keys(localStorage).filter((k) => k.startsWith(PREFIX)))
			localStorage.removeItem(key);
		saved = typed();
	});

	/* Text that had not reached the server is put back by the server, as any form is drawn. */
	function restore() {
		const had = copy.get();
		if (!had || form.dataset.typed)
			return false;
		/* What was sent arrived if there is a newer revision of one's own: the server may have put it in order. */
		const revision = Number(had.fields.find(([name]) => name === 'revision')?.[1]);
		const arrived = had.sent && form.dataset.mine && Number(form.elements.revision.value) > revision;
		if (arrived || said(had.fields) === saved) {
			copy.drop();
			return false;
		}
		const again = element('form', { method: 'post', action: form.action, hidden: '' });
		for (const [name, value] of [...had.fields, ['csrf', form.elements.csrf.value], ['do', 'restore']]) {
			const input = element('textarea', { name });
			input.value = value;
			again.append(input);
		}
		document.body.append(again);
		leaving = true;
		again.submit();
		return true;
	}

	/* ---- preview ---- */

	const preview = {
		pane: element('div', { class: 'editor__shown' }),
		count: element('summary'),
		problems: element('ul'),
		list: element('details', { class: 'editor__problems', hidden: '' }),
		asked: 0,
		start() {
			const tabs = element('div', { class: 'editor__tabs no-print', role: 'group', 'aria-label': 'What is shown' });
			for (const [word, shown] of [['Write', 'write'], ['Preview', 'preview']]) {
				const button = element('button', { type: 'button', 'aria-pressed': String(shown === 'write') }, word);
				button.addEventListener('click', () => {
					box.dataset.editor = shown;
					for (const other of tabs.children)
						other.setAttribute('aria-pressed', String(other === button));
					this.ask();
				});
				tabs.append(button);
			}
			this.pane.tabIndex = 0;
			this.pane.setAttribute('role', 'region');
			this.pane.setAttribute('aria-label', 'Text as it will look');
			box.dataset.editor = 'write';
			box.append(element('section', { class: 'editor__preview', 'aria-labelledby': 'live-heading' },
				element('h2', { id: 'live-heading' }, 'Preview'), this.list, this.pane));
			this.list.append(this.count, this.problems);
			box.before(tabs);
			form.querySelector('[data-without-script]').remove();
			this.ask();
		},
		later() {
			clearTimeout(this.timer);
			this.timer = setTimeout(() => this.ask(), PREVIEW_AFTER);
		},
		async ask() {
			const number = ++this.asked;
			try {
				const answer = await fetch(form.dataset.preview, { method: 'POST', body: new URLSearchParams(new FormData(form)),
					headers: { Accept: 'application/json' }, redirect: 'manual' });
				if (answer.ok && number === this.asked)
					this.show(await answer.json());
			} catch { /* the words about saving say that there is no connection */ }
		},
		show({ html, problems }) {
			/* Made by the server from its vocabulary; a script in it would not run (CSP). */
			const page = new DOMParser().parseFromString(html, 'text/html');
			/* Ids of the text would clash with those of the form. */
			page.querySelectorAll('[id]').forEach((e) => e.removeAttribute('id'));
			this.pane.replaceChildren(...page.body.childNodes);
			this.count.textContent = problems.length ? `${problems.length} to set right` : '';
			this.problems.replaceChildren(...problems.map(({ id, label, line, cause }) => {
				const link = element('a', { href: `#${id}` }, `${label}${line ? `, line ${line}` : ''}`);
				link.addEventListener('click', (event) => go(event, id, line));
				return element('li', {}, link, `: ${cause}`);
			}));
			this.list.hidden = problems.length === 0;
		},
	};

	/* To the line of a text. */
	function go(event, id, line) {
		const target = document.getElementById(id);
		if (!target)
			return;
		event.preventDefault();
		if (box.dataset.editor === 'preview')
			document.querySelector('.editor__tabs button').click();
		target.focus();
		if (line && target.setSelectionRange) {
			const lines = target.value.split('\n');
			const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
			target.setSelectionRange(from, from + (lines[line - 1] ?? '').length);
			const height = parseFloat(getComputedStyle(target).lineHeight) || 24;
			target.scrollTop = Math.max(0, (line - 4) * height);
		}
		target.scrollIntoView({ block: 'nearest' });
	}
	document.querySelectorAll('.problems a[href^="#"]').forEach((a) =>
		a.addEventListener('click', (event) => go(event, a.hash.slice(1), Number(a.dataset.line))));

	/* ---- Markdown ---- */

	/* execCommand keeps the browser's own undo. */
	function put(area, text, from, to) {
		area.focus();
		area.setSelectionRange(from, to);
		if (!document.execCommand('insertText', false, text)) {
			area.setRangeText(text, from, to, 'end');
			area.dispatchEvent(new Event('input', { bubbles: true }));
		}
	}

	function around(area, before, after, words) {
		const { selectionStart: from, selectionEnd: to, value } = area;
		const text = value.slice(from, to) || words;
		put(area, before + text + after, from, to);
		area.setSelectionRange(from + before.length, from + before.length + text.length);
	}

	function onLines(area, change) {
		const { selectionStart, selectionEnd, value } = area;
		const from = value.lastIndexOf('\n', selectionStart - 1) + 1;
		const end = value.indexOf('\n', selectionEnd);
		const to = end < 0 ? value.length : end;
		const text = value.slice(from, to).split('\n').map(change).join('\n');
		put(area, text, from, to);
		area.setSelectionRange(from, from + text.length);
	}

	function block(area, text) {
		const { selectionEnd: at, value } = area;
		const before = value.slice(0, at).replace(/\n+$/, '');
		put(area, `${before ? '\n\n' : ''}${text}\n\n`, before.length, at);
	}

	const ACTS = [
		['Bold', 'b', (a) => around(a, '**', '**', 'words')],
		['Emphasis', 'i', (a) => around(a, '*', '*', 'words')],
		['Heading', '', (a) => onLines(a, (line) => (/^#{2,3} /.test(line) ? `#${line}` : /^#### /.test(line) ? line.slice(5) : `## ${line}`))],
		['List', '', (a) => onLines(a, (line) => (/^- /.test(line) ? line.slice(2) : `- ${line}`))],
		['Numbered list', '', (a) => onLines(a, (line, i) => (/^\d+\. /.test(line) ? line.replace(/^\d+\. /, '') : `${i + 1}. ${line}`))],
		['Link', 'k', (a) => {
			const text = a.value.slice(a.selectionStart, a.selectionEnd) || 'words';
			const from = a.selectionStart;
			put(a, `[${text}](https://)`, from, a.selectionEnd);
			a.setSelectionRange(from + text.length + 3, from + text.length + 11);
		}],
		['Quotation', '', (a) => onLines(a, (line) => (/^> /.test(line) ? line.slice(2) : `> ${line}`))],
		['Table', '', (a) => block(a, '| Heading | Heading |\n| --- | --- |\n| words | words |')],
		['Picture', '', (a) => {
			const input = element('input', { type: 'file', accept: 'image/png,image/jpeg,image/gif,image/webp' });
			input.addEventListener('change', () => input.files[0] && upload(a, input.files[0]));
			input.click();
		}],
	];

	/* A picture becomes a file of the draft, and stands where the cursor is, with its
	 * words marked: what it shows is for the writer to say. */
	async function upload(area, file) {
		const body = new FormData();
		body.append('csrf', form.elements.csrf.value);
		body.append('file', file, file.name);
		say(`Sending ${file.name}`);
		try {
			const answer = await fetch(form.dataset.files, { method: 'POST', body });
			const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
			const names = [...page.querySelectorAll('.files h3')].map((h) => h.textContent.trim());
			if (!answer.ok || !names.length) {
				say(`The picture was not taken: ${page.querySelector('#wrong p')?.textContent ?? 'try again.'}`, 'bad');
				return;
			}
			const name = names[names.length - 1];
			const words = area.value.slice(area.selectionStart, area.selectionEnd) || 'what it shows';
			const from = area.selectionStart;
			put(area, `![${words}](${/[ ()]/.test(name) ? `<attachment:${name}>` : `attachment:${name}`})`, from, area.selectionEnd);
			area.setSelectionRange(from + 2, from + 2 + words.length);
			sayDirty();
		} catch {
			say('The picture was not sent: no connection.', 'bad');
		}
	}

	const pictureIn = (data) => [...(data?.files ?? [])].find((f) => /^image\/(png|jpeg|gif|webp)$/.test(f.type));

	function toolbar(area) {
		const bar = element('div', { class: 'toolbar no-print', role: 'toolbar', 'aria-label': 'Signs', 'aria-controls': area.id });
		for (const [word, key, act] of ACTS) {
			const button = element('button', { type: 'button', tabindex: bar.children.length ? '-1' : '0' }, word);
			if (key)
				button.setAttribute('aria-keyshortcuts', `Control+${key.toUpperCase()}`);
			button.addEventListener('click', () => act(area));
			bar.append(button);
		}
		bar.addEventListener('keydown', (event) => {
			const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
			if (!step)
				return;
			const all = [...bar.children];
			const next = all[(all.indexOf(document.activeElement) + step + all.length) % all.length];
			all.forEach((button) => { button.tabIndex = button === next ? 0 : -1; });
			next.focus();
			event.preventDefault();
		});
		area.before(bar);
		area.addEventListener('keydown', (event) => {
			const found = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && ACTS.find(([, key]) => key === event.key);
			if (found) {
				event.preventDefault();
				found[2](area);
			}
		});
		area.addEventListener('drop', (event) => {
			const picture = pictureIn(event.dataTransfer);
			if (picture) {
				event.preventDefault();
				upload(area, picture);
			}
		});
		area.addEventListener('paste', (event) => {
			const html = event.clipboardData?.getData('text/html');
			const text = html && markdownOf(html);
			const picture = !html && pictureIn(event.clipboardData);
			if (picture) {
				event.preventDefault();
				upload(area, picture);
			} else if (text) {
				event.preventDefault();
				put(area, text, area.selectionStart, area.selectionEnd);
			}
		});
	}

	/* What was copied from a word processor or a page: headings, lists, links, emphasis
	 * and tables; "" where there is none of that, for plain text is pasted as it is. */
	function markdownOf(html) {
		const body = new DOMParser().parseFromString(html, 'text/html').body;
		if (!body.querySelector('h1,h2,h3,h4,h5,h6,ul,ol,a[href],b,strong,i,em,table,[class^="MsoList"]'))
			return '';
		const escape = (s) => s.replace(/\s+/g, ' ').replace(/[\\`*[\]<]/g, '\\$&');
		const wrap = (sign, s) => s.replace(/^(\s*)(.*?)(\s*)$/s, (whole, a, b, c) => (b ? a + sign + b + sign + c : whole));
		const inline = (node) => [...node.childNodes].map((n) => {
			if (n.nodeType === Node.TEXT_NODE)
				return escape(n.data);
			if (n.nodeType !== Node.ELEMENT_NODE || /^(style|script|meta|title)$/i.test(n.tagName))
				return '';
			const text = inline(n);
			const heavy = n.style.fontWeight;
			switch (n.tagName.toLowerCase()) {
			case 'b': case 'strong': return heavy === 'normal' ? text : wrap('**', text);
			case 'i': case 'em': return wrap('*', text);
			case 'br': return '\\\n';
			case 'a': return /^(https?|mailto):/.test(n.getAttribute('href')) && text.trim() ? `[${text.trim()}](${n.getAttribute('href')})` : text;
			case 'sub': case 'sup': return `<${n.tagName.toLowerCase()}>${text}</${n.tagName.toLowerCase()}>`;
			default: return text;
			}
		}).join('');
		const blocks = (node, indent = '') => [...node.childNodes].flatMap((n) => {
			if (n.nodeType === Node.TEXT_NODE)
				return n.data.trim() ? [escape(n.data).trim()] : [];
			if (n.nodeType !== Node.ELEMENT_NODE || /^(style|script|meta|title)$/i.test(n.tagName))
				return [];
			const tag = n.tagName.toLowerCase();
			if (/^h[1-6]$/.test(tag))
				return [`${'#'.repeat(Math.min(Math.max(Number(tag[1]), 2), 4))} ${inline(n).trim()}`];
			if (tag === 'ul' || tag === 'ol')
				return [[...n.children].map((li, i) => {
					const mark = tag === 'ol' ? `${i + 1}. ` : '- ';
					const inner = [...li.children].filter((c) => /^[uo]l$/i.test(c.tagName));
					inner.forEach((c) => c.remove());
					const gap = ' '.repeat(mark.length);
					return mark + [inline(li).trim(), ...inner.flatMap((c) => blocks({ childNodes: [c] })).map((b) => b.replace(/^/gm, gap))].join('\n');
				}).join('\n')];
			if (tag === 'table') {
				const rows = [...n.rows].map((r) => `| ${[...r.cells].map((c) => inline(c).trim().replace(/\|/g, '\\|').replace(/\\?\n/g, ' ')).join(' | ')} |`);
				return rows.length ? [[rows[0], `|${' --- |'.repeat(n.rows[0].cells.length)}`, ...rows.slice(1)].join('\n')] : [];
			}
			if (/^MsoList/.test(n.className))
				return [`- ${inline(n).replace(/^[\s·•o§]*(\d+[.)])?\s*/, '').trim()}`];
			if (/^(p|li|blockquote|pre)$/.test(tag))
				return inline(n).trim() ? [inline(n).trim()] : [];
			if (n.querySelector('p,h1,h2,h3,h4,h5,h6,ul,ol,table,div'))
				return blocks(n, indent);
			return inline(n).trim() ? [inline(n).trim()] : [];
		});
		return blocks(body).join('\n\n').replace(/(^- .*)\n\n(?=- )/gm, '$1\n');
	}

	/* ---- rows ---- */

	/* The server draws the group anew from what is typed, as without the script; only
	 * that part of the page is put in. */
	form.addEventListener('click', async (event) => {
		const button = event.target.closest('button[name="do"]');
		const words = button && /^(add|remove|up|down) /.exec(button.value);
		if (!words)
			return;
		event.preventDefault();
		const group = button.closest('[data-group]');
		const before = group.querySelectorAll(':scope > .row').length;
		const index = [...group.querySelectorAll(':scope > .row')].indexOf(button.closest('.row'));
		button.disabled = true;
		try {
			const body = new URLSearchParams([...new FormData(form), ['do', button.value]]);
			const answer = await fetch(form.action, { method: 'POST', body });
			const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
			const drawn = answer.ok && page.getElementById(group.id);
			if (!drawn)
				throw new Error(String(answer.status));
			group.replaceWith(drawn);
			start(drawn);
			changed();
			const rows = drawn.querySelectorAll(':scope > .row');
			const at = { add: before, remove: Math.min(index, rows.length - 1), up: index - 1, down: index + 1 }[words[1]];
			const next = rows[at];
			((words[1] === 'add' && next?.querySelector('input:not([type="hidden"]),select,textarea')) || next || drawn).focus();
		} catch {
			button.disabled = false;
			failed('no connection');
		}
	});

	function start(part) {
		part.querySelectorAll('textarea[data-markdown]').forEach(toolbar);
		part.dispatchEvent(new CustomEvent('commonweal:fields', { bubbles: true }));
	}

	copy.sweep();
	if (!restore()) {
		start(form);
		preview.start();
		if (form.dataset.typed) {
			kept = copy.put();
			say('Not saved yet');
			/* After a conflict the person decides, not the clock. */
			if (form.elements.base)
				stopped = true;
			else
				later(SAVE_AFTER);
		} else {
			sayDirty();
		}
	}
})();
