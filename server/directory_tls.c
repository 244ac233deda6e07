/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes between libldap and a directory server: the only layer under libldap's
 * socket buffer, plain or by OpenSSL. libldap's own TLS is not used: what it
 * checks depends on the library it was built with and on ldap.conf, it gives no
 * reason when it refuses, and its handshake does not keep its time limit.
 * The socket does not block; a read with nothing there says so and libldap
 * waits, a write and the handshake wait here, until the deadline. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "directory_run.h"
#include "text.h"

/* ---- certificates ---- */

static char *describe(struct arena *a, X509 *certificate)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *bytes, *text;
	long n;

	X509_NAME_print_ex(bio, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
	BIO_puts(bio, ", valid until ");
	ASN1_TIME_print(bio, X509_get0_notAfter(certificate));
	n = BIO_get_mem_data(bio, &bytes);
	text = arena_strndup(a, bytes, n > 0 ? (size_t)n : 0);
	BIO_free(bio);
	return text;
}

/* Keeps the words for a certificate that is refused; the verdict stays OpenSSL's. */
static int on_verify(int good, X509_STORE_CTX *store)
{
	const SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct run *r = SSL_get_app_data(ssl);
	int code = X509_STORE_CTX_get_error(store);
	struct arena *a;

	if (good)
		return 1;
	a = arena_create();
	if (code == X509_V_ERR_HOSTNAME_MISMATCH || code == X509_V_ERR_IP_ADDRESS_MISMATCH)
		trouble(r, "its certificate is for another name: %s; it should name %s",
			describe(a, X509_STORE_CTX_get0_cert(store)), r->server->host);
	else
		trouble(r, "its certificate is not accepted: %s (%s)", X509_verify_cert_error_string(code),
			describe(a, X509_STORE_CTX_get0_cert(store)));
	arena_destroy(a);
	return 0;
}

bool tls_prepare(struct directory *d, struct error *err)
{
	d->tls = SSL_CTX_new(TLS_client_method());
	if (d->tls && SSL_CTX_set_min_proto_version(d->tls, TLS1_2_VERSION) &&
		SSL_CTX_load_verify_file(d->tls, d->ca_file)) {
		SSL_CTX_set_verify(d->tls, SSL_VERIFY_PEER, on_verify);
		/* Write what fits; the buffer may be another one at the next try. */
		SSL_CTX_set_mode(d->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
		return true;
	}
	ERR_clear_error();
	return error_set(err, ERROR_INVALID, "ldap-ca-file %.200s holds no certificates (PEM).", d->ca_file);
}

void tls_finish(struct directory *d)
{
	SSL_CTX_free(d->tls);
}

/* ---- the handshake ---- */

/* Until the socket is ready, or the time is over. */
static bool wait_socket(const struct run *r, short events)
{
	struct pollfd p = { .fd = r->fd, .events = events };

	for (;;) {
		int64_t rest = r->io_until_ns - clock_monotonic_ns();
		int ready = rest <= 0 ? 0 : poll(&p, 1, (int)(rest / 1000000) + 1);

		if (ready > 0)
			return true;
		if (ready == 0 || errno != EINTR) {
			errno = ETIMEDOUT;
			return false;
		}
	}
}

static enum step handshake_failed(struct run *r, int why)
{
	unsigned long code = ERR_peek_error();
	const char *reason = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	if (r->trouble[0])
		return STEP_FAILED; /* the certificate */
	if (why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE)
		return trouble(r, "TLS got no answer in time");
	return trouble(r, "TLS cannot be agreed on: %s", reason ? reason : "the server ended the connection");
}

enum step tls_begin(struct run *r)
{
	SSL *ssl = SSL_new(r->d->tls);
	X509_VERIFY_PARAM *param;
	int why, rc;

	if (!ssl)
		return trouble(r, "TLS cannot be set up");
	r->ssl = ssl;
	r->trouble[0] = '\0';
	param = SSL_get0_param(ssl);
	X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (!X509_VERIFY_PARAM_set1_ip_asc(param, r->server->host)) {
		ERR_clear_error();
		if (!X509_VERIFY_PARAM_set1_host(param, r->server->host, 0) ||
			!SSL_set_tlsext_host_name(ssl, r->server->host))
			return trouble(r, "%s is no host name", r->server->host);
	}
	SSL_set_app_data(ssl, r);
	SSL_set_fd(ssl, r->fd);
	for (;;) {
		ERR_clear_error();
		rc = SSL_connect(ssl);
		if (rc == 1)
			break;
		why = SSL_get_error(ssl, rc);
		if ((why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) ||
			!wait_socket(r, why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
			return handshake_failed(r, why);
	}
	if (SSL_get_verify_result(ssl) != X509_V_OK)
		return trouble(r, "its certificate is not accepted"); /* belt and braces */
	if (r->explain) {
		X509 *certificate = SSL_get1_peer_certificate(ssl);

		say(r, "TLS (%s) is on: %s, %s; the certificate and the name in it are right.",
			r->server->tls ? "ldaps" : "StartTLS", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
		say(r, "Certificate: %s.", describe(r->arena, certificate));
		X509_free(certificate);
	}
	return STEP_DONE;
}

/* ---- the layer under libldap ---- */

static int io_setup(Sockbuf_IO_Desc *at, void *arg)
{
	at->sbiod_pvt = arg;
	return 0;
}

static int io_remove(Sockbuf_IO_Desc *at)
{
	at->sbiod_pvt = NULL;
	return 0;
}

static int io_ctrl(Sockbuf_IO_Desc *at, int option, void *arg)
{
	const struct run *r = at->sbiod_pvt;

	(void)arg;
	if (option == LBER_SB_OPT_DATA_READY)
		return r->ssl && SSL_pending(r->ssl) > 0;
	return 0;
}

static ber_slen_t io_read(Sockbuf_IO_Desc *at, void *p, ber_len_t n)
{
	const struct run *r = at->sbiod_pvt;
	size_t got = 0;
	int rc, why;

	if (!r->ssl)
		return recv(r->fd, p, n, 0);
	ERR_clear_error();
	errno = 0;
	rc = SSL_read_ex(r->ssl, p, n, &got);
	if (rc == 1)
		return (ber_slen_t)got;
	why = SSL_get_error(r->ssl, rc);
	ERR_clear_error();
	if (why == SSL_ERROR_ZERO_RETURN)
		return 0;
	errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EWOULDBLOCK : errno ? errno : ECONNRESET;
	if (why == SSL_ERROR_SSL)
		errno = EPROTO;
	return -1;
}

static ber_slen_t write_once(const struct run *r, const void *p, ber_len_t n)
{
	size_t put = 0;
	int rc, why;

	if (!r->ssl)
		return send(r->fd, p, n, MSG_NOSIGNAL);
	ERR_clear_error();
	errno = 0;
	rc = SSL_write_ex(r->ssl, p, n, &put);
	if (rc == 1)
		return (ber_slen_t)put;
	why = SSL_get_error(r->ssl, rc);
	ERR_clear_error();
	errno = why == SSL_ERROR_WANT_WRITE ? EWOULDBLOCK : errno ? errno : EPIPE;
	return -1;
}

static ber_slen_t io_write(Sockbuf_IO_Desc *at, void *p, ber_len_t n)
{
	const struct run *r = at->sbiod_pvt;
	ber_slen_t put;

	while ((put = write_once(r, p, n)) < 0 && (errno == EWOULDBLOCK || errno == EAGAIN || errno == EINTR))
		if (!wait_socket(r, POLLOUT))
			return -1;
	return put;
}

static int io_close(Sockbuf_IO_Desc *at)
{
	(void)at; /* the socket is closed by wire_close */
	return 0;
}

Sockbuf_IO directory_io = { io_setup, io_remove, io_ctrl, io_read, io_write, io_close };
