# SPDX-License-Identifier: BSD-2-Clause
"""How narc does as an archive grows, up to what a large newsroom has after decades."""
import dataclasses
import datetime
import json
import os
import random
import shutil

from processes import Failed
from progress import say

POSTS_A_DAY = 125       # with fewer, ten million posts would reach beyond a tar's dates
LOOK_UPS = 40
BYTES_A_POST = 1400     # that the archive and narc's temporary files take of the disk


class Growth:
    """Posts come through a pipe: the biggest set would fill the disk as files."""

    def __init__(self, processes):
        self._processes = processes
        self._archive = processes.path("growth.narc")

    def check_space(self, counts):
        """Better now than after an hour."""
        needed = BYTES_A_POST * max(counts, default=0)
        folder = os.path.dirname(self._archive)
        if shutil.disk_usage(folder).free < needed:
            raise Failed(f"growth takes {needed / 1e9:.0f} GB in {folder}: see --scratch and"
                         " --growth-max")

    def run(self, counts):
        return [self._measure(count) for count in counts]

    def _fill(self, command, **values):
        return self._processes.fill(command, archive=self._archive, **values)

    def _ask(self, command, **values):
        return json.loads(self._processes.output(self._fill(command, **values)))

    def _measure(self, count):
        say(f"growth: {count} posts")
        generate = self._fill("{bench}/make_posts --tar --per-day {per_day} {count}",
                              per_day=str(POSTS_A_DAY), count=str(count))
        generator = self._processes.cost(generate)
        pack = self._processes.pipe(generate, self._fill(
            "{narc} pack --from-archive - --preset fast {archive}"))
        try:
            return {"posts": count, "generator": dataclasses.asdict(generator),
                    "pack": dataclasses.asdict(pack), **self._measure_archive()}
        finally:
            os.remove(self._archive)

    def _measure_archive(self):
        info = self._ask("{narc} info --json {archive}")
        fetches = [self._fill("{narc} extract -p {archive} {code}", code=code)
                   for code in self._some_codes(info)]
        return {
            "info": info,
            "fetch": [self._processes.latency(fetch) for fetch in fetches],
            "fetch_rss": [self._processes.cost(fetch).rss for fetch in fetches[:5]],
            "look_up": self._ask("{bench}/look_up {archive} --json"),
            "look_up_cold": self._ask("{bench}/look_up {archive} --cold-pages --json"),
            "list": dataclasses.asdict(self._processes.cost(
                self._fill("{narc} list --json {archive}"))),
        }

    def _some_codes(self, info):
        """Of the first posts of days here and there: to list all would take long."""
        first, last = (datetime.date.fromisoformat(info[name])
                       for name in ("first_date", "last_date"))
        chance = random.Random(1)
        for _ in range(LOOK_UPS):
            day = first + datetime.timedelta(chance.randint(0, (last - first).days))
            listing = self._processes.output(self._fill(
                "{narc} list --json --date {day} {archive}", day=day.isoformat()))
            yield json.loads(listing.splitlines()[0])["info_code"]
