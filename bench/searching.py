# SPDX-License-Identifier: BSD-2-Clause
"""How long it takes to find all lines with something in them: in the archive, and in its files."""
import dataclasses
import os

import peers
from processes import Shell
from progress import say

NARC, RIPGREP = peers.Tool("narc grep", "searching.narc"), peers.Tool("ripgrep", None)
# Both end with 1 where nothing matches. Lines are counted: so neither has to print much.
COMMANDS = {
    NARC: Shell("{narc} grep -c {option} -e {pattern} {archive} || test $? -eq 1"),
    RIPGREP: Shell("rg -c {option} -e {pattern} {folder} || test $? -eq 1"),
}
# What is searched for, an option (-n changes nothing), and the pattern.
SEARCHES = [
    ("one character, frequent", "-F", "经"),
    ("a phrase", "-F", "经济"),
    ("ASCII, in most posts", "-F", "infoCode"),
    ("ASCII, rare", "-F", "NW20220105"),
    ("ASCII, either case", "-i", "infocode"),
    ("one of several", "-n", "经济|市场|企业"),
    ("a regular expression", "-n", "[0-9]{4}.{0,9}(?:亿|万)"),
    ("nothing", "-F", "qqzzqq"),
]


def measure(corpus, processes, rounds):
    archive = processes.path(NARC.archive)
    processes.output(processes.fill("{narc} pack {archive} .", archive=archive), corpus.folder)
    rows = [{"search": name, "tools": {tool.name: [] for tool in COMMANDS}} for name, *_ in SEARCHES]
    # The first round is for the page cache.
    for number in range(rounds + 1):
        for row, (name, option, pattern) in zip(rows, SEARCHES):
            say(f"round {number} of {rounds}: searching: {name}")
            for tool, command in COMMANDS.items():
                cost = processes.cost(processes.fill(command, archive=archive, option=option,
                                                     pattern=pattern, folder=corpus.folder))
                if number:
                    row["tools"][tool.name].append(dataclasses.asdict(cost))
    os.remove(archive)
    return rows
