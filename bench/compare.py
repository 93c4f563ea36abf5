# SPDX-License-Identifier: BSD-2-Clause
"""Has each tool pack the same files and give them back, in turns."""
import dataclasses
import itertools
import json
import os
import shutil

import corpus as corpora
from machine import processor_count
from processes import Failed
from progress import say


class Comparison:
    """A round lets one tool after the other do the same thing, and then the next thing; so that
    a change in the machine's speed touches all tools alike."""

    def __init__(self, tools, corpus, processes):
        self._tools, self._corpus, self._processes = tools, corpus, processes
        self._html = processes.path("html")
        self._extracted = itertools.count()
        self._values = {"folder": corpus.folder, "out": processes.path("post"),
                        "dictionary_size": str(corpus.dictionary_size),
                        "processors": str(processor_count())}
        self.rows = {tool.name: {"size": None, "solid": tool.solid, "once": tool.once,
                                 "pack": [], "fetch": [], "extract": [], "stream": [],
                                 "verify": [], "look_up": []} for tool in tools}

    def run(self, rounds):
        if any(tool.as_html for tool in self._tools):
            corpora.make_html_tree(self._corpus, self._html)
        steps = [("pack", self._pack), ("fetch", self._fetch), ("extract", self._extract),
                 ("stream", self._read), ("verify", self._read), ("look_up", self._look_up)]
        for number in range(rounds):
            for name, step in steps:
                for tool in self._tools:
                    if getattr(tool, name) and not (number and tool.once):
                        say(f"round {number + 1} of {rounds}: {name}: {tool.name}")
                        step(tool, name)
        return self.rows

    def _fill(self, tool, name, **values):
        return self._processes.fill(getattr(tool, name), **self._values, **values,
                                    archive=self._processes.path(tool.archive))

    def _keep(self, tool, name, cost):
        self.rows[tool.name][name].append(dataclasses.asdict(cost))

    def _pack(self, tool, name):
        archive = self._processes.path(tool.archive)
        remove(archive)
        folder = self._html if tool.as_html else self._corpus.folder
        self._keep(tool, name, self._processes.cost(self._fill(tool, name), folder))
        self.rows[tool.name]["size"] = size_of(archive)

    def _fetch(self, tool, name):
        commands = [self._fill(tool, name, path=path, code=code)
                    for path, code in self._corpus.posts[:tool.posts]]
        # The first one is for the page cache.
        self._check_post(tool, self._processes.output(commands[0]))
        self.rows[tool.name][name].append([self._processes.latency(command)
                                           for command in commands])

    def _check_post(self, tool, content):
        path = self._corpus.posts[0][0]
        wanted = self._corpus.content(path)
        if tool.as_html:
            wanted = corpora.html_page(wanted, os.path.basename(path))
        if content != wanted:
            raise Failed(f"{tool.name} printed something else than {path}")

    def _extract(self, tool, name):
        """What comes out stays: for minutes after many files were removed, ext4 is many times
        slower to make others."""
        out = self._processes.path(f"extracted-{next(self._extracted)}")
        os.mkdir(out)
        self._keep(tool, name, self._processes.cost(self._fill(tool, name), out))
        wanted = self._corpus.files, self._corpus.size
        if not tool.as_html and corpora.measure_tree(out) != wanted:
            raise Failed(f"{tool.name} did not give back all files as they were")

    def _read(self, tool, name):
        self._keep(tool, name, self._processes.cost(self._fill(tool, name)))

    def _look_up(self, tool, name):
        found = json.loads(self._processes.output(self._fill(tool, name)))
        self.rows[tool.name][name].append(found)
        # A database is a file with room to grow: it says itself how much of it is in use.
        self.rows[tool.name]["size"] = found.get("size", self.rows[tool.name]["size"])


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def size_of(path):
    """Of a file, or of all in a folder."""
    return corpora.measure_tree(path)[1] if os.path.isdir(path) else os.path.getsize(path)
