/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that lead to posts by category and tag. */
#ifndef NARC_SERVE_SUBJECTS_H
#define NARC_SERVE_SUBJECTS_H

#include "visit.h"

void show_categories(struct visit *visit);
void show_tags(struct visit *visit);
void show_category(struct visit *visit); /* /category/NAME */
void show_tag(struct visit *visit);      /* /tag/NAME */

#endif
