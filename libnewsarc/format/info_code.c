/* SPDX-License-Identifier: BSD-2-Clause */
#include "format/info_code.h"

#include <string.h>

enum code_form code_form_of(const char *code, size_t size, uint64_t *number)
{
	enum code_form form = CODE_BARE;
	uint64_t value = 0;

	if (size == 0)
		return CODE_NONE;
	if (size == CODE_DIGITS + 2 && code[0] == 'N' && code[1] == 'W') {
		form = CODE_NW;
		code += 2;
		size -= 2;
	}
	if (size != CODE_DIGITS)
		return CODE_LITERAL;
	for (size_t i = 0; i < CODE_DIGITS; i++) {
		if (code[i] < '0' || code[i] > '9')
			return CODE_LITERAL;
		value = value * 10 + (uint64_t)(code[i] - '0');
	}
	*number = value;
	return form;
}

size_t code_format(enum code_form form, uint64_t number, char text[CODE_MEMBER_SIZE])
{
	size_t start = 0;

	if (form == CODE_NW) {
		text[start++] = 'N';
		text[start++] = 'W';
	}
	for (size_t i = CODE_DIGITS; i-- > 0; number /= 10)
		text[start + i] = (char)('0' + number % 10);
	text[start + CODE_DIGITS] = '\0';
	return start + CODE_DIGITS;
}

const char *code_without_family(const char *code, size_t *size)
{
	uint64_t number;

	if (code_form_of(code, *size, &number) != CODE_NW)
		return code;
	*size -= 2;
	return code + 2;
}

bool code_other_family(const char *code, char text[CODE_MEMBER_SIZE])
{
	uint64_t number;
	enum code_form form = code_form_of(code, strlen(code), &number);

	if (form != CODE_NW && form != CODE_BARE)
		return false;
	code_format(form == CODE_NW ? CODE_BARE : CODE_NW, number, text);
	return true;
}
