#!/usr/bin/python3
# SPDX-License-Identifier: BSD-2-Clause
"""Measures narc beside the tools that one would use instead, in one run on the same files.

  ./dev bench [options]

Prints tables; writes them and every number to a folder, with plots."""
import argparse
import os
import signal
import sys
import tempfile

import compare
import growth
import machine
import mounts
import nights
import parity
import peers
import plot
import progress
import report
import searching
import serving
import threads
from corpus import Corpus, make_posts
from processes import GNU_TIME, Failed, Processes

SECTIONS = ("compare", "growth", "threads", "searching", "nights", "parity", "mount", "serve")
SERVING_SECONDS = 10
SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
QUICK_SIZES = (1_000, 10_000)


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__.split("\n")[0])
    parser.add_argument("--build", default="build", help=argparse.SUPPRESS)
    parser.add_argument("--corpus", metavar="DIR", help="posts to pack, instead of generated ones")
    parser.add_argument("--quick", action="store_true",
                        help="few posts and one round: to try the suite itself")
    parser.add_argument("--only", choices=SECTIONS, help="one part of it")
    parser.add_argument("--posts", metavar="N", type=int, help="generate so many: 20000")
    parser.add_argument("--rounds", metavar="N", type=int, help="measure so often: 5")
    parser.add_argument("--nights", metavar="N", type=int,
                        help="archive a site for so many nights: 30")
    parser.add_argument("--growth-max", metavar="N", type=int, default=SIZES[-1],
                        help="let archives grow to that many posts at most: 10000000")
    parser.add_argument("--out", metavar="DIR", help="where results go: build/bench-results")
    parser.add_argument("--scratch", metavar="DIR", help="where archives and copies go for the"
                                                         " while, 14 GB at most: TMPDIR")
    arguments = parser.parse_args()
    arguments.posts = arguments.posts or (2_000 if arguments.quick else 20_000)
    arguments.rounds = arguments.rounds or (1 if arguments.quick else 5)
    arguments.nights = arguments.nights or (3 if arguments.quick else 30)
    arguments.sizes = [size for size in (QUICK_SIZES if arguments.quick else SIZES)
                       if size <= arguments.growth_max]
    return arguments


def find_programs(build):
    programs = {"narc": os.path.join(build, "tools", "narc"), "bench": os.path.join(build, "bench")}
    theirs = [command.split()[0].format(**programs) for command in peers.VERSIONS.values()]
    ours = [os.path.join(programs["bench"], name)
            for name in ("make_posts", "look_up", "lmdb_posts")]
    peers.require(GNU_TIME, *theirs, *ours)
    return programs


def set_environment(scratch):
    """Those that keep things in one's home keep them in the scratch folder, and ask nothing."""
    os.environ.update(LC_ALL="C.UTF-8", BORG_BASE_DIR=os.path.join(scratch, "borg-base"),
                      BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK="yes", RESTIC_PASSWORD="none",
                      RESTIC_CACHE_DIR=os.path.join(scratch, "restic-cache"))


def measure(arguments, scratch):
    processes = Processes(scratch, find_programs(os.path.abspath(arguments.build)))
    set_environment(scratch)
    wanted = [arguments.only] if arguments.only else SECTIONS
    growing = growth.Growth(processes)
    if "growth" in wanted:
        growing.check_space(arguments.sizes)
    if "mount" in wanted and not mounts.is_possible():
        if arguments.only:
            raise Failed("nothing can be mounted here: there is no /dev/fuse to be used")
        progress.say("mount: left out, as there is no /dev/fuse to be used")
        wanted = [name for name in wanted if name != "mount"]
    folder = (os.path.abspath(arguments.corpus) if arguments.corpus
              else make_posts(arguments.posts, processes.path("site"), processes))
    corpus = Corpus(folder, processes)
    parts = {
        "compare": lambda: compare.Comparison(peers.ALL, corpus, processes).run(arguments.rounds),
        "growth": lambda: growing.run(arguments.sizes),
        "threads": lambda: threads.measure(corpus, processes, arguments.rounds),
        "searching": lambda: searching.measure(corpus, processes, arguments.rounds),
        "nights": lambda: nights.measure(arguments.posts, arguments.nights, processes),
        "mount": lambda: mounts.measure(mounts.QUICK_POSTS if arguments.quick else mounts.POSTS,
                                        arguments.rounds, processes),
        "serve": lambda: serving.measure(corpus, processes, arguments.rounds,
                                         2 if arguments.quick else SERVING_SECONDS),
        "parity": lambda: parity.measure(corpus, processes, arguments.rounds),
    }
    return {
        "machine": machine.describe(scratch),
        "versions": machine.versions(peers.VERSIONS, processes),
        "corpus": {"source": "given posts" if arguments.corpus else "generated posts",
                   "files": corpus.files, "size": corpus.size},
        "rounds": arguments.rounds,
        **{name: parts[name]() for name in wanted},
    }


def main():
    arguments = parse_arguments()
    out = os.path.abspath(arguments.out or os.path.join(arguments.build, "bench-results"))
    # An end by signal has to tidy up as any other.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    try:
        with tempfile.TemporaryDirectory(prefix="newsarc-bench-", dir=arguments.scratch) as scratch:
            results = measure(arguments, os.path.abspath(scratch))
        report.write(results, out)
        plot.draw(results, out)
    except Failed as error:
        sys.exit(f"bench: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        progress.done()
    print(report.describe(results))
    for table in report.tables(results):
        print(table.text())
    print(f"All of it, and plots: {out}")


if __name__ == "__main__":
    main()
