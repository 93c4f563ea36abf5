# SPDX-License-Identifier: BSD-2-Clause
"""Has an archive of the same posts protected against damage, and the same loss of it repaired."""
import dataclasses
import os
import random

import peers
from compare import remove, size_of
from processes import Failed
from progress import say

LOSS = 0.01             # of the archive that has no parity, in its midst


class Protection:
    """A round lets one tool after the other make its archive, and then repair it. The first has
    none that was asked for: what the others add is beyond that."""

    def __init__(self, corpus, processes):
        self._corpus, self._processes = corpus, processes
        self._rows = {tool.name: {"size": None, "make": [], "repair": []}
                      for tool in peers.PROTECTORS}

    def run(self, rounds):
        for number in range(rounds):
            for tool in peers.PROTECTORS:
                say(f"round {number + 1} of {rounds}: {tool.name}")
                self._make(tool)
            for tool in peers.PROTECTORS[1:]:
                say(f"round {number + 1} of {rounds}: repair: {tool.name}")
                self._repair(tool)
        return {"lost": self._loss(), "tools": self._rows}

    def _folder(self, tool):
        return self._processes.path(tool.folder)

    def _archive(self, tool):
        return os.path.join(self._folder(tool), "news.narc")

    def _loss(self):
        return round(LOSS * self._rows[peers.UNPROTECTED.name]["size"])

    def _make(self, tool):
        remove(self._folder(tool))
        os.mkdir(self._folder(tool))
        command = self._processes.fill(tool.make, archive=self._archive(tool))
        row = self._rows[tool.name]
        row["make"].append(dataclasses.asdict(self._processes.cost(command, self._corpus.folder)))
        row["size"] = size_of(self._folder(tool))

    def _repair(self, tool):
        archive = self._archive(tool)
        before = read(archive)
        overwrite(archive, size_of(self._archive(peers.UNPROTECTED)) // 2, self._loss())
        if read(archive) == before:
            raise Failed(f"{archive} was not damaged")
        command = self._processes.fill(tool.repair, archive=archive)
        cost = self._processes.cost(command, self._folder(tool))
        if read(archive) != before:
            raise Failed(f"{tool.name} did not make the archive what it was")
        self._rows[tool.name]["repair"].append(dataclasses.asdict(cost))


def read(path):
    with open(path, "rb") as file:
        return file.read()


def overwrite(path, place, count):
    with open(path, "r+b") as file:
        file.seek(place)
        file.write(random.Random(1).randbytes(count))


def measure(corpus, processes, rounds):
    return Protection(corpus, processes).run(rounds)
