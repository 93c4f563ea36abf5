/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/upload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "remote/put_object.h"
#include "remote/xml_answer.h"
#include "support/status.h"

enum { PART_LEAST = 8 << 20, PARTS_OF_A_SIZE = 1000 };

uint64_t part_size(unsigned number)
{
	return (uint64_t)PART_LEAST << ((number - 1) / PARTS_OF_A_SIZE);
}

/* Performs a request on an upload, whose id is put behind the other fields of the query. */
static enum narc_status perform(struct s3_client *client, struct s3_request *request,
				const char *query, const char *id, struct s3_answer *answer,
				struct narc_error *error)
{
	char *encoded = percent_encode(id, ""), *whole = NULL;
	enum narc_status status;

	*answer = (struct s3_answer){ 0 };
	if (encoded && asprintf(&whole, "%suploadId=%s", query, encoded) < 0)
		whole = NULL;
	request->query = whole;
	status = whole ? s3_perform(client, request, answer, error) : narc_fail_memory(error);
	free(encoded);
	free(whole);
	return status;
}

/* ---- the beginning --------------------------------------------------------------------------- */

/* An xml_element_fn, whose context is the id. */
static enum narc_status take_id(void *context, const char *path, const char *text,
				struct narc_error *error)
{
	char **id = context;

	if (strcmp(path, "InitiateMultipartUploadResult/UploadId") != 0 || *id)
		return NARC_OK;
	*id = strdup(text);
	return *id ? NARC_OK : narc_fail_memory(error);
}

enum narc_status upload_begin(struct s3_client *client, const char *mark, char **id,
			      struct narc_error *error)
{
	const struct s3_request request = { .method = "POST", .query = "uploads=", .mark = mark,
					    .limit = S3_ANSWER_LIMIT, .is_after_end = true };
	struct s3_answer answer;
	enum narc_status status = s3_perform(client, &request, &answer, error);
	char *found = NULL;

	if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(client, &answer, error);
	if (status == NARC_OK)
		status = xml_answer_read((const char *)answer.body.data, answer.body.size, take_id,
					 &found, error);
	if (status == NARC_OK && (!found || !*found))
		status = narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				   "the server does not say by what an upload is called");
	s3_answer_free(&answer);
	if (status == NARC_OK)
		*id = found;
	else
		free(found);
	return status;
}

/* ---- parts -------------------------------------------------------------------------------- */

static enum narc_status take_part(struct part *part, const struct digests *digests,
				  const struct s3_answer *answer, struct narc_error *error)
{
	char wanted[ETAG_TEXT_SIZE];

	etag_of_md5(digests->md5, wanted);
	memcpy(part->md5, digests->md5, MD5_SIZE);
	strcpy(part->etag, answer->etag);
	part->has_md5 = answer->has_md5;
	if (!answer->etag[0] || (answer->has_md5 && strcmp(answer->etag, wanted) != 0))
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the store has other bytes than were sent");
	return NARC_OK;
}

enum narc_status upload_part(struct s3_client *client, const char *id, unsigned number, int fd,
			     struct part *part, struct narc_error *error)
{
	const struct payload payload = { .fd = fd, .offset = part->offset, .size = part->size };
	struct digests digests;
	struct s3_request request = { .method = "PUT", .payload = &payload, .digests = &digests,
				      .limit = S3_ANSWER_LIMIT };
	struct s3_answer answer = { 0 };
	char query[40];
	enum narc_status status = digests_make(&payload, &digests, error);

	snprintf(query, sizeof(query), "partNumber=%u&", number);
	if (status == NARC_OK)
		status = perform(client, &request, query, id, &answer, error);
	if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(client, &answer, error);
	if (status == NARC_OK)
		status = take_part(part, &digests, &answer, error);
	s3_answer_free(&answer);
	return status;
}

/* ---- the end ------------------------------------------------------------------------------ */

static void list_text(struct byte_buffer *buffer, const char *text)
{
	byte_buffer_append(buffer, text, strlen(text));
}

/* An ETag is the server's, and whatever it wants. */
static void append_etag(struct byte_buffer *buffer, const char *etag)
{
	for (; *etag; etag++) {
		if (*etag == '<')
			list_text(buffer, "&lt;");
		else if (*etag == '&')
			list_text(buffer, "&amp;");
		else
			byte_buffer_append_u8(buffer, (uint8_t)*etag);
	}
}

static void list_parts(struct byte_buffer *list, const struct part *parts, size_t count)
{
	char number[80];

	list_text(list, "<CompleteMultipartUpload>");
	for (size_t i = 0; i < count; i++) {
		snprintf(number, sizeof(number), "<Part><PartNumber>%zu</PartNumber><ETag>", i + 1);
		list_text(list, number);
		append_etag(list, parts[i].etag);
		list_text(list, "</ETag></Part>");
	}
	list_text(list, "</CompleteMultipartUpload>");
}

/* The ETag that an object of these parts has; "" if that is not known. */
static enum narc_status expect_etag(const struct part *parts, size_t count,
				    char etag[ETAG_TEXT_SIZE], struct narc_error *error)
{
	uint8_t *md5s = malloc(count * MD5_SIZE);
	enum narc_status status = NARC_OK;
	bool is_known = true;

	if (!md5s)
		return narc_fail_memory(error);
	for (size_t i = 0; i < count; i++) {
		is_known &= parts[i].has_md5;
		memcpy(md5s + i * MD5_SIZE, parts[i].md5, MD5_SIZE);
	}
	etag[0] = 0;
	if (is_known)
		status = etag_of_parts(md5s, count, etag, error);
	free(md5s);
	return status;
}

/* Looks at the object. *is_ours: it is the one of this mark, or, where marks are not kept, may
 * be. */
static enum narc_status look(struct s3_client *client, const char *mark, struct s3_answer *answer,
			     bool *is_ours, struct narc_error *error)
{
	enum narc_status status = s3_head(client, answer, error);

	*is_ours = status == NARC_OK && (!answer->mark[0] || strcmp(answer->mark, mark) == 0);
	return status;
}

static enum narc_status check_object(const struct s3_answer *answer, const struct part *parts,
				     size_t count, struct narc_error *error)
{
	const struct part *last = &parts[count - 1];
	char etag[ETAG_TEXT_SIZE];
	enum narc_status status = expect_etag(parts, count, etag, error);

	if (status != NARC_OK)
		return status;
	if (answer->size != last->offset + last->size ||
	    (answer->has_md5 && etag[0] && strcmp(answer->etag, etag) != 0))
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the store has other bytes than were sent");
	return NARC_OK;
}

static enum narc_status ask_to_complete(struct s3_client *client, const char *id,
					const struct part *parts, size_t count, bool replace,
					struct narc_error *error)
{
	struct byte_buffer list = BYTE_BUFFER_EMPTY;
	struct digests digests;
	struct payload payload;
	struct s3_request request = { .method = "POST", .payload = &payload, .digests = &digests,
				      .condition = replace ? NULL : "If-None-Match: *",
				      .limit = S3_ANSWER_LIMIT, .is_late = true };
	struct s3_answer answer = { 0 };
	enum narc_status status;

	list_parts(&list, parts, count);
	status = byte_buffer_status(&list, error);
	payload = (struct payload){ .data = list.data, .size = list.size };
	if (status == NARC_OK)
		status = digests_make(&payload, &digests, error);
	if (status == NARC_OK)
		status = perform(client, &request, "", id, &answer, error);
	if (status == NARC_OK && answer.code == S3_CONDITION_FAILED)
		status = fail_condition(replace, error);
	else if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(client, &answer, error);
	byte_buffer_free(&list);
	s3_answer_free(&answer);
	return status;
}

/* Some stores do not know the condition, so it is looked as well, in the last moment. */
static enum narc_status check_absent(struct s3_client *client, struct narc_error *error)
{
	struct s3_answer answer;
	enum narc_status status = s3_head(client, &answer, error);

	s3_answer_free(&answer);
	if (status == NARC_OK)
		return fail_condition(false, error);
	return status == NARC_NOT_FOUND ? NARC_OK : status;
}

enum narc_status upload_complete(struct s3_client *client, const char *id, const char *mark,
				 const struct part *parts, size_t count, bool replace,
				 struct narc_error *error)
{
	enum narc_status status = replace ? NARC_OK : check_absent(client, error), looked;
	struct narc_error look_error;
	struct s3_answer answer;
	bool is_ours;

	if (status == NARC_OK)
		status = ask_to_complete(client, id, parts, count, replace, error);
	if (status == NARC_CANCELLED)
		return status;
	looked = look(client, mark, &answer, &is_ours, &look_error);
	if (status == NARC_OK && looked != NARC_OK) {
		status = looked;
		if (error)
			*error = look_error;
	} else if (status == NARC_OK && !is_ours) {
		status = narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				   "somebody else wrote there at the same time, and took its place");
	} else if (status == NARC_OK || (is_ours && answer.mark[0])) {
		/* It may be there although the answer that said so was lost. */
		status = check_object(&answer, parts, count, error);
	}
	s3_answer_free(&answer);
	return status;
}

/* ---- parts that are left ------------------------------------------------------------------ */

struct measure {
	uint64_t parts, size;
	bool is_last;
	char next[24]; /* the number of the last part that was told of */
};

/* An xml_element_fn. */
static enum narc_status measure_part(void *context, const char *path, const char *text,
				     struct narc_error *error)
{
	struct measure *measure = context;

	(void)error;
	if (strcmp(path, "ListPartsResult/Part/Size") == 0)
		measure->size += strtoull(text, NULL, 10);
	else if (strcmp(path, "ListPartsResult/Part") == 0)
		measure->parts++;
	else if (strcmp(path, "ListPartsResult/IsTruncated") == 0)
		measure->is_last = strcmp(text, "true") != 0;
	else if (strcmp(path, "ListPartsResult/NextPartNumberMarker") == 0)
		snprintf(measure->next, sizeof(measure->next), "%lu", strtoul(text, NULL, 10));
	return NARC_OK;
}

static enum narc_status measure_page(struct s3_client *client, const char *key, const char *id,
				     struct measure *measure, struct narc_error *error)
{
	struct s3_request request = { .method = "GET", .key = key, .limit = 16 * S3_ANSWER_LIMIT,
				      .is_after_end = true };
	struct s3_answer answer;
	char query[64];
	enum narc_status status;

	snprintf(query, sizeof(query), "part-number-marker=%s&", measure->next);
	measure->is_last = true;
	status = perform(client, &request, query, id, &answer, error);
	if (status == NARC_OK && answer.code != S3_OK)
		status = s3_fail(client, &answer, error);
	if (status == NARC_OK)
		status = xml_answer_read((const char *)answer.body.data, answer.body.size,
					 measure_part, measure, error);
	s3_answer_free(&answer);
	return status;
}

enum narc_status upload_measure(struct s3_client *client, const char *key, const char *id,
				uint64_t *parts, uint64_t *size, struct narc_error *error)
{
	struct measure measure = { .next = "0" };
	enum narc_status status;

	do {
		status = measure_page(client, key, id, &measure, error);
	} while (status == NARC_OK && !measure.is_last && measure.parts < PART_LIMIT);
	if (status == NARC_OK) {
		*parts = measure.parts;
		*size = measure.size;
	}
	return status;
}

/* A part that was on its way may come behind the removal, and is to be removed as well. */
enum narc_status upload_remove(struct s3_client *client, const char *key, const char *id,
			       struct narc_error *error)
{
	struct s3_request request = { .method = "DELETE", .key = key, .limit = S3_ANSWER_LIMIT,
				      .is_after_end = true };
	enum narc_status status = NARC_OK;
	bool was_there = false;

	for (unsigned i = 0; i < client->attempts && status == NARC_OK; i++) {
		const struct timespec wait = { 0, i ? 200000000 : 0 };
		struct s3_answer answer;
		uint64_t parts, size;

		nanosleep(&wait, NULL);
		status = perform(client, &request, "", id, &answer, error);
		if (status == NARC_OK && answer.code / 100 != 2)
			status = s3_fail(client, &answer, error);
		was_there |= status == NARC_OK || answer.was_unsure;
		s3_answer_free(&answer);
		if (status == NARC_OK)
			status = upload_measure(client, key, id, &parts, &size, error);
	}
	if (status == NARC_OK)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "parts are still there after they were removed: try again");
	return status == NARC_NOT_FOUND && was_there ? NARC_OK : status;
}
