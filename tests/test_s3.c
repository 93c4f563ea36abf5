/* SPDX-License-Identifier: BSD-2-Clause */
/* What is asked of a store of S3, and what it answers, without any store. tests/cli/s3_write.sh has
 * one. */
#include "support_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "remote/digest.h"
#include "remote/s3_listing.h"
#include "remote/upload.h"
#include "remote/xml_answer.h"

/* ---- XML ------------------------------------------------------------------------------------- */

/* Writes "path=text;" for each element. */
static enum narc_status print_element(void *context, const char *path, const char *text,
				      struct narc_error *error)
{
	char *out = context;

	(void)error;
	snprintf(out + strlen(out), 1000 - strlen(out), "%s=%s;", path, text);
	return NARC_OK;
}

static void check_xml(const char *xml, const char *wanted)
{
	char elements[1000] = "";
	struct narc_error error;

	ASSERT_OK(xml_answer_read(xml, strlen(xml), print_element, elements, &error), &error);
	assert_string_equal(elements, wanted);
}

TEST(elements_are_told_with_their_paths_and_own_text)
{
	check_xml("<?xml version=\"1.0\"?><a xmlns=\"http://x\"><b>one</b>\n<b><c/>two</b></a>",
		  "a/b=one;a/b/c=;a/b=two;a=;");
	check_xml("<a><b>&lt;&amp;&#x65b0;<![CDATA[<x>]]></b></a>", "a/b=<&新<x>;a=;");
}

static void refuse_xml(const char *xml, size_t size)
{
	char elements[1000] = "";
	struct narc_error error;

	ASSERT_STATUS(xml_answer_read(xml, size, print_element, elements, &error), NARC_IO, &error);
	ASSERT_ERROR_IS_TOLD(&error, NARC_IO);
}

TEST(what_is_no_answer_is_refused)
{
	static const char *const bad[] = {
		"", "text", "<a>", "<a></b>", "<a/><b/>", "<a>\xff</a>", "{\"a\": 1}", "<a b=c/>",
		"<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
		"<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>",
		"<a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a></a></a>",
	};

	for (size_t i = 0; i < COUNT_OF(bad); i++)
		refuse_xml(bad[i], strlen(bad[i]));
	refuse_xml("<a>\0</a>", 8);
}

TEST(texts_and_names_are_bounded)
{
	enum { SIZE = 3 * XML_TEXT_LIMIT };
	char *xml = malloc(SIZE);

	memset(xml, 'x', SIZE);
	memcpy(xml, "<a>", 3);
	memcpy(xml + SIZE - 4, "</a>", 4);
	refuse_xml(xml, SIZE);
	memset(xml, 'x', SIZE);
	xml[0] = '<';
	memcpy(xml + SIZE - 2, "/>", 2);
	refuse_xml(xml, SIZE);
	free(xml);
}

/* ---- listings -------------------------------------------------------------------------------- */

/* Writes "key size etag time upload;" for each item. */
static enum narc_status print_item(void *context, const struct s3_item *item,
				   struct narc_error *error)
{
	char *out = context;

	(void)error;
	snprintf(out + strlen(out), 1000 - strlen(out), "%s %llu %s %lld %s;", item->key,
		 (unsigned long long)item->size, item->etag, (long long)item->time, item->upload);
	return NARC_OK;
}

/* The items of a page, with "more TOKEN" at the end if it is not the last one. */
static enum narc_status read_page(enum s3_kind kind, const char *prefix, const char *xml,
				  char items[1000], struct narc_error *error)
{
	struct s3_item *item = calloc(1, sizeof(*item));
	char *token = calloc(1, XML_TEXT_LIMIT);
	bool is_last = false;
	enum narc_status status;

	items[0] = 0;
	status = s3_listing_page(kind, prefix, xml, strlen(xml), print_item, items, item, &is_last,
				 token, error);
	if (status == NARC_OK && !is_last)
		snprintf(items + strlen(items), 1000 - strlen(items), "more %s", token);
	free(item);
	free(token);
	return status;
}

TEST(objects_are_listed)
{
	char items[1000];
	struct narc_error error;

	ASSERT_OK(read_page(S3_OBJECTS, "a/",
			    "<ListBucketResult><Name>b</Name><Prefix>a/</Prefix>"
			    "<Contents><Key>a/x+y%2B%E6%96%B0%0A</Key><Size>7</Size><ETag>&quot;e&quot;"
			    "</ETag><LastModified>1970-01-02T00:00:01.000Z</LastModified><Owner><ID>i"
			    "</ID></Owner></Contents>"
			    "<Contents><Key>a/z%zz%4</Key></Contents>"
			    "<EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>"
			    "<NextContinuationToken>t+%41</NextContinuationToken></ListBucketResult>",
			    items, &error),
		  &error);
	assert_string_equal(items, "a/x y+新\n 7 \"e\" 86401 ;a/z%zz%4 0  0 ;more t+%41");
}

TEST(keys_that_are_not_encoded_stay_as_they_are)
{
	char items[1000];
	struct narc_error error;

	ASSERT_OK(read_page(S3_OBJECTS, "",
			    "<ListBucketResult><Contents><Key>a+%41</Key></Contents>"
			    "<IsTruncated>false</IsTruncated></ListBucketResult>",
			    items, &error),
		  &error);
	assert_string_equal(items, "a+%41 0  0 ;");
}

TEST(uploads_are_listed)
{
	char items[1000];
	struct narc_error error;

	ASSERT_OK(read_page(S3_UPLOADS, "",
			    "<ListMultipartUploadsResult><Upload><Key>a</Key><UploadId>2~x</UploadId>"
			    "<Initiated>1970-01-01T00:01:00Z</Initiated></Upload>"
			    "</ListMultipartUploadsResult>",
			    items, &error),
		  &error);
	assert_string_equal(items, "a 0  60 2~x;");
}

TEST(listings_of_something_else_are_refused)
{
	char items[1000];
	struct narc_error error;

	ASSERT_STATUS(read_page(S3_OBJECTS, "a/",
				"<ListBucketResult><Contents><Key>b</Key></Contents>"
				"</ListBucketResult>",
				items, &error),
		      NARC_IO, &error);
	ASSERT_STATUS(read_page(S3_OBJECTS, "", "<html><p/></html>", items, &error), NARC_IO,
		      &error);
	ASSERT_STATUS(read_page(S3_UPLOADS, "", "<ListBucketResult/>", items, &error), NARC_IO,
		      &error);
	assert_string_equal(items, "");
}

TEST(times_are_read)
{
	assert_int_equal(s3_time("2022-01-05T11:01:51.000Z"), 1641380511);
	assert_int_equal(s3_time("yesterday"), 0);
	assert_int_equal(s3_time(""), 0);
}

/* ---- hashes ---------------------------------------------------------------------------------- */

TEST(hashes_are_those_of_md5sum_and_sha256sum)
{
	const struct payload payload = { .data = "abc", .size = 3 };
	struct digests digests;
	struct narc_error error;
	char etag[ETAG_TEXT_SIZE];

	ASSERT_OK(digests_make(&payload, &digests, &error), &error);
	assert_string_equal(digests.md5_text, "kAFQmDzST7DWlj99KOF/cg==");
	assert_string_equal(digests.sha256_text,
			    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	etag_of_md5(digests.md5, etag);
	assert_string_equal(etag, "\"900150983cd24fb0d6963f7d28e17f72\"");
	/* printf 900150983cd24fb0d6963f7d28e17f72 | xxd -r -p | md5sum */
	ASSERT_OK(etag_of_parts(digests.md5, 1, etag, &error), &error);
	assert_string_equal(etag, "\"af5da9f45af7a300e3aded972f8ff687-1\"");
}

/* ---- parts ----------------------------------------------------------------------------------- */

TEST(parts_are_as_large_as_stores_take_them)
{
	const uint64_t least = 5 << 20, most = UINT64_C(5) << 30;
	uint64_t all = 0, before = 0;

	for (unsigned number = 1; number <= PART_LIMIT; number++) {
		uint64_t size = part_size(number);

		assert_true(size >= least && size <= most && size >= before);
		before = size;
		all += size;
	}
	assert_true(all >= UINT64_C(5) << 40);
	/* Some stores want all parts to be of one size: of archives that are not huge, they are. */
	assert_int_equal(part_size(1), part_size(1000));
}

/* ---- addresses ------------------------------------------------------------------------------- */

static void check_bucket(const char *text, const char *url, const char *prefix)
{
	struct remote_address address;
	char *found = NULL;
	struct narc_error error;

	ASSERT_OK(remote_address_read_bucket(&address, text, &found, &error), &error);
	assert_string_equal(address.url, url);
	assert_string_equal(found, prefix);
	free(found);
	remote_address_free(&address);
}

TEST(buckets_and_prefixes_are_told_apart)
{
	struct remote_address address;
	char *prefix = NULL;
	struct narc_error error;

	setenv("HOME", "/nowhere", 1);
	setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1/", 1);
	check_bucket("s3://b", "http://127.0.0.1:1/b/", "");
	check_bucket("s3://b/", "http://127.0.0.1:1/b/", "");
	check_bucket("S3://b/x y/", "http://127.0.0.1:1/b/", "x y/");
	ASSERT_STATUS(remote_address_read_bucket(&address, "http://b/x", &prefix, &error),
		      NARC_MISUSE, &error);
	remote_address_free(&address);
	ASSERT_STATUS(remote_address_read_bucket(&address, "s3:///x", &prefix, &error),
		      NARC_MISUSE, &error);
	remote_address_free(&address);
	unsetenv("AWS_ENDPOINT_URL");
}

TEST(texts_are_encoded_as_they_are_signed)
{
	char *encoded = percent_encode("a/b +~%新", "");

	assert_string_equal(encoded, "a%2Fb%20%2B~%25%E6%96%B0");
	free(encoded);
	encoded = percent_encode("a/b", "/");
	assert_string_equal(encoded, "a/b");
	free(encoded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_are_told_with_their_paths_and_own_text),
		cmocka_unit_test(what_is_no_answer_is_refused),
		cmocka_unit_test(texts_and_names_are_bounded),
		cmocka_unit_test(objects_are_listed),
		cmocka_unit_test(keys_that_are_not_encoded_stay_as_they_are),
		cmocka_unit_test(uploads_are_listed),
		cmocka_unit_test(listings_of_something_else_are_refused),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(hashes_are_those_of_md5sum_and_sha256sum),
		cmocka_unit_test(parts_are_as_large_as_stores_take_them),
		cmocka_unit_test(buckets_and_prefixes_are_told_apart),
		cmocka_unit_test(texts_are_encoded_as_they_are_signed),
	};

	return cmocka_run_group_tests_name("s3", tests, NULL, NULL);
}
