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
	free(address->key_id);
	forget(address->secret);
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

char *percent_encode(const char *text, const char *spared)
{
	static const char digits[] = "0123456789ABCDEF";
	char *encoded = malloc(3 * strlen(text) + 1);
	char *out = encoded;

	for (; encoded && *text; text++) {
		unsigned char byte = (unsigned char)*text;

		if ((byte >= '0' && byte <= '9') ||
		    ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') ||
		    strchr("-._~", byte) || strchr(spared, byte)) {
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

static enum narc_status take_credentials(struct remote_address *address,
					 const struct aws_settings *settings, const char *region,
					 struct narc_error *error)
{
	if (!settings->key_id || !settings->secret)
		return NARC_OK;
	address->signature = print("aws:amz:%s:s3", region);
	address->key_id = strdup(settings->key_id);
	address->secret = strdup(settings->secret);
	if (settings->token)
		address->token_header = print("x-amz-security-token: %s", settings->token);
	return address->signature && address->key_id && address->secret &&
			       (address->token_header || !settings->token)
		       ? NARC_OK
		       : narc_fail_memory(error);
}

/* The URL of key in the bucket, which is so many bytes long. */
static enum narc_status address_object(struct remote_address *address, const char *bucket,
				       size_t bucket_size, const char *key,
				       struct narc_error *error)
{
	struct aws_settings settings;
	enum narc_status status = aws_settings_read(&settings, error);
	const char *region = settings.region ? settings.region : "us-east-1";
	char *encoded = percent_encode(key, "/");

	if (status == NARC_OK && encoded)
		address->url = object_url(&settings, bucket, bucket_size, region, encoded);
	free(encoded);
	if (status == NARC_OK)
		status = address->url ? take_credentials(address, &settings, region, error)
				      : narc_fail_memory(error);
	aws_settings_free(&settings);
	return status;
}

static bool is_s3(const char *text)
{
	return strncasecmp(text, s3_scheme, strlen(s3_scheme)) == 0;
}

static enum narc_status read_object(struct remote_address *address, const char *text,
				    struct narc_error *error)
{
	const char *bucket = text + strlen(s3_scheme);
	size_t bucket_size = strcspn(bucket, "/");

	if (bucket_size == 0 || !bucket[bucket_size] || !bucket[bucket_size + 1])
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "an object is named by s3://BUCKET/KEY");
	return address_object(address, bucket, bucket_size, bucket + bucket_size + 1, error);
}

enum narc_status remote_address_read_bucket(struct remote_address *address, const char *text,
					    char **prefix, struct narc_error *error)
{
	const char *bucket = text + strlen(s3_scheme);
	size_t bucket_size = is_s3(text) ? strcspn(bucket, "/") : 0;
	enum narc_status status;

	*address = (struct remote_address){ .is_s3 = true };
	if (bucket_size == 0)
		return narc_fail(error, NARC_MISUSE, "remote", NARC_NO_OFFSET,
				 "objects in a store are named by s3://BUCKET/PREFIX");
	status = address_object(address, bucket, bucket_size, "", error);
	if (status != NARC_OK)
		return status;
	*prefix = strdup(bucket + bucket_size + (bucket[bucket_size] == '/'));
	return *prefix ? NARC_OK : narc_fail_memory(error);
}

static bool is_http(const char *text)
{
	return strncasecmp(text, "http://", 7) == 0 || strncasecmp(text, "https://", 8) == 0;
}

enum narc_status remote_address_read(struct remote_address *address, const char *text,
				     struct narc_error *error)
{
	*address = (struct remote_address){ .is_s3 = is_s3(text) };
	if (address->is_s3)
		return read_object(address, text, error);
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
