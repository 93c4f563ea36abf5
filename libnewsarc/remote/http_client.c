/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/http_client.h"
#include "support/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "remote/attempts.h"
#include "remote/connections.h"

enum { BODY_SIZE = 2048 };

/* Of nothing, which is all that is sent. */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

struct http_client {
	struct connections connections;
	struct http_client_options options;
	/* What the first answer said, by which the others are of the same file. */
	struct http_state state;
	bool is_known;
};

/* ---- one request --------------------------------------------------------------------------- */

struct request {
	struct http_client *client;
	uint64_t offset, size; /* that are asked for; of the first one, size at the end */
	const struct http_state *known; /* of the first one, maybe */
	http_bytes_fn take;
	void *context;
	const struct connection *connection; /* at work */

	/* What is answered: */
	long code;
	bool has_range;
	uint64_t start, size_of_range;
	struct http_state state;
	bool has_etag;
	long wait;          /* seconds that the server asks for */
	uint64_t got;
	char body[BODY_SIZE]; /* of a failure, its beginning */
	size_t body_size;
	char text[CURL_ERROR_SIZE];
};

enum { WHOLE_FILE = 200, PART = 206, UNCHANGED = 304, CHANGED = 412, NO_SUCH_PART = 416 };

/* A new answer: what came before it led here, or was only preliminary. */
static void begin_answer(struct request *request, const char *line)
{
	const char *space = strchr(line, ' ');

	request->code = space ? strtol(space, NULL, 10) : 0;
	request->has_range = request->has_etag = false;
	request->state.total = 0;
	request->state.tag[0] = 0;
	request->wait = 0;
}

/* Whether a line is the field of this name, whose value goes into value. */
static bool take_field(const char *line, const char *name, char value[HTTP_TAG_SIZE])
{
	size_t length = strlen(name), size;

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return false;
	line += length + 1;
	line += strspn(line, " \t");
	size = strcspn(line, "\r\n");
	if (size >= HTTP_TAG_SIZE)
		return false;
	memcpy(value, line, size);
	value[size] = 0;
	return true;
}

/* "bytes 0-99/1000"; of what is not there, "bytes * /1000" without the space. */
static void take_range(struct request *request, const char *value)
{
	unsigned long long first, last, total;

	if (sscanf(value, "bytes %llu-%llu/%llu", &first, &last, &total) == 3) {
		request->has_range = first <= last && last < total;
		request->start = first;
		request->size_of_range = last - first + 1;
		request->state.total = total;
	} else if (sscanf(value, "bytes */%llu", &total) == 1) {
		request->has_range = true;
		request->start = request->state.total = total;
		request->size_of_range = 0;
	}
}

static size_t take_header(char *bytes, size_t unit, size_t count, void *context)
{
	struct request *request = context;
	size_t size = unit * count;
	char value[HTTP_TAG_SIZE], line[2 * HTTP_TAG_SIZE];

	snprintf(line, sizeof(line), "%.*s", (int)size, bytes);
	if (strcmp(line, "\r\n") == 0)
		connection_acknowledge(request->connection);
	else if (strncmp(line, "HTTP/", 5) == 0)
		begin_answer(request, line);
	else if (take_field(line, "Content-Range", value))
		take_range(request, value);
	else if (take_field(line, "Retry-After", value))
		request->wait = strtol(value, NULL, 10);
	else if (take_field(line, "ETag", value)) {
		strcpy(request->state.tag, value);
		request->has_etag = true;
	} else if (!request->has_etag && take_field(line, "Last-Modified", value))
		strcpy(request->state.tag, value);
	return size;
}

static bool is_strong(const struct http_state *state)
{
	return state->tag[0] == '"';
}

bool http_state_is_same(const struct http_state *a, const struct http_state *b)
{
	return is_strong(a) && a->total == b->total && strcmp(a->tag, b->tag) == 0;
}

/* Whether the answer is of the file that the first one was of. */
static bool is_same_file(const struct request *request)
{
	const struct http_client *client = request->client;

	return !client->is_known ||
	       (request->state.total == client->state.total &&
		strcmp(request->state.tag, client->state.tag) == 0);
}

/* Whether the answer is a part as it was asked for. */
static bool is_part(const struct request *request)
{
	if (request->code != PART || !request->has_range || !is_same_file(request))
		return false;
	if (request->client->is_known)
		return request->start == request->offset &&
		       request->size_of_range == request->size;
	return request->start + request->size_of_range == request->state.total &&
	       request->size_of_range <= request->size;
}

static size_t take_body(char *bytes, size_t unit, size_t count, void *context)
{
	struct request *request = context;
	size_t size = unit * count, room = sizeof(request->body) - 1 - request->body_size;

	if (is_part(request)) {
		if (size > request->size_of_range - request->got)
			return 0;
		request->take(request->context, (const uint8_t *)bytes, size);
		request->got += size;
		return size;
	}
	/* A whole file is not wanted, large as it may be. */
	if (request->code == WHOLE_FILE || request->code == PART)
		return 0;
	memcpy(request->body + request->body_size, bytes, size < room ? size : room);
	request->body_size += size < room ? size : room;
	return size;
}

/* ---- what came of a request ----------------------------------------------------------------- */

static enum narc_status fail_answer(const struct request *request, struct narc_error *error)
{
	const struct http_client *client = request->client;

	if (request->code == CHANGED || (client->is_known && request->code == WHOLE_FILE) ||
	    (request->code == PART && request->has_range && !is_same_file(request)))
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the file was replaced while it was read: begin again");
	if (request->code == WHOLE_FILE)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the server gives no parts of files (byte ranges): download "
				 "it, and read the copy");
	if (request->code == PART)
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the server gives another part than it was asked for");
	return fail_code(&client->connections.address, request->code, request->body, error);
}

/* An empty file has no last bytes: so it is given as a whole, or it is said how large it is. */
static bool is_empty_file(const struct request *request, CURL *handle)
{
	curl_off_t length = -1;

	if (request->client->is_known)
		return false;
	if (request->code == NO_SUCH_PART)
		return request->has_range && request->state.total == 0;
	return request->code == WHOLE_FILE &&
	       curl_easy_getinfo(handle, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length) == CURLE_OK &&
	       length == 0;
}

/* What is asked for, and of which state of the file. */
static struct curl_slist *list_fields(const struct request *request)
{
	const struct http_client *client = request->client;
	const struct remote_address *address = &client->connections.address;
	struct curl_slist *fields = NULL;
	char condition[HTTP_TAG_SIZE + 16] = "";

	if (client->is_known && is_strong(&client->state))
		snprintf(condition, sizeof(condition), "If-Match: %s", client->state.tag);
	else if (request->known && is_strong(request->known))
		snprintf(condition, sizeof(condition), "If-None-Match: %s", request->known->tag);
	if (condition[0])
		fields = curl_slist_append(fields, condition);
	if (address->is_s3)
		fields = curl_slist_append(fields, "x-amz-content-sha256: " EMPTY_SHA256);
	if (address->token_header)
		fields = curl_slist_append(fields, address->token_header);
	return fields;
}

static CURLcode ask(struct request *request, const struct connection *connection)
{
	CURL *handle = connection->handle;
	struct curl_slist *fields = list_fields(request);
	unsigned long long first = request->offset, size = request->size;
	char range[64];
	CURLcode result;

	if (request->client->is_known)
		snprintf(range, sizeof(range), "%llu-%llu", first, first + size - 1);
	else
		snprintf(range, sizeof(range), "-%llu", size);
	request->connection = connection;
	request->got = request->body_size = 0;
	request->text[0] = 0;
	begin_answer(request, "");
	curl_easy_setopt(handle, CURLOPT_RANGE, range);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, request);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(handle, CURLOPT_WRITEDATA, request);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, request->text);
	result = curl_easy_perform(handle);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
	curl_slist_free_all(fields);
	request->body[request->body_size] = 0;
	return result;
}

/* Whether the answer is that nothing has changed, to who asked for that. */
static bool is_unchanged(const struct request *request)
{
	return request->code == UNCHANGED && request->known && is_strong(request->known);
}

/* One attempt. *again: whether another one may do. */
static enum narc_status attempt(struct request *request, const struct connection *connection,
				bool *again, struct narc_error *error)
{
	CURLcode result = ask(request, connection);

	*again = is_passing(result, request->code);
	if (result == CURLE_OK && ((is_part(request) && request->got == request->size_of_range) ||
				   is_unchanged(request) ||
				   is_empty_file(request, connection->handle)))
		return NARC_OK;
	if (result == CURLE_OK || result == CURLE_WRITE_ERROR)
		return fail_answer(request, error);
	return fail_request(result, request->text, error);
}

static enum narc_status perform(struct request *request, void (*begin)(void *context),
				struct narc_error *error)
{
	struct http_client *client = request->client;
	struct attempts attempts = { .left = client->options.attempts };
	struct connection *connection = connections_take(&client->connections);
	enum narc_status status = NARC_OK;
	bool again = true;

	if (!connection)
		return narc_fail_memory(error);
	while (again && attempts_next(&attempts, request->wait)) {
		if (begin)
			begin(request->context);
		status = attempt(request, connection, &again, error);
		if (status == NARC_OK)
			break;
	}
	connections_give(&client->connections, connection);
	return status;
}

/* ---- the client ----------------------------------------------------------------------------- */

enum narc_status http_client_new(struct remote_address *address,
				 const struct http_client_options *options,
				 struct http_client **out, struct narc_error *error)
{
	struct http_client *client = calloc(1, sizeof(*client));

	*out = client;
	if (!client) {
		remote_address_free(address);
		return narc_fail_memory(error);
	}
	connections_init(&client->connections, address, options->timeout);
	client->options = *options;
	return NARC_OK;
}

void http_client_leave_connections(struct http_client *client)
{
	connections_leave(&client->connections);
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	connections_free(&client->connections);
	free(client);
}

enum narc_status http_client_get_end(struct http_client *client, uint64_t size,
				     const struct http_state *known, http_bytes_fn take,
				     void (*begin)(void *context), void *context,
				     struct http_state *state, struct narc_error *error)
{
	struct request request = { .client = client, .size = size, .known = known, .take = take,
				   .context = context };
	enum narc_status status = perform(&request, begin, error);

	if (status != NARC_OK)
		return status;
	*state = client->state = is_unchanged(&request) ? *known : request.state;
	client->is_known = true;
	return NARC_OK;
}

enum narc_status http_client_get(struct http_client *client, uint64_t offset, uint64_t size,
				 http_bytes_fn take, void (*begin)(void *context), void *context,
				 struct narc_error *error)
{
	struct request request = { .client = client, .offset = offset, .size = size,
				   .take = take, .context = context };

	return perform(&request, begin, error);
}
