# SPDX-License-Identifier: BSD-2-Clause
"""What is packed: a folder of posts, and what has to be known of it."""
import collections
import json
import os
import random
import re
import struct
import zlib

from processes import Failed

# In the command lines and patterns of all tools, these stand for themselves.
PLAIN_PATH = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")


class Corpus:
    """`all_posts` are pairs of a path and an infoCode that no other file has: what a tool fetches
    by its path and narc by its code is the same then. `posts` are some of them."""

    def __init__(self, folder, processes):
        def ask(command):
            return processes.output(processes.fill(command, archive=archive), folder)

        archive = processes.path("survey.narc")
        self.folder = folder
        self.files, self.size = measure_tree(folder)
        ask("{narc} pack --block-size 0 {archive} .")
        info = json.loads(ask("{narc} info --json {archive}"))
        self.dictionary_size = info["dictionary_raw_size"]
        listing = ask("{narc} list --json --kind post {archive}")
        self.all_posts = _single_posts([json.loads(line) for line in listing.splitlines()])
        self.posts = random.Random(1).sample(self.all_posts, min(40, len(self.all_posts)))
        os.remove(archive)

    def content(self, path):
        with open(os.path.join(self.folder, path), "rb") as file:
            return file.read()


def make_posts(count, folder, processes):
    processes.output(processes.fill("{bench}/make_posts {count} {folder}", count=str(count),
                                    folder=folder))
    return folder


def _single_posts(entries):
    times = collections.Counter(entry["info_code"] for entry in entries)
    single = sorted((entry["path"], entry["info_code"]) for entry in entries
                    if entry["info_code"] and times[entry["info_code"]] == 1
                    and PLAIN_PATH.fullmatch(entry["path"]))
    if not single:
        raise Failed("there is no post with an infoCode of its own to fetch")
    return single


def measure_tree(folder):
    """The number of regular files below a folder, and of their bytes."""
    paths = [os.path.join(at, name) for at, _, names in os.walk(folder) for name in names]
    sizes = [os.path.getsize(path) for path in paths if not os.path.islink(path)]
    return len(sizes), sum(sizes)


def html_page(content, title):
    """As little as makes a page of a post."""
    return (b'<!DOCTYPE html><html><head><meta charset="utf-8"><title>' + title.encode() +
            b"</title></head><body>\n" + content + b"\n</body></html>\n")


def make_html_tree(corpus, target):
    """What zimwriterfs takes: pages, one to begin with, and an illustration."""
    for at, _, names in os.walk(corpus.folder):
        inside = os.path.relpath(at, corpus.folder)
        os.makedirs(os.path.join(target, inside), exist_ok=True)
        for name in names:
            content = corpus.content(os.path.join(inside, name))
            with open(os.path.join(target, inside, name + ".html"), "wb") as page:
                page.write(html_page(content, name))
    with open(os.path.join(target, "index.html"), "wb") as page:
        page.write(html_page(b"Posts", "Posts"))
    with open(os.path.join(target, "illustration.png"), "wb") as image:
        image.write(_white_png(48))


def _white_png(side):
    def chunk(kind, data):
        return (struct.pack(">I", len(data)) + kind + data +
                struct.pack(">I", zlib.crc32(kind + data)))
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = (b"\0" + b"\xff" * side) * side
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))
