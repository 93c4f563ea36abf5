/* SPDX-License-Identifier: BSD-2-Clause */
/* Years and months, by which archives and sets are divided. */
#ifndef NARC_PACK_PERIOD_H
#define NARC_PACK_PERIOD_H

#include "newsarc.h"

/* The number of the period that has a local time. */
int32_t period_of(enum narc_period period, int64_t local_time);

/* What it is called: "2022", or "2022-01". */
void period_format(enum narc_period period, int32_t number, char name[NARC_PERIOD_SIZE]);

#endif
