# SPDX-License-Identifier: BSD-2-Clause
"""What narc is held to, as ratios of numbers from one run."""
import statistics

import peers
import searching
from summary import (of_growth, series, series_of_nights, series_of_parity,
                     series_of_searching)

# What is done, narc's part, and whose it is held against.
RATIOS = [
    ("size", peers.NARC, peers.TAR_19),
    ("size", peers.NARC_MAX, peers.TAR_22),
    ("size", peers.NARC_FAST, peers.TAR_3),
    ("pack", peers.NARC, peers.TAR_19),
    ("pack", peers.NARC_FAST, peers.TAR_3),
    ("fetch", peers.NARC, peers.ZIP),
    ("fetch", peers.NARC, peers.PLAIN),
    ("extract", peers.NARC, peers.TAR_19),
    ("stream", peers.NARC, peers.TAR_19),
    ("verify", peers.NARC, peers.TAR_19),
    ("look_up", peers.NARC_SINGLE, peers.LMDB),
]
HEADINGS = {"fetch": "post", "extract": "files", "look_up": "open"}     # as the tables have it
NIGHTLY = {"size": "size", "night": "time", "old": "old version"}
# What is done in a mounted archive, whose part it is held against, and when.
MOUNTED = [
    ("find", peers.NO_MOUNT, "again"),
    ("sizes", peers.NO_MOUNT, "again"),
    ("find", peers.SQUASHFUSE, "again"),
    ("sizes", peers.SQUASHFUSE, "first"),
    ("grep", peers.SQUASHFUSE, "first"),
]
PROTECTING = {"size": "size", "make": "making", "repair": "repair"}
LISTED_POSTS = 1_000_000


def ratios(results):
    """Of each goal: its text, the ratio of the medians, the least and greatest of a round."""
    for measure, ours, theirs in RATIOS if "compare" in results else []:
        yield _ratio(HEADINGS.get(measure, measure), ours, theirs,
                     lambda tool: series(results["compare"][tool.name], measure))
    for row in results.get("searching", []):
        yield _ratio(f"search, {row['search']}", searching.NARC, searching.RIPGREP,
                     lambda tool: series_of_searching(row, tool.name))
    for measure, heading in NIGHTLY.items() if "nights" in results else []:
        for theirs in peers.KEEPERS[1:]:
            yield _ratio(f"nights, {heading}", peers.NARC_NIGHTS, theirs,
                         lambda tool: series_of_nights(results["nights"]["tools"][tool.name],
                                                       measure))
    for task, theirs, time in MOUNTED if "mount" in results else []:
        yield _ratio(f"mounted, {task} {time}", peers.NARC_MOUNT, theirs,
                     lambda tool: results["mount"]["tools"][tool.name][task][time])
    for measure, heading in PROTECTING.items() if "parity" in results else []:
        yield _ratio(f"parity, {heading}", peers.NARC_PARITY, peers.PAR2,
                     lambda tool: series_of_parity(results["parity"], tool.name, measure))


def _ratio(heading, ours, theirs, numbers_of):
    numbers, others = numbers_of(ours), numbers_of(theirs)
    by_round = [number / other for number, other in zip(numbers, others)]
    middle = statistics.median(numbers) / statistics.median(others)
    return f"{heading}: {ours.name} / {theirs.name}", middle, (min(by_round), max(by_round))


def absolutes(results):
    """Of each goal that is no ratio: its text, the number, its unit."""
    if "compare" in results:
        found = series(results["compare"][peers.NARC.name], "look_up")
        yield "look-up in one process, p50", statistics.median(found), "us"
    for row in map(of_growth, results.get("growth", [])):
        if row["posts"] == LISTED_POSTS:
            yield "list --json of a million posts", row["list_s"], "s"
