/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Giving up root. */
#include "privileges.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct option_def privileges_options[] = {
	{ "run-as", OPTION_STRING, "", 0, 0,
		"User, or user:group, to become when started as root; 'root' to stay root." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

struct identity {
	char name[64]; /* "" if the number has none */
	uid_t uid;
	gid_t gid;
};

static bool parse_id(const char *text, unsigned *out)
{
	char *end;

	errno = 0;
	unsigned long n = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n >= UINT_MAX)
		return false; /* -1 means "leave as it is" to the kernel */
	*out = (unsigned)n;
	return true;
}

/* "user", "user:group", "65534:65534". There is one thread yet. */
static bool find_identity(const char *text, struct identity *out, struct error *err)
{
	char user[sizeof out->name], *group;
	const struct passwd *pw;
	const struct group *gr;

	if ((size_t)snprintf(user, sizeof user, "%s", text) >= sizeof user)
		return error_set(err, ERROR_INVALID, "run-as: the name is too long.");
	group = strchr(user, ':');
	if (group)
		*group++ = '\0';
	/* cppcheck-suppress getpwnamCalled */
	pw = getpwnam(user);
	if (!pw && parse_id(user, &out->uid))
		pw = getpwuid(out->uid); /* cppcheck-suppress getpwuidCalled */
	else if (!pw)
		return error_set(err, ERROR_INVALID, "run-as: there is no user '%s'.", user);
	snprintf(out->name, sizeof out->name, "%s", pw ? pw->pw_name : "");
	if (pw) {
		out->uid = pw->pw_uid;
		out->gid = pw->pw_gid;
	}
	if (group) {
		gr = getgrnam(group); /* cppcheck-suppress getgrnamCalled */
		if (gr)
			out->gid = gr->gr_gid;
		else if (!parse_id(group, &out->gid))
			return error_set(err, ERROR_INVALID, "run-as: there is no group '%s'.", group);
	} else if (!pw) {
		return error_set(err, ERROR_INVALID, "run-as: user %s has no entry; name a group too, as %s:GROUP.",
			user, user);
	}
	return true;
}

static bool has_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct now[2] = { { 0 } };

	return syscall(SYS_capget, &header, now) != 0 || now[0].effective || now[0].permitted ||
		now[1].effective || now[1].permitted;
}

/* All sets at once; what root had, and what a service manager gave for a port. */
static bool drop_capabilities(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct none[2] = { { 0 } };

	if (!has_capabilities())
		return true; /* and a service manager may forbid the call */
	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
	return syscall(SYS_capset, &header, none) == 0;
}

static bool become(const struct identity *id)
{
	if (id->name[0] ? initgroups(id->name, id->gid) != 0 : setgroups(1, &id->gid) != 0)
		return false;
	return setresgid(id->gid, id->gid, id->gid) == 0 && setresuid(id->uid, id->uid, id->uid) == 0 &&
		drop_capabilities();
}

/* Every way back is tried. */
static bool is_for_good(const struct identity *id)
{
	uid_t r, e, s;
	gid_t rg, eg, sg;

	return getresuid(&r, &e, &s) == 0 && r == id->uid && e == id->uid && s == id->uid &&
		getresgid(&rg, &eg, &sg) == 0 && rg == id->gid && eg == id->gid && sg == id->gid &&
		setuid(0) != 0 && seteuid(0) != 0 && setresuid(0, 0, 0) != 0 &&
		(id->gid == 0 || (setgid(0) != 0 && setegid(0) != 0)) && setgroups(0, NULL) != 0 &&
		!has_capabilities();
}

static bool check_file(const char *path, const char *user, struct error *err)
{
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) == 0 || errno == ENOENT)
		return true;
	return error_set(err, ERROR_INVALID, "The data file %s cannot be used by %s (option run-as): %s. "
		"Give it to that user, as with: chown %s %s*", path, user, strerror(errno), user, path);
}

/* SQLite makes files beside it, so the folder must be writable too. */
static bool check_data(const struct options *o, const char *user, struct error *err)
{
	static const char *const suffixes[] = { "", "-wal", "-shm", "-lock" };
	const char *data = options_string(o, "data"), *slash = strrchr(data, '/');
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%.*s", slash == data || !slash ? 1 : (int)(slash - data),
		slash ? data : ".");
	if (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) != 0)
		return error_set(err, ERROR_INVALID, "The data file's folder %s cannot be written by %s (option run-as): "
			"%s. Give it to that user, as with: chown %s %s", path, user, strerror(errno), user, path);
	for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
		snprintf(path, sizeof path, "%s%s", data, suffixes[i]);
		if (!check_file(path, user, err))
			return false;
	}
	return true;
}

bool privileges_drop(const struct options *o, struct error *err)
{
	const char *run_as = options_string(o, "run-as");
	struct identity id = { .uid = geteuid(), .gid = getegid() };
	uid_t uid = geteuid();

	if (*run_as && !find_identity(run_as, &id, err))
		return false;
	if (uid != 0) {
		if (id.uid != uid)
			return error_set(err, ERROR_INVALID, "Only root can run as %s (option run-as).", run_as);
		if (!drop_capabilities())
			return error_set(err, ERROR_INTERNAL, "Capabilities could not be given up: %s.", strerror(errno));
		return true;
	}
	if (!*run_as)
		return error_set(err, ERROR_INVALID, "The server does not run as root. Start it as a user of its own, "
			"or name one in option run-as (run-as = root if it must be root).");
	if (id.uid == 0)
		return true;
	if (!become(&id))
		return error_set(err, ERROR_INTERNAL, "run-as: could not become %s: %s.", run_as, strerror(errno));
	if (!is_for_good(&id))
		return error_set(err, ERROR_INTERNAL, "run-as: root could be had back. Nothing is served.");
	return check_data(o, id.name[0] ? id.name : run_as, err);
}
