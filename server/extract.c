/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The broker, and what the server asks of it. */
#include "extract.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "buf.h"
#include "text.h"
#include "../extract/wire.h"

const struct option_def extract_options[] = {
	{ "extract-program", OPTION_STRING, LIBEXECDIR "/commonweal-extract", 0, 0,
		"The program that reads attached files." },
	{ "extract-time", OPTION_DURATION, "60s", 1000, 3600000, "How long it may take over one file." },
	{ "extract-memory", OPTION_SIZE, "1G", 64 << 20, (int64_t)1 << 40, "Address space that it may use." },
	{ "extract-pages", OPTION_INT, "2000", 1, 100000, "Pages of one file whose words are read." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

#define ANSWER_MAX (64 << 20)
#define LOOK_MS 20000
#define TEXTS_MAX 200000

static int broker_socket = -1;
static struct wire_task usual; /* limits of the options */

/* ---- the broker's side ---- */

static const char *program;

/* All descriptors but the n first. */
static void close_from(int n)
{
	if (syscall(SYS_close_range, (unsigned)n, ~0u, 0) == 0)
		return;
	for (int fd = n; fd < 65536; fd++)
		close(fd);
}

/* Becomes the program, with the file as 0 and the answer as 1. */
static void become_program(const struct wire_task *t, const int fds[3])
{
	char memory[32], pages[16], mode[sizeof t->mode + 1], type[sizeof t->type + 1];
	char *argv[] = { (char *)"commonweal-extract", mode, type, memory, pages, NULL };
	/* The leak sanitizer would look from outside, which nobody may. */
	char *environment[] = { (char *)"LANG=C.UTF-8", (char *)"HOME=/nonexistent", (char *)"ASAN_OPTIONS=detect_leaks=0", NULL };
	int null = open("/dev/null", O_WRONLY);
	sigset_t none;

	snprintf(mode, sizeof mode, "%.*s", (int)sizeof t->mode, t->mode);
	snprintf(type, sizeof type, "%.*s", (int)sizeof t->type, t->type);
	snprintf(memory, sizeof memory, "%llu", (unsigned long long)t->memory);
	snprintf(pages, sizeof pages, "%u", t->pages);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup2(fds[0], 0) < 0 || dup2(fds[1], 1) < 0 || null < 0 || dup2(null, 2) < 0)
		_exit(126);
	close_from(3);
	struct rlimit cpu = { t->time_ms / 1000 + 1, t->time_ms / 1000 + 1 };
	setrlimit(RLIMIT_CPU, &cpu);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	execve(program, argv, environment);
	_exit(127);
}

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* One task's keeper: starts the program, ends it in time, tells the outcome. */
static void keep(const struct wire_task *t, const int fds[3])
{
	int64_t end = now_ms() + t->time_ms;
	struct wire_outcome out = { 0 };
	struct timespec step = { 0, 20000000 };
	sigset_t child;
	pid_t pid;

	signal(SIGCHLD, SIG_DFL);
	sigemptyset(&child);
	sigaddset(&child, SIGCHLD);
	sigprocmask(SIG_BLOCK, &child, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	pid = fork();
	if (pid == 0)
		become_program(t, fds);
	close(fds[0]);
	close(fds[1]);
	out.status = 127 << 8;
	while (pid > 0 && waitpid(pid, &out.status, WNOHANG) == 0) {
		if (now_ms() >= end) {
			kill(pid, SIGKILL);
			waitpid(pid, &out.status, 0);
			out.timed_out = 1;
			break;
		}
		sigtimedwait(&child, NULL, &step);
	}
	ssize_t ignored = write(fds[2], &out, sizeof out);
	(void)ignored;
	_exit(0);
}

/* The broker itself may read the program and what programs need, and nothing more. */
static void confine_broker(void)
{
	static const char *const readable[] = { "/usr/share/fonts", "/usr/local/share/fonts", "/etc/fonts",
		"/usr/share/fontconfig", "/var/cache/fontconfig", "/usr/share/poppler", "/usr/share/misc", "/usr/share/file",
		"/usr/lib", "/lib", "/lib64", "/usr/lib64", "/etc/ld.so.cache", "/dev/null" };
	struct landlock_ruleset_attr attr = { .handled_access_fs = (1 << 13) - 1 };
	int fd = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof attr, 0);
	const uint64_t file = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_EXECUTE;

	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	for (size_t i = 0; fd >= 0 && i <= sizeof readable / sizeof *readable; i++) {
		const char *path = i == sizeof readable / sizeof *readable ? program : readable[i];
		struct landlock_path_beneath_attr rule = { .allowed_access = file | LANDLOCK_ACCESS_FS_READ_DIR,
			.parent_fd = open(path, O_PATH | O_CLOEXEC) };

		if (rule.parent_fd < 0)
			continue;
		if (syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
			rule.allowed_access = strcmp(path, "/dev/null") == 0 ? LANDLOCK_ACCESS_FS_WRITE_FILE | file : file;
			syscall(SYS_landlock_add_rule, fd, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
		}
		close(rule.parent_fd);
	}
	if (fd >= 0) {
		syscall(SYS_landlock_restrict_self, fd, 0);
		close(fd);
	}
}

/* One message: a task and its three descriptors; false when the server is gone. */
static bool next_task(struct wire_task *t, int fds[3])
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec piece = { t, sizeof *t };
	struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof control };
	ssize_t n = recvmsg(3, &m, MSG_CMSG_CLOEXEC);
	struct cmsghdr *c = n > 0 ? CMSG_FIRSTHDR(&m) : NULL;

	fds[0] = fds[1] = fds[2] = -1;
	if (n == 0 || (n < 0 && errno != EINTR))
		return false;
	if (c && c->cmsg_type == SCM_RIGHTS && c->cmsg_len == CMSG_LEN(3 * sizeof(int)))
		memcpy(fds, CMSG_DATA(c), 3 * sizeof(int));
	if (n != sizeof *t)
		t->mode[0] = '\0';
	return true;
}

static void broker(int socket) __attribute__((noreturn));
static void broker(int socket)
{
	struct wire_task t;
	int fds[3], null = open("/dev/null", O_RDWR);

	dup2(null, 0);
	dup2(null, 1);
	dup2(null, 2);
	if (socket != 3)
		dup2(socket, 3);
	close_from(4);
	signal(SIGCHLD, SIG_IGN); /* keepers go by themselves */
	prctl(PR_SET_NAME, "cw-extract");
	confine_broker();
	while (next_task(&t, fds)) {
		if (fds[2] >= 0 && t.mode[0] && fork() == 0)
			keep(&t, fds);
		for (int i = 0; i < 3; i++)
			if (fds[i] >= 0)
				close(fds[i]);
	}
	_exit(0);
}

bool extract_start(const struct options *o, struct error *err)
{
	int pair[2];
	pid_t pid;

	program = options_string(o, "extract-program");
	usual = (struct wire_task){ .memory = (uint64_t)options_int(o, "extract-memory"),
		.time_ms = (uint32_t)options_int(o, "extract-time"), .pages = (uint32_t)options_int(o, "extract-pages") };
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0)
		return error_set(err, ERROR_INTERNAL, "The program that reads files could not be started.");
	pid = fork();
	if (pid == 0) {
		close(pair[0]);
		broker(pair[1]);
	}
	close(pair[1]);
	if (pid < 0) {
		close(pair[0]);
		return error_set(err, ERROR_INTERNAL, "The program that reads files could not be started.");
	}
	broker_socket = pair[0];
	return true;
}

void extract_stop(void)
{
	if (broker_socket >= 0)
		close(broker_socket);
	broker_socket = -1;
}

/* ---- the server's side ---- */

static bool send_task(const struct wire_task *t, const int fds[3])
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(3 * sizeof(int))];
	} control;
	struct iovec piece = { (void *)t, sizeof *t };
	struct msghdr m = { .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control,
		.msg_controllen = sizeof control };
	struct cmsghdr *c;

	memset(&control, 0, sizeof control);
	c = CMSG_FIRSTHDR(&m);
	c->cmsg_level = SOL_SOCKET;
	c->cmsg_type = SCM_RIGHTS;
	c->cmsg_len = CMSG_LEN(3 * sizeof(int));
	memcpy(CMSG_DATA(c), fds, 3 * sizeof(int));
	return sendmsg(broker_socket, &m, MSG_NOSIGNAL) == (ssize_t)sizeof *t;
}

/* Until its end; false if it is too much. */
static bool read_answer(int fd, struct buf *b)
{
	char *piece = malloc(65536);
	ssize_t n;

	if (!piece)
		abort();
	while ((n = read(fd, piece, 65536)) > 0 || (n < 0 && errno == EINTR)) {
		if (n > 0)
			buf_add(b, piece, (size_t)n);
		if (b->len > ANSWER_MAX)
			break;
	}
	free(piece);
	return n == 0;
}

static bool read_outcome(int fd, struct wire_outcome *out)
{
	ssize_t n;

	while ((n = read(fd, out, sizeof *out)) < 0 && errno == EINTR)
		;
	return n == (ssize_t)sizeof *out;
}

static bool add_text(struct arena *a, struct extract_result *r, uint32_t page, const char *bytes, size_t n, size_t *room)
{
	if (!text_is_utf8(bytes, n) || r->n_texts == TEXTS_MAX)
		return false;
	if (r->n_texts == *room) {
		struct extract_text *more = arena_array(a, *room ? *room * 2 : 16, sizeof *more);

		if (r->n_texts)
			memcpy(more, r->texts, r->n_texts * sizeof *more);
		r->texts = more;
		*room = *room ? *room * 2 : 16;
	}
	r->texts[r->n_texts++] = (struct extract_text){ page, arena_strndup(a, bytes, n) };
	return true;
}

/* What comes from there is no more trusted than the file was. */
static bool read_part(struct arena *a, struct extract_result *r, const struct wire_part *p, const char *bytes, size_t *room)
{
	size_t n = p->length;

	switch (p->tag) {
	case WIRE_TYPE:
		r->type = arena_strndup(a, bytes, n);
		return n < 128 && strspn(r->type, "abcdefghijklmnopqrstuvwxyz0123456789+-./") == n;
	case WIRE_SIZE:
		if (n != 8)
			return false;
		memcpy(&r->width, bytes, 4);
		memcpy(&r->height, bytes + 4, 4);
		return r->width < 100000 && r->height < 100000;
	case WIRE_PAGES:
		r->pages = p->number;
		return r->pages < 10000000;
	case WIRE_TEXT:
		return p->number > 0 && p->number < 10000000 && add_text(a, r, p->number, bytes, n, room);
	case WIRE_PICTURE:
		r->png = arena_copy(a, bytes, n);
		r->n_png = n;
		return n > 8 && n < (1 << 20) && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0;
	case WIRE_PROBLEM:
		r->problem = text_is_utf8(bytes, n) && n < 300 ? arena_strndup(a, bytes, n) : NULL;
		return r->problem;
	default:
		return false;
	}
}

static bool read_parts(struct arena *a, const struct buf *b, struct extract_result *r)
{
	size_t at = 0, room = 0;
	struct wire_part p;

	while (b->len - at >= sizeof p) {
		memcpy(&p, b->data + at, sizeof p);
		at += sizeof p;
		if (p.length > b->len - at)
			return false;
		if (p.tag == WIRE_END)
			return true;
		if (!read_part(a, r, &p, b->data + at, &room))
			return false;
		at += p.length;
	}
	return false;
}

static bool run(const char *mode, int fd, const char *type, struct arena *a, struct extract_result *out,
	struct error *err)
{
	struct wire_task t = usual;
	struct wire_outcome outcome = { 0 };
	struct buf answer = BUF_INIT;
	int data[2] = { -1, -1 }, told[2] = { -1, -1 };
	bool sent, whole;

	memset(out, 0, sizeof *out);
	snprintf(t.mode, sizeof t.mode, "%s", mode);
	snprintf(t.type, sizeof t.type, "%s", type);
	if (strcmp(mode, "look") == 0)
		t.time_ms = LOOK_MS;
	sent = broker_socket >= 0 && pipe2(data, O_CLOEXEC) == 0 && pipe2(told, O_CLOEXEC) == 0 &&
		send_task(&t, (int[]){ fd, data[1], told[1] });
	if (data[1] >= 0)
		close(data[1]);
	if (told[1] >= 0)
		close(told[1]);
	whole = sent && read_answer(data[0], &answer);
	if (data[0] >= 0)
		close(data[0]); /* a program that goes on writing ends by that */
	sent = sent && read_outcome(told[0], &outcome);
	if (told[0] >= 0)
		close(told[0]);
	if (sent && WIFEXITED(outcome.status) && WEXITSTATUS(outcome.status) >= 126)
		sent = error_set(err, ERROR_UNAVAILABLE, "The program that reads files could not be started. Its path is the "
			"option extract-program.");
	if (sent && !(whole && read_parts(a, &answer, out)) && !out->problem)
		out->problem = outcome.timed_out ? "Reading the file took too long." : "The file could not be read.";
	buf_finish(&answer);
	return sent || error_set(err, ERROR_UNAVAILABLE, "Files cannot be read at the moment. Please try again.");
}

bool extract_look(int fd, struct arena *a, struct extract_result *out, struct error *err)
{
	return run("look", fd, "-", a, out, err);
}

bool extract_read(int fd, const char *type, struct arena *a, struct extract_result *out, struct error *err)
{
	return run("read", fd, type, a, out, err);
}
