/* SPDX-License-Identifier: BSD-2-Clause */
#include "raw.h"

#include <inttypes.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stream.h"

/* Contents above this are sent in pieces, without ranges and encodings. */
enum { WHOLE_LIMIT = 1 << 20 };

/* Pictures are the only thing that a browser is to show as what it is; but no picture that is a
 * document, as SVG is. */
static const char *type_of(const char *path, const void *content, size_t size)
{
	static const char *const pictures[][2] = {
		{ ".png", "image/png" },   { ".jpg", "image/jpeg" },  { ".jpeg", "image/jpeg" },
		{ ".gif", "image/gif" },   { ".webp", "image/webp" },
	};
	const char *dot = strrchr(path, '.');

	for (size_t i = 0; dot && i < sizeof(pictures) / sizeof(pictures[0]); i++)
		if (strcasecmp(dot, pictures[i][0]) == 0)
			return pictures[i][1];
	return content && !memchr(content, '\0', size) ? "text/plain; charset=utf-8"
						       : "application/octet-stream";
}

/* Has a browser save the content under the name of its file. */
static void put_file_name(struct text *out, const char *path)
{
	const char *name = strrchr(path, '/');

	text_put(out, "attachment; filename*=UTF-8''");
	html_url(out, name ? name + 1 : path);
}

/* ---- in pieces -------------------------------------------------------------------------- */

struct piecewise {
	struct archive_set *set;
	size_t archive;
	uint64_t row;
};

static void free_piecewise(void *context)
{
	struct piecewise *piecewise = context;

	archive_set_release(piecewise->set);
	free(piecewise);
}

static bool put_piece(void *context, const void *data, size_t size)
{
	return stream_put(context, data, size);
}

static bool send_pieces(struct stream *stream, void *context)
{
	const struct piecewise *piecewise = context;
	struct lookup *lookup = lookup_take(piecewise->set);
	struct narc_error error;
	enum narc_status status;

	if (!lookup)
		return false;
	status = lookup_find_row(lookup, piecewise->archive, piecewise->row, &error);
	if (status == NARC_OK)
		status = narc_cursor_stream(lookup->cursor, put_piece, stream, &error);
	if (status == NARC_CORRUPT)
		report_damage(piecewise->set->names[lookup->archive], &error);
	lookup_give(lookup);
	return status == NARC_OK;
}

static bool begin_pieces(struct visit *visit, const struct lookup *lookup)
{
	struct piecewise *piecewise = calloc(1, sizeof(*piecewise));

	if (!piecewise)
		return false;
	atomic_fetch_add(&visit->set->holders, 1);
	piecewise->set = visit->set;
	piecewise->archive = lookup->archive;
	piecewise->row = lookup->record->row;
	visit->reply.stream = stream_new(send_pieces, piecewise, free_piecewise);
	if (!visit->reply.stream)
		free_piecewise(piecewise);
	return visit->reply.stream != NULL;
}

/* ---- the answer ------------------------------------------------------------------------- */

void send_raw(struct visit *visit)
{
	struct reply *reply = &visit->reply;
	const struct narc_record *record;
	const void *content = NULL;
	struct lookup *lookup;

	if (!visit_find(visit, visit->target.segments[1], &lookup))
		return;
	record = lookup->record;
	snprintf(reply->tag, sizeof(reply->tag), "%016" PRIx64, record->hash);
	if (!record->is_redacted && record->size <= WHOLE_LIMIT &&
	    visit_is_known(visit, record->size)) {
		reply->kind = REPLY_DATA;
		return;
	}
	if (record->is_redacted || record->size <= WHOLE_LIMIT) {
		if (!visit_content(visit, lookup, &content))
			return;
		text_put_bytes(&reply->body, content, record->size);
	} else if (!begin_pieces(visit, lookup)) {
		visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_BUSY);
		return;
	}
	reply->kind = REPLY_DATA;
	reply->type = type_of(record->path, content, record->size);
	if (target_parameter(&visit->target, "download"))
		put_file_name(&reply->name, record->path);
}
