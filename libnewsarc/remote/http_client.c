/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/http_client.h"
#include "support/status.h"

#include <curl/curl.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "support/translate.h"

enum { CONNECT_TIMEOUT = 15, REDIRECTS_LIMIT = 5 };

/* The first wait, doubled with each attempt; in milliseconds. */
enum { WAIT_FIRST = 100, WAIT_MOST = 10000 };

enum { BODY_SIZE = 2048 };

/* Of nothing, which is all that is sent. */
#define EMPTY_SHA256 "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/* A connection that no thread uses at the moment. */
struct idle_handle {
	struct idle_handle *next;
	CURL *handle;
};

struct http_client {
	struct remote_address address;
	struct http_client_options options;
	pthread_mutex_t lock;
	struct idle_handle *idle;
	struct idle_handle *left; /* to a parent process */
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

enum { WHOLE_FILE = 200, PART = 206, UNCHANGED = 304, CHANGED = 412, NO_SUCH_PART = 416, TOO_MANY = 429 };

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
	if (strncmp(line, "HTTP/", 5) == 0)
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

/* ---- connections --------------------------------------------------------------------------- */

static void set_options(CURL *handle, const struct http_client *client)
{
	const struct remote_address *address = &client->address;
	const char *authorities = getenv("SSL_CERT_FILE");

	curl_easy_setopt(handle, CURLOPT_URL, address->url);
	curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT, (long)CONNECT_TIMEOUT);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(handle, CURLOPT_LOW_SPEED_TIME, (long)client->options.timeout);
	curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(handle, CURLOPT_BUFFERSIZE, 256L << 10);
	curl_easy_setopt(handle, CURLOPT_USERAGENT, "newsarc");
	/* HTTP/2, where the server has it. Requests at the same time have connections of their own
	 * nevertheless: see bench/NOTES.md. */
	curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
	/* As the program curl does. */
	if (authorities && *authorities)
		curl_easy_setopt(handle, CURLOPT_CAINFO, authorities);
	if (!address->is_s3) {
		curl_easy_setopt(handle, CURLOPT_FOLLOWLOCATION, 1L);
		curl_easy_setopt(handle, CURLOPT_MAXREDIRS, (long)REDIRECTS_LIMIT);
		curl_easy_setopt(handle, CURLOPT_NETRC, (long)CURL_NETRC_OPTIONAL);
		return;
	}
	/* What is signed is what is sent. */
	curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
	if (address->signature) {
		curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, address->signature);
		curl_easy_setopt(handle, CURLOPT_USERPWD, address->credentials);
	}
}

static CURL *take_handle(struct http_client *client)
{
	struct idle_handle *idle;
	CURL *handle = NULL;

	pthread_mutex_lock(&client->lock);
	idle = client->idle;
	if (idle)
		client->idle = idle->next;
	pthread_mutex_unlock(&client->lock);
	if (idle) {
		handle = idle->handle;
		free(idle);
		return handle;
	}
	handle = curl_easy_init();
	if (handle)
		set_options(handle, client);
	return handle;
}

static void give_handle(struct http_client *client, CURL *handle)
{
	struct idle_handle *idle = malloc(sizeof(*idle));

	if (!idle) {
		curl_easy_cleanup(handle);
		return;
	}
	idle->handle = handle;
	pthread_mutex_lock(&client->lock);
	idle->next = client->idle;
	client->idle = idle;
	pthread_mutex_unlock(&client->lock);
}

/* ---- what came of a request ----------------------------------------------------------------- */

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
static const char *advice_for(const struct request *request)
{
	switch (request->code) {
	case 401:
	case 403:
		return request->client->address.is_s3
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

static enum narc_status fail_code(const struct request *request, struct narc_error *error)
{
	char code[64];

	find_element(request->body, "Code", code, sizeof(code));
	return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET, "the server answers %ld%s%s%s",
			 request->code, code[0] ? " " : "", code, advice_for(request));
}

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
	return fail_code(request, error);
}

/* Whether it may do to ask again. */
static bool is_passing(CURLcode result, const struct request *request)
{
	switch (result) {
	case CURLE_OK:
		return request->code >= 500 || request->code == TOO_MANY ||
		       request->code == 408;
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
	struct curl_slist *fields = NULL;
	char condition[HTTP_TAG_SIZE + 16] = "";

	if (client->is_known && is_strong(&client->state))
		snprintf(condition, sizeof(condition), "If-Match: %s", client->state.tag);
	else if (request->known && is_strong(request->known))
		snprintf(condition, sizeof(condition), "If-None-Match: %s", request->known->tag);
	if (condition[0])
		fields = curl_slist_append(fields, condition);
	if (client->address.is_s3)
		fields = curl_slist_append(fields, "x-amz-content-sha256: " EMPTY_SHA256);
	if (client->address.token_header)
		fields = curl_slist_append(fields, client->address.token_header);
	return fields;
}

static CURLcode ask(struct request *request, CURL *handle)
{
	struct curl_slist *fields = list_fields(request);
	unsigned long long first = request->offset, size = request->size;
	char range[64];
	CURLcode result;

	if (request->client->is_known)
		snprintf(range, sizeof(range), "%llu-%llu", first, first + size - 1);
	else
		snprintf(range, sizeof(range), "-%llu", size);
	request->got = request->body_size = 0;
	request->text[0] = 0;
	begin_answer(request, "");
	curl_easy_setopt(handle, CURLOPT_RANGE, range);
	curl_easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
	curl_easy_setopt(handle, CURLOPT_HEADERDATA, request);
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
static enum narc_status attempt(struct request *request, CURL *handle, bool *again,
				struct narc_error *error)
{
	CURLcode result = ask(request, handle);

	*again = is_passing(result, request);
	if (result == CURLE_OK && ((is_part(request) && request->got == request->size_of_range) ||
				   is_unchanged(request) || is_empty_file(request, handle)))
		return NARC_OK;
	if (result == CURLE_OK || result == CURLE_WRITE_ERROR)
		return fail_answer(request, error);
	if (result == CURLE_OUT_OF_MEMORY)
		return narc_fail_memory(error);
	return narc_fail(error, NARC_IO, "remote", NARC_NO_OFFSET, "%s",
			 request->text[0] ? request->text : curl_easy_strerror(result));
}

static void wait_for(unsigned milliseconds)
{
	struct timespec left = { milliseconds / 1000, (long)(milliseconds % 1000) * 1000000 };

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Threads that failed together are not to come back together. */
static unsigned vary(unsigned milliseconds)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return milliseconds / 2 + (unsigned)(now.tv_nsec / 1000) % (milliseconds / 2 + 1);
}

static enum narc_status perform(struct request *request, void (*begin)(void *context),
				struct narc_error *error)
{
	struct http_client *client = request->client;
	CURL *handle = take_handle(client);
	enum narc_status status = NARC_OK;
	unsigned wait = WAIT_FIRST;
	bool again = true;

	if (!handle)
		return narc_fail_memory(error);
	for (unsigned i = 0; i < client->options.attempts && again; i++) {
		if (i) {
			unsigned asked = request->wait > WAIT_MOST / 1000
						 ? WAIT_MOST
						 : (unsigned)request->wait * 1000;

			wait_for(asked > wait ? asked : vary(wait));
			wait = 2 * wait < WAIT_MOST ? 2 * wait : WAIT_MOST;
		}
		if (begin)
			begin(request->context);
		status = attempt(request, handle, &again, error);
		if (status == NARC_OK)
			break;
	}
	give_handle(client, handle);
	return status;
}

/* ---- the client ----------------------------------------------------------------------------- */

static pthread_once_t has_begun = PTHREAD_ONCE_INIT;

static void begin_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

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
	pthread_once(&has_begun, begin_curl);
	pthread_mutex_init(&client->lock, NULL);
	client->address = *address;
	client->options = *options;
	*address = (struct remote_address){ 0 };
	return NARC_OK;
}

static void free_handles(struct idle_handle *idle)
{
	while (idle) {
		struct idle_handle *next = idle->next;

		curl_easy_cleanup(idle->handle);
		free(idle);
		idle = next;
	}
}

void http_client_leave_connections(struct http_client *client)
{
	struct idle_handle **end = &client->left;

	while (*end)
		end = &(*end)->next;
	*end = client->idle;
	client->idle = NULL;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	free_handles(client->idle);
	free_handles(client->left);
	pthread_mutex_destroy(&client->lock);
	remote_address_free(&client->address);
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

bool narc_remote_library_version(size_t index, struct narc_library *library)
{
	if (index > 0)
		return false;
	library->name = "libcurl";
	snprintf(library->version, sizeof(library->version), "%s",
		 curl_version_info(CURLVERSION_NOW)->version);
	return true;
}
