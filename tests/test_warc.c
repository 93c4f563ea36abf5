/* SPDX-License-Identifier: BSD-2-Clause */
/* Records of WARC files, while memory runs out, and with heads that are odd. tests/cli/warc.sh has
 * what comes of whole files. */
#include "support_check.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "exchange/header_fields.h"
#include "exchange/url_path.h"
#include "support_archive.h"
#include "support_memory.h"

/* ---- heads -------------------------------------------------------------------------------- */

static void assert_field(const char *head, const char *name, const char *value)
{
	struct header_field field;

	assert_int_equal(header_field_find(head, strlen(head), name, &field), value != NULL);
	assert_true(!value || header_field_is(&field, value));
}

TEST(fields_are_found_by_their_whole_name)
{
	static const char head[] =
		"HTTP/1.1 200 OK\r\nX-Size: 1\r\nsize : 2\r\nSIZE:3\nSize:4\r\n"
		"Empty:\r\nLast: a b \t\r\n";

	assert_field(head, "Size", "3");
	assert_field(head, "X-Size", "1");
	assert_field(head, "Empty", "");
	assert_field(head, "last", "a b");
	assert_field(head, "Siz", NULL);
	assert_field("Name", "Name", NULL);
	assert_field("Name: cut", "Name", NULL);
	assert_field("", "Name", NULL);
}

TEST(a_head_ends_with_an_empty_line)
{
	static const char *const heads[] = { "A\r\n\r\n", "A: b\n\n", "\r\n", "\n" };
	static const char *const others[] = { "", "A: b\r\n", "A: b\r\nC: d\r\n\r", "A\r\r\n" };

	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		char more[64];

		snprintf(more, sizeof(more), "%s\r\n\r\nbody", heads[i]);
		assert_int_equal(header_size(more, strlen(more)), strlen(heads[i]));
	}
	for (size_t i = 0; i < COUNT_OF(others); i++)
		assert_int_equal(header_size(others[i], strlen(others[i])), 0);
}

TEST(one_of_the_values_of_a_list_is_found)
{
	struct header_field field = { "gzip ,\tChunked", 14 };

	assert_true(header_field_lists(&field, "chunked"));
	assert_true(header_field_lists(&field, "GZIP"));
	assert_false(header_field_lists(&field, "zip"));
	assert_false(header_field_lists(&field, ""));
}

TEST(any_address_becomes_a_path)
{
	struct test_random random = { 1 };

	/* Nothing is read or written outside, which sanitizers see. */
	for (unsigned round = 0; round < 20000; round++) {
		static const char bytes[] = "%%%%//??##@:aEe0c3F9\xc3.";
		char *url = malloc(24);
		size_t size = (size_t)random_below(&random, 23);
		char *path;

		for (size_t i = 0; i < size; i++)
			url[i] = bytes[random_below(&random, sizeof(bytes) - 1)];
		url[size] = 0;
		url = realloc(url, size + 1);
		path = url_path(url);
		assert_non_null(path);
		assert_null(strchr(path, '#'));
		free(path);
		free(url);
	}
}

/* ---- memory ------------------------------------------------------------------------------- */

static const char records[] =
	"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: <http://a.example/%C3%A9/>\r\n"
	"WARC-Date: 2022-01-05T03:04:05Z\r\nContent-Type: application/http;msgtype=response\r\n"
	"Content-Length: 81\r\n\r\n"
	"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	"4\r\nbody\r\n2; extension=1\r\n\nx\r\n0\r\n\r\n\r\n\r\n"
	"WARC/1.0\r\nWARC-Type: revisit\r\nWARC-Target-URI: http://a.example/b\r\n"
	"WARC-Date: 2022-01-06T03:04:05Z\r\nContent-Length: 0\r\n"
	"WARC-Refers-To-Target-URI: http://a.example/%C3%A9/\r\n"
	"WARC-Refers-To-Date: 2022-01-05T03:04:05Z\r\n\r\n\r\n\r\n";

static void write_records(char path[32])
{
	int fd = memfd_create("warc", MFD_CLOEXEC);

	assert_true(fd >= 0 && write(fd, records, strlen(records)) == (ssize_t)strlen(records));
	snprintf(path, 32, "/proc/self/fd/%d", fd);
}

static enum narc_status import(const char *path, struct narc_pack_result *result,
			       struct narc_error *error)
{
	struct narc_pack_options options = plain_options();
	narc_packer *packer = NULL;
	struct narc_sink sink;
	void *packed = NULL;
	size_t size = 0;
	enum narc_status status = narc_packer_new(&options, &packer, error);

	if (status == NARC_OK)
		status = narc_import_archive(packer, path, error);
	if (status == NARC_OK)
		status = narc_memory_sink(&packed, &size, &sink, error);
	if (status == NARC_OK)
		status = narc_packer_commit(packer, sink, result, error);
	narc_packer_free(packer);
	free(packed);
	return status;
}

static bool import_without(uint64_t number, const char *path)
{
	const int64_t held = memory_held();
	struct narc_pack_result result = { 0 };
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = import(path, &result, &error);
	has_failed = memory_has_failed();
	if (status == NARC_OK) {
		assert_int_equal(result.rows, 2);
		assert_int_equal(result.notices, 0);
	} else {
		assert_true(has_failed);
		ASSERT_STATUS(status, NARC_NOMEM, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOMEM);
	}
	assert_true(memory_held() == held);
	return has_failed;
}

TEST(reading_records_survives_the_want_of_any_allocation)
{
	char path[32];
	uint64_t number = 1;

	write_records(path);
	while (import_without(number, path))
		number++;
	assert_true(number > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_found_by_their_whole_name),
		cmocka_unit_test(a_head_ends_with_an_empty_line),
		cmocka_unit_test(one_of_the_values_of_a_list_is_found),
		cmocka_unit_test(any_address_becomes_a_path),
		cmocka_unit_test(reading_records_survives_the_want_of_any_allocation),
	};

	return cmocka_run_group_tests_name("warc", tests, NULL, NULL);
}
