/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/put_object.h"

#include <stdio.h>
#include <string.h>

#include "support/status.h"

enum { CONDITION_SIZE = NARC_ETAG_SIZE + 16 };

/* *condition is NULL, or what is in room. */
static enum narc_status make_condition(const char *replaces, char room[CONDITION_SIZE],
				       const char **condition, struct narc_error *error)
{
	*condition = replaces ? room : NULL;
	if (!replaces)
		return NARC_OK;
	if (!*replaces) {
		strcpy(room, "If-None-Match: *");
		return NARC_OK;
	}
	if (strlen(replaces) >= NARC_ETAG_SIZE || strpbrk(replaces, "\r\n"))
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "this is no ETag of a store");
	snprintf(room, CONDITION_SIZE, "If-Match: %s", replaces);
	return NARC_OK;
}

/* Ceph compares with an ETag that has no quotes, all others with one that has some, or with
 * either. So where a condition does not hold, it may have to be put otherwise, which decides as
 * well who comes first. False if there is no other way. */
static bool drop_quotes(const char *replaces, char condition[CONDITION_SIZE])
{
	size_t length = replaces ? strlen(replaces) : 0;

	if (length < 2 || replaces[0] != '"' || replaces[length - 1] != '"')
		return false;
	snprintf(condition, CONDITION_SIZE, "If-Match: %.*s", (int)length - 2, replaces + 1);
	return true;
}

static enum narc_status perform(struct s3_client *client, const struct s3_request *request,
				const char *replaces, char condition[CONDITION_SIZE],
				struct s3_answer *answer, struct narc_error *error)
{
	enum narc_status status = s3_perform(client, request, answer, error);
	bool was_unsure = answer->was_unsure;

	if (status != NARC_OK || answer->code != S3_CONDITION_FAILED ||
	    !drop_quotes(replaces, condition))
		return status;
	s3_answer_free(answer);
	status = s3_perform(client, request, answer, error);
	answer->was_unsure |= was_unsure;
	return status;
}

enum narc_status fail_condition(bool may_replace, struct narc_error *error)
{
	return may_replace ? narc_fail(error, NARC_EXISTS, "remote", NARC_NO_OFFSET,
				       "what was to be replaced is another one by now")
			   : narc_fail(error, NARC_EXISTS, "remote", NARC_NO_OFFSET,
				       "there is such an object already");
}

/* Whether the object that is there is the one of this mark; then its ETag. */
static bool is_ours(struct s3_client *client, const char *mark, char etag[NARC_ETAG_SIZE])
{
	struct s3_answer answer;
	bool is_marked = s3_head(client, &answer, NULL) == NARC_OK && strcmp(answer.mark, mark) == 0;

	if (is_marked)
		strcpy(etag, answer.etag);
	s3_answer_free(&answer);
	return is_marked;
}

/* What an answer means; the ETag of what was put is in it. */
static enum narc_status judge(struct s3_client *client, const struct s3_request *request,
			      const char *replaces, struct s3_answer *answer,
			      struct narc_error *error)
{
	char wanted[ETAG_TEXT_SIZE];

	switch (answer->code) {
	case S3_OK:
		etag_of_md5(request->digests->md5, wanted);
		if (answer->has_md5 && answer->etag[0] && strcmp(answer->etag, wanted) != 0)
			return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
					 "the store has other bytes than were sent");
		return NARC_OK;
	case S3_CONDITION_FAILED:
		/* It may have been an earlier attempt, of which no answer came, that made it so. */
		if (answer->was_unsure && is_ours(client, request->mark, answer->etag))
			return NARC_OK;
		return fail_condition(replaces && *replaces, error);
	case S3_NOT_IMPLEMENTED:
		if (request->condition)
			return narc_fail(error, NARC_UNSUPPORTED, "remote", NARC_NO_OFFSET,
					 "the store cannot put an object on condition that none is "
					 "there, or which one");
		break;
	default:
		break;
	}
	return s3_fail(client, answer, error);
}

enum narc_status put_object(struct s3_client *client, const struct payload *payload,
			    const char *replaces, char etag[NARC_ETAG_SIZE],
			    struct narc_error *error)
{
	char condition[CONDITION_SIZE], mark[S3_MARK_SIZE];
	struct digests digests;
	struct s3_request request = { .method = "PUT", .mark = mark, .payload = payload,
				      .digests = &digests, .limit = S3_ANSWER_LIMIT };
	struct s3_answer answer = { 0 };
	enum narc_status status = make_condition(replaces, condition, &request.condition, error);

	if (status == NARC_OK)
		status = s3_mark_make(mark, error);
	if (status == NARC_OK)
		status = digests_make(payload, &digests, error);
	if (status == NARC_OK)
		status = perform(client, &request, replaces, condition, &answer, error);
	if (status == NARC_OK)
		status = judge(client, &request, replaces, &answer, error);
	if (status == NARC_OK && etag)
		strcpy(etag, answer.etag);
	s3_answer_free(&answer);
	return status;
}
