/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files beside the database, named by their bytes. */
#include "blob.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include "log.h"
#include "store_system.h"
#include "text.h"

#define INCOMING "incoming"
#define PIECE 65536

const struct migration blob_migrations[] = {
	{ 1,
	"CREATE TABLE blob ("
	"	hash TEXT NOT NULL PRIMARY KEY,"
	"	size INTEGER NOT NULL, added_us INTEGER NOT NULL"
	") STRICT, WITHOUT ROWID;" },
	{ 0, NULL }
};

const struct option_def blob_options[] = {
	{ "files", OPTION_FOLDER_WRITTEN, "", 0, 0,
		"Folder of the attached files; empty: beside the database, with .files in place of its suffix." },
	{ "files-reserve", OPTION_SIZE, "256M", 0, (int64_t)1 << 50,
		"Space on the disk that uploads leave free." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

struct blobs {
	char *folder;
	int fd, incoming; /* the folders */
	int lock;         /* file .lock: shared by whoever adds a row, exclusive for the collection */
	int64_t reserve;
};

struct blob_writer {
	const struct blobs *blobs;
	int fd, lock;
	char name[33];    /* in incoming/; "" once it has its place */
	int64_t size, max, checked; /* checked: size when the free space was last looked at */
	EVP_MD_CTX *sha256;
	char hash[BLOB_HASH_SIZE];
};

/* ---- the folder ---- */

const char *blobs_path(struct arena *a, const struct options *o)
{
	const char *given = options_string(o, "files"), *data = options_string(o, "data");
	const char *slash = strrchr(data, '/'), *dot = strrchr(data, '.');

	if (*given)
		return given;
	if (!dot || (slash && dot < slash + 2))
		dot = data + strlen(data);
	return arena_printf(a, "%.*s.files", (int)(dot - data), data);
}

static bool unusable(const char *path, struct error *err)
{
	error_set(err, ERROR_UNAVAILABLE, "The folder of the files cannot be used.");
	error_detail(err, "%s: %s", path, strerror(errno));
	return false;
}

static int open_folder(int at, const char *path)
{
	if (mkdirat(at, path, 0700) != 0 && errno != EEXIST)
		return -1;
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

struct blobs *blobs_open_folder(const char *folder, struct error *err)
{
	struct blobs *b = calloc(1, sizeof *b);

	if (!b)
		abort();
	b->folder = strdup(folder);
	if (!b->folder)
		abort();
	b->incoming = b->lock = -1;
	b->fd = open_folder(AT_FDCWD, folder);
	if (b->fd >= 0)
		b->incoming = open_folder(b->fd, INCOMING);
	if (b->incoming >= 0)
		b->lock = openat(b->fd, ".lock", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (b->lock >= 0)
		return b;
	error_set(err, ERROR_INVALID, "The folder of the files, %s, cannot be used: %s. Give it to the server's user, as with: "
		"chown -R USER %s", folder, strerror(errno), folder);
	blobs_close(b);
	return NULL;
}

struct blobs *blobs_open(const struct options *o, struct error *err)
{
	struct arena *a = arena_create();
	struct blobs *b = blobs_open_folder(blobs_path(a, o), err);

	if (b)
		b->reserve = options_int(o, "files-reserve");
	arena_destroy(a);
	return b;
}

void blobs_close(struct blobs *b)
{
	if (!b)
		return;
	if (b->lock >= 0)
		close(b->lock);
	if (b->incoming >= 0)
		close(b->incoming);
	if (b->fd >= 0)
		close(b->fd);
	free(b->folder);
	free(b);
}

const char *blobs_folder(const struct blobs *b)
{
	return b->folder;
}

bool blob_hash_valid(const char *hash)
{
	return hash && strlen(hash) == BLOB_HASH_SIZE - 1 && strspn(hash, "0123456789abcdef") == BLOB_HASH_SIZE - 1;
}

/* A description of its own, so that two threads of one process exclude each other too. */
static int lock_take(const struct blobs *b, int how, struct error *err)
{
	int fd = openat(b->fd, ".lock", O_RDWR | O_CLOEXEC), rc = -1;

	while (fd >= 0 && (rc = flock(fd, how)) != 0 && errno == EINTR)
		;
	if (fd >= 0 && rc == 0)
		return fd;
	unusable(b->folder, err);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* ---- reading ---- */

bool blob_list(struct db *db, struct arena *a, const char *after, size_t limit, struct blob **out, size_t *n,
	struct error *err)
{
	struct query q;

	*out = arena_array(a, limit, sizeof **out);
	*n = 0;
	db_query_system(db, &q, "SELECT hash, size, added_us FROM main.blob WHERE hash > :after "
		"ORDER BY hash LIMIT :limit");
	q_text(&q, ":after", after ? after : "");
	q_int(&q, ":limit", (int64_t)limit);
	while (*n < limit && q_row(&q))
		(*out)[(*n)++] = (struct blob){ .hash = q_col_text(&q, a, 0), .size = q_col_int(&q, 1),
			.added_us = q_col_int(&q, 2) };
	return q_done(&q, err);
}

void blob_relative_path(const char *hash, char out[BLOB_HASH_SIZE + 1])
{
	snprintf(out, BLOB_HASH_SIZE + 1, "%.2s/%s", hash, hash + 2);
}

int blob_open(const struct blobs *b, const char *hash, int64_t *size, struct error *err)
{
	char path[BLOB_HASH_SIZE + 1];
	struct stat st;
	int fd = -1;

	if (blob_hash_valid(hash)) {
		blob_relative_path(hash, path);
		fd = openat(b->fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	}
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (size)
			*size = st.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	error_set(err, ERROR_NOT_FOUND, "The file is not there.");
	error_detail(err, "%.64s", hash ? hash : "");
	return -1;
}

static EVP_MD_CTX *sha256_begin(void)
{
	EVP_MD_CTX *sha256 = EVP_MD_CTX_new();

	if (!sha256 || EVP_DigestInit_ex(sha256, EVP_sha256(), NULL) != 1)
		abort();
	return sha256;
}

static void sha256_add(EVP_MD_CTX *sha256, const void *p, size_t n)
{
	if (EVP_DigestUpdate(sha256, p, n) != 1)
		abort();
}

static void sha256_end(EVP_MD_CTX *sha256, char hex[BLOB_HASH_SIZE])
{
	unsigned char digest[32];

	if (EVP_DigestFinal_ex(sha256, digest, NULL) != 1)
		abort();
	EVP_MD_CTX_free(sha256);
	sodium_bin2hex(hex, BLOB_HASH_SIZE, digest, sizeof digest);
}

bool blob_verify(const struct blobs *b, const char *hash, int64_t size, struct error *err)
{
	unsigned char *piece;
	char found[BLOB_HASH_SIZE];
	int64_t total = 0;
	ssize_t n;
	int fd = blob_open(b, hash, NULL, err);
	EVP_MD_CTX *sha256;

	if (fd < 0)
		return false;
	piece = malloc(PIECE);
	if (!piece)
		abort();
	sha256 = sha256_begin();
	while ((n = read(fd, piece, PIECE)) > 0 || (n < 0 && errno == EINTR)) {
		if (n < 0)
			continue;
		sha256_add(sha256, piece, (size_t)n);
		total += n;
	}
	sha256_end(sha256, found);
	free(piece);
	close(fd);
	if (n == 0 && strcmp(found, hash) == 0 && (size < 0 || total == size))
		return true;
	error_set(err, ERROR_INTERNAL, "A file is damaged. Restore it from a backup.");
	error_detail(err, "%s has %lld bytes of %s", hash, (long long)total, found);
	return false;
}

/* ---- adding ---- */

static bool disk_error(struct error *err)
{
	if (errno == ENOSPC || errno == EDQUOT || errno == EFBIG)
		return error_set(err, ERROR_UNAVAILABLE, "The disk of the server is full. The file was not kept.");
	error_set(err, ERROR_UNAVAILABLE, "The server's disk gave an error. The file was not kept.");
	error_detail(err, "%s", strerror(errno));
	return false;
}

static bool room_left(const struct blobs *b, int64_t more, struct error *err)
{
	struct statvfs v;

	if (b->reserve == 0 || fstatvfs(b->fd, &v) != 0 ||
		(int64_t)v.f_bavail * (int64_t)v.f_frsize - more >= b->reserve)
		return true;
	errno = ENOSPC;
	return disk_error(err);
}

struct blob_writer *blob_begin(const struct blobs *b, int64_t max, struct error *err)
{
	struct blob_writer *w;
	unsigned char random[16];

	if (!room_left(b, 0, err))
		return NULL;
	w = calloc(1, sizeof *w);
	if (!w)
		abort();
	w->blobs = b;
	w->max = max;
	w->lock = -1;
	randombytes_buf(random, sizeof random);
	sodium_bin2hex(w->name, sizeof w->name, random, sizeof random);
	w->sha256 = sha256_begin();
	w->fd = openat(b->incoming, w->name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	/* The lock says that somebody is still at it: blobs_clear_incoming. */
	if (w->fd >= 0 && flock(w->fd, LOCK_EX | LOCK_NB) == 0)
		return w;
	disk_error(err);
	blob_finish(w);
	return NULL;
}

#define ROOM_EVERY (4 << 20)

bool blob_write(struct blob_writer *w, const void *bytes, size_t n, struct error *err)
{
	const unsigned char *p = bytes;

	if ((int64_t)n > w->max - w->size)
		return error_set(err, ERROR_TOO_LARGE, "The file is too large.");
	if (w->size - w->checked > ROOM_EVERY) {
		if (!room_left(w->blobs, (int64_t)n, err))
			return false;
		w->checked = w->size;
	}
	sha256_add(w->sha256, p, n);
	while (n > 0) {
		ssize_t done = write(w->fd, p, n);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return disk_error(err);
		p += done;
		n -= (size_t)done;
		w->size += done;
	}
	return true;
}

bool blob_write_fd(struct blob_writer *w, int fd, struct error *err)
{
	unsigned char *piece = malloc(PIECE);
	bool ok = true;
	ssize_t n = 0;

	if (!piece)
		abort();
	while (ok && ((n = read(fd, piece, PIECE)) > 0 || (n < 0 && errno == EINTR)))
		ok = n < 0 || blob_write(w, piece, (size_t)n, err);
	if (ok && n < 0)
		ok = disk_error(err);
	free(piece);
	return ok;
}

bool blob_end(struct blob_writer *w, struct error *err)
{
	sha256_end(w->sha256, w->hash);
	w->sha256 = NULL;
	return fsync(w->fd) == 0 || disk_error(err);
}

int64_t blob_size(const struct blob_writer *w)
{
	return w->size;
}

const char *blob_hash(const struct blob_writer *w)
{
	return w->hash;
}

int blob_read(const struct blob_writer *w, struct error *err)
{
	int fd = openat(w->blobs->incoming, w->name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0)
		disk_error(err);
	return fd;
}

bool blob_keep(struct blob_writer *w, struct error *err)
{
	char path[BLOB_HASH_SIZE + 1], folder[3];
	bool ok;
	int dir;

	if (!*w->name)
		return true;
	w->lock = lock_take(w->blobs, LOCK_SH, err);
	if (w->lock < 0)
		return false;
	blob_relative_path(w->hash, path);
	snprintf(folder, sizeof folder, "%.2s", w->hash);
	dir = open_folder(w->blobs->fd, folder);
	/* Over one that is there already, so that this takes the same time whether
	 * or not somebody else has the same file. */
	ok = dir >= 0 && renameat(w->blobs->incoming, w->name, w->blobs->fd, path) == 0;
	if (ok)
		*w->name = '\0';
	ok = ok && fsync(dir) == 0 && fsync(w->blobs->fd) == 0;
	if (!ok)
		disk_error(err);
	if (dir >= 0)
		close(dir);
	return ok;
}

void blob_finish(struct blob_writer *w)
{
	if (!w)
		return;
	if (w->fd >= 0 && *w->name)
		unlinkat(w->blobs->incoming, w->name, 0);
	if (w->fd >= 0)
		close(w->fd);
	if (w->lock >= 0)
		close(w->lock);
	EVP_MD_CTX_free(w->sha256);
	free(w);
}

bool blob_add(struct db *w, const char *hash, int64_t size, struct error *err)
{
	struct query q;

	/* Time counts anew, so that one that was about to go stays. */
	db_query_system(w, &q, "INSERT INTO main.blob (hash, size, added_us) VALUES (:hash, :size, :now) "
		"ON CONFLICT (hash) DO UPDATE SET added_us = excluded.added_us");
	q_text(&q, ":hash", hash);
	q_int(&q, ":size", size);
	q_int(&q, ":now", clock_now_us());
	return q_run(&q, err);
}

/* ---- removing ---- */

struct collection {
	struct arena *arena;
	int64_t before_us;
	struct blob *gone;
	size_t n;
};

static bool forget_unused(struct db *w, void *arg, struct error *err)
{
	struct collection *c = arg;
	struct query q;

	c->n = 0;
	c->gone = NULL;
	db_query_system(w, &q, "SELECT hash, size, count(*) OVER () FROM main.blob b WHERE added_us < :before "
		"AND NOT EXISTS (SELECT 1 FROM main.attachment a WHERE a.hash = b.hash)");
	q_int(&q, ":before", c->before_us);
	while (q_row(&q)) {
		if (!c->gone)
			c->gone = arena_array(c->arena, (size_t)q_col_int(&q, 2), sizeof *c->gone);
		c->gone[c->n++] = (struct blob){ .hash = q_col_text(&q, c->arena, 0), .size = q_col_int(&q, 1) };
	}
	if (!q_done(&q, err))
		return false;
	for (size_t i = 0; i < c->n; i++) {
		db_query_system(w, &q, "DELETE FROM main.blob WHERE hash = :hash");
		q_text(&q, ":hash", c->gone[i].hash);
		if (!q_run(&q, err))
			return false;
	}
	return true;
}

static bool is_known(struct db *db, const char *hash, bool *known, struct error *err)
{
	struct query q;

	*known = false;
	db_query_system(db, &q, "SELECT 1 FROM main.blob WHERE hash = :hash");
	q_text(&q, ":hash", hash);
	while (q_row(&q))
		*known = true;
	return q_done(&q, err);
}

/* Files of one of the folders 00 to ff that no row names. */
static bool collect_strays(const struct blobs *b, struct db *db, int64_t before_us, const char *folder,
	struct blob_collected *out, struct error *err)
{
	int fd = openat(b->fd, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	char hash[BLOB_HASH_SIZE];
	bool ok = true, known;
	struct dirent *d;
	struct stat st;

	if (!dir) {
		if (fd >= 0)
			close(fd);
		return fd < 0; /* none begins so */
	}
	/* cppcheck-suppress readdirCalled; this stream is ours alone */
	while (ok && (d = readdir(dir))) {
		if (strlen(d->d_name) != BLOB_HASH_SIZE - 3)
			continue;
		snprintf(hash, sizeof hash, "%.2s%.62s", folder, d->d_name);
		if (!blob_hash_valid(hash) || fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
			(int64_t)st.st_mtime * 1000000 >= before_us)
			continue;
		ok = is_known(db, hash, &known, err);
		if (ok && !known && unlinkat(fd, d->d_name, 0) == 0) {
			out->strays++;
			out->bytes += st.st_size;
		}
	}
	closedir(dir);
	return ok;
}

static void remove_bytes(const struct blobs *b, const struct collection *c, struct blob_collected *out)
{
	char path[BLOB_HASH_SIZE + 1];

	for (size_t i = 0; i < c->n; i++) {
		blob_relative_path(c->gone[i].hash, path);
		if (unlinkat(b->fd, path, 0) == 0)
			out->bytes += c->gone[i].size;
		out->rows++;
	}
}

/* Nobody adds a row meanwhile: the lock. */
bool blobs_collect(const struct blobs *b, struct store *s, int64_t grace_us, struct blob_collected *out,
	struct error *err)
{
	struct collection c = { .arena = arena_create(), .before_us = clock_now_us() - grace_us };
	int lock = lock_take(b, LOCK_EX, err);
	struct db *db = lock >= 0 ? store_reader(s, err) : NULL;
	bool ok = db && store_write_aside(s, &viewer_system, forget_unused, &c, err);

	memset(out, 0, sizeof *out);
	if (ok)
		remove_bytes(b, &c, out);
	for (int i = 0; ok && i < 256; i++) {
		char folder[3];

		snprintf(folder, sizeof folder, "%02x", (unsigned)i);
		ok = collect_strays(b, db, c.before_us, folder, out, err);
	}
	db_close(db);
	if (lock >= 0)
		close(lock);
	arena_destroy(c.arena);
	return ok;
}

void blobs_clear_incoming(const struct blobs *b)
{
	int fd = openat(b->incoming, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	struct dirent *d;

	/* cppcheck-suppress readdirCalled; this stream is ours alone */
	while (dir && (d = readdir(dir))) {
		int file = d->d_name[0] == '.' ? -1 : openat(fd, d->d_name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

		if (file < 0)
			continue;
		if (flock(file, LOCK_EX | LOCK_NB) == 0 && unlinkat(fd, d->d_name, 0) == 0)
			log_info("blob.left", "name=%s", d->d_name);
		close(file);
	}
	if (dir)
		closedir(dir);
}
