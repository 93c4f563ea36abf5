#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""manual.py NARC CHANGELOG NAME PAGE OUTPUT

Writes a manual page in mdoc: of narc itself (NAME is "narc"), of a command, or of the format and the
library ("newsarc"). PAGE has what is written by hand: a whole page with places for what narc says of
itself, or of a command the sections that its help text has not. CHANGELOG, Debian's, has the date.
"""
from __future__ import annotations

import re
import sys

import help_text
from mdoc import argument, plain, prologue, prose

# The order that mdoc(7) wants.
SECTIONS = ["NAME", "SYNOPSIS", "DESCRIPTION", "SETS", "ENVIRONMENT", "FILES", "EXIT STATUS",
            "EXAMPLES", "DIAGNOSTICS", "SEE ALSO", "CAVEATS", "SECURITY CONSIDERATIONS"]


# ---- text ----------------------------------------------------------------------------------

def option_line(row: help_text.Row) -> str:
    names = " , ".join(f"Fl {plain(name[1:])}" for name in row.options)
    if row.choices:
        return f".It {names} " + " Ns | Ns ".join(f"Cm {argument(choice)}" for choice in row.choices)
    return f".It {names}" + (f" Ar {argument(row.value)}" if row.value else "")


def list_of(rows: list[help_text.Row]) -> list[str]:
    lines = [".Bl -tag -width Ds"]
    for row in rows:
        lines.append(option_line(row) if row.is_option else f".It Cm {argument(row.name)}")
        lines += prose(row.text)
    return lines + [".El"]


# ---- pages ---------------------------------------------------------------------------------

def command_sections(command: help_text.Command) -> dict[str, list[str]]:
    synopsis = []
    for usage in command.usages:
        rest = usage.split(" ", 2)[2]
        synopsis += [f".Nm narc {plain(command.name)}", *(f".Ar {argument(word)}" if word.isupper() else
                     plain(word) for word in [rest])]
    description: list[str] = []
    status: list[str] = []
    for paragraph in command.paragraphs:
        text = " ".join(paragraph.text)
        target = status if text.startswith("Exit status: ") else description
        if target and paragraph.text:
            target.append(".Pp")
        target += prose(text.removeprefix("Exit status: "))
        if paragraph.rows:
            target += list_of(paragraph.rows)
    return {"NAME": [f".Nm narc\\-{plain(command.name)}", f".Nd {plain(command.summary)}"],
            "SYNOPSIS": synopsis, "DESCRIPTION": description, "EXIT STATUS": status}


def sections_in(text: str) -> dict[str, list[str]]:
    """Sections of a page by hand. Lines of comment in front of them are none."""
    parts = re.split(r"^\.Sh (.*)\n", text, flags=re.MULTILINE)
    return {name: body.rstrip("\n").split("\n") for name, body in zip(parts[1::2], parts[2::2])}


def command_page(program: help_text.Program, name: str, by_hand: str) -> list[str]:
    command = next((one for one in program.commands if one.name == name), None)
    assert command, f"narc says nothing of a command {name}"
    sections = command_sections(command)
    for heading, body in sections_in(by_hand).items():
        assert heading in SECTIONS and not sections.get(heading), f"{name}: {heading}"
        sections[heading] = body
    if not sections["EXIT STATUS"]:
        sections["EXIT STATUS"] = exit_status(program)
    lines = []
    for heading in SECTIONS:
        if sections.get(heading):
            lines += [f".Sh {heading}", *sections[heading]]
    return lines


def exit_status(program: help_text.Program) -> list[str]:
    return prose(" ".join(program.end.split("\n")).partition("Exit status: ")[2])


def commands(program: help_text.Program) -> list[str]:
    lines = [".Bl -tag -compact -width narc\\-check\\-receipt(1)"]
    for command in program.commands:
        lines += [f".It Xr narc\\-{plain(command.name)} 1", plain(command.summary)]
    for row in program.missing:
        lines += [f".It Cm {argument(row.name)}", plain(row.text)]
    return lines + [".El"]


def whole_page(program: help_text.Program, by_hand: str) -> list[str]:
    lines: list[str] = []
    for line in by_hand.rstrip("\n").split("\n"):
        if line == "@COMMANDS@":
            lines += commands(program)
        elif line == "@EXIT STATUS@":
            lines += exit_status(program)
        elif not line.startswith('.\\"'):
            lines.append(line)
    return lines


def main() -> None:
    narc, changelog, name, page, output = sys.argv[1:]
    program = help_text.read(narc)
    with open(page, encoding="utf-8") as file:
        by_hand = file.read()
    section = output.rpartition(".")[2]
    is_command = name not in ("narc", "newsarc")
    title = f"narc-{name}" if is_command else name
    lines = prologue(title, section, program.version, changelog)
    lines += command_page(program, name, by_hand) if is_command else whole_page(program, by_hand)
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")


main()
