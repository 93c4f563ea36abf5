/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/s3_listing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "support/status.h"

/* A thousand items, each with a key that is as long as can be. */
enum { PAGE_LIMIT = 16 << 20 };

/* What the elements of a listing are called. */
struct names {
	const char *root;
	const char *item;
};

static const struct names all_names[] = {
	[S3_OBJECTS] = { "ListBucketResult", "Contents" },
	[S3_UPLOADS] = { "ListMultipartUploadsResult", "Upload" },
};

struct page {
	const struct names *names;
	const char *prefix;
	s3_item_fn take;
	void *context;
	struct s3_item *item;
	bool is_last;
	bool is_encoded; /* keys are */
	bool is_listing; /* it has the root that was to be expected */
	char *token;
};

int64_t s3_time(const char *text)
{
	struct tm time = { 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%S", &time) ? (int64_t)timegm(&time) : 0;
}

/* What is behind name and a "/" in path; NULL if it is not below that. */
static const char *below(const char *path, const char *name)
{
	size_t length = strlen(name);

	return strncmp(path, name, length) == 0 && path[length] == '/' ? path + length + 1 : NULL;
}

static int digit_of(char digit)
{
	static const char digits[] = "0123456789abcdef";
	const char *place = digit ? strchr(digits, digit | (digit >= 'A' ? 0x20 : 0)) : NULL;

	return place ? (int)(place - digits) : -1;
}

/* Undoes the encoding that keys are asked for in, as XML cannot have all bytes of them. */
static void decode(char *text)
{
	char *out = text;

	for (; *text; text++) {
		int high = *text == '%' ? digit_of(text[1]) : -1;
		int low = high >= 0 ? digit_of(text[2]) : -1;

		if (low >= 0) {
			*out++ = (char)(16 * high + low);
			text += 2;
		} else {
			*out++ = *text == '+' ? ' ' : *text;
		}
	}
	*out = 0;
}

/* ---- a page ------------------------------------------------------------------------------- */

/* What is said of the page may come behind the items. */
static enum narc_status take_head(void *context, const char *path, const char *text,
				  struct narc_error *error)
{
	struct page *page = context;
	const char *name = below(path, page->names->root);

	(void)error;
	if (strcmp(path, page->names->root) == 0)
		page->is_listing = true;
	else if (name && strcmp(name, "IsTruncated") == 0)
		page->is_last = strcmp(text, "true") != 0;
	else if (name && strcmp(name, "EncodingType") == 0)
		page->is_encoded = strcmp(text, "url") == 0;
	else if (name && strcmp(name, "NextContinuationToken") == 0)
		strcpy(page->token, text);
	return NARC_OK;
}

static void take_part(struct page *page, const char *name, const char *text)
{
	struct s3_item *item = page->item;

	if (strcmp(name, "Key") == 0) {
		strcpy(item->key, text);
		if (page->is_encoded)
			decode(item->key);
	} else if (strcmp(name, "UploadId") == 0) {
		strcpy(item->upload, text);
	} else if (strcmp(name, "ETag") == 0) {
		snprintf(item->etag, sizeof(item->etag), "%s", text);
	} else if (strcmp(name, "Size") == 0) {
		item->size = strtoull(text, NULL, 10);
	} else if (strcmp(name, "LastModified") == 0 || strcmp(name, "Initiated") == 0) {
		item->time = s3_time(text);
	}
}

/* An item begins where the one before it ended. */
static enum narc_status take_item(void *context, const char *path, const char *text,
				  struct narc_error *error)
{
	struct page *page = context;
	const char *name = below(path, page->names->root);
	const char *part = name ? below(name, page->names->item) : NULL;
	enum narc_status status;

	if (part)
		take_part(page, part, text);
	if (!name || strcmp(name, page->names->item) != 0)
		return NARC_OK;
	/* Nobody is told of, and deletes, what was not asked for. */
	if (strncmp(page->item->key, page->prefix, strlen(page->prefix)) != 0)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the server lists other keys than it was asked for");
	status = page->take(page->context, page->item, error);
	page->item->etag[0] = 0;
	page->item->size = 0;
	page->item->time = 0;
	return status;
}

enum narc_status s3_listing_page(enum s3_kind kind, const char *prefix, const char *bytes,
				 size_t size, s3_item_fn take, void *context, struct s3_item *item,
				 bool *is_last, char token[XML_TEXT_LIMIT],
				 struct narc_error *error)
{
	struct page page = { .names = &all_names[kind], .prefix = prefix, .take = take,
			     .context = context, .item = item, .is_last = true, .token = token };
	enum narc_status status = xml_answer_read(bytes, size, take_head, &page, error);

	if (status == NARC_OK && !page.is_listing)
		status = narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				   "the server answers with XML that is not of S3");
	if (status == NARC_OK)
		status = xml_answer_read(bytes, size, take_item, &page, error);
	if (status == NARC_OK)
		*is_last = page.is_last;
	return status;
}

/* ---- all pages ---------------------------------------------------------------------------- */

/* The query for the next page, which is sorted, as it is signed; NULL if there is no memory. */
static char *next_query(enum s3_kind kind, const char *prefix, const struct s3_item *last,
			const char *token)
{
	char *parts[] = { percent_encode(prefix, ""), percent_encode(token, ""),
			  percent_encode(last->key, ""), percent_encode(last->upload, "") };
	bool is_whole = parts[0] && parts[1] && parts[2] && parts[3];
	char *query = NULL;
	int length = -1;

	if (is_whole && kind == S3_OBJECTS)
		length = asprintf(&query, "%s%s%sencoding-type=url&list-type=2&prefix=%s",
				  *token ? "continuation-token=" : "", parts[1], *token ? "&" : "",
				  parts[0]);
	else if (is_whole)
		length = asprintf(&query,
				  "encoding-type=url&key-marker=%s&prefix=%s&upload-id-marker=%s&"
				  "uploads=",
				  parts[2], parts[0], parts[3]);
	for (size_t i = 0; i < 4; i++)
		free(parts[i]);
	return length < 0 ? NULL : query;
}

static enum narc_status get_page(struct s3_client *client, const char *query,
				 struct s3_answer *answer, struct narc_error *error)
{
	const struct s3_request request = { .method = "GET", .query = query, .limit = PAGE_LIMIT };
	enum narc_status status = s3_perform(client, &request, answer, error);

	return status == NARC_OK && answer->code != S3_OK ? s3_fail(client, answer, error) : status;
}

/* Where one is in a listing. */
struct listing {
	struct s3_item item; /* the last one */
	char token[XML_TEXT_LIMIT], old_token[XML_TEXT_LIMIT];
	char old_key[XML_TEXT_LIMIT], old_upload[XML_TEXT_LIMIT];
	bool is_last;
};

static enum narc_status list_page(struct s3_client *client, enum s3_kind kind, const char *prefix,
				  s3_item_fn take, void *context, struct listing *listing,
				  struct narc_error *error)
{
	char *query = next_query(kind, prefix, &listing->item, listing->token);
	struct s3_answer answer = { 0 };
	enum narc_status status =
		query ? get_page(client, query, &answer, error) : narc_fail_memory(error);

	strcpy(listing->old_token, listing->token);
	strcpy(listing->old_key, listing->item.key);
	strcpy(listing->old_upload, listing->item.upload);
	if (status == NARC_OK)
		status = s3_listing_page(kind, prefix, (const char *)answer.body.data,
					 answer.body.size, take, context, &listing->item,
					 &listing->is_last, listing->token, error);
	free(query);
	s3_answer_free(&answer);
	if (status == NARC_OK && !listing->is_last &&
	    strcmp(listing->old_token, listing->token) == 0 &&
	    strcmp(listing->old_key, listing->item.key) == 0 &&
	    strcmp(listing->old_upload, listing->item.upload) == 0)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the server lists the same again and again");
	return status;
}

enum narc_status s3_list(struct s3_client *client, enum s3_kind kind, const char *prefix,
			 s3_item_fn take, void *context, struct narc_error *error)
{
	struct listing *listing = calloc(1, sizeof(*listing));
	enum narc_status status = NARC_OK;

	if (!listing)
		return narc_fail_memory(error);
	while (status == NARC_OK && !listing->is_last)
		status = list_page(client, kind, prefix, take, context, listing, error);
	free(listing);
	return status;
}
