/* SPDX-License-Identifier: BSD-2-Clause */
#include "remote/xml_answer.h"

#include <expat.h>
#include <limits.h>
#include <string.h>

#include "support/status.h"

enum { DEPTH_LIMIT = 8, PATH_SIZE = 256 };

struct reader {
	XML_Parser parser;
	xml_element_fn take;
	void *context;
	char path[PATH_SIZE];
	size_t path_size;
	size_t depth;
	size_t names[DEPTH_LIMIT]; /* where in the path the name of an element is, with its "/" */
	char text[XML_TEXT_LIMIT]; /* since an element began, or ended */
	size_t text_size;
	enum narc_status status; /* why reading was stopped, if it is not NARC_OK */
	struct narc_error error;
};

/* The parser may tell of the end of an element yet: nothing counts any more. */
static void stop(struct reader *reader, enum narc_status status)
{
	reader->status = status;
	XML_StopParser(reader->parser, XML_FALSE);
}

static void refuse(struct reader *reader)
{
	stop(reader, narc_fail(&reader->error, NARC_IO, "remote", NARC_NO_OFFSET,
			       "the server answers with XML that is not of S3"));
}

static void XMLCALL start_element(void *context, const XML_Char *name, const XML_Char **attributes)
{
	struct reader *reader = context;
	size_t length = strlen(name);

	(void)attributes;
	if (reader->status != NARC_OK)
		return;
	if (reader->depth == DEPTH_LIMIT || length + 2 > PATH_SIZE - reader->path_size) {
		refuse(reader);
		return;
	}
	reader->names[reader->depth++] = reader->path_size;
	if (reader->path_size)
		reader->path[reader->path_size++] = '/';
	memcpy(reader->path + reader->path_size, name, length + 1);
	reader->path_size += length;
	reader->text_size = 0;
}

static void XMLCALL end_element(void *context, const XML_Char *name)
{
	struct reader *reader = context;
	enum narc_status status;

	(void)name;
	if (reader->status != NARC_OK)
		return;
	reader->text[reader->text_size] = 0;
	status = reader->take(reader->context, reader->path, reader->text, &reader->error);
	reader->path_size = reader->names[--reader->depth];
	reader->path[reader->path_size] = 0;
	reader->text_size = 0;
	if (status != NARC_OK)
		stop(reader, status);
}

static void XMLCALL take_text(void *context, const XML_Char *text, int length)
{
	struct reader *reader = context;

	if (reader->status != NARC_OK)
		return;
	if ((size_t)length >= XML_TEXT_LIMIT - reader->text_size) {
		refuse(reader);
		return;
	}
	memcpy(reader->text + reader->text_size, text, (size_t)length);
	reader->text_size += (size_t)length;
}

static void XMLCALL refuse_type(void *context, const XML_Char *name, const XML_Char *system,
				const XML_Char *public, int has_subset)
{
	(void)name;
	(void)system;
	(void)public;
	(void)has_subset;
	refuse(context);
}

enum narc_status xml_answer_read(const char *bytes, size_t size, xml_element_fn take, void *context,
				 struct narc_error *error)
{
	struct reader reader = { .take = take, .context = context };
	enum XML_Status parsed;

	reader.parser = XML_ParserCreate(NULL);
	if (!reader.parser)
		return narc_fail_memory(error);
	XML_SetUserData(reader.parser, &reader);
	XML_SetElementHandler(reader.parser, start_element, end_element);
	XML_SetCharacterDataHandler(reader.parser, take_text);
	XML_SetStartDoctypeDeclHandler(reader.parser, refuse_type);
	parsed = size > INT_MAX ? XML_STATUS_ERROR
				: XML_Parse(reader.parser, bytes, (int)size, XML_TRUE);
	if (reader.status == NARC_OK && parsed != XML_STATUS_OK)
		refuse(&reader);
	XML_ParserFree(reader.parser);
	if (reader.status != NARC_OK && error)
		*error = reader.error;
	return reader.status;
}
