/* SPDX-License-Identifier: BSD-2-Clause */
#include "attributes.h"

#include <stdio.h>
#include <string.h>

#include "report.h"

static void write_code(const struct narc_record *record, char *value)
{
	snprintf(value, ATTRIBUTE_SIZE, "%s", record->info_code);
}

static void write_date(const struct narc_record *record, char *value)
{
	char date[DATE_TEXT_SIZE];

	snprintf(value, ATTRIBUTE_SIZE, "%s",
		 format_date(record->local_time, record->zone_minutes, date));
}

static void write_version(const struct narc_record *record, char *value)
{
	snprintf(value, ATTRIBUTE_SIZE, "%lu", (unsigned long)record->version);
}

static void write_hash(const struct narc_record *record, char *value)
{
	snprintf(value, ATTRIBUTE_SIZE, "%016llx", (unsigned long long)record->hash);
}

/* An entry has those that are not empty. */
static const struct attribute {
	const char *name;
	void (*write)(const struct narc_record *record, char *value);
} attributes[] = {
	{ "user.newsarc.infocode", write_code },
	{ "user.newsarc.date", write_date },
	{ "user.newsarc.version", write_version },
	{ "user.newsarc.hash", write_hash },
};

enum { ATTRIBUTE_COUNT = sizeof(attributes) / sizeof(attributes[0]) };

static const struct attribute *find_attribute(const char *name)
{
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++)
		if (strcmp(attributes[i].name, name) == 0)
			return &attributes[i];
	return NULL;
}

enum narc_status get_attribute_of(struct cursor_pool *cursors, uint64_t row, const char *name,
				  char value[ATTRIBUTE_SIZE], struct narc_error *error)
{
	const struct attribute *attribute = find_attribute(name);
	const struct narc_record *record;
	narc_cursor *cursor;
	enum narc_status status = NARC_NOT_FOUND;

	if (attribute)
		status = cursor_pool_take(cursors, row, &cursor, &record, error);
	if (status != NARC_OK)
		return status;
	attribute->write(record, value);
	cursor_pool_give(cursors, cursor, row, true);
	return *value ? NARC_OK : NARC_NOT_FOUND;
}

enum narc_status list_attributes_of(struct cursor_pool *cursors, uint64_t row,
				    char names[ATTRIBUTE_NAMES_SIZE], size_t *size,
				    struct narc_error *error)
{
	const struct narc_record *record;
	narc_cursor *cursor;
	char value[ATTRIBUTE_SIZE];
	enum narc_status status = cursor_pool_take(cursors, row, &cursor, &record, error);

	if (status != NARC_OK)
		return status;
	*size = 0;
	for (size_t i = 0; i < ATTRIBUTE_COUNT; i++) {
		attributes[i].write(record, value);
		if (*value) {
			strcpy(names + *size, attributes[i].name);
			*size += strlen(attributes[i].name) + 1;
		}
	}
	cursor_pool_give(cursors, cursor, row, true);
	return NARC_OK;
}
