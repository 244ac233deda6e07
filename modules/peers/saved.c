/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One's list of peers, private or shared with one's own space. */
#include "peers.h"
#include "account.h"

struct saving {
	struct request *rq;
	const struct space *peer;
	const char *id, *note;
	bool shared;
	int64_t version;
	char new_id[ID_SIZE];
};

static struct url list_url(struct request *rq)
{
	return url_path(rq->arena, "%b/peers/list", rq->base);
}

static void put_entry(struct request *rq, struct data *page, const struct peer_saved *s,
	const struct saving *typed)
{
	struct data *item = data_item(page, "entries");
	bool this = typed && strcmp(typed->id, s->id) == 0;
	bool shared = this ? typed->shared : s->shared;

	data_text(item, "id", s->id);
	data_text(item, "name", s->peer_name);
	data_url(item, "url", url_path(rq->arena, "%b/peers/%s", rq->base, s->peer_slug));
	data_text(item, "note", this ? typed->note : s->note);
	if (this && strcmp(typed->note, s->note) != 0)
		data_text(item, "stored", s->note);
	data_flag(item, "shared", s->shared);
	data_text(item, "shared_checked", shared ? "checked" : NULL);
	data_textf(item, "version", "%lld", (long long)s->version);
	data_flag(item, "open", this);
	data_text(item, "who", s->account_name);
	data_flag(item, "mine", s->mine);
	if (!s->mine)
		return;
	data_url(item, "change_url", url_path(rq->arena, "%b/peers/list/%s", rq->base, s->id));
	data_url(item, "remove_url", url_path(rq->arena, "%b/peers/list/%s/remove", rq->base, s->id));
}

static bool show(struct request *rq, struct response *rs, const struct saving *typed,
	const struct error *wrong, struct error *err)
{
	struct peer_saved *list;
	size_t n;

	if (!peer_saved_list(rq->db, rq->arena, rq->space->id, NULL, &list, &n, err))
		return false;
	struct data *page = peers_page_create(rq, wrong ? "Error: Our list of peers" : "Our list of peers");
	data_text(page, "heading", "Our list of peers");
	data_text(page, "wrong", wrong ? wrong->text : NULL);
	for (size_t i = 0; i < n; i++)
		put_entry(rq, page, &list[i], typed);
	data_url(page, "peers_url", url_path(rq->arena, "%b/peers", rq->base));
	page_crumb(page, "Our list", (struct url){ NULL });
	if (wrong)
		rs->status = error_status(wrong->kind);
	return page_send_private(rq, rs, "peers-list", page, err);
}

bool saved_page(struct request *rq, struct response *rs, struct error *err)
{
	return request_own_jurisdiction(rq, err) && show(rq, rs, NULL, NULL, err);
}

static const char *too_long(struct request *rq, const char *note)
{
	return text_letters(note) > PEER_NOTE_MAX ? arena_printf(rq->arena, "The note is too long: at most %d letters.",
		PEER_NOTE_MAX) :
		NULL;
}

static bool write_add(struct db *w, void *arg, struct error *err)
{
	struct saving *s = arg;

	return peer_saved_add(w, s->rq->space->id, s->rq->account->id, s->peer->id, s->note, s->shared, s->new_id,
		err);
}

bool saved_add(struct request *rq, struct response *rs, struct error *err)
{
	const char *slug = request_typed(rq, "peer"), *wrong;
	struct saving s = { .rq = rq, .note = request_typed(rq, "note"), .shared = strcmp(request_typed(rq,
		"shared"), "yes") == 0 };
	struct error failed = { 0 };
	struct space *peer = NULL;

	if (!request_own_jurisdiction(rq, err))
		return false;
	if (!text_is_slug(slug) || !space_by_slug(rq->db, rq->arena, slug, &peer, &failed) ||
		!space_is_jurisdiction(peer) ||
		strcmp(peer->id, rq->space->id) == 0)
		return error_set(err, ERROR_INVALID, "Choose one of the similar jurisdictions.");
	s.peer = peer;
	wrong = too_long(rq, s.note);
	if (wrong)
		return peer_show(rq, rs, slug, s.note, s.shared, wrong, err);
	if (request_write(rq, write_add, &s, &failed))
		return done_redirect(rq, rs, list_url(rq), "saved");
	if (failed.kind == ERROR_CONFLICT)
		return peer_show(rq, rs, slug, s.note, s.shared, failed.text, err);
	*err = failed;
	return false;
}

static bool write_change(struct db *w, void *arg, struct error *err)
{
	const struct saving *s = arg;

	return peer_saved_change(w, s->id, s->rq->account->id, s->version, s->note, s->shared, err);
}

bool saved_change(struct request *rq, struct response *rs, struct error *err)
{
	struct saving s = { .rq = rq, .id = request_arg(rq, "id"), .note = request_typed(rq, "note"),
		.shared = strcmp(request_typed(rq, "shared"), "yes") == 0, .version = strtoll(request_typed(rq,
		"version"), NULL, 10) };
	struct error failed = { 0 };
	struct peer_saved *entry;

	if (!request_own_jurisdiction(rq, err) || !peer_saved_get(rq->db, rq->arena, rq->space->id, s.id, &entry, err))
		return false;
	if (too_long(rq, s.note))
		error_set(&failed, ERROR_INVALID, "%s", too_long(rq, s.note));
	else if (request_write(rq, write_change, &s, &failed))
		return done_redirect(rq, rs, list_url(rq), "changed");
	if (failed.kind != ERROR_CONFLICT && failed.kind != ERROR_INVALID) {
		*err = failed;
		return false;
	}
	db_end(rq->db);
	return db_begin(rq->db, rq->viewer, err) && show(rq, rs, &s, &failed, err);
}

static bool write_remove(struct db *w, void *arg, struct error *err)
{
	const struct saving *s = arg;

	return peer_saved_remove(w, s->id, s->rq->account->id, err);
}

bool saved_remove(struct request *rq, struct response *rs, struct error *err)
{
	struct saving s = { .rq = rq, .id = request_arg(rq, "id") };
	struct peer_saved *entry;

	return request_own_jurisdiction(rq, err) && peer_saved_get(rq->db, rq->arena, rq->space->id, s.id, &entry, err) &&
		request_write(rq, write_remove, &s, err) &&
		done_redirect(rq, rs, list_url(rq), "removed");
}
