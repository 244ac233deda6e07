/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whole files and folders on the disk, durable when a function returns true:
 * for backups and exports. Errors say the path and the system's own words; a
 * full disk is ERROR_UNAVAILABLE. */
#ifndef COMMONWEAL_DISK_H
#define COMMONWEAL_DISK_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "error.h"

/* A new folder for its owner alone; one that is there already is ERROR_CONFLICT. */
bool disk_folder(const char *path, struct error *err);
/* The same, but one that is there already is fine. */
bool disk_folder_or_old(const char *path, struct error *err);
/* A new file, mode 0600. */
bool disk_write(const char *path, const void *bytes, size_t n, struct error *err);
/* The whole file, malloc'd and NUL-terminated; one over the limit is ERROR_INVALID. */
bool disk_read(const char *path, size_t limit, char **out, size_t *n, struct error *err);
/* Copies into a new file, mode 0600; hash: SHA-256 of what was read, or NULL. */
bool disk_copy(const char *from, const char *to, char hash[65], int64_t *size, struct error *err);
/* SHA-256 and size of a file. */
bool disk_hash(const char *path, char hash[65], int64_t *size, struct error *err);
/* Makes the names in a folder durable. */
bool disk_sync_folder(const char *path, struct error *err);
/* Gives it a new name, which nothing may have yet (else ERROR_CONFLICT). */
bool disk_rename_new(const char *from, const char *to, struct error *err);
/* A file, or a folder with all that is in it; links are not followed. What is not there is fine. */
bool disk_remove(const char *path);
/* The folder part of a path: "." if it has none. malloc'd. */
char *disk_parent(const char *path);
/* Takes a lock of the file at path, which is made if need be:
 * shared by those who use something, alone by who replaces it. *fd: to be
 * closed, which ends it; -1 where no such file can be made (a folder that is
 * read only). *taken false: another has it. */
bool disk_lock(const char *path, bool alone, int *fd, bool *taken, struct error *err);

#endif
