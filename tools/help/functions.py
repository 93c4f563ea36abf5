#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""functions.py HEADER CHANGELOG OUTPUT

Writes the manual page newsarc_functions(3) of newsarc.h: all functions, with what the header says of
them, under the headings that stand there.
"""
from __future__ import annotations

import re
import sys

import mdoc

HEADING = re.compile(r"^/\* ---- (.*?) -+ \*/$", re.MULTILINE)
FUNCTION = re.compile(r"^NARC_API [^;]*;", re.MULTILINE)


def comment_text(comment: str) -> str:
    return " ".join(line.strip(" */\t") for line in comment.split("\n")).strip()


def entries(part: str) -> list[tuple[str, list[str]]]:
    """What the header says, and the prototypes that stand below it. A comment is of all that
    follows it up to an empty line."""
    found = []
    for chunk in re.split(r"\n\n+", part):
        prototypes = [prototype.removeprefix("NARC_API ") for prototype in FUNCTION.findall(chunk)]
        comment = re.search(r"/\*(.*?)\*/", chunk, re.DOTALL)
        if prototypes:
            found.append((comment_text(comment[1]) if comment else "", prototypes))
    return found


def flat(prototype: str) -> str:
    """A prototype without the tabs that put its arguments below each other."""
    return re.sub(r"\n\s+", "\n    ", prototype)


def main() -> None:
    header, changelog, output = sys.argv[1:]
    with open(header, encoding="utf-8") as file:
        text = file.read()
    version = re.search(r'NARC_VERSION_STRING "(.*)"', text)
    assert version, f"{header} has no version"
    names = re.findall(r"(\w+)\(", " ".join(FUNCTION.findall(text)))
    assert len(names) > 50, f"few functions were found in {header}"
    lines = mdoc.prologue("newsarc_functions", "3", version[1], changelog)
    lines += [".Sh NAME", ".Nm newsarc_functions", ".Nd functions of the library newsarc",
              ".Sh SYNOPSIS", ".In newsarc.h", ".Sh DESCRIPTION",
              "This is what the header says of each function.",
              "Of types and constants, see there; of what holds for all functions, see",
              ".Xr newsarc 3 ."]
    parts = HEADING.split(text)
    for heading, part in [("the library", parts[0]), *zip(parts[1::2], parts[2::2])]:
        found = entries(part)
        if found:
            lines.append(f".Ss {mdoc.plain(heading[0].upper() + heading[1:])}")
        for comment, prototypes in found:
            lines += [".Bd -literal", *mdoc.plain("\n".join(map(flat, prototypes))).split("\n"),
                      ".Ed"]
            if comment:
                lines += [".Pp", *mdoc.prose(comment)]
    lines += [".Sh SEE ALSO", ".Xr newsarc 3"]
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()
