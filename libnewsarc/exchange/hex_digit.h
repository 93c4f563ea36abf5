/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef NARC_EXCHANGE_HEX_DIGIT_H
#define NARC_EXCHANGE_HEX_DIGIT_H

/* The value of a hexadecimal digit, or -1. */
static inline int hex_digit(int c)
{
	int letter = c | 0x20;

	if (c >= '0' && c <= '9')
		return c - '0';
	return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

#endif
