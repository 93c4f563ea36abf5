# SPDX-License-Identifier: BSD-2-Clause
"""What narc says of itself, taken apart: manual pages and completions are made of it, so that there
is one text of each command.

A usage text is paragraphs. What stands in two columns, two blanks in, is rows: the names of an
option and its value, or of a command, and what that does.
"""
from __future__ import annotations

import dataclasses
import os
import re
import subprocess


@dataclasses.dataclass
class Row:
    name: str
    text: str

    @property
    def is_option(self) -> bool:
        return self.name.startswith("-")

    @property
    def options(self) -> list[str]:
        """Of "-o, --output FILE": -o and --output."""
        return re.findall(r"(?<![\w-])--?[\w-]+", self.name)

    @property
    def value(self) -> str | None:
        """Of "-o, --output FILE": FILE."""
        last = self.name.rpartition(", ")[2].split(" ", 1)
        return last[1] if len(last) > 1 else None

    @property
    def choices(self) -> list[str]:
        """Of "--kind post|file": post and file. "..." says that there are others."""
        return [choice for choice in (self.value or "").split("|")
                if choice != "..."] if "|" in (self.value or "") else []


@dataclasses.dataclass
class Paragraph:
    text: list[str]  # its lines
    rows: list[Row]


@dataclasses.dataclass
class Operand:
    name: str
    is_optional: bool
    repeats: bool


@dataclasses.dataclass
class Command:
    name: str
    summary: str
    usages: list[str]  # without "usage: "
    paragraphs: list[Paragraph]

    @property
    def options(self) -> list[Row]:
        return [row for paragraph in self.paragraphs for row in paragraph.rows if row.is_option]

    @property
    def operands(self) -> list[Operand]:
        """Of "narc export [options] --key FILE ARCHIVE [KEY...]": ARCHIVE and KEY."""
        rest = self.usages[0].split(" ", 2)[2]
        rest = re.sub(r"\[options\]|\[?--?[a-z-]+( [A-Za-z|]+)?\]?", "", rest)
        return [Operand(word.strip("[].") , word.startswith("["), "..." in word)
                for word in rest.split()]


@dataclasses.dataclass
class Program:
    version: str
    usage: str
    end: str  # what it says behind the list of its commands
    commands: list[Command]
    missing: list[Row]  # commands that say nothing, as their libraries are not there


def say(narc: str, *arguments: str) -> str | None:
    """None for a command that is not there."""
    environment = {name: value for name, value in os.environ.items()
                   if name != "LANGUAGE" and not name.startswith("LC_")}
    done = subprocess.run([narc, *arguments], capture_output=True, text=True, check=False,
                          env=environment | {"LC_ALL": "C"})
    return done.stdout if done.returncode == 0 else None


def rows_of(lines: list[str]) -> list[Row]:
    """The second column begins at the same place in all lines, but for names that are too long for
    the first."""
    gaps = [re.match(r"  \S.*?  +(?=\S)", line) for line in lines]
    ends = [gap.end() for gap in gaps if gap]
    assert ends, f"not in columns: {lines}"
    column = min(ends)
    rows: list[Row] = []
    for line, gap in zip(lines, gaps):
        if re.match(r"  \S*( \S*)?$", line):  # the text begins below
            end = len(line)
        else:
            end = gap.end() if gap else column
        name, text = line[:end].strip(), line[end:].strip()
        if name:
            rows.append(Row(name, text))
        else:
            rows[-1].text = f"{rows[-1].text} {text}".strip()
    return rows


def paragraphs_of(text: str) -> list[Paragraph]:
    paragraphs = []
    for part in re.split(r"\n\n+", text.strip("\n")):
        lines = part.split("\n")
        start = next((i for i, line in enumerate(lines) if line.startswith("  ")), len(lines))
        paragraphs.append(Paragraph(lines[:start],
                                    rows_of(lines[start:]) if start < len(lines) else []))
    return paragraphs


def command_of(name: str, summary: str, text: str) -> Command:
    usage, rest = text.split("\n\n", 1)
    usages = [line.removeprefix("usage:").strip() for line in usage.split("\n")]
    return Command(name, summary, usages, paragraphs_of(rest))


def read(narc: str) -> Program:
    version = (say(narc, "--version") or "").split()[1]
    usage, commands, end = re.split(r"\n\n+", (say(narc, "--help") or "").strip("\n"))
    program = Program(version, usage.removeprefix("usage: "), end, [], [])
    for row in rows_of(commands.split("\n")):
        text = say(narc, row.name, "--help")
        if text is None:
            program.missing.append(row)
        else:
            program.commands.append(command_of(row.name, row.text, text))
    return program
