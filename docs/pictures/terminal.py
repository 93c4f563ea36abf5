#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""terminal.py OUTPUT COMMAND...

Types commands at a terminal of 80 columns, in the current folder, and writes what it shows as SVG,
with colours.
"""
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
import unicodedata
from html import escape
from itertools import groupby

COLUMNS, CELL, LINE, MARGIN = 80, 8.4, 19, 14

STYLE = """
svg { --paper: #f6f8fa; --ink: #1f2328; --c30: #1f2328; --c31: #b3261e; --c32: #1a6f35;
      --c33: #7d5300; --c34: #0a56b8; --c35: #7a2ea0; --c36: #0b6674; --c37: #59636e;
      --typed: #0a56b8 }
@media (prefers-color-scheme: dark) {
svg { --paper: #161b22; --ink: #e6edf3; --c30: #7d8590; --c31: #ff8f85; --c32: #63d77f;
      --c33: #e3b341; --c34: #79b8ff; --c35: #d8a5ff; --c36: #5cd3e0; --c37: #b1bac4;
      --typed: #79b8ff } }
text { font: 14px ui-monospace, "DejaVu Sans Mono", "Noto Sans Mono CJK SC", monospace;
       white-space: pre; fill: var(--ink) }
"""


def run(command):
    """What a command shows, as a terminal is sent it."""
    outer, inner = pty.openpty()
    fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("4H", 24, COLUMNS, 0, 0))
    shown = b""
    with subprocess.Popen(["/bin/bash", "-c", command], stdin=subprocess.DEVNULL, stdout=inner,
                          stderr=inner, env=dict(os.environ, TERM="xterm-256color")) as shell:
        os.close(inner)
        try:
            while data := os.read(outer, 1 << 16):
                shown += data
        except OSError:     # the other end is closed
            pass
    os.close(outer)
    if shell.returncode:
        sys.exit(f"{command}: exit status {shell.returncode}\n{shown.decode()}")
    return shown.decode()


def width_of(character):
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def look_after(codes, look):
    """What text looks like behind an escape sequence with these codes."""
    looks = [look] if look and not set(codes) & {"", "0"} else []
    looks += [f"fill: var(--c{code})" for code in codes if re.fullmatch("3[0-7]", code)]
    looks += ["font-weight: 600"] if "1" in codes else []
    return "; ".join(looks)


def lines_of(shown):
    """Lines of characters with their looks, as they stay when all is shown: what was there before a
    carriage return is written over."""
    lines, look, place = [[]], "", 0
    for part in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|[^\x1b]", shown):
        if part == "\n":
            lines.append([])
        elif part == "\r":
            place = 0
        elif part.startswith("\x1b"):
            if part[-1] == "K":
                del lines[-1][place:]
            elif part[-1] == "m":
                look = look_after(part[2:-1].split(";"), look)
        else:
            if sum(width_of(c) for c, _ in lines[-1][:place]) + width_of(part) > COLUMNS:
                lines.append([])
                place = 0
            lines[-1][place:place + 1] = [(part, look)]
            place += 1
    return lines if lines[-1] else lines[:-1]


def draw(lines):
    width, height = COLUMNS * CELL + 2 * MARGIN, len(lines) * LINE + 2 * MARGIN
    yield (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}"'
           f' width="{width:g}" height="{height:g}" role="img">\n<title>A terminal</title>\n'
           f"<style>{STYLE}</style>\n"
           f'<rect width="{width:g}" height="{height:g}" rx="6" style="fill: var(--paper)"/>')
    for number, line in enumerate(lines):
        column = 0
        for (look, cells), characters in groupby(line, lambda cell: (cell[1], width_of(cell[0]))):
            text = "".join(character for character, _ in characters)
            columns = len(text) * cells
            style = f' style="{look}"' if look else ""
            if text.strip():
                yield (f'<text x="{MARGIN + column * CELL:g}" y="{MARGIN + number * LINE + 14:g}"'
                       f' textLength="{columns * CELL:g}"{style}>{escape(text)}</text>')
            column += columns
    yield "</svg>"


def main():
    output, *commands = sys.argv[1:]
    lines = []
    for command in commands:
        lines += [[], [(c, "fill: var(--typed); font-weight: 600") for c in "$ " + command]]
        lines += lines_of(run(command))
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(draw(lines[1:])) + "\n")


main()
