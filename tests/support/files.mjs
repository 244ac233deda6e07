// SPDX-License-Identifier: GPL-3.0-or-later
/* Files for the tests of uploads, made here: small PDFs, pictures, archives. */
import http from 'node:http';
import zlib from 'node:zlib';

/* A PDF with one line of words on each page. */
export function pdf(pages) {
	const n = pages.length;
	const objects = ['<< /Type /Catalog /Pages 2 0 R >>',
		`<< /Type /Pages /Kids [${pages.map((_, i) => `${4 + 2 * i} 0 R`).join(' ')}] /Count ${n} >>`,
		'<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'];
	pages.forEach((text, i) => {
		const drawn = `BT /F1 18 Tf 72 700 Td (${text}) Tj ET`;
		objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents ${5 + 2 * i} 0 R ` +
			'/Resources << /Font << /F1 3 0 R >> >> >>', `<< /Length ${drawn.length} >>\nstream\n${drawn}\nendstream`);
	});
	let out = '%PDF-1.4\n';
	const offsets = objects.map((object, i) => {
		const at = out.length;
		out += `${i + 1} 0 obj\n${object}\nendobj\n`;
		return at;
	});
	const table = out.length;
	out += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n` +
		offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('') +
		`trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
	return Buffer.from(out, 'latin1');
}

export function png(width, height, color = [200, 30, 30]) {
	const row = Buffer.concat([Buffer.from([0]), Buffer.concat(Array(width).fill(Buffer.from(color)))]);
	const header = Buffer.alloc(13);
	header.writeUInt32BE(width, 0);
	header.writeUInt32BE(height, 4);
	header.set([8, 2, 0, 0, 0], 8);
	const part = (type, data) => {
		const body = Buffer.concat([Buffer.from(type), data]);
		const out = Buffer.alloc(body.length + 8);
		out.writeUInt32BE(data.length, 0);
		body.copy(out, 4);
		out.writeUInt32BE(crc(body), body.length + 4);
		return out;
	};
	return Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), part('IHDR', header),
		part('IDAT', zlib.deflateSync(Buffer.concat(Array(height).fill(row)))), part('IEND', Buffer.alloc(0))]);
}

function crc(bytes) {
	let c = ~0;
	for (const byte of bytes) {
		c ^= byte;
		for (let i = 0; i < 8; i++)
			c = (c >>> 1) ^ (0xedb88320 & -(c & 1));
	}
	return ~c >>> 0;
}

/* entries: { name: text or bytes }. declared: what the archive says of its sizes, if not the truth. */
export function zip(entries) {
	const parts = [], directory = [];
	let at = 0;
	for (const [name, content] of Object.entries(entries)) {
		const plain = Buffer.from(content), data = zlib.deflateRawSync(plain, { level: 9 });
		const stored = name === 'mimetype';
		const bytes = stored ? plain : data;
		const head = Buffer.alloc(30);
		head.writeUInt32LE(0x04034b50, 0);
		head.writeUInt16LE(20, 4);
		head.writeUInt16LE(stored ? 0 : 8, 8);
		head.writeUInt32LE(crc(plain), 14);
		head.writeUInt32LE(bytes.length, 18);
		head.writeUInt32LE(plain.length, 22);
		head.writeUInt16LE(Buffer.byteLength(name), 26);
		const entry = Buffer.alloc(46);
		entry.writeUInt32LE(0x02014b50, 0);
		head.copy(entry, 6, 4, 30);
		entry.writeUInt16LE(20, 4);
		entry.writeUInt32LE(at, 42);
		parts.push(head, Buffer.from(name), bytes);
		directory.push(entry, Buffer.from(name));
		at += 30 + Buffer.byteLength(name) + bytes.length;
	}
	const central = Buffer.concat(directory), end = Buffer.alloc(22);
	end.writeUInt32LE(0x06054b50, 0);
	end.writeUInt16LE(Object.keys(entries).length, 8);
	end.writeUInt16LE(Object.keys(entries).length, 10);
	end.writeUInt32LE(central.length, 12);
	end.writeUInt32LE(at, 16);
	return Buffer.concat([...parts, central, end]);
}

export function docx(paragraphs) {
	return zip({
		'[Content_Types].xml': '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
		'_rels/.rels': '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"/>',
		'word/document.xml': '<?xml version="1.0"?><w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>' +
			paragraphs.map((p) => `<w:p><w:r><w:t>${p}</w:t></w:r></w:p>`).join('') + '</w:body></w:document>',
	});
}

export function odt(paragraphs) {
	return zip({
		mimetype: 'application/vnd.oasis.opendocument.text',
		'content.xml': '<?xml version="1.0"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" ' +
			'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:text>' +
			paragraphs.map((p) => `<text:p>${p}</text:p>`).join('') + '</office:text></office:body></office:document-content>',
	});
}

/* The pieces of a form: fields and files { field, name, bytes }. */
export function multipart(fields, files, boundary = 'xxxxBOUNDARYxxxx') {
	const parts = [];
	for (const [name, value] of Object.entries(fields))
		parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`));
	for (const { field = 'file', name, bytes } of files)
		parts.push(Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${field}"; filename="${name}"\r\n` +
			'Content-Type: application/octet-stream\r\n\r\n'), bytes, Buffer.from('\r\n'));
	parts.push(Buffer.from(`--${boundary}--\r\n`));
	return { type: `multipart/form-data; boundary=${boundary}`, bytes: Buffer.concat(parts) };
}

/* Sends files as the form of a page of ours would. csrf: 'field', 'query', 'header' or null. */
export async function upload(client, path, files, { csrf = 'field', fields = {}, chunked = false, headers = {} } = {}) {
	const token = /name="csrf" value="([0-9a-f]+)"/.exec((await client.get('/account')).text)?.[1] ?? '';
	const form = multipart({ ...(csrf === 'field' ? { csrf: token } : {}), ...fields }, files);
	const all = { 'Content-Type': form.type, ...(csrf === 'header' ? { 'X-CSRF-Token': token } : {}),
		...(chunked ? { 'Transfer-Encoding': 'chunked' } : { 'Content-Length': form.bytes.length }), ...headers };
	return client.send('POST', csrf === 'query' ? `${path}?csrf=${token}` : path, form.bytes, all);
}

/* Bytes of an answer, with any headers. */
export function fetchBytes(client, path, headers = {}, method = 'GET') {
	const all = { Host: client.host, Cookie: [...client.cookies].map(([n, v]) => `${n}=${v}`).join('; '), ...headers };
	return new Promise((resolve, reject) => {
		http.request({ host: '127.0.0.1', port: client.server.port, path, method, headers: all }, (answer) => {
			const chunks = [];
			answer.on('data', (data) => chunks.push(data));
			answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(chunks) }));
			answer.on('error', reject);
		}).on('error', reject).end();
	});
}
