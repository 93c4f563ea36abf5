/* SPDX-License-Identifier: BSD-2-Clause */
/* What a search found, as people and programs read it. */
#ifndef NARC_TOOLS_PRINT_HITS_H
#define NARC_TOOLS_PRINT_HITS_H

#include "search/search.h"

enum hit_output {
	OUTPUT_LINES,
	OUTPUT_MATCHES, /* only what matches of them */
	OUTPUT_PATHS,   /* of records with a line that matches */
	OUTPUT_PATHS_WITHOUT,
	OUTPUT_COUNTS,
	OUTPUT_JSON,
	OUTPUT_NOTHING
};

struct hit_format {
	enum hit_output output;
	bool is_for_people; /* headings; and text is escaped and cut off, as for a terminal */
	bool has_colors;
	bool has_line_numbers;
	bool names_archive;
	bool ends_paths_with_nul;
	uint64_t before; /* lines of context */
	uint64_t after;
	size_t columns;  /* of a line that are shown; 0: all */
};

struct hit_printer {
	const struct hit_format *format;
	const char *archive; /* its name */
	bool has_printed;    /* for any record */
	bool has_begun;      /* this one */
	bool has_lines;      /* of it */
	size_t printed;      /* its text up to here; a line begins there */
	uint64_t number;     /* of that line */
	uint64_t after;      /* lines behind that are still to be printed */
};

/* Prints a hit. False if nothing can be printed any more. */
bool print_hit(struct hit_printer *printer, const struct search_hit *hit);

#endif
