/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What directory*.c share. */
#ifndef COMMONWEAL_DIRECTORY_RUN_H
#define COMMONWEAL_DIRECTORY_RUN_H
#include <ldap.h>
#include <pthread.h>
#include "directory.h"
#include "directory_map.h"

#define SERVERS_MAX 8
#define PAGE_SIZE_GROUPS 500
#define GROUPS_MAX 5000 /* of one person; more is an error, never a part of them */

struct server {
	char *uri, *host;
	char port[6];
	bool tls;          /* ldaps: from the first byte */
	int64_t failed_ns; /* when it last failed, or 0; under the directory's mutex */
};

enum group_style { GROUPS_MEMBEROF = 1, GROUPS_MEMBER = 2, GROUPS_UNIQUEMEMBER = 4, GROUPS_MEMBERUID = 8 };
enum group_nesting { NESTING_NONE, NESTING_WALK, NESTING_RULE };

struct directory {
	const struct options *options;
	struct arena *arena;
	struct directory_map *map;
	struct ssl_ctx_st *tls;
	struct server servers[SERVERS_MAX];
	size_t n_servers;
	bool starttls;
	const char *ca_file, *bind_dn, *bind_password_file, *base, *user_filter, *user_dn;
	const char *attr_login, *attr_name, *attr_mail, *attr_id; /* attr_id may be "" */
	const char *group_base, *group_filter;
	int group_styles;
	enum group_nesting nesting;
	int nesting_depth;
	int64_t connect_ns, operation_ns, total_ns, retry_ns;
	const char **attributes;  /* that are asked of a person; NULL-ended */
	const char *compared[8];  /* attributes that {login} stands for */
	size_t n_compared;
	bool compare_all;         /* every hole is a plain comparison */
	pthread_mutex_t mutex;
	int64_t all_failed_ns;    /* when no server answered, or 0; under the mutex */
	bool closed;              /* under the mutex */
	bool probing;             /* someone tries again after that; under the mutex */
};

/* One question on its way. */
struct run {
	struct directory *d;
	struct arena *arena;
	int64_t deadline_ns;
	directory_explain *explain;
	void *arg;
	struct server *server; /* that is being asked */
	LDAP *ld;
	int fd;                /* of the connection, or -1 */
	struct ssl_st *ssl;    /* NULL: plain */
	int64_t io_until_ns;   /* for what waits within the layer under libldap */
	char trouble[300];     /* why the last step failed */
};

enum step {
	STEP_DONE,
	STEP_DENIED, /* by a bind: wrong name or password */
	STEP_FAILED  /* no answer, or none that says anything: try another server */
};

void say(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Keeps the words and gives STEP_FAILED. */
enum step trouble(struct run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* ---- directory_wire.c ---- */

/* Connects to r->server and secures the connection: r->ld. */
enum step wire_open(struct run *r);
void wire_close(struct run *r);

/* What a bind said beyond yes and no. */
struct bind_answer {
	int policy;     /* LDAPPasswordPolicyError, or -1 */
	int expire, grace; /* seconds left, sign-ins left; -1 = not said */
	unsigned ad;    /* Active Directory's sub-code, or 0 */
};

/* password must not be empty unless dn is. said may be NULL. */
enum step wire_bind(struct run *r, const char *dn, const char *password, struct bind_answer *said);
/* As the service account; wrong credentials are STEP_FAILED. */
enum step wire_bind_service(struct run *r);

/* Gives each entry to fn; false ends the search as a failure (fn said why). */
typedef bool wire_entry(struct run *r, LDAPMessage *entry, void *arg);
struct wire_search {
	const char *base;
	int scope;
	const char *filter;
	const char *const *attributes; /* NULL-ended */
	int limit;   /* more entries than that: *more, no failure; 0 = pages until the end */
	bool *more;
	bool *absent; /* the base does not exist; may be NULL */
	wire_entry *fn;
	void *arg;
};
enum step wire_search(struct run *r, const struct wire_search *s);

/* In the arena; NULL if there is no value, or it is no text. */
char *wire_text(struct run *r, LDAPMessage *entry, const char *attribute);
/* Calls fn for each value that is text. */
void wire_texts(struct run *r, LDAPMessage *entry, const char *attribute,
	void (*fn)(struct run *r, const char *value, void *arg), void *arg);
/* A value as text: as it is, or "hex:..." of its bytes. */
char *wire_id(struct run *r, LDAPMessage *entry, const char *attribute);
char *wire_dn(struct run *r, LDAPMessage *entry);

/* ---- directory_find.c ---- */

/* STEP_DONE with out->result YES or NO so far; the person without groups. */
enum step find_by_login(struct run *r, const char *login, struct directory_answer *out);
enum step find_by_id(struct run *r, const char *id, const char *login, struct directory_answer *out);
enum step find_groups(struct run *r, struct directory_person *p);
/* Checks the password of the person found (or of nobody, for the same time). */
enum step find_password(struct run *r, const char *password, struct directory_answer *out);

/* ---- directory_tls.c ---- */

/* Reads ldap-ca-file. */
bool tls_prepare(struct directory *d, struct error *err);
void tls_finish(struct directory *d);
/* The handshake on r->fd: r->ssl; the certificate and its name are checked. */
enum step tls_begin(struct run *r);
/* The layer under libldap's socket buffer; its argument is the run. */
extern Sockbuf_IO directory_io;

#endif
