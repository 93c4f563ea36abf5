/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/address.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "remote/aws_settings.h"
#include "support/status.h"

static const char s3_scheme[] = "s3://";

static void forget(char *secret)
{
	if (secret)
		explicit_bzero(secret, strlen(secret));
	free(secret);
}

void remote_address_free(struct remote_address *address)
{
	free(address->url);
	free(address->signature);
	forget(address->credentials);
	forget(address->token_header);
	*address = (struct remote_address){ 0 };
}

__attribute__((format(printf, 1, 2))) static char *print(const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vasprintf(&text, format, arguments);
	va_end(arguments);
	return length < 0 ? NULL : text;
}

/* Percent-encodes all but what RFC 3986 calls unreserved, and "/": as it is signed. */
static char *encode_key(const char *key)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = malloc(3 * strlen(key) + 1);
	char *out = encoded;

	for (; encoded && *key; key++) {
		unsigned char byte = (unsigned char)*key;

		if ((byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
		    strchr("-._~/", byte)) {
			*out++ = (char)byte;
			continue;
		}
		*out++ = '%';
		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	if (encoded)
		*out = 0;
	return encoded;
}

/* The name of a bucket may be one of a host, unless a dot in it would make it a host of another
 * certificate. Endpoints that are named have buckets as the first part of a path: all do. */
static char *object_url(const struct aws_settings *settings, const char *bucket,
			size_t bucket_size, const char *region, const char *key)
{
	int size = (int)bucket_size;

	if (settings->endpoint)
		return print("%s/%.*s/%s", settings->endpoint, size, bucket, key);
	if (memchr(bucket, '.', bucket_size))
		return print("https://s3.%s.amazonaws.com/%.*s/%s", region, size, bucket, key);
	return print("https://%.*s.s3.%s.amazonaws.com/%s", size, bucket, region, key);
}

static enum narc_status address_object(struct remote_address *address,
				       const struct aws_settings *settings, const char *text,
				       struct narc_error *error)
{
	const char *bucket = text + strlen(s3_scheme);
	size_t bucket_size = strcspn(bucket, "/");
	const char *region = settings->region ? settings->region : "us-east-1";
	char *key;

	if (bucket_size == 0 || !bucket[bucket_size] || !bucket[bucket_size + 1])
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "an object is named by s3://BUCKET/KEY");
	key = encode_key(bucket + bucket_size + 1);
	address->url = key ? object_url(settings, bucket, bucket_size, region, key) : NULL;
	free(key);
	if (!address->url)
		return narc_fail_memory(error);
	if (!settings->key_id || !settings->secret)
		return NARC_OK;
	address->signature = print("aws:amz:%s:s3", region);
	address->credentials = print("%s:%s", settings->key_id, settings->secret);
	if (settings->token)
		address->token_header = print("x-amz-security-token: %s", settings->token);
	return address->signature && address->credentials &&
			       (address->token_header || !settings->token)
		       ? NARC_OK
		       : narc_fail_memory(error);
}

static bool is_http(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

enum narc_status remote_address_read(struct remote_address *address, const char *text,
				     struct narc_error *error)
{
	struct aws_settings settings;
	enum narc_status status;

	*address = (struct remote_address){ .is_s3 = strncasecmp(text, s3_scheme, 5) == 0 };
	if (address->is_s3) {
		status = aws_settings_read(&settings, error);
		if (status == NARC_OK)
			status = address_object(address, &settings, text, error);
		aws_settings_free(&settings);
		return status;
	}
	if (!is_http(text))
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "an address begins with http://, https:// or s3://");
	if (memchr(strstr(text, "//") + 2, '@', strcspn(strstr(text, "//") + 2, "/?#")))
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "credentials do not belong into an address, where others on "
				 "this machine see them: put them into ~/.netrc");
	address->url = strdup(text);
	return address->url ? NARC_OK : narc_fail_memory(error);
}
