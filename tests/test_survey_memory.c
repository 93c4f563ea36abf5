/* SPDX-License-Identifier: BSD-2-Clause */
/* Surveys while memory runs out, at every place where it is asked for: what is printed is right, or
 * it is told, and nothing stays behind. */
#include "support_check.h"

#include <string.h>

#include "support_memory.h"
#include "support_survey.h"

enum { TEXT_SIZE = 1 << 16 };

/* Leaves what is printed, with a NUL, in text. */
static enum narc_status survey_packed(const struct packed *packed, enum survey_format format,
				      unsigned threads, char text[TEXT_SIZE],
				      struct narc_error *error)
{
	const struct survey_options options = { .threads = threads };
	FILE *out = fmemopen(text, TEXT_SIZE, "w");
	narc_archive *archive = NULL;
	struct narc_source source;
	enum narc_status status = narc_memory_source(packed->data, packed->size, &source, error);

	if (status == NARC_OK)
		status = narc_archive_open(source, &archive, error);
	if (status == NARC_OK)
		status = survey_and_print(archive, format, &options, out, error);
	narc_archive_close(archive);
	assert_int_equal(fclose(out), 0);
	return status;
}

/* Whether an allocation failed. */
static bool survey_without(uint64_t number, const struct packed *packed,
			   enum survey_format format, unsigned threads, const char *wanted)
{
	static char text[TEXT_SIZE];
	const int64_t held = memory_held();
	struct narc_error error = { 0 };
	enum narc_status status;
	bool has_failed;

	memory_fail(number);
	status = survey_packed(packed, format, threads, text, &error);
	has_failed = memory_has_failed();
	if (status != NARC_OK) {
		assert_true(has_failed);
		ASSERT_STATUS(status, NARC_NOMEM, &error);
		ASSERT_ERROR_IS_TOLD(&error, NARC_NOMEM);
	} else {
		/* Some things can be done without what cannot be had. */
		assert_string_equal(text, wanted);
	}
	assert_true(memory_held() == held);
	return has_failed;
}

static void assert_surveying_survives(unsigned threads)
{
	struct packed packed = make_surveyed();

	for (enum survey_format format = SURVEY_TEXT; format < SURVEY_FORMATS; format++) {
		static char wanted[TEXT_SIZE];
		uint64_t number = 1;

		memory_fail(0);
		ASSERT_OK(survey_packed(&packed, format, threads, wanted, NULL), NULL);
		assert_true(strlen(wanted) > 1000);
		while (survey_without(number, &packed, format, threads, wanted))
			number++;
		assert_true(number > 30);
	}
	packed_free(&packed);
}

TEST(surveying_survives_the_want_of_any_allocation)
{
	assert_surveying_survives(1);
}

TEST(surveying_on_several_threads_survives_the_want_of_any_allocation)
{
	assert_surveying_survives(3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(surveying_survives_the_want_of_any_allocation),
		cmocka_unit_test(surveying_on_several_threads_survives_the_want_of_any_allocation),
	};

	return cmocka_run_group_tests_name("survey_memory", tests, NULL, NULL);
}
