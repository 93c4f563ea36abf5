/* SPDX-License-Identifier: BSD-2-Clause */
#include "pack/post_date.h"

#include <string.h>
#include <strings.h>

#include "support/civil_time.h"

struct scanner {
	const char *next;
	const char *end;
};

static bool take_char(struct scanner *scanner, const char *choice)
{
	if (scanner->next == scanner->end || *scanner->next == '\0' ||
	    !strchr(choice, *scanner->next))
		return false;
	scanner->next++;
	return true;
}

/* Reads least to most digits. */
static bool take_number(struct scanner *scanner, unsigned least, unsigned most, unsigned *value)
{
	unsigned count = 0;

	*value = 0;
	while (count < most && scanner->next < scanner->end && *scanner->next >= '0' &&
	       *scanner->next <= '9') {
		*value = *value * 10 + (unsigned)(*scanner->next++ - '0');
		count++;
	}
	return count >= least;
}

static void skip_spaces(struct scanner *scanner)
{
	while (take_char(scanner, " \t"))
		;
}

static bool take_date(struct scanner *scanner, struct civil_date *date)
{
	unsigned year;

	if (!take_number(scanner, 4, 4, &year) || !take_char(scanner, "-/.") ||
	    !take_number(scanner, 1, 2, &date->month) || !take_char(scanner, "-/.") ||
	    !take_number(scanner, 1, 2, &date->day))
		return false;
	date->year = year;
	return civil_date_is_valid(*date);
}

/* "11:01" or "11:01:51.25"; the fraction is dropped. False, and nothing taken, if no time
 * of day stands here. */
static bool take_time(struct scanner *scanner, int64_t *seconds)
{
	struct scanner start = *scanner;
	unsigned hour, minute, second = 0;

	if (!take_number(scanner, 1, 2, &hour) || !take_char(scanner, ":") ||
	    !take_number(scanner, 2, 2, &minute) ||
	    (take_char(scanner, ":") && !take_number(scanner, 2, 2, &second)) || hour > 23 ||
	    minute > 59 || second > 60) {
		*scanner = start;
		return false;
	}
	if (take_char(scanner, ".,")) {
		unsigned fraction;

		take_number(scanner, 0, 9, &fraction);
	}
	/* A leap second is the last of its minute: there is no 60 in civil time here. */
	*seconds = hour * 3600 + minute * 60 + (second < 60 ? second : 59);
	return true;
}

bool zone_offset_parse(const char *text, size_t size, int *minutes)
{
	struct scanner scanner = { text, text + size };
	unsigned hours, rest = 0;
	bool negative;

	if ((size == 1 && (text[0] == 'Z' || text[0] == 'z')) ||
	    (size == 3 && (strncasecmp(text, "UTC", 3) == 0 || strncasecmp(text, "GMT", 3) == 0))) {
		*minutes = 0;
		return true;
	}
	if (size == 0 || (text[0] != '+' && text[0] != '-'))
		return false;
	negative = text[0] == '-';
	scanner.next++;
	if (!take_number(&scanner, 2, 2, &hours))
		return false;
	take_char(&scanner, ":");
	if (scanner.next < scanner.end && !take_number(&scanner, 2, 2, &rest))
		return false;
	if (scanner.next != scanner.end || hours > 23 || rest > 59)
		return false;
	*minutes = (int)(hours * 60 + rest);
	if (negative)
		*minutes = -*minutes;
	return true;
}

bool post_date_parse(const char *text, size_t size, struct post_date *out)
{
	struct scanner scanner = { text, text + size };
	struct post_date date = { 0 };
	struct civil_date day;
	int64_t seconds;
	size_t left;

	skip_spaces(&scanner);
	if (!take_date(&scanner, &day))
		return false;
	date.local_time = civil_days_from_date(day) * SECONDS_PER_DAY;
	if (!take_char(&scanner, "Tt"))
		skip_spaces(&scanner);
	if (take_time(&scanner, &seconds)) {
		date.local_time += seconds;
		skip_spaces(&scanner);
	}
	left = (size_t)(scanner.end - scanner.next);
	while (left && (scanner.next[left - 1] == ' ' || scanner.next[left - 1] == '\t'))
		left--;
	date.has_zone = zone_offset_parse(scanner.next, left, &date.zone_minutes);
	*out = date;
	return true;
}

bool post_date_from_name(const char *name, struct post_date *out)
{
	struct scanner scanner = { name, name + strlen(name) };
	struct civil_date day;

	if (!take_date(&scanner, &day) ||
	    (scanner.next < scanner.end && *scanner.next >= '0' && *scanner.next <= '9'))
		return false;
	*out = (struct post_date){ .local_time = civil_days_from_date(day) * SECONDS_PER_DAY };
	return true;
}

bool post_date_from_code(const char *code, struct post_date *out)
{
	const char *digits = code + strcspn(code, "0123456789");
	struct scanner scanner = { digits, digits + strlen(digits) };
	struct civil_date day;
	unsigned year;

	if (!take_number(&scanner, 4, 4, &year) || !take_number(&scanner, 2, 2, &day.month) ||
	    !take_number(&scanner, 2, 2, &day.day))
		return false;
	day.year = year;
	if (!civil_date_is_valid(day))
		return false;
	*out = (struct post_date){ .local_time = civil_days_from_date(day) * SECONDS_PER_DAY };
	return true;
}
