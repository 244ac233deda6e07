/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The program confines itself before it reads the file: it may read fonts and
 * tables of letters, allocate memory up to a limit, and write to what it has. */
#include <fcntl.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "extract.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
static const bool sanitized = true; /* the sanitizers need more, of memory and of the system */
#else
static const bool sanitized = false;
#endif

static void limit(int what, rlim_t most)
{
	struct rlimit l = { most, most };

	if (setrlimit(what, &l) != 0)
		_exit(4);
}

/* Folders that fonts, encodings and libmagic's table are in; nothing is written. */
static const char *const readable[] = { "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
	"/usr/share/fontconfig", "/var/cache/fontconfig", "/usr/share/poppler", "/usr/share/misc", "/usr/lib", "/lib",
	"/usr/share/file", "/etc/ld.so.cache", NULL };

static void landlock(void)
{
	struct landlock_ruleset_attr attr = { .handled_access_fs = (1 << 13) - 1 };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);

	if (fd < 0)
		return; /* an old kernel: the filter below lets nothing be opened for writing */
	for (const char *const *path = readable; *path; path++) {
		struct landlock_path_beneath_attr rule = {
			.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR,
			.parent_fd = open(*path, O_PATH | O_CLOEXEC) };

		if (rule.parent_fd < 0)
			continue;
		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
			rule.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE; /* of a single file */
			syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
		}
		close(rule.parent_fd);
	}
	if (syscall(SYS_landlock_restrict_self, fd, 0) != 0)
		_exit(4);
	close(fd);
}

/* No socket, no process, no thread, no signal to others, nothing written by name. */
static const char *const calls[] = { "read", "pread64", "readv", "preadv", "write", "writev", "lseek", "close", "dup", "fstat", "newfstatat",
	"stat", "lstat", "statx", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getdents",
	"getcwd", "statfs", "fstatfs", "munmap", "mremap", "brk", "madvise", "futex", "getrandom", "clock_gettime",
	"clock_getres", "gettimeofday", "time", "exit", "exit_group", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn",
	"sigaltstack", "getpid", "gettid", "getuid", "geteuid", "getgid", "getegid", "uname", "sysinfo",
	"sched_getaffinity", "sched_yield", "rseq", "set_robust_list", "getrlimit", "getrusage", "fadvise64",
	"fcntl", NULL };

static void allow(scmp_filter_ctx f, const char *name, unsigned n, struct scmp_arg_cmp one)
{
	int number = seccomp_syscall_resolve_name(name);

	if (number != __NR_SCMP_ERROR && seccomp_rule_add_array(f, SCMP_ACT_ALLOW, number, n, &one) != 0)
		_exit(4);
}

static struct scmp_arg_cmp masked(unsigned arg, uint64_t mask, uint64_t value)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = SCMP_CMP_MASKED_EQ, .datum_a = mask, .datum_b = value };
}

static void filter(void)
{
	const struct scmp_arg_cmp none = { 0 };
	const uint64_t writes = O_ACCMODE | O_CREAT | O_TRUNC;
	scmp_filter_ctx f = seccomp_init(SCMP_ACT_ERRNO(1));

	if (!f)
		_exit(4);
	for (const char *const *name = calls; *name; name++)
		allow(f, *name, 0, none);
	allow(f, "openat", 1, masked(2, writes, O_RDONLY));
	allow(f, "open", 1, masked(1, writes, O_RDONLY));
	/* Memory is writable or executable, never both. */
	allow(f, "mmap", 1, masked(2, PROT_WRITE, 0));
	allow(f, "mmap", 1, masked(2, PROT_EXEC, 0));
	allow(f, "mprotect", 1, masked(2, PROT_EXEC, 0));
	allow(f, "mprotect", 1, masked(2, PROT_WRITE, 0));
	allow(f, "prlimit64", 1, masked(2, UINT64_MAX, 0)); /* asks, sets nothing */
	if (seccomp_load(f) != 0 && prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)
		_exit(4);
	seccomp_release(f);
}

void confine(uint64_t memory)
{
	limit(RLIMIT_CORE, 0);
	limit(RLIMIT_FSIZE, 0);
	limit(RLIMIT_NOFILE, 64);
	if (sanitized)
		return;
	limit(RLIMIT_AS, memory);
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	prctl(PR_SET_DUMPABLE, 0);
	landlock();
	filter();
}
