/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Asking an address on the web whether it answers, without being led inside. */
#include "media.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define REDIRECTS_MOST 6
#define HEADERS_MOST 65536
#define BODY_MOST 16384

/* ---- which addresses ---- */

/* IANA's special-purpose registries (RFC 6890 and after): what is not reachable
 * from everywhere, or stands for something else. */
static const char *const special[] = {
	"0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
	"192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
	"198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
	"2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
};

static void mapped(const unsigned char v4[4], unsigned char out[16])
{
	memset(out, 0, 10);
	memset(out + 10, 0xff, 2);
	memcpy(out + 12, v4, 4);
}

bool network_parse(const char *text, struct network_range *out)
{
	char address[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	size_t n = slash ? (size_t)(slash - text) : strlen(text);
	unsigned char v4[4];
	char *end;
	long bits;

	if (n == 0 || n >= sizeof address)
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	bool is_v4 = inet_pton(AF_INET, address, v4) == 1;
	if (is_v4)
		mapped(v4, out->address);
	else if (inet_pton(AF_INET6, address, out->address) != 1)
		return false;
	bits = slash ? strtol(slash + 1, &end, 10) : is_v4 ? 32 : 128;
	if (slash && (*end || slash[1] < '0' || slash[1] > '9'))
		return false;
	if (bits < 0 || bits > (is_v4 ? 32 : 128))
		return false;
	out->bits = (int)bits + (is_v4 ? 96 : 0);
	return true;
}

static bool is_within(const unsigned char address[16], const struct network_range *r)
{
	int whole = r->bits / 8, rest = r->bits % 8;

	return memcmp(address, r->address, (size_t)whole) == 0 &&
		(!rest || ((address[whole] ^ r->address[whole]) >> (8 - rest)) == 0);
}

static bool is_special(const unsigned char address[16])
{
	struct network_range r;

	for (size_t i = 0; i < sizeof special / sizeof *special; i++)
		if (!network_parse(special[i], &r) || is_within(address, &r))
			return true;
	return false;
}

bool address_allowed(const struct sockaddr *address, const struct network_range *allowed, size_t n)
{
	static const unsigned char nat64[12] = { 0, 0x64, 0xff, 0x9b };
	static const unsigned char map[12] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
	unsigned char a[16];

	if (address->sa_family == AF_INET)
		mapped((const unsigned char *)&((const struct sockaddr_in *)(const void *)address)->sin_addr, a);
	else if (address->sa_family == AF_INET6)
		memcpy(a, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
	else
		return false;
	/* What a translator reaches for us is judged as what it is. */
	if (memcmp(a, nat64, sizeof nat64) == 0)
		mapped(a + 12, a);
	for (size_t i = 0; i < n; i++)
		if (is_within(a, &allowed[i]))
			return true;
	bool global = memcmp(a, map, sizeof map) == 0 || (a[0] & 0xe0) == 0x20;
	return global && !is_special(a);
}

/* ---- one request ---- */

struct fetch {
	const struct fetch_policy *policy;
	struct fetch_answer *answer;
	int64_t deadline_ns;
	size_t headers, body;
	bool enough;   /* more than enough was read */
};

static unsigned short port_of(const struct sockaddr *address)
{
	return ntohs(address->sa_family == AF_INET ? ((const struct sockaddr_in *)(const void *)address)->sin_port :
		((const struct sockaddr_in6 *)(const void *)address)->sin6_port);
}

/* curl asks this for every connection, with the address it resolved. */
static curl_socket_t open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct fetch *f = arg;
	bool port = false;

	if (purpose != CURLSOCKTYPE_IPCXN || (a->family != AF_INET && a->family != AF_INET6))
		return CURL_SOCKET_BAD;
	for (size_t i = 0; i < f->policy->n_ports; i++)
		port = port || f->policy->ports[i] == port_of(&a->addr);
	if (!port || !address_allowed(&a->addr, f->policy->allowed, f->policy->n_allowed)) {
		f->answer->refused = true;
		snprintf(f->answer->words, sizeof f->answer->words, port ? "The address is in a private or special network; it "
			"was not asked." : "The port is none that links may use; it was not asked.");
		return CURL_SOCKET_BAD;
	}
	f->answer->refused = false;
	f->answer->words[0] = '\0';
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	(void)p;
	f->headers += size * n;
	return f->headers > HEADERS_MOST ? 0 : size * n;
}

static size_t on_body(char *p, size_t size, size_t n, void *arg)
{
	struct fetch *f = arg;

	(void)p;
	f->body += size * n;
	f->enough = f->body > BODY_MOST;
	return f->enough ? 0 : size * n;
}

static int on_progress(void *arg, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct fetch *f = arg;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return f->policy->stopping && f->policy->stopping(f->policy->arg);
}

static CURL *prepare(struct fetch *f, bool head)
{
	CURL *curl = curl_easy_init();

	if (!curl)
		abort();
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_NOBODY, (long)head);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, f->policy->agent);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_HTTP09_ALLOWED, 0L);
	curl_easy_setopt(curl, CURLOPT_FRESH_CONNECT, 1L);
	curl_easy_setopt(curl, CURLOPT_FORBID_REUSE, 1L);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, f);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, f);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, f);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, f);
	return curl;
}

static void say(struct fetch_answer *answer, const char *words)
{
	snprintf(answer->words, sizeof answer->words, "%s", words);
}

static const char *words_of(CURLcode rc)
{
	switch (rc) {
	case CURLE_COULDNT_RESOLVE_HOST: return "The name of the server was not found.";
	case CURLE_COULDNT_CONNECT: return "The server could not be reached.";
	case CURLE_OPERATION_TIMEDOUT: return "The server took too long.";
	case CURLE_PEER_FAILED_VERIFICATION: return "The server's certificate was not accepted.";
	case CURLE_SSL_CONNECT_ERROR: return "No secure connection could be made.";
	case CURLE_GOT_NOTHING: return "The server ended the connection without an answer.";
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL: return "This is no web address.";
	default: return "The server's answer could not be read.";
	}
}

/* One request; true if a status came. *next: where a redirect leads, malloc'd, or NULL. */
static bool ask(struct fetch *f, const char *url, bool head, char **next)
{
	CURL *curl = prepare(f, head);
	int64_t left_ms = (f->deadline_ns - clock_monotonic_ns()) / 1000000;
	const char *to = NULL;
	curl_off_t after = 0;
	long status = 0;

	*next = NULL;
	f->headers = f->body = 0;
	f->enough = false;
	f->answer->status = 0;
	f->answer->refused = false;
	f->answer->words[0] = '\0';
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)(left_ms > 1 ? left_ms : 1));
	CURLcode rc = curl_easy_setopt(curl, CURLOPT_URL, url);
	if (rc == CURLE_OK)
		rc = curl_easy_perform(curl);
	curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
	/* Broken off by ourselves, after the head came; or a body that comes by drops. */
	if ((rc == CURLE_WRITE_ERROR && f->enough) || (rc == CURLE_OPERATION_TIMEDOUT && status))
		rc = CURLE_OK;
	if (rc == CURLE_OK && status) {
		f->answer->status = (int)status;
		if (curl_easy_getinfo(curl, CURLINFO_RETRY_AFTER, &after) == CURLE_OK && after > 0)
			f->answer->retry_after_s = after;
		if (status >= 300 && status < 400 && curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &to) == CURLE_OK && to)
			*next = strdup(to);
	} else if (!f->answer->refused) {
		say(f->answer, words_of(rc));
	}
	curl_easy_cleanup(curl);
	return f->answer->status != 0;
}

static bool is_web_address(const char *url)
{
	struct arena *a = arena_create();
	struct url u;
	bool ok = url_external(a, url, &u) && strncmp(url, "mailto:", 7) != 0;

	arena_destroy(a);
	return ok;
}

/* Follows redirects; the last answer stays. */
static void follow(struct fetch *f, const char *url, bool head)
{
	char *at = strdup(url), *next;

	if (!at)
		abort();
	for (f->answer->redirects = 0;; f->answer->redirects++) {
		if (!is_web_address(at)) {
			f->answer->status = 0;
			f->answer->refused = true;
			say(f->answer, "It leads to something that is no plain web address; that was not asked.");
			break;
		}
		if (!ask(f, at, head, &next) || !next)
			break;
		free(at);
		at = next;
		if (f->answer->redirects + 1 > REDIRECTS_MOST) {
			f->answer->status = 0;
			say(f->answer, "It leads on and on, from one address to the next.");
			break;
		}
	}
	free(at);
}

void link_fetch(const struct fetch_policy *p, const char *url, struct fetch_answer *out)
{
	int64_t now_ns = clock_monotonic_ns();
	/* A server that lets HEAD hang may answer GET. */
	struct fetch f = { .policy = p, .answer = out, .deadline_ns = now_ns + p->timeout_ms * 500000 };

	memset(out, 0, sizeof *out);
	follow(&f, url, true);
	f.deadline_ns = now_ns + p->timeout_ms * 1000000;
	/* Many servers answer HEAD wrongly; who said to wait is left alone. */
	if (!out->refused && (out->status == 0 || out->status >= 400) && out->status != 429 &&
		!(out->status == 503 && out->retry_after_s) && clock_monotonic_ns() < f.deadline_ns &&
		!(p->stopping && p->stopping(p->arg)))
		follow(&f, url, false);
}
