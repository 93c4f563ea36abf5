/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/descriptor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "format/info_code.h"
#include "format/packed_body.h"
#include "format/post_path.h"
#include "format/section.h"
#include "support/byte_order.h"
#include "support/checked_math.h"
#include "support/civil_time.h"
#include "support/status.h"

/* Mode bits as the file has them, which are Linux's; a system whose S_IFREG differed would
 * have to translate. */
enum { MODE_REGULAR = 0100000, MODE_SYMLINK = 0120000, MODE_PERMISSIONS = 07777 };

enum {
	FLAG_MTIME_IS_RELATIVE = 1,
	CLASS_POST = 1,
	CLASS_ORIGIN_SHIFT = 1,
	CLASS_ORIGINS = 3,
	CLASS_REDACTED = 8,
	CLASS_BITS = 3 /* of what a row is, redacted or not */
};

uint8_t record_class(const struct narc_record *record)
{
	return (uint8_t)(record->kind | record->date_origin << CLASS_ORIGIN_SHIFT);
}

uint32_t record_mode(const struct narc_record *record)
{
	return (record->type == NARC_TYPE_SYMLINK ? MODE_SYMLINK : MODE_REGULAR) |
	       record->permissions;
}

bool record_set_class(struct narc_record *record, uint64_t class, uint64_t mode)
{
	uint64_t type = mode & ~(uint64_t)MODE_PERMISSIONS;

	if (class >> CLASS_BITS || (type != MODE_REGULAR && type != MODE_SYMLINK))
		return false;
	record->kind = class & CLASS_POST ? NARC_KIND_POST : NARC_KIND_FILE;
	record->date_origin =
		(enum narc_date_origin)(class >> CLASS_ORIGIN_SHIFT & CLASS_ORIGINS);
	record->type = type == MODE_SYMLINK ? NARC_TYPE_SYMLINK : NARC_TYPE_REGULAR;
	record->permissions = (uint32_t)(mode & MODE_PERMISSIONS);
	return true;
}

#define CODE_TAIL_LIMIT UINT64_C(10000000000) /* of the last ten of 18 digits */

/* Where rows seem to be whose names are lost. */
#define LOST_NAMES_FOLDER "lost-names"

static const char stage[] = "descriptor";

/* ---- encoding ------------------------------------------------------------------------ */

/* The columns of a block being encoded: column c of row i at c * count + i. */
struct column_values {
	int64_t *values;
	size_t count;
};

static int64_t *column_of(const struct column_values *values, enum descriptor_column column)
{
	return values->values + (size_t)column * values->count;
}

/* The form in which the descriptor has the code: a family's only where the date is the
 * row's own. */
static enum code_form code_column(const struct narc_record *record, int64_t *tail)
{
	struct civil_date date = civil_date_of(record->local_time);
	uint64_t number;
	enum code_form form = code_form_of(record->info_code, strlen(record->info_code), &number);

	*tail = 0;
	if (form != CODE_NW && form != CODE_BARE)
		return form;
	if (date.year < 0 || date.year > 9999 ||
	    number / CODE_TAIL_LIMIT != civil_date_as_number(date))
		return CODE_LITERAL;
	*tail = (int64_t)(number % CODE_TAIL_LIMIT);
	return form;
}

static void fill_columns(const struct column_values *values, size_t i, const struct row *rows,
			 const struct names *names, struct byte_buffer *strings)
{
	const struct narc_record *record = &rows[i].record;
	char shape[PATH_SIZE_LIMIT + 2];
	const char *rest;
	size_t shape_size = post_path_shape(record->path, record->local_time, record->info_code,
					    shape, &rest);
	uint64_t shape_name = shape_size ? names_find(names, shape, shape_size) : NAME_LITERAL;
	size_t categories_size = strlen(record->categories);
	uint64_t categories = categories_size ? names_find(names, record->categories,
							   categories_size)
					      : NAME_NONE;
	int64_t code_tail;
	enum code_form form = code_column(record, &code_tail);

	column_of(values, COLUMN_LENGTH)[i] = (int64_t)record->size;
	column_of(values, COLUMN_SOURCE)[i] = rows[i].source;
	column_of(values, COLUMN_GENERATION)[i] = record->generation;
	column_of(values, COLUMN_VERSION)[i] = record->version;
	column_of(values, COLUMN_REPLACES)[i] = rows[i].replaces;
	column_of(values, COLUMN_STEP)[i] =
		i ? (int64_t)((uint64_t)record->local_time -
			      (uint64_t)rows[i - 1].record.local_time)
		  : 0;
	column_of(values, COLUMN_ZONE)[i] = record->zone_minutes;
	column_of(values, COLUMN_CLASS)[i] =
		record_class(record) | (record->is_redacted ? CLASS_REDACTED : 0);
	column_of(values, COLUMN_MODE)[i] = record_mode(record);
	column_of(values, COLUMN_MTIME)[i] = record->mtime_seconds;
	column_of(values, COLUMN_MTIME_NANOSECONDS)[i] = record->mtime_nanoseconds;
	column_of(values, COLUMN_CODE_FORM)[i] = (int64_t)form;
	column_of(values, COLUMN_CODE_NUMBER)[i] = code_tail;
	column_of(values, COLUMN_CATEGORIES)[i] = (int64_t)categories;
	column_of(values, COLUMN_SHAPE)[i] = (int64_t)shape_name;

	if (form == CODE_LITERAL)
		byte_buffer_append_string(strings, record->info_code, strlen(record->info_code));
	if (categories == NAME_LITERAL)
		byte_buffer_append_string(strings, record->categories, categories_size);
	if (shape_name == NAME_LITERAL)
		byte_buffer_append_string(strings, record->path, strlen(record->path));
	else if (*rest)
		byte_buffer_append_string(strings, rest, strlen(rest));
}

/* Rows without a number take one that is there, so that they widen nothing. */
static void fill_missing_numbers(const struct column_values *values)
{
	const int64_t *forms = column_of(values, COLUMN_CODE_FORM);
	int64_t *numbers = column_of(values, COLUMN_CODE_NUMBER);
	int64_t filler = 0;

	for (size_t i = 0; i < values->count; i++)
		if (forms[i] == CODE_NW || forms[i] == CODE_BARE)
			filler = numbers[i];
	for (size_t i = 0; i < values->count; i++)
		if (forms[i] != CODE_NW && forms[i] != CODE_BARE)
			numbers[i] = filler;
}

/* Files are often written a few minutes after their date, or all at the same time: takes
 * the form of modification time that is smaller. Returns whether it is the relative one. */
static bool choose_mtime_form(const struct column_values *values, const struct row *rows)
{
	int64_t *times = column_of(values, COLUMN_MTIME);
	size_t absolute_size = packed_column_size(times, values->count);

	for (size_t i = 0; i < values->count; i++)
		times[i] = (int64_t)((uint64_t)times[i] - (uint64_t)record_instant(&rows[i].record));
	if (packed_column_size(times, values->count) < absolute_size)
		return true;
	for (size_t i = 0; i < values->count; i++)
		times[i] = rows[i].record.mtime_seconds;
	return false;
}

enum narc_status descriptor_encode(struct byte_buffer *out, const struct block_facts *facts,
				   const struct row *rows, const struct names *names,
				   ZSTD_CCtx *compressor, struct narc_error *error)
{
	struct column_values values = { .count = facts->row_count };
	struct byte_buffer strings = BYTE_BUFFER_EMPTY;
	enum narc_status status;
	size_t start;

	values.values = calloc(COLUMN_COUNT * values.count, sizeof(*values.values));
	if (!values.values)
		return narc_fail_memory(error);
	for (size_t i = 0; i < values.count; i++)
		fill_columns(&values, i, rows, names, &strings);
	fill_missing_numbers(&values);

	start = section_begin(out, SECTION_DESCRIPTOR);
	byte_buffer_append_varint(out, facts->frame_size);
	byte_buffer_append_varint(out, facts->content_size);
	byte_buffer_append_u32(out, facts->dictionary);
	byte_buffer_append_u64(out, facts->frame_hash);
	byte_buffer_append_varint(out, facts->first_row);
	byte_buffer_append_varint(out, facts->row_count);
	byte_buffer_append_zigzag(out, facts->first_local_time);
	byte_buffer_append_u8(out, choose_mtime_form(&values, rows) ? FLAG_MTIME_IS_RELATIVE : 0);
	for (unsigned column = 0; column < COLUMN_COUNT; column++)
		packed_column_encode(out, column_of(&values, column), values.count);
	for (size_t i = 0; i < values.count; i++)
		byte_buffer_append_u64(out, rows[i].record.hash);
	status = packed_body_encode(out, &strings, DESCRIPTOR_SIZE_LIMIT, compressor, stage, error);
	section_end(out, start);

	byte_buffer_free(&strings);
	free(values.values);
	return status == NARC_OK ? byte_buffer_status(out, error) : status;
}

/* ---- decoding ------------------------------------------------------------------------- */

static enum narc_status check_facts(const struct descriptor *descriptor, struct narc_error *error)
{
	const struct block_facts *facts = &descriptor->facts;

	if (facts->row_count == 0)
		return narc_fail(error, NARC_CORRUPT, stage, descriptor->offset,
				 "the number of rows is out of range");
	if ((facts->frame_size == 0) != (facts->content_size == 0) ||
	    (facts->frame_size == 0 && (facts->dictionary != 0 || facts->frame_hash != 0)))
		return narc_fail(error, NARC_CORRUPT, stage, descriptor->offset,
				 "the sizes of the block contradict each other");
	if (facts->frame_size > descriptor->offset)
		return narc_fail(error, NARC_CORRUPT, stage, descriptor->offset,
				 "the data frame would start before the file");
	if (facts->content_size > INT64_MAX || facts->first_row > ROWS_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, descriptor->offset,
				 "a size or number is over the limit");
	return NARC_OK;
}

enum narc_status descriptor_decode(const uint8_t *section, size_t size, uint64_t offset,
				   ZSTD_DCtx *decompressor, struct byte_buffer *scratch,
				   struct descriptor *out, struct narc_error *error)
{
	struct descriptor descriptor = { .offset = offset };
	struct block_facts *facts = &descriptor.facts;
	struct byte_reader payload;
	uint64_t row_count;
	uint8_t flags;
	enum narc_status status = section_open(section, size, SECTION_DESCRIPTOR, offset, &payload,
					       error);

	if (status != NARC_OK)
		return status;
	facts->frame_size = byte_reader_varint(&payload);
	facts->content_size = byte_reader_varint(&payload);
	facts->dictionary = byte_reader_u32(&payload);
	facts->frame_hash = byte_reader_u64(&payload);
	facts->first_row = byte_reader_varint(&payload);
	row_count = byte_reader_varint(&payload);
	facts->first_local_time = byte_reader_zigzag(&payload);
	flags = byte_reader_u8(&payload);
	facts->row_count = row_count <= BLOCK_ROWS_LIMIT ? (uint32_t)row_count : 0;
	descriptor.mtime_is_relative = flags & FLAG_MTIME_IS_RELATIVE;
	if (!byte_reader_ok(&payload))
		return narc_fail(error, NARC_CORRUPT, stage, offset, "a field is malformed");
	status = check_facts(&descriptor, error);
	if (status != NARC_OK)
		return status;
	for (unsigned column = 0; column < COLUMN_COUNT; column++)
		descriptor.columns[column] = packed_column_read(&payload, facts->row_count);
	descriptor.hashes = byte_reader_bytes(&payload, 8 * (size_t)facts->row_count);
	if (!byte_reader_ok(&payload) || flags & ~FLAG_MTIME_IS_RELATIVE)
		return narc_fail(error, NARC_CORRUPT, stage, offset, "a field is malformed");
	status = packed_body_decode(&payload, DESCRIPTOR_SIZE_LIMIT, decompressor, scratch, stage,
				    offset, &descriptor.strings, error);
	if (status == NARC_OK)
		*out = descriptor;
	return status;
}

bool descriptor_has_names(const struct descriptor *descriptor)
{
	const struct packed_column *shapes = &descriptor->columns[COLUMN_SHAPE];
	const struct packed_column *categories = &descriptor->columns[COLUMN_CATEGORIES];

	for (uint32_t i = 0; i < descriptor->facts.row_count; i++)
		if ((uint64_t)packed_column_get(shapes, i) >= NAME_FIRST ||
		    (uint64_t)packed_column_get(categories, i) >= NAME_FIRST)
			return true;
	return false;
}

void row_walk_begin(struct row_walk *walk, const struct descriptor *descriptor,
		    const struct names *names)
{
	walk->descriptor = descriptor;
	walk->names = names;
	walk->next = 0;
	walk->local_time = descriptor->facts.first_local_time;
	walk->days = civil_days_of(walk->local_time);
	walk->date = civil_date_from_days(walk->days);
	walk->content_end = 0;
	walk->owners = 0;
	walk->strings = descriptor->strings;
}

static int64_t column_value(const struct row_walk *walk, enum descriptor_column column)
{
	return packed_column_get(&walk->descriptor->columns[column], walk->next);
}

static enum narc_status fail_row(const struct row_walk *walk, struct narc_error *error,
				 const char *what)
{
	return narc_fail(error, NARC_CORRUPT, stage, walk->descriptor->offset, "row %llu: %s",
			 (unsigned long long)(walk->descriptor->facts.first_row + walk->next),
			 what);
}

/* Copies a string of the row into text, which takes limit bytes and a NUL. */
static bool read_text(struct row_walk *walk, char *text, size_t limit)
{
	size_t size;
	const uint8_t *bytes = byte_reader_string(&walk->strings, &size);

	if (!bytes || size == 0 || size > limit || memchr(bytes, '\0', size))
		return false;
	memcpy(text, bytes, size);
	text[size] = '\0';
	return true;
}

static bool read_code(struct row_walk *walk, struct narc_record *record)
{
	int64_t form = column_value(walk, COLUMN_CODE_FORM);
	struct civil_date date = walk->date;
	uint64_t tail;

	record->info_code = walk->code;
	switch (form) {
	case CODE_NONE:
		walk->code[0] = '\0';
		return true;
	case CODE_NW:
	case CODE_BARE:
		tail = (uint64_t)column_value(walk, COLUMN_CODE_NUMBER);
		if (tail >= CODE_TAIL_LIMIT || date.year < 0 || date.year > 9999)
			return false;
		code_format((enum code_form)form,
			    civil_date_as_number(date) * CODE_TAIL_LIMIT + tail, walk->code);
		return true;
	case CODE_LITERAL:
		if (!walk->names) {
			walk->code[0] = '\0';
			return true;
		}
		return read_text(walk, walk->code, CODE_SIZE_LIMIT);
	}
	return false;
}

static bool read_categories(struct row_walk *walk, struct narc_record *record)
{
	uint64_t reference = (uint64_t)column_value(walk, COLUMN_CATEGORIES);
	const struct name *name;

	record->categories = "";
	if (reference == NAME_NONE || !walk->names)
		return true;
	if (reference == NAME_LITERAL) {
		record->categories = walk->categories;
		return read_text(walk, walk->categories, NAME_SIZE_LIMIT);
	}
	name = names_get(walk->names, reference);
	if (!name || memchr(name->bytes, '\0', name->size))
		return false;
	record->categories = name->bytes;
	return true;
}

/* Builds prefix, date, "-", code, suffix from a shape with a NUL at split. */
static bool build_regular_path(struct row_walk *walk, const struct narc_record *record,
			       const struct name *shape, size_t split)
{
	char date[CIVIL_DATE_TEXT_SIZE];
	size_t date_size = civil_date_format(walk->date, date);
	size_t code_size = strlen(record->info_code);
	size_t suffix_size = shape->size - split - 1;
	char *place = walk->path;

	if (code_size == 0 || date_size != POST_NAME_DATE_SIZE ||
	    memchr(shape->bytes + split + 1, '\0', suffix_size) ||
	    split + date_size + 1 + code_size + suffix_size > PATH_SIZE_LIMIT)
		return false;
	memcpy(place, shape->bytes, split);
	place += split;
	memcpy(place, date, date_size);
	place += date_size;
	*place++ = '-';
	memcpy(place, record->info_code, code_size);
	place += code_size;
	memcpy(place, shape->bytes + split + 1, suffix_size);
	place[suffix_size] = '\0';
	return true;
}

static bool make_up_path(struct row_walk *walk, const struct narc_record *record)
{
	char date[CIVIL_DATE_TEXT_SIZE];

	civil_date_format(walk->date, date);
	snprintf(walk->path, sizeof(walk->path), "%s/%s-%s-%llu", LOST_NAMES_FOLDER, date,
		 *record->info_code ? record->info_code : "entry",
		 (unsigned long long)record->row);
	return true;
}

static bool read_path(struct row_walk *walk, struct narc_record *record)
{
	uint64_t reference = (uint64_t)column_value(walk, COLUMN_SHAPE);
	const struct name *shape;
	const char *split;

	record->path = walk->path;
	if (!walk->names)
		return make_up_path(walk, record);
	if (reference == NAME_LITERAL)
		return read_text(walk, walk->path, PATH_SIZE_LIMIT);
	shape = names_get(walk->names, reference);
	if (!shape)
		return false;
	split = memchr(shape->bytes, '\0', shape->size);
	if (split)
		return build_regular_path(walk, record, shape, (size_t)(split - shape->bytes));
	if (shape->size > PATH_SIZE_LIMIT)
		return false;
	memcpy(walk->path, shape->bytes, shape->size);
	return read_text(walk, walk->path + shape->size, PATH_SIZE_LIMIT - shape->size);
}

/* Adds the step to the time. Most rows are of the same day as the row before. */
static void advance_time(struct row_walk *walk)
{
	int64_t days;

	walk->local_time = (int64_t)((uint64_t)walk->local_time +
				     (uint64_t)column_value(walk, COLUMN_STEP));
	days = civil_days_of(walk->local_time);
	if (days == walk->days)
		return;
	walk->days = days;
	walk->date = civil_date_from_days(days);
}

static bool read_times(struct row_walk *walk, struct narc_record *record)
{
	int64_t zone = column_value(walk, COLUMN_ZONE);
	int64_t nanoseconds = column_value(walk, COLUMN_MTIME_NANOSECONDS);
	int64_t mtime = column_value(walk, COLUMN_MTIME);

	advance_time(walk);
	if (zone < -ZONE_MINUTES_LIMIT || zone > ZONE_MINUTES_LIMIT || nanoseconds < 0 ||
	    nanoseconds > 999999999)
		return false;
	record->local_time = walk->local_time;
	record->zone_minutes = (int)zone;
	record->mtime_nanoseconds = (uint32_t)nanoseconds;
	if (walk->descriptor->mtime_is_relative)
		mtime = (int64_t)((uint64_t)mtime + (uint64_t)record_instant(record));
	record->mtime_seconds = mtime;
	return walk->next > 0 || walk->local_time == walk->descriptor->facts.first_local_time;
}

static bool read_class(struct row_walk *walk, struct narc_record *record)
{
	uint64_t class = (uint64_t)column_value(walk, COLUMN_CLASS);

	record->is_redacted = class & CLASS_REDACTED;
	return record_set_class(record, class & ~(uint64_t)CLASS_REDACTED,
				(uint64_t)column_value(walk, COLUMN_MODE));
}

/* Whether a row may be this far before, or behind, the one at hand. */
static bool is_row(const struct row_walk *walk, int64_t distance)
{
	uint64_t number = walk->descriptor->facts.first_row + walk->next;

	return distance <= (int64_t)number && distance >= -(int64_t)ROWS_LIMIT;
}

static bool read_history(struct row_walk *walk, struct row *row)
{
	int64_t generation = column_value(walk, COLUMN_GENERATION);
	int64_t version = column_value(walk, COLUMN_VERSION);

	row->replaces = column_value(walk, COLUMN_REPLACES);
	if (generation < 1 || generation > UINT32_MAX - walk->descriptor->generations_before ||
	    version < 1 || version > UINT32_MAX)
		return false;
	row->record.generation = (uint32_t)generation + walk->descriptor->generations_before;
	row->record.version = (uint32_t)version;
	return is_row(walk, row->replaces);
}

static bool read_extent(struct row_walk *walk, struct row *row)
{
	const struct block_facts *facts = &walk->descriptor->facts;
	uint64_t length = (uint64_t)column_value(walk, COLUMN_LENGTH);
	int64_t source = column_value(walk, COLUMN_SOURCE);
	uint64_t end;

	if (length > INT64_MAX || !is_row(walk, source))
		return false;
	row->record.row = facts->first_row + walk->next;
	row->record.size = length;
	row->record.hash = load_le64(walk->descriptor->hashes + 8 * (size_t)walk->next);
	row->record.owner = row->record.row - (uint64_t)source;
	row->source = source;
	row->content_start = walk->content_end;
	if (source)
		return true;
	if (!checked_add(walk->content_end, length, &end) || end > facts->content_size)
		return false;
	walk->content_end = end;
	walk->owners += length > 0;
	return true;
}

static enum narc_status end_walk(struct row_walk *walk, struct narc_error *error)
{
	if (walk->content_end != walk->descriptor->facts.content_size)
		return narc_fail(error, NARC_CORRUPT, stage, walk->descriptor->offset,
				 "the rows' lengths do not add up to the block's content");
	if (walk->owners > 1 && walk->content_end > BLOCK_CONTENT_LIMIT)
		return narc_fail(error, NARC_LIMIT, stage, walk->descriptor->offset,
				 "a block of several rows holds %llu bytes",
				 (unsigned long long)walk->content_end);
	if (walk->names && byte_reader_left(&walk->strings))
		return narc_fail(error, NARC_CORRUPT, stage, walk->descriptor->offset,
				 "strings are left over");
	return NARC_END;
}

enum narc_status row_walk_next(struct row_walk *walk, struct row *row, struct narc_error *error)
{
	struct narc_record *record = &row->record;

	if (walk->next == walk->descriptor->facts.row_count)
		return end_walk(walk, error);
	if (!read_extent(walk, row))
		return fail_row(walk, error, "length or source is out of range");
	if (!read_history(walk, row))
		return fail_row(walk, error, "generation, version or replaced row is out of range");
	if (!read_times(walk, record))
		return fail_row(walk, error, "a time is out of range");
	if (!read_class(walk, record))
		return fail_row(walk, error, "class or mode is out of range");
	if (!read_code(walk, record))
		return fail_row(walk, error, "the infoCode is malformed");
	if (!read_categories(walk, record))
		return fail_row(walk, error, "the categories are malformed");
	if (record->is_redacted && (record->size || row->source || *record->categories))
		return fail_row(walk, error, "was redacted, but has something yet");
	if (!read_path(walk, record) || !post_path_is_storable(walk->path))
		return fail_row(walk, error, "the path is malformed");
	walk->next++;
	return NARC_OK;
}
