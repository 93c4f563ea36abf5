/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that lead to posts by date. */
#ifndef NARC_SERVE_BROWSE_H
#define NARC_SERVE_BROWSE_H

#include "visit.h"

void show_home(struct visit *visit);
void show_year(struct visit *visit);  /* /2022 */
void show_month(struct visit *visit); /* /2022/01 */
void show_day(struct visit *visit);   /* /2022/01/05 */

#endif
