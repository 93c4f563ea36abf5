/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the XML that stores of S3 answer with. It comes from a server, and may be anything. */
#ifndef NARC_REMOTE_XML_ANSWER_H
#define NARC_REMOTE_XML_ANSWER_H

#include "newsarc.h"

/* Longer than any text that an element of an answer may have: a key of 1024 bytes, each of which is
 * "%XX". */
enum { XML_TEXT_LIMIT = 4096 };

/* Told of each element, at its end: of which names it is, as "ListBucketResult/Contents/Key", and
 * its own text. What is below it came before. If it does not return NARC_OK, reading ends with
 * that. */
typedef enum narc_status (*xml_element_fn)(void *context, const char *path, const char *text,
					   struct narc_error *error);

/* NARC_IO for what is no well-formed XML, or is like no answer: with a document type, whose
 * entities may come to any size, or with elements in each other ever deeper, or of too much text. */
enum narc_status xml_answer_read(const char *bytes, size_t size, xml_element_fn take, void *context,
				 struct narc_error *error);

#endif
