/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The option file and the thesaurus: read, or refused with file and line. The
 * first byte chooses. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "engine.h"
#include "fuzz.h"
#include "text.h"
#include "thesaurus.h"

const char *const fuzz_target = "files";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64], start[80];
	struct error err = { 0 };
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	PROMISE(fd >= 0);
	PROMISE(size < 2 || write(fd, data + 1, size - 1) == (ssize_t)size - 1);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	snprintf(start, sizeof start, "%s:", path);
	if (size > 0 && data[0] % 2) {
		struct options *o = engine_options_create();

		if (!options_load_file(o, path, &err))
			PROMISE(err.kind == ERROR_INVALID && strncmp(err.text, start, strlen(start)) == 0);
		options_destroy(o);
	} else {
		struct thesaurus *t = thesaurus_load(path, &err);
		const struct thesaurus_entry *all;
		size_t n;

		PROMISE((t != NULL) == (err.kind == ERROR_NONE));
		PROMISE(t || strncmp(err.text, start, strlen(start)) == 0);
		all = t ? thesaurus_entries(t, &n) : NULL;
		for (size_t i = 0; all && i < n; i++) {
			PROMISE(*all[i].term && *all[i].shown && text_is_utf8(all[i].term, strlen(all[i].term)));
			PROMISE(thesaurus_find(t, all[i].term) != NULL);
			PROMISE(i == 0 || all[i].group >= all[i - 1].group);
		}
		thesaurus_destroy(t);
	}
	close(fd);
	return 0;
}
