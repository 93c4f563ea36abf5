/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/s3_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>

#include "support/status.h"

enum { TIMEOUT = 30, ATTEMPTS = 6 };

/* Of nothing. */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

enum { FIELD_SIZE = NARC_ETAG_SIZE + 64 };

/* ---- one request --------------------------------------------------------------------------- */

struct exchange {
	struct s3_client *client;
	const struct connection *connection; /* at work */
	const struct s3_request *request;
	struct s3_answer *answer;
	uint64_t sent;
	long wait; /* seconds that the server asks for */
	bool has_head; /* all of it: to curl it may end anywhere */
	bool is_too_long;
	char text[CURL_ERROR_SIZE];
	struct narc_error error; /* of reading what is to be sent */
};

static void begin_answer(struct exchange *exchange, const char *line)
{
	struct s3_answer *answer = exchange->answer;
	const char *space = strchr(line, ' ');

	answer->code = space ? strtol(space, NULL, 10) : 0;
	answer->etag[0] = answer->mark[0] = 0;
	answer->has_md5 = true;
	answer->size = 0;
	exchange->wait = 0;
	exchange->has_head = false;
	byte_buffer_clear(&answer->body);
}

/* Whether a line is the field of this name; then its value, which is cut to room bytes. */
static bool take_field(const char *line, const char *name, char *value, size_t room)
{
	size_t length = strlen(name);

	if (strncasecmp(line, name, length) != 0 || line[length] != ':')
		return false;
	line += length + 1;
	line += strspn(line, " \t");
	snprintf(value, room, "%.*s", (int)strcspn(line, "\r\n"), line);
	return true;
}

static void end_head(struct exchange *exchange)
{
	exchange->has_head = true;
	connection_acknowledge(exchange->connection);
}

static size_t take_header(char *bytes, size_t unit, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct s3_answer *answer = exchange->answer;
	char line[2 * NARC_ETAG_SIZE], value[32];

	snprintf(line, sizeof(line), "%.*s", (int)(unit * count), bytes);
	if (strncmp(line, "HTTP/", 5) == 0)
		begin_answer(exchange, line);
	else if (strcspn(line, "\r\n") == 0)
		end_head(exchange);
	else if (take_field(line, "Retry-After", value, sizeof(value)))
		exchange->wait = strtol(value, NULL, 10);
	else if (take_field(line, "Content-Length", value, sizeof(value)))
		answer->size = strtoull(value, NULL, 10);
	else if (take_field(line, "x-amz-server-side-encryption", value, sizeof(value)))
		answer->has_md5 &= strcmp(value, "AES256") == 0;
	else if (take_field(line, "x-amz-server-side-encryption-customer-algorithm", value,
			    sizeof(value)))
		answer->has_md5 = false;
	else if (!take_field(line, "ETag", answer->etag, sizeof(answer->etag)))
		take_field(line, S3_MARK_FIELD, answer->mark, sizeof(answer->mark));
	return unit * count;
}

static size_t take_body(char *bytes, size_t unit, size_t count, void *context)
{
	struct exchange *exchange = context;
	struct byte_buffer *body = &exchange->answer->body;
	size_t size = unit * count;

	if (size > exchange->request->limit - body->size) {
		exchange->is_too_long = true;
		return 0;
	}
	byte_buffer_append(body, bytes, size);
	return body->failed ? 0 : size;
}

static size_t give_payload(char *bytes, size_t unit, size_t count, void *context)
{
	struct exchange *exchange = context;
	const struct payload *payload = exchange->request->payload;
	uint64_t left = payload ? payload->size - exchange->sent : 0;
	size_t size = unit * count < left ? unit * count : (size_t)left;

	if (size == 0)
		return 0;
	if (payload_read(payload, exchange->sent, bytes, size, &exchange->error) != NARC_OK)
		return CURL_READFUNC_ABORT;
	exchange->sent += size;
	return size;
}

/* Where a connection broke that was used before, curl begins again. */
static int go_to(void *context, curl_off_t place, int origin)
{
	struct exchange *exchange = context;

	if (origin != SEEK_SET || place < 0)
		return CURL_SEEKFUNC_FAIL;
	exchange->sent = (uint64_t)place;
	return CURL_SEEKFUNC_OK;
}

static int is_ended(void *context, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const struct exchange *exchange = context;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return !exchange->request->is_after_end && atomic_load(&exchange->client->ended);
}

/* Appends "name: value", if there is a value. False if there is no memory. */
static bool add_field(struct curl_slist **fields, const char *name, const char *value)
{
	char field[FIELD_SIZE];
	struct curl_slist *longer;

	if (!value)
		return true;
	snprintf(field, sizeof(field), "%s%s%s", name, *name ? ": " : "", value);
	longer = curl_slist_append(*fields, field);
	if (longer)
		*fields = longer;
	return longer;
}

static bool list_fields(const struct exchange *exchange, struct curl_slist **fields)
{
	const struct s3_request *request = exchange->request;
	const char *token = exchange->client->connections.address.token_header;
	struct curl_slist *longer;

	if (!add_field(fields, "x-amz-content-sha256",
		       request->digests ? request->digests->sha256_text : EMPTY_SHA256) ||
	    !add_field(fields, "Content-MD5",
		       request->digests ? request->digests->md5_text : NULL) ||
	    !add_field(fields, "", request->condition) ||
	    !add_field(fields, S3_MARK_FIELD, request->mark))
		return false;
	/* A token may be of any length. */
	longer = token ? curl_slist_append(*fields, token) : *fields;
	if (longer)
		*fields = longer;
	return longer;
}

static bool set_url(CURL *handle, const struct exchange *exchange)
{
	const struct s3_request *request = exchange->request;
	const char *url = exchange->client->connections.address.url;
	char *key = percent_encode(request->key ? request->key : "", "/");
	char *whole = NULL;

	if (key && asprintf(&whole, "%s%s%s%s", url, key, request->query ? "?" : "",
			    request->query ? request->query : "") < 0)
		whole = NULL;
	free(key);
	if (!whole)
		return false;
	curl_easy_setopt(handle, CURLOPT_URL, whole); /* which copies it */
	free(whole);
	return true;
}

static void set_method(CURL *handle, struct exchange *exchange)
{
	const struct s3_request *request = exchange->request;
	bool sends = strcmp(request->method, "PUT") == 0 || strcmp(request->method, "POST") == 0;
	uint64_t size = request->payload ? request->payload->size : 0;

	if (strcmp(request->method, "HEAD") == 0) {
		curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
		return;
	}
	curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request->method);
	if (!sends)
		return;
	curl_easy_setopt(handle, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(handle, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
	curl_easy_setopt(handle, CURLOPT_INFILESIZE_LARGE, (curl_off_t)size);
	curl_easy_setopt(handle, CURLOPT_READFUNCTION, give_payload);
	curl_easy_setopt(handle, CURLOPT_READDATA, exchange);
	curl_easy_setopt(handle, CURLOPT_SEEKFUNCTION, go_to);
	curl_easy_setopt(handle, CURLOPT_SEEKDATA, exchange);
}

static CURLcode ask(struct exchange *exchange, const struct connection *connection)
{
	CURL *handle = connection->handle;
	struct curl_slist *fields = NULL;
	CURLcode result = CURLE_OUT_OF_MEMORY;

	exchange->connection = connection;
	exchange->sent = 0;
	exchange->text[0] = 0;
	exchange->is_too_long = false;
	exchange->error.status = NARC_OK;
	begin_answer(exchange, "");
	if (list_fields(exchange, &fields) && set_url(handle, exchange)) {
		set_method(handle, exchange);
		curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
		curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
		curl_easy_setopt(handle, CURLOPT_HEADERDATA, exchange);
		curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
		curl_easy_setopt(handle, CURLOPT_WRITEDATA, exchange);
		curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, exchange->text);
		curl_easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
		curl_easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, is_ended);
		curl_easy_setopt(handle, CURLOPT_XFERINFODATA, exchange);
		result = curl_easy_perform(handle);
		curl_easy_setopt(handle, CURLOPT_HTTPHEADER, NULL);
		curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, NULL);
	}
	curl_slist_free_all(fields);
	return result == CURLE_OK && !exchange->has_head ? CURLE_PARTIAL_FILE : result;
}

/* ---- what came of it ------------------------------------------------------------------------- */

static enum narc_status fail_ended(struct narc_error *error)
{
	return narc_fail(error, NARC_CANCELLED, "remote", NARC_NO_OFFSET, "it was ended");
}

/* A late answer begins before it is known how it goes on. */
static void take_late_failure(const struct s3_request *request, struct s3_answer *answer)
{
	const char *body = (const char *)answer->body.data;

	if (request->is_late && answer->code == S3_OK && strstr(body, "<Error>"))
		answer->code = 500;
}

/* What was damaged or cut off on its way is refused by these names. */
static bool is_garbled(const struct s3_answer *answer)
{
	static const char *const codes[] = { "<Code>BadDigest<", "<Code>XAmzContentSHA256Mismatch<",
					     "<Code>IncompleteBody<", "<Code>RequestTimeout<" };

	for (size_t i = 0; answer->code == 400 && i < sizeof(codes) / sizeof(codes[0]); i++)
		if (strstr((const char *)answer->body.data, codes[i]))
			return true;
	return false;
}

/* One attempt. *again: whether another one may do. */
static enum narc_status attempt(struct exchange *exchange, const struct connection *connection,
				bool *again, struct narc_error *error)
{
	const struct s3_request *request = exchange->request;
	struct s3_answer *answer = exchange->answer;
	CURLcode result = ask(exchange, connection);

	*again = false;
	byte_buffer_append_u8(&answer->body, 0);
	if (answer->body.failed)
		return narc_fail_memory(error);
	answer->body.size--;
	if (exchange->is_too_long)
		return narc_fail(error, NARC_LIMIT, "remote", NARC_NO_OFFSET,
				 "the server answers with more than the %zu bytes that are allowed",
				 request->limit);
	if (result == CURLE_ABORTED_BY_CALLBACK && exchange->error.status != NARC_OK) {
		if (error)
			*error = exchange->error;
		return exchange->error.status;
	}
	if (result == CURLE_ABORTED_BY_CALLBACK)
		return fail_ended(error);
	if (result == CURLE_OK)
		take_late_failure(request, answer);
	*again = is_passing(result, answer->code) ||
		 (result == CURLE_OK &&
		  (is_garbled(answer) || (request->condition && answer->code == S3_CONFLICT)));
	if (result != CURLE_OK)
		return fail_request(result, exchange->text, error);
	return *again ? s3_fail(exchange->client, answer, error) : NARC_OK;
}

enum narc_status s3_perform(struct s3_client *client, const struct s3_request *request,
			    struct s3_answer *answer, struct narc_error *error)
{
	struct exchange exchange = { .client = client, .request = request, .answer = answer };
	struct attempts attempts = { .left = client->attempts,
				     .ended = request->is_after_end ? NULL : &client->ended };
	enum narc_status status = NARC_CANCELLED;
	bool again = true;
	struct connection *connection;

	*answer = (struct s3_answer){ 0 };
	fail_ended(error);
	while (again && attempts_next(&attempts, exchange.wait)) {
		connection = connections_take(&client->connections);
		if (!connection)
			return narc_fail_memory(error);
		status = attempt(&exchange, connection, &again, error);
		connections_give(&client->connections, connection);
		answer->was_unsure |= again;
	}
	return status;
}

void s3_answer_free(struct s3_answer *answer)
{
	byte_buffer_free(&answer->body);
}

enum narc_status s3_fail(const struct s3_client *client, const struct s3_answer *answer,
			 struct narc_error *error)
{
	const char *body = answer->body.data ? (const char *)answer->body.data : "";
	enum narc_status status = fail_code(&client->connections.address, answer->code, body, error);
	bool is_gone = answer->code == S3_NOT_FOUND &&
		       (!body[0] || strstr(body, "NoSuchKey") || strstr(body, "NoSuchUpload"));

	if (is_gone)
		status = NARC_NOT_FOUND;
	else if (answer->code == S3_CONDITION_FAILED)
		status = NARC_EXISTS;
	if (error)
		error->status = status;
	return status;
}

enum narc_status s3_head(struct s3_client *client, struct s3_answer *answer,
			 struct narc_error *error)
{
	const struct s3_request request = { .method = "HEAD", .limit = S3_ANSWER_LIMIT };
	enum narc_status status = s3_perform(client, &request, answer, error);

	return status == NARC_OK && answer->code != S3_OK ? s3_fail(client, answer, error) : status;
}

enum narc_status s3_mark_make(char mark[S3_MARK_SIZE], struct narc_error *error)
{
	uint8_t bytes[(S3_MARK_SIZE - 1) / 2];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes))
		return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET,
				 "the system gives no random bytes");
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(mark + 2 * i, 3, "%02x", bytes[i]);
	return NARC_OK;
}

/* ---- the client ----------------------------------------------------------------------------- */

static void begin_client(struct s3_client *client, struct remote_address *address,
			 const struct narc_remote_options *options)
{
	bool has_timeout = options && options->timeout, has_attempts = options && options->attempts;

	connections_init(&client->connections, address, has_timeout ? options->timeout : TIMEOUT);
	client->attempts = has_attempts ? options->attempts : ATTEMPTS;
	atomic_init(&client->ended, false);
}

enum narc_status s3_client_init(struct s3_client *client, const char *url,
				const struct narc_remote_options *options,
				struct narc_error *error)
{
	struct remote_address address;
	enum narc_status status = remote_address_read(&address, url, error);

	if (status == NARC_OK && !address.is_s3)
		status = narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				   "what is on a server of HTTP can only be read: objects that can "
				   "be written are named by s3://BUCKET/KEY");
	if (status == NARC_OK)
		begin_client(client, &address, options);
	else
		remote_address_free(&address);
	return status;
}

enum narc_status s3_client_init_bucket(struct s3_client *client, const char *url,
				       const struct narc_remote_options *options, char **prefix,
				       struct narc_error *error)
{
	struct remote_address address;
	enum narc_status status = remote_address_read_bucket(&address, url, prefix, error);

	if (status == NARC_OK)
		begin_client(client, &address, options);
	else
		remote_address_free(&address);
	return status;
}

void s3_client_free(struct s3_client *client)
{
	connections_free(&client->connections);
}
