/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Landlock and seccomp. */
#include "sandbox.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "log.h"

const struct option_def sandbox_options[] = {
	{ "sandbox", OPTION_STRING, "on", 0, 0,
		"on: confine the process with Landlock and seccomp; log: only report to the kernel's log; off." },
	{ "sandbox-read", OPTION_LIST, "", 0, 0, "Further files and folders that the server may read." },
	{ "sandbox-write", OPTION_LIST, "", 0, 0, "Further folders that the server may write." },
	{ "sandbox-connect", OPTION_LIST, "", 0, 0, "Further TCP ports that the server may connect to." },
	{ "core-dumps", OPTION_BOOL, "no", 0, 0, "Whether a crash may leave a core file, which holds secrets." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#if defined(__has_feature)
#define HAS_FEATURE(x) __has_feature(x)
#else
#define HAS_FEATURE(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || \
	HAS_FEATURE(address_sanitizer) || HAS_FEATURE(thread_sanitizer)
static const bool sanitized = true;
#else
static const bool sanitized = false;
#endif

bool sandbox_mode(const struct options *o, enum sandbox_mode *mode, struct error *err)
{
	static const char *const names[] = { "off", "log", "on" };
	const char *name = options_string(o, "sandbox");

	for (int i = 0; i < 3; i++)
		if (strcmp(name, names[i]) == 0) {
			*mode = sanitized ? SANDBOX_OFF : i;
			return true;
		}
	return error_set(err, ERROR_INVALID, "sandbox must be on, log or off, not '%.60s'.", name);
}

void sandbox_keep_memory(const struct options *o)
{
	struct rlimit none = { 0, 0 };

	/* The leak sanitizer looks at the process from outside. */
	if (sanitized || options_bool(o, "core-dumps"))
		return;
	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/* ---- Landlock ---- */

/* The header of the machine that builds may be older than the kernel that runs. */
struct ruleset {
	uint64_t fs, net, scoped; /* ABI 1, 4, 6 */
};

struct port_rule {
	uint64_t access, port;
};

enum {
	FS_REFER = 1 << 13,     /* ABI 2 */
	FS_TRUNCATE = 1 << 14,  /* ABI 3 */
	FS_IOCTL_DEV = 1 << 15, /* ABI 5 */
	FS_ALL = (1 << 16) - 1,
	NET_BIND = 1,
	NET_CONNECT = 2,
	SCOPE_ABSTRACT_SOCKETS = 1,
	SCOPE_SIGNALS = 2,
	RULE_PORT = 2
};

#define READ (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR)
#define WRITE (READ | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_FILE | \
	LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_DIR | \
	FS_REFER | FS_TRUNCATE)
/* The rights that a rule for a single file may give. */
#define OF_FILES (LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | FS_TRUNCATE)

/* Name lookup, certificates, time zones, and libraries that are loaded when they
 * are first needed (NSS, SASL, GSSAPI). Not /etc as a whole. */
static const char *const system_files[] = {
	"/etc/resolv.conf", "/etc/hosts", "/etc/host.conf", "/etc/nsswitch.conf", "/etc/gai.conf",
	"/etc/services", "/etc/protocols", "/etc/localtime", "/usr/share/zoneinfo",
	"/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/usr/share/ca-certificates", "/usr/local/share/ca-certificates",
	"/etc/ldap/ldap.conf", "/etc/krb5.conf", "/etc/krb5.conf.d", "/etc/gss", "/etc/ld.so.cache",
	"/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64",
	"/dev/null", "/dev/random", "/dev/urandom",
	"/proc/sys/vm/overcommit_memory", "/sys/devices/system/cpu/online",
};

/* Libraries find their files by these. */
static const char *const environment_paths[] = { "KRB5_CONFIG", "KRB5_KTNAME", "LDAPCONF", "SSL_CERT_FILE",
	"SSL_CERT_DIR", "TZDIR" };

struct landlock {
	const struct options *options;
	struct ruleset handled;
	int fd;
	struct sandbox *out;
};

static bool allow(struct landlock *l, const char *path, uint64_t access)
{
	struct landlock_path_beneath_attr rule = { .parent_fd = open(path, O_PATH | O_CLOEXEC) };
	struct stat st;
	bool ok = true;

	if (rule.parent_fd < 0)
		return true; /* what is not there needs no rule */
	if (fstat(rule.parent_fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			access &= OF_FILES;
		rule.allowed_access = access & l->handled.fs;
		ok = syscall(SYS_landlock_add_rule, l->fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) == 0;
	}
	close(rule.parent_fd);
	return ok;
}

/* A folder that holds much else besides. */
static bool is_broad(const char *folder)
{
	static const char *const list[] = { "/", "/dev", "/etc", "/etc/ssl", "/home", "/opt", "/proc", "/root", "/run", "/srv",
		"/sys", "/tmp", "/usr", "/var", "/var/lib", "/var/log", "/var/tmp" };
	char real[PATH_MAX];

	for (size_t i = 0; realpath(folder, real) && i < sizeof list / sizeof *list; i++)
		if (strcmp(real, list[i]) == 0)
			return true;
	return false;
}

static void folder_of(const char *path, char out[PATH_MAX])
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		snprintf(out, PATH_MAX, ".");
	else
		snprintf(out, PATH_MAX, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* A file is replaced by renaming another to its name, so its folder is what must
 * be open to find the new one. */
static void allow_file(struct landlock *l, const char *path)
{
	char folder[PATH_MAX];

	folder_of(path, folder);
	allow(l, is_broad(folder) ? path : folder, READ);
}

/* Both ends of a link: certificates of ACME clients are links that are turned. */
static void allow_reading(struct landlock *l, const char *path, int depth)
{
	char real[PATH_MAX], child[PATH_MAX];
	struct dirent *d;
	struct stat st;
	DIR *dir;

	if (stat(path, &st) != 0 || !realpath(path, real))
		return;
	if (!S_ISDIR(st.st_mode)) {
		allow_file(l, path);
		allow_file(l, real);
		return;
	}
	allow(l, path, READ);
	dir = depth > 0 ? opendir(path) : NULL;
	/* cppcheck-suppress readdirCalled; this stream is ours alone */
	while (dir && (d = readdir(dir))) {
		snprintf(child, sizeof child, "%.2048s/%s", path, d->d_name);
		if (d->d_name[0] == '.' || lstat(child, &st) != 0)
			continue;
		if (S_ISDIR(st.st_mode) || S_ISLNK(st.st_mode))
			allow_reading(l, child, S_ISLNK(st.st_mode) ? 0 : depth - 1);
	}
	if (dir)
		closedir(dir);
}

static void allow_writing(struct landlock *l, const char *path)
{
	char folder[PATH_MAX];

	folder_of(path, folder);
	if (strcmp(folder, "/dev") == 0) { /* a log on /dev/stderr */
		allow(l, path, LANDLOCK_ACCESS_FS_WRITE_FILE);
		return;
	}
	if (is_broad(folder))
		snprintf(l->out->broad, sizeof l->out->broad, "%.255s", folder);
	allow(l, folder, WRITE);
}

/* It must be there to be allowed. */
static void allow_folder(struct landlock *l, const char *path)
{
	if (mkdir(path, 0700) != 0 && errno != EEXIST)
		return; /* who writes there will say it */
	if (is_broad(path))
		snprintf(l->out->broad, sizeof l->out->broad, "%.255s", path);
	allow(l, path, WRITE);
}

static bool allow_port(struct landlock *l, unsigned long port)
{
	struct port_rule rule = { NET_CONNECT, port };

	return !l->handled.net || port > 65535 || syscall(SYS_landlock_add_rule, l->fd, RULE_PORT, &rule, 0) == 0;
}

/* "ldaps://one.example.org", "ldap://[::1]:1389", "mail.example.org:587" */
static void allow_named_port(struct landlock *l, const char *word)
{
	static const struct {
		const char *scheme;
		unsigned port;
	} schemes[] = { { "ldap://", 389 }, { "ldaps://", 636 }, { "smtp://", 25 }, { "smtps://", 465 } };
	const char *colon;
	unsigned port = 0;

	for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++)
		if (strncmp(word, schemes[i].scheme, strlen(schemes[i].scheme)) == 0) {
			port = schemes[i].port;
			word += strlen(schemes[i].scheme);
		}
	colon = strrchr(word, ':');
	if (colon && colon > word && (colon[-1] == ']' || colon == strchr(word, ':')) &&
		colon[1 + strspn(colon + 1, "0123456789/")] == '\0' && atoi(colon + 1) > 0)
		port = (unsigned)atoi(colon + 1);
	if (port)
		allow_port(l, port);
}

static void allow_option_word(const char *word, void *arg)
{
	allow_named_port(arg, word);
}

static void allow_connect_word(const char *word, void *arg)
{
	allow_port(arg, strtoul(word, NULL, 10));
}

static void allow_option(const struct option_def *d, const char *text, void *arg)
{
	struct landlock *l = arg;

	if (!*text)
		return;
	if (d->type == OPTION_PATH)
		allow_reading(l, text, 2);
	else if (d->type == OPTION_PATH_WRITTEN)
		allow_writing(l, text);
	else if (d->type == OPTION_FOLDER_WRITTEN)
		allow_folder(l, text);
	else if (d->type == OPTION_LIST && strlen(d->name) > 6 && strcmp(d->name + strlen(d->name) - 6, "-ports") == 0)
		options_each(l->options, d->name, allow_connect_word, l);
	else if (d->type == OPTION_LIST && strncmp(d->name, "listen", 6) != 0)
		options_each(l->options, d->name, allow_option_word, l);
	else if (d->type == OPTION_STRING)
		allow_named_port(l, text);
}

static void allow_read_word(const char *word, void *arg)
{
	allow_reading(arg, word, 2);
}

static void allow_write_word(const char *word, void *arg)
{
	allow(arg, word, WRITE);
}

/* "FILE:/etc/krb5.keytab", "a:b" */
static void allow_environment(struct landlock *l, const char *name)
{
	const char *value = getenv(name);
	char *copy = strdup(value ? value : ""), *save = NULL;

	if (!copy)
		abort();
	for (char *path = strtok_r(copy, ":", &save); path; path = strtok_r(NULL, ":", &save))
		if (*path == '/')
			allow_reading(l, path, 0);
	free(copy);
}

static struct ruleset handled_by(int abi)
{
	const char *notify = getenv("NOTIFY_SOCKET");
	struct ruleset r = { .fs = FS_ALL };

	if (abi < 5)
		r.fs &= ~(uint64_t)FS_IOCTL_DEV;
	if (abi < 3)
		r.fs &= ~(uint64_t)FS_TRUNCATE;
	if (abi < 2)
		r.fs &= ~(uint64_t)FS_REFER;
	if (abi >= 4)
		r.net = NET_BIND | NET_CONNECT;
	if (abi >= 6) /* systemd in a container may be told by an abstract socket */
		r.scoped = SCOPE_SIGNALS | (notify && *notify == '@' ? 0 : SCOPE_ABSTRACT_SOCKETS);
	return r;
}

static bool landlock_enter(const struct options *o, struct sandbox *out)
{
	struct landlock l = { .options = o, .out = out };
	long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	bool ok;

	if (abi < 1)
		return false;
	l.handled = handled_by((int)abi);
	l.fd = (int)syscall(SYS_landlock_create_ruleset, &l.handled,
		abi >= 6 ? sizeof l.handled : abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t), 0);
	if (l.fd < 0)
		return false;
	for (size_t i = 0; i < sizeof system_files / sizeof *system_files; i++)
		allow_reading(&l, system_files[i], 0);
	allow(&l, "/dev/null", LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE);
	for (size_t i = 0; i < sizeof environment_paths / sizeof *environment_paths; i++)
		allow_environment(&l, environment_paths[i]);
	options_all(o, allow_option, &l);
	options_each(o, "sandbox-read", allow_read_word, &l);
	options_each(o, "sandbox-write", allow_write_word, &l);
	options_each(o, "sandbox-connect", allow_connect_word, &l);
	allow_port(&l, 53); /* long DNS answers */
	ok = syscall(SYS_landlock_restrict_self, l.fd, 0) == 0;
	close(l.fd);
	if (ok)
		out->landlock = (int)abi;
	return ok;
}

/* ---- seccomp ---- */

/* What the server, SQLite, OpenSSL, the LDAP client and glibc do. Unknown names
 * (of another machine) are passed over. */
static const char *const allowed_calls[] = {
	/* files */
	"read", "write", "readv", "writev", "pread64", "pwrite64", "preadv", "pwritev", "preadv2", "pwritev2",
	"open", "openat", "close", "close_range", "lseek", "stat", "fstat", "lstat", "newfstatat", "statx",
	"statfs", "fstatfs", "access", "faccessat", "faccessat2", "readlink", "readlinkat", "getdents", "getdents64",
	"getcwd", "fsync", "fdatasync", "sync_file_range", "truncate", "ftruncate", "fallocate", "fadvise64", "flock",
	"fcntl", "dup", "dup2", "dup3", "unlink", "unlinkat", "rename", "renameat", "renameat2", "mkdir", "mkdirat",
	"rmdir", "link", "linkat", "chmod", "fchmod", "fchmodat", "fchown", "umask", "utimensat", "sendfile",
	/* memory; mmap and mprotect are below */
	"munmap", "mremap", "madvise", "brk", "mlock", "mlock2", "munlock", "msync", "membarrier",
	/* threads, signals, time; clone and tgkill are below */
	"futex", "set_robust_list", "get_robust_list", "set_tid_address", "rseq", "exit", "exit_group",
	"sched_yield", "sched_getaffinity", "getcpu", "getpid", "getppid", "gettid", "rt_sigaction",
	"rt_sigprocmask", "rt_sigreturn", "rt_sigtimedwait", "sigaltstack", "restart_syscall", "nanosleep",
	"clock_nanosleep", "clock_gettime", "clock_getres", "gettimeofday", "time", "times",
	/* network; socket is below */
	"connect", "accept", "accept4", "listen", "bind", "getsockname", "getpeername", "setsockopt", "getsockopt",
	"sendto", "recvfrom", "sendmsg", "recvmsg", "sendmmsg", "recvmmsg", "shutdown", "poll", "ppoll", "select",
	"pselect6", "epoll_create", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait", "epoll_pwait2",
	"eventfd", "eventfd2", "pipe", "pipe2", "timerfd_create", "timerfd_settime", "timerfd_gettime",
	/* questions */
	"getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getgroups", "uname", "sysinfo",
	"getrusage", "getrlimit", "getrandom", "capget", "clone3",
};

/* Nothing of ours comes near these: the process is not itself any more. */
static const char *const deadly_calls[] = {
	"execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev", "mount", "umount", "umount2",
	"pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "fspick", "mount_setattr", "setns",
	"unshare", "bpf", "perf_event_open", "userfaultfd", "init_module", "finit_module", "delete_module",
	"kexec_load", "kexec_file_load", "reboot", "swapon", "swapoff", "setuid", "setgid", "setreuid", "setregid",
	"setresuid", "setresgid", "setfsuid", "setfsgid", "setgroups", "capset", "iopl", "ioperm",
};

/* Sticky: the first failure stays. */
struct filter {
	scmp_filter_ctx ctx;
	int rc;
};

static void add_rule(struct filter *f, uint32_t action, const char *name, unsigned n,
	const struct scmp_arg_cmp *args)
{
	int number = seccomp_syscall_resolve_name(name);

	if (f->rc == 0 && number != __NR_SCMP_ERROR)
		f->rc = seccomp_rule_add_array(f->ctx, action, number, n, args);
}

/* Of the seccomp.h macros clang warns. a: the value, or for MASKED_EQ the mask. */
static struct scmp_arg_cmp when(unsigned arg, enum scmp_compare op, uint32_t a, uint32_t b)
{
	return (struct scmp_arg_cmp){ .arg = arg, .op = op, .datum_a = a, .datum_b = b };
}

static void allow_when(struct filter *f, const char *name, unsigned arg, enum scmp_compare op, uint32_t a,
	uint32_t b)
{
	struct scmp_arg_cmp one = when(arg, op, a, b);

	add_rule(f, SCMP_ACT_ALLOW, name, 1, &one);
}

static void allow_sockets(struct filter *f)
{
	static const uint32_t families[] = { AF_UNIX, AF_INET, AF_INET6 }, types[] = { SOCK_STREAM, SOCK_DGRAM };

	for (size_t i = 0; i < 3; i++)
		for (size_t j = 0; j < 2; j++) {
			struct scmp_arg_cmp both[] = { when(0, SCMP_CMP_EQ, families[i], 0),
				when(1, SCMP_CMP_MASKED_EQ, 0xf, types[j]) };

			add_rule(f, SCMP_ACT_ALLOW, "socket", 2, both);
		}
	/* getaddrinfo asks which addresses the machine has. */
	struct scmp_arg_cmp route[] = { when(0, SCMP_CMP_EQ, AF_NETLINK, 0), when(2, SCMP_CMP_EQ, 0, 0) };
	add_rule(f, SCMP_ACT_ALLOW, "socket", 2, route);
	allow_when(f, "socketpair", 0, SCMP_CMP_EQ, AF_UNIX, 0);
}

/* Memory is writable or executable, never both. */
static void allow_memory(struct filter *f)
{
	static const char *const calls[] = { "mmap", "mmap2", "mprotect", "pkey_mprotect" };

	for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
		allow_when(f, calls[i], 2, SCMP_CMP_MASKED_EQ, PROT_WRITE, 0);
		allow_when(f, calls[i], 2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	}
}

static void allow_threads(struct filter *f)
{
	const uint32_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;

	allow_when(f, "clone", 0, SCMP_CMP_MASKED_EQ, thread, thread); /* no fork */
	allow_when(f, "tgkill", 0, SCMP_CMP_EQ, (uint32_t)getpid(), 0);
	allow_when(f, "prctl", 0, SCMP_CMP_EQ, PR_SET_NAME, 0);
	allow_when(f, "prctl", 0, SCMP_CMP_EQ, PR_GET_NAME, 0);
	allow_when(f, "prlimit64", 2, SCMP_CMP_EQ, 0, 0); /* asks, sets nothing */
	allow_when(f, "ioctl", 1, SCMP_CMP_EQ, FIONREAD, 0);
	allow_when(f, "ioctl", 1, SCMP_CMP_EQ, FIONBIO, 0);
	allow_when(f, "ioctl", 1, SCMP_CMP_EQ, TCGETS, 0); /* isatty */
}

static void fill_filter(struct filter *f, enum sandbox_mode mode)
{
	for (size_t i = 0; i < sizeof allowed_calls / sizeof *allowed_calls; i++)
		add_rule(f, SCMP_ACT_ALLOW, allowed_calls[i], 0, NULL);
	allow_sockets(f);
	allow_memory(f);
	allow_threads(f);
	for (size_t i = 0; mode == SANDBOX_ON && i < sizeof deadly_calls / sizeof *deadly_calls; i++)
		add_rule(f, SCMP_ACT_KILL_PROCESS, deadly_calls[i], 0, NULL);
}

/* clone3 has its flags in memory, where no filter sees them; told that there is
 * none, glibc takes clone. A filter of its own, as the other one logs. */
static void hide_clone3(struct filter *f, enum sandbox_mode mode)
{
	(void)mode;
	add_rule(f, SCMP_ACT_ERRNO(ENOSYS), "clone3", 0, NULL);
}

static bool load_filter(void (*fill)(struct filter *, enum sandbox_mode), enum sandbox_mode mode,
	uint32_t otherwise, bool logs, bool *loaded, struct error *err)
{
	struct filter f = { .ctx = seccomp_init(otherwise) };

	if (!f.ctx)
		return error_set(err, ERROR_INTERNAL, "The system call filter could not be made.");
	fill(&f, mode);
	if (f.rc != 0)
		error_set(err, ERROR_INTERNAL, "The system call filter could not be made: %s.", strerror(-f.rc));
	seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_LOG, logs);
	seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_TSYNC, 1);
	seccomp_attr_set(f.ctx, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	*loaded = f.rc == 0 && seccomp_load(f.ctx) == 0;
	seccomp_release(f.ctx);
	return f.rc == 0;
}

/* The kernel may have none (or hide it, as containers do): then *out says so. */
static bool seccomp_enter(enum sandbox_mode mode, struct sandbox *out, struct error *err)
{
	uint32_t otherwise = mode == SANDBOX_ON ? SCMP_ACT_ERRNO(EPERM) : SCMP_ACT_LOG;
	uint32_t needed = mode == SANDBOX_ON ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_LOG;

	if (syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &needed) != 0)
		return true;
	return load_filter(hide_clone3, mode, SCMP_ACT_ALLOW, false, &out->seccomp, err) &&
		load_filter(fill_filter, mode, otherwise, true, &out->seccomp, err);
}

bool sandbox_enter(const struct options *o, enum sandbox_mode mode, struct sandbox *out, struct error *err)
{
	memset(out, 0, sizeof *out);
	out->mode = mode;
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (mode == SANDBOX_ON)
		landlock_enter(o, out);
	return mode == SANDBOX_OFF || seccomp_enter(mode, out, err);
}

void sandbox_report(const struct sandbox *s)
{
	if (s->mode == SANDBOX_OFF) {
		log_warn("sandbox.off", "reason=%s", sanitized ? "sanitizer" : "option");
		return;
	}
	log_info("sandbox.on", "mode=%s landlock=%d seccomp=%s", s->mode == SANDBOX_ON ? "on" : "log", s->landlock,
		s->seccomp ? "yes" : "no");
	if (s->mode == SANDBOX_ON && !s->landlock)
		log_warn("sandbox.landlock", "the kernel has no Landlock: files and ports are not confined");
	if (!s->seccomp)
		log_warn("sandbox.seccomp", "the kernel takes no filter: system calls are not confined");
	if (s->broad[0])
		log_warn("sandbox.broad", "folder=%s is writable, because the data file or the log is in it",
			log_quote(s->broad));
}
