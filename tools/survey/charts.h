/* SPDX-License-Identifier: BSD-2-Clause */
/* Charts as SVG, whose scales are HTML beside it: so they are as wide as the window, and what is
 * written is as large as elsewhere. */
#ifndef NARC_SURVEY_CHARTS_H
#define NARC_SURVEY_CHARTS_H

#include <stdint.h>

#include "html.h"

enum { COLUMN_LABEL_SIZE = 64 };

/* A column of a chart. */
struct chart_column {
	char label[COLUMN_LABEL_SIZE]; /* what it is of */
	const char *time; /* to be written below it, as there is room for some; or NULL */
	uint64_t value;
	uint64_t part;    /* of value, drawn in front of it; 0: none */
	bool is_drop;     /* to be seen as such; likewise is_missing, of one without a value */
	bool is_missing;
	const char *note; /* shown with the label; or "" */
};

struct chart {
	const char *title; /* what it shows, in words, for those who do not see it */
	const char *unit;  /* of values; NULL: they are bytes */
	const struct chart_column *columns;
	size_t count;
};

/* Puts a chart of columns. */
void chart_put(struct text *page, const struct chart *chart);

/* Puts a bar for a cell of a table. */
void chart_put_bar(struct text *page, uint64_t value, uint64_t most);

#endif
