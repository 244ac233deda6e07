/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time-based one-time passwords (RFC 6238): SHA-1, 30 seconds, six digits. */
#ifndef COMMONWEAL_TOTP_H
#define COMMONWEAL_TOTP_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "arena.h"
#include "html.h"

#define TOTP_SECRET_SIZE 33 /* 160 bits in base32 (RFC 4648), with NUL */
#define TOTP_STEP_SECONDS 30

void totp_secret_new(char out[TOTP_SECRET_SIZE]);
/* base32 in capitals without padding; out has room for (n * 8 + 4) / 5 + 1 bytes. */
void base32_encode(const void *p, size_t n, char *out);
/* Spaces, hyphens, '=' and lower case are fine. False if it is no base32 or has
 * more than max bytes. */
bool base32_decode(const char *s, void *out, size_t max, size_t *n);
/* HOTP (RFC 4226) of digits 6 to 8. */
uint32_t hotp(const void *key, size_t n, uint64_t counter, int digits);
/* The step whose code this is, within one step of now and later than last_step;
 * 0 if none. Spaces in code are fine. Takes the same time for every code. */
int64_t totp_check(const char *secret, const char *code, int64_t now_us, int64_t last_step);
/* "otpauth://totp/issuer:login?secret=...&issuer=..." */
const char *totp_uri(struct arena *a, const char *issuer, const char *login, const char *secret);
/* A QR code of the text as an SVG picture with that label. No markup if too long. */
struct markup qr_svg(struct arena *a, const char *text, const char *label);

#endif
