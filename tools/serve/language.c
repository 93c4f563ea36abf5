/* SPDX-License-Identifier: BSD-2-Clause */
#include "language.h"

#include <stdio.h>
#include <string.h>

#include "days.h"
#include "negotiate.h"

static const char *const texts[TEXT_COUNT][LANGUAGE_COUNT] = {
#define TEXT_ROW(name, english, chinese) { english, chinese },
	ALL_TEXTS(TEXT_ROW)
#undef TEXT_ROW
};

static const struct {
	const char *code;
	const char *tag;
	const char *name;
} languages[LANGUAGE_COUNT] = {
	{ "en", "en", "English" },
	{ "zh", "zh-Hans", "中文" },
};

const char *text_in(enum language language, enum text_id id)
{
	return texts[id][language];
}

const char *language_tag(enum language language)
{
	return languages[language].tag;
}

const char *language_name(enum language language)
{
	return languages[language].name;
}

const char *language_code(enum language language)
{
	return languages[language].code;
}

bool language_parse(const char *text, enum language *language)
{
	for (enum language i = 0; i < LANGUAGE_COUNT; i++) {
		if (strcmp(text, languages[i].code) == 0) {
			*language = i;
			return true;
		}
	}
	return false;
}

enum language language_choose(const char *accept)
{
	enum language best = LANGUAGE_ENGLISH;
	unsigned quality = 0;

	for (enum language i = 0; accept && i < LANGUAGE_COUNT; i++) {
		unsigned own = wanted_quality(accept, languages[i].code);

		if (own > quality) {
			best = i;
			quality = own;
		}
	}
	return best;
}

/* ---- numbers and dates ------------------------------------------------------------------ */

const char *month_name(enum language language, int month)
{
	static const char *const names[LANGUAGE_COUNT][12] = {
		{ "January", "February", "March", "April", "May", "June", "July", "August",
		  "September", "October", "November", "December" },
		{ "1月", "2月", "3月", "4月", "5月", "6月", "7月", "8月", "9月", "10月", "11月",
		  "12月" },
	};

	return names[language][month - 1];
}

const char *short_month_name(enum language language, int month)
{
	static const char *const names[12] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
					       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

	return language == LANGUAGE_ENGLISH ? names[month - 1] : month_name(language, month);
}

const char *weekday_name(enum language language, int weekday)
{
	static const char *const names[LANGUAGE_COUNT][7] = {
		{ "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday" },
		{ "星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日" },
	};

	return names[language][weekday];
}

const char *short_weekday_name(enum language language, int weekday)
{
	static const char *const names[LANGUAGE_COUNT][7] = {
		{ "Mo", "Tu", "We", "Th", "Fr", "Sa", "Su" },
		{ "一", "二", "三", "四", "五", "六", "日" },
	};

	return names[language][weekday];
}

/* Both languages have a comma each three digits, in figures. */
void put_number(struct text *out, uint64_t number)
{
	char digits[24];
	int count = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);

	for (int i = 0; i < count; i++) {
		if (i && (count - i) % 3 == 0)
			text_put(out, ",");
		text_put_bytes(out, digits + i, 1);
	}
}

void put_day(struct text *out, enum language language, int32_t day)
{
	struct date date = date_of_day(day);
	const char *weekday = weekday_name(language, weekday_of_day(day));

	if (language == LANGUAGE_CHINESE)
		text_print(out, "%d年%d月%d日 %s", date.year, date.month, date.day, weekday);
	else
		text_print(out, "%s, %d %s %d", weekday, date.day,
			   month_name(language, date.month), date.year);
}

void put_month(struct text *out, enum language language, int year, int month)
{
	if (language == LANGUAGE_CHINESE)
		text_print(out, "%d年%d月", year, month);
	else
		text_print(out, "%s %d", month_name(language, month), year);
}
