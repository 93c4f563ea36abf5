// SPDX-License-Identifier: BSD-2-Clause
/*
 * make_posts - write sample posts of a newsroom, for tests and benchmarks
 *
 * 2 % of the posts come a second time as a copy, 4 % as an edited revision, both in old_post/.
 * Ten million posts need --per-day 125 or more, or they would outlast the dates of ustar.
 */
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "post_text.h"
#include "random.h"

#define TAR_BLOCK	512
#define PIPE_SIZE	(1 << 20)
#define DAY_SECONDS	86400
#define ZONE_SECONDS	(8 * 3600)	/* the newsroom's clock is at UTC+8 */
#define LAST_DAY	99419		/* in 2242: a ustar header has no room for later times */
#define COPIES		2		/* % of posts */
#define REVISIONS	4		/* % of posts */

static struct {
	struct newsroom newsroom;
	uint64_t count;
	bool tar;
} options = { .newsroom = { .seed = 1, .start = 18993 /* 2022-01-01 */, .per_day = 12 } };

static void put_octal(char *field, size_t digits, uint64_t n)
{
	for (; digits--; n >>= 3)
		field[digits] = (char)('0' + (n & 7));
}

/* A member of a POSIX ustar archive. */
static void write_member(const char *name, time_t mtime, const char *data, size_t size)
{
	static const char padding[TAR_BLOCK];
	struct {
		char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], checksum[8];
		char type, link[100], magic[6], version[2], rest[247];
	} h = { .mode = "0000644", .uid = "0000000", .gid = "0000000", .checksum = "        ",
		.type = '0', .magic = "ustar", .version = "00" };
	uint32_t sum = 0;

	strcpy(h.name, name);
	put_octal(h.size, 11, size);
	put_octal(h.mtime, 11, (uint64_t)mtime);
	for (size_t i = 0; i < sizeof(h); i++)
		sum += ((const unsigned char *)&h)[i];
	put_octal(h.checksum, 7, sum);
	fwrite(&h, sizeof(h), 1, stdout);
	fwrite(data, size, 1, stdout);
	fwrite(padding, -size % TAR_BLOCK, 1, stdout);
	if (ferror(stdout))
		err(1, "standard output");
}

static void write_file(const char *name, time_t mtime, const char *data, size_t size)
{
	const struct timespec times[2] = { { .tv_sec = mtime }, { .tv_sec = mtime } };
	FILE *f = fopen(name, "w");

	if (!f || fwrite(data, size, 1, f) != 1 || fclose(f) ||
	    utimensat(AT_FDCWD, name, times, 0))
		err(1, "%s", name);
}

static void write_post(const struct post *post, const char *folder)
{
	static char data[POST_TEXT_MAX];
	size_t size = write_post_text(post, data);
	time_t delay = (post->edit ? 600 : 60) + (time_t)(post->seed % 540);
	time_t mtime = post->time - ZONE_SECONDS + delay;
	char name[100];

	sprintf(name, "%s/%s-%s.md", folder, post->date, post->code);
	(options.tar ? write_member : write_file)(name, mtime, data, size);
}

static void write_posts(void)
{
	uint64_t number = 0, files = 0;

	while (files < options.count) {
		struct post post = plan_post(&options.newsroom, number++);
		uint32_t fate = (uint32_t)(post.seed >> 32) % 100;

		write_post(&post, "_posts");
		files++;
		if (fate >= COPIES + REVISIONS || files == options.count)
			continue;
		post.edit = fate < COPIES ? 0 : mix(post.seed);
		write_post(&post, "old_post");
		files++;
	}
}

static void usage(void)
{
	fputs("usage: make_posts [--seed N] [--per-day N] [--start YYYY-MM-DD] --tar COUNT\n"
	      "       make_posts [--seed N] [--per-day N] [--start YYYY-MM-DD] COUNT DIR\n",
	      stderr);
	exit(2);
}

static uint64_t parse_number(const char *text, uint64_t min, uint64_t max)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || n < min || n > max)
		usage();
	return n;
}

/* In days since 1970-01-01; not that day itself, which begins before it in UTC. */
static uint64_t parse_date(const char *text)
{
	struct tm tm = { 0 };
	const char *end = strptime(text, "%F", &tm);
	int mday = tm.tm_mday;
	time_t day = timegm(&tm) / DAY_SECONDS;

	if (!end || *end || tm.tm_mday != mday || day < 1 || day > LAST_DAY)
		usage();
	return (uint64_t)day;
}

static void parse_options(int argc, char **argv)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "per-day", required_argument, NULL, 'p' },
		{ "start", required_argument, NULL, 'd' },
		{ "tar", no_argument, NULL, 't' },
		{ 0 },
	};

	for (int c; (c = getopt_long(argc, argv, "", names, NULL)) != -1;) {
		switch (c) {
		case 's': options.newsroom.seed = parse_number(optarg, 0, UINT64_MAX); break;
		case 'p': options.newsroom.per_day = parse_number(optarg, 1, CODES_A_DAY); break;
		case 'd': options.newsroom.start = parse_date(optarg); break;
		case 't': options.tar = true; break;
		default: usage();
		}
	}
	if (argc - optind != (options.tar ? 1 : 2))
		usage();
	options.count = parse_number(argv[optind], 0, UINT64_MAX);
	if (options.count / options.newsroom.per_day > LAST_DAY - options.newsroom.start)
		errx(2, "the posts would reach beyond 2242; try more per day");
}

static void enter_dir(const char *name)
{
	if ((mkdir(name, 0777) && errno != EEXIST) || chdir(name) ||
	    (mkdir("_posts", 0777) && errno != EEXIST) ||
	    (mkdir("old_post", 0777) && errno != EEXIST))
		err(1, "%s", name);
}

int main(int argc, char **argv)
{
	static const char end[2 * TAR_BLOCK];
	static char buffer[PIPE_SIZE];

	parse_options(argc, argv);
	prepare_language();
	if (!options.tar)
		enter_dir(argv[optind + 1]);
	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
	fcntl(STDOUT_FILENO, F_SETPIPE_SZ, PIPE_SIZE);	/* for speed; does not matter if it fails */
	write_posts();
	if (options.tar && (fwrite(end, sizeof(end), 1, stdout) != 1 || fflush(stdout)))
		err(1, "standard output");
	return 0;
}
