/* SPDX-License-Identifier: BSD-2-Clause */
/* What changed between two versions. */
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "versions.h"

enum { LINE_EDITS = 1000 };

bool visit_history(struct visit *visit, const char *key, struct post_history *history)
{
	struct lookup *lookup = visit_lookup(visit);
	struct narc_error error;
	enum narc_status status;

	*history = (struct post_history){ .list = NULL };
	if (!lookup)
		return false;
	/* Any version shows which archive has it. */
	status = lookup_find(lookup, key, 0, &error);
	if (status == NARC_NOT_FOUND)
		status = lookup_find(lookup, key, 1, &error);
	if (status == NARC_OK)
		status = post_history_collect(visit->set->archives[lookup->archive], key, history,
					      &error);
	if (status == NARC_OK)
		return true;
	if (status == NARC_NOT_FOUND)
		visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NO_SUCH_POST);
	else
		visit_fail_reading(visit, visit->set->names[lookup->archive], &error);
	return false;
}

/* Reads the parameters; what is not given is what came last, and what came before it. */
static bool take_versions(struct visit *visit, const struct post_history *history,
			  struct comparison *comparison)
{
	uint32_t last = 0;
	long from, to;

	if (!target_number(&visit->target, "from", 1, UINT32_MAX, 0, &from) ||
	    !target_number(&visit->target, "to", 1, UINT32_MAX, 0, &to)) {
		visit_fail(visit, MHD_HTTP_BAD_REQUEST, TEXT_BAD_PARAMETER);
		return false;
	}
	for (size_t i = 0; i < history->count; i++)
		if (history->list[i].record.version > last)
			last = history->list[i].record.version;
	comparison->to = to ? (uint32_t)to : last;
	comparison->from = from ? (uint32_t)from : comparison->to > 1 ? comparison->to - 1 : 1;
	return true;
}

/* Goes to the last state with this version; the history is that of the archive of the lookup. */
static bool go_to_version(struct visit *visit, const struct post_history *history,
			  uint32_t version)
{
	struct lookup *lookup = visit->lookup;
	size_t place = history->count;
	struct narc_error error;

	while (place > 0 && history->list[place - 1].record.version != version)
		place--;
	if (place == 0) {
		visit_fail(visit, MHD_HTTP_NOT_FOUND, TEXT_NO_SUCH_VERSION);
		return false;
	}
	if (lookup_find_row(lookup, lookup->archive, history->list[place - 1].record.row,
			    &error) == NARC_OK)
		return true;
	visit_fail_reading(visit, visit->set->names[lookup->archive], &error);
	return false;
}

/* Reads the content of a version, and splits it into lines. */
static bool take_side(struct visit *visit, const struct post_history *history, uint32_t version,
		      char **text, struct pieces *lines)
{
	const void *content;
	size_t size;

	if (!go_to_version(visit, history, version))
		return false;
	if (visit->lookup->record->size > PAGE_CONTENT_LIMIT) {
		visit_fail(visit, MHD_HTTP_CONTENT_TOO_LARGE, TEXT_TOO_LARGE);
		return false;
	}
	if (!visit_content(visit, visit->lookup, &content))
		return false;
	size = visit->lookup->record->size;
	*text = malloc(size + 1);
	if (*text)
		memcpy(*text, content, size);
	if (*text && split_lines(*text, size, lines))
		return true;
	visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	return false;
}

bool visit_compare(struct visit *visit, const char *key, struct comparison *comparison)
{
	struct post_history history;
	bool is_good;

	*comparison = (struct comparison){ .from = 0 };
	is_good = visit_history(visit, key, &history) &&
		  take_versions(visit, &history, comparison) &&
		  take_side(visit, &history, comparison->from, &comparison->texts[0],
			    &comparison->lines[0]) &&
		  take_side(visit, &history, comparison->to, &comparison->texts[1],
			    &comparison->lines[1]);
	post_history_free(&history);
	if (!is_good)
		return false;
	if (diff_pieces(&comparison->lines[0], &comparison->lines[1], LINE_EDITS,
			&comparison->edits))
		return true;
	visit_fail(visit, MHD_HTTP_SERVICE_UNAVAILABLE, TEXT_NO_MEMORY);
	return false;
}

void comparison_free(struct comparison *comparison)
{
	for (size_t i = 0; i < 2; i++) {
		pieces_free(&comparison->lines[i]);
		free(comparison->texts[i]);
	}
	edits_free(&comparison->edits);
}
