/* SPDX-License-Identifier: BSD-2-Clause */
/* Answers of pages in moments that a server seldom is in. */
#include "support_check.h"

#include <microhttpd.h>
#include <string.h>

#include "serve/routes.h"
#include "serve/subjects.h"
#include "serve/walk.h"
#include "faulty_io.h"
#include "support_archive.h"

/* Nothing was counted yet. */
struct catalog *__wrap_archives_catalog(struct archives *archives, bool *is_current);

struct catalog *__wrap_archives_catalog(struct archives *archives, bool *is_current)
{
	(void)archives;
	*is_current = false;
	return NULL;
}

TEST(a_name_that_may_be_counted_yet_is_to_be_asked_for_again)
{
	static const char *const targets[] = { "/tag/x", "/category/x", "/api/posts?tag=x" };

	for (size_t i = 0; i < COUNT_OF(targets); i++) {
		struct visit visit = { .is_api = is_api_target(targets[i]),
				       .reply = { .status = MHD_HTTP_OK } };

		assert_int_equal(target_parse(targets[i], &visit.target), TARGET_OK);
		route(&visit);
		assert_int_equal(visit.reply.status, MHD_HTTP_SERVICE_UNAVAILABLE);
		assert_true(visit.reply.retry_after > 0);
		visit_end(&visit);
	}
}

TEST(a_walk_that_fails_tells_which_archive_cannot_be_read)
{
	const struct given_file file = given_text("2022-01-01-a.md", "---\ntitle: a\n---\n");
	struct packed packed = pack_files(NULL, &file, 1);

	for (size_t failing = 0; failing < 3; failing++) {
		struct faulty_io io[3];
		narc_archive *archives[3];
		const struct narc_record *record;
		struct narc_filter filter;
		struct narc_error error = { 0 };
		struct walk *walk;

		for (size_t i = 0; i < 3; i++) {
			faulty_io_init(&io[i]);
			ASSERT_OK(narc_archive_open(faulty_memory_source(&io[i], packed.data,
									 packed.size),
						    &archives[i], &error),
				  &error);
		}
		faulty_io_fail(&io[failing], IO_SOURCE_READ, 1, NARC_IO);
		narc_filter_init(&filter);
		walk = walk_new(archives, 3, &filter);
		assert_non_null(walk);
		assert_int_equal(walk_next(walk, &record, &error), NARC_IO);
		assert_int_equal(walk_archive(walk), failing);
		walk_close(walk);
		for (size_t i = 0; i < 3; i++)
			narc_archive_close(archives[i]);
	}
	packed_free(&packed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_that_may_be_counted_yet_is_to_be_asked_for_again),
		cmocka_unit_test(a_walk_that_fails_tells_which_archive_cannot_be_read),
	};

	return cmocka_run_group_tests_name("serve_visits", tests, NULL, NULL);
}
