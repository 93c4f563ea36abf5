# SPDX-License-Identifier: BSD-2-Clause
"""Tables, for a terminal and for Markdown."""
import dataclasses
import math


def short(number):
    """Three digits that count, as more would pretend to be exact; and three decimals at most."""
    if number is None:
        return "-"
    decimals = 2 - math.floor(math.log10(number)) if number > 0 else 3
    return f"{number:.{min(3, max(0, decimals))}f}"


def span(pair):
    return "-" if pair is None else f"{short(pair[0])}..{short(pair[1])}"


@dataclasses.dataclass
class Table:
    """The first column is text; the others are numbers, already as strings."""
    title: str
    headings: list
    lines: list
    note: str = ""

    def text(self):
        lines = [self.headings, *self.lines]
        widths = [max(map(len, column)) for column in zip(*lines)]
        shown = ["  ".join([line[0].ljust(widths[0]),
                            *(cell.rjust(width) for cell, width in zip(line[1:], widths[1:]))])
                 for line in lines]
        return "\n".join([self.title, "", *shown, *self._notes()]) + "\n"

    def markdown(self):
        rule = ["---"] + ["--:"] * (len(self.headings) - 1)
        shown = ["| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |"
                 for line in [self.headings, rule, *self.lines]]
        return "\n".join([f"### {self.title}", "", *shown, *self._notes()]) + "\n"

    def _notes(self):
        return ["", self.note] if self.note else []
