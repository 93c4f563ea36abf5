/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls on small objects, for tests in shell.
 * usage: s3_object get URL LIMIT                 prints the content, and on standard error the ETag
 *        s3_object put URL CONTENT [REPLACES]    prints the ETag
 *        s3_object delete URL
 *        s3_object list URL [MOST]               prints size, ETag, time and key
 * Exit status: that of the call, as a number. */
#include <newsarc.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct listing {
	unsigned long left;
};

static bool print_object(void *context, const struct narc_object *object)
{
	struct listing *listing = context;

	printf("%llu %s %lld %s\n", (unsigned long long)object->size, object->etag,
	       (long long)object->time, object->key);
	return --listing->left > 0;
}

static enum narc_status get(const char *url, size_t limit, struct narc_error *error)
{
	char etag[NARC_ETAG_SIZE];
	void *data;
	size_t size;
	enum narc_status status = narc_object_get(url, limit, NULL, &data, &size, etag, error);

	if (status != NARC_OK)
		return status;
	fwrite(data, 1, size, stdout);
	fprintf(stderr, "%s\n", etag);
	free(data);
	return NARC_OK;
}

static enum narc_status put(const char *url, const char *content, const char *replaces,
			    struct narc_error *error)
{
	char etag[NARC_ETAG_SIZE];
	enum narc_status status =
		narc_object_put(url, content, strlen(content), replaces, NULL, etag, error);

	if (status == NARC_OK)
		puts(etag);
	return status;
}

int main(int argc, char **argv)
{
	const char *call = argc > 2 ? argv[1] : "", *url = argc > 2 ? argv[2] : "";
	const char *value = argc > 3 ? argv[3] : NULL;
	struct listing listing = { value ? strtoul(value, NULL, 10) : 1000000 };
	struct narc_error error = { .message = "wrong usage" };
	enum narc_status status = NARC_MISUSE;

	if (strcmp(call, "get") == 0 && value)
		status = get(url, strtoul(value, NULL, 10), &error);
	else if (strcmp(call, "put") == 0 && value)
		status = put(url, value, argc > 4 ? argv[4] : NULL, &error);
	else if (strcmp(call, "delete") == 0)
		status = narc_object_delete(url, NULL, &error);
	else if (strcmp(call, "list") == 0)
		status = narc_object_list(url, NULL, print_object, &listing, &error);
	if (status != NARC_OK)
		fprintf(stderr, "%s: %s\n", narc_status_name(status), error.message);
	return (int)status;
}
