/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Attached files: routes, options, jobs. */
#include "files.h"

static const struct option_def options[] = {
	{ "files-max-size", OPTION_SIZE, "64M", 1024, (int64_t)1 << 40, "Largest attached file." },
	{ "files-max-record", OPTION_SIZE, "256M", 1024, (int64_t)1 << 42, "Attached files of one record together." },
	{ "files-max-space", OPTION_SIZE, "10G", 1024, (int64_t)1 << 50,
		"Attached files of one space together, each counted in full." },
	{ "files-keep-removed", OPTION_DURATION, "7d", 0, (int64_t)1 << 40,
		"How long a removed file can be had back, and one that nothing refers to stays on the disk." },
	{ "files-collect", OPTION_DURATION, "6h", 1000, (int64_t)1 << 40,
		"How often files are looked through for those that can go." },
	{ "files-show-pdf", OPTION_BOOL, "yes", 0, 0,
		"Whether browsers may show PDF themselves (so that a link can open a page of it), or only save it." },
	{ "clamd", OPTION_STRING, "", 0, 0,
		"Socket (a path) or HOST:PORT of clamd, which then checks each file before anyone sees it; empty: none." },
	{ NULL, 0, NULL, 0, 0, NULL }
};

static const struct job_kind jobs[] = {
	{ ATTACHMENT_JOB, 0, NULL, file_read },
	{ "files", 0, "files-collect", files_collect },
	{ NULL, 0, NULL, NULL }
};

static const struct route routes[] = {
	{ HTTP_GET, "/files/{id:id}/{name:text}", ROLE_ANYONE, 0, NULL, file_download, "An attached file" },
	{ HTTP_GET, "/file-pictures/{id:id}", ROLE_ANYONE, 0, NULL, file_preview, "A small picture of an attached file" },
	{ HTTP_GET, "/records/{id:id}/files", ROLE_SIGNED_IN, 0, done_params, files_page, "The files of a record, for its editors" },
	{ HTTP_POST, "/records/{id:id}/files", ROLE_SIGNED_IN, ROUTE_UPLOAD, NULL, files_upload, "Attaches files to a record" },
	{ HTTP_GET, "/drafts/{id:id}/files", ROLE_SIGNED_IN, 0, done_params, draft_files_page, "The files of a draft" },
	{ HTTP_POST, "/drafts/{id:id}/files", ROLE_SIGNED_IN, ROUTE_UPLOAD, NULL, draft_files_upload, "Attaches files to a draft" },
	{ HTTP_GET, "/discussions/posts/{id:id}/files", ROLE_SIGNED_IN, 0, done_params, post_files_page, "The files of one's post" },
	{ HTTP_POST, "/discussions/posts/{id:id}/files", ROLE_SIGNED_IN, ROUTE_UPLOAD, NULL, post_files_upload, "Attaches files to one's post" },
	{ HTTP_GET, "/sessions/{id:id}/files", ROLE_SIGNED_IN, 0, done_params, meeting_files_page, "The files of a working session" },
	{ HTTP_POST, "/sessions/{id:id}/files", ROLE_SIGNED_IN, ROUTE_UPLOAD, NULL, meeting_files_upload, "Attaches files to a working session" },
	{ HTTP_POST, "/files/{id:id}/remove", ROLE_SIGNED_IN, 0, NULL, file_remove, "Removes an attached file" },
	{ HTTP_POST, "/files/{id:id}/restore", ROLE_SIGNED_IN, 0, NULL, file_restore, "Takes a removed file back" },
	{ HTTP_POST, "/files/{id:id}/describe", ROLE_SIGNED_IN, 0, NULL, file_describe, "Changes title and alternative text" },
	{ HTTP_POST, "/files/{id:id}/move", ROLE_SIGNED_IN, 0, NULL, file_move, "Moves an attached file up or down" },
	{ 0, NULL, 0, 0, NULL, NULL, NULL }
};

const struct module files_module = {
	.name = "files",
	.views = files_views,
	.routes = routes,
	.options = options,
	.jobs = jobs,
	.record = files_of_record,
};
