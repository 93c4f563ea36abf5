# SPDX-License-Identifier: BSD-2-Clause
"""Archives a site night after night, as it grows and changes, and asks what it was before."""
import collections
import dataclasses
import itertools
import os
import random
import re

import peers
from compare import size_of
from corpus import make_posts
from processes import Failed
from progress import say

# What comes and what changes in a night, as parts of the posts that the site has at first.
NEW, REWRITTEN = 0.03, 0.003
NIGHTS_RECENT = 3       # then a post is moved
OLD_VERSIONS = 20       # that are asked for
FOLDERS = RECENT, OLD = "_posts", "old_post"
SENTENCE = re.compile("[^。<>\n]+。")


@dataclasses.dataclass(frozen=True)
class Version:
    """A post as it was at a night, which is the last before it was rewritten."""
    night: int
    path: str
    code: str
    content: bytes


class Site:
    """A folder of posts that changes every night. They come from another one, where all have been
    made before, in the order of their dates."""

    def __init__(self, pool, folder):
        self.folder, self._pool = folder, pool
        found = [(name, inside) for inside in FOLDERS
                 for name in os.listdir(os.path.join(pool, inside))]
        self._coming = collections.deque(sorted(found))
        self._times = collections.Counter(name for name, _ in found)
        self._recent = collections.deque()
        self._places = {}       # of posts whose name, and so infoCode, no other has
        self._chance = random.Random(1)
        for inside in FOLDERS:
            os.makedirs(os.path.join(folder, inside))

    def add(self, count):
        for _ in range(count):
            name, inside = self._coming.popleft()
            os.rename(os.path.join(self._pool, inside, name), self._path(inside, name))
            if self._times[name] == 1:      # else it stays, as its copy or revision has its place
                self._places[name] = inside
                self._recent.append(name)

    def move(self, keep):
        """All posts but the newest go where the old ones are."""
        while len(self._recent) > keep:
            name = self._recent.popleft()
            os.rename(self._path(RECENT, name), self._path(OLD, name))
            self._places[name] = OLD

    def rewrite(self, count, night):
        """Returns what the posts were at that night, the last one."""
        names = self._chance.sample(list(self._places), count + 1)
        return [self._rewrite(name, other, night) for name, other in itertools.pairwise(names)]

    def _rewrite(self, name, other, night):
        inside = self._places[name]
        before = self._content(name)
        with open(self._path(inside, name), "wb") as file:
            file.write(edited(before, self._content(other)))
        return Version(night, f"{inside}/{name}", code_of(name), before)

    def _content(self, name):
        with open(self._path(self._places[name], name), "rb") as file:
            return file.read()

    def _path(self, inside, name):
        return os.path.join(self.folder, inside, name)


def code_of(name):
    """As make_posts names files: by date and infoCode."""
    return name[len("2022-01-01-"):-len(".md")]


def edited(content, other):
    """A sentence gives way to one of another post."""
    ours, theirs = (SENTENCE.findall(text.decode()) for text in (content, other))
    return content.replace(ours[len(ours) // 2].encode(), theirs[len(theirs) // 2].encode(), 1)


class Nights:
    """Each night, one tool after the other archives the very same site."""

    def __init__(self, posts, processes):
        self._processes = processes
        self._posts = posts
        self._new, self._rewritten = (max(1, round(posts * part)) for part in (NEW, REWRITTEN))
        self._versions = []
        self._sizes = []
        self._rows = {tool.name: {"size": [], "night": [], "old": []} for tool in peers.KEEPERS}

    def run(self, count):
        site = self._open_site(count)
        for night in range(count + 1):
            if night:
                self._change(site, night)
            self._sizes.append(size_of(site.folder))
            for tool in peers.KEEPERS:
                say(f"night {night} of {count}: {tool.name}")
                self._archive(tool, site, night)
        for version in self._some_versions():
            for tool in peers.KEEPERS:
                say(f"old version, of night {version.night}: {tool.name}")
                self._fetch(tool, version)
        return {"posts": self._posts, "new": self._new, "rewritten": self._rewritten,
                "site": self._sizes, "tools": self._rows}

    def _open_site(self, count):
        pool = make_posts(self._posts + count * self._new, self._processes.path("pool"),
                          self._processes)
        site = Site(pool, self._processes.path("live-site"))
        site.add(self._posts)
        site.move(NIGHTS_RECENT * self._new)
        return site

    def _change(self, site, night):
        self._versions += site.rewrite(self._rewritten, night - 1)
        site.add(self._new)
        site.move(NIGHTS_RECENT * self._new)

    def _some_versions(self):
        return random.Random(1).sample(self._versions, min(OLD_VERSIONS, len(self._versions)))

    def _fill(self, tool, command, night, **values):
        return self._processes.fill(command, archive=self._processes.path(tool.archive),
                                    night=str(night), generation=str(night + 1), **values)

    def _archive(self, tool, site, night):
        command = self._fill(tool, tool.night if night else tool.first, night)
        row = self._rows[tool.name]
        row["night"].append(dataclasses.asdict(self._processes.cost(command, site.folder)))
        row["size"].append(size_of(self._processes.path(tool.archive)))

    def _fetch(self, tool, version):
        command = self._fill(tool, tool.fetch, version.night, path=version.path, code=version.code)
        # This is for the page cache, too.
        if self._processes.output(command) != version.content:
            raise Failed(f"{tool.name} printed something else than {version.path} was at night"
                         f" {version.night}")
        self._rows[tool.name]["old"].append(self._processes.latency(command))


def measure(posts, count, processes):
    return Nights(posts, processes).run(count)
