/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The links of a record's XML, hosts of addresses, and networks of options. */
#include <string.h>
#include "../../modules/media/media.h"
#include "fuzz.h"

const char *const fuzz_target = "links";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_create();
	const char *text = arena_strndup(a, (const char *)data, size), *urls[LINKS_MOST];
	struct network_range range;
	size_t n = links_extract(a, text, strlen(text), urls);

	PROMISE(n <= LINKS_MOST);
	for (size_t i = 0; i < n; i++) {
		struct url u;

		PROMISE(strncmp(urls[i], "http://", 7) == 0 || strncmp(urls[i], "https://", 8) == 0);
		PROMISE(url_external(a, urls[i], &u) && !strpbrk(urls[i], " \"'<>#"));
		for (size_t k = 0; k < i; k++)
			PROMISE(strcmp(urls[i], urls[k]) != 0);
		const char *host = link_host(a, urls[i]);
		PROMISE(strlen(host) < strlen(urls[i]) && !strchr(host, '/'));
	}
	if (network_parse(text, &range))
		PROMISE(range.bits >= 0 && range.bits <= 128);
	arena_destroy(a);
	return 0;
}
