/* SPDX-License-Identifier: BSD-2-Clause */
/* Searching: results come as they are found. */
#ifndef NARC_SERVE_SEARCH_PAGE_H
#define NARC_SERVE_SEARCH_PAGE_H

#include "visit.h"

/* /search?q=...&in=text&dates=2022-03..2023&category=...&regex=1: without q, the form alone. */
void show_search(struct visit *visit);

/* /api/search: the same as a JSON object a line; the last one says how it ended. */
void send_search(struct visit *visit);

/* Puts the form, with what was asked for; the whole of it, or just what to search for. */
void put_search_form(struct visit *visit, bool is_whole);

#endif
