#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""manual.py NARC OUTPUT

Writes the manual page of narc from what narc says of itself, so that there is one text of each
command.
"""
import re
import subprocess
import sys


def say(narc, *arguments):
    """None for a command that is not there, such as one whose library was not."""
    done = subprocess.run([narc, *arguments], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def plain(text):
    """Text as troff takes it: no requests, no escapes, and hyphens that can be copied."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.MULTILINE)


def definitions(lines):
    """What stands in two columns. The second begins at the same place in all lines, but for names
    that are too long for the first."""
    gaps = [re.match(r"  \S.*?  +", line) for line in lines]
    column = min(gap.end() for gap in gaps if gap)
    for line, gap in zip(lines, gaps):
        end = gap.end() if gap else column
        name, text = line[:end], line[end:]
        assert name.endswith(" "), f"not in columns: {line}"
        if name.strip():
            yield f".TP\n.B {plain(name.strip())}"
        yield plain(text)


def body(paragraph):
    lines = paragraph.split("\n")
    if lines[0].startswith("usage: "):
        return [f".B {plain(line.removeprefix('usage:').strip())}\n.br" for line in lines]
    start = next((i for i, line in enumerate(lines) if line.startswith("  ")), len(lines))
    heading = [".PP", *map(plain, lines[:start])] if start else []
    return heading + (list(definitions(lines[start:])) if start < len(lines) else [])


def bodies(text):
    return [line for paragraph in re.split(r"\n\n+", text.strip("\n")) for line in body(paragraph)]


def main():
    narc, output = sys.argv[1:]
    version = say(narc, "--version").split()[1]
    usage, commands, end = re.split(r"\n\n+", say(narc, "--help").strip("\n"))
    page = [f'.TH NARC 1 "" "newsarc {version}"', ".SH NAME",
            "narc \\- compressed, indexed, verified archives of posts",
            ".SH SYNOPSIS", *body(usage), ".SH COMMANDS", *body(commands)]
    for line in commands.split("\n"):
        name = line.split()[0]
        text = say(narc, name, "--help")
        if text is not None:
            page += [f".SH {plain(name.upper())}", *bodies(text)]
    page += [".SH EXIT STATUS", *bodies(end.partition("Exit status: ")[2]),
             ".SH SEE ALSO", ".BR zstd (1),", ".BR minisign (1)"]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(page) + "\n")


main()
