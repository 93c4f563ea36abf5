# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of the Python module share."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

NARC = os.environ["NARC"]
MAKE_SITE = pathlib.Path(__file__).parent.parent / "cli" / "make_site.py"

# Two files of one code, the newer one with a code of the other family's form in its name, and one
# that is no post.
FIRST = "NW202201050000000001"
SECOND = "NW202201060000000002"
FILES = [
    (f"_posts/2022-01-05-{FIRST}.md",
     b"---\ndate: 2022-01-05 11:01:51 +0800\ncategories: [emnews, hegu]\n---\nThe first.\n"),
    (f"_posts/2022-01-06-{SECOND}.md",
     b"---\ndate: 2022-01-06 08:30:00 +0800\ncategories: emnews\n---\nThe second.\n"),
    ("assets/plain.txt", b"No post.\n"),
]


def run(*arguments: object) -> str:
    """What narc prints."""
    done = subprocess.run([NARC, *map(os.fspath, arguments)], capture_output=True, check=False)
    if done.returncode:
        raise AssertionError(f"{arguments}: {done.stderr!r}")
    return done.stdout.decode()


def make_site(folder: pathlib.Path, *count: str) -> None:
    subprocess.run([sys.executable, MAKE_SITE, folder, *count], check=True)


class InFolder(unittest.TestCase):
    """Tests in a folder of their own."""

    def setUp(self) -> None:
        scratch = tempfile.TemporaryDirectory(prefix="newsarc-test.")
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.path = self.folder / "news.narc"
