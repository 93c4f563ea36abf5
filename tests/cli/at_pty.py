# SPDX-License-Identifier: BSD-2-Clause
"""at_pty.py COLUMNS COMMAND...: runs it at a terminal of so many columns, with nothing to read.

Fails unless each line that is drawn there leaves the last column free, and what steers the terminal
is the start of the line and erasing the rest of it only. Prints all lines that were drawn, and then,
behind a line "----", what is to be seen in the end. The last line of it says how long it took.
"""
import fcntl
import os
import pty
import re
import struct
import sys
import termios
import time
import unicodedata

CONTROLS = re.compile(r"(\r\n|\r|\n|\x1b\[K)")


def width(text):
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def run(columns, command):
    process, terminal = pty.fork()
    if process == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        os.execvp(command[0], command)
    output = b""
    while True:
        try:
            more = os.read(terminal, 65536)
        except OSError:  # at the end, on Linux
            break
        if not more:
            break
        output += more
    return output.decode(), os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main():
    columns, command = int(sys.argv[1]), sys.argv[2:]
    begun = time.monotonic()
    output, status = run(columns, command)
    seconds = time.monotonic() - begun
    drawn, lines, here = [], [], ""
    fits = True
    for part in CONTROLS.split(output):
        if part == "\r\n":
            lines.append(here)
            here = ""
        elif part == "\r":
            here = ""
        elif part == "\x1b[K":
            if here:
                drawn.append(here)
                fits = fits and width(here) < columns
        elif part:
            fits = fits and not any(unicodedata.category(c) == "Cc" for c in part)
            here += part
    print("\n".join(drawn + ["----"] + lines + ([here] if here else [])))
    print(f"{len(drawn)} drawn in {seconds:.1f} s; exit status {status}")
    sys.exit(not fits or status)


main()
