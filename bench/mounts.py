# SPDX-License-Identifier: BSD-2-Clause
"""How fast programs go through a mounted archive."""
import contextlib
import os
import subprocess

import peers
from corpus import make_posts
from processes import Shell
from progress import say

POSTS = 100_000
QUICK_POSTS = 2_000

TASKS = {
    "find": "find {folder}",
    "sizes": "find {folder} -type f -printf %s",
    "grep": Shell("! grep -rF 'what no post says' {folder}"),
}


def is_possible():
    return os.access("/dev/fuse", os.R_OK | os.W_OK)


@contextlib.contextmanager
def _mounted(tool, site, processes):
    """Where what the tool packed is to be seen; the site itself, if it mounts nothing."""
    if not tool.mount:
        yield site
        return
    folder = processes.path("mounted")
    os.makedirs(folder, exist_ok=True)
    processes.output(processes.fill(tool.mount, archive=processes.path(tool.archive),
                                    folder=folder))
    try:
        yield folder
    finally:
        subprocess.run(["fusermount3", "-u", "-z", folder], check=False)


def measure(posts, rounds, processes):
    """Of each tool and task, the seconds of the first time after mounting, and of the second."""
    site = make_posts(posts, processes.path("mounted-site"), processes)
    for tool in peers.MOUNTS:
        if tool.pack:
            say(f"mount: packing with {tool.name}")
            processes.output(processes.fill(tool.pack, archive=processes.path(tool.archive)), site)
    times = {tool.name: {task: {"first": [], "again": []} for task in TASKS}
             for tool in peers.MOUNTS}
    for number in range(rounds):
        for tool in peers.MOUNTS:
            for task, command in TASKS.items():
                say(f"mount: round {number + 1} of {rounds}: {tool.name}, {task}")
                with _mounted(tool, site, processes) as folder:
                    filled = processes.fill(command, folder=folder)
                    for time in ("first", "again"):
                        times[tool.name][task][time].append(processes.cost(filled).wall)
    return {"posts": posts, "tools": times}
