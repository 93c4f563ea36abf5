/* SPDX-License-Identifier: BSD-2-Clause */
/* narc s3 clean: what is left in a store of writing that was not finished. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "libraries.h"
#include "remote.h"
#include "translate.h"

static const char usage[] =
	"usage: narc s3 clean [options] s3://BUCKET/PREFIX\n\n"
	"Lists what writing to keys that begin with PREFIX, which may be empty, has left\n"
	"unfinished in a store: when it was begun, how many parts of what size are there,\n"
	"and the key. A narc that is killed leaves such parts, which nobody sees, but the\n"
	"store keeps, and charges for. Those of a narc that is still writing are listed,\n"
	"too.\n\n"
	"  --remove          remove them, if they were begun a day ago or before\n"
	"  --older-than AGE  list, or remove, only what was begun so long ago: 30m, 12h,\n"
	"                    7d; 0 is all, also what is still written\n"
	"  --quiet           do not tell in the end what there was\n";

enum { OPTION_REMOVE = OPTION_OWN, OPTION_OLDER_THAN };

enum { DAY = 24 * 60 * 60 };

struct cleaning {
	struct remote remote;
	struct narc_remote_options options;
	const char *url;
	size_t bucket_size; /* of the url, up to the "/" behind the bucket */
	bool removes;
	int64_t latest; /* what was begun later is left alone */
	uint64_t count, size;
	enum exit_status status;
};

static bool parse_age(const char *text, int64_t *seconds)
{
	static const struct {
		char unit;
		int64_t seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 60 * 60 }, { 'd', DAY } };
	size_t length = strspn(text, "0123456789");
	char digits[8];
	long number;

	if (length == 0 || length >= sizeof(digits) || (text[length] && text[length + 1]))
		return false;
	memcpy(digits, text, length);
	digits[length] = 0;
	number = strtol(digits, NULL, 10);
	*seconds = 0;
	if (!text[length])
		return number == 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (units[i].unit == text[length]) {
			*seconds = number * units[i].seconds;
			return true;
		}
	}
	return false;
}

static void print_upload(const struct narc_upload *upload)
{
	char date[DATE_TEXT_SIZE], size[SIZE_TEXT_SIZE];
	time_t begun = (time_t)upload->time;
	struct tm local = { 0 };

	localtime_r(&begun, &local);
	printf("%s  %5llu  %10s  ", format_short_date(upload->time + local.tm_gmtoff, date),
	       (unsigned long long)upload->parts, format_size(upload->size, size));
	print_string(stdout, upload->key);
	putchar('\n');
}

/* One that is gone by now was finished, or removed by somebody else. */
static void remove_upload(struct cleaning *cleaning, const struct narc_upload *upload)
{
	size_t size = cleaning->bucket_size + strlen(upload->key) + 2;
	char *url = malloc(size);
	struct narc_error error;
	enum narc_status status;

	if (!url) {
		report("out of memory");
		cleaning->status = EXIT_SYSTEM;
		return;
	}
	snprintf(url, size, "%.*s/%s", (int)cleaning->bucket_size, cleaning->url, upload->key);
	status = cleaning->remote.upload_remove(url, upload->id, &cleaning->options, &error);
	if (status != NARC_OK && status != NARC_NOT_FOUND)
		cleaning->status = report_error(url, &error);
	free(url);
}

/* A narc_upload_fn. */
static bool take_upload(void *context, const struct narc_upload *upload)
{
	struct cleaning *cleaning = context;

	if (upload->time > cleaning->latest)
		return true;
	cleaning->count++;
	cleaning->size += upload->size;
	print_upload(upload);
	if (cleaning->removes)
		remove_upload(cleaning, upload);
	return true;
}

static void tell_result(const struct cleaning *cleaning)
{
	char size[SIZE_TEXT_SIZE];

	if (!wants_summary())
		return;
	print_string(stderr, cleaning->url);
	fputs(": ", stderr);
	fprintf(stderr, _("unfinished: %llu, %s"), (unsigned long long)cleaning->count,
		format_size(cleaning->size, size));
	if (cleaning->count && cleaning->removes)
		fputs(_(", removed"), stderr);
	else if (cleaning->count)
		fputs(_("; --remove removes them"), stderr);
	putc('\n', stderr);
}

static enum exit_status clean(struct cleaning *cleaning)
{
	struct narc_error error;

	if (load_remote(&cleaning->remote, &error) != NARC_OK) {
		report("%s", error.message);
		return EXIT_SYSTEM;
	}
	cleaning->options = remote_options();
	if (cleaning->remote.upload_list(cleaning->url, &cleaning->options, take_upload, cleaning,
					 &error) != NARC_OK)
		return report_remote(cleaning->url, &error);
	if (cleaning->status == EXIT_DONE)
		tell_result(cleaning);
	return cleaning->status;
}

int command_s3(int argc, char **argv)
{
	static const struct option options[] = {
		{ "remove", no_argument, NULL, OPTION_REMOVE },
		{ "older-than", required_argument, NULL, OPTION_OLDER_THAN },
		{ "quiet", no_argument, NULL, OPTION_QUIET },
		HELP_OPTION,
		{ NULL, 0, NULL, 0 },
	};
	struct cleaning cleaning = { .status = EXIT_DONE };
	int64_t age = -1;
	int option;

	while ((option = getopt_long(argc, argv, ":", options, NULL)) != -1) {
		if (option == OPTION_REMOVE) {
			cleaning.removes = true;
		} else if (option == OPTION_OLDER_THAN) {
			if (!parse_age(optarg, &age)) {
				report("--older-than: \"%s\" is no time such as 30m, 12h or 7d",
				       optarg);
				return EXIT_USAGE;
			}
		} else if (!take_progress_option(option)) {
			return show_usage(option, argv, usage);
		}
	}
	if (argc - optind != 2 || strcmp(argv[optind], "clean") != 0)
		return wrong_operands(argv[0], "\"clean\", and an address s3://BUCKET/PREFIX");
	if (age < 0)
		age = cleaning.removes ? DAY : 0;
	cleaning.url = argv[optind + 1];
	cleaning.bucket_size = strlen(cleaning.url);
	if (is_remote(cleaning.url)) {
		const char *bucket = strstr(cleaning.url, "://") + 3;

		cleaning.bucket_size = (size_t)(bucket - cleaning.url) + strcspn(bucket, "/");
	}
	cleaning.latest = age ? (int64_t)time(NULL) - age : INT64_MAX;
	return finish_output(clean(&cleaning));
}
