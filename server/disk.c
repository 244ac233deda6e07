/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole files and folders on the disk. */
#include "disk.h"
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART ((size_t)1 << 17)

static bool failed(const char *path, const char *what, struct error *err)
{
	int e = errno;

	if (e == ENOSPC || e == EDQUOT || e == EFBIG)
		return error_set(err, ERROR_UNAVAILABLE, "The disk is full: %.300s %s.", path, what);
	return error_set(err, e == ENOENT ? ERROR_NOT_FOUND : e == EEXIST ? ERROR_CONFLICT : ERROR_UNAVAILABLE,
		"%.300s %s: %s.", path, what, strerror(e));
}

bool disk_folder(const char *path, struct error *err)
{
	return mkdir(path, 0700) == 0 || failed(path, "cannot be made", err);
}

bool disk_folder_or_old(const char *path, struct error *err)
{
	return mkdir(path, 0700) == 0 || errno == EEXIST || failed(path, "cannot be made", err);
}

static bool write_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t done = write(fd, p, n);

		if (done < 0 && errno != EINTR)
			return false;
		if (done > 0) {
			p += done;
			n -= (size_t)done;
		}
	}
	return true;
}

static bool finish(int fd, bool ok, const char *path, struct error *err)
{
	if (ok && fsync(fd) != 0)
		ok = false;
	int saved = errno;
	if (close(fd) != 0 && ok)
		ok = false;
	else
		errno = saved;
	return ok || failed(path, "cannot be written", err);
}

bool disk_write(const char *path, const void *bytes, size_t n, struct error *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return failed(path, "cannot be made", err);
	return finish(fd, write_all(fd, bytes, n), path, err);
}

bool disk_read(const char *path, size_t limit, char **out, size_t *n, struct error *err)
{
	FILE *f = fopen(path, "rbe");
	struct stat st;

	*out = NULL;
	if (!f)
		return failed(path, "cannot be read", err);
	if (fstat(fileno(f), &st) != 0 || !S_ISREG(st.st_mode) || (uint64_t)st.st_size > limit) {
		fclose(f);
		return error_set(err, ERROR_INVALID, "%.300s is no file of at most %zu bytes.", path, limit);
	}
	*out = malloc((size_t)st.st_size + 1);
	if (!*out)
		abort();
	*n = fread(*out, 1, (size_t)st.st_size, f);
	(*out)[*n] = '\0';
	bool ok = !ferror(f) || failed(path, "cannot be read", err);
	fclose(f);
	if (!ok) {
		free(*out);
		*out = NULL;
	}
	return ok;
}

/* to: -1 only hashes. */
static bool run_through(int from, int to, char hash[65], int64_t *size)
{
	crypto_hash_sha256_state state;
	unsigned char sum[32];
	char *part = malloc(PART);
	ssize_t n;

	if (!part)
		abort();
	*size = 0;
	crypto_hash_sha256_init(&state);
	while ((n = read(from, part, PART)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 || (to >= 0 && !write_all(to, part, (size_t)n)))
			break;
		crypto_hash_sha256_update(&state, (const unsigned char *)part, (unsigned long long)n);
		*size += n;
	}
	int saved = errno;
	free(part);
	errno = saved;
	crypto_hash_sha256_final(&state, sum);
	sodium_bin2hex(hash, 65, sum, sizeof sum);
	return n == 0;
}

bool disk_hash(const char *path, char hash[65], int64_t *size, struct error *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		return failed(path, "cannot be read", err);
	bool ok = run_through(fd, -1, hash, size) || failed(path, "cannot be read", err);
	close(fd);
	return ok;
}

bool disk_copy(const char *from, const char *to, char hash[65], int64_t *size, struct error *err)
{
	int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), out;
	char own[65];
	int64_t bytes;

	if (in < 0)
		return failed(from, "cannot be read", err);
	out = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (out < 0) {
		failed(to, "cannot be made", err);
		close(in);
		return false;
	}
	bool ok = run_through(in, out, hash ? hash : own, size ? size : &bytes);
	ok = finish(out, ok, to, err);
	close(in);
	return ok;
}

bool disk_sync_folder(const char *path, struct error *err)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return failed(path, "cannot be read", err);
	/* Some file systems have nothing to sync for a folder. */
	bool ok = fsync(fd) == 0 || errno == EINVAL || failed(path, "cannot be written", err);
	close(fd);
	return ok;
}

bool disk_rename_new(const char *from, const char *to, struct error *err)
{
	struct stat st;

	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return true;
	if (errno != EINVAL && errno != ENOSYS)
		return failed(to, "cannot be made", err);
	/* A file system that does not know the flag. */
	if (lstat(to, &st) == 0) {
		errno = EEXIST;
		return failed(to, "cannot be made", err);
	}
	return rename(from, to) == 0 || failed(to, "cannot be made", err);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)at;
	return type == FTW_DP || type == FTW_DNR ? rmdir(path) : unlink(path);
}

bool disk_remove(const char *path)
{
	struct stat st;

	if (lstat(path, &st) != 0)
		return errno == ENOENT;
	return nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS) == 0;
}

char *disk_parent(const char *path)
{
	size_t n = strlen(path);
	const char *slash;
	char *out;

	while (n > 1 && path[n - 1] == '/')
		n--;
	slash = memrchr(path, '/', n);
	out = !slash ? strdup(".") : strndup(path, slash == path ? 1 : (size_t)(slash - path));
	if (!out)
		abort();
	return out;
}

bool disk_lock(const char *path, bool alone, int *fd, bool *taken, struct error *err)
{
	*taken = true;
	*fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (*fd < 0)
		*fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	/* Nobody can replace what is in a folder that cannot be written. */
	if (*fd < 0 && errno == ENOENT)
		return true;
	if (*fd < 0)
		return failed(path, "cannot be opened", err);
	if (flock(*fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
		return true;
	*taken = false;
	if (errno == EWOULDBLOCK) {
		close(*fd);
		*fd = -1;
		return true;
	}
	failed(path, "cannot be locked", err);
	close(*fd);
	*fd = -1;
	return false;
}
