/* SPDX-License-Identifier: BSD-2-Clause */
/* The same as the pages, for programs: JSON, as docs/openapi.yaml describes it. */
#ifndef NARC_SERVE_API_H
#define NARC_SERVE_API_H

#include "visit.h"

void send_overview(struct visit *visit);   /* /api */
void send_days(struct visit *visit);       /* /api/days?period=2022-01 */
void send_categories(struct visit *visit); /* /api/categories */
void send_tags(struct visit *visit);       /* /api/tags */
void send_posts(struct visit *visit);      /* /api/posts?date=...&category=...&tag=... */
void send_post(struct visit *visit);       /* /api/post/KEY */
void send_versions(struct visit *visit);   /* /api/post/KEY/versions */
void send_diff(struct visit *visit);       /* /api/post/KEY/diff?from=1&to=2 */

/* Puts what is known of an entry, without the brackets around it. */
void json_put_entry(struct json_line *line, const char *archive, const struct narc_record *record,
		    const struct narc_front_matter *matter);

#endif
