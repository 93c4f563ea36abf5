/* SPDX-License-Identifier: BSD-2-Clause */
#include "passphrase.h"

#include <errno.h>
#include <stdio.h>
#include <termios.h>
#include <unistd.h>

#include "translate.h"

/* Without stdio, whose buffers nobody wipes. A line that does not fit is none. */
static bool read_line(char *text, size_t size)
{
	size_t length = 0;

	while (length < size) {
		ssize_t got = read(STDIN_FILENO, text + length, 1);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 || (got == 0 && length == 0))
			return false;
		if (got == 0 || text[length] == '\n') {
			text[length] = '\0';
			return true;
		}
		length++;
	}
	return false;
}

bool ask_passphrase(void *context, char *text, size_t size)
{
	struct termios shown, hidden;
	bool is_given;

	(void)context;
	if (tcgetattr(STDIN_FILENO, &shown) != 0)
		return read_line(text, size);
	hidden = shown;
	hidden.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
	fputs(_("Passphrase of the key: "), stderr);
	is_given = read_line(text, size);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
	putc('\n', stderr);
	return is_given;
}
