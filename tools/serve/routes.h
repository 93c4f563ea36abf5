/* SPDX-License-Identifier: BSD-2-Clause */
/* Which address is answered by what. */
#ifndef NARC_SERVE_ROUTES_H
#define NARC_SERVE_ROUTES_H

#include "visit.h"

/* Makes the answer to a visit whose target was parsed. */
void route(struct visit *visit);

/* Whether an address is one of the API's. */
bool is_api_target(const char *text);

#endif
