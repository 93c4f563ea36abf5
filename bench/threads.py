# SPDX-License-Identifier: BSD-2-Clause
"""How fast narc packs by threads and by level."""
import os

from compare import remove
from machine import processor_count
from progress import say

LEVELS = (1, 3, 6, 9, 12, 15, 19, 22)


def thread_counts():
    """1, 2, 4 and so on, up to one a processor."""
    processors = processor_count()
    return sorted({1 << n for n in range(processors.bit_length())} | {processors})


def measure(corpus, processes, rounds):
    archive = processes.path("threads.narc")
    rows = [{"level": level, "threads": threads, "pack": []}
            for level in LEVELS for threads in thread_counts()]
    for number in range(rounds):
        for row in rows:
            say(f"round {number + 1} of {rounds}: level {row['level']}, --threads {row['threads']}")
            command = processes.fill("{narc} pack --level {level} --threads {threads} {archive} .",
                                     level=str(row["level"]), threads=str(row["threads"]),
                                     archive=archive)
            row["pack"].append(processes.cost(command, corpus.folder).wall)
            row["size"] = os.path.getsize(archive)
            remove(archive)
    return rows
