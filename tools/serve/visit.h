/* SPDX-License-Identifier: BSD-2-Clause */
/* A request, and the answer that is made to it. */
#ifndef NARC_SERVE_VISIT_H
#define NARC_SERVE_VISIT_H

#include "archives.h"
#include "html.h"
#include "language.h"
#include "matter.h"
#include "negotiate.h"
#include "request.h"

/* What an answer is, which says what a browser may do with it. */
enum reply_kind {
	REPLY_PAGE, /* of our own making */
	REPLY_POST, /* the content of a post, rendered: nothing in it may do anything */
	REPLY_DATA  /* JSON, or the bytes of an entry */
};

struct stream;

/* Starts as an answer 200 that is an empty page. */
struct reply {
	unsigned status;
	enum reply_kind kind;
	const char *type;  /* Content-Type */
	struct text body;
	char tag[TAG_SIZE]; /* entity tag, without encoding; "": by the body */
	struct text location; /* of a redirection; empty: none */
	struct text name;     /* of a file to be saved; empty: none */
	bool sets_language;   /* in a cookie */
	unsigned retry_after; /* seconds; 0: not said */
	struct stream *stream; /* not NULL: the body, which is made while it is sent */
};

struct visit {
	struct target target;
	bool is_api; /* errors are told as JSON */
	enum language language;
	const char *accept_encoding; /* headers; NULL if they are not there */
	const char *if_none_match;
	const char *if_range;
	const char *range;
	struct archives *archives;
	struct archive_set *set;
	struct lookup *lookup; /* NULL until it is needed */
	struct reply reply;
};

/* Lets go of all that it holds. */
void visit_end(struct visit *visit);

/* The lookup of a visit; NULL, with the answer 503, if there is no memory. */
struct lookup *visit_lookup(struct visit *visit);

/* Looks for the post that key and the parameter "version" name. False, with the answer to that, if
 * it is not there, or cannot be read. */
bool visit_find(struct visit *visit, const char *key, struct lookup **lookup);

/* The counts of the archives; none, where nothing was counted yet. To be released. *is_current:
 * they are of the archives as they are. */
struct catalog *visit_catalog(struct visit *visit, const struct day_counts **counts,
			      bool *is_current);

/* Gets the content of what was found. False, with the answer to that, if it cannot be had in
 * memory, or was taken out. */
bool visit_content(struct visit *visit, struct lookup *lookup, const void **content);

/* Makes an answer that says what is wrong. */
void visit_fail(struct visit *visit, unsigned status, enum text_id why);
void visit_fail_with(struct visit *visit, unsigned status, const char *why);

/* The answer to an error of reading, which is told on standard error, too, if it is damage. */
void visit_fail_reading(struct visit *visit, const char *name, const struct narc_error *error);

/* The encoding that a body of this size is sent in. */
enum encoding visit_encoding(const struct visit *visit, size_t size);

/* Whether the client has what reply.tag says, of this size, already: then the answer is 304, and
 * needs no body. */
bool visit_is_known(struct visit *visit, size_t size);

/* Begins a body of JSON, to be put to line, and ended by text_end_json. False if there is no memory,
 * and no answer either. */
bool visit_begin_json(struct visit *visit, struct json_line *line);

#endif
