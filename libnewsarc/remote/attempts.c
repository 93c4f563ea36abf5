/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/attempts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "support/status.h"
#include "support/translate.h"

/* The first wait, doubled with each attempt, and how long it is looked away from what ends it; in
 * milliseconds. */
enum { WAIT_FIRST = 100, WAIT_MOST = 10000, WAIT_STEP = 100 };

enum { REQUEST_TIMEOUT = 408, TOO_MANY = 429, NOT_IMPLEMENTED = 501 };

static bool is_ended(const struct attempts *attempts)
{
	return attempts->ended && atomic_load(attempts->ended);
}

static void wait_for(const struct attempts *attempts, unsigned milliseconds)
{
	while (milliseconds && !is_ended(attempts)) {
		unsigned step = milliseconds < WAIT_STEP ? milliseconds : WAIT_STEP;
		struct timespec left = { 0, (long)step * 1000000 };

		nanosleep(&left, NULL);
		milliseconds -= step;
	}
}

/* Threads that failed together are not to come back together. */
static unsigned vary(unsigned milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return milliseconds / 2 + (unsigned)(now.tv_nsec / 1000) % (milliseconds / 2 + 1);
}

bool attempts_next(struct attempts *attempts, long asked)
{
	unsigned wanted = asked > WAIT_MOST / 1000 ? WAIT_MOST
			  : asked > 0		   ? (unsigned)asked * 1000
						   : 0;

	if (attempts->left == 0 || is_ended(attempts))
		return false;
	attempts->left--;
	if (attempts->wait == 0) {
		attempts->wait = WAIT_FIRST;
		return true;
	}
	wait_for(attempts, wanted > attempts->wait ? wanted : vary(attempts->wait));
	attempts->wait = 2 * attempts->wait < WAIT_MOST ? 2 * attempts->wait : WAIT_MOST;
	return !is_ended(attempts);
}

bool is_passing(CURLcode result, long code)
{
	switch (result) {
	case CURLE_OK:
		return (code >= 500 && code != NOT_IMPLEMENTED) || code == TOO_MANY ||
		       code == REQUEST_TIMEOUT;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_CONNECT:
	case CURLE_PARTIAL_FILE:
	case CURLE_OPERATION_TIMEDOUT:
	case CURLE_GOT_NOTHING:
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_HTTP2:
	case CURLE_HTTP2_STREAM:
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_WEIRD_SERVER_REPLY:
		return true;
	default:
		return false;
	}
}

enum narc_status fail_request(CURLcode result, const char *text, struct narc_error *error)
{
	if (result == CURLE_OUT_OF_MEMORY)
		return narc_fail_memory(error);
	return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET, "%s",
			 text[0] ? text : curl_easy_strerror(result));
}

/* ---- what an answer says ------------------------------------------------------------------ */

/* The text of an element of the XML that stores of S3 answer with; "" if it is not there. */
static void find_element(const char *body, const char *name, char *text, size_t room)
{
	char tag[32];
	const char *start, *end;

	snprintf(tag, sizeof(tag), "<%s>", name);
	start = strstr(body, tag);
	start = start ? start + strlen(tag) : "";
	end = strchr(start, '<');
	snprintf(text, room, "%.*s", end ? (int)(end - start) : 0, start);
}

/* What may help against an answer; "" if that is not known. */
static const char *advice_for(const struct remote_address *address, long code)
{
	switch (code) {
	case 401:
	case 403:
		return address->is_s3
			       ? translated(": AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a "
					    "profile, say who asks")
			       : translated(": ~/.netrc may have credentials");
	case 301:
	case 307:
		return translated(": is AWS_REGION that of the bucket?");
	case 404:
		return translated(": it is not there");
	default:
		return "";
	}
}

enum narc_status fail_code(const struct remote_address *address, long number, const char *body,
			   struct narc_error *error)
{
	char code[64];
	enum narc_status status;

	find_element(body, "Code", code, sizeof(code));
	status = narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET, "the server answers %ld%s%s%s",
			   number, code[0] ? " " : "", code, advice_for(address, number));
	if (error && number == 404)
		error->system_errno = ENOENT;
	return status;
}
