/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The process confines itself: Landlock limits the files and TCP ports it can
 * reach, seccomp the system calls it can make. Both hold for every thread made
 * afterwards and cannot be undone. */
#ifndef COMMONWEAL_SANDBOX_H
#define COMMONWEAL_SANDBOX_H
#include <stdbool.h>
#include "error.h"
#include "options.h"

extern const struct option_def sandbox_options[];

enum sandbox_mode {
	SANDBOX_OFF,
	SANDBOX_LOG, /* seccomp reports to the kernel's log what it would refuse; no Landlock */
	SANDBOX_ON
};

struct sandbox {
	enum sandbox_mode mode;
	int landlock;     /* the kernel's ABI; 0: it has none, or would not */
	bool seccomp;
	char broad[256];  /* a system folder that is writable because the data file or log is in it */
};

/* Of option sandbox; off in a build with sanitizers, which need more. */
bool sandbox_mode(const struct options *o, enum sandbox_mode *mode, struct error *err);
/* No core dumps, no ptrace by others, unless option core-dumps. */
void sandbox_keep_memory(const struct options *o);
/* Files: what is below the folders of OPTION_PATH_WRITTEN and
 * OPTION_FOLDER_WRITTEN can be written; what
 * other OPTION_PATHs name, and what name lookup, TLS and libraries need, can be
 * read. TCP: no new listening address; connections to the ports that options
 * name (ldap://..., HOST:PORT, and every word of a list called ...-ports) and DNS. Call while there is one thread. What the
 * kernel lacks is left out; sandbox_report says so. */
bool sandbox_enter(const struct options *o, enum sandbox_mode mode, struct sandbox *out, struct error *err);
/* To the log, which must be open. */
void sandbox_report(const struct sandbox *s);

#endif
