/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a file: the Range header (RFC 9110, 14). One range is answered; a
 * list of several gets the whole file, as the server may ignore it (14.2): a few
 * bytes of header must not ask for a file many times over. */
#ifndef COMMONWEAL_RANGE_H
#define COMMONWEAL_RANGE_H
#include <stdbool.h>
#include <stdint.h>

enum range_kind {
	RANGE_WHOLE,          /* none, several, or not one that we know: 200 */
	RANGE_PART,           /* 206: length bytes from `from` on */
	RANGE_UNSATISFIABLE   /* 416 */
};
/* value: of the header, or NULL; size: of the file. */
enum range_kind range_parse(const char *value, int64_t size, int64_t *from, int64_t *length);
/* Does If-Range let the range count? value: of the header, or NULL; etag: our
 * strong one, with its quotes. A date never does, for files have none here. */
bool range_if(const char *value, const char *etag);

#endif
