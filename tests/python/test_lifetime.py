# SPDX-License-Identifier: BSD-2-Clause
"""Nothing is used after it is gone, nothing stays that nobody uses, and threads do no harm."""
import gc
import os
import subprocess
import sys
import threading
import unittest

import newsarc
from support import FILES, FIRST, InFolder, make_site


def open_files():
    """How many the process has open."""
    return len(os.listdir("/proc/self/fd"))


def resident():
    """Memory of the process, in bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGESIZE")


class LifetimeTest(InFolder):
    def setUp(self):
        super().setUp()
        newsarc.pack(self.path, FILES)

    def test_a_closed_archive_says_so(self):
        with newsarc.open(self.path) as archive:
            post = archive[FIRST]
            walk, fresh = iter(archive), archive.find(FIRST)
            next(walk)
            self.assertFalse(archive.closed)
        self.assertTrue(archive.closed)
        self.assertIn("closed", repr(archive))
        for use in (lambda: archive[FIRST], lambda: FIRST in archive, lambda: len(archive),
                    lambda: iter(archive), lambda: archive.info, lambda: archive.verify(),
                    lambda: archive.opening_error, lambda: archive.generation_time(1),
                    lambda: archive.__enter__(), lambda: archive.select(as_of=1),
                    lambda: next(walk), lambda: next(fresh), lambda: post.content,
                    lambda: post.write_to(sys.stdout.buffer)):
            with self.assertRaises(newsarc.ClosedError):
                use()
        with self.assertRaises(ValueError):  # as of a closed file
            archive[FIRST]
        self.assertEqual(post.info_code, FIRST)
        archive.close()

    def test_closing_closes_the_file_at_once(self):
        before = open_files()
        archive = newsarc.open(self.path)
        walk, post = iter(archive), archive[FIRST]
        next(walk)
        self.assertEqual(open_files(), before + 1)
        archive.close()
        self.assertEqual(open_files(), before)
        del walk, post

    def test_an_archive_that_nobody_has_any_more_is_closed(self):
        before = open_files()
        post = newsarc.open(self.path)[FIRST]
        # The post has it.
        self.assertEqual(post.content, FILES[0][1])
        self.assertEqual(open_files(), before + 1)
        del post
        gc.collect()
        self.assertEqual(open_files(), before)

    def test_a_walk_keeps_its_archive(self):
        walk = iter(newsarc.open(self.path))
        gc.collect()
        self.assertEqual([post.content for post in walk],
                         [FILES[2][1], FILES[0][1], FILES[1][1]])

    def test_memory_that_is_read_from_stays(self):
        archive = newsarc.Archive.from_bytes(bytes(bytearray(self.path.read_bytes())))
        gc.collect()
        self.assertEqual(archive[FIRST].content, FILES[0][1])

    def test_a_file_that_could_not_be_opened_is_closed(self):
        self.path.write_bytes(b"no archive")
        before = open_files()
        for _ in range(3):
            with self.assertRaises(newsarc.NotNewsarcError):
                newsarc.open(self.path)
        self.assertEqual(open_files(), before)

    def test_a_packer_that_is_let_go_of_leaves_nothing(self):
        before = open_files()
        for appending in False, True:
            path = self.path if appending else self.folder / "other.narc"
            packer = newsarc.Packer(path, appending=appending)
            packer.add("a", b"b" * 100000)
            del packer
        gc.collect()
        self.assertEqual(open_files(), before)
        self.assertEqual(os.listdir(self.folder), ["news.narc"])

    def test_what_is_still_open_at_the_end_does_no_harm(self):
        program = ("import newsarc, sys\n"
                   "archive = newsarc.open(sys.argv[1])\n"
                   "walk = iter(archive); post = next(walk)\n"
                   "packer = newsarc.Packer(sys.argv[1], appending=True)\n"
                   "packer.add('a', b'b')\n"
                   "class Cycle: pass\n"
                   "cycle = Cycle(); cycle.itself = cycle; cycle.walk = iter(archive)\n")
        done = subprocess.run([sys.executable, "-c", program, self.path], capture_output=True,
                              check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, b"", b""))

    @unittest.skipIf("LD_PRELOAD" in os.environ, "a sanitizer keeps what was freed for a while")
    def test_memory_does_not_grow(self):
        make_site(self.folder / "site", "300")
        newsarc.pack(self.path, trees=[self.folder / "site"], replace=True)

        def use():
            with newsarc.open(self.path) as archive:
                codes = [post.info_code for post in archive if post.content]
                for code in codes[:20]:
                    archive[code].text
                archive.verify(report=lambda damage, posts: None)
                with self.assertRaises(newsarc.NotFoundError):
                    archive["nothing"]
            newsarc.pack(self.folder / "again.narc", FILES, replace=True,
                         on_notice=lambda notice: None)

        for _ in range(5):
            use()
        before = resident()
        for _ in range(20):
            use()
        # A leak of one archive's dictionary, or of its posts, would come to several times this.
        self.assertLess(resident() - before, 4 << 20)


class ThreadsTest(InFolder):
    def setUp(self):
        super().setUp()
        make_site(self.folder / "site", "300")
        newsarc.pack(self.path, trees=[self.folder / "site"])
        with newsarc.open(self.path) as archive:
            self.expected = {post.path: post.content for post in archive}

    def run_threads(self, function, count=8):
        raised = []

        def guarded():
            try:
                function()
            except BaseException as error:
                raised.append(error)

        threads = [threading.Thread(target=guarded) for _ in range(count)]
        for thread in threads:
            thread.start()
        return threads, raised

    def join(self, threads, raised):
        for thread in threads:
            thread.join()
        self.assertEqual(raised, [])

    def test_threads_share_an_archive(self):
        with newsarc.open(self.path) as archive:
            def read():
                self.assertEqual({post.path: post.content for post in archive}, self.expected)
                for path, content in self.expected.items():
                    self.assertEqual(archive[path].content, content)

            self.join(*self.run_threads(read))

    def test_threads_share_a_walk(self):
        with newsarc.open(self.path) as archive:
            walk, read = iter(archive), {}

            def take():
                for post in walk:
                    read[post.path] = post.content

            self.join(*self.run_threads(take))
            self.assertEqual(read, self.expected)

    def test_an_archive_may_be_closed_while_others_read(self):
        for _ in range(10):
            archive = newsarc.open(self.path)
            ready = threading.Barrier(5)

            def read():
                ready.wait()
                try:
                    while True:
                        for post in archive:
                            self.assertEqual(post.content, self.expected[post.path])
                        archive.verify()
                except newsarc.ClosedError:
                    pass

            threads, raised = self.run_threads(read, 4)
            ready.wait()
            archive.close()
            self.join(threads, raised)


if __name__ == "__main__":
    unittest.main()
