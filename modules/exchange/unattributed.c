/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Posts without a name: ids that tell no time, days for moments, and the mark by
 * which an author finds the own post again. Its key is a file beside the attached
 * files, in no database and no backup. */
#include "discussion.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#define KEY_BYTES crypto_auth_hmacsha256_KEYBYTES
#define KEY_FILE ".unattributed-key"
#define DAY_US ((int64_t)86400 * 1000000)

void post_id_new(char out[ID_SIZE])
{
	unsigned char b[16];
	char hex[33];

	randombytes_buf(b, sizeof b);
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* version 4 (RFC 9562): random, where ours else begin with the time */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	sodium_bin2hex(hex, sizeof hex, b, sizeof b);
	snprintf(out, ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

int64_t day_of(int64_t us)
{
	return us - (us % DAY_US + DAY_US) % DAY_US;
}

static bool no_key(const char *path, struct error *err)
{
	error_set(err, ERROR_UNAVAILABLE, "Posts without a name cannot be written at present. Please tell the "
		"network's administrator.");
	return error_detail(err, "%s: %s", path, strerror(errno));
}

static bool write_all(int fd, const unsigned char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return false;
		p += done;
		n -= (size_t)done;
	}
	return true;
}

/* Whole or not there: it gets its name when it is written. Another process may have been faster. */
static bool make_key(struct arena *a, const char *path, struct error *err)
{
	unsigned char key[KEY_BYTES];
	char id[ID_SIZE];
	const char *fresh;
	int fd;

	id_new(id);
	fresh = arena_printf(a, "%s-%s", path, id);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return no_key(fresh, err);
	randombytes_buf(key, sizeof key);
	bool ok = write_all(fd, key, sizeof key) && fsync(fd) == 0;
	sodium_memzero(key, sizeof key);
	close(fd);
	ok = ok && (link(fresh, path) == 0 || errno == EEXIST);
	if (!ok)
		no_key(path, err);
	unlink(fresh);
	return ok;
}

static bool read_key(const struct engine *e, unsigned char key[KEY_BYTES], struct error *err)
{
	struct arena *a = arena_create();
	const char *path = arena_printf(a, "%s/" KEY_FILE, blobs_folder(e->blobs));
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool ok = fd >= 0 || (errno == ENOENT && make_key(a, path, err));

	if (ok && fd < 0)
		fd = open(path, O_RDONLY | O_CLOEXEC);
	ok = fd >= 0 && read(fd, key, KEY_BYTES) == (ssize_t)KEY_BYTES;
	if (!ok)
		no_key(path, err);
	if (fd >= 0)
		close(fd);
	arena_destroy(a);
	return ok;
}

bool post_mark(const struct engine *e, const char *account_id, const char *post_id, char out[MARK_SIZE],
	struct error *err)
{
	unsigned char key[KEY_BYTES], mark[crypto_auth_hmacsha256_BYTES];
	crypto_auth_hmacsha256_state state;

	if (!read_key(e, key, err))
		return false;
	crypto_auth_hmacsha256_init(&state, key, sizeof key);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)account_id, strlen(account_id) + 1);
	crypto_auth_hmacsha256_update(&state, (const unsigned char *)post_id, strlen(post_id));
	crypto_auth_hmacsha256_final(&state, mark);
	sodium_memzero(key, sizeof key);
	sodium_bin2hex(out, MARK_SIZE, mark, sizeof mark);
	return true;
}
