// SPDX-License-Identifier: GPL-3.0-or-later
/* Events for tests. */

/* An event in XML; more: elements between zone and body. */
export function event({ space = 'national', slug, audience = 'public', title = 'An event', abstract = 'About it.', kind = 'webinar', start, end, zone, more = '' }) {
	return `<?xml version="1.0" encoding="UTF-8"?>
<event xmlns="urn:commonweal:record:1" xmlns:dc="http://purl.org/dc/terms/" space="${space}" slug="${slug}" audience="${audience}">
<dc:title>${title}</dc:title><dc:abstract>${abstract}</dc:abstract><dc:creator>Test Office</dc:creator>
<dc:issued>2026</dc:issued><dc:language>en</dc:language><kind>${kind}</kind>
<start>${start}</start><end>${end}</end><zone>${zone}</zone>${more}
<body xmlns="http://www.w3.org/1999/xhtml"><p>Text.</p></body></event>\n`;
}
