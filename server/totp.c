/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time-based one-time passwords, and the QR code that carries the secret. */
#include "totp.h"
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <qrencode.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include "buf.h"

#define DIGITS 6
#define QUIET 4 /* modules of margin (ISO/IEC 18004) */

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

void base32_encode(const void *p, size_t n, char *out)
{
	const unsigned char *s = p;
	unsigned bits = 0, held = 0;

	for (size_t i = 0; i < n; i++) {
		held = held << 8 | s[i];
		for (bits += 8; bits >= 5; bits -= 5)
			*out++ = alphabet[held >> (bits - 5) & 31];
	}
	if (bits)
		*out++ = alphabet[held << (5 - bits) & 31];
	*out = '\0';
}

bool base32_decode(const char *s, void *out, size_t max, size_t *n)
{
	unsigned char *to = out;
	unsigned bits = 0, held = 0;

	*n = 0;
	for (; *s; s++) {
		char c = *s >= 'a' && *s <= 'z' ? (char)(*s - 32) : *s;
		const char *at = strchr(alphabet, c);

		if (c == ' ' || c == '-' || c == '=')
			continue;
		if (!at)
			return false;
		held = (held << 5 | (unsigned)(at - alphabet)) & 0xffff;
		bits += 5;
		if (bits < 8)
			continue;
		bits -= 8;
		if (*n == max)
			return false;
		to[(*n)++] = (unsigned char)(held >> bits);
	}
	return true;
}

void totp_secret_new(char out[TOTP_SECRET_SIZE])
{
	unsigned char random[20];

	randombytes_buf(random, sizeof random);
	base32_encode(random, sizeof random, out);
	sodium_memzero(random, sizeof random);
}

uint32_t hotp(const void *key, size_t n, uint64_t counter, int digits)
{
	unsigned char message[8], mac[EVP_MAX_MD_SIZE];
	unsigned len = 0;
	uint32_t code, modulus = 1;

	for (int i = 7; i >= 0; i--, counter >>= 8)
		message[i] = (unsigned char)counter;
	if (!HMAC(EVP_sha1(), key, (int)n, message, sizeof message, mac, &len) || len != 20)
		abort();
	/* Dynamic truncation (RFC 4226, 5.3). */
	const unsigned char *at = mac + (mac[19] & 15);
	code = (uint32_t)(at[0] & 127) << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
	while (digits-- > 0)
		modulus *= 10;
	return code % modulus;
}

/* Six digits, spaces aside; -1 if it is anything else. */
static int64_t read_code(const char *s)
{
	int64_t code = 0;
	int digits = 0;

	for (; s && *s; s++) {
		if (*s == ' ')
			continue;
		if (*s < '0' || *s > '9' || ++digits > DIGITS)
			return -1;
		code = code * 10 + (*s - '0');
	}
	return digits == DIGITS ? code : -1;
}

int64_t totp_check(const char *secret, const char *code, int64_t now_us, int64_t last_step)
{
	unsigned char key[64];
	size_t n;
	int64_t given = read_code(code), now = now_us / 1000000 / TOTP_STEP_SECONDS, found = 0;

	if (!secret || !base32_decode(secret, key, sizeof key, &n) || n == 0)
		return 0;
	/* All three are always made and compared. */
	for (int64_t step = now - 1; step <= now + 1; step++) {
		bool same = given == (int64_t)hotp(key, n, (uint64_t)step, DIGITS);

		if (same && step > last_step && !found)
			found = step;
	}
	sodium_memzero(key, sizeof key);
	return found;
}

const char *totp_uri(struct arena *a, const char *issuer, const char *login, const char *secret)
{
	struct url encoded = url_path(a, "/%s:%s", issuer, login);
	struct url query = url_query(a, url_query(a, (struct url){ "" }, "secret", secret), "issuer", issuer);

	return arena_printf(a, "otpauth://totp%s%s", encoded.text, query.text);
}

static void draw(struct html *h, const QRcode *code)
{
	struct buf path = BUF_INIT;

	for (int y = 0; y < code->width; y++)
		for (int x = 0, run; x < code->width; x += run + 1) {
			for (run = 0; x + run < code->width && code->data[y * code->width + x + run] & 1;)
				run++;
			if (run)
				buf_printf(&path, "M%d %dh%dv1h-%dz", x + QUIET, y + QUIET, run, run);
		}
	html_attr(h, "d", buf_text(&path));
	buf_finish(&path);
}

struct markup qr_svg(struct arena *a, const char *text, const char *label)
{
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	struct buf out = BUF_INIT;
	struct html h;
	int size;

	if (!code)
		return (struct markup){ NULL };
	size = code->width + 2 * QUIET;
	html_begin(&h, &out);
	html_open(&h, "svg");
	html_attr(&h, "xmlns", "http://www.w3.org/2000/svg");
	html_attr(&h, "viewBox", arena_printf(a, "0 0 %d %d", size, size));
	html_attr(&h, "class", "qr");
	html_attr(&h, "role", "img");
	html_attr(&h, "aria-label", label);
	html_attr(&h, "shape-rendering", "crispEdges");
	/* Dark on light whatever the theme is: many readers take nothing else. */
	html_open(&h, "rect");
	html_attr_int(&h, "width", size);
	html_attr_int(&h, "height", size);
	html_attr(&h, "fill", "#fff");
	html_close(&h);
	html_open(&h, "path");
	html_attr(&h, "fill", "#000");
	draw(&h, code);
	html_close(&h);
	html_close(&h);
	QRcode_free(code);
	struct markup picture = html_finish(&h, a);
	buf_finish(&out);
	return picture;
}
