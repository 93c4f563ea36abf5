/* SPDX-License-Identifier: BSD-2-Clause */
#include "survey/charts.h"

#include "report.h"

/* What a chart is high, in its own units, and a column with the room at its sides is wide. */
enum { HEIGHT = 1000, WIDTH = 10 };

/* So many columns still have room between them. */
enum { APART_MOST = 200 };

/* The next number from here on that is 1, 2 or 5 with noughts behind it, of which half is whole. */
static uint64_t round_up(uint64_t value)
{
	static const unsigned steps[] = { 2, 4, 10, 20 };
	uint64_t unit = 1;

	while (unit <= value / 20)
		unit *= 10;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (steps[i] * unit >= value)
			return steps[i] * unit;
	return value;
}

static void put_value(struct text *page, const struct chart *chart, uint64_t value)
{
	char size[SIZE_TEXT_SIZE];

	if (chart->unit)
		html(page, "%llu", (unsigned long long)value);
	else
		html(page, "%s", format_size(value, size));
}

static unsigned height_of(uint64_t value, uint64_t most)
{
	unsigned height = most ? (unsigned)((double)value * HEIGHT / (double)most + 0.5) : 0;

	return value && height < 4 ? 4 : height;
}

static void put_rectangle(struct text *page, const struct chart *chart, size_t place,
			  unsigned height, const char *class)
{
	html(page, "<rect class=\"%s\" x=\"%zu\" y=\"%u\" width=\"%d\" height=\"%u\"/>", class,
	     place * WIDTH, HEIGHT - height, chart->count > APART_MOST ? WIDTH : WIDTH - 2, height);
}

static void put_column(struct text *page, const struct chart *chart, size_t place, uint64_t most)
{
	const struct chart_column *column = &chart->columns[place];

	if (column->value == 0 && !column->is_missing)
		return;
	html(page, "<g><title>%s: ", column->label);
	put_value(page, chart, column->value);
	if (chart->unit)
		html(page, " %s", chart->unit);
	html(page, "%s</title>", column->note);
	if (column->is_missing)
		put_rectangle(page, chart, place, HEIGHT, "missing");
	else
		put_rectangle(page, chart, place, height_of(column->value, most),
			      column->is_drop ? "drop" : column->part ? "whole" : "bar");
	if (column->part)
		put_rectangle(page, chart, place, height_of(column->part, most), "bar");
	html(page, "</g>\n");
}

static void put_times(struct text *page, const struct chart *chart)
{
	html(page, "<div class=\"times\" aria-hidden=\"true\">");
	for (size_t i = 0; i < chart->count; i++)
		if (chart->columns[i].time)
			html(page, "<span style=\"left:%u.%02u%%\">%s</span>",
			     (unsigned)(i * 100 / chart->count),
			     (unsigned)(i * 10000 / chart->count % 100), chart->columns[i].time);
	html(page, "</div>");
}

void chart_put(struct text *page, const struct chart *chart)
{
	uint64_t most = 0;

	for (size_t i = 0; i < chart->count; i++)
		if (chart->columns[i].value > most)
			most = chart->columns[i].value;
	most = round_up(most);
	html(page, "<div class=\"chart\"><div class=\"scale\" aria-hidden=\"true\"><span>");
	put_value(page, chart, most);
	html(page, "</span><span>");
	put_value(page, chart, most / 2);
	html(page, "</span><span>0</span></div>\n"
	     "<svg role=\"img\" aria-label=\"%s\" viewBox=\"0 0 %zu %d\" "
	     "preserveAspectRatio=\"none\">\n",
	     chart->title, chart->count * WIDTH, HEIGHT);
	for (size_t i = 0; i < chart->count; i++)
		put_column(page, chart, i, most);
	html(page, "</svg>\n");
	put_times(page, chart);
	html(page, "</div>\n");
}

void chart_put_bar(struct text *page, uint64_t value, uint64_t most)
{
	html(page, "<svg viewBox=\"0 0 %d 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
	     "<rect class=\"bar\" x=\"0\" y=\"0\" width=\"%u\" height=\"10\"/></svg>",
	     HEIGHT, height_of(value, most));
}
