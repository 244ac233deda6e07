/* SPDX-License-Identifier: GPL-3.0-or-later */
/* commonweald: the server. */
#include <pthread.h>
#include <signal.h>
#include <sodium.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>
#include "engine.h"
#include "extract.h"
#include "http.h"
#include "log.h"
#include "privileges.h"
#include "sandbox.h"

static int fail(const struct error *err, int code)
{
	fprintf(stderr, "commonweald: %s\n", err->text);
	if (err->detail[0])
		fprintf(stderr, "  (%s)\n", err->detail);
	return code;
}

/* sd_notify(3): one datagram to the socket that systemd names. */
static void notify(const char *state)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd;

	if (!path || strlen(path) >= sizeof to.sun_path || (path[0] != '/' && path[0] != '@'))
		return;
	strcpy(to.sun_path, path);
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	sendto(fd, state, strlen(state), 0, (struct sockaddr *)&to,
		(socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path)));
	close(fd);
}

/* Every thread inherits the block, so that only this one takes the signals. */
static sigset_t block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return set;
}

/* Until then it opens the log again on SIGHUP, and looks after the certificates. */
static void wait_for_stop(struct options *o, struct http *http, sigset_t *signals)
{
	enum log_level level = LOG_LEVEL_INFO;
	int64_t ms = options_int(o, "tls-check-interval");
	struct timespec interval = { ms / 1000, ms % 1000 * 1000000 };
	int which;

	log_level_parse(options_string(o, "log-level"), &level);
	while ((which = sigtimedwait(signals, NULL, &interval)) != SIGTERM && which != SIGINT) {
		if (which == SIGHUP && !log_open(options_string(o, "log-file"), level))
			log_error("log.reopen", "file=%s", log_quote(options_string(o, "log-file")));
		http_refresh(http, which == SIGHUP);
	}
}

static void announce(const struct http *http)
{
	int port = http_port(http), tls_port = http_tls_port(http);

	log_info("server.start", "port=%d tls-port=%d", port, tls_port);
	if (tls_port && port)
		printf("also https://127.0.0.1:%d\n", tls_port);
	printf("ready %s://127.0.0.1:%d\n", port ? "http" : "https", port ? port : tls_port);
	fflush(stdout);
	notify("READY=1");
}

/* Before there is a second thread, and before anything is read that others wrote. */
static bool confine(const struct options *o, struct sandbox *sandbox, struct error *err)
{
	enum sandbox_mode mode;

	sandbox_keep_memory(o);
	http_raise_limits(o);
	return sandbox_mode(o, &mode, err) && privileges_drop(o, err) && extract_start(o, err) && sandbox_enter(o, mode, sandbox, err);
}

static int serve(struct options *o)
{
	sigset_t signals = block_signals();
	struct engine e = { 0 };
	struct error err = { 0 };
	struct http *http = NULL;
	struct sandbox sandbox;
	int threads = (int)options_int(o, "io-threads"), code = 0;
	struct listeners *plain = listeners_bind(o, "listen", threads, &err);
	struct listeners *tls = plain ? listeners_bind(o, "listen-tls", threads, &err) : NULL;

	if (tls && confine(o, &sandbox, &err) && engine_start(&e, o, true, &err)) {
		sandbox_report(&sandbox);
		http = http_start(&e, plain, tls, &err);
	}
	listeners_close(plain); /* those that no thread took */
	listeners_close(tls);
	if (http) {
		announce(http);
		wait_for_stop(o, http, &signals);
		notify("STOPPING=1");
		log_info("server.stop", "port=%d", http_port(http));
	} else {
		code = fail(&err, 1);
	}
	http_stop(http);
	engine_stop(&e);
	extract_stop();
	return code;
}

int main(int argc, char **argv)
{
	struct options *o = engine_options_create();
	struct error err = { 0 };
	const char *config = getenv("COMMONWEAL_CONFIG");
	int first = 1, code;

	if (sodium_init() < 0)
		return 1;
	umask(077); /* the data and the log hold what is not public */
	if (argc > 1 && strncmp(argv[1], "--config=", 9) == 0) {
		config = argv[1] + 9;
		first = 2;
	}
	if (argc > first && strcmp(argv[first], "--help") == 0) {
		printf("Usage: commonweald [--config=FILE] [--option=value ...]\n\n"
			"Options (also as name = value in the file and as COMMONWEAL_NAME in the environment):\n");
		options_help(o, stdout);
		code = 0;
	} else if (argc > first && strcmp(argv[first], "--version") == 0) {
		puts("commonweald " PACKAGE_VERSION);
		code = 0;
	} else if ((config && !options_load_file(o, config, &err)) || !options_load_environment(o, &err) ||
		!options_load_arguments(o, argc, argv, first, &first, &err)) {
		code = fail(&err, 2);
	} else if (first < argc) {
		fprintf(stderr, "commonweald: unexpected word '%s'; see --help\n", argv[first]);
		code = 2;
	} else {
		code = serve(o);
	}
	options_destroy(o);
	return code;
}
