/* SPDX-License-Identifier: GPL-3.0-or-later */
/* TLS: certificates by host name. */
#include "tls.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include "log.h"
#include "text.h"

#define FILE_MAX (1 << 20)
#define PAIRS_MAX 256

/* Mozilla's intermediate list without finite-field DH: every one is forward
 * secret and authenticated. */
#define CIPHERS "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" \
	"ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"

struct pair {
	char *certificate, *key; /* paths */
	SSL_CTX *context;
};

/* What is served at one time. It belongs to its first pair's context, which
 * every connection holds, and goes with it. */
struct pairs {
	size_t n;
	struct pair pair[PAIRS_MAX];
};

struct tls {
	const char *certificate, *key, *folder;
	char stamp[65];         /* of the files as they were read last */
	struct error problem;   /* of the last reload, if it failed */
	pthread_mutex_t mutex;  /* current */
	SSL_CTX *current;       /* of the first pair */
};

static int pairs_index; /* of a context's struct pairs */
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* ---- files ---- */

static void pairs_free(struct pairs *p)
{
	if (!p)
		return;
	for (size_t i = 0; i < p->n; i++) {
		free(p->pair[i].certificate);
		free(p->pair[i].key);
		if (i > 0)
			SSL_CTX_free(p->pair[i].context);
	}
	free(p);
}

static void context_freed(void *parent, void *ptr, CRYPTO_EX_DATA *data, int index, long argl, void *argp)
{
	(void)parent;
	(void)data;
	(void)index;
	(void)argl;
	(void)argp;
	pairs_free(ptr);
}

static void make_index(void)
{
	pairs_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, context_freed);
}

static void add_pair(struct pairs *p, const char *certificate, const char *key)
{
	if (p->n == PAIRS_MAX)
		return;
	p->pair[p->n].certificate = strdup(certificate);
	p->pair[p->n].key = strdup(key);
	if (!p->pair[p->n].certificate || !p->pair[p->n].key)
		abort();
	p->n++;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* NAME/fullchain.pem with NAME/privkey.pem, as certbot keeps them, and NAME.pem
 * with NAME.key. */
static void add_entry(struct pairs *p, const char *folder, const char *name)
{
	char certificate[4096], key[4096];
	size_t n = strlen(name);

	if (name[0] == '.')
		return;
	snprintf(certificate, sizeof certificate, "%s/%s/fullchain.pem", folder, name);
	snprintf(key, sizeof key, "%s/%s/privkey.pem", folder, name);
	if (n > 4 && strcmp(name + n - 4, ".pem") == 0) {
		snprintf(certificate, sizeof certificate, "%s/%s", folder, name);
		snprintf(key, sizeof key, "%s/%.*s.key", folder, (int)n - 4, name);
		add_pair(p, certificate, key);
	} else if (access(certificate, F_OK) == 0) {
		add_pair(p, certificate, key);
	}
}

static struct pairs *list_pairs(const struct tls *t, struct error *err)
{
	struct pairs *p = calloc(1, sizeof *p);
	struct dirent **entries;
	int n;

	if (!p)
		abort();
	if (*t->certificate)
		add_pair(p, t->certificate, *t->key ? t->key : t->certificate);
	if (*t->folder) {
		n = scandir(t->folder, &entries, NULL, by_name);
		for (int i = 0; i < n; i++) {
			add_entry(p, t->folder, entries[i]->d_name);
			free(entries[i]);
		}
		if (n >= 0)
			free(entries);
	}
	if (p->n > 0)
		return p;
	error_set(err, ERROR_INVALID, "There is no certificate: set tls-certificate and tls-key, or tls-folder.");
	free(p);
	return NULL;
}

static void stamp_file(char *text, size_t room, const char *path)
{
	struct stat st = { 0 };

	stat(path, &st); /* absent is a state, too */
	snprintf(text, room, "%s %llu %lld %lld.%09ld %o\n", path, (unsigned long long)st.st_ino, (long long)st.st_size,
		(long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec, (unsigned)st.st_mode);
}

/* A digest of which files there are, when they changed, and who may read them. */
static void stamp_pairs(const struct pairs *p, char out[65])
{
	char text[2 * 65 + 8192];

	memset(out, 0, 65);
	for (size_t i = 0; p && i < p->n; i++) {
		memcpy(text, out, 65);
		stamp_file(text + strlen(text), 4096, p->pair[i].certificate);
		stamp_file(text + strlen(text), 4096, p->pair[i].key);
		sha256_hex(text, strlen(text), out);
	}
}

static char *read_file(const char *path, bool secret, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct stat st;
	char *text = NULL;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) != 0) {
		error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
	} else if (!S_ISREG(st.st_mode) || st.st_size > FILE_MAX) {
		error_set(err, ERROR_INVALID, "%s is not a file of a certificate or key.", path);
	} else if (secret && (st.st_mode & S_IRWXO)) {
		error_set(err, ERROR_INVALID, "The key in %s can be read or changed by everyone on this machine "
			"(mode %03o). Give it to the server's user or group alone: chmod 640.", path, (unsigned)st.st_mode & 0777);
	} else {
		text = calloc(1, FILE_MAX + 1);
		if (!text)
			abort();
		n = read(fd, text, FILE_MAX);
		if (n < 0) {
			error_set(err, ERROR_INVALID, "%s: %s.", path, strerror(errno));
			free(text);
			text = NULL;
		}
	}
	if (fd >= 0)
		close(fd);
	return text;
}

static void forget(char *text)
{
	if (text)
		OPENSSL_cleanse(text, FILE_MAX);
	free(text);
}

/* ---- contexts ---- */

static bool failed(struct error *err, const char *path, const char *what)
{
	unsigned long code = ERR_peek_last_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	ERR_clear_error();
	return error_set(err, ERROR_INVALID, "%s %s%s%s.", path, what, why ? ": " : "", why ? why : "");
}

static bool use_certificates(SSL_CTX *c, const char *path, const char *text, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	X509 *leaf = bio ? PEM_read_bio_X509_AUX(bio, NULL, NULL, NULL) : NULL, *next;
	bool ok = leaf && SSL_CTX_use_certificate(c, leaf) == 1;

	while (ok && (next = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		ok = SSL_CTX_add0_chain_cert(c, next) == 1;
		if (!ok)
			X509_free(next);
	}
	if (ok && X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0)
		log_warn("tls.expired", "certificate=%s", log_quote(path));
	X509_free(leaf);
	BIO_free(bio);
	if (!ok)
		return failed(err, path, "holds no certificate that can be served");
	ERR_clear_error(); /* the end of the file */
	return true;
}

static int no_passphrase(char *buffer, int size, int writing, void *arg)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static bool use_key(SSL_CTX *c, const char *path, const char *text, struct error *err)
{
	BIO *bio = BIO_new_mem_buf(text, -1);
	EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;
	bool read = key, fits = key && SSL_CTX_use_PrivateKey(c, key) == 1 && SSL_CTX_check_private_key(c) == 1;

	EVP_PKEY_free(key);
	BIO_free(bio);
	if (!read)
		return failed(err, path, "holds no key without a passphrase");
	return fits || failed(err, path, "is not the key of the certificate");
}

static int choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
	const unsigned char *in, unsigned in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";

	(void)ssl;
	(void)arg;
	return SSL_select_next_proto((unsigned char **)out, out_len, ours, sizeof ours - 1, in, in_len) ==
		OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

static int choose_certificate(SSL *ssl, int *alert, void *arg)
{
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
	const struct pairs *p = arg;

	(void)alert;
	for (size_t i = 0; name && i < p->n; i++) {
		X509 *leaf = SSL_CTX_get0_certificate(p->pair[i].context);

		if (X509_check_host(leaf, name, 0, 0, NULL) == 1) {
			SSL_set_SSL_CTX(ssl, p->pair[i].context);
			break;
		}
	}
	return SSL_TLSEXT_ERR_OK; /* the first one for unknown names */
}

static SSL_CTX *context_create(void)
{
	SSL_CTX *c = SSL_CTX_new(TLS_server_method());

	if (!c)
		abort();
	SSL_CTX_set_security_level(c, 2);
	if (SSL_CTX_set_min_proto_version(c, TLS1_2_VERSION) != 1 || SSL_CTX_set_cipher_list(c, CIPHERS) != 1 ||
		SSL_CTX_set1_groups_list(c, "X25519:P-256:P-384") != 1)
		abort();
	/* Without tickets and session cache there is no key that outlives its
	 * connection; in TLS 1.3 a full handshake takes no more turns. */
	SSL_CTX_set_options(c, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET |
		SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
	SSL_CTX_set_num_tickets(c, 0);
	SSL_CTX_set_session_cache_mode(c, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(c, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_alpn_select_cb(c, choose_protocol, NULL);
	return c;
}

static bool load_pair(struct pair *p, struct error *err)
{
	char *certificate = read_file(p->certificate, false, err);
	char *key = certificate ? read_file(p->key, true, err) : NULL;
	bool ok = false;

	p->context = context_create();
	if (key)
		ok = use_certificates(p->context, p->certificate, certificate, err) &&
			use_key(p->context, p->key, key, err);
	forget(certificate); /* the key may be in the same file */
	forget(key);
	return ok;
}

/* Takes p over. The result is the context to accept with, or NULL. */
static SSL_CTX *load_pairs(struct pairs *p, struct error *err)
{
	bool ok = true;
	SSL_CTX *first;

	for (size_t i = 0; ok && i < p->n; i++)
		ok = load_pair(&p->pair[i], err);
	first = p->pair[0].context;
	if (ok) {
		SSL_CTX_set_tlsext_servername_callback(first, choose_certificate);
		SSL_CTX_set_tlsext_servername_arg(first, p);
		ok = SSL_CTX_set_ex_data(first, pairs_index, p) == 1;
	}
	if (ok)
		return first;
	pairs_free(p);
	SSL_CTX_free(first);
	return NULL;
}

/* ---- the whole ---- */

struct tls *tls_create(const struct options *o, struct error *err)
{
	struct tls *t = calloc(1, sizeof *t);
	struct pairs *p;

	if (!t)
		abort();
	pthread_once(&once, make_index);
	pthread_mutex_init(&t->mutex, NULL);
	t->certificate = options_string(o, "tls-certificate");
	t->key = options_string(o, "tls-key");
	t->folder = options_string(o, "tls-folder");
	p = list_pairs(t, err);
	stamp_pairs(p, t->stamp);
	t->current = p ? load_pairs(p, err) : NULL;
	if (t->current)
		return t;
	tls_destroy(t);
	return NULL;
}

void tls_destroy(struct tls *t)
{
	if (!t)
		return;
	SSL_CTX_free(t->current);
	pthread_mutex_destroy(&t->mutex);
	free(t);
}

SSL *tls_accept(struct tls *t)
{
	SSL *ssl;

	pthread_mutex_lock(&t->mutex);
	ssl = SSL_new(t->current);
	pthread_mutex_unlock(&t->mutex);
	return ssl;
}

void tls_reload(struct tls *t, bool forced)
{
	struct error err = { 0 };
	struct pairs *p = list_pairs(t, &err);
	char stamp[65];
	SSL_CTX *fresh, *old;
	size_t n = p ? p->n : 0;

	stamp_pairs(p, stamp);
	if (!forced && strcmp(stamp, t->stamp) == 0) {
		pairs_free(p);
		return;
	}
	strcpy(t->stamp, stamp);
	fresh = p ? load_pairs(p, &err) : NULL;
	if (!fresh) {
		/* Files may still be written while they are read; the same reason is not said again. */
		if (forced || strcmp(t->problem.text, err.text) != 0)
			log_error("tls.reload", "kept=old reason=%s", log_quote(err.text));
		t->problem = err;
		return;
	}
	error_clear(&t->problem);
	pthread_mutex_lock(&t->mutex);
	old = t->current;
	t->current = fresh;
	pthread_mutex_unlock(&t->mutex);
	SSL_CTX_free(old);
	log_info("tls.reload", "certificates=%zu", n);
}
