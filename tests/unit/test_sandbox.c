/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The sandbox and the giving up of root, in children of this process: what the
 * server needs works, everything else is refused. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include "privileges.h"
#include "sandbox.h"
#include "unit.h"

static const struct option_def own_options[] = {
	{ "data", OPTION_PATH_WRITTEN, "", 0, 0, "" },
	{ "certificate", OPTION_PATH, "", 0, 0, "" },
	{ "servers", OPTION_LIST, "", 0, 0, "" },
	{ "listen", OPTION_LIST, "", 0, 0, "" },
	{ NULL, 0, NULL, 0, 0, NULL }
};

/* ---- a child that reports ---- */

static int report_fd;

/* What a child found wrong, one line each, for its parent. */
__attribute__((format(printf, 1, 2)))
static void wrong(const char *fmt, ...)
{
	char line[400];
	va_list ap;

	va_start(ap, fmt);
	int n = vsnprintf(line, sizeof line, fmt, ap);
	va_end(ap);
	ssize_t ignored = write(report_fd, line, (size_t)n < sizeof line ? (size_t)n : sizeof line - 1);
	(void)ignored;
}

/* A result of -1 with this errno; 0 means that it must succeed. */
static void expect(const char *what, long result, int wanted)
{
	int got = result == -1 ? errno : 0;

	if (got != wanted)
		wrong("%s: %s instead of %s; ", what, strerror(got), strerror(wanted));
}

struct outcome {
	int status;
	char text[4096];
};

static struct outcome in_child(void (*fn)(struct options *, void *), struct options *o, void *arg)
{
	struct outcome out = { 0 };
	size_t n = 0;
	ssize_t got;
	int ends[2];

	NEED(pipe(ends) == 0);
	pid_t child = fork();
	NEED(child >= 0);
	if (child == 0) {
		struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		close(ends[0]);
		report_fd = ends[1];
		fn(o, arg);
		_exit(0);
	}
	close(ends[1]);
	while (n < sizeof out.text - 1 && (got = read(ends[0], out.text + n, sizeof out.text - 1 - n)) > 0)
		n += (size_t)got;
	close(ends[0]);
	while (waitpid(child, &out.status, 0) < 0 && errno == EINTR)
		;
	return out;
}

static void check_good(struct outcome out)
{
	CHECK_TEXT(out.text, "");
	CHECK(WIFEXITED(out.status) && WEXITSTATUS(out.status) == 0);
}

static bool has_landlock(int abi, const char *for_what)
{
	long got = syscall(SYS_landlock_create_ruleset, NULL, 0, 1);

	if (got < abi)
		printf("\n    NOT CHECKED: %s (this kernel has Landlock ABI %ld, it takes %d)\n", for_what,
			got < 0 ? 0 : got, abi);
	return got >= abi;
}

/* Valgrind hides it, as an old kernel does: then the server goes on without. */
static bool has_seccomp(void)
{
	unsigned kill_process = 0x80000000u;

	return syscall(SYS_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, &kill_process) == 0;
}

/* ---- set-up ---- */

static int listener(unsigned short *port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof sin;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	NEED(fd >= 0 && bind(fd, (struct sockaddr *)&sin, len) == 0 && listen(fd, 8) == 0 &&
		getsockname(fd, (struct sockaddr *)&sin, &len) == 0);
	*port = ntohs(sin.sin_port);
	return fd;
}

struct place {
	struct options *o;
	const char *inside, *outside, *certificate; /* files */
	unsigned short good, bad; /* ports that someone listens at */
	int listeners[2];
};

static void set(struct options *o, const char *name, const char *value)
{
	struct error err = { 0 };

	if (!options_set(o, name, value, "test", &err))
		CU_FAIL(err.text);
}

/* data/ holds the data file, secret/ what is no business of the server,
 * archive/ a certificate that live/ has a link to. */
static struct place place(void)
{
	const struct option_def *tables[] = { own_options, sandbox_options, NULL };
	struct place p = { .o = options_create(tables) };
	char text[64];

	mkdir(unit_path("data"), 0700);
	mkdir(unit_path("secret"), 0700);
	mkdir(unit_path("live"), 0700);
	mkdir(unit_path("archive"), 0700);
	unit_file("archive/one.pem", "one");
	unit_file("archive/two.pem", "two");
	unlink(unit_path("live/tls.pem"));
	NEED(symlink("../archive/one.pem", unit_path("live/tls.pem")) == 0);
	p.inside = strdup(unit_file("data/inside.txt", "inside"));
	p.outside = strdup(unit_file("secret/outside.txt", "outside"));
	p.certificate = strdup(unit_path("live/tls.pem"));
	p.listeners[0] = listener(&p.good);
	p.listeners[1] = listener(&p.bad);
	set(p.o, "data", unit_path("data/test.db"));
	set(p.o, "certificate", p.certificate);
	snprintf(text, sizeof text, "ldap://127.0.0.1:%d/", p.good);
	set(p.o, "servers", text);
	snprintf(text, sizeof text, "127.0.0.1:%d", p.bad);
	set(p.o, "listen", text);
	return p;
}

static void leave(struct place *p)
{
	close(p->listeners[0]);
	close(p->listeners[1]);
	free((char *)p->inside);
	free((char *)p->outside);
	free((char *)p->certificate);
	options_destroy(p->o);
}

static struct sandbox enter(struct options *o, enum sandbox_mode mode)
{
	struct sandbox s = { 0 };
	struct error err = { 0 };
	bool seccomp = has_seccomp();

	if (!sandbox_enter(o, mode, &s, &err))
		wrong("sandbox_enter: %s; ", err.text);
	if (s.seccomp != seccomp)
		wrong("seccomp is %d; ", s.seccomp);
	return s;
}

/* ---- what must work ---- */

static void *thread_main(void *arg)
{
	return arg;
}

static void try_files(const struct place *p)
{
	char other[4200], text[8] = "";
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 8 };
	int fd = open(p->inside, O_RDWR | O_CLOEXEC);

	snprintf(other, sizeof other, "%s.new", p->inside);
	expect("open for writing in the data folder", fd, 0);
	expect("lock", fcntl(fd, F_SETLK, &lock), 0);
	expect("fallocate", fallocate(fd, 0, 0, 65536), 0);
	expect("ftruncate", ftruncate(fd, 4096), 0);
	expect("fsync", fsync(fd), 0);
	void *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	expect("mmap", shared == MAP_FAILED ? -1 : 0, 0);
	close(fd);
	expect("make a file in the data folder", fd = open(other, O_WRONLY | O_CREAT | O_CLOEXEC, 0600), 0);
	close(fd);
	expect("rename in the data folder", rename(other, p->inside), 0);
	expect("unlink in the data folder", unlink(p->inside), 0);
	/* A certificate that its link finds elsewhere, and that is turned. */
	snprintf(other, sizeof other, "%.4000s/archive/two.pem", unit_folder());
	expect("the other certificate", fd = open(other, O_RDONLY | O_CLOEXEC), 0);
	close(fd);
	expect("the certificate", fd = open(p->certificate, O_RDONLY | O_CLOEXEC), 0);
	expect("read", read(fd, text, 3), 0);
	if (strcmp(text, "one") != 0)
		wrong("the certificate holds '%s'; ", text);
	close(fd);
}

static void sql(sqlite3 *db, const char *statement)
{
	char *message = NULL;

	if (sqlite3_exec(db, statement, NULL, NULL, &message) != SQLITE_OK)
		wrong("%s: %s; ", statement, message ? message : "?");
	sqlite3_free(message);
}

/* Everything that SQLite does to a file: -wal and -shm come and go, checkpoints
 * truncate, a backup makes a second file. */
static void try_sqlite(struct options *o)
{
	const char *path = options_string(o, "data");
	sqlite3 *writer = NULL, *reader = NULL, *copy = NULL;
	char name[4200];
	struct stat st;

	if (sqlite3_open(path, &writer) != SQLITE_OK || sqlite3_open(path, &reader) != SQLITE_OK)
		wrong("sqlite3_open: %s; ", sqlite3_errmsg(writer));
	sql(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA mmap_size = 268435456;"
		"PRAGMA temp_store = MEMORY; CREATE TABLE t (a, b); BEGIN IMMEDIATE;"
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000) "
		"INSERT INTO t SELECT i, hex(randomblob(50)) FROM n; COMMIT;");
	sql(reader, "PRAGMA mmap_size = 268435456; PRAGMA temp_store = MEMORY; SELECT count(*) FROM t; SELECT * FROM t ORDER BY b");
	sql(writer, "CREATE INDEX i ON t (b); DELETE FROM t WHERE a % 2; PRAGMA wal_checkpoint(TRUNCATE);"
		"VACUUM;");
	sqlite3_close(reader);
	sql(writer, "PRAGMA journal_mode = DELETE; INSERT INTO t VALUES (1, 2); PRAGMA journal_mode = WAL;");
	snprintf(name, sizeof name, "%s.bak", path);
	sqlite3_open(name, &copy);
	sqlite3_backup *b = sqlite3_backup_init(copy, "main", writer, "main");
	if (!b || sqlite3_backup_step(b, -1) != SQLITE_DONE || sqlite3_backup_finish(b) != SQLITE_OK)
		wrong("backup: %s; ", sqlite3_errmsg(copy));
	sqlite3_close(copy);
	sqlite3_close(writer);
	snprintf(name, sizeof name, "%s-wal", path);
	expect("the log is gone after closing", stat(name, &st), ENOENT);
}

static int connected(unsigned short port)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
		.sin_port = htons(port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	return fd < 0 ? -1 : connect(fd, (struct sockaddr *)&sin, sizeof sin);
}

static void try_network(const struct place *p)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG }, *found = NULL;
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = "/nonexistent" };
	int fd;

	expect("connect to a port that an option names", connected(p->good), 0);
	if (getaddrinfo("localhost", "389", &hints, &found) != 0)
		wrong("getaddrinfo of localhost; ");
	else
		freeaddrinfo(found);
	fd = accept4(p->listeners[0], NULL, NULL, SOCK_CLOEXEC);
	expect("accept", fd, 0);
	expect("socket of IPv6", socket(AF_INET6, SOCK_STREAM, 0), 0);
	expect("datagrams", socket(AF_INET, SOCK_DGRAM, 0), 0);
	expect("datagrams to systemd", fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), 0);
	expect("connect to nscd", connect(fd, (struct sockaddr *)&to, sizeof to), ENOENT);
}

static void needed(struct options *o, void *arg)
{
	pthread_t thread;

	enter(o, SANDBOX_ON);
	try_files(arg);
	try_sqlite(o);
	try_network(arg);
	errno = pthread_create(&thread, NULL, thread_main, NULL);
	expect("pthread_create", errno ? -1 : 0, 0);
	if (errno == 0)
		pthread_join(thread, NULL);
	FILE *zone = fopen("/usr/share/zoneinfo/America/New_York", "re");
	expect("time zones", zone || access("/usr/share/zoneinfo", F_OK) != 0 ? 0 : -1, 0);
	if (zone)
		fclose(zone);
}

static void test_needed(void)
{
	struct place p = place();

	check_good(in_child(needed, p.o, &p));
	leave(&p);
}

/* ---- what must not ---- */

static int opened(const char *path, int flags)
{
	return open(path, flags | O_CLOEXEC, 0600);
}

static void forbidden_files(struct options *o, void *arg)
{
	const struct place *p = arg;
	char path[4200];

	enter(o, SANDBOX_ON);
	expect("/etc/shadow", opened("/etc/shadow", O_RDONLY), EACCES);
	expect("/etc/passwd", opened("/etc/passwd", O_RDONLY), EACCES);
	expect("/etc", opened("/etc", O_RDONLY | O_DIRECTORY), EACCES);
	expect("/", opened("/", O_RDONLY | O_DIRECTORY), EACCES);
	expect("/proc/self/environ", opened("/proc/self/environ", O_RDONLY), EACCES);
	expect("/proc/self/mem", opened("/proc/self/mem", O_RDWR), EACCES);
	expect("a file outside, for reading", opened(p->outside, O_RDONLY), EACCES);
	expect("a file outside, for writing", opened(p->outside, O_WRONLY), EACCES);
	expect("the certificate, for writing", opened(p->certificate, O_WRONLY), EACCES);
	expect("unlink outside", unlink(p->outside), EACCES);
	snprintf(path, sizeof path, "%s.new", p->outside);
	expect("a new file outside", opened(path, O_WRONLY | O_CREAT), EACCES);
	expect("rename to outside", rename(p->inside, path), EACCES);
	expect("mkdir outside", mkdir(path, 0700), EACCES);
	/* Backups make hard links; they take nothing from outside, and nothing there. */
	expect("link to outside", link(p->inside, path), EACCES);
	snprintf(path, sizeof path, "%.2000s/data/taken", unit_folder());
	expect("link of a file outside", link(p->outside, path), EXDEV);
	expect("link within the data folder", link(p->inside, path), 0);
	expect("unlink the link", unlink(path), 0);
	expect("through the data folder", snprintf(path, sizeof path, "%.2000s/data/../secret/outside.txt",
		unit_folder()) < 0 ? 0 : opened(path, O_RDONLY), EACCES);
	snprintf(path, sizeof path, "%.2000s/data/link", unit_folder());
	expect("a link to outside, made before", opened(path, O_RDONLY), EACCES);
}

static void test_forbidden_files(void)
{
	struct place p = place();

	if (has_landlock(3, "files out of reach")) {
		unlink(unit_path("data/link"));
		NEED(symlink(p.outside, unit_path("data/link")) == 0);
		check_good(in_child(forbidden_files, p.o, &p));
	}
	leave(&p);
}

static void forbidden_ports(struct options *o, void *arg)
{
	const struct place *p = arg;
	struct sockaddr_in any = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd;

	enter(o, SANDBOX_ON);
	expect("connect to another port", connected(p->bad), EACCES);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	expect("bind", bind(fd, (struct sockaddr *)&any, sizeof any), EACCES);
}

static void test_forbidden_ports(void)
{
	struct place p = place();

	if (has_landlock(4, "TCP ports out of reach"))
		check_good(in_child(forbidden_ports, p.o, &p));
	leave(&p);
}

static void further(struct options *o, void *arg)
{
	const struct place *p = arg;
	int fd;

	enter(o, SANDBOX_ON);
	expect("sandbox-connect", connected(p->bad), 0);
	expect("sandbox-read", fd = opened(p->outside, O_RDONLY), 0);
	close(fd);
	expect("sandbox-write", fd = opened(p->outside, O_WRONLY), 0);
	close(fd);
}

static void test_further(void)
{
	struct place p = place();
	char port[16];

	snprintf(port, sizeof port, "%d", p.bad);
	set(p.o, "sandbox-connect", port);
	set(p.o, "sandbox-read", p.outside);
	set(p.o, "sandbox-write", unit_path("secret"));
	check_good(in_child(further, p.o, &p));
	leave(&p);
}

static long map(int rights, void **out)
{
	/* cppcheck-suppress invalidFunctionArg; no file belongs to it */
	void *page = mmap(NULL, 4096, rights, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (page == MAP_FAILED)
		return -1;
	if (out)
		*out = page;
	else
		munmap(page, 4096);
	return 0;
}

static void forbidden_calls(struct options *o, void *arg)
{
	struct rlimit rl = { 64, 64 };
	char name[16] = "/tmp/x";
	void *page = NULL;

	(void)arg;
	enter(o, SANDBOX_ON);
	expect("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0), EPERM);
	expect("clone3", syscall(SYS_clone3, NULL, 0), ENOSYS);
	expect("kill", kill(getppid(), 0), EPERM);
	expect("tgkill", syscall(SYS_tgkill, getppid(), getppid(), 0), EPERM);
	expect("packet socket", socket(AF_PACKET, SOCK_DGRAM, 0), EPERM);
	expect("raw socket", socket(AF_INET, SOCK_RAW, IPPROTO_TCP), EPERM);
	expect("raw socket with flags", socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_TCP), EPERM);
	expect("netlink other than route", socket(AF_NETLINK, SOCK_RAW, 9), EPERM);
	expect("vsock", socket(40, SOCK_STREAM, 0), EPERM);
	expect("alg socket", socket(38, SOCK_SEQPACKET, 0), EPERM);
	expect("mmap writable and executable", map(PROT_WRITE | PROT_EXEC, NULL), EPERM);
	expect("mmap writable", map(PROT_READ | PROT_WRITE, &page), 0);
	expect("mprotect writable and executable", mprotect(page, 4096, PROT_READ | PROT_WRITE | PROT_EXEC), EPERM);
	munmap(page, 4096);
	expect("symlink", symlink("/etc", name), EPERM);
	expect("mknod", syscall(SYS_mknodat, AT_FDCWD, name, S_IFIFO | 0600, 0), EPERM);
	expect("setrlimit", syscall(SYS_prlimit64, 0, RLIMIT_NOFILE, &rl, NULL), EPERM);
	expect("prctl dumpable", prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), EPERM);
	expect("io_uring", syscall(SYS_io_uring_setup, 1, NULL), EPERM);
	expect("pidfd_open", syscall(SYS_pidfd_open, getppid(), 0), EPERM);
	expect("keyctl", syscall(SYS_keyctl, 0, 0, 0, 0, 0), EPERM);
	expect("personality", syscall(SYS_personality, 0xffffffffUL), EPERM);
	expect("memfd_create", syscall(SYS_memfd_create, "x", 0), EPERM);
	expect("terminal input", ioctl(0, 0x5412 /* TIOCSTI */, "x"), EPERM);
	expect("seccomp", syscall(SYS_seccomp, 0, 0, NULL), EPERM);
}

static void test_forbidden_calls(void)
{
	struct place p = place();

	if (has_seccomp())
		check_good(in_child(forbidden_calls, p.o, NULL));
	else
		puts("\n    NOT CHECKED: system calls (this kernel has no seccomp)");
	leave(&p);
}

static void deadly(struct options *o, void *arg)
{
	char *argv[] = { (char[]){ "/bin/true" }, NULL }, *envp[] = { NULL };

	enter(o, SANDBOX_ON);
	switch (*(long *)arg) {
	case SYS_execve: execve(argv[0], argv, envp); break;
	case SYS_ptrace: ptrace(PTRACE_TRACEME, 0, NULL, NULL); break;
	default: syscall(*(long *)arg, 0, 0, 0, 0, 0, 0);
	}
}

static void test_deadly_calls(void)
{
	static long calls[] = { SYS_execve, SYS_execveat, SYS_ptrace, SYS_process_vm_readv, SYS_mount, SYS_umount2,
		SYS_chroot, SYS_setns, SYS_unshare, SYS_bpf, SYS_perf_event_open, SYS_init_module, SYS_kexec_load,
		SYS_reboot, SYS_setuid, SYS_setresuid, SYS_setgroups, SYS_capset };
	struct place p = place();

	for (size_t i = 0; has_seccomp() && i < COUNT(calls); i++) {
		struct outcome out = in_child(deadly, p.o, &calls[i]);
		char what[600];

		snprintf(what, sizeof what, "call %ld ends in signal %d %.500s", calls[i],
			WIFSIGNALED(out.status) ? WTERMSIG(out.status) : 0, out.text);
		if (!WIFSIGNALED(out.status) || WTERMSIG(out.status) != SIGSYS)
			CU_FAIL(what);
		CHECK_TEXT(out.text, "");
	}
	leave(&p);
}

/* ---- the other modes ---- */

static void log_only(struct options *o, void *arg)
{
	const struct place *p = arg;
	struct sandbox s = enter(o, SANDBOX_LOG);

	if (s.landlock || (s.seccomp && prctl(PR_GET_SECCOMP) != 2) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		wrong("mode log is not what it says; ");
	expect("a file outside", opened(p->outside, O_RDONLY), 0);
	expect("personality", syscall(SYS_personality, 0xffffffffUL), 0);
	expect("fork", syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0) == 0 ? (_exit(0), 0) : 0, 0);
}

static void off(struct options *o, void *arg)
{
	struct sandbox s = { 0 };
	struct error err = { 0 };

	if (!sandbox_enter(o, SANDBOX_OFF, &s, &err) || s.seccomp || s.landlock)
		wrong("mode off confines; ");
	expect("a file outside", opened(((const struct place *)arg)->outside, O_RDONLY), 0);
}

static void test_modes(void)
{
	struct place p = place();
	struct error err = { 0 };
	enum sandbox_mode mode;

	check_good(in_child(log_only, p.o, &p));
	check_good(in_child(off, p.o, &p));
	CHECK(sandbox_mode(p.o, &mode, &err));
	set(p.o, "sandbox", "off");
	CHECK(sandbox_mode(p.o, &mode, &err));
	CHECK_INT(mode, SANDBOX_OFF);
	set(p.o, "sandbox", "maybe");
	CHECK(!sandbox_mode(p.o, &mode, &err));
	CHECK_ERROR(&err, ERROR_INVALID, "maybe");
	leave(&p);
}

static void broad(struct options *o, void *arg)
{
	struct sandbox s = enter(o, SANDBOX_ON);

	(void)arg;
	if (s.landlock && strcmp(s.broad, "/tmp") != 0)
		wrong("broad is '%s'; ", s.broad);
}

static void test_broad(void)
{
	struct place p = place();

	set(p.o, "data", "/tmp/commonweal-test.db");
	check_good(in_child(broad, p.o, NULL));
	leave(&p);
}

/* ---- root ---- */

static struct options *rights(const char *run_as)
{
	const struct option_def *tables[] = { own_options, privileges_options, NULL };
	struct options *o = options_create(tables);

	set(o, "data", unit_path("data/test.db"));
	set(o, "run-as", run_as);
	return o;
}

/* As this user privileges_drop fails with this text, or succeeds with "". */
struct attempt {
	uid_t uid;
	const char *text;
	uid_t becomes;
};

static void attempt(struct options *o, void *arg)
{
	const struct attempt *a = arg;
	struct error err = { 0 };

	if (a->uid != getuid() && (setgroups(0, NULL) != 0 || setgid(a->uid) != 0 || setuid(a->uid) != 0))
		wrong("setuid; ");
	bool good = privileges_drop(o, &err);
	if (good != (*a->text == '\0') || (!good && !strstr(err.text, a->text)))
		wrong("privileges_drop: %d %s; ", good, err.text);
	if (good && (geteuid() != a->becomes || getuid() != a->becomes))
		wrong("the user is %d; ", (int)geteuid());
	if (good && a->becomes != 0) {
		expect("setuid back", setuid(0), EPERM);
		expect("chown", chown("/", 0, 0), EPERM);
	}
}

static void try_attempt(const char *run_as, struct attempt a)
{
	struct options *o = rights(run_as);

	check_good(in_child(attempt, o, &a));
	options_destroy(o);
}

static void test_privileges(void)
{
	const uid_t nobody = 65534;

	mkdir(unit_path("data"), 0700);
	unlink(unit_path("data/test.db"));
	try_attempt("no-such-user", (struct attempt){ getuid(), "there is no user 'no-such-user'", 0 });
	try_attempt("root:no-such-group", (struct attempt){ getuid(), "there is no group 'no-such-group'", 0 });
	try_attempt("4000000", (struct attempt){ getuid(), "4000000:GROUP", 0 });
	if (getuid() != 0) {
		puts("\n    NOT CHECKED: giving up root (the test does not run as root)");
		try_attempt("", (struct attempt){ getuid(), "", getuid() });
		try_attempt("root", (struct attempt){ getuid(), "Only root", 0 });
		return;
	}
	NEED(chmod(unit_folder(), 0755) == 0 && chown(unit_path("data"), 0, 0) == 0);
	try_attempt("", (struct attempt){ 0, "does not run as root", 0 });
	try_attempt("root", (struct attempt){ 0, "", 0 });
	try_attempt("nobody", (struct attempt){ 0, "folder", 0 });
	NEED(chown(unit_path("data"), nobody, nobody) == 0);
	try_attempt("nobody", (struct attempt){ 0, "", nobody });
	try_attempt("65534:65534", (struct attempt){ 0, "", nobody });
	try_attempt("4000000:4000000", (struct attempt){ 0, "folder", 0 });
	try_attempt("nobody", (struct attempt){ nobody, "", nobody });
	try_attempt("", (struct attempt){ nobody, "", nobody });
	try_attempt("root", (struct attempt){ nobody, "Only root", 0 });
	unit_file("data/test.db", "");
	NEED(chmod(unit_path("data/test.db"), 0600) == 0 && chown(unit_path("data/test.db"), 0, 0) == 0);
	try_attempt("nobody", (struct attempt){ 0, "test.db cannot be used by nobody", 0 });
	unlink(unit_path("data/test.db"));
	NEED(chown(unit_path("data"), getuid(), getgid()) == 0);
}

CU_TestInfo unit_tests[] = {
	{ "what the server needs works", test_needed },
	{ "files outside are out of reach", test_forbidden_files },
	{ "ports that no option names are out of reach", test_forbidden_ports },
	{ "options open more", test_further },
	{ "other system calls are refused", test_forbidden_calls },
	{ "system calls of a break-in end the process", test_deadly_calls },
	{ "log and off", test_modes },
	{ "a data file in a system folder is told", test_broad },
	{ "root is given up for good, and refused", test_privileges },
	CU_TEST_INFO_NULL
};
