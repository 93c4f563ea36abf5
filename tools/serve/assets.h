/* SPDX-License-Identifier: BSD-2-Clause */
/* Files that are part of the program: see embed.py. */
#ifndef NARC_SERVE_ASSETS_H
#define NARC_SERVE_ASSETS_H

#include "visit.h"

void send_style(struct visit *visit);
void send_icon(struct visit *visit);
void send_openapi(struct visit *visit);

#endif
