#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compares narc with what an archivist would use instead, in one run on the same files.

  compare.py NARC FOLDER [REPETITIONS]

For each tool: the size of the archive, the time to make it, and the time of a cold process
to get one post out, as medians. Repetitions go round by turns, so that a change in the
machine's speed touches all tools alike.
"""
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def shell(command, folder):
    """Runs a command line; its output is thrown away, its failure is ours."""
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)


class Tool:
    def __init__(self, name, archive, make, fetch):
        self.name, self.archive, self.make, self.fetch = name, archive, make, fetch
        self.make_times, self.fetch_times = [], []

    def measure_make(self, folder, scratch):
        path = os.path.join(scratch, self.archive)
        if os.path.exists(path):
            os.remove(path)
        start = time.perf_counter()
        shell(self.make.format(out=path), folder)
        self.make_times.append(time.perf_counter() - start)
        self.size = os.path.getsize(path)

    def measure_fetch(self, posts, scratch):
        """No shell here: starting one takes as long as what is measured."""
        if self.fetch is None:
            return
        out = os.path.join(scratch, self.archive)
        for path in posts:
            code = os.path.splitext(os.path.basename(path))[0][11:]
            command = [word.format(out=out, path=path, code=code) for word in self.fetch]
            start = time.perf_counter()
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            self.fetch_times.append(time.perf_counter() - start)


def tools(narc):
    tar = "tar --sort=name -cf - . | "
    narc_fetch = [narc, "extract", "-p", "{out}", "{code}"]
    return [
        Tool("tar + zstd -3 -T0", "3.tar.zst", tar + "zstd -q -3 -T0 -o {out}", None),
        Tool("tar + zstd -19 -T2", "19.tar.zst", tar + "zstd -q -19 -T2 -o {out}", None),
        Tool("zip -9", "a.zip", "zip -q -9 -r {out} .", ["unzip", "-p", "{out}", "{path}"]),
        Tool("narc --preset fast", "fast.narc", narc + " pack --preset fast {out} .", narc_fetch),
        Tool("narc", "default.narc", narc + " pack {out} .", narc_fetch),
        Tool("narc --preset max", "max.narc", narc + " pack --preset max {out} .", narc_fetch),
    ]


def sample_posts(folder, count=40):
    """Posts whose infoCode no other file has, so that both tools fetch one file."""
    paths = [os.path.relpath(os.path.join(at, name), folder)
             for at, _, names in os.walk(folder) for name in names if name.endswith(".md")]
    by_name = {}
    for path in sorted(paths):
        by_name.setdefault(os.path.basename(path), []).append(path)
    single = [found[0] for found in by_name.values() if len(found) == 1]
    return random.Random(1).sample(single, min(count, len(single)))


def total_size(folder):
    return sum(os.lstat(os.path.join(at, name)).st_size
               for at, _, names in os.walk(folder) for name in names)


def main():
    narc, folder = os.path.abspath(sys.argv[1]), sys.argv[2]
    repetitions = int(sys.argv[3]) if len(sys.argv) > 3 else 5
    posts = sample_posts(folder)
    scratch = tempfile.mkdtemp(prefix="newsarc-compare-")
    try:
        compared = tools(narc)
        for _ in range(repetitions):
            for tool in compared:
                tool.measure_make(folder, scratch)
            for tool in compared:
                tool.measure_fetch(posts, scratch)
    finally:
        shutil.rmtree(scratch)
    raw = total_size(folder)
    print(f"{raw / 1e6:.1f} MB in {sum(len(names) for _, _, names in os.walk(folder))} files")
    print(f"{'':20} {'MB':>7} {'of raw':>7} {'pack s':>7} {'one post ms':>12}")
    for tool in compared:
        fetch = f"{1e3 * statistics.median(tool.fetch_times):.2f}" if tool.fetch_times else "-"
        print(f"{tool.name:20} {tool.size / 1e6:7.2f} {100 * tool.size / raw:6.1f}%"
              f" {statistics.median(tool.make_times):7.2f} {fetch:>12}")


if __name__ == "__main__":
    main()
